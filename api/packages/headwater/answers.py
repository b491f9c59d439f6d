"""What operations answer: of each type what a document asks for by default.

Written by `python -m api.clients` from docs/schema.graphql. Do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from headwater.words import (
    AliasKind,
    Certainty,
    CompletenessStatus,
    ErasureCause,
    EvidenceKind,
    FactKind,
    Flow,
    KeyState,
    NamedAuditQuery,
    NodeKind,
    PartState,
    ReadHow,
    ReasonCode,
    RetentionClass,
    RetentionPreset,
    SchemaChangeKind,
    Scope,
    SkewVerdict,
    Topic,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class AccessConnection:
    """A page of the access log, the newest first. It may be empty and yet have a next one."""

    nodes: tuple[AccessEntry, ...]
    """The entries."""

    page_info: PageInfo
    """Where this page stands. One page reads a bounded part of the log."""


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One read, export or refusal. What was asked is empty where it was erased."""

    index: int
    """Its position in the access log, from 0."""

    kind: str
    """`read`, `export`, `deny`; also what the log holds about itself, such as `heartbeat`."""

    actor: str
    """Who, as an opaque id; `people` tells whom it means."""

    auth: str
    """How they came in."""

    request: str
    """Their own id of the request."""

    operation: str
    """The GraphQL operation's name, or method and path."""

    document_hash: str
    """SHA-256 of the GraphQL document in hexadecimal."""

    variables: str
    """The variables as JSON, without secrets."""

    purpose: str
    """Why, as they said in `X-Headwater-Purpose`."""

    decision: str
    """`allowed`, or why not."""

    object_count: int | None
    """How many nodes and entries it saw; null: erased."""

    time: datetime
    """When."""


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias rule that holds."""

    index: int
    """The ledger index of its entry."""

    time: datetime
    """Since when."""

    actor: str
    """Who made it."""

    kind: AliasKind
    """What it joins."""

    from_: str
    """The name known under the other one."""

    to: str
    """The name that is shown."""

    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class AliasConnection:
    """One page of a list that can grow."""

    nodes: tuple[Alias, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class AliasPayload:
    """An alias rule was written into the ledger, or taken back."""

    index: int
    """The entry's ledger index."""

    leaf_hash: str
    """The entry's leaf hash in hexadecimal."""

    kind: AliasKind
    """What the rule joins."""

    from_: str
    """The name known under the other one."""

    to: str
    """The name that is shown."""

    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class AliasSuggestion:
    """Two names that may be one thing. Nothing is merged until somebody adds the alias."""

    kind: AliasKind
    """What would be joined."""

    from_: str
    """The one name, as `addAlias` takes it."""

    to: str
    """The other, as `addAlias` takes it."""

    reason: str
    """Why they look alike."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key: what it may do and see. Its text was shown when it was made, and is nowhere."""

    id: str
    """Its id, `lk_…`: how it stands in the record."""

    label: str
    """What it is for."""

    scopes: tuple[Scope, ...]
    """What it may be used for."""

    namespaces: tuple[str, ...] | None
    """What exists for it; a name that ends in `*` means all that begin so. Null: all."""

    hidden_tags: tuple[str, ...]
    """Nodes with one of these tags do not exist for it."""

    counts: bool
    """Whether its answers say how many nodes they left out."""

    state: KeyState
    """Whether it opens anything now."""

    created: datetime
    """When it was made."""

    created_by: str
    """Who made it."""

    owner: str | None
    """The person or service that it was made for; null: whoever made it."""

    expires: datetime | None
    """When it ends by itself."""

    revoked: datetime | None
    """When it was revoked."""

    last_used: datetime | None
    """When it was used last, to the minute."""


