"""Proofs, named questions and exports as clients get them, on a real record."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lineage.evidence.questions import QUESTIONS
from lineage.ledger.leaf import decode_leaf
from lineage.verify.bundle import verify_bundle
from lineage.verify.checkpoint import parse_checkpoint
from lineage.verify.policy import parse_policy
from lineage.verify.proof import parse_proof, verify_proof
from lineage.verify.tree import leaf_hash, verify_consistency
from tests.evidence.company import CRM, MODEL, WH
from tests.evidence.serving import Service, serving

EXPORT = """mutation($query: NamedAuditQuery!, $variables: JSON!, $atSize: Long, $received: Boolean!) {
  exportEvidence(query: $query, variables: $variables, atSize: $atSize, withReceived: $received) {
    url expiresAt sizeBytes sha256 query status rowCount atSize accessIndex } }"""
ANSWER = """query($query: NamedAuditQuery!, $variables: JSON!, $first: Int, $after: String, $atSize: Long) {
  auditAnswer(query: $query, variables: $variables, first: $first, after: $after, atSize: $atSize) {
    status atSize vouchedForBy columns { name } rows { totalCount nodes { values entries } pageInfo { hasNextPage endCursor } }
    unknowns { what reason count } scanned { start stop filter } completeness { status knownIndex } } }"""
MODEL_VERSION = {"model": {"namespace": WH, "name": MODEL[1]}, "version": "2"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The lender's record, served."""
    with serving(tmp_path_factory.mktemp("lender")) as made:
        yield made


def test_an_edge_leads_to_proof_in_two_steps(service: Service) -> None:
    """From any answer: its entries, each with its leaf and proof; the verifier needs nothing else but the policy."""
    answer = service.ask(
        """query($of: [NodeRef!]!) { lineage(of: $of, direction: UPSTREAM) { edges { source target
             entries(first: 1) { nodes { index bytes leafHash proof { text index treeSize rootHash hashes } } } } } }""",
        of=[{"dataset": {"namespace": WH, "name": "reports.monthly"}}],
    )["lineage"]
    policy = parse_policy(service.context.signing.policy_text())
    assert len(answer["edges"]) == 2
    for edge in answer["edges"]:
        [entry] = edge["entries"]["nodes"]
        leaf = base64.b64decode(entry["bytes"])
        proved = verify_proof(parse_proof(entry["proof"]["text"]), leaf, policy)
        assert str(proved.leaf.index) == entry["index"] == entry["proof"]["index"]
        assert leaf_hash(leaf).hex() == entry["leafHash"]
        assert proved.signed.checkpoint.size == int(entry["proof"]["treeSize"])


def test_a_leaf_says_what_it_commits_to_and_a_disclosure_opens_it(service: Service) -> None:
    """Bytes and key of a part are checked against the commitment by HMAC alone; the disclosure is on record before."""
    before = service.context.access_log.ledger.size()
    entry = service.ask(
        """{ entry(index: 2) { kind actor eventTime decoded parts { name mediaType sizeBytes commitment state
             disclose { bytes key } } } }"""
    )["entry"]
    assert entry["decoded"]["i"] == 2 and entry["actor"] == "a_etl" and entry["eventTime"] == "2026-03-02T09:00:00Z"
    assert [part["name"] for part in entry["parts"]] == ["norm", "raw"]
    for part in entry["parts"]:
        payload, key = (base64.b64decode(part["disclose"][name]) for name in ("bytes", "key"))
        assert part["state"] == "PRESENT" and len(payload) == int(part["sizeBytes"])
        assert hmac.digest(key, payload, "sha256") == base64.b64decode(part["commitment"])
    ledger = service.context.access_log.ledger
    told = [ledger.part(index, "objects") for index in range(before, ledger.size())]
    assert told.count(b"entry:2") >= 2


def test_checkpoints_are_signed_and_consistent(service: Service) -> None:
    """The log's head is a note that the policy accepts; two heads are joined by a proof."""
    head = service.ask("{ checkpoint { origin size rootHash text status } }")["checkpoint"]
    signed = parse_checkpoint(head["text"])
    assert (str(signed.checkpoint.size), signed.checkpoint.origin) == (head["size"], "lender.example/ledger")
    assert "signed by the operator" in head["status"][0]
    told = service.ask("{ consistency(from: 3, to: 15) { oldSize newSize oldRootHash newRootHash hashes } }")[
        "consistency"
    ]
    roots = [base64.b64decode(told[name]) for name in ("oldRootHash", "newRootHash")]
    assert verify_consistency(3, 15, [base64.b64decode(each) for each in told["hashes"]], *roots)
    assert service.code("{ consistency(from: 4, to: 3) { hashes } }") == "BAD_INPUT"
    assert service.code("{ consistency(from: 4, to: 9000) { hashes } }") == "NOT_FOUND"
    assert service.code("{ checkpoint(size: 9000) { size } }") == "NOT_FOUND"
    assert (
        service.code("{ entry(index: 9000) { kind } }") == service.code("{ entry(index: -1) { kind } }") == "NOT_FOUND"
    )
    assert service.code("{ entry(index: 4) { proof(atSize: 4) { text } } }") == "NOT_FOUND"


