"""What the ledger says about erasure: proposals, erasures, legal holds, retention limits.

The one idea: each is an entry like any other, so that *that*, *when*, *why* and *by whom* stay provable when *what* is
gone. Their `norm` is canonical JSON; they are never erased themselves.

    erase.propose    {"erased": [RANGE …], "basis", "request", "withdraws"?: INDEX}
    erase            {"erased": [RANGE …], "basis", "request", "cause", "proposal"?, "proposedBy"?, "approvedBy"?,
                      "limits"?, "more"?, "keys"?: [NAME …], "pruned"?: {"minimum", "kept"}, "touched"?: {INDEX: [NODE …]}}
    legal_hold       {"op": "set", "classes": [CLASS …], "entries": [[START, STOP] …], "reason"} or
                     {"op": "lift", "hold": INDEX, "reason"}
    admin.retention  {"preset", "days": {CLASS: DAYS}, "reason"}

RANGE is {"name", "start", "stop"}: the parts of that name of the entries start … stop - 1. No text here may be personal:
it stays for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson

from lineage.errors import InputError, LedgerError
from lineage.ledger.classes import RetentionClass
from lineage.ledger.erasure import ERASE_KIND, Erasure, Pruning, decode_erasures, decode_pruning

PROPOSE_KIND: Final = "erase.propose"
HOLD_KIND: Final = "legal_hold"
LIMITS_KIND: Final = "admin.retention"
KINDS: Final = frozenset({ERASE_KIND, PROPOSE_KIND, HOLD_KIND, LIMITS_KIND})
TEXT_MAX: Final = 500  # a basis, a reference, a reason: a sentence, not a letter


class Cause(StrEnum):
    """Why something was erased."""

    REQUEST = "request"
    """Somebody asked for it: proposed by one, approved by another."""
    RETENTION = "retention"
    """It was older than the limits that an operator had set."""


@dataclass(frozen=True, slots=True)
class Source:
    """The entry that a statement came with. Time in microseconds since the epoch."""

    index: int
    time_us: int
    actor: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one wants erased. `basis`: the ground in law or policy; `request`: the reference of the case."""

    erased: tuple[Erasure, ...]
    basis: str
    request: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A proposal is taken back, or refused by who was to approve it."""

    proposal: int
    reason: str


@dataclass(frozen=True, slots=True)
class Deed:
    """What was erased. `proposal` and the two actors for a request; `limits`: the entry that set them, for retention.
    `keys`: the wrapping keys that were dropped with it. `touched`: entry → ids of the nodes that its norm named and that
    are still known otherwise."""

    erased: tuple[Erasure, ...]
    cause: Cause
    basis: str
    request: str = ""
    proposal: int | None = None
    proposed_by: str = ""
    approved_by: str = ""
    limits: int | None = None
    more: bool = False
    """The rest of it follows in other entries: a transaction is bounded."""
    keys: tuple[str, ...] = ()
    pruned: Pruning | None = None
    """Of the access log: the leaves that went."""
    touched: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing of these classes, and nothing of these entries (start, stop), is erased. With neither: nothing at all."""

    classes: tuple[RetentionClass, ...]
    entries: tuple[tuple[int, int], ...]
    reason: str

    def covers(self, index: int, retention: RetentionClass) -> bool:
        """Whether it stops the erasure of a part."""
        return (
            not (self.classes or self.entries)
            or retention in self.classes
            or any(start <= index < stop for start, stop in self.entries)
        )


