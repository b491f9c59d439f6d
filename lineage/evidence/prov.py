"""The answer as W3C PROV-JSON: runs are activities, datasets and columns entities, those who sent it agents.

The one idea: what the entries say run by run (used, wasGeneratedBy) and what follows from it (wasDerivedFrom) stand in one
document, under the graph's own ids, so that it can be laid beside the rest of the pack.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from lineage.evidence.answer import AuditAnswer, written
from lineage.ids import NodeId, dataset_id, job_id, run_id
from lineage.ledger.leaf import Leaf
from lineage.moment import iso

PREFIXES = {
    "hw": "urn:headwater:node:",
    "entry": "urn:headwater:entry:",
    "actor": "urn:headwater:actor:",
    "headwater": "urn:headwater:term:",
}

Resolve = Callable[[Collection[NodeId]], Mapping[NodeId, NodeId]]
"""Raw names' own ids -> the nodes that they are, as far as who asks may know."""


def prov_document(
    answer: AuditAnswer, entries: Iterable[tuple[Leaf, bytes | None]], resolve: Resolve
) -> dict[str, Any]:
    """PROV-JSON of an answer and the entries behind it (leaf, and normal form where it is disclosed)."""
    document = _Document()
    for node in answer.nodes:
        document.entity(
            node.id, {"prov:label": written(node), "prov:type": f"headwater:{node.dataset_type or str(node.kind)}"}
        )
    for edge in answer.edges:
        document.entity(edge.source, {})
        document.entity(edge.target, {})
        document.relate(
            "wasDerivedFrom",
            {
                "prov:generatedEntity": edge.target,
                "prov:usedEntity": edge.source,
                "headwater:flow": str(edge.flow),
                "headwater:certainty": str(edge.certainty),
                **({"headwater:transformation": edge.transformation} if edge.transformation else {}),
            },
        )
    read = [
        (leaf, json.loads(norm) if norm is not None and leaf.kind == "ol.event" else None) for leaf, norm in entries
    ]
    known_as = resolve({own for _, event in read if isinstance(event, dict) for own, _ in _touched(event)})
    for leaf, event in read:
        name, agent = f"entry:{leaf.index}", f"actor:{local_part(leaf.actor or 'unknown')}"
        document.entity(
            name,
            {"prov:type": "headwater:LedgerEntry", "headwater:kind": leaf.kind, "headwater:time": iso(leaf.time_us)},
        )
        document.agent(agent)
        document.relate("wasAttributedTo", {"prov:entity": name, "prov:agent": agent})
        if isinstance(event, dict):
            document.event(event, agent, known_as)
    return document.told()


def _touched(event: dict[str, Any]) -> Iterator[tuple[NodeId, tuple[str, str]]]:
    """(own id, (relation, label)) of each dataset that an event's run used or made."""
    for listing, relation in (("inputs", "used"), ("outputs", "wasGeneratedBy")):
        for each in event.get(listing) or ():
            namespace, name = str(each.get("namespace", "")), str(each.get("name", ""))
            yield dataset_id(namespace, name), (relation, f"{namespace} {name}")


def local_part(text: str) -> str:
    """A name's local part: what is no letter, digit, `_` or `-` becomes `_`."""
    return "".join(each if each.isalnum() or each in "_-" else "_" for each in text)


class _Document:
    def __init__(self) -> None:
        self._parts: dict[str, dict[str, dict[str, Any]]] = {"entity": {}, "activity": {}, "agent": {}}
        self._known: set[str] = set()

    def entity(self, name: str, attributes: dict[str, Any]) -> None:
        self._parts["entity"].setdefault(name, {}).update(attributes)

    def agent(self, name: str) -> None:
        self._parts["agent"].setdefault(name, {"prov:label": name.partition(":")[2]})

    def relate(self, relation: str, attributes: dict[str, Any]) -> None:
        key = f"{relation}\0{json.dumps(attributes, sort_keys=True)}"
        if key not in self._known:  # the same entity is generated once by a run, however many events say so
            self._known.add(key)
            of_kind = self._parts.setdefault(relation, {})
            of_kind[f"_:{relation}{len(of_kind) + 1}"] = attributes

    def event(self, event: dict[str, Any], agent: str, known_as: Mapping[NodeId, NodeId]) -> None:
        """What one event says of its run."""
        run, job = event.get("run"), event.get("job")
        if not isinstance(run, dict) or not isinstance(job, dict) or not run.get("runId"):
            return
        namespace, name = str(job.get("namespace", "")), str(job.get("name", ""))
        activity = str(run_id(job_id(namespace, name), str(run["runId"]), 1))
        told = self._parts["activity"].setdefault(activity, {"prov:label": f"{namespace} {name} {run['runId']}"})
        when = event.get("eventTime")
        if isinstance(when, str):
            kind = event.get("eventType")
            if kind == "START":
                told.setdefault("prov:startTime", when)
            elif kind in ("COMPLETE", "FAIL", "ABORT"):
                told["prov:endTime"] = when
                told["headwater:state"] = kind
        self.relate("wasAssociatedWith", {"prov:activity": activity, "prov:agent": agent})
        for own, (relation, label) in _touched(event):
            if own in known_as:
                self.entity(known_as[own], {"prov:label": label})
                self.relate(relation, {"prov:activity": activity, "prov:entity": known_as[own]})

    def told(self) -> dict[str, Any]:
        return {"prefix": PREFIXES, **{name: part for name, part in self._parts.items() if part}}
