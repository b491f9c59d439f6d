"""VERIFY.md of a pack: every command in it is run, by a shell, Go and Node, none of our code among them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.evidence.questions import NamedAuditQuery
from tests.evidence.company import MODEL, WH
from tests.evidence.signed import signed, unpacked
from tests.verify.foreign import GO_REQUIRED, OPENSSL_REQUIRED

NPM_REQUIRED = "HEADWATER_TEST_NPM"
TIMEOUT_S = 240  # Go's first build and npm's first download on a busy machine


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bytes]]:
    """A pack with received bytes in it."""
    with signed(tmp_path_factory.mktemp("lender")) as made:
        model = {"namespace": WH, "name": MODEL[1]}
        yield unpacked(made.export(NamedAuditQuery.Q1_TRAINING_DATA, with_raw=True, model=model, version="2"))


def blocks(guide: bytes, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{re.escape(language)}\n(.*?)^```$", guide.decode(), re.MULTILINE | re.DOTALL)


def laid_out(files: dict[str, bytes], folder: Path) -> Path:
    """The pack, unpacked."""
    pack = folder / "pack"
    for name, content in files.items():
        path = pack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return pack


def shell(script: str, folder: Path, *, shell: str = "sh") -> subprocess.CompletedProcess[str]:
    """A script in a plain shell."""
    return subprocess.run(
        [shell], input=script, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )


def require(program: str, package: str, variable: str) -> None:
    """Skip where a program is not there, fail where it has to be (make test, CI)."""
    if shutil.which(program) is None:
        what = f"{program} is not installed. On Debian and Ubuntu: apt-get install {package}"
        if os.environ.get(variable) == "required":
            pytest.fail(what, pytrace=False)
        pytest.skip(what)


def by_openssl(files: dict[str, bytes], folder: Path) -> list[str]:
    """What the shell's lines say, one for each check."""
    require("openssl", "openssl", OPENSSL_REQUIRED)
    pack = laid_out(files, folder)
    ran = shell("\n".join(blocks(files["VERIFY.md"], "sh")), pack)
    assert ran.stderr.replace("sha256sum: WARNING: 1 computed checksum did NOT match\n", "") == ""
    return ran.stdout.splitlines()


def test_openssl_and_a_shell_are_enough(files: dict[str, bytes], tmp_path: Path) -> None:
    """Every line says ok: two heads, each entry, each payload, the files, the export."""
    told = by_openssl(files, tmp_path)
    entries = sum(name.startswith("entries/") for name in files)
    keys = sum(name.startswith("parts/") and name.endswith(".key") for name in files)
    assert [line for line in told if not line.endswith(": ok")] == []
    assert len(told) == 1 + entries + keys + 4


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("checkpoint", "checkpoint: NOT SIGNED"),
        ("entries/3.json", "entries/3.json: NOT IN THE LOG"),
        ("proofs/3.tlog-proof", "entries/3.json: NOT IN THE LOG"),
        ("parts/3.norm", "parts/3.norm: NOT WHAT THE ENTRY COMMITS TO"),
        ("parts/3.raw.key", "parts/3.raw: NOT WHAT THE ENTRY COMMITS TO"),
        ("answer.csv", "answer.csv: FAILED"),
        ("export/entry.json", "export/entry.json: NOT IN THE LOG"),
        ("ipe.json", "ipe.json: NOT WHAT THE ENTRY COMMITS TO"),
    ],
)
def test_openssl_finds_what_was_edited(files: dict[str, bytes], tmp_path: Path, name: str, says: str) -> None:
    """One character changed in one file: the line of that file says so."""
    content = bytearray(files[name])
    at = content.index(b"\nindex") + 10 if name.endswith("tlog-proof") else len(content) // 2
    content[at] = ord("A") if content[at] != ord("A") else ord("B")
    told = by_openssl({**files, name: bytes(content)}, tmp_path)
    assert says in told


@pytest.mark.slow
def test_go_agrees(files: dict[str, bytes], tmp_path: Path) -> None:
    """golang.org/x/mod's note and tlog accept the pack, and refuse an edited entry."""
    require("go", "golang-go", GO_REQUIRED)
    pack = laid_out(files, tmp_path)
    (tmp_path / "verify.go").write_text(blocks(files["VERIFY.md"], "go")[0])
    [script] = blocks(files["VERIFY.md"], "sh-go")
    ran = shell(script, pack)
    assert ran.returncode == 0, ran.stderr
    assert "export/entry.json: ok" in ran.stdout and "FAILS" not in ran.stdout
    (pack / "entries/3.json").write_bytes(files["entries/3.json"].replace(b"ol.event", b"ol.evenT"))
    again = subprocess.run(["../verify-pack"], cwd=pack, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert again.returncode == 1 and "FAILS" in again.stdout


@pytest.mark.slow
def test_sigstore_agrees(files: dict[str, bytes], tmp_path: Path) -> None:
    """npm's @sigstore/verify accepts the pack, and refuses an edited entry."""
    require("npm", "npm", NPM_REQUIRED)
    pack = laid_out(files, tmp_path)
    (tmp_path / "verify.cjs").write_text(blocks(files["VERIFY.md"], "js")[0])
    [script] = blocks(files["VERIFY.md"], "sh-npm")
    ran = shell(script, pack)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert ran.stdout.splitlines()[-1] == "files: ok"
    (pack / "entries/3.json").write_bytes(files["entries/3.json"].replace(b"ol.event", b"ol.evenT"))
    assert shell(script, pack).returncode != 0


def test_our_own_verifier_needs_no_service(files: dict[str, bytes], tmp_path: Path) -> None:
    """`python -m lineage.verify`, as the guide says."""
    pack = laid_out(files, tmp_path)
    ran = subprocess.run(
        [sys.executable, "-m", "lineage.verify", str(pack), "--policy", str(pack / "policy.txt")],
        capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
