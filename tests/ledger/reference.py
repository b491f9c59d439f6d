"""RFC 6962 section 2.1 as written there: recursive, slow, and independent of the code under test."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def tree_hash(entries: Sequence[bytes]) -> bytes:
    """MTH(D[n])."""
    if not entries:
        return _sha256(b"")
    if len(entries) == 1:
        return _sha256(b"\x00" + entries[0])
    k = _split(len(entries))
    return _sha256(b"\x01" + tree_hash(entries[:k]) + tree_hash(entries[k:]))


def path(index: int, entries: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(entries) == 1:
        return []
    k = _split(len(entries))
    if index < k:
        return [*path(index, entries[:k]), tree_hash(entries[k:])]
    return [*path(index - k, entries[k:]), tree_hash(entries[:k])]


def proof(old_size: int, entries: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D[n])."""
    return _subproof(old_size, entries, True)


def _subproof(old_size: int, entries: Sequence[bytes], whole: bool) -> list[bytes]:
    if old_size == len(entries):
        return [] if whole else [tree_hash(entries)]
    k = _split(len(entries))
    if old_size <= k:
        return [*_subproof(old_size, entries[:k], whole), tree_hash(entries[k:])]
    return [*_subproof(old_size - k, entries[k:], False), tree_hash(entries[:k])]
