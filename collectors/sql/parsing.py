"""From text to syntax trees: dialect names, tokens, trees, and what went wrong.

The one idea: tokens first. A script's parts are slices of one token list, so that every place in an answer counts lines from
the beginning of the whole text; where the parser refuses, repairs.py may know another order of the same tokens.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.teradata import Teradata
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from collectors.sql.answer import Place
from collectors.sql.budget import TYPE_NESTING_MAX, bracket_depth, refusal
from collectors.sql.dialects import UNSUPPORTED_ALIAS
from collectors.sql.repairs import BARE_JOINS_MAX, plain_teradata, repaired, with_cross_joins
from lineage.errors import InputError

# "unsupported syntax. Falling back to Command": what a Command means is told in the answer, not in a log.
logging.getLogger("sqlglot").addFilter(
    lambda record: "Falling back to parsing as a 'Command'" not in record.getMessage()
)


class Unparsable(Exception):
    """The parser does not take this text."""

    def __init__(self, message: str, place: Place | None, *, too_deep: bool = False) -> None:
        super().__init__(message)
        self.place = place
        self.too_deep = too_deep


@lru_cache(maxsize=64)
def dialect_named(name: str) -> tuple[str, Dialect]:
    """(sqlglot's name, dialect) of a dialect by any usual name. Raises InputError for one that does not exist."""
    key = UNSUPPORTED_ALIAS.get(name.strip().lower(), name.strip().lower())
    try:
        return key, Dialect.get_or_raise(key or None)
    except ValueError:
        raise InputError(
            f"There is no SQL dialect {name!r}. Use one of sqlglot's names, such as postgres or snowflake.",
            place="dialect",
        ) from None


def tokens_of(sql: str, dialect: Dialect) -> list[Token]:
    """Raises Unparsable, with the place where the text stops making sense."""
    try:
        tokens = dialect.tokenize(sql)
        if bracket_depth(sql) > TYPE_NESTING_MAX:
            _refuse_nested_types(tokens, dialect)
        if isinstance(dialect, Teradata):
            tokens = plain_teradata(tokens)
        return with_cross_joins(tokens) if sql.upper().count("JOIN") > BARE_JOINS_MAX else tokens
    except (SqlglotError, RecursionError) as error:
        raise Unparsable(str(error).partition("\n")[0] or "The text cannot be split into words.", None) from error


def _refuse_nested_types(tokens: list[Token], dialect: Dialect) -> None:
    types = dialect.parser_class.TYPE_TOKENS
    open_types: list[bool] = []
    depth = 0
    for index, token in enumerate(tokens):
        if token.token_type in _OPENINGS:
            typed = index > 0 and tokens[index - 1].token_type in types
            open_types.append(typed)
            depth += typed
            if depth > TYPE_NESTING_MAX:
                message = f"Types or functions named like types nest more than {TYPE_NESTING_MAX} deep. Simplify the expression."
                raise Unparsable(message, None, too_deep=True)
        elif token.token_type in _CLOSINGS and open_types:
            depth -= open_types.pop()


_OPENINGS: Final = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSINGS: Final = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})


def inner_tokens_of(text: str, dialect: Dialect) -> list[Token]:
    """The same for a text inside a statement, which nobody has held against the budget yet."""
    refused = refusal(text)
    if refused is not None:
        raise Unparsable(refused, None, too_deep=True)
    return tokens_of(text, dialect)


def trees_of(tokens: list[Token], sql: str, dialect: Dialect) -> list[exp.Expr]:
    """The statements of a token list. Tries the repairs before it gives up; raises Unparsable."""
    try:
        return _parse(tokens, sql, dialect)
    except Unparsable:
        other = repaired(tokens)
        if other is None:
            raise
        return _parse(other, sql, dialect)


def _parse(tokens: list[Token], sql: str, dialect: Dialect) -> list[exp.Expr]:
    try:
        return [tree for tree in dialect.parser().parse(tokens, sql) if tree is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        line, column = first.get("line"), first.get("col")
        highlight = first.get("highlight") or ""
        place = Place(int(line), max(1, int(column) - max(0, len(highlight) - 1))) if line and column else None
        raise Unparsable(str(first.get("description") or error).partition("\n")[0], place) from None
    except TokenError as error:
        raise Unparsable(str(error).partition("\n")[0], None) from None
    except RecursionError:
        raise Unparsable("The text nests deeper than the parser goes. Name inner queries in WITH.", None) from None
    except (SqlglotError, ValueError, TypeError, AttributeError, IndexError, KeyError, AssertionError) as error:
        # The parser's own faults on strange text; they are no faults of the caller.
        raise Unparsable(f"The parser fails on this text ({type(error).__name__}).", None) from None
