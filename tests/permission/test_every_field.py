"""Every field of the schema, and every address, as somebody who may see one namespace of three, less what a tag hides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import GraphQLObjectType

from api.graphql.schema import schema
from tests.permission import company
from tests.permission.asking import Subject
from tests.permission.company import MARKER, OTHER, OWN
from tests.permission.schema_walk import Documents, NothingToAsk, every_field
from tests.permission.serving import ROOT_KEY, Company, leaks

GRAPHQL = schema._schema

MINE = (
    Subject(OWN, "trees"), Subject(OWN, "apples"), Subject(OWN, "apples", "weight"), Subject(OWN, "cider", "kind"),
    Subject(OWN, "shop"), Subject(OWN, "report", "sums"), Subject(OWN, "pick", job=True, run_id="pick1"),
    Subject(OWN, "tell", job=True, run_id="tell1"),
)  # fmt: skip
HIDDEN = (
    *(Subject(*each) for each in company.DATASETS), Subject(OTHER, f"{MARKER}ledger", "sums"),
    Subject(OWN, "apples", f"{MARKER}col"),
    *(Subject(*each, job=True, run_id=f"{MARKER}run{n}") for n, each in enumerate(company.JOBS, 1)),
)  # fmt: skip


def roots() -> Iterator[tuple[GraphQLObjectType, str]]:
    for root in (GRAPHQL.query_type, GRAPHQL.mutation_type):
        assert root is not None
        for name in root.fields:
            yield root, name


@pytest.mark.slow
def test_no_field_shows_what_is_hidden(told: Company) -> None:
    """Each root field about each thing of one's own, with every field below it: no name, id or text of what is hidden
    anywhere in the answer or its headers; and the same question of one who sees everything shows some."""
    asked: set[str] = set()
    shown: set[str] = set()
    answered: set[str] = set()
    done: set[str] = set()
    for subject in MINE:
        for grain in ("DATASET", "COLUMN"):
            documents = Documents(GRAPHQL, subject.arguments(grain, MINE[4]))
            for root, name in roots():
                whole = documents.of(root, name)
                if whole in done:
                    continue  # it is about nothing in particular
                done.add(whole)
                too_large = '"code":"LIMIT"' in told.ask(whole, told.limited).body.decode()
                for document in documents.parts(root, name) if too_large else [whole]:
                    answer = told.ask(document, told.limited)
                    assert leaks(answer) == [], (name, subject)
                    if (answer.json.get("data") or {}).get(name) is not None:
                        answered.add(f"{root.name}.{name}")
                    if root is GRAPHQL.query_type and leaks(told.ask(document, ROOT_KEY)):
                        shown.add(name)
            asked |= documents.asked
    assert set(every_field(GRAPHQL)) - asked == set()
    assert {
        "node", "find", "nodes", "dataset", "job", "run", "search", "lineage", "impact", "provenance", "diff",
        "schemaChanges", "deadLetters", "aliases", "statedFacts", "distrusted",
    } - shown <= {"search"}  # fmt: skip
    assert {f"Query.{name}" for name in shown} - answered == set()


@pytest.mark.slow
def test_what_is_hidden_is_missing_in_the_words_for_what_never_was(told: Company) -> None:
    """Each root field about each hidden thing, by name and by id, and about a thing that never was: the same answer, but
    for what was asked; the mutations too, and none of them writes."""
    size = told.service.context.ledger.size()
    for subject in HIDDEN:
        ghost = subject.ghost()
        for root, name in roots():
            documents = [
                Documents(GRAPHQL, each.arguments("COLUMN", MINE[4])).of(root, name) for each in (subject, ghost)
            ]
            if documents[0] == documents[1]:
                continue  # it is about nothing in particular
            answers = []
            for each, document in zip((subject, ghost), documents, strict=True):
                answer = told.ask(document, told.limited)
                answers.append((answer.status, each.hide(answer.body.decode())))
            assert answers[0] == answers[1], (name, subject)
            assert MARKER not in answers[0][1], (name, subject)
    kinds = {told.service.context.ledger.leaf(i).kind for i in range(size, told.service.context.ledger.size())}
    assert kinds & {"admin.alias", "admin.distrust", "annotate", "admin.replay", "ol.event"} == set()


@pytest.mark.slow
def test_pages_of_a_nodes_lists_do_not_tell_what_is_hidden(told: Company) -> None:
    """Counts are of what is seen, and the id of a hidden item is no more a place than that of one that never was."""
    ask = """query($after: ID) { dataset(namespace: "orchard", name: "cider") {
      readByCount whole: readBy { name } readBy(first: 1, after: $after) { name } } }"""
    seen = told.ask(ask, told.limited).json["data"]["dataset"]
    assert seen == {"readByCount": 1, "whole": [{"name": "press"}], "readBy": [{"name": "press"}]}
    assert told.ask(ask, ROOT_KEY).json["data"]["dataset"]["readByCount"] == 2
    hidden = Subject(*company.JOBS[0], job=True)
    assert told.ask(ask, ROOT_KEY, {"after": hidden.id}).json["data"]["dataset"]
    answers = [told.ask(ask, told.limited, {"after": each.id}).json for each in (hidden, hidden.ghost())]
    assert answers[0]["errors"] == answers[1]["errors"]
    assert answers[0]["errors"][0]["extensions"] == {"code": "BAD_CURSOR", "place": "after"}


@pytest.mark.slow
def test_no_address_shows_what_is_hidden(told: Company) -> None:
    """The event list, every entry by its position, Marquez's addresses and the description of it all."""
    paths = [
        "/api/v1/events/lineage",
        "/openapi.json",
        "/api/v1/namespaces",
        "/api/v1/search?q=a",
        f"/api/v1/search?q={MARKER[:-1]}",
    ]
    paths += [f"/api/v1/namespaces/{OWN}/{kind}" for kind in ("datasets", "jobs")]
    for subject in MINE:
        kind = "job" if subject.job else "dataset"
        paths.append(f"/api/v1/namespaces/{OWN}/{kind}s/{subject.name}")
        paths.append(f"/api/v1/lineage?nodeId={kind}:{OWN}:{subject.name}&depth=20")
        paths.append(f"/api/v1/column-lineage?nodeId={kind}:{OWN}:{subject.name}&depth=20")
    for path in paths:
        answer = told.get(path, told.limited)
        assert answer.status in (200, 404), (path, answer)
        assert leaks(answer) == [], path
    size = told.service.context.ledger.size()
    opened = {i for i in range(size + 3) if told.get(f"/api/v1/events/{i}", told.limited).status == 200}
    for index in range(size + 3):
        answer = told.get(f"/api/v1/events/{index}", told.limited)
        assert leaks(answer) == [], index
        if index not in opened and b"nothing was received" not in answer.body:  # a statement that it may see
            assert answer.status == 404
            beyond = told.get(f"/api/v1/events/{size + 2}", told.limited)
            assert answer.body == beyond.body.replace(f"No entry {size + 2}.".encode(), f"No entry {index}.".encode())
    assert len(opened) == 1
    listed = told.get("/api/v1/events/lineage", told.limited).json["events"]
    assert [event["job"]["name"] for event in listed] == ["squeeze"]  # all that it names is one's own


