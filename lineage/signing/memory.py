"""The signer's memory: for each log the last head that it signed, in a file of its own, on disk before the signature.

This is what makes a signature mean something: who rewrites or rolls back the ledger's file does not reach this one.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from lineage.errors import LedgerError
from lineage.ledger.database import in_words
from lineage.verify.checkpoint import Checkpoint

_TABLE = """
CREATE TABLE IF NOT EXISTS head (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL) WITHOUT ROWID
"""


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
            self._connection.executescript(f"PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON; {_TABLE}")

    def last(self, origin: str) -> Checkpoint | None:
        """The last head that was signed for the log."""
        with self._lock, in_words(self._path):
            row = self._connection.execute("SELECT size, root FROM head WHERE origin = ?", (origin,)).fetchone()
        return Checkpoint(origin, row[0], row[1]) if row else None

    def remember(self, head: Checkpoint) -> None:
        """On disk when it returns."""
        with self._lock, in_words(self._path):
            self._connection.execute(
                "INSERT INTO head VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET size = excluded.size, root = excluded.root",
                (head.origin, head.size, head.root),
            )

    def close(self) -> None:
        """Let go of the file. Calling it twice is harmless."""
        with self._lock:
            if self._held >= 0:
                self._connection.close()
                os.close(self._held)
                self._held = -1


def remembered_head(path: Path, origin: str) -> Checkpoint | None:
    """What a signer's memory says of the log, read beside a running signer; None without a memory or its permission."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return None
    with closing(connection):
        try:
            row = connection.execute("SELECT size, root FROM head WHERE origin = ?", (origin,)).fetchone()
        except sqlite3.OperationalError:
            return None
    return Checkpoint(origin, row[0], row[1]) if row else None
