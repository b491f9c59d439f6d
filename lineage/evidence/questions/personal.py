"""Q7, Q8, Q10, Q11: personal data: why it is processed, where it flows, where its mark is lost, where it leaves to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from lineage.evidence import vocabulary
from lineage.evidence.answer import AuditAnswer, Column, Sheet, written
from lineage.evidence.marks import Marks, tagged
from lineage.evidence.questions.names import NamedAuditQuery, NamedQuestion
from lineage.evidence.questions.walks import dataset_of, downstream, impact, named
from lineage.evidence.record import MODEL, Record
from lineage.evidence.variables import Place
from lineage.facts import Flow, Grain, Node, NodeKind, Relation
from lineage.ids import NodeId, column_id
from lineage.moment import iso
from lineage.query.answers import LineageAnswer, LineageEdge
from lineage.query.resolve import NodeRef

MARKED_MAX = 5_000  # nodes with one tag from which one walk begins


def marked(record: Record, tag: str) -> list[tuple[Node, int]]:
    """Every dataset and column that bears a tag at the record's moment, with the entry that told it, by name."""
    found = tagged(record.now(Relation.PROPERTY), tag)
    entries = {column_id(s, column) if column else s: entry for s, column, entry in found}
    nodes = record.sources.graph.nodes(entries).values()
    data = [node for node in nodes if node.kind in (NodeKind.DATASET, NodeKind.COLUMN)]
    return [
        (node, entries[node.id]) for node in sorted(data, key=lambda n: (n.namespace, n.name, n.column or "", n.id))
    ]


@dataclass(frozen=True, slots=True)
class ProcessingRecord:
    purpose: Annotated[str | None, "Only this purpose; left out: all of them."] = None


PROCESSING_COLUMNS = (
    Column("purpose", "Why the data is processed (tag `purpose`)."),
    Column("dataset", "A dataset that serves it."),
    Column("categories", "Categories of data (tag `data_category`)."),
    Column("subjects", "Whose data (tag `subject_type`)."),
    Column("recipients", "Who receives it (tag `recipient` here and downstream)."),
    Column("regions", "Where it and what is made of it are stored (tag `region`)."),
    Column("thirdCountries", "Those of them outside of the EEA."),
    Column("retention", "When it is erased (tag `retention`)."),
    Column("owner", "Who answers for it."),
)


