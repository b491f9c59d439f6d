"""The ledger: what was appended is there, in order, provable, and nobody else can write."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.errors import Conflict, InputError, LedgerError, NotFound
from lineage.ledger import Draft, Ledger
from lineage.verify.tiles import decode_bundle
from lineage.verify.tree import EMPTY_ROOT, leaf_hash, verify_consistency, verify_inclusion
from tests.ledger import reference

EVENT = b'{"eventType":"COMPLETE"}'


def drafts(number: int, start: int = 0) -> list[Draft]:
    """Different events, each with raw and norm."""
    return [
        Draft("ol.event", {"raw": b"{ %d }" % at, "norm": b"{%d}" % at}, event_time_us=at)
        for at in range(start, start + number)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the test's ledger is."""
    return tmp_path / "data" / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """An empty ledger, open for writing, whose clock ticks once a microsecond and append."""
    ticks = count(1_000)
    with Ledger.open(path, origin="acme.example/ledger", clock=lambda: next(ticks)) as opened:
        yield opened


def test_a_new_ledger_is_empty(path: Path) -> None:
    """It is made with its folder, a random name of its own, and the root of the empty tree."""
    with Ledger.open(path) as ledger:
        assert ledger.origin.startswith("headwater.local/") and ledger.origin.endswith("/ledger")
        assert (ledger.size(), ledger.root(), ledger.append([])) == (0, EMPTY_ROOT, [])
        assert list(ledger.entries(0, 10)) == []
        assert path.stat().st_mode & 0o077 == 0


def test_what_is_appended_is_read_back(ledger: Ledger) -> None:
    """Leaf, parts and receipt say the same, and parts that were never there are None."""
    receipts = ledger.append([*drafts(2), Draft("reject", {"raw": b"\x00"}, actor="a_1", request="r_1")])
    assert [receipt.index for receipt in receipts] == [0, 1, 2]
    assert all(receipt.leaf_hash == leaf_hash(ledger.leaf_bytes(receipt.index)) for receipt in receipts)
    assert ledger.part(1, "raw") == b"{ 1 }" and ledger.part(1, "norm") == b"{1}"
    assert ledger.part(2, "norm") is None and ledger.part(2, "other") is None and ledger.part(2, "raw") == b"\x00"
    leaf = ledger.leaf(2)
    assert (leaf.origin, leaf.index, leaf.kind, leaf.actor, leaf.auth, leaf.request) == (
        "acme.example/ledger",
        2,
        "reject",
        "a_1",
        "none",
        "r_1",
    )
    assert [(entry.index, entry.leaf.event_time_us, entry.norm) for entry in ledger.entries(0, 99)] == [
        (0, 0, b"{0}"),
        (1, 1, b"{1}"),
        (2, None, None),
    ]


def test_entries_come_in_order_whatever_the_chunks(ledger: Ledger) -> None:
    """A range over several reads is complete, and starts and stops where it was asked to."""
    ledger.append(drafts(300))
    assert [entry.norm for entry in ledger.entries(3, 299)] == [b"{%d}" % at for at in range(3, 299)]


def test_reading_a_few_entries_costs_the_same_in_a_long_log(ledger: Ledger) -> None:
    """The projector's reads touch what they return, not the log around it."""

    def steps() -> int:
        counted = 0

        def count_step() -> int:
            nonlocal counted
            counted += 1
            return 0

        with ledger._pool.lend() as reader:
            reader.set_progress_handler(count_step, 10)
        assert len(list(ledger.entries(10, 30))) == 20
        with ledger._pool.lend() as reader:
            reader.set_progress_handler(None, 0)
        return counted

    ledger.append(drafts(40))
    short = steps()
    ledger.append(drafts(2000))
    assert 0 < steps() <= short * 1.2


def test_a_reopened_ledger_goes_on(path: Path) -> None:
    """Size, root, origin and clock are those of before; a second writer may come when the first has gone."""
    with Ledger.open(path, clock=lambda: 2_000) as first:
        first.append(drafts(257))
        before = (first.origin, first.root())
    with Ledger.open(path, clock=lambda: 1_000) as second:
        assert (second.origin, second.root()) == before
        assert second.append(drafts(1))[0].index == 257
        assert second.time_of(257) == 2_000
        assert second.root() == reference.tree_hash([second.leaf_bytes(at) for at in range(258)])


def test_time_never_goes_back(path: Path) -> None:
    """A clock that is set back leaves the record's time where it was, until it is later again."""
    readings = iter([500, 100, 700])
    with Ledger.open(path, clock=lambda: next(readings)) as ledger:
        times = [ledger.append(drafts(1))[0].time_us for _ in range(3)]
    assert times == [500, 500, 700]


