"""Checkpoints: soon after growth, never of another history, kept within bounds; keys change on record."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lineage.errors import LedgerError
from lineage.ledger import Ledger, fsck
from lineage.signing.checkpoints import HOUR_S, KEPT_NEWEST, THINNED_EVERY, Checkpoints
from lineage.signing.key_ranges import ADDED, RETIRED, read_rotations
from lineage.signing.publisher import HEARTBEAT_KIND
from lineage.signing.signer import OVERLAP_S
from lineage.verify.checkpoint import Checkpoint, SignedCheckpoint
from lineage.verify.note import Note, NoteSignature
from lineage.verify.policy import parse_policy
from tests.signing.making import ORIGIN, Clock, soon, vouched


def test_growth_is_covered_soon_and_for_everybody(tmp_path: Path) -> None:
    """In the publisher's own thread; the checkpoint is the ledger's root under the published key."""
    with vouched(tmp_path) as it:
        it.publisher.start()
        it.append(3)
        soon(lambda: it.checkpoints.covering(ORIGIN, 3) is not None)
        signed = it.checkpoints.latest(ORIGIN)
        assert signed is not None
        assert signed.checkpoint == Checkpoint(ORIGIN, 3, it.ledger.root(3))
        assert it.policy().check(signed).signed_by
        assert it.publisher.refusals() == ()


def test_who_needs_a_checkpoint_now_gets_it_now(tmp_path: Path) -> None:
    """Without waiting for the thread, which need not even run."""
    with vouched(tmp_path, post_quantum=True) as it:
        it.append(2)
        first = it.publisher.cover(ORIGIN, 2)
        it.append(5)
        assert it.publisher.cover(ORIGIN, 1) == first
        assert it.publisher.cover(ORIGIN, 7).checkpoint.size == 7
        assert len(first.note.signatures) == 2
        with pytest.raises(LedgerError.__mro__[1], match="no checkpoint"):
            it.publisher.cover(ORIGIN, 8)


def test_after_a_restart_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """The same key, the same memory; what grew while nobody signed is covered at once."""
    with vouched(tmp_path) as it:
        it.append(3)
        before = it.publisher.cover(ORIGIN, 3)
    with vouched(tmp_path) as it:
        it.append(4)
        after = it.publisher.cover(ORIGIN, 7)
        policy = it.policy()
    assert policy.check(before).signed_by == policy.check(after).signed_by


@pytest.mark.parametrize("lost", ["checkpoints.sqlite", "ledger.keys.json"])
def test_what_can_be_made_again_is(tmp_path: Path, lost: str) -> None:
    """Kept checkpoints and keys.json are conveniences; the signer's folder is not."""
    with vouched(tmp_path) as it:
        it.append(3)
        it.publisher.cover(ORIGIN, 3)
        it.publisher.rotate(ORIGIN)
        it.publisher.cover(ORIGIN, 4)
        ranges = it.publisher.key_ranges(ORIGIN)
    for path in tmp_path.glob(lost + "*"):
        path.unlink()
    with vouched(tmp_path) as it:
        assert it.publisher.cover(ORIGIN, 4).checkpoint.size == 4
        assert it.publisher.key_ranges(ORIGIN) == ranges


def test_silence_is_made_visible(tmp_path: Path) -> None:
    """An entry after so many quiet seconds, none before, and no more than one."""
    clock = Clock()
    with vouched(tmp_path, heartbeat_s=600, clock=clock) as it:
        it.append()
        it.publisher.start()
        soon(lambda: it.checkpoints.covering(ORIGIN, 1) is not None)
        clock.now_s += 599
        it.append()
        clock.now_s += 600
        soon(lambda: it.ledger.size() == 3)
        assert it.ledger.leaf(2).kind == HEARTBEAT_KIND
        soon(lambda: it.checkpoints.covering(ORIGIN, 3) is not None)
        assert it.ledger.size() == 3


def test_a_key_changes_on_record(tmp_path: Path) -> None:
    """An entry names the new key before it signs and the old one once it has stopped; keys.json says the same."""
    clock = Clock()
    with vouched(tmp_path, clock=clock) as it:
        it.append(5)
        it.publisher.cover(ORIGIN, 5)
        old = it.publisher.key_ranges(ORIGIN)[0].key
        new, index = it.publisher.rotate(ORIGIN)
        both = it.publisher.cover(ORIGIN, 6)
        assert (index, len(both.note.signatures)) == (5, 2)
        clock.now_s += OVERLAP_S + 1
        it.append()
        it.publisher.cover(ORIGIN, 7)
        told = [(at, each.operation, each.key) for at, each in read_rotations(it.ledger)]
        assert told == [(5, ADDED, new), (7, RETIRED, old)]
        only = it.publisher.cover(ORIGIN, 8)
        assert [line.key_id for line in only.note.signatures] == [new.key_id]
        keys = json.loads((tmp_path / "ledger.keys.json").read_text())["keys"]
        assert [(each["fromSize"], each["toSize"]) for each in keys] == [(0, 7), (5, None)]
        parse_policy(f"log {new.text}\nquorum none\n").check(only)
    assert fsck(tmp_path / "ledger.sqlite").exit_code == 0


