"""The whole way with nothing mocked: PostgreSQL → dbt → Feast → MLflow → a registered version → an alias that moves."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from tests.collectors import postgres
from tests.e2e.service import Running, run, running
from tests.ml.environment import PROGRAMS, mlflow_server, program

pytestmark = pytest.mark.slow

TABLES = """
create table customers (id bigint primary key, country text, signed_up timestamp);
create table orders (id bigint primary key, customer_id bigint, amount numeric, note text);
insert into customers select i, 'DE', timestamp '2026-01-01' from generate_series(1, 3) i;
insert into orders select i, 1 + i % 3, i * 10, '' from generate_series(1, 9) i;
"""
IMPACT = """query($of:[NodeRef!]!,$at:MomentInput){impact(of:$of,change:REMOVE,at:$at,first:200){items{
  node{id name column kind version} certainty why{source target}}}}"""
CHANGES = """{schemaChanges(since:"2020-01-01T00:00:00Z",first:200){edges{node{dataset{name} column kind impact(first:100){items{
  node{name column kind} certainty}}}}}}"""


class Shop:
    """Everything that a shop runs, and a service that watches."""

    def __init__(self, folder: Path, url: str, tracking: str, service: Running) -> None:
        parts = urlsplit(url)
        self.folder, self.service, self.tracking, self.url = folder, service, tracking, f"{url}/shop"
        self.namespace = f"postgres://127.0.0.1:{parts.port}"
        self.to = f"http://127.0.0.1:{service.port}"
        self.variables = {
            "SHOP_PORT": str(parts.port), "SHOP_PASSWORD": unquote(parts.password or ""), "SHOP_MLFLOW": tracking,
            "OPENLINEAGE_URL": self.to, "OPENLINEAGE_NAMESPACE": "shop",
        }  # fmt: skip
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute("create database shop")
        self.sql(TABLES)

    def sql(self, text: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(text)

    def dbt(self) -> None:
        shutil.copytree(PROGRAMS / "shop_dbt", self.folder / "dbt", dirs_exist_ok=True)
        program(self.folder / "dbt", "dbt-ol", "run", "--project-dir", ".", "--profiles-dir", ".", more=self.variables)

    def feast(self) -> None:
        shutil.copytree(PROGRAMS / "shop_features", self.folder / "features", dirs_exist_ok=True)
        program(self.folder / "features", "feast", "apply", more=self.variables)

    def train(self) -> None:
        program(self.folder / "features", PROGRAMS / "train_shop.py", more=self.variables)

    def collect(self, *what: str) -> None:
        done = run("collect", *what, "--to", self.to, "--state", str(self.folder / "state"), "--quiet")
        assert done.returncode == 0, done.stderr
        self.service.projected()

    def impact(self, column: str) -> dict[str, tuple[str, list[dict[str, str]]]]:
        ref = {"dataset": {"namespace": self.namespace, "name": "shop.public.orders", "column": column}}
        items = self.service.ask(IMPACT, of=[ref], at=None)["impact"]["items"]
        return {shown(item["node"]): (item["certainty"], item["why"]) for item in items}


def shown(node: dict[str, Any]) -> str:
    name = f"{node['name']}#{node['column']}" if node["column"] else str(node["name"])
    return f"job:{name}" if node["kind"] == "JOB" else name


def test_from_a_source_column_to_a_deployed_model_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column is dropped: the model is named for certain, with the way to it. The alias moves: it is not any more."""
    with (
        postgres.server() as url,
        mlflow_server(tmp_path / "server") as tracking,
        running(tmp_path / "data") as service,
    ):
        shop = Shop(tmp_path, url, tracking, service)
        shop.collect("database", shop.url, "--schema", "public")
        shop.dbt()
        shop.feast()
        shop.train()
        for name, value in shop.variables.items():
            monkeypatch.setenv(name, value)  # feature_store.yaml takes its places from there
        shop.collect(
            "feast", str(shop.folder / "features"), "--registry", str(shop.folder / "features" / "registry.db")
        )
        shop.collect("mlflow", tracking)

        shop.sql("alter table orders drop column amount")
        shop.collect("database", shop.url, "--schema", "public")

        reached = shop.impact("amount")
        assert {"churn", "churn@1", "churn#spend"} <= reached.keys(), sorted(reached)
        assert reached["churn"][0] == reached["churn@1"][0] == reached["churn#spend"][0] == "CERTAIN"
        assert len(reached["churn#spend"][1]) == 5  # dbt's table, Feast's source, its view, the version, the model
        assert "churn@2" not in reached
        (change,) = [
            edge["node"]
            for edge in service.ask(CHANGES)["schemaChanges"]["edges"]
            if edge["node"]["kind"] == "REMOVED" and edge["node"]["column"] == "amount"
        ]
        assert change["dataset"]["name"] == "shop.public.orders"
        assert {"churn": "CERTAIN"}.items() <= {
            shown(i["node"]): i["certainty"] for i in change["impact"]["items"]
        }.items()

        program(tmp_path, PROGRAMS / "move_champion.py", more=shop.variables)
        shop.collect("mlflow", tracking)
        reached = shop.impact("amount")
        assert "churn" not in reached and reached["churn@1"][0] == "CERTAIN"
        assert shop.impact("id")["churn"][0] == "CERTAIN"
