"""Query logs: what databases and warehouses export of the statements that ran, as CSV or JSON lines.

The one idea: exports differ in the names of their columns only, so a table of names reads them all: Snowflake's QUERY_HISTORY,
BigQuery's JOBS, Redshift's SYS_QUERY_HISTORY, Trino's events, MySQL's and anybody's own. PostgreSQL's own log is another matter
(postgres_log.py).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from lineage.errors import InputError
from lineage.instants import parse_instant

CSV_FIELD_CHARACTERS_MAX: Final = 64 << 20  # one statement; Python's own limit of 128 KB is less than real ones have
_NAMES: Final = {
    "statement": ("statement", "query", "query_text", "sql", "sql_text", "querytxt", "statement_text", "sqltext"),
    "time": (
        "time", "timestamp", "start_time", "starttime", "event_time", "query_start_time", "started_at", "creation_time",
        "created", "create_time", "log_time", "ts", "begin_time",
    ),
    "end": ("end_time", "endtime", "ended_at", "finished_at", "completed_at", "query_end_time"),
    "duration_ms": ("duration_ms", "total_elapsed_time", "execution_time", "query_duration_ms", "elapsed_ms"),
    "user": ("user", "user_name", "username", "usename", "user_email", "role_name", "db_user", "principal"),
    "database": ("database", "database_name", "db", "dbname", "datname", "catalog", "current_database", "project_id"),
    "schema": ("schema", "schema_name", "current_schema"),
    "session": ("query_id", "queryid", "job_id", "session_id", "session"),
    "error": ("error", "error_message", "exception"),
    "status": ("status", "execution_status", "state", "query_state"),
}  # fmt: skip
"""What we need -> what exports call it, the surest name first; letter case does not matter."""
NEEDED: Final = ("statement", "time")
FAILED: Final = re.compile(r"fail.*|error.*|incident|abort.*|cancel.*", re.IGNORECASE)
_VALUES: Final = re.compile(r"'[^']*'|\"[^\"]*\"|=\([^)]*\)")
_NUMBER: Final = re.compile(r"\d{9,19}(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Logged:
    """One statement that ran. Times are microseconds since the epoch, UTC."""

    text: str
    time_us: int
    end_us: int
    line: int
    """Where its row ends in the log, from 1."""
    user: str = ""
    database: str = ""
    schema: str = ""
    session: str = ""
    error: str | None = None
    """None: it went well. "": it failed, and nobody says why."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that cannot be used."""

    line: int
    why: str


Row = tuple[int, Mapping[str, Any]]
"""(line, the row's values by the log's own names)"""


def csv_rows(rows: Iterable[tuple[int, list[str]]], header: list[str]) -> Iterator[Row]:
    """The rows of a CSV file under the names of its header."""
    for line, values in rows:
        yield line, dict(zip(header, values, strict=False))


def json_rows(lines: Iterable[str]) -> Iterator[Row | Unreadable]:
    """The objects of a file with one JSON object a line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = orjson.loads(line)
        except ValueError:
            yield Unreadable(number, "is no JSON")
            continue
        yield (number, told) if isinstance(told, dict) else Unreadable(number, "is no JSON object")


def logged(rows: Iterable[Row | Unreadable], columns: Mapping[str, str]) -> Iterator[Logged | Unreadable]:
    """The statements of rows. `columns`: what we need -> the log's name for it, where the usual names do not do. InputError when a log
    has no column for the statement or its time."""
    names: dict[str, str] | None = None
    for row in rows:
        if isinstance(row, Unreadable):
            yield row
            continue
        line, values = row
        if names is None or any(names[need] not in values for need in NEEDED):
            try:
                names = _names_in(values, columns)
            except InputError:
                if names is None:
                    raise
                yield Unreadable(line, "ends too early")
                continue
        yield _statement(line, {need: values.get(name) for need, name in names.items()})


def _names_in(values: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    folded = {name.casefold().strip(): name for name in values}
    found = {}
    for need, usual in _NAMES.items():
        wanted = (columns[need],) if need in columns else (need, *usual)
        name = next((folded[w.casefold()] for w in wanted if w.casefold() in folded), None)
        if name is not None:
            found[need] = name
        elif need in NEEDED or need in columns:
            raise InputError(
                f"The log has no column for the {need} (it has {', '.join(map(str, values))}). Say which it is: "
                f"--column {need}=NAME.",
                place="--column",
            )
    return found


def known_columns() -> tuple[str, ...]:
    """What `--column` can name."""
    return tuple(_NAMES)


def _statement(line: int, told: Mapping[str, Any]) -> Logged | Unreadable:
    text = str(told.get("statement") or "")
    if not text.strip():
        return Unreadable(line, "has no statement")
    try:
        begun = instant_us(told.get("time"))
        if told.get("end"):
            ended = instant_us(told["end"])
        else:
            ended = begun + int(float(told.get("duration_ms") or 0) * 1_000)
    except ValueError as error:
        return Unreadable(line, f"has no usable time: {error}")
    return Logged(
        text=text, time_us=begun, end_us=max(begun, ended), line=line,
        **{name: str(told.get(name) or "") for name in ("user", "database", "schema", "session")},
        error=_error(str(told.get("error") or ""), str(told.get("status") or "")),
    )  # fmt: skip


def _error(message: str, status: str) -> str | None:
    if message.strip().casefold() not in ("", "null", "none", "0"):
        return without_values(message)
    return "" if FAILED.fullmatch(status.strip()) else None


def without_values(message: str) -> str:
    """A database's complaint without the values that it quotes: they are somebody's data."""
    return _VALUES.sub("?", message.partition("\n")[0])


def instant_us(told: object) -> int:
    """A time as logs write it: ISO 8601, with a zone's name as PostgreSQL does, or a number of seconds, ms, µs or ns since the epoch.
    ValueError."""
    text = str(told if told is not None else "").strip()
    if _NUMBER.fullmatch(text):
        number = float(text)
        for unit in (1e6, 1e3, 1.0, 1e-3):
            if number * unit < 1e16:  # before the year 2287
                return int(number * unit)
    try:
        return parse_instant(text)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"`{text[:40]}` is no time such as 2026-11-22T10:00:00Z") from None
    return int(found.replace(tzinfo=found.tzinfo or UTC).timestamp() * 1_000_000)
