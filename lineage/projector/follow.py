"""Following the ledger: entries in, changes out, whatever is killed when.

The one idea: state and outbox are committed together, then the store takes the changes with the applied index (delivery.py). A kill
between the two leaves changes in the outbox that are applied at the next start; a store that is ahead of the state skips what it has. So
nothing is lost or doubled, and no two systems are ever written "at once".
"""

import hashlib
import json
import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

from lineage.errors import StoreError
from lineage.events import Event
from lineage.facts import Change
from lineage.ledger import Entry, Ledger
from lineage.ledger.erasure import ERASE_KIND
from lineage.projector.claim import Claimed, claimed, is_wanted
from lineage.projector.delivery import Delivery
from lineage.projector.engine import Engine
from lineage.projector.erased import MARK_KIND, Forgotten, forgotten_norms, planned_marks
from lineage.projector.outputs import encode_change
from lineage.projector.state import REBUILD_TO, State
from lineage.sql_reading import Analyse
from lineage.statements import ENTRY_KINDS, REPLAY_KIND
from lineage.store import GraphStore, is_embedded, open_store

log = logging.getLogger(__name__)

BATCH_ENTRIES_MAX = (
    256  # entries folded for one commit: the commit's cost vanishes, and the lag stays far under a second
)
WAIT_S = 0.25  # how long to sleep when nothing is new and nobody rings
LEDGER_FILE, STATE_FILE = "ledger.sqlite", "state.sqlite"
EVENT_KIND = "ol.event"
FORGETTING = "forgetting"  # an `erase` entry whose erasure goes on in others
ERASURES_KNOWN = "erasures_known"  # the ledger size up to which erasures were in force when the folding began
STORE_RETRY_S = (0.5, 1, 2, 5, 10)  # a graph store that is down is asked again, less and less often
CLAIM_RETRY_S = 0.5  # while another process writes: a rebuild lasts seconds or an hour, and the lag ends soon after it
STEP_ASIDE_S = 60.0  # a projector steps aside between two batches; one that waits for its server takes longest

Reader = Callable[[bytes, int], Event]


