"""What breaks: everything downstream, rated and explained, in pages; and where things come from."""

from __future__ import annotations

import pytest

from lineage.errors import BadCursor, LimitExceeded
from lineage.facts import Certainty, NodeKind
from lineage.query import MomentInput
from lineage.query.answers import ChangeKind, CompletenessStatus, ImpactAnswer
from lineage.query.witness import CODE_CHANGED, NOT_IN_LATEST_RUN, TABLE_LEVEL_ONLY, THROUGH_FILTER
from lineage.seen import Seen
from tests.query.graph import FixedSeen, Graph, graph, node_of, ref

DATA = (NodeKind.COLUMN, NodeKind.DATASET)
CERTAIN, POSSIBLE = Certainty.CERTAIN, Certainty.POSSIBLE


def items(g: Graph, answer: ImpactAnswer) -> dict[str, tuple[Certainty, int]]:
    return {g.name(i.node.id): (i.certainty, i.distance) for i in answer.items}


def test_an_impact_follows_columns_tables_and_filters() -> None:
    """Column lineage is CERTAIN; what goes by tables or filters is POSSIBLE, with the reason; holders are affected too."""
    g = graph(
        """
        a#x -> b#y by one
        b#y -> c#z by two
        b -> t by three
        a#x ~> f by four label=FILTER
        f#k -> g#k by five
        """
    )
    answer = g.questions.impact([ref("a#x")], kinds=DATA)
    assert items(g, answer) == {
        "b": (CERTAIN, 1), "b#y": (CERTAIN, 1), "c": (CERTAIN, 2), "c#z": (CERTAIN, 2),
        "f": (POSSIBLE, 1), "g": (POSSIBLE, 2), "g#k": (POSSIBLE, 2), "t": (POSSIBLE, 2),
    }  # fmt: skip
    assert list(items(g, answer)) == ["b", "b#y", "c", "c#z", "f", "g", "g#k", "t"]
    by_name = {g.name(i.node.id): i for i in answer.items}
    assert by_name["t"].reasons == (TABLE_LEVEL_ONLY,)
    assert by_name["f"].reasons == (THROUGH_FILTER,)
    assert [g.name(e.target) for e in by_name["g#k"].why] == ["f", "g#k"]
    assert [(g.name(e.source), g.name(e.target)) for e in by_name["c#z"].why] == [("a#x", "b#y"), ("b#y", "c#z")]
    assert answer.completeness.status is CompletenessStatus.UNKNOWN


def test_jobs_that_read_are_affected_even_without_outputs() -> None:
    """A job on an edge breaks with it; a job that only reads the dataset may."""
    g = graph("a#x -> b#y by load\njob:check reads a\njob:later reads b")
    answer = g.questions.impact([ref("a#x")], kinds=[NodeKind.JOB])
    assert items(g, answer) == {"job:load": (CERTAIN, 1), "job:check": (POSSIBLE, 1), "job:later": (POSSIBLE, 2)}


@pytest.mark.parametrize(
    ("seen", "reason"),
    [(Seen(0, 0, 3, False, False, "r", ()), NOT_IN_LATEST_RUN), (Seen(0, 0, 3, True, True, "r", ()), CODE_CHANGED)],
)
def test_what_the_latest_run_or_code_no_longer_does_is_possible(seen: Seen, reason: str) -> None:
    """Nothing disappears by age, but it is rated."""
    g = graph("a#x -> b#y by load", seen=FixedSeen(lambda fact: seen))
    item = g.questions.impact([ref("a#x")], kinds=[NodeKind.COLUMN]).items[0]
    assert (item.certainty, item.reasons) == (POSSIBLE, (reason,))


def test_a_certain_way_wins_over_a_shorter_possible_one() -> None:
    """The witness of a certain item is its shortest certain path."""
    g = graph("a#x -> m#x by one\nm#x -> b#y by two\na#x -> b#y by guess possible")
    b = next(i for i in g.questions.impact([ref("a#x")]).items if g.name(i.node.id) == "b#y")
    assert (b.certainty, b.distance, len(b.why)) == (CERTAIN, 2, 2)


def test_a_wider_type_does_not_reach_filters_and_rows_reach_every_column() -> None:
    """TYPE_WIDEN follows values only; ROWS and GRAIN are about the whole dataset."""
    g = graph("a#x -> b#y\na#x ~> f\na#z -> c#z")
    widen = g.questions.impact([ref("a#x")], change=ChangeKind.TYPE_WIDEN, kinds=[NodeKind.DATASET])
    assert set(items(g, widen)) == {"b"}
    rows = g.questions.impact([ref("a#x")], change=ChangeKind.ROWS, kinds=[NodeKind.DATASET])
    assert set(items(g, rows)) == {"b", "f", "c"}


