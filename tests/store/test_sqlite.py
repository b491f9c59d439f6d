"""What only the embedded store promises: its file, its processes, and errors that say what to do."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lineage.errors import SettingsError, StoreError
from lineage.facts import Direction, Relation
from lineage.moment import Moment
from lineage.store import open_store
from lineage.store.canonical import digest
from lineage.store.memory import MemoryStore
from lineage.store.sqlite import SqliteStore, connections, walking
from tests.store import world
from tests.store.test_contract import ALWAYS, A, B
from tests.store.world import feeds, open_change

EDGE = open_change(0, (feeds(A, B), ALWAYS))

WRITE_FOR_EVER = """
import sys
from pathlib import Path
from lineage.store import open_store
from tests.store import world
store = open_store("sqlite:", Path(sys.argv[1]))
toggles = [{n * 7, n * 11 + 1, n * 13 + 2} for n in range(20_000)]
for change in world.history(toggles):
    store.apply([change], change.index + 1)
    print(change.index + 1, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_said(tmp_path: Path) -> None:
    """kill -9 while another process writes: the graph is whole, holds every acknowledged entry, and the writer goes on."""
    toggles = [{n * 7, n * 11 + 1, n * 13 + 2} for n in range(20_000)]
    changes = world.history(toggles[:4_000])
    for _ in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(150)][-1]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, writer.stdout.read().split("\n")[:-1])])
        writer.stdout.close()
        writer.wait()
        with SqliteStore(tmp_path / "state.sqlite", read_only=True) as store:
            size = store.applied()
            assert size >= acknowledged
            model = MemoryStore()
            model.apply([change for change in changes if change.index < size], size)
            assert digest(store, True) == digest(model, True)


def test_another_process_sees_what_was_applied(tmp_path: Path) -> None:
    """A reader in a process of its own reads each entry as soon as apply() has returned."""
    script = """
import sys
from pathlib import Path
from lineage.store import open_store
store = open_store("sqlite:", Path(sys.argv[1]), read_only=True)
for line in sys.stdin:
    print(store.applied(), flush=True)
"""
    reader = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    answers = []
    with reader, SqliteStore(tmp_path / "state.sqlite") as store:
        for size in range(1, 6):
            store.apply([open_change(size - 1, (feeds(A, B, label=str(size)), ALWAYS))], size)
            reader.stdin.write("\n")
            reader.stdin.flush()
            answers.append(int(reader.stdout.readline()))
        reader.stdin.close()
    assert answers == [1, 2, 3, 4, 5]


def test_a_reader_may_come_before_the_writer(tmp_path: Path) -> None:
    """A graph that is not there yet reads as an empty one, writes nothing, and is seen once it is there."""
    folder = tmp_path / "data"
    reader = open_store("sqlite:", folder, read_only=True)
    assert (reader.applied(), list(reader.export(history=True))) == (0, [])
    assert not folder.exists()
    writer = open_store("sqlite:", folder)
    writer.apply([EDGE], 1)
    assert reader.applied() == 1
    writer.close()
    assert reader.neighbours([A], Relation.FEEDS, Direction.DOWNSTREAM, Moment(None, 1))
    reader.close()


def test_the_file_is_shared_with_tables_of_others(tmp_path: Path) -> None:
    """The projector's state lives in the same file: it is there before the graph, and outlives a wipe."""
    other = sqlite3.connect(tmp_path / "state.sqlite", isolation_level=None)
    other.execute("CREATE TABLE run (id INTEGER)")
    with SqliteStore(tmp_path / "state.sqlite", read_only=True) as reader:
        assert reader.applied() == 0
    with SqliteStore(tmp_path / "state.sqlite") as store:
        store.apply([EDGE], 1)
        other.execute("INSERT INTO run VALUES (7)")
        store.wipe()
        assert store.applied() == 0
    assert other.execute("SELECT id FROM run").fetchall() == [(7,)]
    other.close()


def test_a_closed_store_can_be_read_by_one_that_may_not_write(tmp_path: Path) -> None:
    """A copy of the file alone, without its companions, answers; writing through it is refused with advice."""
    with SqliteStore(tmp_path / "state.sqlite") as store:
        store.apply([EDGE], 1)
    assert [path.name for path in tmp_path.iterdir()] == ["state.sqlite"]
    with SqliteStore(tmp_path / "state.sqlite", read_only=True) as reader:
        assert reader.applied() == 1
        with pytest.raises(StoreError, match="Open it to write"):
            reader.apply([EDGE], 2)
    with pytest.raises(StoreError, match="closed"):
        reader.applied()


