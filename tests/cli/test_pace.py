"""Progress in lines: rare, and with the time that is left."""

from __future__ import annotations

import pytest

from api.cli.pace import Pace, left


@pytest.mark.parametrize(
    ("done", "total", "took_s", "said"),
    [
        (0, 100, 5, ""),
        (100, 100, 5, ""),
        (50, 100, 10, ", less than a minute left"),
        (10, 100, 20, ", about 3 min left"),
        (1, 1000, 20, ", about 5.5 h left"),
    ],
)
def test_the_time_left_is_told_as_a_person_would(done: int, total: int, took_s: float, said: str) -> None:
    """Nothing where it cannot be known, else rounded to what matters."""
    assert left(done, total, took_s) == said


def test_a_line_is_said_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    """Not for each batch, and not at all beside a bar."""
    clock = iter([0.0, 1.0, 12.0, 13.0, 24.0]).__next__
    pace = Pace("replaying", quiet=False, clock=clock)
    for done in (10, 120, 130, 240):
        pace.at(done, 1000)
    assert capsys.readouterr().err.splitlines() == [
        "replaying: 120 of 1,000, about 1 min left",
        "replaying: 240 of 1,000, about 1 min left",
    ]
    quiet = Pace("replaying", quiet=True, clock=iter([0.0, 99.0]).__next__)
    quiet.at(1, 2)
    assert capsys.readouterr().err == ""
