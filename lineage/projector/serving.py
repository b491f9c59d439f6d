"""Which versions of a model it shows, when: what `churn` is at a moment, although each of its versions is a dataset of its own.

The one idea: a model is, at each moment, the union of the versions that are served then (by an alias, a stage or a deployment), else its
newest version. The timeline of a model is a pure function of its versions and of what was said of serving, computed whole whenever
one of them changes. An edge from a version to its model is true exactly as long as the version is served.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

import orjson

from lineage.claims import Place, canonical_json, column_node, dataset_node
from lineage.events import RawName, Slot
from lineage.facts import EvidenceKind, Fact, Interval, Node, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER
from lineage.projector.names import NO_NAME, Meanings
from lineage.projector.outputs import Difference, Output
from lineage.projector.state import EntryRow, Source, State

DEPLOYMENT = "DEPLOYMENT"
SOURCES_AT_ONCE = 500  # SQLite takes some thousand values in one statement
NEWEST = canonical_json({"because": "the newest version, and none is aliased, staged or deployed"})
Held = tuple[Slot, RawName, Interval]
"""A slot, the deployment's job (NO_NAME for aliases and stages), and from when to when."""


def encode_slots(slots: Iterable[Slot]) -> bytes:
    """Canonical: equal slots have equal bytes."""
    return orjson.dumps(sorted([slot.kind, slot.name, slot.version] for slot in slots))


@dataclass(frozen=True, slots=True)
class Meant:
    """What the own name of a version means: where it is shown, its columns, and when it was deleted."""

    place: Place | None
    columns: tuple[str, ...]
    drops: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """When a model shows one of its versions."""

    version: Place
    columns: tuple[str, ...]
    served: tuple[Interval, ...]
    newest: tuple[Interval, ...]
    """When it was the newest, while none was served."""


