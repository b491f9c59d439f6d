"""When checkpoints are made: soon after growth, in a thread of its own, never on the way of an event.

The one idea: the publisher carries proofs from the ledger to the signer and signatures to the kept checkpoints. It has
no power of its own: what the signer refuses is not published, said in `refusal`, and asked again later, while events go
on being taken. Key changes go into the log first (key_ranges.py), and silence is made visible by heartbeats.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lineage.errors import HeadwaterError, LedgerError, StoreError
from lineage.ledger import Draft, Ledger
from lineage.signing.checkpoints import Checkpoints
from lineage.signing.key_ranges import (
    ADDED,
    RETIRED,
    ROTATE_KIND,
    KeyRange,
    Rotation,
    SignerPlace,
    decode_ranges,
    encode_ranges,
    encode_rotation,
    extend_ranges,
    ranges_of,
    read_rotations,
)
from lineage.signing.signer import Signer
from lineage.verify.checkpoint import Checkpoint, SignedCheckpoint
from lineage.verify.keys import VerifierKey
from lineage.verify.note import Note
from lineage.verify.tree import EMPTY_ROOT

HEARTBEAT_KIND = "heartbeat"
ACTOR = "headwater"  # of entries that the service makes by itself
NORM = "norm"
INTERVAL_S = 1.0  # a checkpoint at most this long after growth …
ENTRIES_MAX = 1000  # … or once so many entries wait for one
POLL_S = 0.1
RETRY_S = 10.0  # after a refusal or a failure: neither mends itself within a second
CLOSE_TIMEOUT_S = 5.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class PublishedLog:
    """One log that gets checkpoints, and where its keys.json is written. `heartbeat_s` 0: no heartbeats."""

    ledger: Ledger
    keys_path: Path
    heartbeat_s: float = 0
    place: SignerPlace = SignerPlace.FOLDER
    published: Checkpoint | None = None
    published_at_s: float = float("-inf")
    retry_at_s: float = float("-inf")
    refusal: str = ""
    ranges: tuple[KeyRange, ...] | None = None


class Publisher:
    """Publishes checkpoints of `logs` until closed. `after_publish` is told each new one, in the publisher's thread."""

    def __init__(
        self,
        logs: Sequence[PublishedLog],
        signer: Signer,
        checkpoints: Checkpoints,
        *,
        after_publish: Callable[[Ledger, SignedCheckpoint], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._logs = {each.ledger.origin: each for each in logs}
        self._signer = signer
        self._checkpoints = checkpoints
        self._after_publish = after_publish
        self._clock = clock
        self._lock = threading.Lock()  # one publication at a time
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoint-publisher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Publish what has grown, then stop. Nothing to do for one that was never started."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_TIMEOUT_S)
            for log in self._logs.values():
                self._attempt(log)

    def origins(self) -> tuple[str, ...]:
        """The logs that get checkpoints, in the order given."""
        return tuple(self._logs)

    def refusals(self) -> tuple[str, ...]:
        """Why logs get no checkpoints now: for health. Empty: all is well."""
        return tuple(log.refusal for log in self._logs.values() if log.refusal)

    def cover(self, origin: str, size: int) -> SignedCheckpoint:
        """A checkpoint of at least `size` entries, made now if there is none. Errors as the signer's; LedgerError
        (StoreError) when the log cannot be published. Blocks for some milliseconds."""
        log = self._logs[origin]
        kept = self._covering(log, size)
        if kept is None:
            with self._lock:
                self._publish(log)
            kept = self._covering(log, size)
        if kept is None:
            raise StoreError(f"There is no checkpoint of {origin} at {size} entries yet. Ask again.", retryable=True)
        return kept

    def _covering(self, log: PublishedLog, size: int) -> SignedCheckpoint | None:
        """A kept checkpoint of that size or more, if it is one of this very log: not of a history that was cut off."""
        kept = self._checkpoints.covering(log.ledger.origin, size)
        if kept is None or kept.checkpoint.size > log.ledger.size():
            return None
        return kept if log.ledger.root(kept.checkpoint.size) == kept.checkpoint.root else None

    def rotate(self, origin: str) -> tuple[VerifierKey, int]:
        """Make a new key for the log and say so in the log. The new key, and the index of the entry that names it."""
        with self._lock:
            log = self._logs[origin]
            self._settle_keys(log)
            key = self._signer.rotate(origin)
            return key, next(each.from_size for each in self._settle_keys(log) if each.key == key)

    def key_ranges(self, origin: str) -> tuple[KeyRange, ...]:
        """Which key counts for which sizes, as published last: it can be told while the signer is away. Before the first
        publication the signer is asked; errors as its."""
        log = self._logs[origin]
        if log.ranges is not None:
            return log.ranges
        with self._lock:
            return _published_ranges(log) or self._settle_keys(log)

    def _run(self) -> None:
        while not self._stopping.wait(POLL_S):
            for log in self._logs.values():
                if time.monotonic() >= log.retry_at_s:
                    self._attempt(log, patient=True)

    def _attempt(self, log: PublishedLog, *, patient: bool = False) -> None:
        """Publish if it is time; a failure is said in the log's state, and does not end the thread."""
        try:
            with self._lock:
                if patient:
                    self._beat(log)
                    if not self._is_due(log):
                        return
                self._publish(log)
            if log.refusal:
                _log.info("checkpoints of %s are published again", log.ledger.origin)
            log.refusal = ""
        except Exception as error:  # whatever it is: a thread that died in silence would sign nothing ever after
            log.retry_at_s = time.monotonic() + RETRY_S
            said = error.message if isinstance(error, HeadwaterError) else f"No checkpoint can be made: {error!r}."
            if log.refusal != said:
                known = isinstance(error, HeadwaterError)
                _log.error("no checkpoint of %s: %s", log.ledger.origin, said, exc_info=not known)
            log.refusal = said

    def _beat(self, log: PublishedLog) -> None:
        """An entry that says that nothing happened, when nothing has for so long."""
        if not log.heartbeat_s:
            return
        size = log.ledger.size()
        if size and self._clock() - log.ledger.time_of(size - 1) / 1e6 >= log.heartbeat_s:
            log.ledger.append([Draft(HEARTBEAT_KIND, {}, actor=ACTOR)])

    def _is_due(self, log: PublishedLog) -> bool:
        size = log.ledger.size()
        before = log.published.size if log.published else -1
        if size == before:
            return False
        return size - before >= ENTRIES_MAX or time.monotonic() - log.published_at_s >= INTERVAL_S

    def _publish(self, log: PublishedLog) -> None:
        self._settle_keys(log)
        ledger = log.ledger
        last = self._signer.last(ledger.origin) or Checkpoint(ledger.origin, 0, EMPTY_ROOT)
        size = ledger.size()
        head = Checkpoint(ledger.origin, size, ledger.root(size))
        kept = self._checkpoints.latest(ledger.origin)
        if kept is not None and kept.checkpoint == head == last:
            if log.published is None and self._after_publish is not None:  # after a start witnesses may be behind
                self._after_publish(ledger, kept)
            log.published, log.published_at_s = head, time.monotonic()
            return
        if 0 < last.size < size and (kept is None or kept.checkpoint.size < last.size):
            self._have_signed(ledger, last, Checkpoint(ledger.origin, last.size, ledger.root(last.size)))
        signed = self._have_signed(ledger, last, head)
        log.published, log.published_at_s = head, time.monotonic()
        if self._after_publish is not None:
            self._after_publish(ledger, signed)

    def _have_signed(self, ledger: Ledger, last: Checkpoint, head: Checkpoint) -> SignedCheckpoint:
        """Have the head signed, and keep it. What was signed but not kept, because of a kill between the two, is signed
        again before anything newer: so every head but the last that the signer remembers is kept."""
        proof = ledger.consistency_proof(last.size, head.size) if last.size <= head.size else []
        self._checkpoints.ask(head.origin, head.size)
        signed = SignedCheckpoint(head, Note(head.text, self._signer.sign(head, proof)))
        self._checkpoints.add(signed, int(self._clock()))
        return signed

    def _settle_keys(self, log: PublishedLog) -> tuple[KeyRange, ...]:
        """Let the log say which keys sign for it, before they do. Answers the ranges, which keys.json then holds."""
        signing = [each.verifier for each in self._signer.keys(log.ledger.origin)]
        ranges = log.ranges if log.ranges is not None else _known_ranges(log, signing)
        if log.ranges is None:
            self._require_known(log, [each for each in ranges if each.to_size is None and each.key not in signing])
        known = [each.key for each in ranges]
        changes = [Rotation(RETIRED, each.key) for each in ranges if each.to_size is None and each.key not in signing]
        changes += [Rotation(ADDED, key) for key in signing if key not in known]
        if changes:
            drafts = [Draft(ROTATE_KIND, {NORM: encode_rotation(each)}, actor=ACTOR) for each in changes]
            receipts = log.ledger.append(drafts)
            ranges = extend_ranges(ranges, zip((each.index for each in receipts), changes, strict=True))
        _write_if_other(log.keys_path, encode_ranges(log.ledger.origin, ranges, log.place))
        log.ranges = ranges
        return ranges

    def _require_known(self, log: PublishedLog, gone: Sequence[KeyRange]) -> None:
        """LedgerError for a key that nobody ever signed with. To say in the log that it stopped would say that it once
        counted: whoever wrote it into keys.json would have it from the log itself."""
        if not gone:
            return
        announced = {each.key for _, each in read_rotations(log.ledger) if each.operation == ADDED}
        for each in gone:
            if each.key not in announced and not self._checkpoints.any_by(log.ledger.origin, each.key):
                raise LedgerError(
                    f"{log.keys_path.name} names the key {each.key.key_id.hex()}, which neither the log nor a kept checkpoint "
                    "knows. Run `headwater audit fsck`; then remove the file: it is made anew."
                )


def _published_ranges(log: PublishedLog) -> tuple[KeyRange, ...]:
    """From keys.json, which is as good as the log for who writes it. Empty without one of this log."""
    if not log.keys_path.exists():
        return ()
    origin, ranges = decode_ranges(log.keys_path.read_bytes())
    return ranges if origin == log.ledger.origin else ()


def _known_ranges(log: PublishedLog, signing: Sequence[VerifierKey]) -> tuple[KeyRange, ...]:
    """As published; without that, from the log itself and the keys that sign now."""
    if published := _published_ranges(log):
        return published
    rotations = list(read_rotations(log.ledger))
    announced = {each.key for _, each in rotations if each.operation == ADDED}
    return ranges_of([key for key in signing if key not in announced], rotations)


def _write_if_other(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    passing = path.with_name(path.name + ".new")
    descriptor = os.open(passing, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    passing.replace(path)
