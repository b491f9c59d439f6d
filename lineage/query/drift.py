"""Drift: what changed in any schema, when, in whose report, and what is downstream of it.

The one idea: drift is a change in what *one* reporter says, never a difference between two (readers and manifests
list part of the columns). A reporter's HAS facts cut its time into spans; at each border, what it said before is held
against what it says after. Its first word is no change; its silence is none either: a column is REMOVED only when its
reporter goes on speaking, or when the dataset was dropped.

`since` and `until` are event time; the order, and so the cursor, follow the ledger, so that a late report is not
missed.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lineage.errors import BadCursor, InputError
from lineage.facts import FactVersion, Node, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER, Moment
from lineage.query.answers import (
    ChangeKind,
    ImpactAnswer,
    SchemaChange,
    SchemaChangeConnection,
    SchemaChangeEdge,
    SchemaChangeKind,
)
from lineage.query.completeness import dataset_of
from lineage.query.cursors import Key, arguments_hash, decode, encode, page_info
from lineage.query.impact import impact
from lineage.query.moments import Pinned
from lineage.query.schema import reported, reporter_names, reporter_of
from lineage.query.sources import Sources
from lineage.store.digests import change_key

_READ_AT_ONCE = 1_000  # versions read from the store for one look; a page rarely needs a second

_CHANGE_OF = {
    SchemaChangeKind.ADDED: ChangeKind.MEANING,
    SchemaChangeKind.REMOVED: ChangeKind.REMOVE,
    SchemaChangeKind.RENAMED: ChangeKind.RENAME,
    SchemaChangeKind.TYPE_CHANGED: ChangeKind.TYPE_NARROW,
    SchemaChangeKind.REORDERED: ChangeKind.MEANING,
}


@dataclass(frozen=True, slots=True)
class _Held:
    """A column in one reporter's schema at one instant, by the version that says so."""

    type: str
    ordinal: int | None
    version: FactVersion


def schema_changes(
    sources: Sources,
    pinned: Pinned,
    *,
    since_us: int,
    until_us: int | None,
    of: Sequence[Node] | None,
    first: int,
    after: str | None,
    arguments: str,
) -> SchemaChangeConnection:
    """`of`: datasets or columns; None: all. Errors: InputError, BadCursor."""
    if until_us is not None and until_us < since_us:
        raise InputError("`until` is before `since`. Exchange the two.", place="until")
    known = pinned.moment.known
    key = _cursor_key(after, arguments)
    if of is None:
        changes = _all_changes(sources, since_us, until_us, known, key, first)
    else:
        datasets = {dataset_of(node.id) for node in of}
        changes = changes_of(sources, datasets, since_us=since_us, until_us=until_us, known=known)
        columns = {node.id for node in of if node.id != dataset_of(node.id)}
        wholes = {node.id for node in of if node.id == dataset_of(node.id)}
        changes = [c for c in changes if c.column_id in columns or c.dataset.id in wholes]
    rest = [c for c in sorted(changes, key=_key) if key is None or _key(c) > key]
    taken = rest[:first]
    moment = Moment(None, known)
    named = reporter_names(sources, {c.reporter for c in taken}, moment)
    edges = tuple(
        SchemaChangeEdge(replace(c, reporter=named.get(c.reporter, c.reporter)), encode(_key(c), moment, arguments))
        for c in taken
    )
    info = page_info(
        [_key(c) for c in taken], more=len(rest) > len(taken), after=key, moment=moment, arguments=arguments
    )
    return SchemaChangeConnection(edges, info)


def impact_of(sources: Sources, change: SchemaChange, pinned: Pinned, *, first: int) -> ImpactAnswer:
    """What is downstream of the changed column: as it was just before the change that took something away, else now."""
    if change.kind is not SchemaChangeKind.ADDED:
        before_us = change.at_us - 1
        pinned = replace(pinned, moment=Moment(before_us, pinned.moment.known), valid_at_us=before_us)
    column = sources.graph.nodes([change.column_id])[change.column_id]
    return impact(
        sources,
        (column,),
        pinned,
        change=_CHANGE_OF[change.kind],
        kinds=None,
        first=first,
        after=None,
        arguments=arguments_hash("impact of a schema change", change.column_id, change.kind, change.at_us),
    )


