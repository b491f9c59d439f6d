"""What a registry of Feast says, in messages made here: views of every kind, places of every source, files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.cli.delivery import Lines
from collectors.feast import definitions
from collectors.feast.collecting import FeastVisit
from collectors.feast.messages import message
from collectors.feast.places import place_of
from collectors.feast.registry import read_registry
from collectors.feast.repository import Repository, read_repository
from collectors.feast.sql_features import sql_formulas
from collectors.findings import Finding
from collectors.visits import Visits
from lineage.errors import InputError, NotFound
from tests.ml.world import World, dataset

REPOSITORY = Repository(Path("/repo"), "p", "registry.db", "file", {"type": "postgres", "host": "db", "port": "5433", "database": "shop",
                                                                    "account": "acme-eu", "region": "eu-1"})  # fmt: skip
NS = "p"


def source(name: str, kind: str, **options: Any) -> Any:
    told = message("DataSource")
    told.name, told.data_source_class_type, told.timestamp_field = name, f"feast.{kind}", "at"
    for option, values in options.items():
        for key, value in values.items():
            setattr(getattr(told, option), key, value)
    return told


PLACES = [
        (source("s", "FileSource", file_options={"uri": "data/x.parquet"}), ("file", "/repo/data/x.parquet")),
        (source("s", "FileSource", file_options={"uri": "s3://lake/x"}), ("s3://lake", "x")),
        (source("s", "BigQuerySource", bigquery_options={"table": "proj.set.t"}), ("bigquery", "proj.set.t")),
        (
            source("s", "SnowflakeSource", snowflake_options={"table": "T", "schema": "S", "database": "D"}),
            ("snowflake://acme-eu", "D.S.T"),
        ),
        (source("s", "KafkaSource", kafka_options={"kafka_bootstrap_servers": "a:9092,b:9092", "topic": "t"}), ("kafka://a:9092", "t")),
        (source("s", "KinesisSource", kinesis_options={"region": "eu-1", "stream_name": "clicks"}), ("kinesis://eu-1", "clicks")),
        (
            source("s", "PostgreSQLSource", custom_options={"configuration": b'{"name":"s","query":"","table":"features.x"}'}),
            ("postgres://db:5433", "shop.features.x"),
        ),
        (source("s", "PostgreSQLSource", custom_options={"configuration": b'{"table":"x"}'}), ("postgres://db:5433", "shop.public.x")),
        (source("s", "PostgreSQLSource", custom_options={"configuration": b"\x80\x04 no json"}), None),
        (source("s", "CouchbaseColumnarSource", custom_options={"configuration": b'{"table":"x"}'}), None),
        (source("s", "SparkSource", spark_options={"table": "db.t"}), None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "expected"), PLACES, ids=[f"{n} {told.data_source_class_type}" for n, (told, _) in enumerate(PLACES)]
)
def test_a_source_lies_where_its_kind_says(told: Any, expected: tuple[str, str] | None) -> None:
    """By itself or with what the offline store connects to; else nowhere."""
    assert place_of(definitions.source(told), REPOSITORY).dataset == expected


def registry(*views: Any, kind: str = "feature_views") -> Any:
    told = message("Registry")
    getattr(told, kind).extend(views)
    return told


def view(name: str, told: Any, features: tuple[str, ...], kind: str = "FeatureView") -> Any:
    made = message(kind)
    made.spec.name, made.meta.last_updated_timestamp.seconds = name, 1_790_000_000
    made.spec.batch_source.CopyFrom(told)
    for feature in features:
        made.spec.features.add(name=feature, value_type=5)
    made.spec.entity_columns.add(name="id", value_type=4)
    return made


def told_of(told: Any, state: Path | None = None) -> tuple[World, list[Finding], list[dict[str, Any]]]:
    visit = FeastVisit(REPOSITORY, told, NS, Visits.open(state, "feast"), 1_790_000_100_000_000)
    world, found, events = World(), [], []
    for each in visit.events():
        if isinstance(each, Finding):
            found.append(each)
        else:
            events.append(json.loads(Lines().line(each)))
            world.take(events[-1])
    visit.visits.keep()
    return world, found, events


def test_a_query_is_read_by_the_sql_engine() -> None:
    """Columns come from the tables that the query names."""
    query = b'{"query": "select c.id, sum(o.amount) as spend from customers c join orders o on o.customer_id = c.id group by c.id"}'
    told = view("v", source("q", "PostgreSQLSource", custom_options={"configuration": query}), ("spend",))
    world, found, _ = told_of(registry(told))
    assert found == []
    assert world.upstream(dataset("v", "spend", NS))["shop.public.orders#amount"] == "CERTAIN"
    assert world.impact(dataset("shop.public.customers", "id", "postgres://db:5433"))["v#id"] == "CERTAIN"


def test_aggregations_of_a_stream_view_read_their_column() -> None:
    """Feast names them by function, column and window; a name of their own wins."""
    made = view(
        "s",
        source("f", "FileSource", file_options={"uri": "f.parquet"}),
        ("sum_amount_3600s", "latest"),
        "StreamFeatureView",
    )
    made.spec.stream_source.CopyFrom(
        source("k", "KafkaSource", kafka_options={"kafka_bootstrap_servers": "k:9092", "topic": "t"})
    )
    made.spec.aggregations.add(column="amount", function="sum").time_window.seconds = 3600
    made.spec.aggregations.add(column="price", function="last", name="latest")
    world, _, events = told_of(registry(made, kind="stream_feature_views"))
    assert {"/repo/f.parquet#amount", "t#amount"} <= set(world.upstream(dataset("s", "sum_amount_3600s", NS)))
    assert {"/repo/f.parquet#price", "t#price"} <= set(world.upstream(dataset("s", "latest", NS)))
    (defined,) = [e for e in events if e.get("job", {}).get("name") == "feature_view.s"]
    lineage = defined["outputs"][0]["facets"]["columnLineage"]["fields"]["latest"]["inputFields"]
    assert {i["transformations"][0]["subtype"] for i in lineage} == {"AGGREGATION"}


def test_a_transformed_batch_view_reads_what_its_function_names() -> None:
    """The source's columns are not known, so those that the text names count."""
    made = view("v", source("f", "FileSource", file_options={"uri": "f.parquet"}), ("twice", "sum"))
    function = made.spec.feature_transformation.user_defined_function
    function.mode, function.body_text = (
        "pandas",
        "def t(df):\n  df['twice'] = df['a'] * 2\n  df['sum'] = df.sum()\n  return df\n",
    )
    world, found, _ = told_of(registry(made))
    assert world.upstream(dataset("v", "twice", NS)) == {
        "/repo/f.parquet#a": "CERTAIN",
        "/repo/f.parquet#at": "POSSIBLE",
    }
    assert [(f.reason, f.subject) for f in found] == [("OPAQUE", "sum")]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "def t(inputs):\n  return f'select id, a * b as twice, a as same from {inputs}'\n",
            {"twice": "ab", "same": "=a"},
        ),
        ("lambda t: f'select id, sum(a) as twice, max(b) as same from {t} group by id'", {"twice": "a", "same": "b"}),
        ("select id, a as twice, b as same from anything", {"twice": "=a", "same": "=b"}),
        ("def t(inputs):\n  return f'select {columns} from {inputs}'", {"twice": "?", "same": "?"}),
        ("def t(inputs):\n  return f'select * from {inputs}'", {"twice": "?", "same": "?"}),
        ("def t(inputs):\n  return run(inputs)", {"twice": "?", "same": "?"}),
    ],
)
def test_a_sql_transformation_is_read_by_the_sql_engine(code: str, expected: dict[str, str]) -> None:
    """The function puts a query together, and is not run for that."""
    found = sql_formulas(code, "spark_sql", ["twice", "same"])
    told = {n: "?" if f is None else ("=" if f.copied else "") + "".join(sorted(f.columns)) for n, f in found.items()}
    assert told == expected


