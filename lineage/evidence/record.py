"""What a named question is asked of: the graph as its asker sees it, the ledger, and who read what.

The one idea: a record is pinned. Its moment and its log size are fixed before the question begins, so that the answer, its
proofs and its pack speak of one state, and the same question about the same state gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from lineage.errors import LimitExceeded
from lineage.evidence.answer import Head
from lineage.evidence.marks import Marks
from lineage.facts import FactVersion, Node, Relation
from lineage.ids import NodeId, dataset_id
from lineage.ledger import Entry, Ledger
from lineage.ledger.leaf import Leaf, decode_leaf
from lineage.moment import FOREVER, Moment
from lineage.names.versions import version_name
from lineage.query.answers import LineageNode
from lineage.query.moments import MomentInput, Pinned
from lineage.query.questions import Questions
from lineage.query.resolve import NodeRef, resolve
from lineage.query.sources import Sources
from lineage.store.digests import change_key
from lineage.verify.tiles import TILE_WIDTH, decode_bundle

PAGE = 1_000
VERSIONS_MAX = 200_000  # facts of one relation that a question may read: some seconds
SCANNED_MAX = 100_000  # entries that a question about a log reads, up to 0.1 ms each


@dataclass(frozen=True, slots=True)
class Access:
    """One entry of the access log. `objects` None: which nodes it was about is not disclosed, or was erased."""

    index: int
    time_us: int
    kind: str
    actor: str
    operation: str
    purpose: str
    decision: str
    objects: tuple[str, ...] | None


class AccessReader(Protocol):
    """What questions need of the access log."""

    def begins_us(self) -> int | None:
        """When the oldest entry that is there was made, if older ones were pruned; else None."""

    def between(self, from_us: int | None, to_us: int | None) -> Iterator[Access]:
        """Its entries with from_us <= t < to_us in order."""


def no_head(_size: int) -> Head | None:
    """Nobody keeps checkpoints."""
    return None


@dataclass(frozen=True, slots=True)
class Record:
    """See the module. `listed`: of positions, those whose entries may be listed and proved to who asks; `opened`: whether
    what the entry at a position says may be read, too. `access` None: who asks may not
    read the access log, or there is none. `older_head`: the largest checkpoint that was kept up to a size."""

    questions: Questions
    ledger: Ledger
    head: Head
    at: MomentInput
    listed: Callable[[Iterable[int]], Sequence[int]]
    opened: Callable[[int], bool]
    access: AccessReader | None = None
    older_head: Callable[[int], Head | None] = no_head

    @property
    def sources(self) -> Sources:
        """The graph, as who asks sees it."""
        return self.questions.sources

    def moment(self, valid_at_us: int | None = None) -> MomentInput:
        """The record's knowledge, about another time."""
        return self.at if valid_at_us is None else replace(self.at, valid_at_us=valid_at_us)

    def pinned(self, at: MomentInput | None = None) -> Pinned:
        """A moment with how far the graph was."""
        return self.sources.pin(at or self.at)

    def find(self, ref: NodeRef, at: MomentInput | None = None) -> Node:
        """The node that a reference means. NotFound with near names."""
        return resolve(self.sources, ref, self.pinned(at).moment)

    def marks(self, nodes: Iterable[Node | LineageNode], at: MomentInput | None = None) -> Marks:
        """Tags and owners."""
        return Marks(self.sources, nodes, self.pinned(at).moment)

    def seen(self, entries: Iterable[int]) -> tuple[int, ...]:
        """Of some positions, those below the head that exist for who asks, ascending."""
        return tuple(self.listed(sorted(each for each in set(entries) if 0 <= each < self.head.size)))

    def changed(self, relation: Relation, from_us: int = 0, to_us: int | None = None) -> list[FactVersion]:
        """Every version of a relation that begins or ends (valid time) in the span. LimitExceeded beyond VERSIONS_MAX."""
        known, found = self.pinned().moment.known, list[FactVersion]()
        after: tuple[int, str] | None = None
        while True:
            page = self.sources.graph.changed(
                relation, since_us=from_us, until_us=to_us, known=known, after=after, limit=PAGE
            )
            found += page
            if len(page) < PAGE:
                return found
            if len(found) > VERSIONS_MAX:
                message = f"There are more than {VERSIONS_MAX} such facts. Ask about a shorter time."
                raise LimitExceeded(message, limit=VERSIONS_MAX, asked=len(found))
            after = (page[-1].known_from, change_key(page[-1]))

    def now(self, relation: Relation) -> list[FactVersion]:
        """Of a relation, the versions that hold at the record's moment."""
        at = self.pinned().moment
        return [each for each in self.changed(relation) if holds(each, at)]

    def runs_of(self, jobs: Sequence[NodeId], at: MomentInput | None = None) -> list[FactVersion]:
        """RUN facts of jobs, whatever their time."""
        known = self.pinned(at).moment.known
        return self.sources.graph.history(jobs, (Relation.RUN,), known=known, by_object=True) if jobs else []

    def versions_of(self, datasets: Sequence[NodeId]) -> list[FactVersion]:
        """VERSION facts of datasets, whatever their time, by the time at which they begin."""
        known = self.pinned().moment.known
        if not datasets:
            return []
        told = self.sources.graph.history(datasets, (Relation.VERSION,), known=known, by_object=True)
        return sorted(told, key=lambda v: (v.valid.from_us, v.fact.subject))

    def version_datasets(self, of: Sequence[NodeId] | None = None) -> set[NodeId]:
        """The datasets that are versions of models (of these; None: of all): a version has a node, and facts, of its own."""
        told = self.changed(Relation.VERSION) if of is None else self.versions_of(of)
        nodes = self.sources.graph.nodes({NodeId(v.fact.object) for v in told})
        own = {
            dataset_id(node.namespace, version_name(node.name, v.fact.label))
            for v in told
            if (node := nodes.get(NodeId(v.fact.object))) is not None
        }
        return set(self.sources.graph.resolve(own, self.pinned().moment).values())

    def typed(self, versions: Iterable[FactVersion], dataset_type: str) -> set[NodeId]:
        """Which of the versions' datasets are of a type at the record's moment."""
        nodes = self.sources.graph.nodes({NodeId(v.fact.object) for v in versions})
        marks = self.marks(nodes.values())
        return {id_ for id_, node in nodes.items() if marks.properties.dataset_type(node) == dataset_type}

    def leaves(self, start: int, stop: int) -> Iterator[Leaf]:
        """The leaves start … stop - 1. LimitExceeded for more than SCANNED_MAX."""
        require_readable(start, stop)
        return self._leaves(start, stop)

    def entries(self, start: int, stop: int) -> Iterator[Entry]:
        """The entries start … stop - 1 with their normal forms. LimitExceeded for more than SCANNED_MAX."""
        require_readable(start, stop)
        return self.ledger.entries(start, stop)

    def _leaves(self, start: int, stop: int) -> Iterator[Leaf]:
        while start < stop:
            number, begin = divmod(start, TILE_WIDTH)
            width = min(TILE_WIDTH, stop - number * TILE_WIDTH)
            yield from map(decode_leaf, decode_bundle(self.ledger.bundle(number, width))[begin:])
            start = number * TILE_WIDTH + width


def require_readable(start: int, stop: int) -> None:
    """LimitExceeded for more entries than one question reads."""
    if stop - start > SCANNED_MAX:
        message = f"This would read {stop - start} entries of a log, more than {SCANNED_MAX}. Ask for a shorter time."
        raise LimitExceeded(message, limit=SCANNED_MAX, asked=stop - start)


def holds(version: FactVersion, at: Moment) -> bool:
    """Whether a version is visible at a moment."""
    if not version.known_from <= at.known < version.known_to:
        return False
    if at.valid_us is None:
        return version.valid.to_us == FOREVER
    return version.valid.from_us <= at.valid_us < version.valid.to_us


MODEL = "MODEL"
