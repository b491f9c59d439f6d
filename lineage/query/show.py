"""Pages of things: datasets, columns, jobs, runs, versions and namespaces, at a moment.

The one idea: a page is read for many nodes at once. Every function takes all of them and asks the store a fixed number
of times, so that the pages of a search cost hardly more reads than one; a single page is the same with one node.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from lineage.facts import EvidenceKind, FactVersion, Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER, Moment
from lineage.query.answering import read_properties
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
from lineage.query.schema import schemas_of
from lineage.query.sources import Sources
from lineage.store.contract import StoryWindow

Shown = TypeVar("Shown")
Place = tuple[int, str]
"""Where something stands in a story: minus its time in microseconds, its id."""


@dataclass(frozen=True, slots=True)
class Story:
    """One page of the runs of a job, or of the versions of a dataset, the newest first, each with its place."""

    items: tuple[tuple[Place, RunPage | VersionPage], ...]
    more: bool


def show(sources: Sources, node: Node, at: Moment) -> Page:
    """The page of one node."""
    return pages(sources, [node], at)[node.id]


def pages(sources: Sources, nodes: Iterable[Node], at: Moment) -> dict[NodeId, Page]:
    """The page of each. What is known by name only (a run that nothing is told of at the moment) is left out."""
    by_kind: dict[NodeKind, dict[NodeId, Node]] = defaultdict(dict)
    for node in nodes:
        by_kind[node.kind][node.id] = node
    found: dict[NodeId, Page] = {}
    for kind, of_kind in by_kind.items():
        match kind:
            case NodeKind.DATASET:
                found.update(dataset_pages(sources, list(of_kind.values()), at))
            case NodeKind.COLUMN:
                found.update(_column_pages(sources, list(of_kind.values()), at))
            case NodeKind.JOB:
                found.update(job_pages(sources, list(of_kind.values()), at))
            case NodeKind.RUN:
                told = newest(_history(sources, list(of_kind), Relation.RUN, at))
                found.update({page.node.id: page for page in runs(sources, told, at)})
            case NodeKind.DATASET_VERSION:
                told = newest(_history(sources, list(of_kind), Relation.VERSION, at))
                found.update({page.node.id: page for page in versions(sources, told)})
            case NodeKind.NAMESPACE:
                found.update({node.id: NamespacePage(node) for node in of_kind.values()})
    return found


def dataset_page(sources: Sources, node: Node, at: Moment) -> DatasetPage:
    """The page of one dataset."""
    return dataset_pages(sources, [node], at)[node.id]


def dataset_pages(sources: Sources, nodes: Sequence[Node], at: Moment) -> dict[NodeId, DatasetPage]:
    """The pages of datasets."""
    ids = [node.id for node in nodes]
    properties = read_properties(sources, ids, at)
    touching = _known(sources.graph.facts(ids, (Relation.READS, Relation.WRITES), at, by_object=True))
    jobs = sources.graph.nodes({version.fact.subject for version in touching})
    touching_of = _grouped(touching, lambda version: NodeId(version.fact.object))
    names = _grouped(_names(sources, ids, at), lambda version: NodeId(version.fact.object))
    schemas = schemas_of(sources, nodes, at)
    return {
        node.id: DatasetPage(
            node=node,
            names=_spellings(node, names[node.id]),
            dataset_type=properties.dataset_type(node),
            type_evidence=properties.type_evidence(node),
            description=properties.text(node.id, "description"),
            owners=properties.owners(node.id),
            tags=tuple(tag for tag in properties.tags(node.id) if tag.column is None),
            columns=schemas[node.id],
            dropped_at_us=properties.dropped_at_us(node.id),
            confirmed=_confirmed(names[node.id]),
            read_by=_sorted(jobs, _subjects(touching_of[node.id], Relation.READS)),
            written_by=_sorted(jobs, _subjects(touching_of[node.id], Relation.WRITES)),
        )
        for node in nodes
    }


def _column_pages(sources: Sources, nodes: Sequence[Node], at: Moment) -> dict[NodeId, ColumnPage]:
    datasets = sources.graph.nodes({dataset_of(node.id) for node in nodes})
    schemas = schemas_of(sources, list(datasets.values()), at)
    found = {page.node.id: page for schema in schemas.values() for page in schema}
    of = {node.id: datasets[dataset_of(node.id)] for node in nodes if dataset_of(node.id) in datasets}
    return {
        node.id: found.get(node.id) or ColumnPage(node, of[node.id], None, None, None, None)
        for node in nodes
        if node.id in of
    }


def job_page(sources: Sources, node: Node, at: Moment) -> JobPage:
    """The page of one job."""
    return job_pages(sources, [node], at)[node.id]


def job_pages(sources: Sources, nodes: Sequence[Node], at: Moment) -> dict[NodeId, JobPage]:
    """The pages of jobs."""
    ids = [node.id for node in nodes]
    properties = read_properties(sources, ids, at)
    touched = _known(sources.graph.facts(ids, (Relation.READS, Relation.WRITES), at))
    datasets = sources.graph.nodes({NodeId(version.fact.object) for version in touched})
    touched_of = _grouped(touched, lambda version: version.fact.subject)
    names = _grouped(_names(sources, ids, at), lambda version: NodeId(version.fact.object))
    return {
        node.id: JobPage(
            node=node,
            names=_spellings(node, names[node.id]),
            description=properties.text(node.id, "description"),
            owners=properties.owners(node.id),
            tags=properties.tags(node.id),
            reads=_sorted(datasets, _objects(touched_of[node.id], Relation.READS)),
            writes=_sorted(datasets, _objects(touched_of[node.id], Relation.WRITES)),
            properties=properties.all(node.id),
        )
        for node in nodes
    }


def run_page(sources: Sources, node: Node, at: Moment) -> RunPage:
    """The page of one run."""
    return runs(sources, newest(_history(sources, [node.id], Relation.RUN, at))[:1], at)[0]


def spellings(sources: Sources, node: Node, at: Moment) -> tuple[RawSpelling, ...]:
    """Every raw name that is this node at the moment, the canonical one included when anyone wrote it."""
    return _spellings(node, _names(sources, [node.id], at))


def story_pages(
    sources: Sources, parents: Sequence[NodeId], relation: Relation, at: Moment, *, first: int, after: Place | None = None
) -> dict[NodeId, Story]:
    """One page of the runs (RUN) of each job, or of the versions (VERSION) of each dataset, that had begun by the moment:
    the newest first, after a place in it. Reads what the page shows, however long the story is."""
    told = _newest_of_each(sources, parents, relation, at, count=first + 1, after=after)
    taken = {parent: of_one[:first] for parent, of_one in told.items()}
    of_all = [version for of_one in taken.values() for version in of_one]
    shown: Iterable[RunPage | VersionPage]
    shown = runs(sources, of_all, at) if relation is Relation.RUN else versions(sources, of_all)
    pages = {page.node.id: page for page in shown}
    return {
        parent: Story(
            tuple(
                (_place(version), pages[version.fact.subject])
                for version in taken[parent]
                if version.fact.subject in pages
            ),
            more=len(told[parent]) > first,
        )
        for parent in parents
    }


def story_lengths(
    sources: Sources, parents: Sequence[NodeId], relation: Relation, at: Moment
) -> dict[NodeId, int]:
    """How many items the whole story of each has."""
    lengths = sources.graph.story_lengths(relation, parents, known=at.known, before_us=at.before_us)
    return {parent: lengths.get(parent, 0) for parent in parents}


def _newest_of_each(
    sources: Sources, parents: Sequence[NodeId], relation: Relation, at: Moment, *, count: int, after: Place | None
) -> dict[NodeId, list[FactVersion]]:
    """At most `count` children of each, one fact for each, by place. Several may tell of one child (a run and a catalogue of
    a version): it stands where the one that tells most stands, so the others are passed over, and more is read for them."""
    before_us = at.before_us if after is None else min(at.before_us, 1 - after[0])
    found: dict[NodeId, list[FactVersion]] = {parent: [] for parent in parents}
    wanted, asked = list(found), count
    while wanted:
        windows = [StoryWindow(parent, -FOREVER, before_us) for parent in wanted]
        told = sources.graph.story(relation, windows, known=at.known, newest=True, limit=asked)
        children = sorted({version.fact.subject for of_one in told for version in of_one})
        best = {version.fact.subject: version for version in newest(_history(sources, children, relation, at))}
        for parent, of_one in zip(wanted, told, strict=True):
            standing = [v for v in of_one if best.get(v.fact.subject) == v and (after is None or _place(v) > after)]
            found[parent] = standing[:count]
        wanted = [
            parent
            for parent, of_one in zip(wanted, told, strict=True)
            if len(found[parent]) < count and len(of_one) == asked
        ]
        asked *= 2
    return found


def _place(version: FactVersion) -> Place:
    return -version.valid.from_us, version.fact.subject


def newest(told: Iterable[FactVersion]) -> list[FactVersion]:
    """One version for each subject, the newest; the newest subject first."""
    latest: dict[NodeId, FactVersion] = {}
    for version in told:
        held = latest.get(version.fact.subject)
        if held is None or _age(version) > _age(held):
            latest[version.fact.subject] = version
    return sorted(latest.values(), key=lambda version: (-version.valid.from_us, version.fact.subject))


def _age(version: FactVersion) -> tuple[bool, int, int]:
    """What tells more is newer: a catalogue repeats a version that a run wrote, without the run."""
    return version.fact.value != "", version.valid.from_us, version.known_from


def versions(sources: Sources, told: Sequence[FactVersion]) -> list[VersionPage]:
    """The pages of versions, in the order of their facts."""
    nodes = sources.graph.nodes({version.fact.subject for version in told})
    shown = []
    for version in told:
        if (node := nodes.get(version.fact.subject)) is not None:
            value = _value(version)
            shown.append(
                VersionPage(node, version.fact.label, version.valid.from_us, value.get("run"), value.get("job"))
            )
    return shown


def runs(sources: Sources, told: Sequence[FactVersion], at: Moment) -> list[RunPage]:
    """The pages of runs, in the order of their facts."""
    graph = sources.graph
    values = [_value(version) for version in told]
    own = {id_ for value in values for key in ("inputs", "outputs") for id_ in _ids(value, key)}
    resolved = graph.resolve(sorted(own), at) if own else {}
    ends = {NodeId(version.fact.object) for version in told} | {version.fact.subject for version in told}
    nodes = graph.nodes({*ends, *resolved.values()})

    def touched(value: Mapping[str, object], key: str) -> tuple[Node, ...]:
        """What a run's own ids of raw names are at the moment."""
        return _sorted(nodes, (resolved[id_] for id_ in _ids(value, key) if id_ in resolved))

    shown = []
    for version, value in zip(told, values, strict=True):
        node, job = nodes.get(version.fact.subject), nodes.get(NodeId(version.fact.object))
        if node is None or job is None:
            continue
        shown.append(
            RunPage(
                node=node,
                job=job,
                run_id=str(value.get("runId") or node.version or ""),
                attempt=int(value.get("attempt") or 1),
                state=version.fact.label,
                started_at=value.get("startedAt"),
                ended_at=value.get("endedAt"),
                parent=_text(value.get("parent")),
                inputs=touched(value, "inputs"),
                outputs=touched(value, "outputs"),
                properties=_facets(value),
            )
        )
    return shown


