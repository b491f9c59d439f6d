"""Q1 to Q3: what a model version was trained on, how that was prepared, and which versions saw marked data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from lineage.errors import NotFound
from lineage.evidence import vocabulary
from lineage.evidence.answer import AuditAnswer, Column, Sheet, require_at_most, written
from lineage.evidence.marks import Marks
from lineage.evidence.questions.names import NamedAuditQuery, NamedQuestion
from lineage.evidence.questions.walks import (
    MadeBy,
    VersionRead,
    dataset_of,
    downstream,
    last_version,
    made_by,
    named,
    provenance,
    surely_behind,
    touching,
    versions_read,
)
from lineage.evidence.record import MODEL, Record
from lineage.evidence.variables import Instant, Place
from lineage.facts import FactVersion, Grain, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import iso
from lineage.query.answers import LineageNode
from lineage.query.moments import MomentInput
from lineage.query.paths import PATHS_FIRST_MAX
from lineage.query.resolve import NodeRef
from lineage.query.run_lineage import ReadHow

TRAININGS_MAX = 500  # versions whose whole provenance is walked: some 10 ms each


@dataclass(frozen=True, slots=True)
class TrainingData:
    model: Annotated[Place, "The model."]
    version: Annotated[str, "Its version."]


TRAINING_COLUMNS = (
    Column("node", "A dataset or column that the version's data came through."),
    Column("place", "SOURCE: nothing is known behind it; INPUT: the training read it; BETWEEN: on the way."),
    Column("version", "The state of the dataset that went in: its version, or which run wrote it when."),
    Column(
        "versionKnownBy", "REPORTED: the run that read it told it; LAST_WRITE: the last write before that run began."
    ),
    Column("role", "training, validation or test."),
    Column("owner", "Who answers for the dataset."),
    Column("collection", "How a source was obtained (tag `collection`)."),
    Column("certainty", "Whether it is behind the version for certain."),
)


def training_data(record: Record, asked: TrainingData) -> AuditAnswer:
    """Provenance of the version as of its making."""
    sheet = Sheet(record.pinned(), TRAINING_COLUMNS)
    ref = asked.model.at_version(asked.version).ref()
    making = made_by(record, record.find(ref))
    answer = provenance(record, sheet, ref, record.moment(making.at_us))
    if making.run is None:
        sheet.unknown("training run", "No run told that it made this version, so what it read is not known by version.")
    certain = {source.node.id: source.certainty for source in answer.sources}
    at = record.moment(making.at_us)
    nodes = [n for n in answer.nodes if n.kind in (NodeKind.DATASET, NodeKind.COLUMN) and n.distance > 0]
    marks = record.marks(nodes, at)
    versions = versions_read(record, sheet, ref)
    told_versions = record.versions_of(sorted({dataset_of(node.id) for node in nodes} - versions.keys()))
    for told in told_versions:  # behind a state that no run is known to have written
        last = last_version(told_versions, NodeId(told.fact.object), making.at_us)
        if last is not None:
            read = VersionRead(last.fact.label, ReadHow.LAST_WRITE, (last.known_from - 1,))
            versions[NodeId(told.fact.object)] = read
    roots = {dataset_of(node.id) for node in answer.nodes if node.distance == 0}
    near = {edge.source for edge in answer.edges if dataset_of(edge.target) in roots}
    entries = touching(answer.edges)
    sure = surely_behind(answer.edges, {node.id for node in answer.nodes if node.distance == 0})
    for node in nodes:
        place = "SOURCE" if node.id in certain else "INPUT" if node.id in near else "BETWEEN"
        version, how, told_by = _version_read(sheet, versions, node)
        owner, owned = marks.owners(node.id)
        certainty = certain.get(node.id) or ("CERTAIN" if node.id in sure else "POSSIBLE")
        sheet.add(
            written(node), place, version, how,
            _role(sheet, making, node, place),
            owner or sheet.unknown("owner", "Nobody told who answers for it: tell it with `stateFact`.", node.id),
            _collection(sheet, marks, node) if place == "SOURCE" else None,
            str(certainty), entries={*entries[node.id], *told_by, *owned, *making.entries},
        )  # fmt: skip
    if not nodes:
        sheet.unknown("inputs", "Nothing is known upstream of this version: no run told what it was trained on.")
    return sheet.done()


def _version_read(
    sheet: Sheet, versions: Mapping[NodeId, VersionRead], node: LineageNode
) -> tuple[str, str | None, tuple[int, ...]]:
    read = versions.get(dataset_of(node.id))
    if read is not None:
        return read.text, str(read.how), read.entries
    reason = "No run that wrote it before is known and no version of it was told: which state was read is not known."
    return sheet.unknown("version", reason, dataset_of(node.id)), None, ()


def _role(sheet: Sheet, making: MadeBy, node: LineageNode, place: str) -> str | None:
    dataset = dataset_of(node.id)
    if dataset in making.roles:
        return making.roles[dataset]
    if place == "BETWEEN":
        return None
    return sheet.unknown(
        "role", "The training run did not tell whether it trained, validated or tested with it.", dataset
    )


def _collection(sheet: Sheet, marks: Marks, node: LineageNode) -> str:
    told, _ = marks.text(node.id, vocabulary.COLLECTION)
    reason = "Nobody told how it was obtained: tag the source with `collection`."
    return told or sheet.unknown("collection", reason, dataset_of(node.id))


@dataclass(frozen=True, slots=True)
class PreparationSteps:
    source: Annotated[Place, "Where the data comes from: a dataset or a column."]
    feature: Annotated[Place, "What was made of it: a dataset or a column, a feature."]
    at: Annotated[Instant | None, "As of this time; left out: now."] = None


STEP_COLUMNS = (
    Column("way", "Which way from the source to the feature, the shortest is 1."),
    Column("step", "Its place on the way, from 1."),
    Column("from", "What went in."),
    Column("to", "What came out."),
    Column("operation", "What was done: IDENTITY, TRANSFORMATION, AGGREGATION, FILTER, JOIN …"),
    Column("masking", "Whether the value was hidden on the way."),
    Column("jobs", "Who did it."),
    Column("code", "The version of the code that ran, as its producer told it."),
    Column("statement", "The SQL, its literals left out."),
    Column("certainty", "Whether the step is certain."),
)


def preparation_steps(record: Record, asked: PreparationSteps) -> AuditAnswer:
    """Every way, step by step."""
    sheet = Sheet(record.pinned(), STEP_COLUMNS)
    at = record.moment(asked.at)
    answer = record.questions.paths(
        asked.source.ref(), asked.feature.ref(), first=PATHS_FIRST_MAX, grain=Grain.COLUMN, at=at
    )
    edges = [edge for path in answer.paths for edge in path.edges]
    sheet.saw(answer.completeness, [node for path in answer.paths for node in path.nodes], edges)
    if len(answer.paths) == PATHS_FIRST_MAX:
        sheet.cut(1, f"More than {PATHS_FIRST_MAX} ways lead there; the shortest are shown.")
    jobs = record.sources.graph.nodes({job for edge in edges for job in edge.jobs})
    marks = record.marks(jobs.values(), at)
    for way, path in enumerate(answer.paths, 1):
        names = {node.id: written(node) for node in path.nodes}
        for step, edge in enumerate(path.edges, 1):
            told = [marks.property(job, label) for job in edge.jobs for label in ("sourceCodeVersion", "sql")]
            sheet.add(
                way, step, names.get(edge.source, edge.source), names.get(edge.target, edge.target),
                edge.transformation or sheet.unknown("operation", "The producer told no transformation.", edge.target),
                edge.masking,
                named(jobs, edge.jobs) or sheet.unknown("jobs", "No job is known to do it.", edge.target),
                _code(sheet, marks, edge.jobs),
                _statement(sheet, marks, edge.jobs),
                str(edge.certainty), entries={*edge.entries, *(e for _, entries in told for e in entries)},
            )  # fmt: skip
    return sheet.done()


def code_of(marks: Marks, job: NodeId) -> str | None:
    """The version of a job's code as its producer told it: a commit, a tag, a branch, or a hash of its source."""
    for value in marks.properties.values(job, "sourceCodeVersion"):
        if isinstance(value, dict):
            found = [
                str(value[key]) for key in ("repoUrl", "url", "path", "version", "tag", "branch") if value.get(key)
            ]
            version = value.get("version") or value.get("tag") or value.get("branch")
            return f"{version} ({found[0]})" if version and found[0] != version else str(version or found[0])
    for value in marks.properties.values(job, "sourceCode"):
        if isinstance(value, dict) and value.get("sourceCodeSha256"):
            return f"sha256:{value['sourceCodeSha256']}"
    for value in marks.properties.values(job, "sql"):
        if isinstance(value, dict) and value.get("fingerprint"):
            return f"sql:{value['fingerprint']}"
    return None


