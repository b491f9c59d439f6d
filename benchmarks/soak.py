"""Whether a service stays as it began: memory and latencies, minute by minute, under a steady load of events and questions.

    python -m benchmarks.soak [--minutes 10] [--events-s 100] [--queries-s 20] [--folder DIR]

A service as users start it, with all its processes, on a new data folder. Each event and each question has its time, whether or not
those before it were answered, and its latency counts from that time: a service that stands still is not asked less. The
questions are those of people, over a graph that is growing: four of ten search, three open a dataset's page, two ask for its
columns' lineage three steps up, and one for all that is downstream. The first minute, in which everything is made for the
first time, is shown and not compared. The processor time tells what the work costs, also where other programs share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.__main__ import machine
from benchmarks.events import EVENTS_A_DAY, JOBS, NAMESPACE, endless_events
from benchmarks.processes import MODULES, children, cpu_s, memory_mb
from headwater.client import AsyncClient
from headwater.errors import HeadwaterError
from headwater.inputs import DatasetRef, NodeRef
from headwater.words import Direction, Grain

READY_S_MAX: Final = 60.0
DRAIN_S_MAX: Final = 600.0
IN_FLIGHT_MAX: Final = 500  # beyond, the service does not keep up, and more waiting would measure this program
WAITED_S: Final = 30.0
INGEST: Final = "/api/v1/lineage"
HEADER: Final = (
    f"{'minute':>6}{'events':>8}{'p50 ms':>8}{'p99 ms':>8}{'queries':>9}{'p50 ms':>8}{'p99 ms':>8}"
    f"{'failed':>8}{'API MB':>8}{'CPU s':>7}{'projector MB':>14}{'CPU s':>7}{'answering MB':>14}{'CPU s':>7}{'behind':>8}"
)


@dataclass(slots=True)
class Minute:
    """What one minute showed."""

    events_ms: list[float] = field(default_factory=list)
    queries_ms: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    mb: dict[str, float] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)
    behind: int = 0

    def row(self, name: str) -> str:
        """As a line below HEADER."""
        widths = {"API": 8, "projector": 14, "answering": 14}
        used = "".join(f"{self.mb[each]:>{width}.0f}{self.cpu_s[each]:>7.1f}" for each, width in widths.items())
        return (
            f"{name:>6}{len(self.events_ms):>8}{percentile(self.events_ms, 0.5):>8.1f}{percentile(self.events_ms, 0.99):>8.1f}"
            f"{len(self.queries_ms):>9}{percentile(self.queries_ms, 0.5):>8.1f}{percentile(self.queries_ms, 0.99):>8.1f}"
            f"{self.failures.total():>8}{used}{self.behind:>8}"
        )


@dataclass(slots=True)
class Soak:
    """One run: what is asked of which service, and what came of it."""

    client: AsyncClient
    processes: dict[str, int]
    minutes: list[Minute] = field(default_factory=lambda: [Minute()])
    waiting: set[asyncio.Task[None]] = field(default_factory=set)
    chance: random.Random = field(default_factory=lambda: random.Random(11))

    async def steadily(
        self, rate_s: float, until: float, ask: Callable[[], Awaitable[None]], *, is_event: bool
    ) -> None:
        """Ask at the rate, each at its time."""
        due = time.monotonic()
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if len(self.waiting) < IN_FLIGHT_MAX:
                task = asyncio.create_task(self._timed(due, ask, is_event))
                self.waiting.add(task)
                task.add_done_callback(self.waiting.discard)
            else:
                self.minutes[-1].failures["not sent: too many are waiting"] += 1
            due += 1 / rate_s

    async def _timed(self, due: float, ask: Callable[[], Awaitable[None]], is_event: bool) -> None:
        try:
            await ask()
        except HeadwaterError as error:
            self.minutes[-1].failures[f"{type(error).__name__} {error.code}: {str(error)[:80]}"] += 1
            return
        minute = self.minutes[-1]
        (minute.events_ms if is_event else minute.queries_ms).append((time.monotonic() - due) * 1_000)

    async def send(self, events: Iterator[bytes]) -> None:
        """Post the next event."""
        answer = await self.client.send(
            "POST", INGEST, content=next(events), headers={"content-type": "application/json"}
        )
        if answer.status_code != 201 or "deadLetter" in answer.json():
            raise HeadwaterError(answer.text[:200], code=str(answer.status_code))

    async def question(self) -> None:
        """One of the four, about any table; the one that walks the whole graph downstream is the rarest."""
        name = f"dwh.core.table_{self.chance.randrange(JOBS):04d}"
        of = [NodeRef(dataset=DatasetRef(NAMESPACE, name))]
        match self.chance.randrange(10):
            case 0 | 1 | 2 | 3:
                await self.client.search(name[-8:])
            case 4 | 5 | 6:
                await self.client.dataset(NAMESPACE, name)
            case 7 | 8:
                await self.client.lineage(of, Direction.UPSTREAM, grain=Grain.COLUMN, depth=3)
            case _:
                await self.client.impact(of, first=20)

    async def watch(self, minutes: int) -> None:
        """Close each minute with the processes' memory and how far the graph is behind, and print it."""
        began = time.monotonic()
        used_s = {name: cpu_s(each) for name, each in self.processes.items()}
        for number in range(1, minutes + 1):
            await asyncio.sleep(max(0.0, began + number * 60 - time.monotonic()))
            minute = self.minutes[-1]
            if number < minutes:
                self.minutes.append(Minute())
            ledger = await self.client.ledger()
            minute.behind = ledger.size - ledger.graph_index
            minute.mb = {name: memory_mb(each) for name, each in self.processes.items()}
            before_s, used_s = used_s, {name: cpu_s(each) for name, each in self.processes.items()}
            minute.cpu_s = {name: now - before_s[name] for name, now in used_s.items()}
            print(minute.row(str(number)), flush=True)


