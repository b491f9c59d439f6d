"""The generated modules of the Python package `headwater`: words, inputs, answers, documents, operations.

The one idea: each module is text made from the schema by one function, so that a test can make it again and compare.
"""

from __future__ import annotations

import builtins
import keyword
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    value_from_ast_untyped,
)

from api.clients.shapes import Shape, Shapes

SCALARS: Final = {
    "ID": "str", "String": "str", "Int": "int", "Long": "int", "Float": "float", "Boolean": "bool",
    "DateTime": "datetime", "Base64": "bytes", "JSON": "Any",
}  # fmt: skip
WIDTH: Final = 110
HEAD: Final = '"""{about}\n\nWritten by `python -m api.clients` from docs/schema.graphql. Do not edit.\n"""\n'
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TAKEN: Final = frozenset(keyword.kwlist) | (set(dir(builtins)) & {*SCALARS.values(), "tuple", "type"})


def snake(name: str) -> str:
    """`validAt` → `valid_at`; what Python has taken gets an underscore: `from` → `from_`."""
    told = _HUMP.sub("_", name).lower()
    return told + "_" if told in _TAKEN else told


def words(schema: GraphQLSchema) -> str:
    """The enums."""
    lines = [HEAD.format(about="The words of the schema."), "from enum import StrEnum\n"]
    for kind in _named(schema, GraphQLEnumType):
        lines += ["", "", f"class {kind.name}(StrEnum):", *_doc(kind.description, 4)]
        for name, value in kind.values.items():
            lines += ["", f'    {name} = "{name}"', *_doc(value.description, 4)]
    return _text(lines)


def inputs(schema: GraphQLSchema) -> str:
    """The input objects: what has to be given first, the rest by name only, as in the methods."""
    lines = [
        HEAD.format(about="What operations take. What is None is not sent, so the service's own default holds."),
        "from __future__ import annotations\n",
        "from collections.abc import Sequence",
        "from dataclasses import KW_ONLY, dataclass, fields",
        "from datetime import datetime\n",
        f"from headwater.words import {_imported(schema)}",
    ]
    for kind in _named(schema, GraphQLInputObjectType):
        options = ", kw_only=True" if kind.is_one_of else ""
        about = f"{kind.description or ''} Exactly one is given." if kind.is_one_of else kind.description
        lines += ["", "", f"@dataclass(frozen=True, slots=True{options})", f"class {kind.name}:", *_doc(about, 4)]
        needs_name = bool(kind.is_one_of)
        for name, field in sorted(kind.fields.items(), key=lambda item: _default(item[1]) is not None):
            default = _default(field)
            if default is not None and not needs_name:
                lines += ["", "    _: KW_ONLY"]
                needs_name = True
            end = "" if default is None else f" = {default.replace('words.', '')}"
            lines += ["", f"    {snake(name)}: {_given(field.type, '')}{end}", *_doc(field.description, 4)]
        if kind.is_one_of:
            lines += [
                "",
                "    def __post_init__(self) -> None:",
                "        given = [each.name for each in fields(self) if getattr(self, each.name) is not None]",
                "        if len(given) != 1:",
                '            told = ", ".join(given) or "none"',
                f'            raise ValueError(f"{kind.name} takes exactly one of its fields; given: {{told}}.")',
            ]
    return _text(lines)


def answers(shapes: Shapes) -> str:
    """The classes of answers, one for each shape."""
    schema, names = shapes.schema, shapes.names
    lines = [
        HEAD.format(about="What operations answer: of each type what a document asks for by default."),
        "from __future__ import annotations\n",
        "from dataclasses import dataclass, field",
        "from datetime import datetime",
        "from typing import Any, ClassVar\n",
        f"from headwater.words import {_imported(schema, inputs_too=False)}",
    ]
    unions = []
    for shape, name in sorted(names.items(), key=lambda item: item[1]):
        kind: Any = schema.type_map[shape.type_name]
        if shape.members:
            unions.append(f"{name} = {' | '.join(names[each] for each in shape.members)}")
            continue
        about = kind.description
        if name != shape.type_name:
            about = f"{about} In short: see `{shape.type_name}`."
        lines += ["", "", "@dataclass(frozen=True, slots=True)", f"class {name}:", *_doc(about, 4)]
        if kind.interfaces:
            lines += ["", f'    typename: ClassVar[str] = "{kind.name}"']
        for part in shape.parts:
            asked: GraphQLField = kind.fields[part.name]
            told = _told(asked.type, names[part.inside] if part.inside else "")
            end = f' = field(metadata={{"wire": "{part.key}"}})' if part.key != part.name else ""
            lines += ["", f"    {snake(part.name)}: {told}{end}", *_doc(asked.description, 4)]
    return _text([*lines, "", "", *unions])


