"""What the service counts, for Prometheus.

The one idea: counters live in one registry for each service, written to where things happen; figures that can be read
off something (sizes, lag, memory) are read when they are asked for. Labels are from fixed or bounded sets only, never
whatever clients send, so that nobody can grow this table.
"""

from __future__ import annotations

import resource
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.operation_names import OperationNames

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
# From a memory answer to a client's time-out of 5 s.
BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# A second series for each, which no dashboard reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

Gauges = Mapping[str, tuple[str, float]]
"""Name -> (meaning, value now)."""


class Counting(Protocol):
    """Where what answering takes is counted."""

    def operation(self, name: str | None, outcome: str, seconds: float | None) -> None:
        """Count an operation by its name; `seconds` None: it lasts as long as its client."""

    def store_read(self, name: str, seconds: float) -> None:
        """Count one read of the graph."""


class Metrics:
    """All counters of one service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.operation_names = OperationNames(self._forget_operation)
        self._outcomes: dict[str, set[str]] = {}
        self.requests = self._counter("headwater_http_requests", "Answered requests.", "route", "status")
        self.durations = self._histogram("headwater_http_request_seconds", "Time to answer.", "route")
        self.accepted = self._counter("headwater_events_accepted", "Events on disk, dead letters included.")
        self.dead = self._counter("headwater_dead_letters", "Events kept but not understood, by reason.", "code")
        self.received_bytes = self._counter("headwater_received_bytes", "Bytes of bodies as they came.")
        self.commit_failures = self._counter("headwater_commit_failures", "Appends to the ledger that failed.", "code")
        self._operations = self._counter(
            "headwater_graphql_operations", "GraphQL operations by name; outcome: ok, or an error's code.",
            "operation", "outcome",
        )  # fmt: skip
        self._operation_seconds = self._histogram("headwater_graphql_seconds", "Time to answer a query.", "operation")
        self._store_seconds = self._histogram("headwater_store_seconds", "Time of one read of the graph.", "read")
        self.denied = self._counter("headwater_access_denied", "Requests that a door turned away, by code.", "code")

    def operation(self, name: str | None, outcome: str, seconds: float | None) -> None:
        """As Counting; in the event loop."""
        label = self.operation_names.label(name)
        self._outcomes.setdefault(label, set()).add(outcome)
        self._operations.labels(operation=label, outcome=outcome).inc()
        if seconds is not None:
            self._operation_seconds.labels(operation=label).observe(seconds)

    def store_read(self, name: str, seconds: float) -> None:
        """As Counting."""
        self._store_seconds.labels(read=name).observe(seconds)

    def _forget_operation(self, label: str) -> None:
        for outcome in self._outcomes.pop(label, ()):
            self._operations.remove(label, outcome)
        with suppress(KeyError):  # a subscription was never timed
            self._operation_seconds.remove(label)

    def text(self, gauges: Gauges) -> bytes:
        """Everything, and `gauges`, in Prometheus' text form."""
        now = CollectorRegistry(auto_describe=False)
        now.register(_Now({**gauges, **_process()}))
        return generate_latest(self._registry) + generate_latest(now)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self._registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(name, meaning, labels, buckets=BUCKETS_S, registry=self._registry)


class _Now(Collector):
    """Figures as they are at this moment."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[Metric]:
        """Prometheus' own interface."""
        for name, (meaning, value) in self._gauges.items():
            yield GaugeMetricFamily(name, meaning, value)


def _process() -> dict[str, tuple[str, float]]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "headwater_process_memory_max_bytes": ("Largest resident memory of the API process.", usage.ru_maxrss * 1024),
        "headwater_process_cpu_seconds": ("Processor time of the API process.", usage.ru_utime + usage.ru_stime),
    }
