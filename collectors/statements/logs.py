"""A query log as a file: which of the formats it is, and its statements one after the other, never all at once."""

import csv
import gzip
import io
import itertools
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, cast

from collectors.statements import postgres_log
from collectors.statements.files import STANDARD_INPUT
from collectors.statements.query_log import (
    CSV_FIELD_CHARACTERS_MAX,
    Logged,
    Unreadable,
    csv_rows,
    json_rows,
    logged,
)
from lineage.errors import InputError, NotFound

FORMATS = ("csv", "jsonl")


def read_log(path: str, form: str, columns: Mapping[str, str]) -> Iterator[Logged | Unreadable]:
    """The statements of one log. `form`: csv or jsonl. NotFound, or InputError for a log that ends too early or lacks a column."""
    if path != STANDARD_INPUT and not Path(path).is_file():
        raise NotFound(f"No such file: {path}.")
    with ExitStack() as stack:
        raw: IO[bytes] = sys.stdin.buffer if path == STANDARD_INPUT else stack.enter_context(Path(path).open("rb"))
        if path.endswith(".gz"):
            raw = cast(IO[bytes], stack.enter_context(gzip.open(raw)))
        lines = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="")
        try:
            yield from _csv(lines, columns) if form == "csv" else _json(lines, columns)
        except (EOFError, gzip.BadGzipFile, csv.Error) as error:
            raise InputError(
                f"It ends too early or is damaged ({error}). What came before was read.", place=path
            ) from None
        finally:
            if path == STANDARD_INPUT:
                lines.detach()


def _csv(lines: Iterator[str], columns: Mapping[str, str]) -> Iterator[Logged | Unreadable]:
    csv.field_size_limit(CSV_FIELD_CHARACTERS_MAX)
    reader = csv.reader(lines)
    first = next(reader, None)
    if first is None:
        return
    rest = ((reader.line_num, row) for row in reader)
    if postgres_log.is_csvlog(first):
        whole = itertools.chain([(reader.line_num, first)], rest)
        yield from postgres_log.statements(postgres_log.csvlog_rows(whole))
    else:
        yield from logged(csv_rows(rest, first), columns)


def _json(lines: Iterator[str], columns: Mapping[str, str]) -> Iterator[Logged | Unreadable]:
    rows = json_rows(lines)
    first = next(rows, None)
    if first is None:
        return
    rest = itertools.chain([first], rows)
    if not isinstance(first, Unreadable) and postgres_log.is_jsonlog(first[1]):
        yield from postgres_log.statements(rest)
    else:
        yield from logged(rest, columns)
