"""The rows of the ledger's file: single ones read, with a word for what it means that one is not there, and all that an
append brings written at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from lineage.errors import LedgerError, NotFound
from lineage.ledger.leaf import PARTS_MAX
from lineage.ledger.payload import Stored
from lineage.verify.tiles import TILE_HEIGHT, TILE_WIDTH, TileReader, tile_width
from lineage.verify.tree import HASH_BYTES, RightEdge

Within = Callable[[sqlite3.Connection], None]
"""What else belongs into an append's transaction."""
NEWEST_PARTS = 64  # of different classes, so that one of their keys is there whatever was shredded


def newest_keys(connection: sqlite3.Connection) -> list[str]:
    """The wrapping keys of the newest parts that have one."""
    rows = connection.execute("SELECT codec FROM part ORDER BY id DESC LIMIT ?", (NEWEST_PARTS,))
    names = (Stored(b"", codec, b"").key_name for (codec,) in rows)
    return list(dict.fromkeys(name for name in names if name is not None))


def read_head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    row = connection.execute("SELECT size, root FROM head").fetchone()
    if row is None:
        raise LedgerError("The ledger's head is missing. Run `headwater audit fsck`.")
    return row[0], row[1]


def read_minimum(connection: sqlite3.Connection) -> int:
    """C2SP's minimum index: every entry from here on is there; of those before, only what is on record."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'pruned'").fetchone() is None:
        return 0
    row = connection.execute("SELECT minimum FROM pruned").fetchone()
    return row[0] if row else 0


def read_leaves(connection: sqlite3.Connection, start: int, stop: int) -> list[bytes]:
    """The leaves of entries start … stop - 1 that were not pruned, in order. LedgerError when another one is not there."""
    rows = connection.execute(
        "SELECT i, CAST(leaf AS BLOB) FROM entry WHERE i >= ? AND i < ? ORDER BY i", (start, stop)
    ).fetchall()
    if len(rows) != stop - start:
        minimum = max(start, read_minimum(connection))
        if sum(index >= minimum for index, _ in rows) != max(0, stop - minimum):
            raise LedgerError(f"Of the entries {start} to {stop - 1} some are missing. Run `headwater audit fsck`.")
    return [leaf for _, leaf in rows]


def read_leaf(connection: sqlite3.Connection, index: int) -> bytes:
    row = connection.execute("SELECT CAST(leaf AS BLOB) FROM entry WHERE i = ?", (index,)).fetchone()
    if row is not None:
        leaf: bytes = row[0]
        return leaf
    size = read_head(connection)[0]
    if 0 <= index < (minimum := read_minimum(connection)):
        raise NotFound(f"Entry {index} was pruned: its hash is kept, and what it said is not. Ask from {minimum} on.")
    if 0 <= index < size:
        raise LedgerError(f"Entry {index} is missing. Run `headwater audit fsck`.")
    raise NotFound(f"The ledger has no entry {index}: it has {size}. Ask for a smaller index.")


def read_tile(connection: sqlite3.Connection, level: int, number: int, width: int) -> bytes:
    row = connection.execute(
        "SELECT CAST(hashes AS BLOB) FROM tile WHERE level = ? AND number = ?", (level, number)
    ).fetchone()
    hashes: bytes = row[0][: width * HASH_BYTES] if row else b""
    if len(hashes) != width * HASH_BYTES:
        raise LedgerError(f"Tile {level}/{number} is not {width} wide. Run `headwater audit fsck`.")
    return hashes


def tile_reader(connection: sqlite3.Connection, size: int) -> TileReader:
    """Tiles as they were at `size`, whatever was appended since."""
    return lambda level, number: read_tile(connection, level, number, tile_width(level, number, size))


def has_codec(reader: sqlite3.Connection, start: int, stop: int, first: str, beyond: str) -> bool:
    """Whether a stored part of entries start … stop - 1 has a codec from `first` on, before `beyond`."""
    row = reader.execute(
        "SELECT 1 FROM part WHERE id >= ? AND id < ? AND codec >= ? AND codec < ? LIMIT 1",
        (PARTS_MAX * start, PARTS_MAX * stop, first, beyond),
    ).fetchone()
    return row is not None


def write(
    writer: sqlite3.Connection,
    leaves: list[tuple[int, bytes]],
    parts: list[tuple[int, str, bytes, str, bytes]],
    old_size: int,
    tiled: dict[int, list[bytes]],
    edge: RightEdge,
    within: Within | None,
) -> None:
    """Everything that one append brings, in one transaction: all of it is on disk when this returns, or none."""
    writer.execute("BEGIN IMMEDIATE")
    try:
        writer.executemany("INSERT INTO entry VALUES (?, ?)", leaves)
        writer.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?)", parts)
        for level, hashes in tiled.items():
            number, width = divmod(old_size >> (TILE_HEIGHT * level), TILE_WIDTH)
            span = (read_tile(writer, level, number, width) if width else b"") + b"".join(hashes)
            rows = [
                (level, number + at // (TILE_WIDTH * HASH_BYTES), span[at : at + TILE_WIDTH * HASH_BYTES])
                for at in range(0, len(span), TILE_WIDTH * HASH_BYTES)
            ]
            writer.executemany(
                "INSERT INTO tile VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET hashes = excluded.hashes", rows
            )
        writer.execute("UPDATE head SET size = ?, root = ?", (edge.size, edge.root()))
        if within is not None:
            within(writer)
        writer.execute("COMMIT")
    except BaseException:
        if writer.in_transaction:
            writer.execute("ROLLBACK")
        raise
