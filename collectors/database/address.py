"""A database's address: which system, where, and what OpenLineage calls it and its tables. Never a password.

The one idea: what is shown and sent is built from the parts that may be seen (system, host, port, database); the URL as given is
passed to the driver and to nobody else.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from collectors.openlineage.secrets import REDACTED, redact_text
from lineage.errors import InputError

FROM_ENVIRONMENT: Final = "env:"
"""`env:SHOP_DB_URL`: the URL is in that variable, where no list of processes shows it."""

_URL: Final = re.compile(
    r"(?P<backend>[A-Za-z][\w]*)(?:\+(?P<driver>\w+))?://"
    r"(?:(?P<user>[^:/@?]*)(?::(?P<password>[^/?]*))?@)?"
    r"(?P<host>\[[^\]]*\]|[^/:?,@]*)(?::(?P<port>\d+))?(?P<rest>[/?].*)?",
    re.DOTALL,
)
_SECRET_QUERY: Final = re.compile(r"(?<=[?&])([^=&#]{1,64})=([^&#]*)")


@dataclass(frozen=True, slots=True)
class System:
    """A kind of database: OpenLineage's scheme for it, the dialect of its SQL, and how its names are made."""

    scheme: str
    port: int | None
    dialect: str
    database_in_name: bool = True
    """Whether names are `database.schema.table`; else `schema.table`."""
    system_schemas: tuple[str, ...] = ()
    schema_is_database: bool = False
    """Whether its schemas are what others call databases (MySQL): a URL with one means that one."""


_INFORMATION: Final = ("information_schema", "INFORMATION_SCHEMA")
_POSTGRES: Final = ("information_schema", "pg_*", "crdb_internal", "_timescaledb_*")
SYSTEMS: Final[dict[str, System]] = {
    "postgresql": System("postgres", 5432, "postgres", system_schemas=_POSTGRES),
    "cockroachdb": System("cockroach", 26257, "postgres", system_schemas=_POSTGRES),
    "redshift": System("redshift", 5439, "redshift", system_schemas=_POSTGRES),
    "mysql": System(
        "mysql", 3306, "mysql", False, ("information_schema", "mysql", "performance_schema", "sys"), schema_is_database=True
    ),
    "mssql": System("mssql", 1433, "tsql", system_schemas=(*_INFORMATION, "sys", "guest", "db_*")),
    "oracle": System("oracle", 1521, "oracle", system_schemas=("sys", "system", "xdb", "outln", "*sys", "apex_*")),
    "snowflake": System("snowflake", None, "snowflake", system_schemas=("information_schema",)),
    "bigquery": System("bigquery", None, "bigquery", system_schemas=_INFORMATION),
    "trino": System("trino", 8080, "trino", system_schemas=_INFORMATION),
    "presto": System("presto", 8080, "presto", system_schemas=_INFORMATION),
    "databricks": System("databricks", None, "databricks", system_schemas=_INFORMATION),
    "hive": System("hive", 10000, "hive", False, schema_is_database=True),
    "clickhouse": System(
        "clickhouse", 8123, "clickhouse", False, (*_INFORMATION, "system"), schema_is_database=True
    ),
    "teradata": System("teradata", 1025, "teradata", False, ("dbc", "sys*"), schema_is_database=True),
    "duckdb": System("duckdb", None, "duckdb", system_schemas=_INFORMATION),
    "sqlite": System("sqlite", None, "sqlite", False),
}  # fmt: skip
SYNONYMS: Final = {
    "postgres": "postgresql", "mariadb": "mysql", "sqlserver": "mssql", "cockroach": "cockroachdb", "awsathena": "presto",
    "teradatasql": "teradata", "clickhousedb": "clickhouse",
}  # fmt: skip
FILES: Final = frozenset({"sqlite", "duckdb"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is. `url` holds the password: hand it to a driver only; it is in no repr."""

    url: str = field(repr=False)
    backend: str
    """SQLAlchemy's name of the system."""
    driver: str
    system: System
    namespace: str
    database: str
    schema: str
    """The schema that the URL itself chooses; "" for all."""
    secrets: tuple[str, ...] = field(repr=False, default=())

    @property
    def shown(self) -> str:
        """For people: `postgres://db:5432 shop`."""
        return f"{self.namespace} {self.database}".strip()

    def dataset(self, schema: str, table: str) -> str:
        """A table's name under the namespace."""
        parts = (self.database, schema, table) if self.system.database_in_name else (schema, table)
        return ".".join(part for part in parts if part)

    def without_secrets(self, message: str) -> str:
        """A driver's complaint, fit to be shown."""
        for secret in self.secrets:
            message = message.replace(secret, REDACTED)
        return redact_text(message)


def address_of(given: str, namespace: str | None = None) -> Address:
    """The address behind a URL as SQLAlchemy writes it, or behind `env:VARIABLE`. `namespace`: instead of the one that the rules give.
    InputError; its message never repeats what was given."""
    url = _from_environment(given)
    found = _URL.fullmatch(url.strip())
    if found is None:
        raise InputError(
            "This is no database URL. Write it as `postgresql://user:password@host:5432/database`, or as `env:VARIABLE`.",
            place="URL",
        )
    written = found["backend"].lower()
    backend = SYNONYMS.get(written, written)
    system = SYSTEMS.get(backend) or System(backend, None, backend if backend.isalpha() else "")
    rest = found["rest"] or ""
    path, _, query = rest.partition("?")
    path = unquote(path.removeprefix("/"))
    secrets = _secrets(found["password"], query)
    driver = (found["driver"] or "").lower()
    if backend in FILES:
        file = path if path and path != ":memory:" else ""
        place = Path(file).resolve() if file else None
        return Address(
            f"{backend}:///{file}" + (f"?{query}" if query else ""), backend, driver, system,
            namespace or (f"{system.scheme}://{place}" if place else f"{system.scheme}://memory"),
            (place.stem if place else "memory") if backend == "duckdb" else "",
            "", secrets,
        )  # fmt: skip
    database, _, schema = path.partition("/")
    if system.database_in_name and not database and backend in SYSTEMS and backend != "bigquery":
        raise InputError(
            f"The URL names no database, and every name in {backend} begins with one. Write …://host:port/DATABASE.",
            place="URL",
        )
    if system.schema_is_database:
        database, schema = "", schema or database
    host, port = found["host"], found["port"] or system.port
    if backend == "bigquery":
        told, database, schema = "bigquery", found["host"], path
    else:
        told = f"{system.scheme}://{host or 'localhost'}" + (f":{port}" if port else "")
    return Address(url, backend, driver, system, namespace or told, database, schema, secrets)


def _from_environment(given: str) -> str:
    if not given.startswith(FROM_ENVIRONMENT):
        return given
    variable = given.removeprefix(FROM_ENVIRONMENT)
    url = os.environ.get(variable, "")
    if not url:
        raise InputError(f"The variable {variable} is not set. Set it to the database's URL.", place="URL")
    return url


def _secrets(password: str | None, query: str) -> tuple[str, ...]:
    """What must never be seen: as written, as it is meant, and as it may be written again; the longest first."""
    found = {password or ""} | {value for _, value in _SECRET_QUERY.findall("?" + query)}
    every = {form for value in found if value for form in (value, unquote(value), quote(unquote(value), safe=""))}
    # one letter of a message would be hidden everywhere, and hide nothing
    return tuple(sorted((form for form in every if len(form) > 2), key=len, reverse=True))
