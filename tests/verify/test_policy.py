"""Policies: who is believed, as C2SP tlog-policy writes it."""

from __future__ import annotations

import pytest

from lineage.signing.private_keys import SeedKey, make_key, sign_line
from lineage.verify.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint
from lineage.verify.keys import KeyKind
from lineage.verify.note import format_note
from lineage.verify.policy import Policy, parse_policy
from lineage.verify.refusal import Malformed, Rejected

HEAD = Checkpoint("acme.example/ledger", 7, bytes(32))
LOG = make_key(HEAD.origin, seed=b"l" * 32)
QUANTUM = make_key(HEAD.origin, KeyKind.ML_DSA_44, seed=b"q" * 32)
WITNESSES = {
    name: make_key(f"{name}.example/w", kind, seed=name.encode() * 16)
    for name, kind in (
        ("x1", KeyKind.COSIGNATURE_ED25519),
        ("x2", KeyKind.COSIGNATURE_ED25519),
        ("x3", KeyKind.ML_DSA_44),
        ("y1", KeyKind.COSIGNATURE_ED25519),
    )
}
LINES = [f"log {LOG.verifier.text}", f"log {QUANTUM.verifier.text}\thttps://acme.example/log"]
LINES += [f"witness {name} {key.verifier.text}" for name, key in WITNESSES.items()]
GROUPS = "\n".join([*LINES, "", "  # two of X, and Y", "group X 2 x1 x2 x3", "group XY all X y1", "quorum XY"]) + "\n"


def signed(*keys: SeedKey) -> SignedCheckpoint:
    return parse_checkpoint(format_note(HEAD.text, [sign_line(key, HEAD.text, 1_790_000_000) for key in keys]))


@pytest.mark.parametrize(
    ("names", "met"),
    [("x1 x2 y1", True), ("x1 x3 y1", True), ("x1 y1", False), ("x1 x2 x3", False), ("x1 x2 x3 y1", True), ("", False)],
)
def test_a_quorum_of_groups(names: str, met: bool) -> None:
    """Two of X and one of Y: as the specification's example."""
    policy = parse_policy(GROUPS)
    note = signed(LOG, *(WITNESSES[name] for name in names.split()))
    if met:
        assert sorted(policy.check(note).cosigned) == names.split()
    else:
        with pytest.raises(Rejected, match="quorum"):
            policy.check(note)


@pytest.mark.parametrize("keys", [[LOG], [QUANTUM], [LOG, QUANTUM]], ids=["ed25519", "ml-dsa-44", "both"])
def test_any_key_of_the_log_is_enough(keys: list[SeedKey]) -> None:
    """So a key can rotate, and a post-quantum one stand beside it."""
    standing = parse_policy("\n".join([*LINES[:2], "quorum none"])).check(signed(*keys))
    assert len(standing.signed_by) == len(keys)
    assert "cosigned by nobody" in standing.words()[1]


def test_a_witness_does_not_stand_in_for_the_log() -> None:
    """Cosignatures without the log's own signature are nothing."""
    with pytest.raises(Rejected, match="no key"):
        parse_policy(GROUPS).check(signed(*WITNESSES.values()))


def test_another_log_is_not_accepted() -> None:
    """A policy without the log says so."""
    with pytest.raises(Rejected, match="names no log"):
        Policy((), (), {}, "none").check(signed(LOG))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["quorum x1"],
        ["quorum none", "quorum none"],
        [LINES[0], LINES[0], "quorum none"],
        [f"log {WITNESSES['x1'].verifier.text}", "quorum none"],
        [f"witness w {LOG.verifier.text}", "quorum w"],
        [LINES[2], LINES[2].replace("x1 ", "x2 ", 1), "quorum none"],
        [LINES[2], "group g 2 x1", "quorum g"],
        [LINES[2], "group g 0 x1", "quorum g"],
        [LINES[2], "group g any", "quorum g"],
        [LINES[2], "group g any x1", "group h any x1", "quorum g"],
        [LINES[2], "group none any x1", "quorum none"],
        [LINES[2], "group g any none", "quorum g"],
        ["group g any g", "quorum g"],
        ["logs x", "quorum none"],
        ["log a b c d", "quorum none"],
        ["quorum none\r"],
    ],
)
def test_what_is_no_policy_is_malformed_with_its_line(lines: list[str]) -> None:
    """Names are defined above, once; each witness counts once; thresholds can be met."""
    with pytest.raises(Malformed, match="policy"):
        parse_policy("\n".join(lines) + "\n")


def test_names_are_octets() -> None:
    """A Kelvin sign is not the letter K, and need not be UTF-8."""
    key = WITNESSES["x1"].verifier.text.encode()
    policy = parse_policy(b"witness \xff\xfe " + key + b"\nquorum \xff\xfe\n")
    assert policy.quorum == policy.witnesses[0].name
