"""SQL without comments and without values: every literal is `?`, so that no statement carries a person's data into
the graph.

The one idea: one pass over the tokens, in any dialect, that cannot fail. A parser would have to understand a
statement first, and what it does not understand would leak. Literals stay only where they name something and hold no
value: places (`COPY … FROM 's3://…'`, `read_parquet('…')`), pivot columns, JSON keys, ordinals (`GROUP BY 1`), sizes
of types (`DECIMAL(10, 2)`).
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from collectors.openlineage.secrets import redact_text

MASK: Final = "?"
SQL_CHARACTERS_MAX: Final = 500_000  # some 0.5 s of one core; a statement beyond that is generated data
CACHED_CHARACTERS_MAX: Final = 16_384  # generated statements are rare and would fill memory
CACHE_SIZE: Final = 4_096  # a company's recurring statements; at 2 kB each about 16 MB with their masks

_DOUBLE_QUOTED_STRINGS: Final = frozenset(
    {"mysql", "mariadb", "bigquery", "spark", "sparksql", "hive", "databricks", "doris", "starrocks"}
)
_BACKSLASH_ESCAPES: Final = _DOUBLE_QUOTED_STRINGS | {"snowflake", "clickhouse", "redshift"}
_HASH_COMMENTS: Final = frozenset({"mysql", "mariadb", "bigquery"})
_SLASH_COMMENTS: Final = frozenset({"snowflake"})

_FIRST_ARGUMENT_IS_PLACE: Final = re.compile(
    r"(?:read|scan|sniff)_(?:parquet|csv|csv_auto|json|json_auto|json_objects|ndjson|ndjson_auto|ndjson_objects|text|blob"
    r"|xlsx|avro|arrow|files|kafka)|parquet_scan|csv_scan|parquet_schema|parquet_metadata|iceberg_scan|iceberg_metadata"
    r"|delta_scan|st_read|sqlite_scan|glob|cloud_files|table_changes|file|url|hdfs|s3|s3cluster|gcs|iceberg|deltalake|table|identifier"
)
_LATER_ARGUMENTS_ARE_KEYS: Final = re.compile(
    r"jsonb?_(?:extract\w*|value|query|exists|query_array|value_array|array_length|object_keys|keys|type|tuple|path_\w+)"
    r"|jsonextract\w*|get_json_object|get_path|try_variant_get|variant_get|get|element_at|struct_extract"
    r"|map_extract(?:_value)?|xpath\w*"
)
_SIZED_TYPES: Final = frozenset(
    {"decimal", "numeric", "number", "dec", "varchar", "char", "character", "varying", "nvarchar", "nchar",
     "varchar2", "float", "bit", "varbinary", "binary", "timestamp", "timestamptz", "timestamp_ntz", "timestamp_ltz",
     "timestamp_tz", "datetime", "datetime2", "datetime64", "time", "string", "bignumeric", "int", "bigint", "tinyint",
     "smallint", "text", "fixedstring"}
)  # fmt: skip
_PLACE_WORDS: Final = frozenset({"location", "inpath", "directory", "bulk", "infile", "outfile", "attach", "detach"})
_PROPERTY_NAMES: Final = frozenset({"path", "uri", "location", "external_location", "data_source"})
_COPYING: Final = frozenset({"copy", "unload", "export", "import", "load"})
_LIST_WORDS: Final = frozenset(
    {"array", "in", "select", "distinct", "then", "else", "when", "case", "and", "or", "not", "like", "between",
     "where", "having", "on", "values", "union", "all", "any", "from", "return", "default", "is", "limit", "by", "as",
     "map", "list", "set", "table"}
)  # fmt: skip
"""After these a `[` opens a list of values, not a subscript."""
_PROPERTY_LISTS: Final = frozenset({"options", "files", "with"})
_CLAUSE_ENDS: Final = frozenset(
    {"having", "limit", "window", "union", "intersect", "except", "where", "select", "from", "rows", "range",
     "groups", "qualify", "offset", "fetch", "into", "values"}
)  # fmt: skip


@dataclass(slots=True)
class _Frame:
    """One open bracket: what opened it, and where in it we are."""

    opener: str
    call: str = ""
    """The function's name, lower case; "" for brackets that call nothing."""
    argument: int = 0
    first_word: str = ""
    after_by: bool = False
    keeps: bool = False
    """Every literal directly inside names something."""
    pivot: bool = False
    pivot_for: bool = False
    words: list[str] = field(default_factory=list)
    """The last two words directly inside, the latest last."""


