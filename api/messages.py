"""Messages between the service and a process of its own, over a socket that nobody else has.

The one idea: a message is one value and any number of pieces of bytes. The value is pickled, for both ends are one program; the
pieces go as they are, for they are long.
"""

from __future__ import annotations

import asyncio
import pickle
import struct
from collections.abc import Sequence
from typing import Any, Final

_HEAD: Final = struct.Struct("!QII")  # which question, bytes of the value, number of pieces
_LENGTH: Final = struct.Struct("!I")
BUFFER_BYTES: Final = 1 << 18  # what is read ahead: more would only be copied more often


async def send(writer: asyncio.StreamWriter, number: int, value: object, pieces: Sequence[bytes] = ()) -> None:
    """One message; returns when most of it is on its way. Send one at a time. OSError when nobody is there any more."""
    if writer.is_closing():
        raise ConnectionResetError
    encoded = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    writer.write(_HEAD.pack(number, len(encoded), len(pieces)) + encoded)
    for piece in pieces:
        writer.write(_LENGTH.pack(len(piece)) + piece)
        await writer.drain()
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> tuple[int, Any, tuple[bytes, ...]]:
    """The next message: its number, value and pieces. IncompleteReadError, OSError at the end."""
    number, length, count = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    value = pickle.loads(await reader.readexactly(length))
    pieces = [await reader.readexactly(*_LENGTH.unpack(await reader.readexactly(_LENGTH.size))) for _ in range(count)]
    return number, value, tuple(pieces)
