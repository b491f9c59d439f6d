"""The schema itself: exported, described, and as promised."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    find_breaking_changes,
)

from api.graphql import reference
from api.graphql.export import text
from api.graphql.schema import schema
from api.graphql.showing import about, shows
from lineage.query.answers import PageInfo

PROMISED = """
input NodeRef @oneOf { id: ID, dataset: DatasetRef, job: JobRef, datasetVersion: DatasetVersionRef }
input DatasetRef { namespace: String!, name: String!, column: String }
input DatasetVersionRef { namespace: String!, name: String!, version: String! }
input JobRef { namespace: String!, name: String! }
input MomentInput { validAt: DateTime, knownAt: DateTime, knownIndex: Long }
scalar DateTime scalar Long
enum Direction { UPSTREAM DOWNSTREAM BOTH }
enum Grain { DATASET COLUMN }
enum Flow { VALUE CONTROL }
enum EvidenceKind { OBSERVED DECLARED STATED INFERRED ATTEMPTED }
enum Certainty { CERTAIN POSSIBLE }
enum Verdict { VERIFIED UNDECLARED PHANTOM UNKNOWN }
enum CompletenessStatus { COMPLETE TRUNCATED UNKNOWN }
enum ReasonCode { DEPTH NODES TIME UNPARSED_SQL TABLE_LEVEL_ONLY ERASED ATTEMPTED DISTRUSTED LAG SCOPE }
enum NodeKind { NAMESPACE DATASET COLUMN JOB RUN DATASET_VERSION }
enum ChangeKind { REMOVE RENAME TYPE_NARROW TYPE_WIDEN NULLABILITY MEANING ROWS GRAIN }
enum SchemaChangeKind { ADDED REMOVED TYPE_CHANGED REORDERED RENAMED }
enum AliasKind { NAMESPACE DATASET JOB }
type Query {
  node(id: ID!, at: MomentInput): Node
  nodes(ids: [ID!]!, at: MomentInput): [Node]!
  dataset(namespace: String!, name: String!, at: MomentInput): Dataset
  job(namespace: String!, name: String!, at: MomentInput): Job
  run(namespace: String!, job: String!, runId: String!, attempt: Int): Run
  search(query: String!, kinds: [NodeKind!], first: Int = 20, after: String, at: MomentInput): SearchConnection!
  lineage(of: [NodeRef!]!, direction: Direction!, depth: Int, grain: Grain = DATASET, flows: [Flow!],
    evidence: [EvidenceKind!], seenAfter: DateTime, limit: Int = 1000, at: MomentInput): LineageAnswer!
  impact(of: [NodeRef!]!, change: ChangeKind, kinds: [NodeKind!], first: Int = 100, after: String,
    at: MomentInput): ImpactAnswer!
  provenance(of: NodeRef!, first: Int = 100, after: String, at: MomentInput): ProvenanceAnswer!
  paths(from: NodeRef!, to: NodeRef!, first: Int = 5, grain: Grain = COLUMN, at: MomentInput): PathsAnswer!
  diff(of: [NodeRef!]!, direction: Direction!, grain: Grain = DATASET, from: MomentInput!,
    to: MomentInput!): LineageDiff!
  schemaChanges(since: DateTime!, until: DateTime, of: [NodeRef!], first: Int = 50,
    after: String): SchemaChangeConnection!
  deadLetters(first: Int = 20, after: String): DeadLetterConnection!
  ledger: LedgerStatus!
}
interface Node { id: ID! }
type Dataset implements Node { id: ID! namespace: String! name: String! }
type Job implements Node { id: ID! namespace: String! name: String! }
type Run implements Node { id: ID! }
type SearchConnection { edges: [SearchEdge!]! }
type SearchEdge { node: Node! cursor: String! }
type DeadLetterConnection { pageInfo: PageInfo! }
type SchemaChangeConnection { pageInfo: PageInfo! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type AuditConnection { pageInfo: PageInfo! nodes: [AuditEntry!]! }
type AuditEntry { index: Long! time: DateTime! kind: String! leafHash: String! }
type LedgerStatus { size: Long! root: String! graphIndex: Long! lagSeconds: Float! }
type LineageAnswer { roots: [ID!]! nodes: [LineageNode!]! edges: [LineageEdge!]! completeness: Completeness! }
type LineageNode { id: ID! kind: NodeKind! namespace: String! name: String! column: String version: String
  datasetType: String distance: Int! more: Int! entries(first: Int = 20, after: String): AuditConnection! }
type LineageEdge { source: ID! target: ID! flow: Flow! transformation: String masking: Boolean! certainty: Certainty!
  verdict: Verdict! evidence: [EvidenceKind!]! jobs: [ID!]! firstSeen: DateTime lastSeen: DateTime
  inLatestRun: Boolean! runCount: Int! because: String entries(first: Int = 20, after: String): AuditConnection! }
type Completeness { status: CompletenessStatus! reasons: [CompletenessReason!]! hops: Int! nodesExplored: Int!
  validAt: DateTime! knownIndex: Long! graphIndex: Long! ledgerSize: Long! }
type CompletenessReason { code: ReasonCode! message: String! count: Int! nodes: [ID!]! }
type ImpactAnswer { items: [ImpactItem!]! totals: [ImpactTotal!]! pageInfo: PageInfo! completeness: Completeness! }
type ImpactItem { node: LineageNode! certainty: Certainty! reasons: [String!]! distance: Int! why: [LineageEdge!]!
  owners: [String!]! }
type ImpactTotal { count: Int! }
type ProvenanceAnswer { sources: [ProvenanceSource!]! nodes: [LineageNode!]! edges: [LineageEdge!]!
  pageInfo: PageInfo! completeness: Completeness! }
type ProvenanceSource { node: LineageNode! certainty: Certainty! distance: Int! why: [LineageEdge!]! }
type SchemaChange { dataset: Dataset! column: String! kind: SchemaChangeKind! before: String after: String at: DateTime!
  reporter: String! index: Long! impact(first: Int = 20): ImpactAnswer! }
type PathsAnswer { paths: [LineagePath!]! chokePoints: [LineageNode!]! completeness: Completeness! }
type LineagePath { nodes: [LineageNode!]! edges: [LineageEdge!]! certainty: Certainty! }
type LineageDiff { addedNodes: [LineageNode!]! removedNodes: [LineageNode!]! addedEdges: [LineageEdge!]!
  removedEdges: [LineageEdge!]! changedEdges: [EdgeChange!]! schemaChanges: [SchemaChange!]!
  completeness: Completeness! }
type EdgeChange { before: LineageEdge! after: LineageEdge! }
type Mutation {
  addAlias(input: AddAliasInput!): AliasPayload!
  removeAlias(input: RemoveAliasInput!): AliasPayload!
  stateFact(input: StateFactInput!): FactPayload!
  retractFact(input: RetractFactInput!): FactPayload!
  replayDeadLetters(input: ReplayInput!): ReplayPayload!
  distrustRuns(input: DistrustInput!): DistrustPayload!
  trustRuns(input: TrustInput!): DistrustPayload!
}
input AddAliasInput { kind: AliasKind!, from: String!, to: String!, reason: String! }
input RemoveAliasInput { kind: AliasKind!, from: String! reason: String! }
input StateFactInput { kind: FactKind!, about: PlaceInput!, reason: String! }
enum FactKind { EDGE OWNER TAG DESCRIPTION DATASET_TYPE }
input PlaceInput { namespace: String!, name: String!, column: String }
input RetractFactInput { index: Long!, reason: String! }
input ReplayInput { all: Boolean! = false }
input DistrustInput { job: String!, producer: String! = "*", from: DateTime, to: DateTime, reason: String! }
input TrustInput { job: String!, producer: String! = "*", from: DateTime, to: DateTime, reason: String! }
type AliasPayload { index: Long! }
type FactPayload { index: Long! }
type ReplayPayload { index: Long }
type DistrustPayload { index: Long! }
"""


def test_the_exported_schema_is_true() -> None:
    """docs/schema.graphql is what the code has: `make schema` writes it."""
    assert Path("docs/schema.graphql").read_text(encoding="utf-8") == text()


def test_the_reference_is_true() -> None:
    """docs/graphql-reference.md is what the code has: `make schema` writes it, too."""
    assert Path("docs/graphql-reference.md").read_text(encoding="utf-8") == reference.text()


def test_no_promise_is_broken() -> None:
    """All names, types, arguments and enum values that clients are promised are there."""
    assert find_breaking_changes(build_schema(PROMISED), build_schema(text())) == []


def test_everything_has_a_description() -> None:
    """Types, fields, arguments, input fields and enum values: nothing is left to guess."""
    missing = []
    for name, kind in schema._schema.type_map.items():
        if name.startswith("__"):
            continue
        if not kind.description:
            missing.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, about_it in kind.fields.items():
                missing += [] if about_it.description else [f"{name}.{field}"]
                missing += [f"{name}.{field}({arg})" for arg, a in about_it.args.items() if not a.description]
        elif isinstance(kind, GraphQLInputObjectType):
            missing += [f"{name}.{field}" for field, about_it in kind.fields.items() if not about_it.description]
        elif isinstance(kind, GraphQLEnumType):
            missing += [f"{name}.{value}" for value, about_it in kind.values.items() if not about_it.description]
    assert missing == []


def test_a_type_that_shows_what_is_not_there_cannot_be_declared() -> None:
    """A renamed attribute of an answer fails at import, not when somebody asks."""

    class Wrong:
        has_next_page: bool = about("There.")
        has_more: bool = about("Not there.")

    with pytest.raises(TypeError, match="has_more"):
        shows(PageInfo, "A page.")(Wrong)
