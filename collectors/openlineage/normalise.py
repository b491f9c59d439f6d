"""What is done to an event at the door: read once, judged only for what makes it unreadable, cleaned of secrets,
written compactly.

The one idea: an event is refused (kept as a dead letter) only when it names nothing or no time; whatever else a
schema would say of it is accepted as it is. What comes out is the only form that the projector ever reads.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from collectors.openlineage.clean import Cleaner, bad_name_place
from collectors.openlineage.json_text import DEPTH_MAX, NotJson, TooDeep, parse
from lineage.instants import parse_instant

EARLIEST_US: Final = 946_684_800_000_000  # 2000-01-01: no lineage is older; earlier times are unset clocks
FUTURE_US_MAX: Final = 366 * 86_400 * 1_000_000  # a clock that is a leap year ahead is wrong (decisions.md)


class DeadCode(StrEnum):
    """Why an event cannot be understood. Stable: programs may compare it."""

    NOT_JSON = "NOT_JSON"
    NOT_AN_OBJECT = "NOT_AN_OBJECT"
    TOO_DEEP = "TOO_DEEP"
    NO_EVENT = "NO_EVENT"
    NO_NAME = "NO_NAME"
    BAD_NAME = "BAD_NAME"
    NO_TIME = "NO_TIME"
    BAD_TIME = "BAD_TIME"
    TIME_TOO_EARLY = "TIME_TOO_EARLY"
    TIME_TOO_LATE = "TIME_TOO_LATE"


@dataclass(frozen=True, slots=True)
class DeadReason:
    """Why an event is a dead letter. `code`: a DeadCode, or one of the door's own; `place` is a JSON path
    (`$.job.name`)."""

    code: str
    message: str
    place: str = "$"


@dataclass(frozen=True, slots=True)
class Normalised:
    """An event made ready for the ledger. `norm` None: a dead letter, `reason` says why; then `kind` may be "" and
    the time None."""

    norm: bytes | None
    reason: DeadReason | None
    kind: str
    """RUN, JOB or DATASET, by content; "" where it is neither."""
    event_time_us: int | None


def too_far(event_time_us: int, now_us: int) -> bool:
    """Whether an event's time is further in the future than any honest clock, judged at the leaf's time."""
    return event_time_us > now_us + FUTURE_US_MAX


def normalise(raw: bytes, now_us: int | None = None, *, charset: str | None = None) -> Normalised:
    """Judge and clean one received event. Never raises, whatever the bytes are.

    now_us: the leaf's time; None: times in the future are not judged. charset: what the sender named, used where the
    bytes are not UTF.
    """
    try:
        event, clean = parse(raw, charset)
    except TooDeep as error:
        return _dead(DeadCode.TOO_DEEP, str(error))
    except NotJson as error:
        return _dead(DeadCode.NOT_JSON, str(error))
    if not isinstance(event, dict):
        return _dead(
            DeadCode.NOT_AN_OBJECT, "The body is JSON but no object. Send one OpenLineage event as a JSON object."
        )
    kind = kind_of(event)
    if not kind:
        return _dead(DeadCode.NO_EVENT, "There is no run, job or dataset in the event. Send an OpenLineage event.")
    reason = _judge_names(event, kind)
    if reason is None and (not clean or b"\\u0000" in raw):
        place = bad_name_place(event)
        if place is not None:
            message = "A name holds a NUL or half of a surrogate pair. Send names as plain text."
            reason = DeadReason(DeadCode.BAD_NAME, message, place)
    time_us = None
    if reason is None:
        time_us, reason = _judge_time(event, now_us)
    if reason is not None:
        return Normalised(None, reason, kind, time_us)
    cleaner = Cleaner(dirty=not clean or b"\\u0000" in raw, large=len(raw) > Cleaner.FACET_BYTES_MAX)
    try:
        norm = orjson.dumps(cleaner.event(event), option=orjson.OPT_SORT_KEYS)
    except RecursionError:
        return _dead(
            DeadCode.TOO_DEEP, f"The event nests deeper than {DEPTH_MAX} levels. Send its facets flatter.", kind
        )
    return Normalised(norm, None, kind, time_us)


def kind_of(event: dict[str, Any]) -> str:
    """RUN, DATASET or JOB by content (a schemaURL is often missing or wrong); "" where it is neither."""
    for key in ("run", "dataset", "job"):
        if isinstance(event.get(key), dict) and event[key]:
            return key.upper()
    return ""


def _judge_names(event: dict[str, Any], kind: str) -> DeadReason | None:
    named = ("dataset",) if kind == "DATASET" else ("job",)
    for key in named:
        part = event.get(key)
        if not isinstance(part, dict):
            return DeadReason(
                DeadCode.NO_NAME, "A run event names no job. Send job.namespace and job.name.", f"$.{key}"
            )
        for label in ("namespace", "name"):
            if not isinstance(part.get(label), str) or not part[label].strip():
                return DeadReason(DeadCode.NO_NAME, f"The {key} has no {label}. Send it as text.", f"$.{key}.{label}")
    if kind == "RUN":
        run_id = event["run"].get("runId")
        if isinstance(run_id, int) and not isinstance(run_id, bool):
            event["run"]["runId"] = str(run_id)
        elif not isinstance(run_id, str) or not run_id.strip():
            return DeadReason(DeadCode.NO_NAME, "The run has no runId. Send one, best a UUID.", "$.run.runId")
    return None


def _judge_time(event: dict[str, Any], now_us: int | None) -> tuple[int | None, DeadReason | None]:
    told = event.get("eventTime")
    if told is None:
        return None, DeadReason(
            DeadCode.NO_TIME, "The event has no eventTime. Send an instant such as 2026-11-01T10:00:00Z.", "$.eventTime"
        )
    if not isinstance(told, str):
        return None, DeadReason(
            DeadCode.BAD_TIME, "eventTime is no text. Send an instant such as 2026-11-01T10:00:00Z.", "$.eventTime"
        )
    try:
        time_us = parse_instant(told)
    except ValueError as error:
        return None, DeadReason(DeadCode.BAD_TIME, f"eventTime {error}", "$.eventTime")
    if time_us < EARLIEST_US:
        message = "eventTime is before the year 2000. Correct the producer's clock and send the event again."
        return time_us, DeadReason(DeadCode.TIME_TOO_EARLY, message, "$.eventTime")
    if now_us is not None and too_far(time_us, now_us):
        message = (
            "eventTime is more than 366 days in the future. Correct the producer's clock and send the event again."
        )
        return time_us, DeadReason(DeadCode.TIME_TOO_LATE, message, "$.eventTime")
    return time_us, None


def _dead(code: DeadCode, message: str, kind: str = "", place: str = "$") -> Normalised:
    return Normalised(None, DeadReason(code, message, place), kind, None)
