"""The whole service on a Neo4j that fails: events are taken, answers say what is wrong, everything catches up by itself."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from api.health import LAG_S_DEGRADED
from collectors.openlineage import read
from collectors.sql.columns import read_columns
from lineage.projector import rebuild
from lineage.projector.claim import claimed
from lineage.store.neo4j import Neo4jStore
from lineage.store.neo4j.connections import IDLE_S
from tests.e2e.service import Running, run, running
from tests.neo4j import server as servers
from tests.neo4j.stores import a_server, required

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("HEADWATER_TEST_KILLS", "2"))  # each costs a start of the server; twenty by hand
EVENTS_PER_S = 5  # what gathers while the server starts is what it is killed over
CATCH_UP_S = 240  # the projector waits up to 10 s before it asks again, a server takes up to 30 s to start
PROBE_S_MAX = 2  # an event and a probe, on a machine that is busy: each takes half a second at most
READ_S_MAX = 15  # how long an answer may take that only says that the server is away
DOWNSTREAM = """query($of: [NodeRef!]!) { lineage(of: $of, direction: DOWNSTREAM) {
    nodes { name } completeness { reasons { code message } } } }"""
SOURCE = {"of": [{"dataset": {"namespace": "db", "name": "shop.raw"}}]}


def event(number: int) -> dict[str, Any]:
    """A run that makes one more table of few from one source."""
    return {
        "eventType": "COMPLETE",
        "eventTime": f"2026-11-22T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "producer": "https://example.org/tests",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": f"00000000-0000-4000-8000-{number:012d}"},
        "job": {"namespace": "tests", "name": f"load_{'abcdefghij'[number % 10]}"},
        "inputs": [{"namespace": "db", "name": "shop.raw"}],
        "outputs": [{"namespace": "db", "name": f"shop.table_{'abcdefghij'[number % 10]}"}],
    }


@contextmanager
def own_server(**options: Any) -> Iterator[list[servers.Server]]:
    """A server that the test may kill: the one in the list is removed at the end."""
    running_now = [servers.start(own=True, **options)]
    try:
        yield running_now
    finally:
        running_now[0].remove()


def caught_up(service: Running) -> None:
    """Wait until the graph holds the ledger, though the server may still be starting."""
    ends_s = time.monotonic() + CATCH_UP_S
    while True:
        state = json.loads(service.request("GET", "/readyz")[1])
        if state["graph"]["index"] == state["ledger"]["size"]:
            return
        assert time.monotonic() < ends_s, state
        time.sleep(0.1)


def same_as_its_ledger(service: Running, url: str) -> None:
    """The graph, with its history, is what an embedded one makes of the ledger."""
    told = run("graph", "compare", f"ledger:{service.data}", url, "--history")
    assert told.returncode == 0, told.stdout + told.stderr


@required
def test_ingest_goes_on_while_the_server_is_killed_again_and_again(tmp_path: Path) -> None:
    """Each event that was answered 201 is in the ledger, and once in the graph, whatever was being written when."""
    chance = random.Random(7)
    with own_server() as server, running(tmp_path / "data", "--store", server[0].url) as service:
        done, taken, number = threading.Event(), {}, itertools.count()

        def send() -> None:
            while not done.wait(1 / EVENTS_PER_S):
                body = json.dumps(event(next(number))).encode()
                with suppress(TimeoutError):  # on a machine that is busy to the brim: then nothing was acknowledged
                    status, answer = service.request("POST", "/api/v1/lineage", body)
                    assert status == 201
                    taken[json.loads(answer)["index"]] = body

        sender = threading.Thread(target=send)
        sender.start()
        try:
            reached = 0
            for _ in range(KILLS):
                reached = written_beyond(service, reached)
                time.sleep(chance.random() / 2)
                server[0].kill()
                server[0] = server[0].restarted()
        finally:
            done.set()
            sender.join()
        caught_up(service)
        assert taken
        for index, body in taken.items():
            assert service.request("GET", f"/api/v1/events/{index}") == (200, body)
        same_as_its_ledger(service, server[0].url)
        print(f"{KILLS} kills while {len(taken)} events were taken: none lost, none doubled")


def written_beyond(service: Running, index: int) -> int:
    """Wait until the projector writes again: a server that is killed before that is killed for nothing."""
    ends_s = time.monotonic() + CATCH_UP_S
    while True:
        state = json.loads(service.request("GET", "/readyz")[1])
        if (state["graph"]["index"] or 0) > index:
            return int(state["graph"]["index"])
        assert time.monotonic() < ends_s, state
        time.sleep(0.02)


@required
def test_a_service_that_starts_without_its_server_catches_up(tmp_path: Path) -> None:
    """Events are taken; questions get an error that says when to ask again, in words, code and header; then answers."""
    with own_server() as server:
        server[0].kill()
        with running(tmp_path / "data", "--store", server[0].url) as service:
            service.post([event(number) for number in range(10)])
            began_s = time.monotonic()
            headers, answer = asked(service)
            assert time.monotonic() - began_s < READ_S_MAX
            (error,) = answer["errors"]
            assert error["extensions"]["code"] == "STORE_UNAVAILABLE"
            assert error["extensions"]["retryable"] is True
            assert int(headers["Retry-After"]) == error["extensions"]["retryAfterSeconds"] > 0
            assert "Nothing is lost" in error["message"]
            status, body = service.request("GET", "/readyz")
            assert (status, json.loads(body)["status"]) == (200, "degraded")
            assert "cannot be reached" in str(json.loads(body)["reasons"])
            server[0] = server[0].restarted()
            caught_up(service)
            answer = asked(service)[1]
            assert len(answer["data"]["lineage"]["nodes"]) == 11
            same_as_its_ledger(service, server[0].url)


@required
def test_a_server_that_stands_still_holds_nobody_up(tmp_path: Path) -> None:
    """Events are taken at once, probes are answered within their second, a queue of questions fails together."""
    with own_server() as server, running(tmp_path / "data", "--store", server[0].url) as service:
        service.post([event(number) for number in range(10)])
        caught_up(service)
        assert len(asked(service)[1]["data"]["lineage"]["nodes"]) == 11
        told: list[dict[str, Any]] = []
        with server[0].standing_still():
            time.sleep(1.2 * IDLE_S)
            began_s = time.monotonic()
            questions = [threading.Thread(target=lambda: told.append(asked(service)[1])) for _ in range(40)]
            for question in questions:
                question.start()
            for number in range(10, 15):
                asked_s = time.monotonic()
                service.post([event(number)])
                status, body = service.request("GET", "/readyz")
                assert (status, json.loads(body)["status"]) == (200, "degraded")
                assert time.monotonic() - asked_s < PROBE_S_MAX
            for question in questions:
                question.join()
            assert time.monotonic() - began_s < READ_S_MAX
        assert [answer["errors"][0]["extensions"]["code"] for answer in told] == ["STORE_UNAVAILABLE"] * 40
        caught_up(service)
        assert len(asked(service)[1]["data"]["lineage"]["nodes"]) == 11
        same_as_its_ledger(service, server[0].url)


def asked(service: Running) -> tuple[http.client.HTTPMessage, dict[str, Any]]:
    """A question's headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    try:
        body = json.dumps({"query": DOWNSTREAM, "variables": SOURCE})
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.headers, json.loads(answer.read())
    finally:
        connection.close()


