"""Connections that say nothing, half a head, or a head without end: they are closed, and hold up nobody."""

from __future__ import annotations

import json
import resource
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from api import connections, untaken
from api.graphql.encoding import InPieces
from api.untaken import Untaken
from tests.api.conftest import Service, Start
from tests.waiting import until

Event = Callable[..., dict[str, Any]]
UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
HALF = b"GET /healthz HTTP/1.1\r\nHost: 127"


def untaken_of(service: Service) -> Untaken:
    """What its clients have not taken."""
    made: Any = service.server.config.http  # a partial: uvicorn's own type says that it is a class
    (of_all,) = made.args
    assert isinstance(of_all, Untaken)
    return of_all


def ended(client: socket.socket) -> bool:
    """Whether the service has closed it, or does within the test's patience; what it says before does not matter."""
    client.settimeout(20)
    try:
        while client.recv(1_000):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


@pytest.fixture
def impatient(start: Start, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service that waits for a head a moment only."""
    monkeypatch.setattr(connections, "HEAD_S_MAX", 0.2)
    service = start()
    service.server.config.timeout_keep_alive = 0  # beside that, how long a head may take is all
    return service


@pytest.mark.parametrize("begin", [b"", HALF, b"\r\n\r\n"], ids=["nothing", "half", "blank"])
def test_who_says_nothing_is_not_waited_for(impatient: Service, begin: bytes) -> None:
    """From the beginning, and again after an answer."""
    with socket.create_connection(("127.0.0.1", impatient.port)) as client:
        client.sendall(begin)
        assert ended(client)
    with socket.create_connection(("127.0.0.1", impatient.port)) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + begin)
        assert client.recv(1_000).startswith(b"HTTP/1.1 200")
        assert ended(client)


def test_a_target_that_is_none_is_refused(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """As the first request of a connection: nothing is answered yet, and nothing fails."""
    for head in (b"CONNECT foo:80 HTTP/1.1\r\n\r\n", b"GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(head)
            assert client.recv(1_000).startswith(b"HTTP/1.1 400")
    assert not [each for each in caplog.records if each.exc_info]


def test_a_head_without_end_is_cut(service: Service) -> None:
    """It would be kept in memory to its end."""
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(HALF)
        with pytest.raises(OSError):
            while True:
                client.sendall(b"X-More: " + b"a" * 10_000 + b"\r\n")
    long = "/api/v1/search?q=" + "a" * 60_000
    assert service.request("GET", long).status == 400


def test_what_takes_its_time_after_its_head_goes_on(impatient: Service, event: Event) -> None:
    """A body that comes in pieces, and requests one after the other in one connection, however many."""
    body = json.dumps(event()).encode()
    head = f"POST /api/v1/lineage HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", impatient.port)) as client:
        client.settimeout(30)
        client.sendall(head + body[:10])
        with socket.create_connection(("127.0.0.1", impatient.port)) as silent:
            assert ended(silent)  # so long it takes
        client.sendall(body[10:])
        assert client.recv(10_000).startswith(b"HTTP/1.1 201")
    with socket.create_connection(("127.0.0.1", impatient.port)) as client:
        client.settimeout(30)
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 3)
        heard = b""
        while heard.count(b'{"status":"ok"}') < 3:
            heard += client.recv(10_000)


def test_as_many_files_as_the_system_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The soft limit is raised to the hard one, within reason, and never lowered."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    for had, wanted in (
        ((1_024, 4_096), [(4_096, 4_096)]),
        ((1_024, 1 << 20), [(connections.FILES_MAX, 1 << 20)]),
        ((1_024, resource.RLIM_INFINITY), [(connections.FILES_MAX, resource.RLIM_INFINITY)]),
        ((1 << 20, 1 << 20), []),
        ((4_096, 4_096), []),
    ):
        monkeypatch.setattr(resource, "getrlimit", lambda _, had=had: had)
        asked.clear()
        connections.open_files_enough()
        assert asked == wanted


@pytest.mark.parametrize(("pause_s", "is_read"), [(connections.UNREAD_PAUSE_S, True), (3_600.0, False)])
def test_a_refused_body_is_read_without_haste(
    service: Service, monkeypatch: pytest.MonkeyPatch, pause_s: float, is_read: bool
) -> None:
    """It is answered at once; the rest is read in small steps, so that others do not wait for it, and then the next request."""
    monkeypatch.setattr(connections, "UNREAD_PAUSE_S", pause_s)
    length = 32 << 20  # more than the system keeps for a connection
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.settimeout(5 if is_read else 1)
        head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        client.sendall(head.encode())
        assert client.recv(100_000).startswith(b"HTTP/1.1 413")
        try:
            for _ in range(length >> 20):
                client.sendall(b" " * (1 << 20))
        except TimeoutError:
            assert not is_read
            return
        assert is_read
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert client.recv(1_000).startswith(b"HTTP/1.1 200")


def test_an_answer_that_nobody_takes_is_not_kept(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for much and reads nothing would fill the memory."""
    monkeypatch.setattr(connections, "UNTAKEN_S_MAX", 0.2)
    service = start()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", service.port))
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 400)
        until(lambda: len(service.server.server_state.connections) == 1)
        until(lambda: not service.server.server_state.connections)
        assert ended(client)


