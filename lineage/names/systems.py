"""What is known of the systems that names come from: synonyms, default ports, letter case, paths.

The one idea: every rule that depends on the system is a row in a table here, with its reason, so that a new system is a
new row. A system is told by the scheme of a namespace (`postgres://…`), or by a namespace that is a word (`bigquery`).
"""

from typing import Final

SCHEME_SYNONYMS: Final = {
    "s3a": "s3",  # Hadoop's clients for the same buckets (NAMING 21)
    "s3n": "s3",
    "abfs": "abfss",  # with and without TLS: the same bytes; OpenLineage's client does so since 1.51
    "wasb": "wasbs",
    "gcs": "gs",
    "postgresql": "postgres",  # JDBC and libpq spell it so
    "sqlserver": "mssql",  # JDBC spells it so; OpenLineage's naming rule has mssql
}

DEFAULT_PORTS: Final = {
    "postgres": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "redshift": 5439,
    "kafka": 9092,
    "mssql": 1433,
    "oracle": 1521,
    "cassandra": 9042,
    "mongodb": 27017,
    "cockroach": 26257,
    "db2": 50000,
    "teradata": 1025,
    "vertica": 5433,
    "hdfs": 8020,
    "http": 80,
    "https": 443,
}
"""Left out: hive and trino, whose clients do not agree on one port."""

HOST_SCHEMES: Final = frozenset(DEFAULT_PORTS) | {
    "s3", "gs", "abfss", "wasbs", "oss", "cosn", "obs", "hive", "trino", "presto", "impala", "athena", "awsathena",
    "snowflake", "databricks", "unitycatalog", "clickhouse", "pubsub", "mlflow", "dbfs", "spanner", "saphana", "doris",
    "starrocks", "druid", "pulsar", "kinesis", "elasticsearch", "redis", "rabbitmq", "ftp", "sftp", "thrift", "exasol",
    "file",
}  # fmt: skip
"""Schemes whose authority is a host or a bucket: letter case says nothing there. `duckdb://Shop.duckdb` is a file
instead."""

ACCOUNT_SCHEMES: Final = frozenset({"abfss", "wasbs"})
"""`container@account`: what stands before the @ is no user."""

OBJECT_STORES: Final = frozenset({"s3", "gs", "abfss", "wasbs", "oss", "cosn", "obs"})
"""Keys have no leading slash; producers add one at will (NAMING 20)."""

ROOTED_FILES: Final = frozenset({"hdfs", "dbfs"})
"""There is no working directory, so a path without a leading slash means the same."""

PATH_SYSTEMS: Final = OBJECT_STORES | ROOTED_FILES | {"file", "ftp", "sftp"}

FOLDS_CASE: Final = {
    "snowflake": "unquoted names are one in any case; JDBC says upper, dbt lower (NAMING 18)",
    "redshift": "folds names, quoted ones too; one event had both cases (NAMING 19)",
    "oracle": "unquoted names are one in any case; JDBC says upper, dbt lower",
    "hive": "the metastore keeps lower case only",
    "thrift": "a Hive metastore by its address",
    "glue": "the catalogue keeps lower case only",
    "athena": "reads Glue's catalogue",
    "awsathena": "reads Glue's catalogue",
    "impala": "reads Hive's metastore",
    "trino": "names are lower case whatever a query says",
    "presto": "as Trino",
    "databricks": "Unity Catalog and the metastore keep lower case only",
    "unitycatalog": "keeps lower case only",
}
"""Systems where letter case never tells two names apart and producers are known to differ. Not here: postgres and
duckdb (producers report what the catalogue says), mysql (depends on the server's file system), bigquery (case
matters), kafka."""

WHOLE_NAMES: Final = frozenset(
    {"kafka", "pubsub", "pulsar", "kinesis", "mlflow", "rabbitmq", "redis", "http", "https", "inmemory"}
)
"""Dots and quotes in these names are letters like any other."""


def system_of(namespace: str) -> str:
    """The system of a *normal* namespace: its scheme, else `glue`, `bigquery` … by how it begins, else ""."""
    scheme, separator, _ = namespace.partition("://")
    if separator:
        return scheme
    if namespace.startswith("arn:aws:glue:"):
        return "glue"
    head = namespace.partition(":")[0]
    return head if head in PATH_SYSTEMS or head in WHOLE_NAMES or head == "bigquery" else ""


def is_path_system(namespace: str) -> bool:
    """Whether names under a normal namespace are paths. `file:/warehouse` and `s3://bucket/warehouse` are too: their
    names may be tables, told by having no slash."""
    return system_of(namespace) in PATH_SYSTEMS
