"""The doors: from a bearer token to a principal.

The one idea: every kind of credential (the settings' key, a made key, a provider's token) ends in the same frozen
Principal, and every one that is not good ends in the same sentence, whatever was wrong with it. Once there is anything
to come in with, nobody comes in without; revoking the last key does not open the service again.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping
from typing import Final

from api.access.claims import Roles
from api.access.oidc import Provider, looks_like_token
from api.access.refusals import Refusals
from api.problems import Unauthorised
from lineage.access.key_file import Keys, is_key
from lineage.access.principal import Principal
from lineage.errors import SettingsError
from lineage.settings import Settings

ROOT: Final = Principal(actor="api-key", auth="key")
"""Who has the key out of the settings."""
TOKEN_MAX: Final = 16_384  # characters: a provider's token with many groups has some thousand
NO_TOKEN: Final = "Send a key or a token with each request: `Authorization: Bearer KEY`."
BAD_TOKEN: Final = "This key or token opens nothing here: it is unknown, has ended or is meant for another service."


class Doors:
    """What may be come in with. `key`: the settings' own. `refusals`: where those who may not are put on record."""

    def __init__(self, key: str | None, keys: Keys, provider: Provider | None, refusals: Refusals) -> None:
        self.keys = keys
        self.refusals = refusals
        self._key = key
        self._provider = provider

    @property
    def closed(self) -> bool:
        """Whether anybody has to say who they are."""
        return self._key is not None or self._provider is not None or len(self.keys) > 0

    async def principal(self, token: str) -> Principal:
        """Who comes with a token. Unauthorised, in the same words for all that is wrong with one; Overloaded when the
        provider that could tell does not answer."""
        now_us = time.time_ns() // 1000
        found: Principal | None = None
        if len(token) <= TOKEN_MAX:
            if self._key is not None and hmac.compare_digest(token.encode("utf-8", "replace"), self._key.encode()):
                found = ROOT
            elif is_key(token):
                found = self.keys.principal(token, now_us)
            elif self._provider is not None and looks_like_token(token):
                person = await self._provider.person(token, now_us)
                found = None if person is None else person.principal(self.keys, now_us)
        if found is None:
            raise Unauthorised(BAD_TOKEN)
        if self.keys.wants_flush(now_us):
            await asyncio.to_thread(self.keys.flush, now_us)
        return found

    async def principal_of_connection(self, parameters: Mapping[str, object] | None) -> Principal:
        """Who begins a WebSocket with these `connection_init` parameters: `{"authorization": "Bearer KEY"}`, whatever
        its letters' case. Errors as `principal`."""
        told = {name.lower(): value for name, value in (parameters or {}).items()}.get("authorization")
        token = bearer(told) if isinstance(told, str) else None
        if token is None:
            raise Unauthorised(NO_TOKEN)
        return await self.principal(token)

    async def close(self) -> None:
        """Write what is known of the keys' use, and let go of their file and of the provider."""
        if self._provider is not None:
            await self._provider.close()
        self.keys.close()


def open_doors(settings: Settings, refusals: Refusals) -> Doors:
    """The doors that the settings ask for. SettingsError, StoreError when one cannot be opened."""
    provider: Provider | None = None
    if settings.oidc_issuer is not None and settings.oidc_audience is not None:
        roles = Roles.read(settings.oidc_roles_claim, settings.oidc_roles)
        provider = Provider(settings.oidc_issuer, settings.oidc_audience, roles)
    doors = Doors(settings.api_key, Keys(settings.keys_path), provider, refusals)
    if not (doors.closed or settings.listens_on_loopback or settings.insecure):
        raise SettingsError(
            f"{settings.keys_path} holds no key, so whoever reaches the port would read all of it. Make a key with "
            "`headwater key create --data`, or set HEADWATER_API_KEY.",
            place="HEADWATER_HOST",
        )
    return doors


def bearer(header: str) -> str | None:
    """The token in an Authorization header; None when there is none."""
    scheme, _, token = header.strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
