"""Bodies: received in pieces, decompressed, bounded."""

import asyncio
import gzip
import random
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.bodies import Gone, Memory, decode, decode_body, receive_body
from api.problems import BodyTooLarge, SlowBody
from lineage.errors import Overloaded

MAX = 1 << 20
TEXT = b'{"some": "json"}'


def raw_deflate(content: bytes) -> bytes:
    """deflate without zlib's header, as some senders do it."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def pieces(*bodies: bytes, end: str = "last") -> Callable[[], Awaitable[dict[str, Any]]]:
    """An ASGI `receive` that gives these; `end`: last, hangs, or leaves."""
    queue = [{"type": "http.request", "body": each, "more_body": True} for each in bodies]
    if end == "last" and queue:
        queue[-1]["more_body"] = False

    async def receive() -> dict[str, Any]:
        if queue:
            return queue.pop(0)
        if end == "leaves":
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError

    return receive


@pytest.mark.parametrize(
    ("received", "layers"),
    [
        (TEXT, []),
        (gzip.compress(TEXT), ["gzip"]),
        (gzip.compress(TEXT), ["x-gzip"]),
        (gzip.compress(TEXT), []),
        (TEXT, ["gzip"]),
        (zlib.compress(TEXT), ["deflate"]),
        (raw_deflate(TEXT), ["deflate"]),
        (gzip.compress(TEXT[:5]) + gzip.compress(TEXT[5:]), ["gzip"]),
        (gzip.compress(TEXT) + b"\0" * 100, ["gzip"]),
        (gzip.compress(zlib.compress(TEXT)), ["deflate", "gzip"]),
    ],
    ids=[
        "plain",
        "gzip",
        "x-gzip",
        "untold gzip",
        "told but plain",
        "deflate",
        "raw deflate",
        "members",
        "padded",
        "stacked",
    ],
)
def test_every_usual_encoding_is_undone(received: bytes, layers: list[str]) -> None:
    """What clients and proxies send comes out as the text, also where the header is wrong."""
    body = decode(received, layers, bytes_max=MAX)
    assert (body.content, body.trouble) == (TEXT, None)


@pytest.mark.parametrize(
    ("received", "layers"),
    [
        (gzip.compress(TEXT * 50)[:-9], ["gzip"]),
        (gzip.compress(TEXT)[:20] + b"\xff" * 30, ["gzip"]),
        (b"\x1f\x8b", ["gzip"]),
        (TEXT, ["br"]),
        (TEXT, ["deflate"]),
        (TEXT, ["gzip"] * 4),
    ],
    ids=["truncated", "damaged", "magic only", "unknown", "not deflate", "too many"],
)
def test_what_cannot_be_decompressed_stays_as_it_came(received: bytes, layers: list[str]) -> None:
    """The bytes are kept, and a sentence says why they are not understood."""
    body = decode(received, layers, bytes_max=MAX)
    assert body.content == received
    assert body.trouble


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_can_be_decoded(noise: bytes, layer: str) -> None:
    """Whatever comes is decoded or kept; nothing raises."""
    decode(b"\x1f\x8b\x08" + noise, [layer], bytes_max=MAX)
    decode(noise, [layer], bytes_max=MAX)


def test_a_bomb_is_refused_within_bounded_memory() -> None:
    """200 MB behind 200 kB never take more than the limit."""
    bomb = gzip.compress(bytes(200 << 20), 9)
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLarge):
            decode(bomb, ["gzip"], bytes_max=8 << 20)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


async def test_a_body_in_pieces_is_put_together() -> None:
    """Chunked bodies arrive as any number of pieces, some of them empty."""
    with Memory().lease() as lease:
        received = await receive_body(pieces(b"ab", b"", b"c"), None, lease, bytes_max=MAX)
    assert received == b"abc"


async def test_a_declared_length_over_the_limit_is_refused_unread() -> None:
    """Nothing is received of a body that says it is too large."""
    with Memory().lease() as lease, pytest.raises(BodyTooLarge):
        await receive_body(pieces(end="hangs"), str(MAX + 1), lease, bytes_max=MAX)


async def test_a_body_that_grows_over_the_limit_is_refused() -> None:
    """A chunked body cannot say its length, so it is counted."""
    with Memory().lease() as lease, pytest.raises(BodyTooLarge):
        await receive_body(pieces(b"a" * MAX, b"b"), None, lease, bytes_max=MAX)


async def test_a_body_that_stops_coming_is_given_up() -> None:
    """A silent connection does not hold its memory for ever."""
    memory = Memory()
    with memory.lease() as lease, pytest.raises(SlowBody):
        await receive_body(pieces(b"a", end="hangs"), "10", lease, bytes_max=MAX, idle_s_max=0.02)
    assert memory.bytes_held == 0


async def test_a_client_that_leaves_is_told_apart() -> None:
    """Half a body of a client that died is nothing that was received."""
    with Memory().lease() as lease, pytest.raises(Gone):
        await receive_body(pieces(b"a", end="leaves"), "10", lease, bytes_max=MAX)


async def test_many_large_bodies_are_asked_to_come_back() -> None:
    """All bodies together stay below one bound; when one has gone, there is room again."""
    memory = Memory(bytes_max=100)
    with memory.lease() as first:
        await receive_body(pieces(b"a" * 80), None, first, bytes_max=MAX)
        with memory.lease() as second, pytest.raises(Overloaded):
            await receive_body(pieces(b"b" * 30), None, second, bytes_max=MAX)
    with memory.lease() as third:
        await receive_body(pieces(b"c" * 90), None, third, bytes_max=MAX)
    assert memory.bytes_held == 0


async def test_a_lone_body_always_has_room() -> None:
    """The bound is on the sum: one body is bounded by itself, or it could never be sent."""
    with Memory(bytes_max=10).lease() as lease:
        assert await receive_body(pieces(b"a" * 50, b"b" * 50), None, lease, bytes_max=MAX) == b"a" * 50 + b"b" * 50


async def test_large_bodies_are_decompressed_beside_the_loop() -> None:
    """The event loop goes on while much is decompressed, and the result is the same."""
    content = random.Random(1).randbytes(900_000)
    with Memory().lease() as lease, ThreadPoolExecutor(1) as large:
        body = await decode_body(gzip.compress(content), ["gzip, identity"], lease, bytes_max=MAX, large=large)
    assert body.content == content
