"""Real events of real clients: every one is accepted and read, and says what its producer meant."""

import gzip
from collections import defaultdict
from functools import cache
from pathlib import Path

import orjson
import pytest

from collectors.openlineage import normalise, read
from lineage.events import Event, EventType, Lifecycle, RawName, Role
from lineage.facts import Flow

CAPTURES = Path(__file__).parent.parent / "fixtures" / "openlineage"
NAMES = sorted(path.name.removesuffix(".ndjson.gz") for path in CAPTURES.glob("*.ndjson.gz"))
LAKE = "/tmp/work/lake"


@cache
def raw_events(capture: str) -> list[bytes]:
    """The received events of a capture; Kafka messages hold theirs as `value`."""
    lines = gzip.decompress((CAPTURES / f"{capture}.ndjson.gz").read_bytes()).splitlines()
    loaded = [orjson.loads(line) for line in lines]
    return [
        orjson.dumps(event["value"]) if "value" in event else line for event, line in zip(loaded, lines, strict=True)
    ]


@cache
def events(capture: str) -> list[Event]:
    """A capture as the core reads it."""
    norms = [normalise(raw).norm for raw in raw_events(capture)]
    return [read(norm, index) for index, norm in enumerate(norms) if norm is not None]


@pytest.mark.parametrize("capture", NAMES)
def test_no_real_event_is_a_dead_letter(capture: str) -> None:
    """Everything that real clients send is understood: invalid by the schema, as all of Feast's and sqlmesh's, or not."""
    assert [normalise(raw).reason for raw in raw_events(capture)] == [None] * len(raw_events(capture))


@pytest.mark.parametrize("capture", NAMES)
def test_normalising_twice_changes_nothing(capture: str) -> None:
    """The normal form of a normal form is itself, so a replayed entry is the same event."""
    for raw in raw_events(capture):
        norm = normalise(raw).norm
        assert norm is not None
        assert normalise(norm).norm == norm


@pytest.mark.parametrize("capture", NAMES)
def test_reading_is_a_pure_function(capture: str) -> None:
    """The same bytes give the same event."""
    for raw in raw_events(capture)[:20]:
        norm = normalise(raw).norm
        assert norm is not None
        assert read(norm, 7) == read(norm, 7)


def test_what_never_enters_the_graph_is_gone() -> None:
    """Spark's plans and debug dumps are not in the normal form."""
    for raw in raw_events("spark-visible"):
        norm = normalise(raw).norm
        assert norm is not None
        assert b"spark.logicalPlan" not in norm and b'"debug"' not in norm


def test_dbts_three_names_for_one_model_are_one() -> None:
    """Run, build and structured mode name one job (6); a model's tests are a job of their own; so are single tests."""
    spelled = defaultdict(set)
    for event in events("shop-dbt"):
        if event.job_identity is not None and event.job is not None:
            spelled[event.job_identity.name].add(event.job.name)
    assert spelled["model.shop.customer_features"] == {
        "shop.public_analytics.shop.customer_features",
        "shop.public_analytics.shop.customer_features.build.run",
        "model.shop.customer_features",
    }
    assert spelled["snapshot.shop.customers_snap"] == {
        "shop.snapshots.shop.customers_snap.build.snapshot",
        "snapshot.shop.customers_snap",
    }
    tests = spelled["shop.public_analytics.shop.customer_features.test"]
    assert "shop.public_analytics.shop.customer_features.build.test" in tests
    assert spelled["test.shop.not_null_stg_orders_order_id.81cfe2fe64"] == {
        "test.shop.not_null_stg_orders_order_id.81cfe2fe64"
    }


def test_tests_write_nothing() -> None:
    """The audit tables that dbt's tests name as outputs are no tables (7); what they check stays an input."""
    mentions = [mention for event in events("shop-dbt") for mention in event.mentions]
    assert not [m for m in mentions if m.role is Role.OUTPUT and "dbt_test__audit" in m.name.name]
    checked = [e for e in events("shop-dbt") if e.job is not None and e.job.name.startswith("test.") and e.mentions]
    assert checked and all(m.role is Role.INPUT for e in checked for m in e.mentions)


def test_technical_jobs_and_containers() -> None:
    """Queries, statements and Spark's inner jobs are details of their parents; DAGs and dbt's root job only group."""
    technical = {(e.job.name, e.technical) for c in NAMES for e in events(c) if e.job is not None}
    assert all(flag for name, flag in technical if ".query." in name or ".sql." in name)
    assert all(flag for name, flag in technical if name.startswith("shop_lake_") and "." in name)
    assert not any(
        flag for name, flag in technical if name in ("shop_lake_ingest", "ol_bench.train", "model.shop.stg_orders")
    )
    containers = {e.job.name for c in NAMES for e in events(c) if e.job is not None and e.container}
    assert containers == {"ol_bench", "dbt-run-shop"}


