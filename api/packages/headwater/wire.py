"""Values on the wire and in Python: camelCase JSON to frozen dataclasses and back, by their annotations.

The one idea: a decoder is made once for each annotation, from the annotation alone, so the generated classes are nothing but
fields. Long travels as text and is an `int`, DateTime is an aware `datetime`, Base64 is `bytes`.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from headwater.errors import Unexpected

WIRE: Final = "wire"
"""A field's key in the JSON, in its metadata, where it is not the attribute's name in camelCase."""

TYPENAME: Final = "__typename"
_WORD: Final = re.compile(r"_([a-z0-9])")
Decoder = Callable[[Any], Any]


def wire_name(attribute: str) -> str:
    """`valid_at` → `validAt`, `from_` → `from`."""
    return _WORD.sub(lambda found: found[1].upper(), attribute.rstrip("_"))


def encode(value: Any) -> Any:
    """A variable as JSON. A dataclass's fields that are None are left out: the service's own default holds."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = ((each, getattr(value, each.name)) for each in dataclasses.fields(value))
        return {_key(each): encode(held) for each, held in told if held is not None}
    match value:
        case enum.Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case Mapping():
            return {name: encode(held) for name, held in value.items()}
        case str():
            return value
        case Sequence():
            return [encode(each) for each in value]
        case _:
            return value


def variables(given: Mapping[str, Any]) -> dict[str, Any]:
    """An operation's variables; those that are None are left out."""
    return {name: encode(value) for name, value in given.items() if value is not None}


def decode(annotation: Any, told: Any) -> Any:
    """`told` as the annotation says. Unexpected where the service answers something else."""
    try:
        return _decoder(annotation)(told)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unexpected(
            f"The service answers what this client does not know ({type(error).__name__}: {error}). "
            "Update the one that is older."
        ) from error


@cache
def _decoder(annotation: Any) -> Decoder:
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is tuple:
        each = _decoder(inside[0])
        return lambda told: tuple([each(item) for item in told])
    if origin in (types.UnionType, typing.Union):
        return _choice(inside)
    if dataclasses.is_dataclass(annotation):
        return _record(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return annotation
    known: Decoder | None = _SCALARS.get(annotation)
    if known is None:
        raise TypeError(f"no decoder for {annotation!r}")
    return known


def _choice(inside: tuple[Any, ...]) -> Decoder:
    members = [each for each in inside if each is not types.NoneType]
    if len(members) == 1:
        one = _decoder(members[0])
    else:
        by_name = {each.typename: _decoder(each) for each in members}

        def one(told: Any) -> Any:
            return by_name[told[TYPENAME]](told)

    return (lambda told: None if told is None else one(told)) if len(members) < len(inside) else one


def _record(kind: Any) -> Decoder:
    hints = typing.get_type_hints(kind)
    fields = [(_key(each), hints[each.name]) for each in dataclasses.fields(kind)]
    decoders: list[tuple[str, Decoder]] | None = None

    def record(told: Any) -> Any:
        nonlocal decoders
        if decoders is None:  # made late: classes may hold one another
            decoders = [(key, _decoder(hint)) for key, hint in fields]
        return kind(*[decoder(told[key]) for key, decoder in decoders])

    return record


def _key(field: dataclasses.Field[Any]) -> str:
    return str(field.metadata.get(WIRE) or wire_name(field.name))


def _time(told: Any) -> datetime:
    return datetime.fromisoformat(told)


def _as_told(kind: type) -> Decoder:
    def told_as(told: Any) -> Any:
        if not isinstance(told, kind):
            raise TypeError(f"{told!r} is no {kind.__name__}")
        return told

    return told_as


def _float(told: Any) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise TypeError(f"{told!r} is no number")
    return float(told)


_SCALARS: Final[dict[Any, Decoder]] = {
    str: _as_told(str),
    bool: _as_told(bool),
    int: int,
    float: _float,
    datetime: _time,
    bytes: lambda told: base64.b64decode(told, validate=True),
    Any: lambda told: told,
}
