"""What every graph store promises. Traversal, budgets, permissions and completeness live above it, in lineage/query.

The one idea: a store keeps versions of facts (lineage/facts.py) and answers for a whole frontier at a Moment in one
call. Contract, checked by tests/store/test_contract.py for every store:

* apply() is atomic, and idempotent by ledger index: changes below `applied()` are skipped.
* After apply() returns, every read in any process sees it.
* A read at a Moment never changes once `applied()` has passed that Moment's `known`, but for `known_to` of what later
  entries supersede: it says when.
* Lists have the total order of facts.order_key (neighbours: of Edge), the same on every store.
* A version is visible at a Moment when known_from <= known < known_to (as sizes: entry i counts once known > i), and
  valid.from_us <= valid_us < valid.to_us; with valid_us None, when valid.to_us is FOREVER.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from lineage.facts import (
    Certainty,
    Change,
    Direction,
    EvidenceKind,
    FactVersion,
    Flow,
    Node,
    NodeKind,
    Relation,
)
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.store.matching import Admit


class Edge(NamedTuple):
    """One contributor's visible FEEDS or DERIVES fact, light enough for a walk. Data flows from source to target."""

    source: NodeId
    target: NodeId
    relation: Relation
    flow: Flow
    evidence: EvidenceKind
    certainty: Certainty
    label: str
    masking: bool
    job: str
    unit: str
    value: str
    known_from: int
    known_to: int
    valid_from_us: int
    valid_to_us: int


@dataclass(frozen=True, slots=True)
class Reach:
    """The nodes of a closure with their distances in hops (roots: 0); truncated when `nodes_max` cut it."""

    distances: Mapping[NodeId, int]
    truncated: bool
    hops: int


class SearchHit(NamedTuple):
    """A node found by one of its names. `rank`: 0 exact, 1 prefix, 2 start of a word, 3 rest; `length`: of the name's
    last part, case-folded; `matched`: the whole name, `namespace name`, `namespace name#column` or `namespace`."""

    rank: int
    length: int
    matched: str
    node: Node


class StoryWindow(NamedTuple):
    """What of a node's story lies in [from_us, before_us): the runs of a job that began then, or the versions of a dataset
    that were made."""

    parent: NodeId
    from_us: int
    before_us: int


LISTED_KINDS = frozenset({NodeKind.NAMESPACE, NodeKind.DATASET, NodeKind.JOB})
"""Kinds that people browse; all others are listed under one of these."""


def list_key(node: Node) -> tuple[str, str, str]:
    """The order of listed()."""
    return node.name, node.namespace, node.id


