"""What every part of the service shares: opened once, before the first request, closed after the last.

The one idea: a route, a resolver or a probe gets one frozen `AppContext` and reaches everything through it; there are
no module-level connections, so two services can live in one process (tests do that). What only reads is content with
the half of it that writes nothing, a `ReadContext`, which another process can have as well (api/answering_process.py).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from api.access.doors import Doors, open_doors
from api.access.log import AccessLog, ReadLog
from api.access.refusals import Refusals
from api.answering import Answering
from api.bodies import Memory
from api.committing import Commits
from api.dead_letters import DeadLetters
from api.ending import Ending
from api.erasing import Erasing
from api.evidence import Packs
from api.kept_heads import open_kept_heads
from api.logs import log
from api.metrics import Counting, Metrics
from api.observing import observed
from api.signing import Signing, open_signing
from api.supervisor import ProcessState
from api.tracing import Tracing, open_tracing
from api.vouching import Heads, Vouching
from lineage.access.pseudonyms import Pseudonyms
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContext:
    """What it takes to answer questions about the graph. All of it may be used from any thread."""

    settings: Settings
    ledger: Ledger
    graph: GraphReader
    seen: StateSeen
    questions: Questions
    metrics: Counting
    dead_letters: DeadLetters
    access_log: ReadLog
    signing: Heads
    tracing: Tracing = field(default_factory=Tracing)
    vouching: Vouching = field(default_factory=Vouching)
    pseudonyms: Pseudonyms = field(default_factory=Pseudonyms)
    answering: Answering = field(default_factory=Answering)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext(ReadContext):
    """The service's parts. `commit` and `answering` may be used from coroutines, all others from any thread."""

    commit: Commits
    metrics: Metrics
    access_log: AccessLog
    doors: Doors
    signing: Signing
    packs: Packs = field(default_factory=Packs)
    memory: Memory = field(default_factory=Memory)
    ending: Ending = field(default_factory=Ending)
    projector: ProcessState = field(default_factory=ProcessState)
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

    async def stop_reading(self) -> None:
        """Let go of the projector's files, here and in the process for long questions. Best before the projector ends:
        SQLite tidies a file up when its last connection closes, and only one that may write can."""
        await self.answering.stop()
        self.readers.close()

    async def close(self) -> None:
        """Finish what is queued for the two logs, then let go of all files."""
        self.erasing.stop()
        await self.commit.close()
        await self.doors.close()
        await self.access_log.close()
        self.signing.close()
        await self.stop_reading()
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
        graph, seen, questions = _open_graph(settings, ledger, metrics, tracing, readers)
        return AppContext(
            settings=settings,
            ledger=ledger,
            graph=graph,
            seen=seen,
            questions=questions,
            metrics=metrics,
            dead_letters=DeadLetters(ledger),
            access_log=access_log,
            signing=signing,
            tracing=tracing,
            commit=Commits(ledger, metrics.commit_failures),
            doors=doors,
            files=files.pop_all(),
            readers=readers.pop_all(),
        )


@contextlib.contextmanager
def open_read_context(
    settings: Settings, metrics: Counting, access_log: ReadLog, pseudonyms: Pseudonyms
) -> Iterator[ReadContext]:
    """The same data folder beside the service that writes it. NotFound when there is none yet."""
    with contextlib.ExitStack() as files:
        ledger = files.enter_context(Ledger.open(settings.ledger_path, read_only=True))
        signing = files.enter_context(contextlib.closing(open_kept_heads(settings, ledger.origin)))
        tracing = files.enter_context(contextlib.closing(open_tracing(settings.traces_url)))
        graph, seen, questions = _open_graph(settings, ledger, metrics, tracing, files)
        yield ReadContext(
            settings=settings,
            ledger=ledger,
            graph=graph,
            seen=seen,
            questions=questions,
            metrics=metrics,
            dead_letters=DeadLetters(ledger),
            access_log=access_log,
            signing=signing,
            tracing=tracing,
            pseudonyms=pseudonyms,
        )


def _open_graph(
    settings: Settings, ledger: Ledger, metrics: Counting, tracing: Tracing, files: contextlib.ExitStack
) -> tuple[GraphReader, StateSeen, Questions]:
    graph = observed(open_store(settings.store, settings.data, read_only=True), metrics, tracing)
    files.callback(graph.close)
    seen = StateSeen(settings.state_path)
    files.callback(seen.close)
    return graph, seen, Questions(Sources(graph=graph, seen=seen, ledger=ledger, rebuild_to=seen.rebuild_to))
