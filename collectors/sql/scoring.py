"""The engine in the form that lineage benchmarks call: one function from a statement to plain lists.

The one idea: a benchmark's conventions are translated here and nowhere else. Value lineage counts what is inside an output's expression
(conditions of CASE and keys of windows included), not what decides about rows; a script reads what it did not write, and
writes what it did not read.
"""

from __future__ import annotations

from typing import Any

from sqlglot._version import __version__

from collectors.sql import Reason, StatementLineage, Transformation, analyse
from lineage.errors import InputError

VERSION = __version__

_COUNTED = frozenset(
    {
        Transformation.IDENTITY,
        Transformation.TRANSFORMATION,
        Transformation.AGGREGATION,
        Transformation.CONDITIONAL,
        Transformation.WINDOW,
    }
)


def extract(
    sql: str, dialect: str, schema: dict[str, dict[str, str]] | None, default_db: str | None, default_schema: str | None
) -> dict[str, Any]:
    """Tables in and out, and per output column its sources. Raises InputError where nothing of the text could be parsed."""
    answer = analyse(sql, dialect=dialect, schema=schema, default_db=default_db, default_schema=default_schema)
    parts = answer.statements or (answer,)
    broken = [u for u in answer.unresolved if u.reason in (Reason.PARSE_ERROR, Reason.BUDGET)]
    if broken and not any(part.reads or part.writes for part in parts):
        raise InputError(broken[0].message)
    reads, writes = list(answer.reads), list(answer.writes)
    if len(parts) > 1:
        read, written = {t.lower() for t in reads}, {t.lower() for t in writes}
        reads = [t for t in reads if t.lower() not in written]
        writes = [t for t in writes if t.lower() not in read]
    return {"tables_in": reads, "tables_out": writes, "columns": _columns(answer)}


def _columns(answer: StatementLineage) -> list[dict[str, Any]]:
    columns: dict[tuple[str | None, str], list[str]] = {}
    for edge in answer.columns:
        if edge.target is None or edge.transformation not in _COUNTED:
            continue
        source = f"{edge.source_table}.{edge.source}" if edge.source_table else edge.source
        columns.setdefault((edge.target_table, edge.target), []).append(source)
    return [
        {"target": target, "target_table": table, "sources": list(dict.fromkeys(sources))}
        for (table, target), sources in columns.items()
    ]
