"""feature_store.yaml: the project's name, where its registry is, and what the offline store connects to.

The one idea: the file is configuration of somebody else's program, read with the safe loader, and only the parts that
name places are taken out of it; a password in it is used to open the registry and for nothing else.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]  # its types are another package, for one call

from lineage.errors import InputError, NotFound

FILE: Final = "feature_store.yaml"
CONFIG_BYTES_MAX: Final = 1 << 20
_DATABASES: Final = frozenset({"sqlite", "postgresql", "postgres", "mysql", "mariadb", "snowflake", "mssql", "oracle"})
_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::([^}]*))?\}|\$(\w+)")
_SECRETS: Final = ("password", "token", "secret", "key", "private_key", "credentials")


@dataclass(frozen=True, slots=True)
class Repository:
    """A feature repository, as its configuration says."""

    folder: Path
    project: str
    registry: str
    """A path (relative to the folder) or a database's URL."""
    registry_kind: str
    """file, sql …"""
    offline: Mapping[str, str]
    """What names a place in the offline store's configuration: type, host, port, database, db_schema, account …"""


def read_repository(folder: Path, registry: str | None = None) -> Repository:
    """The repository in a folder. `registry`: instead of the one that the file names, or `env:VARIABLE`. NotFound, InputError."""
    file = folder / FILE
    try:
        size = file.stat().st_size
        told = yaml.safe_load(_expanded(file.read_text(encoding="utf-8"))) if size <= CONFIG_BYTES_MAX else None
    except OSError:
        raise NotFound(f"There is no {file}. Give the folder in which `feast apply` is run.") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{file} is no YAML ({type(error).__name__}). Correct it.", place=str(file)) from None
    if not isinstance(told, dict) or not isinstance(told.get("project"), str):
        raise InputError(f"{file} names no project. Give the folder of a Feast repository.", place=str(file))
    named = told.get("registry")
    inner = named if isinstance(named, dict) else {"path": named}
    given = os.environ.get(registry[4:], "") if registry and registry.startswith("env:") else registry
    if given and "://" not in given:
        given = str(Path(given).resolve())  # what a person gives is relative to where they are, not to the repository
    path = given or str(inner.get("path") or "data/registry.db")
    told_kind = str(inner.get("registry_type") or "file")
    scheme, remote, _ = path.partition("://")
    kind = "sql" if remote and scheme.partition("+")[0] in _DATABASES else told_kind
    places = _places(told.get("offline_store"))
    for text in (told["project"], path, *places.values()):
        if unset := _VARIABLE.search(text):
            raise InputError(
                f"{file} takes a place from the environment variable {unset[1] or unset[3]}, which is not set. Set it as for "
                "`feast apply`.",
                place=str(file),
            )  # fmt: skip
    return Repository(folder.resolve(), told["project"], path, kind, places)


def _places(offline: Any) -> dict[str, str]:
    if isinstance(offline, str):
        return {"type": offline}
    if not isinstance(offline, dict):
        return {"type": "file"}
    return {
        str(key): str(value)
        for key, value in offline.items()
        if isinstance(value, str | int) and not any(word in str(key).lower() for word in _SECRETS)
    }


def _expanded(text: str) -> str:
    """`${VARIABLE}`, `${VARIABLE:default}` and `$VARIABLE` as Feast reads them; what is not set stays as it is."""
    return _VARIABLE.sub(lambda m: os.environ.get(m[1] or m[3], m[2] if m[2] is not None else m[0]), text)
