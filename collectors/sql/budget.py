"""The bounds of an analysis, so that no text hangs or kills the process that reads it.

The one idea: work is counted where it can multiply (columns that a star copies, sources that a column merges), not
timed: the same text ends in the same answer on every machine. Text that is too long or too deep is refused before it is parsed,
because sqlglot's parser recurses and its compiled form would not survive.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate
from typing import Final

TEXT_CHARACTERS_MAX: Final = 1_000_000  # some 4 s at worst to split into words; longer texts are data, not statements
TOKENS_MAX: Final = (
    150_000  # some 4 s of parsing on one core, rows of literals not counted; TPC-DS's longest query has 2,000
)
NESTING_MAX: Final = 60  # sqlglot takes some 15 Python frames a level, and the interpreter allows 1,000 in all
TYPE_NESTING_MAX: Final = (
    12  # `DATE(DATE(…`: the parser tries a type, then a call, so each level doubles its time; 12 take 0.2 s
)
WORK_MAX: Final = 2_000_000  # merged sources and copied columns; some 2 s, and 1,000 times a TPC-DS query's
UNRESOLVED_MAX: Final = 1_000  # each is an object of the answer; past this the last one says how many were left out

_NOT_BRACKETS: Final = re.compile(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*|/\*.*?\*/|[^()\[\]{}'/-]+|[/'-]", re.DOTALL)
_CASE: Final = re.compile(r"\bcase\b|\bend\b", re.IGNORECASE)
_DEPTHS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_UNARY_RUN: Final = re.compile(rf"(?:(?:\bnot\b|[-+~!@])\s*){{{NESTING_MAX + 1},}}", re.IGNORECASE)
_UNARY_SIGNS: Final = ("-", "+", "~", "!", "@")


_SUBSCRIPT_RUN: Final = re.compile(rf"(?:\[[^\[\]]*\]\s*){{{NESTING_MAX + 1},}}")


class BudgetSpent(Exception):
    """Raised inside an analysis only."""


class Budget:
    """Counts the work of one analysis."""

    __slots__ = ("left",)

    def __init__(self, work_max: int = WORK_MAX) -> None:
        self.left = work_max

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise BudgetSpent(
                f"The statement takes more than {WORK_MAX:,} steps to resolve. Split it into smaller ones."
            )


def refusal(sql: str) -> str | None:
    """Why this text is not even parsed, or None. Costs next to nothing for a text of ordinary size."""
    if len(sql) > TEXT_CHARACTERS_MAX:
        return f"The text has {len(sql):,} characters, more than {TEXT_CHARACTERS_MAX:,}. Analyse its statements one by one."
    deepest = bracket_depth(sql) + _case_depth(sql)
    if deepest > NESTING_MAX:
        return f"The text nests {deepest} deep, more than {NESTING_MAX}. Name inner queries in WITH."
    signs = sum(sql.count(sign) for sign in _UNARY_SIGNS) + sql.lower().count("not")
    if signs > NESTING_MAX and _UNARY_RUN.search(sql):
        return f"The text has more than {NESTING_MAX} signs in a row. Simplify the expression."
    if sql.count("[") > NESTING_MAX and _SUBSCRIPT_RUN.search(sql):
        return f"The text has more than {NESTING_MAX} subscripts in a row. Simplify the expression."
    return None


@lru_cache(maxsize=2)  # asked twice of each text, before it is split into words and after
def bracket_depth(sql: str) -> int:
    """How deep parentheses, brackets and braces nest, strings and comments left out; 0 for what is surely shallow."""
    if sql.count("(") + sql.count("[") + sql.count("{") <= TYPE_NESTING_MAX:
        return 0  # too few to matter, with or without CASE
    return max(accumulate(_DEPTHS[bracket] for bracket in _NOT_BRACKETS.sub("", sql)), default=0)


def _case_depth(sql: str) -> int:
    if len(sql) < 4 * NESTING_MAX or sql.count("case") + sql.count("CASE") + sql.count("Case") <= NESTING_MAX // 2:
        return 0
    return max(accumulate(1 if word.lower() == "case" else -1 for word in _CASE.findall(sql)), default=0)
