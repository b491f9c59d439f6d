"""Captured answers, and a collection from them into a graph."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.cli.delivery import Lines
from collectors.findings import Finding
from collectors.mlflow.collecting import MlflowVisit
from collectors.mlflow.server import MlflowServer
from collectors.visits import Visits
from tests.cli.conftest import Run, run
from tests.ml import made
from tests.ml.recorded import Recorded
from tests.ml.world import World, at_us

__all__ = ["Run", "run"]
FIXTURES = Path(__file__).parent.parent / "fixtures"
NOW = 1795380000_000_000
"""A little after the captured answers."""


def captured_events(name: str) -> list[dict[str, Any]]:
    """The events of a captured producer."""
    with gzip.open(FIXTURES / "openlineage" / f"{name}.ndjson.gz") as lines:
        return [json.loads(line) for line in lines]


class Poll:
    """Visits to one recorded server, one after the other, into one graph."""

    def __init__(self, server: Recorded, state: Path | None = None, world: World | None = None) -> None:
        self.server, self.state = server, state
        self.world = world if world is not None else World()
        self.found: list[Finding] = []
        self.events: list[dict[str, Any]] = []

    def visit(self, now_us: int = NOW, since_ms: int | None = None) -> MlflowVisit:
        """What one visit tells goes into the graph; `events` and `found` are those of the last one."""
        visits = Visits.open(self.state, "mlflow")
        server = MlflowServer.at("http://mlflow", self.server.transport)
        visit = MlflowVisit(server, server.namespace, visits, now_us, since_ms)
        self.found, self.events = [], []
        lines = Lines()
        for told in visit.events():
            if isinstance(told, Finding):
                self.found.append(told)
            else:
                self.events.append(json.loads(lines.line(told)))
        visits.keep()
        for event in self.events:
            self.world.take(event)
        return visit

    def at(self, hours: float) -> MlflowVisit:
        return self.visit(at_us(hours))

    def findings(self) -> set[tuple[str, str]]:
        """(reason, subject) of the last visit."""
        return {(found.reason, found.subject) for found in self.found}


@pytest.fixture
def tracking() -> Iterator[tuple[str, Recorded]]:
    """Recorded answers behind a port: one version of churn, the champion."""
    answers = made.server()
    made.trained(answers, "1", 1, made.data("c", made.PARQUET, ["x"]))
    answers.models = [made.registered("churn", {"champion": "1"})]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            told = answers._answer(httpx2.Request(self.command, f"http://mlflow{self.path}", content=body))
            self.send_response(told.status_code)
            self.end_headers()
            self.wfile.write(told.content)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", answers
        listening.shutdown()
