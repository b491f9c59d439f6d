"""The schema's answers about lineage: they show lineage/query/answers.py attribute by attribute.

Not here: nodes with a page of their own (nodes.py), changes (changes.py), and who computes all this (queries.py).
"""

import strawberry

from api.graphql.audit import edge_entries, node_entries
from api.graphql.pages import AuditConnection, PageInfo
from api.graphql.showing import about, shows
from api.graphql.vocabulary import Instant, Long
from lineage.facts import Certainty, EvidenceKind, Flow, NodeKind, Verdict
from lineage.query import answers as data
from lineage.query.answers import CompletenessStatus, ReasonCode


@shows(data.CompletenessReason, "One reason why an answer is not complete, or a note beside a complete one.")
class CompletenessReason:
    code: ReasonCode = about("Which reason; programs may compare it.")
    message: str = about("The reason in words, with what to do next.")
    count: int = about("How many things it is about.")
    nodes: list[strawberry.ID] = about("The nodes it is about; the first ones when they are many.")


@shows(data.Completeness, "How much of the truth an answer is, and as of when.")
class Completeness:
    status: CompletenessStatus = about("The answer in a word.")
    reasons: list[CompletenessReason] = about("Why it is not complete, and notes.")
    hops: int = about("How far the walk went.")
    nodes_explored: int = about("How many nodes it met.")
    valid_at_us: Instant = about("What was true at this time; of the latest state, the newest entry's time.", "validAt")
    known_index: Long = about("With the first so many ledger entries known.")
    graph_index: Long = about("How many entries the graph holds.")
    ledger_size: Long = about("How many entries the ledger holds.")


@shows(data.LineageNode, "A node as a walk met it.")
class LineageNode:
    id: strawberry.ID = about("Its id, for `node(id)` and NodeRef.")
    kind: NodeKind = about("What it is.")
    namespace: str = about("The canonical namespace.")
    name: str = about("The canonical name; of a column, its dataset's.")
    column: str | None = about("A column's name.")
    version: str | None = about("A dataset version's version, or a run's id.")
    dataset_type: str | None = about("A dataset's type: TABLE, TOPIC, MODEL, FEATURE_VIEW, DASHBOARD …")
    distance: int = about("Hops from the nearest root.")
    more: int = about("How many neighbours, in the direction of the walk, are not in this answer.")
    entries: AuditConnection = strawberry.field(
        resolver=node_entries, description="Ledger entries that speak of it, as known now."
    )


@shows(data.LineageEdge, "All that is said about one source, one target and one flow.")
class LineageEdge:
    source: strawberry.ID = about("Where the data comes from.")
    target: strawberry.ID = about("Where it goes.")
    flow: Flow = about("What flows.")
    transformation: str | None = about("OpenLineage's subtype: IDENTITY, TRANSFORMATION, AGGREGATION, FILTER, JOIN …")
    masking: bool = about("Whether every job on this edge masks the value.")
    certainty: Certainty = about("CERTAIN if any of the evidence is.")
    verdict: Verdict = about("Declared against observed.")
    evidence: list[EvidenceKind] = about("How it is known.")
    jobs: list[strawberry.ID] = about("The jobs that do it.")
    first_seen_us: Instant | None = about("When a run first said so; null where no run did.", "firstSeen")
    last_seen_us: Instant | None = about("When a run last said so.", "lastSeen")
    in_latest_run: bool = about("Whether the job's latest run still said so.")
    run_count: int = about("How many runs said so.")
    because: str | None = about("More to tell about how it is known.")
    code_changed: bool = about("Whether each job's code changed since it was last seen to do this.")
    table_level: bool = about("At grain COLUMN: this hop is known between tables only.")
    entries: AuditConnection = strawberry.field(
        resolver=edge_entries, description="Ledger entries that say so: the first, the last, some between."
    )


@shows(data.LineageAnswer, "A part of the graph: everything that a walk from the roots met.")
class LineageAnswer:
    roots: list[strawberry.ID] = about("The nodes asked about, each once.")
    nodes: list[LineageNode] = about("The roots and both ends of every edge.")
    edges: list[LineageEdge] = about("One for each source, target and flow.")
    completeness: Completeness = about("How much of the truth this is.")


@shows(data.ImpactItem, "One thing that a change reaches.")
class ImpactItem:
    node: LineageNode = about("What is reached.")
    certainty: Certainty = about("Whether it is reached for certain.")
    reasons: list[str] = about("Why it is only possible, in words.")
    distance: int = about("Hops from what changes.")
    why: list[LineageEdge] = about("One shortest way there, in the order of the flow.")
    owners: list[str] = about("Who answers for it.")


@shows(data.ImpactTotal, "How many things of one kind a change reaches, over the whole walk.")
class ImpactTotal:
    kind: NodeKind = about("What they are.")
    dataset_type: str | None = about("Their dataset type.")
    certainty: Certainty = about("Whether they are reached for certain.")
    count: int = about("How many.")


@shows(data.ImpactAnswer, "What breaks: the blast radius of a change, the certain and near first.")
class ImpactAnswer:
    items: list[ImpactItem] = about("One page of what is reached.")
    totals: list[ImpactTotal] = about("Counts over the whole walk, whatever the page.")
    page_info: PageInfo = about("Where this page stands.")
    completeness: Completeness = about("How much of the truth the whole walk is.")


@shows(data.ProvenanceSource, "A place where data comes from: nothing is known upstream of it.")
class ProvenanceSource:
    node: LineageNode = about("The source.")
    certainty: Certainty = about("Whether it is a source for certain.")
    distance: int = about("Hops to the node asked about.")
    why: list[LineageEdge] = about("One shortest way from it, in the order of the flow.")


@shows(data.ProvenanceAnswer, "Where something comes from.")
class ProvenanceAnswer:
    sources: list[ProvenanceSource] = about("One page of the sources.")
    nodes: list[LineageNode] = about("Everything on the way.")
    edges: list[LineageEdge] = about("Every edge on the way.")
    page_info: PageInfo = about("Where this page of sources stands.")
    completeness: Completeness = about("How much of the truth the whole walk is.")


@shows(data.LineagePath, "One way from one node to another.")
class LineagePath:
    nodes: list[LineageNode] = about("The nodes in the order of the flow.")
    edges: list[LineageEdge] = about("The edges between them.")
    certainty: Certainty = about("CERTAIN if every edge is.")


@shows(data.PathsAnswer, "How data gets from one node to another.")
class PathsAnswer:
    paths: list[LineagePath] = about("Distinct ways, the shortest first.")
    choke_points: list[LineageNode] = about("Nodes that every way goes through, the two ends left out.")
    completeness: Completeness = about("How much of the truth this is.")
