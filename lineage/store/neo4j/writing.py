"""Writes: the changes of many ledger entries, in bounded transactions, of which no reader sees a half.

The one idea: the rows first, the applied size last and in a transaction of its own. Neo4j's readers may see a commit
while it is being applied, so a size that came with its rows could be seen before them. Readers keep to known bounds
below the size that they were told, so rows beyond it are invisible, in one chunk or in sixty. What a killed writer left
half done is known by `pending`, and undone before anything else is written.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from neo4j import Transaction

from lineage.errors import StoreError
from lineage.facts import Change
from lineage.moment import FOREVER
from lineage.store.neo4j.connections import OutOfMemory, Server
from lineage.store.neo4j.netting import CLOSES, FIND, OPENS, Write, writes
from lineage.store.neo4j.schema import CLOSED, CURRENT, GRAPH_KEY

log = logging.getLogger(__name__)

CHUNK_ROWS_MAX: Final = 5_000  # measured best in bulk loads; a tenth of what a heap of 512 MB holds in one transaction
CHUNK_BYTES_MAX: Final = 8 << 20  # runs and SQL texts can be large
CHUNK_ROWS_MIN: Final = 20  # a server that cannot hold this many has no memory for anything
REMEMBERED_MAX: Final = 400_000  # nodes that are known to exist: some 80 MB at most

GRAPH: Final = f"MATCH (g:Graph {{key: '{GRAPH_KEY}'}})"


class _NodeMissing(Exception):
    """A node that was there is gone: somebody removed it by hand."""


class Writing:
    """Applies changes. Not for several threads at once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._remembered: set[str] = set()
        self._applied: int | None = None
        """The size that this writer has set, if nothing went wrong since."""

    def forget(self) -> None:
        """After a wipe: nothing remembered is sure to be there."""
        self._remembered.clear()
        self._applied = None

    def apply(self, changes: Sequence[Change], applied: int) -> None:
        """GraphWriter.apply. Errors: StoreError; ValueError for a change beyond `applied`."""
        before = self._begun() if self._applied is None else self._applied
        if applied <= before:
            return
        new = sorted((change for change in changes if change.index >= before), key=lambda change: change.index)
        if new and new[-1].index >= applied:
            raise ValueError("a change beyond the size that it is said to lead to")
        self._applied = None
        try:
            self._write(new, before, applied)
        except _NodeMissing:
            log.warning("nodes of the graph were removed by hand; writing them again")
            self._undo(before)
            self.forget()
            try:
                self._write(new, before, applied)
            except _NodeMissing as error:
                raise StoreError(f"{error} Does another process write this graph? End it.", retryable=True) from error
        moved = f"{GRAPH} WHERE g.applied = $before SET g.applied = $applied RETURN 1"
        if not self._server.write_alone(moved, before=before, applied=applied):
            raise _other_writer()
        self._applied = applied

    def _begun(self) -> int:
        """The size from which to go on, without what an interrupted writer left beyond it."""
        ((applied, pending),) = self._server.read(f"{GRAPH} RETURN g.applied, g.pending")
        if pending > applied:
            self._undo(applied)
        return int(applied)

    def _write(self, changes: Sequence[Change], before: int, applied: int) -> None:
        rows = writes(changes, self._remembered.__contains__)
        chunks = list(_chunks(rows))
        if len(chunks) > 1:
            # nothing may be written of a batch that cannot be applied; in one transaction the rollback sees to it
            for chunk in _chunks([row for row in rows if row.text in CLOSES]):
                self._server.write(lambda tx, chunk=chunk: _check(tx, chunk))  # type: ignore[misc]
        for chunk in chunks:
            self._send(chunk, before, applied)

    def _send(self, chunk: Sequence[Write], before: int, applied: int) -> None:
        def work(tx: Transaction) -> None:
            owned = _only(
                tx, f"{GRAPH} WHERE g.applied = $before SET g.pending = $applied RETURN count(g)",
                before=before, applied=applied,
            )  # fmt: skip
            if owned != 1:
                raise _other_writer()
            for text, group in groupby(chunk, key=lambda write: write.text):
                rows = [write.row for write in group]
                count = _only(tx, text, rows=rows)
                if text in CLOSES and count != len(rows):
                    raise _mismatch(count, len(rows))
                if text in OPENS and count != len(rows):
                    raise _NodeMissing(f"The graph lacks nodes of {len(rows) - count} facts.")
            _queue(tx, chunk)

        try:
            self._server.write(work)
        except OutOfMemory as error:
            if len(chunk) <= CHUNK_ROWS_MIN:
                raise StoreError(
                    f"Neo4j at {self._server.shown} has no memory for a transaction of {len(chunk)} rows: {error}. Raise "
                    "server.memory.heap.max_size or dbms.memory.transaction.total.max; the graph catches up by itself.",
                    retryable=True,
                ) from error
            middle = len(chunk) // 2
            self._send(chunk[:middle], before, applied)
            self._send(chunk[middle:], before, applied)
            return
        if len(self._remembered) > REMEMBERED_MAX:
            self._remembered.clear()
        for write in chunk:
            if write.remember:
                self._remembered.add(write.remember)

    def _undo(self, size: int) -> None:
        """Take back what is known only after `size`: the half of a batch whose writer was killed."""
        log.warning("undoing what an interrupted writer left beyond entry %s", size)
        current, closed = "|".join(CURRENT.values()), "|".join(CLOSED.values())
        in_chunks = f"IN TRANSACTIONS OF {CHUNK_ROWS_MAX} ROWS"
        again = f"CALL (e) {{ SET e.known_to = {FOREVER} }} {in_chunks}"
        superseded = f"e.known_to > $size AND e.known_to < {FOREVER}"
        for text in (
            f"MATCH ()-[e:{current}|{closed}]->() WHERE e.known_from > $size CALL (e) {{ DELETE e }} {in_chunks}",
            # copies go before their originals are open again: an undoing that is itself killed is begun anew
            f"""MATCH ()-[e:{closed}]->() WHERE {superseded} AND e.valid_to = {FOREVER}
                CALL (e) {{ DELETE e }} {in_chunks}""",
            f"MATCH ()-[e:{current}|{closed}]->() WHERE {superseded} {again}",
            f"MATCH (s:Superseded) WHERE s.known > $size CALL (s) {{ DELETE s }} {in_chunks}",
            f"{GRAPH} SET g.pending = $size",
        ):
            self._server.run_alone(text, size=size)


