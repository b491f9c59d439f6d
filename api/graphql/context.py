"""What one GraphQL request has at hand: the service's parts, the desk, and loaders that batch what fields ask for.

The one idea: a field of a hundred nodes asks a loader a hundred times and the graph once. Loaders live as long as the
request, and so does what "now" means to the nodes in it.
"""

from collections import defaultdict
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.fastapi import BaseContext

from api.accepting import Sender
from api.access.asking import PRINCIPAL
from api.access.doors import bearer
from api.context import AppContext, ReadContext
from api.gate import principal_of, sender_of
from api.graphql.desk import Desk
from api.graphql.errors import OfTheService
from api.graphql.inputs import MomentInput
from api.graphql.journal import Journal
from api.graphql.proving import Prover
from api.graphql.reads import WatchedDesk
from api.problems import Unauthorised
from api.sight import Sight
from api.vouching import LogState
from lineage.access.principal import ANONYMOUS, Principal
from lineage.errors import HeadwaterError
from lineage.facts import Relation
from lineage.ids import NodeId
from lineage.ledger.leaf import Leaf, decode_leaf
from lineage.query import answers as data
from lineage.query import moments
from lineage.query.entries import entries_of
from lineage.query.questions import Questions
from lineage.query.show import Place, Story
from lineage.verify.tree import leaf_hash

if TYPE_CHECKING:
    from api.graphql.feed import Feed

PageKey: TypeAlias = tuple[NodeId, moments.MomentInput]
"""A node's page at a moment."""

StoryKey: TypeAlias = tuple[NodeId, Relation, moments.MomentInput, int, Place | None]
"""One page of a job's runs or a dataset's versions at a moment: how many, after which."""

LengthKey: TypeAlias = tuple[NodeId, Relation, moments.MomentInput]
"""The whole story of a node at a moment."""


class LoadedLeaf(NamedTuple):
    """A leaf, the bytes that were hashed, and the hash."""

    leaf: Leaf
    encoded: bytes
    digest: bytes


