"""The contract of lineage/store/contract.py as sentences, for every store."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from lineage.errors import Conflict, StoreError
from lineage.facts import Certainty, Change, Direction, EvidenceKind, Fact, Flow, Interval, Node, NodeKind, Relation
from lineage.ids import NodeId, column_id, dataset_id, job_id, run_id
from lineage.moment import FOREVER, Moment
from lineage.store import GraphStore
from lineage.store.contract import list_key
from lineage.store.digests import change_key
from lineage.store.matching import Candidate
from tests.store.world import DATASETS, JOB_IDS, NODES, TABLES, derives, feeds, name_fact, open_change

ALWAYS = Interval(10, FOREVER)
A, B, C, D = DATASETS
NAMED = [(name_fact(NodeKind.DATASET, id, id, *table), ALWAYS) for id, table in zip(DATASETS, TABLES, strict=True)]


def now(store: GraphStore) -> Moment:
    return Moment(None, store.applied())


def test_an_empty_graph_answers_everything_with_nothing(store: GraphStore) -> None:
    """Before the first entry there are no nodes, no facts and no ledger, and that is no error."""
    at = Moment(None, 0)
    assert (store.applied(), store.ledger_origin()) == (0, None)
    assert store.resolve([A], at) == {}
    assert store.nodes([A]) == {}
    assert store.facts([A], Relation, at) == store.history([A], Relation, known=0) == store.columns_of([A]) == []
    assert store.neighbours([A], Relation.FEEDS, Direction.BOTH, at) == []
    assert store.search("a", set(NodeKind), at, limit=9, after=None) == []
    assert set(store.counts(at).values()) == {0}
    assert list(store.export(history=True)) == []


def test_what_an_entry_opens_is_known_from_the_next_size(store: GraphStore) -> None:
    """Entry 2 is known at size 3 and not at size 2."""
    store.apply([open_change(2, (feeds(A, B), ALWAYS))], 5)
    assert store.applied() == 5
    assert store.facts([A], {Relation.FEEDS}, Moment(None, 2)) == []
    (version,) = store.facts([A], {Relation.FEEDS}, Moment(None, 3))
    assert (version.fact, version.valid, version.known_from, version.known_to) == (feeds(A, B), ALWAYS, 3, FOREVER)


def test_valid_intervals_are_half_open_and_the_latest_state_is_what_has_no_end(store: GraphStore) -> None:
    """A version is true at its first microsecond, no longer at its last, and `valid_us` None asks for open ends."""
    past, coming = (feeds(A, B), Interval(10, 20)), (feeds(A, C), Interval(15, FOREVER))
    store.apply([open_change(0, past, coming)], 1)

    def targets(valid_us: int | None) -> list[NodeId]:
        at = Moment(valid_us, 1)
        return [edge.target for edge in store.neighbours([A], Relation.FEEDS, Direction.DOWNSTREAM, at)]

    assert (targets(9), targets(10), targets(19), targets(20), targets(None)) == ([], [B], sorted([B, C]), [C], [C])


def test_the_same_entries_twice_change_nothing(store: GraphStore) -> None:
    """Changes below the applied size are skipped, also in a batch that goes on beyond it."""
    first, second = open_change(0, (feeds(A, B), ALWAYS)), open_change(1, (feeds(B, C), ALWAYS))
    store.apply([first], 1)
    store.apply([first, second], 2)
    store.apply([first], 1)
    assert store.applied() == 2
    assert [version.known_from for version in store.history(DATASETS, Relation, known=2)] in ([1, 2], [2, 1])


def test_a_version_opened_and_closed_in_one_batch_was_known_between(store: GraphStore) -> None:
    """Batching is invisible: each entry has its own known bounds, and the same version may come again."""
    version = (feeds(A, B), ALWAYS)
    close = (version,)
    store.apply(
        [open_change(0, version), Change(1, (), close, ()), open_change(2, version), Change(3, (), close, ())], 6
    )
    seen = [bool(store.facts([A], {Relation.FEEDS}, Moment(None, known))) for known in range(7)]
    assert seen == [False, True, False, True, False, False, False]
    assert [(v.known_from, v.known_to) for v in store.export(history=True)] == [(1, 2), (3, 4)]


def test_a_batch_that_cannot_be_applied_leaves_no_trace(store: GraphStore) -> None:
    """Closing a version that is not open fails, and nothing of the batch stays: the graph and its ledger disagree."""
    store.apply([open_change(0, (feeds(A, B), ALWAYS))], 1)
    wrong = Change(2, (), ((feeds(A, B), Interval(11, FOREVER)),), ())
    with pytest.raises(StoreError) as caught:
        store.apply([open_change(1, (feeds(C, D), ALWAYS)), wrong], 3)
    assert not caught.value.retryable
    assert store.applied() == 1
    assert store.nodes([D]) == {}
    store.apply([open_change(1, (feeds(C, D), ALWAYS))], 2)
    assert [edge.target for edge in store.neighbours([C], Relation.FEEDS, Direction.DOWNSTREAM, now(store))] == [D]
    assert store.nodes([D]) == {D: NODES[D]}


def test_a_node_keeps_its_first_description(store: GraphStore) -> None:
    """Nodes are names and never change."""
    store.apply([Change(0, (NODES[A],), (), ())], 1)
    store.apply([Change(1, (Node(A, NodeKind.JOB, "other", "name"), NODES[B]), (), ())], 2)
    assert store.nodes([A, B]) == {A: NODES[A], B: NODES[B]}


def test_facts_that_differ_in_one_field_are_two(store: GraphStore) -> None:
    """Closing one of two facts between the same nodes leaves the other: all fields make a fact."""
    facts = [
        feeds(A, B), feeds(A, B, flow=Flow.CONTROL), feeds(A, B, label="X"), feeds(A, B, evidence=EvidenceKind.DECLARED),
        feeds(A, B, job=JOB_IDS[1]), feeds(A, B, masking=True), feeds(A, B, producer="q"), feeds(A, B, value="1"),
        feeds(A, B, certainty=Certainty.POSSIBLE), replace(feeds(A, B), unit="declare|x"),
    ]  # fmt: skip
    store.apply([open_change(0, *((fact, ALWAYS) for fact in facts))], 1)
    for index, fact in enumerate(facts, start=1):
        store.apply([Change(index, (), ((fact, ALWAYS),), ())], index + 1)
        left = store.facts([A], {Relation.FEEDS}, now(store))
        assert {version.fact for version in left} == set(facts[index:])


def test_every_spelling_resolves_and_children_follow_their_parent(store: GraphStore) -> None:
    """A merge re-homes columns, versions and runs by their parent's id, and is undone at a later known size."""
    alias, merged = (
        dataset_id("x", "alias"),
        (name_fact(NodeKind.DATASET, dataset_id("x", "alias"), A, "x", "alias"), ALWAYS),
    )
    apart = (name_fact(NodeKind.DATASET, alias, alias, "x", "alias"), ALWAYS)
    store.apply(
        [open_change(0, apart, NAMED[0]), Change(1, (), (apart,), (merged,)), Change(2, (), (merged,), (apart,))], 3
    )
    asked = [alias, column_id(alias, "id"), dataset_id("x", "unknown"), run_id(job_id("x", "unknown"), "r", 1)]
    assert store.resolve(asked, Moment(None, 1)) == {alias: alias, column_id(alias, "id"): column_id(alias, "id")}
    assert store.resolve(asked, Moment(None, 2)) == {alias: A, column_id(alias, "id"): column_id(A, "id")}
    assert store.resolve(asked, Moment(None, 3)) == store.resolve(asked, Moment(None, 1))
    assert store.resolve([alias], Moment(9, 3)) == {}


