"""A real service over a hand-made graph, and a client of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from api.app import create_app
from api.serve import listen, make_server
from headwater.client import Client
from tests.graphql.conftest import SHOP
from tests.graphql.service import context_over


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of a service over the shop's graph."""
    context, _ = context_over(tmp_path, SHOP)
    with listen("127.0.0.1", 0) as listener:
        server = make_server(create_app(context), context.ending)

        def work() -> None:
            with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
                runner.run(server.serve(sockets=[listener]))

        thread = threading.Thread(target=work, name="test-service")
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    """A client of it."""
    with Client(url) as made:
        yield made
