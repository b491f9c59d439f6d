"""What signing leaves beside the log, gone or changed: each file is named, and nothing honest is.

An administrator of the folder may take the signer's memory, the published keys and the kept checkpoints away, or edit them.
Each says once more what another says, so that one alone contradicts the others.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from api.cli import main
from api.signing import open_signing
from lineage.errors import LedgerError
from lineage.ledger import Draft, Ledger
from lineage.settings import Settings
from lineage.signing.private_keys import make_key
from lineage.signing.signer import LocalSigner
from lineage.signing.socket_signer import SignerServer
from tests.attacks.company import FIRST, ORIGIN, SIZE, Company, command
from tests.attacks.conftest import Fsck

MEMORY = "signer/memory.sqlite"


def memory(statement: str, *values: object) -> Callable[[Company], None]:
    """An edit of the signer's memory."""
    return edited(MEMORY, statement, *values)


def edited(file: str, statement: str, *values: object) -> Callable[[Company], None]:
    def edit(company: Company) -> None:
        with company.administrator(file) as database:
            database.execute(statement, values)
            assert database.total_changes or statement.startswith("DROP")

    return edit


def removed(*names: str) -> Callable[[Company], None]:
    def remove(company: Company) -> None:
        for name in names:
            path = company.data / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return remove


def overwritten(name: str, content: bytes) -> Callable[[Company], None]:
    def overwrite(company: Company) -> None:
        (company.data / name).write_bytes(content)

    return overwrite


def keys_changed(change: Callable[[list[dict[str, object]]], object]) -> Callable[[Company], None]:
    """An edit of the list in ledger.keys.json."""

    def edit(company: Company) -> None:
        path = company.data / "ledger.keys.json"
        told = json.loads(path.read_text())
        change(told["keys"])
        path.write_text(json.dumps(told))

    return edit


def another_key(keys: list[dict[str, object]]) -> None:
    keys.append({"vkey": make_key(ORIGIN).verifier.text, "fromSize": 0, "toSize": None})


def signers_keys_replaced(company: Company) -> None:
    """By those of another installation."""
    from lineage.signing.key_file import OwnKey, write_keys

    write_keys(company.data / "signer" / "keys", [OwnKey(make_key(ORIGIN))])


ATTACKS: dict[str, tuple[Callable[[Company], None], str]] = {
    "memory removed": (removed(MEMORY), "6: signer/memory.sqlite is gone, though checkpoints.sqlite keeps "),
    "signer's folder removed": (removed("signer"), "6: signer/memory.sqlite is gone"),
    "memory's row removed": (memory("DELETE FROM head"), "6: signer/memory.sqlite has no row of this log"),
    "memory's table removed": (memory("DROP TABLE head"), "6: signer/memory.sqlite cannot be read"),
    "memory overwritten": (overwritten(MEMORY, b"nothing" * 999), "6: signer/memory.sqlite cannot be read"),
    "memory of another type": (memory("UPDATE head SET size = 'many'"), "6: signer/memory.sqlite cannot be read"),
    "memory set back": (
        memory("UPDATE head SET (size, root) = (SELECT size, root FROM signed ORDER BY size LIMIT 1)"),
        f"6: signer/memory.sqlite says that {FIRST} entries were signed last, checkpoints.sqlite keeps a head of {SIZE}",
    ),
    "memory made young": (
        memory("UPDATE head SET size = 0"),
        "6: signer/memory.sqlite says that 0 entries were signed last",
    ),
    "memory of another root": (
        memory("UPDATE head SET root = ?", bytes(32)),
        f"6: the signer's memory (signer/memory.sqlite) says that another root was signed at size {SIZE}",
    ),
    "memory of more": (
        memory("UPDATE head SET size = 5000"),
        "6: the signer's memory (signer/memory.sqlite) says that the log had 5000 entries",
    ),
    "checkpoints removed": (
        removed("checkpoints.sqlite"),
        f"6: checkpoints.sqlite is gone: the signer signed {SIZE} entries",
    ),
    "checkpoints overwritten": (overwritten("checkpoints.sqlite", b"x" * 9999), "6: checkpoints.sqlite cannot be read"),
    "all rows removed": (
        edited("checkpoints.sqlite", "DELETE FROM checkpoint"),
        f"6: checkpoints.sqlite lacks the head of size {FIRST}, which the signer signed",
    ),
    "an old row removed": (
        edited("checkpoints.sqlite", "DELETE FROM checkpoint WHERE size = ?", FIRST),
        f"6: checkpoints.sqlite lacks the head of size {FIRST}, which the signer signed (signer/memory.sqlite)",
    ),
    "the newest row removed": (
        edited("checkpoints.sqlite", "DELETE FROM checkpoint WHERE size = ?", SIZE),
        f"the head of size {SIZE}",
    ),
    "a row's signature removed": (
        edited("checkpoints.sqlite", "UPDATE checkpoint SET note = replace(note, '— acme', '— evil')"),
        "7: the kept checkpoint of size 290 is signed by no key that counts",
    ),
    "keys removed": (
        removed("ledger.keys.json"),
        "7: ledger.keys.json is gone, though checkpoints.sqlite keeps ",
    ),
    "keys and checkpoints removed": (
        removed("ledger.keys.json", "checkpoints.sqlite"),
        f"7: ledger.keys.json is gone, though the signer signed {SIZE} entries (signer/memory.sqlite)",
    ),
    "keys emptied": (keys_changed(lambda keys: keys.clear()), "7: ledger.keys.json"),
    "keys overwritten": (overwritten("ledger.keys.json", b"{"), "7: ledger.keys.json: This keys.json cannot be read"),
    "another key published": (keys_changed(another_key), "7: ledger.keys.json names the key "),
    "a key shortened": (keys_changed(lambda keys: keys[0].update(toSize=3)), "ledger.keys.json was forged"),
    "signer's keys replaced": (signers_keys_replaced, "7: signer/keys lacks the key "),
}


