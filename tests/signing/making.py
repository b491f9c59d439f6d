"""A ledger with its signer, publisher and kept checkpoints, in one folder, with a clock that a test moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lineage.ledger import Draft, Ledger
from lineage.signing.checkpoints import Checkpoints
from lineage.signing.publisher import PublishedLog, Publisher
from lineage.signing.signer import LocalSigner
from lineage.verify.policy import Policy, parse_policy

ORIGIN = "acme.example/lineage/ledger"
PATIENCE_S = 20.0  # shared cores: what takes milliseconds may take seconds


@dataclass
class Clock:
    """Seconds since the epoch, as a test says."""

    now_s: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(frozen=True)
class Vouched:
    """All of it, open."""

    ledger: Ledger
    signer: LocalSigner
    checkpoints: Checkpoints
    publisher: Publisher
    clock: Clock

    def append(self, count: int = 1) -> None:
        """Some entries without payload."""
        self.ledger.append([Draft("ol.event", {}) for _ in range(count)])

    def policy(self, witnesses: str = "quorum none\n") -> Policy:
        """Trust in the keys in force, and in these witnesses."""
        ranges = self.publisher.key_ranges(ORIGIN)
        return parse_policy("".join(f"log {each.key.text}\n" for each in ranges if each.to_size is None) + witnesses)


@contextmanager
def vouched(
    folder: Path, *, post_quantum: bool = False, heartbeat_s: float = 0, clock: Clock | None = None
) -> Iterator[Vouched]:
    """Open them; nothing runs by itself until `publisher.start()`."""
    clock = clock or Clock()
    with ExitStack() as opened:
        ledger = opened.enter_context(
            Ledger.open(folder / "ledger.sqlite", origin=ORIGIN, clock=lambda: int(clock() * 1e6))
        )
        signer = opened.enter_context(closing(LocalSigner(folder / "signer", post_quantum=post_quantum, clock=clock)))
        checkpoints = opened.enter_context(closing(Checkpoints(folder / "checkpoints.sqlite")))
        log = PublishedLog(ledger, folder / "ledger.keys.json", heartbeat_s)
        publisher = opened.enter_context(closing(Publisher([log], signer, checkpoints, clock=clock)))
        yield Vouched(ledger, signer, checkpoints, publisher, clock)


def soon(holds: Callable[[], bool]) -> None:
    """Wait until it holds; a test fails when it does not within PATIENCE_S."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)
