"""Q4, Q15, Q17 and Q18: the record itself: a system's events, who saw what, who administered, and that nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated

import orjson

from lineage.access.naming import names_in
from lineage.errors import InputError
from lineage.evidence.answer import AuditAnswer, Column, EntryRange, Head, Sheet
from lineage.evidence.questions.names import NamedAuditQuery, NamedQuestion
from lineage.evidence.questions.personal import marked
from lineage.evidence.record import Record
from lineage.evidence.variables import Instant, Place
from lineage.facts import Node, Relation
from lineage.ids import NodeId, column_id, namespace_id, parent_of
from lineage.ledger import Entry
from lineage.ledger.leaf import Leaf
from lineage.moment import iso
from lineage.names import normal_namespace
from lineage.verify.tree import leaf_hash, verify_consistency, verify_inclusion

HEARTBEAT = "heartbeat"
GAP_S = 15 * 60  # heartbeats come each 10 min; one that is late by half is a gap
ADMIN_KINDS = ("admin.", "key.", "erase", "legal_hold", "annotate", "reject", "projector", "graph.")
"""Beginnings of the kinds that are no events of producers: who changed how the record is kept or read."""


def span(record: Record, from_us: int | None, to_us: int | None) -> tuple[int, int]:
    """The positions of the entries that were appended in [from_us, to_us), below the record's head."""
    stop = record.head.size
    start = 0 if from_us is None else min(record.ledger.size_at(from_us - 1), stop)
    if to_us is not None:
        stop = min(stop, record.ledger.size_at(to_us - 1))
    return start, max(start, stop)


@dataclass(frozen=True, slots=True)
class EventsOfSystem:
    system: Annotated[str, "A namespace, or the beginning of one before a `*`: all jobs and datasets in it."]
    from_: Annotated[Instant | None, "Entries from this time on (when they were appended)."] = None
    to: Annotated[Instant | None, "Entries before this time."] = None


EVENT_COLUMNS = (
    Column("index", "The entry's position in the log."),
    Column("time", "When it was appended."),
    Column("eventTime", "When it happened, as its producer says."),
    Column("kind", "What it is."),
    Column("job", "The job that it is about."),
    Column("actor", "Who sent it."),
    Column("leafHash", "What proofs speak about, in hexadecimal."),
)


def events_of_system(record: Record, asked: EventsOfSystem) -> AuditAnswer:
    """A filter over an unbroken range of the log: whoever runs it again over the same leaves finds the same."""
    sheet = Sheet(record.pinned(), EVENT_COLUMNS)
    start, stop = span(record, asked.from_, asked.to)
    named = _namespace_filter(record, asked.system)
    erased = 0
    for entry in record.entries(start, stop):
        if entry.norm is None:
            erased += entry.leaf.position("norm") is not None and bool(record.seen([entry.index]))
            continue
        told = orjson.loads(entry.norm)
        if not any(named(namespace) for namespace in {namespace for namespace, _ in names_in(told)}):
            continue
        if record.opened(entry.index):
            sheet.add(*_event(record, entry, told), entries=[entry.index])
    if erased:
        reason = (
            "Entries in this range had their payload erased under an `erase` entry: whether they named it is unknown."
        )
        sheet.unknown("erased", reason)
    described = f"entries whose normalised payload names a job or dataset of namespace {asked.system}"
    return sheet.done(scanned=EntryRange(start, stop, described))


def _namespace_filter(record: Record, wanted: str) -> Callable[[str], bool]:
    """Whether a namespace, as a producer spelled it, is the one asked about: by any of its spellings."""
    beginning = wanted.removesuffix("*")
    whole = wanted == beginning
    at = record.pinned().moment

    @cache
    def spellings(raw: str) -> frozenset[str]:
        own = [namespace_id(raw), namespace_id(normal_namespace(raw))]
        nodes = record.sources.graph.nodes(record.sources.graph.resolve(own, at).values())
        return frozenset({raw, normal_namespace(raw), *(node.namespace for node in nodes.values())})

    asked = spellings(wanted) if whole else frozenset()
    return lambda raw: bool(spellings(raw) & asked) if whole else any(s.startswith(beginning) for s in spellings(raw))


def _event(record: Record, entry: Entry, told: object) -> tuple[int | str | None, ...]:
    leaf = entry.leaf
    job = told.get("job") if isinstance(told, dict) else None
    named = f"{job.get('namespace')} {job.get('name')}" if isinstance(job, dict) else None
    digest = leaf_hash(record.ledger.leaf_bytes(entry.index)).hex()
    at = None if leaf.event_time_us is None else iso(leaf.event_time_us)
    return entry.index, iso(leaf.time_us), at, leaf.kind, named, leaf.actor, digest


