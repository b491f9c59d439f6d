"""Why something is in an answer: one shortest path of edges to it from the roots, through edges that are sure if
there is one.

The one idea: two breadth-first searches over the merged edges of a walk, one over strong edges only, one over all.
What the first reaches is CERTAIN; the rest is POSSIBLE, and the weaknesses of its path say why. An edge is weak when
nobody said that exactly these two are joined, when it only filters, or when the job's latest run or code no longer
does it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lineage.facts import Certainty, Direction, EvidenceKind, Flow
from lineage.ids import NodeId
from lineage.query.answering import Walked
from lineage.query.answers import LineageEdge

TABLE_LEVEL_ONLY = "table-level only"
THROUGH_FILTER = "through a filter"
NOT_IN_LATEST_RUN = "not in the job's latest run"
CODE_CHANGED = "code changed since"
GUESSED_PAIRING = "one of several inputs met one of several outputs"
ATTEMPTED_ONLY = "only by runs that failed, were aborted or have not ended"
WHOLE_ROW = "through the whole row"


@dataclass(frozen=True, slots=True)
class Step:
    """An edge as it is walked, and why it is weak; no weaknesses: strong."""

    edge: LineageEdge
    near: NodeId
    far: NodeId
    weaknesses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """How a node is reached: `steps` from the root outwards."""

    certainty: Certainty
    steps: tuple[Step, ...]

    @property
    def distance(self) -> int:
        return len(self.steps)

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(w for step in self.steps for w in step.weaknesses))


def weaknesses_of(edge: LineageEdge, *, ageing: bool = True) -> tuple[str, ...]:
    """Without `ageing`, what the latest run or code does is not asked."""
    told = []
    if edge.table_level:
        told.append(TABLE_LEVEL_ONLY)
    elif edge.certainty is Certainty.POSSIBLE:
        attempted = edge.evidence == (EvidenceKind.ATTEMPTED,)
        told.append(ATTEMPTED_ONLY if attempted else GUESSED_PAIRING)
    if edge.flow is Flow.CONTROL and not edge.table_level:
        told.append(THROUGH_FILTER)
    if ageing and edge.last_seen_us is not None and not edge.in_latest_run:
        told.append(NOT_IN_LATEST_RUN)
    if ageing and edge.code_changed:
        told.append(CODE_CHANGED)
    return tuple(told)


class Witnesses:
    """The best witness of each node of a walk in one direction."""

    def __init__(self, walked: Walked, direction: Direction, *, ageing: bool = True) -> None:
        self._steps: dict[NodeId, list[Step]] = defaultdict(list)
        # a model's version is made once: that the training ran again and made another says nothing against it
        made_once = {id_ for id_, node in walked.names.items() if walked.properties.model_version(node) is not None}
        weak = {
            key: weaknesses_of(edge, ageing=ageing and edge.target not in made_once)
            for key, edge in walked.edges.items()
        }
        rank = {key: i for i, key in enumerate(walked.edges)}
        added: set[tuple[object, ...]] = set()
        hops = [hop for went, hop in walked.walk.hops if went is direction]
        for hop in sorted(hops, key=lambda h: (rank[h.source, h.target, h.flow], h.origin)):
            key = (hop.source, hop.target, hop.flow)
            near, far = hop.ends(direction)
            # A hop found from a column of `near` leaves the column too: then it is the whole row that goes on.
            for start in {near: None, hop.origin: None}:
                if (key, start) not in added:
                    added.add((key, start))
                    extra = () if start == near else (WHOLE_ROW,)
                    self._steps[start].append(Step(walked.edges[key], start, far, weak[key] + extra))
        self._strong = self._search(walked.roots, strong_only=True)
        self._any = self._search(walked.roots, strong_only=False)

    def steps(self) -> Iterable[Step]:
        return (step for steps in self._steps.values() for step in steps)

    def of(self, node: NodeId) -> Witness | None:
        """None for what no step reaches. A root's witness has no steps."""
        if node in self._strong:
            return Witness(Certainty.CERTAIN, self._path(self._strong, node))
        if node in self._any:
            return Witness(Certainty.POSSIBLE, self._path(self._any, node))
        return None

    def beyond(self, step: Step) -> Witness | None:
        """The witness of a step's near end, and the step itself."""
        before = self.of(step.near)
        if before is None:
            return None
        sure = before.certainty is Certainty.CERTAIN and not step.weaknesses
        return Witness(Certainty.CERTAIN if sure else Certainty.POSSIBLE, (*before.steps, step))

    def _search(self, roots: Iterable[NodeId], *, strong_only: bool) -> dict[NodeId, Step | None]:
        reached: dict[NodeId, Step | None] = dict.fromkeys(roots)
        frontier = list(reached)
        while frontier:
            following = []
            for node in frontier:
                for step in self._steps.get(node, ()):
                    if step.far not in reached and not (strong_only and step.weaknesses):
                        reached[step.far] = step
                        following.append(step.far)
            frontier = following
        return reached

    @staticmethod
    def _path(reached: Mapping[NodeId, Step | None], node: NodeId) -> tuple[Step, ...]:
        steps = []
        step = reached[node]
        while step is not None:
            steps.append(step)
            step = reached[step.near]
        return tuple(reversed(steps))
