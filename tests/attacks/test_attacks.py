"""What an administrator of the database may try: each attack is done on a real data folder, and found and named.

R10.3 of the design's list, eleven attacks, in its order; then two of our own. Where it matters, the attack is done twice:
clumsily (a row is edited) and well (tiles, root and head are made anew, so that the file is consistent in itself).
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from api.accepting import Sender, accept_entry
from lineage.errors import LedgerError
from lineage.ledger import Draft, Ledger
from lineage.signing.key_file import read_keys
from lineage.signing.private_keys import sign_line
from lineage.verify.checkpoint import Checkpoint, SignedCheckpoint
from lineage.verify.note import Note
from tests.attacks.company import FIRST, ORIGIN, SIZE, TIME_US, Company, alarm, command, event, look
from tests.attacks.conftest import Fsck


def refusal(company: Company) -> str:
    """What the signer says when the service wants a checkpoint now; it must refuse."""
    with company.service() as (ledger, signing), pytest.raises(LedgerError) as raised:
        ledger.append([Draft("ol.event", {"norm": b"{}"})])
        signing.cover(ledger.origin, ledger.size())
    assert not raised.value.retryable
    return raised.value.message


def made_anew(company: Company, events: list[bytes], sender: Callable[[int], Sender] = lambda _: Sender()) -> None:
    """Put another history in the ledger's place, whole and consistent in itself."""
    shutil.rmtree(company.data / "keyring" / "ledger")
    for name in ("", "-wal", "-shm", ".lock"):
        company.ledger_path.with_name(company.ledger_path.name + name).unlink(missing_ok=True)
    with closing(Ledger.open(company.ledger_path, origin=ORIGIN)) as ledger:
        accepted = [accept_entry(each, sender(at), TIME_US + at) for at, each in enumerate(events)]
        ledger.append([each.draft for each in accepted])


def stolen_checkpoint(company: Company) -> SignedCheckpoint:
    """A checkpoint of the ledger as it is now, signed with the service's key by somebody who has stolen it."""
    with closing(Ledger.open(company.ledger_path, read_only=True)) as ledger:
        head = Checkpoint(ORIGIN, ledger.size(), ledger.root())
    key = next(each.key for each in read_keys(company.data / "signer" / "keys") if each.key.verifier.name == ORIGIN)
    return SignedCheckpoint(head, Note(head.text, (sign_line(key, head.text, 0),)))


