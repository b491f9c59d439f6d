"""Proofs as files: nothing about them can be changed and still be believed (R10.2's mutation classes, on the whole text)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.ledger import Draft, Ledger
from lineage.signing.private_keys import make_key
from lineage.verify.checkpoint import Checkpoint, parse_checkpoint
from lineage.verify.policy import parse_policy
from lineage.verify.proof import (
    ConsistencyProof,
    TlogProof,
    check_consistency,
    parse_consistency,
    parse_proof,
    verify_proof,
)
from lineage.verify.refusal import Rejected, VerifyError
from tests.verify.published import ORIGIN, signed

KEY = make_key(ORIGIN, seed=b"k" * 32)
POLICY = parse_policy(f"log {KEY.verifier.text}\nquorum none\n")
SIZE, INDEX = 300, 123


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A log of 300 entries."""
    with Ledger.open(tmp_path_factory.mktemp("log") / "ledger.sqlite", origin=ORIGIN) as made:
        made.append([Draft("ol.event", {"norm": b"%d" % at}) for at in range(SIZE)])
        yield made


def proof_of(ledger: Ledger, index: int = INDEX, size: int = SIZE) -> TlogProof:
    checkpoint = signed(KEY, Checkpoint(ORIGIN, size, ledger.root(size)))
    return TlogProof(index, tuple(ledger.inclusion_proof(index, size)), checkpoint)


def test_a_proof_survives_its_text(ledger: Ledger) -> None:
    """What is written is read, with extra data and without, at every size of path."""
    for index, size in ((0, 1), (0, 2), (1, 2), (255, 256), (256, 257), (INDEX, SIZE)):
        proof = proof_of(ledger, index, size)
        assert parse_proof(proof.encode()) == proof
        assert parse_proof(replace(proof, extra=b"\0\n").encode()).extra == b"\0\n"
        assert verify_proof(parse_proof(proof.encode()), ledger.leaf_bytes(index), POLICY).leaf.index == index


def test_a_proof_of_a_million_entries_is_short() -> None:
    """1.5 kB are enough for ten million: 24 hashes."""
    checkpoint = signed(KEY, Checkpoint(ORIGIN, 10_000_000, bytes(32)))
    assert len(TlogProof(9_999_999, (bytes(32),) * 24, checkpoint).encode()) <= 1536


