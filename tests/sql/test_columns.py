"""Which columns each output comes from, in every form of query and statement that the engine takes.

A line is a statement and its edges, `target<-source,source`; only what is inside the output's expression counts here (conditions of CASE
and keys of windows do, WHERE does not). Tables come with their schema where a star or a join needs it.
"""

import pytest

from collectors.sql import StatementLineage, Transformation, analyse

SCHEMA = {"t": ["id", "a", "b", "c"], "u": ["id", "d", "e"], "db.x": ["p", "q"]}
DECIDES_ABOUT_ROWS = {Transformation.FILTER, Transformation.JOIN, Transformation.GROUP_BY, Transformation.SORT}

# fmt: off
STATEMENTS = [
    ('', SCHEMA, 'SELECT * FROM t JOIN u USING (id)', 'id<-t.id a<-t.a b<-t.b c<-t.c d<-u.d e<-u.e'),
    ('', SCHEMA, 'SELECT * FROM t FULL JOIN u USING (id)', 'id<-t.id,u.id a<-t.a b<-t.b c<-t.c d<-u.d e<-u.e'),
    ('', SCHEMA, 'SELECT id, x.d FROM t RIGHT JOIN u x USING (id)', 'id<-u.id d<-u.d'),
    ('bigquery', SCHEMA, 'SELECT * EXCEPT (a) FROM t', 'id<-t.id b<-t.b c<-t.c'),
    ('duckdb', SCHEMA, 'SELECT * REPLACE (a+b AS a) FROM t', 'id<-t.id a<-t.a,t.b b<-t.b c<-t.c'),
    ('postgres', SCHEMA,
     'WITH RECURSIVE r AS (SELECT id, a FROM t UNION ALL SELECT u.d, r.a FROM u JOIN r ON u.id = r.id) SELECT * FROM r',
     'id<-t.id,u.d a<-t.a'),
    ('tsql', SCHEMA, 'WITH r(x, y) AS (SELECT id, a FROM t UNION ALL SELECT y, x FROM r) SELECT x FROM r', 'x<-t.id,t.a'),
    ('postgres', SCHEMA, 'WITH t AS (SELECT * FROM t) SELECT a FROM t', 'a<-t.a'),
    ('duckdb', SCHEMA, 'SELECT a FROM t UNION BY NAME SELECT e AS a, d FROM u', 'a<-t.a,u.e d<-u.d'),
    ('bigquery', None, 'SELECT s.f.g AS x FROM t', 'x<-t.s'),
    ('bigquery', None, 'SELECT t.s.f AS x FROM t', 'x<-t.s'),
    ('spark', None, 'SELECT t.s.f AS x FROM t', 'x<-t.s'),
    ('bigquery', None, 'SELECT item.name FROM orders o, UNNEST(o.items) AS item', 'name<-orders.items'),
    ('bigquery', None, 'SELECT o.id, i.name FROM orders o LEFT JOIN UNNEST(o.items) AS i', 'id<-orders.id name<-orders.items'),
    ('bigquery', None, 'SELECT id, i.sku FROM orders o, o.items i', 'id<-orders.id sku<-orders.items'),
    ('spark', None, 'SELECT name, score FROM t LATERAL VIEW explode(scores) s AS score', 'name<-t.name score<-t.scores'),
    ('hive', None, 'SELECT k, v FROM t LATERAL VIEW explode(m) s AS k, v', 'k<-t.m v<-t.m'),
    ('tsql', None, "SELECT x.value, t.id FROM t CROSS APPLY STRING_SPLIT(t.tags, ',') x", 'value<-t.tags id<-t.id'),
    ('tsql', None, 'SELECT t.id, z.m FROM t OUTER APPLY (SELECT MAX(d) AS m FROM u WHERE u.id = t.id) z', 'id<-t.id m<-u.d'),
    ('trino', None, 'SELECT id, elem FROM t CROSS JOIN UNNEST(arr) AS x(elem)', 'id<-t.id elem<-t.arr'),
    ('snowflake', None, 'SELECT e.value:name::string n FROM t, TABLE(FLATTEN(input => t.j)) e', 'n<-t.j'),
    ('postgres', SCHEMA, 'SELECT a, LAG(b) OVER w AS l FROM t WINDOW w AS (PARTITION BY c ORDER BY id)', 'a<-t.a l<-t.b,t.c,t.id'),
    ('postgres', SCHEMA, "SELECT STRING_AGG(a, ',' ORDER BY b) x FROM t", 'x<-t.a,t.b'),
    ('postgres', SCHEMA, 'SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a) x FROM t', 'x<-t.a'),
    ('', SCHEMA, 'SELECT (SELECT MAX(d) FROM u WHERE u.id = t.id) m FROM t', 'm<-u.d'),
    ('postgres', SCHEMA, 'SELECT EXISTS (SELECT 1 FROM u WHERE u.id = t.id) m, a IN (SELECT d FROM u) i FROM t', 'i<-t.a,u.d'),
    ('', SCHEMA, 'INSERT INTO u SELECT a, b, c FROM t', 'id<-t.a d<-t.b e<-t.c'),
    ('', SCHEMA, 'INSERT INTO u (e, d) SELECT a, b FROM t', 'e<-t.a d<-t.b'),
    ('', SCHEMA, 'INSERT INTO u (e, d) (SELECT a, b FROM t)', 'e<-t.a d<-t.b'),
    ('spark', {"p": ["x", "d", "y"], "t": ["a", "b", "c"]},
     'INSERT OVERWRITE TABLE p PARTITION (d) SELECT a, b, c FROM t',
     'x<-t.a y<-t.b d<-t.c'),
    ('snowflake', SCHEMA,
     'INSERT ALL WHEN a > 1 THEN INTO u (id) VALUES (b) ELSE INTO w (z) VALUES (c) SELECT a, b, c FROM t',
     'u.id<-t.b w.z<-t.c'),
    ('hive', None, 'FROM t INSERT OVERWRITE TABLE w SELECT a INSERT INTO TABLE v SELECT b WHERE c > 1', 'w.a<-t.a v.b<-t.b'),
    ('postgres', SCHEMA,
     'INSERT INTO u (id, d) SELECT id, a FROM t ON CONFLICT (id) DO UPDATE SET d = excluded.d, e = u.e',
     'id<-t.id d<-t.a e<-u.e'),
    ('mysql', SCHEMA, 'INSERT INTO u (id, d) SELECT id, a FROM t ON DUPLICATE KEY UPDATE d = VALUES(d)', 'id<-t.id d<-t.a'),
    ('mysql', SCHEMA, 'REPLACE INTO u (id) SELECT a FROM t', 'id<-t.a'),
    ('', SCHEMA, 'CREATE VIEW v (x, y) AS SELECT a, b FROM t', 'x<-t.a y<-t.b'),
    ('clickhouse', SCHEMA, 'CREATE MATERIALIZED VIEW mv TO dst AS SELECT a AS d FROM t', 'dst.d<-t.a'),
    ('snowflake', SCHEMA, "CREATE OR REPLACE DYNAMIC TABLE d TARGET_LAG = '1 minute' WAREHOUSE = w AS SELECT a FROM t", 'a<-t.a'),
    ('', SCHEMA,
     'MERGE INTO u USING t ON u.id = t.id WHEN MATCHED AND t.a > 1 THEN UPDATE SET d = t.a, e = u.d WHEN NOT '
     'MATCHED THEN INSERT (id, d) VALUES (t.id, t.b)',
     'd<-t.a,t.b e<-u.d id<-t.id'),
    ('databricks', {"u": ["id", "a"], "t": ["id", "a", "z"]},
     'MERGE INTO u USING t ON u.id = t.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *',
     'id<-t.id a<-t.a'),
    ('bigquery', SCHEMA,
     'MERGE INTO u USING (SELECT id, a AS d, b AS e FROM t) s ON u.id = s.id WHEN NOT MATCHED THEN INSERT ROW',
     'id<-t.id d<-t.a e<-t.b'),
    ('', SCHEMA, 'MERGE INTO u USING t ON u.id = t.id WHEN NOT MATCHED THEN INSERT VALUES (t.id, t.a, t.b)', 'id<-t.id d<-t.a e<-t.b'),
    ('postgres', SCHEMA, 'UPDATE u SET d = t.a FROM t WHERE t.id = u.id', 'd<-t.a'),
    ('mysql', SCHEMA, 'UPDATE u JOIN t ON u.id = t.id SET u.d = t.a', 'd<-t.a'),
    ('mysql', SCHEMA, 'UPDATE t JOIN u ON u.id = t.id SET u.d = t.a', 'u.d<-t.a'),
    ('oracle', SCHEMA, 'UPDATE u SET (d, e) = (SELECT a, b FROM t WHERE t.id = u.id)', 'd<-t.a e<-t.b'),
    ('', SCHEMA, 'UPDATE u SET d = (SELECT a FROM t WHERE t.id = u.id)', 'd<-t.a'),
    ('tsql', SCHEMA, 'UPDATE x SET x.d = y.a FROM u AS x INNER JOIN t AS y ON x.id = y.id', 'u.d<-t.a'),
    ('tsql', SCHEMA, 'UPDATE u SET d += e', 'd<-u.d,u.e'),
    ('postgres', SCHEMA, 'WITH s AS (SELECT id, a FROM t) UPDATE u SET d = s.a FROM s WHERE s.id = u.id', 'd<-t.a'),
    ('tsql', SCHEMA, 'SELECT a, b INTO w FROM t', 'w.a<-t.a w.b<-t.b'),
    ('snowflake', SCHEMA, 'COPY INTO @stage/x FROM (SELECT a FROM t)', '@stage.a<-t.a'),
    ('redshift', SCHEMA, "UNLOAD ('SELECT a FROM t') TO 's3://b/x' IAM_ROLE 'r'", 'a<-t.a'),
    ('bigquery', SCHEMA,
     "SELECT * FROM t PIVOT (SUM(a) AS s, MAX(c) AS m FOR b IN ('x' AS x, 'y' AS y))",
     'id<-t.id s_x<-t.a m_x<-t.c s_y<-t.a m_y<-t.c'),
    ('bigquery', SCHEMA, 'SELECT * FROM t UNPIVOT (v FOR n IN (a, b))', 'id<-t.id c<-t.c v<-t.a,t.b n<-t.a,t.b'),
    ('', SCHEMA, 'SELECT CASE WHEN a > 1 THEN b ELSE c END x FROM t', 'x<-t.a,t.b,t.c'),
    ('oracle', SCHEMA, 'SELECT DECODE(a, 1, b, c) x FROM t', 'x<-t.a,t.b,t.c'),
    ('snowflake', SCHEMA, 'SELECT IFF(a > 1, b, c) x, NVL2(a, b, c) y, ZEROIFNULL(a) z FROM t', 'x<-t.a,t.b,t.c y<-t.a,t.b,t.c z<-t.a'),
    ('snowflake', None, 'SELECT a AS x, x + 1 AS y FROM t', 'x<-t.a y<-t.a'),
    ('postgres', None, 'SELECT a AS x, x + 1 AS y FROM t', 'x<-t.a y<-t.x'),
    ('spark', None, 'SELECT TRANSFORM(arr, v -> v + b) x FROM t', 'x<-t.arr,t.b'),
    ('', SCHEMA, 'SELECT COUNT(*) n, COUNT(DISTINCT a) m FROM t', 'm<-t.a'),
    ('', SCHEMA, 'SELECT t.* , u.d FROM t, u', 'id<-t.id a<-t.a b<-t.b c<-t.c d<-u.d'),
    ('postgres', None, 'SELECT * FROM (VALUES (1, 2)) v(x, y)', ''),
    ('postgres', SCHEMA, 'SELECT (SELECT x.a) AS z FROM t x', 'z<-t.a'),
    ('', SCHEMA, 'SELECT a FROM t INTERSECT SELECT d FROM u', 'a<-t.a,u.d'),
    ('', SCHEMA, '(SELECT a FROM t) UNION ALL (SELECT d FROM u) ORDER BY 1', 'a<-t.a,u.d'),
    ('', SCHEMA, 'SELECT q.z FROM (SELECT a z FROM t UNION SELECT d FROM u) q', 'z<-t.a,u.d'),
    ('postgres', SCHEMA, 'SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, c', 'a<-t.a b<-t.b'),
    ('snowflake', SCHEMA, 'SELECT a FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY b ORDER BY c) = 1', 'a<-t.a'),
    ('postgres', None, "SELECT JSON_VALUE(j, '$.x') x, j->>'y' y, j #>> '{a,b}' z FROM t", 'x<-t.j y<-t.j z<-t.j'),
    ('postgres', None, "SELECT EXTRACT(YEAR FROM d) y, DATE_TRUNC('month', d) m, d + INTERVAL '1 day' n FROM t", 'y<-t.d m<-t.d n<-t.d'),
    ('tsql', None, 'SELECT DATEADD(day, 1, d) x, DATEDIFF(day, d, e) y FROM t', 'x<-t.d y<-t.d,t.e'),
    ('bigquery', SCHEMA, 'SELECT STRUCT(a AS x, b AS y) s FROM t', 's<-t.a,t.b'),
    ('bigquery', SCHEMA, 'SELECT AS STRUCT a, b FROM t', 'a<-t.a b<-t.b'),
    ('postgres', SCHEMA, 'SELECT GROUPING(a) g, a FROM t GROUP BY ROLLUP(a)', 'g<-t.a a<-t.a'),
    ('', SCHEMA, 'SELECT p FROM db.x', 'p<-db.x.p'),
    ('', SCHEMA, 'SELECT x.p FROM db.x', 'p<-db.x.p'),
    ('', SCHEMA, 'SELECT db.x.p FROM db.x', 'p<-db.x.p'),
    ('databricks', SCHEMA, 'SELECT a FROM t VERSION AS OF 3', 'a<-t.a'),
    ('snowflake', SCHEMA,
     'SELECT FIRST_VALUE(a) IGNORE NULLS OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) x FROM t',
     'x<-t.a,t.b,t.c'),
    ('mysql', None, "SELECT j.x FROM t, JSON_TABLE(t.doc, '$[*]' COLUMNS (x INT PATH '$.x')) AS j", 'x<-t.doc'),
    ('clickhouse', None, 'SELECT arrayJoin(arr) AS x, id FROM t', 'x<-t.arr id<-t.id'),
    ('clickhouse', None, 'SELECT id, x FROM t ARRAY JOIN arr AS x', 'id<-t.id x<-t.arr'),
    ('', None, 'INSERT INTO dst SELECT a, b FROM t LIMIT 10', 'a<-t.a b<-t.b'),
    ('', SCHEMA, 'CREATE TABLE w AS SELECT t.*, u.d AS dd FROM t LEFT JOIN u ON t.id = u.id', 'id<-t.id a<-t.a b<-t.b c<-t.c dd<-u.d'),
    ('hive', SCHEMA, "CREATE TABLE w COMMENT 'x' STORED AS PARQUET AS SELECT a FROM t", 'a<-t.a'),
    ('databricks', SCHEMA, "CREATE TABLE w USING delta PARTITIONED BY (a) LOCATION 's3://x' AS SELECT a FROM t", 'a<-t.a'),
    ('', SCHEMA, 'SELECT a FROM t WHERE b IN (SELECT d FROM u) GROUP BY a HAVING MAX(c) > 1 ORDER BY a', 'a<-t.a'),
    ('', SCHEMA, "SELECT CASE a WHEN 1 THEN 'x' ELSE b END z FROM t", 'z<-t.a,t.b'),
    ('', SCHEMA, 'SELECT COALESCE(x.a, y.d) z FROM t x FULL OUTER JOIN u y ON x.id = y.id', 'z<-t.a,u.d'),
    ('oracle', SCHEMA, 'SELECT MAX(a) KEEP (DENSE_RANK FIRST ORDER BY b) x FROM t', 'x<-t.a,t.b'),
    ('snowflake', SCHEMA, "SELECT LISTAGG(a, ',') WITHIN GROUP (ORDER BY b) x FROM t", 'x<-t.a,t.b'),
    ('oracle', SCHEMA, 'SELECT LEVEL l, CONNECT_BY_ROOT a r FROM t CONNECT BY PRIOR id = c', 'r<-t.a'),
    ('postgres', SCHEMA, 'SELECT SUM(a) FILTER (WHERE b > 1) x FROM t', 'x<-t.a,t.b'),
    ('postgres', SCHEMA, 'SELECT * FROM (SELECT a, b FROM t) s (x, y)', 'x<-t.a y<-t.b'),
    ('', SCHEMA, 'SELECT t1.a FROM t t1 LEFT JOIN t t2 ON t1.id = t2.id', 'a<-t.a'),
    ('tsql', SCHEMA, 'SELECT TOP 10 WITH TIES a FROM t ORDER BY b', 'a<-t.a'),
    ('postgres', SCHEMA, 'SELECT t.a FROM t, LATERAL (SELECT u.d FROM u WHERE u.id = t.id) x', 'a<-t.a'),
    ('oracle', None, 'SELECT a, b FROM t WHERE ROWNUM < 5', 'a<-t.a b<-t.b'),
    ('', SCHEMA, 'SELECT ROW_NUMBER() OVER (ORDER BY a) AS rn FROM t', 'rn<-t.a'),
    ('', SCHEMA, 'SELECT SUM(x) s FROM (SELECT a * b AS x FROM t) q', 's<-t.a,t.b'),
    ("snowflake", None, "COPY INTO u (id, d) FROM (SELECT s.$1, $2 FROM @st/f.csv s)", "id<-@st.$1 d<-@st.$2"),
    ("snowflake", SCHEMA, "SELECT $2 AS x FROM t", "x<-t.a"),
    ("hive", None, "SELECT TRANSFORM (a, b) USING 'x' AS (c, d) FROM t", "c<-t.a,t.b d<-t.a,t.b"),
    ("clickhouse", SCHEMA, "WITH 1 AS x, max(b) AS y SELECT a + x AS z FROM t", "z<-t.a"),
    ("teradata", SCHEMA, "SELECT a (DATE), coalesce(b, 0) (DECIMAL(18, 2)) (NAMED x), c (TITLE 'C') FROM t", "a<-t.a x<-t.b c<-t.c"),
    ("teradata", SCHEMA, "UPDATE u FROM t SET d = t.a WHERE u.id = t.id", "d<-t.a"),
    ("redshift", None, "SELECT c.relkind::\"char\" AS k FROM pg_class c", "k<-pg_class.relkind"),
    ("snowflake", SCHEMA, "SELECT a FROM IDENTIFIER('t')", "a<-t.a"),
]
# fmt: on


