"""Q9: what still holds data after it was erased in its source.

The one idea: a dataset is clean once it was replaced whole out of what was clean by then. So the clean ones are found from
the source outwards; a rebuild out of a table that still held the data has brought it back.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated

from lineage.body import parse_time
from lineage.evidence import vocabulary
from lineage.evidence.answer import AuditAnswer, Column, Sheet
from lineage.evidence.marks import Marks
from lineage.evidence.questions.names import NamedAuditQuery, NamedQuestion
from lineage.evidence.questions.walks import dataset_of, downstream, impact, moments_of
from lineage.evidence.record import Record
from lineage.evidence.variables import Instant, Place
from lineage.facts import Grain, Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER, iso
from lineage.query.answers import ImpactItem


@dataclass(frozen=True, slots=True)
class ErasureReach:
    source: Annotated[Place, "Where the data was erased: a dataset or a column."]
    erased_at: Annotated[Instant, "When."]


ERASURE_COLUMNS = (
    Column("dataset", "What was derived from it."),
    Column("kind", "TABLE, FEATURE_VIEW, MODEL …"),
    Column("certainty", "Whether it was derived from it for certain."),
    Column("lastWritten", "When it was last written."),
    Column("stillHolds", "NO: replaced whole since; YES: not written since, or only added to; UNKNOWN: not told."),
    Column("because", "Why."),
)


def erasure_reach(record: Record, asked: ErasureReach) -> AuditAnswer:
    """Downstream as it was at the erasure and as it is now: what was derived once may hold it still."""
    sheet = Sheet(record.pinned(), ERASURE_COLUMNS)
    items: dict[NodeId, ImpactItem] = {}
    feeds: dict[NodeId, set[NodeId]] = defaultdict(set)
    for at in moments_of(record, asked.source, asked.erased_at, None):
        for item in impact(record, sheet, [asked.source.ref()], at):
            id_ = dataset_of(item.node.id)
            held = items.get(id_)
            if item.node.kind in (NodeKind.DATASET, NodeKind.COLUMN) and (
                held is None or (held.certainty == "POSSIBLE" and item.certainty == "CERTAIN")
            ):
                items[id_] = item
        for edge in downstream(record, sheet, [asked.source.ref()], grain=Grain.DATASET, at=at).edges:
            feeds[dataset_of(edge.target)].add(dataset_of(edge.source))
    source = dataset_of(record.find(asked.source.ref(), moments_of(record, asked.source, asked.erased_at, None)[-1]).id)
    nodes = record.sources.graph.nodes(items)
    marks = record.marks(nodes.values())
    writes = _last_writes(record, nodes.keys())
    verdicts = _verdicts(sheet, marks, nodes, feeds, writes, source, asked.erased_at)
    for id_, node in sorted(nodes.items(), key=lambda each: (each[1].namespace, each[1].name)):
        last, item = writes.get(id_), items[id_]
        _, told_by = marks.text(id_, vocabulary.REFRESH)
        sheet.add(
            f"{node.namespace} {node.name}", item.node.dataset_type or str(node.kind), str(item.certainty),
            iso(last[0]) if last else sheet.unknown("lastWritten", "No run that wrote it told its end.", id_),
            *verdicts[id_],
            entries={*told_by, *([last[1]] if last else []), *(e for edge in item.why for e in edge.entries)},
        )  # fmt: skip
    sheet.unknown(
        "exports", "Copies that people took out of these places are not in the record; exports of lineage are Q15."
    )
    return sheet.done()


def _verdicts(
    sheet: Sheet,
    marks: Marks,
    nodes: Mapping[NodeId, Node],
    feeds: Mapping[NodeId, set[NodeId]],
    writes: Mapping[NodeId, tuple[int, int]],
    source: NodeId,
    erased_us: int,
) -> dict[NodeId, tuple[str, str]]:
    """Whether each dataset still holds what was erased. One is clean once it was replaced whole from what was clean by then:
    so the clean ones are found from the source outwards, until no more are."""
    found = {
        id_: _still_holds(
            sheet, id_, writes[id_][0] if id_ in writes else None, erased_us, marks.text(id_, vocabulary.REFRESH)[0]
        )
        for id_ in nodes
    }
    clean = {source: erased_us}
    growing = True
    while growing:
        growing = False
        for id_, (holds, _) in found.items():
            behind = feeds.get(id_, set()) - {id_}
            if (
                id_ not in clean
                and holds == "NO"
                and all(clean.get(each, FOREVER) <= writes[id_][0] for each in behind)
            ):
                clean[id_] = writes[id_][0]
                growing = True
    for id_, (holds, _) in found.items():
        if holds == "NO" and id_ not in clean:
            found[id_] = ("YES", "replaced since, but out of what still held it then")
    return found


def _last_writes(record: Record, datasets: Collection[NodeId]) -> dict[NodeId, tuple[int, int]]:
    """Of each dataset, (when the last completed run that wrote it began to count, the entry that told it)."""
    told = record.sources.graph.history(
        sorted(datasets), (Relation.WRITES,), known=record.pinned().moment.known, by_object=True
    )
    jobs = sorted({v.fact.subject for v in told})
    found: dict[NodeId, tuple[int, int]] = {}
    for version in record.versions_of(sorted(datasets)):
        found[NodeId(version.fact.object)] = (version.valid.from_us, version.known_from - 1)
    runs = [v for v in record.runs_of(jobs) if v.fact.label == "COMPLETE"]
    for run in runs:
        value = json.loads(run.fact.value)
        ended = value.get("endedAt") or value.get("startedAt")
        own = [NodeId(each) for each in value.get("outputs", ())]
        shown = record.sources.graph.resolve(own, record.pinned().moment)
        at_us = _instant(ended)
        for output in shown.values():
            if output in datasets and at_us is not None and at_us > found.get(output, (-1, 0))[0]:
                found[output] = (at_us, run.known_from - 1)
    return found


def _instant(text: object) -> int | None:
    return parse_time(text) if isinstance(text, str) else None


def _still_holds(
    sheet: Sheet, dataset: NodeId, last_us: int | None, erased_us: int, refresh: str | None
) -> tuple[str, str]:
    if last_us is None:
        return sheet.unknown("stillHolds", "No run that wrote it told its end.", dataset), "never seen written"
    if last_us <= erased_us:
        return "YES", "not written since the erasure"
    match (refresh or "").casefold():
        case "full":
            return "NO", "replaced whole since (tag `refresh=full`)"
        case "append":
            return "YES", "only added to since (tag `refresh=append`)"
    reason = "It was written since, but whether that replaced everything was not told: tag it with `refresh`."
    return sheet.unknown("stillHolds", reason, dataset), "written since"


QUESTIONS = (
    NamedQuestion(
        NamedAuditQuery.Q9_ERASURE_REACH,
        "After an erasure in a source: which derived tables, features and models still hold it, which were rebuilt since?",
        "GDPR Art. 17, 19",
        ErasureReach, ERASURE_COLUMNS, erasure_reach,
    ),
)  # fmt: skip
