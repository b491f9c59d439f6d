"""The projector as a process of its own: `python -m api.projector_process`, started by `headwater serve`.

The one idea: its standard input is a pipe from the service. A byte in it says "there are new entries"; its end says
that the service is gone, however it went, and then the projector stops, too. Settings come by environment, because
arguments are shown to every user of the machine and the store's address may hold a password.
"""

from __future__ import annotations

import logging
import os
import signal
import sys

from api.lifeline import Lifeline, end_with_parent
from api.logs import configure, log
from collectors.openlineage import read
from collectors.sql.columns import read_columns
from lineage.errors import HeadwaterError
from lineage.projector import follow
from lineage.settings import Settings

_log = logging.getLogger(__name__)


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
