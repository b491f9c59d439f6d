"""Structured logs: one event a line, as text for people or as JSON for programs, on standard error.

The one idea: a message names *what* happened in fixed words, and `fields` hold the values, so that lines can be
counted. Payloads, names out of events and keys are never logged: the ledger has them, under access control.
"""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

import orjson

_FIELDS: Final = "headwater_fields"
REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""The request that is being answered; set by api/request_ids.py."""


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class TextLines(logging.Formatter):
    """`18:00:00 info  message  name=value …`; a trace follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        fields = "".join(f"  {name}={value}" for name, value in _fields(record).items())
        trace = "\n" + self.formatException(record.exc_info) if record.exc_info else ""
        return f"{time} {record.levelname.lower():<7} {record.getMessage()}{fields}{trace}"


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """Beside the line's own values the request's id: a line is formatted where it is written."""
    request = REQUEST_ID.get()
    return {**({"request": request} if request else {}), **getattr(record, _FIELDS, {})}


def configure(level: str, form: str) -> None:
    """Send all logs of this process to standard error. `level` and `form` as in Settings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # uvicorn's own lines (start, stop) repeat ours; its errors do not.
    logging.getLogger("uvicorn.error").setLevel(max(logging.WARNING, root.level))
    # A line for each request that the service itself makes (witnesses, once a second) says nothing.
    logging.getLogger("httpx2").setLevel(max(logging.WARNING, root.level))


def log(logger: logging.Logger, level: int, message: str, *, trace: bool = False, **fields: object) -> None:
    """One structured line; with `trace`, the exception that is being handled goes with it."""
    if logger.isEnabledFor(level):
        logger.log(level, message, exc_info=trace, extra={_FIELDS: fields})
