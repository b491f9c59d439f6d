"""What is in force: open proposals, holds, limits, and what was erased so far; read from the ledger alone.

The one idea: nothing of this is stored a second time. The record follows the log in bundles of 256 leaves, looks at
each once, and opens the payloads of the few entries that speak of erasure.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from lineage.erasure.statements import (
    KINDS,
    Deed,
    Hold,
    Lift,
    Limits,
    Proposal,
    Source,
    Withdrawal,
    decode,
)
from lineage.errors import LedgerError
from lineage.ledger import Ledger
from lineage.ledger.classes import NORM
from lineage.ledger.followed import FollowedKinds
from lineage.ledger.leaf import Leaf


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds at one moment, each by the index of its entry, in their order."""

    proposals: dict[int, tuple[Source, Proposal]]
    """Those that were neither approved nor withdrawn."""
    holds: dict[int, tuple[Source, Hold]]
    limits: tuple[Source, Limits] | None
    deeds: dict[int, tuple[Source, Deed]]


class ErasureRecord:
    """Follows one ledger. Safe to call from several threads; each call first catches up, and blocks while it does."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._followed = FollowedKinds(ledger, KINDS)
        self._proposals: dict[int, tuple[Source, Proposal]] = {}
        self._holds: dict[int, tuple[Source, Hold]] = {}
        self._limits: tuple[Source, Limits] | None = None
        self._deeds: dict[int, tuple[Source, Deed]] = {}

    def standing(self) -> Standing:
        """What holds now."""
        with self._lock:
            self._followed.catch_up(self._note)
            return Standing(dict(self._proposals), dict(self._holds), self._limits, dict(self._deeds))

    def _note(self, leaf: Leaf) -> None:
        if leaf.kind not in KINDS:
            return
        norm = self._ledger.part(leaf.index, NORM)
        if norm is None:
            raise LedgerError(f"The {leaf.kind} entry {leaf.index} has no norm. Run `headwater audit fsck`.")
        source = Source(leaf.index, leaf.time_us, leaf.actor)
        match decode(leaf.kind, norm, leaf.index):
            case Proposal() as proposal:
                self._proposals[leaf.index] = (source, proposal)
            case Withdrawal(proposal=index):
                self._proposals.pop(index, None)
            case Deed() as deed:
                self._deeds[leaf.index] = (source, deed)
                if deed.proposal is not None and not deed.more:
                    self._proposals.pop(deed.proposal, None)
            case Hold() as hold:
                self._holds[leaf.index] = (source, hold)
            case Lift(hold=index):
                self._holds.pop(index, None)
            case Limits() as limits:
                self._limits = (source, limits)
