"""Template syntax (Jinja, dbt, ${…}, <% … %>) in a statement that was not rendered.

The one idea: an expression becomes a plain name of no table and no column, so that the rest of the statement parses and its places
stay; afterwards everything that carries such a name is taken out, and each template is told as unresolved.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from collectors.sql.answer import Place, Reason, StatementLineage, Unresolved

TEMPLATE_NAME: Final = "template__"
"""A name that stands where a template's expression stood; as long as that was, if that is long enough."""
_TEMPLATE: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\$\{[^}]*\}|<%.*?%>", re.DOTALL)
_MARKS: Final = ("{{", "{%", "${", "{#", "<%")


def has_templates(sql: str) -> bool:
    return any(mark in sql for mark in _MARKS)


def without_templates(sql: str) -> tuple[str, list[tuple[str, Place]]]:
    """The text with a plain name in place of each template expression, and nothing in place of template statements;
    and what stood where."""
    found: list[tuple[str, Place]] = []

    def name(match: re.Match[str]) -> str:
        text = match.group()
        before = sql.count("\n", 0, match.start()) + 1
        found.append((text, Place(before, match.start() - (sql.rfind("\n", 0, match.start()) + 1) + 1)))
        if text.startswith(("{%", "{#", "<%")):
            return re.sub(r"[^\n]", " ", text)
        word = f"{TEMPLATE_NAME}{len(found)}"
        lines = text.count("\n")
        return word + ("\n" * lines if lines else " " * max(0, len(text) - len(word)))

    return _TEMPLATE.sub(name, sql), found


def with_templates(answer: StatementLineage, templates: list[tuple[str, Place]]) -> StatementLineage:
    """`answer` without the names that stand for template expressions; each is unresolved instead."""

    def real(name: str | None) -> bool:
        return name is None or TEMPLATE_NAME not in name

    def cleaned(part: StatementLineage) -> StatementLineage:
        return replace(
            part,
            reads=tuple(filter(real, part.reads)),
            writes=tuple(filter(real, part.writes)),
            columns=tuple(e for e in part.columns if real(e.source_table) and real(e.source) and real(e.target_table)),
            unresolved=tuple(u for u in part.unresolved if real(u.subject)),
            statements=tuple(cleaned(s) for s in part.statements),
        )

    told = tuple(
        Unresolved(
            Reason.TEMPLATE, " ".join(text.split())[:80], "A template decides what stands here. Render it first.", place
        )
        for text, place in templates
    )
    answer = cleaned(answer)
    return replace(answer, unresolved=(*answer.unresolved, *told))
