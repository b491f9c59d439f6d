"""Graphs as each form of the store wrote them, recorded: what an upgrade finds on people's servers.

The one idea: a form is a file, made once by the code of its time and never again. `python -m tests.neo4j.recordings` adds the
present form's (with NEO4J_URI, or the server that tests start; its graph is wiped); test_migrations.py brings every file
forward and reads it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lineage.facts import Change
from lineage.store.neo4j import Neo4jStore
from lineage.store.neo4j.connections import Server
from lineage.store.neo4j.schema import SCHEMA
from tests.neo4j import server as servers
from tests.store import world

FOLDER = Path(__file__).with_name("forms")
HISTORY = [{n * 5, n * 5 + 1, n * 5 + 2, n * 7, n * 11 + 3} for n in range(12)]
"""What the recorded graphs hold, as tests/store/world.py tells it. Never to be changed: the files were made from it."""


def changes() -> list[Change]:
    """The history of every recorded graph."""
    return world.history(HISTORY)


def recorded() -> dict[int, Path]:
    """The file of each form."""
    return {int(path.stem): path for path in FOLDER.glob("*.json")}


def record(url: str) -> dict[str, Any]:
    """Write the history as this code does, and take down all that is on the server then."""
    with Neo4jStore(url) as store:
        store.wipe()
        store.bind("forms.example/ledger")
        store.apply(changes(), len(HISTORY))
        nodes = store._server.read("MATCH (n) RETURN elementId(n), labels(n), properties(n)")
        order = {
            id: at for at, (id, *_) in enumerate(sorted(nodes, key=lambda row: json.dumps(row[1:], sort_keys=True)))
        }
        edges = store._server.read("MATCH (a)-[e]->(b) RETURN elementId(a), elementId(b), type(e), properties(e)")
    return {
        "nodes": [[sorted(labels), told] for id, labels, told in sorted(nodes, key=lambda row: order[row[0]])],
        "edges": sorted(
            ([order[a], order[b], type_, told] for a, b, type_, told in edges),
            key=lambda row: json.dumps(row, sort_keys=True),
        ),
    }


def put(server: Server, graph: dict[str, Any]) -> None:
    """Put a recorded graph on a server that has none, beside the present constraints."""
    server.run_alone("MATCH (n:Graph) DETACH DELETE n")
    for at, (labels, told) in enumerate(graph["nodes"]):
        server.run_alone(f"CREATE (n:{':'.join(labels)} {{at: $at}}) SET n += $told", at=at, told=told)
    for a, b, type_, told in graph["edges"]:
        server.run_alone(
            f"MATCH (a {{at: $a}}), (b {{at: $b}}) CREATE (a)-[e:{type_}]->(b) SET e = $told", a=a, b=b, told=told
        )
    server.run_alone("MATCH (n) REMOVE n.at")


def main() -> None:
    path = FOLDER / f"{SCHEMA}.json"
    if path.exists():
        raise SystemExit(f"{path.name} is there: a form is recorded once. Raise SCHEMA for another.")
    server = servers.start()
    try:
        graph = record(server.url)
    finally:
        server.remove()
    lines = [
        f'"{name}": [\n'
        + ",\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in graph[name])
        + "\n]"
        for name in ("nodes", "edges")
    ]
    path.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