def documents(shapes: Shapes) -> str:
    """The fragments, one for each shape, and an operation for each root field."""
    names = shapes.names
    lines = [
        HEAD.format(
            about="What is sent: a fragment for each class of `headwater.answers`, a document for each operation."
        ),
        "from typing import Final\n",
        "from headwater.protocol import Document, assembled\n",
        "FRAGMENTS: Final = {",
    ]
    for shape, name in sorted(names.items(), key=lambda item: item[1]):
        asked = [_asked(part.name, part.key, names[part.inside] if part.inside else "") for part in shape.parts]
        asked = ["__typename", *(f"...{names[each]}" for each in shape.members)] if shape.members else asked
        lines += [
            f'    "{name}": """',
            *_wrapped(f"fragment {name} on {shape.type_name} {{ {' '.join(asked)} }}"),
            '""",',
        ]
    lines.append("}")
    for operation, name, field in shapes.roots():
        inside = shapes.of_root(field)
        takes = ", ".join(f"${arg}: {told.type}" for arg, told in field.args.items())
        gives = ", ".join(f"{arg}: ${arg}" for arg in field.args)
        text = f"{operation} {name[0].upper()}{name[1:]}{f'({takes})' if takes else ''} {{ {name}"
        text += f"{f'({gives})' if gives else ''} {f'{{ ...{names[inside]} }} ' if inside else ''}}}"
        once = ", repeatable=False" if operation == "mutation" else ""
        lines += ["", f"{snake(name).upper()}: Final = Document(", f'    "{name}",', '    assembled("""']
        lines += [*_wrapped(text), f'""", FRAGMENTS){once},', ")"]
    return _text(lines)


def operations(shapes: Shapes, *, awaited: bool) -> str:
    """A method for each root field, and one that iterates over the pages of those that have them."""
    kind, iterator = ("AsyncOperations", "AsyncIterator") if awaited else ("Operations", "Iterator")
    define, wait = ("async def", "await ") if awaited else ("def", "")
    lines = [
        HEAD.format(
            about="A method for each question, mutation and subscription" + (", to be awaited." if awaited else ".")
        ),
        "from __future__ import annotations\n",
        f"from collections.abc import {iterator}, Mapping, Sequence",
        "from datetime import datetime",
        "from typing import Any\n",
        "from headwater import answers, documents, inputs, words",
        "from headwater.protocol import Document\n\n",
        f"class {kind}:",
        '    """What a client can do; how is for the client to say."""',
        "",
        f"    {define} _ask(self, document: Document, kind: Any, given: Mapping[str, Any]) -> Any:",
        "        raise NotImplementedError",
        "",
        f"    def _pages(self, document: Document, kind: Any, given: Mapping[str, Any], info: str) -> {iterator}[Any]:",
        "        raise NotImplementedError",
        "",
        f"    def _listen(self, document: Document, kind: Any, given: Mapping[str, Any]) -> {iterator}[Any]:",
        "        raise NotImplementedError",
    ]
    for operation, name, field in shapes.roots():
        shape = shapes.of_root(field)
        told = _told(field.type, f"answers.{shapes.names[shape]}" if shape else "", "words.")
        document = f"documents.{snake(name).upper()}"
        if operation == "subscription":
            lines += _method(snake(name), field, f"{iterator}[{told}]", "def")
            lines += [f"        events: {iterator}[{told}] = self._listen("]
            lines += [*_sent(document, told, field.args), "        )", "        return events"]
            continue
        lines += _method(snake(name), field, told, define)
        lines += [f"        answer: {told} = {wait}self._ask(", *_sent(document, told, field.args)]
        lines += ["        )", "        return answer"]
        if shape and (info := _page_info(shape)) and {"first", "after"} <= field.args.keys():
            args = {arg: each for arg, each in field.args.items() if arg != "after"}
            lines += _method(
                f"{snake(name)}_pages", field, f"{iterator}[{told}]", "def", args, "All pages, as they are needed."
            )
            lines += [f"        pages: {iterator}[{told}] = self._pages("]
            lines += [*_sent(document, told, args, f'"{info}"'), "        )", "        return pages"]
    return _text(lines)


def _method(
    name: str,
    field: GraphQLField,
    told: str,
    define: str,
    args: dict[str, GraphQLArgument] | None = None,
    more: str = "",
) -> Iterator[str]:
    args = field.args if args is None else args
    yield ""
    yield f"    {define} {name}("
    yield "        self,"
    defaults = {arg: _default(each) for arg, each in args.items()}
    needed = [arg for arg, default in defaults.items() if default is None]
    for arg in needed:
        yield f"        {snake(arg)}: {_given(args[arg].type)},"
    if len(needed) < len(args):
        yield "        *,"
    for arg, default in defaults.items():
        if default is not None:
            yield f"        {snake(arg)}: {_given(args[arg].type)} = {default},"
    yield f"    ) -> {told}:"
    about = " ".join(filter(None, (field.description, more)))
    rows = [f"`{snake(arg)}`: {each.description}" for arg, each in args.items() if each.description]
    yield from _doc(about, 8, rows)


