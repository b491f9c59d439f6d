"""The bounded walk by itself: budgets, time, and both directions under one limit."""

from __future__ import annotations

import itertools

from lineage.facts import Direction
from lineage.moment import Moment
from lineage.query.hops import DatasetHops, Filter
from lineage.query.walk import Budget, Walk, walk
from tests.query.graph import Graph, graph


def walked(g: Graph, root: str, direction: Direction, budget: Budget, ticks: float = 0.0) -> Walk:
    """A walk by a clock that goes on by `ticks` seconds at each look."""
    expand = DatasetHops(g.questions.sources, Moment(None, g.store.applied()), Filter())
    clock = itertools.count(0.0, ticks)
    return walk(expand, [g.id(root)], direction, budget, control_goes_on=True, clock=lambda: next(clock))


def test_time_that_is_up_is_said_with_what_was_left() -> None:
    """TIME: the nodes that nobody walked from are named, what was found stays, and what lies beyond is counted."""
    g = graph("a -> b\nb -> c\nc -> d")
    found = walked(g, "a", Direction.DOWNSTREAM, Budget(time_s=2.5), ticks=1.0)
    assert [g.name(n) for n in found.distances] == ["a", "b", "c"]
    assert {g.name(n) for n in found.time_cut} == {"c"}
    assert {g.name(n): {g.name(f) for f in far} for n, far in found.beyond.items()} == {"c": {"d"}}
    assert not found.depth_cut


def test_both_directions_share_one_limit_level_by_level() -> None:
    """Neither side starves the other."""
    g = graph("u2 -> u1\nu1 -> r\nr -> d1\nd1 -> d2")
    found = walked(g, "r", Direction.BOTH, Budget(nodes=3))
    assert {g.name(n) for n in found.distances} == {"r", "u1", "d1"}
    assert {g.name(n) for n in found.nodes_cut} == {"u2", "d2"}


def test_a_hub_is_one_read_of_the_store() -> None:
    """A walk reads the neighbours of a whole frontier at once: two reads for two levels, one for what lies beyond."""
    g = graph("\n".join(f"a -> t{i}" for i in range(50)))
    calls = []
    neighbours = g.store.neighbours
    g.store.neighbours = lambda *a, **k: (calls.append(a), neighbours(*a, **k))[1]  # type: ignore[method-assign]
    found = walked(g, "a", Direction.DOWNSTREAM, Budget())
    assert (len(found.distances), len(calls)) == (51, 2)
