"""What is ready for clients that have not taken it yet, of all together: the memory that slow clients may keep.

The one idea: one who takes an answer slowly gets it whole, however long it takes, for as long as there is room for all who do. When
there is none, the answer that has been under way the longest is cut: who reads as fast as programs do has seldom been the
longest. Counted is what is in memory, when a connection takes less than there is: what is on its way, and what waits behind that.
"""

from __future__ import annotations

from typing import Final, Protocol

UNSENT: Final = "headwater.unsent"
"""Where an answer in pieces tells, in its ASGI scope, how many bytes of it are in memory and not on their way."""
UNTAKEN_BYTES_MAX: Final = 1 << 28  # some twenty of the longest answers, or four thousand ordinary pages


class Waiting(Protocol):
    """A connection with an answer that waits for its client."""

    def cut(self) -> None:
        """End it."""


class Untaken:
    """The answers that wait for their clients. One for each server, used in its event loop."""

    def __init__(self) -> None:
        self._waiting: dict[Waiting, tuple[float, int]] = {}
        self.left_bytes = 0
        """How much all of them had left when they were last offered."""

    def offer(self, connection: Waiting, began_s: float, left_bytes: int) -> None:
        """An answer that began then has so much left. The longest under way are cut until there is room."""
        self.forget(connection)
        self._waiting[connection] = began_s, left_bytes
        self.left_bytes += left_bytes
        while self.left_bytes > UNTAKEN_BYTES_MAX:
            oldest = min(self._waiting, key=lambda each: self._waiting[each][0])
            self.forget(oldest)
            oldest.cut()

    def forget(self, connection: Waiting) -> None:
        """It is taken, or nobody waits for it any more."""
        self.left_bytes -= self._waiting.pop(connection, (0.0, 0))[1]
