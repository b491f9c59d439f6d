"""An auditor's morning with a service as users start it: policy, answer, pack, verdict, and a pack from after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.service import run, running
from tests.evidence.company import EVENTS


@pytest.mark.slow
def test_a_pack_from_a_running_service_verifies_and_one_after_a_kill_too(tmp_path: Path) -> None:
    """All processes, the signer and the access log with them; kill -9 between the packs."""
    data, policy = tmp_path / "data", tmp_path / "policy.txt"

    def export(port: int, name: str) -> None:
        pack = str(tmp_path / name)
        words = ("Q1", "model=warehouse models.churn", "version=2", "-o", pack, "--url", f"http://127.0.0.1:{port}")
        told = run("audit", "export", *words)
        assert told.returncode == 0, told.stderr
        verdict = run("audit", "verify", pack, "--policy", str(policy))
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr

    with running(data) as service:
        service.post(event for _, event in EVENTS)
        service.projected()
        policy.write_text(run("audit", "policy", "--url", f"http://127.0.0.1:{service.port}").stdout)
        export(service.port, "first.zip")
        service.kill()
    with running(data) as service:
        service.projected()
        export(service.port, "second.zip")
        assert run("audit", "ask", "Q15", "of=warehouse models.churn", "--url", f"http://127.0.0.1:{service.port}").stdout.count(
            "exportEvidence"
        ) == 2  # fmt: skip
    assert run("audit", "fsck", "--data", str(data)).returncode == 0
    assert [path.name for path in (data / "evidence").iterdir() if path.suffix != ".zip"] == []
