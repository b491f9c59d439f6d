"""`/graphql`: GraphQL over HTTP, its events, and its WebSocket, on the service's own context.

The one idea: HTTP carries GraphQL and no more. What cannot be asked at all (no JSON, no document) is a request error of
status 400; what GraphQL refuses has status 200 as plain JSON and 4xx or 5xx as `application/graphql-response+json`; and
what has nothing to do with GraphQL (the method, the media type, the size) is a problem as everywhere else.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final, cast

import orjson
from fastapi import APIRouter
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket
from strawberry.exceptions import MissingQueryError
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.bodies import Gone, receive_body
from api.context import AppContext
from api.graphql.context import RequestContext
from api.graphql.desk import Desk
from api.graphql.documents import Documents, UnknownDocument, UntrustedDocument
from api.graphql.encoding import InPieces, encoded, plain
from api.graphql.errors import extensions_of
from api.graphql.feed import Feed
from api.graphql.journal import Journal
from api.graphql.media import ANSWERS, Media, choose, is_json
from api.graphql.page import FOLDER, Page
from api.graphql.requests import Asked, from_body, from_query
from api.graphql.schema import schema
from api.graphql.sockets import Sockets
from api.graphql.subscriptions import INTERRUPTED
from api.problems import BY_STATUS, MEDIA_TYPE, BodyTooLarge, problem
from lineage.errors import InputError

PATH: Final = "/graphql"
DOCUMENT_BYTES_MAX: Final = 1 << 20  # the largest of our own documents has 3 kB; variables may hold some hundred names
EVENTS_IDLE_S: Final = 15.0  # proxies close a silent connection after 30 to 60 s

# A request error's status, where it is not the client's fault.
_STATUSES: Final = {"OVERLOADED": 503, "STORE_UNAVAILABLE": 503, "LEDGER": 503, "INTERNAL": 500, "FORBIDDEN": 403}
_HEADERS: Final = {"Vary": "Accept", "Cache-Control": "no-store"}


class Endpoint:
    """Answers requests. One for each service."""

    def __init__(self, context: AppContext, desk: Desk, journal: Journal, feed: Feed) -> None:
        self._context, self._desk, self._journal, self._feed = context, desk, journal, feed
        self.documents = Documents.of(context.settings.trusted_documents)
        context.metrics.operation_names.know(self.documents, clients_names())
        self.page = Page()

    async def answer(self, request: Request) -> Response:
        """The answer to a GET or a POST. BodyTooLarge, SlowBody, Overloaded for what cannot be received."""
        asks_nothing = request.method == "GET" and not request.url.query
        media = choose(request.headers.get("accept"), (*ANSWERS, Media.PAGE) if asks_nothing else ANSWERS)
        if media is Media.PAGE:
            return self.page.answer(request)
        if media is None:
            return _problem(406, f"Answers are {', '.join(ANSWERS)}. Name one of them in `Accept`, or leave it out.")
        try:
            if request.method == "GET":
                asked = from_query(request.query_params)
            else:
                if not is_json(request.headers.get("content-type")):
                    return _problem(415, "Send the request as `Content-Type: application/json`, in UTF-8.")
                asked = from_body(await self._body(request))
            query = self.documents.text(asked.query, asked.extensions, asked.document_id)
        except InputError as error:
            return _refused(media, HTTPStatus.BAD_REQUEST, error.message, extensions_of(error))
        except Gone:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is there to read it
        except (UnknownDocument, UntrustedDocument) as error:
            status = HTTPStatus.OK if media is Media.JSON else HTTPStatus.BAD_REQUEST
            return _refused(media, status, error.message, {"code": error.code})
        allowed = {OperationType.QUERY} if request.method == "GET" else {OperationType.QUERY, OperationType.MUTATION}
        try:
            if media is Media.EVENTS:
                return await self._events(request, query, asked, allowed | {OperationType.SUBSCRIPTION})
            return await self._execute(request, query, asked, allowed, media)
        except InvalidOperationTypeError as error:
            return _wrong_operation(media, error.operation_type)
        except CannotGetOperationTypeError as error:
            told = {"code": "BAD_INPUT", "place": "operationName"}
            return _refused(media, HTTPStatus.BAD_REQUEST, error.as_http_error_reason() + ".", told)
        except MissingQueryError:
            told = {"code": "BAD_INPUT", "place": "query"}
            return _refused(media, HTTPStatus.BAD_REQUEST, "There is no document. Send it as `query`.", told)

    def request_context(self, request: Request | WebSocket) -> RequestContext:
        """What the resolvers of one operation have at hand."""
        context = RequestContext(self._context, self._desk, self._journal, self._feed)
        context.request = request
        return context

    async def _body(self, request: Request) -> bytes:
        with self._context.memory.lease() as lease:
            try:
                return await receive_body(
                    request.receive, request.headers.get("content-length"), lease, bytes_max=DOCUMENT_BYTES_MAX
                )
            except BodyTooLarge as error:
                message = f"A GraphQL request has at most {DOCUMENT_BYTES_MAX} bytes. Ask for less at once."
                raise BodyTooLarge(message, limit=DOCUMENT_BYTES_MAX, asked=error.asked) from None

    async def _execute(
        self, request: Request, query: str | None, asked: Asked, allowed: set[OperationType], media: Media
    ) -> Response:
        result = await schema.execute(
            query,
            variable_values=asked.variables,
            context_value=self.request_context(request),
            operation_name=asked.operation_name,
            allowed_operation_types=allowed,
            operation_extensions=asked.extensions,
        )
        document = shown(result)
        status: int = HTTPStatus.OK
        if "data" not in document and media is Media.RESPONSE:
            status = _status(result.errors or ())
        headers = {**_HEADERS, **retry_after(result.errors or ())}
        return InPieces(await encoded(document), status, headers, f"{media}; charset=utf-8")

    async def _events(self, request: Request, query: str | None, asked: Asked, allowed: set[OperationType]) -> Response:
        results = await schema.stream(
            query,
            variable_values=asked.variables,
            context_value=self.request_context(request),
            operation_name=asked.operation_name,
            allowed_operation_types=allowed,
            operation_extensions=asked.extensions,
        )
        transport = SSETransport(EVENTS_IDLE_S)

        async def frames() -> Any:
            async for result in results:
                yield transport.encode_next(cast(Any, shown(cast(ExecutionResult, result))), _encode)
            if not request.scope.get(INTERRUPTED):  # a stream that just stops is one to come back to
                yield transport.encode_complete()

        stream = merge_stream_with_heartbeat(
            frames, lambda: transport.heartbeat_message(_encode), EVENTS_IDLE_S, send_initial_heartbeat=False
        )
        return StreamingResponse(stream(), headers={**_HEADERS, **transport.headers})


def router(context: AppContext) -> APIRouter:
    """The routes of `/graphql`."""
    desk, journal = Desk(), Journal(context.ledger)
    feed = Feed(context, desk)
    endpoint = Endpoint(context, desk, journal, feed)
    sockets = Sockets(endpoint.documents, endpoint.request_context)

    async def farewell() -> None:
        feed.close()
        await sockets.leave()

    context.ending.expect(farewell)

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        yield
        feed.close()
        desk.close()

    routes = APIRouter(lifespan=lifespan)
    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "An answer, or what GraphQL refuses.", "content": {str(each): {} for each in ANSWERS}},
        "default": {
            "description": "A request error as GraphQL says it, or a problem that has nothing to do with GraphQL.",
            "content": {str(each): {} for each in (Media.JSON, Media.RESPONSE, MEDIA_TYPE)},
        },
    }
    arguments = [
        {"name": name, "in": "query", "schema": {"type": "string"}, "description": about}
        for name, about in (
            ("query", "The document."),
            ("operationName", "Which of its operations."),
            ("variables", "A JSON object."),
            ("extensions", "A JSON object."),
        )
    ]

    @routes.get(PATH, responses=answers, response_class=Response, openapi_extra={"parameters": arguments})
    async def ask_by_get(request: Request) -> Response:
        """GraphQL over HTTP: queries."""
        return await endpoint.answer(request)

    @routes.post(PATH, responses=answers, response_class=Response, openapi_extra={"requestBody": _BODY})
    async def ask_by_post(request: Request) -> Response:
        """GraphQL over HTTP: queries and mutations; subscriptions as events."""
        return await endpoint.answer(request)

    @routes.get(f"{FOLDER}/{{name}}", include_in_schema=False)
    async def file_of_page(request: Request, name: str) -> Response:
        """A file of the page that browsers get at `/graphql`."""
        return endpoint.page.answer(request, name)

    @routes.websocket(PATH)
    async def converse(socket: WebSocket) -> None:
        """graphql-transport-ws."""
        await sockets.run(socket)

    @routes.api_route(PATH, methods=["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], include_in_schema=False)
    async def refuse() -> None:
        """No other method; said once for both above."""
        raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, POST"})

    return routes


_BODY: Final = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "query": {"type": "string"},
                    "operationName": {"type": ["string", "null"]},
                    "variables": {"type": ["object", "null"]},
                    "extensions": {"type": ["object", "null"]},
                },
            }
        }
    },
}


def clients_names() -> set[str]:
    """How `headwater.client` names its operations: each by its root field."""
    roots = (schema._schema.query_type, schema._schema.mutation_type, schema._schema.subscription_type)
    return {name[0].upper() + name[1:] for root in roots if root is not None for name in root.fields}


def shown(result: ExecutionResult) -> dict[str, Any]:
    """The answer as GraphQL writes it. A request error has no data at all."""
    errors = result.errors or ()
    document: dict[str, Any] = {}
    if result.data is not None or any(error.path for error in errors):
        document["data"] = result.data
    if errors:
        document["errors"] = [error.formatted for error in errors]
    if result.extensions:
        document["extensions"] = result.extensions
    return document


def retry_after(errors: Sequence[GraphQLError]) -> dict[str, str]:
    """The header that says when to ask again, where an error says so."""
    waits_s = [each for error in errors if (each := (error.extensions or {}).get("retryAfterSeconds"))]
    return {"Retry-After": str(max(1, math.ceil(max(waits_s))))} if waits_s else {}


def _status(errors: Sequence[GraphQLError]) -> int:
    codes = [(error.extensions or {}).get("code") for error in errors]
    return max((_STATUSES.get(str(code), 400) for code in codes), default=400)


def _encode(document: object) -> str:
    return orjson.dumps(document, default=plain).decode()


def _refused(media: Media, status: int, message: str, extensions: dict[str, Any], **headers: str) -> Response:
    media = Media.RESPONSE if media is Media.EVENTS else media
    document = {"errors": [{"message": message, "extensions": extensions}]}
    return Response(orjson.dumps(document), status, {**_HEADERS, **headers}, media_type=f"{media}; charset=utf-8")


def _wrong_operation(media: Media, operation: OperationType) -> Response:
    told = {"code": "BAD_QUERY"}
    if operation is OperationType.SUBSCRIPTION:
        message = "A subscription is answered by events. Accept `text/event-stream`, or use a WebSocket."
        return _refused(media, HTTPStatus.NOT_ACCEPTABLE, message, told)
    message = "A mutation cannot be asked by GET. Send it by POST."
    return _refused(media, HTTPStatus.METHOD_NOT_ALLOWED, message, told, Allow="POST")


def _problem(status: int, detail: str) -> Response:
    return problem(BY_STATUS[status], detail, headers=_HEADERS)
