"""Skew of definition: a feature that a model was trained on one way and is served another.

The one idea: training and serving are two ways to one name. From the version's columns the walk leads to where its
features came from; from what its deployment reads, to where the same features come from now. What they start from, and
what is done on the way, is held against each other; where either is not told, nothing is concluded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from lineage.errors import InputError
from lineage.facts import Certainty, Direction, EvidenceKind, FactVersion, Flow, Grain, Node, NodeKind, Relation
from lineage.ids import NodeId, dataset_id, job_id
from lineage.moment import FOREVER, Moment
from lineage.names import normal_column
from lineage.query.answering import Question, ask, columns_at, read_properties
from lineage.query.answers import Completeness, LineageEdge
from lineage.query.completeness import dataset_of, merged
from lineage.query.hops import Filter
from lineage.query.moments import Pinned
from lineage.query.run_lineage import as_made
from lineage.query.served import slot_of
from lineage.query.sources import Sources
from lineage.query.walk import Budget

NODES_MAX = 10_000  # as a provenance
DEPLOYMENT = "DEPLOYMENT"
MODEL = "MODEL"
PLAIN = frozenset({"", "IDENTITY"})
"""Labels of edges that change nothing."""


class SkewVerdict(StrEnum):
    """How a feature's two ways compare."""

    SAME = "SAME"
    OTHER_SOURCE = "OTHER_SOURCE"
    """They start from other columns."""
    OTHER_TRANSFORMATION = "OTHER_TRANSFORMATION"
    """They start from the same columns, and something else is done on the way."""
    UNKNOWN = "UNKNOWN"
    """One of the ways is not told column by column, the deployment reads no column of that name, or steps of one kind are
    done twice, in two places."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a feature's values come to be: where they start, what is done, and every edge on the way."""

    column: Node
    sources: tuple[Node, ...]
    transformations: tuple[str, ...]
    edges: tuple[LineageEdge, ...]


@dataclass(frozen=True, slots=True)
class FeatureSkew:
    """One input column of the version against one deployment. `serving` None: the deployment reads no such column."""

    feature: str
    deployment: Node
    verdict: SkewVerdict
    because: str
    training: Way
    serving: Way | None


@dataclass(frozen=True, slots=True)
class SkewAnswer:
    """`deployments`: the jobs that serve the version at the moment, or served it last if none does."""

    version: Node
    deployments: tuple[Node, ...]
    features: tuple[FeatureSkew, ...]
    completeness: Completeness


def feature_skew(sources: Sources, version: Node, pinned: Pinned) -> SkewAnswer:
    """Each input column of a model's version against each of its deployments, those that differ first. Errors:
    InputError for what is no version of a model."""
    at = pinned.moment
    told = told_version(sources, version, at)
    columns = columns_at(sources, [version.id], Moment(None, at.known))
    deployments, at = _deployments(sources, told, at)
    read = _read_by(sources, [job.id for job in deployments], version, at)
    serving = columns_at(sources, sorted({dataset for each in read.values() for dataset in each}), at)
    training_walk = _Upstream(sources, columns, as_made(sources, version, pinned))
    serving_walk = _Upstream(sources, serving, replace(pinned, moment=at))
    by_name: dict[tuple[NodeId, str], Node] = {(dataset_of(c.id), _folded(c)): c for c in serving}
    features = []
    for job in deployments:
        for column in columns:
            trained = training_walk.way(column)
            found = [by_name[d, _folded(column)] for d in sorted(read[job.id]) if (d, _folded(column)) in by_name]
            features += [_compared(column, job, trained, served, training_walk, serving_walk) for served in found] or [
                _unread(column, job, trained)
            ]
    order = [SkewVerdict.OTHER_SOURCE, SkewVerdict.OTHER_TRANSFORMATION, SkewVerdict.UNKNOWN, SkewVerdict.SAME]
    features.sort(key=lambda f: (order.index(f.verdict), f.feature, f.deployment.namespace, f.deployment.name))
    parts = [walk.completeness for walk in (training_walk, serving_walk) if walk.completeness is not None]
    return SkewAnswer(version, tuple(deployments), tuple(features), merged(pinned, parts))


