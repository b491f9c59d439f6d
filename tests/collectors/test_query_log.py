"""Query logs: who calls the columns what, times, failures, and what is nobody's business."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.statements.logs import read_log
from collectors.statements.query_log import Logged, Unreadable, instant_us
from lineage.errors import InputError, NotFound
from tests.collectors.conftest import Run, by_name, lines, sources

SECOND_US = 1_000_000
NOON_US = 1_763_812_800 * SECOND_US  # 2025-11-22T12:00:00Z


def statements(path: Path, form: str = "csv", **columns: str) -> list[Logged | Unreadable]:
    return list(read_log(str(path), form, columns))


@pytest.mark.parametrize(
    "header",
    [
        "QUERY_TEXT,START_TIME,END_TIME,USER_NAME,DATABASE_NAME,SCHEMA_NAME,EXECUTION_STATUS",
        "query,creation_time,end_time,user_email,project_id,schema,state",
        "statement,time,end,user,database,schema,status",
    ],
)
def test_exports_are_read_by_the_usual_names(tmp_path: Path, header: str) -> None:
    """Snowflake's, BigQuery's, anybody's."""
    file = tmp_path / "log.csv"
    file.write_text(f'{header}\n"select 1\nfrom a",2025-11-22T12:00:00Z,2025-11-22 12:00:01,amy,shop,raw,SUCCESS\n')
    assert statements(file) == [Logged("select 1\nfrom a", NOON_US, NOON_US + SECOND_US, 3, "amy", "shop", "raw")]


def test_other_names_can_be_told(tmp_path: Path) -> None:
    """And a log without the needed ones says what it has."""
    file = tmp_path / "log.csv"
    file.write_text("q,t\nselect 1,2025-11-22T12:00:00Z\n")
    with pytest.raises(InputError, match=r"no column for the statement \(it has q, t\)"):
        statements(file)
    (one,) = statements(file, statement="q", time="t")
    assert isinstance(one, Logged) and one.text == "select 1"


def test_json_lines_packed_and_with_rubbish(tmp_path: Path) -> None:
    """A bad row costs itself."""
    file = tmp_path / "log.jsonl.gz"
    rows = [
        '{"sql": "select 1", "ts": 1763812800}',
        "rubbish",
        "[]",
        '{"sql": "", "ts": 1}',
        '{"sql": "x", "ts": "noon"}',
    ]
    file.write_bytes(gzip.compress("\n".join(rows).encode()))
    first, *bad = statements(file, "jsonl")
    assert isinstance(first, Logged) and first.time_us == NOON_US
    assert [each.line for each in bad] == [2, 3, 4, 5] and all(isinstance(each, Unreadable) for each in bad)


def test_a_cut_log_is_said(tmp_path: Path) -> None:
    """What came before is read."""
    file = tmp_path / "log.csv.gz"
    body = "sql,time\n" + "select 1,2025-11-22T12:00:00Z\n" * 1000
    file.write_bytes(gzip.compress(body.encode())[:-12])
    with pytest.raises(InputError, match="ends too early"):
        statements(file)
    with pytest.raises(NotFound):
        statements(tmp_path / "none.csv")


@given(st.integers(min_value=1_000_000_000, max_value=4_000_000_000))
def test_numbers_since_the_epoch_in_any_unit(second: int) -> None:
    """Seconds, milliseconds, microseconds and nanoseconds are told by their size."""
    assert {instant_us(second * unit) for unit in (1, 10**3, 10**6, 10**9)} == {second * SECOND_US}


def test_postgres_csvlog(tmp_path: Path) -> None:
    """Statements, prepared ones, durations; an error in the same session makes a failure."""
    file = tmp_path / "server.csv"

    def row(session: str, severity: str, message: str, query: str = "", time: str = "12:00:02.000") -> str:
        cells = [""] * 26
        cells[0], cells[1], cells[2], cells[5] = f"2025-11-22 {time} UTC", "amy", "shop", session
        cells[11], cells[13], cells[19] = severity, message, query
        return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)

    file.write_text(
        "\n".join(
            (
                row("s1", "LOG", "connection authorized: user=amy"),
                row("s1", "LOG", "statement: insert into a select 'x'\nfrom b"),
                row("s2", "LOG", "duration: 2000.0 ms  execute <unnamed>: select 1 from c"),
                row(
                    "s1",
                    "ERROR",
                    'invalid input "secret" for key (mail)=(jane@x.org)',
                    "insert into a select 'x'\nfrom b",
                ),
            )
        )
    )
    found = {each.session: each for each in statements(file) if isinstance(each, Logged)}
    assert found["s1"].error == "invalid input ? for key (mail)?" and found["s1"].user == "amy"
    assert (found["s2"].time_us, found["s2"].end_us) == (NOON_US, NOON_US + 2 * SECOND_US)
    assert found["s2"].text == "select 1 from c" and found["s2"].error is None