def test_entries_are_found_by_what_they_are_and_when(service: Service) -> None:
    """Filters add up; pages partition the list; a subject's entries are those that speak of it."""
    document = """query($filter: AuditFilter, $first: Int, $after: String) { auditEntries(filter: $filter, first: $first, after: $after) {
      totalCount nodes { index kind } edges { cursor } pageInfo { hasNextPage endCursor } } }"""

    def found(**filter_: Any) -> list[int]:
        nodes = service.ask(document, filter=filter_ or None)["auditEntries"]["nodes"]
        return [int(node["index"]) for node in nodes]

    assert found(kinds=["annotate"]) == [5, 6, 7, 10, 11, 12]
    assert found(kinds=["anno*"], toIndex="7") == [5, 6]
    assert found(actor="a_steward", fromIndex=11) == [11, 12]
    assert found(**{"from": "2026-03-10T02:00:00Z", "to": "2026-03-10T12:00:00Z"}) == [4]
    assert found(eventFrom="2026-03-31T00:00:00Z", eventTo="2026-04-03T00:00:00Z") == [13, 14]
    assert 13 in found(subject={"dataset": {"namespace": WH, "name": "reports.monthly"}})
    assert 2 not in found(subject={"dataset": {"namespace": WH, "name": "reports.monthly"}})
    everything, after = list[int](), None
    while True:
        page = service.ask(document, filter=None, first=4, after=after)["auditEntries"]
        everything += [int(node["index"]) for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert everything[:15] == list(range(15)) and len(everything) == len(set(everything))
    assert service.code(document, filter={"kinds": ["annotate"]}, after=after) == "BAD_CURSOR"


def test_every_answer_says_which_log_state_it_is_pinned_to(service: Service) -> None:
    """`extensions.audit`: size, root, how much the graph knew, and who vouches for it."""
    audit = service.answer("{ ledger { size } }")["extensions"]["audit"]
    ledger = service.context.ledger
    assert bytes.fromhex(audit["root"]) == ledger.root(int(audit["size"]))
    assert int(audit["asOfIndex"]) == service.context.graph.applied() <= int(audit["size"])
    service.ask("{ checkpoint { size } }")
    assert "cosigned by nobody" in service.answer("{ __typename }")["extensions"]["audit"]["status"]


def test_the_questions_tell_what_they_take(service: Service) -> None:
    """All nineteen, with variables and columns."""
    told = service.ask("{ auditQueries { query asks law variables { name type required default } columns { name } } }")
    found = {each["query"]: each for each in told["auditQueries"]}
    assert list(found) == [str(query) for query in QUESTIONS]
    assert found["Q10_TAG_LEAKS"]["variables"] == [{"name": "tag", "type": "text", "required": False, "default": "pii"}]
    assert [v["name"] for v in found["Q1_TRAINING_DATA"]["variables"]] == ["model", "version"]


def test_an_answer_comes_in_pages_and_can_be_had_again(service: Service) -> None:
    """`atSize` pins it; a page's cursor belongs to its question."""
    first = service.ask(ANSWER, query="Q4_EVENTS_OF_SYSTEM", variables={"system": "etl"}, first=2)["auditAnswer"]
    assert first["rows"]["totalCount"] == 12 and len(first["rows"]["nodes"]) == 2
    after = first["rows"]["pageInfo"]["endCursor"]
    second = service.ask(
        ANSWER, query="Q4_EVENTS_OF_SYSTEM", variables={"system": "etl"}, first=100, after=after, atSize=first["atSize"]
    )["auditAnswer"]
    assert len(second["rows"]["nodes"]) == 10 and not second["rows"]["pageInfo"]["hasNextPage"]
    assert first["scanned"]["start"] == "0"
    refused = service.code(ANSWER, query="Q4_EVENTS_OF_SYSTEM", variables={"system": CRM}, after=after)
    assert refused == "BAD_CURSOR"


def test_the_next_page_is_of_the_answer_whose_first_page_was_seen(service: Service) -> None:
    """Also without `atSize`, and when the log has grown and was signed again in between."""
    asked = {"query": "Q4_EVENTS_OF_SYSTEM", "variables": {"system": "etl"}, "first": 2}
    first = service.ask(ANSWER, **asked)["auditAnswer"]
    before = service.context.ledger.size()
    service.ask('mutation { addAlias(input: {kind: NAMESPACE, from: "a", to: "b", reason: "r"}) { index } }')
    service.context.signing.cover(service.context.ledger.origin, before + 1)
    second = service.ask(ANSWER, **asked, after=first["rows"]["pageInfo"]["endCursor"])["auditAnswer"]
    assert second["atSize"] == first["atSize"]
    assert second["rows"]["nodes"] and second["rows"]["nodes"][0] not in first["rows"]["nodes"]


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({}, "variables.model"),
        ({"model": "churn", "version": "1"}, "variables.model"),
        ({"model": {"namespace": WH, "name": "m"}, "version": 1}, "variables.version"),
        ({**MODEL_VERSION, "colour": "red"}, "variables"),
        ([1], "variables"),
    ],
)
def test_wrong_variables_are_named(service: Service, variables: Any, place: str) -> None:
    """BAD_INPUT with the variable's place."""
    error = service.answer(ANSWER, query="Q1_TRAINING_DATA", variables=variables)["errors"][0]["extensions"]
    assert (error["code"], error["place"]) == ("BAD_INPUT", place)


