"""Commands that tell: aliases, distrust, dead letters, files of events."""

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from api.cli import telling
from lineage.ledger import Ledger
from tests.cli.conftest import Run

EVENT = {
    "eventType": "COMPLETE",
    "eventTime": "2026-11-22T10:00:00Z",
    "producer": "https://example.org/tests",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    "run": {"runId": "00000000-0000-4000-8000-000000000001"},
    "job": {"namespace": "tests", "name": "job"},
}


def test_aliases_are_added_listed_and_removed(shop: Ledger, run: Run) -> None:
    """Each says its ledger entry."""
    assert "No alias rule" in run("alias", "list").out
    added = run("alias", "add", "namespace", "hosts:a,b", "c", "--reason", "one cluster")
    assert added.code == 0 and "Ledger entry 10" in added.out
    assert "hosts:a,b" in run("alias", "list").out
    assert run("alias", "list", "--format", "json").json[0]["reason"] == "one cluster"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(telling, "PAGE_ITEMS", 1)
        assert run("alias", "add", "namespace", "old", "new", "--reason", "moved").code == 0
        assert [each["to"] for each in run("alias", "list", "--format", "json").json] == ["c", "new"]
    assert "Ledger entry 12" in run("alias", "remove", "namespace", "hosts:a,b", "--reason", "no").out
    assert run("alias", "remove", "namespace", "hosts:a,b", "--reason", "no").code == 2
    assert run("alias", "suggest").code == 0


def test_distrust_is_added_listed_and_removed(shop: Ledger, run: Run) -> None:
    """With a span of days."""
    span = ("--from", "2026-11-01", "--to", "2026-11-02T03:00Z", "--reason", "poison")
    assert run("distrust", "add", "airflow *_test", *span).code == 0
    assert "airflow *_test" in run("distrust", "list").out
    assert run("distrust", "remove", "airflow *_test", *span).code == 0
    assert "No runs are set aside" in run("distrust", "list").out


def test_files_of_every_kind_are_ingested(
    shop: Ledger, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One event, an array, lines, gzip, standard input: each event is one entry with its own bytes."""
    one, array, lines, packed = (tmp_path / name for name in ("a.json", "b.json", "c.ndjson", "d.ndjson.gz"))
    one.write_text(json.dumps(EVENT, indent=1))
    array.write_text(f" [ {json.dumps(EVENT)} ,\n {json.dumps(EVENT)} ] ")
    lines.write_text(f"{json.dumps(EVENT)}\n\n{json.dumps(EVENT)}\n")
    packed.write_bytes(gzip.compress(lines.read_bytes()))
    ended = run("ingest", *map(str, (one, array, lines, packed)))
    assert ended.code == 0 and "7 events" in ended.out
    assert shop.size() == 17
    assert shop.part(10, "raw") == one.read_bytes()
    assert shop.part(12, "raw") == json.dumps(EVENT).encode()
    packed_one = gzip.compress(one.read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(packed_one))))
    assert run("ingest", "-").code == 0
    assert shop.size() == 18


def test_rubbish_is_kept_alone_and_said(shop: Ledger, run: Run, tmp_path: Path) -> None:
    """A bad line costs its neighbours nothing; exit 1 says that not all was understood."""
    file = tmp_path / "mixed.ndjson"
    file.write_bytes(json.dumps(EVENT).encode() + b"\n{rubbish\n" + json.dumps(EVENT).encode() + b'\n{"no": "event"}\n')
    ended = run("ingest", str(file))
    assert ended.code == 1
    assert "4 events are in the ledger, 2 of them as dead letters" in ended.out
    assert shop.size() == 14
    listed = run("deadletter", "list").out
    assert "2 of 2." in listed
    index = run("deadletter", "list", "--format", "json").json["nodes"][-1]["index"]
    assert "rubbish" in run("deadletter", "show", index).out
    assert run("deadletter", "replay", index).code == 1
    assert run("deadletter", "replay").code == 2
    assert run("deadletter", "show", "0").code == 2


def test_a_missing_or_cut_file_is_said(shop: Ledger, run: Run, tmp_path: Path) -> None:
    """Exit 2, with its name."""
    assert run("ingest", str(tmp_path / "none.json")).code == 2
    cut = tmp_path / "cut.ndjson.gz"
    cut.write_bytes(gzip.compress(json.dumps(EVENT).encode() * 50)[:-9])
    ended = run("ingest", str(cut))
    assert ended.code == 2 and "ends too early" in ended.err


def test_the_doctor_finds_a_misspelt_setting(shop: Ledger, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is no setting is wrong, not ignored."""
    assert "service" in run("doctor").out
    monkeypatch.setenv("HEADWATER_APIKEY", "x")
    ended = run("doctor")
    assert ended.code == 1 and "HEADWATER_APIKEY" in ended.out
