"""SELECT, and SELECT … INTO."""

from __future__ import annotations

from sqlglot import exp

from collectors.sql.answer import Action, Kind
from collectors.sql.dialects import TEMPORARY_BY_NAME
from collectors.sql.queries import CTEs
from collectors.sql.statements.found import Found


def select(found: Found, node: exp.Expr, ctes: CTEs) -> None:
    """A query as a statement: its columns are the result's, or the table's that INTO makes."""
    analysis = found.analysis
    found.kind = Kind.SELECT
    relation = analysis.query(node, ctes, None)
    found.returned = relation
    into = None if analysis.into_variables else _into(node)
    if into is None:
        found.fill(None, relation)
        return
    found.kind = Kind.CREATE
    name = analysis.name_of(into.this)
    mark = TEMPORARY_BY_NAME.get(analysis.dialect)
    if into.args.get("temporary") or (mark and name.rpartition(".")[2].startswith(mark)):
        found.remember(name, relation)
        return
    found.write(name)
    found.happen(Action.CREATE, name)
    found.fill(name, relation)


def _into(node: exp.Expr) -> exp.Expr | None:
    """INTO stands in the first SELECT, also under a UNION."""
    current: object = node
    while isinstance(current, (exp.SetOperation, exp.Subquery)):
        current = current.this
    into = current.args.get("into") if isinstance(current, exp.Select) else None
    if not isinstance(into, exp.Expr) or not isinstance(into.args.get("this"), exp.Table):
        return None  # INTO a variable makes no table
    return into
