"""Instants as OpenLineage's producers spell them, as integer microseconds since the epoch, UTC.

The one idea: clients send `2026-11-22T22:40:47Z`, `…26.81Z`, nanoseconds, offsets, and no zone at all (which means
UTC). All of that is read; a date alone is not an instant, and what cannot be a time is refused instead of guessed.
"""

import re
from datetime import date
from typing import Final

_INSTANT: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,18}))?)?"
    r"\s?(?:[Zz]|UTC|GMT|([+-])(\d{2}):?(\d{2})?(?::?\d{2})?)?(?:\[[\w/+:-]{1,64}\])?",
    re.ASCII,
)
_DATE_ALONE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_DAY_S: Final = 86_400
_OFFSET_HOURS_MAX: Final = 18  # java.time's limit; real zones end at 14


def parse_instant(text: str) -> int:
    """Microseconds since the epoch, UTC; finer digits are cut. Raises ValueError with a sentence for the producer's
    owner."""
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        if _DATE_ALONE.fullmatch(text.strip()):
            raise ValueError("is a date without a time. Send an instant such as 2026-11-01T10:00:00Z.")
        raise ValueError("is not an instant. Send one such as 2026-11-01T10:00:00Z.")
    year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = found.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    except ValueError:
        raise ValueError("names a day that does not exist. Send an instant such as 2026-11-01T10:00:00Z.") from None
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 60:  # 60: a leap second counts as the next minute's first
        raise ValueError("names a time of day that does not exist. Send an instant such as 2026-11-01T10:00:00Z.")
    shift_s = 0
    if sign:
        if int(offset_hours) > _OFFSET_HOURS_MAX or int(offset_minutes or 0) > 59:
            raise ValueError("has an offset that no time zone has. Send an instant such as 2026-11-01T10:00:00Z.")
        shift_s = (int(offset_hours) * 3600 + int(offset_minutes or 0) * 60) * (-1 if sign == "-" else 1)
    total_s = days * _DAY_S + hours * 3600 + minutes * 60 + seconds - shift_s
    return total_s * 1_000_000 + int((fraction or "0").ljust(6, "0")[:6])
