"""From what a user names to the node that it is at a moment.

The one idea: every spelling has an id of its own that can be computed (lineage/ids), and the store knows which node
that is at each moment. A column counts as existing from its first known fact on, also after it was dropped: its past
can be asked. What does not exist is NotFound with names that do, never an empty answer.
"""

import contextlib
import difflib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from lineage import ids
from lineage.errors import HeadwaterError, InputError, LimitExceeded, NotFound
from lineage.facts import Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.names import normal_column, normal_dataset, normal_job, normal_namespace
from lineage.names.versions import version_name
from lineage.query.completeness import lag_message
from lineage.query.moments import NOW
from lineage.query.sources import Sources

NEAR_MAX = 5  # names that a person reads at a glance
ROOTS_MAX = 1_000  # each is looked up by its names: some milliseconds
_NEAR_READ = 40  # hits that are ranked for each token tried; more would cost a reading of half the names
_TOKEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class DatasetRef:
    namespace: str
    name: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class DatasetVersionRef:
    namespace: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class JobRef:
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class NodeRef:
    """Exactly one is set."""

    id: str | None = None
    dataset: DatasetRef | None = None
    job: JobRef | None = None
    dataset_version: DatasetVersionRef | None = None


def resolve(sources: Sources, ref: NodeRef, at: Moment) -> Node:
    """Errors: InputError for a reference that is none; NotFound."""
    if sum(part is not None for part in (ref.id, ref.dataset, ref.job, ref.dataset_version)) != 1:
        raise InputError(
            "A node is named in one way. Give exactly one of id, dataset, job, datasetVersion.", place="of"
        )
    if ref.id is not None:
        return node_by_id(sources, ref.id, at)
    if ref.job is not None:
        return job(sources, ref.job.namespace, ref.job.name, at)
    if ref.dataset_version is not None:
        asked = ref.dataset_version
        parent = dataset(sources, asked.namespace, asked.name, at)
        return _version(sources, parent, asked.version, at)
    assert ref.dataset is not None
    found = dataset(sources, ref.dataset.namespace, ref.dataset.name, at)
    return found if ref.dataset.column is None else column(sources, found, ref.dataset.column, at)


def resolve_root(sources: Sources, ref: NodeRef, at: Moment) -> Node:
    """Where a walk begins: a version of a model is a dataset of its own; another dataset's version is walked as its dataset.
    Errors: as resolve."""
    node = resolve(sources, ref, at)
    if node.kind is not NodeKind.DATASET_VERSION or node.version is None:
        return node
    model = ids.parent_of(node.id) or node.id
    spelled = [(node.namespace, node.name)]
    for told in sources.graph.facts([model], (Relation.NAME,), at, by_object=True):
        raw = json.loads(told.fact.value) if told.fact.value else {}
        spelled.append((str(raw.get("namespace", "")), str(raw.get("name", ""))))
    own = [ids.dataset_id(namespace, version_name(name, node.version)) for namespace, name in spelled]
    targets = sources.graph.resolve(own, at)
    nodes = sources.graph.nodes(set(targets.values()))
    found = next((nodes[targets[each]] for each in own if targets.get(each) in nodes), None)
    return node if found is None else found


def resolve_all(sources: Sources, refs: Sequence[NodeRef], at: Moment) -> list[Node]:
    """Each node once, in the order first named. Errors: as resolve; InputError for none at all."""
    if not refs:
        raise InputError("Nothing was asked about. Name at least one node.", place="of")
    if len(refs) > ROOTS_MAX:
        message = f"A question is about at most {ROOTS_MAX} nodes. Ask about the rest in another one."
        raise LimitExceeded(message, limit=ROOTS_MAX, asked=len(refs))
    return list({node.id: node for node in (resolve_root(sources, ref, at) for ref in refs)}.values())


def node_by_id(sources: Sources, text: str, at: Moment) -> Node:
    """Errors: InputError for what is no id; NotFound."""
    found = nodes_by_id(sources, [text], at)[0]
    if isinstance(found, HeadwaterError):
        raise found
    return found