def processing_record(record: Record, asked: ProcessingRecord) -> AuditAnswer:
    """One row for each purpose and dataset. What nobody tagged says UNKNOWN, dataset by dataset."""
    sheet = Sheet(record.pinned(), PROCESSING_COLUMNS)
    tag = vocabulary.PURPOSE if asked.purpose is None else f"{vocabulary.PURPOSE}={asked.purpose}"
    purposes: dict[NodeId, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    bearing = [node for node, _ in marked(record, tag)]
    of_each = record.marks(bearing)
    for node in bearing:  # a dataset, or a column whose purpose is its dataset's too
        for mark in of_each.bearing(node.id, tag):
            purposes[dataset_of(node.id)][mark.value or "yes"].add(mark.entry)
    datasets = record.sources.graph.nodes(purposes.keys())
    if not datasets:
        about = "" if asked.purpose is None else f" `{asked.purpose}`"
        sheet.unknown("purpose", f"No dataset is tagged with a purpose{about}: what is processed for it was not told.")
    for dataset in sorted(datasets.values(), key=lambda n: (n.namespace, n.name)):
        below = downstream(record, sheet, [NodeRef(id=dataset.id)], grain=Grain.DATASET)
        marks = record.marks([dataset, *bearing, *below.nodes])

        def told(key: str, what: str, nodes: Iterable[NodeId], *, marks: Marks = marks) -> tuple[list[str], list[int]]:
            values: dict[str, None] = {}
            entries: list[int] = []
            for id_ in nodes:
                for mark in marks.values(id_, key):
                    values[mark.value or "yes"] = None
                    entries.append(mark.entry)
            if not values:
                values[sheet.unknown(what, f"Nobody told it: tag the dataset with `{key}`.", *nodes)] = None
            return list(values), entries

        own = [dataset.id, *(node.id for node in bearing if dataset_of(node.id) == dataset.id)]
        whole = [node.id for node in below.nodes]
        categories, c = told(vocabulary.CATEGORY, "categories", own)
        subjects, s = told(vocabulary.SUBJECTS, "subjects", own)
        recipients, r = told(vocabulary.RECIPIENT, "recipients", whole)
        regions, g = told(vocabulary.REGION, "regions", whole)
        retention, t = told(vocabulary.RETENTION, "retention", own)
        silent = [id_ for id_ in whole if not marks.values(id_, vocabulary.REGION)]
        if silent and g:
            sheet.unknown(
                "regions", "Nobody told where some of what is made of it is stored: tag it with `region`.", *silent
            )
        third = [each for each in regions if each != "UNKNOWN" and not vocabulary.in_eea(each)]
        owner, o = marks.owners(dataset.id)
        for purpose, told_by in sorted(purposes[dataset.id].items()):
            sheet.add(
                purpose, f"{dataset.namespace} {dataset.name}", "; ".join(categories), "; ".join(subjects),
                "; ".join(recipients), "; ".join(regions),
                "; ".join(third) or ("UNKNOWN" if silent else "none"), "; ".join(retention),
                owner or sheet.unknown("owner", "Nobody was said to answer for it.", dataset.id),
                entries={*told_by, *c, *s, *r, *g, *t, *o, *(e for edge in below.edges for e in edge.entries)},
            )  # fmt: skip
    return sheet.done()


@dataclass(frozen=True, slots=True)
class SubjectAccess:
    key: Annotated[Place, "The column that identifies a person, or a dataset about people."]


SUBJECT_COLUMNS = (
    Column("reached", "Where the data flows, or what uses it."),
    Column("kind", "DATASET, COLUMN, JOB, MODEL, DASHBOARD …"),
    Column("certainty", "Whether it is reached for certain."),
    Column("distance", "How many steps away."),
    Column("recipient", "To whom it is disclosed (tag `recipient`)."),
    Column("automatedDecision", "Whether it decides about people by itself (tag `automated_decision`)."),
    Column("owner", "Who answers for it."),
)


def subject_access(record: Record, asked: SubjectAccess) -> AuditAnswer:
    """Everything downstream, with recipients and decisions."""
    sheet = Sheet(record.pinned(), SUBJECT_COLUMNS)
    items = impact(record, sheet, [asked.key.ref()])
    marks = record.marks([item.node for item in items])
    for item in items:
        node = item.node
        recipient, told_by = marks.text(node.id, vocabulary.RECIPIENT)
        decision, decided_by = marks.text(node.id, vocabulary.DECISION)
        decides = node.dataset_type == MODEL or decision is not None
        reason = "Whether the model decides about people by itself was not told: tag it with `automated_decision`."
        sheet.add(
            written(node), node.dataset_type if node.dataset_type and node.column is None else str(node.kind),
            str(item.certainty), item.distance,
            recipient, (decision or sheet.unknown("automatedDecision", reason, node.id)) if decides else None,
            "; ".join(item.owners) or None,
            entries={*told_by, *decided_by, *(e for edge in item.why for e in edge.entries)},
        )  # fmt: skip
    if items and not any(
        row_recipient for row_recipient in (marks.text(i.node.id, vocabulary.RECIPIENT)[0] for i in items)
    ):
        sheet.unknown(
            "recipient", "No dataset downstream is tagged with a `recipient`: whether it is disclosed was not told."
        )
    return sheet.done()


@dataclass(frozen=True, slots=True)
class TagLeaks:
    tag: Annotated[str, "The tag, `key` or `key=value`."] = vocabulary.PII


LEAK_COLUMNS = (
    Column("from", "What bears the tag."),
    Column("to", "What its value flows into without bearing it."),
    Column("derivation", "What happens on the last step: IDENTITY, TRANSFORMATION, AGGREGATION …"),
    Column("certainty", "Whether it flows there for certain."),
    Column("path", "The way, in the order of the flow."),
    Column("jobs", "Who does the last step."),
)


def tag_leaks(record: Record, asked: TagLeaks) -> AuditAnswer:
    """Value edges only, and none through a step that masks: those are what a tag may be lost on."""
    sheet = Sheet(record.pinned(), LEAK_COLUMNS)
    bearing = marked(record, asked.tag)
    if not bearing:
        sheet.unknown("tag", f"Nothing is tagged `{asked.tag}`: where such data is was not told.")
        return sheet.done()
    if len(bearing) > MARKED_MAX:
        sheet.cut(len(bearing) - MARKED_MAX, f"More than {MARKED_MAX} nodes bear the tag. Ask for a narrower one.")
    told_by = {node.id: entry for node, entry in bearing[:MARKED_MAX]}
    answer = downstream(record, sheet, [NodeRef(id=node) for node in told_by], grain=Grain.COLUMN, flows=[Flow.VALUE])
    marks = record.marks(answer.nodes)
    bears = {node.id for node in answer.nodes if marks.bearing(node.id, asked.tag)} | told_by.keys()
    names = {node.id: node for node in answer.nodes}
    came_by = _carried(answer, told_by.keys())
    jobs = record.sources.graph.nodes({job for edge in answer.edges for job in edge.jobs})
    for id_, way in came_by.items():
        if id_ in bears:
            continue
        last = way[-1]
        sheet.add(
            written(names[way[0].source]), written(names[id_]), last.transformation,
            "CERTAIN" if all(edge.certainty == "CERTAIN" for edge in way) else "POSSIBLE",
            " → ".join([written(names[way[0].source]), *(written(names[edge.target]) for edge in way)]),
            named(jobs, last.jobs),
            entries={told_by[way[0].source], *(e for edge in way for e in edge.entries)},
        )  # fmt: skip
    return sheet.done()


def _carried(answer: LineageAnswer, roots: Iterable[NodeId]) -> dict[NodeId, tuple[LineageEdge, ...]]:
    """Everything that a value reaches unmasked, with one shortest way there, sure steps before guessed ones."""
    out: dict[NodeId, list[LineageEdge]] = defaultdict(list)
    for edge in sorted(answer.edges, key=lambda e: (e.certainty != "CERTAIN", e.table_level, e.source, e.target)):
        if not edge.masking:
            out[edge.source].append(edge)
    reached: dict[NodeId, tuple[LineageEdge, ...]] = dict.fromkeys(roots, ())
    frontier = list(reached)
    while frontier:
        following = []
        for node in frontier:
            for edge in out[node]:
                if edge.target not in reached:
                    reached[edge.target] = (*reached[node], edge)
                    following.append(edge.target)
        frontier = following
    return {node: way for node, way in reached.items() if way}


@dataclass(frozen=True, slots=True)
class TransfersAbroad:
    source: Annotated[Place | None, "Only what flows from here; left out: from everything tagged with a region."] = None


TRANSFER_COLUMNS = (
    Column("from", "The dataset that data leaves."),
    Column("fromRegion", "Where it is stored (tag `region`)."),
    Column("to", "The dataset that it goes into."),
    Column("toRegion", "Where that is stored."),
    Column("leavesEea", "YES, or UNKNOWN where a region was not told."),
    Column("transferTool", "Under what (tag `transfer_tool`)."),
    Column("since", "When a run first did it."),
    Column("certainty", "Whether it does for certain."),
    Column("jobs", "Who does it."),
)


def transfers_abroad(record: Record, asked: TransfersAbroad) -> AuditAnswer:
    """Edges from inside of the EEA, or from where nobody told, to outside, or to where nobody told."""
    sheet = Sheet(record.pinned(), TRANSFER_COLUMNS)
    if asked.source is not None:
        roots = [asked.source.ref()]
    else:
        found = marked(record, vocabulary.REGION)
        roots = [NodeRef(id=each) for each in dict.fromkeys(dataset_of(node.id) for node, _ in found)][:MARKED_MAX]
        if not roots:
            sheet.unknown("regions", "Nothing is tagged with a `region`: where data is stored was not told.")
            return sheet.done()
    answer = downstream(record, sheet, roots, grain=Grain.DATASET)
    marks = record.marks(answer.nodes)
    names = {node.id: node for node in answer.nodes}
    jobs = record.sources.graph.nodes({job for edge in answer.edges for job in edge.jobs})
    for edge in answer.edges:
        here, told_here = marks.text(edge.source, vocabulary.REGION)
        there, told_there = marks.text(edge.target, vocabulary.REGION)
        inside = None if here is None else vocabulary.in_eea(here)
        outside = None if there is None else not vocabulary.in_eea(there)
        if inside is False or outside is False:
            continue  # it comes from abroad already, or stays inside
        tool, told_tool = marks.text(edge.target, vocabulary.TRANSFER)
        for id_, region in ((edge.source, here), (edge.target, there)):
            if region is None:
                sheet.unknown("region", "Nobody told where it is stored: tag it with `region`.", id_)
        leaves = bool(inside and outside)
        since = None if edge.first_seen_us is None else iso(edge.first_seen_us)
        reason = "Under what the data may leave was not told: tag the target with `transfer_tool`."
        sheet.add(
            written(names[edge.source]), here or "UNKNOWN", written(names[edge.target]), there or "UNKNOWN",
            "YES" if leaves else "UNKNOWN",
            tool or (sheet.unknown("transferTool", reason, edge.target) if leaves else None),
            since or sheet.unknown("since", "No run told when it began: it was declared or stated only.", edge.target),
            str(edge.certainty), named(jobs, edge.jobs),
            entries={*edge.entries, *told_here, *told_there, *told_tool},
        )  # fmt: skip
    return sheet.done()


QUESTIONS = (
    NamedQuestion(
        NamedAuditQuery.Q7_PROCESSING_RECORD,
        "For each processing purpose: categories of data, recipients, third countries, erasure times.",
        "GDPR Art. 5(2), 30",
        ProcessingRecord, PROCESSING_COLUMNS, processing_record,
    ),
    NamedQuestion(
        NamedAuditQuery.Q8_SUBJECT_ACCESS,
        "Where does the data of a subject's key flow, to whom was it disclosed, which automated decisions use it?",
        "GDPR Art. 15",
        SubjectAccess, SUBJECT_COLUMNS, subject_access,
    ),
    NamedQuestion(
        NamedAuditQuery.Q10_TAG_LEAKS,
        "Which paths lead personal data to something that is not marked so?",
        "GDPR Art. 25",
        TagLeaks, LEAK_COLUMNS, tag_leaks,
    ),
    NamedQuestion(
        NamedAuditQuery.Q11_TRANSFERS_ABROAD,
        "Which flows leave the EEA, under which transfer tool, since when?",
        "GDPR Art. 44-49",
        TransfersAbroad, TRANSFER_COLUMNS, transfers_abroad,
    ),
)  # fmt: skip