def test_a_shown_name_that_no_event_spelled_stands_for_itself(store: GraphStore) -> None:
    """A canonical name made by rule resolves while any raw name resolves to it."""
    store.apply([open_change(0, (name_fact(NodeKind.DATASET, dataset_id("x", "raw"), A, "x", "raw"), ALWAYS))], 1)
    assert store.resolve([A, column_id(A, "id")], now(store)) == {A: A, column_id(A, "id"): column_id(A, "id")}


def test_neighbours_keep_to_their_side_and_their_filters(store: GraphStore) -> None:
    """DOWNSTREAM looks from sources, UPSTREAM from targets, BOTH counts an edge within the frontier once."""
    store.apply(
        [
            open_change(
                0,
                (feeds(A, B), ALWAYS),
                (feeds(B, C, flow=Flow.CONTROL), ALWAYS),
                (feeds(A, C, evidence=EvidenceKind.STATED), ALWAYS),
            )
        ],
        1,
    )

    def ends(direction: Direction, **filters: object) -> set[tuple[NodeId, NodeId]]:
        edges = store.neighbours([A, B], Relation.FEEDS, direction, now(store), **filters)  # type: ignore[arg-type]
        assert edges == sorted(edges)
        assert len({(e.source, e.target) for e in edges}) == len(edges)
        return {(edge.source, edge.target) for edge in edges}

    assert ends(Direction.DOWNSTREAM) == {(A, B), (B, C), (A, C)}
    assert ends(Direction.UPSTREAM) == {(A, B)}
    assert ends(Direction.BOTH) == {(A, B), (B, C), (A, C)}
    assert ends(Direction.BOTH, flows={Flow.VALUE}) == {(A, B), (A, C)}
    assert ends(Direction.BOTH, evidence={EvidenceKind.STATED}) == {(A, C)}
    assert ends(Direction.BOTH, flows=()) == set()


