"""What parsed SQL says of columns, in the few types that the core needs. Parsing itself is in collectors/sql: lineage knows no parser."""

from dataclasses import dataclass
from typing import Protocol

from lineage.facts import Flow

Tables = tuple[tuple[str, tuple[str, ...]], ...]
"""(dotted table name, its columns in order), sorted: the schemas that a statement may need; hashable, so that readings can be kept."""


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """`source` of `source_table` goes into `target`; None where the statement does not tell (a table), or for every row (a target)."""

    source_table: str | None
    source: str
    """A column, or `*`: every column of a table whose columns nobody knows."""
    target_table: str | None
    target: str | None
    flow: Flow
    label: str
    masking: bool


@dataclass(frozen=True, slots=True)
class SqlReading:
    """One statement or script. Table names are dotted, as the given tables or else the text spell them."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    outputs: tuple[str, ...]
    """The target columns in order; `*` where a star stayed closed."""
    columns: tuple[SqlColumn, ...]
    unresolved: tuple[str, ...]
    """What could not be told, each with its reason, in words."""


class Analyse(Protocol):
    """A reader of SQL."""

    def __call__(self, query: str, dialect: str, tables: Tables, database: str, schema: str) -> SqlReading:
        """`dialect` "" where it is not known; `database` and `schema`: what an unqualified name falls into. Never raises."""
