"""Whether `keys.sqlite` says of API keys what the ledger says: fsck's check 10.

The one idea: each key was made, and revoked, by an entry that nobody can edit unseen. A row that no entry made, that opens
more or longer than its entry says, to another text, or again after it was revoked, was written by hand. A key that a crash
or a backup left without its row opens nothing; only a row that was taken away out of the middle is named.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lineage.ledger import Finding, Ledger
from lineage.ledger.kinds import entries_of_kind
from lineage.moment import iso

BESIDE: Final = 10
"""The check's number."""
KEY_KIND: Final = "admin.key"
_CONTEXT: Final = b"headwater key fingerprint\0"
_RIGHTS: Final = ("scopes", "namespaces", "hiddenTags", "counts")


def fingerprint(token_hash: bytes) -> str:
    """What a key's entry says of its text: it tells another text apart and opens nothing. Of 32 random bytes, hashed twice."""
    return hashlib.sha256(_CONTEXT + token_hash).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    token_hash: bytes
    told: dict[str, Any]
    """As its entry has it."""
    made_by: str
    revoked: bool


def check_keys(ledger: Ledger, path: Path) -> list[Finding]:
    """The rows of the file at `path` against the entries of `ledger`. LedgerError when an entry cannot be opened."""
    before = _rows(path)
    if isinstance(before, Finding):
        return [before]
    made: dict[str, tuple[int, str, dict[str, Any]]] = {}
    revoked: dict[str, int] = {}
    for leaf, norm in entries_of_kind(ledger, KEY_KIND):
        told = json.loads(norm) if norm is not None else {}
        if told.get("op") == "create":
            made[told["key"]] = (leaf.index, leaf.actor, told)
        elif told.get("op") == "revoke":
            revoked[told["key"]] = leaf.index
    after = _rows(path)  # a service may have revoked one meanwhile, which it does before it says so
    now = after if isinstance(after, dict) else before
    findings = [each for row in before.values() for each in _contradictions(row, made, revoked, now)]
    newest = max((index for id, (index, _, _) in made.items() if id in before), default=-1)
    findings += [
        Finding(BESIDE, index, f"keys.sqlite lacks the key {id}, which this entry made: its row was taken away")
        for id, (index, _, _) in made.items()
        if id not in now and index < newest
    ]
    return findings


def _contradictions(
    row: _Row, made: dict[str, tuple[int, str, dict[str, Any]]], revoked: dict[str, int], now: dict[str, _Row]
) -> Iterator[Finding]:
    if row.id not in made:
        yield Finding(BESIDE, None, f"keys.sqlite has the key {row.id}, which no entry made: it was put there by hand")
        return
    index, actor, told = made[row.id]
    changed = [name for name in ("label", "owner", "expires", *_RIGHTS) if told.get(name) != row.told.get(name)]
    if row.made_by != actor:
        changed.append("who made it")
    if "fingerprint" in told and not hmac.compare_digest(str(told["fingerprint"]), fingerprint(row.token_hash)):
        changed.append("the text that opens it")
    if changed:
        names = ", ".join(changed)
        yield Finding(BESIDE, index, f"the key {row.id} in keys.sqlite is not as this entry made it: {names}")
    if row.id in revoked and row.id in now and not now[row.id].revoked:
        yield Finding(
            BESIDE,
            revoked[row.id],
            f"the key {row.id} opens again in keys.sqlite, though this entry revoked it: revoke it anew",
        )


def _rows(path: Path) -> dict[str, _Row] | Finding:
    if not path.exists():
        return {}
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            version = file.execute("PRAGMA user_version").fetchone()[0]
            owner = "owner" if version > 1 else "NULL"
            rows = file.execute(
                f"SELECT id, hash, label, rights, created_by, expires_us, revoked_us, {owner} FROM key"
            ).fetchall()
            return {
                id: _Row(id, token_hash, _told(label, rights, expires_us, owner), created_by, revoked_us is not None)
                for id, token_hash, label, rights, created_by, expires_us, revoked_us, owner in rows
            }
    except (sqlite3.Error, ValueError, TypeError) as error:
        return Finding(BESIDE, None, f"keys.sqlite cannot be read ({error}): damaged or rewritten")


def _told(label: str, rights: str, expires_us: int | None, owner: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"label": label, **json.loads(rights)}
    if expires_us is not None:
        told["expires"] = iso(expires_us)
    if owner is not None:
        told["owner"] = owner
    return told
