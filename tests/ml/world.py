"""Events through the door and the projector into a graph that can be asked, all in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from collectors.openlineage import normalise, read
from lineage.facts import Node, Relation
from lineage.query import DatasetRef, NodeRef, Questions, Sources
from lineage.query.answers import VersionPage
from lineage.query.moments import MomentInput
from lineage.query.resolve import DatasetVersionRef
from lineage.statements import Statement, encode
from tests.projector.histories import Entry
from tests.projector.projection import Projection, _Seen
from tests.query.graph import Clock

DAY = datetime(2026, 11, 1, tzinfo=UTC)
NAMESPACE = "mlflow://mlflow"


def at(hours: float) -> str:
    """An instant, in hours after the day began."""
    return (DAY + timedelta(hours=hours)).isoformat()


def at_us(hours: float) -> int:
    return int((DAY + timedelta(hours=hours)).timestamp() * 1_000_000)


class World:
    """A ledger of events, the graph that they make, and the questions over it."""

    def __init__(self, events: Iterable[dict[str, Any]] = (), *, restarts: bool = False) -> None:
        """`restarts`: the projector is made anew before each event."""
        self.projection = Projection(restarts=restarts)
        for event in events:
            self.take(event)

    def take(self, event: dict[str, Any]) -> None:
        """One OpenLineage event, as JSON would have it."""
        norm = normalise(orjson.dumps(event))
        assert norm.norm is not None, norm.reason
        index = len(self.projection.entries)
        self.projection.take(Entry(index, read(norm.norm, index)))

    def state(self, statement: Statement) -> None:
        """What a person says."""
        kind, norm = encode(statement)
        index = len(self.projection.entries)
        self.projection.take(Entry(index, None, kind, norm, at_us(100)))

    @property
    def questions(self) -> Questions:
        seen = _Seen(self.projection.state.connection)
        return Questions(Sources(self.projection.store, seen, Clock(len(self.projection.entries))))

    def versions(self, namespace: str, name: str) -> list[VersionPage]:
        """A model's versions, the newest first."""
        model_id = self.questions.dataset(namespace, name).node.id
        told = self.questions.story([model_id], Relation.VERSION, first=100, after=None)[model_id]
        return [page for _, page in told.items if isinstance(page, VersionPage)]

    def upstream(self, ref: NodeRef, hours: float | None = None) -> dict[str, str]:
        """Every source behind a node -> its certainty; columns as `dataset#column`."""
        answer = self.questions.provenance(ref, at=moment(hours))
        return {label(source.node): source.certainty.value for source in answer.sources}

    def behind(self, ref: NodeRef, hours: float | None = None) -> set[str]:
        """Every node on the way to a node from its sources."""
        answer = self.questions.provenance(ref, at=moment(hours))
        return {label(node) for node in answer.nodes}

    def impact(self, ref: NodeRef, hours: float | None = None) -> dict[str, str]:
        """Everything that a change of a node reaches -> certainty; jobs as `job:name`."""
        answer = self.questions.impact([ref], at=moment(hours), first=500)
        return {label(item.node): item.certainty.value for item in answer.items}

    def history_of(self, ref: NodeRef, label_: str) -> list[tuple[Any, int, int]]:
        """What was told of a node under one label: (value, from, to) in order."""
        node = self.questions.find(ref)
        told = self.projection.store.history([node.id], (Relation.PROPERTY,), known=len(self.projection.entries))
        now = [v for v in told if v.fact.label == label_ and v.known_to > len(self.projection.entries)]
        return [
            (orjson.loads(v.fact.value), v.valid.from_us, v.valid.to_us)
            for v in sorted(now, key=lambda v: v.valid.from_us)
        ]


def moment(hours: float | None) -> MomentInput:
    return MomentInput() if hours is None else MomentInput(valid_at_us=at_us(hours))


def label(node: Node | Any) -> str:
    if node.kind.value == "JOB":
        return f"job:{node.name}"
    return f"{node.name}#{node.column}" if node.column else str(node.name)


def dataset(name: str, column: str | None = None, namespace: str = NAMESPACE) -> NodeRef:
    return NodeRef(dataset=DatasetRef(namespace, name, column))


def version(name: str, number: str, namespace: str = NAMESPACE) -> NodeRef:
    return NodeRef(dataset_version=DatasetVersionRef(namespace, name, number))


# Events in short


def mention(name: str, namespace: str = NAMESPACE, /, **facets: Any) -> dict[str, Any]:
    return {"namespace": namespace, "name": name, "facets": facets}


def model(name: str, number: str | None = None, /, **facets: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"datasetType": {"datasetType": "MODEL"}}
    if number is not None:
        told["version"] = {"datasetVersion": number}
    return mention(name, NAMESPACE, **told, **facets)


def schema(*columns: str) -> dict[str, Any]:
    return {"fields": [{"name": column, "type": "double"} for column in columns]}


def derives(**targets: tuple[str, str]) -> dict[str, Any]:
    """column=(dataset, column) of the default namespace."""
    return {
        "fields": {
            target: {"inputFields": [{"namespace": NAMESPACE, "name": name, "field": column}]}
            for target, (name, column) in targets.items()
        }
    }


def run_event(
    job: str,
    run: str,
    hours: float,
    type_: str = "COMPLETE",
    inputs: Sequence[dict[str, Any]] = (),
    outputs: Sequence[dict[str, Any]] = (),
    job_facets: dict[str, Any] | None = None,
    run_facets: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "eventTime": at(hours), "eventType": type_, "producer": "test",
        "run": {"runId": run, "facets": run_facets or {}},
        "job": {"namespace": "jobs", "name": job, "facets": job_facets or {}},
        "inputs": list(inputs), "outputs": list(outputs),
    }  # fmt: skip


def dataset_event(told: dict[str, Any], hours: float) -> dict[str, Any]:
    return {"eventTime": at(hours), "producer": "test", "dataset": told}


def served(hours: float, name: str, *slots: tuple[str, str, str], kinds: Sequence[str] = ("ALIAS",)) -> dict[str, Any]:
    facet = {"kinds": list(kinds), "slots": [{"kind": k, "name": n, "version": v} for k, n, v in slots]}
    return dataset_event(model(name, headwater_serving=facet), hours)
