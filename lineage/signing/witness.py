"""A witness: another party that cosigns a log's head after checking that it only grew (C2SP tlog-witness).

The one idea: a witness remembers one head for each log, on disk before it answers, and never cosigns two that do not
extend each other. So a rewritten or rolled back log gets no more cosignatures, whoever holds its key; and the request
that was refused is kept, because a head signed by the log that contradicts an earlier one is proof of the forgery.
This module is the whole witness but for HTTP.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lineage.ledger.database import in_words
from lineage.signing.private_keys import SigningKey, sign_line
from lineage.verify.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint
from lineage.verify.policy import Policy
from lineage.verify.proof import ConsistencyProof, parse_consistency
from lineage.verify.refusal import Rejected, VerifyError
from lineage.verify.tree import EMPTY_ROOT, verify_consistency

ADD_CHECKPOINT = "add-checkpoint"
REQUEST_BYTES_MAX = 64 << 10  # 63 hashes and a checkpoint with post-quantum signatures are a third of it
REFUSED_KEPT_MAX = 1000  # of each log: the first ones are the proof, a flood adds nothing
SIZE_TYPE, TEXT_TYPE = "text/x.tlog.size", "text/plain; charset=utf-8"
_TABLES = """
CREATE TABLE IF NOT EXISTS head (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refused (
    id INTEGER PRIMARY KEY, origin TEXT NOT NULL, time_s INTEGER NOT NULL, why TEXT NOT NULL, request BLOB NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the witness answers: an HTTP status, a media type and a body."""

    status: int
    body: str
    media_type: str = TEXT_TYPE


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that contradicts what was cosigned: evidence against the log's operator."""

    origin: str
    time_s: int
    why: str
    request: bytes


class Witness:
    """Cosigns, with `key`, the heads of the logs that `policy` names. Its memory is the SQLite file `path`; a witness
    that has lost it must be retired, not restarted. Any thread may call any method."""

    def __init__(self, path: Path, key: SigningKey, policy: Policy, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._key = key
        self._policy = policy
        self._clock = clock
        self._lock = threading.Lock()
        with in_words(path):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.executescript(f"PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON; {_TABLES}")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def add_checkpoint(self, body: bytes) -> Answer:
        """Check the request; cosign if it extends what was cosigned. Any request has an answer; LedgerError only when
        the memory's disk fails."""
        try:
            request = parse_consistency(body)
            signed = parse_checkpoint(request.checkpoint)
        except VerifyError as error:
            return Answer(400, error.message + "\n")
        head = signed.checkpoint
        if not self._policy.keys_of(head.origin):
            return Answer(404, "this witness does not know that log\n")
        try:
            self._policy.check(signed)
        except Rejected as error:
            return Answer(403, error.message + "\n")
        if request.old_size > head.size:
            return Answer(400, "the old size is larger than the checkpoint's\n")
        with self._lock, in_words(self._path):
            return self._judge(request, signed, body)

    def head(self, origin: str) -> Checkpoint | None:
        """What was cosigned last for the log."""
        with self._lock, in_words(self._path):
            return self._last(origin)

    def refused(self) -> list[Refused]:
        """Requests that were signed by a log and contradict its past, oldest first."""
        with self._lock, in_words(self._path):
            rows = self._connection.execute("SELECT origin, time_s, why, request FROM refused ORDER BY id").fetchall()
        return [Refused(*row) for row in rows]

    def _judge(self, request: ConsistencyProof, signed: SignedCheckpoint, body: bytes) -> Answer:
        head = signed.checkpoint
        last = self._last(head.origin) or Checkpoint(head.origin, 0, EMPTY_ROOT)
        if head.size < last.size:
            self._keep(head.origin, f"size {head.size} was signed after size {last.size}: rolled back", body)
        if request.old_size != last.size:
            return Answer(409, f"{last.size}\n", SIZE_TYPE)
        if head.size == last.size and head.root != last.root:
            self._keep(head.origin, f"another root at size {head.size}: rewritten", body)
            return Answer(409, f"{last.size}\n", SIZE_TYPE)
        if not verify_consistency(last.size, head.size, request.hashes, last.root, head.root):
            self._keep(head.origin, f"size {head.size} does not extend size {last.size}: rewritten", body)
            return Answer(422, f"size {head.size} does not extend size {last.size}\n")
        self._connection.execute(
            "INSERT INTO head VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET size = excluded.size, root = excluded.root, note = excluded.note",
            (head.origin, head.size, head.root, signed.encode()),
        )
        return Answer(200, sign_line(self._key, signed.note.text, int(self._clock())).line)

    def _last(self, origin: str) -> Checkpoint | None:
        row = self._connection.execute("SELECT size, root FROM head WHERE origin = ?", (origin,)).fetchone()
        return Checkpoint(origin, row[0], row[1]) if row else None

    def _keep(self, origin: str, why: str, body: bytes) -> None:
        self._connection.execute(
            "INSERT INTO refused (origin, time_s, why, request) SELECT ?1, ?2, ?3, ?4"
            " WHERE (SELECT count(*) FROM refused WHERE origin = ?1) < ?5",
            (origin, int(self._clock()), why, body, REFUSED_KEPT_MAX),
        )
