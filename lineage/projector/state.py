"""The projector's memory on disk: the sets from which every unit can be computed again, and the outbox.

The one idea: rows are sets keyed by content, so doing a thing twice changes nothing; what is derived (classes of names, folded
machines) is computed from them at start or on need. One SQLite file whatever the graph store is; it may be dropped and replayed
from the ledger, so it is not synced on each commit. Rows that stop being true are closed with a known bound, not deleted: the counts
of seen.py are asked for at past moments too.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lineage.errors import StoreError
from lineage.events import RawName
from lineage.moment import FOREVER

FORMAT = 1  # bumped whenever a table changes its meaning: an older state is dropped and replayed
BUSY_TIMEOUT_S = 30

SCHEMA = """
CREATE TABLE IF NOT EXISTS state_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_event (digest BLOB PRIMARY KEY, idx INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_name (
  kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, traits INTEGER NOT NULL, first_us INTEGER NOT NULL,
  PRIMARY KEY (kind, namespace, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_link (
  kind TEXT NOT NULL, namespace1 TEXT NOT NULL, name1 TEXT NOT NULL, namespace2 TEXT NOT NULL, name2 TEXT NOT NULL,
  PRIMARY KEY (kind, namespace1, name1, namespace2, name2)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_statement (idx INTEGER PRIMARY KEY, kind TEXT NOT NULL, norm BLOB NOT NULL, time_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS state_run (
  id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, run TEXT NOT NULL,
  parent INTEGER, technical INTEGER NOT NULL DEFAULT 0, container INTEGER NOT NULL DEFAULT 0, attempts TEXT NOT NULL DEFAULT '[]',
  UNIQUE (namespace, name, run));
CREATE INDEX IF NOT EXISTS state_run_parent ON state_run (parent) WHERE parent IS NOT NULL;
CREATE INDEX IF NOT EXISTS state_run_technical ON state_run (namespace, name) WHERE technical;
CREATE TABLE IF NOT EXISTS state_run_event (
  run INTEGER NOT NULL, time_us INTEGER NOT NULL, rank INTEGER NOT NULL, digest BLOB NOT NULL, idx INTEGER NOT NULL,
  content BLOB NOT NULL, PRIMARY KEY (run, time_us, rank, digest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_set (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS state_source (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, namespace1 TEXT NOT NULL, name1 TEXT NOT NULL,
  namespace2 TEXT NOT NULL, name2 TEXT NOT NULL, extra TEXT NOT NULL, unit TEXT,
  UNIQUE (kind, namespace1, name1, namespace2, name2, extra));
CREATE INDEX IF NOT EXISTS state_source_unit ON state_source (unit);
CREATE INDEX IF NOT EXISTS state_source_second ON state_source (namespace2, name2);
CREATE INDEX IF NOT EXISTS state_source_first ON state_source (namespace1, name1);
CREATE TABLE IF NOT EXISTS state_entry (
  id INTEGER PRIMARY KEY, source INTEGER NOT NULL, state TEXT NOT NULL, kind INTEGER NOT NULL, time_us INTEGER NOT NULL,
  tie BLOB NOT NULL, set_id INTEGER NOT NULL, run INTEGER, attempt INTEGER, app INTEGER, app_attempt INTEGER,
  started_us INTEGER NOT NULL, last_us INTEGER NOT NULL, idx INTEGER NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS state_entry_source ON state_entry (source, known_to, time_us);
CREATE INDEX IF NOT EXISTS state_entry_set ON state_entry (source, set_id, time_us);
CREATE INDEX IF NOT EXISTS state_entry_run ON state_entry (run, known_to) WHERE run IS NOT NULL;
CREATE INDEX IF NOT EXISTS state_entry_app ON state_entry (app, known_to) WHERE app IS NOT NULL;
CREATE TABLE IF NOT EXISTS state_closer (
  namespace TEXT NOT NULL, name TEXT NOT NULL, time_us INTEGER NOT NULL, kind TEXT NOT NULL, before_us INTEGER NOT NULL,
  tie BLOB NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (namespace, name, time_us, kind, tie, before_us)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS state_closer_run ON state_closer (run);
CREATE TABLE IF NOT EXISTS state_mention (
  kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, source INTEGER NOT NULL,
  PRIMARY KEY (kind, namespace, name, source)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_member (fact INTEGER NOT NULL, source INTEGER NOT NULL, set_id INTEGER NOT NULL,
  PRIMARY KEY (fact, source, set_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_output (unit TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_aside (idx INTEGER PRIMARY KEY, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS state_outbox (idx INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""

TABLES = (
    "meta", "event", "name", "link", "statement", "run", "run_event", "set", "source", "entry", "closer", "mention", "member",
    "output", "aside", "outbox",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A source of assertions in raw names (design 4); which unit it belongs to depends on what its names mean."""

    kind: str
    """write, read, declare, schema or property."""
    first: RawName
    """write, read, declare: the job; schema, property: the dataset or job."""
    second: RawName
    """write, declare: the dataset; else empty."""
    extra: str = ""
    """schema: the reporter; property: JOB or DATASET, and the label."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One assertion as it is stored, in force from `known_from`."""

    source: int
    state: str
    """OBSERVED, DECLARED, ATTEMPTED (lineage.facts.EvidenceKind)."""
    kind: int
    """lineage.fold.Kind: ADD for a part of an application run, REPLACE for a whole."""
    time_us: int
    tie: bytes
    set_id: int
    run: int | None
    attempt: int | None
    app: int | None
    app_attempt: int | None
    started_us: int
    last_us: int
    idx: int

    @property
    def said(self) -> tuple[object, ...]:
        """What it says, without when it was seen last and who told us."""
        return (
            self.source, self.state, self.kind, self.time_us, self.tie, self.set_id, self.run, self.attempt, self.app,
            self.app_attempt, self.started_us,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Closer:
    """A lifecycle change that ends what was asserted about a dataset."""

    dataset: RawName
    time_us: int
    kind: str
    before_us: int
    tie: bytes


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, and what its attempts were when last computed: (number, state, first, started, ended, counted)."""

    id: int
    job: RawName
    run: str
    parent: int | None
    technical: bool
    container: bool
    attempts: tuple[tuple[int, str, int, int, int | None, int], ...]


ENTRY_COLUMNS = "source, state, kind, time_us, tie, set_id, run, attempt, app, app_attempt, started_us, last_us, idx"
RUN_COLUMNS = "id, namespace, name, run, parent, technical, container, attempts"


def _run(row: Sequence[object]) -> RunRow:
    id_, namespace, name, run, parent, technical, container, attempts = row
    return RunRow(
        int(id_), RawName(str(namespace), str(name)), str(run), parent if parent is None else int(parent),  # type: ignore[call-overload]
        bool(technical), bool(container), tuple(tuple(a) for a in json.loads(str(attempts))),
    )  # fmt: skip


class State:
    """Rows in, rows out; which rows there should be is decided in engine.py and units.py."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.connection = sqlite3.connect(
                path, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False
            )
            self._execute("PRAGMA journal_mode=WAL")
            self._execute("PRAGMA synchronous=NORMAL")
            self._execute("PRAGMA cache_size=-65536")
            self.connection.executescript(SCHEMA)
            if self.meta("format") not in (None, str(FORMAT)):
                self.wipe()
            self.set_meta("format", str(FORMAT))
        except sqlite3.Error as error:
            raise StoreError(
                f"The projector's state {path} cannot be used: {error}. Check the disk and the file's rights.",
                retryable=False,
            ) from error
        self._sets: dict[bytes, int] = {}
        self._sources: dict[Source, int] = {}

    def _execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self.connection.execute(sql, values)

    def begin(self) -> None:
        self._execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._execute("COMMIT")

    def rollback(self) -> None:
        if self.connection.in_transaction:
            self._execute("ROLLBACK")
        self._sets, self._sources = {}, {}  # ids that were given out in the transaction are none any more

    def close(self) -> None:
        self.connection.close()

    def set_aside(self, idx: int, reason: str) -> None:
        """Remember an entry that could not be folded."""
        self._execute("INSERT OR REPLACE INTO state_aside VALUES (?, ?)", (idx, reason))

    def wipe(self) -> None:
        """Forget everything; the ledger has it all."""
        for table in TABLES:
            self._execute(f"DROP TABLE IF EXISTS state_{table}")
        self.connection.executescript(SCHEMA)
        self._sets, self._sources = {}, {}
        self.set_meta("format", str(FORMAT))

    # Small facts about the state itself

    def meta(self, key: str) -> str | None:
        row = self._execute("SELECT value FROM state_meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        self._execute("INSERT OR REPLACE INTO state_meta VALUES (?, ?)", (key, value))

    # Events and statements

    def is_new_event(self, digest: bytes, idx: int) -> bool:
        """Remember an event by its content; False when it came before."""
        return self._execute("INSERT OR IGNORE INTO state_event VALUES (?, ?)", (digest[:16], idx)).rowcount == 1

    def add_statement(self, idx: int, kind: str, norm: bytes, time_us: int) -> None:
        self._execute("INSERT OR IGNORE INTO state_statement VALUES (?, ?, ?, ?)", (idx, kind, norm, time_us))

    def statements(self, *kinds: str) -> list[tuple[int, str, bytes, int]]:
        marks = ",".join("?" * len(kinds))
        return self._execute(
            f"SELECT idx, kind, norm, time_us FROM state_statement WHERE kind IN ({marks}) ORDER BY idx", kinds
        ).fetchall()

    # Names

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

    # Runs

    def run_row(self, job: RawName, run: str) -> RunRow:
        """The row of a run, made when it is new (also for a parent that never sent an event)."""
        values = (job.namespace, job.name, run)
        self._execute("INSERT OR IGNORE INTO state_run (namespace, name, run) VALUES (?, ?, ?)", values)
        row = self._execute(
            f"SELECT {RUN_COLUMNS} FROM state_run WHERE namespace = ? AND name = ? AND run = ?", values
        ).fetchone()
        return _run(row)

    def run_by_id(self, run: int) -> RunRow:
        return _run(self._execute(f"SELECT {RUN_COLUMNS} FROM state_run WHERE id = ?", (run,)).fetchone())

    def children(self, run: int) -> list[RunRow]:
        return [_run(row) for row in self._execute(f"SELECT {RUN_COLUMNS} FROM state_run WHERE parent = ?", (run,))]

    def all_runs(self) -> Iterator[RunRow]:
        last = 0
        while rows := self._execute(
            f"SELECT {RUN_COLUMNS} FROM state_run WHERE id > ? ORDER BY id LIMIT 1000", (last,)
        ).fetchall():
            yield from (_run(row) for row in rows)
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
        return [_run(row) for row in rows]

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
        """The ledger positions of a run's events in order, without those that only repeat the one before."""
        rows = self._execute(
            "SELECT idx FROM (SELECT idx, content, LAG(content) OVER (ORDER BY time_us, rank, digest) AS before"
            " FROM state_run_event WHERE run = ?) WHERE before IS NULL OR before != content",
            (run,),
        )
        return [row[0] for row in rows]

    # Sets and sources

    def set_id(self, digest: bytes, body: bytes) -> int:
        known = self._sets.get(digest)
        if known is None:
            self._execute("INSERT OR IGNORE INTO state_set (digest, body) VALUES (?, ?)", (digest, body))
            known = int(self._execute("SELECT id FROM state_set WHERE digest = ?", (digest,)).fetchone()[0])
            self._sets[digest] = known
        return known

    def set_body(self, set_id: int) -> bytes:
        return bytes(self._execute("SELECT body FROM state_set WHERE id = ?", (set_id,)).fetchone()[0])

    def source_id(self, source: Source) -> int:
        known = self._sources.get(source)
        if known is None:
            values = (
                source.kind,
                source.first.namespace,
                source.first.name,
                source.second.namespace,
                source.second.name,
                source.extra,
            )
            self._execute(
                "INSERT OR IGNORE INTO state_source (kind, namespace1, name1, namespace2, name2, extra) VALUES (?, ?, ?, ?, ?, ?)",
                values,
            )
            row = self._execute(
                "SELECT id FROM state_source WHERE kind = ? AND namespace1 = ? AND name1 = ? AND namespace2 = ? AND name2 = ? AND extra = ?",
                values,
            ).fetchone()
            known = self._sources[source] = int(row[0])
        return known

    def sources_of(
        self, kinds: Iterable[str] | None = None, *, first: RawName | None = None, second: RawName | None = None
    ) -> list[tuple[int, Source]]:
        """The sources (of these kinds) that have this job or dataset first, or this dataset second."""
        column, name = ("1", first) if first is not None else ("2", second)
        assert name is not None, "one of both names is given"
        rows = self._execute(
            "SELECT id, kind, namespace1, name1, namespace2, name2, extra FROM state_source"
            f" WHERE namespace{column} = ? AND name{column} = ?",
            (name.namespace, name.name),
        )
        wanted = None if kinds is None else set(kinds)
        return [
            (i, Source(k, RawName(a, b), RawName(c, d), e))
            for i, k, a, b, c, d, e in rows
            if wanted is None or k in wanted
        ]

    def source(self, source_id: int) -> Source:
        k, a, b, c, d, e = self._execute(
            "SELECT kind, namespace1, name1, namespace2, name2, extra FROM state_source WHERE id = ?", (source_id,)
        ).fetchone()
        return Source(k, RawName(a, b), RawName(c, d), e)

    def sources(self, kind: str) -> list[tuple[int, Source]]:
        rows = self._execute(
            "SELECT id, kind, namespace1, name1, namespace2, name2, extra FROM state_source WHERE kind = ?", (kind,)
        )
        return [(i, Source(k, RawName(a, b), RawName(c, d), e)) for i, k, a, b, c, d, e in rows]

    def sets_of(self, source: int) -> list[int]:
        rows = self._execute(
            f"SELECT DISTINCT set_id FROM state_entry WHERE source = ? AND known_to = {FOREVER}", (source,)
        )
        return [row[0] for row in rows]

    def observed_sets(self, source: int) -> list[int]:
        rows = self._execute(
            f"SELECT DISTINCT set_id FROM state_entry WHERE source = ? AND known_to = {FOREVER} AND state = 'OBSERVED'",
            (source,),
        )
        return [row[0] for row in rows]

    def unit_of(self, source_id: int) -> str | None:
        """The unit that a source was last assigned to."""
        return self._execute("SELECT unit FROM state_source WHERE id = ?", (source_id,)).fetchone()[0]  # type: ignore[no-any-return]

    def assign(self, source_id: int, unit: str | None) -> None:
        self._execute("UPDATE state_source SET unit = ? WHERE id = ?", (unit, source_id))

    def sources_in(self, unit: str) -> list[int]:
        return [row[0] for row in self._execute("SELECT id FROM state_source WHERE unit = ? ORDER BY id", (unit,))]

    def has_app(self, sources: Sequence[int], app: int, app_attempt: int) -> int:
        """How many entries in force an application run has among these sources."""
        marks = ",".join("?" * len(sources))
        row = self._execute(
            f"SELECT count(*) FROM state_entry WHERE app = ? AND known_to = {FOREVER} AND app_attempt = ? AND source IN ({marks})",
            (app, app_attempt, *sources),
        ).fetchone()
        return int(row[0])

    def put_mentions(self, kind: str, names: Iterable[RawName], source: int) -> None:
        self.connection.executemany(
            "INSERT OR IGNORE INTO state_mention VALUES (?, ?, ?, ?)",
            [(kind, n.namespace, n.name, source) for n in names],
        )

    def mentioned_in(self, kind: str, name: RawName) -> list[int]:
        """The sources whose facts depend on what this name means."""
        rows = self._execute(
            "SELECT source FROM state_mention WHERE kind = ? AND namespace = ? AND name = ?",
            (kind, name.namespace, name.name),
        )
        return [row[0] for row in rows]

    def put_members(self, facts: Iterable[int], source: int, set_id: int) -> None:
        self.connection.executemany(
            "INSERT OR IGNORE INTO state_member VALUES (?, ?, ?)", [(f, source, set_id) for f in facts]
        )

    # Entries

    def entries(self, sources: Sequence[int]) -> list[EntryRow]:
        """The entries of sources that are in force."""
        marks = ",".join("?" * len(sources))
        rows = self._execute(
            f"SELECT {ENTRY_COLUMNS} FROM state_entry WHERE source IN ({marks}) AND known_to = {FOREVER}",
            tuple(sources),
        )
        return [EntryRow(*row) for row in rows]

    def entries_of_run(self, run: int) -> list[tuple[int, EntryRow]]:
        rows = self._execute(
            f"SELECT id, {ENTRY_COLUMNS} FROM state_entry WHERE run = ? AND known_to = {FOREVER}", (run,)
        )
        return [(row[0], EntryRow(*row[1:])) for row in rows]

    def runs_of_app(self, app: int) -> list[RunRow]:
        """The runs that are parts of an application run's entries."""
        rows = self._execute(
            f"SELECT {RUN_COLUMNS} FROM state_run WHERE id IN (SELECT run FROM state_entry WHERE app = ? AND known_to = {FOREVER})",
            (app,),
        )
        return [_run(row) for row in rows]

    def sources_of_app(self, app: int) -> set[int]:
        rows = self._execute(f"SELECT DISTINCT source FROM state_entry WHERE app = ? AND known_to = {FOREVER}", (app,))
        return {row[0] for row in rows}

    def put_entry(self, row: EntryRow, known_from: int) -> None:
        self._execute(
            f"INSERT INTO state_entry ({ENTRY_COLUMNS}, known_from, known_to) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                row.source, row.state, row.kind, row.time_us, row.tie, row.set_id, row.run, row.attempt, row.app, row.app_attempt,
                row.started_us, row.last_us, row.idx, known_from, FOREVER,
            ),
        )  # fmt: skip

    def end_entry(self, entry: int, known_to: int) -> None:
        self._execute("UPDATE state_entry SET known_to = ? WHERE id = ?", (known_to, entry))

    def attempted_writes(self, app: tuple[int, int], but: int, from_us: int, to_us: int) -> list[tuple[int, RawName]]:
        """(run, dataset) of the writes of an application run that did not count and overlap a time span, but for one run's."""
        rows = self._execute(
            "SELECT e.run, s.namespace2, s.name2 FROM state_entry e JOIN state_source s ON s.id = e.source"
            f" WHERE e.app = ? AND e.known_to = {FOREVER} AND e.app_attempt = ? AND e.run != ? AND e.state = 'ATTEMPTED'"
            " AND s.kind = 'write' AND e.started_us <= ? AND e.last_us >= ?",
            (*app, but, to_us, from_us),
        )
        return [(run, RawName(a, b)) for run, a, b in rows]

    def first_write_after(self, dataset: RawName, time_us: int) -> int | None:
        row = self._execute(
            "SELECT min(e.time_us) FROM state_source s JOIN state_entry e ON e.source = s.id"
            f" WHERE s.namespace2 = ? AND s.name2 = ? AND s.kind = 'write' AND e.known_to = {FOREVER}"
            " AND e.state = 'OBSERVED' AND e.time_us > ?",
            (dataset.namespace, dataset.name, time_us),
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def see_run_again(self, run: int, time_us: int) -> None:
        """A repeated event of a run: what its entries say was seen later, too."""
        self._execute(
            f"UPDATE state_entry SET last_us = max(last_us, ?) WHERE run = ? AND known_to = {FOREVER} AND state = 'OBSERVED'"
            " AND time_us <= ?",
            (time_us, run, time_us),
        )

    # Closers

    def closers(self, dataset: RawName) -> list[Closer]:
        rows = self._execute(
            "SELECT time_us, kind, before_us, tie FROM state_closer WHERE namespace = ? AND name = ?",
            (dataset.namespace, dataset.name),
        )
        return [Closer(dataset, t, k, b, tie) for t, k, b, tie in rows]

    def dropped_datasets(self) -> list[RawName]:
        """Every raw name that was dropped or renamed at some time."""
        rows = self._execute("SELECT DISTINCT namespace, name FROM state_closer WHERE kind IN ('DROP', 'RENAME')")
        return [RawName(a, b) for a, b in rows]

    def closers_of_run(self, run: int) -> set[Closer]:
        rows = self._execute(
            "SELECT namespace, name, time_us, kind, before_us, tie FROM state_closer WHERE run = ?", (run,)
        )
        return {Closer(RawName(a, b), t, k, before, tie) for a, b, t, k, before, tie in rows}

    def put_closer(self, closer: Closer, run: int) -> None:
        self._execute(
            "INSERT OR IGNORE INTO state_closer VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                closer.dataset.namespace,
                closer.dataset.name,
                closer.time_us,
                closer.kind,
                closer.before_us,
                closer.tie,
                run,
            ),
        )

    def end_closer(self, closer: Closer, run: int) -> None:
        self._execute(
            "DELETE FROM state_closer WHERE namespace = ? AND name = ? AND time_us = ? AND kind = ? AND before_us = ? AND tie = ? AND run = ?",
            (
                closer.dataset.namespace,
                closer.dataset.name,
                closer.time_us,
                closer.kind,
                closer.before_us,
                closer.tie,
                run,
            ),
        )

    # Outputs of units, and the outbox

    def output(self, unit: str) -> bytes | None:
        row = self._execute("SELECT body FROM state_output WHERE unit = ?", (unit,)).fetchone()
        return None if row is None else bytes(row[0])

    def put_output(self, unit: str, body: bytes | None) -> None:
        if body is None:
            self._execute("DELETE FROM state_output WHERE unit = ?", (unit,))
        else:
            self._execute("INSERT OR REPLACE INTO state_output VALUES (?, ?)", (unit, body))

    def put_change(self, idx: int, body: bytes) -> None:
        self._execute("INSERT OR REPLACE INTO state_outbox VALUES (?, ?)", (idx, body))

    def outbox(self) -> list[tuple[int, bytes]]:
        return self._execute("SELECT idx, body FROM state_outbox ORDER BY idx").fetchall()

    def clear_outbox(self, applied: int) -> None:
        self._execute("DELETE FROM state_outbox WHERE idx < ?", (applied,))
