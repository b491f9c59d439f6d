"""The graph with a clock beside it: each read is timed, and is a span where traces are on.

The one idea: what is measured is the store as the questions use it, whatever store it is, so it stands between the two
and changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, cast

from api.metrics import Counting
from api.tracing import Tracing
from lineage.store.contract import GraphReader

READS: Final = (
    "resolve", "nodes", "columns_of", "facts", "history", "neighbours", "reach", "search", "listed", "story", "story_lengths",
    "changed", "counts",
)  # fmt: skip
"""Reads that a question makes. `applied` is asked all the time, and `export` lasts as long as its reader likes."""


def observed(graph: GraphReader, metrics: Counting, tracing: Tracing) -> GraphReader:
    """The same graph, measured."""
    return cast(GraphReader, _Observed(graph, metrics, tracing))


class _Observed:
    def __init__(self, graph: GraphReader, metrics: Counting, tracing: Tracing) -> None:
        self._graph = graph
        for name in READS:
            setattr(self, name, _timed(getattr(graph, name), name, metrics, tracing))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graph, name)


def _timed(read: Callable[..., Any], name: str, metrics: Counting, tracing: Tracing) -> Callable[..., Any]:
    @wraps(read)
    def timed(*args: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            with tracing.read(name):
                return read(*args, **options)
        finally:
            metrics.store_read(name, time.perf_counter() - began)

    return timed
