"""From runs and declarations to entries of sources: what is asserted, by whom, about what, and when (design 4).

The one idea: everything here is computed from what one attempt (or one event without a run) says and from the application run that it is
a part of; what was asserted before, and what names mean, plays no part. The engine stores the entries and sees what changed.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lineage import ids
from lineage.claim_sets import ClaimSet, claim_sets, declared_sets
from lineage.claims import canonical_json
from lineage.events import RANK, Event, Lifecycle, Mention, RawName, Role, SchemaColumn, Slot
from lineage.facts import EvidenceKind
from lineage.fold import Kind
from lineage.names import normal_job
from lineage.projector.names import NO_NAME
from lineage.projector.readings import encode_columns, encode_declared
from lineage.projector.serving import DEPLOYMENT, encode_slots
from lineage.projector.state import Closer, EntryRow, RunRow, Source, State
from lineage.projector.units import ENDS_DATASET
from lineage.runs import Attempt, Output, RunState

NO_DATA = frozenset({Lifecycle.ALTER, Lifecycle.CREATE})
"""Lifecycle changes that write no data by themselves."""


class Assertions:
    """Makes entries; their sets and sources are stored on the way, once by content."""

    def __init__(self, state: State) -> None:
        self._state = state

    # Of an attempt

    def of_attempt(
        self,
        run: RunRow,
        attempt: Attempt,
        job: RawName,
        app: tuple[int, int],
        bundled: bool,
        failed: frozenset[RawName],
    ) -> list[EntryRow]:
        """What one attempt asserts. `job`: whose run it is for a person; `app`: the application run, of which the attempt is only
        a part where `bundled`; `failed`: outputs whose write did not count, although the attempt did."""
        observed = attempt.state is RunState.OBSERVED
        entries = list(self._writes(run, attempt, job, app, bundled, failed))
        if observed and not attempt.outputs and attempt.inputs:
            told = ClaimSet(attempt.inputs, (), None, None, None)
            kind = Kind.ADD if bundled else Kind.REPLACE
            entries.append(
                self._claims(Source("read", job, NO_NAME), told, EvidenceKind.OBSERVED, kind, run, attempt, app)
            )
        for output in attempt.outputs if observed else ():
            if output.name not in failed:
                if output.columns is not None:
                    reporter = f"writer:{reporter_id(run.job)}"
                    entries.append(
                        self._schema(output.name, reporter, output.columns, attempt.counted_us, run, attempt)
                    )
                if output.version is not None:
                    entries.append(self._version(run, attempt, output, output.version))
            for _, previous in output.lifecycles:
                if previous is not None and previous != output.name:
                    entries.append(self._rename(previous, output.name, attempt.counted_us, attempt.index, run, attempt))
        for model, own, version in attempt.models_read if observed else ():
            # whoever read a version says that there is one
            entries.append(
                self._plain(Source("version", model, own, version), b"{}", attempt.counted_us, run, attempt, Kind.ADD)
            )
        if observed and attempt.deploys:
            for model in dict.fromkeys(model for model, _, _ in attempt.models_read):
                entries += self._deployment(run, attempt, model)
        for name, columns, time_us in attempt.input_columns:
            entries.append(self._schema(name, f"reader:{reporter_id(run.job)}", columns, time_us, run, attempt))
        return entries

    def of_distrusted(self, run: RunRow, attempt: Attempt) -> list[EntryRow]:
        """A run that was set aside asserts nothing; each dataset that it wrote or read remembers that something was set aside, so
        that walks from either side say so."""
        body = canonical_json({"namespace": run.job.namespace, "job": run.job.name}).encode()
        return [
            self._plain(
                Source("property", name, NO_NAME, "DATASET|distrusted"),
                body,
                attempt.counted_us,
                run,
                attempt,
                Kind.ADD,
            )
            for name in sorted({*attempt.inputs, *(o.name for o in attempt.outputs)})
        ]

    def _writes(
        self,
        run: RunRow,
        attempt: Attempt,
        job: RawName,
        app: tuple[int, int],
        bundled: bool,
        failed: frozenset[RawName],
    ) -> Iterator[EntryRow]:
        outputs = {o.name: o for o in attempt.outputs}
        for name, told in claim_sets(attempt).items():
            if _only_ends(outputs[name]):
                continue
            counts = attempt.state is RunState.OBSERVED and name not in failed
            evidence = EvidenceKind.OBSERVED if counts else EvidenceKind.ATTEMPTED
            kind = Kind.TOUCH if _writes_nothing(outputs[name], told) else Kind.ADD if bundled else Kind.REPLACE
            yield self._claims(Source("write", job, name), told, evidence, kind, run, attempt, app)

    def _claims(
        self,
        source: Source,
        told: ClaimSet,
        evidence: EvidenceKind,
        kind: Kind,
        run: RunRow,
        attempt: Attempt,
        app: tuple[int, int],
    ) -> EntryRow:
        digest = told.digest()
        return EntryRow(
            source=self._state.source_id(source),
            state=evidence,
            kind=kind,
            time_us=attempt.counted_us,
            tie=_tie(run, attempt, digest.hex()),
            set_id=self._state.set_id(digest, told.encode()),
            run=run.id,
            attempt=attempt.number,
            app=app[0],
            app_attempt=app[1],
            started_us=attempt.started_us,
            last_us=attempt.last_us,
            idx=attempt.index,
        )

    def _schema(
        self,
        dataset: RawName,
        reporter: str,
        columns: Iterable[SchemaColumn],
        time_us: int,
        run: RunRow,
        attempt: Attempt,
    ) -> EntryRow:
        body = encode_columns(tuple(columns))
        return self._plain(Source("schema", dataset, NO_NAME, reporter), body, time_us, run, attempt)

    def _version(self, run: RunRow, attempt: Attempt, output: Output, version: str) -> EntryRow:
        own = ids.job_id(run.job.namespace, run.job.name)
        body = canonical_json({"run": ids.run_id(own, run.run, attempt.number), "job": own}).encode()
        of_model = Source("version", output.model, output.name, version) if output.model is not None else None
        source = of_model or Source("version", output.name, NO_NAME, version)
        return self._plain(source, body, attempt.counted_us, run, attempt, Kind.ADD)

    def _deployment(self, run: RunRow, attempt: Attempt, model: RawName) -> Iterator[EntryRow]:
        """From when a deployment serves which versions of a model, and when its run ended."""
        source = Source("serve", model, run.job, DEPLOYMENT)
        slots = [Slot(DEPLOYMENT, run.job.name, version) for read, _, version in attempt.models_read if read == model]
        yield self._plain(source, encode_slots(slots), attempt.counted_us, run, attempt)
        if attempt.ended_us is not None:
            yield self._plain(source, encode_slots(()), attempt.ended_us, run, attempt)

    def _rename(self, old: RawName, new: RawName, time_us: int, index: int, run: RunRow, attempt: Attempt) -> EntryRow:
        return self._plain(Source("rename", old, new), b"null", time_us, run, attempt)

    def _plain(
        self, source: Source, body: bytes, time_us: int, run: RunRow, attempt: Attempt, kind: Kind = Kind.REPLACE
    ) -> EntryRow:
        """An entry of an attempt that is no claim set: the attempt counts for itself, whatever application it is a part of."""
        digest = _set_digest(source.kind, body)
        return EntryRow(
            source=self._state.source_id(source),
            state=EvidenceKind.OBSERVED,
            kind=kind,
            time_us=time_us,
            tie=_tie(run, attempt, digest.hex()),
            set_id=self._state.set_id(digest, body),
            run=run.id,
            attempt=attempt.number,
            app=None,
            app_attempt=None,
            started_us=time_us,
            last_us=time_us,
            idx=attempt.index,
        )

    # Of an event without a run

    def of_event(self, event: Event) -> list[EntryRow]:
        """What a job event or dataset event declares, and the properties that any event tells."""
        entries = list(self._properties(event))
        if event.run_id is not None:
            return entries
        if event.job is not None:
            sql = tuple(value for label, value in event.job_properties if label == "sql" and value)
            told = declared_sets([m for m in event.mentions if m.role is not Role.SUBJECT], sql)
            entries.append(self._declared(Source("declare", event.job, NO_NAME), told, event))
            for mention in event.mentions:
                role = "writer" if mention.role is Role.OUTPUT else "reader"
                entries += self._told_schema(mention, f"{role}:{reporter_id(event.job)}", event)
            return entries
        for mention in event.mentions:
            if mention.role is Role.SUBJECT:
                entries += self._serving(mention, event)
                if mention.claims is not None or mention.sources is not None:
                    source = Source("declare", NO_NAME, mention.name)
                    entries.append(self._declared(source, declared_sets([mention]), event))
                entries += self._told_schema(mention, f"catalogue:{event.producer}", event)
                if mention.previous is not None:
                    entries.append(self._told(Source("rename", mention.previous, mention.name), b"null", event))
        return entries

    def _serving(self, mention: Mention, event: Event) -> Iterator[EntryRow]:
        if mention.model is not None and mention.version is not None:
            source = Source("version", mention.model, mention.name, mention.version)
            yield replace(self._told(source, b"{}", event), kind=Kind.ADD)
        if mention.serving is None:
            return
        for kind in mention.serving.kinds:
            slots = [slot for slot in mention.serving.slots if slot.kind == kind]
            yield self._told(Source("serve", mention.name, NO_NAME, kind), encode_slots(slots), event)

    def _declared(self, source: Source, told: dict[RawName, ClaimSet], event: Event) -> EntryRow:
        return self._told(source, encode_declared(told.items()), event, EvidenceKind.DECLARED)

    def _told_schema(self, mention: Mention, reporter: str, event: Event) -> Iterator[EntryRow]:
        if mention.columns is not None:
            yield self._told(Source("schema", mention.name, NO_NAME, reporter), encode_columns(mention.columns), event)

    def _properties(self, event: Event) -> Iterator[EntryRow]:
        if event.job is not None and not event.technical:
            for label, value in event.job_properties:
                yield self._told(
                    Source("property", event.job, NO_NAME, f"JOB|{label}"), (value or "null").encode(), event
                )
        for mention in event.mentions:
            for label, value in mention.properties:
                yield self._told(
                    Source("property", mention.name, NO_NAME, f"DATASET|{label}"), (value or "null").encode(), event
                )

    def _told(
        self, source: Source, body: bytes, event: Event, evidence: EvidenceKind = EvidenceKind.OBSERVED
    ) -> EntryRow:
        digest = _set_digest(source.kind, body)
        return EntryRow(
            source=self._state.source_id(source),
            state=evidence,
            kind=Kind.REPLACE,
            time_us=event.time_us,
            tie=bytes([RANK[event.type]]) + _digest(event.digest.hex(), digest.hex()),
            set_id=self._state.set_id(digest, body),
            run=None,
            attempt=None,
            app=None,
            app_attempt=None,
            started_us=event.time_us,
            last_us=event.time_us,
            idx=event.index,
        )

    # Lifecycle changes

    def closers_of_attempt(self, attempt: Attempt, begun_us: int) -> set[Closer]:
        """What an attempt ends. `begun_us`: when its application run began; an OVERWRITE spares what was said since."""
        if attempt.state is not RunState.OBSERVED:
            return set()
        changes = [(o.name, change, previous) for o in attempt.outputs for change, previous in o.lifecycles]
        return {c for change in changes if (c := _closer(*change, attempt.counted_us, begun_us)) is not None}

    def closers_of_event(self, event: Event) -> set[Closer]:
        """What a dataset event ends: it speaks for its own time."""
        if event.job is not None:
            return set()
        changes = [
            (m.name, m.lifecycle, m.previous)
            for m in event.mentions
            if m.role is Role.SUBJECT and m.lifecycle is not None
        ]
        return {c for change in changes if (c := _closer(*change, event.time_us, event.time_us)) is not None}


def _closer(name: RawName, change: Lifecycle, previous: RawName | None, time_us: int, begun_us: int) -> Closer | None:
    tie = _digest(name.namespace, name.name, change.value)
    match change:
        case Lifecycle.DROP | Lifecycle.TRUNCATE:
            return Closer(name, time_us, change.value, time_us, tie)
        case Lifecycle.OVERWRITE:
            return Closer(name, time_us, change.value, min(begun_us, time_us), tie)
        case Lifecycle.RENAME if previous is not None and previous != name:
            return Closer(previous, time_us, change.value, time_us, tie)
    return None


def reporter_id(job: RawName) -> str:
    """A raw (technical) job as a reporter of schemas: its normal form's id, so that each day's run is one reporter."""
    return ids.job_id(*normal_job(job.namespace, job.name))


def _only_ends(output: Output) -> bool:
    """The run dropped the dataset, and said nothing else about it."""
    return (
        bool(output.lifecycles)
        and all(change.value in ENDS_DATASET for change, _ in output.lifecycles)
        and not output.claims
    )


def _writes_nothing(output: Output, told: ClaimSet) -> bool:
    """A CREATE or ALTER without sources changes a schema and no data: it takes nothing back."""
    kinds = {change for change, _ in output.lifecycles}
    return bool(kinds) and kinds <= NO_DATA and not told.inputs and not told.claims and not told.sources


def _tie(run: RunRow, attempt: Attempt, content: str) -> bytes:
    """Breaks ties of time by content: which run of which job said what."""
    return _digest(run.job.namespace, run.job.name, run.run, str(attempt.number), content)


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _set_digest(kind: str, body: bytes) -> bytes:
    return hashlib.blake2b(kind.encode() + b"\0" + body, digest_size=16).digest()
