"""Errors on the wire: RFC 9457 problem documents, one for every status that is not a success.

The one idea: `TABLE` is the only place that turns an error class into a status. A problem's `type` is stable, so that
programs may compare it; its `detail` is the error's own message, which ends with what to do next.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lineage.errors import (
    BadCursor,
    Conflict,
    Forbidden,
    HeadwaterError,
    InputError,
    LedgerError,
    LimitExceeded,
    NotFound,
    Overloaded,
    StoreError,
)

TYPE_PREFIX: Final = "urn:headwater:problem:"
MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_STORE_S: Final = 2  # a lock, a full disk, a leader change: most are over by then


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of problem: its status, the last word of its `type`, its title."""

    status: int
    slug: str
    title: str


class BodyTooLarge(LimitExceeded):
    """A body over the limit, as it came or decompressed: it cannot be kept."""


class SlowBody(HeadwaterError):
    """A body that stopped coming."""

    code = "SLOW_BODY"


class Unauthorised(HeadwaterError):
    """No key, or a wrong one."""

    code = "UNAUTHORISED"


class ForeignCaller(HeadwaterError):
    """A browser was led here by another site, or by a name that is not this machine's."""

    code = "FOREIGN_CALLER"


# The first row whose class fits counts: sub-classes stand before their parents.
TABLE: Final[tuple[tuple[type[HeadwaterError], Kind], ...]] = (
    (BadCursor, Kind(400, "bad-cursor", "This cursor belongs to another query")),
    (InputError, Kind(400, "bad-input", "The request cannot be understood")),
    (Unauthorised, Kind(401, "unauthorised", "An API key is needed")),
    (ForeignCaller, Kind(403, "foreign-caller", "This caller may not ask")),
    (Forbidden, Kind(403, "forbidden", "Who asks may not do this")),
    (NotFound, Kind(404, "not-found", "There is no such thing")),
    (SlowBody, Kind(408, "slow-body", "The body did not arrive")),
    (Conflict, Kind(409, "conflict", "The request contradicts what is")),
    (BodyTooLarge, Kind(413, "body-too-large", "The body is too large")),
    (LimitExceeded, Kind(422, "limit", "More was asked for than a limit allows")),
    (Overloaded, Kind(503, "overloaded", "The service is at its limit")),
    (LedgerError, Kind(503, "ledger-unavailable", "The ledger cannot be used now")),
    (StoreError, Kind(503, "store-unavailable", "The graph cannot be used now")),
    (HeadwaterError, Kind(500, "internal", "Something went wrong here")),
)
BY_STATUS: Final[Mapping[int, Kind]] = {
    400: Kind(400, "bad-input", "The request cannot be understood"),
    404: Kind(404, "no-such-path", "There is nothing at this address"),
    405: Kind(405, "method-not-allowed", "This address does not take this method"),
    406: Kind(406, "not-acceptable", "No answer has a media type that is accepted"),
    413: Kind(413, "body-too-large", "The body is too large"),
    415: Kind(415, "unsupported-media-type", "This media type is not understood"),
    500: Kind(500, "internal", "Something went wrong here"),
}
ASKED_SHOWN_MAX: Final = 2**53 - 1
INTERNAL_DETAIL: Final = "This is a fault of Headwater. The log has its trace; please report it with what you sent."


def problem(kind: Kind, detail: str, *, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """The document. `more` are further members; None among them is left out."""
    document: dict[str, Any] = {
        "type": TYPE_PREFIX + kind.slug,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
    }
    document.update({name: value for name, value in more.items() if value is not None})
    return Response(orjson.dumps(document), kind.status, dict(headers or {}), media_type=MEDIA_TYPE)


def no_such_path(path: str) -> Response:
    """What an address gets at which nothing answers, or nothing that is there for who asks."""
    return problem(BY_STATUS[404], f"Nothing answers at {path}. GET /openapi.json lists what does.")


def kind_of(error: HeadwaterError) -> Kind:
    """Which problem an error is on the wire."""
    return next(kind for each, kind in TABLE if isinstance(error, each))


def problem_of(error: HeadwaterError) -> Response:
    """The document for an error that was raised on purpose."""
    kind = kind_of(error)
    headers: dict[str, str] = {}
    more: dict[str, object] = {"code": error.code}
    match error:
        case Overloaded():
            headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
        case StoreError():
            headers["Retry-After"] = str(RETRY_AFTER_STORE_S)
        case Unauthorised():
            headers["WWW-Authenticate"] = "Bearer"
        case SlowBody():
            headers["Connection"] = "close"
        case NotFound():
            more["near"] = list(error.near) or None
        case InputError():
            more["place"] = error.place or None
        case Forbidden():
            more["scope"] = error.scope
        case LimitExceeded():
            # beyond it JSON has no integers: whoever asked for so many knows how many
            more.update(limit=error.limit, asked=min(error.asked, ASKED_SHOWN_MAX))
        case _:
            pass
    return problem(kind, error.message, headers=headers, **more)


async def on_headwater_error(_request: Request, error: Exception) -> Response:
    """Handler for what Headwater raises on purpose."""
    assert isinstance(error, HeadwaterError)
    return problem_of(error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Handler for the framework's own 404, 405 and the like."""
    assert isinstance(error, HTTPException)
    kind = BY_STATUS.get(error.status_code) or Kind(error.status_code, f"http-{error.status_code}", str(error.detail))
    if error.status_code == 404:
        return no_such_path(request.url.path)
    if error.status_code == 405:
        detail = f"{request.url.path} does not take {request.method}. GET /openapi.json lists what it takes."
    else:
        detail = str(error.detail)
    return problem(kind, detail, headers=error.headers)


async def on_invalid_request(_request: Request, error: Exception) -> Response:
    """Handler for parameters that are not what the description says."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first.get("loc", ()))
    detail = f"{place}: {first.get('msg', 'is not valid')}. GET /openapi.json describes what is."
    return problem(BY_STATUS[400], detail, code=InputError.code, place=place)


async def on_fault(_request: Request, _error: Exception) -> Response:
    """Handler for a fault of ours: the trace is in the log, never in the answer."""
    return problem(BY_STATUS[500], INTERNAL_DETAIL, code="INTERNAL")


HANDLERS: Final[Mapping[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]]] = {
    HeadwaterError: on_headwater_error,
    HTTPException: on_http_exception,
    RequestValidationError: on_invalid_request,
    Exception: on_fault,
}
"""What FastAPI calls for each class of exception that leaves a route."""
