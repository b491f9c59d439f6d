"""The events read lately: a run's START is needed again when its COMPLETE comes; older ones are read from the ledger again."""

from collections import OrderedDict
from collections.abc import Callable

from lineage.events import Event

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
