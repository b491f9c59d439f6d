"""Signer, service and witness as processes of their own, by the commands that users type; and the graph held to its log."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.attacks.company import event
from tests.e2e.service import COMMAND, ROOT, Running, run, running
from tests.signing.making import soon

pytestmark = pytest.mark.slow
START_S_MAX = 60


@contextmanager
def beside(*words: str | Path) -> Iterator[str]:
    """A command that runs until the end of the block; the first line that it printed."""
    process = subprocess.Popen(
        [*COMMAND, "audit", *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_S_MAX) == 0
        process.stdout.close()


def size_signed(service: Running) -> int:
    status, body = service.request("GET", "/log/checkpoint")
    return int(body.split(b"\n")[1]) if status == 200 else -1


def post(service: Running, *numbers: int) -> None:
    service.post([json.loads(event(number)) for number in numbers])


def test_a_signer_apart_may_come_and_go(tmp_path: Path) -> None:
    """While it is away events are taken and it is said; once it is back, one checkpoint covers them all. The service's
    folder never holds a key."""
    socket, folder = tmp_path / "signer.sock", tmp_path / "signer"
    with running(tmp_path / "data", "--signer", str(socket)) as service:
        post(service, 1)
        soon(lambda: b"Start `headwater audit signer`" in service.request("GET", "/readyz")[1])
        with beside("signer", "--folder", folder, "--socket", socket) as first:
            assert first == f"the signer listens on {socket}"
            post(service, 2)
            soon(lambda: size_signed(service) == 2)
            rotated = run("audit", "rotate-key", "--url", f"http://127.0.0.1:{service.port}")
            assert rotated.returncode == 0, rotated.stderr
            soon(lambda: size_signed(service) == 3)
        post(service, 3, 4)
        with beside("signer", "--folder", folder, "--socket", socket):
            soon(lambda: size_signed(service) == 5)
    assert not (tmp_path / "data" / "signer").exists()
    assert run("audit", "fsck", "--data", str(tmp_path / "data")).returncode == 0


def test_the_graph_is_held_to_what_the_log_says_of_it(tmp_path: Path) -> None:
    """A digest taken down beside the service is replayed later; a digest that is not the graph's is found."""
    data = tmp_path / "data"
    with running(data) as service:
        url = f"http://127.0.0.1:{service.port}"
        post(service, *range(12))
        service.projected()
        assert run("audit", "digest", "--data", str(data), "--url", url).returncode == 0
        post(service, *range(12, 20))
        (tmp_path / "policy").write_text(run("audit", "policy", "--url", url).stdout)
    words = ("audit", "fsck", "--data", str(data), "--policy", str(tmp_path / "policy"), "--graph", "--format", "json")
    sound = run(*words)
    assert sound.returncode == 0, sound.stdout
    assert "1 of 1 logged graph digests replayed" in json.loads(sound.stdout)["statements"]
    with running(data) as service:
        body = json.dumps({"size": 20, "digest": "ab" * 32}).encode()
        assert service.request("POST", "/api/v1/audit/graph-digest", body)[0] == 200
    found = json.loads(run(*words).stdout)["findings"]
    assert [(each["check"], each["index"]) for each in found] == [(8, 21)]


def test_a_company_with_a_witness_and_a_watcher(tmp_path: Path) -> None:
    """From nothing to a quorum by commands alone; then the service's folder is rolled back, and both say so."""
    data, witness = tmp_path / "data", tmp_path / "witness"
    policy, logs, lines = tmp_path / "policy", tmp_path / "logs", tmp_path / "lines"
    with running(data) as service:
        post(service, 1, 2)
        suggested = run("audit", "policy", "--url", f"http://127.0.0.1:{service.port}").stdout
    logs.write_text(suggested)
    subprocess.run(["cp", "-r", data, tmp_path / "backup"], check=True)
    flags = ("--folder", witness, "--policy", logs, "--name", "audit.example/w1", "--port", "0")
    with beside("witness", *flags) as line:
        lines.write_text(line.replace("witness audit.example/w1 ", "witness audit ", 1) + "\nquorum audit\n")
        policy.write_text(suggested.replace("quorum none\n", lines.read_text()))
        watch = ("audit", "watch", "", "--policy", str(policy), "--head", str(tmp_path / "head"), "--once")
        with running(data, "--witnesses", str(lines)) as service:
            post(service, *range(3, 9))
            look = (*watch[:2], f"http://127.0.0.1:{service.port}/log", *watch[3:])
            until = time.monotonic() + START_S_MAX
            while run(*look).returncode != 0:
                assert time.monotonic() < until, run(*look).stdout
        assert run("audit", "fsck", "--data", str(data), "--policy", str(policy)).returncode == 0
        with running(tmp_path / "backup", "--witnesses", str(lines)) as service:
            look = (*watch[:2], f"http://127.0.0.1:{service.port}/log", *watch[3:])
            post(service, 100)
            soon(lambda: b"the ledger was rolled back" in service.request("GET", "/readyz")[1])
            told = run(*look)
            assert (told.returncode, "ALARM" in told.stdout) == (1, True)
    refused = run("audit", "witness", "--folder", str(witness), "--policy", str(logs), "--refused")
    assert "rolled back" in refused.stdout
