"""The one who erases: four eyes, legal holds, bounded transactions, keys that nothing needs any more.

The one idea: every rule is checked twice, when something is proposed and when it is done, against what the ledger says
at that moment; and the entry that says what was erased stands in the same transaction as the deed. A long erasure is
several such entries: whatever is killed when, what is done is said, and what is not done is still open.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lineage.access.principal import Principal
from lineage.erasure.pruning import prunings
from lineage.erasure.record import ErasureRecord
from lineage.erasure.retention import DAY_US, cutoff_us
from lineage.erasure.selection import Ranges, Selection, as_ranges, select, still_stored
from lineage.erasure.statements import (
    Cause,
    Deed,
    Hold,
    Lift,
    Limits,
    Proposal,
    Source,
    Statement,
    Withdrawal,
    encode,
)
from lineage.errors import Conflict, LedgerError, NotFound
from lineage.ledger import Draft, Ledger, Receipt
from lineage.ledger.classes import EVENT_KIND, NORM, RetentionClass, is_prunable, retention_class
from lineage.ledger.erasing import erase, prune, purge, unused_keys
from lineage.ledger.keyring import KeyMissing
from lineage.ledger.leaf import Leaf, month_of

PARTS_AT_ONCE: Final = 2_000  # of one transaction: some 100 ms in which ingest waits
NORMS_AT_ONCE: Final = 200  # each is read once more, to say which nodes it had named
PROPOSAL_DAYS_MAX: Final = 30  # what nobody approved in a month has to be looked at anew
APPENDS_END_US: Final = 3_600 * 1_000_000  # an append that began in a month has ended an hour after it
SERVICE: Final = Principal(actor="headwater", auth="service", scopes=frozenset())
"""Who erases what is older than the limits."""

Touched = Callable[[Mapping[int, bytes], Ranges], Mapping[int, tuple[str, ...]]]
"""(norms by entry, all that is erased now) → ids of the nodes that each named and that are known otherwise."""
Hands = Callable[[str], frozenset[str]]
"""Everybody who can act as an actor; NotFound when nobody can tell."""
Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done: the `erase` entries, how many parts they name, which keys were destroyed, and whether the file
    system holds no trace in the write-ahead log (False: later appends overwrite it)."""

    receipts: tuple[Receipt, ...]
    parts: int
    keys: tuple[str, ...]
    purged: bool


def _own_hands(actor: str) -> frozenset[str]:
    return frozenset({actor})


def _no_nodes(norms: Mapping[int, bytes], _ranges: Ranges) -> Mapping[int, tuple[str, ...]]:
    return dict.fromkeys(norms, ())


