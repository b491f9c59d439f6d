"""What people said, read from all their statements: the last word on a rule counts, a retraction leaves no trace."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from lineage.claims import canonical_json
from lineage.facts import EvidenceKind, Fact, Flow, Interval, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER
from lineage.statements import (
    AliasRule,
    AliasStatement,
    Distrust,
    DistrustStatement,
    FactKind,
    FactStatement,
    Op,
    Place,
    Retraction,
    StatedFact,
    decode,
)
from tests.projector.histories import Entry

LABELS = {
    FactKind.OWNER: "owner",
    FactKind.TAG: "tag",
    FactKind.DESCRIPTION: "description",
    FactKind.DATASET_TYPE: "datasetType",
}


class People:
    """All statements of a ledger."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        rules: dict[object, AliasRule] = {}
        distrusts: dict[object, Distrust] = {}
        stated: dict[int, tuple[bytes, StatedFact, int]] = {}
        for entry in entries:
            if entry.event is not None:
                continue
            statement = decode(entry.kind, entry.norm)
            if isinstance(statement, AliasStatement):
                rules.pop(statement.rule.key, None)
                if statement.op is Op.ADD:
                    rules[statement.rule.key] = statement.rule
            elif isinstance(statement, DistrustStatement):
                distrusts.pop(statement.distrust.key, None)
                if statement.op is Op.ADD:
                    distrusts[statement.distrust.key] = statement.distrust
            elif isinstance(statement, FactStatement):
                stated[entry.index] = (entry.norm, statement.fact, entry.time_us)
            elif isinstance(statement, Retraction):
                stated.pop(statement.index, None)
        self.rules = list(rules.values())
        self.distrusts = list(distrusts.values())
        self.stated: dict[bytes, tuple[StatedFact, int]] = {}
        for norm, fact, time_us in stated.values():
            self.stated.setdefault(norm, (fact, time_us))

    @property
    def mentions(self) -> list[tuple[Place, int]]:
        """Every name in a statement, with the time since when it holds."""
        return [
            (place, time_us if fact.from_us is None else fact.from_us)
            for fact, time_us in self.stated.values()
            for place in (fact.about, fact.source)
            if place is not None
        ]

    def facts(self, node: Callable[[Place], tuple[str, str]]) -> dict[Fact, tuple[Interval, ...]]:
        """`node` gives (the dataset or job, the node itself) of a place."""
        graph: dict[Fact, tuple[Interval, ...]] = {}
        for norm, (fact, time_us) in self.stated.items():
            unit = "state|" + hashlib.blake2b(norm, digest_size=16).hexdigest()
            span = Interval(
                time_us if fact.from_us is None else fact.from_us, FOREVER if fact.to_us is None else fact.to_us
            )
            about, target = node(fact.about)
            if fact.source is None:
                detail = {"value": fact.value} | ({"key": fact.key} if fact.key else {})
                graph[
                    Fact(
                        Relation.PROPERTY, NodeId(target), "", unit, LABELS[fact.kind], canonical_json(detail),
                        evidence=EvidenceKind.STATED,
                    )
                ] = (span,)  # fmt: skip
                continue
            dataset, source = node(fact.source)
            because = canonical_json({"because": fact.reason})
            of_columns = fact.source.column is not None or fact.about.column is not None
            if of_columns:
                graph[
                    Fact(
                        Relation.DERIVES, NodeId(source), target, unit, fact.transformation.upper(), because, "",
                        fact.flow, EvidenceKind.STATED, masking=fact.masking,
                    )
                ] = (span,)  # fmt: skip
            if dataset != about:
                label = "COLUMNS" if of_columns else "TABLE"
                graph[
                    Fact(
                        Relation.FEEDS, NodeId(dataset), about, unit, label, because, "", Flow.VALUE,
                        EvidenceKind.STATED,
                    )
                ] = (span,)  # fmt: skip
        return graph
