"""Where the statements are in a script or a procedure's body: a splitter over tokens, for every dialect's blocks.

The one idea: procedural words (BEGIN, IF … THEN, LOOP, DECLARE, EXCEPTION …) are a frame around statements that the
parser knows. The frame is taken off: both branches of an IF remain, conditions remain as queries, and what is text until
it runs is marked dynamic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlglot.dialects.dialect import Dialect
from sqlglot.tokenizer_core import Token, TokenType

from collectors.sql.answer import Place


@dataclass(slots=True)
class Part:
    """One statement: a slice of the script's tokens, or the text of a quoted body."""

    tokens: list[Token] = field(default_factory=list)
    condition: bool = False
    """An expression whose queries are read: IF EXISTS (SELECT …)."""
    dynamic: bool = False
    record: str = ""
    """FOR record IN (query): the name under which the block knows the query's rows."""
    body: str | None = None
    place: Place | None = None

    def text(self, sql: str) -> str:
        return sql[self.tokens[0].start : self.tokens[-1].end + 1] if self.tokens else self.body or ""


_STATEMENT_WORDS: Final = frozenset(
    {"INSERT", "UPDATE", "DELETE", "MERGE", "SELECT", "CREATE", "DROP", "TRUNCATE", "EXEC", "EXECUTE", "DECLARE",
     "SET", "IF", "WHILE", "BEGIN", "END", "ELSE", "PRINT", "RETURN", "GO", "WITH", "ALTER", "USE", "RAISERROR",
     "THROW", "COMMIT", "ROLLBACK", "OPEN", "CLOSE", "FETCH", "DEALLOCATE"}
)  # fmt: skip
_ROUTINES: Final = frozenset({"PROCEDURE", "PROC", "FUNCTION", "TRIGGER", "PACKAGE"})
_PROCEDURAL_HEADS: Final = frozenset({"DECLARE", "IF", "WHILE", "DO", "LOOP", "FOR", "REPEAT", "LET", "CASE"})
_QUERY_WORDS: Final = frozenset({"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE"})
_JOINS_ON: Final = frozenset(
    {"THEN", "UNION", "ALL", "EXCEPT", "INTERSECT", "MINUS", "AS", "ON", "FOR", "AFTER", "BEFORE", ",", "OF",
     "DISTINCT", "INSTEAD", "OR", "NOT", "(", "TABLE", "VIEW", "SCHEMA", "DATABASE", "PROCEDURE", "PROC",
     "FUNCTION", "INDEX", "COLUMN", "CONSTRAINT", "SEQUENCE", "TYPE", "TRIGGER", "GRANT", "DENY", "REVOKE",
     "EXPLAIN", "STATS", "WITH", "CASE", "WHEN", "=", "."}
)  # fmt: skip
"""A statement's word after one of these is a clause of the statement before."""
_BODY_WORDS: Final = _QUERY_WORDS | {"BEGIN", "DECLARE", "IF", "SET", "TRUNCATE", "EXEC", "EXECUTE", "DROP", "CREATE"}
_SWALLOWING: Final = frozenset({"BEGIN", "DECLARE", "DO", "IF", "WHILE", "FOR", "LOOP", "LET", "REPEAT"})
_SILENT: Final = frozenset(
    {"RETURN", "RAISE", "PRINT", "COMMIT", "ROLLBACK", "CLOSE", "FETCH", "EXIT", "LEAVE", "ITERATE", "CONTINUE",
     "BREAK", "NULL", "GO", "DELIMITER", "DEALLOCATE", "RAISERROR", "THROW", "SIGNAL", "RESIGNAL", "GOTO",
     "WAITFOR", "SAVEPOINT", "PRAGMA", "CANCEL", "AWAIT"}
)  # fmt: skip


def _word(token: Token) -> str:
    return "" if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER) else token.text.upper()


