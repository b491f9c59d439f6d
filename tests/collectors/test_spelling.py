"""Names as dialects mean them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.statements.spelling import Spelling


@pytest.mark.parametrize(
    ("dialect", "text", "table", "name"),
    [
        ("postgres", "select * from Shop.Orders", "shop.Shop.Orders", "shop.shop.orders"),
        ("postgres", 'select * from shop."Orders"', "shop.Orders", "shop.Orders"),
        ("snowflake", "select * from shop.orders", "shop.orders", "SHOP.ORDERS"),
        ("snowflake", 'select * from shop."orders"', "shop.orders", "SHOP.orders"),
        ("bigquery", "select * from `P.d.Orders`", "P.d.Orders", "P.d.Orders"),
        ("tsql", "select * from [dbo].Orders", "dbo.Orders", "dbo.Orders"),
        ("mysql", "select * from Orders", "Orders", "Orders"),
    ],
)
def test_an_unquoted_name_has_its_dialects_case_and_a_quoted_one_its_own(
    dialect: str, text: str, table: str, name: str
) -> None:
    """PostgreSQL folds to lower case, Snowflake to upper; dialects that keep case keep it."""
    assert Spelling("ns", dialect, text).dataset(table) == ("ns", name)


def test_what_a_catalogue_spells_stays() -> None:
    """A star opened over a known schema brings names that no text quotes."""
    known = Spelling("ns", "postgres", "select * from t", frozenset({"Full Name"}))
    assert known.name("Full Name") == "Full Name"


@pytest.mark.parametrize(
    ("table", "dataset"),
    [
        ("s3://bucket/lake/orders/*.parquet", ("s3://bucket", "lake/orders")),
        ("s3://bucket/lake/day=*/x-?.csv", ("s3://bucket", "lake")),
        ("gs://bucket/file.csv", ("gs://bucket", "file.csv")),
        ("file:///tmp/x.csv", ("file", "/tmp/x.csv")),
        ("/tmp/x/*.csv", ("file", "/tmp/x")),
        ("s3://bucket", ("s3://bucket", "/")),
    ],
)
def test_a_place_has_its_own_namespace(table: str, dataset: tuple[str, str]) -> None:
    """Files that SQL reads are named as OpenLineage names files; a glob is its directory."""
    assert Spelling("postgres://db", "duckdb", "").dataset(table) == dataset


@given(st.text(min_size=1), st.sampled_from(["postgres", "snowflake", "", "mysql"]), st.text())
def test_no_name_is_lost(table: str, dialect: str, text: str) -> None:
    """Whatever a table is called, its dataset has a namespace and a name."""
    namespace, name = Spelling("ns", dialect, text).dataset(table)
    assert namespace and name
