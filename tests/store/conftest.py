"""One suite over every store: `store` is a fresh, empty one of each kind. Another back end joins by a line in STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lineage.store import GraphStore, open_store
from lineage.store.memory import MemoryStore
from tests.neo4j.stores import wiped_store

STORES: dict[str, Callable[[Path], GraphStore]] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda folder: open_store("sqlite:", folder),
}


@pytest.fixture(params=[*sorted(STORES), pytest.param("neo4j", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GraphStore]:
    """An empty store of each kind, closed afterwards."""
    if request.param == "neo4j":
        with wiped_store() as served:
            yield served
        return
    opened = STORES[request.param](tmp_path)
    yield opened
    opened.close()
