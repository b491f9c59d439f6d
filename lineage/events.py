"""Events as the core reads them: what one OpenLineage event says, in typed form, with raw names.

The one idea: collectors/openlineage turns a ledger entry's normalised bytes into one Event (a pure function of the bytes, so
replay gives the same), and everything after it never sees JSON. Names here are raw, as the producer spelled them; which of them
are one thing is decided later (lineage/names, lineage/identity).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from lineage.facts import Flow


class EventType(StrEnum):
    START = "START"
    RUNNING = "RUNNING"
    OTHER = "OTHER"
    COMPLETE = "COMPLETE"
    ABORT = "ABORT"
    FAIL = "FAIL"


END_TYPES = frozenset({EventType.COMPLETE, EventType.ABORT, EventType.FAIL})
RANK = {
    EventType.START: 0,
    EventType.RUNNING: 1,
    EventType.OTHER: 1,
    EventType.COMPLETE: 2,
    EventType.ABORT: 2,
    EventType.FAIL: 2,
}
"""Order of events at one instant (decisions.md)."""


class Role(StrEnum):
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    SUBJECT = "SUBJECT"
    """The dataset of a DatasetEvent: a catalogue speaks about it."""


class Lifecycle(StrEnum):
    ALTER = "ALTER"
    CREATE = "CREATE"
    DROP = "DROP"
    OVERWRITE = "OVERWRITE"
    RENAME = "RENAME"
    TRUNCATE = "TRUNCATE"


@dataclass(frozen=True, slots=True, order=True)
class RawName:
    """A dataset or job as its producer spelled it."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True, order=True)
class ColumnClaim:
    """One line of a column or lineage facet: `source` (a column, or the whole dataset when None) goes into the output's `target`
    (a column; None: it decides about, or goes into, every row)."""

    target: str | None
    source: RawName
    column: str | None
    flow: Flow
    label: str
    """OpenLineage's subtype, else its type, upper case; "" when the producer told none."""
    masking: bool
    typed: bool
    """False when the facet told no transformation at all: then parsed SQL may know better."""


@dataclass(frozen=True, slots=True, order=True)
class SchemaColumn:
    """One field of a schema facet; nested ones by path: `after.id`."""

    name: str
    type: str
    ordinal: int
    description: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """From where a model's version is served: an alias (`champion`), a stage (`Production`)."""

    kind: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Serving:
    """All slots of these kinds that a model has, as of the event: what is not listed serves nothing any more."""

    kinds: tuple[str, ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """One dataset in one event."""

    name: RawName
    role: Role
    columns: tuple[SchemaColumn, ...] | None = None
    """None: no schema told (or an empty one)."""
    claims: tuple[ColumnClaim, ...] | None = None
    """Column lineage into this dataset; None: nothing said about columns."""
    sources: tuple[RawName, ...] | None = None
    """Exactly these datasets flow into this one (explicit lineage facet); None: not told, so inputs × outputs."""
    aliases: tuple[RawName, ...] = ()
    """Symlinks that name the same data; metadata tables, branches and the like are sorted out already."""
    lifecycle: Lifecycle | None = None
    previous: RawName | None = None
    """RENAME: what it was called."""
    version: str | None = None
    properties: tuple[tuple[str, str | None], ...] = ()
    """(label, canonical JSON), by label: owner, tag, description, datasetType, dataSource, storage, … None: `_deleted`."""
    model: RawName | None = None
    """The dataset is one version (`version`) of this model, and `name` is that version's own."""
    serving: Serving | None = None
    """Which versions of this model are served; None: not told."""
    real: bool = False
    """Written, or read with a schema, a subset or a version: then a directory is a dataset, not just a place."""


@dataclass(frozen=True, slots=True)
class ParentRun:
    """The run that this one belongs to."""

    job: RawName
    run_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """What one ledger entry says. Exactly one of: a run event (job and run_id), a job event (job), a dataset event (neither)."""

    index: int
    digest: bytes
    """SHA-256 of the normalised bytes: the last tie-break of every order."""
    time_us: int
    producer: str
    type: EventType
    """OTHER where a run event gave none."""
    job: RawName | None = None
    run_id: str | None = None
    parent: ParentRun | None = None
    technical: bool = False
    """The job is a detail of its parent (Spark's SQL and RDD jobs, Airflow's queries, dbt's statements)."""
    container: bool = False
    """The job only groups others (a DAG, dbt's root job): it bundles nothing."""
    streaming: bool = False
    """Counts from RUNNING: it may never end."""
    deploys: bool = False
    """The job is a deployment: it serves the model versions that it reads, as long as its run lasts."""
    linked_run: str | None = None
    """The runId of another producer's run that did this work, too; its job is not told."""
    job_identity: RawName | None = None
    """The name that is stable for this job where its own is not (dbt_node.unique_id …)."""
    job_properties: tuple[tuple[str, str | None], ...] = ()
    """As Mention.properties: owner, tag, description, sourceCodeVersion, jobType, sql (masked, with dialect) …"""
    run_properties: tuple[tuple[str, str], ...] = ()
    """Facts of this run only: nominalTime, errorMessage, processingEngine, extractionError … (label, canonical JSON)."""
    mentions: tuple[Mention, ...] = field(default=())