def changes_in(
    versions: Iterable[FactVersion],
    names: Mapping[NodeId, Node],
    dropped: Mapping[NodeId, frozenset[int]],
    *,
    since_us: int,
    until_us: int | None,
) -> list[SchemaChange]:
    """The changes in [since, until) that HAS versions tell, reporter by reporter. `names` holds their datasets and
    columns; `dropped`: when each dataset was dropped."""
    by_unit: dict[tuple[NodeId, str], list[FactVersion]] = defaultdict(list)
    for version in versions:
        by_unit[version.fact.subject, version.fact.unit].append(version)
    found = []
    for (dataset, unit), told in sorted(by_unit.items()):
        borders = {v.valid.from_us for v in told} | {v.valid.to_us for v in told if v.valid.to_us != FOREVER}
        begun, last = min(v.valid.from_us for v in told), max(v.valid.to_us for v in told)
        for at_us in sorted(borders):
            if at_us <= begun or at_us < since_us or (until_us is not None and at_us >= until_us):
                continue
            if at_us == last and at_us not in dropped.get(dataset, ()):
                continue  # the reporter says nothing more: it fell silent, nothing was removed
            before = {v.fact.object: v for v in told if v.valid.from_us < at_us <= v.valid.to_us}
            now = {v.fact.object: v for v in told if v.valid.from_us <= at_us < v.valid.to_us}
            found += compare(names[dataset], unit, _held(before), _held(now), names, at_us)
    return found


def compare(
    dataset: Node,
    unit: str,
    before: Mapping[NodeId, _Held],
    now: Mapping[NodeId, _Held],
    names: Mapping[NodeId, Node],
    at_us: int | None,
) -> list[SchemaChange]:
    """What one reporter says differently. `at_us` None: each change at the time of the version that tells it."""
    told: list[tuple[NodeId, SchemaChangeKind, str | None, str | None, int, int]] = []
    for column in sorted({*before, *now}):
        old, new = before.get(column), now.get(column)
        if old is None and new is not None:
            told.append((column, SchemaChangeKind.ADDED, None, new.type, *_proof(None, new)))
        elif new is None and old is not None:
            told.append((column, SchemaChangeKind.REMOVED, old.type, None, *_proof(old, None)))
        elif old is not None and new is not None and old.type and new.type and old.type != new.type:
            # A type that is not told (any more) is silence, not a change.
            told.append((column, SchemaChangeKind.TYPE_CHANGED, old.type, new.type, *_proof(old, new)))
    for column in moved(
        {c: h.ordinal for c, h in before.items() if c in now}, {c: h.ordinal for c, h in now.items() if c in before}
    ):
        old, new = before[column], now[column]
        told.append((column, SchemaChangeKind.REORDERED, str(old.ordinal), str(new.ordinal), *_proof(old, new)))
    return [
        SchemaChange(
            dataset,
            names[column].column or "",
            column,
            kind,
            was or None,
            becomes or None,
            version_at if at_us is None else at_us,
            reporter_of(unit),
            index,
        )
        for column, kind, was, becomes, version_at, index in told
    ]


def moved(before: Mapping[NodeId, int | None], now: Mapping[NodeId, int | None]) -> list[NodeId]:
    """The fewest columns whose moving explains the new order of those that both have. Where columns between them came
    or went, ordinals shift and nothing moved."""
    placed = [c for c in before if before[c] is not None and now.get(c) is not None]
    old = sorted(placed, key=lambda c: (before[c] or 0, c))
    new = {c: i for i, c in enumerate(sorted(placed, key=lambda c: (now[c] or 0, c)))}
    sequence = [new[c] for c in old]
    kept = _longest_rising(sequence)
    return sorted(c for c in old if new[c] not in kept)


