"""One projector at a time: whoever writes state and graph claims the data folder first.

The one idea: a lock that the system lets go of when its holder ends, however it ends. A service that was killed may leave its projector
alive until the end of a batch, and an operator may rebuild beside a running service: two writers would mix two half graphs.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lineage.errors import StoreError

CLAIM_FILE = "state.sqlite.lock"


class Claimed(StoreError):
    """Somebody else writes the folder's graph: nothing is broken, they have to stop first."""


@contextmanager
def claimed(data: Path) -> Iterator[None]:
    """Hold the folder's state and graph for writing. Errors: Claimed, retryable, with the process that holds them."""
    data.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data / CLAIM_FILE, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise Claimed(
                f"Process {holder} already writes the graph of {data}. Stop the service that it belongs to first.",
                retryable=True,
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)  # the file stays: to remove it would let two writers lock two files of one name
