"""The typed client: `Client` and `AsyncClient`, a method for each question, mutation and subscription of the schema.

The one idea: the methods are generated (`headwater.operations`, `headwater.async_operations`); here is what all of them do:
send a document, decode the one root field, follow cursors.

    with Client("http://127.0.0.1:8765") as client:
        answer = client.lineage([NodeRef(dataset=DatasetRef("postgres://db:5432", "shop.orders"))], Direction.UPSTREAM)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from operator import attrgetter
from typing import Any

from headwater.async_operations import AsyncOperations
from headwater.errors import NotFound, Unexpected
from headwater.operations import Operations
from headwater.protocol import Document, found_of
from headwater.transport import AsyncTransport, Transport
from headwater.wire import decode, variables

__all__ = ["AsyncClient", "Client"]


class Client(Transport, Operations):
    """One service, synchronously: a context manager that any number of threads may share."""

    def _ask(self, document: Document, kind: Any, given: Mapping[str, Any]) -> Any:
        try:
            data = self.execute(document.text, variables(given), repeatable=document.repeatable)
        except NotFound as error:
            data = found_of(document, error)
        return decode(kind, data.get(document.field))

    def _pages(self, document: Document, kind: Any, given: Mapping[str, Any], info: str) -> Iterator[Any]:
        after: str | None = None
        while True:
            page = self._ask(document, kind, {**given, "after": after})
            yield page
            if (after := _next(attrgetter(info)(page), after)) is None:
                return

    def _listen(self, document: Document, kind: Any, given: Mapping[str, Any]) -> Iterator[Any]:
        for data in self.subscribe(document.text, variables(given)):
            yield decode(kind, data.get(document.field))


class AsyncClient(AsyncTransport, AsyncOperations):
    """One service, asynchronously: an async context manager."""

    async def _ask(self, document: Document, kind: Any, given: Mapping[str, Any]) -> Any:
        try:
            data = await self.execute(document.text, variables(given), repeatable=document.repeatable)
        except NotFound as error:
            data = found_of(document, error)
        return decode(kind, data.get(document.field))

    async def _pages(self, document: Document, kind: Any, given: Mapping[str, Any], info: str) -> AsyncIterator[Any]:
        after: str | None = None
        while True:
            page = await self._ask(document, kind, {**given, "after": after})
            yield page
            if (after := _next(attrgetter(info)(page), after)) is None:
                return

    async def _listen(self, document: Document, kind: Any, given: Mapping[str, Any]) -> AsyncIterator[Any]:
        async for data in self.subscribe(document.text, variables(given)):
            yield decode(kind, data.get(document.field))


def _next(info: Any, before: str | None) -> str | None:
    """The cursor to go on with; None at the end."""
    if not info.has_next_page:
        return None
    after: str | None = info.end_cursor
    if after is None or after == before:  # a page that does not go on would go on for ever
        raise Unexpected("A page says that there is a next one and not where.")
    return after