def test_the_company_that_nobody_attacked_is_sound(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    """No false alarm: fsck with the graph says verified, the watcher is content, the signer signs on."""
    assert command("fsck", "--data", company.data, "--policy", company.policy, "--graph") == 0
    assert capsys.readouterr().out.endswith("verified\n")
    look(company)
    company.work(SIZE, SIZE + 3)
    look(company)


def test_1_an_edited_entry(company: Company, fsck: Fsck) -> None:
    """An actor is exchanged in one leaf: the entry is named, though no stored proof breaks."""
    with company.administrator() as database:
        (leaf,) = database.execute("SELECT leaf FROM entry WHERE i = 7").fetchone()
        edited = leaf.replace(b'"actor":"anonymous"', b'"actor":"a_someone"')
        assert edited != leaf
        database.execute("UPDATE entry SET leaf = ? WHERE i = 7", (edited,))
    assert fsck() == ["1: the entry's bytes are not those that were logged: its hash is not in its tile"]


def test_1_an_entry_edited_well(company: Company, fsck: Fsck) -> None:
    """The whole file is made anew with one event changed: each checkpoint, the signer and the watcher contradict it."""
    events = [event(each) for each in range(SIZE)]
    events[300] = event(300).replace(b"mart.sales", b"mart.hidden")
    made_anew(company, events)
    found = fsck()
    assert any(
        f"history was rewritten in the entries 0 to {FIRST - 1}" in each for each in found
    )  # random keys: all differ
    assert "history was rewritten" in refusal(company)
    assert "history was rewritten" in alarm(company) or "no key" in alarm(company)


def test_2_a_deleted_entry(company: Company, fsck: Fsck) -> None:
    """A row is gone: it is said to be missing."""
    with company.administrator() as database:
        database.execute("DELETE FROM entry WHERE i = 123")
        database.execute("DELETE FROM part WHERE id >= 492 AND id < 496")
    assert "1: entry 123 is missing" in fsck()


def test_3_two_swapped_entries(company: Company, fsck: Fsck) -> None:
    """Two leaves exchange their places, tiles and all: each still says which one it is."""
    with company.administrator() as database:
        leaves = dict(database.execute("SELECT i, leaf FROM entry WHERE i IN (40, 41)"))
        for index, other in ((40, 41), (41, 40)):
            database.execute("UPDATE entry SET leaf = ? WHERE i = ?", (leaves[other], index))
        (tile,) = database.execute("SELECT hashes FROM tile WHERE level = 0 AND number = 0").fetchone()
        swapped = tile[: 40 * 32] + tile[41 * 32 : 42 * 32] + tile[40 * 32 : 41 * 32] + tile[42 * 32 :]
        database.execute("UPDATE tile SET hashes = ? WHERE level = 0 AND number = 0", (swapped,))
    found = fsck("--no-payloads")
    assert "3: the leaf says that it is entry 41" in found
    assert "3: the leaf says that it is entry 40" in found
    assert any(each.startswith("1: tile 0/0 does not lead to") for each in found)


def truncate(company: Company, size: int) -> None:
    """Cut the tail off well: entries, parts, tiles and head as they were at `size`."""
    with closing(Ledger.open(company.ledger_path, read_only=True)) as ledger:
        root = ledger.root(size)
    with company.administrator() as database:
        database.execute("DELETE FROM entry WHERE i >= ?", (size,))
        database.execute("DELETE FROM part WHERE id >= ?", (4 * size,))
        for level in (0, 1):
            number, width = divmod(size >> (8 * level), 256)
            database.execute("DELETE FROM tile WHERE level = ? AND number > ?", (level, number))
            database.execute(
                "UPDATE tile SET hashes = substr(hashes, 1, ?) WHERE level = ? AND number = ?",
                (32 * width, level, number),
            )
        database.execute("UPDATE head SET size = ?, root = ?", (size, root))


def test_4_a_truncated_tail(company: Company, fsck: Fsck) -> None:
    """The newest entries are cut off with all that belongs to them: the checkpoints remember that there were more."""
    truncate(company, SIZE - 20)
    assert fsck() == [
        f"6: a checkpoint in checkpoints.sqlite says that the log had {SIZE} entries, it has {SIZE - 20} now: "
        "it was cut off, or an old copy was put in its place"
    ]
    assert "was cut off or an old copy was restored" in refusal(company)


def test_5_a_rewritten_history_signed_with_the_stolen_key(company: Company) -> None:
    """Ledger, keys and checkpoints are in the attacker's hands: the witness refuses and keeps the proof of it."""
    made_anew(company, [event(each) for each in range(SIZE) if each != 200] + [event(SIZE), event(SIZE + 1)])
    forged = stolen_checkpoint(company)
    for folder in ("signer",):
        shutil.rmtree(company.data / folder)
    with company.administrator("checkpoints.sqlite") as database:
        database.execute("DELETE FROM checkpoint")
        database.execute(
            "INSERT INTO checkpoint VALUES (?, ?, 0, ?)", (ORIGIN, forged.checkpoint.size, forged.encode())
        )
    with closing(Ledger.open(company.ledger_path, read_only=True)) as ledger:
        answer = company.submit(forged.encode(), ledger)
    assert answer.status == 422
    with company.witness() as held:
        (kept,) = held.refused()
        assert "does not extend size 400: rewritten" in kept.why
        assert forged.encode().encode() in kept.request
    assert "history was rewritten" in alarm(company)


def test_6_a_backdated_entry(company: Company, fsck: Fsck) -> None:
    """An entry is said to have come a day before, and everything above it is made to fit: time does not go back."""
    with company.administrator() as database:
        (leaf,) = database.execute("SELECT leaf FROM entry WHERE i = 350").fetchone()
        fields = json.loads(leaf)
        fields["t"] = "2020" + fields["t"][4:]
        edited = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
        database.execute("UPDATE entry SET leaf = ? WHERE i = 350", (edited,))
    found = fsck()
    assert any(each.startswith("3: the entry is ") and each.endswith("older than the one before it") for each in found)


EDGE = "(SELECT min(rowid) FROM graph_version WHERE relation = 2)"  # FEEDS


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (f"DELETE FROM graph_version WHERE rowid = {EDGE}", "the graph lacks the FEEDS fact from 'pg "),
        (f"UPDATE graph_version SET certainty = 1 - certainty WHERE rowid = {EDGE}", "changed by hand: certainty is "),
        (
            f"UPDATE graph_version SET object = (SELECT max(object) FROM graph_version WHERE relation = 2) WHERE rowid = {EDGE}",
            "which the ledger does not give: it was put there by hand",
        ),
    ],
    ids=["taken out", "changed", "turned elsewhere"],
)
def test_7_an_edge_edited_in_the_graph_only(company: Company, fsck: Fsck, statement: str, named: str) -> None:
    """The ledger is untouched; one edge of the embedded graph was edited: it is named, with both its ends."""
    with company.administrator("state.sqlite") as database:
        database.execute(statement)
        assert database.total_changes == 1
    found = fsck("--graph")
    assert all(each.startswith("9: the graph ") for each in found)
    assert any(named in each and "'pg " in each for each in found)


