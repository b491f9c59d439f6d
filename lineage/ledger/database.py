"""The ledger's SQLite file: its tables, its connections, its lock, and its failures in words.

    log    one row: the log's origin
    entry  i → the leaf's bytes, exactly as hashed
    part   PARTS_MAX · i + position in the leaf → wrapped key, codec, encrypted bytes (payload.py). An erased part has
           no row
    tile   (level, number) → up to 256 hashes
    head   one row: size and root, written with each append

Nothing is kept twice but what the tree itself repeats, so nothing can disagree unseen. One writer holds an advisory
lock on a file beside the database; readers, in any process, see a commit as soon as it is on disk (write-ahead log).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lineage.errors import LedgerError, NotFound
from lineage.verify.tree import EMPTY_ROOT

APPLICATION_ID = 0x48574C47  # "HWLG", so that `file` and we tell a ledger from any other SQLite file
FORMAT_VERSION = 1
BUSY_TIMEOUT_S = 10.0  # only WAL recovery and checkpoints ever make a connection wait
IDLE_CONNECTIONS_MAX = 8
_RETRYABLE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_NOMEM")
_TABLES = f"""
CREATE TABLE log (id INTEGER PRIMARY KEY CHECK (id = 1), origin TEXT NOT NULL);
CREATE TABLE entry (i INTEGER PRIMARY KEY, leaf BLOB NOT NULL);
CREATE TABLE part (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, key BLOB NOT NULL, codec TEXT NOT NULL, body BLOB NOT NULL
);
CREATE TABLE tile (
    level INTEGER NOT NULL, number INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, number)
);
CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, root BLOB NOT NULL);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
"""


def ledger_error(error: sqlite3.Error | OSError, path: Path) -> LedgerError:
    """The failure in words, with what to do. Retryable: a full disk, a lock, an I/O error; not: damage."""
    name = getattr(error, "sqlite_errorname", None) or error.__class__.__name__
    if name.startswith("SQLITE_FULL"):
        advice = "The disk is full. Free space, then send again."
    elif name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        advice = "The file is damaged. Run `headwater audit fsck`, and restore a backup."
    elif name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        advice = "Another program holds the file. Try again, or find it with `fuser`."
    elif name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "PermissionError")):
        advice = "Check that the folder exists and belongs to the user that runs Headwater."
    else:
        advice = "Run `headwater doctor`."
    retryable = isinstance(error, OSError) or name.startswith(_RETRYABLE)
    return LedgerError(f"The ledger {path} failed: {error} ({name}). {advice}", retryable=retryable)


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """SQLite's and the system's errors inside become LedgerError."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise ledger_error(error, path) from error


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,  # transactions are ours to begin
        timeout=BUSY_TIMEOUT_S,
        check_same_thread=False,  # a connection is lent to one thread at a time
    )
    # Every query here has its key. An index that SQLite would make for one query costs a scan of all payloads.
    connection.executescript("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA automatic_index = OFF;")
    return connection


def connect_reader(path: Path, *, at_rest: bool = False) -> sqlite3.Connection:
    """A connection that cannot write. NotFound if there is no ledger (yet); sqlite3.Error as SQLite has them.

    `at_rest`: also read a file that nobody writes in a folder that we may not write (an auditor's read-only copy),
    where SQLite cannot make the index that it shares with writers."""
    if not path.exists():
        raise NotFound(f"There is no ledger at {path}. Start `headwater serve`, or correct --data.")
    try:
        return _checked(_connect(path, "ro"), path)
    except sqlite3.OperationalError as error:
        read_only_folder = error.sqlite_errorname in ("SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY")
        if not at_rest or not read_only_folder or path.with_name(path.name + "-wal").exists():
            raise
        return _checked(_connect(path, "ro&immutable=1"), path)


def _checked(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    try:
        _require_ledger(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_writer(path: Path, origin: str) -> sqlite3.Connection:
    """The one connection that writes; makes the ledger `origin` if there is none. The caller holds the writer's
    lock."""
    fresh = not path.exists()
    if fresh:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # keys are in it: its owner's alone
    connection = _connect(path, "rw")
    try:
        empty = _is_empty(connection)  # also after a crash between the file's creation and its tables
        if not empty:
            _require_ledger(connection, path)  # before anything is changed in a file that may be another program's
        # FULL: a commit is on disk when it returns; less would only promise that nothing is half done. fullfsync: macOS
        # answers a plain fsync before the disk has it.
        # secure_delete: what is erased is overwritten, not only forgotten.
        connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA secure_delete = ON;"
        )
        if empty:
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES}")
            connection.execute("INSERT INTO log VALUES (1, ?)", (origin,))
            connection.execute("INSERT INTO head VALUES (1, 0, ?)", (EMPTY_ROOT,))
            connection.execute("COMMIT")
            _sync_folder(path.parent)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_empty(connection: sqlite3.Connection) -> bool:
    tables: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    return tables == 0


def _require_ledger(connection: sqlite3.Connection, path: Path) -> None:
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        if _is_empty(connection):
            raise NotFound(f"The ledger at {path} is still being made. Try again in a moment.")
        raise LedgerError(f"{path} is not a ledger of Headwater. Correct --data.")
    if version != FORMAT_VERSION:
        raise LedgerError(f"{path} has format {version}, this version reads {FORMAT_VERSION}. Upgrade Headwater.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # else a crash may lose the file's name, and with it all that was acknowledged
    finally:
        os.close(descriptor)


class WriterLock:
    """Held by the one process that appends. The system lets go of it when that process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(path.name + ".lock")
        self._descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise LedgerError(
                f"Process {holder or 'unknown'} already writes to {path}. Stop it, or use another --data folder."
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another writer in. The file stays: to remove it would let two writers lock two files of one name."""
        os.close(self._descriptor)


class ReadPool:
    """Connections for reading, lent to one thread at a time and kept for the next. `at_rest` as in connect_reader."""

    def __init__(self, path: Path, *, at_rest: bool = False) -> None:
        self._path = path
        self._at_rest = at_rest
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """A connection for the time of a `with` block; what SQLite raises in it leaves as LedgerError."""
        with in_words(self._path):
            if self._closed:
                raise LedgerError(f"The ledger {self._path} was closed. Open it again.")
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = connect_reader(self._path, at_rest=self._at_rest)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
            self._trim()

    def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back."""
        self._closed = True
        self._trim()

    def _trim(self) -> None:
        with suppress(IndexError):
            while self._closed or len(self._idle) > IDLE_CONNECTIONS_MAX:
                self._idle.pop().close()