class ServedVersions:
    """Collects the models of which something changed, and computes them in compare(). Each version's edges are a unit of their own: a
    model of 2,000 versions gets one more without all others being written again."""

    def __init__(self, state: State, meanings: Meanings) -> None:
        self._state, self._meanings = state, meanings
        self._dirty: set[RawName] = set()
        self._model_of: dict[RawName, RawName] = {}
        """The own name of a version -> its model, both as spelled."""
        self._nodes: dict[RawName, NodeId | None] = {}
        """Each model as spelled -> the node that it was last shown as."""
        self._meant: dict[RawName, Meant] = {}
        """The own name of a version -> what it means, until something about it is told."""
        self._begun: dict[RawName, int] = {}
        """The own name of a version -> since when it is known to be."""
        self._shown: dict[NodeId, dict[str, Shown]] = {}
        """Each model -> version -> what the graph was told of it last."""

    def start(self) -> None:
        """Remember the models that the state holds, as the graph was told of them."""
        for kind in ("version", "serve"):
            for _, source in self._state.sources(kind):
                self._learn(source)
        for model in self._nodes:
            self._nodes[model] = self._node(model)
        for node in {node for node in self._nodes.values() if node is not None}:
            self._shown[node] = self._timeline(node)[1]

    def noted(self, source: Source, time_us: int, *, added: bool) -> None:
        """An entry about a version, what is served or a version's columns came, or went."""
        if source.kind in ("version", "serve"):
            self._learn(source)
            known_us = self._begun.get(source.second) if source.kind == "version" else None
            if added and known_us is not None and known_us <= time_us:
                return  # told once more
            if source.first in self._nodes:
                self._dirty.add(source.first)
        elif source.kind == "schema":
            self.touched(source.first)

    def touched(self, name: RawName) -> None:
        """What a dataset's name means has changed, or the dataset was dropped."""
        if name in self._nodes:
            self._dirty.add(name)
        if name in self._model_of:
            self._meant.pop(name, None)
            self._dirty.add(self._model_of[name])

    def compare(self, difference: Difference) -> None:
        """Add to a difference what these models show otherwise than before."""
        concerned: set[NodeId] = set()
        for model in self._dirty:
            before, now = self._nodes.get(model), self._node(model)
            concerned |= {node for node in (before, now) if node is not None}
            self._nodes[model] = now
        self._dirty = set()
        for node in sorted(concerned):
            self._compare(node, difference)

    def _compare(self, node: NodeId, difference: Difference) -> None:
        held, after = self._timeline(node)
        before, self._shown[node] = self._shown.get(node, {}), after
        place = self._place(node)
        nodes = frozenset() if place is None else frozenset({dataset_node(place)})
        difference.say(self._state, f"serve|{node}", _properties(node, held), nodes)
        for version in sorted(before.keys() | after.keys()):
            if before.get(version) != after.get(version):
                output, named = _edges(place, after.get(version), f"serve|{node}|{version}")
                difference.say(self._state, f"serve|{node}|{version}", output, named)

    def _learn(self, source: Source) -> None:
        if source.kind == "serve":
            self._nodes.setdefault(source.first, None)
        elif source.second != NO_NAME:
            self._nodes.setdefault(source.first, None)
            self._model_of[source.second] = source.first

    def _node(self, model: RawName) -> NodeId | None:
        place = self._meanings.dataset(model)
        return None if place is None else place.id

    def _place(self, node: NodeId) -> Place | None:
        return next((self._meanings.dataset(model) for model, shown in self._nodes.items() if shown == node), None)

    # The timeline of one model

    def _timeline(self, node: NodeId) -> tuple[list[Held], dict[str, Shown]]:
        """What is in which slot when, and when each version is shown for what reason."""
        sources: dict[int, Source] = {}
        for name in sorted(model for model, shown in self._nodes.items() if shown == node):
            sources |= dict(self._state.sources_of(("version", "serve"), first=name))
        rows: dict[int, list[EntryRow]] = defaultdict(list)
        for ids in _some(sources):
            for row in self._state.entries(ids):
                rows[row.source].append(row)
        held: list[Held] = []
        meant: dict[str, Meant] = {}
        lives: dict[str, Interval] = {}
        for source_id, source in sources.items():
            told, version = rows.get(source_id, []), source.extra
            if source.kind == "serve":
                held += self._held(source, told)
            elif source.second != NO_NAME:
                self._begun.pop(source.second, None)
                if told and (means := self._meaning(source.second)).place is not None:
                    self._begun[source.second] = begun = min(row.time_us for row in told)
                    begun = min(begun, lives[version].from_us) if version in lives else begun
                    meant[version] = means
                    lives[version] = Interval(begun, min((t for t in means.drops if t > begun), default=FOREVER))
        served = _by_version(held)
        newest = _newest(lives, [span for spans in served.values() for span in spans])
        shown = {}
        for version, means in meant.items():
            spans, alone = served.get(version, ()), newest.get(version, ())
            if means.place is not None and (spans or alone):
                shown[version] = Shown(means.place, means.columns, spans, alone)
        return held, shown

    def _meaning(self, version: RawName) -> Meant:
        means = self._meant.get(version)
        if means is None:
            place = self._meanings.dataset(version)
            drops = tuple(closer.time_us for closer in self._state.closers(version) if closer.kind == "DROP")
            columns = () if place is None else self._meanings.columns(place)
            means = self._meant[version] = Meant(place, columns, drops)
        return means

    def _held(self, source: Source, rows: Sequence[EntryRow]) -> Iterator[Held]:
        """From when to when what is in a slot, as one source says it."""
        if source.extra != DEPLOYMENT:
            ordered = sorted(rows, key=lambda row: (row.time_us, row.tie))
            for row, following in pairwise([*ordered, None]):
                assert row is not None, "only the last is followed by nothing"
                span = Interval(row.time_us, FOREVER if following is None else following.time_us)
                if span.from_us < span.to_us:
                    yield from ((slot, source.second, span) for slot in self._slots(row))
            return
        begins = {(row.run, row.attempt): row for row in rows if self._slots(row)}
        ends = {(row.run, row.attempt): row.time_us for row in rows if not self._slots(row)}
        starts = sorted({row.time_us for row in begins.values()})
        for run, row in begins.items():
            # a deployment that never said that it ended has ended when its job was deployed again
            later = next((start for start in starts if start > row.time_us), FOREVER)
            span = Interval(row.time_us, ends.get(run, later))
            if span.from_us < span.to_us:
                yield from ((slot, source.second, span) for slot in self._slots(row))

    def _slots(self, row: EntryRow) -> list[Slot]:
        return [Slot(*slot) for slot in orjson.loads(self._state.set_body(row.set_id))]


