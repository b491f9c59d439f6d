"""The command run in this process against a service over the hand-made graph of the GraphQL tests."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvloop

from api.app import create_app
from api.cli import main
from api.serve import listen, make_server
from lineage.ledger import Ledger
from tests.graphql.conftest import SHOP
from tests.graphql.service import context_over


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("search", "orders")` runs a command and tells how it ended."""
    monkeypatch.setenv("COLUMNS", "100")

    def begin(*arguments: str) -> Ended:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return Ended(code, told.out, told.err)

    return begin


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A running service; commands find it by HEADWATER_URL. Its ledger is given."""
    context, _ = context_over(tmp_path, SHOP)
    with listen("127.0.0.1", 0) as listener:
        server = make_server(create_app(context), context.ending)

        def work() -> None:
            with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
                runner.run(server.serve(sockets=[listener]))

        thread = threading.Thread(target=work, name="test-service")
        thread.start()
        monkeypatch.setenv("HEADWATER_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setenv("HEADWATER_DATA", str(tmp_path))
        yield context.ledger
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
