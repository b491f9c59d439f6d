"""Every question of the schema: arguments in, the core's frozen answers out.

The one idea: a resolver only translates. It names the question, the desk runs it beside the event loop, and what comes
back is shown as it is. Rules about time, walks, pages and completeness live in lineage/query.
"""

from typing import Annotated, Any, cast

import strawberry

from api.graphql.answers import ImpactAnswer, LineageAnswer, PathsAnswer, ProvenanceAnswer
from api.graphql.changes import LineageDiff, SchemaChangeConnection
from api.graphql.context import Info, moment
from api.graphql.inputs import MomentInput, NodeRef
from api.graphql.nodes import Dataset, Job, Node, Run, view
from api.graphql.pages import PageInfo
from api.graphql.showing import about, given, resolves, shown
from api.graphql.vocabulary import Instant
from lineage import facts
from lineage.errors import LimitExceeded
from lineage.facts import Direction, EvidenceKind, Flow, Grain, NodeKind
from lineage.query.answers import ChangeKind
from lineage.query.resolve import DatasetRef, JobRef
from lineage.query.resolve import NodeRef as Ref

IDS_MAX = 500  # nodes(ids): as many as a page of search holds, and a bound on what one request reads


def argument(description: str, name: str | None = None) -> Any:
    """An argument's description (and its name, where Python's own would be a keyword)."""
    return strawberry.argument(description=description, name=name)


At = Annotated[MomentInput | None, argument("When: left out, the latest state with all that is known now.")]
After = Annotated[str | None, argument("The `endCursor` of the page before, with the same arguments.")]
Of = Annotated[list[NodeRef], argument("What is asked about. Spellings of one node count once.")]
DirectionOf = Annotated[Direction, argument("Which way to walk.")]
NamespaceOf = Annotated[str, argument("The namespace: any spelling.")]
First = Annotated[int | None, argument("How many items the page has at most.")]
GrainOf = Annotated[Grain | None, argument("Datasets, or columns.")]
NameOf = Annotated[str, argument("The name: any spelling.")]
Kinds = Annotated[list[NodeKind] | None, argument("Only these kinds; null: all.")]


@strawberry.type(description="One thing that was found.")
class SearchEdge:
    cursor: str = about("Its place in the list.")
    node: Node = about("What was found.")
    matched: str = about("The name that was found: it may be another than the canonical one.")


@strawberry.type(description="One page of what was found: exact names first, then beginnings, then the rest.")
class SearchConnection:
    edges: list[SearchEdge] = about("What was found, with cursors.")
    nodes: list[Node] = about("What was found.")
    page_info: PageInfo = about("Where this page stands.")


