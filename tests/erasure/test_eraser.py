"""Erasure: by two, on record, under holds, with every proof as before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lineage.access.principal import Principal
from lineage.erasure import Cause, Eraser, Hold, Limits, Preset, Selection
from lineage.erasure.eraser import NORMS_AT_ONCE, PROPOSAL_DAYS_MAX
from lineage.erasure.retention import DAY_US, limits
from lineage.errors import Conflict, InputError, LedgerError, LimitExceeded, NotFound
from lineage.ledger import Draft, Ledger, fsck
from lineage.ledger.classes import RetentionClass
from lineage.ledger.erasing import unused_keys
from lineage.ledger.erasure import Erasure
from lineage.ledger.keyring import FolderKeyring
from lineage.verify.tree import leaf_hash, verify_consistency, verify_inclusion

ANN, BOB = Principal(actor="ann"), Principal(actor="bob")
OCTOBER_US = 1_791_000_000_000_000  # 2026-10-03T04:00Z
BASIS, CASE = "GDPR Art. 17(1)(b)", "DSR-17"


@dataclass
class Desk:
    """A ledger with a clock of its own, and who erases in it."""

    path: Path
    ledger: Ledger
    eraser: Eraser
    now_us: list[int]

    def append(self, *events: tuple[str, str]) -> list[int]:
        """Append events of (raw, norm); their indexes."""
        drafts = [Draft("ol.event", {"raw": raw.encode(), "norm": norm.encode()}) for raw, norm in events]
        return [receipt.index for receipt in self.ledger.append(drafts)]

    def erase(self, selection: Selection) -> int:
        """Proposed by Ann, approved by Bob; how many parts went."""
        receipt, _ = self.eraser.propose(selection, BASIS, CASE, ANN)
        return self.eraser.approve(receipt.index, BOB).parts

    def text(self, index: int, name: str) -> str | None:
        """A part, as text."""
        part = self.ledger.part(index, name)
        return None if part is None else part.decode()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Five events; the third names Jane in a literal, the fourth in a table's name."""
    path, now_us = tmp_path / "ledger.sqlite", [OCTOBER_US]
    with Ledger.open(path, origin="acme.example/ledger", clock=lambda: now_us[0]) as ledger:
        made = Desk(path, ledger, Eraser(ledger, lambda: now_us[0]), now_us)
        made.append(('{"a": 0}', "{}"), ('{"a": 1}', "{}"))
        made.append(("SELECT * FROM t WHERE mail = 'Jane.Doe@example.com'", "SELECT * FROM t WHERE mail = ?"))
        made.append(('{"table": "tmp_jane.doe", "more": 1}', '{"table": "tmp_jane.doe"}'), ("last", "{}"))
        yield made


def bytes_on_disk(path: Path) -> bytes:
    """The ledger's file and its write-ahead log."""
    return b"".join(each.read_bytes() for each in path.parent.glob(path.name + "*"))


def test_a_part_is_erased_by_two_and_every_proof_stays(desk: Desk) -> None:
    """The row, its key and its ciphertext are gone from the files; leaves, proofs of before and fsck are as they were."""
    size, root, leaf = desk.ledger.size(), desk.ledger.root(), desk.ledger.leaf_bytes(2)
    proof = desk.ledger.inclusion_proof(2, size)
    row = sqlite3.connect(desk.path).execute("SELECT key, body FROM part WHERE id = 9").fetchone()
    assert row[1] in bytes_on_disk(desk.path)
    assert desk.erase(Selection(entries=((2, 3),), names=frozenset({"raw"}))) == 1
    assert desk.text(2, "raw") is None and desk.text(2, "norm") == "SELECT * FROM t WHERE mail = ?"
    assert row[0] not in bytes_on_disk(desk.path) and row[1] not in bytes_on_disk(desk.path)
    assert desk.ledger.leaf_bytes(2) == leaf
    assert verify_inclusion(leaf_hash(leaf), 2, size, proof, root)
    later = desk.ledger.size()
    assert verify_consistency(size, later, desk.ledger.consistency_proof(size, later), root, desk.ledger.root())
    assert fsck(desk.path).exit_code == 0


