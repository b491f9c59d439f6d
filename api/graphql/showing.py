"""How the schema shows frozen data of the core: by its attributes, without a copy.

The one idea: a GraphQL type that only shows data has no data of its own. `@shows(Data, …)` declares which attributes
of which frozen dataclass it shows, under which names and with which descriptions; resolvers return the data itself. So
a leaf costs one attribute access, and a renamed attribute fails when the module is imported, not in an answer.
"""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import strawberry

Kind = TypeVar("Kind")
Shown = TypeVar("Shown", bound=type)
Resolver = TypeVar("Resolver", bound=Callable[..., Any])


def about(description: str, name: str | None = None) -> Any:
    """A field with its description, under another name than the attribute's where one is given."""
    return strawberry.field(description=description, name=name)


def shows(data: type, description: str) -> Callable[[Shown], Shown]:
    """Make a class a type of the schema that shows `data`. TypeError when a field is no attribute of it."""

    def declare(shown: Shown) -> Shown:
        attributes = {field.name for field in dataclasses.fields(data)}
        declared: Any = strawberry.type(shown, description=description)
        for field in declared.__strawberry_definition__.fields:
            if field.base_resolver is None and field.python_name not in attributes:
                raise TypeError(f"{shown.__name__}.{field.python_name} is no attribute of {data.__qualname__}")
        return declared  # type: ignore[no-any-return]

    return declare


def shown(kind: type[Kind], answer: object) -> Kind:
    """Frozen data where a signature names the type that shows it. Nothing is converted."""
    return cast(Kind, answer)


def all_shown(kind: type[Kind], answers: Iterable[object]) -> list[Kind]:
    """The same for a list."""
    return cast("list[Kind]", list(answers))


def resolves(description: str, name: str | None = None) -> Callable[[Resolver], Resolver]:
    """A field that a method answers: the method stays what it is for readers and type checkers."""

    def declare(resolver: Resolver) -> Resolver:
        return cast(Resolver, strawberry.field(resolver, description=description, name=name))

    return declare


def mutates(description: str) -> Callable[[Resolver], Resolver]:
    """The same for a mutation."""

    def declare(resolver: Resolver) -> Resolver:
        return cast(Resolver, strawberry.mutation(resolver, description=description))

    return declare


def announces(description: str) -> Callable[[Resolver], Resolver]:
    """The same for a subscription."""

    def declare(resolver: Resolver) -> Resolver:
        return cast(Resolver, strawberry.subscription(resolver, description=description))

    return declare


def given(value: Kind | None, otherwise: Kind) -> Kind:
    """An argument whose null means its default."""
    return otherwise if value is None else value
