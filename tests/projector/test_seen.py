"""How often facts were seen, at any moment: what is looked up is what counting every entry gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.events import Event, Mention, ParentRun, Role
from lineage.facts import EvidenceKind, Fact, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER, Moment
from lineage.projector.readings import fact_number
from lineage.projector.seen import ENTRIES_MAX, NOTHING, StateSeen
from lineage.projector.state import State
from lineage.seen import Seen
from lineage.statements import Distrust, DistrustStatement, Op
from tests.projector.histories import (
    APP,
    LOAD,
    OTHER_SPELLING,
    RDD,
    SQL,
    TABLES,
    Step,
    Word,
    event,
    histories,
    instant,
    words,
)
from tests.projector.projection import Projection

A, B = TABLES[:2]
A_FEEDS_B = (Mention(A, Role.INPUT), Mention(B, Role.OUTPUT, real=True))
OTHER_SPELLING_OF_A = (Mention(OTHER_SPELLING, Role.INPUT), Mention(B, Role.OUTPUT, real=True))
TWO_WRITTEN = (*A_FEEDS_B, Mention(OTHER_SPELLING, Role.OUTPUT, real=True), Mention(TABLES[0], Role.OUTPUT, real=True))


@st.composite
def alike(draw: st.DrawFn) -> Event:
    """What a run said, of runs that say nearly the same: whole runs, and parts of application runs that are told late."""
    job, technical = draw(st.sampled_from([(LOAD, False), (APP, False), (SQL, True), (SQL, True), (RDD, True)]))
    parent = ParentRun(APP, draw(st.sampled_from(("r1", "r2")))) if technical and draw(st.booleans()) else None
    return event(
        draw(st.sampled_from((0, 1, 30, 60, 61))),
        draw(st.sampled_from(("COMPLETE", "COMPLETE", "RUNNING", "START", "FAIL"))),
        job,
        draw(st.sampled_from(("r1", "r2", "r3"))),
        draw(st.sampled_from((A_FEEDS_B, A_FEEDS_B, OTHER_SPELLING_OF_A, TWO_WRITTEN, ()))),
        parent=parent,
        technical=technical,
        streaming=draw(st.sampled_from((False, False, True))),
    )


runs_alike = st.lists(st.one_of(alike(), alike(), alike(), words()), min_size=4, max_size=14)


Row = dict[str, Any]


class Counting:
    """What was in force when the ledger had a size, as plain rows."""

    def __init__(self, state: State, known: int) -> None:
        self._state = state
        entries = self._rows("SELECT e.*, s.unit FROM state_entry e JOIN state_source s ON s.id = e.source", known)
        self._entries = sorted(entries, key=lambda row: (row["time_us"], row["tie"]))
        self._members = defaultdict(set)
        for row in self._rows("SELECT e.* FROM state_member e", known):
            self._members[row["fact"]].add((row["source"], row["set_id"]))

    def _rows(self, query: str, known: int) -> list[Row]:
        rows = self._state.connection.execute(f"{query} WHERE e.known_from <= ? AND e.known_to > ?", (known, known))
        names = [column[0] for column in rows.description]
        return [dict(zip(names, values, strict=True)) for values in rows]

    def seen(self, fact: Fact, until_us: int) -> Seen:
        """What is told of a fact, from each row."""
        pairs = self._members[fact_number(fact)]
        attempted = fact.evidence is EvidenceKind.ATTEMPTED
        rows = [row for row in self._entries if row["time_us"] <= until_us]
        said = [
            row
            for row in rows
            if (row["source"], row["set_id"]) in pairs
            and row["run"] is not None
            and (row["state"] == "ATTEMPTED") == attempted
        ]
        if not said:
            return NOTHING
        last = said[-1]
        observed = [row for row in rows if row["state"] == "OBSERVED"]
        of_job = [row["time_us"] for row in observed if _is_of(row["unit"], str(fact.job))]
        of_run = [row["time_us"] for row in observed if _run(row) == _run(last)]
        codes = [row for row in rows if row["unit"] == f"property|{fact.job}|sourceCodeVersion"]
        before = [row["set_id"] for row in codes if row["time_us"] <= last["time_us"]]
        first = sorted(said, key=lambda row: (row["time_us"], row["idx"]))[: ENTRIES_MAX - 1]
        return Seen(
            first_us=said[0]["time_us"],
            last_us=max(row["last_us"] for row in said),
            run_count=len({_run(row) for row in said}),
            in_latest_run=max(last["time_us"], *of_run, 0) >= max(of_job, default=0),
            code_changed=bool(before) and before[-1] != codes[-1]["set_id"],
            last_run=self._state.run_by_id(last["run"]).run,
            entries=tuple(sorted({last["idx"], *(row["idx"] for row in first)})),
        )


def _run(row: Row) -> tuple[object, ...]:
    """The run that counts for an entry."""
    if row["app"] is not None:
        return "application", row["app"], row["app_attempt"]
    return "run", row["run"], row["attempt"]


def _is_of(unit: str | None, job: str) -> bool:
    return unit is not None and (unit == f"read|{job}" or unit.startswith(f"write|{job}|"))


def check(steps: Sequence[Step], *, restarts: bool = False) -> None:
    """Every fact of a history, at every known time; as of now, as of two times, and as of a time after all of it."""
    with Projection(steps, restarts=restarts) as projection:
        facts = sorted({version.fact for version in projection.store.export(history=True)}, key=repr)
        for known in range(1, len(projection.entries) + 1):
            counting = Counting(projection.state, known)
            for valid_us in (None, instant(1), instant(60), instant(1_000)):
                for fact, seen in zip(facts, projection.seen(facts, Moment(valid_us, known)), strict=True):
                    assert seen == counting.seen(fact, FOREVER if valid_us is None else valid_us)


@given(runs_alike | histories, st.booleans())
def test_a_count_is_what_counting_every_entry_gives(steps: list[Step], restarts: bool) -> None:
    """Whatever the history, at every known time, whether or not a time is asked about."""
    check(steps, restarts=restarts)


def part(seconds: float, run: str, mentions: Sequence[Mention], *, of: str | None = "app") -> Event:
    """A COMPLETE of a part of an application's run."""
    parent = None if of is None else ParentRun(APP, of)
    return event(seconds, "COMPLETE", SQL, run, mentions, parent=parent, technical=True)


