"""`headwater demo`: a service of its own with real events in it, three answers, and the address to go on.

The one idea: everything goes the way that a stranger's own events and questions would go: over HTTP, to the same
service that `headwater serve` runs. `stage` runs it, `story` is what happens on it, `answers` asks and prints.

Of the environment only the port is read. The demonstration must never write into the data folder, or ask the service,
that somebody's HEADWATER_DATA or HEADWATER_URL names.
"""

import argparse
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from api.cli.client import Client
from api.demo import answers, screen
from api.demo.stage import Stage
from api.demo.story import tell
from lineage.settings import Settings


def main(options: argparse.Namespace) -> int:
    """Run it until it is stopped, or with `--exit` until the answers are printed. The command's exit status.

    Errors: SettingsError for a port that is taken, or a folder that holds another ledger.
    """
    with ExitStack() as open_parts:
        kept = options.data is not None
        data = options.data or open_parts.enter_context(tempfile.TemporaryDirectory(prefix="headwater-demo-"))
        settings = Settings.from_environment(_port_only(), data=data, port=options.port, log_level="warning")
        any_port = options.port is None and "HEADWATER_PORT" not in os.environ
        stage = open_parts.enter_context(Stage(settings, any_port=any_port))
        folder = Path(data)

        def play() -> None:
            with Client(stage.settings) as client:
                moments = tell(client)
                answers.print_all(client, moments)
                if not options.exit_after:
                    screen.farewell(stage.settings.url, folder, kept=kept)

        return stage.run(play, stop_after=options.exit_after)


def _port_only() -> dict[str, str]:
    return {name: os.environ[name] for name in ("HEADWATER_PORT",) if name in os.environ}
