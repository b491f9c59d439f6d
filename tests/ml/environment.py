"""Real MLflow, Feast and dbt, in a virtual environment of their own: `make venv-ml` makes it, `make test` demands it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIRED = "HEADWATER_TEST_ML"
"""Environment: `required` (make test, CI) makes a missing environment a failure, not a skip."""
PYTHON = "HEADWATER_ML_PYTHON"
"""Environment: the interpreter that has MLflow, Feast and dbt, instead of `.venv-ml`'s."""
PROGRAMS = Path(__file__).parent / "programs"
READY_S_MAX = 120  # MLflow makes its tables and imports half of PyPI: 20 s on a quiet machine
PROGRAM_S_MAX = 300


def python() -> Path:
    """The interpreter that has them."""
    found = Path(os.environ.get(PYTHON, str(ROOT / ".venv-ml" / "bin" / "python")))
    if not found.exists():
        missing = "MLflow, Feast and dbt are not installed. `make venv-ml` makes their environment."
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return found


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables for their programs: no telemetry, nothing outside the folder."""
    own = {
        "PATH": f"{python().parent}:{os.environ.get('PATH', '')}", "HOME": str(folder), "LC_ALL": "C.UTF-8",
        "FEAST_USAGE": "False", "FEAST_TELEMETRY": "False", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "GIT_PYTHON_REFRESH": "quiet", "PYTHONWARNINGS": "ignore",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    }  # fmt: skip
    return own | dict(more or {})


def program(folder: Path, *command: str | Path, more: Mapping[str, str] | None = None) -> str:
    """One program to its end, in a folder; what it printed. The first word may be a command of the environment."""
    name = str(command[0])
    first = python() if name.endswith(".py") else python().parent / name
    words = [str(first), *(map(str, command) if name.endswith(".py") else map(str, command[1:]))]
    done = subprocess.run(
        words,
        cwd=folder,
        env=environment(folder, more),
        capture_output=True,
        text=True,
        timeout=PROGRAM_S_MAX,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """A tracking server with a SQLite store in a folder; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(
        [
            str(python()), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "artifacts"),
        ],
        cwd=folder, env=environment(folder), stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + READY_S_MAX
        while not _answers(f"{url}/health"):
            assert process.poll() is None, (folder / "server.log").read_text()[-3000:]
            assert time.monotonic() < end, "MLflow does not get ready"
            time.sleep(0.2)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
