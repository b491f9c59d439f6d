"""A GraphQL endpoint over a hand-made graph and a real ledger, without a projector: what these tests ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from api import graphql
from api.access.doors import open_doors
from api.access.log import AccessLog
from api.access.refusals import Refusals
from api.committing import Commits
from api.context import AppContext
from api.dead_letters import DeadLetters
from api.gate import PRINCIPAL
from api.metrics import Metrics
from api.observing import observed
from api.signing import open_signing
from api.tracing import Tracing
from lineage.access.principal import ANONYMOUS, Principal
from lineage.ledger import Draft, Ledger
from lineage.query import Questions
from lineage.settings import Settings
from lineage.verify.bundle import access_origin
from tests.query.graph import Graph, graph


@dataclass(frozen=True)
class Asking:
    """The gate's part: says who asks."""

    app: ASGIApp
    principal: Principal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[PRINCIPAL] = self.principal
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Endpoint:
    """The endpoint, what is behind it, and short ways to ask."""

    client: TestClient
    context: AppContext
    graph: Graph

    def ask(self, document: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def answer(self, document: str, **variables: Any) -> Any:
        """The whole answer."""
        told = self.client.post("/graphql", json={"query": document, "variables": variables})
        assert told.status_code == 200, told.text
        return told.json()

    def refused(self, document: str, **variables: Any) -> dict[str, Any]:
        """The extensions of an answer's first error."""
        extensions: dict[str, Any] = self.answer(document, **variables)["errors"][0]["extensions"]
        return extensions


def context_over(
    folder: Path,
    text: str,
    *,
    tracing: Tracing | None = None,
    trusted_documents: Path | None = None,
    **options: Any,
) -> tuple[AppContext, Graph]:
    """`text` as tests/query/graph.py reads it; the ledger holds one entry for each line."""
    made = graph(text, **options)
    ledger = Ledger.open(folder / "ledger.sqlite")
    ledger.append([Draft("ol.event", {"norm": b"{}"}) for _ in range(made.store.applied())])
    access = Ledger.open(folder / "access.sqlite", origin=access_origin(ledger.origin))
    metrics = Metrics()
    access_log = AccessLog(access)
    commits = Commits(ledger, metrics.commit_failures)
    settings = Settings(data=folder, trusted_documents=trusted_documents)
    tracing = tracing or Tracing()
    store = observed(made.store, metrics, tracing)
    context = AppContext(
        settings=settings,
        ledger=ledger,
        graph=store,
        seen=made.seen,
        questions=Questions(replace(made.questions.sources, graph=store)),
        metrics=metrics,
        dead_letters=DeadLetters(ledger),
        access_log=access_log,
        signing=open_signing(settings, (ledger, access)),
        tracing=tracing,
        commit=commits,
        doors=open_doors(settings, Refusals(access_log, metrics.denied)),
    )
    context.files.callback(ledger.close)
    context.files.callback(access.close)
    context.files.callback(context.signing.close)
    return context, made


@contextmanager
def endpoint(folder: Path, text: str, *, principal: Principal = ANONYMOUS, **options: Any) -> Iterator[Endpoint]:
    """The endpoint alone, without the service around it, as `principal` asks it."""
    context, made = context_over(folder, text, **options)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> Any:
        yield
        await context.close()

    app = FastAPI(lifespan=lifespan)
    app.include_router(graphql.router(context))
    app.add_middleware(Asking, principal=principal)
    with TestClient(app) as client:
        yield Endpoint(client, context, made)
