"""Pruning of the access log: leaves of which nothing is stored any more go, and their hashes stay (C2SP's minimum index).

The one idea: a leaf goes when its parts went, so the limit of who read what is the policy for both. Roots, checkpoints and
tiles stay whole: who has kept an old leaf, an export's say, can still prove it. What is on record is never pruned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lineage.erasure.statements import Hold
from lineage.ledger import Ledger
from lineage.ledger.classes import RetentionClass, is_on_record
from lineage.ledger.erasure import Pruning
from lineage.verify.tiles import TILE_WIDTH

ENTRIES_AT_ONCE: Final = 80 * TILE_WIDTH  # of one transaction: some 100 ms in which privileged reads wait


def prunings(ledger: Ledger, stop: int, holds: Iterable[Hold]) -> Iterator[Pruning]:
    """What is to be said and done, one for each transaction: whole bundles, up to the first entry from `stop` on, under a
    hold, or with a part that is stored."""
    told, begin = tuple(holds), ledger.minimum()
    minimum, kept, kept_so_far = begin, 0, 0
    for leaf, names in ledger.stored(begin, stop):
        on_record = is_on_record(leaf.kind)
        if (names and not on_record) or any(hold.covers(leaf.index, RetentionClass.ACCESS) for hold in told):
            break
        kept_so_far += on_record
        if (leaf.index + 1) % TILE_WIDTH == 0:
            minimum, kept = leaf.index + 1, kept_so_far
            if minimum - begin >= ENTRIES_AT_ONCE:
                yield Pruning(minimum, kept)
                begin, kept, kept_so_far = minimum, 0, 0
    if minimum > begin:
        yield Pruning(minimum, kept)
