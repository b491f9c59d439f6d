"""Request bodies: received in pieces, bounded in size, time and memory, and decompressed.

The one idea: a body that was received is kept, whatever it is. What cannot be decompressed stays as it came, with the
reason; only what is too large to keep, or never came whole, is refused. All bodies together hold at most
`BODIES_BYTES_MAX`, so that many large ones at once are asked to come back and the memory stays bounded.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from api.problems import BodyTooLarge, SlowBody
from lineage.errors import Overloaded

BODIES_BYTES_MAX: Final = (
    256 << 20
)  # four of the largest at once; with one of them parsed, below a small machine's 2 GB
IDLE_S_MAX: Final = 15.0  # clients give up after 5 s; a link that is silent for longer is dead
TOTAL_S_MAX: Final = 300.0  # 25 MB over 1 Mbit/s takes 200 s
ENCODINGS_MAX: Final = 3  # nobody stacks more; each layer costs one more copy
OFF_LOOP_BYTES_MIN: Final = 256 * 1024  # below, a thread switch costs more than the work
JSON_PACKS: Final = 16  # OpenLineage's JSON packs 1:10 to 1:20
RETRY_AFTER_S: Final = 2.0

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Gone(Exception):
    """The client left before its body was whole: nothing was received that could be kept, and nobody to answer."""


@dataclass(frozen=True, slots=True)
class Body:
    """`content` decompressed, or as it came when `trouble` (a sentence) says why it could not be."""

    content: bytes
    trouble: str | None = None


class Memory:
    """How many bytes all bodies in flight hold. One for the service; used from the event loop only."""

    def __init__(self, bytes_max: int = BODIES_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self.bytes_held = 0

    def lease(self) -> Lease:
        """A share for one request; a `with` block gives it back."""
        return Lease(self)

    def take(self, count: int, *, own: int) -> None:
        """Overloaded when there is no room beside others; `own` is what this request holds already. A lone request
        always gets it: its size is bounded by itself."""
        if self.bytes_held > own and self.bytes_held + count > self._bytes_max:
            raise Overloaded(
                "Too many large bodies are being received at once; nothing of this one was kept. Send it again later.",
                retry_after_s=RETRY_AFTER_S,
            )
        self.bytes_held += count


class Lease:
    """What one request holds of the memory."""

    __slots__ = ("_bytes", "_memory")

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._bytes = 0

    def take(self, count: int) -> None:
        """Hold `count` bytes more. Overloaded when there is no room."""
        self._memory.take(count, own=self._bytes)
        self._bytes += count

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.bytes_held -= self._bytes
        self._bytes = 0


async def receive_body(
    receive: Receive, content_length: str | None, lease: Lease, *, bytes_max: int, idle_s_max: float = IDLE_S_MAX
) -> bytes:
    """All bytes of a request as they came.

    Raises BodyTooLarge (before anything is read, if the length is declared), SlowBody, Gone, Overloaded.
    """
    if content_length is not None and content_length.isdecimal() and int(content_length) > bytes_max:
        raise too_large(bytes_max, int(content_length))
    pieces: list[bytes] = []
    received = 0
    try:
        async with asyncio.timeout(TOTAL_S_MAX) as total:
            while True:
                async with asyncio.timeout(idle_s_max):
                    message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                piece = message.get("body", b"")
                received += len(piece)
                if received > bytes_max:
                    raise too_large(bytes_max, received)
                lease.take(len(piece))
                pieces.append(piece)
                if not message.get("more_body", False):
                    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
    except TimeoutError:
        within_s = TOTAL_S_MAX if total.expired() else idle_s_max
        raise SlowBody(
            f"The body stopped after {received} bytes and did not go on within {within_s:g} s; nothing was kept. "
            "Send it again."
        ) from None


async def decode_body(
    received: bytes, encodings: Iterable[str], lease: Lease, *, bytes_max: int, large: Executor
) -> Body:
    """Undo the content encodings, last applied first. What is large is done in `large`, off the event loop; with one
    thread there, only one body at a time takes memory that nobody has counted yet. Raises BodyTooLarge, Overloaded."""
    layers = [each for text in encodings for each in (part.strip().lower() for part in text.split(",")) if each]
    layers = [each for each in layers if each != "identity"]
    if not layers and received[:2] != _GZIP_MAGIC:
        return Body(received)
    if len(received) < OFF_LOOP_BYTES_MIN // JSON_PACKS:
        body = decode(received, layers, bytes_max=bytes_max)
    else:
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(large, partial(decode, received, layers, bytes_max=bytes_max))
    if body.trouble is None:
        lease.take(len(body.content))
    return body


_GZIP_MAGIC: Final = b"\x1f\x8b"


def decode(received: bytes, layers: list[str], *, bytes_max: int) -> Body:
    """The pure half of `decode_body`. No JSON text begins with gzip's two magic bytes: what does is gzip even if no
    header says so, and what does not is not gzip, whatever the header says (proxies unpack and forget to tell)."""
    if len(layers) > ENCODINGS_MAX:
        return Body(received, f"It has {len(layers)} content encodings, more than {ENCODINGS_MAX}.")
    content = received
    for layer in reversed(layers or ["gzip"]):
        try:
            match layer:
                case "gzip" | "x-gzip":
                    content = _inflate(content, _GZIP_BITS, bytes_max) if content[:2] == _GZIP_MAGIC else content
                case "deflate":
                    content = _deflated(content, bytes_max)
                case _:
                    return Body(received, f"The content encoding {layer!r:.60} is not known here. Use gzip.")
        except (zlib.error, EOFError) as error:
            return Body(received, f"It cannot be decompressed ({layer}): {error}.")
    return Body(content)


_GZIP_BITS: Final = 16 + zlib.MAX_WBITS
_ZLIB_BITS: Final = zlib.MAX_WBITS
_RAW_BITS: Final = -zlib.MAX_WBITS


def _deflated(content: bytes, bytes_max: int) -> bytes:
    # `deflate` means zlib's form (RFC 9110), but some senders leave its two header bytes out.
    try:
        return _inflate(content, _ZLIB_BITS, bytes_max)
    except zlib.error:
        return _inflate(content, _RAW_BITS, bytes_max)


def _inflate(content: bytes, bits: int, bytes_max: int) -> bytes:
    """EOFError when it is cut off, zlib.error when it is damaged, BodyTooLarge as soon as the limit is passed: memory
    grows with what comes out and never beyond the limit, however strong the compression."""
    pieces: list[bytes] = []
    produced = 0
    while content:
        stream = zlib.decompressobj(bits)
        piece = stream.decompress(content, bytes_max - produced + 1)
        produced += len(piece)
        if produced > bytes_max:
            raise too_large(bytes_max, produced)
        pieces.append(piece)
        if not stream.eof:
            raise EOFError("it ends in the middle")
        content = stream.unused_data.lstrip(b"\0")  # tape blocks and some proxies pad with zeros
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def too_large(limit: int, asked: int) -> BodyTooLarge:
    """The error for a body over the limit."""
    return BodyTooLarge(
        f"The body has more than {limit} bytes and cannot be kept. Split it, or raise HEADWATER_BODY_BYTES_MAX.",
        limit=limit,
        asked=asked,
    )
