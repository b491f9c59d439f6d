"""What the service counts, and its text for Prometheus.

The one idea: counters live in one small object that the door and the gate write to from the event loop; figures that
can be read off something (sizes, lag, memory) are read when they are asked for. Labels are from fixed sets only, never
from what clients send, so that nobody can grow this table.
"""

from __future__ import annotations

import resource
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
# From a memory answer to a client's time-out of 5 s.
BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

Labels = tuple[tuple[str, str], ...]


class Counter:
    """A number that only grows, for each combination of labels."""

    def __init__(self, name: str, meaning: str) -> None:
        self.name, self.meaning = name, meaning
        self.values: defaultdict[Labels, float] = defaultdict(float)

    def add(self, amount: float = 1, **labels: str) -> None:
        """Count `amount` more."""
        self.values[tuple(labels.items())] += amount

    def lines(self) -> Iterable[str]:
        """This counter in Prometheus' text form."""
        yield from _head(self.name, self.meaning, "counter")
        for labels, value in sorted(self.values.items()):
            yield f"{self.name}{_braces(labels)} {_number(value)}"


class Histogram:
    """How long something took, in seconds, for each combination of labels."""

    def __init__(self, name: str, meaning: str) -> None:
        self.name, self.meaning = name, meaning
        self.counts: dict[Labels, list[int]] = {}
        self.sums: defaultdict[Labels, float] = defaultdict(float)

    def observe(self, seconds: float, **labels: str) -> None:
        """One duration."""
        key = tuple(labels.items())
        counts = self.counts.get(key)
        if counts is None:
            counts = self.counts[key] = [0] * (len(BUCKETS_S) + 1)
        counts[bisect_left(BUCKETS_S, seconds)] += 1
        self.sums[key] += seconds

    def lines(self) -> Iterable[str]:
        """This histogram in Prometheus' text form."""
        yield from _head(self.name, self.meaning, "histogram")
        for labels, counts in sorted(self.counts.items()):
            total = 0
            for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
                total += count
                yield f"{self.name}_bucket{_braces((*labels, ('le', bound)))} {total}"
            yield f"{self.name}_sum{_braces(labels)} {_number(self.sums[labels])}"
            yield f"{self.name}_count{_braces(labels)} {total}"


class Metrics:
    """All counters of the service."""

    def __init__(self) -> None:
        self.requests = Counter("headwater_http_requests_total", "Answered requests by route and status.")
        self.durations = Histogram("headwater_http_request_seconds", "Time to answer, by route.")
        self.accepted = Counter("headwater_events_accepted_total", "Events on disk, dead letters included.")
        self.dead = Counter("headwater_dead_letters_total", "Events kept but not understood, by reason.")
        self.received_bytes = Counter("headwater_received_bytes_total", "Bytes of bodies as they came.")
        self.commit_failures = Counter("headwater_commit_failures_total", "Appends to the ledger that failed, by code.")

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Everything, and `gauges`: name → (meaning, value now)."""
        lines: list[str] = []
        counters = (self.requests, self.accepted, self.dead, self.received_bytes, self.commit_failures)
        for each in (*counters, self.durations):
            lines.extend(each.lines())
        for name, (meaning, value) in {**gauges, **_process()}.items():
            lines.extend(_head(name, meaning, "gauge"))
            lines.append(f"{name} {_number(value)}")
        return "\n".join(lines) + "\n"


def _process() -> dict[str, tuple[str, float]]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "headwater_process_memory_max_bytes": ("Largest resident memory of the API process.", usage.ru_maxrss * 1024),
        "headwater_process_cpu_seconds": ("Processor time of the API process.", usage.ru_utime + usage.ru_stime),
    }


def _head(name: str, meaning: str, kind: str) -> Iterable[str]:
    return (f"# HELP {name} {meaning}", f"# TYPE {name} {kind}")


def _braces(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}" if labels else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
