"""Where dialects differ in what a name means, as data."""

from __future__ import annotations

from typing import Final

LATERAL_ALIASES: Final = frozenset(
    {"snowflake", "redshift", "databricks", "spark", "duckdb", "clickhouse", "teradata", "sqlite", "exasol",
     "dremio"}
)  # fmt: skip
"""A column of the select list may use the alias of an earlier one."""

STRUCT_BY_DOT: Final = frozenset(
    {"bigquery", "spark", "databricks", "hive", "trino", "presto", "athena", "duckdb", "clickhouse", "redshift",
     "dremio"}
)  # fmt: skip
"""`a.b` may be field b of column a."""

RECURSIVE_WITHOUT_KEYWORD: Final = frozenset({"tsql", "fabric", "oracle", "", "exasol"})
"""A CTE may refer to itself without RECURSIVE; elsewhere its own name inside it means a table."""

TEMPORARY_BY_NAME: Final = {"tsql": "#", "fabric": "#", "redshift": "#"}
"""Tables whose name begins so are temporary."""

UNSUPPORTED_ALIAS: Final = {"sparksql": "spark", "postgresql": "postgres", "mssql": "tsql", "sqlserver": "tsql",
                            "mariadb": "mysql", "ansi": "", "generic": "", "awsathena": "athena", "sqlanywhere": "tsql"}  # fmt: skip
"""Names under which the world knows dialects, and sqlglot's."""

PSEUDO_COLUMNS: Final = {
    "oracle": frozenset(
        {
            "level",
            "rownum",
            "rowid",
            "sysdate",
            "systimestamp",
            "user",
            "uid",
            "connect_by_isleaf",
            "connect_by_iscycle",
        }
    ),
    "tsql": frozenset({"$action", "$identity", "$rowguid"}),
    "hive": frozenset({"input__file__name", "block__offset__inside__file"}),
    "bigquery": frozenset({"_partitiontime", "_partitiondate", "_table_suffix", "_file_name"}),
    "snowflake": frozenset({"metadata$filename", "metadata$file_row_number", "sysdate"}),
    "teradata": frozenset({"user", "database", "session"}),
}
"""Names that look like columns and hold no column's value, unless a schema says otherwise."""

SEQUENCE_WORDS: Final = frozenset({"nextval", "currval"})
"""`s.nextval`: the next number of a sequence."""
