"""docs/evidence.md names every question as it is asked, and every tag that questions read."""

from pathlib import Path

import pytest

from lineage.evidence.questions import QUESTIONS, NamedAuditQuery
from lineage.evidence.variables import described
from lineage.evidence.vocabulary import OWNER_ROLES, TAG_KEYS, in_eea

PAGE = Path("docs/evidence.md")


@pytest.mark.parametrize("query", list(NamedAuditQuery), ids=str)
def test_each_question_has_its_row(query: NamedAuditQuery) -> None:
    """With its words, its law and its variables."""
    question = QUESTIONS[query]
    row = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{query}` |"))
    assert question.asks in row and question.law in row
    for variable in described(question.variables):
        assert f"`{variable.name}`{'' if variable.required else '?'} {variable.type}" in row
    names = [column.name for column in question.columns]
    assert len(names) == len(set(names)) and all(column.description.endswith((".", "…")) for column in question.columns)


def test_each_tag_and_role_is_told() -> None:
    """Key and meaning."""
    page = PAGE.read_text(encoding="utf-8")
    assert [key for key, meaning in TAG_KEYS.items() if f"| `{key}` | {meaning} |" not in page] == []
    assert [role for role in OWNER_ROLES if f"type `{role}`" not in page] == []


@pytest.mark.parametrize(("region", "inside"), [
    ("DE", True), ("eea", True), ("eu-central-1", True), ("europe-west4", True), ("is", True),
    ("US", False), ("eu-west-2", False), ("europe-west6", False), ("CH", False), ("uk", False), ("", False),
])  # fmt: skip
def test_london_and_zurich_are_not_in_the_area(region: str, inside: bool) -> None:
    """Clouds call them europe; Iceland, Liechtenstein and Norway belong to it."""
    assert in_eea(region) is inside
