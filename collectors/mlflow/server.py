"""MLflow's REST interface: lists whole, page by page, and single things by id.

The one idea: a page token of MLflow is an offset, so runs that come or go while pages are read shift them. A list of
several pages is read again until a pass brings nothing new. What a server does not have (an older one, a permission) is
told once as a Gap, not taken for an empty list.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

import httpx2
import orjson

from collectors.mlflow import answers
from collectors.mlflow.answers import Experiment, Json, LoggedModel, RegisteredModel, TrackedRun, Version
from lineage.errors import InputError, SettingsError, StoreError

API: Final = "/api/2.0/mlflow"
PAGE_RUNS: Final = 1_000  # some 3 MB of JSON
PAGE_OTHERS: Final = 100  # the most that every version of MLflow accepts of logged models
PAGES_MAX: Final = 10_000  # a server that gives a next page for ever
PASSES_MAX: Final = 4  # a server on which runs begin faster than they are read is read by the next poll
ARTIFACT_BYTES_MAX: Final = 4 << 20  # an MLmodel file is some kB; what is larger is none
TIMEOUT_S: Final = 60.0
RETRIES: Final = 3
RETRY_WAIT_S_MAX: Final = 30.0
_BUSY: Final = frozenset({429, 502, 503, 504})
_ABSENT: Final = frozenset({404, 405, 501})


@dataclass(slots=True)
class MlflowServer:
    """One tracking server. Raises StoreError when it cannot be reached or answers what is no MLflow's, SettingsError when it refuses."""

    url: str
    http: httpx2.Client
    gaps: dict[str, str] = field(default_factory=dict)
    """What the server does not have: (path, why)."""
    wait: Callable[[float], None] = time.sleep

    @classmethod
    def at(cls, url: str, transport: httpx2.BaseTransport | None = None) -> "MlflowServer":
        """`url`: of the server, with user and password or `env:VARIABLE`; MLflow's own MLFLOW_TRACKING_USERNAME, _PASSWORD and _TOKEN
        count, too. `transport`: instead of the network."""
        text = os.environ.get(url[4:], "") if url.startswith("env:") else url
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(
                "This is no address of an MLflow server. Give http://host:5000, https://…, or `env:VARIABLE` that holds one.",
                place="URL",
            )
        host = parts.netloc.rpartition("@")[2]
        plain = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        token = os.environ.get("MLFLOW_TRACKING_TOKEN", "")
        user = parts.username or os.environ.get("MLFLOW_TRACKING_USERNAME", "")
        password = parts.password or os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
        headers = {"authorization": f"Bearer {token}"} if token and not user else {}
        client = httpx2.Client(
            base_url=plain, headers=headers, auth=(user, password) if user else None, timeout=TIMEOUT_S, transport=transport
        )  # fmt: skip
        return cls(plain, client)

    def close(self) -> None:
        self.http.close()

    @property
    def namespace(self) -> str:
        """The server as a namespace: `mlflow://host:port`."""
        return f"mlflow://{urlsplit(self.url).netloc.lower()}"

    # Lists

    def experiments(self) -> list[Experiment]:
        return [
            answers.experiment(each) for each in self._all("POST", "experiments/search", "experiments", {}, PAGE_OTHERS)
        ]

    def runs(self, experiments: list[str], filter_: str = "") -> Iterator[TrackedRun]:
        """Runs that are not deleted, the oldest first, each once (again only if it says something else meanwhile)."""
        body: Json = {"experiment_ids": experiments, "order_by": ["attributes.start_time ASC"]}
        if filter_:
            body["filter"] = filter_
        for told in self._all("POST", "runs/search", "runs", body, PAGE_RUNS) if experiments else ():
            yield answers.run(told)

    def registered_models(self) -> list[RegisteredModel]:
        return [
            answers.registered_model(each)
            for each in self._all("GET", "registered-models/search", "registered_models", {}, PAGE_OTHERS)
        ]

    def versions(self) -> list[Version]:
        """Every version of every model. (Their aliases are not in this list: the registered models have them.)"""
        return [
            answers.version(each)
            for each in self._all("GET", "model-versions/search", "model_versions", {}, PAGE_OTHERS)
        ]

    def logged_models(self, experiments: list[str]) -> list[LoggedModel]:
        body = {"experiment_ids": experiments}
        found = self._all("POST", "logged-models/search", "models", body, PAGE_OTHERS) if experiments else ()
        return [answers.logged_model(each) for each in found]

    # Single things

    def run(self, id: str) -> TrackedRun | None:
        """A run, deleted ones too; None when it is not there any more."""
        told = self._ask("GET", f"runs/get?run_id={quote(id, safe='')}", absent=True)
        found = told.get("run") if told is not None else None
        return answers.run(found) if isinstance(found, dict) else None

    def run_file(self, run: str, path: str) -> bytes | None:
        """A small artifact of a run; None when there is none."""
        return self._file(f"/get-artifact?path={quote(path, safe='')}&run_uuid={quote(run, safe='')}")

    def model_file(self, model: str) -> bytes | None:
        """The MLmodel file of a logged model."""
        return self._file(
            f"/ajax-api/2.0/mlflow/logged-models/{quote(model, safe='')}/artifacts/files?artifact_file_path=MLmodel"
        )

    def version_file(self, version: Version) -> bytes | None:
        """The MLmodel file of a registered version."""
        name, number = quote(version.model, safe=""), quote(version.number, safe="")
        return self._file(f"/model-versions/get-artifact?path=MLmodel&name={name}&version={number}")

    # Requests

    def _all(self, method: str, path: str, key: str, body: Json, size: int) -> Iterator[Json]:
        """Every element of a list, in passes until one brings nothing new."""
        seen: set[bytes] = set()
        for _ in range(PASSES_MAX):
            news, pages = 0, 0
            for element in self._pass(method, path, key, body, size):
                pages = max(pages, element[0])
                identity = hashlib.blake2b(
                    orjson.dumps(element[1], option=orjson.OPT_SORT_KEYS), digest_size=16
                ).digest()
                if identity not in seen:
                    seen.add(identity)
                    news += 1
                    yield element[1]
            if pages <= 1 or not news:
                return

    def _pass(self, method: str, path: str, key: str, body: Json, size: int) -> Iterator[tuple[int, Json]]:
        token, tokens = "", set[str]()
        for page in range(1, PAGES_MAX + 1):
            asked = body | {"max_results": size} | ({"page_token": token} if token else {})
            told = self._ask(method, path, asked, absent=True)
            if told is None:
                self.gaps.setdefault(path, "the server does not have this list")
                return
            listed = told.get(key)
            yield from ((page, each) for each in listed or () if isinstance(each, dict))
            token = told.get("next_page_token") or ""
            if not isinstance(token, str) or not token or token in tokens:
                return
            tokens.add(token)

    def _ask(self, method: str, path: str, body: Json | None = None, *, absent: bool = False) -> Json | None:
        more: dict[str, Any] = {}
        if body:
            more = {"json": body} if method == "POST" else {"params": body}
        answered = self._send(method, f"{API}/{path}", **more)
        if answered.status_code in _ABSENT and absent:
            return None
        try:
            told = answered.json()
        except ValueError:
            told = None
        if answered.status_code >= 400 or not isinstance(told, dict):
            why = told.get("message") if isinstance(told, dict) else None
            if (
                absent
                and isinstance(told, dict)
                and told.get("error_code") in ("RESOURCE_DOES_NOT_EXIST", "ENDPOINT_NOT_FOUND")
            ):
                return None
            raise StoreError(
                f"{self.url} answers {path.partition('?')[0]} with HTTP {answered.status_code}"
                f"{f' ({why})' if why else ', which is no answer of MLflow'}. Check the address.",
                retryable=answered.status_code >= 500,
            )
        return told

    def _file(self, path: str) -> bytes | None:
        answered = self._send("GET", path)
        if answered.status_code >= 400 or len(answered.content) > ARTIFACT_BYTES_MAX:
            return None
        return answered.content

    def _send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        for trial in range(RETRIES + 1):
            try:
                answered = self.http.request(method, path, **more)
            except httpx2.HTTPError as error:
                if trial == RETRIES:
                    raise StoreError(
                        f"{self.url} cannot be reached ({type(error).__name__}). Start the server, or correct the address.",
                        retryable=True,
                    ) from None
            else:
                if answered.status_code in (401, 403):
                    raise SettingsError(
                        f"{self.url} refuses (HTTP {answered.status_code}). Set MLFLOW_TRACKING_USERNAME and _PASSWORD, or "
                        "MLFLOW_TRACKING_TOKEN.",
                        place="MLFLOW_TRACKING_USERNAME",
                    )
                if answered.status_code not in _BUSY or trial == RETRIES:
                    return answered
                told = answered.headers.get("retry-after", "")
                if told.isdigit():
                    self.wait(min(float(told), RETRY_WAIT_S_MAX))
                    continue
            self.wait(0.5 * 2**trial)
        raise AssertionError("the last trial returns or raises")
