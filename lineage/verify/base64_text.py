"""Standard base64 as the C2SP formats want it: one spelling for each value, so that no two texts mean the same."""

from __future__ import annotations

import base64
import binascii

from lineage.verify.refusal import Malformed


def encode(value: bytes) -> str:
    """RFC 4648 section 4, padded, on one line."""
    return base64.b64encode(value).decode("ascii")


def decode(text: str, *, length: int | None = None) -> bytes:
    """The inverse of `encode`, for exactly its spelling. Malformed for any other, or when it is not `length` bytes."""
    try:
        value = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Malformed(f"{text[:40]!r} is not base64 ({error})") from error
    if encode(value) != text:  # the unused bits of the last letter must be zero
        raise Malformed(f"{text[:40]!r} is base64 in another spelling")
    if length is not None and len(value) != length:
        raise Malformed(f"{text[:40]!r} holds {len(value)} bytes, not {length}")
    return value
