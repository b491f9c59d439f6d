"""A real service for tests: uvicorn in a thread on a free port, over a data folder of its own, without a projector."""

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvloop

from api.app import create_app
from api.context import AppContext, open_context
from api.serve import Server, listen, make_server
from lineage.settings import Settings


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """A running service and how to talk to it."""

    context: AppContext
    port: int
    server: Server
    extra_headers: dict[str, str] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {**self.extra_headers, **(headers or {})}, **more)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def post(
        self, body: Any, path: str = "/api/v1/lineage", headers: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        payload = body if isinstance(body, bytes) or hasattr(body, "__next__") else json.dumps(body).encode()
        return self.request("POST", path, payload, {"Content-Type": "application/json", **(headers or {})}, **more)

    def received(self, index: int) -> bytes:
        answer = self.request("GET", f"/api/v1/events/{index}")
        assert answer.status == 200, answer
        return answer.body

    def size(self) -> int:
        return self.context.ledger.size()


Start = Callable[..., Service]


def _start(settings: Settings) -> tuple[Service, threading.Thread]:
    listener = listen(settings.host, settings.port)
    context = open_context(settings)
    server = make_server(create_app(context), context.ending)

    async def serve() -> None:
        service.loop = asyncio.get_running_loop()
        await server.serve(sockets=[listener])
        await context.close()

    def work() -> None:
        with asyncio.Runner(loop_factory=uvloop.Loop) as runner, listener:
            runner.run(serve())

    service = Service(context, listener.getsockname()[1], server)
    thread = threading.Thread(target=work, name="test-service")
    thread.start()
    return service, thread


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts services with settings of the test's own; all are stopped after the test."""
    started: list[tuple[Service, threading.Thread]] = []

    def begin(**settings: Any) -> Service:
        pair = _start(Settings(data=tmp_path / f"data{len(started)}", port=0, **settings))
        started.append(pair)
        return pair[0]

    yield begin
    for service, thread in started:
        service.server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def service(start: Start) -> Service:
    """A service with the defaults."""
    return start()


def event(number: int = 0, **more: Any) -> dict[str, Any]:
    """A small RunEvent; different for each number."""
    return {
        "eventType": "COMPLETE",
        "eventTime": f"2026-11-01T10:{number // 60 % 60:02d}:{number % 60:02d}.000Z",
        "producer": "https://example.org/tests",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": f"00000000-0000-4000-8000-{number:012d}"},
        "job": {"namespace": "tests", "name": f"job{number}"},
        "inputs": [{"namespace": "db://a", "name": "public.source"}],
        "outputs": [{"namespace": "db://a", "name": "public.target"}],
        **more,
    }


@pytest.fixture(scope="session", name="event")
def event_fixture() -> Callable[..., dict[str, Any]]:
    """`event(number, **more)` makes a small RunEvent."""
    return event
