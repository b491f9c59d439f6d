"""Between rows of integers and values: ids and texts in bulk, the condition of a Moment as SQL, rows as FactVersions.

The one idea: a read works in integers and asks for the texts once, at its end, for distinct integers only.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from lineage.facts import Fact, FactVersion, Interval, Node
from lineage.ids import NodeId
from lineage.moment import FOREVER, Moment
from lineage.store.sqlite.schema import CERTAINTY_OF, EVIDENCE_OF, FLOW_OF, KIND_OF, NOTHING, RELATION_OF

COLUMNS: Final = (
    "v.relation, v.subject, v.object, v.unit, v.label, v.job, v.flow, v.evidence, v.certainty, v.masking, v.producer, "
    "v.valid_from, v.valid_to, v.known_from, v.known_to, v.value"
)
"""A whole version, in the order that versions() reads."""

NODE: Final = "k.key, n.kind, n.namespace, n.name, n.column_name, n.version"
"""A whole node of the tables graph_key k and graph_node n, in the order that node() reads."""

Row = tuple[Any, ...]


def applied(connection: sqlite3.Connection) -> int:
    (size,) = connection.execute("SELECT applied FROM graph_meta").fetchone()
    return int(size)


def known_condition(connection: sqlite3.Connection, known: int) -> str:
    """SQL: version v is known at this size. At the present it is one equality, which the indexes lead with."""
    if known >= applied(connection):
        return f"v.known_to = {FOREVER}"
    return f"v.known_to > {int(known)} AND v.known_from <= {int(known)}"


def visible_condition(connection: sqlite3.Connection, at: Moment) -> str:
    """SQL: version v is visible at the moment."""
    known = known_condition(connection, at.known)
    if at.valid_us is None:
        return f"{known} AND v.valid_to = {FOREVER}"
    return f"{known} AND v.valid_to > {int(at.valid_us)} AND v.valid_from <= {int(at.valid_us)}"


def among(column: str, codes: Iterable[int] | None) -> str:
    """SQL: ` AND column IN (…)`, or nothing when every code will do."""
    return "" if codes is None else f" AND {column} IN ({', '.join(str(int(code)) for code in sorted(codes))})"


def numbers(values: Iterable[int]) -> str:
    """Integers as the JSON array that json_each() opens."""
    return f"[{','.join(map(str, values))}]"


def ids_of(connection: sqlite3.Connection, keys: Collection[str]) -> dict[str, int]:
    """The integers of node ids; unknown ones are left out."""
    sql = "SELECT n.key, n.id FROM json_each(?) f CROSS JOIN graph_key n ON n.key = f.value"
    return dict(connection.execute(sql, (json.dumps(list(keys)),)))


def keys_of(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """The node ids of integers; NOTHING is the empty text."""
    sql = "SELECT n.id, n.key FROM json_each(?) f CROSS JOIN graph_key n ON n.id = f.value"
    return {NOTHING: "", **dict(connection.execute(sql, (numbers(ids),)))}


def texts_of(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    sql = "SELECT t.id, t.text FROM json_each(?) f CROSS JOIN graph_text t ON t.id = f.value"
    return {NOTHING: "", **dict(connection.execute(sql, (numbers(ids),)))}


def nodes_by(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Node]:
    """Whole nodes; those of which only the id is known are left out."""
    sql = f"""SELECT n.id, {NODE} FROM json_each(?) f
              CROSS JOIN graph_node n ON n.id = f.value CROSS JOIN graph_key k ON k.id = n.id"""
    return {row[0]: node(row[1:]) for row in connection.execute(sql, (numbers(ids),))}


def node(row: Row) -> Node:
    key, kind, namespace, name, column, version = row
    return Node(NodeId(key), KIND_OF[kind], namespace, name, column, version)


def versions(connection: sqlite3.Connection, rows: Sequence[Row]) -> list[FactVersion]:
    """Rows of COLUMNS as FactVersions, in the rows' order."""
    keys = keys_of(connection, {id for row in rows for id in (row[1], row[2], row[5])})
    texts = texts_of(connection, {id for row in rows for id in (row[3], row[4], row[10])})
    found = []
    try:
        for (
            relation, subject, object_, unit, label, job, flow, evidence, certainty, masking, producer,
            valid_from, valid_to, known_from, known_to, value,
        ) in rows:  # fmt: skip
            fact = Fact(
                RELATION_OF[relation], NodeId(keys[subject]), keys[object_], texts[unit], texts[label], value, keys[job],
                FLOW_OF[flow], EVIDENCE_OF[evidence], CERTAINTY_OF[certainty], bool(masking), texts[producer],
            )  # fmt: skip
            found.append(FactVersion(fact, Interval(valid_from, valid_to), known_from, known_to))
    except KeyError as missing:
        raise sqlite3.DatabaseError(f"a row names {missing}, which is not there: it was changed by hand") from missing
    return found
