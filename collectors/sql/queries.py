"""Queries: SELECT, set operations, WITH, VALUES, walked once from the inside out.

The one idea: a query is a function from the relations in its FROM clause to one relation. CTEs are walked once, where they stand, and
shared; nothing is rewritten, copied or qualified first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from collectors.sql.expressions import cell_of, control
from collectors.sql.from_clause import add_from, add_join, add_lateral
from collectors.sql.pivots import pivot_statement, pivoted
from collectors.sql.relations import NOTHING, Cell, Derived, Item, Relation, Scalar, Spread, Union, merged, renamed
from collectors.sql.scope import Scope, transformed
from collectors.sql.stars import star_items
from collectors.sql.ways import FILTER, GROUP_BY, SORT

if TYPE_CHECKING:
    from collectors.sql.analysis import Analysis

RECURSION_ROUNDS_MAX: Final = (
    8  # a recursive CTE can move sources one column a round; wider cycles are not seen in practice
)

CTEs = dict[str, Relation]


def walk_query(analysis: Analysis, node: exp.Expr, ctes: CTEs, parent: Scope | None) -> Relation:
    """The relation that `node` (a query in any form) gives."""
    with_ = node.args.get("with_")
    if with_ is not None:
        ctes = with_ctes(analysis, with_, ctes, parent)
    cls = type(node)
    if cls is exp.Select:
        return _select(analysis, node, ctes, parent)
    if isinstance(node, exp.SetOperation):
        return _set_operation(analysis, node, ctes, parent)
    if isinstance(node, exp.Subquery):
        return _parenthesised(analysis, node, ctes, parent)
    if isinstance(node, exp.Values):
        return values(analysis, node, ctes, parent)
    if isinstance(node, exp.Table):
        scope = Scope(analysis, ctes, parent)
        add_from(scope, node)
        return _everything(scope)
    if isinstance(node, exp.Pivot):
        scope = Scope(analysis, ctes, parent)
        add_from(scope, node.this)
        return pivot_statement(scope, node)
    if isinstance(node, (exp.Tuple, exp.Paren)):
        return Derived([Item("", cell_of(node, Scope(analysis, ctes, parent)))])
    scope = Scope(analysis, ctes, parent)
    cell = cell_of(node, scope) if not isinstance(node, (exp.Query, exp.DDL, exp.DML)) else NOTHING
    if isinstance(node, (exp.DML, exp.DDL)):
        return analysis.data_changing_query(node, ctes)
    return Derived([Item("", cell, node)])


def with_ctes(analysis: Analysis, with_: exp.Expr, ctes: CTEs, parent: Scope | None) -> CTEs:
    """`ctes` and those of a WITH clause: each sees the ones before it."""
    out = dict(ctes)
    recursive = bool(with_.args.get("recursive"))
    for cte in with_.expressions:
        alias = cte.args.get("alias")
        key = cte.alias.lower()
        names = [column.name for column in alias.args.get("columns") or ()] if isinstance(alias, exp.Expr) else []
        body = cte.this
        if cte.args.get("scalar"):
            scope = Scope(analysis, out, parent)
            out[key] = Scalar([Item(cte.alias, cell_of(body, scope))])
            continue
        if (
            (recursive or analysis.recursive_without_keyword)
            and isinstance(body, exp.SetOperation)
            and _mentions(body.expression, key)
        ):
            out[key] = _recursive(analysis, body, key, names, out, parent)
        else:
            out[key] = renamed(walk_query(analysis, body, out, parent), names)
    return out


def _mentions(node: exp.Expr, key: str) -> bool:
    return any(not table.args.get("db") and table.name.lower() == key for table in node.find_all(exp.Table))


def _recursive(
    analysis: Analysis, body: exp.Expr, key: str, names: list[str], ctes: CTEs, parent: Scope | None
) -> Relation:
    """The anchor first, then the recursive part over what is known so far, until nothing new comes."""
    inner = body.args.get("with_")
    if inner is not None:
        ctes = with_ctes(analysis, inner, ctes, parent)
    known = renamed(walk_query(analysis, body.this, ctes, parent), names)
    for _ in range(RECURSION_ROUNDS_MAX):
        step = walk_query(analysis, body.expression, {**ctes, key: known}, parent)
        following = renamed(united([known, step], by_name=False), names)
        if [item.cell for item in following.items()] == [item.cell for item in known.items()]:
            return following
        known = following
    return known


def _select(analysis: Analysis, node: exp.Expr, ctes: CTEs, parent: Scope | None) -> Relation:
    scope = Scope(analysis, ctes, parent)
    args = node.args
    from_ = args.get("from_")
    if from_ is not None:
        add_from(scope, from_.this)
    for lateral in args.get("laterals") or ():
        add_lateral(scope, lateral)
    for join in args.get("joins") or ():
        add_join(scope, join)
    for window in args.get("windows") or ():
        scope.windows[window.name.lower()] = window
    if args.get("match") is not None:
        _match_recognize(scope, args["match"])
    items = projection(scope, node)
    clauses(scope, node, items)
    for pivot in args.get("pivots") or ():
        items = pivoted(scope, pivot, Derived(items)).items()
    out = Derived(items, star_hidden(node))
    out.control = scope.control
    return out


def star_hidden(node: exp.Expr) -> frozenset[str]:
    """The columns that every star of a select list leaves out."""
    hidden: set[str] | None = None
    for expression in node.expressions:
        star = (
            expression
            if isinstance(expression, exp.Star)
            else expression.this
            if isinstance(expression, exp.Column)
            else None
        )
        if isinstance(star, exp.Star):
            gone = {e.name.lower() for e in star.args.get("except_") or ()} | {
                e.this.name.lower() for e in star.args.get("rename") or ()
            }
            hidden = gone if hidden is None else hidden & gone
    return frozenset(hidden or ())


def projection(scope: Scope, node: exp.Expr) -> list[Item]:
    """The select list: one item for each output column."""
    items: list[Item] = []
    aliases = scope.aliases
    budget = scope.analysis.budget
    for expression in node.expressions:
        cls = type(expression)
        if cls is exp.Alias:
            name = (
                expression.args["alias"].name
                if isinstance(expression.args["alias"], exp.Expr)
                else str(expression.args["alias"])
            )
            cell = cell_of(expression.args["this"], scope)
            aliases.setdefault(name.lower(), cell)
            items.append(Item(name, cell, expression))
        elif cls is exp.Column and type(expression.args["this"]) is exp.Identifier:
            items.append(Item(expression.args["this"].args["this"], scope.column(expression), expression))
        elif cls is exp.Star or (cls is exp.Column and isinstance(expression.args["this"], exp.Star)):
            found = star_items(scope, expression)
            budget.spend(len(found))
            items.extend(found)
        elif isinstance(expression, exp.QueryTransform):  # Hive: TRANSFORM (a, b) USING 'script' AS (c, d)
            cell = transformed(cell_of(exp.Tuple(expressions=expression.expressions), scope))
            schema = expression.args.get("schema")
            names = [e.name for e in schema.expressions] if isinstance(schema, exp.Expr) else ["key", "value"]
            items.extend(Item(name, cell, expression) for name in names)
        elif isinstance(expression, exp.Aliases):  # one value, several columns: POSEXPLODE(x) AS (a, b)
            cell = cell_of(expression.this, scope)
            items.extend(Item(a.name, cell, expression) for a in expression.args["expressions"])
        elif isinstance(expression, exp.EQ) and isinstance(expression.this, (exp.Parameter, exp.SessionParameter)):
            cell_of(expression.expression, scope)  # T-SQL: SELECT @x = a gives no column
        elif isinstance(expression, exp.Dot) and isinstance(expression.expression, exp.Star):
            cell = cell_of(expression.this, scope)
            items.append(Item("*", cell, expression, _fields(cell)))
        else:
            items.append(Item(analysis_name(scope.analysis, expression), cell_of(expression, scope), expression))
    return items


def _fields(cell: Cell) -> Relation:
    """`s.*`: the fields of a struct, each of which comes from the struct's column."""
    return Spread(cell, (), given=False)


