"""The normal form of a dataset's name: the key under which its spellings are one."""

import re
from functools import lru_cache
from typing import Final

from lineage.names.namespaces import normal_namespace
from lineage.names.paths import normal_path
from lineage.names.systems import OBJECT_STORES, PATH_SYSTEMS, ROOTED_FILES, SCHEME_SYNONYMS, system_of
from lineage.names.tables import normal_table, segments, unquoted

_URI: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?=/)(?://([^/]*))?(/.*|)", re.DOTALL)
CACHE_SIZE = 50_000  # about 20 MB when full


@lru_cache(CACHE_SIZE)
def normal_dataset(namespace: str, name: str) -> tuple[str, str]:
    """(namespace, name) under which all spellings of one dataset meet. Total and idempotent; a name is never made
    empty."""
    form = _once(namespace, name)
    while (again := _once(*form)) != form:  # each pass only takes away, so this ends
        form = again
    return form


def is_inside(namespace: str, name: str) -> bool:
    """Whether a path names a partition, a stage or a file being written *inside* its dataset, which is therefore one:
    nobody partitions a bare directory."""
    own, whole = name.strip().strip("/"), normal_dataset(namespace, name)[1].strip("/")
    return bool(whole) and own.startswith(whole + "/")


def _once(namespace: str, name: str) -> tuple[str, str]:
    space = normal_namespace(namespace)
    system = system_of(space)
    if system not in PATH_SYSTEMS:
        return space, normal_table(system, name) or name
    text = _inside(space, system, name.strip()) or name
    if _is_table(space, text):
        # `file:/tmp/lake` `silver.orders`: a catalogue that is called by its warehouse's path
        return space, normal_table(system, text) or name
    rooted = True if system in ROOTED_FILES else False if system in OBJECT_STORES else None
    return space, normal_path(text, rooted=rooted)


def _inside(space: str, system: str, name: str) -> str:
    """The path of a name that repeats its namespace: `s3://bucket/x` under `s3://bucket`, `file:/tmp/x` under
    `file`."""
    match = _URI.fullmatch(name)
    if match is None:
        return name
    scheme = SCHEME_SYNONYMS.get(match[1].lower(), match[1].lower())
    if scheme != system:
        return name
    authority = match[2] or ""
    return match[3] if normal_namespace(f"{scheme}://{authority}") == space else name


def _is_table(space: str, name: str) -> bool:
    """Whether a name under a path namespace is a table: no slash, and the namespace itself has a path."""
    path = space.partition("://")[2].partition("/")[2] if "://" in space else space.partition(":")[2]
    return bool(path) and "/" not in name


def dotted_length(name: str) -> int:
    """How many dotted segments a name has."""
    parts = segments(name)
    return len(parts) if parts is not None else name.count(".") + 1


def is_unlisted_cte(name: str, output: str) -> bool:
    """Whether the source of a column claim, in the output's own namespace and in no list of inputs, is shorter than
    any table there can be: `ranked` beside `shop.public.orders` is the name of a CTE that leaked (NAMING 13b)."""
    if "/" in name or "/" in output:
        return False
    return dotted_length(unquoted(name.strip())) < dotted_length(unquoted(output.strip()))
