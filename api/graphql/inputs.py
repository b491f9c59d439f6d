"""What clients hand in: references to nodes, moments, and one input for each mutation."""

import strawberry

from api.graphql.vocabulary import Instant, Long
from lineage.aliases import AliasKind
from lineage.events import RawName
from lineage.facts import Flow
from lineage.query import resolve
from lineage.statements import FactKind, Place, PlaceKind, StatedFact


@strawberry.input(description="A dataset, or a column of it, by any of its names: raw, symlinked, folded or aliased.")
class DatasetRef:
    namespace: str = strawberry.field(description="The namespace, such as `postgres://db:5432`.")
    name: str = strawberry.field(description="The name in the namespace, such as `shop.public.orders`.")
    column: str | None = strawberry.field(default=None, description="A column; left out: the whole dataset.")


@strawberry.input(description="One version of a dataset; a model's version too.")
class DatasetVersionRef:
    namespace: str = strawberry.field(description="The dataset's namespace.")
    name: str = strawberry.field(description="The dataset's name.")
    version: str = strawberry.field(description="The version as its producer wrote it.")


@strawberry.input(description="A job by any of its names.")
class JobRef:
    namespace: str = strawberry.field(description="The job's namespace, often a scheduler's name.")
    name: str = strawberry.field(description="The job's name in it.")


@strawberry.input(one_of=True, description="A node by its id or by a name: exactly one of the fields.")
class NodeRef:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="A node's id, `hw:…`.")
    dataset: DatasetRef | None = strawberry.field(default=strawberry.UNSET, description="A dataset or a column.")
    job: JobRef | None = strawberry.field(default=strawberry.UNSET, description="A job.")
    dataset_version: DatasetVersionRef | None = strawberry.field(
        default=strawberry.UNSET, description="A version of a dataset or model."
    )

    def ref(self) -> resolve.NodeRef:
        """As questions read it."""
        dataset, job, version = self.dataset or None, self.job or None, self.dataset_version or None
        return resolve.NodeRef(
            id=self.id or None,
            dataset=dataset and resolve.DatasetRef(dataset.namespace, dataset.name, dataset.column),
            job=job and resolve.JobRef(job.namespace, job.name),
            dataset_version=version and resolve.DatasetVersionRef(version.namespace, version.name, version.version),
        )


@strawberry.input(
    description="When it was true, and when we knew it. Left out: the latest state, with all that is known now."
)
class MomentInput:
    valid_at: Instant | None = strawberry.field(
        default=None, description="What was true at this time (event time). Null: the latest state."
    )
    known_at: Instant | None = strawberry.field(
        default=None, description="What the record held at this time. Not together with `knownIndex`."
    )
    known_index: Long | None = strawberry.field(
        default=None, description="What the record held when it had this many entries (0 to n - 1)."
    )


@strawberry.input(description="A rule that two names are one thing.")
class AddAliasInput:
    kind: AliasKind = strawberry.field(description="What the rule joins.")
    from_: str = strawberry.field(
        name="from",
        description=(
            "The name to be known under the other one. A namespace, `hosts:a,b,c` or `regex:…`; a dataset or job is "
            "written `NAMESPACE NAME`."
        ),
    )
    to: str = strawberry.field(
        description="The name that is shown from now on; for a host list the host, for a pattern with `\\1` …"
    )
    reason: str = strawberry.field(description="Why, for those who read the record later.")


@strawberry.input(description="Which alias rule is taken back.")
class RemoveAliasInput:
    kind: AliasKind = strawberry.field(description="What the rule joined.")
    from_: str = strawberry.field(name="from", description="The rule's `from`, as it was added.")
    reason: str = strawberry.field(description="Why it is taken back.")


@strawberry.input(description="A dataset, a column or a job that a stated fact is about.")
class PlaceInput:
    kind: PlaceKind = strawberry.field(default=PlaceKind.DATASET, description="A dataset or a job.")
    namespace: str = strawberry.field(description="Its namespace.")
    name: str = strawberry.field(description="Its name.")
    column: str | None = strawberry.field(default=None, description="A column of the dataset.")

    def place(self) -> Place:
        """As the core writes it. InputError for a blank name or a job's column."""
        return Place(self.kind, RawName(self.namespace, self.name), self.column)


@strawberry.input(description="A fact that you vouch for, until it is retracted.")
class StateFactInput:
    kind: FactKind = strawberry.field(description="What is stated.")
    about: PlaceInput = strawberry.field(description="What it is about; of an edge, where the data goes.")
    source: PlaceInput | None = strawberry.field(default=None, description="EDGE: where the data comes from.")
    key: str = strawberry.field(default="", description="TAG: the tag's name. OWNER: the owner's role, if any.")
    value: str = strawberry.field(
        default="", description="The owner, the tag's value, the description or the dataset type."
    )
    flow: Flow = strawberry.field(default=Flow.VALUE, description="EDGE: what flows.")
    transformation: str = strawberry.field(default="", description="EDGE: OpenLineage's subtype, such as `IDENTITY`.")
    masking: bool = strawberry.field(default=False, description="EDGE: whether the value is masked on the way.")
    valid_from: Instant | None = strawberry.field(default=None, description="True from this time on. Null: from now.")
    valid_to: Instant | None = strawberry.field(default=None, description="True until this time. Null: for ever.")
    reason: str = strawberry.field(description="How you know.")

    def fact(self) -> StatedFact:
        """As the core writes it. InputError, with the place, for what cannot be stated."""
        return StatedFact(
            self.kind,
            self.about.place(),
            self.reason,
            self.source.place() if self.source else None,
            key=self.key,
            value=self.value,
            flow=self.flow,
            transformation=self.transformation,
            masking=self.masking,
            from_us=self.valid_from,
            to_us=self.valid_to,
        )


@strawberry.input(description="Which stated fact is taken back.")
class RetractFactInput:
    index: Long = strawberry.field(description="The ledger index that `stateFact` answered.")
    reason: str = strawberry.field(description="Why it is taken back.")


@strawberry.input(description="Which dead letters are read again, by code that may understand them now.")
class ReplayInput:
    indexes: list[Long] | None = strawberry.field(
        default=None, description="Their ledger indexes. Null, with `all`: every one that was not replayed yet."
    )
    all: bool = strawberry.field(default=False, description="Replay every dead letter that was not replayed yet.")


@strawberry.input(description="Runs that are set aside: not erased, but in no answer.")
class DistrustInput:
    job: str = strawberry.field(description="The jobs: a glob over `NAMESPACE NAME`, such as `airflow *_test`.")
    producer: str = strawberry.field(default="*", description="Their producers: a glob.")
    from_: Instant | None = strawberry.field(name="from", default=None, description="Runs from this event time on.")
    to: Instant | None = strawberry.field(default=None, description="Runs before this event time.")
    reason: str = strawberry.field(description="Why they are not to be believed.")


@strawberry.input(description="Which distrust is undone: the same pattern, producer and span as when it was made.")
class TrustInput:
    job: str = strawberry.field(description="The pattern of the jobs.")
    producer: str = strawberry.field(default="*", description="The pattern of the producers.")
    from_: Instant | None = strawberry.field(name="from", default=None, description="The span's begin.")
    to: Instant | None = strawberry.field(default=None, description="The span's end.")
    reason: str = strawberry.field(description="Why they are believed again.")
