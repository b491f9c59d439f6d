"""POST /api/v1/mlflow/webhook: MLflow says that something in its registry changed, and the service goes and looks.

The one idea: a webhook is a knock, not a message. Whatever it says, one visit collects all that is new from the server
in the settings; webhooks that come meanwhile make one more visit after it. So a lost, doubled or invented webhook can
only make the service look too late, or once too often. Its signature is its key: MLflow sends no other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import Future
from typing import Final

from fastapi import APIRouter, Request, Response

from api.accepting import Sender, accept
from api.bodies import receive_body
from api.context import AppContext
from api.logs import log
from api.problems import Unauthorised
from collectors.mlflow.webhook import is_genuine
from lineage.errors import HeadwaterError
from lineage.ledger import Receipt

PATH: Final = "/api/v1/mlflow/webhook"
STATE: Final = "mlflow.state"
"""File in the data folder: what the last visit saw."""
BODY_BYTES_MAX: Final = 1 << 20  # a webhook's body is below one kB
EVENTS_AT_ONCE: Final = 200  # some MB in flight between the visit's thread and the ledger
SETTLE_S: Final = 1.0  # registering a model and setting its alias are several webhooks within a second
STOP_S_MAX: Final = 5.0
_SENDER: Final = Sender("mlflow-webhook", "signature")
_log = logging.getLogger(__name__)


class Knocks:
    """At most one visit at a time, and one more after it if somebody knocked meanwhile."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._again = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def knock(self) -> None:
        """Something changed: look soon."""
        self._again.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._visits())

    async def close(self) -> None:
        """Let a visit end that is under way, but not for long: whatever it did not tell, the next one does."""
        self._stopping = True
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=STOP_S_MAX)
            self._task.cancel()

    async def _visits(self) -> None:
        while self._again.is_set() and not self._stopping:
            await asyncio.sleep(SETTLE_S)  # no race is hidden by it: it only gathers knocks
            self._again.clear()
            try:
                count = await asyncio.to_thread(self._visit, asyncio.get_running_loop())
                log(_log, logging.INFO, "collected from MLflow", events=count)
            except HeadwaterError as error:
                log(_log, logging.WARNING, "MLflow could not be collected", code=error.code, error=error.message)
            except Exception:
                log(_log, logging.ERROR, "collecting from MLflow failed", trace=True)

    def _visit(self, loop: asyncio.AbstractEventLoop) -> int:
        """In a thread of its own: reads the server and appends what is new."""
        from api.cli.delivery import Lines
        from collectors.findings import Finding
        from collectors.mlflow.collecting import MlflowVisit
        from collectors.mlflow.server import MlflowServer
        from collectors.visits import Visits

        settings = self._context.settings
        assert settings.mlflow_url is not None, "the address is there only with it"
        visits = Visits.open(settings.data / STATE, "mlflow")
        server = MlflowServer.at(settings.mlflow_url)
        lines, batch, count = Lines(), list[bytes](), 0
        try:
            for told in MlflowVisit(server, server.namespace, visits, time.time_ns() // 1_000).events():
                if self._stopping:
                    return count
                if not isinstance(told, Finding):
                    batch.append(lines.line(told))
                    count += 1
                if len(batch) >= EVENTS_AT_ONCE:
                    self._append(loop, batch)
                    batch = []
            self._append(loop, batch)
        finally:
            server.close()
        visits.keep()
        return count

    def _append(self, loop: asyncio.AbstractEventLoop, batch: list[bytes]) -> None:
        now_us = time.time_ns() // 1_000
        drafts = [accept(line, line, _SENDER, now_us).draft for line in batch]
        appended: Future[list[Receipt]] = asyncio.run_coroutine_threadsafe(
            self._context.commit.append_all(drafts), loop
        )
        appended.result()


def router(context: AppContext, knocks: Knocks) -> APIRouter:
    """The address, where MLflow's own address and the webhook's secret are set; else there is none."""
    routes = APIRouter()
    secret = context.settings.mlflow_webhook_secret
    if secret is None or context.settings.mlflow_url is None:
        return routes

    @routes.post(
        PATH, status_code=202, summary="MLflow's webhook", tags=["collecting"],
        responses={401: {"description": "Not signed with the secret in the settings, or too old."}},
    )  # fmt: skip
    async def webhook(request: Request) -> Response:
        """Looks at the tracking server soon, whatever the body says."""
        with context.memory.lease() as lease:
            length = request.headers.get("content-length")
            body = await receive_body(request.receive, length, lease, bytes_max=BODY_BYTES_MAX)
            if not is_genuine(request.headers, bytes(body), secret, time.time()):
                raise Unauthorised(
                    "This is no webhook of the MLflow server that is known here. Give both the same secret."
                )
        knocks.knock()
        return Response(status_code=202)

    return routes
