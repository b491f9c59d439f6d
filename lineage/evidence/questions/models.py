"""Q5, Q6 and Q16: the documentation of a model version, what changed between two, and which models there are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from lineage.evidence import vocabulary
from lineage.evidence.answer import AuditAnswer, Column, Sheet, require_at_most, written
from lineage.evidence.questions.names import NamedAuditQuery, NamedQuestion
from lineage.evidence.questions.walks import dataset_of, impact, made_by, named, provenance, touching
from lineage.evidence.record import MODEL, Record
from lineage.evidence.variables import Instant, Place
from lineage.facts import Node, Relation
from lineage.ids import NodeId
from lineage.moment import iso
from lineage.query.answers import LineageEdge, ProvenanceAnswer
from lineage.query.diff import changes_of
from lineage.query.moments import MomentInput
from lineage.query.resolve import NodeRef

MODELS_MAX = 500  # models whose provenance is walked for an inventory


@dataclass(frozen=True, slots=True)
class ModelAsDocumented:
    model: Annotated[Place, "The model."]
    version: Annotated[str, "Its version."]
    on: Annotated[Instant, "The day on which it was put into service: what the record held then is answered."]


DOCUMENT_COLUMNS = (
    Column("section", "What it is about: model, inputs, code, tags."),
    Column("item", "Which item."),
    Column("value", "What the record held."),
    Column("knownSince", "When the record learned it."),
)


def model_as_documented(record: Record, asked: ModelAsDocumented) -> AuditAnswer:
    """Both times are the day asked for: nothing that was learned later shows."""
    size = min(record.ledger.size_at(asked.on), record.pinned().moment.known)
    then = MomentInput(asked.on, known_index=size)
    sheet = Sheet(record.pinned(then), DOCUMENT_COLUMNS)
    version = record.find(asked.model.at_version(asked.version).ref(), then)
    model = record.sources.graph.nodes([dataset_of(version.id)])[dataset_of(version.id)]
    marks = record.marks([model], then)

    def told(section: str, item: str, value: str | None, entries: list[int], reason: str) -> None:
        since = iso(record.ledger.time_of(min(entries))) if entries else None
        sheet.add(section, item, value or sheet.unknown(item, reason, model.id), since, entries=entries)

    making = made_by(record, version)
    told("model", "version", f"{model.namespace} {model.name}@{version.version}", [making.entry], "")
    told("model", "made at", iso(making.at_us), [making.entry], "")
    told("model", "training run", making.run, list(making.entries), "No run told that it made this version.")
    told("model", "description", *marks.property(model.id, "description"), "Nobody had described it.")
    told("model", "owners", *marks.owners(model.id), "Nobody was said to answer for it.")
    validators, entries = marks.owners(model.id, vocabulary.VALIDATOR)
    told("model", "validated by", validators, entries, "No owner of type `validator` was told.")
    validated, entries = marks.text(model.id, vocabulary.VALIDATED)
    told("model", "validated at", validated, entries, "No tag `validated_at` was told.")
    for mark in marks.of(model.id):
        told("tags", mark.key, mark.value or "yes", [mark.entry], "")
    answer = provenance(record, sheet, NodeRef(id=version.id), MomentInput(making.at_us, known_index=size))
    touched = touching(answer.edges)
    near: dict[NodeId, tuple[int, set[int]]] = {}
    for node in answer.nodes:
        if node.distance > 0:
            distance, entries_at = near.get(dataset_of(node.id), (node.distance, set()))
            near[dataset_of(node.id)] = (min(distance, node.distance), entries_at | touched[node.id])
    inputs = record.sources.graph.nodes(near)
    for id_, (distance, entries_at) in sorted(near.items(), key=lambda each: (each[1][0], each[0])):
        told(
            "inputs",
            f"{inputs[id_].namespace} {inputs[id_].name}",
            f"{distance} steps upstream",
            sorted(entries_at),
            "",
        )
    if not near:
        told("inputs", "inputs", None, [], "Nothing was known upstream of it.")
    return sheet.done()


@dataclass(frozen=True, slots=True)
class ModelInputsChanged:
    model: Annotated[Place, "The model."]
    from_version: Annotated[str, "The earlier version."]
    to_version: Annotated[str, "The later one."]


CHANGE_COLUMNS = (
    Column("change", "ADDED, REMOVED or CHANGED."),
    Column("what", "INPUT: a dataset or column behind the model; FLOW: how data gets from one to another; VERSION."),
    Column("subject", "Which one."),
    Column("before", "What it was at the earlier version."),
    Column("after", "What it is at the later one."),
    Column("substantial", "Whether it is a substantial modification: a person's judgement, told as tag `substantial`."),
)


def model_inputs_changed(record: Record, asked: ModelInputsChanged) -> AuditAnswer:
    """The two provenances, each as of its version's making, held against each other."""
    sheet = Sheet(record.pinned(), CHANGE_COLUMNS)
    sides: list[ProvenanceAnswer] = []
    versions: list[dict[NodeId, str]] = []
    verdicts: list[str | None] = []
    read_by: set[int] = set()
    for version in (asked.from_version, asked.to_version):
        ref = asked.model.at_version(version).ref()
        node = record.find(ref)
        making = made_by(record, node)
        versions.append(dict(making.read))
        read_by.update(making.entries)
        verdicts.append(record.marks([node]).text(node.id, "substantial")[0])
        sides.append(provenance(record, sheet, ref, record.moment(making.at_us)))
    judged = verdicts[1]
    old, new = sides

    def add(change: str, what: str, subject: str, before: str | None, after: str | None, entries: set[int]) -> None:
        reason = "Whether a change is substantial is a person's judgement: tag the later version with `substantial`."
        sheet.add(change, what, subject, before, after, judged or sheet.unknown("substantial", reason), entries=entries)

    before, after = {n.id: n for n in old.nodes}, {n.id: n for n in new.nodes}
    at_old, at_new = touching(old.edges), touching(new.edges)
    for id_ in before.keys() ^ after.keys():
        gone = id_ in before
        met = before[id_] if gone else after[id_]
        if met.distance:
            entries = at_old[id_] if gone else at_new[id_]
            add("REMOVED" if gone else "ADDED", "INPUT", written(met), "input" if gone else None,
                None if gone else "input", entries)  # fmt: skip
    old_edges, new_edges = _keyed(asked.model, old), _keyed(asked.model, new)
    for key in old_edges.keys() ^ new_edges.keys():
        gone = key in old_edges
        edge = old_edges[key] if gone else new_edges[key]
        told = _edge(record, edge)
        add("REMOVED" if gone else "ADDED", "FLOW", f"{key[0]} → {key[1]}",
            told if gone else None, None if gone else told, set(edge.entries))  # fmt: skip
    for key in old_edges.keys() & new_edges.keys():
        a, b = old_edges[key], new_edges[key]
        if changes_of(a, b):
            add("CHANGED", "FLOW", f"{key[0]} → {key[1]}", _edge(record, a), _edge(record, b), {*a.entries, *b.entries})
    for dataset in versions[0].keys() & versions[1].keys():
        if versions[0][dataset] != versions[1][dataset]:
            read = record.sources.graph.nodes([dataset]).get(dataset)
            add("CHANGED", "VERSION", f"{read.namespace} {read.name}" if read else dataset, versions[0][dataset],
                versions[1][dataset], read_by)  # fmt: skip
    if not (versions[0] and versions[1]):
        sheet.unknown("versions read", "A training run did not tell which versions of its inputs it read.")
    return _in_order(sheet.done())


