"""Tiles: names, widths, bundles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.verify.tiles import (
    bundle_path,
    decode_bundle,
    encode_bundle,
    level_count,
    tile_hashes,
    tile_path,
    tile_width,
    tiles_of,
)


def test_paths_are_those_of_c2sp() -> None:
    """The examples of the specification: groups of three digits, a width for partial tiles only."""
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(1, 5, 17) == "tile/1/005.p/17"
    assert tile_path(0, 1000, 1) == "tile/0/x001/000.p/1"
    assert bundle_path(273, 112) == "tile/entries/273.p/112"
    assert bundle_path(0) == "tile/entries/000"


@pytest.mark.parametrize("width", (0, 257))
def test_no_tile_is_empty_or_wider_than_256(width: int) -> None:
    """A path for an impossible width is refused."""
    with pytest.raises(ValueError, match="wide"):
        tile_path(0, 0, width)


def test_a_log_of_70000_has_the_tiles_of_the_specification() -> None:
    """273 full tiles and one of 112 on level 0, 1 full and one of 17 above, 1 hash on top."""
    tiles = list(tiles_of(70_000))
    assert len(tiles) == 274 + 2 + 1
    assert (0, 273, 112) in tiles and (1, 1, 17) in tiles and tiles[-1] == (2, 0, 1)


@given(st.integers(0, 10**7))
def test_tiles_hold_each_complete_subtree_once(size: int) -> None:
    """The widths of a level add up to its number of complete subtrees, and the level above them is empty."""
    assert level_count(size) <= 3
    for level in range(level_count(size)):
        hashes = size >> (8 * level)
        last = (hashes - 1) // 256
        assert last * 256 + tile_width(level, last, size) == hashes > 0
        assert tile_width(level, last + 1, size) == 0
    assert size >> (8 * level_count(size)) == 0


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    """Entries survive a bundle, and a bundle that is cut short is refused."""
    bundle = encode_bundle(entries)
    assert decode_bundle(bundle) == entries
    if bundle and decode_or_none(bundle[:-1]) is not None:
        pytest.fail("a bundle without its last byte was believed")


def decode_or_none(bundle: bytes) -> list[bytes] | None:
    """The entries, or None if the bundle is refused."""
    try:
        return decode_bundle(bundle)
    except ValueError:
        return None


def test_a_narrow_tile_gives_no_hash() -> None:
    """A hash is never made from part of its tile."""
    read = tile_hashes(lambda level, number: bytes(32 * 3))
    assert len(read(0, 2)) == len(read(1, 0)) == 32
    with pytest.raises(LookupError, match="too few"):
        read(2, 0)
