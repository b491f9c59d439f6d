"""Which things an answer speaks of: every node id in it, found by its types.

The one idea: answers are frozen data whose ids are typed (`NodeId`), so which attributes lead to ids is worked out once
for each class, and a list of ten thousand nodes is gone through by the interpreter's own loops, not by ours. Ids that
were read for an answer count, whether or not the client chose the field that shows them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import Any, Final, get_args, get_type_hints

from lineage.ids import PREFIX

_ID_TYPES: Final = frozenset({"NodeId", "ID"})  # the core's, and strawberry's of what shows it
_MANY: Final = (tuple, list, set, frozenset)


@dataclasses.dataclass(frozen=True, slots=True)
class _Ways:
    """The attributes of a class that lead to ids: one id, several ids, or something that has ids in it."""

    one: tuple[str, ...] = ()
    several: tuple[str, ...] = ()
    within: tuple[str, ...] = ()


def ids_in(answer: object) -> set[str]:
    """Every node id in `answer`: frozen data, collections of it, ids themselves."""
    found: set[str] = set()
    _gather(answer, found)
    found.discard("")
    return found


def _gather(value: Any, found: set[str]) -> None:
    kind: Any = type(value)
    if kind in _MANY:
        _gather_many(value, found)
    elif kind is dict:
        _gather_many((*value, *value.values()), found)
    elif isinstance(value, str):
        if value.startswith(PREFIX):
            found.add(value)
    elif value is not None:
        ways = _ways(kind)
        for name in ways.one:
            found.add(getattr(value, name) or "")
        for name in ways.several:
            found.update(getattr(value, name) or ())
        for name in ways.within:
            _gather(getattr(value, name), found)


def _gather_many(values: Collection[Any], found: set[str]) -> None:
    kinds = set(map(type, values))
    kind = next(iter(kinds), None)
    if kind is None or len(kinds) > 1 or not dataclasses.is_dataclass(kind):
        for each in values:
            _gather(each, found)
        return
    ways = _ways(kind)
    for name in ways.one:
        found.update(each or "" for each in map(attrgetter(name), values))
    for name in ways.several:
        found.update(chain.from_iterable(map(attrgetter(name), values)))
    for name in ways.within:
        for each in map(attrgetter(name), values):
            _gather(each, found)


@cache  # as many as there are classes of answers
def _ways(kind: Any) -> _Ways:
    if not dataclasses.is_dataclass(kind):
        return _Ways()
    hints = get_type_hints(kind)
    one: list[str] = []
    several: list[str] = []
    within: list[str] = []
    for field in dataclasses.fields(kind):
        if field.name not in hints:  # a field of the schema that a function answers: it holds nothing
            continue
        names = set(_names(hints[field.name]))
        if not names & _ID_TYPES:
            if any(isinstance(each, type) and dataclasses.is_dataclass(each) for each in _types(hints[field.name])):
                within.append(field.name)
        elif names & {"Mapping", "dict"}:
            within.append(field.name)
        elif "tuple" in names or "list" in names:
            (several if names <= _ID_TYPES | {"tuple", "list", "ellipsis"} else within).append(field.name)
        else:
            one.append(field.name)
    return _Ways(tuple(one), tuple(several), tuple(within))


def _types(hint: Any) -> list[Any]:
    """A hint and all that it is made of: `tuple[NodeId, ...] | None` → the union, the tuple, NodeId, …"""
    return [hint, *(inner for each in get_args(hint) for inner in _types(each))]


def _names(hint: Any) -> list[str]:
    return [getattr(each, "__name__", type(each).__name__) for each in _types(hint) if each is not type(None)]
