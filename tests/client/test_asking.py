"""What users do with the client, against a real service: ask, page, state, fail, wait."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from headwater import answers, errors
from headwater.client import AsyncClient, Client
from headwater.inputs import AddAliasInput, DatasetRef, MomentInput, NodeRef, PlaceInput, StateFactInput
from headwater.words import (
    AliasKind,
    Certainty,
    CompletenessStatus,
    Direction,
    FactKind,
    Flow,
    Grain,
    PlaceKind,
)
from tests.query.graph import NAMESPACE

MODEL = NodeRef(dataset=DatasetRef(NAMESPACE, "model"))


def test_a_walk_is_answered_in_classes(client: Client) -> None:
    """Nodes, edges and completeness are values with their types: enums, aware times, whole numbers."""
    answer = client.lineage([MODEL], Direction.UPSTREAM, grain=Grain.COLUMN)
    assert {node.name for node in answer.nodes} >= {"model", "features", "customers"}
    edge = next(edge for edge in answer.edges if edge.masking)
    assert (edge.flow, edge.certainty) == (Flow.VALUE, Certainty.CERTAIN)
    assert isinstance(answer.completeness.status, CompletenessStatus)
    assert isinstance(answer.completeness.known_index, int)
    assert answer.completeness.valid_at.tzinfo is not None


def test_a_node_is_of_the_class_that_it_is(client: Client) -> None:
    """An interface's answer is one of its types, whole; `nodes` keeps the order and says None for what is not there."""
    found = client.find(NodeRef(dataset=DatasetRef(NAMESPACE, "customers")))
    assert isinstance(found, answers.Dataset)
    assert [owner.name for owner in found.owners] == ["crm-team"]
    assert {column.column for column in found.columns} == {"id", "email"}
    email = client.find(NodeRef(dataset=DatasetRef(NAMESPACE, "customers", column="email")))
    assert isinstance(email, answers.Column)
    assert client.node(email.id) == email
    assert client.dataset(NAMESPACE, "customers") == found


def test_pages_follow_their_cursors(client: Client) -> None:
    """Page by page the same is found as at once; a small page is followed by the rest."""
    whole = [edge.node.id for edge in client.search("e", first=100).edges]
    pages = list(client.search_pages("e", first=2))
    assert len(pages) > 2
    assert [edge.node.id for page in pages for edge in page.edges] == whole
    impacts = list(client.impact_pages([NodeRef(dataset=DatasetRef(NAMESPACE, "customers"))], first=1))
    assert len({item.node.id for page in impacts for item in page.items}) == len(impacts) > 1


def test_the_past_is_asked_by_moment(client: Client) -> None:
    """Input objects travel nested, times with their zone: what nobody knew then is not there."""
    ref = [NodeRef(dataset=DatasetRef(NAMESPACE, "model"))]
    now = client.lineage(ref, Direction.UPSTREAM)
    at = MomentInput(valid_at=datetime(2026, 11, 20, tzinfo=UTC), known_index=now.completeness.known_index)
    then = client.lineage(ref, Direction.UPSTREAM, at=at)
    assert then.completeness.valid_at == datetime(2026, 11, 20, tzinfo=UTC)
    with pytest.raises(errors.NotFound):
        client.lineage(ref, Direction.UPSTREAM, at=MomentInput(known_index=0))


def test_mutations_take_inputs_and_answer_receipts(client: Client) -> None:
    """A stated fact and an alias are entries of the ledger, told by index; defaults of inputs are the schema's."""
    size = client.ledger().size
    about = PlaceInput(kind=PlaceKind.DATASET, namespace=NAMESPACE, name="orders")
    stated = client.state_fact(StateFactInput(kind=FactKind.OWNER, about=about, value="shop", reason="they said so"))
    assert stated.index == size
    alias = client.add_alias(AddAliasInput(AliasKind.NAMESPACE, "a://x", "a://y", reason="moved"))
    assert (alias.from_, alias.to) == ("a://x", "a://y")
    assert client.ledger().size == size + 2


def test_errors_are_classes_with_what_the_service_says(client: Client) -> None:
    """Each code is an exception of its own, with near names, the place, the limit."""
    with pytest.raises(errors.NotFound, match="custommers") as missing:
        client.dataset(NAMESPACE, "custommers")
    assert any("customers" in name for name in missing.value.near)
    with pytest.raises(errors.LimitExceeded) as large:
        client.search("e", first=2_000_000_000)
    assert large.value.limit < large.value.asked
    with pytest.raises(errors.BadInput):
        client.execute("{ nonsense }")
    with pytest.raises(ValueError, match="exactly one"):
        NodeRef(id="hw:x", dataset=DatasetRef("a", "b"))


def test_documents_of_ones_own_are_answered_as_they_are(client: Client) -> None:
    """`execute` gives the data as JSON, of the operation that is named."""
    document = (
        "query a { ledger { size } } query b($n: String!, $s: String!) { dataset(namespace: $s, name: $n) { name } }"
    )
    data = client.execute(document, {"n": "orders", "s": NAMESPACE}, operation_name="b")
    assert data == {"dataset": {"name": "orders"}}


async def test_the_async_client_says_the_same(url: str, client: Client) -> None:
    """The same questions at once on one connection pool have the same answers as one after the other."""
    async with AsyncClient(url) as asking:
        found, walk = await asyncio.gather(
            asking.dataset(NAMESPACE, "customers"), asking.lineage([MODEL], Direction.UPSTREAM)
        )
        assert found == client.dataset(NAMESPACE, "customers")
        assert walk == client.lineage([MODEL], Direction.UPSTREAM)
        pages = [page async for page in asking.search_pages("e", first=2)]
        assert pages == list(client.search_pages("e", first=2))
        with pytest.raises(errors.NotFound):
            await asking.job(NAMESPACE, "nobody")


async def test_subscriptions_are_iterated(url: str, client: Client) -> None:
    """What grew is told as it grows, to both clients, over server-sent events."""
    first = next(iter(client.ledger_grew(after=0)))
    assert first.size == client.ledger().size
    async with AsyncClient(url) as asking:
        async for grown in asking.ledger_grew(after=0):
            assert grown == first
            break


def test_nobody_there_is_unreachable() -> None:
    """A service that does not answer is an error of its own, with its address."""
    with Client("http://127.0.0.1:1", timeout_s=2) as client, pytest.raises(errors.Unreachable, match=":1 "):
        client.ledger()
