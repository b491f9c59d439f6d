"""What each facet of an event means, one rule at a time."""

from typing import Any

import orjson
import pytest

from collectors.openlineage import normalise, read
from collectors.openlineage.columns import column_claims
from collectors.openlineage.explicit import explicit_lineage
from collectors.openlineage.symlinks import names_of
from lineage.errors import InputError
from lineage.events import ColumnClaim, Event, EventType, Lifecycle, Mention, RawName, Role, SchemaColumn
from lineage.facts import Flow

SOURCE = RawName("n", "source")
IDENTITY = {"type": "DIRECT", "subtype": "IDENTITY"}
FILTER = {"type": "INDIRECT", "subtype": "FILTER"}


def seen(**event: Any) -> Event:
    """An event through both steps."""
    full = {"eventTime": "2026-11-22T10:00:00Z", "producer": "p", "job": {"namespace": "etl", "name": "load"}} | event
    norm = normalise(orjson.dumps(full)).norm
    assert norm is not None
    return read(norm, 5)


def run_of(
    job: dict[str, Any] | None = None, facets: dict[str, Any] | None = None, name: str = "load", **event: Any
) -> Event:
    return seen(
        run={"runId": "r", "facets": facets or {}}, job={"namespace": "etl", "name": name, "facets": job or {}}, **event
    )


def mention(role: str = "outputs", facets: dict[str, Any] | None = None, **dataset: Any) -> Mention:
    return run_of(**{role: [{"namespace": "n", "name": "d", "facets": facets or {}} | dataset]}).mentions[0]


def field(column: str | None = "a", *transformations: dict[str, Any], name: str = "source") -> dict[str, Any]:
    told = {"namespace": "n", "name": name, "field": column} if column else {"namespace": "n", "name": name}
    return told | ({"transformations": list(transformations)} if transformations else {})


def claim(
    target: str | None, column: str | None, flow: Flow, label: str, masking: bool = False, typed: bool = True
) -> ColumnClaim:
    return ColumnClaim(target, SOURCE, column, flow, label, masking, typed)


# The event


def test_kind_is_told_by_content() -> None:
    """Run, else dataset, else job: a schemaURL is often wrong."""
    assert run_of().run_id == "r"
    declared = seen(schemaURL="…/RunEvent")
    assert (declared.run_id, declared.job) == (None, RawName("etl", "load"))
    subject = seen(dataset={"namespace": "n", "name": "d"})
    assert (subject.job, subject.mentions[0].role) == (None, Role.SUBJECT)


@pytest.mark.parametrize(
    ("told", "type_"),
    [
        ("START", EventType.START),
        ("complete", EventType.COMPLETE),
        (None, EventType.OTHER),
        ("PAUSED", EventType.OTHER),
    ],
)
def test_unknown_event_types_are_other(told: Any, type_: EventType) -> None:
    """A run event without a type, or with a new one, still says what it says."""
    assert run_of(eventType=told).type is type_


def test_bytes_that_were_never_normalised_are_refused() -> None:
    """The reader names the entry and what to do."""
    for norm in (b"", b"[]", b"{}", b'{"eventTime":"2026-11-22T10:00:00Z","run":{"runId":"r"}}'):
        with pytest.raises(InputError, match="Entry 9"):
            read(norm, 9)


@pytest.mark.parametrize(
    ("integration", "job_type", "name", "technical", "container"),
    [
        ("SPARK", "SQL_JOB", "app.project", True, False),
        ("SPARK", "RDD_JOB", "app.5", True, False),
        ("SPARK", "APPLICATION", "app", False, False),
        ("AIRFLOW", "QUERY", "dag.task.query.1", True, False),
        ("AIRFLOW", "TASK", "dag.task", False, False),
        ("AIRFLOW", "DAG", "dag", False, True),
        ("DBT", "SQL", "model.p.m.sql.3", True, False),
        ("DBT", "JOB", "dbt-run-p", False, True),
        ("DBT", "PROJECT", "dbt-run-p", False, True),
        ("FLINK", "JOB", "f", False, False),
        (None, None, "x.query.1", False, False),
        (None, None, "dbt-run-x", False, False),
    ],
)
def test_technical_jobs_and_containers_by_their_type(
    integration: str | None, job_type: str | None, name: str, technical: bool, container: bool
) -> None:
    """The jobType facet tells; a name alone, of an unknown integration, never does."""
    job = {"jobType": {"integration": integration, "jobType": job_type, "processingType": "BATCH"}} if job_type else {}
    parent = {"parent": {"run": {"runId": "p"}, "job": {"namespace": "etl", "name": "above"}}}
    event = run_of(job, parent, name=name)
    assert (event.technical, event.container) == (technical, container)
    assert not run_of(job, name=name).technical, "a detail of nothing is no detail"


