"""One ledger entry -> one Change of the graph.

The one idea: an entry only ever *adds to sets* (names, a run's events, statements). From there the levels follow, each a pure function
of its set: a run's events -> its attempts; attempts -> entries of sources; sources that are one -> a unit; units folded -> facts.
What a level says otherwise than before makes the next one dirty, and nothing else is touched.
"""

from collections.abc import Iterable

from lineage.claim_sets import top_level
from lineage.events import RANK, Event, EventType, RawName
from lineage.facts import Change, EvidenceKind, NodeKind
from lineage.identity import Trait
from lineage.moment import FOREVER
from lineage.names import normal_column
from lineage.projector.applications import FAILED, Applications
from lineage.projector.assertions import Assertions
from lineage.projector.erased import Erased
from lineage.projector.links import LinkedRuns
from lineage.projector.names import Meanings
from lineage.projector.outputs import Difference
from lineage.projector.plain import PlainFacts
from lineage.projector.readings import Readings
from lineage.projector.recent import EventReader, RecentEvents, content
from lineage.projector.serving import ServedVersions
from lineage.projector.state import Closer, EntryRow, RunRow, Source, State
from lineage.projector.stated import Stated
from lineage.projector.units import Units
from lineage.runs import Attempt, Run, RunState, run_of
from lineage.sql_reading import Analyse
from lineage.statements import Distrust


