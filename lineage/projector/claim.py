"""One projector at a time: whoever writes state and graph claims the data folder first.

The one idea: a lock that the system lets go of when its holder ends, however it ends. A service that was killed may leave its projector
alive until the end of a batch, and an operator may rebuild beside a running service: two writers would mix two half graphs. Who wants it
more than the one who has it says so with a second lock; a projector looks at that between two batches, and steps aside.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lineage.errors import StoreError

CLAIM_FILE = "state.sqlite.lock"
TURN_FILE = "state.sqlite.turn"
POLL_S = 0.05  # how often it is looked whether the other has stepped aside
TURN_S = 1.0  # a projector has the second lock for microseconds, to look; who has it longer wants the claim, too


class Claimed(StoreError):
    """Somebody else writes the folder's graph: nothing is broken, they have to stop first."""


@contextmanager
def claimed(data: Path, *, patience_s: float = 0.0) -> Iterator[bool]:
    """Hold the folder's state and graph for writing; whether somebody stepped aside for it. With `patience_s` whoever
    has it is asked to, and waited for. Errors: Claimed, retryable, with the process that holds them."""
    data.mkdir(parents=True, exist_ok=True)
    with _descriptor(data / TURN_FILE) as turn, _descriptor(data / CLAIM_FILE) as claim:
        if patience_s:
            _take(turn, data, TURN_S)
        yield _take(claim, data, patience_s)


def is_wanted(data: Path) -> bool:
    """Whether somebody waits for the claim to be let go of."""
    with _descriptor(data / TURN_FILE) as turn:
        return not _locked(turn)


@contextmanager
def _descriptor(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)  # the file stays: to remove it would let two writers lock two files of one name


def _take(descriptor: int, data: Path, patience_s: float) -> bool:
    """Lock a file and write our process into it; whether somebody else had it."""
    ends_s, waited = time.monotonic() + patience_s, False
    while not _locked(descriptor):
        if time.monotonic() >= ends_s:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise Claimed(
                f"Process {holder} already writes the graph of {data}. Wait until it has ended, or end it.",
                retryable=True,
            )
        waited = True
        time.sleep(POLL_S)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return waited


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
