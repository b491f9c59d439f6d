"""Whatever the history: its order does not matter, a restart does not show, and the naive model says the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.projector.histories import Step, histories, place, rearranged
from tests.projector.model import Model
from tests.projector.projection import Projection


@st.composite
def two_orders(draw: st.DrawFn) -> tuple[list[Step], list[Step]]:
    steps = draw(histories)
    return steps, draw(rearranged(steps))


@given(two_orders())
def test_order_and_duplicates_do_not_matter(orders: tuple[list[Step], list[Step]]) -> None:
    """The same events in any order, some twice, give the same graph and the same counts."""
    with Projection(orders[0]) as one, Projection(orders[1]) as other:
        assert one.lines(history=False) == other.lines(history=False)


@given(histories)
def test_a_restart_before_any_entry_does_not_show(steps: list[Step]) -> None:
    """An engine made anew before each entry tells the same changes as one that lives on: known bounds included."""
    with Projection(steps) as living, Projection(steps, restarts=True) as restarted:
        assert living.lines(history=True) == restarted.lines(history=True)


@given(histories)
def test_the_engine_says_what_the_naive_model_says(steps: list[Step]) -> None:
    """After each entry the graph holds exactly what the model computes from all entries so far."""
    entries = place(steps)
    with Projection() as projection:
        for size, entry in enumerate(entries, start=1):
            projection.take(entry)
            assert projection.graph() == Model(entries[:size]).facts()
