"""What is sent: a fragment for each class of `headwater.answers`, a document for each operation.

Written by `python -m api.clients` from docs/schema.graphql. Do not edit.
"""

from typing import Final

from headwater.protocol import Document, assembled

FRAGMENTS: Final = {
    "AccessConnection": """
fragment AccessConnection on AccessConnection { nodes { ...AccessEntry } pageInfo { ...PageInfo } }
""",
    "AccessEntry": """
fragment AccessEntry on AccessEntry { index kind actor auth request operation documentHash variables purpose
decision objectCount time }
""",
    "Alias": """
fragment Alias on Alias { index time actor kind from to reason }
""",
    "AliasConnection": """
fragment AliasConnection on AliasConnection { nodes { ...Alias } pageInfo { ...PageInfo } totalCount }
""",
    "AliasPayload": """
fragment AliasPayload on AliasPayload { index leafHash kind from to reason }
""",
    "AliasSuggestion": """
fragment AliasSuggestion on AliasSuggestion { kind from to reason }
""",
    "ApiKey": """
fragment ApiKey on ApiKey { id label scopes namespaces hiddenTags counts state created createdBy owner expires
revoked lastUsed }
""",
    "ApiKeyConnection": """
fragment ApiKeyConnection on ApiKeyConnection { nodes { ...ApiKey } pageInfo { ...PageInfo } totalCount }
""",
    "AuditAnswer": """
fragment AuditAnswer on AuditAnswer { query status columns { ...AuditColumn } rows { ...AuditRowConnection }
unknowns { ...AuditUnknown } completeness { ...Completeness } scanned { ...ScannedRange } atSize vouchedForBy
}
""",
    "AuditColumn": """
fragment AuditColumn on AuditColumn { name description }
""",
    "AuditConnection": """
fragment AuditConnection on AuditConnection { nodes { ...AuditEntry } pageInfo { ...PageInfo } totalCount }
""",
    "AuditEntry": """
fragment AuditEntry on AuditEntry { index time kind leafHash eventTime actor bytes decoded parts {
...AuditPart } }
""",
    "AuditPart": """
fragment AuditPart on AuditPart { name mediaType sizeBytes commitment state }
""",
    "AuditQuestion": """
fragment AuditQuestion on AuditQuestion { query asks law variables { ...AuditVariable } columns {
...AuditColumn } }
""",
    "AuditRow": """
fragment AuditRow on AuditRow { values entries }
""",
    "AuditRowConnection": """
fragment AuditRowConnection on AuditRowConnection { nodes { ...AuditRow } pageInfo { ...PageInfo } totalCount
}
""",
    "AuditUnknown": """
fragment AuditUnknown on AuditUnknown { what reason count nodes }
""",
    "AuditVariable": """
fragment AuditVariable on AuditVariable { name type required default description }
""",
    "Caller": """
fragment Caller on Caller { actor auth scopes namespaces hiddenTags }
""",
    "Checkpoint": """
fragment Checkpoint on Checkpoint { origin size rootHash text status }
""",
    "Column": """
fragment Column on Column { id kind namespace name column dataset { ...DatasetBrief } type ordinal description
reporter tags { ...Tag } }
""",
    "ColumnBrief": """
fragment ColumnBrief on Column { id kind namespace name column type ordinal description reporter }
""",
    "Completeness": """
fragment Completeness on Completeness { status reasons { ...CompletenessReason } hops nodesExplored validAt
knownIndex graphIndex ledgerSize }
""",
    "CompletenessReason": """
fragment CompletenessReason on CompletenessReason { code message count nodes }
""",
    "ConsistencyProof": """
fragment ConsistencyProof on ConsistencyProof { oldSize newSize oldRootHash newRootHash hashes }
""",
    "CreateKeyPayload": """
fragment CreateKeyPayload on CreateKeyPayload { index leafHash token key { ...ApiKey } }
""",
    "DataVersion": """
fragment DataVersion on DataVersion { key dataset { ...DatasetBrief } version run at distance }
""",
    "Dataset": """
fragment Dataset on Dataset { id kind namespace name names { ...RawName } datasetType typeEvidence description
owners { ...Owner } tags { ...Tag } columns { ...ColumnBrief } droppedAt confirmed readBy { ...JobBrief }
writtenBy { ...JobBrief } versions { ...DatasetVersionConnection } }
""",
    "DatasetBrief": """
fragment DatasetBrief on Dataset { id kind namespace name datasetType typeEvidence description droppedAt
confirmed }
""",
    "DatasetItem": """
fragment DatasetItem on Dataset { id kind namespace name names { ...RawName } datasetType typeEvidence
description owners { ...Owner } tags { ...Tag } columns { ...ColumnBrief } droppedAt confirmed readBy {
...JobBrief } writtenBy { ...JobBrief } }
""",
    "DatasetVersion": """
fragment DatasetVersion on DatasetVersion { id kind namespace name version dataset { ...DatasetBrief } time
run { ...RunBrief } job_DatasetVersion: job { ...JobBrief } }
""",
    "DatasetVersionBrief": """
fragment DatasetVersionBrief on DatasetVersion { id kind namespace name version time }
""",
    "DatasetVersionConnection": """
fragment DatasetVersionConnection on DatasetVersionConnection { nodes { ...DatasetVersionBrief } pageInfo {
...PageInfo } totalCount }
""",
    "DeadLetter": """
fragment DeadLetter on DeadLetter { index time code reason place sizeBytes preview replayed }
""",
    "DeadLetterConnection": """
fragment DeadLetterConnection on DeadLetterConnection { nodes { ...DeadLetter } pageInfo { ...PageInfo }
totalCount }
""",
    "DistrustPayload": """
fragment DistrustPayload on DistrustPayload { index leafHash job producer from to reason }
""",
    "Distrusted": """
fragment Distrusted on Distrusted { index time actor job producer from to reason }
""",
    "DistrustedConnection": """
fragment DistrustedConnection on DistrustedConnection { nodes { ...Distrusted } pageInfo { ...PageInfo }
totalCount }
""",
    "DossierGap": """
fragment DossierGap on DossierGap { section message nodes }
""",
    "DossierSection": """
fragment DossierSection on DossierSection { key title law columns rows }
""",
    "EdgeChange": """
fragment EdgeChange on EdgeChange { before { ...LineageEdge } after { ...LineageEdge } changes }
""",
    "EntryRange": """
fragment EntryRange on EntryRange { start stop }
""",
    "ErasedRange": """
fragment ErasedRange on ErasedRange { part start stop }
""",
    "Erasure": """
fragment Erasure on Erasure { index time cause basis request proposal proposedBy approvedBy partCount ranges {
...ErasedRange } keys }
""",
    "ErasureConnection": """
fragment ErasureConnection on ErasureConnection { nodes { ...Erasure } pageInfo { ...PageInfo } totalCount }
""",
    "ErasurePayload": """
fragment ErasurePayload on ErasurePayload { index parts keys purged }
""",
    "ErasureProposal": """
fragment ErasureProposal on ErasureProposal { index time actor basis request partCount ranges { ...ErasedRange
} }
""",
    "ErasureProposalConnection": """
fragment ErasureProposalConnection on ErasureProposalConnection { nodes { ...ErasureProposal } pageInfo {
...PageInfo } totalCount }
""",
    "ErasureStatement": """
fragment ErasureStatement on ErasureStatement { index leafHash }
""",
    "EvidenceBundle": """
fragment EvidenceBundle on EvidenceBundle { url expiresAt sizeBytes sha256 query status rowCount atSize
accessIndex }
""",
    "FactPayload": """
fragment FactPayload on FactPayload { index leafHash stated }
""",
    "FeatureSkew": """
fragment FeatureSkew on FeatureSkew { feature deployment { ...JobBrief } verdict because training {
...FeatureWay } serving { ...FeatureWay } }
""",
    "FeatureWay": """
fragment FeatureWay on FeatureWay { column { ...NodeBrief } sources { ...NodeBrief } transformations edges {
...LineageEdge } }
""",
    "ImpactAnswer": """
fragment ImpactAnswer on ImpactAnswer { items { ...ImpactItem } totals { ...ImpactTotal } pageInfo {
...PageInfo } completeness { ...Completeness } }
""",
    "ImpactItem": """
fragment ImpactItem on ImpactItem { node { ...LineageNode } certainty reasons distance why { ...LineageEdge }
owners }
""",
    "ImpactTotal": """
fragment ImpactTotal on ImpactTotal { kind datasetType certainty count }
""",
    "Job": """
fragment Job on Job { id kind namespace name names { ...RawName } description owners { ...Owner } tags {
...Tag } reads { ...DatasetBrief } writes { ...DatasetBrief } runs { ...RunConnection } properties {
...Property } }
""",
    "JobBrief": """
fragment JobBrief on Job { id kind namespace name description }
""",
    "JobItem": """
fragment JobItem on Job { id kind namespace name names { ...RawName } description owners { ...Owner } tags {
...Tag } reads { ...DatasetBrief } writes { ...DatasetBrief } properties { ...Property } }
""",
    "LedgerStatus": """
fragment LedgerStatus on LedgerStatus { size root graphIndex lagSeconds origin }
""",
    "LegalHold": """
fragment LegalHold on LegalHold { index time actor classes entries { ...EntryRange } reason }
""",
    "LegalHoldConnection": """
fragment LegalHoldConnection on LegalHoldConnection { nodes { ...LegalHold } pageInfo { ...PageInfo }
totalCount }
""",
    "LineageAnswer": """
fragment LineageAnswer on LineageAnswer { roots nodes { ...LineageNode } edges { ...LineageEdge } completeness
{ ...Completeness } }
""",
    "LineageDiff": """
fragment LineageDiff on LineageDiff { addedNodes { ...LineageNode } removedNodes { ...LineageNode } addedEdges
{ ...LineageEdge } removedEdges { ...LineageEdge } changedEdges { ...EdgeChange } schemaChanges {
...SchemaChange } completeness { ...Completeness } }
""",
    "LineageEdge": """
fragment LineageEdge on LineageEdge { source target flow transformation masking certainty verdict evidence
jobs firstSeen lastSeen inLatestRun runCount because codeChanged tableLevel }
""",
    "LineageNode": """
fragment LineageNode on LineageNode { id kind namespace name column version datasetType distance more }
""",
    "LineagePath": """
fragment LineagePath on LineagePath { nodes { ...LineageNode } edges { ...LineageEdge } certainty }
""",
    "ModelDossier": """
fragment ModelDossier on ModelDossier { version { ...DatasetBrief } model label sections { ...DossierSection }
gaps { ...DossierGap } completeness { ...Completeness } }
""",
    "Namespace": """
fragment Namespace on Namespace { id kind namespace name }
""",
    "Node": """
fragment Node on Node { __typename ...Column ...Dataset ...DatasetVersion ...Job ...Namespace ...Run }
""",
    "NodeBrief": """
fragment NodeBrief on Node { __typename ...ColumnBrief ...DatasetBrief ...DatasetVersionBrief ...JobBrief
...Namespace ...RunBrief }
""",
    "NodeItem": """
fragment NodeItem on Node { __typename ...Column ...DatasetItem ...DatasetVersion ...JobItem ...Namespace
...Run }
""",
    "NotCompared": """
fragment NotCompared on NotCompared { topic what sides { ...DatasetBrief } }
""",
    "Owner": """
fragment Owner on Owner { name type }
""",
    "PageInfo": """
fragment PageInfo on PageInfo { hasNextPage hasPreviousPage startCursor endCursor }
""",
    "PathsAnswer": """
fragment PathsAnswer on PathsAnswer { paths { ...LineagePath } chokePoints { ...LineageNode } completeness {
...Completeness } }
""",
    "Person": """
fragment Person on Person { actor issuer subject }
""",
    "Property": """
fragment Property on Property { label value }
""",
    "ProvenanceAnswer": """
fragment ProvenanceAnswer on ProvenanceAnswer { sources { ...ProvenanceSource } nodes { ...LineageNode } edges
{ ...LineageEdge } pageInfo { ...PageInfo } completeness { ...Completeness } }
""",
    "ProvenanceSource": """
fragment ProvenanceSource on ProvenanceSource { node { ...LineageNode } certainty distance why {
...LineageEdge } }
""",
    "RawName": """
fragment RawName on RawName { namespace name }
""",
    "ReplayPayload": """
fragment ReplayPayload on ReplayPayload { index replayed refused letters { ...ReplayedLetter } }
""",
    "ReplayedLetter": """
fragment ReplayedLetter on ReplayedLetter { index entry code reason }
""",
    "Retention": """
fragment Retention on Retention { index preset limits { ...RetentionLimit } reason }
""",
    "RetentionLimit": """
fragment RetentionLimit on RetentionLimit { payloadClass days }
""",
    "RevokeKeyPayload": """
fragment RevokeKeyPayload on RevokeKeyPayload { index leafHash key { ...ApiKey } }
""",
    "Run": """
fragment Run on Run { id kind namespace name runId job_Run: job { ...JobBrief } attempt state startedAt
endedAt parent inputs { ...DatasetBrief } outputs { ...DatasetBrief } properties { ...Property } }
""",
    "RunBrief": """
fragment RunBrief on Run { id kind namespace name runId attempt state startedAt endedAt parent }
""",
    "RunConnection": """
fragment RunConnection on RunConnection { nodes { ...RunBrief } pageInfo { ...PageInfo } totalCount }
""",
    "RunLineage": """
fragment RunLineage on RunLineage { root versions { ...DataVersion } runs { ...RunStep } reads { ...RunRead }
writes { ...RunWrite } completeness { ...Completeness } }
""",
    "RunRead": """
fragment RunRead on RunRead { run version how }
""",
    "RunStep": """
fragment RunStep on RunStep { id job { ...JobBrief } runId attempt state startedAt endedAt }
""",
    "RunWrite": """
fragment RunWrite on RunWrite { run version }
""",
    "RunsEnded": """
fragment RunsEnded on RunsEnded { index runs { ...RunBrief } }
""",
    "SameCount": """
fragment SameCount on SameCount { topic count }
""",
    "ScannedRange": """
fragment ScannedRange on ScannedRange { start stop filter }
""",
    "SchemaChange": """
fragment SchemaChange on SchemaChange { dataset { ...DatasetBrief } column columnId kind before after at
reporter index }
""",
    "SchemaChangeConnection": """
fragment SchemaChangeConnection on SchemaChangeConnection { edges { ...SchemaChangeEdge } pageInfo {
...PageInfo } }
""",
    "SchemaChangeEdge": """
fragment SchemaChangeEdge on SchemaChangeEdge { cursor node { ...SchemaChange } }
""",
    "SchemasChanged": """
fragment SchemasChanged on SchemasChanged { index changes { ...SchemaChange } }
""",
    "SearchConnection": """
fragment SearchConnection on SearchConnection { edges { ...SearchEdge } pageInfo { ...PageInfo } }
""",
    "SearchEdge": """
fragment SearchEdge on SearchEdge { cursor node { ...NodeBrief } matched }
""",
    "ServedVersion": """
fragment ServedVersion on ServedVersion { kind name namespace version from to }
""",
    "SkewAnswer": """
fragment SkewAnswer on SkewAnswer { version { ...DatasetBrief } deployments { ...JobBrief } features {
...FeatureSkew } completeness { ...Completeness } }
""",
    "Stated": """
fragment Stated on Stated { index time actor kind text reason }
""",
    "StatedConnection": """
fragment StatedConnection on StatedConnection { nodes { ...Stated } pageInfo { ...PageInfo } totalCount }
""",
    "Tag": """
fragment Tag on Tag { key value column }
""",
    "VersionComparison": """
fragment VersionComparison on VersionComparison { first { ...DatasetBrief } second { ...DatasetBrief }
firstRun { ...RunStep } secondRun { ...RunStep } differences { ...VersionDifference } unknown { ...NotCompared
} same { ...SameCount } completeness { ...Completeness } }
""",
    "VersionDifference": """
fragment VersionDifference on VersionDifference { topic what first second node }
""",
}

