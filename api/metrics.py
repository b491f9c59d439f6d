"""What the service counts, for Prometheus.

The one idea: counters live in one registry for each service, written to where things happen; figures that can be read
off something (sizes, lag, memory) are read when they are asked for. Labels are from fixed or bounded sets only, never
whatever clients send, so that nobody can grow this table.
"""

from __future__ import annotations

import resource
from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
# From a memory answer to a client's time-out of 5 s.
BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
OPERATIONS_MAX: Final = 100  # names of GraphQL operations that are told apart: clients choose them
UNNAMED, OTHER = "unnamed", "other"

# A second series for each, which no dashboard reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

Gauges = Mapping[str, tuple[str, float]]
"""Name -> (meaning, value now)."""


class Metrics:
    """All counters of one service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._operations: set[str] = set()
        self.requests = self._counter("headwater_http_requests", "Answered requests.", "route", "status")
        self.durations = self._histogram("headwater_http_request_seconds", "Time to answer.", "route")
        self.accepted = self._counter("headwater_events_accepted", "Events on disk, dead letters included.")
        self.dead = self._counter("headwater_dead_letters", "Events kept but not understood, by reason.", "code")
        self.received_bytes = self._counter("headwater_received_bytes", "Bytes of bodies as they came.")
        self.commit_failures = self._counter("headwater_commit_failures", "Appends to the ledger that failed.", "code")
        self.operations = self._counter(
            "headwater_graphql_operations", "GraphQL operations by name; outcome: ok, or an error's code.",
            "operation", "outcome",
        )  # fmt: skip
        self.operation_seconds = self._histogram("headwater_graphql_seconds", "Time to answer a query.", "operation")
        self.store_seconds = self._histogram("headwater_store_seconds", "Time of one read of the graph.", "read")
        self.denied = self._counter("headwater_access_denied", "Requests that a door turned away, by code.", "code")

    def operation(self, name: str | None) -> str:
        """The label of an operation: its name, while there are not too many."""
        if not name:
            return UNNAMED
        if name not in self._operations:
            if len(self._operations) >= OPERATIONS_MAX:
                return OTHER
            self._operations.add(name)
        return name

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
