"""Search by name over the tables of words. What matches and how it ranks is decided by lineage/store/matching.py alone.

The one idea: SQL only preselects. A token must reach into the own part of a name, own parts are few distinct words, and
for a query of one plain token rank and length depend on the word alone: so words are taken best first, and the search
ends with the group of equals that fills the page, however many names there are.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import Final

from lineage.facts import NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.store.contract import SearchHit
from lineage.store.matching import SEARCHED_BY_NAME, Admit, Candidate, Spelling, rank, spelling, spelling_of, tokens_of
from lineage.store.sqlite.reading import present
from lineage.store.sqlite.rows import nodes_by, numbers, visible_condition
from lineage.store.sqlite.schema import KINDS, RELATIONS

PRESENCE_CHUNK = 500  # columns asked at once whether they are there at the moment: a page or two of an answer

Key = tuple[int, int, str, str]
Rank = tuple[int, int]
WORST: Final[Rank] = (9, 0)
"""Behind every rank of matching.py."""


def search(
    connection: sqlite3.Connection,
    query: str,
    kinds: Collection[NodeKind],
    at: Moment,
    *,
    limit: int,
    after: Key | None,
    admit: Admit | None,
) -> list[SearchHit]:
    """GraphReader.search."""
    tokens = tokens_of(query)
    visible = visible_condition(connection, at)
    hits: list[SearchHit] = []
    taken: set[NodeId] = set()
    for worst, words in _groups(connection, tokens):
        if len(hits) >= limit:
            break
        best: dict[NodeId, SearchHit] = {}
        candidates: Iterable[Candidate] = _candidates(connection, words, kinds, visible)
        for node, written in candidates if admit is None else admit(list(candidates)):
            ranked = rank(tokens, written)
            # A node may be here for a name that is not admitted: what else it is called has a group of its own.
            if ranked is not None and ranked <= worst and node.id not in taken:
                hit = SearchHit(*ranked, written.text, node)
                if node.id not in best or hit[:3] < best[node.id][:3]:
                    best[node.id] = hit
        taken |= best.keys()
        ordered = sorted(best.values(), key=search_key)
        wanted = [hit for hit in ordered if after is None or search_key(hit) > after]
        hits.extend(_present(connection, wanted, visible, limit - len(hits)))
    return hits


def search_key(hit: SearchHit) -> Key:
    return hit.rank, hit.length, hit.matched, hit.node.id


def _groups(connection: sqlite3.Connection, tokens: tuple[str, ...]) -> Iterator[tuple[Rank, list[int]]]:
    """The integers of words into which a token reaches, best words first where that can be told from words alone; with
    the rank that no hit by them is worse than."""
    if not tokens:
        return
    conditions: list[str] = []
    values: list[str | int] = []
    for token in tokens:
        conditions.append("instr(word, ?)")
        values.append(token)
        # `table#col` reaches into the column `column` without occurring in it
        for at in (at for at, letter in enumerate(token) if letter == "#" and token[at + 1 :]):
            conditions.append("substr(word, 1, ?) = ?")
            values += [len(token) - at - 1, token[at + 1 :]]
    found = connection.execute(f"SELECT id, word FROM graph_word WHERE {' OR '.join(conditions)}", values).fetchall()
    if len(tokens) > 1 or "#" in tokens[0]:
        yield WORST, [id for id, _ in found]
        return
    by_rank = sorted(((rank(tokens, Spelling(word, (0,))) or WORST, id) for id, word in found))
    for best, equals in groupby(by_rank, key=lambda ranked: ranked[0]):
        yield best, [id for _, id in equals]


def _candidates(
    connection: sqlite3.Connection, words: list[int], kinds: Collection[NodeKind], visible: str
) -> Iterator[Candidate]:
    """Nodes with the spellings under which these words may find them. Columns are not held against the moment yet."""
    sql = """SELECT s.node FROM json_each(?) f CROSS JOIN graph_spelling s ON s.word = f.value AND s.kind = ?"""
    array = numbers(words)
    if NodeKind.COLUMN in kinds:
        ids = [id for (id,) in connection.execute(sql, (array, KINDS[NodeKind.COLUMN]))]
        yield from ((node, spelling_of(node)) for node in nodes_by(connection, ids).values())
    if not SEARCHED_BY_NAME & set(kinds):
        return
    own = {id for kind in SEARCHED_BY_NAME for (id,) in connection.execute(sql, (array, KINDS[kind]))}
    targets: dict[int, set[str]] = {}
    for end in ("subject", "object"):
        sql = f"""SELECT v.object, v.value FROM json_each(?) f CROSS JOIN graph_version v
                  ON v.relation = {RELATIONS[Relation.NAME]} AND v.{end} = f.value AND {visible}"""
        for target, value in connection.execute(sql, (numbers(own),)):
            targets.setdefault(target, set()).add(value)
    for id, node in nodes_by(connection, targets).items():
        if node.kind in kinds and node.kind in SEARCHED_BY_NAME:
            yield node, spelling_of(node)
            for value in targets[id]:
                raw = json.loads(value)
                yield node, spelling(node.kind, raw["namespace"], raw["name"])


def _present(connection: sqlite3.Connection, hits: list[SearchHit], visible: str, limit: int) -> list[SearchHit]:
    """The first `limit` hits that are there at the moment; what was found by a NAME fact is."""
    kept: list[SearchHit] = []
    for start in range(0, len(hits), PRESENCE_CHUNK):
        chunk = hits[start : start + PRESENCE_CHUNK]
        columns = [hit.node.id for hit in chunk if hit.node.kind is NodeKind.COLUMN]
        sql = f"""SELECT n.key FROM json_each(?) f CROSS JOIN graph_key n ON n.key = f.value
                  WHERE {present(NodeKind.COLUMN, visible, "n.id")}"""
        there = {key for (key,) in connection.execute(sql, (json.dumps(columns),))}
        kept += [hit for hit in chunk if hit.node.kind is not NodeKind.COLUMN or hit.node.id in there]
        if len(kept) >= limit:
            break
    return kept[:limit]
