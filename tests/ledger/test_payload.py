"""Payload parts: sealed, opened, and never trusted."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lineage.errors import LedgerError
from lineage.ledger.payload import ALONE, WITH_NORM, SealedPart, open_part, seal

EVENT = b'{"eventType":"START","run":{"runId":"0190"},"job":{"namespace":"n","name":"j"}}' * 90


def opened(sealed: SealedPart, norm: bytes | None = None) -> bytes:
    """The part's bytes, through all checks."""
    return open_part(sealed.part, key=sealed.key, codec=sealed.codec, body=sealed.body, norm=norm)


@given(st.binary(max_size=2000), st.binary(max_size=2000))
def test_parts_survive_sealing(norm: bytes, raw: bytes) -> None:
    """Any bytes come back, raw by way of its norm, and parts are in order of their names."""
    sealed_norm, sealed_raw = seal({"raw": raw, "norm": norm}, {})
    assert opened(sealed_norm) == norm
    assert opened(sealed_raw, norm) == raw


def test_raw_alone_needs_no_norm() -> None:
    """A dead letter has no norm: its raw stands alone, with its own media type."""
    (sealed,) = seal({"raw": b"\x00garbage"}, {"raw": "application/octet-stream"})
    assert sealed.codec == ALONE and sealed.part.media_type == "application/octet-stream"
    assert opened(sealed) == b"\x00garbage"


@pytest.mark.parametrize("copies", (1, 400))
def test_raw_beside_its_norm_costs_next_to_nothing(copies: int) -> None:
    """Bytes that the norm holds already are not stored again, at 7 kB and at 8 MB of hardly compressible content."""
    norm = os.urandom(len(EVENT) * copies // 2).hex().encode()
    raw = norm[:100] + b'"extra facet"' + norm[100:]
    sealed_norm, sealed_raw = seal({"norm": norm, "raw": raw}, {})
    assert sealed_raw.codec == WITH_NORM
    assert len(sealed_raw.body) < len(sealed_norm.body) // 50
    assert opened(sealed_raw, norm) == raw


def test_each_part_has_its_own_key_and_commitment() -> None:
    """The same bytes twice show in no leaf that they are the same."""
    (first,), (second,) = seal({"raw": EVENT}, {}), seal({"raw": EVENT}, {})
    assert first.key != second.key and first.part.commitment != second.part.commitment


def test_a_bomb_is_not_decompressed() -> None:
    """A stored frame that states more bytes than the leaf does is refused before it is opened."""
    (sealed,) = seal({"raw": b"x" * 10}, {})
    bomb = zstandard.compress(bytes(300 << 20))
    with pytest.raises(LedgerError, match="314572800 bytes, not 10"):
        opened(replace(sealed, body=bomb))


def test_changed_parts_are_refused() -> None:
    """Other bytes, another key, a broken frame, trailing bytes and an unknown codec each say what is wrong."""
    (sealed,) = seal({"raw": EVENT}, {})
    (other,) = seal({"raw": EVENT.replace(b"START", b"ABORT")}, {})
    for changed, says in (
        (replace(sealed, body=other.body), "commits"),
        (replace(sealed, key=other.key), "commits"),
        (replace(sealed, body=b"garbage"), "decompress"),
        (replace(sealed, body=sealed.body + b"x"), "decompress"),
        (replace(sealed, body=b""), "decompress"),
        (replace(sealed, codec="lzma"), "Upgrade"),
        (replace(sealed, codec=WITH_NORM), "norm"),
    ):
        with pytest.raises(LedgerError, match=says):
            opened(changed)
