"""The ledger: an append-only Merkle log in one SQLite file, durable before an append returns.

One `append` is one transaction: leaves, payloads, tiles and head come together or not at all, whatever is killed when.
This module appends and reads. The tree's mathematics is in lineage/verify/tree.py, payload bytes in payload.py, group commit over
concurrent callers in commit.py, erasure in erasing.py, and the check of all of it in fsck.py.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from lineage.errors import Conflict, InputError, LedgerError, NotFound
from lineage.ledger.classes import NORM, retention_class
from lineage.ledger.database import BUSY_TIMEOUT_S, ReadPool, WriterLock, connect_writer, in_words
from lineage.ledger.entries import Disclosure, Draft, Entry, Receipt
from lineage.ledger.keyring import Keyring, beside, require_one
from lineage.ledger.leaf import LEAF_BYTES_MAX, PARTS_MAX, Leaf, decode_leaf, encode_leaf, month_of
from lineage.ledger.payload import Opened, SealedPart, Stored, codec_range, needs_norm, open_part, seal
from lineage.ledger.rows import (
    Within,
    has_codec,
    newest_keys,
    read_head,
    read_leaf,
    read_leaves,
    read_minimum,
    read_tile,
    tile_reader,
    write,
)
from lineage.ledger.tail import Tail, read_tail
from lineage.verify.tiles import TILE_HEIGHT, TILE_WIDTH, encode_bundle, tile_hashes, tile_width
from lineage.verify.tree import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_at,
)

__all__ = ["Draft", "Entry", "Ledger", "Receipt"]

READ_CHUNK_ENTRIES = 64  # rows read at once: enough to make the query's cost vanish, few enough for 25 MB events
_ORIGIN = re.compile(r"[!-*,-~]{1,200}")  # a checkpoint's first line and key name: no space, no plus (C2SP)

PURGE_WAIT_MS = 100  # readers hold a snapshot for some milliseconds only

Clock = Callable[[], int]
"""The time now, in microseconds since the epoch."""


def _now_us() -> int:
    return time.time_ns() // 1000


class Ledger:
    """One log. Any thread may call any method; one process at a time may have it open for writing.

    Raises NotFound for an index or size beyond the end, LedgerError for damage, locks and a full disk.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool,
        origin: str | None,
        clock: Clock,
        keyring: Keyring | None = None,
        at_rest: bool = False,
    ) -> None:
        if origin is not None and not _ORIGIN.fullmatch(origin):
            raise InputError(f"{origin!r} cannot name a log. Use a URL without scheme, such as acme.example/lineage.")
        self._path = path
        self._clock = clock
        self.keyring: Keyring = keyring or beside(path)
        self._append_lock = threading.Lock()
        self._tail: Tail | None = None
        self._writer: sqlite3.Connection | None = None
        with ExitStack() as undo, in_words(path):
            if not read_only:
                path.parent.mkdir(parents=True, exist_ok=True)
                undo.callback(WriterLock(path).release)
                self._writer = connect_writer(path, origin or f"headwater.local/{secrets.token_hex(8)}/ledger")
                undo.callback(self._writer.close)
            self._pool = ReadPool(path, at_rest=at_rest)
            undo.callback(self._pool.close)
            with self._pool.lend() as reader:
                self.origin: str = reader.execute("SELECT origin FROM log").fetchone()[0]
            if origin not in (None, self.origin):
                raise Conflict(f"{path} holds the log {self.origin}, not {origin}. Correct --data.")
            if self._writer is not None:
                self._tail = read_tail(self._writer, path)
                require_one(self.keyring, newest_keys(self._writer))
                self.keyring.bind(self.origin)
            self._closing = undo.pop_all()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        read_only: bool = False,
        origin: str | None = None,
        clock: Clock = _now_us,
        keyring: Keyring | None = None,
        at_rest: bool = False,
    ) -> Ledger:
        """The ledger in the SQLite file `path`. A writer makes it if it is not there, under `origin` or a random name
        `headwater.local/<hex>/ledger`, and is refused (LedgerError) while another one is open; NotFound for a reader
        of what is not there. The keys of its payloads are in `keyring`, or beside it (`keyring/NAME`); a writer whose
        keyring was lost is refused (KeyMissing). A reader `at_rest` also reads a copy that nobody writes in a folder
        that it may not write."""
        return cls(path, read_only=read_only, origin=origin, clock=clock, keyring=keyring, at_rest=at_rest)

    def close(self) -> None:
        """Let go of the file. Calling it twice is harmless."""
        with self._append_lock, in_words(self._path):
            self._writer = None
            self._closing.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Appending

    def append(self, drafts: Sequence[Draft], *, within: Within | None = None) -> list[Receipt]:
        """Append all in one transaction, at consecutive indexes; returns when they are on disk. On an error none is
        there, except after a failed commit of a failing disk, where none was promised. `within` does more in the same
        transaction (an erasure's deletions)."""
        with self._append_lock, in_words(self._path):
            if self._writer is None:
                raise LedgerError(f"The ledger {self._path} is not open for writing. Open it without read_only.")
            if not drafts:
                return []
            tail = self._tail or read_tail(self._writer, self._path)
            now_us = max(tail.time_us, self._clock())  # clocks are set back; the record's never is
            edge = tail.edge.copy()
            month = month_of(now_us)
            sealed = [self._seal(draft, month) for draft in drafts]
            receipts: list[Receipt] = []
            leaves: list[tuple[int, bytes]] = []
            tiled: dict[int, list[bytes]] = {}
            for draft, parts in zip(drafts, sealed, strict=True):
                leaf = Leaf(
                    origin=self.origin,
                    index=edge.size,
                    time_us=now_us,
                    kind=draft.kind,
                    parts=tuple(each.part for each in parts),
                    event_time_us=draft.event_time_us,
                    actor=draft.actor,
                    auth=draft.auth,
                    request=draft.request,
                    projector=draft.projector,
                )
                encoded = encode_leaf(leaf)
                receipts.append(Receipt(leaf.index, leaf_hash(encoded), now_us))
                leaves.append((leaf.index, encoded))
                for level, completed in enumerate(edge.append(receipts[-1].leaf_hash)[::TILE_HEIGHT]):
                    tiled.setdefault(level, []).append(completed)
            rows = [
                (PARTS_MAX * index + position, each.part.name, each.stored.key, each.stored.codec, each.stored.body)
                for (index, _), parts in zip(leaves, sealed, strict=True)
                for position, each in enumerate(parts)
            ]
            self._tail = None  # until the commit has succeeded, the file alone knows
            write(self._writer, leaves, rows, tail.edge.size, tiled, edge, within)
            self._tail = Tail(edge, now_us)
            return receipts

    def _seal(self, draft: Draft, month: str) -> tuple[SealedPart, ...]:
        def wrapping_key(name: str) -> tuple[str, bytes]:
            key_name = self.keyring.current(retention_class(self.origin, draft.kind, name, draft.parts), month)
            return key_name, self.keyring.key(key_name)

        return seal(draft.parts, draft.media_types, wrapping_key)

    def purge_remains(self) -> bool:
        """Write what the write-ahead log holds into the file and empty it, so that what was deleted is in neither.
        False when a reader is in the way: try again, or let it come with time."""
        with self._append_lock, in_words(self._path):
            if self._writer is None:
                raise LedgerError(f"The ledger {self._path} is not open for writing. Open it without read_only.")
            self._writer.execute(f"PRAGMA busy_timeout = {PURGE_WAIT_MS}")  # appends wait meanwhile
            try:
                busy: int = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                self._writer.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
            return not busy

    # Reading

    def require_keys(self) -> None:
        """KeyMissing unless the keyring holds keys of the newest parts: whether this is the ledger's keyring at all."""
        with self._pool.lend() as reader:
            newest = newest_keys(reader)
        require_one(self.keyring, newest)

    def size(self) -> int:
        """How many entries are on disk now: entries 0 to size - 1."""
        with self._pool.lend() as reader:
            return read_head(reader)[0]

    def head(self) -> tuple[int, bytes]:
        """How many entries are on disk now, and their root, of one moment."""
        with self._pool.lend() as reader:
            return read_head(reader)

    def root(self, size: int | None = None) -> bytes:
        """The Merkle root over the first `size` entries, or over all."""
        with self._pool.lend() as reader:
            head_size, head_root = read_head(reader)
            if size is None or size == head_size:
                return head_root
            self._require_size(size, head_size)
            return root_at(tile_hashes(tile_reader(reader, head_size)), size)

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The hashes that lead from entry `index` to the root at `size`."""
        with self._pool.lend() as reader:
            self._require_size(size, read_head(reader)[0])
            if not 0 <= index < size:
                raise NotFound(f"Entry {index} is not among the first {size}. Ask for a later size.")
            return inclusion_proof(tile_hashes(tile_reader(reader, size)), index, size)

    def consistency_proof(self, old_size: int, new_size: int) -> list[bytes]:
        """The hashes that show that the tree at `new_size` extends the one at `old_size`."""
        with self._pool.lend() as reader:
            self._require_size(new_size, read_head(reader)[0])
            self._require_size(old_size, new_size)
            return consistency_proof(tile_hashes(tile_reader(reader, new_size)), old_size, new_size)

    def tile(self, level: int, number: int, width: int = TILE_WIDTH) -> bytes:
        """The first `width` hashes of a tile. NotFound while the log is too small for it."""
        with self._pool.lend() as reader:
            if not 1 <= width <= tile_width(level, number, read_head(reader)[0]):
                raise NotFound(f"The log has no tile {level}/{number} of width {width} yet. Ask for a smaller one.")
            return read_tile(reader, level, number, width)

    def bundle(self, number: int, width: int = TILE_WIDTH) -> bytes:
        """The entries of one level-0 tile in C2SP's form. NotFound while the log is too small for it."""
        with self._pool.lend() as reader:
            if not 1 <= width <= tile_width(0, number, read_head(reader)[0]):
                raise NotFound(f"The log has no bundle {number} of width {width} yet. Ask for a smaller one.")
            start = number * TILE_WIDTH
            if start < (minimum := read_minimum(reader)):
                raise NotFound(f"Bundle {number} was pruned. Ask for those from entry {minimum} on; all tiles are there.")
            leaves = read_leaves(reader, start, start + width)
        if any(type(leaf) is not bytes or len(leaf) > LEAF_BYTES_MAX for leaf in leaves):
            raise LedgerError(f"Bundle {number} holds what is no entry. Run `headwater audit fsck`.")
        return encode_bundle(leaves)

    def minimum(self) -> int:
        """The index from which on every entry is there; before it, only what is on record. 0: nothing was pruned."""
        with self._pool.lend() as reader:
            return read_minimum(reader)

    def leaves(self, start: int, stop: int) -> list[bytes]:
        """The leaves of entries start … stop - 1 (or the end) that were not pruned, exactly as hashed. LedgerError when
        another one is missing."""
        with self._pool.lend() as reader:
            return read_leaves(reader, start, min(stop, read_head(reader)[0]))

    def leaf_bytes(self, index: int) -> bytes:
        """The leaf exactly as hashed."""
        with self._pool.lend() as reader:
            return read_leaf(reader, index)

    def leaf(self, index: int) -> Leaf:
        """The leaf, decoded."""
        return decode_leaf(self.leaf_bytes(index))

    def time_of(self, index: int) -> int:
        """When the entry was appended, in microseconds since the epoch."""
        return self.leaf(index).time_us

    def size_at(self, time_us: int) -> int:
        """How many entries were appended at or before `time_us`: what was known then. 0 before the first; the
        minimum index for all times of pruned entries."""
        with self._pool.lend() as reader:
            low, high = read_minimum(reader), read_head(reader)[0]
            while low < high:  # times never go back, so the log is its own index
                middle = (low + high) // 2
                if decode_leaf(read_leaf(reader, middle)).time_us <= time_us:
                    low = middle + 1
                else:
                    high = middle
            return low

    def part(self, index: int, name: str) -> bytes | None:
        """The bytes of one part, checked against the leaf's commitment; None if it has no such part or it was
        erased."""
        found = self.disclosure(index, name)
        return None if found is None else found.payload

    def disclosure(self, index: int, name: str) -> Disclosure | None:
        """The same with the key of the commitment: who holds both can check the leaf without us."""
        with self._pool.lend() as reader:
            leaf = decode_leaf(read_leaf(reader, index))
            rows = reader.execute(
                "SELECT name, CAST(key AS BLOB), codec, CAST(body AS BLOB) FROM part WHERE id >= ? AND id < ?",
                (PARTS_MAX * index, PARTS_MAX * (index + 1)),
            ).fetchall()
        stored = {each: Stored(key, codec, body) for each, key, codec, body in rows}
        wanted = stored.get(name)
        norm = self._open(leaf, NORM, stored.get(NORM), None) if name == NORM or needs_norm(wanted) else None
        opened = norm if name == NORM else self._open(leaf, name, wanted, norm)
        return None if opened is None else Disclosure(opened.payload, opened.key)

    def stored(self, start: int, stop: int) -> Iterator[tuple[Leaf, frozenset[str]]]:
        """The leaves start … stop - 1 (or the end) in order, each with the names of those of its parts that are not
        erased. Read in chunks, as `entries`; no payload is opened."""
        stop = min(stop, self.size())
        for begin in range(start, stop, TILE_WIDTH):
            end = min(stop, begin + TILE_WIDTH)
            with self._pool.lend() as reader:
                decoded = [decode_leaf(encoded) for encoded in read_leaves(reader, begin, end)]
                rows = reader.execute(
                    "SELECT id, name FROM part WHERE id >= ? AND id < ?", (PARTS_MAX * begin, PARTS_MAX * end)
                )
                names: dict[int, set[str]] = {}
                for row, name in rows:
                    names.setdefault(row // PARTS_MAX, set()).add(name)
            for leaf in decoded:
                yield leaf, frozenset(names.get(leaf.index, ()))

    def payloads(self, start: int, stop: int) -> Iterator[tuple[Leaf, dict[str, bytes]]]:
        """The leaves start … stop - 1 (or the end) in order, each with all its stored parts, opened and checked."""
        stop = min(stop, self.size())
        for begin in range(start, stop, READ_CHUNK_ENTRIES):
            end = min(stop, begin + READ_CHUNK_ENTRIES)
            with self._pool.lend() as reader:
                rows = reader.execute(
                    "SELECT id, name, CAST(key AS BLOB), codec, CAST(body AS BLOB) FROM part"
                    " WHERE id >= ? AND id < ? ORDER BY id",
                    (PARTS_MAX * begin, PARTS_MAX * end),
                ).fetchall()
                leaves = [decode_leaf(read_leaf(reader, index)) for index in range(begin, end)]
            stored: dict[int, dict[str, Stored]] = {}
            for row, name, key, codec, body in rows:
                stored.setdefault(row // PARTS_MAX, {})[name] = Stored(key, codec, body)
            for leaf in leaves:
                parts = stored.get(leaf.index, {})
                norm = self._open(leaf, NORM, parts.get(NORM), None)
                opened = {name: self._open(leaf, name, each, norm) for name, each in parts.items() if name != NORM}
                yield leaf, {name: each.payload for name, each in {**opened, NORM: norm}.items() if each is not None}

    def needs_key(self, name: str, start: int, stop: int) -> bool:
        """Whether a stored part of entries start … stop - 1 is wrapped by the key of this name."""
        with self._pool.lend() as reader:
            return has_codec(reader, start, stop, *codec_range(name))

    def entries(self, start: int, stop: int) -> Iterator[Entry]:
        """The entries start … stop - 1 (or the end) in order. Read in chunks, so it may be left at any time, and a long
        one holds no lock."""
        stop = min(stop, self.size())
        while start < stop:
            with self._pool.lend() as reader:
                rows = reader.execute(
                    "SELECT entry.i, CAST(leaf AS BLOB), key, codec, CAST(body AS BLOB) FROM entry LEFT JOIN part"
                    f" ON id >= {PARTS_MAX} * entry.i AND id < {PARTS_MAX} * (entry.i + 1) AND name = 'norm'"
                    " WHERE entry.i >= ? AND entry.i < ? ORDER BY entry.i",
                    (start, min(stop, start + READ_CHUNK_ENTRIES)),
                ).fetchall()
            for index, encoded, key, codec, body in rows:
                if index != start:
                    break
                leaf = decode_leaf(encoded)
                opened = self._open(leaf, NORM, None if body is None else Stored(key, codec, body), None)
                yield Entry(index, leaf, None if opened is None else opened.payload)
                start += 1
            if len(rows) == 0 or index != start - 1:
                raise LedgerError(f"Entry {start} is missing. Run `headwater audit fsck`.")

    def _open(self, leaf: Leaf, name: str, stored: Stored | None, norm: Opened | None) -> Opened | None:
        position = leaf.position(name)
        if position is None or stored is None:
            return None
        dictionary = None if norm is None else norm.payload
        return open_part(leaf.parts[position], stored, norm=dictionary, keys=self.keyring.key)

    @staticmethod
    def _require_size(size: int, size_max: int) -> None:
        if not 0 <= size <= size_max:
            raise NotFound(f"The log has {size_max} entries, not {size}. Ask for a size up to that.")
