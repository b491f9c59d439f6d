"""The checkpoints that were published, kept beside the ledger, cosignatures included.

What is kept: the newest KEPT_NEWEST of each log, and of those before the last of each hour, for ever (some 4 MB a year).
A checkpoint that went into an evidence pack stands in that pack, kept here or not.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

from lineage.errors import LedgerError, NotFound
from lineage.ledger.database import in_words
from lineage.verify.checkpoint import SignedCheckpoint, parse_checkpoint
from lineage.verify.keys import VerifierKey, signatures_of
from lineage.verify.note import NoteSignature
from lineage.verify.refusal import VerifyError

KEPT_NEWEST = 4096  # an hour and more of growth in every second
THINNED_EVERY = 256
BUSY_TIMEOUT_S = 10.0
HOUR_S = 3600
_TABLES = """
CREATE TABLE IF NOT EXISTS checkpoint (
    origin TEXT NOT NULL, size INTEGER NOT NULL, time_s INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (origin, size)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS witnessed (
    origin TEXT NOT NULL, witness TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (origin, witness)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (origin TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
"""


class Checkpoints:
    """The kept checkpoints in the SQLite file `path`, of any number of logs. Any thread may call any method. LedgerError
    when the file cannot be used, or holds what is no checkpoint."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._added = 0
        if read_only and not path.exists():
            raise NotFound(f"There are no checkpoints at {path}. Give the service's folder with --data.")
        with in_words(path):
            if not read_only:
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            mode = "rw" if not read_only else "ro" if _shared(path) else "ro&immutable=1"
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False,
            )  # fmt: skip
            if not read_only:
                self._connection.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {_TABLES}")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def ask(self, origin: str, size: int) -> None:
        """Take down that the signer is being asked for this head: a kill before `add` is then told from a row that
        somebody took away."""
        with self._lock, in_words(self._path):
            self._connection.execute(
                "INSERT INTO asked VALUES (?, ?) ON CONFLICT DO UPDATE SET size = excluded.size", (origin, size)
            )

    def asked(self, origin: str) -> int | None:
        """The size of the head that the signer was asked for last; None: of none, or in a file from before this."""
        with self._lock, in_words(self._path):
            if not self._connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'asked'").fetchone():
                return None
            row = self._connection.execute("SELECT size FROM asked WHERE origin = ?", (origin,)).fetchone()
        return row[0] if row else None

    def add(self, signed: SignedCheckpoint, time_s: int) -> None:
        """Keep it (on disk when this returns); signatures of one that is kept already are joined."""
        head = signed.checkpoint
        with self._lock, in_words(self._path):
            kept = self._one("origin = ? AND size = ?", (head.origin, head.size))
            note = signed.note if kept is None else kept.note.signed_also(signed.note.signatures)
            self._connection.execute(
                "INSERT INTO checkpoint VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET note = excluded.note",
                (head.origin, head.size, time_s, note.encode()),
            )
            self._added += 1
            if self._added % THINNED_EVERY == 0:
                self._thin(head.origin)

    def cosign(self, origin: str, size: int, witness: str, signatures: Iterable[NoteSignature]) -> None:
        """Add a witness's (checked) cosignatures to the checkpoint of that size, and remember how far it has seen."""
        with self._lock, in_words(self._path):
            kept = self._one("origin = ? AND size = ?", (origin, size))
            if kept is not None:
                self._connection.execute(
                    "UPDATE checkpoint SET note = ? WHERE origin = ? AND size = ?",
                    (kept.note.signed_also(signatures).encode(), origin, size),
                )
            self._connection.execute(
                "INSERT INTO witnessed VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET size = excluded.size",
                (origin, witness, size),
            )

    def witnessed(self, origin: str, witness: str) -> int:
        """The size that the witness cosigned last; 0: none that is known of."""
        with self._lock, in_words(self._path):
            row = self._connection.execute(
                "SELECT size FROM witnessed WHERE origin = ? AND witness = ?", (origin, witness)
            ).fetchone()
        return row[0] if row else 0

    def latest(self, origin: str) -> SignedCheckpoint | None:
        """The newest checkpoint of the log."""
        with self._lock, in_words(self._path):
            return self._one("origin = ? ORDER BY size DESC LIMIT 1", (origin,))

    def covering(self, origin: str, size: int) -> SignedCheckpoint | None:
        """The smallest kept checkpoint with at least `size` entries."""
        with self._lock, in_words(self._path):
            return self._one("origin = ? AND size >= ? ORDER BY size LIMIT 1", (origin, size))

    def up_to(self, origin: str, size: int) -> SignedCheckpoint | None:
        """The largest kept checkpoint of at most `size` entries, the empty log's left out."""
        with self._lock, in_words(self._path):
            return self._one("origin = ? AND size <= ? AND size > 0 ORDER BY size DESC LIMIT 1", (origin, size))

    def rows(self, origin: str) -> list[tuple[int, str]]:
        """(size as recorded, note) of all that are kept, for checks that must survive an edited one."""
        with self._lock, in_words(self._path):
            return self._connection.execute(
                "SELECT size, note FROM checkpoint WHERE origin = ? ORDER BY size", (origin,)
            ).fetchall()

    def any_by(self, origin: str, key: VerifierKey) -> bool:
        """Whether the key signed one of those that are kept. Reads them all: some tens of milliseconds."""
        for _, note in self.rows(origin):
            try:
                if signatures_of(key, parse_checkpoint(note)):
                    return True
            except VerifyError:  # an edited one, which fsck names
                continue
        return False

    def _one(self, where: str, values: tuple[str | int, ...]) -> SignedCheckpoint | None:
        row = self._connection.execute(f"SELECT note FROM checkpoint WHERE {where}", values).fetchone()
        try:
            return parse_checkpoint(row[0]) if row else None
        except VerifyError as error:
            raise LedgerError(
                f"A checkpoint kept in {self._path} cannot be read ({error}). Run `headwater audit fsck`; then put the file "
                "of a backup in its place, or move it away: a new one is made."
            ) from error

    def _thin(self, origin: str) -> None:
        self._connection.execute(
            "DELETE FROM checkpoint WHERE origin = ?1 AND size < (SELECT size FROM checkpoint WHERE origin = ?1"
            " ORDER BY size DESC LIMIT 1 OFFSET ?2) AND size NOT IN (SELECT max(size) FROM checkpoint"
            " WHERE origin = ?1 GROUP BY time_s / ?3)",
            (origin, KEPT_NEWEST - 1, HOUR_S),
        )


def _shared(path: Path) -> bool:
    """Whether somebody may be writing: else it is a copy in a folder that we may not write, where SQLite cannot make the
    index that it shares with writers."""
    return os.access(path.parent, os.W_OK) or path.with_name(path.name + "-wal").exists()
