"""The signer's memory: for each log the last head that it signed, in a file of its own, on disk before the signature.

This is what makes a signature mean something: who rewrites or rolls back the ledger's file does not reach this one. The
newest SIGNED_KEPT heads before the last are remembered too, so that `audit fsck` can tell which kept checkpoints were
taken away.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lineage.errors import LedgerError
from lineage.ledger.database import in_words
from lineage.verify.checkpoint import Checkpoint
from lineage.verify.tree import HASH_BYTES

SIGNED_KEPT = 4096  # as many as the publisher keeps checkpoints of, whatever their hour: 300 kB a log
_TABLES = """
CREATE TABLE IF NOT EXISTS head (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signed (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, PRIMARY KEY (origin, size)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a signer remembers of one log: the `last` head that it signed (size 0: none yet), and the newest of all that
    it signed, by size. Empty in a memory from before they were kept."""

    last: Checkpoint
    signed: tuple[Checkpoint, ...] = ()


class SignerMemory:
    """The heads in the SQLite file `path`. One process at a time; any thread of it. LedgerError for a second one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with in_words(path):
            self._held = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(self._held)
                raise LedgerError(f"Another signer uses {path.parent}. Stop it, or use another folder.") from error
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.executescript(f"PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON; {_TABLES}")

    def last(self, origin: str) -> Checkpoint | None:
        """The last head that was signed for the log."""
        with self._lock, in_words(self._path):
            row = self._connection.execute("SELECT size, root FROM head WHERE origin = ?", (origin,)).fetchone()
        return Checkpoint(origin, row[0], row[1]) if row else None

    def remembered(self, origin: str) -> Remembered | None:
        """The same, and the heads before it."""
        with self._lock, in_words(self._path):
            return _read(self._connection, origin)

    def remember(self, head: Checkpoint) -> None:
        """On disk when it returns."""
        with self._lock, in_words(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.execute(
                    "INSERT INTO head VALUES (?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET size = excluded.size, root = excluded.root",
                    (head.origin, head.size, head.root),
                )
                if head.size:
                    self._connection.execute(
                        "INSERT OR IGNORE INTO signed VALUES (?, ?, ?)", (head.origin, head.size, head.root)
                    )
                self._connection.execute(
                    "DELETE FROM signed WHERE origin = ?1 AND size <= (SELECT size FROM signed WHERE origin = ?1"
                    " ORDER BY size DESC LIMIT 1 OFFSET ?2)",
                    (head.origin, SIGNED_KEPT),
                )
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the file. Calling it twice is harmless."""
        with self._lock:
            if self._held >= 0:
                self._connection.close()
                os.close(self._held)
                self._held = -1


def read_memory(path: Path, origin: str) -> Remembered | None:
    """What a signer's memory says of the log, read beside a running signer; None: it does not know the log. LedgerError:
    retryable when it may not be read now, or not by us; not retryable when it is no memory (any more)."""
    with in_words(path), closing(sqlite3.connect(_readable(path), uri=True)) as connection:
        return _read(connection, origin)


def _readable(path: Path) -> str:
    """Where SQLite cannot make what it shares with a writer, a read-only copy is read as it lies there."""
    beside_writer = os.access(path.parent, os.W_OK) or path.with_name(path.name + "-journal").exists()
    return f"{path.absolute().as_uri()}?mode=ro{'' if beside_writer else '&immutable=1'}"


def _read(connection: sqlite3.Connection, origin: str) -> Remembered | None:
    last = connection.execute("SELECT size, root FROM head WHERE origin = ?", (origin,)).fetchone()
    if last is None:
        return None
    has_signed = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'signed'").fetchone()
    signed = (
        connection.execute("SELECT size, root FROM signed WHERE origin = ? ORDER BY size", (origin,)).fetchall()
        if has_signed
        else []
    )
    return Remembered(_head(origin, *last), tuple(_head(origin, *each) for each in signed))


def _head(origin: str, size: object, root: object) -> Checkpoint:
    """SQLite keeps whatever type an editor wrote."""
    if not isinstance(size, int) or not isinstance(root, bytes) or size < 0 or len(root) != HASH_BYTES:
        raise LedgerError(f"A head in the signer's memory has the size {size!r:.40} and a root that is none.")
    return Checkpoint(origin, size, root)
