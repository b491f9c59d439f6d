"""Evidence packs: a true one is verified, and no file of it can be edited, added, taken out or exchanged unseen."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.signing.private_keys import make_key
from lineage.verify.bundle import verify_bundle
from lineage.verify.checkpoint import Checkpoint
from lineage.verify.policy import parse_policy
from lineage.verify.proof import parse_proof
from lineage.verify.report import INCOMPLETE, TAMPERED, VERIFIED, Report
from tests.verify.pack import ACCESS, LEDGER, LEDGER_KEY, POLICY, pack_files, write_folder, write_zip
from tests.verify.published import signed

FILES = pack_files()
TRUSTED = parse_policy(POLICY)


def judged(folder: Path, files: dict[str, bytes], policy: str = POLICY) -> Report:
    return verify_bundle(write_zip(folder / "pack.zip", files), parse_policy(policy))


@pytest.mark.parametrize("write", [write_zip, write_folder])
def test_a_true_pack_is_verified(tmp_path: Path, write: object) -> None:
    """As a zip and as a folder; the report says who vouches for what, and that nobody cosigned."""
    assert callable(write)
    report = verify_bundle(write(tmp_path / "pack", FILES), TRUSTED)
    assert (report.findings, report.gaps, report.exit_code) == ([], [], VERIFIED)
    assert report.counts == {"checkpoints": 3, "files": len(FILES) - 5, "entries": 3, "payloads": 3}
    said = "\n".join(report.lines())
    assert said.endswith("verified")
    assert "cosigned by nobody" in said
    assert "the first 4 entries are unchanged" in said
    assert f"exported at 2026-11-22T18:00:01.000000Z by a_01: entry 1 of {ACCESS}" in said
    assert json.loads(report.to_json())["verdict"] == "verified"


@given(st.data())
def test_no_byte_of_any_file_can_be_changed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever is edited is named: the file itself, or what it contradicts."""
    name = data.draw(st.sampled_from(sorted(FILES)))
    content = FILES[name]
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + data.draw(st.binary(max_size=2)) + content[at + 1 :]
    if changed == content:
        return
    report = judged(tmp_path_factory.mktemp("edited"), FILES | {name: changed})
    assert report.exit_code == TAMPERED
    places = {name, name.removesuffix(".key")}
    if name.startswith("export/"):  # entry, proof and head stand or fall together
        places |= {each for each in FILES if each.startswith("export/")}
    assert any(finding.place in places for finding in report.findings)


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_can_be_taken_out(tmp_path: Path, name: str) -> None:
    """A list that was shortened is named."""
    report = judged(tmp_path, {each: content for each, content in FILES.items() if each != name})
    assert report.exit_code == TAMPERED
    assert any(finding.place == name or name in finding.message for finding in report.findings)


@pytest.mark.parametrize(
    "name",
    ["extra.txt", "entries/5.json", "proofs/5.tlog-proof", "parts/2.raw", "parts/99.norm", "export/more", "export/x/y"],
)
def test_no_file_can_be_added(tmp_path: Path, name: str) -> None:
    """Nothing rides along under a true pack's name."""
    report = judged(tmp_path, FILES | {name: b"more"})
    assert report.exit_code == TAMPERED
    assert any(name in finding.place for finding in report.findings)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("entries/2.json", "entries/3.json"),
        ("proofs/2.tlog-proof", "proofs/3.tlog-proof"),
        ("parts/2.norm", "parts/3.norm"),
        ("parts/2.norm.key", "parts/3.norm.key"),
        ("checkpoint", "export/checkpoint"),
        ("checkpoint", "consistency/4.checkpoint"),
        ("entries/2.json", "export/entry.json"),
    ],
)
def test_no_two_files_can_change_places(tmp_path: Path, one: str, other: str) -> None:
    """Even where both are true by themselves."""
    report = judged(tmp_path, FILES | {one: FILES[other], other: FILES[one]})
    assert report.exit_code == TAMPERED


def test_without_the_export_the_answer_rests_on_nobody(tmp_path: Path) -> None:
    """Entries and payloads are proved still; that the answer is the service's is not, so it is incomplete."""
    report = judged(tmp_path, {name: content for name, content in FILES.items() if not name.startswith("export/")})
    assert (report.exit_code, report.counts["entries"]) == (INCOMPLETE, 3)
    assert "nobody's word" in str(report.gaps[0])


