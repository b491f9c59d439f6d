"""Where the graph lives: one contract, written as behaviour (contract.py), and a native back end for each store.

`open_store` is the way in; beside it canonical.py exports and digests any store, matching.py says what a search finds.
"""

from pathlib import Path

from lineage.errors import SettingsError
from lineage.store.contract import Edge, GraphReader, GraphStore, GraphWriter, Reach, SearchHit
from lineage.store.sqlite import SqliteStore

__all__ = ["Edge", "GraphReader", "GraphStore", "GraphWriter", "Reach", "SearchHit", "is_embedded", "open_store"]

STATE_FILE = "state.sqlite"
NEO4J_SCHEMES = frozenset({"neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"})


def is_embedded(url: str) -> bool:
    """Whether the graph at `url` is a file of this machine, written by this process itself."""
    return url.partition(":")[0] not in NEO4J_SCHEMES


def open_store(url: str, data: Path, *, read_only: bool = False) -> GraphStore:
    """The graph at `url`: `sqlite:` is the file state.sqlite in the folder `data`, `sqlite:PATH` another file,
    `neo4j://user:password@host:7687/database` (bolt://, and +s or +ssc for TLS) a server.

    `read_only`: for processes beside the projector; it may be opened before anything is there. Errors: SettingsError
    for a URL that no store understands, StoreError when the store cannot be opened. A server is connected to by the
    first read or write, not here.
    """
    scheme, _, rest = url.partition(":")
    if scheme in NEO4J_SCHEMES:
        from lineage.store.neo4j import Neo4jStore  # the driver costs a third of a second: only for whom uses it

        return Neo4jStore(url, read_only=read_only)
    if scheme != "sqlite":
        raise SettingsError(
            f"No store is called `{scheme}:`. Use `sqlite:` or `neo4j://user:password@host:7687/database`.",
            place="HEADWATER_STORE",
        )
    path = Path(rest) if rest else data / STATE_FILE
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    return SqliteStore(path, read_only=read_only)
