"""Subscriptions: the protocol and its violations, who sees what, and that nothing is lost between two connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from api.context import ReadContext
from api.graphql import feed as feeds
from api.graphql.desk import Desk
from api.graphql.feed import Feed
from lineage.errors import Overloaded
from lineage.query import Sources
from lineage.query.news import News, news_of
from tests.graphql.service import Endpoint
from tests.projector.histories import Step, histories, place
from tests.projector.projection import Projection
from tests.query.graph import Clock, FixedSeen

PROTOCOL = "graphql-transport-ws"
COMPLETE = {"type": "complete", "id": "1"}


@contextlib.contextmanager
def connection(shop: Endpoint, protocol: str = PROTOCOL, begin: bool = True) -> Iterator[WebSocketTestSession]:
    """A WebSocket, begun or not."""
    with shop.client.websocket_connect("/graphql", subprotocols=[protocol]) as socket:
        if begin:
            socket.send_json({"type": "connection_init"})
            assert socket.receive_json() == {"type": "connection_ack"}
        yield socket


def closed_with(socket: WebSocketTestSession) -> int:
    """The code that the service closes with."""
    with pytest.raises(WebSocketDisconnect) as closed:
        while True:
            socket.receive_json()
    return closed.value.code


def subscribe(query: str, id: str = "1", **variables: Any) -> dict[str, Any]:
    return {"type": "subscribe", "id": id, "payload": {"query": query, "variables": variables}}


def test_queries_and_mutations_go_over_a_socket_too(shop: Endpoint) -> None:
    """One `next`, then `complete`; errors have their codes; a price is told."""
    with connection(shop) as socket:
        socket.send_json(subscribe("{ ledger { size } }"))
        told = socket.receive_json()
        assert told["type"] == "next" and told["payload"]["data"] == {"ledger": {"size": "10"}}
        assert told["payload"]["extensions"]["cost"]["requested"] == 21
        assert socket.receive_json() == COMPLETE
        socket.send_json(subscribe("{ nobody }"))
        refused = socket.receive_json()
        assert refused["type"] == "error" and refused["payload"][0]["extensions"]["code"] == "BAD_QUERY"
        socket.send_json({"type": "ping"})
        assert socket.receive_json() == {"type": "pong"}


def test_each_operation_of_a_connection_has_its_own_now(shop: Endpoint) -> None:
    """What one operation read does not answer the next: an alias that was made in between is seen."""
    with connection(shop) as socket:
        rule = '{kind: JOB, from: "n x", to: "n y", reason: "r"}'
        for query, found in (
            ("{ aliases { nodes { from } } }", {"aliases": {"nodes": []}}),
            (f"mutation {{ addAlias(input: {rule}) {{ from }} }}", {"addAlias": {"from": "n x"}}),
            ("{ aliases { nodes { from } } }", {"aliases": {"nodes": [{"from": "n x"}]}}),
        ):
            socket.send_json(subscribe(query))
            assert socket.receive_json()["payload"]["data"] == found
            assert socket.receive_json() == COMPLETE


@pytest.mark.parametrize(
    ("begin", "message", "code"),
    [
        (False, subscribe("{ __typename }"), 4401),
        (True, {"type": "connection_init"}, 4429),
        (True, "{", 4400),
        (True, "[" * 5000, 4400),
        (True, {"type": "nonsense"}, 4400),
        (True, [], 4400),
        (True, {"type": 5}, 4400),
        (True, {"type": "subscribe", "payload": {"query": "{ __typename }"}}, 4400),
        (True, {"type": "subscribe", "id": "1"}, 4400),
        (True, {"type": "subscribe", "id": "1", "payload": {"query": 5}}, 4400),
        (True, {"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}}, 4400),
        (True, {"type": "complete"}, 4400),
    ],
)
def test_whoever_breaks_the_protocol_is_closed_with_its_code(
    shop: Endpoint, begin: bool, message: Any, code: int
) -> None:
    """Unauthorised before it began, begun twice, no JSON, no message."""
    with connection(shop, begin=begin) as socket:
        socket.send_text(message) if isinstance(message, str) else socket.send_json(message)
        assert closed_with(socket) == code


def test_an_id_that_is_taken_is_4409(shop: Endpoint) -> None:
    """Two operations of one name could not be told apart."""
    with connection(shop) as socket:
        for _ in range(2):
            socket.send_json(subscribe("subscription { ledgerGrew { size } }"))
        assert closed_with(socket) == 4409


def test_another_protocol_is_4406(shop: Endpoint) -> None:
    """The older protocol of the same shape is not spoken."""
    with connection(shop, "graphql-ws", begin=False) as socket:
        assert closed_with(socket) == 4406


def test_a_connection_that_does_not_begin_is_closed(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """4408, after some seconds."""
    from datetime import timedelta

    from strawberry.subscriptions.protocols.graphql_transport_ws import handlers

    begun = handlers.BaseGraphQLTransportWSHandler.on_request_accepted

    def soon(self: Any) -> None:
        self.connection_init_wait_timeout = timedelta(milliseconds=20)
        begun(self)

    monkeypatch.setattr(handlers.BaseGraphQLTransportWSHandler, "on_request_accepted", soon)
    with connection(shop, begin=False) as socket:
        assert closed_with(socket) == 4408


def test_stored_documents_are_known_to_sockets(shop: Endpoint) -> None:
    """By their hash, as over HTTP."""
    from api.cli.documents import LEDGER
    from api.graphql.documents import hash_of

    with connection(shop) as socket:
        for name, answered in ((hash_of(LEDGER), "next"), ("0" * 64, "error")):
            socket.send_json({"type": "subscribe", "id": name, "payload": {"documentId": f"sha256:{name}"}})
            assert socket.receive_json()["type"] == answered
            if answered == "next":
                socket.receive_json()


@pytest.mark.parametrize("after", ["10", "-2"])
def test_an_index_that_is_none_is_refused(shop: Endpoint, after: str) -> None:
    """A client of another ledger would wait for ever."""
    with connection(shop) as socket:
        socket.send_json(subscribe(f'subscription {{ runEnded(after: "{after}") {{ index }} }}'))
        told = socket.receive_json()
        assert told["payload"]["errors"][0]["extensions"]["code"] == "BAD_INPUT"


def test_growth_is_told_at_once_to_who_knows_less(shop: Endpoint) -> None:
    """And again when something comes."""
    from lineage.ledger import Draft

    with connection(shop) as socket:
        socket.send_json(subscribe('subscription { ledgerGrew(after: "3") { size graphIndex } }'))
        assert socket.receive_json()["payload"]["data"] == {"ledgerGrew": {"size": "10", "graphIndex": "10"}}
        shop.context.ledger.append([Draft("ol.event", {"norm": b"{}"})])
        assert socket.receive_json()["payload"]["data"] == {"ledgerGrew": {"size": "11", "graphIndex": "10"}}
        socket.send_json(COMPLETE)


def test_a_subscription_as_plain_json_is_refused(shop: Endpoint) -> None:
    """406 that says how to ask."""
    told = shop.client.post("/graphql", json={"query": "subscription { ledgerGrew { size } }"})
    assert told.status_code == 406 and "text/event-stream" in told.json()["errors"][0]["message"]


# ---- the feed ------------------------------------------------------------------------------------------------------------


@dataclass
class Company:
    """A ledger that grows entry by entry, as the feed sees it."""

    projection: Projection
    feed: Feed

    @classmethod
    def begin(cls) -> Company:
        projection = Projection()
        graph = projection.store
        context = SimpleNamespace(graph=graph, ledger=SimpleNamespace(size=lambda: len(projection.entries)))
        company = cls(projection, Feed(cast(ReadContext, context), Desk()))
        company.feed._news = company.news  # type: ignore[method-assign]
        return company

    def news(self, index: int) -> News:
        """As the feed reads it, without the bytes."""
        event = self.projection.entries[index].event
        sources = Sources(self.projection.store, FixedSeen(), Clock(len(self.projection.entries)))
        return News(index) if event is None else news_of(sources, event)


async def follow(company: Company, position: int, until: int, heard: list[News]) -> int:
    """One connection: everything from `position` up to `until` entries; where it got."""
    async with company.feed.subscribed():
        while position < until and await company.feed.beyond(position):
            for news in await company.feed.news(position, min(until, company.feed.sizes[0])):
                heard.append(news)
                position = news.index + 1
                await asyncio.sleep(0)
    return position


@given(histories, st.lists(st.integers(0, 12), max_size=4), st.data())
def test_nothing_is_lost_between_connections(steps: list[Step], stops: list[int], data: st.DataObject) -> None:
    """Subscribers that come and go at any entry, while entries come in bursts, hear each entry's news once, in order."""

    async def scenario() -> None:
        company = Company.begin()
        entries = place(steps)
        heard: list[News] = []

        async def subscriber() -> None:
            position = 0
            for stop in sorted({min(stop, len(entries)) for stop in stops} | {len(entries)}):
                position = await follow(company, position, stop, heard)

        async def producer() -> None:
            for entry in entries:
                company.projection.take(entry)
                if data.draw(st.booleans()):
                    await asyncio.sleep(0.002)

        try:
            async with asyncio.timeout(20):
                await asyncio.gather(subscriber(), subscriber_twin(company, len(entries)), producer())
            assert [news.index for news in heard] == list(range(len(entries)))
            assert heard == [company.news(index) for index in range(len(entries))]
        finally:
            company.projection.close()

    async def subscriber_twin(company: Company, until: int) -> None:
        await follow(company, 0, until, [])

    poll_s, feeds.POLL_S = feeds.POLL_S, 0.001  # type: ignore[misc]
    try:
        asyncio.run(scenario())
    finally:
        feeds.POLL_S = poll_s  # type: ignore[misc]


