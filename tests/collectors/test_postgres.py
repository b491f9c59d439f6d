"""A real PostgreSQL: its catalogue, its log, and drift between two visits as a service tells it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.collectors.conftest import Run, by_name, columns, lines, sources
from tests.collectors.postgres import PASSWORD, server
from tests.e2e.service import running

pytestmark = pytest.mark.slow

SHOP = """
CREATE ROLE clerk;
CREATE SCHEMA raw; CREATE SCHEMA mart;
CREATE TYPE raw.mood AS ENUM ('glad', 'sad');
CREATE TABLE raw.customers (id bigint PRIMARY KEY, email text NOT NULL, "Full Name" varchar(80), mood raw.mood, attributes jsonb);
CREATE TABLE raw.orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES raw.customers, amount numeric(10, 2), placed timestamptz,
                         items int[]);
COMMENT ON TABLE raw.orders IS 'One row for each order'; COMMENT ON COLUMN raw.orders.amount IS 'in EUR';
ALTER TABLE raw.orders OWNER TO clerk;
CREATE TABLE raw.clicks (at date, who bigint) PARTITION BY RANGE (at);
CREATE TABLE raw.clicks_2026 PARTITION OF raw.clicks FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW mart.daily (day, who, total, name) AS
  SELECT o.placed::date, md5(c.email), sum(o.amount), c."Full Name" FROM raw.orders o JOIN raw.customers c ON c.id = o.customer_id
  WHERE o.amount > 0 GROUP BY 1, 2, 4;
SET search_path = mart, raw;
CREATE MATERIALIZED VIEW mart.best AS SELECT * FROM daily ORDER BY total DESC LIMIT 10;
CREATE VIEW raw.recent AS SELECT * FROM orders WHERE placed > now() - interval '1 day';
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A server of this module's own."""
    with server() as url:
        yield url


@pytest.fixture
def shop_url(cluster: str, request: pytest.FixtureRequest) -> str:
    """A fresh database with the shop in it."""
    name = "shop"
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute("DROP ROLE IF EXISTS clerk")
        admin.execute(f"CREATE DATABASE {name}")
    change(f"{cluster}/{name}", SHOP)
    return f"{cluster}/{name}"


