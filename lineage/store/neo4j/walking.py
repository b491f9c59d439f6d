"""Walks: the neighbours of a frontier, and a whole closure in one statement.

The one idea: a closure with distances is one statement, whose plan prunes (a node is expanded once, whatever the number
of paths to it). Only where a budget cuts it, or many roots share it, is it walked level by level.
"""

from collections.abc import Collection
from typing import Final

from lineage.facts import Certainty, Direction, EvidenceKind, Flow, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.store.contract import Edge, Reach
from lineage.store.neo4j.reading import Reads
from lineage.store.neo4j.rows import among, filters, moment, visible
from lineage.store.neo4j.schema import types

ROOTS_IN_ONE_MAX: Final = 4
"""Each root's closure is found for itself, so many roots of one closure are better walked together, level by level."""

_SIDES: Final = {
    Direction.DOWNSTREAM: (Direction.DOWNSTREAM,),
    Direction.UPSTREAM: (Direction.UPSTREAM,),
    Direction.BOTH: (Direction.DOWNSTREAM, Direction.UPSTREAM),
}
_EDGE: Final = (
    "e.flow, e.evidence, e.certainty, e.label, e.masking, e.job, e.unit, e.value, e.known_from, e.known_to, "
    "e.valid_from, e.valid_to"
)


def neighbours(
    read: Reads,
    frontier: Collection[NodeId],
    relation: Relation,
    direction: Direction,
    at: Moment,
    *,
    history: bool,
    flows: Collection[Flow] | None,
    evidence: Collection[EvidenceKind] | None,
) -> list[Edge]:
    """GraphReader.neighbours."""
    found: dict[tuple[object, ...], Edge] = {}
    for side in _SIDES[direction]:
        text = step(relation, side, at, "key, b.key, " + _EDGE, history=history, flows=flows, evidence=evidence)
        keys = sorted(set(frontier))
        for own, other, flow, kind, certainty, label, masking, job, unit, value, *bounds in read(
            text, keys=keys, **moment(at), **filters(flows, evidence)
        ):
            source, target = (own, other) if side is Direction.DOWNSTREAM else (other, own)
            edge = Edge(
                NodeId(source), NodeId(target), relation, Flow(flow), EvidenceKind(kind), Certainty(certainty),
                label or "", bool(masking), job or "", unit, value or "", *bounds,
            )  # fmt: skip
            once = (*edge[:11], edge.known_from, *edge[13:])  # what was closed a moment ago is there twice
            if once not in found or edge.known_to < found[once].known_to:
                found[once] = edge
    return sorted(found.values())


def step(
    relation: Relation,
    side: Direction,
    at: Moment,
    columns: str,
    *,
    history: bool,
    flows: Collection[Flow] | None,
    evidence: Collection[EvidenceKind] | None,
) -> str:
    """The statement of one step from $keys to one side: a is the frontier's end."""
    left, right = ("-", "->") if side is Direction.DOWNSTREAM else ("<-", "-")
    return f"""UNWIND $keys AS key MATCH (a:Node {{key: key}}){left}[e:{types(relation, history=history)}]{right}(b)
               USING INDEX a:Node(key) WHERE {visible(at, history=history)}{among(flows, evidence)} RETURN {columns}"""


def closure(
    relation: Relation,
    side: Direction,
    at: Moment,
    *,
    history: bool,
    depth_max: int | None,
    flows: Collection[Flow] | None,
    evidence: Collection[EvidenceKind] | None,
) -> str:
    """The statement of a whole closure from $keys: each node with its least distance, of at most $rows nodes."""
    left, right = ("-", "->") if side is Direction.DOWNSTREAM else ("<-", "-")
    hop = f"[e:{types(relation, history=history)} WHERE {visible(at, history=history)}{among(flows, evidence)}]"
    times = "+" if depth_max is None else f"{{1,{int(depth_max)}}}"
    return f"""UNWIND $keys AS key MATCH (a:Node {{key: key}}) USING INDEX a:Node(key)
               MATCH p = (a) ((){left}{hop}{right}()){times} (b) RETURN b.key, min(length(p)) LIMIT $rows"""


def reach(
    read: Reads,
    roots: Collection[NodeId],
    relation: Relation,
    direction: Direction,
    at: Moment,
    *,
    history: bool,
    depth_max: int | None,
    nodes_max: int,
    flows: Collection[Flow] | None,
    evidence: Collection[EvidenceKind] | None,
) -> Reach:
    """GraphReader.reach."""
    distances = dict.fromkeys(roots, 0)
    if direction is not Direction.BOTH and depth_max != 0 and 0 < len(distances) <= ROOTS_IN_ONE_MAX:
        text = closure(
            relation, direction, at, history=history, depth_max=depth_max, flows=flows, evidence=evidence
        )  # fmt: skip
        # one root that lies on a cycle comes again
        rows_max = nodes_max + 1
        rows = read(text, keys=sorted(distances), rows=rows_max, **moment(at), **filters(flows, evidence))
        if len(rows) < rows_max:
            for key, hops in rows:
                distances.setdefault(NodeId(key), hops)
            if len(distances) <= max(nodes_max, len(set(roots))):
                return Reach(distances, False, max(distances.values()))
        distances = dict.fromkeys(roots, 0)
    return _by_levels(
        read, distances, relation, direction, at,
        history=history, depth_max=depth_max, nodes_max=nodes_max, flows=flows, evidence=evidence,
    )  # fmt: skip


def _by_levels(
    read: Reads,
    distances: dict[NodeId, int],
    relation: Relation,
    direction: Direction,
    at: Moment,
    *,
    history: bool,
    depth_max: int | None,
    nodes_max: int,
    flows: Collection[Flow] | None,
    evidence: Collection[EvidenceKind] | None,
) -> Reach:
    """Breadth-first search that asks for keys only, and cuts a level by id, as every store does."""
    steps = [
        step(relation, side, at, "DISTINCT b.key", history=history, flows=flows, evidence=evidence)
        for side in _SIDES[direction]
    ]
    told = moment(at) | filters(flows, evidence)
    frontier = sorted(distances)
    hops, truncated = 0, False
    while frontier and not truncated and (depth_max is None or hops < depth_max):
        found = {NodeId(key) for text in steps for (key,) in read(text, keys=frontier, **told)}
        frontier = sorted(found - distances.keys())
        room = max(0, nodes_max - len(distances))
        if len(frontier) > room:
            frontier, truncated = frontier[:room], True
        if frontier:
            hops += 1
            distances.update(dict.fromkeys(frontier, hops))
    return Reach(distances, truncated, hops)
