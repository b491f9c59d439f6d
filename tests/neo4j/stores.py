"""A store on the run's Neo4j, empty, for one test at a time; or the reason why there is none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest

from lineage.store.neo4j import Neo4jStore
from tests.neo4j.server import REQUIRED, NoServer, Server, shared


@contextmanager
def a_server() -> Iterator[Server]:
    """The run's server. Without one the test is skipped aloud, or fails where the environment requires it."""
    try:
        with shared() as server:
            yield server
    except NoServer as error:
        without(error)


def without(error: NoServer) -> None:
    """Skip aloud on a laptop, fail in `make test` and CI."""
    message = f"no Neo4j, so half of this is not tested: {error}"
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(message)
    pytest.skip(message)


def required(test: Callable[..., Any]) -> Callable[..., Any]:
    """For tests that start servers of their own, by servers.start(own=True)."""

    @wraps(test)
    def run(*args: Any, **named: Any) -> None:
        try:
            test(*args, **named)
        except NoServer as error:
            without(error)

    return run


@contextmanager
def wiped_store() -> Iterator[Neo4jStore]:
    """An empty store, closed afterwards."""
    with a_server() as server, Neo4jStore(server.url) as store:
        store.wipe()
        yield store
