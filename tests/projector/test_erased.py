"""After an erasure the graph is the one that would have been without the erased entries, whenever it was asked for."""

from __future__ import annotations

import json
import pickle
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.access.principal import Principal
from lineage.erasure import Cause, Deed, Eraser, Selection
from lineage.erasure.selection import Ranges
from lineage.erasure.statements import encode
from lineage.events import Event, Mention, Role
from lineage.facts import Relation
from lineage.ids import dataset_id, job_id
from lineage.ledger import Draft, Ledger
from lineage.ledger.classes import is_on_record
from lineage.ledger.erasing import erase as erase_now
from lineage.ledger.erasure import Erasure
from lineage.moment import FOREVER, Moment
from lineage.projector import StateSeen
from lineage.projector.follow import STATE_FILE, Projector
from lineage.projector.state import State
from lineage.store.canonical import export_lines
from lineage.store.memory import MemoryStore
from tests.projector.histories import LOAD, TABLES, Entry, Step, event, histories, instant, place

ANN, BOB = Principal(actor="ann"), Principal(actor="bob")
ORIGIN = "acme.example/ledger"
NOW = Moment(None, FOREVER)


def read(norm: bytes, index: int) -> Event:
    """Events are kept as pickles of their own: nothing here is about OpenLineage."""
    made = pickle.loads(norm)
    return Event(index, *[getattr(made, name) for name in Event.__slots__[1:]])


def draft(entry: Entry) -> Draft:
    """The ledger's entry of a step."""
    if entry.event is not None:
        return Draft("ol.event", {"norm": pickle.dumps(entry.event)})
    return Draft(entry.kind, {"norm": entry.norm})


def named(norm: bytes) -> tuple[str, ...]:
    """The ids of the nodes that an event names."""
    made = read(norm, 0)
    jobs = [job_id(made.job.namespace, made.job.name)] if made.job is not None else []
    return (*jobs, *(dataset_id(m.name.namespace, m.name.name) for m in made.mentions))


@contextmanager
def opened(folder: Path) -> Iterator[Ledger]:
    """A ledger whose clock ticks once an entry."""
    ticks = count(instant(0))
    with Ledger.open(folder / "ledger.sqlite", origin=ORIGIN, clock=lambda: next(ticks)) as ledger:
        yield ledger


def eraser(ledger: Ledger) -> Eraser:
    """One who marks whatever was named."""

    def touched(norms: Mapping[int, bytes], _gone: Ranges) -> dict[int, tuple[str, ...]]:
        return {index: named(norm) for index, norm in norms.items()}

    return Eraser(ledger, lambda: instant(0), touched=touched)


def erase(ledger: Ledger, indexes: Collection[int]) -> None:
    """By two, as ever."""
    made = eraser(ledger)
    receipt, _ = made.propose(Selection(entries=tuple((at, at + 1) for at in indexes)), "basis", "case", ANN)
    made.approve(receipt.index, BOB)


class Live:
    """A projector that follows, in its own folder, with a graph in memory."""

    def __init__(
        self, folder: Path, ledger: Ledger, store: MemoryStore | None = None, *, overlapping: bool = False
    ) -> None:
        self._state = State(folder / STATE_FILE)
        self.store = store or MemoryStore()
        self.projector = Projector(ledger, self._state, self.store, read, overlapping=overlapping)
        self._seen = StateSeen(folder / STATE_FILE)

    def follow(self) -> None:
        """Take in all that is there."""
        while self.projector.step():
            pass

    def lines(self, *, marks: bool = True) -> list[str]:
        """The graph with its history and counts; `marks`: with what erased entries left behind."""
        lines = list(export_lines(self.store, history=True, seen=self._seen))
        return lines if marks else [line for line in lines if "erased|" not in line]

    def close(self) -> None:
        """Let go of the file."""
        self.projector.close()
        self._seen.close()
        self._state.close()


@st.composite
def erasures(draw: st.DrawFn) -> tuple[list[Step], list[tuple[int, frozenset[int]]]]:
    """A history, and at some ledger sizes the positions that are erased then."""
    steps = draw(histories)
    entries = place(steps)
    erasable = [at for at, entry in enumerate(entries) if not is_on_record(draft(entry).kind)]
    plan: list[tuple[int, frozenset[int]]] = []
    for size in sorted(draw(st.sets(st.integers(1, max(1, len(entries))), max_size=3))):
        known = [at for at in erasable if at < size]
        if known and (gone := draw(st.frozensets(st.sampled_from(known), min_size=1, max_size=3))):
            plan.append((size, gone))
            erasable = [at for at in erasable if at not in gone]
    return steps, plan


@given(erasures(), st.integers(0, 3))
def test_live_replayed_and_never_told_are_one_graph(
    made: tuple[list[Step], list[tuple[int, frozenset[int]]]], eagerness: int
) -> None:
    """Whenever it is erased and however far the projector lags: what followed is what a replay gives, history and counts
    included, and but for the marks it is what came of a ledger in which the erased entries never said anything."""
    steps, plan = made
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        moved: dict[int, int] = {}  # position in the history → index in the ledger
        gone: set[int] = set()
        with opened(folder) as ledger:
            live = Live(folder, ledger, overlapping=eagerness == 2)
            for position, entry in enumerate(place(steps)):
                moved[position] = ledger.append([_at(draft(entry), entry, moved, ledger.size())])[0].index
                if eagerness and position % eagerness == 0:
                    live.follow()
                for size, positions in plan:
                    if size == position + 1:
                        erase(ledger, [moved[each] for each in positions])
                        gone |= {moved[each] for each in positions}
            live.follow()
            followed = live.lines()
            unmarked = live.lines(marks=False)
            live.close()
            (folder / "again").mkdir()
            again = Live(folder / "again", ledger)
            again.follow()
            assert again.lines() == followed
            again.close()
            leaves = [(leaf, ledger.part(leaf.index, "norm")) for leaf, _ in ledger.stored(0, ledger.size())]
        (folder / "never").mkdir()
        with opened(folder / "never") as other:
            for leaf, norm in leaves:
                silent = norm is None or leaf.kind.startswith("erase")
                other.append([Draft(leaf.kind, {"raw": b""} if silent or norm is None else {"norm": norm})])
            never = Live(folder / "never", other)
            never.follow()
            assert never.lines() == unmarked
            never.close()


