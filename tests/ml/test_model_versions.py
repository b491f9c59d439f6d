"""A model's versions: each with lineage of its own, and a model that shows those that are served."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.moment import FOREVER
from lineage.statements import (
    AliasKind,
    AliasMatch,
    AliasRule,
    AliasStatement,
    Distrust,
    DistrustStatement,
    Op,
)
from tests.ml.world import (
    World,
    at_us,
    dataset,
    dataset_event,
    derives,
    mention,
    model,
    run_event,
    schema,
    served,
    version,
)

DEPLOYS = {"jobType": {"processingType": "SERVICE", "integration": "SERVING", "jobType": "DEPLOYMENT"}}


def trained(number: str, hours: float, table: str, column: str) -> dict[str, Any]:
    """A training run that made a version out of one column."""
    output = model("churn", number, schema=schema("x"), columnLineage=derives(x=(table, column)))
    return run_event("train", f"run-{number}", hours, inputs=[mention(table)], outputs=[output])


TWO = [trained("1", 1, "orders", "amount"), trained("2", 2, "visits", "clicks")]


def test_no_version_closes_what_another_was_trained_on() -> None:
    """The second version's training replaces nothing of the first's, although it is the same job and the same model."""
    world = World(TWO)
    assert world.upstream(version("churn", "1")) == {"orders#amount": "CERTAIN"}
    assert world.upstream(version("churn", "2")) == {"visits#clicks": "CERTAIN"}
    assert world.upstream(dataset("churn@1")) == {"orders#amount": "CERTAIN"}


def test_without_an_alias_a_model_shows_its_newest_version() -> None:
    """At each moment the version that was the newest then, with the reason on the edge."""
    world = World(TWO)
    assert world.upstream(dataset("churn")) == {"visits#clicks": "CERTAIN"}
    assert world.upstream(dataset("churn"), hours=1.5) == {"orders#amount": "CERTAIN"}


def test_an_alias_decides_what_a_model_shows_and_moving_it_changes_the_impact() -> None:
    """`champion` on version 1: a change of its source reaches the model; on version 2: it does not any more."""
    world = World([*TWO, served(3, "churn", ("ALIAS", "champion", "1"))])
    reached = world.impact(dataset("orders", "amount"))
    assert reached["churn"] == reached["churn#x"] == reached["churn@1"] == "CERTAIN"
    assert "churn" not in world.impact(dataset("visits", "clicks"))
    world.take(served(4, "churn", ("ALIAS", "champion", "2")))
    assert "churn" not in world.impact(dataset("orders", "amount"))
    assert "churn@1" in world.impact(dataset("orders", "amount"))
    assert world.impact(dataset("visits", "clicks"))["churn"] == "CERTAIN"
    assert world.impact(dataset("orders", "amount"), hours=3.5)["churn"] == "CERTAIN"


def test_slots_are_dated_facts() -> None:
    """Which version served when, by each alias and stage; a slot that is not listed any more has ended."""
    events = [
        *TWO,
        served(3, "churn", ("ALIAS", "champion", "1"), ("ALIAS", "shadow", "2")),
        served(4, "churn", ("STAGE", "Production", "1"), kinds=["STAGE"]),
        served(5, "churn", ("ALIAS", "champion", "2")),
    ]
    told = World(events).history_of(dataset("churn"), "serving")
    slots = {(v["kind"], v["name"], v["version"]): (a, b) for v, a, b in told}
    assert slots == {
        ("ALIAS", "champion", "1"): (at_us(3), at_us(5)),
        ("ALIAS", "shadow", "2"): (at_us(3), at_us(5)),
        ("ALIAS", "champion", "2"): (at_us(5), FOREVER),
        ("STAGE", "Production", "1"): (at_us(4), FOREVER),
    }


def deployed(number: str, run: str, hours: float, type_: str = "RUNNING") -> dict[str, Any]:
    log = mention("predictions", columnLineage=derives(score=("churn", "x")))
    return run_event("api", run, hours, type_, [model("churn", number)], [log], DEPLOYS)


def test_a_deployment_serves_as_long_as_its_run_lasts() -> None:
    """RUNNING begins it, the end ends it, and the prediction log is downstream of the version that was read."""
    world = World([*TWO, deployed("1", "d1", 3), deployed("2", "d2", 4), deployed("1", "d1", 5, "COMPLETE")])
    told = world.history_of(dataset("churn"), "serving")
    assert [(v["kind"], v["name"], v["namespace"], v["version"], a, b) for v, a, b in told] == [
        ("DEPLOYMENT", "api", "jobs", "1", at_us(3), at_us(5)),
        ("DEPLOYMENT", "api", "jobs", "2", at_us(4), FOREVER),
    ]
    reached = world.impact(dataset("visits", "clicks"))
    assert (
        reached["churn@2"] == reached["predictions"] == reached["predictions#score"] == reached["job:api"] == "CERTAIN"
    )


def test_a_deployment_that_never_ends_ends_with_the_next_one() -> None:
    """A server that is killed says nothing: then the same job's next run tells."""
    world = World([*TWO, deployed("1", "d1", 3), deployed("2", "d2", 4)])
    assert [(v["version"], a, b) for v, a, b in world.history_of(dataset("churn"), "serving")] == [
        ("1", at_us(3), at_us(4)),
        ("2", at_us(4), FOREVER),
    ]
    assert world.behind(dataset("churn")) >= {"churn@2#x", "visits#clicks"}
    assert "churn@1#x" not in world.behind(dataset("churn"))


