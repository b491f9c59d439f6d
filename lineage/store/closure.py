"""The closure over neighbours(), level by level: the fallback for a store that has no faster way, and what reach()
means.

The one idea: nodes of one level are taken in the order of their ids, so that a closure that `nodes_max` cuts is the
same on every store.
"""

from collections.abc import Collection
from typing import Protocol

from lineage.facts import Direction, EvidenceKind, Flow, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.store.contract import Edge, Reach


class Neighbours(Protocol):
    """GraphReader.neighbours."""

    def __call__(
        self,
        frontier: Collection[NodeId],
        relation: Relation,
        direction: Direction,
        at: Moment,
        *,
        flows: Collection[Flow] | None = None,
        evidence: Collection[EvidenceKind] | None = None,
    ) -> list[Edge]: ...


def reach_by_neighbours(
    neighbours: Neighbours,
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
    """GraphReader.reach, with one call of `neighbours` for each hop."""
    distances = dict.fromkeys(roots, 0)
    frontier = sorted(distances)
    hops, truncated = 0, False
    while frontier and not truncated and (depth_max is None or hops < depth_max):
        found: set[NodeId] = set()
        for edge in neighbours(frontier, relation, direction, at, flows=flows, evidence=evidence):
            found.update((edge.source, edge.target))
        frontier = sorted(found - distances.keys())
        room = max(0, nodes_max - len(distances))
        if len(frontier) > room:
            frontier, truncated = frontier[:room], True
        if frontier:
            hops += 1
            distances.update(dict.fromkeys(frontier, hops))
    return Reach(distances, truncated, hops)
