"""The leaf's bytes, and the drafts that become leaves."""

from __future__ import annotations

import hashlib

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from lineage.errors import InputError, LedgerError, LimitExceeded
from lineage.ledger.entries import TEXT_BYTES_MAX, Draft
from lineage.ledger.leaf import (
    LEAF_BYTES_MAX,
    Leaf,
    Part,
    commit,
    decode_leaf,
    encode_leaf,
    format_time,
    parse_time,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
TIMES_US = st.integers(parse_time("0001-01-01T00:00:00.000000Z"), parse_time("9999-12-31T23:59:59.999999Z"))
PARTS = st.builds(Part, TEXT, TEXT, st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32))
LEAVES = st.builds(
    Leaf,
    origin=TEXT,
    index=st.integers(0, 2**53 - 1),
    time_us=TIMES_US,
    kind=TEXT,
    parts=st.lists(PARTS, max_size=4, unique_by=lambda part: part.name).map(
        lambda parts: tuple(sorted(parts, key=lambda part: part.name))
    ),
    event_time_us=st.none() | TIMES_US,
    actor=TEXT,
    auth=TEXT,
    request=TEXT,
    projector=TEXT,
)
EXAMPLE = Leaf(
    origin="lineage.example/acme/ledger",
    index=12345,
    time_us=1795370400123456,
    kind="ol.event",
    parts=(Part("norm", "application/json", 2110, b"\x00" * 32),),
    event_time_us=1795370398000000,
    actor="a_01JD",
)


def test_a_leaf_has_the_documented_bytes() -> None:
    """A leaf is canonical JSON with sorted keys, and its empty fields are left out."""
    assert encode_leaf(EXAMPLE) == (
        b'{"actor":"a_01JD","et":"2026-11-22T17:59:58.000000Z","i":12345,"k":"ol.event",'
        b'"log":"lineage.example/acme/ledger","parts":[{"c":"hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",'
        b'"len":2110,"mt":"application/json","n":"norm"}],"t":"2026-11-22T18:00:00.123456Z","v":1}'
    )


@given(LEAVES)
def test_a_leaf_survives_its_bytes(leaf: Leaf) -> None:
    """Decoding gives back the leaf, and the fast canonical check agrees with RFC 8785 for any text in it."""
    encoded = encode_leaf(leaf)
    assert decode_leaf(encoded) == leaf
    assert orjson.dumps(orjson.loads(encoded), option=orjson.OPT_SORT_KEYS) == encoded
    assert rfc8785.dumps(orjson.loads(encoded)) == encoded


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b",", b", "),
        (b'"i":12345', b'"i":12345.0'),
        (b'"i":12345', b'"i":true'),
        (b'"i":12345', b'"i":-1'),
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":1,"w":1'),
        (b"18:00:00.123456Z", b"18:00:00.123Z"),
        (b"A=", b"A"),
        (b'"log":"lineage.example/acme/ledger"', b'"log":7'),
        (b'"n":"norm"', b'"m":"norm"'),
        (b"}", b""),
        (b"{", b"\xff"),
    ],
)
def test_only_the_exact_form_is_a_leaf(old: bytes, new: bytes) -> None:
    """Any other bytes, even of the same meaning, are refused: one leaf has one form."""
    encoded = encode_leaf(EXAMPLE)
    assert old in encoded
    with pytest.raises(LedgerError, match="fsck"):
        decode_leaf(encoded.replace(old, new, 1))


@pytest.mark.parametrize("encoded", (b"", b"[]", b"null", b'{"v":1}', b" " * 5000))
def test_what_is_no_leaf_is_refused(encoded: bytes) -> None:
    """Bytes that are JSON of another shape, too long, or none, are a LedgerError and nothing else."""
    with pytest.raises(LedgerError, match="fsck"):
        decode_leaf(encoded)


def test_parts_are_ordered_and_different() -> None:
    """A leaf that names a part twice or out of order is refused."""
    part = EXAMPLE.parts[0]
    raw = Part("raw", "application/json", 1, b"\x01" * 32)
    for parts in ((part, part), (raw, part)):
        with pytest.raises(LedgerError):
            decode_leaf(encode_leaf(Leaf("log", 0, 0, "ol.event", parts)))


@pytest.mark.parametrize(
    "leaf", [Leaf("log", 2**53, 0, "ol.event"), Leaf("log", 0, 0, "ol.event", actor="\ud800")], ids=["integer", "text"]
)
def test_what_canonical_json_cannot_say_is_refused(leaf: Leaf) -> None:
    """Integers beyond 2^53 and halves of surrogate pairs have no RFC 8785 form."""
    with pytest.raises(InputError, match="canonical"):
        encode_leaf(leaf)


def test_a_leaf_is_small() -> None:
    """More than 4 KiB is refused with both figures."""
    with pytest.raises(LimitExceeded) as caught:
        encode_leaf(Leaf("log", 0, 0, "ol.event", actor="x" * LEAF_BYTES_MAX))
    assert caught.value.limit == LEAF_BYTES_MAX < caught.value.asked


@given(TIMES_US)
def test_times_survive_their_text(time_us: int) -> None:
    """Microseconds are kept exactly for every year from 1 to 9999."""
    assert parse_time(format_time(time_us)) == time_us


def test_the_commitment_is_plain_hmac_sha_256() -> None:
    """An auditor can open a commitment with the textbook definition and no code of ours."""
    key, payload = bytes(range(32)), b'{"eventType":"START"}'
    padded = key.ljust(64, b"\x00")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + payload).digest()
    assert commit(key, payload) == hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).digest()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "Not A Kind"},
        {"kind": "x" * 65},
        {"parts": {"Raw": b""}},
        {"parts": {"raw": b""}, "media_types": {"raw": 'a"b'}},
        {"actor": "line\nbreak"},
        {"request": "\ud800"},
        {"auth": "x" * 257},
        {"event_time_us": 10**20},
    ],
)
def test_a_draft_that_cannot_be_appended_cannot_be_made(fields: dict[str, object]) -> None:
    """What is wrong with a draft is said when it is made, not inside somebody else's transaction."""
    with pytest.raises(InputError):
        Draft(**{"kind": "ol.event", "parts": {}, **fields})  # type: ignore[arg-type]


def test_too_many_parts_are_refused() -> None:
    """An entry has at most four parts."""
    with pytest.raises(LimitExceeded):
        Draft("ol.event", {f"p{number}": b"" for number in range(5)})


def test_the_largest_draft_fits_its_leaf() -> None:
    """With every field at its limit, and all of it escaped, the leaf stays below 4 KiB."""
    text = '"' * TEXT_BYTES_MAX
    names = [f"{letter}" * 32 for letter in "abcd"]
    Draft("x" * 64, dict.fromkeys(names, b""), text, text, text, 0, text, dict.fromkeys(names, "m" * 127))
    parts = tuple(Part(name, "m" * 127, 2**53 - 1, bytes(32)) for name in names)
    leaf = Leaf("o" * 200, 2**53 - 1, 0, "x" * 64, parts, 0, text, text, text, text)
    assert len(encode_leaf(leaf)) <= LEAF_BYTES_MAX
