"""What is told about a dataset or job beside its lineage: owners, tags, types, descriptions.

The one idea: PROPERTY values are canonical JSON as the producers' facets gave them, in a handful of shapes; here, and
only here, they are read. A shape that is not known reads as nothing told, and the value itself is still in the fact.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from lineage.facts import EvidenceKind, FactVersion, Node, NodeKind
from lineage.ids import NodeId, parent_of
from lineage.query.answers import Owner, Tag

TOPIC = "TOPIC"
SCHEMES_OF_TOPICS = frozenset({"kafka", "pubsub", "kinesis", "eventhub"})
"""Namespaces in which there is nothing but topics; clients that read one often say no type."""
_SUBSCRIPTION = "subscription:"  # Pub/Sub's other names, in OpenLineage's spelling, for those who listen to a topic


class Properties:
    """PROPERTY facts by subject and label, as visible at one moment."""

    def __init__(self, versions: Sequence[FactVersion]) -> None:
        self.versions = versions
        self._by: dict[tuple[NodeId, str], list[FactVersion]] = defaultdict(list)
        self._of: dict[NodeId, list[FactVersion]] = defaultdict(list)
        for version in versions:
            self._by[version.fact.subject, version.fact.label].append(version)
            self._of[version.fact.subject].append(version)

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
        return next(filter(None, (_text(version, label) for version in self.told(node, label))), None)

    def dataset_type(self, node: Node) -> str | None:
        """Of a dataset, or of a column's or version's dataset. Upper case, as OpenLineage writes it: TABLE, VIEW,
        TOPIC, MODEL … What was told, else what the namespace's scheme leaves no doubt about."""
        return self._typed(node)[0]

    def type_evidence(self, node: Node) -> EvidenceKind | None:
        """How the type is known: as it was told, or INFERRED from the namespace; None without a type."""
        return self._typed(node)[1]

    def _typed(self, node: Node) -> tuple[str | None, EvidenceKind | None]:
        for version in self.told(parent_of(node.id) or node.id, "datasetType"):
            if text := _text(version, "datasetType"):
                return text.upper(), version.fact.evidence
        return (TOPIC, EvidenceKind.INFERRED) if _is_topic(node) else (None, None)

    def model_version(self, node: Node) -> str | None:
        """Which version of a model a dataset is, or a column is of; None for everything else."""
        told = (value for value in self.values(parent_of(node.id) or node.id, "version") if isinstance(value, dict))
        return next((str(value["version"]) for value in told if value.get("version")), None)

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
        return tuple(sorted({(v.fact.label, v.fact.value) for v in self._of.get(node, ())}))


def _text(version: FactVersion, label: str) -> str | None:
    value = json.loads(version.fact.value) if version.fact.value else None
    text = value.get(label) or value.get("value") if isinstance(value, dict) else value
    return text if isinstance(text, str) and text else None


def _is_topic(node: Node) -> bool:
    of_dataset = node.kind in (NodeKind.DATASET, NodeKind.COLUMN, NodeKind.DATASET_VERSION)
    scheme = node.namespace.partition("://")[0].casefold()
    return of_dataset and scheme in SCHEMES_OF_TOPICS and not node.name.startswith(_SUBSCRIPTION)


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