def _sent(document: str, told: str, args: Iterable[str], *more: str) -> list[str]:
    """The arguments of a call of the client's own."""
    given = "{" + ", ".join(f'"{arg}": {snake(arg)}' for arg in args) + "}"
    lines = textwrap.wrap(given, WIDTH - 16, break_long_words=False, break_on_hyphens=False)
    return [f"            {document},", f"            {told},", *(f"            {line}" for line in lines[:-1]),
            f"            {lines[-1]},", *(f"            {each}," for each in more)]  # fmt: skip


def _page_info(shape: Shape) -> str | None:
    """Where in an answer it stands how to go on: in itself, or in the one list that is paged."""
    if any(part.name == "pageInfo" for part in shape.parts):
        return "page_info"
    inner = [part for part in shape.parts if part.inside and any(each.name == "pageInfo" for each in part.inside.parts)]
    return f"{snake(inner[0].name)}.page_info" if len(inner) == 1 else None


def _asked(name: str, key: str, inside: str) -> str:
    return (name if key == name else f"{key}: {name}") + (f" {{ ...{inside} }}" if inside else "")


def _told(kind: GraphQLType, inside: str, enums: str = "") -> str:
    """An answer's type."""
    return _python(kind, inside, enums, "tuple[{}, ...]")


def _given(kind: GraphQLType, module: str | None = None) -> str:
    """An argument's type."""
    named = get_named_type(kind)
    prefix = ("inputs." if isinstance(named, GraphQLInputObjectType) else "words.") if module is None else module
    return _python(kind, f"{prefix}{named.name}" if named.name not in SCALARS else "", prefix, "Sequence[{}]")


def _python(kind: GraphQLType, inside: str, enums: str, many: str) -> str:
    nullable = not isinstance(kind, GraphQLNonNull)
    bare: Any = get_nullable_type(kind)  # type: ignore[call-overload]
    if is_list_type(bare):
        told = many.format(_python(bare.of_type, inside, enums, many))
    elif inside:
        told = inside
    elif isinstance(bare, GraphQLEnumType):
        told = enums + bare.name
    elif bare.name in SCALARS:
        told = SCALARS[bare.name]
    else:
        raise ValueError(f"{bare.name} has no Python type: add the scalar to SCALARS and headwater/wire.py.")
    return f"{told} | None" if nullable and told != "Any" else told


def _default(told: GraphQLArgument | GraphQLInputField) -> str | None:
    """The default as Python; None: it has to be given."""
    node = told.ast_node.default_value if told.ast_node else None
    if node is None:
        return None if isinstance(told.type, GraphQLNonNull) else "None"
    value = value_from_ast_untyped(node)
    named = get_named_type(told.type)
    if isinstance(named, GraphQLEnumType) and isinstance(value, str):
        return f"words.{named.name}.{value}"
    if isinstance(value, list):
        if value:
            raise ValueError(f"A default of {value!r} has no Python yet: teach api/clients/python_source.py.")
        return "()"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def _imported(schema: GraphQLSchema, *, inputs_too: bool = True) -> str:
    """The enums that inputs, or else answers, hold."""
    kinds: list[Any] = [
        kind
        for name, kind in schema.type_map.items()
        if hasattr(kind, "fields")
        and not name.startswith("__")
        and isinstance(kind, GraphQLInputObjectType) is inputs_too
        and kind not in (schema.query_type, schema.mutation_type, schema.subscription_type)
    ]
    found = {get_named_type(field.type) for kind in kinds for field in kind.fields.values()}
    names = sorted(kind.name for kind in found if isinstance(kind, GraphQLEnumType))
    return "(\n" + "".join(f"    {name},\n" for name in names) + ")"


def _named(schema: GraphQLSchema, wanted: type[Any]) -> list[Any]:
    return [kind for name, kind in sorted(schema.type_map.items()) if isinstance(kind, wanted) and name[:2] != "__"]


def _doc(about: str | None, indent: int, rows: Iterable[str] = ()) -> list[str]:
    """A docstring."""
    if not about:
        return []
    space = " " * indent
    parts = [_paragraph(about), *(_paragraph(row) for row in rows)]
    lines = [line for part in parts[:1] for line in part] + ([""] if len(parts) > 1 else [])
    lines += [line for part in parts[1:] for line in part]
    raw = "r" if any("\\" in line for line in lines) else ""
    if len(lines) == 1:
        return [f'{space}{raw}"""{lines[0]}"""']
    return [f'{space}{raw}"""{lines[0]}', *(space + line if line else "" for line in lines[1:]), f'{space}"""']


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), WIDTH, break_on_hyphens=False) or [""]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _text(lines: Iterable[str]) -> str:
    told = "\n".join(lines).replace("\n\n\n\n", "\n\n\n")
    return "\n".join(line.rstrip() for line in told.splitlines()) + "\n"
