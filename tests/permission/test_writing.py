"""What a limited principal may say: about what exists for it, in full, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.permission.company import MARKER, OTHER, OWN
from tests.permission.serving import ROOT_KEY, Company, leaks

ALIAS = "mutation($i: AddAliasInput!) { addAlias(input: $i) { index } }"
UNALIAS = "mutation($i: RemoveAliasInput!) { removeAlias(input: $i) { index } }"
STATE = "mutation($i: StateFactInput!) { stateFact(input: $i) { index } }"
RETRACT = "mutation($i: RetractFactInput!) { retractFact(input: $i) { index } }"
DISTRUST = "mutation($i: DistrustInput!) { distrustRuns(input: $i) { index } }"
TRUST = "mutation($i: TrustInput!) { trustRuns(input: $i) { index } }"
REPLAY = "mutation($i: ReplayInput!) { replayDeadLetters(input: $i) { replayed refused } }"


def said(told: Company, document: str, given: dict[str, Any], key: str | None = None) -> str:
    """`written`, or the error's code; nothing hidden shows in either."""
    size = told.service.context.ledger.size()
    answer = told.ask(document, key or told.limited, {"i": given | ({"reason": "r"} if "all" not in given else {})})
    asked = str(given)
    assert [each for each in leaks(answer) if MARKER not in asked] == []
    written = told.service.context.ledger.size() > size
    if "errors" not in answer.json:
        return "written" if written else "nothing"
    assert not written
    return str(answer.json["errors"][0]["extensions"]["code"])


@pytest.mark.slow
def test_statements_are_about_what_exists_for_who_makes_them(told: Company) -> None:
    """NOT_FOUND for hidden and missing names alike; a pattern is refused, but for the jobs of a namespace of one's own
    where no tag hides any; what is one's own is written."""
    own, other = {"namespace": OWN, "name": "trees"}, {"namespace": OTHER, "name": f"{MARKER}in"}
    missing, tagged = {"namespace": OWN, "name": "never"}, {"namespace": OWN, "name": f"{MARKER}tagged"}
    hidden_column = {"namespace": OWN, "name": "apples", "column": f"{MARKER}col"}
    for place in (other, missing, tagged, hidden_column):
        assert said(told, STATE, {"kind": "OWNER", "about": place, "value": "v"}) == "NOT_FOUND"
        assert said(told, STATE, {"kind": "EDGE", "about": own, "source": place}) == "NOT_FOUND"
    assert said(told, STATE, {"kind": "OWNER", "about": own, "value": "v"}) == "written"
    for to in (f"{OTHER} {MARKER}in", f"{OWN} never", f"{OWN} {MARKER}tagged"):
        for pair in ({"from": f"{OWN} trees", "to": to}, {"from": to, "to": f"{OWN} trees"}):
            assert said(told, ALIAS, {"kind": "DATASET", **pair}) == "NOT_FOUND"
    assert said(told, ALIAS, {"kind": "DATASET", "from": f"{OWN} pears", "to": f"{OWN} juice"}) == "written"
    for from_ in (OTHER, "never"):
        assert said(told, ALIAS, {"kind": "NAMESPACE", "from": from_, "to": OWN}) == "NOT_FOUND"
    for from_ in ("regex:.*", "hosts:a,b"):
        assert said(told, ALIAS, {"kind": "NAMESPACE", "from": from_, "to": OWN}) == "BAD_INPUT"
    for job in (f"{OTHER} {MARKER}job", f"{OWN} never", f"{OWN} {MARKER}audit"):
        assert said(told, DISTRUST, {"job": job}) == "NOT_FOUND"
    for job in ("*", "orch* press", f"{OWN} *"):
        assert said(told, DISTRUST, {"job": job}) == "BAD_INPUT"
    assert said(told, DISTRUST, {"job": f"{OWN} squeeze"}) == "written"


@pytest.mark.slow
def test_nobody_takes_back_what_they_do_not_see(told: Company) -> None:
    """Hidden rules, facts and distrust are not there to be undone; dead letters not to be replayed. One's own are."""
    held = told.ask("{ statedFacts { nodes { index text } } }", ROOT_KEY).json["data"]["statedFacts"]["nodes"]
    for fact in held:
        outcome = said(told, RETRACT, {"index": fact["index"]})
        assert outcome == ("NOT_FOUND" if MARKER in fact["text"] else "written")
    for from_ in (f"{MARKER}spelling", "never"):
        assert said(told, UNALIAS, {"kind": "NAMESPACE", "from": from_}) == "NOT_FOUND"
    assert said(told, UNALIAS, {"kind": "DATASET", "from": f"{OWN} apples2"}) == "written"
    span = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    assert said(told, TRUST, {"job": f"{OWN} {MARKER}audit", **span}) == "NOT_FOUND"
    assert said(told, TRUST, {"job": f"{OWN} press", **span}) == "written"
    assert said(told, REPLAY, {"all": True}) == "nothing"
    letters = told.ask("{ deadLetters { nodes { index } } }", ROOT_KEY).json["data"]["deadLetters"]["nodes"]
    assert said(told, REPLAY, {"indexes": [letters[0]["index"]], "all": False}) == "NOT_FOUND"


@pytest.mark.slow
def test_what_is_listed_can_be_proved_and_what_is_not_cannot(told: Company) -> None:
    """Every entry by its position: listed where a visible job or dataset speaks, or a statement about visible things;
    disclosed only where all that it names is visible; else as if the log ended before it."""
    size = told.service.context.ledger.size()
    document = """query($i: Long!) { entry(index: $i) { index kind proof { index }
      parts { name disclose { bytes } } } }"""
    listed, opened = [], []
    for index in range(size + 2):
        answer = told.ask(document, told.limited, {"i": str(index)})
        assert leaks(answer) == [], index
        entry = (answer.json.get("data") or {}).get("entry")
        if entry is None:
            continue
        listed.append(index)
        if any(part["disclose"] for part in entry["parts"] or ()):
            opened.append(index)
    kinds = [told.service.context.ledger.leaf(index).kind for index in listed]
    assert kinds.count("ol.event") == 7  # pick three times, press twice, squeeze, tell
    assert kinds.count("admin.alias") == kinds.count("annotate") == kinds.count("admin.distrust") == 1
    assert size + 1 not in listed
    events = [index for index in opened if told.service.context.ledger.leaf(index).kind == "ol.event"]
    assert len(events) == 1  # squeeze
