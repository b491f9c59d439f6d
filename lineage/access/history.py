"""Who saw what: the access log read backwards, by actor, kind, time and thing.

The one idea: the log is its own index by time, and everything else is found by reading it. So one page reads a bounded
number of entries and says where it stopped, rather than leaving anything out: an empty page with a cursor means "none
in what I read, go on".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lineage.access.reads import NORM, OBJECTS, Account, account_of, objects_of
from lineage.ledger import Ledger
from lineage.ledger.leaf import Leaf, decode_leaf
from lineage.verify.tiles import TILE_WIDTH

SCANNED_MAX: Final = 20_000  # leaves of one page: half a second at the most
OPENED_MAX: Final = 2_000  # parts opened for one page, each decrypted and unpacked


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. Times in microseconds since the epoch, `until_us` exclusive; None and empty: any. `objects`:
    ids of which one has to have been seen; the id of a dataset or job means what is in it, too."""

    actor: str | None = None
    kinds: frozenset[str] = frozenset()
    since_us: int | None = None
    until_us: int | None = None
    objects: frozenset[str] = frozenset()

    def fits(self, leaf: Leaf) -> bool:
        """Whether the leaf alone excludes nothing."""
        return self.actor in (None, leaf.actor) and (not self.kinds or leaf.kind in self.kinds)

    def saw(self, ids: tuple[str, ...]) -> bool:
        """Whether one of the objects is among `ids`."""
        # A column's or run's id begins with that of what it is in.
        return not self.objects or any(each in self.objects or each[:_OWN_LENGTH] in self.objects for each in ids)


_OWN_LENGTH: Final = len("hw:") + 26


@dataclass(frozen=True, slots=True)
class Found:
    """A page, the newest first. `before`: where the next one goes on; None: nothing is left."""

    accounts: tuple[Account, ...]
    before: int | None


def history(ledger: Ledger, wanted: Wanted, *, first: int, before: int | None = None) -> Found:
    """At most `first` entries below index `before` (None: from the end) that are what is wanted."""
    end = ledger.size() if before is None else min(before, ledger.size())
    if wanted.until_us is not None:
        end = min(end, ledger.size_at(wanted.until_us - 1))
    accounts: list[Account] = []
    opened = 0
    for scanned, leaf in enumerate(_backwards(ledger, end)):
        if wanted.since_us is not None and leaf.time_us < wanted.since_us:
            return Found(tuple(accounts), None)
        if len(accounts) >= first or scanned >= SCANNED_MAX or opened >= OPENED_MAX:
            return Found(tuple(accounts), leaf.index + 1)
        if not wanted.fits(leaf):
            continue
        opened += 1
        if wanted.saw(objects_of(ledger.part(leaf.index, OBJECTS)) if wanted.objects else ()):
            accounts.append(account_of(leaf, ledger.part(leaf.index, NORM)))
    return Found(tuple(accounts), None)


def _backwards(ledger: Ledger, end: int) -> Iterator[Leaf]:
    while end > 0:  # of what was pruned, nothing but what is on record comes
        begin = (end - 1) // TILE_WIDTH * TILE_WIDTH
        for encoded in reversed(ledger.leaves(begin, end)):
            yield decode_leaf(encoded)
        end = begin
