"""COPY, UNLOAD, EXPORT, LOAD, PUT: data between tables and files.

The one idea: a file, a stage or a bucket is a dataset like any other; which side it stands on is all there is to say.
"""

from __future__ import annotations

from sqlglot import exp

from collectors.sql.answer import Action, Kind, Reason
from collectors.sql.names import column_list, stage
from collectors.sql.queries import CTEs
from collectors.sql.relations import Relation
from collectors.sql.statements.found import Found

_STREAMS = frozenset({"stdin", "stdout"})


def _place(node: object) -> str:
    """The path, URL or stage that `node` names; "" for standard input and output."""
    if not isinstance(node, exp.Expr):
        return ""
    if isinstance(node, exp.Table):
        this = node.this
        name = (
            this.name
            if isinstance(this, (exp.Var, exp.Literal, exp.Parameter))
            else ".".join(part.name for part in node.parts)
        )
    else:
        name = node.name
    return "" if name.lower() in _STREAMS else stage(name)


def copy(found: Found, node: exp.Expr, ctes: CTEs) -> None:
    """COPY INTO t FROM files, COPY INTO files FROM t or a query, COPY t TO file."""
    analysis = found.analysis
    found.kind = Kind.COPY
    this, names = node.this, None
    if isinstance(this, exp.Schema):
        names = column_list(this) or None
        this = this.this
    files = [f for f in node.args.get("files") or () if isinstance(f, exp.Expr)]
    if node.args.get("kind"):  # into `this`
        into_file = (isinstance(this, exp.Table) and isinstance(this.this, (exp.Var, exp.Literal))) or isinstance(
            this, exp.Literal
        )
        target = found.write(_place(this)) if into_file else found.write(this)
        for source in files:
            if isinstance(source, (exp.Subquery, exp.Query)):
                listed = names or (None if into_file else list(analysis.columns_of(target) or ()) or None)
                found.fill(target, analysis.query(source, ctes, None), listed)
            elif isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier) and not _is_place(source):
                found.fill(target, analysis.table(source))
            else:
                _read(found, _place(source))
        return
    relation: Relation | None = None
    if isinstance(this, (exp.Subquery, exp.Query)):
        relation = analysis.query(this, ctes, None)
    elif isinstance(this, exp.Table):
        relation = analysis.table(this)
    for file in files:
        place = _place(file)
        if place:
            found.write(place)
            if relation is not None:
                found.fill(place, relation, names)


def _is_place(table: exp.Expr) -> bool:
    this = table.args.get("this")
    return (
        isinstance(this, exp.Identifier) and bool(this.args.get("quoted")) and ("://" in this.name or "/" in this.name)
    )


def _read(found: Found, place: str) -> None:
    if place:
        found.analysis.base(place)


def export(found: Found, node: exp.Expr, ctes: CTEs) -> None:
    """BigQuery's EXPORT DATA OPTIONS (uri = …) AS query."""
    found.kind = Kind.COPY
    options = node.args.get("options")
    uri = (
        next((p.args["value"].name for p in options.expressions if p.name.lower() in ("uri", "path")), "")
        if isinstance(options, exp.Expr)
        else ""
    )
    relation = found.analysis.query(node.this, ctes, None)
    if uri:
        found.write(uri)
        found.fill(uri, relation)
    else:
        found.analysis.unresolved(
            Reason.OPAQUE, "EXPORT DATA", "The place that is written to is not given as text. State it by hand.", node
        )


def load(found: Found, node: exp.Expr) -> None:
    """LOAD DATA INPATH … INTO TABLE t."""
    found.kind = Kind.COPY
    target = found.write(node.this)
    if node.args.get("overwrite"):
        found.happen(Action.OVERWRITE, target)
    _read(found, _place(node.args.get("inpath")))


def put(found: Found, node: exp.Expr) -> None:
    """PUT file @stage, GET @stage file."""
    found.kind = Kind.COPY
    _read(found, _place(node.this))
    place = _place(node.args.get("target"))
    if place:
        found.write(place)
