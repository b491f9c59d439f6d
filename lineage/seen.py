"""How often and when a fact was seen: evidence beside a fact, never a version of it.

A run that says the same again writes no version; it is counted here. Kept with the projector's state (assertions), whatever
the graph store is, so that a count is right at every Moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lineage.facts import Fact
from lineage.moment import Moment


@dataclass(frozen=True, slots=True)
class Seen:
    """All None or 0 for facts that no run made (declared, stated)."""

    first_us: int | None
    last_us: int | None
    run_count: int
    in_latest_run: bool
    """Whether the latest run of the fact's job, as known at the moment, still said so."""
    code_changed: bool
    """Whether the job's code version changed after the fact was last seen."""
    last_run: str | None
    entries: tuple[int, ...]
    """Ledger positions that say so: the first in time, and the last; ENTRIES_MAX at most."""


class SeenReader(Protocol):
    def seen(self, facts: Sequence[Fact], at: Moment) -> list[Seen]:
        """One Seen for each fact, in order."""