def test_a_kept_checkpoint_of_a_history_that_is_gone_is_not_handed_out(tmp_path: Path) -> None:
    """It would cover the entries of another ledger: refused instead, and said."""
    with vouched(tmp_path) as it:
        it.append(9)
        it.publisher.cover(ORIGIN, 9)
    for path in tmp_path.glob("ledger.sqlite*"):
        path.unlink()
    with vouched(tmp_path, clock=Clock(1_790_000_001.0)) as it:  # other entries: their times differ
        it.append(4)
        with pytest.raises(LedgerError, match="refuses"):
            it.publisher.cover(ORIGIN, 2)
        it.append(9)
        with pytest.raises(LedgerError, match="refuses"):
            it.publisher.cover(ORIGIN, 9)
        it.publisher.start()
        soon(lambda: it.publisher.refusals() != ())
        it.append()  # events are taken all the same
        assert it.ledger.size() == 14


def test_signatures_of_one_head_are_joined(tmp_path: Path) -> None:
    """A cosignature that comes later stands beside the others, and a newer one of the same key replaces it."""
    with vouched(tmp_path) as it:
        it.append(2)
        first = it.publisher.cover(ORIGIN, 2)
        for byte in (b"1", b"2"):
            it.checkpoints.cosign(ORIGIN, 2, "w", [NoteSignature("w.example", b"\0\0\0\1", 72 * byte)])
        it.checkpoints.add(first, 0)
        kept = it.checkpoints.latest(ORIGIN)
        assert kept is not None
        assert [line.signature[:1] for line in kept.note.signatures[1:]] == [b"2"]
        assert kept.note.signatures[0] == first.note.signatures[0]
        assert it.checkpoints.witnessed(ORIGIN, "w") == 2


def test_what_is_kept_is_bounded(tmp_path: Path) -> None:
    """The newest ones all, of older ones the last of each hour."""
    with closing(Checkpoints(tmp_path / "checkpoints.sqlite")) as checkpoints:
        note = Note("x\n", (NoteSignature("k", b"\0\0\0\0", b"x"),))
        count, step_s = KEPT_NEWEST + 3 * THINNED_EVERY, 100
        with closing(sqlite3.connect(tmp_path / "checkpoints.sqlite")) as quick:
            quick.executemany(
                "INSERT INTO checkpoint VALUES (?, ?, ?, ?)",
                [(ORIGIN, size, step_s * size, note.encode()) for size in range(count)],
            )
            quick.commit()
        for size in range(count, count + THINNED_EVERY):
            head = Checkpoint(ORIGIN, size, bytes(32))
            checkpoints.add(SignedCheckpoint(head, note), step_s * size)
        sizes = [size for size, _ in checkpoints.rows(ORIGIN)]
    newest = list(range(count + THINNED_EVERY - KEPT_NEWEST, count + THINNED_EVERY))
    older = [size for size in range(newest[0]) if step_s * size // HOUR_S != step_s * (size + 1) // HOUR_S]
    assert sizes == [*older, *newest]


def test_a_ledger_that_was_there_before_signing_is_signed_from_its_beginning(tmp_path: Path) -> None:
    """An upgrade: thousands of entries, the first checkpoint covers them all."""
    with Ledger.open(tmp_path / "ledger.sqlite", origin=ORIGIN) as ledger:
        from lineage.ledger import Draft

        ledger.append([Draft("ol.event", {}) for _ in range(1000)])
    with vouched(tmp_path) as it:
        assert it.publisher.cover(ORIGIN, 1).checkpoint.size == 1000


def test_the_publisher_outlives_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """It says so, and goes on once it can."""
    with vouched(tmp_path) as it:
        (tmp_path / "ledger.keys.json").mkdir()
        it.publisher.start()
        it.append()
        soon(lambda: any("No checkpoint can be made" in each for each in it.publisher.refusals()))
        (tmp_path / "ledger.keys.json").rmdir()
        it.publisher._logs[ORIGIN].retry_at_s = 0
        soon(lambda: it.checkpoints.covering(ORIGIN, 1) is not None)
        soon(lambda: it.publisher.refusals() == ())


def test_a_kept_checkpoint_that_somebody_edited_is_named(tmp_path: Path) -> None:
    """Instead of a publisher that stands still without a word."""
    with vouched(tmp_path) as it:
        it.append()
        it.publisher.cover(ORIGIN, 1)
        with closing(sqlite3.connect(tmp_path / "checkpoints.sqlite")) as edited:
            edited.execute("UPDATE checkpoint SET note = 'nothing'")
            edited.commit()
        with pytest.raises(LedgerError, match=r"checkpoints\.sqlite cannot be read"):
            it.publisher.cover(ORIGIN, 1)
