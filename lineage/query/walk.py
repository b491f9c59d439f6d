"""A bounded breadth-first walk that says what it did not see.

The one idea: the walk is iterative, level by level, one read of the store for a whole frontier; every way to stop early
is a named budget, and what a budget cut is counted, never dropped in silence. BOTH is an upstream and a downstream walk
that share one budget (what is beside the root, a sibling of its source, is neither).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lineage.errors import InputError, LimitExceeded
from lineage.facts import Direction, Flow
from lineage.ids import NodeId
from lineage.query.hops import Expand, Hop, Notes, Via

LIMIT_MAX = 20_000  # an answer of so many nodes is some 10 MB of JSON; more is an export, not an answer
WALK_TIME_S_MAX = 10.0  # a proxy or a person gives up soon after; a partial answer that says so is worth more


@dataclass(frozen=True, slots=True)
class Budget:
    """How far a walk may go. `depth` in hops, None: all the way; `nodes` counts the roots too."""

    depth: int | None = None
    nodes: int = LIMIT_MAX
    time_s: float = WALK_TIME_S_MAX

    def __post_init__(self) -> None:
        if self.depth is not None and self.depth < 0:
            raise InputError("A depth counts hops. Give 0 or more, or leave it out to go all the way.", place="depth")
        if self.nodes < 1:
            raise InputError("An answer holds at least its root. Give a limit of 1 or more.", place="limit")
        if self.nodes > LIMIT_MAX:
            raise LimitExceeded(
                f"An answer holds at most {LIMIT_MAX} nodes. Ask for less, or export the graph.",
                limit=LIMIT_MAX,
                asked=self.nodes,
            )


@dataclass(slots=True)
class Walk:
    """Where a walk came. `distances` is in order of discovery; `beyond` has, for each node of it, the neighbours that
    are not in it."""

    roots: tuple[NodeId, ...]
    direction: Direction
    distances: dict[NodeId, int] = field(default_factory=dict)
    hops: list[tuple[Direction, Hop]] = field(default_factory=list)
    beyond: dict[NodeId, set[NodeId]] = field(default_factory=dict)
    depth_cut: set[NodeId] = field(default_factory=set)
    """Nodes not in the answer that are one hop beyond the depth."""
    nodes_cut: set[NodeId] = field(default_factory=set)
    """Nodes that did not fit (at least these: what is behind them nobody looked at)."""
    time_cut: set[NodeId] = field(default_factory=set)
    """Nodes in the answer whose neighbours were not asked for any more."""

    notes: Notes = field(default_factory=Notes)

    @property
    def depth_reached(self) -> int:
        return max(self.distances.values(), default=0)


@dataclass(slots=True)
class _Side:
    """One direction of a walk."""

    direction: Direction
    frontier: list[NodeId]
    queued: set[NodeId]


def walk(
    expand: Expand,
    roots: Sequence[NodeId],
    direction: Direction,
    budget: Budget,
    *,
    control_goes_on: bool,
    clock: Callable[[], float] = time.monotonic,
) -> Walk:
    """Everything within reach of the roots. Without `control_goes_on` a CONTROL hop is shown, and the walk ends
    there."""
    result = Walk(tuple(roots), direction)
    for root in roots:
        _admit(result, root, 0, budget)
    start = list(result.distances)
    wanted = (Direction.UPSTREAM, Direction.DOWNSTREAM) if direction is Direction.BOTH else (direction,)
    sides = [_Side(d, list(start), set(start)) for d in wanted]
    deadline = clock() + budget.time_s
    level = 0
    while any(s.frontier for s in sides) and (budget.depth is None or level < budget.depth):
        if clock() >= deadline:
            result.time_cut.update(node for s in sides for node in s.frontier)
            break
        level += 1
        for side in sides:
            _step(result, expand, side, level, budget, control_goes_on)
    result.notes = expand.take_notes()
    at_depth = {node for s in sides for node in s.frontier} - result.time_cut
    _look_beyond(result, expand, sides, at_depth)
    return result


def _admit(result: Walk, node: NodeId, distance: int, budget: Budget) -> bool:
    if node in result.distances:
        return True
    if len(result.distances) >= budget.nodes:
        result.nodes_cut.add(node)
        return False
    result.distances[node] = distance
    return True


def _step(result: Walk, expand: Expand, side: _Side, level: int, budget: Budget, control_goes_on: bool) -> None:
    hops = expand(side.frontier, side.direction) if side.frontier else []
    following: list[NodeId] = []
    for hop in hops:
        near, far = hop.ends(side.direction)
        # `near` is new when the hop was found from one of its columns: a dataset costs no hop from its column.
        if not (_admit(result, near, level - 1, budget) and _admit(result, far, level, budget)):
            result.beyond.setdefault(hop.origin, set()).add(far)
            continue
        result.hops.append((side.direction, hop))
        if far not in side.queued and (control_goes_on or hop.flow is Flow.VALUE or hop.via is Via.TABLE):
            side.queued.add(far)
            following.append(far)
    side.frontier = following


def _look_beyond(result: Walk, expand: Expand, sides: Sequence[_Side], at_depth: set[NodeId]) -> None:
    """What lies one hop beyond the nodes that were not walked from; the hops themselves are no part of the answer."""
    for side in sides:
        unwalked = [n for n in result.distances if n in side.frontier or n not in side.queued]
        waiting = set(side.frontier)
        if len(sides) == 2:  # a node of the other direction's walk is not asked about this one's
            other = sides[1] if side is sides[0] else sides[0]
            unwalked = [n for n in unwalked if n in waiting or n not in other.queued]
        for hop in expand(unwalked, side.direction) if unwalked else []:
            _, far = hop.ends(side.direction)
            if far not in result.distances:
                result.beyond.setdefault(hop.origin, set()).add(far)
                if hop.origin in at_depth and hop.origin in waiting:
                    result.depth_cut.add(far)
