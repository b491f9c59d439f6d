"""Erasure in a real service: received, followed, erased, followed again; nothing of it is left in any file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from collectors.openlineage import read
from collectors.sql.columns import read_columns
from lineage.access.principal import Principal
from lineage.erasure import Preset, Selection
from lineage.erasure.retention import limits
from lineage.ledger import fsck
from lineage.projector import follow
from lineage.projector import rebuild as rebuild_graph
from tests.api.conftest import Service, service, start

__all__ = ["service", "start"]  # fixtures
pytestmark = pytest.mark.slow
ANN, BOB = Principal(actor="ann"), Principal(actor="bob")
UPSTREAM = """query($name: String!) { lineage(of: [{dataset: {namespace: "db", name: $name}}], direction: UPSTREAM) {
  nodes { name } completeness { status reasons { code message } } } }"""


def event(run: int, job: str, source: str, target: str) -> dict[str, Any]:
    """A run that reads one table and writes another."""
    return {
        "eventType": "COMPLETE", "eventTime": f"2026-11-0{run}T10:00:00Z", "producer": "https://example.org/p",
        "run": {"runId": f"00000000-0000-4000-8000-00000000000{run}"}, "job": {"namespace": "etl", "name": job},
        "inputs": [{"namespace": "db", "name": source}], "outputs": [{"namespace": "db", "name": target}],
    }  # fmt: skip


def follow_all(service: Service) -> None:
    """What the projector's process does, until the graph has all."""
    settings = service.context.settings
    size = service.context.ledger.size()
    follow(
        settings.data, settings.store, read, analyse=read_columns, wait=lambda _: None,
        stop=lambda: service.context.graph.applied() >= size,
    )  # fmt: skip


def upstream(service: Service, name: str) -> Any:
    """The answer about a table."""
    answer = service.request(
        "POST", "/graphql", json.dumps({"query": UPSTREAM, "variables": {"name": name}}),
        {"content-type": "application/json"},
    )  # fmt: skip
    return answer.json


def erase(service: Service, selection: Selection) -> None:
    """By two."""
    eraser = service.context.erasing.ledger
    receipt, _ = eraser.propose(selection, "GDPR Art. 17", "DSR-17", ANN)
    assert eraser.approve(receipt.index, BOB).purged


@pytest.fixture
def followed(service: Service) -> Iterator[Service]:
    """Three runs, in the graph."""
    for told in (
        event(1, "load", "orders", "mart"),
        event(2, "load", "orders", "mart"),
        event(3, "side", "tmp_jane_doe", "mart"),
    ):
        assert service.post(told).status == 201
    follow_all(service)
    yield service


def test_answers_say_that_something_was_erased(followed: Service) -> None:
    """What other entries say stays; answers through the nodes that the erased one named are UNKNOWN for ERASED."""
    before = upstream(followed, "mart")["data"]["lineage"]
    assert {node["name"] for node in before["nodes"]} == {"mart", "orders", "tmp_jane_doe"}
    assert before["completeness"]["status"] == "COMPLETE"
    erase(followed, Selection(entries=((2, 3),)))
    follow_all(followed)
    after = upstream(followed, "mart")["data"]["lineage"]
    assert {node["name"] for node in after["nodes"]} == {"mart", "orders"}
    assert after["completeness"]["status"] == "UNKNOWN"
    assert [reason["code"] for reason in after["completeness"]["reasons"]] == ["ERASED"]
    assert "errors" in upstream(followed, "tmp_jane_doe")


def test_nothing_of_it_is_left_in_any_file(followed: Service) -> None:
    """Neither the name nor a hash of it, in the ledger, the graph, the projector's state or the access log."""
    erase(followed, Selection(search="tmp_jane_doe"))
    follow_all(followed)
    data = followed.context.settings.data
    deeds = followed.context.erasing.ledger.record.standing().deeds
    ((_, deed),) = deeds.values()
    assert set(deed.touched) == {2} and len(deed.touched[2]) == 1, (
        "only `mart` is known otherwise: not `side`, not Jane"
    )
    followed.context.readers.close()
    for path in data.rglob("*"):
        if path.is_file():
            assert b"jane" not in path.read_bytes().lower(), path
    assert fsck(data / "ledger.sqlite").exit_code == 0


def test_a_rebuilt_graph_is_the_followed_one(followed: Service) -> None:
    """The mark included."""
    erase(followed, Selection(entries=((0, 1),)))
    follow_all(followed)
    live = upstream(followed, "mart")
    settings = followed.context.settings
    rebuild_graph(settings.data, settings.store, read, analyse=read_columns)
    assert upstream(followed, "mart") == live
    assert live["data"]["lineage"]["completeness"]["reasons"][0]["code"] == "ERASED"


def test_limits_are_kept_in_both_logs(followed: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Received bytes after 30 days, reads after 400; the graph stays as it is, and its answers COMPLETE."""
    import api.erasing
    import lineage.erasure.eraser as eraser

    erasing = followed.context.erasing
    assert erasing.apply_limits() is None
    erasing.ledger.set_limits(limits(Preset.MINIMAL, {}, "policy"), ANN)
    assert [each.parts for each in erasing.apply_limits() or ()] == [0, 0]
    real = api.erasing._now_us
    days = 24 * 3600 * 1_000_000
    for made in (erasing.ledger, erasing._access):
        monkeypatch.setattr(made, "_clock", lambda: real() + 500 * days)
    assert eraser.PARTS_AT_ONCE > 3
    in_ledger, in_access = erasing.apply_limits() or (None, None)
    assert in_ledger is not None and in_access is not None
    assert in_ledger.parts == 3 and followed.context.ledger.part(0, "raw") is None
    assert in_access.parts == 0 or followed.context.access_log.ledger.part(0, "norm") is None
    follow_all(followed)
    assert upstream(followed, "mart")["data"]["lineage"]["completeness"]["status"] == "COMPLETE"
    for name in ("ledger.sqlite", "access.sqlite"):
        assert fsck(followed.context.settings.data / name).exit_code == 0
