"""Models in the schema: which version served when, two versions compared, skew, and the dossier of a version."""

from enum import Enum
from typing import Annotated, Any, cast

import orjson
import strawberry

from api.graphql.answers import Completeness, LineageEdge
from api.graphql.context import Info, moment
from api.graphql.inputs import NodeRef
from api.graphql.nodes import Dataset, Job, Node, view
from api.graphql.queries import At, NameOf, NamespaceOf, argument
from api.graphql.run_lineage import RunStep, run_step
from api.graphql.showing import about, all_shown, resolves, shown
from api.graphql.vocabulary import Instant, describe
from lineage import dossier as dossiers
from lineage import facts
from lineage.dossier import bom, pages, prov
from lineage.dossier.draft import parsed
from lineage.evidence.answer import Head
from lineage.query import moments
from lineage.query.comparison import Topic
from lineage.query.resolve import DatasetVersionRef
from lineage.query.resolve import NodeRef as Ref
from lineage.query.skew import SkewVerdict, Way

VersionOf = Annotated[str, argument("The version, as its registry calls it.")]
describe(
    Topic,
    "What a difference between two versions is about.",
    {
        "DATA": "What was read on the way, by version or by when it was written.",
        "CODE": "The code of the jobs behind it, as their producers told it.",
        "FEATURES": "Input columns: their types, and what they come from.",
        "PARAMETERS": "What the training was given.",
        "METRICS": "What the training measured.",
    },
)
describe(
    SkewVerdict,
    "How a feature is served, against how it was trained on.",
    {
        "SAME": "The same sources and the same steps.",
        "OTHER_SOURCE": "Other columns stand at the beginning.",
        "OTHER_TRANSFORMATION": "The same columns, and something else is done on the way.",
        "UNKNOWN": "One of the ways is not told column by column, or no such column is read.",
    },
)


class DossierFormat(Enum):
    """A form of the dossier."""

    HTML = "HTML"
    MARKDOWN = "MARKDOWN"
    PROV = "PROV"
    CYCLONEDX = "CYCLONEDX"


describe(
    DossierFormat,
    "A form of the dossier.",
    {
        "HTML": "One page that needs nothing else and prints on A4.",
        "MARKDOWN": "The same as Markdown.",
        "PROV": "W3C PROV-JSON: versions, runs, owners.",
        "CYCLONEDX": "A CycloneDX 1.6 ML-BOM: the model and its data as components.",
    },
)


@strawberry.type(description="One thing in which two versions differ.")
class VersionDifference:
    topic: Topic = about("What it is about.")
    what: str = about("A dataset, a job, a feature, a parameter or a metric.")
    first: str | None = about("What the first has; null: it is not there.")
    second: str | None = about("What the second has.")
    node: strawberry.ID | None = about("The dataset, column or job.")


@strawberry.type(description="Something that could not be compared.")
class NotCompared:
    topic: Topic = about("What it is about.")
    what: str = about("What is not known.")
    sides: list[Dataset] = about("Who tells nothing of it.")


@strawberry.type(description="How many things are equal on both sides.")
class SameCount:
    topic: Topic = about("What they are about.")
    count: int = about("How many.")


@strawberry.type(description="Two versions of a model, each as it was made.")
class VersionComparison:
    first: Dataset = about("The one.")
    second: Dataset = about("The other.")
    first_run: RunStep | None = about("Who made the one; null: no run is known.")
    second_run: RunStep | None = about("Who made the other.")
    differences: list[VersionDifference] = about("What differs, by topic and name.")
    unknown: list[NotCompared] = about("What could not be compared.")
    same: list[SameCount] = about("What is equal, counted.")
    completeness: Completeness = about("How much of the truth the walks behind it are.")


@strawberry.type(description="How a feature's values come to be.")
class FeatureWay:
    column: Node = about("The column where the way ends.")
    sources: list[Node] = about("Where it starts.")
    transformations: list[str] = about("What is done on the way, but for copying.")
    edges: list[LineageEdge] = about("Every edge on the way.")


@strawberry.type(description="One feature against one deployment.")
class FeatureSkew:
    feature: str = about("The input column.")
    deployment: Job = about("Who serves the version.")
    verdict: SkewVerdict = about("How the two ways compare.")
    because: str = about("In words.")
    training: FeatureWay = about("How it was trained on.")
    serving: FeatureWay | None = about("How it is served; null: the deployment tells of no such input.")


@strawberry.type(description="Which features of a version are served otherwise than they were trained on.")
class SkewAnswer:
    version: Dataset = about("The version.")
    deployments: list[Job] = about("Who serves it; none: no deployment is known.")
    features: list[FeatureSkew] = about("Each feature with each deployment, those that differ first.")
    completeness: Completeness = about("How much of the truth the walks behind it are.")


@strawberry.type(description="When a version of a model was served, and by what.")
class ServedVersion:
    kind: str = about("ALIAS, STAGE or DEPLOYMENT.")
    name: str = about("The alias, the stage, or the deployment's job.")
    namespace: str | None = about("Of a deployment's job.")
    version: str = about("The version.")
    from_: Instant = strawberry.field(name="from", description="Since when.")
    to: Instant | None = about("Until when; null: still.")


@strawberry.type(description="One table of a dossier.")
class DossierSection:
    key: str = about("Its name for programs.")
    title: str = about("Its name for people.")
    law: str = about("What asks for it.")
    columns: list[str] = about("What stands in the rows.")
    rows: list[list[str | None]] = about("Null: it does not apply; UNKNOWN: nobody told.")


@strawberry.type(description="Something that a dossier asks for and the record does not hold.")
class DossierGap:
    section: str = about("The key of the section that asks for it.")
    message: str = about("What is missing, and how to tell it.")
    nodes: list[strawberry.ID] = about("What it is about.")


