"""A long question, handed to the process that answers those; and what comes back, put on record as if it were our own.

The one idea: whoever asks cannot tell who answered. An answer that cannot be recorded is not given, errors have their codes, and
the figures count it; its data comes as JSON and is sent as it came.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping
from typing import Any, Final, cast

from graphql import GraphQLError, GraphQLFormattedError
from strawberry.types import ExecutionResult

from api.access.reading import PURPOSE, reading
from api.answering import Answer, Question
from api.context import AppContext
from api.gate import sender_of
from api.graphql.context import RequestContext
from api.graphql.encoding import Encoded
from api.graphql.errors import coded
from api.graphql.long import LONG_COST_MIN, Long
from api.graphql.reads import NAME_MAX
from api.operation_names import names_in
from lineage.errors import HeadwaterError

HEADERS: Final = frozenset({PURPOSE.encode(), b"traceparent", b"tracestate"})
"""What an answer, its entry in the access log and its trace take from a request's headers."""
LEARN_EVERY_S: Final = 1.0  # reading a strange document takes some 20 ms, in a thread


class ToldError(GraphQLError):
    """An error as another process told it."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(told["message"], path=told.get("path"), extensions=told.get("extensions"))
        self._told = told

    @property
    def formatted(self) -> GraphQLFormattedError:
        """Word by word, places in the document included."""
        return cast(GraphQLFormattedError, self._told)


class Elsewhere:
    """Asks the other process. One for each schema, used from the event loop."""

    def __init__(self, long: Long) -> None:
        self._long = long
        self._learnt_s = float("-inf")
        self._learning: asyncio.Task[None] | None = None

    async def answer(
        self,
        query: str,
        context: RequestContext,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        extensions: dict[str, Any] | None,
    ) -> ExecutionResult | None:
        """The answer; None where the service has to answer by itself."""
        app = context.app
        if (
            not isinstance(app, AppContext)
            or not app.answering.offered
            or context.request is None
            or not self._long.is_long(query, operation_name, variables)
        ):
            return None
        scope = context.request.scope
        headers = tuple((name, value) for name, value in scope["headers"] if name in HEADERS)
        principal, request = context.principal, sender_of(scope).request
        began = time.perf_counter()
        try:
            app.access_log.require_room()
            answer = await app.answering.ask(
                Question(query, variables, operation_name, extensions, principal, request, headers)
            )
            if answer is None or answer.declined:
                return None
            for read in answer.taken.reads:
                app.access_log.note(read)
        except HeadwaterError as error:
            name = operation_name or next(iter(names_in(query)), "")
            app.metrics.operation(app.metrics.operation_names.label(name), error.code, time.perf_counter() - began)
            document_hash = hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()
            app.access_log.note(
                reading(scope, name[:NAME_MAX], decision=error.code, document_hash=document_hash, variables=variables or {})
            )
            return ExecutionResult(data=None, errors=[coded(GraphQLError(error.message, original_error=error))])
        _count(app, answer)
        self._learn(query, answer, context)
        return ExecutionResult(
            data=None if answer.data is None else Encoded(answer.data),  # type: ignore[arg-type]
            errors=[ToldError(each) for each in answer.errors] or None,
            extensions=dict(answer.extensions or {}),
        )

    def _learn(self, query: str, answer: Answer, context: RequestContext) -> None:
        price = (answer.extensions or {}).get("cost")
        now_s = time.monotonic()
        if answer.errors or price is None or price["requested"] >= LONG_COST_MIN or now_s - self._learnt_s < LEARN_EVERY_S:
            return
        self._learnt_s = now_s
        self._learning = asyncio.create_task(context.desk.ask(self._long.learn, query))


def _count(app: AppContext, answer: Answer) -> None:
    for label, outcome, seconds in answer.taken.operations:
        app.metrics.operation(app.metrics.operation_names.label(label), outcome, seconds)
    for name, took_s in answer.taken.store_reads:
        app.metrics.store_read(name, took_s)
