"""Evidence of what was erased: proofs hold, the erasure is named, and what somebody took away is told apart from it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.context import open_context
from api.graphql import evidence_record
from lineage.access.principal import Principal
from lineage.ledger.leaf import PARTS_MAX
from lineage.settings import Settings
from lineage.verify.bundle import verify_bundle
from lineage.verify.policy import parse_policy
from tests.evidence.company import CRM, company
from tests.evidence.signed import unpacked
from tests.evidence.test_graphql import ANSWER, EXPORT
from tests.evidence.test_permission import asked_by

PROPOSE = "mutation($input: ProposeErasureInput!) { proposeErasure(input: $input) { index } }"
APPROVE = "mutation($p: Long!) { approveErasure(proposal: $p) { index } }"
ENTRY = """query($i: Long!) { entry(index: $i) { erasure { index kind } proof { index }
  parts { name state disclose { key } } } }"""


def test_an_erased_payload_leaves_its_proof_and_a_taken_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entry 0's received bytes are erased under four eyes, entry 4's are taken out of the file."""
    monkeypatch.setattr(evidence_record, "GRAPH_WAIT_S", 0.0)  # nobody projects here
    with company(tmp_path):
        pass
    context = open_context(Settings(data=tmp_path))
    try:
        with asked_by(context, Principal("ann", "key")) as service:
            asked = {"basis": "GDPR Art. 17", "indexes": ["0"], "parts": ["raw", "norm"]}
            proposed = service.ask(PROPOSE, input=asked)["proposeErasure"]["index"]
        with asked_by(context, Principal("bob", "key")) as service:
            erased = service.ask(APPROVE, p=proposed)["approveErasure"]["index"]
            with sqlite3.connect(tmp_path / "ledger.sqlite") as file:
                file.execute("DELETE FROM part WHERE id >= ? AND id < ?", (PARTS_MAX * 4, PARTS_MAX * 5))
            told = service.ask(ENTRY, i="0")["entry"]
            assert told["erasure"] == {"index": erased, "kind": "erase"} and told["proof"]["index"] == "0"
            assert {part["state"] for part in told["parts"]} == {"ERASED"}
            assert [part["disclose"] for part in told["parts"]] == [None, None]
            taken = service.ask(ENTRY, i="4")["entry"]
            assert taken["erasure"] is None and {part["state"] for part in taken["parts"]} == {"MISSING"}
            untouched = service.ask(ENTRY, i="1")["entry"]
            assert untouched["erasure"] is None and {part["state"] for part in untouched["parts"]} == {"PRESENT"}
            answer = service.ask(ANSWER, query="Q4_EVENTS_OF_SYSTEM", variables={"system": CRM})["auditAnswer"]
            assert answer["status"] == "UNKNOWN" and [each["what"] for each in answer["unknowns"]] == ["erased"]
            bundle = service.ask(EXPORT, query="Q2_PREPARATION_STEPS", received=True, variables={
                "source": {"namespace": CRM, "name": "crm.public.customers", "column": "email"},
                "feature": {"namespace": "warehouse", "name": "features.churn"},
            })["exportEvidence"]  # fmt: skip
            pack = tmp_path / "pack.zip"
            pack.write_bytes(service.client.get(bundle["url"]).content)
            files = unpacked(pack.read_bytes())
            assert "entries/0.json" in files and "parts/0.raw" not in files
            report = verify_bundle(pack, parse_policy(context.signing.policy_text()))
            assert (report.findings, report.gaps) == ([], [])
    finally:
        with TestClient(FastAPI()) as client:
            client.portal.call(context.close)  # type: ignore[union-attr]
