"""The naive model: everything that is known, computed again from all events, with plain loops and no memory.

The one idea: design 3 and 4 written down a second time, so differently that a mistake is not made twice: no engine, no units, no machine,
no stored sets. It shares with the projector the frozen types, the normal forms of names, and the reading of one claim set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lineage import ids
from lineage.claim_sets import ClaimSet, claim_sets, declared_sets
from lineage.claims import Place, Said, canonical_json, grain, is_pseudo, said, union
from lineage.events import RANK, ColumnClaim, Event, EventType, Lifecycle, Mention, RawName, Role, SchemaColumn
from lineage.facts import EvidenceKind, Fact, Interval, NodeKind, Relation
from lineage.moment import FOREVER, iso
from lineage.names import normal_column, normal_job
from lineage.runs import Attempt, Output, RunState
from lineage.sql_reading import SqlReading, Tables
from lineage.statements import AliasKind, AliasMatch
from lineage.statements import Place as StatedPlace
from tests.projector.histories import Entry
from tests.projector.model_names import NaiveNames
from tests.projector.model_people import People

MINUTE_US = 60_000_000
GONE = (Lifecycle.DROP, Lifecycle.RENAME)
Graph = dict[Fact, tuple[Interval, ...]]


@dataclass(frozen=True)
class Run:
    """All that was said under one (job, run id)."""

    job: RawName
    id: str
    attempts: tuple[Attempt, ...]
    parent: tuple[RawName, str] | None
    technical: bool
    container: bool
    producer: str


@dataclass(frozen=True)
class Line:
    """One assertion of a unit. `order` at one instant: 0 closes, 1 adds a part, 2 ends an application run, 3 replaces, 4 adds
    what is no part of anything."""

    time_us: int
    order: int
    tie: bytes
    said: Said = field(default_factory=lambda: Said(frozenset(), frozenset(), frozenset()))
    before_us: int = 0
    only: str | None = None
    """Closes only what comes from this dataset."""


@dataclass(frozen=True)
class Write:
    """What one attempt says of one output (or, without output, reads): `app` is the application run that it counts for."""

    run: Run
    attempt: Attempt
    output: RawName | None
    told: ClaimSet
    app: tuple[RawName, str, int]
    part: bool
    """A part of its application run, so that only the application's end closes what it leaves out."""
    adds: bool
    """It takes nothing back in any case."""
    observed: bool

    @property
    def tie(self) -> bytes:
        return _tie(self.run, self.attempt, self.told.digest().hex())


