"""A service as users start it: all its processes, a port, a data folder; asked through GraphQL only."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "api.cli")
ROOT = Path(__file__).resolve().parents[2]
READY_S_MAX = 60  # two seconds on an idle machine
PROJECTED_S_MAX = 120

_LINEAGE = """query($of:[NodeRef!]!,$direction:Direction!,$depth:Int,$grain:Grain!,$at:MomentInput){
  lineage(of:$of,direction:$direction,depth:$depth,grain:$grain,at:$at){
    roots nodes{id name column} edges{source target flow certainty evidence masking because}
    completeness{status reasons{code}} } }"""


@dataclass
class Running:
    """A running service."""

    process: subprocess.Popen[bytes]
    port: int
    data: Path

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def post(self, events: Iterable[Any]) -> None:
        """Post each event by itself; all must be taken."""
        for event in events:
            status, body = self.request("POST", "/api/v1/lineage", json.dumps(event).encode())
            assert status == 201, body

    def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        _, body = self.request("POST", "/graphql", json.dumps({"query": document, "variables": variables}).encode())
        told: dict[str, Any] = json.loads(body)
        return told

    def ask(self, document: str, **variables: Any) -> Any:
        told = self.answer(document, **variables)
        assert "errors" not in told, told["errors"]
        return told["data"]

    def projected(self) -> None:
        """Wait until the graph holds every entry."""
        end = time.monotonic() + PROJECTED_S_MAX
        while time.monotonic() < end:
            ledger = self.ask("{ledger{size graphIndex}}")["ledger"]
            if int(ledger["graphIndex"]) >= int(ledger["size"]):
                return
            time.sleep(0.05)
        raise TimeoutError("the graph does not reach the ledger's head")

    def dataset(self, namespace: str, name: str, fields: str = "id name") -> dict[str, Any] | None:
        """A dataset by any spelling; None when the service says that there is none."""
        told = self.answer(
            f"query($s:String!,$n:String!){{dataset(namespace:$s,name:$n){{{fields}}}}}", s=namespace, n=name
        )
        if "errors" in told:
            assert told["errors"][0]["extensions"]["code"] == "NOT_FOUND", told["errors"]
            return None
        found: dict[str, Any] = told["data"]["dataset"]
        return found

    def lineage(
        self, namespace: str, name: str, direction: str = "UPSTREAM", depth: int | None = 1, column: str | None = None,
        at: dict[str, str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        ref = {"namespace": namespace, "name": name} | ({"column": column} if column else {})
        told = self.ask(
            _LINEAGE, of=[{"dataset": ref}], direction=direction, depth=depth,
            grain="COLUMN" if column else "DATASET", at=at,
        )  # fmt: skip
        answer: dict[str, Any] = told["lineage"]
        shown = {n["id"]: n["name"] + (f"#{n['column']}" if n["column"] else "") for n in answer["nodes"]}
        for edge in answer["edges"]:
            edge["source"], edge["target"] = shown[edge["source"]], shown[edge["target"]]
        return answer

    def digest(self) -> str:
        return run("graph", "digest", "--data", str(self.data)).stdout.split()[-1]

    def kill(self) -> None:
        """kill -9 of all processes: no handler runs."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=120, check=False
    )


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(data: Path, *flags: str) -> Iterator[Running]:
    """A service over a data folder, stopped at the end (or killed, if the test did so)."""
    port = _free_port()
    log = (data.parent / f"{data.name}.log").open("ab")
    process = subprocess.Popen(
        [*COMMAND, "serve", "--data", str(data), "--port", str(port), *flags],
        cwd=ROOT, env=_environment(), stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    service = Running(process, port, data)
    try:
        end = time.monotonic() + READY_S_MAX
        while True:
            try:
                if service.request("GET", "/readyz")[0] == 200:
                    break
            except OSError:
                pass
            assert process.poll() is None, Path(log.name).read_text()
            assert time.monotonic() < end, "the service does not get ready"
            time.sleep(0.05)
        yield service
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            service.kill()
        log.close()
