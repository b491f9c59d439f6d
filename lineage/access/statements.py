"""Which of the things that people say a principal sees, and what it may say itself.

The one idea: a statement names things, so it is seen where all of them are. Whoever does not see everything names what
it means in full: a pattern reaches further than anybody can see when it is made.
"""

import re
from typing import Final

from lineage.access.visibility import Visibility
from lineage.aliases import AliasKind, AliasMatch, AliasRule
from lineage.errors import InputError, NotFound
from lineage.ids import NodeId, column_id, dataset_id, job_id, namespace_id
from lineage.names import normal_column
from lineage.query.resolve import DatasetRef, JobRef, NodeRef, resolve
from lineage.query.sources import Sources
from lineage.statements import (
    AliasStatement,
    Distrust,
    DistrustStatement,
    FactStatement,
    Place,
    PlaceKind,
    Replay,
    Retraction,
    StatedFact,
    Statement,
)
from lineage.store.contract import GraphReader

_GLOB: Final = re.compile(r"[*?\[]")


class StatementSight:
    """The statements of one ledger as one limited principal sees them."""

    def __init__(self, visibility: Visibility, graph: GraphReader, sources: Sources) -> None:
        """`graph`: the whole; `sources`: as the principal sees them."""
        self._visibility, self._graph, self._sources = visibility, graph, sources

    # ---- reading ---------------------------------------------------------------------------------------------------

    def sees(self, statement: Statement) -> bool:
        """Whether the principal sees it. Of a retraction, ask about what it retracts."""
        match statement:
            case AliasStatement(_, rule):
                return self.sees_rule(rule)
            case DistrustStatement(_, distrust):
                return self.sees_distrust(distrust)
            case FactStatement(fact):
                return self.sees_fact(fact)
            case Retraction() | Replay():
                return False

    def sees_rule(self, rule: AliasRule) -> bool:
        if rule.match is not AliasMatch.EXACT:
            return False
        if rule.kind is AliasKind.NAMESPACE:
            return len(self._visibility.admits({rule.from_, rule.to})) == len({rule.from_, rule.to})
        kind = PlaceKind.JOB if rule.kind is AliasKind.JOB else PlaceKind.DATASET
        return all(self._sees_place(Place(kind, name)) for name in rule.names)

    def sees_fact(self, fact: StatedFact) -> bool:
        return all(self._sees_place(place) for place in (fact.about, fact.source) if place is not None)

    def sees_distrust(self, distrust: Distrust) -> bool:
        namespace, _, name = distrust.job.partition(" ")
        if _GLOB.search(namespace) or not self._visibility.admits({namespace}):
            return False
        if not _GLOB.search(name):
            return self._is_not_hidden(job_id(namespace, name))
        return not self._visibility.hides_tags

    def _sees_place(self, place: Place) -> bool:
        if not self._visibility.admits({place.name.namespace}):
            return False
        own = _own_id(place)
        if place.column is None:
            return self._is_not_hidden(own)
        found = self._graph.resolve([own], self._visibility.latest).get(own)
        if found is None:
            return True
        column = column_id(found, normal_column(place.name.namespace, place.column))
        asked = {found, column} if self._visibility.nodes([column]) else {found}
        return self._visibility.visible(asked, self._visibility.latest) == asked

    def _is_not_hidden(self, own: NodeId) -> bool:
        """What no name stands for is nothing that could be hidden."""
        latest = self._visibility.latest
        return own in self._visibility.resolve([own], latest) or own not in self._graph.resolve([own], latest)

    # ---- writing ---------------------------------------------------------------------------------------------------

    def require_rule(self, rule: AliasRule) -> None:
        """NotFound for a name that is not there for the principal; InputError for a pattern."""
        if rule.match is not AliasMatch.EXACT:
            raise InputError(
                "A pattern reaches beyond what you may see. Name one namespace, dataset or job.", place="from"
            )
        if rule.kind is AliasKind.NAMESPACE:
            for namespace in (rule.from_, rule.to):
                self._require_namespace(namespace)
            return
        kind = PlaceKind.JOB if rule.kind is AliasKind.JOB else PlaceKind.DATASET
        for name in rule.names:
            self._require_place(Place(kind, name))

    def require_fact(self, fact: StatedFact) -> None:
        """NotFound, with near names, for a dataset, column or job that is not there for the principal."""
        for place in (fact.about, fact.source):
            if place is not None:
                self._require_place(place)

    def require_distrust(self, distrust: Distrust) -> None:
        """NotFound for a namespace or job that is not there for the principal; InputError for too wide a pattern."""
        namespace, _, name = distrust.job.partition(" ")
        if _GLOB.search(namespace) or (self._visibility.hides_tags and _GLOB.search(name)):
            raise InputError(
                "This pattern reaches beyond what you may see. Write the namespace in full"
                + (", and the job." if self._visibility.hides_tags else "."),
                place="job",
            )
        if not self._visibility.admits({namespace}):
            raise NotFound(f"No namespace {namespace} at this moment. Check the spelling.")
        if not _GLOB.search(name):
            resolve(self._sources, NodeRef(job=JobRef(namespace, name)), self._visibility.latest)

    def _require_namespace(self, namespace: str) -> None:
        own = namespace_id(namespace)
        if own not in self._visibility.resolve([own], self._visibility.latest):
            raise NotFound(f"No namespace {namespace} at this moment. Check the spelling.")

    def _require_place(self, place: Place) -> None:
        namespace, name = place.name.namespace, place.name.name
        ref = (
            NodeRef(job=JobRef(namespace, name))
            if place.kind is PlaceKind.JOB
            else NodeRef(dataset=DatasetRef(namespace, name, place.column))
        )
        resolve(self._sources, ref, self._visibility.latest)


def _own_id(place: Place) -> NodeId:
    make = job_id if place.kind is PlaceKind.JOB else dataset_id
    return make(place.name.namespace, place.name.name)
