"""The explicit lineage facets (August 2026): exact sources instead of a run's inputs × outputs.

The one idea: an entry says all of one dataset's sources. `inputs: []` says that it has none that anyone tracks, which
is not the same as saying nothing. Sources that are jobs tell of no dataset.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from collectors.openlineage.columns import distinct, source_claims
from collectors.openlineage.shapes import as_object, as_objects, as_text, raw_name
from lineage.events import ColumnClaim, RawName


@dataclass(frozen=True, slots=True)
class ExplicitLineage:
    """What one entry says of one dataset: its sources, and what of them goes where."""

    sources: tuple[RawName, ...]
    claims: tuple[ColumnClaim, ...] | None


def explicit_lineage(entry: dict[str, Any]) -> ExplicitLineage | None:
    """A LineageDatasetFacet, or one entry of a LineageJobFacet; None when it says nothing of sources."""
    fields = as_object(entry.get("fields"))
    if type(entry.get("inputs")) is not list and not fields:
        return None
    whole = [source for source in as_objects(entry.get("inputs")) if _is_dataset(source)]
    by_column = [
        (column, source)
        for column, told in fields.items()
        if column
        for source in as_objects(as_object(told).get("inputs"))
        if _is_dataset(source)
    ]
    sources = [
        name for source in [*whole, *(source for _, source in by_column)] if (name := raw_name(source)) is not None
    ]
    claims = [claim for column, source in by_column for claim in source_claims(column, source)]
    claims += [claim for source in whole if as_text(source.get("field")) for claim in source_claims(None, source)]
    return ExplicitLineage(tuple(dict.fromkeys(sources)), distinct(claims) or None)


def job_entries(facet: dict[str, Any]) -> Iterator[tuple[RawName, ExplicitLineage]]:
    """The datasets that a LineageJobFacet speaks of."""
    for entry in as_objects(facet.get("entries")):
        name = raw_name(entry)
        told = explicit_lineage(entry) if name is not None and _is_dataset(entry) else None
        if name is not None and told is not None:
            yield name, told


def _is_dataset(entry: dict[str, Any]) -> bool:
    return as_text(entry.get("type")).upper() in ("", "DATASET")
