"""Commands on the files: rebuild, export, digest, compare, fsck; no service runs."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collectors.openlineage import normalise
from lineage.ledger import Draft, Ledger
from lineage.projector.claim import claimed
from tests.cli.conftest import Run

EVENTS = [
    {
        "eventType": "COMPLETE",
        "eventTime": f"2026-11-22T10:00:0{number}Z",
        "producer": "https://example.org/tests",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": f"00000000-0000-4000-8000-00000000000{number}"},
        "job": {"namespace": "tests", "name": f"job_{word}"},
        "inputs": [{"namespace": "db", "name": f"shop.{word}_raw"}],
        "outputs": [{"namespace": "db", "name": f"shop.{word}"}],
    }
    for number, word in enumerate(("orders", "customers", "payments"))
]


def fill(folder: Path, events: list[dict[str, object]]) -> Path:
    """A data folder whose ledger holds the events, without a graph."""
    folder.mkdir()
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        for event in events:
            raw = json.dumps(event).encode()
            norm = normalise(raw, time.time_ns() // 1000).norm
            assert norm is not None
            ledger.append([Draft("ol.event", {"raw": raw, "norm": norm})])
    return folder


def test_rebuild_gives_the_graph_and_its_digest_is_the_last_word(run: Run, tmp_path: Path) -> None:
    """Whatever the order of arrival, the digest is the same; the history's is the same when made again."""
    one, other = fill(tmp_path / "one", EVENTS), fill(tmp_path / "other", EVENTS[::-1] + EVENTS[:1])
    for folder in (one, other):
        assert run("graph", "rebuild", "--yes", "--data", str(folder)).code == 0
    digests = [run("graph", "digest", "--data", str(folder)).out.split()[-1] for folder in (one, other)]
    assert digests[0] == digests[1] and len(digests[0]) == 64
    history = run("graph", "digest", "--history", "--data", str(one)).out.split()[-1]
    assert run("graph", "rebuild", "--yes", "--data", str(one)).code == 0
    assert run("graph", "digest", "--history", "--data", str(one)).out.split()[-1] == history


def test_compare_shows_what_differs(run: Run, tmp_path: Path) -> None:
    """0 for the same graph, folder or export; 1 and the lines for another."""
    one, other = fill(tmp_path / "one", EVENTS), fill(tmp_path / "other", EVENTS[:2])
    for folder in (one, other):
        run("graph", "rebuild", "--yes", "--data", str(folder))
    exported = tmp_path / "one.ndjson"
    exported.write_text(run("graph", "export", "--data", str(one)).out)
    assert all(json.loads(line) for line in exported.read_text().splitlines())
    assert run("graph", "compare", str(one), str(exported)).code == 0
    ended = run("graph", "compare", str(one), str(other))
    assert ended.code == 1 and "payments" in ended.out and "0 only in" in ended.out
    assert "\n    that is db shop." in ended.out
    exported.write_text("no export\n")
    assert run("graph", "compare", str(exported), str(other)).code == 1
    assert run("graph", "compare", str(one), str(tmp_path / "none")).code == 2


def test_rebuild_asks_before_it_drops_anything(run: Run, tmp_path: Path) -> None:
    """Without --yes and without a terminal nothing is done."""
    folder = fill(tmp_path / "one", EVENTS)
    ended = run("graph", "rebuild", "--data", str(folder))
    assert ended.code == 2 and "--yes" in ended.err


def test_rebuild_beside_another_is_refused(run: Run, tmp_path: Path) -> None:
    """Wrong usage, not a broken store: exit 2, with who is in the way."""
    folder = fill(tmp_path / "one", EVENTS)
    with claimed(folder, patience_s=1):
        ended = run("graph", "rebuild", "--yes", "--data", str(folder))
    assert ended.code == 2 and f"Process {os.getpid()} already writes" in ended.err


