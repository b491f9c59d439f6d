"""What writing costs on Neo4j: the whole way beside the embedded store, rebuilding, bulk loads, one very large change.

`python -m benchmarks.neo4j` runs these, too; the figures beside each are of the same run.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.closure import T0, elapsed_ms, load, make_graph
from benchmarks.graph import WARM_UP, days, in_graph_s, line, rebuild_s
from benchmarks.ingest import SERVE, running
from lineage.facts import Change, Direction, Interval, Relation
from lineage.ids import dataset_id
from lineage.moment import FOREVER, Moment
from lineage.store.neo4j import Neo4jStore
from tests.store.world import feeds

ROUNDS: Final = 2  # the first warms the server's own compiler up; both are printed
EMBEDDED: Final = "sqlite:"
ALIAS_SOURCES: Final = 100  # datasets that a namespace alias moves; each feeds as many others as the edges need
PURE: Final = "import sys; sys.modules['neo4j._rust'] = None; "
"""Hides the compiled half of the driver from an interpreter of its own."""
BULK: Final = "from benchmarks.neo4j_writing import bulk; bulk(sys.argv[1], float(sys.argv[2]))"


@contextmanager
def _store(url: str) -> Iterator[None]:
    """Services and commands that are started inside use this store; a server's graph is wiped first."""
    if url != EMBEDDED:
        with Neo4jStore(url) as opened:
            opened.wipe()
    os.environ["HEADWATER_STORE"] = url
    try:
        yield
    finally:
        del os.environ["HEADWATER_STORE"]


def whole_way(url: str, events: Sequence[bytes]) -> None:
    """From the door to the graph, and a rebuild of it; the client runs on the same cores."""
    first, rest = days(events)
    print(f"{'events/s':38} {'Neo4j':>9} {'embedded':>9} {'ratio':>7}   {len(first)} events, then {len(rest)}")
    for number in range(ROUNDS):
        found: dict[str, tuple[float, ...]] = {}
        for store in (url, EMBEDDED):
            with tempfile.TemporaryDirectory() as folder, _store(store):
                data = Path(folder) / "graph"
                with running(SERVE, data, "projector") as service:
                    in_graph_s(service, first[:WARM_UP])
                    first_s, rest_s = in_graph_s(service, first[WARM_UP:]), in_graph_s(service, rest)
                found[store] = ((len(first) - WARM_UP) / first_s, len(rest) / rest_s, len(events) / rebuild_s(data))
        names = ("in the graph, first day", "in the graph, second day on", "rebuild from the ledger, with its start")
        for name, ours, theirs in zip(names, found[url], found[EMBEDDED], strict=True):
            print(f"{f'{name}, round {number + 1}':38} {ours:9.0f} {theirs:9.0f} {ours / theirs:7.2f}", flush=True)


def both_drivers(url: str, scale: float) -> None:
    """The same load and reads with the driver's compiled half and without it, each in an interpreter of its own. They
    take turns, and the better of two runs counts."""
    compiled, pure = "import sys; ", PURE
    best: dict[str, dict[str, float]] = {compiled: {}, pure: {}}
    for before in (compiled, pure, pure, compiled):
        told = subprocess.run(
            [sys.executable, "-c", before + BULK, url, str(scale)], check=True, capture_output=True, text=True
        )
        for name, taken_ms in json.loads(told.stdout).items():
            best[before][name] = min(taken_ms, best[before].get(name, taken_ms))
    print(f"{'driver, ms':38} {'compiled':>9} {'pure':>9} {'times':>7}")
    for name, taken_ms in best[compiled].items():
        print(f"{name:38} {taken_ms:9,.0f} {best[pure][name]:9,.0f} {best[pure][name] / taken_ms:7.2f}", flush=True)


def bulk(url: str, scale: float) -> None:
    """Print, as JSON, what one driver does."""
    graph = make_graph(scale)
    hub = [graph.nodes[graph.hubs[0]].id]
    with Neo4jStore(url) as store:
        store.wipe()
        told = 0

        def write() -> None:
            nonlocal told
            _, told = load(store, graph)

        taken_ms = elapsed_ms(write)
        now = Moment(None, store.applied())
        edges = [elapsed_ms(lambda: store.neighbours(hub, Relation.DERIVES, Direction.DOWNSTREAM, now))
                 for _ in range(9)]  # fmt: skip
        reached = [elapsed_ms(lambda: store.reach(hub, Relation.DERIVES, Direction.DOWNSTREAM, now, depth_max=None,
                                                  nodes_max=10_000_000)) for _ in range(5)]  # fmt: skip
    figures = {
        f"bulk load of {told:,} versions": taken_ms,
        "a hub's children as whole edges": sorted(edges)[4],
        "a hub's closure": sorted(reached)[2],
    }
    print(json.dumps(figures))


def alias(url: str, count: int) -> None:
    """One entry that moves `count` edges to other ends, while a reader counts them at whatever size it is told."""
    targets = [dataset_id("mart", str(n)) for n in range(count // ALIAS_SOURCES)]
    old, new = (
        tuple((feeds(dataset_id(namespace, str(n)), target), Interval(T0, FOREVER))
              for n in range(ALIAS_SOURCES) for target in targets)
        for namespace in ("old", "new")
    )  # fmt: skip
    done, wrong, sizes = threading.Event(), [], []
    with Neo4jStore(url) as store, Neo4jStore(url, read_only=True) as reader:
        store.wipe()
        opened_ms = elapsed_ms(lambda: store.apply([Change(0, (), (), old)], 1))

        def read() -> None:
            while not done.is_set():
                known = reader.applied()
                found = reader.counts(Moment(None, known))["FEEDS"]
                sizes.append(known)
                if found != len(old):
                    wrong.append((known, found))

        thread = threading.Thread(target=read)
        thread.start()
        try:
            moved_ms = elapsed_ms(lambda: store.apply([Change(1, (), old, new)], 2))
        finally:
            done.set()
            thread.join()
        after = reader.counts(Moment(None, 2))["FEEDS"]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line(f"one change of {len(old):,} edges", f"{opened_ms / 1000:.1f} s", f"{len(old) / opened_ms * 1000:,.0f}/s")
    line(
        f"an alias over {len(old):,} edges", f"{moved_ms / 1000:.1f} s",
        f"read {len(sizes)} times meanwhile, {len(wrong)} times not all of them; {after:,} afterwards; "
        f"largest memory of this process {peak_mb:,.0f} MB",
    )  # fmt: skip
    if wrong or after != len(old):
        raise SystemExit(f"half of a change was seen: {wrong[:5]}")