def test_a_second_writer_waits_and_then_may_try_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is a retryable error, and the batch is not half there."""
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.05)
    with SqliteStore(tmp_path / "state.sqlite") as store:
        other = sqlite3.connect(tmp_path / "state.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="Another process") as caught:
            store.apply([EDGE], 1)
        assert caught.value.retryable
        assert store.applied() == 0
        other.execute("ROLLBACK")
        other.close()
        store.apply([EDGE], 1)
        assert store.applied() == 1


def test_a_full_disk_is_retryable_and_loses_only_the_batch(tmp_path: Path) -> None:
    """When there is room again the same batch goes through, its ids and texts included."""
    with SqliteStore(tmp_path / "state.sqlite") as store:
        assert store._writer is not None
        (pages,) = store._writer.execute("PRAGMA page_count").fetchone()
        store._writer.execute(f"PRAGMA max_page_count = {pages}")
        changes = world.history([set(range(len(world.POOL)))])
        with pytest.raises(StoreError, match="disk is full") as caught:
            store.apply(changes, 1)
        assert caught.value.retryable
        store._writer.execute("PRAGMA max_page_count = 1000000")
        store.apply(changes, 1)
        model = MemoryStore()
        model.apply(changes, 1)
        assert digest(store, True) == digest(model, True)


def test_a_file_that_is_no_graph_says_so(tmp_path: Path) -> None:
    """Trying again does not help, rebuilding from the ledger does."""
    (tmp_path / "state.sqlite").write_bytes(b"not a database, at all" * 500)
    for read_only in (False, True):
        with pytest.raises(StoreError, match="graph rebuild") as caught:
            open_store("sqlite:", tmp_path, read_only=read_only).applied()
        assert not caught.value.retryable


def test_a_graph_of_another_form_is_refused_until_it_is_rebuilt(tmp_path: Path) -> None:
    """A newer or older Headwater's graph is neither read nor written; wiping it is how a rebuild begins."""
    with SqliteStore(tmp_path / "state.sqlite") as store:
        store.apply([EDGE], 1)
    with sqlite3.connect(tmp_path / "state.sqlite") as other:
        other.execute("UPDATE graph_meta SET schema = 99")
    other.close()
    with SqliteStore(tmp_path / "state.sqlite") as store:
        for refused in (store.applied, lambda: store.apply([EDGE], 1), lambda: store.bind("x")):
            with pytest.raises(StoreError, match="graph rebuild"):
                refused()
        store.wipe()
        store.apply([EDGE], 1)
        assert store.applied() == 1


def test_the_present_is_read_without_its_history(tmp_path: Path) -> None:
    """Walks use the covering indexes, as an equality on both open ends: history beside an edge costs nothing."""
    with SqliteStore(tmp_path / "state.sqlite") as store:
        store.apply([EDGE], 1)
        statements: list[str] = []
        with store._readers.snapshot() as connection:
            connection.set_trace_callback(statements.append)
            walking.reach(
                connection, [A], Relation.FEEDS, Direction.DOWNSTREAM, Moment(None, 1),
                depth_max=None, nodes_max=9, flows=None, evidence=None,
            )  # fmt: skip
            connection.set_trace_callback(None)
            step = next(sql for sql in statements if "v.object FROM" in sql)
            plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {step}"))
        assert "USING COVERING INDEX graph_by_subject (subject=? AND relation=? AND known_to=? AND valid_to=?)" in plan


def test_reads_give_their_connections_back(tmp_path: Path) -> None:
    """A thousand reads one after another share one connection; an export that is dropped returns its own."""
    with SqliteStore(tmp_path / "state.sqlite") as store:
        store.apply([EDGE], 1)
        for _ in range(1_000):
            store.applied()
        exported = store.export(history=True)
        next(exported)
        exported.close()
        assert len(store._readers._idle) == 1


def test_only_known_stores_open(tmp_path: Path) -> None:
    """A URL of no known store is a setting to correct; `sqlite:PATH` names another file."""
    with pytest.raises(SettingsError, match="sqlite:"):
        open_store("mysql://x", tmp_path)
    store = open_store(f"sqlite:{tmp_path / 'sub' / 'a b?#%.sqlite'}", tmp_path)
    store.apply([EDGE], 1)
    store.close()
    assert (tmp_path / "sub" / "a b?#%.sqlite").exists()
