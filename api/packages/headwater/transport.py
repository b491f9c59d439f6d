"""The service over httpx2, sync and async: one connection pool, a timeout for each request, a bounded number of repeats.

The one idea: a transport knows HTTP and nothing of the schema; what an answer means is in `headwater.protocol`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx2

from headwater import protocol
from headwater.errors import HeadwaterError, Unexpected, Unreachable, error_of

TIMEOUT_S: Final = 60.0  # a walk has a time budget of its own in the service, far below
QUIET_S_MAX: Final = 60.0  # subscriptions: the service says that it is there every few seconds
REPEATS: Final = 3  # after a refusal that says when to ask again
_EVENTS: Final = {"accept": "text/event-stream"}
_COMPLETE: Final = "event: complete"
_CUT_OFF: Final = "{} ended the subscription, for it stops. Subscribe again, after the last index that you have."


class Transport:
    """One service, synchronously. Use it in a `with` block, or close it; any number of threads may share it."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        repeats: int = REPEATS,
        purpose: str | None = None,
        http: httpx2.BaseTransport | None = None,
    ) -> None:
        """`purpose` is written into the record of reads. `http` takes the place of the network, for tests and proxies."""
        self.url = url.rstrip("/")
        self._repeats = repeats
        headers = protocol.headers(api_key, purpose)
        self._http = httpx2.Client(base_url=self.url, headers=headers, timeout=timeout_s, transport=http)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """One request to any address, sent once, whatever its status. Unreachable where there is no answer."""
        try:
            return self._http.request(method, path, **more)
        except httpx2.HTTPError as error:
            raise _unreachable(self.url, error) from None

    def execute(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        operation_name: str | None = None,
        repeatable: bool | None = None,
    ) -> dict[str, Any]:
        """The data of any document. A document that names a mutation is sent once only, unless `repeatable` says otherwise."""
        if repeatable is None:
            repeatable = protocol.may_repeat(document)
        left = self._repeats
        while True:
            told = self.send("POST", protocol.PATH, json=protocol.body(document, variables or {}, operation_name))
            try:
                return _whole(told, told.content, self.url)
            except HeadwaterError as error:
                wait_s = protocol.wait_s(error, left=left, repeatable=repeatable)
                if wait_s is None:
                    raise
            left -= 1
            time.sleep(wait_s)

    def subscribe(self, document: str, variables: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The data of each event until it is complete. Unreachable when the connection breaks or the service stops: subscribe
        again, `after` the last index that you have, and none is lost."""
        asked = protocol.body(document, variables or {})
        timeout = httpx2.Timeout(QUIET_S_MAX)
        try:
            with self._http.stream("POST", protocol.PATH, json=asked, headers=_EVENTS, timeout=timeout) as told:
                if not _is_stream(told):
                    yield _whole(told, told.read(), self.url)
                    return
                for line in told.iter_lines():
                    if line == _COMPLETE:
                        return
                    if (data := _event(line)) is not None:
                        yield data
        except httpx2.HTTPError as error:
            raise _unreachable(self.url, error) from None
        raise Unreachable(_CUT_OFF.format(self.url))


class AsyncTransport:
    """One service, asynchronously. Use it in an `async with` block, or close it."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        repeats: int = REPEATS,
        purpose: str | None = None,
        http: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """`purpose` is written into the record of reads. `http` takes the place of the network, for tests and proxies."""
        self.url = url.rstrip("/")
        self._repeats = repeats
        headers = protocol.headers(api_key, purpose)
        self._http = httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=timeout_s, transport=http)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """One request to any address, sent once, whatever its status. Unreachable where there is no answer."""
        try:
            return await self._http.request(method, path, **more)
        except httpx2.HTTPError as error:
            raise _unreachable(self.url, error) from None

    async def execute(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        operation_name: str | None = None,
        repeatable: bool | None = None,
    ) -> dict[str, Any]:
        """The data of any document. A document that names a mutation is sent once only, unless `repeatable` says otherwise."""
        if repeatable is None:
            repeatable = protocol.may_repeat(document)
        left = self._repeats
        while True:
            told = await self.send("POST", protocol.PATH, json=protocol.body(document, variables or {}, operation_name))
            try:
                return _whole(told, told.content, self.url)
            except HeadwaterError as error:
                wait_s = protocol.wait_s(error, left=left, repeatable=repeatable)
                if wait_s is None:
                    raise
            left -= 1
            await asyncio.sleep(wait_s)

    async def subscribe(
        self, document: str, variables: Mapping[str, Any] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """The data of each event until it is complete. Unreachable when the connection breaks or the service stops: subscribe
        again, `after` the last index that you have, and none is lost."""
        asked = protocol.body(document, variables or {})
        timeout = httpx2.Timeout(QUIET_S_MAX)
        try:
            async with self._http.stream("POST", protocol.PATH, json=asked, headers=_EVENTS, timeout=timeout) as told:
                if not _is_stream(told):
                    yield _whole(told, await told.aread(), self.url)
                    return
                async for line in told.aiter_lines():
                    if line == _COMPLETE:
                        return
                    if (data := _event(line)) is not None:
                        yield data
        except httpx2.HTTPError as error:
            raise _unreachable(self.url, error) from None
        raise Unreachable(_CUT_OFF.format(self.url))


def _is_stream(told: httpx2.Response) -> bool:
    return str(told.headers.get("content-type", "")).startswith("text/event-stream")


def _whole(told: httpx2.Response, content: bytes, url: str) -> dict[str, Any]:
    """What comes in place of a stream: an error mostly, or the one answer of a document that is no subscription."""
    return protocol.data_of(told.status_code, content, told.headers.get("retry-after"), url)


def _event(line: str) -> dict[str, Any] | None:
    """The data of one line of a stream; None for all lines that carry none: names, comments that keep it alive."""
    if not line.startswith("data:") or not (text := line.removeprefix("data:").strip()):
        return None
    try:
        answer = json.loads(text)
    except ValueError:
        raise Unexpected(f"An event of the subscription is no JSON: {text[:80]!r}") from None
    match answer:
        case {"errors": [_, *_] as errors}:
            raise error_of(errors, answer.get("data"))
        case {"data": dict(data)}:
            return data
    return None


def _unreachable(url: str, error: httpx2.HTTPError) -> Unreachable:
    return Unreachable(f"No answer from {url} ({str(error) or type(error).__name__}).")