async def test_places_are_bounded_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the last place there is a clear no; nobody waits, nothing is looked at once all have gone."""
    company = Company.begin()
    monkeypatch.setattr(feeds, "SUBSCRIPTIONS_MAX", 3)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(company.feed.subscribed())
        with pytest.raises(Overloaded):
            async with company.feed.subscribed():
                pass
        assert company.feed._watching is not None
    assert company.feed._watching is None
    async with company.feed.subscribed():
        pass


async def test_a_feed_that_closes_lets_all_end() -> None:
    """Whoever waits is told that there is nothing more."""
    company = Company.begin()
    async with company.feed.subscribed():
        waiting = asyncio.create_task(company.feed.beyond(0))
        await asyncio.sleep(0)
        company.feed.close()
        assert not await waiting


async def test_one_look_serves_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand subscribers at one place: the news is worked out once."""
    company = Company.begin()
    for entry in place([]):
        company.projection.take(entry)
    looks = 0

    def counted(index: int) -> News:
        nonlocal looks
        looks += 1
        return News(index)

    company.feed._news = counted  # type: ignore[method-assign]
    await asyncio.gather(*(company.feed.news(0, 30) for _ in range(1_000)))
    assert looks == 30
    assert len(await company.feed.news(0, 10_000)) == feeds.ENTRIES_AT_ONCE
    for begin in range(0, feeds.KEPT + 500, feeds.ENTRIES_AT_ONCE):
        await company.feed.news(begin, begin + feeds.ENTRIES_AT_ONCE)
    assert len(company.feed._kept) == feeds.KEPT
