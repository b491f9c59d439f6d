"""A leaf as a stranger reads it: canonical JSON that states its log, its index, its time and its parts' commitments.

The service writes leaves with a library for RFC 8785; for a leaf's strings and integers the standard library's sorted
form is the same bytes, so that one leaf has one spelling here too.
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

from lineage.verify import base64_text
from lineage.verify.refusal import Malformed, Rejected

LEAF_BYTES_MAX = 65_535  # the tile format's own; this service stays below 4 KiB
COMMITMENT_PREFIX = "hmac-sha256:"
KEY_BYTES = 32
_PLAIN = r'"[^"\\\x00-\x1f]*"'  # a string in which nothing is escaped has one spelling
_PART = rf'\{{"c":"hmac-sha256:[A-Za-z0-9+/]{{42}}[AEIMQUYcgkosw048]=","len":(?:0|[1-9]\d{{0,14}}),"mt":{_PLAIN},"n":{_PLAIN}\}}'
_USUAL = re.compile(
    rf'\{{(?:"actor":{_PLAIN},)?(?:"auth":{_PLAIN},)?(?:"et":{_PLAIN},)?"i":(0|[1-9]\d{{0,14}}),"k":{_PLAIN},"log":({_PLAIN}),'
    rf'(?:"parts":\[(?:{_PART}(?:,{_PART})*)?\],)?(?:"proj":{_PLAIN},)?(?:"req":{_PLAIN},)?'
    r'"t":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","v":1\}',
    re.ASCII,
)  # what nearly all leaves look like: canonical by its form
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@dataclass(frozen=True, slots=True)
class LeafPart:
    """A payload part as its leaf knows it: `length` in bytes, the 32-byte `commitment`."""

    name: str
    length: int
    commitment: bytes

    def check(self, payload: bytes, key: bytes) -> None:
        """Rejected unless `payload` under `key` is what the leaf commits to."""
        if len(payload) != self.length:
            raise Rejected(f"part {self.name} has {len(payload)} bytes, the entry committed to {self.length}")
        if not hmac.compare_digest(hmac.digest(key, payload, "sha256"), self.commitment):
            raise Rejected(f"part {self.name} is not what the entry committed to")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a leaf states. `time` is ISO 8601 with microseconds, UTC, so that text order is time order."""

    origin: str
    index: int
    time: str
    kind: str
    actor: str
    parts: tuple[LeafPart, ...]

    def part(self, name: str) -> LeafPart | None:
        """The part of that name, or None."""
        return next((part for part in self.parts if part.name == name), None)


def parse_leaf(encoded: bytes) -> Leaf:
    """The leaf in `encoded`. Malformed unless it is of version 1 and in canonical form."""
    if len(encoded) > LEAF_BYTES_MAX:
        raise Malformed(f"an entry of {len(encoded)} bytes, more than {LEAF_BYTES_MAX}")
    try:
        fields: dict[str, Any] = json.loads(encoded)
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        if canonical != encoded or fields["v"] != 1:
            raise ValueError("not in canonical form, or of another version")
        if type(fields.get("parts", [])) is not list:
            raise ValueError("parts that are no list")
        leaf = Leaf(
            origin=_text(fields["log"]),
            index=_count(fields["i"]),
            time=_text(fields["t"]),
            kind=_text(fields["k"]),
            actor=_text(fields.get("actor", "")),
            parts=tuple(map(_part, fields.get("parts", []))),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Malformed(f"not a ledger entry ({type(error).__name__}: {error})") from error
    if not _TIME.fullmatch(leaf.time):
        raise Malformed(f"not a ledger entry: {leaf.time[:40]!r} is no time")
    return leaf


def read_stamp(encoded: bytes) -> tuple[int, str, str]:
    """Index, origin and time of a leaf, for checks of whole logs: as `parse_leaf`, at a fifth of its cost for a leaf in
    which nothing is escaped."""
    try:
        usual = _USUAL.fullmatch(encoded.decode()) if len(encoded) <= LEAF_BYTES_MAX else None
    except UnicodeDecodeError as error:
        raise Malformed(f"not a ledger entry ({error})") from error
    if usual is not None:
        return int(usual[1]), usual[2][1:-1], usual[3]
    leaf = parse_leaf(encoded)
    return leaf.index, leaf.origin, leaf.time


def _part(fields: dict[str, Any]) -> LeafPart:
    commitment = _text(fields["c"])
    if not commitment.startswith(COMMITMENT_PREFIX):
        raise ValueError("a commitment of an unknown kind")
    digest = base64_text.decode(commitment.removeprefix(COMMITMENT_PREFIX), length=32)
    return LeafPart(_text(fields["n"]), _count(fields["len"]), digest)


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError(f"{value!r} is not a string")
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError(f"{value!r} is not an index or a length")
    return value