NODE: Final = Document(
    "node",
    assembled("""
query Node($id: ID!, $at: MomentInput) { node(id: $id, at: $at) { ...Node } }
""", FRAGMENTS),
)

FIND: Final = Document(
    "find",
    assembled("""
query Find($of: NodeRef!, $at: MomentInput) { find(of: $of, at: $at) { ...Node } }
""", FRAGMENTS),
)

NODES: Final = Document(
    "nodes",
    assembled("""
query Nodes($ids: [ID!]!, $at: MomentInput) { nodes(ids: $ids, at: $at) { ...NodeItem } }
""", FRAGMENTS),
)

DATASET: Final = Document(
    "dataset",
    assembled("""
query Dataset($namespace: String!, $name: String!, $at: MomentInput) { dataset(namespace: $namespace, name:
$name, at: $at) { ...Dataset } }
""", FRAGMENTS),
)

JOB: Final = Document(
    "job",
    assembled("""
query Job($namespace: String!, $name: String!, $at: MomentInput) { job(namespace: $namespace, name: $name, at:
$at) { ...Job } }
""", FRAGMENTS),
)

RUN: Final = Document(
    "run",
    assembled("""
query Run($namespace: String!, $job: String!, $runId: String!, $attempt: Int) { run(namespace: $namespace,
job: $job, runId: $runId, attempt: $attempt) { ...Run } }
""", FRAGMENTS),
)

