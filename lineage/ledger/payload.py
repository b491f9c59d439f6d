"""A part's bytes: sealed under a commitment, compressed, and opened again with every check on the way.

The received bytes (`raw`) and their normalised form (`norm`) say nearly the same, so `raw` is compressed with the
`norm` of its own entry as dictionary: both together cost little more than one. `norm` stands alone, because it
outlives `raw`: to erase a `norm` and keep its `raw`, the `raw` must be sealed anew first (its commitment and key
stay).

How a part is stored (`codec`) is no matter of the leaf: encryption can come as another codec.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

import zstandard

from lineage.errors import LedgerError
from lineage.ledger.leaf import KEY_BYTES, Part, commit

ALONE = "zstd"
WITH_NORM = "zstd:norm"  # the dictionary is the entry's own norm
NORM, RAW = "norm", "raw"
ZSTD_LEVEL = 3  # 7.6 kB events: level 6 takes twice the time for 7 % less
WINDOW_LOG_MAX = 27  # 128 MiB, the most that a decompressor accepts without being told to
HASH_LOG_MAX = 22  # two tables of 16 MiB while it compresses; larger ones save little
_WIDE_REACH_BYTES = 1 << 20  # beyond this the level's own tables forget the dictionary's begin: they have to be widened


@dataclass(frozen=True, slots=True)
class SealedPart:
    """One part ready for the disk: what the leaf says of it, its key, and its bytes as stored."""

    part: Part
    key: bytes
    codec: str
    body: bytes


def seal(parts: Mapping[str, bytes], media_types: Mapping[str, str]) -> tuple[SealedPart, ...]:
    """Commit to and compress the parts of one entry, in order of their names. Media type is JSON unless said."""
    norm = parts.get(NORM)
    sealed = []
    for name in sorted(parts):
        payload, key = parts[name], os.urandom(KEY_BYTES)
        part = Part(name, media_types.get(name, "application/json"), len(payload), commit(key, payload))
        codec = WITH_NORM if name == RAW and norm else ALONE
        body = _compress(payload, norm) if codec == WITH_NORM and norm else _compress(payload, None)
        sealed.append(SealedPart(part, key, codec, body))
    return tuple(sealed)


def _compress(payload: bytes, dictionary: bytes | None) -> bytes:
    if dictionary is None:
        return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(payload)
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


def open_part(part: Part, *, key: bytes, codec: str, body: bytes, norm: bytes | None) -> bytes:
    """The part's bytes, checked against length and commitment; `norm` is the entry's norm, if the codec asks for it.

    Never decompresses more than `part.length`. LedgerError says in what the stored bytes are not the committed ones.
    """
    if codec == ALONE:
        decompressor = zstandard.ZstdDecompressor()
    elif codec == WITH_NORM:
        if norm is None:
            raise LedgerError(
                f"Part {part.name} needs the entry's norm, which is gone or broken. Run `headwater audit fsck`."
            )
        raw_content = zstandard.ZstdCompressionDict(norm, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        decompressor = zstandard.ZstdDecompressor(dict_data=raw_content)
    else:
        raise LedgerError(f"Part {part.name} is stored as {codec!r}, unknown to this version. Upgrade Headwater.")
    try:
        # The frame states its size and the library would allocate it unseen: compare first.
        stated = zstandard.frame_content_size(body)
        payload = decompressor.decompress(body, allow_extra_data=False) if stated == part.length else b""
    except zstandard.ZstdError as error:
        raise LedgerError(f"Part {part.name} does not decompress ({error}). Run `headwater audit fsck`.") from error
    if stated != part.length:
        raise LedgerError(f"Part {part.name} has {stated} bytes, not {part.length}. Run `headwater audit fsck`.")
    if not hmac.compare_digest(commit(key, payload), part.commitment):
        raise LedgerError(f"Part {part.name} is not what its leaf commits to. Run `headwater audit fsck`.")
    return payload
