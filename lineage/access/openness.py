"""Whose texts may be read: SQL, error messages and parameters of a job name what it touches.

The one idea: a text is no graph, and what it mentions cannot be cut out of it. So a principal reads the texts of a job
only when all that the job ever touched is visible to it, every column included; else they are not there.
"""

from collections.abc import Collection

from lineage.access.visibility import Visibility
from lineage.facts import NodeKind, Relation
from lineage.ids import NodeId
from lineage.store.contract import GraphReader

_TOUCHES = (Relation.READS, Relation.WRITES, Relation.FEEDS)


class Openness:
    """Which jobs and datasets are open to a principal: all that they were ever joined with is visible to it now."""

    def __init__(self, visibility: Visibility, graph: GraphReader) -> None:
        self._visibility, self._graph = visibility, graph
        self._open: dict[NodeId, bool] = {}

    def open(self, ids: Collection[NodeId]) -> set[NodeId]:
        """Those of these jobs and datasets whose texts the principal may read."""
        for id in set(ids) - self._open.keys():
            self._open[id] = self._is_open(id)
        return {id for id in ids if self._open[id]}

    def _is_open(self, id: NodeId) -> bool:
        latest = self._visibility.latest
        touched = {id, *self._ends(id, latest.known)}
        kinds = {each: node.kind for each, node in self._visibility.nodes(touched).items()}
        if kinds.get(id) is NodeKind.JOB:
            # A column facet may name what no input names: it shows in what flows into the job's outputs.
            written = self._graph.history([id], (Relation.WRITES,), known=latest.known)
            flows = self._graph.history(
                sorted({NodeId(v.fact.object) for v in written}), (Relation.FEEDS,), known=latest.known, by_object=True
            )
            touched |= {v.fact.subject for v in flows if v.fact.job == id}
        return self._visibility.visible(touched, latest) == touched and self.whole(touched)

    def _ends(self, id: NodeId, known: int) -> set[NodeId]:
        told = self._graph.history([id], _TOUCHES, known=known)
        told += self._graph.history([id], _TOUCHES, known=known, by_object=True)
        return {NodeId(end) for v in told for end in (v.fact.subject, v.fact.object, v.fact.job) if end}

    def whole(self, nodes: Collection[NodeId]) -> bool:
        """Whether no column of these datasets is hidden."""
        if not self._visibility.hides_tags:
            return True  # a column is where its dataset is
        columns = {column.id for column in self._graph.columns_of(sorted(nodes))}
        return self._visibility.visible(columns, self._visibility.latest) == columns