class GraphReader(Protocol):
    """The reading half. Safe to call from several threads."""

    def ledger_origin(self) -> str | None:
        """Which ledger this graph was made from; None while it is empty."""

    def applied(self) -> int:
        """How many ledger entries the graph holds: entries 0 … applied-1."""

    def resolve(self, own_ids: Collection[NodeId], at: Moment) -> dict[NodeId, NodeId]:
        """Raw names' own ids -> the nodes that they are at this moment; unknown ones are left out. Ids of columns,
        versions and runs resolve by their parent (lineage.ids.rehome), whether or not they exist under it. A node's id
        that no event spelled resolves to itself while any name resolves to it. NAME facts are visible as all others
        are."""

    def nodes(self, ids: Collection[NodeId]) -> dict[NodeId, Node]:
        """The names of nodes, whether or not anything is true of them at any moment."""

    def columns_of(self, datasets: Collection[NodeId]) -> list[Node]:
        """Every column node of these datasets that was ever added, by (dataset, column)."""

    def facts(
        self, nodes: Collection[NodeId], relations: Collection[Relation], at: Moment, *, by_object: bool = False
    ) -> list[FactVersion]:
        """Visible versions whose subject (or object) is one of the nodes."""

    def history(
        self, nodes: Collection[NodeId], relations: Collection[Relation], *, known: int, by_object: bool = False
    ) -> list[FactVersion]:
        """Every version known at this ledger size, whatever its validity: the story of a node."""

    def neighbours(
        self,
        frontier: Collection[NodeId],
        relation: Relation,
        direction: Direction,
        at: Moment,
        *,
        flows: Collection[Flow] | None = None,
        evidence: Collection[EvidenceKind] | None = None,
    ) -> list[Edge]:
        """FEEDS or DERIVES facts that touch the frontier on its own side: DOWNSTREAM: source in frontier; UPSTREAM:
        target in it."""

    def reach(
        self,
        roots: Collection[NodeId],
        relation: Relation,
        direction: Direction,
        at: Moment,
        *,
        depth_max: int | None,
        nodes_max: int,
        flows: Collection[Flow] | None = None,
        evidence: Collection[EvidenceKind] | None = None,
    ) -> Reach:
        """The whole closure over one relation in one call: keys and distances. Equals breadth-first search over
        neighbours()."""

    def search(
        self,
        query: str,
        kinds: Collection[NodeKind],
        at: Moment,
        *,
        limit: int,
        after: tuple[int, int, str, str] | None,
        admit: Admit | None = None,
    ) -> list[SearchHit]:
        """Nodes one of whose names contains every token of the query, by the rule of lineage/store/matching.py:
        datasets, jobs and namespaces by all raw names that resolve to them and by the canonical one, columns by the
        canonical one. Only what is there at the moment (lineage/store/presence.py); a node counts once, by its best
        name. Order: (rank, length, matched, node.id); `after` is such a key. What `admit` leaves out of the candidates
        that it is given (some that do not match may be among them) is as if it were not there."""

    def listed(
        self, kind: NodeKind, at: Moment, *, namespace: str | None, limit: int, after: tuple[str, str, str] | None
    ) -> list[Node]:
        """Nodes of one kind (LISTED_KINDS) that are there at the moment (lineage/store/presence.py), in the canonical
        `namespace` (None: in all), in the order of list_key; `after` is such a key."""

    def story(
        self, relation: Relation, windows: Sequence[StoryWindow], *, known: int, newest: bool, limit: int
    ) -> list[list[FactVersion]]:
        """For each window its RUN or VERSION versions known at this ledger size, whatever their end, in the order of their
        beginning (`newest`: the last first), then of their subject; at most `limit` of each window."""

    def story_lengths(
        self, relation: Relation, parents: Collection[NodeId], *, known: int, before_us: int
    ) -> dict[NodeId, int]:
        """How many runs or versions (subjects) each node has whose facts, known at this size, begin before `before_us`;
        a node without any is left out."""

    def changed(
        self,
        relation: Relation,
        *,
        since_us: int,
        until_us: int | None,
        known: int,
        after: tuple[int, str] | None,
        limit: int,
    ) -> list[FactVersion]:
        """Versions known at this size that begin or end (valid time) in [since_us, until_us), in the order
        (known_from, key); for schema changes. `after` is the last (known_from, key) that was taken; key:
        lineage.store.digests.change_key."""

    def counts(self, at: Moment) -> dict[str, int]:
        """How many nodes of each kind are there (lineage/store/presence.py), and visible facts of each relation. All
        keys are always given; "RUN" counts the nodes, of which each has one RUN fact. Costs a scan of the graph: not
        for every page."""

    def export(self, *, history: bool, known: int | None = None) -> Iterator[FactVersion]:
        """All that the graph held at the ledger size `known` (None: now), in canonical order: with `history` every
        version, else those known then; what was learned later is not told. Streams from one snapshot, beside a
        writer."""

    def close(self) -> None: ...


class GraphWriter(Protocol):
    """The writing half: one process at a time."""

    def apply(self, changes: Sequence[Change], applied: int) -> None:
        """Write the changes of consecutive entries and set applied() in one transaction; `applied` is the size after
        them (it may go beyond the last change: entries that change nothing). Changes below the present applied() are
        skipped."""

    def bind(self, ledger_origin: str) -> None:
        """Make this the graph of that ledger. Raises Conflict when it is another's."""

    def wipe(self) -> None:
        """Drop the whole graph: applied() is 0 and it belongs to no ledger."""


class GraphStore(GraphReader, GraphWriter, Protocol):
    """Both halves; made by lineage.store.open_store(url, data)."""
