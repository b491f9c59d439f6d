"""Repairs: tokens moved so that the parser takes what it is known not to take, and left out where they hold no lineage.

The one idea: a repair works on tokens, never on characters, so that every place in the answer stays true; it keeps the lineage and nothing
else of the statement.
"""

from __future__ import annotations

from typing import Final

from sqlglot.tokenizer_core import Token, TokenType

_LITERALS: Final = frozenset({TokenType.NUMBER, TokenType.STRING, TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.COMMA,
                              TokenType.DASH, TokenType.PLACEHOLDER, TokenType.NATIONAL_STRING, TokenType.HEX_STRING})  # fmt: skip
_OPERATORS: Final = frozenset({TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.MOD, TokenType.AMP,
                               TokenType.PIPE, TokenType.CARET})  # fmt: skip
_TERADATA_PHRASES: Final = frozenset(
    {"DATE", "INTEGER", "INT", "DECIMAL", "DEC", "NUMERIC", "CHAR", "CHARACTER", "VARCHAR", "TIMESTAMP", "TIME",
     "FLOAT", "BIGINT", "SMALLINT", "BYTEINT", "NUMBER", "TITLE", "FORMAT", "NAMED", "CASESPECIFIC", "NOT",
     "UPPERCASE", "COMPRESS"}
)  # fmt: skip
"""What may stand in parentheses after a value: the old form of a cast, a title, a format, a name."""
_JOIN_SIDES: Final = frozenset({TokenType.LEFT, TokenType.RIGHT, TokenType.FULL, TokenType.INNER, TokenType.OUTER})
_CLAUSES: Final = frozenset(
    {TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY, TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.SEMICOLON,
     TokenType.SET, TokenType.LIMIT, TokenType.HAVING, TokenType.QUALIFY}
)  # fmt: skip
BARE_JOINS_MAX: Final = 8  # up to here the parser's tries cost less than a millisecond
_PHRASE_TOKENS_MAX: Final = 12  # DECIMAL(18, 2), FORMAT '…', TITLE '…'


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


def with_cross_joins(tokens: list[Token]) -> list[Token]:
    """Joins without condition as CROSS JOINs, where there are many: for each, the parser tries whether all that follow nest in it, and so
    takes twice the time for each one more."""
    bare = _bare_joins(tokens)
    if len(bare) <= BARE_JOINS_MAX:
        return tokens
    out: list[Token] = []
    for index, token in enumerate(tokens):
        if index in bare:
            while out and out[-1].token_type in _JOIN_SIDES:
                out.pop()
            out.append(_like(token, TokenType.CROSS, "CROSS"))
        out.append(token)
    return out


def _bare_joins(tokens: list[Token]) -> set[int]:
    """Places of the JOINs that another clause follows before any ON or USING."""
    bare: set[int] = set()
    pending: list[int | None] = [None]  # for each level of parentheses, the JOIN that waits for its condition
    for index, token in enumerate(tokens):
        kind = token.token_type
        if kind is TokenType.JOIN:
            if pending[-1] is not None:
                bare.add(pending[-1])
            own = index > 0 and tokens[index - 1].token_type in (TokenType.CROSS, TokenType.NATURAL, TokenType.ARRAY)
            pending[-1] = None if own else index
        elif kind in (TokenType.ON, TokenType.USING):
            pending[-1] = None
        elif kind is TokenType.L_PAREN:
            pending.append(None)
        elif kind in _CLAUSES or kind is TokenType.R_PAREN or index == len(tokens) - 1:
            if pending[-1] is not None:
                bare.add(pending[-1])
            pending[-1] = None
            if kind is TokenType.R_PAREN and len(pending) > 1:
                pending.pop()
    return bare


def repaired(tokens: list[Token]) -> list[Token] | None:
    """After the parser has refused: tokens that mean the same, or None where no repair applies.

    `a += b` → `a = a + b` (T-SQL); `x::"char"` → `x::char` (PostgreSQL's system type);
    `UPDATE t FROM s SET …` gives s its own name as alias (Teradata).
    """
    out: list[Token] = []
    changed = False
    index, count = 0, len(tokens)
    while index < count:
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < count else None
        if following is not None and _is_compound_assignment(token, following):
            out += [following, *_assigned(out), token]
            index += 2
            changed = True
        elif (
            following is not None
            and token.token_type is TokenType.DCOLON
            and following.token_type is TokenType.IDENTIFIER
        ):
            out += [token, _like(following, TokenType.VARCHAR, "VARCHAR")]
            index += 2
            changed = True
        elif token.token_type is TokenType.SET and _ends_in_plain_table(out):
            out += [_like(token, TokenType.ALIAS, "AS"), out[-1], token]
            index += 1
            changed = True
        else:
            out.append(token)
            index += 1
    return out if changed else None


def _ends_in_plain_table(before: list[Token]) -> bool:
    """`UPDATE t FROM s` just before SET, which the parser would take for the alias of s."""
    if len(before) < 4 or before[0].token_type is not TokenType.UPDATE:
        return False
    starts = (TokenType.FROM, TokenType.COMMA, TokenType.DOT)
    return any(t.token_type is TokenType.FROM for t in before) and before[-2].token_type in starts


def _is_compound_assignment(token: Token, following: Token) -> bool:
    return following.token_type is TokenType.EQ and token.token_type in _OPERATORS and token.end + 1 == following.start


def _assigned(before: list[Token]) -> list[Token]:
    """The column on the left of an assignment."""
    column: list[Token] = []
    for token in reversed(before):
        if token.token_type in (TokenType.SET, TokenType.COMMA, TokenType.UPDATE):
            break
        column.insert(0, token)
    return column


def _like(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end)


def plain_teradata(tokens: list[Token]) -> list[Token]:
    """Before parsing, as sqlglot takes `a (DATE)` for a call of a: phrases after a value go, `(NAMED n)` becomes `AS n`."""
    out: list[Token] = []
    index, count = 0, len(tokens)
    selecting = False
    while index < count:
        token = tokens[index]
        if token.token_type is TokenType.SELECT:
            selecting = True
        elif token.token_type in (TokenType.FROM, TokenType.INTO, TokenType.WHERE, TokenType.SEMICOLON):
            selecting = False
        end = _phrase_end(tokens, index, out) if selecting and token.token_type is TokenType.L_PAREN and out else None
        if end is None:
            out.append(token)
            index += 1
            continue
        if tokens[index + 1].text.upper() == "NAMED" and end - index == 4:
            out += [_like(tokens[index + 1], TokenType.ALIAS, "AS"), tokens[index + 2]]
        index = end
    return out


def _phrase_end(tokens: list[Token], start: int, before: list[Token]) -> int | None:
    if start + 1 >= len(tokens) or tokens[start + 1].text.upper() not in _TERADATA_PHRASES:
        return None
    if before[-1].token_type not in (
        TokenType.VAR,
        TokenType.IDENTIFIER,
        TokenType.R_PAREN,
        TokenType.STRING,
        TokenType.NUMBER,
    ):
        return None
    depth = 0
    for index in range(start, min(len(tokens), start + _PHRASE_TOKENS_MAX)):
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(tokens[index].token_type, 0)
        if not depth:
            return index + 1
    return None