def test_an_answer_edited_with_its_list_of_hashes_is_found_by_the_export(tmp_path: Path) -> None:
    """Who edits answer.csv and makes ipe.json anew contradicts the access log's own entry."""
    import hashlib

    files = FILES | {"answer.csv": b"entry\r\n2\r\n3\r\n"}
    ipe = json.loads(files["ipe.json"])
    ipe["files"]["answer.csv"] = hashlib.sha256(files["answer.csv"]).hexdigest()
    report = judged(tmp_path, files | {"ipe.json": json.dumps(ipe).encode()})
    assert [finding.place for finding in report.findings] == ["ipe.json"]
    assert "not what the export entry committed to" in report.findings[0].message


def test_a_policy_that_trusts_others_rejects_all_of_it(tmp_path: Path) -> None:
    """The pack's own policy.txt is nobody's trust root."""
    other = make_key(LEDGER, seed=b"o" * 32).verifier.text
    report = judged(tmp_path, FILES, f"log {other}\nquorum none\n")
    assert report.exit_code == TAMPERED
    assert any(finding.place == "checkpoint" and "no key" in finding.message for finding in report.findings)


def test_a_policy_without_the_access_log_is_incomplete(tmp_path: Path) -> None:
    """Who does not trust the access log cannot know whose answer it is."""
    report = judged(tmp_path, FILES, f"log {LEDGER_KEY.verifier.text}\nquorum none\n")
    assert report.exit_code == INCOMPLETE
    assert f"names no log {ACCESS}" in str(report.gaps[0])


def test_a_split_view_is_found(tmp_path: Path) -> None:
    """An older head of another history, signed by the same key: the operator showed two logs."""
    forked = signed(LEDGER_KEY, Checkpoint(LEDGER, 4, bytes(32))).encode()
    report = judged(tmp_path, FILES | {"consistency/4.checkpoint": forked})
    assert any("history was rewritten" in finding.message for finding in report.findings)


def test_proofs_in_the_pack_are_whole_files() -> None:
    """Each can be taken out and verified alone."""
    assert parse_proof(FILES["proofs/7.tlog-proof"]).checkpoint == FILES["checkpoint"].decode()


def test_a_zip_with_one_name_twice_is_refused(tmp_path: Path) -> None:
    """Two readers of such a zip may see two different files."""
    path = write_zip(tmp_path / "pack.zip", FILES)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("answer.csv", b"other")
    report = verify_bundle(path, TRUSTED)
    assert (report.exit_code, "twice" in report.findings[0].message) == (TAMPERED, True)


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "a\\b", "."])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    """A pack has no files but its own."""
    report = judged(tmp_path, FILES | {name: b"x"})
    assert (report.exit_code, "cannot name a file" in report.findings[0].message) == (TAMPERED, True)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """An unpacked pack may not lead the verifier to other files."""
    (tmp_path / "secret").write_bytes(FILES["answer.csv"])
    folder = write_folder(tmp_path / "pack", {name: each for name, each in FILES.items() if name != "answer.csv"})
    (folder / "answer.csv").symlink_to(tmp_path / "secret")
    assert verify_bundle(folder, TRUSTED).exit_code == TAMPERED


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_pack_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    """Nothing but findings: no error is raised for any bytes."""
    (tmp_path / "pack.zip").write_bytes(content)
    assert verify_bundle(tmp_path / "pack.zip", TRUSTED).exit_code == TAMPERED


@given(st.data())
def test_a_zip_damaged_anywhere_is_never_another_answer(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Bytes of the container may be beside the point (a date); they never raise, and never change what is verified."""
    path = write_zip(tmp_path_factory.mktemp("zip") / "pack.zip", FILES)
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    path.write_bytes(whole[:at] + data.draw(st.binary(min_size=1, max_size=1)) + whole[at + 1 :])
    report = verify_bundle(path, TRUSTED)
    if report.exit_code == VERIFIED:
        with zipfile.ZipFile(path) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == FILES
