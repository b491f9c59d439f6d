"""The graph as one request of REST reads it: remembers of what something was read, for the access log.

The one idea: whatever an answer shows of a node, its name or its facts were read for it; so these two reads are watched,
and no route has to tell what it shows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, cast

from api.access.asking import Scope, showed
from lineage.facts import Node
from lineage.ids import NodeId
from lineage.query.questions import Questions
from lineage.store.contract import GraphReader


class _WatchedGraph:
    """A GraphReader over another."""

    def __init__(self, graph: GraphReader, scope: Scope) -> None:
        self._graph, self._scope = graph, scope

    def nodes(self, ids: Collection[NodeId]) -> dict[NodeId, Node]:
        """As the graph's."""
        found = self._graph.nodes(ids)
        showed(self._scope, found)
        return found

    def facts(self, nodes: Collection[NodeId], *args: Any, **options: Any) -> Any:
        """As the graph's."""
        showed(self._scope, nodes)
        return self._graph.facts(nodes, *args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graph, name)


def watched(questions: Questions, scope: Scope) -> Questions:
    """The same questions, of a graph that tells the request with this ASGI scope what was read."""
    graph = cast(GraphReader, _WatchedGraph(questions.sources.graph, scope))
    return replace(questions, sources=replace(questions.sources, graph=graph))
