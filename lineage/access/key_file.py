"""The file of API keys: made once, shown once, kept as a hash.

The one idea: a key names itself. `hw_lk_<id>_<secret>` is looked up by its id, which is no secret and stands in leaves;
what is stored of the secret is a SHA-256 (32 random bytes need no slow hash), compared in constant time, whether or not
there is such an id. All keys are held in memory, so that a request costs no read; whoever has the file open for writing
is the service itself, or `headwater key … --data` while no service runs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import orjson

from lineage.access.hands import hands_behind
from lineage.access.keys import Key, KeyState, Person, Rights, require_text, rights_of
from lineage.access.principal import Principal
from lineage.errors import InputError, LimitExceeded, NotFound, StoreError

PREFIX: Final = "hw_"
ID_PREFIX: Final = "lk_"
SECRET_BYTES: Final = 32
ID_BYTES: Final = 5  # 8 letters: told apart at a glance, and chance repeats none of the few thousand that there are
KEYS_MAX: Final = 10_000  # all are in memory: 10 MB
PEOPLE_CACHED_MAX: Final = 10_000
FLUSH_US: Final = 60_000_000  # the last use is known to the minute: to the second would cost a write for each request
APPLICATION_ID: Final = 0x48574B59  # "HWKY"
FORMAT_VERSION: Final = 2
BUSY_TIMEOUT_S: Final = 5.0
_TOKEN: Final = re.compile(r"hw_(lk_[a-z2-7]{8})_([a-z2-7]{52})")
_NOTHING: Final = bytes(32)  # what an unknown id is compared with, so that it takes as long
_TABLES: Final = f"""
CREATE TABLE key (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL, label TEXT NOT NULL, rights TEXT NOT NULL, created_us INTEGER NOT NULL,
    created_by TEXT NOT NULL, expires_us INTEGER, revoked_us INTEGER, last_used_us INTEGER, owner TEXT
) STRICT;
CREATE TABLE person (actor TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, first_us INTEGER NOT NULL)
    STRICT;
