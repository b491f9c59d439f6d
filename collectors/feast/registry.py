"""A registry's messages, from a file or from a database: bytes of protobuf, read by schema and never unpickled.

The one idea: whichever kind it is, what comes out is one Registry message of one project.
"""

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError

from collectors.feast.messages import message
from collectors.feast.repository import Repository
from lineage.errors import InputError, NotFound, StoreError

REGISTRY_BYTES_MAX: Final = 512 << 20
TABLES: Final = {
    "entities": ("entities", "entity_proto"),
    "data_sources": ("data_sources", "data_source_proto"),
    "feature_views": ("feature_views", "feature_view_proto"),
    "stream_feature_views": ("stream_feature_views", "feature_view_proto"),
    "on_demand_feature_views": ("on_demand_feature_views", "feature_view_proto"),
    "label_views": ("label_views", "feature_view_proto"),
    "feature_services": ("feature_services", "feature_service_proto"),
}
"""Field of the registry -> (table, column) of a SQL registry."""
_HISTORY: Final = "feature_view_version_history"
_INSTALL: Final = "Install what reads it with `pip install 'headwater[database]'`."


def read_registry(repository: Repository) -> Any:
    """The Registry message. NotFound, InputError, StoreError."""
    if repository.registry_kind == "sql":
        return _from_database(repository)
    if repository.registry_kind != "file" or "://" in repository.registry:
        raise InputError(
            f"A registry of kind {repository.registry_kind} at {repository.registry} cannot be read. Copy its file and give it "
            "with --registry FILE.",
            place="--registry",
        )  # fmt: skip
    path = repository.folder / repository.registry
    try:
        if path.stat().st_size > REGISTRY_BYTES_MAX:
            raise InputError(f"{path} has more than {REGISTRY_BYTES_MAX >> 20} MB: no registry.", place="--registry")
        body = path.read_bytes()
    except OSError as error:
        raise NotFound(
            f"The registry {path} cannot be read ({error.strerror}). Run `feast apply`, or give --registry."
        ) from None
    return _parsed("Registry", body, str(path))


def _parsed(kind: str, body: bytes, place: str) -> Any:
    told = message(kind)
    try:
        told.ParseFromString(body)
    except DecodeError:
        raise InputError(
            f"{place} is no registry of Feast. Name the file that `feast apply` wrote.", place=place
        ) from None
    return told


def parsed_view(body: bytes, kind: str) -> Any:
    """A view as the history keeps it; `kind`: feature_view, on_demand_feature_view, stream_feature_view, label_view."""
    names = {
        "on_demand_feature_view": "OnDemandFeatureView",
        "stream_feature_view": "StreamFeatureView",
        "label_view": "LabelView",
    }
    return _parsed(names.get(kind, "FeatureView"), body, "the registry's history")


def _from_database(repository: Repository) -> Any:
    try:
        import sqlalchemy
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:
        raise InputError(f"The registry is in a database. {_INSTALL}", place="--registry") from None
    url = repository.registry
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        url = f"sqlite:///{repository.folder / url.removeprefix('sqlite:///')}"
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise NotFound(f"The registry {url} is not there. Run `feast apply`, or give --registry.")
    shown = urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2], query="").geturl()
    registry = message("Registry")
    assert hasattr(registry, "feature_view_version_history"), "the schema has it"
    try:
        engine = sqlalchemy.create_engine(_with_driver(url))
        there = set(sqlalchemy.inspect(engine).get_table_names())
        with engine.connect() as connection:
            for field, (table, column) in TABLES.items():
                for body in _rows(connection, table, column, repository.project) if table in there else ():
                    getattr(registry, field).add().ParseFromString(body)
            if _HISTORY in there:
                _history(connection, registry, repository.project)
        engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        raise StoreError(
            f"The registry {shown} cannot be read ({type(error).__name__}). Check the address, the user and its rights. {_INSTALL}",
            retryable=True,
        ) from None
    except DecodeError:
        raise InputError(f"{shown} holds no registry of Feast. Check the address.", place="--registry") from None
    return registry


def _rows(connection: Any, table: str, column: str, project: str) -> list[bytes]:
    import sqlalchemy

    names = sqlalchemy.table(table, sqlalchemy.column(column), sqlalchemy.column("project_id"))
    found = connection.execute(sqlalchemy.select(names.c[column]).where(names.c.project_id == project))
    return [bytes(row[0]) for row in found]


def _history(connection: Any, registry: Any, project: str) -> None:
    import sqlalchemy

    columns = (
        "feature_view_name",
        "version_number",
        "feature_view_type",
        "feature_view_proto",
        "created_timestamp",
        "project_id",
    )
    names = sqlalchemy.table(_HISTORY, *map(sqlalchemy.column, columns))
    for row in connection.execute(sqlalchemy.select(names).where(names.c.project_id == project)).mappings():
        record = registry.feature_view_version_history.records.add()
        record.feature_view_name, record.version_number = row["feature_view_name"], row["version_number"]
        record.feature_view_type, record.feature_view_proto = row["feature_view_type"], bytes(row["feature_view_proto"])
        record.project_id, record.created_timestamp.seconds = project, int(row["created_timestamp"])


def _with_driver(url: str) -> str:
    """PostgreSQL and MySQL by the drivers that come with `headwater[database]`, whichever the file names."""
    scheme, separator, rest = url.partition("://")
    return (
        {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}.get(scheme.partition("+")[0], scheme)
        + separator
        + rest
    )
