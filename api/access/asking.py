"""Who asks, as the gate wrote it into the ASGI scope of the request, and what was shown to them, for the record."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any, Final
from urllib.parse import unquote

from api.accepting import Sender
from lineage.access.principal import Principal

PRINCIPAL: Final = "headwater.principal"
REQUEST: Final = "headwater.request"
SAW: Final = "headwater.saw"
NOBODY: Final = Principal(actor="nobody", scopes=frozenset(), namespaces=())
"""Who has not said yet who it is: may do and see nothing."""

Scope = MutableMapping[str, Any]


def principal_of(scope: Scope) -> Principal:
    """Who asks, as the gate found out; behind no gate nobody may do anything."""
    found = scope.get(PRINCIPAL)
    return found if isinstance(found, Principal) else NOBODY


def sender_of(scope: Scope) -> Sender:
    """The same for a leaf of the ledger."""
    principal = principal_of(scope)
    return Sender(principal.actor, principal.auth, scope.get(REQUEST, ""))


def made_scope(principal: Principal, request: str, method: str, path: bytes, **more: Any) -> Scope:
    """The scope of a request that came by another way than HTTP. `request`: its id; `path`: as it was sent."""
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": method, "root_path": "",
        "path": unquote(path.decode("latin-1")), "raw_path": path, "query_string": b"", "headers": [],
        PRINCIPAL: principal, REQUEST: request, **more,
    }  # fmt: skip


def showed(scope: Scope, objects: Iterable[str]) -> None:
    """A route of REST tells what it showed: ids (`hw:…`, `entry:N`), for the entry that the gate makes of the read."""
    scope.setdefault(SAW, set()).update(objects)
