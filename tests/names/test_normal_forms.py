"""The normal forms of names: one test case for each mess of the naming list that a spelling alone decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.names import is_inside, is_unlisted_cte, normal_column, normal_dataset, normal_job, normal_namespace

FILE = ("file", "/tmp/x")

ONE = [
    ("2 quotes per segment", ("bench", '"shop"."stage"."stg_orders"'), ("bench", "shop.stage.stg_orders")),
    ("2 backticks", ("bigquery", "`p`.`d`.`t`"), ("bigquery", "p.d.t")),
    ("17 Iceberg by Spark before its fix", ("file", "/wh/db.db/db.tbl"), ("file", "/wh/db.db/tbl")),
    ("18 Snowflake's host suffix", ("snowflake://Org-Acct.snowflakecomputing.com", "D.S.T"), ("snowflake://org-acct", "d.s.t")),
    ("18 Snowflake's case and quotes", ("snowflake://acct", 'DB."Sch".T'), ("snowflake://ACCT", "db.sch.t")),
    ("18 a locator without a cloud is on AWS", ("snowflake://A1.eu-central-1.aws", "A.B.C"), ("snowflake://a1.eu-central-1", "a.b.c")),
    ("19 Redshift's case", ("redshift://c.r:5439", "DataHub.Metadata_Aspect_V2"), ("redshift://c.r:5439", "datahub.metadata_aspect_v2")),
    ("20 bare scheme", ("file://", "/tmp/x"), FILE),
    ("20 colon only", ("file:", "/tmp/x"), FILE),
    ("20 file.localhost", ("file.localhost", "/tmp/x"), FILE),
    ("20 file://localhost", ("file://localhost", "/tmp/x"), FILE),
    ("20 trailing and double slashes", ("file", "/tmp//x/"), FILE),
    ("20 the whole address as name", ("file", "file:/tmp/x"), FILE),
    ("20 an object's leading slash", ("gs://b", "/warehouse/x"), ("gs://b", "warehouse/x")),
    ("20 OneLake's leading slash", ("abfss://w@onelake", "/guid/Tables/x"), ("abfss://w@onelake", "guid/Tables/x")),
    ("20 trailing slash of a bucket", ("s3://b/", "x"), ("s3://b", "x")),
    ("21 abfs", ("abfs://c@a.dfs.core.windows.net", "x"), ("abfss://c@a.dfs.core.windows.net", "x")),
    ("21 wasb", ("wasb://c@a", "x"), ("wasbs://c@a", "x")),
    ("21 s3a", ("s3a://b", "x"), ("s3://b", "x")),
    ("21 s3n", ("s3n://b", "x"), ("s3://b", "x")),
    ("22 the default port", ("postgres://prod", "d.s.t"), ("postgres://prod:5432", "d.s.t")),
    ("22 port None", ("postgres://workshop-db:None", "d.s.t"), ("postgres://workshop-db", "d.s.t")),
    ("22 JDBC's scheme", ("jdbc:postgresql://Prod:5432/", "d.s.t"), ("postgres://prod", "d.s.t")),
    ("SQLAlchemy's driver", ("postgresql+psycopg2://u@prod/", "d.s.t"), ("postgres://prod", "d.s.t")),
    ("SQL Server's parameters", ("jdbc:sqlserver://h:1433;databaseName=d", "d.s.t"), ("mssql://h", "d.s.t")),
    ("22 order of brokers", ("kafka://b:9092,a:9092", "t"), ("kafka://a,b", "t")),
    ("a user in the namespace", ("mysql://root:secret@db:3306", "d.t"), ("mysql://db", "d.t")),
    ("23 a partition", ("s3://lake", "data/ds=2026-11-01"), ("s3://lake", "data")),
    ("23 a file in a partition", ("s3://lake", "data/ds=2026-11-01/hour=3/part-0.parquet"), ("s3://lake", "data")),
    ("23 a date in three directories", ("s3://lake", "data/2026/11/01"), ("s3://lake", "data")),
    ("23 with an hour and a file", ("s3://lake", "data/2026/11/01/07/e3.json"), ("s3://lake", "data")),
    ("23 a month", ("s3://lake", "data/2026/11"), ("s3://lake", "data")),
    ("23 a month without slash", ("s3://lake", "data/202611"), ("s3://lake", "data")),
    ("23 a month with a dash", ("s3://lake", "data/2026-11/part-0.csv"), ("s3://lake", "data")),
    ("23 a date", ("s3://lake", "data/2026-11-01"), ("s3://lake", "data")),
    ("23 a date without dashes", ("s3://lake", "data/20261101"), ("s3://lake", "data")),
    ("24 a run's stamp", ("gs://b", "outputs_1729097570970"), ("gs://b", "outputs")),
    ("24 a stamped directory", ("file", "/tmp/outputs/1729097570970"), ("file", "/tmp/outputs")),
    ("24 dbt's temporary table", ("postgres://h", "d.s.t__dbt_tmp185052092562"), ("postgres://h", "d.s.t")),
    ("24 Spark's staging directory", ("s3://b", "t/.spark-staging-1a2b/ds=1/part-0"), ("s3://b", "t")),
    ("24 Spark's BigQuery staging", ("gs://open-lineage-e2e", "x/.spark-bigquery-application_1_0002-ab"), ("gs://open-lineage-e2e", "x")),
    ("a task's temporary directory", ("hdfs://nn:8020", "/t/_temporary/0/task_1"), ("hdfs://nn", "/t")),
    ("Delta's log", ("file", "/lake/t/_delta_log/0001.json"), ("file", "/lake/t")),
    ("a success mark", ("file", "/lake/t/_SUCCESS"), ("file", "/lake/t")),
    ("35 a file of a partition", ("file", "/lake/landing/clicks/ds=2026-11-01/part-0.csv"), ("file", "/lake/landing/clicks")),
    ("38 a model's stage", ("file", "/m/churn/v1/stages/0_StringIndexer_31b9796b57ac/metadata"), ("file", "/m/churn/v1")),
    ("BigQuery's partition decorator", ("bigquery", "p.d.t$20261101"), ("bigquery", "p.d.t")),
]  # fmt: skip

TWO = [
    ("4, 5 files as authorities keep their case", ("duckdb://Shop.duckdb", "a.b"), ("duckdb://shop.duckdb", "a.b")),
    ("1 hosts are never guessed to be one", ("postgres://127.0.0.1:5599", "d.s.t"), ("postgres://localhost:5599", "d.s.t")),
    ("3 a name alone joins nothing", ("fs", "customers"), ("dagster", "customers")),
    ("another port is another server", ("postgres://h:5433", "d.s.t"), ("postgres://h", "d.s.t")),
    ("PostgreSQL tells case apart", ("postgres://h", "d.s.T"), ("postgres://h", "d.s.t")),
    ("BigQuery tells case apart", ("bigquery", "p.d.T"), ("bigquery", "p.d.t")),
    ("paths tell case apart", ("s3://b", "X"), ("s3://b", "x")),
    ("a dot inside quotes is no separator", ("bench", '"a.b".c'), ("bench", "a.b.c")),
    ("topics have no segments", ("kafka://h", "a.b"), ("kafka://h", '"a".b')),
    ("relative and absolute files", ("file", "tmp/x"), ("file", "/tmp/x")),
    ("datasets under one date", ("s3://b", "dump/2026-11-01/orders"), ("s3://b", "dump/2026-11-01/customers")),
    ("a version is no date", ("s3://b", "models/2026/99"), ("s3://b", "models")),
    ("31 a table of a warehouse is no path", ("file:/tmp/lake", "silver.t"), ("file", "/tmp/lake/silver.t")),
    ("32 a metadata table", ("file", "/lake/customers@snapshots"), ("file", "/lake/customers")),
    ("a tenant's number", ("postgres://h", "d.s.events_1234567890"), ("postgres://h", "d.s.events")),
    ("36 a directory and what is in it", ("file", "/lake/landing"), ("file", "/lake/landing/products.json")),
    ("a year's table", ("postgres://h", "d.s.sales_2026"), ("postgres://h", "d.s.sales")),
]  # fmt: skip


@pytest.mark.parametrize(("mess", "one", "other"), ONE, ids=[case[0] for case in ONE])
def test_spellings_of_one_dataset_meet(mess: str, one: tuple[str, str], other: tuple[str, str]) -> None:
    """Spellings that no system tells apart have one normal form."""
    assert normal_dataset(*one) == normal_dataset(*other), mess


@pytest.mark.parametrize(("mess", "one", "other"), TWO, ids=[case[0] for case in TWO])
def test_datasets_that_may_differ_stay_apart(mess: str, one: tuple[str, str], other: tuple[str, str]) -> None:
    """What a spelling alone cannot decide is never merged."""
    assert normal_dataset(*one) != normal_dataset(*other), mess


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("data/ds=2026-11-01/part-0.csv", True),
        ("/data/202611/", True),
        ("m/v1/stages/0_StringIndexer_31b9796b57ac/metadata", True),
        ("/data/", False),
        ("data/part-0.csv", False),
        ("outputs_1729097570970", False),
    ],
)
def test_a_partition_lies_inside_its_dataset(name: str, inside: bool) -> None:
    """What is cut off behind a slash was inside; a slash alone and a stamp on the name were not."""
    assert is_inside("s3://lake", name) is inside


@pytest.mark.parametrize(
    ("namespace", "normal"),
    [
        ("file:/tmp/work/lake/iceberg", "file:/tmp/work/lake/iceberg"),
        ("file:///tmp/work/lake/iceberg/", "file:/tmp/work/lake/iceberg"),
        ("file://NAS/", "file://nas"),
        ("dlt.destinations.duckdb://duckdb", "dlt.destinations.duckdb://duckdb"),
        ("duckdb:///database/Shop.db", "duckdb:///database/Shop.db"),
        ("bigquery://", "bigquery"),
        ("arn:aws:glue:eu-west-1:123456789012", "arn:aws:glue:eu-west-1:123456789012"),
        ("redshift://c1.abc.eu-west-1.redshift.amazonaws.com:5439", "redshift://c1.eu-west-1"),
        ("spanner://project:instance", "spanner://project:instance"),
        ("postgres://[::1]:5432", "postgres://[::1]"),
        ("airflow-bench", "airflow-bench"),
    ],
)
def test_the_normal_form_of_a_namespace(namespace: str, normal: str) -> None:
    """A namespace keeps what tells data sources apart and loses the rest."""
    assert normal_namespace(namespace) == normal


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("app.map_partitions_logistic_regression_7f185e5c0bae_blocks", "app.map_partitions_logistic_regression_blocks"),
        ("shakespeare_on_spark.adaptive_spark_plan.outputs_1729097570970", "shakespeare_on_spark.adaptive_spark_plan.outputs"),
        ("load_2026-11-01", "load"),
        ("load_20261101_full", "load_full"),
        ("manual__2026-11-22T18:39:35.132186+00:00", "manual"),
        ("etl.01a1998e-4400-7e4b-a03b-87ad8c03e696.step", "etl.step"),
        ("spark-application_1729097245443_0002", "spark"),
        ("model_1", "model_1"),
        ("app.23", "app.23"),
        ("test.shop.not_null_stg_orders_order_id.81cfe2fe64", "test.shop.not_null_stg_orders_order_id.81cfe2fe64"),
        ("report_2026", "report_2026"),
        ("defaced_facade", "defaced_facade"),
        ("2026-11-01", "2026-11-01"),
    ],
)  # fmt: skip
def test_volatile_parts_of_job_names_go(name: str, normal: str) -> None:
    """Each day's run of one program is one job; small numbers and stable hashes stay."""
    assert normal_job("jobs", name) == ("jobs", normal)


