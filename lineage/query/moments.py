"""Which Moment a question is asked at, and whether the graph has got that far.

The one idea: a question is pinned once, before anything is read, so that all parts of an answer (and all its pages)
speak of the same instant and the same ledger size.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lineage.errors import InputError
from lineage.moment import Moment


class LedgerClock(Protocol):
    """What the questions need of the ledger: how long it is, and when each entry came."""

    def size(self) -> int:
        """How many entries the ledger holds."""

    def size_at(self, time_us: int) -> int:
        """How many leaves have `t` <= time_us; 0 before the first."""

    def time_of(self, index: int) -> int:
        """The leaf's `t` of the entry at this position, in microseconds."""


@dataclass(frozen=True, slots=True)
class MomentInput:
    """What a user asked for; all None is now and now. Times in microseconds; `known_index` is a ledger size."""

    valid_at_us: int | None = None
    known_at_us: int | None = None
    known_index: int | None = None


NOW = MomentInput()


@dataclass(frozen=True, slots=True)
class Pinned:
    """A question's moment, with how far the graph and the ledger were when it was asked."""

    moment: Moment
    graph_index: int
    ledger_size: int
    lagging: bool
    """The graph has not got as far as was asked for."""
    valid_at_us: int
    """What to show: the time asked for, or of the newest entry known."""
    rebuilding: bool = False
    """It lags because it is being made anew from the ledger."""
    limited: bool = False
    """Whether the asker may not see everything: then every answer says so."""


def pin(
    asked: MomentInput, *, applied: Callable[[], int], ledger: LedgerClock, rebuild_to: Callable[[], int] = lambda: 0
) -> Pinned:
    """`rebuild_to`: up to which size the graph is being made anew, or was last. Errors: InputError when both known_at
    and known_index are given, or a negative index."""
    if asked.known_at_us is not None and asked.known_index is not None:
        raise InputError("Give knownAt or knownIndex, not both: each alone says which entries count.", place="at")
    if asked.known_index is not None and asked.known_index < 0:
        raise InputError("knownIndex counts ledger entries. Give 0 or more.", place="at.knownIndex")
    graph_index = applied()  # read first: the ledger can only be ahead of it then
    size = max(ledger.size(), graph_index)
    wanted = size
    if asked.known_at_us is not None:
        wanted = ledger.size_at(asked.known_at_us)
    elif asked.known_index is not None:
        wanted = asked.known_index
    known = min(wanted, graph_index)
    shown = asked.valid_at_us
    if shown is None:
        shown = ledger.time_of(known - 1) if known else 0
    lagging = wanted > graph_index
    rebuilding = lagging and graph_index < rebuild_to()
    return Pinned(Moment(asked.valid_at_us, known), graph_index, size, lagging, shown, rebuilding)
