"""The tables of the embedded graph, and how its closed sets of words are written as small integers.

The one idea: a fact version is one row of integers, with one covering index by subject and one by object that hold all
that a walk asks for (the other end, flow, evidence, both times). What is known and valid now is an equality on both
ends, so history beside an edge costs a read of the present nothing. Text stands outside, once: node ids in graph_key,
descriptions in graph_node, units, producers and labels in graph_text. Tables are named graph_…, because the projector's
state shares the file.
"""

from typing import Final

from lineage.facts import Certainty, EvidenceKind, Flow, NodeKind, Relation
from lineage.moment import FOREVER

SCHEMA: Final = 3
"""Written into the file; a graph with another number is made anew from the ledger, never migrated."""

NOTHING: Final = 0
"""The integer of the empty text: no job, no object, no label."""

RELATIONS: Final = {
    Relation.NAME: 1, Relation.FEEDS: 2, Relation.DERIVES: 3, Relation.READS: 4, Relation.WRITES: 5, Relation.HAS: 6,
    Relation.PROPERTY: 7, Relation.RUN: 8, Relation.VERSION: 9,
}  # fmt: skip
KINDS: Final = {
    NodeKind.NAMESPACE: 1, NodeKind.DATASET: 2, NodeKind.COLUMN: 3, NodeKind.JOB: 4, NodeKind.RUN: 5,
    NodeKind.DATASET_VERSION: 6,
}  # fmt: skip
FLOWS: Final = {Flow.VALUE: 0, Flow.CONTROL: 1}
EVIDENCE: Final = {
    EvidenceKind.OBSERVED: 0, EvidenceKind.DECLARED: 1, EvidenceKind.STATED: 2, EvidenceKind.INFERRED: 3,
    EvidenceKind.ATTEMPTED: 4,
}  # fmt: skip
CERTAINTIES: Final = {Certainty.POSSIBLE: 0, Certainty.CERTAIN: 1}

RELATION_OF: Final = {code: relation for relation, code in RELATIONS.items()}
KIND_OF: Final = {code: kind for kind, code in KINDS.items()}
FLOW_OF: Final = {code: flow for flow, code in FLOWS.items()}
EVIDENCE_OF: Final = {code: evidence for evidence, code in EVIDENCE.items()}
CERTAINTY_OF: Final = {code: certainty for certainty, code in CERTAINTIES.items()}

TABLES: Final = (
    """CREATE TABLE graph_meta (
        only INTEGER PRIMARY KEY CHECK (only = 1), schema INTEGER NOT NULL, origin TEXT, applied INTEGER NOT NULL)""",
    f"INSERT INTO graph_meta VALUES (1, {SCHEMA}, NULL, 0)",
    # ids apart from descriptions: a closure ends with a lookup of each id, and many ids (raw names) have no description
    "CREATE TABLE graph_key (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE)",
    """CREATE TABLE graph_node (
        id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, column_name TEXT,
        version TEXT)""",
    # people browse by namespace; columns, runs and versions are found under what they belong to
    f"""CREATE INDEX graph_listed ON graph_node (kind, namespace, name)
        WHERE kind IN ({KINDS[NodeKind.NAMESPACE]}, {KINDS[NodeKind.DATASET]}, {KINDS[NodeKind.JOB]})""",
    "CREATE TABLE graph_text (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
    """CREATE TABLE graph_version (
        id INTEGER PRIMARY KEY, relation INTEGER NOT NULL, subject INTEGER NOT NULL, object INTEGER NOT NULL,
        unit INTEGER NOT NULL, label INTEGER NOT NULL, job INTEGER NOT NULL, flow INTEGER NOT NULL,
        evidence INTEGER NOT NULL, certainty INTEGER NOT NULL, masking INTEGER NOT NULL, producer INTEGER NOT NULL,
        valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER NOT NULL,
        digest BLOB NOT NULL, value TEXT NOT NULL)""",
    # the node leads, not the relation: SQLite compares a leading integer of many values fastest (a fifth of a closure)
    """CREATE INDEX graph_by_subject ON graph_version (
        subject, relation, known_to, valid_to, valid_from, object, known_from, flow, evidence)""",
    """CREATE INDEX graph_by_object ON graph_version (
        object, relation, known_to, valid_to, valid_from, subject, known_from, flow, evidence)""",
    # a page shows the last runs or versions of many thousands
    f"""CREATE INDEX graph_story ON graph_version (object, relation, valid_from)
        WHERE relation = {RELATIONS[Relation.RUN]} OR relation = {RELATIONS[Relation.VERSION]}""",
    # schema changes are asked by time, of all datasets at once
    f"CREATE INDEX graph_has_from ON graph_version (valid_from) WHERE relation = {RELATIONS[Relation.HAS]}",
    f"""CREATE INDEX graph_has_to ON graph_version (valid_to)
        WHERE relation = {RELATIONS[Relation.HAS]} AND valid_to < {FOREVER}""",
    # search scans distinct own parts of names, case-folded: columns share few, so it is short; see searching.py
    "CREATE TABLE graph_word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)",
    """CREATE TABLE graph_spelling (
        word INTEGER NOT NULL, kind INTEGER NOT NULL, node INTEGER NOT NULL,
        PRIMARY KEY (word, kind, node)) WITHOUT ROWID""",
)
TABLE_NAMES: Final = (
    "graph_meta",
    "graph_key",
    "graph_node",
    "graph_text",
    "graph_version",
    "graph_word",
    "graph_spelling",
)
