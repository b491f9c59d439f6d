"""In how many ways a source reaches a column, as one small integer.

The one idea: lineage through ten layers is the composition of what each layer does, so a way is a bit, a column's
source carries a set of them, and composing two layers is a table look-up. Only the answer turns bits back into words.
"""

from __future__ import annotations

from typing import Final

from collectors.sql.answer import Transformation
from lineage.facts import Flow

IDENTITY: Final = 1
TRANSFORMATION: Final = 2
AGGREGATION: Final = 4
MASKED: Final = 8
"""Transformed by a function that hides the value."""
MASKED_AGGREGATION: Final = 16
CONDITIONAL: Final = 32
WINDOW: Final = 64
FILTER: Final = 128
JOIN: Final = 256
GROUP_BY: Final = 512
SORT: Final = 1024

VALUE_WAYS: Final = IDENTITY | TRANSFORMATION | AGGREGATION | MASKED | MASKED_AGGREGATION
ROW_WAYS: Final = FILTER | JOIN | GROUP_BY | SORT
"""Ways of what decides about rows, not about one value."""

WORDS: Final[tuple[tuple[int, Flow, Transformation, bool], ...]] = (
    (IDENTITY, Flow.VALUE, Transformation.IDENTITY, False),
    (TRANSFORMATION, Flow.VALUE, Transformation.TRANSFORMATION, False),
    (AGGREGATION, Flow.VALUE, Transformation.AGGREGATION, False),
    (MASKED, Flow.VALUE, Transformation.TRANSFORMATION, True),
    (MASKED_AGGREGATION, Flow.VALUE, Transformation.AGGREGATION, True),
    (CONDITIONAL, Flow.CONTROL, Transformation.CONDITIONAL, False),
    (WINDOW, Flow.CONTROL, Transformation.WINDOW, False),
    (FILTER, Flow.CONTROL, Transformation.FILTER, False),
    (JOIN, Flow.CONTROL, Transformation.JOIN, False),
    (GROUP_BY, Flow.CONTROL, Transformation.GROUP_BY, False),
    (SORT, Flow.CONTROL, Transformation.SORT, False),
)


def _join(outer: int, inner: int) -> int:
    """One way through an inner layer, then one through an outer."""
    if not outer & VALUE_WAYS:
        # What decides about the rows of a query inside a condition still decides about rows; all else takes the outer way.
        return inner if inner & ROW_WAYS and outer & (CONDITIONAL | WINDOW) else outer
    if not inner & VALUE_WAYS or outer == IDENTITY:
        return inner
    if inner == IDENTITY:
        return outer
    masked = (outer | inner) & (MASKED | MASKED_AGGREGATION)
    aggregated = (outer | inner) & (AGGREGATION | MASKED_AGGREGATION)
    if masked:
        return MASKED_AGGREGATION if aggregated else MASKED
    return AGGREGATION if aggregated else TRANSFORMATION


_composed: dict[int, int] = {}


def compose(outer: int, inner: int) -> int:
    """All ways of `inner` (a set), each followed by `outer` (one way)."""
    if outer == IDENTITY:
        return inner
    if inner == IDENTITY:
        return outer
    key = outer << 11 | inner
    known = _composed.get(key)
    if known is None:
        known = 0
        for way, _, _, _ in WORDS:
            if inner & way:
                known |= _join(outer, way)
        _composed[key] = known  # at most 11 × 2048 entries
    return known
