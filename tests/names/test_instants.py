"""Instants as producers spell them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.instants import parse_instant
from lineage.moment import microseconds


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-11-22T22:40:47Z", 0),
        ("2026-11-22T22:40:47.8Z", 800_000),
        ("2026-11-22T22:40:47.026126523Z", 26_126),
        ("2026-11-22T22:40:47.999999999+00:00", 999_999),
        ("2026-11-22T22:40:47", 0),
        ("2026-11-22 22:40:47.5 UTC", 500_000),
        ("2026-11-22T23:40:47+0100", 0),
        ("2026-11-22T17:10:47-05:30", 0),
        ("2026-11-22T23:40:47+01:00[Europe/Berlin]", 0),
        ("2026-11-22T22:39:60Z", -47_000_000),
        ("2026-11-22T22:40Z", -47_000_000),
    ],
)
def test_every_spelling_of_an_instant_is_read(text: str, micros: int) -> None:
    """Zero to nine and more decimals are cut to microseconds; no zone means UTC."""
    assert parse_instant(text) == microseconds(datetime(2026, 11, 22, 22, 40, 47, tzinfo=UTC)) + micros


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-01", "yesterday", "1795388229385", "2026-02-30T10:00:00Z", "2026-11-01T25:00:00Z",
     "2026-11-01T10:00:00+19:00", "2026-11-01T10", "2026-W45-1T10:00"],
)  # fmt: skip
def test_what_is_no_instant_is_refused_with_advice(text: str) -> None:
    """A date alone, a number or nonsense is never guessed at; the message says what to send."""
    with pytest.raises(ValueError, match="Send"):
        parse_instant(text)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-14 * 60, 14 * 60))
def test_instants_agree_with_the_standard_library(moment: datetime, offset_min: int) -> None:
    """Any instant in any offset is the same number that datetime makes of it."""
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    assert parse_instant(aware.isoformat()) == microseconds(aware)
