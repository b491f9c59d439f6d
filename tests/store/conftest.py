"""One suite over every store: `store` is a fresh, empty one of each kind. Another back end joins by a line in STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lineage.store import GraphStore, open_store
from lineage.store.memory import MemoryStore

STORES: dict[str, Callable[[Path], GraphStore]] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda folder: open_store("sqlite:", folder),
}


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GraphStore]:
    """An empty store of each kind, closed afterwards."""
    opened = STORES[request.param](tmp_path)
    yield opened
    opened.close()