def _at(made: Draft, entry: Entry, moved: dict[int, int], index: int) -> Draft:
    """A retraction names the ledger's index, which erasures in between have moved."""
    body = json.loads(made.parts["norm"]) if made.kind == "annotate" else {}
    if body.get("op") == "retract":
        body["index"] = moved[body["index"]]
        return Draft(made.kind, {"norm": json.dumps(body, sort_keys=True, separators=(",", ":")).encode()})
    return made


A, B, C, _ = TABLES


def reads_writes(source: object, target: object) -> list[Mention]:
    """A run's datasets."""
    return [Mention(source, Role.INPUT), Mention(target, Role.OUTPUT, real=True)]  # type: ignore[arg-type]


PLAIN: Sequence[Step] = [
    event(0, "COMPLETE", LOAD, "r1", reads_writes(A, B)),
    event(5, "COMPLETE", LOAD, "r2", reads_writes(B, C)),
]


def marked(store: MemoryStore, *known: int) -> list[str]:
    """The nodes that are marked, at each of the ledger sizes."""
    found = [version for version in store.export(history=True) if version.fact.label == "erased"]
    assert all(version.fact.relation is Relation.PROPERTY for version in found)
    return sorted({str(v.fact.subject) for v in found if all(v.known_from <= size < v.known_to for size in known)})


def test_an_erased_entry_leaves_a_mark_in_its_place(tmp_path: Path) -> None:
    """On the nodes that it named and that are known otherwise, from its own index on; the other names are gone."""
    with opened(tmp_path) as ledger:
        ledger.append([draft(entry) for entry in place(PLAIN)])
        live = Live(tmp_path, ledger)
        live.follow()
        assert str(dataset_id(A.namespace, A.name)) in "".join(live.lines())
        erase(ledger, [0])
        live.follow()
        told = "".join(live.lines())
        assert str(dataset_id(A.namespace, A.name)) not in told and A.name not in told
        both = sorted([str(job_id(LOAD.namespace, LOAD.name)), str(dataset_id(B.namespace, B.name))])
        assert marked(live.store, 2, 3, 4) == both
        live.close()
    assert A.name.encode() not in (tmp_path / STATE_FILE).read_bytes()


def test_an_erasure_in_several_entries_folds_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its last entry; and one that was cut off is folded without, too, as soon as there is nothing else to do."""
    monkeypatch.setattr("lineage.erasure.eraser.NORMS_AT_ONCE", 1)
    with opened(tmp_path) as ledger:
        ledger.append([draft(entry) for entry in place([*PLAIN, event(9, "COMPLETE", LOAD, "r3", reads_writes(C, A))])])
        live = Live(tmp_path, ledger)
        live.follow()
        wiped: list[int] = []
        wipe = live.store.wipe
        monkeypatch.setattr(live.store, "wipe", lambda: (wiped.append(1), wipe()))
        erase(ledger, [0, 1])
        live.follow()
        assert len(wiped) == 1
        followed = live.lines()
        cut_off = Deed((Erasure("norm", 2, 3),), Cause.RETENTION, "old", more=True)
        erase_now(ledger, Draft(*encode_draft(cut_off)))
        live.follow()
        assert len(wiped) == 2 and live.lines() != followed and "r3" not in "".join(live.lines())
        live.close()


def encode_draft(deed: Deed) -> tuple[str, dict[str, bytes]]:
    """The kind and the parts of its entry."""
    kind, norm = encode(deed)
    return kind, {"norm": norm}


def test_erasing_received_bytes_does_not_touch_the_graph(tmp_path: Path) -> None:
    """The projector reads norms only: nothing is folded again."""
    with opened(tmp_path) as ledger:
        ledger.append([Draft("ol.event", {**draft(entry).parts, "raw": b"received"}) for entry in place(PLAIN)])
        live = Live(tmp_path, ledger)
        live.follow()
        before, wiped = live.lines(), []
        live.store.wipe = lambda: wiped.append(1)  # type: ignore[method-assign]
        made = eraser(ledger)
        receipt, _ = made.propose(Selection(entries=((0, 2),), names=frozenset({"raw"})), "basis", "case", ANN)
        made.approve(receipt.index, BOB)
        live.follow()
        assert live.lines() == before and not wiped
        live.close()


def test_a_kill_while_it_is_folded_again_does_not_show(tmp_path: Path) -> None:
    """Between the wiped store and the wiped state, and in the middle of the replay."""
    with opened(tmp_path) as ledger:
        ledger.append([draft(entry) for entry in place(PLAIN)])
        live = Live(tmp_path, ledger)
        live.follow()
        erase(ledger, [0])
        store = live.store
        live.close()
        store.wipe()  # killed here: the store is empty, the state is not
        store.bind(ORIGIN)
        killed = Live(tmp_path, ledger, store)
        killed.follow()
        followed = killed.lines()
        killed.close()
        (tmp_path / "again").mkdir()
        again = Live(tmp_path / "again", ledger)
        again.follow()
        assert again.lines() == followed and A.name not in "".join(followed)
        again.close()