@pytest.mark.parametrize(
    ("facets", "name", "technical", "container"),
    [
        ({"dbt_run": {"project_name": "p"}}, "model.p.m.sql.3", True, False),
        ({"dbt_run": {"project_name": "p"}}, "dbt-run-p", False, True),
        ({"airflow": {"dag": {}}}, "dag.task.query.2", True, False),
        ({"airflowDagRun": {}}, "dag", False, True),
        ({"spark_version": {}}, "above.project", True, False),
        ({"spark_version": {}}, "other.project", False, False),
    ],
)
def test_without_a_job_type_the_integrations_own_facets_tell(
    facets: dict[str, Any], name: str, technical: bool, container: bool
) -> None:
    """Older clients send no jobType; the integration's naming pattern holds then."""
    parent = {"parent": {"run": {"runId": "p"}, "job": {"namespace": "etl", "name": "above"}}}
    event = run_of({}, facets | parent, name=name)
    assert (event.technical, event.container) == (technical, container)


@pytest.mark.parametrize(
    ("name", "job_type", "node", "outputs", "stable"),
    [
        ("db.s.p.m", "MODEL", None, [], "model.p.m"),
        ("db.s.p.m.build.run", "MODEL", None, [], "model.p.m"),
        ("db.s.p.snap.build.snapshot", "SNAPSHOT", None, [], "snapshot.p.snap"),
        ("model.p.m", "MODEL", None, [], "model.p.m"),
        ("db.s.package.m", "MODEL", None, [], None),
        ("db.s.package.m", "MODEL", None, ["db.s.other_alias"], "model.package.m"),
        ("db.s.package.m", "MODEL", "model.package.m", [], "model.package.m"),
        ("db.s.p.m.v2.build.run", "MODEL", None, [], "model.p.m.v2"),
        ("db.s.p.m.build.test", "TEST", "model.p.m", [], "db.s.p.m.test"),
        ("test.p.unique_m_id.5c9bf9911d", "TEST", None, [], "test.p.unique_m_id.5c9bf9911d"),
    ],
)
def test_dbts_job_names(name: str, job_type: str, node: str | None, outputs: list[str], stable: str | None) -> None:
    """One name for one node where dbt_node, dbt_run or an output tells it without guessing; a model's tests are not the model."""
    job = {"jobType": {"integration": "DBT", "jobType": job_type}} | ({"dbt_node": {"unique_id": node}} if node else {})
    event = run_of(
        job, {"dbt_run": {"project_name": "p"}}, name=name, outputs=[{"namespace": "n", "name": o} for o in outputs]
    )
    assert event.job_identity == (RawName("etl", stable) if stable else None)


# Columns


def test_each_transformation_is_a_claim() -> None:
    """DIRECT flows, INDIRECT controls, and a column may do both."""
    facet = {"fields": {"x": {"inputFields": [field("a", IDENTITY, FILTER | {"masking": True})]}}}
    assert column_claims(facet) == (
        claim("x", "a", Flow.VALUE, "IDENTITY"),
        claim("x", "a", Flow.CONTROL, "FILTER", masking=True),
    )


def test_repeated_claims_are_one_and_masking_wins() -> None:
    """Spark repeats transformations; of two that differ only in masking the masked one is kept."""
    facet = {
        "fields": {"x": {"inputFields": [field("a", IDENTITY, IDENTITY), field("a", IDENTITY | {"masking": True})]}}
    }
    assert column_claims(facet) == (claim("x", "a", Flow.VALUE, "IDENTITY", masking=True),)


def test_no_transformation_is_an_untyped_value() -> None:
    """Airflow, dbt and others tell only which columns: the value flows, how is not told."""
    assert column_claims({"fields": {"x": {"inputFields": [field("a")]}}}) == (
        claim("x", "a", Flow.VALUE, "", typed=False),
    )


