"""Every address and every root field says what it needs; whoever lacks it learns nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import BaseRoute

from api.access.needs import ADDRESSES, FIELDS, Known, need_of
from api.app import create_app
from api.graphql.schema import schema
from lineage.access.key_file import Keys
from lineage.access.keys import Rights
from lineage.access.principal import Scope
from tests.access.making import make
from tests.api.conftest import Service, Start, event


def routes(of: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Every method and path, those of included routers too."""
    for route in of:
        inner: Any = route
        if hasattr(inner, "original_router"):  # FastAPI keeps included routers whole
            prefix = inner.include_context.prefix
            yield from ((method, prefix + path) for method, path in routes(inner.original_router.routes))
        elif hasattr(inner, "methods"):
            methods = set(inner.methods or ("GET",)) - {"HEAD"}
            yield from ((method, inner.path) for method in sorted(methods))
        elif hasattr(inner, "path"):
            yield "WEBSOCKET", inner.path


def filled(path: str) -> str:
    """An address of a route: its variables as some name."""
    return re.sub(r"\{[^}]*\}", "x", path)


def test_every_address_has_a_row(service: Service) -> None:
    """A new route without one is not there for limited principals; this test says so before they do."""
    found = set(routes(create_app(service.context).routes))
    assert len(found) > 10
    assert {(method, path) for method, path in found if need_of(method, filled(path)) is None} == set()


def test_no_row_is_open_to_all_but_those_that_say_why() -> None:
    """A slip of the pen opens nothing: whoever adds an open address changes this list too."""
    open_to_all = {each.path for each in ADDRESSES if isinstance(each.need, Known)}
    assert open_to_all == {
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/",
        "/static/{path:path}",
        "/graphql",
        "/graphql/ide/{name}",
        "/api/v1/mlflow/webhook",
    }


def test_every_root_field_has_a_row_and_none_too_many() -> None:
    """Query, mutation, subscription: by introspection, so that a new field is seen by itself."""
    built = schema._schema
    roots = [root for root in (built.query_type, built.mutation_type, built.subscription_type) if root]
    assert {f"{root.name}.{field}" for root in roots for field in root.fields} == FIELDS.keys()


def test_writing_needs_more_than_reading() -> None:
    """No mutation is open to who may only read."""
    assert Scope.READ not in {scope for field, scope in FIELDS.items() if field.startswith("Mutation.")}


@pytest.mark.parametrize(
    ("method", "path", "need"),
    [
        ("POST", "/api/v1/lineage", Scope.INGEST),
        ("HEAD", "/api/v1/events/lineage", Scope.READ),
        ("GET", "/api/v1/events/7", Scope.PAYLOAD_READ),
        ("GET", "/api/v1/events/7/more", None),
        ("DELETE", "/api/v1/events/7", None),
        ("GET", "/metrics", Known.NOBODY),
        ("GET", "/graphql/", None),
        ("GET", "/api/v1//events/lineage", None),
    ],
)
def test_rows_fit_whole_paths_only(method: str, path: str, need: object) -> None:
    """Neither a beginning nor a longer path gets in by another's row."""
    assert need_of(method, path) is need


def key(service: Service, *scopes: Scope, namespaces: tuple[str, ...] | None = None) -> dict[str, str]:
    """The header of a new key."""
    keys: Keys = service.context.doors.keys
    _, token = make(keys, "test", Rights(frozenset(scopes), namespaces), by="test", now_us=1)
    return {"Authorization": f"Bearer {token}"}


def test_a_key_opens_its_own_doors_and_no_other(start: Start) -> None:
    """A producer's key cannot read, a reader's cannot write, and an address that needs more is a 403 that says what."""
    service = start()
    producer, reader = key(service, Scope.INGEST), key(service, Scope.READ)
    assert service.post({}, headers=producer).status == 201
    refused = service.post({}, headers=reader)
    assert refused.status == 403
    assert (refused.json["type"], refused.json["scope"]) == ("urn:headwater:problem:forbidden", "lineage:ingest")
    assert service.request("GET", "/api/v1/events/lineage", headers=producer).status == 403
    assert service.request("GET", "/api/v1/events/lineage", headers=reader).status == 200
    assert service.request("GET", "/api/v1/events/0", headers=reader).status == 403
    assert service.request("GET", "/api/v1/nothing", headers=reader).status == 404
    asked = service.post({"query": "{ ledger { size } }"}, "/graphql", headers=producer).json
    assert asked["errors"][0]["extensions"] == {"code": "FORBIDDEN", "scope": "lineage:read"}
    assert service.post({"query": "{ ledger { size } }"}, "/graphql", headers=reader).json["data"]["ledger"]
    added = 'mutation { addAlias(input: {kind: NAMESPACE, from: "a", to: "b", reason: "r"}) { index } }'
    asked = service.post({"query": added}, "/graphql", headers=reader).json
    assert asked["errors"][0]["extensions"]["scope"] == "lineage:write"


