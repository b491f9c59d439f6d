"""Lineage as Marquez draws it: datasets and the jobs between them, and fields with the fields that they come from.

The one idea: the walk is ours (`lineage` at grain DATASET or COLUMN), and each of its edges names the jobs that it goes
through; turned inside out that is Marquez's graph. It holds what is upstream or downstream of the node asked about, and
not, as Marquez's does, everything that is joined to it by any zigzag.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from api.rest.catalogue import dataset_shapes, job_shapes, version_page
from api.rest.node_ids import id_of, readings
from api.rest.shapes import Json
from lineage.errors import NotFound
from lineage.facts import Direction, Grain, Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.query.answers import LineageAnswer, LineageEdge
from lineage.query.moments import NOW, MomentInput
from lineage.query.questions import Questions
from lineage.query.resolve import NodeRef

NODES_MAX: Final = 500  # datasets in one answer: with their fields some 2 MB of JSON
FIELDS_MAX: Final = 2_000
Arrow = tuple[NodeId, NodeId]


def find(questions: Questions, text: str) -> tuple[Node, MomentInput]:
    """The node that Marquez's id means, and the moment at which to ask about it: of a version, when it was written.
    Errors: InputError for what is no id; NotFound with names that are near the likeliest reading."""
    missing: NotFound | None = None
    for reading in readings(text):
        try:
            node = questions.find(reading.ref)
            return node, (NOW if not reading.version else _version_moment(questions, node, reading.version))
        except NotFound as error:
            missing = missing or error
    assert missing is not None, "readings() gives at least one"
    raise NotFound(f"There is no node {text[:200]}. Search for a part of its name.", near=missing.near)


def _version_moment(questions: Questions, node: Node, version: str) -> MomentInput:
    sources = questions.sources
    return MomentInput(valid_at_us=version_page(sources, node, version, sources.pin(NOW).moment).at_us)


# ---- datasets and jobs ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Drawing:
    """What is drawn so far: nodes and arrows between datasets and jobs."""

    nodes: dict[NodeId, Node] = field(default_factory=dict)
    arrows: set[Arrow] = field(default_factory=set)


def lineage(questions: Questions, node_id: str, depth: int) -> Json:
    """`{"graph": [node, …]}`, by node id. Errors: InputError, NotFound."""
    root, at_input = find(questions, node_id)
    sources = questions.sources
    pinned = sources.pin(at_input)
    at_input = MomentInput(at_input.valid_at_us, known_index=pinned.moment.known)
    at = pinned.moment
    drawing = _Drawing({root.id: root})
    touching = sources.graph.facts(
        [root.id], (Relation.READS, Relation.WRITES), at, by_object=root.kind is not NodeKind.JOB
    )
    touched = [v.fact for v in touching]
    near = sources.graph.nodes({NodeId(f.object) for f in touched} | {f.subject for f in touched})
    drawing.nodes.update(near)
    for fact in touched:
        job, dataset = fact.subject, NodeId(fact.object)
        drawing.arrows.add((job, dataset) if fact.relation is Relation.WRITES else (dataset, job))
    if root.kind is NodeKind.JOB:
        sides = [
            ({NodeId(f.object) for f in touched if f.relation is Relation.READS}, Direction.UPSTREAM),
            ({NodeId(f.object) for f in touched if f.relation is Relation.WRITES}, Direction.DOWNSTREAM),
        ]
        walks = [(sorted(roots), direction, depth - 1) for roots, direction in sides if roots and depth > 0]
    else:
        walks = [([root.id], Direction.BOTH, depth)]
    for roots, direction, hops in walks:
        refs = [NodeRef(id=each) for each in roots[:NODES_MAX]]
        _draw(drawing, questions, questions.lineage(refs, direction, depth=hops, limit=NODES_MAX, at=at_input))
    return {"graph": _drawn(questions, drawing, at)}


def _draw(drawing: _Drawing, questions: Questions, answer: LineageAnswer) -> None:
    graph = questions.sources.graph
    wanted = {node.id for node in answer.nodes} | {job for edge in answer.edges for job in edge.jobs}
    drawing.nodes.update(graph.nodes(wanted))
    for edge in answer.edges:
        if not edge.jobs:  # stated by a person, or a renaming: no job stands between
            drawing.arrows.add((edge.source, edge.target))
        for job in edge.jobs:
            drawing.arrows |= {(edge.source, job), (job, edge.target)}


def _drawn(questions: Questions, drawing: _Drawing, at: Moment) -> list[Json]:
    nodes = sorted(drawing.nodes.values(), key=id_of)
    datasets = [node for node in nodes if node.kind is NodeKind.DATASET]
    jobs = [node for node in nodes if node.kind is NodeKind.JOB]
    data: dict[NodeId, Json] = dict(
        zip((n.id for n in datasets), dataset_shapes(questions.sources, datasets, at), strict=True)
    )
    data |= zip((n.id for n in jobs), job_shapes(questions.sources, jobs, at), strict=True)
    incoming, outgoing = _by_end(drawing.arrows)
    names = {node.id: id_of(node) for node in nodes}
    return [
        {
            "id": names[node.id],
            "type": node.kind.value,
            "data": data[node.id],
            "inEdges": _edges((names[origin], names[node.id]) for origin in incoming[node.id] if origin in names),
            "outEdges": _edges((names[node.id], names[target]) for target in outgoing[node.id] if target in names),
        }
        for node in nodes
        if node.id in data
    ]


# ---- fields --------------------------------------------------------------------------------------------------------


def column_lineage(questions: Questions, node_id: str, depth: int, *, with_downstream: bool) -> Json:
    """`{"graph": [field, …]}`, by node id. As in Marquez, an edge of `inEdges` names the field itself as its origin and
    the input as its destination. What only filters or joins has no field that it flows into, and is not here.
    Errors: InputError, NotFound."""
    root, at_input = find(questions, node_id)
    sources = questions.sources
    pinned = sources.pin(at_input)
    at = pinned.moment
    roots = _roots(questions, root, at)
    edges: dict[Arrow, LineageEdge] = {}
    nodes: dict[NodeId, Node] = dict(sources.graph.nodes(roots))
    if roots:
        answer = questions.lineage(
            [NodeRef(id=each) for each in roots],
            Direction.BOTH if with_downstream else Direction.UPSTREAM,
            depth=depth,
            grain=Grain.COLUMN,
            limit=FIELDS_MAX,
            at=MomentInput(at_input.valid_at_us, known_index=at.known),
        )
        nodes |= sources.graph.nodes([n.id for n in answer.nodes if n.kind is NodeKind.COLUMN])
        edges = {(e.source, e.target): e for e in answer.edges if e.source in nodes and e.target in nodes}
    columns = [node for node in nodes.values() if node.kind is NodeKind.COLUMN]
    return {"graph": _fields(sorted(columns, key=id_of), edges, _types(questions, columns, at))}


def _roots(questions: Questions, root: Node, at: Moment) -> list[NodeId]:
    if root.kind is not NodeKind.JOB:
        return [root.id]
    written = questions.sources.graph.facts([root.id], (Relation.WRITES,), at)
    return sorted({NodeId(version.fact.object) for version in written})[:NODES_MAX]


def _types(questions: Questions, columns: Sequence[Node], at: Moment) -> dict[NodeId, str]:
    told = questions.sources.graph.facts([c.id for c in columns], (Relation.HAS,), at, by_object=True)
    newest_last = sorted(told, key=lambda version: (version.valid.from_us, version.fact.unit))
    return {NodeId(v.fact.object): v.fact.label for v in newest_last if v.fact.label}


def _fields(columns: Sequence[Node], edges: dict[Arrow, LineageEdge], types: dict[NodeId, str]) -> list[Json]:
    names = {node.id: node for node in columns}
    incoming, outgoing = _by_end(edge for edge in edges if edge[0] in names and edge[1] in names)
    return [
        {
            "id": id_of(node),
            "type": "DATASET_FIELD",
            "data": {
                **_field(node),
                "fieldType": types.get(node.id),
                "transformationDescription": None,
                "transformationType": _common(edges[origin, node.id] for origin in incoming[node.id]),
                "inputFields": [
                    {
                        **_field(names[origin]),
                        "transformationDescription": edges[origin, node.id].because,
                        "transformationType": edges[origin, node.id].transformation,
                    }
                    for origin in sorted(incoming[node.id])
                ],
            },
            "inEdges": _edges((id_of(node), id_of(names[origin])) for origin in incoming[node.id]),
            "outEdges": _edges((id_of(node), id_of(names[target])) for target in outgoing[node.id]),
        }
        for node in columns
    ]


def _field(node: Node) -> Json:
    return {"namespace": node.namespace, "dataset": node.name, "datasetVersion": None, "field": node.column}


def _common(edges: Iterable[LineageEdge]) -> str | None:
    """What all of a field's inputs have in common; None when they differ."""
    found = {edge.transformation for edge in edges}
    return found.pop() if len(found) == 1 else None


def _by_end(arrows: Iterable[Arrow]) -> tuple[dict[NodeId, set[NodeId]], dict[NodeId, set[NodeId]]]:
    incoming: dict[NodeId, set[NodeId]] = defaultdict(set)
    outgoing: dict[NodeId, set[NodeId]] = defaultdict(set)
    for origin, target in arrows:
        incoming[target].add(origin)
        outgoing[origin].add(target)
    return incoming, outgoing


def _edges(pairs: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"origin": origin, "destination": destination} for origin, destination in sorted(set(pairs))]
