"""Addresses that another process answers: nobody can tell who did, whatever is asked."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.routing import Match

from api import answering
from api.rest import router
from api.rest.sent_path import SentPathRoute, sent_path
from tests.api.conftest import start
from tests.permission.apart import Apart, apart, counted, reads, until
from tests.permission.company import MARKER, OTHER, OWN
from tests.permission.serving import ROOT_KEY, told

__all__ = ["apart", "start", "told"]

LINEAGE = f"/api/v1/lineage?nodeId=dataset:{OWN}:trees&depth=3"
HANDED_OVER = (
    LINEAGE,
    f"/api/v1/lineage?nodeId=dataset:{OTHER}:{MARKER}ledger",
    "/api/v1/lineage?nodeId=nonsense",
    "/api/v1/lineage?nodeId=dataset:a:b&depth=1000",
    f"/api/v1/column-lineage?nodeId=dataset:{OWN}:cider&withDownstream=true",
    "/api/v1/search?q=a",
    "/api/v1/search?q=a&filter=nothing",
    f"/api/v1/namespaces/{OWN}/datasets?limit=2&offset=1",
    f"/api/v1/namespaces/{OTHER}/datasets",
    f"/api/v1/namespaces/{OWN}/jobs",
    f"/api/v1/namespaces/{OWN}/jobs/press/runs",
    f"/api/v1/namespaces/{OWN}/datasets/cider/versions",
    f"/api/v1/namespaces/{OWN}/datasets/nobody%2Fknows/versions",
)
OF_THE_SERVICE = ("/api/v1/namespaces", f"/api/v1/namespaces/{OWN}/datasets/trees", f"/api/v1/namespaces/{OWN}")


def test_the_answers_the_record_and_the_figures_are_the_same(apart: Apart) -> None:
    """Of one who sees everything and of one who does not: status, headers and body, the entries in the access log, and how
    often the graph was read."""
    told, entries, store_reads = [], [], []
    asked = [(path, key) for key in (ROOT_KEY, apart.company.limited) for path in (*HANDED_OVER, *OF_THE_SERVICE)]
    for elsewhere in (False, True):
        apart.go(apart=elsewhere)
        before = counted(apart, "headwater_store_seconds")
        told.append([apart.get(*each) for each in asked])
        entries.append(reads(apart, len(asked)))
        after = counted(apart, "headwater_store_seconds")
        store_reads.append({key: value - before.get(key, 0) for key, value in after.items()})
    for each, here, there in zip(asked, *told, strict=True):
        assert there == here, each
    assert entries[0] == entries[1] and len(entries[0]) == len(asked)
    assert store_reads[0] == store_reads[1] and store_reads[0]
    assert {status for status, _, _ in told[0]} == {200, 400, 404}
    shown = [body for status, _, body in told[1] if status == 200]
    assert MARKER.encode() in b"".join(shown[: len(shown) // 2])
    assert len(apart.answers) == 2 * len(HANDED_OVER) and None not in apart.answers


def test_all_that_is_handed_over_is_compared(apart: Apart) -> None:
    """Each such route is asked for by one of the addresses above."""
    parts: Any = router(apart.context).routes
    long = [route for part in parts for route in part.original_router.routes if type(route) is not SentPathRoute]
    paths = [path.removeprefix("/api/v1").partition("?")[0] for path in HANDED_OVER]
    for route in long:
        scopes = [{"type": "http", "method": "GET", "path": path} for path in paths]
        assert any(route.matches(scope)[0] is Match.FULL for scope in scopes), route.path
    assert len(long) == 7


def test_without_the_process_the_service_answers(apart: Apart) -> None:
    """Killed, it is away for a moment."""
    with_it = apart.get(LINEAGE)
    os.kill(apart.process(), signal.SIGKILL)
    until(lambda: not apart.context.answering.ready)
    assert apart.get(LINEAGE) == with_it
    assert apart.answers[-1] is None and with_it[0] == 200


def test_too_many_are_refused_and_on_record(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the time after which to ask again."""
    monkeypatch.setattr(answering, "ASKED_MAX", 0)
    status, headers, body = apart.get(LINEAGE)
    assert (status, headers["retry-after"]) == (503, "1") and b"urn:headwater:problem:overloaded" in body
    assert reads(apart, 1)[0][-2] == "HTTP 503"


def test_what_the_process_never_had_the_service_answers(apart: Apart) -> None:
    """Killed while many wait: those that it was given are refused, all others answered here."""
    with_it = apart.get(LINEAGE)
    os.kill(apart.process(), signal.SIGSTOP)
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(apart.get, LINEAGE) for _ in range(12)]
        until(lambda: apart.context.answering.waiting == 12)
        os.kill(apart.process(), signal.SIGKILL)
        answers = [each.result() for each in asked]
    refused = [each for each in answers if each[0] == 503]
    assert len(refused) == answering.AT_ONCE_MAX
    assert [each for each in answers if each[0] != 503] == [with_it] * (12 - len(refused))


@pytest.mark.parametrize(
    ("scope", "sent"),
    [
        ({"raw_path": b"/a%2Fb/c?d", "path": "/a/b/c"}, b"/a%2Fb/c"),
        ({"raw_path": b"", "path": "/Größe/日 %"}, b"/Gr%C3%B6%C3%9Fe/%E6%97%A5%20%25"),
        ({"path": "/a/b"}, b"/a/b"),
    ],
)
def test_a_path_is_as_it_was_sent(scope: dict[str, Any], sent: bytes) -> None:
    """Where the server does not tell, it is encoded again, and no letter of it is lost."""
    assert sent_path(scope) == sent