def test_an_answer_that_is_taken_slowly_is_given_whole(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large answer in one piece, over a line that needs many times as long for it as nothing may be taken."""
    monkeypatch.setattr(connections, "UNTAKEN_S_MAX", 0.3)
    service = start()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(20)
        client.connect(("127.0.0.1", service.port))
        count = 100
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * count)
        begins, told, began = 0, b"", time.monotonic()
        while begins < count and time.monotonic() < began + 2:
            told = told[-11:] + client.recv(16_384)
            begins += told.count(b"HTTP/1.1 200")
            time.sleep(0.01)
        assert begins > 1 and len(service.server.server_state.connections) == 1


def test_answers_that_are_not_taken_fill_no_memory(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for one: the one that has been under way longer is cut, the other is given whole."""
    service = start()
    waiting = untaken_of(service)
    count = 400

    def ask(client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(20)
        client.connect(("127.0.0.1", service.port))
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * count)

    with socket.socket() as first, socket.socket() as second:
        ask(first)
        until(lambda: waiting.left_bytes > 0)
        monkeypatch.setattr(untaken, "UNTAKEN_BYTES_MAX", int(1.5 * waiting.left_bytes))
        ask(second)
        until(lambda: len(service.server.server_state.connections) == 2)
        until(lambda: len(service.server.server_state.connections) == 1)
        assert ended(first)
        begins, told = 0, b""
        while begins < count:
            piece = second.recv(1 << 20)
            assert piece, "it was cut"
            told = told[-11:] + piece
            begins += told.count(b"HTTP/1.1 200")
    until(lambda: waiting.left_bytes == 0)


def test_of_requests_that_come_together_the_one_that_is_answered_counts(start: Start) -> None:
    """Not the one that was read last: else what a long answer has left would be nobody's."""
    service = start()
    waiting = untaken_of(service)
    piece, count = bytes(1 << 16), 1_000
    assert service.request("GET", "/healthz").status == 200  # its own application has begun
    service.server.config.loaded_app = InPieces([piece] * count, 200, {}, "text/plain")
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 3)
        until(lambda: waiting.left_bytes > count * len(piece) / 2)
    until(lambda: waiting.left_bytes == 0)


def test_a_socket_is_not_opened_behind_an_answer(start: Start) -> None:
    """It would take the connection from an answer that nobody has taken: nobody would learn that its client left."""
    service = start()
    waiting = untaken_of(service)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", service.port))
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 400 + UPGRADE)
        assert ended(client)
    until(lambda: waiting.left_bytes == 0 and not service.server.server_state.connections)
    with socket.create_connection(("127.0.0.1", service.port)) as client:  # behind one that is complete it is
        client.settimeout(20)
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert client.recv(1_000).startswith(b"HTTP/1.1 200")
        client.sendall(UPGRADE)
        assert client.recv(1_000).startswith(b"HTTP/1.1 101")
