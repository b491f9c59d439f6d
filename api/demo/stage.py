"""The service of the demonstration: a free port, the real server in this thread, the play in another.

The one idea: the port is never asked for and then taken; the listening socket is opened first, and its number is what
the play gets. Requests that come before the server runs wait in the socket's queue.
"""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from api import logs
from api.app import create_app
from api.cli import EXIT_INTERRUPTED, Unreachable
from api.context import open_context
from api.serve import listen, run
from lineage.errors import SettingsError
from lineage.settings import Settings


class Stage:
    """One service on loopback. As a context manager it closes its socket; `run` may be called once, in the main thread.

    `any_port`: if the port is taken, take a free one. Errors: SettingsError.
    """

    def __init__(self, settings: Settings, *, any_port: bool) -> None:
        settings.data.mkdir(parents=True, exist_ok=True)
        self._listener = _listen(settings, any_port=any_port)
        port = self._listener.getsockname()[1]
        self.settings = replace(settings, port=port, url=f"http://127.0.0.1:{port}")
        self._failure: BaseException | None = None

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._listener.close()

    def run(self, play: Callable[[], None], *, stop_after: bool) -> int:
        """Serve while `play` runs beside it, and after it until a signal unless `stop_after`. Raises what it raised."""
        logs.configure(self.settings.log_level, self.settings.log_format)
        context = open_context(self.settings)
        player = threading.Thread(target=self._perform, args=(play, stop_after), name="demo", daemon=True)
        player.start()
        with asyncio.Runner() as runner:
            runner.run(run(context, create_app(context), self._listener, projector=True))
        player.join()
        if isinstance(self._failure, Unreachable):  # stopped by hand before the answers were there
            return EXIT_INTERRUPTED
        if self._failure is not None:
            raise self._failure
        return 0

    def _perform(self, play: Callable[[], None], stop_after: bool) -> None:
        try:
            play()
        except BaseException as failure:  # it is raised again in the main thread, once the service has stopped
            self._failure = failure
            stop_after = True
        if stop_after and self._listener.fileno() != -1:
            os.kill(os.getpid(), signal.SIGTERM)


def _listen(settings: Settings, *, any_port: bool) -> socket.socket:
    try:
        return listen(settings.host, settings.port)
    except SettingsError:
        if not any_port:
            raise
        return listen(settings.host, 0)
