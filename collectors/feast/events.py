"""Definitions as events: each source, view and service is made by a job of its own, in a run at the time it was applied.

The one idea: one job for each dataset, so that nothing is paired with what it does not read. Everything in an event
follows from the registry, so collecting it again changes nothing; an older definition is an older run of the same job.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)
from openlineage.client.facet_v2 import JobFacet, RunFacet, nominal_time_run
from openlineage.client.generated import column_lineage_dataset as lineage
from openlineage.client.generated import (
    dataset_type_dataset,
    documentation_dataset,
    job_type_job,
    lifecycle_state_change_dataset,
    ownership_dataset,
    schema_dataset,
    tags_dataset,
)
from openlineage.client.generated.base import DatasetFacet

from collectors.feast.definitions import Entity, Field, Service, Source, View
from collectors.feast.lineage import Made
from collectors.feast.places import Place
from collectors.locations import Name
from collectors.ml_facets import FEATURE, FeatureDatasetFacet
from collectors.producer import signed
from collectors.statements.facets import lineage_facets, outputs_of
from lineage.moment import iso

PRODUCER = "urn:headwater:collect:feast"
_RUNS = uuid.UUID("c7e5a0de-6a53-5f4e-8b27-6a1b52a0a8d4")
"""The name space of run ids, made once by chance."""
_VIEW_TEXT = "CREATE VIEW headwater_this_source AS\n"
Facets = dict[str, DatasetFacet]


@dataclass(frozen=True, slots=True)
class Defined:
    """One dataset of the feature store, and the run that defines it."""

    name: str
    job: str
    kind: str
    at_us: int
    inputs: tuple[Name, ...]
    facets: Facets


def view_told(view: View, made: Made, project: str) -> Defined:
    facets = _common(view.description, view.owner, view.tags)
    facets["datasetType"] = dataset_type_dataset.DatasetTypeDatasetFacet("FEATURE_VIEW", view.kind.value)
    facets["schema"] = schema_facet((*view.keys, *view.features))
    newest = max(view.materialized, key=lambda span: span[1], default=None)
    facets[FEATURE] = FeatureDatasetFacet(
        kind=view.kind.value, project=project, createdAt=_iso(view.created_us), updatedAt=_iso(view.updated_us),
        ttlS=view.ttl_s or None, online=view.online or None, entities=list(view.entities) or None,
        joinKeys=[key.name for key in view.keys] or None,
        materializedFrom=_iso(min(span[0] for span in view.materialized)) if view.materialized else None,
        materializedTo=_iso(newest[1]) if newest else None,
        transformation=hashlib.sha256(view.code.encode()).hexdigest() if view.code else None,
        unresolved=made.unresolved or None,
    )  # fmt: skip
    told = Defined(
        view.name, f"feature_view.{view.name}", "FEATURE_VIEW", view.updated_us, _names(made, project), facets
    )
    return _with_columns(told, made, project)


def service_told(service: Service, made: Made, columns: Sequence[Field], project: str) -> Defined:
    facets = _common(service.description, service.owner, service.tags)
    facets["datasetType"] = dataset_type_dataset.DatasetTypeDatasetFacet("FEATURE_SERVICE")
    facets["schema"] = schema_facet(columns)
    facets[FEATURE] = FeatureDatasetFacet(kind="FEATURE_SERVICE", project=project, updatedAt=_iso(service.updated_us))
    name = f"feature_service.{service.name}"
    return _with_columns(
        Defined(service.name, name, "FEATURE_SERVICE", service.updated_us, _names(made, project), facets), made, project
    )


def source_told(source: Source, made: Made, place: Place, columns: Sequence[str], project: str) -> Defined:
    """`columns`: those that views read."""
    facets = _common(source.description, source.owner, source.tags)
    facets["datasetType"] = dataset_type_dataset.DatasetTypeDatasetFacet("DATA_SOURCE", source.kind)
    known = source.fields or tuple(Field(column, "") for column in columns)
    if known:
        facets["schema"] = schema_facet(known)
    facets[FEATURE] = FeatureDatasetFacet(
        kind="DATA_SOURCE", project=project, updatedAt=_iso(source.updated_us), sourceType=source.kind,
        timestampField=source.timestamp or None,
    )  # fmt: skip
    told = Defined(
        source.name, f"data_source.{source.name}", "DATA_SOURCE", source.updated_us, _names(made, project), facets
    )
    if place.dataset is not None:
        copied = {column: [(place.dataset, column, "IDENTITY")] for column in columns}
        facets |= _column_facet(copied, ()) if copied else {}
        return Defined(told.name, told.job, told.kind, told.at_us, (place.dataset,), facets)
    if place.frame is not None and place.query:
        reading = place.frame.read(_VIEW_TEXT + place.query.strip().rstrip(";"))
        outputs = outputs_of(reading.answer)
        if len(outputs) == 1:
            facets |= lineage_facets(outputs[0], reading.spelling)
        return Defined(
            told.name, told.job, told.kind, told.at_us, tuple((d.namespace, d.name) for d in reading.inputs), facets
        )
    return _with_columns(told, made, project)


def entity_event(entity: Entity, project: str, at_us: int) -> DatasetEvent:
    facets = _common(entity.description, entity.owner, entity.tags)
    facets["datasetType"] = dataset_type_dataset.DatasetTypeDatasetFacet("ENTITY")
    facets["schema"] = schema_facet([Field(entity.key, entity.type)])
    facets[FEATURE] = FeatureDatasetFacet(kind="ENTITY", project=project, joinKeys=[entity.key])
    return signed(
        DatasetEvent(eventTime=iso(at_us), producer=PRODUCER, dataset=StaticDataset(project, entity.name, facets=facets))
    )  # fmt: skip


def run_event(told: Defined, project: str) -> RunEvent:
    """The run that applied a definition."""
    identity = "\0".join((project, told.job, str(told.at_us), repr(sorted(told.facets.items(), key=lambda f: f[0]))))
    job = Job(project, told.job, _job_facets(told.kind))
    event = RunEvent(
        eventTime=iso(told.at_us), producer=PRODUCER, eventType=RunState.COMPLETE, run=Run(str(uuid.uuid5(_RUNS, identity))),
        job=job, inputs=[InputDataset(*name) for name in told.inputs],
        outputs=[OutputDataset(project, told.name, facets=dict(told.facets))],
    )  # fmt: skip
    return signed(event)


def materialized_event(view: View, span: tuple[int, int], project: str) -> RunEvent:
    """One materialisation: a view into the online store. The registry keeps which data it covered, not when it ran: it is dated by the
    end of that data."""
    identity = "\0".join((project, view.name, str(span[0]), str(span[1])))
    period = nominal_time_run.NominalTimeRunFacet(iso(span[0]), iso(span[1]))
    facets: dict[str, RunFacet] = {"nominalTime": period}
    columns = (*view.keys, *view.features)
    copied = {column.name: [((project, view.name), column.name, "IDENTITY")] for column in columns}
    online: Facets = {
        "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet("ONLINE_STORE"),
        "schema": schema_facet(columns),
    } | _column_facet(copied, ())
    event = RunEvent(
        eventTime=iso(span[1]), producer=PRODUCER, eventType=RunState.COMPLETE, run=Run(str(uuid.uuid5(_RUNS, identity)), facets),
        job=Job(project, f"materialize.{view.name}", _job_facets("MATERIALIZATION")),
        inputs=[InputDataset(project, view.name)], outputs=[OutputDataset(project, f"online_store_{view.name}", facets=online)],
    )  # fmt: skip
    return signed(event)


def dropped_event(name: str, project: str, at_us: int) -> DatasetEvent:
    """A view, service, source or entity that the last visit saw and this one does not."""
    change = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
        lifecycle_state_change_dataset.LifecycleStateChange.DROP
    )
    dataset = StaticDataset(project, name, facets={"lifecycleStateChange": change})
    return signed(DatasetEvent(eventTime=iso(at_us), producer=PRODUCER, dataset=dataset))


def schema_facet(columns: Sequence[Field]) -> schema_dataset.SchemaDatasetFacet:
    return schema_dataset.SchemaDatasetFacet(
        fields=[
            schema_dataset.SchemaDatasetFacetFields(
                c.name, c.type or None, c.description or None, ordinal_position=position
            )
            for position, c in enumerate(columns, 1)
        ]
    )


def _job_facets(kind: str) -> dict[str, JobFacet]:
    return {"jobType": job_type_job.JobTypeJobFacet("BATCH", "FEAST", kind)}


def _with_columns(told: Defined, made: Made, project: str) -> Defined:
    fields = {
        column: [((project, dataset), name, subtype) for dataset, name, subtype in origins]
        for column, origins in made.fields.items()
    }
    rows = [((project, dataset), column) for dataset, column in made.rows]
    return Defined(
        told.name,
        told.job,
        told.kind,
        told.at_us,
        told.inputs,
        told.facets | (_column_facet(fields, rows) if fields else {}),
    )


def _column_facet(fields: Mapping[str, Sequence[tuple[Name, str, str]]], rows: Sequence[tuple[Name, str]]) -> Facets:
    listed = {
        column: lineage.Fields(
            inputFields=[
                lineage.InputField(*name, field=origin, transformations=[lineage.Transformation("DIRECT", subtype)])
                for name, origin, subtype in origins
            ]
        )
        for column, origins in fields.items()
    }
    decides = [
        lineage.InputField(*name, field=column, transformations=[lineage.Transformation("INDIRECT", "FILTER")])
        for name, column in dict.fromkeys(rows)
    ]
    return {"columnLineage": lineage.ColumnLineageDatasetFacet(fields=listed, dataset=decides)}


def _names(made: Made, project: str) -> tuple[Name, ...]:
    return tuple((project, dataset) for dataset in made.upstream)


def _common(description: str, owner: str, tags: Mapping[str, str]) -> Facets:
    """What a person wrote; what nobody wrote any more is taken back."""
    owners = [ownership_dataset.Owner(owner, "OWNER")] if owner else []
    fields = [tags_dataset.TagsDatasetFacetFields(key, value, "FEAST") for key, value in sorted(tags.items())]
    return {
        "documentation": documentation_dataset.DocumentationDatasetFacet(
            description, deleted=None if description else True
        ),
        "ownership": ownership_dataset.OwnershipDatasetFacet(owners, deleted=None if owners else True),
        "tags": tags_dataset.TagsDatasetFacet(fields, deleted=None if fields else True),
    }


def _iso(us: int) -> str | None:
    return iso(us) if us else None
