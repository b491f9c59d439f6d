"""Splitting an array into the exact bytes of its elements."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.elements import elements, is_array

BLANKS = st.text(alphabet=" \t\r\n", max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(st.tuples(BLANKS, JSON, BLANKS, st.booleans()), max_size=8))
def test_elements_are_the_exact_bytes(parts: list[tuple[str, object, str, bool]]) -> None:
    """Each element comes back as it was written, without the blanks around it."""
    written = [json.dumps(value, ensure_ascii=ascii) for _, value, _, ascii in parts]
    text = (
        "["
        + ",".join(f"{before}{each}{after}" for (before, _, after, _), each in zip(parts, written, strict=True))
        + "] "
    )
    assert elements(text.encode(), count_max=100) == [each.encode() for each in written]


@pytest.mark.parametrize(
    "text",
    [
        b"[",
        b"[1",
        b"[1,",
        b"[1,]",
        b"[,1]",
        b"[1 2]",
        b'["a',
        b'[{"a":1}',
        b"[1]x",
        b"[1],",
        b'[{"a":"}]',
        b"{}",
        b"",
        b"[[]",
        b"]",
    ],
)
def test_a_broken_array_is_one_piece(text: bytes) -> None:
    """Where the array itself is broken, nobody can say where an element ends."""
    assert elements(text, count_max=100) is None


def test_an_element_that_is_no_json_leaves_its_neighbours_alone() -> None:
    """Only brackets and strings matter, so rubbish stays where it is."""
    assert elements(b'[{"a":1}, {oops}, nil, {"b":2}]', count_max=100) == [b'{"a":1}', b"{oops}", b"nil", b'{"b":2}']


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(noise: bytes) -> None:
    """Splitting never raises, and what it finds was in the text."""
    found = elements(b"[" + noise, count_max=100)
    assert found is None or all(each in noise for each in found)


def test_more_elements_than_allowed_are_one_piece() -> None:
    """A limit on the count bounds what one request appends."""
    assert elements(b"[1,2,3]", count_max=3) == [b"1", b"2", b"3"]
    assert elements(b"[1,2,3,4]", count_max=3) is None


@pytest.mark.parametrize(
    "text",
    [
        b'["' + b"a" * 3_000_000,
        b'[{"' + b'\\"' * 1_500_000,
        b"[" * 1_000_000,
        b"[" + b"{" * 1_000_000 + b"}" * 999_999,
        b"[" + b" " * 3_000_000,
        b'["a"' * 500_000,
    ],
    ids=["open string", "escapes", "nesting", "almost closed", "blanks", "no commas"],
)
def test_hostile_text_takes_linear_time(text: bytes) -> None:
    """No text makes the splitter look at its letters again and again."""
    began = time.process_time()
    assert elements(text, count_max=100) is None
    assert time.process_time() - began < 5


def test_depth_is_no_matter() -> None:
    """An element nested 100,000 deep is found like any other."""
    deep = b"[" * 100_000 + b"]" * 100_000
    assert elements(b"[1," + deep + b"]", count_max=100) == [b"1", deep]


def test_what_begins_with_a_bracket_is_an_array() -> None:
    """Blanks before it do not matter; anything else is one event."""
    assert is_array(b" \n[") and not is_array(b'{"a":[]}') and not is_array(b"")
