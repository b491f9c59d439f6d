"""A run of MLflow as a run of OpenLineage: what it was trained on, with what, and which models it made.

The one idea: a run's events follow from the answers alone (ids, times, content), so collecting it again changes
nothing. A model that was logged by a run that failed later is there all the same: then a part of the run made it, and
the part succeeded.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import JobFacet, RunFacet, parent_run, tags_run
from openlineage.client.generated import dataset_type_dataset, dataset_version_dataset, job_type_job, schema_dataset
from openlineage.client.generated import execution_parameters_run as parameters
from openlineage.client.generated import lineage as explicit
from openlineage.client.generated.base import DatasetFacet
from openlineage.client.generated.source_code_location_job import SourceCodeLocationJobFacet

from collectors.locations import Name
from collectors.ml_facets import LINK, TRAINING, LinkRunFacet, TrainingInput, TrainingMetric, TrainingRunFacet
from collectors.mlflow.answers import TrackedRun
from collectors.mlflow.columns import model_columns
from collectors.mlflow.features import Retrieved
from collectors.mlflow.inputs import NamedInput
from collectors.mlflow.signature import Columns, Signature
from collectors.producer import signed
from lineage.moment import iso

PRODUCER = "urn:headwater:collect:mlflow"
OPENLINEAGE_RUN = "openlineage.runId"
"""The tag in which a trainer names the OpenLineage run that it is a part of."""
_RUNS = uuid.UUID("5f0e7a76-2d57-5c3b-9d0a-3ad0f3f0c2e1")
"""The name space of run ids that MLflow does not give, made once by chance."""
_OWN_TAGS = ("mlflow.", "feast.", "openlineage.")
_ENDS = {"FINISHED": RunState.COMPLETE, "FAILED": RunState.FAIL, "KILLED": RunState.ABORT}
PROFILE_CHARACTERS_MAX = 1_000  # MLflow keeps up to 16 MB; numbers of rows and columns stand first
METRICS_MAX = 1_000  # a run that logs more logs steps: the last of each are there


@dataclass(frozen=True, slots=True)
class Made:
    """A model that a run made: a registered version, or a logged model that nobody registered."""

    model: str
    """The dataset's name, in the tracking server's namespace."""
    version: str
    logged: str
    """The logged model's id; "" for versions of older servers."""
    signature: Signature


@dataclass(frozen=True, slots=True)
class Training:
    """A run with all names resolved."""

    run: TrackedRun
    experiment: str
    server: str
    """The tracking server's namespace."""
    inputs: tuple[NamedInput, ...]
    read: tuple[tuple[str, str], ...]
    """(model, version) of the models that it evaluated or used."""
    features: Retrieved | None
    made: tuple[Made, ...]


def run_id(tracked: str) -> str:
    """MLflow's hexadecimal ids as the UUIDs that they are; another id as one that follows from it."""
    try:
        return str(uuid.UUID(hex=tracked))
    except ValueError:
        return str(uuid.uuid5(_RUNS, tracked))


def training_events(told: Training) -> Iterator[RunEvent]:
    """START, and the end if there is one; while it runs, what it has read so far."""
    run = told.run
    job = Job(told.server, told.experiment, job_facets(run))
    yield _event(told, RunState.START, run.started_ms, Run(run_id(run.id)), Job(told.server, told.experiment), (), ())
    end = _ENDS.get(run.status)
    inputs = tuple(_inputs(told))
    if end is None or run.ended_ms is None:
        if inputs:
            yield _event(told, RunState.RUNNING, run.started_ms, _run(told), job, inputs, ())
        return
    outputs = tuple(_outputs(told))
    yield _event(told, end, run.ended_ms, _run(told), job, inputs, outputs if end is RunState.COMPLETE else ())
    if outputs and end is not RunState.COMPLETE:
        parent = parent_run.ParentRunFacet(parent_run.Run(run_id(run.id)), parent_run.Job(told.server, told.experiment))
        part = Run(run_id(f"{run.id} models"), {"parent": parent})
        part_job = Job(told.server, f"{told.experiment}.log_model", job_facets(run))
        yield _event(told, RunState.COMPLETE, run.ended_ms, part, part_job, inputs, outputs)


def _event(
    told: Training, state: RunState, at_ms: int, run: Run, job: Job,
    inputs: Sequence[InputDataset], outputs: Sequence[OutputDataset],
) -> RunEvent:  # fmt: skip
    event = RunEvent(
        eventTime=iso(at_ms * 1_000), producer=PRODUCER, eventType=state, run=run, job=job, inputs=list(inputs), outputs=list(outputs)
    )  # fmt: skip
    return signed(event)


