"""PostgreSQL's own log (`log_destination = csvlog` or `jsonlog`), with `log_statement = all` or `log_min_duration_statement = 0`.

The one idea: a statement's line is written when it begins, and an error's line follows in the same session; so a statement waits for
the next line of its session before it counts as done.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from collectors.statements.query_log import Logged, Row, Unreadable, instant_us, without_values

_CSV: Final = {
    "timestamp": 0, "user": 1, "dbname": 2, "session_id": 5, "error_severity": 11, "message": 13, "statement": 19,
}  # fmt: skip
"""Places in a csvlog, which has no header, and jsonlog's names for them."""
CSV_WIDTHS: Final = range(22, 32)  # 23 columns in version 9, 26 in 14; newer ones only append
_MESSAGE: Final = re.compile(
    r"(?:duration: (?P<ms>[\d.]+) ms  )?(?:statement|execute [^:]{1,200}): (?P<text>.*)", re.DOTALL
)
_FAILURES: Final = frozenset({"ERROR", "FATAL", "PANIC"})


def is_csvlog(first: list[str]) -> bool:
    """Whether the first row is of a csvlog: many columns, and a time where a header would have a name."""
    if len(first) not in CSV_WIDTHS:
        return False
    try:
        instant_us(_zoned(first[0]))
    except ValueError:
        return False
    return True


def is_jsonlog(first: Mapping[str, Any]) -> bool:
    """Whether an object is of a jsonlog."""
    return {"timestamp", "error_severity"} <= first.keys()


def csvlog_rows(rows: Iterable[tuple[int, list[str]]]) -> Iterator[Row]:
    """A csvlog's rows under jsonlog's names."""
    for line, values in rows:
        yield line, {name: values[at] for name, at in _CSV.items() if at < len(values)}


def statements(rows: Iterable[Row | Unreadable]) -> Iterator[Logged | Unreadable]:
    """The statements in a log, each as it turned out. Lines about anything else say nothing here."""
    waiting: dict[str, Logged] = {}
    for row in rows:
        if isinstance(row, Unreadable):
            yield row
            continue
        line, told = row
        session = str(told.get("session_id") or "")
        before = waiting.pop(session, None)
        failed = told.get("error_severity") in _FAILURES
        if before is not None:
            yield _failed(before, told) if failed and _is_about(before, told) else before
        match = None if failed else _MESSAGE.fullmatch(str(told.get("message") or ""))
        if match is None:
            continue
        try:
            logged_us = instant_us(_zoned(str(told.get("timestamp") or "")))
        except ValueError as error:
            yield Unreadable(line, f"has no usable time: {error}")
            continue
        # With a duration the line is written at the end, without one at the beginning.
        begun_us = logged_us - int(float(match["ms"] or 0) * 1_000)
        waiting[session] = Logged(
            match["text"], begun_us, logged_us, line, str(told.get("user") or ""), str(told.get("dbname") or ""),
            session=session,
        )  # fmt: skip
    yield from waiting.values()


def _is_about(before: Logged, told: Mapping[str, Any]) -> bool:
    return str(told.get("statement") or before.text).strip() == before.text.strip()


def _failed(before: Logged, told: Mapping[str, Any]) -> Logged:
    return Logged(
        before.text, before.time_us, before.end_us, before.line, before.user, before.database, before.schema,
        before.session, without_values(str(told.get("message") or "")),
    )  # fmt: skip


def _zoned(text: str) -> str:
    """`2026-11-22 10:00:00.123 CET`: zones other than UTC are names that nobody can tell for certain."""
    stamp, _, zone = text.rpartition(" ")
    if zone.isalpha() and zone.upper() not in ("UTC", "GMT", "Z"):
        raise ValueError(f"the zone {zone} is not told by its name: let the server log in UTC (log_timezone)")
    return f"{stamp}Z" if zone.isalpha() else text
