"""How often and when facts were seen, from the projector's tallies and assertions (lineage/seen.py has the idea).

Reads the state's file beside the projector. A fact is found by its hash among the members of sets, the sets among the entries that
were in force at the moment. One run of an application counts once, however many of its parts say the same. A count is looked
up where tallies can tell (tally_rows.py), else counted from the entries; everything else is a seek by time.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lineage.facts import EvidenceKind, Fact
from lineage.moment import FOREVER, Moment
from lineage.projector.readings import fact_number
from lineage.projector.state import REBUILD_TO
from lineage.projector.tables import FORMAT
from lineage.projector.tally_rows import TALLY, of_counted_run
from lineage.seen import Seen

ENTRIES_MAX = 10  # ledger positions given with a fact; the full list is the ledger's to give
BUSY_TIMEOUT_S = 10
FACTS_AT_ONCE = 500  # one query for so many facts: far below SQLite's limit of variables
NOTHING = Seen(None, None, 0, False, False, None, ())

_MEMBERS = """
SELECT m.fact, m.source, m.set_id FROM state_member m
WHERE m.fact IN ({marks}) AND m.known_from <= ? AND m.known_to > ? ORDER BY m.source, m.set_id
"""
_IN_FORCE = """
FROM state_entry e WHERE e.source = ? AND e.set_id = ? AND e.state = ? AND e.known_from <= ? AND e.known_to > ? AND e.time_us <= ?
AND e.run IS NOT NULL
"""
_LAST = (
    "SELECT e.time_us, e.tie, e.app, e.app_attempt, e.run, e.attempt, e.idx"
    + _IN_FORCE
    + "ORDER BY e.time_us DESC, e.tie DESC LIMIT 1"
)
_FIRST = "SELECT e.time_us, e.idx" + _IN_FORCE + "ORDER BY e.time_us, e.tie LIMIT ?"
_RUNS = "SELECT DISTINCT coalesce(e.app, -e.run), coalesce(e.app_attempt, e.attempt)" + _IN_FORCE
_LAST_US = "SELECT max(e.last_us)" + _IN_FORCE
_LAST_US_NOW = f"""
SELECT e.last_us FROM state_entry e WHERE e.source = ? AND e.set_id = ? AND e.state = 'OBSERVED' AND e.known_to = {FOREVER}
AND e.known_from <= ? AND e.run IS NOT NULL ORDER BY e.last_us DESC LIMIT 1
"""
_LAST_US_SINCE_ENDED = f"""
SELECT max(e.last_us) FROM state_entry e WHERE e.source = ? AND e.set_id = ? AND e.state = 'OBSERVED' AND e.known_from <= ?
AND e.known_to > ? AND e.known_to < {FOREVER} AND e.run IS NOT NULL
"""
_LATER = "SELECT 1 FROM state_entry WHERE source = ? AND set_id = ? AND state = ? AND time_us > ? LIMIT 1"
_SOURCES = "SELECT kind, namespace1, name1, mixed FROM state_source WHERE id IN ({marks})"
_NEWEST = """
SELECT e.time_us, e.tie, e.set_id FROM state_entry e WHERE e.source = ? AND {known_to} AND e.known_from <= ? AND e.time_us <= ?
AND e.state = 'OBSERVED' ORDER BY e.time_us DESC, e.tie DESC LIMIT 1
"""
_NEWEST_NOW = _NEWEST.format(known_to=f"e.known_to = {FOREVER}")
_NEWEST_SINCE_ENDED = _NEWEST.format(known_to=f"e.known_to > ? AND e.known_to < {FOREVER}")
_OF_A_JOB = frozenset({"write", "read"})
"""Kinds of sources that belong to one job, their first name: no run of another job is among their entries."""


class StateSeen:
    """A SeenReader over the state's file. Safe to call from several threads: each has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def seen(self, facts: Sequence[Fact], at: Moment) -> list[Seen]:
        with self._connection() as connection:
            if connection is None:
                return [NOTHING] * len(facts)
            until = FOREVER if at.valid_us is None else at.valid_us
            return _Count(connection, at.known, until).of(facts)

    def set_aside(self) -> int:
        """How many entries could not be folded and were set aside; the log has their reasons."""
        with self._connection() as connection:
            if connection is None:
                return 0
            return int(connection.execute("SELECT count(*) FROM state_aside").fetchone()[0])

    def rebuild_to(self) -> int:
        """Up to which size of the ledger the graph is being made anew, or was last."""
        with self._connection() as connection:
            if connection is None:
                return 0
            row = connection.execute("SELECT value FROM state_meta WHERE key = ?", (REBUILD_TO,)).fetchone()
            return int(row[0]) if row else 0

    def close(self) -> None:
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all = []

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection | None]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            if not self._path.exists():
                yield None  # before the first projection nothing was seen
                return
            uri = f"{self._path.resolve().as_uri()}?mode=ro"
            connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
            if not _is_of_this_format(connection):
                connection.close()
                yield None  # nor of a file that the projector is about to make anew
                return
            self._local.connection = connection
            with self._lock:
                self._all.append(connection)
        yield connection


