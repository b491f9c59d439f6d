"""The demonstration as a stranger meets it: its output, the pages' transcripts, its ends."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from api.demo.stage import Stage
from lineage.ledger import Draft, Ledger
from lineage.settings import Settings
from tests.demo.transcripts import COMMAND, ENDING, OPENING, PAGES, ROOT, demonstration, shape, transcripts

pytestmark = pytest.mark.slow  # each test starts a service of its own

ANSWERS_S_MAX = 60  # the answers take three seconds on an idle machine


def demo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One run to its end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    return subprocess.run(
        [*COMMAND, "demo", *arguments], cwd=ROOT, env={**clean, **environment}, capture_output=True, text=True,
        timeout=ANSWERS_S_MAX, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("page", [page for page in PAGES if transcripts(page)], ids=lambda page: page.name)
def test_the_transcripts_are_what_a_fresh_demonstration_prints(page: Path) -> None:
    """Every `console demo` block of the page shows what its commands print now, but for times, ports and folders."""
    with demonstration() as running:
        for block in transcripts(page):
            for command, before in block.steps():
                assert shape(running.run(command)) == shape(before), (
                    f"{command}: run `python tests/demo/transcripts.py --write` if the new output is meant"
                )


def test_the_three_answers_tell_their_stories(tmp_path: Path) -> None:
    """With --exit it prints the three answers within 100 columns, ends with 0 and leaves the data where it was told."""
    done = demo("--exit", "--port", "0", "--data", str(tmp_path / "kept"), HEADWATER_DATA=str(tmp_path / "theirs"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(OPENING)
    assert ENDING not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    breaks, comes_from, before = re.split(r"^\d\. ", done.stdout, flags=re.MULTILINE)[1:]
    assert re.search(r"gold/customer_features#email_hash +certain +3", breaks)
    assert re.search(r"shop\.features +possible +4\n +table-level only", breaks)
    assert "ml-team" in breaks
    assert "Not all of it is known" in breaks
    assert re.search(r"shop\.public\.customers#country +certain +4\n.*bronze/customers#country", comes_from)
    assert "+ shop.public.customers → shop.public.features   by ol_bench.build_features" in before
    assert "which came late" in before
    assert "postgres://127.0.0.1:5599 is postgres://localhost:5599" in before
    assert (tmp_path / "kept" / "ledger.sqlite").is_file()
    assert not (tmp_path / "theirs").exists()


def test_the_commands_that_it_names_ask_the_same() -> None:
    """Each answer is headed by a command that can be typed as it stands, and that meets what the answer shows."""
    with demonstration() as running:
        commands = re.findall(r"^   \$ (headwater (?:.*\\\n)*.*)", running.printed, re.MULTILINE)
        impact, provenance, diff = (running.run(command) for command in commands)
    assert "shop.features.upper.bounded" in impact
    assert "shop.public.customers#country" in provenance
    assert re.search(r"shop\.public\.customers\s+→\s+shop\.public\.features", diff)


def test_a_kept_demonstration_answers_again_without_loading_again(tmp_path: Path) -> None:
    """The second run on one folder adds no entry and gives the same answers."""
    first, second = (demo("--exit", "--port", "0", "--data", str(tmp_path / "kept")) for _ in range(2))
    assert "as it was loaded before: 366 ledger entries" in second.stdout
    assert first.stdout[first.stdout.index("\n1. ") :] == second.stdout[second.stdout.index("\n1. ") :]


def test_a_folder_with_another_ledger_is_left_alone(tmp_path: Path) -> None:
    """It refuses to mix its events with somebody's own."""
    with Ledger.open(tmp_path / "ledger.sqlite") as theirs:
        theirs.append([Draft("ol.event", {"raw": b"{}"})])
    done = demo("--exit", "--port", "0", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "Choose an empty folder" in done.stderr
    with Ledger.open(tmp_path / "ledger.sqlite", read_only=True) as theirs:
        assert theirs.size() == 1


def test_a_port_that_is_taken_and_was_asked_for_is_refused() -> None:
    """--port names the port that it wants: another one would not be found."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = demo("--exit", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "Cannot listen" in done.stderr


def test_without_a_port_a_free_one_is_taken(tmp_path: Path) -> None:
    """Two demonstrations run side by side: the second takes any port, and says which."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Stage(Settings(data=tmp_path, port=port, log_level="warning"), any_port=True) as stage:
            assert stage.settings.port not in (0, port)
            assert stage.settings.url == f"http://127.0.0.1:{stage.settings.port}"
