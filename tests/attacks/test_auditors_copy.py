"""An auditor's copy: of the whole folder, read-only, for somebody who owns nothing of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.attacks.company import Company

AS_NOBODY = """
import os, sys
import api.cli.auditing  # before the change of user, who may not be able to read the interpreter's own files
from api.cli import main
from api.cli.arguments import parser
parser()
data, policy = sys.argv[1:]
if os.geteuid() == 0:
    os.setuid(65534)  # root may write to any folder
print(main(["audit", "fsck", "--data", data, "--policy", policy]))
print(main(["audit", "checkpoint", "--data", data]))
"""


def test_a_read_only_copy_is_checked_with_its_heads(tmp_path: Path) -> None:
    """Entries, payloads, kept checkpoints and keys; nothing is written beside them."""
    company = Company(tmp_path / "data", tmp_path / "outside")
    company.outside.mkdir()
    company.work(0, 20)
    with tempfile.TemporaryDirectory() as name:
        copy = Path(shutil.copytree(company.data, Path(name) / "data"))
        policy = Path(shutil.copy(company.policy, name))
        for path in (policy, *copy.rglob("*"), copy, Path(name)):
            path.chmod(0o555 if path.is_dir() else 0o444)
        ran = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(copy), str(policy)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        for path in (Path(name), copy, *copy.rglob("*")):
            path.chmod(0o755)
    lines = ran.stdout.splitlines()
    assert lines.count("0") == 2, ran.stdout + ran.stderr
    assert "verified" in lines and "20" in lines
    assert any("the newest that counts of size 20" in line for line in lines)
