"""Tags and owners of nodes at a moment, each with the ledger entry that told it.

The one idea: what an auditor asks beyond lineage (is it personal, in which region, who approved) nobody can derive: people
and catalogues tell it as tags and owners, by OpenLineage facets or `stateFact`. vocabulary.py lists the keys that questions
read. A column has its own tags and those that its dataset's facet puts on it; whether the dataset's own count for it too is
the question's choice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lineage.facts import FactVersion, Node, NodeKind, Relation
from lineage.ids import NodeId, parent_of
from lineage.moment import Moment
from lineage.query.answers import LineageNode
from lineage.query.properties import Properties
from lineage.query.sources import Sources

TAG_LABELS = ("tag", "tags")


@dataclass(frozen=True, slots=True)
class Mark:
    """One tag. `entry`: the ledger position that told it."""

    key: str
    value: str | None
    entry: int


class Marks:
    """The tags and owners of some nodes at one moment."""

    def __init__(self, sources: Sources, nodes: Iterable[Node | LineageNode], at: Moment) -> None:
        told = list(nodes)
        asked = sorted({node.id for node in told} | {p for node in told if (p := parent_of(node.id)) is not None})
        versions = sources.graph.facts(asked, (Relation.PROPERTY,), at) if asked else []
        self.properties = Properties(versions)
        self._columns = {node.id: node.column for node in told}
        self._kinds = {node.id: node.kind for node in told}
        self._by: dict[NodeId, list[tuple[str | None, Mark]]] = defaultdict(list)
        self._told: dict[tuple[NodeId, str], list[int]] = defaultdict(list)
        for version in versions:
            self._told[version.fact.subject, version.fact.label].append(version.known_from - 1)
            if version.fact.label in TAG_LABELS:
                for tag in Properties([version]).tags(version.fact.subject):
                    mark = Mark(tag.key.casefold(), tag.value, version.known_from - 1)
                    self._by[version.fact.subject].append((tag.column, mark))

    def of(self, node: NodeId, *, with_parent: bool = False) -> list[Mark]:
        """The tags of a node; `with_parent`: of a column, its dataset's too."""
        found = [mark for column, mark in self._by.get(node, ()) if column is None]
        parent = parent_of(node)
        if parent is not None and self._kinds.get(node) is NodeKind.COLUMN:
            own = self._columns.get(node)
            found += [m for column, m in self._by.get(parent, ()) if column == own or (with_parent and column is None)]
        elif parent is not None:
            found += [m for column, m in self._by.get(parent, ()) if column is None]
        return sorted(set(found), key=lambda mark: (mark.key, mark.value or "", mark.entry))

    def values(self, node: NodeId, key: str, *, with_parent: bool = True) -> list[Mark]:
        """The tags of one key; a tag `pii` counts as `classification=pii`, too."""
        return [mark for mark in self.of(node, with_parent=with_parent) if matches(mark, key)]

    def bearing(self, node: NodeId, tag: str) -> list[Mark]:
        """The tags by which a node, or its dataset, is marked `tag`: `pii=no` marks nothing."""
        return [mark for mark in self.values(node, tag) if not denies(mark, tag)]

    def text(self, node: NodeId, key: str, *, with_parent: bool = True) -> tuple[str | None, list[int]]:
        """-> (the values of a tag, joined; None: not told, the entries that told them)."""
        marks = self.values(node, key, with_parent=with_parent)
        words = dict.fromkeys(mark.value or "yes" for mark in marks)
        return ("; ".join(words) if words else None), [mark.entry for mark in marks]

    def owners(self, node: NodeId, role: str | None = None) -> tuple[str | None, list[int]]:
        """-> (who answers for a node or its dataset, joined; None: not told, the entries)."""
        subject = node if self.properties.owners(node) else parent_of(node) or node
        found = [o for o in self.properties.owners(subject) if role is None or (o.type or "").casefold() == role]
        entries = self._told.get((subject, "owner"), []) if found else []
        return ("; ".join(dict.fromkeys(o.name for o in found)) or None), entries

    def property(self, node: NodeId, label: str) -> tuple[str | None, list[int]]:
        """-> (another thing told about a node, as text; None: not told, the entries)."""
        return self.properties.text(node, label), self._told.get((node, label), [])


def matches(mark: Mark, tag: str) -> bool:
    """Whether a mark is the tag `key` or `key=value`, whatever the case."""
    key, equals, value = tag.casefold().partition("=")
    if equals:
        return mark.key == key and (mark.value or "").casefold() == value
    return mark.key == key or (mark.key == CLASSIFICATION and (mark.value or "").casefold() == key)


def denies(mark: Mark, tag: str) -> bool:
    """Whether a mark says that something is not so, where nobody asked for that very value."""
    return "=" not in tag and (mark.value or "").casefold() in _DENIALS


CLASSIFICATION = "classification"
_DENIALS = frozenset({"no", "false", "0", "none", "n"})


def tagged(versions: Collection[FactVersion], tag: str) -> list[tuple[NodeId, str | None, int]]:
    """(subject, column of it, entry) of every tag in these PROPERTY facts that is `tag`."""
    found = []
    for version in versions:
        if version.fact.label in TAG_LABELS:
            for told in Properties([version]).tags(version.fact.subject):
                mark = Mark(told.key.casefold(), told.value, version.known_from - 1)
                if matches(mark, tag) and not denies(mark, tag):
                    found.append((version.fact.subject, told.column, version.known_from - 1))
    return found
