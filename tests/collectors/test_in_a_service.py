"""What was collected, asked of a running service: declared by files, observed by a log, and the two held against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.collectors.conftest import Run
from tests.e2e.service import running

SPACE = "postgres://db:5432"
FRAME = ("--namespace", SPACE, "--default-database", "shop", "--default-schema", "public")
SCHEMA = '{"shop.public.orders": {"id": "bigint", "amount": "numeric", "mail": "text"}}'


@pytest.mark.slow
def test_files_and_logs_meet(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What code declares and a log shows to run is VERIFIED; what only code has is PHANTOM; a deleted file declares nothing."""
    (folder / "models").mkdir()
    (folder / "models" / "daily.sql").write_text(
        "INSERT INTO daily (day, total) SELECT md5(mail), sum(amount) FROM orders GROUP BY 1"
    )
    (folder / "models" / "never.sql").write_text("INSERT INTO never SELECT id FROM orders")
    (folder / "schema.json").write_text(SCHEMA)
    (folder / "log.csv").write_text(
        "query,start_time,user,status\n"
        '"insert into daily (day, total) select md5(mail), sum(amount) from orders group by 1",2026-11-22T10:00:00Z,amy,ok\n'
        '"insert into daily (day, total) select md5(mail), sum(amount) from orders group by 1",2026-11-22T11:00:00Z,amy,failed\n'
        '"insert into adhoc select amount from orders",2026-11-22T12:00:00Z,bob,ok\n'
    )
    with running(folder / "data") as service:
        monkeypatch.setenv("HEADWATER_URL", f"http://127.0.0.1:{service.port}")
        files = ("collect", "sql", "models", *FRAME, "--schema", "schema.json", "--state", "state")
        log = ("collect", "sql", "log.csv", *FRAME, "--schema", "schema.json")
        assert run(*files).code == 0
        assert run(*log).code == 0
        assert run(*log).code == 0  # twice: the same runs
        service.projected()

        def edges(name: str) -> list[tuple[str, str, str, int]]:
            told = service.ask(
                """query($of:[NodeRef!]!){lineage(of:$of,direction:UPSTREAM,depth:1){nodes{id name}
                   edges{source verdict certainty runCount}}}""",
                of=[{"dataset": {"namespace": SPACE, "name": name}}],
            )["lineage"]
            names = {node["id"]: node["name"] for node in told["nodes"]}
            return [(names[e["source"]], e["verdict"], e["certainty"], e["runCount"]) for e in told["edges"]]

        assert edges("shop.public.daily") == [("shop.public.orders", "VERIFIED", "CERTAIN", 1)]
        assert edges("shop.public.never") == [("shop.public.orders", "PHANTOM", "CERTAIN", 0)]
        assert [(source, count) for source, _, _, count in edges("shop.public.adhoc")] == [("shop.public.orders", 1)]
        day = service.lineage(SPACE, "shop.public.daily", column="day")["edges"]
        assert [(e["source"], e["masking"]) for e in day if e["target"].endswith("#day")] == [
            ("shop.public.orders#mail", True)
        ]
        (folder / "models" / "never.sql").unlink()
        assert "1 event" in run(*files).err
        service.projected()
        assert edges("shop.public.never") == []
