"""C2SP tlog-tiles: how the tree's hashes are cut into rows of 256, and what each row is called.

A tile at level L, number N holds the hashes of up to 256 complete subtrees of height 8·L; everything between two
levels can be recomputed from them. Level 0 are the leaf hashes. Tiles live in the ledger's own SQLite file (one
transaction with the entries); the names here are those under which they are served or exported. Widths are a rule of
their own: a full tile of which part is missing is the one mistake that a reader who caches tiles can never undo
(Tessera #1178).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lineage.verify.tree import HASH_BYTES, HashReader, complete_root

TILE_HEIGHT = 8  # C2SP fixes it: 256 hashes, 8 KiB
TILE_WIDTH = 1 << TILE_HEIGHT

_NUMBER = re.compile(r"(?P<number>(?:x\d{3}/){0,5}\d{3})(?:\.p/(?P<width>\d{1,3}))?")

TileReader = Callable[[int, int], bytes]
"""(level, number) → the tile's hashes one after the other, as many as there are."""


def level_count(size: int) -> int:
    """How many tile levels a log of `size` entries has: 0, 1 up to 255 entries, 2 from 256, 3 from 65,536 …"""
    return (size.bit_length() + TILE_HEIGHT - 1) // TILE_HEIGHT


def tile_width(level: int, number: int, size: int) -> int:
    """How many hashes the tile holds when the log has `size` entries: 0 (it is not there) to 256."""
    return max(0, min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - number * TILE_WIDTH))


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """(level, number, width) of every tile of a log of `size` entries, level by level."""
    for level in range(level_count(size)):
        hashes = size >> (TILE_HEIGHT * level)
        for number in range((hashes + TILE_WIDTH - 1) // TILE_WIDTH):
            yield level, number, tile_width(level, number, size)


def _number_path(number: int, width: int) -> str:
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups)) + ("" if width == TILE_WIDTH else f".p/{width}")


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """`tile/0/x001/234.p/17`: where C2SP readers look for the tile. Only a full tile has the path without a width."""
    _require(number, width)
    return f"tile/{level}/{_number_path(number, width)}"


def bundle_path(number: int, width: int = TILE_WIDTH) -> str:
    """`tile/entries/x001/234`: where C2SP readers look for the entries of the level-0 tile of that number."""
    _require(number, width)
    return f"tile/entries/{_number_path(number, width)}"


def parse_number(path: str) -> tuple[int, int]:
    """Number and width of what follows a tile's level: `x001/234` or `x001/234.p/17`. ValueError for any other."""
    found = _NUMBER.fullmatch(path)
    number = int(found["number"].replace("x", "").replace("/", "")) if found else 0
    width = int(found["width"] or TILE_WIDTH) if found else 0
    if not 1 <= width <= TILE_WIDTH or path != _number_path(number, width):
        raise ValueError(f"{path[:40]!r} names no tile")
    return number, width


def _require(number: int, width: int) -> None:
    if number < 0 or not 1 <= width <= TILE_WIDTH:
        raise ValueError(f"tiles are numbered from 0 and 1 to {TILE_WIDTH} wide, not {number} and {width}")


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries of one tile, each behind its length as a big-endian uint16."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(bundle: bytes) -> list[bytes]:
    """The inverse of `encode_bundle`. ValueError if it is cut short."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        stop = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if at + 2 > len(bundle) or stop > len(bundle):
            raise ValueError(f"the bundle is cut short after {len(entries)} entries")
        entries.append(bundle[at + 2 : stop])
        at = stop
    return entries


def hashes_in(tile: bytes) -> list[bytes]:
    """A tile's bytes as its hashes."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def tile_hashes(read_tile: TileReader) -> HashReader:
    """A reader of any complete subtree's hash, from tiles. Reads each tile once for as long as the reader lives:
    make one for each proof. LookupError when a tile is narrower than the hash needs."""
    tiles: dict[tuple[int, int], bytes] = {}

    def read(height: int, index: int) -> bytes:
        level, inner = divmod(height, TILE_HEIGHT)
        number, position = divmod(index << inner, TILE_WIDTH)
        tile = tiles.get((level, number))
        if tile is None:
            tile = tiles[level, number] = read_tile(level, number)
        span = tile[position * HASH_BYTES : (position + (1 << inner)) * HASH_BYTES]
        if len(span) != HASH_BYTES << inner:
            raise LookupError(f"tile {level}/{number} has {len(tile) // HASH_BYTES} hashes, too few")
        return complete_root(hashes_in(span))

    return read
