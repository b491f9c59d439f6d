"""Whose turn it is, where few can be served at once.

The one idea: of all who wait, everybody has one turn before anybody has a second; so whoever asks for much waits for
itself, and whoever asks for a little waits for those that are being served.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """So many places, for callers told apart by name. Used from one event loop."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, caller: str) -> AsyncIterator[None]:
        """A place, as long as this lasts."""
        if self._free:
            self._free -= 1  # nobody waits while a place is free
        else:
            await self._wait(caller)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, caller: str) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        theirs = self._waiting.setdefault(caller, deque())
        theirs.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():  # the place had been given already
                self._pass_on()
            elif mine in theirs:
                theirs.remove(mine)
                if not theirs:
                    del self._waiting[caller]
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            caller, theirs = self._waiting.popitem(last=False)
            following = theirs.popleft()
            if theirs:
                self._waiting[caller] = theirs
            if not following.cancelled():  # else it leaves at this moment
                following.set_result(None)
                return
        self._free += 1
