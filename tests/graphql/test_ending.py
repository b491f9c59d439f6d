"""A service that stops: who waits for news is told to come back, what was asked is answered, and nobody is waited for."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from api import ending
from api.ending import Ending
from headwater.client import AsyncClient, Client
from headwater.errors import Unreachable
from tests.e2e.service import running
from tests.graphql.service import Endpoint
from tests.graphql.test_subscriptions import COMPLETE, connection, subscribe
from tests.graphql.test_subscriptions_live import load

GROWTH = {"query": "subscription { ledgerGrew { size } }"}
GOING_AWAY = 1001


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[asyncio.StreamReader]:
    """A subscription over server-sent events that has begun."""
    body = json.dumps(GROWTH)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\n\r\n{body}".encode())
    assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    yield reader
    writer.close()
    await writer.wait_closed()


async def conversing(port: int) -> ClientConnection:
    """The same over a WebSocket."""
    socket = await connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=["graphql-transport-ws"])  # type: ignore[list-item]
    await socket.send('{"type": "connection_init"}')
    await socket.recv()
    await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": GROWTH}))
    await socket.send('{"type": "ping"}')
    assert json.loads(await socket.recv()) == {"type": "pong"}
    return socket


async def closing(socket: ClientConnection) -> int | None:
    """The code with which it is closed, and nothing before."""
    with pytest.raises(ConnectionClosed) as closed:
        await socket.recv()
    return closed.value.rcvd.code if closed.value.rcvd else None


@pytest.mark.slow
def test_a_service_does_not_wait_for_subscribers(tmp_path: Path) -> None:
    """A hundred of each kind wait; at SIGTERM all are let go, none is told that its subscription is complete, and the
    service ends with 0 before it would have lost patience."""
    with running(tmp_path / "data") as service:

        async def converse() -> tuple[list[bytes], list[int | None]]:
            async with AsyncExitStack() as stack:
                events = [await stack.enter_async_context(listening(service.port)) for _ in range(100)]
                sockets = [await conversing(service.port) for _ in range(100)]
                service.process.terminate()
                return (
                    await asyncio.gather(*(each.read() for each in events)),
                    await asyncio.gather(*(closing(each) for each in sockets)),
                )

        heard, codes = asyncio.run(converse())
        assert set(heard) == {b"0\r\n\r\n"}
        assert set(codes) == {GOING_AWAY}
        assert service.process.wait(30) == 0
    log = (tmp_path / "data.log").read_text()
    assert "stopped" in log and "exceeded" not in log and "Traceback" not in log


@pytest.mark.slow
def test_the_client_comes_back_to_the_next_service_and_misses_nothing(tmp_path: Path) -> None:
    """A stop is no end of the subscription: it is Unreachable, and `after` goes on where it was."""
    heard: list[int] = []
    for life in range(3):
        with running(tmp_path / "data") as service, Client(f"http://127.0.0.1:{service.port}") as client:
            service.post(load(number) for number in range(life * 3, life * 3 + 3))
            found = client.run_ended(after=heard[-1] if heard else -1)
            heard += [next(found).index for _ in range(2)]
            service.process.terminate()
            with pytest.raises(Unreachable):
                while True:
                    heard.append(next(found).index)
            assert service.process.wait(30) == 0
    assert heard == list(range(len(heard))) and len(heard) >= 6


async def test_asynchronously_it_is_the_same(tmp_path: Path) -> None:
    """A stream that stops without its end."""
    import httpx2

    told = b'event: next\r\ndata: {"data": {"ledgerGrew": null}}\r\n\r\n'
    for end, complete in ((b"", False), (b"event: complete\r\ndata: \r\n\r\n", True)):

        def answer(_: httpx2.Request, body: bytes = told + end) -> httpx2.Response:
            return httpx2.Response(200, content=body, headers={"content-type": "text/event-stream"})

        heard = []
        async with AsyncClient("http://h", http=httpx2.MockTransport(answer)) as client:
            try:
                async for data in client.subscribe(GROWTH["query"]):
                    heard.append(data)
                assert complete
            except Unreachable:
                assert not complete
        assert heard == [{"ledgerGrew": None}]


def test_what_was_asked_is_answered_first(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question over a socket that is being answered gets its answer and its `complete`; a subscription beside it is cut
    off, and nothing new is begun."""
    asked, go_on = threading.Event(), threading.Event()
    really = shop.context.ledger.size

    def slow() -> int:
        if threading.current_thread().name.startswith("question") and not asked.is_set():
            asked.set()
            go_on.wait(30)
        return really()

    with connection(shop) as socket:
        socket.send_json(subscribe("subscription { runEnded { index } }", "waiting"))
        socket.send_json(subscribe("subscription { ledgerGrew(after: 3) { size } }", "begun"))
        assert socket.receive_json()["id"] == "begun"  # both have begun
        monkeypatch.setattr(shop.context.ledger, "size", slow)
        socket.send_json(subscribe("{ ledger { size } }"))
        assert asked.wait(30)
        assert shop.client.portal is not None
        stopping = shop.client.portal.start_task_soon(shop.context.ending.begin)
        go_on.set()
        told: list[Any] = []
        with pytest.raises(WebSocketDisconnect) as closed:
            while True:
                told.append(socket.receive_json())
        stopping.result(30)
    assert [(each["type"], each["id"]) for each in told] == [("next", "1"), ("complete", "1")] and told[1] == COMPLETE
    assert closed.value.code == GOING_AWAY
    with shop.client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as late:
        with pytest.raises(WebSocketDisconnect) as refused:
            late.receive_json()
        assert refused.value.code == GOING_AWAY


async def test_a_farewell_that_fails_or_hangs_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are told all the same."""
    monkeypatch.setattr(ending, "FAREWELL_S_MAX", 0.05)
    told: list[str] = []

    async def fails() -> None:
        raise OSError("gone")

    async def hangs() -> None:
        await asyncio.Event().wait()

    async def tells() -> None:
        told.append("told")

    end = Ending()
    for each in (fails, hangs, tells):
        end.expect(each)
    await end.begin()
    assert told == ["told"]
