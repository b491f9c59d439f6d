"""The contract as plain lists and filters: the oracle that other stores are held against, and a small graph for tests.

The one idea: nothing here is fast or clever, so that it is right by reading. One lock serves all threads.
"""

import json
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from lineage.errors import Conflict, StoreError
from lineage.facts import (
    Change,
    Direction,
    EvidenceKind,
    Fact,
    FactVersion,
    Flow,
    Interval,
    Node,
    NodeKind,
    Relation,
    in_order,
)
from lineage.ids import NodeId, parent_of, rehome
from lineage.moment import FOREVER, Moment
from lineage.store.closure import reach_by_neighbours
from lineage.store.contract import Edge, Reach, SearchHit, StoryWindow, list_key
from lineage.store.digests import change_key
from lineage.store.matching import SEARCHED_BY_NAME, Admit, Candidate, rank, spelling, spelling_of, tokens_of
from lineage.store.presence import PRESENCE, End


def is_known(version: FactVersion, known: int) -> bool:
    return version.known_from <= known < version.known_to


def is_visible(version: FactVersion, at: Moment) -> bool:
    if at.valid_us is None:
        valid = version.valid.to_us == FOREVER
    else:
        valid = version.valid.from_us <= at.valid_us < version.valid.to_us
    return valid and is_known(version, at.known)


