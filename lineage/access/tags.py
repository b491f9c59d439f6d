"""Which nodes a tag hides.

The one idea: a tag hides what it is on and all that lives in it: on a dataset its columns, versions and parts, on a job
its runs, on a namespace everything, on a column what is nested in it. A tag is read as the graph tells it at one moment.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lineage.facts import Node, NodeKind, Relation
from lineage.ids import NodeId, dataset_id, namespace_id, parent_of
from lineage.moment import Moment
from lineage.names import normal_column
from lineage.query.answers import Tag
from lineage.query.properties import Properties
from lineage.store.contract import GraphReader

NESTED = "."
"""What parts a nested column's path: `after.id` is in `after`."""
PARTS = ("@", "/")
"""What parts a dataset's name from that of a part of it."""


@dataclass(frozen=True, slots=True)
class HidingTags:
    """A principal's rule on tags: `key`, or `key=value`, in any letter case (a rule that `PII` slips through is none)."""

    rules: frozenset[str]

    @classmethod
    def of(cls, written: Iterable[str]) -> "HidingTags":
        return cls(frozenset(rule.casefold() for rule in written))

    def hides(self, tag: Tag) -> bool:
        key = tag.key.casefold()
        return key in self.rules or (tag.value is not None and f"{key}={tag.value.casefold()}" in self.rules)

    def tagged(self, graph: GraphReader, nodes: Mapping[NodeId, Node], at: Moment) -> set[NodeId]:
        """Of these nodes, those that a tag hides at the moment by itself: what they live in is asked for apart, but
        for a column's dataset, whose tags may be about the column, and for their namespaces."""
        holders = {id: _dataset_of_column(node) for id, node in nodes.items()}
        spaces = {id: namespace_id(node.namespace) for id, node in nodes.items()}
        outer = self._outer(graph, nodes.values(), at)
        asked = sorted({*nodes, *holders.values(), *spaces.values(), *(id for ids in outer.values() for id in ids)})
        told = Properties(graph.facts(asked, (Relation.PROPERTY,), at))
        whole = {id for id in asked if any(tag.column is None and self.hides(tag) for tag in told.tags(id))}
        found = set()
        for id, node in nodes.items():
            inside = {id, spaces[id], *outer.get(id, ())}
            if inside & whole or self._in_column(node, told.tags(holders[id])):
                found.add(id)
        return found

    @staticmethod
    def _outer(graph: GraphReader, nodes: Iterable[Node], at: Moment) -> dict[NodeId, list[NodeId]]:
        """For datasets whose name says that they are a part of another (a model's version, a table's snapshots, a
        directory in one): those others, by what they are known as."""
        own = {
            node.id: [dataset_id(node.namespace, name) for name in outer_names(node.name)]
            for node in nodes
            if node.kind is NodeKind.DATASET
        }
        asked = [each for ids in own.values() for each in ids]
        known_as = graph.resolve(asked, at) if asked else {}
        return {id: [known_as[each] for each in ids if each in known_as] for id, ids in own.items() if ids}

    def _in_column(self, node: Node, tags: Collection[Tag]) -> bool:
        if node.column is None:
            return False
        return any(tag.column is not None and self.hides(tag) and is_in_column(node, tag.column) for tag in tags)


def outer_names(name: str) -> list[str]:
    """`churn@2` and `models/churn/2` are parts of `churn` and `models/churn`."""
    return [outer for part in PARTS if (outer := name.rpartition(part)[0])]


def is_in_column(node: Node, written: str) -> bool:
    """Whether a column is the one that a tag names, in any spelling of it, or nested in that."""
    wanted = normal_column(node.namespace, written).casefold()
    column = (node.column or "").casefold()
    return column == wanted or column.startswith(wanted + NESTED)


def _dataset_of_column(node: Node) -> NodeId:
    """The dataset of a column, any other node itself."""
    return parent_of(node.id) or node.id if node.kind is NodeKind.COLUMN else node.id
