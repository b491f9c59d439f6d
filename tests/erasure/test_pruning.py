"""Pruning of the access log: leaves go, hashes stay; nothing goes unsaid, unerased or under a hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.access.history import Wanted, history
from lineage.access.principal import ANONYMOUS
from lineage.access.reads import Read, ReadKind, draft_of
from lineage.erasure import Eraser, Hold, Preset
from lineage.erasure.pruning import prunings
from lineage.erasure.retention import DAY_US, limits
from lineage.erasure.statements import Source
from lineage.errors import InputError, LedgerError, NotFound
from lineage.ledger import Draft, Ledger, fsck
from lineage.ledger.classes import NORM, RetentionClass
from lineage.ledger.erasing import prune
from lineage.ledger.kinds import entries_of_kind
from lineage.verify.tiles import TILE_WIDTH, decode_bundle
from lineage.verify.tree import leaf_hash, verify_consistency, verify_inclusion

BEGIN_US = 1_791_000_000_000_000
LIMITS = (Source(7, 0, "ann"), limits(Preset.KEEP, {RetentionClass.ACCESS: 200}, "policy"))


@dataclass
class Reads:
    """An access log with a clock of its own, and who erases in it."""

    path: Path
    ledger: Ledger
    eraser: Eraser
    now_us: list[int]

    def read(self, count: int) -> None:
        """Reads of one moment."""
        drafts = [draft_of(Read(ReadKind.READ, ANONYMOUS, objects=["hw:x"]), "{}") for _ in range(count)]
        self.ledger.append(drafts)

    def age(self, days: int, *holds: Hold) -> None:
        """Let so many days pass, and apply the limit."""
        self.now_us[0] += days * DAY_US
        self.eraser.retain(LIMITS, lambda: holds)


@pytest.fixture
def reads(tmp_path: Path) -> Iterator[Reads]:
    """Three bundles and a bit, all of one day."""
    path, now_us = tmp_path / "access.sqlite", [BEGIN_US]
    with Ledger.open(path, origin="acme.example/access", clock=lambda: now_us[0]) as ledger:
        made = Reads(path, ledger, Eraser(ledger, lambda: now_us[0]), now_us)
        made.read(3 * TILE_WIDTH + 10)
        yield made


def test_old_reads_are_pruned_and_every_proof_holds(reads: Reads) -> None:
    """Whole bundles of leaves are gone from the files; roots, tiles, and a proof of a leaf that somebody kept are as before."""
    size, root, kept = reads.ledger.size(), reads.ledger.root(), reads.ledger.leaf_bytes(5)
    reads.age(201)
    assert reads.ledger.minimum() == 3 * TILE_WIDTH
    later = reads.ledger.size()
    proof = reads.ledger.inclusion_proof(5, later)
    assert verify_inclusion(leaf_hash(kept), 5, later, proof, reads.ledger.root())
    assert verify_consistency(size, later, reads.ledger.consistency_proof(size, later), root, reads.ledger.root())
    assert len(reads.ledger.tile(0, 0)) == TILE_WIDTH * 32
    assert kept not in b"".join(each.read_bytes() for each in reads.path.parent.glob("access.sqlite*"))
    report = fsck(reads.path)
    assert (report.exit_code, report.entries_checked) == (0, later - 3 * TILE_WIDTH)
    reads.age(1)
    assert fsck(reads.path).exit_code == 0, "what said so is on record and stays"


def test_what_is_gone_is_said_to_be_pruned(reads: Reads) -> None:
    """Not missing: by index, as a bundle, and in the history, which ends there."""
    reads.age(201)
    with pytest.raises(NotFound, match="pruned"):
        reads.ledger.leaf_bytes(0)
    with pytest.raises(NotFound, match="pruned"):
        reads.ledger.bundle(2)
    assert len(decode_bundle(reads.ledger.bundle(3, 10))) == 10
    found = history(reads.ledger, Wanted(), first=10_000)
    assert found.before is None and [each.index for each in found.accounts][-1] == 3 * TILE_WIDTH
    assert reads.ledger.size_at(BEGIN_US - 1) == 3 * TILE_WIDTH


def test_the_log_goes_on_after_a_restart(reads: Reads) -> None:
    """It opens, appends, is pruned again up to what is younger, and knows what was said before."""
    reads.age(100)
    reads.read(TILE_WIDTH)
    reads.age(101)
    assert reads.ledger.minimum() == 3 * TILE_WIDTH
    reads.ledger.close()
    with Ledger.open(reads.path, clock=lambda: reads.now_us[0]) as ledger:
        assert ledger.minimum() == 3 * TILE_WIDTH
        again = Eraser(ledger, lambda: reads.now_us[0])
        assert any(deed.pruned for _, deed in again.record.standing().deeds.values())
        reads.now_us[0] += 100 * DAY_US
        again.retain(LIMITS, tuple)
        assert ledger.minimum() == 4 * TILE_WIDTH
        assert [leaf.index for leaf, _ in entries_of_kind(ledger, "erase")] == list(again.record.standing().deeds)
    assert fsck(reads.path).exit_code == 0


def test_a_hold_keeps_leaves_too(reads: Reads) -> None:
    """Up to the first bundle that it touches; lifted, the rest goes."""
    reads.age(201, Hold((), ((TILE_WIDTH + 3, TILE_WIDTH + 4),), "case"))
    assert reads.ledger.minimum() == TILE_WIDTH
    reads.age(0)
    assert reads.ledger.minimum() == 3 * TILE_WIDTH


def test_a_class_under_a_hold_is_not_pruned(reads: Reads) -> None:
    """A hold on the access log stops all of it."""
    reads.age(201, Hold((RetentionClass.ACCESS,), (), "case"))
    assert reads.ledger.minimum() == 0 and reads.ledger.part(0, NORM) is not None


def test_nothing_is_pruned_whose_parts_are_stored(reads: Reads) -> None:
    """Whatever a statement says: nothing is done then."""
    size = reads.ledger.size()
    with pytest.raises(LedgerError, match="not erased"):
        prune(reads.ledger, _statement(TILE_WIDTH, 0))
    with pytest.raises(LedgerError, match="not what was said"):
        prune(reads.ledger, _statement(TILE_WIDTH, 1))
    with pytest.raises(LedgerError, match="may not"):
        prune(reads.ledger, _statement(TILE_WIDTH + 1, 0))
    assert reads.ledger.size() == size and reads.ledger.minimum() == 0


def test_the_ledger_is_kept_for_ever(tmp_path: Path) -> None:
    """Only who read what is pruned."""
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(path, origin="acme.example/ledger") as ledger:
        ledger.append([Draft("ol.event", {}) for _ in range(TILE_WIDTH)])
        with pytest.raises(InputError, match="for ever"):
            prune(ledger, _statement(TILE_WIDTH, 0))


def _statement(minimum: int, kept: int) -> Draft:
    said = f'{{"erased": [], "pruned": {{"minimum": {minimum}, "kept": {kept}}}}}'
    return Draft("erase", {NORM: said.encode()})


@pytest.mark.parametrize(
    ("statements", "finding"),
    [
        (("DELETE FROM entry WHERE i = 700",), "entry 700 is missing"),
        (("DELETE FROM entry WHERE i < 256",), "entries 0 to 255 are missing"),
        (
            (
                "DELETE FROM part WHERE id < 1024",
                "DELETE FROM entry WHERE i < 256",
                "CREATE TABLE pruned (id INTEGER PRIMARY KEY, minimum INTEGER)",
                "INSERT INTO pruned VALUES (1, 256)",
            ),
            "no erase entry does",
        ),
    ],
)
def test_what_was_taken_is_not_pruned(reads: Reads, statements: tuple[str, ...], finding: str) -> None:
    """An administrator deletes reads and lets the file say that they were pruned."""
    reads.ledger.close()
    with sqlite3.connect(reads.path) as editor:
        for statement in statements:
            editor.execute(statement)
    report = fsck(reads.path)
    assert report.exit_code == 1
    assert any(finding in each.message for each in report.findings)


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("DELETE FROM entry WHERE i = (SELECT min(i) FROM entry)", "on record before"),
        ("UPDATE pruned SET minimum = minimum + 256", "no erase entry does"),
        ("DELETE FROM pruned", "missing"),
        ("UPDATE tile SET hashes = zeroblob(8192) WHERE level = 0 AND number = 0", "does not lead"),
    ],
)
def test_a_pruned_log_hides_nothing(reads: Reads, statement: str, finding: str) -> None:
    """What is on record before the minimum index, the index itself and the hashes that were left are all checked."""
    reads.age(201)
    for _ in range(3):
        reads.read(TILE_WIDTH)
        reads.age(201)
    assert reads.ledger.minimum() > 3 * TILE_WIDTH
    reads.ledger.close()
    with sqlite3.connect(reads.path) as editor:
        editor.execute(statement)
    report = fsck(reads.path)
    assert report.exit_code == 1
    assert any(finding in each.message for each in report.findings), report.findings


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["reads", "age", "held"]), max_size=8))
def test_whatever_happens_the_minimum_only_grows_and_fsck_is_clean(tmp_path_factory: pytest.TempPathFactory, acts: list[str]) -> None:
    """Reads, days and holds in any order: what is pruned is old, whole, on record and never comes back."""
    path, now_us, least = tmp_path_factory.mktemp("log") / "access.sqlite", [BEGIN_US], 0
    with Ledger.open(path, origin="acme.example/access", clock=lambda: now_us[0]) as ledger:
        reads = Reads(path, ledger, Eraser(ledger, lambda: now_us[0]), now_us)
        for act in acts:
            match act:
                case "reads":
                    reads.read(100)
                case "age":
                    reads.age(90)
                case "held":
                    reads.age(90, Hold((), ((least + 50, least + 51),), "case"))
            assert ledger.minimum() >= least and ledger.minimum() % TILE_WIDTH == 0
            least = ledger.minimum()
            assert ledger.size_at(now_us[0] - 200 * DAY_US) >= least
            assert not list(prunings(ledger, 0, ()))
    assert fsck(path).exit_code == 0