def test_totals_speak_of_the_whole_walk_and_pages_partition_it() -> None:
    """Pages by `first` and `after` give each item once; totals and completeness are the same on each."""
    g = graph("\n".join(f"a#x -> t{i}#y" for i in range(7)) + "\nt3 datasetType MODEL\nt3 owner ann")
    whole = g.questions.impact([ref("a#x")], kinds=DATA)
    assert {(t.kind, t.dataset_type, t.certainty): t.count for t in whole.totals} == {
        (NodeKind.COLUMN, None, CERTAIN): 6, (NodeKind.COLUMN, "MODEL", CERTAIN): 1,
        (NodeKind.DATASET, None, CERTAIN): 6, (NodeKind.DATASET, "MODEL", CERTAIN): 1,
    }  # fmt: skip
    assert next(i for i in whole.items if g.name(i.node.id) == "t3#y").owners == ("ann",)
    paged, after = [], None
    while True:
        page = g.questions.impact([ref("a#x")], kinds=DATA, first=3, after=after)
        assert (page.totals, page.completeness) == (whole.totals, whole.completeness)
        paged += page.items
        if not page.page_info.has_next_page:
            break
        after = page.page_info.end_cursor
    assert tuple(paged) == whole.items


def test_a_cursor_belongs_to_its_arguments() -> None:
    """Used with others, or made up, it is BAD_CURSOR; too long a page is LIMIT."""
    g = graph("a#x -> b#y\na#x -> c#y")
    cursor = g.questions.impact([ref("a#x")], first=1).page_info.end_cursor
    for arguments in ({"after": cursor, "change": ChangeKind.REMOVE}, {"after": "rubbish"}, {"after": "W10"}):
        with pytest.raises(BadCursor):
            g.questions.impact([ref("a#x")], **arguments)  # type: ignore[arg-type]
    with pytest.raises(LimitExceeded):
        g.questions.impact([ref("a#x")], first=100_000)


def test_a_cursor_keeps_its_moment_while_the_graph_grows() -> None:
    """The second page is of the same now as the first."""
    g = graph("a#x -> b#y known=0\na#x -> c#y known=1")
    first = g.questions.impact([ref("a#x")], kinds=[NodeKind.COLUMN], first=1, at=MomentInput(known_index=1))
    assert not first.page_info.has_next_page
    now = g.questions.impact([ref("a#x")], kinds=[NodeKind.COLUMN], first=1)
    second = g.questions.impact([ref("a#x")], kinds=[NodeKind.COLUMN], first=1, after=now.page_info.end_cursor)
    assert second.completeness.known_index == 2


def test_provenance_ends_at_what_nothing_feeds() -> None:
    """Sources have nothing upstream; each comes with the way from it, in the order of the flow."""
    g = graph("raw#x -> stg#x\nstg#x -> mart#x\nref#k -> mart#k\nraw#f ~> stg")
    answer = g.questions.provenance(ref("mart"))
    found = {g.name(s.node.id): (s.certainty, [g.name(e.source) for e in s.why]) for s in answer.sources}
    assert found == {
        "ref#k": (CERTAIN, ["ref#k"]),
        "raw#x": (CERTAIN, ["raw#x", "stg#x"]),
        "raw#f": (POSSIBLE, ["raw#f", "stg#x"]),
    }
    assert answer.completeness.status is CompletenessStatus.COMPLETE


def test_a_column_without_told_origin_is_a_possible_source() -> None:
    """Where nobody spoke of a column, the way ends there: POSSIBLE, and the answer is UNKNOWN."""
    g = graph("raw#x -> stg#x\nstg#z -> mart#z")
    answer = g.questions.provenance(ref("mart#z"))
    assert [(g.name(s.node.id), s.certainty) for s in answer.sources] == [("stg#z", POSSIBLE)]
    assert answer.completeness.status is CompletenessStatus.UNKNOWN


def test_what_nothing_feeds_is_its_own_source() -> None:
    """A raw table's provenance is itself, not an empty list."""
    g = graph("raw -> mart")
    answer = g.questions.provenance(ref("raw"))
    assert [(g.name(s.node.id), s.distance, s.why) for s in answer.sources] == [("raw", 0, ())]


def test_owners_of_an_item_are_those_of_its_dataset() -> None:
    """A column has the owners of the dataset that holds it."""
    g = graph("a#x -> b#y\nb owner team")
    assert [i.owners for i in g.questions.impact([ref("a#x")], kinds=[NodeKind.COLUMN]).items] == [("team",)]
    assert node_of("b").name == "b"
