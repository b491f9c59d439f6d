"""The normal form of a table's or column's name: quotes, letter case, what dbt and BigQuery hang on its end.

The one idea: a name is dotted segments, each perhaps in quotes that say nothing of the data. Quotes go where the name
reads the same without them; case goes only where the system does not tell names apart by it (systems.FOLDS_CASE).
"""

import re
from functools import lru_cache
from typing import Final

from lineage.names.namespaces import normal_namespace
from lineage.names.systems import FOLDS_CASE, WHOLE_NAMES, system_of

_SEGMENT: Final = re.compile(r'"(?:[^"]|"")*"|`[^`]*`|\[[^\[\]]*\]|[^."`\[\]]+')
_QUOTES: Final = frozenset('"`[')
_TEMPORARY: Final = re.compile(r"(?<=.)__dbt_(?:tmp|backup|new|intermediate)[0-9_]*$", re.IGNORECASE)
_DECORATOR: Final = re.compile(r"(?<=.)\$(?:\d{4}|\d{6}|\d{8}|\d{10}|__UNPARTITIONED__)$")
_STAMP: Final = re.compile(r"(?<=[^._-])_1\d{12}(?:\d{3}){0,2}$")
CACHE_SIZE = 50_000  # about 15 MB when full


def segments(name: str) -> list[str] | None:
    """The dotted segments of a name with their quotes; None where quotes do not pair up."""
    found: list[str] = []
    position = 0
    while position < len(name):
        match = _SEGMENT.match(name, position)
        if match is None:
            return None
        found.append(match[0])
        position = match.end()
        if position < len(name):
            if name[position] != "." or position + 1 == len(name):
                return None
            position += 1
    return found


def unquoted(name: str) -> str:
    """A name without the quotes of its segments; a segment that would read otherwise without them keeps them."""
    if not _QUOTES.intersection(name):
        return name
    parts = segments(name)
    return name if parts is None else ".".join(_bare(part) for part in parts)


def _bare(segment: str) -> str:
    if segment[0] not in _QUOTES or len(segment) < 3:
        return segment
    inner = segment[1:-1]
    return segment if not inner.strip() or any(c in '."`[]' for c in inner) else inner


def normal_table(system: str, name: str) -> str:
    """A table's name in a system that is no file system."""
    if system in WHOLE_NAMES:
        return name
    form = unquoted(name.strip()) or name
    if system in FOLDS_CASE:
        form = form.lower()
    while True:
        shorter = _TEMPORARY.sub("", form)
        if system == "bigquery":
            shorter = _DECORATOR.sub("", shorter)
        shorter = _STAMP.sub("", shorter)
        if shorter == form or shorter.endswith("."):
            return form
        form = shorter


@lru_cache(CACHE_SIZE)
def normal_column(namespace: str, column: str) -> str:
    """The one spelling of a column of a dataset under a namespace (raw or normal). Nested columns are paths:
    `after.id`."""
    form = unquoted(column.strip()) or column
    return form.lower() if system_of(normal_namespace(namespace)) in FOLDS_CASE else form
