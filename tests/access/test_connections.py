"""Keys of connections that last: said at the beginning, asked about again, and refusals on record."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets import Subprotocol
from websockets.sync.client import ClientConnection, connect

from lineage.access.keys import Rights
from lineage.access.principal import Scope
from lineage.ledger import Ledger
from tests.access.making import make
from tests.api.conftest import Service, Start


@pytest.fixture
def keyed(start: Start) -> tuple[Service, str]:
    """A service with one reader's key, and its token."""
    service = start()
    _, token = make(service.context.doors.keys, "reader", Rights(frozenset({Scope.READ})), by="t", now_us=1)
    return service, token


@contextmanager
def begin(
    service: Service, payload: dict[str, str] | None, headers: dict[str, str] | None = None
) -> Iterator[ClientConnection]:
    """A connection that has sent `connection_init`."""
    url, protocol = f"ws://127.0.0.1:{service.port}/graphql", Subprotocol("graphql-transport-ws")
    with connect(url, subprotocols=[protocol], additional_headers=headers or {}) as made:
        made.send(json.dumps({"type": "connection_init", **({"payload": payload} if payload else {})}))
        yield made


def asked(connection: ClientConnection) -> Any:
    assert json.loads(connection.recv(timeout=10))["type"] == "connection_ack"
    connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": "{ whoami { actor } }"}}))
    return json.loads(connection.recv(timeout=10))


def test_a_connection_comes_in_with_a_key_in_its_header_or_its_first_message(keyed: tuple[Service, str]) -> None:
    """Browsers can send no header with a WebSocket."""
    service, token = keyed
    (key,) = service.context.doors.keys.all()
    for payload, headers in (
        ({"authorization": f"Bearer {token}"}, None),
        ({"Authorization": f"bearer {token}"}, None),
        (None, {"Authorization": f"Bearer {token}"}),
    ):
        with begin(service, payload, headers) as connection:
            assert asked(connection)["payload"]["data"]["whoami"]["actor"] == key.id


@pytest.mark.parametrize("payload", [None, {"authorization": "Bearer no"}, {"authorization": "x"}, {"token": "x"}])
def test_a_connection_without_a_good_key_is_closed_and_on_record(
    keyed: tuple[Service, str], payload: dict[str, str] | None
) -> None:
    """4403 before anything is asked."""
    service, _ = keyed
    with begin(service, payload) as connection, pytest.raises(Exception, match="4403"):
        connection.recv(timeout=10)
    log = service.context.access_log
    until = time.monotonic() + 10
    while log.ledger.size() == 0 and time.monotonic() < until:
        time.sleep(0.02)
    assert log.ledger.leaf(0).kind == "deny"


@pytest.mark.slow
def test_a_privileged_read_is_on_record_although_the_service_is_killed(tmp_path: Path) -> None:
    """Kill -9 the moment that the answer is there: the entry is, too."""
    environment = {**os.environ, "HEADWATER_DATA": str(tmp_path), "HEADWATER_PORT": "0"}
    code = (
        "import os, sys; from api import serve as s; from lineage.settings import Settings\n"
        "listen = s.listen\n"
        "def told(host, port):\n"
        "    made = listen(host, port); print(made.getsockname()[1], flush=True); return made\n"
        "s.listen = told; s.serve(Settings.from_environment(os.environ), projector=False)"
    )
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        with httpx2.Client(base_url=url, timeout=30) as client:
            for _ in range(200):
                with suppress(httpx2.HTTPError):
                    if client.get("/healthz").status_code == 200:
                        break
                time.sleep(0.05)
            assert client.post("/api/v1/lineage", content=b"{}").status_code == 201
            assert client.get("/api/v1/events/0").content == b"{}"
            process.send_signal(signal.SIGKILL)
    with Ledger.open(tmp_path / "access.sqlite", read_only=True) as ledger:
        kept = [ledger.part(index, "objects") for index in range(ledger.size())]
    assert b"entry:0" in kept
