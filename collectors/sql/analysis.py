"""One analysis: what all parts of the walk share, and what they find on the way.

The one idea: the walk itself is made of functions; whatever must be known across it (tables seen, work left, what could not be
told) is here and nowhere else, so that an analysis leaves nothing behind in the process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from collectors.sql import dialects
from collectors.sql.answer import Place, Reason, Unresolved
from collectors.sql.budget import UNRESOLVED_MAX, Budget
from collectors.sql.names import Columns, Defaults, SchemaIndex, parts_of, top_level
from collectors.sql.queries import CTEs, walk_query, with_ctes
from collectors.sql.relations import Base, Cell, Derived, Relation
from collectors.sql.scope import Scope
from collectors.sql.ways import IDENTITY, TRANSFORMATION, compose

if TYPE_CHECKING:
    from collectors.sql.statements.found import Found


def place_of(node: exp.Expr | None) -> Place | None:
    """Where `node` begins in the text, as far as its identifiers tell."""
    first: tuple[int, int, int] | None = None
    looked = 0
    stack = [node] if node is not None else []
    while (
        stack and looked < 24
    ):  # the head of an expression is among its first nodes; more would cost more than it tells
        current = stack.pop()
        looked += 1
        meta = current._meta
        if meta and "line" in meta:
            here = (meta["start"], meta["line"], meta["col"] - (meta["end"] - meta["start"]))
            if first is None or here < first:
                first = here
            continue
        for value in current.args.values():
            if isinstance(value, exp.Expr):
                stack.append(value)
            elif isinstance(value, list):
                stack.extend(v for v in value if isinstance(v, exp.Expr))
    return Place(first[1], max(1, first[2])) if first else None


class Analysis:
    """The state of one call of `analyse`."""

    def __init__(
        self, dialect: str, schema: SchemaIndex, defaults: Defaults, masking_functions: frozenset[str], budget: Budget
    ) -> None:
        self.dialect = dialect
        self.schema = schema
        self.defaults = defaults
        self.masking_functions = masking_functions
        self.budget = budget
        self.struct_by_dot = dialect in dialects.STRUCT_BY_DOT
        self.pseudo_columns = dialects.PSEUDO_COLUMNS.get(dialect, frozenset())
        self.lateral_aliases = dialect in dialects.LATERAL_ALIASES
        self.alias_before_column = dialect == "clickhouse"
        self.recursive_without_keyword = dialect in dialects.RECURSIVE_WITHOUT_KEYWORD
        self.reads: dict[str, str] = {}
        self.problems: dict[tuple[Reason, str], Unresolved] = {}
        self.left_out = 0
        self.is_script = False
        self.into_variables = False
        self.records: dict[str, Relation] = {}
        """Cursors and loop variables of a block: the rows that they stand for."""
        self.inner: list[Found] = []
        """Data-changing statements inside the present one."""
        self.made: dict[str, Columns] = {}
        """Columns of the tables that earlier statements of the script made, by lower-case name."""
        self.temporary: dict[str, Relation] = {}
        """Temporary tables of the script, looked through."""
        self._spelled: dict[str, str] = {}
        self._bases: dict[str, Base] = {}
        self._indexed: dict[str, Base] = {}

    def begin_statement(self) -> None:
        """A new statement of the script: its reads and problems are its own."""
        self.reads = {}
        self.problems = {}
        self._bases = {}

    # -- tables ---------------------------------------------------------------------------------------------------

    def query(self, node: exp.Expr, ctes: CTEs, parent: Scope | None) -> Relation:
        return walk_query(self, node, ctes, parent)

    def with_ctes(self, with_: exp.Expr, ctes: CTEs, parent: Scope | None) -> CTEs:
        return with_ctes(self, with_, ctes, parent)

    def name_of(self, table: exp.Expr) -> str:
        """The table's full name, spelled as it was first."""
        parts = parts_of(table)
        if (len(parts) == 1 and parts[0].startswith(("@", "#"))) or "://" in parts[-1:] or not parts:
            return parts[0] if parts else ""
        return self.spelled(self.defaults.qualify(parts))

    def spelled(self, name: str) -> str:
        return self._spelled.setdefault(name.lower(), name)

    def table(self, node: exp.Expr) -> Relation:
        """A table of FROM: read, unless it is temporary."""
        name = self.name_of(node)
        temporary = self.temporary.get(name.lower())
        if temporary is not None:
            return temporary
        return self.base(name, node)

    def base(self, name: str, node: exp.Expr | None = None, *, read: bool = True) -> Relation:
        key = name.lower()
        base = self._bases.get(key)
        if base is None:
            found = self.schema.find(name)
            columns = self.made.get(key, found[1] if found else None)
            base = self._bases[key] = Base(self.spelled(name), columns)
        if read:
            self.reads.setdefault(key, base.name)
        return base

    def columns_of(self, name: str) -> Columns | None:
        """The columns of a table that is written, if anybody knows them."""
        made = self.made.get(name.lower())
        if made is not None:
            return made
        found = self.schema.find(name)
        return top_level(found[1]) if found else None

    def narrowed(self, cell: Cell, path: Sequence[str]) -> Cell:
        """Field `path` of a column: a column of its own where the schema lists it (`after.id`), else the column that holds it."""
        out: Cell = {}
        for source, ways in cell.items():
            base = self._bases.get(source.table.lower()) if source.table and ways == IDENTITY else None
            nested = None
            for end in range(len(path), 0, -1):
                nested = base.find(".".join((source.column, *path[:end])).lower()) if base is not None else None
                if nested is not None:
                    out.update(nested)
                    break
            if nested is None:
                out[source] = out.get(source, 0) | compose(TRANSFORMATION, ways)
        return out

    def data_changing_query(self, node: exp.Expr, ctes: CTEs) -> Relation:
        """WITH x AS (INSERT … RETURNING …): the statement stands for itself; its rows are of the table it changes."""
        from collectors.sql.statements import inner_statement

        returned = inner_statement(self, node, ctes)
        return returned if returned is not None else Derived([])

    # -- what is not known --------------------------------------------------------------------------------------------

    def unresolved(
        self, reason: Reason, subject: str, message: str, node: exp.Expr | None = None, candidates: tuple[str, ...] = ()
    ) -> None:
        key = (reason, subject.lower())
        if key in self.problems:
            return
        if len(self.problems) >= UNRESOLVED_MAX:
            self.left_out += 1
            return
        self.problems[key] = Unresolved(reason, subject, message, place_of(node), candidates)

    def text_of(self, node: exp.Expr) -> str:
        """`node` as SQL; for names of outputs that have none."""
        self.budget.spend(100)
        try:
            return node.sql(dialect=self.dialect or None, comments=False, unsupported_level=ErrorLevel.IGNORE)
        except Exception:  # a generator's limits are no limits of lineage
            return node.key
