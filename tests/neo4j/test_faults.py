"""What goes wrong with a server, and what the store makes of it: nothing lost, nothing doubled, never half of a change."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from neo4j import Transaction
from neo4j.exceptions import ConnectionAcquisitionTimeoutError

from lineage.errors import SettingsError, StoreError
from lineage.facts import Change, Direction, Fact, Relation
from lineage.ids import dataset_id
from lineage.moment import Moment
from lineage.store import open_store
from lineage.store.canonical import digest
from lineage.store.memory import MemoryStore
from lineage.store.neo4j import Neo4jStore, connections, migrations, writing
from tests.neo4j import server as servers
from tests.neo4j.stores import a_server, required, wiped_store
from tests.neo4j.test_histories import swept
from tests.store import world
from tests.store.test_contract import ALWAYS, A, B
from tests.store.world import feeds, open_change

pytestmark = pytest.mark.slow

EDGE = open_change(0, (feeds(A, B), ALWAYS))
KILLS = int(os.environ.get("HEADWATER_TEST_KILLS", "2"))  # each costs a start of the server; twenty by hand
SEARCH_BY_CYPHER = "MATCH ()-[e:FEEDS]->() RETURN count(e)"


@pytest.fixture
def store() -> Iterator[Neo4jStore]:
    """An empty store on the run's server."""
    with wiped_store() as opened:
        yield opened


def model_of(changes: list[Change], size: int) -> MemoryStore:
    model = MemoryStore()
    model.apply([change for change in changes if change.index < size], size)
    return model


def spread(count: int, label: str = "TABLE") -> Change:
    """One entry that opens this many edges from A."""
    facts = [(feeds(A, dataset_id("hub", str(n)), label=label), ALWAYS) for n in range(count)]
    return Change(0, (), (), tuple(facts))


def relabelled(change: Change) -> Change:
    """The next entry closes all of them and opens as many others: what an alias over a namespace does."""
    opened = tuple((replace(fact, label="COLUMNS"), valid) for fact, valid in change.opened)
    return Change(change.index + 1, (), change.opened, opened)


def test_a_server_that_is_away_is_told_at_once_and_used_when_it_is_back(tmp_path: Path) -> None:
    """Opening needs no server; a read fails within seconds, can be tried again, and says that nothing is lost."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Neo4jStore(f"neo4j://127.0.0.1:{port}") as store:
        began = time.monotonic()
        for asked in (store.applied, lambda: store.bind("x"), lambda: store.neighbours([A], Relation.FEEDS,
                      Direction.BOTH, Moment(None, 1))):  # fmt: skip
            with pytest.raises(StoreError, match="Nothing is lost") as caught:
                asked()
            assert caught.value.retryable
        assert time.monotonic() - began < 3 * (connections.CONNECT_TIMEOUT_S + connections.ACQUIRE_TIMEOUT_S)


def test_a_silent_port_is_not_waited_for() -> None:
    """A port that accepts and says nothing costs a read no more than the time to get a connection."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with Neo4jStore(f"bolt://127.0.0.1:{silent.getsockname()[1]}") as store:
            began = time.monotonic()
            with pytest.raises(StoreError) as caught:
                store.applied()
            assert caught.value.retryable
            assert time.monotonic() - began < 2 * connections.ACQUIRE_TIMEOUT_S


@required
def test_a_server_that_stands_still_is_not_waited_for() -> None:
    """Connections that were made before look sound; each is asked for a sign of life, in seconds. Who asks next is
    refused at once for a while, and then asks anew."""
    server = servers.start(own=True)
    try:
        with Neo4jStore(server.url) as store:
            store.apply([EDGE], 1)
            with server.standing_still():
                time.sleep(1.2 * connections.IDLE_S)
                for asked in (store.applied, lambda: store.apply([open_change(1)], 2)):
                    began = time.monotonic()
                    with pytest.raises(StoreError, match=r"cannot be reached .* Nothing is lost") as caught:
                        asked()
                    assert caught.value.retryable
                    assert time.monotonic() - began < 2 * connections.ACQUIRE_TIMEOUT_S
                with pytest.raises(StoreError):
                    store.applied()
                began = time.monotonic()
                with pytest.raises(StoreError, match="did not answer a moment ago") as caught:
                    store.applied()
                assert caught.value.retryable
                assert time.monotonic() - began < connections.READ_AGAIN_WITHIN_S
            time.sleep(1.2 * connections.SILENT_S)
            assert store.applied() == 1
            store.apply([open_change(1)], 2)
            assert store.applied() == 2
    finally:
        server.remove()


