"""`/graphql` as a WebSocket: graphql-transport-ws, one connection for many operations.

The one idea: Strawberry speaks the protocol; here is what it leaves open: who asks (a browser can send no header with a
handshake, so a connection may begin with `{"authorization": "Bearer KEY"}`), stored documents, messages of the wrong
shape, and bounds. A connection that has not begun after a few seconds, or breaks a rule, is closed with the code that
the protocol names; when the service stops, with "going away", and no operation is called complete that is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Final, cast

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ErrorMessage, Message, SubscribeMessage
from strawberry.types.unset import UNSET, UnsetType

from api.graphql.context import RequestContext
from api.graphql.documents import Documents
from api.graphql.encoding import plain
from api.graphql.schema import schema
from lineage.errors import HeadwaterError

BEGINS_WITHIN: Final = timedelta(seconds=10)
ANSWERED_S_MAX: Final = 1.0  # what is asked when the service stops; few questions take longer
GOING_AWAY: Final = 1001  # RFC 6455: the server goes down; clients of the protocol connect again
OPERATIONS_MAX: Final = 100  # in one connection: a page has some ten


class Handler(BaseGraphQLTransportWSHandler[RequestContext, None]):
    """One connection."""

    async def handle(self) -> None:
        """As long as it lasts."""
        view = cast(Sockets, self.view)
        with view.opened(self):
            if view.going:
                await self.leave()
            else:
                await super().handle()

    async def leave(self) -> None:
        """Close it because the service stops, when what it asked is answered; subscriptions have been cut off."""
        if tasks := [operation.task for operation in self.operations.values() if operation.task]:
            await asyncio.wait(tasks, timeout=ANSWERED_S_MAX)
        with suppress(RuntimeError, WebSocketDisconnect):  # closed already, from either side
            await self.websocket.close(GOING_AWAY, "The service stops. Come back, and go on after the last index.")

    async def handle_message(self, message: Message) -> None:
        """4400 for what is no message."""
        told: Any = message
        if not isinstance(told, dict) or not isinstance(told.get("type"), str):
            await self.handle_invalid_message("A message is an object with a type")
        elif told["type"] in ("subscribe", "complete") and not isinstance(told.get("id"), str):
            await self.handle_invalid_message("The message needs an id")
        else:
            await super().handle_message(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """4400 for what is no operation; an error for a document that is not known."""
        view = cast(Sockets, self.view)
        if view.going:  # it is closed in a moment, and asked again elsewhere
            return
        payload: Any = message.get("payload")
        if not isinstance(payload, dict) or not _is_operation(payload):
            await self.handle_invalid_message("The payload is no operation")
            return
        try:
            payload["query"] = view.documents.text(
                payload.get("query"), payload.get("extensions"), payload.get("documentId")
            )
        except HeadwaterError as error:
            told = GraphQLError(error.message, extensions={"code": error.code}).formatted
            await self.send_message(ErrorMessage(id=message["id"], type="error", payload=[told]))
            return
        await super().handle_subscribe(message)


class Sockets(GraphQL[RequestContext, None]):
    """The WebSocket half of the endpoint."""

    graphql_transport_ws_handler_class = Handler

    def __init__(self, documents: Documents, request_context: Callable[[WebSocket], RequestContext]) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=BEGINS_WITHIN,
            max_subscriptions_per_connection=OPERATIONS_MAX,
        )
        self.documents = documents
        self._request_context = request_context
        self.going = False
        self._open: set[Handler] = set()

    @contextmanager
    def opened(self, handler: Handler) -> Iterator[None]:
        """Count a connection among those that are told when the service stops."""
        self._open.add(handler)
        try:
            yield
        finally:
            self._open.discard(handler)

    async def leave(self) -> None:
        """Close all connections because the service stops."""
        self.going = True
        await asyncio.gather(*(handler.leave() for handler in self._open))

    def encode_json(self, data: object) -> str:
        """Text: a browser would get bytes as a blob."""
        return orjson.dumps(data, default=plain).decode()

    def decode_json(self, data: str | bytes) -> object:
        """JSONDecodeError, also for what is nested without end."""
        return orjson.loads(data)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> RequestContext:
        """The connection's; each operation has one of its own."""
        return self._request_context(cast(WebSocket, request))

    async def on_ws_connect(self, context: RequestContext) -> UnsetType:
        """4403 when the connection's key or token opens nothing here."""
        try:
            await context.admit()
        except HeadwaterError as error:
            raise ConnectionRejectionError({"code": error.code}) from None
        return cast(UnsetType, UNSET)


def _is_operation(payload: dict[str, Any]) -> bool:
    members = (("query", str), ("operationName", str), ("documentId", str), ("variables", dict), ("extensions", dict))
    return all(payload.get(name) is None or isinstance(payload[name], kind) for name, kind in members)
