"""Who saw what: each GraphQL operation and each read of an address is an entry, with what it saw."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.access import log as access_log
from api.access.objects import ids_in
from lineage.access.principal import ANONYMOUS, Principal, Scope
from lineage.access.reads import OBJECTS, Account, Read, ReadKind, account_of, objects_of
from lineage.facts import Node, NodeKind
from lineage.ids import NodeId
from lineage.query import answers as data
from tests.graphql.conftest import SHOP
from tests.graphql.service import Endpoint, endpoint

LINEAGE = """query Blast($of: [NodeRef!]!) { lineage(of: $of, direction: DOWNSTREAM) { nodes { name } } }"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Endpoint]:
    with endpoint(tmp_path, SHOP) as made:
        yield made


def written(shop: Endpoint) -> list[tuple[Account, tuple[str, ...]]]:
    """All entries of the access log, once nothing waits any more."""
    ledger = shop.context.access_log.ledger
    asyncio.run(shop.context.access_log.close())
    return [
        (account_of(ledger.leaf(index), ledger.part(index, "norm")), objects_of(ledger.part(index, OBJECTS)))
        for index in range(ledger.size())
    ]


def test_an_operation_is_one_entry_with_all_that_it_saw(shop: Endpoint) -> None:
    """By ids, although the client asked for names only; with the document's hash, its variables and the purpose."""
    variables = {"of": [{"dataset": {"namespace": "n", "name": "customers"}}]}
    asked = shop.client.post(
        "/graphql",
        json={"query": LINEAGE, "variables": variables},
        headers={"X-Headwater-Purpose": "ticket 4711 ", "X-Request-Id": "r-1"},
    ).json()
    names = {node["name"] for node in asked["data"]["lineage"]["nodes"]}
    assert {"customers", "features", "model"} <= names
    ((told, objects),) = written(shop)
    assert (told.kind, told.operation, told.decision, told.purpose) == ("read", "Blast", "allowed", "ticket 4711")
    assert told.document_hash == hashlib.sha256(LINEAGE.encode()).hexdigest()
    assert orjson.loads(told.variables) == variables
    assert {shop.graph.id(name) for name in ("customers", "features", "model")} <= set(objects)
    assert told.object_count == len(objects)


@pytest.mark.parametrize(
    ("document", "decision"),
    [
        ('{ dataset(namespace: "n", name: "nothing") { name } }', "NOT_FOUND"),
        ("{ dataset", "BAD_QUERY"),
        ("{ nothing }", "BAD_QUERY"),
        ("{ __typename }", "allowed"),
    ],
)
def test_what_failed_is_on_record_too(shop: Endpoint, document: str, decision: str) -> None:
    """A question for what does not exist may be somebody feeling their way."""
    shop.client.post("/graphql", json={"query": document})
    assert [(told.kind, told.decision) for told, _ in written(shop)] == [("read", decision)]


def test_what_is_refused_is_a_deny_with_the_scope_that_lacked(tmp_path: Path) -> None:
    """A key that only ingests reads nothing, and that it tried is known."""
    producer = Principal("p", "key:p", frozenset({Scope.INGEST}))
    with endpoint(tmp_path, SHOP, principal=producer) as shop:
        assert shop.refused("{ ledger { size } }") == {"code": "FORBIDDEN", "scope": "lineage:read"}
        ((told, _),) = written(shop)
    assert (told.kind, told.decision, told.actor, told.auth) == ("deny", "FORBIDDEN, lineage:read", "p", "key:p")


