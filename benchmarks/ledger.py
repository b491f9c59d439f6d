"""What the ledger costs: appends per second, encryption, erasure, disk, proofs, fsck, each beside a baseline of the same run.

    python -m benchmarks.ledger [--events FILE.ndjson[.gz]] [--entries 100000] [--folder DIR]

The baselines do the same work without what makes it a ledger: SQLite inserting the same bytes with the same durability
(for appends), SHA-256 over the same leaves (for fsck), and one zstd frame for each event (for disk). Absolute figures
depend on the disk's fsync; the factor beside them says what the tree, the commitments and the checks add. Without
--events it makes events of 3.6 kB and of 7.6 kB that look like a producer's; norm is the event itself.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import zstandard

from lineage.ledger import Draft, GroupCommit, Ledger, fsck
from lineage.ledger import payload as payload_bytes
from lineage.ledger.erasing import erase, purge
from lineage.ledger.erasure import ERASE_KIND, Erasure, encode_erasures
from lineage.ledger.leaf import commit
from lineage.ledger.payload import seal
from lineage.verify.tree import leaf_hash, verify_inclusion

SMALL_BYTES, MEDIAN_BYTES = 3_600, 7_600  # an Airflow task's event; the median of a mixed day
WORDS = ("order", "customer", "payment", "invoice", "product", "session", "click", "cart", "shipment", "refund")


def synthetic(count: int, size_bytes: int, seed: int = 7) -> list[bytes]:
    """Events of about the given size: a run, a job, a table with columns and their types."""
    chance = random.Random(seed)
    events = []
    for number in range(count):
        fields: list[dict[str, str]] = []
        event = {
            "eventType": "COMPLETE",
            "eventTime": f"2026-10-01T{number % 24:02d}:{number % 60:02d}:00.000Z",
            "run": {"runId": f"{chance.getrandbits(128):032x}"},
            "job": {"namespace": "airflow-prod", "name": f"{chance.choice(WORDS)}_{chance.randrange(150)}"},
            "outputs": [
                {"namespace": "postgres://db:5432", "name": chance.choice(WORDS), "facets": {"fields": fields}}
            ],
        }
        while len(json.dumps(event)) < size_bytes:
            fields += [
                {"name": f"{chance.choice(WORDS)}_{chance.randrange(1000)}", "type": "NUMERIC(18,2)"} for _ in range(10)
            ]
        events.append(json.dumps(event, separators=(",", ":")).encode())
    return events


def event_draft(event: bytes) -> Draft:
    """One event as ingest appends it."""
    return Draft("ol.event", {"raw": event, "norm": event})


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def line(name: str, value: str, beside: str = "", goal: str = "") -> None:
    """One row of the report."""
    print(f"{name:<48}{value:>16}   {beside:<42}{goal}")


def plain_inserts(path: Path, events: Sequence[bytes], batch: int) -> float:
    """Events per second of SQLite alone, WAL and synchronous=FULL, one transaction for each batch."""
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE e (body BLOB)")

    def work() -> None:
        for at in range(0, len(events), batch):
            database.execute("BEGIN")
            database.executemany("INSERT INTO e VALUES (?)", [(event,) for event in events[at : at + batch]])
            database.execute("COMMIT")

    taken = seconds(work)
    database.close()
    return len(events) / taken


def bench_append(folder: Path, small: Sequence[bytes]) -> None:
    """One by one and in batches, beside plain inserts of the same bytes."""
    for batch, events, goal in ((1, small[:1000], "goal ≥ 500/s"), (100, small, "goal ≥ 5,000/s")):
        rate = appended_per_s(folder / f"append-{batch}.sqlite", events, batch)
        plain = plain_inserts(folder / f"plain-{batch}.sqlite", events, batch)
        size = statistics.mean(map(len, events)) / 1000
        line(
            f"append, {batch} a transaction, {size:.1f} kB events",
            f"{rate:,.0f}/s",
            f"plain SQLite {plain:,.0f}/s (× {plain / rate:.1f})",
            goal,
        )


def appended_per_s(path: Path, events: Sequence[bytes], batch: int) -> float:
    """Events per second into a new ledger."""
    drafts = [event_draft(event) for event in events]
    with Ledger.open(path) as ledger:
        taken = seconds(lambda: [ledger.append(drafts[at : at + batch]) for at in range(0, len(drafts), batch)])
    return len(events) / taken


async def bench_group_commit(folder: Path, events: Sequence[bytes], callers: int) -> None:
    """Callers that each wait for their answer before they send the next."""
    latencies_s: list[float] = []
    with Ledger.open(folder / f"group-{callers}.sqlite") as ledger:
        commits = GroupCommit(ledger)
        queue = iter([event_draft(event) for event in events])

        async def caller() -> None:
            for draft in queue:
                start = time.perf_counter()
                await commits.append(draft)
                latencies_s.append(time.perf_counter() - start)

        start = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(callers)))
        taken = time.perf_counter() - start
        await commits.close()
    p50, p99 = (statistics.quantiles(latencies_s, n=100)[at] * 1000 for at in (49, 98))
    line(
        f"group commit, {callers} waiting callers",
        f"{len(events) / taken:,.0f}/s",
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
    )


def bench_disk(folder: Path, events: Sequence[bytes]) -> None:
    """Bytes on disk for raw and norm together, beside one compressed copy of each event; then the full fsck."""
    path = folder / "disk.sqlite"
    with Ledger.open(path) as ledger:
        for at in range(0, len(events), 100):
            ledger.append([event_draft(event) for event in events[at : at + 100]])
    compressor = zstandard.ZstdCompressor(level=3)
    once = sum(len(compressor.compress(event)) for event in events)
    line(
        f"disk per 1,000 events of {statistics.median(map(len, events)) / 1000:.1f} kB (median)",
        f"{path.stat().st_size / len(events) / 1000:.2f} MB",
        f"one zstd copy {once / len(events) / 1000:.2f} MB",
        "goal ≤ 4 MB",
    )
    start = time.perf_counter()
    report = fsck(path)
    taken = time.perf_counter() - start
    assert report.exit_code == 0, report.findings
    line(
        "fsck, all checks, payloads opened",
        f"{report.payload_bytes_checked / taken / 1e6:,.0f} MB/s",
        f"{report.size / taken:,.0f} entries/s",
    )


def bench_sealing(events: Sequence[bytes]) -> None:
    """What encryption adds to an event's way to the disk, in processor time: commitments and compression are the rest."""
    key, name = os.urandom(32), "raw-2026-11-00000000"
    rounds = events[:1000]
    plain_s = processor_seconds(lambda: [committed_and_compressed(event) for event in rounds])
    sealed_s = processor_seconds(lambda: [seal({"raw": e, "norm": e}, {}, lambda _: (name, key)) for e in rounds])
    line(
        f"seal raw and norm, {statistics.mean(map(len, rounds)) / 1000:.1f} kB events",
        f"{sealed_s / len(rounds) * 1e6:.0f} µs",
        f"without encryption {plain_s / len(rounds) * 1e6:.0f} µs (× {sealed_s / plain_s:.2f})",
    )


