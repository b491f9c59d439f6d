"""Where collected events go: a service, a file of lines, or standard output.

The one idea: a command gives events to a Delivery and asks it at the end what became of them; it does not know which one it is.
"""

import gzip
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, Protocol, cast
from urllib.parse import urlsplit

import orjson
from openlineage.client.event_v2 import DatasetEvent, JobEvent, RunEvent
from openlineage.client.serde import Serde

from api.cli.client import Client
from api.cli.ingesting import BATCH_BYTES, BATCH_EVENTS, Tally, send
from lineage.errors import InputError
from lineage.settings import Settings

Event = DatasetEvent | JobEvent | RunEvent
STANDARD_OUTPUT = "-"


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

    def take(self, event: Event) -> None:
        line = as_line(event)
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
        self._stream: IO[bytes] | None = None
        if to == STANDARD_OUTPUT:
            return
        opening = gzip.open if to.endswith(".gz") else open
        try:
            self._stream = cast(IO[bytes], self._files.enter_context(opening(to, "wb")))
        except OSError as error:
            raise InputError(f"{to} cannot be written ({error.strerror}). Choose another.", place="--to") from None

    def take(self, event: Event) -> None:
        line = as_line(event) + b"\n"
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


def as_line(event: Event) -> bytes:
    """An event as OpenLineage's client writes it."""
    return orjson.dumps(Serde.to_dict(event))