def test_an_answer_that_cannot_be_recorded_is_not_given(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads stop when the access log is full."""
    monkeypatch.setattr(access_log, "WAITING_MAX", 0)
    answer = shop.answer("{ ledger { size } }")
    assert answer.get("data") is None
    assert answer["errors"][0]["extensions"]["code"] == "OVERLOADED"


def test_ids_are_found_by_type_wherever_they_stand() -> None:
    """One, several, within others, in any collection; what only looks like none of them is left alone."""
    node = Node(NodeId("hw:a"), NodeKind.DATASET, "n", "x")
    page = data.VersionPage(node, "1", 0, NodeId("hw:run"), None)
    reason = data.CompletenessReason(data.ReasonCode.LAG, "hw:message", 1, (NodeId("hw:b"), NodeId("hw:c")))
    assert ids_in([page, reason, {"k": (NodeId("hw:d"),)}, ValueError("hw:e"), "hw:f", "other", 3, None]) == {
        *("hw:a", "hw:run", "hw:b", "hw:c", "hw:d", "hw:f")
    }
    assert ids_in((reason, reason)) == {"hw:b", "hw:c"}


ENTRIES = """query Who($filter: AccessFilter, $first: Int, $after: String) {
  accessEntries(filter: $filter, first: $first, after: $after) {
    nodes { index time kind actor auth operation documentHash variables purpose decision objectCount objects(first: 3) }
    edges { cursor node { index } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""


def seen(shop: Endpoint, after: str | None = None, first: int = 50, **wanted: object) -> Any:
    """A page of the access log, once all of it is on disk."""
    log = shop.context.access_log
    until = time.monotonic() + 5
    while log.waiting and time.monotonic() < until:
        time.sleep(0.01)
    return shop.ask(ENTRIES, filter=wanted or None, first=first, after=after)["accessEntries"]


def test_who_saw_what_is_a_question(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Q15 of the audit questions: who viewed this dataset, by any of its ids and with all that is in it."""
    monkeypatch.setattr(access_log, "BATCH_S", 0.0)
    shop.ask('query One { dataset(namespace: "n", name: "orders") { columns { name } } }')
    shop.ask(LINEAGE, of=[{"dataset": {"namespace": "n", "name": "features"}}])
    shop.ask('query Column { find(of: {dataset: {namespace: "n", name: "customers", column: "email"}}) { id } }')
    operations = [node["operation"] for node in seen(shop)["nodes"]]
    assert operations == ["Column", "Blast", "One"]
    model = seen(shop, object=shop.graph.id("model"))["nodes"]
    assert [node["operation"] for node in model] == ["Blast"]
    assert model[0]["objectCount"] >= len(model[0]["objects"]) > 0
    document = "query($object: ID!) { accessEntries(filter: {object: $object}) { nodes { objects(first: 1000) } } }"
    told = shop.ask(document, object=shop.graph.id("model"))["accessEntries"]["nodes"][0]["objects"]
    assert shop.graph.id("model") in told and told == sorted(told)
    customers = seen(shop, object=shop.graph.id("customers"))["nodes"]
    assert "Column" in [node["operation"] for node in customers]
    assert seen(shop, object="hw:nothing")["nodes"] == []
    assert seen(shop, kinds=["DENY"])["nodes"] == []
    assert seen(shop, actor="somebody")["nodes"] == []
    assert seen(shop, since="2100-01-01T00:00:00Z")["nodes"] == []
    assert seen(shop, until="2001-01-01T00:00:00Z")["nodes"] == []


def test_pages_of_what_an_entry_saw_partition_it(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each id is a place, and so is what could stand between two: the next entry of a page saw others."""
    monkeypatch.setattr(access_log, "BATCH_S", 0.0)
    shop.ask(LINEAGE, of=[{"dataset": {"namespace": "n", "name": "features"}}])
    assert [node["operation"] for node in seen(shop)["nodes"]] == ["Blast"]
    newer = seen(shop, first=1)["pageInfo"]["endCursor"]  # every question for the log is itself on record
    document = """query($newer: String, $first: Int, $after: String) {
      accessEntries(first: 1, after: $newer) { nodes { operation objects(first: $first, after: $after) } } }"""

    def objects(first: int | None = None, after: str | None = None) -> list[str]:
        ((operation, ids),) = (
            each.values()
            for each in shop.ask(document, newer=newer, first=first, after=after)["accessEntries"]["nodes"]
        )
        assert operation == "Blast"
        return list(ids)

    whole, found = objects(), list[str]()
    while page := objects(2, found[-1] if found else None):
        assert len(page) == min(2, len(whole) - len(found))
        found += page
    assert found == whole == sorted(whole) and len(whole) > 2
    assert objects(after="") == whole and objects(after=whole[0] + "0") == whole[1:] and objects(after="hw:~") == []
    assert shop.refused(document, newer=newer, first=-1) == {"code": "BAD_INPUT", "place": "first"}


def test_pages_of_the_access_log_partition_it(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first, though each page is itself on record; another list's cursor is refused; a page reads only so much."""
    monkeypatch.setattr(access_log, "BATCH_S", 0.0)
    for number in range(7):
        shop.ask(f"query Q{number} {{ ledger {{ size }} }}")
    page = seen(shop, first=3)
    found = [node["operation"] for node in page["nodes"]]
    while page["pageInfo"]["hasNextPage"]:
        page = seen(shop, after=page["pageInfo"]["endCursor"], first=3)
        found += [node["operation"] for node in page["nodes"]]
    assert found == [f"Q{number}" for number in reversed(range(7))]
    cursor = seen(shop, first=1)["pageInfo"]["endCursor"]
    assert shop.refused(ENTRIES, filter={"actor": "x"}, after=cursor)["code"] == "BAD_CURSOR"
    monkeypatch.setattr("lineage.access.history.SCANNED_MAX", 2)
    page = seen(shop, kinds=["EXPORT"])
    assert page["nodes"] == [] and page["pageInfo"]["hasNextPage"]


def test_whoever_does_not_see_everything_sees_their_own_reads(tmp_path: Path) -> None:
    """Others' variables and ids may be of what is hidden."""
    limited = Principal("p", "key:p", frozenset({Scope.READ, Scope.AUDIT_READ}), ("n",))
    with endpoint(tmp_path, SHOP, principal=limited) as shop:
        asyncio.run(shop.context.access_log.record(Read(ReadKind.READ, ANONYMOUS, "secret")))
        asyncio.run(shop.context.access_log.record(Read(ReadKind.READ, limited, "own")))
        assert [node["operation"] for node in seen(shop)["nodes"]] == ["own"]
        assert seen(shop, actor="anonymous")["nodes"] == []
