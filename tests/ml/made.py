"""Answers of a tracking server in short: runs, versions, logged models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml

from tests.ml.recorded import Recorded
from tests.ml.world import at_us


def server(**more: Any) -> Recorded:
    made = Recorded(**more)
    made.experiments = [{"experiment_id": "1", "name": "churn"}]
    made.models, made.versions, made.logged = [], [], []
    return made


def ms(hours: float) -> int:
    return at_us(hours) // 1_000


def pairs(told: dict[str, str] | None) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in (told or {}).items()]


def run(
    id: str,
    hours: float,
    *,
    status: str = "FINISHED",
    datasets: Sequence[dict[str, Any]] = (),
    made: Sequence[str] = (),
    used: Sequence[str] = (),
    tags: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
) -> dict[str, Any]:
    info = {"run_id": id, "experiment_id": "1", "status": status, "start_time": ms(hours), "artifact_uri": f"x/{id}"}
    if status not in ("RUNNING", "SCHEDULED"):
        info["end_time"] = ms(hours + 0.1)
    return {
        "info": info,
        "data": {"tags": pairs(tags), "params": pairs(params)},
        "inputs": {"dataset_inputs": list(datasets), "model_inputs": [{"model_id": m} for m in used]},
        "outputs": {"model_outputs": [{"model_id": m, "step": 0} for m in made]},
    }


def data(
    name: str,
    source: dict[str, Any],
    columns: Sequence[str] = (),
    *,
    type_: str = "local",
    context: str = "training",
    digest: str = "d1",
    tags: dict[str, str] | None = None,
) -> dict[str, Any]:
    told = {"name": name, "digest": digest, "source_type": type_, "source": json.dumps(source)}
    if columns:
        told["schema"] = json.dumps({"mlflow_colspec": [{"type": "double", "name": c} for c in columns]})
    return {"tags": pairs({"mlflow.data.context": context, **(tags or {})}), "dataset": told}


def logged(
    id: str, run_id: str, hours: float, *, versions: Sequence[tuple[str, str]] = (), name: str = "model"
) -> dict[str, Any]:
    told = [{"name": n, "version": int(v)} for n, v in versions] + [{"name": n, "version": v} for n, v in versions]
    info = {
        "model_id": id,
        "experiment_id": "1",
        "name": name,
        "creation_timestamp_ms": ms(hours),
        "source_run_id": run_id,
    }
    return {"info": info | {"tags": pairs({"mlflow.modelVersions": json.dumps(told)})}}


def version(
    model: str,
    number: str,
    hours: float,
    run_id: str = "",
    source: str = "",
    tags: dict[str, str] | None = None,
    stage: str = "None",
) -> dict[str, Any]:
    return {
        "name": model, "version": number, "creation_timestamp": ms(hours), "last_updated_timestamp": ms(hours),
        "current_stage": stage, "source": source, "run_id": run_id, "status": "READY", "tags": pairs(tags),
    }  # fmt: skip


def registered(name: str, aliases: dict[str, str] | None = None, tags: dict[str, str] | None = None) -> dict[str, Any]:
    listed = [{"alias": alias, "version": number} for alias, number in (aliases or {}).items()]
    return {"name": name, "creation_timestamp": ms(0), "aliases": listed, "tags": pairs(tags)}


def mlmodel(*columns: str) -> bytes:
    inputs = json.dumps([{"type": "double", "name": column, "required": True} for column in columns])
    text: str = yaml.safe_dump({"flavors": {"sklearn": {}}, "signature": {"inputs": inputs, "outputs": None}})
    return text.encode()


PARQUET = {"uri": "/lake/customers.parquet"}


def trained(
    made: Recorded, number: str, hours: float, *datasets: dict[str, Any], columns: Sequence[str] = ("x",)
) -> None:
    """A run `run-N` that made version N of churn, with a signature."""
    run_id, model = f"run-{number}", f"m-{number}"
    made.runs.append(run(run_id, hours, datasets=datasets, made=[model]))
    assert made.logged is not None and made.versions is not None
    made.logged.append(logged(model, run_id, hours, versions=[("churn", number)]))
    made.versions.append(version("churn", number, hours + 0.2, run_id, f"models:/{model}"))
    if columns:
        made.files[f"{model}/MLmodel"] = mlmodel(*columns)
