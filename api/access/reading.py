"""From a request to what the access log says of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from starlette.datastructures import Headers, QueryParams

from api.access.asking import principal_of, sender_of
from collectors.openlineage.secrets import redact_text
from lineage.access.principal import ANONYMOUS
from lineage.access.reads import ALLOWED, Read, ReadKind

PURPOSE: Final = "x-headwater-purpose"
PATH_MAX: Final = 500  # characters: a path can be of any length
PURPOSE_MAX: Final = 200  # characters: a ticket, an audit, a sentence


def purpose_of(headers: Headers) -> str:
    """Why somebody asks, as they say; cut, and without what does not print."""
    told = headers.get(PURPOSE, "")[:PURPOSE_MAX]
    return "".join(letter if letter.isprintable() else " " for letter in told).strip()


def address_of(scope: Any) -> str:
    """What a request asks, as an operation: method and path, cut, and without what looks like a secret."""
    return f"{scope.get('method', 'WEBSOCKET')} {redact_text(str(scope['path'])[:PATH_MAX])}"


def parameters_of(scope: Any) -> dict[str, str]:
    """What the query string of an address asks; of a parameter that is there twice, the last. The log cuts and redacts."""
    return dict(QueryParams(scope.get("query_string", b"")))


def reading(
    scope: Any | None,
    operation: str,
    *,
    kind: ReadKind = ReadKind.READ,
    objects: Collection[str] = (),
    decision: str = ALLOWED,
    **more: Any,
) -> Read:
    """A read by whoever made the request with this ASGI scope (None: the service itself, in its own process); `more`
    are further fields of Read."""
    if scope is None:
        return Read(kind, ANONYMOUS, operation, objects=objects, decision=decision, **more)
    sender, purpose = sender_of(scope), purpose_of(Headers(scope=scope))
    return Read(
        kind,
        principal_of(scope),
        operation,
        objects=objects,
        decision=decision,
        purpose=purpose,
        request=sender.request,
        **more,
    )
