"""Run-true lineage: which run read which version of what, as it was when it ran, not as it is today.

The one idea: nodes are single versions of datasets, and what joins them are single runs. Which version a run read is
what its producer told; where it told none, it is the last write that was there when the run began, and said to be so.
So a model's version leads to exactly the data that it was trained on, however often its sources were written since.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from lineage.errors import InputError, LimitExceeded, NotFound
from lineage.facts import Direction, Node, NodeKind, Relation
from lineage.ids import NodeId, parent_of
from lineage.moment import FOREVER, Moment
from lineage.query import show
from lineage.query.answering import read_properties
from lineage.query.answers import Completeness, CompletenessReason, ReasonCode, RunPage
from lineage.query.completeness import REASON_NODES_MAX, completeness, plural
from lineage.query.moments import Pinned
from lineage.query.resolve import shown
from lineage.query.run_record import RunRecord, ToldRun, Wanted
from lineage.query.sources import Sources

VERSIONS_MAX = 2_000  # each is a run read in full: some megabytes
VERSIONS_DEFAULT = 500


class ReadHow(StrEnum):
    """How it is known which version a run read."""

    REPORTED = "REPORTED"
    """The run's producer told the version."""
    LAST_WRITE = "LAST_WRITE"
    """No version was told: it is the last write that was there when the run began."""
    NEVER_WRITTEN = "NEVER_WRITTEN"
    """No run that we know of had written it by then: it is a source, or its writers tell nothing."""


@dataclass(frozen=True, slots=True)
class DataVersion:
    """A dataset as one run wrote it. `version`: as its producer calls it; `run`: who wrote it; `at_us`: when it was
    there. All None: as it was before anything that we know of. `distance`: hops of runs from the root."""

    key: str
    dataset: Node
    version: str | None
    run: NodeId | None
    at_us: int | None
    distance: int


@dataclass(frozen=True, slots=True)
class RunRead:
    """One run read one version (its `key`)."""

    run: NodeId
    version: str
    how: ReadHow


@dataclass(frozen=True, slots=True)
class RunWrite:
    """One run wrote one version (its `key`)."""

    run: NodeId
    version: str


@dataclass(frozen=True, slots=True)
class RunLineage:
    """`root`: the key of the version asked about; None when a run was."""

    root: str | None
    versions: tuple[DataVersion, ...]
    runs: tuple[RunPage, ...]
    reads: tuple[RunRead, ...]
    writes: tuple[RunWrite, ...]
    completeness: Completeness


def run_lineage(
    sources: Sources, root: Node, direction: Direction, pinned: Pinned, *, depth: int | None, limit: int
) -> RunLineage:
    """From a dataset (its last write at the moment), a version of one, or a run. Errors: InputError for what no run
    writes, LimitExceeded, NotFound when nothing is known to have written it."""
    if not 1 <= limit <= VERSIONS_MAX:
        raise LimitExceeded(
            f"A run-true answer has 1 to {VERSIONS_MAX} versions. Ask for fewer.", limit=VERSIONS_MAX, asked=limit
        )
    walk = _Walk(sources, pinned, depth, limit)
    begun, key = walk.begin(root)
    if direction is not Direction.DOWNSTREAM:
        walk.up(begun)
    if direction is not Direction.UPSTREAM:
        walk.down(begun)
    return walk.answer(key)


def as_made(sources: Sources, version: Node, pinned: Pinned) -> Pinned:
    """The moment when a model's version was made: what its sources came from then is what it was trained on, whatever
    has been made of them since. The moment asked about, when no run is known to have made it."""
    known = pinned.moment.known
    for run in RunRecord(sources, known).last_writes([Wanted(version.id, FOREVER - 1)]).values():
        return replace(pinned, moment=Moment(run.wrote_at_us, known), valid_at_us=run.wrote_at_us)
    return pinned


@dataclass(slots=True)
class _Front:
    """Where a walk stands: runs whose reads, or versions whose readers, come next."""

    runs: dict[NodeId, ToldRun] = field(default_factory=dict)
    versions: dict[str, DataVersion] = field(default_factory=dict)


