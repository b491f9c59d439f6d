"""Two versions of a model side by side, each as it was made."""

from __future__ import annotations

from typing import Any

from lineage.query.comparison import Topic, VersionComparison
from tests.ml.world import World, derives, mention, model, run_event, schema, version


def training(
    number: str, hours: float, *, commit: str | None, rate: str, accuracy: float, columns: dict[str, tuple[str, str]]
) -> dict[str, Any]:
    job_facets = (
        {"sourceCodeLocation": {"type": "git", "url": "https://git.example/ml", "version": commit}} if commit else {}
    )
    facets = {
        "executionParameters": {"parameters": [{"key": "rate", "value": rate}, {"key": "seed", "value": "7"}]},
        "headwater_training": {"tracking": "mlflow://mlflow", "runId": number, "experiment": "e",
                               "metrics": [{"key": "accuracy", "value": accuracy, "step": 0}]},
    }  # fmt: skip
    output = model("churn", number, schema=schema(*columns), columnLineage=derives(**columns))
    return run_event("train", f"t{number}", hours, inputs=[mention("features")], outputs=[output],
                     job_facets=job_facets, run_facets=facets)  # fmt: skip


def load(run: str, hours: float) -> dict[str, Any]:
    return run_event("load", run, hours, inputs=[mention("raw")], outputs=[mention("features")])


WORLD = [
    load("l1", 1),
    training("1", 2, commit="aaa", rate="0.1", accuracy=0.8, columns={"x": ("features", "a"), "y": ("features", "b")}),
    load("l2", 3),
    training("2", 4, commit="bbb", rate="0.2", accuracy=0.9, columns={"x": ("features", "a"), "z": ("features", "c")}),
]


def compared(events: list[dict[str, Any]]) -> VersionComparison:
    return World(events).questions.compare_versions(version("churn", "1"), version("churn", "2"))


def changes(found: VersionComparison, topic: Topic) -> dict[str, tuple[str | None, str | None]]:
    return {each.what: (each.first, each.second) for each in found.differences if each.topic is topic}


def test_what_differs_is_told_by_topic_and_what_is_equal_is_counted() -> None:
    """Data by what was written when, code by commit, features by origin, parameters and metrics by value."""
    found = compared(WORLD)
    assert changes(found, Topic.DATA) == {
        "mlflow://mlflow features": ("as written 2026-11-01T01:00:00Z", "as written 2026-11-01T03:00:00Z")
    }
    assert changes(found, Topic.CODE)["jobs train"] == ("https://git.example/ml aaa", "https://git.example/ml bbb")
    features = changes(found, Topic.FEATURES)
    assert features == {
        "y": ("double from mlflow://mlflow features#b", None), "z": (None, "double from mlflow://mlflow features#c"),
    }  # fmt: skip
    assert changes(found, Topic.PARAMETERS) == {"rate": ("0.1", "0.2")}
    assert changes(found, Topic.METRICS) == {"accuracy": ("0.8", "0.9")}
    same = dict(found.same)
    assert (same[Topic.FEATURES], same[Topic.PARAMETERS], same[Topic.DATA]) == (1, 1, 1)
    assert (found.first_run and found.first_run.run_id, found.second_run and found.second_run.run_id) == ("t1", "t2")


def test_what_one_side_does_not_tell_is_unknown_and_not_equal() -> None:
    """A training without a commit is not one with the same commit, and not one without code."""
    silent = training("2", 4, commit=None, rate="0.1", accuracy=0.8, columns={"x": ("features", "a")})
    found = compared([WORLD[0], WORLD[1], silent])
    # the job's last word on its code stands until another is told
    assert changes(found, Topic.CODE) == {}
    early = training("2", 1.5, commit=None, rate="0.1", accuracy=0.8, columns={"x": ("features", "a")})
    unknown = compared([WORLD[0], WORLD[1], early]).unknown
    assert ("jobs train", ["churn@2"]) in [(each.what, [n.name for n in each.sides]) for each in unknown]
    bare = run_event("train", "t2", 4, outputs=[model("churn", "2")])
    topics = {each.topic for each in compared([WORLD[0], WORLD[1], bare]).unknown if each.sides[0].name == "churn@2"}
    assert {Topic.PARAMETERS, Topic.METRICS, Topic.DATA, Topic.FEATURES} <= topics


def test_a_version_compared_with_itself_differs_in_nothing() -> None:
    """Also with all that is unknown."""
    world = World(WORLD)
    found = world.questions.compare_versions(version("churn", "2"), version("churn", "2"))
    assert found.differences == ()
