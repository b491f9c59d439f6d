"""The Merkle tree of RFC 6962: hashes, the growing right edge, proofs, and their verification.

Everything here is pure. A tree of n leaves is a row of *complete* subtrees, largest first, one for each bit of n; all
roots and proofs are folds over hashes of complete subtrees, which never change once made. Where they are kept (tiles)
is the matter of a `HashReader`. Nothing is invented: a home-made tree has been forged before (immudb,
GHSA-672p-m5jq-mrh8).

A proof binds neither the tree's size nor the leaf's index beyond its path: size and root must come from a source that
is trusted (a signed checkpoint), and each leaf states its own index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

HashReader = Callable[[int, int], bytes]
"""(height, index) → the hash of the complete subtree over the leaves [index << height, (index + 1) << height)."""


def leaf_hash(leaf: bytes) -> bytes:
    """MTH of one leaf: the prefix 0 keeps leaves and nodes apart, so that no node can pose as a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _fold(hashes: Sequence[bytes]) -> bytes:
    """One hash over a row of subtrees, from the right: the shape that RFC 6962 gives to an incomplete tree."""
    result = hashes[-1]
    for left in reversed(hashes[:-1]):
        result = node_hash(left, result)
    return result


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes of equal height."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


@dataclass(slots=True)
class RightEdge:
    """What must be remembered to append: the hashes of the complete subtrees, largest first. At most 53 hashes."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def copy(self) -> RightEdge:
        """An edge that can be thrown away if the commit fails."""
        return RightEdge(self.size, list(self.hashes))

    def append(self, leaf: bytes) -> list[bytes]:
        """Add one leaf *hash*. Returns the hashes of the subtrees that it completed, by height from 0 upwards."""
        completed, size = [leaf], self.size
        while size & 1:  # each trailing one bit of the size is a subtree that waits for a sibling of its height
            leaf = node_hash(self.hashes.pop(), leaf)
            completed.append(leaf)
            size >>= 1
        self.hashes.append(leaf)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        return _fold(self.hashes) if self.hashes else EMPTY_ROOT


def _subtrees(start: int, stop: int) -> Iterable[tuple[int, int]]:
    """(height, index) of the complete subtrees over [start, stop), left to right.

    `start` must be a multiple of the largest power of two not above stop - start, as it is in every RFC 6962 subtree.
    """
    while start < stop:
        height = (stop - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def edge_at(read: HashReader, size: int) -> RightEdge:
    """The right edge of the tree of `size` leaves."""
    return RightEdge(size, [read(height, index) for height, index in _subtrees(0, size)])


def _range_hash(read: HashReader, start: int, stop: int) -> bytes:
    return _fold([read(height, index) for height, index in _subtrees(start, stop)])


def root_at(read: HashReader, size: int) -> bytes:
    """The root of the tree's first `size` leaves."""
    return edge_at(read, size).root()


def _split(count: int) -> int:
    """The largest power of two below `count` (which is at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_proof(read: HashReader, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 2.1.1, deepest hash first. ValueError unless 0 <= index < size."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    proof, start, stop = [], 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            proof.append(_range_hash(read, middle, stop))
            stop = middle
        else:
            proof.append(_range_hash(read, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(read: HashReader, old_size: int, new_size: int) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 2.1.2. Empty for equal sizes and for an old size of 0. ValueError if it
    shrinks."""
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a tree of {new_size} cannot extend one of {old_size}")
    if old_size in (0, new_size):
        return []
    proof, start, stop, whole = [], 0, new_size, True
    while old_size != stop:
        middle = start + _split(stop - start)
        if old_size <= middle:
            proof.append(_range_hash(read, middle, stop))
            stop = middle
        else:
            proof.append(_range_hash(read, start, middle))
            start, whole = middle, False
    if not whole:  # else the verifier knows this hash: it is the old root
        proof.append(_range_hash(read, start, stop))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf *hash* stands at `index` under `root` (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or not _well_formed(proof, leaf, root):
        return False
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and result == root


def verify_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether `proof` shows that the tree under `new_root` extends the one under `old_root` (RFC 9162 2.1.4.2)."""
    if not 0 <= old_size <= new_size or not _well_formed(proof, old_root, new_root):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_result = new_result = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_result, new_result = node_hash(sibling, old_result), node_hash(sibling, new_result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_result = node_hash(new_result, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old_result == old_root and new_result == new_root


def _well_formed(proof: Sequence[bytes], *hashes: bytes) -> bool:
    return all(len(each) == HASH_BYTES for each in (*proof, *hashes))
