"""`accessEntries`: who read or exported what, out of the access log.

The one idea: the log tells about everybody, so whoever does not see everything sees of it what they did themselves.
"""

import dataclasses
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.pages import PageInfo
from api.graphql.queries import After, First, argument
from api.graphql.showing import about, given, resolves, shown, shows
from api.graphql.vocabulary import Instant, Long, describe
from lineage.access import reads
from lineage.access.history import Wanted, history
from lineage.access.reads import OBJECTS, ReadKind, objects_of
from lineage.errors import BadCursor, HeadwaterError
from lineage.ids import dataset_id, job_id
from lineage.moment import Moment
from lineage.query import answers as data
from lineage.query import cursors
from lineage.query.questions import Questions

_ANYWHEN = Moment(None, 0)  # the log only grows: what is older stays what it is

describe(
    ReadKind,
    "What an entry of the access log is about.",
    {
        "READ": "Somebody asked, and was answered.",
        "EXPORT": "Somebody took evidence away.",
        "DENY": "Somebody was refused.",
    },
    name="AccessKind",
)


async def _objects(
    account: strawberry.Parent[reads.Account],
    info: Info,
    first: First = 100,
    after: Annotated[str | None, argument("The id that the page follows: they are sorted.")] = None,
) -> list[strawberry.ID]:
    """In order, so that any id is a cursor, for all entries of a page."""
    wanted = cursors.check_first(given(first, 100))
    ids = objects_of(await info.context.desk.ask(info.context.service.access_log.ledger.part, account.index, OBJECTS))
    return [strawberry.ID(each) for each in ids if after is None or each > after][:wanted]


@shows(reads.Account, "One read, export or refusal. What was asked is empty where it was erased.")
class AccessEntry:
    index: Long = about("Its position in the access log, from 0.")
    kind: str = about("`read`, `export`, `deny`; also what the log holds about itself, such as `heartbeat`.")
    actor: str = about("Who, as an opaque id; `people` tells whom it means.")
    auth: str = about("How they came in.")
    request: str = about("Their own id of the request.")
    operation: str = about("The GraphQL operation's name, or method and path.")
    document_hash: str = about("SHA-256 of the GraphQL document in hexadecimal.")
    variables: str = about("The variables as JSON, without secrets.")
    purpose: str = about("Why, as they said in `X-Headwater-Purpose`.")
    decision: str = about("`allowed`, or why not.")
    object_count: int | None = about("How many nodes and entries it saw; null: erased.")

    time_us: Instant = about("When.", "time")
    objects: list[strawberry.ID] = strawberry.field(
        resolver=_objects, description="The ids of the nodes (`hw:…`) and ledger entries (`entry:N`) that it saw."
    )


@strawberry.type(description="One entry in a page of the access log.")
class AccessEdge:
    cursor: str = about("The entry's place: give it as `after`.")
    node: AccessEntry = about("The entry.")


@strawberry.type(description="A page of the access log, the newest first. It may be empty and yet have a next one.")
class AccessConnection:
    edges: list[AccessEdge] = about("The entries with their cursors.")
    nodes: list[AccessEntry] = about("The entries.")
    page_info: PageInfo = about("Where this page stands. One page reads a bounded part of the log.")


@strawberry.input(description="Which entries of the access log. What is left out excludes nothing.")
class AccessFilter:
    actor: str | None = strawberry.field(default=None, description="Who, by opaque id.")
    kinds: list[ReadKind] | None = strawberry.field(default=None, description="Only these kinds.")
    since: Instant | None = strawberry.field(default=None, description="From this time on.")
    until: Instant | None = strawberry.field(default=None, description="Before this time.")
    object: strawberry.ID | None = strawberry.field(
        default=None,
        description="Only who saw this: a node by any of its ids (a dataset or job with all in it), or `entry:N`.",
    )


@strawberry.type(description="The access log.")
class AccessQuery:
    @resolves("Who read or exported what, or was refused, the newest first.")
    async def access_entries(
        self,
        info: Info,
        filter: Annotated[AccessFilter | None, argument("Which.")] = None,
        first: First = 50,
        after: After = None,
    ) -> AccessConnection:
        """Of one's own reads, for whoever does not see everything."""
        asked = filter or AccessFilter()
        principal, context = info.context.principal, info.context
        actor = asked.actor if principal.sees_everything else principal.actor
        if asked.actor not in (None, actor):
            nothing = data.PageInfo(has_next_page=False, end_cursor=None)
            return AccessConnection(edges=[], nodes=[], page_info=shown(PageInfo, nothing))
        arguments = cursors.arguments_hash("accessEntries", dataclasses.astuple(asked))
        before = None if after is None else _index(cursors.decode(after, arguments))
        wanted = cursors.check_first(given(first, 50))
        objects = frozenset() if asked.object is None else await context.desk.ask(_ids, context.questions, asked.object)
        found = await context.desk.ask(
            history,
            context.service.access_log.ledger,
            Wanted(actor, frozenset(asked.kinds or ()), asked.since, asked.until, objects),
            first=wanted,
            before=before,
        )

        def cursor(index: int) -> str:
            return cursors.encode((index,), _ANYWHEN, arguments)

        nodes = [shown(AccessEntry, each) for each in found.accounts]
        page_info = data.PageInfo(
            has_next_page=found.before is not None,
            end_cursor=None if found.before is None else cursor(found.before),
            has_previous_page=after is not None,
            start_cursor=cursor(found.accounts[0].index) if found.accounts else None,
        )
        edges = [AccessEdge(cursor=cursor(each.index), node=shown(AccessEntry, each)) for each in found.accounts]
        return AccessConnection(edges=edges, nodes=nodes, page_info=shown(PageInfo, page_info))


def _index(cursor: cursors.Cursor) -> int:
    if len(cursor.key) != 1 or not isinstance(cursor.key[0], int) or cursor.key[0] < 0:
        raise BadCursor
    return cursor.key[0]


def _ids(questions: Questions, id: str) -> frozenset[str]:
    """Every id under which a thing may have been seen: merges come and go, and the log says what held at its time."""
    try:
        page = questions.node(id)
    except HeadwaterError:  # it is gone, or no node: then the log alone knows it
        return frozenset({id})
    found = {id, str(page.node.id)}
    if isinstance(page, data.DatasetPage):
        found |= {dataset_id(each.namespace, each.name) for each in page.names}
    elif isinstance(page, data.JobPage):
        found |= {job_id(each.namespace, each.name) for each in page.names}
    return frozenset(found)
