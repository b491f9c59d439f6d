"""Verifier keys: the C2SP vkey text, and the check of one signature line against one key.

Three signature types matter here: a log's Ed25519 over the note's text (0x01), a witness's Ed25519 with a time (0x04),
and ML-DSA-44 with a time (0x06), which logs and witnesses may both use and which stays safe once quantum computers
come. What each signs is in `message`, once, for signers and verifiers alike.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lineage.verify import base64_text
from lineage.verify.checkpoint import SignedCheckpoint, parse_checkpoint_text
from lineage.verify.note import KEY_ID_BYTES, NoteSignature, require_key_name
from lineage.verify.refusal import Malformed, Rejected

TIMESTAMP_BYTES = 8
TIMESTAMP_MAX = 2**63 - 1
_SUBTREE_LABEL = b"subtree/v1\n\0"


class KeyKind(IntEnum):
    """The signature type byte of the C2SP registry."""

    ED25519 = 0x01
    COSIGNATURE_ED25519 = 0x04
    ML_DSA_44 = 0x06

    @property
    def is_timed(self) -> bool:
        """Whether its signatures carry the time of signing."""
        return self is not KeyKind.ED25519


KEY_BYTES = {KeyKind.ED25519: 32, KeyKind.COSIGNATURE_ED25519: 32, KeyKind.ML_DSA_44: 1312}
LOG_KINDS = frozenset({KeyKind.ED25519, KeyKind.ML_DSA_44})
WITNESS_KINDS = frozenset({KeyKind.COSIGNATURE_ED25519, KeyKind.ML_DSA_44})


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key by its `name` (for a log: its origin) and kind."""

    name: str
    kind: KeyKind
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that a signature line names it by: to find it, not to trust it."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """The vkey: `name+key id+base64(kind, key)`."""
        return f"{self.name}+{self.key_id.hex()}+{base64_text.encode(bytes([self.kind]) + self.public)}"

    def signed(self, line: NoteSignature) -> bool:
        """Whether the line claims to be this key's."""
        return line.name == self.name and line.key_id == self.key_id

    def verify(self, text: str, signature: bytes) -> int | None:
        """Check a signature over the note text; the time of signing (seconds since the epoch), None for a kind that
        has none. Rejected if it is not this key's over this text; Malformed if a timed kind signs no checkpoint."""
        time_s: int | None = None
        if self.kind.is_timed:
            time_s = int.from_bytes(signature[:TIMESTAMP_BYTES], "big")
            signature = signature[TIMESTAMP_BYTES:]
            if time_s > TIMESTAMP_MAX:
                raise Rejected(f"the signature of {self.name} states an impossible time")
        try:
            if self.kind is KeyKind.ML_DSA_44:
                _verify_ml_dsa(self.public, signature, message(self.kind, self.name, text, time_s))
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(
                    signature, message(self.kind, self.name, text, time_s)
                )
        except (InvalidSignature, ValueError) as error:
            raise Rejected(f"the signature of {self.name} is not true") from error
        return time_s


def message(kind: KeyKind, name: str, text: str, time_s: int | None) -> bytes:
    """What a key of this kind and name signs for the note `text` at `time_s` (None for a kind without time)."""
    if kind is KeyKind.ED25519:
        return text.encode()
    assert time_s is not None
    if kind is KeyKind.COSIGNATURE_ED25519:
        return f"cosignature/v1\ntime {time_s}\n{text}".encode()
    head = parse_checkpoint_text(text)
    return b"".join(
        (
            _SUBTREE_LABEL,
            _short(name),
            time_s.to_bytes(8, "big"),
            _short(head.origin),
            (0).to_bytes(8, "big"),
            head.size.to_bytes(8, "big"),
            head.root,
        )
    )


def _short(text: str) -> bytes:
    encoded = text.encode()
    if not 1 <= len(encoded) <= 255:
        raise Malformed(f"{text[:40]!r} has {len(encoded)} bytes, where 1 to 255 can be signed")
    return bytes([len(encoded)]) + encoded


def _verify_ml_dsa(public: bytes, signature: bytes, signed: bytes) -> None:
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        MLDSA44PublicKey.from_public_bytes(public).verify(signature, signed)
    except (ImportError, UnsupportedAlgorithm) as error:
        raise Rejected("this cryptography library cannot check ML-DSA-44: install cryptography 47 or newer") from error


def parse_vkey(text: str) -> VerifierKey:
    """The key in a vkey. Malformed for another kind, length, or a key id that is not its own."""
    name, _, rest = text.partition("+")  # base64 may hold a plus itself
    stated_id, _, encoded = rest.partition("+")
    value = base64_text.decode(encoded)
    try:
        kind = KeyKind(value[0])
    except (ValueError, IndexError) as error:
        raise Malformed(f"the key of {name[:80]!r} is of a kind that is not known here") from error
    if len(value) != 1 + KEY_BYTES[kind]:
        raise Malformed(f"the key of {name[:80]!r} has {len(value) - 1} bytes, not {KEY_BYTES[kind]}")
    key = VerifierKey(require_key_name(name), kind, value[1:])
    if key.key_id.hex() != stated_id:
        raise Malformed(f"the key of {name[:80]!r} states the id {stated_id[:16]!r}, its own is {key.key_id.hex()}")
    return key


def signatures_of(key: VerifierKey, signed: SignedCheckpoint) -> list[int | None]:
    """The times of all signatures of `key` below the checkpoint, each checked; empty if it signed none. Rejected if
    one of them is not true."""
    note = signed.note
    return [key.verify(note.text, line.signature) for line in note.signatures if key.signed(line)]