def test_an_edge_tells_all_that_a_walk_needs(store: GraphStore) -> None:
    """Job, unit, label, value and both times come with the edge, so no second read is needed."""
    fact = derives(column_id(A, "id"), column_id(B, "id"), masking=True, label="HASH", value='{"because":"x"}')
    store.apply([open_change(3, (fact, Interval(10, 20)))], 4)
    (edge,) = store.neighbours([column_id(B, "id")], Relation.DERIVES, Direction.UPSTREAM, Moment(15, 4))
    assert edge == (
        column_id(A, "id"), column_id(B, "id"), Relation.DERIVES, fact.flow, fact.evidence, fact.certainty, "HASH",
        True, JOB_IDS[0], fact.unit, '{"because":"x"}', 4, FOREVER, 10, 20,
    )  # fmt: skip


def test_a_cycle_ends(store: GraphStore) -> None:
    """A table that feeds itself through others is reached once, and its roots stay at distance 0."""
    store.apply([open_change(0, *((feeds(x, y), ALWAYS) for x, y in ((A, B), (B, C), (C, A), (A, A))))], 1)
    for direction in Direction:
        found = store.reach([A], Relation.FEEDS, direction, now(store), depth_max=None, nodes_max=10)
        assert found.distances[A] == 0
        assert found.distances.keys() == {A, B, C}
        assert not found.truncated
    assert found.hops == 1


def test_a_budget_cuts_a_level_by_id_and_says_so(store: GraphStore) -> None:
    """Roots are always kept; of the level that does not fit, the smallest ids are; a depth limit is no truncation."""
    store.apply([open_change(0, *((feeds(A, each), ALWAYS) for each in (B, C, D)))], 1)
    at = now(store)

    def reach(depth_max: int | None, nodes_max: int) -> tuple[set[NodeId], bool, int]:
        found = store.reach([A], Relation.FEEDS, Direction.DOWNSTREAM, at, depth_max=depth_max, nodes_max=nodes_max)
        return set(found.distances), found.truncated, found.hops

    assert reach(None, 4) == ({A, B, C, D}, False, 1)
    assert reach(None, 3) == ({A, *sorted([B, C, D])[:2]}, True, 1)
    assert reach(None, 0) == ({A}, True, 0)
    assert reach(0, 4) == ({A}, False, 0)


