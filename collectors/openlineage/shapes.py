"""JSON read without trust: what is not of the expected shape reads as nothing."""

from typing import Any, Final

import orjson

from lineage.events import RawName

RECURRING_BYTES_MAX: Final = 32_768
"""Facets up to here are kept once they are read, as they come again with every run; larger ones are rare and would fill memory."""


def as_object(value: Any) -> dict[str, Any]:
    """The object, else an empty one."""
    return value if type(value) is dict else {}


def as_objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list, else none."""
    return [item for item in value if type(item) is dict] if type(value) is list else []


def as_text(value: Any) -> str:
    """The text; a number as its digits; else ""."""
    if type(value) is str:
        return value
    return str(value) if type(value) is int else ""


def raw_name(value: Any) -> RawName | None:
    """`{namespace, name}` with both told, else None."""
    if type(value) is not dict:
        return None
    namespace, name = value.get("namespace"), value.get("name")
    if type(namespace) is str and type(name) is str and namespace.strip() and name.strip():
        return RawName(namespace, name)
    return None


def facet(facets: dict[str, Any], name: str) -> dict[str, Any]:
    """A facet that says something: an object that is not `_deleted`; else an empty one."""
    found = facets.get(name)
    return found if type(found) is dict and found.get("_deleted") is not True else {}


def canonical(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def without_keys(value: Any) -> Any:
    """A value without nulls and without the keys that speak of the facet itself (`_producer`, `_schemaURL`)."""
    if type(value) is dict:
        return {key: without_keys(item) for key, item in value.items() if item is not None and not key.startswith("_")}
    return [without_keys(item) for item in value] if type(value) is list else value
