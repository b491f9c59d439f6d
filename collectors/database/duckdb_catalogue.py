"""DuckDB's catalogue, through its own table functions.

The one idea: the file is opened read-only, so that a collector never waits for a writer's lock longer than it must and never changes
a file.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Self

import duckdb

from collectors.database.address import Address
from collectors.database.catalogue import Complaint, ForeignKey, Kind, Table
from collectors.database.opening import unreachable
from collectors.statements.known import Column


class DuckDBCatalogue:
    """A Catalogue (catalogue.py) over one file."""

    def __init__(self, address: Address, connection: "duckdb.DuckDBPyConnection") -> None:
        self._address, self._connection = address, connection

    @classmethod
    def open(cls, address: Address) -> Self:
        """Open the file. StoreError when it is not there, or another process writes to it."""
        path = address.url.partition(":///")[2].partition("?")[0]
        try:
            return cls(address, duckdb.connect(path or ":memory:", read_only=bool(path)))
        except duckdb.Error as error:
            raise unreachable(address, error) from None

    @property
    def default_schema(self) -> str:
        return "main"

    def schemas(self) -> list[str]:
        rows = self._rows(
            "SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database() AND NOT internal"
        )
        return sorted({"main", *(str(name) for (name,) in rows)})

    def tables(self, schema: str) -> Iterator[Table | Complaint]:
        columns: dict[str, list[tuple[Column, bool]]] = defaultdict(list)
        for table, name, kind, comment, nullable in self._rows(
            "SELECT table_name, column_name, data_type, comment, is_nullable FROM duckdb_columns() "
            "WHERE database_name = current_database() AND schema_name = ? ORDER BY table_name, column_index",
            schema,
        ):
            columns[table].append((Column(name, kind, comment or ""), bool(nullable)))
        primary, foreign = self._keys(schema)
        found = [
            (name, Kind.TABLE, comment, "")
            for name, comment in self._rows(
                "SELECT table_name, comment FROM duckdb_tables() "
                "WHERE database_name = current_database() AND schema_name = ? AND NOT internal",
                schema,
            )
        ] + [
            (name, Kind.VIEW, comment, definition)
            for name, comment, definition in self._rows(
                "SELECT view_name, comment, sql FROM duckdb_views() "
                "WHERE database_name = current_database() AND schema_name = ? AND NOT internal",
                schema,
            )
        ]
        for name, kind, comment, definition in sorted(found, key=lambda each: each[0]):
            yield Table(
                schema=schema,
                name=name,
                kind=kind,
                columns=tuple(column for column, _ in columns[name]),
                comment=comment or "",
                definition=definition or "",
                primary_key=primary.get(name, ()),
                foreign_keys=tuple(sorted(foreign.get(name, ()), key=lambda key: key.columns)),
                required=tuple(column.name for column, nullable in columns[name] if not nullable),
            )

    def close(self) -> None:
        self._connection.close()

    def _keys(self, schema: str) -> tuple[dict[str, tuple[str, ...]], dict[str, list[ForeignKey]]]:
        primary: dict[str, tuple[str, ...]] = {}
        foreign: dict[str, list[ForeignKey]] = defaultdict(list)
        for table, kind, own, referred_table, referred in self._rows(
            "SELECT table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names "
            "FROM duckdb_constraints() WHERE database_name = current_database() AND schema_name = ?",
            schema,
        ):
            if kind == "PRIMARY KEY":
                primary[table] = tuple(own)
            elif kind == "FOREIGN KEY" and referred_table:
                foreign[table].append(ForeignKey(tuple(own), (schema, referred_table), tuple(referred or ())))
        return primary, foreign

    def _rows(self, question: str, *values: str) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(question, list(values)).fetchall()
        except duckdb.Error as error:
            raise unreachable(self._address, error) from None