SEARCH: Final = Document(
    "search",
    assembled("""
query Search($query: String!, $kinds: [NodeKind!], $first: Int, $after: String, $at: MomentInput) {
search(query: $query, kinds: $kinds, first: $first, after: $after, at: $at) { ...SearchConnection } }
""", FRAGMENTS),
)

LINEAGE: Final = Document(
    "lineage",
    assembled("""
query Lineage($of: [NodeRef!]!, $direction: Direction!, $depth: Int, $grain: Grain, $flows: [Flow!],
$evidence: [EvidenceKind!], $seenAfter: DateTime, $limit: Int, $at: MomentInput) { lineage(of: $of, direction:
$direction, depth: $depth, grain: $grain, flows: $flows, evidence: $evidence, seenAfter: $seenAfter, limit:
$limit, at: $at) { ...LineageAnswer } }
""", FRAGMENTS),
)

IMPACT: Final = Document(
    "impact",
    assembled("""
query Impact($of: [NodeRef!]!, $change: ChangeKind, $kinds: [NodeKind!], $first: Int, $after: String, $at:
MomentInput) { impact(of: $of, change: $change, kinds: $kinds, first: $first, after: $after, at: $at) {
...ImpactAnswer } }
""", FRAGMENTS),
)

PROVENANCE: Final = Document(
    "provenance",
    assembled("""
query Provenance($of: NodeRef!, $first: Int, $after: String, $at: MomentInput) { provenance(of: $of, first:
$first, after: $after, at: $at) { ...ProvenanceAnswer } }
""", FRAGMENTS),
)

