"""Where no service is, every command says so and ends with 3: nothing was answered, so neither yes (0) nor no (1)."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from api.cli.arguments import parser
from lineage.signing.private_keys import make_key
from tests.cli.conftest import Run, run

__all__ = ["run"]
NODE, WHY = ("db orders",), ("--reason", "r")
SERVICE = "--url"
WORDS: dict[str, tuple[str, ...]] = {
    "ingest": ("event.json",),
    "collect sql": ("query.sql", "--namespace", "postgres://db:5432"),
    "collect feast": (),
    "collect mlflow": (),
    "collect database": (),
    "search": ("orders",),
    "show": NODE, "lineage": NODE, "impact": NODE, "provenance": NODE,
    "paths": (*NODE, "db other"),
    "diff": (*NODE, "--from", "1d"),
    "drift": ("--since", "1d"),
    "check": (*NODE, "--change", "REMOVE"),
    "alias add": ("namespace", "a", "b", *WHY),
    "alias remove": ("namespace", "a", *WHY),
    "distrust add": ("airflow job", *WHY),
    "distrust remove": ("airflow job", *WHY),
    "deadletter show": ("1",), "deadletter replay": ("1",),
    "audit ask": ("Q1",), "audit export": ("Q1",), "audit proof": ("1",),
    "audit erase propose": ("1", "--basis", "b", "--request", "r"),
    "audit erase approve": ("1",),
    "audit erase withdraw": ("1", *WHY),
    "audit hold set": ("1", *WHY), "audit hold lift": ("1", *WHY),
    "audit retention set": ("keep", *WHY),
    "key create": ("ci", "--role", "reader"), "key revoke": ("lk_aaaaaaaa",),
    "dossier": ("mlflow churn", "1"),
}  # fmt: skip
"""What a command needs beside the address."""
ELSEWHERE = {"collect feast", "collect mlflow", "collect database"}
"""Their first address is another server's: tested with their collectors, and below."""


def commands(tree: argparse.ArgumentParser, before: tuple[str, ...] = ()) -> Iterator[str]:
    """All that take --url, so that a new one is tested by itself."""
    for action in tree._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from commands(below, (*before, name))
    if tree.get_default("command") and SERVICE in tree._option_string_actions:
        yield " ".join(before)


class Page(BaseHTTPRequestHandler):
    """A web server that is no service of ours."""

    status = 200

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(self.status)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Missing(Page):
    status = 404


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    """Where no service answers, each in its own way."""
    found = {"nobody listens": "http://127.0.0.1:1", "no such host": "http://nowhere.invalid:8765"}
    servers = {
        "a page": ThreadingHTTPServer(("127.0.0.1", 0), Page),
        "404": ThreadingHTTPServer(("127.0.0.1", 0), Missing),
    }
    for name, server in servers.items():
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found[name] = f"http://127.0.0.1:{server.server_address[1]}"
    yield found
    for server in servers.values():
        server.shutdown()
        server.server_close()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with something to send."""
    monkeypatch.chdir(tmp_path)
    for name in [each for each in os.environ if each.startswith("HEADWATER_")]:  # the doctor looks at them
        monkeypatch.delenv(name)
    (tmp_path / "event.json").write_text('{"eventType": "COMPLETE"}')
    (tmp_path / "query.sql").write_text("INSERT INTO a SELECT x FROM b;")
    (tmp_path / "policy").write_text(f"log {make_key('acme.example/ledger').verifier.text}\nquorum none\n")
    return tmp_path


WAYS = ("nobody listens", "no such host", "a page", "404")


@pytest.mark.parametrize("command", sorted(set(commands(parser())) - ELSEWHERE))
def test_a_service_that_is_not_there_is_3(command: str, run: Run, here: Path, addresses: dict[str, str]) -> None:
    """Whatever answers there instead; the reason is said, and no Python traceback."""
    for way in WAYS:
        ended = run(*command.split(), *WORDS.get(command, ()), SERVICE, addresses[way])
        assert ended.code == 3, (way, ended)
        assert "127.0.0.1" in ended.err + ended.out or "nowhere" in ended.err + ended.out
        assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", sorted(set(commands(parser())) - ELSEWHERE))
def test_what_is_no_address_is_2(command: str, run: Run, here: Path) -> None:
    """Wrong usage: nothing was tried."""
    assert run(*command.split(), *WORDS.get(command, ()), SERVICE, "not an address").code == 2


def test_a_log_that_is_not_there_is_3(run: Run, here: Path, addresses: dict[str, str]) -> None:
    """Of a log that nobody saw before, its absence says nothing; one that was seen and is gone is an alarm."""
    for way in WAYS:
        url = f"{addresses[way]}/log"
        watch = ("audit", "watch", url, "--policy", "policy", "--head", "head", "--once")
        assert run("audit", "fsck", url, "--policy", "policy").code == 3, way
        assert run(*watch).code == 3, way
        assert not (here / "head").exists()
    (here / "head").write_text("seen\n")
    assert run("audit", "watch", f"{addresses['404']}/log", "--policy", "policy", "--head", "head", "--once").code == 1
    assert run("audit", "watch", "no-url", "--policy", "policy", "--head", "head", "--once").code == 2


def test_a_tracking_server_that_is_not_there_is_3(run: Run, here: Path, addresses: dict[str, str]) -> None:
    """The server that is read counts as much as the service that is told."""
    for way in ("a page", "404"):
        assert run("collect", "mlflow", addresses[way], "--to", "-").code == 3
    assert run("collect", "mlflow", "no-url", "--to", "-").code == 2


def test_what_is_wrong_besides_is_still_1(run: Run, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor's own answer comes before the service's absence."""
    monkeypatch.setenv("HEADWATER_APIKEY", "x")
    assert run("doctor", SERVICE, addresses["nobody listens"]).code == 1
