"""Private keys: the C2SP types that a log or a witness signs with, and their text form.

The text is that of Go's note package, `PRIVATE+KEY+name+id+base64(kind, seed)`, so that an operator may make a key with
other tools and hand it in. A key in a KMS is another `SigningKey`: it needs no seed here, only to sign bytes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lineage.errors import InputError
from lineage.verify import base64_text
from lineage.verify.keys import TIMESTAMP_BYTES, KeyKind, VerifierKey, message
from lineage.verify.note import NoteSignature, require_key_name
from lineage.verify.refusal import VerifyError

SEED_BYTES = 32  # of Ed25519 and of ML-DSA alike
_PREFIX = "PRIVATE+KEY+"


class SigningKey(Protocol):
    """A key that signs, wherever its secret is."""

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""

    def sign(self, signed: bytes) -> bytes:
        """The bare signature over these bytes. StoreError (retryable) when the key cannot be reached."""


@dataclass(frozen=True, slots=True)
class SeedKey:
    """A key whose secret is here: 32 bytes from which the library makes the rest."""

    verifier: VerifierKey
    seed: bytes = field(repr=False)

    def sign(self, signed: bytes) -> bytes:
        """As the protocol says; it is always reached."""
        return _private(self.verifier.kind, self.seed).sign(signed)

    @property
    def text(self) -> str:
        """The secret's text: for its file only, never for a log."""
        name, key_id = self.verifier.name, self.verifier.key_id.hex()
        return f"{_PREFIX}{name}+{key_id}+{base64_text.encode(bytes([self.verifier.kind]) + self.seed)}"


class _Private(Protocol):
    def sign(self, data: bytes, /) -> bytes: ...


def _private(kind: KeyKind, seed: bytes) -> _Private:
    if kind is KeyKind.ML_DSA_44:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

        return MLDSA44PrivateKey.from_seed_bytes(seed)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _public(kind: KeyKind, seed: bytes) -> bytes:
    if kind is KeyKind.ML_DSA_44:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

        return MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def make_key(name: str, kind: KeyKind = KeyKind.ED25519, seed: bytes | None = None) -> SeedKey:
    """A new key of that name, from random bytes or from `seed`. InputError for a name that no key can have."""
    seed = seed or secrets.token_bytes(SEED_BYTES)
    try:
        return SeedKey(VerifierKey(require_key_name(name), kind, _public(kind, seed)), seed)
    except VerifyError as error:
        raise InputError(f"{error.message}. Use a name without blanks and plus signs.", place="name") from error


def parse_private_key(text: str) -> SeedKey:
    """The key in a `PRIVATE+KEY+…` line. InputError, which never repeats the secret."""
    name, _, rest = text.strip().removeprefix(_PREFIX).partition("+")
    stated_id, _, encoded = rest.partition("+")
    try:
        value = base64_text.decode(encoded, length=1 + SEED_BYTES)
        key = make_key(name, KeyKind(value[0]), value[1:])
    except (VerifyError, ValueError) as error:
        raise InputError("This is no private key. Use a line that begins with PRIVATE+KEY+.", place="key") from error
    if not text.strip().startswith(_PREFIX) or key.verifier.key_id.hex() != stated_id:
        raise InputError(f"The private key of {name[:80]!r} is damaged. Restore its file.", place="key")
    return key


def sign_line(key: SigningKey, text: str, time_s: int) -> NoteSignature:
    """The signature line of `key` below the note `text`, at `time_s` (seconds since the epoch) for the kinds that state
    it."""
    verifier = key.verifier
    if not verifier.kind.is_timed:
        return NoteSignature(
            verifier.name, verifier.key_id, key.sign(message(verifier.kind, verifier.name, text, None))
        )
    signature = key.sign(message(verifier.kind, verifier.name, text, time_s))
    return NoteSignature(verifier.name, verifier.key_id, time_s.to_bytes(TIMESTAMP_BYTES, "big") + signature)