def _keyed(model: Place, answer: ProvenanceAnswer) -> dict[tuple[str, str, str], LineageEdge]:
    """The edges by the names of their ends, in which the version is just the model: what goes into version 6 and into 7
    goes into the same."""
    roots = {dataset_of(node.id) for node in answer.nodes if node.distance == 0}
    names = {
        node.id: written(replace(node, namespace=model.namespace, name=model.name, version=None))
        if dataset_of(node.id) in roots
        else written(node)
        for node in answer.nodes
    }
    return {(names[edge.source], names[edge.target], str(edge.flow)): edge for edge in answer.edges}


def _edge(record: Record, edge: LineageEdge) -> str:
    jobs = named(record.sources.graph.nodes(set(edge.jobs)), edge.jobs) or "no known job"
    return f"{edge.transformation or edge.flow} by {jobs}, {edge.certainty}"


def _in_order(answer: AuditAnswer) -> AuditAnswer:
    return replace(answer, rows=tuple(sorted(answer.rows, key=lambda row: [str(v) for v in row.values])))


@dataclass(frozen=True, slots=True)
class ModelInventory:
    source: Annotated[Place | None, "What would stop: which models does it reach? Left out: none."] = None
    material_only: Annotated[bool, "Only models with the tag `material`."] = False


INVENTORY_COLUMNS = (
    Column("model", "The model."),
    Column("latestVersion", "Its newest version."),
    Column("latestAt", "When that was made."),
    Column("material", "Whether it is material (tag `material`)."),
    Column("owner", "Who answers for it."),
    Column("validator", "Who validated it (an owner of type `validator`)."),
    Column("validatedAt", "When (tag `validated_at`)."),
    Column("sources", "How many sources are behind its newest version."),
    Column("ifSourceStops", "CERTAIN or POSSIBLE: it is reached; NO: it is not; null: no source was asked about."),
)