def test_a_deployment_without_a_log_is_reached_all_the_same() -> None:
    """The job reads the whole version, so what reaches the version reaches it."""
    quiet = run_event("api", "d1", 3, "RUNNING", [model("churn", "1")], [], DEPLOYS)
    assert World([*TWO, quiet]).impact(dataset("orders", "amount"))["job:api"] == "CERTAIN"


def test_what_is_said_of_a_version_is_not_said_of_the_model() -> None:
    """Tags and descriptions of a version stay with it; the model is a model."""
    tags = {"tags": [{"key": "approved_by", "value": "risk"}]}
    world = World([*TWO, dataset_event(model("churn", "2", tags=tags), 3)])
    told = world.questions.dataset("mlflow://mlflow", "churn@2")
    assert [(tag.key, tag.value) for tag in told.tags] == [("approved_by", "risk")]
    whole = world.questions.dataset("mlflow://mlflow", "churn")
    assert whole.tags == () and whole.dataset_type == told.dataset_type == "MODEL"
    versions = world.versions("mlflow://mlflow", "churn")
    assert {v.version for v in versions} == {"1", "2"} and all(v.run for v in versions)
    assert (
        next(n.version for n in world.questions.provenance(version("churn", "2")).nodes if n.name == "churn@2") == "2"
    )


def test_whoever_reads_a_version_says_that_there_is_one() -> None:
    """A scoring job is all that is heard of a model."""
    world = World([run_event("score", "r", 1, inputs=[model("churn", "2")], outputs=[mention("predictions")])])
    assert world.questions.dataset("mlflow://mlflow", "churn").confirmed
    assert [v.version for v in world.versions("mlflow://mlflow", "churn")] == ["2"]
    assert world.behind(dataset("predictions")) == {"churn@2", "predictions"}


def test_a_deleted_version_is_not_the_newest_any_more() -> None:
    """The model shows the version before it again."""
    gone = dataset_event(model("churn", "2", lifecycleStateChange={"lifecycleStateChange": "DROP"}), 3)
    world = World([*TWO, gone])
    assert world.upstream(dataset("churn")) == {"orders#amount": "CERTAIN"}
    assert world.upstream(dataset("churn"), hours=2.5) == {"visits#clicks": "CERTAIN"}


def test_a_table_with_a_version_is_one_dataset() -> None:
    """Only models have versions with lineage of their own. (At table level: nobody told columns.)"""
    output = mention("table", version={"datasetVersion": "7"})
    world = World([run_event("load", "r", 1, inputs=[mention("source")], outputs=[output])])
    assert world.upstream(version("table", "7")) == {"source": "POSSIBLE"}
    assert not any(name.startswith("table@") for name in world.impact(dataset("source")))


def test_a_name_that_has_its_version_in_it_is_the_versions_own() -> None:
    """`models/churn/7`, version 7: a producer that tells versions apart itself."""
    output = mention("models/churn/7", datasetType={"datasetType": "MODEL"}, version={"datasetVersion": "7"})
    world = World([run_event("train", "r", 1, inputs=[mention("source")], outputs=[output])])
    assert world.upstream(dataset("models/churn/7")) == {"source": "POSSIBLE"}


