"""GraphQL over HTTP without a network: what is sent, what an answer means, and whether to ask again.

The one idea: both transports (`headwater.transport`) are a few lines around these functions, so sync and async cannot
differ. A query is asked again, a few times, when the service says when (too busy, its graph away for a moment). A mutation never
is: it may have happened before the service had to refuse the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from headwater.errors import (
    BY_STATUS,
    RETRY_AFTER_S_DEFAULT,
    HeadwaterError,
    NotFound,
    Unavailable,
    Unexpected,
    error_of,
)

PATH: Final = "/graphql"
WAIT_S_MAX: Final = 30.0  # a service that asks for more is down for a person to look at, not busy
DETAIL_CHARACTERS_MAX: Final = 500  # a proxy's page of HTML is no message
_MUTATION: Final = re.compile(r"\bmutation\b")
_SPREAD: Final = re.compile(r"\.\.\.(\w+)")


@dataclass(frozen=True, slots=True)
class Document:
    """One generated operation: its one root field, the text, and whether it may be sent twice."""

    field: str
    text: str
    repeatable: bool = True


def assembled(operation: str, fragments: Mapping[str, str]) -> str:
    """The operation with all fragments that it uses, directly or not, each once."""
    needed: dict[str, None] = {}
    waiting = _SPREAD.findall(operation)
    while waiting:
        name = waiting.pop(0)
        if name not in needed:
            needed[name] = None
            waiting += _SPREAD.findall(fragments[name])
    return "\n".join([operation, *(fragments[name] for name in sorted(needed))])


def may_repeat(document: str) -> bool:
    """Whether a document of the caller's own may be sent again after a refusal."""
    return _MUTATION.search(document) is None


def headers(api_key: str | None, purpose: str | None) -> dict[str, str]:
    """What each request says about who asks and why."""
    told = {"authorization": f"Bearer {api_key}"} if api_key else {}
    return told | ({"x-headwater-purpose": purpose} if purpose else {})


def body(document: str, variables: Mapping[str, Any], operation_name: str | None = None) -> dict[str, Any]:
    """The request's JSON."""
    told: dict[str, Any] = {"query": document, "variables": dict(variables)}
    return told | ({"operationName": operation_name} if operation_name else {})


def data_of(status: int, content: bytes, retry_after: str | None, url: str) -> dict[str, Any]:
    """The answer's `data`; its errors as an exception, and so any answer that is no GraphQL."""
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    match answer:
        case {"errors": [_, *_] as errors}:
            raise error_of(errors, answer.get("data"))
        case {"data": dict(data)}:
            return data
    raise problem(status, answer, retry_after, url)


def problem(status: int, answer: Any, retry_after: str | None, url: str) -> HeadwaterError:
    """The error that an answer by HTTP status alone means: a problem document (RFC 9457), or somebody else's page."""
    told = answer if isinstance(answer, Mapping) else {}
    kind = BY_STATUS.get(status)
    if kind is None or not (isinstance(told.get("detail"), str) or status == 503):
        return Unexpected(f"{url} answers HTTP {status}, but not as Headwater does. Check the address.")
    extensions = {name: value for name, value in told.items() if name not in ("type", "title", "status", "detail")}
    if kind is Unavailable and "retryAfterSeconds" not in extensions:
        known = retry_after is not None and retry_after.strip().isdecimal()
        extensions["retryAfterSeconds"] = float(retry_after or 0) if known else RETRY_AFTER_S_DEFAULT
    detail = str(told.get("detail") or f"{url} cannot answer now (HTTP {status}).")[:DETAIL_CHARACTERS_MAX]
    return kind(detail, code=str(told.get("code", "")), extensions=extensions)


def found_of(document: Document, error: NotFound) -> dict[str, Any]:
    """The data of an answer in which only some of what was asked for is missing: None stands for each. Else the error."""
    if isinstance(error.data, dict) and error.data.get(document.field) is not None:
        return error.data
    raise error


def wait_s(error: HeadwaterError, *, left: int, repeatable: bool) -> float | None:
    """How long to wait before asking again; None: not again. `left` is how often it may still be asked."""
    if not (repeatable and left > 0 and isinstance(error, Unavailable)):
        return None
    wait = error.retry_after_s
    return wait if wait is not None and 0 <= wait <= WAIT_S_MAX else None
