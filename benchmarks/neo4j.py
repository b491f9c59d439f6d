"""What writes and closures cost on Neo4j: beside the embedded store, the driver without its compiled half, raw Cypher.

    python -m benchmarks.neo4j [--events FILE] [--scale 1.0] [--closures 40] [--hub 130000] [--alias 300000] [--url bolt://…]

Without --url a server is started as the tests start theirs (its graph is wiped either way). The graph is that of
benchmarks/closure.py: at scale 1.0, 321,000 columns and 957,000 edges with their history. The closures' baseline is the
one statement that a person would write (docs/neo4j.md) over the same relationships, with a plain driver: now without
any filter, as of a day with the filter on valid time only. Ours also holds every edge against what was known. Runs
alternate; trust ratios before milliseconds. A part whose size is 0 is left out; the whole takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import statistics
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from benchmarks.closure import DAY, DOMAIN, LAYERS, T0, Bare, compare, elapsed_ms, load, make_graph
from benchmarks.events import make_events, read_events
from benchmarks.graph import line
from benchmarks.neo4j_writing import alias, both_drivers, whole_way
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
    parser.add_argument("--events", type=Path, help="one JSON event a line; without it, events made here")
    parser.add_argument("--count", type=int, default=2000, help="how many events at most go the whole way")
    parser.add_argument("--scale", type=float, default=1.0, help="of the graph: 0.1 has 32,100 columns")
    parser.add_argument("--closures", type=int, default=40, help="roots tried for each row")
    parser.add_argument("--hub", type=int, default=130_000, help="children of one more hub")
    parser.add_argument("--alias", type=int, default=300_000, help="edges that one entry moves")
    parser.add_argument("--drivers", type=float, default=0.1, help="scale of the graph that both drivers load")
    parser.add_argument("--url", help="a server whose graph may be wiped")
    parser.add_argument("--folder", type=Path, help="taken for the sake of `python -m benchmarks`; nothing is written")
    options = parser.parse_args()
    try:
        server = servers.Server(options.url, options.url) if options.url else servers.start()
    except servers.NoServer as error:
        raise SystemExit(f"There is no Neo4j to measure: {error}") from None
    try:
        extension = "with" if importlib.util.find_spec("neo4j._rust") else "without"
        print(f"{server.how}, driver {extension} neo4j-rust-ext", flush=True)
        if options.count:
            events = read_events(options.events) if options.events else make_events(options.count)
            whole_way(server.url, events[: options.count])
        if options.drivers:
            both_drivers(server.url, options.drivers)
        if options.alias:
            alias(server.url, options.alias)
        if options.scale:
            closures(server.url, options.scale, options.closures, options.hub)
    finally:
        if not options.url:
            server.remove()


def closures(url: str, scale: float, count: int, hub: int) -> None:
    """Print all rows of the graph at this scale, and of one with a long history."""
    raw = RawCypher(url)
    with Neo4jStore(url) as store:
        store.wipe()
        graph = make_graph(scale)
        start = time.perf_counter()
        size, told = load(store, graph)
        taken_s = time.perf_counter() - start
        line(f"loaded {len(graph.nodes):,} columns", f"{taken_s:.1f} s", f"{told:,} versions, {told / taken_s:,.0f}/s")
        chance = random.Random(5)
        heads = [node.id for n, node in enumerate(graph.nodes) if n % DOMAIN < 3 * DOMAIN // LAYERS]
        tails = [node.id for n, node in enumerate(graph.nodes) if n % DOMAIN >= 9 * DOMAIN // LAYERS]
        down, up = chance.sample(heads, count), chance.sample(tails, count)
        hubs = [graph.nodes[each].id for each in graph.hubs[:2]]
        now, then = Moment(None, size), Moment(T0 + 200 * DAY, size)
        header()
        compare("downstream, now", down, Direction.DOWNSTREAM, now, store, raw)
        compare("upstream, now", up, Direction.UPSTREAM, now, store, raw)
        compare("downstream, as of a day", down, Direction.DOWNSTREAM, then, store, raw)
        compare("upstream, as of a day", up, Direction.UPSTREAM, then, store, raw)
        compare("hub of 5,000 children, whole", hubs, Direction.DOWNSTREAM, now, store, raw)
        edges = [elapsed_ms(lambda: store.neighbours(hubs[:1], Relation.DERIVES, Direction.DOWNSTREAM, now))
                 for _ in range(5)]  # fmt: skip
        print(f"{'a hub as 5,000 whole edges':34} {statistics.median(edges):9.1f} ms")
        if hub:
            root = spread(store, size, hub)
            at_once = Moment(None, store.applied())
            compare(f"hub of {hub:,} children", [root], Direction.DOWNSTREAM, at_once, store, raw)
            as_of = Moment(T0 + 200 * DAY, store.applied())
            compare(f"hub of {hub:,} children, as of a day", [root], Direction.DOWNSTREAM, as_of, store, raw)
        line("wiped", f"{elapsed_ms(store.wipe) / 1000:.1f} s")
        history(store, raw)
    raw.driver.close()


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
