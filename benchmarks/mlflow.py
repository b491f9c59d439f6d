"""What collecting from MLflow costs: runs a second, from answers in memory to lines of OpenLineage.

    python -m benchmarks.mlflow [--runs 2000] [--inputs 3] [--columns 30] [--folder FOLDER]

Each run logged inputs with schemas, parameters and metrics, and made a version with a signature of its own. Measured are
the first visit, the same visit again with the state that the first one kept, and, as the baseline in the same run, only
parsing the answers' JSON. The network and MLflow itself are not in it: a real server answers some thousand runs in a second.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from api.cli.delivery import Lines
from collectors.findings import Finding
from collectors.mlflow.collecting import MlflowVisit
from collectors.mlflow.server import MlflowServer
from collectors.visits import Visits

BEGAN_MS = 1_790_000_000_000
PAGE = 1_000


class Answers:
    """What a server with so many runs answers, encoded once."""

    def __init__(self, runs: int, inputs: int, columns: int) -> None:
        names = [f"column_{n}" for n in range(columns)]
        signature = json.dumps([{"type": "double", "name": name} for name in names[: columns // 2]])
        self.model_file = f"flavors: {{sklearn: {{}}}}\nsignature: {{inputs: '{signature}'}}\n".encode()
        self.lists: dict[str, tuple[str, list[dict[str, Any]]]] = {
            "experiments/search": ("experiments", [{"experiment_id": "1", "name": "churn"}]),
            "runs/search": ("runs", [_run(n, inputs, names) for n in range(runs)]),
            "registered-models/search": (
                "registered_models",
                [{"name": "churn", "aliases": [{"alias": "a", "version": "1"}]}],
            ),
            "model-versions/search": ("model_versions", [_version(n) for n in range(runs)]),
            "logged-models/search": ("models", []),
        }
        self.pages = {
            (path, start): json.dumps(
                {key: listed[start : start + PAGE]}
                | ({"next_page_token": str(start + PAGE)} if start + PAGE < len(listed) else {})
            ).encode()
            for path, (key, listed) in self.lists.items()
            for start in range(0, max(1, len(listed)), PAGE)
        }

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        parts = urlsplit(str(request.url))
        path = parts.path.removeprefix("/api/2.0/mlflow/")
        if path.endswith(("artifacts/files", "get-artifact")):
            return httpx2.Response(200, content=self.model_file)
        asked = json.loads(request.content) if request.content else {k: v[0] for k, v in parse_qs(parts.query).items()}
        return httpx2.Response(200, content=self.pages[path, int(asked.get("page_token") or 0)])


def _run(number: int, inputs: int, names: list[str]) -> dict[str, Any]:
    schema = json.dumps({"mlflow_colspec": [{"type": "double", "name": name} for name in names]})
    datasets = [
        {
            "tags": [{"key": "mlflow.data.context", "value": "training" if at == 0 else "evaluation"}],
            "dataset": {
                "name": f"features_{at}", "digest": f"{number:08x}", "source_type": "s3", "schema": schema,
                "source": json.dumps({"uri": f"s3://lake/features_{at}/v{number % 50}"}),
            },
        }
        for at in range(inputs)
    ]  # fmt: skip
    info = {"run_id": f"{number:032x}", "experiment_id": "1", "status": "FINISHED", "start_time": BEGAN_MS + number * 1_000,
            "end_time": BEGAN_MS + number * 1_000 + 900, "run_name": f"train-{number}"}  # fmt: skip
    told = {
        "params": [{"key": f"p{n}", "value": str(n)} for n in range(10)],
        "metrics": [{"key": f"m{n}", "value": 0.5, "step": 0} for n in range(10)],
        "tags": [
            {"key": "mlflow.source.git.commit", "value": f"{number % 20:040x}"},
            {"key": "team", "value": "growth"},
        ],
    }
    outputs = {"model_outputs": [{"model_id": f"m-{number:032x}", "step": 0}]}
    return {"info": info, "data": told, "inputs": {"dataset_inputs": datasets}, "outputs": outputs}


def _version(number: int) -> dict[str, Any]:
    return {
        "name": "churn", "version": str(number + 1), "creation_timestamp": BEGAN_MS + number * 1_000 + 950,
        "current_stage": "None", "source": f"models:/m-{number:032x}", "run_id": f"{number:032x}", "status": "READY",
    }  # fmt: skip


def visit(answers: Answers, state: Path) -> tuple[int, int]:
    """(events, bytes) of one visit."""
    visits, lines, events, size = Visits.open(state, "mlflow"), Lines(), 0, 0
    server = MlflowServer.at("http://mlflow", httpx2.MockTransport(answers.answer))
    for told in MlflowVisit(server, server.namespace, visits, BEGAN_MS * 1_000 + 10**12).events():
        if not isinstance(told, Finding):
            events += 1
            size += len(lines.line(told))
    visits.keep()
    return events, size


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds, and what came out."""
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--inputs", type=int, default=3)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    answers = Answers(options.runs, options.inputs, options.columns)
    parsing_s, _ = timed(lambda: [json.loads(page) for page in answers.pages.values()])
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        state = Path(folder) / "state"
        first_s, (events, size) = timed(lambda: visit(answers, state))
        again_s, (more, _) = timed(lambda: visit(answers, state))
    print(
        f"{options.runs} runs with {options.inputs} inputs of {options.columns} columns, each with a version of its own"
    )
    print(f"first visit       {options.runs / first_s:8.0f} runs/s   {events} events, {size / 1e6:.1f} MB of JSON")
    print(f"the same again    {options.runs / again_s:8.0f} runs/s   {more} events")
    print(f"first visit is {first_s / parsing_s:.0f} × only parsing the answers")


if __name__ == "__main__":
    main()
