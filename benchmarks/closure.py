"""What closures cost on the embedded store, each beside a breadth-first search over a bare SQLite edge table.

    python -m benchmarks.closure [--scale 1.0] [--closures 60] [--folder DIR]

The graph is made by rule, the same each time: at scale 1.0, 321,000 columns in 12 layers and 957,000 DERIVES facts, heavy
with diamonds, with 16 hubs of 5,000 children, and five closed versions beside every tenth edge. The baseline's tables
have two integers an edge (as-of: four) with one covering index each way, the same file settings, and return the same:
text ids with distances. Closures of fewer than 1,000 nodes are left out. Runs alternate, so that both meet the same machine.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from lineage.facts import Change, Direction, Fact, Interval, Node, NodeKind, Relation
from lineage.ids import NodeId, column_id, dataset_id, job_id
from lineage.moment import FOREVER, Moment
from lineage.store import GraphStore, open_store
from lineage.store.sqlite.connections import CACHE_KIB, MMAP_BYTES

Asked = TypeVar("Asked")

NODES, EDGES, LAYERS, COLUMNS_PER_DATASET = 321_000, 957_000, 12, 20
DOMAIN = 6_000  # columns that mostly feed each other: a department's pipelines; closures stay within a few of them
CROSSING = 0.0002  # share of edges that leave their domain
HUBS, CHILDREN = 16, 5_000
HISTORY_EVERY, HISTORY = 10, 5
NODES_MAX = 10_000_000
CLOSURE_LEAST = 1_000
T0, DAY = 1_700_000_000_000_000, 86_400_000_000
NAMES = ("id", "email", "amount", "created_at", "customer_id", "status", "country", "price", "quantity", "updated_at")


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: list[Node]
    pairs: list[tuple[int, int]]
    hubs: list[int]


def make_graph(scale: float, seed: int = 11) -> Graph:
    """Columns, edges between neighbouring layers of a domain (a few across), and the hubs' edges."""
    chance = random.Random(seed)
    count, wanted = int(NODES * scale), int(EDGES * scale)
    nodes = []
    for number in range(count):
        table, column = divmod(number, COLUMNS_PER_DATASET)
        name = f"schema_{table % 40}.table_{table}"
        label = NAMES[column] if column < len(NAMES) else f"measure_{column}"
        dataset = dataset_id("postgres://warehouse:5432", name)
        nodes.append(Node(column_id(dataset, label), NodeKind.COLUMN, "postgres://warehouse:5432", name, column=label))
    layer = DOMAIN // LAYERS
    pairs: set[tuple[int, int]] = set()
    hubs = [chance.randrange(count) for _ in range(max(1, int(HUBS * scale)))]
    for hub in hubs:
        pairs.update((hub, child) for child in chance.sample(range(count), min(CHILDREN, count // 2)) if child != hub)
    while len(pairs) < wanted:
        source = chance.randrange(count)
        domain, place = divmod(source, DOMAIN)
        depth = place // layer
        if chance.random() < CROSSING:
            target = chance.randrange(count)
        elif depth + 1 < LAYERS:
            target = domain * DOMAIN + (depth + 1) * layer + chance.randrange(layer)
        else:
            continue
        if target < count and target != source:
            pairs.add((source, target))
    return Graph(nodes, sorted(pairs), hubs)


def versions(graph: Graph) -> Iterator[tuple[Fact, Interval]]:
    """Every edge from day 100 on; every tenth also on five earlier days, told and ended then."""
    job = job_id("airflow", "load")
    for number, (source, target) in enumerate(graph.pairs):
        ids = graph.nodes[source].id, graph.nodes[target].id
        fact = Fact(Relation.DERIVES, *ids, f"write|{job}|{ids[1][:29]}", "IDENTITY", job=job, producer="benchmark")
        yield fact, Interval(T0 + (100 + number % 7) * DAY, FOREVER)
        if number % HISTORY_EVERY == 0:
            for day in range(HISTORY):
                yield fact, Interval(T0 + day * 10 * DAY, T0 + (day * 10 + 5) * DAY)


def load(store: GraphStore, graph: Graph, per_change: int = 100, per_batch: int = 100) -> tuple[int, int]:
    """Apply all in changes of `per_change` versions; (entries, versions)."""
    store.apply([Change(0, tuple(graph.nodes), (), ())], 1)
    feed, size, told = versions(graph), 1, 0
    while batch := [some for _ in range(per_batch) if (some := tuple(islice(feed, per_change)))]:
        store.apply([Change(size + n, (), (), some) for n, some in enumerate(batch)], size + len(batch))
        size += len(batch)
        told += sum(map(len, batch))
    return size, told


class Bare:
    """The baseline: an edge table of integers and what a person would write over it."""

    def __init__(self, path: Path, graph: Graph) -> None:
        self.connection = c = sqlite3.connect(path, isolation_level=None)
        c.execute("PRAGMA journal_mode = WAL")
        c.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        c.execute(f"PRAGMA mmap_size = {MMAP_BYTES}")
        c.execute("CREATE TABLE node (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE)")
        c.execute("CREATE TABLE edge (source INTEGER NOT NULL, target INTEGER NOT NULL)")
        c.execute("CREATE TABLE timed (source INTEGER, target INTEGER, valid_from INTEGER, valid_to INTEGER)")
        c.execute("BEGIN")
        c.executemany("INSERT INTO node VALUES (?, ?)", ((n, node.id) for n, node in enumerate(graph.nodes)))
        c.executemany("INSERT INTO edge VALUES (?, ?)", graph.pairs)
        number = {node.id: n for n, node in enumerate(graph.nodes)}
        c.executemany(
            "INSERT INTO timed VALUES (?, ?, ?, ?)",
            (
                (number[fact.subject], number[NodeId(fact.object)], valid.from_us, valid.to_us)
                for fact, valid in versions(graph)
            ),
        )
        for table, more in (("edge", ""), ("timed", ", valid_from, valid_to")):
            c.execute(f"CREATE INDEX {table}_down ON {table} (source, target{more})")
            c.execute(f"CREATE INDEX {table}_up ON {table} (target, source{more})")
        c.execute("COMMIT")

    def reach(self, root: NodeId, direction: Direction, valid_us: int | None) -> dict[NodeId, int]:
        own, other = ("source", "target") if direction is Direction.DOWNSTREAM else ("target", "source")
        sql = f"SELECT e.{other} FROM json_each(?) f CROSS JOIN edge e ON e.{own} = f.value"
        if valid_us is not None:
            sql = f"""SELECT e.{other} FROM json_each(?) f CROSS JOIN timed e
                      ON e.{own} = f.value AND e.valid_from <= {valid_us} AND e.valid_to > {valid_us}"""
        (start,) = self.connection.execute("SELECT id FROM node WHERE key = ?", (root,)).fetchone()
        seen, frontier, levels = {start}, {start}, []
        while frontier:
            array = f"[{','.join(map(str, frontier))}]"
            frontier = set(chain.from_iterable(self.connection.execute(sql, (array,)))) - seen
            seen |= frontier
            levels.append(frontier)
        distances = {root: 0}
        for hops, level in enumerate(levels, start=1):
            keys = "SELECT n.key FROM json_each(?) f CROSS JOIN node n ON n.id = f.value"
            found = chain.from_iterable(self.connection.execute(keys, (f"[{','.join(map(str, level))}]",)))
            distances.update(dict.fromkeys(found, hops))
        return distances


def elapsed_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def compare(
    name: str, roots: Sequence[NodeId], direction: Direction, at: Moment, store: GraphStore, bare: Bare
) -> None:
    """Print one row: the store's own call beside the baseline, over the closures of 1,000 nodes and more."""

    def ours(root: NodeId) -> dict[NodeId, int]:
        answer = store.reach([root], Relation.DERIVES, direction, at, depth_max=None, nodes_max=NODES_MAX)
        return dict(answer.distances)

    chosen, sizes = [], []
    for root in roots:
        found = ours(root)
        if found != bare.reach(root, direction, at.valid_us):
            raise SystemExit(f"{name}: the closure of {root} differs from the baseline's")
        if len(found) >= CLOSURE_LEAST:
            chosen.append(root)
            sizes.append(len(found))
    if not chosen:
        print(f"{name:34} no closure of {CLOSURE_LEAST} nodes among {len(roots)} roots")
        return
    row(name, chosen, sizes, ours, lambda root: bare.reach(root, direction, at.valid_us))


def row(
    name: str,
    questions: Sequence[Asked],
    sizes: Sequence[int],
    ours: Callable[[Asked], object],
    baseline: Callable[[Asked], object],
) -> None:
    """Ask both in turns, three times each, and print the row; `sizes`: nodes of each answer."""
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(3):
        for asked in questions:
            mine.append(elapsed_ms(partial(ours, asked)))
            theirs.append(elapsed_ms(partial(baseline, asked)))
    ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    print(
        f"{name:34} {len(questions):4} {int(statistics.median(sizes)):8,} "
        f"{statistics.median(mine):9.1f} {percentile(mine, 0.95):9.1f} "
        f"{statistics.median(theirs):9.1f} {percentile(theirs, 0.95):9.1f} {ratio:7.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--closures", type=int, default=60, help="roots tried for each row")
    parser.add_argument("--folder", type=Path, help="keep the graph here, and use one that is there")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="closure-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run(options.scale, options.closures, folder)
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


def run(scale: float, closures: int, folder: Path) -> None:
    graph = make_graph(scale)
    store = open_store("sqlite:", folder)
    if store.applied() == 0:
        start = time.perf_counter()
        _, told = load(store, graph)
        taken = time.perf_counter() - start
        size_mb = (folder / "state.sqlite").stat().st_size / 1e6
        print(
            f"loaded {len(graph.nodes):,} columns and {told:,} versions in {taken:.1f} s "
            f"({told / taken:,.0f} versions/s), {size_mb:.0f} MB"
        )
        store.apply([], store.applied() + 1)  # an entry that changes nothing: what was known before it is the same
    (folder / "bare.sqlite").unlink(missing_ok=True)
    bare = Bare(folder / "bare.sqlite", graph)
    size = store.applied()
    now, then, before = Moment(None, size), Moment(T0 + 200 * DAY, size), Moment(None, size - 1)
    chance = random.Random(5)
    heads = [node.id for n, node in enumerate(graph.nodes) if n % DOMAIN < 3 * DOMAIN // LAYERS]
    tails = [node.id for n, node in enumerate(graph.nodes) if n % DOMAIN >= 9 * DOMAIN // LAYERS]
    down, up = chance.sample(heads, closures), chance.sample(tails, closures)
    hubs = [graph.nodes[hub].id for hub in graph.hubs[:4]]
    print(f"{'ms':34} {'':4} {'nodes':>8} {'store p50':>9} {'p95':>9} {'bare p50':>9} {'p95':>9} {'ratio':>7}")
    compare("downstream, now", down, Direction.DOWNSTREAM, now, store, bare)
    compare("upstream, now", up, Direction.UPSTREAM, now, store, bare)
    compare("downstream, as of a day", down, Direction.DOWNSTREAM, then, store, bare)
    compare("downstream, known one entry ago", down, Direction.DOWNSTREAM, before, store, bare)
    compare("hub of 5,000 children, whole", hubs, Direction.DOWNSTREAM, now, store, bare)
    for name, work in (
        (
            "a hub's 5,000 neighbours as edges",
            lambda: store.neighbours(hubs[:1], Relation.DERIVES, Direction.DOWNSTREAM, now),
        ),
        ("search: customer", lambda: store.search("customer", set(NodeKind), now, limit=20, after=None)),
        ("search: e", lambda: store.search("e", set(NodeKind), now, limit=20, after=None)),
        ("search: table_77 email", lambda: store.search("table_77 email", set(NodeKind), now, limit=20, after=None)),
        ("counts", lambda: store.counts(now)),
    ):
        print(f"{name:34} {statistics.median(elapsed_ms(work) for _ in range(5)):9.1f} ms")
    store.close()
    bare.connection.close()


if __name__ == "__main__":
    main()
