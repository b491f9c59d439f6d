"""`headwater key …`: through the service, or on the data folder itself while no service runs (the first key)."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final

from api.accepting import Sender
from api.access.administration import create_key, revoke_key
from api.cli import EXIT_FINE, documents
from api.cli.client import Client
from api.cli.options import settings, time
from api.cli.screen import as_json, more, say, table
from api.cli.words import day
from lineage.access.key_file import Keys
from lineage.access.keys import Key, Rights
from lineage.access.principal import ANONYMOUS, Scope
from lineage.body import parse_time
from lineage.errors import InputError
from lineage.ledger import Draft, Ledger, Receipt
from lineage.ledger.keyring import keep_keys_in
from lineage.moment import iso

Answer = Mapping[str, Any]

ROLES: Final = {
    "producer": (Scope.INGEST,),
    "reader": (Scope.READ,),
    "writer": (Scope.READ, Scope.WRITE),
    "auditor": (Scope.READ, Scope.AUDIT_READ, Scope.AUDIT_EXPORT),
    "admin": tuple(Scope),
}
OFFLINE: Final = Sender("operator", "data-folder")
"""Whoever can write the data folder: in the record, it is no key that did it."""


def create(options: argparse.Namespace) -> int:
    """The text is the last word on standard output, so that a script can keep it."""
    scopes = _scopes(options)
    expires = time(options.expires, "--expires", ahead=True)
    if options.data is not None:
        done = asyncio.run(_create_offline(options, scopes, expires))
    else:
        told = {
            "label": options.label, "scopes": [scope.name for scope in scopes], "namespaces": options.namespace,
            "hiddenTags": options.hide_tag, "counts": options.counts, "expires": expires, "owner": options.owner,
        }  # fmt: skip
        with Client(settings(options)) as client:
            done = client.ask(documents.CREATE_KEY, input=told)["createKey"]
    if options.format == "json":
        as_json(done)
        return EXIT_FINE
    print(
        f"Ledger entry {done['index']}: key {done['key']['id']} for {done['key']['label']}. It is shown this once:",
        file=sys.stderr,
    )
    print(done["token"])
    return EXIT_FINE


def list_keys(options: argparse.Namespace) -> int:
    """Never their texts."""
    if options.data is not None:
        with closing(Keys(settings(options).keys_path)) as keys:
            shown = [_answer(key) for key in keys.all()]
        found: Answer = {
            "nodes": shown, "totalCount": len(shown), "pageInfo": {"hasNextPage": False, "endCursor": None}
        }  # fmt: skip
    else:
        with Client(settings(options)) as client:
            found = client.ask(documents.KEYS, first=options.first, after=options.after)["keys"]
    if options.format == "json":
        as_json(found)
        return EXIT_FINE
    rows = [
        (key["id"], key["state"].lower(), key["label"], key["owner"] or key["createdBy"],
         ", ".join(_written(scope) for scope in key["scopes"]),
         "all" if key["namespaces"] is None else ", ".join(key["namespaces"]), ", ".join(key["hiddenTags"]),
         day(key["expires"]), day(key["lastUsed"]))
        for key in found["nodes"]
    ]  # fmt: skip
    if not rows:
        say("There are no keys.")
        return EXIT_FINE
    table(
        ("KEY", "STATE", "LABEL", "FOR", "SCOPES", "NAMESPACES", "HIDDEN TAGS", "EXPIRES", "LAST USED"),
        rows,
        fixed=("KEY", "STATE", "EXPIRES", "LAST USED"),
    )
    more(found["pageInfo"])
    return EXIT_FINE


def revoke(options: argparse.Namespace) -> int:
    """At once."""
    if options.data is not None:
        done = asyncio.run(_revoke_offline(options))
    else:
        told = {"id": options.id, "reason": options.reason}
        with Client(settings(options)) as client:
            done = client.ask(documents.REVOKE_KEY, input=told)["revokeKey"]
    if options.format == "json":
        as_json(done)
    else:
        say(f"Ledger entry {done['index']}: key {done['key']['id']} opens nothing any more.")
    return EXIT_FINE


def _scopes(options: argparse.Namespace) -> list[Scope]:
    known = {str(scope): scope for scope in Scope}
    if unknown := [each for each in options.scope if each not in known]:
        raise InputError(f"`{unknown[0]}` is no scope. There are {', '.join(known)}.", place="--scope")
    scopes = {known[each] for each in options.scope} | set(ROLES.get(options.role, ()))
    if not scopes:
        raise InputError("A key without a scope opens nothing. Give --role or --scope.", place="--scope")
    return sorted(scopes)


async def _create_offline(options: argparse.Namespace, scopes: list[Scope], expires: str | None) -> Answer:
    rights = Rights(
        frozenset(scopes),
        None if options.namespace is None else tuple(dict.fromkeys(options.namespace)),
        frozenset(options.hide_tag),
        options.counts,
    )
    expires_us = None if expires is None else parse_time(expires, "--expires")
    with _ledger(options) as ledger, closing(Keys(settings(options).keys_path)) as keys:
        key, token, receipt = await create_key(
            keys, _append_to(ledger), ANONYMOUS, OFFLINE, options.label, rights, expires_us, options.owner
        )
    return {
        "index": str(receipt.index), "leafHash": receipt.leaf_hash.hex(), "token": token, "key": _answer(key)
    }  # fmt: skip


async def _revoke_offline(options: argparse.Namespace) -> Answer:
    with _ledger(options) as ledger, closing(Keys(settings(options).keys_path)) as keys:
        key, receipt = await revoke_key(keys, _append_to(ledger), ANONYMOUS, OFFLINE, options.id, options.reason)
    return {"index": str(receipt.index), "leafHash": receipt.leaf_hash.hex(), "key": _answer(key)}


def _ledger(options: argparse.Namespace) -> Ledger:
    """The folder's own: refused while a service has it."""
    chosen = settings(options)
    keep_keys_in(chosen.data, chosen.keyring)
    return Ledger.open(chosen.ledger_path)


def _append_to(ledger: Ledger) -> Any:
    async def append(draft: Draft) -> Receipt:
        return ledger.append([draft])[0]

    return append


def _answer(key: Key) -> Answer:
    """A key as the service would show it."""
    now_us = parse_time(time("0m", "now") or "", "now")
    rights = key.rights
    return {
        "id": key.id, "label": key.label, "owner": key.owner, "scopes": [scope.name for scope in sorted(rights.scopes)],
        "namespaces": None if rights.namespaces is None else list(rights.namespaces),
        "hiddenTags": sorted(rights.hidden_tags), "counts": rights.counts, "state": key.state(now_us),
        "created": iso(key.created_us), "createdBy": key.created_by, "expires": _iso(key.expires_us),
        "revoked": _iso(key.revoked_us), "lastUsed": _iso(key.last_used_us),
    }  # fmt: skip


def _iso(time_us: int | None) -> str | None:
    return None if time_us is None else iso(time_us)


def _written(scope: str) -> str:
    return str(Scope[scope])
