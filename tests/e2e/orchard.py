"""A fruit company's pipeline, as its producers would tell it: hand-made events in the shapes that real clients send.

Spark (an application with technical runs; CTAS wrappers; Iceberg on object storage with metadata tables and branches; a
partitioned landing folder read file by file; a model of stages; micro-batches), Airflow with retries that keep their run id,
dbt with its three job names for one model, Feast's one job for all, and a Flink job that fails after it ran.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

Event = dict[str, Any]
LAKE, DB, TOPICS = "s3://orchard-lake", "postgres://erp.orchard.example:6432", "kafka://k1.orchard.example:9092"
SPARK, AIRFLOW, DBT, FLINK, FEAST = "orchard-spark", "orchard-air", "orchard-dbt", "orchard-flink", "grove"
WAREHOUSE = "warehouse/silver"
_BEGIN = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)


def run_id(label: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"orchard/{label}"))


class Clock:
    """Each event comes half a second after the one before, unless told to wait."""

    def __init__(self) -> None:
        self.now = _BEGIN

    def tick(self, wait_s: float = 0.5) -> str:
        self.now += timedelta(seconds=wait_s)
        return self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def columns(*names: str) -> dict[str, Any]:
    return {"fields": [{"name": name, "type": "string"} for name in names]}


def lineage(*, rows: list[tuple[str, str, str, str]] | None = None, **fields: Any) -> dict[str, Any]:
    """`target=[(namespace, name, column, subtype)]`; `rows`: what decides about whole rows."""

    def entry(source: tuple[str, str, str, str], kind: str) -> dict[str, Any]:
        namespace, name, column, subtype = source
        return {
            "namespace": namespace,
            "name": name,
            "field": column,
            "transformations": [{"type": kind, "subtype": subtype, "masking": subtype == "MASK"}],
        }

    told: dict[str, Any] = {
        "fields": {t: {"inputFields": [entry(s, "DIRECT") for s in sources]} for t, sources in fields.items()}
    }
    if rows:
        told["dataset"] = [entry(s, "INDIRECT") for s in rows]
    return told


def data(namespace: str, name: str, **facets: Any) -> dict[str, Any]:
    return {"namespace": namespace, "name": name, "facets": facets}


def table(name: str, **facets: Any) -> dict[str, Any]:
    """An Iceberg table of the warehouse: its path, and its name as a symlink."""
    path = f"{WAREHOUSE}/{name.split('.')[0]}"
    link = {"namespace": f"{LAKE}/warehouse", "name": f"silver.{name}", "type": "TABLE"}
    return data(LAKE, path, symlinks={"identifiers": [link]}, **facets)


def lifecycle(change: str, previous: tuple[str, str] | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {"lifecycleStateChange": change}
    if previous:
        told["previousIdentifier"] = {"namespace": previous[0], "name": previous[1]}
    return told


def told(
    kind: str, clock: Clock, job: tuple[str, str], run: str, *, inputs: Any = None, outputs: Any = None, parent: Any = None,
    job_type: tuple[str, str, str] | None = None, job_facets: dict[str, Any] | None = None, wait_s: float = 0.5, **run_facets: Any,
) -> Event:  # fmt: skip
    event: Event = {
        "eventType": kind,
        "eventTime": clock.tick(wait_s),
        "producer": "https://example.org/orchard",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run, "facets": dict(run_facets)},
        "job": {"namespace": job[0], "name": job[1], "facets": dict(job_facets or {})},
    }
    if inputs is not None:
        event["inputs"] = inputs
    if outputs is not None:
        event["outputs"] = outputs
    if parent is not None:
        event["run"]["facets"]["parent"] = {
            "run": {"runId": parent[1]},
            "job": {"namespace": parent[0][0], "name": parent[0][1]},
        }
    if job_type is not None:
        processing, integration, of = job_type
        event["job"]["facets"]["jobType"] = {
            "processingType": processing,
            "integration": integration,
            "jobType": of,
        }
    return event


class Application:
    """A Spark application: an empty run around technical ones."""

    def __init__(self, clock: Clock, name: str) -> None:
        self.clock, self.name, self.job, self.run = clock, name, (SPARK, name), run_id(name)
        self.count = itertools.count()
        self.events = [self._told("START")]

    def _told(self, kind: str) -> Event:
        return told(
            kind, self.clock, self.job, self.run, inputs=[], outputs=[], job_type=("NONE", "SPARK", "APPLICATION")
        )

    def part(
        self, kind: str, operator: str, label: str, *, of: str = "SQL_JOB", mode: str = "BATCH", inputs: Any = (),
        outputs: Any = (), wait_s: float = 0.5,
    ) -> None:  # fmt: skip
        self.events.append(
            told(
                kind, self.clock, (SPARK, f"{self.name}.{operator}"), run_id(f"{self.name}/{label}"), inputs=[*inputs],
                outputs=[*outputs], parent=(self.job, self.run), job_type=(mode, "SPARK", of), wait_s=wait_s,
            )
        )  # fmt: skip

    def both(self, operator: str, **more: Any) -> None:
        label = f"{operator}#{next(self.count)}"
        self.part("START", operator, label, **more)
        self.part("COMPLETE", operator, label, **more)

    def ctas(self, name: str, inputs: Any, output: dict[str, Any]) -> None:
        """A table made from a query: two runs, nested, with the same edges; the wrapper names its output only at its end."""
        number = next(self.count)
        wrapper, inner = f"atomic_create_table_as_select.silver_{name}", f"append_data.lake_silver_{name}"
        self.part("START", wrapper, f"w{number}", inputs=inputs)
        self.part("START", inner, f"i{number}", inputs=inputs, outputs=[output])
        self.part("COMPLETE", inner, f"i{number}", inputs=inputs, outputs=[output])
        self.part("COMPLETE", wrapper, f"w{number}", inputs=inputs, outputs=[output], wait_s=0.1)

    def end(self) -> list[Event]:
        return [*self.events, self._told("COMPLETE")]


DAY_FILE = "drop/harvest/day=2026-10-0{}/part-00000.csv"
HARVEST = columns("picked_at", "picker_id", "weight_kg", "day")


def ingest(clock: Clock) -> list[Event]:
    app = Application(clock, "orchard_ingest")
    pickers = data(DB, "erp.public.pickers", schema=columns("id", "email", "farm"))
    raw = data(
        LAKE, "raw/pickers", schema=columns("id", "email_hash", "farm"),
        columnLineage=lineage(
            id=[(DB, "erp.public.pickers", "id", "IDENTITY")],
            email_hash=[(DB, "erp.public.pickers", "email", "MASK")],
            farm=[(DB, "erp.public.pickers", "farm", "IDENTITY")],
        ),
    )  # fmt: skip
    app.both("execute_insert_into_hadoop_fs_relation_command.raw_pickers", inputs=[pickers], outputs=[raw])
    for day in (1, 2):
        file = data(LAKE, DAY_FILE.format(day), schema=columns("value"))
        app.both("collect_limit", inputs=[file])
        harvest = table(
            "harvest", schema=HARVEST,
            columnLineage=lineage(
                weight_kg=[(LAKE, DAY_FILE.format(day), "kg", "TRANSFORMATION")],
                picker_id=[(LAKE, DAY_FILE.format(day), "picker", "IDENTITY")],
            ),
        )  # fmt: skip
        folder = data(LAKE, "drop/harvest", schema=columns("at", "picker", "kg", "day"))
        if day == 1:
            app.ctas("harvest", [folder], harvest)
        else:
            app.both("append_data.lake_silver_harvest", inputs=[folder], outputs=[harvest])
    # schema inference over an RDD names the directory around the file, and never ends
    app.part("START", "map_partitions_file_scan", "rdd", of="RDD_JOB", inputs=[{"namespace": LAKE, "name": "drop"}])
    prices = data(LAKE, "drop/prices.json", schema=columns("sort", "eur"))
    app.both(
        "execute_insert_into_hadoop_fs_relation_command.raw_prices", inputs=[prices],
        outputs=[
            data(
                LAKE, "/raw/prices/", schema=columns("sort", "eur"),
                columnLineage=lineage(eur=[(LAKE, "drop/prices.json", "eur", "IDENTITY")]),
            )
        ],
    )  # fmt: skip
    return app.end()


def refine(clock: Clock) -> list[Event]:
    app = Application(clock, "orchard_refine")
    harvest, raw = (
        table("harvest", schema=HARVEST),
        data(LAKE, "raw/pickers", schema=columns("id", "email_hash", "farm")),
    )
    # a CTAS whose inner write fails: FAIL and at once COMPLETE, and the wrapper says COMPLETE
    ruined = table("ruined", schema=columns("x"))
    app.part("START", "atomic_create_table_as_select.silver_ruined", "w-ruined", inputs=[harvest])
    app.part("START", "append_data.lake_silver_ruined", "i-ruined", inputs=[harvest], outputs=[ruined])
    app.part("FAIL", "append_data.lake_silver_ruined", "i-ruined", outputs=[ruined])
    app.part("COMPLETE", "append_data.lake_silver_ruined", "i-ruined", inputs=[harvest], outputs=[ruined], wait_s=0.01)
    app.part(
        "COMPLETE", "atomic_create_table_as_select.silver_ruined", "w-ruined", inputs=[harvest], outputs=[ruined],
        wait_s=0.1,
    )  # fmt: skip
    # a temporary table, used and dropped in mid-application
    scratch = table("scratch", schema=columns("picker_id", "farm"))
    app.ctas("scratch", [raw], scratch)
    crew = table(
        "crew", schema=columns("farm", "kg"),
        columnLineage=lineage(
            farm=[(LAKE, "raw/pickers", "farm", "IDENTITY")],
            kg=[(LAKE, f"{WAREHOUSE}/harvest", "weight_kg", "AGGREGATION")],
            rows=[(LAKE, f"{WAREHOUSE}/harvest", "day", "FILTER")],
        ),
    )  # fmt: skip
    app.ctas("crew", [harvest, raw, scratch], crew)
    dropped = table("scratch", schema=columns(), lifecycleStateChange=lifecycle("DROP"))
    app.both("drop_table", outputs=[dropped, dropped])
    app.both("replace_data.lake_silver_harvest", inputs=[harvest], outputs=[harvest])  # MERGE: of itself
    app.both(
        "alter_table.silver_harvest",
        outputs=[table("harvest", schema=HARVEST, lifecycleStateChange=lifecycle("ALTER"))],
    )
    # metadata tables and a branch come under the table's own path
    app.both("project", inputs=[table("harvest.snapshots", schema=columns("snapshot_id", "committed_at"))])
    audit = table("harvest.branch_audit", schema=HARVEST)
    app.both(
        "append_data.lake_silver_harvest_branch_audit",
        inputs=[data(LAKE, "drop/corrections.csv", schema=columns("x"))],
        outputs=[audit],
    )
    # a rename
    renamed = table(
        "crews", schema=columns("farm", "kg"),
        lifecycleStateChange=lifecycle("RENAME", (LAKE, f"{WAREHOUSE}/crew")),
    )  # fmt: skip
    app.both("alter_table.silver_crews", outputs=[renamed])
    features = data(
        LAKE, "gold/farm_features", schema=columns("farm", "kg_7d"),
        columnLineage=lineage(
            farm=[(LAKE, f"{WAREHOUSE}/crews", "farm", "IDENTITY")],
            kg_7d=[(LAKE, f"{WAREHOUSE}/crews", "kg", "AGGREGATION")],
        ),
        lifecycleStateChange=lifecycle("OVERWRITE"),
    )  # fmt: skip
    app.both("execute_save_into_data_source_command.gold_farm_features", inputs=[table("crews")], outputs=[features])
    return app.end()


def train(clock: Clock) -> list[Event]:
    app = Application(clock, "orchard_train")
    features = data(LAKE, "gold/farm_features", schema=columns("farm", "kg_7d"))
    for step in range(3):
        app.part(
            "START", "map_partitions_linear_regression_9f3be21c77aa", f"fit{step}", of="RDD_JOB", inputs=[features]
        )
    stages = (
        "metadata",
        "stages/0_VectorAssembler_9f3be21c77ab/metadata",
        "stages/1_LinearRegression_77ab9f3be21c/data",
    )
    for stage in stages:
        app.both("map_partitions_parallel_collection", of="RDD_JOB", outputs=[data(LAKE, f"models/yield/v3/{stage}")])
    app.both(
        "execute_insert_into_hadoop_fs_relation_command.v3_metrics",
        outputs=[data(LAKE, "models/yield/v3_metrics", schema=columns("rmse"))],
    )
    forecast = data(
        LAKE, "gold/forecast", schema=columns("farm", "kg_next"),
        columnLineage=lineage(
            farm=[(LAKE, "gold/farm_features", "farm", "IDENTITY")],
            kg_next=[(LAKE, "gold/farm_features", "kg_7d", "TRANSFORMATION")],
        ),
    )  # fmt: skip
    app.both("execute_save_into_data_source_command.gold_forecast", inputs=[features], outputs=[forecast])
    return app.end()


def stream(clock: Clock) -> list[Event]:
    app = Application(clock, "orchard_scales")
    for batch, name in enumerate(("weigh/w0.json", "weigh", "weigh/w3.json")):
        source = data(LAKE, name, schema=columns("scale", "g"))
        label = f"scan{batch}"
        app.part("START", "scan_json", label, mode="STREAMING", inputs=[source])
        app.both("append_data.lake_silver_weights", mode="STREAMING", inputs=[data(LAKE, "weigh", schema=columns("scale", "g"))],
                 outputs=[table("weights", schema=columns("scale", "kg"),
                                columnLineage=lineage(kg=[(LAKE, name, "g", "TRANSFORMATION")]))])  # fmt: skip
        app.part("COMPLETE", "scan_json", label, mode="STREAMING", inputs=[source])
    return app.end()


def airflow(clock: Clock) -> list[Event]:
    dag, task = (AIRFLOW, "fruit_dag"), (AIRFLOW, "fruit_dag.load_orders")
    dag_run, task_run = run_id("dag"), run_id("task")
    parent = (dag, dag_run)
    kinds = {"job_type": ("BATCH", "AIRFLOW", "TASK"), "parent": parent}
    orders = data(DB, "erp.public.orders", schema=columns("id", "sort", "kg"))
    totals = data(DB, "erp.public.totals", schema=columns("sort", "kg"))
    wrong = data(DB, "erp.public.orders_typo")
    lost = data(DB, "erp.public.totals_lost")
    aliases = lineage(
        s=[(DB, "erp.public.orders", "sort", "IDENTITY")], _1=[(DB, "erp.public.orders", "kg", "AGGREGATION")]
    )
    totals_told = data(DB, "erp.public.totals", schema=columns("sort", "kg"), columnLineage=aliases)
    child = (AIRFLOW, "fruit_dag.load_orders.query.1")
    child_kinds = {"job_type": ("BATCH", "AIRFLOW", "QUERY"), "parent": (task, task_run)}
    return [
        told("START", clock, dag, dag_run, inputs=[], outputs=[], job_type=("BATCH", "AIRFLOW", "DAG")),
        # the first attempt reads a table that is not there, the second (same run id) is right
        told("START", clock, task, task_run, inputs=[wrong], outputs=[lost], **kinds),
        told("FAIL", clock, task, task_run, inputs=[wrong], outputs=[lost], **kinds),
        told("START", clock, task, task_run, inputs=[orders], outputs=[totals], wait_s=300, **kinds),
        told("START", clock, child, run_id("q1"), inputs=[orders], outputs=[totals], **child_kinds),
        told("COMPLETE", clock, child, run_id("q1"), inputs=[orders], outputs=[totals_told], **child_kinds),
        told("COMPLETE", clock, task, task_run, inputs=[orders], outputs=[totals_told], **kinds),
        told("COMPLETE", clock, dag, dag_run, inputs=[], outputs=[], job_type=("BATCH", "AIRFLOW", "DAG")),
    ]


def dbt(clock: Clock) -> list[Event]:
    root, root_run = (DBT, "dbt-run-orchard"), run_id("dbt")
    node = {"dbt_node": {"unique_id": "model.orchard.sorts", "alias": "sorts"}}
    model = ("BATCH", "DBT", "MODEL")
    totals = data("postgres://erp.orchard.example:6432", "erp.public.totals", schema=columns("sort"))
    # the short host form with the same port is the same database by an operator's word only: here it is spelled alike
    sorts = data(DB, '"erp"."mart"."sorts"', schema=columns("sort", "kg"))
    parent = (root, root_run)
    events = [told("START", clock, root, root_run, inputs=[], outputs=[], job_type=("BATCH", "DBT", "JOB"))]
    for name in ("erp.mart.orchard.sorts", "erp.mart.orchard.sorts.build.run", "model.orchard.sorts"):
        for kind in ("START", "COMPLETE"):
            events.append(
                told(kind, clock, (DBT, name), run_id(name), inputs=[totals], outputs=[sorts], parent=parent,
                     job_type=model, job_facets=node)
            )  # fmt: skip
    statement = (DBT, "model.orchard.sorts.sql.1")
    for kind in ("START", "COMPLETE"):
        events.append(
            told(kind, clock, statement, run_id("sql1"), inputs=[totals], outputs=[data(DB, "erp.mart.sorts")],
                 parent=((DBT, "model.orchard.sorts"), run_id("model.orchard.sorts")), job_type=("BATCH", "DBT", "SQL"))
        )  # fmt: skip
    # a test's output is no table, a failed model's neither
    tested = {
        "inputs": [data(DB, "erp.mart.sorts")],
        "outputs": [data(DB, "erp.mart_dbt_test__audit.not_null_sorts_kg")],
    }
    for kind in ("START", "COMPLETE"):
        events.append(told(kind, clock, (DBT, "test.orchard.not_null_sorts_kg"), run_id("dbttest"), parent=parent,
                           job_type=("BATCH", "DBT", "TEST"), **tested))  # fmt: skip
    broken = {"inputs": [data(DB, "erp.mart.sorts")], "outputs": [data(DB, "erp.mart.broken")]}
    for kind in ("START", "FAIL"):
        events.append(
            told(kind, clock, (DBT, "model.orchard.broken"), run_id("broken"), parent=parent, job_type=model, **broken)
        )
    events.append(told("COMPLETE", clock, root, root_run, inputs=[], outputs=[], job_type=("BATCH", "DBT", "JOB")))
    return events


def feast(clock: Clock) -> list[Event]:
    sources = [data(FEAST, name) for name in ("farm_source", "weather_source", "farm")]
    views = [data(FEAST, name, schema=columns("kg_7d")) for name in ("farm_view", "weather_view")]
    return [
        told("COMPLETE", clock, (FEAST, "feast_apply_grove"), run_id("apply"), inputs=sources, outputs=views),
        told("COMPLETE", clock, (FEAST, "materialize_grove"), run_id("mat"), inputs=[views[0]],
             outputs=[data(FEAST, "online_store_farm_view")]),
    ]  # fmt: skip


def flink(clock: Clock) -> list[Event]:
    job, run, kind = (FLINK, "orders.enrich"), run_id("flink"), ("STREAMING", "FLINK", "JOB")
    told_once = {"inputs": [data(TOPICS, "orders")], "outputs": [data(TOPICS, "orders.rich")]}
    stillborn = {"inputs": [data(TOPICS, "orders")], "outputs": [data(TOPICS, "orders.stillborn")]}
    return [
        told("START", clock, job, run, job_type=kind, **told_once),
        told("RUNNING", clock, job, run, job_type=kind, **told_once),
        told("FAIL", clock, job, run, job_type=kind, wait_s=60),  # no inputs and outputs at the end: nothing new
        told("START", clock, (FLINK, "orders.stillborn"), run_id("still"), job_type=kind, **stillborn),
        told("FAIL", clock, (FLINK, "orders.stillborn"), run_id("still"), job_type=kind),
    ]


def events() -> list[Event]:
    """All of it, in order of time."""
    clock = Clock()
    parts = (ingest, refine, train, stream, airflow, dbt, feast, flink)
    return [event for part in parts for event in part(clock)]
