"""Whether the projector's own tables are those that the ledger gives: part of fsck's check 9.

The one idea: the tables are made of the log alone, so a replay makes the same ones, row for row, but for the numbers that rows
are given as they come. Here every such number is read as what it stands for. Counts of evidence, runs and the search index
are answered from these tables, and no edge of the graph would change if somebody edited them.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from lineage.ledger import Finding
from lineage.ledger.check_report import CheckReport
from lineage.projector.outputs import decode_output
from lineage.projector.tables import TABLES

GRAPH: Final = 9
"""The check's number."""
SqlValue = str | bytes | int | float | None
SHOWN: Final = 160  # characters of a row
_PASSING: Final = frozenset({"meta", "outbox"})  # how far it is, and what is on its way to the store
_SEPARATED: Final = " || char(31) || "
_RUN: Final = f"(SELECT {_SEPARATED.join(('namespace', 'name', 'run'))} FROM state_run WHERE id = %s)"
_SOURCE_NAMES: Final = ("kind", "namespace1", "name1", "namespace2", "name2", "extra")
_STANDS_FOR: Final = {
    "source": f"(SELECT {_SEPARATED.join(_SOURCE_NAMES)} FROM state_source WHERE id = %s)",
    "set_id": "(SELECT digest FROM state_set WHERE id = %s)",
    "run": _RUN,
    "app": _RUN,
    "parent": _RUN,
    "body": "in_order(%s)",
}
_SEARCH: Final = """SELECT w.word, s.kind, k.key FROM graph_spelling s
LEFT JOIN graph_word w ON w.id = s.word LEFT JOIN graph_key k ON k.id = s.node"""


def check_state(held: Path, replay: Path) -> CheckReport:
    """Compare the state's file `held` with the one of a replay, table by table. Memory: eight bytes a row."""
    report = CheckReport()
    try:
        with closing(_connect(held)) as ours, closing(_connect(replay)) as wanted:
            for each in (ours, wanted):
                each.create_function("in_order", 1, _in_order, deterministic=True)
            at, whole = _position(ours), _position(wanted)
            if at != whole:
                report.gaps.append(f"{held.name} holds {at} of {whole} entries: its tables could not be compared")
                return report
            for name in TABLES:
                if name not in _PASSING:
                    _compare(held.name, f"state_{name}", _rows_of(ours, name), (ours, wanted), report)
            if _has_search(ours) and _has_search(wanted):  # with another store the index is that one's own
                _compare(held.name, "graph_spelling", _SEARCH, (ours, wanted), report)
    except sqlite3.Error as error:
        report.findings.append(Finding(GRAPH, None, f"{held.name} cannot be read ({error}): damaged or rewritten"))
    if not report.findings:
        report.statements.append("the projector's tables were compared with their replay")
    return report


def _connect(path: Path) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True)
    try:
        connection.execute("BEGIN").execute("SELECT 1 FROM sqlite_schema").fetchone()
        return connection
    except sqlite3.OperationalError:  # a copy in a folder that we may not write
        connection.close()
        return sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)


def _in_order(body: SqlValue) -> SqlValue:
    """What a unit said, in an order of its own: which of its facts stands first is chance. Any other body as it is."""
    try:
        return repr(sorted(decode_output(body).items(), key=repr)) if isinstance(body, bytes) else body
    except (ValueError, LookupError, TypeError, zlib.error):
        return body


def _position(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM state_meta WHERE key = 'position'").fetchone()
    return str(row[0]) if row else "0"


def _has_search(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'graph_spelling'").fetchone() is not None


def _rows_of(connection: sqlite3.Connection, name: str) -> str:
    """The query of a table's rows, numbers read as what they stand for."""
    table = f"state_{name}"
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    told = [
        each if each not in _STANDS_FOR or (name, each) == ("run", "run") else _STANDS_FOR[each] % f"{table}.{each}"
        for each in columns
        if each != "id" or "INTEGER PRIMARY KEY" not in _made_as(connection, table)
    ]
    return f"SELECT {', '.join(told)} FROM {table}"


def _made_as(connection: sqlite3.Connection, table: str) -> str:
    return str(connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0])


def _compare(
    file: str, table: str, query: str, both: tuple[sqlite3.Connection, sqlite3.Connection], report: CheckReport
) -> None:
    ours, wanted = both
    counts: dict[int, int] = {}
    for row in wanted.execute(query):
        counts[hash(row)] = counts.get(hash(row), 0) + 1
    added, added_count = "", 0
    for row in ours.execute(query):
        if counts.get(hash(row), 0):
            counts[hash(row)] -= 1
        else:
            added_count += 1
            added = added or _told(row)
    lacking = sum(counts.values())
    if added_count:
        report.findings.append(
            Finding(
                GRAPH, None, f"{file}: {table} has {added_count} rows that the ledger does not give, such as {added}"
            )
        )
    if lacking:
        first = next(_told(row) for row in wanted.execute(query) if counts.get(hash(row), 0))
        report.findings.append(
            Finding(GRAPH, None, f"{file}: {table} lacks {lacking} rows that the ledger gives, such as {first}")
        )


def _told(row: tuple[object, ...]) -> str:
    return ", ".join(_values(row))[:SHOWN]


def _values(row: tuple[object, ...]) -> Iterator[str]:
    for value in row:
        yield value.hex()[:16] if isinstance(value, bytes) else str(value).replace("\x1f", " ")
