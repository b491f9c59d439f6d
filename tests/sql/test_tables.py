"""Which tables a statement reads and writes, and what happens to them as a whole."""

import pytest

from collectors.sql import analyse

STATEMENTS = [
    ("", "SELECT * FROM a JOIN b ON a.x = b.x WHERE a.y IN (SELECT y FROM c)", "a b c", "", ""),
    ("", "WITH q AS (SELECT * FROM a) SELECT * FROM q JOIN q AS r ON q.x = r.x", "a", "", ""),
    ("", "WITH unused AS (SELECT x FROM a) SELECT y FROM b", "a b", "", ""),
    ("", "SELECT * FROM ((a JOIN b ON a.i = b.i) LEFT JOIN c ON a.i = c.i)", "a b c", "", ""),
    ("", "INSERT INTO a SELECT * FROM a", "a", "a", ""),
    ("", "INSERT INTO a VALUES ((SELECT MAX(x) FROM b))", "b", "a", ""),
    ("", "UPDATE a SET x = x + 1", "", "a", ""),
    ("tsql", "UPDATE p SET p.x = q.x FROM a AS p JOIN b AS q ON p.i = q.i", "b", "a", ""),
    ("mysql", "UPDATE a JOIN b ON a.i = b.i SET b.x = a.x", "a", "b", ""),
    ("", "MERGE INTO a USING b ON a.i = b.i AND a.j IN (SELECT j FROM c) WHEN MATCHED THEN DELETE", "b c", "a", ""),
    ("postgres", "DELETE FROM a USING b WHERE a.i = b.i", "b", "a", ""),
    ("mysql", "DELETE a FROM a JOIN b ON a.i = b.i", "b", "a", ""),
    ("", "TRUNCATE TABLE a", "", "a", "TRUNCATE a"),
    ("", "DROP TABLE IF EXISTS s.a", "", "", "DROP s.a"),
    ("", "CREATE TABLE a LIKE b", "b", "a", "CREATE a b"),
    ("snowflake", "CREATE TABLE a CLONE b", "b", "a", "CREATE a b"),
    ("snowflake", "CREATE STREAM s ON TABLE a APPEND_ONLY = TRUE", "a", "s", "CREATE s"),
    ("snowflake", "ALTER TABLE a SWAP WITH b", "b", "a", "SWAP a b"),
    ("postgres", "ALTER TABLE s.a RENAME TO b", "", "", "RENAME s.a s.b"),
    ("mysql", "RENAME TABLE a TO b, c TO d", "", "", "RENAME a b; RENAME c d"),
    ("hive", "ALTER TABLE a EXCHANGE PARTITION (p = 1) WITH TABLE b", "b", "a", "SWAP a b"),
    ("postgres", "ALTER TABLE a ADD COLUMN x INT", "", "", "ALTER a"),
    ("spark", "INSERT OVERWRITE TABLE a SELECT * FROM b", "b", "a", "OVERWRITE a"),
    ("spark", "INSERT OVERWRITE DIRECTORY 's3://x/y' SELECT * FROM b", "b", "s3://x/y", "OVERWRITE s3://x/y"),
    ("spark", "SELECT * FROM parquet.`s3://x/y`", "s3://x/y", "", ""),
    ("duckdb", "SELECT * FROM read_parquet('x/y.parquet')", "x/y.parquet", "", ""),
    ("duckdb", "COPY (SELECT x FROM a) TO 'y.csv'", "a", "y.csv", ""),
    ("postgres", "COPY a FROM 's3://x'", "s3://x", "a", ""),
    ("snowflake", "COPY INTO a FROM @st/2026/ FILE_FORMAT = (TYPE = CSV)", "@st", "a", ""),
    ("snowflake", "COPY INTO a FROM (SELECT $1 FROM @st/f.csv) PATTERN = '.*' ON_ERROR = CONTINUE", "@st", "a", ""),
    ("redshift", "UNLOAD ('SELECT x FROM a WHERE y = ''1''') TO 's3://z' IAM_ROLE 'r'", "a", "s3://z", ""),
    ("hive", "LOAD DATA INPATH '/x' OVERWRITE INTO TABLE a", "/x", "a", "OVERWRITE a"),
    ("bigquery", "EXPORT DATA OPTIONS (uri = 'gs://b/*.csv') AS SELECT x FROM a", "a", "gs://b/*.csv", ""),
    ("bigquery", "SELECT * FROM `p.d.t$20260101`", "p.d.t", "", ""),
    ("clickhouse", "CREATE MATERIALIZED VIEW m TO a AS SELECT x FROM b", "b", "a", "CREATE m"),
    ("snowflake", "CREATE TASK k WAREHOUSE = w AS INSERT INTO a SELECT x FROM b", "b", "a", ""),
    ("mysql", "REPLACE INTO a (x) SELECT y FROM b", "b", "a", ""),
    ("postgres", "WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone", "", "b a", ""),
    ("snowflake", "SHOW TABLES", "", "", ""),
    ("postgres", "ANALYZE a", "", "", ""),
    ("snowflake", "GRANT SELECT ON TABLE a TO ROLE r", "", "", ""),
    ("", "USE db1; INSERT INTO a SELECT x FROM b", "db1.b", "db1.a", ""),
    ("tsql", "insert into a select * from b insert into c select * from d", "b d", "a c", ""),
    ("tsql", "SELECT * INTO a FROM b UNION ALL SELECT * FROM c", "b c", "a", "CREATE a"),
]


@pytest.mark.parametrize(
    ("dialect", "sql", "reads", "writes", "lifecycle"), STATEMENTS, ids=[s[1][:60] for s in STATEMENTS]
)
def test_tables_read_and_written(dialect: str, sql: str, reads: str, writes: str, lifecycle: str) -> None:
    """Each statement reads and writes exactly these tables, and these things happen to them."""
    answer = analyse(sql, dialect=dialect)
    assert answer.reads == tuple(reads.split())
    assert set(answer.writes) == set(writes.split())
    assert "; ".join(" ".join(filter(None, (e.action, e.table, e.other))) for e in answer.lifecycle) == lifecycle


def test_unqualified_names_fall_into_the_defaults() -> None:
    """One part takes schema and database, two take the database, three stay."""
    answer = analyse("SELECT * FROM a, s.b, d.s.c", dialect="snowflake", default_db="db", default_schema="sc")
    assert answer.reads == ("db.sc.a", "db.s.b", "d.s.c")


def test_a_cte_is_no_table() -> None:
    """A CTE's name never comes out as a table, nor hides a table of another schema."""
    answer = analyse("WITH a AS (SELECT x FROM b) SELECT a.x, s.a.y FROM a JOIN s.a ON a.x = s.a.x", dialect="postgres")
    assert answer.reads == ("b", "s.a")
    assert {(e.source_table, e.source) for e in answer.columns if e.target} == {("b", "x"), ("s.a", "y")}
