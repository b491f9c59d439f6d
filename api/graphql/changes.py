"""What changed: schema drift as each reporter tells it, and the difference between two moments."""

from typing import Annotated

import strawberry

from api.graphql.answers import Completeness, ImpactAnswer, LineageEdge, LineageNode
from api.graphql.context import Info
from api.graphql.nodes import Dataset, view
from api.graphql.pages import PageInfo
from api.graphql.showing import about, given, shown, shows
from api.graphql.vocabulary import Instant, Long
from lineage.query import answers as data
from lineage.query.answers import SchemaChangeKind


async def changed_dataset(change: strawberry.Parent[data.SchemaChange], info: Info) -> Dataset:
    """The dataset with its page as of now."""
    return shown(Dataset, view(change.dataset, await info.context.pin(None)))


async def change_impact(
    change: strawberry.Parent[data.SchemaChange],
    info: Info,
    first: Annotated[int | None, strawberry.argument(description="How many things the page has at most.")] = 20,
) -> ImpactAnswer:
    """Answered at the time of the change, when a lost column still had something downstream."""
    return shown(
        ImpactAnswer,
        await info.context.desk.ask(info.context.questions.impact_of_change, change, first=given(first, 20)),
    )


@shows(data.SchemaChange, "A change in what one reporter tells about a dataset's columns.")
class SchemaChange:
    dataset: Dataset = strawberry.field(resolver=changed_dataset, description="Whose schema changed.")
    column: str = about("The column.")
    column_id: strawberry.ID = about("The column's id.")
    kind: SchemaChangeKind = about("What changed.")
    before: str | None = about("What was told before: a type, a place, a name; null for a new column.")
    after: str | None = about("What is told since; null for a column that is gone.")
    at_us: Instant = about("When it changed: event time.", "at")
    reporter: str = about("Whose report: `catalogue:…`, `writer:…` or `reader:…`.")
    index: Long = about("The ledger entry that told it.")
    impact: ImpactAnswer = strawberry.field(
        resolver=change_impact, description="What is downstream of the column; of a lost one, what was."
    )


@shows(data.SchemaChangeEdge, "One schema change in a page of them.")
class SchemaChangeEdge:
    cursor: str = about("The change's place in the list: it follows the ledger, so late reports are not missed.")
    node: SchemaChange = about("The change.")


@shows(data.SchemaChangeConnection, "One page of schema changes, in the order in which they became known.")
class SchemaChangeConnection:
    edges: list[SchemaChangeEdge] = about("The changes with their cursors.")
    page_info: PageInfo = about("Where this page stands.")


@shows(data.EdgeChange, "An edge that both moments have and that tells something else.")
class EdgeChange:
    before: LineageEdge = about("As it was at `from`.")
    after: LineageEdge = about("As it is at `to`.")
    changes: list[str] = about("Which of its fields differ.")


@shows(data.LineageDiff, "How the lineage of something differs between two moments.")
class LineageDiff:
    added_nodes: list[LineageNode] = about("Nodes that only `to` has.")
    removed_nodes: list[LineageNode] = about("Nodes that only `from` has.")
    added_edges: list[LineageEdge] = about("Edges that only `to` has.")
    removed_edges: list[LineageEdge] = about("Edges that only `from` has.")
    changed_edges: list[EdgeChange] = about("Edges of both that tell something else.")
    schema_changes: list[SchemaChange] = about("Schema changes between the two moments, of the nodes concerned.")
    completeness: Completeness = about("How much of the truth both walks are.")