def _chunks(rows: Sequence[Write]) -> Iterator[Sequence[Write]]:
    start, weight_bytes = 0, 0
    for at, row in enumerate(rows):
        if at - start >= CHUNK_ROWS_MAX or (at > start and weight_bytes + row.weight_bytes > CHUNK_BYTES_MAX):
            yield rows[start:at]
            start, weight_bytes = at, 0
        weight_bytes += row.weight_bytes
    if start < len(rows):
        yield rows[start:]


def _check(tx: Transaction, closes: Sequence[Write]) -> None:
    for text, group in groupby(closes, key=lambda write: write.text):
        rows = [write.row for write in group]
        count = _only(tx, FIND[text], rows=rows)
        if count != len(rows):
            raise _mismatch(count, len(rows))


def _queue(tx: Transaction, chunk: Sequence[Write]) -> None:
    """Say what is superseded, for sweeping.py."""
    rows = [write.superseded for write in chunk if write.superseded]
    if rows:
        tx.run(
            "CREATE (s:Superseded {known: $known, rows: $rows})",
            known=max(known_to for *_, known_to in rows), rows=json.dumps(rows, separators=(",", ":")),
        ).consume()  # fmt: skip


def _other_writer() -> StoreError:
    return StoreError(
        "Another process writes this graph too. Let one projector write it: end the other.", retryable=True
    )


def _mismatch(found: int, expected: int) -> StoreError:
    return StoreError(
        f"The graph has {found} of {expected} versions that the next ledger entries close, so it does not match the "
        "projector's state. Run `headwater graph rebuild`.",
        retryable=False,
    )


def _only(tx: Transaction, text: str, **parameters: object) -> int:
    """The one number that a statement returns; 0 when it returns nothing."""
    record = tx.run(text, parameters).single()
    return int(record[0]) if record is not None else 0
