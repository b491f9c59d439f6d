"""Keys made and revoked, each on record in the ledger.

The one idea: the record comes first for a new key (one that is used is always on record; a crash between leaves the
record of a key that never was), and last for a revoked one (nothing may keep a key alive). The entry says what the key
may do, never its text or its hash; a fingerprint of the hash lets `audit fsck` see when it was exchanged.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final

import orjson

from api.accepting import NORM, PRODUCT, Sender
from lineage.access.key_check import KEY_KIND, fingerprint
from lineage.access.key_file import Keys, new_key, token_hash
from lineage.access.keys import Key, Rights
from lineage.access.principal import Principal, Scope
from lineage.errors import Forbidden, NotFound
from lineage.ledger import Draft, Receipt
from lineage.moment import iso

KIND: Final = KEY_KIND
Append = Callable[[Draft], Awaitable[Receipt]]


async def create_key(
    keys: Keys,
    append: Append,
    principal: Principal,
    sender: Sender,
    label: str,
    rights: Rights,
    expires_us: int | None,
    owner: str | None = None,
) -> tuple[Key, str, Receipt]:
    """A new key, its text, and its entry. Forbidden when its maker lacks what it would give; InputError,
    LimitExceeded; errors as `append`'s."""
    if not rights.within(principal):
        message = "A key gives no more than its maker has: scopes, namespaces, hidden tags. Ask for less."
        raise Forbidden(message, scope=Scope.ADMIN_KEYS)
    keys.require_room()
    now_us = time.time_ns() // 1000
    key, token = new_key(label, rights, by=sender.actor, now_us=now_us, expires_us=expires_us, owner=owner)
    receipt = await append(_draft("create", key, sender, token=token))
    keys.keep(key, token)
    return key, token, receipt


async def revoke_key(
    keys: Keys, append: Append, principal: Principal, sender: Sender, id: str, reason: str
) -> tuple[Key, Receipt]:
    """The key, which opens nothing any more, and its entry. NotFound; errors as `append`'s, the key being revoked all
    the same."""
    key = keys.get(id)
    if not key.visible_to(principal):
        raise NotFound(keys.unknown(id))
    key = keys.revoke(id, time.time_ns() // 1000)
    return key, await append(_draft("revoke", key, sender, reason))


def _draft(done: str, key: Key, sender: Sender, reason: str = "", token: str | None = None) -> Draft:
    told: dict[str, object] = {"op": done, "key": key.id, "label": key.label, **key.rights.encoded()}
    if token is not None:
        told["fingerprint"] = fingerprint(token_hash(token))
    if key.owner is not None:
        told["owner"] = key.owner
    if key.expires_us is not None:
        told["expires"] = iso(key.expires_us)
    if reason:
        told["reason"] = reason
    return Draft(
        kind=KIND,
        parts={NORM: orjson.dumps(told, option=orjson.OPT_SORT_KEYS)},
        actor=sender.actor,
        auth=sender.auth,
        request=sender.request,
        projector=PRODUCT,
    )
