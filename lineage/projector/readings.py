"""What a stored set means now: its facts, computed from what was said and from what names mean.

The one idea: a set never changes, its reading may. So readings are made here, from the state's sets and the Meanings, and each leaves
two traces in the state: which names it depends on (mentions), and which facts it holds (members, for the counts of seen.py).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import orjson

from lineage import claims as claim
from lineage import ids
from lineage.claim_sets import ClaimSet
from lineage.claims import Place, Said, View, canonical_json, union
from lineage.events import RawName, SchemaColumn
from lineage.facts import EvidenceKind, Fact, Node, NodeKind, Relation
from lineage.projector.names import NO_NAME, Meanings
from lineage.projector.run_rows import remember
from lineage.projector.state import Source, State

BODIES_KEPT_MAX = 20_000  # decoded sets in memory: a set of 100 column claims takes some 30 kB

Declared = list[tuple[RawName, ClaimSet]]


class Readings:
    """Reads sets for units."""

    def __init__(self, state: State, meanings: Meanings) -> None:
        self._state, self._meanings = state, meanings
        self._bodies: OrderedDict[tuple[int, str], object] = OrderedDict()
        self._sources: dict[int, Source] = {}
        self.known = 0
        """The ledger size with the entry that is being folded: from then on a reading is known."""

    def source(self, source_id: int) -> Source:
        known = self._sources.get(source_id)
        if known is None:
            known = remember(self._sources, source_id, self._state.source(source_id))
        return known

    def unit_key(self, source: Source) -> str | None:
        """The unit that a source belongs to as names mean now; None: its dataset is no dataset (or only a part of one)."""
        meanings = self._meanings
        match source.kind:
            case "write":
                dataset = meanings.dataset(source.second)
                return None if dataset is None else f"write|{meanings.job(source.first).id}|{dataset.id}"
            case "read":
                return f"read|{meanings.job(source.first).id}"
            case "declare" if source.first != NO_NAME:
                return f"declare|{meanings.job(source.first).id}"
            case "declare":
                dataset = meanings.dataset(source.second)
                return None if dataset is None else f"declare|{dataset.id}"
            case "schema":
                if meanings.datasets.is_part(source.first):
                    return None
                dataset = meanings.dataset(source.first)
                return None if dataset is None else f"schema|{dataset.id}|{source.extra}"
            case "serve":
                return None  # serving.py computes it
            case "rename" | "version":
                return self._renamed_key(source) if source.kind == "rename" else self._version_key(source)
            case "property":
                place = self._subject(source)
                return None if place is None else f"property|{place.id}|{source.extra.partition('|')[2]}"
        raise AssertionError(f"no such kind of source: {source.kind}")

    def _renamed_key(self, source: Source) -> str | None:
        old, new = self._meanings.dataset(source.first), self._meanings.dataset(source.second)
        return f"rename|{old.id}|{new.id}" if old and new and old.id != new.id else None

    def _version_key(self, source: Source) -> str | None:
        dataset = self._meanings.dataset(source.first)
        return None if dataset is None else f"version|{dataset.id}|{source.extra}"

    def columns(self, set_id: int) -> tuple[SchemaColumn, ...]:
        """The columns of a stored schema."""
        body = self._body(set_id, "schema")
        assert isinstance(body, tuple)
        return body

    def names_in(self, source_id: int, set_id: int) -> set[RawName]:
        """The datasets that a set names: what a run read and wrote, and where its columns come from; a model and its version."""
        source = self.source(source_id)
        if source.kind == "serve":
            return {source.first}
        if source.kind == "version" and source.second != NO_NAME:
            return {source.first, source.second}
        if source.kind not in ("write", "read"):
            return set()
        body = self._body(set_id, source.kind)
        assert isinstance(body, ClaimSet)
        return body.names()

    def _subject(self, source: Source) -> Place | None:
        """What a property is about."""
        of_job = source.extra.startswith("JOB|")
        return self._meanings.job(source.first) if of_job else self._meanings.dataset(source.first)

    def read(self, unit: str, source_id: int, set_id: int, evidence: EvidenceKind) -> Said:
        """The facts of one set of one source, for one unit."""
        source = self.source(source_id)
        view = _Asked(self._meanings)
        match source.kind, self._body(set_id, source.kind):
            case "write", ClaimSet() as told:
                output = self._meanings.dataset(source.second)
                assert output is not None, "unit_key() leaves out what is no dataset"
                said = claim.said(told, unit, output, self._meanings.job(source.first), view, evidence)
            case "read", ClaimSet() as told:
                said = self._reads(unit, told, self._meanings.job(source.first), view, evidence)
            case "declare", list() as declared:
                said = self._declared(unit, declared, source, view, evidence)
            case "schema", tuple() as columns:
                output = self._meanings.dataset(source.first)
                assert output is not None, "unit_key() leaves out what is no dataset"
                said = _schema(unit, output, columns)
            case "rename", _:
                said = self._rename(unit, source)
            case "version", value:
                said = self._version(unit, source, value)
            case "property", value:
                said = self._property(unit, source, value)
        # also names that the reading did not need, like those of columns that a schema refutes: they are named all the same
        self._state.put_mentions("DATASET", view.asked | self.names_in(source_id, set_id), source_id)
        numbers = [fact_number(f) for f in (*said.coarse, *(said.fine or ()))]
        self._state.set_members(numbers, source_id, set_id, evidence is EvidenceKind.ATTEMPTED, self.known)
        return said

    def _body(self, set_id: int, kind: str) -> object:
        body = self._bodies.get((set_id, kind))
        if body is None:
            raw = self._state.set_body(set_id)
            match kind:
                case "write" | "read":
                    body = ClaimSet.decode(raw)
                case "declare":
                    body = [(RawName(a, b), ClaimSet.decode(told.encode())) for a, b, told in orjson.loads(raw)]
                case "schema":
                    body = tuple(SchemaColumn(*column) for column in orjson.loads(raw))
                case _:
                    body = orjson.loads(raw)
            self._bodies[set_id, kind] = body
            if len(self._bodies) > BODIES_KEPT_MAX:
                self._bodies.popitem(last=False)
        return body

    def _reads(self, unit: str, told: ClaimSet, job: Place, view: View, evidence: EvidenceKind) -> Said:
        places = {p.id: p for n in told.inputs if (p := view.dataset(n)) is not None}
        facts = frozenset(Fact(Relation.READS, job.id, i, unit, job=job.id, evidence=evidence) for i in places)
        return Said(facts, None, frozenset({claim.job_node(job), *map(claim.dataset_node, places.values())}))

    def _declared(self, unit: str, declared: Declared, source: Source, view: View, evidence: EvidenceKind) -> Said:
        job = self._meanings.job(source.first) if source.first != NO_NAME else None
        return union(
            [
                claim.said(told, unit, output, job, view, evidence)
                for name, told in declared
                if (output := view.dataset(name)) is not None
            ]
        )

    def _property(self, unit: str, source: Source, value: object) -> Said:
        place = self._subject(source)
        assert place is not None, "unit_key() leaves out what is no dataset"
        node = claim.job_node(place) if source.extra.startswith("JOB|") else claim.dataset_node(place)
        label = source.extra.partition("|")[2]
        fact = Fact(Relation.PROPERTY, place.id, "", unit, label=label, value=canonical_json(value))
        return Said(frozenset() if value is None else frozenset({fact}), None, frozenset({node}))

    def _rename(self, unit: str, source: Source) -> Said:
        """A renamed dataset goes on under its new name: a value edge joins the two (decisions.md)."""
        old, new = self._meanings.dataset(source.first), self._meanings.dataset(source.second)
        assert old is not None and new is not None, "unit_key() leaves out what is no dataset"
        fact = Fact(Relation.FEEDS, old.id, new.id, unit, "TABLE", canonical_json({"because": "renamed"}))
        return Said(frozenset({fact}), None, frozenset({claim.dataset_node(old), claim.dataset_node(new)}))

    def _version(self, unit: str, source: Source, value: object) -> Said:
        dataset = self._meanings.dataset(source.first)
        assert dataset is not None, "unit_key() leaves out what is no dataset"
        node = Node(
            ids.version_id(dataset.id, source.extra), NodeKind.DATASET_VERSION, dataset.name.namespace, dataset.name.name,
            version=source.extra,
        )  # fmt: skip
        fact = Fact(
            Relation.VERSION,
            node.id,
            dataset.id,
            unit,
            label=source.extra,
            value=canonical_json(value) if value else "",
        )
        return Said(frozenset({fact}), None, frozenset({node, claim.dataset_node(dataset)}))


class _Asked:
    """A View that remembers which names were asked about: what they mean, the reading depends on."""

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings
        self.asked: set[RawName] = set()
        self.schemas, self.columns = meanings.schemas, meanings.columns
        self.spellings, self.analyse = meanings.spellings, meanings.analyse

    def dataset(self, name: RawName) -> Place | None:
        # SQL's spelling may be one that nobody mentions: it depends on whoever has the same normal form
        self.asked |= {name, self._meanings.datasets.normal(name)}
        return self._meanings.dataset(name)


def encode_declared(declared: Iterable[tuple[RawName, ClaimSet]]) -> bytes:
    return orjson.dumps(
        [[n.namespace, n.name, told.encode().decode()] for n, told in sorted(declared, key=lambda d: d[0])]
    )


def encode_columns(columns: Sequence[SchemaColumn]) -> bytes:
    return orjson.dumps([[c.name, c.type, c.ordinal, c.description] for c in columns])


def _schema(unit: str, dataset: Place, columns: Sequence[SchemaColumn]) -> Said:
    nodes: set[Node] = {claim.dataset_node(dataset)}
    facts: dict[str, Fact] = {}
    for column in columns:
        if claim.is_pseudo(column.name):
            continue
        node = claim.column_node(dataset, column.name)
        nodes.add(node)
        detail: dict[str, object] = {"ordinal": column.ordinal}
        if column.description:
            detail["description"] = column.description
        # a schema that lists one column twice (in two letter cases) tells of one column: the first
        facts.setdefault(
            node.id, Fact(Relation.HAS, dataset.id, node.id, unit, label=column.type, value=canonical_json(detail))
        )
    return Said(frozenset(facts.values()), None, frozenset(nodes))


def fact_number(fact: Fact) -> int:
    """63 bits of a fact's hash: what members are found by."""
    text = "\0".join(
        (
            fact.relation, fact.subject, fact.object, fact.unit, fact.label, fact.value, fact.job, fact.flow,
            fact.evidence, fact.certainty, str(fact.masking),
        )
    )  # fmt: skip
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
