"""MERGE, UPDATE and DELETE: what changes rows that are there.

The one idea: the target is in reach like any other relation, but it is written and not read; its own columns appear as sources
where an assignment uses them.
"""

from __future__ import annotations

from sqlglot import exp

from collectors.sql.answer import Kind, Reason
from collectors.sql.expressions import cell_of, control
from collectors.sql.from_clause import add_from, add_join, relation_of
from collectors.sql.names import word
from collectors.sql.queries import CTEs
from collectors.sql.relations import Base, Relation
from collectors.sql.scope import Scope
from collectors.sql.statements.found import Found
from collectors.sql.ways import FILTER, JOIN


def _names(table: exp.Expr) -> list[str]:
    alias = table.alias
    if alias:
        return [alias]
    return [table.name, f"{word(table.args['db'])}.{table.name}"] if table.args.get("db") else [table.name]


def _in_reach(found: Found, scope: Scope, table: exp.Expr) -> tuple[str, Relation]:
    """The target, put in reach of `scope`: its name, its rows."""
    analysis = found.analysis
    name = analysis.name_of(table)
    rows = analysis.temporary.get(name.lower()) or analysis.base(name, table, read=False)
    scope.add(rows, *_names(table))
    return name, rows


def _aliased_in(from_: list[exp.Expr], name: str) -> exp.Expr | None:
    """T-SQL: UPDATE t … FROM real_table AS t: the table that the target's name is the alias of."""
    for part in from_:
        for table in part.find_all(exp.Table):
            if table.alias.lower() == name.lower() and table.find_ancestor(exp.Query) is part.find_ancestor(exp.Query):
                return table
    return None


def update(found: Found, node: exp.Expr, ctes: CTEs) -> None:
    analysis = found.analysis
    found.kind = Kind.UPDATE
    scope = Scope(analysis, ctes, None)
    table = node.this
    from_ = node.args.get("from_")
    sources = [from_.this] if isinstance(from_, exp.Expr) else []
    real = None if not isinstance(table, exp.Table) or table.args.get("db") else _aliased_in(sources, table.name)
    reads_before = dict(analysis.reads)
    if real is not None:
        target = analysis.name_of(real)
    elif isinstance(table, exp.Table):
        target, _ = _in_reach(found, scope, table)
        for join in table.args.get("joins") or ():
            add_join(scope, join)
    else:
        target = ""
        add_from(scope, table)
    for source in sources:
        same = (
            isinstance(source, exp.Table)
            and not source.args.get("joins")
            and real is None
            and analysis.name_of(source).lower() == target.lower()
            and not source.alias
        )
        if not same:
            add_from(scope, source)
    if (
        real is not None
        and target.lower() not in reads_before
        and _mentions(sources, analysis.name_of(real), found) < 2
    ):
        analysis.reads.pop(target.lower(), None)
    assignments = [part for part in node.expressions if isinstance(part, exp.EQ)]
    target = _owner(found, scope, assignments, target)
    if target.lower() not in analysis.temporary:
        found.write(target)
    for assignment in assignments:
        _assign(found, scope, target, assignment)
    where = node.args.get("where")
    if where is not None:
        control(where.this, scope, FILTER)
    if target.lower() not in analysis.temporary:
        found.decide(target, scope.control)
    found.returned = analysis.base(target, read=False) if target else None


def _mentions(sources: list[exp.Expr], name: str, found: Found) -> int:
    return sum(1 for s in sources for t in s.find_all(exp.Table) if found.analysis.name_of(t).lower() == name.lower())


def _owner(found: Found, scope: Scope, assignments: list[exp.EQ], target: str) -> str:
    """MySQL: UPDATE a JOIN b … SET b.x = …: the table whose column is set is the target."""
    for assignment in assignments:
        column = assignment.this
        if isinstance(column, exp.Column) and column.args.get("table"):
            relation = scope.relation(column.table, column)
            if isinstance(relation, Base):
                if relation.name.lower() != target.lower() and target:
                    found.analysis.reads.setdefault(target.lower(), target)
                    found.analysis.reads.pop(relation.name.lower(), None)
                return relation.name
    return target


def _assign(found: Found, scope: Scope, target: str, assignment: exp.Expr) -> None:
    left, right = assignment.this, assignment.args["expression"]
    shown = target if target.lower() not in found.analysis.temporary else None
    if isinstance(left, (exp.Tuple, exp.Paren)):
        columns = left.expressions if isinstance(left, exp.Tuple) else [left.this]
        if isinstance(right, (exp.Subquery, exp.Query)):
            relation = found.analysis.query(right, scope.ctes, scope)
            scope.decide(relation.control)
            for column, item in zip(columns, relation.items(), strict=False):
                if shown:
                    found.column(shown, column.name, item.cell, column)
            return
        values = right.expressions if isinstance(right, exp.Tuple) else [right]
        for column, value in zip(columns, values, strict=False):
            if shown:
                found.column(shown, column.name, cell_of(value, scope), column)
        return
    if isinstance(left, (exp.Parameter, exp.SessionParameter)):
        cell_of(right, scope)
        return
    while isinstance(left, (exp.Bracket, exp.Dot)):  # an element of a value is set: the column changes
        left = left.this
    if isinstance(left, exp.Column) and left.args.get("db") is None and left.args.get("table") is not None:
        owner = scope.relation(left.table, left)
        if owner is None and found.analysis.struct_by_dot:
            left = exp.column(left.args["table"])  # SET s.field = … sets column s
    cell = cell_of(right, scope)
    if shown:
        found.column(shown, left.name, cell, assignment)


