"""The company of company.py in a running service, with keys for those who see it all and for those who do not."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from collectors.openlineage import read
from collectors.sql.columns import read_columns
from lineage.access.key_file import Keys, new_key
from lineage.access.keys import Rights
from lineage.access.principal import Scope
from lineage.projector.follow import rebuild
from tests.api.conftest import Answer, Service, Start
from tests.permission import company
from tests.permission.company import MARKER, OTHER, OWN, TAG, THIRD

ROOT_KEY = "a key for those who see everything"
SCOPES = frozenset(Scope)


@dataclass(frozen=True)
class Company:
    """The running service, asked with one key or another."""

    service: Service
    limited: str
    counting: str

    def ask(self, document: str, key: str, variables: dict[str, Any] | None = None) -> Answer:
        body = json.dumps({"query": document, "variables": variables or {}})
        return self.service.request("POST", "/graphql", body, _with(key, {"Content-Type": "application/json"}))

    def get(self, path: str, key: str) -> Answer:
        return self.service.request("GET", path, None, _with(key, {}))


def _with(key: str, headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Authorization": f"Bearer {key}"}


@pytest.fixture
def told(start: Start) -> Iterator[Company]:
    """The company's events and statements in a service's graph, and a key for the principal."""
    service = start(api_key=ROOT_KEY)
    data = service.context.settings.data
    everybody = Company(service, ROOT_KEY, ROOT_KEY)
    headers = _with(ROOT_KEY, {"Content-Type": "application/json"})
    assert service.request("POST", "/api/v1/lineage", company.body(), headers).status == 201
    assert service.request("POST", "/api/v1/lineage", f'{{"{MARKER}": garbage'.encode(), headers).status == 201
    project(service)
    for name, given in company.STATEMENTS:
        kind = {"addAlias": "AddAliasInput", "stateFact": "StateFactInput", "distrustRuns": "DistrustInput"}[name]
        document = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ index }} }}"
        answer = everybody.ask(document, ROOT_KEY, {"i": given})
        assert "errors" not in answer.json, answer.json
    project(service)
    keys = service.context.doors.keys
    assert isinstance(keys, Keys)
    rights = [Rights(SCOPES, (OWN,), frozenset({TAG}), counts) for counts in (False, True)]
    now_us = time.time_ns() // 1000
    made = [new_key("analyst", each, by="test", now_us=now_us) for each in rights]
    others = new_key(f"{MARKER} team", Rights(SCOPES, (OTHER, THIRD)), by="test", now_us=now_us)
    for key, token in (*made, others):
        keys.keep(key, token)
    # What others read is on record, with the names that they asked for.
    search = "query($q: String!) { search(query: $q) { nodes { id name } } }"
    assert MARKER in str(everybody.ask(search, others[1], {"q": f"{MARKER}in"}).json)
    yield Company(service, *(token for _, token in made))
    assert data.exists()


def project(service: Service) -> None:
    settings = service.context.settings
    rebuild(settings.data, settings.store, read, analyse=read_columns)


def hidden_words() -> list[str]:
    """What must not be in any answer."""
    return [MARKER, *sorted(company.hidden_ids())]


def leaks(answer: Answer) -> list[str]:
    """Every marker and every id of something hidden in an answer, its headers and what is in base64 in it, with a
    little of what is around it."""
    texts = [answer.body.decode(), json.dumps(answer.headers), *encoded_in(answer)]
    words = hidden_words()
    return [text[max(0, at - 80) : at + 80] for text in texts for word in words if (at := text.lower().find(word)) >= 0]


def encoded_in(answer: Answer) -> Iterator[str]:
    """Cursors, leaves, parts: what is written in base64."""
    for found in re.findall(rb'"([A-Za-z0-9+/_-]{16,}={0,2})"', answer.body):
        with contextlib.suppress(ValueError):
            yield base64.b64decode(found.translate(bytes.maketrans(b"-_", b"+/")) + b"==").decode("latin-1")
