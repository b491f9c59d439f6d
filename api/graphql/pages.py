"""Pages: what is common to every list that can grow, and the pages of ledger entries that prove an answer.

The one idea: a page goes on after the item that the page before ended with, at the same moment, so what comes between the two
moves nothing. A list that is read page by page is a Connection, whose cursors tell the item's place and the moment. A list that
is at hand whole with what it belongs to (a dataset's columns, a job's reads) stays a list: its items' ids are its cursors
(`page_after`), whoever pages says the moment, and its length stands beside it, under its name and `Count`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Generic, TypeAlias, TypeVar

import strawberry

from api.graphql.proofs import AuditEntry
from api.graphql.showing import about, resolves, shown, shows
from lineage.errors import BadCursor
from lineage.moment import Moment
from lineage.query import answers as data
from lineage.query import cursors
from lineage.query.moments import MomentInput
from lineage.query.show import Place, Story


@shows(data.PageInfo, "Where a page stands in its list. Cursors pin the moment: pages of one list never shift.")
class PageInfo:
    has_next_page: bool = about("Whether more follows.")
    has_previous_page: bool = about("Whether this page follows another.")
    start_cursor: str | None = about("The cursor of the first item; null for an empty page.")
    end_cursor: str | None = about("Give it as `after`, with the same arguments, for the next page.")


@strawberry.type(description="One entry in a page of ledger entries.")
class AuditEdge:
    cursor: str = about("The entry's place in the list.")
    node: AuditEntry = about("The entry.")


@strawberry.type(description="Ledger entries that prove something: the first, the last, and some between.")
class AuditConnection:
    edges: list[AuditEdge] = about("The entries with their cursors.")
    nodes: list[AuditEntry] = about("The entries alone.")
    page_info: PageInfo = about("Where this page stands.")
    total_count: int | None = about("How many entries the list has; null where the log would have to be read to tell.")


AtMost = Annotated[
    int | None,
    strawberry.argument(
        description="How many items the page has at most. Null: as many as its default says; without one, all that follow."
    ),
]
AfterItem = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="The `id` of the last item of the page before, asked for at the same moment."),
]
Item = TypeVar("Item")
Length: TypeAlias = int | Callable[[], Awaitable[int]]
"""How many items a list has, or how to find out."""


@strawberry.type(description="One item of a page with its place in the list.")
class Edge(Generic[Item]):
    cursor: str = about("The item's place in the list: give it as `after`.")
    node: Item = about("The item.")


@strawberry.type(description="One page of a list that can grow.")
class Connection(Generic[Item]):
    edges: list[Edge[Item]] = about("The items with their cursors.")
    nodes: list[Item] = about("The items alone.")
    page_info: PageInfo = about("Where this page stands.")
    length: strawberry.Private[Length]

    @resolves("How many items the whole list has.")
    async def total_count(self) -> int:
        """Counted when it is asked for, where that takes another read."""
        return self.length if isinstance(self.length, int) else await self.length()


def connect(
    items: Sequence[Item], of: tuple[str, ...], at: MomentInput, first: int, after: str | None
) -> Connection[Item]:
    """A page of a list that is always the same at its moment, so that its positions can be its keys.

    `of` names the list, so that another list's cursor is refused: BadCursor. LimitExceeded for too large a page.
    """
    arguments = cursors.arguments_hash(*of)
    moment = Moment(at.valid_at_us, at.known_index or 0)
    begin = 0
    if after is not None:
        cursor = cursors.decode(after, arguments)
        if (cursor.valid_us, cursor.known) != (moment.valid_us, moment.known) or not isinstance(cursor.key[0], int):
            raise BadCursor
        begin = cursor.key[0]
    taken = items[begin : begin + cursors.check_first(first)]
    keys: list[cursors.Key] = [(begin + position + 1,) for position in range(len(taken))]
    page_info = cursors.page_info(
        keys,
        more=begin + len(taken) < len(items),
        after=(begin,) if after else None,
        moment=moment,
        arguments=arguments,
    )
    edges = [
        Edge(cursor=cursors.encode(key, moment, arguments), node=item) for key, item in zip(keys, taken, strict=True)
    ]
    return Connection(edges=edges, nodes=list(taken), page_info=shown(PageInfo, page_info), length=len(items))


def connect_story(
    story: Story, items: Sequence[Item], of: tuple[str, ...], at: MomentInput, after: Place | None, length: Length
) -> Connection[Item]:
    """One page of a story, its items as the schema shows them. `of` names the list: a cursor is good for it alone."""
    arguments, moment = cursors.arguments_hash(*of), Moment(at.valid_at_us, at.known_index or 0)
    keys: list[cursors.Key] = [place for place, _ in story.items]
    page_info = cursors.page_info(keys, more=story.more, after=after, moment=moment, arguments=arguments)
    edges = [
        Edge(cursor=cursors.encode(key, moment, arguments), node=item) for key, item in zip(keys, items, strict=True)
    ]
    return Connection(edges=edges, nodes=list(items), page_info=shown(PageInfo, page_info), length=length)


def resumed(after: str | None, of: tuple[str, ...], at: MomentInput) -> tuple[MomentInput, Place | None]:
    """Where a page of a story begins, and the moment of the first page: what came since moves nothing. BadCursor for a
    cursor of another list."""
    if after is None:
        return at, None
    cursor = cursors.decode(after, cursors.arguments_hash(*of))
    match cursor.key:
        case (int(time), str(node)) if cursor.valid_us == at.valid_at_us:
            return MomentInput(cursor.valid_us, known_index=cursor.known), (time, node)
        case _:
            raise BadCursor


def page_after(
    items: Sequence[Item], id_of: Callable[[Item], str], first: int | None, after: str | None
) -> Sequence[Item]:
    """A page of a list that is at hand whole: what follows the item with the id `after`, and `first` of it. Without
    `first` nothing is left out, for no answer is cut that was not asked to be.

    An id tells no moment, so whoever pages says one: with `at: {knownIndex: …}` (`ledger { graphIndex }` has one) the list is
    the same for every page, and the pages together are the list. Without it an item that came meanwhile may stand before
    the place, and is missed, as the count beside the list then shows. An item that is gone, or never was in the list, is
    BadCursor: its place is unknown, and a page from somewhere else would look right. LimitExceeded for too large a page.
    """
    end = None if first is None else cursors.check_first(first)
    begin = 0
    if after is not None:
        begin = next((place for place, item in enumerate(items, 1) if id_of(item) == after), 0)
        if begin == 0:
            raise BadCursor(
                "This list has no item with the id `after` at this moment. Give the id of the last item of the page before, "
                "and ask for every page of a node's list at the same `knownIndex`."
            )
    return items[begin : None if end is None else begin + end]
