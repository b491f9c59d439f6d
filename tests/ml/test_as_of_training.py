"""What is said of a version is said as of its training: what was made of its sources later is no part of its record."""

from __future__ import annotations

import json
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from lineage.dossier import Dossier, dossier_of
from lineage.dossier.bom import bom
from lineage.facts import Direction, Grain
from lineage.query.moments import MomentInput
from lineage.query.run_lineage import ReadHow
from lineage.query.skew import SkewVerdict
from tests.ml.test_skew import made, serves, verdicts
from tests.ml.world import World, at_us, dataset, derives, mention, model, run_event, schema, version

POSTGRES = "postgres://db.example:5432"  # the graph writes it without its usual port


def coded(event: dict[str, Any], commit: str) -> dict[str, Any]:
    event["job"]["facets"]["sourceCodeLocation"] = {"type": "git", "url": "https://git.example/x", "version": commit}
    return event


def trained(number: str, hours: float, place: tuple[str, str] = ("view", "mlflow://mlflow")) -> dict[str, Any]:
    logged = [{"namespace": place[1], "name": place[0], "context": "training", "digest": f"digest-{number}"}]
    told = derives(spend=(place[0], "spend"))
    return run_event("train", f"t{number}", hours, inputs=[mention(*place)], run_facets={"headwater_training": {"inputs": logged}},
                     outputs=[model("churn", number, schema=schema("spend"), columnLineage=told)])  # fmt: skip


def batch(hours: float, column: str, commit: str) -> dict[str, Any]:
    return coded(made("batch", "view", hours, spend=("orders", column)), commit)


REDEFINED = [
    batch(1, "gross", "aaa"), coded(trained("1", 2), "one"), batch(5, "net", "bbb"), coded(trained("2", 6), "two"),
]  # fmt: skip


def rows(told: Dossier, key: str) -> list[tuple[str | None, ...]]:
    return list(next(section.rows for section in told.sections if section.key == key))


def test_a_dossier_tells_origins_and_code_as_they_were_at_the_training() -> None:
    """The view was redefined and the training deployed anew between the two versions."""
    questions = World(REDEFINED).questions
    for number, column, built, code in (("1", "gross", "aaa", "one"), ("2", "net", "bbb", "two")):
        told = dossier_of(questions, version("churn", number))
        assert [row[0] for row in rows(told, "origins")] == [f"mlflow://mlflow orders#{column}"]
        assert [row[5] for row in rows(told, "preparation")] == [built, code]
        assert ("code", f"https://git.example/x {code}") in rows(told, "identification")


def test_provenance_of_a_version_is_as_of_its_training_and_of_its_model_as_of_now() -> None:
    """The feature was made anew from another column since; another moment is asked about as it was then."""
    world = World(REDEFINED)
    assert set(world.upstream(version("churn", "1"))) == set(world.upstream(dataset("churn@1"))) == {"orders#gross"}
    assert set(world.upstream(version("churn", "2"))) == {"orders#net"}
    assert set(world.upstream(version("churn", "1"), hours=7)) == {"orders#net"}
    up = world.questions.lineage([version("churn", "1")], Direction.UPSTREAM, grain=Grain.COLUMN)
    assert "gross" in {node.column for node in up.nodes} and "net" not in {node.column for node in up.nodes}


def test_a_logged_input_is_found_under_any_spelling() -> None:
    """Its role and digest were told with the port that the graph leaves out."""
    told = dossier_of(World([trained("1", 2, ("shop.rides", POSTGRES))]).questions, version("churn", "1"))
    ((_, role, _, _, digest, *_),) = rows(told, "data")
    assert (role, digest) == ("training", "digest-1")


def test_a_feature_redefined_since_the_training_is_skew_and_one_that_is_served_as_it_was_is_none() -> None:
    """Version 1 was trained on gross; that the view holds net by now does not change that."""
    gross = [*REDEFINED, made("push", "online", 7, spend=("orders", "gross")), serves(8, "online")]
    assert verdicts(World(gross).questions.feature_skew(version("churn", "1"))) == [("spend", SkewVerdict.SAME)]
    net = [*REDEFINED, made("push", "online", 7, spend=("orders", "net")), serves(8, "online")]
    (found,) = World(net).questions.feature_skew(version("churn", "1")).features
    assert found.because == "Trained on mlflow://mlflow orders#gross, served from mlflow://mlflow orders#net."


