"""The keyring: keys of a class and month, apart from the ledger, destroyed for good."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
import zstandard

from lineage.errors import Conflict, LedgerError
from lineage.ledger import Draft, Ledger, fsck
from lineage.ledger.classes import RetentionClass, retention_class
from lineage.ledger.keyring import FolderKeyring, KeyMissing, keep_keys_in

EVENT = b'{"job":{"name":"jane-doe-export"}}' * 20
NOVEMBER_US = 1_795_000_000_000_000  # 2026-11-18


def event(number: int = 0) -> Draft:
    """An event that was understood."""
    return Draft("ol.event", {"raw": EVENT + b"%d" % number, "norm": EVENT})


def folder(path: Path) -> Path:
    """Where a ledger's keys are when nobody says otherwise."""
    return path.parent / "keyring" / path.stem


def test_keys_are_made_once_and_only_for_their_user(tmp_path: Path) -> None:
    """One file a class and month, mode 0600, the same after a restart; another month has another key."""
    ring = FolderKeyring(tmp_path / "keys")
    name = ring.current(RetentionClass.RAW, "2026-11")
    assert ring.current(RetentionClass.RAW, "2026-11") == name
    again = FolderKeyring(tmp_path / "keys")
    assert again.current(RetentionClass.RAW, "2026-11") == name
    assert again.key(name) == ring.key(name)
    others = {ring.current(RetentionClass.RAW, "2026-12"), ring.current(RetentionClass.NORM, "2026-11")}
    assert len({name, *others}) == 3 and ring.names() == sorted({name, *others})
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_a_dropped_key_is_gone_and_its_name_never_returns(tmp_path: Path) -> None:
    """The next key of the same month is another one under another name; dropping twice is harmless."""
    ring = FolderKeyring(tmp_path)
    name = ring.current(RetentionClass.RAW, "2026-11")
    ring.key(name)
    ring.drop(name)
    ring.drop(name)
    with pytest.raises(KeyMissing, match="not in the keyring"):
        ring.key(name)
    assert ring.current(RetentionClass.RAW, "2026-11") != name


def test_a_name_out_of_the_file_opens_no_other_file(tmp_path: Path) -> None:
    """Whoever edits the ledger cannot make it read elsewhere."""
    for name in ("../../etc/passwd", "raw-2026-11-0000000g", "", "raw-2026-11-00000001/x"):
        with pytest.raises(LedgerError, match="not the name of a key"):
            FolderKeyring(tmp_path).key(name)


def test_a_damaged_key_file_is_said(tmp_path: Path) -> None:
    """Half a key is no key."""
    ring = FolderKeyring(tmp_path)
    name = ring.current(RetentionClass.RAW, "2026-11")
    (tmp_path / f"{name}.key").write_text("AAAA")
    with pytest.raises(KeyMissing, match="damaged"):
        FolderKeyring(tmp_path).key(name)


def test_payloads_are_encrypted_with_keys_apart(tmp_path: Path) -> None:
    """The ledger's folder without the keyring holds no word of a payload and no key that opens one."""
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(path, clock=lambda: NOVEMBER_US) as ledger:
        ledger.append([event()])
        assert ledger.part(0, "raw") == EVENT + b"0" and ledger.part(0, "norm") == EVENT
    names = [name.rpartition("-")[0] for name in FolderKeyring(folder(path)).names()]
    assert names == ["norm-2026-11", "raw-2026-11"]
    content = b"".join(file.read_bytes() for file in tmp_path.glob("ledger.sqlite*"))
    assert b"jane-doe" not in content
    for name in FolderKeyring(folder(path)).names():
        assert FolderKeyring(folder(path)).key(name) not in content


