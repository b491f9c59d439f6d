"""`headwater serve` and `headwater demo`."""

import argparse
from importlib import import_module

from api.cli.options import settings


def serve(options: argparse.Namespace) -> int:
    """Run the service until it is told to stop."""
    chosen = settings(options)  # before the imports: a wrong setting is said at once
    from api.serve import serve as run

    return run(chosen, projector=not options.no_projector)


def demo(options: argparse.Namespace) -> int:
    """Run the demonstration; `api.demo` has it."""
    return int(import_module("api.demo").main(options))
