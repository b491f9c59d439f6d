"""docs/commands.md says what the commands are."""

from pathlib import Path

import pytest

from api.cli.arguments import CHANGES, parser
from api.cli.erasing_arguments import CLASSES, PRESETS
from api.cli.reference import text
from lineage.erasure.retention import FLOORS, Preset
from lineage.query.answers import ChangeKind

PROMISED = (
    "serve", "demo", "ingest x.json", "search x", "show a b", "lineage a b", "impact a b", "provenance a b",
    "paths a b c d", "diff a b --from 1h --at 2h --known-at 3h", "drift --since 1h", "check a b --change REMOVE",
    "alias list", "alias add namespace a b --reason r", "alias remove dataset a --reason r", "alias suggest",
    "distrust list", "distrust add j --reason r", "distrust remove j --reason r", "deadletter list",
    "deadletter show 1", "deadletter replay 1", "audit fsck", "graph rebuild --yes", "graph export",
    "graph digest --history", "graph compare A B", "doctor",
)  # fmt: skip


def test_the_reference_is_true() -> None:
    """`python -m api.cli.reference` writes it."""
    assert Path("docs/commands.md").read_text(encoding="utf-8") == text()


@pytest.mark.parametrize("line", PROMISED)
def test_every_promised_command_is_there_and_documented(line: str) -> None:
    """With the words that users were told, in the parser and in the reference."""
    options = parser().parse_args(line.split())
    module, _, function = options.command.partition(":")
    assert callable(getattr(__import__(f"api.cli.{module}", fromlist=[function]), function))
    words = [word for word in line.split()[:2] if word.isalpha() and word.islower() and len(word) > 2]
    assert f"## `headwater {' '.join(words)}" in text()


@pytest.mark.parametrize("form", ["table", "json", "mermaid", "dot"])
@pytest.mark.parametrize("command", ["search", "show", "lineage", "impact", "provenance", "paths", "diff"])
def test_forms_and_moments_are_flags_of_every_question(command: str, form: str) -> None:
    """--format, --at, --known-at, --url and --api-key."""
    flags = ["--format", form, "--at", "1h", "--known-at", "2h", "--url", "http://x", "--api-key", "k"]
    options = parser().parse_args([command, "a", "b", *flags])
    assert (options.format, options.at, options.known_at) == (form, "1h", "2h")
    assert (options.url, options.api_key) == ("http://x", "k")


def test_what_is_written_out_is_what_the_core_has() -> None:
    """For the sake of a quick start: changes, classes of payload, presets of retention."""
    assert tuple(ChangeKind) == CHANGES
    assert tuple(FLOORS) == CLASSES
    assert tuple(Preset) == PRESETS