def test_postgres_jsonlog(tmp_path: Path) -> None:
    """The same as lines of JSON."""
    file = tmp_path / "server.json"
    told = {"timestamp": "2025-11-22 12:00:00.000 UTC", "user": "amy", "dbname": "shop", "session_id": "s",
            "error_severity": "LOG", "message": "statement: select 1 from a"}  # fmt: skip
    file.write_text(json.dumps(told) + "\n" + json.dumps(told | {"timestamp": "2025-11-22 12:00:00 CET"}))
    first, second = sorted(statements(file, "jsonl"), key=lambda each: isinstance(each, Unreadable))
    assert isinstance(first, Logged) and (first.time_us, first.database) == (NOON_US, "shop")
    assert isinstance(second, Unreadable) and "log_timezone" in second.why


LOG = """query_text,start_time,end_time,user_name,database_name,execution_status,error_message
"insert into daily select amount from orders where id = 5",2025-11-22T12:00:00Z,2025-11-22T12:00:01Z,amy,shop,SUCCESS,
"insert into daily select amount from orders where id = 6",2025-11-23T12:00:00Z,2025-11-23T12:00:01Z,bob,shop,FAIL,Value 'jane' is bad
truncate table daily,2025-11-23T12:00:02Z,,bob,shop,SUCCESS,
alter table daily rename to weekly,2025-11-23T12:00:03Z,,bob,shop,SUCCESS,
set x = 1,2025-11-23T12:00:04Z,,bob,shop,SUCCESS,
"""
FRAME = ("--namespace", "postgres://db:5432", "--default-schema", "public", "--to", "-")


def test_a_log_becomes_runs(folder: Path, run: Run) -> None:
    """One job for a statement whatever its values; who ran it; failures; changes to whole tables; the same again, the same ids."""
    (folder / "log.csv").write_text(LOG)
    ended = run("collect", "sql", "log.csv", *FRAME)
    assert ended.code == 0 and "5 texts read, 1 of them without lineage: 8 events" in ended.err
    events = lines(ended.out)
    assert [e["eventType"] for e in events] == [
        "START",
        "COMPLETE",
        "START",
        "FAIL",
        "START",
        "COMPLETE",
        "START",
        "COMPLETE",
    ]
    first, second, truncated, renamed = events[1::2]
    assert first["job"]["name"] == second["job"]["name"] != truncated["job"]["name"]
    assert first["job"]["name"].startswith("insert.shop.public.daily.")
    assert first["eventTime"] == "2025-11-22T12:00:01Z"
    (output,) = first["outputs"]
    assert (output["name"], sources(output)) == ("shop.public.daily", ["shop.public.orders"])
    assert {t["key"]: t["value"] for t in first["run"]["facets"]["tags"]["tags"]} == {"user": "amy", "database": "shop"}
    assert second["run"]["facets"]["errorMessage"]["message"] == "Value ? is bad"
    assert truncated["outputs"][0]["facets"]["lifecycleStateChange"]["lifecycleStateChange"] == "TRUNCATE"
    weekly = by_name(renamed["outputs"])["shop.public.weekly"]["facets"]["lifecycleStateChange"]
    assert (weekly["lifecycleStateChange"], weekly["previousIdentifier"]["name"]) == ("RENAME", "shop.public.daily")
    assert "jane" not in ended.out and "id = 5" not in ended.out
    assert run("collect", "sql", "log.csv", *FRAME).out == ended.out


def test_what_cannot_be_read_is_told_without_its_words(folder: Path, run: Run) -> None:
    """An event says where a statement breaks, not what stands there; a terminal gets nothing to obey; a cut row costs itself."""
    (folder / "log.csv").write_text(
        'sql,time\n"insert into a select from \x1b[31mjane@example.org where",2025-11-22T10:00:00Z\n"cut'
    )
    ended = run("collect", "sql", "log.csv", *FRAME)
    assert "UNREADABLE row: The row ends too early." in ended.err and "\x1b" not in ended.err
    (end,) = [event for event in lines(ended.out) if event["eventType"] == "COMPLETE"]
    (error,) = end["run"]["facets"]["extractionError"]["errors"]
    assert error["errorMessage"].startswith("PARSE_ERROR") and "jane" not in error["errorMessage"]


def test_what_is_unclear_is_said_once_with_its_line(folder: Path, run: Run) -> None:
    """A statement of each hour is one finding; its place counts lines of the log."""
    row = '"insert into a\nselect n from b, c",2025-11-22T{}:00:00Z\n'
    (folder / "log.csv").write_text("sql,time\n" + row.format("10") + row.format("11"))
    ended = run("collect", "sql", "log.csv", *FRAME, "--fail-on", "ambiguous")
    assert ended.code == 1
    assert ended.err.count("AMBIGUOUS n:") == 1 and "log.csv:3:8: AMBIGUOUS" in ended.err
