"""What the questions answer: frozen data, shaped as `docs/schema.graphql` shows it, with snake_case names.

The one idea: an answer is complete in itself. It carries names, not only ids, its completeness, and for every claim the
edges and ledger positions that prove it, so that no layer above asks the graph again. Instants are microseconds
(`_us`).
"""

from dataclasses import dataclass
from enum import StrEnum

from lineage.facts import Certainty, EvidenceKind, Flow, Node, NodeKind, Verdict
from lineage.ids import NodeId


class CompletenessStatus(StrEnum):
    """TRUNCATED (we stopped) over UNKNOWN (nobody told us) over COMPLETE."""

    COMPLETE = "COMPLETE"
    TRUNCATED = "TRUNCATED"
    UNKNOWN = "UNKNOWN"


class ReasonCode(StrEnum):
    """Why an answer is not all there is; the last four are notes that a COMPLETE answer may carry."""

    DEPTH = "DEPTH"
    NODES = "NODES"
    TIME = "TIME"
    UNPARSED_SQL = "UNPARSED_SQL"
    TABLE_LEVEL_ONLY = "TABLE_LEVEL_ONLY"
    ERASED = "ERASED"
    UNVERSIONED = "UNVERSIONED"
    ATTEMPTED = "ATTEMPTED"
    DISTRUSTED = "DISTRUSTED"
    LAG = "LAG"
    SCOPE = "SCOPE"


class ChangeKind(StrEnum):
    """What somebody wants to do to a column or dataset; see impact.py for what each can break."""

    REMOVE = "REMOVE"
    RENAME = "RENAME"
    TYPE_NARROW = "TYPE_NARROW"
    TYPE_WIDEN = "TYPE_WIDEN"
    NULLABILITY = "NULLABILITY"
    MEANING = "MEANING"
    ROWS = "ROWS"
    GRAIN = "GRAIN"


class SchemaChangeKind(StrEnum):
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    TYPE_CHANGED = "TYPE_CHANGED"
    REORDERED = "REORDERED"
    RENAMED = "RENAMED"


@dataclass(frozen=True, slots=True)
class LineageNode:
    """A node as a walk met it. `distance`: hops from the nearest root. `more`: neighbours that are not in this
    answer."""

    id: NodeId
    kind: NodeKind
    namespace: str
    name: str
    column: str | None
    version: str | None
    dataset_type: str | None
    distance: int
    more: int = 0


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """All that is said about one (source, target, flow), merged; see edges.py for the rules."""

    source: NodeId
    target: NodeId
    flow: Flow
    transformation: str | None
    masking: bool
    certainty: Certainty
    verdict: Verdict
    evidence: tuple[EvidenceKind, ...]
    jobs: tuple[NodeId, ...]
    first_seen_us: int | None
    last_seen_us: int | None
    in_latest_run: bool
    run_count: int
    because: str | None
    code_changed: bool
    """Whether each job's code changed after it was last seen to do this."""
    table_level: bool
    """At grain COLUMN: no column lineage was sent for this hop, so it joins a dataset as a whole."""
    entries: tuple[int, ...]
    """Ledger positions that say so, ascending: first, last and some between."""


@dataclass(frozen=True, slots=True)
class CompletenessReason:
    code: ReasonCode
    message: str
    count: int
    nodes: tuple[NodeId, ...] = ()


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of the truth an answer is. `valid_at_us` of "the latest state" is the time of the newest entry known."""

    status: CompletenessStatus
    reasons: tuple[CompletenessReason, ...]
    hops: int
    nodes_explored: int
    valid_at_us: int
    known_index: int
    graph_index: int
    ledger_size: int


@dataclass(frozen=True, slots=True)
class PageInfo:
    has_next_page: bool
    end_cursor: str | None
    has_previous_page: bool = False
    start_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class LineageAnswer:
    roots: tuple[NodeId, ...]
    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]
    completeness: Completeness


@dataclass(frozen=True, slots=True)
class ImpactItem:
    """One thing that a change reaches. `why` is one shortest path of edges from a root to it, in the order of the
    flow."""

    node: LineageNode
    certainty: Certainty
    reasons: tuple[str, ...]
    distance: int
    why: tuple[LineageEdge, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImpactTotal:
    kind: NodeKind
    dataset_type: str | None
    certainty: Certainty
    count: int


@dataclass(frozen=True, slots=True)
class ImpactAnswer:
    items: tuple[ImpactItem, ...]
    totals: tuple[ImpactTotal, ...]
    page_info: PageInfo
    completeness: Completeness


@dataclass(frozen=True, slots=True)
class ProvenanceSource:
    """Something with nothing known upstream. `why` leads from it to the node asked about, in the order of the flow."""

    node: LineageNode
    certainty: Certainty
    distance: int
    why: tuple[LineageEdge, ...]


@dataclass(frozen=True, slots=True)
class ProvenanceAnswer:
    sources: tuple[ProvenanceSource, ...]
    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]
    page_info: PageInfo
    completeness: Completeness


@dataclass(frozen=True, slots=True)
class LineagePath:
    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class PathsAnswer:
    """`choke_points`: nodes that every path goes through, the two ends left out, in the order of the flow."""

    paths: tuple[LineagePath, ...]
    choke_points: tuple[LineageNode, ...]
    completeness: Completeness


@dataclass(frozen=True, slots=True)
class EdgeChange:
    """An edge of both answers that tells something else. `changes`: names of the fields that differ."""

    before: LineageEdge
    after: LineageEdge
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """A change in what one reporter says about a dataset's columns. `at_us`: event time; `index`: ledger position."""

    dataset: Node
    column: str
    column_id: NodeId
    kind: SchemaChangeKind
    before: str | None
    after: str | None
    at_us: int
    reporter: str
    index: int


