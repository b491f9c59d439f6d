"""Runs the project's acceptance checks against a real service: `make acceptance`.

The checks (answers.py, order.py, crash.py, and score.py for SQL) and their cases live outside this repository, beside it. This script only
starts what they need, holds the answers to the floor in floor.json, and says at the end what failed. The answers are
asked twice, each time of a fresh service: events in order, then shuffled, doubled and compressed. All but the SQL is then
checked once more with the graph on a real Neo4j, which is started as the tests start theirs; without one that fails.

Rounds: ACCEPTANCE_ROUNDS for order.py and ACCEPTANCE_KILLS for crash.py.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineage.store.neo4j import Neo4jStore
from tests.neo4j import server as servers

HERE = Path(__file__).resolve().parent
# Enough to show a broken order or a lost event, few enough that CI ends well within half an hour on two cores.
ROUNDS_DEFAULT = 3
KILLS_DEFAULT = 5
# A check that hangs is a failure, not a CI run without an end.
CHECK_TIMEOUT_S = 900
LOG_TAIL_LINES = 30

_SUM = re.compile(r"^(\d+) of (\d+) expected answers, (\d+) forbidden ones$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that answers.py must find, and the most that it may find forbidden."""

    found: int
    forbidden: int


def judged(output: str, floor: Floor) -> tuple[bool, str]:
    """Whether the output of answers.py reaches the floor, and one sentence that says so or why not."""
    sums = _SUM.findall(output)
    if not sums:
        return False, "answers.py printed no sum: it did not reach its end"
    found, asked, forbidden = map(int, sums[-1])
    seen = f"{found} of {asked} answers (floor {floor.found}), {forbidden} forbidden (at most {floor.forbidden})"
    if found < floor.found or forbidden > floor.forbidden:
        return False, seen
    return True, seen + (": raise the floor in floor.json" if found > floor.found else "")


def run(command: Sequence[str]) -> tuple[int, str]:
    """Runs a check, shows its output as it comes, and gives its exit code and that output."""
    print("$", " ".join(command), flush=True)
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        watch = threading.Timer(CHECK_TIMEOUT_S, process.kill)
        watch.start()
        try:
            for line in process.stdout:
                print("   ", line, end="", flush=True)
                lines.append(line)
        finally:
            watch.cancel()
    return process.returncode, "".join(lines)


def answers(checks: Path, headwater: str, floor: Floor, flags: Sequence[str], store: str = "") -> tuple[bool, str]:
    """Asks everything of a fresh service that got the captures in the way that `flags` say, with its graph in `store`."""
    expected = checks.parent / "openlineage" / "captured" / "EXPECTED.json"
    server_type: Any = importlib.import_module("server").Server
    with tempfile.TemporaryDirectory(prefix="headwater-acceptance-") as data:
        server = server_type(data, headwater, store or None)
        try:
            print(f"    ready in {server.start():.1f} s", flush=True)
            asked = ["--url", server.service.url, "--expected", str(expected), "--post", *flags]
            _, output = run([sys.executable, "-u", str(checks / "answers.py"), *asked])
            passed, seen = judged(output, floor)
        except (OSError, TimeoutError) as error:
            passed, seen = False, f"the service did not start: {error}"
        finally:
            if server.process is not None:
                server.stop()
        if not passed:
            tail = (Path(data) / "server.log").read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
            print("    the service's last words:", *tail, sep="\n    ", flush=True)
    return passed, seen


def script(checks: Path, *arguments: str) -> tuple[bool, str]:
    """Runs a check that starts its own services and says by its exit code whether all is well."""
    code, output = run([sys.executable, "-u", str(checks / arguments[0]), *arguments[1:]])
    said = [line for line in output.splitlines() if line.strip()]
    return code == 0, said[-1].strip() if said else f"exit {code} without a word"


