"""Random little companies, each with a part that a principal may not see, and the same without that part.

The one idea: a history is a list of sets of numbers, as in tests/store/world.py; a number toggles one fact of POOL.
`without_hidden` is written here a second time, fact by fact and without any of lineage/access: it is the oracle.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lineage import ids
from lineage.access.principal import Principal
from lineage.facts import Certainty, Change, EvidenceKind, Fact, Flow, Interval, Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER
from lineage.query import Questions, Sources
from lineage.seen import Seen
from lineage.store.memory import MemoryStore
from tests.query.graph import Clock, FixedSeen

MINE, THEIRS = "mine", "theirs"
PRINCIPAL = Principal(actor="analyst", namespaces=(MINE,), hidden_tags=frozenset({"secret"}))

DATASETS = [(MINE, "a"), (MINE, "b"), (MINE, "c"), (MINE, "tagged"), (THEIRS, "x"), (THEIRS, "y")]
COLUMNS = ("id", "Ssn")
JOBS = [(MINE, "load"), (MINE, "tagged_job"), (THEIRS, "etl"), (THEIRS, "sync")]
HIDDEN_COLUMN = (MINE, "b", "Ssn")
OTHER_SPELLINGS = [((THEIRS, "old_a"), (MINE, "a")), ((MINE, "a2"), (MINE, "a")), ((MINE, "x2"), (THEIRS, "x"))]

D = [ids.dataset_id(*each) for each in DATASETS]
J = [ids.job_id(*each) for each in JOBS]
C = [[ids.column_id(dataset, column) for column in COLUMNS] for dataset in D]
R = [ids.run_id(job, "r1", attempt) for job in J for attempt in (1, 2)]
V = [ids.version_id(dataset, "v1") for dataset in D]

NODES: dict[NodeId, Node] = {
    node.id: node
    for node in [
        *(Node(ids.namespace_id(name), NodeKind.NAMESPACE, name, name) for name in (MINE, THEIRS)),
        *(Node(ids.dataset_id(*each), NodeKind.DATASET, *each) for each in DATASETS),
        *(
            Node(ids.column_id(ids.dataset_id(*each), column), NodeKind.COLUMN, *each, column=column)
            for each in DATASETS
            for column in COLUMNS
        ),
        *(Node(ids.job_id(*each), NodeKind.JOB, *each) for each in JOBS),
        *(
            Node(ids.run_id(ids.job_id(*each), "r1", attempt), NodeKind.RUN, *each, version="r1")
            for each in JOBS
            for attempt in (1, 2)
        ),
        *(Node(ids.version_id(ids.dataset_id(*each), "v1"), NodeKind.DATASET_VERSION, *each, version="v1") for each in DATASETS),
    ]
}  # fmt: skip

_TOPS = [*D[3:], J[1], J[2], J[3], ids.namespace_id(THEIRS)]
HIDDEN = {id for id in NODES if (ids.parent_of(id) or id) in _TOPS} | {
    ids.column_id(ids.dataset_id(*HIDDEN_COLUMN[:2]), HIDDEN_COLUMN[2])
}
SEEN = NODES.keys() - HIDDEN

ALWAYS = Interval(0, FOREVER)
INTERVALS = (Interval(10, FOREVER), Interval(20, 30))


def _name(kind: NodeKind, own: NodeId, node: NodeId, namespace: str, name: str) -> Fact:
    value = json.dumps({"name": name, "namespace": namespace}, sort_keys=True, separators=(",", ":"))
    return Fact(Relation.NAME, own, node, f"name|{own}", kind, value)


def _tag(node: NodeId, key: str, **more: str) -> Fact:
    return Fact(Relation.PROPERTY, node, "", f"property|{node}|tag", "tag", json.dumps([{"key": key, **more}]))


FIRST = [
    *(_name(NodeKind.DATASET, ids.dataset_id(*each), ids.dataset_id(*each), *each) for each in DATASETS),
    *(_name(NodeKind.JOB, ids.job_id(*each), ids.job_id(*each), *each) for each in JOBS),
    *(_name(NodeKind.NAMESPACE, ids.namespace_id(n), ids.namespace_id(n), n, n) for n in (MINE, THEIRS)),
    _tag(D[3], "Secret"), _tag(J[1], "secret", value="yes"), _tag(D[1], "secret", field="SSN"), _tag(D[0], "public"),
]  # fmt: skip
"""What every history begins with: the names, and the tags that hide."""


def _pool() -> list[Fact]:
    facts = [
        _name(NodeKind.DATASET, ids.dataset_id(*raw), ids.dataset_id(*node), *raw) for raw, node in OTHER_SPELLINGS
    ]
    kinds = list(EvidenceKind)
    for n, (i, j) in enumerate((i, j) for i in range(len(D)) for j in range(len(D)) if i != j):
        job = J[n % len(J)]
        unit = f"write|{job}|{D[j]}"
        more = {"evidence": kinds[n % len(kinds)], "certainty": list(Certainty)[n % 2]}
        because = json.dumps({"because": f"one run had {n} inputs"}) if n % 3 == 0 else ""
        facts.append(Fact(Relation.FEEDS, D[i], D[j], unit, "TABLE", because, job=job, **more))  # type: ignore[arg-type]
        facts.append(Fact(Relation.FEEDS, D[i], D[j], unit, "COLUMNS", job=job, evidence=EvidenceKind.OBSERVED))
        for c in range(2):
            flow = Flow.CONTROL if (n + c) % 3 == 0 else Flow.VALUE
            facts.append(Fact(Relation.DERIVES, C[i][c], C[j][(c + n) % 2], unit, "IDENTITY", job=job, flow=flow))
        facts.append(Fact(Relation.DERIVES, C[i][n % 2], D[j], unit, "FILTER", job=job, flow=Flow.CONTROL))
        facts.append(Fact(Relation.READS, job, D[i], f"read|{job}", job=job))
        facts.append(Fact(Relation.WRITES, job, D[j], unit, job=job, evidence=EvidenceKind.DECLARED))
    for i, dataset in enumerate(D):
        for reporter in ("catalogue:c", "catalogue:d"):
            for c, type_ in enumerate(("int", "text")):
                for ordinal in (1, 2):
                    value = json.dumps({"ordinal": ordinal})
                    unit = f"schema|{dataset}|{reporter}"
                    facts.append(Fact(Relation.HAS, dataset, C[i][c], unit, type_, value))
        facts.append(Fact(Relation.PROPERTY, dataset, "", f"property|{dataset}|owner", "owner", f'[{{"name":"o{i}"}}]'))
        facts.append(
            Fact(Relation.VERSION, V[i], dataset, f"version|{V[i]}", "v1", json.dumps({"job": J[i % 4], "run": R[i]}))
        )
    for i, job in enumerate(J):
        facts.append(Fact(Relation.PROPERTY, job, "", f"property|{job}|distrusted", "distrusted", "true"))
        for k in (0, 1):
            run = R[2 * i + k]
            touched = [D[i], D[i + 2]]
            value = json.dumps(
                {"runId": "r1", "attempt": k + 1, "inputs": touched, "outputs": touched[::-1]},
                sort_keys=True, separators=(",", ":"),
            )  # fmt: skip
            facts.append(Fact(Relation.RUN, run, job, f"run|{run}", "COMPLETE", value))
    return list(dict.fromkeys(facts))


POOL = [(fact, interval) for fact in _pool() for interval in INTERVALS]


def history(toggles: Sequence[Iterable[int]]) -> list[Change]:
    """The first entry tells FIRST, each further one toggles its numbers."""
    changes = [Change(0, tuple(NODES.values()), (), tuple((fact, ALWAYS) for fact in FIRST))]
    open_now: set[int] = set()
    for index, each in enumerate(toggles, 1):
        numbers = {number % len(POOL) for number in each}
        closed = tuple(POOL[number] for number in sorted(numbers & open_now))
        opened = tuple(POOL[number] for number in sorted(numbers - open_now))
        open_now ^= numbers
        changes.append(Change(index, (), closed, opened))
    return changes


def without_hidden(changes: Sequence[Change]) -> list[Change]:
    """The same history in a company in which the hidden part never was, and nobody knows who does what it did."""
    return [
        Change(
            change.index,
            tuple(node for node in change.nodes if node.id not in HIDDEN),
            tuple((told, when) for fact, when in change.closed if (told := told_of(fact)) is not None),
            tuple((told, when) for fact, when in change.opened if (told := told_of(fact)) is not None),
        )
        for change in changes
    ]


def told_of(fact: Fact) -> Fact | None:
    """What is left of a fact; None: nothing."""
    ends = {fact.subject, fact.object} if fact.relation is not Relation.NAME else {fact.object}
    if ends & HIDDEN:
        return None
    if fact.relation is Relation.NAME and json.loads(fact.value)["namespace"] != MINE:
        return None
    if fact.relation is Relation.PROPERTY and '"field"' in fact.value:
        return replace(fact, value="[]")
    if fact.relation is Relation.PROPERTY and fact.label == "distrusted":
        return fact
    if fact.relation in (Relation.FEEDS, Relation.DERIVES) and fact.value:
        told = replace(fact, value=json.dumps({"because": "one run had several inputs"}, separators=(",", ":")))
        return replace(told, job="", value="") if fact.job in HIDDEN else told
    if fact.relation in (Relation.FEEDS, Relation.DERIVES) and fact.job in HIDDEN:
        return replace(fact, job="")
    if fact.relation is Relation.RUN:
        value = json.loads(fact.value)
        for key in ("inputs", "outputs"):
            value[key] = [each for each in value[key] if each not in HIDDEN]
        return replace(fact, value=json.dumps(value, sort_keys=True, separators=(",", ":")))
    if fact.relation is Relation.VERSION and HIDDEN & set(json.loads(fact.value).values()):
        return replace(fact, value="{}")
    return fact


def seen_by(fact: Fact) -> Seen | None:
    """A hidden job's runs and entries are nobody's to know; when it did things is the edge's."""
    if fact.evidence in (EvidenceKind.DECLARED, EvidenceKind.STATED):
        return None
    unknown = not fact.job and fact.relation in (Relation.FEEDS, Relation.DERIVES)
    stale = fact.label in ("IDENTITY", "TABLE")
    return Seen(5, 9, 0 if unknown else 3, not stale, False, None if unknown else "r1", () if unknown else (0,))


def questions(changes: Sequence[Change]) -> Questions:
    store = MemoryStore()
    store.bind("test")
    store.apply(changes, len(changes))
    return Questions(Sources(store, FixedSeen(seen_by), Clock(len(changes))))