def _compared(
    column: Node, job: Node, trained: Way, served: Node, training: "_Upstream", serving: "_Upstream"
) -> FeatureSkew:
    way = serving.way(served)
    name = column.column or ""
    vague = [each for each, walk in ((trained, training), (way, serving)) if not walk.is_told(each)]
    if vague:
        where = vague[0].column
        because = f"What {where.namespace} {where.name}#{where.column} comes from is not told column by column."
        return FeatureSkew(name, job, SkewVerdict.UNKNOWN, because, trained, way)
    if {source.id for source in trained.sources} != {source.id for source in way.sources}:
        because = f"Trained on {_listed(trained.sources)}, served from {_listed(way.sources)}."
        return FeatureSkew(name, job, SkewVerdict.OTHER_SOURCE, because, trained, way)
    if trained.transformations != way.transformations:
        because = f"Trained through {_steps(trained)}, served through {_steps(way)}."
        return FeatureSkew(name, job, SkewVerdict.OTHER_TRANSFORMATION, because, trained, way)
    if _changing(trained) != _changing(way):
        because = f"The same sources and the same kind of steps ({_steps(way)}), done twice: whether alike is not told."
        return FeatureSkew(name, job, SkewVerdict.UNKNOWN, because, trained, way)
    return FeatureSkew(name, job, SkewVerdict.SAME, "The same sources and the same steps.", trained, way)


def _unread(column: Node, job: Node, trained: Way) -> FeatureSkew:
    because = f"{job.name} tells of no input with a column {column.column}."
    return FeatureSkew(column.column or "", job, SkewVerdict.UNKNOWN, because, trained, None)


def _changing(way: Way) -> set[tuple[NodeId, NodeId]]:
    """The edges on which something is done to the values: two sums of one column may sum differently."""
    return {(edge.source, edge.target) for edge in way.edges if (edge.transformation or "") not in PLAIN}


def _listed(nodes: Sequence[Node]) -> str:
    return ", ".join(f"{node.namespace} {node.name}" + (f"#{node.column}" if node.column else "") for node in nodes)


def _steps(way: Way) -> str:
    return ", ".join(step.lower() for step in way.transformations) or "no step that changes it"


def _folded(column: Node) -> str:
    return normal_column(column.namespace, column.column or "").casefold()


def told_version(sources: Sources, version: Node, at: Moment) -> Mapping[str, object]:
    """`namespace` and `name` of the model that a dataset is a `version` of, at any valid moment. Errors: InputError
    for what is none."""
    known = Moment(None, at.known)
    properties = read_properties(sources, [version.id], known)
    told = next((each for each in properties.values(version.id, "version") if isinstance(each, dict)), None)
    if version.kind is not NodeKind.DATASET or properties.dataset_type(version) != MODEL or told is None:
        raise InputError(f"{version.name} is no version of a model. Name a model and one of its versions.", place="of")
    return told


def _deployments(sources: Sources, told: Mapping[str, object], at: Moment) -> tuple[list[Node], Moment]:
    """The jobs that serve a version at the moment; if none does, those that served it last, and when they last did: what
    they read has been made otherwise since, perhaps."""
    own = dataset_id(str(told.get("namespace", "")), str(told.get("name", "")))
    model = sources.graph.resolve([own], at).get(own)
    if model is None:
        return [], at
    label = str(told.get("version"))
    now = sources.graph.facts([model], (Relation.PROPERTY,), at)
    ever = sources.graph.history([model], (Relation.PROPERTY,), known=at.known)
    jobs = _serving(now, label)
    if not jobs:
        by_us = FOREVER if at.valid_us is None else at.valid_us
        past = [fact for fact in ever if fact.valid.from_us <= by_us and _serving([fact], label)]
        last_us = max((fact.valid.to_us for fact in past), default=0)
        jobs = _serving([fact for fact in past if fact.valid.to_us == last_us], label)
        at = Moment(last_us - 1, at.known) if jobs else at
    resolved = sources.graph.resolve(sorted(jobs), at)
    nodes = sources.graph.nodes(set(resolved.values()))
    return sorted(nodes.values(), key=lambda n: (n.namespace, n.name, n.id)), at


