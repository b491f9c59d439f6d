"""CREATE: tables with and without a query, views, clones, temporary tables.

The one idea: a temporary table never shows in the answer; it is remembered with its cells, so that whatever reads it later
in the script reads through it. The columns of a lasting one are remembered as its schema.
"""

from __future__ import annotations

from sqlglot import exp

from collectors.sql.answer import Action, Kind, Reason
from collectors.sql.dialects import TEMPORARY_BY_NAME
from collectors.sql.names import column_list
from collectors.sql.queries import CTEs
from collectors.sql.relations import Derived, Item, Relation, renamed
from collectors.sql.statements.found import Found

_TABLES = frozenset({"TABLE", "VIEW", "STREAM", "MATERIALIZED VIEW", "FOREIGN TABLE", "DICTIONARY", "MODEL"})


def create(found: Found, node: exp.Expr, ctes: CTEs) -> None:
    analysis = found.analysis
    kind = str(node.args.get("kind") or "").upper()
    if kind in ("FUNCTION", "PROCEDURE", "TRIGGER"):
        _routine(found, node)
        return
    if kind not in _TABLES:
        found.kind = Kind.OTHER
        return
    found.kind = Kind.CREATE
    this, names = node.this, []
    declared = False
    if isinstance(this, exp.Schema):
        names = column_list(this)
        declared = any(isinstance(c, exp.ColumnDef) for c in this.expressions)
        this = this.this
    name = analysis.name_of(this)
    properties = node.args.get("properties")
    given = list(properties.expressions) if isinstance(properties, exp.Expr) else []
    to = next((p.this for p in given if isinstance(p, exp.ToTableProperty)), None)
    target = name
    if isinstance(to, exp.Expr):  # ClickHouse: the view feeds that table and holds nothing itself
        inner = to.this if isinstance(to, exp.Schema) else to
        target = analysis.name_of(inner)
    query = node.args.get("expression")
    like = query if isinstance(query, exp.Table) and analysis.dialect == "clickhouse" else None
    if like is not None:  # ClickHouse: CREATE TABLE t AS s takes the columns, not the rows
        query = None
    if isinstance(query, exp.Schema):  # CREATE TABLE t (…) parsed with its columns on the right
        names, query = column_list(query), None
    relation = (
        analysis.query(query, ctes, None)
        if isinstance(query, exp.Expr) and not isinstance(query, exp.Command)
        else None
    )
    if relation is not None and _is_temporary(found, name, given):
        found.remember(name, renamed(relation, names))
        return
    model = like if like is not None else _model(node, given)
    if relation is None and _is_temporary(found, name, given):
        if model is not None:
            found.remember(name, _like(found, node, model))
        else:
            found.remember(name, Derived([Item(c, {}) for c in names]))
        return
    found.write(target)
    found.happen(Action.CREATE, name, analysis.name_of(model) if model is not None else None)
    if relation is not None:
        if to is not None and not names:
            known = analysis.columns_of(target)
            found.fill(target, relation, list(known) if known else None, by_name=True)
        elif to is not None:
            found.fill(target, relation, names, by_name=True)
        else:
            found.fill(target, relation, names or None)
        if all(item.star is None for item in relation.items()) or names:
            analysis.made[name.lower()] = tuple(names or [item.name for item in relation.items()])
    elif model is not None:
        source = analysis.table(model)
        if node.args.get("clone") is not None:
            found.fill(target, source)
    elif declared:
        analysis.made.setdefault(name.lower(), tuple(names))
        for column in names:
            found.outputs.append(column)


def _model(node: exp.Expr, properties: list[exp.Expr]) -> exp.Expr | None:
    """The table that LIKE, CLONE or COPY names."""
    clone = node.args.get("clone")
    if isinstance(clone, exp.Expr):
        return clone.this if isinstance(clone.this, exp.Table) else None
    like = next((p for p in properties if isinstance(p, exp.LikeProperty)), None)
    if like is None and isinstance(node.this, exp.Schema):
        like = next((e for e in node.this.expressions if isinstance(e, exp.LikeProperty)), None)
    return like.this if like is not None and isinstance(like.this, exp.Table) else None


def _like(found: Found, node: exp.Expr, model: exp.Expr) -> Relation:
    """A temporary table made after `model`: CLONE takes its rows, LIKE its columns only."""
    if node.args.get("clone") is not None:
        return found.analysis.table(model)
    columns = found.analysis.columns_of(found.analysis.name_of(model))
    return Derived([Item(column, {}) for column in columns or ()])


def _is_temporary(found: Found, name: str, properties: list[exp.Expr]) -> bool:
    mark = TEMPORARY_BY_NAME.get(found.analysis.dialect)
    return any(isinstance(p, exp.TemporaryProperty) for p in properties) or bool(
        mark and name.rpartition(".")[2].startswith(mark)
    )


def _routine(found: Found, node: exp.Expr) -> None:
    """CREATE PROCEDURE and FUNCTION: script.py looks inside; what is left here is a body that it could not split."""
    found.kind = Kind.OTHER
    body = node.args.get("expression")
    if isinstance(body, exp.Query):  # a SQL function: what it reads is read by whoever calls it
        found.analysis.query(body, {}, None)
        found.analysis.reads.clear()
    elif body is not None and str(node.args.get("kind")).upper() == "PROCEDURE":
        found.analysis.unresolved(
            Reason.OPAQUE, node.this.name, "The body of this procedure cannot be read. State its lineage by hand.", node
        )