def test_the_first_key_closes_the_door_for_good(start: Start) -> None:
    """Before it anybody on this machine may ask, after it nobody without one, even when it is revoked."""
    service = start()
    assert service.request("GET", "/api/v1/events/lineage").status == 200
    headers = key(service, Scope.READ)
    for path in ("/api/v1/events/lineage", "/graphql?query={ledger{size}}"):
        refused = service.request("GET", path.replace("{", "%7B").replace("}", "%7D"))
        assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
    service.context.doors.keys.revoke(service.context.doors.keys.all()[0].id, 2)
    assert service.request("GET", "/api/v1/events/lineage", headers=headers).status == 401
    assert service.request("GET", "/api/v1/events/lineage").status == 401
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        assert service.request("GET", path).status == 200


def test_all_that_is_wrong_with_a_key_is_told_alike(start: Start) -> None:
    """Unknown, expired, revoked, mistyped: the same bytes, so that nobody finds out which keys there are."""
    service = start(api_key="root-key")
    keys = service.context.doors.keys
    revoked, token = make(keys, "r", Rights(frozenset({Scope.READ})), by="t", now_us=1)
    keys.revoke(revoked.id, 2)
    _, expired = make(keys, "e", Rights(frozenset({Scope.READ})), by="t", now_us=1, expires_us=2)
    unknown = token.replace(revoked.id, "lk_aaaaaaaa")
    answers = {
        service.request("GET", "/api/v1/events/lineage", headers={"Authorization": f"Bearer {each}"}).body
        for each in (token, expired, unknown, "root-kex", "x", "eyJhbGciOiJub25lIn0.e30.", "k" * 20_000)
    }
    assert len(answers) == 1


def test_refusals_are_on_record_but_a_flood_is_counted(start: Start) -> None:
    """Some entries a minute for each actor; the rest is a number."""
    service = start(api_key="root-key")
    for _ in range(50):
        assert service.request("GET", "/api/v1/events/lineage", headers={"Authorization": "Bearer no"}).status == 401
    until = time.monotonic() + 10
    ledger = service.context.access_log.ledger
    while ledger.size() < 30 and time.monotonic() < until:
        time.sleep(0.05)
    leaves = [ledger.leaf(index) for index in range(ledger.size())]
    assert [(leaf.kind, leaf.actor) for leaf in leaves] == [("deny", "nobody")] * 30


def test_reads_of_addresses_are_on_record(start: Start) -> None:
    """The list within a second, with what it showed; received bytes before they are sent."""
    service = start()
    service.post({})
    assert service.request("GET", "/api/v1/events/0", headers={"X-Headwater-Purpose": "incident 5"}).status == 200
    ledger = service.context.access_log.ledger
    assert ledger.size() == 1
    assert ledger.leaf(0).kind == "read"
    assert ledger.part(0, "objects") == b"entry:0"
    assert b'"purpose":"incident 5"' in (ledger.part(0, "norm") or b"")


def test_lists_and_marquez_paths_tell_what_they_showed(start: Start) -> None:
    """Without a word of the route: ids of what was read, entries of what was listed."""
    service = start()
    service.post({})
    service.post(event(1))
    assert len(service.request("GET", "/api/v1/events/lineage").json["events"]) == 1
    assert service.request("GET", "/api/v1/namespaces").status == 200
    log = service.context.access_log
    until = time.monotonic() + 10
    while log.waiting and time.monotonic() < until:
        time.sleep(0.02)
    assert log.ledger.part(0, "objects") == b"entry:1"
    assert b"GET /api/v1/namespaces" in (log.ledger.part(1, "norm") or b"")
