"""Where collected events go: a service, a file of lines, or standard output.

The one idea: a command gives events to a Delivery and asks it at the end what became of them; it does not know which one it is.
"""

import gzip
import sys
from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, Protocol, cast
from urllib.parse import urlsplit

import attr
import orjson
from openlineage.client.event_v2 import DatasetEvent, JobEvent, RunEvent
from openlineage.client.serde import Serde

from api.cli.client import Client
from api.cli.ingesting import BATCH_BYTES, BATCH_EVENTS, Tally, send
from lineage.errors import InputError
from lineage.settings import Settings

Event = DatasetEvent | JobEvent | RunEvent
STANDARD_OUTPUT = "-"
DATASETS_KEPT_MAX = 16_384  # of some thousand statements in a log; some kB each


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the events."""

    where: str
    events: int
    dead: int = 0
    refused: tuple[str, ...] = ()


class Delivery(Protocol):
    """Takes events in order; `close` sends what is left."""

    def take(self, event: Event) -> None:
        """One event."""

    def close(self) -> Delivered:
        """All events are there. Unreachable when the service is not."""

    def __enter__(self) -> "Delivery": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def delivery(to: str | None, settings: Settings) -> Delivery:
    """`to`: a service's address, a file, or `-`; None: the service of the settings."""
    if to is None:
        return ToService(settings)
    if urlsplit(to).scheme in ("http", "https"):
        return ToService(replace(settings, url=to.rstrip("/")))
    return ToLines(to)


class ToService:
    """To any OpenLineage back end: in arrays, as Headwater takes them; one by one where they are refused."""

    def __init__(self, settings: Settings) -> None:
        self._client = Client(settings)
        self._tally = Tally()
        self._batch: list[bytes] = []
        self._bytes = 0
        self._arrays = True
        self._lines = Lines()

    def take(self, event: Event) -> None:
        line = self._lines.line(event)
        if self._batch and (self._bytes + len(line) > BATCH_BYTES or len(self._batch) >= BATCH_EVENTS):
            self._send()
        self._batch.append(line)
        self._bytes += len(line)

    def close(self) -> Delivered:
        self._send()
        tally = self._tally
        return Delivered(
            self._client.url,
            tally.events,
            sum(tally.dead.values()),
            tuple(dict.fromkeys(why for _, why in tally.refused)),
        )

    def _send(self) -> None:
        batch, self._batch, self._bytes = self._batch, [], 0
        if not batch:
            return
        if self._arrays:
            trial = Tally(self._tally.events, self._tally.dead, [], self._tally.examples)
            send(self._client, batch, trial, "events")
            if not trial.refused or len(batch) == 1:
                self._tally.events, self._tally.dead = trial.events, trial.dead
                self._tally.refused += trial.refused
                return
            self._arrays = False  # OpenLineage's own interface knows single events only
        for line in batch:
            send(self._client, [line], self._tally, "events")

    def __enter__(self) -> "ToService":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.__exit__(kind, error, trace)


class ToLines:
    """To a file (.gz: compressed) or standard output, one event a line."""

    def __init__(self, to: str) -> None:
        self._to, self._count = to, 0
        self._files = ExitStack()
        self._lines = Lines()
        self._stream: IO[bytes] | None = None
        if to == STANDARD_OUTPUT:
            return
        opening = gzip.open if to.endswith(".gz") else open
        try:
            self._stream = cast(IO[bytes], self._files.enter_context(opening(to, "wb")))
        except OSError as error:
            raise InputError(f"{to} cannot be written ({error.strerror}). Choose another.", place="--to") from None

    def take(self, event: Event) -> None:
        line = self._lines.line(event) + b"\n"
        if self._stream is not None:
            self._stream.write(line)
        else:
            sys.stdout.write(line.decode())
        self._count += 1

    def close(self) -> Delivered:
        self._files.close()
        if self._stream is None:
            sys.stdout.flush()
        return Delivered("standard output" if self._stream is None else self._to, self._count)

    def __enter__(self) -> "ToLines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()


class Lines:
    """Events as OpenLineage's client writes them, one a line; a dataset that comes again with each run is written out once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[object, orjson.Fragment]] = OrderedDict()

    def line(self, event: Event) -> bytes:
        """One event, without a line's end."""
        parts = {each.name: getattr(event, each.name) for each in attr.fields(type(event))}
        datasets = {name: parts.pop(name) for name in ("inputs", "outputs") if name in parts}
        plain = {name: Serde.to_dict(v) if attr.has(type(v)) else v for name, v in parts.items() if v is not None}
        written = {name: [self._dataset(each) for each in each_one or ()] for name, each_one in datasets.items()}
        return orjson.dumps(Serde.remove_nulls_and_enums(plain) | written)

    def _dataset(self, dataset: object) -> orjson.Fragment:
        # The object is kept with its text, so that its id cannot become another's.
        kept = self._kept.get(id(dataset))
        if kept is None:
            kept = self._kept[id(dataset)] = dataset, orjson.Fragment(orjson.dumps(Serde.to_dict(dataset)))
            if len(self._kept) > DATASETS_KEPT_MAX:
                self._kept.popitem(last=False)
        return kept[1]
