"""How a process that the service started ends with it.

The one idea: its standard input is held open by the service and by nobody else, so its end says that the service is gone,
however it went; on Linux the kernel says so sooner.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
from types import FrameType
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


class Lifeline:
    """Standard input as a bell and a lifeline."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._stopping = False
        os.set_blocking(descriptor, False)

    def cut(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Ask the projector to stop; also a signal handler."""
        self._stopping = True

    def stop(self) -> bool:
        """Whether to stop now."""
        return self._stopping or self._drain(0.0)

    def wait(self, timeout_s: float) -> None:
        """Sleep until there are new entries, or it is time to stop, or `timeout_s` has passed."""
        if not self._stopping:
            self._drain(timeout_s)

    def _drain(self, timeout_s: float) -> bool:
        # A signal's handler runs before select goes on waiting, so a stop may take up to `timeout_s`: keep that short.
        if select.select([self._descriptor], [], [], timeout_s)[0] and not os.read(self._descriptor, 1 << 16):
            self._stopping = True
        return self._stopping


def end_with_parent() -> None:
    """On Linux the kernel tells at once, even when this process is busy; elsewhere the end of its standard input does,
    later."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