def edges(answer: StatementLineage, *, with_table: bool) -> dict[str, set[str]]:
    """Target column -> its sources."""
    found: dict[str, set[str]] = {}
    for edge in answer.columns:
        if edge.target is None or edge.transformation in DECIDES_ABOUT_ROWS:
            continue
        target = f"{edge.target_table}.{edge.target}" if with_table else edge.target
        found.setdefault(target, set()).add(f"{edge.source_table}.{edge.source}" if edge.source_table else edge.source)
    return found


@pytest.mark.parametrize(
    ("dialect", "schema", "sql", "expected"), STATEMENTS, ids=[f"{s[0]}: {s[2][:90]}" for s in STATEMENTS]
)
def test_columns_come_from(dialect: str, schema: dict[str, list[str]] | None, sql: str, expected: str) -> None:
    """Each output column comes from exactly these columns."""
    wanted = {line.split("<-")[0]: set(line.split("<-")[1].split(",")) for line in expected.split()}
    answer = analyse(sql, dialect=dialect, schema=schema)
    assert edges(answer, with_table="." in expected.split("<-")[0]) == wanted
    assert not [problem for problem in answer.unresolved if problem.reason in ("PARSE_ERROR", "AMBIGUOUS", "STAR")]


def test_names_are_spelled_as_the_schema_spells_them() -> None:
    """Case does not part a column from itself; the schema's spelling is shown."""
    answer = analyse("SELECT T.ID, t.Id FROM T", dialect="", schema={"T": ["Id"]})
    assert {(e.source_table, e.source) for e in answer.columns} == {("T", "Id")}


