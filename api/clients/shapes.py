"""What a typed client asks for by default: of each answer all leaves, and what belongs to it, to a bound.

The one idea: how much of a type is asked for depends on where it stands, in three steps. WHOLE is the answer itself, with first
pages of its lists; LISTED is one of many, without anything that comes in pages unasked; BRIEF is a node that another thing
points at, by its leaves alone. So no page is inside a page, no answer grows with the graph's width, and each type has at most three
classes: `Dataset`, `DatasetItem`, `DatasetBrief`, fewer where two are equal.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    NullValueNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

DEPTH_MAX: Final = 6  # the deepest answer has 4; the service answers 32
OMITTED: Final[Mapping[str, str]] = {
    "AuditPart.disclose": "opens a payload: it is on record, and needs a scope of its own",
    "AuditEntry.proof": "needs a checkpoint over the entry: none may be there yet, and the whole answer would be an error",
    "Node.entries": "needs a walk of the log for each node",
    "LineageNode.entries": "needs a walk of the log for each node",
    "LineageEdge.entries": "needs a walk of the log for each edge",
    "ModelDossier.document": "the sections once more as one text, in a format to choose",
}
"""Fields that only a document of one's own asks for, each with the reason. An interface's goes for all that implement it.
Beside them the lengths of lists (`_is_length`)."""


class Reach(enum.Enum):
    """How much of a type is asked for."""

    WHOLE = 0
    LISTED = 1
    BRIEF = 2


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a shape: its name, the key in the answer, and the shape of what is inside."""

    name: str
    key: str
    inside: Shape | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A type with the fields that are asked for; of an interface, the shapes of its types instead."""

    type_name: str
    parts: tuple[Part, ...]
    members: tuple[Shape, ...] = ()

    def all(self) -> Iterator[Shape]:
        """This one and all inside."""
        yield self
        for each in (*self.members, *(part.inside for part in self.parts if part.inside)):
            yield from each.all()


class Shapes:
    """All shapes of a schema, with names."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._clashes = {
            name: self._clashing(kind)
            for name, kind in schema.type_map.items()
            if isinstance(kind, GraphQLInterfaceType)
        }

    def roots(self) -> Iterator[tuple[str, str, GraphQLField]]:
        """(operation, name, field) of each root field."""
        operations = (
            ("query", self.schema.query_type),
            ("mutation", self.schema.mutation_type),
            ("subscription", self.schema.subscription_type),
        )
        for operation, kind in operations:
            for name, field in (kind.fields if kind else {}).items():
                yield operation, name, field

    def of_root(self, field: GraphQLField) -> Shape | None:
        """What is asked for of a root field's answer."""
        return self._of(field, Reach.WHOLE, 0)

    @cached_property
    def names(self) -> dict[Shape, str]:
        """Each shape with its name: the largest of a type has the type's own."""
        found: dict[str, dict[Shape, int]] = {}
        for _, _, field in self.roots():
            for shape in whole.all() if (whole := self.of_root(field)) else ():
                found.setdefault(shape.type_name, {}).setdefault(shape, _size(shape))
        named: dict[Shape, str] = {}
        for type_name, sizes in sorted(found.items()):
            largest, *others = sorted(sizes, key=lambda shape: -sizes[shape])
            named[largest] = type_name
            named |= {shape: type_name + ("Brief" if _is_brief(shape) else "Item") for shape in others}
        if len(set(named.values())) < len(named) or any(
            name != shape.type_name and name in self.schema.type_map for shape, name in named.items()
        ):
            raise ValueError(
                "Two shapes have one name: add to OMITTED what makes them differ, or choose other suffixes."
            )
        return named

    def _of(self, field: GraphQLField, reach: Reach, depth: int) -> Shape | None:
        kind = get_named_type(field.type)
        if is_leaf_type(kind):
            return None
        if is_list_type(get_nullable_type(field.type)) and reach is Reach.WHOLE:
            reach = Reach.LISTED
        return self._shape(kind, reach, depth)

    def _shape(self, kind: GraphQLNamedType, reach: Reach, depth: int) -> Shape:
        if isinstance(kind, GraphQLInterfaceType):
            members = self.schema.get_implementations(kind).objects
            return Shape(kind.name, (), tuple(self._shape(each, reach, depth) for each in members))
        if not isinstance(kind, GraphQLObjectType):
            raise ValueError(f"{kind.name} is neither an object nor an interface: teach api/clients/shapes.py.")
        parts = tuple(self._parts(kind, reach, depth))
        if not parts:
            raise ValueError(f"Nothing of {kind.name} is asked for: DEPTH_MAX or OMITTED leaves nothing.")
        return Shape(kind.name, parts)

    def _parts(self, kind: GraphQLObjectType, reach: Reach, depth: int) -> Iterator[Part]:
        left_out = _repeated(kind)
        for name, field in kind.fields.items():
            if name in left_out or self._is_omitted(kind, name) or not (reach is Reach.WHOLE or _comes_whole(field)):
                continue
            inner = get_named_type(field.type)
            key = f"{name}_{kind.name}" if any(name in self._clashes[each.name] for each in kind.interfaces) else name
            if is_leaf_type(inner):
                yield Part(name, key)
            elif reach is not Reach.BRIEF and depth < DEPTH_MAX and inner is not kind:
                inside = Reach.BRIEF if self._is_node(inner) else reach
                yield Part(name, key, self._of(field, inside, depth + 1))

    def _is_omitted(self, kind: GraphQLObjectType, name: str) -> bool:
        return _is_length(kind, name) or any(f"{owner.name}.{name}" in OMITTED for owner in (kind, *kind.interfaces))

    def _is_node(self, kind: GraphQLNamedType) -> bool:
        return isinstance(kind, GraphQLInterfaceType) or bool(getattr(kind, "interfaces", ()))

    def _clashing(self, kind: GraphQLInterfaceType) -> set[str]:
        """Fields that types of one interface have with different types: GraphQL wants another key for each."""
        types: dict[str, set[str]] = {}
        for each in self.schema.get_implementations(kind).objects:
            for name, field in each.fields.items():
                types.setdefault(name, set()).add(str(field.type))
        return {name for name, found in types.items() if len(found) > 1}


