"""The runs and names of a state, as rows in and rows out."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TypeVar

from lineage.events import RawName
from lineage.projector.tables import RUN_COLUMNS, RunRow, run_row

K = TypeVar("K")
V = TypeVar("V")

CACHED_MAX = 200_000  # numbers remembered by content: 100 bytes each; forgetting them costs a query


def remember(cache: dict[K, V], key: K, value: V) -> V:
    """Put a value that the tables also have into a cache of bounded size."""
    if len(cache) >= CACHED_MAX:
        cache.clear()
    cache[key] = value
    return value


class Rows:
    """What the groups of tables share: one connection."""

    connection: sqlite3.Connection

    def _execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self.connection.execute(sql, values)


class NameRows(Rows):
    """Raw names, what is known of each, and the links between them."""

    def names(self, kind: str) -> Iterator[tuple[RawName, int, int]]:
        rows = self._execute("SELECT namespace, name, traits, first_us FROM state_name WHERE kind = ?", (kind,))
        return ((RawName(a, b), traits, first) for a, b, traits, first in rows)

    def put_name(self, kind: str, name: RawName, traits: int, first_us: int) -> None:
        self._execute(
            "INSERT INTO state_name VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET traits = traits | excluded.traits,"
            " first_us = min(first_us, excluded.first_us)",
            (kind, name.namespace, name.name, traits, first_us),
        )

    def set_traits(self, kind: str, name: RawName, traits: int) -> None:
        self._execute(
            "UPDATE state_name SET traits = ? WHERE kind = ? AND namespace = ? AND name = ?",
            (traits, kind, name.namespace, name.name),
        )

    def name_known(self, kind: str, name: RawName) -> tuple[int, int] | None:
        """(traits, first mention) of a name by events; None when none named it."""
        row = self._execute(
            "SELECT traits, first_us FROM state_name WHERE kind = ? AND namespace = ? AND name = ?",
            (kind, name.namespace, name.name),
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def links(self, kind: str) -> Iterator[tuple[RawName, RawName]]:
        rows = self._execute("SELECT namespace1, name1, namespace2, name2 FROM state_link WHERE kind = ?", (kind,))
        return ((RawName(a, b), RawName(c, d)) for a, b, c, d in rows)

    def put_link(self, kind: str, one: RawName, other: RawName) -> None:
        values = (kind, one.namespace, one.name, other.namespace, other.name)
        self._execute("INSERT OR IGNORE INTO state_link VALUES (?, ?, ?, ?, ?)", values)


class RunRows(Rows):
    """Runs, and which entries are their events."""

    def run_row(self, job: RawName, run: str) -> RunRow:
        """The row of a run, made when it is new (also for a parent that never sent an event)."""
        values = (job.namespace, job.name, run)
        self._execute("INSERT OR IGNORE INTO state_run (namespace, name, run) VALUES (?, ?, ?)", values)
        row = self._execute(
            f"SELECT {RUN_COLUMNS} FROM state_run WHERE namespace = ? AND name = ? AND run = ?", values
        ).fetchone()
        return run_row(row)

    def run_by_id(self, run: int) -> RunRow:
        return run_row(self._execute(f"SELECT {RUN_COLUMNS} FROM state_run WHERE id = ?", (run,)).fetchone())

    def children(self, run: int) -> list[RunRow]:
        return [run_row(row) for row in self._execute(f"SELECT {RUN_COLUMNS} FROM state_run WHERE parent = ?", (run,))]

    def all_runs(self) -> Iterator[RunRow]:
        last = 0
        while rows := self._execute(
            f"SELECT {RUN_COLUMNS} FROM state_run WHERE id > ? ORDER BY id LIMIT 1000", (last,)
        ).fetchall():
            yield from (run_row(row) for row in rows)
            last = rows[-1][0]

    def update_run(self, row: RunRow) -> None:
        self._execute(
            "UPDATE state_run SET parent = ?, technical = ?, container = ?, attempts = ? WHERE id = ?",
            (row.parent, row.technical, row.container, json.dumps(row.attempts), row.id),
        )

    def technical_runs(self, job: RawName) -> list[int]:
        """The technical runs of a job, one for each run above."""
        rows = self._execute(
            "SELECT min(id) FROM state_run WHERE namespace = ? AND name = ? AND technical AND parent IS NOT NULL GROUP BY parent",
            (job.namespace, job.name),
        )
        return [row[0] for row in rows]

    def technical_jobs(self) -> list[RawName]:
        """Every job that has technical runs."""
        rows = self._execute("SELECT DISTINCT namespace, name FROM state_run WHERE technical")
        return [RawName(a, b) for a, b in rows]

    def runs_of_job(self, job: RawName) -> list[RunRow]:
        rows = self._execute(
            f"SELECT {RUN_COLUMNS} FROM state_run WHERE namespace = ? AND name = ?", (job.namespace, job.name)
        )
        return [run_row(row) for row in rows]

    def runs_of_id(self, run: str) -> list[int]:
        """The runs that have this id, of whatever job."""
        return [row[0] for row in self._execute("SELECT id FROM state_run WHERE run = ? ORDER BY id", (run,))]

    def link_run(self, run: int, other: str) -> None:
        """A run names another's id."""
        self._execute("INSERT OR IGNORE INTO state_run_link VALUES (?, ?)", (other, run))

    def runs_linked_to(self, run: str) -> list[int]:
        """The runs that name this id."""
        return [row[0] for row in self._execute("SELECT run FROM state_run_link WHERE other = ? ORDER BY run", (run,))]

    def add_run_event(self, run: int, time_us: int, rank: int, digest: bytes, idx: int, content: bytes) -> bool:
        """Add an event to its run; True when the event before it said exactly the same, so that nothing can change."""
        before = self._execute(
            "SELECT content FROM state_run_event WHERE run = ? AND (time_us, rank, digest) < (?, ?, ?)"
            " ORDER BY time_us DESC, rank DESC, digest DESC LIMIT 1",
            (run, time_us, rank, digest),
        ).fetchone()
        self._execute(
            "INSERT OR IGNORE INTO state_run_event VALUES (?, ?, ?, ?, ?, ?)",
            (run, time_us, rank, digest, idx, content),
        )
        return before is not None and before[0] == content

    def run_events(self, run: int) -> list[int]:
        """The ledger positions of a run's events in order; of a series that says the same again and again, the first and last."""
        rows = self._execute(
            "SELECT idx FROM (SELECT idx, content, LAG(content) OVER w AS before, LEAD(content) OVER w AS after"
            " FROM state_run_event WHERE run = ? WINDOW w AS (ORDER BY time_us, rank, digest))"
            " WHERE before IS NULL OR after IS NULL OR before != content OR after != content",
            (run,),
        )
        return [row[0] for row in rows]