def _names(sources: Sources, nodes: Sequence[NodeId], at: Moment) -> list[FactVersion]:
    return sources.graph.facts(nodes, (Relation.NAME,), at, by_object=True)


def _spellings(node: Node, names: Iterable[FactVersion]) -> tuple[RawSpelling, ...]:
    found = set()
    for version in names:
        raw = _value(version)
        if version.fact.label in ("", node.kind) and "name" in raw:
            found.add((str(raw.get("namespace", "")), str(raw["name"])))
    return tuple(RawSpelling(*pair) for pair in sorted(found))


def _confirmed(names: Sequence[FactVersion]) -> bool:
    """False when only attempts mention it: none of its names was ever in a run that counts."""
    return not names or any(version.fact.evidence is not EvidenceKind.ATTEMPTED for version in names)


def _known(told: Iterable[FactVersion]) -> list[FactVersion]:
    return [version for version in told if version.fact.evidence is not EvidenceKind.ATTEMPTED]


def _history(
    sources: Sources, nodes: Sequence[NodeId], relation: Relation, at: Moment
) -> list[FactVersion]:
    """What had begun by the moment, over or not."""
    told = sources.graph.history(nodes, (relation,), known=at.known) if nodes else []
    return [version for version in told if version.valid.from_us < at.before_us]


def _grouped(items: Iterable[Shown], of: Callable[[Shown], NodeId]) -> dict[NodeId, list[Shown]]:
    groups: dict[NodeId, list[Shown]] = defaultdict(list)
    for item in items:
        groups[of(item)].append(item)
    return groups


def _subjects(told: Iterable[FactVersion], relation: Relation) -> set[NodeId]:
    return {version.fact.subject for version in told if version.fact.relation is relation}


def _objects(told: Iterable[FactVersion], relation: Relation) -> set[NodeId]:
    return {NodeId(version.fact.object) for version in told if version.fact.relation is relation}


def _value(version: FactVersion) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(version.fact.value) if version.fact.value else {}
    return value


def _ids(value: Mapping[str, object], key: str) -> list[NodeId]:
    told = value.get(key)
    return [NodeId(item) for item in told if isinstance(item, str)] if isinstance(told, list) else []


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


def _sorted(nodes: Mapping[NodeId, Node], wanted: Iterable[NodeId]) -> tuple[Node, ...]:
    """The nodes that are meant, each once, by name."""
    found = {nodes[id_] for id_ in wanted if id_ in nodes}
    return tuple(sorted(found, key=lambda n: (n.namespace, n.name, n.column or "", n.id)))
