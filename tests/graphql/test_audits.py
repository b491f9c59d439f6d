"""The npm package graphql-http's own audits of GraphQL over HTTP, run by Node against a real service."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.api.conftest import Service

AUDITS = Path(__file__).parent / "audits"
COUNT = 61  # how many graphql-http 1.23.1 has


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder with the locked packages installed; a clear failure where there is no Node."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.fail("This test needs Node 18 or newer with npm on PATH (Debian, Ubuntu: apt-get install nodejs npm).")
    folder = tmp_path / "audits"
    shutil.copytree(AUDITS, folder, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(
        ["npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_every_audit_is_fulfilled(service: Service, packages: Path) -> None:
    """61 of 61: none is missed, not even those that are only recommended."""
    done = subprocess.run(
        ["node", "audit.mjs", f"{service.url}/graphql"],
        cwd=packages, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"count": COUNT, "missed": []}
