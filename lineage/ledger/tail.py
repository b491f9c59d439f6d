"""Where a log ends, checked: to append behind a damaged end would sign the damage."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from lineage.errors import LedgerError
from lineage.ledger.leaf import decode_leaf
from lineage.ledger.rows import read_head, read_tile, tile_reader
from lineage.verify.tiles import TILE_WIDTH, tile_hashes
from lineage.verify.tree import HASH_BYTES, RightEdge, edge_at, leaf_hash


@dataclass(frozen=True, slots=True)
class Tail:
    """What an append goes on from. Forgotten when a commit fails, and read from the file again."""

    edge: RightEdge
    time_us: int


def read_tail(connection: sqlite3.Connection, path: Path) -> Tail:
    """The end of the log in the file `path`. LedgerError when head, tiles and last entry are not of one log."""
    try:
        size, root = read_head(connection)
        edge = edge_at(tile_hashes(tile_reader(connection, size)), size)
        if edge.root() != root:
            raise LookupError("its tiles do not lead to its root")
        row = connection.execute("SELECT i, CAST(leaf AS BLOB) FROM entry ORDER BY i DESC LIMIT 1").fetchone()
        if (row[0] if row else -1) != size - 1:
            raise LookupError(f"its head says {size} entries, its last entry is another")
        if row is None:
            return Tail(edge, 0)
        number, position = divmod(size - 1, TILE_WIDTH)
        if read_tile(connection, 0, number, position + 1)[-HASH_BYTES:] != leaf_hash(row[1]):
            raise LookupError("its last entry is not what its tile says")
    except LookupError as error:
        raise LedgerError(
            f"The ledger {path} is damaged: {error}. Nothing was appended; run `headwater audit fsck`."
        ) from error
    return Tail(edge, decode_leaf(row[1]).time_us)