class _Walk:
    """One walk over runs and versions, a layer at a time."""

    def __init__(self, sources: Sources, pinned: Pinned, depth: int | None, limit: int) -> None:
        self._sources, self._pinned = sources, pinned
        self._record = RunRecord(sources, pinned.moment.known)
        self._depth = FOREVER if depth is None else depth
        self._limit = limit
        self._versions: dict[str, DataVersion] = {}
        self._runs: dict[NodeId, ToldRun] = {}
        self._reads: dict[tuple[NodeId, str], ReadHow] = {}
        self._writes: set[tuple[NodeId, str]] = set()
        self._nodes: dict[NodeId, Node] = {}
        self._beyond: set[NodeId] = set()
        self._cut = False
        self._hops = 0

    # ---- where it begins -------------------------------------------------------------------------------------------

    def begin(self, root: Node) -> tuple[_Front, str | None]:
        match root.kind:
            case NodeKind.RUN:
                runs = self._record.runs([root.id])
                self._runs.update(runs)
                return _Front(runs=runs, versions=self._written_by(list(runs.values()), 0)), None
            case NodeKind.DATASET:
                return self._begin_at(root, self._last_write(root), None)
            case NodeKind.DATASET_VERSION if root.version is not None:
                dataset = parent_of(root.id)
                assert dataset is not None, "a version is a version of something"
                told = self._record.versions([(dataset, root.version)]).get((dataset, root.version))
                run = self._record.runs([told]).get(told) if told else None
                return self._begin_at(self._named([dataset])[dataset], run, root.version)
            case _:
                raise InputError(
                    f"{shown(root)} is a {root.kind.lower()}: runs read and write datasets. Name a dataset, a version or "
                    "a run.",
                    place="of",
                )

    def _last_write(self, root: Node) -> ToldRun:
        valid_us = self._pinned.moment.valid_us
        key = Wanted(root.id, FOREVER - 1 if valid_us is None else valid_us)
        found = self._record.last_writes([key])
        if key not in found:
            raise NotFound(
                f"No run that is known wrote {shown(root)} by then. Ask for its lineage, or at a later moment."
            )
        return found[key]

    def _begin_at(self, dataset: Node, run: ToldRun | None, label: str | None) -> tuple[_Front, str]:
        self._nodes[dataset.id] = dataset
        version = self._version(dataset.id, run, label, 0)
        assert version is not None, "the first one always fits"
        if run is None:
            return _Front(versions={version.key: version}), version.key
        self._runs[run.id] = run
        self._writes.add((run.id, version.key))
        return _Front(runs={run.id: run}, versions={version.key: version}), version.key

    # ---- upstream --------------------------------------------------------------------------------------------------

    def up(self, front: _Front) -> None:
        """What the runs read, and what the runs that wrote that read."""
        runs, distance = dict(front.runs), 0
        while runs:
            if distance >= self._depth:
                self._beyond |= {own for run in runs.values() for own in run.inputs}
                return
            distance += 1
            runs = self._read_by(list(runs.values()), distance)

    def _read_by(self, runs: list[ToldRun], distance: int) -> dict[NodeId, ToldRun]:
        """Notes what these runs read; the runs that wrote it and are new."""
        datasets = self._record.datasets([own for run in runs for own in run.inputs])
        reading = sorted({(run.id, datasets[own]) for run in runs for own in run.inputs if own in datasets})
        by_id = {run.id: run for run in runs}
        labels = {(run, dataset): self._record.version_read(by_id[run], dataset) for run, dataset in reading}
        made_once = self._model_versions(datasets.values())
        told = self._record.versions(
            {
                (dataset, label)
                for (_, dataset), label in labels.items()
                if label is not None and dataset not in made_once
            }
        )
        writers = self._record.runs([run for run in told.values() if run is not None])
        untold = {
            (run, dataset): Wanted(dataset, by_id[run].started_us, run)
            for (run, dataset), label in labels.items()
            if label is None or dataset in made_once
        }
        last = self._record.last_writes(untold.values())
        self._named([dataset for _, dataset in reading])
        found: dict[NodeId, ToldRun] = {}
        for (run, dataset), label in labels.items():
            if (run, dataset) in untold:
                writer = last.get(untold[run, dataset])
                how = ReadHow.NEVER_WRITTEN if writer is None else ReadHow.LAST_WRITE
            else:
                by = told.get((dataset, label or ""))
                writer = writers.get(by) if by else None
            if label is not None:
                how = ReadHow.REPORTED
            version = self._version(dataset, writer, label, distance)
            if version is None:
                continue
            self._reads.setdefault((run, version.key), how)
            if writer is not None:
                self._writes.add((writer.id, version.key))
                if writer.id not in self._runs:
                    self._runs[writer.id] = found[writer.id] = writer
        return found

    # ---- downstream ------------------------------------------------------------------------------------------------

    def down(self, front: _Front) -> None:
        """Which runs read the versions, and what those wrote."""
        versions, distance = dict(front.versions), 0
        while versions:
            reading: dict[NodeId, ToldRun] = {}
            for version in versions.values():
                for run, how in self._readers(version):
                    if distance >= self._depth:
                        self._beyond.add(version.dataset.id)
                        break
                    self._reads.setdefault((run.id, version.key), how)
                    reading[run.id] = self._runs[run.id] = run
            distance += 1
            versions = self._written_by(list(reading.values()), distance)

    def _readers(self, version: DataVersion) -> Iterable[tuple[ToldRun, ReadHow]]:
        if version.at_us is None:
            return
        until_us = self._record.next_write(version.dataset.id, version.run, version.at_us)
        runs, more = self._record.readers(version.dataset.id, version.at_us)
        self._cut |= more
        made_once = bool(self._model_versions([version.dataset.id]))
        for run in runs:
            label = self._record.version_read(run, version.dataset.id)
            if label is not None and made_once:
                if run.started_us < until_us:
                    yield run, ReadHow.REPORTED
            elif label is not None:
                told = self._record.versions([(version.dataset.id, label)]).get((version.dataset.id, label))
                if label == version.version or (told is not None and told == version.run):
                    yield run, ReadHow.REPORTED
            elif run.started_us < until_us and run.id != version.run:
                yield run, ReadHow.LAST_WRITE

    def _written_by(self, runs: list[ToldRun], distance: int) -> dict[str, DataVersion]:
        """Notes what these runs wrote; the versions that are new."""
        datasets = self._record.datasets([own for run in runs for own in run.outputs])
        self._named(datasets.values())
        found: dict[str, DataVersion] = {}
        for run in runs:
            for dataset in sorted({datasets[own] for own in run.outputs if own in datasets}) if run.counts else ():
                known = set(self._versions)
                version = self._version(dataset, run, None, distance)
                if version is None:
                    continue
                self._writes.add((run.id, version.key))
                if version.key not in known:
                    found[version.key] = version
        return found

    # ---- what it keeps ---------------------------------------------------------------------------------------------

    def _version(self, dataset: NodeId, run: ToldRun | None, label: str | None, distance: int) -> DataVersion | None:
        """The version, made when it is new; None when no more fit or the dataset may not be named."""
        node = self._nodes.get(dataset)
        if node is None:
            return None
        key = f"{dataset}@{run.id if run is not None else label or ''}"
        held = self._versions.get(key)
        if held is None:
            if len(self._versions) >= self._limit:
                self._cut = True
                return None
            at_us = None if run is None else run.wrote_at_us
            held = DataVersion(key, node, label, None if run is None else run.id, at_us, distance)
        elif held.version is None and label is not None:
            held = replace(held, version=label)
        self._versions[key] = held
        self._hops = max(self._hops, distance)
        return held

    def _model_versions(self, datasets: Iterable[NodeId]) -> frozenset[NodeId]:
        """Which of these are versions of models: whoever names one read just it, and its label is told of the model."""
        nodes = self._named(datasets)
        wanted = {dataset for dataset in datasets if dataset in nodes}
        at = Moment(None, self._pinned.moment.known)
        properties = read_properties(self._sources, wanted, at) if wanted else None
        return frozenset(d for d in wanted if properties is not None and properties.model_version(nodes[d]) is not None)

    def _named(self, datasets: Iterable[NodeId]) -> dict[NodeId, Node]:
        wanted = {dataset for dataset in datasets if dataset not in self._nodes}
        self._nodes.update(self._sources.graph.nodes(wanted) if wanted else {})
        return self._nodes

    # ---- the answer ------------------------------------------------------------------------------------------------

    def answer(self, root: str | None) -> RunLineage:
        at = Moment(None, self._pinned.moment.known)
        told = self._sources.graph.history(sorted(self._runs), (Relation.RUN,), known=at.known)
        pages = {page.node.id: page for page in show.runs(self._sources, told, at)}
        versions = sorted(
            self._labelled(), key=lambda v: (v.distance, v.dataset.namespace, v.dataset.name, v.at_us or 0, v.key)
        )
        return RunLineage(
            root,
            tuple(versions),
            tuple(sorted(pages.values(), key=lambda page: (page.started_at or "", page.node.id))),
            tuple(RunRead(run, key, how) for (run, key), how in sorted(self._reads.items()) if run in pages),
            tuple(RunWrite(run, key) for run, key in sorted(self._writes) if run in pages),
            completeness(self._pinned, self._reasons(), hops=self._hops, nodes_explored=len(self._versions)),
        )

    def _labelled(self) -> Iterable[DataVersion]:
        """Versions with the names that their writers gave them, where no reader had told one."""
        unnamed = [version for version in self._versions.values() if version.version is None]
        labels = self._record.labels({version.dataset.id for version in unnamed if version.run is not None})
        properties = read_properties(
            self._sources, {version.dataset.id for version in unnamed}, Moment(None, self._pinned.moment.known)
        )
        for version in self._versions.values():
            label = version.version or labels.get((version.dataset.id, version.run or ""))
            yield replace(version, version=label or properties.model_version(version.dataset))

    def _reasons(self) -> list[CompletenessReason]:
        reasons = []
        if self._beyond:
            reasons.append(
                CompletenessReason(
                    ReasonCode.DEPTH,
                    f"{plural(len(self._beyond), 'dataset')} or more lie beyond the depth asked for. Ask deeper for more.",
                    len(self._beyond),
                    tuple(sorted(self._beyond))[:REASON_NODES_MAX],
                )
            )
        if self._cut:
            reasons.append(
                CompletenessReason(
                    ReasonCode.NODES,
                    f"More than {self._limit} versions. Ask with a higher limit, or from nearer by.",
                    1,
                )
            )
        assumed = {self._versions[key].dataset.id for (_, key), how in self._reads.items() if how is ReadHow.LAST_WRITE}
        if assumed:
            reasons.append(
                CompletenessReason(
                    ReasonCode.UNVERSIONED,
                    f"Of {plural(len(assumed), 'dataset')} no version was told: taken as last written before the run began.",
                    len(assumed),
                    tuple(sorted(assumed))[:REASON_NODES_MAX],
                )
            )
        if self._sources.scope is not None:
            datasets = {version.dataset.id for version in self._versions.values()}
            reasons.append(self._sources.scope(datasets, self._pinned.moment))
        return reasons
