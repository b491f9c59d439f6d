"""From roots to nodes and edges with names: what lineage, impact, provenance, paths and diff have in common.

The one idea: one Question (roots, grain, filters, budget, moment) makes one Walked (the walk, its nodes by id, its
merged edges, its properties and its completeness); each kind of answer is a reading of that.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from lineage.errors import InputError
from lineage.facts import Direction, Grain, Node, NodeKind, Relation
from lineage.ids import NodeId, dataset_id, parent_of, version_id
from lineage.moment import Moment
from lineage.query.answers import Completeness, LineageEdge, LineageNode
from lineage.query.completeness import completeness, dataset_of, jobs_of, walk_reasons
from lineage.query.edges import EdgeKey, merge
from lineage.query.hops import ColumnHops, DatasetHops, Expand, Filter, Hop
from lineage.query.moments import Pinned
from lineage.query.properties import Properties
from lineage.query.resolve import shown
from lineage.query.sources import Sources
from lineage.query.walk import Budget, Walk, walk


@dataclass(frozen=True, slots=True)
class Question:
    """What one walk is asked."""

    roots: tuple[Node, ...]
    direction: Direction
    grain: Grain
    pinned: Pinned
    keep: Filter = field(default_factory=Filter)
    budget: Budget = field(default_factory=Budget)
    control_goes_on: bool = False


@dataclass(frozen=True)
class Walked:
    """A walk with everything that an answer needs of it. `roots`: what was walked from (at grain COLUMN a dataset and
    its columns)."""

    sources: Sources
    question: Question
    roots: tuple[NodeId, ...]
    walk: Walk
    names: Mapping[NodeId, Node]
    properties: Properties
    versions: Mapping[NodeId, str]

    @cached_property
    def edges(self) -> dict[EdgeKey, LineageEdge]:
        """Merged, ordered from the roots outwards."""
        hops: Iterable[Hop] = (hop for _, hop in self.walk.hops)
        at = self.question.pinned.moment
        found = merge(hops, self.sources, at, feeds=self.walk.notes.feeds, grain=self.question.grain)
        place = {node.id: i for i, node in enumerate(self.nodes.values())}
        return dict(sorted(found.items(), key=lambda kv: (place[kv[0][1]], place[kv[0][0]], kv[0][2])))

    @cached_property
    def nodes(self) -> dict[NodeId, LineageNode]:
        """By distance, then by name."""
        found = [
            self.lineage_node(self.names[id_], distance, len(self.walk.beyond.get(id_, ())))
            for id_, distance in self.walk.distances.items()
        ]
        found.sort(key=lambda n: (n.distance, n.namespace, n.name, n.column or "", n.id))
        return {n.id: n for n in found}

    def lineage_node(self, node: Node, distance: int, more: int = 0) -> LineageNode:
        version = self.versions.get(node.id, node.version) or self.properties.model_version(node)
        kind = self.properties.dataset_type(node)
        return LineageNode(node.id, node.kind, node.namespace, node.name, node.column, version, kind, distance, more)

    @cached_property
    def completeness(self) -> Completeness:
        names = {id_: shown(node) for id_, node in self.names.items()}
        reasons = walk_reasons(self.walk, self.question.grain, self.properties.versions, names)
        if self.sources.scope is not None:
            reasons.append(self.sources.scope(self.walk.distances, self.question.pinned.moment))
        return completeness(
            self.question.pinned, reasons, hops=self.walk.depth_reached, nodes_explored=len(self.walk.distances)
        )


def ask(sources: Sources, question: Question) -> Walked:
    """Walk, then read the names and properties of all that was met, in a few reads of the store."""
    at = question.pinned.moment
    roots, versions, walked_as_whole = _roots(sources, question)
    expand: Expand = (
        DatasetHops(sources, at, question.keep)
        if question.grain is Grain.DATASET
        else ColumnHops(sources, at, question.keep, walked_as_whole)
    )
    found = walk(
        expand,
        roots,
        question.direction,
        question.budget,
        control_goes_on=question.control_goes_on or question.grain is Grain.DATASET,
    )
    jobs = jobs_of(found.notes, (hop.edge for _, hop in found.hops))
    touched = {*found.distances, *jobs, *found.notes.silent}
    names = sources.graph.nodes(touched | {dataset_of(n) for n in found.distances})
    properties = read_properties(sources, {dataset_of(n) for n in found.distances} | jobs, at)
    return Walked(sources, question, tuple(roots), found, names, properties, versions)


def read_properties(sources: Sources, nodes: Collection[NodeId], at: Moment) -> Properties:
    """What is told about datasets and jobs at a moment."""
    return Properties(sources.graph.facts(sorted(nodes), (Relation.PROPERTY,), at) if nodes else [])


def roots_at_grain(nodes: Sequence[Node], grain: Grain) -> list[NodeId]:
    """What a walk begins from, each once. Errors: InputError for what has no lineage of its own."""
    roots = []
    for node in nodes:
        match node.kind:
            case NodeKind.DATASET:
                roots.append(node.id)
            case NodeKind.DATASET_VERSION:
                roots.append(dataset_of(node.id))
            case NodeKind.COLUMN:
                roots.append(node.id if grain is Grain.COLUMN else dataset_of(node.id))
            case _:
                raise InputError(
                    f"{shown(node)} is a {node.kind.lower()}: lineage joins datasets and columns. Name one that it "
                    "reads or writes.",
                    place="of",
                )
    return list(dict.fromkeys(roots))


def _roots(sources: Sources, question: Question) -> tuple[list[NodeId], dict[NodeId, str], list[NodeId]]:
    """-> (roots, versions to show, datasets that are roots with all their columns)."""
    at = question.pinned.moment
    versions = {
        dataset_of(n.id): n.version
        for n in question.roots
        if n.kind is NodeKind.DATASET_VERSION and n.version is not None
    }
    roots = roots_at_grain(question.roots, question.grain)
    if question.grain is Grain.DATASET:
        return roots, versions, []
    wholes = [root for root in roots if parent_of(root) is None]
    by_dataset: dict[NodeId, list[NodeId]] = {whole: [] for whole in wholes}
    for column in columns_at(sources, wholes, at):
        by_dataset[dataset_of(column.id)].append(column.id)
    widened = [id_ for root in roots for id_ in (root, *by_dataset.get(root, ()))]
    return list(dict.fromkeys(widened)), versions, wholes


def columns_at(sources: Sources, datasets: Sequence[NodeId], at: Moment) -> list[Node]:
    """The columns that a schema or an edge names at this moment, by (dataset, column)."""
    if not datasets:
        return []
    graph = sources.graph
    columns = graph.columns_of(datasets)
    held = {v.fact.object for v in graph.facts(datasets, (Relation.HAS,), at)}
    if rest := [c.id for c in columns if c.id not in held]:
        held |= {e.target for e in graph.neighbours(rest, Relation.DERIVES, Direction.UPSTREAM, at)}
        held |= {e.source for e in graph.neighbours(rest, Relation.DERIVES, Direction.DOWNSTREAM, at)}
    return [c for c in columns if c.id in held]


def version_moment(sources: Sources, roots: Sequence[Node], pinned: Pinned) -> Pinned:
    """A single version of a dataset, or of a model, is asked about as of the moment when it was written, unless another
    was given: what was changed upstream since is nothing that it was made of."""
    if len(roots) != 1 or pinned.moment.valid_us is not None:
        return pinned
    known = pinned.moment.known
    version = roots[0].id if roots[0].kind is NodeKind.DATASET_VERSION else _version_of_model(sources, roots[0], known)
    told = sources.graph.history([version], (Relation.VERSION,), known=known) if version is not None else []
    if not told:
        return pinned
    by_runs = [v for v in told if v.fact.value and json.loads(v.fact.value).get("run")]  # a registry may be earlier
    written_us = min(v.valid.from_us for v in by_runs or told)
    return replace(pinned, moment=Moment(written_us, known), valid_at_us=written_us)


def _version_of_model(sources: Sources, root: Node, known: int) -> NodeId | None:
    """The version that a dataset is, where it is one of a model."""
    at = Moment(None, known)
    told = read_properties(sources, [root.id], at).values(root.id, "version") if root.kind is NodeKind.DATASET else ()
    for value in told:
        if isinstance(value, dict) and value.get("version"):
            own = dataset_id(str(value.get("namespace", "")), str(value.get("name", "")))
            model = sources.graph.resolve([own], at).get(own)
            return None if model is None else version_id(model, str(value["version"]))
    return None
