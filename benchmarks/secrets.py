"""What finding secrets costs at the door, in processor time: of an event's way to the disk (read, cleaned, sealed).

    python -m benchmarks.secrets [--events FILE.ndjson[.gz]] [--rounds 5]

The baseline of the same run does the same with a detector that finds nothing. `first time` empties
all caches before each round: no text was seen before; `later` is a service that has seen its jobs run.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

from benchmarks.events import make_events, read_events
from benchmarks.ledger import line
from collectors.openlineage import clean, normalise
from collectors.openlineage.caches import forget
from lineage.ledger.payload import seal

ROUNDS = 5
EVENTS = 1_000


def untouched(text: str) -> str:
    """A detector that finds nothing."""
    return text


def _wrapping_key(_: str) -> tuple[str, bytes]:
    return "raw-2026-11-00000000", bytes(32)


def cost_us(events: Sequence[bytes], rounds: int, *, cold: bool) -> float:
    """The least processor time an event took, over some rounds."""
    forget()
    taken = []
    for _ in range(rounds + 1):
        if cold:
            forget()
        start = time.process_time()
        for event in events:
            norm = normalise(event).norm
            seal({"raw": event, "norm": norm or b""}, {}, _wrapping_key)
        taken.append((time.process_time() - start) / len(events) * 1e6)
    return min(taken if cold else taken[1:])


def compare(name: str, events: Sequence[bytes], rounds: int, *, cold: bool) -> None:
    """With and without, in turns, so that a busy machine slows both."""
    pairs = []
    for _ in range(3):
        detected = cost_us(events, rounds, cold=cold)
        with patch.object(clean, "redact_text", untouched):
            pairs.append((detected, cost_us(events, rounds, cold=cold)))
    forget()
    ratio = statistics.median(detected / plain for detected, plain in pairs)
    detected, plain = min(pairs)
    line(name, f"{detected:.0f} µs", f"finding nothing {plain:.0f} µs (× {ratio:.2f})", "goal ≤ × 1.05 later")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=Path, help="events to clean, one JSON a line")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of each (default {ROUNDS})")
    options = parser.parse_args()
    events = read_events(options.events) if options.events else make_events(EVENTS)
    compare("read, clean and seal an event, first time", events[:EVENTS], options.rounds, cold=True)
    compare("read, clean and seal an event, later", events[:EVENTS], options.rounds, cold=False)


if __name__ == "__main__":
    main()
