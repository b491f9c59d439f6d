"""Entries of some kinds, each seen once as the log grows.

The one idea: whoever derives something from a few kinds of entry follows the log in steps of 256 leaves, and looks for
the kind in a leaf's bytes before it decodes it.
"""

from collections.abc import Callable, Iterable

from lineage.ledger.leaf import Leaf, decode_leaf
from lineage.ledger.log import Ledger
from lineage.verify.tiles import TILE_WIDTH


class FollowedKinds:
    """Follows one ledger. Not safe to call from several threads: its owner holds a lock."""

    def __init__(self, ledger: Ledger, kinds: Iterable[str]) -> None:
        self._ledger = ledger
        self._marks = tuple(f'"k":"{kind}"'.encode() for kind in sorted(kinds))  # in a leaf's bytes: canonical JSON
        self._size = 0

    def catch_up(self, note: Callable[[Leaf], None]) -> None:
        """Give `note` each leaf since the last call. Where it raises, the next call begins again at that bundle."""
        size = self._ledger.size()
        while self._size < size:
            stop = min(size, (self._size // TILE_WIDTH + 1) * TILE_WIDTH)
            for encoded in self._ledger.leaves(self._size, stop):
                if any(mark in encoded for mark in self._marks):
                    note(decode_leaf(encoded))
            self._size = stop
