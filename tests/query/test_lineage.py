"""Walks: what is up and down, at either grain, and what an answer says about its own completeness."""

from __future__ import annotations

import pytest

from lineage.errors import InputError, LimitExceeded, NotFound
from lineage.facts import Certainty, Direction, EvidenceKind, Flow, Grain, NodeKind, Verdict
from lineage.query import MomentInput, Questions, Sources
from lineage.query.answers import CompletenessStatus, ReasonCode
from lineage.seen import Seen
from tests.query.graph import FixedSeen, Graph, graph, ref

UP, DOWN, BOTH = Direction.UPSTREAM, Direction.DOWNSTREAM, Direction.BOTH


def codes(answer: object) -> list[ReasonCode]:
    return [r.code for r in answer.completeness.reasons]  # type: ignore[attr-defined]


def names(g: Graph, answer: object) -> dict[str, int]:
    return {g.name(n.id): n.distance for n in answer.nodes}  # type: ignore[attr-defined]


def test_a_walk_follows_feeds_all_the_way_with_distances() -> None:
    """Downstream of a chain is the chain, each node with its number of hops."""
    g = graph("a -> b\nb -> c\nc -> d\nz -> c")
    answer = g.questions.lineage([ref("a")], DOWN)
    assert names(g, answer) == {"a": 0, "b": 1, "c": 2, "d": 3}
    assert answer.completeness.status is CompletenessStatus.COMPLETE
    assert (answer.completeness.hops, answer.completeness.nodes_explored) == (3, 4)
    assert names(g, g.questions.lineage([ref("c")], UP)) == {"c": 0, "b": 1, "z": 1, "a": 2}


def test_both_directions_leave_siblings_out() -> None:
    """BOTH is what is upstream and what is downstream, not what shares a source."""
    g = graph("a -> b\na -> sibling\nb -> c\nother -> c")
    assert names(g, g.questions.lineage([ref("b")], BOTH)) == {"b": 0, "a": 1, "c": 1}


def test_a_depth_that_cuts_something_says_so() -> None:
    """DEPTH is a reason only where there is more; `more` counts the neighbours that are not shown."""
    g = graph("a -> b\nb -> c\nb -> d")
    answer = g.questions.lineage([ref("a")], DOWN, depth=1)
    assert names(g, answer) == {"a": 0, "b": 1}
    assert codes(answer) == [ReasonCode.DEPTH]
    assert answer.completeness.status is CompletenessStatus.TRUNCATED
    assert answer.completeness.reasons[0].count == 2
    assert {g.name(n.id): n.more for n in answer.nodes} == {"a": 0, "b": 2}
    assert codes(g.questions.lineage([ref("a")], DOWN, depth=2)) == []
    assert codes(g.questions.lineage([ref("a")], DOWN, depth=0)) == [ReasonCode.DEPTH]


def test_a_limit_counts_nodes_and_what_it_cut() -> None:
    """NODES: the nodes that did not fit are counted, both ends of every edge shown are in the answer."""
    g = graph("\n".join(f"a -> t{i}" for i in range(9)))
    answer = g.questions.lineage([ref("a")], DOWN, limit=4)
    assert len(answer.nodes) == 4
    assert codes(answer) == [ReasonCode.NODES]
    assert {e.target for e in answer.edges} <= {n.id for n in answer.nodes}
    assert answer.nodes[0].more == 6


def test_a_cycle_ends_and_self_edges_are_no_edges_of_datasets() -> None:
    """A cycle through time ends; a dataset has no edge to itself at grain DATASET."""
    g = graph("a -> b\nb -> a\nb -> b")
    answer = g.questions.lineage([ref("a")], DOWN)
    assert g.pairs(answer.edges) == {("a", "b"), ("b", "a")}


def test_attempted_edges_are_left_out_and_counted() -> None:
    """Only where nothing else joins a pair does an attempt show, and only when asked for."""
    g = graph("a -> b\na -> b attempted\nc -> b attempted")
    answer = g.questions.lineage([ref("b")], UP)
    assert g.pairs(answer.edges) == {("a", "b")}
    assert answer.completeness.status is CompletenessStatus.COMPLETE
    assert [(r.code, r.count) for r in answer.completeness.reasons] == [(ReasonCode.ATTEMPTED, 1)]
    asked = g.questions.lineage([ref("b")], UP, evidence=list(EvidenceKind))
    assert {(g.name(e.source), e.evidence) for e in asked.edges} == {
        ("a", (EvidenceKind.OBSERVED,)),
        ("c", (EvidenceKind.ATTEMPTED,)),
    }
    assert codes(asked) == []


