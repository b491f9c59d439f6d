"""Group commit: many concurrent requests, one transaction, one fsync.

A writer thread takes all that has queued up while the transaction before was being written, and commits it as one.
There is no timer and no waiting for a fuller batch: a lone caller pays for its own fsync only, and load makes the
batches.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from lineage.errors import LedgerError, Overloaded
from lineage.ledger.entries import Draft, Receipt
from lineage.ledger.log import Ledger

BATCH_ENTRIES_MAX = 512  # some 40 ms of work for two cores: the longest that a newcomer waits for the batch before
BATCH_BYTES_MAX = 32 << 20
QUEUE_ENTRIES_MAX = 10_000  # at 1,000 a second ten seconds of backlog: beyond it a producer had better retry
QUEUE_BYTES_MAX = 256 << 20  # so that large events fill the queue before they fill the memory
RETRY_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class _Request:
    drafts: Sequence[Draft]
    payload_bytes: int
    receipts: Future[list[Receipt]]


class GroupCommit:
    """Appends to `ledger` for any number of callers. Made anywhere; its methods are for coroutines of any loop."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        batch_entries_max: int = BATCH_ENTRIES_MAX,
        batch_bytes_max: int = BATCH_BYTES_MAX,
        queue_max: int = QUEUE_ENTRIES_MAX,
        queue_bytes_max: int = QUEUE_BYTES_MAX,
    ) -> None:
        self._ledger = ledger
        self._batch_entries_max = batch_entries_max
        self._batch_bytes_max = batch_bytes_max
        self._queue_max = queue_max
        self._queue_bytes_max = queue_bytes_max
        self._queue: deque[_Request] = deque()
        self._queued_entries = 0
        self._queued_bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._write, name="ledger-commit", daemon=True)
        self._thread.start()

    async def append(self, draft: Draft) -> Receipt:
        """Append one entry; returns when it is on disk. Overloaded when the queue is full (nothing is kept),
        LedgerError when the commit failed."""
        return (await self.append_all([draft]))[0]

    async def append_all(self, drafts: Sequence[Draft]) -> list[Receipt]:
        """Append all of them in one transaction at consecutive indexes, or none. Errors as for `append`.

        A caller that is cancelled while it waits gives up the answer, not the entries."""
        if not drafts:
            return []
        return await asyncio.wrap_future(self._enqueue(drafts))

    @property
    def queued_entries(self) -> int:
        """How many entries wait for their transaction (for metrics)."""
        return self._queued_entries

    async def close(self) -> None:
        """Write what is queued, then stop. Later appends are refused; the ledger stays open."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        await asyncio.to_thread(self._thread.join)

    def _enqueue(self, drafts: Sequence[Draft]) -> Future[list[Receipt]]:
        request = _Request(drafts, sum(draft.payload_bytes() for draft in drafts), Future())
        # Running: a future that can no longer be cancelled, so that the writer may always set its result.
        request.receipts.set_running_or_notify_cancel()
        with self._changed:
            if self._closing:
                raise LedgerError("The ledger is being closed. Send again after the restart.", retryable=True)
            # An empty queue takes any one request, however large: its size was bounded at the door.
            if self._queue and (
                self._queued_entries + len(drafts) > self._queue_max
                or self._queued_bytes + request.payload_bytes > self._queue_bytes_max
            ):
                raise Overloaded(retry_after_s=RETRY_AFTER_S)
            self._queue.append(request)
            self._count(request, 1)
            self._changed.notify()
        return request.receipts

    def _count(self, request: _Request, sign: int) -> None:
        self._queued_entries += sign * len(request.drafts)
        self._queued_bytes += sign * request.payload_bytes

    def _write(self) -> None:
        while batch := self._next_batch():
            drafts = [draft for request in batch for draft in request.drafts]
            try:
                receipts = self._ledger.append(drafts)
            except BaseException as error:  # each waiter raises it; the next batch may fare better
                for request in batch:
                    request.receipts.set_exception(error)
                continue
            start = 0
            for request in batch:
                stop = start + len(request.drafts)
                request.receipts.set_result(receipts[start:stop])
                start = stop

    def _next_batch(self) -> list[_Request]:
        """Requests for one transaction, at least one; empty when closed and drained."""
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            batch: list[_Request] = []
            entries = payload_bytes = 0
            while self._queue:
                request = self._queue[0]
                entries += len(request.drafts)
                payload_bytes += request.payload_bytes
                if batch and (entries > self._batch_entries_max or payload_bytes > self._batch_bytes_max):
                    break
                batch.append(self._queue.popleft())
                self._count(request, -1)
            return batch
