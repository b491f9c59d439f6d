"""Q1 to Q19: `ask(record, query, variables)` answers the questions that law and auditors ask, by name.

The one idea: a question is data: who asks it, its variables, its columns, and a function over a Record. What the graph
cannot know is said to be UNKNOWN, with who could tell it and how; an empty list means that there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lineage.evidence.answer import AuditAnswer, Row
from lineage.evidence.questions import figures, memory, models, personal, remains, trail, training
from lineage.evidence.questions.names import NamedAuditQuery, NamedQuestion
from lineage.evidence.record import Record
from lineage.evidence.variables import read

__all__ = ["QUESTIONS", "NamedAuditQuery", "NamedQuestion", "ask"]

_MODULES = (training, trail, models, personal, remains, figures, memory)
_BY_NAME = {each.query: each for module in _MODULES for each in module.QUESTIONS}
QUESTIONS: Mapping[NamedAuditQuery, NamedQuestion] = {query: _BY_NAME[query] for query in NamedAuditQuery}
"""All nineteen, by number."""


def ask(record: Record, query: NamedAuditQuery, variables: Mapping[str, Any]) -> AuditAnswer:
    """The answer, with the ledger entries that exist for who asks. Errors: InputError with the variable's place,
    NotFound with near names, LimitExceeded."""
    question = QUESTIONS[query]
    answer: AuditAnswer = question.answer(record, read(question.variables, variables))
    seen = set(record.seen(answer.entries))
    return replace(
        answer,
        rows=tuple(Row(row.values, tuple(each for each in row.entries if each in seen)) for row in answer.rows),
        edges=tuple(
            replace(edge, entries=tuple(each for each in edge.entries if each in seen)) for edge in answer.edges
        ),
    )
