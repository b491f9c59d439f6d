"""The graph on a Neo4j server, for production: the same answers as the embedded store, and a graph to read with Cypher.

schema.py and docs/neo4j.md have the data model; reading, walking and searching are reads as functions of Server.read;
netting, writing and sweeping are the writer.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from types import TracebackType

from lineage.errors import Conflict, StoreError
from lineage.facts import Change, Direction, EvidenceKind, FactVersion, Flow, Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.store.contract import Edge, Reach, SearchHit, StoryWindow
from lineage.store.matching import Admit
from lineage.store.neo4j import migrations, reading, searching, walking
from lineage.store.neo4j.connections import Server
from lineage.store.neo4j.rows import moment, visible
from lineage.store.neo4j.schema import OWN_LABELS, SCHEMA
from lineage.store.neo4j.sweeping import SWEPT_CACHE_S, Sweeper, now_ms, sweep
from lineage.store.neo4j.writing import GRAPH, Writing

WIPE_ROWS = 10_000  # removed in one of the server's transactions


class Neo4jStore:
    """A GraphStore on the server at `url`. Opening it connects to nothing: the server may come later."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self._server = Server(url)
        self._writing = None if read_only else Writing(self._server)
        self._lock = threading.Lock()
        self._prepared = False
        self._sweeper: Sweeper | None = None
        self._swept = (0, 0.0)

    def __enter__(self) -> "Neo4jStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ledger_origin(self) -> str | None:
        rows = self._server.read(f"{GRAPH} RETURN g.origin")
        return None if not rows or rows[0][0] is None else str(rows[0][0])

    def applied(self) -> int:
        rows = self._server.read(f"{GRAPH} RETURN g.applied, g.schema")
        self._check(rows[0][1] if rows else SCHEMA)
        return int(rows[0][0]) if rows else 0

    def resolve(self, own_ids: Collection[NodeId], at: Moment) -> dict[NodeId, NodeId]:
        return reading.resolve(self._server.read, own_ids, at, history=self._with_history(at))

    def nodes(self, ids: Collection[NodeId]) -> dict[NodeId, Node]:
        return reading.nodes(self._server.read, ids)

    def columns_of(self, datasets: Collection[NodeId]) -> list[Node]:
        return reading.columns_of(self._server.read, datasets)

    def facts(
        self, nodes: Collection[NodeId], relations: Collection[Relation], at: Moment, *, by_object: bool = False
    ) -> list[FactVersion]:
        history = self._with_history(at)
        return reading.facts(
            self._server.read, nodes, relations, visible(at, history=history), moment(at),
            history=history, by_object=by_object,
        )  # fmt: skip

    def history(
        self, nodes: Collection[NodeId], relations: Collection[Relation], *, known: int, by_object: bool = False
    ) -> list[FactVersion]:
        return reading.facts(
            self._server.read, nodes, relations, "e.known_from <= $known AND e.known_to > $known", {"known": known},
            history=True, by_object=by_object,
        )  # fmt: skip

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
        return walking.neighbours(
            self._server.read, frontier, relation, direction, at,
            history=self._with_history(at), flows=flows, evidence=evidence,
        )  # fmt: skip

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
        return walking.reach(
            self._server.read, roots, relation, direction, at,
            history=self._with_history(at), depth_max=depth_max, nodes_max=nodes_max, flows=flows, evidence=evidence,
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
        return searching.search(
            self._server.read, query, kinds, at, history=self._with_history(at), limit=limit, after=after, admit=admit
        )

    def listed(
        self, kind: NodeKind, at: Moment, *, namespace: str | None, limit: int, after: tuple[str, str, str] | None
    ) -> list[Node]:
        history = self._with_history(at)
        return reading.listed(
            self._server.read, kind, at, history=history, namespace=namespace, limit=limit, after=after
        )

    def story(
        self, relation: Relation, windows: Sequence[StoryWindow], *, known: int, newest: bool, limit: int
    ) -> list[list[FactVersion]]:
        return reading.story(self._server.read, relation, windows, known=known, newest=newest, limit=limit)

    def story_lengths(
        self, relation: Relation, parents: Collection[NodeId], *, known: int, before_us: int
    ) -> dict[NodeId, int]:
        return reading.story_lengths(self._server.read, relation, parents, known=known, before_us=before_us)

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
        return reading.changed(
            self._server.read, relation, since_us=since_us, until_us=until_us, known=known, after=after, limit=limit
        )

    def counts(self, at: Moment) -> dict[str, int]:
        return reading.counts(self._server.read, at, history=self._with_history(at))

    def export(self, *, history: bool, known: int | None = None) -> Iterator[FactVersion]:
        size = self.applied() if known is None else known
        yield from reading.export(self._server.read, history=history, known=size)

    def apply(self, changes: Sequence[Change], applied: int) -> None:
        self._write(lambda writing: writing.apply(changes, applied))

    def bind(self, ledger_origin: str) -> None:
        def bound(_: Writing) -> None:
            origin = self.ledger_origin()
            if origin not in (None, ledger_origin):
                raise Conflict(
                    f"The graph in Neo4j at {self._server.shown} was made from another ledger ({origin}, not "
                    f"{ledger_origin}). Point to the right data folder or database, or run `headwater graph rebuild` "
                    "to make it anew from this ledger."
                )
            if origin is None:
                self._server.run_alone(f"{GRAPH} SET g.origin = $origin", origin=ledger_origin)

        self._write(bound)

    def wipe(self) -> None:
        self._write(lambda _: self._emptied(), any_schema=True)

    def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.close()
            self._sweeper = None
        with self._lock:
            self._writing = None
            self._server.close()

    def _write(self, work: Callable[[Writing], None], *, any_schema: bool = False) -> None:
        with self._lock:
            if self._writing is None:
                raise StoreError("This store is closed or was opened to read. Open it to write.", retryable=False)
            if not self._prepared:
                self._prepare(self._writing, any_schema=any_schema)
            work(self._writing)

    def _prepare(self, writing: Writing, *, any_schema: bool) -> None:
        """Once for each writer: constraints, migrations, and the end of a wipe that was interrupted."""
        if any_schema:
            self._server.run_alone(f"{GRAPH} SET g.schema = $schema", schema=SCHEMA)
        migrations.prepare(self._server)
        if self._server.read(f"{GRAPH} WHERE g.wiping RETURN 1"):
            self._emptied()
        writing.forget()
        self._prepared = True
        if self._sweeper is None:
            self._sweeper = Sweeper(self._swept_once)

    def _emptied(self) -> None:
        """Everything of ours goes, nothing else that may live in the database; readers see an empty graph at once."""
        self._server.run_alone(
            f"{GRAPH} SET g.wiping = true, g.origin = null, g.applied = 0, g.pending = 0, g.swept = 0, g.swept_ms = 0"
        )
        labels = "|".join(OWN_LABELS)
        in_chunks = f"IN TRANSACTIONS OF {WIPE_ROWS} ROWS"
        self._server.run_alone(f"MATCH (:Node|Name)-[e]->() CALL (e) {{ DELETE e }} {in_chunks}")
        self._server.run_alone(f"MATCH (n:{labels}) CALL (n) {{ DETACH DELETE n }} {in_chunks}")
        self._server.run_alone(f"{GRAPH} SET g.wiping = null")
        if self._writing is not None:
            self._writing.forget()

    def _swept_once(self) -> None:
        with self._lock:
            if self._writing is not None:
                sweep(self._server, now_ms())

    def _with_history(self, at: Moment) -> bool:
        """Whether the closed types must be read too: for the past in either time, but for what was closed just now."""
        if at.valid_us is not None:
            return True
        swept, until_s = self._swept
        if time.monotonic() > until_s:
            rows = self._server.read(f"{GRAPH} RETURN g.swept, g.schema")
            self._check(rows[0][1] if rows else SCHEMA)
            swept = int(rows[0][0]) if rows else 0
            self._swept = (swept, time.monotonic() + SWEPT_CACHE_S)
        return at.known < swept

    def _check(self, schema: int) -> None:
        if schema != SCHEMA:
            raise migrations.refused(self._server, schema)
