"""What closures and writes cost on Neo4j, each beside raw Cypher on the same server and graph.

    python -m benchmarks.neo4j [--scale 0.1] [--closures 40] [--hub 20000] [--url bolt://…]

Without --url a server is started as the tests start theirs (its graph is wiped either way). The graph is that of
benchmarks/closure.py. The baseline is the one statement that a person would write (docs/neo4j.md) over the same
relationships, with a plain driver: now without any filter, as of a day with the filter on valid time only. Ours also
holds every edge against what was known. Runs alternate; trust ratios before milliseconds.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import statistics
import tempfile
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from benchmarks.closure import DAY, DOMAIN, LAYERS, T0, Bare, compare, elapsed_ms, load, make_graph
from benchmarks.events import make_events
from benchmarks.graph import WARM_UP, days, in_graph_s
from benchmarks.ingest import SERVE, running
from lineage.facts import Change, Direction, Interval, Relation
from lineage.ids import NodeId, dataset_id
from lineage.moment import FOREVER, Moment
from lineage.store.neo4j import Neo4jStore, sweeping
from tests.neo4j import server as servers
from tests.store.world import derives

CLOSED_BESIDE = 200
CHAIN = 1_200  # nodes of the graph with history: a closure of over a thousand


class RawCypher(Bare):
    """The baseline of compare(): the statement a person would write."""

    def __init__(self, url: str) -> None:
        self.driver = servers.connect(url)

    def reach(self, root: NodeId, direction: Direction, valid_us: int | None) -> dict[NodeId, int]:
        left, right = ("-", "->") if direction is Direction.DOWNSTREAM else ("<-", "-")
        edge = "[e:DERIVES]"
        if valid_us is not None:
            edge = "[e:DERIVES|DERIVED WHERE e.valid_from <= $t AND e.valid_to > $t]"
        text = f"""MATCH p = (a:Node {{key: $u}}) ((){left}{edge}{right}())+ (b) RETURN b.key, min(length(p))"""
        with self.driver.session() as session:
            found = {NodeId(key): hops for key, hops in session.run(text, u=root, t=valid_us).values()}
        return found | {root: 0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.1, help="1.0: 321,000 columns and 957,000 edges")
    parser.add_argument("--closures", type=int, default=40, help="roots tried for each row")
    parser.add_argument("--hub", type=int, default=20_000, help="children of one more hub")
    parser.add_argument("--events", type=int, default=1_500, help="events of the whole way; 0 leaves it out")
    parser.add_argument("--url", help="a server whose graph may be wiped")
    options = parser.parse_args()
    server = servers.Server(options.url, options.url) if options.url else servers.start()
    try:
        extension = "with" if importlib.util.find_spec("neo4j._rust") else "without"
        print(f"{server.how}, driver {extension} neo4j-rust-ext")
        if options.events:
            whole_way(server.url, options.events)
        run(server.url, options.scale, options.closures, options.hub)
    finally:
        if not options.url:
            server.remove()


def run(url: str, scale: float, closures: int, hub: int) -> None:
    """Print all rows."""
    raw = RawCypher(url)
    with Neo4jStore(url) as store:
        store.wipe()
        graph = make_graph(scale)
        start = time.perf_counter()
        size, told = load(store, graph)
        taken_s = time.perf_counter() - start
        print(f"loaded {len(graph.nodes):,} columns, {told:,} versions in {taken_s:.1f} s ({told / taken_s:,.0f}/s)")
        chance = random.Random(5)
        heads = [node.id for n, node in enumerate(graph.nodes) if n % DOMAIN < 3 * DOMAIN // LAYERS]
        tails = [node.id for n, node in enumerate(graph.nodes) if n % DOMAIN >= 9 * DOMAIN // LAYERS]
        down, up = chance.sample(heads, closures), chance.sample(tails, closures)
        hubs = [graph.nodes[each].id for each in graph.hubs[:2]]
        now, then = Moment(None, size), Moment(T0 + 200 * DAY, size)
        header()
        compare("downstream, now", down, Direction.DOWNSTREAM, now, store, raw)
        compare("upstream, now", up, Direction.UPSTREAM, now, store, raw)
        compare("downstream, as of a day", down, Direction.DOWNSTREAM, then, store, raw)
        compare("hub of 5,000 children, whole", hubs, Direction.DOWNSTREAM, now, store, raw)
        edges = [elapsed_ms(lambda: store.neighbours(hubs[:1], Relation.DERIVES, Direction.DOWNSTREAM, now))
                 for _ in range(5)]  # fmt: skip
        print(f"{'a hub as 5,000 whole edges':34} {statistics.median(edges):9.1f} ms")
        root = spread(store, size, hub)
        compare(f"hub of {hub:,} children", [root], Direction.DOWNSTREAM, Moment(None, store.applied()), store, raw)
        history(store, raw)
    raw.driver.close()


def whole_way(url: str, count: int) -> None:
    """From the door to the graph on Neo4j, beside the same on the embedded store; the client runs on the same cores."""
    first, rest = days(make_events(count))
    for name, store in (("Neo4j", url), ("embedded", "sqlite:")):
        os.environ["HEADWATER_STORE"] = store
        if store == url:
            with Neo4jStore(url) as opened:
                opened.wipe()
        with tempfile.TemporaryDirectory() as folder, running(SERVE, Path(folder) / "graph", "projector") as service:
            in_graph_s(service, first[:WARM_UP])
            first_s, rest_s = in_graph_s(service, first[WARM_UP:]), in_graph_s(service, rest)
        print(f"in the graph, {name:9} first day {len(first) / first_s:6.0f}/s, second day {len(rest) / rest_s:6.0f}/s")
    del os.environ["HEADWATER_STORE"]


def header() -> None:
    print(f"{'ms':34} {'':4} {'nodes':>8} {'store p50':>9} {'p95':>9} {'raw p50':>9} {'p95':>9} {'ratio':>7}")


def spread(store: Neo4jStore, size: int, children: int) -> NodeId:
    """One more hub; written as one change, in chunks."""
    root = dataset_id("hub", "root")
    facts = tuple((derives(root, dataset_id("hub", str(n))), Interval(T0, FOREVER)) for n in range(children))
    taken_ms = elapsed_ms(lambda: store.apply([Change(size, (), (), facts)], size + 1))
    print(f"{f'one change of {children:,} edges':34} {taken_ms:9.0f} ms ({children / taken_ms * 1000:,.0f}/s)")
    return root


def history(store: Neo4jStore, raw: RawCypher) -> None:
    """A chain of which each edge was closed, and known otherwise, many times."""
    store.wipe()
    ids = [dataset_id("chain", str(n)) for n in range(CHAIN)]
    facts = [derives(a, b) for a, b in pairwise(ids)]
    versions = [(fact, Interval(T0 + day * DAY, T0 + day * DAY + DAY // 2)) for fact in facts
                for day in range(CLOSED_BESIDE)]  # fmt: skip
    latest = [(fact, Interval(T0 + 300 * DAY, FOREVER)) for fact in facts]
    superseded = [(replace(fact, label="WAS"), interval) for fact, interval in latest]
    store.apply([Change(0, (), (), tuple(superseded))], 1)
    store.apply([Change(1, (), tuple(superseded), tuple(latest))], 2)
    store.apply([Change(2, (), (), tuple(versions))], 3)
    for _ in range(2):
        sweeping.sweep(store._server, sweeping.now_ms(), after_ms=0)
    print(f"{CLOSED_BESIDE} closed versions beside each of {len(facts):,} current edges")
    compare("  chain, now", ids[:1], Direction.DOWNSTREAM, Moment(None, 3), store, raw)
    compare("  chain, as of a day", ids[:1], Direction.DOWNSTREAM, Moment(T0 + 400 * DAY, 3), store, raw)


if __name__ == "__main__":
    main()