def test_the_record_says_what_was_erased_when_why_and_by_whom(desk: Desk) -> None:
    """Also after a restart; what was proposed is no longer open."""
    receipt, proposal = desk.eraser.propose(Selection(entries=((0, 2),)), BASIS, CASE, ANN)
    assert proposal.erased == (Erasure("norm", 0, 2), Erasure("raw", 0, 2))
    assert list(desk.eraser.record.standing().proposals) == [receipt.index]
    desk.now_us[0] += 5
    done = desk.eraser.approve(receipt.index, BOB)
    for eraser in (desk.eraser, Eraser(desk.ledger, lambda: 0)):
        standing = eraser.record.standing()
        assert standing.proposals == {}
        ((source, deed),) = standing.deeds.values()
        assert (source.index, source.time_us, source.actor) == (done.receipts[0].index, OCTOBER_US + 5, "bob")
        assert (deed.cause, deed.basis, deed.request, deed.proposed_by) == (Cause.REQUEST, BASIS, CASE, "ann")
        assert (deed.proposal, deed.approved_by, deed.erased) == (receipt.index, "bob", proposal.erased)


def test_nobody_approves_what_they_proposed(desk: Desk) -> None:
    """Not with another key either: it is the actor that counts."""
    receipt, _ = desk.eraser.propose(Selection(entries=((0, 1),)), BASIS, CASE, ANN)
    with pytest.raises(Conflict, match="another than who proposed"):
        desk.eraser.approve(receipt.index, Principal(actor="ann", auth="key:other"))
    assert desk.text(0, "raw") is not None


def test_an_approval_is_good_once_and_not_for_ever(desk: Desk) -> None:
    """Neither twice, nor for what was withdrawn, nor for a proposal of last month, nor for any other entry."""
    first, _ = desk.eraser.propose(Selection(entries=((0, 1),)), BASIS, CASE, ANN)
    desk.eraser.approve(first.index, BOB)
    second, _ = desk.eraser.propose(Selection(entries=((1, 2),)), BASIS, CASE, ANN)
    desk.eraser.withdraw(second.index, "wrong entry", BOB)
    for index in (first.index, second.index, 0, 99):
        with pytest.raises(NotFound, match="no proposal that is open"):
            desk.eraser.approve(index, BOB)
    third, _ = desk.eraser.propose(Selection(entries=((1, 2),)), BASIS, CASE, ANN)
    desk.now_us[0] += PROPOSAL_DAYS_MAX * DAY_US + 1
    with pytest.raises(Conflict, match="propose again"):
        desk.eraser.approve(third.index, BOB)
    assert desk.text(1, "raw") is not None


def test_a_search_selects_what_holds_the_text(desk: Desk) -> None:
    """A literal stands in the received bytes only, a name in both; case and JSON's escapes do not hide it."""
    _, proposal = desk.eraser.propose(Selection(search="jane.doe"), BASIS, CASE, ANN)
    assert proposal.erased == (Erasure("norm", 3, 4), Erasure("raw", 2, 4))
    desk.append(('{"name": "J\\u00fcrgen Gro\\u00df"}', "{}"), ('{"name": "jürgen groß"}', "{}"))
    _, proposal = desk.eraser.propose(Selection(search="Jürgen Groß"), BASIS, CASE, ANN)
    first = proposal.erased[0].start
    assert proposal.erased == (Erasure("raw", first, first + 2),)
    assert b"jane" not in desk.ledger.part(first + 2, "norm").lower()  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        desk.eraser.propose(Selection(search="nobody of this name"), BASIS, CASE, ANN)


