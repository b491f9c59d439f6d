"""The record that a named question is asked of, for one request: what who asks may see, pinned to a signed head.

The one idea: first a head is chosen, then the answer is made of what the graph knew at or before it, so that every entry
that the answer rests on can be proved up to that head.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from api.graphql.context import RequestContext
from lineage.access.principal import Scope
from lineage.access.reads import OBJECTS, account_of, objects_of
from lineage.errors import NotFound
from lineage.evidence.answer import Head
from lineage.evidence.record import Access, Record, require_readable
from lineage.ledger import Ledger
from lineage.query.moments import MomentInput
from lineage.verify.checkpoint import SignedCheckpoint

GRAPH_WAIT_S: Final = 2.0  # for the graph to reach the head; what it lacks then is told as LAG
GRAPH_POLL_S: Final = 0.02
NEAR_ENTRIES: Final = 1_000  # what a projector that is up does in two seconds; a graph further behind is not waited for


@dataclass(frozen=True, slots=True)
class AccessEntries:
    """The access log as questions read it."""

    ledger: Ledger

    def begins_us(self) -> int | None:
        """When the oldest entry that is there was made, if older ones were pruned."""
        minimum = self.ledger.minimum()
        return self.ledger.time_of(minimum) if minimum else None

    def between(self, from_us: int | None, to_us: int | None) -> Iterator[Access]:
        """Its entries of a time, in order. LimitExceeded for more than one question reads."""
        start = self.ledger.minimum() if from_us is None else self.ledger.size_at(from_us - 1)
        stop = self.ledger.size() if to_us is None else self.ledger.size_at(to_us - 1)
        require_readable(start, stop)
        for entry in self.ledger.entries(start, stop):
            account = account_of(entry.leaf, entry.norm)
            has_objects = entry.leaf.position(OBJECTS) is not None
            part = self.ledger.part(entry.index, OBJECTS) if has_objects else None
            gone = entry.norm is None or (has_objects and part is None)
            yield Access(
                entry.index,
                entry.leaf.time_us,
                account.kind,
                account.actor,
                account.operation,
                account.purpose,
                account.decision,
                None if gone else objects_of(part),
            )


def record_of(context: RequestContext, size: int | None = None) -> Record:
    """Pinned to the smallest kept head of at least `size` entries; None: to what the graph holds now. Blocks for a second
    or two at most. NotFound beyond the log's end."""
    app = context.service
    end = app.ledger.size()
    if size is not None and not 0 < size <= end:
        raise NotFound(f"The log has {end} entries, not {size}. Ask for a size up to that.")
    wanted = app.graph.applied() if size is None else size
    signed = app.signing.cover(app.ledger.origin, max(1, wanted))
    known = _reached(context, signed.checkpoint.size)
    return Record(
        context.questions,
        app.ledger,
        head_of(context, signed),
        MomentInput(known_index=known),
        context.sight.entries.listed,
        context.sight.entries.opened,
        AccessEntries(app.access_log.ledger) if context.principal.may(Scope.AUDIT_READ) else None,
        lambda up_to: _older(context, up_to),
    )


def head_of(context: RequestContext, signed: SignedCheckpoint) -> Head:
    """A signed head with who vouches for it."""
    words = "; ".join(context.app.vouching.words(context.app.signing, signed))
    return Head(signed.checkpoint.size, signed.checkpoint.root, signed.encode(), words)


def _reached(context: RequestContext, size: int) -> int:
    until = time.monotonic() + GRAPH_WAIT_S
    while (applied := context.app.graph.applied()) < size:
        if size - applied > NEAR_ENTRIES or time.monotonic() >= until:
            break
        time.sleep(GRAPH_POLL_S)
    return min(applied, size)


def _older(context: RequestContext, up_to: int) -> Head | None:
    checkpoints = context.app.signing.checkpoints
    signed = checkpoints.up_to(context.app.ledger.origin, up_to)
    return None if signed is None else head_of(context, signed)
