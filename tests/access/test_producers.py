"""A producer's key speaks for its own namespaces and for no others, event by event."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from api.access import producers
from lineage.access.keys import Rights
from lineage.access.principal import Principal, Scope
from lineage.access.speaking import may_speak_for
from tests.access.making import make
from tests.api.conftest import Service, Start, event

OWN = ("tests", "db://a", "postgres://db:5432", "s3://lake*")


@pytest.fixture
def service(start: Start) -> Service:
    """Asked with the key of a producer of some namespaces."""
    made = start()
    _, token = make(made.context.doors.keys, "etl", Rights(frozenset({Scope.INGEST}), OWN), by="t", now_us=1)
    made.extra_headers["Authorization"] = f"Bearer {token}"
    return made


def dataset(namespace: str, name: str = "t", **facets: Any) -> dict[str, Any]:
    return {"namespace": namespace, "name": name, "facets": facets}


def linked(namespace: str) -> dict[str, Any]:
    return {"identifiers": [{"namespace": namespace, "name": "other", "type": "TABLE"}]}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"inputs": [dataset("hive://elsewhere"), dataset("db://b", schema={"fields": [{"name": "id"}]})]},
        {"outputs": [dataset("s3://lakehouse/x"), dataset("postgresql://DB")]},
        {"outputs": [dataset("db://a", symlinks=linked("s3://lake"))]},
        {"outputs": []},
    ],
    ids=["own", "reads elsewhere", "beginning and other spelling", "own link", "reads only"],
)
def test_what_is_ones_own_is_taken(service: Service, changed: dict[str, Any]) -> None:
    """Reading crosses borders; every spelling of an own namespace is an own one."""
    assert service.post(event(1, **changed)).status == 201


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"job": {"namespace": "other", "name": "j"}}, "other"),
        ({"outputs": [dataset("db://b")]}, "db://b"),
        ({"outputs": [dataset("db://a"), dataset("db://aa")]}, "db://aa"),
        ({"outputs": [dataset("db://a", symlinks=linked("db://b"))]}, "db://b"),
        ({"inputs": [dataset("db://a", symlinks=linked("db://b"))]}, "db://b"),
        ({"inputs": [dataset("db://b", symlinks=linked("db://a"))]}, "db://b"),
        ({"inputs": [dataset("db://b", tags={"tags": [{"key": "public", "value": "true"}]})]}, "db://b"),
        ({"inputs": [dataset("db://b", ownership={"owners": [{"name": "me"}]})]}, "db://b"),
        ({"outputs": [dataset("S3://other")]}, "S3://other"),
        (
            {"outputs": [dataset("db://a", lifecycleStateChange={
                "lifecycleStateChange": "RENAME", "previousIdentifier": {"namespace": "db://b", "name": "t"}})]},
            "db://b",
        ),
        (
            {"job": {"namespace": "tests", "name": "j", "facets": {"lineage": {"entries": [
                {"namespace": "db://b", "name": "t", "inputs": [{"namespace": "db://a", "name": "s", "type": "DATASET"}]}]}}}},
            "db://b",
        ),
    ],
    ids=["job", "output", "second output", "output's link", "own input's link", "input's link", "tags", "owner",
         "other bucket", "renamed", "explicit lineage"],
)  # fmt: skip
def test_what_is_anothers_is_refused_and_on_record(service: Service, changed: dict[str, Any], told: str) -> None:
    """403, which a client does not retry; the entry has the reason and the bytes, and is no event."""
    sent = event(1, **changed)
    answer = service.post(sent)
    assert answer.status == 403
    assert (answer.json["code"], answer.json["scope"]) == ("FORBIDDEN", "lineage:ingest")
    assert told in answer.json["detail"]
    ledger = service.context.ledger
    assert (ledger.size(), ledger.leaf(0).kind) == (1, "reject")
    assert orjson.loads(ledger.part(0, "raw") or b"") == sent
    assert told in orjson.loads(ledger.part(0, "norm") or b"")["message"]
    assert service.context.dead_letters.counts() == (0, 0)


def test_a_dataset_event_speaks_for_its_dataset(service: Service) -> None:
    """A catalogue of others' tables is not a producer's to send."""
    fields = {"eventTime": "2026-11-01T10:00:00Z", "producer": "https://example.org", "schemaURL": "x"}
    assert service.post({**fields, "dataset": dataset("db://a")}).status == 201
    assert service.post({**fields, "dataset": dataset("db://b")}).status == 403


def test_of_many_each_is_judged_for_itself(service: Service) -> None:
    """In an array and in a batch: what is one's own is kept, what is not is named by its place."""
    many = [event(1), event(2, outputs=[dataset("db://b")]), event(3)]
    answer = service.post(many)
    assert answer.status == 201
    assert (answer.json["count"], answer.json["refusedCount"]) == (2, 1)
    assert (answer.json["refused"][0]["position"], answer.json["refused"][0]["code"]) == (1, "FORBIDDEN")
    batch = service.post(many, "/api/v1/lineage/batch")
    assert batch.status == 200
    assert batch.json["summary"] | {"failed": 1, "successful": 2, "received": 3} == batch.json["summary"]
    (failed,) = batch.json["failed_events"]
    assert failed["index"] == 1 and failed["reason"].startswith("FORBIDDEN: ") and failed["retriable"] is False
    kinds = [service.context.ledger.leaf(index).kind for index in range(service.size())]
    assert kinds == ["ol.event", "reject", "ol.event"] * 2


def test_what_cannot_be_read_is_a_dead_letter_as_ever(service: Service) -> None:
    """Rubbish speaks for nobody; whoever replays it later does so in their own name."""
    assert "deadLetter" in service.post(b"{ rubbish").json
    assert service.context.ledger.leaf(0).kind == "ol.event"


def test_a_flood_of_refused_events_fills_no_disk(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many entries a minute, small ones; the next one says how many were left out."""
    flood = [event(number, outputs=[dataset("db://b")]) for number in range(100)]
    assert service.post(flood).status == 403
    assert service.size() == producers.EACH_MINUTE
    monkeypatch.setattr("api.access.budget.WINDOW_S", 0.0)
    large = event(1, outputs=[dataset("db://b", x={"filler": "x" * producers.RAW_BYTES_MAX})])
    assert service.post(large).status == 403
    last = service.size() - 1
    told = orjson.loads(service.context.ledger.part(last, "norm") or b"")
    assert (told["leftOut"], len(told["sha256"])) == (40, 64)
    assert service.context.ledger.leaf(last).position("raw") is None


@pytest.mark.parametrize(
    ("namespace", "may"),
    [
        ("postgres://db:5432", True),
        ("postgresql://DB:5432", True),
        ("jdbc:postgresql://db", True),
        ("postgres://db:5433", False),
        ("postgres://db.evil:5432", False),
        ("s3://lake", True),
        ("S3A://lakeside", True),
        ("s3://la", False),
        ("", False),
    ],
)
def test_a_namespace_is_known_in_every_spelling(namespace: str, may: bool) -> None:
    """By its normal form, so that neither a synonym locks out nor a look-alike gets in."""
    principal = Principal("p", "key:p", frozenset({Scope.INGEST}), OWN)
    assert may_speak_for(principal, namespace) is may
