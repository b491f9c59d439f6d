"""What kind of dataset something is: as told, else as its namespace leaves no doubt."""

from __future__ import annotations

import pytest

from lineage import ids
from lineage.facts import EvidenceKind, Fact, FactVersion, Interval, Node, NodeKind, Relation
from lineage.moment import FOREVER
from lineage.query.properties import Properties


def dataset(namespace: str, name: str) -> Node:
    return Node(ids.dataset_id(namespace, name), NodeKind.DATASET, namespace, name)


def told(node: Node, value: str, evidence: EvidenceKind, from_us: int = 0) -> FactVersion:
    unit = f"property|{node.id}|datasetType|{evidence}"
    fact = Fact(Relation.PROPERTY, node.id, "", unit, "datasetType", value, evidence=evidence)
    return FactVersion(fact, Interval(from_us, FOREVER), 0, None)


@pytest.mark.parametrize(
    ("namespace", "name", "expected"),
    [
        ("kafka://broker:9092", "shop.features", "TOPIC"),
        ("KAFKA://broker:9092", "shop.features", "TOPIC"),
        ("pubsub", "topic:project:orders", "TOPIC"),
        ("pubsub", "subscription:project:orders", None),
        ("kinesis://eu-central-1", "clicks", "TOPIC"),
        ("eventhub://hub.servicebus.windows.net", "clicks", "TOPIC"),
        ("postgres://kafka:5432", "db.kafka.topics", None),
        ("file", "/kafka/topic", None),
        ("kafka-connect", "orders", None),
    ],
)
def test_a_topic_is_told_by_its_scheme_alone(namespace: str, name: str, expected: str | None) -> None:
    """Hosts and names that look like one say nothing; what is concluded says so."""
    node = dataset(namespace, name)
    nothing = Properties([])
    assert nothing.dataset_type(node) == expected
    assert nothing.type_evidence(node) == (EvidenceKind.INFERRED if expected else None)


def test_what_was_told_wins_over_the_scheme() -> None:
    """A statement before an event, either before the namespace; a column has its dataset's type, a job none."""
    node = dataset("kafka://broker:9092", "orders")
    column = Node(ids.column_id(node.id, "id"), NodeKind.COLUMN, node.namespace, node.name, "id")
    job = Node(ids.job_id(node.namespace, "copy"), NodeKind.JOB, node.namespace, "copy")
    stream = told(node, '{"datasetType":"stream"}', EvidenceKind.OBSERVED, 5)
    assert Properties([stream]).dataset_type(node) == "STREAM"
    assert Properties([stream]).type_evidence(node) is EvidenceKind.OBSERVED
    both = Properties([stream, told(node, '"model"', EvidenceKind.STATED)])
    assert (both.dataset_type(column), both.type_evidence(column)) == ("MODEL", EvidenceKind.STATED)
    assert Properties([]).dataset_type(column) == "TOPIC" and Properties([]).dataset_type(job) is None
