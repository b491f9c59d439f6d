"""`headwater graph` on a Neo4j: rebuild, digest, and compare with the ledger and with the embedded graph."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli import main
from collectors.openlineage import normalise
from lineage.ledger import Draft, Ledger
from lineage.store.neo4j import Neo4jStore
from tests.neo4j.server import Server
from tests.neo4j.stores import a_server

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[Server]:
    """The run's server, without a graph."""
    with a_server() as running:
        with Neo4jStore(running.url) as store:
            store.wipe()
        yield running


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A ledger of three runs."""
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    for number, word in enumerate(("orders", "clients", "payments")):
        raw = json.dumps(
            {
                "eventType": "COMPLETE",
                "eventTime": f"2026-11-22T10:00:0{number}Z",
                "producer": "https://example.org/tests",
                "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
                "run": {"runId": f"00000000-0000-4000-8000-00000000000{number}"},
                "job": {"namespace": "tests", "name": f"job_{word}"},
                "inputs": [{"namespace": "db", "name": f"shop.{word}_raw"}],
                "outputs": [{"namespace": "db", "name": f"shop.{word}"}],
            }
        ).encode()
        norm = normalise(raw, 1_800_000_000_000_000).norm
        assert norm is not None
        ledger.append([Draft("ol.event", {"raw": raw, "norm": norm})])
    ledger.close()
    return tmp_path


def test_a_graph_made_by_hand_is_found_out(data: Path, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Ledger, embedded graph and Neo4j agree, with history too; an edge that somebody edited is named by compare."""
    store = server.url

    def run(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        return code, capsys.readouterr().out

    assert run("graph", "rebuild", "--yes", "--data", str(data), "--store", store)[0] == 0
    served = run("graph", "digest", "--history", "--data", str(data), "--store", store)
    assert run("graph", "compare", f"ledger:{data}", store, "--history")[0] == 0
    assert run("graph", "rebuild", "--yes", "--data", str(data))[0] == 0
    assert run("graph", "digest", "--history", "--data", str(data)) == served
    assert run("graph", "compare", str(data), store)[0] == 0
    with Neo4jStore(store, read_only=True) as reader:
        ((edge, end),) = reader._server.read(
            "MATCH (a:Dataset {name: 'shop.orders_raw'})-[e:FEEDS]->(b) RETURN a.key, b.key"
        )
        reader._server.run_alone("MATCH (:Node {key: $key})-[e:FEEDS]->() SET e.certainty = 'POSSIBLE'", key=edge)
    code, told = run("graph", "compare", f"ledger:{data}", store)
    changed = [json.loads(line[2:]) for line in told.splitlines() if line[0] in "+-"]
    assert code == 1
    assert [(line["relation"], line["subject"], line["object"]) for line in changed] == 2 * [("FEEDS", edge, end)]
    assert [line["certainty"] for line in changed] == ["CERTAIN", "POSSIBLE"]
    assert told.count("\n    that is db shop.orders_raw → db shop.orders\n") == 2
    code, told = run("audit", "fsck", "--data", str(data), "--graph", "--store", store)
    assert code == 1
    assert "check 9: the graph has the FEEDS fact from 'db shop.orders_raw' to 'db shop.orders'" in told
    assert "changed by hand: certainty is 'POSSIBLE', not 'CERTAIN'" in told
    assert run("graph", "rebuild", "--yes", "--data", str(data), "--store", store)[0] == 0
    assert run("graph", "compare", f"ledger:{data}", store, "--history")[0] == 0
