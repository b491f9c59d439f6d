"""Contributors merged into edges: one per (source, target, flow), whoever says so.

The one idea: an edge says no less than its strongest contributor and hides none: jobs and evidence are unions,
CERTAIN if any contributor is, masking only if every contributor masks. `transformation` is one contributor's: a
certain one's before a possible one's; a subtype (AGGREGATION) before a bare type (DIRECT) before none; then the one
that changes the value most, since a value that is copied here and aggregated there is not a copy.

Verdict: declared and observed is VERIFIED; observed only, where the job declares something, UNDECLARED; declared only,
PHANTOM, but UNKNOWN where no job does it (a view). At grain COLUMN a side that speaks of tables only can neither confirm nor
deny: then UNKNOWN.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from lineage.facts import Certainty, EvidenceKind, Flow, Grain, Relation, Verdict
from lineage.ids import NodeId, parent_of
from lineage.moment import Moment
from lineage.query.answers import LineageEdge
from lineage.query.hops import COLUMNS, Hop, Via, edge_fact
from lineage.query.sources import Sources
from lineage.seen import Seen
from lineage.store.contract import Edge

EdgeKey = tuple[NodeId, NodeId, Flow]

_BARE_TYPES = ("", "DIRECT", "INDIRECT")
_STRENGTH = ("AGGREGATION", "TRANSFORMATION", "IDENTITY")
_KINDS = tuple(EvidenceKind)
_BY_A_RUN = frozenset({EvidenceKind.OBSERVED, EvidenceKind.INFERRED})
_TABLE_LEVEL = "no column lineage was sent for this hop"
_WHOLE = "some column of the dataset; which one is not known"


def merge(
    hops: Iterable[Hop],
    sources: Sources,
    at: Moment,
    *,
    feeds: Mapping[tuple[NodeId, NodeId], Sequence[Edge]],
    grain: Grain,
) -> dict[EdgeKey, LineageEdge]:
    """The edges of an answer, in order of discovery. `feeds`: at grain COLUMN, what is known of the datasets' pairs."""
    groups: dict[EdgeKey, dict[tuple[Via, Edge], Hop]] = defaultdict(dict)
    for hop in hops:
        groups[hop.source, hop.target, hop.flow].setdefault((hop.via, hop.edge), hop)
    seen = _seen({e for group in groups.values() for _, e in group}, sources, at)
    _forgive_silence(seen, feeds, sources, at)
    declaring = _declaring_jobs(groups.values(), sources, at)
    return {
        key: _merged(key, list(group.values()), seen, _verdict(key, group.values(), declaring, feeds, grain))
        for key, group in groups.items()
    }


def _seen(edges: Iterable[Edge], sources: Sources, at: Moment) -> dict[Edge, Seen]:
    facts = {e: edge_fact(e) for e in edges}
    if not facts:
        return {}
    # Not dict(zip(…)): of 30,000 edges it would keep the interpreter for 15 ms, in which nobody else is answered.
    return {e: s for e, s in zip(facts, sources.seen.seen(list(facts.values()), at), strict=True)}  # noqa: C416


def _forgive_silence(
    seen: dict[Edge, Seen], feeds: Mapping[tuple[NodeId, NodeId], Sequence[Edge]], sources: Sources, at: Moment
) -> None:
    """A latest run that still joins the datasets and tells no columns denies no column edge (one that tells other
    columns ends it, and it would not be here)."""
    stale = [e for e, s in seen.items() if e.relation is Relation.DERIVES and by_a_run(s) and not s.in_latest_run]
    tables = {e: [f for f in feeds.get(_pair(e.source, e.target), ()) if f.job == e.job] for e in stale}
    told = _seen({f for found in tables.values() for f in found}, sources, at)
    for e in stale:
        if any(told[f].in_latest_run for f in tables[e]):
            seen[e] = replace(seen[e], in_latest_run=True)


def _pair(source: NodeId, target: NodeId) -> tuple[NodeId, NodeId]:
    return parent_of(source) or source, parent_of(target) or target


def _merged(key: EdgeKey, hops: Sequence[Hop], seen: Mapping[Edge, Seen], verdict: Verdict) -> LineageEdge:
    if len(hops) == 1:
        return _single(key, hops[0], seen[hops[0].edge], verdict)
    source, target, flow = key
    evidence = {hop.edge: seen[hop.edge] for hop in hops}
    by_runs = {e: s for e, s in evidence.items() if by_a_run(s)}
    runs: dict[str, int] = defaultdict(int)
    for e, s in by_runs.items():  # two facts of one job come from the same runs
        runs[e.job] = max(runs[e.job], s.run_count)
    return LineageEdge(
        source=source,
        target=target,
        flow=flow,
        transformation=_transformation(hops),
        masking=all(hop.edge.masking for hop in hops),
        certainty=_strongest(hop.certainty for hop in hops),
        verdict=verdict,
        evidence=tuple(sorted({hop.edge.evidence for hop in hops}, key=_KINDS.index)),
        jobs=tuple(sorted({NodeId(hop.edge.job) for hop in hops if hop.edge.job})),
        first_seen_us=min((s.first_us for s in evidence.values() if s.first_us is not None), default=None),
        last_seen_us=max((s.last_us for s in evidence.values() if s.last_us is not None), default=None),
        in_latest_run=any(s.in_latest_run for s in evidence.values()),
        run_count=sum(runs.values()),
        because=_because(hops),
        code_changed=bool(by_runs) and all(s.code_changed for s in by_runs.values()),
        table_level=all(hop.via is not Via.FACT for hop in hops),
        entries=tuple(sorted({p for e, s in evidence.items() for p in positions(s, e.known_from)})),
    )


