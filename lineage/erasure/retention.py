"""How long each class is kept: presets that an operator chooses, floors that nobody may go below.

The one idea: nothing is limited until somebody says so, and the saying is an entry of the ledger. A limit is a number
of days for a class of payloads; leaves, proofs, and what people said are kept for ever. Floors come from the laws that
ask for records (docs/erasure.md names them); they are no legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from lineage.erasure.statements import Limits
from lineage.errors import InputError
from lineage.ledger.classes import RetentionClass

DAY_US: Final = 86_400 * 1_000_000
DAYS_MAX: Final = 36_500

FLOORS: Final[Mapping[RetentionClass, int]] = {
    RetentionClass.RAW: 1,  # a replay after an upgrade, a producer that repeats itself
    RetentionClass.NORM: 183,  # AI Act, Art. 19 and 26: logs are kept for six months at least
    RetentionClass.DEAD_LETTER: 30,  # time to find out what a producer sends; only replayed ones expire at all
    RetentionClass.ACCESS: 183,
}
"""Days below which no limit may be set. What is not here is never limited."""


class Preset(StrEnum):
    """Limits that belong together."""

    KEEP = "keep"
    MINIMAL = "minimal"
    AI_ACT = "ai-act"
    HIPAA = "hipaa"
    SOX = "sox"
    TEN_YEARS = "ten-years"


PRESETS: Final[Mapping[Preset, Mapping[RetentionClass, int]]] = {
    Preset.KEEP: {},
    Preset.MINIMAL: {RetentionClass.RAW: 30, RetentionClass.DEAD_LETTER: 30, RetentionClass.ACCESS: 400},
    Preset.AI_ACT: {RetentionClass.RAW: 183, RetentionClass.DEAD_LETTER: 183, RetentionClass.ACCESS: 400},
    Preset.HIPAA: {RetentionClass.RAW: 30, RetentionClass.DEAD_LETTER: 30, RetentionClass.ACCESS: 2_190},
    Preset.SOX: {RetentionClass.RAW: 2_555, RetentionClass.DEAD_LETTER: 2_555, RetentionClass.ACCESS: 2_555},
    Preset.TEN_YEARS: {
        RetentionClass.RAW: 30,
        RetentionClass.DEAD_LETTER: 30,
        RetentionClass.NORM: 3_650,
        RetentionClass.ACCESS: 3_650,
    },
}


def limits(preset: Preset, changes: Mapping[RetentionClass, int | None], reason: str) -> Limits:
    """A preset with changes (None: keep that class for ever). InputError below a floor, for a class that has none, and
    when a norm would go before the raw that says the same."""
    days = dict(PRESETS[preset])
    for retention, asked in changes.items():
        if retention not in FLOORS:
            message = f"What people and the service said (`{retention}`) is kept as long as the ledger. Leave it out."
            raise InputError(message, place=retention)
        if asked is None:
            days.pop(retention, None)
        elif not FLOORS[retention] <= asked <= DAYS_MAX:
            message = f"`{retention}` is kept for {FLOORS[retention]} to {DAYS_MAX} days, not {asked}. Correct it."
            raise InputError(message, place=retention)
        else:
            days[retention] = asked
    norm = days.get(RetentionClass.NORM)
    if norm is not None and days.get(RetentionClass.RAW, DAYS_MAX + 1) > norm:
        raise InputError(
            f"Received bytes say what their norm says: they cannot be kept longer than it ({norm} days). Limit `raw`,"
            " too.",
            place=RetentionClass.RAW,
        )
    return Limits(preset, days, reason)


def cutoff_us(days: int, now_us: int) -> int:
    """What was appended at this time or before has been kept long enough."""
    return now_us - days * DAY_US
