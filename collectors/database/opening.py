"""Reaching a database: which reader, which driver, and what to say when it cannot be reached.

The one idea: SQLAlchemy's inspector reads every database for which a dialect is installed; DuckDB has a reader of its own, because
its SQLAlchemy dialect borrows PostgreSQL's, whose questions DuckDB does not answer (docs/collect.md).
"""

import importlib.util
from typing import Final

from collectors.database.address import Address
from collectors.database.catalogue import Catalogue
from lineage.errors import InputError, StoreError

DRIVERS: Final = {
    "postgresql": ("psycopg", "psycopg2", "pg8000", "asyncpg"),
    "cockroachdb": ("psycopg", "psycopg2"),
    "mysql": ("pymysql", "mysqldb", "mysqlconnector"),
}
"""Drivers in the order in which they are tried, where a URL names none. Names of the module and of SQLAlchemy's driver are the same."""
INSTALL: Final = "Install it with `pip install 'headwater[database]'`"


def open_catalogue(address: Address) -> Catalogue:
    """The catalogue at `address`. InputError when a driver is missing, StoreError when the database cannot be reached or refuses;
    neither has a password in it, nor the driver's own error behind it."""
    if address.backend == "duckdb":
        _need("duckdb")
        from collectors.database.duckdb_catalogue import DuckDBCatalogue

        return DuckDBCatalogue.open(address)
    _need("sqlalchemy")
    from collectors.database.inspector import InspectedCatalogue

    return InspectedCatalogue.open(address, _driver(address))


def _driver(address: Address) -> str:
    """SQLAlchemy's name of the dialect and driver."""
    if address.driver:
        return f"{address.backend}+{address.driver}"
    drivers = DRIVERS.get(address.backend)
    if drivers is None:
        return address.backend
    for name in drivers:
        if importlib.util.find_spec(name) is not None:
            return f"{address.backend}+{name}"
    raise InputError(f"No driver for {address.backend} is installed. {INSTALL}.", place="URL")


def _need(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise InputError(f"`headwater collect database` needs {module}. {INSTALL}.", place="URL")


def unreachable(address: Address, error: BaseException) -> StoreError:
    """A driver's error as ours, without secrets."""
    lines = [line.strip() for line in str(getattr(error, "orig", None) or error).splitlines() if line.strip()]
    told = address.without_secrets("; ".join(lines[:3])).rstrip(".?!;") or type(error).__name__
    return StoreError(
        f"{address.shown} cannot be read: {told}. Check the address, the user and its rights.", retryable=True
    )