PATHS: Final = Document(
    "paths",
    assembled("""
query Paths($from: NodeRef!, $to: NodeRef!, $first: Int, $grain: Grain, $at: MomentInput) { paths(from: $from,
to: $to, first: $first, grain: $grain, at: $at) { ...PathsAnswer } }
""", FRAGMENTS),
)

DIFF: Final = Document(
    "diff",
    assembled("""
query Diff($of: [NodeRef!]!, $direction: Direction!, $from: MomentInput!, $to: MomentInput!, $grain: Grain) {
diff(of: $of, direction: $direction, from: $from, to: $to, grain: $grain) { ...LineageDiff } }
""", FRAGMENTS),
)

SCHEMA_CHANGES: Final = Document(
    "schemaChanges",
    assembled("""
query SchemaChanges($since: DateTime!, $until: DateTime, $of: [NodeRef!], $first: Int, $after: String) {
schemaChanges(since: $since, until: $until, of: $of, first: $first, after: $after) { ...SchemaChangeConnection
} }
""", FRAGMENTS),
)

ERASURES: Final = Document(
    "erasures",
    assembled("""
query Erasures($first: Int, $after: String) { erasures(first: $first, after: $after) { ...ErasureConnection }
}
""", FRAGMENTS),
)

ERASURE_PROPOSALS: Final = Document(
    "erasureProposals",
    assembled("""
query ErasureProposals($first: Int, $after: String) { erasureProposals(first: $first, after: $after) {
...ErasureProposalConnection } }
""", FRAGMENTS),
)

