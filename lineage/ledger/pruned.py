"""Up to where a log is pruned: what its file says, held against the `erase` entries that may say so (fsck, check 5)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from lineage.errors import LedgerError
from lineage.ledger.classes import NORM, is_prunable
from lineage.ledger.erasure import ERASE_KIND, decode_pruning
from lineage.ledger.keyring import KeyMissing, Keyring
from lineage.ledger.leaf import PARTS_MAX, Leaf, decode_leaf
from lineage.ledger.payload import Stored, open_part
from lineage.ledger.rows import read_minimum


@dataclass(frozen=True, slots=True)
class PrunedTo:
    """Entries before `minimum` may be gone. `findings`: (entry or None, what is wrong); `unfinished`: why that could not be
    found out, empty if it was."""

    minimum: int = 0
    findings: tuple[tuple[int | None, str], ...] = ()
    unfinished: str = ""


def pruned_to(connection: sqlite3.Connection, origin: str, keyring: Keyring) -> PrunedTo:
    """The minimum index that the log's `erase` entries give; what else is gone is missing."""
    claimed = read_minimum(connection)
    if not claimed:
        return PrunedTo()
    if not is_prunable(origin):
        message = f"the file says that entries before {claimed} are pruned, but this log is kept for ever"
        return PrunedTo(0, ((0, message),))
    minimum = kept = 0
    mark = f'"k":"{ERASE_KIND}"'.encode()
    erasing = connection.execute("SELECT i, CAST(leaf AS BLOB) FROM entry WHERE instr(leaf, ?) ORDER BY i", (mark,))
    for index, encoded in erasing:
        try:
            norm = _norm_of(connection, decode_leaf(encoded), keyring)
            said = None if norm is None else decode_pruning(norm, index)
        except KeyMissing as error:
            return PrunedTo(claimed, (), f"how far the log was pruned cannot be read: {error.message}")
        except LedgerError:
            continue  # the checks of entries and payloads say so
        if said is not None:
            minimum, kept = max(minimum, said.minimum), kept + said.kept
    findings: list[tuple[int | None, str]] = []
    if claimed > minimum:
        findings.append((minimum, f"the file says that entries before {claimed} are pruned, and no erase entry does"))
    there = connection.execute("SELECT count(*) FROM entry WHERE i < ?", (minimum,)).fetchone()[0]
    if there != kept:
        message = f"of {kept} entries on record before entry {minimum}, where the log is pruned, {there} are there"
        findings.append((None, message))
    return PrunedTo(minimum, tuple(findings))


def _norm_of(connection: sqlite3.Connection, leaf: Leaf, keyring: Keyring) -> bytes | None:
    position = leaf.position(NORM)
    if position is None:
        return None
    row = connection.execute(
        "SELECT CAST(key AS BLOB), codec, CAST(body AS BLOB) FROM part WHERE id = ?",
        (PARTS_MAX * leaf.index + position,),
    ).fetchone()
    return None if row is None else open_part(leaf.parts[position], Stored(*row), norm=None, keys=keyring.key).payload