@dataclass(frozen=True, slots=True)
class Lift:
    """A hold is over."""

    hold: int
    reason: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How many days each class is kept; a class that is not in it is kept for ever. `preset`: where it came from."""

    preset: str
    days: Mapping[RetentionClass, int]
    reason: str


Statement = Proposal | Withdrawal | Deed | Hold | Lift | Limits


def encode(statement: Statement) -> tuple[str, bytes]:
    """The kind and the norm of its entry. InputError when a text is missing or too long."""
    body: dict[str, Any]
    match statement:
        case Proposal(erased, basis, request):
            kind, body = PROPOSE_KIND, {"erased": _ranges(erased), "basis": _text(basis, "basis"), "request": request}
        case Withdrawal(proposal, reason):
            kind, body = PROPOSE_KIND, {"withdraws": proposal, "reason": _text(reason, "reason")}
        case Deed():
            kind, body = ERASE_KIND, _deed_body(statement)
        case Hold(classes, entries, reason):
            body = {"op": "set", "classes": sorted(classes), "entries": entries, "reason": _text(reason, "reason")}
            kind = HOLD_KIND
        case Lift(hold, reason):
            kind, body = HOLD_KIND, {"op": "lift", "hold": hold, "reason": _text(reason, "reason")}
        case Limits(preset, days, reason):
            body = {"preset": preset, "days": dict(days), "reason": _text(reason, "reason")}
            kind = LIMITS_KIND
    if len(body.get("request", "")) > TEXT_MAX:
        raise InputError(f"The request's reference has more than {TEXT_MAX} characters. Shorten it.", place="request")
    return kind, orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def decode(kind: str, norm: bytes, index: int) -> Statement:
    """The statement of the entry at `index`. LedgerError if it cannot be read."""
    try:
        body: dict[str, Any] = orjson.loads(norm)
        match kind:
            case "erase.propose" if "withdraws" in body:
                return Withdrawal(int(body["withdraws"]), str(body["reason"]))
            case "erase.propose":
                return Proposal(tuple(decode_erasures(norm, index)), str(body["basis"]), str(body.get("request", "")))
            case "erase":
                return _deed(body, tuple(decode_erasures(norm, index)), decode_pruning(norm, index))
            case "legal_hold" if body["op"] == "lift":
                return Lift(int(body["hold"]), str(body["reason"]))
            case "legal_hold":
                classes = tuple(RetentionClass(each) for each in body["classes"])
                return Hold(classes, tuple((int(a), int(b)) for a, b in body["entries"]), str(body["reason"]))
            case "admin.retention":
                days = {RetentionClass(name): int(value) for name, value in body["days"].items()}
                return Limits(str(body["preset"]), days, str(body["reason"]))
            case _:
                raise ValueError(f"{kind} says nothing about erasure")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"The {kind} entry {index} cannot be read ({error}). Run `headwater audit fsck`.") from error


def _deed_body(deed: Deed) -> dict[str, Any]:
    optional = {
        "request": deed.request, "proposal": deed.proposal, "proposedBy": deed.proposed_by,
        "approvedBy": deed.approved_by, "limits": deed.limits, "more": deed.more or None, "keys": list(deed.keys),
        "pruned": None if deed.pruned is None else {"minimum": deed.pruned.minimum, "kept": deed.pruned.kept},
        "touched": {str(index): list(nodes) for index, nodes in deed.touched.items()},
    }  # fmt: skip
    said = {name: value for name, value in optional.items() if value not in ("", None, [], {})}
    return {"erased": _ranges(deed.erased), "cause": deed.cause, "basis": _text(deed.basis, "basis"), **said}


def _deed(body: Mapping[str, Any], erased: tuple[Erasure, ...], pruned: Pruning | None) -> Deed:
    return Deed(
        erased=erased,
        cause=Cause(body.get("cause", Cause.REQUEST)),
        basis=str(body.get("basis", "")),
        request=str(body.get("request", "")),
        proposal=body.get("proposal"),
        proposed_by=str(body.get("proposedBy", "")),
        approved_by=str(body.get("approvedBy", "")),
        limits=body.get("limits"),
        more=bool(body.get("more", False)),
        keys=tuple(map(str, body.get("keys", ()))),
        pruned=pruned,
        touched={int(index): tuple(map(str, nodes)) for index, nodes in body.get("touched", {}).items()},
    )


def _ranges(erased: tuple[Erasure, ...]) -> list[dict[str, Any]]:
    return [{"name": each.name, "start": each.start, "stop": each.stop} for each in erased]


def _text(text: str, place: str) -> str:
    if not text.strip() or len(text) > TEXT_MAX:
        raise InputError(
            f"The {place} is empty or has more than {TEXT_MAX} characters. Say it in a sentence.", place=place
        )
    return text
