"""Scripts, blocks and procedures: split into their statements, temporary tables looked through."""

import pytest

from collectors.sql import Kind, Reason, analyse
from lineage.facts import Flow

SCRIPTS = {
    "T-SQL without semicolons, both branches of an IF, a temporary table": (
        "tsql",
        """CREATE PROCEDURE dbo.load @d DATE AS
        BEGIN
          SET NOCOUNT ON;
          IF EXISTS (SELECT 1 FROM flags WHERE f = 1)
          BEGIN
            SELECT a, b INTO #tmp FROM src WHERE d = @d
            INSERT INTO dst (a, b) SELECT a, b FROM #tmp
          END
          ELSE
            INSERT INTO dst (a) SELECT z FROM other
          UPDATE dst SET b = s.q FROM dst INNER JOIN s ON s.a = dst.a
          DROP TABLE #tmp
        END""",
        {"flags", "src", "other", "s"},
        {"dst"},
        {"dst.a<-src.a", "dst.b<-src.b", "dst.a<-other.z", "dst.b<-s.q"},
    ),
    "Snowflake scripting in dollar quotes, with a cursor, a loop and an exception": (
        "snowflake",
        """CREATE OR REPLACE PROCEDURE p(x VARCHAR) RETURNS STRING LANGUAGE SQL AS
        $$
        DECLARE n INT DEFAULT 0; c CURSOR FOR SELECT id FROM cur_t;
        BEGIN
          CREATE OR REPLACE TEMPORARY TABLE tmp AS SELECT a, b FROM src;
          LET m := (SELECT MAX(a) FROM mm);
          IF (n > 0) THEN
            INSERT INTO dst SELECT a, b FROM tmp;
          ELSEIF (n < 0) THEN
            MERGE INTO dst USING s2 ON dst.a = s2.a WHEN MATCHED THEN UPDATE SET b = s2.b;
          END IF;
          FOR r IN c DO INSERT INTO log (x) VALUES (r.id); END FOR;
          EXECUTE IMMEDIATE 'INSERT INTO dyn SELECT q FROM w';
          RETURN 'ok';
        EXCEPTION WHEN OTHER THEN
          INSERT INTO err SELECT e FROM e0;
        END;
        $$""",
        {"cur_t", "src", "mm", "s2", "w", "e0"},
        {"dst", "log", "dyn", "err"},
        {"dst.a<-src.a", "dst.b<-src.b", "dst.b<-s2.b", "log.x<-cur_t.id", "dyn.q<-w.q", "err.e<-e0.e"},
    ),
    "PL/pgSQL: the record of a loop carries its query's columns": (
        "postgres",
        """CREATE FUNCTION f() RETURNS void AS $$
        DECLARE r RECORD; n INT;
        BEGIN
          SELECT COUNT(*) INTO n FROM counted;
          FOR r IN SELECT id, y FROM q LOOP
            INSERT INTO a (x) VALUES (r.y);
          END LOOP;
          IF NOT EXISTS (SELECT 1 FROM chk) THEN UPDATE a SET x = 1; END IF;
        END; $$ LANGUAGE plpgsql;""",
        {"counted", "q", "chk"},
        {"a"},
        {"a.x<-q.y"},
    ),
    "a DO block": ("postgres", "DO $$ BEGIN INSERT INTO a SELECT b FROM c; END $$", {"c"}, {"a"}, {"a.b<-c.b"}),
    "BigQuery scripting": (
        "bigquery",
        """BEGIN
          DECLARE x INT64 DEFAULT (SELECT MAX(a) FROM m);
          CREATE TEMP TABLE tt AS SELECT a AS k FROM s;
          IF x > 1 THEN INSERT INTO d (k) SELECT k FROM tt; ELSE INSERT INTO d (k) SELECT z FROM y; END IF;
          WHILE x < 10 DO SET x = x + 1; INSERT INTO w (q) SELECT k FROM tt; END WHILE;
        EXCEPTION WHEN ERROR THEN SELECT 1;
        END""",
        {"m", "s", "y"},
        {"d", "w"},
        {"d.k<-s.a", "d.k<-y.z", "w.q<-s.a"},
    ),
    "PL/SQL: declarations before BEGIN, SELECT INTO a variable, a query's loop": (
        "oracle",
        """CREATE OR REPLACE PROCEDURE p (x IN NUMBER) IS
          v NUMBER;
          CURSOR c IS SELECT id FROM cc;
        BEGIN
          SELECT MAX(a) INTO v FROM mm;
          FOR r IN (SELECT a, b FROM looped) LOOP
            INSERT INTO t (a) VALUES (r.a);
          END LOOP;
          INSERT INTO t2 (a) SELECT a FROM s;
          COMMIT;
        EXCEPTION WHEN OTHERS THEN NULL;
        END p;""",
        {"cc", "mm", "looped", "s"},
        {"t", "t2"},
        {"t.a<-looped.a", "t2.a<-s.a"},
    ),
    "MySQL": (
        "mysql",
        """CREATE PROCEDURE p() BEGIN
          DECLARE cur CURSOR FOR SELECT id FROM q;
          INSERT INTO a (x) SELECT y FROM b;
          IF 1 = 1 THEN DELETE FROM a WHERE x = 1; END IF;
        END""",
        {"q", "b"},
        {"a"},
        {"a.x<-b.y"},
    ),
    "Databricks": (
        "databricks",
        "BEGIN DECLARE v INT DEFAULT 1; IF v > 0 THEN INSERT INTO a SELECT b FROM c; END IF; END",
        {"c"},
        {"a"},
        {"a.b<-c.b"},
    ),
    "a staging table made LIKE its target": (
        "redshift",
        "CREATE TEMP TABLE st (LIKE tgt); INSERT INTO st SELECT a, b FROM src; INSERT INTO tgt SELECT * FROM st",
        {"src"},
        {"tgt"},
        {"tgt.a<-src.a", "tgt.b<-src.b"},
    ),
}


