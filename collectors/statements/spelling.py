"""From a table as a statement spells it to the dataset that it is: OpenLineage's naming rules, and what letter case means.

The one idea: an unquoted name means what its dialect makes of it (PostgreSQL: lower case, Snowflake: upper case), a quoted one itself.
The engine's answers do not tell which names were quoted, so the text is asked: what stands between quotes anywhere in it is kept.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

FOLDS_LOWER: Final = frozenset(
    {"postgres", "redshift", "materialize", "risingwave", "trino", "presto", "athena", "hive", "spark", "databricks"}
)
FOLDS_UPPER: Final = frozenset({"snowflake", "oracle", "db2", "exasol"})

_QUOTED: Final = re.compile(r'"((?:[^"]|"")+)"|`([^`]+)`|\[([^\]\[]+)\]')
_PLACE: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/]*)/?(?P<path>.*)", re.DOTALL)
_GLOB: Final = frozenset("*?[{")


@lru_cache(maxsize=256)  # every name of a statement asks for the same text
def quoted_in(text: str) -> frozenset[str]:
    """All that stands between quotes that may enclose a name."""
    return frozenset((double or back or square).replace('""', '"') for double, back, square in _QUOTED.findall(text))


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the names of one text are to be understood."""

    namespace: str
    dialect: str
    text: str
    known: frozenset[str] = frozenset()
    """Names exactly as a catalogue spells them."""
    given: frozenset[str] = frozenset()
    """Names that a person gave beside the text."""

    def dataset(self, table: str) -> tuple[str, str]:
        """(namespace, name) of a table: a place (`s3://bucket/path`) has its own namespace, a glob is its directory."""
        place = _PLACE.fullmatch(table)
        if place is not None:
            scheme, authority, path = place["scheme"].lower(), place["authority"], _without_glob(place["path"])
            if scheme == "file":
                return "file", "/" + path.lstrip("/")
            return f"{scheme}://{authority}" if authority else scheme, path or "/"
        if "/" in table:
            return "file", _without_glob(table)
        return self.namespace, ".".join(self.name(part) for part in table.split("."))

    def name(self, part: str) -> str:
        """One identifier: a column, or a part of a table's name."""
        if part in self.known or part in self.given:
            return part
        if self.dialect in FOLDS_LOWER and part != part.lower() and part not in quoted_in(self.text):
            return part.lower()
        if self.dialect in FOLDS_UPPER and part != part.upper() and part not in quoted_in(self.text):
            return part.upper()
        return part


def _without_glob(path: str) -> str:
    """`day=*/part-*.parquet` is everything under what stands before it."""
    kept: list[str] = []
    for part in path.split("/"):
        if _GLOB & set(part):
            break
        kept.append(part)
    return "/".join(kept) or ("/" if path.startswith("/") else path)
