"""Search by name, in pages. The matching and its order are the store's promise (store/contract.py)."""

from collections.abc import Collection

from lineage.errors import BadCursor, InputError
from lineage.facts import NodeKind
from lineage.query.answers import SearchConnection, SearchEdge
from lineage.query.cursors import Key, check_first, encode, page_info
from lineage.query.moments import Pinned
from lineage.query.sources import Sources
from lineage.store.contract import SearchHit

QUERY_LENGTH_MAX = 1_000  # no name is longer; what is pasted by mistake is refused before it costs anything
SEARCHED = (NodeKind.DATASET, NodeKind.COLUMN, NodeKind.JOB, NodeKind.NAMESPACE)


def search(
    sources: Sources,
    query: str,
    pinned: Pinned,
    *,
    kinds: Collection[NodeKind] | None,
    first: int,
    after: Key | None,
    arguments: str,
) -> SearchConnection:
    """Errors: InputError for an empty or endless query, BadCursor."""
    if not query.strip():
        raise InputError("An empty search finds nothing. Give a part of a name.", place="query")
    if len(query) > QUERY_LENGTH_MAX:
        raise InputError(f"A search has at most {QUERY_LENGTH_MAX} characters. Give a part of a name.", place="query")
    check_first(first)
    wanted = sorted(set(SEARCHED if kinds is None else kinds))
    hits = sources.graph.search(query, wanted, pinned.moment, limit=first + 1, after=_position(after)) if wanted else []
    keys = [_key(hit) for hit in hits[:first]]
    edges = tuple(
        SearchEdge(hit.node, hit.matched, encode(key, pinned.moment, arguments))
        for hit, key in zip(hits, keys, strict=False)
    )
    return SearchConnection(
        edges, page_info(keys, more=len(hits) > first, after=after, moment=pinned.moment, arguments=arguments)
    )


def _key(hit: SearchHit) -> Key:
    return hit.rank, hit.length, hit.matched, hit.node.id


def _position(after: Key | None) -> tuple[int, int, str, str] | None:
    match after:
        case None:
            return None
        case (int(rank), int(length), str(matched), str(node)):
            return rank, length, matched, node
        case _:
            raise BadCursor
