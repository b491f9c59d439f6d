"""From a query string or a body to what GraphQL is asked: the request of "GraphQL over HTTP", read strictly.

The one idea: what is no request is refused here, as InputError with the parameter's name; whether the document is
GraphQL, of this schema, and answerable is found out later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from lineage.errors import InputError


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation to answer. `query` None: a stored document is meant, named by `extensions` or `document_id`."""

    query: str | None
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None
    document_id: str | None


def from_body(body: bytes) -> Asked:
    """InputError for what is no JSON object, or has members of the wrong type."""
    if not body:
        raise InputError("The body is empty. Send a JSON object with `query`.", place="query")
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InputError(f"The body is no JSON: {error}. Send a JSON object with `query`.", place="query") from None
    if isinstance(members, list):
        raise InputError("Several operations in one request are not taken. Send each by itself.", place="query")
    if not isinstance(members, dict):
        raise InputError("The body is no JSON object. Send one with `query`.", place="query")
    return _asked(members)


def from_query(parameters: Mapping[str, str]) -> Asked:
    """The same for a query string, where maps are written as JSON."""
    members: dict[str, Any] = dict(parameters)
    for name in ("variables", "extensions"):
        if text := members.pop(name, ""):
            try:
                members[name] = orjson.loads(text)
            except orjson.JSONDecodeError:
                raise InputError(f"`{name}` is no JSON. Write it as a JSON object, URL-encoded.", place=name) from None
    return _asked(members)


def _asked(members: Mapping[str, Any]) -> Asked:
    query = _member(members, "query", str, "text")
    extensions = _member(members, "extensions", dict, "an object")
    document_id = _member(members, "documentId", str, "text")
    if not query and not extensions and not document_id:
        raise InputError("There is no document. Send it as `query`.", place="query")
    return Asked(
        query or None,
        _member(members, "operationName", str, "text") or None,
        _member(members, "variables", dict, "an object"),
        extensions,
        document_id,
    )


def _member(members: Mapping[str, Any], name: str, kind: type, in_words: str) -> Any:
    value = members.get(name)
    if value is not None and not isinstance(value, kind):
        raise InputError(f"`{name}` has to be {in_words}, or null.", place=name)
    return value
