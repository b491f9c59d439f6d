"""The leaf: the one line of JSON that the log keeps for ever about one entry.

A leaf says who appended what, when, and *commits* to the payload without holding it: each part (received bytes, the
normalised event) is named by its length and HMAC-SHA-256 under 32 random bytes of its own. So a payload and its key can
be erased and every old proof still verifies, and nobody can guess a short payload from its commitment.

The bytes are RFC 8785 JSON (sorted keys, no white space) of strings, integers below 2^53 and lists, so that any other
program makes the same bytes from the same fields. A field that is empty is left out. Foreign JSON never enters a leaf.
Beyond that, the leaf states its own log and index, because an inclusion proof binds neither.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from lineage.errors import InputError, LedgerError, LimitExceeded

LEAF_VERSION = 1
LEAF_BYTES_MAX = 4096  # the tile format allows 65,535; a leaf holds names of no payload, so more is a mistake
PARTS_MAX = 4  # payload rows are keyed PARTS_MAX * index + position: part of the file format, never change it
KEY_BYTES = 32  # as long as the HMAC's output: a shorter key hides less, a longer one hides no more
INTEGER_MAX = 2**53 - 1  # RFC 8785: what every JSON reader holds exactly
# For strings, integers below 2^53 and ASCII keys, orjson's sorted form is RFC 8785's, fifty times faster than a general
# encoder of it; tests hold them against each other.
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_COMMITMENT_PREFIX = "hmac-sha256:"
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_KEYS = frozenset({"v", "log", "i", "t", "et", "k", "actor", "auth", "req", "proj", "parts"})
_PART_KEYS = frozenset({"n", "mt", "len", "c"})


@dataclass(frozen=True, slots=True)
class Part:
    """One payload part as the leaf knows it: `length` in bytes and the 32-byte `commitment`, never the bytes."""

    name: str
    media_type: str
    length: int
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of the log `origin`, decoded. Times are microseconds since the epoch, UTC; `time_us` never goes back
    from one index to the next. `projector` is the version of the code that made the normalised part."""

    origin: str
    index: int
    time_us: int
    kind: str
    parts: tuple[Part, ...] = ()
    event_time_us: int | None = None
    actor: str = ""
    auth: str = ""
    request: str = ""
    projector: str = ""

    def position(self, name: str) -> int | None:
        """Where the part `name` stands in `parts`, or None."""
        return next((position for position, part in enumerate(self.parts) if part.name == name), None)


def commit(key: bytes, payload: bytes) -> bytes:
    """The commitment to `payload` under its own random `key`: hiding by the key, binding by SHA-256."""
    return hmac.digest(key, payload, "sha256")


def format_time(time_us: int) -> str:
    """Microseconds since the epoch → `2026-11-22T18:00:00.123456Z`. InputError outside the years 1 to 9999."""
    try:
        return (_EPOCH + timedelta(microseconds=time_us)).isoformat(timespec="microseconds") + "Z"
    except OverflowError as error:
        raise InputError(
            f"{time_us} µs is outside the years 1 to 9999. Leave the time out or correct it.", place="time"
        ) from error


def month_of(time_us: int) -> str:
    """The month of a time, as `2026-11`, UTC."""
    return format_time(time_us)[:7]


def month_bounds(month: str) -> tuple[int, int]:
    """The first microsecond of a month, and that of the next."""
    begin = datetime.fromisoformat(month + "-01")
    end = (begin + timedelta(days=31)).replace(day=1)
    return (begin - _EPOCH) // _MICROSECOND, (end - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=1024)  # the entries of one commit share their time
def parse_time(text: str) -> int:
    """The inverse of `format_time`, for exactly its form. ValueError for any other."""
    time_us = (datetime.fromisoformat(text[:-1]) - _EPOCH) // _MICROSECOND
    if format_time(time_us) != text:
        raise ValueError(f"{text!r} is not of the form 2026-11-22T18:00:00.123456Z")
    return time_us