def analysis_name(analysis: Analysis, expression: exp.Expr) -> str:
    """The name of an output column without alias: the column's behind casts and paths, else the text."""
    position = expression.this if isinstance(expression, exp.Column) else expression
    if isinstance(position, exp.Parameter):
        return "$" + position.name
    name = expression.output_name
    if name and not isinstance(expression, exp.Literal):
        return name
    return analysis.text_of(expression)


def clauses(scope: Scope, node: exp.Expr, items: list[Item]) -> None:
    """What decides about rows: WHERE, GROUP BY, HAVING, QUALIFY, DISTINCT ON, CONNECT BY, ORDER BY with its LIMIT."""
    args = node.args
    for key in ("where", "prewhere"):
        if args.get(key) is not None:
            control(args[key].this, scope, FILTER)
    connect = args.get("connect")
    if connect is not None:
        control(connect.args.get("start"), scope, FILTER)
        control(connect.args.get("connect"), scope, FILTER)
    for item in items:  # from here on a name may be an output column's
        if item.star is None and item.name:
            scope.aliases.setdefault(item.name.lower(), item.cell)
    if args.get("group") is not None:
        for key, value in args["group"].args.items():
            if key in ("expressions", "grouping_sets", "cube", "rollup"):
                for part in value if isinstance(value, list) else [value]:
                    _by_position(part, scope, items, GROUP_BY)
    if args.get("having") is not None:
        control(args["having"].this, scope, FILTER)
    if args.get("qualify") is not None:
        control(args["qualify"].this, scope, FILTER)
    distinct = args.get("distinct")
    if isinstance(distinct, exp.Distinct) and isinstance(distinct.args.get("on"), exp.Expr):
        control(distinct.args["on"], scope, GROUP_BY)
    for key in ("order", "sort", "distribute", "cluster"):
        if args.get(key) is not None:
            for part in args[key].expressions:
                _by_position(part, scope, items, SORT)
    for key in ("limit", "offset"):
        if isinstance(args.get(key), exp.Expr):
            control(args[key].args.get("expression"), scope, FILTER)


