"""Mutated statements: whatever the text, an answer comes, within its budget, and no fault hides in it."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.sql import StatementLineage, analyse
from collectors.sql.script import FAULT

SEEDS = (
    ("postgres", "WITH RECURSIVE r AS (SELECT a, b FROM t UNION ALL SELECT r.a, u.d FROM u JOIN r ON u.i = r.a) SELECT * "
     "FROM r WHERE a IN (SELECT 1)"),
    ("snowflake", "SELECT * EXCLUDE (a) RENAME (b AS c), f.value:x.y::string AS z FROM t, LATERAL FLATTEN(input => t.j) f "
     "QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1"),
    ("bigquery", "SELECT s.*, ARRAY(SELECT x FROM UNNEST(s.items) AS x WITH OFFSET AS o) FROM `p.d.t` AS s PIVOT (SUM(v) "
     "AS q FOR k IN ('a' AS a, 'b'))"),
    ("tsql", "CREATE PROCEDURE p AS BEGIN IF EXISTS (SELECT 1 FROM f) BEGIN SELECT a INTO #t FROM s END ELSE UPDATE x "
     "SET x.a += 1 FROM y AS x CROSS APPLY g(x.b) END"),
    ("oracle", "MERGE INTO t USING (SELECT a, b FROM s) q ON (t.a = q.a) WHEN MATCHED THEN UPDATE SET t.b = q.b DELETE "
     "WHERE q.b > 1 WHEN NOT MATCHED THEN INSERT (a, b) VALUES (q.a, q.b)"),
    ("hive", "FROM t LATERAL VIEW explode(m) e AS k, v INSERT OVERWRITE TABLE a PARTITION (d = '1', h) SELECT k, v "
     "INSERT INTO TABLE b SELECT * WHERE k > 1"),
    ("duckdb", "SELECT COLUMNS('a.*'), t.* REPLACE (a + 1 AS a) FROM t NATURAL JOIN u UNION ALL BY NAME FROM "
     "read_parquet('x') UNPIVOT (v FOR n IN (a, b))"),
    ("clickhouse", "CREATE MATERIALIZED VIEW m TO d AS SELECT arrayJoin(a) AS x, sumIf(b, c) FROM t FINAL ARRAY JOIN l AS y "
     "GROUP BY x WITH TOTALS"),
    ("mysql", "INSERT INTO t (a, b) SELECT x, y FROM s AS new ON DUPLICATE KEY UPDATE a = VALUES(a), b = new.y; DELETE "
     "q FROM q JOIN r USING (i)"),
    ("redshift", "UNLOAD ('SELECT a FROM t') TO 's3://b'; COPY t (a) FROM 's3://c' IAM_ROLE 'r'; ALTER TABLE a RENAME TO "
     "b; {{ macro }}"),
)  # fmt: skip
DIALECTS = sorted({dialect for dialect, _ in SEEDS} | {"", "spark", "databricks", "teradata", "trino"})
WORDS = re.compile(r"\w+|'[^']*'|\s+|.", re.DOTALL)
POOL = sorted({word for _, sql in SEEDS for word in WORDS.findall(sql)})


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A seed with words dropped, doubled, exchanged, replaced by others, or cut off; perhaps in a wrong dialect."""
    dialect, sql = draw(st.sampled_from(SEEDS))
    words = WORDS.findall(sql)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(0, len(words) - 1)))
        match draw(st.sampled_from(["drop", "double", "swap", "other", "cut", "repeat"])):
            case "drop":
                del words[at : at + 1]
            case "double":
                words[at:at] = words[at : at + 1]
            case "swap" if words:
                other = draw(st.integers(0, len(words) - 1))
                words[at], words[other] = words[other], words[at]
            case "other":
                words[at : at + 1] = [draw(st.sampled_from(POOL))]
            case "cut":
                words = words[:at]
            case "repeat":
                words[at:at] = words[at : at + draw(st.integers(1, 30))]
    return (dialect if draw(st.booleans()) else draw(st.sampled_from(DIALECTS))), "".join(words)


@given(mutated(), st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_text_has_an_answer(case: tuple[str, str], with_schema: bool) -> None:
    """No exception, no fault of the engine's own, and the same answer twice."""
    dialect, sql = case
    schema = {"t": ["a", "b", "j", "items"], "u": ["i", "d"]} if with_schema else None
    answer = analyse(sql, dialect=dialect, schema=schema)
    assert isinstance(answer, StatementLineage)
    assert not [problem for problem in answer.unresolved if FAULT in problem.message]
    assert analyse(sql, dialect=dialect, schema=schema) == answer


@given(st.text(max_size=200), st.sampled_from(DIALECTS))
@settings(max_examples=200, deadline=None)
def test_any_characters_have_an_answer(text: str, dialect: str) -> None:
    """Text that is no SQL at all."""
    assert isinstance(analyse(text, dialect=dialect), StatementLineage)