@pytest.mark.parametrize("title", SCRIPTS)
def test_script(title: str) -> None:
    """A script's statements are found in their frames, and what passes a temporary table comes from behind it."""
    dialect, sql, reads, writes, wanted = SCRIPTS[title]
    answer = analyse(sql, dialect=dialect)
    values = {
        f"{e.target_table}.{e.target}<-{e.source_table}.{e.source}"
        for e in answer.columns
        if e.flow is Flow.VALUE and e.target
    }
    assert (set(answer.reads) - {"dst"}, set(answer.writes)) == (reads, writes)
    assert {edge for edge in values if not edge.startswith("None")} == wanted
    assert not answer.unresolved


def test_one_broken_statement_costs_one_statement() -> None:
    """The rest of a script is answered, and the broken part says where it breaks."""
    answer = analyse("SELECT a FROM t;\nSELEC oops FROM;\nINSERT INTO u (a) SELECT b FROM v", dialect="postgres")
    assert (answer.reads, answer.writes) == (("t", "v"), ("u",))
    [problem] = answer.unresolved
    assert problem.reason is Reason.PARSE_ERROR
    assert problem.place is not None
    assert problem.place.line == 2


def test_a_script_keeps_its_statements() -> None:
    """A script's answer is a union; each statement's own is inside."""
    answer = analyse("CREATE TABLE a AS SELECT x FROM b; CREATE TABLE c AS SELECT * FROM a", dialect="")
    assert answer.kind is Kind.SCRIPT
    assert [part.reads for part in answer.statements] == [("b",), ("a",)]
    assert [(e.source_table, e.source) for e in answer.statements[1].columns] == [("a", "x")]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("snowflake", "EXECUTE IMMEDIATE :statement"),
        ("tsql", "EXEC (@sql)"),
        ("tsql", "EXEC sp_executesql @sql, N'@x INT', @x = 1"),
        ("postgres", "DO $$ BEGIN EXECUTE format('insert into %I select 1', t); END $$"),
        ("bigquery", "EXECUTE IMMEDIATE CONCAT('DROP TABLE ', name)"),
    ],
)
def test_dynamic_sql_is_told_as_such(dialect: str, sql: str) -> None:
    """SQL that is put together while it runs is no silence: it is unresolved for that reason."""
    assert Reason.DYNAMIC_SQL in {problem.reason for problem in analyse(sql, dialect=dialect).unresolved}


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("tsql", "EXEC ('INSERT INTO a SELECT b FROM c')"),
        ("oracle", "BEGIN EXECUTE IMMEDIATE 'insert into a select b from c'; END;"),
    ],
)
def test_dynamic_sql_that_is_one_literal_is_read(dialect: str, sql: str) -> None:
    """A literal is the statement that runs."""
    answer = analyse(sql, dialect=dialect)
    assert (answer.reads, answer.writes) == (("c",), ("a",))
