"""Abuse: any document that the grammar allows, any request that the description allows, and clients that behave badly.
The answer is bounded, never a fault of ours, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from api.graphql import compiled
from api.graphql.schema import schema
from lineage import ids
from tests.api.conftest import Service
from tests.graphql.conftest import SHOP
from tests.graphql.service import Endpoint, endpoint

KNOWN = [ids.dataset_id("n", name) for name in ("customers", "features", "model", "orders")]
NUMBERS = st.sampled_from([0, 1, 2, 20, 1000, -1, 2_000_000_000, 2**31, -(2**40)])
TEXTS = st.sampled_from(
    ["customers", "n", "", " ", "%", "_", "'", '"', "\\", "\x00", "é", "🏃", "a" * 2_000, "hw:", *KNOWN, "2026-11-22T02:34:00Z", "∅"]
)  # fmt: skip
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Int": NUMBERS,
    "Long": NUMBERS | NUMBERS.map(str),
    "Float": st.floats(allow_nan=False, allow_infinity=False),
    "Boolean": st.booleans(),
    "ID": st.sampled_from(KNOWN) | TEXTS,
    "String": TEXTS,
    "DateTime": st.sampled_from(
        ["2026-11-22T02:34:00Z", "2026-11-22", "never", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]
    ),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One graph for all examples: what they write is only more to find."""
    with endpoint(tmp_path_factory.mktemp("shop"), SHOP) as made:
        yield made


def literals(kind: GraphQLInputType, depth: int = 3) -> st.SearchStrategy[str]:
    """Values of an input type as they are written in a document; now and then of another type, or null."""
    usual: st.SearchStrategy[str]
    match kind:
        case GraphQLNonNull(of_type=inner):
            return literals(inner, depth)
        case GraphQLList(of_type=inner):
            usual = st.lists(literals(inner, depth), max_size=3).map(lambda each: f"[{', '.join(each)}]")
        case GraphQLEnumType():
            usual = st.sampled_from(sorted(kind.values))
        case GraphQLInputObjectType():
            required = {name: each for name, each in kind.fields.items() if isinstance(each.type, GraphQLNonNull)}
            others = {name: each for name, each in kind.fields.items() if name not in required}
            if depth == 0:
                others = {}
            chosen = st.fixed_dictionaries(
                {name: literals(each.type, depth - 1) for name, each in required.items()},
                optional={name: literals(each.type, depth - 1) for name, each in others.items()},
            )
            usual = chosen.map(lambda each: "{" + ", ".join(f"{name}: {value}" for name, value in each.items()) + "}")
        case _:
            usual = SCALARS.get(kind.name, TEXTS).map(json.dumps)  # type: ignore[union-attr]
    return st.integers(0, 19).flatmap(
        lambda die: st.sampled_from(["null", "5", '"x"', "[]", "{}", "NOBODY", "$missing"]) if die == 0 else usual
    )


