"""How `make acceptance` judges what answers.py prints."""

from __future__ import annotations

from tests.acceptance.run import Floor, judged

FLOOR = Floor(found=169, forbidden=0)


def test_the_floor_is_met_by_as_many_answers_and_nothing_forbidden() -> None:
    """Reaching the recorded number without a forbidden answer passes; more passes and asks to raise the floor."""
    assert judged("x: 1 of 2\n169 of 201 expected answers, 0 forbidden ones\n", FLOOR)[0]
    passed, seen = judged("170 of 201 expected answers, 0 forbidden ones\n", FLOOR)
    assert passed
    assert "raise the floor" in seen


def test_fewer_answers_or_a_forbidden_one_fail() -> None:
    """One answer less, or one that must not be given, fails."""
    assert not judged("168 of 201 expected answers, 0 forbidden ones\n", FLOOR)[0]
    assert not judged("201 of 201 expected answers, 1 forbidden ones\n", FLOOR)[0]


def test_a_run_without_a_sum_fails() -> None:
    """A check that broke off is no success."""
    assert not judged("Traceback …\n", FLOOR)[0]
