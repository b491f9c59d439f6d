"""What permission costs: answers to a limited principal beside the same answers to one who sees everything.

    python -m benchmarks.permission [--scale 0.1] [--closures 6] [--folder DIR]

The graph is that of benchmarks.closure (at scale 1.0, 321,000 columns and 957,000 DERIVES facts), with its tables' names and
an owner for each. Every principal here sees all of it, so that the answers are the same and the difference is the looking:
by namespaces, and by tags (of which there are none to be found). Closures of fewer than 1,000 nodes are left out. Each request has
a view of its own, as in the service. All take turns, so that all meet the same machine.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.closure import CLOSURE_LEAST, DAY, T0, Graph, load, make_graph
from lineage.access.principal import Principal
from lineage.access.sources import scoped
from lineage.facts import Change, Direction, Fact, Grain, Interval, Node, NodeKind, Relation
from lineage.ids import dataset_id, job_id, namespace_id
from lineage.moment import FOREVER, Moment
from lineage.query import MomentInput, NodeRef, Questions, Sources
from lineage.query.answers import LineageAnswer
from lineage.seen import Seen
from lineage.store import GraphStore, open_store

NODES_MAX: Final = 20_000
NAMESPACE: Final = "postgres://warehouse:5432"
ALWAYS: Final = Interval(T0, FOREVER)
EVERYTHING: Final = "sees everything"
PRINCIPALS: Final = {
    EVERYTHING: Principal(),
    "by namespaces": Principal(namespaces=(NAMESPACE, "airflow")),
    "by tags": Principal(hidden_tags=frozenset({"pii"})),
    "by both": Principal(namespaces=(NAMESPACE, "airflow"), hidden_tags=frozenset({"pii"})),
}
MOMENTS: Final = {"now": MomentInput(), "as of a day": MomentInput(valid_at_us=T0 + 200 * DAY)}


class Clock:
    """A ledger's clock in which every entry came at once."""

    def __init__(self, size: int) -> None:
        self._size = size

    def size(self) -> int:
        return self._size

    def size_at(self, time_us: int) -> int:
        return self._size

    def time_of(self, index: int) -> int:
        return T0


class NoSeen:
    """No evidence beside the facts: it costs both sides the same."""

    def seen(self, facts: Sequence[Fact], at: Moment) -> list[Seen]:
        return [Seen(T0, T0, 1, True, False, None, ())] * len(facts)


def tables(graph: Graph) -> Change:
    """The datasets of the columns, the job and the namespace, with a name each, and an owner of each dataset."""
    found = {
        dataset_id(n.namespace, n.name): Node(dataset_id(n.namespace, n.name), NodeKind.DATASET, n.namespace, n.name)
        for n in graph.nodes
    }
    job = Node(job_id("airflow", "load"), NodeKind.JOB, "airflow", "load")
    space = Node(namespace_id(NAMESPACE), NodeKind.NAMESPACE, NAMESPACE, NAMESPACE)
    nodes = (*found.values(), job, space)
    facts = [
        Fact(Relation.NAME, n.id, n.id, f"name|{n.id}", n.kind, json.dumps({"name": n.name, "namespace": n.namespace}))
        for n in nodes
    ]
    facts += [
        Fact(Relation.PROPERTY, id, "", f"property|{id}|owner", "owner", '[{"name":"team"}]') for id in found
    ]  # fmt: skip
    return Change(0, nodes, (), tuple((fact, ALWAYS) for fact in facts))


def filled(folder: Path, graph: Graph) -> tuple[GraphStore, int]:
    """The store and how many entries it holds."""
    store = open_store("sqlite:", folder)
    store.bind("benchmark")
    size, _ = load(store, graph)
    change = tables(graph)
    store.apply([Change(size, change.nodes, (), change.opened)], size + 1)
    return store, size + 1


def in_turns(parts: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each part, one after the other, `rounds` times."""
    taken: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(rounds):
        for name, part in parts.items():
            began = time.perf_counter()
            part()
            taken[name].append(time.perf_counter() - began)
    return taken


def walk(sources: Sources, principal: Principal, root: str, at: MomentInput) -> LineageAnswer:
    """The whole answer, over a view of its own."""
    questions = Questions(scoped(sources, principal))
    ref = NodeRef(id=root)
    return questions.lineage([ref], Direction.DOWNSTREAM, grain=Grain.COLUMN, limit=NODES_MAX, at=at)


def report(name: str, taken: dict[str, list[float]]) -> None:
    """Medians, each beside that of who sees everything."""
    base = statistics.median(taken[EVERYTHING])
    told = [f"{EVERYTHING} {base * 1e3:.1f} ms"]
    told += [
        f"{each} {statistics.median(times) * 1e3:.1f} ms = {statistics.median(times) / base:.2f} x"
        for each, times in taken.items()
        if each != EVERYTHING
    ]
    print(f"  {name}: " + ", ".join(told))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.permission", description=__doc__.partition("\n")[0])
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--closures", type=int, default=6)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headwater-benchmark-", dir=options.folder) as folder:
        graph = make_graph(options.scale)
        store, size = filled(Path(folder), graph)
        sources = Sources(store, NoSeen(), Clock(size))
        chance = random.Random(3)
        roots: list[str] = []
        sizes: list[int] = []
        for node in chance.sample(graph.nodes, len(graph.nodes)):
            if len(roots) == options.closures:
                break
            if (found := len(walk(sources, Principal(), node.id, MomentInput()).nodes)) >= CLOSURE_LEAST:
                roots.append(node.id)
                sizes.append(found)
        if not roots:
            raise SystemExit("No closure is large enough at this scale. Give a larger one.")
        print(f"  {len(roots)} closures of {min(sizes)} to {max(sizes)} columns, whole answers at grain COLUMN")
        for when, at in MOMENTS.items():
            total: dict[str, list[float]] = {name: [] for name in PRINCIPALS}
            for root in roots:
                parts = {n: lambda p=p, root=root, at=at: walk(sources, p, root, at) for n, p in PRINCIPALS.items()}
                for name, times in in_turns(parts, 3).items():
                    total[name].append(statistics.median(times))
            report(f"lineage, {when}", total)
        searches = {
            n: lambda p=p: Questions(scoped(sources, p)).search("table_12", first=20) for n, p in PRINCIPALS.items()
        }
        report("a search", in_turns(searches, 30))
        page = dataset_id(NAMESPACE, graph.nodes[0].name)
        pages = {n: lambda p=p: Questions(scoped(sources, p)).node(page) for n, p in PRINCIPALS.items()}
        report("a dataset's page", in_turns(pages, 30))
        store.close()


if __name__ == "__main__":
    main()
