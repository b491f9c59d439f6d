"""A table as a dataset event: schema with types and comments, kind, owner, keys; and for a view what its definition says of columns.

The one idea: pure functions from what the catalogue said; the time is given, so that equal catalogues make equal events.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from openlineage.client.event_v2 import DatasetEvent, StaticDataset
from openlineage.client.generated import (
    column_lineage_dataset,
    dataset_type_dataset,
    datasource_dataset,
    documentation_dataset,
    lifecycle_state_change_dataset,
    ownership_dataset,
    schema_dataset,
)
from openlineage.client.generated import lineage as explicit

from collectors.database.address import Address
from collectors.database.catalogue import Kind, Table
from collectors.database.keys_facet import NAME as KEYS
from collectors.database.keys_facet import ForeignKeyField, KeysDatasetFacet
from collectors.producer import signed
from collectors.sql import Unresolved
from collectors.statements.facets import Facets, Output, lineage_facets, outputs_of, schema_facet
from collectors.statements.reading import Frame

PRODUCER = "urn:headwater:collect:database"
_VIEW = "headwater_this_view"  # a name that no table has
_QUOTES = {"tsql": ("[", "]")} | dict.fromkeys(
    ("mysql", "bigquery", "hive", "spark", "databricks", "clickhouse"), ("`", "`")
)
_EMPTY: Facets = {
    "documentation": documentation_dataset.DocumentationDatasetFacet(description="", deleted=True),
    "ownership": ownership_dataset.OwnershipDatasetFacet(owners=[], deleted=True),
    "schema": schema_dataset.SchemaDatasetFacet(fields=[], deleted=True),
    "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields={}, deleted=True),
    "lineage": explicit.LineageDatasetFacet(inputs=[], deleted=True),
    KEYS: KeysDatasetFacet(deleted=True),
}
"""What takes a facet back, where the last visit told one and this one has none."""


@dataclass(frozen=True, slots=True)
class Told:
    """One dataset as an event would tell it."""

    name: str
    schema: str
    facets: Facets
    unresolved: tuple[Unresolved, ...] = ()
    """What a view's definition did not tell."""


def told_of(table: Table, address: Address, frame: Frame) -> Told:
    """What there is to tell of one table. `frame`: how its definition is to be read."""
    name = address.dataset(table.schema, table.name)
    kind = dataset_type_dataset.DatasetTypeDatasetFacet(
        "TABLE" if table.kind is Kind.TABLE else "VIEW",
        "MATERIALIZED" if table.kind is Kind.MATERIALIZED_VIEW else None,
    )
    facets: Facets = {
        "datasetType": kind,
        "dataSource": datasource_dataset.DatasourceDatasetFacet(address.namespace, address.namespace),
    }
    if table.columns:
        facets["schema"] = schema_facet(table.columns)
    if table.comment:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(table.comment)
    if table.owner:
        facets["ownership"] = ownership_dataset.OwnershipDatasetFacet([ownership_dataset.Owner(table.owner, "OWNER")])
    if table.primary_key or table.foreign_keys or table.required:
        facets[KEYS] = _keys(table, address)
    if not table.definition:
        return Told(name, table.schema, facets)
    text, lines_before = _as_view(table, frame.dialect)
    reading = frame.read(text)
    outputs = outputs_of(reading.answer)
    if len(outputs) == 1:
        own = Output(name, outputs[0].sources, outputs[0].fields, outputs[0].rows)
        facets |= lineage_facets(own, reading.spelling)
    return Told(name, table.schema, facets, tuple(_moved(gap, -lines_before) for gap in reading.unresolved))


def _moved(gap: Unresolved, lines: int) -> Unresolved:
    """The same, its place counted in the definition as the database gives it."""
    if gap.place is None or not lines:
        return gap
    return replace(gap, place=replace(gap.place, line=max(1, gap.place.line + lines)))


def _keys(table: Table, address: Address) -> KeysDatasetFacet:
    return KeysDatasetFacet(
        primaryKey=list(table.primary_key),
        foreignKeys=[
            ForeignKeyField(list(key.columns), address.namespace, address.dataset(*key.table), list(key.referred))
            for key in table.foreign_keys
        ],
        required=list(table.required),
    )


def _as_view(table: Table, dialect: str) -> tuple[str, int]:
    """The definition as a whole statement, and how many lines stand before it. Some databases give one, others the query alone:
    then the catalogue's columns name its outputs, by position."""
    text = table.definition.strip().rstrip(";")
    if text[:12].upper().startswith(("CREATE", "ALTER", "REPLACE")):
        return text, 0
    opened, closed = _QUOTES.get(dialect, ('"', '"'))
    columns = ", ".join(opened + column.name.replace(closed, closed * 2) + closed for column in table.columns)
    named = f" ({columns})" if columns else ""
    return f"CREATE VIEW {_VIEW}{named} AS\n{text}", 1


def dataset_event(told: Told, namespace: str, time: str, taken_back: Collection[str] = ()) -> DatasetEvent:
    """`taken_back`: facets of the last visit that this one does not have."""
    facets = told.facets | {name: _EMPTY[name] for name in taken_back if name in _EMPTY}
    dataset = StaticDataset(namespace, told.name, facets=facets)
    return signed(DatasetEvent(eventTime=time, producer=PRODUCER, dataset=dataset))


def dropped_event(name: str, namespace: str, time: str) -> DatasetEvent:
    """A dataset that the last visit saw and this one does not."""
    change = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
        lifecycle_state_change_dataset.LifecycleStateChange.DROP
    )
    dataset = StaticDataset(namespace, name, facets={"lifecycleStateChange": change})
    return signed(DatasetEvent(eventTime=time, producer=PRODUCER, dataset=dataset))
