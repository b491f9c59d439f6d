"""Paths, differences between moments, and drift."""

from __future__ import annotations

import pytest

from lineage.errors import BadCursor, InputError
from lineage.facts import Certainty, Direction, Grain
from lineage.query import MomentInput, cycles, layers, paths
from lineage.query.answers import ColumnPage, CompletenessStatus, SchemaChangeConnection, SchemaChangeKind
from tests.query.graph import Graph, graph, node_of, ref


def ways(g: Graph, answer: object) -> list[list[str]]:
    return [[g.name(n.id) for n in p.nodes] for p in answer.paths]  # type: ignore[attr-defined]


def test_paths_are_shortest_first_and_choke_points_are_on_all() -> None:
    """Two ways through one gate: both found, the gate is the choke point."""
    g = graph("a -> g\ng -> x\ng -> y\ny -> z\nx -> t\nz -> t\na -> dead")
    answer = g.questions.paths(ref("a"), ref("t"), grain=Grain.DATASET)
    assert ways(g, answer) == [["a", "g", "x", "t"], ["a", "g", "y", "z", "t"]]
    assert [g.name(n.id) for n in answer.choke_points] == ["g"]
    assert ways(g, g.questions.paths(ref("a"), ref("t"), grain=Grain.DATASET, first=1)) == [["a", "g", "x", "t"]]


def test_no_path_is_a_complete_answer_when_all_is_known() -> None:
    """No way at all, and nothing that nobody spoke of: an empty COMPLETE answer."""
    g = graph("a#x -> b#y\nc#x -> d#y")
    answer = g.questions.paths(ref("a#x"), ref("d#y"))
    assert (answer.paths, answer.completeness.status) == ((), CompletenessStatus.COMPLETE)


def test_a_path_by_table_into_a_column_is_possible() -> None:
    """A table-level hop into a column's dataset counts as one into the column."""
    g = graph("a#x -> b#y\nb -> c by bulk\nc has z:int by catalogue:c")
    answer = g.questions.paths(ref("a#x"), ref("c#z"))
    assert ways(g, answer) == [["a#x", "b#y", "c#z"]]
    assert answer.paths[0].certainty is Certainty.POSSIBLE
    assert answer.paths[0].edges[-1].because is not None
    whole = g.questions.paths(ref("a"), ref("b"))
    assert ways(g, whole) == [["a#x", "b#y"]]


def test_a_hub_is_walked_from_the_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where downstream does not fit, upstream of the target finds the ways, and the answer is complete."""
    monkeypatch.setattr(paths, "PATHS_NODES_MAX", 6)
    g = graph(
        "\n".join(f"a#x -> t{i}#x" for i in range(9)) + "\nt8#x -> z#x\nz -> end by bulk\nend has q:int by writer:w"
    )
    answer = g.questions.paths(ref("a#x"), ref("z#x"))
    assert ways(g, answer) == [["a#x", "t8#x", "z#x"]]
    assert answer.completeness.status is CompletenessStatus.COMPLETE
    assert ways(g, g.questions.paths(ref("a#x"), ref("end#q"))) == [["a#x", "t8#x", "z", "end#q"]]


def test_impossible_paths_are_refused() -> None:
    """From a node to itself, or endlessly many."""
    g = graph("a -> b")
    with pytest.raises(InputError):
        g.questions.paths(ref("a"), ref("a"))
    with pytest.raises(InputError):
        g.questions.paths(ref("a"), ref("b"), first=900)


def test_layers_put_a_cycle_in_one_place() -> None:
    """What flows goes from left to right; a cycle shares a layer."""
    g = graph("a -> b\nb -> c\nc -> b\nc -> d")
    answer = g.questions.lineage([ref("a")], Direction.DOWNSTREAM)
    shown = [sorted(g.name(n) for n in layer) for layer in layers([n.id for n in answer.nodes], answer.edges)]
    assert shown == [["a"], ["b", "c"], ["d"]]
    assert [sorted(map(g.name, c)) for c in cycles([n.id for n in answer.nodes], answer.edges)] == [["b", "c"]]


def test_a_diff_tells_what_came_what_went_and_what_changed() -> None:
    """The same walk at two valid times."""
    g = graph(
        """
        a -> b by one
        old -> b by one valid=0..10
        new -> b by one valid=10..
        a -> b by two valid=10..
        b has x:int y:text by catalogue:c valid=0..10
        b has x:long y:text by catalogue:c valid=10..
        """
    )
    diff = g.questions.diff(
        [ref("b")], Direction.UPSTREAM, from_=MomentInput(valid_at_us=5), to=MomentInput(valid_at_us=15)
    )
    assert [g.name(n.id) for n in diff.added_nodes] == ["new"]
    assert [g.name(n.id) for n in diff.removed_nodes] == ["old"]
    assert (g.pairs(diff.added_edges), g.pairs(diff.removed_edges)) == ({("new", "b")}, {("old", "b")})
    assert [c.changes for c in diff.changed_edges] == [("jobs",)]
    assert [(c.column, c.kind, c.before, c.after, c.at_us) for c in diff.schema_changes] == [
        ("x", SchemaChangeKind.TYPE_CHANGED, "int", "long", 10)
    ]


def test_a_diff_of_two_known_times_tells_what_was_learned() -> None:
    """What we said earlier about the same past, beside what we say now; a root that did not exist has nothing."""
    g = graph("a -> b known=0\nlate -> b known=3")
    diff = g.questions.diff(
        [ref("b")], Direction.UPSTREAM, from_=MomentInput(known_index=1), to=MomentInput(known_index=4)
    )
    assert g.pairs(diff.added_edges) == {("late", "b")}
    before = g.questions.diff(
        [ref("late")], Direction.DOWNSTREAM, from_=MomentInput(known_index=1), to=MomentInput(known_index=4)
    )
    assert {g.name(n.id) for n in before.added_nodes} == {"late", "b"}


def told(answer: SchemaChangeConnection) -> list[tuple[str, str, str | None, str | None, int]]:
    return [(e.node.column, e.node.kind.value, e.node.before, e.node.after, e.node.at_us) for e in answer.edges]


def test_drift_is_a_change_in_one_reporters_words() -> None:
    """Added, removed, another type; a second reporter's other view is none, nor is anybody's first word or last."""
    g = graph(
        """
        a has x:int y:text by writer:w valid=0..10
        a has x:long z:date by writer:w valid=10..
        a has x:int by reader:r valid=5..
        quiet has q:int by reader:r valid=0..10
        """
    )
    answer = g.questions.schema_changes(0)
    assert sorted(told(answer), key=lambda change: change[0]) == [
        ("x", "TYPE_CHANGED", "int", "long", 10),
        ("y", "REMOVED", "text", None, 10),
        ("z", "ADDED", None, "date", 10),
    ]
    assert {e.node.reporter for e in answer.edges} == {"writer:w"}
    assert g.questions.schema_changes(11).edges == ()
    assert g.questions.schema_changes(0, until_us=10).edges == ()


def test_a_technical_job_is_told_as_the_job_that_it_is_shown_as() -> None:
    """A reporter is a technical job's own id; people know the application."""
    inner = f"writer:{node_of('job:app.inner').id}"
    g = graph(f"a has x:int by {inner} valid=0..10\na has x:long by {inner} valid=10..\njob:app.inner is job:app")
    assert [e.node.reporter for e in g.questions.schema_changes(0).edges] == ["writer:n app"]
    page = g.questions.node(g.id("a#x"))
    assert isinstance(page, ColumnPage) and page.reporter == "writer:n app"


