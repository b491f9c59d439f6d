"""Attacks on what lies beside the log, of our own invention: each is found by `audit fsck`, or by who stands outside.

API keys written by hand, erasures that nobody approved, a trigger that waits, the access log taken away, everything rolled
back by edits.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from api.cli import main
from lineage.erasure.statements import Cause, Deed, Proposal, encode
from lineage.ledger import Draft, Ledger
from lineage.ledger.erasing import erase
from lineage.ledger.erasure import Erasure
from lineage.settings import Settings
from tests.attacks.company import FIRST, ORIGIN, SIZE, Company, alarm, command, look
from tests.attacks.conftest import Fsck

RAWS = (Erasure("raw", 30, 60),)


def with_keys(company: Company) -> list[str]:
    """Two keys made by command, the first revoked; their ids."""
    for owner in ("p-1", "p-2"):
        words = ["key", "create", "desk", "--role", "reader", "--for", owner, "--namespace", "pg", "--expires", "90d"]
        assert main([*words, "--data", str(company.data)]) == 0
    with closing(sqlite3.connect(company.data / "keys.sqlite")) as file:
        ids = [row[0] for row in file.execute("SELECT id FROM key ORDER BY created_us")]
    assert main(["key", "revoke", ids[0], "--data", str(company.data)]) == 0
    return ids


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("INSERT INTO key SELECT 'lk_aaaaaaaa', zeroblob(32), label, rights, created_us, created_by, NULL, NULL, NULL, owner"
         " FROM key LIMIT 1", "10: keys.sqlite has the key lk_aaaaaaaa, which no entry made"),
        ("UPDATE key SET revoked_us = NULL", "opens again in keys.sqlite, though this entry revoked it"),
        ("UPDATE key SET rights = '{\"scopes\": [\"admin:keys\"]}'", "not as this entry made it: scopes, namespaces"),
        ("UPDATE key SET expires_us = NULL", "not as this entry made it: expires"),
        ("UPDATE key SET owner = 'p-3' WHERE revoked_us IS NULL", "not as this entry made it: owner"),
        ("UPDATE key SET created_by = 'u_somebody'", "not as this entry made it: who made it"),
        ("UPDATE key SET hash = zeroblob(32) WHERE revoked_us IS NULL", "not as this entry made it: the text that opens it"),
        ("DELETE FROM key WHERE revoked_us IS NOT NULL", "10: keys.sqlite lacks the key lk_"),
        ("DROP TABLE key", "10: keys.sqlite cannot be read"),
    ],
    ids=["added", "revived", "widened", "prolonged", "given away", "other maker", "other text", "removed", "ruined"],
)  # fmt: skip
def test_a_key_written_by_hand(company: Company, fsck: Fsck, statement: str, named: str) -> None:
    """Each key has an entry, and is what it says."""
    with_keys(company)
    assert command("fsck", "--data", company.data, "--policy", company.policy) == 0
    with company.administrator("keys.sqlite") as file:
        file.execute(statement)
    found = fsck()
    assert any(named in each for each in found), found


def forged(company: Company, deed: Deed, actor: str, *before: tuple[str, Proposal]) -> None:
    """An erasure appended with the ledger's own parts, by somebody who has the folder; proposals before it."""
    with Ledger.open(company.ledger_path, origin=ORIGIN) as ledger:
        for proposer, proposal in before:
            kind, norm = encode(proposal)
            ledger.append([Draft(kind, {"norm": norm}, actor=proposer)])
        kind, norm = encode(deed)
        erase(ledger, Draft(kind=kind, parts={"norm": norm}, actor=actor))


def by_request(proposal: int, proposer: str = "ann", approver: str = "bob") -> Deed:
    return Deed(RAWS, Cause.REQUEST, "law", "DSR-1", proposal=proposal, proposed_by=proposer, approved_by=approver)


FORGED: dict[str, tuple[Callable[[Company], None], str]] = {
    "no proposal": (
        lambda it: forged(it, by_request(7), "bob"),
        "entry 7 proposes nothing that is open: it was forged",
    ),
    "by one": (
        lambda it: forged(it, by_request(SIZE, approver="ann"), "ann", ("ann", Proposal(RAWS, "law", "DSR-1"))),
        "as its two people; 'ann' proposed it, 'ann' did it: it was forged",
    ),
    "another's name": (
        lambda it: forged(it, by_request(SIZE), "ann", ("ann", Proposal(RAWS, "law", "DSR-1"))),
        "'ann' did it: it was forged",
    ),
    "more than proposed": (
        lambda it: forged(it, by_request(SIZE), "bob", ("ann", Proposal((Erasure("raw", 30, 40),), "law", "DSR-1"))),
        f"takes parts that its proposal, entry {SIZE}, does not name",
    ),
    "no limits": (
        lambda it: forged(it, Deed(RAWS, Cause.RETENTION, "older", limits=3), "headwater"),
        "as older than limits, but entry 3 sets none: it was forged",
    ),
}