CREATE TABLE pepper (id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB NOT NULL) STRICT;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
"""
_FROM_VERSION_1: Final = "BEGIN IMMEDIATE; ALTER TABLE key ADD COLUMN owner TEXT; PRAGMA user_version = 2; COMMIT"
"""Keys of before they had owners belong to whoever made them."""


def is_key(token: str) -> bool:
    """Whether a bearer token means to be a key, right or wrong."""
    return token.startswith(PREFIX + ID_PREFIX)


def new_key(
    label: str, rights: Rights, *, by: str, now_us: int, expires_us: int | None = None, owner: str | None = None
) -> tuple[Key, str]:
    """A key that never was, and its text, which will be nowhere else. InputError."""
    require_text(label, "label")
    if owner is not None:
        require_text(owner, "owner")
    if expires_us is not None and expires_us <= now_us:
        raise InputError("The key would have expired already. Give a time to come.", place="expires")
    id = ID_PREFIX + _letters(secrets.token_bytes(ID_BYTES))
    token = f"{PREFIX}{id}_{_letters(secrets.token_bytes(SECRET_BYTES))}"
    return Key(id, label, rights, now_us, by, expires_us, owner=owner), token


class Keys:
    """The keys in the SQLite file at `path`, made when the first is. Any thread may call any method."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None
        self._keys: dict[str, tuple[Key, bytes, Principal]] = {}
        self._people: dict[tuple[str, str], str] = {}
        self._used: dict[str, int] = {}
        self._flushed_us = 0
        self._pepper = b""
        if path.exists():
            with self._open():
                pass

    def __len__(self) -> int:
        """How many there ever were, revoked ones included."""
        return len(self._keys)

    def close(self) -> None:
        """Write when keys were last used, and let go of the file."""
        self.flush()
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    # What a request asks

    def principal(self, token: str, now_us: int) -> Principal | None:
        """Who comes with a key; None for a wrong, expired or revoked one, and for what is none, all alike."""
        match = _TOKEN.fullmatch(token)
        known = self._keys.get(match[1]) if match else None
        expected = _NOTHING if known is None else known[1]
        if not hmac.compare_digest(token_hash(token), expected) or known is None:
            return None
        key, _, principal = known
        if key.state(now_us) is not KeyState.ACTIVE:
            return None
        self._used[key.id] = now_us
        return principal

    def wants_flush(self, now_us: int) -> bool:
        """Whether uses are known here that the file should know by now."""
        return bool(self._used) and now_us - self._flushed_us >= FLUSH_US

    def flush(self, now_us: int = 0) -> None:
        """Write when keys were last used."""
        self._flushed_us = now_us
        used, self._used = self._used, {}
        if used:
            with self._open() as file:
                file.executemany("UPDATE key SET last_used_us = ? WHERE id = ?", [(us, id) for id, us in used.items()])
                for id, us in used.items():
                    key, digest, principal = self._keys[id]
                    self._keys[id] = (replace(key, last_used_us=us), digest, principal)

    # What an administrator asks

    def keep(self, key: Key, token: str) -> None:
        """A key that `new_key` made, from now on. LimitExceeded when there are too many."""
        digest = token_hash(token)
        with self._open() as file:
            self.require_room()
            file.execute(
                "INSERT INTO key VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)",
                (key.id, digest, key.label, orjson.dumps(key.rights.encoded()).decode(), key.created_us,
                 key.created_by, key.expires_us, key.owner),
            )  # fmt: skip
            self._keys[key.id] = (key, digest, key.principal)

    def require_room(self) -> None:
        """LimitExceeded when there are as many keys as may be."""
        if len(self) >= KEYS_MAX:
            raise LimitExceeded(
                f"There are {KEYS_MAX} keys. Let programs share one.", limit=KEYS_MAX, asked=KEYS_MAX + 1
            )

    def revoke(self, id: str, now_us: int) -> Key:
        """The key, which opens nothing from now on; one that was revoked before stays as it is. NotFound."""
        with self._open() as file:
            key, digest, principal = self._found(id)
            if key.revoked_us is None:
                file.execute("UPDATE key SET revoked_us = ? WHERE id = ?", (now_us, id))
                key = replace(key, revoked_us=now_us)
                self._keys[id] = (key, digest, principal)
            return key

    def get(self, id: str) -> Key:
        """NotFound for one that never was."""
        return self._found(id)[0]

    def all(self) -> list[Key]:
        """Every key, the oldest first."""
        keys = [
            replace(key, last_used_us=self._used.get(key.id, key.last_used_us))
            for key, _, _ in list(self._keys.values())
        ]
        return sorted(keys, key=lambda key: (key.created_us, key.id))

    def hands_behind(self, actor: str) -> frozenset[str]:
        """Everybody who can act as `actor` (hands.py). NotFound for a key that is not there."""
        return hands_behind(actor, {id: key for id, (key, _, _) in list(self._keys.items())})

    def _found(self, id: str) -> tuple[Key, bytes, Principal]:
        known = self._keys.get(id)
        if known is None:
            raise NotFound(self.unknown(id))
        return known

    @staticmethod
    def unknown(id: str) -> str:
        """What is said of a key that is not there for who asks."""
        return f"There is no key {id!r:.40}. `headwater key list` has all."

    # People

    def actor(self, issuer: str, subject: str, now_us: int) -> str:
        """The opaque id under which a person stands in the record: of this installation alone, and made known to it by
        `people`. The same person has the same one."""
        known = self._people.get((issuer, subject))
        if known is not None:
            return known
        with self._open() as file:
            message = f"{issuer}\0{subject}".encode("utf-8", "surrogatepass")
            actor = "u_" + _letters(hmac.digest(self._pepper, message, "sha256")[:10])
            file.execute("INSERT OR IGNORE INTO person VALUES (?, ?, ?, ?)", (actor, issuer, subject, now_us))
            if len(self._people) >= PEOPLE_CACHED_MAX:
                self._people.clear()
            self._people[issuer, subject] = actor
            return actor

    def people(self, actors: Collection[str]) -> list[Person]:
        """Whom these actors stand for, as far as it is known."""
        if not self._path.exists():
            return []
        with self._open() as file:
            marks = ", ".join("?" * len(actors))
            rows = file.execute(
                f"SELECT actor, issuer, subject, first_us FROM person WHERE actor IN ({marks})", [*actors]
            )
            return [Person(*row) for row in rows]

    # The file

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The file, in one transaction of its own. StoreError with what to do."""
        with self._lock:
            try:
                if self._file is None:
                    self._file = self._connect()
                self._file.execute("BEGIN IMMEDIATE")
                try:
                    yield self._file
                    self._file.execute("COMMIT")
                except BaseException:
                    self._file.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                message = f"The keys' file {self._path} failed: {error}. Check its owner, its disk, and a backup."
                raise StoreError(message, retryable=isinstance(error, sqlite3.OperationalError)) from error

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))  # its owner's alone
        file = sqlite3.connect(self._path, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
        try:
            file.executescript("PRAGMA trusted_schema = OFF; PRAGMA synchronous = FULL;")
            if file.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
                file.executescript(f"BEGIN IMMEDIATE; {_TABLES}")
                file.execute("INSERT INTO pepper VALUES (1, ?)", (secrets.token_bytes(SECRET_BYTES),))
                file.execute("COMMIT")
            if file.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise StoreError(f"{self._path} is no file of keys. Correct --data.", retryable=False)
            if file.execute("PRAGMA user_version").fetchone()[0] == 1:
                file.executescript(_FROM_VERSION_1)
            if (version := file.execute("PRAGMA user_version").fetchone()[0]) != FORMAT_VERSION:
                message = f"{self._path} has format {version}, this version reads {FORMAT_VERSION}. Upgrade Headwater."
                raise StoreError(message, retryable=False)
            self._pepper = file.execute("SELECT bytes FROM pepper").fetchone()[0]
            for row in file.execute(
                "SELECT id, label, rights, created_us, created_by, expires_us, revoked_us, last_used_us, owner, hash"
                " FROM key"
            ):
                key = Key(row[0], row[1], rights_of(orjson.loads(row[2])), *row[3:9])
                self._keys[key.id] = (key, row[9], key.principal)
        except BaseException:
            file.close()
            raise
        return file


def token_hash(token: str) -> bytes:
    """What is stored of a key's text."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _letters(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()
