"""Which key counts for which sizes: keys.json, made from the ledger's own `key.rotate` entries.

A new key is announced by an entry before it signs; when the old one has stopped, another entry says so. So the ranges
stand in the log itself, and keys.json is only their copy: one that says otherwise is a forgery. A checkpoint beyond a
key's range that no other key signed counts only with the witnesses' quorum, as a stolen old key can make it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lineage.errors import LedgerError
from lineage.ledger import Ledger
from lineage.ledger.kinds import entries_of_kind
from lineage.verify.keys import VerifierKey, parse_vkey
from lineage.verify.refusal import VerifyError

ROTATE_KIND = "key.rotate"
ADDED, RETIRED = "add", "retire"


class SignerPlace(StrEnum):
    """Where the keys and the memory are that a log is signed with: said in keys.json, so that whoever checks the folder
    knows what has to lie in it."""

    FOLDER = "folder"
    """Both in the data folder."""
    ENVIRONMENT = "environment"
    """The memory in the data folder, the keys in the service's settings."""
    APART = "apart"
    """Both with a signer that runs apart."""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """A key signs heads of the sizes from_size … to_size (None: without end)."""

    key: VerifierKey
    from_size: int
    to_size: int | None

    def covers(self, size: int) -> bool:
        """Whether a head of that size is in range."""
        return self.from_size <= size and (self.to_size is None or size <= self.to_size)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a `key.rotate` entry says of one log (`key.name`): a key is added or retired."""

    operation: str
    key: VerifierKey


def encode_rotation(rotation: Rotation) -> bytes:
    """The norm of the entry."""
    return json.dumps({"key": rotation.key.text, "op": rotation.operation}, sort_keys=True).encode()


def decode_rotation(norm: bytes, index: int) -> Rotation:
    """The inverse of `encode_rotation`. LedgerError names the entry."""
    try:
        fields = json.loads(norm)
        if fields["op"] not in (ADDED, RETIRED):
            raise ValueError(f"operation {fields['op']!r}")
        return Rotation(fields["op"], parse_vkey(fields["key"]))
    except (ValueError, KeyError, TypeError, AttributeError, VerifyError) as error:
        raise LedgerError(f"The {ROTATE_KIND} entry {index} cannot be read ({error}). Restore a backup.") from error


def read_rotations(ledger: Ledger) -> Iterator[tuple[int, Rotation]]:
    """All rotations in the log, each with its entry's index: a search through whole bundles, some seconds for a million
    entries. LedgerError for one that cannot be read."""
    for leaf, norm in entries_of_kind(ledger, ROTATE_KIND):
        if norm is None:
            raise LedgerError(f"The {ROTATE_KIND} entry {leaf.index} has lost what it says. Restore a backup.")
        yield leaf.index, decode_rotation(norm, leaf.index)


def ranges_of(first: Sequence[VerifierKey], rotations: Iterable[tuple[int, Rotation]]) -> tuple[KeyRange, ...]:
    """The ranges, from the keys that the log began with and the rotations in it, each with its entry's index."""
    return extend_ranges([KeyRange(key, 0, None) for key in first], rotations)


def extend_ranges(before: Iterable[KeyRange], rotations: Iterable[tuple[int, Rotation]]) -> tuple[KeyRange, ...]:
    """Ranges after more rotations."""
    ranges = list(before)
    for index, rotation in rotations:
        position = next((at for at, each in enumerate(ranges) if each.key == rotation.key), None)
        if rotation.operation == ADDED:
            if position is None:
                ranges.append(KeyRange(rotation.key, index, None))
        elif position is not None:
            ranges[position] = replace(ranges[position], to_size=index)
        else:  # one of the first keys, which nobody needed to name before
            ranges.insert(0, KeyRange(rotation.key, 0, index))
    return tuple(ranges)


def encode_ranges(origin: str, ranges: Iterable[KeyRange], place: SignerPlace = SignerPlace.FOLDER) -> bytes:
    """keys.json."""
    keys = [{"vkey": each.key.text, "fromSize": each.from_size, "toSize": each.to_size} for each in ranges]
    return json.dumps({"origin": origin, "signer": place, "keys": keys}, indent=2).encode() + b"\n"


def decode_ranges(content: bytes) -> tuple[str, tuple[KeyRange, ...]]:
    """Origin and ranges of a keys.json. LedgerError."""
    try:
        fields: dict[str, Any] = json.loads(content)
        ranges = [KeyRange(parse_vkey(each["vkey"]), each["fromSize"], each["toSize"]) for each in fields["keys"]]
        return str(fields["origin"]), tuple(ranges)
    except (ValueError, KeyError, TypeError, VerifyError) as error:
        raise LedgerError(f"This keys.json cannot be read ({error}). Ask for it again.") from error


def signer_place(content: bytes) -> SignerPlace | None:
    """Where a keys.json says that the signer is; None: it does not (an older version wrote it)."""
    try:
        return SignerPlace(json.loads(content)["signer"])
    except (ValueError, KeyError, TypeError):
        return None
