"""docs/headwater.d.ts: every type of the schema for TypeScript, as it travels.

The one idea: types only, nothing to run. What an answer may hold is an interface with all fields of the type; a document asks
for some of them, and `Pick` says which. An answer's fields are read-only; what may be null says so.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    get_nullable_type,
    is_list_type,
)

SCALARS: Final = {
    "ID": "string", "String": "string", "Int": "number", "Float": "number", "Boolean": "boolean",
    "Long": "string", "DateTime": "string", "Base64": "string", "JSON": "unknown",
}  # fmt: skip
GIVEN: Final = {"Long": "string | number"}  # what is taken is wider than what is answered
OWN: Final = {
    "Long": ("string", "A whole number of up to 64 bits, as text: a JavaScript number keeps 53."),
    "DateTime": ("string", "ISO 8601 with a zone, such as 2026-11-22T02:34:00Z."),
    "Base64": ("string", "Bytes in base64, the standard alphabet."),
    "JSON": ("unknown", "Any JSON value."),
}
HEAD: Final = '// Headwater\'s GraphQL schema for TypeScript, written by "python -m api.clients". Do not edit.\n'


def types(schema: GraphQLSchema) -> str:
    """The whole file."""
    lines = [HEAD]
    roots = {kind.name for kind in (schema.query_type, schema.mutation_type, schema.subscription_type) if kind}
    for name, kind in sorted(schema.type_map.items()):
        if name.startswith("__"):
            continue
        match kind:
            case GraphQLScalarType() if name in OWN:
                told, about = OWN[name]
                lines += [*_doc(about, ""), f"export type {name} = {told};", ""]
            case GraphQLScalarType() if name not in SCALARS:
                raise ValueError(f"{name} has no TypeScript type: add the scalar to OWN.")
            case GraphQLEnumType():
                values = " | ".join(f'"{value}"' for value in kind.values)
                lines += [*_doc(kind.description, ""), f"export type {name} = {values};", ""]
            case GraphQLInputObjectType(is_one_of=True):
                lines += [*_doc(kind.description, ""), f"export type {name} =", *_one_of(kind), ""]
            case GraphQLInputObjectType():
                lines += [*_doc(kind.description, ""), f"export interface {name} {{", *_taken(kind.fields), "}", ""]
            case GraphQLInterfaceType():
                members = " | ".join(sorted(each.name for each in schema.get_implementations(kind).objects))
                lines += [*_doc(kind.description, ""), f"export type {name} = {members};", ""]
            case GraphQLObjectType():
                lines += _object(kind, is_root=name in roots)
    return "\n".join(lines).rstrip() + "\n"


def _object(kind: GraphQLObjectType, *, is_root: bool) -> Iterator[str]:
    yield from _doc(kind.description, "")
    yield f"export interface {kind.name} {{"
    if not is_root:
        yield f'  readonly __typename?: "{kind.name}";'
    for name, field in kind.fields.items():
        yield from _doc(field.description, "  ")
        yield f"  readonly {name}: {_type(field.type, given=False)};"
    yield "}\n"
    for name, field in kind.fields.items():
        if field.args:
            yield f"/** What `{kind.name}.{name}` takes. */"
            yield f"export interface {kind.name}{name[0].upper()}{name[1:]}Arguments {{"
            yield from _taken(field.args)
            yield "}\n"


def _taken(fields: dict[str, Any]) -> Iterator[str]:
    for name, field in fields.items():
        yield from _doc(field.description, "  ")
        yield f"  {name}{'' if _is_needed(field) else '?'}: {_type(field.type, given=True)};"


def _one_of(kind: GraphQLInputObjectType) -> Iterator[str]:
    for name in kind.fields:
        told = [
            f"{each}: {_type(GraphQLNonNull(field.type), given=True)}" if each == name else f"{each}?: never"
            for each, field in kind.fields.items()
        ]
        yield f"  | {{ {'; '.join(told)} }}" + (";" if name == list(kind.fields)[-1] else "")


def _is_needed(field: GraphQLArgument | GraphQLInputField) -> bool:
    has_default = bool(field.ast_node and field.ast_node.default_value)
    return isinstance(field.type, GraphQLNonNull) and not has_default


def _type(kind: GraphQLType, *, given: bool) -> str:
    bare: Any = get_nullable_type(kind)  # type: ignore[call-overload]
    if is_list_type(bare):
        told = f"ReadonlyArray<{_type(bare.of_type, given=given)}>"
    elif given and bare.name in GIVEN:
        told = GIVEN[bare.name]
    else:
        told = SCALARS.get(bare.name, bare.name) if bare.name not in OWN else bare.name
    return told if isinstance(kind, GraphQLNonNull) else f"{told} | null"


def _doc(about: str | None, space: str) -> list[str]:
    if not about:
        return []
    lines = textwrap.wrap(" ".join(about.split()).replace("*/", "* /"), 110, break_on_hyphens=False)
    if len(lines) == 1:
        return [f"{space}/** {lines[0]} */"]
    return [f"{space}/**", *(f"{space} * {line}" for line in lines), f"{space} */"]
