"""Nodes that have a page of their own: datasets, columns, jobs, runs, versions, namespaces.

The one idea: a node's name is at hand at once; everything else on its page is read when a field of it is asked for, for
all nodes of the request in one call (RequestContext.pages).
"""

from typing import Any, TypeVar, cast

import strawberry

from api.graphql.audit import ENTRIES_FIRST, After, First, audit_page
from api.graphql.context import Info
from api.graphql.pages import AfterItem, AtMost, AuditConnection, Connection, connect_story, page_after, resumed
from api.graphql.properties import Owner, Property, RawName, Tag, properties_of
from api.graphql.showing import about, all_shown, given, resolves
from api.graphql.vocabulary import Instant
from lineage import facts
from lineage.body import parse_time
from lineage.facts import NodeKind, Relation
from lineage.ids import NodeId, parent_of
from lineage.query import answers as data
from lineage.query import cursors
from lineage.query.moments import MomentInput

Page = TypeVar("Page", bound=data.Page)

ITEMS_FIRST = 20


@strawberry.interface(description="Anything with a name in the graph.")
class Node:
    id: strawberry.ID = about("Its id, `hw:…`. The ids of all its raw names find it too.")
    kind: NodeKind = about("What it is.")
    namespace: str = about("The canonical namespace.")
    name: str = about("The canonical name; of a column or version its dataset's, of a run its job's.")
    at: strawberry.Private[MomentInput]
    known: strawberry.Private[data.Page | None] = None

    @resolves("Ledger entries that speak of it.")
    async def entries(self, info: Info, first: First = ENTRIES_FIRST, after: After = None) -> AuditConnection:
        """A page of them."""
        return await audit_page(
            info, await info.context.entries.load((NodeId(self.id), self.at)), (self.id,), first, after
        )

    async def page(self, info: Info, kind: type[Page]) -> Page:
        """All that the graph tells of it at its moment, read once for all nodes of the request."""
        page = self.known or await info.context.pages.load((NodeId(self.id), self.at))
        if not isinstance(page, kind):
            raise TypeError(f"{self.id} has a {type(page).__name__}, not a {kind.__name__}")
        return page

    async def story(self, info: Info, relation: Relation, first: int | None, after: str | None) -> Connection[Any]:
        """A page of its runs or versions, read with those of all other nodes of the request."""
        of = (relation.value, str(self.id))
        at, place = resumed(after, of, self.at)
        wanted = cursors.check_first(given(first, ITEMS_FIRST))
        found = await info.context.stories.load((NodeId(self.id), relation, at, wanted, place))
        items = [view(page.node, at, page) for _, page in found.items]
        return connect_story(
            found, items, of, at, place, lambda: info.context.lengths.load((NodeId(self.id), relation, at))
        )

    def page_of(self, nodes: tuple[facts.Node, ...], first: int | None, after: str | None) -> list[Any]:
        """A page of other nodes at the same moment."""
        return [view(node, self.at) for node in page_after(nodes, lambda node: node.id, first, after)]


@strawberry.type(description="A place that names live in: a database, a bucket, a cluster, a scheduler.")
class Namespace(Node):
    pass


@strawberry.type(description="A column of a dataset, as of the schema in force.")
class Column(Node):
    column: str = about("The column's name; nested ones by path, like `after.id`.")

    @resolves("The dataset that it belongs to.")
    async def dataset(self, info: Info) -> "Dataset":
        """Read with the column's page."""
        return cast("Dataset", view((await self.page(info, data.ColumnPage)).dataset, self.at))

    @resolves("The type, as its reporter wrote it.")
    async def type(self, info: Info) -> str | None:
        """From the schema in force."""
        return (await self.page(info, data.ColumnPage)).type

    @resolves("Its place in the dataset, from 1; null where no schema tells.")
    async def ordinal(self, info: Info) -> int | None:
        """From the schema in force."""
        return (await self.page(info, data.ColumnPage)).ordinal

    @resolves("What it is, in words.")
    async def description(self, info: Info) -> str | None:
        """From the schema in force, or stated."""
        return (await self.page(info, data.ColumnPage)).description

    @resolves("Whose schema says so: a catalogue, a writer or a reader; null: lineage only.")
    async def reporter(self, info: Info) -> str | None:
        """Drift is told per reporter."""
        return (await self.page(info, data.ColumnPage)).reporter

    @resolves("Tags on it.")
    async def tags(self, info: Info) -> list[Tag]:
        """From facets and statements."""
        return all_shown(Tag, (await self.page(info, data.ColumnPage)).tags)


