"""The walks that questions share: every source behind a thing, all that it reaches, the run that made a version."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lineage.errors import NotFound
from lineage.evidence.answer import Sheet
from lineage.evidence.record import Record
from lineage.evidence.variables import Place
from lineage.facts import Certainty, Direction, EvidenceKind, FactVersion, Flow, Grain, Node, Relation
from lineage.ids import NodeId, dataset_id, parent_of
from lineage.moment import iso
from lineage.query.answers import ImpactItem, LineageAnswer, LineageEdge, ProvenanceAnswer
from lineage.query.cursors import FIRST_MAX
from lineage.query.moments import MomentInput
from lineage.query.resolve import NodeRef
from lineage.query.run_lineage import VERSIONS_MAX, ReadHow
from lineage.query.walk import LIMIT_MAX

PAGES_MAX = 20  # of FIRST_MAX items: as many as an answer's rows


def provenance(record: Record, sheet: Sheet, of: NodeRef, at: MomentInput | None = None) -> ProvenanceAnswer:
    """Everything behind one node, with all sources."""
    moment = at or record.at
    answer = record.questions.provenance(of, first=FIRST_MAX, at=moment)
    sources, page = list(answer.sources), answer.page_info
    for _ in range(PAGES_MAX):
        if not page.has_next_page:
            break
        more = record.questions.provenance(of, first=FIRST_MAX, after=page.end_cursor, at=moment)
        sources += more.sources
        page = more.page_info
    if page.has_next_page:
        sheet.cut(1, "More sources than fit were found. Ask about a column instead.")
    sheet.saw(answer.completeness, answer.nodes, answer.edges)
    return replace(answer, sources=tuple(sources))


def impact(record: Record, sheet: Sheet, of: Sequence[NodeRef], at: MomentInput | None = None) -> list[ImpactItem]:
    """Everything that depends on some nodes, the certain and near first."""
    moment = at or record.at
    answer = record.questions.impact(of, first=FIRST_MAX, at=moment)
    items, page = list(answer.items), answer.page_info
    for _ in range(PAGES_MAX):
        if not page.has_next_page:
            break
        more = record.questions.impact(of, first=FIRST_MAX, after=page.end_cursor, at=moment)
        items += more.items
        page = more.page_info
    if page.has_next_page:
        sheet.cut(1, "More is reached than fits. Ask about a column instead.")
    edges = {(e.source, e.target, e.flow): e for item in items for e in item.why}
    sheet.saw(answer.completeness, [item.node for item in items], edges.values())
    return items


def downstream(
    record: Record,
    sheet: Sheet,
    of: Sequence[NodeRef],
    *,
    grain: Grain,
    flows: Sequence[Flow] | None = None,
    at: MomentInput | None = None,
) -> LineageAnswer:
    """The whole graph below some nodes."""
    answer = record.questions.lineage(
        of, Direction.DOWNSTREAM, grain=grain, flows=flows, limit=LIMIT_MAX, at=at or record.at
    )
    sheet.saw(answer.completeness, answer.nodes, answer.edges)
    return answer


def moments_of(record: Record, of: Place, *times_us: int | None) -> list[MomentInput]:
    """Those of the times at which a thing was there already (it may have come into being between them). NotFound when at
    none."""
    found: list[MomentInput] = []
    missing: NotFound | None = None
    for time_us in times_us:
        at = record.moment(time_us)
        try:
            record.find(of.ref(), at)
        except NotFound as error:
            missing = error
        else:
            found.append(at)
    if not found and missing is not None:
        raise missing
    return found


def touching(edges: Iterable[LineageEdge]) -> dict[NodeId, set[int]]:
    """Of each node, the entries of the edges at it."""
    found: dict[NodeId, set[int]] = defaultdict(set)
    for edge in edges:
        found[edge.source].update(edge.entries)
        found[edge.target].update(edge.entries)
    return found


def surely_behind(edges: Iterable[LineageEdge], roots: Iterable[NodeId]) -> set[NodeId]:
    """What leads to the roots over steps that are all certain."""
    behind: dict[NodeId, list[NodeId]] = defaultdict(list)
    for edge in edges:
        if edge.certainty is Certainty.CERTAIN and not edge.table_level:
            behind[edge.target].append(edge.source)
    reached = set(roots)
    frontier = list(reached)
    while frontier:
        frontier = [each for node in frontier for each in behind[node] if each not in reached]
        reached.update(frontier)
    return reached


def dataset_of(node: NodeId) -> NodeId:
    """The dataset that a node is, or is inside of."""
    return parent_of(node) or node


@dataclass(frozen=True, slots=True)
class MadeBy:
    """What is known of the making of a dataset version: when, in which run of which job, and what that run read.

    `read`: dataset -> version as the run told it; `run` and `job` None: nobody told. Times in microseconds."""

    at_us: int
    entry: int
    run: str | None
    job: Node | None
    value: Mapping[str, object]
    read: Mapping[NodeId, str]
    roles: Mapping[NodeId, str]
    entries: tuple[int, ...]


def made_by(record: Record, version: Node) -> MadeBy:
    """The first telling of a version, and the run that told it."""
    known = record.pinned().moment.known
    told = record.sources.graph.history([version.id], (Relation.VERSION,), known=known)
    first = min(told, key=lambda v: (v.valid.from_us, v.known_from))
    value = json.loads(first.fact.value) if first.fact.value else {}
    run_id, job_id = value.get("run"), value.get("job")
    at = record.pinned(MomentInput(first.valid.from_us, known_index=known)).moment
    job = None
    if isinstance(job_id, str):
        shown = record.sources.graph.resolve([NodeId(job_id)], at).get(NodeId(job_id))
        job = record.sources.graph.nodes([shown]).get(shown) if shown else None
    if job is None or not isinstance(run_id, str):
        return MadeBy(first.valid.from_us, first.known_from - 1, None, job, {}, {}, {}, (first.known_from - 1,))
    run = _run(record.sources.graph.history([NodeId(run_id)], (Relation.RUN,), known=known))
    if run is None:  # the run's own id is of the raw name of its job, or its name within it
        run = _run(each for each in record.runs_of([job.id]) if _named(each, run_id))
    if run is None:
        return MadeBy(first.valid.from_us, first.known_from - 1, run_id, job, {}, {}, {}, (first.known_from - 1,))
    told_run = json.loads(run.fact.value)
    entries = (first.known_from - 1, run.known_from - 1)
    return MadeBy(
        first.valid.from_us,
        first.known_from - 1,
        str(told_run.get("runId", "")),
        job,
        told_run,
        _by_dataset(record, told_run.get("read")),
        _by_dataset(record, _roles(told_run.get("facets"))),
        entries,
    )


def _run(versions: Iterable[FactVersion]) -> FactVersion | None:
    return max(versions, key=lambda v: (v.known_from, v.valid.from_us), default=None)


def _named(version: FactVersion, run: str) -> bool:
    return version.fact.subject == run or json.loads(version.fact.value).get("runId") == run


def _roles(facets: object) -> dict[str, str]:
    """Own id of a raw name -> what the training used it for, as its tracking server logged it (docs/models.md)."""
    told = facets.get("training") if isinstance(facets, dict) else None
    inputs = json.loads(told).get("inputs") if isinstance(told, str) else None
    found: dict[str, list[str]] = defaultdict(list)
    for each in inputs or ():
        if each.get("context"):
            found[dataset_id(str(each.get("namespace")), str(each.get("name")))].append(str(each["context"]))
    return {own: "; ".join(sorted(set(contexts))) for own, contexts in found.items()}


def _by_dataset(record: Record, told: object) -> dict[NodeId, str]:
    if not isinstance(told, dict):
        return {}
    own = {NodeId(id_): str(value) for id_, value in told.items()}
    shown = record.sources.graph.resolve(list(own), record.pinned().moment)
    return {shown[id_]: value for id_, value in own.items() if id_ in shown}


@dataclass(frozen=True, slots=True)
class VersionRead:
    """Which state of a dataset went in: the version as its producer calls it, else which run wrote it when. `entries`:
    those that told the version."""

    text: str
    how: ReadHow
    entries: tuple[int, ...]


def versions_read(record: Record, sheet: Sheet, of: NodeRef, *, depth: int | None = None) -> dict[NodeId, VersionRead]:
    """Run-true: of each dataset behind a version or a run, the state that the nearest run read; what nobody wrote before is
    not in it. Empty where no run is known to have made it."""
    try:
        told = record.questions.run_lineage(of, Direction.UPSTREAM, depth=depth, limit=VERSIONS_MAX, at=record.at)
    except NotFound:
        return {}
    if depth is None:  # else it was cut on purpose
        sheet.saw(told.completeness)
    runs = {page.node.id: page.run_id for page in told.runs}
    versions = {version.key: version for version in told.versions}
    found: dict[NodeId, tuple[int, dict[str, ReadHow]]] = {}
    for read in told.reads:
        version = versions[read.version]
        words = version.version
        if words is None and version.at_us is not None:
            words = f"written by {runs.get(version.run, 'a run') if version.run else 'a run'} at {iso(version.at_us)}"
        if words is None or read.how is ReadHow.NEVER_WRITTEN:
            continue
        distance, texts = found.get(version.dataset.id, (version.distance, {}))
        if version.distance < distance:
            distance, texts = version.distance, {}
        if version.distance == distance:
            texts[words] = read.how
        found[version.dataset.id] = (distance, texts)
    told_by: dict[tuple[NodeId, str], int] = {}
    for told_version in record.versions_of(sorted(found)):
        told_by.setdefault((NodeId(told_version.fact.object), told_version.fact.label), told_version.known_from - 1)
    return {
        dataset: VersionRead(
            "; ".join(sorted(texts)),
            max(texts.values(), key=list(ReadHow).index),
            tuple(told_by[dataset, text] for text in texts if (dataset, text) in told_by),
        )
        for dataset, (_, texts) in found.items()
    }


def last_version(versions: Iterable[FactVersion], dataset: NodeId, before_us: int) -> FactVersion | None:
    """The newest version of a dataset that had been written by a time."""
    found = [v for v in versions if v.fact.object == dataset and v.valid.from_us <= before_us]
    return max(found, key=lambda v: (v.valid.from_us, v.known_from), default=None)


def jobs_between(edges: Iterable[LineageEdge]) -> list[NodeId]:
    """Every job on some edges, each once."""
    return list(dict.fromkeys(job for edge in edges for job in edge.jobs))


def named(nodes: Mapping[NodeId, Node], ids: Iterable[NodeId]) -> str | None:
    """`NAMESPACE NAME; …` of some nodes; None for none."""
    told = [f"{nodes[i].namespace} {nodes[i].name}" for i in ids if i in nodes]
    return "; ".join(sorted(told)) or None


def is_stated(edge: LineageEdge) -> bool:
    """Whether people alone vouch for an edge."""
    return set(edge.evidence) == {EvidenceKind.STATED}