LEGAL_HOLDS: Final = Document(
    "legalHolds",
    assembled("""
query LegalHolds($first: Int, $after: String) { legalHolds(first: $first, after: $after) {
...LegalHoldConnection } }
""", FRAGMENTS),
)

RETENTION: Final = Document(
    "retention",
    assembled("""
query Retention { retention { ...Retention } }
""", FRAGMENTS),
)

LEDGER: Final = Document(
    "ledger",
    assembled("""
query Ledger { ledger { ...LedgerStatus } }
""", FRAGMENTS),
)

DEAD_LETTERS: Final = Document(
    "deadLetters",
    assembled("""
query DeadLetters($first: Int, $after: String, $openOnly: Boolean!) { deadLetters(first: $first, after:
$after, openOnly: $openOnly) { ...DeadLetterConnection } }
""", FRAGMENTS),
)

DEAD_LETTER: Final = Document(
    "deadLetter",
    assembled("""
query DeadLetter($index: Long!) { deadLetter(index: $index) { ...DeadLetter } }
""", FRAGMENTS),
)

ALIASES: Final = Document(
    "aliases",
    assembled("""
query Aliases($first: Int, $after: String) { aliases(first: $first, after: $after) { ...AliasConnection } }
""", FRAGMENTS),
)

ALIAS_SUGGESTIONS: Final = Document(
    "aliasSuggestions",
    assembled("""
query AliasSuggestions($first: Int) { aliasSuggestions(first: $first) { ...AliasSuggestion } }
""", FRAGMENTS),
)

