"""Connections that begin nothing, or do not end: how long the head of a request may take, how long it may be, how fast a body is
read that nobody wants any more, how long and how much of an answer waits for somebody to take it, and how many files may be open.

The one idea: whoever connects and says nothing, or half a head, holds a file of the process, and when there are none left nobody
is let in. The web server bounds how long it waits between two requests, not how long it waits for one; so a connection has so
long to say what it wants, from its beginning and after each answer, whatever trickles in meanwhile. A body that was refused
by its length has to be read all the same, for there may be another request behind it; but there is no hurry.
"""

from __future__ import annotations

import asyncio
import fcntl
import resource
import struct
import termios
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.untaken import UNSENT, Untaken

HEAD_S_MAX: Final = 15.0  # as long as a body may pause; a head is one packet
HEAD_BYTES_MAX: Final = 1 << 17  # nodeIds in the address have some hundred bytes, tokens some thousand
UNTAKEN_S_MAX: Final = 30.0  # in which whoever asked takes not a byte of what is ready for it
UNREAD_PAUSE_S: Final = 0.01  # after each 256 kB of a body that was refused: 26 MB a second
FILES_MAX: Final = 1 << 16  # that many connections would take 3 GB


class Connection(HttpToolsProtocol):
    """uvicorn's connection, with bounds on heads, and on answers that are not taken."""

    _overdue: asyncio.TimerHandle | None = None
    _untaken: asyncio.TimerHandle | None = None
    _in_head = True
    _head_bytes = 0
    _answering: RequestResponseCycle | None = None
    _began_s = 0.0

    def __init__(self, untaken: Untaken, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._untaken_of_all = untaken

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is awaited."""
        super().connection_made(transport)
        self._await_head(HEAD_S_MAX)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited."""
        self._stop_awaiting()
        self._stop_offering()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a head are counted, so that it does not fill the memory."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX:
            self.transport.abort()
        elif not self._in_head and self._is_answered() and not self.transport.is_closing():
            self.flow.pause_reading()
            self.loop.call_later(UNREAD_PAUSE_S, self._read_on)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head, self._head_bytes = False, 0
        self._stop_awaiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is another head."""
        super().on_message_complete()
        self._in_head, self._head_bytes = True, 0

    def on_response_complete(self) -> None:
        """The next head is awaited: longer than a connection may be idle, so that it is trickling that is cut."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._await_head(self.timeout_keep_alive + HEAD_S_MAX)

    def handle_websocket_upgrade(self) -> None:
        """The WebSocket has bounds of its own. Asked for behind an answer that is not complete, it would take that one's
        connection away, and nobody would learn of its end."""
        self._stop_awaiting()
        if self._is_answered(nothing_asked=True):
            super().handle_websocket_upgrade()
        else:
            self.cut()

    def pause_writing(self) -> None:
        """The client takes less than there is: an answer that nobody takes is not kept for good."""
        super().pause_writing()
        self._offer(self._untaken_bytes())
        unsent = 0 if self._answering is None else cast(int, self._answering.scope.get(UNSENT, 0))
        self._untaken_of_all.offer(self, self._began_s, unsent + self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """It took some."""
        super().resume_writing()
        self._stop_offering()

    def _offer(self, left_bytes: int) -> None:
        self._untaken = self.loop.call_later(UNTAKEN_S_MAX, self._look_what_was_taken, left_bytes)

    def _look_what_was_taken(self, before_bytes: int) -> None:
        left_bytes = self._untaken_bytes()
        if left_bytes < before_bytes:  # slowly is enough
            self._offer(left_bytes)
        else:
            self.cut()

    def cut(self) -> None:
        """End an answer that is not taken, and the connection."""
        if self._answering is not None:
            self._answering.disconnected = True  # nothing more is written to it
        self.transport.abort()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # uvicorn's `cycle` is the request that was read last: of several that came together, another is answered.
        self._answering, self._began_s = cycle, self.loop.time()
        super()._start_asgi_task(cycle, app)

    def _untaken_bytes(self) -> int:
        """What is ready for the client here and in the system, which takes more from us in large steps only."""
        connection = self.transport.get_extra_info("socket")
        queued: tuple[int] = struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)))
        return self.transport.get_write_buffer_size() + queued[0]

    def _stop_offering(self) -> None:
        self._untaken_of_all.forget(self)
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _read_on(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _await_head(self, seconds: float) -> None:
        self._stop_awaiting()
        self._overdue = self.loop.call_later(seconds, self._give_up)

    def _stop_awaiting(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _give_up(self) -> None:
        if self._is_answered(nothing_asked=True):  # else it is in the middle of a pipelined request
            self.transport.abort()

    def _is_answered(self, *, nothing_asked: bool = False) -> bool:
        cycle: Any = self.cycle  # uvicorn has None there before the first request, and does not say so
        return nothing_asked if cycle is None else bool(cycle.response_complete)


def open_files_enough() -> None:
    """Have as many files as the system lets us: the usual 1,024 are a thousand connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