@strawberry.type(description="A table, view, file, topic, stream, feature view, model or dashboard.")
class Dataset(Node):
    @resolves("Every raw name that is this dataset, as producers wrote it.")
    async def names(self, info: Info) -> list[RawName]:
        """Merged names included."""
        return all_shown(RawName, (await self.page(info, data.DatasetPage)).names)

    @resolves("What kind of dataset: TABLE, VIEW, TOPIC, MODEL, FEATURE_VIEW, DASHBOARD …")
    async def dataset_type(self, info: Info) -> str | None:
        """The newest that was told."""
        return (await self.page(info, data.DatasetPage)).dataset_type

    @resolves("How its type is known; INFERRED: nobody told it, but the namespace's scheme leaves no other.")
    async def type_evidence(self, info: Info) -> facts.EvidenceKind | None:
        """Of the statement or event that told it."""
        return (await self.page(info, data.DatasetPage)).type_evidence

    @resolves("What it is, in words.")
    async def description(self, info: Info) -> str | None:
        """The newest that was told or stated."""
        return (await self.page(info, data.DatasetPage)).description

    @resolves("Who answers for it.")
    async def owners(self, info: Info) -> list[Owner]:
        """From facets and statements."""
        return all_shown(Owner, (await self.page(info, data.DatasetPage)).owners)

    @resolves("Tags on it and on its columns.")
    async def tags(self, info: Info) -> list[Tag]:
        """From facets and statements."""
        return all_shown(Tag, (await self.page(info, data.DatasetPage)).tags)

    @resolves("The columns of the schema in force, in its order; then those known from lineage.")
    async def columns(self, info: Info, first: AtMost = None, after: AfterItem = None) -> list[Column]:
        """Their pages come with the dataset's."""
        whole = (await self.page(info, data.DatasetPage)).columns
        columns = page_after(whole, lambda column: column.node.id, first, after)
        return [cast(Column, view(column.node, self.at, column)) for column in columns]

    @resolves("How many `columns` it has in all.")
    async def columns_count(self, info: Info) -> int:
        """Whatever page of them is asked for."""
        return len((await self.page(info, data.DatasetPage)).columns)

    @resolves("When it was dropped; null: it was not.")
    async def dropped_at(self, info: Info) -> Instant | None:
        """A dropped dataset is found all the same."""
        dropped_us = (await self.page(info, data.DatasetPage)).dropped_at_us
        return None if dropped_us is None else Instant(dropped_us)

    @resolves("False: only runs that failed, were aborted or have not ended mention it.")
    async def confirmed(self, info: Info) -> bool:
        """Whether anything that succeeded, or code, or a person says that it exists."""
        return (await self.page(info, data.DatasetPage)).confirmed

    @resolves("Jobs that read it.")
    async def read_by(self, info: Info, first: AtMost = None, after: AfterItem = None) -> list["Job"]:
        """By name."""
        return self.page_of((await self.page(info, data.DatasetPage)).read_by, first, after)

    @resolves("How many jobs `readBy` has in all.")
    async def read_by_count(self, info: Info) -> int:
        """Whatever page of them is asked for."""
        return len((await self.page(info, data.DatasetPage)).read_by)

    @resolves("Jobs that write it.")
    async def written_by(self, info: Info, first: AtMost = None, after: AfterItem = None) -> list["Job"]:
        """By name."""
        return self.page_of((await self.page(info, data.DatasetPage)).written_by, first, after)

    @resolves("How many jobs `writtenBy` has in all.")
    async def written_by_count(self, info: Info) -> int:
        """Whatever page of them is asked for."""
        return len((await self.page(info, data.DatasetPage)).written_by)

    @resolves("Its versions, the newest first: snapshots, or a model's versions.")
    async def versions(
        self, info: Info, first: AtMost = ITEMS_FIRST, after: After = None
    ) -> Connection["DatasetVersion"]:
        """A page of them."""
        return cast("Connection[DatasetVersion]", await self.story(info, Relation.VERSION, first, after))


