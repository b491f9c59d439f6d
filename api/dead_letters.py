"""Dead letters: what was received, kept, and not understood; listed with their reasons, and read again on demand.

The one idea: the ledger alone says which entries are dead letters (a `reason` part) and which of them were read since
(an entry whose `replays` part points back), so there is no list to keep true beside it. Whole bundles of 256 leaves are
searched for the two words, 1 M entries in some seconds, and only what came since is searched the next time.
"""

from __future__ import annotations

import asyncio
import bisect
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from api.accepting import NORM, RAW, REASON, Sender, accept_entry, reason_of
from api.admin import statement_draft
from lineage.errors import NotFound
from lineage.ledger import Draft, GroupCommit, Ledger
from lineage.ledger.leaf import decode_leaf
from lineage.statements import Replay
from lineage.verify.tiles import TILE_WIDTH, decode_bundle

REPLAYS: Final = "replays"
REPLAYED_AT_ONCE: Final = 200  # entries of one transaction: it holds the bytes of all
_MARKS: Final = (b'"n":"reason"', b'"n":"replays"')  # in a leaf's bytes; a quote inside any of its texts is escaped


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One entry that was not understood. Time in microseconds since the epoch; `place` is a JSON path or empty;
    `replayed_as` is the index of the entry that took its place, once there is one."""

    index: int
    time_us: int
    code: str
    message: str
    place: str
    byte_count: int
    replayed_as: int | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one dead letter that was read again: `new_index` of its entry, or `code` and `message` why it is
    not understood still."""

    index: int
    new_index: int | None
    code: str = ""
    message: str = ""


class DeadLetters:
    """The dead letters of a ledger. Safe to use from several threads; blocks while it reads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._indexes: list[int] = []  # ascending
        self._replayed_as: dict[int, int] = {}
        self._searched = 0

    def page(self, limit: int, *, before: int | None = None, open_only: bool = False) -> list[DeadLetter]:
        """The newest `limit`, newest first, below index `before`. `open_only`: those that were not replayed yet."""
        self._search()
        found: list[int] = []
        with self._lock:
            position = len(self._indexes) if before is None else bisect.bisect_left(self._indexes, before)
            while position > 0 and len(found) < limit:
                position -= 1
                index = self._indexes[position]
                if not (open_only and index in self._replayed_as):
                    found.append(index)
        return [self._read(index) for index in found]

    def get(self, index: int) -> DeadLetter:
        """One of them. NotFound if the entry is none."""
        self._search()
        with self._lock:
            position = bisect.bisect_left(self._indexes, index)
            if position == len(self._indexes) or self._indexes[position] != index:
                raise NotFound(f"Entry {index} is no dead letter. `headwater deadletter list` shows which are.")
        return self._read(index)

    def open_indexes(self) -> list[int]:
        """Those that were not replayed yet, oldest first."""
        self._search()
        with self._lock:
            return [index for index in self._indexes if index not in self._replayed_as]

    def replayed_indexes(self) -> list[int]:
        """Those that were replayed since."""
        self._search()
        with self._lock:
            return list(self._replayed_as)

    def counts(self) -> tuple[int, int]:
        """How many there are, and how many of them were not replayed yet."""
        self._search()
        with self._lock:
            return len(self._indexes), len(self._indexes) - len(self._replayed_as)

    def _read(self, index: int) -> DeadLetter:
        leaf = self._ledger.leaf(index)
        part = self._ledger.part(index, REASON)
        if part is None:
            code, message, place = "ERASED", "Its reason was erased with its bytes.", ""
        else:
            reason = reason_of(part)
            code, message, place = reason.code, reason.message, reason.place
        byte_count = sum(each.length for each in leaf.parts if each.name == RAW)
        return DeadLetter(index, leaf.time_us, code, message, place, byte_count, self._replayed_as.get(index))

    def _search(self) -> None:
        """Find what came since the last time."""
        with self._lock:
            size = self._ledger.size()
            while self._searched < size:
                number, offset = divmod(self._searched, TILE_WIDTH)
                width = min(TILE_WIDTH, size - number * TILE_WIDTH)
                bundle = self._ledger.bundle(number, width)
                if any(mark in bundle for mark in _MARKS):
                    for encoded in decode_bundle(bundle)[offset:]:
                        self._note(encoded)
                self._searched = number * TILE_WIDTH + width

    def _note(self, encoded: bytes) -> None:
        if not any(mark in encoded for mark in _MARKS):
            return
        leaf = decode_leaf(encoded)
        if leaf.position(REASON) is not None:
            self._indexes.append(leaf.index)
        elif (part := self._ledger.part(leaf.index, REPLAYS)) is not None:
            self._replayed_as.setdefault(int(orjson.loads(part)["index"]), leaf.index)


async def replay(
    dead_letters: DeadLetters, ledger: Ledger, commit: GroupCommit, indexes: Collection[int], sender: Sender
) -> list[Replayed]:
    """Read dead letters again, with what the code understands today. For each that is understood now, a statement and
    the event are appended; the old entry stays. One that was replayed before is answered with what it became.

    NotFound when an index is no dead letter: then nothing is appended. In the order of `indexes`, each once.
    """
    wanted = list(dict.fromkeys(indexes))
    letters = await asyncio.to_thread(lambda: [dead_letters.get(index) for index in wanted])
    results: list[Replayed] = []
    for start in range(0, len(letters), REPLAYED_AT_ONCE):
        results += await _replay_some(ledger, commit, letters[start : start + REPLAYED_AT_ONCE], sender)
    return results


async def _replay_some(
    ledger: Ledger, commit: GroupCommit, letters: Sequence[DeadLetter], sender: Sender
) -> list[Replayed]:
    read = await asyncio.to_thread(lambda: [_read_again(ledger, each, sender) for each in letters])
    receipts = await commit.append_all([draft for each in read if not isinstance(each, Replayed) for draft in each])
    events = iter(receipts[1::2])  # each statement is followed by its event
    return [
        each if isinstance(each, Replayed) else Replayed(letter.index, next(events).index)
        for letter, each in zip(letters, read, strict=True)
    ]


def _read_again(ledger: Ledger, letter: DeadLetter, sender: Sender) -> Replayed | tuple[Draft, Draft]:
    if letter.replayed_as is not None:
        return Replayed(letter.index, letter.replayed_as)
    raw = ledger.part(letter.index, RAW)
    if raw is None:
        return Replayed(letter.index, None, "ERASED", "Its bytes were erased.")
    accepted = accept_entry(raw, sender, time.time_ns() // 1000)
    if accepted.reason is not None:
        return Replayed(letter.index, None, accepted.reason.code, accepted.reason.message)
    event = Draft(
        kind=accepted.draft.kind,
        parts={NORM: accepted.draft.parts[NORM], REPLAYS: orjson.dumps({"index": letter.index})},
        actor=sender.actor,
        auth=sender.auth,
        request=sender.request,
        event_time_us=accepted.draft.event_time_us,
        projector=accepted.draft.projector,
    )
    return statement_draft(Replay(letter.index), sender), event