def mask_sql(sql: str, dialect: str | None = None) -> str:
    """The statement with `?` for each value and without comments. Never raises; beyond SQL_CHARACTERS_MAX the answer
    is ""."""
    if len(sql) > SQL_CHARACTERS_MAX:
        return ""
    masked = _masked if len(sql) <= CACHED_CHARACTERS_MAX else _masked.__wrapped__
    return masked(sql, (dialect or "").lower())


@lru_cache(CACHE_SIZE)
def _masked(sql: str, dialect: str) -> str:
    if not dialect and "\\'" in sql:
        # an unknown dialect: the reading in which all quotes pair up is the right one, both failing the one that
        # hides more
        plain, plain_open = _mask(sql, dialect, backslash=False)
        escaped, escaped_open = _mask(sql, dialect, backslash=True)
        if plain_open == escaped_open:
            return min(plain, escaped, key=len)
        return escaped if plain_open else plain
    return _mask(sql, dialect, backslash=dialect in _BACKSLASH_ESCAPES)[0]


@lru_cache(64)
def _tokens(dialect: str, backslash: bool) -> re.Pattern[str]:
    """The tokens of a dialect, longest forms first. A quote that nothing closes is a `sign`."""
    # possessive, so that a string that never ends costs one look at it
    escaped = r"[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+"
    inside = escaped if backslash else r"[^']*+(?:''[^']*+)*+"
    texts = [
        rf"(?<!\w)[eE]'{escaped}'",
        rf"(?<!\w)(?:[nNbBxXrR]|[uU]&|[rR][bB]|[bB][rR]|_utf8(?:mb4)?)'{inside}'",
        rf"'{inside}'",
        r"\$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z)",
    ]
    names = [r"`[^`]*+(?:``[^`]*+)*+`"]
    if dialect in _DOUBLE_QUOTED_STRINGS:
        longer = [r'(?<!\w)[rRbB]{0,2}""".*?"""', r"(?<!\w)[rRbB]{0,2}'''.*?'''"]
        texts = [*longer, *texts, r'(?<!\w)[rRbB]{0,2}"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+"']
    else:
        names.append(r'(?:[uU]&)?"[^"]*+(?:""[^"]*+)*+"')
    comments = [r"--[^\n]*", r"/\*.*?(?:\*/|\Z)"]
    if dialect in _HASH_COMMENTS:
        comments.append(r"#[^\n]*")
    if dialect in _SLASH_COMMENTS:
        comments.append(r"//[^\n]*")
    forms = {
        "space": r"\s+",
        "comment": "|".join(comments),
        "text": "|".join(texts),
        "name": "|".join(names),
        "number": r"0[xX][0-9a-fA-F]+\b|(?:\d[\d_]*+(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d+)?"
        r"(?:[lLsSyYdDfF]|[bB][dD])?(?![\w$])",
        "word": r"[^\W\d][\w$]*|\d[\w$]*",
        "sign": r"->>|->|#>>|#>|::|<=|>=|<>|!=|\|\||:=|[$@:]\w+|.",
    }
    return re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in forms.items()), re.DOTALL)


def _mask(sql: str, dialect: str, *, backslash: bool) -> tuple[str, bool]:
    """(the masked text, whether a quote was left open)."""
    out: list[str] = []
    frames = [_Frame("")]
    statement = ""
    begun = 0  # where in `out` the present statement begins
    previous = ""  # the last token that is neither space nor comment, words in lower case
    pivot_on = False
    left_open = False
    tokens = _tokens(dialect, backslash)
    for match in tokens.finditer(sql):
        kind, text = match.lastgroup or "sign", match[0]
        if kind in ("space", "comment"):
            out.append(text if kind == "space" else " ")
            continue
        frame = frames[-1]
        if kind == "sign" and text in "'\"`":  # a quote that nothing closes: the rest may be a value
            out.append(MASK)
            left_open = True
            break
        if kind == "text":
            out.append(_literal(text, frame, previous, statement, dialect))
            previous = "literal"
            continue
        if kind == "number":
            out.append(text if _number_stays(text, frame, previous) else MASK)
            previous = "number"
            continue
        if kind == "word":
            word = text.lower()
            statement = statement or word
            frame.first_word = frame.first_word or word
            if word == "by":
                frame.after_by = bool(frame.words) and frame.words[-1] in (
                    "group",
                    "order",
                    "cluster",
                    "distribute",
                    "sort",
                )
            elif word in _CLAUSE_ENDS:
                frame.after_by = False
            if word == "for" and frame.pivot:
                frame.pivot_for = True
            if frame.first_word == "pivot" and word in ("on", "using", "group"):
                pivot_on = word == "on"  # DuckDB: PIVOT t ON year IN (2000, 2010) USING sum(x)
            frame.words = [*frame.words[-1:], word]
            out.append(text)
            previous = word
            continue
        if kind == "sign":
            if text in "([":
                frames.append(_opened(text, frame, previous, pivot_on))
            elif text in ")]" and len(frames) > 1:
                frames.pop()
            elif text == ",":
                frame.argument += 1
            elif text == ";":
                _close_statement(out, begun, statement)
                frames, statement, pivot_on, begun = [_Frame("")], "", False, len(out)
        out.append(text)
        previous = text if kind == "sign" else "name"
    _close_statement(out, begun, statement)
    return "\n".join(line.rstrip() for line in "".join(out).splitlines() if line.strip()).strip(), left_open


