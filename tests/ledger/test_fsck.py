"""fsck: a sound log is verified, and each way to tamper with one is found and named."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lineage.errors import LedgerError, NotFound
from lineage.ledger import Draft, FsckReport, Ledger, fsck
from lineage.ledger.erasure import ERASE_KIND, Erasure, decode_erasures, encode_erasures
from lineage.ledger.fsck import FINDINGS_MAX
from lineage.ledger.leaf import decode_leaf, encode_leaf
from lineage.verify.tree import RightEdge, leaf_hash

SIZE = 600  # three tiles: two full, one of 88, and one above


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 600 events in a closed file, to be copied and never changed."""
    path = tmp_path_factory.mktemp("sound") / "ledger.sqlite"
    with Ledger.open(path, origin="acme.example/ledger") as ledger:
        for start in range(0, SIZE, 100):
            ledger.append(
                [Draft("ol.event", {"raw": b"[%d]" % at, "norm": b"%d" % at}) for at in range(start, start + 100)]
            )
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    """A copy to tamper with, its keyring beside it."""
    shutil.copytree(sound.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / sound.name


def tamper(path: Path, *statements: str) -> FsckReport:
    """What fsck says after an administrator's statements."""
    administrator = sqlite3.connect(path)
    for statement in statements:
        administrator.execute(statement)
    administrator.commit()
    administrator.close()
    return fsck(path)


def said(report: FsckReport) -> list[tuple[int, int | None]]:
    """The findings as (check, entry)."""
    return [(finding.check, finding.index) for finding in report.findings]


def test_a_sound_log_is_verified(path: Path) -> None:
    """Everything is counted, nothing found, and progress ends at the end."""
    seen: list[tuple[int, int]] = []
    report = fsck(path, progress=lambda done, total: seen.append((done, total)))
    assert (report.exit_code, report.findings, report.unfinished) == (0, (), "")
    assert (report.origin, report.size, report.entries_checked, report.parts_checked) == (
        "acme.example/ledger",
        SIZE,
        SIZE,
        2 * SIZE,
    )
    assert report.payload_bytes_checked == sum(2 * len(str(at)) + 2 for at in range(SIZE))
    assert seen[-1] == (2 * SIZE, 2 * SIZE)
    with Ledger.open(path, read_only=True) as ledger:
        assert report.root == ledger.root()


def test_an_empty_log_is_verified(tmp_path: Path) -> None:
    """No entries is a log too."""
    Ledger.open(tmp_path / "ledger.sqlite").close()
    assert fsck(tmp_path / "ledger.sqlite").exit_code == 0


def test_a_log_in_use_is_verified(tmp_path: Path) -> None:
    """fsck works beside the service, on the state of one moment."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.append([Draft("ol.event", {"norm": b"1"})])
        assert fsck(tmp_path / "ledger.sqlite").exit_code == 0
        assert ledger.append([Draft("ol.event", {"norm": b"2"})])[0].index == 1


VERIFY_AS_NOBODY = """
import os, sys
from pathlib import Path
from lineage.ledger import fsck
if os.geteuid() == 0:
    os.setuid(65534)  # root may write to any folder
print(fsck(Path(sys.argv[1])).exit_code)
"""


def test_a_copy_in_a_read_only_folder_is_verified(sound: Path) -> None:
    """An auditor's copy is checked where nothing can be made beside it; a writer's remains are not passed over."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(sound.parent, folder, dirs_exist_ok=True)
        copy = Path(folder) / sound.name
        for each in Path(folder).rglob("*"):
            each.chmod(0o555 if each.is_dir() else 0o444)

        def verify() -> tuple[int, str, str]:
            Path(folder).chmod(0o555)
            command = [sys.executable, "-c", VERIFY_AS_NOBODY, str(copy)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            Path(folder).chmod(0o755)
            return done.returncode, done.stdout.strip(), done.stderr

        assert verify()[:2] == (0, "0")
        copy.with_name(copy.name + "-wal").write_bytes(bytes(100))
        code, _, complaint = verify()
        assert code != 0 and "LedgerError" in complaint


def test_a_check_that_breaks_off_is_incomplete(path: Path) -> None:
    """A disk that fails half way is no verdict: exit 4, unless something was found before."""

    def fail(done: int, total: int) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname = "SQLITE_IOERR_READ"
        raise error

    report = fsck(path, progress=fail)
    assert (report.exit_code, report.findings) == (4, ())
    assert "disk I/O error" in report.unfinished
    tamper(path, "UPDATE entry SET leaf = x'00' WHERE i = 5")
    assert fsck(path, progress=fail).exit_code == 1


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """No ledger is no verdict."""
    with pytest.raises(NotFound):
        fsck(tmp_path / "ledger.sqlite")


@pytest.mark.parametrize(
    ("statements", "findings"),
    [
        pytest.param(
            ["UPDATE entry SET leaf = CAST(replace(leaf, 'ol.event', 'ol.evens') AS BLOB) WHERE i = 300"],
            [(1, 300)],
            id="an edited entry",
        ),
        pytest.param(
            ["UPDATE entry SET leaf = replace(leaf, 'ol.event', 'ol.evens') WHERE i = 300"],
            [(1, 300), (1, 300)],
            id="an entry edited as text",
        ),
        pytest.param(
            ["UPDATE part SET body = 'text' WHERE id = 1200"], [(4, 300), (4, 300)], id="a payload that is text"
        ),
        pytest.param(["DELETE FROM entry WHERE i = 300"], [(1, 300), (5, 300), (5, 300)], id="a deleted entry"),
        pytest.param(
            ["DELETE FROM entry WHERE i = 300", "DELETE FROM part WHERE id IN (1200, 1201)"],
            [(1, 300)],
            id="a deleted entry with its payload",
        ),
        pytest.param(
            [
                "UPDATE entry SET i = -1 WHERE i = 10",
                "UPDATE entry SET i = 10 WHERE i = 300",
                "UPDATE entry SET i = 300 WHERE i = -1",
            ],
            [(1, 10), (1, 300), (3, 10), (3, 11), (3, 300), (3, 300), (4, 10), (4, 10), (4, 300), (4, 300)],
            id="two swapped entries",
        ),
        pytest.param(
            ["DELETE FROM entry WHERE i >= 590", "DELETE FROM part WHERE id >= 2360"],
            [(1, 590)],
            id="a truncated tail",
        ),
        pytest.param(
            ["DELETE FROM entry WHERE i >= 590", "DELETE FROM part WHERE id >= 2360", "UPDATE head SET size = 590"],
            [(1, None), (2, None)],
            id="a truncated tail with the size set back",
        ),
        pytest.param(
            ["INSERT INTO entry SELECT 600, leaf FROM entry WHERE i = 599"], [(1, 600)], id="an entry behind the end"
        ),
        pytest.param(
            ["UPDATE tile SET hashes = substr(hashes, 1, 320) WHERE number = 0 AND level = 0"],
            [(1, index) for index in range(10, 256)] + [(2, None)],
            id="a truncated full tile",
        ),
        pytest.param(["DELETE FROM tile WHERE level = 1"], [(1, 0), (1, 256), (2, None)], id="a missing tile"),
        pytest.param(["INSERT INTO tile VALUES (2, 0, zeroblob(32))"], [(2, None)], id="a tile too many"),
        pytest.param(["INSERT INTO tile VALUES (0, 9, zeroblob(32))"], [(2, None)], id="a tile beyond the end"),
        pytest.param(["UPDATE head SET root = zeroblob(32)"], [(1, None)], id="another root"),
        pytest.param(
            ["UPDATE part SET body = (SELECT body FROM part WHERE id = 0) WHERE id = 40"],
            [(4, 10), (4, 10)],
            id="another payload, on which the raw stands",
        ),
        pytest.param(
            ["UPDATE part SET body = (SELECT body FROM part WHERE id = 44) WHERE id = 40"],
            [(4, 10), (4, 10)],
            id="another payload of the same length",
        ),
        pytest.param(["UPDATE part SET key = zeroblob(32) WHERE id = 41"], [(4, 10)], id="another key"),
        pytest.param(["UPDATE part SET name = 'lies' WHERE id = 41"], [(4, 10)], id="another name"),
        pytest.param(["UPDATE part SET codec = 'none' WHERE id = 41"], [(4, 10)], id="another codec"),
        pytest.param(["DELETE FROM part WHERE id = 41"], [(5, 10)], id="a payload taken away"),
        pytest.param(
            ["INSERT INTO part SELECT 42, name, key, codec, body FROM part WHERE id = 41"],
            [(5, 10)],
            id="a part too many",
        ),
        pytest.param(
            ["INSERT INTO part SELECT 9999, name, key, codec, body FROM part WHERE id = 41"],
            [(5, 2499)],
            id="a part of no entry",
        ),
        pytest.param(
            ["INSERT INTO part SELECT -4, name, key, codec, body FROM part WHERE id = 41"],
            [(5, -1)],
            id="a part before the log",
        ),
    ],
)
def test_tampering_is_found_and_named(path: Path, statements: list[str], findings: list[tuple[int, int]]) -> None:
    """Each attack with an administrator's rights gives its own findings, at the right entry, and exit 1."""
    report = tamper(path, *statements)
    assert (said(report), report.exit_code) == (findings, 1)


def rewrite(path: Path, index: int, change: Callable[[bytes], bytes], *, tile: bool) -> FsckReport:
    """Replace a leaf, and with `tile` its hash in the level-0 tile too, as one would who knows the format."""
    administrator = sqlite3.connect(path)
    leaf = change(administrator.execute("SELECT leaf FROM entry WHERE i = ?", (index,)).fetchone()[0])
    administrator.execute("UPDATE entry SET leaf = ? WHERE i = ?", (leaf, index))
    if tile:
        where = "level = 0 AND number = ?"
        hashes = administrator.execute(f"SELECT hashes FROM tile WHERE {where}", (index // 256,)).fetchone()[0]
        at = index % 256 * 32
        hashes = hashes[:at] + leaf_hash(leaf) + hashes[at + 32 :]
        administrator.execute(f"UPDATE tile SET hashes = ? WHERE {where}", (hashes, index // 256))
    administrator.commit()
    administrator.close()
    return fsck(path)


def test_an_entry_rewritten_with_its_tile_is_found_above(path: Path) -> None:
    """In a full tile the tile above gives it away, in the last one the root does."""

    def another_kind(leaf: bytes) -> bytes:
        return leaf.replace(b"ol.event", b"annotate")

    assert said(rewrite(path, 300, another_kind, tile=True)) == [(1, 256)]
    assert said(rewrite(path, 599, another_kind, tile=True)) == [(1, None), (1, 256)]


def test_a_backdated_entry_is_found(path: Path) -> None:
    """An entry older than the one before it is named even where all hashes were made anew."""
    report = rewrite(path, 599, lambda leaf: encode_leaf(replace(decode_leaf(leaf), time_us=0)), tile=True)
    assert (3, 599) in said(report) and "older than the one before" in str(report.findings[-1])


def test_a_leaf_of_another_log_or_form_is_found(path: Path) -> None:
    """An entry that belongs elsewhere, or is no canonical leaf, is named by check 3."""
    report = rewrite(path, 5, lambda leaf: encode_leaf(replace(decode_leaf(leaf), origin="other")), tile=True)
    assert (3, 5) in said(report)
    assert (3, 6) in said(rewrite(path, 6, lambda leaf: b" " + leaf, tile=True))


def erase(path: Path, erasures: list[Erasure], *statements: str) -> FsckReport:
    """Append an `erase` entry that says so, then do it."""
    with Ledger.open(path) as ledger:
        ledger.append([Draft(ERASE_KIND, {"norm": encode_erasures(erasures)})])
    return tamper(path, *statements)


def test_what_an_erase_entry_names_may_be_absent(path: Path) -> None:
    """After an erasure by the book everything verifies, the root of before is still under the new one."""
    with Ledger.open(path, read_only=True) as ledger:
        before = ledger.root()
    report = erase(
        path, [Erasure("raw", 0, 100), Erasure("raw", 90, 200)], "DELETE FROM part WHERE id % 4 = 1 AND id < 800"
    )
    assert (report.exit_code, report.size, report.parts_checked) == (0, SIZE + 1, 2 * SIZE - 200 + 1)
    with Ledger.open(path, read_only=True) as ledger:
        assert ledger.root(SIZE) == before
        assert ledger.part(3, "raw") is None and ledger.part(3, "norm") == b"3"


def test_what_no_erase_entry_names_may_not_be_absent(path: Path) -> None:
    """More than was said, another part than was said, and less than was said, are each found."""
    report = erase(
        path,
        [Erasure("raw", 10, 20), Erasure("raw", 30, 40), Erasure("norm", 50, 51), Erasure("raw", 60, 61)],
        "DELETE FROM part WHERE id % 4 = 1 AND id / 4 BETWEEN 5 AND 44",
        "DELETE FROM part WHERE id = 200",
        "DELETE FROM part WHERE id = 4 * 70",
    )
    assert [(finding.index, finding.message) for finding in report.findings if finding.check == 5] == [
        (5, "part raw of entries 5 to 9 is gone, and no erase entry says so"),
        (20, "part raw of entries 20 to 29 is gone, and no erase entry says so"),
        (40, "part raw of entries 40 to 44 is gone, and no erase entry says so"),
        (60, "part raw was erased, but is still stored"),
        (70, "part norm of entry 70 is gone, and no erase entry says so"),
    ]
    # A raw that stands on an absent norm cannot be opened: who erases a norm alone seals its raw anew.
    assert [index for check, index in said(report) if check == 4] == [50, 70]


def test_an_erase_entry_speaks_of_the_past_only(path: Path) -> None:
    """One that excuses what comes after it, or that cannot be read, is itself a finding."""
    assert said(erase(path, [Erasure("raw", 0, SIZE + 5)])) == [(5, SIZE)]
    for norm in (b"{}", b"[]", b"", b'{"erased":[{"name":"raw","start":"x","stop":2}]}'):
        with pytest.raises(LedgerError):
            decode_erasures(norm, 100)


def test_a_ruined_log_is_reported_within_bounds(path: Path) -> None:
    """Findings are kept up to a limit and counted beyond it."""
    report = tamper(path, "UPDATE entry SET leaf = x'00'")
    assert len(report.findings) == FINDINGS_MAX < report.finding_count
    assert report.exit_code == 1


@pytest.mark.parametrize("seed", range(12))
def test_damaged_pages_are_findings_or_words(path: Path, seed: int) -> None:
    """Bytes overwritten anywhere in the file end in findings or a LedgerError, never in a traceback or a pass."""
    content = bytearray(path.read_bytes())
    at = 4096 + seed * (len(content) - 8192) // 12
    content[at : at + 4096] = bytes(value ^ 0x5A for value in content[at : at + 4096])
    path.write_bytes(content)
    try:
        report = fsck(path)
    except LedgerError as error:
        assert "damaged" in error.message or "lost" in error.message
    else:
        assert report.exit_code == 1


def test_each_flipped_byte_of_an_entry_or_payload_is_found(path: Path) -> None:
    """One changed byte of a leaf, a key, a tile, a stored payload is enough, wherever it is."""
    for table, column, key in (("entry", "leaf", "i = 7"), ("part", "key", "id = 28"), ("part", "body", "id = 29"),
                               ("tile", "hashes", "level = 1")):  # fmt: skip
        administrator = sqlite3.connect(path)
        before = administrator.execute(f"SELECT {column} FROM {table} WHERE {key}").fetchone()[0]
        for at in range(0, len(before), max(1, len(before) // 15)):
            changed = before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :]
            administrator.execute(f"UPDATE {table} SET {column} = ? WHERE {key}", (changed,))
            administrator.commit()
            assert fsck(path).exit_code == 1, (table, column, at)
        administrator.execute(f"UPDATE {table} SET {column} = ? WHERE {key}", (before,))
        administrator.commit()
        administrator.close()
    assert fsck(path).exit_code == 0


def test_a_tail_cut_off_with_everything_needs_a_root_kept_elsewhere(path: Path) -> None:
    """A log set back as a whole (an old backup) is consistent in itself: only the root that somebody kept shows it."""
    with Ledger.open(path, read_only=True) as ledger:
        kept = ledger.root()
        leaves = [ledger.leaf_bytes(index) for index in range(256)]
    edge = RightEdge()
    for leaf in leaves:
        edge.append(leaf_hash(leaf))
    report = tamper(
        path,
        "DELETE FROM entry WHERE i >= 256",
        "DELETE FROM part WHERE id >= 1024",
        "DELETE FROM tile WHERE level = 0 AND number > 0",
        "UPDATE tile SET hashes = substr(hashes, 1, 32) WHERE level = 1",
        f"UPDATE head SET size = 256, root = x'{edge.root().hex()}'",
    )
    assert report.exit_code == 0
    assert report.root != kept


def test_a_lost_head_is_said(path: Path) -> None:
    """Without its head row the log's end is unknown, which is said before anything is checked."""
    with pytest.raises(LedgerError, match="head row"):
        tamper(path, "DELETE FROM head")


@pytest.mark.parametrize("size", ["'many'", "-3", "9000000000000000000"])
def test_a_head_that_states_no_size_is_said(path: Path, size: str) -> None:
    """At once: the tiles of a log so long would be looked for until the end of days."""
    with pytest.raises(LedgerError, match="head row"):
        tamper(path, f"UPDATE head SET size = {size}")
