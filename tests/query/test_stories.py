"""Pages of runs and versions against a naive model: the whole story, cut."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from lineage.facts import Change, Fact, FactVersion, Interval, Node, NodeKind, Relation
from lineage.ids import NodeId, dataset_id, version_id
from lineage.moment import FOREVER
from lineage.query import MomentInput, Questions, Sources
from lineage.query.show import Place
from lineage.store.memory import MemoryStore
from tests.query.graph import NAMESPACE, Clock, FixedSeen

PARENTS = [Node(dataset_id(NAMESPACE, name), NodeKind.DATASET, NAMESPACE, name) for name in ("a", "b")]

TOLD = st.tuples(
    st.sampled_from(PARENTS),
    st.integers(0, 6),  # which version
    st.integers(0, 9),  # since when
    st.sampled_from(["", '{"run":"r"}', '{"run":"s"}']),  # a catalogue's, two runs'
)
"""One fact that tells of a version; several may tell of the same one, at other times."""


def fact_of(parent: Node, number: int, value: str) -> Fact:
    return Fact(Relation.VERSION, version_id(parent.id, f"v{number}"), parent.id, f"u{number}{value}", f"v{number}", value)


def stored(told: Iterable[tuple[Node, int, int, str]]) -> tuple[Questions, list[FactVersion]]:
    """Each fact from an entry of its own; the first time of a fact stands."""
    store, versions, changes = MemoryStore(), dict[Fact, FactVersion](), list[Change]()
    for parent, number, since_us, value in told:
        fact = fact_of(parent, number, value)
        if fact in versions:
            continue
        index = len(changes)
        node = Node(fact.subject, NodeKind.DATASET_VERSION, NAMESPACE, parent.name, version=fact.label)
        valid = Interval(since_us, FOREVER)
        versions[fact] = FactVersion(fact, valid, index + 1, FOREVER)
        changes.append(Change(index, (parent, node), (), ((fact, valid),)))
    store.bind("test")
    store.apply(changes, len(changes))
    return Questions(Sources(store, FixedSeen(), Clock(len(changes)))), list(versions.values())


def whole(versions: list[FactVersion], parent: Node, until_us: int | None, known: int) -> list[Place]:
    """The model: the place of each version, where the fact that tells most of it stands."""
    best: dict[NodeId, FactVersion] = {}
    for version in versions:
        fact = version.fact
        if fact.object != parent.id or version.known_from > known:
            continue
        if until_us is not None and version.valid.from_us > until_us:
            continue
        held = best.get(fact.subject)
        if held is None or rank(version) > rank(held):
            best[fact.subject] = version
    return sorted((-version.valid.from_us, version.fact.subject) for version in best.values())


def rank(version: FactVersion) -> tuple[bool, int, int]:
    return version.fact.value != "", version.valid.from_us, version.known_from


@given(st.lists(TOLD, max_size=30), st.integers(1, 4), st.none() | st.integers(0, 9), st.integers(0, 30))
def test_pages_are_the_whole_story_cut(
    told: list[tuple[Node, int, int, str]], first: int, until_us: int | None, known: int
) -> None:
    """At every moment the pages of both parents, read one after the other, hold each version once, in order, and the length
    is theirs; what is known later changes nothing."""
    questions, versions = stored(told)
    known = min(known, len(versions))
    at = MomentInput(until_us, known_index=known)
    lengths = questions.story_lengths([parent.id for parent in PARENTS], Relation.VERSION, at)
    for parent in PARENTS:
        expected = whole(versions, parent, until_us, known)
        assert lengths[parent.id] == len(expected)
        places: list[Place] = []
        more, pages = True, 0
        while more:
            after = places[-1] if places else None
            page = questions.story([each.id for each in PARENTS], Relation.VERSION, at, first=first, after=after)[parent.id]
            assert len(page.items) == first or not page.more
            places += [place for place, _ in page.items]
            more, pages = page.more, pages + 1
        assert places == expected
        assert pages == max(1, -(-len(expected) // first))