@dataclass(frozen=True, slots=True)
class ApiKeyConnection:
    """One page of a list that can grow."""

    nodes: tuple[ApiKey, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """What a named question answers."""

    query: NamedAuditQuery
    """Which question."""

    status: CompletenessStatus
    """COMPLETE; UNKNOWN where something was not told; TRUNCATED where it was cut."""

    columns: tuple[AuditColumn, ...]
    """What stands in the rows."""

    rows: AuditRowConnection
    """One page of the rows."""

    unknowns: tuple[AuditUnknown, ...]
    """What nobody told."""

    completeness: Completeness
    """How much of the truth the walks behind it are."""

    scanned: ScannedRange | None
    """Over which entries the list is complete, where it is one of entries."""

    at_size: int
    """The checkpoint that it is pinned to: give it as `atSize` to ask for the same again."""

    vouched_for_by: str
    """Who vouches for that checkpoint."""


@dataclass(frozen=True, slots=True)
class AuditColumn:
    """One column of an answer."""

    name: str
    """Its name."""

    description: str
    """What stands in it."""


@dataclass(frozen=True, slots=True)
class AuditConnection:
    """Ledger entries that prove something: the first, the last, and some between."""

    nodes: tuple[AuditEntry, ...]
    """The entries alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int | None
    """How many entries the list has; null where the log would have to be read to tell."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the ledger, as its leaf tells."""

    index: int
    """Its position, from 0."""

    time: datetime
    """When it was appended."""

    kind: str
    """What it is: `ol.event`, `admin.alias`, `annotate` …"""

    leaf_hash: str
    """The leaf's hash in hexadecimal: what proofs speak about."""

    event_time: datetime | None
    """When it happened, as its producer says; null where it says no time."""

    actor: str
    """Who sent it: an opaque id. Needs `audit:read`."""

    bytes_: bytes
    """The leaf, byte for byte as it was hashed. Needs `audit:read`."""

    decoded: Any
    """The same as JSON. Needs `audit:read`."""

    parts: tuple[AuditPart, ...]
    """What it commits to. Needs `audit:read`."""


@dataclass(frozen=True, slots=True)
class AuditPart:
    """One part of an entry's payload: `norm` (what the graph is made of), `raw` (as received)."""

    name: str
    """Which part."""

    media_type: str
    """What its bytes are."""

    size_bytes: int
    """How many bytes it has."""

    commitment: bytes
    """HMAC-SHA-256 of its bytes, under a key of its own."""

    state: PartState
    """Whether it is still there."""


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """A named question: what it asks, what it takes, what it answers."""

    query: NamedAuditQuery
    """Its name."""

    asks: str
    """The question in words."""

    law: str
    """Where it is asked."""

    variables: tuple[AuditVariable, ...]
    """What it takes."""

    columns: tuple[AuditColumn, ...]
    """What it answers."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of an answer."""

    values: tuple[Any, ...]
    """One for each column; null: it does not apply; UNKNOWN: nobody told."""

    entries: tuple[int, ...]
    """Positions of the ledger entries that say so."""


@dataclass(frozen=True, slots=True)
class AuditRowConnection:
    """One page of a list that can grow."""

    nodes: tuple[AuditRow, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class AuditUnknown:
    """Something that an auditor asks and the record does not hold."""

    what: str
    """Which column or topic."""

    reason: str
    """Why, and who can tell it how."""

    count: int
    """How many things it is about."""

    nodes: tuple[str, ...]
    """The nodes it is about; the first ones when they are many."""


@dataclass(frozen=True, slots=True)
class AuditVariable:
    """One variable of a named question."""

    name: str
    """Its name in `variables`."""

    type_: str
    """node, time, text, number, true or false, list of texts."""

    required: bool
    """Whether it has to be given."""

    default: Any
    """What it is when it is left out."""

    description: str
    """What it means."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the service sees them."""

    actor: str
    """The opaque id under which they stand in the record."""

    auth: str
    """How they came in: `key:…`, `oidc:…`, `key` (the settings' own), `none` (the open loopback)."""

    scopes: tuple[Scope, ...]
    """What they may do."""

    namespaces: tuple[str, ...] | None
    """What exists for them. Null: all."""

    hidden_tags: tuple[str, ...]
    """Nodes with one of these tags do not exist for them."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head of the log: the only place from which a size and a root may be taken."""

    origin: str
    """The log's name."""

    size: int
    """How many entries it covers."""

    root_hash: bytes
    """The Merkle root over them."""

    text: str
    """The signed note: C2SP tlog-checkpoint, cosignatures included."""

    status: tuple[str, ...]
    """Who vouches for it, in words."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a dataset, as of the schema in force."""

    typename: ClassVar[str] = "Column"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    column: str
    """The column's name; nested ones by path, like `after.id`."""

    dataset: DatasetBrief
    """The dataset that it belongs to."""

    type_: str | None
    """The type, as its reporter wrote it."""

    ordinal: int | None
    """Its place in the dataset, from 1; null where no schema tells."""

    description: str | None
    """What it is, in words."""

    reporter: str | None
    """Whose schema says so: a catalogue, a writer or a reader; null: lineage only."""

    tags: tuple[Tag, ...]
    """Tags on it."""


@dataclass(frozen=True, slots=True)
class ColumnBrief:
    """A column of a dataset, as of the schema in force. In short: see `Column`."""

    typename: ClassVar[str] = "Column"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    column: str
    """The column's name; nested ones by path, like `after.id`."""

    type_: str | None
    """The type, as its reporter wrote it."""

    ordinal: int | None
    """Its place in the dataset, from 1; null where no schema tells."""

    description: str | None
    """What it is, in words."""

    reporter: str | None
    """Whose schema says so: a catalogue, a writer or a reader; null: lineage only."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of the truth an answer is, and as of when."""

    status: CompletenessStatus
    """The answer in a word."""

    reasons: tuple[CompletenessReason, ...]
    """Why it is not complete, and notes."""

    hops: int
    """How far the walk went."""

    nodes_explored: int
    """How many nodes it met."""

    valid_at: datetime
    """What was true at this time; of the latest state, the newest entry's time."""

    known_index: int
    """With the first so many ledger entries known."""

    graph_index: int
    """How many entries the graph holds."""

    ledger_size: int
    """How many entries the ledger holds."""


@dataclass(frozen=True, slots=True)
class CompletenessReason:
    """One reason why an answer is not complete, or a note beside a complete one."""

    code: ReasonCode
    """Which reason; programs may compare it."""

    message: str
    """The reason in words, with what to do next."""

    count: int
    """How many things it is about."""

    nodes: tuple[str, ...]
    """The nodes it is about; the first ones when they are many."""


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the log only grew between two sizes."""

    old_size: int
    """The smaller size."""

    new_size: int
    """The larger size."""

    old_root_hash: bytes
    """The root at the smaller size."""

    new_root_hash: bytes
    """The root at the larger size."""

    hashes: tuple[bytes, ...]
    """The proof (RFC 6962, 2.1.2)."""


@dataclass(frozen=True, slots=True)
class CreateKeyPayload:
    """A key was made. This is the only time that its text is shown."""

    index: int
    """The entry's ledger index."""

    leaf_hash: str
    """The entry's leaf hash in hexadecimal."""

    token: str
    """The key's text: send it as `Authorization: Bearer …`. It is kept nowhere."""

    key: ApiKey
    """The key."""


@dataclass(frozen=True, slots=True)
class DataVersion:
    """A dataset as one run wrote it."""

    key: str
    """What reads and writes of this answer call it."""

    dataset: DatasetBrief
    """The dataset."""

    version: str | None
    """As its producer calls the version; null: nobody told."""

    run: str | None
    """The run that wrote it; null: none that is known."""

    at: datetime | None
    """When it was there."""

    distance: int
    """Hops of runs from what was asked about."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table, view, file, topic, stream, feature view, model or dashboard."""

    typename: ClassVar[str] = "Dataset"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    names: tuple[RawName, ...]
    """Every raw name that is this dataset, as producers wrote it."""

    dataset_type: str | None
    """What kind of dataset: TABLE, VIEW, TOPIC, MODEL, FEATURE_VIEW, DASHBOARD …"""

    type_evidence: EvidenceKind | None
    """How its type is known; INFERRED: nobody told it, but the namespace's scheme leaves no other."""

    description: str | None
    """What it is, in words."""

    owners: tuple[Owner, ...]
    """Who answers for it."""

    tags: tuple[Tag, ...]
    """Tags on it and on its columns."""

    columns: tuple[ColumnBrief, ...]
    """The columns of the schema in force, in its order; then those known from lineage."""

    dropped_at: datetime | None
    """When it was dropped; null: it was not."""

    confirmed: bool
    """False: only runs that failed, were aborted or have not ended mention it."""

    read_by: tuple[JobBrief, ...]
    """Jobs that read it."""

    written_by: tuple[JobBrief, ...]
    """Jobs that write it."""

    versions: DatasetVersionConnection
    """Its versions, the newest first: snapshots, or a model's versions."""


@dataclass(frozen=True, slots=True)
class DatasetBrief:
    """A table, view, file, topic, stream, feature view, model or dashboard. In short: see `Dataset`."""

    typename: ClassVar[str] = "Dataset"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    dataset_type: str | None
    """What kind of dataset: TABLE, VIEW, TOPIC, MODEL, FEATURE_VIEW, DASHBOARD …"""

    type_evidence: EvidenceKind | None
    """How its type is known; INFERRED: nobody told it, but the namespace's scheme leaves no other."""

    description: str | None
    """What it is, in words."""

    dropped_at: datetime | None
    """When it was dropped; null: it was not."""

    confirmed: bool
    """False: only runs that failed, were aborted or have not ended mention it."""


@dataclass(frozen=True, slots=True)
class DatasetItem:
    """A table, view, file, topic, stream, feature view, model or dashboard. In short: see `Dataset`."""

    typename: ClassVar[str] = "Dataset"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    names: tuple[RawName, ...]
    """Every raw name that is this dataset, as producers wrote it."""

    dataset_type: str | None
    """What kind of dataset: TABLE, VIEW, TOPIC, MODEL, FEATURE_VIEW, DASHBOARD …"""

    type_evidence: EvidenceKind | None
    """How its type is known; INFERRED: nobody told it, but the namespace's scheme leaves no other."""

    description: str | None
    """What it is, in words."""

    owners: tuple[Owner, ...]
    """Who answers for it."""

    tags: tuple[Tag, ...]
    """Tags on it and on its columns."""

    columns: tuple[ColumnBrief, ...]
    """The columns of the schema in force, in its order; then those known from lineage."""

    dropped_at: datetime | None
    """When it was dropped; null: it was not."""

    confirmed: bool
    """False: only runs that failed, were aborted or have not ended mention it."""

    read_by: tuple[JobBrief, ...]
    """Jobs that read it."""

    written_by: tuple[JobBrief, ...]
    """Jobs that write it."""


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One version of a dataset: a snapshot, or a model's version."""

    typename: ClassVar[str] = "DatasetVersion"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    version: str
    """The version as its producer wrote it."""

    dataset: DatasetBrief
    """The dataset that it is a version of."""

    time: datetime
    """When it was made."""

    run: RunBrief | None
    """The run that made it."""

    job: JobBrief | None = field(metadata={"wire": "job_DatasetVersion"})
    """The job that made it."""


@dataclass(frozen=True, slots=True)
class DatasetVersionBrief:
    """One version of a dataset: a snapshot, or a model's version. In short: see `DatasetVersion`."""

    typename: ClassVar[str] = "DatasetVersion"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    version: str
    """The version as its producer wrote it."""

    time: datetime
    """When it was made."""


@dataclass(frozen=True, slots=True)
class DatasetVersionConnection:
    """One page of a list that can grow."""

    nodes: tuple[DatasetVersionBrief, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Something that came and could not be understood. It is kept as it came."""

    index: int
    """Its ledger index."""

    time: datetime
    """When it came."""

    code: str
    """Why, in a word; programs may compare it."""

    reason: str
    """Why, in words."""

    place: str
    """Where in it, as a JSON path; empty when it is about the whole."""

    size_bytes: int
    """How large it is."""

    preview: str
    """Its first characters, with what does not print left out."""

    replayed: int | None
    """The ledger index of the event that a replay made of it; null: not replayed."""


@dataclass(frozen=True, slots=True)
class DeadLetterConnection:
    """One page of a list that can grow."""

    nodes: tuple[DeadLetter, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class DistrustPayload:
    """Runs were set aside, or are believed again."""

    index: int
    """The entry's ledger index."""

    leaf_hash: str
    """The entry's leaf hash in hexadecimal."""

    job: str
    """The pattern of the jobs."""

    producer: str
    """The pattern of the producers."""

    from_: datetime | None
    """The span's begin; null: open."""

    to: datetime | None
    """The span's end; null: open."""

    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class Distrusted:
    """Runs that are set aside now."""

    index: int
    """The ledger index of its entry."""

    time: datetime
    """Since when."""

    actor: str
    """Who did it."""

    job: str
    """The pattern of the jobs."""

    producer: str
    """The pattern of the producers."""

    from_: datetime | None
    """The span's begin; null: open."""

    to: datetime | None
    """The span's end; null: open."""

    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class DistrustedConnection:
    """One page of a list that can grow."""

    nodes: tuple[Distrusted, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class DossierGap:
    """Something that a dossier asks for and the record does not hold."""

    section: str
    """The key of the section that asks for it."""

    message: str
    """What is missing, and how to tell it."""

    nodes: tuple[str, ...]
    """What it is about."""


@dataclass(frozen=True, slots=True)
class DossierSection:
    """One table of a dossier."""

    key: str
    """Its name for programs."""

    title: str
    """Its name for people."""

    law: str
    """What asks for it."""

    columns: tuple[str, ...]
    """What stands in the rows."""

    rows: tuple[tuple[str | None, ...], ...]
    """Null: it does not apply; UNKNOWN: nobody told."""


@dataclass(frozen=True, slots=True)
class EdgeChange:
    """An edge that both moments have and that tells something else."""

    before: LineageEdge
    """As it was at `from`."""

    after: LineageEdge
    """As it is at `to`."""

    changes: tuple[str, ...]
    """Which of its fields differ."""


@dataclass(frozen=True, slots=True)
class EntryRange:
    """Consecutive entries."""

    start: int
    """The first entry."""

    stop: int
    """The entry behind the last."""


@dataclass(frozen=True, slots=True)
class ErasedRange:
    """Parts of one name in consecutive entries."""

    part: str
    """`raw`, `norm`, or another part's name."""

    start: int
    """The first entry."""

    stop: int
    """The entry behind the last."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """One `erase` entry: what was erased, when, why and by whom."""

    index: int
    """Its ledger entry."""

    time: datetime
    """When it was erased."""

    cause: ErasureCause
    """Why."""

    basis: str
    """The ground in law or policy."""

    request: str
    """The reference of the case."""

    proposal: int | None
    """The entry that proposed it; null for retention."""

    proposed_by: str
    """Who proposed it; empty for retention."""

    approved_by: str
    """Who approved it; empty for retention."""

    part_count: int
    """How many parts were erased."""

    ranges: tuple[ErasedRange, ...]
    """Which, at most 1000 ranges."""

    keys: tuple[str, ...]
    """Keys that were destroyed: nothing that they wrapped can be opened again, in no backup."""


@dataclass(frozen=True, slots=True)
class ErasureConnection:
    """One page of a list that can grow."""

    nodes: tuple[Erasure, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class ErasurePayload:
    """What came of an erasure."""

    index: int | None
    """The last `erase` entry; null: there was nothing to erase."""

    parts: int
    """How many parts are gone."""

    keys: tuple[str, ...]
    """Keys that were destroyed."""

    purged: bool
    """Whether the write-ahead log is empty of it; false: later entries overwrite it."""


@dataclass(frozen=True, slots=True)
class ErasureProposal:
    """What one wants erased, and another is to approve."""

    index: int
    """Its ledger entry: its name for `approveErasure`."""

    time: datetime
    """When it was proposed."""

    actor: str
    """Who proposed it."""

    basis: str
    """The ground in law or policy."""

    request: str
    """The reference of the case."""

    part_count: int
    """How many parts are meant."""

    ranges: tuple[ErasedRange, ...]
    """Which, at most 1000 ranges."""


@dataclass(frozen=True, slots=True)
class ErasureProposalConnection:
    """One page of a list that can grow."""

    nodes: tuple[ErasureProposal, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class ErasureStatement:
    """A statement about erasure, in the ledger."""

    index: int
    """Its ledger entry."""

    leaf_hash: str
    """The leaf's hash in hexadecimal."""


@dataclass(frozen=True, slots=True)
class EvidenceBundle:
    """A pack of evidence: a zip that can be checked without this service (VERIFY.md in it says how)."""

    url: str
    """Where it is fetched, by who exported it, with the same key."""

    expires_at: datetime
    """Until when."""

    size_bytes: int
    """How large it is."""

    sha256: str
    """Its hash, in hexadecimal."""

    query: NamedAuditQuery
    """Which question it answers."""

    status: CompletenessStatus
    """How complete the answer is."""

    row_count: int
    """How many rows it has."""

    at_size: int
    """The checkpoint that it is pinned to: give it as `atSize` to export the same again."""

    access_index: int
    """The entry of the access log that this export is on record by."""


@dataclass(frozen=True, slots=True)
class FactPayload:
    """A fact was stated, or retracted."""

    index: int
    """The entry's ledger index: of a statement, its name for a retraction."""

    leaf_hash: str
    """The entry's leaf hash in hexadecimal."""

    stated: int
    """The ledger index of the statement that this is about."""


@dataclass(frozen=True, slots=True)
class FeatureSkew:
    """One feature against one deployment."""

    feature: str
    """The input column."""

    deployment: JobBrief
    """Who serves the version."""

    verdict: SkewVerdict
    """How the two ways compare."""

    because: str
    """In words."""

    training: FeatureWay
    """How it was trained on."""

    serving: FeatureWay | None
    """How it is served; null: the deployment tells of no such input."""


@dataclass(frozen=True, slots=True)
class FeatureWay:
    """How a feature's values come to be."""

    column: NodeBrief
    """The column where the way ends."""

    sources: tuple[NodeBrief, ...]
    """Where it starts."""

    transformations: tuple[str, ...]
    """What is done on the way, but for copying."""

    edges: tuple[LineageEdge, ...]
    """Every edge on the way."""


@dataclass(frozen=True, slots=True)
class ImpactAnswer:
    """What breaks: the blast radius of a change, the certain and near first."""

    items: tuple[ImpactItem, ...]
    """One page of what is reached."""

    totals: tuple[ImpactTotal, ...]
    """Counts over the whole walk, whatever the page."""

    page_info: PageInfo
    """Where this page stands."""

    completeness: Completeness
    """How much of the truth the whole walk is."""


@dataclass(frozen=True, slots=True)
class ImpactItem:
    """One thing that a change reaches."""

    node: LineageNode
    """What is reached."""

    certainty: Certainty
    """Whether it is reached for certain."""

    reasons: tuple[str, ...]
    """Why it is only possible, in words."""

    distance: int
    """Hops from what changes."""

    why: tuple[LineageEdge, ...]
    """One shortest way there, in the order of the flow."""

    owners: tuple[str, ...]
    """Who answers for it."""


@dataclass(frozen=True, slots=True)
class ImpactTotal:
    """How many things of one kind a change reaches, over the whole walk."""

    kind: NodeKind
    """What they are."""

    dataset_type: str | None
    """Their dataset type."""

    certainty: Certainty
    """Whether they are reached for certain."""

    count: int
    """How many."""


@dataclass(frozen=True, slots=True)
class Job:
    """What reads and writes datasets: a task, a model's build, an application."""

    typename: ClassVar[str] = "Job"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    names: tuple[RawName, ...]
    """Every raw name that is this job, as producers wrote it."""

    description: str | None
    """What it is, in words."""

    owners: tuple[Owner, ...]
    """Who answers for it."""

    tags: tuple[Tag, ...]
    """Tags on it."""

    reads: tuple[DatasetBrief, ...]
    """Datasets that it reads."""

    writes: tuple[DatasetBrief, ...]
    """Datasets that it writes."""

    runs: RunConnection
    """Its newest runs, attempt by attempt, the newest first."""

    properties: tuple[Property, ...]
    """What else is told about it: its masked SQL, its code's version …"""


@dataclass(frozen=True, slots=True)
class JobBrief:
    """What reads and writes datasets: a task, a model's build, an application. In short: see `Job`."""

    typename: ClassVar[str] = "Job"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    description: str | None
    """What it is, in words."""


@dataclass(frozen=True, slots=True)
class JobItem:
    """What reads and writes datasets: a task, a model's build, an application. In short: see `Job`."""

    typename: ClassVar[str] = "Job"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    names: tuple[RawName, ...]
    """Every raw name that is this job, as producers wrote it."""

    description: str | None
    """What it is, in words."""

    owners: tuple[Owner, ...]
    """Who answers for it."""

    tags: tuple[Tag, ...]
    """Tags on it."""

    reads: tuple[DatasetBrief, ...]
    """Datasets that it reads."""

    writes: tuple[DatasetBrief, ...]
    """Datasets that it writes."""

    properties: tuple[Property, ...]
    """What else is told about it: its masked SQL, its code's version …"""


@dataclass(frozen=True, slots=True)
class LedgerStatus:
    """Where the ledger stands, and how far the graph has followed it."""

    size: int
    """How many entries it holds."""

    root: str
    """The Merkle root over all of them, in hexadecimal."""

    graph_index: int
    """How many of them the graph holds."""

    lag_seconds: float
    """How long the oldest entry that the graph lacks has waited; 0 when it lacks none."""

    origin: str
    """The log's name, as its checkpoints carry it."""


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A legal hold in force: what it covers is not erased."""

    index: int
    """Its ledger entry: its name for `liftLegalHold`."""

    time: datetime
    """When it was set."""

    actor: str
    """Who set it."""

    classes: tuple[RetentionClass, ...]
    """The classes that it covers."""

    entries: tuple[EntryRange, ...]
    """The entries that it covers. With neither: everything."""

    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class LegalHoldConnection:
    """One page of a list that can grow."""

    nodes: tuple[LegalHold, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class LineageAnswer:
    """A part of the graph: everything that a walk from the roots met."""

    roots: tuple[str, ...]
    """The nodes asked about, each once."""

    nodes: tuple[LineageNode, ...]
    """The roots and both ends of every edge."""

    edges: tuple[LineageEdge, ...]
    """One for each source, target and flow."""

    completeness: Completeness
    """How much of the truth this is."""


@dataclass(frozen=True, slots=True)
class LineageDiff:
    """How the lineage of something differs between two moments."""

    added_nodes: tuple[LineageNode, ...]
    """Nodes that only `to` has."""

    removed_nodes: tuple[LineageNode, ...]
    """Nodes that only `from` has."""

    added_edges: tuple[LineageEdge, ...]
    """Edges that only `to` has."""

    removed_edges: tuple[LineageEdge, ...]
    """Edges that only `from` has."""

    changed_edges: tuple[EdgeChange, ...]
    """Edges of both that tell something else."""

    schema_changes: tuple[SchemaChange, ...]
    """Schema changes between the two moments, of the nodes concerned."""

    completeness: Completeness
    """How much of the truth both walks are."""


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """All that is said about one source, one target and one flow."""

    source: str
    """Where the data comes from."""

    target: str
    """Where it goes."""

    flow: Flow
    """What flows."""

    transformation: str | None
    """OpenLineage's subtype: IDENTITY, TRANSFORMATION, AGGREGATION, FILTER, JOIN …"""

    masking: bool
    """Whether every job on this edge masks the value."""

    certainty: Certainty
    """CERTAIN if any of the evidence is."""

    verdict: Verdict
    """Declared against observed."""

    evidence: tuple[EvidenceKind, ...]
    """How it is known."""

    jobs: tuple[str, ...]
    """The jobs that do it."""

    first_seen: datetime | None
    """When a run first said so; null where no run did."""

    last_seen: datetime | None
    """When a run last said so."""

    in_latest_run: bool
    """Whether the job's latest run still said so."""

    run_count: int
    """How many runs said so."""

    because: str | None
    """More to tell about how it is known."""

    code_changed: bool
    """Whether each job's code changed since it was last seen to do this."""

    table_level: bool
    """At grain COLUMN: this hop is known between tables only."""


@dataclass(frozen=True, slots=True)
class LineageNode:
    """A node as a walk met it."""

    id: str
    """Its id, for `node(id)` and NodeRef."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column, its dataset's."""

    column: str | None
    """A column's name."""

    version: str | None
    """A dataset version's version, or a run's id."""

    dataset_type: str | None
    """A dataset's type: TABLE, TOPIC, MODEL, FEATURE_VIEW, DASHBOARD …"""

    distance: int
    """Hops from the nearest root."""

    more: int
    """How many neighbours, in the direction of the walk, are not in this answer."""


@dataclass(frozen=True, slots=True)
class LineagePath:
    """One way from one node to another."""

    nodes: tuple[LineageNode, ...]
    """The nodes in the order of the flow."""

    edges: tuple[LineageEdge, ...]
    """The edges between them."""

    certainty: Certainty
    """CERTAIN if every edge is."""


@dataclass(frozen=True, slots=True)
class ModelDossier:
    """What is on record about the data of one version of a model, and what is not."""

    version: DatasetBrief
    """The version."""

    model: str
    """The model."""

    label: str
    """What its registry calls the version."""

    sections: tuple[DossierSection, ...]
    """Everything on record."""

    gaps: tuple[DossierGap, ...]
    """Everything that is not."""

    completeness: Completeness
    """How much of the truth the walks behind it are."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A place that names live in: a database, a bucket, a cluster, a scheduler."""

    typename: ClassVar[str] = "Namespace"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""


@dataclass(frozen=True, slots=True)
class NotCompared:
    """Something that could not be compared."""

    topic: Topic
    """What it is about."""

    what: str
    """What is not known."""

    sides: tuple[DatasetBrief, ...]
    """Who tells nothing of it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for something."""

    name: str
    """A person or team, as the producer or an operator named it."""

    type_: str | None
    """The role, such as MAINTAINER."""


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page stands in its list. Cursors pin the moment: pages of one list never shift."""

    has_next_page: bool
    """Whether more follows."""

    has_previous_page: bool
    """Whether this page follows another."""

    start_cursor: str | None
    """The cursor of the first item; null for an empty page."""

    end_cursor: str | None
    """Give it as `after`, with the same arguments, for the next page."""


@dataclass(frozen=True, slots=True)
class PathsAnswer:
    """How data gets from one node to another."""

    paths: tuple[LineagePath, ...]
    """Distinct ways, the shortest first."""

    choke_points: tuple[LineageNode, ...]
    """Nodes that every way goes through, the two ends left out."""

    completeness: Completeness
    """How much of the truth this is."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an actor of the record stands for."""

    actor: str
    """The opaque id."""

    issuer: str | None
    """The identity provider; null: it is a key."""

    subject: str
    """What the provider calls them; of a key its label."""


@dataclass(frozen=True, slots=True)
class Property:
    """Something else that was told about a job or run."""

    label: str
    """Which: `sql`, `sourceCodeVersion`, `errorMessage`, `nominalTime` …"""

    value: str
    """The value as JSON."""


@dataclass(frozen=True, slots=True)
class ProvenanceAnswer:
    """Where something comes from."""

    sources: tuple[ProvenanceSource, ...]
    """One page of the sources."""

    nodes: tuple[LineageNode, ...]
    """Everything on the way."""

    edges: tuple[LineageEdge, ...]
    """Every edge on the way."""

    page_info: PageInfo
    """Where this page of sources stands."""

    completeness: Completeness
    """How much of the truth the whole walk is."""


@dataclass(frozen=True, slots=True)
class ProvenanceSource:
    """A place where data comes from: nothing is known upstream of it."""

    node: LineageNode
    """The source."""

    certainty: Certainty
    """Whether it is a source for certain."""

    distance: int
    """Hops to the node asked about."""

    why: tuple[LineageEdge, ...]
    """One shortest way from it, in the order of the flow."""


@dataclass(frozen=True, slots=True)
class RawName:
    """A name as a producer wrote it."""

    namespace: str
    """The namespace as written."""

    name: str
    """The name as written."""


@dataclass(frozen=True, slots=True)
class ReplayPayload:
    """Dead letters were read again."""

    index: int | None
    """The ledger index of the last entry written; null when none was."""

    replayed: int
    """How many were understood."""

    refused: int
    """How many still were not."""

    letters: tuple[ReplayedLetter, ...]
    """Each of them."""


@dataclass(frozen=True, slots=True)
class ReplayedLetter:
    """What became of one dead letter that was read again."""

    index: int
    """The dead letter."""

    entry: int | None
    """The ledger index of the event that it became; null: still not understood."""

    code: str | None
    """Why it is still not understood; programs may compare it."""

    reason: str | None
    """The same in words."""


@dataclass(frozen=True, slots=True)
class Retention:
    """The retention limits in force. A class without a limit is kept for ever."""

    index: int | None
    """The entry that set them; null: nobody did."""

    preset: RetentionPreset
    """The preset that they come from."""

    limits: tuple[RetentionLimit, ...]
    """The limits."""

    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class RetentionLimit:
    """How many days payloads of a class are kept."""

    payload_class: RetentionClass
    """The class."""

    days: int
    """Days after which they are erased."""


@dataclass(frozen=True, slots=True)
class RevokeKeyPayload:
    """A key was revoked."""

    index: int
    """The entry's ledger index."""

    leaf_hash: str
    """The entry's leaf hash in hexadecimal."""

    key: ApiKey
    """The key."""


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt of one run of a job."""

    typename: ClassVar[str] = "Run"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    run_id: str
    """The run's id as its producer wrote it."""

    job: JobBrief = field(metadata={"wire": "job_Run"})
    """The job that ran."""

    attempt: int
    """Which attempt of this run id, from 1."""

    state: str
    """START, RUNNING, COMPLETE, FAIL or ABORT: the last that was told."""

    started_at: datetime | None
    """When it started; null where no START came."""

    ended_at: datetime | None
    """When it ended; null: not yet."""

    parent: str | None
    """The id of the run that it belongs to."""

    inputs: tuple[DatasetBrief, ...]
    """What it read."""

    outputs: tuple[DatasetBrief, ...]
    """What it wrote."""

    properties: tuple[Property, ...]
    """What else is told about this run alone: its error message, nominal time …"""


@dataclass(frozen=True, slots=True)
class RunBrief:
    """One attempt of one run of a job. In short: see `Run`."""

    typename: ClassVar[str] = "Run"

    id: str
    """Its id, `hw:…`. The ids of all its raw names find it too."""

    kind: NodeKind
    """What it is."""

    namespace: str
    """The canonical namespace."""

    name: str
    """The canonical name; of a column or version its dataset's, of a run its job's."""

    run_id: str
    """The run's id as its producer wrote it."""

    attempt: int
    """Which attempt of this run id, from 1."""

    state: str
    """START, RUNNING, COMPLETE, FAIL or ABORT: the last that was told."""

    started_at: datetime | None
    """When it started; null where no START came."""

    ended_at: datetime | None
    """When it ended; null: not yet."""

    parent: str | None
    """The id of the run that it belongs to."""


@dataclass(frozen=True, slots=True)
class RunConnection:
    """One page of a list that can grow."""

    nodes: tuple[RunBrief, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class RunLineage:
    """Which run read which version of what, as it was when it ran."""

    root: str | None
    """The key of the version asked about; null when a run was."""

    versions: tuple[DataVersion, ...]
    """The versions, the nearest first."""

    runs: tuple[RunStep, ...]
    """The runs, by their beginning."""

    reads: tuple[RunRead, ...]
    """What each run read."""

    writes: tuple[RunWrite, ...]
    """What each run wrote."""

    completeness: Completeness
    """How much of the truth this is."""


@dataclass(frozen=True, slots=True)
class RunRead:
    """One run read one version."""

    run: str
    """The run."""

    version: str
    """The version's key."""

    how: ReadHow
    """How it is known that it was this one."""


@dataclass(frozen=True, slots=True)
class RunStep:
    """One run of a walk over runs."""

    id: str
    """The run's node."""

    job: JobBrief
    """The job that ran."""

    run_id: str
    """The run's id as its producer wrote it."""

    attempt: int
    """Which attempt of this run id, from 1."""

    state: str
    """START, RUNNING, COMPLETE, FAIL or ABORT."""

    started_at: datetime | None
    """When it started."""

    ended_at: datetime | None
    """When it ended; null: not yet."""


@dataclass(frozen=True, slots=True)
class RunWrite:
    """One run wrote one version."""

    run: str
    """The run."""

    version: str
    """The version's key."""


@dataclass(frozen=True, slots=True)
class RunsEnded:
    """The runs that ended with one ledger entry."""

    index: int
    """The entry: give it as `after` when you come back."""

    runs: tuple[RunBrief, ...]
    """The runs, each with its state as of the entry."""


@dataclass(frozen=True, slots=True)
class SameCount:
    """How many things are equal on both sides."""

    topic: Topic
    """What they are about."""

    count: int
    """How many."""


@dataclass(frozen=True, slots=True)
class ScannedRange:
    """Over which entries a list is complete: whoever reads them again finds the same."""

    start: int
    """The first of them."""

    stop: int
    """Before this one."""

    filter: str
    """What was looked for."""


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """A change in what one reporter tells about a dataset's columns."""

    dataset: DatasetBrief
    """Whose schema changed."""

    column: str
    """The column."""

    column_id: str
    """The column's id."""

    kind: SchemaChangeKind
    """What changed."""

    before: str | None
    """What was told before: a type, a place, a name; null for a new column."""

    after: str | None
    """What is told since; null for a column that is gone."""

    at: datetime
    """When it changed: event time."""

    reporter: str
    """Whose report: `catalogue:…`, `writer:…` or `reader:…`."""

    index: int
    """The ledger entry that told it."""


@dataclass(frozen=True, slots=True)
class SchemaChangeConnection:
    """One page of schema changes, in the order in which they became known."""

    edges: tuple[SchemaChangeEdge, ...]
    """The changes with their cursors."""

    page_info: PageInfo
    """Where this page stands."""


@dataclass(frozen=True, slots=True)
class SchemaChangeEdge:
    """One schema change in a page of them."""

    cursor: str
    """The change's place in the list: it follows the ledger, so late reports are not missed."""

    node: SchemaChange
    """The change."""


@dataclass(frozen=True, slots=True)
class SchemasChanged:
    """The schemas that one ledger entry changed."""

    index: int
    """The entry: give it as `after` when you come back."""

    changes: tuple[SchemaChange, ...]
    """What changed. `impact` of each tells who is affected, with owners."""


@dataclass(frozen=True, slots=True)
class SearchConnection:
    """One page of what was found: exact names first, then beginnings, then the rest."""

    edges: tuple[SearchEdge, ...]
    """What was found, with cursors."""

    page_info: PageInfo
    """Where this page stands."""


@dataclass(frozen=True, slots=True)
class SearchEdge:
    """One thing that was found."""

    cursor: str
    """Its place in the list."""

    node: NodeBrief
    """What was found."""

    matched: str
    """The name that was found: it may be another than the canonical one."""


@dataclass(frozen=True, slots=True)
class ServedVersion:
    """When a version of a model was served, and by what."""

    kind: str
    """ALIAS, STAGE or DEPLOYMENT."""

    name: str
    """The alias, the stage, or the deployment's job."""

    namespace: str | None
    """Of a deployment's job."""

    version: str
    """The version."""

    from_: datetime
    """Since when."""

    to: datetime | None
    """Until when; null: still."""


@dataclass(frozen=True, slots=True)
class SkewAnswer:
    """Which features of a version are served otherwise than they were trained on."""

    version: DatasetBrief
    """The version."""

    deployments: tuple[JobBrief, ...]
    """Who serves it; none: no deployment is known."""

    features: tuple[FeatureSkew, ...]
    """Each feature with each deployment, those that differ first."""

    completeness: Completeness
    """How much of the truth the walks behind it are."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact that a person vouches for."""

    index: int
    """The ledger index of its entry: its name for a retraction."""

    time: datetime
    """Since when."""

    actor: str
    """Who stated it."""

    kind: FactKind
    """What is stated."""

    text: str
    """The statement in words."""

    reason: str
    """How they know."""


@dataclass(frozen=True, slots=True)
class StatedConnection:
    """One page of a list that can grow."""

    nodes: tuple[Stated, ...]
    """The items alone."""

    page_info: PageInfo
    """Where this page stands."""

    total_count: int
    """How many items the whole list has."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag."""

    key: str
    """The tag's name."""

    value: str | None
    """Its value, where it has one."""

    column: str | None
    """The column that it is on; null: the whole."""


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """Two versions of a model, each as it was made."""

    first: DatasetBrief
    """The one."""

    second: DatasetBrief
    """The other."""

    first_run: RunStep | None
    """Who made the one; null: no run is known."""

    second_run: RunStep | None
    """Who made the other."""

    differences: tuple[VersionDifference, ...]
    """What differs, by topic and name."""

    unknown: tuple[NotCompared, ...]
    """What could not be compared."""

    same: tuple[SameCount, ...]
    """What is equal, counted."""

    completeness: Completeness
    """How much of the truth the walks behind it are."""


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """One thing in which two versions differ."""

    topic: Topic
    """What it is about."""

    what: str
    """A dataset, a job, a feature, a parameter or a metric."""

    first: str | None
    """What the first has; null: it is not there."""

    second: str | None
    """What the second has."""

    node: str | None
    """The dataset, column or job."""


Node = Column | Dataset | DatasetVersion | Job | Namespace | Run
NodeBrief = ColumnBrief | DatasetBrief | DatasetVersionBrief | JobBrief | Namespace | RunBrief
NodeItem = Column | DatasetItem | DatasetVersion | JobItem | Namespace | Run
