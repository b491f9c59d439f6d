"""Column lineage as its facets tell it: one claim for each source column and each transformation.

The one idea: only `fields` with DIRECT transformations say that a value flows. INDIRECT ones, and all of `dataset[]`
whatever its type, say what decided about rows (a filter, the keys of a MERGE): table-level evidence is no column
edge.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import orjson

from collectors.openlineage.shapes import RECURRING_BYTES_MAX, as_object, as_objects, as_text, raw_name
from lineage.events import ColumnClaim, RawName
from lineage.facts import Flow

FACETS_CACHED: Final = 4_096  # the outputs of a busy day, some 40 MB


def column_claims(facet: dict[str, Any]) -> tuple[ColumnClaim, ...] | None:
    """The claims of a columnLineage facet; None when it says nothing."""
    fields, entries = facet.get("fields"), facet.get("dataset")
    if not fields and not entries:
        return None
    told = orjson.dumps([fields, entries])
    return _claims_of(told) if len(told) <= RECURRING_BYTES_MAX else _claims_of.__wrapped__(told)


# A job says the same of its columns on each run.
@lru_cache(FACETS_CACHED)
def _claims_of(told: bytes) -> tuple[ColumnClaim, ...] | None:
    fields, entries = orjson.loads(told)
    return distinct([*_field_claims(as_object(fields)), *_dataset_claims(as_objects(entries))]) or None


def _field_claims(fields: dict[str, Any]) -> Iterator[ColumnClaim]:
    for target, told in fields.items():
        if type(told) is not dict or not target:
            continue
        inputs = as_objects(told.get("inputFields"))
        old = as_text(
            told.get("transformationType")
        ).upper()  # before version 1-1-0: one type for the whole target column
        for source in inputs:
            yield from source_claims(target, source, old_type=old)


def source_claims(
    target: str | None, source: dict[str, Any], *, old_type: str = "", column_key: str = "field"
) -> Iterator[ColumnClaim]:
    """The claims of one `{namespace, name, field, transformations}`; none when it names no dataset."""
    name = raw_name(source)
    if name is None:
        return
    column = as_text(source.get(column_key)) or None
    transformations = as_objects(source.get("transformations"))
    for told in transformations:
        kind = as_text(told.get("type")).upper()
        flow = Flow.CONTROL if kind == "INDIRECT" else Flow.VALUE
        yield ColumnClaim(
            target, name, column, flow, as_text(told.get("subtype")).upper() or kind, told.get("masking") is True, True
        )
    if not transformations:
        yield ColumnClaim(target, name, column, Flow.VALUE, old_type, "MASK" in old_type, bool(old_type))


def _dataset_claims(entries: Iterable[dict[str, Any]]) -> Iterator[ColumnClaim]:
    for entry in entries:
        for claim in source_claims(None, entry):
            yield ColumnClaim(None, claim.source, claim.column, Flow.CONTROL, claim.label, claim.masking, claim.typed)


def distinct(claims: Iterable[ColumnClaim]) -> tuple[ColumnClaim, ...]:
    """Each claim once, in order; of two that differ only in masking, the one that masks."""
    kept: dict[tuple[str | None, RawName, str | None, Flow, str], ColumnClaim] = {}
    for claim in claims:
        key = (claim.target, claim.source, claim.column, claim.flow, claim.label)
        before = kept.get(key)
        if before is None or (claim.masking and not before.masking):
            kept[key] = claim
    return tuple(kept.values())
