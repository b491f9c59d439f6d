"""Q12 to Q14: a reported figure: its way by attribute, who changed the code behind it, and what made it as it was."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from lineage.body import parse_time
from lineage.evidence import vocabulary
from lineage.evidence.answer import AuditAnswer, Column, Sheet, written
from lineage.evidence.questions.names import NamedAuditQuery, NamedQuestion
from lineage.evidence.questions.training import code_of
from lineage.evidence.questions.walks import (
    dataset_of,
    is_stated,
    jobs_between,
    moments_of,
    named,
    provenance,
    versions_read,
)
from lineage.evidence.record import Record
from lineage.evidence.variables import Instant, Place
from lineage.facts import Certainty, FactVersion, Relation
from lineage.ids import NodeId
from lineage.moment import Moment, iso
from lineage.query.answers import LineageEdge
from lineage.query.moments import MomentInput
from lineage.query.resolve import NodeRef

CODE_LABELS = ("sourceCodeVersion", "sourceCode", "sql")
"""What a change of tells that a job's code changed, the surest first."""


@dataclass(frozen=True, slots=True)
class FigureLineage:
    figure: Annotated[Place, "The figure: a column of a report, or a whole report."]
    on: Annotated[Instant | None, "The reporting date; left out: now."] = None


FIGURE_COLUMNS = (
    Column("line", "EDGE: one step; COVERAGE: how many steps are known how well."),
    Column("from", "What goes in, from the capture on."),
    Column("to", "What comes out."),
    Column("operation", "What is done."),
    Column("known", "KNOWN: by attribute and for certain; INFERRED: paired by a rule; UNKNOWN: between tables only."),
    Column("manual", "Whether a person does it by hand or vouches for it: YES, NO."),
    Column("jobs", "Who does it."),
    Column("count", "COVERAGE: how many steps; null elsewhere."),
)


def figure_lineage(record: Record, asked: FigureLineage) -> AuditAnswer:
    """Every step upstream, and the coverage figure."""
    sheet = Sheet(record.pinned(), FIGURE_COLUMNS)
    at = record.moment(asked.on)
    answer = provenance(record, sheet, asked.figure.ref(), at)
    names = {node.id: node for node in answer.nodes}
    jobs = record.sources.graph.nodes(jobs_between(answer.edges))
    marks = record.marks([*answer.nodes, *jobs.values()], at)
    counted: Counter[str] = Counter()
    for edge in sorted(answer.edges, key=lambda e: (-names[e.source].distance, written(names[e.source]), e.target)):
        known = _known(edge)
        counted[known] += 1
        by_hand = is_stated(edge) or any(
            marks.bearing(id_, vocabulary.MANUAL) for id_ in (*edge.jobs, edge.source, edge.target)
        )
        sheet.add(
            "EDGE", written(names[edge.source]), written(names[edge.target]),
            edge.transformation or str(edge.flow), known, "YES" if by_hand else "NO", named(jobs, edge.jobs), None,
            entries=edge.entries,
        )  # fmt: skip
    if not answer.edges:
        sheet.unknown("figure", "Nothing is known upstream of it: no run told what it is made of.")
    for known in ("KNOWN", "INFERRED", "UNKNOWN"):
        sheet.add("COVERAGE", None, None, None, known, None, None, counted[known])
    if counted["UNKNOWN"]:
        sheet.unknown("known", "Some steps are known between tables only: their jobs sent no column lineage.")
    return sheet.done()


def _known(edge: LineageEdge) -> str:
    if edge.table_level:
        return "UNKNOWN"
    return "KNOWN" if edge.certainty is Certainty.CERTAIN else "INFERRED"


@dataclass(frozen=True, slots=True)
class CodeChanges:
    figure: Annotated[Place, "The report's cell: a column or a dataset."]
    since: Annotated[Instant, "Changes from this time on."]
    until: Annotated[Instant | None, "Changes before this time; left out: up to now."] = None


CODE_COLUMNS = (
    Column("job", "Whose code changed."),
    Column("changedAt", "From when on a run told the new one."),
    Column("what", "sourceCodeVersion, sourceCode or sql."),
    Column("before", "The code before."),
    Column("after", "The code after."),
    Column("author", "Who wrote it (tag `author` of the job, as of then)."),
    Column("approver", "Who approved it (tag `approver`)."),
    Column("deployer", "Who deployed it (tag `deployer`)."),
    Column("ticket", "The change's ticket (tag `ticket`)."),
    Column("separated", "Separation of duties: YES when author, approver and deployer are three; NO; UNKNOWN."),
)


