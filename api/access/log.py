"""The access log: who read or exported what, in a Merkle log of its own beside the ledger.

The one idea: an ordinary read is noted and written within a second, many in one transaction, so that a question costs
next to nothing more (a kill -9 loses that second); a privileged read is on disk before its answer leaves, or there is no
answer. What cannot be written is never dropped: it waits, and when as much waits as may, reads are refused.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from api.logs import log
from collectors.openlineage.secrets import REDACTED, is_secret_name, redact_text
from lineage.access.reads import Read, draft_of
from lineage.errors import HeadwaterError, LedgerError, Overloaded
from lineage.ledger import Draft, Ledger, Receipt

BATCH_S: Final = 0.5  # an ordinary read waits this long for others; with the write itself it is below a second
BATCH_MAX: Final = 1_000
SLICE: Final = 16  # written at once while nobody waits: a millisecond in which answers wait for the interpreter
PAUSE_S: Final = 0.004  # between slices, for them to catch up
WAITING_MAX: Final = 10_000  # reads that wait for a disk that is full or slow: at 100 a second, for 100 s
IDS_MAX: Final = 2_000_000  # of all that wait together: 200 MB
RETRY_S: Final = 1.0
TEXT_MAX: Final = 200  # characters of one value of the variables; a name has fewer
VARIABLES_MAX: Final = 200  # values in all
WITHHELD: Final = frozenset({"personalText"})  # whom an erasure is about must not stand in another log for it
DEPTH_MAX: Final = 8  # the schema's deepest input has four levels
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """One read that is to be written; `receipt` None: nobody waits for it."""

    read: Read
    receipt: Future[Receipt] | None


class ReadLog(Protocol):
    """Where an ordinary read is noted. Any thread may call it."""

    def require_room(self) -> None:
        """Overloaded when no more reads can wait: then none may be answered."""

    def note(self, read: Read) -> None:
        """An ordinary read: on disk within a second. Overloaded when too many wait: do not answer then."""


class AccessLog:
    """Writes reads into `ledger`, which the caller closes after `close`. Any thread may call `note`."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._queue: deque[_Waiting] = deque()
        self._ids = 0
        self._writing = 0
        self.failure: str | None = None
        """Why the last write failed; None: it did not."""
        self._urgent = 0
        self._changed = threading.Condition()
        self._closing = False
        self._sliced = False  # the rest of a batch is still to be written
        self._thread = threading.Thread(target=self._write, name="access-log", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many reads are not on disk yet (for metrics)."""
        return len(self._queue) + self._writing

    def require_room(self) -> None:
        """As ReadLog."""
        if len(self._queue) >= WAITING_MAX or self._ids >= IDS_MAX:
            raise Overloaded(
                f"{len(self._queue)} reads wait to be recorded: the access log's disk is full or slow. Ask again later.",
                retry_after_s=RETRY_S,
            )

    def note(self, read: Read) -> None:
        """As ReadLog."""
        self.require_room()
        self._put(_Waiting(read, None))

    async def record(self, read: Read) -> Receipt:
        """A privileged read: on disk when this returns. Any error means that it is not recorded: do not answer then."""
        self.require_room()
        receipt: Future[Receipt] = Future()
        receipt.set_running_or_notify_cancel()
        self._put(_Waiting(read, receipt))
        return await asyncio.wrap_future(receipt)

    async def close(self) -> None:
        """Write what waits, then stop."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        await asyncio.to_thread(self._thread.join)

    def _put(self, waiting: _Waiting) -> None:
        with self._changed:
            if self._closing:
                raise LedgerError("The access log is being closed. Ask again after the restart.", retryable=True)
            self._queue.append(waiting)
            self._ids += len(waiting.read.objects)
            self._urgent += waiting.receipt is not None
            if waiting.receipt is not None or len(self._queue) in (1, BATCH_MAX):
                self._changed.notify()

    def _write(self) -> None:
        while batch := self._next_batch():
            drafts, waiting = self._drafts(batch)
            try:
                receipts = self.ledger.append(drafts)
            except Exception as error:
                if not self._failed(waiting, error):
                    return
                continue
            self._writing, self.failure = 0, None
            for each, receipt in zip(waiting, receipts, strict=True):
                if each.receipt is not None:
                    each.receipt.set_result(receipt)

    def _next_batch(self) -> list[_Waiting]:
        """At least one, once it has waited for others or somebody waits for it; empty when closed and drained."""
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            until = time.monotonic() + (PAUSE_S if self._sliced else BATCH_S)
            while not self._closing and not self._urgent and len(self._queue) < BATCH_MAX:
                left_s = until - time.monotonic()
                if left_s <= 0:
                    break
                self._changed.wait(left_s)
            size = BATCH_MAX if self._urgent or self._closing or len(self._queue) > BATCH_MAX else SLICE
            batch = [self._queue.popleft() for _ in range(min(size, len(self._queue)))]
            self._sliced = bool(self._queue)
            self._urgent -= sum(each.receipt is not None for each in batch)
            self._ids -= sum(len(each.read.objects) for each in batch)
            self._writing = len(batch)
            return batch

    def _drafts(self, batch: list[_Waiting]) -> tuple[list[Draft], list[_Waiting]]:
        drafts: list[Draft] = []
        waiting: list[_Waiting] = []
        for each in batch:
            try:
                drafts.append(draft_of(each.read, redacted(each.read.variables)))
                waiting.append(each)
            except Exception as error:  # a fault of ours: whoever waits learns of it; of others we record what we can
                log(_log, logging.ERROR, "a read cannot be recorded as it was", trace=True)
                if each.receipt is not None:
                    each.receipt.set_exception(error)
                    continue
                drafts.append(draft_of(Read(each.read.kind, each.read.principal, decision="INTERNAL"), "{}"))
                waiting.append(each)
        return drafts, waiting

    def _failed(self, waiting: list[_Waiting], error: Exception) -> bool:
        """Those who wait get the error; the others wait on, in their order. False when it is time to stop."""
        told = error.message if isinstance(error, HeadwaterError) else repr(error)
        self.failure = told
        log(_log, logging.ERROR, "the access log cannot be written", waiting=len(waiting), error=told)
        for each in waiting:
            if each.receipt is not None:
                each.receipt.set_exception(error)
        again = [each for each in waiting if each.receipt is None]
        with self._changed:
            self._writing = 0
            self._ids += sum(len(each.read.objects) for each in again)
            self._queue.extendleft(reversed(again))
            if self._closing:
                log(_log, logging.ERROR, "reads were not recorded", count=len(self._queue))
                for each in self._queue:
                    if each.receipt is not None:
                        each.receipt.set_exception(error)
                return False
            self._changed.wait_for(lambda: self._closing or self._urgent > 0, RETRY_S)
        return True


def redacted(variables: Mapping[str, Any]) -> str:
    """JSON of a request's variables without secrets; long texts and long lists are cut, with a mark where."""
    left = VARIABLES_MAX

    def clean(value: Any, name: str, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > DEPTH_MAX:
            return "…"
        if (
            value is not None
            and not isinstance(value, dict | list | tuple)
            and (is_secret_name(name) or name in WITHHELD)
        ):
            return REDACTED
        match value:
            case str():
                text = redact_text(_plain(value[: 4 * TEXT_MAX]))
                return text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"
            case dict():
                shown = list(value.items())[: max(0, left) + 1]
                return {_plain(str(key)[:TEXT_MAX]): clean(each, str(key), depth + 1) for key, each in shown}
            case list() | tuple():
                return [clean(each, name, depth + 1) for each in value[: max(0, left) + 1]]
            case bool() | None | float():
                return value
            case int():
                return value if abs(value) < 1 << 53 else str(value)
            case _:
                return "…"

    return orjson.dumps(clean(dict(variables), "", 0), default=str, option=orjson.OPT_SORT_KEYS).decode()


def _plain(text: str) -> str:
    """Without halves of surrogate pairs, which no JSON can hold."""
    return text.encode("utf-8", "replace").decode()