class MemoryStore:
    """A GraphStore in one process's memory."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._clear()

    def _clear(self) -> None:
        self._nodes: dict[NodeId, Node] = {}
        self._closed: list[FactVersion] = []
        self._open: dict[tuple[Fact, Interval], FactVersion] = {}
        self._origin: str | None = None
        self._applied = 0

    def _versions(self) -> list[FactVersion]:
        with self._lock:
            return [*self._closed, *self._open.values()]

    def ledger_origin(self) -> str | None:
        return self._origin

    def applied(self) -> int:
        return self._applied

    def resolve(self, own_ids: Collection[NodeId], at: Moment) -> dict[NodeId, NodeId]:
        names = [v.fact for v in self._versions() if v.fact.relation is Relation.NAME and is_visible(v, at)]
        targets = {NodeId(fact.object): NodeId(fact.object) for fact in names}
        targets.update(sorted(((fact.subject, NodeId(fact.object)) for fact in names), reverse=True))
        found = {}
        for own in own_ids:
            parent = parent_of(own)
            if parent is None and own in targets:
                found[own] = targets[own]
            elif parent is not None and parent in targets:
                found[own] = rehome(own, targets[parent])
        return found

    def nodes(self, ids: Collection[NodeId]) -> dict[NodeId, Node]:
        with self._lock:
            return {id: self._nodes[id] for id in ids if id in self._nodes}

    def columns_of(self, datasets: Collection[NodeId]) -> list[Node]:
        with self._lock:
            nodes = list(self._nodes.values())
        found = [node for node in nodes if node.kind is NodeKind.COLUMN and parent_of(node.id) in set(datasets)]
        return sorted(found, key=lambda column: (parent_of(column.id) or "", column.column or "", column.id))

    def facts(
        self, nodes: Collection[NodeId], relations: Collection[Relation], at: Moment, *, by_object: bool = False
    ) -> list[FactVersion]:
        return in_order(v for v in self._about(nodes, relations, by_object) if is_visible(v, at))

    def history(
        self, nodes: Collection[NodeId], relations: Collection[Relation], *, known: int, by_object: bool = False
    ) -> list[FactVersion]:
        return in_order(v for v in self._about(nodes, relations, by_object) if is_known(v, known))

    def _about(
        self, nodes: Collection[NodeId], relations: Collection[Relation], by_object: bool
    ) -> Iterator[FactVersion]:
        wanted = set(nodes)
        for version in self._versions():
            fact = version.fact
            if fact.relation in relations and (fact.object if by_object else fact.subject) in wanted:
                yield version

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
        wanted = set(frontier)
        found = []
        for v in self._versions():
            f = v.fact
            down = direction is not Direction.UPSTREAM and f.subject in wanted
            up = direction is not Direction.DOWNSTREAM and f.object in wanted
            if (
                f.relation is relation
                and (down or up)
                and is_visible(v, at)
                and (flows is None or f.flow in flows)
                and (evidence is None or f.evidence in evidence)
            ):
                found.append(edge_of(v))
        return sorted(found)

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
        return reach_by_neighbours(
            self.neighbours, roots, relation, direction, at,
            depth_max=depth_max, nodes_max=nodes_max, flows=flows, evidence=evidence,
        )  # fmt: skip

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
        visible = [v.fact for v in self._versions() if is_visible(v, at)]
        candidates: list[Candidate] = []
        for node in self._present(visible):
            if node.kind not in kinds or node.kind not in SEARCHED_BY_NAME | {NodeKind.COLUMN}:
                continue
            written = {spelling_of(node)}
            for fact in visible:
                if fact.relation is Relation.NAME and fact.object == node.id:
                    raw = json.loads(fact.value)
                    written.add(spelling(node.kind, raw["namespace"], raw["name"]))
            candidates += [(node, each) for each in written]
        best: dict[NodeId, SearchHit] = {}
        for node, each in candidates if admit is None else admit(candidates):
            if (ranked := rank(tokens_of(query), each)) is not None:
                hit = SearchHit(*ranked, each.text, node)
                best[node.id] = min(best.get(node.id, hit), hit, key=lambda hit: hit[:3])
        ordered = sorted((*hit[:3], hit.node.id) for hit in best.values())
        return [best[NodeId(key[3])] for key in ordered if after is None or key > after][:limit]

    def _present(self, visible: Collection[Fact]) -> list[Node]:
        ends = {(f.relation, End.SUBJECT, f.subject) for f in visible} | {
            (f.relation, End.OBJECT, f.object) for f in visible
        }
        with self._lock:
            nodes = list(self._nodes.values())
        return [node for node in nodes if any((*each, node.id) in ends for each in PRESENCE[node.kind])]

    def listed(
        self, kind: NodeKind, at: Moment, *, namespace: str | None, limit: int, after: tuple[str, str, str] | None
    ) -> list[Node]:
        there = self._present([v.fact for v in self._versions() if is_visible(v, at)])
        wanted = [n for n in there if n.kind is kind and namespace in (None, n.namespace)]
        return [n for n in sorted(wanted, key=list_key) if after is None or list_key(n) > after][:limit]

    def story(
        self, relation: Relation, windows: Sequence[StoryWindow], *, known: int, newest: bool, limit: int
    ) -> list[list[FactVersion]]:
        sign = -1 if newest else 1
        return [
            sorted(
                (
                    v
                    for v in self._about([window.parent], (relation,), True)
                    if is_known(v, known) and window.from_us <= v.valid.from_us < window.before_us
                ),
                key=lambda v: (sign * v.valid.from_us, v.fact.subject),
            )[:limit]
            for window in windows
        ]

    def story_lengths(
        self, relation: Relation, parents: Collection[NodeId], *, known: int, before_us: int
    ) -> dict[NodeId, int]:
        told = {
            (v.fact.object, v.fact.subject)
            for v in self._about(parents, (relation,), True)
            if is_known(v, known) and v.valid.from_us < before_us
        }
        return dict(Counter(NodeId(parent) for parent, _ in told))

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
        until = FOREVER if until_us is None else until_us
        found = [
            ((v.known_from, change_key(v)), v)
            for v in self._versions()
            if v.fact.relation is relation
            and is_known(v, known)
            and any(since_us <= t < until and t != FOREVER for t in (v.valid.from_us, v.valid.to_us))
        ]
        found.sort(key=lambda keyed: keyed[0])
        return [version for key, version in found if after is None or key > after][:limit]

    def counts(self, at: Moment) -> dict[str, int]:
        visible = [v.fact for v in self._versions() if is_visible(v, at)]
        relations = Counter(fact.relation for fact in visible)
        kinds = Counter(node.kind for node in self._present(visible))
        return {r.value: relations[r] for r in Relation} | {k.value: kinds[k] for k in NodeKind}

    def export(self, *, history: bool, known: int | None = None) -> Iterator[FactVersion]:
        size = self._applied if known is None else known
        yield from in_order(
            v if v.known_to <= size else replace(v, known_to=FOREVER)
            for v in self._versions()
            if v.known_from <= size and (history or size < v.known_to)
        )

    def apply(self, changes: Sequence[Change], applied: int) -> None:
        with self._lock:
            before = self._nodes.copy(), self._closed.copy(), self._open.copy(), self._applied
            try:
                for change in sorted(changes, key=lambda change: change.index):
                    if self._applied <= change.index:
                        self._apply(change, applied)
            except BaseException:
                self._nodes, self._closed, self._open, self._applied = before
                raise
            self._applied = max(self._applied, applied)

    def _apply(self, change: Change, applied: int) -> None:
        if change.index >= applied:
            raise ValueError("a change beyond the size that it is said to lead to")
        for node in change.nodes:
            self._nodes.setdefault(node.id, node)
        known = change.index + 1
        for fact, valid in change.closed:
            if (fact, valid) not in self._open:
                raise StoreError("The next ledger entries close a version that is not open.", retryable=False)
            self._closed.append(replace(self._open.pop((fact, valid)), known_to=known))
        for fact, valid in change.opened:
            self._open[fact, valid] = FactVersion(fact, valid, known, FOREVER)

    def bind(self, ledger_origin: str) -> None:
        if self._origin not in (None, ledger_origin):
            raise Conflict("This graph was made from another ledger. Use a new one.")
        self._origin = ledger_origin

    def wipe(self) -> None:
        with self._lock:
            self._clear()

    def close(self) -> None:
        """Nothing to give back: memory goes with the store."""


def edge_of(version: FactVersion) -> Edge:
    """The light form of a FEEDS or DERIVES version."""
    f = version.fact
    return Edge(
        f.subject, NodeId(f.object), f.relation, f.flow, f.evidence, f.certainty, f.label, f.masking, f.job, f.unit,
        f.value, version.known_from, version.known_to, version.valid.from_us, version.valid.to_us,
    )  # fmt: skip
