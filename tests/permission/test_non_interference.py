"""What a principal may not see does not show: every answer is the one of a graph in which it never was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.access.pseudonyms import Pseudonyms
from lineage.access.sources import scoped
from lineage.errors import HeadwaterError
from lineage.facts import Direction, EvidenceKind, Flow, Grain, NodeKind
from lineage.query import DatasetRef, DatasetVersionRef, JobRef, MomentInput, NodeRef, Questions
from lineage.query.answers import ChangeKind, CompletenessReason, LineageEdge, ReasonCode
from lineage.query.completeness import SCOPE_MESSAGE
from lineage.query.suggestions import suggestions
from tests.permission import world

HISTORIES = st.lists(st.sets(st.integers(0, len(world.POOL) - 1), max_size=120), min_size=1, max_size=3)
MOMENTS = st.sampled_from([MomentInput(), MomentInput(valid_at_us=25), MomentInput(known_index=2)])
TABLES = [NodeRef(dataset=DatasetRef(*each)) for each in world.DATASETS]
REFS = [
    *TABLES,
    *(NodeRef(dataset=DatasetRef(*each, column)) for each in world.DATASETS for column in ("id", "ssn")),
    *(NodeRef(dataset=DatasetRef(*raw)) for raw, _ in world.OTHER_SPELLINGS),
    *(NodeRef(dataset_version=DatasetVersionRef(*each, "v1")) for each in world.DATASETS),
    *(NodeRef(job=JobRef(*each)) for each in world.JOBS),
    *(NodeRef(id=each) for each in world.NODES),
]
REF = st.sampled_from(REFS)
SHOWN = st.sampled_from([*TABLES[:3], *REFS[6:10], *REFS[6:12]])
"""What the principal sees, mostly: the walks from elsewhere end at once."""


def asked(question: Callable[[Questions], object], of: Questions) -> object:
    """The answer, or the error as a caller sees it."""
    try:
        return plain(question(of))
    except HeadwaterError as error:
        return type(error).__name__, str(error), getattr(error, "near", ())


def plain(value: Any) -> Any:
    """Without the note of SCOPE, and without the entries of edges by jobs that are not told: the two differences that
    are meant."""
    if isinstance(value, LineageEdge) and not value.jobs:
        value = replace(value, entries=())
    if isinstance(value, HeadwaterError):
        return type(value).__name__, str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        kept = (each for each in value if not (isinstance(each, CompletenessReason) and each.code is ReasonCode.SCOPE))
        return [plain(each) for each in kept]
    return value


def both(toggles: list[set[int]]) -> tuple[Questions, Questions]:
    """The principal's questions, and those of one who sees everything of a company without the hidden part."""
    changes = world.history(toggles)
    whole = world.questions(changes)
    return Questions(scoped(whole.sources, world.PRINCIPAL, Pseudonyms())), world.questions(world.without_hidden(changes))


@given(HISTORIES, REF, SHOWN, MOMENTS, st.sampled_from(Grain), st.sampled_from(Direction))
@settings(max_examples=150, deadline=None)
def test_walks_are_those_of_a_graph_without_the_hidden(
    toggles: list[set[int]], ref: NodeRef, shown: NodeRef, at: MomentInput, grain: Grain, direction: Direction
) -> None:
    """Lineage with every filter, impact of every change, provenance, paths and their errors, at any moment."""
    mine, other = both(toggles)
    limited = [None, 1, 2]
    for of in (ref, shown):
        for question in (
            *(lambda q, depth=depth: q.lineage([of], direction, grain=grain, depth=depth, at=at) for depth in limited),  # noqa: B023
            lambda q: q.lineage([of], direction, grain=grain, limit=3, at=at),  # noqa: B023
            lambda q: q.lineage([of], direction, grain=grain, evidence=set(EvidenceKind), flows={Flow.VALUE}, at=at),  # noqa: B023
            lambda q: q.lineage([of], direction, grain=grain, seen_after_us=7, at=at),  # noqa: B023
            lambda q: q.impact([of], change=ChangeKind.REMOVE, at=at),  # noqa: B023
            lambda q: q.impact([of], change=ChangeKind.ROWS, kinds={NodeKind.JOB}, at=at),  # noqa: B023
            lambda q: q.impact([of], first=1, at=at),  # noqa: B023
            lambda q: q.provenance(of, at=at),  # noqa: B023
            lambda q: q.paths(shown, ref, grain=grain, at=at),
            lambda q: q.paths(ref, shown, grain=grain, at=at),
        ):
            assert asked(question, mine) == asked(question, other)


@given(HISTORIES, SHOWN, st.sampled_from(Grain), st.sampled_from(Direction))
@settings(max_examples=60, deadline=None)
def test_differences_are_those_of_a_graph_without_the_hidden(
    toggles: list[set[int]], ref: NodeRef, grain: Grain, direction: Direction
) -> None:
    """Of two valid times and of two ledger sizes, nodes, edges and schemas."""
    mine, other = both(toggles)
    for from_, to in (
        (MomentInput(known_index=1), MomentInput()),
        (MomentInput(valid_at_us=15), MomentInput(valid_at_us=25)),
    ):
        for of in (ref, TABLES[1]):
            question: Callable[[Questions], object] = lambda q: q.diff([of], direction, from_=from_, to=to, grain=grain)  # noqa: B023, E731
            assert asked(question, mine) == asked(question, other)


