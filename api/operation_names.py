"""Which names of GraphQL operations are told apart in the figures: clients choose them, and a table that strangers can grow
is none.

The one idea: a name that the service knows (its stored documents, its own clients) always counts as itself. The others have
so many places. A place belongs to a name as long as somebody asks by it, so one that is in use cannot be pushed out by made-up
ones; it is free again when nobody did for a while, so made-up ones cannot keep the others out for good. What has no place
counts as `other`.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

OPERATIONS_MAX: Final = 100  # a page has some ten operations, and few programs ask one service
CHARACTERS_MAX: Final = 80  # of a name that is told: what people write has twenty
PLACE_S: Final = 3_600.0  # what is asked once an hour keeps its place
UNNAMED, OTHER = "unnamed", "other"

_OPERATION: Final = re.compile(r"\b(?:query|mutation|subscription)\s+([_A-Za-z][_0-9A-Za-z]*)")


def names_in(document: str) -> list[str]:
    """The names of the operations in a document, as far as that can be told without reading it."""
    return _OPERATION.findall(document)


class OperationNames:
    """The names of one service, used from its event loop."""

    def __init__(self, forget: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """`forget` is told of a name that lost its place."""
        self._known: set[str] = {"IntrospectionQuery"}  # what GraphiQL and code generators ask first
        self._places: OrderedDict[str, float] = OrderedDict()  # when it was last asked by; the longest ago first
        self._forget, self._clock = forget, clock

    def know(self, documents: Iterable[str], names: Iterable[str]) -> None:
        """Count the operations of these documents, and these names, as themselves, always."""
        self._known.update(names)
        for text in documents:
            self._known.update(names_in(text))

    def label(self, name: str | None) -> str:
        """What an operation of this name is counted as."""
        if not name:
            return UNNAMED
        if name in self._known:
            return name
        now = self._clock()
        if name not in self._places and not (len(name) <= CHARACTERS_MAX and self._has_room(now)):
            return OTHER
        self._places[name] = now
        self._places.move_to_end(name)
        return name

    def _has_room(self, now: float) -> bool:
        if len(self._places) < OPERATIONS_MAX:
            return True
        oldest, asked = next(iter(self._places.items()))
        if now - asked < PLACE_S:
            return False
        del self._places[oldest]
        self._forget(oldest)
        return True
