"""Every named audit question, as a limited principal asks it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.permission.company import OWN
from tests.permission.serving import ROOT_KEY, Company, leaks

ASK = """query($q: NamedAuditQuery!, $v: JSON!) { auditAnswer(query: $q, variables: $v) {
  columns { name } rows { nodes { values entries } } completeness { reasons { code } } } }"""
VARIABLES = "{ auditQueries { query variables { name type required } } }"
GIVEN: dict[str, Any] = {
    "node": {"namespace": OWN, "name": "apples"},
    "time": "2026-06-01T00:00:00Z",
    "text": "ripe",
    "number": 1,
    "true or false": True,
    "list of texts": ["ripe"],
}
"""One value of each type of variable; `from` and `to` are times of their own."""
TIMES = {"from": "2026-01-01T00:00:00Z", "to": "2026-12-31T00:00:00Z"}


@pytest.mark.slow
def test_no_audit_question_shows_what_is_hidden(told: Company) -> None:
    """All of them, with every variable; some are answered, and show more to one who sees everything."""
    questions = told.ask(VARIABLES, told.limited).json["data"]["auditQueries"]
    assert questions
    answered, shown = 0, 0
    for question in questions:
        for only_required in (True, False):
            given = {
                each["name"]: TIMES.get(each["name"], GIVEN[each["type"]])
                for each in question["variables"]
                if each["required"] or not only_required
            }
            asked = {"q": question["query"], "v": given}
            answer = told.ask(ASK, told.limited, asked)
            assert leaks(answer) == [], asked
            answered += answer.json.get("data") is not None
            shown += bool(leaks(told.ask(ASK, ROOT_KEY, asked)))
    assert answered > len(questions) // 2
    assert shown
