"""What machine learning adds to OpenLineage: custom facets, named as its rules ask (prefix, own schema).

The one idea: a registry says of many things only some, so everything that may be missing is None and is left out.
docs/models.md says what each facet means to the graph.
"""

import attr
from openlineage.client.generated.base import DatasetFacet, RunFacet
from openlineage.client.utils import RedactMixin

MODEL = "headwater_model"
SERVING = "headwater_serving"
TRAINING = "headwater_training"
LINK = "headwater_link"
FEATURE = "headwater_feature"


@attr.define
class ServingSlot(RedactMixin):
    """An alias or a stage, and the version in it."""

    kind: str
    name: str
    version: str


@attr.define
class ServingDatasetFacet(DatasetFacet):
    """All slots of these kinds that a model has, as of the event."""

    kinds: list[str]
    slots: list[ServingSlot] = attr.field(factory=list)

    @staticmethod
    def _get_schema() -> str:
        return "urn:headwater:facet:serving:1"


@attr.define
class NamedType(RedactMixin):
    """A column of a signature."""

    name: str
    type: str


@attr.define
class ModelDatasetFacet(DatasetFacet):
    """What a registry says of one version of a model. `createdAt`: ISO 8601; `run`: the tracking server's own id."""

    createdAt: str | None = None
    source: str | None = None
    run: str | None = None
    modelId: str | None = None
    modelType: str | None = None
    status: str | None = None
    stage: str | None = None
    flavors: list[str] | None = None
    inputs: list[NamedType] | None = None
    """The signature's inputs."""
    outputs: list[NamedType] | None = None

    @staticmethod
    def _get_schema() -> str:
        return "urn:headwater:facet:model:1"


@attr.define
class TrainingMetric(RedactMixin):
    key: str
    value: float
    step: int


@attr.define
class TrainingInput(RedactMixin):
    """An input as the trainer logged it: `context` is training, evaluation, validation …"""

    namespace: str
    name: str
    loggedName: str
    context: str | None = None
    digest: str | None = None
    sourceType: str | None = None
    profile: str | None = None
    located: bool = True
    """False: the tracking server does not say where it is."""


@attr.define
class TrainingRunFacet(RunFacet):
    """What a tracking server says of a run beside its data."""

    tracking: str
    """The tracking server's namespace."""
    runId: str
    experiment: str
    runName: str | None = None
    user: str | None = None
    status: str | None = None
    artifacts: str | None = None
    metrics: list[TrainingMetric] | None = None
    inputs: list[TrainingInput] | None = None
    features: list[str] | None = None
    """`view:feature` of a feature store, as retrieved."""
    featureProject: str | None = None
    featureService: str | None = None

    @staticmethod
    def _get_schema() -> str:
        return "urn:headwater:facet:training:1"


@attr.define
class LinkRunFacet(RunFacet):
    """Another producer's run that did this work, too."""

    runId: str

    @staticmethod
    def _get_schema() -> str:
        return "urn:headwater:facet:link:1"


@attr.define
class FeatureDatasetFacet(DatasetFacet):
    """What a feature store's registry says of a view, a service, an entity or a source. Times: ISO 8601."""

    kind: str
    project: str
    createdAt: str | None = None
    updatedAt: str | None = None
    ttlS: int | None = None
    online: bool | None = None
    materializedFrom: str | None = None
    materializedTo: str | None = None
    """Up to when the online store holds data: the freshness of what is served."""
    entities: list[str] | None = None
    joinKeys: list[str] | None = None
    timestampField: str | None = None
    sourceType: str | None = None
    transformation: str | None = None
    """SHA-256 of the code or SQL that makes the features."""
    unresolved: list[str] | None = None
    """Features of which the source columns could not be told."""

    @staticmethod
    def _get_schema() -> str:
        return "urn:headwater:facet:feature:1"
