"""Long questions answered: `python -m api.answering_process`, started by the service, on whose files it only reads.

The one idea: it answers as the service would, with the same schema and routes over the same graph; what an answer took (what it
showed, how long that took) goes back with it, for the record has one writer. Its standard input is a socket from the
service, and its lifeline. Settings come by environment, as the projector's.
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
from dataclasses import replace

from starlette.requests import Request
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from api import rest
from api.access.asking import made_scope
from api.context import ReadContext, open_read_context
from api.graphql.context import RequestContext
from api.graphql.desk import Desk
from api.graphql.encoding import encoded
from api.graphql.errors import OfTheService
from api.graphql.journal import Journal
from api.graphql.schema import schema
from api.lifeline import end_with_parent
from api.logs import configure, log
from api.messages import BUFFER_BYTES, receive, send
from api.questions import HELLO, Address, Answer, Operation, Query, Question, StoreRead, Taken
from lineage.access.pseudonyms import Pseudonyms
from lineage.access.reads import Read
from lineage.errors import HeadwaterError
from lineage.settings import Settings

_log = logging.getLogger(__name__)
_taken: ContextVar[Taken] = ContextVar("taken")


class Notes:
    """A ReadLog and a Counting that keep what is told for the answer in the making, wherever it is told from."""

    def require_room(self) -> None:
        """The service looked before it asked."""

    def note(self, read: Read) -> None:
        """As ReadLog."""
        _taken.get().reads.append(read)

    def operation(self, name: str | None, outcome: str, seconds: float | None) -> None:
        """As Counting."""
        _taken.get().operations.append(Operation(name, outcome))

    def store_read(self, name: str, seconds: float) -> None:
        """As Counting."""
        _taken.get().store_reads.append(StoreRead(name, seconds))


class Answerer:
    """Answers questions. One for the process."""

    def __init__(self, context: ReadContext) -> None:
        self._context, self._desk, self._journal = context, Desk(), Journal(context.ledger)
        self._addresses = rest.Addresses(rest.router(context))

    async def answer(self, question: Question) -> Answer:
        """Never raises what is the question's fault."""
        taken = Taken()
        _taken.set(taken)
        if isinstance(question, Address):
            return await self._addresses.answer(question, taken)
        return await self._execute(question, taken)

    async def _execute(self, question: Query, taken: Taken) -> Answer:
        if not schema.long_questions.belongs(question.query, question.operation_name, question.variables):
            return Answer(declined=True)
        context = RequestContext(self._context, self._desk, self._journal)
        scope = made_scope(question.principal, question.request, "POST", b"/graphql", headers=list(question.headers))
        context.request = Request(scope)
        try:
            result = await schema.execute(
                question.query,
                variable_values=question.variables,
                context_value=context,
                operation_name=question.operation_name,
                allowed_operation_types={OperationType.QUERY},
            )
        except (InvalidOperationTypeError, CannotGetOperationTypeError):
            return Answer(declined=True)
        if any(isinstance(error.original_error, OfTheService) for error in result.errors or ()):
            return Answer(declined=True)
        return Answer(
            () if result.data is None else tuple(await encoded(result.data)),
            tuple(error.formatted for error in result.errors or ()),
            result.extensions,
            taken,
        )

    def close(self) -> None:
        """Let go of its threads."""
        self._desk.close()


async def serve(settings: Settings) -> None:
    """Answer what is asked over standard input until it ends."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=os.dup(0)), limit=BUFFER_BYTES)
    _, key, _ = await receive(reader)
    with open_read_context(settings, Notes(), Notes(), Pseudonyms(key)) as context:
        answerer, sending, tasks = Answerer(context), asyncio.Lock(), set[asyncio.Task[None]]()

        async def answer(number: int, question: Question) -> None:
            try:
                told = await answerer.answer(question)
            except Exception:
                log(_log, logging.ERROR, "a long question failed; the service answers it by itself", trace=True)
                told = Answer(declined=True)
            with contextlib.suppress(OSError):  # the service is gone
                async with sending:
                    await send(writer, number, replace(told, data=()), told.data)

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, reader.feed_eof)  # as if the service had ended
        gc.collect()
        gc.freeze()  # what is here now stays, as in the service
        try:
            await send(writer, HELLO, None)
            while True:
                number, question, _ = await receive(reader)
                task = asyncio.create_task(answer(number, question))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
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


if __name__ == "__main__":
    sys.exit(main())
