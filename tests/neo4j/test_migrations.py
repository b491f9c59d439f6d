"""Graphs of earlier forms: brought forward by the machinery that a start uses, from each form, interrupted anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lineage.errors import StoreError
from lineage.facts import Direction, NodeKind, Relation
from lineage.moment import Moment
from lineage.store.canonical import export_lines
from lineage.store.memory import MemoryStore
from lineage.store.neo4j import Neo4jStore, migrations
from lineage.store.neo4j.connections import Server
from lineage.store.neo4j.schema import SCHEMA
from tests.neo4j import recordings
from tests.neo4j.stores import wiped_store
from tests.store import world

pytestmark = pytest.mark.slow

SIZE = len(recordings.HISTORY)
OLDER = 0
"""An invented form, in which data flow between datasets had another type, and open versions no end. It is made from form
1, the first that ever was, so these steps lead there: of later forms each has steps of its own."""
TO_OLDER = (
    "MATCH (a)-[e:FEEDS]->(b) CREATE (a)-[h:FLOWS]->(b) SET h = properties(e) DELETE e",
    "MATCH ()-[e]->() WHERE e.known_to = 9007199254740991 REMOVE e.known_to",
    "MATCH (g:Graph) SET g.schema = 0",
)
FROM_OLDER = (
    """MATCH (a)-[e:FLOWS]->(b) CALL (a, e, b) { CREATE (a)-[h:FEEDS]->(b) SET h = properties(e) DELETE e }
       IN TRANSACTIONS OF 3 ROWS""",
    """MATCH ()-[e]->() WHERE e.known_to IS NULL CALL (e) { SET e.known_to = 9007199254740991 }
       IN TRANSACTIONS OF 5 ROWS""",
)


@pytest.fixture
def store() -> Iterator[Neo4jStore]:
    """An empty store on the run's server."""
    with wiped_store() as opened:
        yield opened


@pytest.fixture(scope="module")
def expected() -> MemoryStore:
    """What every recorded graph says."""
    model = MemoryStore()
    model.apply(recordings.changes(), SIZE)
    return model


def put(store: Neo4jStore, form: int) -> None:
    """A recorded graph, as if nobody had opened it since."""
    recordings.put(store._server, json.loads(recordings.recorded()[form].read_text(encoding="utf-8")))


def another(store: Neo4jStore) -> Neo4jStore:
    """The store that the next start opens."""
    scheme, _, address = store._server.shown.partition("://")
    return Neo4jStore(f"{scheme}://{address}")


def assert_brought_forward(store: Neo4jStore, expected: MemoryStore) -> None:
    """All of the history is there, is read, and goes on to be written."""
    assert store._server.read("MATCH (g:Graph) RETURN g.schema") == [[SCHEMA]]
    assert store.ledger_origin() == "forms.example/ledger"
    assert list(export_lines(store, history=True)) == list(export_lines(expected, history=True))
    at = Moment(None, SIZE)
    for kind in (NodeKind.DATASET, NodeKind.JOB, NodeKind.NAMESPACE):
        listing = {"namespace": None, "limit": 99, "after": None}
        assert store.listed(kind, at, **listing) == expected.listed(kind, at, **listing)  # type: ignore[arg-type]
    for query in ("customer", "load", "id"):
        found = expected.search(query, set(NodeKind), at, limit=99, after=None)
        assert store.search(query, set(NodeKind), at, limit=99, after=None) == found
    more = MemoryStore()
    longer = world.history([*recordings.HISTORY, {0, 7, 12, 14}, {1, 7, 33}])
    more.apply(longer, SIZE + 2)
    store.apply(longer[SIZE:], SIZE + 2)
    assert list(export_lines(store, history=True)) == list(export_lines(more, history=True))


@pytest.mark.parametrize("form", sorted(recordings.recorded()))
def test_a_graph_of_each_form_is_brought_forward(store: Neo4jStore, expected: MemoryStore, form: int) -> None:
    """As a start of today's service finds it on a server."""
    put(store, form)
    with another(store) as opened:
        opened.bind("forms.example/ledger")
        assert_brought_forward(opened, expected)


def test_every_form_is_recorded() -> None:
    """A new form comes with a step from the one before, and with its own recording for those after it."""
    assert sorted(recordings.recorded()) == list(range(1, SCHEMA + 1))
    assert sorted(migrations.STEPS) == list(range(1, SCHEMA))


@pytest.fixture
def older(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> Neo4jStore:
    """A store with a graph of the invented form, and the step that leads from it."""
    put(store, 1)
    for text in TO_OLDER:
        store._server.run_alone(text)
    monkeypatch.setitem(migrations.STEPS, OLDER, FROM_OLDER)  # type: ignore[arg-type]
    return store


def test_an_older_graph_is_brought_forward_before_anything_is_written(older: Neo4jStore, expected: MemoryStore) -> None:
    """Readers are told to wait for it; the first writer makes the steps."""
    with another(older) as reader, pytest.raises(StoreError, match=r"form 0; .* which brings it forward") as caught:
        reader.neighbours(world.DATASETS, Relation.FEEDS, Direction.BOTH, Moment(None, SIZE))
    assert not caught.value.retryable
    with another(older) as opened:
        opened.bind("forms.example/ledger")
        assert_brought_forward(opened, expected)


@pytest.mark.parametrize("killed_at", range(3))
def test_a_step_that_is_interrupted_is_made_again(
    older: Neo4jStore, expected: MemoryStore, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    """Before, between and after its statements: the next start ends what this one began."""
    run_alone, sent = Server.run_alone, []

    def dying(self: Server, text: str, /, **parameters: object) -> object:
        if text in FROM_OLDER or "SET g.schema = $next" in text:
            if len(sent) == killed_at:
                raise StoreError("killed", retryable=True)
            sent.append(text)
        return run_alone(self, text, **parameters)

    with monkeypatch.context() as patch, another(older) as dies:
        patch.setattr(Server, "run_alone", dying)
        with pytest.raises(StoreError, match="killed"):
            dies.bind("forms.example/ledger")
    with another(older) as opened:
        opened.bind("forms.example/ledger")
        assert_brought_forward(opened, expected)


def test_a_form_that_is_forgotten_is_refused_and_made_anew(store: Neo4jStore) -> None:
    """Where no step leads on, the error says what to do, and a wipe gives the graph to today's form."""
    store.apply(recordings.changes(), SIZE)
    store._server.run_alone("MATCH (g:Graph) SET g.schema = -1")
    with another(store) as opened:
        with pytest.raises(StoreError, match=r"form -1; .* Use the Headwater that made it, or run") as caught:
            opened.bind("forms.example/ledger")
        assert not caught.value.retryable
        opened.wipe()
        opened.apply(recordings.changes(), SIZE)
        assert opened.applied() == SIZE
