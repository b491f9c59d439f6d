"""Everything that questions read from, as one principal sees it.

The one idea: permission is a property of what is asked, not of the questions. `scoped` puts a principal between the
questions and their sources; one who sees everything gets the sources themselves, at no cost.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from lineage.access.graph import ScopedGraph
from lineage.access.principal import Principal
from lineage.access.pseudonyms import Pseudonyms
from lineage.access.veil import Veil
from lineage.access.visibility import Visibility
from lineage.facts import Fact
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.query.answers import CompletenessReason, ReasonCode
from lineage.query.completeness import SCOPE_MESSAGE
from lineage.query.sources import Sources
from lineage.seen import Seen, SeenReader


@dataclass(frozen=True, slots=True)
class ScopedSeen:
    """The evidence beside the facts that a principal sees. What a hidden job says keeps its times, which are the
    edge's, and loses its runs and entries, which are the job's."""

    evidence: SeenReader
    veil: Veil

    def seen(self, facts: Sequence[Fact], at: Moment) -> list[Seen]:
        found = self.evidence.seen([self.veil.original(fact) for fact in facts], at)
        return [
            replace(told, run_count=0, last_run=None, entries=()) if self.veil.is_silenced(fact) else told
            for fact, told in zip(facts, found, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Note:
    """The note that every answer to a limited principal carries: the same whatever is hidden, but for principals that
    may be told a count."""

    graph: ScopedGraph
    counts: bool

    def __call__(self, nodes: Collection[NodeId], at: Moment) -> CompletenessReason:
        count = self.graph.left_out(nodes, at) if self.counts else 0
        return CompletenessReason(ReasonCode.SCOPE, SCOPE_MESSAGE, count)


def scoped(sources: Sources, principal: Principal, pseudonyms: Pseudonyms) -> Sources:
    """The sources as the principal sees them. Lives as long as a request: it remembers what it judged, at how far the
    graph is now, so whoever answers for hours (a subscription) makes one for each answer."""
    return sources if principal.sees_everything else scoped_by(
        sources, Visibility(principal, sources.graph), pseudonyms
    )


def scoped_by(sources: Sources, visibility: Visibility, pseudonyms: Pseudonyms) -> Sources:
    """The same, over what was judged already."""
    veil = Veil(visibility, sources.graph, pseudonyms)
    graph = ScopedGraph(sources.graph, visibility, veil, {}, {})
    note = _Note(graph, visibility.principal.counts)
    return replace(sources, graph=graph, seen=ScopedSeen(sources.seen, veil), scope=note)
