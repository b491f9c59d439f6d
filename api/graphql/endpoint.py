"""`/graphql`: GraphQL over HTTP, GET and POST, on the service's own context."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from fastapi import APIRouter
from strawberry.fastapi import GraphQLRouter

from api.context import AppContext
from api.graphql.context import RequestContext
from api.graphql.desk import Desk
from api.graphql.journal import Journal
from api.graphql.schema import schema

PATH = "/graphql"


class Endpoint(GraphQLRouter[RequestContext, None]):
    """Strawberry's router with a faster encoder."""

    def encode_json(self, data: object) -> bytes:
        """3.5 MB in 5 ms instead of 34."""
        return orjson.dumps(data)


def router(context: AppContext) -> APIRouter:
    """The routes of `/graphql`. No page is served there: it would load scripts from elsewhere."""
    desk, journal = Desk(), Journal(context.ledger)

    async def request_context() -> RequestContext:
        return RequestContext(context, desk, journal)

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        yield
        desk.close()

    return Endpoint(
        schema, PATH, graphql_ide=None, context_getter=request_context, subscription_protocols=(), lifespan=lifespan
    )
