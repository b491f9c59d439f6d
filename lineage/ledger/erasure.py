"""What an `erase` entry says: which parts are gone with right.

The statement stands in the entry's own norm, as ranges, so that a month of raw payloads is one line. Whoever erases
adds who asked and on what ground beside it; fsck reads the ranges only. A part that is absent and in no range of a
later `erase` entry was taken away. Of the access log, an `erase` entry may also prune: before C2SP's minimum index leaves
are gone and only their hashes are kept, and with them every root and every checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from lineage.errors import LedgerError
from lineage.verify.tiles import TILE_WIDTH

ERASE_KIND = "erase"


@dataclass(frozen=True, slots=True)
class Erasure:
    """The parts `name` of the entries start … stop - 1 are erased."""

    name: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Pruning:
    """Leaves before the index `minimum` are gone, but for those on record, of which there are `kept` since the minimum before."""

    minimum: int
    kept: int


def decode_pruning(norm: bytes, index: int) -> Pruning | None:
    """What the `erase` entry at `index` prunes; None: nothing. LedgerError if it is malformed, or no whole number of bundles
    up to itself."""
    try:
        said = orjson.loads(norm).get("pruned")
        pruning = None if said is None else Pruning(int(said["minimum"]), int(said["kept"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"The erase entry {index} cannot be read ({error}). Run `headwater audit fsck`.") from error
    if pruning is not None and (not 0 < pruning.minimum <= index or pruning.minimum % TILE_WIDTH or pruning.kept < 0):
        raise LedgerError(f"The erase entry {index} prunes what it may not. Run `headwater audit fsck`.")
    return pruning


def encode_erasures(erasures: Iterable[Erasure]) -> bytes:
    """The norm of an `erase` entry, without the reasons."""
    return orjson.dumps({"erased": [{"name": e.name, "start": e.start, "stop": e.stop} for e in erasures]})


def decode_erasures(norm: bytes, index: int) -> list[Erasure]:
    """What the `erase` entry at `index` says. LedgerError if it is malformed or speaks of entries after itself."""
    try:
        erasures = [
            Erasure(str(each["name"]), int(each["start"]), int(each["stop"])) for each in orjson.loads(norm)["erased"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"The erase entry {index} cannot be read ({error}). Run `headwater audit fsck`.") from error
    if any(not 0 <= each.start < each.stop <= index for each in erasures):
        raise LedgerError(f"The erase entry {index} names entries that it may not. Run `headwater audit fsck`.")
    return erasures