def percentile(values: list[float], share: float) -> float:
    """The value that so large a share does not exceed; NaN of none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


@contextmanager
def service(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A service on a free port, as users start it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(folder / "data"), "--port", str(port)]
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


async def ready(client: AsyncClient, process: subprocess.Popen[bytes]) -> dict[str, int]:
    """Wait until it answers and has all its processes; their ids."""
    end = time.monotonic() + READY_S_MAX
    while time.monotonic() < end:
        try:
            await client.ledger()
            found = children(process.pid)
            if found.keys() == MODULES.keys():
                return {"API": process.pid, **found}
        except HeadwaterError:
            pass  # not yet
        await asyncio.sleep(0.2)
    raise TimeoutError("The service does not come up: see service.log in its folder.")


async def drained(client: AsyncClient) -> float:
    """Seconds until the graph holds every entry."""
    began = time.monotonic()
    while time.monotonic() < began + DRAIN_S_MAX:
        ledger = await client.ledger()
        if ledger.graph_index >= ledger.size:
            return time.monotonic() - began
        await asyncio.sleep(0.1)
    raise TimeoutError(f"The graph does not reach the ledger's head within {DRAIN_S_MAX:.0f} s.")


async def soak(folder: Path, minutes: int, events_s: float, queries_s: float) -> bool:
    """The whole run; whether nothing failed."""
    days = int(minutes * 60 * events_s / EVENTS_A_DAY) + 2
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    events = endless_events(today - timedelta(days=days))
    with service(folder) as (url, process):
        async with AsyncClient(url, timeout_s=WAITED_S, repeats=0) as client:
            run = Soak(client, await ready(client, process))
            for _ in range(EVENTS_A_DAY):  # one day, so that every question has an answer
                await run.send(events)
            await drained(client)
            print(
                f"{events_s:g} events/s and {queries_s:g} queries/s for {minutes} min; latency from the time that it was due"
            )
            print(HEADER, flush=True)
            until = time.monotonic() + minutes * 60
            await asyncio.gather(
                run.steadily(events_s, until, lambda: run.send(events), is_event=True),
                run.steadily(queries_s, until, run.question, is_event=False),
                run.watch(minutes),
            )
            if run.waiting:
                await asyncio.wait(run.waiting, timeout=WAITED_S)
            print(f"the graph reached the ledger's head {await drained(client):.1f} s after the last event")
    stored_mb = sum(path.stat().st_size for path in (folder / "data").rglob("*") if path.is_file()) / 1e6
    print(f"{stored_mb:.0f} MB on disk for {sum(len(each.events_ms) for each in run.minutes) + EVENTS_A_DAY} events")
    compared(run.minutes)
    failures = sum((each.failures for each in run.minutes), Counter[str]())
    for why, count in failures.most_common(10):
        print(f"failed {count} times: {why}")
    return not failures


def compared(minutes: list[Minute]) -> None:
    """The end beside the start: the last fifth of the minutes beside the first, without the very first."""
    settled = minutes[1:] or minutes
    share = max(1, len(settled) // 5)
    figures: dict[str, Callable[[Minute], float]] = {
        "event p50, ms": lambda minute: percentile(minute.events_ms, 0.5),
        "event p99, ms": lambda minute: percentile(minute.events_ms, 0.99),
        "query p50, ms": lambda minute: percentile(minute.queries_ms, 0.5),
        "query p99, ms": lambda minute: percentile(minute.queries_ms, 0.99),
        **{f"{name}, CPU s": used(lambda minute: minute.cpu_s, name) for name in ("API", *MODULES)},
        **{f"{name}, MB": used(lambda minute: minute.mb, name) for name in ("API", *MODULES)},
    }
    print(f"{'':<18}{'start':>9}{'end':>9}{'ratio':>8}")
    for name, figure in figures.items():
        start, end = (statistics.median(map(figure, part)) for part in (settled[:share], settled[-share:]))
        print(f"{name:<18}{start:>9.1f}{end:>9.1f}{end / start:>8.2f}")


def used(of: Callable[[Minute], dict[str, float]], process: str) -> Callable[[Minute], float]:
    """What one process used in a minute."""
    return lambda minute: of(minute)[process]


def main() -> int:
    """Exit status 1 if anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--events-s", type=float, default=100)
    parser.add_argument("--queries-s", type=float, default=20)
    parser.add_argument("--folder", type=Path, help="where to write: the disk to measure")
    options = parser.parse_args()
    print(*machine(), sep="\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="headwater-soak-", dir=options.folder) as folder:
        whole = asyncio.run(soak(Path(folder), options.minutes, options.events_s, options.queries_s))
    print(f"load at the end {os.getloadavg()[0]:.1f}, of which this program and the service are a part")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