@given(HISTORIES, SHOWN, SHOWN)
@settings(max_examples=30, deadline=None)
def test_every_answer_says_that_it_is_limited(toggles: list[set[int]], ref: NodeRef, to: NodeRef) -> None:
    """The note SCOPE, once, with no count; an answer to one who sees everything has none."""
    mine, other = both(toggles)
    for questions, notes in ((mine, [(SCOPE_MESSAGE, 0)]), (other, [])):
        told: tuple[Callable[[Questions], Any], ...] = (
            lambda q: q.lineage([ref], Direction.BOTH, grain=Grain.COLUMN),
            lambda q: q.impact([ref]),
            lambda q: q.provenance(ref),
            lambda q: q.run_lineage(ref, Direction.UPSTREAM),
            lambda q: q.compare_versions(ref, to),
            lambda q: q.feature_skew(ref),
            lambda q: q.paths(ref, to),
            lambda q: q.diff([ref], Direction.BOTH, from_=MomentInput(known_index=1), to=MomentInput()),
        )
        for question in told:
            try:
                reasons = question(questions).completeness.reasons
            except HeadwaterError:
                continue
            assert [(r.message, r.count) for r in reasons if r.code is ReasonCode.SCOPE] == notes


@given(HISTORIES, MOMENTS)
@settings(max_examples=30, deadline=None)
def test_pages_are_those_of_a_graph_without_the_hidden(toggles: list[set[int]], at: MomentInput) -> None:
    """Every node by every name and id, with its page; what is hidden is missing in the same words as what never was."""
    mine, other = both(toggles)
    for ref in REFS:
        assert asked(lambda q: q.find(ref, at), mine) == asked(lambda q: q.find(ref, at), other)  # noqa: B023
    for node in world.NODES:
        assert asked(lambda q: q.node(node, at), mine) == asked(lambda q: q.node(node, at), other)  # noqa: B023
    for job in world.JOBS:
        assert asked(lambda q: q.run(*job, "r1"), mine) == asked(lambda q: q.run(*job, "r1"), other)  # noqa: B023
    for kind in (NodeKind.NAMESPACE, NodeKind.DATASET, NodeKind.JOB):
        for namespace in (None, world.MINE, world.THEIRS):
            browse: Callable[[Questions], object] = lambda q: q.browse(kind, namespace=namespace, first=2, at=at)  # noqa: B023, E731
            assert asked(browse, mine) == asked(browse, other)
    for ref in REFS:
        for question in (
            lambda q: q.run_lineage(ref, Direction.UPSTREAM, at=at),  # noqa: B023
            lambda q: q.run_lineage(ref, Direction.DOWNSTREAM, depth=1, at=at),  # noqa: B023
            lambda q: q.compare_versions(ref, REFS[-1], at=at),  # noqa: B023
            lambda q: q.feature_skew(ref, at=at),  # noqa: B023
        ):
            assert asked(question, mine) == asked(question, other)
    assert plain(mine.nodes(list(world.NODES), at)) == plain(other.nodes(list(world.NODES), at))
    assert plain(mine.pages(list(world.NODES), at)) == plain(other.pages(list(world.NODES), at))
    assert suggestions(mine.sources, first=20) == suggestions(other.sources, first=20)
    assert mine.sources.graph.counts(mine.sources.pin(at).moment) == other.sources.graph.counts(
        other.sources.pin(at).moment
    )


@given(
    HISTORIES, MOMENTS, st.sampled_from(["a", "x", "old", "tagged", "ssn", "e", "mine", "theirs", "load sync", "zz"])
)
@settings(max_examples=80, deadline=None)
def test_searches_are_those_of_a_graph_without_the_hidden(toggles: list[set[int]], at: MomentInput, query: str) -> None:
    """Page by page, with the cursors: a hidden hit takes no place, and a hidden spelling gives no rank."""
    mine, other = both(toggles)

    def found(q: Questions) -> Iterator[object]:
        after = None
        for _ in range(20):
            page = q.search(query, first=2, after=after, at=at)
            yield plain(page)
            if not page.page_info.has_next_page:
                return
            after = page.page_info.end_cursor

    assert list(found(mine)) == list(found(other))


@given(HISTORIES)
@settings(max_examples=80, deadline=None)
def test_drift_is_that_of_a_graph_without_the_hidden(toggles: list[set[int]]) -> None:
    """Page by page, of all datasets and of one, with what each change reaches."""
    mine, other = both(toggles)

    def found(q: Questions) -> Iterator[object]:
        for of in (None, [TABLES[0]], [TABLES[1]]):
            after = None
            for _ in range(30):
                page = q.schema_changes(0, of=of, first=2, after=after)
                yield plain(page)
                for edge in page.edges:
                    yield plain(q.impact_of_change(edge.node))
                if not page.page_info.has_next_page:
                    break
                after = page.page_info.end_cursor

    assert list(found(mine)) == list(found(other))
