"""A batch of changes as rows to write, pure: what it opens and closes itself becomes a closed row at once.

The one idea: one list of rows in the order in which they must be written (nodes before what joins them, closings before
openings, each kind sorted by key), so that a large batch can be cut anywhere and sent in chunks.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from lineage.facts import Change, Fact, FactVersion, Interval, Node, NodeKind, Relation
from lineage.moment import FOREVER
from lineage.store.digests import version_digest
from lineage.store.matching import SEARCHED_BY_NAME, spelling, spelling_of
from lineage.store.neo4j.reading import raw_spelling
from lineage.store.neo4j.rows import PROPERTIES, Parameters, Row, description, properties
from lineage.store.neo4j.schema import CLOSED, CURRENT, INDEXED_CHARACTERS_MAX, LABELS
from lineage.store.neo4j.searching import word_key

NAME_NODE: Final = "UNWIND $rows AS r MERGE (n:Name {key: r.key}) ON CREATE SET n += r.p"
BARE_NODE: Final = "UNWIND $rows AS r MERGE (:Node {key: r.key})"
PROPERTY_NODE: Final = "UNWIND $rows AS r MERGE (:Property {name: r.key})"
WORD: Final = "UNWIND $rows AS r MERGE (w:Word {key: r.key}) ON CREATE SET w.text = r.text"
DESCRIBED: Final = {
    kind: f"UNWIND $rows AS r MERGE (n:Node {{key: r.key}}) WITH n, r WHERE n.kind IS NULL SET n:{label}, n += r.p"
    for kind, label in LABELS.items()
}


def _ends(relation: Relation) -> str:
    a = "Name" if relation is Relation.NAME else "Node"
    b, key = ("Property", "name") if relation is Relation.PROPERTY else ("Node", "key")
    return f"""UNWIND $rows AS r MATCH (a:{a} {{key: r[0]}}) USING INDEX a:{a}(key)
               MATCH (b:{b} {{{key}: r[1]}}) USING INDEX b:{b}({key})"""


def _close(relation: Relation, type_: str) -> str:
    return f"{_ends(relation)} MATCH (a)-[e:{type_}]->(b) WHERE e.digest = r[2] AND e.known_to = {FOREVER}"


def _open(relation: Relation, type_: str) -> str:
    told = ", ".join(f"{name}: r[{place}]" for place, name in enumerate(PROPERTIES, start=2))
    return f"{_ends(relation)} CREATE (a)-[e:{type_} {{{told}}}]->(b) RETURN count(e)"


# a version of the present is copied to where the past is; it stays in its place until it is swept
CLOSE_CURRENT: Final = {
    r: f"""{_close(r, CURRENT[r])} SET e.known_to = r[3]
           CREATE (a)-[h:{CLOSED[r]}]->(b) SET h = properties(e) RETURN count(e)"""
    for r in Relation
}
CLOSE_PAST: Final = {r: f"{_close(r, CLOSED[r])} SET e.known_to = r[3] RETURN count(e)" for r in Relation}
FIND: Final = {
    text: f"{_close(r, types[r])} RETURN count(e)"
    for r in Relation
    for text, types in ((CLOSE_CURRENT[r], CURRENT), (CLOSE_PAST[r], CLOSED))
}
"""For each closing statement, one that only counts what it would close."""
OPEN_CURRENT: Final = {r: _open(r, CURRENT[r]) for r in Relation}
OPEN_CLOSED: Final = {r: _open(r, CLOSED[r]) for r in Relation}
CLOSES: Final = frozenset(FIND)
OPENS: Final = frozenset({*OPEN_CURRENT.values(), *OPEN_CLOSED.values()})


class Write(NamedTuple):
    """One row of one statement. Rows of facts begin with the keys of both ends."""

    text: str
    row: Parameters | Row
    key: tuple[str, ...]
    """Its place among the rows of its statement."""
    weight_bytes: int = 200
    """Roughly."""
    remember: str = ""
    """What exists once it is written."""
    superseded: tuple[str, str, str, str, int] | None = None
    """(type, from, to, digest, known_to) of a version that stands in a current type until it is swept."""


class _Version(NamedTuple):
    fact: Fact
    valid: Interval
    digest: str
    known_from: int = 0
    known_to: int = FOREVER


def writes(changes: Sequence[Change], is_remembered: Callable[[str], bool]) -> list[Write]:
    """All rows of consecutive changes, in the order of writing, without nodes that are known to exist."""
    opened: dict[str, _Version] = {}
    closed_here: list[_Version] = []
    closed_before: list[_Version] = []
    for change in changes:
        known = change.index + 1
        for fact, valid in change.closed:
            digest = version_digest(fact, valid).hex()
            if found := opened.pop(digest, None):
                closed_here.append(found._replace(known_to=known))
            else:
                closed_before.append(_Version(fact, valid, digest, known_to=known))
        for fact, valid in change.opened:
            digest = version_digest(fact, valid).hex()
            opened[digest] = _Version(fact, valid, digest, known_from=known)
    new = [*opened.values(), *closed_here]
    nodes = list(_nodes((node for change in changes for node in change.nodes), [each.fact for each in new]))
    fresh = {write.remember: write for write in reversed(nodes) if not is_remembered(write.remember)}
    return [
        *_sorted(fresh.values()),
        *_sorted(map(_closing, closed_before)),
        *_sorted(row for version in new for row in _opening(version)),
    ]


def _sorted(rows: Iterable[Write]) -> list[Write]:
    return sorted(rows, key=lambda write: (write.text, write.key))


def _nodes(described: Iterable[Node], facts: Sequence[Fact]) -> Iterator[Write]:
    """What must exist before the facts; of several descriptions of one node the first comes first."""
    for node in described:
        told = description(node)
        if node.kind in SEARCHED_BY_NAME or node.kind is NodeKind.COLUMN:
            word = spelling_of(node).own.casefold()
            told["word"] = word_key(word)
            yield _word(word)
        yield _node(DESCRIBED[node.kind], node.id, f"described {node.id}", told)
    for fact in facts:
        if fact.relation is Relation.NAME:
            namespace, name = raw_spelling(fact.value)
            kind = NodeKind(fact.label)
            word = spelling(kind, namespace, name).own.casefold()
            told = description(Node(fact.subject, kind, namespace, name)) | {"word": word_key(word)}
            yield _word(word)
            yield _node(NAME_NODE, fact.subject, f"name {fact.subject}", told)
        else:
            yield _node(BARE_NODE, fact.subject, f"node {fact.subject}")
        if fact.relation is Relation.PROPERTY:
            yield _node(PROPERTY_NODE, _object(fact), f"property {_object(fact)}")
        else:
            yield _node(BARE_NODE, fact.object, f"node {fact.object}")


def _node(text: str, key: str, remember: str, told: Parameters | None = None) -> Write:
    weight_bytes = 200 + sum(len(value) for value in (told or {}).values())
    return Write(text, {"key": key, "p": told} if told else {"key": key}, (key,), weight_bytes, remember)


def _word(word: str) -> Write:
    key = word_key(word)
    return Write(WORD, {"key": key, "text": word}, (key,), 200 + len(word), f"word {key}")


def _object(fact: Fact) -> str:
    """The key of the other end: what a property is called, else the object."""
    return fact.label[:INDEXED_CHARACTERS_MAX] if fact.relation is Relation.PROPERTY else fact.object


def _closing(version: _Version) -> Write:
    fact, current = version.fact, version.valid.to_us == FOREVER
    ends = fact.subject, _object(fact)
    row = [*ends, version.digest, version.known_to]
    if current:
        superseded = (CURRENT[fact.relation], *ends, version.digest, version.known_to)
        return Write(CLOSE_CURRENT[fact.relation], row, ends, superseded=superseded)
    return Write(CLOSE_PAST[fact.relation], row, ends)


def _opening(version: _Version) -> Iterator[Write]:
    fact, latest, open_ = version.fact, version.valid.to_us == FOREVER, version.known_to == FOREVER
    ends = fact.subject, _object(fact)
    whole = FactVersion(fact, version.valid, version.known_from, version.known_to)
    row = [*ends, *properties(whole, version.digest)]
    weight_bytes = 400 + len(fact.value)
    if latest:
        # closed in its own batch: it stands in the current type too until it is swept, like any that was closed just now
        superseded = None if open_ else (CURRENT[fact.relation], *ends, version.digest, version.known_to)
        yield Write(OPEN_CURRENT[fact.relation], row, ends, weight_bytes, superseded=superseded)
    if not latest or not open_:
        yield Write(OPEN_CLOSED[fact.relation], row, ends, weight_bytes)