def test_a_dossier_of_a_moment_tells_no_serving_that_came_later() -> None:
    """At three the version was not deployed yet; at nine it was, and its end was still to come."""
    ended = {**serves(10, "online"), "eventType": "COMPLETE"}
    questions = World([*REDEFINED, serves(8, "online"), ended]).questions
    early = dossier_of(questions, version("churn", "1"), MomentInput(valid_at_us=at_us(3)))
    assert rows(early, "serving") == rows(early, "skew") == []
    assert {"serving", "skew"} <= {gap.section for gap in early.gaps}
    then = dossier_of(questions, version("churn", "1"), MomentInput(valid_at_us=at_us(9)))
    assert rows(then, "serving") == [("deployment", "api", "2026-11-01T08:00:00Z", None)]


def test_what_ended_is_held_against_what_it_read_until_then() -> None:
    """The online table was made of other columns after the deployment had ended."""
    events = [*REDEFINED, made("push", "online", 7, spend=("orders", "gross")), serves(8, "online")]
    ended = {**serves(9, "online"), "eventType": "COMPLETE"}
    later = made("push", "online", 10, spend=("clicks", "price"))
    answer = World([*events, ended, later]).questions.feature_skew(version("churn", "1"))
    assert verdicts(answer) == [("spend", SkewVerdict.SAME)]


def test_two_sums_of_one_column_are_not_said_to_be_the_same() -> None:
    """Both are told as an aggregation; whether one is a mean is not told. A copy of the one sum is the same."""
    view = made("batch", "view", 1, "AGGREGATION", spend=("orders", "gross"))
    twice = [
        view,
        trained("1", 2),
        made("push", "online", 3, "AGGREGATION", spend=("orders", "gross")),
        serves(4, "online"),
    ]
    copied = [view, trained("1", 2), made("push", "online", 3, spend=("view", "spend")), serves(4, "online")]
    for events, verdict in ((twice, SkewVerdict.UNKNOWN), (copied, SkewVerdict.SAME)):
        answer = World(events).questions.feature_skew(version("churn", "1"))
        assert verdicts(answer) == [("spend", verdict)]


def test_runs_lead_through_a_version_of_a_model_both_ways() -> None:
    """From predictions to the training behind them, and from the data to the predictions that came of it."""
    questions = World([*REDEFINED, made("push", "online", 7, spend=("orders", "net")), serves(8, "online")]).questions
    up = questions.run_lineage(dataset("predictions"), Direction.UPSTREAM)
    names = {each.key: each.dataset.name for each in up.versions}
    runs = {page.node.id: page.run_id for page in up.runs}
    how = {(runs[read.run], names[read.version]): read.how for read in up.reads}
    assert how["d1", "churn@1"] is ReadHow.REPORTED and how["t1", "view"] is ReadHow.LAST_WRITE
    assert "t2" not in runs.values() and "batch-5" not in runs.values()
    down = questions.run_lineage(version("churn", "1"), Direction.DOWNSTREAM)
    assert {each.dataset.name for each in down.versions} == {"churn@1", "predictions"}
    other = questions.run_lineage(version("churn", "2"), Direction.DOWNSTREAM)
    assert {each.dataset.name for each in other.versions} == {"churn@2"}


def test_a_version_longer_than_the_bill_of_materials_allows_is_told_whole_beside_it() -> None:
    """CycloneDX allows 1,024 characters."""
    long = "9" * 1_200
    told = dossier_of(World([trained(long, 2)]).questions, version("churn", long))
    document = bom(told, {})
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document)) is None
    component = document["metadata"]["component"]
    assert "version" not in component and {"name": "headwater:version", "value": long} in component["properties"]
