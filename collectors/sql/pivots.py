"""PIVOT and UNPIVOT.

The one idea: a pivot's output columns are all columns that it does not use, then one for each value and aggregate, named as the
dialect names them (sqlglot has worked the names out); an unpivot's value column comes from every column it folds.
"""

from __future__ import annotations

from sqlglot import exp

from collectors.sql.expressions import cell_of
from collectors.sql.relations import NOTHING, Cell, Derived, Item, Relation, merged, renamed
from collectors.sql.scope import Scope, transformed
from collectors.sql.ways import CONDITIONAL, FILTER, compose


def pivoted(outer: Scope, pivot: exp.Expr, relation: Relation) -> Relation:
    """`relation` after one PIVOT or UNPIVOT."""
    scope = Scope(outer.analysis, outer.ctes, outer)
    scope.add(relation)
    if pivot.args.get("unpivot"):
        items = _unpivot(scope, pivot, relation)
    else:
        items = _pivot(scope, pivot, relation)
    out: Relation = Derived(items, frozenset(_used(pivot)))
    out.control = scope.control
    alias = pivot.args.get("alias")
    if isinstance(alias, exp.TableAlias):
        out = renamed(out, [column.name for column in alias.args.get("columns") or ()])
    return out


def _used(pivot: exp.Expr) -> set[str]:
    """Keys of the columns that a pivot consumes."""
    parts = [*pivot.args.get("fields", []), *([] if pivot.args.get("unpivot") else pivot.args.get("expressions", []))]
    if pivot.args.get("unpivot"):
        return {
            c.name.lower()
            for field in pivot.args.get("fields") or ()
            for e in field.expressions
            for c in e.find_all(exp.Column)
        }
    return {column.name.lower() for part in parts for column in part.find_all(exp.Column)}


def _kept(relation: Relation, used: set[str]) -> list[Item]:
    return [item for item in relation.items() if item.star is not None or item.name.lower() not in used]


def _pivot(scope: Scope, pivot: exp.Expr, relation: Relation) -> list[Item]:
    used = _used(pivot)
    aggregates = [cell_of(e, scope) for e in pivot.expressions]
    chosen: list[Cell] = []
    for field in pivot.args.get("fields") or ():
        if isinstance(field, exp.In):
            cell = cell_of(field.this, scope)
            chosen.append({source: compose(FILTER, ways) for source, ways in cell.items()})
            for expression in field.expressions:
                if isinstance(expression, (exp.Query, exp.Subquery)):
                    cell_of(expression, scope)
    for cell in chosen:
        scope.decide(cell)
    names = [column.name for column in pivot.args.get("columns") or ()]
    if not names:
        names = _names(pivot, len(aggregates))
    cells = aggregates or [NOTHING]
    # sqlglot names them value by value, each with all aggregates in turn.
    return [*_kept(relation, used), *(Item(name, cells[i % len(cells)]) for i, name in enumerate(names))]


def _names(pivot: exp.Expr, aggregates: int) -> list[str]:
    names = []
    for field in pivot.args.get("fields") or ():
        for value in field.expressions if isinstance(field, exp.In) else ():
            base = value.alias if isinstance(value, exp.PivotAlias) else value.name
            names += [base if aggregates == 1 else f"{base}_{e.alias or e.sql()}" for e in pivot.expressions]
    return names


def _unpivot(scope: Scope, pivot: exp.Expr, relation: Relation) -> list[Item]:
    """UNPIVOT((v, w) FOR n IN ((a, b) AS 'x', (c, d))): v from a and c, w from b and d, n from all of them."""
    used = _used(pivot)
    targets: list[str] = []
    for expression in pivot.expressions:
        parts = expression.expressions if isinstance(expression, exp.Tuple) else [expression]
        targets += [part.name for part in parts]
    values: list[list[Cell]] = [[] for _ in targets]
    labels: list[Item] = []
    for field in pivot.args.get("fields") or ():
        folded: list[Cell] = []
        for expression in field.expressions if isinstance(field, exp.In) else ():
            inner = expression.this if isinstance(expression, exp.PivotAlias) else expression
            parts = inner.expressions if isinstance(inner, exp.Tuple) else [inner]
            for index, part in enumerate(parts):
                cell = cell_of(part, scope)
                folded.append(cell)
                if values:
                    values[index % len(values)].append(cell)
        labels.append(Item(field.this.name, transformed(merged(folded), CONDITIONAL)))
    made = [Item(name, merged(cells)) for name, cells in zip(targets, values, strict=True)]
    first_values = bool(pivot.args.get("value_columns_first"))
    return [*_kept(relation, used), *((*made, *labels) if first_values else (*labels, *made))]


def pivot_statement(scope: Scope, node: exp.Expr) -> Relation:
    """DuckDB's PIVOT t ON c USING sum(v) GROUP BY d: which columns come of `c` is known to the data only."""
    items: list[Item] = []
    group = node.args.get("group")
    if group is not None:
        items += [Item(e.name, cell_of(e, scope), e) for e in group.expressions]
    for using in node.args.get("using") or ():
        items.append(Item(using.alias or using.sql(), cell_of(using, scope), using))
    for on in node.expressions:
        cell = cell_of(on, scope)
        scope.decide(cell, FILTER)
    out = Derived(items)
    out.control = scope.control
    return out
