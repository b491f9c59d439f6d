"""A real tracking server, driven by MLflow's own client, collected by the command into a real service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.service import Running, run, running
from tests.ml.environment import PROGRAMS, mlflow_server, program

pytestmark = pytest.mark.slow

IMPACT = """query($of:[NodeRef!]!,$at:MomentInput){impact(of:$of,at:$at,first:200){items{
  node{name column version datasetType kind} certainty reasons}}}"""
PROVENANCE = """query($of:NodeRef!){provenance(of:$of,first:200){sources{node{name column} certainty}}}"""


class Tracked:
    """A tracking server, a service, and the command between them."""

    def __init__(self, url: str, service: Running, folder: Path) -> None:
        self.url, self.service, self.folder = url, service, folder
        self.namespace = url.replace("http", "mlflow")

    def step(self, name: str) -> None:
        program(self.folder, PROGRAMS / "train_churn.py", self.url, self.folder, name)

    def collect(self, *flags: str) -> str:
        to = f"http://127.0.0.1:{self.service.port}"
        done = run(
            "collect", "mlflow", self.url, "--to", to, "--state", str(self.folder / "state"), "--all-findings", *flags
        )
        assert done.returncode == 0, done.stderr
        self.service.projected()
        return done.stderr

    def impact(self, name: str, column: str, at: dict[str, str] | None = None) -> dict[str, str]:
        ref = {"dataset": {"namespace": "file", "name": str(self.folder / name), "column": column}}
        items = self.service.ask(IMPACT, of=[ref], at=at)["impact"]["items"]
        nodes = [(item["node"], item["certainty"]) for item in items if item["node"]["kind"] != "JOB"]
        return {n["name"] + (f"#{n['column']}" if n["column"] else ""): certainty for n, certainty in nodes}

    def sources(self, version: str) -> dict[str, str]:
        ref = {"datasetVersion": {"namespace": self.namespace, "name": "churn", "version": version}}
        told = self.service.ask(PROVENANCE, of=ref)["provenance"]["sources"]
        return {
            s["node"]["name"].removeprefix(f"{self.folder}/") + f"#{s['node']['column'] or ''}": s["certainty"]
            for s in told
        }


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracked]:
    folder = tmp_path_factory.mktemp("mlflow")
    with mlflow_server(folder / "server") as url, running(folder / "data") as service:
        yield Tracked(url, service, folder)


def test_the_way_from_training_to_a_moved_alias(tracked: Tracked) -> None:
    """Two versions with different columns; the alias moves; a version is deleted; a frame in memory. One story, as each step needs
    the one before."""
    tracked.step("train")
    tracked.collect()
    assert {k: v for k, v in tracked.sources("1").items() if v == "CERTAIN"} == {
        "customers.parquet#n_orders": "CERTAIN",
        "customers.parquet#spend": "CERTAIN",
    }
    assert "spending.parquet#spend" in tracked.sources("2") and "customers.parquet#spend" not in tracked.sources("2")
    reached = tracked.impact("customers.parquet", "n_orders")
    assert reached["churn"] == reached["churn@1"] == reached["churn#n_orders"] == "CERTAIN"
    assert "churn" not in tracked.impact("spending.parquet", "spend")

    again = tracked.collect()
    assert "3 unchanged" in again

    tracked.step("move")
    tracked.collect()
    assert tracked.impact("spending.parquet", "spend")["churn"] == "CERTAIN"
    assert "churn" not in tracked.impact("customers.parquet", "n_orders")
    assert tracked.impact("customers.parquet", "n_orders")["churn@1"] == "CERTAIN"
    shown = tracked.service.dataset(tracked.namespace, "churn@2", "tags{key value} datasetType")
    assert shown is not None and {"key": "approved_by", "value": "risk-committee"} in shown["tags"]

    tracked.step("delete")
    assert "DELETED" in tracked.collect()
    tracked.step("memory")
    assert "UNKNOWN_SOURCE" in tracked.collect()


def test_no_secret_is_in_the_record(tracked: Tracked) -> None:
    """A parameter that is called a password came with every training."""
    exported = run("graph", "export", "--data", str(tracked.service.data)).stdout
    assert "warehouse_password" in exported and "hunter2hunter2" not in exported
    kept = [path.read_bytes() for path in tracked.service.data.glob("state.sqlite*")]
    assert kept and not any(b"hunter2hunter2" in each for each in kept)