def _comes_whole(field: GraphQLField) -> bool:
    """Whether it is the same however much there is: it takes no arguments, or is a list of which only who asks gets a
    page."""
    return not field.args or (
        is_list_type(get_nullable_type(field.type)) and all(map(_is_null_by_default, field.args.values()))
    )


def _is_length(kind: GraphQLObjectType, name: str) -> bool:
    """Whether it is the length of a list beside it that comes whole and so tells it already. A node in brief has no list, but
    there the lengths would raise the price by half."""
    listed = kind.fields.get(name.removesuffix("Count"))
    return name.endswith("Count") and listed is not None and bool(listed.args) and _comes_whole(listed)


def _is_null_by_default(argument: GraphQLArgument) -> bool:
    default = argument.ast_node.default_value if argument.ast_node else None
    return not isinstance(argument.type, GraphQLNonNull) and (default is None or isinstance(default, NullValueNode))


def _repeated(kind: GraphQLObjectType) -> set[str]:
    """A page tells its items twice: as nodes, unless its edges know more of each than its cursor."""
    if not {"edges", "nodes"} <= kind.fields.keys():
        return set()
    told = set(getattr(get_named_type(kind.fields["edges"].type), "fields", ()))
    if not {"cursor", "node"} <= told:
        return set()  # edges of a graph
    return {"edges"} if told == {"cursor", "node"} else {"nodes"}


def _size(shape: Shape) -> int:
    return sum(1 for _ in _leaves(shape))


def _leaves(shape: Shape) -> Iterator[Part]:
    for each in shape.members:
        yield from _leaves(each)
    for part in shape.parts:
        yield part
        if part.inside:
            yield from _leaves(part.inside)


def _is_brief(shape: Shape) -> bool:
    return all(not part.inside for part in shape.parts) and all(map(_is_brief, shape.members))
