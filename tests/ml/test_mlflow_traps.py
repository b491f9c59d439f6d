"""What MLflow's answers hide, one trap at a time (measured on real servers)."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.mlflow.answers import columns
from collectors.mlflow.inputs import named
from lineage.errors import InputError, SettingsError, StoreError
from tests.ml import made
from tests.ml.conftest import Poll
from tests.ml.made import PARQUET, data, logged, registered, run, server, trained, version
from tests.ml.world import dataset, run_event
from tests.ml.world import version as version_ref

PARQUET_NAME = "/lake/customers.parquet"


def reference(number: str, model: str = "churn"):  # type: ignore[no-untyped-def]
    return version_ref(model, number)


def test_aliases_and_tags_that_move_no_timestamp_are_seen(tmp_path: Path) -> None:
    """The version's last_updated stays; the poll sees both, and dates them by when it looked."""
    answers = server()
    trained(answers, "1", 1, data("c", PARQUET, ["x"]))
    trained(answers, "2", 2, data("c", {"uri": "/lake/new.parquet"}, ["x"]))
    answers.models = [registered("churn", {"champion": "1"})]
    poll = Poll(answers, tmp_path / "state")
    poll.at(3)
    answers.models = [registered("churn", {"champion": "2"})]
    assert answers.versions is not None
    answers.versions[0]["tags"] = made.pairs({"approved": "yes"})
    poll.at(4)
    assert len([event for event in poll.events if "dataset" in event]) == 2  # the tags, and the aliases
    world = poll.world
    assert [(v["version"], a) for v, a, _ in world.history_of(dataset("churn"), "serving")] == [
        ("1", made.at_us(3)),
        ("2", made.at_us(4)),
    ]
    assert world.impact(dataset("/lake/new.parquet", "x", "file"))["churn"] == "CERTAIN"
    assert "churn" not in world.impact(dataset(PARQUET_NAME, "x", "file"))
    assert [t.key for t in world.questions.dataset("mlflow://mlflow", "churn@1").tags] == ["approved"]
    answers.versions[0]["tags"] = []
    poll.at(5)
    assert world.questions.dataset("mlflow://mlflow", "churn@1").tags == ()


def test_stages_count_like_aliases() -> None:
    """Production and Staging serve, None and Archived do not."""
    answers = server()
    answers.models = [registered("churn")]
    answers.versions = [
        version("churn", str(n), n, stage=s) for n, s in enumerate(("Production", "Staging", "Archived", "None"), 1)
    ]
    poll = Poll(answers)
    poll.at(5)
    told = poll.world.history_of(dataset("churn"), "serving")
    assert {(v["kind"], v["name"], v["version"]) for v, _, _ in told} == {
        ("STAGE", "Production", "1"),
        ("STAGE", "Staging", "2"),
    }


def test_a_deleted_version_is_dropped_and_its_trace_is_no_version(tmp_path: Path) -> None:
    """The logged model's tag still names it (twice); the registry has it no more."""
    answers = server()
    trained(answers, "1", 1, data("c", PARQUET, ["x"]))
    trained(answers, "2", 1.5, data("c", PARQUET, ["x"]))
    answers.models = [registered("churn", {"champion": "2"})]
    poll = Poll(answers, tmp_path / "state")
    poll.at(2)
    assert answers.versions is not None
    del answers.versions[1]
    answers.models = [registered("churn")]
    poll.at(3)
    assert ("DELETED", "churn@2") in poll.findings()
    page = poll.world.questions.dataset("mlflow://mlflow", "churn@2")
    assert page.dropped_at_us == made.at_us(3)
    assert [v for v in poll.world.history_of(dataset("churn"), "serving") if v[2] == made.at_us(3)]


def test_a_deleted_model_serves_nothing_any_more(tmp_path: Path) -> None:
    """Its aliases end with it."""
    answers = server()
    trained(answers, "1", 1, data("c", PARQUET, ["x"]))
    answers.models = [registered("churn", {"champion": "1"})]
    poll = Poll(answers, tmp_path / "state")
    poll.at(2)
    answers.models, answers.versions = [], []
    poll.at(3)
    ((_, begin, end),) = poll.world.history_of(dataset("churn"), "serving")
    assert (begin, end) == (made.at_us(2), made.at_us(3))


