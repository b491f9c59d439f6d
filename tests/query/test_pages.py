"""Names, moments, pages of one thing, search: everything that is not a walk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.errors import BadCursor, InputError, NotFound
from lineage.facts import Direction, Grain, NodeKind, Relation
from lineage.moment import Moment
from lineage.query import DatasetRef, DatasetVersionRef, JobRef, MomentInput, NodeRef
from lineage.query.answers import (
    ColumnPage,
    CompletenessReason,
    CompletenessStatus,
    DatasetPage,
    Owner,
    ReasonCode,
    RunPage,
    VersionPage,
)
from lineage.query.completeness import status_of
from lineage.query.cursors import decode, encode
from lineage.query.drift import moved
from lineage.seen import Seen
from tests.query.graph import NAMESPACE, FixedSeen, graph, node_of, ref


def test_any_spelling_and_any_id_finds_the_one_node() -> None:
    """A raw name, its own id, the canonical id, and a column's id under the raw name are all the same thing."""
    g = graph("a#x -> b#y\nOldA is a")
    raw = node_of("OldA").id
    for found in (NodeRef(dataset=DatasetRef(NAMESPACE, "OldA")), NodeRef(id=raw), NodeRef(id=g.id("a")), ref("a")):
        assert g.questions.find(found).name == "a"
    assert g.questions.find(ref("OldA#x")).id == g.id("a#x")
    old_column = node_of("OldA#x").id
    assert g.questions.find(NodeRef(id=old_column)).id == g.id("a#x")
    page = g.questions.dataset(NAMESPACE, "OldA")
    assert [n.name for n in page.names] == ["OldA", "a"]


@pytest.mark.parametrize(
    "bad", [NodeRef(), NodeRef(id="hw:short"), NodeRef(id=node_of("a").id, job=JobRef("n", "j")), NodeRef(id="x" * 500)]
)
def test_a_reference_names_one_thing_in_one_way(bad: NodeRef) -> None:
    """None, two at once, and what is no id are refused."""
    with pytest.raises(InputError):
        graph("a -> b").questions.find(bad)


@pytest.mark.parametrize(
    "missing",
    [
        ref("job:nope"),
        NodeRef(id=node_of("nope").id),
        NodeRef(id=node_of("a#nope").id),
        NodeRef(dataset_version=DatasetVersionRef(NAMESPACE, "a", "v9")),
    ],
)
def test_what_is_missing_is_not_found(missing: NodeRef) -> None:
    """Jobs, ids, columns and versions alike."""
    with pytest.raises(NotFound):
        graph("a -> b\nversion:v1 of a").questions.find(missing)


def test_a_rename_joins_the_columns_of_the_same_name() -> None:
    """Beyond a rename a column goes on as itself, certain; one without a namesake goes on at table level."""
    g = graph("src#x -> old#x\nold renamed new\nnew has x:int by catalogue:c\nold#gone -> q#r")
    answer = g.questions.lineage([ref("src#x")], Direction.DOWNSTREAM, grain=Grain.COLUMN)
    assert g.pairs(answer.edges) == {("src#x", "old#x"), ("old#x", "new#x")}
    assert answer.edges[-1].because == "renamed"
    assert answer.completeness.status is CompletenessStatus.COMPLETE


def test_a_run_that_tells_no_columns_denies_none() -> None:
    """A column edge whose datasets the latest run still joins counts as of the latest run."""
    stale = Seen(0, 0, 1, False, False, "r", ())
    g = graph("a#x -> b#y", seen=FixedSeen(lambda fact: stale if fact.relation == "DERIVES" else None))
    assert g.questions.lineage([ref("b#y")], Direction.UPSTREAM, grain=Grain.COLUMN).edges[0].in_latest_run
    gone = graph("a#x -> b#y", seen=FixedSeen(lambda fact: stale))
    assert not gone.questions.lineage([ref("b#y")], Direction.UPSTREAM, grain=Grain.COLUMN).edges[0].in_latest_run


