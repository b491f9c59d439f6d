"""From a selection to the function that shows a list of objects by it.

The one idea: the selection is first read into a Shape, plain data that says which attributes are shown under which
names (here); the same Shape is always the same function (compiled_source.py), so it is made once and kept. What is
read: leaves, objects, lists and members of an interface in one another, as long as every field only shows an attribute.
For anything else there is no Shape.
"""

from __future__ import annotations

import keyword
import threading
from collections import OrderedDict
from typing import Any, Final
from weakref import WeakKeyDictionary

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    is_leaf_type,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from typing_extensions import Protocol

from api.graphql.compiled_source import Complete, Items, Leaf, Member, Object, Shape, make

SHAPES_MAX: Final = 256  # the page and the commands have some fifty; a function takes some 20 kB
FIELDS_MAX: Final = 300  # of one shape: more is no selection of a person or a page, and the function takes long to make
TYPENAME: Final = "__typename"
_DEFINITION: Final = "strawberry-definition"


class Collector(Protocol):
    """The part of graphql-core's executor that merges the selections of one field."""

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList
    ) -> CollectedFields: ...


class _NoShape(Exception):
    """A field of the selection is more than an attribute."""


class Compiler:
    """Makes and keeps the functions of one schema. Safe to use from several threads."""

    _of_schema: Final[WeakKeyDictionary[GraphQLSchema, Compiler]] = WeakKeyDictionary()

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._made: OrderedDict[Shape, Complete] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def of(cls, schema: GraphQLSchema) -> Compiler:
        """The schema's own."""
        found = cls._of_schema.get(schema)
        return found if found is not None else cls._of_schema.setdefault(schema, cls(schema))

    def find(
        self, item_type: GraphQLOutputType, field_details_list: FieldDetailsList, collector: Collector
    ) -> Complete | None:
        """What shows a list of `item_type` by the selection; None: its fields have to be resolved one by one."""
        try:
            shape = _Reading(self._schema, collector).shape(item_type, field_details_list)
        except _NoShape:
            return None
        with self._lock:
            if shape not in self._made:
                self._made[shape] = make(shape, self._schema)
                if len(self._made) > SHAPES_MAX:
                    self._made.popitem(last=False)
            self._made.move_to_end(shape)
            return self._made[shape]


class _Reading:
    """Reads one selection. Counts its fields, so that a selection of thousands is given up early."""

    def __init__(self, schema: GraphQLSchema, collector: Collector) -> None:
        self._schema = schema
        self._collector = collector
        self._fields = 0

    def shape(self, type_: GraphQLOutputType, details: FieldDetailsList, *, nullable: bool = True) -> Shape:
        match type_:
            case GraphQLNonNull(of_type=inner):
                return self.shape(inner, details, nullable=False)
            case GraphQLList(of_type=inner):
                return Items(nullable, self.shape(inner, details))
            case GraphQLObjectType():
                return self._object(type_, details, nullable)
            case GraphQLInterfaceType() if _told_by_class(type_):
                members = self._schema.get_possible_types(type_)
                return Member(type_.name, nullable, tuple(self._object(each, details, False) for each in members))
            case _ if is_leaf_type(type_):
                return Leaf(type_.name, nullable)
            case _:
                raise _NoShape

    def _object(self, type_: GraphQLObjectType, details: FieldDetailsList, nullable: bool) -> Object:
        if not _told_by_class(type_):
            raise _NoShape
        collected = self._collector.collect_subfields(type_, details)
        if collected.new_defer_usages:
            raise _NoShape
        fields: list[tuple[str, str | None, Shape | None]] = []
        for key, of_key in collected.grouped_field_set.items():
            self._fields += 1
            if self._fields > FIELDS_MAX:
                raise _NoShape
            name = of_key[0].node.name.value
            if name == TYPENAME:
                fields.append((key, None, None))
                continue
            field = type_.fields.get(name)
            if field is None:
                continue  # as the executor does: validation has said so already
            fields.append((key, _attribute(field), self.shape(field.type, of_key)))
        return Object(type_.name, nullable, tuple(fields))


def _attribute(field: GraphQLField) -> str:
    """Which attribute the field shows. _NoShape when it does more."""
    definition: Any = (field.extensions or {}).get(_DEFINITION)
    if (
        isinstance(definition, StrawberryField)
        and definition.is_basic_field
        and definition.default_resolver is getattr
        and not field.args
        and getattr(field.resolve, "_is_default", False)
        and definition.python_name.isidentifier()
        and not keyword.iskeyword(definition.python_name)
    ):
        return definition.python_name
    raise _NoShape


def _told_by_class(type_: GraphQLObjectType | GraphQLInterfaceType) -> bool:
    """Whether the class of an object says if it is one of these, and nothing else does."""
    definition: Any = (type_.extensions or {}).get(_DEFINITION)
    return (
        isinstance(definition, StrawberryObjectDefinition)
        and definition.is_type_of is None
        and definition.resolve_type is None
        and not definition.is_graphql_generic
    )
