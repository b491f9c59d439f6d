"""Units: all sources that are one once names are resolved, and the facts that they fold to.

The one idea: a unit's facts are a pure function of its entries, its datasets' closers, and what names mean. Most events repeat what
the run before said, after everything else in time: those are appended to the unit's machine as it stands in memory. Any other change
folds the unit again from its rows; both ways end in the same facts (a property test holds them against each other).
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from lineage.claims import Said, grain, union
from lineage.events import RawName
from lineage.facts import EvidenceKind, Fact, Interval
from lineage.fold import Entry, Kind, Machine, fold
from lineage.ids import NodeId, parent_of
from lineage.moment import FOREVER
from lineage.projector.names import Meanings
from lineage.projector.outputs import Difference, Output, decode_output, encode_output
from lineage.projector.readings import Readings
from lineage.projector.run_rows import remember
from lineage.projector.state import Closer, EntryRow, State

UNITS_KEPT_MAX = 20_000  # machines in memory: one of 100 column edges takes some 50 kB, most are far smaller
ENDS_DATASET = frozenset({"DROP", "RENAME"})
"""Lifecycle changes after which a dataset is no more: they end its schema, and what came from it, too."""
App = tuple[int, int]
"""An application run: (run, attempt)."""

RunEnd = Callable[[int, int], tuple[bool, int | None, bool]]
"""(run, attempt) -> (whether it ever sent an event, when it ended, whether it failed)."""


@dataclass(slots=True)
class _Bundle:
    """What the parts of one application run said in a unit so far."""

    first_us: int
    last_us: int
    ended_us: int
    tie: bytes
    sets: set[tuple[int, int]]


@dataclass(slots=True)
class Unit:
    """What a unit last said, and its machine to go on from (None: fold it again when needed)."""

    key: str
    sources: list[int]
    output: Output
    machine: Machine[Fact] | None = None
    readings: dict[tuple[int, int, EvidenceKind], Said] = field(default_factory=dict)
    bundles: dict[App, _Bundle] = field(default_factory=dict)
    """Application runs with parts here that have not ended in the machine."""
    attempted: Output = field(default_factory=dict)
    joined: frozenset[tuple[str, str, str]] = frozenset()
    """(relation, subject, object) of every fact that the machine ever opened."""


@dataclass(slots=True)
class Dirt:
    """What happened to a unit since it was computed."""

    added: list[EntryRow] = field(default_factory=list)
    ended: list[EntryRow] = field(default_factory=list)
    closers: list[Closer] = field(default_factory=list)
    apps: set[App] = field(default_factory=set)
    """Application runs whose end is told, or told otherwise."""
    whole: bool = False
    """Names, sources or closers changed in a way that only a new fold can follow."""


class Units:
    """Keeps the units of a state, and computes those that an entry made dirty."""

    def __init__(self, state: State, meanings: Meanings, readings: Readings, run_end: RunEnd) -> None:
        self._state, self._meanings, self._readings, self._run_end = state, meanings, readings, run_end
        self._units: OrderedDict[str, Unit] = OrderedDict()
        self._dirty: dict[str, Dirt] = {}
        self._assigned: dict[int, str | None] = {}
        self._dropped = set(state.dropped_datasets())

    # Telling what is dirty

    def dirt(self, unit: str) -> Dirt:
        return self._dirty.setdefault(unit, Dirt())

    def assign(self, source_id: int) -> str | None:
        """The unit that a source belongs to now; where that changed, both units are dirty."""
        now = self._readings.unit_key(self._readings.source(source_id))
        before = self.assigned(source_id)
        if now != before:
            self._state.assign(source_id, now)
            remember(self._assigned, source_id, now)
            for unit in (before, now):
                if unit is not None:
                    self.dirt(unit).whole = True
        return now

    def assigned(self, source_id: int) -> str | None:
        if source_id not in self._assigned:
            return remember(self._assigned, source_id, self._state.unit_of(source_id))
        return self._assigned[source_id]

    def added(self, row: EntryRow) -> None:
        # a source that has a unit keeps it until what its names mean changes: then read_again() is told
        unit = self._assigned.get(row.source) or self.assign(row.source)
        if unit is not None:
            self.dirt(unit).added.append(row)

    def ended(self, row: EntryRow) -> None:
        unit = self.assigned(row.source)
        if unit is not None:
            self.dirt(unit).ended.append(row)

    def read_again(self, source_id: int) -> None:
        """What the source's sets mean may have changed."""
        unit = self.assign(source_id)
        if unit is not None:
            self.dirt(unit).whole = True

    def app_ended(self, run: int, attempts: Iterable[int]) -> None:
        """An application run's end is told, or told otherwise."""
        for source_id in self._state.sources_of_app(run):
            unit = self.assigned(source_id)
            if unit is not None:
                self.dirt(unit).apps |= {(run, attempt) for attempt in attempts}

    def closer(self, closer: Closer, *, added: bool) -> None:
        """A lifecycle change of a dataset came (or is told no more)."""
        place = self._meanings.dataset(closer.dataset)
        names = self._meanings.datasets.shown_names(place.name) if place else {closer.dataset}
        if closer.kind in ENDS_DATASET:
            self._dropped.add(closer.dataset)
            for source_id in {i for name in names for i in self._meanings.mentioning(name)}:
                unit = self.assigned(source_id)
                if unit is not None:
                    self.dirt(unit).whole = True
        for name in names:
            for source_id, _ in self._state.sources_of(("write",), second=name):
                unit = self.assigned(source_id)
                if unit is not None and _ends_writes(closer):
                    self.dirt(unit).closers.append(closer)
                    self.dirt(unit).whole |= not added
            if closer.kind in ENDS_DATASET:
                for source_id, _ in self._state.sources_of(("schema",), first=name):
                    unit = self.assigned(source_id)
                    if unit is not None:
                        self.dirt(unit).whole = True

    # Computing

    def settle(self) -> Difference:
        """Compute every dirty unit; what they say otherwise than before."""
        difference = Difference()
        dirty, self._dirty = self._dirty, {}
        for key in sorted(dirty):
            unit = self._load(key)
            if dirty[key].whole:
                unit.machine = None
                unit.sources = self._state.sources_in(key)
                unit.readings.clear()
            before = unit.output
            if unit.machine is None or not self._append(unit, dirty[key]):
                self._fold(unit)
            if unit.output is not before:
                difference.add(before, unit.output, (n for said in unit.readings.values() for n in said.nodes))
                self._state.put_output(unit.key, encode_output(unit.output) if unit.output else None)
            self._keep(unit)
        return difference

    def _load(self, key: str) -> Unit:
        unit = self._units.get(key)
        if unit is None:
            body = self._state.output(key)
            unit = Unit(key, self._state.sources_in(key), decode_output(body) if body else {})
        return unit

    def _keep(self, unit: Unit) -> None:
        self._units[unit.key] = unit
        self._units.move_to_end(unit.key)
        if len(self._units) > UNITS_KEPT_MAX:
            self._units.popitem(last=False)

    def _reading(self, unit: Unit, source: int, set_id: int, evidence: EvidenceKind) -> Said:
        said = unit.readings.get((source, set_id, evidence))
        if said is None:
            key = unit.key if evidence is not EvidenceKind.ATTEMPTED else "attempt" + unit.key[unit.key.index("|") :]
            said = unit.readings[source, set_id, evidence] = self._readings.read(key, source, set_id, evidence)
        return said

    # The whole unit, from its rows

    def _fold(self, unit: Unit) -> None:
        rows = self._state.entries(unit.sources) if unit.sources else []
        counted = [row for row in rows if row.state != EvidenceKind.ATTEMPTED]
        bundles: dict[App, _Bundle] = {}
        entries = [self._entry(unit, row) for row in counted]
        for row in counted:
            self._bundle(bundles, row)
        unit.bundles = {}
        in_order = sorted(bundles.items(), key=lambda b: (b[1].first_us, b[1].tie))
        for position, (app, bundle) in enumerate(in_order):
            follower = in_order[position + 1][1].first_us if position + 1 < len(in_order) else None
            end_us = self._end_of(app, bundle, follower)
            if end_us is None:
                unit.bundles[app] = bundle
            else:
                entries.append(self._end_entry(unit, bundle, end_us))
        entries += self._closings(unit, entries)
        unit.machine = fold(entries, grain)
        unit.joined = _joined(unit.machine)
        unit.attempted = self._attempted(unit, [row for row in rows if row.state == EvidenceKind.ATTEMPTED])
        self._put(unit, unit.machine)

    def _put(self, unit: Unit, machine: Machine[Fact]) -> None:
        output = machine.intervals() | unit.attempted
        if output != unit.output:
            unit.output = output

    def _entry(self, unit: Unit, row: EntryRow) -> Entry[Fact]:
        said = self._reading(unit, row.source, row.set_id, EvidenceKind(row.state))
        return Entry(row.time_us, Kind(row.kind), row.tie, said.coarse, said.fine)

    def _bundle(self, bundles: dict[App, _Bundle], row: EntryRow) -> None:
        if row.kind != Kind.ADD or row.app is None or row.app_attempt is None:
            return
        bundle = bundles.get((row.app, row.app_attempt))
        if bundle is None:
            bundle = bundles[row.app, row.app_attempt] = _Bundle(row.time_us, row.time_us, row.last_us, row.tie, set())
        bundle.first_us, bundle.last_us = min(bundle.first_us, row.time_us), max(bundle.last_us, row.time_us)
        bundle.ended_us = max(bundle.ended_us, row.last_us)
        bundle.tie = min(bundle.tie, row.tie)
        bundle.sets.add((row.source, row.set_id))

    def _end_of(self, app: App, bundle: _Bundle, follower_us: int | None) -> int | None:
        """When an application run has ended (decisions.md): by its own end; by its parts' ends, if it never sent an event; or when
        the next application run wrote the dataset. A failed one never says that it wrote all there is."""
        heard, ended_us, failed = self._run_end(*app)
        if not heard:
            return bundle.last_us
        if ended_us is not None and not failed:
            return max(ended_us, bundle.last_us)
        if follower_us is not None and not failed:
            return max(follower_us, bundle.last_us)
        return None

    def _end_entry(self, unit: Unit, bundle: _Bundle, end_us: int) -> Entry[Fact]:
        said = union([self._reading(unit, *part, EvidenceKind.OBSERVED) for part in sorted(bundle.sets)])
        return Entry(end_us, Kind.END, bundle.tie, said.coarse, said.fine)

    def _closings(self, unit: Unit, said: Sequence[Entry[Fact]]) -> list[Entry[Fact]]:
        kind, _, rest = unit.key.partition("|")
        if kind not in ("write", "schema"):
            return []
        entries = []
        dataset = self._named(NodeId(rest.split("|")[1 if kind == "write" else 0]))
        for name in dataset:
            ends = _ends_writes if kind == "write" else _ends_schema
            entries += [_close(closer) for closer in self._state.closers(name) if ends(closer)]
        if kind == "write" and self._dropped:
            subjects = {parent_of(f.subject) or f.subject for e in said for f in (*e.facts, *(e.columns or ()))}
            for name in self._dropped:
                place = self._meanings.dataset(name)
                if place is not None and place.id in subjects:
                    gone = [c for c in self._state.closers(name) if c.kind in ENDS_DATASET]
                    entries += [_close(closer, _comes_from(place.id)) for closer in gone]
        return entries

    def _named(self, dataset: NodeId) -> set[RawName]:
        """The raw names of a dataset that was written: from the sources of its unit's kind there is at least one."""
        return self._meanings.datasets.names_of_id(dataset)

    def _attempted(self, unit: Unit, rows: Sequence[EntryRow]) -> Output:
        """What only attempts say: pairs that no observed fact of the unit ever joined, since the first attempt."""
        since: dict[tuple[int, int], int] = {}
        for row in rows:
            part = (row.source, row.set_id)
            since[part] = min(since.get(part, row.time_us), row.time_us)
        result: dict[Fact, int] = {}
        for part, time_us in since.items():
            for fact in _news(self._reading(unit, *part, EvidenceKind.ATTEMPTED), unit.joined):
                result[fact] = min(result.get(fact, time_us), time_us)
        return {fact: (Interval(time_us, FOREVER),) for fact, time_us in result.items()}

    # Only what is new, where that is enough

    def _append(self, unit: Unit, dirt: Dirt) -> bool:
        """Apply what happened to the machine as it stands; False where only a new fold can tell (the machine is spoilt then)."""
        machine = unit.machine
        assert machine is not None
        for row in (*dirt.ended, *dirt.added):
            if row.state == EvidenceKind.ATTEMPTED:
                if _news(self._reading(unit, row.source, row.set_id, EvidenceKind.ATTEMPTED), unit.joined):
                    return False
            elif row in dirt.ended:
                return False
        added = [row for row in dirt.added if row.state != EvidenceKind.ATTEMPTED]
        if not added and not dirt.closers and not dirt.apps:
            return True
        entries = [self._entry(unit, row) for row in added]
        entries += [_close(closer) for closer in dirt.closers]
        ends = self._new_ends(unit, added, dirt.apps)
        if ends is None:
            return False
        changed = False
        for entry in sorted((*entries, *ends), key=lambda e: e.order):
            if not machine.accepts(entry):
                return False
            changed = machine.apply(entry) or changed
        if changed:
            joined = _joined(machine)
            if unit.attempted and joined != unit.joined:
                return False
            unit.joined = joined
            self._put(unit, machine)
        return True

    def _new_ends(self, unit: Unit, added: Sequence[EntryRow], apps: set[App]) -> list[Entry[Fact]] | None:
        """The ends of application runs that are due now; None when an end that was applied already moves."""
        fresh: list[App] = []
        for row in added:
            if row.app is None or row.app_attempt is None or row.kind != Kind.ADD:
                if unit.bundles:
                    return None
                continue
            app = (row.app, row.app_attempt)
            if app not in unit.bundles:
                news = sum((r.app, r.app_attempt) == app for r in added)
                if self._state.has_app(unit.sources, *app) > news:
                    return None  # it had ended here
                fresh.append(app)
            self._bundle(unit.bundles, row)
        if any(app not in unit.bundles and self._state.has_app(unit.sources, *app) for app in apps):
            return None
        ends = []
        in_order = sorted(unit.bundles.items(), key=lambda b: (b[1].first_us, b[1].tie))
        for position, (app, bundle) in enumerate(in_order):
            follower = in_order[position + 1][1].first_us if position + 1 < len(in_order) else None
            end_us = self._end_of(app, bundle, follower)
            if end_us is not None:
                ends.append(self._end_entry(unit, bundle, end_us))
                del unit.bundles[app]
        return ends


def _close(closer: Closer, only: Callable[[Fact], bool] | None = None) -> Entry[Fact]:
    return Entry(closer.time_us, Kind.CLOSE, closer.tie, before_us=closer.before_us, only=only)


def _ends_schema(closer: Closer) -> bool:
    return closer.kind in ENDS_DATASET


def _ends_writes(closer: Closer) -> bool:
    """Whether what was written into the dataset is gone: a RENAME moves it, and whoever asks where the new name's data came
    from is led through the old one (docs/adr/0006)."""
    return closer.kind != "RENAME"


def _comes_from(dataset: str) -> Callable[[Fact], bool]:
    return lambda fact: (parent_of(fact.subject) or fact.subject) == dataset


def _joined(machine: Machine[Fact]) -> frozenset[tuple[str, str, str]]:
    return frozenset((f.relation, f.subject, f.object) for f in (*machine.opened, *machine.closed))


def _news(said: Said, known: frozenset[tuple[str, str, str]]) -> list[Fact]:
    return [f for f in (*said.coarse, *(said.fine or ())) if (f.relation, f.subject, f.object) not in known]