def test_size_at_a_time_counts_what_was_known(path: Path) -> None:
    """Before the first entry 0, at an entry's own time it is in, later all."""
    times = [10, 20, 20, 30]
    readings = iter(times)
    with Ledger.open(path, clock=lambda: next(readings)) as ledger:
        for _ in times:
            ledger.append(drafts(1))
        assert [ledger.size_at(at) for at in (9, 10, 19, 20, 29, 30, 10**15)] == [0, 1, 1, 3, 3, 4, 4]


@given(st.lists(st.integers(1, 300), max_size=6))
def test_batches_leave_no_trace_in_the_tree(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    """However appends are batched, every earlier root and every tile is that of the RFC's tree."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    with Ledger.open(path, origin="o", clock=lambda: 0) as ledger:
        roots = {0: EMPTY_ROOT}
        for size in sizes:
            ledger.append([Draft("heartbeat", {})] * size)
            roots[ledger.size()] = ledger.root()
        leaves = [ledger.leaf_bytes(at) for at in range(ledger.size())]
        for size, root in roots.items():
            assert ledger.root(size) == root == reference.tree_hash(leaves[:size])
        if leaves:
            width = min(256, len(leaves))
            assert ledger.tile(0, 0, width) == b"".join(map(leaf_hash, leaves[:width]))
            assert decode_bundle(ledger.bundle(0, width)) == leaves[:width]


def test_proofs_of_any_size_verify(ledger: Ledger) -> None:
    """Inclusion and consistency proofs made from tiles verify, also at sizes of the past."""
    ledger.append(drafts(600))
    for size in (1, 255, 256, 257, 600):
        root = ledger.root(size)
        for index in {0, size // 2, size - 1}:
            leaf = leaf_hash(ledger.leaf_bytes(index))
            assert verify_inclusion(leaf, index, size, ledger.inclusion_proof(index, size), root)
        proof = ledger.consistency_proof(size, 600)
        assert verify_consistency(size, 600, proof, root, ledger.root())


def test_what_is_beyond_the_end_is_not_found(ledger: Ledger) -> None:
    """Indexes, sizes and tiles that the log has not reached say so."""
    ledger.append(drafts(3))
    for ask in (
        lambda: ledger.leaf(3),
        lambda: ledger.leaf(-1),
        lambda: ledger.part(3, "raw"),
        lambda: ledger.time_of(3),
        lambda: ledger.root(4),
        lambda: ledger.root(-1),
        lambda: ledger.inclusion_proof(3, 3),
        lambda: ledger.inclusion_proof(0, 4),
        lambda: ledger.consistency_proof(2, 4),
        lambda: ledger.tile(0, 0),
        lambda: ledger.tile(0, 0, 0),
        lambda: ledger.bundle(1, 1),
    ):
        with pytest.raises(NotFound):
            ask()


def test_a_second_writer_is_refused(ledger: Ledger, path: Path) -> None:
    """In this process and in another, with a message that names the writer; readers come and go."""
    with pytest.raises(LedgerError, match="already writes"):
        Ledger.open(path)
    program = "import sys; from pathlib import Path; from lineage.ledger import Ledger; Ledger.open(Path(sys.argv[1]))"
    other = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert other.returncode != 0 and "already writes" in other.stderr
    with Ledger.open(path, read_only=True) as reader:
        assert reader.size() == 0
    assert ledger.append(drafts(1))[0].index == 0


def test_a_reader_sees_each_commit(ledger: Ledger, path: Path) -> None:
    """A reader that is open already, in another process, answers with what was appended since."""
    program = (
        "import sys; from pathlib import Path; from lineage.ledger import Ledger\n"
        "reader = Ledger.open(Path(sys.argv[1]), read_only=True)\n"
        "for line in sys.stdin: print(reader.size(), reader.root().hex(), flush=True)"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin and reader.stdout
        for size in (1, 2, 3):
            ledger.append(drafts(1))
            print("now", file=reader.stdin, flush=True)
            assert reader.stdout.readline().split() == [str(size), ledger.root().hex()]


def test_a_reader_cannot_append(ledger: Ledger, path: Path) -> None:
    """Read-only means it."""
    with Ledger.open(path, read_only=True) as reader, pytest.raises(LedgerError, match="not open for writing"):
        reader.append(drafts(1))
    assert ledger.size() == 0


def test_a_ledger_that_is_not_there_is_not_made_by_a_reader(path: Path) -> None:
    """A reader of nothing gets NotFound, and of a ledger in the making too, and leaves no file."""
    with pytest.raises(NotFound, match="headwater serve"):
        Ledger.open(path, read_only=True)
    assert not path.exists()
    path.parent.mkdir()
    path.touch()
    with pytest.raises(NotFound, match="still being made"):
        Ledger.open(path, read_only=True)
    with Ledger.open(path) as ledger:  # as after a crash between the file's creation and its tables
        assert ledger.size() == 0


def test_other_files_are_not_taken_for_ledgers(path: Path) -> None:
    """A text file, another program's database and a later format are refused in words, and left as they are."""
    path.parent.mkdir()
    path.write_bytes(b"this is no database, but long enough to have a header " * 30)
    with pytest.raises(LedgerError, match="damaged"):
        Ledger.open(path)
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE t (x)")
    other.commit()
    with pytest.raises(LedgerError, match="not a ledger"):
        Ledger.open(path)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    other.close()
    path.unlink()
    Ledger.open(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(LedgerError, match="Upgrade"):
        Ledger.open(path, read_only=True)


def test_the_origin_stays(ledger: Ledger, path: Path) -> None:
    """Opening under another name is a conflict; a name that no checkpoint could carry is refused."""
    with pytest.raises(Conflict, match=r"acme\.example"):
        Ledger.open(path, read_only=True, origin="other.example/ledger")
    with pytest.raises(InputError):
        Ledger.open(path, read_only=True, origin="two words")


def test_a_closed_ledger_says_so(path: Path) -> None:
    """After close, twice, reads and appends are refused in words."""
    ledger = Ledger.open(path)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.size()
    with pytest.raises(LedgerError, match="not open"):
        ledger.append(drafts(1))


def test_a_full_disk_loses_nothing_and_heals(ledger: Ledger) -> None:
    """An append that does not fit is a retryable LedgerError and leaves the log as it was; with room it goes on."""
    ledger.append(drafts(2))
    before = ledger.root()
    assert ledger._writer is not None
    pages = ledger._writer.execute("PRAGMA page_count").fetchone()[0]
    ledger._writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match="disk is full") as caught:
        ledger.append(drafts(500))
    assert caught.value.retryable
    assert (ledger.size(), ledger.root()) == (2, before)
    ledger._writer.execute("PRAGMA max_page_count = 1073741823")
    assert ledger.append(drafts(1))[0].index == 2
    assert ledger.root() == reference.tree_hash([ledger.leaf_bytes(at) for at in range(3)])


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM entry WHERE i = 4",
        "UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE i = 3) WHERE i = 4",
        "UPDATE tile SET hashes = zeroblob(160)",
        "DELETE FROM tile",
        "UPDATE head SET size = 3",
        "UPDATE head SET size = 0, root = (SELECT root FROM head)",
        "DELETE FROM head",
    ],
)
def test_nothing_is_appended_behind_a_damaged_end(path: Path, damage: str) -> None:
    """A log whose end does not lead to its head is refused for writing and sent to fsck."""
    with Ledger.open(path) as ledger:
        ledger.append(drafts(5))
    tamper = sqlite3.connect(path)
    tamper.execute(damage)
    tamper.commit()
    tamper.close()
    with pytest.raises(LedgerError, match="fsck"):
        Ledger.open(path)


