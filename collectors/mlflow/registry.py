"""The model registry as dataset events: what a version is, what is said of it now, and which aliases and stages there are.

The one idea: MLflow keeps no history of aliases, stages and tags, and moves no time when they change. So what cannot
change is dated by when the version was made, and what can by when it was seen (the event's time); the graph's dated
facts are the history.
"""

from collections.abc import Iterator, Mapping, Sequence

from openlineage.client.event_v2 import DatasetEvent, StaticDataset
from openlineage.client.generated import dataset_type_dataset, documentation_dataset, tags_dataset
from openlineage.client.generated import lifecycle_state_change_dataset as lifecycle
from openlineage.client.generated.base import DatasetFacet

from collectors.ml_facets import MODEL, SERVING, ModelDatasetFacet, NamedType, ServingDatasetFacet, ServingSlot
from collectors.mlflow.answers import LoggedModel, RegisteredModel, Version
from collectors.mlflow.signature import Columns, Signature
from collectors.mlflow.training import PRODUCER, schema_facet, version_facets
from collectors.producer import signed
from lineage.moment import iso

SERVED_STAGES = frozenset({"Production", "Staging"})
"""`None` and `Archived` serve nothing."""
Facets = dict[str, DatasetFacet]


def made_facets(version: Version, signature: Signature, logged: LoggedModel | None) -> Facets:
    """What never changes of a version."""
    facets = version_facets(version.number)
    facets[MODEL] = _model(version, signature, logged)
    if not version.run and signature.inputs:
        facets["schema"] = schema_facet(signature.inputs)
    return facets


def told_facets(version: Version, signature: Signature, logged: LoggedModel | None) -> Facets:
    """What is said of a version now."""
    facets = version_facets(version.number)
    model = _model(version, signature, logged)
    model.status, model.stage = version.status or None, version.stage if version.stage != "None" else None
    return facets | {MODEL: model} | _said(version.description, version.tags)


def model_facets(model: RegisteredModel, versions: Sequence[Version]) -> Facets:
    """What is said of a registered model now, and what is served."""
    slots = [ServingSlot("ALIAS", alias, number) for alias, number in model.aliases]
    slots += [
        ServingSlot("STAGE", version.stage, version.number)
        for version in sorted(versions, key=lambda v: (v.stage, v.number))
        if version.stage in SERVED_STAGES
    ]
    return {
        "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet("MODEL"),
        SERVING: ServingDatasetFacet(kinds=["ALIAS", "STAGE"], slots=slots),
    } | _said(model.description, model.tags)


def dropped_facets(number: str) -> Facets:
    """A version that was seen before and is not there any more."""
    change = lifecycle.LifecycleStateChangeDatasetFacet(lifecycle.LifecycleStateChange.DROP)
    return version_facets(number) | {"lifecycleStateChange": change}


def unserved_facets() -> Facets:
    """A model that is not there any more serves nothing."""
    return {SERVING: ServingDatasetFacet(kinds=["ALIAS", "STAGE"])}


def registry_event(namespace: str, name: str, facets: Facets, at_us: int) -> DatasetEvent:
    dataset = StaticDataset(namespace, name, facets=facets)
    return signed(DatasetEvent(eventTime=iso(at_us), producer=PRODUCER, dataset=dataset))


def _model(version: Version, signature: Signature, logged: LoggedModel | None) -> ModelDatasetFacet:
    return ModelDatasetFacet(
        createdAt=iso(version.created_ms * 1_000),
        source=version.source or None,
        run=version.run or None,
        modelId=version.logged_model or None,
        modelType=(logged.kind if logged is not None else "") or None,
        flavors=list(signature.flavors) or None,
        inputs=_types(signature.inputs),
        outputs=_types(signature.outputs),
    )


def _types(columns: Columns | None) -> list[NamedType] | None:
    return [NamedType(name, type_) for name, type_ in columns] if columns else None


def _said(description: str, tags: Mapping[str, str]) -> Facets:
    """A description and tags; what is not there is taken back."""
    fields = [tags_dataset.TagsDatasetFacetFields(key, value, "MLFLOW") for key, value in _sorted(tags)]
    return {
        "documentation": documentation_dataset.DocumentationDatasetFacet(
            description, deleted=None if description else True
        ),
        "tags": tags_dataset.TagsDatasetFacet(fields, deleted=None if fields else True),
    }


def _sorted(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in sorted(tags.items()) if not key.startswith("mlflow."))
