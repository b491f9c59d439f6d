"""From text to syntax trees: dialect names, and repairs of what the parser is known not to take.

The one idea: tokens first. A script's parts are slices of one token list, so that every place in an answer counts lines from
the beginning of the whole text, and a repair moves tokens, never characters.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from collectors.sql.answer import Place
from collectors.sql.dialects import UNSUPPORTED_ALIAS
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
        return dialect.tokenize(sql)
    except (SqlglotError, RecursionError) as error:
        raise Unparsable(str(error).partition("\n")[0] or "The text cannot be split into words.", None) from error


def without_rows(tokens: list[Token]) -> list[Token]:
    """The tokens less the rows of literals after the first of a VALUES: a bulk insert's data has no lineage."""
    out: list[Token] = []
    index, count = 0, len(tokens)
    while index < count:
        token = tokens[index]
        out.append(token)
        index += 1
        if token.token_type is not TokenType.VALUES:
            continue
        end = _row_end(tokens, index)
        if end is None:
            continue
        out += tokens[index:end]
        index = end
        while index < count and tokens[index].token_type is TokenType.COMMA:
            end = _row_end(tokens, index + 1)
            if end is None:
                break
            index = end
    return out


def _row_end(tokens: list[Token], start: int) -> int | None:
    """Where the row of literals that begins at `start` ends; None if it is none."""
    if start >= len(tokens) or tokens[start].token_type is not TokenType.L_PAREN:
        return None
    for index in range(start + 1, len(tokens)):
        kind = tokens[index].token_type
        if kind is TokenType.R_PAREN:
            return index + 1
        if kind not in _LITERALS:
            return None
    return None


def trees_of(tokens: list[Token], sql: str, dialect: Dialect) -> list[exp.Expr]:
    """The statements of a token list. Tries the repairs before it gives up; raises Unparsable."""
    try:
        return _parse(tokens, sql, dialect)
    except Unparsable:
        repaired = _repaired(tokens)
        if repaired is None:
            raise
        return _parse(repaired, sql, dialect)


def _parse(tokens: list[Token], sql: str, dialect: Dialect) -> list[exp.Expr]:
    try:
        return [tree for tree in dialect.parser().parse(tokens, sql) if tree is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        line, column = first.get("line"), first.get("col")
        highlight = first.get("highlight") or ""
        place = Place(int(line), max(1, int(column) - max(0, len(highlight) - 1))) if line and column else None
        raise Unparsable(str(first.get("description") or error).partition("\n")[0], place) from None
    except RecursionError:
        raise Unparsable("The text nests deeper than the parser goes. Name inner queries in WITH.", None) from None
    except (SqlglotError, ValueError, TypeError, AttributeError, IndexError, KeyError, AssertionError) as error:
        # The parser's own faults on strange text; they are no faults of the caller.
        raise Unparsable(f"The parser fails on this text ({type(error).__name__}).", None) from None


_LITERALS: Final = frozenset({TokenType.NUMBER, TokenType.STRING, TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.COMMA,
                              TokenType.DASH, TokenType.PLACEHOLDER, TokenType.NATIONAL_STRING, TokenType.HEX_STRING})  # fmt: skip
_OPERATORS: Final = frozenset({TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.MOD, TokenType.AMP,
                               TokenType.PIPE, TokenType.CARET})  # fmt: skip


def _repaired(tokens: list[Token]) -> list[Token] | None:
    """Tokens in a form that the parser takes, or None where no repair applies.

    `a += b` → `a = a + b` (T-SQL); `x::"char"` → `x::char` (PostgreSQL's system type); `(FORMAT …)`, `(TITLE …)`,
    `(NAMED …)` after a column are dropped (Teradata).
    """
    out: list[Token] = []
    changed = False
    index, count = 0, len(tokens)
    while index < count:
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < count else None
        if (
            following is not None
            and following.token_type is TokenType.EQ
            and token.token_type in _OPERATORS
            and token.end + 1 == following.start
        ):
            column: list[Token] = []
            for earlier in reversed(out):
                if earlier.token_type in (TokenType.SET, TokenType.COMMA, TokenType.UPDATE):
                    break
                column.insert(0, earlier)
            out += [following, *column, token]
            index += 2
            changed = True
            continue
        if (
            token.token_type is TokenType.DCOLON
            and following is not None
            and following.token_type is TokenType.IDENTIFIER
        ):
            out += [token, Token(TokenType.CHAR if following.text.lower() == "char" else TokenType.VARCHAR, "char", following.line,
                                 following.col, following.start, following.end)]  # fmt: skip
            index += 2
            changed = True
            continue
        if (
            token.token_type is TokenType.L_PAREN
            and following is not None
            and following.text.upper() in ("TITLE", "FORMAT", "NAMED")
            and out
        ):
            depth, end = 1, index + 1
            while end < count and depth:
                depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(tokens[end].token_type, 0)
                end += 1
            if end - index <= 6:
                index = end
                changed = True
                continue
        if token.text.upper() == "TITLE" and following is not None and following.token_type is TokenType.STRING:
            index += 2
            changed = True
            continue
        out.append(token)
        index += 1
    return out if changed else None
