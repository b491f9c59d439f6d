"""What is told about a dataset or job beside its lineage: owners, tags, types, descriptions.

The one idea: PROPERTY values are canonical JSON as the producers' facets gave them, in a handful of shapes; here, and
only here, they are read. A shape that is not known reads as nothing told, and the value itself is still in the fact.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from lineage.facts import EvidenceKind, FactVersion
from lineage.ids import NodeId
from lineage.query.answers import Owner, Tag


class Properties:
    """PROPERTY facts by subject and label, as visible at one moment."""

    def __init__(self, versions: Sequence[FactVersion]) -> None:
        self.versions = versions
        self._by: dict[tuple[NodeId, str], list[FactVersion]] = defaultdict(list)
        for version in versions:
            self._by[version.fact.subject, version.fact.label].append(version)

    def told(self, node: NodeId, label: str) -> list[FactVersion]:
        """What a person stated first, then the newest."""
        found = self._by.get((node, label), [])
        return sorted(found, key=lambda v: (*_newest_first(v), v.fact.unit, v.fact.value))

    def values(self, node: NodeId, label: str) -> Iterator[object]:
        for version in self.told(node, label):
            if version.fact.value:
                yield json.loads(version.fact.value)

    def text(self, node: NodeId, label: str) -> str | None:
        """The newest value as text: itself, or what an object holds under the label's own name."""
        for value in self.values(node, label):
            text = value.get(label) or value.get("value") if isinstance(value, dict) else value
            if isinstance(text, str) and text:
                return text
        return None

    def dataset_type(self, node: NodeId) -> str | None:
        """Upper case, as OpenLineage writes it: TABLE, VIEW, TOPIC, MODEL …"""
        text = self.text(node, "datasetType")
        return text.upper() if text else None

    def owners(self, node: NodeId) -> tuple[Owner, ...]:
        found = {
            (str(name), str(role) if (role := o.get("type") or o.get("key")) else None)
            for value in self.values(node, "owner")
            for o in _objects(value, "owners")
            if (name := o.get("name") or o.get("value"))
        }
        return tuple(Owner(*o) for o in sorted(found, key=lambda o: (o[0], o[1] or "")))

    def tags(self, node: NodeId) -> tuple[Tag, ...]:
        found = set()
        for label in ("tag", "tags"):
            for value in self.values(node, label):
                for tag in _objects(value, "tags"):
                    key = tag.get("key") or tag.get("name")
                    if key:
                        told = tag.get("value")
                        field = tag.get("field")
                        found.add((str(key), None if told is None else _plain(told), str(field) if field else None))
        return tuple(Tag(*t) for t in sorted(found, key=lambda t: (t[2] or "", t[0], t[1] or "")))

    def dropped_at_us(self, node: NodeId) -> int | None:
        """Since when the dataset is gone, if it is."""
        return max((v.valid.from_us for v in self.told(node, "droppedAt")), default=None)

    def all(self, node: NodeId) -> tuple[tuple[str, str], ...]:
        """(label, canonical JSON) of everything told about a node."""
        return tuple(sorted({(v.fact.label, v.fact.value) for v in self.versions if v.fact.subject == node}))


def _newest_first(version: FactVersion) -> tuple[bool, int]:
    return version.fact.evidence is not EvidenceKind.STATED, -version.valid.from_us


def _objects(value: object, plural: str) -> Iterable[dict[str, object]]:
    """`[{…}]`, `{"owners": [{…}]}`, `{…}` or `"name"` as objects."""
    if isinstance(value, dict):
        inner = value.get(plural)
        return _objects(inner, plural) if inner is not None else (value,)
    if isinstance(value, list):
        return [o for item in value for o in _objects(item, plural)]
    return ({"name": value},) if isinstance(value, str) and value else ()


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