def _by_position(part: object, scope: Scope, items: list[Item], way: int) -> None:
    """GROUP BY 1 is the first output column."""
    if not isinstance(part, exp.Expr):
        return
    key = part.this if isinstance(part, exp.Ordered) else part
    if isinstance(key, exp.Literal) and not key.is_string:
        position = int(key.name) - 1 if key.name.isdigit() and len(key.name) < 6 else -1
        if 0 <= position < len(items):
            scope.decide(items[position].cell, way)
        return
    if isinstance(key, exp.Column) and not key.args.get("table") and key.name.lower() in scope.aliases:
        scope.decide(scope.aliases[key.name.lower()], way)
        return
    control(part, scope, way)


def _match_recognize(scope: Scope, match: exp.Expr) -> None:
    """MATCH_RECOGNIZE: its measures and partition keys are the columns that come out of it."""
    args = match.args
    items: list[Item] = []
    symbols = {define.alias.lower() for define in args.get("define") or ()}
    for relation in list(scope.relations):
        for symbol in symbols:  # A.price is the price of a row that matched A
            scope.by_alias.setdefault(symbol, relation)
    for part in args.get("partition_by") or ():
        cell = cell_of(part, scope)
        items.append(Item(part.name, cell, part))
        scope.decide(cell, GROUP_BY)
    for measure in args.get("measures") or ():
        alias = measure.this
        items.append(Item(alias.alias, cell_of(alias, scope), alias))
    for define in args.get("define") or ():
        control(define.this, scope, FILTER)
    if isinstance(args.get("order"), exp.Expr):
        for key in args["order"].expressions:
            control(key, scope, SORT)
    all_rows = "ALL ROWS" in str(args.get("rows") or "").upper()
    if all_rows:
        items += [item for relation in scope.relations for item in relation.items()]
    out = Derived(items)
    alias_name = match.alias
    scope.relations.clear()
    scope.starred.clear()
    scope.add(out, *([alias_name] if alias_name else []))