class Progress(Protocol):
    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` entries are in the graph."""


class Projector:
    """One ledger, one state, one store."""

    def __init__(
        self,
        ledger: Ledger,
        state: State,
        store: GraphStore,
        read: Reader,
        analyse: Analyse | None = None,
        *,
        overlapping: bool = False,
    ) -> None:
        """`overlapping`: fold while the store writes, which pays where it is not in this process."""
        self._ledger, self._state, self._store, self._read, self._analyse = ledger, state, store, read, analyse
        self._overlapping = overlapping
        self._engine: Engine | None = None
        self.position = int(state.meta("position") or 0)
        known = state.meta("ledger")
        if known is not None and known != ledger.origin:
            self._forget()  # the data folder has another ledger now: this state tells of an old one
        state.set_meta("ledger", ledger.origin)
        store.bind(ledger.origin)
        if store.applied() < int(state.meta("outbox_from") or 0):
            self._start_over("the graph store has lost entries that the outbox no longer holds; replaying the ledger")
        elif not self._is_of_this_ledger():
            self._start_over(
                "the graph holds entries that the ledger does not: was a backup put back? Replaying the ledger"
            )
        self._delivery = self._begin()

    def _begin(self) -> Delivery:
        """Bring the store to where the state is; at the very beginning, note what was erased before."""
        if self.position == 0:
            size = self._ledger.size()
            self._state.begin()
            for index, marks in planned_marks(self._ledger, size):
                self._state.add_statement(index, MARK_KIND, json.dumps(marks).encode(), 0)
            self._state.set_meta(ERASURES_KNOWN, str(size))
            self._state.set_meta(REBUILD_TO, str(size))
            self._state.commit()
        delivery = Delivery(self._state, self._store, overlapping=self._overlapping)
        delivery.put([body for _, body in self._state.outbox()], self.position)
        delivery.settle()
        return delivery

    def _start_over(self, why: str) -> None:
        log.warning(why)
        # The store first: whatever is killed between the two, a state that is ahead of its store starts over again.
        self._store.wipe()
        self._store.bind(self._ledger.origin)
        self._forget()

    def _fold_again(self, why: Forgotten) -> None:
        """Fold everything without what was erased. Nothing of it stays in the file, wherever the graph is."""
        self._delivery.settle()
        self._delivery.close()
        self._start_over(f"{why}; folding the ledger again without it")
        if not self._state.compact():
            log.warning("readers kept the old graph's pages in the file; later entries overwrite them")
        self._delivery = self._begin()

    def _is_of_this_ledger(self) -> bool:
        """Whether what was folded last is what the ledger has there: an older copy of it may have gone other ways since."""
        size, told = self._ledger.size(), self._state.meta("last_leaf")
        if max(self.position, self._store.applied()) > size:
            return False
        return told is None or self.position == 0 or told == self._leaf_digest(self.position - 1)

    def _leaf_digest(self, index: int) -> str:
        return hashlib.sha256(self._ledger.leaf_bytes(index)).hexdigest()

    def _forget(self) -> None:
        self._state.wipe()
        self.position = 0
        self._engine = None
        self._state.set_meta("ledger", self._ledger.origin)

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = Engine(self._state, self._read_event, self._analyse)
        return self._engine

    def size(self) -> int:
        """How many entries the ledger has."""
        return self._ledger.size()

    def applied(self) -> int:
        """How many of them the graph has, as far as is known here."""
        return self._delivery.applied

    def close(self) -> None:
        """Let what is being written end."""
        self._delivery.close()

    def step(self) -> bool:
        """Fold the next entries and deliver their changes; False when there are none, and the graph has all."""
        size = self._ledger.size()
        if self.position >= size:
            if (index := self._state.meta(FORGETTING)) is not None:  # what it belongs to was cut off, or takes its time
                self._fold_again(Forgotten(f"entry {index} erased what the graph was made of"))
                return True
            self._delivery.settle()
            return False
        stop = min(size, self.position + BATCH_ENTRIES_MAX)
        try:
            told = self._take(list(self._ledger.entries(self.position, stop)))
        except Forgotten as why:
            self._fold_again(why)
            return True
        self._delivery.put(told, self.position)
        return True

    def _take(self, entries: list[Entry]) -> list[bytes]:
        """Fold entries, together or one by one; the changes that were put into the outbox."""
        try:
            return self._commit(entries)
        except (StoreError, OSError, Forgotten):
            self._engine = None
            raise
        except Exception:
            # one entry that the fold cannot digest must not hold up all after it: find it, set it aside, say so
            log.warning("folding entries %d to %d failed; taking them one by one", self.position, entries[-1].index)
            self._engine = None
            return [body for entry in entries for body in self._commit_alone(entry)]

    def _commit(self, entries: list[Entry]) -> list[bytes]:
        """Fold entries; the changes that were put into the outbox."""
        told: list[bytes] = []
        self._state.begin()
        try:
            for entry in entries:
                change = self._fold(entry)
                if change is not None and (change.closed or change.opened):
                    told.append(encode_change(change))
                    self._state.put_change(change.index, told[-1])
            position = entries[-1].index + 1
            self._state.set_meta("position", str(position))
            self._state.set_meta("last_leaf", self._leaf_digest(position - 1))
            self._state.commit()
            self.position = position
        except BaseException:
            self._state.rollback()
            raise
        return told

    def _commit_alone(self, entry: Entry) -> list[bytes]:
        try:
            return self._commit([entry])
        except (StoreError, OSError, Forgotten):
            self._engine = None
            raise
        except Exception as error:
            log.exception("entry %d cannot be folded; it is set aside", entry.index)
            self._engine = None
            self._state.begin()
            self._state.set_aside(entry.index, f"{type(error).__name__}: {error}")
            self._state.set_meta("position", str(entry.index + 1))
            self._state.set_meta("last_leaf", self._leaf_digest(entry.index))
            self._state.commit()
            self.position = entry.index + 1
            return []

    def _fold(self, entry: Entry) -> Change | None:
        kind = entry.leaf.kind
        if entry.norm is None:
            return self.engine.erased(entry.index)  # or a dead letter: there is nothing to fold
        if kind == ERASE_KIND:
            self._forget_norms(entry.index, entry.norm)
            return None
        if kind == EVENT_KIND:
            return self.engine.event(self._read(entry.norm, entry.index))
        if kind in ENTRY_KINDS and kind != REPLAY_KIND:
            return self.engine.statement(entry.index, kind, entry.norm, entry.leaf.time_us)
        return None

    def _forget_norms(self, index: int, norm: bytes) -> None:
        """Forgotten, when an erasure takes what the graph was made of. One of several entries is waited out: there is no
        need to fold again for each."""
        deed = forgotten_norms(norm, index)
        if deed is None or index < int(self._state.meta(ERASURES_KNOWN) or 0):
            return
        if not deed.more:
            raise Forgotten(f"entry {index} erased what the graph was made of")
        self._state.set_meta(FORGETTING, str(index))

    def _read_event(self, index: int) -> Event:
        norm = self._ledger.part(index, "norm")
        if norm is None:
            raise Forgotten(f"entry {index} was erased while later ones are folded")
        return self._read(norm, index)


def follow(
    data: Path,
    store_url: str,
    read: Reader,
    *,
    stop: Callable[[], bool],
    wait: Callable[[float], None] = time.sleep,
    analyse: Analyse | None = None,
) -> None:
    """Follow the ledger in `data` until stop() says so. wait(seconds) sleeps, or returns early when there is something new.
    `analyse` reads SQL; without it statements say nothing. Whoever follows and whoever rebuilds must give the same."""
    failures, told_claim = 0, False
    while not stop():
        try:
            with claimed(data), _opened(data, store_url, read, analyse) as projector:
                failures, told_claim = 0, False
                while not stop() and not is_wanted(data):
                    if not projector.step():
                        wait(WAIT_S)
            pause_s = CLAIM_RETRY_S  # who wants it takes it meanwhile
        except Claimed as error:
            pause_s = CLAIM_RETRY_S
            if not told_claim:
                log.warning("%s Waiting for it.", error)
            told_claim = True
        except StoreError as error:
            if not error.retryable:
                raise
            pause_s = STORE_RETRY_S[min(failures, len(STORE_RETRY_S) - 1)]
            failures += 1
            log.warning("the graph store cannot be written: %s Trying again in %s s.", error, pause_s)
        ends_s = time.monotonic() + pause_s
        while not stop() and (left_s := ends_s - time.monotonic()) > 0:
            wait(left_s)  # new entries ring while the store is away: that is no reason to ask it sooner


def rebuild(
    data: Path, store_url: str, read: Reader, *, progress: Progress | None = None, analyse: Analyse | None = None
) -> int:
    """Drop the graph and the projector's state, and replay the whole ledger; how many entries the graph holds then. A
    projector that follows steps aside for it, and goes on afterwards. Errors: StoreError; Claimed when it does not."""
    with claimed(data, patience_s=STEP_ASIDE_S) as others:
        try:
            _wipe(data, store_url)
        except (StoreError, sqlite3.DatabaseError) as error:
            if not _is_damaged(error):
                raise
            if others:
                raise StoreError(
                    f"{error} A service has it open, too: stop the service, then run `headwater graph rebuild` again.",
                    retryable=False,
                ) from error
            # nothing in it is worth a repair: the ledger has it all
            for file in (STATE_FILE, f"{STATE_FILE}-wal", f"{STATE_FILE}-shm"):
                (data / file).unlink(missing_ok=True)
            _wipe(data, store_url)
        with _opened(data, store_url, read, analyse) as projector:
            total, told = projector.size(), 0
            more = True
            while more:
                more = projector.step()
                if progress is not None and projector.applied() != told:
                    told = projector.applied()
                    progress(told, total)
            return projector.position


def _wipe(data: Path, store_url: str) -> None:
    with closing(State(data / STATE_FILE)) as state, closing(open_store(store_url, data)) as store:
        with closing(Ledger.open(data / LEDGER_FILE, read_only=True)) as ledger:
            state.set_meta(REBUILD_TO, str(ledger.size()))
        store.wipe()
        state.wipe()


def _is_damaged(error: BaseException | None) -> bool:
    """Whether SQLite says so of a file, here or in what led to this."""
    while error is not None:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return True
        error = error.__cause__
    return False


class _opened:
    """A projector with all that it needs, closed at the end."""

    def __init__(self, data: Path, store_url: str, read: Reader, analyse: Analyse | None) -> None:
        self._data, self._store_url, self._read, self._analyse = data, store_url, read, analyse

    def __enter__(self) -> Projector:
        with ExitStack() as opened:
            ledger = Ledger.open(self._data / LEDGER_FILE, read_only=True)
            opened.callback(ledger.close)
            store = open_store(self._store_url, self._data)
            opened.callback(store.close)
            state = State(self._data / STATE_FILE)
            opened.callback(state.close)
            # the embedded graph is in the state's own file: two transactions of one file only wait for each other
            projector = Projector(
                ledger, state, store, self._read, self._analyse, overlapping=not is_embedded(self._store_url)
            )  # may find the store away
            opened.callback(projector.close)
            self._files = opened.pop_all()
        return projector

    def __exit__(self, *_: object) -> None:
        self._files.close()
