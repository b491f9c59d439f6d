"""What a script declares."""

from typing import Any

from openlineage.client.serde import Serde

from collectors.statements.job_events import job_event
from collectors.statements.known import Column, KnownTables
from collectors.statements.reading import PRODUCER, Frame
from tests.collectors.conftest import by_name, columns, sources

KNOWN = KnownTables({"shop.raw.customers": (Column("id", "bigint"), Column("email", "text", "the address"))})


def declared(sql: str, dialect: str = "postgres", **more: Any) -> dict[str, Any]:
    """The job event of a text."""
    frame = Frame("postgres://db:5432", dialect, "shop", "public", **more)
    event = job_event(frame.read(sql), frame, "jobs", "j", "2026-11-22T10:00:00Z")
    return Serde.to_dict(event)


def test_columns_are_typed_and_rows_decided_about() -> None:
    """columnLineage has each source with its transformations; filters are about the dataset."""
    event = declared("create view v as select id, md5(email) as who from raw.customers where id > 5", known=KNOWN)
    (output,) = event["outputs"]
    assert columns(output) == {
        "id": [("shop.raw.customers", "id", "IDENTITY")],
        "who": [("shop.raw.customers", "email", "TRANSFORMATION")],
    }
    facet = output["facets"]["columnLineage"]
    assert facet["fields"]["who"]["inputFields"][0]["transformations"][0]["masking"] is True
    assert facet["dataset"][0]["transformations"] == [{"type": "INDIRECT", "subtype": "FILTER", "masking": False}]
    assert {f["_producer"] for f in output["facets"].values()} == {PRODUCER}


def test_each_output_of_a_script_has_its_own_sources() -> None:
    """Two statements are not two inputs times two outputs."""
    event = declared("insert into a select x from b; insert into c select y from d")
    outputs = by_name(event["outputs"])
    assert sources(outputs["shop.public.a"]) == ["shop.public.b"]
    assert sources(outputs["shop.public.c"]) == ["shop.public.d"]


def test_temporary_tables_are_looked_through() -> None:
    """What they read is what the real tables come from."""
    event = declared(
        "create temp table t as select id, lower(email) as m from raw.customers; create table mart as select * from t",
        known=KNOWN,
    )
    (output,) = event["outputs"]
    assert sources(output) == ["shop.raw.customers"]
    assert columns(output)["m"] == [("shop.raw.customers", "email", "TRANSFORMATION")]
    assert [d["name"] for d in event["inputs"]] == ["shop.raw.customers"]


def test_a_column_of_which_a_source_is_unknown_is_not_told_in_part() -> None:
    """The table's lineage is; the ambiguous column is in no facet."""
    event = declared("insert into a (k, n) select b.k, n from b join c on b.k = c.k")
    (output,) = event["outputs"]
    assert columns(output) == {"k": [("shop.public.b", "k", "IDENTITY")]}
    assert sources(output) == ["shop.public.b", "shop.public.c"]


def test_known_schemas_are_told_with_types_and_comments() -> None:
    """Only where they are known."""
    event = declared("insert into a select c.id from raw.customers c join x on x.id = c.id", known=KNOWN)
    inputs = by_name(event["inputs"])
    assert inputs["shop.raw.customers"]["facets"]["schema"]["fields"][1] == {
        "name": "email", "type": "text", "description": "the address", "ordinal_position": 2, "fields": [],
    }  # fmt: skip
    assert inputs["shop.public.x"]["facets"] == {}


def test_a_renamed_table_is_declared_under_its_last_name() -> None:
    """The build-and-swap of many warehouses."""
    event = declared("create table t_new as select x from s; drop table t; alter table t_new rename to t")
    assert [(d["name"], sources(d)) for d in event["outputs"]] == [("shop.public.t", ["shop.public.s"])]


def test_values_and_comments_are_not_sent() -> None:
    """The statement in the sql facet is masked."""
    event = declared("insert into a select x from b where mail = 'jane@example.org' -- her password is 123456")
    text = str(event)
    assert "jane" not in text and "123456" not in text
    assert event["job"]["facets"]["sql"]["query"].startswith("insert into a select x from b where mail = ?")


def test_a_declaration_changes_no_table() -> None:
    """A script with TRUNCATE truncates when it runs, not when it is read."""
    event = declared("truncate table a; insert into a select x from b")
    assert all("lifecycleStateChange" not in d["facets"] for d in event["outputs"])


def test_values_come_from_nowhere_beside_other_inputs() -> None:
    """An output without sources says so, so that nobody pairs it with another statement's inputs."""
    event = declared("insert into a values (1); insert into c select y from d")
    assert sources(by_name(event["outputs"])["shop.public.a"]) == []


def test_who_only_asks_system_tables_says_nothing() -> None:
    """Clients that look for tables are no readers of data."""
    frame = Frame("ns", "postgres", "shop", "public")
    assert not frame.read("select * from pg_catalog.pg_class c join pg_namespace n on true").says_anything
    assert frame.read("select * from orders, information_schema.tables").answer.reads == ("shop.public.orders",)
