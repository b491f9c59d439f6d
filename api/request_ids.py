"""An id for each request: the caller's own or one of ours, in every log line of it and in its answer.

The one idea: the id travels in a context variable, so that whoever logs need not know that there are requests.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import REQUEST_ID

HEADER: Final = "x-request-id"
_FORM: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def told_id(headers: Headers) -> str:
    """The caller's own id of the request, if it is one: neither the record nor the log takes free text."""
    told = headers.get(HEADER, "")
    return told if _FORM.fullmatch(told) else ""


class RequestIds:
    """An ASGI application around the whole of another, so that refusals and faults have an id too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        own = told_id(Headers(scope=scope)) or secrets.token_hex(8)

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = own
            await send(message)

        REQUEST_ID.set(own)  # never reset: each request is a task of its own, and a fault is logged after all the rest
        await self._app(scope, receive, with_id)