def code_changes(record: Record, asked: CodeChanges) -> AuditAnswer:
    """Of every job upstream at any time of the span: what its code was, and what it became."""
    sheet = Sheet(record.pinned(), CODE_COLUMNS)
    jobs: dict[NodeId, None] = {}
    for at in moments_of(record, asked.figure, asked.since, asked.until):
        answer = provenance(record, sheet, asked.figure.ref(), at)
        jobs |= dict.fromkeys(jobs_between(answer.edges))
    nodes = record.sources.graph.nodes(jobs)
    known = record.pinned().moment.known
    history = record.sources.graph.history(sorted(jobs), (Relation.PROPERTY,), known=known) if jobs else []
    found: list[tuple[FactVersion, FactVersion | None]] = []
    for label in CODE_LABELS:
        for job in nodes:
            told = sorted(
                (v for v in history if v.fact.subject == job and v.fact.label == label), key=lambda v: v.valid.from_us
            )
            found += [
                (version, before)
                for before, version in zip((None, *told), told, strict=False)
                if asked.since <= version.valid.from_us < (asked.until or 1 << 62) and before is not None
            ]
    silent = [job for job in nodes if not any(v.fact.subject == job and v.fact.label in CODE_LABELS for v in history)]
    if silent:
        sheet.unknown(
            "job", "The job told neither a source code version nor SQL: whether its code changed is unknown.", *silent
        )
    if not jobs:
        sheet.unknown("job", "No job upstream of it is known.")
    for version, before in sorted(
        found, key=lambda each: (each[0].valid.from_us, each[0].fact.subject, each[0].fact.label)
    ):
        changed = nodes[version.fact.subject]
        marks = record.marks([changed], MomentInput(version.valid.from_us, known_index=known))
        people, told_by = [], []
        for key in (vocabulary.AUTHOR, vocabulary.APPROVER, vocabulary.DEPLOYER, vocabulary.TICKET):
            value, entries = marks.text(changed.id, key)
            reason = f"Nobody told it: tag the job with `{key}`, valid from the change on."
            people.append(value or sheet.unknown(key, reason, changed.id))
            told_by += entries
        sheet.add(
            f"{changed.namespace} {changed.name}", iso(version.valid.from_us), version.fact.label,
            _code(before.fact.value) if before else None, _code(version.fact.value), *people,
            _separated(sheet, people[:3], changed.id),
            entries={version.known_from - 1, *told_by, *([before.known_from - 1] if before else [])},
        )  # fmt: skip
    return sheet.done()


def _separated(sheet: Sheet, people: Sequence[str], job: NodeId) -> str:
    if "UNKNOWN" in people:
        return sheet.unknown("separated", "Author, approver and deployer were not all told.", job)
    return "YES" if len({each.casefold() for each in people}) == len(people) else "NO"


def _code(value: str) -> str:
    told = json.loads(value) if value else None
    if not isinstance(told, dict):
        return str(told)
    for key in ("version", "tag", "branch", "sourceCodeSha256", "query", "url"):
        if told.get(key):
            return str(told[key])
    return value


@dataclass(frozen=True, slots=True)
class RecreateFigure:
    figure: Annotated[Place, "The figure: a column of a report, or a whole report."]
    on: Annotated[Instant, "The date as of which it was reported."]


RECREATE_COLUMNS = (
    Column("item", "run, startedAt, endedAt, job, code, parameter, nominalTime, input."),
    Column("name", "Which one, where there are several."),
    Column("value", "What it was."),
    Column("version", "Of an input: the state that was read: its version, or which run wrote it when."),
    Column("versionKnownBy", "REPORTED: the run told it; LAST_WRITE: the last write before the run began."),
)


