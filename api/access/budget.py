"""How often one may be mentioned: a budget a minute for each, and what goes beyond is counted.

The one idea: whoever floods us fills neither log nor disk and hides nobody else, and the next mention says how many were
left out.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

WINDOW_S: Final = 60.0
WHO_MAX: Final = 1_000  # whom we remember; the longest unheard of is forgotten


@dataclass(slots=True)
class _Window:
    began_s: float
    mentioned: int = 0
    left_out: int = 0


class Budget:
    """`each_minute` mentions for each of those who are told apart by name. Used from one thread."""

    def __init__(self, each_minute: int) -> None:
        self._each_minute = each_minute
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def take(self, who: str) -> int | None:
        """How many were left out since the last mention; None: leave this one out, too."""
        now_s = time.monotonic()
        window = self._windows.get(who)
        if window is None:
            if len(self._windows) >= WHO_MAX:
                self._windows.popitem(last=False)
            window = self._windows[who] = _Window(now_s)
        self._windows.move_to_end(who)
        if now_s - window.began_s >= WINDOW_S:
            window.began_s, window.mentioned = now_s, 0
        if window.mentioned >= self._each_minute:
            window.left_out += 1
            return None
        window.mentioned += 1
        left_out, window.left_out = window.left_out, 0
        return left_out
