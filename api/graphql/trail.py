"""The ledger's own questions: its entries by what they are and when they came, its checkpoints, its growth.

The one idea: the log is read in its order, a bounded piece for each page, so a filter that fits nothing costs no more than
one that fits all; a page may be short while more follows, and its cursor says how far the reading came.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry.scalars import Base64

from api.graphql.context import Info
from api.graphql.inputs import NodeRef
from api.graphql.pages import AuditConnection, AuditEdge, PageInfo
from api.graphql.proofs import AuditEntry, Checkpoint, ConsistencyProof, audit_entry, checkpoint_of
from api.graphql.queries import After, First, argument
from api.graphql.showing import given, resolves, shown
from api.graphql.vocabulary import Instant, Long
from lineage.errors import BadCursor, InputError, NotFound
from lineage.ledger import Ledger
from lineage.ledger.leaf import Leaf, decode_leaf
from lineage.moment import Moment
from lineage.query import cursors
from lineage.query.moments import MomentInput
from lineage.verify.tiles import TILE_WIDTH, decode_bundle

SCANNED_MAX = 20_000  # leaves for one page: a second
KINDS_MAX = 50
_ANYWHEN = Moment(None, 0)


@strawberry.input(description="Which entries. All that is given has to fit; times and positions are from … to before …")
class AuditFilter:
    kinds: list[str] | None = strawberry.field(
        default=None, description="Kinds, such as `ol.event`; `admin.*` stands for all that begin so."
    )
    actor: str | None = strawberry.field(default=None, description="Who sent it: the opaque id.")
    subject: NodeRef | None = strawberry.field(default=None, description="Only entries that speak of this node.")
    from_: Instant | None = strawberry.field(name="from", default=None, description="Appended from this time on.")
    to: Instant | None = strawberry.field(default=None, description="Appended before this time.")
    event_from: Instant | None = strawberry.field(default=None, description="Happened from this time on.")
    event_to: Instant | None = strawberry.field(default=None, description="Happened before this time.")
    from_index: Long | None = strawberry.field(default=None, description="From this position on.")
    to_index: Long | None = strawberry.field(default=None, description="Before this position.")

    def fits(self, leaf: Leaf) -> bool:
        """Whether a leaf's own fields are asked for; time and position are bounds of the reading."""
        if self.kinds is not None and not any(_fits(leaf.kind, kind) for kind in self.kinds):
            return False
        if self.actor is not None and leaf.actor != self.actor:
            return False
        if self.event_from is None and self.event_to is None:
            return True
        at = leaf.event_time_us
        return (
            at is not None
            and (self.event_from is None or at >= self.event_from)
            and (self.event_to is None or at < self.event_to)
        )


def _fits(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted[:-1]) if wanted.endswith("*") else kind == wanted


