"""What a producer may not say: events about others' namespaces, refused one by one, and on record.

The one idea: refused input is evidence too. An event that speaks for somebody else's namespace becomes a `reject` entry
with the reason and, up to a size, its bytes; nothing reads it but people. A producer that floods us with such events is
recorded some times a minute, with the number of what was left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from api.accepting import NORM, OCTETS, PRODUCT, RAW, Accepted, Reason, Sender
from api.access.budget import Budget
from collectors.openlineage import read
from lineage.access.principal import Principal, Scope
from lineage.access.speaking import first_foreign
from lineage.ledger import Draft

KIND: Final = "reject"
CODE: Final = "FORBIDDEN"
EACH_MINUTE: Final = 60  # entries of each producer
RAW_BYTES_MAX: Final = 64 << 10  # of larger events the hash is kept: 60 of these a minute are 5 GB a day at most


@dataclass(frozen=True, slots=True)
class Refused:
    """One event that is not taken. `draft` None: there were too many already."""

    reason: Reason
    draft: Draft | None


class Producers:
    """Refuses what limited producers may not send. Used from one event loop."""

    def __init__(self) -> None:
        self._budget = Budget(EACH_MINUTE)

    def refuse(self, accepted: Sequence[Accepted], foreign: Mapping[int, Reason], sender: Sender) -> dict[int, Refused]:
        """What `foreign_events` found among what was `accepted`, with the entries that are to say so."""
        return {position: self._refused(accepted[position], reason, sender) for position, reason in foreign.items()}

    def _refused(self, accepted: Accepted, reason: Reason, sender: Sender) -> Refused:
        left_out = self._budget.take(sender.actor)
        if left_out is None:
            return Refused(reason, None)
        raw = accepted.draft.parts[RAW]
        told: dict[str, Any] = {"code": reason.code, "message": reason.message, "place": reason.place}
        told |= {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
        if left_out:
            told["leftOut"] = left_out
        parts = {NORM: orjson.dumps(told, option=orjson.OPT_SORT_KEYS)}
        if len(raw) <= RAW_BYTES_MAX:
            parts[RAW] = raw
        return Refused(
            reason,
            Draft(
                kind=KIND,
                parts=parts,
                actor=sender.actor,
                auth=sender.auth,
                request=sender.request,
                projector=PRODUCT,
                media_types={RAW: OCTETS},
            ),
        )


def foreign_events(accepted: Sequence[Accepted], principal: Principal) -> dict[int, Reason]:
    """Which of these events `principal` may not send, by their position, and why. What cannot be read speaks for nobody:
    it is kept as a dead letter, and whoever replays it answers for it."""
    if principal.namespaces is None:
        return {}
    found: dict[int, Reason] = {}
    for position, each in enumerate(accepted):
        if each.reason is None and (foreign := first_foreign(principal, read(each.draft.parts[NORM], position))):
            what, namespace = foreign
            message = (
                f"{what[0].upper()}{what[1:]} is in {namespace}, for which this key may not speak. Use its owner's key, "
                f"or ask an administrator ({Scope.ADMIN_KEYS}) for one that may."
            )
            found[position] = Reason(CODE, message, "namespace")
    return found
