"""What people stated, in force: alias rules, distrust, and facts that somebody vouches for.

The one idea: the statements are kept as they came; what is in force is computed from all of them (the last word on a key counts), so
undoing one leaves no trace in what the graph says.
"""

import hashlib

from lineage import ids
from lineage.claims import Place as Shown
from lineage.claims import canonical_json, column_node, dataset_node, job_node
from lineage.facts import EvidenceKind, Fact, Flow, Interval, Node, NodeKind, Relation
from lineage.identity import Trait
from lineage.moment import FOREVER
from lineage.projector.names import Meanings
from lineage.projector.outputs import Difference, Output
from lineage.projector.state import State
from lineage.statements import (
    ALIAS_KIND,
    DISTRUST_KIND,
    FACT_KIND,
    AliasRule,
    AliasStatement,
    Distrust,
    DistrustStatement,
    FactKind,
    FactStatement,
    Op,
    Place,
    PlaceKind,
    Retraction,
    StatedFact,
    decode,
)  # fmt: skip

PROPERTY_LABELS = {
    FactKind.OWNER: "owner",
    FactKind.TAG: "tag",
    FactKind.DESCRIPTION: "description",
    FactKind.DATASET_TYPE: "datasetType",
}


class Stated:
    """The statements of a state."""

    def __init__(self, state: State, meanings: Meanings) -> None:
        self._state, self._meanings = state, meanings
        self._rules: dict[object, AliasRule] = {}
        self._distrusts: dict[object, Distrust] = {}
        self._facts: dict[str, tuple[StatedFact, int]] = {}
        """By unit: the statement's content, so that nothing in the graph depends on where the ledger has it."""
        self._gone: set[str] = set()
        self.reload()

    def reload(self) -> None:
        """Read all statements again."""
        before = self._facts
        self._rules, self._distrusts, self._facts = {}, {}, {}
        stated: dict[int, tuple[str, StatedFact, int]] = {}
        for index, kind, norm, time_us in self._state.statements(ALIAS_KIND, DISTRUST_KIND, FACT_KIND):
            match decode(kind, norm):
                case AliasStatement(Op.ADD, rule):
                    self._rules[rule.key] = rule
                case AliasStatement(Op.REMOVE, rule):
                    self._rules.pop(rule.key, None)
                case DistrustStatement(Op.ADD, distrust):
                    self._distrusts[distrust.key] = distrust
                case DistrustStatement(Op.REMOVE, distrust):
                    self._distrusts.pop(distrust.key, None)
                case FactStatement(fact):
                    unit = "state|" + hashlib.blake2b(norm, digest_size=16).hexdigest()
                    stated[index] = (unit, fact, time_us)
                case Retraction(retracted, _):
                    stated.pop(retracted, None)
        for unit, fact, time_us in stated.values():
            self._facts.setdefault(unit, (fact, time_us))
        for unit, (fact, time_us) in before.items():
            if unit not in self._facts:
                self._gone.add(unit)
                for place in _places(fact):
                    self._meanings.unmention(_kind(place), place.name, time_us)
        for fact, time_us in self._facts.values():
            for place in _places(fact):
                since = fact.from_us if fact.from_us is not None else time_us
                self._meanings.mention_stated(
                    _kind(place), place.name, Trait.LISTED | Trait.SETTLED | Trait.MAIN, since
                )

    def alias_rules(self) -> list[AliasRule]:
        return list(self._rules.values())

    def distrusts(self) -> list[Distrust]:
        return list(self._distrusts.values())

    def compare(self, difference: Difference) -> None:
        """Add to a difference what stated facts say otherwise than before. People state few facts: all are looked at."""
        for unit in (*sorted(self._gone), *self._facts):
            output, nodes = self._output(unit, *self._facts[unit]) if unit in self._facts else ({}, set())
            difference.say(self._state, unit, output, nodes)
        self._gone = set()

    def _output(self, unit: str, stated: StatedFact, time_us: int) -> tuple[Output, set[Node]]:
        span = Interval(
            stated.from_us if stated.from_us is not None else time_us,
            stated.to_us if stated.to_us is not None else FOREVER,
        )
        nodes: set[Node] = set()
        about, about_id = self._place(stated.about, nodes)
        facts: list[Fact] = []
        if stated.kind is FactKind.EDGE and stated.source is not None:
            source, source_id = self._place(stated.source, nodes)
            value = canonical_json({"because": stated.reason})
            columns = stated.source.column is not None or stated.about.column is not None
            if columns:
                facts.append(
                    Fact(
                        Relation.DERIVES,
                        source_id,
                        about_id,
                        unit,
                        stated.transformation.upper(),
                        value,
                        "",
                        stated.flow,
                        EvidenceKind.STATED,
                        masking=stated.masking,
                    )
                )
            if source.id != about.id:
                label = "COLUMNS" if columns else "TABLE"
                facts.append(
                    Fact(Relation.FEEDS, source.id, about.id, unit, label, value, "", Flow.VALUE, EvidenceKind.STATED)
                )
        else:
            detail = {"value": stated.value, **({"key": stated.key} if stated.key else {})}
            label = PROPERTY_LABELS[stated.kind]
            facts.append(
                Fact(Relation.PROPERTY, about_id, "", unit, label, canonical_json(detail), evidence=EvidenceKind.STATED)
            )
        return dict.fromkeys(facts, (span,)), nodes

    def _place(self, place: Place, nodes: set[Node]) -> tuple[Shown, ids.NodeId]:
        if place.kind is PlaceKind.JOB:
            shown = self._meanings.job(place.name)
            nodes.add(job_node(shown))
            return shown, shown.id
        standing = self._meanings.datasets.standing(place.name)
        assert standing is not None, "reload() mentioned it"
        shown = standing.place
        nodes.add(dataset_node(shown))
        if place.column is None:
            return shown, shown.id
        column = column_node(shown, place.column)
        nodes.add(column)
        return shown, column.id


def _places(fact: StatedFact) -> list[Place]:
    return [p for p in (fact.about, fact.source) if p is not None]


def _kind(place: Place) -> NodeKind:
    return NodeKind.JOB if place.kind is PlaceKind.JOB else NodeKind.DATASET