def test_a_place_that_nobody_knows_is_found() -> None:
    """The view hangs on its source, and the source on nothing."""
    world, found, _ = told_of(registry(view("v", source("t", "SparkSource", spark_options={"table": "db.t"}), ("x",))))
    assert [(f.reason, f.subject) for f in found] == [("UNKNOWN_SOURCE", "t")]
    assert "t#x" in world.upstream(dataset("v", "x", NS))


def test_a_registry_may_hold_several_projects() -> None:
    """Only the repository's own is told; an entity of unknown age is dated by the visit."""
    mine, other = (
        view(n, source("f", "FileSource", file_options={"uri": "f.parquet"}), ("x",)) for n in ("mine", "other")
    )
    mine.spec.project, other.spec.project = "p", "q"
    told = registry(mine, other)
    told.entities.add().spec.name = "who"
    _, _, events = told_of(told)
    assert {e["outputs"][0]["name"] for e in events if "job" in e} == {"f", "mine"}
    assert [e["eventTime"] for e in events if "dataset" in e] == ["2026-09-21T14:15:00Z"]


def test_a_view_that_is_gone_is_dropped(tmp_path: Path) -> None:
    """The second visit does not see it."""
    one, two = (view(n, source("f", "FileSource", file_options={"uri": "f.parquet"}), ("x",)) for n in ("one", "two"))
    told_of(registry(one, two), tmp_path / "state")
    _, _, events = told_of(registry(one), tmp_path / "state")
    assert [e["dataset"]["name"] for e in events] == ["two"]
    assert events[0]["dataset"]["facets"]["lifecycleStateChange"]["lifecycleStateChange"] == "DROP"