def nodes_by_id(sources: Sources, texts: Sequence[str], at: Moment) -> list[Node | InputError | NotFound]:
    """The node of each id, in order; in the place of one that is none, or that is not there, its error."""
    own = [NodeId(text) for text in dict.fromkeys(texts) if ids.is_id(text)]
    resolved = sources.graph.resolve(own, at) if own else {}
    nodes = sources.graph.nodes(resolved.values()) if resolved else {}
    there = existing(sources, nodes.values(), at)
    behind = cache(lambda: so_far(sources, at))

    def one(text: str) -> Node | InputError | NotFound:
        if not ids.is_id(text):
            told = f"`{text[:80]}` is not an id. Ids begin with `hw:`; search finds them by name."
            return InputError(told, place="id")
        target = resolved.get(NodeId(text))
        if target is None or target not in there:
            message = f"No node {text} at this moment. Search by name, or ask at a later moment."
            return NotFound(message + behind())
        return nodes[target]

    return [one(text) for text in texts]


def dataset(sources: Sources, namespace: str, name: str, at: Moment) -> Node:
    """Errors: NotFound with near names."""
    return _by_name(
        sources,
        at,
        NodeKind.DATASET,
        namespace,
        name,
        [ids.dataset_id(namespace, name), ids.dataset_id(*normal_dataset(namespace, name))],
        lambda canonical: [ids.dataset_id(canonical, name), ids.dataset_id(*normal_dataset(canonical, name))],
    )


def job(sources: Sources, namespace: str, name: str, at: Moment) -> Node:
    """Errors: NotFound with near names."""
    return _by_name(
        sources,
        at,
        NodeKind.JOB,
        namespace,
        name,
        [ids.job_id(namespace, name), ids.job_id(*normal_job(namespace, name))],
        lambda canonical: [ids.job_id(canonical, name), ids.job_id(*normal_job(canonical, name))],
    )


def run(sources: Sources, job_node: Node, run_id: str, attempt: int | None, at: Moment) -> Node:
    """An attempt (counted from 1) of a job's run; None: its last one. Errors: InputError, NotFound."""
    if attempt is not None and attempt < 1:
        raise InputError("Attempts count from 1. Give 1 or more, or leave it out for the last one.", place="attempt")
    known = sources.graph.history([job_node.id], (Relation.RUN,), known=at.known, by_object=True)
    runs = sources.graph.nodes({v.fact.subject for v in known})
    attempts = {ids.run_id(job_node.id, run_id, n): n for n in range(1, len(runs) + 1)}
    numbers = {n: node for node in runs.values() if node.version == run_id and (n := attempts.get(node.id))}
    wanted = attempt if attempt is not None else max(numbers, default=0)
    if wanted not in numbers:
        raise NotFound(
            f"Job {job_node.name} has no attempt {attempt or ''} of run {run_id}. Ask for one of its runs.".replace(
                "  ", " "
            ),
            near=tuple(sorted({n.version for n in runs.values() if n.version})[:NEAR_MAX]),
        )
    return numbers[wanted]


def column(sources: Sources, parent: Node, name: str, at: Moment) -> Node:
    """A column as spelled, else one of the same normal form. Errors: NotFound with near names."""
    columns = sources.graph.columns_of([parent.id])
    wanted = normal_column(parent.namespace, name)
    exact = [n for n in columns if n.column == name]
    folded = [n for n in columns if n.column != name and normal_column(n.namespace, n.column or "") == wanted]
    for candidate in (*exact, *folded):
        if exists(sources, candidate, at):
            return candidate
    there = existing(sources, columns, at)
    known = [n.column for n in columns if n.column and n.id in there]
    close = difflib.get_close_matches(name, known, n=NEAR_MAX, cutoff=0.5) or sorted(known)[:NEAR_MAX]
    raise NotFound(
        f"{shown(parent)} has no column {name} at this moment. Check the spelling, or ask at another moment."
        + so_far(sources, at),
        near=tuple(f"{shown(parent)}#{c}" for c in close),
    )


def so_far(sources: Sources, at: Moment) -> str:
    """The end of a message about what is not there: that it may only be missing yet, where the graph lags behind."""
    pinned = sources.pin(NOW)
    return f" {lag_message(pinned)}" if pinned.lagging and at.known >= pinned.graph_index else ""


def exists(sources: Sources, node: Node, at: Moment) -> bool:
    """Whether anything known by then said that it is, or was."""
    return node.id in existing(sources, [node], at)


