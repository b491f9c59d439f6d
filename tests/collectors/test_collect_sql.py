"""`headwater collect sql` over files."""

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from lineage.ledger import Ledger
from tests.collectors.conftest import Run, by_name, columns, lines, sources

FRAME = ("--namespace", "postgres://db:5432", "--default-database", "shop", "--default-schema", "public")


@pytest.fixture
def project(folder: Path) -> Path:
    """A folder of SQL."""
    (folder / "models" / ".git").mkdir(parents=True)
    (folder / "models" / "daily.sql").write_text("create table daily as select * from orders;")
    (folder / "models" / "broken.sql").write_text("select 1;\n\nselect from where from;")
    (folder / "models" / "empty.sql").write_text("-- nothing\n")
    (folder / "models" / "old.sql.gz").write_bytes(gzip.compress(b"insert into x select y from z"))
    (folder / "models" / ".git" / "x.sql").write_text("select * from hidden")
    (folder / "models" / "readme.md").write_text("select * from readme")
    return folder


def test_a_folder_is_one_job_a_file(project: Path, run: Run) -> None:
    """Named by their paths below the folder; hidden and other files are left out."""
    ended = run("collect", "sql", "models", *FRAME, "--to", "-", "--job-namespace", "repo")
    assert ended.code == 0
    events = lines(ended.out)
    assert [(e["job"]["namespace"], e["job"]["name"]) for e in events] == [
        ("repo", "broken"), ("repo", "daily"), ("repo", "old"),
    ]  # fmt: skip
    assert sources(events[1]["outputs"][0]) == ["shop.public.orders"]
    assert "4 texts read, 1 of them without lineage: 3 events to standard output." in ended.err


def test_what_stays_unknown_is_told_by_place_and_reason(project: Path, run: Run) -> None:
    """file:line:column, counts by reason, and the exit code that was asked for."""
    ended = run("collect", "sql", "models", *FRAME, "--to", "-", "--fail-on", "PARSE_ERROR")
    assert ended.code == 1
    assert "models/broken.sql:3:" in ended.err and "1 PARSE_ERROR" in ended.err and "1 STAR" in ended.err
    assert run("collect", "sql", "models", *FRAME, "--to", "-", "--fail-on", "budget,opaque").code == 0
    assert run("collect", "sql", "models", *FRAME, "--to", "-", "--fail-on", "any").code == 1
    refused = run("collect", "sql", "models", *FRAME, "--to", "-", "--fail-on", "everything")
    assert refused.code == 2 and "PARSE_ERROR" in refused.err
    assert "PARSE_ERROR" not in run("collect", "sql", "models", *FRAME, "--to", "-", "--quiet").err


@pytest.mark.parametrize(
    "schema",
    [
        '{"shop.public.orders": {"id": "bigint", "amount": "numeric"}}',
        '{"orders": ["id", "amount"]}',
        json.dumps({"dataset": {"namespace": "n", "name": "shop.public.orders", "facets": {"schema": {"fields": [
            {"name": "id", "type": "bigint"}, {"name": "amount"}]}}}}) + '\n{"dataset": {"namespace": "n", "name": "x"}}',
    ],
)  # fmt: skip
def test_a_schema_opens_stars(project: Path, run: Run, schema: str) -> None:
    """As an object of types, as lists, or as the events of `collect database`."""
    (project / "schema.json").write_text(schema)
    ended = run("collect", "sql", "models/daily.sql", *FRAME, "--schema", "schema.json", "--to", "out.ndjson.gz")
    assert ended.code == 0 and "STAR" not in ended.err
    (event,) = lines(gzip.decompress((project / "out.ndjson.gz").read_bytes()).decode())
    assert event["job"]["name"] == "models/daily"
    assert set(columns(event["outputs"][0])) == {"id", "amount"}


@pytest.mark.parametrize("schema", ["rubbish", '{"t": 5}', "[1]", "5"])
def test_a_file_that_is_no_schema_is_said(project: Path, run: Run, schema: str) -> None:
    """Exit 2, and what to write instead."""
    (project / "schema.json").write_text(schema)
    ended = run("collect", "sql", "models", *FRAME, "--schema", "schema.json", "--to", "-")
    assert ended.code == 2 and "schema.json" in ended.err


def test_standard_input_is_a_job_too(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name that is given."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"insert into a select x from b")))
    (event,) = lines(run("collect", "sql", "-", *FRAME, "--job", "nightly", "--to", "-").out)
    assert event["job"]["name"] == "nightly" and list(by_name(event["outputs"])) == ["shop.public.a"]


def test_a_log_comes_through_standard_input(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--log` says what it is."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"sql": "select x from b", "time": 1763812800}\n')))
    ended = run("collect", "sql", "-", *FRAME, "--log", "jsonl", "--to", "-")
    assert [event["eventType"] for event in lines(ended.out)] == ["START", "COMPLETE"]


def test_wrong_usage_is_said(project: Path, run: Run) -> None:
    """Without a namespace, with a dialect, a file or a column that does not exist."""
    assert "--namespace" in run("collect", "sql", "models", "--to", "-").err
    assert run("collect", "sql", "models", *FRAME, "--dialect", "klingon", "--to", "-").code == 2
    assert run("collect", "sql", "nowhere", *FRAME, "--to", "-").code == 2
    assert run("collect", "sql", "models", *FRAME, "--column", "colour=x", "--to", "-").code == 2
    assert run("collect", "sql", "models", *FRAME, "--job", "x", "--to", "-").code == 2
    assert run("collect", "sql", "models", *FRAME, "--to", "nowhere/out.json").code == 2
    later = run("collect", "dbt")
    assert later.code == 2 and "does not exist yet" in later.err


def test_with_a_state_only_changes_are_told(project: Path, run: Run) -> None:
    """Unchanged files are silent; one that is gone declares nothing any more."""
    command = ("collect", "sql", "models", *FRAME, "--to", "-", "--state", "sql.state")
    assert len(lines(run(*command).out)) == 3
    assert "3 unchanged: nothing to tell" in run(*command).err
    (project / "models" / "daily.sql").write_text("create table daily as select * from carts;")
    (project / "models" / "old.sql.gz").unlink()
    changed, gone = lines(run(*command).out)
    assert sources(changed["outputs"][0]) == ["shop.public.carts"]
    assert (gone["job"]["name"], gone["inputs"], gone["outputs"]) == ("old", [], [])
    assert lines(run(*command).out) == []
    (project / "sql.state").write_text("{}")
    assert run(*command).code == 2


def test_a_service_takes_the_events(project: Path, run: Run, shop: Ledger) -> None:
    """Without --to they go where the other commands ask."""
    before = shop.size()
    ended = run("collect", "sql", "models", *FRAME)
    assert ended.code == 0 and "3 events to http://127.0.0.1:" in ended.err
    assert shop.size() == before + 3


def test_no_service_is_exit_3(project: Path, run: Run) -> None:
    """And the state is not written: the next visit tells everything again."""
    ended = run("collect", "sql", "models", *FRAME, "--to", "http://127.0.0.1:1", "--state", "s")
    assert ended.code == 3 and not (project / "s").exists()