def test_a_datasets_page_has_the_schema_in_force() -> None:
    """A catalogue's word before a writer's before a reader's; other columns follow without a type."""
    g = graph(
        """
        a has x:int by reader:r valid=50..
        a has x:text y:int by writer:w valid=20..
        src#q -> a#extra by load
        job:check reads a
        job:load writes a
        a owner ann
        a datasetType view
        """
    )
    page = g.questions.node(g.id("a"))
    assert isinstance(page, DatasetPage)
    assert [(c.node.column, c.type, c.ordinal, c.reporter) for c in page.columns] == [
        ("x", "text", 1, "writer:w"),
        ("y", "int", 2, "writer:w"),
        ("extra", None, None, None),
    ]
    assert (page.owners, page.dataset_type) == ((Owner("ann", None),), "VIEW")
    assert ([n.name for n in page.read_by], [n.name for n in page.written_by]) == (["check"], ["load"])
    assert (page.confirmed, page.dropped_at_us) == (True, None)
    column = g.questions.node(g.id("a#y"))
    assert isinstance(column, ColumnPage) and column.type == "int"
    lineage_only = g.questions.node(g.id("a#extra"))
    assert isinstance(lineage_only, ColumnPage) and lineage_only.type is None


def test_a_dropped_dataset_is_found_and_says_when() -> None:
    """`droppedAt` is a date, not an absence."""
    g = graph("a has x:int by writer:w valid=0..10\na droppedAt 10 valid=10..")
    page = g.questions.dataset(NAMESPACE, "a")
    assert page.dropped_at_us == 10
    assert g.questions.dataset(NAMESPACE, "a", MomentInput(valid_at_us=5)).dropped_at_us is None


def test_a_jobs_page_has_its_runs_newest_first() -> None:
    """Runs and attempts, with what they read; one run by its attempt or the last one."""
    g = graph("in -> out by j\nrun:r1 of j valid=10..\nrun:r1/2 of j valid=20..\nrun:r2 of j valid=30..")
    job = g.questions.job(NAMESPACE, "j").node.id
    runs = [page for _, page in g.questions.story([job], Relation.RUN, first=9, after=None)[job].items]
    assert [(r.run_id, r.attempt, r.state) for r in runs if isinstance(r, RunPage)] == [
        ("r2", 1, "COMPLETE"), ("r1", 2, "COMPLETE"), ("r1", 1, "COMPLETE")
    ]  # fmt: skip
    assert isinstance(runs[0], RunPage)
    assert [n.name for n in runs[0].inputs] == ["in"]
    assert runs[0].properties == (("sql", '"x"'),)
    assert g.questions.run(NAMESPACE, "j", "r1").attempt == 2
    assert g.questions.run(NAMESPACE, "j", "r1", 1).attempt == 1
    assert isinstance(g.questions.node(runs[0].node.id), RunPage)
    with pytest.raises(NotFound):
        g.questions.run(NAMESPACE, "j", "r1", 3)
    with pytest.raises(InputError):
        g.questions.run(NAMESPACE, "j", "r1", 0)


def test_a_version_is_asked_about_as_of_when_it_was_written() -> None:
    """The lineage of a version is that of its dataset at its own time, and the node says which version."""
    g = graph("a -> m valid=0..50\nb -> m valid=50..\nversion:v1 of m valid=10..\nversion:v2 of m valid=60..")
    version = NodeRef(dataset_version=DatasetVersionRef(NAMESPACE, "m", "v1"))
    answer = g.questions.lineage([version], Direction.UPSTREAM)
    assert g.pairs(answer.edges) == {("a", "m")}
    assert answer.nodes[0].version == "v1"
    page = g.questions.node(g.questions.find(version).id)
    assert isinstance(page, VersionPage) and page.at_us == 10
    dataset = g.questions.dataset(NAMESPACE, "m").node.id
    told = [page for _, page in g.questions.story([dataset], Relation.VERSION, first=9, after=None)[dataset].items]
    assert [v.version for v in told if isinstance(v, VersionPage)] == ["v2", "v1"]