def recreate_figure(record: Record, asked: RecreateFigure) -> AuditAnswer:
    """The last run that completed and wrote the report by then, with its inputs, code and parameters."""
    at = record.moment(asked.on)
    sheet = Sheet(record.pinned(at), RECREATE_COLUMNS)
    node = record.find(asked.figure.ref(), at)
    dataset = dataset_of(node.id)
    run = _last_run(record, dataset, asked.on)
    if run is None:
        reason = "No completed run that wrote it by then is on record, so what made it is not known."
        sheet.unknown("run", reason, dataset)
        return sheet.done()
    value = json.loads(run.fact.value)
    entry = (run.known_from - 1,)
    moment = record.pinned(at).moment
    job_id = record.sources.graph.resolve([NodeId(run.fact.object)], moment).get(NodeId(run.fact.object))
    jobs = record.sources.graph.nodes([job_id] if job_id else [])
    began = parse_time(value["startedAt"])
    marks = record.marks(jobs.values(), MomentInput(began, known_index=moment.known))
    sheet.add("run", None, str(value.get("runId")), None, None, entries=entry)
    sheet.add("startedAt", None, value["startedAt"], None, None, entries=entry)
    sheet.add("endedAt", None, value.get("endedAt"), None, None, entries=entry)
    for job in jobs.values():
        sheet.add("job", None, f"{job.namespace} {job.name}", None, None, entries=entry)
        code = code_of(marks, job.id)
        told = [e for label in CODE_LABELS for e in marks.property(job.id, label)[1]]
        reason = "The job told neither a source code version nor SQL."
        sheet.add("code", None, code or sheet.unknown("code", reason, job.id), None, None, entries=told or entry)
    _parameters(sheet, value.get("facets"), entry)
    _inputs(record, sheet, run, value, record.pinned(MomentInput(began, known_index=moment.known)).moment)
    return sheet.done()


def _last_run(record: Record, dataset: NodeId, on_us: int) -> FactVersion | None:
    known = record.pinned().moment.known
    told = record.sources.graph.history([dataset], (Relation.WRITES,), known=known, by_object=True)
    moment = record.pinned(record.moment(on_us)).moment
    best: tuple[int, FactVersion] | None = None
    for run in record.runs_of(sorted({v.fact.subject for v in told})):
        value = json.loads(run.fact.value)
        if run.fact.label != "COMPLETE" or value.get("distrusted"):
            continue
        ended = parse_time(value.get("endedAt") or value["startedAt"])
        own = [NodeId(each) for each in value.get("outputs", ())]
        if ended <= on_us and dataset in record.sources.graph.resolve(own, moment).values():
            best = max(best or (ended, run), (ended, run), key=lambda each: each[0])
    return best[1] if best else None


def _parameters(sheet: Sheet, facets: object, entry: Iterable[int]) -> None:
    told = facets if isinstance(facets, dict) else {}
    parameters = json.loads(told.get("executionParameters", "[]"))
    for each in parameters:
        name = str(each.get("key") or each.get("name"))
        sheet.add("parameter", name, str(each.get("value")), None, None, entries=entry)
    if not parameters:
        sheet.unknown("parameter", "The run told no parameters (OpenLineage's executionParameters).")
    if told.get("nominalTime"):
        for name, value in sorted(json.loads(told["nominalTime"]).items()):
            sheet.add("nominalTime", name, str(value), None, None, entries=entry)


def _inputs(record: Record, sheet: Sheet, run: FactVersion, value: dict[str, object], at: Moment) -> None:
    told = value.get("inputs")
    own = [NodeId(str(each)) for each in told] if isinstance(told, list) else []
    nodes = record.sources.graph.nodes(record.sources.graph.resolve(own, at).values())
    versions = versions_read(record, sheet, NodeRef(id=run.fact.subject), depth=1)
    for id_, node in sorted(nodes.items(), key=lambda each: (each[1].namespace, each[1].name)):
        read = versions.get(id_)
        entries = {run.known_from - 1, *(read.entries if read else ())}
        reason = (
            "No run that wrote it before is known and no version of it was told: which state was read is not known."
        )
        version = read.text if read else sheet.unknown("version", reason, id_)
        sheet.add(
            "input",
            f"{node.namespace} {node.name}",
            "read by the run",
            version,
            str(read.how) if read else None,
            entries=entries,
        )
    if not nodes:
        sheet.unknown("input", "The run told no inputs.")


QUESTIONS = (
    NamedQuestion(
        NamedAuditQuery.Q12_FIGURE_LINEAGE,
        "Attribute-level lineage of a figure from capture to report on a date, with manual steps; how complete is it?",
        "BCBS 239, ECB RDARR Guide (May 2024)",
        FigureLineage, FIGURE_COLUMNS, figure_lineage,
    ),
    NamedQuestion(
        NamedAuditQuery.Q13_CODE_CHANGES,
        "Who changed the transformation behind a report's cell since a date, who approved it, was it deployed by another?",
        "SOX 404 ITGC, AS 2201, AS 1105",
        CodeChanges, CODE_COLUMNS, code_changes,
    ),
    NamedQuestion(
        NamedAuditQuery.Q14_RECREATE_FIGURE,
        "What would re-create the number as reported on a date: same inputs, same code, same parameters?",
        "SOX (IPE)",
        RecreateFigure, RECREATE_COLUMNS, recreate_figure,
    ),
)  # fmt: skip