def _parenthesised(analysis: Analysis, node: exp.Expr, ctes: CTEs, parent: Scope | None) -> Relation:
    """(query), perhaps with ORDER BY and LIMIT of its own, or a join in parentheses."""
    if isinstance(node.this, exp.Table) or node.args.get("joins") or node.args.get("pivots"):
        scope = Scope(analysis, ctes, parent)
        add_from(scope, node)
        return _everything(scope)
    inner = walk_query(analysis, node.this, ctes, parent)
    if node.args.get("order") is not None:
        scope = Scope(analysis, ctes, parent)
        scope.add(inner)
        clauses(scope, node, inner.items())
    return inner


def _everything(scope: Scope) -> Relation:
    out = Derived(star_items(scope, exp.Star()))
    out.control = scope.control
    return out


def _set_operation(analysis: Analysis, node: exp.Expr, ctes: CTEs, parent: Scope | None) -> Relation:
    sides: list[exp.Expr] = []
    stack = [node]
    by_name = bool(node.args.get("by_name"))
    orders: list[exp.Expr] = []
    while stack:  # a chain of ten thousand UNIONs is one level, not ten thousand
        current = stack.pop()
        if isinstance(current, exp.SetOperation) and (current is node or not current.args.get("with_")):
            if current.args.get("order") is not None:
                orders.append(current)
            stack.append(current.args["expression"])
            stack.append(current.args["this"])
        else:
            sides.append(current)
    out = united([walk_query(analysis, side, ctes, parent) for side in sides], by_name=by_name)
    if orders:
        scope = Scope(analysis, ctes, parent)
        scope.add(out)
        for order in orders:
            clauses(scope, order, out.items())
        out.control = scope.control
    return out


def united(sides: list[Relation], *, by_name: bool) -> Relation:
    """Columns meet by position, named after the first side; by name where asked, or where a star hides positions."""
    rows = [side.items() for side in sides]
    if any(item.star is not None for items in rows for item in items):
        return Union(sides)
    out: Relation
    if by_name:
        cells: dict[str, list[Item]] = {}
        for items in rows:
            for item in items:
                cells.setdefault(item.name.lower(), []).append(item)
        out = Derived([Item(same[0].name, merged(item.cell for item in same), same[0].node) for same in cells.values()])
    else:
        width = len(rows[0])
        out = Derived([
            Item(rows[0][i].name, merged(items[i].cell for items in rows if i < len(items)), rows[0][i].node) for i in range(width)
        ])  # fmt: skip
    out.control = merged(side.control for side in sides)
    return out


def values(analysis: Analysis, node: exp.Expr, ctes: CTEs, parent: Scope | None) -> Relation:
    """VALUES (…), (…): columns by position; rows of literals cost nothing."""
    scope = Scope(analysis, ctes, parent)
    cells: list[list[Cell]] = []
    for row in node.expressions:
        parts = row.expressions if isinstance(row, exp.Tuple) else [row]
        for index, part in enumerate(parts):
            if index >= len(cells):
                cells.append([])
            if not isinstance(part, exp.Literal):
                cell = cell_of(part, scope)
                if cell:
                    cells[index].append(cell)
    alias = node.args.get("alias")
    names = [column.name for column in alias.args.get("columns") or ()] if isinstance(alias, exp.Expr) else []
    items = [Item(names[i] if i < len(names) else f"column{i + 1}", merged(cell)) for i, cell in enumerate(cells)]
    out = Derived(items)
    out.control = scope.control
    return out