def test_only_streams_that_may_never_end_count_early() -> None:
    """Flink's jobs are streams; Spark's micro-batches are runs that end."""
    assert all(event.streaming for event in events("flink"))
    assert not any(event.streaming for event in events("spark-visible"))


def test_a_metadata_table_is_a_dataset_of_its_own() -> None:
    """Reading `silver.customers.snapshots` says nothing of customers' schema and gives it no other name (32)."""
    mentions = [m for e in events("spark-visible") for m in e.mentions]
    snapshots = {m.name for m in mentions if any(a.name.endswith(".snapshots") for a in m.aliases)}
    assert snapshots == {RawName("file", f"{LAKE}/iceberg/silver/customers@snapshots")}
    aliases = {a.name for m in mentions if m.name.name == f"{LAKE}/iceberg/silver/customers" for a in m.aliases}
    assert aliases == {"silver.customers"}


def test_merge_keys_are_control() -> None:
    """DIRECT entries in `dataset[]` are keys of a MERGE: no value flows from them."""
    claims = [c for e in events("spark-visible") for m in e.mentions for c in m.claims or () if c.target is None]
    assert claims and {c.flow for c in claims} == {Flow.CONTROL}


def test_masking_comes_from_the_facet() -> None:
    """A hash of an address is marked, the address itself is not."""
    told = {
        (c.source.name.removeprefix(LAKE), c.column, c.target): c.masking
        for e in events("spark-visible")
        for m in e.mentions
        for c in m.claims or ()
        if m.name.name in (f"{LAKE}/bronze/customers", f"{LAKE}/iceberg/silver/customers") and c.flow is Flow.VALUE
    }
    assert told["/bronze/customers", "email", "email_hash"] is True
    assert told["shop.public.customers", "email", "email"] is False


def test_a_drop_is_told_without_a_schema() -> None:
    """The dropped table's empty schema does not blank what was known (40)."""
    dropped = [m for e in events("spark-visible") for m in e.mentions if m.lifecycle is Lifecycle.DROP]
    assert {m.name.name for m in dropped} == {f"{LAKE}/iceberg/silver/scratch"}
    assert all(m.columns is None for m in dropped)


def test_a_directory_that_only_an_rdd_scan_names_is_not_real() -> None:
    """Schema inference reports `landing` around the file it read (36)."""
    mentions = [m for e in events("spark-visible") for m in e.mentions]
    assert {m.real for m in mentions if m.name.name == f"{LAKE}/landing"} == {False}
    assert {m.real for m in mentions if m.name.name == f"{LAKE}/gold/customer_features" and m.role is Role.OUTPUT} == {
        True
    }


def test_column_lineage_without_transformations_is_untyped() -> None:
    """Airflow, dbt, dagster and sqlmesh fill in no transformations: parsed SQL may know better."""
    claims = [
        c
        for name in ("airflow-scheduler", "shop-dbt", "sqlmesh", "dagster")
        for e in events(name)
        for m in e.mentions
        for c in m.claims or ()
    ]
    assert claims and not any(c.typed for c in claims)
    assert {c.flow for c in claims} == {Flow.VALUE}


def test_missing_and_empty_datasets_say_nothing() -> None:
    """Flink's end has no inputs and outputs at all (46)."""
    ends = [e for e in events("flink") if e.type in (EventType.COMPLETE, EventType.FAIL)]
    assert ends and all(e.mentions == () for e in ends)


def test_the_application_keeps_its_original_name() -> None:
    """`Shop Lake: ingest` became the job `shop_lake_ingest` (44)."""
    told = {
        e.job.name: dict(e.job_properties).get("appName")
        for e in events("spark-visible")
        if e.job is not None and e.type is EventType.START
    }
    assert told["shop_lake_ingest"] == '"Shop Lake: ingest"'


def test_explicit_lineage_gives_exact_sources() -> None:
    """A training run's lineage facet names what the model was made from; jobs among the sources are left out."""
    outputs = [
        m for e in events("python-client") for m in e.mentions if m.sources is not None and m.role is Role.OUTPUT
    ]
    assert {m.name.name for m in outputs} == {"models/churn/7"}
    for mention in outputs:
        assert mention.sources == (RawName("s3://lake-prod", "features/customer_features"),)
        assert [(c.target, c.column, c.flow) for c in mention.claims or ()] == [(None, "spend", Flow.VALUE)]


def test_catalogues_speak_about_subjects() -> None:
    """Dataset events carry renames, deletions, owners and column tags without any run."""
    subjects = [m for e in events("python-client") if e.job is None for m in e.mentions]
    assert {m.role for m in subjects} == {Role.SUBJECT}
    assert {(m.lifecycle, m.previous) for m in subjects if m.lifecycle is Lifecycle.RENAME} == {
        (Lifecycle.RENAME, RawName("postgres://db.example.org:5432", "shop.public.customers"))
    }
    assert any(("owner", None) in m.properties or ("tag", None) in m.properties for m in subjects)
    assert any("email" in (value or "") for m in subjects for label, value in m.properties if label == "tag")
