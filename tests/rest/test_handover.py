"""Addresses that another process answers: nobody can tell who did, whatever is asked."""

from __future__ import annotations

import os
import signal

from tests.api.conftest import start
from tests.permission.apart import Apart, apart, counted, reads, until
from tests.permission.company import MARKER, OTHER, OWN
from tests.permission.serving import ROOT_KEY, told

__all__ = ["apart", "start", "told"]

HANDED_OVER = (
    f"/api/v1/lineage?nodeId=dataset:{OWN}:trees&depth=3",
    f"/api/v1/lineage?nodeId=dataset:{OTHER}:{MARKER}ledger",
    "/api/v1/lineage?nodeId=nonsense",
    "/api/v1/lineage?nodeId=dataset:a:b&depth=1000",
    f"/api/v1/column-lineage?nodeId=dataset:{OWN}:cider&withDownstream=true",
    "/api/v1/search?q=a",
    "/api/v1/search?q=a&filter=nothing",
    f"/api/v1/namespaces/{OWN}/datasets?limit=2&offset=1",
    f"/api/v1/namespaces/{OTHER}/datasets",
    f"/api/v1/namespaces/{OWN}/jobs",
    f"/api/v1/namespaces/{OWN}/datasets/nobody%2Fknows/versions",
)
OF_THE_SERVICE = ("/api/v1/namespaces", f"/api/v1/namespaces/{OWN}/datasets/trees", f"/api/v1/namespaces/{OWN}")


def test_the_answers_the_record_and_the_figures_are_the_same(apart: Apart) -> None:
    """Of one who sees everything and of one who does not: status, media type and body, the entries in the access log, and which
    reads of the graph are counted."""
    answering, told, entries, store_reads = apart.context.answering, [], [], []
    asked = [(path, key) for key in (ROOT_KEY, apart.company.limited) for path in (*HANDED_OVER, *OF_THE_SERVICE)]
    supervisor = answering._supervisor
    for answering._supervisor in (None, supervisor):
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
    answers = [each is not None and not each.declined for each in apart.answers[-2 * len(HANDED_OVER) :]]
    assert answers == [True] * 2 * len(HANDED_OVER) and len(apart.answers) == 4 * len(HANDED_OVER)


def test_without_the_process_the_service_answers(apart: Apart) -> None:
    """Killed, it is away for a moment."""
    with_it = apart.get(HANDED_OVER[0])
    os.kill(apart.process(), signal.SIGKILL)
    until(lambda: not apart.context.answering.ready)
    assert apart.get(HANDED_OVER[0]) == with_it
    assert apart.answers[-1] is None and with_it[0] == 200
