"""A part's bytes: sealed under a commitment, compressed, encrypted, and opened again with every check on the way.

The received bytes (`raw`) and their normalised form (`norm`) say nearly the same, so `raw` is compressed with the
`norm` of its own entry as dictionary: both together cost little more than one. `norm` stands alone, because it
outlives `raw`: to erase a `norm` and keep its `raw`, the `raw` is sealed anew first (its commitment and the
commitment's key stay).

Each part is encrypted with AES-256-GCM under a key of its own. In the column `key` stands that key, wrapped (AES key
wrap, RFC 3394) by a key of the keyring that `codec` names; in `body` the commitment's key and the compressed bytes,
encrypted as one. So the row is all there is of a part: with it go the ciphertext, its key and what opens the
commitment. How a part is stored is no matter of the leaf; parts of before encryption stay readable.

    codec    body                                              key
    zstd     zstd(payload)                                     the commitment's key, plain (as before encryption)
    a256gcm:KEYNAME:zstd   GCM(commitment key ‖ zstd(payload)) wrapped key
    … zstd:norm in place of zstd: the dictionary is the entry's own norm
"""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from lineage.errors import LedgerError
from lineage.ledger.classes import NORM, RAW
from lineage.ledger.leaf import KEY_BYTES, Part, commit

ALONE = "zstd"
WITH_NORM = "zstd:norm"  # the dictionary is the entry's own norm
ENCRYPTED = "a256gcm"
PART_KEY_BYTES = 32  # AES-256
ZSTD_LEVEL = 3  # 7.6 kB events: level 6 takes twice the time for 7 % less
WINDOW_LOG_MAX = 27  # 128 MiB, the most that a decompressor accepts without being told to
HASH_LOG_MAX = 22  # two tables of 16 MiB while it compresses; larger ones save little
_WIDE_REACH_BYTES = 1 << 20  # beyond this the level's own tables forget the dictionary's begin: they have to be widened
# A part's key encrypts one message in its life (to seal anew is to take another key), so a constant nonce repeats never.
_NONCE = bytes(12)


class _Own(threading.local):
    """A thread's own compressor: none may serve two threads at once, and to make one takes longer than a small part does."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL)


_own = _Own()

Keys = Callable[[str], bytes]
"""The name of a wrapping key → its 32 bytes. Raises KeyMissing."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A part as the disk has it: one row without its name."""

    key: bytes
    codec: str
    body: bytes

    @property
    def key_name(self) -> str | None:
        """The wrapping key that it needs; None: it is not encrypted."""
        encrypted, _, rest = self.codec.partition(":")
        return rest.partition(":")[0] if encrypted == ENCRYPTED else None


@dataclass(frozen=True, slots=True)
class SealedPart:
    """One part ready for the disk: what the leaf says of it, and its bytes as stored."""

    part: Part
    stored: Stored


@dataclass(frozen=True, slots=True)
class Opened:
    """A part's bytes, and the key under which its leaf commits to them."""

    payload: bytes
    key: bytes


def seal(
    parts: Mapping[str, bytes],
    media_types: Mapping[str, str],
    wrapping_key: Callable[[str], tuple[str, bytes]],
) -> tuple[SealedPart, ...]:
    """Commit to, compress and encrypt the parts of one entry, in order of their names. Media type is JSON unless said.
    `wrapping_key`: the name of a part → the name of its wrapping key, and the key."""
    norm = parts.get(NORM)
    sealed = []
    for name in sorted(parts):
        payload, key = parts[name], os.urandom(KEY_BYTES)
        part = Part(name, media_types.get(name, "application/json"), len(payload), commit(key, payload))
        dictionary = norm if name == RAW and norm else None
        sealed.append(SealedPart(part, _store(part, Opened(payload, key), dictionary, *wrapping_key(name))))
    return tuple(sealed)


def codec_range(key_name: str) -> tuple[str, str]:
    """The codecs that name this key lie from the first text up to the second."""
    return f"{ENCRYPTED}:{key_name}:", f"{ENCRYPTED}:{key_name};"


def needs_norm(stored: Stored | None) -> bool:
    """Whether the part cannot be opened without its entry's norm."""
    return stored is not None and stored.codec.endswith(WITH_NORM)


