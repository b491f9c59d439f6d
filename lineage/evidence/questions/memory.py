"""Q19: what the record said on a day about another day, and why it says something else now."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import orjson

from lineage.access.naming import names_in
from lineage.errors import InputError, NotFound
from lineage.evidence.answer import AuditAnswer, Column, EntryRange, Sheet, written
from lineage.evidence.questions.names import NamedAuditQuery, NamedQuestion
from lineage.evidence.questions.walks import dataset_of, touching
from lineage.evidence.record import Record
from lineage.evidence.variables import Instant, Place
from lineage.facts import Direction, Grain
from lineage.ids import NodeId, dataset_id, job_id
from lineage.moment import iso
from lineage.query.answers import LineageEdge, LineageNode
from lineage.query.moments import MomentInput


@dataclass(frozen=True, slots=True)
class WhatWasSaid:
    of: Annotated[Place, "About what."]
    about: Annotated[Instant, "What was true on this day (event time)."]
    said_on: Annotated[Instant, "As the record said on this day."]
    direction: Annotated[str, "UPSTREAM, DOWNSTREAM or BOTH."] = "UPSTREAM"


SAID_COLUMNS = (
    Column("line", "SAID_THEN: no longer said; SAID_NOW: not said then; OTHERWISE: said in another way; LATE: why."),
    Column("what", "An edge, or of LATE the entry that came since."),
    Column("then", "What was said then."),
    Column("now", "What is said now."),
    Column("learnedAt", "Of LATE: when the record learned it."),
    Column("happenedAt", "Of LATE: when it happened, as its producer says."),
)


def what_was_said(record: Record, asked: WhatWasSaid) -> AuditAnswer:
    """The two answers held against each other, and the late entries between that are about it."""
    if asked.direction not in set(Direction):
        raise InputError("A direction is UPSTREAM, DOWNSTREAM or BOTH.", place="variables.direction")
    known = record.pinned().moment.known
    size = min(record.ledger.size_at(asked.said_on), known)
    then, now = MomentInput(asked.about, known_index=size), MomentInput(asked.about, known_index=known)
    sheet = Sheet(record.pinned(now), SAID_COLUMNS)
    found = record.questions.diff(
        [asked.of.ref()],
        Direction(asked.direction),
        from_=then,
        to=now,
        grain=Grain.COLUMN if asked.of.column else Grain.DATASET,
    )
    changed = [edge for change in found.changed_edges for edge in (change.before, change.after)]
    edges = [*found.removed_edges, *found.added_edges, *changed]
    sheet.saw(found.completeness, [*found.removed_nodes, *found.added_nodes], edges)
    names = _names(record, edges)
    for edge in found.removed_edges:
        sheet.add("SAID_THEN", _edge(names, edge), "yes", "no", None, None, entries=edge.entries)
    for edge in found.added_edges:
        sheet.add("SAID_NOW", _edge(names, edge), "no", "yes", None, None, entries=edge.entries)
    for change in found.changed_edges:
        before = "; ".join(f"{name}: {getattr(change.before, name)}" for name in change.changes)
        after = "; ".join(f"{name}: {getattr(change.after, name)}" for name in change.changes)
        entries = {*change.before.entries, *change.after.entries}
        sheet.add("OTHERWISE", _edge(names, change.after), before, after, None, None, entries=entries)
    _late(record, sheet, asked, size, known, {e for told in touching(edges).values() for e in told}, names)
    if size == 0:
        sheet.unknown("said", "The record held nothing on that day: it had not begun.")
    filter_ = "entries appended since that are about an earlier time and name what is asked about or an end of an edge that differs"
    return sheet.done(scanned=EntryRange(size, known, filter_))


def _late(
    record: Record, sheet: Sheet, asked: WhatWasSaid, start: int, stop: int, cited: set[int], names: dict[str, str]
) -> None:
    wanted = {dataset_of(NodeId(id_)) for id_ in names} | _roots(record, asked, start)
    for entry in record.entries(start, stop):
        at = entry.leaf.event_time_us
        if entry.norm is None or (at is not None and at > asked.about) or not record.seen([entry.index]):
            continue
        told = {own for pair in names_in(orjson.loads(entry.norm)) for own in (dataset_id(*pair), job_id(*pair))}
        known_as = set(record.sources.graph.resolve(told, record.pinned().moment).values())
        if entry.index in cited or known_as & wanted:
            sheet.add(
                "LATE", f"entry {entry.index} ({entry.leaf.kind})", None, None, iso(entry.leaf.time_us),
                None if at is None else iso(at), entries=[entry.index],
            )  # fmt: skip


def _roots(record: Record, asked: WhatWasSaid, then: int) -> set[NodeId]:
    """The dataset or job asked about, as it is known now or was then."""
    found: set[NodeId] = set()
    for at in (record.at, MomentInput(known_index=then)):
        with suppress(NotFound):
            found.add(dataset_of(record.find(asked.of.ref(), at).id))
    return found


def _names(record: Record, edges: list[LineageEdge]) -> dict[str, str]:
    ids = {id_ for edge in edges for id_ in (edge.source, edge.target)}
    nodes = record.sources.graph.nodes(ids)
    return {
        id_: written(LineageNode(id_, node.kind, node.namespace, node.name, node.column, None, None, 0))
        for id_, node in nodes.items()
    }


def _edge(names: dict[str, str], edge: LineageEdge) -> str:
    return f"{names.get(edge.source, edge.source)} → {names.get(edge.target, edge.target)} ({edge.flow})"


QUESTIONS = (
    NamedQuestion(
        NamedAuditQuery.Q19_WHAT_WAS_SAID,
        "What did the system say on a day about another day, and why does it say something else today?",
        "all of them",
        WhatWasSaid, SAID_COLUMNS, what_was_said,
    ),
)  # fmt: skip
