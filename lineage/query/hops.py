"""One step of a walk at either grain: from a frontier to the hops that leave it.

The one idea: a walk knows nothing of grains. It is given `expand(frontier, direction)`, and all that is particular
about columns stands here (decisions.md, "Answers"):

* a hop over DERIVES joins columns, or a column and a dataset whose every row it decides about;
* where only FEEDS "TABLE" is known, the hop goes from the column to the other dataset *as a whole*, and is POSSIBLE;
* a dataset reached as a whole goes on over the DERIVES of all its columns, in its own name, POSSIBLE too: nobody said
  which of its columns is meant.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from lineage.facts import Certainty, Direction, EvidenceKind, Fact, Flow, Relation
from lineage.ids import NodeId, parent_of, rehome
from lineage.moment import Moment
from lineage.query.sources import Sources
from lineage.store.contract import Edge

EVIDENCE_DEFAULT = frozenset(EvidenceKind) - {EvidenceKind.ATTEMPTED}
RENAMED = "rename|"
"""Units whose FEEDS say that a dataset goes on under another name."""
COLUMNS = "COLUMNS"
"""The label of FEEDS facts whose unit also told the columns; others are known at table level."""


class Via(StrEnum):
    """How a hop came about."""

    FACT = "FACT"
    TABLE = "TABLE"
    """FEEDS where column lineage was asked for."""
    WHOLE = "WHOLE"
    """A DERIVES of some column of a dataset that was reached as a whole."""


class Hop(NamedTuple):
    """One contributor to one edge of the answer. `origin`: the frontier's node that it was found from; where that is
    not an end of the edge, it is a column of the end that is a dataset."""

    source: NodeId
    target: NodeId
    flow: Flow
    certainty: Certainty
    via: Via
    origin: NodeId
    edge: Edge

    def ends(self, direction: Direction) -> tuple[NodeId, NodeId]:
        """(near, far) on a walk of this direction."""
        return (self.target, self.source) if direction is Direction.UPSTREAM else (self.source, self.target)


class Expand(Protocol):
    """Steps of one walk; keeps notes on what it saw."""

    def __call__(self, frontier: Sequence[NodeId], direction: Direction) -> list[Hop]:
        """The hops that leave the frontier, in a stable order. UPSTREAM or DOWNSTREAM only."""

    def take_notes(self) -> "Notes":
        """What was noted up to now; begins a new page."""


@dataclass(slots=True)
class Notes:
    """What a walk learned besides hops, for completeness and verdicts."""

    attempted: set[tuple[NodeId, NodeId]] = field(default_factory=set)
    """Pairs that only attempted runs join, left out."""
    silent: dict[NodeId, frozenset[str]] = field(default_factory=dict)
    """Columns without any upstream column lineage though their dataset is fed -> the jobs that feed it."""
    feeds: dict[tuple[NodeId, NodeId], list[Edge]] = field(default_factory=lambda: defaultdict(list))
    """At grain COLUMN: the FEEDS facts met, by pair."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which contributors count. `seen_after_us`: only what a run repeated since; what is only declared or stated was
    never seen."""

    flows: frozenset[Flow] = frozenset(Flow)
    evidence: frozenset[EvidenceKind] = EVIDENCE_DEFAULT
    seen_after_us: int | None = None


def edge_fact(edge: Edge) -> Fact:
    """The fact that a contributor shows, but for its producer, which an Edge does not carry."""
    return Fact(
        edge.relation,
        edge.source,
        edge.target,
        edge.unit,
        edge.label,
        edge.value,
        NodeId(edge.job),
        edge.flow,
        edge.evidence,
        edge.certainty,
        edge.masking,
    )


class _Reading:
    """What both grains share: fetching edges, and the filters that need no grain."""

    def __init__(self, sources: Sources, at: Moment, keep: Filter) -> None:
        self._sources, self._at, self._keep = sources, at, keep
        self._notes = Notes()

    def take_notes(self) -> Notes:
        notes, self._notes = self._notes, Notes()
        return notes

    def _fetch(self, nodes: Collection[NodeId], relation: Relation, direction: Direction) -> list[Edge]:
        # Unfiltered: whether an attempted edge counts, and whether a column is silent, depends on what a filter hides.
        return self._sources.graph.neighbours(nodes, relation, direction, self._at) if nodes else []

    def _confirmed(self, edges: Iterable[Edge]) -> list[Edge]:
        """Attempted facts show only between pairs that nothing else joins; left out by default, and counted."""
        edges = list(edges)
        joined = {(e.source, e.target) for e in edges if e.evidence is not EvidenceKind.ATTEMPTED}
        result = []
        for e in edges:
            if e.evidence is EvidenceKind.ATTEMPTED:
                pair = (e.source, e.target)
                if pair in joined or e.source == e.target:
                    continue
                if EvidenceKind.ATTEMPTED not in self._keep.evidence:
                    self._notes.attempted.add(pair)
                    continue
            result.append(e)
        return result

    def _kept(self, edges: Iterable[Edge], *, any_flow: bool = False) -> list[Edge]:
        keep = self._keep
        edges = [e for e in edges if (any_flow or e.flow in keep.flows) and e.evidence in keep.evidence]
        if keep.seen_after_us is None or not edges:
            return edges
        seen = self._sources.seen.seen([edge_fact(e) for e in edges], self._at)
        return [
            e for e, s in zip(edges, seen, strict=True) if s.last_us is not None and s.last_us >= keep.seen_after_us
        ]


class DatasetHops(_Reading):
    """Grain DATASET: FEEDS, without the edges of a dataset to itself."""

    def __call__(self, frontier: Sequence[NodeId], direction: Direction) -> list[Hop]:
        edges = self._confirmed(self._fetch(frontier, Relation.FEEDS, direction))
        return [
            Hop(
                e.source,
                e.target,
                e.flow,
                e.certainty,
                Via.FACT,
                e.target if direction is Direction.UPSTREAM else e.source,
                e,
            )
            for e in self._kept(edges)
            if e.source != e.target
        ]


class ColumnHops(_Reading):
    """Grain COLUMN. `spoken_for`: datasets that are roots together with all their columns, so that the columns' own
    hops say what flows and the dataset stands for the rest."""

    def __init__(self, sources: Sources, at: Moment, keep: Filter, spoken_for: Collection[NodeId]) -> None:
        super().__init__(sources, at, keep)
        self._spoken_for = frozenset(spoken_for)
        self._feeds: dict[tuple[NodeId, Direction], list[Edge]] = {}
        self._rows_done: set[tuple[NodeId, Direction]] = set()

    def __call__(self, frontier: Sequence[NodeId], direction: Direction) -> list[Hop]:
        upstream = direction is Direction.UPSTREAM
        columns = {c: d for c in frontier if (d := parent_of(c)) is not None}
        wholes = [d for d in frontier if parent_of(d) is None]
        inner = self._columns_of(wholes)
        # A dataset's own facts ("decides about every row") speak of each of its columns; they are told once a walk.
        rows = {d: c for c, d in reversed(columns.items())} | {d: d for d in wholes}
        rows = {d: origin for d, origin in rows.items() if (d, direction) not in self._rows_done}
        self._rows_done.update((d, direction) for d in rows)
        found = self._confirmed(
            self._fetch([*columns, *(c for c in inner if c not in columns), *rows], Relation.DERIVES, direction)
        )
        self._learn_feeds({*columns.values(), *wholes}, direction)
        hops: list[Hop] = []
        told: set[NodeId] = set()
        kept = self._kept(found)
        for e in found:
            told.add(e.target if upstream else e.source)
        for e in kept:
            near, far = (e.target, e.source) if upstream else (e.source, e.target)
            if near in columns:
                hops.append(_hop(e, near, far, upstream, e.certainty, Via.FACT, near))
            if near in rows:
                hops.append(_hop(e, near, far, upstream, e.certainty, Via.FACT, rows[near]))
            if (whole := inner.get(near)) is not None and whole not in (far, parent_of(far)):
                hops.append(_hop(e, whole, far, upstream, Certainty.POSSIBLE, Via.WHOLE, whole))
        hops += self._table_hops([*wholes, *columns], columns, direction)
        if upstream:
            self._note_silent({c: d for c, d in columns.items() if c not in told})
        return hops

    def _columns_of(self, wholes: Sequence[NodeId]) -> dict[NodeId, NodeId]:
        asked = [d for d in wholes if d not in self._spoken_for]
        if not asked:
            return {}
        return {n.id: d for n in self._sources.graph.columns_of(asked) if (d := parent_of(n.id)) is not None}

    def _learn_feeds(self, datasets: Collection[NodeId], direction: Direction) -> None:
        new = sorted(d for d in datasets if (d, direction) not in self._feeds)
        for d in new:
            self._feeds[d, direction] = []
        for e in self._confirmed(self._fetch(new, Relation.FEEDS, direction)):
            if e.source != e.target:
                self._feeds[e.target if direction is Direction.UPSTREAM else e.source, direction].append(e)
                if e not in (pair := self._notes.feeds[e.source, e.target]):
                    pair.append(e)

    def _table_hops(self, nodes: Sequence[NodeId], columns: dict[NodeId, NodeId], direction: Direction) -> list[Hop]:
        upstream = direction is Direction.UPSTREAM
        kept: dict[NodeId, list[Edge]] = {}
        found: list[tuple[Edge, NodeId, NodeId]] = []
        for node in nodes:
            dataset = columns.get(node, node)
            if dataset != node and dataset in self._spoken_for:
                continue
            if dataset not in kept:
                kept[dataset] = self._kept(_table_only(self._feeds[dataset, direction]), any_flow=True)
            found += [(e, node, e.source if upstream else e.target) for e in kept[dataset]]
        renamed = self._same_columns(found)
        hops = []
        for e, near, far in found:
            same = renamed.get((near, far))
            if same is not None:
                hops.append(_hop(e, near, same, upstream, e.certainty, Via.FACT, near))
            else:
                hop = _hop(e, near, far, upstream, Certainty.POSSIBLE, Via.TABLE, near)
                hops.append(hop._replace(flow=self._table_flow(hop)))
        return [hop for hop in hops if hop.flow in self._keep.flows]

    def _table_flow(self, hop: Hop) -> Flow:
        """What a column does to a whole dataset at table level is not known. Told as CONTROL it claims less: that the
        value flows is nobody's word. Who asks for values only gets it as one, so that no possible flow is hidden."""
        into_whole = parent_of(hop.source) is not None and parent_of(hop.target) is None
        return Flow.CONTROL if into_whole and Flow.CONTROL in self._keep.flows else hop.flow

    def _same_columns(self, found: Sequence[tuple[Edge, NodeId, NodeId]]) -> dict[tuple[NodeId, NodeId], NodeId]:
        """A rename joins each column with the one of the same name, where there is one."""
        wanted = {
            (near, far): rehome(near, far)
            for e, near, far in found
            if e.unit.startswith(RENAMED) and parent_of(near) is not None
        }
        known = self._sources.graph.nodes(wanted.values()) if wanted else {}
        return {pair: column for pair, column in wanted.items() if column in known}

    def _note_silent(self, untold: dict[NodeId, NodeId]) -> None:
        for column, dataset in untold.items():
            feeds = self._feeds[dataset, Direction.UPSTREAM]
            if feeds and not _table_only(feeds):  # else a hop at table level says that we do not know
                self._notes.silent[column] = frozenset(e.job for e in feeds)


def _table_only(feeds: Sequence[Edge]) -> list[Edge]:
    """Without the pairs that the same job gives columns for elsewhere (a declaration beside a run, two of its modes);
    where no job is known, the same unit."""
    by_columns = {(e.source, e.target, e.job or e.unit) for e in feeds if e.label == COLUMNS}
    return [e for e in feeds if e.label != COLUMNS and (e.source, e.target, e.job or e.unit) not in by_columns]


def _hop(edge: Edge, near: NodeId, far: NodeId, upstream: bool, certainty: Certainty, via: Via, origin: NodeId) -> Hop:
    source, target = (far, near) if upstream else (near, far)
    return Hop(source, target, edge.flow, certainty, via, origin, edge)