def merge(found: Found, node: exp.Expr, ctes: CTEs) -> None:
    """MERGE: every branch adds its edges; the join and the branches' conditions decide about the rows."""
    analysis = found.analysis
    found.kind = Kind.MERGE
    scope = Scope(analysis, ctes, None)
    table = node.this
    target, rows = _in_reach(found, scope, table)
    temporary = target.lower() in analysis.temporary
    if not temporary:
        found.write(target)
    source, names = relation_of(scope, node.args["using"])
    scope.add(source, *names)
    if node.args.get("on") is not None:
        control(node.args["on"], scope, JOIN)
    whens = node.args.get("whens")
    for when in whens.expressions if isinstance(whens, exp.Expr) else node.expressions:
        if isinstance(when.args.get("condition"), exp.Expr):
            control(when.args["condition"], scope, FILTER)
        then = when.args.get("then")
        # What is not there has no values: an INSERT sees the source only.
        inserting = Scope(analysis, ctes, None)
        inserting.add(source, *names)
        if isinstance(then, exp.Update):
            _merge_update(found, scope, target, then, source)
            if isinstance(then.args.get("where"), exp.Expr):
                control(then.args["where"].this, scope, FILTER)
        elif isinstance(then, exp.Insert):
            _merge_insert(found, inserting, target, then, source, rows)
            if isinstance(then.args.get("where"), exp.Expr):
                control(then.args["where"].this, scope, FILTER)
    if not temporary:
        found.decide(target, scope.control)


def _merge_update(found: Found, scope: Scope, target: str, then: exp.Expr, source: Relation) -> None:
    for assignment in then.expressions:
        if isinstance(assignment, exp.EQ):
            _assign(found, scope, target, assignment)
        elif isinstance(assignment, exp.Star):
            _all(found, target, source)


def _merge_insert(found: Found, scope: Scope, target: str, then: exp.Expr, source: Relation, rows: Relation) -> None:
    this, values = then.args.get("this"), then.args.get("expression")
    if isinstance(this, exp.Star) or (isinstance(this, exp.Var) and this.name.upper() == "ROW"):
        _all(found, target, source)
        return
    if not isinstance(values, exp.Expr):
        return
    if isinstance(values, exp.Values):
        values = values.expressions[0] if values.expressions else values
    parts = (
        values.expressions
        if isinstance(values, exp.Tuple)
        else [values.this if isinstance(values, exp.Paren) else values]
    )
    if isinstance(this, exp.Tuple):
        listed = [part for part in this.expressions if not isinstance(part, exp.Literal)]
        names = [part.name for part in listed]
        if len(listed) != len(this.expressions):
            found.analysis.unresolved(
                Reason.PARSE_ERROR, "INSERT", "A column list has literals in it. Check the statement.", then
            )
    elif isinstance(this, (exp.Column, exp.Paren)):
        names = [this.name]
    else:
        columns = rows.columns if isinstance(rows, Base) else None
        names = list(columns or ())
        if not names:
            cells = [cell_of(part, scope) for part in parts]
            if any(cells):
                found.analysis.unresolved(
                    Reason.STAR,
                    target,
                    f"INSERT without columns, and the columns of {target} are not known. Give its schema.",
                    then,
                )
            return
    for name, part in zip(names, parts, strict=False):
        found.column(target, name, cell_of(part, scope), part)


def _all(found: Found, target: str, source: Relation) -> None:
    """UPDATE SET *, INSERT *, INSERT ROW: each column from the source's of the same name."""
    known = found.analysis.columns_of(target)
    spelled = {name.lower(): name for name in known or ()}
    for item in source.items():
        if item.star is not None:
            found.analysis.unresolved(
                Reason.STAR,
                "*",
                "A star over a source whose columns are not known. Give its schema.",
                item.node,
                item.star.tables(),
            )
        if not known or item.star is not None or item.name.lower() in spelled:
            found.column(target, spelled.get(item.name.lower(), item.name), item.cell, item.node)


def delete(found: Found, node: exp.Expr, ctes: CTEs) -> None:
    """DELETE: the target is written; what the conditions read is read."""
    analysis = found.analysis
    found.kind = Kind.DELETE
    scope = Scope(analysis, ctes, None)
    named = node.args.get("tables") or []
    this = node.this
    targets: list[str] = []
    if named:  # DELETE a, b FROM a JOIN b …; DELETE x FROM real AS x
        if isinstance(this, exp.Table):
            add_from(scope, this)
        for table in named:
            relation = scope.relation(table.name, table)
            targets.append(relation.name if isinstance(relation, Base) else analysis.name_of(table))
    elif isinstance(this, exp.Table):
        target, _ = _in_reach(found, scope, this)
        targets.append(target)
        for join in this.args.get("joins") or ():
            add_join(scope, join)
    for using in node.args.get("using") or ():
        add_from(scope, using)
    if node.args.get("where") is not None:
        control(node.args["where"].this, scope, FILTER)
    for target in targets:
        if named:
            analysis.reads.pop(target.lower(), None)
        if target.lower() not in analysis.temporary:
            found.write(target)
            found.decide(target, scope.control)
