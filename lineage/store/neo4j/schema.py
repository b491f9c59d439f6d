"""Labels, relationship types and indexes of the graph on Neo4j: what a person meets who reads it with Cypher.

The one idea: a fact version is one relationship, and each kind of fact has two types: what is known and valid now
(DERIVES), and all that is past in either time (DERIVED). So a walk through the present never meets history. Every node
of the graph is a :Node beside its own label, so that one unique key serves all lookups; a raw name is a :Name.
docs/neo4j.md explains it to those who query.
"""

from typing import Final

from lineage.facts import NodeKind, Relation

SCHEMA: Final = 1
"""Written into the :Graph node. Raise it with a step in migrations.py."""

GRAPH_KEY: Final = "headwater"

CURRENT: Final = {
    Relation.NAME: "NAMES", Relation.FEEDS: "FEEDS", Relation.DERIVES: "DERIVES", Relation.READS: "READS",
    Relation.WRITES: "WRITES", Relation.HAS: "HAS", Relation.PROPERTY: "IS", Relation.RUN: "OF",
    Relation.VERSION: "VERSION_OF",
}  # fmt: skip
CLOSED: Final = {
    Relation.NAME: "NAMED", Relation.FEEDS: "FED", Relation.DERIVES: "DERIVED", Relation.READS: "READ",
    Relation.WRITES: "WROTE", Relation.HAS: "HAD", Relation.PROPERTY: "WAS", Relation.RUN: "WAS_OF",
    Relation.VERSION: "WAS_VERSION_OF",
}  # fmt: skip
RELATION_OF: Final = {type_: relation for types in (CURRENT, CLOSED) for relation, type_ in types.items()}
LABELS: Final = {
    NodeKind.NAMESPACE: "Namespace", NodeKind.DATASET: "Dataset", NodeKind.COLUMN: "Column", NodeKind.JOB: "Job",
    NodeKind.RUN: "Run", NodeKind.DATASET_VERSION: "DatasetVersion",
}  # fmt: skip
OWN_LABELS: Final = ("Node", "Name", "Property", "Word", "Superseded")
"""Labels of what wipe() drops; :Graph stays, emptied. Other nodes in the database are none of ours."""

CONSTRAINTS: Final = (
    "CREATE CONSTRAINT headwater_graph IF NOT EXISTS FOR (n:Graph) REQUIRE n.key IS UNIQUE",
    "CREATE CONSTRAINT headwater_node IF NOT EXISTS FOR (n:Node) REQUIRE n.key IS UNIQUE",
    "CREATE CONSTRAINT headwater_name IF NOT EXISTS FOR (n:Name) REQUIRE n.key IS UNIQUE",
    "CREATE CONSTRAINT headwater_property IF NOT EXISTS FOR (n:Property) REQUIRE n.name IS UNIQUE",
    "CREATE CONSTRAINT headwater_word IF NOT EXISTS FOR (n:Word) REQUIRE n.key IS UNIQUE",
)
INDEXES: Final = (
    # search: the nodes and raw names whose own part is one of some words
    "CREATE INDEX headwater_node_word IF NOT EXISTS FOR (n:Node) ON (n.word)",
    "CREATE INDEX headwater_name_word IF NOT EXISTS FOR (n:Name) ON (n.word)",
    # schema changes are asked by time, of all datasets at once
    "CREATE INDEX headwater_has_from IF NOT EXISTS FOR ()-[e:HAS]-() ON (e.valid_from)",
    "CREATE INDEX headwater_had_from IF NOT EXISTS FOR ()-[e:HAD]-() ON (e.valid_from)",
    "CREATE INDEX headwater_had_to IF NOT EXISTS FOR ()-[e:HAD]-() ON (e.valid_to)",
    # listing begins at a namespace
    *(
        f"CREATE INDEX headwater_{label.lower()}_listed IF NOT EXISTS FOR (n:{label}) ON (n.namespace, n.name)"
        for label in ("Namespace", "Dataset", "Job")
    ),
    # people begin at a name
    *(
        f"CREATE INDEX headwater_{label.lower()}_name IF NOT EXISTS FOR (n:{label}) ON (n.name)"
        for label in ("Dataset", "Column", "Job")
    ),
)

INDEXED_CHARACTERS_MAX: Final = 1_000
"""Neo4j refuses an index entry over 8 kB: four bytes a character, and room for the rest of the entry. Longer names are
cut where they are indexed, and kept whole beside (whole_name)."""


def indexed(text: str) -> str:
    """A text as it stands where an index holds it."""
    return text if len(text) <= INDEXED_CHARACTERS_MAX else text[:INDEXED_CHARACTERS_MAX] + "…"


def types(relation: Relation, *, history: bool) -> str:
    """The relationship types of a kind of fact, as a pattern writes them."""
    return f"{CURRENT[relation]}|{CLOSED[relation]}" if history else CURRENT[relation]
