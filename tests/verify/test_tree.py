"""The Merkle tree against RFC 6962 as written, and against forgery."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.verify.tiles import TILE_WIDTH, tile_hashes
from lineage.verify.tree import (
    EMPTY_ROOT,
    HASH_BYTES,
    HashReader,
    RightEdge,
    consistency_proof,
    edge_at,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from tests.ledger import reference

SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 255, 256, 257, 511, 512, 513, 600)
SIZE_MAX = 600
# The leaves and roots of Certificate Transparency's own reference tests.
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def entries(count: int) -> list[bytes]:
    """Different entries, the same on each call."""
    return [b"entry %d" % number for number in range(count)]


@cache
def reader(size: int = SIZE_MAX) -> HashReader:
    """A reader over tiles that hold what an edge completes, as the log writes them."""
    tiles: dict[tuple[int, int], bytes] = {}
    counts: dict[int, int] = {}
    edge = RightEdge()
    for entry in entries(size):
        for level, completed in enumerate(edge.append(leaf_hash(entry))[::8]):
            number = counts.get(level, 0) // TILE_WIDTH
            tiles[level, number] = tiles.get((level, number), b"") + completed
            counts[level] = counts.get(level, 0) + 1
    return tile_hashes(lambda level, number: tiles[level, number])


def test_roots_are_those_of_certificate_transparency() -> None:
    """The eight published roots come out."""
    edge = RightEdge()
    assert edge.root() == EMPTY_ROOT
    for leaf, root in zip(CT_LEAVES, CT_ROOTS, strict=True):
        edge.append(leaf_hash(bytes.fromhex(leaf)))
        assert edge.root().hex() == root


@pytest.mark.parametrize("size", (0, *SIZES))
def test_edge_tiles_and_rfc_agree_on_the_root(size: int) -> None:
    """The growing edge, the edge and root read back from tiles, and the RFC's recursion are the same."""
    edge = RightEdge()
    for entry in entries(size):
        edge.append(leaf_hash(entry))
    assert edge.root() == reference.tree_hash(entries(size)) == root_at(reader(), size)
    assert edge == edge_at(reader(), size)


@pytest.mark.parametrize("size", (65_535, 65_536, 65_537, 70_000))
def test_large_roots_agree(size: int) -> None:
    """At the edge of the third tile level the roots still agree."""
    assert root_at(reader(70_000), size) == reference.tree_hash(entries(size))


@given(st.data())
def test_proofs_are_those_of_the_rfc(data: st.DataObject) -> None:
    """Inclusion and consistency proofs equal PATH and PROOF, and verify."""
    size = data.draw(st.sampled_from(SIZES) | st.integers(1, SIZE_MAX))
    index = data.draw(st.integers(0, size - 1))
    all_entries = entries(size)
    root = reference.tree_hash(all_entries)
    inclusion = inclusion_proof(reader(), index, size)
    assert inclusion == reference.path(index, all_entries)
    assert verify_inclusion(leaf_hash(all_entries[index]), index, size, inclusion, root)
    old_size = index + 1
    consistency = consistency_proof(reader(), old_size, size)
    assert consistency == reference.proof(old_size, all_entries)
    assert verify_consistency(old_size, size, consistency, reference.tree_hash(all_entries[:old_size]), root)


def test_proofs_out_of_range_are_refused() -> None:
    """No proof is made, or believed, for an index beyond the tree or a tree that shrinks."""
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(reader(), 5, 5)
    with pytest.raises(ValueError, match="cannot extend"):
        consistency_proof(reader(), 6, 5)
    assert not verify_inclusion(leaf_hash(b""), -1, 1, [], leaf_hash(b""))
    assert not verify_consistency(2, 1, [], EMPTY_ROOT, EMPTY_ROOT)


def test_every_tree_extends_the_empty_one() -> None:
    """From size 0 the proof is empty, and only the empty root is believed."""
    root = reference.tree_hash(entries(3))
    assert consistency_proof(reader(), 0, 3) == []
    assert verify_consistency(0, 3, [], EMPTY_ROOT, root)
    assert not verify_consistency(0, 3, [], root, root)
    assert not verify_consistency(0, 3, [root], EMPTY_ROOT, root)


def mutations(proof: Sequence[bytes], extra: bytes) -> list[list[bytes]]:
    """The classes of transparency-dev/merkle: flipped, dropped, doubled, swapped, garbage before, after and short."""
    mutated = [[*proof, extra], [extra, *proof], [*proof, b""], [*proof, bytes(HASH_BYTES)], [*proof, *proof, extra]]
    for at, each in enumerate(proof):
        flipped = bytes([each[0] ^ 1]) + each[1:]
        mutated += [
            [*proof[:at], flipped, *proof[at + 1 :]],
            [*proof[:at], *proof[at + 1 :]],
            [*proof[: at + 1], *proof[at:]],
            [*proof[:at], each[:-1], *proof[at + 1 :]],
        ]
    if len(proof) > 1 and proof[0] != proof[1]:
        mutated.append([proof[1], proof[0], *proof[2:]])
    return [each for each in mutated if each != list(proof)]


@given(st.data())
def test_no_mutated_inclusion_proof_is_believed(data: st.DataObject) -> None:
    """Every change of proof, leaf, root or index is rejected; the size alone is bound by the checkpoint, not here."""
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    root, leaf = root_at(reader(), size), leaf_hash(entries(size)[index])
    proof = inclusion_proof(reader(), index, size)
    for mutated in mutations(proof, root):
        assert not verify_inclusion(leaf, index, size, mutated, root)
    other = leaf_hash(b"another")
    assert not verify_inclusion(other, index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof, other)
    assert not verify_inclusion(node_hash(leaf, leaf), index, size, proof, root)
    for wrong in {index - 1, index + 1, index ^ 1, index * 2, index // 2, size} - {index}:
        assert not verify_inclusion(leaf, wrong, size, proof, root)


@given(st.data())
def test_no_mutated_consistency_proof_is_believed(data: st.DataObject) -> None:
    """Every change of proof or roots, and the roots swapped, is rejected."""
    new_size = data.draw(st.integers(2, 300))
    old_size = data.draw(st.integers(1, new_size - 1))
    old_root, new_root = root_at(reader(), old_size), root_at(reader(), new_size)
    proof = consistency_proof(reader(), old_size, new_size)
    for mutated in mutations(proof, new_root):
        assert not verify_consistency(old_size, new_size, mutated, old_root, new_root)
    other = leaf_hash(b"another")
    for old, new in ((new_root, old_root), (old_root, other), (other, new_root), (new_root, new_root)):
        assert not verify_consistency(old_size, new_size, proof, old, new)


def test_a_rewritten_history_does_not_extend_the_old_one() -> None:
    """A tree with one changed entry has no consistency proof from the root that was seen before."""
    honest = RightEdge()
    for entry in entries(100):
        honest.append(leaf_hash(entry))
    rewritten = [*entries(50), b"changed", *entries(200)[51:]]
    proof = reference.proof(100, rewritten)
    assert not verify_consistency(100, 200, proof, honest.root(), reference.tree_hash(rewritten))