DISTRUSTED: Final = Document(
    "distrusted",
    assembled("""
query Distrusted($first: Int, $after: String) { distrusted(first: $first, after: $after) {
...DistrustedConnection } }
""", FRAGMENTS),
)

STATED_FACTS: Final = Document(
    "statedFacts",
    assembled("""
query StatedFacts($first: Int, $after: String) { statedFacts(first: $first, after: $after) {
...StatedConnection } }
""", FRAGMENTS),
)

CHECKPOINT: Final = Document(
    "checkpoint",
    assembled("""
query Checkpoint($size: Long) { checkpoint(size: $size) { ...Checkpoint } }
""", FRAGMENTS),
)

CONSISTENCY: Final = Document(
    "consistency",
    assembled("""
query Consistency($from: Long!, $to: Long!) { consistency(from: $from, to: $to) { ...ConsistencyProof } }
""", FRAGMENTS),
)

ENTRY: Final = Document(
    "entry",
    assembled("""
query Entry($index: Long!) { entry(index: $index) { ...AuditEntry } }
""", FRAGMENTS),
)

AUDIT_ENTRIES: Final = Document(
    "auditEntries",
    assembled("""
query AuditEntries($filter: AuditFilter, $first: Int, $after: String) { auditEntries(filter: $filter, first:
$first, after: $after) { ...AuditConnection } }
""", FRAGMENTS),
)

AUDIT_QUERIES: Final = Document(
    "auditQueries",
    assembled("""
query AuditQueries { auditQueries { ...AuditQuestion } }
""", FRAGMENTS),
)

