"""`headwater ingest`: events from files to a service, as their producers wrote them.

The one idea: the file's own bytes are sent. What is one JSON document goes in arrays, for speed; a line that is none
goes alone, so that the service keeps it as a dead letter and says why, instead of losing its neighbours with it.
"""

import argparse
import gzip
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import orjson

from api.cli import EXIT_FINE, EXIT_NO, Unreachable
from api.cli.client import Client
from api.cli.options import settings
from api.cli.screen import progress, say, table
from lineage.errors import Forbidden, InputError, NotFound

BATCH_BYTES = 1 << 20  # of one request: some 100 events, answered in tens of milliseconds
BATCH_EVENTS = 500
GZIP_MAGIC = b"\x1f\x8b"
REFUSALS_SHOWN = 20
NOT_OPENLINEAGE = (200, 301, 302, 307, 308, 404, 405, 500, 501, 502)  # a page, a proxy, another service
DOCUMENT_BYTES_MAX = 1 << 30  # a JSON file is read whole; lines (.ndjson) have no such limit

Piece = tuple[bytes, bool]
"""One element's bytes, and whether they are a JSON document."""


@dataclass(slots=True)
class Tally:
    """What became of what was sent."""

    events: int = 0
    dead: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)
    examples: dict[str, str] = field(default_factory=dict)


def ingest(options: argparse.Namespace) -> int:
    """0: all understood; 1: something was kept as a dead letter, or refused."""
    missing = [name for name in options.files if name != "-" and not Path(name).is_file()]
    if missing:
        raise NotFound(f"No such file: {', '.join(missing)}.")
    tally = Tally()
    with Client(settings(options)) as client, progress(quiet=options.quiet) as bar:
        for name in options.files:
            task = bar.add_task(Path(name).name, total=None)
            for batch in _batches(_pieces(name)):
                send(client, batch, tally, name)
                bar.update(task, completed=tally.events)
    _report(tally, quiet=options.quiet)
    return EXIT_NO if tally.dead or tally.refused else EXIT_FINE


def _pieces(name: str) -> Iterator[Piece]:
    with ExitStack() as open_files:
        raw: IO[bytes] = sys.stdin.buffer if name == "-" else open_files.enter_context(Path(name).open("rb"))
        stream = raw
        if _peek(raw).startswith(GZIP_MAGIC):
            stream = cast(IO[bytes], open_files.enter_context(gzip.open(raw)))
        if Path(name).name.removesuffix(".gz").endswith((".ndjson", ".jsonl")):
            yield from _lines(stream, name)
        else:
            yield from _document(stream, name)


def _peek(stream: IO[bytes]) -> bytes:
    peek = getattr(stream, "peek", None)
    return b"" if peek is None else bytes(peek(2)[:2])


def _lines(stream: IO[bytes], name: str) -> Iterator[Piece]:
    try:
        for line in stream:
            if line.strip():
                yield line.strip(), _is_json(line)
    except (EOFError, gzip.BadGzipFile) as error:
        raise InputError(f"{name} ends too early ({error}). What came before was sent.", place="FILE") from None


def _document(stream: IO[bytes], name: str) -> Iterator[Piece]:
    """A .json file or standard input: one event, an array, or lines after all."""
    try:
        whole = stream.read(DOCUMENT_BYTES_MAX + 1)
    except (EOFError, gzip.BadGzipFile) as error:
        raise InputError(f"{name} ends too early ({error}). Nothing of it was sent.", place="FILE") from None
    if len(whole) > DOCUMENT_BYTES_MAX:
        raise InputError(f"{name} is too large for one document. Write one event a line (.ndjson).", place="FILE")
    try:
        parsed = orjson.loads(whole)
    except ValueError:
        yield from _lines(io.BytesIO(whole), name)
        return
    if not isinstance(parsed, list):
        yield whole, True
        return
    yield from ((element, True) for element in _elements(whole, parsed))


def _elements(whole: bytes, parsed: list[object]) -> Iterator[bytes]:
    # The standard library's decoder tells where an element ends, so each is sent as it was written.
    text = whole.decode()
    decoder, position = json.JSONDecoder(), text.index("[") + 1
    for _ in parsed:
        while text[position] in " \t\r\n,":
            position += 1
        _, end = decoder.raw_decode(text, position)
        yield text[position:end].encode()
        position = end


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def _batches(pieces: Iterator[Piece]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for piece, is_json in pieces:
        if not is_json or size + len(piece) > BATCH_BYTES or len(batch) >= BATCH_EVENTS:
            if batch:
                yield batch
            batch, size = [], 0
        if is_json:
            batch.append(piece)
            size += len(piece)
        else:
            yield [piece]
    if batch:
        yield batch


def send(client: Client, batch: list[bytes], tally: Tally, name: str) -> None:
    """One request with these events, each a JSON document, and what became of them. `name`: where they come from."""
    body = batch[0] if len(batch) == 1 else b"[" + b",".join(batch) + b"]"
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    try:
        answered = client.send("POST", "/api/v1/lineage", content=gzip.compress(body, 1), headers=headers)
    except Forbidden as error:  # all of it: events that this key may not send, or a key that may send none
        tally.refused.append((name, error.message))
        return
    told = _told(answered.content)
    if answered.status_code in NOT_OPENLINEAGE and not told:
        raise Unreachable(f"{client.url} answers, but takes no OpenLineage (HTTP {answered.status_code}). Check --url.")
    if answered.status_code != 201:
        tally.refused.append((name, str(told.get("detail") or f"HTTP {answered.status_code}")))
        return
    refused = told.get("refused", [])
    tally.refused += [(name, each["message"]) for each in refused]
    tally.refused += [(name, "More of the kind.")] * (told.get("refusedCount", 0) - len(refused))
    tally.events += len(batch) - told.get("refusedCount", 0)
    letters = told.get("deadLetters") or ([told["deadLetter"]] if "deadLetter" in told else [])
    for letter in letters:
        tally.dead[letter["code"]] += 1
        tally.examples.setdefault(letter["code"], letter["message"])
    tally.dead["(more)"] += max(0, told.get("deadLetterCount", 0) - len(letters))
    tally.dead = +tally.dead


def _told(content: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _report(tally: Tally, *, quiet: bool) -> None:
    if not quiet:
        say(f"{tally.events} events are in the ledger, {sum(tally.dead.values())} of them as dead letters.")
    if tally.dead:
        table(("DEAD LETTERS", "COUNT", "WHY"), [(c, str(n), tally.examples.get(c, "")) for c, n in tally.dead.items()])
        say("See them with `headwater deadletter list`; fix and send again, or replay after an upgrade.")
    for name, why in tally.refused[:REFUSALS_SHOWN]:
        say(f"{name}: refused: {why}")
    if len(tally.refused) > REFUSALS_SHOWN:
        say(f"… and {len(tally.refused) - REFUSALS_SHOWN} more refused.")
