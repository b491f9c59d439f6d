"""What breaks if this changes: everything downstream, rated, ranked and explained.

The one idea: the walk goes over column lineage and, where there is none, over tables; a filter goes on too. So
nothing is dropped for not being known exactly: it is POSSIBLE, with its reason. What holds an affected column is
affected, and so is each job that reads it; a job without outputs (a check, a training, an export) breaks without an
edge.

Which change reaches what:

| change | flows | root |
|---|---|---|
| REMOVE, RENAME, TYPE_NARROW, NULLABILITY, MEANING, or not told | VALUE and CONTROL: whoever reads, filters or joins
by it | as asked |
| TYPE_WIDEN | VALUE: a filter by the wider type still works, what stores the value may not hold it | as asked |
| ROWS, GRAIN | VALUE and CONTROL | the whole dataset: rows are no column's own |
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from lineage.facts import Certainty, Direction, EvidenceKind, Flow, Grain, Node, NodeKind, Relation
from lineage.ids import NodeId, parent_of
from lineage.query.answering import Question, Walked, ask, read_properties, roots_at_grain
from lineage.query.answers import ChangeKind, ImpactAnswer, ImpactItem, ImpactTotal, LineageNode
from lineage.query.completeness import dataset_of
from lineage.query.cursors import Key, page
from lineage.query.hops import Filter
from lineage.query.moments import Pinned
from lineage.query.properties import Properties
from lineage.query.sources import Sources
from lineage.query.walk import Budget
from lineage.query.witness import TABLE_LEVEL_ONLY, Witness, Witnesses

IMPACT_NODES_MAX = 20_000  # a blast radius that no team can look through; beyond it TRUNCATED says enough
_VALUE_ONLY = frozenset({ChangeKind.TYPE_WIDEN})
_WHOLE_DATASET = frozenset({ChangeKind.ROWS, ChangeKind.GRAIN})


@dataclass(frozen=True, slots=True)
class _Hit:
    """A node that is reached, before it is shown."""

    node: NodeId
    witness: Witness
    extra: tuple[str, ...] = ()
    """Reasons that are not a step's own."""

    @property
    def certainty(self) -> Certainty:
        return Certainty.POSSIBLE if self.extra else self.witness.certainty

    @property
    def distance(self) -> int:
        return self.witness.distance + (1 if self.extra else 0)

    @property
    def order(self) -> tuple[bool, int]:
        return self.certainty is not Certainty.CERTAIN, self.distance


def impact(
    sources: Sources,
    roots: tuple[Node, ...],
    pinned: Pinned,
    *,
    change: ChangeKind | None,
    kinds: Collection[NodeKind] | None,
    first: int,
    after: Key | None,
    arguments: str,
    nodes_max: int = IMPACT_NODES_MAX,
) -> ImpactAnswer:
    """`kinds` None: all that is reached (COLUMN, DATASET, JOB). Totals are of all items of these kinds, whatever the
    page."""
    if change in _WHOLE_DATASET:
        wholes = {dataset_of(id_) for id_ in roots_at_grain(roots, Grain.COLUMN)}
        roots = tuple(sources.graph.nodes(wholes).values())
    flows = frozenset({Flow.VALUE}) if change in _VALUE_ONLY else frozenset(Flow)
    question = Question(
        roots, Direction.DOWNSTREAM, Grain.COLUMN, pinned, Filter(flows), Budget(nodes=nodes_max), control_goes_on=True
    )
    walked = ask(sources, question)
    hits = _hits(walked, sources)
    names = {**walked.names, **sources.graph.nodes({hit.node for hit in hits} - walked.names.keys())}
    shown = [(hit, names[hit.node]) for hit in hits if kinds is None or names[hit.node].kind in kinds]
    rows = sorted(((_key(hit, node), hit, node) for hit, node in shown), key=lambda row: row[0])
    taken, info = page(rows, lambda row: row[0], first=first, after=after, moment=pinned.moment, arguments=arguments)
    own = read_properties(sources, [node.id for _, _, node in taken], pinned.moment)
    return ImpactAnswer(
        items=tuple(_item(walked, hit, node, own) for _, hit, node in taken),
        totals=_totals(((node, hit) for hit, node in shown), walked.properties),
        page_info=info,
        completeness=walked.completeness,
    )