@contextmanager
def neo4j_store() -> Iterator[Callable[[], str]]:
    """Gives the URL of a Neo4j without a graph; started at the first call, gone at the end. Errors: NoServer."""
    started: list[servers.Server] = []

    def emptied() -> str:
        if not started:
            started.append(servers.start())
            print(f"    {started[0].how}", flush=True)
        with Neo4jStore(started[0].url) as store:
            store.wipe()
        return started[0].url

    try:
        yield emptied
    finally:
        for server in started:
            server.remove()


def sql_columns(checks: Path, floors: dict[str, float]) -> tuple[bool, str]:
    """Scores the SQL engine on the regular cases and holds it to its floors."""
    folder = checks.parent / "sql"
    asked = ["--adapter", "collectors.sql.scoring:extract", "--data", str(folder / "visible.jsonl"), "--fails", "5"]
    _, output = run([sys.executable, "-u", str(folder / "score.py"), *asked])
    total = re.search(r"^TOTAL +(\d+) +\S+ +(\S+) +(\S+) +\S+ +\S+ +(\S+)", output, re.MULTILINE)
    if total is None:
        return False, "score.py printed no total: it did not reach its end"
    scores = dict(zip(("tables", "columns", "f1"), map(float, total.groups()[1:]), strict=True))
    told = ", ".join(f"{name} {scores[name]} (floor {floors[name]})" for name in scores)
    return all(scores[name] >= floors[name] for name in scores), f"{total[1]} regular cases: {told}"


def main() -> int:
    """Exit code: 0 when every check passed, 1 when one failed, 2 when the checks are not there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--checks", type=Path, required=True, help="folder with answers.py, order.py and crash.py")
    parser.add_argument(
        "--headwater", default=str(Path(sys.executable).parent / "headwater"), help="the command to test"
    )
    parser.add_argument(
        "--only", nargs="*", default=[], help="answers, answers-shuffled, sql, order, crash; answers-neo4j …"
    )
    chosen = parser.parse_args()
    checks = chosen.checks.resolve()
    if not (checks / "answers.py").is_file():
        print(f"{checks} has no answers.py. Give the folder of the acceptance checks with --checks.", file=sys.stderr)
        return 2
    sys.path.insert(0, str(checks))
    recorded = json.loads((HERE / "floor.json").read_text())
    floor = Floor(found=recorded["found"], forbidden=recorded["forbidden"])
    captured = checks.parent / "openlineage" / "captured"
    rounds = os.environ.get("ACCEPTANCE_ROUNDS", str(ROUNDS_DEFAULT))
    kills = os.environ.get("ACCEPTANCE_KILLS", str(KILLS_DEFAULT))
    headwater = str(chosen.headwater)
    with neo4j_store() as emptied:
        order = ("order.py", str(captured), "--rounds", rounds, "--headwater", headwater)
        crash = ("crash.py", "--rounds", kills, "--headwater", headwater)
        mixed = ("--shuffle", "3", "--twice", "--gzip")
        steps: dict[str, Callable[[], tuple[bool, str]]] = {
            "answers": lambda: answers(checks, headwater, floor, ()),
            "answers-shuffled": lambda: answers(checks, headwater, floor, mixed),
            "sql": lambda: sql_columns(checks, recorded["sql"]),
            "order": lambda: script(checks, *order),
            "crash": lambda: script(checks, *crash),
            "answers-neo4j": lambda: answers(checks, headwater, floor, mixed, emptied()),
            "order-neo4j": lambda: script(checks, *order, "--store", emptied()),
            "crash-neo4j": lambda: script(checks, *crash, "--store", emptied()),
        }
        results: list[tuple[str, bool, str, float]] = []
        for name in chosen.only or steps:
            began = time.monotonic()
            try:
                passed, seen = steps[name]()
            except servers.NoServer as error:
                passed, seen = False, f"no Neo4j: {error}"
            results.append((name, passed, seen, time.monotonic() - began))
    print("\nacceptance")
    for name, passed, seen, took_s in results:
        print(f"  {'ok    ' if passed else 'FAILED'} {name:17} {took_s:6.1f} s  {seen}")
    return 0 if all(passed for _, passed, _, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
