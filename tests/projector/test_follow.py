"""Following a real ledger: whatever is killed when, nothing is lost, doubled or out of step."""

from __future__ import annotations

import importlib
import os
import pickle
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from shutil import rmtree
from time import sleep
from typing import Any

import pytest

from lineage.errors import StoreError
from lineage.events import Event, Mention, Role
from lineage.facts import Change
from lineage.ledger import Draft, Ledger
from lineage.ledger.keyring import KEYRING_FOLDER
from lineage.projector import StateSeen, delivery
from lineage.projector.claim import claimed
from lineage.projector.follow import LEDGER_FILE, STATE_FILE, Projector, follow, rebuild
from lineage.projector.state import State
from lineage.statements import AliasStatement, Op
from lineage.store import open_store
from lineage.store.canonical import export_lines
from lineage.store.contract import GraphStore
from lineage.store.memory import MemoryStore
from tests.projector.histories import APP, LOAD, RULES, SQL, TABLES, Step, Word, event, instant, place
from tests.projector.projection import Projection
from tests.waiting import until

A, B, C, _ = TABLES


def reads_writes(source: object, target: object) -> list[Mention]:
    return [Mention(source, Role.INPUT), Mention(target, Role.OUTPUT, real=True)]  # type: ignore[arg-type]


HISTORY: list[Step] = [
    event(0, "START", LOAD, "r1", reads_writes(A, B)),
    event(1, "COMPLETE", LOAD, "r1", reads_writes(A, B)),
    Word(AliasStatement(Op.ADD, RULES[3]), instant(2)),
    event(5, "COMPLETE", APP, "r1", reads_writes(B, A)),
    event(3, "FAIL", SQL, "r1", reads_writes(A, C), technical=True),
    Word(AliasStatement(Op.REMOVE, RULES[3]), instant(6)),
    event(61, "COMPLETE", LOAD, "r2", reads_writes(C, B)),
]
"""An alias rule comes and goes between runs."""


def read(norm: bytes, index: int) -> Event:
    """The reader of these tests: events are kept as pickles of their own; nothing here is about OpenLineage."""
    if norm == b"poison":
        raise ValueError("poison")
    made = pickle.loads(norm)
    assert isinstance(made, Event)
    return Event(index, *[getattr(made, name) for name in Event.__slots__[1:]])


def fill(
    data: Path, steps: Sequence[Step], *, poison_at: int | None = None, origin: str = "acme.example/ledger"
) -> None:
    """A ledger in a data folder; `poison_at`: an entry that no reader can read comes at this position, too."""
    ticks = count(instant(0))
    drafts = [
        Draft("ol.event", {"norm": pickle.dumps(entry.event)})
        if entry.event is not None
        else Draft(entry.kind, {"norm": entry.norm})
        for entry in place(steps)
    ]
    if poison_at is not None:
        drafts.insert(poison_at, Draft("ol.event", {"norm": b"poison"}))
    with Ledger.open(data / LEDGER_FILE, origin=origin, clock=lambda: next(ticks)) as ledger:
        ledger.append(drafts)


def until_done(data: Path) -> Callable[[], bool]:
    """Stops when the graph has all that the ledger has."""

    def stop() -> bool:
        with Ledger.open(data / LEDGER_FILE, read_only=True) as ledger:
            return graph_size(data) >= ledger.size()

    return stop


def graph_size(data: Path) -> int:
    store = open_store("sqlite:", data)
    try:
        return store.applied()
    finally:
        store.close()


def lines(data: Path, *, history: bool) -> list[str]:
    """The graph in a data folder as text."""
    store = open_store("sqlite:", data)
    try:
        return list(export_lines(store, history=history))
    finally:
        store.close()


def no_wait(_: float) -> None:
    """Nobody rings, and nobody sleeps."""


def expected(*, history: bool) -> list[str]:
    """What the engine alone says, without ledger and files."""
    with Projection(HISTORY) as projection:
        return list(export_lines(projection.store, history=history))


def test_following_gives_what_the_engine_says(tmp_path: Path) -> None:
    """Known bounds are per entry although entries are written in batches."""
    fill(tmp_path, HISTORY)
    follow(tmp_path, "sqlite:", read, stop=until_done(tmp_path), wait=no_wait)
    assert lines(tmp_path, history=True) == expected(history=True)


def test_a_rebuilt_graph_is_the_live_one(tmp_path: Path) -> None:
    """With its history: each entry taken live, one by one, or all replayed at once."""
    for upto in range(1, len(HISTORY) + 1):
        fill_one_more(tmp_path, upto)
        follow(tmp_path, "sqlite:", read, stop=until_done(tmp_path), wait=no_wait)
    live = lines(tmp_path, history=True)
    told: list[tuple[int, int]] = []
    assert rebuild(tmp_path, "sqlite:", read, progress=lambda done, total: told.append((done, total))) == len(HISTORY)
    assert lines(tmp_path, history=True) == live == expected(history=True)
    assert told == [(len(HISTORY), len(HISTORY))]


