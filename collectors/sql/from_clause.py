"""The FROM clause: tables, joins, laterals, unnested values and table functions become relations in a scope.

The one idea: everything that can stand in FROM is turned into a Relation by `relation_of`, under the names by which the query may
call it; joins only add what decides about rows, and merge the keys of USING.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from collectors.sql.answer import Reason
from collectors.sql.expressions import cell_of, control
from collectors.sql.names import word
from collectors.sql.pivots import pivoted
from collectors.sql.relations import NOTHING, Cell, Derived, Item, Relation, Spread, merged, renamed
from collectors.sql.scope import Scope, transformed
from collectors.sql.stars import joined_items
from collectors.sql.ways import JOIN

_FILE_READERS = (exp.ReadCSV, exp.ReadParquet)
_FILE_READER_NAMES = frozenset(
    {"read_csv", "read_csv_auto", "read_parquet", "read_json", "read_json_auto", "read_ndjson", "parquet_scan",
     "csv_scan", "iceberg_scan", "delta_scan", "read_files", "s3", "gcs", "url", "file", "hdfs", "read_text",
     "read_blob", "sniff_csv"}
)  # fmt: skip
_ROW_MAKERS = frozenset(
    {"generate_series", "range", "sequence", "generator", "numbers", "numbers_mt", "zeros",
     "generate_date_array", "values", "rowset", "split_to_table", "string_split", "strsplit_to_table",
     "result_scan", "json_each", "jsonb_each", "json_array_elements", "jsonb_array_elements",
     "json_array_elements_text", "jsonb_array_elements_text", "json_each_text", "jsonb_each_text",
     "jsonb_object_keys", "json_object_keys", "regexp_split_to_table", "regexp_matches", "json_to_recordset",
     "jsonb_to_recordset", "json_tree", "pg_get_keywords", "strtok_split_to_table", "openxml", "unnest",
     "explode", "posexplode", "flatten", "generate_subscripts", "dual", "pragma_table_info"}
)  # fmt: skip
"""Table functions whose rows are made of their arguments and of nothing else."""
_READERS_OF_A_NAMED_TABLE = frozenset({"table_changes"})


def add_from(scope: Scope, node: exp.Expr) -> None:
    """A table expression and all that is joined to it."""
    before = len(scope.relations)
    if (
        isinstance(node, exp.Subquery)
        and not node.args.get("alias")
        and not node.args.get("pivots")
        and _is_join(node.this)
    ):
        add_from(scope, node.this)  # (a JOIN b ON …): both stay in reach
    else:
        relation, names = relation_of(scope, node)
        scope.add(relation, *names)
    for lateral in node.args.get("laterals") or ():
        add_lateral(scope, lateral)
    for join in node.args.get("joins") or ():
        add_join(scope, join, before)


def _is_join(node: exp.Expr) -> bool:
    return isinstance(node, exp.Table) or (
        isinstance(node, exp.Subquery) and (bool(node.args.get("joins")) or _is_join(node.this))
    )


def add_join(scope: Scope, join: exp.Expr, first: int = 0) -> None:
    """One JOIN. `first`: where the join's left side begins among the scope's relations."""
    args = join.args
    left = scope.relations[first:]
    kind = str(args.get("kind") or "").upper()
    this = args["this"]
    if kind == "ARRAY":  # ClickHouse: ARRAY JOIN arr AS x
        for part in [this, *(args.get("expressions") or ())]:
            scope.add(
                Spread(transformed(cell_of(part, scope)), [part.alias_or_name], given=True),
                part.alias_or_name,
                starred=False,
            )
        return
    starred = len(scope.starred)
    relations = len(scope.relations)
    if isinstance(this, exp.Lateral):
        add_lateral(scope, this)
    else:
        add_from(scope, this)
    for pivot in args.get("pivots") or ():
        last = scope.relations[-1]
        _replace_last(scope, pivoted(scope, pivot, last), pivot.alias)
    if kind in ("SEMI", "ANTI"):
        del scope.starred[starred:]
    right = scope.relations[relations] if len(scope.relations) > relations else None
    if args.get("on") is not None:
        control(args["on"], scope, JOIN)
    if args.get("match_condition") is not None:
        control(args["match_condition"], scope, JOIN)
    keys = [key.name.lower() for key in args.get("using") or ()]
    if str(args.get("method") or "").upper() == "NATURAL" and right is not None:
        shared = [item.name.lower() for item in right.items() if item.star is None]
        keys = [key for key in shared if any(relation.find(key) is not None for relation in left)]
    if keys and right is not None:
        scope.merge_keys(keys, left, right, str(args.get("side") or "").upper())
        for key in keys:
            for relation in (*left, right):
                cell = relation.find(key) or (
                    relation.assume(key) if relation.is_open() and len(left) == 1 else NOTHING
                )
                scope.decide(cell, JOIN)


def _replace_last(scope: Scope, relation: Relation, alias: str) -> None:
    old = scope.relations.pop()
    scope.starred = [entry for entry in scope.starred if entry[0] is not old]
    for name in [name for name, known in scope.by_alias.items() if known is old]:
        del scope.by_alias[name]
    scope.add(relation, *([alias] if alias else []))


def _alias(node: exp.Expr) -> tuple[str, list[str]]:
    """(alias or "", its column names)"""
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias):
        return (alias.name if alias.args.get("this") is not None else ""), [
            c.name for c in alias.args.get("columns") or ()
        ]
    return (alias.name if isinstance(alias, exp.Expr) else ""), []


def relation_of(scope: Scope, node: exp.Expr) -> tuple[Relation, list[str]]:
    """The relation that a table expression stands for, and the names under which the query may call it."""
    alias, columns = _alias(node)
    names = [alias] if alias else []
    relation: Relation
    if isinstance(node, exp.Table):
        relation, own_names = _table(scope, node, alias)
        names = names or own_names
    elif isinstance(node, exp.Subquery):
        if _is_join(node.this):
            inner = Scope(scope.analysis, scope.ctes, scope)
            add_from(inner, node.this)
            relation = Derived([item for part, keys in inner.starred for item in joined_items(part, keys)])
            relation.control = inner.control
            for key, part in inner.by_alias.items():
                scope.by_alias.setdefault(key, part)
        else:
            relation = scope.analysis.query(node.this, _ctes(scope, node), scope)
    elif isinstance(node, exp.Lateral):
        return lateral_relation(scope, node)
    elif isinstance(node, exp.Unnest):
        relation, columns = _unnest(scope, node, alias, columns)
    elif isinstance(node, exp.TableFromRows):
        relation = _rows(scope, node.this, alias, columns)
        columns = []
    elif isinstance(node, (exp.Final, exp.TableSample)):
        relation, own_names = relation_of(scope, node.this)
        names = names or own_names
    elif isinstance(node, (exp.Values, exp.Query, exp.DML, exp.Pivot)):
        relation = scope.analysis.query(node, scope.ctes, scope)
        columns = [] if isinstance(node, exp.Values) else columns
    else:
        relation = _rows(scope, node, alias, columns)
        columns = []
    relation = renamed(relation, columns)
    for pivot in node.args.get("pivots") or ():
        relation = pivoted(scope, pivot, relation)
        if pivot.alias:
            names = [pivot.alias]
    return relation, names


def _ctes(scope: Scope, node: exp.Expr) -> dict[str, Relation]:
    with_ = node.args.get("with_")
    if with_ is None:
        return scope.ctes
    return scope.analysis.with_ctes(with_, scope.ctes, scope)


def _table(scope: Scope, node: exp.Expr, alias: str) -> tuple[Relation, list[str]]:
    this = node.args.get("this")
    analysis = scope.analysis
    if isinstance(this, exp.Identifier):
        name = this.args["this"]
        if not node.args.get("db"):
            cte = scope.ctes.get(name.lower())
            if cte is not None:
                return cte, [name]
        elif not node.args.get("catalog"):
            made_of = _value_in_reach(scope, node, alias)
            if made_of is not None:
                return made_of, [name]
        relation = analysis.table(node)
        parts = [part for key in ("catalog", "db") if (part := word(node.args.get(key)))]
        return relation, [name, ".".join([*parts[-1:], name]), ".".join([*parts, name])]
    if isinstance(this, (exp.Var, exp.Parameter, exp.Dot)):
        relation = analysis.table(node)
        return relation, [this.name] if isinstance(this, exp.Dot) else []
    if isinstance(this, (exp.Placeholder, exp.Struct)):
        analysis.unresolved(
            Reason.TEMPLATE,
            analysis.text_of(node),
            "A table's name is filled in elsewhere. Render the template first.",
            node,
        )
        return Spread(NOTHING, (), given=False), []
    if isinstance(this, exp.Expr):
        _, columns = _alias(node)
        return _rows(scope, this, alias, columns), [alias or this.name]
    return Spread(NOTHING, (), given=False), []


def _value_in_reach(scope: Scope, node: exp.Expr, alias: str) -> Relation | None:
    """FROM t, t.items AS i (BigQuery, Trino, Redshift): the rows of an array in a row of t."""
    owner = scope.relation(word(node.args["db"]))
    if owner is None or not scope.analysis.struct_by_dot:
        return None
    name = node.args["this"].name
    cell = owner.find(name.lower())
    if cell is None:
        if not owner.is_open():
            return None
        cell = owner.assume(name)
    return Spread(transformed(cell), [alias or name], given=False)


def add_lateral(scope: Scope, node: exp.Expr) -> None:
    relation, names = lateral_relation(scope, node)
    scope.add(relation, *names)


def lateral_relation(scope: Scope, node: exp.Expr) -> tuple[Relation, list[str]]:
    """LATERAL (query), LATERAL f(x), LATERAL VIEW explode(x), CROSS APPLY: sees the relations on its left."""
    alias, columns = _alias(node)
    this = node.this
    if isinstance(this, (exp.Subquery, exp.Query)):
        inner = this.this if isinstance(this, exp.Subquery) and not this.args.get("with_") else this
        relation = renamed(scope.analysis.query(inner, scope.ctes, scope), columns)
    elif isinstance(this, exp.Unnest):
        relation, columns = _unnest(scope, this, alias, columns)
        relation = renamed(relation, columns)
    elif isinstance(this, exp.Table):
        relation, _ = _table(scope, this, alias)
        relation = renamed(relation, columns)
    else:
        relation = _rows(scope, this, alias, columns)
    for pivot in node.args.get("pivots") or ():
        relation = pivoted(scope, pivot, relation)
    return relation, [alias] if alias else []


def _unnest(scope: Scope, node: exp.Expr, alias: str, columns: list[str]) -> tuple[Relation, list[str]]:
    """UNNEST(a, b) AS t (x, y): each array its column; without columns the alias is one (BigQuery), or fields of structs."""
    cells = [transformed(cell_of(part, scope)) for part in node.expressions]
    offset = node.args.get("offset")
    items: list[Item] = []
    if len(columns) == len(cells) or len(cells) > 1:
        items = [Item(name, cell) for name, cell in zip(columns, cells, strict=False)]
    else:
        items = [Item(name, merged(cells)) for name in columns]
    if isinstance(offset, exp.Expr):
        items.append(Item(offset.name, NOTHING))
    if columns and not scope.analysis.struct_by_dot:
        return Derived(items), []
    rows = Spread(merged(cells), (), given=False)
    if not columns:
        return Spread(merged(cells), [alias] if alias else [], given=False), []
    if alias and scope.analysis.dialect != "bigquery":
        return Derived(items), []
    return _Fields(items, rows), []


class _Fields(Derived):
    """Unnested structs under a name: `x`, and its fields by their own names."""

    weak = True

    __slots__ = ("_rows",)

    def __init__(self, items: list[Item], rows: Spread) -> None:
        super().__init__(items)
        self._rows = rows

    def is_open(self) -> bool:
        return True

    def assume(self, name: str) -> Cell:
        return self._rows.assume(name)


def _rows(scope: Scope, node: exp.Expr, alias: str, columns: list[str]) -> Relation:
    """A table function: rows made of its arguments, of a file, or of we do not know what."""
    analysis = scope.analysis
    inner: Any = node
    while isinstance(inner, exp.Dot) and isinstance(inner.expression, exp.Expr):  # schema.function(…)
        inner = inner.expression
    name = (
        inner.name if isinstance(inner, exp.Anonymous) else inner.sql_name() if isinstance(inner, exp.Func) else ""
    ).lower()
    if name in ("table", "final") and inner.expressions:
        return _rows(scope, inner.expressions[0], alias, columns)
    if isinstance(inner, exp.DynamicIdentifier) and isinstance(inner.this, exp.Literal):
        return renamed(analysis.base(analysis.defaults.qualify(tuple(inner.this.name.split("."))), node), columns)
    if name in _READERS_OF_A_NAMED_TABLE and inner.expressions and isinstance(inner.expressions[0], exp.Literal):
        return renamed(
            analysis.base(analysis.defaults.qualify(tuple(inner.expressions[0].name.split("."))), node), columns
        )
    if isinstance(inner, exp.SemanticView) and isinstance(inner.this, exp.Table):
        return analysis.table(inner.this)
    if isinstance(inner, exp.Column) and name == "":
        return Spread(transformed(cell_of(inner, scope)), columns or ([alias] if alias else []), given=bool(columns))
    if isinstance(inner, _FILE_READERS) or name in _FILE_READER_NAMES:
        place = next((e for e in inner.find_all(exp.Literal) if e.is_string), None)
        if place is not None:
            return renamed(analysis.base(place.name, node), columns)
    cell: Cell = transformed(cell_of(inner, scope))
    known = columns or _declared(inner)
    if isinstance(inner, exp.Anonymous) and name not in _ROW_MAKERS:
        analysis.unresolved(
            Reason.OPAQUE,
            name,
            f"What the table function {name} reads cannot be seen. State its lineage by hand.",
            node,
        )
    if not known and name in ("explode", "flatten", "posexplode"):
        known = ["value", "key", "col", "pos", "index", "seq", "path", "this"]
        return Spread(cell, known, given=False)
    if not known and alias:
        return Spread(cell, [alias], given=False)
    return Spread(cell, known, given=bool(known))


def _declared(node: exp.Expr) -> list[str]:
    """The columns that JSON_TABLE, XMLTABLE, OPENJSON declare."""
    return [d.name for d in node.find_all(exp.ColumnDef, exp.JSONColumnDef, exp.OpenJSONColumnDef) if d.name]
