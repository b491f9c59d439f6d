"""Expressions: which columns a value is made of, and in which way each takes part.

The one idea: one walk with an explicit stack, so that ten thousand operands in a row need no recursion; each node says
only what way its children get (`_plan`), decided once per node class.
"""

from __future__ import annotations

from typing import Any, Final

from sqlglot import exp

from collectors.sql.answer import Reason
from collectors.sql.masking import masks
from collectors.sql.relations import NOTHING, Cell, merged
from collectors.sql.scope import Scope
from collectors.sql.ways import AGGREGATION, CONDITIONAL, IDENTITY, MASKED, TRANSFORMATION, WINDOW, compose

(
    _LEAF,
    _SAME,
    _PLAIN,
    _COLUMN,
    _AGGREGATE,
    _CASE,
    _WINDOW,
    _FILTERED,
    _QUERY,
    _EXISTS,
    _IN,
    _FUNCTION,
    _STAR,
    _COLUMNS,
    _LIST,
    _FIELD,
) = range(16)

_LEAVES: Final = (exp.Literal, exp.DataType, exp.Var, exp.Null, exp.Boolean, exp.Placeholder, exp.Identifier, exp.Interval,
                  exp.Parameter, exp.SessionParameter, exp.JSONPath, exp.CurrentTimestamp, exp.RawString, exp.National)  # fmt: skip
_SAME_WAY: Final = (
    exp.Alias,
    exp.Paren,
    exp.Aliases,
    exp.Tuple,
    exp.Ordered,
    exp.Where,
    exp.Having,
    exp.Qualify,
    exp.Prior,
)

_plans: dict[type[exp.Expr], int] = {}


def _plan(cls: type[exp.Expr]) -> int:
    """What to do with nodes of a class; computed once per class."""
    if issubclass(cls, exp.Column):
        return _COLUMN
    if issubclass(cls, exp.Star):
        return _STAR
    if issubclass(cls, exp.Dot):
        return _FIELD
    if issubclass(cls, exp.Interval):
        return _PLAIN
    if issubclass(cls, _LEAVES):
        return _LEAF
    if issubclass(cls, _SAME_WAY):
        return _SAME
    if issubclass(cls, exp.Columns):
        return _COLUMNS
    if issubclass(cls, exp.Window):
        return _WINDOW
    if issubclass(cls, (exp.Case, exp.If, exp.DecodeCase)):
        return _CASE
    if issubclass(cls, exp.Filter):
        return _FILTERED
    if issubclass(cls, (exp.WithinGroup, exp.Order)):
        return _LIST
    if issubclass(cls, exp.Exists):
        return _EXISTS
    if issubclass(cls, (exp.Query, exp.Subquery)):
        return _QUERY
    if issubclass(cls, exp.In):
        return _IN
    if issubclass(cls, exp.AggFunc):
        return _AGGREGATE
    if issubclass(cls, exp.Func) and not issubclass(cls, (exp.Connector, exp.Cast)):
        return _FUNCTION
    return _PLAIN


def cell_of(node: exp.Expr, scope: Scope, way: int = IDENTITY) -> Cell:
    """The sources of the value of `node`."""
    cls = type(node)
    while cls is exp.Alias or cls is exp.Paren:
        node = node.args["this"]
        cls = type(node)
    if cls is exp.Column and type(node.args["this"]) is exp.Identifier:
        cell = scope.column(node)
        return cell if way == IDENTITY else {source: compose(way, ways) for source, ways in cell.items()}
    if cls is exp.Literal:
        return NOTHING
    out: Cell = {}
    _walk([(node, way)], scope, out)
    return out


def control(node: exp.Expr | None, scope: Scope, way: int) -> None:
    """`node` decides which rows there are (a condition, a key): its columns go to the scope's control."""
    if node is not None:
        _walk([(node, way)], scope, scope.control)


def _add(out: Cell, cell: Cell, way: int) -> None:
    for source, ways in cell.items():
        out[source] = out.get(source, 0) | compose(way, ways)


