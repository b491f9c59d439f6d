"""A catalogue through SQLAlchemy's inspector: PostgreSQL, MySQL, MariaDB, SQLite, and any dialect that is installed.

The one idea: ask for a whole schema at once (`get_multi_…`), so that a thousand tables are five questions where the dialect can, and
what a dialect cannot tell is left out, not an error.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy.engine import Connection, Engine, Inspector
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.types import NullType

from collectors.database.address import Address
from collectors.database.catalogue import Complaint, ForeignKey, Kind, Table
from collectors.database.opening import INSTALL, unreachable
from collectors.database.owners import OWNERS
from collectors.statements.known import Column
from lineage.errors import InputError, StoreError

T = TypeVar("T")
Answers = dict[tuple[str | None, str], Any]


class InspectedCatalogue:
    """A Catalogue (catalogue.py) over one connection."""

    def __init__(self, address: Address, engine: Engine, connection: Connection) -> None:
        self._address, self._engine, self._connection = address, engine, connection
        self._inspector: Inspector = sqlalchemy.inspect(connection)

    @classmethod
    def open(cls, address: Address, driver: str) -> "InspectedCatalogue":
        """Connect. InputError for a dialect that is not installed, StoreError for a database that does not let us in."""
        try:
            url = sqlalchemy.make_url(address.url).set(drivername=driver)
            engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        except (sqlalchemy.exc.NoSuchModuleError, ImportError):
            raise InputError(f"No SQLAlchemy dialect for {driver} is installed. {INSTALL}.", place="URL") from None
        except (sqlalchemy.exc.SQLAlchemyError, ValueError) as error:
            raise InputError(address.without_secrets(f"{error}. Correct the URL."), place="URL") from None
        try:
            connection = engine.connect()
        except Exception as error:  # drivers raise what they like
            raise unreachable(address, error) from None
        try:
            return cls(address, engine, connection)
        except Exception as error:
            connection.close()
            raise unreachable(address, error) from None

    @property
    def default_schema(self) -> str:
        return self._address.schema or self._inspector.default_schema_name or ""

    def schemas(self) -> list[str]:
        patterns = [pattern.lower() for pattern in self._address.system.system_schemas]
        found = self._ask(self._inspector.get_schema_names)
        return sorted(s for s in found if not any(fnmatchcase(s.lower(), pattern) for pattern in patterns))

    def tables(self, schema: str) -> Iterator[Table | Complaint]:
        inspector = self._inspector
        if self._address.backend == "postgresql":
            # Definitions of views then name every table in full, whatever search path this user has.
            self._ask(lambda: self._connection.exec_driver_sql("SET search_path = pg_catalog"))
            self._connection.commit()
        views = set(self._ask(lambda: inspector.get_view_names(schema=schema)))
        materialized = set(self._told(lambda: inspector.get_materialized_view_names(schema=schema)) or ())
        multi: Any = {"schema": schema, "kind": ObjectKind.ANY, "scope": ObjectScope.DEFAULT}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sqlalchemy.exc.SAWarning)  # "did not recognize type": it has no name then
            try:
                columns: Answers = dict(self._ask(lambda: inspector.get_multi_columns(**multi)))
            except StoreError:
                columns = {}
                for found in self._one_by_one(schema, views | materialized):
                    if isinstance(found, Complaint):
                        yield found
                    else:
                        columns[schema, found[0]] = found[1]
        tables: Any = multi | {"kind": ObjectKind.TABLE}
        keys: Answers = dict(self._told(lambda: inspector.get_multi_pk_constraint(**tables)) or {})
        foreign: Answers = dict(self._told(lambda: inspector.get_multi_foreign_keys(**tables)) or {})
        comments: Answers = dict(self._told(lambda: inspector.get_multi_table_comment(**multi)) or {})
        owners, partitions = self._owners(schema)
        for key in sorted(columns, key=lambda k: k[1]):
            name = key[1]
            if name in partitions:
                continue
            kind = Kind.MATERIALIZED_VIEW if name in materialized else Kind.VIEW if name in views else Kind.TABLE
            definition: str | None = ""
            if kind is not Kind.TABLE:
                try:
                    definition = self._definition(schema, name)
                except StoreError as error:
                    yield Complaint(self._address.dataset(schema, name), error.message)
            yield Table(
                schema=schema,
                name=name,
                kind=kind,
                columns=tuple(self._column(told) for told in columns[key]),
                comment=str((comments.get(key) or {}).get("text") or ""),
                owner=owners.get(name, ""),
                definition=definition or "",
                primary_key=tuple((keys.get(key) or {}).get("constrained_columns") or ()),
                foreign_keys=tuple(
                    sorted((self._foreign_key(f, schema) for f in foreign.get(key) or ()), key=lambda f: f.columns)
                ),
                required=tuple(told["name"] for told in columns[key] if told.get("nullable") is False),
            )

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def _one_by_one(self, schema: str, views: set[str]) -> Iterator[Complaint | tuple[str, Any]]:
        """The columns of each table, where asking for all at once fails: one broken view must not hide a schema. StoreError when the
        tables themselves cannot be listed."""
        inspector = self._inspector
        for name in sorted({*self._ask(lambda: inspector.get_table_names(schema=schema)), *views}):
            try:
                yield name, self._columns(schema, name)
            except StoreError as error:
                yield Complaint(self._address.dataset(schema, name), error.message)

    def _columns(self, schema: str, name: str) -> Any:
        return self._ask(lambda: self._inspector.get_columns(name, schema=schema))

    def _definition(self, schema: str, name: str) -> str | None:
        return self._ask(lambda: self._inspector.get_view_definition(name, schema=schema))

    def _column(self, told: Any) -> Column:
        kind = told["type"]
        if isinstance(kind, NullType):
            written = ""
        else:
            try:
                written = kind.compile(dialect=self._engine.dialect)
            except (sqlalchemy.exc.SQLAlchemyError, NotImplementedError, TypeError):
                written = str(kind)
        return Column(told["name"], written, told.get("comment") or "")

    def _foreign_key(self, told: Any, schema: str) -> ForeignKey:
        return ForeignKey(
            tuple(told["constrained_columns"]),
            (told.get("referred_schema") or schema, told["referred_table"]),
            tuple(told["referred_columns"]),
        )

    def _owners(self, schema: str) -> tuple[dict[str, str], set[str]]:
        """Owners by table, and the tables that are partitions: their table stands for them."""
        question = OWNERS.get(self._address.backend)
        if question is None:
            return {}, set()
        rows = self._ask(lambda: self._connection.execute(sqlalchemy.text(question), {"schema": schema}).all())
        return {str(name): str(owner) for name, owner, _ in rows}, {
            str(name) for name, _, partition in rows if partition
        }

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except NotImplementedError:
            raise
        except Exception as error:  # drivers raise what they like; a password may be in it
            with contextlib.suppress(Exception):
                self._connection.rollback()  # PostgreSQL answers nothing more in a transaction that failed
            raise unreachable(self._address, error) from None

    def _told(self, question: Callable[[], T]) -> T | None:
        """What not every dialect can tell; None where it cannot."""
        try:
            return self._ask(question)
        except NotImplementedError:
            return None
