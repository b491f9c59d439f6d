"""What the client makes of answers that are no answers: doors, proxies, busy services, other versions; without a network."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.graphql.errors import CODES
from headwater import errors, protocol
from headwater.answers import LedgerStatus, NodeBrief
from headwater.client import AsyncClient, Client
from headwater.inputs import AddAliasInput, RetentionInput, RetentionLimitInput
from headwater.wire import decode, encode
from headwater.words import AliasKind, Direction, RetentionClass, RetentionPreset

LEDGER = {"size": "9007199254740993", "root": "ab", "graphIndex": "3", "lagSeconds": 0.5, "origin": "o"}
BUSY = {"errors": [{"message": "later", "extensions": {"code": "OVERLOADED", "retryAfterSeconds": 0}}], "data": None}


def answering(*answers: tuple[int, Any]) -> tuple[httpx2.MockTransport, list[httpx2.Request]]:
    """A network that gives these answers, the last one for ever, and what it was asked."""
    asked: list[httpx2.Request] = []
    waiting: Iterator[tuple[int, Any]] = iter(answers)
    last = answers[-1]

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        status, told = next(waiting, last)
        return (
            httpx2.Response(status, json=told) if not isinstance(told, bytes) else httpx2.Response(status, content=told)
        )

    return httpx2.MockTransport(answer), asked


def test_a_busy_service_is_asked_again_and_not_for_ever() -> None:
    """After a refusal that says when, the question is repeated; after three repeats the refusal is the answer."""
    network, asked = answering((200, BUSY), (503, BUSY), (200, {"data": {"ledger": LEDGER}}))
    with Client("http://h", http=network) as client:
        assert client.ledger() == LedgerStatus(9007199254740993, "ab", 3, 0.5, "o")
    assert len(asked) == 3
    network, asked = answering((200, BUSY))
    with Client("http://h", http=network) as client, pytest.raises(errors.Unavailable):
        client.ledger()
    assert len(asked) == 1 + 3


async def test_the_async_client_repeats_the_same_way() -> None:
    """The same bound and the same answer."""
    network, asked = answering((200, BUSY), (200, {"data": {"ledger": LEDGER}}))
    async with AsyncClient("http://h", http=network) as client:
        assert (await client.ledger()).graph_index == 3
    network, asked = answering((200, BUSY))
    async with AsyncClient("http://h", http=network, repeats=1) as client:
        with pytest.raises(errors.Unavailable):
            await client.ledger()
    assert len(asked) == 2


def test_a_mutation_is_sent_once() -> None:
    """It may have happened before the service refused the rest; so says a document of one's own that names one."""
    network, asked = answering((200, BUSY))
    with Client("http://h", http=network) as client:
        with pytest.raises(errors.Unavailable):
            client.add_alias(AddAliasInput(AliasKind.NAMESPACE, "a", "b", "why"))
        with pytest.raises(errors.Unavailable):
            client.execute("mutation { applyRetention { index } }")
    assert len(asked) == 2


def test_a_wait_is_bounded() -> None:
    """A service that asks for an hour is not waited for."""
    told = errors.Unavailable("down", extensions={"retryAfterSeconds": 3600})
    assert protocol.wait_s(told, left=3, repeatable=True) is None
    assert protocol.wait_s(errors.Unavailable("down"), left=3, repeatable=True) is None
    assert protocol.wait_s(errors.Fault("x"), left=3, repeatable=True) is None


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_service_has_a_class(code: str) -> None:
    """No code that docs/errors.md lists is a bare HeadwaterError, and it is kept."""
    error = errors.error_of([{"message": "m", "extensions": {"code": code}}])
    assert type(error) is not errors.HeadwaterError
    assert (error.code, str(error)) == (code, "m")


@pytest.mark.parametrize(
    ("status", "told", "kind"),
    [
        (401, {"detail": "An API key is needed."}, errors.Unauthorised),
        (403, {"detail": "Not from there."}, errors.Forbidden),
        (503, {"detail": "Busy.", "code": "OVERLOADED"}, errors.Unavailable),
        (503, b"<html>Bad gateway</html>", errors.Unavailable),
        (400, b"<html>nginx</html>", errors.Unexpected),
        (200, b"<html>Sign in</html>", errors.Unexpected),
        (200, {"hello": "world"}, errors.Unexpected),
        (200, [1], errors.Unexpected),
        (302, b"", errors.Unexpected),
    ],
)
def test_doors_and_strangers_are_told_apart(status: int, told: Any, kind: type[Exception]) -> None:
    """A problem document is its error; a page of somebody else's is Unexpected, never a crash."""
    network, _ = answering((status, told))
    with Client("http://h", http=network, repeats=0) as client, pytest.raises(kind):
        client.ledger()


