"""What a search matches, and how well: the rule that every store shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.facts import NodeKind
from lineage.store.matching import EXACT, PREFIX, REST, WORD_START, rank, spelling, tokens_of

TABLE = spelling(NodeKind.DATASET, "postgres://shop:5432", "shop.public.Customers_old")
COLUMN = spelling(NodeKind.COLUMN, "postgres://shop:5432", "shop.public.customers", "Home_Email")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("shop.public.customers_OLD", EXACT),
        ("postgres://shop:5432 shop.public.customers_old", EXACT),
        ("shop.pub", PREFIX),
        ("postgres://shop:5432 shop", PREFIX),
        ("customers", WORD_START),
        ("old", WORD_START),
        ("postgres customers", WORD_START),
        ("ustomers", REST),
        ("ostgres ublic", REST),
        ("postgres", None),
        ("customers orders", None),
        ("", None),
    ],
)
def test_a_dataset_is_found_by_its_name_and_narrowed_by_its_namespace(query: str, expected: int | None) -> None:
    """Every token must occur and one must reach into the name; the whole name and its beginning rank best."""
    found = rank(tokens_of(query), TABLE)
    assert (found and found[0]) == expected or (
        found == (EXACT, len("shop.public.customers_old")) and expected == EXACT
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("home_email", EXACT),
        ("shop.public.customers#home_email", EXACT),
        ("postgres://shop:5432 shop.public.customers#home_email", EXACT),
        ("home", PREFIX),
        ("shop.public.customers#home", PREFIX),
        ("email", WORD_START),
        ("customers email", WORD_START),
        ("customers#home", WORD_START),
        ("mail", REST),
        ("customers", None),
        ("customers#", None),
    ],
)
def test_a_column_is_found_by_its_own_name_not_by_its_tables(query: str, expected: int | None) -> None:
    """A search for a table does not list its columns; `table#column` finds the column."""
    found = rank(tokens_of(query), COLUMN)
    assert found == (None if expected is None else (expected, len("home_email")))


def test_case_folds_as_people_expect() -> None:
    """Straße and STRASSE are one; length is counted on what is compared."""
    assert rank(tokens_of("STRASSE"), spelling(NodeKind.NAMESPACE, "Straße", "")) == (EXACT, 7)


@given(st.text(max_size=6), st.text(max_size=6), st.text(min_size=1, max_size=6))
def test_a_name_is_found_by_itself(namespace: str, name: str, column: str) -> None:
    """Whatever a column is called, typing its own name finds it, when it can be typed as words."""
    written = spelling(NodeKind.COLUMN, namespace, name, column)
    tokens = tokens_of(column)
    if tokens and tokens == (column.casefold(),):
        found = rank(tokens, written)
        assert found is not None
        assert found[0] == EXACT
