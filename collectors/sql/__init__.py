"""SQL lineage: from the text of a statement to the tables and columns that it reads and writes.

    >>> from collectors.sql import analyse
    >>> answer = analyse("INSERT INTO t (a) SELECT upper(b) FROM s", dialect="postgres")
    >>> [(edge.source_table, edge.source, edge.target) for edge in answer.columns]
    [('s', 'b', 'a')]

The one idea: a single walk over sqlglot's syntax tree, which keeps for each relation a map from column to its sources
(relations.py); no rewriting, no copying, no second pass. What the walk cannot tell is part of the answer (`unresolved`).
Conventions: docs/sql-lineage.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from collectors.sql.analysis import Analysis
from collectors.sql.answer import (
    Action,
    ColumnEdge,
    Kind,
    Lifecycle,
    Place,
    Reason,
    StatementLineage,
    Transformation,
    Unresolved,
)
from collectors.sql.budget import Budget, refusal
from collectors.sql.names import EMPTY_SCHEMA, Defaults, SchemaIndex
from collectors.sql.parsing import dialect_named
from collectors.sql.script import run, together
from collectors.sql.templates import has_templates, with_templates, without_templates

__all__ = [
    "Action",
    "ColumnEdge",
    "Kind",
    "Lifecycle",
    "Place",
    "Reason",
    "SchemaIndex",
    "StatementLineage",
    "Transformation",
    "Unresolved",
    "analyse",
]


def analyse(
    sql: str,
    *,
    dialect: str,
    schema: SchemaIndex | Mapping[str, Mapping[str, object] | Iterable[str]] | None = None,
    default_db: str | None = None,
    default_schema: str | None = None,
    masking_functions: Collection[str] = (),
) -> StatementLineage:
    """The lineage of one statement or of a script.

    `dialect`: sqlglot's name, or "" for generic SQL. `schema`: dotted table name → columns in order; pass a SchemaIndex
    when the same schema serves many calls. `default_db`, `default_schema`: where unqualified names fall.
    `masking_functions`: names of the operator's own functions that hide a value. Raises InputError for a dialect that
    does not exist, and nothing else for any text.
    """
    name, _ = dialect_named(dialect)
    index = schema if isinstance(schema, SchemaIndex) else SchemaIndex(schema) if schema else EMPTY_SCHEMA
    refused = refusal(sql)
    if refused is not None:
        return StatementLineage(Kind.OTHER, unresolved=(Unresolved(Reason.BUDGET, "text", refused),))
    templates: list[tuple[str, Place]] = []
    if has_templates(sql):
        sql, templates = without_templates(sql)
    own = frozenset(function.lower() for function in masking_functions)
    analysis = Analysis(name, index, Defaults(default_db, default_schema), own, Budget())
    answers = run(analysis, sql)
    answer = answers[0] if len(answers) == 1 else together(answers) if answers else StatementLineage(Kind.OTHER)
    return with_templates(answer, templates) if templates else answer