def _code(sheet: Sheet, marks: Marks, jobs: Sequence[NodeId]) -> str | None:
    told = [code for job in jobs if (code := code_of(marks, job))]
    silent = [job for job in jobs if not code_of(marks, job)]
    if silent:
        word = sheet.unknown("code", "The job sent no source code version (OpenLineage's sourceCodeLocation).", *silent)
        told.append(word)
    return "; ".join(dict.fromkeys(told)) or None


def _statement(sheet: Sheet, marks: Marks, jobs: Sequence[NodeId]) -> str | None:
    found = [
        str(value["query"])
        for job in jobs
        for value in marks.properties.values(job, "sql")
        if isinstance(value, dict) and value.get("query")
    ]
    if jobs and not found:
        return sheet.unknown("statement", "The job sent no SQL: what it does is in its code.", *jobs)
    return "\n".join(dict.fromkeys(found)) or None


@dataclass(frozen=True, slots=True)
class TrainedOnTagged:
    column: Annotated[Place, "The column (or a whole dataset)."]
    from_: Annotated[Instant, "Trainings from this time on."]
    to: Annotated[Instant, "Trainings before this time."]
    tag: Annotated[str, "The tag that it bore, `key` or `key=value`."] = vocabulary.PII


TRAINED_COLUMNS = (
    Column("model", "The model version that was trained on it."),
    Column("trainedAt", "When."),
    Column("run", "In which run."),
    Column("tagged", "YES: it bore the tag then; NO: it did not."),
    Column("certainty", "Whether the column went into the version for certain."),
    Column("why", "The way of the data, in the order of the flow."),
)


