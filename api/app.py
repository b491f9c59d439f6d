"""The web application: every route of the service over one `AppContext`.

The one idea: the routes that clients of other systems depend on (`/api/v1/lineage`) are plain ASGI endpoints, so that
no framework reads, judges or redirects their bodies; all others are FastAPI's, described in /openapi.json.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api import events, evidence, health, mlflow_webhook, problems, rest, tiles
from api.accepting import PRODUCT
from api.context import AppContext
from api.description import describe
from api.gate import Gate
from api.ingest import Door

INGEST = "/api/v1/lineage"


class Endpoint:
    """A coroutine function as an ASGI application: Starlette would wrap a bare function as request → response."""

    def __init__(self, path: str, application: ASGIApp) -> None:
        self.path = path
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self  # what metrics are labelled with
        await self._application(scope, receive, send)


def create_app(context: AppContext) -> FastAPI:
    """The application over an open `context`, which whoever opened it closes after the last answer."""
    from api import graphql  # strawberry takes a third of a second to import: after the ledger's checks, not before

    door = Door(context)
    knocks = mlflow_webhook.Knocks(context)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        limits = asyncio.create_task(context.erasing.keep_limits())
        yield
        limits.cancel()
        await knocks.close()
        door.close()

    app = FastAPI(
        title="Headwater",
        version=PRODUCT,
        summary="Data lineage and audit graph: where data came from, what breaks if it changes, and proof of both.",
        lifespan=lifespan,
        redirect_slashes=False,  # clients turn a redirected POST into a GET, and the event is lost
        docs_url=None,  # it would load scripts from elsewhere
        redoc_url=None,
        exception_handlers=dict(problems.HANDLERS),
    )
    for path, application in ((INGEST, door.single), (f"{INGEST}/batch", door.batch)):
        for spelling in (path, path + "/"):
            app.router.routes.append(Route(spelling, Endpoint(path, application), methods=["POST"]))
    app.include_router(graphql.router(context))  # tried in this order: first what is asked all the time
    app.include_router(health.router(context))
    app.include_router(events.router(context))
    app.include_router(mlflow_webhook.router(context, knocks))
    app.include_router(tiles.router(context))
    app.include_router(rest.router(context))
    context.packs.sweep(context.settings.data)
    app.include_router(evidence.router(context.packs))
    app.add_middleware(Gate, context=context)
    describe(app)
    return app
