"""A run and its attempts: what the events of one (job, runId) say together, in whatever order they came.

The one idea: everything here is a pure function of a *set* of events, sorted by (eventTime, rank, digest). Producers really
re-use run ids, send ends twice, and say FAIL and then COMPLETE within 10 ms; so a run is split into attempts by event time,
and an attempt's state and content are unions over its events (OpenLineage events are cumulative).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lineage.events import (
    END_TYPES,
    RANK,
    ColumnClaim,
    Event,
    EventType,
    Lifecycle,
    Mention,
    ParentRun,
    RawName,
    Role,
    SchemaColumn,
)

AT_ONCE_US = 60_000_000
"""Ends within this much of each other are one end: FAIL or ABORT beats COMPLETE (decisions.md, order)."""


class RunState(StrEnum):
    """OBSERVED counts; the others are attempts only."""

    OPEN = "OPEN"
    OBSERVED = "OBSERVED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Output:
    """What an attempt says about one dataset that it writes."""

    name: RawName
    claims: tuple[ColumnClaim, ...] | None
    sources: tuple[RawName, ...] | None
    columns: tuple[SchemaColumn, ...] | None
    lifecycles: tuple[tuple[Lifecycle, RawName | None], ...]
    version: str | None
    model: RawName | None = None
    """It is one version of this model."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, counted from 1 by event time. Times in microseconds; `ended_us` None while it runs."""

    number: int
    state: RunState
    label: str
    """START, RUNNING, COMPLETE, FAIL or ABORT: what a person is told."""
    first_us: int
    started_us: int
    ended_us: int | None
    counted_us: int
    """From when what it says is true: its COMPLETE, for streaming its first RUNNING; else its first event."""
    last_us: int
    """When it last said so: its end, for streaming its last event; at least `counted_us`."""
    inputs: tuple[RawName, ...]
    outputs: tuple[Output, ...]
    input_columns: tuple[tuple[RawName, tuple[SchemaColumn, ...], int], ...]
    """(input, its columns as this run saw them, event time), the newest of each input."""
    input_versions: tuple[tuple[RawName, str], ...]
    properties: tuple[tuple[str, str], ...]
    sql: tuple[str, ...]
    """The statements that its events carried (masked; canonical JSON), each once."""
    index: int
    """The last ledger position among its events."""
    models_read: tuple[tuple[RawName, RawName, str], ...] = ()
    """(model, the version's own name, version) of the model versions that it read."""
    deploys: bool = False
    """It serves the model versions that it read, as long as it lasts."""


@dataclass(frozen=True, slots=True)
class Run:
    """All attempts, and what is said of the run as a whole."""

    attempts: tuple[Attempt, ...]
    parent: ParentRun | None
    technical: bool
    container: bool
    linked: str | None = None
    """The runId of another producer's run that did this work, too."""


def order(event: Event) -> tuple[int, int, bytes]:
    """The order of events everywhere (decisions.md)."""
    return event.time_us, RANK[event.type], event.digest


def run_of(events: Iterable[Event]) -> Run:
    """What a run's events say together: a pure function of their set (there is at least one)."""
    ordered = sorted(events, key=order)
    parents = sorted({(e.parent.job, e.parent.run_id) for e in ordered if e.parent is not None})
    return Run(
        attempts=tuple(_attempt(number, group) for number, group in enumerate(_split(ordered), start=1)),
        parent=ParentRun(*parents[0]) if parents else None,
        technical=any(e.technical for e in ordered),
        container=any(e.container for e in ordered),
        linked=min((e.linked_run for e in ordered if e.linked_run is not None), default=None),
    )


def _split(ordered: Sequence[Event]) -> list[list[Event]]:
    """A START after an end opens an attempt; so does an end that comes long after a COMPLETE without a START."""
    groups: list[list[Event]] = []
    last_end: Event | None = None
    for event in ordered:
        is_end = event.type in END_TYPES
        late_end = (
            is_end
            and last_end is not None
            and last_end.type is EventType.COMPLETE
            and event.time_us - last_end.time_us >= AT_ONCE_US
        )
        if not groups or (event.type is EventType.START and last_end is not None) or late_end:
            groups.append([])
            last_end = None
        groups[-1].append(event)
        if is_end:
            last_end = event
    return groups


