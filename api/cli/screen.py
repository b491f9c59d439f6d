"""What commands print: tables for people, JSON for programs, progress on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

WIDTH_WITHOUT_TERMINAL = 100  # in a pipe or a CI log: wide enough for names, narrow enough to read

NAME_WIDTH = 58  # most names with their column; longer ones are folded


def console() -> Console:
    """Standard output. Nothing in it is markup: names may hold brackets."""
    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(width=width, markup=False, highlight=False, emoji=False)


def say(*lines: str) -> None:
    """Lines for people, wrapped at the terminal's width."""
    screen = console()
    for line in lines:
        screen.print(line, soft_wrap=False)


def table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, fixed: Sequence[str] = (), names: str = ""
) -> None:
    """A table without lines and without empty columns. Columns named in `fixed` are never wrapped; the one named
    `names` has what it needs, up to NAME_WIDTH, before the others get theirs."""
    cells = [tuple(row) for row in rows]
    told = [any(row[at] for row in cells) for at in range(len(headings))]
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_header=any(headings))
    for at, heading in compress(list(enumerate(headings)), told):
        longest = max((len(line) for row in cells for line in row[at].splitlines()), default=0)
        width = min(longest, NAME_WIDTH) if heading == names else None
        made.add_column(heading, overflow="fold", no_wrap=heading in fixed, width=width)
    for row in cells:
        made.add_row(*compress(row, told))
    console().print(made)


def as_json(answer: Any) -> None:
    """One JSON document."""
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")


def progress(*, quiet: bool = False) -> Progress:
    """A bar on standard error, for long work; nothing is drawn where nobody looks."""
    screen = Console(stderr=True, markup=False)
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=screen, disable=quiet or not screen.is_terminal, transient=True,
    )  # fmt: skip
