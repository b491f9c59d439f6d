"""All entries of one kind: a search through all leaves, some seconds for a million entries."""

from __future__ import annotations

from collections.abc import Iterator

from lineage.ledger.leaf import Leaf, decode_leaf
from lineage.ledger.log import Ledger
from lineage.verify.tiles import TILE_WIDTH


def entries_of_kind(ledger: Ledger, kind: str) -> Iterator[tuple[Leaf, bytes | None]]:
    """Leaf and norm (None: it has none, or it was erased) of each entry of that kind, in order."""
    mark = f'"k":"{kind}"'.encode()  # in a leaf's bytes: canonical JSON, and a kind has nothing to escape
    size = ledger.size()
    for number in range((size + TILE_WIDTH - 1) // TILE_WIDTH):
        for encoded in ledger.leaves(number * TILE_WIDTH, min(size, (number + 1) * TILE_WIDTH)):
            if mark in encoded and (leaf := decode_leaf(encoded)).kind == kind:
                yield leaf, ledger.part(leaf.index, "norm")
