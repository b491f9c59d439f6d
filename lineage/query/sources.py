"""What every question reads from: the graph, the evidence beside it, the ledger's clock."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TypeAlias

from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.query.answers import CompletenessReason
from lineage.query.moments import LedgerClock, MomentInput, Pinned, pin
from lineage.seen import SeenReader
from lineage.store.contract import GraphReader

ScopeNote: TypeAlias = Callable[[Collection[NodeId], Moment], CompletenessReason]
"""What an answer about these nodes says of those that its asker may not see (lineage/access)."""


@dataclass(frozen=True, slots=True)
class Sources:
    """All of them are safe to call from several threads, so the questions are too."""

    graph: GraphReader
    seen: SeenReader
    ledger: LedgerClock
    scope: ScopeNote | None = None
    """None: the asker sees everything."""
    rebuild_to: Callable[[], int] = lambda: 0
    """Up to which size of the ledger the graph is being made anew, or was last."""

    def pin(self, asked: MomentInput) -> Pinned:
        pinned = pin(asked, applied=self.graph.applied, ledger=self.ledger, rebuild_to=self.rebuild_to)
        return pinned if self.scope is None else replace(pinned, limited=True)