def test_a_pack_is_on_record_then_fetched_and_stands_up_to_the_verifier(service: Service, tmp_path: Path) -> None:
    """The export's entry names the objects; the pack verifies against the operator's policy."""
    bundle = service.ask(EXPORT, query="Q1_TRAINING_DATA", variables=MODEL_VERSION, received=True)["exportEvidence"]
    access = service.context.access_log.ledger
    leaf = access.leaf(int(bundle["accessIndex"]))
    assert leaf.kind == "export" and {part.name for part in leaf.parts} == {"ipe", "norm", "objects"}
    answered = service.client.get(bundle["url"])
    assert answered.status_code == 200 and answered.headers["content-type"] == "application/zip"
    assert hashlib.sha256(answered.content).hexdigest() == bundle["sha256"]
    path = tmp_path / "pack.zip"
    path.write_bytes(answered.content)
    report = verify_bundle(path, parse_policy(service.context.signing.policy_text()))
    assert report.findings == [] and report.gaps == []
    assert (service.context.settings.data / "evidence").stat().st_mode & 0o777 == 0o700
    assert service.client.get(bundle["url"][:-1] + "x").status_code == 404


def test_the_same_question_of_the_same_state_is_the_same_pack(service: Service) -> None:
    """All but the export's own entry is byte for byte the same, whatever came in between."""
    from tests.evidence.signed import unpacked

    def pack(at_size: str | None) -> tuple[str, dict[str, bytes]]:
        bundle = service.ask(EXPORT, query="Q10_TAG_LEAKS", variables={}, received=False, atSize=at_size)[
            "exportEvidence"
        ]
        files = unpacked(service.client.get(bundle["url"]).content)
        return bundle["atSize"], {name: content for name, content in files.items() if not name.startswith("export/")}

    size, first = pack(None)
    service.ask(
        """mutation($input: StateFactInput!) { stateFact(input: $input) { index } }""",
        input={
            "kind": "TAG", "key": "pii", "value": "yes", "reason": "seen",
            "about": {"kind": "DATASET", "namespace": WH, "name": "us.marketing"},
        },
    )  # fmt: skip
    assert pack(size)[1] == first
    assert json.loads(first["ipe.json"])["queryHash"]
    assert decode_leaf(first["entries/0.json"]).index == 0


def test_an_export_that_cannot_be_recorded_is_not_made(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails closed."""
    from lineage.errors import LedgerError

    async def fails(_read: Any) -> Any:
        raise LedgerError("The disk is full. Free space.")

    kept = len(service.context.packs._kept)
    monkeypatch.setattr(type(service.context.access_log), "record", lambda self, read: fails(read))
    assert service.code(EXPORT, query="Q10_TAG_LEAKS", variables={}, received=False) == "LEDGER"
    assert service.code("{ entry(index: 0) { parts { disclose { key } } } }") == "LEDGER"
    assert len(service.context.packs._kept) == kept


def test_q15_reads_the_access_log_itself(service: Service) -> None:
    """The export of the tests before is a row for what it held, and none for what it did not hold."""
    service.ask(EXPORT, query="Q1_TRAINING_DATA", variables=MODEL_VERSION, received=False)
    payments = {"namespace": "postgres://pay", "name": "pay.public.payments"}
    answer = service.ask(ANSWER, query="Q15_WHO_SAW", variables={"of": payments}, first=1000)["auditAnswer"]
    names = [column["name"] for column in answer["columns"]]
    rows = [dict(zip(names, row["values"], strict=True)) for row in answer["rows"]["nodes"]]
    exports = [row for row in rows if row["kind"] == "export"]
    assert exports and exports[-1]["operation"] == "exportEvidence" and exports[-1]["actor"] == "anonymous"
    other = {"namespace": WH, "name": "us.marketing"}
    told = service.ask(ANSWER, query="Q15_WHO_SAW", variables={"of": other}, first=1000)["auditAnswer"]
    index = [column["name"] for column in told["columns"]].index("accessIndex")
    assert exports[-1]["accessIndex"] not in [row["values"][index] for row in told["rows"]["nodes"]]


def test_only_a_few_packs_are_made_at_once(service: Service) -> None:
    """The next is OVERLOADED, with a time to come back; nothing is on record for it."""
    packs = service.context.packs
    with packs.making(), packs.making():
        error = service.answer(EXPORT, query="Q10_TAG_LEAKS", variables={}, received=False)["errors"][0]["extensions"]
    assert error["code"] == "OVERLOADED" and error["retryAfterSeconds"] > 0
    assert service.ask(EXPORT, query="Q10_TAG_LEAKS", variables={}, received=False)["exportEvidence"]["rowCount"] == 5
