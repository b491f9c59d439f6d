"""Which ledger entries speak of a node: the evidence of all facts about it, gathered.

The one idea: of a hub not all facts are gathered, and of the runs of a job or the versions of a dataset the newest, so that
the entries of a node with a long story are found as fast as those of another. The rest stands on its edges and runs.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from lineage.facts import FactVersion, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER, Moment
from lineage.query.edges import positions
from lineage.query.sources import Sources
from lineage.store.contract import StoryWindow
from lineage.store.memory import is_visible

FACTS_MAX: Final = 1_000
"""Facts about one node whose entries are gathered, each way."""

_STORIES: Final = (Relation.RUN, Relation.VERSION)
_OTHERS: Final = tuple(relation for relation in Relation if relation not in _STORIES)


def entries_of(sources: Sources, nodes: Sequence[NodeId], at: Moment) -> dict[NodeId, tuple[int, ...]]:
    """Positions of the entries that speak of each, ascending: of each fact the first, the last and some between."""
    told: list[tuple[NodeId, FactVersion]] = []
    for about in (_as_subject, _as_object):
        for node, versions in about(sources, nodes, at).items():
            told += [(node, version) for version in versions[:FACTS_MAX]]
    seen = sources.seen.seen([version.fact for _, version in told], at) if told else []
    found: dict[NodeId, set[int]] = {node: set() for node in nodes}
    for (node, version), evidence in zip(told, seen, strict=True):
        found[node] |= positions(evidence, version.known_from)
    return {node: tuple(sorted(indexes)) for node, indexes in found.items()}


def _as_subject(sources: Sources, nodes: Sequence[NodeId], at: Moment) -> dict[NodeId, list[FactVersion]]:
    found: dict[NodeId, list[FactVersion]] = defaultdict(list)
    for version in sources.graph.facts(nodes, tuple(Relation), at):
        found[version.fact.subject].append(version)
    return found


def _as_object(sources: Sources, nodes: Sequence[NodeId], at: Moment) -> dict[NodeId, list[FactVersion]]:
    found: dict[NodeId, list[FactVersion]] = defaultdict(list)
    for version in sources.graph.facts(nodes, _OTHERS, at, by_object=True):
        found[NodeId(version.fact.object)].append(version)
    windows = [StoryWindow(node, -FOREVER, at.before_us) for node in nodes]
    for relation in _STORIES:
        told = sources.graph.story(relation, windows, known=at.known, newest=True, limit=FACTS_MAX)
        for node, story in zip(nodes, told, strict=True):
            found[node] += [version for version in story if is_visible(version, at)]
    return found
