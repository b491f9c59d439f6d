"""The schema in force: of all that reporters say about a dataset's columns, the one to show.

The one idea: a catalogue knows better than who writes, and who writes better than who reads (readers list the columns
that they use); among equals the one that spoke last. Reporters are never mixed: half of one and half of another is
nobody's schema.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lineage.facts import FactVersion, Node, Relation
from lineage.ids import NodeId, is_id, parent_of
from lineage.moment import Moment
from lineage.query.answering import columns_at, read_properties
from lineage.query.answers import ColumnPage
from lineage.query.properties import Properties
from lineage.query.sources import Sources

WITHHELD = "withheld"
"""In place of a reporter that the asker may not see."""
_RANKS = ("catalogue", "writer", "reader")


@dataclass(frozen=True, slots=True)
class Reported:
    """A column as one reporter tells it."""

    column: NodeId
    type: str
    ordinal: int | None
    description: str | None


def reporter_of(unit: str) -> str:
    """`schema|dataset|reporter` -> the reporter: `catalogue:…`, `writer:…` or `reader:…`."""
    parts = unit.split("|", 2)
    return parts[2] if len(parts) == 3 else unit


def reporter_names(sources: Sources, reporters: Iterable[str], at: Moment) -> dict[str, str]:
    """How to show reporters: `writer:NAMESPACE NAME` of the job that a reporter's own id is shown as at the moment (a
    technical job as the application that ran it); a catalogue is shown as it is."""
    own = {r: NodeId(r.partition(":")[2]) for r in reporters if is_id(r.partition(":")[2])}
    shown = sources.graph.resolve(own.values(), at) if own else {}
    nodes = sources.graph.nodes({*own.values(), *shown.values()}) if own else {}
    named = {}
    for reporter, job in own.items():
        kind = reporter.partition(":")[0]
        if (node := nodes.get(shown.get(job, job))) is not None:
            named[reporter] = f"{kind}:{node.namespace} {node.name}"
        elif sources.scope is not None:  # a report that was read for others, too: its id would tell the name
            named[reporter] = f"{kind}:{WITHHELD}"
    return named


def reported(version: FactVersion) -> Reported:
    value = json.loads(version.fact.value) if version.fact.value else {}
    ordinal = value.get("ordinal")
    return Reported(
        NodeId(version.fact.object),
        version.fact.label,
        ordinal if isinstance(ordinal, int) else None,
        value.get("description") or None,
    )


def schemas_of(sources: Sources, datasets: Sequence[Node], at: Moment) -> dict[NodeId, tuple[ColumnPage, ...]]:
    """Of each dataset the schema in force, then columns that are known otherwise."""
    ids = [dataset.id for dataset in datasets]
    told = _in_force(sources, sources.graph.facts(ids, (Relation.HAS,), at) if ids else [], at)
    nodes = sources.graph.nodes({each.column for _, of_one in told.values() for each in of_one})
    names: dict[NodeId, dict[NodeId, Node]] = {
        dataset: {each.column: nodes[each.column] for each in of_one if each.column in nodes}
        for dataset, (_, of_one) in told.items()
    }
    for node in columns_at(sources, ids, at):
        names.setdefault(parent_of(node.id) or node.id, {})[node.id] = node
    of_all = [id_ for of_one in names.values() for id_ in of_one]
    properties = read_properties(sources, [*ids, *of_all], at)
    pages = {
        dataset.id: column_pages(dataset, *told.get(dataset.id, (None, ())), names.get(dataset.id, {}), properties)
        for dataset in datasets
    }
    reporters = {page.reporter for of_one in pages.values() for page in of_one if page.reporter}
    named = reporter_names(sources, reporters, at)
    return {
        dataset: tuple(replace(p, reporter=named.get(p.reporter, p.reporter)) if p.reporter else p for p in of_one)
        for dataset, of_one in pages.items()
    }


def _in_force(
    sources: Sources, versions: Iterable[FactVersion], at: Moment
) -> dict[NodeId, tuple[str | None, tuple[Reported, ...]]]:
    """Dataset -> (unit, its columns by ordinal) of visible HAS facts; datasets of which nobody told a schema are left
    out."""
    by_unit: dict[NodeId, dict[str, list[FactVersion]]] = defaultdict(lambda: defaultdict(list))
    for version in versions:
        by_unit[version.fact.subject][version.fact.unit].append(version)
    spoken = _last_spoken(sources, by_unit, at)
    found: dict[NodeId, tuple[str | None, tuple[Reported, ...]]] = {}
    for dataset, units in by_unit.items():
        best = min(units, key=lambda unit: (_rank(unit), -spoken[dataset, unit], unit))
        columns = {r.column: r for r in map(reported, units[best])}
        ordered = sorted(columns.values(), key=lambda r: (r.ordinal is None, r.ordinal or 0, r.column))
        found[dataset] = best, tuple(ordered)
    return found


def _rank(unit: str) -> int:
    kind = reporter_of(unit).partition(":")[0]
    return _RANKS.index(kind) if kind in _RANKS else len(_RANKS)


def _last_spoken(
    sources: Sources, by_unit: Mapping[NodeId, Mapping[str, Sequence[FactVersion]]], at: Moment
) -> dict[tuple[NodeId, str], int]:
    """When each reporter last said anything; where nobody counted, or it is alone, when it last said something new."""
    asked = [(dataset, unit) for dataset, units in by_unit.items() if len(units) > 1 for unit in units]
    told = sources.seen.seen([by_unit[dataset][unit][0].fact for dataset, unit in asked], at) if asked else []
    seen = dict(zip(asked, told, strict=True))
    return {
        (dataset, unit): max(
            [v.valid.from_us for v in versions]
            + [s.last_us for s in [seen.get((dataset, unit))] if s and s.last_us is not None]
        )
        for dataset, units in by_unit.items()
        for unit, versions in units.items()
    }


def column_pages(
    dataset: Node,
    unit: str | None,
    columns: Sequence[Reported],
    names: Mapping[NodeId, Node],
    properties: Properties,
) -> tuple[ColumnPage, ...]:
    """The schema in force, then columns that are known otherwise (from lineage, from a partial reader), by name.
    `names`: all of them."""
    told_of = {told.column: told for told in columns}
    of_dataset = properties.tags(dataset.id)
    others = sorted((n for n in names.values() if n.id not in told_of), key=lambda n: (n.column or "", n.id))
    pages = []
    for node in (*(names[told.column] for told in columns if told.column in names), *others):
        told = told_of.get(node.id)
        own = tuple(tag for tag in of_dataset if tag.column == node.column) + properties.tags(node.id)
        description = properties.text(node.id, "description") or (told.description if told else None)
        page = ColumnPage(node, dataset, None, None, description, None, own)
        if told is not None:
            page = replace(page, type=told.type or None, ordinal=told.ordinal, reporter=reporter_of(unit or ""))
        pages.append(page)
    return tuple(pages)
