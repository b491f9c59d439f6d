"""What happens, entry by entry, for all who wait for it: one look for everybody, and nothing kept for anybody.

The one idea: a subscriber has a position in the ledger and nothing else. It asks for what came after, waits while there is
nothing, and moves on; so a slow one holds up nobody, one that comes back goes on where it was, and none is lost in
between. The news of an entry is worked out once and kept for a while, because most who wait are at the same place.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Final

from api.accepting import NORM
from api.context import ReadContext
from api.graphql.desk import Desk, PatientDesk
from api.logs import log
from collectors.openlineage import read
from lineage.errors import HeadwaterError, InputError, Overloaded
from lineage.query.news import News, news_of

POLL_S: Final = 0.25  # a person does not notice, and four small reads a second are nothing
SUBSCRIPTIONS_MAX: Final = 1_000  # each is a task and a connection's share: some 50 kB
ENTRIES_AT_ONCE: Final = 50  # read for one subscriber before the next has its turn: some 20 ms
KEPT: Final = 2_000  # entries whose news is kept: what comes in some seconds, for those who are a little behind
RETRY_AFTER_S: Final = 30.0
EVENT_KIND: Final = "ol.event"

_log = logging.getLogger(__name__)


class Feed:
    """The news of one service, used from its event loop."""

    def __init__(self, context: ReadContext, desk: Desk) -> None:
        self._context = context
        self.desk = PatientDesk(desk)
        """Where subscribers ask."""
        self._subscribed = 0
        self._sizes = (0, 0)
        self._moved = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._kept: OrderedDict[int, News] = OrderedDict()
        self._reading = asyncio.Lock()
        self._closed = False

    @contextlib.asynccontextmanager
    async def subscribed(self) -> AsyncIterator[None]:
        """A place among the subscribers. Overloaded when all are taken."""
        if self._subscribed >= SUBSCRIPTIONS_MAX:
            message = f"{SUBSCRIPTIONS_MAX} subscriptions are open already. End some, or try again later."
            raise Overloaded(message, retry_after_s=RETRY_AFTER_S)
        self._subscribed += 1
        try:
            if self._watching is None:
                self._watching = asyncio.create_task(self._watch())
            self._found(await self.desk.ask(self._look))  # where "from now on" begins, for this one
            yield
        finally:
            self._subscribed -= 1
            if self._subscribed == 0 and self._watching is not None:
                self._watching.cancel()
                self._watching = None

    @property
    def sizes(self) -> tuple[int, int]:
        """How many entries the graph and the ledger hold, as of the last look."""
        return self._sizes

    async def moved(self, sizes: tuple[int, int]) -> bool:
        """Wait until they are others. False: the service ends."""
        while self._sizes == sizes and not self._closed:
            await self._moved.wait()
        return not self._closed

    async def beyond(self, size: int) -> bool:
        """Wait until the graph holds more entries than that. False: the service ends."""
        while self._sizes[0] <= size and not self._closed:
            await self._moved.wait()
        return not self._closed

    async def news(self, begin: int, end: int) -> list[News]:
        """What came with the entries from `begin` on, in order; at most ENTRIES_AT_ONCE of them, and none beyond `end`."""
        end = min(end, begin + ENTRIES_AT_ONCE)
        async with self._reading:  # the first of those at one place reads, the others find it
            missing = [index for index in range(begin, end) if index not in self._kept]
            if missing:
                for news in await self.desk.ask(self._read, missing):
                    self._kept[news.index] = news
            found = [self._kept[index] for index in range(begin, end)]
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    @property
    def closed(self) -> bool:
        """Whether the service stops. A subscription that ends then has not come to its end: its client is to come back."""
        return self._closed

    def close(self) -> None:
        """Let every subscription end."""
        self._closed = True
        self._moved.set()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                sizes = await self.desk.ask(self._look)
            except HeadwaterError as error:  # a store that is away: it is asked again, and nothing is missed
                log(_log, logging.DEBUG, "the graph cannot be looked at", error=error.message)
                continue
            self._found(sizes)

    def _found(self, sizes: tuple[int, int]) -> None:
        if sizes != self._sizes:
            self._sizes = sizes
            self._moved.set()
            self._moved = asyncio.Event()

    def _look(self) -> tuple[int, int]:
        graph_size = self._context.graph.applied()
        return graph_size, max(self._context.ledger.size(), graph_size)

    def _read(self, indexes: list[int]) -> list[News]:
        return [self._news(index) for index in indexes]

    def _news(self, index: int) -> News:
        ledger = self._context.ledger
        norm = ledger.part(index, NORM) if ledger.leaf(index).kind == EVENT_KIND else None
        if norm is None:  # a statement, a dead letter, or erased
            return News(index)
        try:
            return news_of(self._context.questions.sources, read(norm, index))
        except InputError:  # set aside by the projector, too: /readyz and the log tell
            return News(index)
