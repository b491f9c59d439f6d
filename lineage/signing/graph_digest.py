"""What the ledger itself says of the graph: at so many entries, its export had this digest (fsck's check 8).

Replaying the same entries must give the same digest, with the history of what was known when. So a projector that was
tampered with, or a graph that drifted, contradicts the log that it was made from.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from lineage.errors import LedgerError

DIGEST_KIND = "graph.digest"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class GraphDigest:
    """The graph of the first `size` entries, exported with its history, has the SHA-256 `digest` (hex). `product` is the
    version that made it."""

    size: int
    digest: str
    product: str


def encode_digest(stated: GraphDigest) -> bytes:
    """The norm of the entry."""
    return json.dumps(
        {"digest": stated.digest, "product": stated.product, "size": stated.size}, sort_keys=True, separators=(",", ":")
    ).encode()


def decode_digest(norm: bytes, index: int) -> GraphDigest:
    """The inverse of `encode_digest`. LedgerError, also for one that speaks of entries after itself."""
    try:
        fields = json.loads(norm)
        stated = GraphDigest(int(fields["size"]), str(fields["digest"]), str(fields["product"]))
        if not 0 <= stated.size <= index or not _SHA256.fullmatch(stated.digest):
            raise ValueError("a size or a digest that cannot be")
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"The {DIGEST_KIND} entry {index} cannot be read ({error}). Restore a backup.") from error
    return stated