def trained_on_tagged(record: Record, asked: TrainedOnTagged) -> AuditAnswer:
    """Of each version of each model made in the span: does its provenance, as of its making, hold the column, and did
    the column bear the tag then?"""
    sheet = Sheet(record.pinned(), TRAINED_COLUMNS)
    record.find(asked.column.ref())
    told = [
        version
        for version in record.changed(Relation.VERSION, asked.from_, asked.to)
        if asked.from_ <= version.valid.from_us < asked.to
    ]
    models = record.typed(told, MODEL)
    trained = sorted(
        {v.fact.subject: v for v in told if NodeId(v.fact.object) in models}.values(),
        key=lambda v: (v.valid.from_us, v.fact.subject),
    )
    require_at_most(len(trained), TRAININGS_MAX, "model versions")
    for version in trained:
        _trained(record, sheet, asked, version)
    _unversioned(record, sheet, asked, models)
    return sheet.done()


def _trained(record: Record, sheet: Sheet, asked: TrainedOnTagged, version: FactVersion) -> None:
    at = MomentInput(version.valid.from_us, known_index=record.pinned().moment.known)
    try:
        wanted = record.find(asked.column.ref(), at)
    except NotFound:
        return  # nobody had heard of it when this version was made
    node = record.sources.graph.nodes([version.fact.subject])[version.fact.subject]
    answer = provenance(record, sheet, NodeRef(id=node.id), at)
    met = [n for n in answer.nodes if n.id == wanted.id or (wanted.column is None and dataset_of(n.id) == wanted.id)]
    if not met:
        return
    marks = record.marks(met, at)
    marked = [mark for each in met for mark in marks.bearing(each.id, asked.tag)]
    ways = record.questions.paths(
        NodeRef(id=met[0].id), NodeRef(id=dataset_of(answer.nodes[0].id)), first=1, grain=Grain.COLUMN, at=at
    ).paths
    names = {n.id: written(n) for n in answer.nodes}
    value = json.loads(version.fact.value) if version.fact.value else {}
    run = made_by(record, node).run or value.get("run")
    sheet.add(
        f"{node.namespace} {node.name}@{node.version}", iso(version.valid.from_us),
        run or sheet.unknown("run", "No run told that it made this version.", node.id),
        "YES" if marked else "NO",
        str(ways[0].certainty) if ways else "POSSIBLE",
        " → ".join(names.get(n.id, written(n)) for n in ways[0].nodes) if ways else None,
        entries={version.known_from - 1, *(m.entry for m in marked), *(e for w in ways for d in w.edges for e in d.entries)},
    )  # fmt: skip


def _unversioned(record: Record, sheet: Sheet, asked: TrainedOnTagged, versioned: set[NodeId]) -> None:
    """Models below the column of which nobody ever told a version."""
    below = downstream(record, sheet, [asked.column.ref()], grain=Grain.COLUMN)
    models = {dataset_of(n.id) for n in below.nodes if n.dataset_type == MODEL} - versioned - record.version_datasets()
    told = {NodeId(v.fact.object) for v in record.versions_of(sorted(models))}
    for model in sorted(models - told):
        reason = (
            "It is downstream of the column, but no version of it was ever told: which trainings used it is not known."
        )
        sheet.unknown("model", reason, model)


QUESTIONS = (
    NamedQuestion(
        NamedAuditQuery.Q1_TRAINING_DATA,
        "Which datasets and columns, from which original sources, at which versions, trained, validated or tested a model "
        "version, and how was each obtained?",
        "AI Act Art. 10(2)(b), Annex IV 2(d)",
        TrainingData, TRAINING_COLUMNS, training_data,
    ),
    NamedQuestion(
        NamedAuditQuery.Q2_PREPARATION_STEPS,
        "Every preparation step (clean, join, label, aggregate) between a source and a feature, with the code that ran.",
        "AI Act Art. 10(2)(c)",
        PreparationSteps, STEP_COLUMNS, preparation_steps,
    ),
    NamedQuestion(
        NamedAuditQuery.Q3_TRAINED_ON_TAGGED,
        "Which model versions were trained with a column while it bore a tag (personal data), between two dates?",
        "AI Act Art. 10, GDPR Art. 5(1)(b)",
        TrainedOnTagged, TRAINED_COLUMNS, trained_on_tagged,
    ),
)  # fmt: skip
