"""Programs that know nothing of this project and judge what it publishes: Go's note and tlog packages, and openssl."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

GO_SOURCES = Path(__file__).parent / "go"
GO_REQUIRED, OPENSSL_REQUIRED = "HEADWATER_TEST_GO", "HEADWATER_TEST_OPENSSL"
"""Environment: `required` (make test, CI) makes a missing program a failure, not a skip."""

BUILD_TIMEOUT_S = 300
RUN_TIMEOUT_S = 120


def _missing(what: str, variable: str) -> None:
    if os.environ.get(variable) == "required":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def go_verifier(folder: Path) -> Path:
    """The Go verifier, built into `folder` from the sources beside this file and modules that go.sum pins."""
    if shutil.which("go") is None:
        _missing("Go is not installed. On Debian and Ubuntu: apt-get install golang-go", GO_REQUIRED)
    target = folder / "verify"
    built = subprocess.run(
        ["go", "build", "-trimpath", "-buildvcs=false", "-o", str(target), "."],
        cwd=GO_SOURCES, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False,
    )  # fmt: skip
    if built.returncode:
        _missing(
            f"Go cannot build the verifier (it fetches golang.org/x/mod once): {built.stderr[-2000:]}", GO_REQUIRED
        )
    return target


def openssl(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run openssl 3."""
    if shutil.which("openssl") is None:
        _missing("openssl is not installed. On Debian and Ubuntu: apt-get install openssl", OPENSSL_REQUIRED)
    return subprocess.run(
        ["openssl", *map(str, words)], capture_output=True, text=True, timeout=RUN_TIMEOUT_S, check=False
    )
