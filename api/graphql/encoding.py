"""Answers as JSON: quickly, and long ones in pieces, with the event loop let go in between.

The one idea: neither an encoder in C nor a write to a socket can be interrupted, and 14 MB take them a tenth of a second on a
busy machine; so long lists are encoded a slice at a time, wherever they stand near the top of an answer, and are sent so. The
pieces make the same text. What another process has encoded goes through as it came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.untaken import UNSENT

SLICE: Final = 200  # edges with all fields: some 80 kB, a fifth of a millisecond
ONE_PIECE_BYTES: Final = 1 << 16  # so short an answer is sent at once, however it came
DEPTH: Final = 4  # data, the question, its answer, a list: longer lists further down are bounded by their pages


class Encoded:
    """What is JSON already, in pieces. No dataclass: orjson would write that by itself."""

    def __init__(self, pieces: tuple[bytes, ...]) -> None:
        self.pieces = pieces


async def encoded(document: dict[str, Any]) -> list[bytes]:
    """The document as JSON, in one piece or several. It is used up: what is encoded of a long list is let go at once, for to let
    go of 40,000 objects together takes as long as to encode them."""
    pieces: list[bytes] = []
    for piece in _pieces(document, DEPTH):
        if pieces:
            await asyncio.sleep(0)
        pieces.append(piece)
    return pieces if sum(map(len, pieces)) > ONE_PIECE_BYTES else [b"".join(pieces)]


def plain(value: object) -> object:
    """What is encoded already, for an encoder that asks what to do with it. TypeError for all else."""
    if isinstance(value, Encoded):
        return orjson.Fragment(b"".join(value.pieces))
    raise TypeError(f"{type(value).__name__} is no JSON")


class InPieces(Response):
    """An answer that is sent as it was encoded: one piece after the other, as the client takes them."""

    def __init__(self, pieces: list[bytes], status: int, headers: Mapping[str, str], media_type: str) -> None:
        length = {"Content-Length": str(sum(map(len, pieces)))}
        super().__init__(None, status, {**headers, **length}, media_type)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        left = list(reversed(self._pieces))
        unsent = sum(map(len, left))
        self._pieces = []
        while left:
            piece = left.pop()
            unsent -= len(piece)
            scope[UNSENT] = unsent
            await send({"type": "http.response.body", "body": piece, "more_body": bool(left)})


def _is_long(value: Any, depth: int) -> bool:
    if isinstance(value, Encoded):
        return True
    if isinstance(value, dict):
        return depth > 0 and any(_is_long(each, depth - 1) for each in value.values())
    return isinstance(value, list) and len(value) > SLICE


def _pieces(value: Any, depth: int) -> Iterator[bytes]:
    if not _is_long(value, depth):
        yield orjson.dumps(value)
    elif isinstance(value, Encoded):
        yield from value.pieces
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
            part = value[begin : begin + SLICE]
            value[begin : begin + SLICE] = [None] * len(part)
            yield opening + orjson.dumps(part)[1:-1]
            opening = b","
        yield b"]"