@required
def test_a_store_that_can_never_be_used_is_refused_at_the_start(tmp_path: Path) -> None:
    """A wrong password, another ledger's graph: exit status 2, and a sentence that says which and what to do."""
    with own_server(password="correct-horse-9") as server:
        url = server[0].url
        wrong = run("serve", "--data", str(tmp_path / "data"), "--port", "0", "--store", url.replace("horse", "zebra"))
        assert wrong.returncode == 2
        assert "refuses the user `neo4j`. Correct user and password in HEADWATER_STORE" in wrong.stderr
        assert "zebra" not in wrong.stderr
        with Neo4jStore(url) as store:
            store.bind("elsewhere.example/ledger")
        foreign = run("serve", "--data", str(tmp_path / "data"), "--port", "0", "--store", url)
        assert foreign.returncode == 2
        assert "was made from another ledger (elsewhere.example/ledger" in foreign.stderr
        assert "headwater graph rebuild" in foreign.stderr
        assert "horse" not in foreign.stderr


@pytest.fixture
def shared_server() -> Iterator[servers.Server]:
    """The run's server, without a graph."""
    with a_server() as running_now:
        with Neo4jStore(running_now.url) as store:
            store.wipe()
        yield running_now


def test_a_rebuild_beside_the_service_shows_in_its_answers(tmp_path: Path, shared_server: servers.Server) -> None:
    """Answers say LAG and why, /readyz too; afterwards the service goes on by itself, and the graph is the same."""
    url = shared_server.url
    with running(tmp_path / "data", "--store", url) as service:
        service.post([event(number) for number in range(600)])
        caught_up(service)
        seen: list[tuple[str, str]] = []

        def look(done: int, total: int) -> None:
            if done < total:
                reasons = asked(service)[1].get("data", {}) or {}
                told = reasons.get("lineage", {}).get("completeness", {}).get("reasons", [])
                seen.extend((reason["code"], reason["message"]) for reason in told)
                seen.append(("readyz", str(json.loads(service.request("GET", "/readyz")[1])["reasons"])))

        assert rebuild(tmp_path / "data", url, read, progress=look, analyse=read_columns) == 600
        expected = "The graph is being made anew from the ledger"
        assert {code for code, message in seen if expected in message} == {"LAG", "readyz"}
        service.post([event(600)])
        caught_up(service)
        assert not asked(service)[1]["data"]["lineage"]["completeness"]["reasons"]
        same_as_its_ledger(service, url)


def test_a_service_that_starts_during_a_rebuild_waits_for_it(tmp_path: Path, shared_server: servers.Server) -> None:
    """It takes events at once, and follows the ledger when the other process has ended."""
    data = tmp_path / "data"
    with claimed(data, patience_s=1), running(data, "--store", shared_server.url) as service:
        service.post([event(0)])
        state = json.loads(service.request("GET", "/readyz")[1])
        assert state["graph"]["lagEntries"] == 1 and state["graph"]["lagSeconds"] < LAG_S_DEGRADED
    with running(data, "--store", shared_server.url) as service:
        with claimed(data, patience_s=30):
            service.post([event(1)])
        caught_up(service)
        assert len(asked(service)[1]["data"]["lineage"]["nodes"]) == 3
