"""`headwater serve`: the API with the ledger in this process, the projector in another, long questions in a third.

The one idea: everything that can refuse to start does so before the first request is read, with a sentence and exit
status 2. After that the service runs until a signal, answers what it has begun, tells those who wait for news to come back,
closes the ledger, stops the projector, and ends with 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from functools import partial
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from api import logs
from api.app import create_app
from api.connections import Connection, open_files_enough
from api.context import AppContext, open_context
from api.ending import Ending
from api.request_ids import RequestIds
from api.supervisor import ProjectorSupervisor
from api.untaken import Untaken
from lineage.errors import HeadwaterError, SettingsError
from lineage.settings import Settings

BACKLOG: Final = 1024  # connections that wait while the loop is busy: a burst of workers that start at once
# A large answer is ten thousands of objects that live for a moment: looking through all of them for garbage, as often as Python
# does by itself, made plain requests beside it wait three times as long. Rarely is no better: at 20,000 a look through the young
# took 9 ms, and one through the middle-aged, after fifty of those, half a second (benchmarks/graphql, benchmarks/evidence).
COLLECT_AFTER: Final = (2_000, 5, 1_000)
# A thread that waits for the interpreter gets it after this long, and a question asks for it again at every row that SQLite
# reads: with Python's 5 ms, beside a loop that is kept busy, the smallest question took 75 ms (benchmarks/graphql).
SWITCH_AFTER_S: Final = 0.000_1
KEEP_ALIVE_S: Final = 75  # longer than clients keep theirs, so that a reused connection is not closed under them
SOCKET_MESSAGE_BYTES_MAX: Final = 1 << 20  # as large as a GraphQL request over HTTP may be
SHUTDOWN_S_MAX: Final = 5  # requests in flight end within a second; a client that stopped sending is not waited for

_log = logging.getLogger(__name__)


def serve(settings: Settings, *, projector: bool = True) -> int:
    """Run the service until SIGTERM or SIGINT. Exit status: 0 stopped, 2 could not start (said on standard error)."""
    logs.configure(settings.log_level, settings.log_format)
    open_files_enough()
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        listener = listen(settings.host, settings.port)
    except HeadwaterError as error:
        return _refuse(error.message)
    except OSError as error:
        return _refuse(f"The data folder {settings.data} cannot be made: {error}. Correct --data.")
    with listener:
        try:
            context = open_context(settings)
        except HeadwaterError as error:
            return _refuse(error.message)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(run(context, create_app(context), listener, projector=projector))
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; SettingsError when the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
            listener.setblocking(False)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        message = f"Cannot listen on {host}:{port}: {error}. Stop what listens there, or choose another --port."
        raise SettingsError(message, place="--port") from error
    return listener


class Server(uvicorn.Server):
    """uvicorn's server, which says farewell before it closes connections, and without its signal handling, which ends a
    process by the signal that stopped it: ours is 0."""

    def __init__(self, config: uvicorn.Config, ending: Ending) -> None:
        super().__init__(config)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no connection any more, say farewell, then end as uvicorn does."""
        for server in self.servers:
            server.close()  # first: who is told to come back is to find the next service, not this one
        await self._ending.begin()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `run`."""
        yield


async def run(context: AppContext, app: FastAPI, listener: socket.socket, *, projector: bool) -> None:
    """Serve `app` on `listener` until a signal; then stop the projector and close the context."""
    server = make_server(app, context.ending)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, server)
    supervisor = ProjectorSupervisor(context.settings, context.projector)
    if projector:
        supervisor.start()
        context.commit.after_commit = supervisor.wake
    context.signing.start()
    context.answering.offer(context.settings, context.pseudonyms)
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    logs.log(_log, logging.INFO, f"Headwater listens on {address}", data=context.settings.data)
    sys.setswitchinterval(SWITCH_AFTER_S)
    gc.collect()
    gc.freeze()  # what is here now stays: no collection needs to look through it again
    gc.set_threshold(*COLLECT_AFTER)
    try:
        await server.serve(sockets=[listener])
    finally:
        async with contextlib.AsyncExitStack() as ends:  # each is done, whatever becomes of those before
            ends.push_async_callback(context.close)
            ends.push_async_callback(supervisor.stop)
            ends.push_async_callback(context.stop_reading)
    logs.log(_log, logging.INFO, "stopped")


def make_server(app: ASGIApp, ending: Ending | None = None) -> Server:
    """A server with the settings that our clients need; tests run it in a thread."""
    config = uvicorn.Config(
        RequestIds(app),
        http=partial(Connection, Untaken()),  # type: ignore[arg-type]  # whatever makes a connection will do
        access_log=False,  # /metrics counts, and a line for each event would cost more than the event
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S_MAX,
        ws_max_size=SOCKET_MESSAGE_BYTES_MAX,
        lifespan="on",
    )
    return Server(config, ending or Ending())


def _stop(server: Server) -> None:
    if server.should_exit:  # asked twice: do not wait for those who read slowly
        server.force_exit = True
    server.should_exit = True


def _loop_factory() -> type[asyncio.AbstractEventLoop]:
    if sys.platform == "win32":
        return asyncio.ProactorEventLoop
    import uvloop

    return uvloop.Loop


def _refuse(message: str) -> int:
    print(f"headwater serve: {message}", file=sys.stderr)
    return 2
