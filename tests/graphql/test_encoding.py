"""Long answers are encoded in pieces, to the same text."""

import asyncio
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.graphql import encoding

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=30,
)


@pytest.fixture(autouse=True)
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list is long."""
    monkeypatch.setattr(encoding, "SLICE", 2)


@given(st.dictionaries(st.text(max_size=2), VALUES, max_size=4))
def test_pieces_make_the_same_text(document: dict[str, Any]) -> None:
    """Whatever stands where."""
    whole = orjson.dumps(document)
    assert b"".join(asyncio.run(encoding.encoded(document))) == whole


async def test_others_go_on_between_two_pieces() -> None:
    """As often as there are slices."""
    turns = 0

    async def beside() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(beside())
    await encoding.encoded({"data": {"lineage": {"edges": list(range(40))}}})
    task.cancel()
    assert turns >= 20
