"""Addresses that show much, handed to the process that answers long questions; there they are answered by the same routes.

The one idea: an answer is a status, some headers and a body, whoever makes it. What was shown goes back with it, so that the entry
in the access log is the same, and an address that the process cannot answer is answered here.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from api.access.asking import SAW, made_scope, principal_of, sender_of, showed
from api.context import AppContext
from api.problems import HANDLERS
from api.questions import Address, Answer, Taken
from api.rest.sent_path import SentPathRoute, sent_path


def handed_over(context: AppContext) -> type[SentPathRoute]:
    """Routes that another process answers, where there is one."""

    class HandedOverRoute(SentPathRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            own = super().get_route_handler()

            async def handler(request: Request) -> Response:
                return await _answered_apart(context, request) or await own(request)

            return handler

    return HandedOverRoute


async def _answered_apart(context: AppContext, request: Request) -> Response | None:
    """The answer of the other process; None where this one has to answer by itself. Overloaded when too many wait."""
    scope = request.scope
    asked = Address(sent_path(scope), scope["query_string"], principal_of(scope), sender_of(scope).request)
    answer = await context.answering.ask(asked)
    if answer is None:
        return None
    answer.taken.count_reads(context.metrics)
    showed(scope, answer.taken.objects)
    response = Response(b"".join(answer.data), answer.status)
    response.raw_headers = list(answer.headers)
    return response


class Addresses:
    """Answers addresses by `router`, with the service's problem documents."""

    def __init__(self, router: APIRouter) -> None:
        self._app = FastAPI(exception_handlers=dict(HANDLERS), redirect_slashes=False, openapi_url=None)
        self._app.include_router(router)

    async def answer(self, asked: Address, taken: Taken) -> Answer:
        """Its answer, refusals included. What is our fault is raised, and the service then answers by itself."""
        scope = made_scope(asked.principal, asked.request, "GET", asked.path, query_string=asked.query_string)
        told: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request"}

        async def send(message: Message) -> None:
            told.append(message)

        await self._app(scope, receive, send)
        taken.objects = frozenset(scope.get(SAW, ()))
        pieces = tuple(each.get("body", b"") for each in told[1:])
        return Answer(pieces, taken=taken, status=told[0]["status"], headers=tuple(told[0]["headers"]))
