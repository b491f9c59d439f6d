"""The dossier over GraphQL and by command, on a running service."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.service import COMMAND, ROOT, running
from tests.ml.test_dossier import TOLD

pytestmark = pytest.mark.slow

COMPARED = """{ compareVersions(
  first: {datasetVersion: {namespace: "mlflow://mlflow", name: "churn", version: "1"}},
  second: {datasetVersion: {namespace: "mlflow://mlflow", name: "churn", version: "2"}}) {
    first { name } secondRun { runId } differences { topic what first second } unknown { topic what sides { name } } same { topic count }
    completeness { status } } }"""
SKEW = """{ featureSkew(of: {datasetVersion: {namespace: "mlflow://mlflow", name: "churn", version: "2"}}) {
  version { name } deployments { name } features { feature verdict } completeness { status } } }"""


def event(told: dict[str, object]) -> dict[str, object]:
    return {"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json", **told}


def test_a_dossier_comes_in_every_form_by_command_and_the_rest_over_graphql(tmp_path: Path) -> None:
    """The file's ending tells the form; what is no version is refused with a sentence."""
    with running(tmp_path / "data") as service:
        service.post(map(event, TOLD))
        service.projected()

        def ask(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [*COMMAND, *words, "--url", f"http://127.0.0.1:{service.port}"],
                cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip

        nowhere = ask("dossier", "mlflow://mlflow", "churn", "2", "-o", str(tmp_path / "missing" / "file.html"))
        assert nowhere.returncode == 2 and nowhere.stderr.startswith("headwater: --output: ")

        told = ask("dossier", "mlflow://mlflow", "churn", "2")
        assert told.returncode == 0, told.stderr
        assert told.stdout.startswith("# churn, version 2")
        for name, begin in (("d.html", "<!doctype html>"), ("d.json", "{"), ("d.provjson", "{")):
            written = ask("dossier", "mlflow://mlflow", "churn", "2", "-o", str(tmp_path / name))
            assert written.returncode == 0, written.stderr
            assert (tmp_path / name).read_text().startswith(begin)
        assert json.loads((tmp_path / "d.json").read_text())["bomFormat"] == "CycloneDX"
        for words in (("mlflow://mlflow", "churn", "9"), ("mlflow://mlflow", "nothing", "2"), ("churn",)):
            assert ask("dossier", *words).returncode == 2
        compared = service.ask(COMPARED)["compareVersions"]
        assert {each["topic"] for each in compared["differences"]} >= {
            "DATA",
            "CODE",
            "FEATURES",
            "PARAMETERS",
            "METRICS",
        }
        assert compared["secondRun"]["runId"] == "t2"
        assert service.ask(SKEW)["featureSkew"]["features"] == []
        served = service.ask(
            '{ servedVersions(namespace: "mlflow://mlflow", name: "churn") { kind name version from to } }'
        )
        assert [(s["name"], s["version"], s["to"]) for s in served["servedVersions"]] == [("champion", "2", None)]
