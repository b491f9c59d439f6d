"""Marquez's paths, read by Marquez's own client and held against the keys of its OpenAPI description."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from marquez_client import MarquezClient

from tests.e2e.service import Running
from tests.e2e.service import running as service

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:marquez_client"),
]

DATABASE, SHOWN = "postgres://db.example:5432", "postgres://db.example"
"""As the producer spells it, and as the graph shows it: 5432 is the port anyway."""
ORDERS, CUSTOMERS, DAILY = "shop.public.orders", "shop.public.customers", "s3://lake/daily orders#1"
PRODUCER = "https://example.org/tests"

# The keys that Marquez's OpenAPI description gives each type; ours may have more, never fewer.
NAMESPACE = {"name", "createdAt", "updatedAt", "ownerName", "description"}
DATASET = {
    "id", "type", "name", "physicalName", "createdAt", "updatedAt", "namespace", "sourceName", "fields", "tags",
    "lastModifiedAt", "lastLifecycleState", "description", "facets", "currentVersion", "deleted",
}  # fmt: skip
VERSION = {"id", "type", "name", "physicalName", "createdAt", "version", "namespace", "sourceName", "fields", "tags",
           "description", "createdByRun", "facets"}  # fmt: skip
JOB = {
    "id", "type", "name", "createdAt", "updatedAt", "namespace", "inputs", "outputs", "location", "context",
    "description", "latestRun", "facets", "currentVersion",
}  # fmt: skip
RUN = {
    "id", "createdAt", "updatedAt", "nominalStartTime", "nominalEndTime", "state", "startedAt", "endedAt", "durationMs",
    "args", "jobVersion", "inputVersions", "outputVersions", "facets",
}  # fmt: skip
FIELD = {"name", "type", "tags", "description"}


def facet(**told: Any) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": "https://openlineage.io/spec/facets/1-0-0/Facet.json", **told}


def schema(*columns: str) -> dict[str, Any]:
    return facet(fields=[{"name": column, "type": "text"} for column in columns])


def column_lineage(**fields: tuple[str, str]) -> dict[str, Any]:
    """`target=(source dataset, source column)`."""
    direct = [{"type": "DIRECT", "subtype": "IDENTITY"}]
    told = {
        target: {
            "inputFields": [{"namespace": DATABASE, "name": name, "field": column, "transformations": direct}]
        }
        for target, (name, column) in fields.items()
    }
    return facet(fields=told)


def run_event(type_: str, at: str, run: str, job: str, inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    return {
        "eventType": type_, "eventTime": at, "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run, "facets": {"nominalTime": facet(nominalStartTime="2026-11-01T00:00:00Z")}},
        "job": {"namespace": "airflow/prod", "name": job, "facets": {"documentation": facet(description="Loads it.")}},
        "inputs": inputs, "outputs": outputs,
    }  # fmt: skip


def events() -> Iterator[dict[str, Any]]:
    orders = {"namespace": DATABASE, "name": ORDERS, "facets": {"schema": schema("id", "email")}}
    customers = {"namespace": DATABASE, "name": CUSTOMERS, "facets": {"schema": schema("id")}}
    daily = {
        "namespace": "lake", "name": DAILY,
        "facets": {
            "schema": schema("id", "mail"),
            "columnLineage": column_lineage(id=(ORDERS, "id"), mail=(ORDERS, "email")),
            "version": facet(datasetVersion="7"),
        },
    }  # fmt: skip
    report = {"namespace": "lake", "name": "report"}
    run = "0192f0a0-0000-7000-8000-000000000001"
    yield run_event("START", "2026-11-01T10:00:00Z", run, "load/orders", [orders, customers], [])
    yield run_event("COMPLETE", "2026-11-01T10:00:02.5Z", run, "load/orders", [orders, customers], [daily])
    other = "0192f0a0-0000-7000-8000-000000000002"
    yield run_event(
        "COMPLETE", "2026-11-01T11:00:00Z", other, "report", [{"namespace": "lake", "name": DAILY}], [report]
    )
    yield run_event("FAIL", "2026-11-01T12:00:00Z", run[:-1] + "3", "broken", [report], [])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with service(tmp_path_factory.mktemp("marquez")) as started:
        started.post(events())
        started.projected()
        yield started


@pytest.fixture(scope="module")
def client(running: Running) -> MarquezClient:
    return MarquezClient(f"http://127.0.0.1:{running.port}")


def get(running: Running, path: str, **parameters: Any) -> Any:
    status, body = running.request("GET", f"/api/v1{path}?{urllib.parse.urlencode(parameters)}")
    assert status == 200, body
    return json.loads(body)


def test_namespaces_are_listed_and_shown(client: MarquezClient) -> None:
    """All of them by name, in Marquez's shape; one by any spelling."""
    listed = client.list_namespaces()["namespaces"]
    assert [each["name"] for each in listed] == ["airflow/prod", "lake", SHOWN]
    assert set(listed[0]) >= NAMESPACE
    assert client.get_namespace(DATABASE)["name"] == SHOWN
    assert client.get_namespace("airflow/prod")["createdAt"] == "2026-11-01T10:00:00Z"


