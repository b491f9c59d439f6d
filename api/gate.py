"""Who may ask: the first thing that every request meets.

The one idea: the gate makes the principal, once, and puts it into the ASGI scope; all behind it reads `principal_of`.
Without any key the service trusts this machine, and a browser on this machine is not to be trusted with that: a page
from elsewhere may reach it by a name that its owner pointed here (DNS rebinding: told by `Host`) or simply post a form
to it (told by `Origin`, which every browser adds and no program needs). With a key, the key decides.
Liveness and readiness stay open, as those who probe have no key.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.accepting import Sender
from api.access.needs import Known, Need, need_of
from api.metrics import Metrics
from api.problems import ForeignCaller, Unauthorised, no_such_path, problem_of
from lineage.access.principal import ALL_SCOPES, ANONYMOUS, Principal
from lineage.errors import HeadwaterError
from lineage.settings import Settings

OPEN_PATHS: Final = frozenset({"/healthz", "/readyz"})
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PRINCIPAL: Final = "headwater.principal"
REQUEST: Final = "headwater.request"
NOBODY: Final = Principal(actor="nobody", scopes=frozenset(), namespaces=())
"""Who has not said yet who it is: may do and see nothing."""
ROOT: Final = Principal(actor="api-key", auth="key")
"""Who has the key out of the settings."""
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_POLICY_VIOLATION: Final = 1008  # RFC 6455: what a WebSocket that may not be is closed with


def principal_of(scope: Scope) -> Principal:
    """Who asks, as the gate found out; behind no gate nobody may do anything."""
    found = scope.get(PRINCIPAL)
    return found if isinstance(found, Principal) else NOBODY


def sender_of(scope: Scope) -> Sender:
    """The same for a leaf of the ledger."""
    principal = principal_of(scope)
    return Sender(principal.actor, principal.auth, scope.get(REQUEST, ""))


def request_id(headers: Headers) -> str:
    """The caller's own id of the request, if it is one: the record takes no free text."""
    told = headers.get("x-request-id", "")
    return told if _REQUEST_ID.fullmatch(told) else ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The pure half: whether a request may pass."""

    api_key: str | None
    loopback_only: bool
    host: str

    def check(self, path: str, method: str, headers: Headers) -> Principal:
        """Who asks. Raises Unauthorised or ForeignCaller."""
        if path in OPEN_PATHS:
            return NOBODY
        if self.api_key is not None:
            if need_of(method, path) in (Known.NOBODY, Known.LATER, None):
                return NOBODY
            scheme, _, key = headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), self.api_key.encode()):
                raise Unauthorised("Send the service's key with each request: `Authorization: Bearer KEY`.")
            return ROOT
        host = headers.get("host", "")
        if self.loopback_only and not self._is_ours(host):
            raise ForeignCaller(f"This service answers to this machine's own names, not {host!r:.80}. Use 127.0.0.1.")
        origin = headers.get("origin")
        if origin is not None and method not in SAFE_METHODS and urlsplit(origin).netloc.lower() != host.lower():
            raise ForeignCaller("A page of another site may not write here. Call from a program, or set an API key.")
        return ANONYMOUS

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in ("", "localhost", self.host.lower()) or name.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


def admits(principal: Principal, need: Need | None) -> bool:
    """Whether the address is there for it at all; Forbidden when it is and a scope is missing."""
    if need is None:
        return principal.scopes == ALL_SCOPES
    if not isinstance(need, Known):
        principal.require(need)
    return True


class Gate:
    """ASGI middleware: checks who asks, counts and times what is answered."""

    def __init__(self, app: ASGIApp, *, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._rules = Rules(settings.api_key, settings.listens_on_loopback, settings.host)
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._pass(scope, receive, counted if scope["type"] == "http" else send)
        if status:
            route = _label(scope)
            self._metrics.requests.labels(route=route, status=str(status)).inc()
            self._metrics.durations.labels(route=route).observe(time.perf_counter() - began)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        method, path = scope.get("method", "WEBSOCKET"), scope["path"]
        try:
            principal = self._rules.check(path, method, headers)
            scope[PRINCIPAL], scope[REQUEST] = principal, request_id(headers)
            there = admits(principal, need_of(method, path))
        except HeadwaterError as error:
            await _refuse(error, scope, receive, send)
            return
        if there:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "NO_SUCH_PATH"})
        else:
            await no_such_path(path)(scope, receive, send)


async def _refuse(error: HeadwaterError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": error.code})
    else:
        await problem_of(error)(scope, receive, send)


def _label(scope: Scope) -> str:
    # The pattern that matched, never the path: a label for each name in the world would fill the memory.
    pattern = getattr(scope.get("route"), "path", None)
    return pattern if isinstance(pattern, str) else "none"