def encode_leaf(leaf: Leaf) -> bytes:
    """The leaf's bytes: what is hashed, proved and kept. LimitExceeded beyond LEAF_BYTES_MAX."""
    fields: dict[str, Any] = {
        "v": LEAF_VERSION,
        "log": leaf.origin,
        "i": leaf.index,
        "t": format_time(leaf.time_us),
        "k": leaf.kind,
    }
    if leaf.event_time_us is not None:
        fields["et"] = format_time(leaf.event_time_us)
    optional = {"actor": leaf.actor, "auth": leaf.auth, "req": leaf.request, "proj": leaf.projector}
    fields.update({key: value for key, value in optional.items() if value})
    if leaf.parts:
        fields["parts"] = [
            {
                "n": part.name,
                "mt": part.media_type,
                "len": part.length,
                "c": _COMMITMENT_PREFIX + base64.b64encode(part.commitment).decode(),
            }
            for part in leaf.parts
        ]
    try:
        encoded = orjson.dumps(fields, option=_CANONICAL)
    except orjson.JSONEncodeError as error:
        raise InputError(f"The entry cannot be written as canonical JSON: {error}. Correct that field.") from error
    if len(encoded) > LEAF_BYTES_MAX:
        raise LimitExceeded(
            f"The entry's leaf has {len(encoded)} bytes, more than {LEAF_BYTES_MAX}. Shorten actor, request or names.",
            limit=LEAF_BYTES_MAX,
            asked=len(encoded),
        )
    return encoded


def decode_leaf(encoded: bytes) -> Leaf:
    """The leaf in `encoded`. LedgerError unless these are exactly the bytes that `encode_leaf` makes."""
    try:
        return _leaf_of(_fields_of(encoded))
    except _MALFORMED as error:
        raise _not_a_leaf(error) from error


def read_stamp(encoded: bytes) -> tuple[int, str, int]:
    """Index, origin and time of the leaf in `encoded`, without a look at its parts: three times as fast, for checks of
    whole logs. LedgerError unless the bytes are canonical."""
    try:
        fields = _fields_of(encoded)
        index, origin = fields["i"], fields["log"]
        if type(index) is not int:
            raise ValueError(f"{index!r} is not an index")
        return index, origin, parse_time(fields["t"])
    except _MALFORMED as error:
        raise _not_a_leaf(error) from error


_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, InputError)  # what reading JSON of another shape raises


def _not_a_leaf(error: Exception) -> LedgerError:
    return LedgerError(f"Not a ledger entry ({type(error).__name__}: {error}). Run `headwater audit fsck`.")


def _fields_of(encoded: bytes) -> Mapping[str, Any]:
    if len(encoded) > LEAF_BYTES_MAX:
        raise ValueError(f"more than {LEAF_BYTES_MAX} bytes")
    fields: dict[str, Any] = orjson.loads(encoded)
    if orjson.dumps(fields, option=_CANONICAL) != encoded:
        raise ValueError("not in canonical form")
    if fields["v"] != LEAF_VERSION:
        raise ValueError(f"version {fields['v']}, not {LEAF_VERSION}")
    return fields


def _leaf_of(fields: Mapping[str, Any]) -> Leaf:
    if not fields.keys() <= _KEYS:
        raise ValueError(f"unknown fields {sorted(fields.keys() - _KEYS)}")
    parts = tuple([_part_of(part) for part in fields["parts"]]) if "parts" in fields else ()
    event_time = fields.get("et")
    leaf = Leaf(
        origin=fields["log"],
        index=fields["i"],
        time_us=parse_time(fields["t"]),
        kind=fields["k"],
        parts=parts,
        event_time_us=None if event_time is None else parse_time(event_time),
        actor=fields.get("actor", ""),
        auth=fields.get("auth", ""),
        request=fields.get("req", ""),
        projector=fields.get("proj", ""),
    )
    _require_integer(leaf.index)
    for text in (leaf.origin, leaf.kind, leaf.actor, leaf.auth, leaf.request, leaf.projector):
        if type(text) is not str:
            raise ValueError(f"{text!r} is not a string")
    names = [part.name for part in parts]
    if len(names) > PARTS_MAX or names != sorted(set(names)):
        raise ValueError(f"parts {names} are not at most {PARTS_MAX} different names in order")
    return leaf


def _part_of(fields: Mapping[str, Any]) -> Part:
    if fields.keys() != _PART_KEYS:
        raise ValueError(f"a part has fields {sorted(fields)}")
    name, media_type, length, commitment = fields["n"], fields["mt"], fields["len"], fields["c"]
    if type(name) is not str or type(media_type) is not str or not commitment.startswith(_COMMITMENT_PREFIX):
        raise ValueError(f"part {name!r} is malformed")
    _require_integer(length)
    digest = binascii.a2b_base64(commitment[len(_COMMITMENT_PREFIX) :], strict_mode=True)
    if len(digest) != 32:
        raise ValueError(f"part {name!r} has a commitment of {len(digest)} bytes")
    return Part(name, media_type, length, digest)


def _require_integer(value: Any) -> None:
    if type(value) is not int or not 0 <= value <= INTEGER_MAX:
        raise ValueError(f"{value!r} is not an integer from 0 to 2^53-1")
