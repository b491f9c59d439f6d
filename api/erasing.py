"""Erasure as the service does it: in both logs, with the nodes that were named, and by itself when limits say so.

The one idea: lineage/erasure knows the rules and the ledger, but reads no OpenLineage and keeps no caches; what it lacks
is brought here. Erasing blocks for as long as it takes, so it is done in threads, and one at a time.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from api.accepting import NORM
from api.dead_letters import DeadLetters
from api.logs import log
from collectors.openlineage import read
from collectors.openlineage.caches import forget
from lineage.erasure import Eraser, Hold, Outcome
from lineage.erasure.selection import Ranges
from lineage.errors import HeadwaterError, InputError, NotFound, Overloaded
from lineage.events import Event
from lineage.ids import NodeId, dataset_id, job_id
from lineage.ledger import Ledger
from lineage.query import Questions

FIRST_S: Final = 60.0  # after the start: let the projector and those who wait have the disk first
EVERY_S: Final = 3_600.0  # limits are days: an hour later is soon enough
THREADS: Final = 2  # one erases, one searches
WAITING_MAX: Final = 8
RETRY_S: Final = 60.0
TOUCHED_MAX: Final = 5_000  # nodes named in one `erase` entry: 200 kB
Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")
_log = logging.getLogger(__name__)


class Erasing:
    """The erasers of a service: `ledger` for what people ask, both logs for what limits say."""

    def __init__(
        self,
        ledger: Ledger,
        access: Ledger,
        questions: Questions,
        dead_letters: DeadLetters,
        wake: Callable[[], None],
        hands: Callable[[str], frozenset[str]],
    ) -> None:
        """`wake` tells the projector that there are new entries; `hands` says who is behind an actor."""
        lock = threading.Lock()
        self.ledger = Eraser(ledger, _now_us, hands=hands, touched=self._touched, forget=forget, lock=lock)
        self._access = Eraser(access, _now_us, lock=lock)
        self._questions, self._dead_letters, self._wake = questions, dead_letters, wake
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="erasing")
        self._waiting = 0

    async def ask(
        self, work: Callable[Parameters, Answer], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Answer:
        """What an eraser answers, in a thread of its own. Overloaded when as many wait already as may: a search reads
        every payload, and must not take the threads that all others need."""
        if self._waiting >= WAITING_MAX:
            raise Overloaded(
                f"{WAITING_MAX} erasures or searches wait already. Try again in a minute.", retry_after_s=RETRY_S
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))
        finally:
            self._waiting -= 1

    def wake(self) -> None:
        """The projector is to read what was appended to the ledger."""
        self._wake()

    def stop(self) -> None:
        """End what is being erased after the transaction under way; what is left is found again."""
        self.ledger.stop()
        self._access.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def apply_limits(self) -> tuple[Outcome, Outcome] | None:
        """Erase what is older than the limits, in the ledger and in the access log; None when there are no limits."""
        self.ledger.finish()
        self._access.finish()
        standing = self.ledger.record.standing()
        if standing.limits is None or not standing.limits[1].days:
            return None
        done = self.ledger.retain(standing.limits, self._holds, frozenset(self._dead_letters.replayed_indexes()))
        if done.receipts:
            self._wake()
        return done, self._access.retain(standing.limits, self._holds_on_access)

    def _holds(self) -> list[Hold]:
        return [hold for _, hold in self.ledger.record.standing().holds.values()]

    def _holds_on_access(self) -> list[Hold]:
        """A hold that names entries means the ledger's: in the other log it would be about others."""
        return [Hold(each.classes, (), each.reason) for each in self._holds() if each.classes or not each.entries]

    async def keep_limits(self) -> None:
        """Apply the limits now and then, until cancelled."""
        pause_s = FIRST_S
        while True:
            await asyncio.sleep(pause_s)
            pause_s = EVERY_S
            try:
                done = await self.ask(self.apply_limits)
            except HeadwaterError as error:
                log(_log, logging.ERROR, "the retention limits could not be applied", error=error.message)
                continue
            if done is not None and any(each.parts or each.keys for each in done):
                parts, keys = (sum(each.parts for each in done), sum(len(each.keys) for each in done))
                log(_log, logging.INFO, "retention limits applied", parts=parts, keys=keys)

    def _touched(self, norms: Mapping[int, bytes], gone: Ranges) -> Mapping[int, tuple[str, ...]]:
        """A node that is known from entries that stay is named; of one that only these spoke of, nothing may stay."""
        named = {index: _nodes_of(norm, index) for index, norm in norms.items()}
        before = Ranges(each for _, deed in self.ledger.record.standing().deeds.values() for each in deed.erased)
        stays: dict[NodeId, bool] = {}
        for node in {node for nodes in named.values() for node in nodes}:
            if len(stays) == TOUCHED_MAX:
                log(_log, logging.WARNING, "an erasure names more nodes than are marked", marked=TOUCHED_MAX)
                break
            try:
                told_by = self._questions.entries_of(node)
                stays[node] = not all(gone.has(NORM, index) or before.has(NORM, index) for index in told_by)
            except NotFound:
                stays[node] = False
        return {index: tuple(sorted(n for n in nodes if stays.get(n))) for index, nodes in named.items()}


def _nodes_of(norm: bytes, index: int) -> set[NodeId]:
    """The own ids of the job and the datasets that an event names."""
    try:
        event: Event = read(norm, index)
    except (InputError, ValueError):  # the projector has set it aside: the graph has nothing of it
        return set()
    nodes = {dataset_id(mention.name.namespace, mention.name.name) for mention in event.mentions}
    if event.job is not None:
        nodes.add(job_id(event.job.namespace, event.job.name))
    return nodes


def _now_us() -> int:
    return time.time_ns() // 1_000