def test_runs_that_arrive_while_pages_are_read_are_not_missed() -> None:
    """Tokens are offsets: a run deleted after the first page moves the rest up, and the next page skips one."""
    answers = server(page=2)
    for number in range(1, 7):
        trained(answers, str(number), number, data("c", PARQUET, ["x"]))
    gone: list[str] = []

    def between(key: str) -> None:
        if key == "runs" and len([a for a in answers.asked if a.endswith("runs/search")]) == 2 and not gone:
            gone.append(answers.runs.pop(0)["info"]["run_id"])

    answers.before_page = between
    poll = Poll(answers)
    poll.at(8)
    told = {event["run"]["runId"] for event in poll.events if "run" in event}
    assert len(told) == 6


def test_one_dataset_name_for_two_files_is_two_datasets() -> None:
    """The name is the trainer's, the place is the dataset."""
    answers = server()
    trained(answers, "1", 1, data("customers", {"uri": "/lake/a.parquet"}, ["x"]))
    trained(answers, "2", 2, data("customers", {"uri": "/lake/b.parquet"}, ["x"]))
    poll = Poll(answers)
    poll.at(3)
    assert poll.world.upstream(reference("1")) == {"/lake/a.parquet#x": "CERTAIN"}
    assert poll.world.upstream(reference("2")) == {"/lake/b.parquet#x": "CERTAIN"}


def test_prompts_are_no_models() -> None:
    """They lie in the same registry."""
    answers = server()
    prompt = {"mlflow.prompt.is_prompt": "true", "mlflow.prompt.text": "Hello {{name}}"}
    answers.models = [registered("greeting", tags=prompt)]
    answers.versions = [version("greeting", "1", 1, tags=prompt)]
    poll = Poll(answers)
    poll.at(2)
    assert poll.events == []


def test_a_frame_in_memory_has_no_source() -> None:
    """`code` names the script; said to be unknown, and what looks like the same data is suggested, never joined."""
    answers = server()
    code = data("frame", {"tags": {"mlflow.source.name": "train.py"}}, ["x"], type_="code", digest="d9")
    answers.runs.append(run("run-0", 0.5, datasets=[data("file", PARQUET, ["x"], digest="d9", context="evaluation")]))
    trained(answers, "1", 1, code)
    poll = Poll(answers)
    poll.at(2)
    assert {("UNKNOWN_SOURCE", "frame"), ("SUGGESTED", "frame")} <= poll.findings()
    assert set(poll.world.upstream(reference("1"))) == {"datasets/churn/frame#x"}
    assert poll.world.questions.dataset("mlflow://mlflow", "datasets/churn/frame").dataset_type == "IN_MEMORY"


def test_a_child_run_has_its_own_inputs_only() -> None:
    """A child's model does not carry its parent's inputs; the parent is named."""
    answers = server()
    answers.runs = [
        run("a" * 32, 1, datasets=[data("p", {"uri": "/lake/parent.parquet"})]),
        run("b" * 32, 1.2, made=["m-1"], tags={"mlflow.parentRunId": "a" * 32}, datasets=[data("c", PARQUET)]),
    ]
    answers.versions = [version("churn", "1", 2, "b" * 32, "models:/m-1")]
    poll = Poll(answers)
    poll.at(3)
    assert set(poll.world.upstream(reference("1"))) == {PARQUET_NAME}
    told = poll.world.questions.run("mlflow://mlflow", "churn", "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb")
    assert told.parent is not None and "aaaaaaaa-aaaa" in told.parent


def test_the_signature_decides_which_columns_are_inputs() -> None:
    """The label and the key are in the training frame: they decide about the model, and are none of its inputs."""
    answers = server()
    trained(answers, "1", 1, data("c", PARQUET, ["customer_id", "x", "y", "churned"]), columns=["x", "y"])
    poll = Poll(answers)
    poll.at(2)
    shown = poll.world.questions.dataset("mlflow://mlflow", "churn@1")
    assert [column.node.column for column in shown.columns] == ["x", "y"]
    assert poll.world.impact(dataset(PARQUET_NAME, "x", "file"))["churn@1#x"] == "CERTAIN"
    label = poll.world.impact(dataset(PARQUET_NAME, "churned", "file"))
    assert label["churn@1"] == "POSSIBLE" and "churn@1#x" not in {k for k, v in label.items() if v == "CERTAIN"}


