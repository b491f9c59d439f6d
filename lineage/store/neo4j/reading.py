"""Reads that are no walks: names, facts and their history, changes by time, counts, the whole graph in order.

Each statement begins at a unique key or an index; tests/neo4j/test_plans.py holds them to it.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from lineage.facts import FactVersion, Node, NodeKind, Relation, in_order
from lineage.ids import NodeId, parent_of, rehome
from lineage.moment import FOREVER, Moment
from lineage.store.contract import StoryWindow
from lineage.store.digests import change_key
from lineage.store.neo4j.rows import NODE, VERSION, Row, moment, node, versions, visible
from lineage.store.neo4j.schema import CLOSED, CURRENT, LABELS, indexed, types
from lineage.store.presence import PRESENCE, End

EXPORT_SUBJECTS = 500  # nodes whose facts are read at once: a page's memory, and far under the time limit


class Reads(Protocol):
    """Server.read."""

    def __call__(self, text: str, /, **parameters: Any) -> list[Row]: ...


def resolve(read: Reads, own_ids: Collection[NodeId], at: Moment, *, history: bool) -> dict[NodeId, NodeId]:
    """GraphReader.resolve."""
    standing = {own: parent_of(own) or own for own in own_ids}
    names, when = types(Relation.NAME, history=history), visible(at, history=history)
    pairs = read(
        f"""UNWIND $keys AS key MATCH (a:Name {{key: key}})-[e:{names}]->(b:Node)
            USING INDEX a:Name(key) WHERE {when} RETURN key, b.key""",
        keys=sorted(set(standing.values())), **moment(at),
    )  # fmt: skip
    named = {own for own, _ in pairs}
    # a node may be shown by a name that no event spelled: it stands for itself while any name resolves to it
    pairs += read(
        f"""UNWIND $keys AS key MATCH (b:Node {{key: key}}) USING INDEX b:Node(key)
            WHERE EXISTS {{ MATCH (b)<-[e:{names}]-(:Name) WHERE {when} }} RETURN key, b.key""",
        keys=sorted({key for key in standing.values() if key not in named}), **moment(at),
    )  # fmt: skip
    found: dict[str, str] = {}
    for own, target in sorted(map(tuple, pairs)):
        found.setdefault(own, target)
    return {
        own: NodeId(found[base]) if own == base else rehome(own, NodeId(found[base]))
        for own, base in standing.items()
        if base in found
    }


def nodes(read: Reads, ids: Collection[NodeId]) -> dict[NodeId, Node]:
    """GraphReader.nodes."""
    text = f"""UNWIND $keys AS key MATCH (n:Node {{key: key}}) USING INDEX n:Node(key)
               WHERE n.kind IS NOT NULL RETURN {NODE}"""
    return {NodeId(row[0]): node(row) for row in read(text, keys=sorted(set(ids)))}


def columns_of(read: Reads, datasets: Collection[NodeId]) -> list[Node]:
    """GraphReader.columns_of: a column's id begins with its dataset's, so they stand together in the index of keys."""
    text = f"""UNWIND $keys AS key MATCH (n:Node) USING INDEX n:Node(key)
               WHERE n.key STARTS WITH key AND n.kind = 'COLUMN' RETURN {NODE}"""
    found = map(node, read(text, keys=sorted(set(datasets))))
    return sorted(found, key=lambda column: (parent_of(column.id) or "", column.column or "", column.id))


def facts(
    read: Reads,
    ids: Collection[NodeId],
    relations: Collection[Relation],
    condition: str,
    parameters: dict[str, Any],
    *,
    history: bool,
    by_object: bool,
) -> list[FactVersion]:
    """GraphReader.facts and GraphReader.history: they differ in the condition only."""
    rows: list[Row] = []
    wanted = set(relations)
    keys = sorted(set(ids))
    # a raw name is a :Name, all other subjects and all objects are :Node
    for label, group in (("Name", wanted & {Relation.NAME}), ("Node", wanted - {Relation.NAME})):
        if group:
            pattern = "|".join(types(relation, history=history) for relation in sorted(group))
            own = "b:Node" if by_object else f"a:{label}"
            rows += read(
                f"""UNWIND $keys AS key MATCH ({own} {{key: key}}) USING INDEX {own}(key)
                    MATCH (a)-[e:{pattern}]->(b) WHERE {condition} RETURN a.key, b.key, {VERSION}""",
                keys=keys, **parameters,
            )  # fmt: skip
    return in_order(versions(rows))


def changed(
    read: Reads,
    relation: Relation,
    *,
    since_us: int,
    until_us: int | None,
    known: int,
    after: tuple[int, str] | None,
    limit: int,
) -> list[FactVersion]:
    """GraphReader.changed: one search for each type and end, so that each can use its own index."""
    until = FOREVER if until_us is None else until_us
    known_from, digest = after or (-1, "")
    rows: list[Row] = []
    # of a current type nothing has ended
    for type_, ends in ((CURRENT[relation], ("valid_from",)), (CLOSED[relation], ("valid_from", "valid_to"))):
        for end in ends:
            rows += read(
                f"""MATCH (a)-[e:{type_}]->(b) WHERE e.{end} >= $since AND e.{end} < $until
                    AND e.known_from <= $known AND e.known_to > $known AND (e.known_from > $known_from
                    OR e.known_from = $known_from AND e.digest > $digest)
                    RETURN a.key, b.key, {VERSION} ORDER BY e.known_from, e.digest LIMIT $limit""",
                since=since_us, until=until, known=known, known_from=known_from, digest=digest, limit=limit,
            )  # fmt: skip
    return sorted(versions(rows), key=lambda version: (version.known_from, change_key(version)))[:limit]


def story(
    read: Reads,
    relation: Relation,
    windows: Sequence[StoryWindow],
    *,
    known: int,
    newest: bool,
    limit: int,
) -> list[list[FactVersion]]:
    """GraphReader.story. What has ended stands among the past, so both types are read."""
    order = "DESC" if newest else ""
    rows = read(
        f"""UNWIND range(0, size($windows) - 1) AS place WITH place, $windows[place] AS w
            CALL (place, w) {{
                MATCH (b:Node {{key: w[0]}}) USING INDEX b:Node(key)
                MATCH (b)<-[e:{types(relation, history=True)}]-(a:Node)
                WHERE e.valid_from >= w[1] AND e.valid_from < w[2] AND e.known_from <= $known AND e.known_to > $known
                RETURN a, b, e ORDER BY e.valid_from {order}, a.key LIMIT $limit
            }} RETURN place, a.key, b.key, {VERSION}""",
        windows=[list(window) for window in windows], known=known, limit=2 * limit,
    )  # fmt: skip
    found: list[list[Row]] = [[] for _ in windows]
    for place, *row in rows:
        found[place].append(row)
    sign = -1 if newest else 1
    # what was closed a moment ago is there twice until it is swept
    return [
        sorted(versions(each), key=lambda version: (sign * version.valid.from_us, version.fact.subject))[:limit]
        for each in found
    ]


def story_lengths(
    read: Reads, relation: Relation, parents: Collection[NodeId], *, known: int, before_us: int
) -> dict[NodeId, int]:
    """GraphReader.story_lengths."""
    rows = read(
        f"""UNWIND $parents AS parent
            MATCH (b:Node {{key: parent}}) USING INDEX b:Node(key)
            MATCH (b)<-[e:{types(relation, history=True)}]-(a:Node)
            WHERE e.valid_from < $before AND e.known_from <= $known AND e.known_to > $known
            RETURN parent, count(DISTINCT a)""",
        parents=sorted(set(parents)), known=known, before=before_us,
    )  # fmt: skip
    return {NodeId(parent): count for parent, count in rows}


def listed(
    read: Reads,
    kind: NodeKind,
    at: Moment,
    *,
    history: bool,
    namespace: str | None,
    limit: int,
    after: tuple[str, str, str] | None,
) -> list[Node]:
    """GraphReader.listed."""
    where = "n.namespace >= ''" if namespace is None else "n.namespace = $namespace"
    # what is cut in the index is compared whole
    whole = "" if namespace is None else "AND coalesce(n.whole_namespace, n.namespace) = $whole"
    beyond = (
        """AND (name > $name OR name = $name AND (namespace > $after_namespace OR namespace = $after_namespace
           AND n.key > $key))"""
        if after
        else ""
    )
    name, after_namespace, key = after or ("", "", "")
    rows = read(
        f"""MATCH (n:{LABELS[kind]}) USING INDEX n:{LABELS[kind]}(namespace, name)
            WHERE {where} AND n.name >= '' {whole}
            WITH n, coalesce(n.whole_name, n.name) AS name, coalesce(n.whole_namespace, n.namespace) AS namespace
            WHERE {present(kind, visible(at, history=history), history=history)} {beyond}
            RETURN {NODE} ORDER BY name, namespace, n.key LIMIT $limit""",
        namespace=indexed(namespace or ""), whole=namespace, name=name, after_namespace=after_namespace, key=key,
        limit=limit, **moment(at),
    )  # fmt: skip
    return [node(row) for row in rows]


def counts(read: Reads, at: Moment, *, history: bool) -> dict[str, int]:
    """GraphReader.counts."""
    when = visible(at, history=history)
    # with history, what was closed a moment ago is there twice
    one = "DISTINCT [e.digest, e.known_from]" if history else "e"
    found = {
        relation.value: _only(
            read(f"MATCH ()-[e:{types(relation, history=history)}]->() WHERE {when} RETURN count({one})", **moment(at))
        )
        for relation in Relation
        if relation is not Relation.RUN
    }
    for kind in NodeKind:
        condition = present(kind, when, history=history)
        found[kind.value] = _only(read(f"MATCH (n:{LABELS[kind]}) WHERE {condition} RETURN count(n)", **moment(at)))
    return found


def _only(rows: list[Row]) -> int:
    return int(rows[0][0])


def present(kind: NodeKind, when: str, *, history: bool) -> str:
    """Cypher: a visible fact names the node n of this kind, by the rule of PRESENCE."""
    ends = []
    for relation, end in PRESENCE[kind]:
        left, right = ("-", "->") if end is End.SUBJECT else ("<-", "-")
        ends.append(f"EXISTS {{ MATCH (n){left}[e:{types(relation, history=history)}]{right}() WHERE {when} }}")
    return f"({' OR '.join(ends)})"


def export(read: Reads, *, history: bool, known: int) -> Iterator[FactVersion]:
    """GraphReader.export, by subjects in the order of their keys; `known` makes the pages one snapshot."""
    ever = "e.known_from <= $known" + ("" if history else " AND e.known_to > $known")
    for relation in sorted(Relation):
        pattern = types(relation, history=True)
        label = "Name" if relation is Relation.NAME else "Node"
        page = f"""MATCH (a:{label}) USING INDEX a:{label}(key)
                   WHERE a.key > $after AND EXISTS {{ (a)-[:{pattern}]->() }}
                   WITH a ORDER BY a.key LIMIT {EXPORT_SUBJECTS}"""
        after = ""
        while True:
            last = read(f"{page} RETURN max(a.key)", after=after)[0][0]
            if last is None:
                break
            rows = read(
                f"""MATCH (a:{label}) USING INDEX a:{label}(key) WHERE a.key > $after AND a.key <= $last
                    MATCH (a)-[e:{pattern}]->(b) WHERE {ever} RETURN a.key, b.key, {VERSION}""",
                after=after, last=last, known=known,
            )  # fmt: skip
            # what was learned after `known` is not told: such a version was open then
            yield from in_order(
                version if version.known_to <= known else replace(version, known_to=FOREVER)
                for version in versions(rows)
            )
            after = last


def raw_spelling(value: str) -> tuple[str, str]:
    """The namespace and name of a NAME fact's value."""
    raw = json.loads(value)
    return raw["namespace"], raw["name"]