def test_a_changed_payload_is_not_read(ledger: Ledger, path: Path) -> None:
    """Neither the projector nor a reader ever sees bytes that the leaf does not commit to."""
    ledger.append(drafts(2))
    tamper = sqlite3.connect(path)
    tamper.execute("UPDATE part SET body = (SELECT body FROM part WHERE id = 0), key = zeroblob(32) WHERE id = 4")
    tamper.commit()
    tamper.close()
    with pytest.raises(LedgerError, match="does not open"):
        ledger.part(1, "norm")
    with pytest.raises(LedgerError, match="does not open"):
        list(ledger.entries(0, 2))


def test_a_missing_entry_stops_a_reader(ledger: Ledger, path: Path) -> None:
    """A gap in the log is an error that names it, never a silent step over it."""
    ledger.append(drafts(5))
    tamper = sqlite3.connect(path)
    tamper.execute("DELETE FROM entry WHERE i = 2")
    tamper.commit()
    tamper.close()
    read = []
    with pytest.raises(LedgerError, match="Entry 2 is missing"):
        read.extend(entry.index for entry in ledger.entries(0, 5))
    with pytest.raises(LedgerError, match="Entry 2 is missing"):
        ledger.leaf(2)
    with pytest.raises(LedgerError, match="some are missing"):
        ledger.bundle(0, 5)


def test_many_threads_append_and_read(ledger: Ledger) -> None:
    """Eight threads, each appending and reading back its own: no index twice, none lost, the tree is right."""
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for at in range(20):
                draft = Draft("ol.event", {"norm": b"%d/%d" % (number, at)})
                index = ledger.append([draft])[0].index
                assert ledger.part(index, "norm") == draft.parts["norm"]
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len({entry.norm for entry in ledger.entries(0, 1000)}) == 160
    assert ledger.root() == reference.tree_hash([ledger.leaf_bytes(at) for at in range(160)])