@pytest.mark.parametrize("attack", FORGED)
def test_an_erasure_that_nobody_approved(company: Company, fsck: Fsck, attack: str) -> None:
    """An `erase` entry alone excuses nothing: its reason has to stand in the log before it."""
    attempt, named = FORGED[attack]
    attempt(company)
    found = fsck()
    assert any(each.startswith("5: ") and named in each for each in found), found


def test_an_erasure_by_two_raises_no_alarm(company: Company) -> None:
    """The same, as it should be."""
    forged(company, by_request(SIZE), "bob", ("ann", Proposal(RAWS, "law", "DSR-1")))
    assert command("fsck", "--data", company.data, "--policy", company.policy) == 0


@pytest.mark.parametrize("file", ["ledger.sqlite", "checkpoints.sqlite", "signer/memory.sqlite", "state.sqlite"])
def test_a_trigger_that_waits(company: Company, fsck: Fsck, file: str) -> None:
    """Nothing is wrong yet: from tomorrow on it would drop what comes in."""
    with company.administrator(file) as database:
        (table,) = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' LIMIT 1").fetchone()
        database.execute(f"CREATE TRIGGER tidy AFTER INSERT ON {table} BEGIN SELECT 1; END")
    assert f"10: {file} holds the trigger 'tidy', which is none of ours: it changes what is written or read" in fsck()


def test_the_access_log_taken_away(company: Company, fsck: Fsck) -> None:
    """Who saw what is gone as a whole: what was signed of it is not."""
    origin = ORIGIN.replace("/ledger", "/access")
    with Ledger.open(company.data / "access.sqlite", origin=origin) as access, company.service() as (ledger, _):
        access.append([Draft("read", {"norm": b"{}"})])
        assert ledger.size() == SIZE
    from api.signing import open_signing

    with (
        Ledger.open(company.ledger_path) as ledger,
        Ledger.open(company.data / "access.sqlite") as access,
        closing(open_signing(Settings(data=company.data), [ledger, access])) as signing,
    ):
        signing.cover(origin, 1)
    assert command("fsck", "--data", company.data) == 0
    assert command("fsck", "--data", company.data, "--access") == 0
    for path in company.data.glob("access.sqlite*"):
        path.unlink()
    assert any(
        "10: access.sqlite is gone, though access.keys.json and checkpoints.sqlite tell of it" in each
        for each in fsck()
    )


def test_another_installations_ledger_put_in_place(company: Company, fsck: Fsck, tmp_path: Path) -> None:
    """Sound in itself, with a keyring of its own; nothing else in the folder is about it."""
    with Ledger.open(tmp_path / "other" / "ledger.sqlite", origin="other.example/ledger") as other:
        other.append([Draft("ol.event", {"norm": b"{}"})] * 50)
    for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
        (company.data / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "other" / "ledger.sqlite", company.ledger_path)
    shutil.rmtree(company.data / "keyring")
    shutil.copytree(tmp_path / "other" / "keyring", company.data / "keyring")
    found = fsck()
    assert "7: ledger.keys.json belongs to the log acme.example/lineage/ledger" in found
    assert any("signer/memory.sqlite has no row of this log" in each for each in found)


def test_everything_rolled_back_by_edits(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    """Ledger, checkpoints and memory are set back to one another: from inside nothing contradicts. Whoever kept a head
    outside sees it: the watcher, the witness, and an auditor who gives fsck a checkpoint of before."""
    look(company)
    with closing(Ledger.open(company.ledger_path, read_only=True)) as ledger:
        root = ledger.root(FIRST)
    truncated(company, FIRST, root)
    with company.administrator("checkpoints.sqlite") as database:
        database.execute("DELETE FROM checkpoint WHERE size > ?", (FIRST,))
        database.execute("UPDATE asked SET size = ?", (FIRST,))
    with company.administrator("signer/memory.sqlite") as database:
        database.execute("UPDATE head SET size = ?, root = ?", (FIRST, root))
        database.execute("DELETE FROM signed WHERE size > ?", (FIRST,))
    words = ("fsck", "--data", company.data, "--policy", company.policy)
    assert command(*words) == 0
    capsys.readouterr()
    assert command(*words, "--since", company.outside / "head") == 1
    assert str(SIZE) in capsys.readouterr().out
    assert f"rolled back: it had {SIZE} entries, now it has {FIRST}" in alarm(company)


def truncated(company: Company, size: int, root: bytes) -> None:
    from tests.attacks.test_attacks import truncate

    truncate(company, size)
    with company.administrator() as database:
        assert database.execute("SELECT size, root FROM head").fetchone() == (size, root)
