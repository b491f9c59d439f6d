"""Long questions, answered by a process of their own: nobody can tell who answered, whatever happens to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from websockets.sync.client import connect

from api import answering
from api.access import log
from api.access.doors import ROOT
from api.access.needs import FIELDS
from api.answering_process import Answerer, Notes
from api.cli import documents
from api.context import open_read_context
from api.graphql.admission import CHARACTERS_MAX, VALUES_MAX
from api.graphql.long_questions import (
    ELSEWHERE,
    LONG_COST_MIN,
    LONG_VALUES_MIN,
    OF_THE_RECORD,
    UNREAD_LENGTH_MIN,
    LongQuestions,
)
from api.graphql.schema import _reader, schema
from api.questions import Answer, Query
from lineage.access.principal import Scope
from tests.api.conftest import start
from tests.permission.apart import Apart, apart, counted, reads, until
from tests.permission.asking import Subject
from tests.permission.company import MARKER, OTHER, OWN
from tests.permission.schema_walk import Documents
from tests.permission.serving import ROOT_KEY, told

__all__ = ["apart", "start", "told"]

TREES = {"dataset": {"namespace": OWN, "name": "trees"}}
CIDER = {"dataset": {"namespace": OWN, "name": "cider"}}
HIDDEN = {"dataset": {"namespace": OTHER, "name": f"{MARKER}ledger"}}
QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    (documents.SEARCH, {"query": "a", "first": 5}),
    (documents.LINEAGE, {"of": [TREES], "direction": "DOWNSTREAM", "grain": "COLUMN"}),
    (documents.LINEAGE, {"of": [CIDER], "direction": "UPSTREAM", "at": {"knownIndex": "2"}}),
    (documents.IMPACT, {"of": [TREES], "first": 2}),
    (documents.PROVENANCE, {"of": CIDER}),
    (documents.PATHS, {"from": TREES, "to": CIDER}),
    (documents.DIFF, {"of": [TREES], "direction": "DOWNSTREAM", "from": {"knownIndex": "1"}, "to": {}}),
    (documents.DRIFT, {"since": "2020-01-01T00:00:00Z"}),
    (documents.SHOW, {"of": TREES}),
    (documents.SHOW, {"of": HIDDEN}),
    (documents.IMPACT, {"of": [TREES], "first": 2, "after": "no cursor"}),
    (documents.LINEAGE, {"of": [TREES], "direction": "SIDEWAYS"}),
    ("{ search(query: \"\") { nodes { id } } }", {}),
    ("{ search(query: \"a\", first: 2000000000) { nodes { id } } }", {}),
    ("{ nobody knows this }", {}),
    ("{ __schema { types { name } } }", {}),
    ("{ ledger { " + " ".join(f"a{n}: size" for n in range(400)) + " } }", {}),
)  # fmt: skip

OF_THE_SERVICE = (documents.SHOW,)
"""They show entries of the ledger."""


def test_the_answers_the_record_and_the_figures_are_the_same(apart: Apart) -> None:
    """Of one who sees everything and of one who does not: every answer and error, the entries in the access log, and
    what is counted."""
    told, entries, operations, store_reads = [], [], [], []
    for elsewhere in (False, True):
        apart.go(apart=elsewhere)
        before = counted(apart, "headwater_graphql_operations"), counted(apart, "headwater_store_seconds")
        told.append([apart.ask(*each, key) for key in (ROOT_KEY, apart.company.limited) for each in QUESTIONS])
        entries.append(reads(apart, 2 * len(QUESTIONS)))
        after = counted(apart, "headwater_graphql_operations"), counted(apart, "headwater_store_seconds")
        operations.append({key: value - before[0].get(key, 0) for key, value in after[0].items()})
        store_reads.append({key for key, value in after[1].items() if value > before[1].get(key, 0)})
    for (query, _), here, there in zip(2 * QUESTIONS, *told, strict=True):
        assert there == here, query
    assert entries[0] == entries[1]
    assert operations[0] == operations[1] and operations[0]
    assert store_reads[0] == store_reads[1] and store_reads[0]  # how many they are is for the loaders to say
    assert len(apart.answers) == 2 * len(QUESTIONS)
    answered = [each is not None for each in apart.answers]
    assert answered == 2 * [query not in OF_THE_SERVICE for query, _ in QUESTIONS]
    shown = [answer.get("data") for _, answer in told[1]]
    assert MARKER in str(shown[: len(QUESTIONS)]) and MARKER not in str(shown[len(QUESTIONS) :])


def test_over_a_socket_it_is_the_same(apart: Apart) -> None:
    """A WebSocket asks by the same door."""
    query, variables = QUESTIONS[1]
    apart.go(apart=False)
    _, here = apart.ask(query, variables)
    apart.go(apart=True)
    with connect(f"ws://127.0.0.1:{apart.company.service.port}/graphql", subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {ROOT_KEY}"}}))
        assert json.loads(socket.recv())["type"] == "connection_ack"
        socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query, "variables": variables}}))
        answer = json.loads(socket.recv())
        assert answer["type"] == "next" and answer["payload"] == here, answer
        assert json.loads(socket.recv())["type"] == "complete"
        for refused in (query for query, _ in QUESTIONS if "nobody" in query or "2000000000" in query):
            told = []
            for elsewhere in (False, True):
                apart.go(apart=elsewhere)
                socket.send(json.dumps({"type": "subscribe", "id": "2", "payload": {"query": refused}}))
                told.append(json.loads(socket.recv()))
            assert told[0] == told[1] and told[0]["type"] == "error"
    assert [each is not None for each in apart.answers] == [True] * 3


def test_what_only_the_service_can_do_it_does_once(apart: Apart) -> None:
    """A long mutation, what is signed for, what is on record: declined there, done here."""
    apart.go(apart=True)
    size = apart.context.ledger.size()
    document = "mutation($i: AddAliasInput!) { addAlias(input: $i) { index } }" + " " * UNREAD_LENGTH_MIN
    given = {"kind": "NAMESPACE", "from": "old", "to": "new", "reason": "moved"}
    status, answer = apart.ask(document, {"i": given})
    assert status == 200 and "errors" not in answer and apart.context.ledger.size() == size + 1
    _, answer = apart.ask('{ entry(index: "0") { index proof { text } } }')
    assert answer["data"]["entry"]["proof"]["text"].startswith("c2sp.org/tlog-proof@v1")
    assert apart.answers == [None] * 2 and apart.context.answering.ready


def test_without_the_process_the_service_answers(apart: Apart) -> None:
    """Killed, it is away for a moment, and then there again."""
    apart.go(apart=True)
    killed = apart.process()
    os.kill(killed, signal.SIGKILL)
    until(lambda: not apart.context.answering.ready)
    status, answer = apart.ask(*QUESTIONS[0])
    assert status == 200 and answer["data"]["search"]["edges"]
    assert apart.answers == [None]
    until(lambda: apart.context.answering.ready)
    assert apart.process() != killed and apart.context.answering.state.restarts == 1
    assert apart.ask(*QUESTIONS[0]) == (status, answer) and apart.answers[-1] is not None


@pytest.mark.parametrize("fate", [signal.SIGKILL, None], ids=["killed", "stuck"])
def test_a_question_that_is_not_answered_is_refused_and_on_record(
    apart: Apart, monkeypatch: pytest.MonkeyPatch, fate: signal.Signals | None
) -> None:
    """Not tried again in the service, which it might bring down, too."""
    apart.go(apart=True)
    if fate is None:
        monkeypatch.setattr(answering, "ANSWER_S_MAX", 0.3)
    stopped = apart.process()
    os.kill(stopped, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(1) as thread:
            asked = thread.submit(apart.company.ask, QUESTIONS[0][0], ROOT_KEY, QUESTIONS[0][1])
            until(lambda: apart.context.answering.waiting == 1)
            if fate is not None:
                os.kill(stopped, fate)
            answer = asked.result()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(stopped, signal.SIGCONT)
    until(lambda: apart.context.answering.ready and apart.process() != stopped)
    assert answer.json["errors"][0]["extensions"] == {"code": "OVERLOADED", "retryAfterSeconds": 1.0}
    assert answer.headers["retry-after"] == "1" and answer.json.get("data") is None
    [(_, _, kind, _, _, variables, _, decision, _)] = reads(apart, 1)
    assert (kind, decision) == ("read", "OVERLOADED") and json.loads(str(variables))["query"] == "a"
    assert counted(apart, "headwater_graphql_operations")[("Search", "OVERLOADED")] == 1


def test_not_more_questions_wait_than_may(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next is told to come back."""
    apart.go(apart=True)
    monkeypatch.setattr(answering, "ASKED_MAX", 0)
    _, answer = apart.ask(*QUESTIONS[0])
    assert answer["errors"][0]["extensions"]["code"] == "OVERLOADED"


