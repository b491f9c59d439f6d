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
import time
from dataclasses import replace
from typing import Final

from api.messages import BUFFER_BYTES, receive, send
from api.questions import HELLO, Answer, Question
from api.supervisor import ProcessState, Supervisor, environment_of
from api.turns import Turns
from lineage.access.pseudonyms import Pseudonyms
from lineage.errors import Overloaded
from lineage.settings import Settings

ASKED_MAX: Final = 500  # questions that wait: each is some kB, and a MB at most
ASKED_BY_ONE_MAX: Final = ASKED_MAX // 2  # whoever asks for much leaves places to others
AT_ONCE_MAX: Final = 4  # answers in the making: each takes some 50 MB when it is long
ANSWER_S_MAX: Final = 60.0  # six walks that use all their time; whoever waits longer has left
START_S_MAX: Final = 60.0  # it takes two seconds, and on a machine that swaps many
RETRY_AFTER_S: Final = 1.0
NICENESS: Final = 5  # of two that want a processor it gets a quarter: others ask for less, and are to have it sooner
ENDED: Final = "The process that answers long questions ended. Ask again in a second."
START_AFTER_S: Final = 5.0  # of the service's: most long questions find it there, and what lasts a moment never starts it


class Answering:
    """The process, as the service sees it. Used from the event loop."""

    def __init__(self) -> None:
        self.state = ProcessState()
        self._supervisor: _AnsweringSupervisor | None = None
        self._starting: asyncio.TimerHandle | None = None

    def offer(self, settings: Settings, pseudonyms: Pseudonyms) -> None:
        """From now on there is such a process when it is needed. In the main thread."""
        self._supervisor = _AnsweringSupervisor(settings, pseudonyms, self.state)
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

    @property
    def waiting(self) -> int:
        """How many questions wait for their answers."""
        channel = None if self._supervisor is None else self._supervisor.channel
        return 0 if channel is None else channel.waiting

    async def ask(self, question: Question) -> Answer | None:
        """The answer; None when the service has to answer by itself: the process is not there, or cannot. Overloaded when too
        many wait for it, it takes too long, or it ended meanwhile."""
        if self._supervisor is None:
            return None
        self._start()
        if (channel := self._supervisor.channel) is None:
            return None
        answer = await channel.ask(question)
        return None if answer.declined else answer

    async def stop(self) -> None:
        """End it, and wait until it has."""
        if self._starting is not None:
            self._starting.cancel()
        if self._supervisor is not None:
            await self._supervisor.stop()
            self._supervisor = None


class _Channel:
    """The service's end. Those who wait for the process have their turns."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, process: asyncio.subprocess.Process
    ) -> None:
        self._reader, self._writer, self._process = reader, writer, process
        self._heard_s = 0.0
        self._turns = Turns(AT_ONCE_MAX)
        self._waiting: dict[asyncio.Task[Answer], str] = {}  # and who asked
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._sending = asyncio.Lock()
        self._last = HELLO

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def ask(self, question: Question) -> Answer:
        actor = question.principal.actor
        if len(self._waiting) >= ASKED_MAX or sum(each == actor for each in self._waiting.values()) >= ASKED_BY_ONE_MAX:
            raise Overloaded("Too many long questions are waiting already. Ask again in a second.", retry_after_s=RETRY_AFTER_S)
        sent = asyncio.Event()
        task = asyncio.create_task(self._answer(question, sent), name="a long question")
        self._waiting[task] = actor
        task.add_done_callback(self._answered)
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                return await asyncio.shield(task)  # what is being made keeps its place, whoever still waits for it
        except TimeoutError as error:
            message = "The question could not be answered in time. Ask for less, or ask again."
            raise Overloaded(message, retry_after_s=RETRY_AFTER_S) from error
        finally:
            if not sent.is_set():
                task.cancel()

    async def _answer(self, question: Question, sent: asyncio.Event) -> Answer:
        async with self._turns.turn(question.principal.actor):
            if self._writer.is_closing():
                return Answer(declined=True)  # it ended, and never had this one
            sent.set()
            self._last += 1
            number = self._last
            answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._asked[number] = answer
            try:
                async with self._sending:
                    await send(self._writer, number, question)
            except OSError as error:
                raise Overloaded(ENDED, retry_after_s=RETRY_AFTER_S) from error
            while True:
                since_s = time.monotonic()
                try:
                    async with asyncio.timeout(ANSWER_S_MAX):
                        return await asyncio.shield(answer)
                except TimeoutError:
                    if self._heard_s < since_s:  # not a word to anybody in all that time: it hangs
                        self.kill()

    def kill(self) -> None:
        """End the process; whoever waits for it learns of that."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def _answered(self, task: asyncio.Task[Answer]) -> None:
        del self._waiting[task]
        if not task.cancelled():
            task.exception()  # whoever asked may have left

    async def listen(self, ready: asyncio.Event) -> None:
        """Take answers until the process ends; `ready` is set when it says that it is."""
        try:
            async with asyncio.timeout(START_S_MAX):
                await receive(self._reader)  # HELLO
            ready.set()
            while True:
                number, answer, pieces = await receive(self._reader)
                self._heard_s = time.monotonic()
                self._asked.pop(number).set_result(replace(answer, data=pieces))
        except TimeoutError:
            self.kill()
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            self._writer.close()
            for waiting in self._asked.values():
                waiting.set_exception(Overloaded(ENDED, retry_after_s=RETRY_AFTER_S))
                waiting.exception()  # nobody awaits one that could not be sent
            self._asked.clear()


class _AnsweringSupervisor(Supervisor):
    """Its standard input is a socket: questions come by it, and answers go back."""

    def __init__(self, settings: Settings, pseudonyms: Pseudonyms, state: ProcessState) -> None:
        environment = environment_of(settings, os.environ, "witnesses", "traces_url")
        super().__init__("the process that answers long questions", "api.answering_process", environment, state)
        self._pseudonyms = pseudonyms
        self._open: _Channel | None = None
        self._ready = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    @property
    def channel(self) -> _Channel | None:
        """Where to ask; None while nobody is ready to answer."""
        listens = self._ready.is_set() and self._listening is not None and not self._listening.done()
        return self._open if listens else None

    async def _begin(self) -> asyncio.subprocess.Process:
        ours, theirs = socket.socketpair()
        with contextlib.ExitStack() as undo:
            undo.enter_context(ours)
            with theirs:
                process = await self._launch(theirs.fileno())
            with contextlib.suppress(OSError):  # it ended, or the system lets nobody set priorities
                own = os.getpriority(os.PRIO_PROCESS, 0)
                os.setpriority(os.PRIO_PROCESS, process.pid, own + NICENESS)  # now: its start is a second of work
            self._ready.clear()
            reader, writer = await asyncio.open_connection(sock=ours, limit=BUFFER_BYTES)
            undo.pop_all()
        await send(writer, HELLO, self._pseudonyms.key)
        self._open = _Channel(reader, writer, process)
        self._listening = asyncio.create_task(self._open.listen(self._ready), name="answers to long questions")
        return process

    async def stop(self) -> None:
        """As Supervisor."""
        await super().stop()
        if self._listening is not None:
            await self._listening  # it ends with the process
