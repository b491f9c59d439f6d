"""Q1 to Q19: each with an answer made by hand from tests/evidence/company.py, and what it must not say.

The negative case of each: where nothing is to be found the answer is empty *and* says why, and where nobody told something
the cell says UNKNOWN with the way to tell it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lineage.errors import InputError, NotFound
from lineage.evidence.answer import UNKNOWN, AuditAnswer
from lineage.evidence.questions import NamedAuditQuery as Q
from lineage.evidence.record import Access
from lineage.ids import dataset_id
from lineage.ledger import Draft
from lineage.query.answers import CompletenessStatus
from lineage.statements import FactKind
from tests.evidence.company import (
    CRM,
    EVENTS,
    MODEL,
    STATEMENTS,
    WH,
    Company,
    company,
    data,
    flow,
    run,
    stated,
    table,
    tags,
    us,
    version,
)

CUSTOMERS = {"namespace": CRM, "name": "crm.public.customers"}
EMAIL = {**CUSTOMERS, "column": "email"}
CHURN = {"namespace": WH, "name": MODEL[1]}
ACTIVE = {"namespace": WH, "name": "reports.monthly", "column": "active"}
COMPLETE, UNKNOWN_STATUS = CompletenessStatus.COMPLETE, CompletenessStatus.UNKNOWN


@pytest.fixture(scope="module")
def lender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The whole record."""
    with company(tmp_path_factory.mktemp("lender")) as made:
        yield made