def test_a_drop_removes_every_column() -> None:
    """When the dataset was dropped, the end of its schema is a removal."""
    g = graph("a has x:int by writer:w valid=0..10\na droppedAt 10 valid=10..")
    assert told(g.questions.schema_changes(0)) == [("x", "REMOVED", "int", None, 10)]


def test_reordering_names_the_fewest_columns_that_moved() -> None:
    """A column that came in between moves nothing; one that jumped is named."""
    g = graph(
        """
        a has x:int y:int z:int by writer:w valid=0..10
        a has new:int x:int y:int z:int by writer:w valid=10..20
        a has new:int z:int x:int y:int by writer:w valid=20..
        """
    )
    assert told(g.questions.schema_changes(0)) == [
        ("new", "ADDED", None, "int", 10),
        ("z", "REORDERED", "4", "2", 20),
    ]


def test_drift_pages_follow_the_ledger_and_find_late_reports() -> None:
    """Each change once, by the entry that told it; a poller's cursor sees what came later about an earlier time."""
    g = graph(
        """
        a has x:int by writer:w valid=0..10
        a has x:long by writer:w valid=10..
        b has x:int by writer:w valid=0..5
        b has x:date by writer:w valid=5..
        """
    )
    first = g.questions.schema_changes(0, first=1)
    assert [(e.node.dataset.name, e.node.index) for e in first.edges] == [("a", 1)]
    rest = g.questions.schema_changes(0, first=5, after=first.page_info.end_cursor)
    assert [(e.node.dataset.name, e.node.index) for e in rest.edges] == [("b", 3)]
    assert g.questions.schema_changes(0, first=5, after=rest.page_info.end_cursor).edges == ()
    with pytest.raises(BadCursor):
        g.questions.schema_changes(1, after=first.page_info.end_cursor)
    only_b = g.questions.schema_changes(0, of=[ref("b")])
    assert [e.node.dataset.name for e in only_b.edges] == ["b"]


def test_a_change_shows_what_was_downstream_when_it_hit() -> None:
    """The impact of a removal is that of the moment before it."""
    g = graph(
        """
        a has x:int y:int by writer:w valid=0..10
        a has y:int by writer:w valid=10..
        a#x -> b#x by load valid=0..10
        """
    )
    change = g.questions.schema_changes(0).edges[0].node
    impact = g.questions.impact_of_change(change)
    assert {g.name(i.node.id) for i in impact.items} == {"b", "b#x", "job:load"}
