"""What every part of the service shares: opened once, before the first request, closed after the last.

The one idea: a route, a resolver or a probe gets one frozen `AppContext` and reaches everything through it; there are
no module-level connections, so two services can live in one process (tests do that).
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field

from api.access.doors import Doors, open_doors
from api.access.log import AccessLog
from api.access.refusals import Refusals
from api.bodies import Memory
from api.committing import Commits
from api.dead_letters import DeadLetters
from api.ending import Ending
from api.erasing import Erasing
from api.evidence import Packs
from api.logs import log
from api.metrics import Metrics
from api.observing import observed
from api.signing import Signing, open_signing
from api.tracing import Tracing, open_tracing
from api.vouching import Vouching
from lineage.errors import StoreError
from lineage.ledger import Ledger
from lineage.ledger.keyring import keep_keys_in
from lineage.projector import StateSeen
from lineage.projector.claim import Claimed, claimed
from lineage.query import Questions, Sources
from lineage.settings import Settings
from lineage.store import open_store
from lineage.store.contract import GraphReader
from lineage.verify.bundle import access_origin

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class ProjectorState:
    """What is known about the projector's process; its supervisor writes it, probes read it."""

    wanted: bool = False
    running: bool = False
    restarts: int = 0
    last_exit: str | None = None


@dataclass(frozen=True, slots=True)
class AppContext:
    """The service's parts. `graph`, `seen` and `questions` may be used from any thread, `commit` from coroutines."""

    settings: Settings
    ledger: Ledger
    commit: Commits
    graph: GraphReader
    seen: StateSeen
    questions: Questions
    metrics: Metrics
    dead_letters: DeadLetters
    access_log: AccessLog
    doors: Doors
    signing: Signing
    tracing: Tracing = field(default_factory=Tracing)
    packs: Packs = field(default_factory=Packs)
    vouching: Vouching = field(default_factory=Vouching)
    memory: Memory = field(default_factory=Memory)
    ending: Ending = field(default_factory=Ending)
    projector: ProjectorState = field(default_factory=ProjectorState)
    files: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    """What is to be closed, in reverse order of its opening."""
    readers: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    """The same, for what only reads the projector's files."""
    erasing: Erasing = field(init=False)

    def __post_init__(self) -> None:
        wake = self.commit.wake
        hands = self.doors.keys.hands_behind
        made = Erasing(self.ledger, self.access_log.ledger, self.questions, self.dead_letters, wake, hands)
        object.__setattr__(self, "erasing", made)

    def stop_reading(self) -> None:
        """Let go of the projector's files. Best before the projector ends: SQLite tidies a file up when its last
        connection closes, and only one that may write can."""
        self.readers.close()

    async def close(self) -> None:
        """Finish what is queued for the two logs, then let go of all files."""
        self.erasing.stop()
        await self.commit.close()
        await self.doors.close()
        await self.access_log.close()
        self.signing.close()
        self.stop_reading()
        self.files.close()


def open_context(settings: Settings) -> AppContext:
    """Open the ledger for writing and the graph for reading.

    Raises LedgerError when another service has the same data folder, Conflict when the graph is another ledger's. A
    graph server that cannot be reached now is no reason not to take events: it is logged, `/readyz` says degraded.
    """
    with contextlib.ExitStack() as files, contextlib.ExitStack() as readers:
        keep_keys_in(settings.data, settings.keyring)
        ledger = Ledger.open(settings.ledger_path)
        files.callback(ledger.close)
        access = Ledger.open(settings.access_path, origin=access_origin(ledger.origin))
        files.callback(access.close)
        try:
            # As a writer for a moment: makes the graph if there is none, and refuses one that is another ledger's.
            with claimed(settings.data), contextlib.closing(open_store(settings.store, settings.data)) as writer:
                writer.bind(ledger.origin)
        except Claimed:
            log(_log, logging.INFO, "another process makes the graph now; the projector waits for it")
        except StoreError as error:
            if not error.retryable:
                raise
            log(_log, logging.WARNING, "the graph cannot be reached; events are taken all the same", error=str(error))
        metrics, access_log = Metrics(), AccessLog(access)
        doors = open_doors(settings, Refusals(access_log, metrics.denied))
        files.callback(doors.keys.close)
        signing = open_signing(settings, (ledger, access))
        files.callback(signing.close)
        tracing = open_tracing(settings.traces_url)
        files.callback(tracing.close)
        graph = observed(open_store(settings.store, settings.data, read_only=True), metrics, tracing)
        readers.callback(graph.close)
        seen = StateSeen(settings.state_path)
        readers.callback(seen.close)
        questions = Questions(Sources(graph=graph, seen=seen, ledger=ledger, rebuild_to=seen.rebuild_to))
        return AppContext(
            settings,
            ledger,
            Commits(ledger, metrics.commit_failures),
            graph,
            seen,
            questions,
            metrics,
            DeadLetters(ledger),
            access_log,
            doors,
            signing,
            tracing,
            files=files.pop_all(),
            readers=readers.pop_all(),
        )