FROM_C = (Mention(TABLES[2], Role.INPUT), *A_FEEDS_B)
DOUBT = Word(DistrustStatement(Op.ADD, Distrust("*", "*", instant(1), instant(100), "poison")), instant(300))


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([event(n, "RUNNING", LOAD, "r", A_FEEDS_B, streaming=True) for n in (0, 1, 60)], id="a stream says it again"),
        pytest.param(
            [
                *(event(n, "RUNNING", LOAD, "r", A_FEEDS_B, streaming=True) for n in (0, 2)),
                *(event(n, "RUNNING", LOAD, "s", A_FEEDS_B, streaming=True) for n in (1, 200)),
                event(1, "FAIL", LOAD, "s"),
            ],
            id="the stream that was seen last is taken back",
        ),
        pytest.param(
            [part(n, f"p{n}", said, of=f"app{n // 10}") for n in (0, 1, 10, 11) for said in ((A_FEEDS_B, FROM_C)[n % 2],)],
            id="two parts of each run say two sets",
        ),
        pytest.param(
            [part(n, f"p{n}", A_FEEDS_B, of=f"app{n // 10}") for n in (0, 1, 10, 11)], id="two parts of each run say one set"
        ),
        pytest.param(
            [*(part(n, f"p{n}", A_FEEDS_B, of=None) for n in (0, 1)), *(part(9, f"p{n}", (), of="app") for n in (0, 1))],
            id="whose parts they are is told late",
        ),
        pytest.param([*(event(n, "COMPLETE", LOAD, f"r{n}", A_FEEDS_B) for n in (0, 2, 200)), DOUBT], id="one is distrusted"),
        pytest.param([*(part(n, f"p{n}", A_FEEDS_B) for n in (0, 2)), DOUBT], id="one part of a run is distrusted"),
        pytest.param([event(n, "COMPLETE", LOAD, f"r{n}", A_FEEDS_B) for n in (60, 0)], id="the first comes last"),
    ],
)  # fmt: skip
def test_a_count_stays_right_when(steps: list[Step]) -> None:
    """The cases in which a tally is changed otherwise than by one more run."""
    check(steps)


def _said_by(runs: int) -> list[Event]:
    """One run a minute, each saying that A feeds B."""
    return [event(60 * n, "COMPLETE", LOAD, f"r{n}", A_FEEDS_B) for n in range(runs)]


@pytest.mark.parametrize("valid_us", [None, instant(1_000_000)], ids=["as of now", "as of a time after all"])
def test_a_count_reads_as_much_after_many_runs_as_after_few(valid_us: int | None) -> None:
    """Looked up, not counted: the steps of SQLite's machine do not grow with the runs."""
    asked = {runs: _steps(_said_by(runs), runs, valid_us) for runs in (20, 400)}
    assert asked[400] < 1.2 * asked[20]


def test_a_run_that_says_two_sets_is_counted() -> None:
    """Tallies of its sets cannot be added: what ADR 26 says is still counted, from each entry."""
    asked = {runs: _steps([*_said_by(runs - 1), *_two_sets_of_one_run()], runs, None) for runs in (20, 400)}
    assert asked[400] > 5 * asked[20]


def _two_sets_of_one_run() -> list[Event]:
    """The last run, an application's in two parts, whose job is shown as the one whose runs are counted."""
    parts = ((A_FEEDS_B, "p1"), (FROM_C, "p2"))
    parent = ParentRun(LOAD, "last")
    return [event(50_000, "COMPLETE", SQL, run, said, parent=parent, technical=True) for said, run in parts]


def _steps(steps: Sequence[Step], runs: int, valid_us: int | None) -> int:
    """What it takes to tell how many runs said that data flows, and is written."""
    with Projection(steps) as projection:
        told = [version.fact for version in projection.store.export(history=False)]
        facts = [fact for fact in told if fact.relation in (Relation.FEEDS, Relation.WRITES)]
        count = 0

        def step() -> int:
            nonlocal count
            count += 1
            return 0

        projection.state.connection.set_progress_handler(step, 1)
        seen = projection.seen(facts, Moment(valid_us, len(projection.entries)))
        projection.state.connection.set_progress_handler(None, 1)
    assert max(each.run_count for each in seen) == runs
    return count


def test_a_state_of_another_version_says_nothing(tmp_path: Path) -> None:
    """Until the projector has made it anew: its tables mean something else, or are not there."""
    path = tmp_path / "state.sqlite"
    with closing(State(path)) as state, closing(StateSeen(path)) as seen:
        state.set_meta("format", "1")
        state.connection.execute("DROP TABLE state_tally")
        fact = Fact(Relation.FEEDS, NodeId("hw:a"), NodeId("hw:b"), "write|hw:job|hw:b")
        assert seen.seen([fact], Moment(None, 1)) == [NOTHING] and seen.rebuild_to() == 0
        state.wipe()
        state.set_meta("rebuild_to", "7")
        assert seen.rebuild_to() == 7
