"""Questions about the record itself: where the ledger stands, dead letters, statements that hold."""

import time
from typing import Annotated

import strawberry

from api.accepting import RAW
from api.dead_letters import DeadLetter as Letter
from api.graphql.context import Info
from api.graphql.entry_pages import connect_entries
from api.graphql.erasures import ErasureQuery
from api.graphql.pages import Connection, Edge, PageInfo
from api.graphql.payloads import Alias, AliasSuggestion, DeadLetter, Distrusted, LedgerStatus, Stated
from api.graphql.queries import After, First, argument
from api.graphql.showing import given, resolves, shown
from api.graphql.vocabulary import Instant, Long
from collectors.openlineage.secrets import redact_text
from lineage.errors import BadCursor
from lineage.moment import Moment
from lineage.query import cursors
from lineage.query.suggestions import suggestions
from lineage.statements import FactKind, Place, StatedFact

PREVIEW_CHARACTERS = 200  # two lines of a terminal: enough to see who sent it
_ANYWHEN = Moment(None, 0)  # these lists only grow: a page is the same at every moment


@strawberry.type(description="The record.")
class RecordQuery(ErasureQuery):
    @resolves("Where the ledger stands, and how far the graph has followed it.")
    async def ledger(self, info: Info) -> LedgerStatus:
        """Size and root belong together."""
        return await ledger_status(info)

    @resolves("What came and could not be understood, the newest first. It can be replayed.")
    async def dead_letters(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        open_only: Annotated[bool, argument("Only those that were not replayed yet.")] = False,
    ) -> Connection[DeadLetter]:
        """Keyset: by ledger index."""
        arguments = cursors.arguments_hash("deadLetters", open_only)
        before: int | None = None
        if after is not None:
            key = cursors.decode(after, arguments).key
            if len(key) != 1 or not isinstance(key[0], int):
                raise BadCursor
            before = key[0]
        wanted = cursors.check_first(given(first, 20))
        letters = info.context.sight.dead_letters

        def read() -> tuple[list[DeadLetter], bool, int]:
            found = letters.page(wanted + 1, before=before, open_only=open_only)
            total, still_open = letters.counts()
            shown_letters = [_letter(info, each) for each in found[:wanted]]
            return shown_letters, len(found) > wanted, still_open if open_only else total

        nodes, more, total = await info.context.desk.ask(read)
        keys: list[cursors.Key] = [(int(node.index),) for node in nodes]
        page_info = cursors.page_info(
            keys, more=more, after=None if before is None else (before,), moment=_ANYWHEN, arguments=arguments
        )
        edges = [
            Edge(cursor=cursors.encode(key, _ANYWHEN, arguments), node=node)
            for key, node in zip(keys, nodes, strict=True)
        ]
        return Connection(edges=edges, nodes=nodes, page_info=shown(PageInfo, page_info), length=total)

    @resolves("One dead letter. NOT_FOUND when the entry is none.")
    async def dead_letter(self, info: Info, index: Annotated[Long, argument("Its ledger index.")]) -> DeadLetter | None:
        """With its preview."""
        return await info.context.desk.ask(lambda: _letter(info, info.context.sight.dead_letters.get(index)))

    @resolves("Alias rules that hold, in the order in which they were made.")
    async def aliases(self, info: Info, first: First = 100, after: After = None) -> Connection[Alias]:
        """Keyset: by ledger index."""
        found = [
            Alias(
                index=Long(origin.index),
                time=Instant(origin.time_us),
                actor=origin.actor,
                kind=rule.kind,
                from_=rule.written,
                to=rule.to,
                reason=rule.reason,
            )
            for origin, rule in await info.context.desk.ask(info.context.sight.aliases, info.context.journal)
        ]
        return connect_entries(found, "aliases", given(first, 100), after)

    @resolves("Names that look like one thing, for `addAlias`. Nothing is merged because of it.")
    async def alias_suggestions(
        self,
        info: Info,
        first: Annotated[int | None, argument("How many at most.")] = 20,
    ) -> list[AliasSuggestion]:
        """Namespaces first, then names with common columns."""
        wanted = cursors.check_first(given(first, 20))
        found = await info.context.desk.ask(suggestions, info.context.questions.sources, first=wanted)
        return [AliasSuggestion(kind=s.kind, from_=s.from_, to=s.to, reason=s.reason) for s in found]

    @resolves("Runs that are set aside now.")
    async def distrusted(self, info: Info, first: First = 100, after: After = None) -> Connection[Distrusted]:
        """Keyset: by ledger index."""
        found = [
            Distrusted(
                index=Long(origin.index),
                time=Instant(origin.time_us),
                actor=origin.actor,
                job=each.job,
                producer=each.producer,
                from_=None if each.from_us is None else Instant(each.from_us),
                to=None if each.to_us is None else Instant(each.to_us),
                reason=each.reason,
            )
            for origin, each in await info.context.desk.ask(info.context.sight.distrusts, info.context.journal)
        ]
        return connect_entries(found, "distrusted", given(first, 100), after)

    @resolves("Facts that people vouch for now, in the order in which they were stated.")
    async def stated_facts(self, info: Info, first: First = 100, after: After = None) -> Connection[Stated]:
        """Keyset: by ledger index."""
        found = [
            Stated(
                index=Long(origin.index),
                time=Instant(origin.time_us),
                actor=origin.actor,
                kind=fact.kind,
                text=in_words(fact),
                reason=fact.reason,
            )
            for origin, fact in await info.context.desk.ask(info.context.sight.stated, info.context.journal)
        ]
        return connect_entries(found, "statedFacts", given(first, 100), after)