def test_a_raw_outlives_its_norm(desk: Desk) -> None:
    """It was compressed against the norm, so it is sealed anew; its commitment still opens."""
    assert desk.erase(Selection(entries=((3, 4),), names=frozenset({"norm"}))) == 1
    assert desk.text(3, "norm") is None and desk.text(3, "raw") == '{"table": "tmp_jane.doe", "more": 1}'
    assert fsck(desk.path).exit_code == 0
    assert desk.erase(Selection(entries=((3, 4),))) == 1
    assert fsck(desk.path).exit_code == 0


def test_what_is_gone_or_kept_for_ever_is_not_selected(desk: Desk) -> None:
    """Statements about the record are never erased, and nothing is erased twice."""
    desk.erase(Selection(entries=((0, 5),)))
    size = desk.ledger.size()
    with pytest.raises(NotFound, match="kept for ever"):
        desk.eraser.propose(Selection(entries=((0, size),)), BASIS, CASE, ANN)
    with pytest.raises(NotFound):
        desk.eraser.propose(Selection(search=CASE), BASIS, CASE, ANN)


@pytest.mark.parametrize(
    "hold",
    [Hold((), (), "all"), Hold((RetentionClass.RAW,), (), "class"), Hold((), ((2, 4),), "entries")],
    ids=lambda hold: hold.reason,
)
def test_a_legal_hold_stops_proposals_and_approvals(desk: Desk, hold: Hold) -> None:
    """Set after the proposal too, and until it is lifted."""
    receipt, _ = desk.eraser.propose(Selection(entries=((2, 3),)), BASIS, CASE, ANN)
    held = desk.eraser.hold(hold, ANN)
    for refused in (
        lambda: desk.eraser.approve(receipt.index, BOB),
        lambda: desk.eraser.propose(Selection(entries=((1, 4),)), BASIS, CASE, ANN),
    ):
        with pytest.raises(Conflict, match=f"legal hold of entry {held.index}"):
            refused()
    desk.eraser.lift(held.index, "case closed", BOB)
    assert desk.eraser.approve(receipt.index, BOB).parts == 2
    with pytest.raises(NotFound):
        desk.eraser.lift(held.index, "again", BOB)


def test_a_hold_is_about_what_it_names(desk: Desk) -> None:
    """Other classes and other entries may go."""
    desk.eraser.hold(Hold((RetentionClass.NORM,), ((4, 5),), "case"), ANN)
    assert desk.erase(Selection(entries=((0, 2),), names=frozenset({"raw"}))) == 2
    with pytest.raises(Conflict):
        desk.eraser.propose(Selection(entries=((4, 5),), names=frozenset({"raw"})), BASIS, CASE, ANN)


def test_a_large_erasure_is_several_entries_that_together_say_it(desk: Desk) -> None:
    """The proposal is closed by the last of them, so that one that was cut off is still open."""
    desk.append(*((f"raw {number}", f"norm {number}") for number in range(NORMS_AT_ONCE + 50)))
    receipt, proposal = desk.eraser.propose(Selection(entries=((6, 6 + NORMS_AT_ONCE + 50),)), BASIS, CASE, ANN)
    done = desk.eraser.approve(receipt.index, BOB)
    assert (len(done.receipts), done.parts) == (2, 2 * (NORMS_AT_ONCE + 49))
    deeds = [deed for _, deed in desk.eraser.record.standing().deeds.values()]
    assert [deed.more for deed in deeds] == [True, False]
    assert fsck(desk.path).exit_code == 0
    named = {(each.name, at) for deed in deeds for each in deed.erased for at in range(each.start, each.stop)}
    assert named == {(each.name, at) for each in proposal.erased for at in range(each.start, each.stop)}


