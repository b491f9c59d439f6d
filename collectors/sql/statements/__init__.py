"""Statements: one file for each kind; here the choice between them.

The one idea: every kind ends in the same few words: these tables are read, these written, this column of that
table comes from that cell. `Found` collects them, and turns into the answer.
"""

from __future__ import annotations

from sqlglot import exp

from collectors.sql.analysis import Analysis
from collectors.sql.answer import Kind, Reason
from collectors.sql.queries import CTEs, with_ctes
from collectors.sql.relations import Relation
from collectors.sql.statements.change import delete, merge, update
from collectors.sql.statements.commands import command, text_statement
from collectors.sql.statements.copy import copy, export, load, put
from collectors.sql.statements.create import create
from collectors.sql.statements.found import Found
from collectors.sql.statements.insert import insert, multi_insert
from collectors.sql.statements.lifecycle import alter, drop, truncate
from collectors.sql.statements.select import select

# Statements that neither move nor make data.
_SILENT = (exp.Use, exp.Show, exp.Describe, exp.Grant, exp.Comment, exp.Refresh, exp.Analyze, exp.Transaction, exp.Commit,
           exp.Rollback, exp.Uncache, exp.Kill, exp.Pragma, exp.EndStatement, exp.Semicolon, exp.Summarize)  # fmt: skip


def statement(analysis: Analysis, node: exp.Expr) -> Found:
    """What one statement does."""
    found = Found(analysis)
    _one(analysis, node, {}, found)
    return found


def inner_statement(analysis: Analysis, node: exp.Expr, ctes: CTEs) -> Relation | None:
    """A data-changing statement inside a query; its finds join those of the statement around it."""
    found = Found(analysis)
    _one(analysis, node, ctes, found)
    analysis.inner.append(found)
    return found.returned


def _one(analysis: Analysis, node: exp.Expr, ctes: CTEs, found: Found) -> None:
    with_ = node.args.get("with_")
    if with_ is not None and not isinstance(node, exp.Query):
        ctes = with_ctes(analysis, with_, ctes, None)
    match node:
        case exp.Insert():
            insert(found, node, ctes)
        case exp.MultitableInserts():
            multi_insert(found, node, ctes)
        case exp.Create():
            create(found, node, ctes)
        case exp.Merge():
            merge(found, node, ctes)
        case exp.Update():
            update(found, node, ctes)
        case exp.Delete():
            delete(found, node, ctes)
        case exp.Copy():
            copy(found, node, ctes)
        case exp.Export():
            export(found, node, ctes)
        case exp.LoadData():
            load(found, node)
        case exp.Put() | exp.Get():
            put(found, node)
        case exp.Alter():
            alter(found, node)
        case exp.Drop():
            drop(found, node)
        case exp.TruncateTable():
            truncate(found, node)
        case exp.Cache():
            if isinstance(node.expression, exp.Expr):
                select(found, node.expression, ctes)
        case exp.LockingStatement():
            _one(analysis, node.expression, ctes, found)
        case exp.Command():
            command(found, node)
        case exp.Execute() | exp.ExecuteSql():
            execute(found, node)
        case exp.Set() | exp.Declare():
            variables(found, node, ctes)
        case exp.Pivot() | exp.Query() | exp.Values() | exp.Subquery() | exp.Table():
            select(found, node, ctes)
        case _ if isinstance(node, _SILENT):
            found.kind = Kind.OTHER
        case _:
            found.kind = Kind.OTHER
            for query in node.find_all(exp.Query):
                if query.find_ancestor(exp.Query) is None:
                    analysis.query(query, ctes, None)
            if not isinstance(node, (exp.Condition, exp.Property, exp.Alias)):
                analysis.unresolved(
                    Reason.OPAQUE,
                    node.key,
                    f"A statement of kind {node.key} is not understood. State its lineage by hand.",
                    node,
                )


def variables(found: Found, node: exp.Expr, ctes: CTEs) -> None:
    """SET x = (SELECT …), DECLARE x … = (SELECT …): the queries read, and nothing is written."""
    found.kind = Kind.OTHER
    for query in node.find_all(exp.Query):
        if query.find_ancestor(exp.Query) is None:
            found.analysis.query(query, ctes, None)


def execute(found: Found, node: exp.Expr) -> None:
    """EXEC procedure, EXEC ('text'): a literal is read as what it is, anything else cannot be."""
    analysis = found.analysis
    inner = node.this
    parts: list[exp.Expr] = []
    if isinstance(inner, exp.Subquery):  # the parser takes ('text') for a table in parentheses
        parts = [inner.this.this] if isinstance(inner.this, exp.Table) else [inner.this]
    elif isinstance(node, exp.ExecuteSql):
        parts = list(node.expressions)
    if parts:
        literal = isinstance(parts[0], (exp.Literal, exp.National)) or parts[0].args.get("quoted")
        text = "EXEC ('" + parts[0].name.replace("'", "''") + "')" if literal else "EXEC (@sql)"
        text_statement(found, text, node)
    else:
        name = inner.name or "EXEC"
        message = f"What {name} does cannot be seen here. Analyse its definition."
        analysis.unresolved(Reason.OPAQUE, name, message, node)
    if not found.writes:
        found.kind = Kind.OTHER