class Engine:
    """Folds entries in index order. Made anew from the state at each start."""

    def __init__(self, state: State, read_event: EventReader, analyse: Analyse | None = None) -> None:
        self._state = state
        self._events = RecentEvents(read_event)
        self.meanings = Meanings(state, analyse)
        self._readings = Readings(state, self.meanings)
        self._applications = Applications(state)
        self._assertions = Assertions(state)
        self._schema_sets: dict[RawName, set[int]] = {}
        self._fresh: set[int] = set()
        """The sources that have new entries since the last change."""
        self._units = Units(state, self.meanings, self._readings, self._applications.end_of)
        self._plain = PlainFacts(state, self.meanings)
        self._erased = Erased(state, self.meanings)
        self._stated = Stated(state, self.meanings)
        self._served = ServedVersions(state, self.meanings)
        self._links = LinkedRuns(state, self._events, self._distrusted)
        self._start()

    def _start(self) -> None:
        for dataset in {source.first for _, source in self._state.sources("schema")}:
            self._learn_schemas(dataset)
        for job in self._state.technical_jobs():
            self.meanings.set_applications(job, self._applications.shown_for(job))
        self.meanings.start(self._stated.alias_rules())
        self._plain.start()
        self._erased.start()
        self._served.start()

    # Entries

    def event(self, event: Event) -> Change:
        """What an event changes. The same event again changes nothing."""
        if not self._state.is_new_event(event.digest, event.index):
            return Change(event.index, (), (), ())
        self._readings.known = event.index + 1
        self._events.keep(event)
        self.meanings.hear(event)
        self._settle_names()
        if event.run_id is not None and event.job is not None:
            self._run_event(event)
        for entry in self._assertions.of_event(event):
            self._put(entry, event.index + 1)
        for closer in self._assertions.closers_of_event(event):
            self._put_closer(closer, -event.index - 1)
        return self._settle(event.index)

    def statement(self, index: int, kind: str, norm: bytes, time_us: int) -> Change:
        """What a person's statement changes: an alias rule, distrust, a fact vouched for."""
        self._readings.known = index + 1
        before = self._stated.distrusts()
        rules = self._stated.alias_rules()
        self._state.add_statement(index, kind, norm, time_us)
        self._stated.reload()
        if self._stated.alias_rules() != rules:
            for name_kind, names in self.meanings.set_rules(self._stated.alias_rules()).items():
                self._mean_otherwise(name_kind, names)
            self._plain.rules_changed()
        changed = set(before) ^ set(self._stated.distrusts())
        for row in self._state.all_runs() if changed else ():
            if any(self._may_cover(distrust, row) for distrust in changed):
                self._run_and_linked(row, index)
        return self._settle(index)

    def erased(self, index: int) -> Change:
        """What an entry changes whose norm is gone: the mark that it left."""
        return self._settle(index) if self._erased.reached(index) else Change(index, (), (), ())

    def _settle(self, index: int) -> Change:
        self._settle_names()
        difference = self._units.settle()
        self._stated.compare(difference)
        self._plain.compare(difference)
        self._erased.compare(difference)
        self._served.compare(difference)
        self._fresh.clear()
        return _change(index, difference)

    def _settle_names(self) -> None:
        # a name that means something else may make a run count no more, and that unconfirm other names: until nothing moves
        while any((changed := self.meanings.settle()).values()):
            for kind, names in changed.items():
                self._mean_otherwise(kind, names)

    def _mean_otherwise(self, kind: NodeKind, names: Iterable[RawName]) -> None:
        """Whatever named these is computed again."""
        concerned = set(names)
        if kind is NodeKind.JOB:  # a technical job that is shown as one of these; and its own parts, round and round
            frontier = list(concerned)
            while frontier:
                parts = self.meanings.shown_as(frontier.pop()) - concerned
                concerned |= parts
                frontier += parts
        for name in sorted(concerned):
            self._plain.name(kind, name)
            self._erased.name(kind, name)
            if kind is NodeKind.DATASET:
                self._served.touched(name)
            for source_id in self.meanings.mentioning(name) if kind is NodeKind.DATASET else ():
                self._units.read_again(source_id)
            for source_id, source in self._state.sources_of(first=name):
                if _is_about(kind, source):
                    self._units.read_again(source_id)
            if kind is NodeKind.DATASET:
                for source_id, _ in self._state.sources_of(second=name):
                    self._units.read_again(source_id)
                self._company_changed(name)
                for app in self._state.apps_that_failed_to_write(
                    name
                ):  # the names of a failed write and its wrapper may have met
                    self._wrappers_again(app, app, self._readings.known - 1)
            else:
                self._plain.runs_of(name)

    def _company_changed(self, name: RawName) -> None:
        """A name leaves a dataset, or joins one: what is known of the one by the other's closers and schemas changes for both."""
        if not self._state.closers(name) and not self._schema_sets.get(name):
            return
        place = self.meanings.dataset(name)
        company = {self._plain.shown_as(NodeKind.DATASET, name), place.name if place else None}
        for shown in (shown for shown in company if shown is not None):
            for raw in self.meanings.datasets.shown_names(shown):
                for source_id, source in (*self._state.sources_of(first=raw), *self._state.sources_of(second=raw)):
                    if source.kind in ("write", "schema", "declare"):
                        self._units.read_again(source_id)
                for source_id in self.meanings.mentioning(raw):
                    self._units.read_again(source_id)

    # Runs

    def _run_event(self, event: Event) -> None:
        assert event.job is not None and event.run_id is not None
        row = self._state.run_row(event.job, event.run_id)
        self._links.hear(row, event)
        repeats = self._state.add_run_event(
            row.id, event.time_us, RANK[event.type], event.digest, event.index, content(event)
        )
        if repeats and event.type in (EventType.RUNNING, EventType.OTHER):
            if event.streaming:
                attempt = max((a[0] for a in row.attempts if a[2] <= event.time_us), default=1)
                self._state.see_attempt_again(row.id, attempt, event.time_us)
            return
        self._run_and_linked(row, event.index)

    def _run_and_linked(self, row: RunRow, index: int) -> None:
        """Compute a run, and those that have its inputs, too."""
        for run_id in (row.id, *self._links.waiting_for(row)):
            self._run_again(run_id, index)

    def _run_again(self, run_id: int, index: int) -> None:
        """Compute a run from its events, and tell what depends on it."""
        events = [self._events.at(i) for i in self._state.run_events(run_id)]
        if not events:
            return
        row = self._state.run_by_id(run_id)
        run = self._links.completed(row, run_of(events))
        parent = self._state.run_row(run.parent.job, run.parent.run_id).id if run.parent else None
        now = RunRow(
            row.id, row.job, row.run, parent, run.technical, run.container,
            tuple((a.number, a.label, a.first_us, a.started_us, a.ended_us, a.counted_us) for a in run.attempts),
        )  # fmt: skip
        if now != row:
            self._state.update_run(now)
            self._applications.forget(row.id)
        if run.technical:
            self._show_technical(row.job)
        producer = events[0].producer
        distrusted = frozenset(a.number for a in run.attempts if self._distrusted(row, producer, a))
        failures = self._entries(row, now, run, distrusted, index)
        self._plain.run(now, run, distrusted)
        if _standing(row) != _standing(now):
            for part in self._parts_below(now):
                self._run_again(part, index)
        if row.attempts != now.attempts:
            self._units.app_ended(row.id, [a.number for a in run.attempts])
        for app in failures:
            self._wrappers_again(app, now.id, index)

    def _wrappers_again(self, app: int, but: int, index: int) -> None:
        """A failure makes what wraps it fail, too; and no more, when it is told otherwise."""
        for sibling in self._state.runs_of_app(app):
            if sibling.id not in (but, app):
                self._run_again(sibling.id, index)

    def _parts_below(self, row: RunRow) -> list[int]:
        """The runs below one, down to all parts of parts: which application they belong to, and to which of its attempts, depends
        on how the runs above stand."""
        found: dict[int, None] = {}
        frontier = [row.id]
        while frontier:
            for child in self._state.children(frontier.pop()):
                if child.id not in found and child.id != row.id:
                    found[child.id] = None
                    if child.technical:
                        frontier.append(child.id)
        return list(found)

    def _show_technical(self, job: RawName) -> None:
        if self.meanings.set_applications(job, self._applications.shown_for(job)):
            self._mean_otherwise(NodeKind.JOB, [job])

    def _entries(self, before: RunRow, row: RunRow, run: Run, distrusted: frozenset[int], index: int) -> set[int]:
        """Make the stored entries and closers of a run what its attempts say. The application runs, of which it is a part, in which
        what it failed to write is told otherwise now."""
        failures: set[int] = set()
        wanted: dict[tuple[object, ...], EntryRow] = {}
        closers: set[Closer] = set()
        for attempt in run.attempts:
            if attempt.number in distrusted:
                wanted |= {entry.said: entry for entry in self._assertions.of_distrusted(row, attempt)}
                continue
            app, bundled, begun_us = self._applications.of(row, attempt)
            failed = self._wrapped_failures(row, attempt, app, bundled)
            job = self._applications.job_of(row)
            for entry in self._assertions.of_attempt(row, attempt, job, app, bundled, failed):
                wanted[entry.said] = entry
            begun_us = attempt.started_us if begun_us is None else begun_us
            closers |= self._assertions.closers_of_attempt(attempt, begun_us)
        doubted: set[RawName] = set()
        for entry_id, entry in self._state.entries_of_run(row.id):
            if entry.said in wanted:
                del wanted[entry.said]
            else:
                self._state.end_entry(entry_id, entry, index + 1)
                self._units.ended(entry)
                self._note(entry, added=False)
                doubted |= self._confirmed_by(entry)
                failures |= _failed_in(entry, before)
        for entry in wanted.values():
            self._put(entry, index + 1)
            failures |= _failed_in(entry, row)
        known = self._state.closers_of_run(row.id)
        for closer in known - closers:
            self._state.end_closer(closer, row.id)
            self._units.closer(closer, added=False)
            self._plain.dropped(closer)
            self._served.touched(closer.dataset)
            doubted.add(closer.dataset)
        for closer in closers - known:
            self._put_closer(closer, row.id)
        for name in doubted:
            if not self._is_confirmed(name):
                self.meanings.unconfirm(name)
        return failures

    def _confirmed_by(self, entry: EntryRow) -> set[RawName]:
        """The datasets that an entry names, if it counts."""
        return self._readings.names_in(entry.source, entry.set_id) if entry.state == EvidenceKind.OBSERVED else set()

    def _is_confirmed(self, name: RawName) -> bool:
        """Whether anything that counts still names a dataset. What this ledger entry added may not have been read yet."""
        sources = {*self._state.mentioned_in("DATASET", name), *self._fresh}
        return bool(self._state.closers(name)) or any(
            name in self._readings.names_in(source, set_id)
            for source in sources
            for set_id in self._state.observed_sets(source)
        )

    def _put(self, entry: EntryRow, known_from: int) -> None:
        self._state.put_entry(entry, known_from)
        self._fresh.add(entry.source)
        for name in self._confirmed_by(entry):
            self.meanings.mention(NodeKind.DATASET, name, Trait.CONFIRMED, FOREVER)
        self._units.added(entry)
        self._note(entry, added=True)

    def _put_closer(self, closer: Closer, run: int) -> None:
        self._state.put_closer(closer, run)
        self.meanings.mention(NodeKind.DATASET, closer.dataset, Trait.CONFIRMED, FOREVER)
        self._units.closer(closer, added=True)
        self._plain.dropped(closer)
        self._served.touched(closer.dataset)

    def _note(self, entry: EntryRow, *, added: bool) -> None:
        """An entry came or went: what else depends on it."""
        source = self._readings.source(entry.source)
        self._served.noted(source, entry.time_us, added=added)
        if source.kind == "write":
            self._plain.written(source.second)
        elif source.kind == "schema":
            known = self._schema_sets.setdefault(source.first, set())
            if (added and entry.set_id in known) or not self._learn_schemas(source.first):
                return
            for source_id in self._writers_of(source.first):
                self._units.read_again(source_id)

    def _learn_schemas(self, dataset: RawName) -> bool:
        """Which sets of columns are reported for a raw name; whether that is new."""
        set_ids = {
            i
            for source_id, _ in self._state.sources_of(("schema",), first=dataset)
            for i in self._state.sets_of(source_id)
        }
        self._schema_sets[dataset] = set_ids
        return self.meanings.set_schemas(dataset, frozenset(self._top_level(dataset, set_id) for set_id in set_ids))

    def _top_level(self, dataset: RawName, set_id: int) -> tuple[str, ...]:
        names = top_level(self._readings.columns(set_id)) or ()
        return tuple(normal_column(dataset.namespace, name) for name in names)

    def _wrapped_failures(
        self, row: RunRow, attempt: Attempt, app: tuple[int, int], bundled: bool
    ) -> frozenset[RawName]:
        """Outputs of a COMPLETE that only wraps a failed write of the same application run: the wrapper failed, too (design 3)."""
        if not bundled or attempt.state is not RunState.OBSERVED:
            return frozenset()
        outputs = {o.name: place for o in attempt.outputs if (place := self.meanings.dataset(o.name)) is not None}
        failed = self._applications.failed_writes(
            app, row.id, attempt.started_us, attempt.ended_us or attempt.counted_us
        )
        places = {self.meanings.dataset(name) for name in failed}
        return frozenset(name for name, place in outputs.items() if place in places)

    def _writers_of(self, dataset: RawName) -> list[int]:
        """The sources that write a dataset or name it: a newly known schema may refute what they say of its columns, or open a
        star in their SQL."""
        standing = self.meanings.datasets.standing(dataset)
        names = self.meanings.datasets.shown_names(standing.place.name) if standing else {dataset}
        writers = {i for n in names | {dataset} for i, _ in self._state.sources_of(("write", "declare"), second=n)}
        mentioning = {i for n in names | {dataset} for i in self.meanings.mentioning(n)}
        return sorted(writers | {i for i in mentioning if self._readings.source(i).kind in ("write", "declare")})

    def _distrusted(self, row: RunRow, producer: str, attempt: Attempt) -> bool:
        return any(d.covers(row.job, producer, attempt.first_us) for d in self._stated.distrusts())

    def _may_cover(self, distrust: Distrust, row: RunRow) -> bool:
        return bool(row.attempts) and Distrust(distrust.job, "*", None, None, distrust.reason).covers(row.job, "", 0)