def test_8_an_edited_payload(company: Company, fsck: Fsck) -> None:
    """The stored bytes of one event are exchanged: they open nothing that the leaf committed to."""
    with company.administrator() as database:
        (body,) = database.execute("SELECT body FROM part WHERE id = 4 * 55").fetchone()
        database.execute("UPDATE part SET body = ? WHERE id = 4 * 55", (bytes([body[0] ^ 1]) + body[1:],))
    found = fsck()
    assert found and all(each.startswith("4: ") for each in found)


def test_9_a_payload_deleted_without_an_erase_entry(company: Company, fsck: Fsck) -> None:
    """What was erased says so in the log; what is merely gone was taken away."""
    with company.administrator() as database:
        database.execute("DELETE FROM part WHERE id = 4 * 60 + 1")
    assert [each[:2] for each in fsck()] == ["5:"]


def test_10_an_old_backup_put_in_place(company: Company, tmp_path: Path, fsck: Fsck) -> None:
    """The ledger's file is yesterday's: signer, checkpoints and witness have seen more."""
    for each in ("ledger.sqlite", "keyring"):
        source, target = tmp_path / "backup" / each, company.data / each
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    for leftover in ("-wal", "-shm"):
        company.ledger_path.with_name(company.ledger_path.name + leftover).unlink(missing_ok=True)
    assert any(f"had {SIZE} entries, it has {FIRST} now" in each for each in fsck())
    assert "an old copy was restored" in refusal(company)


def test_10_the_whole_folder_rolled_back(company: Company, tmp_path: Path) -> None:
    """Everything that the service has is yesterday's, signer and all: only who stands outside can see it, and does."""
    look(company)
    shutil.rmtree(company.data)
    shutil.copytree(tmp_path / "backup", company.data)
    assert command("fsck", "--data", company.data, "--policy", company.policy) == 0
    assert f"rolled back: it had {SIZE} entries, now it has {FIRST}" in alarm(company)
    with company.service() as (ledger, signing):
        ledger.append([Draft("ol.event", {"norm": b"{}"})])
        signed = signing.cover(ledger.origin, ledger.size())
        answer = company.submit(signed.encode(), ledger)
    assert (answer.status, answer.body) == (409, f"{SIZE}\n")
    with company.witness() as held:
        assert "rolled back" in held.refused()[0].why


