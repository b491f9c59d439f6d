"""The shape of the code, held by reading it: who imports whom, what modules are called, how long they are.

Imports point one way, `api → collectors → lineage`, so that the core can be tested and read without a web framework or
a SQL parser, and so that each outside library is known in one place only. Everything is found with `ast`: nothing is
imported, and an import inside a function or under TYPE_CHECKING counts like any other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("lineage", "collectors", "api")

# A module has one idea and fits in a reader's head; past this, look for the missing noun.
MODULE_LINES_MAX = 400
# Longer all the same, each with its reason: "lineage/example.py": "one table that would be harder to read in two".
LONGER_ALLOWED: dict[str, str] = {
    f"api/packages/headwater/{name}.py": "written by `python -m api.clients`; nobody edits it"
    for name in ("answers", "async_operations", "documents", "inputs", "operations", "words")
}

# Names that say nothing about what is inside.
MODULE_NAMES_FORBIDDEN = frozenset({"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"})


@dataclass(frozen=True, slots=True)
class Rule:
    """`imported` (with all below it) may be imported only by files whose path starts with one of `by`."""

    imported: str
    by: tuple[str, ...]
    why: str

    def broken_by(self, path: str, imported: str) -> bool:
        """Whether a file at `path` (relative, POSIX) may not import `imported`."""
        return (imported == self.imported or imported.startswith(self.imported + ".")) and not path.startswith(self.by)


OUTSIDE_WORLD = ("collectors/", "api/")
RULES = (
    Rule("api", ("api/",), "imports point one way: api → collectors → lineage"),
    Rule("collectors", OUTSIDE_WORLD, "imports point one way: api → collectors → lineage"),
    Rule("fastapi", ("api/",), "only api knows HTTP"),
    Rule("starlette", ("api/",), "only api knows HTTP"),
    Rule("headwater", ("api/packages/headwater/", "api/cli/client.py"), "the client is for users; commands use its transport"),
    Rule("uvicorn", ("api/",), "only api knows HTTP"),
    Rule("strawberry", ("api/",), "only api knows GraphQL"),
    Rule("graphql", ("api/",), "only api knows GraphQL"),
    Rule("httpx2", OUTSIDE_WORLD, "the core asks nobody over the network"),
    Rule("rich", ("api/cli", "api/demo"), "only the command line draws on a terminal"),
    Rule("joserfc", ("api/access/oidc.py",), "one place believes tokens"),
    Rule("openlineage", OUTSIDE_WORLD, "the core speaks assertions, not OpenLineage"),
    Rule("sqlglot", ("collectors/sql", "collectors/openlineage/mask.py"), "one place parses SQL, one masks it"),
    Rule("sqlalchemy", ("collectors/database", "collectors/feast/registry.py"), "catalogues, and a registry kept in SQL"),
    Rule("duckdb", ("collectors/database",), "one place reads catalogues"),
    Rule("yaml", ("collectors/mlflow", "collectors/feast"), "only what others write is YAML"),
    Rule("google.protobuf", ("collectors/feast",), "only Feast's registry is protobuf"),
    Rule("jinja2", ("lineage/evidence", "lineage/dossier"), "pages for people are made where evidence is"),
    Rule("neo4j", ("lineage/store/neo4j",), "a store's driver stays in its own adapter"),
    Rule("networkx", ("lineage/query",), "graph algorithms serve answers only"),
)


def modules(root: Path, packages: tuple[str, ...] = PACKAGES) -> Iterator[tuple[str, ast.Module, str]]:
    """All modules under `root`'s packages: relative POSIX path, syntax tree, text."""
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield path.relative_to(root).as_posix(), ast.parse(text, filename=str(path)), text


def imports(path: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """All that a module imports, wherever in it: line and absolute name; dynamic imports too if they name a literal."""
    package = path.removesuffix(".py").removesuffix("/__init__").split("/")
    if not path.endswith("/__init__.py"):
        package.pop()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package[: len(package) - level + 1] if level else []
                prefix = ".".join([*base, *([module] if module else [])])
                # `from lineage import query` imports a module too, so each name counts with its prefix.
                yield from ((node.lineno, f"{prefix}.{alias.name}") for alias in names)
            case ast.Call(
                func=ast.Name(id="__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name


def broken_imports(root: Path) -> list[str]:
    """Every import that a rule forbids, as `path:line imports name: why`."""
    return [
        f"{path}:{line} imports {name}: {rule.why}"
        for path, tree, _ in modules(root)
        for line, name in imports(path, tree)
        for rule in RULES
        if rule.broken_by(path, name)
    ]


def test_imports_point_one_way_and_each_library_has_its_place() -> None:
    """No module imports what its layer must not know."""
    assert broken_imports(ROOT) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("lineage/fold.py", "import collectors.sql\n"),
        ("lineage/query/reach.py", "def f() -> None:\n    from api.problems import Problem\n"),
        ("lineage/names.py", "from ..api import ingest\n"),
        ("collectors/dbt.py", "import sqlglot.expressions as e\n"),
        ("lineage/store/embedded.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import neo4j\n"),
        ("api/page.py", "import importlib\nimportlib.import_module('networkx.algorithms')\n"),
    ],
)
def test_a_forbidden_import_is_found_however_it_is_written(tmp_path: Path, path: str, text: str) -> None:
    """The check itself works: plain, nested, relative, aliased, typing-only and dynamic imports all count."""
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    found = broken_imports(tmp_path)
    assert len(found) == 1
    assert found[0].startswith(path)


def test_imports_of_the_own_layer_and_of_lower_ones_are_fine(tmp_path: Path) -> None:
    """The check does not cry wolf: a name that only begins like a forbidden one, and the way down, pass."""
    for path, text in {
        "api/graphql/types.py": "import strawberry\nfrom lineage.query import reach\nfrom . import scalars\n",
        "collectors/sql/analyse.py": "import sqlglot\nfrom lineage.facts import Fact\n",
        "lineage/query/paths.py": "import networkx as nx\nimport apipkg\n",
        "lineage/store/neo4j_store.py": "import neo4j\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert broken_imports(tmp_path) == []


def test_modules_are_named_for_what_they_define() -> None:
    """No module or package is called utils, helpers or manager."""
    paths = [path for path, _, _ in modules(ROOT)]
    assert [path for path in paths if MODULE_NAMES_FORBIDDEN & set(path.removesuffix(".py").split("/"))] == []


def test_modules_are_short_enough_to_read() -> None:
    """A module over the limit is split, or stands in the allow-list with its reason."""
    lengths = {path: text.count("\n") for path, _, text in modules(ROOT)}
    long = {path: lines for path, lines in lengths.items() if lines > MODULE_LINES_MAX}
    assert {path: lines for path, lines in long.items() if path not in LONGER_ALLOWED} == {}
    assert sorted(LONGER_ALLOWED.keys() - long.keys()) == [], "no longer long: take it off the list"


def test_every_module_says_what_it_is_for() -> None:
    """Each module begins with a docstring."""
    assert [path for path, tree, _ in modules(ROOT) if not ast.get_docstring(tree)] == []


def test_every_test_says_its_rule_in_a_sentence() -> None:
    """Each test function has a docstring, so that the suite reads as a specification."""
    mute = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree, _ in modules(ROOT, ("tests",))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert mute == []


def test_the_product_names_no_folder_outside_the_repository() -> None:
    """What users run works from a clone alone."""
    assert [path for path, _, text in modules(ROOT) if "../shared" in text] == []
