"""The examples of docs/clients.md, each run as it stands against a real service: gql, our own client, fetch, urql."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.query.graph import NAMESPACE

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = Path(__file__).parent / "examples"
AFFECTED = {"features", "model"}


def told(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What a program printed."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """The examples for Node, with their locked packages, checked and compiled by TypeScript with the exported types."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.fail("This test needs Node 18 or newer with npm on PATH (Debian, Ubuntu: apt-get install nodejs npm).")
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(ROOT / "docs" / "headwater.d.ts", folder)
    installed = told(["npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
    assert installed.returncode == 0, installed.stderr
    compiled = told(["node", "node_modules/typescript/bin/tsc"], folder)
    assert compiled.returncode == 0, compiled.stdout
    return folder


def check(command: list[str], folder: Path, url: str) -> None:
    """The example finds what is downstream, and ends with the service's own words where the dataset is not there."""
    found = told([*command, url, NAMESPACE, "customers"], folder)
    assert found.returncode == 0, found.stderr
    *lines, status = found.stdout.splitlines()
    assert {line.split("\t")[1] for line in lines} >= AFFECTED
    assert all(line.split("\t")[0] in {"CERTAIN", "POSSIBLE"} for line in lines)
    assert status in {"COMPLETE", "UNKNOWN"}
    missing = told([*command, url, NAMESPACE, "custommers"], folder)
    assert missing.returncode == 2
    assert missing.stderr.startswith("NOT_FOUND ")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["impact_with_gql.py", "impact_with_headwater.py"])
def test_the_python_examples_run(name: str, url: str, tmp_path: Path) -> None:
    """gql's client and ours say the same of the same service."""
    check([sys.executable, str(EXAMPLES / name)], tmp_path, url)


@pytest.mark.slow
def test_the_node_examples_compile_and_run(url: str, built: Path) -> None:
    """fetch alone and urql, with the types that are exported; what the types do not have is an error."""
    for name in ("impact_with_fetch.js", "impact_with_urql.js"):
        check(["node", name], built, url)
    (built / "wrong.ts").write_text(
        'import type { Dataset, NodeRef, Flow } from "./headwater.js";\n'
        "export const no = (d: Dataset): string => d.noSuchField;\n"
        'export const both: NodeRef = { id: "x", job: { namespace: "a", name: "b" } };\n'
        'export const word: Flow = "SIDEWAYS";\n'
        "export const nullable = (d: Dataset): string => d.description;\n"
    )
    wrong = told(["node", "node_modules/typescript/bin/tsc", "--noEmit"], built)
    assert wrong.returncode != 0
    assert {line.split("(")[1].split(",")[0] for line in wrong.stdout.splitlines() if line.startswith("wrong.ts(")} == {
        "2", "3", "4", "5",
    }  # fmt: skip


def test_the_page_shows_the_examples() -> None:
    """docs/clients.md names each file, and its code blocks of Python compile."""
    page = (ROOT / "docs" / "clients.md").read_text()
    for path in EXAMPLES.glob("impact_*"):
        assert path.name in page
    for block in page.split("```python\n")[1:]:
        compile(block.split("```")[0], "docs/clients.md", "exec", flags=0x2000)  # top-level await
