"""Erasure over GraphQL: two people, scopes, holds, limits, and what is on record of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from api import graphql
from api.context import AppContext
from api.gate import PRINCIPAL
from lineage.access.principal import ALL_SCOPES, Principal, Scope
from lineage.ledger import Draft
from tests.graphql.conftest import SHOP
from tests.graphql.service import context_over

PROPOSE = """mutation($input: ProposeErasureInput!) { proposeErasure(input: $input) {
  index actor basis request partCount ranges { part start stop } } }"""
APPROVE = "mutation($p: Long!) { approveErasure(proposal: $p) { index parts keys purged } }"
WITHDRAW = 'mutation($p: Long!) { withdrawErasure(proposal: $p, reason: "wrong") { index } }'
HOLD = "mutation($input: LegalHoldInput!) { setLegalHold(input: $input) { index leafHash } }"
LIFT = 'mutation($h: Long!) { liftLegalHold(hold: $h, reason: "over") { index } }'
RETENTION = """mutation($input: RetentionInput!) { setRetention(input: $input) {
  preset limits { payloadClass days } reason } }"""
APPLY = "mutation { applyRetention { index parts keys } }"
RECORD = """{ erasures { totalCount nodes { index cause basis request proposedBy approvedBy partCount
  ranges { part start stop } } } erasureProposals { nodes { index } } legalHolds { nodes { index classes
  entries { start stop } reason } } retention { preset limits { payloadClass days } } }"""
BASIS = {"basis": "GDPR Art. 17(1)(b)", "request": "DSR-17"}
PEOPLE = {
    "ann": Principal(actor="ann"),
    "bob": Principal(actor="bob"),
    "narrow": Principal(actor="narrow", namespaces=("a",)),
    "proposer": Principal(actor="proposer", scopes=frozenset({Scope.ERASE_PROPOSE})),
    "reader": Principal(actor="reader", scopes=ALL_SCOPES - {Scope.ERASE_PROPOSE, Scope.ERASE_APPROVE}),
}


@dataclass(frozen=True)
class AsHeaderSays:
    """The gate's part: who asks stands in a header."""

    app: ASGIApp

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[PRINCIPAL] = PEOPLE[dict(scope["headers"])[b"as"].decode()]
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Service:
    """The endpoint, asked by several people."""

    client: TestClient
    context: AppContext

    def ask(self, by: str, document: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.client.post("/graphql", json={"query": document, "variables": variables}, headers={"as": by})
        told = answer.json()
        assert "errors" not in told, told["errors"]
        return told["data"]

    def refused(self, by: str, document: str, **variables: Any) -> str:
        """The code of an answer's first error."""
        answer = self.client.post("/graphql", json={"query": document, "variables": variables}, headers={"as": by})
        return str(answer.json()["errors"][0]["extensions"]["code"])


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Entry 10 names Jane in what was received."""
    context, _ = context_over(tmp_path, SHOP)
    assert context.ledger.append([Draft("ol.event", {"raw": b"WHERE n = 'Jane Doe'", "norm": b"{}"})])[0].index == 10

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> Any:
        yield
        await context.close()

    app = FastAPI(lifespan=lifespan)
    app.include_router(graphql.router(context))
    app.add_middleware(AsHeaderSays)
    with TestClient(app) as client:
        yield Service(client, context)


def test_a_search_is_proposed_approved_and_on_record(service: Service) -> None:
    """The text itself stands in no log; the access log says that somebody searched."""
    proposed = service.ask("ann", PROPOSE, input={**BASIS, "personalText": "jane doe"})["proposeErasure"]
    assert proposed == {
        "index": "11", "actor": "ann", **BASIS, "partCount": "1",
        "ranges": [{"part": "raw", "start": "10", "stop": "11"}],
    }  # fmt: skip
    assert service.ask("ann", RECORD)["erasureProposals"]["nodes"] == [{"index": "11"}]
    assert service.refused("ann", APPROVE, p="11") == "CONFLICT"
    done = service.ask("bob", APPROVE, p="11")["approveErasure"]
    assert done == {"index": "12", "parts": "1", "keys": [], "purged": True}
    record = service.ask("bob", RECORD)
    assert record["erasureProposals"]["nodes"] == []
    assert record["erasures"] == {
        "totalCount": 1,
        "nodes": [
            {
                "index": "12", "cause": "REQUEST", **BASIS, "proposedBy": "ann", "approvedBy": "bob", "partCount": "1",
                "ranges": [{"part": "raw", "start": "10", "stop": "11"}],
            }
        ],
    }  # fmt: skip
    access = service.context.access_log.ledger
    operations = [(leaf.actor, parts["norm"]) for leaf, parts in access.payloads(0, access.size())]
    assert operations[0][0] == "ann" and b"proposeErasure: search" in operations[0][1]
    for ledger in (service.context.ledger, access):
        said = [part for _, parts in ledger.payloads(0, ledger.size()) for part in parts.values()]
        assert not [part for part in said if b"jane" in part.lower()]


def test_who_may_not_is_refused_and_sees_nothing(service: Service) -> None:
    """By scope; and one who does not see every entry can neither erase nor learn what was erased."""
    proposal = {"input": {**BASIS, "indexes": ["10"]}}
    assert service.refused("reader", PROPOSE, **proposal) == "FORBIDDEN"
    assert service.refused("narrow", PROPOSE, **proposal) == "FORBIDDEN"
    index = service.ask("proposer", PROPOSE, **proposal)["proposeErasure"]["index"]
    assert service.refused("reader", APPROVE, p=index) == "FORBIDDEN"
    assert service.refused("proposer", APPROVE, p=index) == "FORBIDDEN"
    service.ask("bob", APPROVE, p=index)
    seen = service.ask("narrow", RECORD)
    assert seen["erasures"] == {"totalCount": 0, "nodes": []} and seen["legalHolds"]["nodes"] == []


def test_an_erased_statement_holds_no_longer(service: Service) -> None:
    """An owner is a person's name: erased, it is in no list, though nobody took it back."""
    stated = service.ask(
        "ann",
        """mutation { stateFact(input: {kind: OWNER, about: {kind: DATASET, namespace: "n", name: "orders"},
          value: "Jane Doe", reason: "asked"}) { index } }""",
    )["stateFact"]["index"]
    assert service.ask("ann", "{ statedFacts { nodes { index } } }")["statedFacts"]["nodes"] == [{"index": stated}]
    proposal = service.ask("ann", PROPOSE, input={**BASIS, "indexes": [stated]})["proposeErasure"]
    service.ask("bob", APPROVE, p=proposal["index"])
    assert service.ask("ann", "{ statedFacts { nodes { index } } }")["statedFacts"]["nodes"] == []


def test_holds_are_set_listed_and_lifted(service: Service) -> None:
    """A hold stops a proposal until it is lifted."""
    held = service.ask("ann", HOLD, input={"reason": "case 4", "entries": [{"start": "10", "stop": "11"}]})
    index = held["setLegalHold"]["index"]
    assert service.ask("bob", RECORD)["legalHolds"]["nodes"] == [
        {"index": index, "classes": [], "entries": [{"start": "10", "stop": "11"}], "reason": "case 4"}
    ]
    assert service.refused("ann", PROPOSE, input={**BASIS, "indexes": ["10"]}) == "CONFLICT"
    service.ask("bob", LIFT, h=index)
    proposal = service.ask("ann", PROPOSE, input={**BASIS, "indexes": ["10"]})["proposeErasure"]
    assert proposal["partCount"] == "2"
    service.ask("bob", WITHDRAW, p=proposal["index"])
    assert service.refused("bob", APPROVE, p=proposal["index"]) == "NOT_FOUND"


def test_limits_are_set_shown_and_applied(service: Service) -> None:
    """Everything is kept until somebody says otherwise; what is young stays."""
    assert service.ask("ann", RECORD)["retention"] == {"preset": "KEEP", "limits": []}
    assert service.ask("ann", APPLY)["applyRetention"] == {"index": None, "parts": "0", "keys": []}
    said = {"preset": "MINIMAL", "reason": "policy 7", "changes": [{"payloadClass": "ACCESS", "days": 183}]}
    limits = [{"payloadClass": "ACCESS", "days": 183}, {"payloadClass": "DEAD_LETTER", "days": 30},
              {"payloadClass": "RAW", "days": 30}]  # fmt: skip
    done = service.ask("ann", RETENTION, input=said)["setRetention"]
    assert done == {"preset": "MINIMAL", "limits": limits, "reason": "policy 7"}
    assert service.ask("ann", RECORD)["retention"] == {"preset": "MINIMAL", "limits": limits}
    assert service.ask("ann", APPLY)["applyRetention"]["parts"] == "0"
    said["changes"] = [{"payloadClass": "NORM", "days": 10}]
    assert service.refused("ann", RETENTION, input=said) == "BAD_INPUT"


def test_the_report_comes_in_pages(service: Service) -> None:
    """Each page goes on where the one before ended; a cursor of another list is refused."""
    for index in ("8", "9"):
        proposal = service.ask("ann", PROPOSE, input={**BASIS, "indexes": [index]})["proposeErasure"]["index"]
        service.ask("bob", APPROVE, p=proposal)
    page = """query($after: String) { erasures(first: 1, after: $after) {
      totalCount nodes { ranges { start } } pageInfo { hasNextPage endCursor } } }"""
    first = service.ask("ann", page)["erasures"]
    second = service.ask("ann", page, after=first["pageInfo"]["endCursor"])["erasures"]
    assert [each["nodes"][0]["ranges"][0]["start"] for each in (first, second)] == ["8", "9"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (
        2,
        True,
        False,
    )
    proposals = [service.ask("ann", PROPOSE, input={**BASIS, "indexes": [n]})["proposeErasure"]["index"] for n in "012"]
    waiting = page.replace("erasures", "erasureProposals").replace("ranges { start }", "index")
    first_waiting = service.ask("ann", waiting)["erasureProposals"]
    service.ask("bob", APPROVE, p=proposals[0])  # and so it waits no more
    next_waiting = service.ask("ann", waiting, after=first_waiting["pageInfo"]["endCursor"])["erasureProposals"]
    assert [each["nodes"][0]["index"] for each in (first_waiting, next_waiting)] == proposals[:2]
    other = "query($after: String) { legalHolds(first: 1, after: $after) { totalCount } }"
    assert service.refused("ann", other, after=first["pageInfo"]["endCursor"]) == "BAD_CURSOR"


def test_selections_that_cannot_be_are_refused(service: Service) -> None:
    """Nothing selected, a range that runs backwards, entries that are not there, no basis."""
    for selection, code in (
        ({}, "BAD_INPUT"),
        ({"ranges": [{"start": "3", "stop": "3"}]}, "BAD_INPUT"),
        ({"indexes": ["99"]}, "NOT_FOUND"),
        ({"personalText": "ja"}, "BAD_INPUT"),
        ({"indexes": ["10"], "basis": ""}, "BAD_INPUT"),
        ({"indexes": [str(at) for at in range(99, 10_099)]}, "NOT_FOUND"),
        ({"indexes": [str(at) for at in range(10_001)]}, "LIMIT"),
    ):
        assert service.refused("ann", PROPOSE, input={**BASIS, **selection}) == code