AUDIT_ANSWER: Final = Document(
    "auditAnswer",
    assembled("""
query AuditAnswer($query: NamedAuditQuery!, $variables: JSON!, $first: Int, $after: String, $atSize: Long) {
auditAnswer(query: $query, variables: $variables, first: $first, after: $after, atSize: $atSize) {
...AuditAnswer } }
""", FRAGMENTS),
)

WHOAMI: Final = Document(
    "whoami",
    assembled("""
query Whoami { whoami { ...Caller } }
""", FRAGMENTS),
)

KEYS: Final = Document(
    "keys",
    assembled("""
query Keys($first: Int, $after: String) { keys(first: $first, after: $after) { ...ApiKeyConnection } }
""", FRAGMENTS),
)

PEOPLE: Final = Document(
    "people",
    assembled("""
query People($actors: [String!]!) { people(actors: $actors) { ...Person } }
""", FRAGMENTS),
)

ACCESS_ENTRIES: Final = Document(
    "accessEntries",
    assembled("""
query AccessEntries($filter: AccessFilter, $first: Int, $after: String) { accessEntries(filter: $filter,
first: $first, after: $after) { ...AccessConnection } }
""", FRAGMENTS),
)

RUN_LINEAGE: Final = Document(
    "runLineage",
    assembled("""
query RunLineage($of: NodeRef!, $direction: Direction!, $depth: Int, $limit: Int, $at: MomentInput) {
runLineage(of: $of, direction: $direction, depth: $depth, limit: $limit, at: $at) { ...RunLineage } }
""", FRAGMENTS),
)

COMPARE_VERSIONS: Final = Document(
    "compareVersions",
    assembled("""
query CompareVersions($first: NodeRef!, $second: NodeRef!, $at: MomentInput) { compareVersions(first: $first,
second: $second, at: $at) { ...VersionComparison } }
""", FRAGMENTS),
)

FEATURE_SKEW: Final = Document(
    "featureSkew",
    assembled("""
query FeatureSkew($of: NodeRef!, $at: MomentInput) { featureSkew(of: $of, at: $at) { ...SkewAnswer } }
""", FRAGMENTS),
)

SERVED_VERSIONS: Final = Document(
    "servedVersions",
    assembled("""
query ServedVersions($namespace: String!, $name: String!, $at: MomentInput) { servedVersions(namespace:
$namespace, name: $name, at: $at) { ...ServedVersion } }
""", FRAGMENTS),
)

MODEL_DOSSIER: Final = Document(
    "modelDossier",
    assembled("""
query ModelDossier($namespace: String!, $name: String!, $version: String!, $at: MomentInput) {
modelDossier(namespace: $namespace, name: $name, version: $version, at: $at) { ...ModelDossier } }
""", FRAGMENTS),
)

PROPOSE_ERASURE: Final = Document(
    "proposeErasure",
    assembled("""
mutation ProposeErasure($input: ProposeErasureInput!) { proposeErasure(input: $input) { ...ErasureProposal } }
""", FRAGMENTS), repeatable=False,
)

WITHDRAW_ERASURE: Final = Document(
    "withdrawErasure",
    assembled("""
mutation WithdrawErasure($proposal: Long!, $reason: String!) { withdrawErasure(proposal: $proposal, reason:
$reason) { ...ErasureStatement } }
""", FRAGMENTS), repeatable=False,
)

APPROVE_ERASURE: Final = Document(
    "approveErasure",
    assembled("""
mutation ApproveErasure($proposal: Long!) { approveErasure(proposal: $proposal) { ...ErasurePayload } }
""", FRAGMENTS), repeatable=False,
)

SET_LEGAL_HOLD: Final = Document(
    "setLegalHold",
    assembled("""
mutation SetLegalHold($input: LegalHoldInput!) { setLegalHold(input: $input) { ...ErasureStatement } }
""", FRAGMENTS), repeatable=False,
)

LIFT_LEGAL_HOLD: Final = Document(
    "liftLegalHold",
    assembled("""
mutation LiftLegalHold($hold: Long!, $reason: String!) { liftLegalHold(hold: $hold, reason: $reason) {
...ErasureStatement } }
""", FRAGMENTS), repeatable=False,
)