@pytest.mark.parametrize("with_policy", [True, False], ids=["by the policy", "by itself"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_gone_or_changed_is_named(
    company: Company, fsck: Fsck, capsys: pytest.CaptureFixture[str], attack: str, with_policy: bool
) -> None:
    """With the file's name, whether or not the auditor brought a policy."""
    attempt, named = ATTACKS[attack]
    attempt(company)
    if attack == "the newest row removed":  # and nothing says that the service was killed just then
        edited("checkpoints.sqlite", "UPDATE asked SET size = ?", FIRST)(company)
    if with_policy:
        found = fsck()
    else:
        assert command("fsck", "--data", company.data, "--format", "json") == 1
        found = [f"{each['check']}: {each['message']}" for each in json.loads(capsys.readouterr().out)["findings"]]
    assert any(named in each for each in found), found


def test_a_forged_key_is_not_laundered_by_a_restart(company: Company) -> None:
    """The publisher would say in the log that the key stopped, and so that it once counted: it refuses instead."""
    keys_changed(another_key)(company)
    with company.service() as (ledger, signing), pytest.raises(LedgerError, match=r"ledger\.keys\.json names the key"):
        ledger.append([Draft("ol.event", {"norm": b"{}"})])
        signing.cover(ledger.origin, ledger.size())


# What is honest


def verified(company: Company, *flags: str | Path) -> bool:
    words = ("fsck", "--data", company.data, *flags)
    return command(*words) == 0 and command(*words, "--policy", company.policy) == 0


def new_company(tmp_path: Path) -> Company:
    company = Company(tmp_path / "new", tmp_path / "auditor")
    company.outside.mkdir()
    return company


def test_a_new_folder_and_one_from_before_signing_raise_no_alarm(tmp_path: Path) -> None:
    """Entries that nobody ever signed; then the first checkpoint covers them."""
    company = new_company(tmp_path)
    with Ledger.open(company.ledger_path, origin=ORIGIN) as ledger:
        assert command("fsck", "--data", company.data) == 0
        ledger.append([Draft("ol.event", {"norm": b"{}"})] * 5)
    assert command("fsck", "--data", company.data) == 0
    company.work(0, 3)
    assert verified(company)


def test_what_an_older_version_left_raises_no_alarm(company: Company) -> None:
    """Its memory has no list of heads, its checkpoints say not what was asked for, its keys.json not where the signer is."""
    edited(MEMORY, "DELETE FROM signed")(company)
    with company.administrator(MEMORY) as database:
        database.execute("DROP TABLE signed")
    with company.administrator("checkpoints.sqlite") as database:
        database.execute("DROP TABLE asked")
    path = company.data / "ledger.keys.json"
    told = json.loads(path.read_text())
    del told["signer"]
    path.write_text(json.dumps(told))
    assert verified(company)
    company.work(SIZE, SIZE + 2)
    assert verified(company)


def test_a_head_that_was_signed_and_not_kept_is_no_alarm_after_a_kill(company: Company) -> None:
    """The signer remembers before it signs; the next start keeps the head after all."""
    with company.service() as (ledger, signing):
        ledger.append([Draft("ol.event", {"norm": b"{}"})])
        size = ledger.size()
        signing.cover(ledger.origin, size)
    edited("checkpoints.sqlite", "DELETE FROM checkpoint WHERE size = ?", size)(company)
    assert verified(company)
    with company.service() as (ledger, signing):
        ledger.append([Draft("ol.event", {"norm": b"{}"})])
        signing.cover(ledger.origin, size + 1)
    with company.administrator("checkpoints.sqlite") as database:
        assert [row[0] for row in database.execute("SELECT size FROM checkpoint ORDER BY size")][-2:] == [
            size,
            size + 1,
        ]
    assert verified(company)


def test_a_restored_folder_raises_no_alarm(company: Company, tmp_path: Path) -> None:
    """Backup and restore by the commands; and it goes on."""
    assert main(["backup", str(tmp_path / "copy"), "--data", str(company.data)]) == 0
    assert main(["restore", str(tmp_path / "copy"), "--data", str(tmp_path / "restored")]) == 0
    restored = Company(tmp_path / "restored", company.outside)
    assert verified(restored)
    restored.work(SIZE, SIZE + 2)
    assert verified(restored)


def test_a_backup_beside_a_busy_signer_raises_no_alarm(company: Company, tmp_path: Path) -> None:
    """Heads are signed while the files are copied one after the other: memory and checkpoints are of one moment."""
    with company.service() as (ledger, signing):
        stopped = threading.Event()

        def sign_on() -> None:
            while not stopped.wait(0.02):
                ledger.append([Draft("ol.event", {"norm": b"{}"})])
                signing.cover(ledger.origin, ledger.size())

        signer = threading.Thread(target=sign_on)
        signer.start()
        try:
            for number in range(5):
                copy, restored = tmp_path / f"copy{number}", tmp_path / f"restored{number}"
                assert main(["backup", str(copy), "--data", str(company.data)]) == 0
                assert main(["restore", str(copy), "--data", str(restored)]) == 0
                assert verified(Company(restored, company.outside))
            assert command("fsck", "--data", company.data) == 0
        finally:
            stopped.set()
            signer.join()


@contextmanager
def apart(folder: Path, socket: Path) -> Iterator[None]:
    """A signer in a process's place of its own."""
    with closing(LocalSigner(folder)) as own, SignerServer(socket, own) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def test_a_signer_apart_raises_no_alarm_and_can_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its memory is not in the folder, which says so; asked over its socket it tells what is missing as well."""
    company, socket = new_company(tmp_path), tmp_path / "s.sock"
    with apart(tmp_path / "elsewhere", socket):
        with Ledger.open(company.ledger_path, origin=ORIGIN) as ledger:
            chosen = Settings(data=company.data, signer=socket)
            with closing(open_signing(chosen, [ledger])) as signing:
                for _ in range(3):
                    ledger.append([Draft("ol.event", {"norm": b"{}"})])
                    signing.cover(ORIGIN, ledger.size())
                company.policy.write_text(signing.policy_text())
        assert verified(company) and verified(company, "--signer", socket)
        assert "its memory was not compared" in capsys.readouterr().out
        edited("checkpoints.sqlite", "DELETE FROM checkpoint WHERE size = 2")(company)
        assert command("fsck", "--data", company.data, "--signer", socket) == 1
        assert "checkpoints.sqlite lacks the head of size 2" in capsys.readouterr().out
    assert command("fsck", "--data", company.data, "--signer", socket) == 4
    assert "the signer's memory" in capsys.readouterr().out


def test_a_signer_that_moved_away_leaves_an_old_memory_that_raises_no_alarm(company: Company, tmp_path: Path) -> None:
    """The operator copied the signer's folder and did not remove the old one."""
    shutil.copytree(company.data / "signer", tmp_path / "elsewhere")
    socket = tmp_path / "s.sock"
    with (
        apart(tmp_path / "elsewhere", socket),
        Ledger.open(company.ledger_path, origin=ORIGIN) as ledger,
        closing(open_signing(Settings(data=company.data, signer=socket), [ledger])) as signing,
    ):
        ledger.append([Draft("ol.event", {"norm": b"{}"})])
        signing.cover(ORIGIN, ledger.size())
    assert verified(company)