def test_a_column_list_renames_by_position_on_both_sides_of_a_star() -> None:
    """Around a star whose columns nobody knows, positions count from the front and from the back."""
    answer = analyse("INSERT INTO w (a, b, c, d) SELECT x, t.*, y FROM t", dialect="postgres")
    assert edges(answer, with_table=False) == {"a": {"t.x"}, "b": {"t.*"}, "c": {"t.*"}, "d": {"t.y"}}


def test_places_point_at_the_expression() -> None:
    """An edge says where in the text its target is computed, line and column from 1."""
    answer = analyse("SELECT\n  upper(name) AS n\nFROM t", dialect="postgres")
    assert [(e.place.line, e.place.column) for e in answer.columns if e.place] == [(2, 3)]


def test_a_field_is_a_column_of_its_own_where_the_schema_lists_it() -> None:
    """Nested paths of a schema are columns to point at; fields that it does not list are of the column that holds them."""
    schema = {"t": ["id", "w", "w.x", "w.p.y"]}
    sql = "SELECT w.x AS a, q.w.p.y AS b, w.p.y.z AS c, w.other AS d FROM t AS q"
    found = {e.target: (e.source, e.transformation) for e in analyse(sql, dialect="bigquery", schema=schema).columns}
    assert found == {
        "a": ("w.x", Transformation.IDENTITY),
        "b": ("w.p.y", Transformation.IDENTITY),
        "c": ("w.p.y", Transformation.IDENTITY),
        "d": ("w", Transformation.TRANSFORMATION),
    }
    assert analyse("SELECT * FROM t", dialect="bigquery", schema=schema).outputs == ("id", "w")
