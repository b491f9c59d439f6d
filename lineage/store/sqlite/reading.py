"""Reads that are no walks: names, facts and their history, changes by time, counts, the whole graph in order."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from lineage.facts import FactVersion, Node, NodeKind, Relation, in_order
from lineage.ids import NodeId, parent_of, rehome
from lineage.moment import FOREVER, Moment
from lineage.store.contract import StoryWindow
from lineage.store.presence import PRESENCE
from lineage.store.sqlite.rows import (
    COLUMNS,
    NODE,
    Row,
    among,
    ids_of,
    keys_of,
    known_condition,
    node,
    numbers,
    versions,
    visible_condition,
)
from lineage.store.sqlite.schema import KINDS, RELATION_OF, RELATIONS

EXPORT_ROWS = 2_000  # texts are fetched for so many versions at once; memory holds one such page and one node's facts


def resolve(connection: sqlite3.Connection, own_ids: Collection[NodeId], at: Moment) -> dict[NodeId, NodeId]:
    """GraphReader.resolve."""
    standing = {own: parent_of(own) or own for own in own_ids}
    ids = ids_of(connection, set(standing.values()))
    condition = f"v.relation = {RELATIONS[Relation.NAME]} AND {visible_condition(connection, at)}"
    pairs = connection.execute(
        f"""SELECT v.subject, v.object FROM json_each(?) f CROSS JOIN graph_version v
            ON v.subject = f.value AND {condition}""",
        (numbers(ids.values()),),
    ).fetchall()
    named = {subject for subject, _ in pairs}
    # a node may be shown by a name that no event spelled: it stands for itself while any name resolves to it
    pairs += connection.execute(
        f"""SELECT DISTINCT v.object, v.object FROM json_each(?) f CROSS JOIN graph_version v
            ON v.object = f.value AND {condition}""",
        (numbers(id for id in ids.values() if id not in named),),
    ).fetchall()
    keys = keys_of(connection, {id for pair in pairs for id in pair})
    found: dict[str, str] = {}
    for subject, target in sorted((keys[a], keys[b]) for a, b in pairs):
        found.setdefault(subject, target)
    return {
        own: NodeId(found[base]) if own == base else rehome(own, NodeId(found[base]))
        for own, base in standing.items()
        if base in found
    }


def nodes(connection: sqlite3.Connection, ids: Collection[NodeId]) -> dict[NodeId, Node]:
    """GraphReader.nodes."""
    sql = f"""SELECT {NODE} FROM json_each(?) f
              CROSS JOIN graph_key k ON k.key = f.value CROSS JOIN graph_node n ON n.id = k.id"""
    return {NodeId(row[0]): node(row) for row in connection.execute(sql, (json.dumps(list(set(ids))),))}


def columns_of(connection: sqlite3.Connection, datasets: Collection[NodeId]) -> list[Node]:
    """GraphReader.columns_of: a column's id begins with its dataset's, so they stand together in the index of keys."""
    sql = f"""SELECT {NODE} FROM json_each(?) f
              CROSS JOIN graph_key k ON k.key > f.value AND k.key < f.value || '~'
              CROSS JOIN graph_node n ON n.id = k.id AND n.kind = {KINDS[NodeKind.COLUMN]}"""
    found = (node(row) for row in connection.execute(sql, (json.dumps(list(set(datasets))),)))
    return sorted(found, key=lambda column: (parent_of(column.id) or "", column.column or "", column.id))


def facts(
    connection: sqlite3.Connection,
    ids: Collection[NodeId],
    relations: Collection[Relation],
    condition: str,
    *,
    by_object: bool,
) -> list[FactVersion]:
    """GraphReader.facts and GraphReader.history: they differ in the condition only."""
    own = "object" if by_object else "subject"
    codes = {RELATIONS[relation] for relation in relations}
    sql = f"""SELECT {COLUMNS} FROM json_each(?) f CROSS JOIN graph_version v
              ON v.{own} = f.value{among("v.relation", codes)} AND {condition}"""
    rows = connection.execute(sql, (numbers(ids_of(connection, set(ids)).values()),)).fetchall()
    return in_order(versions(connection, rows))


def changed(
    connection: sqlite3.Connection,
    relation: Relation,
    *,
    since_us: int,
    until_us: int | None,
    known: int,
    after: tuple[int, str] | None,
    limit: int,
) -> list[FactVersion]:
    """GraphReader.changed. Two searches by time, so that each can use its own index; UNION drops what both find."""
    # FOREVER is no end, so it never counts as one; said in full below, else the partial index on ends is not used
    until = FOREVER if until_us is None else until_us
    known_from, key = after or (-1, "")
    common = f"""v.relation = {RELATIONS[relation]} AND {known_condition(connection, known)}
                 AND (v.known_from, v.digest) > (:known_from, :digest)"""
    sql = f"""SELECT {COLUMNS}, v.digest FROM graph_version v
              WHERE v.valid_from >= :since AND v.valid_from < :until AND {common}
              UNION
              SELECT {COLUMNS}, v.digest FROM graph_version v
              WHERE v.valid_to >= :since AND v.valid_to < :until AND v.valid_to < {FOREVER} AND {common}
              ORDER BY known_from, digest LIMIT :limit"""
    values = {
        "since": since_us, "until": until, "known_from": known_from, "digest": bytes.fromhex(key), "limit": limit
    }  # fmt: skip
    return versions(connection, [row[:-1] for row in connection.execute(sql, values)])


def story(
    connection: sqlite3.Connection,
    relation: Relation,
    windows: Sequence[StoryWindow],
    *,
    known: int,
    newest: bool,
    limit: int,
) -> list[list[FactVersion]]:
    """GraphReader.story: one walk along the index of stories for each window."""
    parents = ids_of(connection, {window.parent for window in windows})
    sql = f"""SELECT {COLUMNS} FROM graph_version v INDEXED BY graph_story CROSS JOIN graph_key k ON k.id = v.subject
              WHERE v.object = ? AND v.relation = {RELATIONS[relation]} AND {known_condition(connection, known)}
              AND v.valid_from >= ? AND v.valid_from < ?
              ORDER BY v.valid_from {"DESC" if newest else ""}, k.key LIMIT ?"""
    rows = [
        connection.execute(sql, (parents[window.parent], window.from_us, window.before_us, limit)).fetchall()
        if window.parent in parents
        else []
        for window in windows
    ]
    told = iter(versions(connection, [row for found in rows for row in found]))
    return [[next(told) for _ in found] for found in rows]


def story_lengths(
    connection: sqlite3.Connection, relation: Relation, parents: Collection[NodeId], *, known: int, before_us: int
) -> dict[NodeId, int]:
    """GraphReader.story_lengths."""
    ids = ids_of(connection, parents)
    sql = f"""SELECT count(DISTINCT v.subject) FROM graph_version v INDEXED BY graph_by_object
              WHERE v.object = ? AND v.relation = {RELATIONS[relation]} AND {known_condition(connection, known)}
              AND v.valid_from < ?"""
    counted = {parent: connection.execute(sql, (id, before_us)).fetchone()[0] for parent, id in ids.items()}
    return {NodeId(parent): count for parent, count in counted.items() if count}


def listed(
    connection: sqlite3.Connection,
    kind: NodeKind,
    at: Moment,
    *,
    namespace: str | None,
    limit: int,
    after: tuple[str, str, str] | None,
) -> list[Node]:
    """GraphReader.listed. The kind stands in the text, so that the partial index is used."""
    sql = f"""SELECT {NODE} FROM graph_node n CROSS JOIN graph_key k ON k.id = n.id
              WHERE n.kind = {KINDS[kind]}
              {"" if namespace is None else "AND n.namespace = :namespace"}
              {"" if after is None else "AND (n.name, n.namespace, k.key) > (:name, :after_namespace, :key)"}
              AND {present(kind, visible_condition(connection, at), "n.id")}
              ORDER BY n.name, n.namespace, k.key LIMIT :limit"""
    name, after_namespace, key = after or ("", "", "")
    values = {
        "namespace": namespace, "name": name, "after_namespace": after_namespace, "key": key, "limit": limit
    }  # fmt: skip
    return [node(row) for row in connection.execute(sql, values)]


def counts(connection: sqlite3.Connection, at: Moment) -> dict[str, int]:
    """GraphReader.counts."""
    visible = visible_condition(connection, at)
    sql = f"SELECT v.relation, count(*) FROM graph_version v WHERE {visible} GROUP BY v.relation"
    found = {relation.value: 0 for relation in RELATIONS if relation is not Relation.RUN}
    by_relation = {RELATION_OF[code].value: count for code, count in connection.execute(sql)}
    found.update({name: count for name, count in by_relation.items() if name in found})
    for kind in KINDS:
        sql = f"SELECT count(*) FROM graph_node n WHERE n.kind = {KINDS[kind]} AND {present(kind, visible, 'n.id')}"
        (found[kind.value],) = connection.execute(sql).fetchone()
    return found


def present(kind: NodeKind, visible: str, id_column: str) -> str:
    """SQL: a visible fact names the node of this kind, by the rule of PRESENCE."""
    return "(" + " OR ".join(
        f"EXISTS (SELECT 1 FROM graph_version v WHERE v.relation = {RELATIONS[relation]} "
        f"AND v.{end.value} = {id_column} AND {visible})"
        for relation, end in PRESENCE[kind]
    ) + ")"  # fmt: skip


def export(connection: sqlite3.Connection, *, history: bool, known: int) -> Iterator[FactVersion]:
    """GraphReader.export: nodes in the order of their ids are the outer loop, so nothing is sorted as a whole."""
    ever = f"v.known_from <= {known}" + ("" if history else f" AND v.known_to > {known}")
    for relation in sorted(RELATIONS):
        sql = f"""SELECT {COLUMNS} FROM graph_key n CROSS JOIN graph_version v
                  ON v.relation = {RELATIONS[relation]} AND v.subject = n.id AND {ever} ORDER BY n.key"""
        page: list[Row] = []
        for row in connection.execute(sql):
            if len(page) >= EXPORT_ROWS and row[1] != page[-1][1]:  # never between two facts of one subject
                yield from _as_known(versions(connection, page), known)
                page = []
            page.append(row)
        yield from _as_known(versions(connection, page), known)


def _as_known(page: list[FactVersion], known: int) -> list[FactVersion]:
    """In order; what was learned after `known` is not told: such a version was open then."""
    return in_order(
        version if version.known_to <= known else replace(version, known_to=FOREVER) for version in page
    )  # fmt: skip