def _edges(model: Place | None, shown: Shown | None, unit: str) -> tuple[Output, frozenset[Node]]:
    """The version's columns are the model's: each goes on under its own name."""
    if model is None or shown is None:
        return {}, frozenset()
    nodes = {dataset_node(model), dataset_node(shown.version)}
    label = "COLUMNS" if shown.columns else "TABLE"
    facts = [Fact(Relation.FEEDS, shown.version.id, model.id, unit, label)]
    for column in shown.columns:
        own, passed_on = column_node(shown.version, column), column_node(model, column)
        nodes |= {own, passed_on}
        facts.append(Fact(Relation.DERIVES, own.id, passed_on.id, unit, "IDENTITY"))
    output: Output = dict.fromkeys(facts, shown.served) if shown.served else {}
    if shown.newest:
        output |= {replace(fact, value=NEWEST, evidence=EvidenceKind.INFERRED): shown.newest for fact in facts}
    return output, frozenset(nodes)


def _properties(model: NodeId, held: Collection[Held]) -> Output:
    """One dated property for each slot and version: which version served when."""
    found: dict[Fact, list[Interval]] = defaultdict(list)
    for slot, job, span in held:
        told = {"kind": slot.kind, "name": slot.name, "version": slot.version}
        if job != NO_NAME:
            told["namespace"] = job.namespace
        value = canonical_json(told)
        found[Fact(Relation.PROPERTY, model, "", f"serve|{model}", label="serving", value=value)].append(span)
    return {fact: union(spans) for fact, spans in found.items()}


def _by_version(held: Collection[Held]) -> dict[str, tuple[Interval, ...]]:
    spans: dict[str, list[Interval]] = defaultdict(list)
    for slot, _, span in held:
        spans[slot.version].append(span)
    return {version: union(found) for version, found in spans.items()}


def _newest(lives: dict[str, Interval], served: Collection[Interval]) -> dict[str, tuple[Interval, ...]]:
    """When each version was the newest of those that were there, while none was served."""
    ages = {version: (life.from_us, len(version), version) for version, life in lives.items()}
    begins = deque(sorted(lives, key=ages.__getitem__))
    times = sorted({t for life in lives.values() for t in (life.from_us, life.to_us) if t < FOREVER})
    alive: list[tuple[int, int, str]] = []
    """The newest last."""
    found: dict[str, list[Interval]] = defaultdict(list)
    holes = union(served)
    for begin, end in pairwise([*times, FOREVER]):
        while begins and lives[begins[0]].from_us <= begin:
            alive.append(ages[begins.popleft()])
        while alive and lives[alive[-1][2]].to_us <= begin:
            alive.pop()
        if alive:
            found[alive[-1][2]].append(Interval(begin, end))
    return {
        version: tuple(left for span in union(spans) for left in without(span, holes))
        for version, spans in found.items()
    }


def union(spans: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same moments in the fewest intervals, in order."""
    merged: list[Interval] = []
    for span in sorted(spans, key=lambda s: (s.from_us, s.to_us)):
        if merged and span.from_us <= merged[-1].to_us:
            merged[-1] = Interval(merged[-1].from_us, max(merged[-1].to_us, span.to_us))
        else:
            merged.append(span)
    return tuple(merged)


def without(whole: Interval, holes: Sequence[Interval]) -> tuple[Interval, ...]:
    """What is left of an interval; `holes` in order, apart from each other."""
    left: list[Interval] = []
    at = whole.from_us
    for hole in holes:
        if hole.to_us <= at or hole.from_us >= whole.to_us:
            continue
        if hole.from_us > at:
            left.append(Interval(at, hole.from_us))
        at = max(at, hole.to_us)
    if at < whole.to_us:
        left.append(Interval(at, whole.to_us))
    return tuple(left)


def _some(sources: Iterable[int]) -> Iterator[tuple[int, ...]]:
    rest = iter(sources)
    while some := tuple(islice(rest, SOURCES_AT_ONCE)):
        yield some
