"""How the demonstration looks: at most 100 columns, so that it reads well beside something else."""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table

WIDTH_MAX: Final = 100
MARGIN: Final = 3
PORT_DEFAULT: Final = 8765  # where commands look for the service when nobody says where it is

_BLANKS_AT_END: Final = re.compile(r" +$")


def say(*lines: str) -> None:
    """Lines, wrapped; what is wrapped is indented like its line."""
    for line in lines:
        text = line.lstrip(" ")
        _print(Padding(text, (0, 0, 0, len(line) - len(text))))


def heading(number: int, question: str, *command: str) -> None:
    """A question, and how to ask it by oneself; a long command stands on several lines."""
    first, *rest = command
    lines = [f"$ headwater {first}", *(f"    {each}" for each in rest)]
    say("", f"{number}. {question}", *(f"   {line} \\" for line in lines[:-1]), f"   {lines[-1]}", "")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, fixed: Sequence[str] = ()) -> None:
    """A table without lines, within the margin. Columns named in `fixed` are never wrapped."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for each in headings:
        made.add_column(each, overflow="fold", no_wrap=each in fixed)
    for row in rows:
        made.add_row(*row)
    _print(Padding(made, (0, 0, 0, MARGIN)))


def _print(what: RenderableType) -> None:
    # Rich fills lines with blanks, which break when somebody copies them or makes the window narrower.
    screen = Console()
    screen = Console(
        width=min(WIDTH_MAX, screen.width) if screen.is_terminal else WIDTH_MAX,
        markup=False, highlight=False, emoji=False,
    )  # fmt: skip
    with screen.capture() as shown:
        screen.print(what)
    sys.stdout.write("".join(_BLANKS_AT_END.sub("", line) + "\n" for line in shown.get().splitlines()) or "\n")
    sys.stdout.flush()


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
