"""Which nodes exist for a principal: the one place that decides it.

The one idea: a node is visible at a moment when its namespace is the principal's to see and no tag hides it, then *and
in the latest state*: a thing that is secret now was not public in May because nobody had tagged it yet. What lives in
something (a column, a version, a run) is visible only if that is. What is not known to be visible is not.

Judged in batches, a frontier at a time, and remembered: a Visibility lives as long as one request, over one reading of
how far the graph is.
"""

import json
import threading
from collections.abc import Collection, Iterable, Mapping

from lineage.access.principal import ANY_SUFFIX, Principal
from lineage.access.tags import HidingTags
from lineage.facts import FactVersion, Node, NodeKind, Relation
from lineage.ids import NodeId, dataset_id, job_id, namespace_id, parent_of
from lineage.moment import Moment
from lineage.names import normal_namespace
from lineage.store.contract import GraphReader


class Visibility:
    """What one principal sees of one graph. Safe to share by the threads of a request: what two of them find out at
    once is the same."""

    def __init__(self, principal: Principal, graph: GraphReader) -> None:
        self.principal = principal
        self._latest: Moment | None = None
        self._lock = threading.Lock()
        self._graph = graph
        self._forms = frozenset(
            normal_namespace(each) for each in principal.namespaces or () if not each.endswith(ANY_SUFFIX)
        )
        self._tags = HidingTags.of(principal.hidden_tags)
        self._names: dict[NodeId, Node | None] = {}
        self._judged: dict[tuple[NodeId, Moment], bool] = {}
        self._namespaces: dict[str, bool] = {}

    @property
    def latest(self) -> Moment:
        """The latest state, as of the first question: read then, as whoever makes this may not block."""
        with self._lock:
            if self._latest is None:
                self._latest = Moment(None, self._graph.applied())
            return self._latest

    @property
    def hides_tags(self) -> bool:
        """Whether any tag hides nodes from the principal."""
        return bool(self._tags.rules)

    def nodes(self, ids: Collection[NodeId]) -> dict[NodeId, Node]:
        """As GraphReader.nodes, of all nodes, visible or not."""
        if new := [id for id in ids if id not in self._names]:
            found = self._graph.nodes(new)
            self._names.update((id, found.get(id)) for id in new)
        return {id: node for id in ids if (node := self._names[id]) is not None}

    def columns_of(self, dataset: NodeId) -> list[Node]:
        """As GraphReader.columns_of, visible or not."""
        return self._graph.columns_of([dataset])

    def visible(self, ids: Iterable[NodeId], at: Moment) -> set[NodeId]:
        """Those of the nodes that the principal sees at the moment."""
        asked = set(ids)
        at = self._standing(at)
        if new := [id for id in asked if (id, at) not in self._judged]:
            seen = self._judge(new, at)
            self._judged.update(((id, at), id in seen) for id in new)
        return {id for id in asked if self._judged[id, at]}

    def admits(self, namespaces: Collection[str]) -> set[str]:
        """Those namespaces, as anybody spelled them, of which the principal may see names: they are its own by the
        letter, by their normal form, or by what they are known as in the latest state."""
        if new := [each for each in set(namespaces) if each not in self._namespaces]:
            judged = {each: self._sees(each) for each in new}
            unknown = {namespace_id(each): each for each, seen in judged.items() if not seen}
            known_as = self._graph.resolve(unknown, self.latest) if unknown else {}
            named = self.nodes(set(known_as.values()))
            for own, node in known_as.items():
                if node in named and self._sees(named[node].namespace):
                    judged[unknown[own]] = True
            self._namespaces.update(judged)  # at once: other threads of the request read it
        return {each for each in namespaces if self._namespaces[each]}

    def resolve(self, own_ids: Collection[NodeId], at: Moment) -> dict[NodeId, NodeId]:
        """As GraphReader.resolve, for raw names that the principal may see, of nodes that it sees."""
        found = self._graph.resolve(own_ids, at)
        # What an id in something leads to need not be there: then there is nothing to hide but what it would be in.
        ends = {*_stand_ins(found.values()), *self.nodes(set(found.values()))}
        hidden = ends - self.visible(ends, at)
        spelled = self._spellings([own for own, node in found.items() if own != node], at)
        return {
            own: node
            for own, node in found.items()
            if node not in hidden
            and (parent_of(node) or node) not in hidden
            and (own == node or (parent_of(own) or own) in spelled)
        }

    def names_seen(self, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those (namespace, name) that are a dataset or job which the principal sees in the latest state, by a spelling
        that it may see, and are none that it does not see."""
        own = {pair: (dataset_id(*pair), job_id(*pair)) for pair in pairs}
        asked = [id for ids in own.values() for id in ids]
        known = self._graph.resolve(asked, self.latest) if asked else {}
        seen = self.resolve(list(known), self.latest) if known else {}
        return {
            pair
            for pair, ids in own.items()
            if any(id in known for id in ids) and all(id in seen for id in ids if id in known)
        }

    def sees_names(self, pairs: Collection[tuple[str, str]]) -> bool:
        """Whether names_seen() has all of them."""
        return len(self.names_seen(set(pairs))) == len(set(pairs))

    # ---- how it is judged ------------------------------------------------------------------------------------------

    def _standing(self, at: Moment) -> Moment:
        """One moment for all that mean the latest state, so that what is known of it is used again."""
        return self.latest if at.valid_us is None and at.known >= self.latest.known else at

    def _sees(self, namespace: str) -> bool:
        form = normal_namespace(namespace)
        return self.principal.sees_namespace(namespace) or self.principal.sees_namespace(form) or form in self._forms

    def _judge(self, ids: Collection[NodeId], at: Moment) -> set[NodeId]:
        named = self.nodes(ids)
        holders = {id: parent_of(id) or id for id in named}
        stands = self._stands(set(holders.values()), at)
        met = self.nodes({id for known_as in stands.values() for id in known_as})
        admitted = self.admits({node.namespace for node in (*met.values(), *named.values())})
        hidden = self._tagged({**met, **named}, at)
        open_ = {
            holder
            for holder, known_as in stands.items()
            if known_as and all(met[id].namespace in admitted and id not in hidden for id in known_as)
        }
        return {
            id for id, node in named.items() if holders[id] in open_ and node.namespace in admitted and id not in hidden
        }

    def _stands(self, holders: Collection[NodeId], at: Moment) -> dict[NodeId, set[NodeId]]:
        """Every node that each of these is: itself, and what its name stands for in the latest state (at the moment
        too where it is a raw name only, as the jobs are under which runs are kept)."""
        named = self.nodes(holders)
        stands = {id: {id} if id in named else set[NodeId]() for id in holders}
        raw = [id for id in holders if id not in named]
        reads = [(at, raw)] if at == self.latest else [(at, raw), (self.latest, holders)]
        for moment, asked in reads:
            for own, node in (self._graph.resolve(asked, moment) if asked else {}).items():
                stands[own].add(node)
        met = self.nodes({id for known_as in stands.values() for id in known_as})
        return {id: known_as if known_as <= met.keys() else set() for id, known_as in stands.items()}

    def _tagged(self, nodes: Mapping[NodeId, Node], at: Moment) -> set[NodeId]:
        if not self.hides_tags or not nodes:
            return set()
        # Of a run's own page, no tag is read: a tag on the job says all that can be said of its runs.
        asked = {id: node for id, node in nodes.items() if node.kind is not NodeKind.RUN}
        hidden = self._tags.tagged(self._graph, asked, self.latest)
        return hidden if at == self.latest else hidden | self._tags.tagged(self._graph, asked, at)

    def _spellings(self, own_ids: Collection[NodeId], at: Moment) -> set[NodeId]:
        """Of raw names' own ids (or the ids of what is in them), those raw names that the principal may see."""
        if not own_ids:
            return set()
        named = self._graph.facts(sorted(_stand_ins(own_ids)), (Relation.NAME,), at)
        return {version.fact.subject for version in self.spelled(named)}

    def spelled(self, names: Collection[FactVersion]) -> list[FactVersion]:
        """Of NAME facts, those whose raw name is in a namespace that the principal may see."""
        told = [(version, raw_namespace(version)) for version in names]
        admitted = self.admits({namespace for _, namespace in told})
        return [version for version, namespace in told if namespace in admitted]


def raw_namespace(version: FactVersion) -> str:
    """The namespace of a NAME fact's raw name."""
    value = json.loads(version.fact.value) if version.fact.value else {}
    return str(value.get("namespace", ""))


def _stand_ins(nodes: Iterable[NodeId]) -> set[NodeId]:
    return {parent_of(node) or node for node in nodes}
