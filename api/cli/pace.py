"""How far long work is and how long it still takes, in lines: for logs, where no bar can be drawn.

The one idea: a line is said only when there is news and the last is some seconds old, so that an hour of work is a page.
"""

import sys
import time
from collections.abc import Callable
from typing import Final

LINE_EVERY_S: Final = 10.0
MINUTE_S: Final = 60
HOUR_S: Final = 3_600


class Pace:
    """Says lines on standard error, unless somebody looks at a bar there (`quiet`)."""

    def __init__(self, word: str, *, quiet: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._word, self._quiet, self._clock = word, quiet, clock
        self._began_s = self._said_s = clock()

    def at(self, done: int, total: int) -> None:
        """`done` of `total` are done."""
        now_s = self._clock()
        if self._quiet or now_s - self._said_s < LINE_EVERY_S:
            return
        self._said_s = now_s
        print(
            f"{self._word}: {done:,} of {total:,}{left(done, total, now_s - self._began_s)}",
            file=sys.stderr,
            flush=True,
        )


def left(done: int, total: int, took_s: float) -> str:
    """The end of a line: how long the rest takes at the pace so far; nothing where that cannot be told."""
    if not 0 < done < total:
        return ""
    rest_s = took_s * (total - done) / done
    if rest_s < MINUTE_S:
        return ", less than a minute left"
    if rest_s < HOUR_S:
        return f", about {rest_s / MINUTE_S:.0f} min left"
    return f", about {rest_s / HOUR_S:.1f} h left"
