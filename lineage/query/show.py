"""The page of one thing: a dataset, column, job, run, version or namespace, at a moment."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from lineage.facts import EvidenceKind, FactVersion, Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.query.answering import columns_at, read_properties
from lineage.query.answers import (
    ColumnPage,
    DatasetPage,
    JobPage,
    NamespacePage,
    Page,
    RawSpelling,
    RunPage,
    VersionPage,
)
from lineage.query.completeness import dataset_of
from lineage.query.schema import column_pages, in_force, reporter_names
from lineage.query.sources import Sources

RUNS_MAX = 20  # the runs that a person looks at; all of them are in the ledger
VERSIONS_MAX = 100


def show(sources: Sources, node: Node, at: Moment) -> Page:
    match node.kind:
        case NodeKind.DATASET:
            return dataset_page(sources, node, at)
        case NodeKind.COLUMN:
            return column_page(sources, node, at)
        case NodeKind.JOB:
            return job_page(sources, node, at)
        case NodeKind.RUN:
            return run_page(sources, node, at)
        case NodeKind.DATASET_VERSION:
            return _versions(sources, _history(sources, [node.id], Relation.VERSION, at))[0]
        case NodeKind.NAMESPACE:
            return NamespacePage(node)


def dataset_page(sources: Sources, node: Node, at: Moment) -> DatasetPage:
    properties = read_properties(sources, [node.id], at)
    tags = properties.tags(node.id)
    touching = sources.graph.facts([node.id], (Relation.READS, Relation.WRITES), at, by_object=True)
    known = [v for v in touching if v.fact.evidence is not EvidenceKind.ATTEMPTED]
    versions = _history(sources, [node.id], Relation.VERSION, at, by_object=True)
    return DatasetPage(
        node=node,
        names=spellings(sources, node, at),
        dataset_type=properties.dataset_type(node),
        type_evidence=properties.type_evidence(node),
        description=properties.text(node.id, "description"),
        owners=properties.owners(node.id),
        tags=tuple(tag for tag in tags if tag.column is None),
        columns=schema_of(sources, node, at),
        dropped_at_us=properties.dropped_at_us(node.id),
        confirmed=_confirmed(sources, node, at),
        read_by=_nodes(sources, (v.fact.subject for v in known if v.fact.relation is Relation.READS)),
        written_by=_nodes(sources, (v.fact.subject for v in known if v.fact.relation is Relation.WRITES)),
        versions=tuple(_versions(sources, versions)[:VERSIONS_MAX]),
    )


def schema_of(sources: Sources, dataset: Node, at: Moment) -> tuple[ColumnPage, ...]:
    """The schema in force, then columns that are known otherwise."""
    unit, columns = in_force(sources, sources.graph.facts([dataset.id], (Relation.HAS,), at), at)
    others = columns_at(sources, [dataset.id], at)
    names = sources.graph.nodes({told.column for told in columns}) | {node.id: node for node in others}
    pages = column_pages(dataset, unit, columns, names, read_properties(sources, [dataset.id, *names], at))
    named = reporter_names(sources, {page.reporter for page in pages if page.reporter}, at)
    return tuple(replace(p, reporter=named.get(p.reporter, p.reporter)) if p.reporter else p for p in pages)


def column_page(sources: Sources, node: Node, at: Moment) -> ColumnPage:
    dataset = sources.graph.nodes([dataset_of(node.id)])[dataset_of(node.id)]
    for page in schema_of(sources, dataset, at):
        if page.node.id == node.id:
            return page
    return ColumnPage(node, dataset, None, None, None, None)


def job_page(sources: Sources, node: Node, at: Moment) -> JobPage:
    properties = read_properties(sources, [node.id], at)
    touched = sources.graph.facts([node.id], (Relation.READS, Relation.WRITES), at)
    known = [v for v in touched if v.fact.evidence is not EvidenceKind.ATTEMPTED]
    runs = _newest(_history(sources, [node.id], Relation.RUN, at, by_object=True))[:RUNS_MAX]
    return JobPage(
        node=node,
        names=spellings(sources, node, at),
        description=properties.text(node.id, "description"),
        owners=properties.owners(node.id),
        tags=properties.tags(node.id),
        reads=_nodes(sources, (NodeId(v.fact.object) for v in known if v.fact.relation is Relation.READS)),
        writes=_nodes(sources, (NodeId(v.fact.object) for v in known if v.fact.relation is Relation.WRITES)),
        runs=tuple(_run(sources, v, node, at) for v in runs),
        properties=properties.all(node.id),
    )


def run_page(sources: Sources, node: Node, at: Moment) -> RunPage:
    told = _newest(_history(sources, [node.id], Relation.RUN, at))
    job = NodeId(told[0].fact.object)
    return _run(sources, told[0], sources.graph.nodes([job])[job], at)


def spellings(sources: Sources, node: Node, at: Moment) -> tuple[RawSpelling, ...]:
    """Every raw name that is this node at the moment, the canonical one included when anyone wrote it."""
    found = set()
    for version in sources.graph.facts([node.id], (Relation.NAME,), at, by_object=True):
        raw = json.loads(version.fact.value) if version.fact.value else {}
        if version.fact.label in ("", node.kind) and "name" in raw:
            found.add((str(raw.get("namespace", "")), str(raw["name"])))
    return tuple(RawSpelling(*pair) for pair in sorted(found))


def _confirmed(sources: Sources, node: Node, at: Moment) -> bool:
    """False when only attempts mention it: none of its names was ever in a run that counts."""
    names = sources.graph.facts([node.id], (Relation.NAME,), at, by_object=True)
    return not names or any(v.fact.evidence is not EvidenceKind.ATTEMPTED for v in names)


def _history(
    sources: Sources, nodes: Sequence[NodeId], relation: Relation, at: Moment, *, by_object: bool = False
) -> list[FactVersion]:
    """What had begun by the moment, over or not."""
    told = sources.graph.history(nodes, (relation,), known=at.known, by_object=by_object)
    return [v for v in told if at.valid_us is None or v.valid.from_us <= at.valid_us]


def _newest(versions: Iterable[FactVersion]) -> list[FactVersion]:
    """One version for each subject, the newest; the newest subject first."""
    latest: dict[NodeId, FactVersion] = {}
    for v in versions:
        held = latest.get(v.fact.subject)
        if held is None or _age(v) > _age(held):
            latest[v.fact.subject] = v
    return sorted(latest.values(), key=lambda v: (-v.valid.from_us, v.fact.subject))


def _age(version: FactVersion) -> tuple[bool, int, int]:
    """What tells more is newer: a catalogue repeats a version that a run wrote, without the run."""
    return version.fact.value != "", version.valid.from_us, version.known_from


def _versions(sources: Sources, told: Iterable[FactVersion]) -> list[VersionPage]:
    newest = _newest(told)
    nodes = sources.graph.nodes({v.fact.subject for v in newest})
    pages = []
    for v in newest:
        value = json.loads(v.fact.value) if v.fact.value else {}
        pages.append(
            VersionPage(nodes[v.fact.subject], v.fact.label, v.valid.from_us, value.get("run"), value.get("job"))
        )
    return pages


def _run(sources: Sources, version: FactVersion, job: Node, at: Moment) -> RunPage:
    value = json.loads(version.fact.value) if version.fact.value else {}
    node = sources.graph.nodes([version.fact.subject])[version.fact.subject]
    return RunPage(
        node=node,
        job=job,
        run_id=str(value.get("runId") or node.version or ""),
        attempt=int(value.get("attempt") or 1),
        state=version.fact.label,
        started_at=value.get("startedAt"),
        ended_at=value.get("endedAt"),
        parent=_text(value.get("parent")),
        inputs=_touched(sources, value, "inputs", at),
        outputs=_touched(sources, value, "outputs", at),
        properties=_facets(value),
    )


def _touched(sources: Sources, value: Mapping[str, object], key: str, at: Moment) -> tuple[Node, ...]:
    """What a run's own ids of raw names are at the moment."""
    told = value.get(key)
    own = [NodeId(item) for item in told if isinstance(item, str)] if isinstance(told, list) else []
    return _nodes(sources, sources.graph.resolve(own, at).values()) if own else ()


def _facets(value: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    told = value.get("facets")
    found = {str(k): v for k, v in told.items() if isinstance(v, str)} if isinstance(told, dict) else {}
    if value.get("distrusted"):
        found["distrusted"] = "true"
    return tuple(sorted(found.items()))


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _nodes(sources: Sources, found: Iterable[NodeId]) -> tuple[Node, ...]:
    nodes = sources.graph.nodes(set(found))
    return tuple(sorted(nodes.values(), key=lambda n: (n.namespace, n.name, n.column or "", n.id)))
