"""Each GraphQL operation's entry in the access log.

The one idea: what an operation showed is what its desk read for it, so ids are gathered there, once, and not at every
field; the entry is made when the operation is done and before its answer leaves, so that an answer that cannot be
recorded is not given. A subscription has an entry for each thing that it delivers.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any, ParamSpec, TypeVar

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from api.access.objects import ids_in
from api.access.reading import reading
from api.graphql.desk import Desk
from api.graphql.errors import code_of
from lineage.access.reads import ALLOWED, Read, ReadKind
from lineage.errors import Forbidden

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

NAME_MAX = 100  # characters of an operation's name: GraphQL sets no limit


class WatchedDesk:
    """The desk as one request has it: remembers the ids in what it was answered, and tells `after` each answer, in the
    same visit."""

    def __init__(self, desk: Desk, saw: set[str], after: Callable[[], None]) -> None:
        self._desk, self._saw, self._after = desk, saw, after

    def go_to(self, desk: Desk) -> None:
        """Ask at another desk from now on."""
        self._desk = desk

    async def ask(
        self, question: Callable[Parameters, Answer], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Answer:
        """As Desk.ask."""

        def watched() -> tuple[Answer, set[str]]:
            answer = question(*args, **kwargs)
            self._after()
            return answer, ids_in(answer)

        answer, ids = await self._desk.ask(watched)
        self._saw |= ids
        return answer


class AccessNoted(SchemaExtension):
    """Notes every operation, with what it saw and what became of it."""

    async def on_operation(self) -> AsyncIterator[None]:
        """Overloaded, in place of the answer, when nothing more can be recorded."""
        access_log = self.execution_context.context.app.access_log
        access_log.require_room()
        try:
            yield
        except GraphQLError as error:  # it could not even be read
            access_log.note(self._read(None, [error]))
            raise
        if not self._subscribes():
            result = self.execution_context.result
            errors = self.execution_context.pre_execution_errors if result is None else result.errors
            access_log.note(self._read(result, errors or ()))

    async def on_stream_result(self, result: Any) -> AsyncIterator[None]:
        """One delivery of a subscription."""
        if self._subscribes():
            self.execution_context.context.app.access_log.note(self._read(result, result.errors or ()))
            self.execution_context.context.saw.clear()
        yield

    def _subscribes(self) -> bool:
        asked = self.execution_context
        return asked.graphql_document is not None and asked.operation_type is OperationType.SUBSCRIPTION

    def _read(self, result: Any, errors: Collection[GraphQLError]) -> Read:
        asked = self.execution_context
        data = getattr(result, "data", None) or {}
        lacked = {error.original_error.scope for error in errors if isinstance(error.original_error, Forbidden)}
        denied = bool(lacked) and all(value is None for value in data.values())
        request = asked.context.request
        return reading(
            None if request is None else request.scope,
            (asked.operation_name or "")[:NAME_MAX] if asked.graphql_document else "",
            kind=ReadKind.DENY if denied else ReadKind.READ,
            objects=frozenset(asked.context.saw),
            decision=", ".join(sorted({*map(code_of, errors), *lacked})) or ALLOWED,
            document_hash=document_hash(asked.query),
            variables=asked.variables or {},
        )


def document_hash(query: str | None) -> str:
    """SHA-256 of a document's text, in hexadecimal."""
    return hashlib.sha256((query or "").encode("utf-8", "replace")).hexdigest()