async def ledger_status(info: Info) -> LedgerStatus:
    """Where the ledger stands now."""
    app = info.context.app

    def read() -> LedgerStatus:
        graph_index = app.graph.applied()
        size, root = app.ledger.head()
        waiting_us = app.ledger.time_of(graph_index) if graph_index < size else None
        return LedgerStatus(
            size=Long(size),
            root=root.hex(),
            graph_index=Long(graph_index),
            lag_seconds=0.0 if waiting_us is None else max(0.0, time.time() - waiting_us / 1e6),
            origin=app.ledger.origin,
        )

    return await info.context.desk.ask(read)


def in_words(fact: StatedFact) -> str:
    """One line for people."""
    about = _written(fact.about)
    match fact.kind:
        case FactKind.EDGE if fact.source is not None:
            return f"{_written(fact.source)} → {about} ({fact.flow})"
        case FactKind.TAG:
            return f"{about}: tag {fact.key} = {fact.value}"
        case FactKind.OWNER:
            return f"{about}: owner {fact.value}" + (f" ({fact.key})" if fact.key else "")
        case _:
            return f"{about}: {fact.kind.lower().replace('_', ' ')} {fact.value}"


def _written(place: Place) -> str:
    return f"{place.name.namespace} {place.name.name}" + (f"#{place.column}" if place.column else "")


def _letter(info: Info, letter: Letter) -> DeadLetter:
    return DeadLetter(
        index=Long(letter.index),
        time=Instant(letter.time_us),
        code=letter.code,
        reason=letter.message,
        place=letter.place,
        size_bytes=Long(letter.byte_count),
        preview=preview(info.context.app.ledger.part(letter.index, RAW) or b""),
        replayed=None if letter.replayed_as is None else Long(letter.replayed_as),
    )


def preview(raw: bytes) -> str:
    """The beginning as text on one line, without what does not print and without secrets: these bytes were never
    cleaned."""
    text = redact_text(raw[: 4 * PREVIEW_CHARACTERS].decode("utf-8", "replace"))
    return "".join(letter if letter.isprintable() else " " for letter in text)[:PREVIEW_CHARACTERS]
