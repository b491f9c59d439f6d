"""One entry that re-keys most of the graph: a namespace is another, told by a person, from the ledger to the server."""

from __future__ import annotations

import importlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.openlineage import normalise, read
from collectors.sql.columns import read_columns
from lineage.aliases import AliasKind, AliasRule
from lineage.facts import Direction, Relation
from lineage.ids import dataset_id
from lineage.ledger import Draft, Ledger
from lineage.moment import Moment
from lineage.projector import rebuild
from lineage.statements import AliasStatement, Op, encode
from lineage.store import open_store
from lineage.store.canonical import export_lines
from lineage.store.neo4j import Neo4jStore, writing
from tests.neo4j.server import Server
from tests.neo4j.stores import a_server

pytestmark = pytest.mark.slow

following = importlib.import_module("lineage.projector.follow")  # the package's `follow` is the function
INPUTS = 150
COLUMNS = 4


@pytest.fixture
def server() -> Iterator[Server]:
    """The run's server, without a graph."""
    with a_server() as running:
        with Neo4jStore(running.url) as store:
            store.wipe()
        yield running


def event(namespace: str) -> bytes:
    """A run that reads many tables of a namespace."""
    fields = [{"name": f"c{n}", "type": "int"} for n in range(COLUMNS)]
    about = {"_producer": "https://example.org/tests", "_schemaURL": "https://openlineage.io/spec/facets/1-1-1/x.json"}
    return json.dumps(
        {
            "eventType": "COMPLETE",
            "eventTime": "2026-11-22T10:00:00Z",
            "producer": "https://example.org/tests",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": "00000000-0000-4000-8000-000000000001"},
            "job": {"namespace": "tests", "name": "join"},
            "inputs": [
                {"namespace": namespace, "name": f"shop.t{n}", "facets": {"schema": {**about, "fields": fields}}}
                for n in range(INPUTS)
            ],
            "outputs": [{"namespace": "mart", "name": "all"}],
        }
    ).encode()


def test_a_namespace_alias_is_never_half_visible(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many chunks it takes: a reader sees all sources under the one name or under the other."""
    monkeypatch.setattr(writing, "CHUNK_ROWS_MAX", 60)
    monkeypatch.setattr(following, "BATCH_ENTRIES_MAX", 1)
    raw = event("postgres://old-host:6432")
    kind, norm = encode(
        AliasStatement(
            Op.ADD,
            AliasRule.parse(AliasKind.NAMESPACE, "postgres://old-host:6432", "postgres://new-host:6432", "moved"),
        )
    )
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.append([Draft("ol.event", {"raw": raw, "norm": normalise(raw, 1_800_000_000_000_000).norm or b""})])
        ledger.append([Draft(kind, {"norm": norm})])
    done, wrong, sizes = threading.Event(), [], set()
    end = dataset_id("mart", "all")

    def look() -> None:
        with Neo4jStore(server.url, read_only=True) as reader:
            while not done.is_set():
                known = reader.applied()
                found = reader.neighbours([end], Relation.FEEDS, Direction.UPSTREAM, Moment(None, known))
                sizes.add(known)
                if len(found) != (INPUTS if known else 0):
                    wrong.append((known, len(found)))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        assert rebuild(tmp_path, server.url, read, analyse=read_columns) == 2
    finally:
        done.set()
        looking.join()
    assert wrong == []
    assert {0, 1} <= sizes
    with Neo4jStore(server.url, read_only=True) as served:
        lines = list(export_lines(served, history=True))
        for known, host in ((1, "old-host"), (2, "new-host")):
            sources = served.neighbours([end], Relation.FEEDS, Direction.UPSTREAM, Moment(None, known))
            named = served.nodes([edge.source for edge in sources]).values()
            assert {node.namespace for node in named} == {f"postgres://{host}:6432"}
    rebuild(tmp_path, "sqlite:", read, analyse=read_columns)
    embedded = open_store("sqlite:", tmp_path)
    assert lines == list(export_lines(embedded, history=True))
    embedded.close()