def _key(hit: _Hit, node: Node) -> Key:
    return (*(int(part) for part in hit.order), node.name, node.column or "", node.id)


def _hits(walked: Walked, sources: Sources) -> list[_Hit]:
    """Columns and datasets that the walk reached, the datasets that hold such columns, and the jobs that read any."""
    witnesses = Witnesses(walked, Direction.DOWNSTREAM)
    best: dict[NodeId, _Hit] = {}

    def offer(hit: _Hit) -> None:
        if hit.node not in best or hit.order < best[hit.node].order:
            best[hit.node] = hit

    asked_about = {*walked.roots, *(dataset_of(root) for root in walked.roots)}
    for id_ in walked.walk.distances:
        witness = witnesses.of(id_)
        if witness is None or id_ in asked_about:
            continue
        offer(_Hit(id_, witness))
        if (holder := parent_of(id_)) is not None and holder not in asked_about:
            offer(_Hit(holder, witness))
    for step in witnesses.steps():
        if (witness := witnesses.beyond(step)) is not None:
            for job in step.edge.jobs:
                offer(_Hit(job, witness))
    held: dict[NodeId, Witness] = {dataset_of(root): Witness(Certainty.CERTAIN, ()) for root in walked.roots}
    held |= {id_: hit.witness for id_, hit in best.items() if id_ in walked.names and parent_of(id_) is None}
    _offer_readers(walked, sources, held, best)
    return list(best.values())


def _offer_readers(walked: Walked, sources: Sources, held: dict[NodeId, Witness], best: dict[NodeId, _Hit]) -> None:
    """Jobs that read an affected dataset and through which no edge of the walk goes: nobody said which columns they
    read."""
    datasets = [id_ for id_ in held if (node := walked.names.get(id_)) is not None and node.kind is NodeKind.DATASET]
    reads = sources.graph.facts(sorted(datasets), (Relation.READS,), walked.question.pinned.moment, by_object=True)
    readers: dict[NodeId, _Hit] = {}
    for version in reads:
        job = version.fact.subject
        if version.fact.evidence is EvidenceKind.ATTEMPTED or job in best:
            continue
        read = NodeId(version.fact.object)
        # who serves a model's version needs each of its columns
        whole = walked.properties.model_version(walked.names[read]) is not None
        hit = _Hit(job, held[read], () if whole else (TABLE_LEVEL_ONLY,))
        if job not in readers or hit.order < readers[job].order:
            readers[job] = hit
    best |= readers


def _item(walked: Walked, hit: _Hit, node: Node, own: Properties) -> ImpactItem:
    known = walked.nodes.get(node.id)
    shown: LineageNode = walked.lineage_node(node, hit.distance, known.more if known else 0)
    owners = own.owners(node.id) or walked.properties.owners(dataset_of(node.id))
    return ImpactItem(
        node=replace(shown, distance=hit.distance),
        certainty=hit.certainty,
        reasons=tuple(dict.fromkeys((*hit.witness.reasons, *hit.extra))),
        distance=hit.distance,
        why=tuple(step.edge for step in hit.witness.steps),
        owners=tuple(dict.fromkeys(owner.name for owner in owners)),
    )


def _totals(shown: Iterable[tuple[Node, _Hit]], properties: Properties) -> tuple[ImpactTotal, ...]:
    """By kind, dataset type and certainty; a column counts under the type of its dataset, a job under none."""
    counts: Counter[tuple[NodeKind, str | None, Certainty]] = Counter()
    for node, hit in shown:
        kind = None if node.kind is NodeKind.JOB else properties.dataset_type(node)
        counts[node.kind, kind, hit.certainty] += 1
    ordered = sorted(counts.items(), key=lambda kv: (kv[0][0], kv[0][1] or "", kv[0][2]))
    return tuple(ImpactTotal(kind, type_, certainty, n) for (kind, type_, certainty), n in ordered)
