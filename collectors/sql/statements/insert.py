"""INSERT: into one table, into several at once, with its conflict clause.

The one idea: the target's column list decides; without one the target's schema, less the partitions that the
statement fixes; without either the query's own names.
"""

from __future__ import annotations

from sqlglot import exp

from collectors.sql.answer import Action, Kind, Reason
from collectors.sql.expressions import cell_of
from collectors.sql.names import column_list, stage
from collectors.sql.queries import CTEs, clauses, projection, united
from collectors.sql.relations import Derived, Item, Relation
from collectors.sql.scope import Scope
from collectors.sql.statements.found import Found, rows_of
from collectors.sql.ways import FILTER


def insert(found: Found, node: exp.Expr, ctes: CTEs, source: Relation | None = None) -> None:
    """INSERT INTO t (…) query. `source`: the rows that the statement's parts share (multi-table inserts)."""
    analysis = found.analysis
    found.kind = Kind.INSERT
    this, names = node.this, None
    if isinstance(this, exp.Schema):
        names = column_list(this) or None
        this = this.this
    if isinstance(this, exp.Tuple) and isinstance(this.this, exp.Expr):
        this = this.this
    target = _target(found, this)
    if node.args.get("overwrite") and target:
        found.happen(Action.OVERWRITE, target)
    query = node.args.get("expression")
    if names is None and target:
        names = _schema_names(found, target, this, node)
    if isinstance(query, exp.Expr):
        found.returned = rows_of(found, target) if target else None
        if source is not None and isinstance(query, (exp.Values, exp.Select)) and not query.args.get("from_"):
            relation = _over(found, query, ctes, source)
        else:
            relation = analysis.query(query, ctes, None)
        if target in analysis_temporaries(found):
            found.writes.pop(target.lower(), None)
            _append_temporary(found, target, relation, names)
            return
        found.fill(target, relation, names, by_name=bool(node.args.get("by_name")))
        _conflict(found, node, target, relation, names)
    elif source is not None:
        found.fill(target, source, names)


def analysis_temporaries(found: Found) -> set[str]:
    return {name for name in found.writes.values() if name.lower() in found.analysis.temporary}


def _append_temporary(found: Found, target: str, relation: Relation, names: list[str] | None) -> None:
    items = relation.items()
    known = found.analysis.temporary[target.lower()]
    if names:
        items = [Item(name, item.cell, item.node, item.star) for name, item in zip(names, items, strict=False)]
    else:
        old = known.items()
        items = (
            [Item(o.name, i.cell, i.node, i.star) for o, i in zip(old, items, strict=False)]
            if len(old) == len(items)
            else items
        )
    filled = Derived(items)
    filled.control = relation.control
    found.remember(target, united([known, filled], by_name=True) if known.items() else filled)


def _target(found: Found, this: object) -> str:
    if isinstance(this, exp.Table):
        inner = this.this
        if isinstance(inner, exp.Func):  # ClickHouse: INSERT INTO FUNCTION remote(…)
            place = next((e.name for e in inner.find_all(exp.Literal) if e.is_string), "")
            found.analysis.unresolved(
                Reason.OPAQUE, inner.sql_name(), "Where a table function writes cannot be seen. State it by hand.", this
            )
            return found.write(place) if place else ""
        return found.write(this)
    if isinstance(this, exp.Directory):
        return found.write(this.this.name)
    if isinstance(this, exp.Literal):
        return found.write(stage(this.name))
    if isinstance(this, exp.Expr) and this.name:
        return found.write(this.name)
    return ""


def _schema_names(found: Found, target: str, table: exp.Expr, node: exp.Expr) -> list[str] | None:
    columns = found.analysis.columns_of(target)
    if columns is None:
        return None
    partition = table.args.get("partition") or node.args.get("partition")
    fixed: set[str] = set()
    dynamic: list[str] = []
    if isinstance(partition, exp.Expr):
        for part in partition.expressions:
            if isinstance(part, exp.EQ):
                fixed.add(part.this.name.lower())
            elif part.name:
                dynamic.append(part.name.lower())
    # What a partition leaves dynamic comes last in the query, wherever the schema has it.
    plain = [c for c in columns if c.lower() not in fixed and c.lower() not in dynamic]
    return plain + [c for key in dynamic for c in columns if c.lower() == key]


def _over(found: Found, query: exp.Expr, ctes: CTEs, source: Relation) -> Relation:
    scope = Scope(found.analysis, ctes, None)
    scope.add(source)
    if isinstance(query, exp.Values):
        rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in query.expressions]
        items = [Item(part.name, cell_of(part, scope), part) for part in rows[0]] if rows else []
    else:
        items = projection(scope, query)
        clauses(scope, query, items)
    out = Derived(items)
    out.control = scope.control
    return out


def _conflict(found: Found, node: exp.Expr, target: str, relation: Relation, names: list[str] | None) -> None:
    """ON CONFLICT DO UPDATE SET a = excluded.b; ON DUPLICATE KEY UPDATE a = VALUES(b)."""
    conflict = node.args.get("conflict")
    if conflict is None or not target:
        return
    scope = Scope(found.analysis, {}, None)
    own = rows_of(found, target)
    scope.add(own, target, target.rpartition(".")[2])
    items = relation.items()
    if names:
        items = [Item(name, item.cell, item.node, item.star) for name, item in zip(names, items, strict=False)]
    alias = node.args.get("alias")
    scope.by_alias["excluded"] = Derived(items)
    scope.by_alias["new"] = scope.by_alias["excluded"]
    if isinstance(alias, exp.Expr) and alias.name:
        scope.by_alias[alias.name.lower()] = scope.by_alias["excluded"]
    for assignment in conflict.expressions:
        if isinstance(assignment, exp.EQ):
            value = assignment.expression
            if isinstance(value, exp.Anonymous) and value.name.lower() == "values" and value.expressions:
                cell = scope.by_alias["excluded"].find(value.expressions[0].name.lower()) or {}
            else:
                cell = cell_of(value, scope)
            found.column(target, assignment.this.name, cell, assignment)


def multi_insert(found: Found, node: exp.Expr, ctes: CTEs) -> None:
    """INSERT ALL … SELECT (Oracle, Snowflake); FROM s INSERT … SELECT … INSERT … (Hive)."""
    analysis = found.analysis
    source = node.args.get("source")
    relation = analysis.query(source, ctes, None) if isinstance(source, exp.Expr) else Derived([])
    for part in node.expressions:
        if isinstance(part, exp.ConditionalInsert):
            scope = Scope(analysis, ctes, None)
            scope.add(relation)
            inner = part.this
            before = set(found.writes)
            insert(found, inner, ctes, relation)
            condition = part.args.get("expression")
            if isinstance(condition, exp.Expr):
                cell = cell_of(condition, scope, FILTER)
                for key in set(found.writes) - before:
                    found.decide(found.writes[key], cell)
        else:
            insert(found, part, ctes, relation)
    found.kind = Kind.INSERT
