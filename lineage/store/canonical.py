"""The graph as text: the same for the same events, in whatever order they came and whichever store holds them.

The one idea: facts in their total order, then the nodes that they name, as JSON lines with sorted keys. Without history
nothing in a line depends on the order of arrival, on the clock or on the store; with it, the known bounds are told too.
What no exported fact names (left over from a merge) is not there.
"""

import hashlib
import json
from collections.abc import Iterator
from itertools import islice

from lineage.facts import FactVersion, Node, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER, Moment, iso
from lineage.seen import Seen, SeenReader
from lineage.store.contract import GraphReader

EDGES = frozenset({Relation.FEEDS, Relation.DERIVES, Relation.READS, Relation.WRITES})
"""Facts that runs repeat: they tell when they were first and last seen, and in how many runs."""

BATCH = 1_000  # facts whose evidence is asked at once, nodes that are read at once


def digest(store: GraphReader, history: bool, *, seen: SeenReader | None = None, known: int | None = None) -> str:
    """SHA-256 (hex) of export_lines, each line ended by a newline."""
    sha = hashlib.sha256()
    for line in export_lines(store, history=history, seen=seen, known=known):
        sha.update(line.encode() + b"\n")
    return sha.hexdigest()


def export_lines(
    store: GraphReader, *, history: bool, seen: SeenReader | None = None, known: int | None = None
) -> Iterator[str]:
    """The whole graph as JSON lines without line ends, as it was at the ledger size `known` (None: the size that it has
    when the first line is asked for).

    Streams, beside a running projector; only the ids of nodes are held until the end (some 100 bytes each).
    """
    known = store.applied() if known is None else known
    named: set[NodeId] = set()
    versions = store.export(history=history, known=known)
    while batch := list(islice(versions, BATCH)):
        evidence = _evidence(batch, seen, Moment(None, known))
        for version in batch:
            fact = version.fact
            # a NAME's subject is a spelling's own id: a node only if it is also what some spelling resolves to
            subject = fact.object if fact.relation is Relation.NAME else fact.subject
            named.update((NodeId(subject), NodeId(fact.object), NodeId(fact.job)))
            yield _fact_line(version, evidence.get(version), history)
    ids = iter(sorted(named))
    while some := list(islice(ids, BATCH)):
        nodes = store.nodes(some)
        yield from (_node_line(nodes[id]) for id in some if id in nodes)


def _evidence(batch: list[FactVersion], seen: SeenReader | None, at: Moment) -> dict[FactVersion, Seen]:
    edges = [version for version in batch if version.fact.relation in EDGES]
    if seen is None or not edges:
        return {}
    return dict(zip(edges, seen.seen([version.fact for version in edges], at), strict=True))


def _fact_line(version: FactVersion, seen: Seen | None, history: bool) -> str:
    fact = version.fact
    told: dict[str, object] = {
        "certainty": fact.certainty, "evidence": fact.evidence, "flow": fact.flow, "job": fact.job, "label": fact.label,
        "masking": fact.masking, "object": fact.object, "producer": fact.producer, "relation": fact.relation,
        "subject": fact.subject, "unit": fact.unit,
        "valid_from": _time(version.valid.from_us), "valid_to": _time(version.valid.to_us),
    }  # fmt: skip
    if seen is not None:
        told |= {"first_seen": _time(seen.first_us), "last_seen": _time(seen.last_us), "run_count": seen.run_count}
    if history:
        told |= {"known_from": version.known_from, "known_to": _size(version.known_to)}
    # a value is canonical JSON already, and its key sorts last
    return f'{_json(told)[:-1]},"value":{fact.value or "null"}}}'


def _node_line(node: Node) -> str:
    return _json(
        {
            "node": node.id, "kind": node.kind, "namespace": node.namespace, "name": node.name, "column": node.column,
            "version": node.version,
        }
    )  # fmt: skip


def _time(time_us: int | None) -> str | None:
    return None if time_us is None or time_us == FOREVER else iso(time_us)


def _size(known: int) -> int | None:
    return None if known == FOREVER else known


def _json(told: dict[str, object]) -> str:
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