class RequestContext(BaseContext):
    """`info.context` of every resolver."""

    def __init__(self, app: ReadContext, desk: Desk, journal: Journal, feed: "Feed | None" = None) -> None:
        super().__init__()
        self.app = app
        self._parts = desk, journal, feed
        self.saw: set[str] = set()
        """Ids of what was read for the answer: for the access log."""
        self.log_state: LogState | None = None
        """The state of the log after the last question that was answered."""
        self.desk = WatchedDesk(desk, self.saw, self._note_log_state)
        self.journal = journal
        self.begin()

    def begin(self) -> None:
        """Forget what was read: before an answer, and before each event of a subscription, which has a "now" of its
        own."""
        self.__dict__.pop("sight", None)
        self.pages: DataLoader[PageKey, data.Page] = DataLoader(self._load_pages)
        self.leaves: DataLoader[int, LoadedLeaf] = DataLoader(self._load_leaves)
        self.entries: DataLoader[PageKey, tuple[int, ...]] = DataLoader(self._load_entries)
        self.stories: DataLoader[StoryKey, Story] = DataLoader(self._load_stories)
        self.lengths: DataLoader[LengthKey, int] = DataLoader(self._load_lengths)
        self._pinned: dict[moments.MomentInput, moments.MomentInput] = {}

    def again(self) -> "RequestContext":
        """The same for another operation of the same connection."""
        other = RequestContext(self.app, *self._parts)
        other.request, other.connection_params = self.request, self.connection_params
        return other

    async def admit(self) -> None:
        """Find out (again) who asks, over a connection that lasts. Unauthorised, when that key opens nothing here."""
        doors = self.service.doors
        if self.request is None or not doors.closed:
            return
        token = bearer(self.request.headers.get("authorization", ""))
        try:
            if token is not None:
                principal = await doors.principal(token)
            else:
                principal = await doors.principal_of_connection(self.connection_params)
        except Unauthorised as error:
            doors.refusals.note(self.request.scope, self.principal.actor, error)
            raise
        self.request.scope[PRINCIPAL] = principal
        self.begin()

    @property
    def service(self) -> AppContext:
        """The service's parts, where more is asked than reading takes."""
        if not isinstance(self.app, AppContext):
            raise OfTheService
        return self.app

    @property
    def feed(self) -> "Feed":
        """What subscriptions wait for."""
        feed = self._parts[2]
        if feed is None:
            raise TypeError("this context was made without a feed")
        return feed

    @cached_property
    def prover(self) -> Prover:
        """Makes proofs, which the service signs for."""
        return Prover(self.service, self.desk)

    @cached_property
    def sight(self) -> Sight:
        """What the one who asks sees of the service."""
        return Sight(self.app, self.principal)

    @property
    def questions(self) -> Questions:
        """What is asked, of the graph as the one who asks sees it."""
        return self.sight.questions

    @property
    def principal(self) -> Principal:
        """Who asks. Without a request it is the service itself, in its own process."""
        return ANONYMOUS if self.request is None else principal_of(self.request.scope)

    @property
    def sender(self) -> Sender:
        """Who asks, for the ledger."""
        return Sender() if self.request is None else sender_of(self.request.scope)

    def _note_log_state(self) -> None:
        with suppress(HeadwaterError):  # the answer is right all the same; readiness says what is away
            self.log_state = self.app.vouching.state(self.app)

    async def pin(self, asked: MomentInput | None) -> moments.MomentInput:
        """The moment with its ledger size fixed, so that all fields of a node speak of the same record."""
        wanted = moment(asked)
        if wanted not in self._pinned:
            pinned = await self.desk.ask(self.questions.sources.pin, wanted)
            self._pinned[wanted] = moments.MomentInput(wanted.valid_at_us, known_index=pinned.moment.known)
        return self._pinned[wanted]

    async def _load_pages(self, keys: list[PageKey]) -> list[data.Page | BaseException]:
        return await self.desk.ask(self._read_pages, keys)

    def _read_pages(self, keys: list[PageKey]) -> list[data.Page | BaseException]:
        found: dict[PageKey, data.Page | BaseException] = {}
        for at in {at for _, at in keys}:
            nodes = [node for node, each in keys if each == at]
            found.update(zip(((node, at) for node in nodes), self.questions.pages(nodes, at), strict=True))
        return [found[key] for key in keys]

    async def _load_stories(self, keys: list[StoryKey]) -> list[Story | BaseException]:
        return await self.desk.ask(self._read_stories, keys)

    def _read_stories(self, keys: list[StoryKey]) -> list[Story | BaseException]:
        groups: dict[tuple[Any, ...], list[NodeId]] = defaultdict(list)
        for parent, *page in keys:
            groups[tuple(page)].append(parent)
        found: dict[tuple[Any, ...], Story] = {}
        for (relation, at, first, after), parents in groups.items():
            told = self.questions.story(parents, relation, at, first=first, after=after)
            found.update({(parent, relation, at, first, after): story for parent, story in told.items()})
        return [found[key] for key in keys]

    async def _load_lengths(self, keys: list[LengthKey]) -> list[int | BaseException]:
        return await self.desk.ask(self._read_lengths, keys)

    def _read_lengths(self, keys: list[LengthKey]) -> list[int | BaseException]:
        found: dict[LengthKey, int] = {}
        for relation, at in {(relation, at) for _, relation, at in keys}:
            parents = [parent for parent, *story in keys if story == [relation, at]]
            lengths = self.questions.story_lengths(parents, relation, at)
            found.update({(parent, relation, at): length for parent, length in lengths.items()})
        return [found[key] for key in keys]

    async def _load_leaves(self, indexes: list[int]) -> list[LoadedLeaf | BaseException]:
        def read() -> list[LoadedLeaf | BaseException]:
            encoded = [self.app.ledger.leaf_bytes(index) for index in indexes]
            return [LoadedLeaf(decode_leaf(each), each, leaf_hash(each)) for each in encoded]

        return await self.desk.ask(read)

    async def _load_entries(self, keys: list[PageKey]) -> list[tuple[int, ...] | BaseException]:
        return await self.desk.ask(self._read_entries, keys)

    def _read_entries(self, keys: list[PageKey]) -> list[tuple[int, ...] | BaseException]:
        """As Questions.entries_of, for many nodes in as many reads as one takes."""
        found: dict[PageKey, tuple[int, ...]] = {}
        sources = self.questions.sources
        for at in {at for _, at in keys}:
            nodes = sorted({node for node, each in keys if each == at})
            told = entries_of(sources, nodes, sources.pin(at).moment)
            found.update({(node, at): entries for node, entries in told.items()})
        return [self.sight.seen_entries(list(found[key])) for key in keys]


Info: TypeAlias = strawberry.Info[RequestContext, None]


def moment(asked: MomentInput | None) -> moments.MomentInput:
    """The moment that a client asked for, as questions read it."""
    return moments.NOW if asked is None else moments.MomentInput(asked.valid_at, asked.known_at, asked.known_index)
