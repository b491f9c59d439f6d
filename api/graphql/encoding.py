"""Answers as JSON: quickly, and long ones in pieces, with the event loop let go in between.

The one idea: an encoder in C cannot be interrupted, and 14 MB take it a tenth of a second on a busy machine; so long lists are
encoded a slice at a time, wherever they stand near the top of an answer, and the pieces make the same text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import orjson

SLICE: Final = 1_000  # edges with all fields: some 400 kB, a millisecond
DEPTH: Final = 4  # data, the question, its answer, a list: longer lists further down are bounded by their pages


async def encoded(document: dict[str, Any]) -> bytes:
    """The document as JSON."""
    if not _is_long(document, DEPTH):
        return orjson.dumps(document)
    pieces = []
    for piece in _pieces(document, DEPTH):
        pieces.append(piece)
        await asyncio.sleep(0)
    return b"".join(pieces)


def _is_long(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        return depth > 0 and any(_is_long(each, depth - 1) for each in value.values())
    return isinstance(value, list) and len(value) > SLICE


def _pieces(value: Any, depth: int) -> Iterator[bytes]:
    if not _is_long(value, depth):
        yield orjson.dumps(value)
    elif isinstance(value, dict):
        opening = b"{"
        for key, each in value.items():
            yield opening + orjson.dumps(key) + b":"
            yield from _pieces(each, depth - 1)
            opening = b","
        yield b"}"
    else:
        opening = b"["
        for begin in range(0, len(value), SLICE):
            yield opening + orjson.dumps(value[begin : begin + SLICE])[1:-1]
            opening = b","
        yield b"]"