@strawberry.type(description="What is on record about the data of one version of a model, and what is not.")
class ModelDossier:
    told: strawberry.Private[dossiers.Dossier]
    head: strawberry.Private[Head]
    version: Dataset = about("The version.")
    model: str = about("The model.")
    label: str = about("What its registry calls the version.")
    sections: list[DossierSection] = about("Everything on record.")
    gaps: list[DossierGap] = about("Everything that is not.")
    completeness: Completeness = about("How much of the truth the walks behind it are.")

    @resolves("The whole dossier as one text.")
    async def document(
        self, info: Info, format: Annotated[DossierFormat, argument("In which form.")] = DossierFormat.HTML
    ) -> str:
        """HTML and Markdown for people, W3C PROV-JSON and a CycloneDX 1.6 ML-BOM for programs."""
        return await info.context.desk.ask(_document, self.told, self.head, format)


@strawberry.type(description="Models.")
class ModelQuery:
    @resolves("What differs between two versions: data, code, features, parameters, metrics; each as it was made.")
    async def compare_versions(
        self,
        info: Info,
        first: Annotated[NodeRef, argument("The one: a model's version.")],
        second: Annotated[NodeRef, argument("The other.")],
        at: At = None,
    ) -> VersionComparison:
        """What a side does not tell is unknown, never equal."""
        found = await info.context.desk.ask(
            info.context.questions.compare_versions, first.ref(), second.ref(), at=moment(at)
        )
        pinned = await info.context.pin(at)
        return VersionComparison(
            first=_dataset(found.first, pinned),
            second=_dataset(found.second, pinned),
            first_run=None if found.first_run is None else run_step(found.first_run, pinned),
            second_run=None if found.second_run is None else run_step(found.second_run, pinned),
            differences=all_shown(VersionDifference, found.differences),
            unknown=[
                NotCompared(topic=u.topic, what=u.what, sides=[_dataset(side, pinned) for side in u.sides])
                for u in found.unknown
            ],
            same=[SameCount(topic=topic, count=count) for topic, count in found.same],
            completeness=shown(Completeness, found.completeness),
        )

    @resolves("Which features of a model's version are served otherwise than they were trained on, with both ways.")
    async def feature_skew(
        self, info: Info, of: Annotated[NodeRef, argument("A model's version.")], at: At = None
    ) -> SkewAnswer:
        """Where a way is not told column by column, nothing is concluded."""
        found = await info.context.desk.ask(info.context.questions.feature_skew, of.ref(), at=moment(at))
        pinned = await info.context.pin(at)
        return SkewAnswer(
            version=_dataset(found.version, pinned),
            deployments=[cast(Job, view(job, pinned)) for job in found.deployments],
            features=[
                FeatureSkew(
                    feature=each.feature,
                    deployment=cast(Job, view(each.deployment, pinned)),
                    verdict=each.verdict,
                    because=each.because,
                    training=_way(each.training, pinned),
                    serving=None if each.serving is None else _way(each.serving, pinned),
                )
                for each in found.features
            ],
            completeness=shown(Completeness, found.completeness),
        )

    @resolves("Which version of a model served when, and by what: aliases, stages, deployments; by their beginning.")
    async def served_versions(
        self, info: Info, namespace: NamespaceOf, name: NameOf, at: At = None
    ) -> list[ServedVersion]:
        """With `at`, only what served then."""
        found = await info.context.desk.ask(info.context.questions.served_versions, namespace, name, at=moment(at))
        return [
            ServedVersion(
                kind=each.kind, name=each.name, namespace=each.namespace, version=each.version,
                from_=Instant(each.from_us), to=None if each.to_us is None else Instant(each.to_us),
            )
            for each in found
        ]  # fmt: skip

    @resolves("The dossier of a model's version: what law asks of its data, with what nobody told listed as unknown.")
    async def model_dossier(
        self, info: Info, namespace: NamespaceOf, name: NameOf, version: VersionOf, at: At = None
    ) -> ModelDossier:
        """As of its making."""
        ref = Ref(dataset_version=DatasetVersionRef(namespace, name, version))
        found = await info.context.desk.ask(dossiers.dossier_of, info.context.questions, ref, at=moment(at))
        state = await info.context.desk.ask(info.context.app.vouching.state, info.context.app)
        pinned = await info.context.pin(at)
        return ModelDossier(
            told=found,
            head=Head(state.size, state.root, None, state.status),
            version=_dataset(found.version, pinned),
            model=found.model,
            label=found.label,
            sections=all_shown(DossierSection, found.sections),
            gaps=all_shown(DossierGap, found.gaps),
            completeness=shown(Completeness, found.completeness),
        )


def _document(told: dossiers.Dossier, head: Head, form: DossierFormat) -> str:
    match form:
        case DossierFormat.HTML:
            return pages.html(told, head)
        case DossierFormat.MARKDOWN:
            return pages.markdown(told, head)
        case DossierFormat.PROV:
            return _json(prov.prov(told))
        case DossierFormat.CYCLONEDX:
            facets = {} if told.run is None else {label: parsed(value) for label, value in told.run.properties}
            return _json(bom.bom(told, facets))


def _json(document: dict[str, Any]) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _dataset(node: facts.Node, at: moments.MomentInput) -> Dataset:
    return cast(Dataset, view(node, at))


def _way(way: Way, at: moments.MomentInput) -> FeatureWay:
    return FeatureWay(
        column=view(way.column, at),
        sources=[view(node, at) for node in way.sources],
        transformations=list(way.transformations),
        edges=all_shown(LineageEdge, way.edges),
    )
