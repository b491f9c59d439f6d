"""`python -m api.graphql.reference [FILE]`: the schema as a page for people, for docs/graphql-reference.md.

Written from the schema itself, descriptions and all, with each element under its schema coordinate (`Query.lineage`); a
test keeps the file true.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    Undefined,
    ast_from_value,
    is_specified_scalar_type,
    print_ast,
)

from api.graphql.schema import schema

FILE = Path("docs/graphql-reference.md")
HEADER = """# GraphQL reference

Written by `python -m api.graphql.reference`; a test holds it to the schema. How to ask, page, subscribe and what is bounded is in
[GraphQL](graphql.md); the schema as one file is [schema.graphql](schema.graphql).
"""


def text() -> str:
    """The whole page."""
    core = schema._schema
    roots = [root for root in (core.query_type, core.mutation_type, core.subscription_type) if root]
    others = [
        kind
        for name, kind in sorted(core.type_map.items())
        if kind not in roots and not name.startswith("__") and not is_specified_scalar_type(kind)
    ]
    sections: tuple[tuple[str, Callable[[GraphQLNamedType], bool]], ...] = (
        ("Types", lambda kind: isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)),
        ("Inputs", lambda kind: isinstance(kind, GraphQLInputObjectType)),
        ("Enums", lambda kind: isinstance(kind, GraphQLEnumType)),
        ("Scalars", lambda kind: isinstance(kind, GraphQLScalarType)),
    )
    parts = [HEADER, *(_fields(root, "##") for root in roots)]
    for title, belongs in sections:
        parts.append(f"## {title}\n")
        parts += [_section(kind) for kind in others if belongs(kind)]
    return "\n".join(parts)


def _section(kind: GraphQLNamedType) -> str:
    match kind:
        case GraphQLObjectType() | GraphQLInterfaceType():
            return _fields(kind, "###")
        case GraphQLInputObjectType():
            rows = ((name, str(each.type), each.description, _default(each)) for name, each in kind.fields.items())
            return _titled(kind) + _table(("field", "type", "what"), (_input_row(*row) for row in rows))
        case GraphQLEnumType():
            return _titled(kind) + _table(
                ("value", "what"), ((f"`{name}`", each.description) for name, each in kind.values.items())
            )
        case _:
            return _titled(kind)


def _fields(kind: GraphQLObjectType | GraphQLInterfaceType, level: str) -> str:
    rows = []
    for name, field in kind.fields.items():
        arguments = "".join(_argument(each, about) for each, about in field.args.items())
        rows.append((f"`{name}`", f"`{field.type}`", _told(field) + arguments))
    return _titled(kind, level) + _table(("field", "type", "what"), rows)


def _told(field: GraphQLField) -> str:
    gone = f" Deprecated: {field.deprecation_reason}" if field.deprecation_reason else ""
    return (field.description or "") + gone


def _argument(name: str, about: GraphQLArgument) -> str:
    return f"<br>`{name}: {about.type}{_default(about)}` {about.description or ''}"


def _input_row(name: str, kind: str, description: str | None, default: str) -> tuple[str, str, str | None]:
    return f"`{name}`", f"`{kind}{default}`", description


def _default(about: object) -> str:
    value, kind = getattr(about, "default_value", Undefined), getattr(about, "type", None)
    if value is Undefined or value is None or kind is None:
        return ""
    written = ast_from_value(value, kind)
    return f" = {print_ast(written)}" if written else ""


def _titled(kind: GraphQLNamedType, level: str = "###") -> str:
    return f"{level} {kind.name}\n\n{kind.description or ''}\n\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str | None, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        "| " + " | ".join((cell or "").replace("|", "\\|").replace("\n", " ") for cell in row) + " |\n" for row in lines
    )


def main(arguments: list[str]) -> int:
    """Write it; the exit code."""
    target = Path(arguments[0]) if arguments else FILE
    target.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