def test_long_chains_and_hubs_are_walked_whole(store: GraphStore) -> None:
    """300 hops and 1,200 children take no recursion and no limit of parameters."""
    chain = [dataset_id("chain", str(n)) for n in range(301)]
    spokes = [dataset_id("spoke", str(n)) for n in range(1_200)]
    facts = [feeds(a, b) for a, b in pairwise(chain)] + [feeds(chain[-1], each) for each in spokes]
    store.apply([Change(0, (), (), tuple((fact, ALWAYS) for fact in facts))], 1)
    at = now(store)
    found = store.reach(chain[:1], Relation.FEEDS, Direction.DOWNSTREAM, at, depth_max=None, nodes_max=10_000)
    assert (found.hops, len(found.distances)) == (301, 1_501)
    assert len(store.neighbours(spokes, Relation.FEEDS, Direction.UPSTREAM, at)) == 1_200


def test_search_is_about_what_is_there_at_the_moment(store: GraphStore) -> None:
    """A name is found once an event told it, by its old spelling after a merge, and a column once a schema told it."""
    alias = ("POSTGRES://SHOP", "Clients")
    merged = (name_fact(NodeKind.DATASET, dataset_id(*alias), A, *alias), Interval(30, FOREVER))
    column = (Fact(Relation.HAS, A, column_id(A, "email"), "schema|a|b", "text"), Interval(20, FOREVER))
    store.apply([open_change(0, NAMED[0], column), open_change(1, merged)], 2)

    def found(query: str, at: Moment) -> list[NodeId]:
        return [hit.node.id for hit in store.search(query, set(NodeKind), at, limit=9, after=None)]

    assert found("clients", Moment(None, 2)) == found("shop clients", Moment(35, 2)) == [A]
    assert found("clients", Moment(None, 1)) == found("clients", Moment(25, 2)) == []
    assert found("email", Moment(None, 2)) == found("customers#EMAIL", Moment(20, 1)) == [column_id(A, "email")]
    assert found("email", Moment(19, 2)) == []
    assert found("customers", Moment(None, 2)) == [A]
    for nothing in ("", "  ", "%", "\0", "\ud800", "'", '"', "customers zebra", "x" * 10_000):
        assert found(nothing, Moment(None, 2)) == []


def test_search_orders_exact_prefix_word_and_rest_then_shorter_then_name(store: GraphStore) -> None:
    """The order of decisions, and a page goes on after the last key of the one before."""
    names = ["orders", "orders_raw", "orders_old", "raw.orders", "preorders", "bigger_preorders", "reorders"]
    ids = {name: dataset_id("db", name) for name in names}
    nodes = tuple(Node(id, NodeKind.DATASET, "db", name) for name, id in ids.items())
    opened = tuple((name_fact(NodeKind.DATASET, id, id, "db", name), ALWAYS) for name, id in ids.items())
    store.apply([Change(0, nodes, (), opened)], 1)
    hits = store.search("Orders", {NodeKind.DATASET}, now(store), limit=9, after=None)
    expected = ["orders", "orders_old", "orders_raw", "raw.orders", "reorders", "preorders", "bigger_preorders"]
    assert [hit.node.name for hit in hits] == expected
    assert [hit.rank for hit in hits] == [0, 1, 1, 2, 3, 3, 3]
    after = (*hits[2][:3], hits[2].node.id)
    assert store.search("orders", {NodeKind.DATASET}, now(store), limit=2, after=after) == hits[3:5]