@dataclass(frozen=True, slots=True)
class SchemaChangeEdge:
    node: SchemaChange
    cursor: str


@dataclass(frozen=True, slots=True)
class SchemaChangeConnection:
    edges: tuple[SchemaChangeEdge, ...]
    page_info: PageInfo


@dataclass(frozen=True, slots=True)
class LineageDiff:
    added_nodes: tuple[LineageNode, ...]
    removed_nodes: tuple[LineageNode, ...]
    added_edges: tuple[LineageEdge, ...]
    removed_edges: tuple[LineageEdge, ...]
    changed_edges: tuple[EdgeChange, ...]
    schema_changes: tuple[SchemaChange, ...]
    completeness: Completeness


@dataclass(frozen=True, slots=True)
class SearchEdge:
    """`matched`: the name that was found, which may be another than the node's own."""

    node: Node
    matched: str
    cursor: str


@dataclass(frozen=True, slots=True)
class SearchConnection:
    edges: tuple[SearchEdge, ...]
    page_info: PageInfo


@dataclass(frozen=True, slots=True)
class NodeConnection:
    """One page of a list of nodes; a cursor for each."""

    nodes: tuple[Node, ...]
    cursors: tuple[str, ...]
    page_info: PageInfo


@dataclass(frozen=True, slots=True)
class RawSpelling:
    """A name as a producer wrote it."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Owner:
    name: str
    type: str | None


@dataclass(frozen=True, slots=True)
class Tag:
    """`column` is set where the tag is on a column (named by a dataset's facet)."""

    key: str
    value: str | None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnPage:
    """A column of the schema in force."""

    node: Node
    dataset: Node
    type: str | None
    ordinal: int | None
    description: str | None
    reporter: str | None
    """Who says so: `catalogue:…`, `writer:…` or `reader:…`; None: known from lineage only."""
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionPage:
    node: Node
    version: str
    at_us: int
    run: NodeId | None
    job: NodeId | None


@dataclass(frozen=True, slots=True)
class DatasetPage:
    node: Node
    names: tuple[RawSpelling, ...]
    dataset_type: str | None
    type_evidence: EvidenceKind | None
    """INFERRED: nobody told the type, the namespace's scheme leaves no other."""
    description: str | None
    owners: tuple[Owner, ...]
    tags: tuple[Tag, ...]
    columns: tuple[ColumnPage, ...]
    dropped_at_us: int | None
    confirmed: bool
    """False: only runs that failed, were aborted or have not ended mention it."""
    read_by: tuple[Node, ...]
    written_by: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class RunPage:
    node: Node
    job: Node
    run_id: str
    attempt: int
    state: str
    started_at: str | None
    """ISO 8601, UTC."""
    ended_at: str | None
    parent: str | None
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    properties: tuple[tuple[str, str], ...]
    """(label, canonical JSON) of what was told about this run alone: errorMessage, nominalTime …"""


@dataclass(frozen=True, slots=True)
class JobPage:
    node: Node
    names: tuple[RawSpelling, ...]
    description: str | None
    owners: tuple[Owner, ...]
    tags: tuple[Tag, ...]
    reads: tuple[Node, ...]
    writes: tuple[Node, ...]
    properties: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NamespacePage:
    node: Node


Page = DatasetPage | ColumnPage | JobPage | RunPage | VersionPage | NamespacePage
"""What `node(id)` shows, by kind."""