def job_facets(run: TrackedRun) -> dict[str, JobFacet]:
    """What kind of job it is, and which code."""
    facets: dict[str, JobFacet] = {"jobType": job_type_job.JobTypeJobFacet("BATCH", "MLFLOW", "TRAINING")}
    commit, repository = run.tags.get("mlflow.source.git.commit", ""), run.tags.get("mlflow.source.git.repoURL", "")
    source = run.tags.get("mlflow.source.name", "")
    if commit or repository:
        facets["sourceCodeLocation"] = SourceCodeLocationJobFacet(
            type="git", url=repository or source or "unknown", repoUrl=repository or None, path=source or None,
            version=commit or None, branch=run.tags.get("mlflow.source.git.branch") or None,
        )  # fmt: skip
    return facets


def _run(told: Training) -> Run:
    run, features = told.run, told.features
    facets: dict[str, RunFacet] = {
        TRAINING: TrainingRunFacet(
            tracking=told.server,
            runId=run.id,
            experiment=told.experiment,
            runName=run.name or None,
            user=run.user or None,
            status=run.status or None,
            artifacts=run.artifacts or None,
            metrics=[TrainingMetric(m.key, m.value, m.step) for m in run.metrics[:METRICS_MAX]] or None,
            inputs=[_logged(each) for each in told.inputs] or None,
            features=[f"{ref.view}:{ref.feature}" for ref in features.refs] if features is not None else None,
            featureProject=features.project if features is not None else None,
            featureService=features.service or None if features is not None else None,
        )
    }
    if run.parameters:
        facets["executionParameters"] = parameters.ExecutionParametersRunFacet(
            [parameters.ExecutionParameter(key, value=value) for key, value in sorted(run.parameters.items())]
        )
    tags = [(key, value) for key, value in sorted(run.tags.items()) if not key.startswith(_OWN_TAGS)]
    if tags:
        facets["tags"] = tags_run.TagsRunFacet(
            [tags_run.TagsRunFacetFields(key, value, "MLFLOW") for key, value in tags]
        )
    if parent := run.tags.get("mlflow.parentRunId", ""):
        facets["parent"] = parent_run.ParentRunFacet(
            parent_run.Run(run_id(parent)), parent_run.Job(told.server, told.experiment)
        )
    if linked := run.tags.get(OPENLINEAGE_RUN, "").strip():
        facets[LINK] = LinkRunFacet(linked)
    return Run(run_id(run.id), facets)


def _logged(each: NamedInput) -> TrainingInput:
    told = each.told
    return TrainingInput(
        each.namespace, each.name, told.name, told.context or None, told.digest or None, told.source_type or None,
        told.profile[:PROFILE_CHARACTERS_MAX] or None, each.located,
    )  # fmt: skip


def _inputs(told: Training) -> Iterator[InputDataset]:
    seen: set[Name] = set()
    for each in told.inputs:
        if each.key in seen:
            continue  # the same data under two names or contexts: the run facet has both
        seen.add(each.key)
        facets: dict[str, DatasetFacet] = {}
        if each.told.digest:
            facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(each.told.digest)
        if each.told.columns:
            facets["schema"] = schema_facet(each.told.columns)
        if not each.located:
            facets["datasetType"] = dataset_type_dataset.DatasetTypeDatasetFacet("IN_MEMORY")
        yield InputDataset(each.namespace, each.name, facets=facets)
    if told.features is not None:
        views = dict.fromkeys(ref.view for ref in told.features.refs)
        for name in (*views, *([told.features.service] if told.features.service else ())):
            if (told.features.project, name) not in seen:
                yield InputDataset(told.features.project, name)
    for model, version in told.read:
        yield InputDataset(told.server, model, facets=version_facets(version))


def _outputs(told: Training) -> Iterator[OutputDataset]:
    one_model = len({made.logged for made in told.made}) == 1 and len(told.made) > 1
    for made in told.made:
        columns = model_columns(made.signature.inputs, told.inputs, told.features)
        facets = version_facets(made.version)
        if columns.columns:
            facets["schema"] = schema_facet(columns.columns)
        if columns.lineage is not None:
            facets["columnLineage"] = columns.lineage
        if one_model and OPENLINEAGE_RUN not in told.run.tags:
            # one model under several names: nothing has to be guessed
            facets["lineage"] = explicit.LineageDatasetFacet(
                inputs=[explicit.LineageDatasetInput(each.namespace, each.name, "DATASET") for each in _inputs(told)]
            )
        yield OutputDataset(told.server, made.model, facets=facets)


def version_facets(version: str) -> dict[str, DatasetFacet]:
    """What makes a dataset one version of a model."""
    return {
        "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet("MODEL"),
        "version": dataset_version_dataset.DatasetVersionDatasetFacet(version),
    }


def schema_facet(columns: Columns) -> schema_dataset.SchemaDatasetFacet:
    return schema_dataset.SchemaDatasetFacet(
        fields=[
            schema_dataset.SchemaDatasetFacetFields(name, type_ or None, ordinal_position=position)
            for position, (name, type_) in enumerate(columns, 1)
        ]
    )