def test_a_column_that_two_training_sets_have_is_not_guessed() -> None:
    """Both are told at table level; evaluation data never tells a column."""
    answers = server()
    trained(
        answers, "1", 1, data("a", {"uri": "/lake/a.parquet"}, ["x"]), data("b", {"uri": "/lake/b.parquet"}, ["x"]),
        data("e", {"uri": "/lake/e.parquet"}, ["x"], context="evaluation"),
    )  # fmt: skip
    poll = Poll(answers)
    poll.at(2)
    told = poll.world.upstream(reference("1"))
    assert told == dict.fromkeys(("/lake/a.parquet", "/lake/b.parquet", "/lake/e.parquet"), "POSSIBLE")


def test_features_that_the_model_does_not_take_are_not_its_inputs() -> None:
    """Retrieved is not used: the signature decides. A later retrieval overwrites the tags; the artifact tells of the training."""
    answers = server()
    trained(answers, "1", 1, columns=["conv_rate", "driver__trips"])
    tags = {"feast.project": "fs", "feast.feature_service": "later", "feast.feature_refs": "other:thing"}
    answers.runs[0]["data"]["tags"] = made.pairs(tags)
    answers.files["run-1/feast_features.json"] = b'["stats:conv_rate", "driver:trips", "stats:acc_rate"]'
    assert answers.versions is not None
    answers.versions[0]["tags"] = made.pairs({"feast.feature_service": "v1"})
    poll = Poll(answers)
    poll.at(2)
    behind = poll.world.behind(reference("1"))
    assert {"stats#conv_rate", "driver#trips", "v1#conv_rate"} <= behind
    assert not any("acc_rate" in name or name.startswith(("other", "later")) for name in behind)


def test_a_failed_run_that_registered_a_model_made_it() -> None:
    """The version is there and may be served, although the script failed after it was logged."""
    answers = server()
    trained(answers, "1", 1, data("c", PARQUET, ["x"]))
    answers.runs[0]["info"]["status"] = "FAILED"
    poll = Poll(answers)
    poll.at(2)
    assert poll.world.upstream(reference("1")) == {f"{PARQUET_NAME}#x": "CERTAIN"}
    assert poll.world.questions.run("mlflow://mlflow", "churn", poll.events[0]["run"]["runId"]).state == "FAIL"


def test_a_version_that_came_late_brings_its_run_along(tmp_path: Path) -> None:
    """A model registered a month after its training: the run is far behind the cursor."""
    answers = server()
    answers.runs = [run("run-1", 1, datasets=[data("c", PARQUET, ["x"])], made=["m-1"]), run("run-2", 700)]
    poll = Poll(answers, tmp_path / "state")
    poll.at(701)
    assert answers.versions is not None
    answers.versions.append(version("churn", "1", 702, "run-1", "models:/m-1"))
    answers.files["m-1/MLmodel"] = made.mlmodel("x")
    visit = poll.at(703)
    assert visit.runs == 2  # the late one, and the last visit's last within the overlap
    assert poll.world.upstream(reference("1")) == {f"{PARQUET_NAME}#x": "CERTAIN"}


def test_a_model_that_reads_predictions_joins_by_the_openlineage_run() -> None:
    """MLflow has no dataset outputs: only the other producer's run knows what was read."""
    answers = server()
    trained(answers, "1", 1, columns=())
    answers.runs[0]["data"]["tags"] = made.pairs({"openlineage.runId": "scoring-1"})
    poll = Poll(answers)
    poll.at(2)
    scored = run_event("score", "scoring-1", 1, inputs=[{"namespace": "pg", "name": "predictions"}])
    poll.world.take(scored)
    assert set(poll.world.upstream(reference("1"))) == {"predictions"}


def test_a_run_that_evaluates_a_model_reads_that_version() -> None:
    """`model_inputs` are ids of logged models; the graph knows them by their registered versions."""
    answers = server()
    trained(answers, "1", 1, data("c", PARQUET, ["x"]))
    answers.runs.append(run("eval", 2, used=["m-1"]))
    poll = Poll(answers)
    poll.at(3)
    assert poll.world.impact(dataset(PARQUET_NAME, "x", "file"))["job:churn"] == "CERTAIN"
    assert [d.name for d in poll.world.questions.run("mlflow://mlflow", "churn", made_id("eval")).inputs] == ["churn@1"]


def made_id(tracked: str) -> str:
    from collectors.mlflow.training import run_id

    return run_id(tracked)


