"""Lists and single things in Marquez's shapes: namespaces, datasets, jobs, their runs and versions.

The one idea: each function reads through Questions as the caller sees the graph, in a few reads for a whole page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, TypeVar

from api.rest import shapes
from api.rest.node_ids import id_of
from api.rest.shapes import Json, Span
from lineage.errors import LimitExceeded, NotFound
from lineage.facts import Node, NodeKind, Relation
from lineage.ids import NodeId, version_id
from lineage.moment import Moment
from lineage.query import show
from lineage.query.answering import read_properties
from lineage.query.answers import RunPage, VersionPage
from lineage.query.browse import canonical_namespace, every
from lineage.query.moments import NOW
from lineage.query.questions import Questions
from lineage.query.resolve import dataset, job
from lineage.query.sources import Sources

Item = TypeVar("Item")
OFFSET_MAX: Final = 100_000
"""Marquez's pages are offsets: each reads all before it. GraphQL has cursors for more."""
LATEST_RUNS: Final = 20
"""Marquez's job tells its latest runs; all of them are in a list of their own."""


def namespaces(questions: Questions, limit: int, offset: int) -> Json:
    """`{"namespaces": […]}`."""
    sources, at = questions.sources, questions.sources.pin(NOW).moment
    nodes, _ = _page(every(sources, NodeKind.NAMESPACE, at, namespace=None), limit, offset)
    spans = spans_of(sources, nodes, at)
    return {"namespaces": [shapes.namespace(node, spans[node.id]) for node in nodes]}


def one_namespace(questions: Questions, name: str) -> Json:
    """Errors: NotFound."""
    sources, at = questions.sources, questions.sources.pin(NOW).moment
    canonical = canonical_namespace(sources, name, at)
    for node in every(sources, NodeKind.NAMESPACE, at, namespace=canonical):
        return shapes.namespace(node, spans_of(sources, [node], at)[node.id])
    raise NotFound(f"No namespace {name} at this moment. List the namespaces.")


def datasets(questions: Questions, namespace: str, limit: int, offset: int) -> Json:
    """`{"datasets": […], "totalCount": n}`. Errors: NotFound."""
    sources, at = questions.sources, questions.sources.pin(NOW).moment
    canonical = canonical_namespace(sources, namespace, at)
    nodes, total = _page(every(sources, NodeKind.DATASET, at, namespace=canonical), limit, offset)
    return {"datasets": dataset_shapes(sources, nodes, at), "totalCount": total}


def one_dataset(questions: Questions, namespace: str, name: str) -> Json:
    """Errors: NotFound with near names."""
    sources, at = questions.sources, questions.sources.pin(NOW).moment
    return dataset_shapes(sources, [dataset(sources, namespace, name, at)], at)[0]


def versions(questions: Questions, namespace: str, name: str, limit: int, offset: int) -> Json:
    """`{"versions": […], "totalCount": n}`, the newest first. Errors: NotFound."""
    sources, at = questions.sources, questions.sources.pin(NOW).moment
    page = show.dataset_page(sources, dataset(sources, namespace, name, at), at)
    told, total = _story(sources, page.node, Relation.VERSION, at, limit, offset)
    shown = [shapes.version(page, each, None) for each in told if isinstance(each, VersionPage)]
    return {"versions": shown, "totalCount": total}


def one_version(questions: Questions, namespace: str, name: str, wanted: str) -> Json:
    """By Marquez's UUID, or by the version as its producer wrote it; with the run that wrote it. Errors: NotFound."""
    sources, at = questions.sources, questions.sources.pin(NOW).moment
    node = dataset(sources, namespace, name, at)
    told = version_page(sources, node, wanted, at)
    nodes = sources.graph.nodes([told.run]) if told.run else {}
    run = show.run_page(sources, nodes[told.run], at) if told.run in nodes else None
    return shapes.version(show.dataset_page(sources, node, at), told, run)


def version_page(sources: Sources, node: Node, wanted: str, at: Moment) -> VersionPage:
    """A dataset's version as its producer wrote it, or by Marquez's UUID, for which all of them are read. Errors:
    NotFound."""
    graph, relations = sources.graph, (Relation.VERSION,)
    told = graph.history([version_id(node.id, wanted)], relations, known=at.known) or [
        version
        for version in graph.history([node.id], relations, known=at.known, by_object=True)
        if shapes.uuid_of(version.fact.subject) == wanted
    ]
    for page in show.versions(sources, show.newest(told)):
        return page
    raise NotFound(f"{node.name} has no version {wanted}. List its versions.")


def jobs(questions: Questions, namespace: str, limit: int, offset: int) -> Json:
    """`{"jobs": […], "totalCount": n}`. Errors: NotFound."""
    sources, at = questions.sources, questions.sources.pin(NOW).moment
    canonical = canonical_namespace(sources, namespace, at)
    nodes, total = _page(every(sources, NodeKind.JOB, at, namespace=canonical), limit, offset)
    return {"jobs": job_shapes(sources, nodes, at), "totalCount": total}


def one_job(questions: Questions, namespace: str, name: str) -> Json:
    """Errors: NotFound with near names."""
    sources, at = questions.sources, questions.sources.pin(NOW).moment
    return job_shapes(sources, [job(sources, namespace, name, at)], at)[0]


