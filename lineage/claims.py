"""From what a run said about one output to facts: which pairs of datasets and columns, how certain, and why.

The one idea: a ClaimSet is what was *said*, in raw names, and never changes, so equal ones are kept once however many runs repeat
them. What it *means* depends on which names are one thing and which schemas are known, and is computed here, purely, from a View of
both. When the View changes, the same sets are read again.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from lineage import ids
from lineage.claim_sets import ClaimSet
from lineage.events import ColumnClaim, RawName
from lineage.facts import Certainty, EvidenceKind, Fact, Flow, Node, NodeKind, Relation
from lineage.fold import Bond
from lineage.ids import NodeId
from lineage.names import normal_column
from lineage.sql_claims import believe
from lineage.sql_reading import SqlReading, Tables

PSEUDO_COLUMNS = frozenset(
    [
        "_file",
        "_pos",
        "_partition",
        "_spec_id",
        "_deleted",
        "_metadata",
        "_partitiontime",
        "_partitiondate",
        "_table_suffix",
        "_change_type",
        "_commit_version",
        "_commit_timestamp",
        "_rowid",
        "_row_id",
        "_last_updated_sequence_number",
    ]
)
"""Columns that engines add while reading (Iceberg, Delta, BigQuery, Spark): they are in no schema and feed nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """A dataset or job as the graph shows it."""

    id: NodeId
    name: RawName


class View(Protocol):
    """What names mean at one ledger position."""

    def dataset(self, name: RawName) -> Place | None:
        """The node behind a raw name; None when it is no dataset (a bare directory, a CTE)."""

    def schemas(self, dataset: Place) -> Iterable[frozenset[str]]:
        """Every set of column names (normal form, top level) that anyone reported for a dataset."""

    def columns(self, dataset: Place) -> tuple[str, ...]:
        """The columns of a dataset in order, as far as anyone reported them."""

    def spellings(self, dataset: Place) -> set[RawName]:
        """Every raw name of a dataset."""

    def analyse(self, query: str, dialect: str, tables: Tables, database: str, schema: str) -> SqlReading | None:
        """What a statement says of columns; None where nobody can read SQL."""


@dataclass(frozen=True, slots=True)
class Said:
    """The facts of one set for one unit, coarse and fine, and the nodes that they name."""

    coarse: frozenset[Fact]
    fine: frozenset[Fact] | None
    nodes: frozenset[Node]


def union(parts: Sequence[Said]) -> Said:
    """What several statements of one application run say together: the better known fact of a pair wins."""
    best: dict[tuple[object, ...], Fact] = {}
    for fact in sorted((f for p in parts for f in p.coarse), key=_strength):
        best.setdefault((fact.relation, fact.subject, fact.object), fact)
    fine = [p.fine for p in parts if p.fine is not None]
    return Said(
        coarse=frozenset(best.values()),
        fine=frozenset(f for told in fine for f in told) if fine else None,
        nodes=frozenset(n for p in parts for n in p.nodes),
    )


def _strength(fact: Fact) -> tuple[bool, bool, bool, str]:
    return (
        fact.label == "TABLE",
        fact.certainty is Certainty.POSSIBLE,
        fact.evidence is EvidenceKind.INFERRED,
        fact.value + fact.label,
    )


def said(claims: ClaimSet, unit: str, output: Place, job: Place | None, view: View, evidence: EvidenceKind) -> Said:
    """The facts of one set of claims about `output`. `evidence`: OBSERVED, DECLARED or ATTEMPTED."""
    reader = _Reading(claims, unit, output, job, view, evidence)
    return reader.said()


