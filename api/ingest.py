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
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import Message as MimeMessage
from operator import itemgetter
from typing import Any, Final

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.accepting import Letter, Reason, accept_body
from api.access.producers import CODE as FORBIDDEN
from api.access.producers import Producers, Refused, foreign_events
from api.bodies import OFF_LOOP_BYTES_MIN, Gone, decode_body, receive_body
from api.context import AppContext
from api.gate import principal_of, sender_of
from api.logs import log
from api.problems import problem_of
from lineage.access.principal import Scope as AccessScope
from lineage.errors import Forbidden, HeadwaterError
from lineage.ledger import Draft, Receipt

LISTED_MAX: Final = 100  # dead letters in one answer (`headwater deadletter list` has all), and refused events
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one request. By the position of each event: why it was `refused`, and its entry, if it has one
    (a refused one's says that it was)."""

    letter: Letter
    refused: Mapping[int, Refused]
    receipts: Mapping[int, Receipt]

    def dead(self) -> list[tuple[int, Reason]]:
        """What was kept and not understood."""
        return [(at, each.reason) for at, each in enumerate(self.letter.accepted) if each.reason is not None]


class Door:
    """ASGI endpoint for both addresses."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._producers = Producers()
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
            kept = await self._keep(scope, receive)
        except Gone:
            return
        except HeadwaterError as error:
            level = logging.WARNING if error.code in ("LEDGER", "OVERLOADED") else logging.INFO
            log(_log, level, "a body was not kept", code=error.code, error=error.message)
            response = problem_of(error)
        else:
            response = batch_answer(kept) if batch else single_answer(kept)
        await response(scope, receive, send)

    async def _keep(self, scope: Scope, receive: Receive) -> Kept:
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
            principal = principal_of(scope)
            if len(body.content) < OFF_LOOP_BYTES_MIN:
                letter = accept_body(*arguments)
                foreign = foreign_events(letter.accepted, principal)
            else:
                loop = asyncio.get_running_loop()
                letter = await loop.run_in_executor(self._large, accept_body, *arguments)
                foreign = await loop.run_in_executor(self._large, foreign_events, letter.accepted, principal)
            refused = self._producers.refuse(letter.accepted, foreign, sender_of(scope))
            kept = await self._append(letter, refused)
        self._count(kept, received_bytes)
        return kept

    async def _append(self, letter: Letter, refused: Mapping[int, Refused]) -> Kept:
        drafts: dict[int, Draft] = {}
        for position, each in enumerate(letter.accepted):
            draft = refused[position].draft if position in refused else each.draft
            if draft is not None:
                drafts[position] = draft
        receipts = await self._context.commit.append_all(list(drafts.values()))
        return Kept(letter, refused, dict(zip(drafts, receipts, strict=True)))

    def _count(self, kept: Kept, received_bytes: int) -> None:
        metrics, receipts = self._context.metrics, kept.receipts
        metrics.received_bytes.inc(received_bytes)
        metrics.accepted.inc(len(kept.letter.accepted) - len(kept.refused))
        if kept.refused:
            metrics.denied.labels(code=FORBIDDEN).inc(len(kept.refused))
        dead = kept.dead()
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


def single_answer(kept: Kept) -> Response:
    """201 with where it is kept, and what was not understood; 403 when nothing of it may be said by who sent it."""
    letter, refused, receipts = kept.letter, kept.refused, kept.receipts
    if refused and len(refused) == len(letter.accepted):
        return problem_of(Forbidden(refused[0].reason.message, scope=AccessScope.INGEST))
    if not letter.many:
        (accepted,), receipt = letter.accepted, receipts[0]
        answer: dict[str, Any] = {
            "index": receipt.index,
            "leafHash": base64.b64encode(receipt.leaf_hash).decode(),
        }
        if accepted.reason is not None:
            answer["deadLetter"] = {"code": accepted.reason.code, "message": accepted.reason.message}
        return _json(answer, 201)
    taken = [receipt.index for position, receipt in receipts.items() if position not in refused]
    first, last = (taken[0], taken[-1]) if taken else (None, None)
    answer = {"index": first, "first": first, "last": last, "count": len(taken)}
    dead = kept.dead()
    if dead:
        answer["deadLetterCount"] = len(dead)
        answer["deadLetters"] = [
            {"index": receipts[position].index, "code": each.code, "message": each.message}
            for position, each in dead[:LISTED_MAX]
        ]
    if refused:
        answer["refusedCount"] = len(refused)
        answer["refused"] = [
            {"position": position, "code": each.reason.code, "message": each.reason.message}
            for position, each in list(refused.items())[:LISTED_MAX]
        ]
    return _json(answer, 201)


def batch_answer(kept: Kept) -> Response:
    """204 when all were understood, else 200 with those that were not (kept, but sending them again does not help) and
    those that who sent them may not say (not kept). `index` there is the place in the request, as OpenLineage has it;
    `ledgerIndex` is ours."""
    failed = sorted(
        [*kept.dead(), *((position, each.reason) for position, each in kept.refused.items())], key=itemgetter(0)
    )
    if not failed:
        return Response(status_code=204)
    received = len(kept.letter.accepted)
    return _json(
        {
            "status": "partial_success",
            "summary": {
                "received": received,
                "successful": received - len(failed),
                "failed": len(failed),
                "retriable": 0,
                "non_retriable": len(failed),
            },
            "failed_events": [
                {
                    "index": position,
                    "reason": f"{reason.code}: {reason.message}",
                    "retriable": False,
                    "ledgerIndex": kept.receipts[position].index if position in kept.receipts else None,
                }
                for position, reason in failed
            ],
        },
        200,
    )


def charset_of(content_type: str | None) -> str | None:
    """The declared charset, or None. Total: a malformed header declares nothing."""
    if content_type is None or "charset" not in content_type.lower():
        return None
    message = MimeMessage()
    message["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    return message.get_content_charset()


def _json(answer: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(answer), status, media_type="application/json")
