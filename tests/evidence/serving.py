"""The lender's record behind the whole application, asked over HTTP in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api.app import create_app
from api.context import AppContext, open_context
from lineage.settings import Settings
from tests.evidence.company import company


@dataclass
class Service:
    """The application, and short ways to ask it."""

    client: TestClient
    context: AppContext
    key: str = ""

    def answer(self, document: str, **variables: Any) -> Any:
        """The whole answer."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        told = self.client.post("/graphql", json={"query": document, "variables": variables}, headers=headers)
        return told.json()

    def ask(self, document: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def code(self, document: str, **variables: Any) -> str:
        """The code of an answer's first error."""
        return str(self.answer(document, **variables)["errors"][0]["extensions"]["code"])


@contextmanager
def serving(folder: Path, *steps: tuple[str, Any], **settings: Any) -> Iterator[Service]:
    """The company's data folder, made and closed, then opened by a service without a projector."""
    with company(folder, *steps):
        pass
    context = open_context(Settings(data=folder, **settings))
    with TestClient(create_app(context), base_url="http://127.0.0.1:8765") as client:
        yield Service(client, context)
        client.portal.call(context.close)  # type: ignore[union-attr]
