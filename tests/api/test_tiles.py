"""Both logs as static files over HTTP, and what the service says of its own signing, watched from outside."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from api.cli.log_sources import HttpLog
from api.serve import listen, make_server
from api.signing import http_post
from api.witness_door import witness_app
from lineage.signing.cosigning import Cosigning
from lineage.signing.private_keys import make_key
from lineage.signing.witness import Witness
from lineage.verify.keys import KeyKind
from lineage.verify.policy import parse_policy
from lineage.verify.report import Report
from lineage.verify.tiled_log import verify_log
from lineage.verify.tiles import decode_bundle
from tests.signing.making import soon

Event = Callable[..., dict[str, Any]]


def read(service: Any, path: str, status: int = 200, **headers: str) -> Any:
    answer = service.request("GET", path, headers=headers)
    assert answer.status == status, answer
    return answer


def test_the_ledger_is_a_log_that_any_reader_of_tiles_can_verify(service: Any, event: Event) -> None:
    """Checkpoint, tiles and bundles, read over HTTP, verified with the policy that the service suggests."""
    for number in range(5):
        service.post(event(number))
    service.context.signing.cover(service.context.ledger.origin, 5)
    policy = parse_policy(read(service, "/log/policy").body)
    with closing(HttpLog(service.url + "/log", None)) as log:
        report = Report("log")
        verify_log(log.read, policy, report)
    assert (report.findings, report.counts["entries"]) == ([], 5)
    assert read(service, "/log/checkpoint").headers["content-type"] == "text/plain; charset=utf-8"
    keys = read(service, "/log/keys.json").json
    assert [(key["fromSize"], key["toSize"]) for key in keys["keys"]] == [(0, None)]


def test_tiles_may_be_kept_for_ever_and_heads_for_a_second(service: Any, event: Event) -> None:
    """Full or partial, a tile never changes; the head does. Bundles shrink on the way when asked."""
    service.post(event(0))
    service.context.signing.cover(service.context.ledger.origin, 1)
    for path in ("/log/tile/0/000.p/1", "/log/tile/entries/000.p/1"):
        assert "immutable" in read(service, path).headers["cache-control"]
    assert read(service, "/log/checkpoint").headers["cache-control"] == "max-age=1"
    packed = read(service, "/log/tile/entries/000.p/1", **{"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    (leaf,) = decode_bundle(read(service, "/log/tile/entries/000.p/1").body)
    assert json.loads(leaf)["i"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/log/tile/0/000", "/log/tile/0/000.p/2", "/log/tile/0/001.p/1", "/log/tile/00/000.p/1", "/log/tile/64/000.p/1",
        "/log/tile/0/0.p/1", "/log/tile/0/x000/000.p/1", "/log/tile/entries/000.p/256", "/log/tile/x/000.p/1", "/log/tile",
    ],
)  # fmt: skip
def test_what_is_no_tile_of_this_log_is_not_found(service: Any, event: Event, path: str) -> None:
    """Another spelling, a wider tile than the log has, one that is not there yet."""
    service.post(event(0))
    assert service.request("GET", path).status == 404


def test_tiles_need_the_right_to_read_the_audit_trail(start: Any, event: Event) -> None:
    """Leaves say who did something when: with a key configured, nobody reads them without one."""
    service = start(api_key="k" * 32)
    for path in ("/log/checkpoint", "/log/tile/entries/000.p/1", "/access-log/checkpoint", "/api/v1/audit/signing"):
        assert service.request("GET", path).status == 401
    assert service.request("POST", "/api/v1/audit/rotate-key").status == 401


def test_the_access_log_has_heads_of_its_own(service: Any, event: Event) -> None:
    """Under its own origin, with its own key."""
    origin = service.context.access_log.ledger.origin
    service.context.signing.cover(origin, 0)
    head = read(service, "/access-log/checkpoint").body.decode()
    assert head.startswith(origin + "\n")
    policy = read(service, "/access-log/policy").body.decode()
    assert policy == read(service, "/log/policy").body.decode()
    keys = [line.rpartition("+")[2] for line in policy.splitlines() if line.startswith("log ")]
    assert len(keys) == len(set(keys)) == 2


def test_a_rotated_key_is_an_entry_and_stands_in_the_policy(service: Any, event: Event) -> None:
    """Both keys are offered while both sign."""
    service.post(event(0))
    answer = service.request("POST", "/api/v1/audit/rotate-key")
    assert answer.status == 200, answer
    origin = service.context.ledger.origin
    told = answer.json[origin]
    assert service.context.ledger.leaf(told["index"]).kind == "key.rotate"
    signed = service.context.signing.cover(origin, told["index"] + 1)
    assert len(signed.note.signatures) == 2
    assert f"log {told['vkey']}\n" in read(service, "/log/policy").body.decode()


def test_a_graph_digest_is_taken_down(service: Any, event: Event) -> None:
    """Its form is checked; it speaks of entries that are there."""
    service.post(event(0))
    body = {"size": 1, "digest": "ab" * 32}
    answer = service.post(body, "/api/v1/audit/graph-digest")
    assert (answer.status, service.context.ledger.leaf(answer.json["index"]).kind) == (200, "graph.digest")
    assert service.post({**body, "size": 99}, "/api/v1/audit/graph-digest").status == 400
    assert service.post({**body, "digest": "no"}, "/api/v1/audit/graph-digest").status == 400


@contextmanager
def a_witness(folder: Path, policy: str) -> Iterator[tuple[str, Witness]]:
    """A witness on a port of its own; its policy line."""
    key = make_key("audit.example/w1", KeyKind.COSIGNATURE_ED25519)
    with (
        closing(Witness(folder / "witness.sqlite", key, parse_policy(policy))) as held,
        listen("127.0.0.1", 0) as listener,
    ):
        server = make_server(witness_app(held, key.verifier.text))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        try:
            yield f"witness w1 {key.verifier.text} http://127.0.0.1:{listener.getsockname()[1]}", held
        finally:
            server.should_exit = True
            thread.join(20)


def test_a_service_is_cosigned_and_watched(
    service: Any, event: Event, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By commands: the suggested policy, a witness's cosignature over HTTP, a look of the watcher, fsck over the tiles."""
    service.post(event(0))
    signing, origin = service.context.signing, service.context.ledger.origin
    signed = signing.cover(origin, 1)
    logs = signing.policy_text().replace("quorum none\n", "")
    policy, head = tmp_path / "policy", tmp_path / "head"
    with a_witness(tmp_path, logs + "quorum none\n") as (line, held):
        policy.write_text(f"{logs}{line}\nquorum w1\n")
        words = [service.url + "/log", "--policy", str(policy)]
        assert main(["audit", "watch", *words, "--head", str(head), "--once"]) == 1  # nobody has cosigned yet
        assert "not the quorum 'w1'" in capsys.readouterr().out
        witnesses = parse_policy(policy.read_bytes()).witnesses
        with closing(Cosigning(witnesses, signing.checkpoints, http_post)) as cosigning:
            cosigning.ask(service.context.ledger, signed)
            soon(lambda: signing.checkpoints.witnessed(origin, "w1") == 1)
        assert held.head(origin) == signed.checkpoint
    assert main(["audit", "watch", *words, "--head", str(head), "--once", "--silent-after", "600"]) == 0
    assert head.read_bytes() == read(service, "/log/checkpoint").body
    assert main(["audit", "fsck", *words, "--since", str(head)]) == 0
    assert main(["audit", "watch", "http://127.0.0.1:9", "--policy", str(policy), "--head", str(head), "--once"]) == 3
    capsys.readouterr()


def test_a_witness_that_refuses_degrades_the_service_and_nothing_else(
    start: Any, event: Event, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that does not know the log: events are taken, checkpoints are made, and it is said wherever one looks."""
    with a_witness(tmp_path, "quorum none\n") as (line, held):
        (tmp_path / "witnesses").write_text(line + "\nquorum w1\n")
        service = start(witnesses=tmp_path / "witnesses")
        assert service.post(event(0)).status == 201
        origin = service.context.ledger.origin
        assert service.context.signing.cover(origin, 1).checkpoint.size == 1
        soon(lambda: any("404" in reason for reason in service.context.signing.reasons()))
        assert held.head(origin) is None
        assert service.request("GET", "/readyz").json["status"] == "degraded"
        status = service.request("GET", "/api/v1/audit/signing").json
        assert (status["quorum"], status["witnesses"][0]["alarm"]) == ("w1", "")
        assert main(["audit", "signing", "--url", service.url]) == 1
        assert "wrong: The witness w1 answers 404" in capsys.readouterr().out