def test_a_linked_run_tells_what_the_training_read() -> None:
    """An Airflow task that trains through MLflow: its inputs are the version's, whichever of the two is heard first."""
    airflow = [
        run_event("nightly.train", "airflow-1", 1, inputs=[mention("warehouse")]),
        run_event(
            "train", "run-1", 1, outputs=[model("churn", "1")], run_facets={"headwater_link": {"runId": "airflow-1"}}
        ),
    ]
    for events in itertools.permutations(airflow):
        assert World(events).upstream(version("churn", "1")) == {"warehouse": "POSSIBLE"}


def test_a_linked_run_that_failed_tells_nothing() -> None:
    """What an attempt read is no source of what another run made."""
    failed = run_event("nightly.train", "airflow-1", 1, "FAIL", inputs=[mention("warehouse")])
    linked = run_event(
        "train", "run-1", 1, outputs=[model("churn", "1")], run_facets={"headwater_link": {"runId": "airflow-1"}}
    )
    assert "warehouse" not in World([failed, linked]).behind(version("churn", "1"))


EVENTS = [
    *TWO,
    trained("3", 2.5, "orders", "price"),
    served(3, "churn", ("ALIAS", "champion", "1")),
    served(4, "churn", ("ALIAS", "champion", "3"), ("ALIAS", "next", "2")),
    served(5, "churn"),
    deployed("2", "d1", 3.5),
    deployed("2", "d1", 4.5, "COMPLETE"),
    deployed("1", "d2", 6),
    run_event("other", "run-1", 1, inputs=[mention("warehouse")]),
    dataset_event(model("churn", "3", lifecycleStateChange={"lifecycleStateChange": "DROP"}), 7),
    run_event("late", "x", 6, outputs=[model("churn", "4")], run_facets={"headwater_link": {"runId": "run-1"}}),
]


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(EVENTS))
def test_the_order_of_arrival_does_not_matter(order: list[dict[str, Any]]) -> None:
    """Versions, slots, deployments and links in any order make one graph."""
    assert World(order).projection.lines(history=False) == World(EVENTS).projection.lines(history=False)


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(EVENTS), size=st.integers(1, len(EVENTS)))
def test_a_restart_forgets_nothing(order: list[dict[str, Any]], size: int) -> None:
    """A projector that is made anew before each event tells the same, its history included."""
    once, again = World(order[:size]), World(order[:size], restarts=True)
    assert once.projection.lines(history=True) == again.projection.lines(history=True)


def test_an_alias_rule_moves_a_model_and_undoing_it_moves_it_back() -> None:
    """Two spellings of one registry: the model is one, each version stays what it was."""
    told = trained("1", 1, "orders", "amount")
    other = trained("2", 2, "visits", "clicks")
    other["outputs"][0]["namespace"] = "mlflow://other"
    world = World([told, other])
    before = world.projection.lines(history=False)
    rule = AliasRule(AliasKind.NAMESPACE, AliasMatch.EXACT, "mlflow://other", "mlflow://mlflow", "one registry")
    world.state(AliasStatement(Op.ADD, rule))
    assert world.upstream(dataset("churn")) == {"visits#clicks": "CERTAIN"}
    assert {v.version for v in world.versions("mlflow://mlflow", "churn")} == {"1", "2"}
    world.state(AliasStatement(Op.REMOVE, rule))
    assert world.projection.lines(history=False) == before


def test_a_version_is_found_under_its_models_other_name() -> None:
    """The operator calls the model something else: its versions are asked for under that name, too."""
    world = World(TWO)
    rule = AliasRule(AliasKind.DATASET, AliasMatch.EXACT, "mlflow://mlflow churn", "mlflow://mlflow leaving", "renamed")
    world.state(AliasStatement(Op.ADD, rule))
    assert world.upstream(version("leaving", "1")) == {"orders#amount": "CERTAIN"}
    assert world.upstream(version("churn", "1")) == {"orders#amount": "CERTAIN"}


def test_distrusting_a_training_takes_its_version_back() -> None:
    """What a run that was set aside made is not shown; and is again, when it is believed."""
    world = World(TWO)
    before = world.projection.lines(history=False)
    distrust = Distrust("jobs train", "*", at_us(1.5), None, "a broken pipeline")
    world.state(DistrustStatement(Op.ADD, distrust))
    assert world.upstream(dataset("churn")) == {"orders#amount": "CERTAIN"}
    world.state(DistrustStatement(Op.REMOVE, distrust))
    assert world.projection.lines(history=False) == before
