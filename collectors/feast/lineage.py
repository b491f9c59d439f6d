"""Which columns each column of a view or service is made of: pure, from the definitions alone.

The one idea: exact pairs, one view at a time. A feature whose code cannot be followed comes from *some* columns of what
its view reads: that is told as the whole row going into the feature, so that an impact still finds it, as possible.
"""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from collectors.feast.definitions import Entity, Field, Service, Source, View
from collectors.feast.sql_features import MODES, sql_formulas
from collectors.feast.transformations import Formula, formulas

COPIED, COMPUTED, AGGREGATED = "IDENTITY", "TRANSFORMATION", "AGGREGATION"
Origin = tuple[str, str, str]
"""(dataset of the project, column or "" for the whole row, subtype)."""


@dataclass(slots=True)
class Made:
    """What one dataset of the feature store is made of."""

    upstream: dict[str, None] = field(default_factory=dict)
    """Datasets of the project, in order."""
    fields: dict[str, list[Origin]] = field(default_factory=dict)
    rows: list[tuple[str, str]] = field(default_factory=list)
    """(dataset, column) that decide which rows there are."""
    unresolved: list[str] = field(default_factory=list)
    """Features of which the columns are not known."""

    def add(self, column: str, origin: Origin) -> None:
        listed = self.fields.setdefault(column, [])
        if origin not in listed:
            listed.append(origin)


def made_view(view: View, entities: Mapping[str, Entity]) -> Made:
    """What a view of any kind is made of."""
    made = Made()
    for source in view.sources:
        made.upstream[source.name] = None
        made.rows += [(source.name, column) for column in (source.timestamp, source.created) if column]
    for projection in view.projections:
        made.upstream[projection.view] = None
    _keys(view, entities, made)
    origins = _inputs(view)
    known = _formulas(view, origins)
    aggregates = {
        name: each for each in view.aggregates for name in _names(each.name, each.function, each.column, each.window_s)
    }
    for feature in view.features:
        aggregate = aggregates.get(feature.name)
        column = aggregate.column if aggregate is not None else feature.name
        formula = known.get(column) if view.code else Formula(frozenset([column]), True)
        found = _of(formula, origins, view) if formula is not None else None
        if found is None:
            made.unresolved.append(feature.name)
            for upstream in _wholes(view):
                made.add(feature.name, (upstream, "", COMPUTED))
        for dataset, name in found or ():
            assert formula is not None, "what was found was found by a formula"
            subtype = AGGREGATED if aggregate is not None else COPIED if formula.copied else COMPUTED
            made.add(feature.name, (dataset, name, subtype))
    return made


def made_service(service: Service) -> tuple[Made, tuple[Field, ...]]:
    """What a service passes on, and its columns: a feature's name, with its view's where two have the same."""
    made, columns = Made(), []
    counts: dict[str, int] = {}
    for projection in service.projections:
        made.upstream[projection.view] = None
        for feature in projection.features:
            counts[feature.name] = counts.get(feature.name, 0) + 1
    for projection in service.projections:
        for feature in projection.features:
            name = feature.name if counts[feature.name] == 1 else f"{projection.view}__{feature.name}"
            columns.append(Field(name, feature.type, feature.description))
            made.add(name, (projection.view, feature.name, COPIED))
    return made, tuple(columns)


def made_push(source: Source, columns: Iterable[str]) -> Made:
    """A push source takes what its batch source keeps."""
    made = Made()
    if source.batch is not None:
        made.upstream[source.batch.name] = None
        for column in sorted(columns):
            made.add(column, (source.batch.name, source.batch.column_of(column), COPIED))
    return made


def needed_columns(views: Iterable[View], entities: Mapping[str, Entity]) -> dict[str, dict[str, None]]:
    """Source -> the columns of it that any view reads, in order; a push source needs them of its batch source, too."""
    needed: dict[str, dict[str, None]] = {}
    for view in views:
        made = made_view(view, entities)
        sources = {source.name: source for source in view.sources}
        pairs = [(dataset, column) for origins in made.fields.values() for dataset, column, _ in origins if column]
        for dataset, column in [*pairs, *made.rows]:
            if dataset in sources:
                needed.setdefault(dataset, {})[column] = None
        for source in sources.values():
            if source.batch is not None and source.kind == "PushSource":
                own = needed.setdefault(source.batch.name, {})
                own |= {source.batch.column_of(column): None for column in needed.get(source.name, ())}
    return needed


def _keys(view: View, entities: Mapping[str, Entity], made: Made) -> None:
    for key in view.keys:
        for source in view.sources:
            if not source.is_request:
                made.add(key.name, (source.name, source.column_of(key.name), COPIED))
    for name in view.entities:
        entity = entities.get(name)
        if entity is not None and any(key.name == entity.key for key in view.keys):
            made.upstream[name] = None
            made.add(entity.key, (name, entity.key, COPIED))


def _inputs(view: View) -> dict[str, list[tuple[str, str]]]:
    """What a function's input column may be: (dataset, column). Empty for views over sources of unknown columns."""
    found: dict[str, list[tuple[str, str]]] = {}

    def offer(name: str, origin: tuple[str, str]) -> None:
        found.setdefault(name, []).append(origin)

    for projection in view.projections:
        for feature in projection.features:
            offer(feature.name, (projection.view, feature.name))
            offer(f"{projection.view}__{feature.name}", (projection.view, feature.name))
    for source in view.sources:
        for column in source.fields:
            offer(column.name, (source.name, column.name))
    return found


def _formulas(view: View, origins: Mapping[str, object]) -> Mapping[str, Formula | None]:
    if not view.code:
        return {}
    wanted = {feature.name for feature in view.features} | {each.column for each in view.aggregates}
    if view.mode in MODES:
        return sql_formulas(view.code, view.mode, wanted)
    return formulas(view.code, wanted, origins.keys() if origins else _words(view.code))


def _of(formula: Formula, origins: Mapping[str, list[tuple[str, str]]], view: View) -> list[tuple[str, str]] | None:
    """The columns of a formula in their datasets; None where one may be of several."""
    found = []
    for column in sorted(formula.columns):
        if origins:
            given = origins.get(column, [])
            if len(given) > 1:
                return None
            found += given
        else:
            found += [(source.name, source.column_of(column)) for source in view.sources]
            found += [(each.view, column) for each in view.projections]
    return found


def _wholes(view: View) -> list[str]:
    return [*(source.name for source in view.sources), *(each.view for each in view.projections)]


def _names(given: str, function: str, column: str, window_s: int) -> list[str]:
    """How Feast calls an aggregation."""
    return [name for name in (given, f"{function}_{column}_{window_s}s", f"{function}_{column}") if name]


def _words(code: str) -> frozenset[str]:
    """Every text in a function: among them are the columns that it names."""
    try:
        return frozenset(
            n.value for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        )
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
