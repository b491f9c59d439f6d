"""The small witness over HTTP: `POST /add-checkpoint`, and nothing else that changes anything.

It runs at another party, knows nothing of lineage, and needs its folder and one port. All that it decides is in
lineage/signing/witness.py.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lineage.errors import HeadwaterError
from lineage.signing.witness import ADD_CHECKPOINT, REQUEST_BYTES_MAX, Witness

BODY_TIMEOUT_S: Final = 10.0


def witness_app(witness: Witness, vkey: str) -> Starlette:
    """The application. `/` shows the key, so that an operator can check which witness answers."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                body = await _bounded(request)
        except TimeoutError:
            return PlainTextResponse("the request did not come to its end\n", 408)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return PlainTextResponse(f"a request has at most {REQUEST_BYTES_MAX} bytes\n", 413)
        try:
            answer = await asyncio.to_thread(witness.add_checkpoint, body)
        except HeadwaterError as error:
            return PlainTextResponse(error.message + "\n", 503)
        return Response(answer.body, answer.status, {"content-type": answer.media_type})  # as it is, no charset added

    async def key(_request: Request) -> Response:
        return PlainTextResponse(vkey + "\n")

    return Starlette(
        routes=[Route(f"/{ADD_CHECKPOINT}", add_checkpoint, methods=["POST"]), Route("/", key, methods=["GET"])]
    )


async def _bounded(request: Request) -> bytes | None:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > REQUEST_BYTES_MAX:
            return None
    return bytes(body)