Mutation = Callable[[TlogProof], TlogProof]
MUTATIONS: dict[str, Mutation] = {
    "index - 1": lambda p: replace(p, index=p.index - 1),
    "index + 1": lambda p: replace(p, index=p.index + 1),
    "index ^ 2": lambda p: replace(p, index=p.index ^ 2),
    "index * 2": lambda p: replace(p, index=p.index * 2),
    "index / 2": lambda p: replace(p, index=p.index // 2),
    "no hashes": lambda p: replace(p, hashes=()),
    "truncated": lambda p: replace(p, hashes=p.hashes[:-1]),
    "first cut off": lambda p: replace(p, hashes=p.hashes[1:]),
    "trailing garbage": lambda p: replace(p, hashes=(*p.hashes, bytes(32))),
    "trailing root": lambda p: replace(p, hashes=(*p.hashes, parse_checkpoint(p.checkpoint).checkpoint.root)),
    "preceding garbage": lambda p: replace(p, hashes=(bytes(32), *p.hashes)),
    "doubled first": lambda p: replace(p, hashes=(p.hashes[0], *p.hashes)),
    "doubled last": lambda p: replace(p, hashes=(*p.hashes, p.hashes[-1])),
    "swapped": lambda p: replace(p, hashes=(p.hashes[1], p.hashes[0], *p.hashes[2:])),
    "reversed": lambda p: replace(p, hashes=p.hashes[::-1]),
    "size + 1": lambda p: replace(p, checkpoint=p.checkpoint.replace("\n300\n", "\n301\n")),
    "size - 1": lambda p: replace(p, checkpoint=p.checkpoint.replace("\n300\n", "\n299\n")),
    "size * 2": lambda p: replace(p, checkpoint=p.checkpoint.replace("\n300\n", "\n600\n")),
    "size / 2": lambda p: replace(p, checkpoint=p.checkpoint.replace("\n300\n", "\n150\n")),
    "another log": lambda p: replace(p, checkpoint=p.checkpoint.replace(ORIGIN, ORIGIN + "2")),
    "no signature": lambda p: replace(p, checkpoint=p.checkpoint.partition("\n\n")[0] + "\n\n"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_is_refused(ledger: Ledger, name: str) -> None:
    """The classes of transparency-dev/merkle. A changed size, which no proof binds, fails at the signature."""
    leaf = ledger.leaf_bytes(INDEX)
    with pytest.raises(VerifyError):
        verify_proof(parse_proof(MUTATIONS[name](proof_of(ledger)).encode()), leaf, POLICY)


def test_a_true_proof_with_another_leaf_or_another_key_is_refused(ledger: Ledger) -> None:
    """The leaf is bound by its hash, the head by its signature."""
    proof = proof_of(ledger)
    with pytest.raises(Rejected, match="as given is not in"):
        verify_proof(proof, ledger.leaf_bytes(INDEX + 1), POLICY)
    stolen = make_key(ORIGIN, seed=b"s" * 32)
    with pytest.raises(Rejected, match="no key"):
        verify_proof(proof, ledger.leaf_bytes(INDEX), parse_policy(f"log {stolen.verifier.text}\nquorum none\n"))


def test_an_entry_that_stands_at_another_index_than_it_says_is_refused(tmp_path: Path) -> None:
    """A log whose operator swapped two entries before hashing: proofs are true, the leaves tell."""
    with Ledger.open(tmp_path / "a.sqlite", origin=ORIGIN) as one:
        one.append([Draft("heartbeat", {}), Draft("heartbeat", {})])
        first = one.leaf_bytes(1)
    from lineage.verify.tree import leaf_hash, node_hash

    root = node_hash(leaf_hash(first), leaf_hash(first))
    proof = TlogProof(0, (leaf_hash(first),), signed(KEY, Checkpoint(ORIGIN, 2, root)))
    with pytest.raises(Rejected, match="says it is 1"):
        verify_proof(proof, first, POLICY)


@given(st.data())
def test_no_byte_of_a_proof_can_be_changed(ledger: Ledger, data: st.DataObject) -> None:
    """Any one byte of the file, replaced, taken out or doubled."""
    text = proof_of(ledger).encode().encode()
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.one_of(st.just(b""), st.just(text[at : at + 1] * 2), st.binary(min_size=1, max_size=1)))
    changed = text[:at] + put + text[at + 1 :]
    if changed != text:
        with pytest.raises(VerifyError):
            verify_proof(parse_proof(changed), ledger.leaf_bytes(INDEX), POLICY)


@given(st.data())
def test_no_byte_of_a_leaf_can_be_changed(ledger: Ledger, data: st.DataObject) -> None:
    """Nor of the entry that it proves."""
    leaf = ledger.leaf_bytes(INDEX)
    at = data.draw(st.integers(0, len(leaf) - 1))
    changed = leaf[:at] + data.draw(st.binary(max_size=2)) + leaf[at + 1 :]
    if changed != leaf:
        with pytest.raises(VerifyError):
            verify_proof(proof_of(ledger), changed, POLICY)


@pytest.mark.parametrize("old", [0, 1, 7, 256, 299, 300])
def test_growth_is_proved_and_its_opposite_is_not(ledger: Ledger, old: int) -> None:
    """Consistency between any two sizes; another root, another order or another hash is a rewritten history."""
    before = parse_checkpoint(signed(KEY, Checkpoint(ORIGIN, old, ledger.root(old))))
    after = parse_checkpoint(signed(KEY, Checkpoint(ORIGIN, SIZE, ledger.root())))
    made = ConsistencyProof(old, tuple(ledger.consistency_proof(old, SIZE)), after.encode())
    proof = parse_consistency(made.encode())
    assert proof == made
    check_consistency(before, after, proof.hashes)
    with pytest.raises(Rejected, match="history was rewritten"):
        check_consistency(before, after, (*proof.hashes, bytes(32)))
    other = parse_checkpoint(signed(KEY, Checkpoint(ORIGIN, SIZE, bytes(32))))
    if old:
        with pytest.raises(Rejected, match="history was rewritten"):
            check_consistency(before, other, proof.hashes)
    if old < SIZE:
        with pytest.raises(Rejected):
            check_consistency(after, before, proof.hashes)