class Model:
    """The graph as the first entries of a ledger make it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        distinct: dict[bytes, Event] = {}
        for entry in entries:
            if entry.event is not None:
                distinct.setdefault(entry.event.digest, entry.event)
        self.events = sorted(distinct.values(), key=lambda e: (e.time_us, RANK[e.type], e.digest))
        self.people = People(entries)
        self.runs = _runs(self.events)
        self.distrusted = {
            (run.job, run.id, a.number)
            for run in self.runs.values()
            for a in run.attempts
            if any(d.covers(run.job, run.producer, a.first_us) for d in self.people.distrusts)
        }
        self.datasets = NaiveNames(NodeKind.DATASET, self.people.rules)
        self.jobs = NaiveNames(NodeKind.JOB, self.people.rules)
        for event in self.events:
            self.datasets.learn(event)
            self.jobs.learn(event)
        for place, since_us in self.people.mentions:
            names = self.jobs if place.kind.value == "JOB" else self.datasets
            names.mention_stated(place.name, since_us)
        self.datasets.finish()
        self.jobs.finish()
        self.writes = list(self._writes())
        self.closers = list(self._closers())
        self.datasets.confirmed |= self._confirmed()
        self.schemas = list(self._schemas())

    # The View of lineage/claims.py

    def dataset(self, name: RawName) -> Place | None:
        return self.datasets.place(name)

    def job(self, name: RawName) -> Place:
        """A technical job is shown as the first of its applications."""
        above = sorted(
            {top.job for run in self.runs.values() if run.job == name and run.technical and (top := self._top(run))}
        )
        shown = self.jobs.place(above[0] if above else name)
        if shown is None:
            key = normal_job(*_pair(above[0] if above else name))
            return Place(ids.job_id(*key), RawName(*key))
        return shown

    # Runs above runs

    def _top(self, run: Run) -> Run | None:
        """The application of a technical run: the nearest run above that is not technical, unless it only groups others."""
        seen = {(run.job, run.id)}
        while run.parent is not None and run.parent not in seen:
            seen.add(run.parent)
            run = self.runs.get(run.parent) or Run(*run.parent, (), None, False, False, "")
            if not run.technical:
                return None if run.container else run
        return run if len(seen) > 1 and run.parent is None else None

    def _application(self, run: Run, attempt: Attempt) -> tuple[tuple[RawName, str, int], bool, int]:
        """(the application run, whether the attempt is a part of it, when it began)."""
        above = self._top(run) if run.technical else None
        if above is None:
            return (run.job, run.id, attempt.number), False, attempt.started_us
        number, begun_us = 1, attempt.started_us
        for mother in above.attempts:
            if mother.number == 1 or mother.first_us <= attempt.first_us:
                number, begun_us = mother.number, mother.started_us
        return (above.job, above.id, number), True, begun_us

    def _counting(self) -> Iterable[tuple[Run, Attempt]]:
        for run in self.runs.values():
            for attempt in run.attempts:
                if (run.job, run.id, attempt.number) not in self.distrusted:
                    yield run, attempt

    # What runs assert

    def _writes(self) -> Iterable[Write]:
        for run, attempt in self._counting():
            app, part, _ = self._application(run, attempt)
            sets = claim_sets(attempt)
            for output in attempt.outputs:
                changes = {change for change, _ in output.lifecycles}
                if changes and changes <= set(GONE) and not output.claims:
                    continue  # it only ended the dataset
                told = sets[output.name]
                observed = attempt.state is RunState.OBSERVED
                if observed and part and self._wraps_failure(run, attempt, app, output.name):
                    observed = False
                shape_only = bool(changes) and changes <= {Lifecycle.CREATE, Lifecycle.ALTER}
                adds = shape_only and not told.inputs and not told.claims and not told.sources
                yield Write(run, attempt, output.name, told, app, part, adds, observed)
            if attempt.state is RunState.OBSERVED and attempt.inputs and not attempt.outputs:
                told = ClaimSet(attempt.inputs, (), None, None, None)
                yield Write(run, attempt, None, told, app, part, False, True)

    def _wraps_failure(self, run: Run, attempt: Attempt, app: tuple[RawName, str, int], output: RawName) -> bool:
        """Another part of the same application run failed to write the same dataset in the meantime."""
        place = self.dataset(output)
        for other, failed in self._counting():
            if other is run or failed.state is not RunState.FAILED:
                continue
            app_of_other, part, _ = self._application(other, failed)
            if not part or app_of_other != app or failed.ended_us is None:
                continue
            until_us = attempt.ended_us if attempt.ended_us is not None else attempt.counted_us
            if failed.started_us > until_us or max(failed.ended_us, failed.counted_us) < attempt.started_us:
                continue
            for written in failed.outputs:
                changes = {change for change, _ in written.lifecycles}
                if changes and changes <= set(GONE) and not written.claims:
                    continue
                if place is not None and self.dataset(written.name) == place:
                    return True
        return False

    def _confirmed(self) -> set[RawName]:
        """The datasets that something names that counts."""
        names = {name for write in self.writes if write.observed for name in write.told.names()}
        return names | {name for name, *_ in self.closers}

    def _closers(self) -> Iterable[tuple[RawName, Lifecycle, int, int]]:
        """(dataset, change, when, it ends what was last asserted before then)."""
        for run, attempt in self._counting():
            if attempt.state is RunState.OBSERVED:
                _, _, begun_us = self._application(run, attempt)
                for output in attempt.outputs:
                    for change, previous in output.lifecycles:
                        yield from _closer(output.name, change, previous, attempt.counted_us, begun_us)
        for event in self.events:
            if event.job is None:
                for m in event.mentions:
                    if m.role is Role.SUBJECT and m.lifecycle is not None:
                        yield from _closer(m.name, m.lifecycle, m.previous, event.time_us, event.time_us)

    def _schemas(self) -> Iterable[tuple[RawName, str, tuple[SchemaColumn, ...], int, bytes]]:
        """(dataset, reporter, columns, when, tie)."""
        unwritten = {(w.run.job, w.run.id, w.attempt.number, w.output) for w in self.writes if not w.observed}
        for run, attempt in self._counting():
            job = ids.job_id(*normal_job(*_pair(run.job)))
            for output in attempt.outputs:
                counts = (run.job, run.id, attempt.number, output.name) not in unwritten
                if output.columns is not None and attempt.state is RunState.OBSERVED and counts:
                    tie = _schema_tie(run, attempt, output.columns)
                    yield output.name, f"writer:{job}", output.columns, attempt.counted_us, tie
            for name, columns, time_us in attempt.input_columns:
                yield name, f"reader:{job}", columns, time_us, _schema_tie(run, attempt, columns)
        for event in self.events:
            if event.run_id is not None:
                continue
            for m in event.mentions:
                if m.columns is None:
                    continue
                tie = _told_tie(event, "schema", _columns_body(m.columns))
                if event.job is not None:
                    role = "writer" if m.role is Role.OUTPUT else "reader"
                    job = ids.job_id(*normal_job(*_pair(event.job)))
                    yield m.name, f"{role}:{job}", m.columns, event.time_us, tie
                elif m.role is Role.SUBJECT:
                    yield m.name, f"catalogue:{event.producer}", m.columns, event.time_us, tie

    def schemas_of(self, place: Place) -> set[frozenset[str]]:
        """Every set of top-level column names that is reported for a dataset; of its parts none counts."""
        return {
            frozenset(normal_column(name.namespace, c.name) for c in columns if "." not in c.name)
            for name, _, columns, _, _ in self.schemas
            if self.dataset(name) == place and not self.datasets.is_part(name)
        }

    # All facts

    def facts(self) -> Graph:
        view = _View(self)
        graph: Graph = {}
        for part in (
            self._written(view), self._read(view), self._declared(view), self._schema_facts(), self._properties(),
            self._versions(), self._renames(), self._run_facts(), self._names(), self._drops(), self._stated(),
        ):  # fmt: skip
            for fact, spans in part.items():
                assert fact not in graph, f"two units say one fact: {fact}"
                graph[fact] = spans
        return graph

    def _written(self, view: _View) -> Graph:
        units: dict[tuple[Place, Place], list[Write]] = {}
        for write in self.writes:
            place = self.dataset(write.output) if write.output is not None else None
            if place is not None:
                shown = self.job(self._shown_job(write))
                units.setdefault((shown, place), []).append(write)
        graph: Graph = {}
        for (job, place), writes in units.items():
            key = f"{job.id}|{place.id}"

            def read(
                w: Write, evidence: EvidenceKind, kind: str, job: Place = job, place: Place = place, key: str = key
            ) -> Said:
                return said(w.told, f"{kind}|{key}", place, job, view, evidence)

            lines = self._lines([(w, read(w, EvidenceKind.OBSERVED, "write")) for w in writes if w.observed])
            sources = {_dataset_of(f.subject) for line in lines for f in (*line.said.coarse, *(line.said.fine or ()))}
            lines += self._closing_lines(place, sources, everything=True)
            observed = _history(lines)
            graph |= observed
            joined = {(f.relation, f.subject, f.object) for f in observed}
            since: dict[Fact, int] = {}
            for write in writes:
                if not write.observed:
                    told = read(write, EvidenceKind.ATTEMPTED, "attempt")
                    for fact in (*told.coarse, *(told.fine or ())):
                        if (fact.relation, fact.subject, fact.object) not in joined:
                            since[fact] = min(since.get(fact, FOREVER), write.attempt.counted_us)
            graph |= {fact: (Interval(t, FOREVER),) for fact, t in since.items()}
        return graph

    def _shown_job(self, write: Write) -> RawName:
        above = self._top(write.run) if write.run.technical else None
        return above.job if above is not None else write.run.job

    def _read(self, view: _View) -> Graph:
        units: dict[Place, list[tuple[Write, Said]]] = {}
        for write in self.writes:
            if write.output is None:
                job = self.job(self._shown_job(write))
                places = {p.id for n in write.told.inputs if (p := self.dataset(n)) is not None}
                facts = frozenset(Fact(Relation.READS, job.id, i, f"read|{job.id}", job=job.id) for i in places)
                units.setdefault(job, []).append((write, Said(facts, None, frozenset())))
        graph: Graph = {}
        for told in units.values():
            graph |= _history(self._lines(told))
        return graph

    def _lines(self, told: Sequence[tuple[Write, Said]]) -> list[Line]:
        """What attempts say of one unit, and the ends of the application runs of which they are parts."""
        lines = [Line(w.attempt.counted_us, 4 if w.adds else 1 if w.part else 3, w.tie, what) for w, what in told]
        apps: dict[tuple[RawName, str, int], list[tuple[Write, Said]]] = {}
        for w, what in told:
            if w.part and not w.adds:
                apps.setdefault(w.app, []).append((w, what))
        begun = sorted(
            (min(w.attempt.counted_us for w, _ in parts), min(w.tie for w, _ in parts), app)
            for app, parts in apps.items()
        )
        for position, (_, tie, app) in enumerate(begun):
            all_parts = apps[app]
            last_us = max(w.attempt.counted_us for w, _ in all_parts)
            mother = self.runs.get(app[:2])
            attempt = next((a for a in mother.attempts if a.number == app[2]), None) if mother else None
            if mother is None:
                end_us = last_us
            elif attempt is not None and attempt.label in ("FAIL", "ABORT"):
                continue  # it never says that it wrote all there is
            elif attempt is not None and attempt.ended_us is not None:
                end_us = max(attempt.ended_us, last_us)
            elif position + 1 < len(begun):
                end_us = max(begun[position + 1][0], last_us)
            else:
                continue
            lines.append(Line(end_us, 2, tie, union([what for _, what in all_parts])))
        return lines

    def _closing_lines(self, place: Place, sources: set[str], *, everything: bool) -> list[Line]:
        """What lifecycle changes end in a unit about `place` whose data comes from `sources`."""
        lines = []
        for name, change, time_us, before_us in self.closers:
            closed = self.dataset(name)
            if closed == place and (change is not Lifecycle.RENAME if everything else change in GONE):
                lines.append(Line(time_us, 0, b"", before_us=before_us))
            if everything and change in GONE and closed is not None and closed.id in sources:
                lines.append(Line(time_us, 0, b"", before_us=before_us, only=closed.id))
        return lines

    def _declared(self, view: _View) -> Graph:
        units: dict[str, list[Line]] = {}
        for event in self.events:
            if event.run_id is not None:
                continue
            if event.job is not None:
                job = self.job(event.job)
                unit = f"declare|{job.id}"
                told = declared_sets([m for m in event.mentions if m.role is not Role.SUBJECT])
                units.setdefault(unit, []).append(self._declaration(unit, job, told, event, view))
                continue
            for m in event.mentions:
                if m.role is Role.SUBJECT and (m.claims is not None or m.sources is not None):
                    place = self.dataset(m.name)
                    if place is not None:
                        unit = f"declare|{place.id}"
                        told = declared_sets([m])
                        units.setdefault(unit, []).append(self._declaration(unit, None, told, event, view))
        graph: Graph = {}
        for lines in units.values():
            graph |= _history(lines)
        return graph

    def _declaration(
        self, unit: str, job: Place | None, told: dict[RawName, ClaimSet], event: Event, view: _View
    ) -> Line:
        parts = [
            said(claims, unit, place, job, view, EvidenceKind.DECLARED)
            for name, claims in sorted(told.items())
            if (place := self.dataset(name)) is not None
        ]
        body = canonical_json([[*_pair(name), claims.encode().decode()] for name, claims in sorted(told.items())])
        return Line(event.time_us, 3, _told_tie(event, "declare", body.encode()), union(parts))

    def _schema_facts(self) -> Graph:
        units: dict[tuple[Place, str], list[Line]] = {}
        for name, reporter, columns, time_us, tie in self.schemas:
            place = self.dataset(name)
            if place is None or self.datasets.is_part(name):
                continue
            unit = f"schema|{place.id}|{reporter}"
            facts: dict[str, Fact] = {}
            for column in columns:
                if not is_pseudo(column.name):
                    spelled = normal_column(place.name.namespace, column.name)
                    node = ids.column_id(place.id, spelled)
                    detail = {"ordinal": column.ordinal} | (
                        {"description": column.description} if column.description else {}
                    )
                    fact = Fact(Relation.HAS, place.id, node, unit, column.type, canonical_json(detail))
                    facts.setdefault(node, fact)
            line = Line(time_us, 3, tie, Said(frozenset(facts.values()), None, frozenset()))
            units.setdefault((place, reporter), []).append(line)
        graph: Graph = {}
        for (place, _), lines in units.items():
            graph |= _history(lines + self._closing_lines(place, set(), everything=False))
        return graph

    def _properties(self) -> Graph:
        units: dict[str, list[Line]] = {}
        for event in self.events:
            told: list[tuple[Place | None, str, str | None]] = []
            if event.job is not None and not event.technical:
                told += [(self.job(event.job), label, value) for label, value in event.job_properties]
            for m in event.mentions:
                told += [(self.dataset(m.name), label, value) for label, value in m.properties]
            for place, label, value in told:
                if place is None:
                    continue
                unit = f"property|{place.id}|{label}"
                fact = Fact(Relation.PROPERTY, place.id, "", unit, label, value or "")
                facts = frozenset() if value is None else frozenset({fact})
                tie = _told_tie(event, "property", (value or "null").encode())
                units.setdefault(unit, []).append(Line(event.time_us, 3, tie, Said(facts, None, frozenset())))
        for run in self.runs.values():
            for attempt in run.attempts:
                if (run.job, run.id, attempt.number) in self.distrusted:
                    self._notes_of_distrust(run, attempt, units)
        graph: Graph = {}
        for lines in units.values():
            graph |= _history(lines)
        return graph

    def _notes_of_distrust(self, run: Run, attempt: Attempt, units: dict[str, list[Line]]) -> None:
        """A run that was set aside leaves a note on what it wrote and read."""
        for name in {*attempt.inputs, *(output.name for output in attempt.outputs)}:
            place = self.dataset(name)
            if place is not None:
                unit = f"property|{place.id}|distrusted"
                value = canonical_json({"namespace": run.job.namespace, "job": run.job.name})
                fact = Fact(Relation.PROPERTY, place.id, "", unit, "distrusted", value)
                line = Line(attempt.counted_us, 1, b"", Said(frozenset({fact}), None, frozenset()))
                units.setdefault(unit, []).append(line)

    def _versions(self) -> Graph:
        lines: dict[str, list[Line]] = {}
        unwritten = {(w.run.job, w.run.id, w.attempt.number, w.output) for w in self.writes if not w.observed}
        for run, attempt in self._counting():
            if attempt.state is not RunState.OBSERVED:
                continue
            own = ids.job_id(*_pair(run.job))
            for output in attempt.outputs:
                place = self.dataset(output.name)
                if output.version is None or place is None:
                    continue
                if (run.job, run.id, attempt.number, output.name) in unwritten:
                    continue
                unit = f"version|{place.id}|{output.version}"
                value = canonical_json({"run": ids.run_id(own, run.id, attempt.number), "job": own})
                node = ids.version_id(place.id, output.version)
                fact = Fact(Relation.VERSION, node, place.id, unit, output.version, value)
                line = Line(attempt.counted_us, 1, b"", Said(frozenset({fact}), None, frozenset()))
                lines.setdefault(unit, []).append(line)
        graph: Graph = {}
        for told in lines.values():
            graph |= _history(told)
        return graph

    def _renames(self) -> Graph:
        told: list[tuple[RawName, RawName, int]] = []
        for _, attempt in self._counting():
            if attempt.state is RunState.OBSERVED:
                for output in attempt.outputs:
                    told += [(p, output.name, attempt.counted_us) for _, p in output.lifecycles if p is not None]
        for event in self.events:
            if event.job is None:
                for m in event.mentions:
                    if m.role is Role.SUBJECT and m.previous is not None:
                        told.append((m.previous, m.name, event.time_us))
        since: dict[Fact, int] = {}
        for old_name, new_name, time_us in told:
            old, new = self.dataset(old_name), self.dataset(new_name)
            if old is not None and new is not None and old != new:
                value = canonical_json({"because": "renamed"})
                fact = Fact(Relation.FEEDS, old.id, new.id, f"rename|{old.id}|{new.id}", "TABLE", value)
                since[fact] = min(since.get(fact, FOREVER), time_us)
        return {fact: (Interval(t, FOREVER),) for fact, t in since.items()}

    # Facts that need no fold

    def _run_facts(self) -> Graph:
        graph: Graph = {}
        for run in self.runs.values():
            own = ids.job_id(*_pair(run.job))
            for a in run.attempts:
                value: dict[str, object] = {
                    "runId": run.id,
                    "attempt": a.number,
                    "startedAt": iso(a.started_us),
                    "inputs": [ids.dataset_id(*_pair(n)) for n in a.inputs],
                    "outputs": [ids.dataset_id(*_pair(o.name)) for o in a.outputs],
                }
                if a.ended_us is not None:
                    value["endedAt"] = iso(a.ended_us)
                if run.parent is not None:
                    job = run.parent[0]
                    value["parent"] = {"namespace": job.namespace, "job": job.name, "runId": run.parent[1]}
                if a.properties:
                    value["facets"] = dict(a.properties)
                if a.input_versions:
                    value["read"] = {ids.dataset_id(*_pair(n)): version for n, version in a.input_versions}
                if (run.job, run.id, a.number) in self.distrusted:
                    value["distrusted"] = True
                node = ids.run_id(own, run.id, a.number)
                fact = Fact(Relation.RUN, node, self.job(run.job).id, f"run|{node}", a.label, canonical_json(value))
                graph[fact] = (Interval(a.first_us, FOREVER),)
        return graph

    def _names(self) -> Graph:
        graph: Graph = {}
        namespaces: dict[str, int] = {}
        canonical: dict[tuple[NodeKind, Place], int] = {}
        counted: set[tuple[NodeKind, Place]] = set()
        spelled: set[str] = set()
        for kind, names in ((NodeKind.DATASET, self.datasets), (NodeKind.JOB, self.jobs)):
            make = ids.dataset_id if kind is NodeKind.DATASET else ids.job_id
            for name, since_us in names.first_us.items():
                own = make(*_pair(name))
                spelled.add(own)
                place = names.place(name)
                if place is None:
                    continue
                group = names.place(name)
                assert group is not None
                shown = self.job(name) if kind is NodeKind.JOB else place
                certain = kind is NodeKind.JOB or name in names.confirmed
                evidence = EvidenceKind.OBSERVED if certain else EvidenceKind.ATTEMPTED
                value = canonical_json({"namespace": name.namespace, "name": name.name})
                fact = Fact(Relation.NAME, own, shown.id, f"name|{own}", kind, value, evidence=evidence)
                graph[fact] = (Interval(since_us, FOREVER),)
                namespaces[shown.name.namespace] = min(since_us, namespaces.get(shown.name.namespace, FOREVER))
                if shown == group:
                    canonical[kind, group] = min(since_us, canonical.get((kind, group), FOREVER))
                    if certain:
                        counted.add((kind, group))
        for (kind, place), since_us in canonical.items():
            if place.id not in spelled:
                value = canonical_json({"namespace": place.name.namespace, "name": place.name.name})
                evidence = EvidenceKind.OBSERVED if (kind, place) in counted else EvidenceKind.ATTEMPTED
                fact = Fact(Relation.NAME, place.id, place.id, f"name|{place.id}", kind, value, evidence=evidence)
                graph[fact] = (Interval(since_us, FOREVER),)
        for namespace, since_us in namespaces.items():
            node = ids.namespace_id(namespace)
            value = canonical_json({"namespace": namespace, "name": namespace})
            fact = Fact(Relation.NAME, node, node, f"name|{node}", NodeKind.NAMESPACE, value)
            graph[fact] = (Interval(since_us, FOREVER),)
        for rule in self.people.rules:
            if rule.kind is AliasKind.NAMESPACE and rule.match is AliasMatch.EXACT:
                meant = self.datasets.key(RawName(rule.from_, "x"))[0]
                own, node = ids.namespace_id(rule.from_), ids.namespace_id(meant)
                if meant != rule.from_:
                    graph = {f: spans for f, spans in graph.items() if f.unit != f"name|{own}"}
                    if meant in namespaces:
                        value = canonical_json({"namespace": rule.from_, "name": rule.from_})
                        fact = Fact(Relation.NAME, own, node, f"name|{own}", NodeKind.NAMESPACE, value)
                        graph[fact] = (Interval(namespaces[meant], FOREVER),)
        return graph

    def _drops(self) -> Graph:
        """A dropped dataset says so until it is written again."""
        graph: Graph = {}
        dropped: dict[Place, set[int]] = {}
        for name, change, time_us, _ in self.closers:
            place = self.dataset(name)
            if place is not None and change in GONE:
                dropped.setdefault(place, set()).add(time_us)
        for place, drops in dropped.items():
            written = {
                w.attempt.counted_us
                for w in self.writes
                if w.observed and w.output is not None and self.dataset(w.output) == place
            }
            for at in drops:
                unit = f"property|{place.id}|droppedAt"
                fact = Fact(Relation.PROPERTY, place.id, "", unit, "droppedAt", canonical_json(iso(at)))
                until_us = min((t for t in written | drops if t > at), default=FOREVER)
                graph[fact] = (Interval(at, until_us),)
        return graph

    def _stated(self) -> Graph:
        def node(place: StatedPlace) -> tuple[str, str]:
            if place.kind.value == "JOB":
                return (self.job(place.name).id,) * 2
            shown = self.datasets.shown(place.name)
            if place.column is None:
                return shown.id, shown.id
            return shown.id, ids.column_id(shown.id, normal_column(shown.name.namespace, place.column))

        return self.people.facts(node)


@dataclass(frozen=True)
class _View:
    """The model as lineage/claims.py looks at names; schemas are gathered once."""

    model: Model
    known: dict[Place, set[frozenset[str]]] = field(default_factory=dict)

    def dataset(self, name: RawName) -> Place | None:
        return self.model.dataset(name)

    def schemas(self, dataset: Place) -> Iterable[frozenset[str]]:
        if dataset not in self.known:
            self.known[dataset] = self.model.schemas_of(dataset)
        return self.known[dataset]

    def columns(self, dataset: Place) -> tuple[str, ...]:
        raise NotImplementedError("only readers of SQL ask, and the histories carry none")

    def spellings(self, dataset: Place) -> set[RawName]:
        raise NotImplementedError("only readers of SQL ask, and the histories carry none")

    def analyse(self, query: str, dialect: str, tables: Tables, database: str, schema: str) -> SqlReading | None:
        return None


# Intervals


def _history(lines: Iterable[Line]) -> Graph:
    """What holds after each instant, and from that the intervals of each fact."""
    held: dict[Fact, int] = {}
    after: dict[int, set[Fact]] = {}
    for line in sorted(lines, key=lambda n: (n.time_us, n.order, n.tie)):
        coarse, fine = line.said.coarse, line.said.fine
        if line.order == 0:
            for fact, asserted_us in list(held.items()):
                if asserted_us < line.before_us and line.only in (None, _dataset_of(fact.subject)):
                    del held[fact]
        else:
            if line.order in (2, 3):
                again = {(f.subject, f.object) for f in coarse if f.relation is Relation.FEEDS}
                for fact in list(held):
                    spoken_of = grain(fact)[0] or fine is not None
                    if fine is None and fact.label == "COLUMNS" and (fact.subject, fact.object) in again:
                        spoken_of = False  # a run without columns does not make a known pair a vaguer one
                    if spoken_of and fact not in coarse and fact not in (fine or ()):
                        del held[fact]
            if line.order == 3:
                held = dict.fromkeys(held, line.time_us)
            if line.order in (1, 3, 4):
                held |= dict.fromkeys((*coarse, *(fine or ())), line.time_us)
        if line.order not in (1, 4):
            pairs = {grain(fact)[1] for fact in held if grain(fact)[0]}
            for fact in list(held):
                is_coarse, pair, _ = grain(fact)
                if not is_coarse and pair is not None and pair not in pairs:
                    del held[fact]
        after[line.time_us] = set(held)
    found: dict[Fact, list[Interval]] = {}
    instants = sorted(after)
    for position, at in enumerate(instants):
        until = instants[position + 1] if position + 1 < len(instants) else FOREVER
        for fact in after[at]:
            spans = found.setdefault(fact, [])
            if spans and spans[-1].to_us == at:
                spans[-1] = Interval(spans[-1].from_us, until)
            else:
                spans.append(Interval(at, until))
    return {fact: tuple(spans) for fact, spans in found.items()}


# Runs


def _runs(events: Sequence[Event]) -> dict[tuple[RawName, str], Run]:
    """All runs that sent an event; `events` in their order."""
    told: dict[tuple[RawName, str], list[Event]] = {}
    for event in events:
        if event.job is not None and event.run_id is not None:
            told.setdefault((event.job, event.run_id), []).append(event)
    runs = {}
    for (job, run_id), said_of in told.items():
        parents = [(e.parent.job, e.parent.run_id) for e in said_of if e.parent is not None]
        runs[job, run_id] = Run(
            job,
            run_id,
            tuple(_attempts(said_of)),
            min(parents) if parents else None,
            any(e.technical for e in said_of),
            any(e.container for e in said_of),
            said_of[0].producer,
        )
    return runs


def _attempts(events: Sequence[Event]) -> Iterable[Attempt]:
    groups: list[list[Event]] = []
    for event in events:
        ends = [e for e in (groups[-1] if groups else []) if e.type.value in ("COMPLETE", "FAIL", "ABORT")]
        starts_anew = event.type is EventType.START and ends
        ends_anew = (
            event.type.value in ("COMPLETE", "FAIL", "ABORT")
            and ends
            and ends[-1].type is EventType.COMPLETE
            and event.time_us - ends[-1].time_us >= MINUTE_US
        )
        if not groups or starts_anew or ends_anew:
            groups.append([])
        groups[-1].append(event)
    for number, group in enumerate(groups, start=1):
        yield _attempt(number, group)


def _attempt(number: int, events: Sequence[Event]) -> Attempt:
    failures = [e for e in events if e.type.value in ("FAIL", "ABORT")]
    completes = [e for e in events if e.type is EventType.COMPLETE]
    streams = [e for e in events if e.streaming and e.type is EventType.RUNNING]
    starts = [e for e in events if e.type is EventType.START]
    end = failures[0] if failures else completes[0] if completes else None
    state = RunState.OBSERVED if streams or (completes and not failures) else RunState.OPEN
    if failures and not streams:
        state = RunState.FAILED
    counted = streams[0] if streams else completes[0] if state is RunState.OBSERVED else events[0]
    label = end.type.value if end else "START" if len(starts) == len(events) else "RUNNING"
    mentions = [(e, m) for e in events for m in e.mentions]
    seen: dict[RawName, tuple[tuple[SchemaColumn, ...], int]] = {}
    for e, m in mentions:
        if m.role is Role.INPUT and m.columns is not None and (m.name not in seen or seen[m.name][0] != m.columns):
            seen[m.name] = (m.columns, e.time_us)
    written = sorted({m.name for _, m in mentions if m.role is Role.OUTPUT})
    return Attempt(
        number,
        state,
        label,
        events[0].time_us,
        starts[0].time_us if starts else events[0].time_us,
        end.time_us if end else None,
        counted.time_us,
        events[-1].time_us if streams else end.time_us if end else counted.time_us,
        tuple(sorted({m.name for _, m in mentions if m.role is Role.INPUT})),
        tuple(_output(name, [m for _, m in mentions if m.role is Role.OUTPUT and m.name == name]) for name in written),
        tuple((name, *seen[name]) for name in sorted(seen)),
        tuple(sorted({m.name: m.version for _, m in mentions if m.role is Role.INPUT and m.version}.items())),
        tuple(sorted({label: value for e in events for label, value in e.run_properties}.items())),
        (),
        0,
    )


def _output(name: RawName, mentions: Sequence[Mention]) -> Output:
    """The union of all that an attempt says of one output; of its schema and version the last word."""
    claims = [c for m in mentions for c in m.claims or ()]
    sources = [s for m in mentions for s in m.sources or ()]
    columns = [m.columns for m in mentions if m.columns is not None]
    versions = [m.version for m in mentions if m.version is not None]
    return Output(
        name,
        tuple(sorted(set(claims), key=_claim_order)) if any(m.claims is not None for m in mentions) else None,
        tuple(sorted(set(sources))) if any(m.sources is not None for m in mentions) else None,
        columns[-1] if columns else None,
        tuple({(m.lifecycle, m.previous): None for m in mentions if m.lifecycle is not None}),
        versions[-1] if versions else None,
    )


def _claim_order(c: ColumnClaim) -> tuple[object, ...]:
    return c.target or "", c.source, c.column or "", c.flow, c.label, c.masking, c.typed


def _closer(
    name: RawName, change: Lifecycle, previous: RawName | None, time_us: int, begun_us: int
) -> Iterable[tuple[RawName, Lifecycle, int, int]]:
    if change in (Lifecycle.DROP, Lifecycle.TRUNCATE):
        yield name, change, time_us, time_us
    elif change is Lifecycle.OVERWRITE:
        yield name, change, time_us, min(begun_us, time_us)
    elif change is Lifecycle.RENAME and previous is not None and previous != name:
        yield previous, change, time_us, time_us


# Names and bytes


def _pair(name: RawName) -> tuple[str, str]:
    return name.namespace, name.name


def _dataset_of(node: str) -> str:
    return ids.parent_of(ids.NodeId(node)) or node


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()


def _set_digest(kind: str, body: bytes) -> bytes:
    return hashlib.blake2b(kind.encode() + b"\0" + body, digest_size=16).digest()


def _tie(run: Run, attempt: Attempt, content: str) -> bytes:
    return _digest(run.job.namespace, run.job.name, run.id, str(attempt.number), content)


def _told_tie(event: Event, kind: str, body: bytes) -> bytes:
    return bytes([RANK[event.type]]) + _digest(event.digest.hex(), _set_digest(kind, body).hex())


def _columns_body(columns: Sequence[SchemaColumn]) -> bytes:
    return canonical_json([[c.name, c.type, c.ordinal, c.description] for c in columns]).encode()


def _schema_tie(run: Run, attempt: Attempt, columns: Sequence[SchemaColumn]) -> bytes:
    return _tie(run, attempt, _set_digest("schema", _columns_body(columns)).hex())
