"""A Moment: when it was true, and when we knew it. Every read of the graph is at one.

Instants are integer microseconds since the epoch, UTC. Known bounds are ledger *sizes*: what entry i taught us is known
from i + 1. An open end is FOREVER, so that one comparison serves open and closed intervals.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FOREVER = 9_007_199_254_740_991  # 2^53 - 1: the largest integer that every JSON reader and Neo4j client keeps exactly
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """`valid_us` None: the latest state (open intervals), not the wall clock. `known`: a ledger size, 0 … size."""

    valid_us: int | None
    known: int


def microseconds(instant: datetime) -> int:
    """An aware datetime as microseconds since the epoch, exactly (no float in between)."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant(time_us: int) -> datetime:
    """The aware datetime of a number of microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=time_us)


def iso(time_us: int) -> str:
    """`2026-11-22T18:00:00.123456Z`; microseconds are left out when they are zero."""
    text = instant(time_us).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.removesuffix(".000000") + "Z"
