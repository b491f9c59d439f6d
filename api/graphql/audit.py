"""Which ledger entries prove a part of an answer: pages of positions, read from the ledger in one batch a request."""

import asyncio
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.pages import AuditConnection, AuditEdge, PageInfo
from api.graphql.proofs import audit_entry
from api.graphql.showing import given, shown
from lineage.moment import Moment
from lineage.query import answers as data
from lineage.query import cursors
from lineage.query.moments import NOW

ENTRIES_FIRST = 20

First = Annotated[int | None, strawberry.argument(description="How many entries the page has at most.")]
After = Annotated[str | None, strawberry.argument(description="The cursor that the page follows.")]


async def edge_entries(
    edge: strawberry.Parent[data.LineageEdge], info: Info, first: First = ENTRIES_FIRST, after: After = None
) -> AuditConnection:
    """The entries that say what an edge says."""
    positions = edge.entries
    if not info.context.sight.entries.sees_everything:
        positions = await info.context.desk.ask(info.context.sight.seen_entries, positions)
    return await audit_page(info, positions, (edge.source, edge.target, edge.flow), first, after)


async def node_entries(
    node: strawberry.Parent[data.LineageNode], info: Info, first: First = ENTRIES_FIRST, after: After = None
) -> AuditConnection:
    """The entries that speak of a node, as known now."""
    return await audit_page(info, await info.context.entries.load((node.id, NOW)), (node.id,), first, after)


async def audit_page(
    info: Info, positions: tuple[int, ...], of: tuple[str, ...], first: int | None, after: str | None
) -> AuditConnection:
    """One page of ledger positions (ascending) with what their leaves tell. BadCursor for a cursor of another list."""
    arguments = cursors.arguments_hash("entries", *of)
    key = cursors.decode(after, arguments).key if after is not None else None
    taken, page_info = cursors.page(
        positions,
        lambda position: (position,),
        first=given(first, ENTRIES_FIRST),
        after=key,
        moment=Moment(None, 0),
        arguments=arguments,
    )
    nodes = await asyncio.gather(*(audit_entry(info, index) for index in taken))
    edges = [
        AuditEdge(cursor=cursors.encode((int(node.index),), Moment(None, 0), arguments), node=node) for node in nodes
    ]
    return AuditConnection(edges=edges, nodes=nodes, page_info=shown(PageInfo, page_info), total_count=len(positions))