@required
def test_a_server_is_reached_by_the_address_that_was_given() -> None:
    """Also with neo4j://, which asks the server where it is: in a container it calls itself otherwise."""
    server = servers.start(settings={"server.default_advertised_address": "elsewhere.invalid"}, own=True)
    try:
        with Neo4jStore(server.url.replace("bolt://", "neo4j://")) as store:
            store.apply([EDGE], 1)
            assert store.applied() == 1
    finally:
        server.remove()


def test_a_read_that_takes_too_long_is_ended_by_the_server(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to ask instead; the same again would take as long, so nobody is told to try."""
    monkeypatch.setattr(connections, "READ_TIMEOUT_S", 0.3)
    began = time.monotonic()
    with pytest.raises(StoreError, match=r"Ask for less \(a smaller depth") as caught:
        store._server.read("UNWIND range(1, 1000000000) AS n RETURN sum(n % 7)")
    assert not caught.value.retryable
    assert time.monotonic() - began < connections.ACQUIRE_TIMEOUT_S
    assert store.applied() == 0


def test_a_write_that_takes_too_long_is_tried_again(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow server holds the projector up; it does not end it. Nothing of the transaction stays."""
    store.apply([EDGE], 1)
    monkeypatch.setattr(connections, "WRITE_TIMEOUT_S", 0.3)

    def slow(tx: Transaction) -> None:
        tx.run("MATCH (g:Graph) SET g.slow = true").consume()
        tx.run("UNWIND range(1, 1000000000) AS n RETURN sum(n % 7)").consume()

    with pytest.raises(StoreError, match=r"Is it busy, .* the graph catches up") as caught:
        store._server.write(slow)
    assert caught.value.retryable
    assert store._server.read("MATCH (g:Graph) RETURN g.slow") == [[None]]


def test_readers_that_find_no_connection_free_may_come_again(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is too slow for all who ask is no reason to make the graph anew."""

    def none_free(*_: object) -> list[list[object]]:
        raise ConnectionAcquisitionTimeoutError("failed to obtain a connection from the pool within 4.0s (timeout)")

    monkeypatch.setattr(connections.Server, "_read", none_free)
    with pytest.raises(StoreError, match="Nothing is lost") as caught:
        store.applied()
    assert caught.value.retryable


def test_a_database_that_is_not_there_is_a_setting_to_correct(store: Neo4jStore) -> None:
    """The message names it and where to write another."""
    scheme, _, address = store._server.shown.partition("://")
    with (
        Neo4jStore(f"{scheme}://{address}/elsewhere") as wrong,
        pytest.raises(StoreError, match=r"elsewhere.*Correct the database at the end of HEADWATER_STORE") as caught,
    ):
        wrong.applied()
    assert not caught.value.retryable


def test_urls_that_cannot_be_are_settings_to_correct(tmp_path: Path) -> None:
    """The advice shows how to write one, and never the password."""
    for url in ("neo4j://u:secret@host:port", "bolt://u:secret@[::1"):
        with pytest.raises(SettingsError, match="neo4j://user:password@host:7687/database") as caught:
            open_store(url, tmp_path)
        assert "secret" not in str(caught.value)


@required
def test_a_server_of_our_own_killed_and_with_a_password() -> None:
    """Wrong passwords are told plainly; kill -9 in the middle of writes loses and doubles nothing."""
    password = "correct-horse-9@"
    server = servers.start(password=password, own=True)
    try:
        with (
            Neo4jStore(server.url.replace("correct", "wrong")) as refused,
            pytest.raises(StoreError, match="refuses the user `neo4j`") as caught,
        ):
            refused.applied()
        assert not caught.value.retryable
        assert "horse" not in str(caught.value)
        server = killed_while_writing(server)
    finally:
        server.remove()


def killed_while_writing(server: servers.Server) -> servers.Server:
    """Write entries, each in one batch or three, while the server is killed and started again; how it runs now."""
    entries = 40 + 30 * KILLS
    changes = world.history([{n * 7, n * 11 + 1, n * 13 + 2, n * 17 + 5} for n in range(entries)])
    running, done = [server], threading.Event()

    def kill_often() -> None:
        for _ in range(KILLS):
            time.sleep(0.4)
            running[0].kill()
            running[0] = running[0].restarted()
        done.set()

    killer = threading.Thread(target=kill_often)
    with Neo4jStore(server.url) as store:
        store.bind("ledger")
        killer.start()
        failures, size = 0, 0
        while size < entries or not done.is_set():
            target = min(entries, size + 1 + size % 3)
            try:
                store.apply([change for change in changes if size <= change.index < target], target)
                size = target
            except StoreError as error:
                assert error.retryable, error
                failures += 1
                time.sleep(0.1)
            if size == entries and not done.is_set():
                size = store_again(store)
        killer.join()
        running[0].kill()
        running[0] = running[0].restarted()
        assert store.applied() == entries
        assert digest(store, True) == digest(model_of(changes, entries), True)
        assert failures
        print(f"{KILLS} kills while {entries} entries were written, {failures} writes failed: none lost, none doubled")
    return running[0]


def store_again(store: Neo4jStore) -> int:
    """Begin anew while there are kills to come: a wipe, too, is killed somewhere."""
    while True:
        try:
            store.wipe()
            store.bind("ledger")
            return 0
        except StoreError as error:
            assert error.retryable, error
            time.sleep(0.1)


@required
def test_a_transaction_that_does_not_fit_is_halved() -> None:
    """A server with little memory for transactions takes a large change in smaller chunks, whole in the end."""
    settings = {"db.memory.transaction.max": "4m"}
    server = servers.start(settings=settings, own=True)
    try:
        with Neo4jStore(server.url) as store:
            change = spread(2_500)
            store.apply([change, relabelled(change)], 2)
            assert digest(store, True) == digest(model_of([change, relabelled(change)], 2), True)
    finally:
        server.remove()


def test_half_of_a_batch_is_never_seen_and_is_undone(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that dies between chunks leaves no trace in any read; the next one takes it back and goes on."""
    monkeypatch.setattr(writing, "CHUNK_ROWS_MAX", 50)
    first = spread(120)
    store.apply([first], 1)
    before = list(store.export(history=True)), store.counts(Moment(None, 1))
    sent = []
    send = writing.Writing._send

    def dying(self: writing.Writing, chunk: object, before: int, applied: int) -> None:
        if len(sent) == 3:
            raise StoreError("killed", retryable=True)
        sent.append(chunk)
        send(self, chunk, before, applied)  # type: ignore[arg-type]

    monkeypatch.setattr(writing.Writing, "_send", dying)
    second = relabelled(first)
    with pytest.raises(StoreError, match="killed"):
        store.apply([second], 2)
    monkeypatch.setattr(writing.Writing, "_send", send)
    assert store.applied() == 1
    assert (list(store.export(history=True)), store.counts(Moment(None, 1))) == before
    # the next batch is another one: it goes further than the one that was interrupted
    third = Change(2, (), second.opened[:7], ())
    store.apply([second, third], 3)
    assert digest(store, True) == digest(model_of([first, second, third], 3), True)


def test_readers_never_see_half_of_a_large_change(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """While thousands of edges are re-keyed in chunks, and swept, every reader counts all of them at each moment."""
    monkeypatch.setattr(writing, "CHUNK_ROWS_MAX", 150)
    change, count = spread(600), 600
    store.apply([change], 1)
    done, wrong, reads = threading.Event(), [], []

    def read() -> None:
        while not done.is_set():
            size = store.applied()
            for known in {1, size}:
                edges = store.neighbours([A], Relation.FEEDS, Direction.DOWNSTREAM, Moment(None, known))
                reached = store.reach([A], Relation.FEEDS, Direction.DOWNSTREAM, Moment(None, known), depth_max=None,
                                      nodes_max=10_000)  # fmt: skip
                reads.append(known)
                if len(edges) != count or len(reached.distances) != count + 1:
                    wrong.append((known, len(edges), len(reached.distances)))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for index in range(1, 8):
        change = replace(relabelled(change), index=index, opened=tuple(
            (replace(fact, label=str(index)), valid) for fact, valid in change.opened))  # fmt: skip
        store.apply([change], index + 1)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(set(reads)) > 2


def test_what_is_superseded_leaves_the_present(store: Neo4jStore) -> None:
    """A person who asks for current edges sees the closed ones no more, a sweep after they were closed."""
    first = spread(30)
    store.apply([first, relabelled(first), Change(2, (), relabelled(first).opened[:10], ())], 3)
    exported = list(store.export(history=True))
    assert store._server.read(SEARCH_BY_CYPHER) == [[60]]
    swept(store)
    assert store._server.read(SEARCH_BY_CYPHER) == [[20]]
    assert list(store.export(history=True)) == exported
    assert [store.counts(Moment(None, known))["FEEDS"] for known in range(4)] == [0, 30, 30, 20]


def test_nodes_that_a_person_removed_are_written_again(store: Neo4jStore) -> None:
    """The writer remembers what exists; when it is wrong, the batch is written whole all the same."""
    store.apply([EDGE], 1)
    store._server.run_alone("MATCH (n:Node {key: $key}) DETACH DELETE n", key=B)
    store.apply([open_change(1, (feeds(A, B, label="COLUMNS"), ALWAYS))], 2)
    assert [e.target for e in store.neighbours([A], Relation.FEEDS, Direction.DOWNSTREAM, Moment(None, 2))] == [B]


def test_names_of_any_length_and_letters_are_kept(store: Neo4jStore) -> None:
    """A name that no index could hold is kept, found and told whole."""
    model = MemoryStore()
    changes = []
    for index, name in enumerate(("x" * 9_000, "ß" * 40_000, "a`b'\"\\{}$\0", "  ", "データ")):
        id = dataset_id("s3://" + name, name)
        node = replace(world.NODES[A], id=id, namespace="s3://" + name, name=name)
        fact = world.name_fact(node.kind, id, id, node.namespace, name)
        told = Fact(Relation.PROPERTY, id, "", f"property|{id}|{name}", name, '"x"')
        changes.append(Change(index, (node,), (), ((fact, ALWAYS), (told, ALWAYS))))
    for each in (store, model):
        each.apply(changes, len(changes))
    assert digest(store, True) == digest(model, True)
    at = Moment(None, len(changes))
    for query in ("x" * 2_000, "ß" * 39_000, "{}$", "データ"):
        found = model.search(query, {world.NODES[A].kind}, at, limit=9, after=None)
        assert store.search(query, {world.NODES[A].kind}, at, limit=9, after=None) == found
        assert found


def test_an_older_graph_is_brought_forward_and_a_newer_one_refused(store: Neo4jStore) -> None:
    """Steps run in order, once each, and what is interrupted goes on; a graph from the future is not touched."""
    store.apply([EDGE], 1)
    steps = {1: ["MERGE (:Word {key: 'one'})"], 2: ["MERGE (:Word {key: 'two'})"]}
    migrations.prepare(store._server, steps=steps, schema=3)
    assert store._server.read("MATCH (w:Word) WHERE w.key IN ['one', 'two'] RETURN count(w)") == [[2]]
    for refused in (store.applied, lambda: migrations.prepare(store._server)):
        with pytest.raises(StoreError, match="form 3; this Headwater uses form 1") as caught:
            refused()
        assert not caught.value.retryable
    with a_new_writer(store) as again:
        again.wipe()
        again.apply([EDGE], 1)
        assert again.applied() == 1


def a_new_writer(store: Neo4jStore) -> Neo4jStore:
    scheme, _, address = store._server.shown.partition("://")
    return Neo4jStore(f"{scheme}://{address}")


def test_other_things_in_the_database_are_left_alone(store: Neo4jStore) -> None:
    """A wipe takes what is ours; a team's own nodes stay."""
    store._server.run_alone("CREATE (:Mine {name: 'x'})")
    store.apply([EDGE], 1)
    store.wipe()
    assert store._server.read("MATCH (n) WHERE NOT n:Graph RETURN labels(n)") == [[["Mine"]]]
    store._server.run_alone("MATCH (n:Mine) DELETE n")


def test_a_wipe_that_was_interrupted_is_ended_by_the_next_writer(store: Neo4jStore) -> None:
    """Half a graph never answers: readers see none from the first moment, and the next writer finishes."""
    store.apply([EDGE], 1)
    store._server.run_alone("MATCH (g:Graph) SET g.wiping = true, g.applied = 0")
    with a_new_writer(store) as again:
        again.bind("ledger")
        assert again.nodes([A]) == {}
        again.apply([EDGE], 1)
        assert digest(again, True) == digest(model_of([EDGE], 1), True)


def test_the_run_uses_a_real_server() -> None:
    """It is Neo4j 5 or later, and the run says which."""
    with a_server() as server, servers.connect(server.url) as driver:
        ((version,),) = driver.execute_query("CALL dbms.components() YIELD versions RETURN versions[0]").records
        assert int(version.partition(".")[0]) >= 5
        assert server.how