def model_inventory(record: Record, asked: ModelInventory) -> AuditAnswer:
    """Every dataset of type MODEL, with what is told about it."""
    sheet = Sheet(record.pinned(), INVENTORY_COLUMNS)
    models = all_models(record)
    require_at_most(len(models), MODELS_MAX, "models")
    marks = record.marks(models)
    versions = record.versions_of([model.id for model in models])
    reached: dict[NodeId, str] = {}
    if asked.source is not None:
        for item in impact(record, sheet, [asked.source.ref()]):
            id_ = dataset_of(item.node.id)
            if reached.get(id_) != "CERTAIN":
                reached[id_] = str(item.certainty)
    for model in models:
        material, told_by = marks.text(model.id, vocabulary.MATERIAL)
        if asked.material_only and not marks.bearing(model.id, vocabulary.MATERIAL):
            continue
        own = [v for v in versions if v.fact.object == model.id]
        newest = own[-1] if own else None
        of, at_us = (newest.fact.subject, newest.valid.from_us) if newest else (model.id, None)
        answer = provenance(record, sheet, NodeRef(id=of), record.moment(at_us))
        owner, owned = marks.owners(model.id)
        validator, validated_by = marks.owners(model.id, vocabulary.VALIDATOR)
        validated, dated_by = marks.text(model.id, vocabulary.VALIDATED)
        known = [source for source in answer.sources if dataset_of(source.node.id) != model.id]
        sheet.add(
            f"{model.namespace} {model.name}",
            newest.fact.label if newest else sheet.unknown("latestVersion", "No version of it was told.", model.id),
            iso(newest.valid.from_us) if newest else None,
            material or sheet.unknown("material", "Whether it is material was not told: tag it `material`.", model.id),
            owner or sheet.unknown("owner", "Nobody was said to answer for it.", model.id),
            validator or sheet.unknown("validator", "No owner of type `validator` was told.", model.id),
            validated or sheet.unknown("validatedAt", "No tag `validated_at` was told.", model.id),
            len(known) if known else sheet.unknown("sources", "Nothing is known upstream of it.", model.id),
            None if asked.source is None else reached.get(model.id, "NO"),
            entries={*told_by, *owned, *validated_by, *dated_by, *([newest.known_from - 1] if newest else []),
                     *(e for edge in answer.edges for e in edge.entries)},
        )  # fmt: skip
    return sheet.done()


def all_models(record: Record) -> list[Node]:
    """Every dataset of type MODEL at the record's moment, by name."""
    told = [each for each in record.now(Relation.PROPERTY) if each.fact.label == "datasetType"]
    nodes = record.sources.graph.nodes({version.fact.subject for version in told})
    marks = record.marks(nodes.values())
    versions = record.version_datasets()
    models = [n for n in nodes.values() if n.id not in versions and marks.properties.dataset_type(n) == MODEL]
    return sorted(models, key=lambda node: (node.namespace, node.name))


QUESTIONS = (
    NamedQuestion(
        NamedAuditQuery.Q5_MODEL_AS_DOCUMENTED,
        "Show the documentation of a model version as it stood on the day it was put into service.",
        "AI Act Art. 11, 18",
        ModelAsDocumented, DOCUMENT_COLUMNS, model_as_documented,
    ),
    NamedQuestion(
        NamedAuditQuery.Q6_MODEL_INPUTS_CHANGED,
        "What changed in the inputs of a model between two versions? Is it a substantial modification?",
        "AI Act Art. 13(3)(f), 72",
        ModelInputsChanged, CHANGE_COLUMNS, model_inputs_changed,
    ),
    NamedQuestion(
        NamedAuditQuery.Q16_MODEL_INVENTORY,
        "An inventory of (material) models with their data inputs, validators and dates; which fail if a source stops?",
        "SR 26-2, OCC 2026-13",
        ModelInventory, INVENTORY_COLUMNS, model_inventory,
    ),
)  # fmt: skip
