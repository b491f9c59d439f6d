"""`headwater collect mlflow` and `headwater collect feast`, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collectors.feast.messages import message
from tests.ml.conftest import Run
from tests.ml.recorded import Recorded


def events(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_collecting_from_mlflow(tmp_path: Path, run: Run, tracking: tuple[str, Recorded]) -> None:
    """Events into a file, findings and the sum on standard error; the second time only what is new."""
    arguments = (
        "collect",
        "mlflow",
        tracking[0],
        "--to",
        str(tmp_path / "e.ndjson"),
        "--state",
        str(tmp_path / "state"),
    )
    told = run(*arguments)
    assert told.code == 0 and "1 run, 1 model version, 0 unchanged: 5 events" in told.err
    assert {e["eventType"] for e in events(tmp_path / "e.ndjson") if "run" in e} == {"START", "COMPLETE"}
    assert "2 unchanged" in run(*arguments).err
    assert run(*arguments, "--since", "2030-01-01").err.count("0 runs") == 1


def test_what_stays_unknown_can_fail_a_build(tmp_path: Path, run: Run, tracking: tuple[str, Recorded]) -> None:
    """Exit 1 for the reasons that were named, 0 for others."""
    tracking[1].files.clear()
    arguments = ("collect", "mlflow", tracking[0], "--to", str(tmp_path / "e.ndjson"), "--fail-on")
    assert (run(*arguments, "NO_SIGNATURE").code, run(*arguments, "DELETED").code) == (1, 0)


def test_a_server_that_is_not_there(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3, as of every server that is not reached, and what to do."""
    monkeypatch.setattr("collectors.mlflow.server.RETRIES", 0)
    told = run("collect", "mlflow", "http://127.0.0.1:1", "--to", str(tmp_path / "e.ndjson"))
    assert told.code == 3 and "cannot be reached" in told.err


def test_collecting_from_feast(tmp_path: Path, run: Run) -> None:
    """A repository's folder is all that it takes."""
    registry = message("Registry")
    view: Any = registry.feature_views.add()  # type: ignore[attr-defined]
    view.spec.name, view.meta.last_updated_timestamp.seconds = "v", 1_790_000_000
    view.spec.batch_source.name, view.spec.batch_source.file_options.uri = "s", "x.parquet"
    view.spec.batch_source.data_source_class_type = "FileSource"
    view.spec.features.add(name="f", value_type=5)
    (tmp_path / "feature_store.yaml").write_text("project: p\nregistry: r.db\n")
    (tmp_path / "r.db").write_bytes(registry.SerializeToString())
    told = run("collect", "feast", str(tmp_path), "--to", str(tmp_path / "e.ndjson"))
    assert told.code == 0 and "p: 1 view, 0 services: 2 events" in told.err
    source, defined = events(tmp_path / "e.ndjson")
    assert [(i["namespace"], i["name"]) for i in source["inputs"]] == [("file", str(tmp_path / "x.parquet"))]
    assert [o["name"] for o in defined["outputs"]] == ["v"]
    assert run("collect", "feast", str(tmp_path / "none")).code == 2
