"""How often the store is asked: as often for a hundred nodes as for two. No field asks once for each node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLNonNull, GraphQLObjectType, get_named_type, is_leaf_type

from api.graphql.schema import schema
from api.observing import READS
from lineage import ids
from tests.graphql.service import Endpoint, endpoint

FEW, MANY = 2, 24  # with every field of each, more would cost more than may be asked for


def rows(count: int) -> str:
    """`count` datasets in a fan: each with a schema, an owner, a job that writes it, that job's runs, and a version."""
    lines = []
    for n in range(count):
        lines += [
            f"t{n:02} has id:int x{n}:text by catalogue:c",
            f"t{n:02} has id:int by writer:w",
            f"t{n:02} owner team{n}",
            f"t{n:02}#id -> all#id by job{n:02}",
            f"job:job{n:02} reads t{n:02}",
            f"run:r{n} of job{n:02}",
            f"version:v{n} of t{n:02}",
        ]
    return "\n".join(lines)


Fans = dict[int, Endpoint]


@pytest.fixture(scope="module")
def fans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fans]:
    """The same company, small and large."""
    with ExitStack() as opened:
        yield {size: opened.enter_context(endpoint(tmp_path_factory.mktemp("fan"), rows(size))) for size in (FEW, MANY)}


def counting(calls: Counter[str], name: str, read: Any) -> Any:
    """The same read, counted."""

    def counted(*arguments: Any, **options: Any) -> Any:
        calls[name] += 1
        return read(*arguments, **options)

    return counted


def selection(kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
    """Every field of a type, objects `depth` levels down: what a client could select without arguments."""
    parts = []
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if any(isinstance(arg.type, GraphQLNonNull) and arg.default_value is None for arg in field.args.values()):
            continue
        if is_leaf_type(inner):
            parts.append(name)
        elif depth and isinstance(inner, GraphQLObjectType):
            parts.append(f"{name} {{ {selection(inner, depth - 1)} }}")
    return " ".join(parts) or "__typename"


def fields_of(name: str) -> list[str]:
    """One selection for each field of a type that is no leaf of its own."""
    kind = schema._schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    found = []
    for field_name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            found.append(field_name)
        elif isinstance(inner, GraphQLObjectType):
            found.append(f"{field_name} {{ {selection(inner, 1)} }}")
    return found


def assert_same(few: Counter[str], many: Counter[str]) -> None:
    """The large company asks the store no more often than the small one."""
    assert many.total() <= few.total() + 2, (few, many)


def counted(shop: Endpoint, monkeypatch: pytest.MonkeyPatch, document: str, **variables: Any) -> Counter[str]:
    """How often each method of the store was called for an answer without errors."""
    calls: Counter[str] = Counter()
    with monkeypatch.context() as patch:
        for name in READS:
            patch.setattr(shop.context.graph, name, counting(calls, name, getattr(shop.context.graph, name)))
        patch.setattr(shop.graph.seen, "seen", counting(calls, "seen", shop.graph.seen.seen))
        shop.ask(document, **variables)
    return calls


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind in ("Dataset", "Job", "Column", "Run", "DatasetVersion") for field in fields_of(kind)],
)
def test_no_field_of_a_node_asks_once_for_each_node(
    fans: Fans, monkeypatch: pytest.MonkeyPatch, kind: str, field: str
) -> None:
    """Every field of every kind of node, by introspection: a new one is covered by itself."""
    own = {
        "Dataset": lambda n: ids.dataset_id("n", f"t{n:02}"),
        "Job": lambda n: ids.job_id("n", f"job{n:02}"),
        "Column": lambda n: ids.column_id(ids.dataset_id("n", f"t{n:02}"), "id"),
        "Run": lambda n: ids.run_id(ids.job_id("n", f"job{n:02}"), f"r{n}", 1),
        "DatasetVersion": lambda n: ids.version_id(ids.dataset_id("n", f"t{n:02}"), f"v{n}"),
    }[kind]
    document = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on {kind} {{ {field} }} }} }}"
    few, many = (counted(fans[s], monkeypatch, document, ids=[own(n) for n in range(s)]) for s in (FEW, MANY))
    assert_same(few, many)


@pytest.mark.parametrize(
    "document",
    [
        '{ search(query: "t", first: 100) { nodes { id name ... on Dataset { owners { name } columns { column tags { key } } } } } }',
        '{ search(query: "t", first: 100) { nodes { ... on Dataset { columnsCount columns(first: 1) { type dataset { id } } '
        "readByCount readBy(first: 1) { readsCount reads(first: 1) { writtenByCount owners { name } } runs { nodes { "
        "inputs(first: 1) { id } outputsCount } } } } } } }",
        "{ lineage(of: %s, direction: UPSTREAM, grain: COLUMN) { nodes { id name datasetType } edges { source jobs } } }",
        "{ lineage(of: %s, direction: UPSTREAM) { nodes { id entries { nodes { index } } } edges { entries { nodes { index } } } } }",
        "{ impact(of: %s) { items { node { id } why { source } owners } totals { count } } }",
        "{ provenance(of: {dataset: {namespace: \"n\", name: \"all\"}}) { sources { node { id } why { source } } } }",
        '{ schemaChanges(since: "2000-01-01T00:00:00Z") { edges { node { column dataset { owners { name } } } } } }',
    ],
)  # fmt: skip
def test_no_question_asks_once_for_each_node(fans: Fans, monkeypatch: pytest.MonkeyPatch, document: str) -> None:
    """Walks ask once a level, searches once."""
    whole = '[{dataset: {namespace: "n", name: "all"}}]'
    few, many = (counted(fans[size], monkeypatch, document.replace("%s", whole)) for size in (FEW, MANY))
    assert_same(few, many)


def test_runs_are_in_keyset_pages(tmp_path: Path) -> None:
    """A run that comes between two pages moves nothing; all runs are reached, not only the newest."""
    text = "\n".join(f"run:r{n:02} of loader valid={n}.." for n in range(45)) + "\na -> b by loader"
    document = """query($after: String) { job(namespace: "n", name: "loader") { runs(first: 20, after: $after) {
      totalCount nodes { runId } edges { cursor } pageInfo { hasNextPage endCursor } } } }"""
    with endpoint(tmp_path, text) as shop:
        found: list[str] = []
        after = None
        while True:
            page = shop.ask(document, after=after)["job"]["runs"]
            assert page["totalCount"] == 45
            found += [run["runId"] for run in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            assert page["edges"][-1]["cursor"] == after
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert found == [f"r{n:02}" for n in reversed(range(45))]
        other = document.replace("loader", "nobody").replace(
            'job(namespace: "n", name: "nobody")', 'job(namespace: "n", name: "loader")'
        )
        assert shop.refused(other.replace("runs(first: 20", "runs(first: 5"), after="x")["code"] == "BAD_CURSOR"
        assert shop.refused(document.replace("first: 20", "first: 5000"))["code"] == "LIMIT"
