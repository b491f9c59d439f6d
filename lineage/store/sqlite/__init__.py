"""The embedded graph store: one SQLite file, a writer in one process, readers in any.

Schema in schema.py, connections.py opens it, the other modules are the reads and writes as functions of a connection.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from lineage.errors import Conflict, StoreError
from lineage.facts import Change, Direction, EvidenceKind, FactVersion, Flow, Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.store.contract import Edge, Reach, SearchHit, StoryWindow
from lineage.store.matching import Admit
from lineage.store.sqlite import connections, reading, rows, searching, walking
from lineage.store.sqlite.writing import Writing


class SqliteStore:
    """A GraphStore in the file `path`. Read-only, it may be opened before the file is there: the graph is empty
    then."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._readers = connections.Readers(path)
        self._lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        if not read_only:
            with connections.store_errors(path):
                self._writer = connections.open_writer(path)
                self._writing = Writing(self._writer)

    def __enter__(self) -> "SqliteStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ledger_origin(self) -> str | None:
        origin = self._readers.meta("origin")
        return None if origin is None else str(origin)

    def applied(self) -> int:
        return int(self._readers.meta("applied"))

    def resolve(self, own_ids: Collection[NodeId], at: Moment) -> dict[NodeId, NodeId]:
        with self._readers.snapshot() as c:
            return reading.resolve(c, own_ids, at)

    def nodes(self, ids: Collection[NodeId]) -> dict[NodeId, Node]:
        with self._readers.snapshot() as c:
            return reading.nodes(c, ids)

    def columns_of(self, datasets: Collection[NodeId]) -> list[Node]:
        with self._readers.snapshot() as c:
            return reading.columns_of(c, datasets)

    def facts(
        self, nodes: Collection[NodeId], relations: Collection[Relation], at: Moment, *, by_object: bool = False
    ) -> list[FactVersion]:
        with self._readers.snapshot() as c:
            return reading.facts(c, nodes, relations, rows.visible_condition(c, at), by_object=by_object)

    def history(
        self, nodes: Collection[NodeId], relations: Collection[Relation], *, known: int, by_object: bool = False
    ) -> list[FactVersion]:
        with self._readers.snapshot() as c:
            return reading.facts(c, nodes, relations, rows.known_condition(c, known), by_object=by_object)

    def neighbours(
        self,
        frontier: Collection[NodeId],
        relation: Relation,
        direction: Direction,
        at: Moment,
        *,
        flows: Collection[Flow] | None = None,
        evidence: Collection[EvidenceKind] | None = None,
    ) -> list[Edge]:
        with self._readers.snapshot() as c:
            return walking.neighbours(c, frontier, relation, direction, at, flows=flows, evidence=evidence)

    def reach(
        self,
        roots: Collection[NodeId],
        relation: Relation,
        direction: Direction,
        at: Moment,
        *,
        depth_max: int | None,
        nodes_max: int,
        flows: Collection[Flow] | None = None,
        evidence: Collection[EvidenceKind] | None = None,
    ) -> Reach:
        with self._readers.snapshot() as c:
            return walking.reach(
                c, roots, relation, direction, at,
                depth_max=depth_max, nodes_max=nodes_max, flows=flows, evidence=evidence,
            )  # fmt: skip

    def search(
        self,
        query: str,
        kinds: Collection[NodeKind],
        at: Moment,
        *,
        limit: int,
        after: tuple[int, int, str, str] | None,
        admit: Admit | None = None,
    ) -> list[SearchHit]:
        with self._readers.snapshot() as c:
            return searching.search(c, query, kinds, at, limit=limit, after=after, admit=admit)

    def listed(
        self, kind: NodeKind, at: Moment, *, namespace: str | None, limit: int, after: tuple[str, str, str] | None
    ) -> list[Node]:
        with self._readers.snapshot() as c:
            return reading.listed(c, kind, at, namespace=namespace, limit=limit, after=after)

    def story(
        self, relation: Relation, windows: Sequence[StoryWindow], *, known: int, newest: bool, limit: int
    ) -> list[list[FactVersion]]:
        with self._readers.snapshot() as c:
            return reading.story(c, relation, windows, known=known, newest=newest, limit=limit)

    def story_lengths(
        self, relation: Relation, parents: Collection[NodeId], *, known: int, before_us: int
    ) -> dict[NodeId, int]:
        with self._readers.snapshot() as c:
            return reading.story_lengths(c, relation, parents, known=known, before_us=before_us)

    def changed(
        self,
        relation: Relation,
        *,
        since_us: int,
        until_us: int | None,
        known: int,
        after: tuple[int, str] | None,
        limit: int,
    ) -> list[FactVersion]:
        with self._readers.snapshot() as c:
            return reading.changed(
                c, relation, since_us=since_us, until_us=until_us, known=known, after=after, limit=limit
            )

    def counts(self, at: Moment) -> dict[str, int]:
        with self._readers.snapshot() as c:
            return reading.counts(c, at)

    def export(self, *, history: bool, known: int | None = None) -> Iterator[FactVersion]:
        with self._readers.snapshot() as c:
            yield from reading.export(c, history=history, known=rows.applied(c) if known is None else known)

    def apply(self, changes: Sequence[Change], applied: int) -> None:
        self._write(lambda writing, _: writing.apply(changes, applied))

    def bind(self, ledger_origin: str) -> None:
        def bound(_: Writing, c: sqlite3.Connection) -> None:
            (origin,) = c.execute("SELECT origin FROM graph_meta").fetchone()
            if origin not in (None, ledger_origin):
                raise Conflict(
                    f"The graph in {self.path} was made from another ledger ({origin}, not {ledger_origin}). "
                    "Point to the right data folder, or run `headwater graph rebuild` to make it anew from this ledger."
                )
            c.execute("UPDATE graph_meta SET origin = ?", (ledger_origin,))

        self._write(bound)

    def wipe(self) -> None:
        def emptied(writing: Writing, c: sqlite3.Connection) -> None:
            connections.drop(c)
            connections.make(c)
            writing.forget()

        self._write(emptied, any_schema=True)

    def close(self) -> None:
        self._readers.close()
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def _write(self, work: Callable[[Writing, sqlite3.Connection], Any], *, any_schema: bool = False) -> None:
        """Run `work` in one transaction of the writer."""
        with self._lock, connections.store_errors(self.path):
            if self._writer is None:
                raise StoreError("This store is closed or was opened to read. Open it to write.", retryable=False)
            try:
                with connections.transaction(self._writer, "IMMEDIATE"):
                    if not any_schema:
                        connections.check_schema(self._writer, self.path)
                    work(self._writing, self._writer)
            except BaseException:
                self._writing.forget()
                raise
