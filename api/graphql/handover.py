"""A long question, handed to the process that answers those; and what comes back, put on record as if it were our own.

The one idea: whoever asks cannot tell who answered. An answer that cannot be recorded is not given, errors have their codes, and
the figures count it; its data comes as JSON and is sent as it came.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any, Final

from graphql import GraphQLError, GraphQLFormattedError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from api.access.asking import sender_of
from api.access.reading import PURPOSE, reading
from api.graphql.context import RequestContext
from api.graphql.encoding import Encoded
from api.graphql.errors import coded
from api.graphql.long_questions import LONG_COST_MIN, LongQuestions
from api.graphql.reads import NAME_MAX, document_hash
from api.operation_names import names_in
from api.questions import Answer, Query
from lineage.errors import HeadwaterError, Overloaded

HEADERS: Final = frozenset({PURPOSE.encode(), b"traceparent", b"tracestate"})
"""What an answer, its entry in the access log and its trace take from a request's headers."""
NAMED_WITHIN: Final = 2_000  # characters of a document in which its name is looked for
LEARN_EVERY_S: Final = 1.0  # reading a strange document takes some 20 ms, in a thread


class ToldError(GraphQLError):
    """An error as another process told it."""

    def __init__(self, told: GraphQLFormattedError) -> None:
        super().__init__(told["message"], path=told.get("path"), extensions=told.get("extensions"))
        self._told = told

    @property
    def formatted(self) -> GraphQLFormattedError:
        """Word by word, places in the document included."""
        return self._told


class Handover:
    """Asks the other process. One for each schema, used from the event loop."""

    def __init__(self, long: LongQuestions) -> None:
        self._long = long
        self._learnt_s = float("-inf")
        self._learning: asyncio.Task[None] | None = None

    async def answer(
        self,
        query: str,
        context: RequestContext,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> ExecutionResult | None:
        """The answer; None where the service has to answer by itself."""
        app, request = context.app, context.request
        if not app.answering.offered or request is None or not self._long.is_long(query, operation_name, variables):
            return None
        headers = tuple((name, value) for name, value in request.scope["headers"] if name in HEADERS)
        principal, sender = context.principal, sender_of(request.scope)
        question = Query(query, variables, operation_name, principal, sender.request, headers)
        unread = not self._long.knows(query)
        began = time.perf_counter()
        try:
            app.access_log.require_room()
            answer = await app.answering.ask(question)
            if answer is None:
                return None
            for read in answer.taken.reads:
                app.access_log.note(read)
        except HeadwaterError as error:
            if unread and await self._is_short(query, operation_name, variables, context):
                return None  # there was no room for it among long questions, and it is none
            name = operation_name or next(iter(names_in(query[:NAMED_WITHIN])), "")
            app.metrics.operation(name, error.code, time.perf_counter() - began)
            told = reading(
                request.scope,
                name[:NAME_MAX],
                decision=error.code,
                document_hash=document_hash(query),
                variables=variables or {},
            )
            with suppress(Overloaded):  # no room on record: nothing is shown either
                app.access_log.note(told)
            return PreExecutionError(data=None, errors=[coded(GraphQLError(error.message, original_error=error))])
        for operation in answer.taken.operations:
            app.metrics.operation(*operation, time.perf_counter() - began)
        answer.taken.count_reads(app.metrics)
        self._learn(query, answer)
        errors: list[GraphQLError] = [ToldError(each) for each in answer.errors]
        kind = PreExecutionError if not answer.data and not any(error.path for error in errors) else ExecutionResult
        return kind(
            data=Encoded(answer.data) if answer.data else None,  # type: ignore[arg-type]  # only encoders look into it
            errors=errors or None,
            extensions=dict(answer.extensions or {}),
        )

    async def _is_short(
        self, query: str, operation_name: str | None, variables: dict[str, Any] | None, context: RequestContext
    ) -> bool:
        try:
            await context.desk.ask(self._long.learn, query)
        except (GraphQLError, Overloaded):
            return False
        return not self._long.is_long(query, operation_name, variables)

    def _learn(self, query: str, answer: Answer) -> None:
        price = (answer.extensions or {}).get("cost")
        now_s = time.monotonic()
        if answer.errors or price is None or price["requested"] >= LONG_COST_MIN or now_s - self._learnt_s < LEARN_EVERY_S:
            return
        self._learnt_s = now_s
        self._learning = asyncio.create_task(asyncio.to_thread(self._long.learn, query))
