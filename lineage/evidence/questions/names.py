"""The named audit queries: nineteen questions that law and auditors ask, each under a name that never changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lineage.evidence.answer import AuditAnswer, Column
from lineage.evidence.record import Record


class NamedAuditQuery(StrEnum):
    """Which question. The number is its place in the table of docs/evidence.md."""

    Q1_TRAINING_DATA = "Q1_TRAINING_DATA"
    Q2_PREPARATION_STEPS = "Q2_PREPARATION_STEPS"
    Q3_TRAINED_ON_TAGGED = "Q3_TRAINED_ON_TAGGED"
    Q4_EVENTS_OF_SYSTEM = "Q4_EVENTS_OF_SYSTEM"
    Q5_MODEL_AS_DOCUMENTED = "Q5_MODEL_AS_DOCUMENTED"
    Q6_MODEL_INPUTS_CHANGED = "Q6_MODEL_INPUTS_CHANGED"
    Q7_PROCESSING_RECORD = "Q7_PROCESSING_RECORD"
    Q8_SUBJECT_ACCESS = "Q8_SUBJECT_ACCESS"
    Q9_ERASURE_REACH = "Q9_ERASURE_REACH"
    Q10_TAG_LEAKS = "Q10_TAG_LEAKS"
    Q11_TRANSFERS_ABROAD = "Q11_TRANSFERS_ABROAD"
    Q12_FIGURE_LINEAGE = "Q12_FIGURE_LINEAGE"
    Q13_CODE_CHANGES = "Q13_CODE_CHANGES"
    Q14_RECREATE_FIGURE = "Q14_RECREATE_FIGURE"
    Q15_WHO_SAW = "Q15_WHO_SAW"
    Q16_MODEL_INVENTORY = "Q16_MODEL_INVENTORY"
    Q17_ADMIN_AND_GAPS = "Q17_ADMIN_AND_GAPS"
    Q18_ENTRY_UNALTERED = "Q18_ENTRY_UNALTERED"
    Q19_WHAT_WAS_SAID = "Q19_WHAT_WAS_SAID"

    @property
    def number(self) -> str:
        """`Q1` … `Q19`: how people call it."""
        return self.value.partition("_")[0]


@dataclass(frozen=True, slots=True)
class NamedQuestion:
    """A question: `asks` in an auditor's words, `law` where it is asked, and the function that answers it."""

    query: NamedAuditQuery
    asks: str
    law: str
    variables: type
    columns: tuple[Column, ...]
    answer: Callable[[Record, Any], AuditAnswer]
