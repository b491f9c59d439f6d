"""A graph from a few lines of text, in a memory store: what the questions are asked of in these tests.

    a -> b by job            dataset feeds dataset, at table level
    a#x -> b#y by job        column derives column (and a feeds b, with columns)
    a -> b by nobody         a view, derived when it is read
    a#x ~> b by job          a column only decides about every row of b; ~> between columns: about one column
    a has x:int y:text by catalogue:c
    a owner team / a datasetType MODEL          properties
    a renamed b              b is a under a new name
    A is a                   another spelling (a dataset of namespace n) of a
    run:r1 of j / version:v1 of a               a completed run of a job, a version of a dataset
    run:r1 of j inputs=a,b outputs=c            what the run read and wrote: datasets that other lines tell of
    job reads a                                 without writing anything

Words after an edge: label=AGGREGATION possible inferred declared attempted masked, and on any line valid=FROM..TO (event
time, open when left out) and known=N (the ledger position that tells it; lines count up by themselves), until=N (the
position that took it back).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from lineage import ids
from lineage.facts import Certainty, Change, EvidenceKind, Fact, Flow, Interval, Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER, Moment
from lineage.query import DatasetRef, JobRef, NodeRef, Questions, Sources
from lineage.seen import Seen
from lineage.store.memory import MemoryStore

NAMESPACE = "n"
LEAF_US = 1_000  # entry i came at i * LEAF_US


class Clock:
    """A ledger in which entry i came at i * LEAF_US."""

    def __init__(self, size: int) -> None:
        self._size = size

    def size(self) -> int:
        return self._size

    def size_at(self, time_us: int) -> int:
        return max(0, min(self._size, time_us // LEAF_US + 1))

    def time_of(self, index: int) -> int:
        return index * LEAF_US


@dataclass
class FixedSeen:
    """Every fact that a run made was seen once, in its latest run, unless told otherwise by `tell(fact)`."""

    tell: Callable[[Fact], Seen | None] = lambda fact: None

    def seen(self, facts: Sequence[Fact], at: Moment) -> list[Seen]:
        return [self.tell(fact) or self._usual(fact) for fact in facts]

    @staticmethod
    def _usual(fact: Fact) -> Seen:
        if fact.evidence in (EvidenceKind.DECLARED, EvidenceKind.STATED):
            return Seen(None, None, 0, False, False, None, ())
        return Seen(0, 0, 1, True, False, "run", (0,))


@dataclass
class Graph:
    """The questions over a text, and short ways to name things in it."""

    questions: Questions
    store: MemoryStore
    seen: FixedSeen
    clock: Clock
    names: dict[NodeId, str] = field(default_factory=dict)

    def id(self, name: str) -> NodeId:
        return node_of(name).id

    def name(self, id: str) -> str:
        return self.names.get(NodeId(id), id)

    def pairs(self, edges: Sequence[object]) -> set[tuple[str, str]]:
        return {(self.name(e.source), self.name(e.target)) for e in edges}  # type: ignore[attr-defined]


def ref(name: str) -> NodeRef:
    """`a`, `a#x`, or `job:j`."""
    if name.startswith("job:"):
        return NodeRef(job=JobRef(NAMESPACE, name[4:]))
    dataset, _, column = name.partition("#")
    return NodeRef(dataset=DatasetRef(NAMESPACE, dataset, column or None))


def node_of(name: str) -> Node:
    if name.startswith("job:"):
        return Node(ids.job_id(NAMESPACE, name[4:]), NodeKind.JOB, NAMESPACE, name[4:])
    dataset, _, column = name.partition("#")
    own = ids.dataset_id(NAMESPACE, dataset)
    if column:
        return Node(ids.column_id(own, column), NodeKind.COLUMN, NAMESPACE, dataset, column)
    return Node(own, NodeKind.DATASET, NAMESPACE, dataset)


def graph(text: str, *, ledger_size: int | None = None, seen: FixedSeen | None = None) -> Graph:
    """Parse, store, and wrap."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    changes: dict[int, list[tuple[str, Fact, Interval]]] = {}
    nodes: dict[NodeId, Node] = {}
    for position, line in enumerate(lines):
        facts, valid, known, until = _line(line, position, nodes)
        for fact in facts:
            lasting = fact.relation is Relation.NAME  # names stay when what they did ends
            interval = Interval(valid.from_us, FOREVER) if lasting else valid
            changes.setdefault(known, []).append(("open", fact, interval))
            if until is not None and not lasting:
                changes.setdefault(until, []).append(("close", fact, valid))
    store = MemoryStore()
    store.bind("test")
    size = max(changes, default=-1) + 1
    done: set[tuple[Fact, Interval]] = set()
    result = []
    for index in sorted(changes):
        opened = [(f, i) for what, f, i in changes[index] if what == "open" and (f, i) not in done]
        done.update(opened)
        closed = [(f, i) for what, f, i in changes[index] if what == "close"]
        result.append(Change(index, tuple(nodes.values()), tuple(closed), tuple(dict.fromkeys(opened))))
    store.apply(result, size)
    clock = Clock(size if ledger_size is None else ledger_size)
    seen = seen or FixedSeen()
    names = {n.id: f"{n.name}#{n.column}" if n.column else f"job:{n.name}" if n.kind is NodeKind.JOB else n.name
             for n in nodes.values()}  # fmt: skip
    return Graph(Questions(Sources(store, seen, clock)), store, seen, clock, names)


