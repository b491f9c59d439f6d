"""kill -9 between ledger, signer's memory, signature and kept checkpoint: nothing is signed twice in two ways, all goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from lineage.ledger import Ledger, fsck
from lineage.signing.heads import check_heads
from lineage.signing.kept import read_kept
from tests.signing.making import ORIGIN, vouched

POINTS = ("after_commit", "before_memory", "after_memory", "after_signature", "after_keeping", "in_rotation")
"""Where the process dies: R10.5's steps between tile, checkpoint and commit, and half way through a new key."""

WORK = """
import os, signal, sys
from pathlib import Path
from lineage.signing import checkpoints, memory, publisher, signer
from lineage.ledger import Ledger
from tests.signing.making import ORIGIN, vouched

point, passed = sys.argv[2], 0

def die(where):
    global passed
    passed += where == point
    if passed >= 3:
        os.kill(os.getpid(), signal.SIGKILL)

def around(owner, name, before=None, after=None):
    plain = getattr(owner, name)
    def call(*args, **named):
        if before: die(before)
        result = plain(*args, **named)
        if after: die(after)
        return result
    setattr(owner, name, call)

around(Ledger, "append", after="after_commit")
around(memory.SignerMemory, "remember", "before_memory", "after_memory")
around(signer.LocalSigner, "sign", after="after_signature")
around(checkpoints.Checkpoints, "add", after="after_keeping")
with vouched(Path(sys.argv[1])) as it:
    for count in range(1, 300, 7):
        it.append(count)
        it.publisher.cover(ORIGIN, it.ledger.size())
        if point == "in_rotation":
            it.signer.rotate(ORIGIN)
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_publisher_goes_on_where_it_was(tmp_path: Path, point: str) -> None:
    """After the kill the ledger is sound, every kept checkpoint is its head, and the next one extends the last signed."""
    for _ in range(2):
        command = [sys.executable, "-c", WORK, str(tmp_path), point]
        ran = subprocess.run(command, timeout=120, capture_output=True, text=True, check=False)
        assert ran.returncode == -signal.SIGKILL, ran.stderr
        assert fsck(tmp_path / "ledger.sqlite").exit_code == 0
        assert judged(tmp_path) == ([], []), "a kill is no tampering"
        if point == "in_rotation":
            break
    with vouched(tmp_path) as it:
        before = it.ledger.size()
        it.append(3)
        signed = it.publisher.cover(ORIGIN, before + 3)
        it.policy().check(signed)
        if point == "in_rotation":  # the new key was never announced: it is now, before it signs
            assert signed.checkpoint.size == before + 4
            assert len(signed.note.signatures) == 2
    assert judged(tmp_path) == ([], [])


def judged(folder: Path) -> tuple[list[str], list[str]]:
    """What fsck finds and misses in the files that signing leaves."""
    with closing(Ledger.open(folder / "ledger.sqlite", read_only=True)) as ledger:
        report = check_heads(ledger, read_kept(folder, ORIGIN, folder / "ledger.keys.json", None), None)
        return [each.message for each in report.findings], report.gaps
