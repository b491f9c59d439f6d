"""The projector's engine over a history, in memory: what the properties and the rules look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lineage.events import Event
from lineage.facts import Fact, Interval
from lineage.moment import Moment
from lineage.projector.engine import Engine
from lineage.projector.seen import StateSeen
from lineage.projector.state import State
from lineage.seen import Seen
from lineage.store.canonical import export_lines
from lineage.store.memory import MemoryStore
from tests.projector.histories import Entry, Step, place

Graph = dict[Fact, tuple[Interval, ...]]


class Projection:
    """A ledger of entries, its state, and the graph that the changes make."""

    def __init__(self, steps: Sequence[Step] = (), *, restarts: bool = False) -> None:
        self.state = State(Path(":memory:"))
        self.store = MemoryStore()
        self.entries: list[Entry] = []
        self.engine = Engine(self.state, self._read)
        self._restarts = restarts
        for entry in place(steps):
            self.take(entry)

    def _read(self, index: int) -> Event:
        event = self.entries[index].event
        assert event is not None
        return event

    def take(self, entry: Entry) -> None:
        """Fold the next entry."""
        if self._restarts:
            self.engine = Engine(self.state, self._read)
        self.entries.append(entry)
        if entry.event is not None:
            change = self.engine.event(entry.event)
        else:
            change = self.engine.statement(entry.index, entry.kind, entry.norm, entry.time_us)
        self.store.apply([change], entry.index + 1)

    def graph(self) -> Graph:
        """Every fact that is believed now, with its intervals."""
        found: dict[Fact, list[Interval]] = {}
        for version in self.store.export(history=False):
            found.setdefault(version.fact, []).append(version.valid)
        return {fact: tuple(sorted(spans, key=lambda s: s.from_us)) for fact, spans in found.items()}

    def lines(self, *, history: bool) -> list[str]:
        """The graph as text, with the counts of what was seen."""
        return list(export_lines(self.store, history=history, seen=_Seen(self.state.connection)))

    def seen(self, facts: Sequence[Fact], at: Moment) -> list[Seen]:
        """How often facts were seen, at a moment."""
        return _Seen(self.state.connection).seen(facts, at)

    def close(self) -> None:
        self.state.close()

    def __enter__(self) -> Projection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Seen(StateSeen):
    """Counts from a state that is in memory only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(Path(":memory:"))
        self._shared = connection

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection | None]:
        yield self._shared