def _close_statement(out: list[str], begun: int, statement: str) -> None:
    # `SET fs.s3a.secret.key=…` holds its value without quotes
    if statement == "set":
        out[begun:] = [redact_text("".join(out[begun:]))]


def _opened(text: str, frame: _Frame, previous: str, pivot_on: bool) -> _Frame:
    """The state inside a bracket that opens now."""
    is_word = previous not in ("", "name", "literal", "number") and (previous[0].isalpha() or previous[0] == "_")
    if text == "[":
        # a subscript names a key; a list of places is one argument of the call around it
        subscript = previous in ("name", "]", ")") or (is_word and previous not in _LIST_WORDS)
        return _Frame(
            "[",
            keeps=subscript or _names_place(frame) or (frame.call in _PROPERTY_LISTS and frame.words[-1:] == ["uris"]),
        )
    call = previous if is_word else ""
    return _Frame("(", call=call, pivot=call == "pivot", keeps=call == "in" and (frame.pivot_for or pivot_on))


def _names_place(frame: _Frame) -> bool:
    return frame.argument == 0 and bool(frame.call) and _FIRST_ARGUMENT_IS_PLACE.fullmatch(frame.call) is not None


def _is_key(frame: _Frame, previous: str) -> bool:
    """Whether a literal here is a JSON key or path."""
    if previous in ("->", "->>", "#>", "#>>"):
        return True
    return frame.argument > 0 and bool(frame.call) and _LATER_ARGUMENTS_ARE_KEYS.fullmatch(frame.call) is not None


def _literal(text: str, frame: _Frame, previous: str, statement: str, dialect: str) -> str:
    if frame.keeps or _names_place(frame) or _is_key(frame, previous) or _after_place_word(frame, previous, statement):
        return redact_text(text)
    if statement == "unload" and frame.call == "unload" and text.startswith("'"):
        inner = _masked(text[1:-1].replace("''", "'"), dialect)  # Redshift's UNLOAD('SELECT …')
        return "'" + inner.replace("'", "''") + "'"
    return MASK


def _after_place_word(frame: _Frame, previous: str, statement: str) -> bool:
    """Whether the word before a literal says that it is a place."""
    words = frame.words
    if previous in ("from", "join"):
        # `FROM 'a.parquet'`; not `trim(both from 'x')`, not `IS DISTINCT FROM 'x'`
        in_query = not frame.call or frame.first_word in ("select", "with", "from")
        return in_query and words[-2:-1] != ["distinct"]
    if previous in ("to", "into"):
        return statement in _COPYING
    if frame.call in _PROPERTY_LISTS:  # OPTIONS (path 's3://…'), WITH (external_location = 's3://…')
        return previous in ("path", "uri") or (previous == "=" and words[-1:] != [] and words[-1] in _PROPERTY_NAMES)
    return previous in _PLACE_WORDS


def _number_stays(text: str, frame: _Frame, previous: str) -> bool:
    if frame.opener == "[" and frame.keeps and previous == "[":
        return True
    if frame.keeps or _is_key(frame, previous):
        return True
    if frame.after_by and previous in ("by", ",") and text.isdecimal() and len(text) <= 3:
        return True
    return frame.call in _SIZED_TYPES and text.isdecimal()