def _line(
    line: str, position: int, nodes: dict[NodeId, Node]
) -> tuple[list[Fact], Interval, int, int | None]:  # fmt: skip
    words = line.split()
    options = {k: v for w in words if "=" in w and (k := w.partition("=")[0]) and (v := w.partition("=")[2])}
    plain = [w for w in words if "=" not in w]
    start, _, end = options.get("valid", "0..").partition("..")
    valid = Interval(int(start or 0), int(end) if end else FOREVER)
    known = int(options.get("known", position))
    until = int(options["until"]) if "until" in options else None
    facts = _facts(plain, options, nodes)
    for id_ in [n for n in list(nodes) if nodes[n].kind in (NodeKind.DATASET, NodeKind.JOB)]:
        if any(id_ in (f.subject, f.object, f.job, ids.parent_of(f.subject)) for f in facts):
            facts.append(_named(nodes[id_], attempted="attempted" in plain))
    return facts, valid, known, until


def _facts(plain: list[str], options: dict[str, str], nodes: dict[NodeId, Node]) -> list[Fact]:
    def node(name: str) -> Node:
        found = node_of(name)
        nodes[found.id] = found
        if found.column:
            node(found.name)
        return found

    subject, verb, *rest = plain
    by = rest[rest.index("by") + 1] if "by" in rest else "j"
    if verb == "has":
        unit = f"schema|{subject}|{by}"
        facts = []
        for ordinal, told in enumerate(rest[: rest.index("by")] if "by" in rest else rest, 1):
            column, _, type_ = told.partition(":")
            facts.append(Fact(Relation.HAS, node(subject).id, node(f"{subject}#{column}").id, unit, type_,
                              json.dumps({"ordinal": ordinal})))  # fmt: skip
        return facts
    if verb in ("reads", "writes"):
        job = node(subject)
        relation = Relation.READS if verb == "reads" else Relation.WRITES
        evidence = EvidenceKind.DECLARED if "declared" in rest else EvidenceKind.OBSERVED
        return [Fact(relation, job.id, node(rest[0]).id, f"read|{subject}", job=job.id, evidence=evidence)]
    if verb in ("->", "~>"):
        facts = _edge(node(subject), node(rest[0]), verb, node(f"job:{by}"), rest, options)
        if by == "nobody":  # a view: it derives when it is read
            return [replace(f, job="") for f in facts if f.relation in (Relation.FEEDS, Relation.DERIVES)]
        return facts
    if verb == "renamed":
        value = json.dumps({"because": "renamed"})
        ends = node(subject).id, node(rest[0]).id
        return [Fact(Relation.FEEDS, *ends, f"rename|{ends[0]}|{ends[1]}", "TABLE", value)]
    if verb == "is":
        own, raw = node_of(subject).id, json.dumps({"name": subject, "namespace": NAMESPACE})
        return [Fact(Relation.NAME, own, node(rest[0]).id, f"name|{own}", NodeKind.DATASET, raw)]
    if verb == "of":
        return [_child(subject, rest[0], options, nodes, node)]
    value = json.dumps([{"name": rest[0]}] if verb == "owner" else rest[0])
    return [Fact(Relation.PROPERTY, node(subject).id, "", f"property|{subject}|{verb}", verb, value)]


