"""One received event → what the ledger keeps of it.

The one idea: nothing is refused here. What can be understood is kept as `raw` (the received bytes) and `norm` (what the
projector reads); what cannot is a dead letter, `raw` and the `reason`. Even a fault of ours in reading it ends so: the
bytes are safe, the trace is in the log, and a replay after the repair loses nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import orjson

from api.bodies import Body
from api.elements import elements, is_array
from api.logs import log
from collectors.openlineage import normalise
from lineage.ledger import Draft

EVENT_KIND: Final = "ol.event"
RAW: Final = "raw"
NORM: Final = "norm"
REASON: Final = "reason"
OCTETS: Final = "application/octet-stream"

# An array of events of the usual size is far below the body's limit before it has so many; only rubbish has more.
ELEMENTS_MAX: Final = 100_000
# A parsed value takes up to 60 bytes, a parsed object some 300, however short their text: without these, one body of
# 64 MB takes gigabytes. The largest real event that we know (25 MB, a Spark plan) has a tenth of each.
VALUES_MAX: Final = 4_000_000
CONTAINERS_MAX: Final = 1_000_000
PRODUCT: Final = version("headwater")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent it, as opaque ids for the leaf."""

    actor: str = "anonymous"
    auth: str = "none"
    request: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was not understood: the reader's code (DeadCode), or one of the door's own (UNDECODABLE_BODY,
    BROKEN_ARRAY, TOO_INTRICATE, INTERNAL). `place` is a JSON path or empty."""

    code: str
    message: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One entry to be. `reason` None: understood."""

    draft: Draft
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A request's content: one event, or an array (`many`) of any number."""

    accepted: tuple[Accepted, ...]
    many: bool


def accept_body(body: Body, charset: str | None, sender: Sender, now_us: int) -> Letter:
    """All that one request brought. Never raises for what is in it."""
    if body.trouble is not None:
        reason = Reason("UNDECODABLE_BODY", f"{body.trouble} It is kept as it came.")
        return Letter((_dead(body.content, reason, sender),), many=False)
    text, encoding = _as_utf8(body.content, charset)
    if not is_array(text):
        return Letter((accept(body.content, text, sender, now_us),), many=False)
    found = elements(text, count_max=ELEMENTS_MAX)
    if found is None:
        message = f"The array is not closed, lacks a comma, or has more than {ELEMENTS_MAX} elements."
        return Letter((_dead(body.content, Reason("BROKEN_ARRAY", message), sender),), many=False)
    return Letter(tuple(accept(_received(each, encoding), each, sender, now_us) for each in found), many=True)


def accept(raw: bytes, text: bytes, sender: Sender, now_us: int) -> Accepted:
    """One event. `text` is `raw` in UTF-8 (mostly the same object), which is what is read."""
    if reason := _too_intricate(text):
        return _dead(raw, reason, sender)
    try:
        normalised = normalise(text, now_us)
    except Exception:  # whatever a reader stumbles over, the event is not lost, and its sender is not to blame
        log(_log, logging.ERROR, "reading an event failed; it is kept as a dead letter", bytes=len(raw), trace=True)
        reason = Reason("INTERNAL", "Headwater failed to read it; replay it after an upgrade.")
        return _dead(raw, reason, sender)
    if normalised.norm is None:
        assert normalised.reason is not None
        told = normalised.reason
        return _dead(raw, Reason(str(told.code), told.message, told.place), sender)
    draft = Draft(
        kind=EVENT_KIND,
        parts={RAW: raw, NORM: normalised.norm},
        actor=sender.actor,
        auth=sender.auth,
        request=sender.request,
        event_time_us=normalised.event_time_us,
        projector=PRODUCT,
    )
    return Accepted(draft, None)


def accept_entry(raw: bytes, sender: Sender, now_us: int) -> Accepted:
    """One event out of the ledger, read again: the same in any encoding that its bytes show by themselves. Of an array
    that was broken when it came, nothing can be made."""
    text, _ = _as_utf8(raw, None)
    return accept(raw, text, sender, now_us)


def reason_of(part: bytes) -> Reason:
    """The `reason` part of a dead letter, read back."""
    fields = orjson.loads(part)
    return Reason(str(fields["code"]), str(fields["message"]), str(fields.get("place", "")))


def _dead(raw: bytes, reason: Reason, sender: Sender) -> Accepted:
    told = {"code": reason.code, "message": reason.message, "place": reason.place}
    draft = Draft(
        kind=EVENT_KIND,
        parts={RAW: raw, REASON: orjson.dumps(_clean(told), option=orjson.OPT_SORT_KEYS)},
        actor=sender.actor,
        auth=sender.auth,
        request=sender.request,
        projector=PRODUCT,
        media_types={RAW: OCTETS},  # nobody knows what it is, so no browser is to guess
    )
    return Accepted(draft, reason)


def _clean(told: dict[str, str]) -> dict[str, str]:
    # A reason may quote what it complains about, lone surrogates and all.
    return {name: text.encode("utf-8", "replace").decode() for name, text in told.items()}


def _too_intricate(text: bytes) -> Reason | None:
    if len(text) <= CONTAINERS_MAX:  # cannot have so many
        return None
    if text.count(b"{") + text.count(b"[") > CONTAINERS_MAX or text.count(b",") > VALUES_MAX:
        message = f"It has more than {CONTAINERS_MAX} objects and lists, or more than {VALUES_MAX} values."
        return Reason("TOO_INTRICATE", message)
    return None


def _as_utf8(content: bytes, charset: str | None) -> tuple[bytes, str | None]:
    """`content` as UTF-8, and the encoding it came in if that was another. RFC 8259 knows UTF-8 only; UTF-16 and 32
    show by their first bytes, and a declared charset is believed when the bytes are no UTF-8."""
    for encoding in _candidates(content, charset):
        try:
            return content.decode(encoding).encode(), encoding
        except (UnicodeError, LookupError):
            continue
    return content.removeprefix(b"\xef\xbb\xbf"), None


def _candidates(content: bytes, charset: str | None) -> Iterator[str]:
    guessed = json.detect_encoding(content)
    if not guessed.startswith("utf-8"):
        yield guessed
    if charset and charset.lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii", "ascii"):
        try:
            content.decode()
        except UnicodeDecodeError:
            yield charset


def _received(element: bytes, encoding: str | None) -> bytes:
    return element if encoding is None else element.decode().encode(encoding)
