"""Long questions, and the process that answers them beside the service's own.

The one idea: an interpreter runs one thread at a time, so whoever asks for much makes all others wait for it; in a process of its
own, with less claim to the processors, the same question makes nobody wait. It only reads and has nothing to lose: it is
started soon after the service, or when the first long question comes, and while it is not there the service answers by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from api.frames import BUFFER_BYTES, receive, send
from api.supervisor import ProcessState, Supervisor, environment_of
from lineage.access.principal import Principal
from lineage.access.reads import Read
from lineage.access.veil import PSEUDONYMS
from lineage.errors import Overloaded
from lineage.settings import Settings

ASKED_MAX: Final = 100  # answers that are waited for: each is a few MB when it is long
ANSWER_S_MAX: Final = 60.0  # the longest question that may be asked takes a second or two
RETRY_AFTER_S: Final = 1.0
NICENESS: Final = 5  # of two that want a processor it gets a quarter: others ask for less, and are to have it sooner
START_AFTER_S: Final = 5.0  # of the service's: most long questions find it there, and what lasts a moment never starts it
HELLO: Final = 0  # the number of the first message of each side: by which key pseudonyms are made; it is ready


@dataclass(frozen=True, slots=True)
class Question:
    """One GraphQL query and who asks it. `headers` are those that an answer depends on; no key is among them."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None
    principal: Principal
    request: str
    headers: tuple[tuple[bytes, bytes], ...]


@dataclass(slots=True)
class Taken:
    """What answering took, to be put on record and counted by who has the record: reads, operations (label, outcome,
    seconds) and reads of the graph (name, seconds)."""

    reads: list[Read] = field(default_factory=list)
    operations: list[tuple[str, str, float | None]] = field(default_factory=list)
    store_reads: list[tuple[str, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `data` is JSON in pieces, which travel beside it; None where there is none. `errors` are as GraphQL
    writes them. `declined`: the question has to be answered by the service itself."""

    data: tuple[bytes, ...] | None = None
    errors: tuple[Mapping[str, Any], ...] = ()
    extensions: Mapping[str, Any] | None = None
    taken: Taken = field(default_factory=Taken)
    declined: bool = False

    def sent_apart(self) -> Answer:
        """The same without the pieces themselves."""
        return self if self.data is None else replace(self, data=())


class Answering:
    """The process, as the service sees it. Used from the event loop."""

    def __init__(self) -> None:
        self.state = ProcessState()
        self._supervisor: _AnsweringSupervisor | None = None
        self._starting: asyncio.TimerHandle | None = None

    def offer(self, settings: Settings) -> None:
        """From now on there is such a process when it is needed. In the main thread."""
        self._supervisor = _AnsweringSupervisor(settings, self.state)
        self._starting = asyncio.get_running_loop().call_later(START_AFTER_S, self._start)

    def _start(self) -> None:
        if self._supervisor is not None and not self.state.wanted:
            self._supervisor.start()

    @property
    def offered(self) -> bool:
        """Whether it is worth the while to find out which questions are long."""
        return self._supervisor is not None

    @property
    def ready(self) -> bool:
        """Whether it would answer now."""
        return self._supervisor is not None and self._supervisor.channel is not None

    async def ask(self, question: Question) -> Answer | None:
        """The answer; None when the service has to answer by itself, for the process is not there. Overloaded when too many
        wait for it, it takes too long, or it ended meanwhile."""
        if self._supervisor is None:
            return None
        self._start()
        channel = self._supervisor.channel
        return None if channel is None else await channel.ask(question)

    async def stop(self) -> None:
        """End it, and wait until it has."""
        if self._starting is not None:
            self._starting.cancel()
        if self._supervisor is not None:
            await self._supervisor.stop()
            self._supervisor = None


class _Channel:
    """The service's end."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, process: asyncio.subprocess.Process
    ) -> None:
        self._reader, self._writer, self._process = reader, writer, process
        self._heard_s = 0.0
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._sending = asyncio.Lock()
        self._last = HELLO

    async def ask(self, question: Question) -> Answer:
        if len(self._asked) >= ASKED_MAX:
            message = f"{ASKED_MAX} long questions are waiting already. Ask again in a second."
            raise Overloaded(message, retry_after_s=RETRY_AFTER_S)
        self._last += 1
        number = self._last
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        asked_s = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                async with self._sending:
                    await send(self._writer, number, question)
                return await asyncio.shield(answer)  # who leaves keeps a place until the answer is there: it is being made
        except (TimeoutError, OSError) as error:
            if self._heard_s < asked_s:  # not a word to anybody in all that time: it hangs
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
            message = "The question could not be answered in time. Ask for less, or ask again."
            raise Overloaded(message, retry_after_s=RETRY_AFTER_S) from error

    async def listen(self, ready: asyncio.Event) -> None:
        """Take answers until the process ends; `ready` is set when it says that it is."""
        try:
            while True:
                number, answer, pieces = await receive(self._reader)
                self._heard_s = time.monotonic()
                if number == HELLO:
                    ready.set()
                elif not (waiting := self._asked.pop(number)).done():
                    waiting.set_result(answer if answer.data is None else replace(answer, data=pieces))
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            self._writer.close()
            for waiting in self._asked.values():
                if not waiting.done():
                    message = "The process that answers long questions ended. Ask again in a second."
                    waiting.set_exception(Overloaded(message, retry_after_s=RETRY_AFTER_S))
                    waiting.exception()  # whoever asked may have left
            self._asked.clear()


class _AnsweringSupervisor(Supervisor):
    """Its standard input is a socket: questions come by it, and answers go back."""

    def __init__(self, settings: Settings, state: ProcessState) -> None:
        super().__init__("the process that answers long questions", state)
        self._environment = environment_of(settings, os.environ, "witnesses", "traces_url", "trusted_documents")
        self._open: _Channel | None = None
        self._ready = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    @property
    def channel(self) -> _Channel | None:
        """Where to ask; None while nobody is ready to answer."""
        listens = self._ready.is_set() and self._listening is not None and not self._listening.done()
        return self._open if listens else None

    async def _spawn(self) -> asyncio.subprocess.Process:
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "api.answering_process", stdin=theirs.fileno(), env=self._environment
            )
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)  # from here: to start takes it a second of work
        self._ready.clear()
        reader, writer = await asyncio.open_connection(sock=ours, limit=BUFFER_BYTES)
        await send(writer, HELLO, PSEUDONYMS.key)
        self._open = _Channel(reader, writer, process)
        self._listening = asyncio.create_task(self._open.listen(self._ready), name="answers to long questions")
        return process

    async def stop(self) -> None:
        """As Supervisor."""
        await super().stop()
        if self._listening is not None:
            await self._listening  # it ends with the process
