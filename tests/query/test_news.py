"""The news of an entry: the same whenever it is read, and nothing left out."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from lineage.events import END_TYPES
from lineage.facts import Relation
from lineage.ids import NodeId
from lineage.query import Sources
from lineage.query.answers import SchemaChange
from lineage.query.drift import changes_of
from lineage.query.news import News, news_of
from lineage.query.show import newest
from tests.projector.histories import Step, histories, place
from tests.projector.projection import Projection
from tests.query.graph import Clock, FixedSeen

BEGINNING_US = -(1 << 62)


def sources_of(projection: Projection) -> Sources:
    """What questions are asked of, over a projection."""
    return Sources(projection.store, FixedSeen(), Clock(len(projection.entries)))


def news_at(projection: Projection, index: int) -> News:
    """The news of one entry, as of now."""
    event = projection.entries[index].event
    return News(index) if event is None else news_of(sources_of(projection), event)


@given(histories)
def test_news_is_the_same_live_and_later(steps: list[Step]) -> None:
    """Whoever watched every entry come, and whoever asks for all of them at the end, are told the same."""
    with Projection() as projection:
        live = []
        for entry in place(steps):
            projection.take(entry)
            live.append(news_at(projection, entry.index))
        assert [news_at(projection, index) for index in range(len(live))] == live


@given(histories)
def test_every_run_that_ends_is_told_once(steps: list[Step]) -> None:
    """Against the graph: each run whose state became an end with an event's entry."""
    with Projection(steps) as projection:
        graph = projection.store
        jobs = {version.fact.object for version in graph.export(history=True) if version.fact.relation is Relation.RUN}
        for entry in projection.entries:
            if entry.event is None or entry.event.run_id is None:
                continue

            def states(known: int) -> dict[str, str]:
                told = graph.history(sorted(map(str, jobs)), (Relation.RUN,), known=known, by_object=True)  # type: ignore[arg-type]
                return {version.fact.subject: version.fact.label for version in newest(told)}

            before, now = states(entry.index), states(entry.index + 1)
            named = {entry.event.run_id, *((entry.event.parent.run_id,) if entry.event.parent else ())}
            nodes = graph.nodes(now)  # type: ignore[arg-type]
            ended = {
                run
                for run, state in now.items()
                if state in END_TYPES and before.get(run) != state and nodes[run].version in named  # type: ignore[index]
            }
            told = {page.node.id for page in news_at(projection, entry.index).ended}
            assert told == (ended if entry.event.type in END_TYPES else set())


@given(histories)
def test_every_change_of_a_schema_that_an_event_told_is_news(steps: list[Step]) -> None:
    """Against all changes there are: those of the datasets that the event names with a schema."""
    with Projection(steps) as projection:
        sources = sources_of(projection)
        datasets = {
            version.fact.subject
            for version in projection.store.export(history=True)
            if version.fact.relation is Relation.HAS
        }
        for entry in projection.entries:
            event = entry.event
            told = set(news_at(projection, entry.index).schema_changes)
            known = entry.index + 1
            every = _changes(sources, datasets, known) - _changes(sources, datasets, entry.index)
            told = {replace(change, index=0) for change in told}
            assert told <= every
            if event is not None and not any(mention.aliases or mention.previous for mention in event.mentions):
                missed = {change.dataset.name for change in every - told}
                spoken = {mention.name.name for mention in event.mentions if mention.columns is not None}
                assert not missed & spoken


def _changes(sources: Sources, datasets: set[NodeId], known: int) -> set[SchemaChange]:
    found = changes_of(sources, datasets, since_us=BEGINNING_US, until_us=None, known=known)
    return {replace(change, index=0) for change in found}
