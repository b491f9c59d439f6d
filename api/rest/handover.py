"""Addresses that show much, handed to the process that answers long questions; there they are answered by the same routes.

The one idea: an answer is a status, some headers and a body, whoever makes it. What was shown goes back with it, so that the entry
in the access log is the same, and an address that the process cannot answer is answered here.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from api.access.asking import PRINCIPAL, REQUEST, SAW, principal_of, sender_of, showed
from api.context import AppContext, ReadContext
from api.problems import HANDLERS
from api.questions import Address, Answer, Taken


async def answered_apart(context: ReadContext, request: Request) -> Response | None:
    """The answer of the other process; None where this one has to answer by itself. Overloaded when too many wait."""
    if not isinstance(context, AppContext):
        return None  # this is the other process
    scope = request.scope
    sent = scope.get("raw_path") or scope["path"].encode()
    asked = Address(sent, scope["query_string"], principal_of(scope), sender_of(scope).request)
    answer = await context.answering.ask(asked)
    if answer is None or answer.declined:
        return None
    for store_read in answer.taken.store_reads:
        context.metrics.store_read(*store_read)
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
        """Its answer, faults included: those that are ours raise."""
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "root_path": "",
            "path": unquote(asked.path.decode("latin-1")), "raw_path": asked.path, "query_string": asked.query_string,
            "headers": [], PRINCIPAL: asked.principal, REQUEST: asked.request,
        }  # fmt: skip
        told: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request"}

        async def send(message: Message) -> None:
            told.append(message)

        await self._app(scope, receive, send)
        taken.objects = frozenset(scope.get(SAW, ()))
        pieces = tuple(each.get("body", b"") for each in told[1:])
        return Answer(pieces, taken=taken, status=told[0]["status"], headers=tuple(told[0]["headers"]))