@strawberry.type(description="The ledger's entries, heads and growth.")
class TrailQuery:
    @resolves("A signed head of the log: the newest, or the smallest kept one of at least `size` entries.")
    async def checkpoint(
        self, info: Info, size: Annotated[Long | None, argument("At least so many entries; null: the newest.")] = None
    ) -> Checkpoint:
        """NOT_FOUND beyond the log's end."""
        signed = await info.context.prover.head(size)
        return await info.context.desk.ask(checkpoint_of, info, signed)

    @resolves("That the log of `to` entries only added to the one of `from`.")
    async def consistency(
        self,
        info: Info,
        from_: Annotated[Long, argument("The smaller size.", "from")],
        to: Annotated[Long, argument("The larger size.")],
    ) -> ConsistencyProof:
        """NOT_FOUND beyond the log's end."""
        ledger = info.context.app.ledger
        if not 0 <= from_ <= to:
            raise InputError("A log only grows: give a smaller size as `from`.", place="from")

        def prove() -> ConsistencyProof:
            return ConsistencyProof(
                old_size=from_,
                new_size=to,
                old_root_hash=Base64(ledger.root(from_)),
                new_root_hash=Base64(ledger.root(to)),
                hashes=[Base64(each) for each in ledger.consistency_proof(from_, to)],
            )

        return await info.context.desk.ask(prove)

    @resolves("One entry of the ledger. NOT_FOUND when there is none.")
    async def entry(self, info: Info, index: Annotated[Long, argument("Its position, from 0.")]) -> AuditEntry | None:
        """What is hidden is not there, in the same words."""
        if not info.context.sight.entries.sees_everything or index < 0:
            seen = await info.context.desk.ask(_listed, info, [index]) if index >= 0 else []
            if not seen:
                raise NotFound(f"No entry {index}. Ask for another, or whoever gave you access for more.")
        return await audit_entry(info, index)

    @resolves("Entries of the ledger in its order. A page may be short while more follows: go on with its cursor.")
    async def audit_entries(
        self,
        info: Info,
        filter: Annotated[AuditFilter | None, argument("Which entries; null: all.")] = None,
        first: First = 100,
        after: After = None,
    ) -> AuditConnection:
        """A keyset over positions."""
        wanted = filter or AuditFilter()
        if len(wanted.kinds or ()) > KINDS_MAX:
            raise InputError(f"A filter names at most {KINDS_MAX} kinds. Use `admin.*` for many.", place="filter.kinds")
        arguments = cursors.arguments_hash("auditEntries", repr(wanted))
        limit = cursors.check_first(given(first, 100))
        begin: int | None = None
        if after is not None:
            key = cursors.decode(after, arguments).key
            if len(key) != 1 or not isinstance(key[0], int):
                raise BadCursor
            begin = key[0]
        subject = await _of_subject(info, wanted)
        found, reached, more = await info.context.desk.ask(_scan, info, wanted, subject, begin, limit)
        nodes = await asyncio.gather(*(audit_entry(info, index) for index in found))
        edges = [
            AuditEdge(cursor=cursors.encode((index + 1,), _ANYWHEN, arguments), node=node)
            for index, node in zip(found, nodes, strict=True)
        ]
        keys: list[cursors.Key] = [(found[0] + 1 if found else reached,), (reached,)]
        page_info = cursors.page_info(
            keys, more=more, after=None if begin is None else (begin,), moment=_ANYWHEN, arguments=arguments
        )
        total = None if subject is None else len(subject)
        return AuditConnection(edges=edges, nodes=list(nodes), page_info=shown(PageInfo, page_info), total_count=total)


async def _of_subject(info: Info, wanted: AuditFilter) -> tuple[int, ...] | None:
    if wanted.subject is None:
        return None
    pinned = await info.context.pin(None)
    node = await info.context.desk.ask(info.context.questions.find, wanted.subject.ref(), pinned)
    return await info.context.entries.load((node.id, MomentInput(known_index=pinned.known_index)))


def _listed(info: Info, positions: Sequence[int]) -> list[int]:
    size = info.context.app.ledger.size()
    return info.context.sight.entries.listed([each for each in positions if each < size])


def _scan(
    info: Info, wanted: AuditFilter, subject: tuple[int, ...] | None, begin: int | None, limit: int
) -> tuple[list[int], int, bool]:
    """-> (positions of the page, how far the reading came, whether there may be more)."""
    ledger = info.context.app.ledger
    stop = ledger.size() if wanted.to_index is None else min(ledger.size(), wanted.to_index)
    if wanted.to is not None:
        stop = min(stop, ledger.size_at(wanted.to - 1))
    start = max(0, wanted.from_index or 0, begin or 0)
    if wanted.from_ is not None:
        start = max(start, ledger.size_at(wanted.from_ - 1))
    end = min(stop, start + SCANNED_MAX)
    found: list[int] = []
    at = start
    while at < end and len(found) < limit:
        number = at // TILE_WIDTH
        until = min(end, (number + 1) * TILE_WIDTH)
        fitting = _fitting(ledger, wanted, subject, at, until)
        for index in _listed(info, fitting):
            if len(found) == limit:
                until = index  # the next page begins with it
                break
            found.append(index)
        at = until
    if len(found) == limit and found:
        at = max(found[-1] + 1, start)
    return found, max(at, start), at < stop


def _fitting(ledger: Ledger, wanted: AuditFilter, subject: tuple[int, ...] | None, start: int, stop: int) -> list[int]:
    if subject is not None:
        near = [index for index in subject if start <= index < stop]
        return [index for index in near if wanted.fits(ledger.leaf(index))]
    number = start // TILE_WIDTH
    leaves = decode_bundle(ledger.bundle(number, stop - number * TILE_WIDTH))[start - number * TILE_WIDTH :]
    return [leaf.index for leaf in map(decode_leaf, leaves) if wanted.fits(leaf)]
