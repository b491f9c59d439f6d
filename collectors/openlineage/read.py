"""One ledger entry's normalised bytes as one Event: the only place where OpenLineage's JSON is read.

The one idea: a pure function of the bytes, so that a replay gives the same events. It reads what is there and repairs
nothing that is not certain; which names are one thing, and what an event means for the graph, is decided by the core.
"""

import hashlib
from dataclasses import replace
from typing import Any, Final

import orjson

from collectors.openlineage.columns import distinct
from collectors.openlineage.datasets import mentions_of
from collectors.openlineage.explicit import job_entries
from collectors.openlineage.jobs import JobReading
from collectors.openlineage.models import models_of, versions_read
from collectors.openlineage.normalise import kind_of
from collectors.openlineage.properties import job_properties, run_properties
from collectors.openlineage.shapes import as_object, as_objects, as_text, facet, raw_name
from lineage.errors import InputError
from lineage.events import Event, EventType, Mention, ParentRun, RawName, Role
from lineage.instants import parse_instant

_TYPES: Final = {kind.value: kind for kind in EventType}


def read(norm: bytes, index: int) -> Event:
    """The event of a normalised entry (what `normalise` made) at a ledger index. Raises InputError for bytes that it
    did not make."""
    try:
        event = orjson.loads(norm)
        kind = kind_of(event)
        time_us = parse_instant(event["eventTime"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"Entry {index} is no normalised event ({error}). Replay it as a dead letter.") from error
    digest = hashlib.sha256(norm).digest()
    producer = as_text(event.get("producer"))
    if kind == "DATASET":
        mentions = mentions_of([event["dataset"]], Role.SUBJECT)
        return Event(index, digest, time_us, producer, EventType.OTHER, mentions=(*mentions, *models_of(mentions)))
    name = raw_name(event.get("job"))
    if name is None:
        raise InputError(f"Entry {index} names no job. Replay it as a dead letter.")
    job_facets = as_object(event["job"].get("facets"))
    run = as_object(event.get("run"))
    run_facets = as_object(run.get("facets"))
    job = JobReading(name, job_facets, run_facets, producer)
    parent = _parent(run_facets)
    properties = job_properties(job_facets, run_facets)
    if not run:
        return Event(
            index, digest, time_us, producer, EventType.OTHER, job=name,
            container=job.container, streaming=job.streaming, job_identity=job.stable_name(event),
            job_properties=properties, mentions=_mentions(event, job),
        )  # fmt: skip
    return Event(
        index, digest, time_us, producer,
        type=_TYPES.get(as_text(event.get("eventType")).upper(), EventType.OTHER),
        job=name,
        run_id=as_text(run.get("runId")),
        parent=parent,
        technical=parent is not None and (job.technical or job.inside(parent.job)),
        container=job.container,
        streaming=job.streaming,
        deploys=job.deploys,
        linked_run=as_text(facet(run_facets, "headwater_link").get("runId")) or None,
        job_identity=job.stable_name(event),
        job_properties=properties,
        run_properties=run_properties(event, run_facets),
        mentions=_mentions(event, job),
    )  # fmt: skip


def _parent(run_facets: dict[str, Any]) -> ParentRun | None:
    told = as_object(run_facets.get("parent"))
    job = raw_name(told.get("job"))
    run_id = as_text(as_object(told.get("run")).get("runId"))
    return ParentRun(job, run_id) if job is not None and run_id.strip() else None


def _mentions(event: dict[str, Any], job: JobReading) -> tuple[Mention, ...]:
    inputs = mentions_of(as_objects(event.get("inputs")), Role.INPUT)
    if job.writes_nothing:
        return (*inputs, *models_of(inputs))
    outputs = mentions_of(as_objects(event.get("outputs")), Role.OUTPUT)
    outputs = _with_explicit(outputs, facet(as_object(event["job"].get("facets")), "lineage"))
    renamed = _metadata_inputs(inputs) | versions_read(inputs)
    if renamed:
        outputs = [_with_renamed_sources(output, renamed) for output in outputs]
    return (*inputs, *outputs, *models_of([*inputs, *outputs]))


def _with_explicit(outputs: list[Mention], lineage: dict[str, Any]) -> list[Mention]:
    """The outputs with what the job's lineage facet says of them; a dataset that only it names is an output too."""
    for name, told in job_entries(lineage):
        at = next((i for i, output in enumerate(outputs) if name in (output.name, output.model)), None)
        if at is None:
            outputs.append(Mention(name, Role.OUTPUT, claims=told.claims, sources=told.sources, real=True))
            continue
        output = outputs[at]
        sources = tuple(dict.fromkeys((*(output.sources or ()), *told.sources)))
        outputs[at] = replace(
            output, sources=sources, claims=distinct((*(output.claims or ()), *(told.claims or ()))) or None
        )
    return outputs


def _metadata_inputs(inputs: list[Mention]) -> dict[RawName, RawName]:
    """Table -> its metadata table, where a run read only the latter: then a column facet that names the table's path
    means that one."""
    renamed = {}
    plain = {mention.name for mention in inputs}
    for mention in inputs:
        path, mark, _ = mention.name.name.rpartition("@")
        table = RawName(mention.name.namespace, path)
        if mark and mention.aliases and table not in plain:
            renamed[table] = mention.name
    return renamed


def _with_renamed_sources(output: Mention, renamed: dict[RawName, RawName]) -> Mention:
    sources = output.sources and tuple(renamed.get(source, source) for source in output.sources)
    if output.claims is None or not any(claim.source in renamed for claim in output.claims):
        return replace(output, sources=sources)
    claims = (replace(claim, source=renamed.get(claim.source, claim.source)) for claim in output.claims)
    return replace(output, sources=sources, claims=distinct(claims))