def test_a_lost_keyring_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    """A writer refuses to go on with new keys; a reader names the missing key; fsck says what it could not check."""
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        ledger.append([event(number) for number in range(3)])
    shutil.move(folder(path), tmp_path / "elsewhere")
    with pytest.raises(KeyMissing, match="not in the keyring"):
        Ledger.open(path)
    assert not folder(path).exists()
    with Ledger.open(path, read_only=True) as reader, pytest.raises(KeyMissing):
        reader.part(0, "norm")
    report = fsck(path)
    assert (report.exit_code, report.findings, report.parts_locked, report.parts_checked) == (4, (), 6, 0)
    assert "6 payloads could not be opened" in report.unfinished and "norm-" in report.unfinished
    assert fsck(path, keyring=FolderKeyring(tmp_path / "elsewhere")).exit_code == 0
    with Ledger.open(path, keyring=FolderKeyring(tmp_path / "elsewhere")) as ledger:
        assert ledger.append([event()])[0].index == 3


def test_a_keyring_belongs_to_one_log(tmp_path: Path) -> None:
    """Two logs that shared keys would shred each other's months."""
    ring = FolderKeyring(tmp_path / "keys")
    Ledger.open(tmp_path / "one.sqlite", origin="acme.example/one", keyring=ring).close()
    with pytest.raises(Conflict, match=r"belongs to the log acme\.example/one"):
        Ledger.open(tmp_path / "two.sqlite", origin="acme.example/two", keyring=ring)


def test_another_keyring_of_the_same_name_does_not_open(tmp_path: Path) -> None:
    """A key file with other bytes is no missing key: the parts are said not to open."""
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        ledger.append([event()])
    for file in folder(path).glob("norm-*.key"):
        file.write_text("A" * 43 + "=")
    with Ledger.open(path, read_only=True) as reader, pytest.raises(LedgerError, match="the keyring is another"):
        reader.part(0, "norm")


def test_a_ledger_of_before_encryption_goes_on_encrypted(tmp_path: Path) -> None:
    """Old parts stay readable as they are, new ones are encrypted, and fsck opens both."""
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        ledger.append([event()])
        rows = [(position, ledger.disclosure(0, name)) for position, name in ((0, "norm"), (1, "raw"))]
    old = sqlite3.connect(path)
    for position, found in rows:
        assert found is not None
        old.execute(
            "UPDATE part SET key = ?, codec = 'zstd', body = ? WHERE id = ?",
            (found.key, zstandard.compress(found.payload), position),
        )
    old.commit()
    old.close()
    shutil.rmtree(tmp_path / "keyring")
    with Ledger.open(path) as ledger:
        ledger.append([event(1)])
        assert ledger.part(0, "raw") == EVENT + b"0" and ledger.part(1, "raw") == EVENT + b"1"
    report = fsck(path)
    assert (report.exit_code, report.parts_checked) == (0, 4)


def test_classes_follow_from_the_entry() -> None:
    """Received bytes, what the graph is made of, dead letters, reads and statements are kept apart."""
    ledger, access = "acme.example/ledger", "acme.example/access"
    assert retention_class(ledger, "ol.event", "raw", ("norm", "raw")) is RetentionClass.RAW
    assert retention_class(ledger, "ol.event", "norm", ("norm", "raw")) is RetentionClass.NORM
    assert retention_class(ledger, "ol.event", "raw", ("raw", "reason")) is RetentionClass.DEAD_LETTER
    assert retention_class(ledger, "ol.event", "reason", ("raw", "reason")) is RetentionClass.DEAD_LETTER
    assert retention_class(ledger, "annotate", "norm", ("norm",)) is RetentionClass.RECORD
    assert retention_class(access, "read", "norm", ("norm",)) is RetentionClass.ACCESS
    assert retention_class(access, "erase", "norm", ("norm",)) is RetentionClass.RECORD


def test_the_keyring_may_be_on_another_disk(tmp_path: Path) -> None:
    """The data folder's `keyring` becomes a link that every reader follows; keys in two places are refused."""
    data, disk = tmp_path / "data", tmp_path / "disk"
    keep_keys_in(data, None)
    keep_keys_in(data, disk)
    keep_keys_in(data, disk)
    with Ledger.open(data / "ledger.sqlite") as ledger:
        ledger.append([event()])
    assert len(FolderKeyring(disk / "ledger").names()) == 2
    with Ledger.open(data / "ledger.sqlite", read_only=True) as reader:
        assert reader.part(0, "norm") == EVENT
    with pytest.raises(Conflict, match="move that folder"):
        keep_keys_in(data, tmp_path / "third")