def test_datasets_have_every_key_that_marquez_describes(client: MarquezClient) -> None:
    """By a name with slashes, blanks and a number sign, as Marquez's client encodes it."""
    shown = client.get_dataset("lake", DAILY)
    assert set(shown) >= DATASET
    assert shown["id"] == {"namespace": "lake", "name": DAILY}
    assert [each["name"] for each in shown["fields"]] == ["id", "mail"]
    assert set(shown["fields"][0]) == FIELD
    assert (shown["type"], shown["deleted"], shown["lastModifiedAt"]) == ("DB_TABLE", False, "2026-11-01T10:00:02.500000Z")
    listed = client.list_datasets(DATABASE)
    assert listed["totalCount"] == 2
    assert [each["name"] for each in listed["datasets"]] == [CUSTOMERS, ORDERS]
    assert [each["name"] for each in client.list_datasets(DATABASE, limit=1, offset=1)["datasets"]] == [ORDERS]


def test_versions_are_found_by_uuid_and_by_the_producers_own(client: MarquezClient) -> None:
    """With the run that wrote them."""
    (listed,) = client.list_dataset_versions("lake", DAILY)["versions"]
    assert set(listed) >= VERSION
    for name in (listed["version"], "7"):
        shown = client.get_dataset_version("lake", DAILY, name)
        assert (shown["version"], shown["externalVersion"]) == (listed["version"], "7")
        assert shown["createdByRun"]["state"] == "COMPLETED"


def test_jobs_and_runs_have_every_key_that_marquez_describes(client: MarquezClient) -> None:
    """Inputs, outputs, the latest run with its times."""
    shown = client.get_job("airflow/prod", "load/orders")
    assert set(shown) >= JOB
    assert set(shown["latestRun"]) >= RUN
    assert [each["name"] for each in shown["inputs"]] == [CUSTOMERS, ORDERS]
    assert shown["outputs"] == [{"namespace": "lake", "name": DAILY}]
    assert (shown["latestRun"]["state"], shown["latestRun"]["durationMs"]) == ("COMPLETED", 2500)
    assert shown["description"] == "Loads it."
    assert client.list_jobs("airflow/prod")["totalCount"] == 3
    (failed,) = client.list_job_runs("airflow/prod", "broken")["runs"]
    assert (failed["state"], failed["nominalStartTime"]) == ("FAILED", "2026-11-01T00:00:00Z")


def test_lineage_alternates_datasets_and_jobs_both_ways(running: Running) -> None:
    """From a dataset in the middle: its producer with all its inputs, and its consumers; nothing beside."""
    found = get(running, "/lineage", nodeId=f"dataset:lake:{DAILY}", depth=20)["graph"]
    nodes = {each["id"]: each for each in found}
    job = "job:airflow/prod:load/orders"
    assert set(nodes) == {
        f"dataset:{SHOWN}:{ORDERS}", f"dataset:{SHOWN}:{CUSTOMERS}", job, f"dataset:lake:{DAILY}",
        "job:airflow/prod:report", "dataset:lake:report",
    }  # fmt: skip
    assert nodes[job]["type"] == "JOB" and set(nodes[job]["data"]) >= JOB
    assert nodes[job]["outEdges"] == [{"origin": job, "destination": f"dataset:lake:{DAILY}"}]
    assert {edge["origin"] for edge in nodes[job]["inEdges"]} == {
        f"dataset:{SHOWN}:{ORDERS}", f"dataset:{SHOWN}:{CUSTOMERS}",
    }  # fmt: skip
    for node in found:  # every edge is told at both its ends
        for edge in node["inEdges"]:
            assert edge in nodes[edge["origin"]]["outEdges"]
        for edge in node["outEdges"]:
            assert edge in nodes[edge["destination"]]["inEdges"]


