"""The company's service beside a process that answers long questions, and what it puts on record and counts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api import answering
from api.graphql.long_questions import LongQuestions
from api.questions import Answer
from lineage.access.history import Wanted, history
from tests.permission.serving import ROOT_KEY, Company
from tests.waiting import until as _until

OWN = frozenset({"date", "x-request-id"})
READY_S_MAX = 60  # it has to be started, on a busy machine
until = partial(_until, wait_s=READY_S_MAX)


class Apart:
    """The company's service with such a process, which can be asked or not."""

    def __init__(self, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
        self.company, self._monkeypatch = company, monkeypatch
        self.context = company.service.context
        self.answers: list[Answer | None] = []
        self._is_asked = True
        ask = self.context.answering.ask

        async def noted(question: Any) -> Answer | None:
            if not self._is_asked:
                return None
            answer = await ask(question)
            self.answers.append(answer)
            return answer

        monkeypatch.setattr(self.context.answering, "ask", noted)

    def go(self, *, apart: bool) -> None:
        """From now on all questions are long and the process is asked, or neither."""
        self._is_asked = apart
        self._monkeypatch.setattr(LongQuestions, "is_long", lambda *_: apart)

    def ask(self, query: str, variables: dict[str, Any] | None = None, key: str = ROOT_KEY) -> tuple[int, Any]:
        answer = self.company.ask(query, key, variables)
        return answer.status, answer.json

    def get(self, path: str, key: str = ROOT_KEY) -> tuple[int, dict[str, str], bytes]:
        """(status, headers without those of this very answer, body)."""
        answer = self.company.get(path, key)
        return answer.status, {name: each for name, each in answer.headers.items() if name not in OWN}, answer.body

    def process(self) -> int:
        """Its number."""
        process = self.context.answering.state.process
        assert process is not None
        return process


@pytest.fixture
def apart(told: Company, monkeypatch: pytest.MonkeyPatch) -> Iterator[Apart]:
    """With the process ready."""
    monkeypatch.setattr(answering, "START_AFTER_S", 0.0)
    loop, context = told.service.loop, told.service.context
    assert loop is not None
    loop.call_soon_threadsafe(context.answering.offer, context.settings, context.pseudonyms)
    until(lambda: context.answering.ready)
    yield Apart(told, monkeypatch)


def reads(apart: Apart, count: int) -> list[tuple[object, ...]]:
    """What the last `count` entries of the access log say of what was read."""
    log = apart.context.access_log
    until(lambda: log.waiting == 0)
    accounts = history(log.ledger, Wanted(None, frozenset(), None, None, frozenset()), first=count, before=None).accounts
    return [
        (a.actor, a.auth, a.kind, a.operation, a.document_hash, a.variables, a.purpose, a.decision, a.object_count)
        for a in accounts
    ]


def counted(apart: Apart, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a figure, by their labels."""
    text = apart.company.service.request("GET", "/metrics").body.decode()
    families = {each.name: each for each in text_string_to_metric_families(text)}
    return {tuple(s.labels.values()): s.value for s in families[name].samples if s.name.endswith(("_total", "_count"))}