def test_the_old_form_of_transformations() -> None:
    """Before 1-1-0 one type stood beside the inputs of a column."""
    facet = {
        "fields": {
            "x": {"inputFields": [field("a")], "transformationType": "MASKED", "transformationDescription": "sha"}
        }
    }
    assert column_claims(facet) == (claim("x", "a", Flow.VALUE, "MASKED", masking=True),)


def test_dataset_entries_are_control_whatever_their_type() -> None:
    """The keys of a MERGE come as DIRECT entries: table-level evidence is no column edge."""
    assert column_claims({"fields": {}, "dataset": [field("a", IDENTITY), field("b", FILTER)]}) == (
        claim(None, "a", Flow.CONTROL, "IDENTITY"),
        claim(None, "b", Flow.CONTROL, "FILTER"),
    )


def test_a_subtype_that_is_missing_is_the_type() -> None:
    """The label is the finest word that was told."""
    assert column_claims({"fields": {"x": {"inputFields": [field("a", {"type": "direct"})]}}}) == (
        claim("x", "a", Flow.VALUE, "DIRECT"),
    )


@pytest.mark.parametrize(
    "facet",
    [
        {},
        {"fields": {}},
        {"fields": {"x": {"inputFields": []}}},
        {"fields": {"x": {"inputFields": [{"field": "a"}]}}, "dataset": []},
    ],
)
def test_an_empty_facet_says_nothing(facet: dict[str, Any]) -> None:
    """A run that says nothing about columns closes no column edge."""
    assert column_claims(facet) is None


def test_a_column_into_itself_is_kept() -> None:
    """An incremental table carries its own columns on."""
    told = {"columnLineage": {"fields": {"a": {"inputFields": [field("a", IDENTITY, name="d")]}}}}
    assert [(c.target, c.source.name, c.column) for c in mention(facets=told).claims or ()] == [("a", "d", "a")]


# Explicit lineage


def test_an_entrys_inputs_are_all_of_the_sources() -> None:
    """Datasets of both levels are sources, jobs are not; `inputs: []` means none, a missing list nothing."""
    entry = {
        "inputs": [
            {"type": "DATASET", "namespace": "n", "name": "source"},
            {"type": "JOB", "namespace": "n", "name": "j"},
        ],
        "fields": {
            "x": {
                "inputs": [
                    {"type": "DATASET", "namespace": "n", "name": "other", "field": "b", "transformations": [IDENTITY]}
                ]
            }
        },
    }
    told = explicit_lineage(entry)
    assert told is not None
    assert told.sources == (SOURCE, RawName("n", "other"))
    assert told.claims == (ColumnClaim("x", RawName("n", "other"), "b", Flow.VALUE, "IDENTITY", False, True),)
    empty = explicit_lineage({"inputs": []})
    assert empty is not None and empty.sources == ()
    assert explicit_lineage({"fields": {}}) is None


def test_a_column_into_a_whole_dataset_is_a_value() -> None:
    """A model's input column flows into the model as a whole."""
    told = explicit_lineage({"inputs": [{"type": "DATASET", **field("a", IDENTITY)}]})
    assert told is not None and told.claims == (claim(None, "a", Flow.VALUE, "IDENTITY"),)


def test_a_job_entry_makes_the_output_that_it_names() -> None:
    """What is in no list of outputs but in the lineage facet was written too."""
    entry = {
        "type": "DATASET",
        "namespace": "n",
        "name": "made",
        "inputs": [{"type": "DATASET", "namespace": "n", "name": "source"}],
    }
    event = run_of({"lineage": {"entries": [entry]}}, outputs=[{"namespace": "n", "name": "d"}])
    assert [(m.name.name, m.role, m.sources, m.real) for m in event.mentions] == [
        ("d", Role.OUTPUT, None, True),
        ("made", Role.OUTPUT, (SOURCE,), True),
    ]


# Datasets


def test_nested_columns_are_paths() -> None:
    """Debezium's `after.id`; the ordinal is the told one or the place in the list, from 1 (30)."""
    fields = [
        {
            "name": "after",
            "type": "struct",
            "fields": [{"name": "id", "type": "int"}, {"name": "x", "fields": [{"name": "y"}]}],
        },
        {"name": "b", "ordinal_position": 7, "description": "text"},
        {"type": "nameless"},
        {"name": "after", "type": "again"},
    ]
    assert mention(facets={"schema": {"fields": fields}}).columns == (
        SchemaColumn("after", "struct", 1),
        SchemaColumn("after.id", "int", 1),
        SchemaColumn("after.x", "", 2),
        SchemaColumn("after.x.y", "", 1),
        SchemaColumn("b", "", 7, "text"),
    )


