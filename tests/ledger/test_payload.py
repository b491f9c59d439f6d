"""Payload parts: sealed, opened, and never trusted."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lineage.errors import LedgerError
from lineage.ledger import payload
from lineage.ledger.keyring import KeyMissing
from lineage.ledger.leaf import commit
from lineage.ledger.payload import ALONE, WITH_NORM, SealedPart, Stored, open_part, seal_anew

EVENT = b'{"eventType":"START","run":{"runId":"0190"},"job":{"namespace":"n","name":"j"}}' * 90


KEY_NAME = "raw-2026-11-00000001"
WRAPPING_KEY = bytes(range(32))


def keys(name: str) -> bytes:
    """A keyring of one key."""
    if name != KEY_NAME:
        raise KeyMissing(f"no {name}", name)
    return WRAPPING_KEY


def seal(parts: dict[str, bytes], media_types: dict[str, str]) -> tuple[SealedPart, ...]:
    """Sealed with the one key."""
    return payload.seal(parts, media_types, lambda _: (KEY_NAME, WRAPPING_KEY))


def opened(sealed: SealedPart, norm: bytes | None = None) -> bytes:
    """The part's bytes, through all checks."""
    return open_part(sealed.part, sealed.stored, norm=norm, keys=keys).payload


def codec(inner: str) -> str:
    """The codec of an encrypted part."""
    return f"a256gcm:{KEY_NAME}:{inner}"


@given(st.binary(max_size=2000), st.binary(max_size=2000))
def test_parts_survive_sealing(norm: bytes, raw: bytes) -> None:
    """Any bytes come back, raw by way of its norm, and parts are in order of their names."""
    sealed_norm, sealed_raw = seal({"raw": raw, "norm": norm}, {})
    assert opened(sealed_norm) == norm
    assert opened(sealed_raw, norm) == raw


def test_raw_alone_needs_no_norm() -> None:
    """A dead letter has no norm: its raw stands alone, with its own media type."""
    (sealed,) = seal({"raw": b"\x00garbage"}, {"raw": "application/octet-stream"})
    assert sealed.stored.codec == codec(ALONE) and sealed.part.media_type == "application/octet-stream"
    assert opened(sealed) == b"\x00garbage"


@pytest.mark.parametrize("copies", (1, 400))
def test_raw_beside_its_norm_costs_next_to_nothing(copies: int) -> None:
    """Bytes that the norm holds already are not stored again, at 7 kB and at 8 MB of hardly compressible content."""
    norm = os.urandom(len(EVENT) * copies // 2).hex().encode()
    raw = norm[:100] + b'"extra facet"' + norm[100:]
    sealed_norm, sealed_raw = seal({"norm": norm, "raw": raw}, {})
    assert sealed_raw.stored.codec == codec(WITH_NORM)
    assert len(sealed_raw.stored.body) < len(sealed_norm.stored.body) // 50 + 100
    assert opened(sealed_raw, norm) == raw


def test_each_part_has_its_own_key_and_commitment() -> None:
    """The same bytes twice show in no leaf that they are the same."""
    (first,), (second,) = seal({"raw": EVENT}, {}), seal({"raw": EVENT}, {})
    assert (
        first.stored.key != second.stored.key
        and first.stored.body != second.stored.body
        and first.part.commitment != second.part.commitment
    )


def plain(sealed: SealedPart) -> SealedPart:
    """The part as a ledger of before encryption has it."""
    key = bytes(range(32))
    body = zstandard.compress(opened(sealed))
    part = replace(sealed.part, commitment=commit(key, opened(sealed)))
    return SealedPart(part, Stored(key, ALONE, body))


def changed(sealed: SealedPart, **fields: object) -> SealedPart:
    """The part with other columns."""
    return replace(sealed, stored=replace(sealed.stored, **fields))  # type: ignore[arg-type]


def test_parts_of_before_encryption_stay_readable() -> None:
    """A row without a wrapped key opens with the key that it holds; nothing of the keyring is asked for."""
    (sealed,) = seal({"raw": EVENT}, {})
    old = plain(sealed)
    assert old.stored.key_name is None
    assert opened(old) == EVENT


def test_what_is_stored_shows_nothing_of_the_payload() -> None:
    """Neither the text nor the commitment's key is in the row, and a row does not open under another leaf's part."""
    first, second = seal({"raw": EVENT}, {})[0], seal({"raw": EVENT}, {})[0]
    found = open_part(first.part, first.stored, norm=None, keys=keys)
    assert commit(found.key, EVENT) == first.part.commitment
    row = first.stored.key + first.stored.body
    assert found.key not in row and b"eventType" not in row and b"runId" not in row
    with pytest.raises(LedgerError, match="does not open"):
        opened(SealedPart(second.part, first.stored))


def test_a_missing_key_is_named() -> None:
    """Not a damaged part, but one whose key is elsewhere."""
    (sealed,) = seal({"raw": EVENT}, {})
    with pytest.raises(KeyMissing) as missing:
        opened(changed(sealed, codec=f"a256gcm:raw-2026-10-00000001:{ALONE}"))
    assert missing.value.key_name == "raw-2026-10-00000001"


def test_a_raw_sealed_anew_stands_without_its_norm() -> None:
    """The commitment and its key stay, the key of the part and its bytes are others."""
    _, sealed_raw = seal({"norm": EVENT, "raw": EVENT + b" "}, {})
    before = open_part(sealed_raw.part, sealed_raw.stored, norm=EVENT, keys=keys)
    anew = seal_anew(sealed_raw.part, before, KEY_NAME, WRAPPING_KEY)
    after = open_part(sealed_raw.part, anew, norm=None, keys=keys)
    assert after == before and after.payload == EVENT + b" "
    assert anew.key != sealed_raw.stored.key and anew.codec == codec(ALONE)


def test_a_bomb_is_not_decompressed() -> None:
    """A stored frame that states more bytes than the leaf does is refused before it is opened."""
    (sealed,) = seal({"raw": b"x" * 10}, {})
    bomb = zstandard.compress(bytes(300 << 20))
    with pytest.raises(LedgerError, match="314572800 bytes, not 10"):
        opened(changed(plain(sealed), body=bomb))


def test_changed_parts_are_refused() -> None:
    """Other bytes, another key, a broken frame, trailing bytes and an unknown codec each say what is wrong."""
    (sealed,) = seal({"raw": EVENT}, {})
    (other,) = seal({"raw": EVENT.replace(b"START", b"ABORT")}, {})
    for wrong, says in (
        (changed(sealed, body=other.stored.body), "does not open"),
        (changed(sealed, key=other.stored.key), "does not open"),
        (changed(sealed, key=b"short"), "does not open"),
        (changed(sealed, body=b""), "does not open"),
        (changed(sealed, codec=codec("lzma")), "Upgrade"),
        (changed(sealed, codec="lzma"), "Upgrade"),
        (changed(sealed, codec=codec(WITH_NORM)), "norm"),
    ):
        with pytest.raises(LedgerError, match=says):
            opened(wrong)
    old = plain(sealed)
    for wrong, says in (
        (changed(old, body=plain(other).stored.body), "commits"),
        (changed(old, key=bytes(32)), "commits"),
        (changed(old, body=b"garbage"), "decompress"),
        (changed(old, body=old.stored.body + b"x"), "decompress"),
        (changed(old, body=b""), "decompress"),
        (changed(old, codec=WITH_NORM), "norm"),
    ):
        with pytest.raises(LedgerError, match=says):
            opened(wrong)
