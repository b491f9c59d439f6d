"""Leaves as a stranger reads them: one spelling for each, whichever way they are read."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from lineage.ledger.leaf import Leaf, Part, encode_leaf
from lineage.verify.leaf import parse_leaf, read_stamp
from lineage.verify.refusal import Malformed

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
parts = st.dictionaries(
    texts, st.tuples(texts, st.integers(0, 10**12), st.binary(min_size=32, max_size=32)), max_size=4
)
leaves = st.builds(
    lambda origin, index, time_us, kind, made, event_us, actor, auth, request, projector: Leaf(
        origin, index, time_us, kind,
        tuple(Part(name, *made[name]) for name in sorted(made)), event_us, actor, auth, request, projector,
    ),
    texts, st.integers(0, 2**53 - 1), st.integers(0, 4 * 10**15), texts, parts,
    st.none() | st.integers(0, 4 * 10**15), texts, texts, texts, texts,
)  # fmt: skip


@given(leaves)
def test_the_service_s_leaves_are_read_both_ways(leaf: Leaf) -> None:
    """With escapes and without; the quick way says what the whole one says."""
    encoded = encode_leaf(leaf)
    whole = parse_leaf(encoded)
    assert (whole.index, whole.origin, whole.kind, whole.actor) == (leaf.index, leaf.origin, leaf.kind, leaf.actor)
    assert [(part.name, part.length, part.commitment) for part in whole.parts] == [
        (part.name, part.length, part.commitment) for part in leaf.parts
    ]
    assert read_stamp(encoded) == (whole.index, whole.origin, whole.time)


@given(leaves, st.data())
def test_both_ways_refuse_the_same(leaf: Leaf, data: st.DataObject) -> None:
    """Any changed byte: both read the same of it, or both refuse it."""
    encoded = encode_leaf(leaf)
    at = data.draw(st.integers(0, len(encoded) - 1))
    changed = encoded[:at] + data.draw(st.binary(max_size=2)) + encoded[at + 1 :]

    def tried(read: Any) -> Any:
        try:
            return read(changed)
        except Malformed:
            return None

    whole = tried(parse_leaf)
    assert tried(read_stamp) == (whole and (whole.index, whole.origin, whole.time))


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2}, {"i": -1}, {"i": 2**53}, {"i": True}, {"i": 1.5}, {"t": "2026-11-22"}, {"t": "2026-11-22T18:00:00Z"},
        {"log": 7}, {"parts": [{"n": "a", "len": 1, "c": "sha256:x", "mt": "b"}]}, {"parts": {}}, {"parts": [1]}, {"actor": None},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_leaf_is_malformed(change: dict[str, Any]) -> None:
    """Of another version, with another index or time than a leaf can have, or parts that commit to nothing."""
    fields = {"v": 1, "log": "x", "i": 1, "t": "2026-11-22T18:00:00.000000Z", "k": "ol.event"} | change
    import json

    encoded = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    for read in (parse_leaf, read_stamp):
        with pytest.raises(Malformed):
            read(encoded)


@given(texts)
def test_the_standard_library_s_json_is_the_canonical_one(text: str) -> None:
    """For strings and integers under ASCII keys: what RFC 8785 asks for."""
    import json

    fields = {"a": text, "b": [text, 7]}
    assert json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == rfc8785.dumps(
        fields
    )
