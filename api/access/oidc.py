"""Bearer tokens of an OpenID Connect provider: who somebody is, said by a signature.

The one idea: nothing of a token is believed before its signature is checked with a key that the provider publishes now.
Those keys are fetched, kept for minutes, and fetched again when a token names one that is not there (the provider
rotated), but never more often than every few seconds, whatever tokens are thrown at us. Only asymmetric algorithms
count: with `none` or a shared secret anybody could sign.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard
from urllib.parse import urlsplit

import httpx2
import orjson
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from api.access.claims import Roles
from api.logs import log
from lineage.access.key_file import Keys
from lineage.access.principal import Principal
from lineage.errors import Overloaded

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
KEY_TYPES: Final = ("RSA", "EC", "OKP")  # a provider's `oct` key would be a shared secret
LEEWAY_S: Final = 60  # two clocks; more would let ended tokens in
FRESH_S: Final = 300.0  # a key that the provider took back is believed this long at most
REFETCH_S: Final = 10.0  # between two fetches, whatever the reason
TIMEOUT_S: Final = 5.0
ANSWER_BYTES_MAX: Final = 1 << 20
VERIFIED_MAX: Final = 4_096  # tokens whose signatures need not be checked again: 4 MB
VERIFIED_S: Final = 60.0
SUBJECT_MAX: Final = 255  # OpenID Connect's own limit
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody that a provider vouches for."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]
    roles: Roles

    def principal(self, keys: Keys, now_us: int) -> Principal:
        """The same under an opaque name: what a provider calls a person may be an address."""
        auth = f"oidc:{urlsplit(self.issuer).hostname}"
        return self.roles.principal(self.claims, keys.actor(self.issuer, self.subject, now_us), auth)


def looks_like_token(text: str) -> bool:
    """Whether a bearer token has the form of a signed JWT."""
    return text.count(".") == 2 and text.startswith("ey")


def require_safe(url: str) -> str:
    """ValueError unless what comes from `url` comes from whom it names: over TLS, or from this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return url
    raise ValueError(f"{url!r:.200} is no https address")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Provider:
    """One issuer. Used from one event loop."""

    def __init__(self, issuer: str, audience: str, roles: Roles) -> None:
        self.issuer = issuer
        self._audience = audience
        self._roles = roles
        self._http: httpx2.AsyncClient | None = None
        self._keys: KeySet | None = None
        self._fetched_s = -FRESH_S
        self._tried_s = -REFETCH_S
        self._fetching = asyncio.Lock()
        self._verified: OrderedDict[bytes, tuple[Person, float]] = OrderedDict()

    async def person(self, token: str, now_us: int) -> Person | None:
        """Who a token speaks of; None for one that is not good, whatever is wrong with it. Overloaded when the
        provider's keys cannot be had."""
        now_s = time.monotonic()
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._verified.get(digest)
        if known is not None and known[1] > now_s and self._keys is not None and now_s - self._fetched_s < FRESH_S:
            return known[0]
        claims: Mapping[str, Any] | None = None
        try:
            claims = _claims(token, await self._current(now_s, again=False))
        except (InvalidKeyIdError, BadSignatureError):  # perhaps the provider has new keys
            with contextlib.suppress(InvalidKeyIdError, BadSignatureError):
                claims = _claims(token, await self._current(now_s, again=True))
        if claims is None or not self._is_for_us(claims, now_us // 1_000_000):
            return None
        person = Person(self.issuer, claims["sub"], claims, self._roles)
        left_s = claims["exp"] + LEEWAY_S - now_us / 1e6
        self._verified[digest] = (person, now_s + min(VERIFIED_S, left_s))
        if len(self._verified) > VERIFIED_MAX:
            self._verified.popitem(last=False)
        return person

    async def close(self) -> None:
        """Let go of the connection to the provider."""
        if self._http is not None:
            await self._http.aclose()

    def _is_for_us(self, claims: Mapping[str, Any], now_s: int) -> bool:
        """Every claim that has to be there, of the right type, with the right value."""
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        subject, ends, begins = claims.get("sub"), claims.get("exp"), claims.get("nbf", 0)
        return (
            claims.get("iss") == self.issuer
            and self._audience in audiences
            and isinstance(subject, str)
            and 0 < len(subject) <= SUBJECT_MAX
            and _is_number(ends)
            and ends + LEEWAY_S > now_s
            and _is_number(begins)
            and begins - LEEWAY_S <= now_s
        )

    async def _current(self, now_s: float, *, again: bool) -> KeySet:
        """The provider's keys, fetched now when they are old, or (`again`) when one is missing."""
        async with self._fetching:
            stale = self._keys is None or time.monotonic() - self._fetched_s >= FRESH_S
            wanted = stale or (again and self._fetched_s < now_s)
            if wanted and time.monotonic() - self._tried_s >= REFETCH_S:
                self._tried_s = time.monotonic()
                await self._fetch()
            if self._keys is None or time.monotonic() - self._fetched_s >= FRESH_S:
                message = "The identity provider does not answer, so no token can be checked. Try again soon."
                raise Overloaded(message, retry_after_s=REFETCH_S)
            return self._keys

    async def _fetch(self) -> None:
        try:
            known = await self._get(require_safe(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"))
            if known.get("issuer") != self.issuer:
                raise ValueError(f"it calls itself {known.get('issuer')!r:.200}")
            published = await self._get(require_safe(str(known.get("jwks_uri"))))
            usable = [key for key in published["keys"] if key.get("kty") in KEY_TYPES and key.get("use") != "enc"]
            self._keys = KeySet.import_key_set({"keys": usable})
        except (
            httpx2.HTTPError,
            httpx2.InvalidURL,
            JoseError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
        ) as error:
            log(
                _log,
                logging.WARNING,
                "the identity provider's keys cannot be had",
                issuer=self.issuer,
                error=str(error),
            )
            return
        self._fetched_s = time.monotonic()
        self._verified.clear()

    async def _get(self, url: str) -> dict[str, Any]:
        if self._http is None:
            self._http = httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)
        body = bytearray()
        async with asyncio.timeout(TIMEOUT_S), self._http.stream("GET", url) as answer:
            answer.raise_for_status()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > ANSWER_BYTES_MAX:
                    raise ValueError(f"{url} answers with more than {ANSWER_BYTES_MAX} bytes")
        told = orjson.loads(bytes(body))
        if not isinstance(told, dict):
            raise ValueError(f"{url} answers with no JSON object")
        return told


def _claims(token: str, keys: KeySet) -> Mapping[str, Any] | None:
    """What a token says, signed by one of `keys`; None for what is no token. InvalidKeyIdError, BadSignatureError."""
    try:
        return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except (InvalidKeyIdError, BadSignatureError):
        raise
    except (JoseError, ValueError, TypeError, RecursionError):  # texts that are no base64 or no JSON of this form
        return None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
