"""Which parts are meant: by index, by range, or by what they say; as exact ranges of parts that are there.

The one idea: a proposal names exactly what will go, nothing that is gone already and nothing that is kept for ever, so
that two people and every later check of the log speak of the same parts. A search opens every payload: a word that
stands in the received bytes only (a literal of a statement) selects those, and the graph stays as it is.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lineage.errors import InputError, LimitExceeded
from lineage.ledger import Ledger
from lineage.ledger.classes import NORM, RAW, is_on_record
from lineage.ledger.erasure import Erasure
from lineage.ledger.leaf import Leaf

SEARCH_CHARACTERS_MIN: Final = 4  # shorter words are in every event
MATCHES_MAX: Final = 100_000  # of a search: a proposal that says where they are has some megabytes then
MAX_INDEX: Final = 1 << 62
ENTRIES_MAX: Final = 1_000_000  # of one proposal: a larger one is a retention limit, or several proposals


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for. `entries`: (start, stop) pairs; `search`: a text that payloads hold, whatever its case; both:
    the text within these entries. `names`: which parts; empty: all that an entry has, or all that hold the text."""

    entries: tuple[tuple[int, int], ...] = ()
    search: str = ""
    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.entries and not self.search:
            raise InputError("Nothing is selected. Give indexes, ranges, or a text to search for.", place="indexes")
        if self.search and len(self.search.strip()) < SEARCH_CHARACTERS_MIN:
            message = f"A text of fewer than {SEARCH_CHARACTERS_MIN} characters is everywhere. Search for a longer one."
            raise InputError(message, place="search")
        if any(not 0 <= start < stop for start, stop in self.entries):
            raise InputError("A range begins at an index and ends behind it. Correct it.", place="ranges")
        asked = sum(stop - start for start, stop in self.entries)
        if asked > ENTRIES_MAX:
            message = f"At most {ENTRIES_MAX} entries at once. Use a retention limit, or several proposals."
            raise LimitExceeded(message, limit=ENTRIES_MAX, asked=asked)


def select(ledger: Ledger, selection: Selection) -> tuple[Erasure, ...]:
    """The stored parts that are meant, as ranges. Empty when there are none. A search takes a minute for each million
    entries or so."""
    windows = _windows(selection.entries) if selection.entries else ((0, ledger.size()),)
    wanted = _matching(ledger, windows, selection.search) if selection.search else _stored(ledger, windows)
    return as_ranges(
        (leaf.index, name)
        for leaf, names in wanted
        for name in names
        if not is_on_record(leaf.kind) and (not selection.names or name in selection.names)
    )


class Ranges:
    """Parts by ranges, asked about one at a time: a search may have found a hundred thousand of them."""

    def __init__(self, erased: Iterable[Erasure]) -> None:
        by_name: dict[str, list[tuple[int, int]]] = {}
        for each in erased:
            by_name.setdefault(each.name, []).append((each.start, each.stop))
        self._by_name = {name: _windows(ranges) for name, ranges in by_name.items()}
        self.windows = _windows(pair for ranges in self._by_name.values() for pair in ranges)
        """The entries that any of them is of."""

    def has(self, name: str, index: int) -> bool:
        """Whether the part `name` of an entry is among them."""
        ranges = self._by_name.get(name, [])
        at = bisect_right(ranges, (index, MAX_INDEX))
        return at > 0 and ranges[at - 1][0] <= index < ranges[at - 1][1]


def still_stored(ledger: Ledger, ranges: Ranges) -> Iterator[tuple[Leaf, frozenset[str]]]:
    """What of the ranges is there still: each leaf once, in order, with the names of its parts that are."""
    for leaf, names in _stored(ledger, ranges.windows):
        if left := frozenset(name for name in names if ranges.has(name, leaf.index)):
            yield leaf, left


def as_ranges(parts: Iterable[tuple[int, str]]) -> tuple[Erasure, ...]:
    """(index, name) pairs as the fewest ranges. The indexes have to come in order."""
    runs: dict[str, list[list[int]]] = {}
    for index, name in parts:
        of_name = runs.setdefault(name, [])
        if of_name and of_name[-1][1] == index:
            of_name[-1][1] = index + 1
        else:
            of_name.append([index, index + 1])
    return tuple(Erasure(name, start, stop) for name in sorted(runs) for start, stop in runs[name])


def _windows(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, those that overlap or are near each other joined: each entry is read once."""
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def _stored(ledger: Ledger, windows: Iterable[tuple[int, int]]) -> Iterator[tuple[Leaf, frozenset[str]]]:
    for start, stop in windows:
        yield from ledger.stored(start, stop)


def _matching(ledger: Ledger, windows: Iterable[tuple[int, int]], text: str) -> Iterator[tuple[Leaf, frozenset[str]]]:
    forms = _forms(text)
    matches = 0
    for start, stop in windows:
        for leaf, parts in ledger.payloads(start, stop):
            found = {name for name, payload in parts.items() if _holds(payload, forms)}
            if NORM in found and RAW in parts:
                found.add(RAW)  # whatever the norm says came with the raw, if perhaps in another spelling
            matches += bool(found)
            if matches > MATCHES_MAX:
                message = f"More than {MATCHES_MAX} entries hold this text. Search for a longer one, or within ranges."
                raise LimitExceeded(message, limit=MATCHES_MAX, asked=matches)
            if found:
                yield leaf, frozenset(found)


def _forms(text: str) -> tuple[bytes, ...]:
    """How a text may stand in a payload: plain, with JSON's escapes, in UTF-16."""
    spelled = {text, text.lower(), text.upper()}
    plain = {form.encode("utf-8", "replace") for form in spelled}
    escaped = {json.dumps(form)[1:-1].encode() for form in spelled}
    wide = {form.encode("utf-16-le", "replace") for form in spelled}
    return tuple({form.lower() for form in plain | escaped | wide})


def _holds(payload: bytes, forms: tuple[bytes, ...]) -> bool:
    lowered = payload.lower()
    return any(form in lowered for form in forms)