def existing(sources: Sources, nodes: Iterable[Node], at: Moment) -> set[NodeId]:
    """Those of which anything known by then said that they are, or were. What has a NAME is known by its name
    already."""
    of_kind: dict[NodeKind, list[NodeId]] = defaultdict(list)
    for node in nodes:
        of_kind[node.kind].append(node.id)

    def told(kind: NodeKind, *relations: Relation, by_object: bool = False) -> Iterable[NodeId]:
        if not of_kind[kind]:
            return ()
        versions = sources.graph.history(of_kind[kind], relations, known=at.known, by_object=by_object)
        return {
            NodeId(v.fact.object if by_object else v.fact.subject)
            for v in versions
            if at.valid_us is None or v.valid.from_us <= at.valid_us
        }

    columns = set(told(NodeKind.COLUMN, Relation.HAS, Relation.DERIVES, by_object=True))
    of_kind[NodeKind.COLUMN] = [column for column in of_kind[NodeKind.COLUMN] if column not in columns]
    named = [node for kind in (NodeKind.NAMESPACE, NodeKind.DATASET, NodeKind.JOB) for node in of_kind[kind]]
    return {
        *named,
        *columns,
        *told(NodeKind.COLUMN, Relation.DERIVES),
        *told(NodeKind.DATASET_VERSION, Relation.VERSION),
        *told(NodeKind.RUN, Relation.RUN),
    }


def shown(node: Node) -> str:
    """`name`, or `name#column`: how a message calls a node."""
    return node.name if node.column is None else f"{node.name}#{node.column}"


def _version(sources: Sources, parent: Node, version: str, at: Moment) -> Node:
    own = ids.version_id(parent.id, version)
    node = sources.graph.nodes([own]).get(own)
    if node is None or not exists(sources, node, at):
        known = sources.graph.history([parent.id], (Relation.VERSION,), known=at.known, by_object=True)
        near = difflib.get_close_matches(version, sorted({v.fact.label for v in known}), n=NEAR_MAX, cutoff=0.0)
        message = f"{shown(parent)} has no version {version}. Ask for one of its versions."
        raise NotFound(message + so_far(sources, at), near=tuple(near))
    return node


def _by_name(
    sources: Sources,
    at: Moment,
    kind: NodeKind,
    namespace: str,
    name: str,
    own: Sequence[NodeId],
    under: Callable[[str], Sequence[NodeId]],
) -> Node:
    """The raw spelling first, then its normal form, then the same under the namespace's canonical name."""
    graph = sources.graph
    found = graph.resolve(own, at)
    for candidate in own:
        if candidate in found:
            return graph.nodes([found[candidate]])[found[candidate]]
    spaces = [ids.namespace_id(namespace), ids.namespace_id(normal_namespace(namespace))]
    resolved = graph.resolve(spaces, at)
    for space in graph.nodes(resolved.values()).values():
        others = under(space.namespace)
        found = graph.resolve(others, at)
        for candidate in others:
            if candidate in found:
                return graph.nodes([found[candidate]])[found[candidate]]
    raise NotFound(
        f"No {kind.lower()} {namespace} {name} at this moment. Check the spelling, or ask at another moment."
        + so_far(sources, at),
        near=tuple(near_names(sources, kind, f"{namespace} {name}", name, at)),
    )


def near_names(sources: Sources, kind: NodeKind, whole: str, name: str, at: Moment) -> Iterable[str]:
    """`NAMESPACE NAME` of existing nodes that look like what was asked for, the most alike first."""
    tokens = sorted({t for t in _TOKEN.split(name) if len(t) > 1}, key=len, reverse=True)
    tried = [name, *tokens[:3], *(t[: max(3, len(t) // 2)] for t in tokens[:3])]
    found: dict[NodeId, str] = {}
    for query in dict.fromkeys(tried):
        if query.strip():
            with contextlib.suppress(LimitExceeded):  # too short a piece: the others tell enough
                for hit in sources.graph.search(query, (kind,), at, limit=_NEAR_READ, after=None):
                    found[hit.node.id] = f"{hit.node.namespace} {hit.node.name}"

    def unlike(text: str) -> tuple[float, str]:
        return -difflib.SequenceMatcher(None, whole.casefold(), text.casefold()).ratio(), text

    return sorted(set(found.values()), key=unlike)[:NEAR_MAX]
