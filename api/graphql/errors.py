"""Errors of GraphQL answers: every one has a stable `extensions.code`, by one table.

The one idea: what Headwater raises on purpose explains itself and is passed on; a fault of ours is logged with a
number, and the client gets the number, not the traceback.
"""

import logging
import re
import secrets
from typing import Any

from graphql import GraphQLError

from api.logs import log
from api.problems import RETRY_AFTER_STORE_S
from lineage.errors import (
    Forbidden,
    HeadwaterError,
    InputError,
    LimitExceeded,
    NotFound,
    Overloaded,
    StoreError,
)

CODES = {
    "BAD_QUERY": "The document is no GraphQL, or not of this schema.",
    "BAD_INPUT": "An argument cannot be used; `place` says which.",
    "BAD_CURSOR": "A cursor was used with other arguments than those that made it, or `after` is the id of nothing in the list.",
    "PERSISTED_QUERY_NOT_FOUND": "No stored document has this hash; send the text.",
    "UNTRUSTED_DOCUMENT": "The operator lists the documents that are answered, and this is none of them.",
    "NOT_FOUND": "No such node at that moment; `near` has names that exist.",
    "UNAUTHORISED": "The key or token of a connection that lasts opens nothing here any more.",
    "FORBIDDEN": "Who asks lacks a scope; `scope` names it.",
    "CONFLICT": "It contradicts the present state.",
    "LIMIT": "More than a limit; `limit` and `asked`.",
    "OVERLOADED": "Too much at once; ask again after `retryAfterSeconds`.",
    "STORE_UNAVAILABLE": "The graph's store failed; `retryable` says whether to try again, `retryAfterSeconds` when.",
    "LEDGER": "The ledger failed; nothing was written.",
    "INTERNAL": "A fault in Headwater; `fault` is its number in the log.",
}
"""All values of `extensions.code`."""

_TOO_LONG = re.compile(r"more than \d+ tokens|nested too deeply")  # graphql-core's own limits have no code
_log = logging.getLogger(__name__)


class OfTheService(Exception):
    """Only the service itself has what is needed, and this process only reads."""


def extensions_of(error: HeadwaterError) -> dict[str, Any]:
    """What a program may want to know of an error, beside its message."""
    told: dict[str, Any] = {"code": error.code if error.code in CODES else "BAD_INPUT"}
    match error:
        case InputError(place=place) if place:
            told["place"] = place
        case NotFound(near=near):
            told["near"] = list(near)
        case Forbidden(scope=scope):
            told["scope"] = scope
        case LimitExceeded(limit=limit, asked=asked):
            told |= {"limit": limit, "asked": asked}
        case Overloaded(retry_after_s=retry_after_s):
            told["retryAfterSeconds"] = retry_after_s
        case StoreError(retryable=retryable):
            told["retryable"] = retryable
            if retryable:
                told["retryAfterSeconds"] = RETRY_AFTER_STORE_S
    return told


def code_of(error: GraphQLError) -> str:
    """The code that the error has or will have, for those who count."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        if code := (cause.extensions or {}).get("code"):
            return str(code)
        cause = cause.original_error
    if isinstance(cause, HeadwaterError):
        return cause.code
    return "BAD_QUERY" if cause is None else "INTERNAL"


def coded(error: GraphQLError) -> GraphQLError:
    """The same error with its code; the message of a fault is replaced by its number."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        if "code" in (cause.extensions or {}):
            error.extensions = {**(error.extensions or {}), **(cause.extensions or {})}
            return error
        cause = cause.original_error
    if "code" in (error.extensions or {}):
        return error
    if isinstance(cause, HeadwaterError):
        error.extensions = extensions_of(cause)
        return error
    if cause is None:  # graphql-core's own: the document or its variables
        code = "LIMIT" if _TOO_LONG.search(error.message) else "BAD_QUERY"
        error.extensions = {"code": "BAD_INPUT" if error.message.startswith("Variable") else code}
        return error
    if isinstance(cause, OfTheService):
        return error  # it is no fault, and told to nobody: the service answers instead
    fault = secrets.token_hex(4)
    log(_log, logging.ERROR, "a question failed", fault=fault, path=str(error.path), error=repr(cause))
    _log.debug("fault %s", fault, exc_info=cause)
    return GraphQLError(
        f"A fault in Headwater, number {fault} in its log. Please report it with what you asked.",
        nodes=error.nodes,
        path=error.path,
        extensions={"code": "INTERNAL", "fault": fault},
    )
