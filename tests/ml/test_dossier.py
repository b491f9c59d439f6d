"""The dossier of a model version: what the law asks, with what nobody told listed; in four forms that validators take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from markupsafe import escape
from prov.model import ProvDocument

from lineage.dossier import Dossier, dossier
from lineage.dossier.bom import bom
from lineage.dossier.draft import parsed
from lineage.dossier.pages import html, markdown
from lineage.dossier.prov import prov
from lineage.errors import InputError
from lineage.evidence.answer import UNKNOWN, Head
from lineage.query.moments import NOW
from lineage.query.resolve import resolve_root
from tests.ml.test_comparison import WORLD
from tests.ml.world import World, dataset, mention, model, run_event, served, version

HEAD = Head(6, b"\x01" * 32)
TOLD = [
    *WORLD,
    served(5, "churn", ("ALIAS", "champion", "2")),
    run_event("check", "c1", 3.5, inputs=[mention("features", dataQualityAssertions={"assertions": [
        {"assertion": "not_null", "success": True, "column": "a"}, {"assertion": "unique", "success": False, "column": "b"}]})]),
]  # fmt: skip


def made(events: list[dict[str, Any]], name: str = "churn", number: str = "2") -> Dossier:
    questions = World(events).questions
    pinned = questions.sources.pin(NOW)
    return dossier(questions.sources, resolve_root(questions.sources, version(name, number), pinned.moment), pinned)


def rows(told: Dossier, key: str) -> list[tuple[str | None, ...]]:
    return list(next(section.rows for section in told.sections if section.key == key))


def test_every_section_is_there_and_says_what_is_on_record() -> None:
    """Data at the versions that were read, steps run by run, features by origin, serving with its times."""
    told = made(TOLD)
    identification = dict(rows(told, "identification"))
    assert (identification["model"], identification["version"]) == ("churn", "2")
    assert identification["code"] == "https://git.example/ml bbb"
    assert rows(told, "serving") == [("alias", "champion", "2026-11-01T05:00:00Z", None)]
    (data,) = rows(told, "data")
    assert data[0] == "mlflow://mlflow features" and data[2:4] == ("as written 2026-11-01T03:00:00Z", "LAST_WRITE")
    assert [row[1] for row in rows(told, "preparation")] == ["jobs load", "jobs train"]
    assert [(row[0], row[2]) for row in rows(told, "features")] == [("x", "features#a"), ("z", "features#c")]
    assert ("parameter", "rate", "0.2") in rows(told, "results") and ("metric", "accuracy", "0.9") in rows(
        told, "results"
    )
    keys = [section.key for section in told.sections]
    assert keys == sorted(keys, key=keys.index) and {"origins", "checks", "skew", "oversight"} <= set(keys)


def test_everything_unknown_is_listed_as_unknown() -> None:
    """Each cell that says so has a gap in its section; a bare version has sections and gaps, and no empty 'none'."""
    for told in (made(TOLD), made([run_event("train", "t2", 4, outputs=[model("churn", "2")])])):
        gaps = {gap.section for gap in told.gaps}
        for section in told.sections:
            if any(UNKNOWN in row for row in section.rows):
                assert section.key in gaps, section.key
        assert all(gap.message.endswith(".") for gap in told.gaps)
    bare = {gap.section for gap in told.gaps}
    assert {
        "identification",
        "serving",
        "data",
        "origins",
        "features",
        "checks",
        "results",
        "skew",
        "oversight",
    } <= bare


def test_checks_passed_and_failed_on_the_data_are_told() -> None:
    """Also those that another run made of the data that was read."""
    told = made(TOLD)
    assert {(row[1], row[2], row[3]) for row in rows(told, "checks")} == {
        ("not_null", "a", "passed"), ("unique", "b", "failed"),
    }  # fmt: skip


def test_the_bom_is_strictly_valid_and_names_data_and_metrics() -> None:
    """CycloneDX's own schema, strict; the same record gives the same document."""
    told = made(TOLD)
    facets = {key: parsed(value) for key, value in told.run.properties} if told.run else {}
    document = bom(told, facets)
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document))
    assert error is None, error
    card = document["metadata"]["component"]["modelCard"]
    assert card["quantitativeAnalysis"]["performanceMetrics"] == [{"type": "accuracy", "value": "0.9"}]
    refs = {component["bom-ref"] for component in document["components"]}
    assert {each["ref"] for each in card["modelParameters"]["datasets"]} <= refs
    assert {each["ref"] for each in document["dependencies"]} == refs | {document["metadata"]["component"]["bom-ref"]}
    assert json.dumps(bom(made(TOLD), facets)) == json.dumps(document)


def test_prov_is_read_and_written_by_the_reference_library() -> None:
    """Round trip: what it read is what it writes."""
    document = prov(made(TOLD))
    read = ProvDocument.deserialize(content=json.dumps(document), format="json")
    again = ProvDocument.deserialize(content=read.serialize(format="json"), format="json")
    assert again == read
    assert len(document["used"]) == len(made(TOLD).lineage.reads)


def test_pages_show_every_section_and_escape_what_events_say() -> None:
    """A name that is markup stays a name, in HTML and in Markdown."""
    evil = "<script>alert(1)</script>|x"
    events = [run_event("train", "t1", 1, inputs=[mention(evil)], outputs=[model("churn", "2")])]
    told = made(events)
    page, text = html(told, HEAD), markdown(told, HEAD)
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "<script>" not in text
    for section in told.sections:
        assert section.title in page and f"## {section.title}" in text
    for line in (line for line in text.splitlines() if line.startswith("|")):
        assert line.endswith("|")
    for gap in told.gaps:
        assert str(escape(gap.message)) in page


def test_what_is_no_version_of_a_model_has_no_dossier() -> None:
    """A table, and the model itself."""
    questions = World(TOLD).questions
    pinned = questions.sources.pin(NOW)
    for ref in (dataset("features"), dataset("churn")):
        with pytest.raises(InputError):
            dossier(questions.sources, questions.find(ref), pinned)