def _change(index: int, difference: Difference) -> Change:
    """The net of a difference: what was said and taken back by one entry (or the other way round) is no change."""
    closed, opened = dict.fromkeys(difference.closed), dict.fromkeys(difference.opened)
    return Change(
        index,
        tuple(sorted(difference.nodes, key=lambda n: n.id)) if opened else (),
        tuple(version for version in closed if version not in opened),
        tuple(version for version in opened if version not in closed),
    )


def _standing(row: RunRow) -> tuple[object, ...]:
    """What the parts of an application run depend on: where it stands, and when its attempts began."""
    return (
        row.technical,
        row.container,
        row.parent,
        [(number, first, started) for number, _, first, started, *_ in row.attempts],
    )


def _failed_in(entry: EntryRow, run: RunRow) -> set[int]:
    """The application run in which an entry is a write that failed, when it is only a part of that."""
    failed = any(number == entry.attempt and label in FAILED for number, label, *_ in run.attempts)
    part = entry.app is not None and entry.app != entry.run
    return {entry.app} if entry.app is not None and part and failed and entry.state == EvidenceKind.ATTEMPTED else set()


def _is_about(kind: NodeKind, source: Source) -> bool:
    """Whether the first name of a source is of this kind: a job and a dataset may be spelled the same."""
    if source.kind == "property":
        return source.extra.startswith(kind)
    return (source.kind in ("schema", "version", "rename")) == (kind is NodeKind.DATASET)
