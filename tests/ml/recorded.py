"""A tracking server out of recorded answers: what a real one said, by path and question."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

Answer = dict[str, Any]
API = "/api/2.0/mlflow/"


def folder(path: Path) -> dict[str, Answer]:
    """Recorded answers by the name of their file; an artifact by `artifact.NAME`."""
    found: dict[str, Answer] = {}
    for file in sorted(path.glob("*.json")):
        told = json.loads(file.read_text())
        found[file.stem] = (
            told["response"] if isinstance(told, dict) and "response" in told else {"file": file.read_bytes()}
        )
    return found


class Recorded:
    """What the server has. A list is answered in pages of `page` elements; what is not there is a 404."""

    def __init__(self, *, page: int | None = None) -> None:
        self.experiments: list[Answer] = []
        self.runs: list[Answer] = []
        self.models: list[Answer] | None = None
        self.versions: list[Answer] | None = None
        self.logged: list[Answer] | None = None
        self.files: dict[str, bytes] = {}
        """By run or logged model, and path: `id/path`."""
        self.page = page
        self.asked: list[str] = []
        self.before_page: Callable[[str], None] | None = None

    @classmethod
    def of(cls, path: Path) -> Recorded:
        """The answers that a folder of captured ones holds."""
        answers, made = folder(path), cls()
        for name, told in answers.items():
            if name.startswith("experiments_search"):
                made.experiments += told["experiments"]
            elif name in ("runs_search", "ops_runs"):
                made.runs += told["runs"]
            elif name == "registered_models_search":
                made.models = told["registered_models"]
            elif name == "model_versions_search":
                made.versions = told["model_versions"]
            elif name == "logged_models_search":
                made.logged = told["models"]
        single = answers.get("run_get", {}).get("run")
        if single and single["info"]["run_id"] not in {run["info"]["run_id"] for run in made.runs}:
            made.runs.append(single | {"only_by_id": True})
        for name, told in answers.items():
            if name.startswith("artifact."):
                made.files[f"{single['info']['run_id']}/{name.removeprefix('artifact.')}.json"] = told["file"]
        return made

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self._answer)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        parts = urlsplit(str(request.url))
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        body = json.loads(request.content) if request.content else asked
        self.asked.append(parts.path)
        match parts.path.removeprefix(API):
            case "experiments/search":
                return self._list("experiments", self.experiments, body)
            case "runs/search":
                runs = [
                    r
                    for r in self.runs
                    if r["info"]["experiment_id"] in body["experiment_ids"] and "only_by_id" not in r
                ]
                return self._list("runs", [r for r in runs if _matches(r, body.get("filter", ""))], body)
            case "runs/get":
                found = [run for run in self.runs if run["info"]["run_id"] == asked["run_id"]]
                return _json({"run": found[0]}) if found else _json({"error_code": "RESOURCE_DOES_NOT_EXIST"}, 404)
            case "registered-models/search":
                return self._list("registered_models", self.models, body)
            case "model-versions/search":
                return self._list("model_versions", self.versions, body)
            case "logged-models/search":
                return self._list("models", self.logged, body)
            case "/get-artifact":
                return self._file(f"{asked['run_uuid']}/{asked['path']}")
            case path if path.startswith("/ajax-api/2.0/mlflow/logged-models/"):
                return self._file(f"{path.split('/')[5]}/{asked['artifact_file_path']}")
        return _json({"error_code": "ENDPOINT_NOT_FOUND"}, 404)

    def _list(self, key: str, listed: list[Answer] | None, body: Answer) -> httpx2.Response:
        if listed is None:
            return _json({"error_code": "ENDPOINT_NOT_FOUND"}, 404)
        if self.before_page is not None:
            self.before_page(key)
        start = int(body.get("page_token") or 0)
        size = self.page or int(body.get("max_results") or 1000)
        told: Answer = {key: listed[start : start + size]}
        if start + size < len(listed):
            told["next_page_token"] = str(start + size)
        return _json(told)

    def _file(self, name: str) -> httpx2.Response:
        found = self.files.get(name)
        return httpx2.Response(404) if found is None else httpx2.Response(200, content=found)


def _matches(run: Answer, filter_: str) -> bool:
    info = run["info"]
    if ">=" in filter_:
        return "end_time" in info and info["end_time"] >= int(filter_.split()[-1])
    if "status" in filter_:
        return bool(info["status"] == filter_.split("'")[1])
    return True


def _json(told: Answer, status: int = 200) -> httpx2.Response:
    return httpx2.Response(status, json=told)
