"""How the demonstration looks: at most 100 columns, so that it reads well beside something else."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from api.cli import screen

WIDTH_MAX: Final = 100
MARGIN: Final = 3
PORT_DEFAULT: Final = 8765  # where commands look for the service when nobody says where it is


def say(*lines: str) -> None:
    """Lines, wrapped; what is wrapped is indented like its line."""
    screen.say(*lines, width=_width())


def heading(number: int, question: str, *command: str) -> None:
    """A question, and how to ask it by oneself; a long command stands on several lines."""
    first, *rest = command
    lines = [f"$ headwater {first}", *(f"    {each}" for each in rest)]
    say("", f"{number}. {question}", *(f"   {line} \\" for line in lines[:-1]), f"   {lines[-1]}", "")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, fixed: Sequence[str] = ()) -> None:
    """A table within the margin."""
    screen.table(headings, rows, fixed=fixed, margin=MARGIN, width=_width())


def _width() -> int:
    return min(WIDTH_MAX, screen.width_of_screen())


def farewell(url: str, data: Path, *, kept: bool) -> None:
    """The address to go on, and how to stop."""
    elsewhere = "" if url.endswith(f":{PORT_DEFAULT}") else f", each with --url {url}"
    where = f"in {data}" if kept else f"in {data}, which goes when it stops"
    say(
        "",
        f"The service is running at {url}",
        f"   in another terminal: the commands above, or `headwater search predictions`{elsewhere}",
        f"   for programs: POST {url}/graphql",
        f"   for your own tools: OPENLINEAGE_URL={url} sends it their lineage",
        f"Its data is {where}. Ctrl-C stops it.",
    )
