"""Every figure that the README claims, in one report: `make bench`, or `python -m benchmarks [--quick] [--events FILE]`.

Each benchmark runs as a process of its own, one after the other, and prints its figures beside a baseline of the same run.
The first lines say on what machine, as absolute figures mean nothing without it. Figures are goals, never gates.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
# Name, what it is about, arguments, arguments of a quick run, and whether it takes --events.
BENCHMARKS: Final = (
    ("ingest", "What the door takes, durable before the answer", ("--no-projector",), ("--count", "500"), True),
    ("graph", "From the door to the graph", (), ("--count", "600"), True),
    ("closure", "Closures on the embedded store", (), ("--scale", "0.05", "--closures", "20"), False),
    ("ledger", "The ledger", (), ("--entries", "5000"), True),
    ("access", "Access control and the access log", (), ("--nodes", "1000", "--requests", "12"), False),
    ("permission", "Answers to who may see a part", (), ("--scale", "0.05", "--closures", "5"), False),
    ("audit", "Proofs, checkpoints, verification", (), ("--entries", "5000", "--appends", "6"), False),
    ("evidence", "Proofs and packs", (), ("--entries", "2000", "--requests", "60"), False),
    ("secrets", "Finding secrets", (), ("--rounds", "2"), True),
    (
        "neo4j", "The graph on Neo4j", (),
        ("--count", "400", "--scale", "0.02", "--closures", "10", "--hub", "2000", "--alias", "5000", "--drivers", "0.02"),
        True,
    ),
    (
        "models", "Closures through models", (),
        ("--scale", "0.05", "--versions", "100", "--inputs", "50", "--closures", "10"), False,
    ),
    ("mlflow", "Collecting from MLflow", (), ("--runs", "200"), False),
    ("graphql", "GraphQL, alone and under abuse", (), ("--nodes", "1000", "--requests", "50"), False),
    ("sql", "SQL to columns", (), ("--repeat", "2", "--statements", "2000"), False),
)


def machine() -> list[str]:
    """On what these figures were measured."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    loaded = os.getloadavg()[0]
    return [
        f"Headwater's benchmarks, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}",
        f"{os.cpu_count()} cores ({_processor()}), {memory_gb:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}",
        f"load at the start {loaded:.1f}" + (": something else is running, so these are too low" if loaded > 1 else ""),
    ]


def _processor() -> str:
    try:
        rows = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((row.split(":", 1)[1].strip() for row in rows if row.startswith("model name")), platform.machine())


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


def main() -> int:
    """Exit status 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a minute in all: to see that they run, not for figures")
    parser.add_argument("--events", type=Path, help="events to measure with, one JSON a line; else they are made")
    parser.add_argument("--folder", type=Path, help="where to write: the disk to measure")
    parser.add_argument(
        "--only", choices=[name for name, *_ in BENCHMARKS], action="append", help="only these (repeat)"
    )
    options = parser.parse_args()
    print(*machine(), sep="\n", flush=True)
    failed = []
    for name, about, usual, quick, takes_events in BENCHMARKS:
        if options.only and name not in options.only:
            continue
        arguments = [*usual, *(quick if options.quick else ())]
        arguments += ["--events", str(options.events)] if options.events and takes_events else []
        arguments += ["--folder", str(options.folder / name)] if options.folder else []
        if options.folder:
            (options.folder / name).mkdir(parents=True, exist_ok=True)
        print(f"\n## {about}\n\n$ python -m benchmarks.{name} {' '.join(arguments)}".rstrip(), flush=True)
        began = time.monotonic()
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], cwd=ROOT, check=False).returncode:
            failed.append(name)
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
    if failed:
        print(f"\nFailed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
