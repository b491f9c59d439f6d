"""Captured answers, and a collection from them into a graph."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from api.cli.delivery import Lines
from collectors.findings import Finding
from collectors.mlflow.collecting import MlflowVisit
from collectors.mlflow.server import MlflowServer
from collectors.visits import Visits
from tests.ml.recorded import Recorded
from tests.ml.world import World, at_us

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
