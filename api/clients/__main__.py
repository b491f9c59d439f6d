"""`python -m api.clients`: write the generated files of the Python package and docs/headwater.d.ts from docs/schema.graphql."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from graphql import build_schema

from api.clients import python_source, typescript_source
from api.clients.shapes import Shapes

ROOT: Final = Path(__file__).resolve().parents[2]
SCHEMA: Final = "docs/schema.graphql"
PACKAGE: Final = "api/packages/headwater"


def files(schema_text: str) -> dict[str, str]:
    """Every generated file: path from the repository's root, text."""
    schema = build_schema(schema_text)
    shapes = Shapes(schema)
    return {
        f"{PACKAGE}/words.py": python_source.words(schema),
        f"{PACKAGE}/inputs.py": python_source.inputs(schema),
        f"{PACKAGE}/answers.py": python_source.answers(shapes),
        f"{PACKAGE}/documents.py": python_source.documents(shapes),
        f"{PACKAGE}/operations.py": python_source.operations(shapes, awaited=False),
        f"{PACKAGE}/async_operations.py": python_source.operations(shapes, awaited=True),
        "docs/headwater.d.ts": typescript_source.types(schema),
    }


def main() -> None:
    """Write them all."""
    for path, text in files((ROOT / SCHEMA).read_text(encoding="utf-8")).items():
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