def test_roots_that_are_one_node_are_one_root() -> None:
    """The same dataset twice, or a column at grain DATASET beside its dataset, is asked about once."""
    g = graph("a#x -> b#y")
    assert len(g.questions.lineage([ref("a"), ref("a#x"), ref("a")], DOWN).roots) == 1


def test_columns_follow_columns_and_stop_at_filters() -> None:
    """At grain COLUMN a filter is shown and ends the walk, a value goes on."""
    g = graph("a#x -> b#y\nb#y -> c#z\na#x ~> f label=FILTER\nf#k -> g#k")
    answer = g.questions.lineage([ref("a#x")], DOWN, grain=Grain.COLUMN)
    assert names(g, answer) == {"a#x": 0, "b#y": 1, "f": 1, "c#z": 2}
    control = next(e for e in answer.edges if e.flow is Flow.CONTROL)
    assert (g.name(control.target), control.transformation) == ("f", "FILTER")
    assert answer.completeness.status is CompletenessStatus.COMPLETE
    values = g.questions.lineage([ref("a#x")], DOWN, grain=Grain.COLUMN, flows=[Flow.VALUE])
    assert names(g, values) == {"a#x": 0, "b#y": 1, "c#z": 2}


def test_what_filters_the_rows_of_a_dataset_is_upstream_of_its_columns() -> None:
    """A column's upstream shows the filter of its dataset, as an edge into the dataset."""
    g = graph("a#x -> b#y\na#f ~> b")
    answer = g.questions.lineage([ref("b#y")], UP, grain=Grain.COLUMN)
    assert g.pairs(answer.edges) == {("a#x", "b#y"), ("a#f", "b")}


def test_a_hop_without_column_lineage_goes_on_as_possible() -> None:
    """Table-level hops at grain COLUMN are POSSIBLE, go on as the whole dataset, and make the answer UNKNOWN."""
    g = graph("a#x -> b#y by one\nb -> c by two\nc#u -> d#v by three\nc#w -> e#w by three")
    answer = g.questions.lineage([ref("a#x")], DOWN, grain=Grain.COLUMN)
    certain = {(g.name(e.source), g.name(e.target)): e.certainty for e in answer.edges}
    assert certain == {
        ("a#x", "b#y"): Certainty.CERTAIN,
        ("b#y", "c"): Certainty.POSSIBLE,
        ("c", "d#v"): Certainty.POSSIBLE,
        ("c", "e#w"): Certainty.POSSIBLE,
    }
    # a column and a whole dataset: nobody said that the value flows, so that is not what the edge says
    flows = {(g.name(e.source), g.name(e.target)): e.flow for e in answer.edges}
    assert flows["b#y", "c"] is Flow.CONTROL and flows["c", "d#v"] is Flow.VALUE
    values = g.questions.lineage([ref("a#x")], DOWN, grain=Grain.COLUMN, flows=[Flow.VALUE])
    assert g.pairs(values.edges) == g.pairs(answer.edges)
    assert answer.completeness.status is CompletenessStatus.UNKNOWN
    assert "two" in answer.completeness.reasons[0].message
    up = g.questions.lineage([ref("d#v")], UP, grain=Grain.COLUMN)
    assert g.pairs(up.edges) == {("c#u", "d#v"), ("b", "c#u"), ("a#x", "b")}


def test_a_column_that_nobody_spoke_of_is_unknown_not_empty() -> None:
    """A fed dataset's column without upstream column lineage is UNKNOWN and names the job; a pure source is COMPLETE."""
    g = graph("a#x -> b#y by load\nb has y:int z:int by catalogue:c\na has x:int by catalogue:c")
    answer = g.questions.lineage([ref("b#z")], UP, grain=Grain.COLUMN)
    assert answer.edges == ()
    assert answer.completeness.status is CompletenessStatus.UNKNOWN
    assert answer.completeness.reasons[0].code is ReasonCode.TABLE_LEVEL_ONLY
    assert "load" in answer.completeness.reasons[0].message
    source = g.questions.lineage([ref("a#x")], UP, grain=Grain.COLUMN)
    assert source.completeness.status is CompletenessStatus.COMPLETE


