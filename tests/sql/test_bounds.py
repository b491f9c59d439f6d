"""No text hangs the engine or kills it: what is too much ends in a reason."""

import pytest

from collectors.sql import Reason, analyse
from collectors.sql.budget import NESTING_MAX, TEXT_CHARACTERS_MAX, Budget, BudgetSpent

HOSTILE = {
    "five megabytes of one word": "SELECT " + "x" * 5_000_000,
    "five megabytes of columns": "SELECT " + "a, " * 1_600_000 + "a FROM t",
    "a million words": "SELECT " + "1+" * 400_000 + "1",
    "parentheses": "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "brackets": "SELECT " + "[" * 500 + "1" + "]" * 500,
    "CASE in CASE": "SELECT " + "CASE WHEN a THEN " * 400 + "b" + " END" * 400,
    "queries in queries": "SELECT " + "(SELECT " * 400 + "1" + ")" * 400,
    "subscripts": "SELECT a" + "[1]" * 3_000,
    "types in types": "SELECT " + "DATE(" * 40 + "1" + ")" * 40,
    "arrays in arrays": "SELECT " + "ARRAY[" * 40 + "1" + "]" * 40,
    "parentheses in a body": "DO $$ BEGIN SELECT " + "(" * 500 + "1" + ")" * 500 + "; END $$",
    "NOT NOT NOT": "SELECT " + "NOT " * 5_000 + "a",
    "minus minus minus": "SELECT " + "- " * 5_000 + "a",
    "parentheses that a comment hides": "SELECT " + "( /* ) */ " * 400 + "1" + ")" * 400,
}


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_text_ends_in_a_reason(title: str) -> None:
    """Too long or too deep is told as BUDGET, at once."""
    assert [problem.reason for problem in analyse(HOSTILE[title], dialect="postgres").unresolved] == [Reason.BUDGET]


def test_what_is_wide_and_not_deep_is_answered() -> None:
    """Long chains are no nesting: ten thousand operands, a thousand UNIONs, five hundred columns through ten layers."""
    assert {e.source for e in analyse("SELECT " + " + ".join(["a"] * 2_000) + " AS s FROM t", dialect="").columns} == {
        "a"
    }
    assert len(analyse(" UNION ALL ".join(f"SELECT a FROM t{i}" for i in range(1_000)), dialect="").columns) == 1_000
    layers = [
        f"l{i} AS (SELECT {', '.join(f'c{j}' for j in range(500))} FROM {'t' if i == 0 else f'l{i - 1}'})"
        for i in range(10)
    ]
    assert len(analyse(f"WITH {', '.join(layers)} SELECT * FROM l9", dialect="").columns) == 500


def test_joins_without_conditions_take_no_longer_than_others() -> None:
    """Spark and ClickHouse allow them; each one more must not double the time."""
    for joined in (" JOIN b", " LEFT JOIN b", " JOIN (SELECT x FROM b) q", " CROSS JOIN b", " JOIN b ON a.i = b.i"):
        answer = analyse("SELECT a.x FROM a" + joined * 300 + " WHERE a.y > 1", dialect="spark")
        assert (answer.reads, answer.unresolved) == (("a", "b"), ())


def test_a_bulk_insert_is_answered_without_its_rows() -> None:
    """Forty thousand rows of literals cost no parsing, and what reads a table among them is still seen."""
    rows = ", ".join(f"({i}, 'x', NULL)" for i in range(40_000))
    answer = analyse(f"INSERT INTO t (a, b, c) VALUES {rows}, (1, (SELECT MAX(x) FROM u), 2)", dialect="postgres")
    assert (answer.reads, answer.writes, answer.unresolved) == (("u",), ("t",), ())


def test_stars_that_double_each_layer_are_cut() -> None:
    """`SELECT *, *` thirty times over would be a billion columns."""
    layers = ["l0 AS (SELECT a, b FROM t)"] + [f"l{i} AS (SELECT *, * FROM l{i - 1})" for i in range(1, 30)]
    answer = analyse(f"WITH {', '.join(layers)} SELECT * FROM l29", dialect="")
    assert [problem.reason for problem in answer.unresolved] == [Reason.BUDGET]


def test_a_budget_counts_down_to_an_end() -> None:
    """Spending more than there is ends the analysis."""
    budget = Budget(10)
    budget.spend(10)
    with pytest.raises(BudgetSpent):
        budget.spend(1)


def test_the_limits_stand_in_the_message() -> None:
    """The reader learns what the limit is."""
    [problem] = analyse("x" * (TEXT_CHARACTERS_MAX + 1), dialect="").unresolved
    assert f"{TEXT_CHARACTERS_MAX:,}" in problem.message
    [problem] = analyse("SELECT " + "(" * (NESTING_MAX + 1), dialect="").unresolved
    assert str(NESTING_MAX) in problem.message