@st.composite
def selections(draw: st.DrawFn, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
    """Some fields of a type, with arguments, aliases, conditions and fragments."""
    fields = sorted(kind.fields)
    parts = []
    for name in draw(st.lists(st.sampled_from(fields), min_size=1, max_size=4)):
        field = kind.fields[name]
        inner = get_named_type(field.type)
        told = [
            f"{argument}: {draw(literals(about.type))}"
            for argument, about in field.args.items()
            if isinstance(about.type, GraphQLNonNull) or draw(st.booleans())
        ]
        part = name + (f"({', '.join(told)})" if told else "")
        part = (
            draw(st.sampled_from(["", "", "a: ", "b: "]))
            + part
            + draw(st.sampled_from(["", "", "", " @skip(if: false)"]))
        )
        if not is_leaf_type(inner):
            assert isinstance(inner, GraphQLObjectType | GraphQLInterfaceType)
            part += f" {{ {draw(selections(inner, depth - 1)) if depth else '__typename'} }}"
        parts.append(part)
    if isinstance(kind, GraphQLInterfaceType) and depth:
        member = draw(st.sampled_from(sorted(schema._schema.get_possible_types(kind), key=lambda each: each.name)))
        parts.append(f"... on {member.name} {{ {draw(selections(member, depth - 1))} }}")
    return " ".join(parts)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Any operation that the schema's grammar allows."""
    core = schema._schema
    kind, root = draw(st.sampled_from([("query", core.query_type)] * 5 + [("mutation", core.mutation_type)]))
    assert root is not None
    return f"{kind} {{ {draw(selections(root, draw(st.integers(1, 4))))} }}"


@given(document=documents())
@settings(deadline=None)
def test_no_document_is_a_fault_of_ours(shop: Endpoint, document: str) -> None:
    """A grammar fuzzer over the whole schema, mutations too: every refusal has a code, and none is INTERNAL."""
    answer = shop.answer(document)
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert "INTERNAL" not in codes, (document, answer["errors"])


@pytest.mark.slow
def test_no_request_of_the_description_is_a_fault_of_ours(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """schemathesis over /openapi.json: every answer is one that is described, and none is 5xx, whatever is sent to whatever
    address. 503 is for a service that is busy or cannot write; this one is neither."""
    import schemathesis
    from hypothesis import HealthCheck, Phase
    from schemathesis import checks

    held = (
        checks.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    )

    described = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    faults: list[str] = []
    for result in described.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=15,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            answer = case.call(base_url=service.url, timeout=20)
            try:
                case.validate_response(answer, checks=held)
            except (checks.Failure, checks.FailureGroup) as error:
                faults.append(f"{case.method} {case.formatted_path}: {getattr(error, 'exceptions', error)}")

        ask()
    assert faults == []


@pytest.mark.slow
async def test_others_are_served_beside_clients_that_behave_badly(service: Service) -> None:
    """64 bodies that trickle, 200 connections that say nothing, 5 MB of query, absurd pages, a search for every letter:
    all at once, and plain requests go on being answered, each as it should be."""
    port = service.port
    held: list[asyncio.StreamWriter] = []

    async def trickle() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        held.append(writer)
        writer.write(
            b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"
        )
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def ask(query: str) -> tuple[int, Any]:
        answer = await asyncio.to_thread(service.post, {"query": query}, "/graphql")
        return answer.status, answer.json

    badly = [asyncio.create_task(trickle()) for _ in range(64)]
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
    try:
        for letter in "abcdefghijklmnopqrstuvwxyz":
            status, told = await ask(
                f'{{ search(query: "{letter}", first: 100) {{ nodes {{ id }} }} ledger {{ size }} }}'
            )
            assert status == 200 and told["data"]["ledger"] == {"size": "0"}
        status, told = await ask('{ search(query: "a", first: 2000000000) { nodes { id } } }')
        assert status == 200 and told["errors"][0]["extensions"]["code"] == "LIMIT"
        with contextlib.suppress(OSError):  # it need not be read to its end
            assert (await ask("{ __typename }" + " " * 5_000_000))[0] == 413
        assert (await asyncio.to_thread(service.request, "GET", "/healthz")).status == 200
        assert not any(task.done() for task in badly)
    finally:
        for task in badly:
            task.cancel()
        for writer in [*held, *(writer for _, writer in silent)]:
            writer.close()
        await asyncio.gather(*badly, return_exceptions=True)


@pytest.mark.slow
async def test_a_thousand_subscriptions_and_not_one_more(service: Service) -> None:
    """Ten connections with a hundred each: all are told, the next one gets a clear no, and plain requests are answered."""
    address = f"ws://127.0.0.1:{service.port}/graphql"
    query = {"query": 'subscription { ledgerGrew(after: "0") { size } }'}
    async with contextlib.AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(connect(address, subprotocols=["graphql-transport-ws"]))  # type: ignore[list-item]
            for _ in range(11)
        ]
        for number, each in enumerate(sockets):
            await each.send('{"type": "connection_init"}')
            assert json.loads(await each.recv())["type"] == "connection_ack"
            for operation in range(100 if number < 10 else 1):
                await each.send(json.dumps({"type": "subscribe", "id": str(operation), "payload": query}))
            # an operation after them that is answered: they have all begun
            if number < 10:
                await each.send('{"type": "ping"}')
                assert json.loads(await each.recv())["type"] == "pong"
        refused = json.loads(await sockets[10].recv())
        assert refused["payload"]["errors"][0]["extensions"]["code"] == "OVERLOADED"
        answer = await asyncio.to_thread(service.post, {}, "/api/v1/lineage")
        assert answer.status == 201
        for each in sockets[:10]:
            told = [json.loads(await asyncio.wait_for(each.recv(), 60)) for _ in range(100)]
            assert {one["payload"]["data"]["ledgerGrew"]["size"] for one in told} == {"1"}
            assert len({one["id"] for one in told}) == 100


def test_half_a_request_is_no_request(service: Service) -> None:
    """A client that leaves in the middle of its body, or of its head, leaves nothing behind."""
    for begin in (
        b"POST /gr",
        b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
    ):
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(begin)
    assert service.request("GET", "/healthz").status == 200
    noticed_s = time.monotonic() + 30  # at once, but by another thread
    while service.context.memory.bytes_held and time.monotonic() < noticed_s:
        time.sleep(0.01)
    assert service.context.memory.bytes_held == 0


def test_lists_within_lists_that_nobody_could_price_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub: every job reads it, and it knows every job. Three levels of that had an answer of 350 MB, for a price of 4,570."""
    monkeypatch.setattr(compiled, "OBJECTS_MAX", 500)
    with endpoint(tmp_path, "\n".join(f"job:job{number} reads hub" for number in range(60))) as hub:
        dataset = '{ dataset(namespace: "n", name: "hub") { readBy { id %s } } }'
        whole = hub.ask(dataset % "")["dataset"]["readBy"]
        assert len(whole) == 60
        once = hub.ask(dataset % "reads { id }")["dataset"]["readBy"]
        assert [len(each["reads"]) for each in once] == [1] * 60
        answer = hub.answer(dataset % "reads { readBy { id } }")
        assert answer["data"] == {"dataset": None}
        (error,) = answer["errors"]
        assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("LIMIT", 500)
        many = " ".join(
            f'a{number}: dataset(namespace: "n", name: "hub") {{ readBy {{ id }} }}' for number in range(20)
        )
        assert len(hub.ask(f"{{ {many} }}")) == 20  # lists side by side are what was asked for
