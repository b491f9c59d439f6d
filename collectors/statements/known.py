"""What is known of tables before a statement is read: their columns with types, from a file or from a catalogue.

The one idea: three ways to write it down, all of them something that already lies around: a JSON object of tables, the dataset
events that `headwater collect database --to FILE` wrote, or what a catalogue answers now.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from collectors.sql import SchemaIndex
from lineage.errors import InputError

SCHEMA_BYTES_MAX = 1 << 28  # a catalogue of a million columns; more is another kind of file


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, in the words of who knows it."""

    name: str
    type: str = ""
    description: str = ""


@dataclass(frozen=True)
class KnownTables:
    """Dotted table names, as their database spells them, and their columns in order."""

    tables: Mapping[str, tuple[Column, ...]]

    @cached_property
    def index(self) -> SchemaIndex:
        """The same for the SQL engine; made once."""
        return SchemaIndex({name: [c.name for c in columns] for name, columns in self.tables.items()})

    def columns(self, table: str) -> tuple[Column, ...]:
        """The columns of a table by any of its names; () where nobody knows them."""
        found = self.index.find(table)
        return self.tables[found[0]] if found is not None else ()

    @cached_property
    def spelled(self) -> frozenset[str]:
        """Every name and every column exactly as the database spells it."""
        return frozenset(
            part
            for name, columns in self.tables.items()
            for part in (*name.split("."), *(column.name for column in columns))
        )


NOTHING_KNOWN = KnownTables({})


def read_schema(path: Path) -> KnownTables:
    """The tables of a schema file: `{"shop.public.orders": {"id": "bigint", …}}`, lists of names instead of types, or OpenLineage
    dataset events, one a line. InputError, with the place, for anything else."""
    try:
        if path.stat().st_size > SCHEMA_BYTES_MAX:
            raise InputError(f"{path} is larger than {SCHEMA_BYTES_MAX >> 20} MB. Split it.", place="--schema")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}). Check the path.", place="--schema") from None
    return KnownTables(dict(_tables(content, path)))


def _tables(content: bytes, path: Path) -> Iterator[tuple[str, tuple[Column, ...]]]:
    try:
        told = orjson.loads(content)
    except ValueError:
        try:
            told = [orjson.loads(line) for line in content.splitlines() if line.strip()]
        except ValueError:
            raise InputError(
                f'{path} is not JSON. Write {{"table": {{"column": "type"}}}}, or use `headwater collect database --to FILE`.',
                place="--schema",
            ) from None
    events = told if isinstance(told, list) else [told] if isinstance(told, dict) and "dataset" in told else None
    for name, columns in _of_events(events, path) if events is not None else _of_object(told, path):
        yield name, tuple(columns)


def _of_events(events: list[Any], path: Path) -> Iterator[tuple[str, Iterable[Column]]]:
    for event in events:
        match event:
            case {"dataset": {"name": str(name), "facets": {"schema": {"fields": list(fields)}}}}:
                yield name, [_field(field) for field in fields if isinstance(field, dict) and field.get("name")]
            case {"dataset": {"name": str()}}:
                continue  # a dataset without a schema says nothing here
            case _:
                raise InputError(f"{path} holds something that is no dataset event. Remove it.", place="--schema")


def _field(field: dict[str, Any]) -> Column:
    return Column(str(field["name"]), str(field.get("type") or ""), str(field.get("description") or ""))


def _of_object(told: Any, path: Path) -> Iterator[tuple[str, Iterable[Column]]]:
    if not isinstance(told, dict):
        raise InputError(f'{path} is no JSON object. Write {{"table": {{"column": "type"}}}}.', place="--schema")
    for name, columns in told.items():
        match columns:
            case dict():
                yield name, [Column(column, str(kind or "")) for column, kind in columns.items()]
            case list() if all(isinstance(column, str) for column in columns):
                yield name, [Column(column) for column in columns]
            case _:
                raise InputError(f"{path}: {name} needs its columns as an object or a list of names.", place="--schema")