def change(url: str, script: str) -> None:
    """Run SQL in the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script)


def namespace(url: str) -> str:
    """What the rules call the server."""
    return f"postgres://127.0.0.1:{url.rsplit(':', 1)[1].partition('/')[0]}"


def visit(run: Run, url: str, *more: str) -> dict[str, dict[str, Any]]:
    """The datasets that a visit tells, by name."""
    ended = run("collect", "database", url, "--to", "-", *more)
    assert ended.code == 0, ended.err
    assert PASSWORD not in ended.out + ended.err
    return by_name([event["dataset"] for event in lines(ended.out)])


def test_the_catalogue_is_told(shop_url: str, run: Run) -> None:
    """Types, comments, owners, keys, arrays, enums; partitions and system schemas are left out."""
    told = visit(run, shop_url)
    assert set(told) == {
        "shop.raw.customers", "shop.raw.orders", "shop.raw.clicks", "shop.raw.recent", "shop.mart.daily", "shop.mart.best",
    }  # fmt: skip
    orders = told["shop.raw.orders"]
    assert orders["namespace"] == namespace(shop_url)
    facets = orders["facets"]
    assert [f["type"] for f in facets["schema"]["fields"]] == [
        "BIGINT", "BIGINT", "NUMERIC(10, 2)", "TIMESTAMP WITH TIME ZONE", "INTEGER[]",
    ]  # fmt: skip
    assert facets["schema"]["fields"][2]["description"] == "in EUR"
    assert facets["documentation"]["description"] == "One row for each order"
    assert facets["ownership"]["owners"] == [{"name": "clerk", "type": "OWNER"}]
    assert facets["headwater_keys"]["foreignKeys"][0]["name"] == "shop.raw.customers"
    assert told["shop.raw.customers"]["facets"]["schema"]["fields"][3]["type"].endswith("mood")


def test_views_are_read_whatever_search_path_they_were_made_with(shop_url: str, run: Run) -> None:
    """A column list, a star, a cast, a hash, quotes, a view over a view."""
    told = visit(run, shop_url)
    assert columns(told["shop.mart.daily"]) == {
        "day": [("shop.raw.orders", "placed", "TRANSFORMATION")],
        "who": [("shop.raw.customers", "email", "TRANSFORMATION")],
        "total": [("shop.raw.orders", "amount", "AGGREGATION")],
        "name": [("shop.raw.customers", "Full Name", "IDENTITY")],
    }
    best = told["shop.mart.best"]
    assert (
        best["facets"]["datasetType"] | {"datasetType": "VIEW", "subType": "MATERIALIZED"}
        == best["facets"]["datasetType"]
    )
    assert sources(best) == ["shop.mart.daily"] and set(columns(best)) == {"day", "who", "total", "name"}
    assert len(columns(told["shop.raw.recent"])) == 5


def test_schemas_can_be_chosen(shop_url: str, run: Run, folder: Path) -> None:
    """And what was not looked at is not taken for gone."""
    assert set(visit(run, shop_url, "--schema", "ma*")) == {"shop.mart.daily", "shop.mart.best"}
    assert len(visit(run, shop_url, "--state", "s")) == 6
    change(shop_url, "DROP VIEW raw.recent; DROP MATERIALIZED VIEW mart.best")
    assert set(visit(run, shop_url, "--state", "s", "--schema", "mart")) == {"shop.mart.best"}
    assert set(visit(run, shop_url, "--state", "s")) == {"shop.raw.recent"}


def test_a_wrong_password_is_not_repeated(shop_url: str, run: Run) -> None:
    """Exit 3."""
    ended = run("collect", "database", shop_url.replace("bench:", "bench:wrong99"), "--to", "-")
    assert ended.code == 3 and "authentication failed" in ended.err and "wrong99" not in ended.err


def test_the_servers_own_log_becomes_runs(shop_url: str, cluster: str, run: Run, folder: Path) -> None:
    """csvlog as the server writes it; a statement that failed is a FAIL; clients that look for tables are left out."""
    change(shop_url, "CREATE TABLE mart.big AS SELECT customer_id, sum(amount) AS total FROM raw.orders GROUP BY 1")
    with pytest.raises(psycopg.Error):
        change(shop_url, "INSERT INTO mart.big SELECT id, 1 / (id - id) FROM raw.nothing")
    visit(run, shop_url)
    with psycopg.connect(f"{cluster}/postgres") as admin:
        (log,) = admin.execute("SELECT pg_current_logfile('csvlog')").fetchone() or ("",)
        (text,) = admin.execute("SELECT pg_read_file(%s)", (log,)).fetchone() or ("",)
    (folder / "server.csv").write_text(text)
    ended = run("collect", "sql", "server.csv", "--database", shop_url, "--to", "-")
    ends = [e for e in lines(ended.out) if e["eventType"] != "START"]
    told = {(o["name"], e["eventType"]): o for e in ends for o in e["outputs"]}
    big = told["shop.mart.big", "COMPLETE"]
    assert columns(big) == {
        "customer_id": [("shop.raw.orders", "customer_id", "IDENTITY")],
        "total": [("shop.raw.orders", "amount", "AGGREGATION")],
    }
    assert big["facets"]["lifecycleStateChange"]["lifecycleStateChange"] == "CREATE"
    assert ("shop.mart.big", "FAIL") in told
    assert not [d for e in ends for d in e["inputs"] if "pg_catalog" in d["name"]]


def test_two_visits_are_drift(shop_url: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way: catalogue, service, `headwater drift` with what is downstream; nothing that leaves this process has the password."""
    space = namespace(shop_url)
    with running(folder / "data") as service:
        monkeypatch.setenv("HEADWATER_URL", f"http://127.0.0.1:{service.port}")
        first = run("collect", "database", shop_url, "--state", "shop.state")
        assert first.code == 0 and "6 events" in first.err
        service.projected()
        change(
            shop_url,
            "ALTER TABLE raw.customers ADD COLUMN phone text; ALTER TABLE raw.customers ALTER COLUMN mood TYPE text;"
            "DROP MATERIALIZED VIEW mart.best; COMMENT ON TABLE raw.orders IS NULL",
        )
        second = run("collect", "database", shop_url, "--state", "shop.state")
        assert second.code == 0 and "3 events" in second.err
        service.projected()
        changes = [edge["node"] for edge in run("drift", "--since", "1h", "--format", "json").json["edges"]]
        assert {
            (c["dataset"]["name"], c["column"], c["kind"]) for c in changes if "customers" in c["dataset"]["name"]
        } == {
            ("shop.raw.customers", "phone", "ADDED"),
            ("shop.raw.customers", "mood", "TYPE_CHANGED"),
        }
        total = service.lineage(space, "shop.mart.daily", column="total")
        assert {e["source"] for e in total["edges"] if e["target"].endswith("#total")} == {"shop.raw.orders#amount"}
        upstream = service.lineage(space, "shop.mart.daily")
        assert {e["source"] for e in upstream["edges"]} == {"shop.raw.customers", "shop.raw.orders"}
        assert run("show", space, "shop.mart.best", "--format", "json").json["droppedAt"]
        for file in folder.rglob("*"):
            if file.is_file():
                assert PASSWORD.encode() not in file.read_bytes(), file
