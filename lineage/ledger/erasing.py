"""Erasing parts: the entry that says so and the deletion, in one transaction.

The one idea: with a part's row go its ciphertext, its wrapped key and the key of its commitment; the leaf stays, so
every proof still verifies, and nobody can show or guess what it commits to. What is deleted is overwritten in the file
(`secure_delete`) and leaves the write-ahead log at once. Who may erase what and why is no matter of this module
(lineage/erasure), nor is the graph (the projector reads the `erase` entry).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from lineage.errors import InputError, LedgerError
from lineage.ledger.classes import NORM, RAW, is_on_record, is_prunable, retention_class
from lineage.ledger.entries import Draft, Receipt
from lineage.ledger.erasure import Erasure, decode_erasures, decode_pruning
from lineage.ledger.keyring import Keyring, month_of_key
from lineage.ledger.leaf import PARTS_MAX, decode_leaf, month_bounds, month_of
from lineage.ledger.log import Ledger
from lineage.ledger.payload import Stored, needs_norm, open_part, seal_anew
from lineage.ledger.rows import read_minimum

PURGE_TRIES_MAX = 20  # of PURGE_WAIT_MS each, with pauses in which appends go on
PURGE_PAUSE_S = 0.05


def erase(ledger: Ledger, statement: Draft) -> Receipt:
    """Append an `erase` entry and delete what its norm names; on disk when this returns, or nothing is done.

    A `raw` whose `norm` goes and which itself stays is sealed anew first. The keys that wrapped the parts stay in the
    keyring: others of their month need them. Errors as Ledger.append's; KeyMissing when a raw cannot be sealed anew.
    """
    norm = statement.parts[NORM]

    def delete(connection: sqlite3.Connection) -> None:
        size: int = connection.execute("SELECT size FROM head").fetchone()[0]
        erasures = decode_erasures(norm, size - 1)
        for each in erasures:
            if each.name == NORM:
                _free_raws(connection, each, erasures, ledger.origin, ledger.keyring)
        for each in erasures:
            connection.execute(
                "DELETE FROM part WHERE id >= ? AND id < ? AND name = ?",
                (PARTS_MAX * each.start, PARTS_MAX * each.stop, each.name),
            )

    return ledger.append([statement], within=delete)[0]


def prune(ledger: Ledger, statement: Draft) -> Receipt:
    """Append an `erase` entry and delete the leaves before its minimum index but for those that are on record; on disk when
    this returns, or nothing is done. Their hashes stay. InputError for a log that is kept for ever; LedgerError when a part
    of them is still stored."""
    norm = statement.parts[NORM]
    if not is_prunable(ledger.origin):
        raise InputError(f"The log {ledger.origin} is kept for ever. Only the access log is pruned.")

    def delete(connection: sqlite3.Connection) -> None:
        size: int = connection.execute("SELECT size FROM head").fetchone()[0]
        said = decode_pruning(norm, size - 1)
        if said is None:
            raise InputError("The statement prunes nothing. Say up to where.", place="pruned")
        begin = read_minimum(connection)
        rows = connection.execute("SELECT i, leaf FROM entry WHERE i >= ? AND i < ?", (begin, said.minimum)).fetchall()
        gone = [index for index, leaf in rows if not is_on_record(decode_leaf(leaf).kind)]
        if len(rows) != said.minimum - begin or len(rows) - len(gone) != said.kept:
            raise LedgerError(f"The entries {begin} to {said.minimum - 1} are not what was said of them. Run `audit fsck`.")
        for index in gone:
            span = (PARTS_MAX * index, PARTS_MAX * (index + 1))
            if connection.execute("SELECT 1 FROM part WHERE id >= ? AND id < ?", span).fetchone():
                raise LedgerError(f"Entry {index} has a part that was not erased. Erase it first.")
        connection.executemany("DELETE FROM entry WHERE i = ?", [(index,) for index in gone])
        connection.execute(
            "CREATE TABLE IF NOT EXISTS pruned (id INTEGER PRIMARY KEY CHECK (id = 1), minimum INTEGER NOT NULL)"
        )
        connection.execute("INSERT OR REPLACE INTO pruned VALUES (1, ?)", (said.minimum,))

    return ledger.append([statement], within=delete)[0]


def purge(ledger: Ledger) -> bool:
    """Empty the write-ahead log of what was deleted. False when readers were in the way all the time: it is overwritten
    by later appends then."""
    for _ in range(PURGE_TRIES_MAX):
        if ledger.purge_remains():
            return True
        time.sleep(PURGE_PAUSE_S)
    return False


def unused_keys(ledger: Ledger, before: str) -> list[str]:
    """The wrapping keys of months before `before` (`2026-10`) that no stored part needs any more. These months have to
    be over for a while: an append that is going on may be about to use the key of its own."""
    unused = []
    for name in ledger.keyring.names():
        month = month_of_key(name)
        if month < before:
            # A part is wrapped by a key of its leaf's own month, and times never go back.
            begin_us, end_us = month_bounds(month)
            start, stop = ledger.size_at(begin_us - 1), ledger.size_at(end_us - 1)
            start = 0 if start <= ledger.minimum() else start  # of pruned entries nobody knows the month; few have parts
            # A month without entries: an older copy of the ledger was put back, and the newer may be kept aside.
            if start < stop and not ledger.needs_key(name, start, stop):
                unused.append(name)
    return unused


def _free_raws(
    connection: sqlite3.Connection, gone: Erasure, erasures: Sequence[Erasure], origin: str, keyring: Keyring
) -> None:
    """Seal every raw anew that needs a norm of `gone` and is not erased with it."""
    kept = [each for each in erasures if each.name == RAW]
    for index in range(gone.start, gone.stop):
        if any(each.start <= index < each.stop for each in kept):
            continue
        rows = connection.execute(
            "SELECT id, name, key, codec, body FROM part WHERE id >= ? AND id < ?",
            (PARTS_MAX * index, PARTS_MAX * (index + 1)),
        ).fetchall()
        stored = {name: (row, Stored(key, codec, body)) for row, name, key, codec, body in rows}
        if NORM not in stored or RAW not in stored or not needs_norm(stored[RAW][1]):
            continue
        encoded: bytes = connection.execute("SELECT leaf FROM entry WHERE i = ?", (index,)).fetchone()[0]
        leaf = decode_leaf(encoded)
        parts = {part.name: part for part in leaf.parts}
        norm = open_part(parts[NORM], stored[NORM][1], norm=None, keys=keyring.key)
        row, raw = stored[RAW]
        opened = open_part(parts[RAW], raw, norm=norm.payload, keys=keyring.key)
        name = raw.key_name or keyring.current(
            retention_class(origin, leaf.kind, RAW, list(parts)), month_of(leaf.time_us)
        )
        anew = seal_anew(parts[RAW], opened, name, keyring.key(name))
        connection.execute(
            "UPDATE part SET key = ?, codec = ?, body = ? WHERE id = ?", (anew.key, anew.codec, anew.body, row)
        )
