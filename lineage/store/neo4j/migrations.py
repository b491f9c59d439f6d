"""The form of the graph on the server: made, checked, and brought forward step by step.

The one idea: a step turns form n into n + 1 and may be run again, since it ends by writing n + 1. There is no way back:
an older Headwater refuses a newer graph, and `graph rebuild` makes one of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from lineage.errors import StoreError
from lineage.store.neo4j.connections import Server
from lineage.store.neo4j.schema import CONSTRAINTS, GRAPH_KEY, INDEXES, SCHEMA

STEPS: Final[Mapping[int, Sequence[str]]] = {}
"""For each earlier form the statements that lead to the next; each alone, so it may use CALL … IN TRANSACTIONS."""

_GRAPH: Final = f"(g:Graph {{key: '{GRAPH_KEY}'}})"


def prepare(server: Server, *, steps: Mapping[int, Sequence[str]] = STEPS, schema: int = SCHEMA) -> None:
    """Constraints first, then the :Graph node, then the steps that are missing. Errors: StoreError."""
    for text in (*CONSTRAINTS, *INDEXES):
        server.run_alone(text)
    server.run_alone("CALL db.awaitIndexes(600)")
    server.run_alone(
        f"""MERGE {_GRAPH} ON CREATE SET g.schema = $schema, g.applied = 0, g.pending = 0, g.swept = 0,
            g.swept_ms = 0""",
        schema=schema,
    )  # fmt: skip
    ((found,),) = server.read(f"MATCH {_GRAPH} RETURN g.schema")
    for form in range(found, schema):
        if form not in steps:
            raise refused(server, found, schema, forgotten=True)
        for text in steps[form]:
            server.run_alone(text)
        server.run_alone(f"MATCH {_GRAPH} SET g.schema = $next", next=form + 1)
    if found > schema:
        raise refused(server, found, schema)


def refused(server: Server, found: int, schema: int = SCHEMA, *, forgotten: bool = False) -> StoreError:
    """The error of a graph of another form; `forgotten`: an older one from which no step leads on any more."""
    if found > schema or forgotten:
        newer = "Use the Headwater that made it"
    else:
        newer = "Start `headwater serve`, which brings it forward"
    return StoreError(
        f"The graph in Neo4j at {server.shown} has form {found}; this Headwater uses form {schema}. {newer}, or run "
        "`headwater graph rebuild`.",
        retryable=False,
    )
