"""Parsed SQL beside what producers tell of columns: who is believed for which column, and that order still does not matter."""

import hashlib
import random
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.sql.columns import read_columns
from lineage.events import ColumnClaim, Event, EventType, Mention, RawName, Role, SchemaColumn
from lineage.facts import Fact, Flow, Relation
from lineage.ids import column_id, dataset_id
from lineage.moment import FOREVER, Moment
from lineage.projector.engine import Engine
from lineage.projector.state import State
from lineage.store.canonical import export_lines
from lineage.store.memory import MemoryStore

PG = "postgres://db:5432"
T0 = 1_790_000_000_000_000


def event(
    query: str,
    *,
    claims: tuple[ColumnClaim, ...] | None = None,
    columns: str = "",
    inputs: str = "shop.public.orders",
    at: int = 0,
) -> Event:
    """A COMPLETE of a run that writes shop.public.totals with this statement."""
    mentions = [Mention(RawName(PG, name), Role.INPUT) for name in inputs.split()]
    told = tuple(SchemaColumn(name, "int", n) for n, name in enumerate(columns.split(), 1)) or None
    mentions.append(Mention(RawName(PG, "shop.public.totals"), Role.OUTPUT, columns=told, claims=claims, real=True))
    sql = '{"dialect":"postgres","query":' + f'"{query}"' + "}"
    return Event(
        0, hashlib.sha256(f"{query}{at}".encode()).digest(), T0 + at, "p", EventType.COMPLETE, RawName("etl", "load"), f"run-{at}",
        job_properties=(("sql", sql),), mentions=tuple(mentions),
    )  # fmt: skip


def schema(name: str, columns: str, at: int = 1) -> Event:
    """A catalogue tells a table's columns."""
    told = tuple(SchemaColumn(c, "int", n) for n, c in enumerate(columns.split(), 1))
    return Event(
        0, hashlib.sha256(f"{name}{columns}".encode()).digest(), T0 + at, "catalogue", EventType.OTHER,
        mentions=(Mention(RawName(PG, name), Role.SUBJECT, columns=told, real=True),),
    )  # fmt: skip


def claim(target: str, column: str, *, typed: bool, source: str = "shop.public.orders") -> ColumnClaim:
    return ColumnClaim(target, RawName(PG, source), column, Flow.VALUE, "IDENTITY" if typed else "", False, typed)


def graph(folder: Path, *events: Event) -> MemoryStore:
    """The events' graph, in a store that forgets nothing."""
    folder.mkdir(exist_ok=True)
    state = State(folder / f"{random.getrandbits(64)}.sqlite")
    kept = [replace(e, index=i) for i, e in enumerate(events)]
    engine, store = Engine(state, lambda i: kept[i], read_columns), MemoryStore()
    for e in kept:
        store.apply([engine.event(e)], e.index + 1)
    state.close()
    return store


def into(store: MemoryStore, column: str) -> dict[tuple[str, str], Fact]:
    """(table, column) -> the fact that says it feeds this column of totals."""
    target = column_id(dataset_id("postgres://db", "shop.public.totals"), column)
    facts = [v.fact for v in store.facts([target], [Relation.DERIVES], Moment(None, FOREVER - 1), by_object=True)]
    nodes = store.nodes([f.subject for f in facts])
    return {(nodes[f.subject].name, nodes[f.subject].column or ""): f for f in facts}


def test_sql_fills_in_where_the_producer_is_silent(tmp_path: Path) -> None:
    """A run without column lineage gets its statement's, with OpenLineage's subtype and the reason why."""
    store = graph(tmp_path, event("SELECT o.customer, sum(o.amount) AS spend FROM shop.public.orders o GROUP BY 1"))
    (source, fact), *more = into(store, "spend").items()
    assert source == ("shop.public.orders", "amount") and not more
    assert fact.label == "AGGREGATION" and '"sql":"fills"' in fact.value


def test_a_typed_facet_that_can_be_true_is_not_overridden(tmp_path: Path) -> None:
    """What a producer tells with its type stands, even where the statement says otherwise."""
    told = (claim("spend", "price", typed=True),)
    store = graph(tmp_path, event("SELECT amount AS spend FROM shop.public.orders", claims=told))
    assert set(into(store, "spend")) == {("shop.public.orders", "price")}


def test_an_untyped_facet_is_sharpened(tmp_path: Path) -> None:
    """The statement agrees with the source, and adds the transformation and the masking that the facet leaves out."""
    told = (claim("mail", "email", typed=False),)
    store = graph(tmp_path, event("SELECT md5(email) AS mail FROM shop.public.orders", claims=told))
    (fact,) = into(store, "mail").values()
    assert fact.masking and fact.label == "TRANSFORMATION" and '"sql":"agrees"' in fact.value


