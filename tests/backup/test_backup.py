"""Backup and restore: beside a running service, against damage, and into nothing that holds something."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from lineage.backup import MANIFEST, back_up, read_manifest, restore
from lineage.errors import Conflict, InputError, NotFound
from lineage.ledger import Ledger, fsck
from tests.cli.test_keeping import EVENTS, fill
from tests.e2e.service import run, running


def saved(tmp_path: Path) -> Path:
    """A backup of a ledger with three entries."""
    data = fill(tmp_path / "data", EVENTS)
    (data / "signer").mkdir()
    (data / "signer" / "head").write_text("3")
    back_up(data, tmp_path / "backup")
    return tmp_path / "backup"


def test_a_restored_folder_is_the_one_that_was_backed_up(tmp_path: Path) -> None:
    """Every file, byte for byte what the manifest says; the ledger verified, its payloads readable."""
    backup = saved(tmp_path)
    made = restore(backup, tmp_path / "new", tmp_path / "new" / "keyring")
    with Ledger.open(tmp_path / "new" / "ledger.sqlite") as ledger, Ledger.open(tmp_path / "data" / "ledger.sqlite") as old:
        assert (ledger.origin, ledger.root(), made.size) == (old.origin, old.root(), 3)
        assert [ledger.part(i, "raw") for i in range(3)] == [old.part(i, "raw") for i in range(3)]
    assert (tmp_path / "new" / "signer" / "head").read_text() == "3"
    assert not fsck(tmp_path / "new" / "ledger.sqlite").findings
    private = [path for path in (tmp_path / "new").rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    assert private == []


def test_a_keyring_on_another_disk_is_put_back_on_another_disk(tmp_path: Path) -> None:
    """The keys never lie in the data folder, if the operator says where they are."""
    backup = saved(tmp_path)
    restore(backup, tmp_path / "new", tmp_path / "safe" / "keys")
    assert not (tmp_path / "new" / "keyring").exists()
    assert any((tmp_path / "safe" / "keys").iterdir())


def test_without_keys_none_are_copied(tmp_path: Path) -> None:
    """Whoever keeps the keys apart can give the copy away: it holds ciphertext."""
    data = fill(tmp_path / "data", EVENTS)
    made = back_up(data, tmp_path / "backup", keys=False)
    assert not [name for name in made.files if name.startswith("keyring")]
    assert not (tmp_path / "backup" / "keyring").exists()


@pytest.mark.parametrize("damage", ["changed", "shorter", "missing"])
def test_a_damaged_copy_is_refused_and_named_and_nothing_is_put_in_place(tmp_path: Path, damage: str) -> None:
    """Whichever file it is."""
    whole = saved(tmp_path)
    for name in read_manifest(whole).files:
        backup = tmp_path / "damaged"
        shutil.rmtree(backup, ignore_errors=True)
        shutil.copytree(whole, backup)
        held = (backup / name).read_bytes()
        if damage == "changed":
            (backup / name).write_bytes(bytes([held[0] ^ 1]) + held[1:])
        elif damage == "shorter":
            (backup / name).write_bytes(held[:-1])
        else:
            (backup / name).unlink()
        with pytest.raises(InputError) as refusal:
            restore(backup, tmp_path / "new", tmp_path / "new" / "keyring")
        assert refusal.value.place == name
        assert not (tmp_path / "new").exists()


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    """Neither by a backup nor by a restore."""
    backup = saved(tmp_path)
    with pytest.raises(Conflict):
        back_up(tmp_path / "data", backup)
    with pytest.raises(Conflict):
        restore(backup, tmp_path / "data", tmp_path / "data" / "keyring")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "kept").write_text("mine")
    with pytest.raises(Conflict):
        restore(backup, tmp_path / "new", tmp_path / "keys")


def test_what_is_no_backup_is_told(tmp_path: Path) -> None:
    """No ledger, no manifest, rubbish in it, or a manifest that points out of the folder."""
    with pytest.raises(NotFound):
        back_up(tmp_path, tmp_path / "backup")
    with pytest.raises(NotFound):
        restore(tmp_path, tmp_path / "new", tmp_path / "keys")
    backup = saved(tmp_path)
    told = json.loads((backup / MANIFEST).read_text())
    for text in ("{", "[]", json.dumps({**told, "format": 9}), json.dumps({**told, "files": {"../x": [1, "a"]}})):
        (backup / MANIFEST).write_text(text)
        with pytest.raises(InputError):
            restore(backup, tmp_path / "new", tmp_path / "keys")


@pytest.mark.slow
def test_beside_a_busy_service_the_copy_is_whole_and_gives_the_same_graph(tmp_path: Path) -> None:
    """Events come in while it is copied; the copy verifies, holds a prefix of the ledger, and replays to its own graph."""
    with running(tmp_path / "data") as service:
        stop = threading.Event()
        sent = [0]

        def keep_posting() -> None:
            while not stop.is_set():
                event = EVENTS[sent[0] % 3] | {"run": {"runId": f"00000000-0000-4000-8000-{sent[0]:012d}"}}
                service.post([event])
                sent[0] += 1

        poster = threading.Thread(target=keep_posting)
        poster.start()
        try:
            made = [run("backup", str(tmp_path / f"backup{n}"), "--data", str(tmp_path / "data")) for n in range(3)]
        finally:
            stop.set()
            poster.join()
        service.projected()
        root = {size: service_root(tmp_path / "data", size) for size in sizes(tmp_path)}
    assert [each.returncode for each in made] == [0, 0, 0], made
    assert len(set(sizes(tmp_path))) == 3, "the service was not busy"
    for number in range(3):
        backup = read_manifest(tmp_path / f"backup{number}")
        assert backup.root == root[backup.size]
        new = tmp_path / f"new{number}"
        restored = run("restore", str(tmp_path / f"backup{number}"), "--data", str(new))
        assert restored.returncode == 0, restored
        with running(new) as service:
            service.projected()
            live = service.digest()
        assert run("graph", "rebuild", "--yes", "--data", str(new)).returncode == 0
        assert run("graph", "digest", "--data", str(new)).stdout.split()[-1] == live


def sizes(tmp_path: Path) -> list[int]:
    return [read_manifest(tmp_path / f"backup{number}").size for number in range(3)]


def service_root(data: Path, size: int) -> str:
    with Ledger.open(data / "ledger.sqlite", read_only=True) as ledger:
        return ledger.root(size).hex()
