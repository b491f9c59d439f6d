"""Whether each erasure had its two people, or its limits, by the ledger's own word: part of fsck's check 5.

The one idea: an `erase` entry excuses what is gone, so it must not be enough to write one. What it names as its reason has to
stand in the log before it: an open proposal of another actor, for these very parts; or limits that were in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lineage.erasure.selection import Ranges
from lineage.erasure.statements import KINDS, Cause, Deed, Limits, Proposal, Withdrawal, decode
from lineage.errors import LedgerError
from lineage.ledger import Finding, Ledger
from lineage.ledger.classes import NORM
from lineage.ledger.followed import FollowedKinds
from lineage.ledger.leaf import Leaf

ERASURES: Final = 5
"""The check's number."""


class _Trial:
    """The erase entries of one ledger, in order."""

    def __init__(self, ledger: Ledger) -> None:
        self.findings: list[Finding] = []
        self._ledger = ledger
        self._proposals: dict[int, tuple[str, Proposal]] = {}
        self._limits: set[int] = set()

    def hear(self, leaf: Leaf) -> None:
        if leaf.kind not in KINDS:
            return
        norm = self._ledger.part(leaf.index, NORM)
        if norm is None:
            return  # which check 5 has named already
        try:
            said = decode(leaf.kind, norm, leaf.index)
        except LedgerError as error:
            self.findings.append(Finding(ERASURES, leaf.index, error.message))
            return
        match said:
            case Proposal():
                self._proposals[leaf.index] = (leaf.actor, said)
            case Withdrawal(proposal=index):
                self._proposals.pop(index, None)
            case Limits():
                self._limits.add(leaf.index)
            case Deed():
                self.findings += [Finding(ERASURES, leaf.index, why) for why in self._doubts(leaf, said)]
                if said.proposal is not None and not said.more:
                    self._proposals.pop(said.proposal, None)

    def _doubts(self, leaf: Leaf, deed: Deed) -> Iterator[str]:
        if deed.cause is Cause.REQUEST and deed.erased:
            proposer, proposal = self._proposals.get(-1 if deed.proposal is None else deed.proposal, ("", None))
            if proposal is None:
                yield f"something was erased by request, but entry {deed.proposal} proposes nothing that is open: it was forged"
                return
            if proposer == deed.approved_by or deed.approved_by != leaf.actor or deed.proposed_by != proposer:
                yield (
                    f"the erasure names {deed.proposed_by!r} and {deed.approved_by!r} as its two people; {proposer!r} proposed"
                    f" it, {leaf.actor!r} did it: it was forged"
                )
            meant = Ranges(proposal.erased)
            if any(not _covers(meant, each.name, each.start, each.stop) for each in deed.erased):
                yield f"the erasure takes parts that its proposal, entry {deed.proposal}, does not name: it was forged"
        if deed.cause is Cause.RETENTION and deed.erased and deed.limits not in self._limits:
            yield f"something was erased as older than limits, but entry {deed.limits} sets none: it was forged"


def _covers(meant: Ranges, name: str, start: int, stop: int) -> bool:
    return all(meant.has(name, index) for index in range(start, stop))


def check_erasures(ledger: Ledger) -> list[Finding]:
    """What is wrong with the reasons of the ledger's erase entries."""
    trial = _Trial(ledger)
    FollowedKinds(ledger, KINDS).catch_up(trial.hear)
    return trial.findings