@pytest.mark.slow
def test_the_principal_sees_what_is_its_own(told: Company) -> None:
    """Walks go over edges by hidden jobs and end at hidden nodes; the note SCOPE is on every answer, and a count only
    for who may have one; texts of a job that touches nothing hidden are there."""
    ask = """query($at: DatasetRef!) {
      lineage(of: [{dataset: $at}], direction: BOTH, grain: DATASET) {
        nodes { name more } edges { jobs runCount firstSeen entries { totalCount } }
        completeness { reasons { code count message } } } }"""
    at = {"at": {"namespace": OWN, "name": "cider"}}
    answer = told.ask(ask, told.limited, at).json["data"]["lineage"]
    assert sorted(node["name"] for node in answer["nodes"]) == ["apples", "cider", "shop", "trees"]
    by_hidden = [edge for edge in answer["edges"] if not edge["jobs"]]
    assert [(e["runCount"], e["entries"]["totalCount"]) for e in by_hidden] == [(0, 0)]
    assert by_hidden[0]["firstSeen"] is not None
    notes = [r for r in answer["completeness"]["reasons"] if r["code"] == "SCOPE"]
    assert [note["count"] for note in notes] == [0]
    counted = told.ask(ask, told.counting, at).json["data"]["lineage"]["completeness"]["reasons"]
    assert [r["count"] for r in counted if r["code"] == "SCOPE"] == [3]  # ledger, tagged, people
    everything = told.ask(ask, ROOT_KEY, at).json["data"]["lineage"]
    assert not [r for r in everything["completeness"]["reasons"] if r["code"] == "SCOPE"]
    page = 'query($n: String!) { job(namespace: "orchard", name: $n) { properties { label value } } }'
    for job, texts in (("pick", set()), ("press", set()), ("squeeze", {"sql"})):
        properties = told.ask(page, told.limited, {"n": job}).json["data"]["job"]["properties"]
        assert {each["label"] for each in properties} & {"sql"} == texts, job
    statements = "{ aliases { nodes { from } } statedFacts { nodes { text } } distrusted { nodes { job } } deadLetters { totalCount } }"
    held = told.ask(statements, told.limited).json["data"]
    assert held == {
        "aliases": {"nodes": [{"from": f"{OWN} apples2"}]},
        "statedFacts": {"nodes": [{"text": f"{OWN} trees: description Old trees."}]},
        "distrusted": {"nodes": [{"job": f"{OWN} press"}]},
        "deadLetters": {"totalCount": 0},
    }


def test_a_new_kind_of_required_argument_has_to_be_told() -> None:
    """An argument that no table knows fails the walk, by its name."""
    with pytest.raises(NothingToAsk, match=r"Query\.node"):
        Documents(GRAPHQL, {}).of(_query(), "node")


def _query() -> GraphQLObjectType:
    assert GRAPHQL.query_type is not None
    return GRAPHQL.query_type
