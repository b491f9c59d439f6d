"""The core's way to the engine: a statement in, what it says of columns out, each reading kept.

The one idea: a reading depends on nothing but the statement, its dialect and the schemas that it was given, so equal questions have one
answer; a daily job's statement is parsed once, not each day. (lineage/sql_reading.py has the types: lineage knows no parser.)
"""

import re
from functools import lru_cache

from collectors.sql import analyse
from collectors.sql.answer import Reason, StatementLineage
from lineage.sql_reading import SqlColumn, SqlReading, Tables

READINGS_KEPT_MAX = 4_096  # statements in memory: a big company's daily jobs; a reading takes some 10 kB

_MASKED = re.compile(r"""(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`)|\?""")


@lru_cache(maxsize=READINGS_KEPT_MAX)
def read_columns(query: str, dialect: str, tables: Tables, database: str, schema: str) -> SqlReading:
    """An Analyse (lineage/sql_reading.py). Never raises for a statement, whatever it is: what cannot be read is unresolved."""
    known = {name: dict.fromkeys(columns, "") for name, columns in tables if columns}
    for text in dict.fromkeys((_with_literals(query), query)):
        answer = analyse(
            text, dialect=dialect, schema=known, default_db=database or None, default_schema=schema or None
        )
        if not any(gap.reason is Reason.PARSE_ERROR for gap in answer.unresolved):
            break
    return SqlReading(
        reads=answer.reads,
        writes=answer.writes,
        outputs=answer.outputs,
        columns=tuple(
            SqlColumn(c.source_table, c.source, c.target_table, c.target, c.flow, c.transformation.value, c.masking)
            for c in answer.columns
        ),
        unresolved=tuple(_in_words(answer)),
    )


def _with_literals(query: str) -> str:
    """Masked literals are `?`, which some dialects read as an operator (PostgreSQL's `?::text`): let them be literals again."""
    return _MASKED.sub(lambda found: found["quoted"] or "'?'", query)


def _in_words(answer: StatementLineage) -> list[str]:
    return [f"{gap.reason}: {gap.message}" for gap in answer.unresolved]
