"""What goes into the ledger and what comes out: a draft, a receipt, an entry.

A `Draft` that exists can be appended: all that could be wrong with it is refused when it is made, so that one bad entry
never fails the others that share its transaction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lineage.errors import InputError, LimitExceeded
from lineage.ledger.leaf import PARTS_MAX, Leaf, format_time

PART_BYTES_MAX = 512 << 20  # SQLite holds 1 GB in a field; ingest bounds bodies far below this
TEXT_BYTES_MAX = 256  # of actor, auth, request, projector each: with all of them the leaf stays below its 4 KiB
_KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_PART_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_MEDIA_TYPE = re.compile(r"[ !#-\[\]-~]{1,127}")  # printable ASCII that JSON need not escape


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be appended. InputError or LimitExceeded when it is made, if it cannot be.

    `kind` is one of ledger kinds ("ol.event", "admin.alias", …); `parts` has the bytes of "raw" and/or "norm";
    `actor`, `auth`, `request` are opaque ids (no personal data: the leaf is kept for ever); `projector` is the
    version of the code that made `norm`; `media_types` by part name, where they are not application/json.
    """

    kind: str
    parts: Mapping[str, bytes]
    actor: str = "anonymous"
    auth: str = "none"
    request: str = ""
    event_time_us: int | None = None
    projector: str = ""
    media_types: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.kind) > 64 or not _KIND.fullmatch(self.kind):
            raise InputError(f"{self.kind!r} is no kind of entry. Use words like `ol.event`.", place="kind")
        if len(self.parts) > PARTS_MAX:
            raise LimitExceeded(
                f"An entry has at most {PARTS_MAX} parts. Make two entries.", limit=PARTS_MAX, asked=len(self.parts)
            )
        for name, payload in self.parts.items():
            media_type = self.media_types.get(name, "application/json")
            if not _PART_NAME.fullmatch(name) or not _MEDIA_TYPE.fullmatch(media_type):
                raise InputError(f"Part {name!r} of type {media_type!r} cannot be named so. Correct it.", place="parts")
            if len(payload) > PART_BYTES_MAX:
                raise LimitExceeded(
                    f"Part {name} has {len(payload)} bytes, more than {PART_BYTES_MAX}. Split it.",
                    limit=PART_BYTES_MAX,
                    asked=len(payload),
                )
        for place in ("actor", "auth", "request", "projector"):
            _require_plain(getattr(self, place), place)
        if self.event_time_us is not None:
            format_time(self.event_time_us)

    def payload_bytes(self) -> int:
        """The size of all parts together, uncompressed."""
        return sum(map(len, self.parts.values()))


def _require_plain(text: str, place: str) -> None:
    # Control characters and lone surrogates have no business in an id, and would grow when escaped.
    encoded = text.encode(errors="replace")
    if len(encoded) > TEXT_BYTES_MAX or not (text.isprintable() or text == ""):
        raise InputError(
            f"The {place} is not printable text of at most {TEXT_BYTES_MAX} bytes. Use an opaque id.", place=place
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """The entry is on disk, at `index` (from 0), since `time_us`; `leaf_hash` is what proofs speak about."""

    index: int
    leaf_hash: bytes
    time_us: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What the projector reads. `norm` is None if the entry has none (a dead letter) or it was erased."""

    index: int
    leaf: Leaf
    norm: bytes | None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A part's bytes and the 32-byte key under which the leaf commits to them."""

    payload: bytes
    key: bytes
