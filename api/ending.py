"""What is told before the service lets go of its connections.

The one idea: a connection that lasts has no end of its own, so a service that stops has to say so, or it waits for clients
that wait for it. Whoever keeps such connections registers one farewell; all of them are told at once, and none is waited for
longer than a moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from api.logs import log

FAREWELL_S_MAX: Final = 2.0  # who reads hears it in a millisecond; who does not is cut off

Farewell = Callable[[], Awaitable[None]]

_log = logging.getLogger(__name__)


class Ending:
    """The end of one service, used from its event loop."""

    def __init__(self) -> None:
        self._farewells: list[Farewell] = []

    def expect(self, farewell: Farewell) -> None:
        """Have `farewell` called when the service stops: after it took its last connection, before it closes any."""
        self._farewells.append(farewell)

    async def begin(self) -> None:
        """Tell all of them. A farewell that fails or takes too long keeps nobody from stopping."""
        tasks = [asyncio.ensure_future(farewell()) for farewell in self._farewells]
        if not tasks:
            return
        told, late = await asyncio.wait(tasks, timeout=FAREWELL_S_MAX)
        for task in late:
            task.cancel()
        for task in told:
            if not task.cancelled() and (error := task.exception()) is not None:
                log(_log, logging.WARNING, "a connection could not be told that the service stops", error=repr(error))
