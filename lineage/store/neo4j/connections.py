"""The way to a Neo4j server: its URL, how long anything may take, and the driver's errors as StoreError with advice.

The one idea: a read is one autocommit statement that is not retried but for a connection that had died in the pool, so
that an answer fails within seconds while the server is away; a write is one transaction, run again
after a deadlock. All sessions ask for the leader: what the projector wrote is then seen by every process at once, also in a
cluster.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

from neo4j import GraphDatabase, Query, Session, Transaction
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    ConnectionPoolError,
    DriverError,
    Forbidden,
    Neo4jError,
    SessionExpired,
)
from neo4j.exceptions import ServiceUnavailable as Unreachable

from lineage.errors import SettingsError, StoreError
from lineage.store.neo4j.rows import Row

READ_TIMEOUT_S: Final = 25.0
"""The longest statement of a read; sweeping.py counts on it, so that nothing is removed under a reader."""
WRITE_TIMEOUT_S: Final = 120.0  # one chunk takes a second or two; a busy server may take many times that
LONG_TIMEOUT_S: Final = 7_200.0  # wiping and undoing pass over the whole graph, in small transactions of the server's
CONNECT_TIMEOUT_S: Final = 2.0
ACQUIRE_TIMEOUT_S: Final = 4.0  # this is what bounds a port that is open and silent; the driver's own limit is 60 s
IDLE_S: Final = 1.0
"""A connection that was not used for so long is asked for a sign of life, within ACQUIRE_TIMEOUT_S: one to a server that
stands still, or to a machine that is gone, looks like any other, and a statement on it would wait for minutes."""
READ_AGAIN_WITHIN_S: Final = 1.0  # a dead pooled connection shows at once; then one more try is free
SILENT_S: Final = 2.0
"""After a read that waited in vain all others are refused for so long: else each of a queue of questions would wait anew."""
WRITE_PAUSE_S: Final = 0.2
WRITE_RETRY_S: Final = 5.0  # deadlocks and leader changes; longer outages are the projector's to wait for

OUT_OF_MEMORY: Final = "Neo.TransientError.General.MemoryPoolOutOfMemoryError"
_OUT_OF_MEMORY_CODES: Final = frozenset(
    {OUT_OF_MEMORY, "Neo.TransientError.General.OutOfMemoryError", "Neo.TransientError.General.TransactionMemoryLimit"}
)

_TIMED_OUT: Final = "TransactionTimedOut"
_AWAY: Final = (Unreachable, SessionExpired, ConnectionPoolError)

T = TypeVar("T")


class OutOfMemory(Exception):
    """The transaction did not fit into the server's memory: the same again would not either, a smaller one may."""


