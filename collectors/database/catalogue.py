"""What a catalogue says of a table or view, whatever the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from collectors.statements.known import Column


class Kind(StrEnum):
    """What a relation is; OpenLineage's datasetType and subType follow from it."""

    TABLE = "TABLE"
    VIEW = "VIEW"
    MATERIALIZED_VIEW = "MATERIALIZED_VIEW"


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` hold keys of `table` (schema, name), there called `referred`."""

    columns: tuple[str, ...]
    table: tuple[str, str]
    referred: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view."""

    schema: str
    name: str
    kind: Kind
    columns: tuple[Column, ...]
    comment: str = ""
    owner: str = ""
    definition: str = ""
    """A view's SQL, as the database gives it."""
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    required: tuple[str, ...] = ()
    """Columns that cannot be null."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something that the catalogue would not tell, and why."""

    about: str
    why: str


class Catalogue(Protocol):
    """A database that was reached."""

    @property
    def default_schema(self) -> str:
        """Where unqualified names fall."""

    def schemas(self) -> list[str]:
        """Every schema but the system's own, by name."""

    def tables(self, schema: str) -> Iterator[Table | Complaint]:
        """The tables and views of a schema, by name. One that cannot be read is a Complaint, not the end."""

    def close(self) -> None:
        """Let the database go."""
