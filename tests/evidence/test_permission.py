"""Who may ask, prove, disclose and export what; and that a pack holds nothing that its maker may not see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import evidence, graphql, problems
from api.context import AppContext, open_context
from lineage.access.principal import ALL_SCOPES, Principal, Scope
from lineage.errors import HeadwaterError
from lineage.evidence.questions import NamedAuditQuery
from lineage.settings import Settings
from tests.evidence.company import company
from tests.evidence.serving import Service
from tests.evidence.signed import unpacked
from tests.evidence.test_graphql import ANSWER, EXPORT
from tests.evidence.test_packs import ASKED
from tests.graphql.service import Asking

Q = NamedAuditQuery
WAREHOUSE_ONLY = Principal("a_limited", "key", namespaces=("warehouse", "etl"))


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> AppContext:
    """The lender's data folder, open."""
    folder = tmp_path_factory.mktemp("lender")
    with company(folder):
        pass
    return open_context(Settings(data=folder))


@pytest.fixture(scope="module", autouse=True)
def closed(context: AppContext) -> Iterator[None]:
    """Let go of the files at the end."""
    yield
    with TestClient(FastAPI()) as client:
        client.portal.call(context.close)  # type: ignore[union-attr]


@contextmanager
def asked_by(context: AppContext, principal: Principal) -> Iterator[Service]:
    """The service as one principal asks it."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> Any:
        yield

    app = FastAPI(lifespan=lifespan, exception_handlers={HeadwaterError: problems.on_headwater_error})
    app.include_router(graphql.router(context))
    app.include_router(evidence.router(context.packs))
    app.add_middleware(Asking, principal=principal)
    with TestClient(app) as client:
        yield Service(client, context)


def without(*scopes: Scope) -> Principal:
    return Principal("a_some", "key", scopes=ALL_SCOPES - set(scopes))


@pytest.mark.parametrize(
    ("lacks", "document"),
    [
        (Scope.AUDIT_READ, "{ entry(index: 0) { kind } }"),
        (Scope.AUDIT_READ, "{ checkpoint { size } }"),
        (Scope.AUDIT_READ, "{ auditEntries { nodes { kind } } }"),
        (Scope.AUDIT_READ, '{ auditAnswer(query: Q10_TAG_LEAKS, variables: {}) { status } }'),
        (Scope.READ, '{ auditAnswer(query: Q10_TAG_LEAKS, variables: {}) { status } }'),
        (Scope.PAYLOAD_READ, '{ entry(index: 0) { parts { name disclose { key } } } }'),
        (Scope.AUDIT_EXPORT, "mutation { exportEvidence(query: Q10_TAG_LEAKS, variables: {}) { url } }"),
        (Scope.PAYLOAD_READ, "mutation { exportEvidence(query: Q10_TAG_LEAKS, variables: {}, withReceived: true) { url } }"),
    ],
)  # fmt: skip
def test_what_needs_a_scope_says_which(context: AppContext, lacks: Scope, document: str) -> None:
    """FORBIDDEN, with the scope that is missing."""
    with asked_by(context, without(lacks)) as service:
        errors = service.answer(document)["errors"]
    assert {error["extensions"]["code"] for error in errors} == {"FORBIDDEN"}
    assert str(lacks) in errors[0]["message"]


def test_reading_an_answer_does_not_give_its_proof(context: AppContext) -> None:
    """With lineage:read alone entries are named; leaf, proof and payload need more."""
    document = """{ lineage(of: [{dataset: {namespace: "warehouse", name: "reports.monthly"}}], direction: UPSTREAM) {
      edges { entries { nodes { index kind leafHash %s } } } } }"""
    with asked_by(context, Principal("a_reader", "key", scopes=frozenset({Scope.READ}))) as service:
        assert service.ask(document % "")["lineage"]["edges"]
        for field in ("bytes", "decoded", "actor", "parts { name }", "proof { text }"):
            assert service.code(document % field) == "FORBIDDEN", field


def test_a_pack_is_fetched_by_who_made_it_alone(context: AppContext) -> None:
    """Another's address is as good as none."""
    with asked_by(context, Principal("a_one", "key")) as service:
        url = service.ask(EXPORT, query="Q10_TAG_LEAKS", variables={}, received=False)["exportEvidence"]["url"]
        assert service.client.get(url).status_code == 200
    with asked_by(context, Principal("a_two", "key")) as service:
        assert service.client.get(url).status_code == 404


@pytest.mark.parametrize("query", list(Q), ids=str)
def test_no_answer_or_pack_holds_what_is_hidden(context: AppContext, query: NamedAuditQuery) -> None:
    """The CRM and the payments' database do not exist for this principal: neither name is in any byte of any file."""
    seen = json.dumps(ASKED[query]).replace("crm.public.customers", "core.customers")
    variables = json.loads(seen.replace("postgres://crm:5432", "warehouse"))
    with asked_by(context, WAREHOUSE_ONLY) as service:
        answered = service.answer(ANSWER, query=str(query), variables=variables, first=100)
        assert "errors" not in answered, answered
        bundle = service.ask(EXPORT, query=str(query), variables=variables, received=True)["exportEvidence"]
        files = unpacked(service.client.get(bundle["url"]).content)
    asked = json.dumps(variables).encode()
    for marker in (b"postgres://", b"pay.public", b"crm.public", b"crm-team", b"load_payments entered"):
        assert marker not in json.dumps(answered).encode() or marker in asked
        assert [name for name, content in files.items() if marker in content] == [], marker


def test_hidden_things_are_not_found(context: AppContext) -> None:
    """Asked about by name, a hidden source is NOT_FOUND like one that never was; its entries are in no list."""
    hidden, never = (
        {"key": {"namespace": "postgres://crm", "name": name}} for name in ("crm.public.customers", "nothing")
    )
    with asked_by(context, WAREHOUSE_ONLY) as service:
        told = [service.answer(ANSWER, query="Q8_SUBJECT_ACCESS", variables=v)["errors"][0] for v in (hidden, never)]
        assert [each["extensions"]["code"] for each in told] == ["NOT_FOUND", "NOT_FOUND"]
        assert told[0]["message"].replace("crm.public.customers", "nothing") == told[1]["message"]
        page = service.answer("{ auditEntries(first: 100) { nodes { index parts { name disclose { bytes } } } } }")
    shut = {error["path"][2] for error in page["errors"]}
    assert {error["extensions"]["code"] for error in page["errors"]} == {"NOT_FOUND"}
    entries = page["data"]["auditEntries"]["nodes"]
    assert [entry["index"] for at, entry in enumerate(entries) if at in shut] == ["0", "3", "4"], (
        "they speak of CRM and payments"
    )
    assert any(part["disclose"] for entry in entries for part in entry["parts"])