@pytest.mark.parametrize("more", [0, 2, 3, 5])
def test_an_older_ledger_that_was_put_back_is_replayed(tmp_path: Path, more: int) -> None:
    """Whether it is shorter than the graph now, or went on otherwise until it is as long or longer."""
    fill(tmp_path, HISTORY[:2])
    older = (tmp_path / LEDGER_FILE).read_bytes()
    for upto in range(3, 6):
        fill_one_more(tmp_path, upto)
    follow(tmp_path, "sqlite:", read, stop=until_done(tmp_path), wait=no_wait)
    (tmp_path / LEDGER_FILE).write_bytes(older)
    otherwise = [*HISTORY[:2], *reversed(HISTORY[2:])]
    for upto in range(3, 3 + more):
        fill_one_more(tmp_path, upto, otherwise)
    done, asked = until_done(tmp_path), count()
    follow(tmp_path, "sqlite:", read, stop=lambda: next(asked) > 0 and done(), wait=no_wait)
    with Projection(otherwise[: 2 + more]) as projection:
        assert lines(tmp_path, history=True) == list(export_lines(projection.store, history=True))


def test_a_damaged_state_is_rebuilt_over(tmp_path: Path) -> None:
    """No SQLite file at all, or half of one: the advice to rebuild works as it stands."""
    fill(tmp_path, HISTORY)
    rebuild(tmp_path, "sqlite:", read)
    whole = (tmp_path / STATE_FILE).read_bytes()
    for damaged in (b"garbage" * 5000, whole[: len(whole) // 2], b""):
        (tmp_path / STATE_FILE).write_bytes(damaged)
        assert rebuild(tmp_path, "sqlite:", read) == len(HISTORY)
        assert lines(tmp_path, history=True) == expected(history=True)


def test_nobody_rebuilds_what_another_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writers would mix two halves; the second is told which process to stop when it does not step aside."""
    fill(tmp_path, HISTORY)
    monkeypatch.setattr(following, "STEP_ASIDE_S", 0.1)
    with claimed(tmp_path), pytest.raises(StoreError, match=rf"Process {os.getpid()} already writes") as caught:
        rebuild(tmp_path, "sqlite:", read)
    assert caught.value.retryable
    assert rebuild(tmp_path, "sqlite:", read) == len(HISTORY)


def test_a_projector_steps_aside_for_a_rebuild_and_goes_on_after_it(tmp_path: Path) -> None:
    """Beside a running service, too: the graph is made anew by the command, and then follows what came meanwhile."""
    fill(tmp_path, HISTORY[:-1])
    ended = threading.Event()
    projector = threading.Thread(
        target=follow, args=(tmp_path, "sqlite:", read), kwargs={"stop": ended.is_set, "wait": lambda _: sleep(0.01)}
    )
    projector.start()
    try:
        until(lambda: graph_size(tmp_path) == len(HISTORY) - 1)
        assert rebuild(tmp_path, "sqlite:", read) == len(HISTORY) - 1
        fill_one_more(tmp_path, len(HISTORY))
        until(lambda: graph_size(tmp_path) == len(HISTORY))
    finally:
        ended.set()
        projector.join()
    assert lines(tmp_path, history=True) == expected(history=True)


def test_how_far_a_rebuild_has_to_go_is_told(tmp_path: Path) -> None:
    """Whoever reads the graph meanwhile can say why it is small; afterwards new entries are no rebuilding."""
    fill(tmp_path, HISTORY[:4])
    with closing(StateSeen(tmp_path / STATE_FILE)) as seen:
        assert seen.rebuild_to() == 0
        rebuild(tmp_path, "sqlite:", read, progress=lambda done, total: None)
        fill_one_more(tmp_path, 5)
        assert seen.rebuild_to() == 4
        rebuild(tmp_path, "sqlite:", read)
        assert seen.rebuild_to() == 5


def test_a_projector_waits_for_the_one_before(tmp_path: Path) -> None:
    """A killed service's projector may end a moment after the next one started."""
    fill(tmp_path, HISTORY)
    before = claimed(tmp_path)
    before.__enter__()
    waited: list[float] = []

    def wait(pause_s: float) -> None:
        waited.append(pause_s)
        if len(waited) == 1:
            before.__exit__(None, None, None)

    follow(tmp_path, "sqlite:", read, stop=until_done(tmp_path), wait=wait)
    assert waited and lines(tmp_path, history=True) == expected(history=True)


def fill_one_more(data: Path, upto: int, steps: Sequence[Step] = HISTORY) -> None:
    """Append only the last of the first `upto` steps."""
    entry = place(steps[:upto])[-1]
    draft = (
        Draft("ol.event", {"norm": pickle.dumps(entry.event)})
        if entry.event is not None
        else Draft(entry.kind, {"norm": entry.norm})
    )
    with Ledger.open(data / LEDGER_FILE, origin="acme.example/ledger") as ledger:
        ledger.append([draft])


class Killed(BaseException):
    """As if the process had gone."""


def killing(obj: object, name: str, *, before: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call of a method is the last thing that happens, before or after it did its work."""
    real = getattr(obj, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        if not before:
            real(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(obj, name, call)


following = importlib.import_module("lineage.projector.follow")  # the package's `follow` is the function

KILLS = [
    (State, "put_change", True),
    (State, "put_output", False),
    (State, "commit", True),
    (State, "commit", False),
    (MemoryStore, "apply", True),
    (MemoryStore, "apply", False),
    (State, "clear_outbox", True),
    (State, "clear_outbox", False),
]


@pytest.mark.parametrize("overlapping", [False, True])
@pytest.mark.parametrize(("kind", "method", "before"), KILLS)
def test_a_kill_at_any_step_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type, method: str, before: bool, overlapping: bool
) -> None:
    """State and outbox are one commit, the store another: a kill before, between or after leaves a graph that goes on as if
    nothing had been. Also where the store writes while the next entries are folded."""
    fill(tmp_path, HISTORY)
    monkeypatch.setattr(following, "BATCH_ENTRIES_MAX", 2)
    store = MemoryStore()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        killing(kind, method, before=before, monkeypatch=patch)
        step_all(tmp_path, store, overlapping=overlapping)
    step_all(tmp_path, store, overlapping=overlapping)
    assert list(export_lines(store, history=True)) == expected(history=True)


def step_all(data: Path, store: GraphStore, *, overlapping: bool = False) -> int:
    """Project all with a projector of its own, as a process would; the state's file is let go of as a kill would."""
    state = State(data / STATE_FILE)
    with Ledger.open(data / LEDGER_FILE, read_only=True) as ledger:
        try:
            with closing(Projector(ledger, state, store, read, overlapping=overlapping)) as projector:
                while projector.step():
                    pass
                assert projector.applied() == store.applied()
                return projector.position
        finally:
            state.close()


def test_what_is_folded_while_the_store_writes_goes_together_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow store gets few large batches, and folding never runs further ahead than its bound."""
    monkeypatch.setattr(following, "BATCH_ENTRIES_MAX", 1)
    monkeypatch.setattr(delivery, "AHEAD_ENTRIES_MAX", 3)
    fill(tmp_path, HISTORY)
    store, sizes, go_on = MemoryStore(), [], threading.Event()
    apply = store.apply

    def slow(changes: Sequence[Change], applied: int) -> None:
        sizes.append(applied)
        assert go_on.wait(20)
        apply(changes, applied)

    monkeypatch.setattr(store, "apply", slow)
    threading.Timer(0.3, go_on.set).start()
    assert step_all(tmp_path, store, overlapping=True) == len(HISTORY)
    assert sizes[:2] == [1, 5]
    assert list(export_lines(store, history=True)) == expected(history=True)


def test_a_store_ahead_of_its_state_skips_what_it_has(tmp_path: Path) -> None:
    """The state is dropped at any time: replayed changes that the store has are not applied twice."""
    fill(tmp_path, HISTORY)
    store = MemoryStore()
    step_all(tmp_path, store)
    for name in (STATE_FILE, f"{STATE_FILE}-wal", f"{STATE_FILE}-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    step_all(tmp_path, store)
    assert list(export_lines(store, history=True)) == expected(history=True)


def test_a_store_that_lost_its_graph_gets_it_again(tmp_path: Path) -> None:
    """An empty store beside a state that has delivered everything: the ledger is replayed."""
    fill(tmp_path, HISTORY)
    step_all(tmp_path, MemoryStore())
    empty = MemoryStore()
    step_all(tmp_path, empty)
    assert list(export_lines(empty, history=True)) == expected(history=True)


def test_an_entry_that_cannot_be_folded_is_set_aside(tmp_path: Path) -> None:
    """The rest goes on, and the state says which entry it was and why."""
    fill(tmp_path, HISTORY, poison_at=3)
    store = MemoryStore()
    assert step_all(tmp_path, store) == len(HISTORY) + 1
    with Projection(HISTORY) as projection:
        assert list(export_lines(store, history=False)) == list(export_lines(projection.store, history=False))
    state = State(tmp_path / STATE_FILE)
    rows = state.connection.execute("SELECT idx, reason FROM state_aside").fetchall()
    state.close()
    assert rows == [(3, "ValueError: poison")]
    with closing(StateSeen(tmp_path / STATE_FILE)) as seen:
        assert seen.set_aside() == 1


def test_the_state_of_another_ledger_is_not_used(tmp_path: Path) -> None:
    """A data folder whose ledger was exchanged: the state is dropped and this ledger read from its start."""
    fill(tmp_path, HISTORY[:2], origin="other.example/ledger")
    step_all(tmp_path, MemoryStore())
    for path in tmp_path.glob(f"{LEDGER_FILE}*"):
        path.unlink()
    rmtree(tmp_path / KEYRING_FOLDER)  # it was that ledger's
    fill(tmp_path, HISTORY)
    store = MemoryStore()
    step_all(tmp_path, store)
    assert list(export_lines(store, history=True)) == expected(history=True)
