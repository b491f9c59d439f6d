"""The generated client is what the schema says, all of it, and asks for nothing that the service refuses for its size."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, build_schema, parse, validate

from api.clients import __main__ as clients
from api.clients.python_source import snake
from api.clients.shapes import OMITTED, Shapes
from api.graphql.cost import COST_MAX, price
from headwater import documents
from headwater.client import AsyncClient, Client
from headwater.protocol import Document
from headwater.wire import wire_name

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = build_schema((ROOT / clients.SCHEMA).read_text())
SHAPES = Shapes(SCHEMA)
PACKAGE = ROOT / clients.PACKAGE
ARGUMENTS = {name: list(field.args) for _, name, field in SHAPES.roots()}


def test_the_files_are_what_the_schema_says() -> None:
    """`python -m api.clients` would change nothing."""
    for path, text in clients.files((ROOT / clients.SCHEMA).read_text()).items():
        assert (ROOT / path).read_text() == text, f"{path} is old: run `python -m api.clients`"


@pytest.mark.parametrize(("operation", "name"), [(operation, name) for operation, name, _ in SHAPES.roots()])
def test_every_root_field_has_a_method_of_both_clients_and_a_bearable_document(operation: str, name: str) -> None:
    """The document is of the schema and within the service's limits; both clients take the same arguments."""
    document: Document = getattr(documents, snake(name).upper())
    parsed = parse(document.text)
    assert validate(SCHEMA, parsed) == []
    assert price(SCHEMA, parsed, None, {}).cost < COST_MAX / 2
    assert document.repeatable is (operation != "mutation")
    sync, awaited = (inspect.signature(getattr(kind, snake(name))) for kind in (Client, AsyncClient))
    assert sync.parameters == awaited.parameters
    assert {wire_name(each) for each in sync.parameters} - {"self"} == set(ARGUMENTS[name])


def test_pages_are_iterated_wherever_there_are_any() -> None:
    """Each root field that takes `first` and `after` has a method for all its pages."""
    paged = [name for name, args in ARGUMENTS.items() if {"first", "after"} <= set(args)]
    assert paged
    for kind in (Client, AsyncClient):
        assert [name for name in paged if not hasattr(kind, f"{snake(name)}_pages")] == []


def test_what_is_left_out_exists() -> None:
    """Each field that only documents of one's own ask for is one of the schema."""
    for coordinate in OMITTED:
        owner, field = coordinate.split(".")
        assert field in SCHEMA.type_map[owner].fields  # type: ignore[union-attr]


def test_no_list_is_asked_for_with_its_length() -> None:
    """A list that comes whole tells its length, and a node in brief tells neither."""
    lists = {
        f"{kind.name}.{name}"
        for kind in SCHEMA.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name in kind.fields
        if f"{name}Count" in kind.fields
    }
    asked = {f"{shape.type_name}.{part.name}" for shape in SHAPES.names for part in shape.parts}
    assert {"Dataset.columns", "Job.reads", "Run.outputs"} <= lists & asked
    assert {f"{name}Count" for name in lists} & asked == set()


def test_attributes_lead_back_to_the_schemas_names() -> None:
    """No field's name is lost on its way to Python and back."""
    names = {
        name
        for kind in SCHEMA.type_map.values()
        if not kind.name.startswith("__") and hasattr(kind, "fields")
        for name in kind.fields
    }
    assert {name for name in names if wire_name(snake(name)) != name} == set()


def test_the_package_needs_httpx2_alone() -> None:
    """It imports itself, the standard library and httpx2: users install nothing of the service to use it."""
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            )  # fmt: skip
            for name in names:
                assert name.split(".")[0] in {"headwater", "httpx2", *sys.stdlib_module_names}, (path.name, name)


@pytest.mark.slow
def test_the_package_and_its_users_are_typed(tmp_path: Path) -> None:
    """mypy --strict knows what an answer holds, and finds what it does not."""
    text = (
        "from headwater.client import Client\nfrom headwater.inputs import DatasetRef, NodeRef\n"
        "from headwater.words import Direction\n"
        "def f(c: Client) -> str | None:\n"
        "    answer = c.lineage([NodeRef(dataset=DatasetRef('a', 'b'))], Direction.UPSTREAM, depth=2)\n"
        "    return answer.nodes[0].dataset_type{}\n"
    )
    results = []
    for number, wrong in enumerate(("", ".no_such")):
        (tmp_path / f"user{number}.py").write_text(text.format(wrong))
        results.append(
            subprocess.run(
                [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(tmp_path / f"user{number}.py")],
                cwd=tmp_path, env={"MYPYPATH": str(PACKAGE.parent), "PATH": "/usr/bin:/bin"},
                capture_output=True, text=True, timeout=300, check=False,
            )
        )  # fmt: skip
    assert results[0].returncode == 0, results[0].stdout
    assert results[1].returncode == 1
    assert "no_such" in results[1].stdout


def test_typescript_types_name_every_type() -> None:
    """docs/headwater.d.ts exports each type of the schema by its name, but for the scalars that TypeScript has."""
    text = (ROOT / "docs" / "headwater.d.ts").read_text()
    for name in SCHEMA.type_map:
        if not name.startswith("__") and name not in {"ID", "String", "Int", "Float", "Boolean"}:
            assert f"export type {name} =" in text or f"export interface {name} {{" in text
