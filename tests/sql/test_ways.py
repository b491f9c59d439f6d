"""In which way a source reaches a target: OpenLineage's subtypes, control edges, masking."""

import pytest

from collectors.sql import Transformation, analyse
from lineage.facts import Flow

T = Transformation


def ways(
    sql: str, dialect: str = "", functions: tuple[str, ...] = ()
) -> set[tuple[str, str | None, Transformation, bool]]:
    """(source, target, way, masking) of every edge."""
    return {
        (e.source, e.target, e.transformation, e.masking)
        for e in analyse(sql, dialect=dialect, masking_functions=functions).columns
    }


def test_values() -> None:
    """A bare column is itself, an expression transforms, an aggregate aggregates, layers compose."""
    assert ways("SELECT a, b AS c, upper(d) AS d, sum(e) AS e, max(lower(f)) || 'x' AS f FROM t") == {
        ("a", "a", T.IDENTITY, False), ("b", "c", T.IDENTITY, False), ("d", "d", T.TRANSFORMATION, False),
        ("e", "e", T.AGGREGATION, False), ("f", "f", T.AGGREGATION, False),
    }  # fmt: skip
    assert ways("SELECT x + 1 AS y FROM (SELECT sum(a) AS x FROM t) q") == {("a", "y", T.AGGREGATION, False)}


def test_control_inside_an_expression_is_of_that_column() -> None:
    """A CASE's condition and a window's keys decide about one column only."""
    assert ways("SELECT CASE WHEN a > 1 THEN b END AS x FROM t") == {
        ("a", "x", T.CONDITIONAL, False), ("b", "x", T.TRANSFORMATION, False),
    }  # fmt: skip
    assert ways("SELECT sum(a) OVER (PARTITION BY b ORDER BY c) AS x FROM t") == {
        ("a", "x", T.AGGREGATION, False), ("b", "x", T.WINDOW, False), ("c", "x", T.WINDOW, False),
    }  # fmt: skip


def test_one_source_may_reach_a_target_in_two_ways() -> None:
    """A column that is both condition and value is two edges."""
    assert ways("SELECT CASE WHEN a > 1 THEN a END AS x FROM t") == {
        ("a", "x", T.CONDITIONAL, False),
        ("a", "x", T.TRANSFORMATION, False),
    }


def test_what_decides_about_rows_is_an_edge_to_the_whole_target() -> None:
    """WHERE, ON, GROUP BY, HAVING, ORDER BY: one edge each, to no column, also from inner queries."""
    found = ways(
        "INSERT INTO w SELECT q.a, count(*) AS n FROM (SELECT a, i FROM t WHERE f > 1) q JOIN u ON q.i = u.i "
        "WHERE u.g IN (SELECT g FROM v) GROUP BY q.a HAVING max(u.h) > 1 ORDER BY 1"
    )
    assert {(source, way) for source, target, way, _ in found if target is None} == {
        ("f", T.FILTER), ("i", T.JOIN), ("g", T.FILTER), ("a", T.GROUP_BY), ("h", T.FILTER), ("a", T.SORT),
    }  # fmt: skip


def test_filters_of_a_scalar_query_are_control_of_its_column() -> None:
    """They decide which value comes, for that column alone."""
    assert ways("SELECT (SELECT max(x) FROM u WHERE u.i = t.i) AS m FROM t") == {
        ("x", "m", T.AGGREGATION, False), ("i", "m", T.FILTER, False),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("dialect", "expression"),
    [
        ("postgres", "md5(a)"), ("postgres", "encode(digest(a, 'sha256'), 'hex')"), ("postgres", "crypt(a, gen_salt('bf'))"),
        ("snowflake", "sha2(a, 256)"), ("snowflake", "hash(a)"), ("bigquery", "TO_HEX(SHA256(a))"), ("bigquery", "FARM_FINGERPRINT(a)"),
        ("spark", "xxhash64(a)"), ("spark", "sha2(concat(a, 'salt'), 256)"), ("spark", "mask(a)"), ("hive", "mask_last_n(a, 4)"),
        ("tsql", "HASHBYTES('SHA2_256', a)"), ("oracle", "STANDARD_HASH(a)"), ("clickhouse", "cityHash64(a)"), ("mysql", "sha1(a)"),
        ("duckdb", "sha256(a)"), ("redshift", "fnv_hash(a)"), ("trino", "to_hex(sha512(to_utf8(a)))"), ("mysql", "aes_encrypt(a, 'k')"),
    ],
)  # fmt: skip
def test_masking(dialect: str, expression: str) -> None:
    """Hashes, masks and ciphers of every dialect hide a value, also inside other functions."""
    assert {(source, masking) for source, _, _, masking in ways(f"SELECT {expression} AS x FROM t", dialect)} == {
        ("a", True)
    }


def test_masking_survives_the_layers_and_needs_every_way() -> None:
    """A masked value stays masked when it is transformed again; beside an open copy both ways are told."""
    assert ways("SELECT upper(h) AS x FROM (SELECT md5(a) AS h FROM t) q", "postgres") == {
        ("a", "x", T.TRANSFORMATION, True)
    }
    assert ways("SELECT md5(a) || a AS x FROM t", "postgres") == {
        ("a", "x", T.TRANSFORMATION, True),
        ("a", "x", T.TRANSFORMATION, False),
    }


def test_the_operators_own_functions_mask() -> None:
    """A function that the operator names hides a value, whatever it is called."""
    assert ways("SELECT acme_veil(a) AS x FROM t", "postgres", ("ACME_VEIL",)) == {("a", "x", T.TRANSFORMATION, True)}
    assert ways("SELECT acme_veil(a) AS x FROM t", "postgres") == {("a", "x", T.TRANSFORMATION, False)}


def test_flow_and_openlineages_type_follow_from_the_way() -> None:
    """VALUE is DIRECT, CONTROL is INDIRECT."""
    for edge in analyse("SELECT CASE WHEN a > 1 THEN b END AS x FROM t WHERE c > 1", dialect="").columns:
        assert (edge.flow is Flow.VALUE) == (edge.transformation_type == "DIRECT") == (edge.source == "b")