class Server:
    """One server (or cluster) and database; safe for several threads."""

    def __init__(self, url: str) -> None:
        """Connects to nothing yet. Errors: SettingsError for a URL that cannot be."""
        self._silent_until_s = 0.0
        try:
            parts = urlsplit(url)
            address = f"{parts.scheme}://{_bracketed(parts.hostname or 'localhost')}:{parts.port or 7687}"
            auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
            self.database = parts.path.strip("/") or None
            self.shown = address + (f"/{self.database}" if self.database else "")
            self._user = auth[0] if auth else ""
            self._driver = GraphDatabase.driver(
                address,
                auth=auth,
                user_agent="headwater",
                connection_timeout=CONNECT_TIMEOUT_S,
                connection_acquisition_timeout=ACQUIRE_TIMEOUT_S,
                liveness_check_timeout=IDLE_S,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
            )
        except (ValueError, ConfigurationError) as error:
            raise SettingsError(
                f"HEADWATER_STORE is no URL of a Neo4j server: {error}. "
                "Write it as `neo4j://user:password@host:7687/database`, with %40 for an @ in the password.",
                place="HEADWATER_STORE",
            ) from None

    def read(self, text: str, /, **parameters: Any) -> list[Row]:
        """All rows of one statement. Errors: StoreError."""
        began = time.monotonic()
        if began < self._silent_until_s:
            raise self._away("it did not answer a moment ago")
        with self.errors():
            try:
                return self._read_again(text, parameters)
            except _AWAY:
                if time.monotonic() - began > READ_AGAIN_WITHIN_S:
                    self._silent_until_s = time.monotonic() + SILENT_S
                raise

    def _read_again(self, text: str, parameters: dict[str, Any]) -> list[Row]:
        began = time.monotonic()
        try:
            return self._read(text, parameters)
        except _AWAY:
            if time.monotonic() - began > READ_AGAIN_WITHIN_S:
                raise
        return self._read(text, parameters)

    def _read(self, text: str, parameters: dict[str, Any]) -> list[Row]:
        with self._session() as session:
            return session.run(Query(text, timeout=READ_TIMEOUT_S), parameters).values()

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction; after a deadlock it is run again. Errors: StoreError, OutOfMemory.

        Not the driver's own transaction functions: they take a transaction that is too large for one that may yet fit.
        """
        ends_s = time.monotonic() + WRITE_RETRY_S
        while True:
            with self.errors():
                try:
                    with self._session() as session, session.begin_transaction(timeout=WRITE_TIMEOUT_S) as transaction:
                        result = work(transaction)
                        transaction.commit()
                        return result
                except Neo4jError as error:
                    if error.code in _OUT_OF_MEMORY_CODES:
                        raise OutOfMemory(str(error)) from error
                    if _TIMED_OUT in (error.code or ""):  # a chunk is bounded, so it is the server that is slow
                        raise StoreError(
                            f"Neo4j at {self.shown}: it took more than {WRITE_TIMEOUT_S:.0f} s for one transaction. Is it "
                            "busy, or its disk slow? Nothing is lost: the graph catches up.",
                            retryable=True,
                        ) from error
                    if not error.is_retryable() or time.monotonic() > ends_s:
                        raise
            time.sleep(WRITE_PAUSE_S)

    def write_alone(self, text: str, /, **parameters: Any) -> list[Row]:
        """One small statement as a transaction of its own: a single round trip, not tried again. Errors: StoreError."""
        return self._alone(text, parameters, WRITE_TIMEOUT_S)

    def run_alone(self, text: str, /, **parameters: Any) -> None:
        """A statement that must be a transaction of its own: schema, and CALL … IN TRANSACTIONS. Errors: StoreError."""
        self._alone(text, parameters, LONG_TIMEOUT_S)

    def _alone(self, text: str, parameters: dict[str, Any], timeout_s: float) -> list[Row]:
        with self.errors(), self._session() as session:
            return session.run(Query(text, timeout=timeout_s), parameters).values()

    def plan(self, text: str, /, **parameters: Any) -> dict[str, Any]:
        """What EXPLAIN says of a statement: the tree of operators."""
        with self.errors(), self._session() as session:
            return dict(session.run(f"EXPLAIN {text}", parameters).consume().plan or {})

    def close(self) -> None:
        self._driver.close()

    def _session(self) -> Session:
        return self._driver.session(database=self.database)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """The driver's errors inside as StoreError, with what to do about each."""
        try:
            yield
        except (DriverError, Neo4jError) as error:
            raise self._explained(error) from error

    def _explained(self, error: DriverError | Neo4jError) -> StoreError:
        # of its own errors the driver says more in their text than in the message that the standard gives them
        told = " ".join(((error.message if isinstance(error, Neo4jError) else "") or str(error)).split())
        code = getattr(error, "code", None) or ""
        retryable = error.is_retryable()
        if code.endswith("AuthenticationRateLimit"):
            advice, retryable = "Too many wrong passwords: Neo4j waits before it looks at the next. Wait a while.", True
        elif isinstance(error, AuthError):
            user = f"the user `{self._user}`" if self._user else "a connection without user and password"
            told, advice = f"it refuses {user}", "Correct user and password in HEADWATER_STORE, then start again."
        elif isinstance(error, Forbidden):
            advice = "Give the user the rights that docs/neo4j.md lists."
        elif isinstance(error, _AWAY) or "Unavailable" in code:
            told = f"it cannot be reached ({type(error).__name__})" if isinstance(error, DriverError) else told
            return self._away(told)
        elif code in _OUT_OF_MEMORY_CODES:
            advice, retryable = "Ask for less, or raise dbms.memory.transaction.total.max on the server.", False
        elif _TIMED_OUT in code:
            advice = "Ask for less (a smaller depth, a narrower root), or look at what else keeps the server busy."
        elif code.endswith("DatabaseNotFound"):
            advice, retryable = "Correct the database at the end of HEADWATER_STORE.", False
        elif retryable:
            advice = "Try again."
        else:
            advice = "Run `headwater doctor`; `headwater graph rebuild` makes the graph anew."
        return StoreError(f"Neo4j at {self.shown}: {told.rstrip('.')}. {advice}", retryable=retryable)

    def _away(self, told: str) -> StoreError:
        advice = "Is it running? Nothing is lost: the ledger has it all, and the graph catches up."
        return StoreError(f"Neo4j at {self.shown}: {told.rstrip('.')}. {advice}", retryable=True)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
