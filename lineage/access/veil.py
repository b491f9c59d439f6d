"""What a principal reads of a fact about nodes that it sees, when something else in the fact is hidden from it.

The one idea: a fact between two visible nodes stays, as it is theirs; who told it goes, when that is a hidden job: its
id, its runs, its ledger entries, its words. Each fact that is changed is remembered with what it was, so that evidence
kept elsewhere (lineage/seen.py) is still found by it.

| fact | what is left out |
|---|---|
| any, with a hidden node at an end | the fact |
| FEEDS, DERIVES of a hidden job | the job, its words, the entry that told it |
| FEEDS, DERIVES of a visible job | numbers in its words: they count inputs and outputs |
| HAS as a hidden job reports it | who reports: a name that says nothing, the same as long as the service runs |
| NAME in a namespace that is not seen | the fact |
| PROPERTY, RUN with texts | the texts, unless all that the job touches is seen (lineage/access/openness.py) |
| RUN, VERSION | hidden inputs, outputs, parents, runs and jobs |
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from lineage.access.openness import Openness
from lineage.access.pseudonyms import Pseudonyms
from lineage.access.texts import Texts
from lineage.access.visibility import Visibility
from lineage.facts import Fact, FactVersion, Relation, in_order
from lineage.ids import NodeId, is_id
from lineage.moment import Moment
from lineage.query.hops import edge_fact
from lineage.query.schema import WITHHELD as UNNAMED
from lineage.query.schema import reporter_of
from lineage.store.contract import Edge, GraphReader

WITHHELD: Final = 0
"""As `known_from`: the entry that told a fact is not the principal's to know. No fact is known from 0."""

_FLOWS: Final = frozenset({Relation.FEEDS, Relation.DERIVES})


class Veil:
    """Between one principal and one graph, as long as a request lives."""

    def __init__(self, visibility: Visibility, graph: GraphReader, pseudonyms: Pseudonyms) -> None:
        self._visibility = visibility
        self._pseudonyms = pseudonyms
        self._texts = Texts(visibility, Openness(visibility, graph))
        self._originals: dict[Fact, Fact] = {}
        self._silenced: set[Fact] = set()

    def original(self, fact: Fact) -> Fact:
        """The fact as the graph holds it."""
        return self._originals.get(fact, fact)

    def is_silenced(self, fact: Fact) -> bool:
        """Whether a hidden job told it."""
        return fact in self._silenced

    # ---- edges -----------------------------------------------------------------------------------------------------

    def edges(self, found: Sequence[Edge], at: Moment) -> list[Edge]:
        """Those between visible nodes, in order."""
        ends = {end for e in found for end in (e.source, e.target)}
        seen = self._visibility.visible(ends | {NodeId(e.job) for e in found if e.job}, at)
        kept, changed = [], False
        for e in found:
            if e.source not in seen or e.target not in seen:
                continue
            if (e.job and e.job not in seen) or e.value:
                told = self._told(e, bool(e.job) and e.job not in seen)
                changed |= told is not e
                e = told
            kept.append(e)
        return sorted(kept) if changed else kept

    def _told(self, edge: Edge, silent: bool) -> Edge:
        value = self._texts.of_flow(edge.value, edge.evidence, silent=silent)
        if not silent and value == edge.value:
            return edge
        told = edge._replace(value=value)
        if silent:
            told = told._replace(job="", known_from=WITHHELD)
        self._remember(edge_fact(told), edge_fact(edge), silent)
        return told

    # ---- versions --------------------------------------------------------------------------------------------------

    def versions(self, found: Iterable[FactVersion], at: Moment) -> list[FactVersion]:
        """Those of what the principal sees, in the order of facts.order_key."""
        return in_order(told for _, told in self.pairs(found, at))

    def pairs(self, found: Iterable[FactVersion], at: Moment) -> list[tuple[FactVersion, FactVersion]]:
        """Those of what the principal sees, each as (what it was, what is told of it), in the order of `found`."""
        versions = self._spelled(list(found))
        asked: set[NodeId] = set()
        for v in versions:
            asked.update(_ends(v.fact))
            if v.fact.job:
                asked.add(NodeId(v.fact.job))
        seen = self._visibility.visible(asked, at)
        if reporters := {told_by for v in versions if (told_by := _reporter(v.fact))}:
            seen |= self._visibility.resolve(reporters, at).keys()
        kept = [v for v in versions if all(end in seen for end in _ends(v.fact))]
        values = self._texts.of_facts([v.fact for v in kept], at)
        return [(v, self._version(v, value, seen)) for v, value in zip(kept, values, strict=True) if value is not None]

    def _spelled(self, found: list[FactVersion]) -> list[FactVersion]:
        names = [v for v in found if v.fact.relation is Relation.NAME]
        if not names:
            return found
        seen = {id(v) for v in self._visibility.spelled(names)}
        return [v for v in found if v.fact.relation is not Relation.NAME or id(v) in seen]

    def _version(self, version: FactVersion, value: str, seen: set[NodeId]) -> FactVersion:
        fact = version.fact
        teller = _teller(fact)
        silent = teller is not None and teller not in seen
        if not silent and value == fact.value:
            return version
        told = replace(fact, value=value)
        if silent:
            told = replace(told, producer="", job="", unit=_pseudonymous(fact, self._pseudonyms))
        self._remember(told, fact, silent)
        if silent and fact.relation in _FLOWS:
            return replace(version, fact=told, known_from=WITHHELD)
        return replace(version, fact=told)

    def _remember(self, told: Fact, was: Fact, silent: bool) -> None:
        self._originals[told] = was
        if silent:
            self._silenced.add(told)


def _ends(fact: Fact) -> tuple[NodeId, ...]:
    """The nodes that a fact is about. A NAME fact's subject is a spelling, not a node."""
    match fact.relation:
        case Relation.NAME:
            return (NodeId(fact.object),)
        case Relation.PROPERTY:
            return (fact.subject,)
        case _:
            return (fact.subject, NodeId(fact.object))


def _teller(fact: Fact) -> NodeId | None:
    """The job that tells a fact, where the fact names it beside its ends."""
    return _reporter(fact) or (NodeId(fact.job) if fact.job and fact.relation in _FLOWS else None)


def _reporter(fact: Fact) -> NodeId | None:
    """The job whose report a HAS fact is, by its raw name's id; None for a catalogue's."""
    told_by = reporter_of(fact.unit).partition(":")[2] if fact.relation is Relation.HAS else ""
    return NodeId(told_by) if is_id(told_by) else None


def _pseudonymous(fact: Fact, pseudonyms: Pseudonyms) -> str:
    """The unit of a HAS fact under a reporter's pseudonym; other units show nowhere and stay."""
    told_by = _reporter(fact)
    if told_by is None:
        return fact.unit
    return f"{fact.unit.removesuffix(told_by)}{UNNAMED}-{pseudonyms.of(told_by)}"
