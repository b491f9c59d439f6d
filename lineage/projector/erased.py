"""What erased entries leave behind: a mark on each node that they had named, and nothing else.

The one idea: when a norm is erased, the graph is folded again from what is left, so that it is the graph that would have
been without that entry, its history included. In the entry's own place stands its mark: nodes that it named, and that
are known otherwise too, get the property `erased`, so that answers through them say UNKNOWN for ERASED instead of
passing for complete. Which nodes those are stands in the `erase` entry, as ids; a name that nothing else gives leaves
none.
"""

import json
from collections.abc import Iterator

from lineage import ids
from lineage.claims import canonical_json
from lineage.erasure.statements import Deed, decode
from lineage.events import RawName
from lineage.facts import Fact, Interval, Node, NodeKind, Relation
from lineage.ledger import Ledger
from lineage.ledger.classes import NORM
from lineage.ledger.erasure import ERASE_KIND
from lineage.ledger.kinds import entries_of_kind
from lineage.moment import FOREVER
from lineage.projector.names import Meanings
from lineage.projector.outputs import Difference, Output
from lineage.projector.state import State

MARK_KIND = "erased"
"""The kind of a planned mark among the statements of a state; the ledger has no such entries."""


class Forgotten(Exception):
    """What was folded has been erased since: the graph has to be folded again without it."""


def forgotten_norms(norm: bytes, index: int) -> Deed | None:
    """What the `erase` entry at `index` says, if it takes anything that a graph is made of."""
    deed = decode(ERASE_KIND, norm, index)
    return deed if isinstance(deed, Deed) and any(each.name == NORM for each in deed.erased) else None


def planned_marks(ledger: Ledger, size: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(entry, ids of the nodes that it named) of every norm that was erased by the first `size` entries."""
    for leaf, norm in entries_of_kind(ledger, ERASE_KIND):
        deed = None if norm is None or leaf.index >= size else decode(ERASE_KIND, norm, leaf.index)
        if isinstance(deed, Deed):
            yield from deed.touched.items()


class Erased:
    """The marks of a state: planned when the folding begins, in force once it has come to the entry."""

    def __init__(self, state: State, meanings: Meanings) -> None:
        self._state, self._meanings = state, meanings
        self._planned = {index: json.loads(norm) for index, _, norm, _ in state.statements(MARK_KIND)}
        self._marks: set[str] = set()
        self._names: dict[str, list[tuple[NodeKind, RawName]]] = {}
        """Every name by its own id, once there is a mark at all."""
        self._changed: set[tuple[NodeKind, RawName]] = set()

    def start(self) -> None:
        """Put those in force that the state has come by."""
        position = int(self._state.meta("position") or 0)
        for index in self._planned:
            if index < position:
                self._marks.update(self._planned[index])
        if self._planned:
            for kind in (NodeKind.DATASET, NodeKind.JOB):
                for name in self._meanings.of(kind).all_names():
                    self._names.setdefault(_own_id(kind, name), []).append((kind, name))

    def reached(self, index: int) -> bool:
        """The folding has come to an entry without a norm; whether marks of it are new."""
        new = set(self._planned.get(index, ())) - self._marks
        self._marks |= new
        self._changed.update(each for mark in new for each in self._names.get(mark, ()))
        return bool(new)

    def name(self, kind: NodeKind, name: RawName) -> None:
        """A name came, or means something else."""
        if not self._planned:
            return
        own = _own_id(kind, name)
        known = self._names.setdefault(own, [])
        if (kind, name) not in known:
            known.append((kind, name))
        if own in self._marks:
            self._changed.add((kind, name))

    def compare(self, difference: Difference) -> None:
        """Add to a difference what marks say otherwise than before."""
        for kind, name in sorted(self._changed):
            own = _own_id(kind, name)
            output: Output = {}
            nodes: frozenset[Node] = frozenset()
            standing = self._meanings.standing(kind, name)
            if standing is not None and not standing.hidden:
                place = standing.place
                fact = Fact(
                    Relation.PROPERTY, place.id, "", f"erased|{own}", label="erased", value=canonical_json(True)
                )
                output[fact] = (Interval(standing.first_us, FOREVER),)
                nodes = frozenset({Node(place.id, kind, place.name.namespace, place.name.name)})
            difference.say(self._state, f"erased|{own}", output, nodes)
        self._changed = set()


def _own_id(kind: NodeKind, name: RawName) -> str:
    make = ids.dataset_id if kind is NodeKind.DATASET else ids.job_id
    return make(name.namespace, name.name)