@strawberry.type(description="One version of a dataset: a snapshot, or a model's version.")
class DatasetVersion(Node):
    version: str = about("The version as its producer wrote it.")

    @resolves("The dataset that it is a version of.")
    async def dataset(self, info: Info) -> Dataset:
        """By the version's id."""
        return await parent(self, info, Dataset)

    @resolves("When it was made.")
    async def time(self, info: Info) -> Instant:
        """Event time."""
        return Instant((await self.page(info, data.VersionPage)).at_us)

    @resolves("The run that made it.")
    async def run(self, info: Info) -> "Run | None":
        """Null where no run is known."""
        made_by = (await self.page(info, data.VersionPage)).run
        return None if made_by is None else await load(info, made_by, self.at, Run)

    @resolves("The job that made it.")
    async def job(self, info: Info) -> "Job | None":
        """Null where no job is known."""
        made_by = (await self.page(info, data.VersionPage)).job
        return None if made_by is None else await load(info, made_by, self.at, Job)


@strawberry.type(description="What reads and writes datasets: a task, a model's build, an application.")
class Job(Node):
    @resolves("Every raw name that is this job, as producers wrote it.")
    async def names(self, info: Info) -> list[RawName]:
        """Its technical jobs' names included."""
        return all_shown(RawName, (await self.page(info, data.JobPage)).names)

    @resolves("What it is, in words.")
    async def description(self, info: Info) -> str | None:
        """The newest that was told or stated."""
        return (await self.page(info, data.JobPage)).description

    @resolves("Who answers for it.")
    async def owners(self, info: Info) -> list[Owner]:
        """From facets and statements."""
        return all_shown(Owner, (await self.page(info, data.JobPage)).owners)

    @resolves("Tags on it.")
    async def tags(self, info: Info) -> list[Tag]:
        """From facets and statements."""
        return all_shown(Tag, (await self.page(info, data.JobPage)).tags)

    @resolves("Datasets that it reads.")
    async def reads(self, info: Info, first: AtMost = None, after: AfterItem = None) -> list[Dataset]:
        """By name."""
        return self.page_of((await self.page(info, data.JobPage)).reads, first, after)

    @resolves("How many datasets `reads` has in all.")
    async def reads_count(self, info: Info) -> int:
        """Whatever page of them is asked for."""
        return len((await self.page(info, data.JobPage)).reads)

    @resolves("Datasets that it writes.")
    async def writes(self, info: Info, first: AtMost = None, after: AfterItem = None) -> list[Dataset]:
        """By name."""
        return self.page_of((await self.page(info, data.JobPage)).writes, first, after)

    @resolves("How many datasets `writes` has in all.")
    async def writes_count(self, info: Info) -> int:
        """Whatever page of them is asked for."""
        return len((await self.page(info, data.JobPage)).writes)

    @resolves("Its newest runs, attempt by attempt, the newest first.")
    async def runs(self, info: Info, first: AtMost = ITEMS_FIRST, after: After = None) -> Connection["Run"]:
        """A page of them."""
        return cast("Connection[Run]", await self.story(info, Relation.RUN, first, after))

    @resolves("What else is told about it: its masked SQL, its code's version …")
    async def properties(self, info: Info) -> list[Property]:
        """By label."""
        return properties_of((await self.page(info, data.JobPage)).properties)


