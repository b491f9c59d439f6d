"""Any history, on both stores: the same reads at every Moment, and the same export, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.moment import Moment
from lineage.store import GraphStore, open_store
from lineage.store.canonical import export_lines
from lineage.store.memory import MemoryStore
from lineage.store.neo4j import Neo4jStore, sweeping
from tests.neo4j.stores import a_server
from tests.store import world
from tests.store.test_histories import (
    BATCHES,
    TOGGLES,
    apply_in,
    assert_same_reads,
    assert_same_timeless,
    assert_same_walks,
    moments,
)

pytestmark = pytest.mark.slow

WHOLE_READS = 3  # a thousand reads each, a round trip or more each


@pytest.fixture(scope="module")
def served() -> Iterator[Neo4jStore]:
    """One store for all examples, wiped before each; the server is this module's for as long."""
    with a_server() as server, Neo4jStore(server.url) as store:
        yield store


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """The embedded store beside it."""
    store = open_store("sqlite:", tmp_path_factory.mktemp("graph"))
    yield store
    store.close()


def swept(store: Neo4jStore) -> None:
    """Publish a bound and remove up to it, as a minute's work in the background would."""
    for _ in range(2):
        sweeping.sweep(store._server, sweeping.now_ms(), after_ms=0)
    store._swept = (0, 0.0)


@settings(max_examples=settings().max_examples // 4)
@given(TOGGLES, BATCHES, st.sets(st.integers(0, 6)))
def test_both_stores_export_the_same(
    served: Neo4jStore, embedded: GraphStore, toggles: list[set[int]], batches: list[int], sweeps: set[int]
) -> None:
    """Random histories in random batches, swept or not between them: one canonical export, with history and without."""
    changes, size = world.history(toggles), len(toggles)
    for store in (served, embedded):
        store.wipe()
    apply_in(embedded, changes, size, [size])
    start = 0
    for number, length in enumerate((*batches, size)):
        end = min(size, start + length)
        served.apply([change for change in changes if start <= change.index < end], end)
        if number in sweeps:
            swept(served)
        start = end
    for history in (False, True):
        assert list(export_lines(served, history=history)) == list(export_lines(embedded, history=history))
    for known in range(size + 1):
        at = Moment(None, known)
        assert list(served.export(history=True, known=known)) == list(embedded.export(history=True, known=known))
        assert_same_walks_lightly(embedded, served, at)


def assert_same_walks_lightly(one: GraphStore, other: GraphStore, at: Moment) -> None:
    """One page of each read: which of the two types is read depends on the moment."""
    assert one.counts(at) == other.counts(at)
    assert one.resolve(world.DATASETS, at) == other.resolve(world.DATASETS, at)


@settings(max_examples=WHOLE_READS)
@given(TOGGLES, BATCHES, st.booleans())
def test_every_read_is_what_the_naive_model_says(
    served: Neo4jStore, toggles: list[set[int]], batches: list[int], sweep: bool
) -> None:
    """Walks, facts, names, search, counts and exports agree at every known size and valid time."""
    changes, size = world.history(toggles), len(toggles)
    model = MemoryStore()
    apply_in(model, changes, size, [size])
    served.wipe()
    apply_in(served, changes, size, batches)
    if sweep:
        swept(served)
    assert_same_timeless(model, served, size)
    for at in moments(size):
        assert_same_walks(model, served, at)
        assert_same_reads(model, served, at)
