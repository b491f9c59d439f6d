"""The walks held against naive recursive definitions over random small graphs."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lineage.facts import Direction, Grain
from lineage.ids import parent_of
from lineage.query.answers import CompletenessStatus
from tests.query.graph import Graph, graph, ref

UP, DOWN = Direction.UPSTREAM, Direction.DOWNSTREAM
DATASETS = "abcde"
datasets = st.sampled_from(DATASETS)
columns = st.tuples(datasets, st.sampled_from("xy")).map("#".join)
jobs = st.sampled_from(["p", "q"])
weakness = st.sampled_from(["", "", "", "attempted"])
table_edges = st.builds(lambda s, t, j, w: f"{s} -> {t} by {j} {w}", datasets, datasets, jobs, weakness)
value_edges = st.builds(lambda s, t, j: f"{s} -> {t} by {j}", columns, columns, jobs)
control_edges = st.builds(lambda s, t, j: f"{s} ~> {t} by {j}", columns, st.one_of(columns, datasets), jobs)
row_edges = st.builds(lambda s, t, j: f"{s} -> {t} by {j}", datasets, columns, jobs)
table_graphs = st.lists(table_edges, min_size=1, max_size=12)
column_graphs = st.lists(
    st.one_of(value_edges, value_edges, control_edges, row_edges, table_edges), min_size=1, max_size=9
)


def split(line: str) -> tuple[str, str, str, str, bool]:
    """-> (source, verb, target, job, attempted)"""
    words = line.split()
    return words[0], words[1], words[2], words[4], "attempted" in words


def every_dataset(lines: list[str]) -> str:
    """The lines, and all datasets and columns known to a catalogue, so that any may be a root."""
    return "\n".join([*lines, *(f"{d} has x:int y:int by catalogue:c" for d in DATASETS)])


def table_arcs(lines: list[str]) -> set[tuple[str, str]]:
    """Who feeds whom, by something better than attempts."""
    edges = [split(line) for line in lines]
    return {(s.split("#")[0], t.split("#")[0]) for s, _, t, _, attempted in edges if not attempted}


def distances(arcs: set[tuple[str, str]], root: str, direction: Direction) -> dict[str, int]:
    """By definition: 0 for the root, else one more than the nearest neighbour's, until nothing changes."""
    found = {root: 0}
    changed = True
    while changed:
        changed = False
        for source, target in arcs:
            near, far = (target, source) if direction is UP else (source, target)
            if near in found and far != near and found.get(far, 99) > found[near] + 1:
                found[far] = found[near] + 1
                changed = True
    return found


@given(table_graphs, datasets, st.sampled_from([UP, DOWN]))
def test_a_walk_equals_the_naive_closure(lines: list[str], root: str, direction: Direction) -> None:
    """At grain DATASET: the same nodes, the same distances, and every edge between them."""
    g = graph(every_dataset(lines))
    answer = g.questions.lineage([ref(root)], direction)
    expected = distances(table_arcs(lines), root, direction)
    assert {g.name(n.id): n.distance for n in answer.nodes} == expected
    assert g.pairs(answer.edges) == {(s, t) for s, t in table_arcs(lines) if s != t and s in expected and t in expected}
    assert answer.completeness.status is CompletenessStatus.COMPLETE


@given(table_graphs, datasets, st.integers(0, 3), st.integers(1, 4))
def test_what_is_cut_is_said(lines: list[str], root: str, depth: int, limit: int) -> None:
    """COMPLETE answers hold the whole closure, others are TRUNCATED; `more` counts exactly the neighbours left out."""
    g = graph(every_dataset(lines))
    answer = g.questions.lineage([ref(root)], DOWN, depth=depth, limit=limit)
    arcs = table_arcs(lines)
    shown = {g.name(n.id) for n in answer.nodes}
    whole = distances(arcs, root, DOWN)
    assert shown <= whole.keys() and len(shown) <= limit
    assert (answer.completeness.status is CompletenessStatus.COMPLETE) == (shown == whole.keys())
    assert all({e.source, e.target} <= {n.id for n in answer.nodes} for e in answer.edges)
    for node in answer.nodes:
        name = g.name(node.id)
        assert node.more == len({t for s, t in arcs if s == name and t not in shown})


