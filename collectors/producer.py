"""Who says it: every facet names its producer, and ours are not the client library's."""

from collections.abc import Iterator
from typing import Any, TypeVar

from openlineage.client.event_v2 import DatasetEvent, JobEvent, RunEvent

E = TypeVar("E", DatasetEvent, JobEvent, RunEvent)


def signed(event: E) -> E:
    """The event, its producer on each of its facets."""
    for holder in _holders(event):
        for facet in (holder.facets or {}).values():
            facet._producer = event.producer
    return event


def _holders(event: DatasetEvent | JobEvent | RunEvent) -> Iterator[Any]:
    if isinstance(event, DatasetEvent):
        yield event.dataset
        return
    yield event.job
    if isinstance(event, RunEvent):
        yield event.run
    yield from event.inputs or ()
    yield from event.outputs or ()
