"""Which answer is cut when slow clients keep too much."""

from __future__ import annotations

import pytest

from api import untaken
from api.untaken import Untaken


class Slow:
    """A connection that remembers being cut."""

    def __init__(self) -> None:
        self.is_cut = False

    def cut(self) -> None:
        self.is_cut = True


@pytest.fixture
def of_all(monkeypatch: pytest.MonkeyPatch) -> Untaken:
    """With room for ten bytes."""
    monkeypatch.setattr(untaken, "UNTAKEN_BYTES_MAX", 10)
    return Untaken()


def test_the_longest_under_way_is_cut_not_the_largest(of_all: Untaken) -> None:
    """And no more than have to be."""
    old, large, new = Slow(), Slow(), Slow()
    of_all.offer(large, 2.0, 7)
    of_all.offer(old, 1.0, 2)
    of_all.offer(new, 3.0, 3)
    assert (old.is_cut, large.is_cut, new.is_cut) == (True, False, False)
    assert of_all.left_bytes == 10


def test_what_is_taken_counts_no_more(of_all: Untaken) -> None:
    """Once, however often it is told; and the same answer again counts by what it has left now."""
    first, second = Slow(), Slow()
    of_all.offer(first, 1.0, 9)
    of_all.offer(first, 1.0, 6)
    of_all.offer(second, 2.0, 4)
    assert not first.is_cut and of_all.left_bytes == 10
    of_all.forget(first)
    of_all.forget(first)
    assert of_all.left_bytes == 4


def test_one_alone_may_be_too_much(of_all: Untaken) -> None:
    """It is cut, too: there is nobody else."""
    only = Slow()
    of_all.offer(only, 1.0, 11)
    assert only.is_cut and of_all.left_bytes == 0
