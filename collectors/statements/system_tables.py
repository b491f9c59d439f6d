"""Tables in which a database keeps itself: who reads them looks at the database, not at data.

The one idea: query logs are full of clients that ask what tables there are; as lineage that would be noise around every catalogue.
"""

from dataclasses import replace
from typing import Final

from collectors.sql import StatementLineage
from collectors.statements.known import KnownTables

SYSTEM_SCHEMAS: Final = frozenset({"information_schema", "pg_catalog", "pg_toast", "performance_schema"})
OF_DIALECT: Final = {
    "mysql": frozenset({"mysql", "sys"}),
    "tsql": frozenset({"sys"}),
    "oracle": frozenset({"sys"}),
    "clickhouse": frozenset({"system"}),
    "trino": frozenset({"runtime"}),
    "snowflake": frozenset({"account_usage"}),
}
UNQUALIFIED: Final = {
    "postgres": ("pg_",),
    "redshift": ("pg_", "stl_", "stv_", "svl_", "svv_", "sys_"),
    "sqlite": ("sqlite_",),
    "duckdb": ("duckdb_",),
}
"""Beginnings of system tables that are found without a schema."""


def without_system_tables(answer: StatementLineage, dialect: str, known: KnownTables) -> StatementLineage:
    """The answer as if system tables were not read. A statement that reads nothing else and writes nothing says nothing, so what it left
    unresolved is of no interest either."""
    system = {table for table in answer.reads if is_system(table, dialect) and not known.columns(table)}
    if not system:
        return answer
    reads = tuple(table for table in answer.reads if table not in system)
    return replace(
        answer,
        reads=reads,
        columns=tuple(edge for edge in answer.columns if edge.source_table not in system),
        unresolved=answer.unresolved if reads or answer.writes or answer.lifecycle else (),
        statements=tuple(without_system_tables(part, dialect, known) for part in answer.statements),
    )


def is_system(table: str, dialect: str) -> bool:
    """Whether a dotted name is a system table's."""
    parts = table.lower().split(".")
    schemas = SYSTEM_SCHEMAS | OF_DIALECT.get(dialect, frozenset())
    return any(part in schemas for part in parts[:-1]) or parts[-1].startswith(UNQUALIFIED.get(dialect, ("\0",)))