def _longest_rising(sequence: Sequence[int]) -> frozenset[int]:
    """The members of one longest rising subsequence (patience sorting: columns come in thousands)."""
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for value in sequence:
        place = bisect_left(tails, value)
        before[value] = tails[place - 1] if place else None
        tails[place : place + 1] = [value]
    kept = []
    step = tails[-1] if tails else None
    while step is not None:
        kept.append(step)
        step = before[step]
    return frozenset(kept)


def by_reporter(versions: Iterable[FactVersion]) -> dict[tuple[NodeId, str], dict[NodeId, _Held]]:
    """(dataset, unit) -> its columns, of HAS versions that hold at one moment."""
    found: dict[tuple[NodeId, str], dict[NodeId | str, FactVersion]] = defaultdict(dict)
    for version in versions:
        found[version.fact.subject, version.fact.unit][version.fact.object] = version
    return {unit: _held(told) for unit, told in found.items()}


def _held(versions: Mapping[NodeId | str, FactVersion]) -> dict[NodeId, _Held]:
    return {NodeId(c): _Held((told := reported(v)).type, told.ordinal, v) for c, v in versions.items()}


def _proof(old: _Held | None, new: _Held | None) -> tuple[int, int]:
    """(event time, ledger position) of the versions that tell a change: the later of the two."""
    times = [new.version.valid.from_us] if new else []
    times += [old.version.valid.to_us] if old and old.version.valid.to_us != FOREVER and not new else []
    index = max(h.version.known_from - 1 for h in (old, new) if h is not None)
    return max(times, default=0), index


def _all_changes(
    sources: Sources, since_us: int, until_us: int | None, known: int, key: Key | None, first: int
) -> list[SchemaChange]:
    """Enough changes for a page: versions are read in the order of the ledger until no unread one could come before
    its end."""
    index = key[0] if key is not None else 0
    position: tuple[int, str] | None = (index + 1, "") if isinstance(index, int) and key is not None else None
    datasets: set[NodeId] = set()
    found: list[SchemaChange] = []
    while True:
        versions = sources.graph.changed(
            Relation.HAS, since_us=since_us, until_us=until_us, known=known, after=position, limit=_READ_AT_ONCE
        )
        new = {v.fact.subject for v in versions} - datasets
        datasets |= new
        found += changes_of(sources, new, since_us=since_us, until_us=until_us, known=known)
        if len(versions) < _READ_AT_ONCE:
            return found
        position = (versions[-1].known_from, change_key(versions[-1]))
        settled = [c for c in found if c.index + 1 < position[0] and (key is None or _key(c) > key)]
        if len(settled) > first:
            return settled


def changes_of(
    sources: Sources, datasets: Iterable[NodeId], *, since_us: int, until_us: int | None, known: int
) -> list[SchemaChange]:
    """All schema changes of these datasets in [since, until), as known at a ledger size."""
    asked = sorted(datasets)
    if not asked:
        return []
    versions = sources.graph.history(asked, (Relation.HAS,), known=known)
    names = sources.graph.nodes({*asked, *(NodeId(v.fact.object) for v in versions)})
    return changes_in(versions, names, drops(sources, asked, known), since_us=since_us, until_us=until_us)


def drops(sources: Sources, datasets: Sequence[NodeId], known: int) -> dict[NodeId, frozenset[int]]:
    """When each dataset was dropped, as far as known."""
    found: dict[NodeId, set[int]] = defaultdict(set)
    for v in sources.graph.history(datasets, (Relation.PROPERTY,), known=known):
        if v.fact.label == "droppedAt":
            found[v.fact.subject].add(v.valid.from_us)
    return {dataset: frozenset(times) for dataset, times in found.items()}


def _key(change: SchemaChange) -> Key:
    return (
        change.index,
        change.at_us,
        change.dataset.id,
        change.reporter,
        change.column_id,
        list(SchemaChangeKind).index(change.kind),
    )


def _cursor_key(after: str | None, arguments: str) -> Key | None:
    if after is None:
        return None
    key = decode(after, arguments).key
    kinds = (int, int, str, str, str, int)
    if len(key) != len(kinds) or not all(isinstance(part, kind) for part, kind in zip(key, kinds, strict=True)):
        raise BadCursor
    return key
