"""The Cypher of docs/neo4j.md, run as it stands there on a graph that the store wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lineage.facts import Certainty, Change, EvidenceKind, Fact, Flow, Interval, Node, NodeKind, Relation
from lineage.ids import NodeId, column_id, dataset_id, job_id, run_id
from lineage.moment import FOREVER
from lineage.store.neo4j import Neo4jStore
from tests.neo4j.stores import wiped_store
from tests.neo4j.test_histories import swept
from tests.store.world import name_fact

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "neo4j.md"
DAY_US = 86_400_000_000
MAY = 20_574 * DAY_US  # 2026-05-01
LOAD, TRAIN = job_id("airflow", "load"), job_id("airflow", "train")


def since(day: int, until: int | None = None) -> Interval:
    return Interval(MAY + day * DAY_US, FOREVER if until is None else MAY + until * DAY_US)


def table(name: str) -> NodeId:
    return dataset_id("db", name)


def feeds(source: str, target: str, job: NodeId, **more: Any) -> Fact:
    return Fact(Relation.FEEDS, table(source), table(target), f"write|{job}|{table(target)}", "TABLE", job=job, **more)


def derives(source: str, target: str, **more: Any) -> Fact:
    one, other = (column_id(table(name), column) for name, column in (s.split("#") for s in (source, target)))
    return Fact(Relation.DERIVES, one, other, "write|x|y", "IDENTITY", job=LOAD, **more)


def graph() -> list[Change]:
    """orders and clients (and, until day 10, a file) into facts, facts into the model churn; names, owners, runs."""
    tables = ("orders", "clients", "old.csv", "facts", "churn")
    columns = ("orders#id", "orders#email", "facts#id", "facts#hash", "churn#id", "clients#id", "clients#fax")
    nodes = [Node(table(name), NodeKind.DATASET, "db", name) for name in tables]
    nodes += [
        Node(column_id(table(t), c), NodeKind.COLUMN, "db", t, column=c) for t, c in (x.split("#") for x in columns)
    ]
    nodes += [Node(id, NodeKind.JOB, "airflow", name) for id, name in ((LOAD, "load"), (TRAIN, "train"))]
    runs = [(run_id(LOAD, str(day), 1), day) for day in (1, 12)]
    nodes += [Node(run, NodeKind.RUN, "airflow", "load", version=str(day)) for run, day in runs]
    old = (feeds("old.csv", "facts", LOAD), since(1))
    opened = [
        (feeds("orders", "facts", LOAD, producer="airflow"), since(1)),
        old,
        (feeds("facts", "churn", TRAIN, certainty=Certainty.POSSIBLE), since(2)),
        (feeds("clients", "churn", TRAIN, evidence=EvidenceKind.ATTEMPTED), since(2)),
        (derives("orders#id", "facts#id"), since(1)),
        (derives("orders#email", "facts#hash", masking=True), since(1)),
        (derives("orders#email", "facts#id", flow=Flow.CONTROL), since(1)),
        (derives("facts#id", "churn#id"), since(2)),
        *((Fact(Relation.RUN, run, LOAD, f"run|{run}", "COMPLETE"), since(day)) for run, day in runs),
        (Fact(Relation.WRITES, LOAD, table("facts"), "write|load", job=LOAD), since(1)),
        (Fact(Relation.PROPERTY, table("churn"), "", "property|churn", "datasetType", '"MODEL"'), since(2)),
        (Fact(Relation.PROPERTY, table("orders"), "", "property|orders", "owner", '"ann"'), since(1)),
        (Fact(Relation.HAS, table("clients"), column_id(table("clients"), "id"), "schema|a", "int"), since(1)),
        (Fact(Relation.HAS, table("clients"), column_id(table("clients"), "fax"), "schema|a", "text"), since(1, 5)),
        *((name_fact(NodeKind.DATASET, table(t), table(t), "db", t), since(1)) for t in tables),
        (name_fact(NodeKind.DATASET, dataset_id("DB", "Orders"), table("orders"), "DB", "Orders"), since(1)),
    ]  # fmt: skip
    return [
        Change(0, tuple(nodes), (), tuple(opened)),
        Change(1, (), (old,), ((old[0], since(1, 10)),)),
    ]


@pytest.fixture(scope="module")
def store() -> Iterator[Neo4jStore]:
    """The graph of this page, a few minutes after it was written."""
    with wiped_store() as opened:
        for change in graph():
            opened.apply([change], change.index + 1)
        swept(opened)
        yield opened


ASKED = {
    "What breaks if this column changes?": (
        {"dataset": "orders", "column": "email"},
        [["facts", "hash", 1], ["facts", "id", 1], ["churn", "id", 2]],
    ),
    "Where does this come from?": ({"dataset": "churn"}, [["db", "orders", 2]]),
    "What fed it on a date?": ({"dataset": "facts", "date": "2026-05-09T00:00:00Z"}, [["old.csv"], ["orders"]]),
    "What did we think then?": ({"dataset": "facts", "size": 1}, [["old.csv"], ["orders"]]),
    "Which sources of models has nobody owned?": ({}, [["clients", "churn"], ["facts", "churn"]]),
    "Which datasets has no run written since a date?": ({"date": "2026-06-01T00:00:00Z"}, [["facts", "2026-05-13"]]),
    "What are the choke points?": ({}, [["orders", 2], ["clients", 1], ["facts", 1]]),
    "Who makes this edge, and how do we know?": (
        {"source": "orders", "dataset": "facts"},
        [["load", "OBSERVED", "CERTAIN", "airflow"]],
    ),
    "Where does a value go without being masked?": (
        {"dataset": "orders", "column": "id"},
        [["churn", "id"], ["facts", "id"]],
    ),
    "How do people spell it?": ({"dataset": "orders"}, [["DB", "Orders"], ["db", "orders"]]),
    "Which columns did it lose?": ({"dataset": "clients"}, [["fax", "2026-05-06"]]),
    "How is one thing connected with another?": (
        {"source": "orders", "dataset": "churn"},
        [[["orders", "facts", "churn"]]],
    ),
}


def queries() -> dict[str, str]:
    return dict(re.findall(r"### (.+?)\n\n```cypher\n(.+?)```", PAGE.read_text(), re.S))


@pytest.mark.parametrize("title", ASKED)
def test_a_query_of_the_page_answers(store: Neo4jStore, title: str) -> None:
    """Each runs as printed and gives what it promises."""
    parameters, expected = ASKED[title]
    rows = store._server.read(queries()[title], **parameters)
    shown = [[str(v)[:10] if hasattr(v, "iso_format") else v for v in row] for row in rows]
    assert shown == expected


def test_every_query_of_the_page_is_run() -> None:
    """A query that nobody runs is a query that does not work."""
    assert list(queries()) == list(ASKED)


def test_what_the_page_says_of_now_needs_no_condition(store: Neo4jStore) -> None:
    """After a sweep the types of the present hold the present only."""
    assert store._server.read("MATCH ()-[e:FEEDS]->() RETURN count(e)") == [[3]]
    assert store._server.read("MATCH ()-[e:FED]->() WHERE e.known_to = 9007199254740991 RETURN count(e)") == [[1]]
