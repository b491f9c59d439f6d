"""The variables of a named question: a frozen dataclass says which there are, this reads them from JSON.

The one idea: a question declares its variables once, `name: Annotated[type, "description"]`; reading, checking, the documentation and
the evidence pack's record of what was asked all follow from that declaration.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from lineage.body import NAME_LENGTH_MAX, parse_time
from lineage.errors import InputError
from lineage.moment import iso
from lineage.query.resolve import DatasetRef, DatasetVersionRef, JobRef, NodeRef

Instant = NewType("Instant", int)
"""Microseconds since the epoch; ISO 8601 in JSON."""

TEXTS_MAX = 500  # a list of names in one question
Variables = TypeVar("Variables")


@dataclass(frozen=True, slots=True)
class Place:
    """A dataset, a column of it, a version of it, or a job, by any spelling.

    In JSON an object `{"namespace", "name"}` with `"column"`, `"version"` or `"job": true` beside it."""

    namespace: str
    name: str
    column: str | None = None
    version: str | None = None
    job: bool = False

    def ref(self) -> NodeRef:
        """As questions of the graph read it."""
        if self.job:
            return NodeRef(job=JobRef(self.namespace, self.name))
        if self.version is not None:
            return NodeRef(dataset_version=DatasetVersionRef(self.namespace, self.name, self.version))
        return NodeRef(dataset=DatasetRef(self.namespace, self.name, self.column))

    def at_version(self, version: str) -> Place:
        """The same dataset at a version."""
        return Place(self.namespace, self.name, version=version)


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable as documentation tells it. `default` is what it is when left out, as JSON."""

    name: str
    type: str
    required: bool
    default: object
    description: str


def described(kind: type) -> tuple[Variable, ...]:
    """The variables of a question, in order."""
    return tuple(
        Variable(
            camel(each.name),
            _type_name(each.type),
            each.default is dataclasses.MISSING,
            None if each.default is dataclasses.MISSING else as_json(each.default, each.type),
            each.description,
        )
        for each in _declared(kind)
    )


def read(kind: type[Variables], given: Mapping[str, Any]) -> Variables:
    """The variables in `given`. InputError, with the place, for what is missing, unknown or of another type."""
    declared = _declared(kind)
    known = sorted(camel(each.name) for each in declared)
    for name in given:
        if name not in known:
            raise InputError(
                f"This question has no variable {name!r:.80}. It has: {', '.join(known) or 'none'}.", place="variables"
            )
    found: dict[str, Any] = {}
    for each in declared:
        name = camel(each.name)
        value = given.get(name)
        if value is None and each.default is not dataclasses.MISSING:
            continue
        if value is None:
            raise InputError(f"{name} is missing: {each.description}", place=f"variables.{name}")
        found[each.name] = _value(value, each.type, f"variables.{name}")
    return kind(**found)


def told(variables: object) -> dict[str, object]:
    """The variables as JSON, defaults filled in: what an evidence pack says was asked."""
    return {camel(each.name): as_json(getattr(variables, each.name), each.type) for each in _declared(type(variables))}


def as_json(value: Any, hint: Any = None) -> object:
    """One variable as JSON has it."""
    match value:
        case Place():
            parts = dataclasses.asdict(value)
            return {name: part for name, part in parts.items() if part not in (None, False)}
        case tuple():
            return [as_json(each) for each in value]
        case int() if hint is Instant:
            return iso(value)
        case _:
            return value


def camel(name: str) -> str:
    """`from_version` -> `fromVersion`; `from_` -> `from`."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(each.capitalize() for each in rest)


@dataclass(frozen=True, slots=True)
class _Declared:
    name: str
    type: Any
    default: Any
    description: str


def _declared(kind: type) -> tuple[_Declared, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        _Declared(field.name, _bare(get_args(hints[field.name])[0]), field.default, get_args(hints[field.name])[1])
        for field in dataclasses.fields(kind)
    )


def _bare(hint: Any) -> Any:
    """A type without its `| None`."""
    if get_origin(hint) in (Union, UnionType):
        return next(each for each in get_args(hint) if each is not NoneType)
    return hint


def _type_name(hint: Any) -> str:
    names = {Place: "node", Instant: "time", str: "text", int: "number", bool: "true or false"}
    return names.get(hint, "list of texts")


def _value(value: Any, kind: Any, place: str) -> Any:
    if kind is Place:
        return _place(value, place)
    if kind is Instant:
        if not isinstance(value, str):
            raise InputError("A time is text like 2026-11-22T02:34:00Z.", place=place)
        return parse_time(value, place)
    if kind in (str, bool, int):
        if type(value) is not kind:
            raise InputError(f"{value!r:.80} is no {_type_name(kind)}.", place=place)
        return _text(value, place) if kind is str else value
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value) or len(value) > TEXTS_MAX:
        raise InputError(f"This takes a list of at most {TEXTS_MAX} texts.", place=place)
    return tuple(_text(each, place) for each in value)


def _text(value: str, place: str) -> str:
    if not value or len(value) > NAME_LENGTH_MAX:
        raise InputError(f"A text has 1 to {NAME_LENGTH_MAX} characters.", place=place)
    return value


def _place(value: Any, place: str) -> Place:
    match value:
        case {"namespace": str(namespace), "name": str(name), **rest} if rest.keys() <= {"column", "version", "job"}:
            column, version, job = value.get("column"), value.get("version"), value.get("job", False)
            kinds = isinstance(column, str | None) and isinstance(version, str | None) and isinstance(job, bool)
            if kinds and sum((column is not None, version is not None, bool(job))) <= 1:
                return Place(_text(namespace, place), _text(name, place), column, version, bool(job))
    raise InputError(
        'A node is {"namespace": …, "name": …}, with "column", "version" or "job": true where it is one.', place=place
    )