def test_a_repository_is_read_without_its_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables as Feast expands them; passwords are no place."""
    monkeypatch.setenv("REGISTRY_FILE", "reg.db")
    (tmp_path / "feature_store.yaml").write_text(
        "project: p\nregistry: {path: '${REGISTRY_FILE}'}\noffline_store: {type: postgres, host: '${HOST_:db}', port: 1, password: x}\n"
    )
    told = read_repository(tmp_path)
    assert (told.project, told.registry, dict(told.offline)) == (
        "p",
        "reg.db",
        {"type": "postgres", "host": "db", "port": "1"},
    )
    (tmp_path / "reg.db").write_bytes(registry().SerializeToString())
    assert list(read_registry(told).feature_views) == []
    monkeypatch.chdir(tmp_path)
    assert read_repository(tmp_path, "other.db").registry == str(tmp_path / "other.db")
    monkeypatch.setenv("REGISTRY_URL", "postgresql://u:p@db/feast")
    assert read_repository(tmp_path, "env:REGISTRY_URL").registry_kind == "sql"


@pytest.mark.parametrize(
    ("yaml", "registry_bytes", "error", "says"),
    [
        (None, None, NotFound, "feature_store.yaml"),
        ("project: [", None, InputError, "no YAML"),
        ("x: 1", None, InputError, "names no project"),
        ("project: p", None, NotFound, "feast apply"),
        ("project: p\nregistry: r.db", b"\xff\xff\xff", InputError, "no registry of Feast"),
        ("project: p\nregistry: s3://bucket/r.db", None, InputError, "--registry FILE"),
        ("project: p\nregistry: {registry_type: sql, path: 'sqlite:///no.db'}", None, NotFound, "is not there"),
        ("!!python/object/apply:os._exit [1]", None, InputError, "no YAML"),
        ("project: p\noffline_store: {type: postgres, host: '${NOT_SET_HERE}'}", None, InputError, "NOT_SET_HERE"),
    ],
)
def test_what_is_no_repository_says_what_to_do(
    tmp_path: Path, yaml: str | None, registry_bytes: bytes | None, error: type[Exception], says: str
) -> None:
    """Each message names the place and the remedy; nothing in a file is run."""
    if yaml is not None:
        (tmp_path / "feature_store.yaml").write_text(yaml)
    if registry_bytes is not None:
        (tmp_path / "r.db").write_bytes(registry_bytes)
    with pytest.raises(error, match=says):
        read_registry(read_repository(tmp_path))
