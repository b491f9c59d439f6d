"""What a unit said last, as bytes: the state keeps it so that the next difference is against exactly what the graph was told."""

import zlib

import orjson

from lineage.facts import Certainty, Change, EvidenceKind, Fact, Flow, Interval, Node, NodeKind, Relation
from lineage.ids import NodeId

Output = dict[Fact, tuple[Interval, ...]]

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