def test_lineage_of_a_job_is_its_inputs_upstream_and_its_outputs_downstream(running: Running) -> None:
    """With depth 1 only what it touches itself."""
    near = get(running, "/lineage", nodeId="job:airflow/prod:load/orders", depth=1)["graph"]
    assert {each["id"] for each in near if each["type"] == "DATASET"} == {
        f"dataset:{SHOWN}:{ORDERS}", f"dataset:{SHOWN}:{CUSTOMERS}", f"dataset:lake:{DAILY}",
    }  # fmt: skip
    whole = get(running, "/lineage", nodeId="job:airflow/prod:load/orders")["graph"]
    assert "dataset:lake:report" in {each["id"] for each in whole}


def test_column_lineage_by_dataset_field_and_job(client: MarquezClient) -> None:
    """Each field with its inputs; the three ways to name them agree."""
    by_field = client.get_column_lineage_by_dataset_field("lake", DAILY, "mail")["graph"]
    mail, email = f"datasetField:lake:{DAILY}:mail", f"datasetField:{SHOWN}:{ORDERS}:email"
    nodes = {each["id"]: each for each in by_field}
    assert set(nodes) == {mail, email}
    (source,) = nodes[mail]["data"]["inputFields"]
    assert (source["dataset"], source["field"], source["transformationType"]) == (ORDERS, "email", "IDENTITY")
    assert nodes[mail]["data"]["fieldType"] == "text"
    assert nodes[mail]["inEdges"] == [{"origin": mail, "destination": email}]
    assert nodes[email]["outEdges"] == [{"origin": email, "destination": mail}]
    whole = client.get_column_lineage_by_dataset("lake", DAILY)["graph"]
    assert {each["id"] for each in whole} > set(nodes)
    assert {each["id"] for each in client.get_column_lineage_by_job("airflow/prod", "load/orders")["graph"]} == {
        each["id"] for each in whole
    }
    downstream = client.get_column_lineage_by_dataset_field(DATABASE, ORDERS, "email", with_downstream=True)["graph"]
    assert mail in {each["id"] for each in downstream}


def test_search_finds_datasets_and_jobs(running: Running) -> None:
    """Results name their node, so that a client goes on from them."""
    found = get(running, "/search", q="orders", limit=10)
    assert {each["nodeId"] for each in found["results"]} == {
        f"dataset:{SHOWN}:{ORDERS}", f"dataset:lake:{DAILY}", "job:airflow/prod:load/orders",
    }  # fmt: skip
    assert found["totalCount"] == 3
    assert [r["type"] for r in get(running, "/search", q="%orders%", filter="job")["results"]] == ["JOB"]


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("/lineage?nodeId=table:a:b", 400, "bad-input"),
        ("/lineage?nodeId=dataset:lake:nothing", 404, "not-found"),
        ("/lineage?nodeId=dataset:lake:report&depth=-1", 400, "bad-input"),
        ("/lineage", 400, "bad-input"),
        (f"/lineage?nodeId=dataset:{':' * 60}", 400, "bad-input"),
        ("/column-lineage?nodeId=datasetField:lake:report:none", 404, "not-found"),
        ("/namespaces/nowhere", 404, "not-found"),
        ("/namespaces/nowhere/datasets", 404, "not-found"),
        ("/namespaces/lake/datasets/none", 404, "not-found"),
        ("/namespaces/lake/datasets/report/versions/7", 404, "not-found"),
        ("/namespaces/lake/jobs/none", 404, "not-found"),
        ("/namespaces?limit=2000000000", 400, "bad-input"),
        ("/search?q=", 400, "bad-input"),
        (f"/namespaces?offset={2**70}", 422, "limit"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_that_says_why(
    running: Running, path: str, status: int, slug: str
) -> None:
    """As everywhere: RFC 9457."""
    got, body = running.request("GET", f"/api/v1{path}")
    assert (got, json.loads(body)["type"]) == (status, f"urn:headwater:problem:{slug}")
