"""A scope: the relations of one FROM clause, and the rules by which a name in the query finds its column.

The one idea: first what is known, then what must be so, then what may be: a relation known to have the column wins; else the
only one that may have it; else the name is ambiguous and says between which tables. An inner name never reaches out
while an inner relation may have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from collectors.sql import dialects
from collectors.sql.answer import Reason
from collectors.sql.relations import NOTHING, Base, Cell, Relation, Source, merged
from collectors.sql.ways import IDENTITY, TRANSFORMATION, compose

if TYPE_CHECKING:
    from collectors.sql.analysis import Analysis


def transformed(cell: Cell, way: int = TRANSFORMATION) -> Cell:
    """`cell` seen through one more step of `way`."""
    return {source: compose(way, ways) for source, ways in cell.items()}


def names_of(column: exp.Expr) -> list[str]:
    """The parts of a column reference, as written."""
    parts = (column.args.get(key) for key in ("catalog", "db", "table", "this"))
    return [part.name for part in parts if isinstance(part, exp.Expr)]


def same_table(name: str, table: str, node: exp.Expr) -> bool:
    """Whether `table` (with the database that `node` gives) is the table `name`."""
    db = node.args.get("db")
    written = f"{db.name}.{table}".lower() if isinstance(db, exp.Expr) else table.lower()
    return name.lower() == written or name.lower().endswith("." + written)


class Scope:
    """Names in reach of one query."""

    __slots__ = (
        "_cache",
        "_merged",
        "aliases",
        "analysis",
        "by_alias",
        "control",
        "ctes",
        "parent",
        "relations",
        "starred",
        "windows",
    )

    def __init__(self, analysis: Analysis, ctes: dict[str, Relation], parent: Scope | None) -> None:
        self.analysis = analysis
        self.ctes = ctes
        self.parent = parent
        self.relations: list[Relation] = []
        self.starred: list[tuple[Relation, dict[str, Cell] | None]] = []
        """What a star shows, in order; a join's keys that come from the other side instead, or None for all."""
        self.by_alias: dict[str, Relation] = {}
        self.aliases: dict[str, Cell] = {}
        """Columns of the select list so far."""
        self.windows: dict[str, exp.Expr] = {}
        self.control: Cell = {}
        self._merged: dict[str, Cell] = {}
        self._cache: dict[str, Cell] = {}

    def add(self, relation: Relation, *names: str, starred: bool = True) -> None:
        """Another relation in reach, under its alias or under each spelling of its table's name."""
        self.relations.append(relation)
        self._cache.clear()
        for name in names:
            self.by_alias.setdefault(name.lower(), relation)  # `FROM a JOIN s.a`: the first keeps the short name
        if starred:
            self.starred.append((relation, None))
        self.decide(relation.control)

    def merge_keys(self, keys: list[str], left: list[Relation], right: Relation, side: str) -> None:
        """USING: each key is one column from now on, of the side that always has it; FULL takes either."""
        for key in keys:
            earlier = self._merged.get(key) or self._among(left, key)
            later = self._among([right], key)
            self._merged[key] = (
                later if side == "RIGHT" else transformed(merged((earlier, later))) if side == "FULL" else earlier
            )
        self._cache.clear()
        shown = {key: self._merged[key] for key in keys}
        self.starred = [(relation, shown if relation is right else given) for relation, given in self.starred]
        for key in keys:  # on the left the key shows the merged column where it stood
            for index, (relation, given) in enumerate(self.starred):
                if relation is not right and relation.find(key) is not None:
                    self.starred[index] = (relation, {**(given or {}), "=" + key: self._merged[key]})
                    break

    def _among(self, relations: list[Relation], key: str) -> Cell:
        known = [cell for relation in relations if (cell := relation.find(key)) is not None]
        if known:
            return known[0]
        possible = [relation for relation in relations if relation.is_open()]
        return (
            possible[0].assume(key) if len(possible) == 1 else self._ambiguous(key, possible) if possible else NOTHING
        )

    def decide(self, cell: Cell, way: int = IDENTITY) -> None:
        """These columns decide which rows there are."""
        control = self.control
        for source, ways in cell.items():
            control[source] = control.get(source, 0) | compose(way, ways)

    def column(self, node: exp.Expr) -> Cell:
        """The sources of a column reference."""
        args = node.args
        identifier = args["this"]
        if type(identifier) is not exp.Identifier:
            return self.positional(identifier, args.get("table"))
        name: str = identifier.args["this"]
        table = args.get("table")
        if table is None:
            cell = self._cache.get(name)
            if cell is None:
                cell = self.unqualified(name, node)
                self._cache[name] = cell
            return cell
        return self._qualified(name, table.name, node)

    def positional(self, node: exp.Expr, table: exp.Expr | None = None) -> Cell:
        """Snowflake's `$2` and `t.$2`: the second column of the relation, or of each row of a file."""
        number = node.name
        relation = (
            self.relation(table.name) if table is not None else self.relations[0] if len(self.relations) == 1 else None
        )
        if relation is None or not number.isdigit() or len(number) > 4:
            return NOTHING
        items = relation.items()
        if any(item.star is not None for item in items):
            return relation.assume("$" + number)
        return items[int(number) - 1].cell if 0 < int(number) <= len(items) else NOTHING

    def _qualified(self, name: str, table: str, node: exp.Expr) -> Cell:
        relation = self.relation(table, node)
        if relation is not None:
            cell = relation.find(name.lower())
            if cell is not None:
                return cell
            if not relation.is_open():
                cell = self._field(relation, name, node)
                if cell is not None:
                    return cell
                self.analysis.unresolved(Reason.UNKNOWN_COLUMN, f"{table}.{name}",
                    f"{table} is not known to have a column {name}. Check the statement, or give a newer schema.", node)  # fmt: skip
                return relation.assume(name) if isinstance(relation, Base) else NOTHING
            return relation.assume(name)
        if name.lower() in dialects.SEQUENCE_WORDS:
            return NOTHING
        # A table under its own name although it has an alias: some dialects take it, and it can mean nothing else.
        hidden = [
            r for s in self.chain() for r in s.relations if isinstance(r, Base) and same_table(r.name, table, node)
        ]
        if len(hidden) == 1:
            cell = hidden[0].find(name.lower())
            return cell if cell is not None else hidden[0].assume(name)
        # No relation of that name: a field of a column, where the dialect writes fields so.
        cell = self._field_of_qualified(node)
        if cell is not None:
            return cell
        first = node.args.get("catalog") or node.args.get("db") or node.args["table"]
        if self.analysis.struct_by_dot:
            found = self.known(first.name.lower())
            if found is None:
                possible = [r for scope in self.chain() for r in scope.relations if r.is_open()]
                found = possible[0].assume(first.name) if len(possible) == 1 else None
            if found is not None:
                return self.analysis.narrowed(found, names_of(node)[1:])
        self.analysis.unresolved(Reason.UNKNOWN_COLUMN, f"{table}.{name}",
            f"Nothing in reach is called {table}. Check the alias.", node)  # fmt: skip
        return NOTHING

    def _field_of_qualified(self, node: exp.Expr) -> Cell | None:
        """`t.a.b` and `t.a.b.c`: a field of column a of the relation t."""
        parts = names_of(node)
        if len(parts) < 3:
            return None
        owner = self.relation(parts[0])
        if owner is None:
            return None
        cell = owner.find(parts[1].lower())
        if cell is None and owner.is_open():
            cell = owner.assume(parts[1])
        return self.analysis.narrowed(cell, parts[2:]) if cell is not None else None

    def _field(self, relation: Relation, name: str, node: exp.Expr) -> Cell | None:
        """`t.a.b`, parsed as table a and catalog-like t: field b of t's column a is not lost."""
        db = node.args.get("db")
        if db is None:
            return None
        owner = self.relation(db.name, node)
        return None if owner is None or owner is relation else owner.find(node.args["table"].name.lower())

    def relation(self, alias: str, node: exp.Expr | None = None) -> Relation | None:
        """The relation of that alias, here or further out. `db.table.column` finds the table by its last part; `alias.column.field`
        does not get here (see _field)."""
        key = alias.lower()
        scope: Scope | None = self
        db = node.args.get("db") if node is not None else None
        while scope is not None:
            if db is not None:
                qualified = scope.by_alias.get(f"{db.name}.{alias}".lower())
                if qualified is not None:
                    return qualified
            found = scope.by_alias.get(key)
            if found is not None:
                return found
            scope = scope.parent
        return self.analysis.records.get(key)

    def chain(self) -> list[Scope]:
        scopes: list[Scope] = []
        scope: Scope | None = self
        while scope is not None:
            scopes.append(scope)
            scope = scope.parent
        return scopes

    def known(self, key: str) -> Cell | None:
        """The column that some relation in reach is known to have."""
        for scope in self.chain():
            cell = scope._merged.get(key)
            if cell is not None:
                return cell
            for relation in scope.relations:
                cell = relation.find(key)
                if cell is not None:
                    return cell
        return None

    def unqualified(self, name: str, node: exp.Expr) -> Cell:
        key = name.lower()
        cell = self._merged.get(key)
        if cell is not None:
            return cell
        scalar = self.ctes.get(key)
        if scalar is not None and scalar.scalar:
            return merged(item.cell for item in scalar.items())
        if self.analysis.alias_before_column and key in self.aliases:
            return self.aliases[key]
        known: Cell | None = None
        for relation in self.relations:
            cell = relation.find(key)
            if cell is None or cell is known:
                continue
            if known is not None:
                return self._contested(name, key, node)
            known = cell
        if known is not None:
            return known
        possible = [relation for relation in self.relations if relation.is_open()]
        if len(possible) > 1:
            # Rows made from a value are the weaker guess: a table that may have any column is likelier to have this one.
            possible = [relation for relation in possible if not relation.weak] or possible[:1]
        alias = self.aliases.get(key)
        if alias is not None and (not possible or self.analysis.lateral_aliases):
            return alias
        if possible and key in self.analysis.pseudo_columns:
            return NOTHING
        if len(possible) == 1:
            return possible[0].assume(name)
        if possible:
            outer = self.parent.known(key) if self.parent else None
            return outer if outer is not None else self._ambiguous(name, possible, node)
        if self.parent is not None:
            return self.parent.column(node)
        if key in self.analysis.pseudo_columns:
            return NOTHING
        whole = self.by_alias.get(key)
        if whole is not None:
            return merged(item.cell for item in whole.items())
        return self._unknown(name, node)

    def _contested(self, name: str, key: str, node: exp.Expr) -> Cell:
        """Several relations are known to have the column: no valid statement, or one whose schemas are not right."""
        owners = [(relation, cell) for relation in self.relations if (cell := relation.find(key)) is not None]
        tables = [source.table for _, cell in owners for source in cell if source.table]
        return self._ambiguous(name, [relation for relation, _ in owners], node, tables)

    def _unknown(self, name: str, node: exp.Expr) -> Cell:
        bases = [relation for relation in self.relations if isinstance(relation, Base)]
        if not self.relations and node.parent is not None and self.parent is None:
            self.analysis.unresolved(
                Reason.UNKNOWN_COLUMN, name, f"No table is in reach of {name}. It may be a variable.", node
            )
            return NOTHING
        tables = ", ".join(base.name for base in bases) or "Nothing in reach"
        self.analysis.unresolved(Reason.UNKNOWN_COLUMN, name,
            f"{tables}: not known to have a column {name}. Check the statement, or give a newer schema.", node)  # fmt: skip
        if len(bases) == 1 and len(self.relations) == 1:
            return bases[0].assume(name)
        return {Source(None, name, tuple(base.name for base in bases)): IDENTITY} if bases else NOTHING

    def _ambiguous(
        self, name: str, possible: list[Relation], node: exp.Expr | None = None, tables: list[str] | None = None
    ) -> Cell:
        candidates = tuple(dict.fromkeys(tables or [t for relation in possible for t in relation.tables()]))
        self.analysis.unresolved(Reason.AMBIGUOUS, name,
            f"{name} may be a column of {' or '.join(candidates) or 'several relations'}. Qualify it, or give the tables' schemas.",
            node, candidates)  # fmt: skip
        return {Source(None, name, candidates): IDENTITY}