def expanded(tokens: list[Token], sql: str, dialect: Dialect) -> list[Token]:
    """Tokens with the text that a tokenizer swallowed after BEGIN, DECLARE or DO split into words too."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        out.append(token)
        index += 1
        swallowed = tokens[index] if index < len(tokens) else None
        if token.token_type is not TokenType.COMMAND or token.text.upper() not in _SWALLOWING or swallowed is None:
            continue
        if swallowed.token_type is not TokenType.STRING:
            continue
        start = sql.find(swallowed.text, token.end + 1)
        if start < 0:
            continue
        line = sql.count("\n", 0, start)
        column = start - (sql.rfind("\n", 0, start) + 1)
        inner = [
            Token(
                t.token_type,
                t.text,
                t.line + line,
                t.col + (column if t.line == 1 else 0),
                t.start + start,
                t.end + start,
            )
            for t in dialect.tokenize(swallowed.text)
        ]
        index += 1
        tokens = [*tokens[:index], *tokens[index:]] if not inner else [*inner, *tokens[index:]]
        index = 0
    return out


def is_procedural(tokens: list[Token]) -> bool:
    """Whether a text is, or holds, a block: its statements begin with procedural words."""
    semicolon = TokenType.SEMICOLON  # looked up once: this loop sees every token of every statement
    starts = [0, *[index + 1 for index, token in enumerate(tokens) if token.token_type is semicolon]]
    return any(_begins_block(tokens, index) for index in starts if index < len(tokens))


def _begins_block(tokens: list[Token], index: int) -> bool:
    word = _word(tokens[index])
    if word in _PROCEDURAL_HEADS:
        return True
    if word == "BEGIN":
        after = tokens[index + 1].text.upper().partition(" ")[0] if index + 1 < len(tokens) else ""
        return after not in ("", ";", "TRAN", "TRANSACTION", "WORK")
    if word in ("CREATE", "ALTER"):
        for other in tokens[index + 1 : index + 6]:
            if _word(other) in ("PROCEDURE", "PROC", "TRIGGER", "PACKAGE"):
                return True
            if _word(other) == "FUNCTION":
                return any(_word(t) == "BEGIN" or t.token_type is TokenType.HEREDOC_STRING for t in tokens[index:])
    return False


def parts_of_script(tokens: list[Token], dialect: str) -> list[Part]:
    """The statements of a script, frames off, in order."""
    return list(_Splitter(tokens, dialect).parts())


class _Splitter:
    def __init__(self, tokens: list[Token], dialect: str) -> None:
        self.tokens = tokens
        self.index = 0
        self.by_keyword = dialect in ("tsql", "fabric")
        self.declares_until_begin = dialect not in ("tsql", "fabric", "mysql", "bigquery", "databricks", "spark")
        self.declaring = False

    def word(self, ahead: int = 0) -> str:
        index = self.index + ahead
        return _word(self.tokens[index]) if index < len(self.tokens) else ""

    def parts(self) -> Iterator[Part]:
        count = len(self.tokens)
        while self.index < count:
            token, word = self.tokens[self.index], self.word()
            if token.token_type is TokenType.SEMICOLON:
                self.index += 1
            elif self.declaring and word != "BEGIN":
                yield from self.declaration()
            elif word in ("BEGIN", "START") and self.word(1) in ("TRAN", "TRANSACTION", "WORK", ";"):
                self.statement()
            elif word == "BEGIN":
                self.declaring = False
                self.index += 2 if self.word(1) in ("TRY", "CATCH", "ATOMIC", "NOT") else 1
            elif word in ("ELSE", "LOOP", "REPEAT", "THEN", "EXCEPTION", "DO", "AS", "IS"):
                self.index += 1
                if (
                    word == "DO"
                    and self.index < count
                    and self.tokens[self.index].token_type is not TokenType.SEMICOLON
                ):
                    yield from self.quoted_body()
            elif word == "END":
                self.end()
            elif word in ("IF", "ELSEIF", "ELSIF", "WHILE", "UNTIL", "WHEN"):
                self.index += 1
                yield from self.condition()
            elif word == "FOR":
                yield from self.loop()
            elif word in ("CREATE", "ALTER") and self.is_routine():
                yield from self.routine()
            elif word in ("DECLARE", "LET", "VAR"):
                self.index += 1
                self.declaring = word == "DECLARE" and self.declares_until_begin
                yield from self.declaration()
            elif word in ("PERFORM",):
                self.tokens[self.index] = Token(
                    TokenType.SELECT, "SELECT", token.line, token.col, token.start, token.end
                )
            elif word == "RETURN" and self.word(1) == "QUERY":
                self.index += 2
            elif word == "OPEN" and self.word(2) == "FOR" and self.word(3) in _QUERY_WORDS:
                self.index += 3
            elif word in _SILENT or (word == "SET" and self.by_keyword) or self.is_label() or self.is_assignment():
                yield from self.queries_in(self.statement())
            else:
                yield from self.plain()

    def plain(self) -> Iterator[Part]:
        part = self.statement()
        if not part:
            self.index += 1
            return
        words = [_word(token) for token in part[:2]]
        place = Place(part[0].line, max(1, part[0].col - (part[0].end - part[0].start)))
        yield Part(part, dynamic=bool(words) and words[0] in ("EXECUTE", "EXEC", "CALL"), place=place)

    def statement(self) -> list[Token]:
        """Tokens up to the statement's end; the end itself is passed over."""
        start = self.index
        depth = cases = 0
        head = self.word()
        body_due = head in ("INSERT", "WITH", "REPLACE")
        set_due = head in ("UPDATE", "MERGE", "ALTER")
        while self.index < len(self.tokens):
            token, word = self.tokens[self.index], self.word()
            if token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET):
                depth += 1
            elif token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET):
                depth = max(0, depth - 1)
            elif token.token_type is TokenType.SEMICOLON and not depth:
                break
            elif word == "CASE":
                cases += 1
            elif word == "END" and cases:
                cases -= 1
            elif self.index > start and not depth and not cases:
                if word == "END" and not self.is_alias_or_name():
                    break
                if word == "GO" and token.line != self.tokens[self.index - 1].line:
                    break
                if self.by_keyword and word in _STATEMENT_WORDS:
                    previous = _word(self.tokens[self.index - 1])
                    if word in ("SELECT", "EXEC", "EXECUTE", "INSERT", "UPDATE", "DELETE", "MERGE") and body_due:
                        body_due = word == "INSERT"
                        head, set_due = word if head == "WITH" else head, set_due or word in ("UPDATE", "MERGE")
                    elif word == "SET" and set_due:
                        set_due = head == "MERGE"
                    elif previous not in _JOINS_ON and not (word == "WITH" and not self.is_cte()):
                        break
            self.index += 1
        part = self.tokens[start : self.index]
        if self.index < len(self.tokens) and self.tokens[self.index].token_type is TokenType.SEMICOLON:
            self.index += 1
        return part

    def is_alias_or_name(self) -> bool:
        return _word(self.tokens[self.index - 1]) in ("AS", ".")

    def is_cte(self) -> bool:
        return self.word(2) == "AS" or self.word(2) == "("

    def end(self) -> None:
        """END, END IF, END LOOP, END name: up to its semicolon, or in T-SQL the word itself."""
        self.index += 1
        if self.word() in ("IF", "LOOP", "WHILE", "FOR", "CASE", "TRY", "CATCH", "REPEAT") and not (
            self.by_keyword and self.word() in ("IF", "WHILE")
        ):
            self.index += 1
        if not self.by_keyword:
            ahead = self.index
            while (
                ahead < len(self.tokens)
                and ahead - self.index < 2
                and self.tokens[ahead].token_type is not TokenType.SEMICOLON
            ):
                ahead += 1
            if ahead < len(self.tokens) and self.tokens[ahead].token_type is TokenType.SEMICOLON:
                self.index = ahead

    def condition(self) -> Iterator[Part]:
        """Up to THEN, DO, LOOP or BEGIN; in T-SQL up to the statement that depends on it."""
        start, depth = self.index, 0
        while self.index < len(self.tokens):
            token, word = self.tokens[self.index], self.word()
            if token.token_type is TokenType.L_PAREN:
                depth += 1
            elif token.token_type is TokenType.R_PAREN:
                depth -= 1
            elif (
                not depth and (word in ("THEN", "DO", "LOOP", "BEGIN") or token.token_type is TokenType.SEMICOLON)
            ) or (
                not depth
                and self.by_keyword
                and word in _STATEMENT_WORDS
                and self.index > start
                and word not in ("IF",)
            ):
                break
            self.index += 1
        yield from self.queries_in(self.tokens[start : self.index])

    def loop(self) -> Iterator[Part]:
        """FOR x IN (query) DO, FOR x IN query LOOP; FOR x AS c CURSOR FOR query DO."""
        start, depth = self.index, 0
        while self.index < len(self.tokens):
            token, word = self.tokens[self.index], self.word()
            depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
            if not depth and (word in ("DO", "LOOP") or token.token_type is TokenType.SEMICOLON):
                break
            self.index += 1
        part = self.tokens[start : self.index]
        record = part[1].text if len(part) > 2 else ""
        if len(part) == 4 and _word(part[2]) == "IN":  # FOR r IN cursor
            yield Part(part[3:], condition=True, record=record)
        yield from self.queries_in(part, record)

    def declaration(self) -> Iterator[Part]:
        """DECLARE x INT DEFAULT (SELECT …); c CURSOR FOR SELECT …; up to its semicolon."""
        if self.word() == "BEGIN":
            return
        part = self.statement()
        if not part:
            self.index += 1
        words = [_word(token) for token in part[:2]]
        cursor = (
            part[1].text
            if words[:1] == ["CURSOR"] and len(part) > 1
            else part[0].text
            if words[1:] == ["CURSOR"]
            else ""
        )
        yield from self.queries_in(part, cursor)

    def is_label(self) -> bool:
        return self.word(1) == ":" or self.word() == "<<"

    def is_assignment(self) -> bool:
        if self.word(1) == ":=":
            return True
        return any(self.word(ahead) == ":=" for ahead in (2, 3)) or (self.word(1) == ":" and self.word(2) == "=")

    def queries_in(self, tokens: list[Token], record: str = "") -> Iterator[Part]:
        """The queries inside a condition, an assignment, a declaration: each a statement that only reads."""
        index = 0
        while index < len(tokens):
            word = _word(tokens[index])
            if word in ("SELECT", "WITH"):
                depth, end = 0, index
                while end < len(tokens):
                    kind = tokens[end].token_type
                    depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(kind, 0)
                    if depth < 0:
                        break
                    end += 1
                part = tokens[index:end]
                place = Place(part[0].line, max(1, part[0].col - (part[0].end - part[0].start)))
                yield Part(part, condition=True, place=place, record=record)
                index = end
            index += 1

    def is_routine(self) -> bool:
        return any(self.word(ahead) in _ROUTINES for ahead in range(1, 6))

    def routine(self) -> Iterator[Part]:
        """CREATE PROCEDURE …: the frame up to its body, which may be text in quotes."""
        depth = 0
        language = ""
        while self.index < len(self.tokens):
            token, word = self.tokens[self.index], self.word()
            depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
            if word == "LANGUAGE":
                language = self.word(1)
            if not depth:
                if word == "BEGIN":
                    return
                if word == "IS" and self.word(1) != "NULL":
                    self.index += 1
                    self.declaring = self.declares_until_begin
                    return
                if word == "DECLARE":
                    return
                if word == "AS" and self.word(1) not in ("CALLER", "OWNER"):
                    self.index += 1
                    if self.is_text():
                        yield from self.quoted_body(language)
                    else:
                        self.declaring = self.declares_until_begin and self.word() not in _BODY_WORDS
                    return
                if token.token_type is TokenType.SEMICOLON:
                    return
            self.index += 1

    def is_text(self) -> bool:
        return self.index < len(self.tokens) and self.tokens[self.index].token_type in (
            TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING, TokenType.NATIONAL_STRING)  # fmt: skip

    def quoted_body(self, language: str = "") -> Iterator[Part]:
        """AS $$ … $$, DO $$ … $$: the statements inside, if they are SQL. LANGUAGE may also come after the body."""
        if not self.is_text():
            return
        token = self.tokens[self.index]
        self.index += 1
        if self.word() == "LANGUAGE":
            language = self.word(1)
        if language not in ("", "SQL", "PLPGSQL", "PLSQL"):
            return
        yield Part(body=token.text, place=Place(token.line, max(1, token.col)))