def runs(questions: Questions, namespace: str, name: str, limit: int, offset: int) -> Json:
    """`{"runs": […], "totalCount": n}`, the newest first. Errors: NotFound."""
    sources, at = questions.sources, questions.sources.pin(NOW).moment
    told, total = _story(sources, job(sources, namespace, name, at), Relation.RUN, at, limit, offset)
    return {"runs": [shapes.run_shape(each) for each in told if isinstance(each, RunPage)], "totalCount": total}


def search(questions: Questions, query: str, kind: str | None, limit: int) -> Json:
    """`{"totalCount": n, "results": […]}`: datasets and jobs one of whose names holds the query's words. Marquez's `%`
    and `_` stand for anything there; here they part words."""
    kinds = {"DATASET": [NodeKind.DATASET], "JOB": [NodeKind.JOB]}.get((kind or "").upper())
    words = " ".join(query.replace("%", " ").split())
    found = questions.search(words, kinds=kinds or [NodeKind.DATASET, NodeKind.JOB], first=limit)
    sources, at = questions.sources, questions.sources.pin(NOW).moment
    nodes = [edge.node for edge in found.edges]
    spans = spans_of(sources, nodes, at)
    results = [
        {
            "type": node.kind.value,
            "name": node.name,
            "updatedAt": shapes.time_of(spans[node.id].last_us),
            "namespace": node.namespace,
            "nodeId": id_of(node),
        }
        for node in nodes
    ]
    return {"totalCount": len(results), "results": results}


def dataset_shapes(sources: Sources, nodes: Sequence[Node], at: Moment) -> list[Json]:
    """Marquez's Dataset of each, in order."""
    ids = [node.id for node in nodes]
    spans, pages = spans_of(sources, nodes, at), show.dataset_pages(sources, nodes, at)
    properties = read_properties(sources, ids, at)
    newest = _latest(sources, ids, Relation.VERSION, at, 1)
    return [
        shapes.dataset(
            pages[id_],
            spans[id_],
            shapes.facets_of(properties.all(id_)),
            next((each for each in newest[id_] if isinstance(each, VersionPage)), None),
        )
        for id_ in ids
    ]


def job_shapes(sources: Sources, nodes: Sequence[Node], at: Moment) -> list[Json]:
    """Marquez's Job of each, in order."""
    ids = [node.id for node in nodes]
    spans, pages = spans_of(sources, nodes, at), show.job_pages(sources, nodes, at)
    latest = _latest(sources, ids, Relation.RUN, at, LATEST_RUNS)
    return [
        shapes.job(pages[id_], spans[id_], [run for run in latest[id_] if isinstance(run, RunPage)]) for id_ in ids
    ]


def spans_of(sources: Sources, nodes: Sequence[Node], at: Moment) -> dict[NodeId, Span]:
    """When each was first and last told of, for all of them in three reads."""
    own = [node.id for node in nodes]
    if not own:
        return {}
    first: dict[str, int] = {}
    for version in sources.graph.facts(own, (Relation.NAME,), at, by_object=True):
        node = version.fact.object
        first[node] = min(first.get(node, version.valid.from_us), version.valid.from_us)
    last: dict[str, int] = {}
    written: dict[str, int] = {}
    for by_object in (True, False):
        touching = sources.graph.facts(own, (Relation.WRITES, Relation.READS), at, by_object=by_object)
        seen = sources.seen.seen([version.fact for version in touching], at)
        for version, told in zip(touching, seen, strict=True):
            if told.last_us is None:
                continue
            node = version.fact.object if by_object else version.fact.subject
            last[node] = max(last.get(node, told.last_us), told.last_us)
            if by_object and version.fact.relation is Relation.WRITES:
                written[node] = max(written.get(node, told.last_us), told.last_us)
    return {id_: Span(first.get(id_), last.get(id_, first.get(id_)), written.get(id_)) for id_ in own}


def _latest(
    sources: Sources, parents: Sequence[NodeId], relation: Relation, at: Moment, count: int
) -> dict[NodeId, list[RunPage | VersionPage]]:
    """The newest runs or versions of each."""
    stories = show.story_pages(sources, parents, relation, at, first=count)
    return {parent: [page for _, page in story.items] for parent, story in stories.items()}


def _story(
    sources: Sources, node: Node, relation: Relation, at: Moment, limit: int, offset: int
) -> tuple[list[RunPage | VersionPage], int]:
    """A page of its runs or versions, the newest first, and how many there are. Errors: LimitExceeded."""
    _check_offset(offset)
    told = _latest(sources, [node.id], relation, at, offset + limit)[node.id][offset:]
    return told, show.story_lengths(sources, [node.id], relation, at)[node.id]


def _check_offset(offset: int) -> None:
    if offset > OFFSET_MAX:
        raise LimitExceeded(f"Offsets end at {OFFSET_MAX}. Page by GraphQL's cursors.", limit=OFFSET_MAX, asked=offset)


def _page(items: Iterable[Item], limit: int, offset: int) -> tuple[list[Item], int]:
    """The page and how many there are. Errors: LimitExceeded."""
    _check_offset(offset)
    stream = iter(items)
    skipped = sum(1 for _ in islice(stream, offset))
    page = list(islice(stream, limit))
    return page, skipped + len(page) + sum(1 for _ in stream)
