"""The door: POST /api/v1/lineage and /api/v1/lineage/batch.

The one idea: the answer comes after the bytes are on disk, whatever they say. OpenLineage clients retry a 503, give up
on a 4xx and never look at a body, so data that can be kept is always answered with success; what was not understood is
said in the answer and listed as a dead letter. Nothing here redirects, and nothing answers 429, which half of the
clients take for a refusal.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import Message as MimeMessage
from typing import Any, Final

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.accepting import Accepted, Letter, Reason, accept_body
from api.bodies import OFF_LOOP_BYTES_MIN, Gone, decode_body, receive_body
from api.context import AppContext
from api.gate import sender_of
from api.logs import log
from api.problems import problem_of
from lineage.errors import HeadwaterError
from lineage.ledger import Receipt

DEAD_LISTED_MAX: Final = 100  # in one answer; `headwater deadletter list` has all
_log = logging.getLogger(__name__)


class Door:
    """ASGI endpoint for both addresses."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        # One at a time: a large body parsed takes ten times its text, and several at once would not be faster.
        self._large = ThreadPoolExecutor(1, thread_name_prefix="large-bodies")

    async def single(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST /api/v1/lineage: one event or an array, 201."""
        await self._answer(scope, receive, send, batch=False)

    async def batch(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST /api/v1/lineage/batch: OpenLineage's own, 204, or 200 with what was not understood."""
        await self._answer(scope, receive, send, batch=True)

    def close(self) -> None:
        """Let go of the thread for large bodies."""
        self._large.shutdown(wait=False)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, *, batch: bool) -> None:
        try:
            letter, receipts = await self._keep(scope, receive)
        except Gone:
            return
        except HeadwaterError as error:
            level = logging.WARNING if error.code in ("LEDGER", "OVERLOADED") else logging.INFO
            log(_log, level, "a body was not kept", code=error.code, error=error.message)
            response = problem_of(error)
        else:
            response = batch_answer(letter, receipts) if batch else single_answer(letter, receipts)
        await response(scope, receive, send)

    async def _keep(self, scope: Scope, receive: Receive) -> tuple[Letter, list[Receipt]]:
        context = self._context
        headers = Headers(scope=scope)
        bytes_max = context.settings.body_bytes_max
        with context.memory.lease() as lease:
            received = await receive_body(receive, headers.get("content-length"), lease, bytes_max=bytes_max)
            body = await decode_body(
                received, headers.getlist("content-encoding"), lease, bytes_max=bytes_max, large=self._large
            )
            received_bytes = len(received)
            del received
            arguments = (body, charset_of(headers.get("content-type")), sender_of(scope), time.time_ns() // 1000)
            if len(body.content) < OFF_LOOP_BYTES_MIN:
                letter = accept_body(*arguments)
            else:
                letter = await asyncio.get_running_loop().run_in_executor(self._large, accept_body, *arguments)
            receipts = await context.commit.append_all([each.draft for each in letter.accepted])
        self._count(letter, receipts, received_bytes)
        return letter, receipts

    def _count(self, letter: Letter, receipts: Sequence[Receipt], received_bytes: int) -> None:
        metrics = self._context.metrics
        metrics.received_bytes.inc(received_bytes)
        metrics.accepted.inc(len(receipts))
        dead = _dead(letter.accepted)
        for _, reason in dead:
            metrics.dead.labels(code=reason.code).inc()
        if dead:  # one line for a request: an array of rubbish must not fill the log
            position, reason = dead[0]
            log(
                _log,
                logging.INFO,
                "kept as dead letters",
                count=len(dead),
                first=receipts[position].index,
                code=reason.code,
            )


def single_answer(letter: Letter, receipts: Sequence[Receipt]) -> Response:
    """201 with where it is kept, and what was not understood."""
    if not letter.many:
        (accepted,), (receipt,) = letter.accepted, receipts
        answer: dict[str, Any] = {
            "index": receipt.index,
            "leafHash": base64.b64encode(receipt.leaf_hash).decode(),
        }
        if accepted.reason is not None:
            answer["deadLetter"] = {"code": accepted.reason.code, "message": accepted.reason.message}
        return _json(answer, 201)
    first, last = (receipts[0].index, receipts[-1].index) if receipts else (None, None)
    answer = {"index": first, "first": first, "last": last, "count": len(receipts)}
    dead = _dead(letter.accepted)
    if dead:
        answer["deadLetterCount"] = len(dead)
        answer["deadLetters"] = [
            {"index": receipts[position].index, "code": each.code, "message": each.message}
            for position, each in dead[:DEAD_LISTED_MAX]
        ]
    return _json(answer, 201)


def batch_answer(letter: Letter, receipts: Sequence[Receipt]) -> Response:
    """204 when all were understood, else 200 with those that were not: kept, but sending them again does not help.
    `index` there is the place in the request, as OpenLineage has it; `ledgerIndex` is ours."""
    dead = _dead(letter.accepted)
    if not dead:
        return Response(status_code=204)
    received = len(receipts)
    return _json(
        {
            "status": "partial_success",
            "summary": {
                "received": received,
                "successful": received - len(dead),
                "failed": len(dead),
                "retriable": 0,
                "non_retriable": len(dead),
            },
            "failed_events": [
                {
                    "index": position,
                    "reason": f"{reason.code}: {reason.message}",
                    "retriable": False,
                    "ledgerIndex": receipts[position].index,
                }
                for position, reason in dead
            ],
        },
        200,
    )


def _dead(accepted: Sequence[Accepted]) -> list[tuple[int, Reason]]:
    return [(position, each.reason) for position, each in enumerate(accepted) if each.reason is not None]


def charset_of(content_type: str | None) -> str | None:
    """The declared charset, or None. Total: a malformed header declares nothing."""
    if content_type is None or "charset" not in content_type.lower():
        return None
    message = MimeMessage()
    message["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    return message.get_content_charset()


def _json(answer: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(answer), status, media_type="application/json")
