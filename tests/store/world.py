"""A small company to tell histories about: a few datasets, columns and jobs, and every kind of fact between them.

The one idea: a history is a list of sets of numbers. A number names one version in POOL and toggles it: opens it when it
is not open, else closes it. So every list is a valid history, and Hypothesis can shrink it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from lineage.facts import (
    Certainty,
    Change,
    EvidenceKind,
    Fact,
    Flow,
    Interval,
    Node,
    NodeKind,
    Relation,
)
from lineage.ids import NodeId, column_id, dataset_id, job_id, namespace_id, run_id, version_id
from lineage.moment import FOREVER

NAMESPACES = ("postgres://shop:5432", "s3://lake")
TABLES = (
    ("postgres://shop:5432", "shop.public.customers"),
    ("postgres://shop:5432", "shop.public.orders_customers"),
    ("s3://lake", "Landing/Customers"),
    ("s3://lake", "straße"),
)
COLUMNS = ("id", "email", "Customer_Id")
JOBS = (("airflow", "load.customers"), ("dbt", "customers"))

NAMESPACE_IDS = [namespace_id(name) for name in NAMESPACES]
DATASETS = [dataset_id(*table) for table in TABLES]
JOB_IDS = [job_id(*job) for job in JOBS]
COLUMN_IDS = [column_id(dataset, column) for dataset in DATASETS for column in COLUMNS]
RUNS = [run_id(job, "1f", attempt) for job in JOB_IDS for attempt in (1, 2)]
VERSIONS = [version_id(DATASETS[0], "v1")]

NODES: dict[NodeId, Node] = {
    node.id: node
    for node in [
        *(Node(namespace_id(name), NodeKind.NAMESPACE, name, "") for name in NAMESPACES),
        *(Node(dataset_id(*table), NodeKind.DATASET, *table) for table in TABLES),
        *(
            Node(column_id(dataset_id(*table), column), NodeKind.COLUMN, *table, column=column)
            for table in TABLES
            for column in COLUMNS
        ),
        *(Node(job_id(*job), NodeKind.JOB, *job) for job in JOBS),
        *(
            Node(run_id(job_id(*job), "1f", attempt), NodeKind.RUN, *job, version="1f")
            for job in JOBS
            for attempt in (1, 2)
        ),
        Node(VERSIONS[0], NodeKind.DATASET_VERSION, *TABLES[0], version="v1"),
    ]
}

TIMES = (10, 20, 30, 40)
INTERVALS = (Interval(10, FOREVER), Interval(20, 30), Interval(30, FOREVER))


def name_fact(kind: NodeKind, own: NodeId, target: NodeId, namespace: str, name: str) -> Fact:
    value = json.dumps({"name": name, "namespace": namespace}, sort_keys=True, separators=(",", ":"))
    return Fact(Relation.NAME, own, target, f"name|{own}", kind.value, value)


def feeds(source: NodeId, target: NodeId, **more: object) -> Fact:
    return edge(Relation.FEEDS, source, target, **more)


def derives(source: NodeId, target: NodeId, **more: object) -> Fact:
    return edge(Relation.DERIVES, source, target, **more)


def edge(relation: Relation, source: NodeId, target: NodeId, **more: object) -> Fact:
    values = {"job": JOB_IDS[0], "label": "TABLE" if relation is Relation.FEEDS else "IDENTITY", "producer": "p"}
    return Fact(relation, source, target, f"write|{JOB_IDS[0]}|{target}", **(values | more))  # type: ignore[arg-type]


def _pool() -> list[tuple[Fact, Interval]]:
    facts = []
    for dataset, table in zip(DATASETS, TABLES, strict=True):
        facts.append(name_fact(NodeKind.DATASET, dataset, dataset, *table))
    # two raw spellings; the first of them is sometimes one table, sometimes the other (a merge and its undoing)
    alias = ("POSTGRES://SHOP", "Clients of the shop")
    facts.append(name_fact(NodeKind.DATASET, dataset_id(*alias), DATASETS[0], *alias))
    facts.append(name_fact(NodeKind.DATASET, dataset_id(*alias), DATASETS[1], *alias))
    for job, name in zip(JOB_IDS, JOBS, strict=True):
        facts.append(name_fact(NodeKind.JOB, job, job, *name))
    for namespace, name in zip(NAMESPACE_IDS, NAMESPACES, strict=True):
        facts.append(name_fact(NodeKind.NAMESPACE, namespace, namespace, name, ""))
    for index, source in enumerate(DATASETS):
        for target in DATASETS:
            facts.append(feeds(source, target, evidence=list(EvidenceKind)[index]))
    for index, source in enumerate(COLUMN_IDS):
        target = COLUMN_IDS[(index * 5 + 3) % len(COLUMN_IDS)]
        facts.append(derives(source, target))
        facts.append(derives(source, target, flow=Flow.CONTROL, label="FILTER", certainty=Certainty.POSSIBLE))
        facts.append(derives(source, DATASETS[index % len(DATASETS)], flow=Flow.CONTROL, label="JOIN"))
        facts.append(derives(target, COLUMN_IDS[(index + 1) % len(COLUMN_IDS)], masking=True, value='{"because":"x"}'))
    for dataset in DATASETS:
        for ordinal, column in enumerate(COLUMNS):
            for type_ in ("int", "text"):
                value = f'{{"ordinal":{ordinal}}}'
                unit = f"schema|{dataset}|catalogue"
                facts.append(Fact(Relation.HAS, dataset, column_id(dataset, column), unit, type_, value))
    for node in (*DATASETS, *JOB_IDS):
        for owner in ("ann", "bob"):
            facts.append(Fact(Relation.PROPERTY, node, "", f"property|{node}|owner", "owner", f'"{owner}"'))
        facts.append(Fact(Relation.READS, JOB_IDS[0], DATASETS[0], f"read|{JOB_IDS[0]}", job=JOB_IDS[0]))
        facts.append(Fact(Relation.WRITES, JOB_IDS[1], DATASETS[1], f"write|{JOB_IDS[1]}|{DATASETS[1]}"))
    for run in RUNS:
        facts.append(Fact(Relation.RUN, run, JOB_IDS[RUNS.index(run) // 2], f"run|{run}", "COMPLETE", '{"attempt":1}'))
    facts.append(Fact(Relation.VERSION, VERSIONS[0], DATASETS[0], "version|v1", "v1"))
    return [(fact, interval) for fact in dict.fromkeys(facts) for interval in INTERVALS]


POOL = _pool()


def named(fact: Fact) -> Iterable[NodeId]:
    return (NodeId(id) for id in (fact.subject, fact.object, fact.job) if id in NODES)


def history(toggles: Sequence[Iterable[int]]) -> list[Change]:
    """One change for each set of numbers; an empty set is an entry that changes nothing, and has no change."""
    open_now: set[int] = set()
    changes = []
    for index, each in enumerate(toggles):
        numbers = {number % len(POOL) for number in each}
        closed = tuple(POOL[number] for number in sorted(numbers & open_now))
        opened = tuple(POOL[number] for number in sorted(numbers - open_now))
        open_now ^= numbers
        nodes = {id: NODES[id] for fact, _ in opened for id in named(fact)}
        if numbers:
            changes.append(Change(index, tuple(nodes.values()), closed, opened))
    return changes


def open_change(index: int, *versions: tuple[Fact, Interval]) -> Change:
    """Entry `index` opens these versions, and adds their nodes."""
    return Change(index, tuple({id: NODES[id] for fact, _ in versions for id in named(fact)}.values()), (), versions)
