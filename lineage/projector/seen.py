"""How often and when facts were seen, counted from the projector's assertions (lineage/seen.py has the idea).

Reads the state's file beside the projector. A fact is found by its hash among the members of sets, the sets among the entries that
were in force at the moment; one row an application run counts once, however many of its parts say the same.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lineage.facts import EvidenceKind, Fact
from lineage.moment import FOREVER, Moment
from lineage.projector.readings import fact_number
from lineage.seen import Seen

ENTRIES_MAX = 10  # ledger positions given with a fact; the full list is the ledger's to give
BUSY_TIMEOUT_S = 10
NOTHING = Seen(None, None, 0, False, False, None, ())

_ENTRIES = """
SELECT e.app, e.app_attempt, e.run, e.attempt, e.time_us, e.last_us, e.idx FROM state_member m
JOIN state_entry e ON e.source = m.source AND e.set_id = m.set_id
JOIN state_source s ON s.id = m.source AND s.unit = ?
WHERE m.fact = ? AND e.known_from <= ? AND e.known_to > ? AND e.time_us <= ? AND e.run IS NOT NULL
AND (e.state = 'ATTEMPTED') = ?
ORDER BY e.time_us, e.tie
"""
_LATEST_OF_JOB = """
SELECT max(e.time_us) FROM state_source s JOIN state_entry e ON e.source = s.id
WHERE s.unit >= ? AND s.unit < ? AND e.known_from <= ? AND e.known_to > ? AND e.time_us <= ? AND e.state = 'OBSERVED'
"""
_CODE = """
SELECT e.time_us, e.set_id FROM state_source s JOIN state_entry e ON e.source = s.id
WHERE s.unit = ? AND e.known_from <= ? AND e.known_to > ? AND e.time_us <= ? ORDER BY e.time_us DESC
"""


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
            latest: dict[str, int | None] = {}
            return [self._seen(connection, fact, at.known, until, latest) for fact in facts]

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
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state_member'").fetchone() is None:
                connection.close()
                yield None
                return
            self._local.connection = connection
            with self._lock:
                self._all.append(connection)
        yield connection

    def _seen(
        self, connection: sqlite3.Connection, fact: Fact, known: int, until_us: int, latest: dict[str, int | None]
    ) -> Seen:
        attempted = fact.evidence is EvidenceKind.ATTEMPTED  # an attempt that turned out to count is none any more
        unit = f"write|{fact.unit.partition('|')[2]}" if attempted else fact.unit
        rows = connection.execute(_ENTRIES, (unit, fact_number(fact), known, known, until_us, attempted)).fetchall()
        if not rows:
            return NOTHING
        runs = {(r[0], r[1]) if r[0] is not None else (r[2], r[3]) for r in rows}
        first_us, last_us = rows[0][4], max(r[5] for r in rows)
        last_said_us = rows[-1][4]
        job = str(fact.job)
        if job not in latest:
            latest[job] = self._latest_of_job(connection, job, known, until_us)
        newest = latest[job]
        indexes = sorted({r[6] for r in rows})
        if len(indexes) > ENTRIES_MAX:
            indexes = [*indexes[: ENTRIES_MAX - 1], indexes[-1]]
        return Seen(
            first_us=first_us,
            last_us=last_us,
            run_count=len(runs),
            in_latest_run=newest is None
            or last_said_us >= newest
            or self._same_run(connection, fact, rows[-1], newest),
            code_changed=self._code_changed(connection, job, last_said_us, known, until_us),
            last_run=self._run_name(connection, rows[-1][2]),
            entries=tuple(indexes),
        )

    def _latest_of_job(self, connection: sqlite3.Connection, job: str, known: int, until_us: int) -> int | None:
        """When the job's latest run that counts said anything, whatever it wrote."""
        times = [
            connection.execute(_LATEST_OF_JOB, (low, high, known, known, until_us)).fetchone()[0]
            for low, high in ((f"write|{job}|", f"write|{job}}}"), (f"read|{job}", f"read|{job}|"))
        ]
        return max((t for t in times if t is not None), default=None)

    def _same_run(
        self, connection: sqlite3.Connection, fact: Fact, row: tuple[int | None, ...], newest_us: int
    ) -> bool:
        """Whether the job's newest entry belongs to the application run that last said the fact."""
        app, app_attempt, run, attempt = row[:4]
        key, value = ("app", (app, app_attempt)) if app is not None else ("run", (run, attempt))
        number = "app_attempt" if key == "app" else "attempt"
        found = connection.execute(
            f"SELECT 1 FROM state_entry WHERE {key} = ? AND {number} = ? AND time_us >= ? LIMIT 1", (*value, newest_us)
        )
        return found.fetchone() is not None

    def _code_changed(self, connection: sqlite3.Connection, job: str, since_us: int, known: int, until_us: int) -> bool:
        """Whether the job's code version after the fact was last said is another than at that time."""
        told = connection.execute(_CODE, (f"property|{job}|sourceCodeVersion", known, known, until_us)).fetchall()
        before = next((set_id for time_us, set_id in told if time_us <= since_us), None)
        return bool(told) and before is not None and told[0][1] != before

    def _run_name(self, connection: sqlite3.Connection, run: int) -> str | None:
        row = connection.execute("SELECT run FROM state_run WHERE id = ?", (run,)).fetchone()
        return None if row is None else str(row[0])
