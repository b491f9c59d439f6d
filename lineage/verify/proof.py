"""C2SP tlog-proof@v1: one text file that proves one entry, offline; and the consistency proof beside it.

The file holds the entry's index, the hashes up to the root, and the signed checkpoint. What was logged (the leaf) is
not in it: it is given beside it, and must say of itself that it is this index of this log, as no hash says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from lineage.verify import base64_text
from lineage.verify.checkpoint import SignedCheckpoint, parse_checkpoint, parse_decimal
from lineage.verify.leaf import Leaf, parse_leaf
from lineage.verify.note import decode_text
from lineage.verify.policy import Policy, Standing
from lineage.verify.refusal import Malformed, Rejected
from lineage.verify.tree import HASH_BYTES, leaf_hash, verify_consistency, verify_inclusion

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
HASHES_MAX = 63  # a tree of 2^63 entries


@dataclass(frozen=True, slots=True)
class TlogProof:
    """`checkpoint` is the signed note verbatim; `extra` is carried along and never trusted."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def encode(self) -> str:
        """The file's text."""
        extra = f"extra {base64_text.encode(self.extra)}\n" if self.extra else ""
        return f"{PROOF_HEADER}\n{extra}index {self.index}\n{_hash_lines(self.hashes)}\n{self.checkpoint}"


def parse_proof(content: bytes | str) -> TlogProof:
    """The proof in `content`. Malformed; the checkpoint in it is not looked at."""
    above, blank, checkpoint = decode_text(content).partition("\n\n")
    lines = above.split("\n")
    if not blank or lines.pop(0) != PROOF_HEADER:
        raise Malformed(f"not a proof: it does not begin with {PROOF_HEADER}")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = base64_text.decode(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise Malformed("the proof states no index")
    index = parse_decimal(lines.pop(0).removeprefix("index "), "index")
    return TlogProof(index, _hashes(lines), checkpoint, extra)


@dataclass(frozen=True, slots=True)
class Proved:
    """A leaf that is in the log: its fields, the checkpoint that covers it, and who vouches for that."""

    leaf: Leaf
    signed: SignedCheckpoint
    standing: Standing


def verify_proof(proof: TlogProof, leaf: bytes, policy: Policy) -> Proved:
    """Check everything: signatures and quorum, the path from the leaf to the root, and that the leaf is of that log
    and index. Rejected or Malformed."""
    signed = parse_checkpoint(proof.checkpoint)
    standing = policy.check(signed)
    return Proved(check_inclusion(proof, leaf, signed), signed, standing)


def check_inclusion(proof: TlogProof, leaf: bytes, signed: SignedCheckpoint) -> Leaf:
    """The path from the leaf to the root of a checkpoint that is already believed. Rejected or Malformed."""
    head = signed.checkpoint
    if not verify_inclusion(leaf_hash(leaf), proof.index, head.size, proof.hashes, head.root):
        raise Rejected(f"entry {proof.index} as given is not in {head.origin} at size {head.size}")
    stated = parse_leaf(leaf)
    if (stated.index, stated.origin) != (proof.index, head.origin):
        raise Rejected(f"the entry says it is {stated.index} of {stated.origin}, not {proof.index} of {head.origin}")
    return stated


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the log of `old_size` entries is the beginning of the one in `checkpoint` (a signed note, verbatim). The
    text is the body of a C2SP tlog-witness request, so a witness takes it as it is."""

    old_size: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    def encode(self) -> str:
        """The text."""
        return f"old {self.old_size}\n{_hash_lines(self.hashes)}\n{self.checkpoint}"


def parse_consistency(content: bytes | str) -> ConsistencyProof:
    """The proof in `content`. Malformed."""
    above, blank, checkpoint = decode_text(content).partition("\n\n")
    first, *lines = above.split("\n")
    if not blank or not first.startswith("old "):
        raise Malformed("not a consistency proof: it does not begin with `old` and a size")
    return ConsistencyProof(parse_decimal(first.removeprefix("old "), "tree size"), _hashes(lines), checkpoint)


def check_consistency(old: SignedCheckpoint, new: SignedCheckpoint, hashes: tuple[bytes, ...]) -> None:
    """Rejected unless `new` extends `old`, both believed already."""
    before, after = old.checkpoint, new.checkpoint
    if before.origin != after.origin:
        raise Rejected(f"{before.origin} and {after.origin} are different logs")
    if not verify_consistency(before.size, after.size, hashes, before.root, after.root):
        raise Rejected(f"size {after.size} of {after.origin} does not extend size {before.size}: history was rewritten")


def _hash_lines(hashes: tuple[bytes, ...]) -> str:
    return "".join(base64_text.encode(each) + "\n" for each in hashes)


def _hashes(lines: list[str]) -> tuple[bytes, ...]:
    if len(lines) > HASHES_MAX:
        raise Malformed(f"{len(lines)} hashes, more than any tree needs")
    return tuple(base64_text.decode(line, length=HASH_BYTES) for line in lines)
