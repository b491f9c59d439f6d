"""Two versions of a model (or of any dataset) side by side: what differs in data, code, features, parameters, metrics.

The one idea: each is taken as it was when it was made. Data and code are those of the runs behind it (run-true lineage),
parameters and metrics those of the run that made it. What one side does not tell is unknown, never equal.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lineage.errors import NotFound
from lineage.facts import Direction, FactVersion, Flow, Node, Relation
from lineage.ids import NodeId
from lineage.instants import parse_instant
from lineage.moment import Moment, iso
from lineage.query import show
from lineage.query.answers import Completeness, RunPage
from lineage.query.completeness import merged
from lineage.query.moments import Pinned
from lineage.query.resolve import shown
from lineage.query.run_lineage import VERSIONS_MAX, DataVersion, ReadHow, RunLineage, run_lineage
from lineage.query.sources import Sources

CODE_LABELS = ("sourceCodeVersion", "sourceCode", "sql")
"""Properties of a job that tell its code, the most telling first."""


class Topic(StrEnum):
    """What a difference is about."""

    DATA = "DATA"
    CODE = "CODE"
    FEATURES = "FEATURES"
    PARAMETERS = "PARAMETERS"
    METRICS = "METRICS"


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """`what` differs: None on one side: it is not there. `node`: the dataset, column or job that it is about."""

    topic: Topic
    what: str
    first: str | None
    second: str | None
    node: NodeId | None = None


@dataclass(frozen=True, slots=True)
class NotCompared:
    """What could not be compared, because the named sides tell nothing of it."""

    topic: Topic
    what: str
    sides: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """`same`: how many things are equal on both sides, by topic."""

    first: Node
    second: Node
    first_run: RunPage | None
    second_run: RunPage | None
    differences: tuple[VersionDifference, ...]
    unknown: tuple[NotCompared, ...]
    same: tuple[tuple[Topic, int], ...]
    completeness: Completeness


@dataclass(frozen=True, slots=True)
class _Side:
    """One version with everything that it is compared by: by topic, what -> (value, node)."""

    node: Node
    run: RunPage | None
    told: Mapping[Topic, Mapping[str, tuple[str, NodeId | None]]]
    silent: frozenset[tuple[Topic, str]]
    completeness: Completeness | None


def compare_versions(sources: Sources, first: Node, second: Node, pinned: Pinned) -> VersionComparison:
    """What differs. Errors: InputError for what runs do not write."""
    sides = [_side(sources, node, pinned) for node in (first, second)]
    one, other = sides
    differences: list[VersionDifference] = []
    unknown: list[NotCompared] = []
    same: dict[Topic, int] = defaultdict(int)
    for topic in Topic:
        mine, theirs = one.told[topic], other.told[topic]
        for side in sides:
            if not side.told[topic]:
                unknown.append(NotCompared(topic, f"all {topic.value.lower()}", (side.node,)))
        for what in sorted(mine.keys() | theirs.keys()) if mine and theirs else ():
            silent = tuple(side.node for side in sides if (topic, what) in side.silent)
            if silent:
                unknown.append(NotCompared(topic, what, silent))
            elif mine.get(what, ("", None))[0] == theirs.get(what, ("", None))[0] and what in mine and what in theirs:
                same[topic] += 1
            else:
                differences.append(
                    VersionDifference(
                        topic,
                        what,
                        mine[what][0] if what in mine else None,
                        theirs[what][0] if what in theirs else None,
                        (mine.get(what) or theirs[what])[1],
                    )
                )
    parts = [side.completeness for side in sides if side.completeness is not None]
    return VersionComparison(
        one.node, other.node, one.run, other.run, tuple(differences), tuple(unknown), tuple(sorted(same.items())),
        merged(pinned, parts),
    )  # fmt: skip


def _side(sources: Sources, node: Node, pinned: Pinned) -> _Side:
    known = Moment(None, pinned.moment.known)
    try:
        record = run_lineage(sources, node, Direction.UPSTREAM, pinned, depth=None, limit=VERSIONS_MAX)
    except NotFound:  # nobody is known to have made it: the rest can be compared all the same
        record = None
    silent: set[tuple[Topic, str]] = set()
    told: dict[Topic, dict[str, tuple[str, NodeId | None]]] = {topic: {} for topic in Topic}
    made_by: RunPage | None = None
    if record is not None:
        made_by = next(
            (r for r in record.runs for w in record.writes if w.run == r.node.id and w.version == record.root), None
        )
        told[Topic.DATA] = dict(_data(record))
        for what, value, job in _code(sources, record, known):
            told[Topic.CODE][what] = (value or "", job)
            if value is None:
                silent.add((Topic.CODE, what))
    told[Topic.FEATURES] = dict(_features(sources, node, known))
    facets = {} if made_by is None else {label: json.loads(value) for label, value in made_by.properties}
    told[Topic.PARAMETERS] = {key: (value, None) for key, value in parameters_of(facets)}
    told[Topic.METRICS] = {key: (value, None) for key, value in metrics_of(facets)}
    return _Side(node, made_by, told, frozenset(silent), None if record is None else record.completeness)


def _data(record: RunLineage) -> Iterator[tuple[str, tuple[str, NodeId | None]]]:
    """Each dataset behind it, at the versions that were read."""
    how = {read.version: read.how for read in record.reads}
    by_dataset: dict[NodeId, list[DataVersion]] = defaultdict(list)
    for version in record.versions:
        if version.key != record.root:
            by_dataset[version.dataset.id].append(version)
    for id_, versions in by_dataset.items():
        values = sorted(_written(version, how.get(version.key)) for version in versions)
        yield f"{versions[0].dataset.namespace} {versions[0].dataset.name}", (", ".join(values), id_)


def _written(version: DataVersion, how: ReadHow | None) -> str:
    if version.version is not None:
        return f"version {version.version}"
    if version.at_us is not None:
        return f"as written {iso(version.at_us)}"
    return "as it was before any known write" if how is ReadHow.NEVER_WRITTEN else "some version"


def _code(sources: Sources, record: RunLineage, known: Moment) -> Iterator[tuple[str, str | None, NodeId]]:
    """(job, its code when it last ran here, its id); None: not told."""
    jobs = {run.job.id: run for run in record.runs}  # runs come by their beginning: the last one of each job
    by_job = properties_ever(sources, jobs, known)
    for id_, run in jobs.items():
        at_us = instant_of(run)
        code = next(filter(None, (_told_code(by_job[id_], label, at_us) for label in CODE_LABELS)), None)
        yield f"{run.job.namespace} {run.job.name}", code, id_


def properties_ever(sources: Sources, jobs: Iterable[NodeId], known: Moment) -> dict[NodeId, list[FactVersion]]:
    """What was told of jobs, at all times: a job that was deployed anew has another code than the run that is asked about."""
    wanted = sorted(set(jobs))
    by_job: dict[NodeId, list[FactVersion]] = defaultdict(list)
    for version in sources.graph.history(wanted, (Relation.PROPERTY,), known=known.known) if wanted else ():
        by_job[version.fact.subject].append(version)
    return by_job


def in_force(told: Iterable[FactVersion], label: str, at_us: int) -> str | None:
    """What a property said at an instant, as canonical JSON: of several, the one that began last."""
    held = [v for v in told if v.fact.label == label and v.valid.from_us <= at_us < v.valid.to_us and v.fact.value]
    newest = max(held, key=lambda v: (v.valid.from_us, v.fact.unit, v.fact.value), default=None)
    return None if newest is None else newest.fact.value


def _told_code(told: Iterable[FactVersion], label: str, at_us: int) -> str | None:
    held = in_force(told, label, at_us)
    if held is None:
        return None
    value = json.loads(held)
    if label == "sourceCodeVersion" and isinstance(value, dict):
        parts = [str(value[key]) for key in ("repoUrl", "url", "path", "version", "tag", "branch") if value.get(key)]
        return " ".join(dict.fromkeys(parts)) or None
    return held


def instant_of(run: RunPage) -> int:
    """When what a run did was done, in microseconds."""
    text = run.ended_at or run.started_at
    return parse_instant(text) if text else 0


def _features(sources: Sources, node: Node, known: Moment) -> Iterator[tuple[str, tuple[str, NodeId | None]]]:
    """Each column with its type and what it comes from directly."""
    columns = show.dataset_page(sources, node, known).columns
    origins: dict[NodeId, list[str]] = defaultdict(list)
    ids = [column.node.id for column in columns]
    told = sources.graph.facts(ids, (Relation.DERIVES,), known, by_object=True) if ids else []
    names = sources.graph.nodes({version.fact.subject for version in told})
    for version in told:
        source = names.get(version.fact.subject)
        if source is not None and version.fact.flow is Flow.VALUE:
            label = f" ({version.fact.label.lower()})" if version.fact.label else ""
            origins[NodeId(version.fact.object)].append(f"{source.namespace} {shown(source)}{label}")
    for column in columns:
        came_from = ", ".join(sorted(set(origins[column.node.id]))) or "an origin that nobody told"
        yield column.node.column or "", (f"{column.type or 'untyped'} from {came_from}", column.node.id)


def parameters_of(facets: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(name, value) of what a run was given."""
    yield from _pairs(facets.get("executionParameters"), "parameters")


def metrics_of(facets: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(name, value) of what a training run measured."""
    yield from _pairs(facets.get("training"), "metrics")


def _pairs(held: object, plural: str) -> Iterator[tuple[str, str]]:
    listed = held.get(plural) if isinstance(held, dict) else held
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and isinstance(each.get("key") or each.get("name"), str):
            value = each.get("value")
            yield str(each.get("key") or each.get("name")), value if isinstance(value, str) else json.dumps(value)
