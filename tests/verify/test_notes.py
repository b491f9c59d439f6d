"""Notes, keys and checkpoints: the formats of C2SP, byte for byte, and nothing that only looks like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.signing.private_keys import make_key, parse_private_key, sign_line
from lineage.verify import base64_text
from lineage.verify.checkpoint import Checkpoint, parse_checkpoint
from lineage.verify.keys import KeyKind, parse_vkey, signatures_of
from lineage.verify.note import NoteSignature, format_note, parse_note
from lineage.verify.refusal import Malformed, Rejected

# The example of Go's note package: a key, a text and a signature that we did not make.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
HEAD = Checkpoint("acme.example/ledger", 7, bytes(range(32)))
TIME_S = 1_790_000_000


def test_a_note_of_another_implementation_is_read_and_its_signature_checked() -> None:
    """Go's own example."""
    key, note = parse_vkey(NEUMANN), parse_note(NEUMANN_NOTE)
    (line,) = note.signatures
    assert key.signed(line)
    assert key.verify(note.text, line.signature) is None
    assert note.encode() == NEUMANN_NOTE
    with pytest.raises(Rejected):
        key.verify(note.text.replace("don't", "do not"), line.signature)


@pytest.mark.parametrize("kind", [*KeyKind])
def test_every_kind_of_key_signs_and_is_checked(kind: KeyKind) -> None:
    """Ed25519, the timed cosignature, ML-DSA-44: over this head, by this name, at this time, and nothing else."""
    key = make_key("acme.example/w+1".replace("+", "-"), kind)
    line = sign_line(key, HEAD.text, TIME_S)
    verifier = parse_vkey(key.verifier.text)
    assert verifier == key.verifier
    assert verifier.verify(HEAD.text, line.signature) == (TIME_S if kind.is_timed else None)
    other = Checkpoint(HEAD.origin, 8, HEAD.root).text
    with pytest.raises(Rejected):
        verifier.verify(other, line.signature)
    for at in (0, len(line.signature) // 2, len(line.signature) - 1):
        flipped = line.signature[:at] + bytes([line.signature[at] ^ 1]) + line.signature[at + 1 :]
        with pytest.raises(Rejected):
            verifier.verify(HEAD.text, flipped)


@pytest.mark.parametrize("kind", [*KeyKind])
def test_a_private_key_survives_its_text_and_shows_in_no_repr(kind: KeyKind) -> None:
    """The line of Go's note package; the secret is in the text alone."""
    key = make_key("acme.example/ledger", kind)
    assert parse_private_key(key.text) == key
    assert base64_text.encode(key.seed) not in repr(key)
    assert repr(key.seed)[2:-1] not in repr(key)


def test_unknown_signatures_are_carried_along_and_a_known_wrong_one_condemns() -> None:
    """So keys can rotate and witnesses sign; but nobody may put a wrong signature under a known name."""
    key, stranger = make_key(HEAD.origin), make_key("other.example/w")
    lines = [sign_line(stranger, HEAD.text, TIME_S), sign_line(key, HEAD.text, TIME_S)]
    signed = parse_checkpoint(format_note(HEAD.text, lines))
    assert signed.checkpoint == HEAD
    assert signatures_of(key.verifier, signed) == [None]
    wrong = NoteSignature(key.verifier.name, key.verifier.key_id, bytes(64))
    with pytest.raises(Rejected):
        signatures_of(key.verifier, parse_checkpoint(format_note(HEAD.text, [*lines, wrong])))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        "a\n\n",
        "a\n\n— k\n",
        "a\n\n— k AAAA\n",  # no signature behind the key id
        "a\n\n— k AAAAAAA=",  # the last line does not end
        "a\n\n- k AAAAAAA=\n",
        "a\n\n— k+k AAAAAAA=\n",
        "a\n\n— k AAAAAAB=\n",  # another spelling of the same bytes
        "a\tb\n\n— k AAAAAAA=\n",
        "a\n\n— k AAAAAAA=\n\n",
    ],
)
def test_what_is_no_note_is_malformed(text: str) -> None:
    """Each line ends, base64 has one spelling, control characters are out."""
    with pytest.raises(Malformed):
        parse_note(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n7\n", "\n07\n"),
        ("\n7\n", "\n-7\n"),
        ("\n7\n", "\n７\n"),
        ("\n7\n", "\n9223372036854775808\n"),
        ("AAEC", "AAE"),
    ],
)
def test_what_is_no_checkpoint_is_malformed(old: str, new: str) -> None:
    """Sizes have one spelling, roots 32 bytes."""
    key = make_key(HEAD.origin)
    text = format_note(HEAD.text.replace(old, new, 1), [sign_line(key, HEAD.text, TIME_S)])
    with pytest.raises(Malformed):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "text",
    [
        NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("Peter", "Paul"),
        NEUMANN + "AAAA",
        "k+00000000+AAAA",
        "k",
        NEUMANN.replace("PeterNeumann", "Peter Neumann"),
    ],
)
def test_what_is_no_key_is_malformed(text: str) -> None:
    """A key's id is its own, its kind is known, its length is the kind's."""
    with pytest.raises(Malformed):
        parse_vkey(text)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_note_or_malformed(content: bytes) -> None:
    """Nothing else is raised, and what is read writes itself again."""
    try:
        note = parse_note(content)
    except Malformed:
        return
    assert note.encode().encode() == content
