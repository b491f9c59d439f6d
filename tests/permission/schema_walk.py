"""Documents that ask for every field that a schema has, made by introspection.

The one idea: an argument is filled by its name and type out of one table, so that a new field is asked for by itself,
and a new kind of required argument fails until somebody says what to ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_composite_type,
)

EXPANDED_MAX = 1  # times that a type is asked for with all its fields in one document: else it grows without end


class NothingToAsk(AssertionError):
    """An argument that the table does not know."""


class Documents:
    """One document for each root field."""

    def __init__(self, schema: GraphQLSchema, arguments: Mapping[str, str]) -> None:
        """`arguments`: "Type.field.argument", else "argument:Type", else "Type" (required ones) -> a literal as it
        stands in a document. What may be left out and has no row is."""
        self._schema, self._arguments = schema, arguments
        self._only: tuple[GraphQLNamedType | None, str | None] = (None, None)
        self.asked: set[str] = set()
        """`Type.field` of all that was asked for."""

    def of(self, root: GraphQLObjectType, name: str, only: str | None = None) -> str:
        """A document for one root field; `only`: with this field of its own type alone."""
        self._expanded: Counter[str] = Counter()
        self._only = (get_named_type(root.fields[name].type), only)
        operation = "mutation" if root is self._schema.mutation_type else "query"
        return f"{operation} {{ {self._field(root, name, root.fields[name])} }}"

    def parts(self, root: GraphQLObjectType, name: str) -> Iterator[str]:
        """The same in several documents, for an answer that is too large in one."""
        inner = get_named_type(root.fields[name].type)
        for only in inner.fields if isinstance(inner, GraphQLObjectType) else ():
            yield self.of(root, name, only)

    def _field(self, parent: GraphQLObjectType, name: str, field: GraphQLField) -> str:
        self.asked.add(f"{parent.name}.{name}")
        told = [
            f"{each}: {literal}"
            for each, argument in field.args.items()
            if (literal := self._literal(parent.name, name, each, argument)) is not None
        ]
        call = f"{name}({', '.join(told)})" if told else name
        inner = get_named_type(field.type)
        return f"{call} {{ {self._selection(inner)} }}" if is_composite_type(inner) else call

    def _selection(self, of: GraphQLNamedType) -> str:
        parts = ["__typename"]
        if isinstance(of, GraphQLUnionType | GraphQLInterfaceType):
            self._expanded[of.name] += 1
            if self._expanded[of.name] > EXPANDED_MAX:
                return " ".join((*parts, *_leaves(of)))
            for each in self._schema.get_possible_types(of):
                parts.append(f"... on {each.name} {{ {self._fields(each)} }}")
        elif isinstance(of, GraphQLObjectType):
            parts.append(self._fields(of))
        return " ".join(parts)

    def _fields(self, of: GraphQLObjectType) -> str:
        """All fields, or after EXPANDED_MAX times those that lead nowhere; named by type too, as the types of an
        interface give one name other arguments."""
        self._expanded[of.name] += 1
        if self._expanded[of.name] > EXPANDED_MAX:
            return " ".join(_leaves(of))
        narrow, only = self._only
        told = [
            f"{of.name}_{name}: {self._field(of, name, field)}"
            for name, field in of.fields.items()
            if of is not narrow or only in (None, name)
        ]
        return " ".join(told)

    def _literal(self, parent: str, field: str, name: str, argument: GraphQLArgument) -> str | None:
        keys = (f"{parent}.{field}.{name}", f"{name}:{argument.type}")
        for key in keys:
            if key in self._arguments:
                return self._arguments[key]
        if isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined:
            return self._required(argument.type.of_type, f"{parent}.{field}({name}: {argument.type})")
        return None

    def _required(self, of: GraphQLType, place: str) -> str:
        """What is given for a required type: by its row, else made of what it consists of."""
        if isinstance(of, GraphQLNonNull):
            return self._required(of.of_type, place)
        if str(of) in self._arguments:
            return self._arguments[str(of)]
        if isinstance(of, GraphQLList):
            return f"[{self._required(of.of_type, place)}]"
        if isinstance(of, GraphQLEnumType):
            return str(next(iter(of.values)))
        if isinstance(of, GraphQLInputObjectType):
            fields = [
                f"{name}: {self._required(each.type, place)}"
                for name, each in of.fields.items()
                if isinstance(each.type, GraphQLNonNull) and each.default_value is Undefined
            ]
            return f"{{{', '.join(fields)}}}"
        raise NothingToAsk(f"Say in tests/permission/asking.py what to ask for: {place}.")


def _leaves(of: GraphQLNamedType) -> list[str]:
    """The fields that lead nowhere and need nothing."""
    if not isinstance(of, GraphQLObjectType | GraphQLInterfaceType):
        return ["__typename"]
    plain = [
        name
        for name, field in of.fields.items()
        if not field.args and not is_composite_type(get_named_type(field.type))
    ]
    return plain or ["__typename"]


def every_field(schema: GraphQLSchema) -> Iterator[str]:
    """`Type.field` of all object types that a query or a mutation can reach."""
    waiting = [each for each in (schema.query_type, schema.mutation_type) if each is not None]
    met = {each.name for each in waiting}
    while waiting:
        current = waiting.pop()
        for name, field in current.fields.items():
            yield f"{current.name}.{name}"
            inner = get_named_type(field.type)
            found = (
                list(schema.get_possible_types(inner))
                if isinstance(inner, GraphQLUnionType | GraphQLInterfaceType)
                else [inner]
                if isinstance(inner, GraphQLObjectType)
                else []
            )
            for each in found:
                if each.name not in met:
                    met.add(each.name)
                    waiting.append(each)