Pairs = tuple[tuple[int, int], ...]


class _Count:
    """One question's counting. Facts that the same sets say were seen alike: each combination of sets is counted once."""

    def __init__(self, connection: sqlite3.Connection, known: int, until_us: int) -> None:
        self._connection, self._known, self._until_us = connection, known, until_us
        self._counted: dict[tuple[Pairs, EvidenceKind, str], Seen] = {}
        self._latest: dict[str, int | None] = {}

    def of(self, facts: Sequence[Fact]) -> list[Seen]:
        numbers = [fact_number(fact) for fact in facts]
        said_by = self._said_by(sorted(set(numbers)))
        return [
            self._seen(said_by.get(number, ()), _said_as(fact), str(fact.job))
            for number, fact in zip(numbers, facts, strict=True)
        ]

    def _said_by(self, numbers: Sequence[int]) -> dict[int, Pairs]:
        """fact -> the (source, set) pairs that say it."""
        found: dict[int, list[tuple[int, int]]] = {}
        for start in range(0, len(numbers), FACTS_AT_ONCE):
            some = numbers[start : start + FACTS_AT_ONCE]
            query = _MEMBERS.format(marks=",".join("?" * len(some)))
            for number, source, set_id in self._connection.execute(query, (*some, self._known, self._known)):
                found.setdefault(number, []).append((source, set_id))
        return {number: tuple(pairs) for number, pairs in found.items()}

    def _seen(self, pairs: Pairs, state: EvidenceKind, job: str) -> Seen:
        key = (pairs, state, job)
        if key not in self._counted:
            self._counted[key] = self._sum(pairs, state, job) if pairs else NOTHING
        return self._counted[key]

    def _sum(self, pairs: Pairs, state: EvidenceKind, job: str) -> Seen:
        asked = [(*pair, state, self._known, self._known, self._until_us) for pair in pairs]
        lasts = [row for values in asked if (row := self._connection.execute(_LAST, values).fetchone())]
        if not lasts:
            return NOTHING
        firsts = sorted({row for values in asked for row in self._connection.execute(_FIRST, (*values, ENTRIES_MAX - 1))})
        tallied = self._tallied(pairs) if state is EvidenceKind.OBSERVED else None
        runs, last_us = tallied or self._counted_now(asked)
        said_us, _, *run, index = max(lasts)
        newest_us = self._latest_of_job(job)
        return Seen(
            first_us=firsts[0][0],
            last_us=last_us,
            run_count=runs,
            in_latest_run=newest_us is None or said_us >= newest_us or self._same_run(run, newest_us),
            code_changed=self._code_changed(job, said_us),
            last_run=self._run_name(run[2]),
            entries=tuple(sorted({*(i for _, i in firsts[: ENTRIES_MAX - 1]), index})),
        )

    def _tallied(self, pairs: Pairs) -> tuple[int, int] | None:
        """(runs, when the last of them last said so) from the tallies; None where these cannot tell: what was said later is to be
        left out, or a run may be in several of them."""
        if self._until_us != FOREVER:
            later = [(*pair, EvidenceKind.OBSERVED, self._until_us) for pair in pairs]
            if any(self._connection.execute(_LATER, values).fetchone() for values in later):
                return None
        if not self._are_apart(pairs):
            return None
        tallies = [self._connection.execute(TALLY, (*pair, self._known)).fetchone() or (0,) for pair in pairs]
        return sum(runs for (runs,) in tallies), max(self._last_us(pair) for pair in pairs)

    def _last_us(self, pair: tuple[int, int]) -> int:
        now = self._connection.execute(_LAST_US_NOW, (*pair, self._known)).fetchone() or (0,)
        ended = self._connection.execute(_LAST_US_SINCE_ENDED, (*pair, self._known, self._known)).fetchone()
        return max(now[0], ended[0] or 0)

    def _are_apart(self, pairs: Pairs) -> bool:
        """Whether no run can be in more than one of the pairs."""
        if len(pairs) == 1:
            return True
        ids = sorted({source for source, _ in pairs})
        query = _SOURCES.format(marks=",".join("?" * len(ids)))
        sources = self._connection.execute(query, ids).fetchall()
        if any(mixed for *_, mixed in sources):
            return False
        return len(ids) == 1 or (
            {kind for kind, *_ in sources} <= _OF_A_JOB and len({(a, b) for _, a, b, _ in sources}) == len(ids)
        )

    def _counted_now(self, asked: Sequence[tuple[object, ...]]) -> tuple[int, int]:
        """What a tally would say, from each entry: its cost grows with the runs."""
        runs = len({run for values in asked for run in self._connection.execute(_RUNS, values)})
        return runs, max(
            row[0] for values in asked if (row := self._connection.execute(_LAST_US, values).fetchone())[0] is not None
        )

    def _latest_of_job(self, job: str) -> int | None:
        """When the job's latest run that counts said anything, whatever it wrote."""
        if job not in self._latest:
            units = f"read|{job}", f"write|{job}|", f"write|{job}}}"
            newest = self._newest("unit = ? OR unit >= ? AND unit < ?", units, until_us=self._until_us)
            self._latest[job] = None if newest is None else newest[0]
        return self._latest[job]

    def _newest(self, where: str, units: tuple[str, ...], *, until_us: int) -> tuple[int, bytes, int] | None:
        """(time, tie, set) of the newest entry that counts among the sources of units."""
        sources = self._connection.execute(f"SELECT id FROM state_source WHERE {where}", units).fetchall()
        rows = [
            self._connection.execute(query, (source, *known, until_us)).fetchone()
            for (source,) in sources
            for query, known in ((_NEWEST_NOW, [self._known]), (_NEWEST_SINCE_ENDED, [self._known] * 2))
        ]
        return max((row for row in rows if row is not None), default=None)

    def _same_run(self, row: Sequence[int | None], newest_us: int) -> bool:
        """Whether the job's newest entry belongs to the application run that last said the fact."""
        of_run, run = of_counted_run(*row)
        found = self._connection.execute(
            f"SELECT 1 FROM state_entry WHERE {of_run} AND time_us BETWEEN ? AND ?"
            " AND known_from <= ? AND known_to > ? AND state = 'OBSERVED' LIMIT 1",
            (*run, newest_us, self._until_us, self._known, self._known),
        )
        return found.fetchone() is not None

    def _code_changed(self, job: str, since_us: int) -> bool:
        """Whether the job's code version after the fact was last said is another than at that time."""
        units = (f"property|{job}|sourceCodeVersion",)
        before = self._newest("unit = ?", units, until_us=since_us)
        now = self._newest("unit = ?", units, until_us=self._until_us)
        return before is not None and now is not None and now[2] != before[2]

    def _run_name(self, run: int) -> str | None:
        row = self._connection.execute("SELECT run FROM state_run WHERE id = ?", (run,)).fetchone()
        return None if row is None else str(row[0])


def _said_as(fact: Fact) -> EvidenceKind:
    """As what entries say a fact: what was inferred was observed."""
    return EvidenceKind.ATTEMPTED if fact.evidence is EvidenceKind.ATTEMPTED else EvidenceKind.OBSERVED


def _is_of_this_format(connection: sqlite3.Connection) -> bool:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state_meta'").fetchone() is None:
        return False
    told = connection.execute("SELECT value FROM state_meta WHERE key = 'format'").fetchone()
    return bool(told == (str(FORMAT),))
