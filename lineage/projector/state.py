"""The projector's memory on disk: the sets from which every unit can be computed again, and the outbox.

The one idea: rows are sets keyed by content, so doing a thing twice changes nothing; what is derived (classes of names, folded
machines) is computed from them at start or on need. One SQLite file whatever the graph store is; it may be dropped and replayed
from the ledger, so it is not synced on each commit. Rows that stop being true are closed with a known bound, not deleted: the counts
of seen.py are asked for at past moments too.
"""

import sqlite3
from pathlib import Path

from lineage.errors import StoreError
from lineage.projector.entry_rows import EntryRows, SourceRows
from lineage.projector.run_rows import NameRows, RunRows
from lineage.projector.tables import FORMAT, SCHEMA, TABLES, Closer, EntryRow, RunRow, Source

__all__ = ["Closer", "EntryRow", "RunRow", "Source", "State"]

FILE_MODE = 0o600
REBUILD_TO = "rebuild_to"
"""What is kept under this name: up to which size of the ledger the graph is being made anew, or was last."""
IN_MEMORY = ":memory:"  # SQLite's name for no file at all
BUSY_TIMEOUT_S = 30  # another process may be reading a long export


class State(NameRows, RunRows, SourceRows, EntryRows):
    """Rows in, rows out; which rows there should be is decided in engine.py and units.py."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if str(path) != IN_MEMORY:
            path.touch(
                mode=FILE_MODE
            )  # names of tables and people are in it: for the service's own user, as the ledger is
        try:
            self.connection = sqlite3.connect(
                path, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False
            )
            self._execute("PRAGMA journal_mode=WAL")
            self._execute("PRAGMA synchronous=NORMAL")
            self._execute("PRAGMA cache_size=-65536")
            if self._format() != str(FORMAT):
                self.wipe()
        except sqlite3.Error as error:
            raise StoreError(
                f"The projector's state {path} cannot be used: {error}. Check the disk and the file's rights.",
                retryable=False,
            ) from error
        self._sets: dict[bytes, int] = {}
        self._sources: dict[Source, int] = {}

    def begin(self) -> None:
        self._execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._execute("COMMIT")

    def rollback(self) -> None:
        if self.connection.in_transaction:
            self._execute("ROLLBACK")
        self._sets, self._sources = {}, {}  # ids that were given out in the transaction are none any more

    def close(self) -> None:
        self.connection.close()

    def set_aside(self, idx: int, reason: str) -> None:
        """Remember an entry that could not be folded."""
        self._execute("INSERT OR REPLACE INTO state_aside VALUES (?, ?)", (idx, reason))

    def wipe(self) -> None:
        """Forget everything; the ledger has it all."""
        self._execute("BEGIN IMMEDIATE")  # readers see all tables or none
        for table in TABLES:
            self._execute(f"DROP TABLE IF EXISTS state_{table}")
        for statement in SCHEMA.split(";"):
            self._execute(statement)
        self.set_meta("format", str(FORMAT))
        self._execute("COMMIT")
        self._sets, self._sources = {}, {}

    def compact(self) -> bool:
        """Give back the pages of what was wiped, so that the file holds none of it. False when a reader was in the way:
        the pages are used again then, and overwritten."""
        try:
            self._execute("VACUUM")
            return not self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in ("SQLITE_BUSY", "SQLITE_LOCKED"):
                raise
            return False

    def _format(self) -> str | None:
        """Which meaning the tables have; None: there are none yet."""
        there = self._execute("SELECT 1 FROM sqlite_master WHERE name = 'state_meta'").fetchone()
        return self.meta("format") if there is not None else None

    # Small facts about the state itself

    def meta(self, key: str) -> str | None:
        row = self._execute("SELECT value FROM state_meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        self._execute("INSERT OR REPLACE INTO state_meta VALUES (?, ?)", (key, value))

    def is_new_event(self, digest: bytes, idx: int) -> bool:
        """Remember an event by its content; False when it came before."""
        return self._execute("INSERT OR IGNORE INTO state_event VALUES (?, ?)", (digest[:16], idx)).rowcount == 1

    def add_statement(self, idx: int, kind: str, norm: bytes, time_us: int) -> None:
        self._execute("INSERT OR IGNORE INTO state_statement VALUES (?, ?, ?, ?)", (idx, kind, norm, time_us))

    def statements(self, *kinds: str) -> list[tuple[int, str, bytes, int]]:
        marks = ",".join("?" * len(kinds))
        return self._execute(
            f"SELECT idx, kind, norm, time_us FROM state_statement WHERE kind IN ({marks}) ORDER BY idx", kinds
        ).fetchall()

    def output(self, unit: str) -> bytes | None:
        row = self._execute("SELECT body FROM state_output WHERE unit = ?", (unit,)).fetchone()
        return None if row is None else bytes(row[0])

    def put_output(self, unit: str, body: bytes | None) -> None:
        if body is None:
            self._execute("DELETE FROM state_output WHERE unit = ?", (unit,))
        else:
            self._execute("INSERT OR REPLACE INTO state_output VALUES (?, ?)", (unit, body))

    def put_change(self, idx: int, body: bytes) -> None:
        self._execute("INSERT OR REPLACE INTO state_outbox VALUES (?, ?)", (idx, body))

    def outbox(self) -> list[tuple[int, bytes]]:
        return self._execute("SELECT idx, body FROM state_outbox ORDER BY idx").fetchall()

    def clear_outbox(self, applied: int) -> None:
        self._execute("DELETE FROM state_outbox WHERE idx < ?", (applied,))
