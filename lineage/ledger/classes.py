"""Retention classes: what kind of thing a payload is, and so how long it may be kept and with what it is shredded.

The one idea: the class follows from the log, the entry's kind and the part's name alone, so that it needs no field and
cannot be set wrongly. Each class and month has an encryption key of its own (keyring.py). How long a class is kept is
the operator's choice and no matter of this module.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

EVENT_KIND = "ol.event"
ACCESS_SUFFIX = "/access"  # the last segment of an access log's origin
RAW, NORM = "raw", "norm"
ON_RECORD = ("admin.", "erase", "legal_hold", "key.", "graph.", "heartbeat")
"""Beginnings of the kinds that speak about the record itself: what excuses an erasure must outlive it."""


class RetentionClass(StrEnum):
    """How long a part is of use, and to whom."""

    RAW = "raw"
    """Received bytes of events that were understood: literals, comments, whatever producers send."""
    NORM = "norm"
    """What the graph is made of."""
    DEAD_LETTER = "dead"
    """Received bytes that were not understood, and why: the only copy of what an event said."""
    ACCESS = "access"
    """Who read what."""
    RECORD = "record"
    """What people and the service itself said: statements, erasures, holds, keys. Kept as long as the ledger."""


def is_prunable(origin: str) -> bool:
    """Whether old leaves of this log may go: those of who read what. The ledger's are kept for ever."""
    return origin.endswith(ACCESS_SUFFIX)


def is_on_record(kind: str) -> bool:
    """Whether entries of this kind are never erased: they say what was done to the record."""
    return kind.startswith(ON_RECORD)


def retention_class(origin: str, kind: str, name: str, names: Collection[str]) -> RetentionClass:
    """The class of the part `name` of an entry that has the parts `names`, in the log `origin`."""
    if is_on_record(kind):
        return RetentionClass.RECORD
    if is_prunable(origin):
        return RetentionClass.ACCESS
    if kind != EVENT_KIND:
        return RetentionClass.RECORD
    if NORM not in names:
        return RetentionClass.DEAD_LETTER
    return RetentionClass.RAW if name == RAW else RetentionClass.NORM