def _attempt(number: int, events: Sequence[Event]) -> Attempt:
    ends = [e for e in events if e.type in END_TYPES]
    failures = [e for e in ends if e.type is not EventType.COMPLETE]
    running = [
        e for e in events if (e.streaming and e.type is EventType.RUNNING) or (e.deploys and e.type is EventType.START)
    ]
    first_us = events[0].time_us
    started_us = next((e.time_us for e in events if e.type is EventType.START), first_us)
    end: Event | None
    if failures and not running:
        state, end, label = RunState.FAILED, failures[0], failures[0].type.value
        counted_us = first_us
    elif running and (failures or not ends):
        # a stream's data flowed from its first RUNNING on, however it ended
        state, end = RunState.OBSERVED, failures[0] if failures else None
        label, counted_us = (end.type.value if end is not None else EventType.RUNNING.value), running[0].time_us
    elif ends:
        state, end, label, counted_us = RunState.OBSERVED, ends[0], EventType.COMPLETE.value, ends[0].time_us
        if running:
            counted_us = running[0].time_us
    else:
        state, end, counted_us = RunState.OPEN, None, first_us
        label = EventType.START.value if all(e.type is EventType.START for e in events) else EventType.RUNNING.value
    inputs = sorted({m.name for e in events for m in e.mentions if m.role is Role.INPUT})
    return Attempt(
        number=number,
        state=state,
        label=label,
        first_us=first_us,
        started_us=started_us,
        ended_us=None if end is None else end.time_us,
        counted_us=counted_us,
        last_us=max(counted_us, events[-1].time_us if running else counted_us if end is None else end.time_us),
        inputs=tuple(inputs),
        outputs=_outputs(events),
        input_columns=_input_columns(events),
        input_versions=tuple(
            sorted(
                {m.name: m.version for e in events for m in e.mentions if m.role is Role.INPUT and m.version}.items()
            )
        ),
        properties=tuple(sorted({label: value for e in events for label, value in e.run_properties}.items())),
        sql=tuple(sorted({value for e in events for label, value in e.job_properties if label == "sql" and value})),
        index=max(e.index for e in events),
        models_read=tuple(
            sorted(
                {
                    (m.model, m.name, m.version)
                    for e in events
                    for m in e.mentions
                    if m.role is Role.INPUT and m.model is not None and m.version is not None
                }
            )
        ),
        deploys=any(e.deploys for e in events),
    )


def _outputs(events: Sequence[Event]) -> tuple[Output, ...]:
    mentions: dict[RawName, list[Mention]] = {}
    for event in events:
        for mention in event.mentions:
            if mention.role is Role.OUTPUT:
                mentions.setdefault(mention.name, []).append(mention)
    return tuple(_output(name, mentions[name]) for name in sorted(mentions))


def _output(name: RawName, mentions: Sequence[Mention]) -> Output:
    claims = [m.claims for m in mentions if m.claims is not None]
    sources = [m.sources for m in mentions if m.sources is not None]
    columns = [m.columns for m in mentions if m.columns is not None]
    versions = [m.version for m in mentions if m.version is not None]
    lifecycles = {(m.lifecycle, m.previous) for m in mentions if m.lifecycle is not None}
    return Output(
        name=name,
        claims=tuple(sorted({c for told in claims for c in told}, key=claim_key)) if claims else None,
        sources=tuple(sorted({s for told in sources for s in told})) if sources else None,
        columns=columns[-1] if columns else None,
        lifecycles=tuple(sorted(lifecycles, key=lambda x: (x[0].value, x[1] or RawName("", "")))),
        version=versions[-1] if versions else None,
        model=next((m.model for m in mentions if m.model is not None), None),
    )


def claim_key(claim: ColumnClaim) -> tuple[str, str, str, str, str, str, bool, bool]:
    """A total order: None (a whole dataset) sorts as the empty name."""
    return (
        claim.target or "", claim.source.namespace, claim.source.name, claim.column or "",
        claim.flow.value, claim.label, claim.masking, claim.typed,
    )  # fmt: skip


def _input_columns(events: Sequence[Event]) -> tuple[tuple[RawName, tuple[SchemaColumn, ...], int], ...]:
    newest: dict[RawName, tuple[tuple[SchemaColumn, ...], int]] = {}
    for event in events:
        for mention in event.mentions:
            if mention.role is Role.INPUT and mention.columns is not None:
                known = newest.get(mention.name)
                # the same columns again are not newer: a COMPLETE that repeats its START reports nothing
                if known is None or known[0] != mention.columns:
                    newest[mention.name] = (mention.columns, event.time_us)
    return tuple((name, columns, time_us) for name, (columns, time_us) in sorted(newest.items()))