def _walk(stack: list[tuple[exp.Expr, int]], scope: Scope, out: Cell) -> None:
    plans = _plans
    budget = scope.analysis.budget
    while stack:
        node, way = stack.pop()
        cls = type(node)
        plan = plans.get(cls)
        if plan is None:
            plan = plans[cls] = _plan(cls)
        if plan == _LEAF:
            if cls is exp.Parameter and scope.analysis.dialect == "snowflake":
                _add(out, scope.positional(node), way)
            continue
        if plan == _COLUMN:
            if type(node.args["this"]) is exp.Star:
                _whole_rows(node, scope, way, out)
                continue
            cell = scope.column(node)
            if len(cell) > 8:
                budget.spend(len(cell))
            for source, ways in cell.items():
                out[source] = out.get(source, 0) | compose(way, ways)
            continue
        if plan == _FIELD:
            _field(stack, node, scope, way, out)
        elif plan == _PLAIN:
            _push(stack, node, TRANSFORMATION if way == IDENTITY else way)
        elif plan == _SAME:
            _push(stack, node, way)
        elif plan == _FUNCTION:
            inner = TRANSFORMATION if way == IDENTITY else way
            if masks(node, scope.analysis.masking_functions):
                inner = compose(inner, MASKED)
            if isinstance(node, exp.Anonymous) and node.name.lower().startswith("dictget"):
                stack.extend((e, inner) for e in node.expressions[1:])  # ClickHouse: the first names a dictionary
            else:
                _push(stack, node, inner)
        elif plan == _AGGREGATE:
            _aggregate(stack, node, way, scope)
        elif plan == _CASE:
            _case(stack, node, way)
        elif plan == _WINDOW:
            _window(stack, node, way, scope)
        elif plan == _FILTERED:
            stack.append((node.args["this"], way))
            stack.append((node.args["expression"], compose(way, CONDITIONAL)))
        elif plan == _LIST:
            _ordered(stack, node, way)
        elif plan == _QUERY:
            query(node, scope, way, out)
        elif plan == _EXISTS:
            query(node.args["this"], scope, way, out, rows_only=True)
        elif plan == _IN:
            _in(stack, node, way, scope, out)
        elif plan == _STAR:
            _whole_rows(node, scope, way, out)
        elif plan == _COLUMNS:
            for relation in scope.relations:
                for item in relation.items():
                    _add(out, item.cell, compose(way, TRANSFORMATION))


def _field(stack: list[tuple[exp.Expr, int]], node: exp.Expr, scope: Scope, way: int, out: Cell) -> None:
    """`a.b.c.d.e`: fields below what a column reference can hold."""
    path: list[str] = []
    inner = node
    while isinstance(inner, (exp.Dot, exp.Paren)):
        if isinstance(inner, exp.Dot):
            path.insert(0, inner.text("expression"))
        inner = inner.this
    if isinstance(inner, exp.Column) and isinstance(inner.this, exp.Identifier):
        _add(out, scope.analysis.narrowed(scope.column(inner), path), way)
    else:
        _push(stack, node, TRANSFORMATION if way == IDENTITY else way)


def _push(stack: list[tuple[exp.Expr, int]], node: exp.Expr, way: int) -> None:
    for value in node.args.values():
        if isinstance(value, list):
            for child in value:
                if isinstance(child, exp.Expr):
                    stack.append((child, way))
        elif isinstance(value, exp.Expr):
            stack.append((value, way))


def _aggregate(stack: list[tuple[exp.Expr, int]], node: exp.Expr, way: int, scope: Scope) -> None:
    inner = compose(way, AGGREGATION)
    if masks(node, scope.analysis.masking_functions):
        inner = compose(inner, MASKED)
    if isinstance(node, exp.Count):
        this = node.args.get("this")
        if isinstance(this, exp.Star) or (isinstance(this, exp.Column) and isinstance(this.this, exp.Star)):
            return  # counts rows: no column's value is in it
    if isinstance(node, exp.CountIf):
        inner = compose(inner, CONDITIONAL)
    _push(stack, node, inner)


def _case(stack: list[tuple[exp.Expr, int]], node: exp.Expr, way: int) -> None:
    if isinstance(node, exp.DecodeCase):  # x, then search and result by turns, then perhaps a default
        parts = node.expressions
        value, condition = compose(way, TRANSFORMATION), compose(way, CONDITIONAL)
        for index, part in enumerate(parts):
            result = index and (index % 2 == 0 or index == len(parts) - 1)
            stack.append((part, value if result else condition))
        return
    value, condition = compose(way, TRANSFORMATION), compose(way, CONDITIONAL)
    args = node.args
    if isinstance(node, exp.If):
        stack.append((args["this"], condition))
        for key in ("true", "false"):
            if args.get(key) is not None:
                stack.append((args[key], value))
        return
    if args.get("this") is not None:
        stack.append((args["this"], condition))
    for branch in args.get("ifs") or ():
        stack.append((branch.args["this"], condition))
        if branch.args.get("true") is not None:
            stack.append((branch.args["true"], value))
    if args.get("default") is not None:
        stack.append((args["default"], value))


