"""Subscriptions of a real service with its processes: over events and over a WebSocket, through kills, and per principal."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.e2e.service import Running, run, running

pytestmark = pytest.mark.slow

SCHEMAS = (
    "subscription($after: Long, $in: [String!]) { schemaChanged(after: $after, namespaces: $in) { index changes "
    "{ column kind before after dataset { name } impact { items { node { name } owners } } } } }"
)
RUNS = "subscription($after: Long) { runEnded(after: $after) { index runs { runId state job { name } } } }"
WAIT_S = 60


def load(number: int, namespace: str = "db://shop", kind: str = "COMPLETE") -> dict[str, Any]:
    """A run that writes a table with a column of its own type: a new schema each time."""
    schema = {"fields": [{"name": "id", "type": "int"}, {"name": "amount", "type": f"decimal({number + 1},2)"}]}
    return {
        "eventType": kind,
        "eventTime": f"2026-11-01T{number // 60:02}:{number % 60:02}:00Z",
        "producer": "https://example.org/tests",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": f"00000000-0000-4000-8000-{number:012}"},
        "job": {"namespace": "etl", "name": "load"},
        "inputs": [{"namespace": "db://raw", "name": "source"}],
        "outputs": [
            {
                "namespace": namespace,
                "name": "orders",
                "facets": {
                    "schema": {
                        "_producer": "https://example.org/tests",
                        "_schemaURL": "https://openlineage.io/spec/facets/1-1-1/SchemaDatasetFacet.json",
                        **schema,
                    }
                },
            }
        ],
    }


def events(service: Running, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Iterator[Any]:
    """The data of each event, over server-sent events; ends when the connection does."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=WAIT_S)
    body = json.dumps({"query": query, "variables": variables})
    accept = {"Content-Type": "application/json", "Accept": "text/event-stream", **(headers or {})}
    connection.request("POST", "/graphql", body, accept)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    try:
        while line := answer.readline():
            if line.startswith(b"data: {"):
                told = json.loads(line[6:])
                assert "errors" not in told, told
                yield told["data"]
    except (http.client.HTTPException, OSError):
        return
    finally:
        connection.close()


def take(found: Iterator[Any], count: int) -> list[Any]:
    return [next(found) for _ in range(count)]


def test_nothing_is_lost_through_kills(tmp_path: Path) -> None:
    """Three services after one another over one data folder, each killed in the middle: every change of the schema and
    every end of a run is heard once, in order, by a client that gives the last index that it has."""
    changes: list[Any] = []
    ended: list[Any] = []
    for life in range(3):
        with running(tmp_path / "data") as service:
            begin = life * 8
            half, whole = begin + 4, begin + 8
            service.post(load(number) for number in range(begin, half))
            last_change = changes[-1]["index"] if changes else "-1"
            last_run = ended[-1]["index"] if ended else "-1"
            heard = events(service, SCHEMAS, after=last_change)
            runs = events(service, RUNS, after=last_run)
            missed = half - len(changes) - 1  # the first schema of all is no change
            changes += [each["schemaChanged"] for each in take(heard, missed)]
            ended += [each["runEnded"] for each in take(runs, half - len(ended))]
            service.post(load(number) for number in range(half, whole))
            changes += [each["schemaChanged"] for each in take(heard, 2)]  # and the rest is not waited for
            service.kill()
    with running(tmp_path / "data") as service:
        changes += [each["schemaChanged"] for each in take(events(service, SCHEMAS, after=changes[-1]["index"]), 2)]
        ended += [each["runEnded"] for each in take(events(service, RUNS, after=ended[-1]["index"]), 24 - len(ended))]
        assert [int(each["index"]) for each in changes] == list(range(1, 24))
        assert [each["changes"][0]["after"] for each in changes] == [f"decimal({n + 1},2)" for n in range(1, 24)]
        assert [run["runId"][-2:] for each in ended for run in each["runs"]] == [f"{n:02}" for n in range(24)]
        assert {each["changes"][0]["dataset"]["name"] for each in changes} == {"orders"}


def test_a_principal_hears_of_what_it_sees(tmp_path: Path) -> None:
    """Over a WebSocket that begins with a key: other namespaces make no sound; a filter is a wish within that."""
    data = tmp_path / "data"
    data.mkdir()
    made = run("key", "create", "--data", str(data), "auditor", "--scope", "lineage:read", "--namespace", "db://shop")
    assert made.returncode == 0, made.stderr + made.stdout
    key = next(word for word in made.stdout.split() if word.startswith("hw"))
    with running(data, "--api-key", "root-key") as service:
        headers = {"Content-Type": "application/json", "Authorization": "Bearer root-key"}  # entry 0 is the key
        for number in range(6):
            event = load(number, "db://shop" if number % 2 else "db://hidden")
            connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
            connection.request("POST", "/api/v1/lineage", json.dumps(event), headers)
            assert connection.getresponse().status == 201
            connection.close()
        address = f"ws://127.0.0.1:{service.port}/graphql"
        for wanted, heard in ((None, ["4", "6"]), (["db://shop"], ["4", "6"]), (["db://hidden"], [])):
            with connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
                socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}))
                assert json.loads(socket.recv(WAIT_S))["type"] == "connection_ack"
                operation = {"query": SCHEMAS, "variables": {"after": -1, "in": wanted}}
                socket.send(json.dumps({"type": "subscribe", "id": "s", "payload": operation}))
                for index in heard:
                    told = json.loads(socket.recv(WAIT_S))["payload"]["data"]["schemaChanged"]
                    assert told["index"] == index and told["changes"][0]["dataset"] == {"name": "orders"}
                if not heard:
                    with pytest.raises(TimeoutError):
                        socket.recv(2)
        for parameters in ({}, {"authorization": "Bearer hw_wrong"}):
            with connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
                socket.send(json.dumps({"type": "connection_init", "payload": parameters}))
                with pytest.raises(Exception, match="4403"):
                    socket.recv(WAIT_S)
