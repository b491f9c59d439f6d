"""What a real server answered, collected: every input, feature and source that it tells of, and nothing else."""

from __future__ import annotations

from tests.ml.conftest import FIXTURES, Poll, captured_events
from tests.ml.recorded import Recorded
from tests.ml.world import World, dataset, version

SERVER = "mlflow://mlflow"


def churn() -> Poll:
    poll = Poll(Recorded.of(FIXTURES / "mlflow"))
    poll.visit()
    return poll


def test_a_version_has_its_runs_inputs_and_no_others() -> None:
    """Parquet, S3 with its partition folded, HTTP: each under OpenLineage's name for its place."""
    world = churn().world
    inputs = {"/tmp/work/mlflow/customer_features.parquet", "features/customer_features", "labels.csv"}
    assert set(world.upstream(version("churn", "2", SERVER))) == inputs
    assert set(world.upstream(version("churn", "1", SERVER))) == inputs
    assert {node.namespace for node in world.questions.provenance(version("churn", "2", SERVER)).nodes} == {
        "file",
        "s3://lake-prod",
        "https://data.example.org",
        SERVER,
    }


def test_a_run_says_context_digest_and_parameters() -> None:
    """What the graph has no edge for is on the run, and each input's version is its digest."""
    world = churn().world
    told = world.questions.run(SERVER, "churn", "0758c74f-cb22-4a07-97cf-c8fbd731a53c")
    facets = dict(told.properties)
    assert '"context":"evaluation"' in facets["training"] and '"digest":"d6249588"' in facets["training"]
    assert '"key":"C"' in facets["executionParameters"] and told.state == "COMPLETE"
    assert '"experiment":"churn"' in facets["training"] and '"key":"acc"' in facets["training"]


def test_an_alias_and_a_tag_are_dated_by_when_they_were_seen() -> None:
    """The alias's version is served from the visit on; the tag is the version's."""
    world = churn().world
    ((slot, from_us, _),) = world.history_of(dataset("churn", namespace=SERVER), "serving")
    assert slot == {"kind": "ALIAS", "name": "champion", "version": "2"} and from_us == 1795380000_000_000
    assert [(t.key, t.value) for t in world.questions.dataset(SERVER, "churn@2").tags] == [
        ("approved_by", "risk-committee")
    ]
    assert world.questions.dataset(SERVER, "churn@1").tags == ()


def test_the_openlineage_run_of_the_tag_is_joined() -> None:
    """Whoever trains inside an Airflow task and says so, has the task's inputs, too."""
    poll = churn()
    poll.world.take(
        {
            "eventTime": "2026-11-22T18:39:00Z",
            "eventType": "COMPLETE",
            "producer": "airflow",
            "run": {"runId": "01a1998e-4400-7c97-9bd7-d9a804822d0b"},
            "job": {"namespace": "airflow", "name": "nightly.train"},
            "inputs": [{"namespace": "postgres://db", "name": "shop.public.orders"}],
        }
    )
    assert "shop.public.orders" in poll.world.upstream(version("churn", "2", SERVER))


def test_what_cannot_be_known_is_found() -> None:
    """No signature was captured, and a tag that looks like a table is a suggestion, not an edge."""
    assert churn().findings() == {
        ("NO_SIGNATURE", "churn@1"),
        ("NO_SIGNATURE", "churn@2"),
        ("SUGGESTED", "customer_features"),
    }


def test_features_of_a_feature_store_lead_to_the_model() -> None:
    """Feast's bridge leaves the features in tags and in an artifact, and run.inputs empty."""
    world = World(captured_events("feast"))
    poll = Poll(Recorded.of(FIXTURES / "feast-mlflow"), world=world)
    poll.visit()
    model = version("driver_model", "1", SERVER)
    behind = world.behind(model)
    assert {
        "driver_hourly_stats#conv_rate",
        "transformed_conv_rate#conv_rate_plus_val1",
        "transformed_conv_rate#conv_rate_plus_val2",
    } <= behind
    assert not any(name.startswith("driver_hourly_stats_fresh") or "acc_rate" in name for name in behind)
    assert {"driver_hourly_stats_source", "vals_to_add", "driver"} <= set(world.upstream(model))
    assert "driver_activity_v1" in {name.partition("#")[0] for name in behind}
    reached = world.impact(dataset("driver_hourly_stats", "conv_rate", "fs"))
    assert reached["driver_model@1#conv_rate"] == reached["driver_model"] == "CERTAIN"


def test_two_collections_of_the_same_answers_make_one_graph(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Idempotent without a state, silent with one."""
    poll = churn()
    before = poll.world.projection.lines(history=True)
    poll.visit()
    assert poll.world.projection.lines(history=True) == before
    kept = Poll(Recorded.of(FIXTURES / "mlflow"), state=tmp_path / "state")
    kept.visit()
    again = kept.visit(1795380000_000_000 + 3_600_000_000)
    assert [e for e in kept.events if "dataset" in e] == [] and again.unchanged == 3
    assert kept.world.projection.lines(history=True) == before