def test_a_dataset_as_root_stands_for_all_its_columns() -> None:
    """At grain COLUMN a dataset is a root together with each of its columns."""
    g = graph("a#x -> b#y\na#z -> c#z\na -> t by other")
    answer = g.questions.lineage([ref("a")], DOWN, grain=Grain.COLUMN)
    assert {g.name(r) for r in answer.roots} == {"a", "a#x", "a#z"}
    assert g.pairs(answer.edges) == {("a#x", "b#y"), ("a#z", "c#z"), ("a", "t")}


def test_two_contributors_are_one_edge_with_both_jobs() -> None:
    """Jobs and evidence are unions; one certain contributor makes the edge certain; masking needs all of them."""
    g = graph("a#x -> b#y by one masked possible\na#x -> b#y by two label=AGGREGATION\na#x ~> b#y by two label=SORT")
    answer = g.questions.lineage([ref("b#y")], UP, grain=Grain.COLUMN)
    value = next(e for e in answer.edges if e.flow is Flow.VALUE)
    assert len(answer.edges) == 2
    assert {g.name(j) for j in value.jobs} == {"job:one", "job:two"}
    assert (value.certainty, value.masking, value.transformation) == (Certainty.CERTAIN, False, "AGGREGATION")
    assert value.run_count == 2


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("a -> b by j\na -> b by j declared", Verdict.VERIFIED),
        ("a -> b by j\njob:j reads q declared", Verdict.UNDECLARED),
        ("a -> b by j declared", Verdict.PHANTOM),
        ("a -> b by nobody declared", Verdict.UNKNOWN),
        ("a -> b by j", Verdict.UNKNOWN),
    ],
)
def test_the_verdict_holds_both_sides_against_each_other(text: str, verdict: Verdict) -> None:
    """Declared and observed, observed only, declared only, nothing to compare with."""
    g = graph(text)
    assert g.questions.lineage([ref("b")], UP).edges[0].verdict is verdict


@pytest.mark.parametrize(
    ("observed", "verdict"), [("a#p -> b#q by j", Verdict.PHANTOM), ("a -> b by j", Verdict.UNKNOWN)]
)
def test_a_side_that_speaks_of_tables_only_cannot_deny_a_column(observed: str, verdict: Verdict) -> None:
    """A declared column edge is a phantom only if the runs tell columns."""
    g = graph(f"a#x -> b#y by j declared\n{observed}")
    edges = g.questions.lineage([ref("b#y")], UP, grain=Grain.COLUMN).edges
    assert next(e for e in edges if g.name(e.source) == "a#x").verdict is verdict


def test_seen_after_keeps_only_what_a_run_repeated_since() -> None:
    """An edge last seen before, or never seen because it is only declared, is not walked."""
    old = Seen(0, 5, 3, False, False, "r", (0,))
    g = graph(
        "a -> b by stale\nb -> c by stale\nd -> b by fresh\ne -> b by code declared",
        seen=FixedSeen(
            lambda f: (
                old
                if f.job == graph_job("stale")
                else Seen(0, 50, 1, True, False, "r", (1,))
                if f.evidence is EvidenceKind.OBSERVED
                else None
            )
        ),
    )
    assert g.pairs(g.questions.lineage([ref("b")], BOTH, seen_after_us=10).edges) == {("d", "b")}


def graph_job(name: str) -> str:
    from tests.query.graph import node_of

    return node_of(f"job:{name}").id


def test_both_clocks_are_honoured() -> None:
    """What was true then, and what was known then."""
    g = graph("a -> b valid=0..10\nc -> b valid=10..\nd -> b valid=0..10 known=5")
    assert g.pairs(g.questions.lineage([ref("b")], UP, at=MomentInput(valid_at_us=5)).edges) == {("a", "b"), ("d", "b")}
    assert g.pairs(g.questions.lineage([ref("b")], UP).edges) == {("c", "b")}
    early = MomentInput(valid_at_us=5, known_index=2)
    answer = g.questions.lineage([ref("b")], UP, at=early)
    assert g.pairs(answer.edges) == {("a", "b")}
    assert (answer.completeness.known_index, answer.completeness.graph_index) == (2, 6)
    by_time = MomentInput(valid_at_us=5, known_at_us=1_500)
    assert g.pairs(g.questions.lineage([ref("b")], UP, at=by_time).edges) == {("a", "b")}


