"""What one ledger entry changed that people wait for: schemas, and runs that ended.

The one idea: news is read at the size that the ledger had with the entry, against the size before it, and only of what
the entry's event names. So the news of an entry is the same whenever it is read, by whoever watched it come and by
whoever asks for it a month later; what a statement re-tells (an alias, a fold) is no news.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lineage import ids
from lineage.events import END_TYPES, Event, RawName
from lineage.facts import FactVersion, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.query.answers import RunPage, SchemaChange
from lineage.query.drift import changes_of
from lineage.query.show import newest, runs
from lineage.query.sources import Sources

ATTEMPTS_AT_ONCE = 32  # of one run id; producers that reuse one for each day are looked through to their last
_BEGINNING_US = -(1 << 62)


@dataclass(frozen=True, slots=True)
class News:
    """What came with one entry. `index` is its place in the ledger."""

    index: int
    schema_changes: tuple[SchemaChange, ...] = ()
    ended: tuple[RunPage, ...] = ()


def news_of(sources: Sources, event: Event) -> News:
    """The news of an event that the graph holds."""
    return News(event.index, _schema_changes(sources, event), _ended(sources, event))


def _schema_changes(sources: Sources, event: Event) -> tuple[SchemaChange, ...]:
    names: set[RawName] = set()
    for mention in event.mentions:
        if mention.columns is not None or mention.lifecycle is not None:
            names |= {mention.name, *mention.aliases, *((mention.previous,) if mention.previous else ())}
    if not names:
        return ()
    known = event.index + 1
    own = [ids.dataset_id(name.namespace, name.name) for name in sorted(names)]
    datasets = set(sources.graph.resolve(own, Moment(None, known)).values())

    def told(size: int) -> dict[SchemaChange, SchemaChange]:
        """By what changed: which entry proves a change becomes another one when its columns change again."""
        found = changes_of(sources, datasets, since_us=_BEGINNING_US, until_us=None, known=size)
        return {replace(change, index=0): change for change in found}

    before = told(event.index)
    return tuple(change for what, change in told(known).items() if what not in before)


def _ended(sources: Sources, event: Event) -> tuple[RunPage, ...]:
    if event.type not in END_TYPES or event.job is None or event.run_id is None:
        return ()
    known = event.index + 1
    named = [(event.job, event.run_id)] + ([(event.parent.job, event.parent.run_id)] if event.parent else [])
    # A run keeps the id that it has under its job's own name, whatever the job is called by now.
    runs_of = sorted({(ids.job_id(job.namespace, job.name), run) for job, run in named})
    before = {version.fact.subject: version.fact.label for version in _attempts(sources, runs_of, event.index)}
    over = [
        version
        for version in _attempts(sources, runs_of, known)
        if version.known_from == known
        and version.fact.label in END_TYPES
        and before.get(version.fact.subject) != version.fact.label
    ]
    return tuple(runs(sources, over, Moment(None, known)))


def _attempts(sources: Sources, runs_of: Iterable[tuple[NodeId, str]], known: int) -> list[FactVersion]:
    """What is told of each attempt of these runs (job, run id)."""
    found: list[FactVersion] = []
    for job, run in runs_of:
        first = 1
        while True:
            own = [ids.run_id(job, run, attempt) for attempt in range(first, first + ATTEMPTS_AT_ONCE)]
            told = newest(sources.graph.history(own, (Relation.RUN,), known=known))
            found += told
            if own[-1] not in {version.fact.subject for version in told}:
                break
            first += ATTEMPTS_AT_ONCE
    return found
