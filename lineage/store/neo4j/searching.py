"""Search by name. What matches and how it ranks is decided by lineage/store/matching.py alone.

The one idea: as in the embedded store, Cypher only preselects. A token must reach into the own part of a name; own
parts are few distinct words, kept once as :Word; nodes and raw names carry the word, which is indexed.
"""

from collections.abc import Collection, Iterable, Iterator
from hashlib import blake2b
from itertools import groupby
from typing import Final

from lineage.facts import NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.store.contract import SearchHit
from lineage.store.matching import SEARCHED_BY_NAME, Admit, Candidate, Spelling, rank, spelling, spelling_of, tokens_of
from lineage.store.neo4j.reading import Reads, present, raw_spelling
from lineage.store.neo4j.rows import NODE, moment, node, visible
from lineage.store.neo4j.schema import INDEXED_CHARACTERS_MAX, LABELS, types

PRESENCE_CHUNK = 500  # columns asked at once whether they are there at the moment: a page or two of an answer

Key = tuple[int, int, str, str]
Rank = tuple[int, int]
WORST: Final[Rank] = (9, 0)
"""Behind every rank of matching.py."""


def word_key(word: str) -> str:
    """What stands for a word in indexes: itself, or its hash when an index could not hold it."""
    if len(word) <= INDEXED_CHARACTERS_MAX:
        return word
    return "\0" + blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def search(
    read: Reads,
    query: str,
    kinds: Collection[NodeKind],
    at: Moment,
    *,
    history: bool,
    limit: int,
    after: Key | None,
    admit: Admit | None,
) -> list[SearchHit]:
    """GraphReader.search."""
    tokens = tokens_of(query)
    hits: list[SearchHit] = []
    taken: set[NodeId] = set()
    for worst, words in _groups(read, tokens):
        if len(hits) >= limit:
            break
        best: dict[NodeId, SearchHit] = {}
        candidates: Iterable[Candidate] = _candidates(read, words, kinds, at, history=history)
        for found, written in candidates if admit is None else admit(list(candidates)):
            ranked = rank(tokens, written)
            # A node may be here for a name that is not admitted: what else it is called has a group of its own.
            if ranked is not None and ranked <= worst and found.id not in taken:
                hit = SearchHit(*ranked, written.text, found)
                if found.id not in best or hit[:3] < best[found.id][:3]:
                    best[found.id] = hit
        taken |= best.keys()
        ordered = sorted(best.values(), key=_search_key)
        wanted = [hit for hit in ordered if after is None or _search_key(hit) > after]
        hits.extend(_present(read, wanted, at, limit - len(hits), history=history))
    return hits


def _search_key(hit: SearchHit) -> Key:
    return hit.rank, hit.length, hit.matched, hit.node.id


def _groups(read: Reads, tokens: tuple[str, ...]) -> Iterator[tuple[Rank, list[str]]]:
    """The words into which a token reaches, best words first where that can be told from words alone; with the rank
    that no hit by them is worse than."""
    if not tokens:
        return
    # `table#col` reaches into the column `column` without occurring in it
    tails = [token[at + 1 :] for token in tokens for at, c in enumerate(token) if c == "#" and token[at + 1 :]]
    found = read(
        """MATCH (w:Word) WHERE any(token IN $tokens WHERE w.text CONTAINS token)
           OR any(tail IN $tails WHERE w.text STARTS WITH tail) RETURN w.key, w.text""",
        tokens=list(tokens), tails=tails,
    )  # fmt: skip
    if len(tokens) > 1 or "#" in tokens[0]:
        yield WORST, sorted(key for key, _ in found)
        return
    by_rank = sorted(((rank(tokens, Spelling(text, (0,))) or WORST, key) for key, text in found))
    for best, equals in groupby(by_rank, key=lambda ranked: ranked[0]):
        yield best, [key for _, key in equals]


def _candidates(
    read: Reads, words: list[str], kinds: Collection[NodeKind], at: Moment, *, history: bool
) -> Iterator[Candidate]:
    """Nodes with the spellings under which these words may find them. Columns are not held against the moment yet."""
    if not words:
        return
    named = sorted(LABELS[kind] for kind in SEARCHED_BY_NAME & set(kinds))
    begin = "UNWIND $words AS word MATCH (n:Node {word: word}) USING INDEX n:Node(word)"
    if NodeKind.COLUMN in kinds:
        for row in read(f"{begin} WHERE n:Column RETURN {NODE}", words=words):
            yield node(row), spelling_of(node(row))
    if not named:
        return
    names, when = types(Relation.NAME, history=history), visible(at, history=history)
    kept = f"{when} AND ({' OR '.join(f'n:{label}' for label in named)}) RETURN {NODE}, e.value"
    texts = (
        f"UNWIND $words AS word MATCH (m:Name {{word: word}})-[e:{names}]->(n) USING INDEX m:Name(word) WHERE {kept}",
        f"{begin} MATCH (:Name)-[e:{names}]->(n) WHERE {kept}",
    )
    for text in texts:
        for *row, value in read(text, words=words, **moment(at)):
            found = node(row)
            yield found, spelling_of(found)
            yield found, spelling(found.kind, *raw_spelling(value))


def _present(read: Reads, hits: list[SearchHit], at: Moment, limit: int, *, history: bool) -> list[SearchHit]:
    """The first `limit` hits that are there at the moment; what was found by a NAME fact is."""
    there_too = present(NodeKind.COLUMN, visible(at, history=history), history=history)
    text = f"""UNWIND $keys AS key MATCH (n:Node {{key: key}}) USING INDEX n:Node(key)
               WHERE {there_too} RETURN n.key"""
    kept: list[SearchHit] = []
    for start in range(0, len(hits), PRESENCE_CHUNK):
        chunk = hits[start : start + PRESENCE_CHUNK]
        columns = [hit.node.id for hit in chunk if hit.node.kind is NodeKind.COLUMN]
        there = {key for (key,) in read(text, keys=columns, **moment(at))} if columns else set()
        kept += [hit for hit in chunk if hit.node.kind is not NodeKind.COLUMN or hit.node.id in there]
        if len(kept) >= limit:
            break
    return kept[:limit]
