"""The documentation is held to the code: what exists is described, and what is described exists."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from graphql import build_schema, parse, validate

from api.cli import settings_page
from api.cli.arguments import parser
from api.context import open_context
from api.graphql.errors import CODES
from api.metrics import Metrics
from api.problems import BY_STATUS, TABLE, TYPE_PREFIX
from lineage.facts import EvidenceKind, Verdict
from lineage.query.answers import ReasonCode
from lineage.settings import Settings, table

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def text(*names: str) -> str:
    """Pages of docs/, or all of them with the README."""
    return "\n".join(page.read_text() for page in ([ROOT / "docs" / name for name in names] or PAGES))


def commands(of: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something, as words: ("alias", "add")."""
    groups = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    for group in groups:
        for name, child in group.choices.items():
            yield from commands(child, (*path, name))
    if not groups:
        yield path


def written_commands() -> Iterator[tuple[str, str]]:
    """(page, command line) of every `$ headwater …` in a console block, continuation lines joined."""
    for page in PAGES:
        for block in re.findall(r"^```console.*?\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            for line in re.findall(r"^\$ ((?:.*\\\n)*.*)", block, re.MULTILINE):
                command = line.replace("\\\n", " ")
                if command.removeprefix(".venv/bin/").startswith("headwater "):
                    yield page.name, command.removeprefix(".venv/bin/").removeprefix("headwater ")


def test_the_page_of_settings_and_limits_is_what_the_code_says() -> None:
    """`python -m api.cli.settings_page` writes it; every setting has its row."""
    page = text("settings.md")
    assert page == settings_page.text()
    for each in table():
        assert f"| `{each.variable}` | `--{each.name.replace('_', '-')}` |" in page


def test_every_command_is_documented() -> None:
    """Each command and sub-command is written out somewhere in the documentation."""
    pages = text()
    assert [" ".join(path) for path in commands(parser()) if f"headwater {' '.join(path)}" not in pages] == []


@pytest.mark.parametrize(("page", "command"), sorted(set(written_commands())))
def test_written_commands_can_be_typed(page: str, command: str) -> None:
    """Whatever the documentation tells to type is a command with these arguments."""
    parser().parse_args(shlex.split(command))


def test_every_problem_type_is_documented_with_its_status() -> None:
    """docs/errors.md names each `type` that an answer can have."""
    page = text("errors.md")
    for kind in {kind for _, kind in TABLE} | set(BY_STATUS.values()):
        assert f"| `{TYPE_PREFIX}{kind.slug}` | {kind.status} |" in page


def test_every_graphql_error_code_is_documented_in_its_own_words() -> None:
    """docs/errors.md has the codes' own table, and no code that is none."""
    section = text("errors.md").split("## GraphQL")[1].split("\n## ")[0]
    assert dict(re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", section, re.MULTILINE)) == CODES


def test_questions_in_the_documentation_are_of_the_schema() -> None:
    """Every graphql block is a valid document of docs/schema.graphql."""
    schema = build_schema((ROOT / "docs" / "schema.graphql").read_text())
    blocks = re.findall(r"^```graphql\n(.*?)^```", text(), re.MULTILINE | re.DOTALL)
    assert blocks
    assert [error.message for block in blocks for error in validate(schema, parse(block))] == []


def test_every_word_of_an_answer_is_explained() -> None:
    """docs/time.md explains each evidence, verdict, and reason of completeness."""
    page = text("time.md")
    assert [word for word in (*EvidenceKind, *Verdict, *ReasonCode) if not re.search(rf"\b{word}\b", page)] == []


def test_every_metric_is_documented(tmp_path: Path) -> None:
    """docs/operations.md names each metric, and none that is not there."""
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from api.health import router

    context = open_context(Settings(data=tmp_path))
    try:
        app = FastAPI()
        app.include_router(router(context))
        shown = set(re.findall(r"^# HELP (\w+)", TestClient(app).get("/metrics").text, re.MULTILINE))
    finally:
        context.files.close()
    assert shown >= set(re.findall(r"^# HELP (\w+)", Metrics().text({}).decode(), re.MULTILINE))
    assert set(re.findall(r"`(headwater_\w+)`", text("operations.md"))) == shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there, and every fragment a heading in it."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = unquote(target).partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), f"{target} in {page.name}"
        if fragment:
            headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            assert fragment in {anchor(heading) for heading in headings}, f"{target} in {page.name}"


def anchor(heading: str) -> str:
    """A heading's fragment, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_decisions_are_numbered_and_of_one_form() -> None:
    """ADRs are 0001, 0002 …, and each tells context, decision and consequences on one screen."""
    assert [int(page.name[:4]) for page in ADRS] == list(range(1, len(ADRS) + 1))
    for page in ADRS:
        body = page.read_text()
        assert body.startswith(f"# {int(page.name[:4])}. ")
        assert [part for part in ("**Context.**", "**Decision.**", "**Consequences.**") if part not in body] == []
        assert len(body.splitlines()) <= 40


def test_nobody_is_sent_to_this_machine() -> None:
    """No page names folders of the machine that it was written on."""
    for page in PAGES:
        for folder in (str(ROOT), "../shared"):
            assert folder not in page.read_text(), f"{folder} in {page.name}"
