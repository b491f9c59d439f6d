"""What single runs read and wrote, as the record has it: the ground that run-true provenance stands on.

The one idea: a run names its inputs and outputs in raw names, and sometimes the version of each; all else is found by
time. Every question is asked for many datasets or runs at once, so that a layer of a walk costs a handful of reads.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lineage import ids
from lineage.facts import EvidenceKind, FactVersion, NodeKind, Relation
from lineage.ids import NodeId
from lineage.instants import parse_instant
from lineage.moment import FOREVER, Moment
from lineage.query.sources import Sources
from lineage.store.contract import StoryWindow

WINDOW_RUNS = 16  # runs of one job looked at at once: the wanted one is mostly the nearest
WINDOWS_MAX = 8  # then the job's runs do something else: a job that writes many datasets in turn
DAY_US = 86_400_000_000
READERS_MAX = 200  # runs of one job that may have read a version, looked at from its write on
COUNTS = frozenset({"COMPLETE", "RUNNING"})
"""States of runs that wrote what they say. One that is still running counts: streams never end."""


@dataclass(frozen=True, slots=True)
class ToldRun:
    """One attempt of a run. `inputs` and `outputs` are own ids of raw names; `read` their versions, where told."""

    id: NodeId
    job: NodeId
    state: str
    started_us: int
    ended_us: int | None
    inputs: tuple[NodeId, ...]
    outputs: tuple[NodeId, ...]
    read: Mapping[str, str]
    facets: Mapping[str, object]
    distrusted: bool

    @property
    def counts(self) -> bool:
        """Whether it may be believed."""
        return self.state in COUNTS and not self.distrusted

    @property
    def wrote_at_us(self) -> int:
        """When what it wrote was there."""
        return self.started_us if self.ended_us is None else self.ended_us


class Wanted(NamedTuple):
    """What of a dataset was there by an instant, for a run that read it (and is not asked about itself)."""

    dataset: NodeId
    by_us: int
    reader: NodeId | None = None


def told_run(version: FactVersion) -> ToldRun:
    """A RUN fact, read."""
    value = json.loads(version.fact.value) if version.fact.value else {}
    started, ended = value.get("startedAt"), value.get("endedAt")
    return ToldRun(
        version.fact.subject,
        NodeId(version.fact.object),
        version.fact.label,
        parse_instant(started) if started else version.valid.from_us,
        parse_instant(ended) if ended else None,
        tuple(NodeId(each) for each in value.get("inputs", ())),
        tuple(NodeId(each) for each in value.get("outputs", ())),
        value.get("read", {}),
        value.get("facets", {}),
        bool(value.get("distrusted")),
    )


class RunRecord:
    """Reads runs for one walk; what it has read it remembers. Not shared between threads."""

    def __init__(self, sources: Sources, known: int) -> None:
        self._graph = sources.graph
        self._at = Moment(None, known)
        self._runs: dict[NodeId, ToldRun] = {}
        self._own: dict[NodeId, frozenset[NodeId]] = {}
        self._jobs: dict[tuple[NodeId, Relation], tuple[NodeId, ...]] = {}

    def runs(self, wanted: Collection[NodeId]) -> dict[NodeId, ToldRun]:
        """Runs by id; unknown ones are left out."""
        missing = [run for run in wanted if run not in self._runs]
        if missing:
            told = self._graph.history(missing, (Relation.RUN,), known=self._at.known)
            self._keep(told_run(version) for version in told)
        return {run: self._runs[run] for run in wanted if run in self._runs}

    def datasets(self, own: Collection[NodeId]) -> dict[NodeId, NodeId]:
        """Own ids of raw names -> the datasets that they are."""
        return self._graph.resolve(sorted(set(own)), self._at) if own else {}

    def versions(self, wanted: Collection[tuple[NodeId, str]]) -> dict[tuple[NodeId, str], NodeId | None]:
        """(dataset, version) -> the run that wrote it, as its producer told; None: told, but not by which run."""
        keys = {ids.version_id(dataset, label): (dataset, label) for dataset, label in wanted}
        found: dict[tuple[NodeId, str], NodeId | None] = {}
        for version in self._graph.history(sorted(keys), (Relation.VERSION,), known=self._at.known) if keys else ():
            run = json.loads(version.fact.value).get("run") if version.fact.value else None
            key = keys[version.fact.subject]
            found[key] = NodeId(run) if run else found.get(key)
        return found

    def labels(self, datasets: Collection[NodeId]) -> dict[tuple[NodeId, str], str]:
        """(dataset, run) -> how the run called the version that it wrote."""
        found: dict[tuple[NodeId, str], str] = {}
        told = self._graph.history(sorted(datasets), (Relation.VERSION,), known=self._at.known, by_object=True)
        for version in told if datasets else ():
            run = json.loads(version.fact.value).get("run") if version.fact.value else None
            if run:
                found[NodeId(version.fact.object), run] = version.fact.label
        return found

    def last_writes(self, wanted: Collection[Wanted]) -> dict[Wanted, ToldRun]:
        """The run whose write was there by then, the last of them; where none was: left out."""
        self._learn([each.dataset for each in wanted], Relation.WRITES)
        best: dict[Wanted, ToldRun] = {}
        open_ = [
            (each, StoryWindow(job, 0, each.by_us + 1))
            for each in wanted
            for job in self._jobs[each.dataset, Relation.WRITES]
        ]
        for _ in range(WINDOWS_MAX):
            rest = []
            told = self._windows([window for _, window in open_], newest=True, limit=WINDOW_RUNS)
            for (each, window), runs in zip(open_, told, strict=True):
                fitting = [
                    run
                    for run in runs
                    if run.counts
                    and run.id != each.reader
                    and run.wrote_at_us <= each.by_us
                    and self._own[each.dataset].intersection(run.outputs)
                ]
                for run in fitting:
                    if each not in best or _later(run, best[each]):
                        best[each] = run
                if not fitting and len(runs) == WINDOW_RUNS:
                    rest.append((each, StoryWindow(window.parent, 0, runs[-1].started_us)))
            open_ = [each for each in rest if each[1].before_us > 0]
            if not open_:
                break
        return best

    def next_write(self, dataset: NodeId, run: NodeId | None, after_us: int) -> int:
        """When the dataset was written again after an instant, by another run; FOREVER if it was not."""
        self._learn([dataset], Relation.WRITES)
        # a write that was there later may have begun before: by as much as a run lasts, so the windows begin a day earlier
        windows = [StoryWindow(job, after_us - DAY_US, FOREVER) for job in self._jobs[dataset, Relation.WRITES]]
        later = (
            each.wrote_at_us
            for runs in self._windows(windows, newest=False, limit=READERS_MAX)
            for each in runs
            if each.counts
            and each.id != run
            and each.wrote_at_us > after_us
            and self._own[dataset].intersection(each.outputs)
        )
        return min(later, default=FOREVER)

    def readers(self, dataset: NodeId, from_us: int) -> tuple[list[ToldRun], bool]:
        """Runs that began at or after an instant and read the dataset, by their beginning; whether there may be more."""
        self._learn([dataset], Relation.READS)
        windows = [StoryWindow(job, from_us, FOREVER) for job in self._jobs[dataset, Relation.READS]]
        told = self._windows(windows, newest=False, limit=READERS_MAX)
        reading = [run for runs in told for run in runs if run.counts and self._own[dataset].intersection(run.inputs)]
        return sorted(reading, key=lambda run: (run.started_us, run.id)), any(len(r) == READERS_MAX for r in told)

    def version_read(self, run: ToldRun, dataset: NodeId) -> str | None:
        """Which version of a dataset a run read, if it said so."""
        self._learn([dataset], Relation.READS)
        return next((run.read[own] for own in sorted(self._own[dataset]) if own in run.read), None)

    def _windows(self, windows: Sequence[StoryWindow], *, newest: bool, limit: int) -> list[list[ToldRun]]:
        told = self._graph.story(Relation.RUN, windows, known=self._at.known, newest=newest, limit=limit) if windows else []
        found = [[told_run(version) for version in each] for each in told]
        self._keep(run for each in found for run in each)
        return found

    def _keep(self, runs: Iterable[ToldRun]) -> None:
        self._runs.update((run.id, run) for run in runs)

    def _learn(self, datasets: Iterable[NodeId], relation: Relation) -> None:
        """The raw names of datasets, and which jobs ever wrote or read them."""
        new = [dataset for dataset in dict.fromkeys(datasets) if (dataset, relation) not in self._jobs]
        if not new:
            return
        jobs: dict[NodeId, set[NodeId]] = defaultdict(set)
        for version in self._graph.history(new, (relation,), known=self._at.known, by_object=True):
            if version.fact.evidence is not EvidenceKind.ATTEMPTED:
                jobs[NodeId(version.fact.object)].add(version.fact.subject)
        for dataset in new:
            self._jobs[dataset, relation] = tuple(sorted(jobs[dataset]))
        unnamed = [dataset for dataset in new if dataset not in self._own]
        own: dict[NodeId, set[NodeId]] = {dataset: {dataset} for dataset in unnamed}
        for version in self._graph.facts(unnamed, (Relation.NAME,), self._at, by_object=True) if unnamed else ():
            if version.fact.label in ("", NodeKind.DATASET):
                own[NodeId(version.fact.object)].add(version.fact.subject)
        self._own.update((dataset, frozenset(names)) for dataset, names in own.items())


def _later(one: ToldRun, other: ToldRun) -> bool:
    return (one.wrote_at_us, one.id) > (other.wrote_at_us, other.id)
