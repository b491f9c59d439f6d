"""The sections of a dossier, each for what one part of the law asks.

The one idea: a section is a table with one row for each thing on record; what is not on record is a gap that says how to
close it. Sections follow the EU AI Act: Annex IV points 1 and 2, and Article 10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lineage.dossier.checks import Check
from lineage.dossier.draft import Draft, joined, logged_inputs, parsed, statement, text
from lineage.evidence import vocabulary
from lineage.evidence.answer import UNKNOWN, written
from lineage.evidence.marks import Marks
from lineage.facts import Flow, Node, Relation
from lineage.ids import NodeId, dataset_id
from lineage.moment import Moment, iso
from lineage.query.answers import DatasetPage, ProvenanceAnswer, RunPage
from lineage.query.comparison import in_force, instant_of, metrics_of, parameters_of, properties_ever
from lineage.query.completeness import dataset_of
from lineage.query.run_lineage import DataVersion, RunLineage
from lineage.query.served import served_versions
from lineage.query.skew import SkewAnswer, SkewVerdict
from lineage.query.sources import Sources


def identification(
    draft: Draft,
    sources: Sources,
    page: DatasetPage,
    run: RunPage | None,
    facets: Mapping[str, object],
    marks: Marks,
    model: str,
    label: str,
    known: Moment,
) -> None:
    about = "identification"
    registry = next((v for v in marks.properties.values(page.node.id, "model") if isinstance(v, dict)), {})
    training = facets.get("training")
    ever = {} if run is None else properties_ever(sources, [run.job.id], known)
    held = None if run is None else in_force(ever.get(run.job.id, ()), "sourceCodeVersion", instant_of(run))
    code: object = parsed(held)
    commit = " ".join(filter(None, (text(code, key) for key in ("repoUrl", "url", "version"))))
    owners, _ = marks.owners(page.node.id)
    rows = [
        ("model", model),
        ("version", label),
        ("registry", page.node.namespace),
        (
            "description",
            draft.told(
                page.description,
                about,
                "Nobody described the version: describe it in its registry or with `stateFact`.",
            ),
        ),
        ("owner", draft.told(owners, about, "Nobody told who answers for the version: state an owner.")),
        (
            "registered at",
            draft.told(
                text(registry, "createdAt"), about, "The registry did not tell when the version was registered."
            ),
        ),
        (
            "made by run",
            draft.told(
                f"{run.job.name} {run.run_id}" if run else None, about, "No run told that it made this version."
            ),
        ),
        ("started by", draft.told(text(training, "user"), about, "The training run did not tell who started it.")),
        ("training", f"{run.started_at or UNKNOWN} to {run.ended_at or UNKNOWN}" if run else UNKNOWN),
        ("code", draft.told(commit, about, "The training job told no code version: send `sourceCodeLocation`.")),
        ("framework", draft.told(joined(registry.get("flavors")), about, "The registry did not tell the framework.")),
        (
            "status",
            draft.told(text(registry, "status") or text(registry, "stage"), about, "The registry told no status."),
        ),
        ("tags", ", ".join(f"{t.key}={t.value}" if t.value else t.key for t in page.tags) or None),
    ]
    draft.add(about, "The model version", "AI Act, Annex IV 1 (a), (c); 2 (a)", ("what", "as recorded"), rows)


def serving(draft: Draft, sources: Sources, told: Mapping[str, object], known: Moment, by_us: int) -> None:
    """By which alias, stage or deployment, up to an instant."""
    own = dataset_id(str(told.get("namespace", "")), str(told.get("name", "")))
    model = sources.graph.nodes(sources.graph.resolve([own], known).values())
    slots = [slot for node in model.values() for slot in served_versions(sources, node, known)]
    rows = [
        (
            slot.kind.lower(),
            slot.name,
            iso(slot.from_us),
            iso(slot.to_us) if slot.to_us and slot.to_us <= by_us else None,
        )
        for slot in slots
        if slot.version == told.get("version") and slot.from_us <= by_us
    ]
    if not rows:
        draft.unknown(
            "serving", "No alias, stage or deployment of this version was ever told: it may serve all the same."
        )
    draft.add(
        "serving",
        "Where it served, and when",
        "AI Act, Annex IV 1 (b), (f); Article 12",
        ("by", "name", "from", "until"),
        rows,
    )


def data(
    draft: Draft,
    sources: Sources,
    lineage: RunLineage,
    run: RunPage | None,
    facets: Mapping[str, object],
    marks: Marks,
    pages: Mapping[NodeId, DatasetPage],
    known: Moment,
) -> None:
    about = "data"
    versions = {each.key: each for each in lineage.versions}
    told = {dataset_id(*place): each for place, each in logged_inputs(facets).items()} if run is not None else {}
    which = sources.graph.resolve(sorted(told), known) if told else {}
    logged = {which.get(own, own): each for own, each in told.items()}
    rows = []
    for read in lineage.reads:
        if run is None or read.run != run.node.id:
            continue
        used = versions[read.version]
        node = used.dataset
        context = logged.get(node.id, {})
        role = draft.told(
            text(context, "context"),
            about,
            "The training did not tell whether it trained, validated or tested with it.",
            node.id,
        )
        owner, _ = marks.owners(node.id)
        rows.append(
            (
                f"{node.namespace} {node.name}",
                role,
                _version(draft, used),
                read.how.value,
                draft.told(
                    text(context, "digest") or used.version,
                    about,
                    "No digest or version was told, so the exact content cannot be checked again.",
                    node.id,
                ),
                str(len(pages[node.id].columns))
                if node.id in pages and pages[node.id].columns
                else draft.unknown(about, "Its columns were never told.", node.id),
                draft.told(owner, about, "Nobody told who answers for the dataset: state an owner.", node.id),
                draft.told(
                    marks.text(node.id, vocabulary.PII)[0],
                    about,
                    "Nobody told whether it holds personal data: tag it `pii`.",
                    node.id,
                ),
            )
        )
    if not rows:
        draft.unknown(about, "The run that made the version told no inputs.")
    draft.add(
        about,
        "Data that it was trained, validated and tested with",
        "AI Act, Annex IV 2 (d); Article 10 (2), (3)",
        ("dataset", "role", "version read", "known by", "digest", "columns", "owner", "personal data"),
        rows,
    )
    labels = [row[0] for row in rows if row[1] != UNKNOWN and "label" in (row[1] or "").casefold()]
    if rows and not labels:
        draft.unknown("data", "No input is told to hold labels, so how the data was labelled is not on record.")


def _version(draft: Draft, used: DataVersion) -> str:
    if used.version is not None:
        return used.version
    if used.at_us is not None:
        return f"as written {iso(used.at_us)}"
    return draft.unknown("data", "No run is known to have written it before the training.", used.dataset.id)


def origins(draft: Draft, origins: ProvenanceAnswer, marks: Marks) -> None:
    about = "origins"
    rows = []
    for source in origins.sources:
        node = source.node
        owner, _ = marks.owners(node.id)
        rows.append(
            (
                written(node),
                source.certainty.value,
                str(source.distance),
                draft.told(
                    owner, about, "Nobody told who answers for the source: state an owner.", dataset_of(node.id)
                ),
                draft.told(
                    marks.text(node.id, vocabulary.COLLECTION)[0],
                    about,
                    "Nobody told how the source was obtained: tag it `collection`.",
                    dataset_of(node.id),
                ),
                draft.told(
                    marks.text(node.id, vocabulary.PURPOSE)[0],
                    about,
                    "Nobody told for which purpose it was collected: tag it `purpose`.",
                    dataset_of(node.id),
                ),
                draft.told(
                    marks.text(node.id, vocabulary.REGION)[0],
                    about,
                    "Nobody told where it is stored: tag it `region`.",
                    dataset_of(node.id),
                ),
            )
        )
    if not rows:
        draft.unknown(about, "Nothing is known upstream of this version.")
    if origins.page_info.has_next_page:
        draft.unknown(about, f"More than {len(rows)} sources: ask `provenance` for the rest.")
    draft.add(
        about,
        "Where the data comes from",
        "AI Act, Article 10 (2) (b)",
        ("source", "certainty", "hops", "owner", "how obtained", "purpose", "region"),
        rows,
    )


def preparation(draft: Draft, sources: Sources, lineage: RunLineage, known: Moment) -> None:
    about = "preparation"
    versions = {each.key: each for each in lineage.versions}
    ever = properties_ever(sources, [run.job.id for run in lineage.runs], known)
    rows = []
    for run in lineage.runs:
        code, sql = (
            in_force(ever.get(run.job.id, ()), label, instant_of(run)) for label in ("sourceCodeVersion", "sql")
        )
        rows.append(
            (
                run.started_at or UNKNOWN,
                f"{run.job.namespace} {run.job.name}",
                run.run_id,
                ", ".join(sorted(versions[r.version].dataset.name for r in lineage.reads if r.run == run.node.id))
                or None,
                ", ".join(sorted(versions[w.version].dataset.name for w in lineage.writes if w.run == run.node.id))
                or None,
                draft.told(
                    text(parsed(code), "version"),
                    about,
                    "The job told no code version: send `sourceCodeLocation`.",
                    run.job.id,
                ),
                statement(sql),
            )
        )
    draft.add(
        about,
        "Every step of preparation, run by run",
        "AI Act, Article 10 (2) (c); Annex IV 2 (b), (d)",
        ("started", "job", "run", "read", "wrote", "code", "statement"),
        rows,
    )


def features(draft: Draft, sources: Sources, page: DatasetPage, known: Moment) -> None:
    about = "features"
    columns = [column.node for column in page.columns]
    told = sources.graph.facts([c.id for c in columns], (Relation.DERIVES,), known, by_object=True) if columns else []
    names = sources.graph.nodes({version.fact.subject for version in told})
    rows = []
    for column in page.columns:
        mine = [v.fact for v in told if v.fact.object == column.node.id and v.fact.subject in names]
        origins = sorted(
            {
                f"{names[f.subject].name}#{names[f.subject].column}"
                for f in mine
                if f.flow is Flow.VALUE and names[f.subject].column
            }
        )
        steps = sorted({f.label.lower() for f in mine if f.label})
        rows.append(
            (
                column.node.column or "",
                column.type or draft.unknown(about, "The signature tells no type.", column.node.id),
                ", ".join(origins)
                or draft.unknown(about, "Nobody told which columns the feature comes from.", column.node.id),
                ", ".join(steps) or None,
                ", ".join(sorted({f.certainty.value for f in mine})) or UNKNOWN,
            )
        )
    if not rows:
        draft.unknown(about, "The version's input columns were never told: log a signature.")
    draft.add(
        about,
        "Features",
        "AI Act, Annex IV 2 (b); Article 10 (2) (a), (d)",
        ("feature", "type", "comes from", "by", "certainty"),
        rows,
    )


def checks(draft: Draft, found: Sequence[Check]) -> None:
    """Checks passed and failed."""
    about = "checks"
    if not found:
        draft.unknown(about, "No check on the data was told: send `dataQualityAssertions`, or say that there are none.")
    draft.unknown(
        about, "Whether the data was examined for biases is told by no producer: record it as a tag `bias_examination`."
    )
    draft.add(
        about,
        "Checks on the data",
        "AI Act, Article 10 (2) (f), (g), (3)",
        ("about", "check", "column", "result", "at"),
        [(each.about or None, each.name, each.column, each.result, each.at) for each in found],
    )


def results(draft: Draft, facets: Mapping[str, object]) -> None:
    rows = [("parameter", key, value) for key, value in parameters_of(facets)]
    rows += [("metric", key, value) for key, value in metrics_of(facets)]
    if not rows:
        draft.unknown("results", "The training told neither parameters nor metrics.")
    draft.add(
        "results",
        "Parameters and metrics of the training",
        "AI Act, Annex IV 2 (b), (g)",
        ("kind", "name", "value"),
        rows,
    )


def skew(draft: Draft, skew: SkewAnswer) -> None:
    rows = [
        (each.feature, f"{each.deployment.namespace} {each.deployment.name}", each.verdict.value, each.because)
        for each in skew.features
        if each.verdict is not SkewVerdict.SAME
    ]
    if not skew.deployments:
        draft.unknown("skew", "No deployment is known, so training and serving could not be held against each other.")
    draft.add(
        "skew",
        "Features that are served otherwise than trained",
        "AI Act, Article 10 (3), (4)",
        ("feature", "deployment", "verdict", "because"),
        rows,
    )


def oversight(draft: Draft, marks: Marks, version: Node) -> None:
    about = "oversight"
    rows = [
        (word, draft.told(value, about, f"Nobody told {said}."))
        for word, value, said in (
            (
                "validated by",
                marks.owners(version.id, vocabulary.VALIDATOR)[0],
                "who validated the version: state an owner of type `validator`",
            ),
            (
                "validated at",
                marks.text(version.id, vocabulary.VALIDATED)[0],
                "when it was validated: tag it `validated_at`",
            ),
            (
                "decides alone",
                marks.text(version.id, vocabulary.DECISION)[0],
                "whether it decides about people without one: tag it `automated_decision`",
            ),
        )
    ]
    draft.add(about, "Oversight", "AI Act, Annex IV 2 (e), Article 14", ("what", "as recorded"), rows)
