"""Topological layers of an answer, for pictures: what flows goes from left to right, and a cycle shares a layer.

The one idea: strongly connected components are drawn as one place; between them there is an order, and a layer is the
longest way from any beginning.
"""

from collections.abc import Iterable

import networkx as nx

from lineage.ids import NodeId
from lineage.query.answers import LineageEdge


def layers(nodes: Iterable[NodeId], edges: Iterable[LineageEdge]) -> tuple[tuple[NodeId, ...], ...]:
    """The nodes of each layer, sorted, from the sources on."""
    graph = _graph(nodes, edges)
    condensed = nx.condensation(graph)
    depth: dict[int, int] = {}
    for component in nx.topological_sort(condensed):
        depth[component] = max((depth[p] + 1 for p in condensed.predecessors(component)), default=0)
    result: list[list[NodeId]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for component, level in depth.items():
        result[level] += condensed.nodes[component]["members"]
    return tuple(tuple(sorted(layer)) for layer in result)


def cycles(nodes: Iterable[NodeId], edges: Iterable[LineageEdge]) -> tuple[tuple[NodeId, ...], ...]:
    """Groups of nodes that feed each other, each sorted; a node that feeds itself is a group of one."""
    graph = _graph(nodes, edges)
    loops = {n for n in graph if graph.has_edge(n, n)}
    groups = [tuple(sorted(c)) for c in nx.strongly_connected_components(graph) if len(c) > 1 or c <= loops]
    return tuple(sorted(groups))


def _graph(nodes: Iterable[NodeId], edges: Iterable[LineageEdge]) -> "nx.DiGraph[NodeId]":
    graph: nx.DiGraph[NodeId] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((edge.source, edge.target) for edge in edges)
    return graph
