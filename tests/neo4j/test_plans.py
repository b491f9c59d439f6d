"""How Neo4j plans each read: it begins at an index, and a closure prunes. On a graph with statistics like a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from lineage.facts import Change, Direction, EvidenceKind, Fact, Flow, Interval, Node, NodeKind, Relation
from lineage.ids import column_id, dataset_id
from lineage.moment import FOREVER, Moment
from lineage.store.contract import GraphReader, StoryWindow
from lineage.store.neo4j import Neo4jStore
from tests.neo4j.stores import wiped_store
from tests.store.test_contract import ALWAYS
from tests.store.world import derives, feeds, name_fact

pytestmark = pytest.mark.slow

TABLES = [dataset_id("db", f"t{n}") for n in range(200)]
NAMES = ("id", "name", "at")
STARTS = {
    "NodeUniqueIndexSeek", "NodeUniqueIndexSeekByRange", "NodeIndexSeek", "NodeIndexSeekByRange",
    "DirectedRelationshipIndexSeekByRange", "MultiNodeIndexSeek",
}  # fmt: skip
"""Leaves of a plan that look something up by what was asked for."""
WITHIN = {"Argument", "EmptyRow", "Unwind"}
"""Leaves that only carry on with what another part of the plan found, or with nothing."""
SCANNED_BY_INTENT = ("(w:Word)", "(g:Graph", "(s:Superseded)")
"""Distinct words are few, and a token may stand anywhere in one; there is one :Graph, and the sweeper's list is short."""
NO_QUESTIONS = {"close", "counts"}
"""`counts` says that it costs a scan."""


@pytest.fixture(scope="module")
def store() -> Iterator[Neo4jStore]:
    """Two hundred tables in a chain with their columns, of which every tenth edge is past."""
    with wiped_store() as opened:
        nodes, facts = [], []
        for n, table in enumerate(TABLES):
            nodes.append(Node(table, NodeKind.DATASET, "db", f"t{n}"))
            facts.append((name_fact(NodeKind.DATASET, table, table, "db", f"t{n}"), ALWAYS))
            interval = Interval(10, 20) if n % 10 == 0 else ALWAYS
            for ordinal, name in enumerate(NAMES):
                column = column_id(table, name)
                nodes.append(Node(column, NodeKind.COLUMN, "db", f"t{n}", column=name))
                facts.append((Fact(Relation.HAS, table, column, "schema|x|y", "int", str(ordinal)), interval))
                if n:
                    facts.append((derives(column_id(TABLES[n - 1], name), column), interval))
            if n:
                facts.append((feeds(TABLES[n - 1], table), interval))
        opened.apply([Change(0, tuple(nodes), (), tuple(facts))], 1)
        opened._server.run_alone("CALL db.resampleOutdatedIndexes()")
        yield opened


Plan = dict[str, Any]


def planned(store: Neo4jStore, ask: Callable[[Neo4jStore], Any]) -> list[tuple[str, Plan]]:
    """Each statement that a read sends, with its plan."""
    sent: list[tuple[str, dict[str, Any]]] = []
    read = store._server.read
    store._swept = (0, 0.0)

    def noted(text: str, /, **parameters: Any) -> Any:
        sent.append((text, parameters))
        return read(text, **parameters)

    store._server.read = noted  # type: ignore[method-assign]
    try:
        ask(store)
    finally:
        del store._server.read  # type: ignore[method-assign]
    return [(text, store._server.plan(text, **parameters)) for text, parameters in sent]


def operators(plan: Plan, *, leaves_only: bool = False) -> list[str]:
    """The names of the operators in a plan, or of those at its leaves."""
    below = [each for child in plan.get("children", ()) for each in operators(child, leaves_only=leaves_only)]
    if leaves_only and below:
        return below
    return [str(plan["operatorType"]).partition("@")[0], *below]


