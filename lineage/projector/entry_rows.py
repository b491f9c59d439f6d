"""The sources of a state: their sets, their entries, and what closes them, as rows in and rows out."""

from collections.abc import Iterable, Sequence

from lineage.events import RawName
from lineage.moment import FOREVER
from lineage.projector.run_rows import Rows, remember
from lineage.projector.tables import ENTRY_COLUMNS, RUN_COLUMNS, Closer, EntryRow, RunRow, Source, run_row
from lineage.projector.tally_rows import TallyRows


class SourceRows(Rows):
    """Sets, kept once by content, and the sources that say them."""

    _sets: dict[bytes, int]
    _sources: dict[Source, int]

    def set_id(self, digest: bytes, body: bytes) -> int:
        known = self._sets.get(digest)
        if known is None:
            self._execute("INSERT OR IGNORE INTO state_set (digest, body) VALUES (?, ?)", (digest, body))
            known = int(self._execute("SELECT id FROM state_set WHERE digest = ?", (digest,)).fetchone()[0])
            remember(self._sets, digest, known)
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
                "SELECT id FROM state_source"
                " WHERE kind = ? AND namespace1 = ? AND name1 = ? AND namespace2 = ? AND name2 = ? AND extra = ?",
                values,
            ).fetchone()
            known = remember(self._sources, source, int(row[0]))
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

    def set_members(self, facts: Iterable[int], source: int, set_id: int, attempted: bool, known: int) -> None:
        """What a set of a source means from this ledger size on; it may have meant something else before."""
        rows = self._execute(
            "SELECT fact FROM state_member WHERE source = ? AND set_id = ? AND attempted = ? AND known_to = ?",
            (source, set_id, attempted, FOREVER),
        )
        before, now = {row[0] for row in rows}, set(facts)
        for fact in before - now:
            self._execute(
                "UPDATE state_member SET known_to = ? WHERE fact = ? AND source = ? AND set_id = ? AND known_to = ?",
                (known, fact, source, set_id, FOREVER),
            )
        self.connection.executemany(
            "INSERT OR REPLACE INTO state_member VALUES (?, ?, ?, ?, ?, ?)",
            [(fact, source, set_id, attempted, known, FOREVER) for fact in now - before],
        )


class EntryRows(TallyRows):
    """Assertions and lifecycle changes, with the known bounds of each."""

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
        return [run_row(row) for row in rows]

    def sources_of_app(self, app: int) -> set[int]:
        """The sources that have parts of an application run (a run that is its own application has no parts)."""
        rows = self._execute(
            f"SELECT DISTINCT source FROM state_entry WHERE app = ? AND known_to = {FOREVER} AND run != app", (app,)
        )
        return {row[0] for row in rows}

    def put_entry(self, row: EntryRow, known_from: int) -> None:
        self.tally_put(row, known_from)
        self._execute(
            f"INSERT INTO state_entry ({ENTRY_COLUMNS}, known_from, known_to) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                row.source, row.state, row.kind, row.time_us, row.tie, row.set_id, row.run, row.attempt, row.app, row.app_attempt,
                row.started_us, row.last_us, row.idx, known_from, FOREVER,
            ),
        )  # fmt: skip

    def end_entry(self, entry: int, row: EntryRow, known_to: int) -> None:
        self._execute("UPDATE state_entry SET known_to = ? WHERE id = ?", (known_to, entry))
        self.tally_end(row, known_to)

    def attempted_writes(
        self, app: tuple[int, int], but: int, from_us: int, to_us: int
    ) -> list[tuple[int, int, RawName]]:
        """(run, attempt, dataset) of the writes by parts of an application run that did not count and overlap a time span, but for
        one run's."""
        rows = self._execute(
            "SELECT e.run, e.attempt, s.namespace2, s.name2 FROM state_entry e JOIN state_source s ON s.id = e.source"
            f" WHERE e.app = ? AND e.known_to = {FOREVER} AND e.app_attempt = ? AND e.run != ? AND e.run != e.app AND e.state = 'ATTEMPTED'"
            " AND s.kind = 'write' AND e.started_us <= ? AND e.last_us >= ?",
            (*app, but, to_us, from_us),
        )
        return [(run, attempt, RawName(a, b)) for run, attempt, a, b in rows]

    def apps_that_failed_to_write(self, dataset: RawName) -> list[int]:
        """The application runs of which a part's write of this dataset did not count."""
        rows = self._execute(
            "SELECT DISTINCT e.app FROM state_source s JOIN state_entry e ON e.source = s.id"
            f" WHERE s.namespace2 = ? AND s.name2 = ? AND s.kind = 'write' AND e.known_to = {FOREVER}"
            " AND e.state = 'ATTEMPTED' AND e.run != e.app",
            (dataset.namespace, dataset.name),
        )
        return [row[0] for row in rows]

    def first_write_after(self, dataset: RawName, time_us: int) -> int | None:
        row = self._execute(  # with +, or SQLite would look at every source that writes
            "SELECT min(e.time_us) FROM state_source s JOIN state_entry e ON e.source = s.id"
            f" WHERE s.namespace2 = ? AND s.name2 = ? AND +s.kind = 'write' AND e.known_to = {FOREVER}"
            " AND e.state = 'OBSERVED' AND e.time_us > ?",
            (dataset.namespace, dataset.name, time_us),
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def see_attempt_again(self, run: int, attempt: int, time_us: int) -> None:
        """A stream says the same again: it was seen later, too."""
        self._execute(
            f"UPDATE state_entry SET last_us = ? WHERE run = ? AND known_to = {FOREVER} AND attempt = ? AND app IS NOT NULL"
            " AND state = 'OBSERVED' AND last_us < ?",
            (time_us, run, attempt, time_us),
        )

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
            "DELETE FROM state_closer"
            " WHERE namespace = ? AND name = ? AND time_us = ? AND kind = ? AND before_us = ? AND tie = ? AND run = ?",
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
