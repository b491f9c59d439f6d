"""Taking what is superseded out of the current types, late enough that no reader misses it.

The one idea: a closed version is copied to the past type at once, and its original stays, with its end, until no read
that counts on it can still be running. So reads of recent moments meet current types only, and no read ever falls
between removal and copy. First the bound up to which originals will go is published (`swept`; reads of older moments
look into both types from then on), and SWEEP_AFTER_S later they go.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from itertools import groupby
from typing import Any, Final

from neo4j import Transaction

from lineage.errors import StoreError
from lineage.store.neo4j.connections import READ_TIMEOUT_S, OutOfMemory, Server
from lineage.store.neo4j.schema import GRAPH_KEY

log = logging.getLogger(__name__)

SWEPT_CACHE_S: Final = 5.0  # how long a process may read by a bound that it was told
SWEEP_AFTER_S: Final = 40.0  # more than the longest read and the cache together
SWEEP_EVERY_S: Final = 5.0
LISTS_MAX: Final = 500  # each batch leaves a list of what it superseded
ROWS_MAX: Final = 5_000  # in one transaction; the writer waits for it
assert SWEEP_AFTER_S > READ_TIMEOUT_S + SWEPT_CACHE_S

_STANDING: Final = f"MATCH (g:Graph {{key: '{GRAPH_KEY}'}}) RETURN g.applied, g.swept, g.swept_ms"


def sweep(server: Server, now_ms: int, *, after_ms: int = int(SWEEP_AFTER_S * 1000)) -> None:
    """One round: remove what may go, else publish the next bound."""
    standing = server.read(_STANDING)
    if not standing:
        return
    ((applied, swept, swept_ms),) = standing
    due = server.read(
        "MATCH (s:Superseded) WHERE s.known <= $swept RETURN elementId(s), s.rows LIMIT $limit",
        swept=swept, limit=LISTS_MAX,
    )  # fmt: skip
    if due:
        # a clock that was set back must not hold it up for ever
        if now_ms >= swept_ms + after_ms or now_ms < swept_ms:
            ids: list[str] = []
            rows: list[list[Any]] = []
            for id, superseded in due:
                if rows and len(rows) >= ROWS_MAX:
                    break
                ids.append(id)
                rows += json.loads(superseded)
            server.write(lambda tx: _remove(tx, ids, rows))
    elif server.read("MATCH (s:Superseded) RETURN 1 LIMIT 1"):
        server.write(
            lambda tx: tx.run(
                f"MATCH (g:Graph {{key: '{GRAPH_KEY}'}}) SET g.swept = $applied, g.swept_ms = $now_ms",
                applied=applied, now_ms=now_ms,
            ).consume()
        )  # fmt: skip


def _remove(tx: Transaction, ids: list[str], superseded: list[list[Any]]) -> None:
    for type_, group in groupby(sorted(superseded), key=lambda row: row[0]):
        a = "Name" if type_ == "NAMES" else "Node"
        b, key = ("Property", "name") if type_ == "IS" else ("Node", "key")
        tx.run(
            f"""UNWIND $rows AS r MATCH (a:{a} {{key: r[1]}}) USING INDEX a:{a}(key)
                MATCH (b:{b} {{{key}: r[2]}}) USING INDEX b:{b}({key})
                MATCH (a)-[e:{type_}]->(b) WHERE e.digest = r[3] AND e.known_to = r[4] DELETE e""",
            rows=list(group),
        ).consume()  # fmt: skip
    tx.run("UNWIND $ids AS id MATCH (s:Superseded) WHERE elementId(s) = id DELETE s", ids=ids).consume()


class Sweeper:
    """A thread that sweeps in the background while a writer is open."""

    def __init__(self, round_: Callable[[], None]) -> None:
        self._round = round_
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="neo4j-sweeper", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._done.wait(SWEEP_EVERY_S):
            try:
                self._round()
            except (StoreError, OutOfMemory) as error:
                log.debug("sweeping waits: %s", error)  # the writer says it aloud

    def close(self) -> None:
        self._done.set()
        self._thread.join()


def now_ms() -> int:
    return time.time_ns() // 1_000_000