def test_a_long_document_that_asks_for_little_is_learnt(apart: Apart) -> None:
    """The first time it is long, for nobody has read it; then it is not."""
    document = "{ ledger { size } }" + " " * UNREAD_LENGTH_MIN
    _, first = apart.ask(document)
    assert len(apart.answers) == 1
    until(lambda: not schema.long_questions.is_long(document, None, {}))
    assert apart.ask(document)[1] == first and len(apart.answers) == 1


_TWO = "query One { ledger { size } } mutation Two($i: TrustInput!) { trustRuns(input: $i) { index } }"


def test_what_nobody_may_record_is_not_answered(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the same words, whoever would have answered."""
    monkeypatch.setattr(log, "WAITING_MAX", 0)
    told = []
    for elsewhere in (False, True):
        apart.go(apart=elsewhere)
        told.append(apart.ask(*QUESTIONS[0]))
    assert told[0] == told[1] and told[0][1]["errors"][0]["extensions"]["code"] == "OVERLOADED"


def test_every_field_can_be_asked_apart(apart: Apart) -> None:
    """Whatever needs the service itself is declined, in all places of an answer: nothing fails that would not have."""
    apart.go(apart=True)
    documents = Documents(schema._schema, Subject(OWN, "trees").arguments("COLUMN", Subject(OWN, "apples")))
    root = schema._schema.query_type
    assert root is not None
    for name in sorted(each for each in ELSEWHERE if not each.startswith("__")):
        for document in documents.parts(root, name):
            _, answer = apart.ask(document)
            assert "INTERNAL" not in str(answer.get("errors")), (name, answer["errors"])
    assert {each is None for each in apart.answers} == {True, False}


def test_what_turns_out_to_need_the_service_is_declined(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever in an answer, also if nobody had thought of it."""
    monkeypatch.setattr(LongQuestions, "belongs", lambda *_: True)
    size = apart.context.ledger.size()

    async def ask() -> list[Answer]:
        with open_read_context(apart.context.settings, Notes(), Notes(), apart.context.pseudonyms) as context:
            answerer = Answerer(context)
            found = [
                await answerer.answer(Query(query, None, None, ROOT, "", ()))
                for query in ("{ keys { nodes { id } } }", '{ entry(index: "0") { proof { text } } }', "{ ledger { size } }")
            ]
            answerer.close()
            return found

    assert [each.declined for each in asyncio.run(ask())] == [True, True, False]
    assert apart.context.ledger.size() == size


def test_names_that_a_document_does_not_have_are_not_remembered() -> None:
    """Whoever makes them up would fill the memory."""
    document = "query A { ledger { size } }"
    for number in range(10):
        assert not schema.long_questions.is_long(document, f"made-up-{number}", {})
    kept = _reader.kept(document)
    assert kept is not None and kept.prices == {}


def test_one_who_asks_for_much_leaves_places(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a question that is short after all needs none."""
    apart.go(apart=True)
    monkeypatch.setattr(answering, "ASKED_BY_ONE_MAX", 0)
    _, answer = apart.ask(*QUESTIONS[0])
    assert answer["errors"][0]["extensions"]["code"] == "OVERLOADED"
    monkeypatch.setattr(LongQuestions, "is_long", is_long)
    short = "{ ledger { size } }" + " " * UNREAD_LENGTH_MIN + "#short"
    assert apart.ask(short)[1]["data"]["ledger"] and len(apart.answers) == 0


is_long = LongQuestions.is_long


def test_a_process_that_does_not_come_up_is_started_again(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed when it has said nothing for so long; readiness tells."""
    monkeypatch.setattr(answering, "START_S_MAX", 0.01)
    os.kill(apart.process(), signal.SIGKILL)
    until(lambda: apart.context.answering.state.restarts >= 2)
    assert "process that answers them ended" in apart.company.service.request("GET", "/readyz").body.decode()
    monkeypatch.setattr(answering, "START_S_MAX", 60.0)
    until(lambda: apart.context.answering.ready)


def test_what_is_long() -> None:
    """What walks the graph, what shows much, what nobody has read; never what the service alone can answer."""
    long = schema.long_questions
    walk = '{ lineage(of: [{id: "hw:a"}], direction: UPSTREAM) { nodes { id%s } } }'
    for query in (walk % "", '{ search(query: "a") { nodes { id } } }', "{ nobody }" + " " * UNREAD_LENGTH_MIN):
        assert long.is_long(query, None, {}), query
    entries = walk % " entries { nodes { index } }"
    assert long.is_long(entries, None, {}) and not long.belongs(entries, None, {})  # now it is read
    too_long = "{ ledger { size } }" + " " * CHARACTERS_MAX
    for query in ("{ ledger { size } }", "{ nobody }", entries, "{ keys { totalCount } }", too_long):
        assert not long.is_long(query, None, {}), query
    many = " ".join(f"a{n}: size" for n in range(LONG_COST_MIN))
    assert long.belongs(f"{{ ledger {{ {many} }} }}", None, {})
    assert not long.belongs(f"{{ ledger {{ {many} }} checkpoint {{ text }} }}", None, {})
    short, values = "{ ledger { size } }", {"ids": ["a"] * LONG_VALUES_MIN}
    assert long.is_long(short, None, values)
    assert not long.is_long(short, None, {"ids": ["a"] * VALUES_MAX})  # and the list itself: more than are looked at
    assert long.belongs(_TWO, "One", {}) and not long.belongs(_TWO, "Two", {})


def test_what_is_answered_elsewhere_needs_no_more_than_to_read() -> None:
    """Each root field is there and asks for that scope; each type that stays here is there, too."""
    own = {name for name in ELSEWHERE if not name.startswith("__")}
    assert {FIELDS[f"Query.{name}"] for name in own - {"whoami"}} == {Scope.READ}
    assert schema._schema.type_map.keys() >= OF_THE_RECORD
