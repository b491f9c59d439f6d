"""A Moment: when it was true, and when we knew it. Every read of the graph is at one.

Instants are integer microseconds since the epoch, UTC. Known bounds are ledger *sizes*: what entry i taught us is known
from i + 1. An open end is FOREVER, so that one comparison serves open and closed intervals.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

FOREVER = 9_007_199_254_740_991  # 2^53 - 1: the largest integer that every JSON reader and Neo4j client keeps exactly
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_US = 3_600_000_000
_HOURS_KEPT = 10_000  # the hours of a year, in a megabyte


@dataclass(frozen=True, slots=True)
class Moment:
    """`valid_us` None: the latest state (open intervals), not the wall clock. `known`: a ledger size, 0 … size."""

    valid_us: int | None
    known: int

    @property
    def before_us(self) -> int:
        """The time before which all begins that had begun by the moment."""
        return FOREVER if self.valid_us is None else self.valid_us + 1


def microseconds(instant: datetime) -> int:
    """An aware datetime as microseconds since the epoch, exactly (no float in between)."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant(time_us: int) -> datetime:
    """The aware datetime of a number of microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=time_us)


def iso(time_us: int) -> str:
    """`2026-11-22T18:00:00.123456Z`; microseconds are left out when they are zero."""
    hour, rest_us = divmod(time_us, _HOUR_US)
    minute, rest_us = divmod(rest_us, 60_000_000)
    second, rest_us = divmod(rest_us, 1_000_000)
    if rest_us:
        return f"{_hour(hour)}{minute:02}:{second:02}.{rest_us:06}Z"
    return f"{_hour(hour)}{minute:02}:{second:02}Z"


@lru_cache(_HOURS_KEPT)
def _hour(hour: int) -> str:
    """`2026-11-22T18:`. An answer writes a time for each of some ten thousand edges: the calendar is asked once an hour."""
    return (EPOCH + timedelta(hours=hour)).isoformat()[: len("2026-11-22T18:")]