@strawberry.type(description="One attempt of one run of a job.")
class Run(Node):
    run_id: str = about("The run's id as its producer wrote it.")

    @resolves("The job that ran.")
    async def job(self, info: Info) -> Job:
        """Read with the run's page."""
        return cast(Job, view((await self.page(info, data.RunPage)).job, self.at))

    @resolves("Which attempt of this run id, from 1.")
    async def attempt(self, info: Info) -> int:
        """Counted by event time."""
        return (await self.page(info, data.RunPage)).attempt

    @resolves("START, RUNNING, COMPLETE, FAIL or ABORT: the last that was told.")
    async def state(self, info: Info) -> str:
        """By event time."""
        return (await self.page(info, data.RunPage)).state

    @resolves("When it started; null where no START came.")
    async def started_at(self, info: Info) -> Instant | None:
        """Event time."""
        return instant_of((await self.page(info, data.RunPage)).started_at)

    @resolves("When it ended; null: not yet.")
    async def ended_at(self, info: Info) -> Instant | None:
        """Event time."""
        return instant_of((await self.page(info, data.RunPage)).ended_at)

    @resolves("The id of the run that it belongs to.")
    async def parent(self, info: Info) -> strawberry.ID | None:
        """As told by its parent facet."""
        above = (await self.page(info, data.RunPage)).parent
        return None if above is None else strawberry.ID(above)

    @resolves("What it read.")
    async def inputs(self, info: Info, first: AtMost = None, after: AfterItem = None) -> list[Dataset]:
        """By name."""
        return self.page_of((await self.page(info, data.RunPage)).inputs, first, after)

    @resolves("How many `inputs` it has in all.")
    async def inputs_count(self, info: Info) -> int:
        """Whatever page of them is asked for."""
        return len((await self.page(info, data.RunPage)).inputs)

    @resolves("What it wrote.")
    async def outputs(self, info: Info, first: AtMost = None, after: AfterItem = None) -> list[Dataset]:
        """By name."""
        return self.page_of((await self.page(info, data.RunPage)).outputs, first, after)

    @resolves("How many `outputs` it has in all.")
    async def outputs_count(self, info: Info) -> int:
        """Whatever page of them is asked for."""
        return len((await self.page(info, data.RunPage)).outputs)

    @resolves("What else is told about this run alone: its error message, nominal time …")
    async def properties(self, info: Info) -> list[Property]:
        """By label."""
        return properties_of((await self.page(info, data.RunPage)).properties)


def view(node: facts.Node, at: MomentInput, page: data.Page | None = None) -> Node:
    """A node of the core as the schema shows it at a moment; `page` where it is at hand already."""
    named: dict[str, Any] = {
        "id": strawberry.ID(node.id), "kind": node.kind, "namespace": node.namespace, "name": node.name, "at": at,
        "known": page,
    }  # fmt: skip
    match node.kind:
        case NodeKind.NAMESPACE:
            return Namespace(**named)
        case NodeKind.DATASET:
            return Dataset(**named)
        case NodeKind.COLUMN:
            return Column(**named, column=node.column or "")
        case NodeKind.JOB:
            return Job(**named)
        case NodeKind.RUN:
            return Run(**named, run_id=node.version or "")
        case NodeKind.DATASET_VERSION:
            return DatasetVersion(**named, version=node.version or "")


Kind = TypeVar("Kind", bound=Node)


async def load(info: Info, node: NodeId, at: MomentInput, kind: type[Kind]) -> Kind:
    """A node by its id, with its page. NotFound when it is not there at the moment."""
    page = await info.context.pages.load((node, at))
    found = view(page.node, at, page)
    if not isinstance(found, kind):
        raise TypeError(f"{node} is a {type(found).__name__}, not a {kind.__name__}")
    return found


async def parent(of: Node, info: Info, kind: type[Kind]) -> Kind:
    """The dataset of a version, the job of a run."""
    above = parent_of(NodeId(of.id))
    if above is None:
        raise TypeError(f"{of.id} stands alone")
    return await load(info, above, of.at, kind)


def instant_of(written: str | None) -> Instant | None:
    """A time that the core keeps as text."""
    return None if written is None else Instant(parse_time(written))
