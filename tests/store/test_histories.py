"""Any history, applied in any batches: a store answers every read at every Moment as the naive model does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.facts import Change, Direction, EvidenceKind, FactVersion, Flow, NodeKind, Relation
from lineage.ids import dataset_id
from lineage.moment import FOREVER, Moment
from lineage.store import GraphReader, GraphStore, open_store
from lineage.store.canonical import export_lines
from lineage.store.closure import reach_by_neighbours
from lineage.store.contract import LISTED_KINDS, StoryWindow, list_key
from lineage.store.digests import change_key
from lineage.store.memory import MemoryStore
from tests.store import world

TOGGLES = st.lists(st.sets(st.integers(0, len(world.POOL) - 1), max_size=40), max_size=4)
BATCHES = st.lists(st.integers(1, 4), max_size=6)
QUERIES = (
    "customers",
    "Cust",
    "c",
    "id",
    "shop customers",
    "customers#email",
    "STRASSE",
    "shop.public",
    "lake",
    "zz",
    "",
)
ALIAS = dataset_id("POSTGRES://SHOP", "Clients of the shop")
EVERY_NODE = [*world.NODES, ALIAS]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """One file for all examples, wiped before each: a file for each would mostly wait for the disk."""
    store = open_store("sqlite:", tmp_path_factory.mktemp("graph"))
    yield store
    store.close()


def apply_in(store: GraphStore, changes: Sequence[Change], size: int, batches: Sequence[int]) -> None:
    """Apply entries 0 … size-1 in batches of these lengths, the rest in one; each batch twice, as after a crash."""
    start = 0
    for length in (*batches, size):
        end = min(size, start + length)
        batch = [change for change in changes if start <= change.index < end]
        store.apply(batch, end)
        store.apply(batch, end)
        start = end


FILTERS = ((None, None), ({Flow.VALUE}, {EvidenceKind.OBSERVED, EvidenceKind.STATED}), ((), None))


def moments(size: int) -> list[Moment]:
    """The latest and a valid time at every known size; at the last, the edges of the intervals too."""
    every = [Moment(valid, known) for known in range(size + 2) for valid in (None, 25)]
    return [*every, *(Moment(valid, size) for valid in (5, 10, 30))]


def assert_same_walks(one: GraphReader, other: GraphReader, at: Moment) -> None:
    frontiers = (world.DATASETS[:2], world.COLUMN_IDS, [*world.COLUMN_IDS[:1], "hw:unknown"])
    for relation, direction in itertools.product((Relation.FEEDS, Relation.DERIVES), Direction):
        for frontier in frontiers:
            for flows, evidence in (
                (None, None),
                ({Flow.VALUE}, {EvidenceKind.OBSERVED, EvidenceKind.STATED}),
                ((), None),
            ):
                given_ = (frontier, relation, direction, at)
                edges = one.neighbours(*given_, flows=flows, evidence=evidence)
                assert edges == other.neighbours(*given_, flows=flows, evidence=evidence)
            for depth_max, nodes_max in ((None, 1000), (1, 1000), (None, 3), (0, 1000)):
                limits = {"depth_max": depth_max, "nodes_max": nodes_max}
                assert one.reach(*given_, **limits) == other.reach(*given_, **limits)


def assert_same_reads(one: GraphReader, other: GraphReader, at: Moment) -> None:
    assert one.resolve(EVERY_NODE, at) == other.resolve(EVERY_NODE, at)
    assert one.counts(at) == other.counts(at)
    assert_same_lists(one, other, at)
    assert_same_stories(one, other, at.known)
    for by_object in (False, True):
        assert one.facts(EVERY_NODE, Relation, at, by_object=by_object) == other.facts(
            EVERY_NODE, Relation, at, by_object=by_object
        )
        some = (world.DATASETS[:2], {Relation.HAS, Relation.NAME})
        assert one.facts(*some, at, by_object=by_object) == other.facts(*some, at, by_object=by_object)
    for query in QUERIES:
        for kinds in (set(NodeKind), {NodeKind.COLUMN, NodeKind.JOB}):
            found = one.search(query, kinds, at, limit=100, after=None)
            assert found == other.search(query, kinds, at, limit=100, after=None)
            paged = list(pages(other, query, kinds, at))
            assert paged == found


def assert_same_lists(one: GraphReader, other: GraphReader, at: Moment) -> None:
    for kind, namespace in itertools.product(LISTED_KINDS, (None, *world.NAMESPACES)):
        found = one.listed(kind, at, namespace=namespace, limit=100, after=None)
        assert found == other.listed(kind, at, namespace=namespace, limit=100, after=None)
        for node in found:
            rest = other.listed(kind, at, namespace=namespace, limit=100, after=list_key(node))
            assert rest == found[found.index(node) + 1 :]


def assert_same_stories(one: GraphReader, other: GraphReader, known: int) -> None:
    parents = (*world.JOB_IDS, *world.DATASETS, "hw:unknown")
    windows = [StoryWindow(parent, *span) for parent in parents for span in ((0, 25), (10, FOREVER))]
    for relation, newest, limit in itertools.product((Relation.RUN, Relation.VERSION), (False, True), (1, 9)):
        options = {"known": known, "newest": newest, "limit": limit}
        assert one.story(relation, windows, **options) == other.story(relation, windows, **options)
        for before_us in (25, FOREVER):
            counted = {"known": known, "before_us": before_us}
            lengths = one.story_lengths(relation, parents, **counted)
            assert lengths == other.story_lengths(relation, parents, **counted)


def pages(store: GraphReader, query: str, kinds: set[NodeKind], at: Moment) -> Iterator[object]:
    """A search read two hits at a time."""
    after = None
    while hits := store.search(query, kinds, at, limit=2, after=after):
        yield from hits
        after = (*hits[-1][:3], hits[-1].node.id)


def assert_same_timeless(one: GraphReader, other: GraphReader, size: int) -> None:
    assert one.applied() == other.applied() == size
    assert one.nodes(EVERY_NODE) == other.nodes(EVERY_NODE)
    assert one.columns_of(world.DATASETS) == other.columns_of(world.DATASETS)
    for history, known in itertools.product((False, True), (None, *range(size + 1))):
        assert list(one.export(history=history, known=known)) == list(other.export(history=history, known=known))
        assert list(export_lines(one, history=history)) == list(export_lines(other, history=history))
    for known, by_object in itertools.product(range(size + 2), (False, True)):
        some = (world.DATASETS, {Relation.HAS, Relation.PROPERTY, Relation.FEEDS})
        assert one.history(*some, known=known, by_object=by_object) == other.history(
            *some, known=known, by_object=by_object
        )
        for since, until in ((0, None), (20, 30), (11, None)):
            window = {"since_us": since, "until_us": until, "known": known}
            found = one.changed(Relation.HAS, **window, after=None, limit=1000)
            assert found == other.changed(Relation.HAS, **window, after=None, limit=1000)
            for version in found[:2]:
                after = (version.known_from, change_key(version))
                rest = other.changed(Relation.HAS, **window, after=after, limit=1000)
                assert rest == found[found.index(version) + 1 :]


@given(TOGGLES, BATCHES)
def test_every_read_is_what_the_naive_model_says(
    embedded: GraphStore, toggles: list[set[int]], batches: list[int]
) -> None:
    """Walks, facts, names, search, counts and exports agree at every known size and valid time, whatever the batches."""
    changes, size = world.history(toggles), len(toggles)
    model = MemoryStore()
    apply_in(model, changes, size, [size])
    embedded.wipe()
    apply_in(embedded, changes, size, batches)
    assert_same_timeless(model, embedded, size)
    for at in moments(size):
        assert_same_walks(model, embedded, at)
        assert_same_reads(model, embedded, at)


@given(TOGGLES, BATCHES)
def test_a_past_moment_never_changes(embedded: GraphStore, toggles: list[set[int]], batches: list[int]) -> None:
    """What a store answers at a known size it still answers when later entries have been applied."""
    changes, size = world.history(toggles), len(toggles)
    embedded.wipe()
    before = []
    start = 0
    for length in (*batches, size):
        end = min(size, start + length)
        embedded.apply([change for change in changes if start <= change.index < end], end)
        start = end
        at = Moment(25, end)
        facts = [superseded_never(v) for v in embedded.facts(EVERY_NODE, Relation, at)]
        before.append((at, facts, embedded.counts(at), list(embedded.export(history=True))))
    for at, facts, counts, exported in before:
        assert [superseded_never(v) for v in embedded.facts(EVERY_NODE, Relation, at)] == facts
        assert embedded.counts(at) == counts
        assert list(embedded.export(history=True, known=at.known)) == exported


def superseded_never(version: FactVersion) -> FactVersion:
    return replace(version, known_to=FOREVER)


@given(TOGGLES, st.sampled_from(Direction), st.booleans(), st.integers(0, 12), st.one_of(st.none(), st.integers(0, 4)))
def test_reach_is_breadth_first_search_over_neighbours(
    embedded: GraphStore,
    toggles: list[set[int]],
    direction: Direction,
    latest: bool,
    nodes_max: int,
    depth_max: int | None,
) -> None:
    """The closure in one call has the nodes, the distances and the cut of the plain search."""
    size = len(toggles)
    embedded.wipe()
    embedded.apply(world.history(toggles), size)
    at = Moment(None if latest else 25, size)
    for roots in (world.COLUMN_IDS[:1], world.COLUMN_IDS[3:6]):
        limits = {"depth_max": depth_max, "nodes_max": nodes_max}
        searched = reach_by_neighbours(embedded.neighbours, roots, Relation.DERIVES, direction, at, **limits)
        assert embedded.reach(roots, Relation.DERIVES, direction, at, **limits) == searched
