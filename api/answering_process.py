"""Long questions answered: `python -m api.answering_process`, started by the service, on whose files it only reads.

The one idea: it answers as the service would, with the same schema over the same graph; what an answer took (what it showed, how
long that took) goes back with it, for the record has one writer. Its standard input is a socket from the service, and its
lifeline. Settings come by environment, as the projector's.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from contextvars import ContextVar
from typing import Any, Final

from starlette.requests import Request
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from api.access.asking import PRINCIPAL, REQUEST
from api.answering import HELLO, Answer, Question, Taken
from api.child import end_with_parent
from api.context import Reading, open_reading
from api.frames import BUFFER_BYTES, receive, send
from api.graphql.context import RequestContext
from api.graphql.desk import Desk
from api.graphql.documents import Documents
from api.graphql.encoding import encoded
from api.graphql.journal import Journal
from api.graphql.schema import clients_names, schema
from api.logs import configure, log
from api.operation_names import OperationNames
from lineage.access.reads import Read
from lineage.access.veil import PSEUDONYMS
from lineage.errors import HeadwaterError
from lineage.settings import Settings

AT_ONCE_MAX: Final = 4  # answers in the making: each takes some 50 MB when it is long
_log = logging.getLogger(__name__)
_taken: ContextVar[Taken] = ContextVar("taken")


class Notes:
    """A ReadLog and a Counting that keep what is told for the answer in the making, wherever it is told from."""

    def __init__(self) -> None:
        self.operation_names = OperationNames(_nobody_counts)

    def require_room(self) -> None:
        """The service looked before it asked."""

    def note(self, read: Read) -> None:
        """As ReadLog."""
        _taken.get().reads.append(read)

    def operation(self, label: str, outcome: str, seconds: float | None) -> None:
        """As Counting."""
        _taken.get().operations.append((label, outcome, seconds))

    def store_read(self, name: str, seconds: float) -> None:
        """As Counting."""
        _taken.get().store_reads.append((name, seconds))


class Answerer:
    """Answers questions. One for the process."""

    def __init__(self, reading: Reading) -> None:
        self._reading, self._desk, self._journal = reading, Desk(), Journal(reading.ledger)
        self._places = asyncio.Semaphore(AT_ONCE_MAX)

    async def answer(self, question: Question) -> Answer:
        """Never raises what is the question's fault."""
        async with self._places:
            taken = Taken()
            _taken.set(taken)
            if not schema.long.belongs(question.query, question.operation_name, question.variables):
                return Answer(declined=True)
            context = RequestContext(self._reading, self._desk, self._journal)
            context.request = _request(question)
            try:
                result = await schema.execute(
                    question.query,
                    variable_values=question.variables,
                    context_value=context,
                    operation_name=question.operation_name,
                    allowed_operation_types={OperationType.QUERY},
                    operation_extensions=question.extensions,
                )
            except (InvalidOperationTypeError, CannotGetOperationTypeError):
                return Answer(declined=True)
            return Answer(
                None if result.data is None else tuple(await encoded(result.data)),
                tuple(error.formatted for error in result.errors or ()),
                result.extensions,
                taken,
            )

    def close(self) -> None:
        """Let go of its threads."""
        self._desk.close()


async def serve(settings: Settings) -> None:
    """Answer what is asked over standard input until it ends."""
    notes = Notes()
    notes.operation_names.know(Documents.of(settings.trusted_documents), clients_names())
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=os.dup(0)), limit=BUFFER_BYTES)
    _, PSEUDONYMS.key, _ = await receive(reader)
    with open_reading(settings, notes, notes) as reading:
        answerer, sending, tasks = Answerer(reading), asyncio.Lock(), set[asyncio.Task[None]]()

        async def answer(number: int, question: Question) -> None:
            try:
                told = await answerer.answer(question)
            except Exception:
                log(_log, logging.ERROR, "a long question failed; the service answers it by itself", trace=True)
                told = Answer(declined=True)
            with contextlib.suppress(OSError):  # the service is gone
                async with sending:
                    await send(writer, number, told.sent_apart(), told.data or ())

        gc.collect()
        gc.freeze()
        await send(writer, HELLO, None)
        try:
            while True:
                number, question, _ = await receive(reader)
                task = asyncio.create_task(answer(number, question))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        except (asyncio.IncompleteReadError, OSError):
            answerer.close()


def main() -> int:
    """Exit status 0: the service ended; 1: an error, which the log has."""
    settings = Settings.from_environment(os.environ)
    configure(settings.log_level, settings.log_format)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the service says when
    end_with_parent()
    try:
        asyncio.run(serve(settings))
    except HeadwaterError as error:
        log(_log, logging.ERROR, "long questions cannot be answered apart", code=error.code, error=error.message)
        return 1
    return 0


def _request(question: Question) -> Request:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": list(question.headers),
        PRINCIPAL: question.principal,
        REQUEST: question.request,
    }
    return Request(scope)


def _nobody_counts(_label: str) -> None:
    """Labels are counted by the service."""


if __name__ == "__main__":
    sys.exit(main())
