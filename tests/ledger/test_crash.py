"""kill -9 at any moment: what was acknowledged is there, and the log is sound."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lineage.ledger import Ledger, fsck

ROUNDS = 4
ACKNOWLEDGED_MIN = 30  # wait for so many before the kill, so that it always hits a writer at work
APPEND_FOREVER = """
import sys, itertools
from pathlib import Path
from lineage.ledger import Draft, Ledger

ledger = Ledger.open(Path(sys.argv[1]))
for number in itertools.count():
    batch = [Draft("ol.event", {"raw": b"raw %d.%d" % (number, at), "norm": b"%d.%d" % (number, at)})
             for at in range(1 + number % 7)]
    for receipt, draft in zip(ledger.append(batch), batch):
        print(receipt.index, receipt.leaf_hash.hex(), draft.parts["norm"].decode(), flush=True)
"""


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_writer_loses_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    """Over several kills of one growing log each acknowledged entry keeps its index, hash and bytes; fsck is clean."""
    path = tmp_path / "ledger.sqlite"
    chance = random.Random(seed)
    acknowledged: dict[int, tuple[str, str]] = {}
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", APPEND_FOREVER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            lines = [writer.stdout.readline() for _ in range(ACKNOWLEDGED_MIN + chance.randrange(300))]
            writer.send_signal(signal.SIGKILL)
            lines += writer.stdout.readlines()
        # The kill may cut the last line, or leave an entry durable that nobody was told about: both are allowed.
        for line in lines:
            if line.endswith("\n"):
                index, leaf, norm = line.split()
                acknowledged[int(index)] = (leaf, norm)
        report = fsck(path)
        assert (report.exit_code, report.findings) == (0, ())
        with Ledger.open(path, read_only=True) as ledger:
            norms = [entry.norm for entry in ledger.entries(0, ledger.size())]
            assert ledger.size() > max(acknowledged)
            for index, (leaf, norm) in acknowledged.items():
                assert norms[index] == norm.encode()
                tile, position = divmod(index, 256)
                width = min(256, ledger.size() - tile * 256)
                assert ledger.tile(0, tile, width)[position * 32 : position * 32 + 32].hex() == leaf


ERASE_FOREVER = """
import sys, itertools
from pathlib import Path
from lineage.ledger import Draft, Ledger
from lineage.ledger.erasing import erase, purge
from lineage.ledger.erasure import Erasure, encode_erasures

ledger = Ledger.open(Path(sys.argv[1]))
for number in itertools.count():
    first = ledger.append([Draft("ol.event", {"raw": b"raw %d" % at, "norm": b"norm %d" % at}) for at in range(5)])[0].index
    name = ("raw", "norm")[number % 2]
    gone = [Erasure(name, first, first + 1 + number % 4)]
    erase(ledger, Draft("erase", {"norm": encode_erasures(gone)}))
    if number % 3 == 0:
        purge(ledger)
    print(name, gone[0].start, gone[0].stop, flush=True)
"""


def test_a_killed_erasure_is_done_and_said_or_neither(tmp_path: Path) -> None:
    """Over several kills of one growing log: what was acknowledged is gone, what no entry says is there, fsck is clean."""
    path = tmp_path / "ledger.sqlite"
    chance = random.Random(3)
    gone: set[tuple[str, int]] = set()
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", ERASE_FOREVER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            lines = [writer.stdout.readline() for _ in range(10 + chance.randrange(40))]
            writer.send_signal(signal.SIGKILL)
            lines += writer.stdout.readlines()
        for line in lines:
            if line.endswith("\n"):
                name, start, stop = line.split()
                gone |= {(name, index) for index in range(int(start), int(stop))}
        report = fsck(path)
        assert (report.exit_code, report.findings) == (0, ())
        with Ledger.open(path, read_only=True) as ledger:
            for leaf, parts in ledger.payloads(0, ledger.size()):
                missing = {part.name for part in leaf.parts} - set(parts)
                assert {name for name, index in gone if index == leaf.index} <= missing
                assert len(missing) <= 1