def _window(stack: list[tuple[exp.Expr, int]], node: exp.Expr, way: int, scope: Scope) -> None:
    args = node.args
    this = args.get("this")
    if isinstance(this, exp.Expr):
        stack.append((this, compose(way, TRANSFORMATION)))
    inner = compose(way, WINDOW)
    for part in args.get("partition_by") or ():
        stack.append((part, inner))
    if isinstance(args.get("order"), exp.Expr):
        stack.append((args["order"], inner))
    # OVER w, and WINDOW w2 AS (w ...): the named window's keys are this one's.
    alias = args.get("alias")
    names = [alias.name.lower()] if isinstance(alias, exp.Expr) else []
    seen: set[str] = set()
    while names:
        name = names.pop()
        named = scope.windows.get(name)
        if named is None or name in seen:
            continue
        seen.add(name)
        for part in named.args.get("partition_by") or ():
            stack.append((part, inner))
        if isinstance(named.args.get("order"), exp.Expr):
            stack.append((named.args["order"], inner))
        base = named.args.get("alias")
        if isinstance(base, exp.Expr):
            names.append(base.name.lower())


def _ordered(stack: list[tuple[exp.Expr, int]], node: exp.Expr, way: int) -> None:
    """AGG(x ORDER BY y), … WITHIN GROUP (ORDER BY y): the value is of x; y says in what order."""
    this = node.args.get("this")
    if isinstance(this, exp.Expr):
        stack.append((this, way))
    # PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY y): y is the value.
    rank = isinstance(node, exp.WithinGroup) and isinstance(this, (exp.PercentileCont, exp.PercentileDisc))
    keys: list[Any] = (
        [node.args.get("expression")] if isinstance(node, exp.WithinGroup) else list(node.args.get("expressions") or ())
    )
    for key in keys:
        if isinstance(key, exp.Order):
            stack.extend((k, compose(way, AGGREGATION) if rank else compose(way, WINDOW)) for k in key.expressions)
        elif isinstance(key, exp.Expr):
            stack.append((key, compose(way, WINDOW)))


def _in(stack: list[tuple[exp.Expr, int]], node: exp.Expr, way: int, scope: Scope, out: Cell) -> None:
    inner = compose(way, TRANSFORMATION)
    stack.append((node.args["this"], inner))
    for key, value in node.args.items():
        if key == "query" and isinstance(value, exp.Expr):
            query(value, scope, inner, out)
        elif key == "expressions":
            stack.extend((child, inner) for child in value or () if isinstance(child, exp.Expr))
        elif key in ("unnest", "field") and isinstance(value, exp.Expr):
            stack.append((value, inner))


def query(node: exp.Expr, scope: Scope, way: int, out: Cell, *, rows_only: bool = False) -> None:
    """A query inside an expression: its first column's value, and whatever decides about its rows. `rows_only`: EXISTS."""
    relation = scope.analysis.query(node, scope.ctes, scope)
    if not rows_only:
        _add(out, merged(item.cell for item in relation.items()), way)
    for source, ways in relation.control.items():
        out[source] = out.get(source, 0) | compose(way, ways)


def _whole_rows(node: exp.Expr, scope: Scope, way: int, out: Cell) -> None:
    """`*` or `t.*` inside a function: every column."""
    table = node.args.get("table")
    relations = scope.relations
    if isinstance(table, exp.Expr):
        found = scope.relation(table.name)
        relations = [found] if found is not None else []
    for relation in relations:
        for item in relation.items():
            if item.star is not None:
                scope.analysis.unresolved(
                    Reason.STAR,
                    "*",
                    "A whole row is used, and its columns are not known. Give the table's schema.",
                    node,
                )
            scope.analysis.budget.spend(1)
            _add(out, item.cell, compose(way, TRANSFORMATION))