def table_of(answer: AuditAnswer, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of an answer."""
    return list(zip(*(answer.cells(name) for name in names), strict=True))


def told(answer: AuditAnswer) -> set[str]:
    """What an answer says it does not know."""
    return {each.what for each in answer.unknowns}


def wh(name: str, column: str | None = None) -> dict[str, str]:
    return {"namespace": WH, "name": name, **({"column": column} if column else {})}


# ---- models ---------------------------------------------------------------------------------------------------------


def test_q1_names_inputs_and_sources_as_of_the_training(lender: Company) -> None:
    """Version 1 saw no payments; the version that the run read is told, of others the last one before it."""
    answer = lender.ask(Q.Q1_TRAINING_DATA, model=CHURN, version="1")
    assert table_of(answer, "node", "place", "version", "versionKnownBy", "certainty") == [
        ("warehouse features.churn#mail_domain", "INPUT", "fv-03-02T09:00", "REPORTED", "CERTAIN"),
        ("warehouse core.customers#email", "BETWEEN", "core-03-01T02:00", "LAST_WRITE", "CERTAIN"),
        ("postgres://crm crm.public.customers#email", "SOURCE", UNKNOWN, None, "CERTAIN"),
    ]
    assert answer.cells("owner")[2] == "crm-team" and answer.cells("collection")[2] == "entered by customers"
    assert answer.cells("role") == [UNKNOWN, None, UNKNOWN]
    assert answer.status is UNKNOWN_STATUS and {"owner", "role", "version"} <= told(answer)
    second = lender.ask(Q.Q1_TRAINING_DATA, model=CHURN, version="2")
    sources = [n for n, place in table_of(second, "node", "place") if place == "SOURCE"]
    assert sources == ["postgres://crm crm.public.customers#email", "postgres://pay pay.public.payments#amount"]


def test_q1_a_version_that_nobody_told_is_not_found(lender: Company) -> None:
    """With near names; never an empty list of inputs."""
    with pytest.raises(NotFound) as error:
        lender.ask(Q.Q1_TRAINING_DATA, model=CHURN, version="7")
    assert sorted(error.value.near) == ["1", "2"]


def test_q1_a_model_without_inputs_says_so(tmp_path: Path) -> None:
    """Nothing upstream is UNKNOWN, not "none"."""
    alone = run("03-02T09:00", "train", [], [data(*MODEL, datasetType={"datasetType": "MODEL"}, **version("1"))])
    with company(tmp_path, alone) as made:
        answer = made.ask(Q.Q1_TRAINING_DATA, model=CHURN, version="1")
    assert answer.rows == () and "inputs" in told(answer) and answer.status is UNKNOWN_STATUS


def test_q1_takes_roles_and_digests_from_the_tracking_server(tmp_path: Path) -> None:
    """As `headwater collect mlflow` sends them: training and evaluation data apart."""
    facet = {
        "inputs": [
            {"namespace": WH, "name": "features.churn", "loggedName": "churn", "context": "training"},
            {"namespace": WH, "name": "features.holdout", "loggedName": "holdout", "context": "evaluation"},
        ]
    }
    train = run(
        "03-02T09:00", "train", [data(WH, "features.churn", **version("d1")), data(WH, "features.holdout")],
        [data(*MODEL, datasetType={"datasetType": "MODEL"}, **version("1"))], headwater_training=facet,
    )  # fmt: skip
    with company(tmp_path, train) as made:
        answer = made.ask(Q.Q1_TRAINING_DATA, model=CHURN, version="1")
    assert sorted(table_of(answer, "node", "role", "version")) == [
        ("warehouse features.churn", "training", "d1"),
        ("warehouse features.holdout", "evaluation", UNKNOWN),
    ]


def test_q1_and_q6_are_as_of_the_training_not_as_of_today(tmp_path: Path) -> None:
    """After both trainings the feature is made of something else: neither version's inputs change by that."""
    told = flow(mail_domain=(WH, "core.payments", "customer", "IDENTITY"))
    later = run(
        "04-05T03:00", "features", [data(WH, "core.payments")],
        [data(WH, "features.churn", "mail_domain", columnLineage=told)],
    )  # fmt: skip
    with company(tmp_path, *EVENTS, later) as made:
        first = made.ask(Q.Q1_TRAINING_DATA, model=CHURN, version="1")
        change = made.ask(Q.Q6_MODEL_INPUTS_CHANGED, model=CHURN, fromVersion="1", toVersion="2")
    assert first.cells("node")[-1] == "postgres://crm crm.public.customers#email"
    assert not any("payments#customer" in str(node) for node in [*first.cells("node"), *change.cells("subject")])
    assert len(change.rows) == 7


def test_q2_tells_each_step_with_the_code_that_ran(lender: Company) -> None:
    """From source to feature; literals are gone from the statement; a job without SQL is UNKNOWN."""
    answer = lender.ask(Q.Q2_PREPARATION_STEPS, source=EMAIL, feature=wh("features.churn", "mail_domain"))
    assert table_of(answer, "way", "step", "to", "operation", "jobs", "certainty") == [
        (1, 1, "warehouse core.customers#email", "IDENTITY", "etl load_customers", "CERTAIN"),
        (1, 2, "warehouse features.churn#mail_domain", "TRANSFORMATION", "etl features", "CERTAIN"),
    ]
    codes, statements = answer.cells("code"), answer.cells("statement")
    assert codes[0] == "c2 (https://git.example/etl)" and str(codes[1]).startswith("sql:")
    assert statements[0] == UNKNOWN and "split_part(email, ?, ?)" in str(statements[1])
    then = lender.ask(
        Q.Q2_PREPARATION_STEPS, source=EMAIL, feature=wh("features.churn", "mail_domain"), at="2026-03-05T00:00:00Z"
    )
    assert then.cells("code")[0] == "c1 (https://git.example/etl)"


def test_q2_no_way_is_an_empty_complete_answer(lender: Company) -> None:
    """Payments never became a mail domain."""
    source = {"namespace": "postgres://pay", "name": "pay.public.payments", "column": "amount"}
    answer = lender.ask(Q.Q2_PREPARATION_STEPS, source=source, feature=wh("features.churn", "mail_domain"))
    assert answer.rows == () and answer.status is COMPLETE


def test_q3_counts_trainings_while_the_tag_was_there(lender: Company) -> None:
    """Both versions, in the span; only the first in a shorter one; `phone` went into none."""
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
    answer = lender.ask(Q.Q3_TRAINED_ON_TAGGED, column=EMAIL, **span)
    assert table_of(answer, "model", "trainedAt", "tagged", "certainty") == [
        ("warehouse models.churn@1", "2026-03-02T09:00:00Z", "YES", "CERTAIN"),
        ("warehouse models.churn@2", "2026-03-12T09:00:00Z", "YES", "CERTAIN"),
    ]
    assert answer.status is COMPLETE
    short = lender.ask(Q.Q3_TRAINED_ON_TAGGED, column=EMAIL, **{**span, "to": "2026-03-12T09:00:00Z"})
    assert short.cells("model") == ["warehouse models.churn@1"]
    none = lender.ask(Q.Q3_TRAINED_ON_TAGGED, column={**CUSTOMERS, "column": "phone"}, **span)
    assert none.rows == () and none.status is COMPLETE


def test_q3_a_tag_from_later_on_does_not_count(tmp_path: Path) -> None:
    """Tagged between the trainings: NO for the first, YES for the second."""
    place = table(*("warehouse", "core.customers"), "email")
    later = stated("03-11T00:00", FactKind.TAG, place, "yes", "secret", "03-11T00:00")
    with company(tmp_path, *EVENTS, later) as made:
        answer = made.ask(
            Q.Q3_TRAINED_ON_TAGGED, column=wh("core.customers", "email"), tag="secret",
            **{"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"},
        )  # fmt: skip
    assert table_of(answer, "model", "tagged") == [
        ("warehouse models.churn@1", "NO"),
        ("warehouse models.churn@2", "YES"),
    ]


def test_q3_a_model_without_versions_is_told_to_be_unknown(tmp_path: Path) -> None:
    """It is downstream of the column, but which training used it nobody said."""
    out = data(
        *MODEL,
        "x",
        datasetType={"datasetType": "MODEL"},
        columnLineage=flow(x=(CRM, "crm.public.customers", "email", "IDENTITY")),
    )
    with company(tmp_path, run("03-02T09:00", "train", [data(CRM, "crm.public.customers", "email")], [out])) as made:
        answer = made.ask(
            Q.Q3_TRAINED_ON_TAGGED, column=EMAIL, **{"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
        )
    assert answer.rows == () and "model" in told(answer) and answer.status is UNKNOWN_STATUS


def test_q5_is_what_the_record_held_on_that_day(lender: Company) -> None:
    """Owner and validator were told on 13 March: on the 3rd they are UNKNOWN, on the 20th there."""

    def on(day: str) -> dict[tuple[Any, Any], Any]:
        answer = lender.ask(Q.Q5_MODEL_AS_DOCUMENTED, model=CHURN, version="1", on=f"2026-{day}T00:00:00Z")
        return {(section, item): value for section, item, value in table_of(answer, "section", "item", "value")}

    then, later = on("03-03"), on("03-20")
    assert then["model", "owners"] == UNKNOWN and later["model", "validated by"] == "validation-unit"
    assert then["model", "training run"] == "train@03-02T09:00"
    assert [item for section, item in then if section == "inputs"] == [
        "warehouse features.churn", "warehouse core.customers", "postgres://crm crm.public.customers",
    ]  # fmt: skip
    assert ("tags", "material") in later and ("tags", "material") not in then


def test_q5_before_its_first_event_it_is_not_there(lender: Company) -> None:
    """NOT_FOUND, not an empty dossier."""
    with pytest.raises(NotFound):
        lender.ask(Q.Q5_MODEL_AS_DOCUMENTED, model=CHURN, version="1", on="2026-03-01T12:00:00Z")


def test_q6_tells_what_the_later_version_has_besides(lender: Company) -> None:
    """Payments came in; what goes into both versions is no change; the judgement is a person's."""
    answer = lender.ask(Q.Q6_MODEL_INPUTS_CHANGED, model=CHURN, fromVersion="1", toVersion="2")
    assert table_of(answer, "change", "what", "subject") == [
        ("ADDED", "FLOW", "postgres://pay pay.public.payments#amount → warehouse core.payments#amount"),
        ("ADDED", "FLOW", "warehouse core.payments#amount → warehouse features.churn#spent"),
        ("ADDED", "FLOW", "warehouse features.churn#spent → warehouse models.churn#spent"),
        ("ADDED", "INPUT", "postgres://pay pay.public.payments#amount"),
        ("ADDED", "INPUT", "warehouse core.payments#amount"),
        ("ADDED", "INPUT", "warehouse features.churn#spent"),
        ("CHANGED", "VERSION", "warehouse features.churn"),
    ]
    assert set(answer.cells("substantial")) == {UNKNOWN} and "substantial" in told(answer)


def test_q6_a_version_against_itself_changed_nothing(lender: Company) -> None:
    """An empty, complete answer."""
    answer = lender.ask(Q.Q6_MODEL_INPUTS_CHANGED, model=CHURN, fromVersion="2", toVersion="2")
    assert answer.rows == () and answer.status is COMPLETE


def test_q16_lists_each_model_once_with_who_validated_it(lender: Company) -> None:
    """A version is no model of its own; a source that stops reaches it for certain, another source does not."""
    names = ("model", "latestVersion", "material", "validator", "sources", "ifSourceStops")
    answer = lender.ask(Q.Q16_MODEL_INVENTORY, source=EMAIL)
    assert table_of(answer, *names) == [("warehouse models.churn", "2", "yes", "validation-unit", 2, "CERTAIN")]
    assert answer.cells("validatedAt") == [UNKNOWN]
    other = lender.ask(Q.Q16_MODEL_INVENTORY, source=wh("us.marketing"))
    assert other.cells("ifSourceStops") == ["NO"]
    assert lender.ask(Q.Q16_MODEL_INVENTORY).cells("ifSourceStops") == [None]


def test_q16_without_models_there_is_none(tmp_path: Path) -> None:
    """Nothing of type MODEL is on record: an empty list."""
    with company(tmp_path, EVENTS[0]) as made:
        assert made.ask(Q.Q16_MODEL_INVENTORY).rows == ()


# ---- personal data --------------------------------------------------------------------------------------------------


def test_q7_is_a_row_for_each_purpose_and_dataset(lender: Company) -> None:
    """Recipients and regions come from downstream, too; a third country is named."""
    answer = lender.ask(Q.Q7_PROCESSING_RECORD)
    names = ("purpose", "dataset", "categories", "subjects", "recipients", "regions", "thirdCountries", "retention")
    assert table_of(answer, *names) == [
        (
            "billing",
            "postgres://crm crm.public.customers",
            "contact",
            "customer",
            "Adco Inc.",
            "DE; US",
            "US",
            "3 years",
        )
    ]
    assert "regions" in told(answer), "reports.monthly and the models have no region"


def test_q7_takes_purposes_of_columns_too(tmp_path: Path) -> None:
    """Two purposes, one told on the dataset and one on a column: two rows; what only a column tells counts."""
    told = tags(purpose="billing", email__purpose="marketing", email__data_category="contact")
    with company(
        tmp_path, run("03-01T02:00", "j", [data(CRM, "crm.public.customers", "email", tags=told)], [data(WH, "x")])
    ) as made:
        answer = made.ask(Q.Q7_PROCESSING_RECORD)
    assert table_of(answer, "purpose", "categories") == [("billing", "contact"), ("marketing", "contact")]
    assert answer.cells("retention") == [UNKNOWN, UNKNOWN]


def test_q7_a_purpose_that_nobody_told_is_unknown(lender: Company) -> None:
    """No row, and the reason."""
    answer = lender.ask(Q.Q7_PROCESSING_RECORD, purpose="marketing")
    assert answer.rows == () and told(answer) == {"purpose"}


def test_q8_follows_a_key_to_recipients_and_models(lender: Company) -> None:
    """Everything downstream, the recipient where it is one, and whether a model decides is UNKNOWN."""
    answer = lender.ask(Q.Q8_SUBJECT_ACCESS, key=EMAIL)
    found = {
        reached: (recipient, decides)
        for reached, recipient, decides in table_of(answer, "reached", "recipient", "automatedDecision")
    }
    assert found["warehouse us.marketing#contact"] == ("Adco Inc.", None)
    assert found["warehouse models.churn@2"] == (None, UNKNOWN)
    assert "etl export_us" in found and "warehouse reports.monthly" not in found
    assert answer.status is UNKNOWN_STATUS


def test_q8_what_flows_nowhere_reaches_nothing(lender: Company) -> None:
    """A report's figure is an end: empty and complete."""
    answer = lender.ask(Q.Q8_SUBJECT_ACCESS, key=ACTIVE)
    assert answer.rows == () and answer.status is COMPLETE


def test_q9_tells_what_still_holds_it(lender: Company) -> None:
    """Not written since: YES. Written since, nobody said how: UNKNOWN. Models hold what they were trained on."""
    answer = lender.ask(Q.Q9_ERASURE_REACH, source=CUSTOMERS, erasedAt="2026-03-20T00:00:00Z")
    assert dict(table_of(answer, "dataset", "stillHolds")) == {
        "warehouse core.customers": "YES", "warehouse features.churn": "YES", "warehouse models.churn": "YES",
        "warehouse models.churn@1": "YES", "warehouse models.churn@2": "YES", "warehouse reports.monthly": UNKNOWN,
        "warehouse us.marketing": UNKNOWN,
    }  # fmt: skip


def test_q9_a_rebuild_helps_only_out_of_what_was_clean(tmp_path: Path) -> None:
    """features are replaced after the erasure but before core.customers: they hold it again."""
    full = [
        stated("03-01T01:00", FactKind.TAG, table(WH, name), "full", "refresh", "03-01T00:00")
        for name in ("core.customers", "features.churn")
    ]
    load, features, again = EVENTS[4], EVENTS[5], EVENTS[5]
    reload = (f"03-{25}T02:00", {**load[1], "eventTime": "2026-03-25T02:00:00Z", "run": {"runId": "r25", "facets": {}}})
    early = ("03-24T03:00", {**features[1], "eventTime": "2026-03-24T03:00:00Z", "run": {"runId": "f24", "facets": {}}})
    late = ("03-26T03:00", {**again[1], "eventTime": "2026-03-26T03:00:00Z", "run": {"runId": "f26", "facets": {}}})
    asked = {"source": CUSTOMERS, "erasedAt": "2026-03-20T00:00:00Z"}
    with company(tmp_path / "a", *EVENTS[:2], reload, early, *full) as made:
        answer = made.ask(Q.Q9_ERASURE_REACH, **asked)
    assert dict(table_of(answer, "dataset", "stillHolds")) == {
        "warehouse core.customers": "NO", "warehouse features.churn": "YES",
    }  # fmt: skip
    with company(tmp_path / "b", *EVENTS[:2], reload, early, late, *full) as made:
        answer = made.ask(Q.Q9_ERASURE_REACH, **asked)
    assert set(answer.cells("stillHolds")) == {"NO"}


def test_q10_finds_where_a_tag_is_lost(lender: Company) -> None:
    """The mail address goes on unmarked into a feature, the models and marketing; a masked phone number does not."""
    answer = lender.ask(Q.Q10_TAG_LEAKS)
    assert {(a, b) for a, b in table_of(answer, "from", "to")} == {
        ("warehouse core.customers#email", "warehouse features.churn#mail_domain"),
        ("warehouse core.customers#email", "warehouse us.marketing#contact"),
        ("warehouse core.customers#email", "warehouse models.churn@1#mail_domain"),
        ("warehouse core.customers#email", "warehouse models.churn@2#mail_domain"),
        ("warehouse core.customers#email", "warehouse models.churn#mail_domain"),
    }
    assert not any("phone" in str(path) for path in answer.cells("path"))


def test_q10_a_tag_that_nobody_uses_is_unknown(lender: Company) -> None:
    """Not "no leaks"."""
    answer = lender.ask(Q.Q10_TAG_LEAKS, tag="health")
    assert answer.rows == () and told(answer) == {"tag"} and answer.status is UNKNOWN_STATUS


def test_q11_names_the_flow_abroad_and_what_has_no_region(lender: Company) -> None:
    """DE → US leaves; into what has no region is UNKNOWN; DE → DE is no row."""
    answer = lender.ask(Q.Q11_TRANSFERS_ABROAD)
    rows = {
        (a, b): (leaves, tool) for a, b, leaves, tool in table_of(answer, "from", "to", "leavesEea", "transferTool")
    }
    assert rows["warehouse core.customers", "warehouse us.marketing"] == ("YES", UNKNOWN)
    assert rows["warehouse core.customers", "warehouse reports.monthly"] == (UNKNOWN, None)
    assert ("postgres://crm crm.public.customers", "warehouse core.customers") not in rows
    since = dict(zip(answer.cells("to"), answer.cells("since"), strict=True))
    assert since["warehouse us.marketing"] == "2026-04-02T05:00:00Z"


def test_q11_without_regions_nothing_can_be_said(tmp_path: Path) -> None:
    """UNKNOWN, not "no transfers"."""
    with company(tmp_path, EVENTS[3]) as made:
        answer = made.ask(Q.Q11_TRANSFERS_ABROAD)
    assert answer.rows == () and told(answer) == {"regions"}


# ---- figures --------------------------------------------------------------------------------------------------------


def test_q12_counts_how_much_of_a_figure_is_known(lender: Company) -> None:
    """Two steps, both by attribute."""
    answer = lender.ask(Q.Q12_FIGURE_LINEAGE, figure=ACTIVE)
    assert table_of(answer, "line", "to", "operation", "known", "manual", "count") == [
        ("EDGE", "warehouse core.customers#id", "IDENTITY", "KNOWN", "NO", None),
        ("EDGE", "warehouse reports.monthly#active", "AGGREGATION", "KNOWN", "NO", None),
        ("COVERAGE", None, None, "KNOWN", None, 2),
        ("COVERAGE", None, None, "INFERRED", None, 0),
        ("COVERAGE", None, None, "UNKNOWN", None, 0),
    ]


def test_q12_a_step_between_tables_only_is_unknown_and_a_stated_one_manual(tmp_path: Path) -> None:
    """A spreadsheet somebody vouches for is a manual step; a job without column lineage counts as UNKNOWN."""
    from lineage.statements import FactStatement, StatedFact, encode

    kind, norm = encode(
        FactStatement(
            StatedFact(
                FactKind.EDGE,
                table(WH, "reports.monthly"),
                "typed in by hand",
                table("sheets", "adjustments"),
                from_us=us("03-01"),
            )
        )
    )
    plain = run("03-31T05:00", "monthly", [data(WH, "core.customers")], [data(WH, "reports.monthly", "active")])
    with company(tmp_path, plain, ("04-01", Draft(kind, {"norm": norm}))) as made:
        answer = made.ask(Q.Q12_FIGURE_LINEAGE, figure=wh("reports.monthly"))
    edges = {
        (a, known, manual)
        for line, a, known, manual in table_of(answer, "line", "from", "known", "manual")
        if line == "EDGE"
    }
    assert ("sheets adjustments", "UNKNOWN", "YES") in edges and ("warehouse core.customers", "UNKNOWN", "NO") in edges
    assert "known" in told(answer) and answer.status is UNKNOWN_STATUS


def test_q12_a_figure_with_nothing_behind_it_says_so(lender: Company) -> None:
    """A source has no lineage: UNKNOWN, with coverage of nothing."""
    answer = lender.ask(Q.Q12_FIGURE_LINEAGE, figure=EMAIL)
    assert answer.cells("count") == [0, 0, 0] and "figure" in told(answer)


def test_q13_tells_who_changed_the_code_and_whether_duties_were_separate(lender: Company) -> None:
    """c1 became c2; Ada wrote and deployed it: not separate. The ticket was never told."""
    answer = lender.ask(Q.Q13_CODE_CHANGES, figure=ACTIVE, since="2026-03-05T00:00:00Z")
    names = ("job", "changedAt", "before", "after", "author", "approver", "deployer", "ticket", "separated")
    assert table_of(answer, *names) == [
        ("etl load_customers", "2026-03-10T02:00:00Z", "c1", "c2", "ada", "bob", "ada", UNKNOWN, "NO")
    ]


def test_q13_without_the_people_separation_is_unknown(tmp_path: Path) -> None:
    """And before the change there is none to report."""
    with company(tmp_path, *EVENTS) as made:
        answer = made.ask(Q.Q13_CODE_CHANGES, figure=ACTIVE, since="2026-03-05T00:00:00Z")
        none = made.ask(Q.Q13_CODE_CHANGES, figure=ACTIVE, since="2026-04-03T00:00:00Z")
    assert answer.cells("separated") == [UNKNOWN] and {"author", "separated"} <= told(answer)
    assert none.rows == () and none.status is COMPLETE


def test_q14_tells_run_code_parameters_and_input_versions(lender: Company) -> None:
    """All that would be needed to make the number again."""
    answer = lender.ask(Q.Q14_RECREATE_FIGURE, figure=ACTIVE, on="2026-04-01T00:00:00Z")
    assert table_of(answer, "item", "name", "value", "version", "versionKnownBy") == [
        ("run", None, "monthly@03-31T05:00", None, None),
        ("startedAt", None, "2026-03-31T05:00:00Z", None, None),
        ("endedAt", None, "2026-03-31T05:00:00Z", None, None),
        ("job", None, "etl monthly", None, None),
        ("code", None, "r7 (https://git.example/etl)", None, None),
        ("parameter", "month", "2026-03", None, None),
        ("nominalTime", "nominalStartTime", "2026-03-31T00:00:00Z", None, None),
        ("input", "warehouse core.customers", "read by the run", "core-03-10T02:00", "LAST_WRITE"),
    ]
    assert answer.status is COMPLETE


def test_q14_before_the_first_run_it_is_not_found_and_what_no_run_wrote_is_unknown(lender: Company) -> None:
    """Never an empty list of inputs."""
    with pytest.raises(NotFound):
        lender.ask(Q.Q14_RECREATE_FIGURE, figure=ACTIVE, on="2026-03-30T00:00:00Z")
    answer = lender.ask(Q.Q14_RECREATE_FIGURE, figure=CUSTOMERS, on="2026-04-01T00:00:00Z")
    assert answer.rows == () and told(answer) == {"run"}


# ---- the record itself ----------------------------------------------------------------------------------------------


def test_q4_is_a_filter_over_an_unbroken_range(lender: Company) -> None:
    """The two loads name the CRM; the range is the whole log."""
    answer = lender.ask(Q.Q4_EVENTS_OF_SYSTEM, system=CRM)
    assert table_of(answer, "index", "job") == [(0, "etl load_customers"), (4, "etl load_customers")]
    assert answer.scanned is not None and (answer.scanned.start, answer.scanned.stop) == (0, 15)
    march = lender.ask(Q.Q4_EVENTS_OF_SYSTEM, system="postgres://*", **{"from": "2026-03-05T00:00:00Z"})
    assert march.cells("index") == [3, 4]


def test_q4_a_system_without_events_has_none(lender: Company) -> None:
    """Empty and complete over the range."""
    answer = lender.ask(Q.Q4_EVENTS_OF_SYSTEM, system="snowflake://x")
    assert answer.rows == () and answer.status is COMPLETE and answer.scanned is not None


class Reads:
    """An access log of a few entries, what is before `begins_us` pruned."""

    def __init__(self, *entries: Access, begins_us: int | None = None) -> None:
        self.entries, self._begins_us = entries, begins_us

    def begins_us(self) -> int | None:
        return self._begins_us

    def between(self, from_us: int | None, to_us: int | None) -> Iterator[Access]:
        return (e for e in self.entries if (from_us or 0) <= e.time_us < (to_us or 1 << 62))


def test_q15_tells_who_looked_at_a_dataset_and_its_columns(lender: Company) -> None:
    """By id, whatever else the answer held; reads of other things are no row; an erased entry is said."""
    own = dataset_id(CRM, "crm.public.customers")
    reads = Reads(
        Access(0, us("04-03"), "read", "a_ann", "Lineage", "", "allowed", (own, dataset_id(WH, "core.customers"))),
        Access(1, us("04-04"), "export", "a_bob", "exportEvidence", "audit 7", "allowed", (own,)),
        Access(2, us("04-05"), "read", "a_ann", "Lineage", "", "allowed", (dataset_id(WH, "us.marketing"),)),
    )
    lender.access = reads
    try:
        answer = lender.ask(Q.Q15_WHO_SAW, of=CUSTOMERS)
        assert table_of(answer, "actor", "kind", "purpose", "accessIndex") == [
            ("a_ann", "read", None, 0),
            ("a_bob", "export", "audit 7", 1),
        ]
        assert lender.ask(Q.Q15_WHO_SAW, tag="pii", **{"from": "2026-04-04T00:00:00Z"}).cells("actor") == ["a_bob"]
        lender.access = Reads(Access(0, us("04-03"), "read", "a_ann", "", "", "", None))
        erased = lender.ask(Q.Q15_WHO_SAW, of=CUSTOMERS)
        assert erased.rows == () and told(erased) == {"objects"}
        lender.access = Reads(begins_us=us("04-04"))
        assert told(lender.ask(Q.Q15_WHO_SAW, of=CUSTOMERS)) == {"entries"}
        assert not told(lender.ask(Q.Q15_WHO_SAW, of=CUSTOMERS, **{"from": "2026-04-04T00:00:00Z"}))
    finally:
        lender.access = None


def test_q15_without_the_access_log_nothing_can_be_said(lender: Company) -> None:
    """UNKNOWN; and one of `of` and `tag` has to be given."""
    assert told(lender.ask(Q.Q15_WHO_SAW, of=CUSTOMERS)) == {"access"}
    with pytest.raises(InputError):
        lender.ask(Q.Q15_WHO_SAW)


def test_q17_lists_changes_and_silence(tmp_path: Path) -> None:
    """With heartbeats, an hour without an entry is a gap; without any, silence is UNKNOWN."""
    beats = [(f"03-01T{hour:02}:{minute:02}", Draft("heartbeat", {})) for hour in (2, 4) for minute in (0, 10, 20)]
    with company(tmp_path / "a", *beats, ("03-01T04:05", STATEMENTS[0][1])) as made:
        answer = made.ask(Q.Q17_ADMIN_AND_GAPS)
    assert table_of(answer, "line", "from", "to", "kind") == [
        ("CHANGE", "2026-03-01T04:05:00Z", None, "annotate"),
        ("GAP", "2026-03-01T02:20:00Z", "2026-03-01T04:00:00Z", "6000 s"),
    ]
    assert answer.status is COMPLETE
    with company(tmp_path / "b", EVENTS[0]) as made:
        silent = made.ask(Q.Q17_ADMIN_AND_GAPS)
    assert silent.rows == () and told(silent) == {"gaps"}


def test_q18_proves_what_can_be_proved_and_says_what_cannot(lender: Company) -> None:
    """Included and of that index; nobody signs this log, so nothing is said about its operator."""
    answer = lender.ask(Q.Q18_ENTRY_UNALTERED, index=2)
    assert dict(table_of(answer, "check", "result")) == {
        "inclusion": "HOLDS", "index": "HOLDS", "appended": "HOLDS", "consistency": UNKNOWN, "signature": UNKNOWN,
    }  # fmt: skip
    with pytest.raises(InputError):
        lender.ask(Q.Q18_ENTRY_UNALTERED, index=15)


def test_q19_tells_what_was_said_and_what_came_late(tmp_path: Path) -> None:
    """On 6 March nobody knew that payments had gone into the features on the 4th: the event came on the 9th."""
    late = EVENTS[5][1]
    event = {**late, "eventTime": "2026-03-04T03:00:00Z", "run": {"runId": "late", "facets": {}}}
    with company(tmp_path, *EVENTS[:4], ("03-09T00:00", event)) as made:
        answer = made.ask(
            Q.Q19_WHAT_WAS_SAID, of=wh("features.churn"), about="2026-03-04T12:00:00Z", saidOn="2026-03-06T00:00:00Z"
        )
        same = made.ask(
            Q.Q19_WHAT_WAS_SAID, of=wh("features.churn"), about="2026-03-04T12:00:00Z", saidOn="2026-03-09T12:00:00Z"
        )
    assert table_of(answer, "line", "what", "then", "now") == [
        ("SAID_NOW", "warehouse core.payments → warehouse features.churn (VALUE)", "no", "yes"),
        ("LATE", "entry 4 (ol.event)", None, None),
    ]
    assert (
        answer.cells("learnedAt")[1] == "2026-03-09T00:00:00Z"
        and answer.cells("happenedAt")[1] == "2026-03-04T03:00:00Z"
    )
    assert same.rows == () and same.status is COMPLETE


def test_every_row_cites_entries_and_every_unknown_says_how_to_tell_it(lender: Company) -> None:
    """Over all questions of this file's company: no row of a walk without an entry, no unknown without a sentence."""
    for query, variables in (
        (Q.Q1_TRAINING_DATA, {"model": CHURN, "version": "2"}), (Q.Q8_SUBJECT_ACCESS, {"key": EMAIL}),
        (Q.Q10_TAG_LEAKS, {}), (Q.Q11_TRANSFERS_ABROAD, {}), (Q.Q13_CODE_CHANGES, {"figure": ACTIVE, "since": "2026-03-01T00:00:00Z"}),
        (Q.Q7_PROCESSING_RECORD, {}), (Q.Q16_MODEL_INVENTORY, {}),
    ):  # fmt: skip
        answer = lender.ask(query, **variables)
        uncited = [row.values for row in answer.rows if not row.entries]
        assert uncited == [], query
        assert all(each.reason.endswith(".") and len(each.reason) > 20 for each in answer.unknowns)
        assert (UNKNOWN in {v for row in answer.rows for v in row.values}) <= bool(answer.unknowns)


def test_tags_of_facets_are_read_as_stated_ones(tmp_path: Path) -> None:
    """`classification=pii` counts as the tag `pii`; a tag of another case is the same."""
    marked = data(CRM, "crm.public.customers", "email", tags=tags(email__Classification="PII"))
    out = data(WH, "x", "e", columnLineage=flow(e=(CRM, "crm.public.customers", "email", "IDENTITY")))
    with company(tmp_path, run("03-01T02:00", "j", [marked], [out])) as made:
        assert made.ask(Q.Q10_TAG_LEAKS).cells("to") == ["warehouse x#e"]


def test_a_tag_that_says_no_marks_nothing(tmp_path: Path) -> None:
    """`pii=no` on the source: nothing is marked; on the target it does not make up for the mark."""
    told = flow(e=(CRM, "crm.public.customers", "email", "IDENTITY"))
    for name, source, target, leaks in (
        ("a", "no", "no", []),
        ("b", "yes", "no", ["warehouse x#e"]),
        ("c", "yes", "true", []),
    ):
        marked = data(CRM, "crm.public.customers", "email", tags=tags(email__pii=source))
        out = data(WH, "x", "e", columnLineage=told, tags=tags(e__pii=target))
        with company(tmp_path / name, run("03-01T02:00", "j", [marked], [out])) as made:
            assert made.ask(Q.Q10_TAG_LEAKS).cells("to") == leaks, name