def test_a_logged_model_that_nobody_registered_is_a_model() -> None:
    """It can be loaded by its id; once it is registered, its version is what was made."""
    answers = server()
    answers.runs = [run("run-1", 1, made=["m-1"], datasets=[data("c", PARQUET, ["x"])])]
    answers.logged = [logged("m-1", "run-1", 1)]
    answers.files["m-1/MLmodel"] = made.mlmodel("x")
    poll = Poll(answers)
    poll.at(2)
    assert poll.world.upstream(dataset("churn/model@m-1")) == {f"{PARQUET_NAME}#x": "CERTAIN"}


def test_secrets_in_parameters_and_tags_are_hidden_at_the_door() -> None:
    """A password among the parameters, a token in a tag, a password in a URL."""
    answers = server()
    answers.runs = [
        run(
            "run-1", 1, params={"db_password": "hunter2hunter2", "C": "1"}, tags={"api_key": "s3cr3ts3cr3t"},
            datasets=[data("c", {"url": "https://me:hunter2hunter2@data.example.org/x.csv"}, type_="http")],
        )
    ]  # fmt: skip
    poll = Poll(answers)
    poll.at(2)
    kept = "\n".join(poll.world.projection.lines(history=True))
    assert "hunter2hunter2" not in kept and "s3cr3ts3cr3t" not in kept
    assert "https://data.example.org" in kept


@pytest.mark.parametrize(
    ("type_", "source", "expected"),
    [
        ("s3", {"uri": "s3a://lake/x/ds=2026-11-01"}, ("s3://lake", "x/ds=2026-11-01")),
        ("gs", {"uri": "gs://Bucket/x"}, ("gs://bucket", "x")),
        ("hdfs", {"uri": "hdfs://nn:8020/x"}, ("hdfs://nn:8020", "/x")),
        ("local", {"uri": "file:///data/x.csv"}, ("file", "/data/x.csv")),
        ("http", {"url": "https://u:p@h.example/a/b.csv?token=1#x"}, ("https://h.example", "a/b.csv")),
        ("delta_table", {"path": "s3://lake/t", "delta_table_version": 3}, ("s3://lake", "t")),
        ("delta_table", {"delta_table_name": "main.sales.orders"}, ("mlflow://m", "tables/main.sales.orders")),
        ("spark", {"table_name": "sales.orders"}, ("mlflow://m", "tables/sales.orders")),
        ("spark", {"sql": "select 1"}, ("mlflow://m", "datasets/e/d")),
        ("hugging_face", {"path": "rotten_tomatoes"}, ("https://huggingface.co", "datasets/rotten_tomatoes")),
        ("uc_volume", {"path": "/Volumes/a/b/c"}, ("dbfs", "/Volumes/a/b/c")),
        ("code", {"tags": {}}, ("mlflow://m", "datasets/e/d")),
        ("wat", {"uri": "s3://"}, ("mlflow://m", "datasets/e/d")),
    ],
)
def test_a_source_is_named_as_openlineage_names_it(
    type_: str, source: dict[str, object], expected: tuple[str, str]
) -> None:
    """Each kind of source; what has no address is a dataset of the server."""
    from collectors.mlflow.answers import logged_dataset

    assert named(logged_dataset(data("d", source, type_=type_)), "e", "mlflow://m").key == expected


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"mlflow_colspec": "x"},
        {"mlflow_colspec": [{"type": "long"}]},
        {"mlflow_tensorspec": {"features": "[]"}},
        {"mlflow_colspec": [1]},
    ],
)
def test_a_schema_without_names_is_none(schema: dict[str, object]) -> None:
    """Tensors have no columns."""
    assert columns(schema) is None


def test_a_server_that_refuses_or_is_none_says_what_to_do() -> None:
    """Errors name the place and the remedy, never the password."""
    import httpx2

    from collectors.mlflow.server import MlflowServer

    def answer(status: int) -> MlflowServer:
        transport = httpx2.MockTransport(lambda _: httpx2.Response(status, text="<html>"))
        made = MlflowServer.at("http://me:hunter2@mlflow:5000", transport)
        made.wait = lambda _: None
        return made

    with pytest.raises(SettingsError, match="MLFLOW_TRACKING_TOKEN"):
        answer(401).experiments()
    for status in (200, 400, 503):
        with pytest.raises(StoreError, match="no answer of MLflow") as raised:
            answer(status).experiments()
        assert "hunter2" not in raised.value.message
    with pytest.raises(InputError, match="no address"):
        MlflowServer.at("mlflow.db")
