"""The desk: where synchronous questions are answered, beside the event loop and in bounded number.

The one idea: reading the graph blocks, so it happens in a few threads; what cannot be answered soon is refused at once
(Overloaded) instead of queueing without end, so that a flood of questions never stops the ingest of the same process.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from lineage.errors import Overloaded

THREADS = 4  # two cores: two that compute, two that wait for the disk
WAITING_MAX = 200  # at 20 ms a question the last of them waits a second
RETRY_AFTER_S = 1.0
PATIENT_MAX = 2 * THREADS  # of those who wait; the desk stays open for all others

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


class Desk:
    """Runs blocking calls in threads of its own. One for each service, used from its event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="question")
        self._waiting = 0

    async def ask(
        self, question: Callable[Parameters, Answer], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Answer:
        """The question's answer, or its error. Overloaded when too many are waiting already."""
        if self._waiting >= WAITING_MAX:
            raise Overloaded(
                f"{WAITING_MAX} questions are waiting already. Ask again in a second.", retry_after_s=RETRY_AFTER_S
            )
        self._waiting += 1
        try:
            within = copy_context()  # so that a read's trace hangs below its operation's
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: within.run(question, *args, **kwargs)
            )
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let running questions end; start no other."""
        self._threads.shutdown(wait=True, cancel_futures=True)


class PatientDesk(Desk):
    """The same desk for those who would rather wait than be refused, a few of them at a time: when something happens, a
    thousand subscribers ask at once, and none of them is to be told that it was too many."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._places = asyncio.Semaphore(PATIENT_MAX)

    async def ask(
        self, question: Callable[Parameters, Answer], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Answer:
        """The question's answer, or its error."""
        async with self._places:
            return await self._desk.ask(question, *args, **kwargs)

    def close(self) -> None:
        """Whoever has the desk closes it."""
