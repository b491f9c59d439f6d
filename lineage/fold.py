"""The fold: what a source asserted, in the order of event time, becomes facts with intervals. The only code that knows how time works.

The one idea: a source's entries are a *set*; sorted by event time they drive one small machine. REPLACE says "exactly these
facts hold", ADD says "these too", CLOSE says "what was last asserted before X ends". The intervals are a pure function of the
set of entries, so order of arrival cannot matter. An entry that sorts after all others can be applied to the machine as it
stands (append); any other means running the machine over the sorted entries again.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Generic, NamedTuple, TypeVar

from lineage.facts import Interval
from lineage.moment import FOREVER

F = TypeVar("F", bound=Hashable)
NEVER = -FOREVER


class Kind(IntEnum):
    """At one instant: first what is closed, then what is said, then the end of who said it."""

    CLOSE = 0
    """What was last asserted before some instant ends."""
    ADD = 1
    """These hold, too."""
    END = 2
    """Nothing but these can hold: an application run that said them in parts has ended. What was closed since stays closed."""
    REPLACE = 3
    """Exactly these hold."""
    TOUCH = 4
    """These hold, too; and whoever says so does not say all: no end of an application run sums it up."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[F]):
    """One assertion of a source at one time. `tie` makes the order total by content, never by arrival."""

    time_us: int
    kind: Kind
    tie: bytes
    facts: frozenset[F] = frozenset()
    columns: frozenset[F] | None = frozenset()
    """The finer grain. None: nothing is said about columns, so what is known of them stays, as far as its pair of datasets stays joined."""
    before_us: int = 0
    """CLOSE: ends what was last asserted before this instant."""
    only: Callable[[F], bool] | None = None
    """CLOSE: ends only these facts (a dropped source ends what came from it)."""

    @property
    def order(self) -> tuple[int, int, bytes]:
        return self.time_us, self.kind, self.tie


class Bond(NamedTuple):
    """What a fact means to the fold."""

    coarse: bool
    """Of the grain of datasets; else of columns."""
    pair: Hashable | None
    """The two datasets that it joins; None: bound to no pair."""
    by_columns: bool = False
    """A coarse fact that columns stand behind."""


@dataclass(slots=True)
class Machine(Generic[F]):
    """The state of one source after some entries in order."""

    bond: Callable[[F], Bond]
    last: tuple[int, int, bytes] | None = None
    opened: dict[F, int] = field(default_factory=dict)
    """Open facts of both grains -> since when."""
    asserted: dict[F, int] = field(default_factory=dict)
    """Open facts that were asserted after the floor -> when last."""
    floor_us: int = NEVER
    """Every open fact was asserted then or later: a REPLACE speaks about all."""
    closed: dict[F, list[Interval]] = field(default_factory=dict)
    _current: tuple[frozenset[F], frozenset[F] | None] | None = None
    """What the last REPLACE said, while nothing else has happened: the same again changes nothing, at no cost."""

    def accepts(self, entry: Entry[F]) -> bool:
        """Whether the entry sorts after all that were applied."""
        return self.last is None or entry.order >= self.last

    def apply(self, entry: Entry[F]) -> bool:
        """Apply the next entry in order; whether any interval changed."""
        assert self.accepts(entry), "entries are applied in order"
        self.last = entry.order
        match entry.kind:
            case Kind.CLOSE:
                changed = self._apply_close(entry)
            case Kind.ADD | Kind.TOUCH:
                changed = self._say(entry)
                self.asserted.update(dict.fromkeys((*entry.facts, *(entry.columns or ())), entry.time_us))
            case Kind.END:
                changed = self._close(self._not_in(entry), entry.time_us)
                changed = self._close(self._orphans(), entry.time_us) or changed
            case Kind.REPLACE:
                said = (entry.facts, entry.columns)
                if self._current is not None and said[0] is self._current[0] and said[1] is self._current[1]:
                    self.floor_us = entry.time_us
                    return False
                changed = self._apply_replace(entry)
                self._current = said
                return changed
        if changed:
            self._current = None
        return changed

    def _apply_close(self, entry: Entry[F]) -> bool:
        if self.floor_us >= entry.before_us:
            return False
        doomed = [
            fact
            for fact in self.opened
            if self.asserted.get(fact, self.floor_us) < entry.before_us and (entry.only is None or entry.only(fact))
        ]
        changed = self._close(doomed, entry.time_us)
        return self._close(self._orphans(), entry.time_us) or changed

    def _apply_replace(self, entry: Entry[F]) -> bool:
        changed = self._close(self._not_in(entry), entry.time_us)
        changed = self._say(entry) or changed
        self.floor_us = entry.time_us
        self.asserted.clear()
        return self._close(self._orphans(), entry.time_us) or changed

    def _not_in(self, entry: Entry[F]) -> list[F]:
        """The open facts that an entry leaves out, of the grains that it speaks about. Without columns it says nothing finer of the
        pairs that it joins: what columns said of those stays, the columns and the coarse fact behind which they stand."""
        columns = entry.columns
        if columns is not None:
            return [fact for fact in self.opened if fact not in entry.facts and fact not in columns]
        joined = {self.bond(fact).pair for fact in entry.facts}
        left_out = []
        for fact in self.opened:
            bond = self.bond(fact)
            if bond.coarse and fact not in entry.facts and not (bond.by_columns and bond.pair in joined):
                left_out.append(fact)
        return left_out

    def _say(self, entry: Entry[F]) -> bool:
        new = [fact for fact in (*entry.facts, *(entry.columns or ())) if fact not in self.opened]
        for fact in new:
            self._open(fact, entry.time_us)
        return bool(new)

    def intervals(self) -> dict[F, tuple[Interval, ...]]:
        """Every fact that ever held, with its intervals in order."""
        result: dict[F, list[Interval]] = {fact: list(spans) for fact, spans in self.closed.items()}
        for fact, since in self.opened.items():
            result.setdefault(fact, []).append(Interval(since, FOREVER))
        return {fact: tuple(spans) for fact, spans in result.items() if spans}

    def _open(self, fact: F, at: int) -> None:
        spans = self.closed.get(fact)
        if spans and spans[-1].to_us == at:  # closed and said again at one instant: it never ended
            self.opened[fact] = spans.pop().from_us
        else:
            self.opened[fact] = at

    def _close(self, facts: Iterable[F], at: int) -> bool:
        changed = False
        for fact in facts:
            since = self.opened.pop(fact)
            self.asserted.pop(fact, None)
            if since < at:  # an empty interval was never true
                self.closed.setdefault(fact, []).append(Interval(since, at))
            changed = True
        return changed

    def _orphans(self) -> list[F]:
        """A column edge ends with its dataset edge."""
        bonds = {fact: self.bond(fact) for fact in self.opened}
        joined = {bond.pair for bond in bonds.values() if bond.coarse}
        return [f for f, bond in bonds.items() if not bond.coarse and bond.pair is not None and bond.pair not in joined]


def fold(entries: Iterable[Entry[F]], bond: Callable[[F], Bond]) -> Machine[F]:
    """Run the machine over a set of entries."""
    machine: Machine[F] = Machine(bond)
    for entry in sorted(entries, key=lambda e: e.order):
        machine.apply(entry)
    return machine
