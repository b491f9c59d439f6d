"""What can be waited for: schemas that change, runs that end, a ledger that grows.

The one idea: an event carries the ledger index that it came with, and `after` takes such an index, so a client that was
away asks for what it missed and misses nothing. All events of one entry come together, for an index is all that a client
has to remember. Each event is shown by what there is to ask anyway: a schema change with its impact, a run with its page.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Annotated, Final

import strawberry
from starlette.websockets import WebSocket

from api.graphql.changes import SchemaChange
from api.graphql.context import Info, RequestContext
from api.graphql.nodes import Run, view
from api.graphql.payloads import LedgerStatus
from api.graphql.queries import argument
from api.graphql.record import ledger_status
from api.graphql.showing import about, all_shown, announces
from api.graphql.vocabulary import Long
from lineage.errors import InputError
from lineage.ids import namespace_id
from lineage.moment import Moment
from lineage.names import normal_namespace
from lineage.query.moments import MomentInput
from lineage.query.news import News
from lineage.query.schema import reporter_names

INTERRUPTED: Final = "headwater.interrupted"
"""In the scope of a request whose subscription ended because the service does."""

ADMITTED_FOR_S: Final = 60.0  # a key that is revoked, or a token that has ended, is noticed within a minute
NAMESPACES_MAX: Final = 100  # each is looked up with every event that could be of it

Namespaces = Annotated[
    list[str] | None, argument("Only of these namespaces, in any spelling; null: of all that you see.")
]
After = Annotated[
    Long | None,
    argument("The index of the last event that you have: those of later entries follow. -1: all; null: from now on."),
]


@strawberry.type(description="The schemas that one ledger entry changed.")
class SchemasChanged:
    index: Long = about("The entry: give it as `after` when you come back.")
    changes: list[SchemaChange] = about("What changed. `impact` of each tells who is affected, with owners.")


@strawberry.type(description="The runs that ended with one ledger entry.")
class RunsEnded:
    index: Long = about("The entry: give it as `after` when you come back.")
    runs: list[Run] = about("The runs, each with its state as of the entry.")


@strawberry.type(description="What can be waited for, over a WebSocket (graphql-transport-ws) or server-sent events.")
class Subscription:
    @announces(
        "What changed in any schema, as soon as the graph has it. Changes that only a statement re-tells (an "
        "alias) are left out."
    )
    async def schema_changed(
        self, info: Info, namespaces: Namespaces = None, after: After = None
    ) -> AsyncGenerator[SchemasChanged, None]:
        """By entry."""
        async for news in _news(info, namespaces, after):
            if news.schema_changes:
                yield SchemasChanged(index=Long(news.index), changes=all_shown(SchemaChange, news.schema_changes))

    @announces("Which runs ended, well or not, as soon as the graph has it.")
    async def run_ended(
        self, info: Info, namespaces: Namespaces = None, after: After = None
    ) -> AsyncGenerator[RunsEnded, None]:
        """By entry; `namespaces` are those of jobs."""
        async for news in _news(info, namespaces, after):
            if news.ended:
                at = MomentInput(known_index=news.index + 1)
                runs = [view(page.node, at) for page in news.ended]
                yield RunsEnded(index=Long(news.index), runs=all_shown(Run, runs))

    @announces("Where ledger and graph stand, whenever one of them has grown: the latest state, not each step.")
    async def ledger_grew(
        self,
        info: Info,
        after: Annotated[Long | None, argument("The size that you know: a larger one is told at once.")] = None,
    ) -> AsyncGenerator[LedgerStatus, None]:
        """Nothing can be missed: sizes only grow."""
        context, feed = info.context, info.context.feed
        context.desk.go_to(feed.desk)
        async with feed.subscribed():
            sizes, checked_s = feed.sizes, time.monotonic()
            if after is not None and sizes[1] > after:
                yield await ledger_status(info)
            while await feed.moved(sizes):
                sizes, checked_s = feed.sizes, await _still_admitted(context, checked_s)
                context.begin()
                yield await ledger_status(info)
            _interrupted(context)


async def _news(info: Info, namespaces: list[str] | None, after: int | None) -> AsyncGenerator[News, None]:
    """The news after an index, of it what is of these namespaces and there for the one who asks."""
    context, feed = info.context, info.context.feed
    if len(namespaces or ()) > NAMESPACES_MAX:
        message = f"At most {NAMESPACES_MAX} namespaces. Leave them out and choose from what comes."
        raise InputError(message, place="namespaces")
    context.desk.go_to(feed.desk)
    async with feed.subscribed():
        position = feed.sizes[0] if after is None else after + 1
        if not 0 <= position <= feed.sizes[1]:
            message = f"`after` is the index of an entry of this ledger, which has {feed.sizes[1]}, or -1."
            raise InputError(message, place="after")
        checked_s = time.monotonic()
        while await feed.beyond(position):
            checked_s = await _still_admitted(context, checked_s)
            for news in await feed.news(position, feed.sizes[0]):
                if feed.closed:  # what is left of the batch is told when the client comes back
                    break
                if news.schema_changes or news.ended:
                    context.begin()
                    yield await context.desk.ask(_as_seen, context, news, namespaces)
                position = news.index + 1
        _interrupted(context)


def _interrupted(context: RequestContext) -> None:
    """End because the service does, which is no end of the subscription: the client is to come back, so nobody may tell it
    `complete`. Over a WebSocket the operation is cancelled; of a stream of events the scope tells."""
    if isinstance(context.request, WebSocket):
        raise asyncio.CancelledError
    if context.request is not None:
        context.request.scope[INTERRUPTED] = True


def _as_seen(context: RequestContext, news: News, namespaces: list[str] | None) -> News:
    sources = context.questions.sources
    at = Moment(None, sources.graph.applied())
    spelled = {namespace_id(each) for name in namespaces or () for each in (name, normal_namespace(name))}
    meant = {
        node.namespace for node in sources.graph.nodes(sources.graph.resolve(sorted(spelled), at).values()).values()
    }
    nodes = {each for change in news.schema_changes for each in (change.dataset.id, change.column_id)}
    nodes |= {each for page in news.ended for each in (page.node.id, page.job.id)}
    seen = set(sources.graph.nodes(nodes))
    named = reporter_names(sources, {change.reporter for change in news.schema_changes}, at)

    def wanted(namespace: str) -> bool:
        return namespaces is None or namespace in meant or namespace in namespaces

    return News(
        news.index,
        tuple(
            replace(change, reporter=named.get(change.reporter, change.reporter))
            for change in news.schema_changes
            if {change.dataset.id, change.column_id} <= seen and wanted(change.dataset.namespace)
        ),
        tuple(page for page in news.ended if {page.node.id, page.job.id} <= seen and wanted(page.job.namespace)),
    )


async def _still_admitted(context: RequestContext, checked_s: float) -> float:
    """When the key or token of the connection was last found good. Unauthorised when it is not any more."""
    if time.monotonic() - checked_s < ADMITTED_FOR_S:
        return checked_s
    await context.admit()
    return time.monotonic()
