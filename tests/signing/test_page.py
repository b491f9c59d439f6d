"""docs/audit.md: its commands are commands, its figures are the code's."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from api.cli.arguments import parser
from lineage.settings import Settings
from lineage.signing import checkpoints, publisher, signer

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ headwater (.+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("line", sorted(set(COMMANDS)))
def test_every_command_of_the_page_is_one(line: str) -> None:
    """With these flags."""
    assert parser().parse_args(shlex.split(line)).command


def test_the_page_s_figures_are_the_code_s() -> None:
    """How many checkpoints are kept, how soon they are made, how long two keys sign."""
    assert f"The newest {checkpoints.KEPT_NEWEST:,} checkpoints" in PAGE
    assert f"as soon as {publisher.ENTRIES_MAX:,} entries wait" in PAGE
    assert Settings().heartbeat_s == 600 and "After ten minutes" in PAGE
    assert signer.OVERLAP_S == 30 * 86_400 and "30 days" in PAGE.replace("\n", " ")