def test_11_two_writers(company: Company, tmp_path: Path, fsck: Fsck) -> None:
    """A second writer is refused. One that works on a copy, with a copy of the key, is seen as the fork that it is."""
    with company.service(), pytest.raises(LedgerError, match="already writes"):
        Ledger.open(company.ledger_path, origin=ORIGIN)
    fork = company.copy(tmp_path / "fork")
    company.work(SIZE, SIZE + 10)
    look(company)
    with fork.service() as (ledger, signing):
        ledger.append([Draft("ol.event", {"norm": b'{"other": true}'}) for _ in range(20)])
        forked = signing.cover(ledger.origin, ledger.size())
        assert company.submit(forked.encode(), ledger).status == 422
    shutil.copy(company.outside / "head", fork.outside / "head")
    assert "history was rewritten" in alarm(fork)
    shutil.copy(fork.ledger_path, company.ledger_path)
    shutil.rmtree(company.data / "keyring")
    shutil.copytree(fork.data / "keyring", company.data / "keyring")
    assert any("history was rewritten in the entries" in each for each in fsck())


def test_our_own_two_payloads_swapped_with_their_keys(company: Company, fsck: Fsck) -> None:
    """Two entries exchange their payloads, keys and all: each leaf committed to its own."""
    with company.administrator() as database:
        database.execute("UPDATE part SET id = -1 - id WHERE id / 4 IN (70, 71)")
        database.execute("UPDATE part SET id = -1 - id + 4 WHERE -1 - id >= 280 AND -1 - id < 284 AND id < 0")
        database.execute("UPDATE part SET id = -1 - id - 4 WHERE id < 0")
    found = fsck()
    assert found and {each[:2] for each in found} <= {"4:", "5:"}


def test_our_own_a_forged_keys_json(company: Company, fsck: Fsck) -> None:
    """keys.json is made to end the real key and to name the attacker's: policy and log know better."""
    from lineage.signing.private_keys import make_key

    path = company.data / "ledger.keys.json"
    fields = json.loads(path.read_text())
    fields["keys"][0]["toSize"] = 100
    fields["keys"].append({"vkey": make_key(ORIGIN).verifier.text, "fromSize": 100, "toSize": None})
    path.write_text(json.dumps(fields))
    found = fsck()
    assert any("keys.json was forged" in each for each in found)
    assert any("which neither the policy nor the log knows" in each for each in found)


def test_our_own_a_full_tile_made_narrower_with_its_head(company: Company, fsck: Fsck) -> None:
    """A full tile of which a part is missing would be cached for ever: its width is checked by the log's size."""
    with company.administrator() as database:
        database.execute("UPDATE tile SET hashes = substr(hashes, 1, 32 * 200) WHERE level = 0 AND number = 0")
    assert "2: tile 0/0 has 6400 bytes, not 256 hashes" in fsck()


def test_our_own_a_checkpoint_edited_in_its_store(company: Company, fsck: Fsck) -> None:
    """A kept checkpoint gets another size: no key signed that."""
    with company.administrator("checkpoints.sqlite") as database:
        (note,) = database.execute("SELECT note FROM checkpoint WHERE size = ?", (FIRST,)).fetchone()
        database.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (note.replace("\n290\n", "\n289\n"), FIRST))
    assert any("is about" in each and "another size" in each for each in fsck())


def test_the_administrator_of_these_tests_is_a_real_one(company: Company) -> None:
    """The attacks write to the file that the service uses, by SQLite itself."""
    with company.administrator() as database:
        assert isinstance(database, sqlite3.Connection)
        assert database.execute("SELECT size FROM head").fetchone() == (SIZE,)
