"""From the door to the graph: events per second in the graph, lag, disk, memory, start.

    python -m benchmarks.graph [--events FILE.ndjson[.gz]] [--count 2000] [--folder DIR]

The first day of a company brings every name for the first time; on each later day its jobs mostly say what they said before.
Both are measured, the second is what a service does all year. The client runs on the same cores. Baselines of the same run:
the same events with the projector paused (what the door takes), the projector alone over the same ledger (a rebuild), and
the events' own size, as text and each compressed by itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from benchmarks.events import make_events, read_events
from benchmarks.ingest import (
    LAG_PACE_PER_S,
    LAG_S,
    SERVE,
    Service,
    percentile,
    post_all,
    print_lag,
    running,
    wait_projected,
)
from benchmarks.processes import children, memory_mb

CONNECTIONS: Final = 8
WARM_UP: Final = 2
GZIP_LEVEL: Final = 6  # the tool's own default


def days(events: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The events of the first day, and all later ones."""
    first = orjson.loads(events[0])["eventTime"][:10]
    split = next((at for at, each in enumerate(events) if orjson.loads(each)["eventTime"][:10] != first), len(events))
    return list(events[:split]), list(events[split:])


def line(name: str, value: str, beside: str = "") -> None:
    """One figure, and what stands beside it."""
    print(f"{name:<38}{value:>12}  {beside}".rstrip(), flush=True)


def in_graph_s(service: Service, events: Sequence[bytes]) -> float:
    """Seconds until all of them are in the graph."""
    began = time.perf_counter()
    post_all(service.port, events, CONNECTIONS)
    wait_projected(service)
    return time.perf_counter() - began


def size_mb(folder: Path, name: str) -> float:
    """A database of a stopped service, whose write-ahead log is empty."""
    return sum(path.stat().st_size for path in folder.glob(f"{name}*")) / 1e6


def rebuild_s(folder: Path) -> float:
    """Seconds for the projector alone, from an empty graph."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "api.cli", "graph", "rebuild", "--yes", "--data", str(folder)],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - began


def measure(folder: Path, events: Sequence[bytes], later: Sequence[bytes]) -> None:
    """All of it, over one data folder; `later` are for the lag."""
    first, rest = days(events)
    with running(SERVE, folder / "door") as door:
        door_s, _ = post_all(door.port, rest, CONNECTIONS)
    with running(SERVE, folder / "graph", "projector") as service:
        started_s = service.start_s
        in_graph_s(service, first[:WARM_UP])  # the projector starts beside the API, and may still be at it
        first_s = in_graph_s(service, first[WARM_UP:])
        rest_s = in_graph_s(service, rest)
        line(
            "in the graph, first day",
            f"{(len(first) - WARM_UP) / first_s:.0f}/s",
            f"{len(first) - WARM_UP} events, every name new",
        )
        line(
            "in the graph, second day and later", f"{len(rest) / rest_s:.0f}/s",
            f"{len(rest)} events; with the projector paused {len(rest) / door_s:.0f}/s",
        )  # fmt: skip
        print_lag(service, later)
        processes_mb = {"API": service.memory_mb()} | {
            name: memory_mb(each, largest=True) for name, each in children(service.process.pid).items()
        }
        each_mb = ", ".join(f"{name} {mb:.0f}" for name, mb in processes_mb.items())
        line("memory, largest", f"{sum(processes_mb.values()):.0f} MB", each_mb)
    count = len(events) + len(later)
    ledger_mb, state_mb = (size_mb(folder / "graph", name) / count * 1000 for name in ("ledger", "state"))
    text_mb = sum(map(len, (*events, *later))) / count / 1000
    packed_mb = sum(len(zlib.compress(each, GZIP_LEVEL)) for each in (*events, *later)) / count / 1000
    line(
        "disk for 1,000 events", f"{ledger_mb + state_mb:.1f} MB",
        f"ledger {ledger_mb:.1f}, graph and state {state_mb:.1f}; as text {text_mb:.1f}, each gzipped {packed_mb:.1f}",
    )  # fmt: skip
    with running(SERVE, folder / "graph", "projector") as again:
        line("start", f"{started_s:.2f} s", f"on an empty folder; {again.start_s:.2f} s on this one")
    rebuilt_s = rebuild_s(folder / "graph")
    line("rebuild from the ledger", f"{count / rebuilt_s:.0f}/s", "the projector alone, with its start")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=Path, help="one JSON event a line; without it, events made here")
    parser.add_argument("--count", type=int, default=2000, help="how many events at most, beside those for the lag")
    parser.add_argument("--folder", type=Path, help="where the data folder goes: the disk to measure")
    options = parser.parse_args()
    paced = LAG_PACE_PER_S * LAG_S
    events = (read_events(options.events) if options.events else make_events(options.count))[: options.count]
    # For the lag, the same jobs go on: events that are made go on with the days, a file's come again as later runs.
    later = again(events, paced) if options.events else make_events(options.count + paced)[options.count :]
    sizes = sorted(map(len, events))
    print(
        f"{len(events)} events, median {percentile(sizes, 0.5) / 1000:.1f} kB, {sum(sizes) / 1e6:.1f} MB; "
        f"{CONNECTIONS} connections; {os.cpu_count()} cores"
    )
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        measure(Path(folder), events, later)


def again(events: Sequence[bytes], count: int) -> list[bytes]:
    """The last events as runs of a later month: the same jobs, new run ids, new times."""
    moved = []
    for each in events[-count:]:
        event = orjson.loads(each)
        month = int(event["eventTime"][5:7]) % 12 + 1
        year = int(event["eventTime"][:4]) + (month == 1)
        event["eventTime"] = f"{year}-{month:02d}-{min(int(event['eventTime'][8:10]), 28):02d}{event['eventTime'][10:]}"
        event["run"]["runId"] = event["run"]["runId"][:-4] + "0000"
        moved.append(orjson.dumps(event))
    return moved


if __name__ == "__main__":
    main()
