"""The verifier as a command: exit statuses, forms, and that it stands alone."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import main as headwater
from lineage.verify.command import main
from tests.verify.pack import LEDGER, POLICY, pack_files, write_folder, write_zip

FILES = pack_files()
VERIFY = Path(__file__).parents[2] / "lineage" / "verify"
ALLOWED = ("lineage.verify", "cryptography", *sys.stdlib_module_names)


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """The auditor's policy file."""
    (tmp_path / "policy").write_text(POLICY)
    return str(tmp_path / "policy")


def test_the_exit_statuses(tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """0 verified, 1 tampered, 2 usage, 4 incomplete; the verdict is the last line."""
    pack = str(write_zip(tmp_path / "pack.zip", FILES))
    forged = str(write_zip(tmp_path / "forged.zip", FILES | {"answer.csv": b""}))
    partial = {name: content for name, content in FILES.items() if not name.startswith("export/")}
    for subject, status, verdict in (
        (pack, 0, "verified"),
        (forged, 1, "tampered with or damaged"),
        (str(write_zip(tmp_path / "partial.zip", partial)), 4, "incomplete"),
    ):
        assert main([subject, "--policy", policy]) == status
        assert capsys.readouterr().out.splitlines()[-1] == verdict
        assert headwater(["audit", "verify", subject, "--policy", policy, "--json"]) == status
        told = json.loads(capsys.readouterr().out)
        assert (told["verdict"], told["exitCode"]) == (verdict, status)
    assert main([str(tmp_path / "none.zip"), "--policy", policy]) == 2
    assert main([pack, "--policy", str(tmp_path / "none")]) == 2
    (tmp_path / "bad").write_text("quorum x\n")
    assert main([pack, "--policy", str(tmp_path / "bad")]) == 2
    assert "line 1" in capsys.readouterr().err


def test_a_proof_is_verified_with_the_entry_beside_it(
    tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an unpacked pack, beside the proof, or named; without its entry it proves nothing yet."""
    folder = write_folder(tmp_path / "pack", FILES)
    proof = folder / "proofs" / "3.tlog-proof"
    assert main([str(proof), "--policy", policy]) == 0
    assert f"is in {LEDGER}, size 9" in capsys.readouterr().out
    alone = tmp_path / "alone" / "3.tlog-proof"
    alone.parent.mkdir()
    alone.write_bytes(proof.read_bytes())
    assert main([str(alone), "--policy", policy]) == 4
    assert "--entry" in capsys.readouterr().out
    assert main([str(alone), "--policy", policy, "--entry", str(folder / "entries" / "3.json")]) == 0
    assert main([str(alone), "--policy", policy, "--entry", str(folder / "entries" / "2.json")]) == 1


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", sorted(VERIFY.glob("*.py")), ids=lambda path: path.stem)
def test_the_verifier_imports_nothing_of_the_service(path: Path) -> None:
    """Itself, the standard library and cryptography."""
    for name in imported(path):
        assert any(name == each or name.startswith(each + ".") for each in ALLOWED), name


def test_the_verifier_runs_with_nothing_else_installed(tmp_path: Path, policy: str) -> None:
    """Its folder copied elsewhere, in a Python that finds only cryptography: what an auditor can do, too."""
    import cryptography

    home = tmp_path / "elsewhere"
    (home / "lineage" / "verify").mkdir(parents=True)
    (home / "lineage" / "__init__.py").touch()
    for path in VERIFY.glob("*.py"):
        (home / "lineage" / "verify" / path.name).write_bytes(path.read_bytes())
    site = Path(cryptography.__file__).parents[1]
    only = home / "site"
    only.mkdir()
    for name in ("cryptography", "cffi", "_cffi_backend", "typing_extensions.py"):
        for found in site.glob(name + "*"):
            (only / found.name).symlink_to(found)
    pack = write_zip(tmp_path / "pack.zip", FILES)
    ran = subprocess.run(
        [sys.executable, "-S", "-m", "lineage.verify", str(pack), "--policy", policy],
        cwd=home, env={"PYTHONPATH": f"{home}:{only}"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout.splitlines()[-1:]) == (0, ["verified"]), ran.stderr
