"""What every test shares: Hypothesis profiles, chosen by HYPOTHESIS_PROFILE (dev, ci or nightly), and one Neo4j server.

Parallel workers inherit the environment of the process that starts them: it names the folder by which they find the
server that the first of them started, and that process ends it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.neo4j import server

# Parallel workers on shared cores make single examples slow by chance, so there is no deadline per example: a slow test
# shows in `--durations`, and a hanging one in CI's own limit.
_QUIET = [HealthCheck.too_slow]
settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("ci", max_examples=200, deadline=None, suppress_health_check=_QUIET, print_blob=True)
settings.register_profile("nightly", max_examples=10_000, deadline=None, suppress_health_check=_QUIET, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder, unless this process is a worker of one that did."""
    if server.SHARED not in os.environ:
        folder = tempfile.mkdtemp(prefix="headwater-tests-")
        os.environ[server.SHARED], os.environ[server.OWNER] = folder, str(os.getpid())
        config.add_cleanup(lambda: _forget(folder))


def _forget(folder: str) -> None:
    server.stop_shared(Path(folder))
    for name in (server.SHARED, server.OWNER):
        os.environ.pop(name, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which Neo4j it was, where a test asked for one."""
    folder = Path(os.environ.get(server.SHARED, ""))
    if told := server.which(folder):
        terminalreporter.write_line(f"Neo4j: {told}")