@dataclass(frozen=True, slots=True)
class WhoSaw:
    of: Annotated[Place | None, "What was looked at, its columns and versions included."] = None
    tag: Annotated[str | None, "Or: everything that bears this tag now."] = None
    from_: Annotated[Instant | None, "Reads from this time on."] = None
    to: Annotated[Instant | None, "Reads before this time."] = None


SEEN_COLUMNS = (
    Column("time", "When."),
    Column("actor", "Who: an opaque id; `headwater key list` names it."),
    Column("kind", "read, export or deny."),
    Column("operation", "What was asked."),
    Column("purpose", "Why, as the asker said."),
    Column("decision", "allowed, or why not."),
    Column("objects", "How many of the things asked about it held."),
    Column("accessIndex", "The entry's position in the access log."),
)


def who_saw(record: Record, asked: WhoSaw) -> AuditAnswer:
    """From the access log, which is a Merkle log of its own."""
    sheet = Sheet(record.pinned(), SEEN_COLUMNS)
    if (asked.of is None) == (asked.tag is None):
        raise InputError("Give `of` or `tag`: one of them.", place="variables.of")
    if record.access is None:
        sheet.unknown("access", "There is no access log that you may read: ask with a key that has audit:read.")
        return sheet.done()
    if asked.of is not None:
        node = record.find(asked.of.ref())
        nodes, column = [node], node.column
    else:
        nodes, column = [node for node, _ in marked(record, asked.tag or "")], None
        if not nodes:
            sheet.unknown("tag", f"Nothing is tagged `{asked.tag}` now: where such data is was not told.")
    wanted = _known_as(record, nodes)
    if column is not None:
        wanted = {column_id(each, column) for each in wanted}
    hidden = 0
    for access in record.access.between(asked.from_, asked.to):
        if access.objects is None:
            hidden += 1
            continue
        held = [id_ for id_ in access.objects if id_ in wanted or (column is None and parent_of(NodeId(id_)) in wanted)]
        if held:
            sheet.add(
                iso(access.time_us), access.actor, access.kind, access.operation, access.purpose or None,
                access.decision, len(held), access.index,
            )  # fmt: skip
    if hidden:
        sheet.unknown("objects", "Of some entries in this time, what was looked at was erased.")
    begins_us = record.access.begins_us()
    if begins_us is not None and (asked.from_ is None or asked.from_ < begins_us):
        sheet.unknown("entries", f"What was read before {iso(begins_us)} is pruned from the access log.")
    return sheet.done()


def _known_as(record: Record, nodes: Sequence[Node]) -> set[NodeId]:
    """The datasets or jobs that nodes are or are inside of, and the versions of models, by their own ids and those of all
    their spellings: what was logged before a merge has those."""
    holders = sorted({parent_of(node.id) or node.id for node in nodes})
    holders += sorted(record.version_datasets(holders))
    at = record.pinned().moment
    names = record.sources.graph.facts(holders, (Relation.NAME,), at, by_object=True) if holders else []
    return {*holders, *(version.fact.subject for version in names)}


@dataclass(frozen=True, slots=True)
class AdminAndGaps:
    from_: Annotated[Instant | None, "Entries from this time on."] = None
    to: Annotated[Instant | None, "Entries before this time."] = None
    gap_s: Annotated[int, "From how many seconds without an entry on it counts as a gap."] = GAP_S


ADMIN_COLUMNS = (
    Column("line", "CHANGE: somebody changed something; GAP: no heartbeat for longer than one comes."),
    Column("from", "When; of a gap, its begin."),
    Column("to", "Of a gap, its end."),
    Column("kind", "The entry's kind; of a gap, its length in seconds."),
    Column("actor", "Who."),
    Column("index", "The entry's position; of a gap, the entry that ended it."),
)


def admin_and_gaps(record: Record, asked: AdminAndGaps) -> AuditAnswer:
    """Every entry of the range is looked at. While the log grows it is up; in silence only heartbeats tell."""
    sheet = Sheet(record.pinned(), ADMIN_COLUMNS)
    start, stop = span(record, asked.from_, asked.to)
    last: Leaf | None = None
    beats = 0
    gaps: list[tuple[Leaf, Leaf]] = []
    for leaf in record.leaves(start, stop):
        beats += leaf.kind == HEARTBEAT
        if last is not None and leaf.time_us - last.time_us > asked.gap_s * 1_000_000:
            gaps.append((last, leaf))
        if leaf.kind.startswith(ADMIN_KINDS) and record.seen([leaf.index]):
            sheet.add("CHANGE", iso(leaf.time_us), None, leaf.kind, leaf.actor, leaf.index, entries=[leaf.index])
        last = leaf
    for before, after in gaps if beats else ():
        length_s = (after.time_us - before.time_us) // 1_000_000
        sheet.add("GAP", iso(before.time_us), iso(after.time_us), f"{length_s} s", None, after.index,
                  entries=[before.index, after.index])  # fmt: skip
    if not beats:
        sheet.unknown("gaps", "There is no heartbeat in this range: in silence nobody can tell whether the log was up.")
    if start == stop:
        sheet.unknown("entries", "The log has no entries in this time.")
    return sheet.done(scanned=EntryRange(start, stop, "entries whose kind is of administration, and heartbeats"))