def test_a_folder_without_a_ledger_is_said(run: Run, tmp_path: Path) -> None:
    """Not an empty graph's digest."""
    for command in (("graph", "digest"), ("graph", "export"), ("audit", "fsck")):
        assert run(*command, "--data", str(tmp_path)).code == 2


def test_fsck_verifies_and_finds_a_changed_byte(run: Run, tmp_path: Path) -> None:
    """Exit 0 and the root; exit 1 and the entry after somebody rewrote one."""
    folder = fill(tmp_path / "one", EVENTS)
    fine = run("audit", "fsck", "--data", str(folder))
    assert fine.code == 0 and fine.out.rstrip().endswith("verified") and "3 entries" in fine.out
    assert run("audit", "fsck", "--data", str(folder), "--format", "json").json["verdict"] == "verified"
    with sqlite3.connect(folder / "ledger.sqlite") as connection:
        rewritten = "CAST(replace(CAST(leaf AS TEXT), 'ol.event', 'ol.evenT') AS BLOB)"
        connection.execute(f"UPDATE entry SET leaf = {rewritten} WHERE i = 1")
    connection.close()
    broken = run("audit", "fsck", "--data", str(folder))
    assert broken.code == 1 and "entry 1" in broken.out


@pytest.mark.slow
def test_serve_ingest_ask_and_digest_beside_it(tmp_path: Path) -> None:
    """The commands of a first day, as processes of their own."""
    data, file = tmp_path / "data", tmp_path / "events.json"
    file.write_text(json.dumps(EVENTS))
    command = [sys.executable, "-m", "api.cli"]
    with subprocess.Popen(
        [*command, "serve", "--port", "0", "--data", str(data)], stderr=subprocess.PIPE, text=True
    ) as service:
        try:
            assert service.stderr is not None
            address = next(word for line in service.stderr for word in line.split() if word.startswith("http://"))

            def run(*arguments: str) -> subprocess.CompletedProcess[str]:
                return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60)

            assert run("ingest", str(file), "--url", address).returncode == 0
            deadline = time.monotonic() + 30
            while "shop.orders_raw" not in (told := run("lineage", "db", "shop.orders", "--url", address)).stdout:
                assert time.monotonic() < deadline, told
            assert len(run("graph", "digest", "--data", str(data)).stdout.split()[-1]) == 64
            assert run("audit", "fsck", "--data", str(data)).returncode == 0
        finally:
            service.terminate()
            service.wait(30)
    assert service.returncode == 0


def test_fsck_of_a_graph_that_is_gone_behind_or_anothers_says_so(run: Run, tmp_path: Path) -> None:
    """None of them is a graph that was compared."""
    folder = fill(tmp_path / "data", EVENTS)
    command = ("audit", "fsck", "--graph", "--data", str(folder))
    gone = run(*command)
    assert gone.code == 4 and "0 of 3 entries" in gone.out
    assert run("graph", "rebuild", "--yes", "--data", str(folder)).code == 0
    assert run(*command).code == 0
    with sqlite3.connect(folder / "state.sqlite") as graph:
        graph.execute("UPDATE graph_meta SET origin = 'elsewhere.example/ledger'")
    foreign = run(*command)
    assert foreign.code == 1 and "elsewhere.example/ledger" in foreign.out
    with sqlite3.connect(folder / "state.sqlite") as graph:
        graph.execute("UPDATE graph_meta SET origin = NULL, applied = 2")
    assert run(*command).code == 1


def test_fsck_of_an_entry_that_no_tile_could_hold_names_it(run: Run, tmp_path: Path) -> None:
    """Seventy thousand bytes, where the format ends at 65,535: words, never a trace."""
    folder = fill(tmp_path / "data", EVENTS)
    with sqlite3.connect(folder / "ledger.sqlite") as ledger:
        ledger.execute("UPDATE entry SET leaf = zeroblob(70000) WHERE i = 1")
    ended = run("audit", "fsck", "--data", str(folder))
    assert ended.code == 1
    assert "entry 1" in ended.out