@pytest.mark.parametrize(
    ("namespace", "column", "normal"),
    [
        ("snowflake://a", '"Email"', "email"),
        ("postgres://h", '"Email"', "Email"),
        ("file", "after.id", "after.id"),
        ("jdbc:redshift://c:5439", "ID", "id"),
        ("fs", "`rate`", "rate"),
    ],
)
def test_columns_follow_their_system(namespace: str, column: str, normal: str) -> None:
    """Quotes go everywhere, case only where the system does not tell it apart; nested columns are paths."""
    assert normal_column(namespace, column) == normal


@pytest.mark.parametrize(
    ("name", "output", "cte"),
    [
        ("ranked", "jaffle_shop.main.broken", True),
        ("shop.public.orders", "shop.public.features", False),
        ('"ranked"', '"a"."b"."c"', True),
        ("orders", "customer_features", False),
        ("landing", "/tmp/lake/bronze", False),
    ],
)
def test_a_leaked_cte_is_shorter_than_any_table(name: str, output: str, cte: bool) -> None:
    """A column source with fewer segments than its output is the name of a CTE (13b)."""
    assert is_unlisted_cte(name, output) is cte


names = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            [
                "a",
                "db.db",
                "db.tbl",
                "ds=1",
                "2026",
                "11",
                "01",
                "2026-11-01",
                "_temporary",
                "x_1729097570970",
                "stages",
                "metadata",
                "",
                ".",
                '"Q"',
                "`q`",
                "[q]",
                "part-0.csv",
                "0_Cls_31b9796b57ac",
                "file:",
                "s3:",
                "t__dbt_tmp",
                "7f185e5c0bae",
                "20261101",
                "202611",
                "1729097570970",
                "_",
                "?",
                "@",
            ]
        ),
        max_size=7,
    ).flatmap(lambda parts: st.sampled_from(["/", ".", "_", "//"]).map(lambda mark: mark.join(parts))),
)
namespaces = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "file",
            "file:",
            "file:///",
            "file:/wh/",
            "s3a://B/",
            "s3://b/wh",
            "hdfs://NN:8020",
            "gs://b",
            "postgresql://u:p@H:5432:5432,h2:5432/",
            "snowflake://A_b.aws.aws",
            "kafka://a:9092,kafka://b",
            "bigquery",
            "fs",
            "arn:aws:glue:r:a",
            "hive://h",
            "redshift://a.b.c.redshift.amazonaws.com",
            "abfs://c@d",
            "x://",
            "://",
            "file://@",
            "s3:///a",
        ]
    ),
)


@given(namespaces, names)
def test_normal_forms_of_datasets_are_total_and_idempotent(namespace: str, name: str) -> None:
    """Any text has a normal form, which is its own normal form and never empty unless the name was."""
    form = normal_dataset(namespace, name)
    assert normal_dataset(*form) == form
    assert normal_namespace(form[0]) == form[0] == normal_namespace(namespace)
    assert bool(form[1]) or not name


@given(namespaces, names)
def test_normal_forms_of_jobs_are_total_and_idempotent(namespace: str, name: str) -> None:
    """Any job name has a normal form, which is its own and never empty unless the name was."""
    form = normal_job(namespace, name)
    assert normal_job(*form) == form
    assert bool(form[1]) or not name


@given(namespaces, names)
def test_normal_forms_of_columns_are_total_and_idempotent(namespace: str, column: str) -> None:
    """Any column has a normal form, which is its own and never empty unless the name was."""
    form = normal_column(namespace, column)
    assert normal_column(namespace, form) == form
    assert bool(form) or not column
