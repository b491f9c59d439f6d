"""Marquez's JSON of a namespace, dataset, job, run and version, made of the pages that questions answer with.

The one idea: pure functions from values to dicts with every key that Marquez's description lists, so that a client that
reads a key always finds it. Times are ISO 8601 in UTC. Marquez's versions are UUIDs: ours are made from our ids, so
that they are stable and equal ones are equal.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lineage.facts import Node
from lineage.moment import iso
from lineage.query.answers import ColumnPage, DatasetPage, JobPage, RunPage, Tag, VersionPage

Json = dict[str, Any]
OWNER: Final = "anonymous"  # what Marquez calls the owner of a namespace that events made
_STATES: Final = {
    "START": "RUNNING", "RUNNING": "RUNNING", "OTHER": "RUNNING", "COMPLETE": "COMPLETED", "FAIL": "FAILED",
    "ABORT": "ABORTED",
}  # fmt: skip
_STREAMS: Final = frozenset({"TOPIC", "STREAM"})


@dataclass(frozen=True, slots=True)
class Span:
    """When something was first and last told of, in microseconds; `written_us`: last written by a run that counts."""

    first_us: int | None = None
    last_us: int | None = None
    written_us: int | None = None


def uuid_of(id_: str) -> str:
    """A UUID that stands for one of our ids."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, id_))


def namespace(node: Node, span: Span) -> Json:
    """Marquez's Namespace."""
    return {
        "name": node.namespace,
        "createdAt": time_of(span.first_us),
        "updatedAt": time_of(span.last_us),
        "ownerName": OWNER,
        "description": None,
        "isHidden": False,
    }


def dataset(page: DatasetPage, span: Span, facets: Mapping[str, object], newest: VersionPage | None) -> Json:
    """Marquez's Dataset; `newest` is its newest version."""
    return {
        "id": identity(page.node),
        "type": "STREAM" if page.dataset_type in _STREAMS else "DB_TABLE",
        "name": page.node.name,
        "physicalName": page.node.name,
        "createdAt": time_of(span.first_us),
        "updatedAt": time_of(span.last_us),
        "namespace": page.node.namespace,
        "sourceName": _source_name(page.node, facets),
        "fields": [field(each) for each in page.columns],
        "tags": tag_names(page.tags),
        "lastModifiedAt": time_of(span.written_us),
        "lastLifecycleState": None if page.dropped_at_us is None else "DROP",
        "description": page.description,
        "currentVersion": None if newest is None else uuid_of(newest.node.id),
        "columnLineage": None,
        "facets": dict(facets),
        "deleted": page.dropped_at_us is not None,
    }


def field(column: ColumnPage) -> Json:
    """A field of a Dataset."""
    return {
        "name": column.node.column,
        "type": column.type or None,
        "tags": tag_names(column.tags),
        "description": column.description,
    }


def version(page: DatasetPage, told: VersionPage, run: RunPage | None) -> Json:
    """Marquez's DatasetVersion."""
    shape = dataset(page, Span(told.at_us, told.at_us, told.at_us), {}, None)
    unversioned = ("updatedAt", "lastModifiedAt", "currentVersion", "deleted", "columnLineage", "lastLifecycleState")
    return {key: value for key, value in shape.items() if key not in unversioned} | {
        "id": {**identity(page.node), "version": uuid_of(told.node.id)},
        "version": uuid_of(told.node.id),
        "lifecycleState": None,
        "createdByRun": None if run is None else run_shape(run),
        "externalVersion": told.version,
    }


def job(page: JobPage, span: Span, runs: Sequence[RunPage]) -> Json:
    """Marquez's Job; `runs` are its latest, the newest first."""
    told = {label: _json(value) for label, value in page.properties}
    return {
        "id": identity(page.node),
        "type": _job_type(told.get("jobType")),
        "name": page.node.name,
        "simpleName": page.node.name,
        "parentJobName": None,
        "createdAt": time_of(span.first_us),
        "updatedAt": time_of(span.last_us),
        "namespace": page.node.namespace,
        "inputs": [identity(node) for node in page.reads],
        "outputs": [identity(node) for node in page.writes],
        "location": _text(told.get("sourceCodeVersion"), "url"),
        "context": {},
        "description": page.description,
        "latestRun": run_shape(runs[0]) if runs else None,
        "latestRuns": [run_shape(each) for each in runs],
        "currentVersion": None,
        "tags": tag_names(page.tags),
        "facets": told,
    }


def run_shape(page: RunPage) -> Json:
    """Marquez's Run."""
    told = {label: _json(value) for label, value in page.properties}
    nominal = told.get("nominalTime")
    return {
        "id": page.run_id,
        "createdAt": page.started_at or page.ended_at,
        "updatedAt": page.ended_at or page.started_at,
        "nominalStartTime": _text(nominal, "nominalStartTime"),
        "nominalEndTime": _text(nominal, "nominalEndTime"),
        "state": _STATES.get(page.state, "NEW"),
        "startedAt": page.started_at,
        "endedAt": page.ended_at,
        "durationMs": _duration_ms(page.started_at, page.ended_at),
        "args": {},
        "jobVersion": {**identity(page.job), "version": None},
        "inputVersions": [{**identity(node), "version": None} for node in page.inputs],
        "outputVersions": [{**identity(node), "version": None} for node in page.outputs],
        "facets": told,
    }


def identity(node: Node) -> Json:
    """A DatasetId or JobId."""
    return {"namespace": node.namespace, "name": node.name}


def tag_names(tags: Iterable[Tag]) -> list[str]:
    """Marquez's tags are plain names."""
    return sorted({tag.key if tag.value in (None, "", "true") else f"{tag.key}:{tag.value}" for tag in tags})


def facets_of(told: Iterable[tuple[str, str]]) -> Json:
    """Properties by label; the first of several."""
    found: Json = {}
    for label, value in told:
        found.setdefault(label, _json(value))
    return found


def _source_name(node: Node, facets: Mapping[str, object]) -> str:
    return _text(facets.get("dataSource"), "name") or node.namespace


def _job_type(told: object) -> str:
    if isinstance(told, dict) and str(told.get("processingType", "")).upper() == "STREAMING":
        return "STREAM"
    return "BATCH"


def _text(told: object, key: str) -> str | None:
    found = told.get(key) if isinstance(told, dict) else None
    return found if isinstance(found, str) else None


def _json(text: str) -> object:
    return json.loads(text) if text else None


def time_of(time_us: int | None) -> str | None:
    """ISO 8601, UTC."""
    return None if time_us is None else iso(time_us)


def _duration_ms(started: str | None, ended: str | None) -> int | None:
    if not started or not ended:
        return None
    spent = _instant(ended) - _instant(started)
    return max(0, spent // timedelta(milliseconds=1))


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