def test_an_answer_of_another_version_is_unexpected() -> None:
    """A word or a field that this client does not know is said so, with what to do."""
    for told in ({**LEDGER, "size": "x"}, {"size": "1"}, None, 3):
        network, _ = answering((200, {"data": {"ledger": told}}))
        with Client("http://h", http=network) as client, pytest.raises(errors.Unexpected, match="Update"):
            client.ledger()
    with pytest.raises(errors.Unexpected):
        decode(Direction, "SIDEWAYS")
    with pytest.raises(errors.Unexpected):
        decode(NodeBrief, {"__typename": "Star"})


def test_something_missing_is_none_and_something_worse_is_an_error() -> None:
    """One of many that is not there leaves the others; any other error of the same answer is raised, with what there is."""
    missing = {"message": "gone", "extensions": {"code": "NOT_FOUND"}}
    told = {"data": {"nodes": [None]}, "errors": [missing]}
    network, _ = answering(
        (200, told), (200, {**told, "errors": [missing, {"message": "x", "extensions": {"code": "INTERNAL"}}]})
    )
    with Client("http://h", http=network) as client:
        assert client.nodes(["hw:a"]) == (None,)
        with pytest.raises(errors.Fault) as worse:
            client.nodes(["hw:a"])
    assert worse.value.data == {"nodes": [None]}


def test_pages_that_do_not_go_on_end() -> None:
    """A cursor that leads to itself is an error instead of a loop without end."""
    page = {"nodes": [], "totalCount": 9, "pageInfo": {
        "hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": "c"}}  # fmt: skip
    network, asked = answering((200, {"data": {"deadLetters": page}}))
    with Client("http://h", http=network) as client, pytest.raises(errors.Unexpected, match="next"):
        list(client.dead_letters_pages())
    assert len(asked) == 2


def test_keys_and_purposes_are_headers_and_nothing_else() -> None:
    """The key is in no address, no body, no error and no representation."""
    network, asked = answering((401, {"detail": "no"}))
    with (
        Client("http://h/", "secret-key", purpose="audit 7", http=network) as client,
        pytest.raises(errors.Unauthorised) as refused,
    ):
        client.ledger()
    assert asked[0].headers["authorization"] == "Bearer secret-key"
    assert asked[0].headers["x-headwater-purpose"] == "audit 7"
    assert "secret-key" not in f"{asked[0].url}{asked[0].content!r}{refused.value!r}{client!r}"


def test_what_is_none_is_not_sent() -> None:
    """The service's default holds for what the caller leaves open, however deep."""
    network, asked = answering(
        (200, {"data": {"setRetention": {"index": None, "preset": "SOX", "limits": [], "reason": ""}}})
    )
    with Client("http://h", http=network) as client:
        client.set_retention(
            RetentionInput(RetentionPreset.SOX, "law", changes=[RetentionLimitInput(RetentionClass.RAW)])
        )
    sent = json.loads(asked[0].content)["variables"]
    assert sent == {"input": {"preset": "SOX", "reason": "law", "changes": [{"payloadClass": "RAW"}]}}


@given(st.binary(), st.datetimes(), st.integers(0, (1 << 63) - 1))
def test_values_survive_the_wire(raw: bytes, time: Any, number: int) -> None:
    """Base64, DateTime and Long decode to what was encoded."""
    assert decode(bytes, encode(raw)) == raw == base64.b64decode(encode(raw))
    assert decode(type(time), encode(time)) == time
    assert decode(int, str(number)) == number


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["data", "errors", "detail", "code", "extensions", "message", "retryAfterSeconds"]), inner)),
    st.sampled_from([200, 204, 302, 400, 401, 403, 404, 418, 500, 502, 503]))  # fmt: skip
def test_no_answer_crashes_the_client(answer: Any, status: int) -> None:
    """Whatever JSON comes with whatever status: data, or an error of the tree."""
    try:
        told = protocol.data_of(status, json.dumps(answer).encode(), None, "http://h")
    except errors.HeadwaterError as error:
        assert str(error) is not None
        assert 0 <= (protocol.wait_s(error, left=1, repeatable=True) or 0) <= protocol.WAIT_S_MAX
    else:
        assert told == answer["data"]
