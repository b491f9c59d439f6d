"""Pages of what people told, one ledger entry each: rules, facts, proposals, holds.

The one idea: the entry's index is the cursor. Such lists change at any place while somebody reads them (a rule is taken back, a
proposal approved), and a page goes on after the entry that the last one ended with, wherever that would stand now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

from api.graphql.pages import Connection, Edge, PageInfo
from api.graphql.showing import shown
from api.graphql.vocabulary import Long
from lineage.moment import Moment
from lineage.query import cursors
from lineage.query.moments import MomentInput

_ANYWHEN: Final = Moment(None, 0)  # a list of what holds now is about no moment


class Told(Protocol):
    """What an entry of the ledger made."""

    index: Long


Item = TypeVar("Item", bound=Told)


def connect_entries(items: Iterable[Item], of: str, first: int, after: str | None) -> Connection[Item]:
    """A page of the list named `of`. BadCursor for another list's cursor, LimitExceeded for too large a page."""
    arguments = cursors.arguments_hash(of)
    _, key = cursors.resume(MomentInput(known_index=0), after, arguments)
    ordered = sorted(items, key=lambda each: each.index)
    taken, page_info = cursors.page(
        ordered, lambda each: (int(each.index),), first=first, after=key, moment=_ANYWHEN, arguments=arguments
    )
    edges = [Edge(cursor=cursors.encode((int(each.index),), _ANYWHEN, arguments), node=each) for each in taken]
    return Connection(edges=edges, nodes=list(taken), page_info=shown(PageInfo, page_info), length=len(ordered))