def test_an_empty_schema_says_nothing() -> None:
    """No fields is not a table without columns."""
    assert mention(facets={"schema": {"fields": []}}).columns is None
    assert mention(facets={"schema": {"_deleted": True, "fields": [{"name": "a"}]}}).columns is None


@pytest.mark.parametrize(
    ("facets", "more", "real"),
    [
        ({}, {}, False),
        ({"schema": {"fields": [{"name": "a"}]}}, {}, True),
        ({"version": {"datasetVersion": "7"}}, {}, True),
        ({}, {"inputFacets": {"subset": {"inputCondition": {"type": "location"}}}}, True),
        ({"dataSource": {"name": "file", "uri": "file"}}, {"inputFacets": {"inputStatistics": {"size": 1}}}, False),
    ],
)
def test_what_makes_an_input_real(facets: dict[str, Any], more: dict[str, Any], real: bool) -> None:
    """A directory is a dataset when it was read with a schema, a subset or a version."""
    assert mention("inputs", facets, **more).real is real


def test_a_rename_tells_what_it_was() -> None:
    """Only RENAME has a previous name; an unknown state is none."""
    previous = {"namespace": "n", "name": "old"}
    assert mention(
        facets={"lifecycleStateChange": {"lifecycleStateChange": "rename", "previousIdentifier": previous}}
    ).previous == RawName("n", "old")
    created = mention(
        facets={"lifecycleStateChange": {"lifecycleStateChange": "CREATE", "previousIdentifier": previous}}
    )
    assert (created.lifecycle, created.previous) == (Lifecycle.CREATE, None)
    assert mention(facets={"lifecycleStateChange": {"lifecycleStateChange": "POLISHED"}}).lifecycle is None


def test_properties_are_canonical_and_deletable() -> None:
    """Sorted, compact, without the facet's own keys and nulls; `_deleted` is None; catalogue properties may be secrets."""
    facets = {
        "ownership": {"_producer": "p", "owners": [{"type": "OWNER", "name": "ada"}]},
        "tags": {"_deleted": True},
        "documentation": {"description": "What it is"},
        "catalog": {"name": "lake", "type": "hive", "catalogProperties": {"user": "x"}},
        "datasetType": {"datasetType": "MODEL", "subType": None},
        "storage": {"storageLayer": "delta", "fileFormat": ""},
    }
    assert mention(facets=facets).properties == (
        ("catalog", '{"name":"lake","type":"hive"}'),
        ("datasetType", '{"datasetType":"MODEL"}'),
        ("description", '"What it is"'),
        ("owner", '[{"name":"ada","type":"OWNER"}]'),
        ("storage", '{"storageLayer":"delta"}'),
        ("tag", None),
    )


def test_a_jobs_sql_is_masked_and_has_a_fingerprint() -> None:
    """The property holds the masked statement, its dialect and one hash for it."""
    told = dict(run_of({"sql": {"query": "select a from t where b = 'secret'", "dialect": "Postgres"}}).job_properties)[
        "sql"
    ]
    assert told is not None
    sql = orjson.loads(told)
    assert (sql["query"], sql["dialect"]) == ("select a from t where b = ?", "postgres")
    assert len(sql["fingerprint"]) == 32


def test_run_properties_tell_of_this_run() -> None:
    """Errors are cut and redacted; statistics and checks name their dataset."""
    event = run_of(
        facets={
            "spark.exception": {"message": "cannot open postgres://u:hunter2@h/d " + "x" * 5_000},
            "nominalTime": {"nominalStartTime": "2026-11-01T00:00:00Z"},
        },
        inputs=[
            {
                "namespace": "n",
                "name": "d",
                "inputFacets": {"dataQualityAssertions": {"assertions": [{"assertion": "unique", "success": True}]}},
            }
        ],
        outputs=[{"namespace": "n", "name": "o", "outputFacets": {"outputStatistics": {"rowCount": 3}}}],
    )
    told = {label: orjson.loads(value) for label, value in event.run_properties}
    assert told["errorMessage"].startswith("cannot open postgres://u:***@h/d x") and len(told["errorMessage"]) == 2_000
    assert told["outputStatistics"] == [{"namespace": "n", "name": "o", "rowCount": 3}]
    assert told["dataQualityAssertions"] == [
        {"namespace": "n", "name": "d", "assertions": [{"assertion": "unique", "success": True}]}
    ]
    assert told["nominalTime"] == {"nominalStartTime": "2026-11-01T00:00:00Z"}