NOW, THEN = Moment(None, 1), Moment(15, 1)
READS: dict[str, Callable[[Neo4jStore, Moment], Any]] = {
    "applied": lambda s, _: s.applied(),
    "ledger origin": lambda s, _: s.ledger_origin(),
    "resolve": lambda s, at: s.resolve(TABLES[:5], at),
    "nodes": lambda s, _: s.nodes(TABLES[:5]),
    "columns of": lambda s, _: s.columns_of(TABLES[:5]),
    "facts": lambda s, at: s.facts(TABLES[:5], Relation, at),
    "facts by object": lambda s, at: s.facts(TABLES[:5], Relation, at, by_object=True),
    "history": lambda s, _: s.history(TABLES[:5], Relation, known=1),
    "neighbours": lambda s, at: s.neighbours(TABLES[:5], Relation.FEEDS, Direction.BOTH, at, flows={Flow.VALUE}),
    "search": lambda s, at: s.search("name", set(NodeKind), at, limit=9, after=None),
    "search for two words": lambda s, at: s.search("db t1", set(NodeKind), at, limit=9, after=None),
    "listed": lambda s, at: s.listed(NodeKind.DATASET, at, namespace="db", limit=9, after=("t1", "db", "")),
    "listed in all": lambda s, at: s.listed(NodeKind.DATASET, at, namespace=None, limit=9, after=None),
    "story": lambda s, _: s.story(Relation.RUN, [StoryWindow(TABLES[1], 0, 99)], known=1, newest=True, limit=9),
    "story_lengths": lambda s, _: s.story_lengths(Relation.RUN, [TABLES[1]], known=1, before_us=99),
    "changed": lambda s, _: s.changed(Relation.HAS, since_us=5, until_us=15, known=1, after=None, limit=9),
    "export": lambda s, _: list(s.export(history=True)),
    "reach up, filtered": lambda s, at: s.reach(
        [TABLES[9]], Relation.FEEDS, Direction.UPSTREAM, at, depth_max=3, nodes_max=99, evidence={EvidenceKind.OBSERVED}
    ),
    "reach from many": lambda s, at: s.reach(
        TABLES[:50], Relation.FEEDS, Direction.DOWNSTREAM, at, depth_max=None, nodes_max=999
    ),
}


@pytest.mark.parametrize("at", [NOW, THEN], ids=["now", "as of"])
@pytest.mark.parametrize("name", READS)
def test_every_read_begins_at_an_index(store: Neo4jStore, name: str, at: Moment) -> None:
    """Each leaf of each plan is a look-up; no read passes over a label or a type, however the planner guesses."""
    plans = planned(store, lambda s: READS[name](s, at))
    assert plans
    for text, plan in plans:
        if not any(part in text for part in SCANNED_BY_INTENT):
            leaves = set(operators(plan, leaves_only=True))
            assert leaves <= STARTS | WITHIN and leaves & STARTS, (text, plan)


def test_every_read_of_the_contract_is_planned_here() -> None:
    """A read that is new is held to it, too."""
    asked: set[str] = set()

    class Asked:
        def __getattr__(self, name: str) -> Callable[..., Any]:
            asked.add(name)
            return lambda *_, **__: []

    for ask in READS.values():
        ask(Asked(), NOW)  # type: ignore[arg-type]
    contract = {name for name in vars(GraphReader) if not name.startswith("_")}
    assert asked == contract - NO_QUESTIONS


CLOSURES: dict[str, dict[str, Any]] = {
    "whole": {},
    "to a depth": {"depth_max": 4},
    "filtered": {"flows": {Flow.VALUE}, "evidence": {EvidenceKind.OBSERVED, EvidenceKind.STATED}},
    "of datasets": {"relation": Relation.FEEDS},
    "from some": {"roots": [column_id(TABLES[n], "id") for n in (3, 5, 7)]},
}


@pytest.mark.parametrize("at", [NOW, THEN], ids=["now", "as of"])
@pytest.mark.parametrize("direction", [Direction.UPSTREAM, Direction.DOWNSTREAM])
@pytest.mark.parametrize("name", CLOSURES)
def test_a_closure_is_one_statement_that_prunes(store: Neo4jStore, name: str, direction: Direction, at: Moment) -> None:
    """Each node is expanded once, whatever the number of paths to it."""
    asked = dict(CLOSURES[name])
    relation = asked.pop("relation", Relation.DERIVES)
    roots = asked.pop("roots", [TABLES[5] if relation is Relation.FEEDS else column_id(TABLES[5], "id")])
    asked = {"depth_max": None, "nodes_max": 10_000} | asked
    plans = planned(store, lambda s: s.reach(roots, relation, direction, at, **asked))
    closures = [operators(plan) for text, plan in plans if "Graph" not in text and "Superseded" not in text]
    assert len(closures) == 1
    assert any("Pruning,BFS" in each for each in closures[0]), closures


def test_diamonds_cost_their_nodes_not_their_paths(store: Neo4jStore) -> None:
    """Thirty diamonds in a row have a thousand million paths, and ninety nodes."""
    before = store.applied()
    layers = [[dataset_id("diamond", f"{n}.{side}") for side in range(1 if n % 2 == 0 else 2)] for n in range(61)]
    facts = [(feeds(a, b), Interval(10, FOREVER)) for one, two in pairwise(layers)
             for a in one for b in two]  # fmt: skip
    store.apply([Change(before, (), (), tuple(facts))], before + 1)
    found = store.reach(
        layers[0], Relation.FEEDS, Direction.DOWNSTREAM, Moment(None, before + 1), depth_max=None, nodes_max=1_000
    )
    assert (len(found.distances), found.hops, found.truncated) == (91, 60, False)