@dataclass(frozen=True, slots=True)
class EntryUnaltered:
    index: Annotated[int, "The entry's position in the log."]
    since: Annotated[Instant | None, "Since when it is to be shown unaltered; left out: since it was appended."] = None


UNALTERED_COLUMNS = (
    Column("check", "What was checked: inclusion, consistency, signature, index, time."),
    Column("result", "HOLDS, FAILS or UNKNOWN."),
    Column("detail", "With which sizes and roots: the pack has the proofs, to be checked without us."),
)


def entry_unaltered(record: Record, asked: EntryUnaltered) -> AuditAnswer:
    """Proofs, made and checked with the verifier's own code; the auditor checks them again."""
    sheet = Sheet(record.pinned(), UNALTERED_COLUMNS)
    size, root = record.head.size, record.head.root
    if not 0 <= asked.index < size or not record.seen([asked.index]):
        raise InputError(
            f"The log has no entry {asked.index} up to {size}. Ask for a smaller one.", place="variables.index"
        )
    leaf_bytes, leaf = record.ledger.leaf_bytes(asked.index), record.ledger.leaf(asked.index)
    digest = leaf_hash(leaf_bytes)
    included = verify_inclusion(digest, asked.index, size, record.ledger.inclusion_proof(asked.index, size), root)
    told = [asked.index]
    sheet.add(
        "inclusion", _holds(included), f"leaf {digest.hex()} under root {root.hex()} at size {size}", entries=told
    )
    stated = leaf.index == asked.index and leaf.origin == record.ledger.origin
    sheet.add("index", _holds(stated), f"the leaf says it is {leaf.index} of {leaf.origin}", entries=told)
    sheet.add(
        "appended",
        "HOLDS",
        f"the leaf says {iso(leaf.time_us)}; who cosigned vouches for the head's time",
        entries=told,
    )
    older = _since(record, sheet, asked, leaf)
    signed = (
        "HOLDS"
        if record.head.note
        else sheet.unknown("signature", "Nobody signs this log: its operator could rewrite it.")
    )
    sheet.add("signature", signed, record.head.status)
    scanned = EntryRange(asked.index, asked.index + 1, "the entry itself")
    return sheet.done(scanned=scanned, older=older)


def _since(record: Record, sheet: Sheet, asked: EntryUnaltered, leaf: Leaf) -> tuple[Head, ...]:
    since = asked.since if asked.since is not None else leaf.time_us
    size = record.head.size
    # a head counts for a time when all that it covers had been appended by then
    older = record.older_head(min(size, max(record.ledger.size_at(since), asked.index + 1)))
    if older is None or older.size <= asked.index:
        reason = "No checkpoint that covers the entry was kept from that time: only later ones can be held against it."
        sheet.add(
            "consistency",
            sheet.unknown("consistency", reason),
            f"no checkpoint over entry {asked.index} by {iso(since)}",
        )
        return ()
    proof = record.ledger.consistency_proof(older.size, size)
    holds = verify_consistency(older.size, size, proof, older.root, record.head.root)
    detail = (
        f"the log of size {size} extends the one of size {older.size} under root {older.root.hex()}, {older.status}"
    )
    sheet.add("consistency", _holds(holds), detail, entries=[asked.index])
    return (older,)


def _holds(found: bool) -> str:
    return "HOLDS" if found else "FAILS"


QUESTIONS = (
    NamedQuestion(
        NamedAuditQuery.Q4_EVENTS_OF_SYSTEM,
        "Show all recorded events of a system in a time; prove that there is no gap and no deletion.",
        "AI Act Art. 12, 18, 19, 26(6)",
        EventsOfSystem, EVENT_COLUMNS, events_of_system,
    ),
    NamedQuestion(
        NamedAuditQuery.Q15_WHO_SAW,
        "Who viewed or exported lineage of (protected) datasets in a time?",
        "HIPAA 164.312(b), 164.316(b)(2)",
        WhoSaw, SEEN_COLUMNS, who_saw,
    ),
    NamedQuestion(
        NamedAuditQuery.Q17_ADMIN_AND_GAPS,
        "Show all admin and policy changes; show when logging was down.",
        "DORA RTS 2024/1774 Art. 12",
        AdminAndGaps, ADMIN_COLUMNS, admin_and_gaps,
    ),
    NamedQuestion(
        NamedAuditQuery.Q18_ENTRY_UNALTERED,
        "Prove that an entry was not altered since a date.",
        "all of them",
        EntryUnaltered, UNALTERED_COLUMNS, entry_unaltered,
    ),
)  # fmt: skip