SET_RETENTION: Final = Document(
    "setRetention",
    assembled("""
mutation SetRetention($input: RetentionInput!) { setRetention(input: $input) { ...Retention } }
""", FRAGMENTS), repeatable=False,
)

APPLY_RETENTION: Final = Document(
    "applyRetention",
    assembled("""
mutation ApplyRetention { applyRetention { ...ErasurePayload } }
""", FRAGMENTS), repeatable=False,
)

EXPORT_EVIDENCE: Final = Document(
    "exportEvidence",
    assembled("""
mutation ExportEvidence($query: NamedAuditQuery!, $variables: JSON!, $atSize: Long, $withReceived: Boolean!) {
exportEvidence(query: $query, variables: $variables, atSize: $atSize, withReceived: $withReceived) {
...EvidenceBundle } }
""", FRAGMENTS), repeatable=False,
)

CREATE_KEY: Final = Document(
    "createKey",
    assembled("""
mutation CreateKey($input: CreateKeyInput!) { createKey(input: $input) { ...CreateKeyPayload } }
""", FRAGMENTS), repeatable=False,
)

REVOKE_KEY: Final = Document(
    "revokeKey",
    assembled("""
mutation RevokeKey($input: RevokeKeyInput!) { revokeKey(input: $input) { ...RevokeKeyPayload } }
""", FRAGMENTS), repeatable=False,
)

ADD_ALIAS: Final = Document(
    "addAlias",
    assembled("""
mutation AddAlias($input: AddAliasInput!) { addAlias(input: $input) { ...AliasPayload } }
""", FRAGMENTS), repeatable=False,
)

REMOVE_ALIAS: Final = Document(
    "removeAlias",
    assembled("""
mutation RemoveAlias($input: RemoveAliasInput!) { removeAlias(input: $input) { ...AliasPayload } }
""", FRAGMENTS), repeatable=False,
)

STATE_FACT: Final = Document(
    "stateFact",
    assembled("""
mutation StateFact($input: StateFactInput!) { stateFact(input: $input) { ...FactPayload } }
""", FRAGMENTS), repeatable=False,
)

RETRACT_FACT: Final = Document(
    "retractFact",
    assembled("""
mutation RetractFact($input: RetractFactInput!) { retractFact(input: $input) { ...FactPayload } }
""", FRAGMENTS), repeatable=False,
)

REPLAY_DEAD_LETTERS: Final = Document(
    "replayDeadLetters",
    assembled("""
mutation ReplayDeadLetters($input: ReplayInput!) { replayDeadLetters(input: $input) { ...ReplayPayload } }
""", FRAGMENTS), repeatable=False,
)

DISTRUST_RUNS: Final = Document(
    "distrustRuns",
    assembled("""
mutation DistrustRuns($input: DistrustInput!) { distrustRuns(input: $input) { ...DistrustPayload } }
""", FRAGMENTS), repeatable=False,
)

TRUST_RUNS: Final = Document(
    "trustRuns",
    assembled("""
mutation TrustRuns($input: TrustInput!) { trustRuns(input: $input) { ...DistrustPayload } }
""", FRAGMENTS), repeatable=False,
)

SCHEMA_CHANGED: Final = Document(
    "schemaChanged",
    assembled("""
subscription SchemaChanged($namespaces: [String!], $after: Long) { schemaChanged(namespaces: $namespaces,
after: $after) { ...SchemasChanged } }
""", FRAGMENTS),
)

RUN_ENDED: Final = Document(
    "runEnded",
    assembled("""
subscription RunEnded($namespaces: [String!], $after: Long) { runEnded(namespaces: $namespaces, after: $after)
{ ...RunsEnded } }
""", FRAGMENTS),
)

LEDGER_GREW: Final = Document(
    "ledgerGrew",
    assembled("""
subscription LedgerGrew($after: Long) { ledgerGrew(after: $after) { ...LedgerStatus } }
""", FRAGMENTS),
)
