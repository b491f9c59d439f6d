"""The check of everything: every entry re-hashed, every payload opened, every finding named.

    1  entry bytes → level-0 tiles → upper tiles → the recorded root     (editing a row breaks no stored proof: re-hash)
    2  each tile has exactly the width that the log's size gives it
    3  each leaf is canonical, states its own index and log, and its time does not go back
    4  each stored part opens with its key, decompresses to the leaf's length and opens its commitment
    5  each absent part is named by a later `erase` entry; no part is stored that no leaf names, or that was erased; leaves are
       absent only from the access log, up to where an `erase` entry says that it was pruned

Each level is compared with the *stored* level below, so one change is one finding, not one for every level above it.
Memory does not grow with the log. It reads one snapshot, beside a running service, and changes nothing. Without the
keyring all but check 4 is done, and the report says for how many parts that is missing.

What it cannot see: a tail cut off together with its tiles and with the head row set back, or a whole log made anew.
Both are consistent in themselves; only a root kept elsewhere (a checkpoint, a witness) shows them. A tail that is cut
off alone is found, because the head row still says the size and the root.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lineage.errors import LedgerError
from lineage.ledger.classes import NORM
from lineage.ledger.database import connect_reader, in_words, ledger_error
from lineage.ledger.erasure import ERASE_KIND, Erasure, decode_erasures
from lineage.ledger.keyring import KeyMissing, Keyring, beside
from lineage.ledger.leaf import PARTS_MAX, Leaf, decode_leaf, read_stamp
from lineage.ledger.payload import Stored, needs_norm, open_part
from lineage.ledger.pruned import pruned_to
from lineage.verify.tiles import TILE_WIDTH, hashes_in, tile_hashes, tile_width, tiles_of
from lineage.verify.tree import HASH_BYTES, complete_root, leaf_hash, root_at

FINDINGS_MAX = 1000  # kept in full; the rest is counted, so that a ruined log still fits in memory
LOST_MAX = 100_000_000  # entries behind the last one: a size beyond is no loss, and its tiles would take days to miss
MISSING_SHOWN = 5  # keys named in a sentence
PROGRESS_ENTRIES = 8192  # about ten calls a second

Progress = Callable[[int, int], None]
"""(entries done, entries in all), over both passes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: by which check, at which entry (None: none in particular), in words."""

    check: int
    index: int | None
    message: str

    def __str__(self) -> str:
        return f"check {self.check}{'' if self.index is None else f', entry {self.index}'}: {self.message}"


@dataclass(frozen=True, slots=True)
class FsckReport:
    """What was checked and found. `findings` are the first FINDINGS_MAX of `finding_count`; `unfinished` says why the
    check could not be completed, and is empty if it was."""

    origin: str
    size: int
    root: bytes
    findings: tuple[Finding, ...]
    finding_count: int
    entries_checked: int
    parts_checked: int
    payload_bytes_checked: int
    unfinished: str
    parts_locked: int = 0
    """Parts that could not be opened, because their keys are not in the keyring."""

    @property
    def exit_code(self) -> int:
        """0 verified, 1 tampered with (or damaged), 4 incomplete."""
        return 1 if self.finding_count else 4 if self.unfinished else 0


@dataclass(slots=True)
class _Check:
    """The state of one run: what was found and counted so far."""

    connection: sqlite3.Connection
    path: Path
    keyring: Keyring
    origin: str
    size: int
    root: bytes
    progress: Callable[[int], None]
    findings: list[Finding] = field(default_factory=list)
    finding_count: int = 0
    entries: int = 0
    parts: int = 0
    parts_locked: int = 0
    payload_bytes: int = 0
    unfinished: str = ""
    minimum: int = 0
    """Entries before it are pruned, as an `erase` entry says."""

    def found(self, check: int, index: int | None, message: str) -> None:
        self.finding_count += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(check, index, message))

    @contextmanager
    def surviving(self, check: int) -> Iterator[None]:
        """A page that SQLite cannot read is a finding; a lock or a failing disk ends this check as unfinished."""
        try:
            yield
        except sqlite3.Error as error:
            said = ledger_error(error, self.path)
            if said.retryable:
                self.unfinished = said.message
            else:
                self.found(check, None, f"after {self.entries} entries the file cannot be read: {error}")


def fsck(
    path: Path, *, payloads: bool = True, progress: Progress | None = None, keyring: Keyring | None = None
) -> FsckReport:
    """Check the ledger file `path`: 1 to 3, and with `payloads` also 4 and 5, with the keys in `keyring` (or beside the
    file). NotFound and LedgerError only if it
    cannot be opened at all; whatever is wrong inside is in the report."""
    with in_words(path), closing(connect_reader(path, at_rest=True)) as connection:
        connection.execute("BEGIN")  # one snapshot for all reads
        log = connection.execute("SELECT origin FROM log").fetchone()
        head = connection.execute("SELECT size, root FROM head").fetchone()
        if log is None or head is None:
            raise LedgerError(f"{path} has lost its {'origin' if log is None else 'head'} row. Restore a backup.")
        size, last = head[0], connection.execute("SELECT max(i) FROM entry").fetchone()[0]
        if not isinstance(size, int) or not 0 <= size <= max(int(last or 0), 0) + LOST_MAX:
            raise LedgerError(
                f"The head row of {path} says that the log has {size!r} entries, the last one there is {last}: somebody has"
                " rewritten it. Restore a backup."
            )
        passes = 2 if payloads else 1

        def advance(done: int) -> None:
            if progress is not None and (done % PROGRESS_ENTRIES == 0 or done == size * passes):
                progress(done, size * passes)

        check = _Check(connection, path, keyring or beside(path), log[0], size, head[1], advance)
        with check.surviving(5):
            pruned = pruned_to(connection, check.origin, check.keyring)
            check.minimum, check.unfinished = pruned.minimum, pruned.unfinished
            for index, message in pruned.findings:
                check.found(5, index, message)
        with check.surviving(1):
            _check_entries(check)
        with check.surviving(2):
            _check_widths(check)
        with check.surviving(1):
            _check_upper_tiles(check)
        if payloads:
            with check.surviving(4):
                _PayloadCheck(check).run()
    return FsckReport(
        origin=check.origin,
        size=size,
        root=check.root,
        findings=tuple(sorted(check.findings, key=lambda each: (each.check, -1 if each.index is None else each.index))),
        finding_count=check.finding_count,
        entries_checked=check.entries,
        parts_checked=check.parts,
        payload_bytes_checked=check.payload_bytes,
        unfinished=check.unfinished,
        parts_locked=check.parts_locked,
    )


def _stored_tile(check: _Check, level: int, number: int) -> bytes:
    row = check.connection.execute(
        "SELECT CAST(hashes AS BLOB) FROM tile WHERE level = ? AND number = ?", (level, number)
    ).fetchone()
    return row[0] if row else b""


def _check_entries(check: _Check) -> None:
    """Check 3, and the lowest step of check 1: entry bytes against level-0 tiles."""
    expected, time_us = 0, 0
    tile = b""
    for index, encoded in check.connection.execute("SELECT i, leaf FROM entry ORDER BY i"):
        if index != expected:
            _missing(check, expected, min(index, check.size))
        if index >= check.size:
            beyond = check.connection.execute("SELECT count(*) FROM entry WHERE i >= ?", (check.size,)).fetchone()[0]
            check.found(1, index, f"{beyond} entries stand behind the recorded end of the log")
            return
        number, position = divmod(index, TILE_WIDTH)
        if position == 0 or index != expected:
            tile = _stored_tile(check, 0, number)
        at = position * HASH_BYTES
        if not isinstance(encoded, bytes):  # SQLite keeps whatever type an editor wrote
            check.found(
                1, index, f"the entry is {type(encoded).__name__} in the file, not bytes: somebody has rewritten it"
            )
            encoded = str(encoded).encode("utf-8", "surrogateescape")
        if leaf_hash(encoded) != tile[at : at + HASH_BYTES]:
            check.found(1, index, "the entry's bytes are not those that were logged: its hash is not in its tile")
        try:
            stated_index, origin, stated_us = read_stamp(encoded)
        except LedgerError as error:
            check.found(3, index, error.message)
        else:
            if stated_index != index:
                check.found(3, index, f"the leaf says that it is entry {stated_index}")
            if origin != check.origin:
                check.found(3, index, f"the leaf belongs to the log {origin}")
            if stated_us < time_us:
                check.found(3, index, f"the entry is {time_us - stated_us} µs older than the one before it")
            time_us = stated_us  # the neighbour's, not the latest so far: one wrong time is one finding
        expected = index + 1
        check.entries += 1
        check.progress(expected)
    if expected < check.size:
        _missing(check, expected, check.size)


def _missing(check: _Check, start: int, stop: int) -> None:
    start = max(start, check.minimum)
    if start < stop:
        which = f"entry {start} is" if stop == start + 1 else f"entries {start} to {stop - 1} are"
        check.found(1, start, f"{which} missing")


def _check_widths(check: _Check) -> None:
    """Check 2: the stored tiles are those that the size gives, none narrower, wider, more or less."""
    rows = check.connection.execute("SELECT level, number, length(hashes) FROM tile ORDER BY level, number")
    row = rows.fetchone()
    for level, number, width in tiles_of(check.size):
        while row is not None and (row[0], row[1]) < (level, number):
            check.found(2, None, f"tile {row[0]}/{row[1]} should not be there")
            row = rows.fetchone()
        if row is None or (row[0], row[1]) != (level, number):
            check.found(2, None, f"tile {level}/{number} is missing")
            continue
        if row[2] != width * HASH_BYTES:
            check.found(2, None, f"tile {level}/{number} has {row[2]} bytes, not {width} hashes")
        row = rows.fetchone()
    while row is not None:
        check.found(2, None, f"tile {row[0]}/{row[1]} should not be there")
        row = rows.fetchone()


def _check_upper_tiles(check: _Check) -> None:
    """Check 1 from level 0 up: the root of each full tile stands in the tile above it; all together give the root."""
    above, above_key = b"", (-1, -1)
    for level, number, width in tiles_of(check.size):
        if width < TILE_WIDTH:
            continue  # its hashes reach the root below
        hashes = hashes_in(_stored_tile(check, level, number))
        parent, position = divmod(number, TILE_WIDTH)
        if above_key != (level + 1, parent):
            above, above_key = _stored_tile(check, level + 1, parent), (level + 1, parent)
        at = position * HASH_BYTES
        if len(hashes) == TILE_WIDTH and complete_root(hashes) != above[at : at + HASH_BYTES]:
            index = number << (8 * (level + 1))
            check.found(1, index, f"tile {level}/{number} does not lead to its hash in tile {level + 1}/{parent}")

    def read(level: int, number: int) -> bytes:
        return _stored_tile(check, level, number)[: tile_width(level, number, check.size) * HASH_BYTES]

    try:
        root = root_at(tile_hashes(read), check.size)
    except LookupError:
        return  # a tile is too narrow, which check 2 has said
    if root != check.root:
        check.found(1, None, f"the tiles lead to the root {root.hex()}, the head says {check.root.hex()}")


@dataclass(slots=True)
class _PayloadCheck:
    """Checks 4 and 5: two cursors, entries and stored parts, side by side in the order of the log."""

    check: _Check
    absent: dict[str, list[list[int]]] = field(default_factory=dict)  # name → runs [start, stop)
    missing: dict[str, int] = field(default_factory=dict)  # key → how many parts it would open
    erased: list[Erasure] = field(default_factory=list)

    def run(self) -> None:
        rows = self.check.connection.execute(
            "SELECT id, name, CAST(key AS BLOB), codec, CAST(body AS BLOB) FROM part ORDER BY id"
        )
        row = rows.fetchone()
        entries = self.check.connection.execute(
            "SELECT i, CAST(leaf AS BLOB) FROM entry WHERE i < ? ORDER BY i", (self.check.size,)
        )
        for index, encoded in entries:
            while row is not None and row[0] < PARTS_MAX * index:
                self._unnamed(row)
                row = rows.fetchone()
            stored = {}
            while row is not None and row[0] < PARTS_MAX * (index + 1):
                stored[row[0] % PARTS_MAX] = row
                row = rows.fetchone()
            try:
                leaf = decode_leaf(encoded)
            except LedgerError as error:
                self.check.found(4, index, f"its parts are unknown: {error.message}")
                continue
            self._check_parts(index, leaf, stored)
            self.check.progress(self.check.size + index + 1)
        while row is not None:
            self._unnamed(row)
            row = rows.fetchone()
        self._settle_absences()
        self._tell_missing()

    def _unnamed(self, row: tuple[int, str, bytes, str, bytes]) -> None:
        self.check.found(5, row[0] // PARTS_MAX, f"part {row[1]} is stored, but no leaf names it")

    def _check_parts(self, index: int, leaf: Leaf, stored: dict[int, tuple[int, str, bytes, str, bytes]]) -> None:
        norm: bytes | None = None
        locked: str | None = None  # the missing key of the norm, on which the raw stands
        for position, part in enumerate(leaf.parts):
            row = stored.pop(position, None)
            if row is None:
                runs = self.absent.setdefault(part.name, [])
                if runs and runs[-1][1] == index:
                    runs[-1][1] = index + 1
                else:
                    runs.append([index, index + 1])
                continue
            _, name, key, codec, body = row
            stored_part = Stored(key, codec, body)
            try:
                if name != part.name:
                    raise LedgerError(f"Part {part.name} is stored under the name {name}.")
                if locked is not None and needs_norm(stored_part):
                    self.missing[locked] += 1
                    continue
                payload = open_part(part, stored_part, norm=norm, keys=self.check.keyring.key).payload
            except KeyMissing as error:
                self.missing[error.key_name] = self.missing.get(error.key_name, 0) + 1
                locked = error.key_name if name == NORM else locked
                continue
            except LedgerError as error:
                self.check.found(4, index, error.message)
                continue
            if name == NORM:
                norm = payload
                if leaf.kind == ERASE_KIND:
                    self._read_erasures(index, payload)
            self.check.parts += 1
            self.check.payload_bytes += len(payload)
        for row in stored.values():
            self._unnamed(row)

    def _read_erasures(self, index: int, norm: bytes) -> None:
        try:
            self.erased.extend(decode_erasures(norm, index))
        except LedgerError as error:
            self.check.found(5, index, error.message)

    def _settle_absences(self) -> None:
        for erasure in self.erased:
            row = self.check.connection.execute(
                "SELECT id FROM part WHERE id >= ? AND id < ? AND name = ? LIMIT 1",
                (PARTS_MAX * erasure.start, PARTS_MAX * erasure.stop, erasure.name),
            ).fetchone()
            if row is not None:
                self.check.found(5, row[0] // PARTS_MAX, f"part {erasure.name} was erased, but is still stored")
        for name, runs in self.absent.items():
            allowed = sorted((each.start, each.stop) for each in self.erased if each.name == name)
            for start, stop in runs:
                self._settle_run(name, start, stop, allowed)

    def _tell_missing(self) -> None:
        """Parts whose keys are not there are neither right nor wrong: the check of them is still to be done."""
        if not self.missing:
            return
        self.check.parts_locked = sum(self.missing.values())
        names = sorted(self.missing)
        more = f" and {len(names) - MISSING_SHOWN} more" if len(names) > MISSING_SHOWN else ""
        self.check.unfinished = (
            f"{self.check.parts_locked} payloads could not be opened, so check 4 of them is missing: the keyring lacks"
            f" {', '.join(names[:MISSING_SHOWN])}{more}. Name its folder with --keyring, or restore it."
        )

    def _settle_run(self, name: str, start: int, stop: int, allowed: list[tuple[int, int]]) -> None:
        """Report what of the absent run [start, stop) no erasure covers."""
        for erased_from, erased_to in allowed:
            if erased_from > start:
                self._taken(name, start, min(stop, erased_from))
            start = max(start, erased_to)
            if start >= stop:
                return
        self._taken(name, start, stop)

    def _taken(self, name: str, start: int, stop: int) -> None:
        which = f"entry {start}" if stop == start + 1 else f"entries {start} to {stop - 1}"
        self.check.found(5, start, f"part {name} of {which} is gone, and no erase entry says so")
