"""What models cost a closure: 2,000 versions with 300 inputs each over the graph of benchmarks.closure.

    python -m benchmarks.models [--scale 1.0] [--versions 2000] [--inputs 300] [--closures 40] [--folder DIR]

Each version is a dataset of its own; its 300 columns derive from columns of the last layers of one department. Impact is
the closure downstream of a source column, provenance the one upstream of all columns of a version at once: the store's
own call beside a breadth-first search over a bare edge table, as in benchmarks.closure, the same answers or an error.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from benchmarks.closure import (
    DOMAIN,
    LAYERS,
    NODES_MAX,
    Bare,
    Graph,
    compare,
    load,
    make_graph,
    row,
)
from lineage.facts import Direction, Node, NodeKind, Relation
from lineage.ids import NodeId, column_id, dataset_id
from lineage.moment import Moment
from lineage.store import GraphStore, open_store

REGISTRY = "mlflow://registry.example.org"
VERSIONS_OF_A_MODEL = 100


def with_models(graph: Graph, versions: int, inputs: int, seed: int = 3) -> tuple[Graph, list[list[NodeId]]]:
    """The graph with versions in it, and each version's columns."""
    chance = random.Random(seed)
    nodes, pairs = list(graph.nodes), list(graph.pairs)
    late = DOMAIN * 9 // LAYERS
    made: list[list[NodeId]] = []
    for number in range(versions):
        model, version = divmod(number, VERSIONS_OF_A_MODEL)
        name = f"model_{model}@{version + 1}"
        dataset = dataset_id(REGISTRY, name)
        domain = chance.randrange(max(1, len(graph.nodes) // DOMAIN)) * DOMAIN
        sources = [domain + late + chance.randrange(DOMAIN - late) for _ in range(inputs)]
        columns = []
        for place, source in enumerate(sources):
            column = column_id(dataset, f"feature_{place}")
            pairs.append((min(source, len(graph.nodes) - 1), len(nodes)))
            nodes.append(Node(column, NodeKind.COLUMN, REGISTRY, name, column=f"feature_{place}"))
            columns.append(column)
        made.append(columns)
    return Graph(nodes, pairs, graph.hubs), made


def bare_upstream(bare: Bare, roots: Sequence[NodeId]) -> set[NodeId]:
    """Everything upstream of several nodes at once."""
    start = [bare.connection.execute("SELECT id FROM node WHERE key = ?", (root,)).fetchone()[0] for root in roots]
    sql = "SELECT e.source FROM json_each(?) f CROSS JOIN edge e ON e.target = f.value"
    seen, frontier = set(start), set(start)
    while frontier:
        array = f"[{','.join(map(str, frontier))}]"
        frontier = set(chain.from_iterable(bare.connection.execute(sql, (array,)))) - seen
        seen |= frontier
    keys = "SELECT n.key FROM json_each(?) f CROSS JOIN node n ON n.id = f.value"
    return set(chain.from_iterable(bare.connection.execute(keys, (f"[{','.join(map(str, seen))}]",))))


def provenance(store: GraphStore, bare: Bare, versions: Sequence[Sequence[NodeId]], at: Moment) -> None:
    """One row: everything behind all columns of a version."""

    def ours(roots: Sequence[NodeId]) -> set[NodeId]:
        found = store.reach(roots, Relation.DERIVES, Direction.UPSTREAM, at, depth_max=None, nodes_max=NODES_MAX)
        return set(found.distances)

    sizes = []
    for roots in versions:
        if ours(roots) != bare_upstream(bare, roots):
            raise SystemExit("the provenance of a version differs from the baseline's")
        sizes.append(len(ours(roots)))
    row("provenance of a version", versions, sizes, ours, lambda roots: bare_upstream(bare, roots))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--versions", type=int, default=2_000)
    parser.add_argument("--inputs", type=int, default=300)
    parser.add_argument("--closures", type=int, default=40, help="roots tried for each row")
    parser.add_argument("--folder", type=Path, help="keep the graph here, and use one that is there")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="models-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run(options.scale, options.versions, options.inputs, options.closures, folder)
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


def run(scale: float, versions: int, inputs: int, closures: int, folder: Path) -> None:
    graph, made = with_models(make_graph(scale), versions, inputs)
    store = open_store("sqlite:", folder)
    if store.applied() == 0:
        start = time.perf_counter()
        _, told = load(store, graph)
        taken = time.perf_counter() - start
        print(f"loaded {len(graph.nodes):,} columns and {told:,} edge versions in {taken:.1f} s")
    (folder / "bare.sqlite").unlink(missing_ok=True)
    bare = Bare(folder / "bare.sqlite", graph)
    now = Moment(None, store.applied())
    chance = random.Random(5)
    count = len(graph.nodes) - versions * inputs
    heads = [graph.nodes[n].id for n in range(count) if n % DOMAIN < 3 * DOMAIN // LAYERS]
    print(f"{'ms':34} {'':4} {'nodes':>8} {'store p50':>9} {'p95':>9} {'bare p50':>9} {'p95':>9} {'ratio':>7}")
    compare("impact of a source column", chance.sample(heads, closures), Direction.DOWNSTREAM, now, store, bare)
    provenance(store, bare, chance.sample(made, min(closures, len(made))), now)
    store.close()
    bare.connection.close()


if __name__ == "__main__":
    main()