def _serving(properties: Iterable[FactVersion], label: str) -> set[NodeId]:
    """The deployments that serve a version, as own ids of jobs."""
    found = set()
    for version in properties:
        slot = slot_of(version.fact) or {}
        if slot.get("kind") == DEPLOYMENT and slot.get("version") == label:
            found.add(job_id(str(slot.get("namespace", "")), str(slot.get("name", ""))))
    return found


def _read_by(sources: Sources, jobs: Sequence[NodeId], version: Node, at: Moment) -> Mapping[NodeId, frozenset[NodeId]]:
    """What each deployment reads beside the model."""
    read: dict[NodeId, set[NodeId]] = {job: set() for job in jobs}
    now = sources.graph.facts(jobs, (Relation.READS,), at) if jobs else []
    for fact in now or (sources.graph.history(jobs, (Relation.READS,), known=at.known) if jobs else []):
        if fact.fact.evidence is not EvidenceKind.ATTEMPTED:
            read[fact.fact.subject].add(NodeId(fact.fact.object))
    datasets = {dataset for each in read.values() for dataset in each}
    properties = read_properties(sources, datasets, at) if datasets else None
    nodes = sources.graph.nodes(datasets)
    models = {id_ for id_, node in nodes.items() if properties is not None and properties.dataset_type(node) == MODEL}
    return {job: frozenset(each & nodes.keys() - models - {version.id}) for job, each in read.items()}


class _Upstream:
    """One walk upstream from many columns, read column by column."""

    def __init__(self, sources: Sources, columns: Sequence[Node], pinned: Pinned) -> None:
        self.completeness: Completeness | None = None
        self._into: dict[NodeId, list[LineageEdge]] = defaultdict(list)
        self._names: dict[NodeId, Node] = {column.id: column for column in columns}
        self._silent: frozenset[NodeId] = frozenset()
        if not columns:
            return
        question = Question(
            tuple(columns),
            Direction.UPSTREAM,
            Grain.COLUMN,
            pinned,
            keep=Filter(frozenset({Flow.VALUE})),
            budget=Budget(nodes=NODES_MAX),
        )
        walked = ask(sources, question)
        self.completeness = walked.completeness
        self._silent = (
            frozenset(walked.walk.notes.silent) | frozenset(walked.walk.time_cut) | frozenset(walked.walk.beyond)
        )
        self._names.update(walked.names)
        for edge in walked.edges.values():
            self._into[edge.target].append(edge)

    def way(self, column: Node) -> Way:
        """From where a column's values come."""
        met, edges, open_ = {column.id}, list[LineageEdge](), [column.id]
        while open_:
            for edge in self._into.get(open_.pop(), ()):
                edges.append(edge)
                if edge.source not in met:
                    met.add(edge.source)
                    open_.append(edge.source)
        ends = sorted((self._names[id_] for id_ in met if not self._into.get(id_)), key=_place)
        steps = sorted({edge.transformation or "" for edge in edges} - PLAIN)
        ordered = sorted(edges, key=lambda e: (_place(self._names[e.target]), _place(self._names[e.source]), e.flow))
        return Way(column, tuple(ends), tuple(steps), tuple(ordered))

    def is_told(self, way: Way) -> bool:
        """Whether the whole way is known column by column."""
        vague = any(edge.table_level or edge.certainty is not Certainty.CERTAIN for edge in way.edges)
        return not vague and not any(
            node.kind is not NodeKind.COLUMN or node.id in self._silent for node in way.sources
        )


def _place(node: Node) -> tuple[str, str, str, str]:
    return node.namespace, node.name, node.column or "", node.id