def test_an_erasure_that_breaks_off_is_finished_by_another_approval(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done stands, what was not is still proposed."""
    import lineage.erasure.eraser as module

    desk.append(*((f"raw {number}", f"norm {number}") for number in range(NORMS_AT_ONCE + 50)))
    receipt, _ = desk.eraser.propose(Selection(entries=((6, 6 + NORMS_AT_ONCE + 49),)), BASIS, CASE, ANN)
    real, calls = module.erase, []

    def once(ledger: Ledger, statement: Draft) -> object:
        calls.append(1)
        if len(calls) > 1:
            raise OSError("power cut")
        return real(ledger, statement)

    monkeypatch.setattr(module, "erase", once)
    with pytest.raises(OSError, match="power cut"):
        desk.eraser.approve(receipt.index, BOB)
    monkeypatch.setattr(module, "erase", real)
    assert list(desk.eraser.record.standing().proposals) == [receipt.index]
    assert desk.eraser.approve(receipt.index, BOB).parts > 0
    assert desk.eraser.record.standing().proposals == {}
    assert fsck(desk.path).exit_code == 0


def test_a_service_that_stops_erases_no_further(desk: Desk) -> None:
    """What is left is still proposed, for after the restart."""
    receipt, _ = desk.eraser.propose(Selection(entries=((0, 2),)), BASIS, CASE, ANN)
    desk.eraser.stop()
    with pytest.raises(LedgerError, match="after the restart"):
        desk.eraser.approve(receipt.index, BOB)
    assert Eraser(desk.ledger, lambda: desk.now_us[0]).approve(receipt.index, BOB).parts == 4


def test_bad_selections_and_texts_are_refused(desk: Desk) -> None:
    """Nothing, everything, words that are everywhere, ranges that run backwards, no basis."""
    with pytest.raises(InputError, match="Nothing is selected"):
        Selection()
    with pytest.raises(InputError, match="longer one"):
        Selection(search="a b")
    with pytest.raises(InputError, match="Correct it"):
        Selection(entries=((3, 3),))
    with pytest.raises(LimitExceeded):
        Selection(entries=((0, 2_000_000_000),))
    with pytest.raises(InputError, match="basis"):
        desk.eraser.propose(Selection(entries=((0, 1),)), " ", CASE, ANN)
    assert desk.ledger.size() == 5


def retained(desk: Desk, said: Limits, *holds: Hold, replayed: frozenset[int] = frozenset()) -> int:
    """Set limits and apply them; how many parts went."""
    desk.eraser.set_limits(said, ANN)
    standing = desk.eraser.record.standing().limits
    assert standing is not None
    return desk.eraser.retain(standing, lambda: holds, replayed).parts


def test_limits_erase_what_is_older_and_destroy_the_keys_of_months_that_are_empty(desk: Desk) -> None:
    """Received bytes go after 30 days, norms stay; with the last raw of October its key goes, said beforehand."""
    desk.now_us[0] += 20 * DAY_US
    desk.append(("young", "{}"))
    desk.now_us[0] += 15 * DAY_US
    minimal = limits(Preset.MINIMAL, {}, "data minimisation")
    assert retained(desk, minimal) == 5
    assert [desk.text(at, "raw") is None for at in range(6)] == [True] * 5 + [False]
    assert desk.text(0, "norm") == "{}"
    october = [name for name in desk.ledger.keyring.names() if name.startswith("raw-2026-10")]
    assert len(october) == 1, "one raw of October is still needed"
    desk.now_us[0] += 20 * DAY_US
    standing = desk.eraser.record.standing().limits
    assert standing is not None
    outcome = desk.eraser.retain(standing, tuple)
    assert (outcome.parts, outcome.keys) == (1, tuple(october))
    assert not [name for name in desk.ledger.keyring.names() if name.startswith("raw-2026-10")]
    assert unused_keys(desk.ledger, "2026-11") == []
    deeds = [deed for _, deed in desk.eraser.record.standing().deeds.values()]
    assert deeds[-1].keys == tuple(october) and deeds[-1].cause is Cause.RETENTION
    assert desk.eraser.retain(standing, tuple).parts == 0
    assert fsck(desk.path).exit_code == 0


def test_a_key_that_was_called_destroyed_is_destroyed_after_a_kill(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry comes first; whatever ends between the two, the next start makes it true."""
    desk.now_us[0] += 70 * DAY_US
    monkeypatch.setattr(FolderKeyring, "drop", lambda *_: None)
    assert retained(desk, limits(Preset.MINIMAL, {}, "data minimisation")) == 5
    monkeypatch.undo()
    said = [key for _, deed in desk.eraser.record.standing().deeds.values() for key in deed.keys]
    assert said and set(said) <= set(desk.ledger.keyring.names())
    Eraser(desk.ledger, lambda: desk.now_us[0]).finish()
    assert not set(said) & set(desk.ledger.keyring.names())


def test_what_was_erased_by_request_takes_its_key_along_when_the_month_is_over(desk: Desk) -> None:
    """Not before: an append may still need it. And not a key that anything needs."""
    assert desk.erase(Selection(entries=((0, 5),), names=frozenset({"raw"}))) == 5
    desk.eraser.finish()
    october = {name.rpartition("-")[0] for name in desk.ledger.keyring.names()}
    assert october == {"raw-2026-10", "norm-2026-10", "record-2026-10"}
    desk.now_us[0] += 30 * DAY_US
    desk.eraser.finish()
    assert {name.rpartition("-")[0] for name in desk.ledger.keyring.names() if "-10-" in name} == {
        "norm-2026-10", "record-2026-10",
    }  # fmt: skip
    assert fsck(desk.path).exit_code == 0


def test_an_older_copy_does_not_destroy_the_keys_of_the_newer(desk: Desk, tmp_path: Path) -> None:
    """A backup was put back onto the keyring: months that it does not know are not its own to tidy up."""
    keyring = FolderKeyring(tmp_path / "keyring" / "ledger")
    newer = keyring.current(RetentionClass.RAW, "2026-11")
    desk.now_us[0] += 100 * DAY_US
    desk.eraser.finish()
    assert newer in keyring.names()


def test_limits_spare_what_is_held_and_take_it_when_the_hold_is_lifted(desk: Desk) -> None:
    """A hold does not fail the rest."""
    desk.now_us[0] += 40 * DAY_US
    minimal = limits(Preset.MINIMAL, {}, "data minimisation")
    assert retained(desk, minimal, Hold((), ((2, 3),), "case")) == 4
    assert retained(desk, minimal) == 1


def test_dead_letters_expire_only_when_they_were_replayed(desk: Desk) -> None:
    """They are the only copy of what an event said."""
    for _ in range(2):
        desk.ledger.append([Draft("ol.event", {"raw": b"{", "reason": b"{}"})])
    desk.now_us[0] += 40 * DAY_US
    minimal = limits(Preset.MINIMAL, {}, "data minimisation")
    assert retained(desk, minimal, replayed=frozenset({6})) == 5 + 2
    assert desk.text(5, "raw") == "{" and desk.text(6, "raw") is None


def test_limits_have_floors() -> None:
    """Below what the law asks for, for what is never limited, and a raw that would outlive its norm."""
    assert limits(Preset.KEEP, {}, "r").days == {}
    assert limits(Preset.SOX, {RetentionClass.RAW: None}, "r").days.get(RetentionClass.RAW) is None
    for changes, says in (
        ({RetentionClass.ACCESS: 100}, "183 to"),
        ({RetentionClass.RAW: 0}, "1 to"),
        ({RetentionClass.NORM: 182}, "183 to"),
        ({RetentionClass.RECORD: 400}, "as long as the ledger"),
        ({RetentionClass.NORM: 400, RetentionClass.RAW: 500}, "cannot be kept longer"),
    ):
        with pytest.raises(InputError, match=says):
            limits(Preset.KEEP, changes, "r")
