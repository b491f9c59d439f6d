"""What a limited principal hears: news of what exists for it, told as everything else is."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from tests.permission.company import MARKER, OWN
from tests.permission.serving import ROOT_KEY, Company, hidden_words

SCHEMAS = """subscription { schemaChanged(after: "-1") { index changes {
  column columnId kind before after reporter dataset { id name columns { name column } } %s } } }"""
IMPACT = "impact { items { node { id name } } }"
RUNS = """subscription { runEnded(after: "-1") { index runs { id name runId job { id name } inputs { id name }
  outputs { id name } parent properties { label value } } } }"""
QUIET_S = 3.0  # after so long without an event there is none to come


def heard(told: Company, document: str, key: str) -> list[Any]:
    """All events that there are, over server-sent events."""
    connection = http.client.HTTPConnection("127.0.0.1", told.service.port, timeout=QUIET_S)
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream", "Authorization": f"Bearer {key}"}
    connection.request("POST", "/graphql", json.dumps({"query": document}), headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    found = []
    try:
        while line := answer.readline():
            if line.startswith(b"data: {"):
                found.append(json.loads(line[6:]))
    except TimeoutError:
        pass
    finally:
        connection.close()
    return found


@pytest.mark.slow
def test_news_of_what_is_hidden_is_not_heard(told: Company) -> None:
    """A hidden job's report of a visible dataset is heard, without whose it is; hidden runs and columns are not."""
    for document, field in (
        (SCHEMAS % "", "schemaChanged"),
        (SCHEMAS % IMPACT, "schemaChanged"),
        (RUNS, "runEnded"),
    ):
        limited, everything = (heard(told, document, key) for key in (told.limited, ROOT_KEY))
        assert not [word for word in hidden_words() if word in json.dumps(limited).lower()]
        assert [word for word in hidden_words() if word in json.dumps(everything).lower()]
        assert limited and not [each for each in limited if "errors" in each]
        if field == "runEnded":
            jobs = {run["job"]["name"] for each in limited for run in each["data"][field]["runs"]}
            assert jobs == {"pick", "press", "squeeze", "tell"}
        else:
            reporters = {change["reporter"] for each in limited for change in each["data"][field]["changes"]}
            assert "writer:withheld" in reporters
    assert MARKER not in OWN
