"""A feature that is served otherwise than it was trained on."""

from __future__ import annotations

from typing import Any

from lineage.query.skew import SkewAnswer, SkewVerdict
from tests.ml.world import World, derives, mention, model, run_event, schema, version

DEPLOYS = {"jobType": {"processingType": "SERVICE", "integration": "SERVING", "jobType": "DEPLOYMENT"}}


def made(
    job: str, output: str, hours: float, subtype: str | None = None, /, **columns: tuple[str, str]
) -> dict[str, Any]:
    """`output` is made of columns of others; `subtype` is what is done on the way."""
    facet = derives(**columns)
    for told in facet["fields"].values():
        for each in told["inputFields"]:
            each["transformations"] = [{"type": "DIRECT", "subtype": subtype or "IDENTITY"}]
    inputs = [mention(name, schema=schema(column)) for name, column in columns.values()]
    return run_event(job, f"{job}-{hours}", hours, inputs=inputs,
                     outputs=[mention(output, schema=schema(*columns), columnLineage=facet)])  # fmt: skip


TRAINED = [
    made("batch", "view", 1, spend=("orders", "amount")),
    run_event("train", "t1", 2, inputs=[mention("view")],
              outputs=[model("churn", "1", schema=schema("spend"), columnLineage=derives(spend=("view", "spend")))]),
]  # fmt: skip


def serves(hours: float, *reads: str) -> dict[str, Any]:
    return run_event("api", "d1", hours, "RUNNING", inputs=[model("churn", "1"), *(mention(each) for each in reads)],
                     outputs=[mention("predictions")], job_facets=DEPLOYS)  # fmt: skip


def asked(*events: dict[str, Any]) -> SkewAnswer:
    return World([*TRAINED, *events]).questions.feature_skew(version("churn", "1"))


def verdicts(answer: SkewAnswer) -> list[tuple[str, SkewVerdict]]:
    return [(each.feature, each.verdict) for each in answer.features]


def test_what_is_served_from_the_same_sources_in_the_same_way_is_the_same() -> None:
    """An online copy of the view that was trained on."""
    answer = asked(made("copy", "online", 3, spend=("view", "spend")), serves(4, "online"))
    assert verdicts(answer) == [("spend", SkewVerdict.SAME)]
    assert [job.name for job in answer.deployments] == ["api"]


def test_another_source_is_told_with_both_ways() -> None:
    """Trained on orders, served from a stream of clicks under the same name."""
    (found,) = asked(made("push", "online", 3, spend=("clicks", "price")), serves(4, "online")).features
    assert found.verdict is SkewVerdict.OTHER_SOURCE
    assert found.because == "Trained on mlflow://mlflow orders#amount, served from mlflow://mlflow clicks#price."
    assert [source.name for source in found.training.sources] == ["orders"]
    assert found.serving is not None and [edge.transformation for edge in found.serving.edges] == ["IDENTITY"]


def test_another_transformation_of_the_same_source_is_told() -> None:
    """The sum over a day in training, the single value in serving."""
    answer = asked(made("push", "online", 3, "AGGREGATION", spend=("orders", "amount")), serves(4, "online"))
    (found,) = answer.features
    assert (found.verdict, found.serving and found.serving.transformations) == (
        SkewVerdict.OTHER_TRANSFORMATION, ("AGGREGATION",),
    )  # fmt: skip


def test_what_is_not_told_column_by_column_concludes_nothing() -> None:
    """A copy without column lineage, a deployment that reads nothing of that name, one that tells no inputs."""
    opaque = run_event("copy", "c1", 3, inputs=[mention("view")], outputs=[mention("online", schema=schema("spend"))])
    assert verdicts(asked(opaque, serves(4, "online"))) == [("spend", SkewVerdict.UNKNOWN)]
    assert verdicts(asked(serves(4))) == [("spend", SkewVerdict.UNKNOWN)]
    other = made("push", "online", 3, price=("orders", "amount"))
    (found,) = asked(other, serves(4, "online")).features
    assert (found.verdict, found.serving) == (SkewVerdict.UNKNOWN, None)
    assert asked().features == ()