def test_what_is_not_admitted_to_a_search_is_as_if_it_were_not_there(store: GraphStore) -> None:
    """A name that is left out costs no place on a page, and a node keeps the rank of the best name that is left."""
    names = [("db", "orders"), ("db", "orders_a"), ("db", "orders_b"), ("other", "a_orders")]
    ids = {name: dataset_id(*name) for name in names}
    nodes = tuple(Node(id, NodeKind.DATASET, *name) for name, id in ids.items())
    opened = [(name_fact(NodeKind.DATASET, id, id, *name), ALWAYS) for name, id in ids.items()]
    raw = ("secret", "orders")
    opened.append((name_fact(NodeKind.DATASET, dataset_id(*raw), ids["other", "a_orders"], *raw), ALWAYS))
    store.apply([Change(0, nodes, (), tuple(opened))], 1)

    def admit(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        return [each for each in candidates if each[1].namespace != "secret" and each[0].name != "orders"]

    hits = store.search("orders", {NodeKind.DATASET}, now(store), limit=2, after=None, admit=admit)
    assert [(hit.rank, hit.matched) for hit in hits] == [(1, "db orders_a"), (1, "db orders_b")]
    after = (*hits[1][:3], hits[1].node.id)
    rest = store.search("orders", {NodeKind.DATASET}, now(store), limit=2, after=after, admit=admit)
    assert [(hit.rank, hit.matched) for hit in rest] == [(2, "other a_orders")]


def test_listing_is_by_name_in_pages_of_what_is_there(store: GraphStore) -> None:
    """Names are in the order of their code points, a page goes on after the last key, and what was not there is not told."""
    names = ["b", "a", "B", "ä", "\uff5e", "\U0001f600", "c" * 1_500 + "1", "c" * 1_500 + "2"]
    nodes = [
        Node(dataset_id(space, name), NodeKind.DATASET, space, name) for space in ("db", "s" * 1_500) for name in names
    ]
    opened = tuple((name_fact(NodeKind.DATASET, n.id, n.id, n.namespace, n.name), ALWAYS) for n in nodes)
    store.apply([Change(0, tuple(nodes), (), opened[1:])], 1)
    for space in ("db", "s" * 1_500, None):
        expected = sorted((n for n in nodes[1:] if space in (None, n.namespace)), key=list_key)
        assert store.listed(NodeKind.DATASET, now(store), namespace=space, limit=99, after=None) == expected
        after = list_key(expected[2])
        assert store.listed(NodeKind.DATASET, now(store), namespace=space, limit=3, after=after) == expected[3:6]
    assert store.listed(NodeKind.DATASET, Moment(9, 1), namespace="db", limit=9, after=None) == []
    assert store.listed(NodeKind.JOB, now(store), namespace="db", limit=9, after=None) == []


def test_changes_come_in_the_order_in_which_they_became_known(store: GraphStore) -> None:
    """A late report of an old time is on the last page, so one who follows by cursor misses nothing."""
    late = (Fact(Relation.HAS, A, column_id(A, "a"), "schema|a|b", "int"), Interval(12, 25))
    soon = (Fact(Relation.HAS, A, column_id(A, "b"), "schema|a|b", "int"), Interval(40, FOREVER))
    before = (Fact(Relation.HAS, A, column_id(A, "c"), "schema|a|b", "int"), Interval(5, FOREVER))
    store.apply([open_change(0, soon, before), open_change(1, late)], 2)
    window = {"since_us": 11, "until_us": None, "known": 2}
    found = store.changed(Relation.HAS, **window, after=None, limit=9)
    assert [(v.fact, v.valid) for v in found] == [soon, late]
    after = (found[0].known_from, change_key(found[0]))
    assert store.changed(Relation.HAS, **window, after=after, limit=9) == found[1:]
    assert store.changed(Relation.HAS, since_us=20, until_us=26, known=2, after=None, limit=9) == found[1:]
    assert store.changed(Relation.HAS, since_us=20, until_us=26, known=1, after=None, limit=9) == []


def test_history_tells_every_interval_known_then(store: GraphStore) -> None:
    """The story of a node: past intervals too, but not what was superseded by then."""
    first, second = (feeds(A, B), Interval(10, FOREVER)), (feeds(A, B), Interval(10, 20))
    store.apply([open_change(0, first), Change(1, (), (first,), (second,))], 2)
    assert [v.valid for v in store.history([A], {Relation.FEEDS}, known=1)] == [first[1]]
    assert [v.valid for v in store.history([B], {Relation.FEEDS}, known=2, by_object=True)] == [second[1]]
    assert store.facts([A], {Relation.FEEDS}, Moment(None, 2)) == []


def test_counts_are_of_what_is_there(store: GraphStore) -> None:
    """Nodes that only a merge left behind do not count."""
    store.apply([open_change(0, *NAMED[:2], (feeds(A, B), ALWAYS)), Change(1, (NODES[C],), (NAMED[1],), ())], 2)
    counts = store.counts(now(store))
    assert (counts["DATASET"], counts["NAME"], counts["FEEDS"], counts["COLUMN"], counts["RUN"]) == (1, 1, 1, 0, 0)
    assert store.counts(Moment(None, 1))["DATASET"] == 2


def test_export_at_a_size_does_not_tell_what_was_learned_later(store: GraphStore) -> None:
    """With `known`, the export is that of the day when the graph had that size."""
    version = (feeds(A, B), ALWAYS)
    store.apply([open_change(0, version)], 1)
    then = list(store.export(history=True))
    store.apply([Change(1, (), (version,), ((feeds(A, B), Interval(10, 20)),))], 2)
    assert list(store.export(history=True, known=1)) == then
    assert [v.valid.to_us for v in store.export(history=False)] == [20]


def test_a_graph_belongs_to_one_ledger(store: GraphStore) -> None:
    """Binding is once and for all, until the graph is wiped; the refusal says what to do."""
    store.bind("ledger-1")
    store.bind("ledger-1")
    assert store.ledger_origin() == "ledger-1"
    with pytest.raises(Conflict, match=r"\.$"):
        store.bind("ledger-2")
    store.wipe()
    store.bind("ledger-2")
    assert store.ledger_origin() == "ledger-2"


def test_wipe_leaves_an_empty_graph_that_can_be_filled_again(store: GraphStore) -> None:
    """After a rebuild nothing of the old graph answers, and the same entries apply from 0."""
    change = open_change(0, *NAMED, (feeds(A, B), ALWAYS))
    store.apply([change], 1)
    before = list(store.export(history=True))
    store.wipe()
    assert store.applied() == 0
    assert store.nodes(DATASETS) == {}
    assert list(store.export(history=True)) == []
    store.apply([change], 1)
    assert list(store.export(history=True)) == before
    assert store.nodes(DATASETS) == {id: NODES[id] for id in DATASETS}


def test_a_change_beyond_the_stated_size_is_a_mistake(store: GraphStore) -> None:
    """`applied` is the size after the batch; a change beyond it would be lost, so it is refused."""
    with pytest.raises(ValueError, match="beyond"):
        store.apply([open_change(4, (feeds(A, B), ALWAYS))], 4)
    assert store.applied() == 0


def test_three_thousand_columns_come_in_one_change(store: GraphStore) -> None:
    """A wide table's first event is one change; its columns are listed by name."""
    columns = [Node(column_id(A, f"c{n}"), NodeKind.COLUMN, *TABLES[0], column=f"c{n}") for n in range(3_000)]
    facts = [
        (Fact(Relation.HAS, A, node.id, "schema|a|b", "int", f'{{"ordinal":{n}}}'), ALWAYS)
        for n, node in enumerate(columns)
    ]
    store.apply([Change(0, (NODES[A], *columns), (), tuple(facts))], 1)
    assert len(store.facts([A], {Relation.HAS}, now(store))) == 3_000
    assert store.columns_of([A, B]) == sorted(columns, key=lambda node: node.column or "")


def test_readers_beside_a_writer_see_whole_entries(store: GraphStore) -> None:
    """Four threads read pinned moments while entries are applied: each entry is there whole or not at all."""
    done, wrong = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            size = store.applied()
            edges = store.neighbours([A], Relation.FEEDS, Direction.DOWNSTREAM, Moment(None, size))
            if len(edges) != 2 * size:
                wrong.append((size, len(edges)))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for index in range(40):
        pair = [(feeds(A, dataset_id("x", f"{index}.{n}")), ALWAYS) for n in range(2)]
        store.apply([open_change(index, *pair)], index + 1)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
