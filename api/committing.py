"""Group commit as the service uses it: each commit wakes the projector, each failure is remembered.

The one idea: whoever appends (ingest, a mutation, a replay) appends through the same object, so that nobody can forget
to say that there is something new, and readiness knows whether the disk took the last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from prometheus_client import Counter

from lineage.errors import HeadwaterError, Overloaded
from lineage.ledger import Draft, GroupCommit, Ledger, Receipt

FAILURE_REMEMBERED_S = 10.0  # then a load balancer may try again: nothing else would find out that the disk is well


class Commits(GroupCommit):
    """A GroupCommit that calls `after_commit` when entries are on disk. Errors as GroupCommit's."""

    def __init__(self, ledger: Ledger, failures: Counter) -> None:
        super().__init__(ledger)
        self.after_commit: Callable[[], None] = _nothing
        self._failures = failures
        self._failed: tuple[float, HeadwaterError] | None = None

    async def append_all(self, drafts: Sequence[Draft]) -> list[Receipt]:
        """As GroupCommit's."""
        try:
            receipts = await super().append_all(drafts)
        except HeadwaterError as error:
            self._failures.labels(code=error.code).inc()
            if not isinstance(error, Overloaded):
                self._failed = (time.monotonic(), error)
            raise
        if receipts:
            self._failed = None
            self.after_commit()
        return receipts

    def wake(self) -> None:
        """Something was appended to the ledger past this object."""
        self.after_commit()

    def recent_failure(self) -> HeadwaterError | None:
        """Why the last append failed, if it did and not long ago."""
        if self._failed is None or time.monotonic() - self._failed[0] > FAILURE_REMEMBERED_S:
            return None
        return self._failed[1]


def _nothing() -> None:
    """Nobody waits for entries."""
