"""Which names look like one thing: suggested to an operator, never merged.

The one idea: a suggestion is cheap and may be wrong, so it says why and waits for an alias rule. Two names look alike
when they are the same but for their namespaces, or one ends with the other's parts (`orders` of `raw.orders` alone is
not enough); columns that both are known to have speak for it, columns that differ speak against it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from lineage.aliases import AliasKind
from lineage.facts import Node, NodeKind, Relation
from lineage.ids import NodeId, parent_of
from lineage.query.sources import Sources
from lineage.store.contract import GraphReader
from lineage.store.digests import change_key

NAMES_MAX = 50_000  # read from the graph: some seconds; beyond it the oldest names are looked at
ALIKE_MAX = 12  # more than so many of one ending are a convention (`…/part-0.csv`), not one thing
PARTS_MIN = 2  # parts that two names of different length have to share
NAMESPACE_NAMES_MIN = 3  # names that two namespaces share before they themselves look alike
PAGE = 1_000

_PARTS = re.compile(r"[./\\\s\"'`]+")
_KINDS = {NodeKind.DATASET: AliasKind.DATASET, NodeKind.JOB: AliasKind.JOB}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`from_` may be another name of `to`; both as an alias rule takes them."""

    kind: AliasKind
    from_: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Pair:
    first: Node
    second: Node
    equal: bool
    shared: int
    smaller: int

    @property
    def reason(self) -> str:
        why = "the same name in two namespaces" if self.equal else "one name ends with the other"
        return why + (f"; {self.shared} of {self.smaller} columns are the same" if self.smaller else "")


def suggestions(sources: Sources, *, first: int) -> list[Suggestion]:
    """The best `first`: namespaces, then names with common columns, then the rest by name."""
    graph = sources.graph
    ids = _named(graph)
    nodes = [node for node in graph.nodes(ids).values() if node.kind in _KINDS]
    columns: dict[NodeId, set[str]] = defaultdict(set)
    candidates = {node.id for pair in _alike(nodes) for node in pair[:2] if node.kind is NodeKind.DATASET}
    for column in graph.columns_of(candidates) if candidates else []:
        columns[parent_of(column.id) or column.id].add((column.column or "").casefold())
    return suggest(nodes, columns)[:first]


def suggest(nodes: Sequence[Node], columns: Mapping[NodeId, set[str]]) -> list[Suggestion]:
    """The pure half: nodes of one moment, and the columns of those that are known to have some."""
    pairs = list(_judged(nodes, columns))
    between: Counter[tuple[str, str]] = Counter()
    for pair in pairs:
        if pair.equal:
            between[_ordered(pair.first.namespace, pair.second.namespace)] += 1
    whole = {ends for ends, count in between.items() if count >= NAMESPACE_NAMES_MIN and _scheme(*ends)}
    found = [
        Suggestion(AliasKind.NAMESPACE, *ends, f"{between[ends]} names are the same in both") for ends in sorted(whole)
    ]
    rest = [p for p in pairs if not (p.equal and _ordered(p.first.namespace, p.second.namespace) in whole)]
    rest.sort(key=lambda p: (-p.shared, p.first.name, p.second.name, p.first.id, p.second.id))
    return found + [_written(pair, columns) for pair in rest]


def _written(pair: _Pair, columns: Mapping[NodeId, set[str]]) -> Suggestion:
    def weight(node: Node) -> tuple[int, int, str, str]:
        return len(columns.get(node.id, ())), len(node.name), node.namespace, node.name

    less, more = sorted((pair.first, pair.second), key=weight)
    kind = _KINDS[less.kind]
    return Suggestion(kind, f"{less.namespace} {less.name}", f"{more.namespace} {more.name}", pair.reason)


def _judged(nodes: Sequence[Node], columns: Mapping[NodeId, set[str]]) -> Iterator[_Pair]:
    for first, second, equal in _alike(nodes):
        ours, theirs = columns.get(first.id, set()), columns.get(second.id, set())
        shared, smaller = len(ours & theirs), min(len(ours), len(theirs))
        if 2 * shared >= smaller:
            yield _Pair(first, second, equal, shared, smaller)


def _alike(nodes: Iterable[Node]) -> Iterator[tuple[Node, Node, bool]]:
    """Pairs by their names alone, each once, and whether the names are equal."""
    endings: dict[tuple[NodeKind, tuple[str, ...]], list[tuple[tuple[str, ...], Node]]] = defaultdict(list)
    for node in nodes:
        parts = tuple(part for part in _PARTS.split(node.name.casefold()) if part)
        if len(parts) >= PARTS_MIN:
            endings[node.kind, parts[-PARTS_MIN:]].append((parts, node))
    for bucket in endings.values():
        if len(bucket) > ALIKE_MAX:
            continue
        for (ours, first), (theirs, second) in combinations(sorted(bucket, key=lambda each: each[1].id), 2):
            shorter = min(len(ours), len(theirs))
            if ours[-shorter:] == theirs[-shorter:] and (first.namespace != second.namespace or ours != theirs):
                yield first, second, ours == theirs


def _named(graph: GraphReader) -> set[NodeId]:
    """What any name stands for now."""
    known, found = graph.applied(), set[NodeId]()
    after: tuple[int, str] | None = None
    for _ in range(NAMES_MAX // PAGE):
        page = graph.changed(Relation.NAME, since_us=0, until_us=None, known=known, after=after, limit=PAGE)
        found.update(NodeId(version.fact.object) for version in page)
        if len(page) < PAGE:
            break
        after = (page[-1].known_from, change_key(page[-1]))
    return found


def _scheme(first: str, second: str) -> bool:
    """Whether two namespaces are of one kind: then it is the host that is spelled in two ways."""
    return first.partition("://")[0] == second.partition("://")[0]


def _ordered(first: str, second: str) -> tuple[str, str]:
    return (first, second) if first < second else (second, first)