def _single(key: EdgeKey, hop: Hop, seen: Seen, verdict: Verdict) -> LineageEdge:
    """As _merged, of one contributor: most edges have no other, and a wide answer has thousands of them."""
    edge = hop.edge
    return LineageEdge(
        source=key[0],
        target=key[1],
        flow=key[2],
        transformation=_transformation((hop,)),
        masking=edge.masking,
        certainty=hop.certainty,
        verdict=verdict,
        evidence=(edge.evidence,),
        jobs=(NodeId(edge.job),) if edge.job else (),
        first_seen_us=seen.first_us,
        last_seen_us=seen.last_us,
        in_latest_run=seen.in_latest_run,
        run_count=seen.run_count,
        because=_because((hop,)) if edge.value or hop.via is not Via.FACT else None,
        code_changed=by_a_run(seen) and seen.code_changed,
        table_level=hop.via is not Via.FACT,
        entries=tuple(sorted(positions(seen, edge.known_from))),
    )


def by_a_run(seen: Seen) -> bool:
    """Whether a run said it. How many did may be nobody's to know, when never is."""
    return seen.last_us is not None


def positions(seen: Seen, known_from: int) -> set[int]:
    """The ledger positions that say a fact; of one that is known from 0, the entry is not told (lineage/access)."""
    return {*seen.entries, known_from - 1} if known_from else set(seen.entries)


def _strongest(certainties: Iterable[Certainty]) -> Certainty:
    return Certainty.CERTAIN if Certainty.CERTAIN in set(certainties) else Certainty.POSSIBLE


def _transformation(hops: Iterable[Hop]) -> str | None:
    def rank(hop: Hop) -> tuple[bool, int, int, str]:
        label = hop.edge.label.upper()
        strength = _STRENGTH.index(label) if label in _STRENGTH else len(_STRENGTH)
        return (hop.certainty is not Certainty.CERTAIN, 1 if label in _BARE_TYPES else 0, strength, label)

    told = [hop for hop in hops if hop.edge.relation is Relation.DERIVES and hop.via is Via.FACT and hop.edge.label]
    return min(told, key=rank).edge.label if told else None


def _because(hops: Sequence[Hop]) -> str | None:
    told = {text for hop in hops if (text := because_of(hop.edge.value))}
    told |= {_TABLE_LEVEL for hop in hops if hop.via is Via.TABLE}
    told |= {_WHOLE for hop in hops if hop.via is Via.WHOLE}
    return "; ".join(sorted(told)) or None


def because_of(value: str) -> str | None:
    """What a FEEDS or DERIVES fact tells beyond its fields."""
    told = json.loads(value).get("because") if value else None
    return told if told is None or isinstance(told, str) else json.dumps(told, sort_keys=True, ensure_ascii=False)


def _declaring_jobs(groups: Iterable[Mapping[tuple[Via, Edge], Hop]], sources: Sources, at: Moment) -> frozenset[str]:
    """Of the jobs that were only observed on some edge, those that declare anything."""
    asked: set[NodeId] = set()
    for group in groups:
        if not any(e.evidence is EvidenceKind.DECLARED for _, e in group):
            asked.update(NodeId(e.job) for _, e in group if e.job)
    if not asked:
        return frozenset()
    relations = (Relation.READS, Relation.WRITES)
    return frozenset(
        v.fact.subject
        for v in sources.graph.facts(sorted(asked), relations, at)
        if v.fact.evidence is EvidenceKind.DECLARED
    )


def _verdict(
    key: EdgeKey,
    hops: Collection[Hop],
    declaring: frozenset[str],
    feeds: Mapping[tuple[NodeId, NodeId], Sequence[Edge]],
    grain: Grain,
) -> Verdict:
    observed = any(hop.edge.evidence in _BY_A_RUN for hop in hops)
    declared = any(hop.edge.evidence is EvidenceKind.DECLARED for hop in hops)
    if observed and declared:
        return Verdict.VERIFIED
    pair = feeds.get(_pair(key[0], key[1]), ()) if grain is Grain.COLUMN else ()
    if observed and any(hop.edge.job in declaring for hop in hops):
        return (
            Verdict.UNKNOWN
            if _tables_only(e for e in pair if e.evidence is EvidenceKind.DECLARED)
            else Verdict.UNDECLARED
        )
    if declared and not any(hop.edge.job for hop in hops):
        return Verdict.UNKNOWN  # a view derives when it is read: there is no run that could have been observed
    if declared:
        return Verdict.UNKNOWN if _tables_only(e for e in pair if e.evidence in _BY_A_RUN) else Verdict.PHANTOM
    return Verdict.UNKNOWN


def _tables_only(side: Iterable[Edge]) -> bool:
    labels = {e.label for e in side}
    return bool(labels) and COLUMNS not in labels
