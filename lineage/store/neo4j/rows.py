"""Between relationships and FactVersions: which properties a version has, how a Moment is asked, how rows are read.

The one idea: reads return columns, never whole relationships (four times the cost). What is empty is not stored. A
version that was closed a moment ago is there twice, in its current type (until no reader can want it any more, see
sweeping.py) and in its closed one: readers of both take it once.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from lineage.facts import (
    Certainty,
    EvidenceKind,
    Fact,
    FactVersion,
    Flow,
    Interval,
    Node,
    NodeKind,
)
from lineage.ids import NodeId
from lineage.moment import FOREVER, Moment
from lineage.store.neo4j.schema import RELATION_OF, indexed

Row = list[Any]
Parameters = dict[str, Any]

VERSION: Final = (
    "type(e), e.unit, e.label, e.value, e.job, e.flow, e.evidence, e.certainty, e.masking, e.producer, "
    "e.valid_from, e.valid_to, e.known_from, e.known_to"
)
"""A version's columns after its subject and object, in the order that versions() reads."""

NODE: Final = (
    "n.key, n.kind, coalesce(n.whole_namespace, n.namespace), "
    "CASE n.kind WHEN 'COLUMN' THEN coalesce(n.whole_dataset, n.dataset) ELSE coalesce(n.whole_name, n.name) END, "
    "CASE n.kind WHEN 'COLUMN' THEN coalesce(n.whole_name, n.name) END, n.version"
)
"""A node's columns, in the order that node() reads. A :Column's `name` is the column's, `dataset` its table's."""


def visible(at: Moment, *, history: bool) -> str:
    """Cypher: version e is visible at the moment $known, $valid. Without `history` e is of a current type."""
    known = "e.known_from <= $known AND e.known_to > $known"
    if at.valid_us is not None:
        # what most of a history fails comes first, and the rest is not read: the planner orders ANDs, it keeps a CASE
        return f"CASE WHEN e.valid_to > $valid THEN e.valid_from <= $valid AND {known} ELSE false END"
    return f"{known} AND e.valid_to = {FOREVER}" if history else known


def moment(at: Moment) -> Parameters:
    return {"known": at.known, "valid": at.valid_us}


def among(flows: Collection[Flow] | None, evidence: Collection[EvidenceKind] | None) -> str:
    """Cypher: e is of one of $flows and $evidence, where they are given."""
    wanted = "" if flows is None else " AND e.flow IN $flows"
    return wanted if evidence is None else wanted + " AND e.evidence IN $evidence"


def filters(flows: Collection[Flow] | None, evidence: Collection[EvidenceKind] | None) -> Parameters:
    told: Parameters = {} if flows is None else {"flows": [str(flow) for flow in flows]}
    return told if evidence is None else told | {"evidence": [str(kind) for kind in evidence]}


PROPERTIES: Final = (
    "unit", "value", "producer", "job", "label", "masking", "certainty", "evidence", "flow", "digest",
    "valid_from", "valid_to", "known_from", "known_to",
)  # fmt: skip
"""What a relationship keeps, in the order of properties(). The bounds last: Neo4j looks there first."""


def properties(version: FactVersion, digest: str) -> Row:
    """The values of PROPERTIES. A list: names beside each value would double what the driver has to pack."""
    fact = version.fact
    return [
        fact.unit, fact.value or None, fact.producer or None, fact.job or None, fact.label or None,
        fact.masking or None, fact.certainty.value, fact.evidence.value, fact.flow.value, digest,
        version.valid.from_us, version.valid.to_us, version.known_from, version.known_to,
    ]  # fmt: skip


def versions(rows: Iterable[Row]) -> list[FactVersion]:
    """Rows of (subject, object, VERSION) as FactVersions, each once."""
    found: dict[tuple[Fact, Interval, int], FactVersion] = {}
    for (
        subject, object_, type_, unit, label, value, job, flow, evidence, certainty, masking, producer,
        valid_from, valid_to, known_from, known_to,
    ) in rows:  # fmt: skip
        fact = Fact(
            RELATION_OF[type_], NodeId(subject), object_ or "", unit, label or "", value or "", job or "", Flow(flow),
            EvidenceKind(evidence), Certainty(certainty), bool(masking), producer or "",
        )  # fmt: skip
        version = FactVersion(fact, Interval(valid_from, valid_to), known_from, known_to)
        key = (fact, version.valid, known_from)
        if key not in found or known_to < found[key].known_to:
            found[key] = version
    return list(found.values())


def node(row: Row) -> Node:
    key, kind, namespace, name, column, version = row
    return Node(NodeId(key), NodeKind(kind), namespace, name, column, version)


def description(described: Node) -> Parameters:
    """The properties of a node beside its key; what is too long for an index stands cut, and whole beside."""
    told: Parameters = {"kind": str(described.kind), "namespace": described.namespace, "version": described.version}
    if described.kind is NodeKind.COLUMN:
        told |= {"name": described.column, "dataset": described.name}
    else:
        told |= {"name": described.name}
    for name, value in list(told.items()):
        if name not in ("kind", "version") and value is not None and indexed(value) != value:
            told[f"whole_{name}"], told[name] = value, indexed(value)
    return {name: value for name, value in told.items() if value is not None}
