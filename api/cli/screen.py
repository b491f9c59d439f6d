"""What commands print: tables for people, JSON for programs, progress on standard error.

The one idea: a name is never broken while the screen has room for it. Columns give way by whole words; what finds no
room beside the names stands on a line of its own below them. No line ends in blanks, which break when somebody copies
them or makes the window narrower.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

WIDTH_WITHOUT_TERMINAL = 100  # in a pipe or a CI log: wide enough for names, narrow enough to read
WIDTH_LEAST = 40  # a narrower terminal wraps by itself

_GAP = 2  # blanks between columns
_BELOW = 2  # how far lines below a row are indented
_SENTENCE = 30  # a sentence in a narrower column is a tower of words: it stands below

Lines = list[str]


def width_of_screen() -> int:
    """Columns of the terminal; a fixed number where there is none."""
    return max(Console().width, WIDTH_LEAST) if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL


def say(*lines: str, width: int | None = None) -> None:
    """Lines for people, wrapped by words; what is wrapped is indented like its line."""
    for line in lines:
        _print(_wrapped(_printable(line), width or width_of_screen()) or [""])


def more(page: Mapping[str, Any]) -> None:
    """How to ask for the next page, if there is one: on one line, however long the cursor, so that it can be copied."""
    if page["hasNextPage"]:
        _print([f"More: the same with --after {page['endCursor']}"])


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    fixed: Sequence[str] = (),
    margin: int = 0,
    width: int | None = None,
) -> None:
    """A table without lines and without empty columns. Columns named in `fixed` are never wrapped. What a row has
    beyond the headings stands below it, across the whole width."""
    cells = [[_printable(cell) for cell in row] for row in rows]
    across = (width or width_of_screen()) - margin
    told = [at for at in range(len(headings)) if any(row[at] for row in cells)]
    widths = _widths(headings, cells, told, {at for at in told if headings[at] in fixed}, across)
    indent = " " * margin
    if any(headings):
        shown = _row([_wrapped(headings[at], widths[at]) for at in widths], list(widths.values()))
        _print([indent + line for line in shown], bold=True)
    for row in cells:
        lines = _row([_cell(row[at], widths[at]) for at in widths], list(widths.values()))
        moved = [f"{headings[at].lower()}: {row[at]}" for at in told if at not in widths and row[at]]
        for text in [*moved, *row[len(headings) :]]:
            for line in text.splitlines():
                lines += [" " * _BELOW + part for part in _cell(line, across - _BELOW)]
        _print([indent + line for line in lines])


def pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Labels with what they say, wrapped beside them."""
    told = [(_printable(label), _printable(text)) for label, text in rows]
    label_width = max((cell_len(label) for label, _ in told), default=0)
    text_width = max(width_of_screen() - label_width - _GAP, WIDTH_LEAST)
    for label, text in told:
        _print(_row([[label], _cell(text, text_width)], [label_width, text_width]))


def _widths(
    headings: Sequence[str], cells: Sequence[Sequence[str]], told: Sequence[int], fixed: set[int], across: int
) -> dict[int, int]:
    """Column -> width, of the columns that fit beside each other without breaking a word; the first is always one. Of
    the others, sentences leave before names, the last first."""
    kept = list(told)
    most = {at: max([cell_len(headings[at]), *_lengths(row[at].splitlines() for row in cells)]) for at in kept}
    words = {
        at: max([0, *_lengths([headings[at].split()]), *_lengths(row[at].split() for row in cells)]) for at in kept
    }
    least = {at: most[at] if at in fixed else max(words[at], min(most[at], _SENTENCE)) for at in kept}
    while kept:
        room = across - _GAP * (len(kept) - 1)
        if sum(least[at] for at in kept) <= room:
            break
        movable = [at for at in kept[1:] if at not in fixed]
        if not movable:
            first = kept[0]
            least[first] = most[first] = max(room - sum(least[at] for at in kept[1:]), WIDTH_LEAST // 2)
            break
        sentences = [at for at in movable if least[at] < most[at]]
        kept.remove((sentences or movable)[-1])
    found = {at: most[at] for at in kept}
    while (surplus := sum(found.values()) + _GAP * (len(found) - 1) - across) > 0:
        widest = max(found, key=lambda at: found[at] - least[at])
        if found[widest] <= least[widest]:
            break
        found[widest] -= min(surplus, max(1, (found[widest] - least[widest]) // 2))
    return found


def _lengths(lines_of_rows: Iterable[Iterable[str]]) -> Iterator[int]:
    return (cell_len(line) for lines in lines_of_rows for line in lines)


def _cell(text: str, width: int) -> Lines:
    return [part for line in text.splitlines() for part in _wrapped(line, width)]


def _wrapped(line: str, width: int) -> Lines:
    indent = " " * (len(line) - len(line.lstrip(" ")))
    return wrap(line, max(width, 1), subsequent_indent=indent, break_on_hyphens=False)


def _row(columns: Sequence[Lines], widths: Sequence[int]) -> Lines:
    height = max(map(len, columns), default=0)
    return [
        (" " * _GAP).join(
            text + " " * (width - cell_len(text))
            for lines, width in zip(columns, widths, strict=True)
            for text in [lines[at] if at < len(lines) else ""]
        )
        for at in range(height)
    ]


def _printable(text: str) -> str:
    """Names come from anywhere: what would steer a terminal is written out."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def _print(lines: Iterable[str], *, bold: bool = False) -> None:
    text = "".join(line.rstrip(" ") + "\n" for line in lines)
    if bold:  # Rich knows whether the terminal wants it. Nothing in it is markup: names may hold brackets.
        Console(markup=False, highlight=False, emoji=False).print(text, style="bold", soft_wrap=True, end="")
    else:
        sys.stdout.write(text)
    sys.stdout.flush()


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
