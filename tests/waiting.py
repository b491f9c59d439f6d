"""Waiting for what another thread or process does: until it is done, and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK_AGAIN_S = 0.01


def until(condition: Callable[[], bool], what: str = "it did not come", *, wait_s: float = 20) -> None:
    """Return as soon as the condition holds. AssertionError, which says `what`, when it does not in all that time."""
    end = time.monotonic() + wait_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(LOOK_AGAIN_S)
