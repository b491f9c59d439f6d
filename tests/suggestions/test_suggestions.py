"""Suggested aliases: what looks alike is named with its reason, and nothing else is."""

from lineage import ids
from lineage.aliases import AliasKind
from lineage.facts import Node, NodeKind
from lineage.ids import NodeId
from lineage.query.suggestions import ALIKE_MAX, Suggestion, suggest, suggestions
from tests.query.graph import graph


def dataset(namespace: str, name: str) -> Node:
    return Node(ids.dataset_id(namespace, name), NodeKind.DATASET, namespace, name)


def asked(nodes: list[Node], **columns: str) -> list[Suggestion]:
    """`columns` by the name's last part."""
    told: dict[NodeId, set[str]] = {
        node.id: set(columns[key].split()) for node in nodes for key in columns if node.namespace == key
    }
    return suggest(nodes, told)


def test_a_name_that_another_one_ends_with_is_suggested() -> None:
    """dlt's raw.orders and sqlmesh's shop.raw.orders: the shorter may be the longer."""
    found = asked([dataset("duckdb", "raw.orders"), dataset("sqlmesh", 'shop."raw".orders')])
    assert [(s.kind, s.from_, s.to) for s in found] == [
        (AliasKind.DATASET, "duckdb raw.orders", 'sqlmesh shop."raw".orders')
    ]


def test_one_common_part_is_not_enough() -> None:
    """`orders` is everywhere."""
    assert asked([dataset("a", "orders"), dataset("b", "orders"), dataset("c", "x.orders")]) == []


def test_columns_speak_for_and_against() -> None:
    """Different columns: no suggestion. Common ones: it comes first, and says how many."""
    nodes = [
        dataset("a", "raw.orders"),
        dataset("b", "raw.orders"),
        dataset("c", "raw.items"),
        dataset("d", "raw.items"),
    ]
    found = asked(nodes, a="id amount", b="x y", c="id", d="id price")
    assert [(s.from_, s.to) for s in found] == [("c raw.items", "d raw.items")]
    assert "1 of 1 columns" in found[0].reason


def test_namespaces_that_share_many_names_are_one_suggestion() -> None:
    """Two spellings of a host: one rule, not one for each table; other schemes stay table by table."""
    names = ["public.a", "public.b", "public.c"]
    same = [dataset(f"postgres://{host}", name) for host in ("10.0.0.1", "db") for name in names]
    [one] = suggest(same, {})
    assert (one.kind, one.from_, one.to) == (AliasKind.NAMESPACE, "postgres://10.0.0.1", "postgres://db")
    other = [dataset(namespace, name) for namespace in ("mysql://db", "postgres://db") for name in names]
    assert {s.kind for s in suggest(other, {})} == {AliasKind.DATASET}


def test_a_convention_is_not_a_likeness() -> None:
    """`part/0.csv` in a hundred places is no hundred suggestions."""
    assert suggest([dataset(f"n{i}", "part/0.csv") for i in range(ALIKE_MAX + 1)], {}) == []


def test_names_come_from_the_graph_with_their_columns() -> None:
    """Every name that the graph knows is looked at, page by page."""
    made = graph("raw.orders has id:int by w\nshop.raw.orders has id:int by w\nother.things has id:int by w")
    [found] = suggestions(made.questions.sources, first=5)
    assert (found.from_, found.to) == ("n raw.orders", "n shop.raw.orders")
    assert suggestions(made.questions.sources, first=0) == []
