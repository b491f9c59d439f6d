"""The projector as a process of its own: `python -m api.projector_process`, started by `headwater serve`.

The one idea: its standard input is a pipe from the service. A byte in it says "there are new entries"; its end says
that the service is gone, however it went, and then the projector stops, too. Settings come by environment, because
arguments are shown to every user of the machine and the store's address may hold a password.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
from types import FrameType

from api.child import end_with_parent
from api.logs import configure, log
from collectors.openlineage import read
from collectors.sql.columns import read_columns
from lineage.errors import HeadwaterError
from lineage.projector import follow
from lineage.settings import Settings

_log = logging.getLogger(__name__)


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


def main() -> int:
    """Follow the ledger until the service ends. Exit status 0: asked to stop; 1: an error, which the log has."""
    settings = Settings.from_environment(os.environ)
    configure(settings.log_level, settings.log_format)
    lifeline = Lifeline(sys.stdin.fileno())
    signal.signal(signal.SIGTERM, lifeline.cut)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the service says when
    end_with_parent()
    try:
        follow(settings.data, settings.store, read, stop=lifeline.stop, wait=lifeline.wait, analyse=read_columns)
    except HeadwaterError as error:
        log(_log, logging.ERROR, "the projector stopped", code=error.code, error=error.message, trace=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
