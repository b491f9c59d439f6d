"""Facts: what the graph holds. The fold makes them, a store keeps them with two times, queries read them.

The one idea: nodes are names and never change; everything that can be true or false is a Fact between nodes (or about
one), said by a *unit* (the source of design section 4: a job's writes into one dataset, a reporter's schema, a
statement). A fact has versions, each with a valid interval (event time) and a known interval (ledger sizes).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from lineage.ids import NodeId


class NodeKind(StrEnum):
    """What a node is; models, feature views, dashboards and topics are datasets told apart by their dataset type."""

    NAMESPACE = "NAMESPACE"
    DATASET = "DATASET"
    COLUMN = "COLUMN"
    JOB = "JOB"
    RUN = "RUN"
    DATASET_VERSION = "DATASET_VERSION"


class Direction(StrEnum):
    UPSTREAM = "UPSTREAM"
    DOWNSTREAM = "DOWNSTREAM"
    BOTH = "BOTH"


class Grain(StrEnum):
    DATASET = "DATASET"
    COLUMN = "COLUMN"


class Flow(StrEnum):
    """VALUE: the value flows; CONTROL: it only filters, joins, groups or sorts (OpenLineage's INDIRECT)."""

    VALUE = "VALUE"
    CONTROL = "CONTROL"


class EvidenceKind(StrEnum):
    """How a fact is known."""

    OBSERVED = "OBSERVED"
    """A run that completed said so itself."""
    DECLARED = "DECLARED"
    """Code says so: a JobEvent, a manifest."""
    STATED = "STATED"
    """A person vouches for it."""
    INFERRED = "INFERRED"
    """A run's inputs paired with its outputs, because nothing finer came."""
    ATTEMPTED = "ATTEMPTED"
    """Only runs that failed, were aborted or have not ended say so."""


class Certainty(StrEnum):
    CERTAIN = "CERTAIN"
    POSSIBLE = "POSSIBLE"


class Verdict(StrEnum):
    """Declared and observed, held against each other."""

    VERIFIED = "VERIFIED"
    UNDECLARED = "UNDECLARED"
    PHANTOM = "PHANTOM"
    UNKNOWN = "UNKNOWN"


class Relation(StrEnum):
    """What a fact says. Subject and object are node ids; data flows from subject to object in FEEDS and DERIVES."""

    NAME = "NAME"
    """A raw name's own id (subject) resolves to the node (object). label: its NodeKind; value: {"namespace", "name"} raw.
    Valid from the first event that mentions it; known bounds date merges and their undoing."""
    FEEDS = "FEEDS"
    """dataset -> dataset. label: "COLUMNS" when the same unit's column lineage names the subject for this object (then a
    walk at column grain follows DERIVES only), "TABLE" when this pair is known at table level only."""
    DERIVES = "DERIVES"
    """column -> column, column -> dataset (it decides about every row: CONTROL), or dataset -> column (a whole row flows
    into one column). label: OpenLineage's subtype (IDENTITY, AGGREGATION, FILTER …) or its type, or ""."""
    READS = "READS"
    """job -> dataset."""
    WRITES = "WRITES"
    """job -> dataset."""
    HAS = "HAS"
    """dataset -> column, as one reporter (the unit) sees it. label: the type ("" when not told); value: {"ordinal",
    "description"}."""
    PROPERTY = "PROPERTY"
    """About the subject; object is "". label: which (owner, tag, description, datasetType, lifecycle, sql …); value: any JSON."""
    RUN = "RUN"
    """run -> job. label: the state (START, RUNNING, COMPLETE, FAIL, ABORT); value: {"runId", "attempt", "startedAt",
    "endedAt", "parent", "inputs", "outputs", …} with node ids and ISO times."""
    VERSION = "VERSION"
    """dataset version -> dataset. label: the version; value: {"run", "job"} that wrote it."""


@dataclass(frozen=True, slots=True)
class Node:
    """A name in the graph. Never changes: what changes is said by facts."""

    id: NodeId
    kind: NodeKind
    namespace: str
    name: str
    column: str | None = None
    version: str | None = None
    """A dataset version's version, or a run's runId."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a unit says. Two facts are the same when all fields are."""

    relation: Relation
    subject: NodeId
    object: NodeId | str
    unit: str
    """Who says so: `KIND|…`; the part before the first `|` is one of UNIT_KINDS."""
    label: str = ""
    value: str = ""
    """Canonical JSON (sorted keys, no spaces) or "". For FEEDS and DERIVES: {"because": …} where there is more to tell."""
    job: NodeId | str = ""
    """FEEDS, DERIVES, READS, WRITES: the job that does it; "" when no job is known."""
    flow: Flow = Flow.VALUE
    evidence: EvidenceKind = EvidenceKind.OBSERVED
    certainty: Certainty = Certainty.CERTAIN
    masking: bool = False
    producer: str = ""


UNIT_KINDS = (
    "name", "write", "read", "attempt", "declare", "state", "schema", "property", "run", "version", "rename", "serve"
)  # fmt: skip
"""write|job|dataset, read|job, attempt|job|dataset, declare|job or dataset, state|index of the statement,
schema|dataset|reporter, property|node|name, run|run, version|…, rename|old|new, name|own id, serve|model. Ids are own ids."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Half open: from ≤ t < to, in microseconds; `to_us` FOREVER while it lasts."""

    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class FactVersion:
    """A fact with both its times. `known_from` and `known_to` are ledger sizes (entry i is known from i + 1)."""

    fact: Fact
    valid: Interval
    known_from: int
    known_to: int


@dataclass(frozen=True, slots=True)
class Change:
    """What ledger entry `index` changes in the graph: known bounds of all of it are index + 1."""

    index: int
    nodes: tuple[Node, ...]
    """Nodes that may be new; a store keeps the first and ignores the rest."""
    closed: tuple[tuple[Fact, Interval], ...]
    """Versions that are known no longer: each was opened by an earlier entry with exactly this interval."""
    opened: tuple[tuple[Fact, Interval], ...]
    """Versions known from now on. Never one that is open already."""


def order_key(version: FactVersion) -> tuple[object, ...]:
    """The total order of versions, the same on every store."""
    f = version.fact
    return (
        f.relation, f.subject, f.object, f.unit, f.flow, f.label, f.value, f.job, f.evidence, f.certainty, f.masking,
        f.producer, version.valid.from_us, version.valid.to_us, version.known_from, version.known_to,
    )  # fmt: skip


def in_order(versions: Iterable[FactVersion]) -> list[FactVersion]:
    return sorted(versions, key=order_key)