# Symlinks


@pytest.mark.parametrize(
    ("main", "links", "name", "aliases"),
    [
        (("file", "/wh/s/customers"), [("file:/wh", "s.customers")], "/wh/s/customers", ["s.customers"]),
        (
            ("file", "/wh/s/customers"),
            [("file:/wh", "s.customers.snapshots")],
            "/wh/s/customers@snapshots",
            ["s.customers.snapshots"],
        ),
        (
            ("file", "/wh/s.db/s.customers"),
            [("file:/wh", "s.customers.branch_audit")],
            "/wh/s.db/s.customers@branch_audit",
            ["s.customers.branch_audit"],
        ),
        (
            ("hive://h", "s.customers"),
            [("hive://h", "s.customers.all_data_files")],
            "s.customers@all_data_files",
            ["s.customers.all_data_files"],
        ),
        (("file", "/wh/s/files"), [("file:/wh", "s.files")], "/wh/s/files", ["s.files"]),
        (("file", "/wh/s/x"), [("file:/wh", "audit.files")], "/wh/s/x", ["audit.files"]),
        (("file", "/wh/s/x"), [("file:/wh", "s.x"), ("file:/wh", "s.x.files")], "/wh/s/x@files", ["s.x.files"]),
        (("hive://h", "s.t"), [("file", "/opt/hive/s.db/t")], "s.t", ["/opt/hive/s.db/t"]),
        (("file", "/wh/t"), [("file", "/wh/t"), ("file:/wh", " "), ("file:/wh", "/"), ("s3://b", ".")], "/wh/t", []),
        (("s3://b", "t"), [("arn:aws:glue:r:1", "table/db/t")], "t", ["table/db/t"]),
    ],
)
def test_symlinks_name_the_same_data_or_are_sorted_out(
    main: tuple[str, str], links: list[tuple[str, str]], name: str, aliases: list[str]
) -> None:
    """Any direction and type is evidence; metadata tables and branches get a name of their own; places without a table are none."""
    own, others = names_of(
        RawName(*main), {"identifiers": [{"namespace": n, "name": t, "type": "TABLE"} for n, t in links]}
    )
    assert own == RawName(main[0], name)
    assert [other.name for other in others] == aliases


@pytest.mark.parametrize(
    ("facets", "name"),
    [
        ({"storage": {"storageLayer": "iceberg"}}, "tables/1a2b@files"),
        ({"catalog": {"framework": "iceberg"}}, "tables/1a2b@files"),
        ({"storage": {"storageLayer": "delta"}}, "tables/1a2b"),
        ({}, "tables/1a2b"),
    ],
)
def test_only_iceberg_has_metadata_tables_wherever_its_data_lies(facets: dict[str, Any], name: str) -> None:
    """`main.sales.files` may be a table of that name; of an Iceberg table it is its list of files."""
    link = {"identifiers": [{"namespace": "glue", "name": "main.sales.files", "type": "TABLE"}]}
    told = run_of(inputs=[{"namespace": "s3://b", "name": "tables/1a2b", "facets": {"symlinks": link} | facets}])
    assert told.mentions[0].name.name == name


def test_a_metadata_tables_columns_come_from_it() -> None:
    """A column facet names the table's path where only its snapshots were read."""
    table = {"namespace": "file", "name": "/wh/s/t"}
    snapshots = table | {
        "facets": {"symlinks": {"identifiers": [{"namespace": "file:/wh", "name": "s.t.snapshots", "type": "TABLE"}]}}
    }
    output = {
        "namespace": "n",
        "name": "o",
        "facets": {"columnLineage": {"fields": {"x": {"inputFields": [table | {"field": "committed_at"}]}}}},
    }
    assert [c.source.name for c in run_of(inputs=[snapshots], outputs=[output]).mentions[1].claims or ()] == [
        "/wh/s/t@snapshots"
    ]
    assert [c.source.name for c in run_of(inputs=[snapshots, table], outputs=[output]).mentions[2].claims or ()] == [
        "/wh/s/t"
    ]
