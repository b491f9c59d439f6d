"""What is ready for clients that have not taken it yet, of all together: the memory that slow clients may keep.

The one idea: one who takes an answer slowly gets it whole, however long it takes, for as long as there is room for all who do. When
there is none, the answer that has been under way the longest is cut: who reads as fast as people's programs do is never that one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

UNTAKEN_BYTES_MAX: Final = 1 << 28  # some twenty of the longest answers, or four thousand ordinary pages


class Untaken:
    """The answers that wait for their clients. One for each server, used in its event loop."""

    def __init__(self) -> None:
        self._waiting: dict[Callable[[], None], tuple[float, int]] = {}
        self.bytes = 0
        """How much all of them have left."""

    def offer(self, cut: Callable[[], None], began_s: float, left_bytes: int) -> None:
        """An answer that began then has so much left; `cut` ends it. The longest under way are cut until there is room."""
        self.take(cut)
        self._waiting[cut] = began_s, left_bytes
        self.bytes += left_bytes
        while self.bytes > UNTAKEN_BYTES_MAX:
            oldest = min(self._waiting, key=lambda each: self._waiting[each][0])
            self.take(oldest)
            oldest()

    def take(self, cut: Callable[[], None]) -> None:
        """It is taken, or nobody waits for it any more."""
        self.bytes -= self._waiting.pop(cut, (0.0, 0))[1]
