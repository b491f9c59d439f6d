"""Keeps a process of the service running: starts it, and starts it again when it ends.

The one idea: its standard input is the service's word to it, and its lifeline: its end, however this process ends, stops the
other. None is ever started twice at a time: each start waits for the end of the one before.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.logs import log
from lineage.settings import PREFIX, Settings

BACKOFF_S_MIN: Final = 0.2
BACKOFF_S_MAX: Final = 10.0
STEADY_S_MIN: Final = 30.0  # one that ran for so long did not fail at its start: the next start is soon again
STOP_S_MAX: Final = 5.0  # the projector stops between two batches, which take a fraction of a second

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class ProcessState:
    """What is known about a process; its supervisor writes it, probes read it."""

    wanted: bool = False
    running: bool = False
    restarts: int = 0
    last_exit: str | None = None
    process: int | None = None
    """Its id, or that of the last one."""


class Supervisor(ABC):
    """Of one process. Used from the event loop; start it in the main thread (the kernel ties the child's life to the thread
    that made it)."""

    def __init__(self, name: str, module: str, environment: Mapping[str, str], state: ProcessState) -> None:
        """`name` is for the log: `the projector`; `module` is what it runs."""
        self._name, self._module, self._environment, self._state = name, module, environment, state
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def _begin(self) -> asyncio.subprocess.Process:
        """Launch it once, with what is to be its standard input."""

    async def _launch(self, stdin: int) -> asyncio.subprocess.Process:
        """Known from here on, so that it is ended however far its start comes."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module, stdin=stdin, env=self._environment
        )
        self._state.process = self._process.pid
        return self._process

    def start(self) -> None:
        """Start it, and again whenever it ends, until `stop`."""
        self._state.wanted = True
        self._task = asyncio.get_running_loop().create_task(self._keep_running(), name=f"supervisor of {self._name}")

    async def stop(self) -> None:
        """End it, and wait until it has."""
        self._state.wanted = False
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_S_MAX):
                await process.wait()
        except TimeoutError:
            log(_log, logging.WARNING, f"{self._name} did not stop; killed", seconds=STOP_S_MAX)
            process.kill()  # nothing is lost: the projector replays what it had not written
            await process.wait()
        self._state.running = False

    async def _keep_running(self) -> None:
        backoff_s = BACKOFF_S_MIN
        while True:
            began = time.monotonic()
            try:
                self._state.last_exit = _in_words(await self._run_once())
            except Exception as error:  # no memory, no files: in a moment there may be some
                log(_log, logging.ERROR, f"{self._name} could not be started", trace=True)
                self._state.last_exit = f"not started: {error!r}"
            self._state.running = False
            if time.monotonic() - began >= STEADY_S_MIN:
                backoff_s = BACKOFF_S_MIN
            log(_log, logging.ERROR, f"{self._name} ended", how=self._state.last_exit, restart_in_s=backoff_s)
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, BACKOFF_S_MAX)
            self._state.restarts += 1

    async def _run_once(self) -> int:
        try:
            process = await self._begin()
        except BaseException:
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            raise
        self._state.running = True
        log(_log, logging.INFO, f"{self._name} started", process=process.pid)
        return await process.wait()


class ProjectorSupervisor(Supervisor):
    """Of the projector: a byte on its standard input wakes it."""

    def __init__(self, settings: Settings, state: ProcessState) -> None:
        super().__init__("the projector", "api.projector_process", environment_of(settings, os.environ), state)

    async def _begin(self) -> asyncio.subprocess.Process:
        return await self._launch(asyncio.subprocess.PIPE)

    def wake(self) -> None:
        """Tell it that there are new entries. Never blocks; a bell that was not heard yet is not rung twice."""
        bell = self._process.stdin if self._process else None
        if bell is not None and not bell.is_closing() and bell.transport.get_write_buffer_size() == 0:
            bell.write(b"\n")


def environment_of(settings: Settings, environ: Mapping[str, str], *more: str) -> dict[str, str]:
    """The system's variables, and of ours what a process needs to know; `more` are names of settings that it needs beside
    these. No key: it lets nobody in."""
    named = {name: getattr(settings, name) for name in ("store", "log_level", "log_format", *more)}
    return {name: value for name, value in environ.items() if not name.startswith(PREFIX)} | {
        PREFIX + "DATA": str(settings.data.absolute()),
        **{PREFIX + name.upper(): str(value) for name, value in named.items() if value is not None},
    }


def _in_words(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
