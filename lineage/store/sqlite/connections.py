"""Connections to the graph's file: one writer, a pool of read-only readers, and SQLite's errors as StoreError.

The one idea: a connection is used by one thread at a time and given back, so there are as many as there were reads at
once. A graph that is not there yet (the projector has not started) reads as an empty one.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from lineage.errors import StoreError
from lineage.store.sqlite.schema import SCHEMA, TABLE_NAMES, TABLES

BUSY_TIMEOUT_S: Final = 10.0  # the projector's state shares the file: its largest transactions take a second or two
FILE_MODE: Final = 0o600  # names of tables and people are in it: for the service's own user, as the ledger is
CACHE_KIB: Final = 65_536  # per writer: the pages that an ordinary day of events touches
READER_CACHE_KIB: Final = 16_384  # per reader; the system's page cache stands behind it
WAL_BYTES_KEPT: Final = 64 << 20  # after a rebuild the write-ahead log would else keep its largest size for ever
MMAP_BYTES: Final = 1 << 30  # readers map the file: no copy per page

_RETRYABLE: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_ADVICE: Final = {
    sqlite3.SQLITE_BUSY: "Another process is writing it. Try again; if it stays so, look for a second projector.",
    sqlite3.SQLITE_LOCKED: "Another process is writing it. Try again; if it stays so, look for a second projector.",
    sqlite3.SQLITE_FULL: "The disk is full. Free space; the ledger is unharmed and the projector goes on by itself.",
    sqlite3.SQLITE_IOERR: "The disk failed to read or write. Check it and its free space, then try again.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged. Run `headwater graph rebuild`: the ledger has all that was in it.",
    sqlite3.SQLITE_NOTADB: "This is no SQLite file. Run `headwater graph rebuild`: the ledger has all that was in it.",
    sqlite3.SQLITE_READONLY: "It may not be written here. Check the owner and rights of the data folder.",
    sqlite3.SQLITE_CANTOPEN: "It cannot be opened. Check that the data folder exists, and its owner and rights.",
}


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """SQLite's errors inside as StoreError, with what to do about each."""
    try:
        yield
    except sqlite3.Error as error:
        primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        advice = _ADVICE.get(primary, "Run `headwater doctor`; `headwater graph rebuild` makes the graph anew.")
        raise StoreError(f"The graph in {path}: {error}. {advice}", retryable=primary in _RETRYABLE) from error


def create(connection: sqlite3.Connection) -> None:
    """Make the tables where they are missing; all or none, also when two processes try."""
    if _has_graph(connection):
        return
    with transaction(connection, "IMMEDIATE"):
        if not _has_graph(connection):
            make(connection)


def make(connection: sqlite3.Connection) -> None:
    """The tables, empty, inside the caller's transaction."""
    for statement in TABLES:
        connection.execute(statement)


def drop(connection: sqlite3.Connection) -> None:
    for table in TABLE_NAMES:
        connection.execute(f"DROP TABLE IF EXISTS {table}")


@contextmanager
def transaction(connection: sqlite3.Connection, mode: str) -> Iterator[None]:
    """BEGIN `mode` … COMMIT; ROLLBACK when the body raises."""
    connection.execute(f"BEGIN {mode}")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def open_writer(path: Path) -> sqlite3.Connection:
    """The writing connection. NORMAL, not FULL: what a power cut takes is replayed from the ledger."""
    path.touch(mode=FILE_MODE)
    connection = _connect(f"file:{_quoted(path)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    create(connection)
    return connection


class Readers:
    """A pool of read-only connections. Every read runs in a transaction of its own: one snapshot for all its
    statements."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._lock = threading.Lock()
        self._closed = False

    def meta(self, column: str) -> Any:
        """One value of graph_meta: a statement alone is a snapshot of its own. Errors: StoreError."""
        with store_errors(self._path):
            connection, lasting = self._take()
            try:
                value, schema = connection.execute(f"SELECT {column}, schema FROM graph_meta").fetchone()
                _require_schema(schema, self._path)
                return value
            finally:
                self._give_back(connection, lasting)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a read transaction. Errors: StoreError."""
        with store_errors(self._path):
            connection, lasting = self._take()
            try:
                with transaction(connection, "DEFERRED"):
                    check_schema(connection, self._path)
                    yield connection
            finally:
                self._give_back(connection, lasting)

    def close(self) -> None:
        """Close what is idle now, and the rest when it comes back."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()

    def _take(self) -> tuple[sqlite3.Connection, bool]:
        if self._closed:
            raise StoreError("This store was closed. Open it again.", retryable=False)
        try:
            return self._idle.pop(), True
        except IndexError:
            pass
        if self._path.exists():
            connection = _connect(f"file:{_quoted(self._path)}?mode=ro")
            connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
            connection.execute(f"PRAGMA mmap_size = {MMAP_BYTES}")
            if _has_graph(connection):
                return connection, True
            connection.close()
        empty = _connect("file::memory:")
        create(empty)
        return empty, False

    def _give_back(self, connection: sqlite3.Connection, lasting: bool) -> None:
        with self._lock:
            if lasting and not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def check_schema(connection: sqlite3.Connection, path: Path) -> None:
    (found,) = connection.execute("SELECT schema FROM graph_meta").fetchone()
    _require_schema(found, path)


def _require_schema(found: int, path: Path) -> None:
    if found != SCHEMA:
        raise StoreError(
            f"The graph in {path} has form {found}; this Headwater reads form {SCHEMA}. Run `headwater graph rebuild`.",
            retryable=False,
        )


def _connect(uri: str) -> sqlite3.Connection:
    # check_same_thread: the pool hands a connection to one thread at a time, which sqlite3 cannot know
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)


def _has_graph(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'graph_meta'").fetchone() is not None


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
