"""Who may ask: the first thing that every request meets.

The one idea: the gate makes the principal, once, and puts it into the ASGI scope; all behind it reads `principal_of`.
Without any key the service trusts this machine, and a browser on this machine is not to be trusted with that: a page
from elsewhere may reach it by a name that its owner pointed here (DNS rebinding: told by `Host`) or simply post a form
to it (told by `Origin`, which every browser adds and no program needs). With a key, the key decides.
Liveness and readiness stay open, as those who probe have no key.
"""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.asking import NOBODY, PRINCIPAL, REQUEST, SAW, principal_of, sender_of
from api.access.doors import NO_TOKEN, bearer
from api.access.needs import Known, Need, need_of
from api.access.reading import PATH_MAX, address_of, parameters_of, reading
from api.context import AppContext
from api.problems import ForeignCaller, Unauthorised, no_such_path, problem_of
from api.request_ids import told_id
from lineage.access.principal import ALL_SCOPES, ANONYMOUS, Principal
from lineage.access.principal import Scope as AccessScope
from lineage.access.reads import ALLOWED
from lineage.errors import Forbidden, HeadwaterError

__all__ = ["PRINCIPAL", "Gate", "Loopback", "principal_of", "sender_of"]

OPEN_PATHS: Final = frozenset({"/healthz", "/readyz"})
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
NOTED: Final = frozenset({AccessScope.READ, AccessScope.AUDIT_READ})
"""Addresses whose reads are on record within a second."""
PRIVILEGED: Final = frozenset({AccessScope.PAYLOAD_READ, AccessScope.AUDIT_EXPORT})
"""Addresses whose reads are on record before their answer begins, whatever it will be."""
ERROR_MIN: Final = 400
INDEX_DIGITS_MAX: Final = 17  # 2^53 has sixteen
_POLICY_VIOLATION: Final = 1008  # RFC 6455: what a WebSocket that may not be is closed with


@dataclass(frozen=True, slots=True)
class Loopback:
    """Whether a request without a key comes from this machine's own programs."""

    only: bool
    host: str

    def check(self, method: str, headers: Headers) -> None:
        """ForeignCaller for a page from elsewhere."""
        host = headers.get("host", "")
        if self.only and not self._is_ours(host):
            raise ForeignCaller(f"This service answers to this machine's own names, not {host!r:.80}. Use 127.0.0.1.")
        origin = headers.get("origin")
        if origin is not None and method not in SAFE_METHODS and urlsplit(origin).netloc.lower() != host.lower():
            raise ForeignCaller("A page of another site may not write here. Call from a program, or set an API key.")

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


def objects_at(path: str) -> tuple[str, ...]:
    """What a privileged address shows, by its path: an entry of the ledger, or the address itself."""
    last = path.rpartition("/")[2]
    return (
        (f"entry:{int(last)}",)
        if last.isascii() and last.isdecimal() and len(last) < INDEX_DIGITS_MAX
        else (path[:PATH_MAX],)
    )


def admits(principal: Principal, need: Need | None) -> bool:
    """Whether the address is there for it at all; Forbidden when it is and a scope is missing."""
    if need is None:
        return principal.scopes == ALL_SCOPES
    if not isinstance(need, Known):
        principal.require(need)
    return True


class Gate:
    """ASGI middleware: checks who asks, records what is read, counts and times what is answered."""

    def __init__(self, app: ASGIApp, *, context: AppContext) -> None:
        self._app = app
        self._doors = context.doors
        self._loopback = Loopback(context.settings.listens_on_loopback, context.settings.host)
        self._metrics = context.metrics
        self._access_log = context.access_log

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
        need = need_of(method, path)
        scope[PRINCIPAL], scope[REQUEST] = NOBODY, told_id(headers)
        try:
            principal = scope[PRINCIPAL] = await self._principal(need, scope, headers)
            if not admits(principal, need):
                await _no_such_path(scope, receive, send)
                return
            if need in PRIVILEGED:
                await self._access_log.record(reading(scope, address_of(scope), objects=objects_at(path)))
            elif need in NOTED:
                self._access_log.require_room()
                send = self._noting(scope, send)
        except HeadwaterError as error:
            if isinstance(error, Unauthorised | Forbidden | ForeignCaller):
                self._doors.refusals.note(scope, principal_of(scope).actor, error)
            await _refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _noting(self, scope: Scope, send: Send) -> Send:
        """`send`, noting a read of an address when its answer is made and before it leaves."""

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                decision = ALLOWED if message["status"] < ERROR_MIN else f"HTTP {message['status']}"
                seen = scope.get(SAW, ())
                asked = parameters_of(scope)
                self._access_log.note(
                    reading(scope, address_of(scope), objects=seen, decision=decision, variables=asked)
                )
            await send(message)

        return noting

    async def _principal(self, need: Need | None, scope: Scope, headers: Headers) -> Principal:
        """Who asks. Unauthorised, ForeignCaller."""
        if scope["path"] in OPEN_PATHS:
            return NOBODY
        if not self._doors.closed:
            self._loopback.check(scope.get("method", "WEBSOCKET"), headers)
            return ANONYMOUS
        token = bearer(headers.get("authorization", ""))
        if need is Known.NOBODY:
            return NOBODY
        if token is not None:
            return await self._doors.principal(token)
        if need in (Known.LATER, None) or _asks_for_a_page(scope):
            return NOBODY
        raise Unauthorised(NO_TOKEN)


def _asks_for_a_page(scope: Scope) -> bool:
    """Whether it is a browser on its way to the page from which one asks with a key: it can send none yet."""
    return scope["path"] == "/graphql" and scope.get("method") == "GET" and not scope.get("query_string")


async def _no_such_path(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "NO_SUCH_PATH"})
    else:
        await no_such_path(scope["path"])(scope, receive, send)


async def _refuse(error: HeadwaterError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": error.code})
    else:
        await problem_of(error)(scope, receive, send)


def _label(scope: Scope) -> str:
    # The pattern that matched, never the path: a label for each name in the world would fill the memory.
    pattern = getattr(scope.get("route"), "path", None)
    return pattern if isinstance(pattern, str) else "none"
