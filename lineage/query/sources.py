"""What every question reads from: the graph, the evidence beside it, the ledger's clock."""

from collections.abc import Callable
from dataclasses import dataclass

from lineage.query.moments import LedgerClock, MomentInput, Pinned, pin
from lineage.seen import SeenReader
from lineage.store.contract import GraphReader


@dataclass(frozen=True, slots=True)
class Sources:
    """All three are safe to call from several threads, so the questions are too."""

    graph: GraphReader
    seen: SeenReader
    ledger: LedgerClock
    rebuild_to: Callable[[], int] = lambda: 0
    """Up to which size of the ledger the graph is being made anew, or was last."""

    def pin(self, asked: MomentInput) -> Pinned:
        return pin(asked, applied=self.graph.applied, ledger=self.ledger, rebuild_to=self.rebuild_to)
