"""From a Shape to the function that shows a list by it, made as Python source.

The one idea: one function for each object of the shape, whose body is one dictionary display. A value of the class that
its type expects is written as it is, at the cost of an attribute and a comparison; every other one goes through a
`take_N`, which does what graphql-core would do, and raises Unusual for all that needs an error with its place. Nothing
of a client gets into the source but names that GraphQL's grammar and Python's know as names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import is_awaitable
from strawberry.types.base import get_object_definition

Complete = Callable[[Sequence[Any]], list[Any]]
Take = Callable[[Any], Any]

# What graphql-core gives back as it came.
_AS_IT_IS: Final = {GraphQLString.name: "str", GraphQLID.name: "str", GraphQLBoolean.name: "bool"}
_PLAIN: Final = frozenset({str, int, float, bool})  # neither errors nor awaitables


class Unusual(Exception):
    """A value that is not shown by its attribute alone: null where none may be, an error, an awaitable."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum, by its type's name."""

    kind: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class Object:
    """An object by its fields: name in the answer, attribute, how it is shown. Without an attribute: the type's name."""

    kind: str
    nullable: bool
    fields: tuple[tuple[str, str | None, Shape | None], ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One of the objects that an interface may be."""

    kind: str
    nullable: bool
    objects: tuple[Object, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    nullable: bool
    of: Shape


Shape = Leaf | Object | Member | Items


def make(shape: Shape, schema: GraphQLSchema) -> Complete:
    """The function that shows a list of such items. It raises Unusual, and nothing else."""
    source = _Source(schema)
    name = source.take(Items(False, shape))
    code = compile("\n".join(source.lines), "<a selection>", "exec")
    exec(code, source.names)  # written above, from names alone
    take = cast(Complete, source.names[name])

    def complete(items: Sequence[Any]) -> list[Any]:
        try:
            return take(items)
        except Unusual:
            raise
        except Exception as error:  # of an attribute or a scalar: the executor will meet it again, and says where
            raise Unusual from error

    return complete


class _Source:
    """The source as it grows, and the names that it uses."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._count = 0
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}

    def take(self, shape: Shape) -> str:
        """The name of the function that shows any value by the shape, as `inline` needs it beside it."""
        self._count += 1
        number = self._count
        match shape:
            case Leaf():
                self._leaf(number, shape)
            case Object():
                self._object(number, shape)
            case Member():
                self._member(number, shape)
            case Items(of=of):
                inner, name = self.take(of), f"odd_{number}"
                self.names[name] = _odd(shape.nullable)
                self.lines += [
                    f"def take_{number}(value):",
                    "    if value.__class__ is not list and value.__class__ is not tuple:",
                    f"        return {name}(value)",
                    f"    return [{self.inline(of, inner, 'item', 'item')} for item in value]",
                ]
        return f"take_{number}"

    def inline(self, shape: Shape, take: str, bind: str, value: str) -> str:
        """The expression that shows `value`, once the expression `bind` has been looked at."""
        number = take.removeprefix("take_")
        match shape:
            case Leaf(kind=kind) if kind in _AS_IT_IS:
                return f"{value} if ({bind}).__class__ is {_AS_IT_IS[kind]} else {take}({value})"
            case Leaf(kind=GraphQLInt.name):
                usual = f"({bind}).__class__ is int and -2147483648 <= {value} <= 2147483647"
                return f"{value} if {usual} else {take}({value})"
            case Leaf() if f"words_{number}" in self.names:
                return f"words_{number}[{value}] if ({bind}).__class__ is class_{number} else {take}({value})"
            case Object():
                return f"show_{number}({value}) if ({bind}).__class__ in classes_{number} else {take}({value})"
            case Member():
                known = f"({bind}).__class__ in shows_{number}"
                return f"shows_{number}[{value}.__class__]({value}) if {known} else {take}({value})"
            case _:
                return f"{take}({bind})"

    def _leaf(self, number: int, shape: Leaf) -> None:
        type_ = cast(GraphQLLeafType, self._schema.type_map[shape.kind])
        self.names[f"take_{number}"] = _leaf(type_.coerce_output_value, shape.nullable)
        words = getattr(type_, "wrapped_cls", None)  # Strawberry's enums
        if words is not None:
            self.names[f"class_{number}"] = words
            self.names[f"words_{number}"] = {word: type_.coerce_output_value(word) for word in words}

    def _object(self, number: int, shape: Object) -> None:
        shown: list[str] = []
        for key, attribute, of in shape.fields:
            if attribute is None or of is None:
                shown.append(f"{key!r}: {shape.kind!r}")
            else:
                told = self.inline(of, self.take(of), f"value := object.{attribute}", "value")
                shown.append(f"{key!r}: {told}")
        self.lines += [f"def show_{number}(object):", f"    return {{{', '.join(shown)}}}"]
        classes: set[type] = set()
        self.names[f"classes_{number}"] = classes
        type_ = cast(GraphQLObjectType, self._schema.type_map[shape.kind])

        def take(value: Any) -> Any:
            if value is None or value is Undefined:
                return _nothing(shape.nullable)
            _check(value)
            if type_.is_type_of is not None and not type_.is_type_of(value, cast(Any, None)):
                raise Unusual
            classes.add(value.__class__)
            return self.names[f"show_{number}"](value)

        self.names[f"take_{number}"] = take

    def _member(self, number: int, shape: Member) -> None:
        takes = {each.kind: self.take(each) for each in shape.objects}
        shows: dict[type, Take] = {}
        self.names[f"shows_{number}"] = shows

        def take(value: Any) -> Any:
            if value is None or value is Undefined:
                return _nothing(shape.nullable)
            _check(value)
            definition = get_object_definition(value.__class__)
            name = takes.get(definition.name) if definition is not None else None
            if name is None or definition is None or definition.origin is not value.__class__:
                raise Unusual
            shown = self.names[name](value)
            shows[value.__class__] = self.names[name.replace("take", "show")]
            return shown

        self.names[f"take_{number}"] = take


def _leaf(coerce: Take, nullable: bool) -> Take:
    def take(value: Any) -> Any:
        if value.__class__ not in _PLAIN:
            if value is None or value is Undefined:
                return _nothing(nullable)
            _check(value)
        shown = coerce(value)
        if shown is None or shown is Undefined:
            raise Unusual
        return shown

    return take


def _odd(nullable: bool) -> Take:
    def take(value: Any) -> Any:
        if value is None or value is Undefined:
            return _nothing(nullable)
        raise Unusual

    return take


def _nothing(nullable: bool) -> None:
    if not nullable:
        raise Unusual


def _check(value: Any) -> None:
    if isinstance(value, Exception) or is_awaitable(value):
        raise Unusual
