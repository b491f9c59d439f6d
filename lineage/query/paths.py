"""The ways from one thing to another: k shortest distinct simple paths, and what lies on all of them.

The one idea: the walk downstream of `from` gives a graph; what cannot reach `to` is cut away; networkx does the rest.
A dataset as an end stands for all its columns. A hop at table level into the dataset of a column counts as one into
the column, POSSIBLE: nobody said which columns it fills.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import networkx as nx

from lineage.errors import InputError
from lineage.facts import Certainty, Direction, Flow, Grain, Node
from lineage.ids import NodeId, parent_of
from lineage.query.answering import Question, Walked, ask, columns_at, roots_at_grain
from lineage.query.answers import (
    CompletenessReason,
    CompletenessStatus,
    LineageEdge,
    LineageNode,
    LineagePath,
    PathsAnswer,
    ReasonCode,
)
from lineage.query.completeness import completeness
from lineage.query.cursors import check_first
from lineage.query.edges import EdgeKey
from lineage.query.moments import Pinned
from lineage.query.sources import Sources
from lineage.query.walk import Budget
from lineage.query.witness import weaknesses_of

PATHS_NODES_MAX = 20_000
PATHS_FIRST_MAX = 100  # each further path costs a search of the graph for each of its nodes
PATHS_TIME_S_MAX = 10.0

_FROM, _TO = "from", "to"  # virtual ends; no id looks like this


@dataclass(frozen=True, slots=True)
class _Arc:
    """The edges (VALUE, CONTROL) between two nodes, the best one first."""

    edges: tuple[LineageEdge, ...]


def paths(
    sources: Sources,
    start: Node,
    end: Node,
    pinned: Pinned,
    *,
    first: int,
    grain: Grain,
    clock: Callable[[], float] = time.monotonic,
) -> PathsAnswer:
    """Shortest first; of equal length, by the names on the way. Errors: InputError, LimitExceeded."""
    check_first(first)
    if first > PATHS_FIRST_MAX:
        raise InputError(f"At most {PATHS_FIRST_MAX} paths are found at once. Ask for fewer.", place="first")
    if start.id == end.id:
        raise InputError("A path joins two different nodes. Name another one as `to`.", place="to")
    starts, targets = (_ends(sources, node, grain, pinned) for node in (start, end))
    walks = _walks(sources, start, end, grain, pinned)
    graph, arcs = _graph(walks, starts, targets)
    state = walks[-1].completeness
    reasons = list(state.reasons)
    found: list[LineagePath] = []
    choke: list[LineageNode] = []
    if graph.has_node(_FROM) and graph.has_node(_TO) and nx.has_path(graph, _FROM, _TO):
        places = _Places(sources, walks)
        ends = starts | targets
        choke = [places.node(n) for n in choke_points(graph, _FROM, _TO) if n not in ends]
        deadline = clock() + PATHS_TIME_S_MAX
        for path in itertools.islice(shortest_paths(graph, _FROM, _TO), first):
            found.append(_path(places, arcs, path[1:-1]))
            if clock() > deadline:
                reasons.append(
                    CompletenessReason(
                        ReasonCode.TIME,
                        f"Time was up after {len(found)} paths. Ask for fewer, or for ends that are nearer.",
                        len(found),
                    )
                )
                break
    told = [r for r in reasons if r.code is not ReasonCode.LAG]
    found.sort(key=lambda p: len(p.edges))
    return PathsAnswer(
        tuple(found), tuple(choke), completeness(pinned, told, hops=state.hops, nodes_explored=state.nodes_explored)
    )


def shortest_paths(graph: "nx.DiGraph[str]", start: str, end: str) -> Iterator[list[str]]:
    """Distinct simple paths, shortest first (Yen's algorithm). The graph's order of nodes and edges decides among
    equals."""
    yield from nx.shortest_simple_paths(graph, start, end)


def choke_points(graph: "nx.DiGraph[str]", start: str, end: str) -> list[NodeId]:
    """The nodes that every path from start to end goes through, without the two, in the order of the flow."""
    dominators = nx.immediate_dominators(graph, start)
    chain = []
    node = dominators.get(end, start)
    while node is not None and node != start:
        chain.append(NodeId(node))
        node = dominators.get(node)
    return chain[::-1]


def _walks(sources: Sources, start: Node, end: Node, grain: Grain, pinned: Pinned) -> list[Walked]:
    """The walk downstream of `start`; where that was cut, the one upstream of `end` too. The last one speaks for how
    complete the answer is: any one that was not cut holds every path."""
    budget = Budget(nodes=PATHS_NODES_MAX)
    walks: list[Walked] = []
    for node, direction in ((start, Direction.DOWNSTREAM), (end, Direction.UPSTREAM)):
        walks.append(ask(sources, Question((node,), direction, grain, pinned, budget=budget, control_goes_on=True)))
        if walks[-1].completeness.status is not CompletenessStatus.TRUNCATED:
            break
    return walks


def _ends(sources: Sources, end: Node, grain: Grain, pinned: Pinned) -> set[NodeId]:
    ends = set(roots_at_grain([end], grain))
    if grain is Grain.COLUMN:
        ends |= {c.id for c in columns_at(sources, [d for d in ends if parent_of(d) is None], pinned.moment)}
    return ends


def _edges(walks: Sequence[Walked], starts: set[NodeId], targets: set[NodeId]) -> dict[EdgeKey, LineageEdge]:
    """The edges of the walks; those of a whole dataset also as edges of its columns that are ends, POSSIBLE."""
    found: dict[EdgeKey, LineageEdge] = {}
    for walked in reversed(walks):
        found |= walked.edges
    for (source, target, flow), edge in list(found.items()):
        wholes = [(column, target) for column in sorted(starts) if parent_of(column) == source and source not in starts]
        wholes += [
            (source, column) for column in sorted(targets) if parent_of(column) == target and target not in targets
        ]
        for pair in wholes:
            whole = replace(edge, source=pair[0], target=pair[1], certainty=Certainty.POSSIBLE)
            found.setdefault((*pair, flow), whole)
    return found


def _graph(
    walks: Sequence[Walked], starts: set[NodeId], targets: set[NodeId]
) -> tuple["nx.DiGraph[str]", dict[tuple[NodeId, NodeId], _Arc]]:
    """What lies between, with a virtual node before all starts and one behind all targets."""
    edges: dict[tuple[NodeId, NodeId], list[LineageEdge]] = {}
    for edge in _edges(walks, starts, targets).values():
        edges.setdefault((edge.source, edge.target), []).append(edge)
    joins = {
        (hop.origin, hop.source) if direction is Direction.DOWNSTREAM else (hop.target, hop.origin)
        for walked in walks
        for direction, hop in walked.walk.hops
        if hop.origin not in (hop.source, hop.target)
    }
    full: nx.DiGraph[str] = nx.DiGraph()
    full.add_edges_from((a, b) for a, b in edges if a != b)
    # A column's way through its whole row: no edge of its own, so the dataset stands beside it on the path.
    full.add_edges_from(sorted(joins))
    full.add_edges_from((_FROM, s) for s in sorted(starts) if full.has_node(s))
    full.add_edges_from((t, _TO) for t in sorted(targets) if full.has_node(t))
    arcs = {pair: _Arc(tuple(sorted(told, key=_best_first))) for pair, told in edges.items()}
    if not (full.has_node(_FROM) and full.has_node(_TO)):
        return full, arcs
    between = nx.ancestors(full, _TO) | {_TO}
    if _FROM in between:
        # A path is from the starts to the targets, not through other starts or on beyond a target.
        inner: nx.DiGraph[str] = nx.DiGraph()
        inner.add_edges_from(
            (a, b)
            for a, b in full.edges
            if a in between and b in between and (b not in starts or a == _FROM) and (a not in targets or b == _TO)
        )
        return inner, arcs
    return full, arcs


def _best_first(edge: LineageEdge) -> tuple[bool, bool, str]:
    return edge.certainty is not Certainty.CERTAIN, edge.flow is not Flow.VALUE, edge.flow


@dataclass(slots=True)
class _Places:
    """Nodes of paths: those of the walks, and columns at their ends that were only reached as a whole."""

    sources: Sources
    walks: Sequence[Walked]

    def node(self, id_: NodeId) -> LineageNode:
        for walked in self.walks:
            if id_ in walked.nodes:
                return walked.nodes[id_]
        walked = self.walks[0]
        return walked.lineage_node(self.sources.graph.nodes([id_])[id_], 0)


def _path(places: _Places, arcs: dict[tuple[NodeId, NodeId], _Arc], path: Iterable[str]) -> LineagePath:
    ids = [NodeId(n) for n in path]
    edges = [arcs[pair].edges[0] for pair in itertools.pairwise(ids) if pair in arcs]
    jumps = len(edges) < len(ids) - 1
    weak = jumps or any(weaknesses_of(edge, ageing=False) for edge in edges)
    nodes = tuple(replace(places.node(n), distance=i) for i, n in enumerate(ids))
    return LineagePath(nodes, tuple(edges), Certainty.POSSIBLE if weak else Certainty.CERTAIN)