def test_a_graph_behind_its_ledger_says_so_unless_the_past_was_asked() -> None:
    """LAG is a note of every answer that wanted more than the graph has."""
    g = graph("a -> b", ledger_size=7)
    answer = g.questions.lineage([ref("a")], DOWN)
    assert codes(answer) == [ReasonCode.LAG]
    assert answer.completeness.status is CompletenessStatus.COMPLETE
    assert (answer.completeness.graph_index, answer.completeness.ledger_size) == (1, 7)
    assert codes(g.questions.lineage([ref("a")], DOWN, at=MomentInput(known_index=1))) == []
    assert codes(g.questions.lineage([ref("a")], DOWN, at=MomentInput(known_index=99))) == [ReasonCode.LAG]


def test_what_is_not_there_yet_is_not_called_unknown_without_a_word() -> None:
    """An error says that the graph lags, too: the name may be right. One about an older moment does not."""
    g = graph("a -> b", ledger_size=7)
    behind = "has yet to take in 6 entries of the ledger. Ask again later."
    missing = [
        lambda at: g.questions.lineage([ref("z")], DOWN, at=at),
        lambda at: g.questions.lineage([ref("a#z")], DOWN, at=at),
        lambda at: g.questions.node("hw:aaaaaaaaaaaaaaaaaaaaaaaaaa", at=at),
        lambda at: g.questions.job("n", "z", at=at),
        lambda at: g.questions.browse(NodeKind.DATASET, namespace="elsewhere", first=9, after=None, at=at),
    ]
    for ask in missing:
        with pytest.raises(NotFound) as caught:
            ask(MomentInput())
        assert caught.value.message.endswith(behind)
        with pytest.raises(NotFound) as caught:
            ask(MomentInput(known_index=0))
        assert "Ask again later" not in caught.value.message
    anew = Questions(Sources(g.store, g.seen, g.clock, rebuild_to=lambda: 7))
    with pytest.raises(NotFound, match=r"made anew from the ledger and has 1 of 7 entries so far. Ask again later"):
        anew.lineage([ref("z")], DOWN)
    whole = graph("a -> b")
    with pytest.raises(NotFound) as caught:
        whole.questions.lineage([ref("z")], DOWN)
    assert caught.value.message.endswith("at another moment.")


def test_what_does_not_exist_is_an_error_with_near_names() -> None:
    """NOT_FOUND, never an empty answer; a root that is missing fails the whole; before the first event nothing is."""
    g = graph("shop.customers#email -> shop.mart#email\nlater -> shop.mart valid=50..")
    with pytest.raises(NotFound) as found:
        g.questions.lineage([ref("shop.mart"), ref("shop.customer")], UP)
    assert found.value.near[0] == "n shop.customers"
    with pytest.raises(NotFound) as column:
        g.questions.lineage([ref("shop.customers#emial")], UP, grain=Grain.COLUMN)
    assert column.value.near == ("shop.customers#email",)
    with pytest.raises(NotFound):
        g.questions.lineage([ref("later")], UP, at=MomentInput(valid_at_us=10))


def test_a_dropped_column_is_found_by_its_past() -> None:
    """A column that no fact holds now still exists, with nothing upstream now."""
    g = graph("a#x -> b#y valid=0..10")
    assert g.questions.lineage([ref("b#y")], UP, grain=Grain.COLUMN).edges == ()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"depth": -1}, InputError),
        ({"limit": 0}, InputError),
        ({"limit": 10_000_000}, LimitExceeded),
        ({"at": MomentInput(known_at_us=1, known_index=1)}, InputError),
        ({"at": MomentInput(known_index=-1)}, InputError),
    ],
)
def test_impossible_arguments_are_refused(arguments: dict[str, object], error: type[Exception]) -> None:
    """What cannot be is an error that says what to do."""
    g = graph("a -> b")
    with pytest.raises(error):
        g.questions.lineage([ref("a")], DOWN, **arguments)  # type: ignore[arg-type]


def test_a_job_has_no_lineage_of_its_own() -> None:
    """A job as root is refused with advice."""
    g = graph("a -> b by load")
    with pytest.raises(InputError):
        g.questions.lineage([ref("job:load")], UP)