class Eraser:
    """Erases in one ledger. Methods block; any thread may call them, one erasure is done at a time.

    `hands` says who is behind an actor: of two keys of one person neither approves what the other proposed. `touched`
    says which nodes a norm named (the core reads no OpenLineage); `forget` empties caches that may hold
    pieces of payloads; `clock` gives the time in microseconds since the epoch. Erasers that obey one set of holds share
    a `lock`, so that a hold is in force from the moment on at which it is answered.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        *,
        hands: Hands = _own_hands,
        touched: Touched = _no_nodes,
        forget: Callable[[], None] = lambda: None,
        lock: threading.Lock | None = None,
    ) -> None:
        self.record = ErasureRecord(ledger)
        self._ledger = ledger
        self._clock = clock
        self._hands = hands
        self._touched = touched
        self._forget = forget
        self._lock = lock or threading.Lock()
        self._swept: tuple[object, dict[RetentionClass, int]] = (None, {})
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End an erasure after the transaction under way: it raises LedgerError, retryable."""
        self._stopping.set()

    # Said by people

    def propose(
        self, selection: Selection, basis: str, request: str, by: Principal, sent: str = ""
    ) -> tuple[Receipt, Proposal]:
        """Put on record what `by` wants erased. NotFound when nothing is meant that is there; Conflict under a hold."""
        erased = select(self._ledger, selection)
        if not erased:
            raise NotFound("No stored part is meant: it was erased before, is kept for ever, or nothing matches.")
        proposal = Proposal(erased, basis, request)
        draft = _draft(proposal, by, sent)  # before the long look at holds: a bad text is said at once
        self._require_free(still_stored(self._ledger, Ranges(erased)))
        return self._ledger.append([draft])[0], proposal

    def withdraw(self, index: int, reason: str, by: Principal, sent: str = "") -> Receipt:
        """Close a proposal without doing it. NotFound when it is not open."""
        self._open_proposal(index)
        return self._ledger.append([_draft(Withdrawal(index, reason), by, sent)])[0]

    def approve(self, index: int, by: Principal, sent: str = "") -> Outcome:
        """Do what the proposal at `index` says. NotFound when it is not open; Conflict when `by` proposed it or one hand is
        behind both, when it is older than PROPOSAL_DAYS_MAX, or under a hold."""
        with self._lock:
            source, proposal = self._open_proposal(index)
            self._require_another(source.actor, by.actor)
            if self._clock() - source.time_us > PROPOSAL_DAYS_MAX * DAY_US:
                raise Conflict(
                    f"The proposal is older than {PROPOSAL_DAYS_MAX} days. Look at it anew, and propose again."
                )
            self._require_free(still_stored(self._ledger, Ranges(proposal.erased)))
            deed = Deed(
                (), Cause.REQUEST, proposal.basis, proposal.request, proposal=index, proposed_by=source.actor,
                approved_by=by.actor,
            )  # fmt: skip
            return self._do(Ranges(proposal.erased), deed, by, sent)

    def hold(self, hold: Hold, by: Principal, sent: str = "") -> Receipt:
        """Stop all erasure of what it covers."""
        with self._lock:  # not in the middle of an erasure
            return self._ledger.append([_draft(hold, by, sent)])[0]

    def lift(self, index: int, reason: str, by: Principal, sent: str = "") -> Receipt:
        """End a hold. NotFound when it is not in force."""
        if index not in self.record.standing().holds:
            raise NotFound(f"Entry {index} is no hold that is in force. List them first.")
        return self._ledger.append([_draft(Lift(index, reason), by, sent)])[0]

    def set_limits(self, limits: Limits, by: Principal, sent: str = "") -> Receipt:
        """Say how long each class is kept from now on; `retain` applies it."""
        return self._ledger.append([_draft(limits, by, sent)])[0]

    # Done by time

    def finish(self) -> None:
        """Destroy the keys that an `erase` entry calls destroyed (a kill may have come between the two), and those that
        nothing needs any more."""
        with self._lock:
            held = set(self._ledger.keyring.names())
            for _, deed in self.record.standing().deeds.values():
                for key in held.intersection(deed.keys):
                    self._ledger.keyring.drop(key)
            self._drop_keys(Deed((), Cause.RETENTION, "no payload needs them any more"), SERVICE, "")

    def retain(
        self,
        limits: tuple[Source, Limits],
        holds: Callable[[], Iterable[Hold]],
        replayed: Collection[int] = frozenset(),
    ) -> Outcome:
        """Erase what is older than its limit and under no hold, and destroy the keys of months of which nothing is
        left. Of dead letters only those `replayed` are old."""
        with self._lock:
            source, said = limits
            told = tuple(holds())
            rules = (source.index, told, frozenset(replayed))
            if self._swept[0] != rules:
                self._swept = (rules, {})
            swept = self._swept[1]
            now_us = self._clock()
            stops = {each: self._ledger.size_at(cutoff_us(days, now_us)) for each, days in said.days.items()}
            begin = min((swept.get(each, 0) for each in stops), default=0)
            due = as_ranges(self._due(begin, stops, swept, told, replayed))
            deed = Deed((), Cause.RETENTION, f"older than the limits of `{said.preset}`", limits=source.index)
            outcome = self._do(Ranges(due), deed, SERVICE, "")
            swept.update(stops)
            pruned = self._prune(stops.get(RetentionClass.ACCESS, 0), told, deed)
            if not pruned:
                return outcome
            return replace(outcome, receipts=outcome.receipts + pruned, purged=purge(self._ledger))

    def _prune(self, stop: int, holds: Sequence[Hold], deed: Deed) -> tuple[Receipt, ...]:
        if not is_prunable(self._ledger.origin):
            return ()
        receipts = []
        for pruning in prunings(self._ledger, stop, holds):
            self._go_on()
            receipts.append(prune(self._ledger, _draft(replace(deed, pruned=pruning), SERVICE, "")))
        return tuple(receipts)

    def _due(
        self,
        begin: int,
        stops: Mapping[RetentionClass, int],
        swept: Mapping[RetentionClass, int],
        holds: Sequence[Hold],
        replayed: Collection[int],
    ) -> Iterator[tuple[int, str]]:
        for leaf, names in self._ledger.stored(begin, max(stops.values(), default=0)):
            old = set()
            for name in names:
                retention = self._class_of(leaf, name)
                if retention is RetentionClass.DEAD_LETTER and leaf.index not in replayed:
                    continue
                if swept.get(retention, 0) <= leaf.index < stops.get(retention, 0):
                    old.add(name)
            if old and not any(hold.covers(leaf.index, self._class_of(leaf, name)) for hold in holds for name in old):
                yield from ((leaf.index, name) for name in old)

    # Both

    def _do(self, ranges: Ranges, deed: Deed, by: Principal, sent: str) -> Outcome:
        receipts: list[Receipt] = []
        parts = 0
        bundles = _bundles(still_stored(self._ledger, ranges))
        bundle = next(bundles, [])
        while bundle or (not receipts and deed.proposal is not None):  # retention may have been faster than a proposal
            self._go_on()
            following = next(bundles, [])
            norms = [leaf.index for leaf, names in bundle if NORM in names and leaf.kind == EVENT_KIND]
            said = Deed(
                as_ranges((leaf.index, name) for leaf, names in bundle for name in names),
                deed.cause, deed.basis, deed.request, deed.proposal, deed.proposed_by, deed.approved_by, deed.limits,
                more=bool(following),
                touched=self._touched(self._norms(norms), ranges) if norms else {},
            )  # fmt: skip
            receipts.append(erase(self._ledger, _draft(said, by, sent)))
            parts += sum(len(names) for _, names in bundle)
            bundle = following
        keys = self._drop_keys(deed, by, sent) if receipts else ()
        if receipts:
            self._forget()
        return Outcome(tuple(receipts), parts, keys, not receipts or purge(self._ledger))

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise LedgerError("The service is being stopped. Do it again after the restart.", retryable=True)

    def _norms(self, indexes: Iterable[int]) -> dict[int, bytes]:
        norms: dict[int, bytes] = {}
        for index in indexes:
            try:
                norm = self._ledger.part(index, NORM)
            except KeyMissing:  # nobody can read it any more, but it can be taken away
                continue
            if norm is not None:
                norms[index] = norm
        return norms

    def _drop_keys(self, deed: Deed, by: Principal, sent: str) -> tuple[str, ...]:
        """Destroy the keys of past months that no part needs now; said first, so that no key is ever gone unsaid."""
        keys = tuple(unused_keys(self._ledger, month_of(self._clock() - APPENDS_END_US)))
        if keys:
            said = Deed((), deed.cause, deed.basis, deed.request, limits=deed.limits, keys=keys)
            erase(self._ledger, _draft(said, by, sent))
            for key in keys:
                self._ledger.keyring.drop(key)
        return keys

    def _require_another(self, proposer: str, approver: str) -> None:
        if proposer == approver:
            raise Conflict("An erasure is approved by another than who proposed it. Ask somebody else who may approve.")
        try:
            both = self._hands(proposer) & self._hands(approver)
        except NotFound as error:
            raise Conflict(f"{error.message} Withdraw the proposal, and propose again.") from error
        if both:
            raise Conflict(
                f"An erasure is approved by another than who proposed it: {min(both)} has both keys, or made one of them."
                " Ask somebody whose key was made for them by another."
            )

    def _open_proposal(self, index: int) -> tuple[Source, Proposal]:
        found = self.record.standing().proposals.get(index)
        if found is None:
            raise NotFound(f"Entry {index} is no proposal that is open. List them first.")
        return found

    def _require_free(self, parts: Iterable[tuple[Leaf, frozenset[str]]]) -> None:
        holds = self.record.standing().holds
        if not holds:
            return
        for leaf, names in parts:
            for index, (_, hold) in holds.items():
                if any(hold.covers(leaf.index, self._class_of(leaf, name)) for name in names):
                    raise Conflict(
                        f"Entry {leaf.index} is under the legal hold of entry {index}. Lift the hold, or leave it out."
                    )

    def _class_of(self, leaf: Leaf, name: str) -> RetentionClass:
        return retention_class(self._ledger.origin, leaf.kind, name, [part.name for part in leaf.parts])


def _bundles(left: Iterable[tuple[Leaf, frozenset[str]]]) -> Iterator[list[tuple[Leaf, frozenset[str]]]]:
    """What goes in one transaction each."""
    bundle: list[tuple[Leaf, frozenset[str]]] = []
    parts = norms = 0
    for leaf, names in left:
        if parts + len(names) > PARTS_AT_ONCE or norms + (NORM in names) > NORMS_AT_ONCE:
            yield bundle
            bundle, parts, norms = [], 0, 0
        bundle.append((leaf, names))
        parts += len(names)
        norms += NORM in names
    if bundle:
        yield bundle


def _draft(statement: Statement, by: Principal, sent: str) -> Draft:
    kind, norm = encode(statement)
    return Draft(kind=kind, parts={NORM: norm}, actor=by.actor, auth=by.auth, request=sent)
