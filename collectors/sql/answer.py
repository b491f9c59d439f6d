"""What an analysis answers: frozen types, and nothing that knows a parser.

The one idea: an answer is as loud about what it does not know as about what it does. A column whose source cannot be
told is neither dropped nor guessed: it is an edge without a table, and an `Unresolved` with the reason beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lineage.facts import Flow


class Kind(StrEnum):
    """What a statement is. SCRIPT: several; its parts are in `statements`."""

    SELECT = "SELECT"
    INSERT = "INSERT"
    CREATE = "CREATE"
    MERGE = "MERGE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    COPY = "COPY"
    LIFECYCLE = "LIFECYCLE"
    SCRIPT = "SCRIPT"
    OTHER = "OTHER"


class Action(StrEnum):
    """What happens to a table as a whole."""

    CREATE = "CREATE"
    ALTER = "ALTER"
    DROP = "DROP"
    TRUNCATE = "TRUNCATE"
    OVERWRITE = "OVERWRITE"
    RENAME = "RENAME"
    SWAP = "SWAP"


class Reason(StrEnum):
    """Why something could not be told."""

    AMBIGUOUS = "AMBIGUOUS"
    """An unqualified column that any of `candidates` may have."""
    STAR = "STAR"
    """A star over tables whose columns nobody gave."""
    UNKNOWN_COLUMN = "UNKNOWN_COLUMN"
    """A column that no table in reach is known to have."""
    OPAQUE = "OPAQUE"
    """A statement or a table function that cannot be seen through."""
    DYNAMIC_SQL = "DYNAMIC_SQL"
    """SQL that is put together while it runs."""
    TEMPLATE = "TEMPLATE"
    """Template syntax: what stands there is decided elsewhere."""
    PARSE_ERROR = "PARSE_ERROR"
    BUDGET = "BUDGET"
    """More text, nesting or work than an analysis may take (budget.py)."""


class Transformation(StrEnum):
    """OpenLineage's transformation subtypes: the first three are DIRECT, the rest INDIRECT."""

    IDENTITY = "IDENTITY"
    TRANSFORMATION = "TRANSFORMATION"
    AGGREGATION = "AGGREGATION"
    CONDITIONAL = "CONDITIONAL"
    WINDOW = "WINDOW"
    FILTER = "FILTER"
    JOIN = "JOIN"
    GROUP_BY = "GROUP_BY"
    SORT = "SORT"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the text, both counted from 1. The column is of the first character."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class ColumnEdge:
    """`source_table.source` reaches `target_table.target` in one way; several ways are several edges."""

    source_table: str | None
    """None where the table cannot be told: then an Unresolved says why."""
    source: str
    """A column, or `*`: every column of the table, where they are not known."""
    target_table: str | None
    """None for the result of a SELECT."""
    target: str | None
    """None: the edge decides about every row of the target (OpenLineage's dataset-level INDIRECT)."""
    flow: Flow
    transformation: Transformation
    masking: bool
    place: Place | None
    """Where the target is computed."""

    @property
    def transformation_type(self) -> str:
        """OpenLineage's `type`: DIRECT where the value flows, else INDIRECT."""
        return "DIRECT" if self.flow is Flow.VALUE else "INDIRECT"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """`table` is created, dropped, …; `other` is the new name of a RENAME, the partner of a SWAP, a CREATE's model."""

    action: Action
    table: str
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """One thing that the analysis does not know. `subject` names it: a column, a function, a statement's head."""

    reason: Reason
    subject: str
    message: str
    place: Place | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementLineage:
    """The lineage of one statement or script. Names are spelled as the schema or, without one, the text spells them,
    parts joined by dots; a part that holds a dot itself splits too, as BigQuery's do."""

    kind: Kind
    reads: tuple[str, ...] = ()
    """Tables whose rows are read, in order of appearance. The target of UPDATE and MERGE is written, not read; temporary
    tables of a script are looked through."""
    writes: tuple[str, ...] = ()
    lifecycle: tuple[Lifecycle, ...] = ()
    columns: tuple[ColumnEdge, ...] = ()
    outputs: tuple[str, ...] = ()
    """The result columns of a SELECT, or the target columns that a statement fills, in order; `*` where a star stayed."""
    unresolved: tuple[Unresolved, ...] = ()
    statements: tuple[StatementLineage, ...] = ()
    """The parts of a SCRIPT, in order, as each was seen alone."""
