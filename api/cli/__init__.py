"""The command `headwater`: `main` reads the arguments, runs one command, and turns its end into an exit status.

    0  fine
    1  the question's answer is "no": a check or a verification failed
    2  wrong usage or settings, a name that is not there
    3  the service or its files cannot be reached
    4  a verification could not be completed (`audit fsck`)

The one idea: a command is a function in a module of its own kind, found by name only when it runs, so that
`headwater serve` does not wait for libraries that draw tables.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from api.cli.arguments import parser
from lineage.errors import HeadwaterError, NotFound, StoreError

EXIT_FINE, EXIT_NO, EXIT_USAGE, EXIT_UNREACHABLE, EXIT_INTERRUPTED = 0, 1, 2, 3, 130


class Unreachable(HeadwaterError):
    """The service does not answer."""

    code = "UNREACHABLE"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status. argparse ends wrong usage with SystemExit(2) by itself."""
    options = parser().parse_args(arguments)
    module, _, function = options.command.partition(":")
    try:
        return int(getattr(import_module(f"api.cli.{module}"), function)(options))
    except NotFound as error:
        _complain(error.message)
        if error.near:
            _complain("Near names: " + "; ".join(error.near))
        return EXIT_USAGE
    except (Unreachable, StoreError) as error:
        _complain(error.message)
        return EXIT_UNREACHABLE
    except HeadwaterError as error:
        place = getattr(error, "place", "")
        _complain(f"{place}: {error.message}" if place and place not in error.message else error.message)
        return EXIT_USAGE
    except BrokenPipeError:  # `headwater … | head`: the reader has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FINE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _complain(message: str) -> None:
    print(f"headwater: {message}", file=sys.stderr)
