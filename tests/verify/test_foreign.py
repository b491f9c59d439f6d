"""The cross-verifier matrix: verifiers that we did not write accept our log at every awkward size, and refuse a forged one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import subprocess
from pathlib import Path

import pytest

from lineage.verify.policy import parse_policy
from lineage.verify.report import Report
from lineage.verify.tiled_log import verify_log
from lineage.verify.tiles import tile_path
from tests.verify.foreign import RUN_TIMEOUT_S, go_verifier, openssl
from tests.verify.published import SIZES, publish, write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 70,000 entries that was published at each size of the list."""
    folder = tmp_path_factory.mktemp("log")
    publish(folder)
    return folder


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go verifier."""
    return go_verifier(tmp_path_factory.mktemp("go"))


def judged_by(go: Path, log: Path) -> tuple[int, str]:
    ran = subprocess.run([go, log], capture_output=True, text=True, timeout=RUN_TIMEOUT_S, check=False)
    return ran.returncode, ran.stdout.strip()


def test_go_accepts_notes_proofs_and_tiles_at_every_size(log: Path, go: Path) -> None:
    """golang.org/x/mod/sumdb: our proofs check, and proofs that it makes from our tiles check."""
    assert judged_by(go, log) == (0, "verified")


@pytest.mark.parametrize("path", ["checkpoint.257", tile_path(0, 0), "proofs/65537.0.tlog-proof", "tile/entries/000"])
def test_go_refuses_what_was_changed(log: Path, go: Path, path: str) -> None:
    """So its verdict means something: one flipped bit in a note, a tile, a proof or an entry."""
    whole = (log / path).read_bytes()
    at = whole.index(b"index 0\n") + 12 if path.startswith("proofs") else 40
    try:
        write(log, path, whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        code, said = judged_by(go, log)
        assert (code, said) != (0, "verified")
    finally:
        write(log, path, whole)


def test_our_own_verifier_agrees(log: Path) -> None:
    """Every entry re-hashed from the static files."""
    report = Report("log")
    policy = parse_policy(f"log {(log / 'vkey').read_text()}quorum none\n")
    assert verify_log(lambda path: (log / path).read_bytes(), policy, report) is not None
    assert (report.exit_code, report.counts["entries"]) == (0, 70_000)


@pytest.mark.parametrize("size", SIZES)
def test_openssl_checks_the_signature_of_every_checkpoint(log: Path, tmp_path: Path, size: int) -> None:
    """With what every auditor has: the vkey's last 32 bytes are the key, the text above the blank line is signed."""
    encoded = (log / "vkey").read_text().strip().split("+", 2)[2]  # base64 may hold a plus itself
    public = tmp_path / "public.der"
    public.write_bytes(bytes.fromhex("302a300506032b6570032100") + base64.b64decode(encoded)[1:])
    text, _, signature = (log / f"checkpoint.{size}").read_text().partition("\n\n")
    (tmp_path / "text").write_text(text + "\n")
    (tmp_path / "signature").write_bytes(base64.b64decode(signature.split()[2])[4:])
    words = ["pkeyutl", "-verify", "-pubin", "-inkey", public, "-keyform", "DER", "-rawin"]
    checked = openssl(*words, "-in", tmp_path / "text", "-sigfile", tmp_path / "signature")
    assert checked.returncode == 0, checked.stderr
    (tmp_path / "text").write_text(text.replace(f"\n{size}\n", f"\n{size + 1}\n") + "\n")
    assert openssl(*words, "-in", tmp_path / "text", "-sigfile", tmp_path / "signature").returncode != 0


def test_openssl_opens_a_commitment_and_hashes_a_leaf(tmp_path: Path) -> None:
    """A payload under its key, and a leaf behind its zero byte, in one line each."""
    key, payload = bytes(range(32)), b'{"what": "was sent"}'
    (tmp_path / "payload").write_bytes(payload)
    (tmp_path / "leaf").write_bytes(b"\x00" + payload)
    sealed = openssl("dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", tmp_path / "payload")
    assert sealed.stdout.split()[-1] == hmac.digest(key, payload, "sha256").hex()
    assert (
        openssl("dgst", "-sha256", tmp_path / "leaf").stdout.split()[-1]
        == hashlib.sha256(b"\x00" + payload).hexdigest()
    )