class _Reading:
    """One pass over a claim set; a class only so that its many parameters have names."""

    def __init__(
        self, claims: ClaimSet, unit: str, output: Place, job: Place | None, view: View, evidence: EvidenceKind
    ) -> None:
        self.claims, self.unit, self.output, self.job, self.view = claims, unit, output, job, view
        self.attempted = evidence is EvidenceKind.ATTEMPTED
        self.evidence = evidence
        self.nodes: set[Node] = {dataset_node(output)}
        self.job_id: str = job.id if job else ""
        self.unresolved: tuple[str, ...] = ()

    def said(self) -> Said:
        facet = self._believed()
        told = believe(self.claims, facet, self.output, self.view)
        claims = None if told is None else told.claims
        fine = None
        if told is not None:
            self.unresolved = told.unresolved
            if told.claims or facet is not None:  # a statement that told no column at all takes none back
                found = (self._column_fact(c, told.sayings.get(c, "")) for c in told.claims)
                fine = frozenset(fact for fact in found if fact is not None)
        by_columns = {p.id for c in claims or () if (p := self._source(c.source)) is not None}
        by_columns -= {p.id for p in self._places(told.open if told is not None else ())}
        guess = self._guess()
        coarse = {self._feeds(source, by_columns, guess) for source in self._sources(claims)}
        if self.job:
            self.nodes.add(job_node(self.job))
            coarse.add(self._touches(Relation.WRITES, self.output))
            coarse |= {self._touches(Relation.READS, place) for place in self._places(self.claims.inputs)}
        return Said(frozenset(coarse), fine, frozenset(self.nodes))

    def _source(self, name: RawName) -> Place | None:
        place = self.view.dataset(name)
        if place is not None:
            self.nodes.add(dataset_node(place))
        return place

    def _places(self, names: Iterable[RawName]) -> list[Place]:
        return list({p.id: p for n in names if (p := self._source(n)) is not None}.values())

    def _believed(self) -> list[ColumnClaim] | None:
        """The claims that can be true. A producer's column facet is wrong only if neither its target columns nor the output's
        schema contain the other (design 4): Airflow names the SELECT's aliases for an INSERT that maps by position."""
        if self.claims.claims is None:
            return None
        namespace = self.output.name.namespace
        claims = [c for c in self.claims.claims if not is_pseudo(c.target) and not is_pseudo(c.column)]
        targets = {normal_column(namespace, c.target.split(".")[0]) for c in claims if c.target is not None}
        if targets and self._refuted(targets):
            return None
        return claims

    def _refuted(self, targets: set[str]) -> bool:
        namespace = self.output.name.namespace
        told = self.claims.columns
        schemas = [frozenset(normal_column(namespace, c) for c in told)] if told else [*self.view.schemas(self.output)]
        targets = {t.casefold() for t in targets}
        folded = [{c.casefold() for c in s if not is_pseudo(c)} for s in schemas]
        return bool(folded) and not any(targets <= s or s <= targets for s in folded if s)

    def _sources(self, claims: Sequence[ColumnClaim] | None) -> list[Place]:
        told = self.claims.sources if self.claims.sources is not None else self.claims.inputs
        return [p for p in self._places([*told, *(c.source for c in claims or ())]) if p.id != self.output.id]

    def _guess(self) -> str:
        """Why a pairing of this run's inputs and outputs is only guessed; "" where it is not. Asked once for each set: a run of
        10,000 inputs would be counted 10,000 times."""
        inputs = {p.id for p in self._places(self.claims.inputs)} - {self.output.id}
        if len(inputs) <= 1:
            return ""
        outputs = {p.id for n in self.claims.outputs if (p := self.view.dataset(n)) is not None}
        if len(outputs) <= 1:
            return ""
        return f"one run had {len(inputs)} inputs and {len(outputs)} outputs, and nothing finer was told"

    def _feeds(self, source: Place, by_columns: set[NodeId], guess: str) -> Fact:
        evidence, certainty, because = self.evidence, Certainty.CERTAIN, ""
        exact = source.id in by_columns or self.claims.sources is not None
        if not exact:
            evidence = EvidenceKind.INFERRED if evidence is EvidenceKind.OBSERVED else evidence
            if guess:
                certainty, because = Certainty.POSSIBLE, guess
        detail: dict[str, object] = {"because": because} if because else {}
        if self.unresolved:
            detail["unresolved"] = list(self.unresolved)
        if self.attempted:
            evidence, certainty = EvidenceKind.ATTEMPTED, Certainty.POSSIBLE
        return Fact(
            relation=Relation.FEEDS,
            subject=source.id,
            object=self.output.id,
            unit=self.unit,
            label="COLUMNS" if source.id in by_columns else "TABLE",
            value=canonical_json(detail) if detail else "",
            job=self.job_id,
            evidence=evidence,
            certainty=certainty,
        )

    def _touches(self, relation: Relation, place: Place) -> Fact:
        return Fact(relation, NodeId(self.job_id), place.id, self.unit, job=self.job_id, evidence=self.evidence)

    def _column_fact(self, claim: ColumnClaim, saying: str) -> Fact | None:
        source = self._source(claim.source)
        if source is None:
            return None
        subject = self._column(source, claim.column)
        target = self._column(self.output, claim.target)
        if subject == target or (claim.column is None and claim.target is None):
            return None
        if claim.target is None and source.id == self.output.id:
            return None  # a table that is merged into decides about its own rows: no edge that anyone can follow
        return Fact(
            relation=Relation.DERIVES,
            subject=subject,
            object=target,
            unit=self.unit,
            label=claim.label,
            value=saying,
            job=self.job_id,
            flow=Flow.CONTROL if claim.target is None else claim.flow,
            evidence=self.evidence,
            certainty=Certainty.POSSIBLE if self.attempted else Certainty.CERTAIN,
            masking=claim.masking,
        )

    def _column(self, place: Place, column: str | None) -> NodeId:
        if column is None:
            return place.id
        node = column_node(place, column)
        self.nodes.add(node)
        return node.id


def grain(fact: Fact) -> Bond:
    """For the fold: of which grain a fact is, and which pair of datasets it joins (a dataset into itself: none)."""
    if fact.relation is not Relation.DERIVES:
        pair = (fact.subject, fact.object) if fact.relation is Relation.FEEDS else None
        return Bond(coarse=True, pair=pair, by_columns=fact.label == "COLUMNS")
    source = ids.parent_of(fact.subject) or fact.subject
    target = ids.parent_of(NodeId(fact.object)) or fact.object
    return Bond(coarse=False, pair=None if source == target else (source, target))


def is_pseudo(column: str | None) -> bool:
    return column is not None and column.casefold() in PSEUDO_COLUMNS


def dataset_node(place: Place) -> Node:
    return Node(place.id, NodeKind.DATASET, place.name.namespace, place.name.name)


def job_node(place: Place) -> Node:
    return Node(place.id, NodeKind.JOB, place.name.namespace, place.name.name)


@lru_cache(maxsize=200_000)  # columns repeat in every event of a dataset; hashing their ids again is what costs
def column_node(place: Place, column: str) -> Node:
    name = normal_column(place.name.namespace, column)
    return Node(ids.column_id(place.id, name), NodeKind.COLUMN, place.name.namespace, place.name.name, column=name)


def canonical_json(value: object) -> str:
    """Sorted keys, no spaces: equal values have equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