def test_a_refuted_facet_gives_way(tmp_path: Path) -> None:
    """INSERT maps by position: the facet names the SELECT's aliases, the schema and the statement know better."""
    told = (claim("id", "customer", typed=False), claim("_1", "amount", typed=False))
    query = "INSERT INTO shop.public.totals SELECT customer AS id, sum(amount) FROM shop.public.orders GROUP BY 1"
    store = graph(tmp_path, event(query, claims=told, columns="customer_id spend"))
    assert set(into(store, "customer_id")) == {("shop.public.orders", "customer")}
    assert set(into(store, "spend")) == {("shop.public.orders", "amount")}
    assert into(store, "id") == {} and into(store, "_1") == {}


def test_a_source_that_is_a_cte_is_looked_through(tmp_path: Path) -> None:
    """A producer names a CTE as a dataset: the statement knows the table behind it, and the CTE is no dataset."""
    told = (claim("customer", "customer", typed=False, source="ranked"),)
    query = "WITH ranked AS (SELECT customer FROM shop.public.orders) SELECT customer FROM ranked"
    store = graph(tmp_path, event(query, claims=told))
    assert set(into(store, "customer")) == {("shop.public.orders", "customer")}
    assert not store.search("ranked", [], Moment(None, FOREVER - 1), limit=5, after=None)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_star_opens_when_the_schema_becomes_known(tmp_path: Path, order: tuple[int, int]) -> None:
    """The analysis is redone when a schema that it needed comes, before or after the run."""
    events = (event("SELECT * FROM shop.public.orders"), schema("shop.public.orders", "id amount"))
    store = graph(tmp_path, *(events[i] for i in order))
    assert set(into(store, "amount")) == {("shop.public.orders", "amount")}


def test_what_the_statement_cannot_tell_is_said(tmp_path: Path) -> None:
    """A star over an unknown table is no guess: the dataset edge carries what stayed unresolved."""
    store = graph(tmp_path, event("SELECT * FROM shop.public.orders"))
    feeds = store.facts(
        [dataset_id("postgres://db", "shop.public.totals")], [Relation.FEEDS], Moment(None, FOREVER - 1), by_object=True
    )
    assert [v.fact.label for v in feeds] == ["TABLE"] and "unresolved" in feeds[0].fact.value


def test_a_filter_beside_an_open_star_explains_nothing(tmp_path: Path) -> None:
    """The statement names one column that filters; which columns flow is not known, so the pair stays at table level."""
    store = graph(tmp_path, event("SELECT * FROM shop.public.orders WHERE state = 1"))
    feeds = store.facts(
        [dataset_id("postgres://db", "shop.public.totals")], [Relation.FEEDS], Moment(None, FOREVER - 1), by_object=True
    )
    assert [v.fact.label for v in feeds] == ["TABLE"] and "unresolved" in feeds[0].fact.value


def test_a_statement_that_tells_no_column_takes_none_back(tmp_path: Path) -> None:
    """A later run whose SQL nobody can read closes no column edge."""
    store = graph(tmp_path, event("SELECT amount FROM shop.public.orders"), event("SELEKT from", at=9))
    assert set(into(store, "amount")) == {("shop.public.orders", "amount")}


def test_masked_literals_do_not_hide_a_statement(tmp_path: Path) -> None:
    """Literals are stored as `?`, which PostgreSQL reads as an operator: the statement is understood all the same."""
    store = graph(tmp_path, event("SELECT amount, ?::text AS tag FROM shop.public.orders WHERE state <> ?"))
    assert set(into(store, "amount")) == {("shop.public.orders", "amount")}


def test_rubbish_sql_harms_nothing(tmp_path: Path) -> None:
    """A statement that nobody can parse leaves the table-level edge, and says so."""
    store = graph(tmp_path, event("SELEKT from from"))
    feeds = store.facts(
        [dataset_id("postgres://db", "shop.public.totals")], [Relation.FEEDS], Moment(None, FOREVER - 1), by_object=True
    )
    assert len(feeds) == 1 and "unresolved" in feeds[0].fact.value


def test_order_of_arrival_does_not_matter(tmp_path: Path) -> None:
    """Runs, schemas and a drift of the source, in every order: one graph."""
    events = [
        event("SELECT * FROM shop.public.orders", at=0),
        event("INSERT INTO shop.public.totals SELECT id, amount FROM shop.public.orders", columns="a b", at=50),
        schema("shop.public.orders", "id amount", at=10),
        schema("shop.public.orders", "id amount state", at=20),
        event("SELECT x.* FROM (SELECT * FROM shop.public.orders JOIN shop.public.extra USING (id)) x", at=70),
        schema("shop.public.extra", "id note", at=5),
    ]
    graphs = set()
    for seed in range(12):
        random.Random(seed).shuffle(events)
        graphs.add(tuple(export_lines(graph(tmp_path, *events), history=False)))
    assert len(graphs) == 1
