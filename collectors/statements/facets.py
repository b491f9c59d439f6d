"""From the SQL engine's answer to datasets with OpenLineage's facets: columnLineage (typed), lineage, schema, life cycle.

The one idea: each output tells its own sources, so that a script with three statements is not three inputs times three outputs. A
column of which one source is not known is left out of the facet, never told in part: its table still is.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.generated import column_lineage_dataset, lifecycle_state_change_dataset, schema_dataset
from openlineage.client.generated import lineage as explicit
from openlineage.client.generated.base import DatasetFacet

from collectors.sql import Action, ColumnEdge, StatementLineage
from collectors.statements.known import Column, KnownTables
from collectors.statements.spelling import Spelling

Facets = dict[str, DatasetFacet]
Source = tuple[str, str]
"""(table, column), as the engine spells them."""

_STATES = {
    Action.CREATE: "CREATE",
    Action.ALTER: "ALTER",
    Action.DROP: "DROP",
    Action.TRUNCATE: "TRUNCATE",
    Action.OVERWRITE: "OVERWRITE",
    Action.RENAME: "RENAME",
}


@dataclass(slots=True)
class Output:
    """What one table gets: its sources, and which of their columns go where."""

    table: str
    sources: dict[str, None] = field(default_factory=dict)
    fields: dict[str, dict[Source, dict[ColumnEdge, None]]] = field(default_factory=dict)
    rows: dict[Source, dict[ColumnEdge, None]] = field(default_factory=dict)


def outputs_of(answer: StatementLineage) -> list[Output]:
    """Every table that a statement or script writes, in order, with what flows into it. A table that is renamed at the end has its new
    name: `CREATE t_new …; ALTER TABLE t_new RENAME TO t` declares t."""
    made: dict[str, Output] = {}
    for part in answer.statements or (answer,):
        for table in part.writes:
            output = made.setdefault(table, Output(table))
            own = {e.source_table for e in part.columns if e.target_table == table and e.source_table}
            told = own if len(part.writes) > 1 and own else part.reads
            output.sources |= dict.fromkeys(sorted(told) if told is own else told)
    # A script's own edges, not its parts': temporary tables are looked through there.
    for table, edges in _by_table(answer.columns).items():
        if table in made:
            _fill(made[table], edges)
    if len(made) == 1:
        # What only temporary tables read reaches the one table that is left.
        only = next(iter(made.values()))
        only.sources |= dict.fromkeys(table for table in answer.reads if table != only.table)
    for change in answer.lifecycle:
        if change.action is Action.RENAME and change.other and change.table in made:
            renamed = made.pop(change.table)
            renamed.table = change.other
            made[change.other] = renamed
    return list(made.values())


def _by_table(edges: Iterable[ColumnEdge]) -> dict[str, list[ColumnEdge]]:
    found: dict[str, list[ColumnEdge]] = defaultdict(list)
    for edge in edges:
        if edge.target_table is not None:
            found[edge.target_table].append(edge)
    return found


def _fill(output: Output, edges: list[ColumnEdge]) -> None:
    unknown = {e.target for e in edges if e.target == "*" or e.source_table is None or e.source == "*"}
    for edge in edges:
        if edge.source_table is None or edge.source == "*":
            continue
        source = edge.source_table, edge.source
        output.sources[edge.source_table] = None  # seen through a temporary table: no part of a script reads it itself
        if edge.target is None:
            output.rows.setdefault(source, {})[edge] = None
        elif edge.target not in unknown:
            output.fields.setdefault(edge.target, {}).setdefault(source, {})[edge] = None


def lineage_facets(output: Output, spelling: Spelling, *, beside_inputs: bool = True) -> Facets:
    """columnLineage and lineage of one output. `beside_inputs`: the event has inputs, so that an output without sources has to say so."""
    facets: Facets = {}
    fields = {
        spelling.name(target): column_lineage_dataset.Fields(inputFields=_input_fields(sources, spelling))
        for target, sources in output.fields.items()
    }
    rows = _input_fields(output.rows, spelling)
    if fields or rows:
        facets["columnLineage"] = column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields, dataset=rows)
    named = dict.fromkeys(spelling.dataset(table) for table in output.sources)
    if not named and not beside_inputs:
        return facets
    facets["lineage"] = explicit.LineageDatasetFacet(
        inputs=[explicit.LineageDatasetInput(namespace, name, "DATASET") for namespace, name in named]
    )
    return facets


def _input_fields(
    sources: dict[Source, dict[ColumnEdge, None]], spelling: Spelling
) -> list[column_lineage_dataset.InputField]:
    return [
        column_lineage_dataset.InputField(
            *spelling.dataset(table),
            field=spelling.name(column),
            transformations=[
                column_lineage_dataset.Transformation(kind, subtype, masking=masking)
                for kind, subtype, masking in dict.fromkeys(
                    (edge.transformation_type, edge.transformation.value, edge.masking) for edge in edges
                )
            ],
        )
        for (table, column), edges in sources.items()
    ]


def schema_facet(columns: Iterable[Column]) -> schema_dataset.SchemaDatasetFacet:
    """Columns with types, comments and their places from 1 on."""
    return schema_dataset.SchemaDatasetFacet(
        fields=[
            schema_dataset.SchemaDatasetFacetFields(
                column.name, column.type or None, column.description or None, ordinal_position=at
            )
            for at, column in enumerate(columns, 1)
        ]
    )


def input_datasets(answer: StatementLineage, spelling: Spelling, known: KnownTables) -> list[InputDataset]:
    """What a statement or script reads, with schemas where they are known."""
    tables = dict.fromkeys((*answer.reads, *(s for o in outputs_of(answer) for s in o.sources)))
    found: dict[tuple[str, str], InputDataset] = {}
    for table in tables:
        name = spelling.dataset(table)
        found.setdefault(name, InputDataset(*name, facets=_schema(table, known)))
    return list(found.values())


def output_datasets(
    answer: StatementLineage, spelling: Spelling, known: KnownTables, *, observed: bool
) -> list[OutputDataset]:
    """What a statement or script writes. `observed`: it ran, so that its changes to whole tables are told too; a declaration of a
    TRUNCATE truncates nothing."""
    made = {
        output.table: OutputDataset(
            *spelling.dataset(output.table),
            facets=lineage_facets(output, spelling, beside_inputs=bool(answer.reads)) | _schema(output.table, known),
        )
        for output in outputs_of(answer)
    }
    if observed:
        for table, facet in _changes(answer, spelling).items():
            dataset = made.setdefault(table, OutputDataset(*spelling.dataset(table), facets={}))
            assert dataset.facets is not None
            dataset.facets["lifecycleStateChange"] = facet
    return list({(d.namespace, d.name): d for d in made.values()}.values())


def _schema(table: str, known: KnownTables) -> Facets:
    columns = known.columns(table)
    return {"schema": schema_facet(columns)} if columns else {}


def _changes(
    answer: StatementLineage, spelling: Spelling
) -> dict[str, lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet]:
    """The last change of each table; DROP and CREATE of one table in one script are an OVERWRITE. SWAP has no word in OpenLineage."""
    states: dict[str, tuple[str, str | None]] = {}
    for change in answer.lifecycle:
        state = _STATES.get(change.action)
        if state is None or (state == "RENAME" and not change.other):
            continue
        table, previous = (change.other or "", change.table) if state == "RENAME" else (change.table, None)
        if state == "CREATE" and states.get(table, ("", None))[0] in ("DROP", "OVERWRITE"):
            state = "OVERWRITE"
        states[table] = state, previous
    told = {}
    for table, (state, previous) in states.items():
        before = spelling.dataset(previous) if previous else None
        told[table] = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
            lifecycleStateChange=lifecycle_state_change_dataset.LifecycleStateChange(state),
            previousIdentifier=lifecycle_state_change_dataset.PreviousIdentifier(name=before[1], namespace=before[0])
            if before
            else None,
        )
    return told