def column_closure(lines: list[str], root: str, *, control_goes_on: bool) -> set[str]:
    """Downstream of a column, by definition, node by node."""
    edges = [split(line) for line in lines]
    shown, gone_on = {root}, set()

    def visit(node: str) -> None:
        if node in gone_on:
            return
        gone_on.add(node)
        dataset, _, column = node.partition("#")
        for source, verb, target, job, attempted in edges:
            told_by_column = "#" in source or "#" in target
            if attempted:
                continue
            if told_by_column:
                fits = source in (node, dataset) or (not column and source.split("#")[0] == dataset)
                into_itself = not column and "#" in source and target.split("#")[0] == dataset
                if not fits or into_itself:
                    continue
                if source == dataset:
                    shown.add(dataset)
                reached = target
            else:
                by_columns = any(
                    (s.split("#")[0], t.split("#")[0], j) == (source, target, job) and ("#" in s or "#" in t)
                    for s, _, t, j, _ in edges
                )
                if source != dataset or source == target or by_columns:
                    continue
                reached = target
            shown.add(reached)
            if verb == "->" or control_goes_on:
                visit(reached)

    visit(root)
    return shown


@given(column_graphs, columns)
def test_a_walk_over_columns_equals_the_naive_closure(lines: list[str], root: str) -> None:
    """At grain COLUMN: columns, whole datasets and filters, in lineage and (going on beyond filters) in impact."""
    g = graph(every_dataset(lines))
    answer = g.questions.lineage([ref(root)], DOWN, grain=Grain.COLUMN)
    assert {g.name(n.id) for n in answer.nodes} == column_closure(lines, root, control_goes_on=False)
    impact = g.questions.impact([ref(root)], first=1000)
    reached = {g.name(i.node.id) for i in impact.items}
    own = root.split("#")[0]
    assert {n for n in column_closure(lines, root, control_goes_on=True) if n not in (root, own)} <= reached
    for item in impact.items:
        for before, after in itertools.pairwise(item.why):
            # one after the other; or a column's way on through the whole row of its dataset
            assert before.target == after.source or parent_of(before.target) == after.source


@given(column_graphs, columns)
def test_upstream_and_downstream_agree_on_values(lines: list[str], root: str) -> None:
    """A value edge that leads down to a column leads up from it."""
    g = graph(every_dataset(lines))
    down = g.questions.lineage([ref(root)], DOWN, grain=Grain.COLUMN, depth=1)
    for edge in down.edges:
        if "#" in g.name(edge.target) and edge.source == g.id(root):
            up = g.questions.lineage([ref(g.name(edge.target))], UP, grain=Grain.COLUMN, depth=1)
            assert (edge.source, edge.target, edge.flow) in {(e.source, e.target, e.flow) for e in up.edges}


def simple_paths(arcs: set[tuple[str, str]], path: list[str], end: str) -> list[list[str]]:
    if path[-1] == end:
        return [path]
    return [p for s, t in sorted(arcs) if s == path[-1] and t not in path for p in simple_paths(arcs, [*path, t], end)]


@given(table_graphs, st.permutations(DATASETS))
def test_paths_are_all_the_simple_ones_shortest_first(lines: list[str], ends: list[str]) -> None:
    """Every simple path once, shortest first; choke points are on all of them."""
    g = graph(every_dataset(lines))
    answer = g.questions.paths(ref(ends[0]), ref(ends[1]), first=100, grain=Grain.DATASET)
    found = [[g.name(n.id) for n in p.nodes] for p in answer.paths]
    assert sorted(found) == sorted(simple_paths(table_arcs(lines), [ends[0]], ends[1]))
    assert [len(p) for p in found] == sorted(len(p) for p in found)
    inner = [set(p[1:-1]) for p in found]
    assert {g.name(n.id) for n in answer.choke_points} == (set.intersection(*inner) if inner else set())


@given(st.lists(st.one_of(value_edges, control_edges, table_edges), max_size=9), columns, columns)
def test_there_is_a_path_exactly_where_the_closure_leads(lines: list[str], start: str, end: str) -> None:
    """At grain COLUMN: to a column, or to its dataset as a whole; each path is of edges one after the other."""
    if start.split("#")[0] == end.split("#")[0]:
        return
    g = graph(every_dataset(lines))
    answer = g.questions.paths(ref(start), ref(end))
    reached = column_closure(lines, start, control_goes_on=True)
    assert bool(answer.paths) == bool(reached & {end, end.split("#")[0]})
    for path in answer.paths:
        assert [(e.source, e.target) for e in path.edges] == list(itertools.pairwise(n.id for n in path.nodes))
        assert (g.name(path.nodes[0].id), g.name(path.nodes[-1].id)) == (start, end)


@given(column_graphs, columns, st.integers(1, 4))
def test_pages_partition_an_impact(lines: list[str], root: str, first: int) -> None:
    """All pages together are the one long list, whatever their size."""
    g = graph(every_dataset(lines))
    assert pages(g, root, first) == list(g.questions.impact([ref(root)], first=1000).items)


def pages(g: Graph, root: str, first: int) -> list[object]:
    items: list[object] = []
    after = None
    for _ in range(200):
        page = g.questions.impact([ref(root)], first=first, after=after)
        items += page.items
        after = page.page_info.end_cursor
        if not page.page_info.has_next_page:
            break
    return items
