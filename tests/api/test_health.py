"""Probes, metrics, the list of events, and the description of it all."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.health import GRAPH_WAIT_S, Look
from lineage.errors import LedgerError, StoreError
from lineage.ledger import Draft
from tests.api.conftest import Service

Event = Callable[..., dict[str, Any]]


def test_a_new_service_is_ready(service: Service) -> None:
    """200 with sizes, before the first event."""
    assert service.request("GET", "/healthz").json == {"status": "ok"}
    answer = service.request("GET", "/readyz")
    assert (answer.status, answer.json["status"]) == (200, "ready")
    assert answer.json["ledger"] == {"size": 0, "appends": True}
    assert answer.json["graph"] == {"index": 0, "lagEntries": 0, "lagSeconds": 0.0}


def test_a_graph_that_is_behind_shows_its_lag(service: Service, event: Event) -> None:
    """The age of the oldest entry that is not in the graph, and how many there are."""
    service.post([event(1), event(2)])
    graph = service.request("GET", "/readyz").json["graph"]
    assert (graph["index"], graph["lagEntries"]) == (0, 2)
    assert 0 <= graph["lagSeconds"] < 30


def test_a_lost_graph_is_degraded_not_unready(service: Service, monkeypatch: pytest.MonkeyPatch, event: Event) -> None:
    """Events that are refused are lost; answers that are old are only old."""

    def lost() -> int:
        raise StoreError("The graph is away. Start it.", retryable=True)

    monkeypatch.setattr(service.context.graph, "applied", lost, raising=False)
    answer = service.request("GET", "/readyz")
    assert (answer.status, answer.json["status"]) == (200, "degraded")
    assert answer.json["reasons"] == ["The graph is away. Start it."]
    assert service.post(event()).status == 201


def test_a_ledger_that_cannot_append_is_unready(
    service: Service, monkeypatch: pytest.MonkeyPatch, event: Event
) -> None:
    """503 for the event and for the probe, until an append succeeds again."""

    def full(_self: object, _drafts: list[Draft]) -> None:
        raise LedgerError("The disk is full. Free space, then send again.", retryable=True)

    monkeypatch.setattr(type(service.context.ledger), "append", full)
    refused = service.post(event())
    assert (refused.status, refused.json["code"]) == (503, "LEDGER")
    assert refused.headers["retry-after"]
    answer = service.request("GET", "/readyz")
    assert (answer.status, answer.json["status"]) == (503, "unready")
    assert "The disk is full" in answer.json["reasons"][0]
    monkeypatch.undo()
    assert service.post(event()).status == 201
    assert service.request("GET", "/readyz").json["status"] == "ready"


def test_metrics_count_what_happened(service: Service, event: Event) -> None:
    """Prometheus' text form, with labels from fixed sets only."""
    service.post(event())
    service.post(b"rubbish")
    service.request("GET", "/some/name/that/anybody/chose")
    answer = service.request("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = answer.body.decode()
    told = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert told["headwater_events_accepted_total",] == told["headwater_ledger_size",] == 2
    assert told["headwater_http_requests_total", "/api/v1/lineage", "201"] == 2
    assert told["headwater_http_request_seconds_count", "/api/v1/lineage"] == 2
    assert [value for name, value in told.items() if name[0] == "headwater_dead_letters_total"] == [1]
    assert "anybody" not in text


def test_the_latest_events_are_listed_as_marquez_does(service: Service, event: Event) -> None:
    """Newest first by event time, bounded, without dead letters, from the normalised form."""
    service.post([event(1), event(3), {"no": "event"}, event(2)])
    answer = service.request("GET", "/api/v1/events/lineage?limit=2").json
    assert [each["job"]["name"] for each in answer["events"]] == ["job3", "job2"]
    between = "before=2026-11-01T10:00:03Z&after=2026-11-01T10:00:01Z"
    answer = service.request("GET", f"/api/v1/events/lineage?{between}").json
    assert [each["job"]["name"] for each in answer["events"]] == ["job2", "job1"]
    assert answer["complete"] is True


def test_the_description_has_every_address(service: Service) -> None:
    """/openapi.json speaks of the plain endpoints, too."""
    paths = service.request("GET", "/openapi.json").json["paths"]
    for path in (
        "/api/v1/lineage",
        "/api/v1/lineage/batch",
        "/api/v1/events/{index}",
        "/healthz",
        "/readyz",
        "/metrics",
    ):
        assert path in paths
    assert "201" in paths["/api/v1/lineage"]["post"]["responses"]


def test_a_probe_does_not_wait_for_a_graph_that_does_not_answer() -> None:
    """It is told so within half a second; who comes meanwhile asks nothing anew; what is answered at last is told."""
    answers, asked = threading.Event(), []

    def ask() -> int:
        asked.append(1)
        answers.wait()
        return 7

    look = Look(ask)
    for _ in range(2):
        began_s = time.monotonic()
        with pytest.raises(StoreError, match="does not answer") as caught:
            look()
        assert caught.value.retryable
        assert time.monotonic() - began_s < 10 * GRAPH_WAIT_S
    assert len(asked) == 1
    answers.set()
    assert look() == 7


def test_each_probe_is_told_anew() -> None:
    """Nothing is remembered, and the graph's own error is told as it is."""
    told = iter([3, 4])
    look = Look(lambda: next(told))
    assert (look(), look()) == (3, 4)

    def away() -> int:
        raise StoreError("It is away.", retryable=True)

    with pytest.raises(StoreError, match="It is away"):
        Look(away)()