def committed_and_compressed(event: bytes) -> None:
    """All of sealing but encryption and its keys."""
    for dictionary in (None, event):
        commit(os.urandom(32), event)
        payload_bytes.compress(event, dictionary)


def processor_seconds(work: Callable[[], object]) -> float:
    """The processor time of `work` in this process: what else runs on the machine does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def bench_erasure(folder: Path, events: Sequence[bytes]) -> None:
    """Parts erased one at a time, each on disk and gone from the write-ahead log, and a thousand at once."""
    with Ledger.open(folder / "erasure.sqlite") as ledger:
        for at in range(0, len(events), 100):
            ledger.append([event_draft(event) for event in events[at : at + 100]])
        times_s = []
        for index in range(20):
            start = time.perf_counter()
            erase(ledger, erase_draft("raw", index, index + 1))
            purge(ledger)
            times_s.append(time.perf_counter() - start)
        plain_s = seconds(lambda: ledger.append([erase_draft("raw", 0, 1)]))
        line(
            "erase one part, durable and purged",
            f"{statistics.median(times_s) * 1000:.1f} ms",
            f"worst {max(times_s) * 1000:.1f} ms; an append {plain_s * 1000:.1f} ms",
            "goal ≤ 1 s",
        )
        stop = min(1020, len(events))
        taken = seconds(lambda: erase(ledger, erase_draft("norm", 20, stop)))
        line(f"erase {stop - 20:,} norms, their raws sealed anew", f"{taken * 1000:.0f} ms", "one transaction")
        report = fsck(folder / "erasure.sqlite")
        assert report.exit_code == 0, report.findings


def erase_draft(name: str, start: int, stop: int) -> Draft:
    """What an erasure says."""
    return Draft(ERASE_KIND, {"norm": encode_erasures([Erasure(name, start, stop)])})


FSCK_ALONE = """
import re, resource, sys
from pathlib import Path
from lineage.ledger import fsck
report = fsck(Path(sys.argv[1]), payloads=False)
assert report.exit_code == 0
# On Linux the kernel's own count of this program: ru_maxrss begins with what the parent had.
status = Path("/proc/self/status")
most = re.search("VmHWM:\\s+(\\d+)", status.read_text())[1] if status.exists() else 0
print(report.size, most or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def fsck_memory_mb(path: Path) -> float:
    """The most memory that a process held that checks one log and does nothing else."""
    told = subprocess.run([sys.executable, "-c", FSCK_ALONE, str(path)], capture_output=True, text=True, check=True)
    return int(told.stdout.split()[1]) / (1e3 if sys.platform.startswith("linux") else 1e6)


def bench_fsck(folder: Path, count: int) -> None:
    """Checks 1 to 3 over small entries, proofs, and opening, at a size where they could begin to cost."""
    path = folder / "fsck.sqlite"
    with Ledger.open(path) as ledger:
        small = [Draft("ol.event", {"norm": b"{}"})] * 1000
        taken = seconds(lambda: [ledger.append(small) for _ in range(count // 1000)])
        line("append, 1,000 a transaction, 2-byte events", f"{count / taken:,.0f}/s")
        root, size = ledger.root(), ledger.size()
        leaves = [ledger.leaf_bytes(index) for index in range(size)]
        indexes = [random.Random(7).randrange(size) for _ in range(200)]
        proofs_s = [seconds(lambda index=index: ledger.inclusion_proof(index, size)) for index in indexes]  # type: ignore[misc]
        line(
            "inclusion proof from tiles",
            f"{statistics.median(proofs_s) * 1000:.2f} ms",
            f"at {size:,} entries",
            "goal ≤ 5 ms",
        )
        proofs = [(index, ledger.inclusion_proof(index, size)) for index in indexes]
        verified = seconds(
            lambda: [verify_inclusion(leaf_hash(leaves[index]), index, size, proof, root) for index, proof in proofs]
        )
        line("inclusion proof, verified", f"{verified / len(proofs) * 1000:.3f} ms")
        line("size at a time", f"{seconds(lambda: ledger.size_at(0)) * 1000:.2f} ms")
    line("open for writing", f"{seconds(lambda: Ledger.open(path).close()) * 1000:.1f} ms")
    hashed = seconds(lambda: [hashlib.sha256(leaf).digest() for leaf in leaves])
    start = time.perf_counter()
    report = fsck(path, payloads=False)
    taken = time.perf_counter() - start
    assert report.exit_code == 0, report.findings
    line(
        "fsck, checks 1 to 3, 1 M small entries (from rate)",
        f"{taken / size * 1e6:.1f} s",
        f"SHA-256 alone {hashed / size * 1e6:.1f} s (measured at {size:,})",
        "goal ≤ 10 s",
    )
    small_path = folder / "small.sqlite"
    with Ledger.open(small_path) as ledger:
        ledger.append([Draft("ol.event", {"norm": b"{}"})] * 1000)
    line(
        f"fsck, most memory at {size:,} entries",
        f"{fsck_memory_mb(path):.0f} MB",
        f"at 1,000 entries {fsck_memory_mb(small_path):.0f} MB",
        "goal: constant",
    )


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=Path, help="events to measure disk and payloads with, one JSON a line")
    parser.add_argument("--entries", type=int, default=100_000, help="entries for fsck and proofs (default 100,000)")
    parser.add_argument("--folder", type=Path, help="where to write: the disk that is measured (default: temporary)")
    options = parser.parse_args()
    if options.events:
        opener = gzip.open if options.events.suffix == ".gz" else Path.open
        with opener(options.events, "rb") as lines:
            typical = [bytes(each).rstrip(b"\n") for each in lines]
    else:
        typical = synthetic(2000, MEDIAN_BYTES)
    small = synthetic(5000, SMALL_BYTES)
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        bench_append(folder, small)
        bench_sealing(small)
        bench_sealing(typical)
        for callers in (1, 8, 64):
            asyncio.run(bench_group_commit(folder, small[: 1000 if callers == 1 else 4000], callers))
        bench_disk(folder, typical)
        bench_erasure(folder, typical)
        bench_fsck(folder, options.entries)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