def seal_anew(part: Part, opened: Opened, key_name: str, wrapping_key: bytes) -> Stored:
    """The same part stored alone, so that its entry's norm may go: another key, the same commitment."""
    return _store(part, opened, None, key_name, wrapping_key)


def _store(part: Part, opened: Opened, dictionary: bytes | None, key_name: str, wrapping_key: bytes) -> Stored:
    own_key = os.urandom(PART_KEY_BYTES)
    secret = opened.key + compress(opened.payload, dictionary)
    return Stored(
        key=aes_key_wrap(wrapping_key, own_key),
        codec=f"{ENCRYPTED}:{key_name}:{WITH_NORM if dictionary else ALONE}",
        body=AESGCM(own_key).encrypt(_NONCE, secret, part.commitment),
    )


def compress(payload: bytes, dictionary: bytes | None) -> bytes:
    """One zstd frame, with `dictionary` as what came before it."""
    if dictionary is None:
        return _own.compressor.compress(payload)
    reach = len(payload) + len(dictionary)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        ZSTD_LEVEL, source_size=len(payload), dict_size=len(dictionary)
    )
    if reach > _WIDE_REACH_BYTES:
        parameters = zstandard.ZstdCompressionParameters.from_level(
            ZSTD_LEVEL,
            window_log=min(WINDOW_LOG_MAX, reach.bit_length()),
            hash_log=min(HASH_LOG_MAX, reach.bit_length() - 1),
            chain_log=min(HASH_LOG_MAX, reach.bit_length() - 1),
        )
    raw_content = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    return zstandard.ZstdCompressor(compression_params=parameters, dict_data=raw_content).compress(payload)


def open_part(part: Part, stored: Stored, *, norm: bytes | None, keys: Keys) -> Opened:
    """The part's bytes, checked against length and commitment; `norm` is the entry's norm, if the codec asks for it.

    Never decompresses more than `part.length`. KeyMissing when the keyring lacks its key; LedgerError says in what the
    stored bytes are not the committed ones.
    """
    plain = _decrypt(part, stored, keys)
    payload = _decompress(part, plain, norm)
    if not hmac.compare_digest(commit(plain.key, payload), part.commitment):
        raise LedgerError(f"Part {part.name} is not what its leaf commits to. Run `headwater audit fsck`.")
    return Opened(payload, plain.key)


def _decrypt(part: Part, stored: Stored, keys: Keys) -> Stored:
    """The row as one that is not encrypted."""
    key_name = stored.key_name
    if key_name is None:
        return stored
    wrapping_key = keys(key_name)
    try:
        secret = AESGCM(aes_key_unwrap(wrapping_key, stored.key)).decrypt(_NONCE, stored.body, part.commitment)
    except (InvalidUnwrap, InvalidTag, ValueError) as error:
        raise LedgerError(
            f"Part {part.name} does not open with the key {key_name}: it was changed, or the keyring is another."
            " Run `headwater audit fsck`."
        ) from error
    return Stored(secret[:KEY_BYTES], stored.codec[len(ENCRYPTED) + len(key_name) + 2 :], secret[KEY_BYTES:])


def _decompress(part: Part, plain: Stored, norm: bytes | None) -> bytes:
    if plain.codec == ALONE:
        decompressor = zstandard.ZstdDecompressor()
    elif plain.codec == WITH_NORM:
        if norm is None:
            raise LedgerError(
                f"Part {part.name} needs the entry's norm, which is gone or broken. Run `headwater audit fsck`."
            )
        raw_content = zstandard.ZstdCompressionDict(norm, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        decompressor = zstandard.ZstdDecompressor(dict_data=raw_content)
    else:
        raise LedgerError(f"Part {part.name} is stored as {plain.codec!r}, unknown to this version. Upgrade Headwater.")
    try:
        # The frame states its size and the library would allocate it unseen: compare first.
        stated = zstandard.frame_content_size(plain.body)
        payload = decompressor.decompress(plain.body, allow_extra_data=False) if stated == part.length else b""
    except zstandard.ZstdError as error:
        raise LedgerError(f"Part {part.name} does not decompress ({error}). Run `headwater audit fsck`.") from error
    if stated != part.length:
        raise LedgerError(f"Part {part.name} has {stated} bytes, not {part.length}. Run `headwater audit fsck`.")
    return payload
