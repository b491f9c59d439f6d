"""Packs: what is in them, that nobody can edit them, and that the same question makes the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prov.model import ProvDocument

from lineage.errors import InputError, LimitExceeded
from lineage.evidence import pack as packing
from lineage.evidence.documents import cell
from lineage.evidence.questions import QUESTIONS, NamedAuditQuery
from lineage.evidence.report import report as report_of
from lineage.ledger import Draft
from lineage.verify.bundle import verify_bundle
from lineage.verify.policy import Policy, parse_policy
from tests.evidence.company import CRM, MODEL, WH, us
from tests.evidence.signed import Signed, packed, signed, unpacked

Q = NamedAuditQuery
CHURN = {"namespace": WH, "name": MODEL[1]}
EMAIL = {"namespace": CRM, "name": "crm.public.customers", "column": "email"}
ACTIVE = {"namespace": WH, "name": "reports.monthly", "column": "active"}
ASKED: dict[NamedAuditQuery, dict[str, Any]] = {
    Q.Q1_TRAINING_DATA: {"model": CHURN, "version": "2"},
    Q.Q2_PREPARATION_STEPS: {"source": EMAIL, "feature": {"namespace": WH, "name": "features.churn"}},
    Q.Q3_TRAINED_ON_TAGGED: {"column": EMAIL, "from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"},
    Q.Q4_EVENTS_OF_SYSTEM: {"system": CRM},
    Q.Q5_MODEL_AS_DOCUMENTED: {"model": CHURN, "version": "1", "on": "2026-03-03T00:00:00Z"},
    Q.Q6_MODEL_INPUTS_CHANGED: {"model": CHURN, "fromVersion": "1", "toVersion": "2"},
    Q.Q7_PROCESSING_RECORD: {},
    Q.Q8_SUBJECT_ACCESS: {"key": EMAIL},
    Q.Q9_ERASURE_REACH: {"source": EMAIL, "erasedAt": "2026-03-20T00:00:00Z"},
    Q.Q10_TAG_LEAKS: {},
    Q.Q11_TRANSFERS_ABROAD: {},
    Q.Q12_FIGURE_LINEAGE: {"figure": ACTIVE},
    Q.Q13_CODE_CHANGES: {"figure": ACTIVE, "since": "2026-03-05T00:00:00Z"},
    Q.Q14_RECREATE_FIGURE: {"figure": ACTIVE, "on": "2026-04-01T00:00:00Z"},
    Q.Q15_WHO_SAW: {"of": EMAIL},
    Q.Q16_MODEL_INVENTORY: {},
    Q.Q17_ADMIN_AND_GAPS: {},
    Q.Q18_ENTRY_UNALTERED: {"index": 2},
    Q.Q19_WHAT_WAS_SAID: {"of": ACTIVE, "about": "2026-04-01T00:00:00Z", "saidOn": "2026-03-10T00:00:00Z"},
}


@pytest.fixture(scope="module")
def lender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    """The signed record."""
    with signed(tmp_path_factory.mktemp("lender")) as made:
        yield made


def policy_of(lender: Signed) -> Policy:
    return parse_policy(lender.signing.policy_text())


@pytest.mark.parametrize("query", list(Q), ids=str)
def test_every_question_makes_a_pack_that_verifies(lender: Signed, query: NamedAuditQuery, tmp_path: Path) -> None:
    """All files listed, all proofs hold, nothing missing, for each of the nineteen."""
    path = tmp_path / "pack.zip"
    path.write_bytes(lender.export(query, **ASKED[query]))
    report = verify_bundle(path, policy_of(lender))
    assert (report.findings, report.gaps) == ([], [])
    files = unpacked(path.read_bytes())
    ipe, answer = json.loads(files["ipe.json"]), json.loads(files["answer.json"])
    assert ipe["files"].keys() == {name for name in files if name != "ipe.json" and not name.startswith("export/")}
    assert ipe["rowCount"] == answer["rowCount"] == len(answer["rows"])
    assert set(ipe["variables"]) >= set(ASKED[query]) and ipe["checkpoint"].encode() == files["checkpoint"]
    cited = {each for row in answer["rows"] for each in row["entries"]}
    assert all(f"entries/{each}.json" in files and f"proofs/{each}.tlog-proof" in files for each in cited)
    rows = list(csv.reader(io.StringIO(files["answer.csv"].decode())))
    assert len(rows) == 1 + len(answer["rows"]) and rows[0][-1] == "entries"


def test_no_question_is_forgotten() -> None:
    """The table above has all of them."""
    assert ASKED.keys() == QUESTIONS.keys()


@pytest.mark.parametrize("query", [Q.Q1_TRAINING_DATA, Q.Q10_TAG_LEAKS, Q.Q17_ADMIN_AND_GAPS], ids=str)
def test_provenance_goes_through_the_prov_library_unchanged(lender: Signed, query: NamedAuditQuery) -> None:
    """W3C PROV: read, written and read again, the documents are equal; runs used and generated what the events say."""
    prov = unpacked(lender.export(query, **ASKED[query]))["prov.json"]
    document = ProvDocument.deserialize(content=prov.decode(), format="json")
    again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    assert document == again and list(document.get_records())
    if query is Q.Q1_TRAINING_DATA:
        told = json.loads(prov)
        assert {"used", "wasGeneratedBy", "wasDerivedFrom", "wasAssociatedWith", "wasAttributedTo"} <= told.keys()
        train = next(
            key for key, each in told["activity"].items() if each["prov:label"] == "etl train train@03-12T09:00"
        )
        assert [each["prov:activity"] for each in told["used"].values()].count(train) == 1


def test_the_label_names_every_file(lender: Signed) -> None:
    """RO-Crate: the metadata file first, a part for each file, each described."""
    pack = lender.export(Q.Q18_ENTRY_UNALTERED, index=2)
    files = unpacked(pack)
    assert next(iter(files)) == "ro-crate-metadata.json"
    graph = json.loads(files["ro-crate-metadata.json"])["@graph"]
    root = next(each for each in graph if each["@id"] == "./")
    parts = {each["@id"] for each in root["hasPart"]}
    assert parts == files.keys() - {"ro-crate-metadata.json"}
    assert {each["@id"] for each in graph if each["@type"] == "File"} == parts
    assert all(each["description"] and each["encodingFormat"] for each in graph if each["@type"] == "File")


def test_a_list_that_is_complete_has_all_leaves_of_its_range(lender: Signed) -> None:
    """Q4 over the whole log: every leaf, but payloads of the two only that the answer is about."""
    files = unpacked(lender.export(Q.Q4_EVENTS_OF_SYSTEM, system=CRM))
    assert sum(name.startswith("entries/") for name in files) == lender.company.ledger.size()
    assert {name for name in files if name.startswith("parts/")} == {
        "parts/0.norm", "parts/0.norm.key", "parts/4.norm", "parts/4.norm.key",
    }  # fmt: skip
    assert json.loads(files["ipe.json"])["completeList"]["leavesIncluded"] is True


def test_a_page_shows_no_script_and_escapes_what_producers_wrote(lender: Signed) -> None:
    """report.html is one file without scripts or addresses."""
    report = unpacked(lender.export(Q.Q10_TAG_LEAKS))["report.html"].decode()
    assert (
        "<script" not in report and "http://" not in report and "src=" not in report and "default-src 'none'" in report
    )
    told = report_of(
        QUESTIONS[Q.Q4_EVENTS_OF_SYSTEM], {"system": "<img src=x onerror=alert(1)>"}, lender.company.ask(Q.Q4_EVENTS_OF_SYSTEM, system="x"),
        [], lender.head(), {"validAt": None, "knownIndex": 1},
    )  # fmt: skip
    assert "<img" not in told and "&lt;img" in told


def test_a_cell_is_never_a_formula() -> None:
    """Names come from producers: `=cmd()` is text."""
    assert cell("=cmd()") == "'=cmd()" and cell("@x") == "'@x" and cell(-1) == "-1" and cell("a=b") == "a=b"


def test_a_range_larger_than_a_pack_is_said_not_to_be_in_it(lender: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    """And an answer that rests on more entries is refused."""
    monkeypatch.setattr(packing, "ENTRIES_MAX", 5)
    files = unpacked(lender.export(Q.Q4_EVENTS_OF_SYSTEM, system=CRM))
    assert json.loads(files["ipe.json"])["completeList"]["leavesIncluded"] is False
    monkeypatch.setattr(packing, "ENTRIES_MAX", 1)
    with pytest.raises(LimitExceeded):
        lender.export(Q.Q4_EVENTS_OF_SYSTEM, system=CRM)


def test_what_nobody_signs_is_no_evidence(lender: Signed) -> None:
    """InputError that says what to do."""
    with pytest.raises(InputError, match="signs"):
        packing.prepare(lender.company.record(), Q.Q10_TAG_LEAKS, {}, policy="quorum none\n", with_raw=False)


def append_late(made: Signed) -> None:
    """Two entries more, after a head was signed."""
    made.company.clock[0] = us("04-08")
    made.company.ledger.append([Draft("heartbeat", {}), Draft("heartbeat", {})])


BINDS = {"export/entry.json": "export/proof.tlog-proof", "export/ipe.key": "ipe.json"}
"""Of an entry and its proof, a payload and its key, that do not fit nobody can tell which was edited."""


def is_named(name: str, told: str) -> bool:
    """Whether findings name a file, or what it is checked with: a key's payload, an entry's proof."""
    return any(each in told for each in (name, name.removesuffix(".key"), BINDS.get(name, name)))


@cache
def whole_pack() -> tuple[dict[str, bytes], Policy, Path]:
    """A pack with every kind of file in it: received bytes and an older head too."""
    folder = Path(mkdtemp(prefix="headwater-packs-"))
    with signed(folder) as made:
        made.head()
        append_late(made)
        files = unpacked(made.export(Q.Q18_ENTRY_UNALTERED, with_raw=True, index=2, since="2026-04-05T00:00:00Z"))
        assert "consistency/15.proof" in files and "parts/2.raw" in files
        return files, policy_of(made), folder


FILES = sorted(whole_pack()[0])


@settings(max_examples=120)
@given(st.sampled_from(FILES), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_any_byte_of_any_file_counts(name: str, where: float, change: int) -> None:
    """Changed anywhere, the pack does not verify, and the report names that file (or the one that binds it)."""
    files, policy, folder = whole_pack()
    content = bytearray(files[name])
    at = int(where * len(content))
    content[at] ^= change
    report = verify_bundle(packed({**files, name: bytes(content)}, folder / "edited.zip"), policy)
    assert report.findings, f"{name} at byte {at}"
    named = " ".join(str(each) for each in report.findings)
    assert is_named(name, named), f"{name} at byte {at}: {named}"


@pytest.mark.parametrize("name", FILES)
def test_no_file_can_be_taken_out_or_emptied(name: str) -> None:
    """Each is missed by name."""
    files, policy, folder = whole_pack()
    for changed in ({n: c for n, c in files.items() if n != name}, {**files, name: b""}):
        report = verify_bundle(packed(changed, folder / "less.zip"), policy)
        assert report.findings or report.gaps
        told = " ".join(str(each) for each in (*report.findings, *report.gaps))
        assert is_named(name, told), told


def test_nothing_can_be_added() -> None:
    """A file that ipe.json does not list is named."""
    files, policy, folder = whole_pack()
    for name in ("entries/5.json", "extra.txt", "export/more.json", "parts/0.extra"):
        report = verify_bundle(packed({**files, name: b"{}"}, folder / "more.zip"), policy)
        assert any(name.removesuffix(".json") in str(each) for each in report.findings), name


def test_a_pack_of_another_log_is_not_accepted(tmp_path: Path) -> None:
    """Everything made anew under another key: the policy decides."""
    files, policy, _ = whole_pack()
    with signed(tmp_path) as other:
        forged = unpacked(other.export(Q.Q18_ENTRY_UNALTERED, index=2))
        assert forged["checkpoint"] != files["checkpoint"]
        report = verify_bundle(packed(forged, tmp_path / "forged.zip"), policy)
    assert any("checkpoint" in str(each) for each in report.findings)
