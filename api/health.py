"""Liveness, readiness and metrics: what a probe, a load balancer and an operator ask.

The one idea: the service is ready while the ledger can append, whatever else is broken; the rest is *degraded*, with
the reasons and the lag in the body. Events that are taken now are in the graph later; events that are refused are lost.
So no probe waits for a graph that does not answer: probes have a second or a few themselves.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from api.context import AppContext
from api.metrics import MEDIA_TYPE as METRICS_MEDIA_TYPE
from lineage.errors import HeadwaterError, StoreError

DISK_FREE_BYTES_MIN: Final = 64 << 20  # room for the largest body and its transaction's log; below, appends fail soon
LAG_S_DEGRADED: Final = 60.0  # a graph that is a minute old answers about another day than its reader thinks
GRAPH_WAIT_S: Final = 0.5  # Kubernetes gives a probe one second, if nobody says otherwise


class Look:
    """How far the graph is: asked in a thread of its own, for one who waits GRAPH_WAIT_S and no longer."""

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask = ask
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="graph-probe")
        self._lock = threading.Lock()
        self._asked: Future[int] | None = None

    def __call__(self) -> int:
        """Errors: the graph's own; StoreError when it has not answered yet. Who comes meanwhile asks nothing anew."""
        with self._lock:
            asked = self._asked
            if asked is None or asked.done():
                asked = self._asked = self._thread.submit(self._ask)
        try:
            return asked.result(GRAPH_WAIT_S)
        except TimeoutError:
            raise StoreError("The graph does not answer; how far it is cannot be told now.", retryable=True) from None


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is. `reasons` are sentences: first why it is not ready, then why it is degraded."""

    ready: bool
    reasons: tuple[str, ...]
    ledger_size: int
    graph_index: int | None
    lag_s: float | None

    @property
    def status(self) -> str:
        """`ready`, `degraded` or `unready`."""
        if not self.ready:
            return "unready"
        return "degraded" if self.reasons else "ready"


def health_of(context: AppContext, graph_index_now: Callable[[], int]) -> Health:
    """Look at everything now. Never raises; blocks for some milliseconds, and GRAPH_WAIT_S at most."""
    fatal: list[str] = []
    degraded: list[str] = []
    size = 0
    try:
        size = context.ledger.size()
        free_bytes = shutil.disk_usage(context.settings.data).free
        if free_bytes < DISK_FREE_BYTES_MIN:
            fatal.append(f"The data folder's disk has {free_bytes >> 20} MiB left. Free space.")
    except (HeadwaterError, OSError) as error:
        fatal.append(str(error))
    if failure := context.commit.recent_failure():
        fatal.append(failure.message)
    graph_index, lag_s = None, None
    try:
        graph_index = graph_index_now()
        lag_s = _lag_s(context, graph_index, size)
        if graph_index < min(size, context.seen.rebuild_to()):
            degraded.append(f"The graph is being made anew from the ledger: {graph_index} of {size} entries so far.")
        elif lag_s > LAG_S_DEGRADED:
            degraded.append(f"The graph is {lag_s:.0f} s and {size - graph_index} entries behind the ledger.")
    except HeadwaterError as error:
        degraded.append(error.message)
    if aside := context.seen.set_aside():
        degraded.append(f"{aside} entries could not be folded and were set aside; the projector's log says why.")
    degraded.extend(context.signing.reasons())
    if context.access_log.failure is not None:
        degraded.append(f"Reads cannot be recorded, and wait: {context.access_log.failure}")
    projector = context.projector
    if projector.wanted and not projector.running:
        degraded.append(f"The projector is not running ({projector.last_exit or 'starting'}). It is being restarted.")
    answering = context.answering.state
    if answering.wanted and answering.last_exit and not context.answering.ready:
        how = answering.last_exit
        degraded.append(f"Long questions make others wait: the process that answers them ended ({how}). It is being restarted.")
    return Health(not fatal, (*fatal, *degraded), size, graph_index, lag_s)


def _lag_s(context: AppContext, applied: int, size: int) -> float:
    """The age of the oldest entry that the graph does not hold yet."""
    if applied >= size:
        return 0.0
    return max(0.0, time.time() - context.ledger.time_of(applied) / 1e6)


def router(context: AppContext) -> APIRouter:
    """The probes."""
    routes = APIRouter(tags=["health"])
    look = Look(lambda: context.graph.applied())

    @routes.get("/healthz", summary="Is the process alive?")
    async def healthz() -> dict[str, str]:
        """Answers from the event loop, so a stuck loop shows."""
        return {"status": "ok"}

    @routes.get("/readyz", summary="Can it take events? 200 while the ledger can append", responses={503: {}})
    def readyz() -> Response:
        """`status` is ready, degraded (events are taken, answers may be old) or unready (503), with `reasons`."""
        health = health_of(context, look)
        projector = context.projector
        body: dict[str, Any] = {
            "status": health.status,
            "reasons": health.reasons,
            "ledger": {"size": health.ledger_size, "appends": health.ready},
            "graph": {
                "index": health.graph_index,
                "lagEntries": None if health.graph_index is None else max(0, health.ledger_size - health.graph_index),
                "lagSeconds": health.lag_s,
            },
            "projector": {
                "wanted": projector.wanted,
                "running": projector.running,
                "restarts": projector.restarts,
                "lastExit": projector.last_exit,
            },
        }
        headers = {"Cache-Control": "no-store"} | ({} if health.ready else {"Retry-After": "2"})
        return Response(orjson.dumps(body), 200 if health.ready else 503, headers, media_type="application/json")

    @routes.get("/metrics", summary="Figures for Prometheus", responses={200: {"content": {"text/plain": {}}}})
    def metrics() -> Response:
        """Prometheus' text format."""
        health = health_of(context, look)
        gauges = {
            "headwater_ready": ("1 while the ledger can append.", float(health.ready)),
            "headwater_degraded": ("1 while something but the ledger is wrong.", float(health.status == "degraded")),
            "headwater_ledger_size": ("Entries in the ledger.", float(health.ledger_size)),
            "headwater_commit_queue_entries": ("Entries waiting for their transaction.", context.commit.queued_entries),
            "headwater_access_log_waiting": ("Reads not on record yet.", context.access_log.waiting),
            "headwater_bodies_bytes": ("Bytes of bodies being received.", context.memory.bytes_held),
            "headwater_projector_running": ("1 while the projector runs.", float(context.projector.running)),
            "headwater_projector_restarts": ("How often it was started again.", context.projector.restarts),
            "headwater_answering_ready": ("1 while a process of its own answers long questions.", float(context.answering.ready)),
            "headwater_answering_waiting": ("Long questions that wait for their answers.", context.answering.waiting),
            "headwater_answering_restarts": ("How often it was started again.", context.answering.state.restarts),
        }
        if health.graph_index is not None and health.lag_s is not None:
            gauges["headwater_graph_index"] = ("Entries that the graph holds.", float(health.graph_index))
            gauges["headwater_graph_lag_seconds"] = ("Age of the oldest entry not in the graph.", health.lag_s)
        return Response(context.metrics.text(gauges), media_type=METRICS_MEDIA_TYPE)

    return routes