def _child(
    subject: str, parent: str, options: dict[str, str], nodes: dict[NodeId, Node], node: Callable[[str], Node]
) -> Fact:
    kind, _, name = subject.partition(":")
    if kind == "run":
        job = node(f"job:{parent}")
        run, _, attempt = name.partition("/")
        own = ids.run_id(job.id, run, int(attempt or 1))
        nodes[own] = Node(own, NodeKind.RUN, NAMESPACE, parent, version=run)
        inputs, outputs = (
            [node(each).id for each in options.get(key, usual).split(",") if each]
            for key, usual in (("inputs", "in"), ("outputs", ""))
        )
        value = {"runId": run, "attempt": int(attempt or 1), "startedAt": "2026-01-01T00:00:00Z", "facets": {"sql": '"x"'},
                 "inputs": inputs, "outputs": outputs}  # fmt: skip
        return Fact(Relation.RUN, own, job.id, f"run|{own}", "COMPLETE", json.dumps(value))
    dataset = node(parent)
    own = ids.version_id(dataset.id, name)
    nodes[own] = Node(own, NodeKind.DATASET_VERSION, NAMESPACE, parent, version=name)
    return Fact(
        Relation.VERSION, own, dataset.id, f"version|{dataset.id}|{name}", name, json.dumps({"job": None, "run": None})
    )


def _edge(
    source: Node, target: Node, verb: str, job: Node, words: list[str], options: dict[str, str]
) -> list[Fact]:  # fmt: skip
    evidence = next((k for k in EvidenceKind if k.lower() in words), EvidenceKind.OBSERVED)
    weak = "possible" in words or evidence is EvidenceKind.ATTEMPTED
    certainty = Certainty.POSSIBLE if weak else Certainty.CERTAIN
    kind = {EvidenceKind.DECLARED: "declare", EvidenceKind.ATTEMPTED: "attempt"}.get(evidence, "write")
    holder = NodeId(ids.parent_of(target.id) or target.id)
    unit = f"{kind}|{job.id}|{holder}"
    columns = source.column is not None or target.column is not None
    origin = NodeId(ids.parent_of(source.id) or source.id)
    feeds = Fact(Relation.FEEDS, origin, holder, unit, "COLUMNS" if columns else "TABLE", job=job.id, evidence=evidence,
                 certainty=certainty)  # fmt: skip
    if not columns:
        return [feeds]
    flow = Flow.CONTROL if verb == "~>" else Flow.VALUE
    derives = Fact(Relation.DERIVES, source.id, target.id, unit, options.get("label", "IDENTITY"), job=job.id, flow=flow,
                   evidence=evidence, certainty=certainty, masking="masked" in words)  # fmt: skip
    return [derives] if origin == holder else [derives, feeds]


def _named(node: Node, *, attempted: bool) -> Fact:
    value = json.dumps({"name": node.name, "namespace": node.namespace}, sort_keys=True, separators=(",", ":"))
    evidence = EvidenceKind.ATTEMPTED if attempted else EvidenceKind.OBSERVED
    return Fact(Relation.NAME, node.id, node.id, f"name|{node.id}", node.kind, value, evidence=evidence)