@strawberry.type(description="Questions. All of them take any spelling of a name, and most of them any moment.")
class Query:
    @resolves("The node with this id, or with a raw name of this id. NOT_FOUND when there is none.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, argument("The id, `hw:…`.")], at: At = None
    ) -> Node | None:
        """Its name now, its page when a field of it is asked for."""
        return await _find(info, Ref(id=id), at)

    @resolves("The node that a reference means: any spelling of a name, or an id. NOT_FOUND when there is none.")
    async def find(self, info: Info, of: Annotated[NodeRef, argument("Which node.")], at: At = None) -> Node | None:
        """Columns and versions too, which have no field of their own here."""
        return await _find(info, of.ref(), at)

    @resolves("The nodes with these ids, in order; null and an error for each that is missing.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], argument(f"Ids, at most {IDS_MAX}.")],
        at: At = None,
    ) -> list[Node | None]:
        """An exception in the list becomes the error of its place."""
        if len(ids) > IDS_MAX:
            message = f"At most {IDS_MAX} nodes at once. Ask for the rest in another request."
            raise LimitExceeded(message, limit=IDS_MAX, asked=len(ids))
        pinned = await info.context.pin(at)
        found = await info.context.desk.ask(info.context.questions.nodes, [str(each) for each in ids], pinned)
        shown_nodes = [view(each, pinned) if isinstance(each, facts.Node) else each for each in found]
        return cast("list[Node | None]", shown_nodes)

    @resolves("The dataset with this name. NOT_FOUND, with near names, when there is none.")
    async def dataset(
        self,
        info: Info,
        namespace: NamespaceOf,
        name: Annotated[str, argument("The name: any spelling.")],
        at: At = None,
    ) -> Dataset | None:
        """Dropped and attempted ones are found too; their fields say so."""
        return shown(Dataset, await _find(info, Ref(dataset=DatasetRef(namespace, name)), at))

    @resolves("The job with this name. NOT_FOUND, with near names, when there is none.")
    async def job(
        self,
        info: Info,
        namespace: NamespaceOf,
        name: Annotated[str, argument("The name: any spelling.")],
        at: At = None,
    ) -> Job | None:
        """A technical job's name finds the job that it is a detail of."""
        return shown(Job, await _find(info, Ref(job=JobRef(namespace, name)), at))

    @resolves("One run of a job. NOT_FOUND when there is none.")
    async def run(
        self,
        info: Info,
        namespace: NamespaceOf,
        job: Annotated[str, argument("The job's name: any spelling.")],
        run_id: Annotated[str, argument("The run's id as its producer wrote it.")],
        attempt: Annotated[int | None, argument("Which attempt, from 1; null: the last.")] = None,
    ) -> Run | None:
        """With its page."""
        page = await info.context.desk.ask(info.context.questions.run, namespace, job, run_id, attempt)
        return shown(Run, view(page.node, await info.context.pin(None), page))

    @resolves("Nodes one of whose names contains every word of the query, whatever the case.")
    async def search(
        self,
        info: Info,
        query: Annotated[str, argument("Words or parts of names, such as `orders` or `shop customers email`.")],
        kinds: Kinds = None,
        first: First = 20,
        after: After = None,
        at: At = None,
    ) -> SearchConnection:
        """By any name: raw, symlinked, folded, aliased."""
        found = await info.context.desk.ask(
            info.context.questions.search, query, kinds=kinds, first=given(first, 20), after=after, at=moment(at)
        )
        pinned = await info.context.pin(at)
        edges = [SearchEdge(cursor=e.cursor, node=view(e.node, pinned), matched=e.matched) for e in found.edges]
        return SearchConnection(
            edges=edges, nodes=[edge.node for edge in edges], page_info=shown(PageInfo, found.page_info)
        )

    @resolves("What is upstream or downstream, as nodes and edges.")
    async def lineage(
        self,
        info: Info,
        of: Of,
        direction: DirectionOf,
        depth: Annotated[int | None, argument("How many hops; null: all the way.")] = None,
        grain: GrainOf = Grain.DATASET,
        flows: Annotated[list[Flow] | None, argument("Only these flows; null: both.")] = None,
        evidence: Annotated[list[EvidenceKind] | None, argument("Only such edges; null: all but ATTEMPTED.")] = None,
        seen_after: Annotated[Instant | None, argument("Only edges that a run repeated since.")] = None,
        limit: Annotated[int | None, argument("How many nodes at most; beyond: TRUNCATED by NODES.")] = 1000,
        at: At = None,
    ) -> LineageAnswer:
        """One missing root fails the whole."""
        refs = [each.ref() for each in of]
        return shown(LineageAnswer,
            await info.context.desk.ask(
                info.context.questions.lineage, refs, direction, depth=depth, grain=given(grain, Grain.DATASET), flows=flows,
                evidence=evidence, seen_after_us=seen_after, limit=given(limit, 1000), at=moment(at),
            )
        )  # fmt: skip

    @resolves("What breaks if this changes: columns, datasets and jobs, with the reason for each.")
    async def impact(
        self,
        info: Info,
        of: Of,
        change: Annotated[ChangeKind | None, argument("What is about to change; null: anything.")] = None,
        kinds: Kinds = None,
        first: First = 100,
        after: After = None,
        at: At = None,
    ) -> ImpactAnswer:
        """The certain and near first."""
        refs = [each.ref() for each in of]
        return shown(
            ImpactAnswer,
            await info.context.desk.ask(
                info.context.questions.impact,
                refs,
                change=change,
                kinds=kinds,
                first=given(first, 100),
                after=after,
                at=moment(at),
            ),
        )

    @resolves("Where something comes from: every source, and everything on the way.")
    async def provenance(
        self,
        info: Info,
        of: Annotated[NodeRef, argument("What is asked about: a column, a dataset, a model's version.")],
        first: First = 100,
        after: After = None,
        at: At = None,
    ) -> ProvenanceAnswer:
        """Sources in pages; the way is whole on each."""
        ask = info.context.questions.provenance
        return shown(
            ProvenanceAnswer,
            await info.context.desk.ask(ask, of.ref(), first=given(first, 100), after=after, at=moment(at)),
        )

    @resolves("How data gets from one node to another: distinct ways, the shortest first.")
    async def paths(
        self,
        info: Info,
        from_: Annotated[NodeRef, argument("Where it begins: upstream.", "from")],
        to: Annotated[NodeRef, argument("Where it ends: downstream.")],
        first: First = 5,
        grain: GrainOf = Grain.COLUMN,
        at: At = None,
    ) -> PathsAnswer:
        """With the nodes that every way goes through."""
        ask = info.context.questions.paths
        return shown(
            PathsAnswer,
            await info.context.desk.ask(
                ask, from_.ref(), to.ref(), first=given(first, 5), grain=given(grain, Grain.COLUMN), at=moment(at)
            ),
        )

    @resolves("What differs between two moments: of the world, of the record, or of both.")
    async def diff(
        self,
        info: Info,
        of: Of,
        direction: DirectionOf,
        from_: Annotated[MomentInput, argument("The one moment.", "from")],
        to: Annotated[MomentInput, argument("The other.")],
        grain: GrainOf = Grain.DATASET,
    ) -> LineageDiff:
        """'What did we say in May about April, and why do we say something else today?'"""
        refs = [each.ref() for each in of]
        ask = info.context.questions.diff
        return shown(
            LineageDiff,
            await info.context.desk.ask(
                ask, refs, direction, from_=moment(from_), to=moment(to), grain=given(grain, Grain.DATASET)
            ),
        )

    @resolves("What changed in any schema, when, and in whose report.")
    async def schema_changes(
        self,
        info: Info,
        since: Annotated[Instant, argument("Changes from this time on (event time).")],
        until: Annotated[Instant | None, argument("Changes before this time; null: up to the newest.")] = None,
        of: Annotated[list[NodeRef] | None, argument("Only these datasets or columns; null: all.")] = None,
        first: First = 50,
        after: After = None,
    ) -> SchemaChangeConnection:
        """In the order in which they became known: keep the cursor and ask again later."""
        refs = None if of is None else [each.ref() for each in of]
        ask = info.context.questions.schema_changes
        return shown(
            SchemaChangeConnection,
            await info.context.desk.ask(ask, since, until_us=until, of=refs, first=given(first, 50), after=after),
        )


async def _find(info: Info, ref: Ref, at: MomentInput | None) -> Node:
    pinned = await info.context.pin(at)
    return view(await info.context.desk.ask(info.context.questions.find, ref, pinned), pinned)
