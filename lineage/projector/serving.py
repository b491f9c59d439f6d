"""Which versions of a model it shows, when: what `churn` is at a moment, although each of its versions is a dataset of its own.

The one idea: a model is, at each moment, the union of the versions that are served then (by an alias, a stage or a deployment), else its
newest version. The timeline of a model is a pure function of its versions and of what was said of serving, computed whole whenever
one of them changes. An edge from a version to its model is true exactly as long as the version is served.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

import orjson

from lineage.claims import Place, canonical_json, column_node, dataset_node
from lineage.events import RawName, Slot
from lineage.facts import EvidenceKind, Fact, Flow, Interval, Node, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER
from lineage.projector.names import NO_NAME, Meanings
from lineage.projector.outputs import Difference, Output
from lineage.projector.state import EntryRow, Source, State

DEPLOYMENT = "DEPLOYMENT"
NEWEST = canonical_json({"because": "the newest version, and none is aliased, staged or deployed"})
Held = tuple[Slot, RawName, Interval]
"""A slot, the deployment's job (NO_NAME for aliases and stages), and from when to when."""


def encode_slots(slots: Iterable[Slot]) -> bytes:
    """Canonical: equal slots have equal bytes."""
    return orjson.dumps(sorted([slot.kind, slot.name, slot.version] for slot in slots))


class ServedVersions:
    """Collects the models of which something changed, and computes them in compare()."""

    def __init__(self, state: State, meanings: Meanings) -> None:
        self._state, self._meanings = state, meanings
        self._dirty: set[RawName] = set()
        self._model_of: dict[RawName, RawName] = {}
        """The own name of a version -> its model, both as spelled."""
        self._shown: dict[RawName, NodeId | None] = {}
        """Each model as spelled -> the node that it was last shown as."""

    def start(self) -> None:
        """Remember the models that the state holds."""
        for kind in ("version", "serve"):
            for _, source in self._state.sources(kind):
                self._learn(source)
        for model in self._shown:
            self._shown[model] = self._node(model)

    def noted(self, source: Source) -> None:
        """Something was said of a version, of what is served, or of a version's columns."""
        if source.kind in ("version", "serve"):
            self._learn(source)
            if source.first in self._shown:
                self._dirty.add(source.first)
        elif source.kind == "schema" and source.first in self._model_of:
            self._dirty.add(self._model_of[source.first])

    def renamed(self, name: RawName) -> None:
        """What a dataset's name means has changed."""
        if name in self._shown:
            self._dirty.add(name)
        if name in self._model_of:
            self._dirty.add(self._model_of[name])

    def compare(self, difference: Difference) -> None:
        """Add to a difference what these models show otherwise than before."""
        concerned: set[NodeId] = set()
        for model in self._dirty:
            before, now = self._shown.get(model), self._node(model)
            concerned |= {node for node in (before, now) if node is not None}
            self._shown[model] = now
        self._dirty = set()
        for node in sorted(concerned):
            output, nodes = self._output(node)
            difference.say(self._state, f"serve|{node}", output, nodes)

    def _learn(self, source: Source) -> None:
        if source.kind == "serve":
            self._shown.setdefault(source.first, None)
        elif source.second != NO_NAME:
            self._shown.setdefault(source.first, None)
            self._model_of[source.second] = source.first

    def _node(self, model: RawName) -> NodeId | None:
        place = self._meanings.dataset(model)
        return None if place is None else place.id

    # The timeline of one model

    def _output(self, node: NodeId) -> tuple[Output, set[Node]]:
        spelled = sorted(model for model, shown in self._shown.items() if shown == node)
        model = self._meanings.dataset(spelled[0]) if spelled else None
        if model is None:
            return {}, set()
        versions: dict[str, Place] = {}
        begun: dict[str, int] = {}
        held: list[Held] = []
        for name in spelled:
            for source_id, source in self._state.sources_of(("version", "serve"), first=name):
                rows = self._state.entries([source_id])
                if source.kind == "serve":
                    held += self._held(source, rows)
                elif rows and source.second != NO_NAME and (place := self._meanings.dataset(source.second)) is not None:
                    versions[source.extra] = place
                    begun[source.extra] = min([begun.get(source.extra, FOREVER), *(row.time_us for row in rows)])
        nodes = {dataset_node(model)}
        output: Output = {}
        for fact, spans in _properties(model.id, held).items():
            output[fact] = spans
        served = _by_version(held)
        newest = _newest(begun, [span for spans in served.values() for span in spans])
        for version, place in sorted(versions.items()):
            spans, alone = served.get(version, ()), newest.get(version, ())
            for fact in self._shows(model, place, nodes) if spans or alone else ():
                if spans:
                    output[fact] = spans
                if alone:
                    output[_as_newest(fact)] = alone
        return output, nodes

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

    def _shows(self, model: Place, version: Place, nodes: set[Node]) -> Iterator[Fact]:
        """The version's columns are the model's: each goes on under its own name."""
        unit = f"serve|{model.id}"
        nodes.add(dataset_node(version))
        columns = self._meanings.columns(version)
        label = "COLUMNS" if columns else "TABLE"
        yield Fact(Relation.FEEDS, version.id, model.id, unit, label)
        for column in columns:
            own, shown = column_node(version, column), column_node(model, column)
            nodes |= {own, shown}
            yield Fact(Relation.DERIVES, own.id, shown.id, unit, "IDENTITY", flow=Flow.VALUE)


def _as_newest(fact: Fact) -> Fact:
    return Fact(
        fact.relation, fact.subject, fact.object, fact.unit, fact.label, NEWEST, flow=fact.flow, evidence=EvidenceKind.INFERRED
    )  # fmt: skip


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


def _newest(begun: dict[str, int], served: Collection[Interval]) -> dict[str, tuple[Interval, ...]]:
    """When each version was the newest, while none was served."""
    ordered = sorted(begun, key=lambda version: (begun[version], len(version), version))
    found: dict[str, tuple[Interval, ...]] = {}
    for version, following in pairwise([*ordered, None]):
        assert version is not None, "only the last is followed by nothing"
        end = FOREVER if following is None else begun[following]
        if begun[version] < end:
            found[version] = without(Interval(begun[version], end), union(served))
    return found


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
