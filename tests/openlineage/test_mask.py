"""SQL without values: what goes, what stays, and that nothing slips through."""

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from collectors.openlineage.mask import mask_sql
from collectors.openlineage.properties import fingerprint

MASKED = [
    (
        "strings and numbers",
        "",
        "select 'x', 1, 1.5e3, .5, 0xFF from t where a = 'O''Brien'",
        "select ?, ?, ?, ?, ? from t where a = ?",
    ),
    ("names with digits stay", "", "select t1.c2, $1, :p from t1", "select t1.c2, $1, :p from t1"),
    ("comments go", "", "/* node */ select a -- why\nfrom t", "select a\nfrom t"),
    ("lists", "", "select a from t where b in (1, 'x')", "select a from t where b in (?, ?)"),
    ("quoted names stay", "postgres", 'select "a b", "c" from "t"', 'select "a b", "c" from "t"'),
    ("double quotes are values in MySQL", "mysql", 'select `a` from t where b = "x"', "select `a` from t where b = ?"),
    (
        "and in BigQuery, hash comments too",
        "bigquery",
        'select r\'x\', """y""" from `p.d.t` # z',
        "select ?, ? from `p.d.t`",
    ),
    ("escapes", "spark", "select 'it\\'s', a from t", "select ?, a from t"),
    ("escapes in an unknown dialect", "", "select 'it\\'s', a from t", "select ?, a from t"),
    ("a backslash that escapes nothing", "postgres", "select 'C:\\', a, 'x' from t", "select ?, a, ? from t"),
    ("dollar quotes", "postgres", "select $$x$$, $q$it's$q$", "select ?, ?"),
    ("prefixes", "postgres", "select E'a\\'b', N'x', date '2026-01-01'", "select ?, ?, date ?"),
    ("a string that never ends", "", "select a, 'secret and more", "select a, ?"),
    ("a comment that never ends", "", "select a /* secret", "select a"),
    (
        "ordinals",
        "",
        "select a, b, sum(c) from t group by 1, 2 order by 3 desc limit 10",
        "select a, b, sum(c) from t group by 1, 2 order by 3 desc limit ?",
    ),
    (
        "but not what is computed",
        "",
        "select a from t order by f(5), a limit 3",
        "select a from t order by f(?), a limit ?",
    ),
    (
        "sizes of types",
        "",
        "select cast(a as decimal(10, 2)), b::varchar(3) from t",
        "select cast(a as decimal(10, 2)), b::varchar(3) from t",
    ),
    (
        "JSON keys",
        "",
        "select a->>'k', a -> 'x' -> 0, json_extract(a, '$.k'), a['k'], a[1] from t",
        "select a->>'k', a -> 'x' -> 0, json_extract(a, '$.k'), a['k'], a[1] from t",
    ),
    (
        "but not lists",
        "",
        "select ['x'], array['y'] from t where a in ('z')",
        "select [?], array[?] from t where a in (?)",
    ),
    ("COPY", "", "COPY t FROM 's3://b/x.csv' CREDENTIALS 'secret'", "COPY t FROM 's3://b/x.csv' CREDENTIALS ?"),
    (
        "COPY out",
        "duckdb",
        "COPY (select a from t where b = 'x') TO '/tmp/o.parquet' (FORMAT 'parquet')",
        "COPY (select a from t where b = ?) TO '/tmp/o.parquet' (FORMAT ?)",
    ),
    (
        "UNLOAD's inner statement",
        "redshift",
        "UNLOAD ('select a from t where b = ''x''') TO 's3://b/'",
        "UNLOAD ('select a from t where b = ?') TO 's3://b/'",
    ),
    (
        "files as tables",
        "duckdb",
        "select * from read_parquet(['a.pq', 'b.pq'], x = 1) join 'c.csv' using (id)",
        "select * from read_parquet(['a.pq', 'b.pq'], x = ?) join 'c.csv' using (id)",
    ),
    (
        "FROM inside functions",
        "",
        "select trim(both from 'x'), a is distinct from 'y' from t",
        "select trim(both from ?), a is distinct from ? from t",
    ),
    (
        "pivot columns",
        "",
        "select * from (select a from t where c in ('x')) pivot (sum(b) for a in ('p', 'q'))",
        "select * from (select a from t where c in (?)) pivot (sum(b) for a in ('p', 'q'))",
    ),
    (
        "DuckDB's pivot",
        "duckdb",
        "PIVOT t ON year IN (2000, 2010) USING sum(x)",
        "PIVOT t ON year IN (2000, 2010) USING sum(x)",
    ),
    (
        "places in options",
        "spark",
        "create table t using csv options (path 's3://b/x', sep ';')",
        "create table t using csv options (path 's3://b/x', sep ?)",
    ),
    (
        "LOCATION",
        "hive",
        "create external table t (a int) location 's3://b/t'",
        "create external table t (a int) location 's3://b/t'",
    ),
    ("a column called location", "", "select a from t where location = 'Berlin'", "select a from t where location = ?"),
    (
        "secrets in places",
        "",
        "COPY t FROM 'https://u:hunter2@h/x?sig=hunter2'",
        "COPY t FROM 'https://u:***@h/x?sig=***'",
    ),
    ("SET without quotes", "spark", "SET fs.s3a.secret.key=hunter2; select 1", "SET fs.s3a.secret.key=***; select ?"),
]


