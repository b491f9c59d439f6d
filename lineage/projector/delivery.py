"""Changes on their way from the outbox to the store: at once, or beside the folding of the next entries.

The one idea: what is on its way stays in the outbox until the store has it, so it does not matter when it goes. A store
on a server is mostly waited for; so it takes one batch in a thread of its own while the next entries are folded, and
whatever was folded meanwhile goes together next. Only the caller's thread touches the state.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple

from lineage.projector.outputs import decode_change
from lineage.projector.state import State
from lineage.store import GraphStore

AHEAD_ENTRIES_MAX: Final = 512
"""How many entries may be folded beyond the batch under way: two batches of the projector, some megabytes."""


class _Batch(NamedTuple):
    """What the store is taking; `to`: the entries that it holds then."""

    to: int
    has_changes: bool
    outcome: Future[None]


class Delivery:
    """What one projector brings to one store. Errors: the store's, from any method, also of an earlier batch."""

    def __init__(self, state: State, store: GraphStore, *, overlapping: bool) -> None:
        self._state, self._store = state, store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="delivery") if overlapping else None
        self._waiting: list[bytes] = []
        self._under_way: _Batch | None = None
        self._folded = self.applied = store.applied()
        """How many entries are folded, and how many of them the store holds."""

    def put(self, changes: Sequence[bytes], folded: int) -> None:
        """Take encoded changes that are in the outbox; `folded`: the entries folded with them."""
        self._waiting += changes
        self._folded = folded
        batch = self._under_way
        if batch is not None and (batch.outcome.done() or folded - batch.to > AHEAD_ENTRIES_MAX):
            self._finish(batch)
        self._send()

    def settle(self) -> None:
        """Wait until the store has everything."""
        while self._under_way is not None:
            self._finish(self._under_way)
            self._send()

    def close(self) -> None:
        """Let the batch under way end; what became of it is found out at the next start."""
        if self._thread is not None:
            self._thread.shutdown()

    def _send(self) -> None:
        if self._under_way is not None or not (self._waiting or self._folded > self.applied):
            return
        changes, self._waiting = self._waiting, []
        if self._thread is None:
            self._write(changes, self._folded)
            self._taken(self._folded, bool(changes))
        else:
            outcome = self._thread.submit(self._write, changes, self._folded)
            self._under_way = _Batch(self._folded, bool(changes), outcome)

    def _write(self, changes: Sequence[bytes], to: int) -> None:
        self._store.apply([decode_change(body) for body in changes], to)

    def _finish(self, batch: _Batch) -> None:
        self._under_way = None
        batch.outcome.result()  # as long as the store waits for its server, which is bounded there
        self._taken(batch.to, batch.has_changes)

    def _taken(self, to: int, has_changes: bool) -> None:
        self.applied = max(self.applied, to)
        if has_changes:
            self._state.clear_outbox(to)
            self._state.set_meta("outbox_from", str(to))
