"""The events read lately: a run's START is needed again when its COMPLETE comes; older ones are read from the ledger again."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from lineage.events import Event, EventType

EVENTS_KEPT_MAX = 5_000  # some 10 kB each: the runs in flight of a big company

EventReader = Callable[[int], Event]
"""Reads the event at a ledger position."""


class RecentEvents:
    """Events by ledger position; those that were used least lately are let go."""

    def __init__(self, read: EventReader) -> None:
        self._read = read
        self._kept: OrderedDict[int, Event] = OrderedDict()

    def keep(self, event: Event) -> None:
        self._kept[event.index] = event
        if len(self._kept) > EVENTS_KEPT_MAX:
            self._kept.popitem(last=False)

    def at(self, index: int) -> Event:
        event = self._kept.get(index)
        if event is None:
            event = self._read(index)
            self.keep(event)
        else:
            self._kept.move_to_end(index)
        return event


def content(event: Event) -> bytes:
    """What an event says of its run, without when: a stream says the same each minute. Starts and ends are never repeats."""
    if event.type not in (EventType.RUNNING, EventType.OTHER):
        return event.digest[:16]
    said = (
        event.type,
        event.parent,
        event.technical,
        event.container,
        event.streaming,
        event.deploys,
        event.run_properties,
        event.mentions,
    )
    return hashlib.blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16).digest()