def test_search_pages_partition_the_hits() -> None:
    """Each hit once, in the order of the store; a cursor belongs to its query."""
    g = graph("orders -> orders_daily\norders -> my_orders\norders -> x")
    whole = [e.node.name for e in g.questions.search("orders", kinds=[NodeKind.DATASET]).edges]
    assert whole == ["orders", "orders_daily", "my_orders"]
    found: list[str] = []
    after = None
    while True:
        page = g.questions.search("orders", kinds=[NodeKind.DATASET], first=1, after=after)
        found += [e.node.name for e in page.edges]
        after = page.page_info.end_cursor
        if not page.page_info.has_next_page:
            break
    assert found == whole
    with pytest.raises(BadCursor):
        g.questions.search("x", kinds=[NodeKind.DATASET], after=after)
    with pytest.raises(InputError):
        g.questions.search("  ")


def test_entries_prove_nodes_and_edges() -> None:
    """Ledger positions: those that opened the facts and those that repeated them."""
    g = graph("a -> b known=0\nc -> b known=4", seen=FixedSeen(lambda f: Seen(0, 0, 2, True, False, "r", (0, 9))))
    edge = g.questions.lineage([ref("c")], Direction.DOWNSTREAM).edges[0]
    assert edge.entries == (0, 4, 9)
    assert g.questions.entries_of(g.id("b")) == (0, 4, 9)


def test_a_dataset_that_only_attempts_mention_is_not_confirmed() -> None:
    """Its names' facts are ATTEMPTED, and so is what the page says."""
    g = graph("a -> b\na -> tried attempted")
    assert g.questions.dataset(NAMESPACE, "b").confirmed
    assert not g.questions.dataset(NAMESPACE, "tried").confirmed


@given(st.lists(st.integers(0, 2**53) | st.text(), max_size=5), st.none() | st.integers(), st.integers(0, 10))
def test_a_cursor_holds_its_key_and_moment(key: list[int | str], valid: int | None, known: int) -> None:
    """What is encoded is decoded, and only with the same arguments."""
    text = encode(tuple(key), Moment(valid, known), "arguments")
    cursor = decode(text, "arguments")
    assert (cursor.key, cursor.valid_us, cursor.known) == (tuple(key), valid, known)
    with pytest.raises(BadCursor):
        decode(text, "others")


@given(st.text())
def test_rubbish_is_no_cursor(text: str) -> None:
    """Whatever a client sends, it is BAD_CURSOR, never a crash."""
    with pytest.raises(BadCursor):
        decode(text, "arguments")


@given(st.permutations(list(range(7))))
def test_moving_the_moved_columns_explains_the_order(order: list[int]) -> None:
    """Without the columns named, the two orders are one; fewer would not do."""
    before = {node_of(f"a#c{i}").id: i for i in range(7)}
    now = {node_of(f"a#c{c}").id: place for place, c in enumerate(order)}
    named = set(moved(before, now))
    rest = [c for c in before if c not in named]
    assert sorted(rest, key=lambda c: before[c]) == sorted(rest, key=lambda c: now[c])
    longest = max(
        (len(s) for s in _rising(order)),
        default=0,
    )
    assert len(named) == 7 - longest


def _rising(order: list[int]) -> list[list[int]]:
    found: list[list[int]] = [[]]
    for value in order:
        found += [[*s, value] for s in found if not s or s[-1] < value]
    return found


def test_truncated_is_said_over_unknown_over_complete() -> None:
    """Notes alone leave an answer COMPLETE."""

    def status(*codes: ReasonCode) -> CompletenessStatus:
        return status_of([CompletenessReason(code, "", 1) for code in codes])

    assert status(ReasonCode.LAG, ReasonCode.ATTEMPTED) is CompletenessStatus.COMPLETE
    assert status(ReasonCode.LAG, ReasonCode.TABLE_LEVEL_ONLY) is CompletenessStatus.UNKNOWN
    assert status(ReasonCode.ERASED, ReasonCode.DEPTH) is CompletenessStatus.TRUNCATED
