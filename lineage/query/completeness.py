"""How much of the truth an answer is, and why not all of it.

The one idea: TRUNCATED (we stopped) over UNKNOWN (nobody told us) over COMPLETE, which may carry notes. Every reason
counts something and names the nodes it is about, so that a person can go and mend it.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from lineage.facts import FactVersion, Grain
from lineage.ids import NodeId, parent_of
from lineage.query.answers import Completeness, CompletenessReason, CompletenessStatus, ReasonCode
from lineage.query.hops import Notes, Via
from lineage.query.moments import Pinned
from lineage.query.walk import Walk
from lineage.store.contract import Edge

REASON_NODES_MAX = 20  # a reason names examples; `count` has the number

SCOPE_MESSAGE = "Only what you may see is in this answer. Ask whoever gave you access for more."

_TRUNCATED = (ReasonCode.DEPTH, ReasonCode.NODES, ReasonCode.TIME)
_UNKNOWN = (ReasonCode.UNPARSED_SQL, ReasonCode.TABLE_LEVEL_ONLY, ReasonCode.ERASED, ReasonCode.UNVERSIONED)

PROPERTY_REASONS: Mapping[str, tuple[ReasonCode, str]] = {
    "unparsed": (ReasonCode.UNPARSED_SQL, "SQL of {n} could not be parsed, so what it does is not known"),
    "erased": (ReasonCode.ERASED, "Events of {n} were erased, so what they said is not known"),
    "distrusted": (ReasonCode.DISTRUSTED, "Runs of {n} were set aside by an operator"),
}
"""PROPERTY labels on a job or dataset that say what an answer through it cannot know."""


def status_of(reasons: Iterable[CompletenessReason]) -> CompletenessStatus:
    codes = {reason.code for reason in reasons}
    if codes.intersection(_TRUNCATED):
        return CompletenessStatus.TRUNCATED
    return CompletenessStatus.UNKNOWN if codes.intersection(_UNKNOWN) else CompletenessStatus.COMPLETE


def completeness(
    pinned: Pinned, reasons: Iterable[CompletenessReason], *, hops: int, nodes_explored: int
) -> Completeness:
    """The reasons in the order of ReasonCode, the lag of the graph among them."""
    told = list(reasons)
    if pinned.lagging:
        told.append(CompletenessReason(ReasonCode.LAG, lag_message(pinned), pinned.ledger_size - pinned.graph_index))
    _add_scope(pinned, told)
    order = list(ReasonCode)
    told.sort(key=lambda reason: order.index(reason.code))
    return Completeness(
        status_of(told),
        tuple(told),
        hops,
        nodes_explored,
        pinned.valid_at_us,
        pinned.moment.known,
        pinned.graph_index,
        pinned.ledger_size,
    )


def lag_message(pinned: Pinned) -> str:
    """How far a graph is that lags, and why."""
    size, index = pinned.ledger_size, pinned.graph_index
    if pinned.rebuilding:
        entries = plural(size, "entry", "entries")
        return f"The graph is being made anew from the ledger and has {index} of {entries} so far. Ask again later."
    behind = plural(size - index, "entry", "entries")
    return f"The graph has yet to take in {behind} of the ledger. Ask again later."


def _add_scope(pinned: Pinned, reasons: list[CompletenessReason]) -> None:
    """The note of who may not see everything, where no walk has told it (with a count) already."""
    if pinned.limited and all(reason.code is not ReasonCode.SCOPE for reason in reasons):
        reasons.append(CompletenessReason(ReasonCode.SCOPE, SCOPE_MESSAGE, 0))


def merged(pinned: Pinned, parts: Sequence[Completeness]) -> Completeness:
    """Of an answer made of several walks: every reason once per code, counts added."""
    by_code: dict[ReasonCode, list[CompletenessReason]] = defaultdict(list)
    for part in parts:
        for reason in part.reasons:
            if reason not in by_code[reason.code]:
                by_code[reason.code].append(reason)
    reasons = [
        CompletenessReason(
            code,
            told[0].message,
            sum(r.count for r in told) if code is not ReasonCode.LAG else told[0].count,
            tuple(dict.fromkeys(n for r in told for n in r.nodes))[:REASON_NODES_MAX],
        )
        for code, told in by_code.items()
    ]
    _add_scope(pinned, reasons)
    order = list(ReasonCode)
    reasons.sort(key=lambda reason: order.index(reason.code))
    return Completeness(
        status_of(reasons),
        tuple(reasons),
        max((p.hops for p in parts), default=0),
        sum(p.nodes_explored for p in parts),
        pinned.valid_at_us,
        pinned.moment.known,
        pinned.graph_index,
        pinned.ledger_size,
    )


def walk_reasons(
    walk: Walk, grain: Grain, properties: Iterable[FactVersion], names: Mapping[NodeId, str]
) -> list[CompletenessReason]:
    """Why a walk is not all there is. `names`: how to call the nodes and jobs that it touched."""
    reasons = []
    if walk.depth_cut:
        reasons.append(
            _reason(
                ReasonCode.DEPTH,
                f"{plural(len(walk.depth_cut), 'node')} or more lie beyond the depth asked for. Ask deeper for more.",
                walk.depth_cut,
            )
        )
    if walk.nodes_cut:
        reasons.append(
            _reason(
                ReasonCode.NODES,
                f"{plural(len(walk.nodes_cut), 'node')} or more did not fit. Ask with a "
                "higher limit, or from nearer by.",
                walk.nodes_cut,
            )
        )
    if walk.time_cut:
        reasons.append(
            _reason(
                ReasonCode.TIME,
                f"Time was up with {plural(len(walk.time_cut), 'node')} still to be walked "
                "from. Ask with a smaller depth, or from nearer by.",
                walk.time_cut,
            )
        )
    if grain is Grain.COLUMN:
        reasons += _table_level(walk, names)
    reasons += _unresolved(walk, names)
    reasons += _by_property(properties, names)
    if walk.notes.attempted:
        touched = {node for pair in walk.notes.attempted for node in pair}
        reasons.append(
            _reason(
                ReasonCode.ATTEMPTED,
                f"{plural(len(walk.notes.attempted), 'edge')} left out: only runs that "
                "failed, were aborted or have not ended say so. Add ATTEMPTED to the evidence that you ask for to see them.",
                touched,
                count=len(walk.notes.attempted),
            )
        )
    return reasons


def jobs_of(notes: Notes, edges: Iterable[Edge]) -> set[NodeId]:
    """Every job that a walk came by: those whose names its reasons may need."""
    jobs = {NodeId(e.job) for e in edges if e.job}
    return jobs | {NodeId(job) for told in notes.silent.values() for job in told if job}


def _table_level(walk: Walk, names: Mapping[NodeId, str]) -> list[CompletenessReason]:
    """One reason: hops at table level, and columns that no column lineage speaks of though their dataset is fed."""
    hops = [hop for _, hop in walk.hops if hop.via is Via.TABLE]
    silent = {c: jobs for c, jobs in walk.notes.silent.items() if c in walk.distances}
    if not hops and not silent:
        return []
    jobs = {NodeId(hop.edge.job) for hop in hops if hop.edge.job}
    quiet = {NodeId(job) for told in silent.values() for job in told if job} - jobs
    told = []
    if hops:
        told.append(f"{_listed(jobs, names)} sent no column lineage")
    if silent:
        columns = _listed(silent, names)
        told.append(f"{_listed(quiet or jobs, names)} sent none for {columns}")
    nodes = {n for hop in hops for n in (hop.source, hop.target)} | set(silent)
    return [
        _reason(
            ReasonCode.TABLE_LEVEL_ONLY,
            "; ".join(told) + ". What flows there is not known by column.",
            nodes,
            count=len({(hop.edge.source, hop.edge.target) for hop in hops}) + len(silent),
        )
    ]


def _unresolved(walk: Walk, names: Mapping[NodeId, str]) -> list[CompletenessReason]:
    """Edges whose parsed SQL left something open say so in their value, as "unresolved"."""
    found = {
        hop.edge.job
        for _, hop in walk.hops
        if '"unresolved"' in hop.edge.value and json.loads(hop.edge.value).get("unresolved")
    }
    if not found:
        return []
    jobs = {NodeId(job) for job in found if job}
    message = f"SQL of {_listed(jobs, names)} was understood in part only."
    return [_reason(ReasonCode.UNPARSED_SQL, message, jobs, count=len(found))]


def _by_property(properties: Iterable[FactVersion], names: Mapping[NodeId, str]) -> list[CompletenessReason]:
    touched: dict[str, set[NodeId]] = defaultdict(set)
    for version in properties:
        if version.fact.label in PROPERTY_REASONS:
            touched[version.fact.label].add(version.fact.subject)
    return [
        _reason(PROPERTY_REASONS[label][0], PROPERTY_REASONS[label][1].format(n=_listed(nodes, names)) + ".", nodes)
        for label, nodes in sorted(touched.items())
    ]


def _reason(
    code: ReasonCode, message: str, nodes: Collection[NodeId], *, count: int | None = None
) -> CompletenessReason:
    shown = tuple(sorted(nodes)[:REASON_NODES_MAX])
    return CompletenessReason(code, message, len(nodes) if count is None else count, shown)


_LISTED_MAX = 3  # a sentence stays readable; `nodes` has more


def _listed(nodes: Collection[NodeId], names: Mapping[NodeId, str]) -> str:
    if not nodes:
        return "a job that is not known"
    told = sorted(names.get(node, node) for node in nodes)
    more = f" and {len(told) - _LISTED_MAX} more" if len(told) > _LISTED_MAX else ""
    return ", ".join(told[:_LISTED_MAX]) + more


def plural(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


def dataset_of(node: NodeId) -> NodeId:
    return parent_of(node) or node
