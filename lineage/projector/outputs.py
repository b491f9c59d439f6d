"""What a unit said last, as bytes: the state keeps it so that the next difference is against exactly what the graph was told."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from lineage.facts import Certainty, Change, EvidenceKind, Fact, Flow, Interval, Node, NodeKind, Relation
from lineage.ids import NodeId

Output = dict[Fact, tuple[Interval, ...]]


class Kept(Protocol):
    """Where outputs are kept: the state."""

    def output(self, unit: str) -> bytes | None: ...
    def put_output(self, unit: str, body: bytes | None) -> None: ...


@dataclass(slots=True)
class Difference:
    """What units say otherwise than before."""

    closed: list[tuple[Fact, Interval]] = field(default_factory=list)
    opened: list[tuple[Fact, Interval]] = field(default_factory=list)
    nodes: set[Node] = field(default_factory=set)

    def add(self, before: Output, after: Output, nodes: Iterable[Node]) -> None:
        """What one unit says otherwise."""
        for fact in before.keys() | after.keys():
            old, new = before.get(fact, ()), after.get(fact, ())
            if old != new:
                self.closed += [(fact, span) for span in old if span not in new]
                self.opened += [(fact, span) for span in new if span not in old]
        self.nodes.update(nodes)

    def say(self, kept: Kept, unit: str, after: Output, nodes: Iterable[Node]) -> None:
        """What a unit says now, whole: keep it, and add what is otherwise than what was kept."""
        body = kept.output(unit)
        before = decode_output(body) if body is not None else {}
        if before != after:
            self.add(before, after, nodes)
            kept.put_output(unit, encode_output(after) if after else None)


COMPRESS_BYTES_MIN = 400  # below this the header costs more than it saves
_PLAIN, _PACKED = b"p", b"z"


def encode_output(output: Output) -> bytes:
    return _pack([[*_fact_row(fact), [[s.from_us, s.to_us] for s in spans]] for fact, spans in output.items()])


def decode_output(body: bytes) -> Output:
    return {_fact(row): tuple(Interval(a, b) for a, b in row[11]) for row in _unpack(body)}


def encode_change(change: Change) -> bytes:
    return _pack(
        [
            change.index,
            [[n.id, n.kind, n.namespace, n.name, n.column, n.version] for n in change.nodes],
            [[*_fact_row(fact), span.from_us, span.to_us] for fact, span in change.closed],
            [[*_fact_row(fact), span.from_us, span.to_us] for fact, span in change.opened],
        ]
    )


def decode_change(body: bytes) -> Change:
    index, nodes, closed, opened = _unpack(body)
    return Change(
        index,
        tuple(Node(NodeId(i), NodeKind(k), a, b, c, v) for i, k, a, b, c, v in nodes),
        tuple((_fact(row), Interval(row[11], row[12])) for row in closed),
        tuple((_fact(row), Interval(row[11], row[12])) for row in opened),
    )


def _fact_row(fact: Fact) -> list[object]:
    return [
        fact.relation, fact.subject, fact.object, fact.unit, fact.label, fact.value, fact.job, fact.flow, fact.evidence,
        fact.certainty, fact.masking,
    ]  # fmt: skip


def _fact(row: list) -> Fact:  # type: ignore[type-arg]
    relation, subject, object_, unit, label, value, job, flow, evidence, certainty, masking = row[:11]
    return Fact(
        Relation(relation), NodeId(subject), object_, unit, label, value, job, Flow(flow), EvidenceKind(evidence),
        Certainty(certainty), masking,
    )  # fmt: skip


def _pack(value: object) -> bytes:
    raw = orjson.dumps(value)
    return _PACKED + zlib.compress(raw, 1) if len(raw) >= COMPRESS_BYTES_MIN else _PLAIN + raw


def _unpack(body: bytes) -> list:  # type: ignore[type-arg]
    return orjson.loads(zlib.decompress(body[1:]) if body[:1] == _PACKED else body[1:])  # type: ignore[no-any-return]
