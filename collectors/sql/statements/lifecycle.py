"""ALTER, DROP, TRUNCATE: what happens to tables as a whole."""

from __future__ import annotations

from sqlglot import exp

from collectors.sql.answer import Action, Kind
from collectors.sql.statements.found import Found

_HOLDS_DATA = frozenset({"TABLE", "VIEW", "MATERIALIZED VIEW", "STREAM", "FOREIGN TABLE", "DYNAMIC TABLE", ""})


def alter(found: Found, node: exp.Expr) -> None:
    """RENAME and SWAP move a table's rows to another name; the rest changes its shape."""
    analysis = found.analysis
    found.kind = Kind.LIFECYCLE
    if str(node.args.get("kind") or "").upper() not in _HOLDS_DATA or not isinstance(node.this, exp.Table):
        found.kind = Kind.OTHER
        return
    name = analysis.name_of(node.this)
    told = False
    for action in node.args.get("actions") or ():
        if isinstance(action, exp.SwapTable) and isinstance(action.this, exp.Table):
            swap(found, name, analysis.name_of(action.this))
            told = True
        elif isinstance(action, exp.AlterRename) and isinstance(action.this, exp.Expr):
            rename(found, name, action.this)
            told = True
    if not told:
        found.happen(Action.ALTER, name)


def rename(found: Found, name: str, to: exp.Expr) -> None:
    """`to` without a schema stays in the table's own."""
    other = (
        found.analysis.name_of(to)
        if isinstance(to, exp.Table) and to.args.get("db")
        else ".".join([*name.split(".")[:-1], to.name])
    )
    found.happen(Action.RENAME, name, other)
    temporary = found.analysis.temporary.pop(name.lower(), None)
    if temporary is not None:
        found.analysis.temporary[other.lower()] = temporary
    made = found.analysis.made.pop(name.lower(), None)
    if made is not None:
        found.analysis.made[other.lower()] = made


def swap(found: Found, name: str, other: str) -> None:
    """SWAP: `name` holds from now on what `other` held (and the other way round, which the lifecycle says)."""
    found.happen(Action.SWAP, name, other)
    found.write(name)
    found.fill(name, found.analysis.base(other))


def drop(found: Found, node: exp.Expr) -> None:
    analysis = found.analysis
    found.kind = Kind.LIFECYCLE
    if str(node.args.get("kind") or "").upper() not in _HOLDS_DATA:
        found.kind = Kind.OTHER
        return
    for table in node.args.get("tables") or [node.args.get("this"), *node.expressions]:
        if isinstance(table, exp.Table):
            name = analysis.name_of(table)
            analysis.made.pop(name.lower(), None)
            if analysis.temporary.pop(name.lower(), None) is None:
                found.happen(Action.DROP, name)


def truncate(found: Found, node: exp.Expr) -> None:
    """TRUNCATE changes what the table holds, so it is written too."""
    found.kind = Kind.LIFECYCLE
    if node.args.get("is_database"):
        return
    for table in node.expressions:
        name = found.analysis.name_of(table)
        if name.lower() not in found.analysis.temporary:
            found.happen(Action.TRUNCATE, name)
            found.write(name)
