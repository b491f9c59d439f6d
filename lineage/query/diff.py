"""What differs between two moments: "what did we say in May about April, and why do we say something else today?"

The one idea: the same walk at both moments, each over the names as they were known then, compared by node and edge.
Two valid times show what changed in the world, two known ones what we learned.
"""

from collections.abc import Sequence
from dataclasses import fields, replace

from lineage.errors import NotFound
from lineage.facts import Direction, Grain, Node, Relation
from lineage.ids import NodeId
from lineage.query.answering import Question, Walked, ask
from lineage.query.answers import (
    Completeness,
    CompletenessReason,
    EdgeChange,
    LineageDiff,
    LineageEdge,
    LineageNode,
    ReasonCode,
    SchemaChange,
)
from lineage.query.completeness import dataset_of, merged
from lineage.query.drift import by_reporter, compare
from lineage.query.moments import Pinned
from lineage.query.resolve import NodeRef, resolve_root
from lineage.query.schema import reporter_names
from lineage.query.sources import Sources
from lineage.query.walk import Budget

DIFF_NODES_MAX = 10_000  # for each of the two walks
SCHEMAS_COMPARED_MAX = 2_000  # datasets of both answers; a diff of more is a report, not an answer

_COMPARED = ("transformation", "masking", "certainty", "verdict", "evidence", "jobs", "table_level")
"""Fields whose difference is a change; counts and last seen differ at any two moments."""


def diff(
    sources: Sources,
    of: Sequence[NodeRef],
    direction: Direction,
    grain: Grain,
    before: Pinned,
    after: Pinned,
    *,
    nodes_max: int = DIFF_NODES_MAX,
) -> LineageDiff:
    """A root that exists at one of the moments only has nothing at the other. Errors: NotFound when one exists at
    neither."""
    roots = [_at_both(sources, ref, before, after) for ref in of]
    old = _walk(sources, [a for a, _ in roots if a], direction, grain, before, nodes_max)
    new = _walk(sources, [b for _, b in roots if b], direction, grain, after, nodes_max)
    old_nodes, new_nodes = old.nodes if old else {}, new.nodes if new else {}
    old_edges, new_edges = old.edges if old else {}, new.edges if new else {}
    changed = [(old_edges[key], edge) for key, edge in new_edges.items() if key in old_edges]
    schemas, cut = _schemas(sources, {**old_nodes, **new_nodes}, before, after)
    parts = [walked.completeness for walked in (old, new) if walked is not None]
    return LineageDiff(
        added_nodes=tuple(n for id_, n in new_nodes.items() if id_ not in old_nodes),
        removed_nodes=tuple(n for id_, n in old_nodes.items() if id_ not in new_nodes),
        added_edges=tuple(e for key, e in new_edges.items() if key not in old_edges),
        removed_edges=tuple(e for key, e in old_edges.items() if key not in new_edges),
        changed_edges=tuple(EdgeChange(a, b, names) for a, b in changed if (names := changes_of(a, b))),
        schema_changes=schemas,
        completeness=_completeness(after, parts, cut),
    )


def changes_of(before: LineageEdge, after: LineageEdge) -> tuple[str, ...]:
    """The names of the fields that say something else."""
    names = [f.name for f in fields(LineageEdge) if f.name in _COMPARED]
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _at_both(sources: Sources, ref: NodeRef, before: Pinned, after: Pinned) -> tuple[Node | None, Node | None]:
    found: list[Node | None] = []
    missing: NotFound | None = None
    for pinned in (before, after):
        try:
            found.append(resolve_root(sources, ref, pinned.moment))
        except NotFound as error:
            found.append(None)
            missing = error
    if missing is not None and found == [None, None]:
        raise missing
    return found[0], found[1]


def _walk(
    sources: Sources, roots: Sequence[Node], direction: Direction, grain: Grain, pinned: Pinned, nodes_max: int
) -> Walked | None:
    if not roots:
        return None
    distinct = tuple({root.id: root for root in roots}.values())
    return ask(sources, Question(distinct, direction, grain, pinned, budget=Budget(nodes=nodes_max)))


def _schemas(
    sources: Sources, nodes: dict[NodeId, LineageNode], before: Pinned, after: Pinned
) -> tuple[tuple[SchemaChange, ...], int]:
    """What each reporter that spoke at both moments says differently of the datasets in either answer; -> (changes,
    datasets that were left out)."""
    datasets = sorted({dataset_of(id_) for id_ in nodes})
    asked = datasets[:SCHEMAS_COMPARED_MAX]
    if not asked:
        return (), 0
    sides = []
    for pinned in (before, after):
        sides.append(sources.graph.facts(asked, (Relation.HAS,), pinned.moment))
    names = sources.graph.nodes({*asked, *(NodeId(v.fact.object) for side in sides for v in side)})
    old, new = (by_reporter(side) for side in sides)
    found = [
        change
        for unit in sorted(old.keys() & new.keys())
        for change in compare(names[unit[0]], unit[1], old[unit], new[unit], names, None)
    ]
    named = reporter_names(sources, {c.reporter for c in found}, after.moment)
    shown = tuple(replace(c, reporter=named.get(c.reporter, c.reporter)) for c in found)
    return shown, len(datasets) - len(asked)


def _completeness(after: Pinned, parts: Sequence[Completeness], cut: int) -> Completeness:
    whole = merged(after, parts)
    if not cut:
        return whole
    message = f"The schemas of {cut} datasets were not compared. Ask about fewer nodes."
    reason = CompletenessReason(ReasonCode.NODES, message, cut)
    extra = Completeness(
        whole.status, (reason,), 0, 0, whole.valid_at_us, whole.known_index, whole.graph_index, whole.ledger_size
    )
    return merged(after, [whole, extra])
