"""Catalogues in files: SQLite through SQLAlchemy, DuckDB through its own functions; and what changes between visits."""

import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.collectors.conftest import Run, by_name, columns, lines, sources

TABLES = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL, "Full Name" TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), amount DECIMAL(10, 2));
CREATE VIEW daily AS SELECT c."Full Name" AS who, sum(o.amount) AS total FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1;
"""


@pytest.fixture(params=["sqlite", "duckdb"])
def database(request: pytest.FixtureRequest, folder: Path) -> Any:
    """(URL, prefix of names, a function that runs SQL) of a small shop."""
    path = folder / f"shop.{request.param}"

    def change(script: str) -> None:
        if request.param == "sqlite":
            with sqlite3.connect(path) as connection:
                connection.executescript(script)
            connection.close()
        else:
            with duckdb.connect(str(path)) as duck:
                duck.execute(script)

    change(TABLES)
    return f"{request.param}:///{path.name}", "main" if request.param == "sqlite" else "shop.main", change


def collected(run: Run, *arguments: str) -> dict[str, dict[str, Any]]:
    """The datasets of the events that a visit tells, by name."""
    ended = run("collect", "database", *arguments, "--to", "-")
    assert ended.code == 0, ended.err
    return by_name([event["dataset"] for event in lines(ended.out)])


def test_tables_have_columns_keys_and_kinds(database: Any, run: Run) -> None:
    """In order, with types."""
    url, prefix, _ = database
    told = collected(run, url)
    assert set(told) == {f"{prefix}.{name}" for name in ("customers", "orders", "daily")}
    orders = told[f"{prefix}.orders"]["facets"]
    assert [(f["name"], f["ordinal_position"]) for f in orders["schema"]["fields"]] == [
        ("id", 1), ("customer_id", 2), ("amount", 3),
    ]  # fmt: skip
    assert orders["schema"]["fields"][2]["type"].replace(" ", "") == "DECIMAL(10,2)"
    assert orders["datasetType"]["datasetType"] == "TABLE"
    keys = orders["headwater_keys"]
    assert keys["primaryKey"] == ["id"]
    assert [(k["columns"], k["name"], k["referred"]) for k in keys["foreignKeys"]] == [
        (["customer_id"], f"{prefix}.customers", ["id"])
    ]
    assert "email" in told[f"{prefix}.customers"]["facets"]["headwater_keys"]["required"]


def test_views_have_lineage(database: Any, run: Run) -> None:
    """From their definitions, with the catalogue as schema."""
    url, prefix, _ = database
    daily = collected(run, url)[f"{prefix}.daily"]
    assert daily["facets"]["datasetType"]["datasetType"] == "VIEW"
    assert set(sources(daily)) == {f"{prefix}.orders", f"{prefix}.customers"}
    assert columns(daily) == {
        "who": [(f"{prefix}.customers", "Full Name", "IDENTITY")],
        "total": [(f"{prefix}.orders", "amount", "AGGREGATION")],
    }


def test_only_what_changed_is_told(database: Any, run: Run, folder: Path) -> None:
    """A new column, a new table, a table that is gone; nothing when nothing changed."""
    url, prefix, change = database
    assert len(collected(run, url, "--state", "s")) == 3
    assert collected(run, url, "--state", "s") == {}
    change("ALTER TABLE customers ADD COLUMN phone TEXT; CREATE TABLE carts (id INTEGER); DROP VIEW daily;")
    told = collected(run, url, "--state", "s")
    assert set(told) == {f"{prefix}.customers", f"{prefix}.carts", f"{prefix}.daily"}
    assert told[f"{prefix}.daily"]["facets"]["lifecycleStateChange"]["lifecycleStateChange"] == "DROP"
    assert told[f"{prefix}.customers"]["facets"]["schema"]["fields"][-1]["name"] == "phone"
    assert collected(run, url, "--state", "s") == {}


def test_one_state_serves_several_databases_and_sql(folder: Path, run: Run) -> None:
    """What another command or another database left in it is not taken for gone."""
    for name in ("shop", "shop2"):
        with sqlite3.connect(folder / f"{name}.db") as connection:
            connection.execute("CREATE TABLE t (a)")
        connection.close()
    space = ("--namespace", "sqlite://one", "--state", "s", "--to", "-")
    (folder / "q.sql").write_text("insert into x select a from t")
    assert len(lines(run("collect", "sql", "q.sql", *space).out)) == 1
    assert len(collected(run, "sqlite:///shop.db", "--state", "s")) == 1
    assert len(collected(run, "sqlite:///shop2.db", "--state", "s")) == 1
    assert len(collected(run, "sqlite:///shop.db", "--namespace", "sqlite://one", "--state", "s")) == 1
    assert lines(run("collect", "sql", "q.sql", *space).out) == []


def test_another_name_space_can_be_given(database: Any, run: Run) -> None:
    """For a database behind a proxy or a file that moves."""
    url, _, _ = database
    (first, *_) = lines(run("collect", "database", url, "--namespace", "duckdb://warehouse", "--to", "-").out)
    assert first["dataset"]["namespace"] == "duckdb://warehouse"


def test_a_schema_that_is_not_there_is_said(database: Any, run: Run) -> None:
    """With those that are."""
    ended = run("collect", "database", database[0], "--schema", "sales", "--to", "-")
    assert ended.code == 2 and "main" in ended.err


def test_a_catalogue_opens_the_stars_of_files(database: Any, run: Run, folder: Path) -> None:
    """`collect sql --database` takes namespace, dialect, defaults and columns from it."""
    url, prefix, _ = database
    (folder / "all.sql").write_text("create table wide as select * from customers")
    ended = run("collect", "sql", "all.sql", "--database", url, "--to", "-")
    assert ended.code == 0 and "STAR" not in ended.err
    (event,) = lines(ended.out)
    assert sources(event["outputs"][0]) == [f"{prefix}.customers"]
    assert set(columns(event["outputs"][0])) == {"id", "email", "Full Name"}


def test_comments_of_duckdb_come_and_go(folder: Path, run: Run) -> None:
    """A comment that was removed is taken back, not forgotten."""
    with duckdb.connect("shop.duckdb") as duck:
        duck.execute(
            "CREATE TABLE t (a INTEGER); COMMENT ON TABLE t IS 'what it is'; COMMENT ON COLUMN t.a IS 'its key'"
        )
    facets = collected(run, "duckdb:///shop.duckdb", "--state", "s")["shop.main.t"]["facets"]
    assert facets["documentation"]["description"] == "what it is"
    assert facets["schema"]["fields"][0]["description"] == "its key"
    with duckdb.connect("shop.duckdb") as duck:
        duck.execute("COMMENT ON TABLE t IS NULL")
    facets = collected(run, "duckdb:///shop.duckdb", "--state", "s")["shop.main.t"]["facets"]
    assert facets["documentation"]["_deleted"] is True


def test_a_broken_view_is_a_finding_and_hides_nothing_else(folder: Path, run: Run) -> None:
    """Told by its name, and by the exit code that was asked for."""
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.executescript(
            "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t; DROP TABLE t; CREATE TABLE t (b);"
        )
    connection.close()
    ended = run("collect", "database", "sqlite:///shop.db", "--to", "-", "--fail-on", "UNREADABLE")
    assert ended.code == 1 and "main.v: UNREADABLE" in ended.err
    assert [event["dataset"]["name"] for event in lines(ended.out)] == ["main.t"]
