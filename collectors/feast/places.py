"""Where the data of a source lies, as OpenLineage names it; and the query that a source is, if it is one.

The one idea: a row for each kind of source. What a kind does not tell by itself (a host, an account) is in the offline
store's configuration; where neither tells, the place is unknown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.feast.definitions import Source
from collectors.feast.repository import Repository
from collectors.locations import Name, name_of
from collectors.statements import Frame

NO_DATA = frozenset({"RequestSource", "PushSource"})
"""A request brings its data along; what is pushed lies where its batch source says."""


@dataclass(frozen=True, slots=True)
class Place:
    """A table, file or topic, or a query over tables of one database."""

    dataset: Name | None = None
    query: str = ""
    frame: Frame | None = None


NOWHERE = Place()


def place_of(source: Source, repository: Repository) -> Place:
    """NOWHERE for what lies nowhere, or where nobody says."""
    told, offline = source.told, repository.offline
    match source.kind:
        case "FileSource":
            return Place(name_of(told.file_options.uri, str(repository.folder)))
        case "KafkaSource":
            servers = told.kafka_options.kafka_bootstrap_servers.split(",")[0].strip()
            return Place((f"kafka://{servers}", told.kafka_options.topic)) if servers else NOWHERE
        case "KinesisSource":
            options = told.kinesis_options
            return Place((f"kinesis://{options.region}", options.stream_name)) if options.region else NOWHERE
        case "SparkSource":
            options = told.spark_options
            if options.path:
                return Place(name_of(options.path, str(repository.folder)))
            return NOWHERE
        case "BigQuerySource":
            return _table(
                told.bigquery_options, Frame("bigquery", "bigquery", offline.get("project_id"), offline.get("dataset"))
            )
        case "SnowflakeSource":
            account = offline.get("account", "")
            options = told.snowflake_options
            frame = Frame(
                f"snowflake://{account}", "snowflake", options.database or offline.get("database"),
                options.schema or offline.get("schema_") or offline.get("schema") or "PUBLIC",
            )  # fmt: skip
            return _table(options, frame) if account else NOWHERE
        case "RedshiftSource":
            cluster, region = offline.get("cluster_id") or offline.get("workgroup"), offline.get("region")
            options = told.redshift_options
            frame = Frame(
                f"redshift://{cluster}.{region}:5439", "redshift", options.database or offline.get("database"), options.schema or "public"
            )  # fmt: skip
            return _table(options, frame) if cluster and region else NOWHERE
        case "TrinoSource":
            frame = Frame(f"trino://{offline.get('host')}:{offline.get('port', 8080)}", "trino", offline.get("catalog"))
            return _table(told.trino_options, frame) if offline.get("host") else NOWHERE
        case "AthenaSource":
            region = offline.get("region", "")
            options = told.athena_options
            frame = Frame(f"awsathena://athena.{region}.amazonaws.com", "athena", options.data_source, options.database)
            return _table(options, frame) if region else NOWHERE
    return _custom(source, offline)


@dataclass(frozen=True, slots=True)
class _Told:
    """The table or query of a source that Feast keeps as JSON."""

    table: str
    query: str


def _custom(source: Source, offline: Mapping[str, str]) -> Place:
    """Sources of contributed stores: their configuration is JSON with a table or a query."""
    try:
        told = json.loads(source.told.custom_options.configuration or b"{}")
    except ValueError:
        return NOWHERE
    if not isinstance(told, dict):
        return NOWHERE
    system = next((each for word, each in _SYSTEMS.items() if word in source.kind.lower()), None)
    host = offline.get("host", "")
    if system is None or not host:
        return NOWHERE
    scheme, dialect, port, schema = system
    given = _Told(str(told.get("table") or told.get("table_ref") or ""), str(told.get("query") or ""))
    database = str(told.get("database") or offline.get("database") or "") or None
    frame = Frame(
        f"{scheme}://{host}:{offline.get('port', port)}", dialect, database, offline.get("db_schema") or schema
    )
    return _table(given, frame)


_SYSTEMS = {
    "postgres": ("postgres", "postgres", "5432", "public"),
    "mssql": ("mssql", "tsql", "1433", "dbo"),
    "sqlserver": ("mssql", "tsql", "1433", "dbo"),
    "clickhouse": ("clickhouse", "clickhouse", "9000", None),
    "oracle": ("oracle", "oracle", "1521", None),
    "mysql": ("mysql", "mysql", "3306", None),
}
"""Word in the kind's name -> (scheme, dialect, default port, default schema)."""


def _table(told: object, frame: Frame) -> Place:
    """A table by its name, completed by what the frame knows; else a query."""
    table, query = getattr(told, "table", ""), getattr(told, "query", "")
    if table:
        parts = [part.strip('"`[]') for part in table.split(".")]
        known = [part for part in (frame.default_database, frame.default_schema) if part]
        whole = [*known[: max(0, len(known) + 1 - len(parts))], *parts] if len(parts) <= len(known) else parts
        return Place((frame.namespace, ".".join(whole)))
    return Place(query=query, frame=frame) if query else NOWHERE