@pytest.mark.parametrize(("what", "dialect", "sql", "masked"), MASKED, ids=[case[0] for case in MASKED])
def test_values_go_and_names_stay(what: str, dialect: str, sql: str, masked: str) -> None:
    """Literals that name a place, key, pivot column or position stay; every other one is `?`."""
    assert mask_sql(sql, dialect) == masked, what


@pytest.mark.parametrize(
    "dialect",
    ["", "postgres", "mysql", "bigquery", "snowflake", "spark", "redshift", "duckdb", "tsql", "oracle", "hive"],
)
@given(
    st.text(alphabet="ab'\"\\`$-/*#[(];, 1.=\n", max_size=30), st.text(alphabet="ab'\"\\`$-/*#[(];, 1\n", max_size=30)
)
def test_no_statement_lets_a_quoted_value_through(dialect: str, before: str, after: str) -> None:
    """Whatever stands around a literal, even what no parser takes, masking ends, raises nothing, and is stable for masked text."""
    masked = mask_sql(f"select a from t where b = 'x' {before} {after}", dialect)
    assert masked.startswith("select a from t where b = ")
    assert "'x'" not in masked


@given(st.lists(st.text(alphabet="SECRTsecrt9 '", max_size=12), min_size=1, max_size=4))
def test_values_of_any_letters_are_hidden(values: list[str]) -> None:
    """A well-quoted value never appears, in whole or in part."""
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    assert mask_sql(f"insert into t values ({quoted})") == f"insert into t values ({', '.join('?' for _ in values)})"


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "with r as (select id, row_number() over (order by ts) n from o where s <> 'x') select id from r where n = 1"),
        ("duckdb", "select json_extract(a, '$.b'), a->>'k' from read_csv('x.csv') order by 1 limit 5"),
        ("spark", "merge into t using s on t.id = s.id when matched then update set t.a = 'x' when not matched then insert *"),
        ("snowflake", "select a, date_trunc('day', b), c::decimal(10, 2) from t where d between 1 and 2 group by 1, 2, 3"),
    ],
)  # fmt: skip
def test_masked_statements_still_parse_the_same(dialect: str, sql: str) -> None:
    """Tables and columns of a masked statement are those of the original, so its lineage is too."""

    def names(text: str) -> list[str]:
        tree = sqlglot.parse_one(text, dialect=dialect)
        return sorted(node.sql() for node in tree.find_all(sqlglot.exp.Table, sqlglot.exp.Column))

    assert names(mask_sql(sql, dialect)) == names(sql)


def test_one_fingerprint_whatever_the_values() -> None:
    """Two runs of one statement with other values, longer lists and other layout are one statement."""
    one = fingerprint(mask_sql("select a from t where b in (1, 2) and c = 'x'"))
    other = fingerprint(mask_sql("select a\n  from t where b in (7,8,9) and c = 'yy' -- today"))
    assert one == other
    assert one != fingerprint(mask_sql("select b from t"))
