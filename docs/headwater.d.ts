// Headwater's GraphQL schema for TypeScript, written by "python -m api.clients". Do not edit.

/** A page of the access log, the newest first. It may be empty and yet have a next one. */
export interface AccessConnection {
  readonly __typename?: "AccessConnection";
  /** The entries with their cursors. */
  readonly edges: ReadonlyArray<AccessEdge>;
  /** The entries. */
  readonly nodes: ReadonlyArray<AccessEntry>;
  /** Where this page stands. One page reads a bounded part of the log. */
  readonly pageInfo: PageInfo;
}

/** One entry in a page of the access log. */
export interface AccessEdge {
  readonly __typename?: "AccessEdge";
  /** The entry's place: give it as `after`. */
  readonly cursor: string;
  /** The entry. */
  readonly node: AccessEntry;
}

/** One read, export or refusal. What was asked is empty where it was erased. */
export interface AccessEntry {
  readonly __typename?: "AccessEntry";
  /** Its position in the access log, from 0. */
  readonly index: Long;
  /** `read`, `export`, `deny`; also what the log holds about itself, such as `heartbeat`. */
  readonly kind: string;
  /** Who, as an opaque id; `people` tells whom it means. */
  readonly actor: string;
  /** How they came in. */
  readonly auth: string;
  /** Their own id of the request. */
  readonly request: string;
  /** The GraphQL operation's name, or method and path. */
  readonly operation: string;
  /** SHA-256 of the GraphQL document in hexadecimal. */
  readonly documentHash: string;
  /** The variables as JSON, without secrets. */
  readonly variables: string;
  /** Why, as they said in `X-Headwater-Purpose`. */
  readonly purpose: string;
  /** `allowed`, or why not. */
  readonly decision: string;
  /** How many nodes and entries it saw; null: erased. */
  readonly objectCount: number | null;
  /** When. */
  readonly time: DateTime;
  /** The ids of the nodes (`hw:…`) and ledger entries (`entry:N`) that it saw. */
  readonly objects: ReadonlyArray<string>;
}

/** What `AccessEntry.objects` takes. */
export interface AccessEntryObjectsArguments {
  /** How many items the page has at most. */
  first?: number | null;
  /** The id that the page follows: they are sorted. */
  after?: string | null;
}

/** Which entries of the access log. What is left out excludes nothing. */
export interface AccessFilter {
  /** Who, by opaque id. */
  actor?: string | null;
  /** Only these kinds. */
  kinds?: ReadonlyArray<AccessKind> | null;
  /** From this time on. */
  since?: DateTime | null;
  /** Before this time. */
  until?: DateTime | null;
  /** Only who saw this: a node by any of its ids (a dataset or job with all in it), or `entry:N`. */
  object?: string | null;
}

/** What an entry of the access log is about. */
export type AccessKind = "READ" | "EXPORT" | "DENY";

/** A rule that two names are one thing. */
export interface AddAliasInput {
  /** What the rule joins. */
  kind: AliasKind;
  /**
   * The name to be known under the other one. A namespace, `hosts:a,b,c` or `regex:…`; a dataset or job is written
   * `NAMESPACE NAME`.
   */
  from: string;
  /** The name that is shown from now on; for a host list the host, for a pattern with `\1` … */
  to: string;
  /** Why, for those who read the record later. */
  reason: string;
}

/** An alias rule that holds. */
export interface Alias {
  readonly __typename?: "Alias";
  /** The ledger index of its entry. */
  readonly index: Long;
  /** Since when. */
  readonly time: DateTime;
  /** Who made it. */
  readonly actor: string;
  /** What it joins. */
  readonly kind: AliasKind;
  /** The name known under the other one. */
  readonly from: string;
  /** The name that is shown. */
  readonly to: string;
  /** Why. */
  readonly reason: string;
}

/** One page of a list that can grow. */
export interface AliasConnection {
  readonly __typename?: "AliasConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<AliasEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<Alias>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface AliasEdge {
  readonly __typename?: "AliasEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: Alias;
}

/** What an alias rule joins. */
export type AliasKind = "NAMESPACE" | "DATASET" | "JOB";

/** An alias rule was written into the ledger, or taken back. */
export interface AliasPayload {
  readonly __typename?: "AliasPayload";
  /** The entry's ledger index. */
  readonly index: Long;
  /** The entry's leaf hash in hexadecimal. */
  readonly leafHash: string;
  /** What the rule joins. */
  readonly kind: AliasKind;
  /** The name known under the other one. */
  readonly from: string;
  /** The name that is shown. */
  readonly to: string;
  /** Why. */
  readonly reason: string;
}

/** Two names that may be one thing. Nothing is merged until somebody adds the alias. */
export interface AliasSuggestion {
  readonly __typename?: "AliasSuggestion";
  /** What would be joined. */
  readonly kind: AliasKind;
  /** The one name, as `addAlias` takes it. */
  readonly from: string;
  /** The other, as `addAlias` takes it. */
  readonly to: string;
  /** Why they look alike. */
  readonly reason: string;
}

/** A key: what it may do and see. Its text was shown when it was made, and is nowhere. */
export interface ApiKey {
  readonly __typename?: "ApiKey";
  /** Its id, `lk_…`: how it stands in the record. */
  readonly id: string;
  /** What it is for. */
  readonly label: string;
  /** What it may be used for. */
  readonly scopes: ReadonlyArray<Scope>;
  /** What exists for it; a name that ends in `*` means all that begin so. Null: all. */
  readonly namespaces: ReadonlyArray<string> | null;
  /** Nodes with one of these tags do not exist for it. */
  readonly hiddenTags: ReadonlyArray<string>;
  /** Whether its answers say how many nodes they left out. */
  readonly counts: boolean;
  /** Whether it opens anything now. */
  readonly state: KeyState;
  /** When it was made. */
  readonly created: DateTime;
  /** Who made it. */
  readonly createdBy: string;
  /** The person or service that it was made for; null: whoever made it. */
  readonly owner: string | null;
  /** When it ends by itself. */
  readonly expires: DateTime | null;
  /** When it was revoked. */
  readonly revoked: DateTime | null;
  /** When it was used last, to the minute. */
  readonly lastUsed: DateTime | null;
}

/** One page of a list that can grow. */
export interface ApiKeyConnection {
  readonly __typename?: "ApiKeyConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<ApiKeyEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<ApiKey>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface ApiKeyEdge {
  readonly __typename?: "ApiKeyEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: ApiKey;
}

/** What a named question answers. */
export interface AuditAnswer {
  readonly __typename?: "AuditAnswer";
  /** Which question. */
  readonly query: NamedAuditQuery;
  /** COMPLETE; UNKNOWN where something was not told; TRUNCATED where it was cut. */
  readonly status: CompletenessStatus;
  /** What stands in the rows. */
  readonly columns: ReadonlyArray<AuditColumn>;
  /** One page of the rows. */
  readonly rows: AuditRowConnection;
  /** What nobody told. */
  readonly unknowns: ReadonlyArray<AuditUnknown>;
  /** How much of the truth the walks behind it are. */
  readonly completeness: Completeness;
  /** Over which entries the list is complete, where it is one of entries. */
  readonly scanned: ScannedRange | null;
  /** The checkpoint that it is pinned to: give it as `atSize` to ask for the same again. */
  readonly atSize: Long;
  /** Who vouches for that checkpoint. */
  readonly vouchedForBy: string;
}

/** One column of an answer. */
export interface AuditColumn {
  readonly __typename?: "AuditColumn";
  /** Its name. */
  readonly name: string;
  /** What stands in it. */
  readonly description: string;
}

/** Ledger entries that prove something: the first, the last, and some between. */
export interface AuditConnection {
  readonly __typename?: "AuditConnection";
  /** The entries with their cursors. */
  readonly edges: ReadonlyArray<AuditEdge>;
  /** The entries alone. */
  readonly nodes: ReadonlyArray<AuditEntry>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many entries the list has; null where the log would have to be read to tell. */
  readonly totalCount: number | null;
}

/** One entry in a page of ledger entries. */
export interface AuditEdge {
  readonly __typename?: "AuditEdge";
  /** The entry's place in the list. */
  readonly cursor: string;
  /** The entry. */
  readonly node: AuditEntry;
}

/** One entry of the ledger, as its leaf tells. */
export interface AuditEntry {
  readonly __typename?: "AuditEntry";
  /** Its position, from 0. */
  readonly index: Long;
  /** When it was appended. */
  readonly time: DateTime;
  /** What it is: `ol.event`, `admin.alias`, `annotate` … */
  readonly kind: string;
  /** The leaf's hash in hexadecimal: what proofs speak about. */
  readonly leafHash: string;
  /** When it happened, as its producer says; null where it says no time. */
  readonly eventTime: DateTime | null;
  /** Who sent it: an opaque id. Needs `audit:read`. */
  readonly actor: string;
  /** The leaf, byte for byte as it was hashed. Needs `audit:read`. */
  readonly bytes: Base64;
  /** The same as JSON. Needs `audit:read`. */
  readonly decoded: JSON;
  /** What it commits to. Needs `audit:read`. */
  readonly parts: ReadonlyArray<AuditPart>;
  /** The entry that erased part of it, the last where several did; null where none did. Needs `audit:read`. */
  readonly erasure: AuditEntry | null;
  /** That it is in the log. Needs `audit:read`. */
  readonly proof: TlogProof;
}

/** What `AuditEntry.proof` takes. */
export interface AuditEntryProofArguments {
  /** Up to the smallest kept checkpoint of at least so many entries; null: the newest. */
  atSize?: string | number | null;
}

/** Which entries. All that is given has to fit; times and positions are from … to before … */
export interface AuditFilter {
  /** Kinds, such as `ol.event`; `admin.*` stands for all that begin so. */
  kinds?: ReadonlyArray<string> | null;
  /** Who sent it: the opaque id. */
  actor?: string | null;
  /** Only entries that speak of this node. */
  subject?: NodeRef | null;
  /** Appended from this time on. */
  from?: DateTime | null;
  /** Appended before this time. */
  to?: DateTime | null;
  /** Happened from this time on. */
  eventFrom?: DateTime | null;
  /** Happened before this time. */
  eventTo?: DateTime | null;
  /** From this position on. */
  fromIndex?: string | number | null;
  /** Before this position. */
  toIndex?: string | number | null;
}

/** One part of an entry's payload: `norm` (what the graph is made of), `raw` (as received). */
export interface AuditPart {
  readonly __typename?: "AuditPart";
  /** Which part. */
  readonly name: string;
  /** What its bytes are. */
  readonly mediaType: string;
  /** How many bytes it has. */
  readonly sizeBytes: Long;
  /** HMAC-SHA-256 of its bytes, under a key of its own. */
  readonly commitment: Base64;
  /** Whether it is still there. */
  readonly state: PartState;
  /**
   * Its bytes and key; null where it was erased. `norm` needs `audit:read`, all others `payload:read`. It is on
   * record before it is answered.
   */
  readonly disclose: Disclosure | null;
}

/** A named question: what it asks, what it takes, what it answers. */
export interface AuditQuestion {
  readonly __typename?: "AuditQuestion";
  /** Its name. */
  readonly query: NamedAuditQuery;
  /** The question in words. */
  readonly asks: string;
  /** Where it is asked. */
  readonly law: string;
  /** What it takes. */
  readonly variables: ReadonlyArray<AuditVariable>;
  /** What it answers. */
  readonly columns: ReadonlyArray<AuditColumn>;
}

/** One row of an answer. */
export interface AuditRow {
  readonly __typename?: "AuditRow";
  /** One for each column; null: it does not apply; UNKNOWN: nobody told. */
  readonly values: ReadonlyArray<JSON | null>;
  /** Positions of the ledger entries that say so. */
  readonly entries: ReadonlyArray<Long>;
}

/** One page of a list that can grow. */
export interface AuditRowConnection {
  readonly __typename?: "AuditRowConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<AuditRowEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<AuditRow>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface AuditRowEdge {
  readonly __typename?: "AuditRowEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: AuditRow;
}

/** Something that an auditor asks and the record does not hold. */
export interface AuditUnknown {
  readonly __typename?: "AuditUnknown";
  /** Which column or topic. */
  readonly what: string;
  /** Why, and who can tell it how. */
  readonly reason: string;
  /** How many things it is about. */
  readonly count: number;
  /** The nodes it is about; the first ones when they are many. */
  readonly nodes: ReadonlyArray<string>;
}

/** One variable of a named question. */
export interface AuditVariable {
  readonly __typename?: "AuditVariable";
  /** Its name in `variables`. */
  readonly name: string;
  /** node, time, text, number, true or false, list of texts. */
  readonly type: string;
  /** Whether it has to be given. */
  readonly required: boolean;
  /** What it is when it is left out. */
  readonly default: JSON | null;
  /** What it means. */
  readonly description: string;
}

/** Bytes in base64, the standard alphabet. */
export type Base64 = string;

/** Who asks, as the service sees them. */
export interface Caller {
  readonly __typename?: "Caller";
  /** The opaque id under which they stand in the record. */
  readonly actor: string;
  /** How they came in: `key:…`, `oidc:…`, `key` (the settings' own), `none` (the open loopback). */
  readonly auth: string;
  /** What they may do. */
  readonly scopes: ReadonlyArray<Scope>;
  /** What exists for them. Null: all. */
  readonly namespaces: ReadonlyArray<string> | null;
  /** Nodes with one of these tags do not exist for them. */
  readonly hiddenTags: ReadonlyArray<string>;
}

/** Whether an edge or effect is known or may be. */
export type Certainty = "CERTAIN" | "POSSIBLE";

/** What somebody is about to do to a dataset or column. */
export type ChangeKind = "REMOVE" | "RENAME" | "TYPE_NARROW" | "TYPE_WIDEN" | "NULLABILITY" | "MEANING" | "ROWS" | "GRAIN";

/** A signed head of the log: the only place from which a size and a root may be taken. */
export interface Checkpoint {
  readonly __typename?: "Checkpoint";
  /** The log's name. */
  readonly origin: string;
  /** How many entries it covers. */
  readonly size: Long;
  /** The Merkle root over them. */
  readonly rootHash: Base64;
  /** The signed note: C2SP tlog-checkpoint, cosignatures included. */
  readonly text: string;
  /** Who vouches for it, in words. */
  readonly status: ReadonlyArray<string>;
}

/** A column of a dataset, as of the schema in force. */
export interface Column {
  readonly __typename?: "Column";
  /** Its id, `hw:…`. The ids of all its raw names find it too. */
  readonly id: string;
  /** What it is. */
  readonly kind: NodeKind;
  /** The canonical namespace. */
  readonly namespace: string;
  /** The canonical name; of a column or version its dataset's, of a run its job's. */
  readonly name: string;
  /** Ledger entries that speak of it. */
  readonly entries: AuditConnection;
  /** The column's name; nested ones by path, like `after.id`. */
  readonly column: string;
  /** The dataset that it belongs to. */
  readonly dataset: Dataset;
  /** The type, as its reporter wrote it. */
  readonly type: string | null;
  /** Its place in the dataset, from 1; null where no schema tells. */
  readonly ordinal: number | null;
  /** What it is, in words. */
  readonly description: string | null;
  /** Whose schema says so: a catalogue, a writer or a reader; null: lineage only. */
  readonly reporter: string | null;
  /** Tags on it. */
  readonly tags: ReadonlyArray<Tag>;
}

/** What `Column.entries` takes. */
export interface ColumnEntriesArguments {
  /** How many entries the page has at most. */
  first?: number | null;
  /** The cursor that the page follows. */
  after?: string | null;
}

/** How much of the truth an answer is, and as of when. */
export interface Completeness {
  readonly __typename?: "Completeness";
  /** The answer in a word. */
  readonly status: CompletenessStatus;
  /** Why it is not complete, and notes. */
  readonly reasons: ReadonlyArray<CompletenessReason>;
  /** How far the walk went. */
  readonly hops: number;
  /** How many nodes it met. */
  readonly nodesExplored: number;
  /** What was true at this time; of the latest state, the newest entry's time. */
  readonly validAt: DateTime;
  /** With the first so many ledger entries known. */
  readonly knownIndex: Long;
  /** How many entries the graph holds. */
  readonly graphIndex: Long;
  /** How many entries the ledger holds. */
  readonly ledgerSize: Long;
}

/** One reason why an answer is not complete, or a note beside a complete one. */
export interface CompletenessReason {
  readonly __typename?: "CompletenessReason";
  /** Which reason; programs may compare it. */
  readonly code: ReasonCode;
  /** The reason in words, with what to do next. */
  readonly message: string;
  /** How many things it is about. */
  readonly count: number;
  /** The nodes it is about; the first ones when they are many. */
  readonly nodes: ReadonlyArray<string>;
}

/** How much of the whole an answer is. */
export type CompletenessStatus = "COMPLETE" | "TRUNCATED" | "UNKNOWN";

/** That the log only grew between two sizes. */
export interface ConsistencyProof {
  readonly __typename?: "ConsistencyProof";
  /** The smaller size. */
  readonly oldSize: Long;
  /** The larger size. */
  readonly newSize: Long;
  /** The root at the smaller size. */
  readonly oldRootHash: Base64;
  /** The root at the larger size. */
  readonly newRootHash: Base64;
  /** The proof (RFC 6962, 2.1.2). */
  readonly hashes: ReadonlyArray<Base64>;
}

/** A new key. It gives no more than its maker has. */
export interface CreateKeyInput {
  /** What it is for. */
  label: string;
  /** What it may be used for. */
  scopes: ReadonlyArray<Scope>;
  /** What exists for it; end a name in `*` to mean all that begin so. Null: all. */
  namespaces?: ReadonlyArray<string> | null;
  /** Tags (`key` or `key=value`) whose nodes do not exist for it. */
  hiddenTags?: ReadonlyArray<string> | null;
  /** Whether its answers may say how many nodes they left out. */
  counts?: boolean;
  /** When it ends by itself. Null: never. */
  expires?: DateTime | null;
  /**
   * The person or service that it is for, who alone gets its text: two keys of one owner, or of whoever made one
   * of them, are never two people. Null: whoever makes it.
   */
  owner?: string | null;
}

/** A key was made. This is the only time that its text is shown. */
export interface CreateKeyPayload {
  readonly __typename?: "CreateKeyPayload";
  /** The entry's ledger index. */
  readonly index: Long;
  /** The entry's leaf hash in hexadecimal. */
  readonly leafHash: string;
  /** The key's text: send it as `Authorization: Bearer …`. It is kept nowhere. */
  readonly token: string;
  /** The key. */
  readonly key: ApiKey;
}

/** A dataset as one run wrote it. */
export interface DataVersion {
  readonly __typename?: "DataVersion";
  /** What reads and writes of this answer call it. */
  readonly key: string;
  /** The dataset. */
  readonly dataset: Dataset;
  /** As its producer calls the version; null: nobody told. */
  readonly version: string | null;
  /** The run that wrote it; null: none that is known. */
  readonly run: string | null;
  /** When it was there. */
  readonly at: DateTime | null;
  /** Hops of runs from what was asked about. */
  readonly distance: number;
}

/** A table, view, file, topic, stream, feature view, model or dashboard. */
export interface Dataset {
  readonly __typename?: "Dataset";
  /** Its id, `hw:…`. The ids of all its raw names find it too. */
  readonly id: string;
  /** What it is. */
  readonly kind: NodeKind;
  /** The canonical namespace. */
  readonly namespace: string;
  /** The canonical name; of a column or version its dataset's, of a run its job's. */
  readonly name: string;
  /** Ledger entries that speak of it. */
  readonly entries: AuditConnection;
  /** Every raw name that is this dataset, as producers wrote it. */
  readonly names: ReadonlyArray<RawName>;
  /** What kind of dataset: TABLE, VIEW, TOPIC, MODEL, FEATURE_VIEW, DASHBOARD … */
  readonly datasetType: string | null;
  /** How its type is known; INFERRED: nobody told it, but the namespace's scheme leaves no other. */
  readonly typeEvidence: EvidenceKind | null;
  /** What it is, in words. */
  readonly description: string | null;
  /** Who answers for it. */
  readonly owners: ReadonlyArray<Owner>;
  /** Tags on it and on its columns. */
  readonly tags: ReadonlyArray<Tag>;
  /** The columns of the schema in force, in its order; then those known from lineage. */
  readonly columns: ReadonlyArray<Column>;
  /** How many `columns` it has in all. */
  readonly columnsCount: number;
  /** When it was dropped; null: it was not. */
  readonly droppedAt: DateTime | null;
  /** False: only runs that failed, were aborted or have not ended mention it. */
  readonly confirmed: boolean;
  /** Jobs that read it. */
  readonly readBy: ReadonlyArray<Job>;
  /** How many jobs `readBy` has in all. */
  readonly readByCount: number;
  /** Jobs that write it. */
  readonly writtenBy: ReadonlyArray<Job>;
  /** How many jobs `writtenBy` has in all. */
  readonly writtenByCount: number;
  /** Its versions, the newest first: snapshots, or a model's versions. */
  readonly versions: DatasetVersionConnection;
}

/** What `Dataset.entries` takes. */
export interface DatasetEntriesArguments {
  /** How many entries the page has at most. */
  first?: number | null;
  /** The cursor that the page follows. */
  after?: string | null;
}

/** What `Dataset.columns` takes. */
export interface DatasetColumnsArguments {
  /** How many items the page has at most. Null: as many as its default says; without one, all that follow. */
  first?: number | null;
  /** The `id` of the last item of the page before, asked for at the same moment. */
  after?: string | null;
}

/** What `Dataset.readBy` takes. */
export interface DatasetReadByArguments {
  /** How many items the page has at most. Null: as many as its default says; without one, all that follow. */
  first?: number | null;
  /** The `id` of the last item of the page before, asked for at the same moment. */
  after?: string | null;
}

/** What `Dataset.writtenBy` takes. */
export interface DatasetWrittenByArguments {
  /** How many items the page has at most. Null: as many as its default says; without one, all that follow. */
  first?: number | null;
  /** The `id` of the last item of the page before, asked for at the same moment. */
  after?: string | null;
}

/** What `Dataset.versions` takes. */
export interface DatasetVersionsArguments {
  /** How many items the page has at most. Null: as many as its default says; without one, all that follow. */
  first?: number | null;
  /** The cursor that the page follows. */
  after?: string | null;
}

/** A dataset, or a column of it, by any of its names: raw, symlinked, folded or aliased. */
export interface DatasetRef {
  /** The namespace, such as `postgres://db:5432`. */
  namespace: string;
  /** The name in the namespace, such as `shop.public.orders`. */
  name: string;
  /** A column; left out: the whole dataset. */
  column?: string | null;
}

/** One version of a dataset: a snapshot, or a model's version. */
export interface DatasetVersion {
  readonly __typename?: "DatasetVersion";
  /** Its id, `hw:…`. The ids of all its raw names find it too. */
  readonly id: string;
  /** What it is. */
  readonly kind: NodeKind;
  /** The canonical namespace. */
  readonly namespace: string;
  /** The canonical name; of a column or version its dataset's, of a run its job's. */
  readonly name: string;
  /** Ledger entries that speak of it. */
  readonly entries: AuditConnection;
  /** The version as its producer wrote it. */
  readonly version: string;
  /** The dataset that it is a version of. */
  readonly dataset: Dataset;
  /** When it was made. */
  readonly time: DateTime;
  /** The run that made it. */
  readonly run: Run | null;
  /** The job that made it. */
  readonly job: Job | null;
}

/** What `DatasetVersion.entries` takes. */
export interface DatasetVersionEntriesArguments {
  /** How many entries the page has at most. */
  first?: number | null;
  /** The cursor that the page follows. */
  after?: string | null;
}

/** One page of a list that can grow. */
export interface DatasetVersionConnection {
  readonly __typename?: "DatasetVersionConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<DatasetVersionEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<DatasetVersion>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface DatasetVersionEdge {
  readonly __typename?: "DatasetVersionEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: DatasetVersion;
}

/** One version of a dataset; a model's version too. */
export interface DatasetVersionRef {
  /** The dataset's namespace. */
  namespace: string;
  /** The dataset's name. */
  name: string;
  /** The version as its producer wrote it. */
  version: string;
}

/** ISO 8601 with a zone, such as 2026-11-22T02:34:00Z. */
export type DateTime = string;

/** Something that came and could not be understood. It is kept as it came. */
export interface DeadLetter {
  readonly __typename?: "DeadLetter";
  /** Its ledger index. */
  readonly index: Long;
  /** When it came. */
  readonly time: DateTime;
  /** Why, in a word; programs may compare it. */
  readonly code: string;
  /** Why, in words. */
  readonly reason: string;
  /** Where in it, as a JSON path; empty when it is about the whole. */
  readonly place: string;
  /** How large it is. */
  readonly sizeBytes: Long;
  /** Its first characters, with what does not print left out. */
  readonly preview: string;
  /** The ledger index of the event that a replay made of it; null: not replayed. */
  readonly replayed: Long | null;
}

/** One page of a list that can grow. */
export interface DeadLetterConnection {
  readonly __typename?: "DeadLetterConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<DeadLetterEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<DeadLetter>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface DeadLetterEdge {
  readonly __typename?: "DeadLetterEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: DeadLetter;
}

/** Which way to walk. */
export type Direction = "UPSTREAM" | "DOWNSTREAM" | "BOTH";

/** A part's bytes with the key of its commitment: who has both can check the entry alone. */
export interface Disclosure {
  readonly __typename?: "Disclosure";
  /** The part's bytes. */
  readonly bytes: Base64;
  /** The key: HMAC-SHA-256 of the bytes under it is the commitment. */
  readonly key: Base64;
}

/** Runs that are set aside: not erased, but in no answer. */
export interface DistrustInput {
  /** The jobs: a glob over `NAMESPACE NAME`, such as `airflow *_test`. */
  job: string;
  /** Their producers: a glob. */
  producer?: string;
  /** Runs from this event time on. */
  from?: DateTime | null;
  /** Runs before this event time. */
  to?: DateTime | null;
  /** Why they are not to be believed. */
  reason: string;
}

/** Runs were set aside, or are believed again. */
export interface DistrustPayload {
  readonly __typename?: "DistrustPayload";
  /** The entry's ledger index. */
  readonly index: Long;
  /** The entry's leaf hash in hexadecimal. */
  readonly leafHash: string;
  /** The pattern of the jobs. */
  readonly job: string;
  /** The pattern of the producers. */
  readonly producer: string;
  /** The span's begin; null: open. */
  readonly from: DateTime | null;
  /** The span's end; null: open. */
  readonly to: DateTime | null;
  /** Why. */
  readonly reason: string;
}

/** Runs that are set aside now. */
export interface Distrusted {
  readonly __typename?: "Distrusted";
  /** The ledger index of its entry. */
  readonly index: Long;
  /** Since when. */
  readonly time: DateTime;
  /** Who did it. */
  readonly actor: string;
  /** The pattern of the jobs. */
  readonly job: string;
  /** The pattern of the producers. */
  readonly producer: string;
  /** The span's begin; null: open. */
  readonly from: DateTime | null;
  /** The span's end; null: open. */
  readonly to: DateTime | null;
  /** Why. */
  readonly reason: string;
}

/** One page of a list that can grow. */
export interface DistrustedConnection {
  readonly __typename?: "DistrustedConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<DistrustedEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<Distrusted>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface DistrustedEdge {
  readonly __typename?: "DistrustedEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: Distrusted;
}

/** A form of the dossier. */
export type DossierFormat = "HTML" | "MARKDOWN" | "PROV" | "CYCLONEDX";

/** Something that a dossier asks for and the record does not hold. */
export interface DossierGap {
  readonly __typename?: "DossierGap";
  /** The key of the section that asks for it. */
  readonly section: string;
  /** What is missing, and how to tell it. */
  readonly message: string;
  /** What it is about. */
  readonly nodes: ReadonlyArray<string>;
}

/** One table of a dossier. */
export interface DossierSection {
  readonly __typename?: "DossierSection";
  /** Its name for programs. */
  readonly key: string;
  /** Its name for people. */
  readonly title: string;
  /** What asks for it. */
  readonly law: string;
  /** What stands in the rows. */
  readonly columns: ReadonlyArray<string>;
  /** Null: it does not apply; UNKNOWN: nobody told. */
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
}

/** An edge that both moments have and that tells something else. */
export interface EdgeChange {
  readonly __typename?: "EdgeChange";
  /** As it was at `from`. */
  readonly before: LineageEdge;
  /** As it is at `to`. */
  readonly after: LineageEdge;
  /** Which of its fields differ. */
  readonly changes: ReadonlyArray<string>;
}

/** Consecutive entries. */
export interface EntryRange {
  readonly __typename?: "EntryRange";
  /** The first entry. */
  readonly start: Long;
  /** The entry behind the last. */
  readonly stop: Long;
}

/** Consecutive entries. */
export interface EntryRangeInput {
  /** The first entry. */
  start: string | number;
  /** The entry behind the last. */
  stop: string | number;
}

/** Parts of one name in consecutive entries. */
export interface ErasedRange {
  readonly __typename?: "ErasedRange";
  /** `raw`, `norm`, or another part's name. */
  readonly part: string;
  /** The first entry. */
  readonly start: Long;
  /** The entry behind the last. */
  readonly stop: Long;
}

/** One `erase` entry: what was erased, when, why and by whom. */
export interface Erasure {
  readonly __typename?: "Erasure";
  /** Its ledger entry. */
  readonly index: Long;
  /** When it was erased. */
  readonly time: DateTime;
  /** Why. */
  readonly cause: ErasureCause;
  /** The ground in law or policy. */
  readonly basis: string;
  /** The reference of the case. */
  readonly request: string;
  /** The entry that proposed it; null for retention. */
  readonly proposal: Long | null;
  /** Who proposed it; empty for retention. */
  readonly proposedBy: string;
  /** Who approved it; empty for retention. */
  readonly approvedBy: string;
  /** How many parts were erased. */
  readonly partCount: Long;
  /** Which, at most 1000 ranges. */
  readonly ranges: ReadonlyArray<ErasedRange>;
  /** Keys that were destroyed: nothing that they wrapped can be opened again, in no backup. */
  readonly keys: ReadonlyArray<string>;
}

/** Why something was erased. */
export type ErasureCause = "REQUEST" | "RETENTION";

/** One page of a list that can grow. */
export interface ErasureConnection {
  readonly __typename?: "ErasureConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<ErasureEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<Erasure>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface ErasureEdge {
  readonly __typename?: "ErasureEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: Erasure;
}

/** What came of an erasure. */
export interface ErasurePayload {
  readonly __typename?: "ErasurePayload";
  /** The last `erase` entry; null: there was nothing to erase. */
  readonly index: Long | null;
  /** How many parts are gone. */
  readonly parts: Long;
  /** Keys that were destroyed. */
  readonly keys: ReadonlyArray<string>;
  /** Whether the write-ahead log is empty of it; false: later entries overwrite it. */
  readonly purged: boolean;
}

/** What one wants erased, and another is to approve. */
export interface ErasureProposal {
  readonly __typename?: "ErasureProposal";
  /** Its ledger entry: its name for `approveErasure`. */
  readonly index: Long;
  /** When it was proposed. */
  readonly time: DateTime;
  /** Who proposed it. */
  readonly actor: string;
  /** The ground in law or policy. */
  readonly basis: string;
  /** The reference of the case. */
  readonly request: string;
  /** How many parts are meant. */
  readonly partCount: Long;
  /** Which, at most 1000 ranges. */
  readonly ranges: ReadonlyArray<ErasedRange>;
}

/** One page of a list that can grow. */
export interface ErasureProposalConnection {
  readonly __typename?: "ErasureProposalConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<ErasureProposalEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<ErasureProposal>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface ErasureProposalEdge {
  readonly __typename?: "ErasureProposalEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: ErasureProposal;
}

/** A statement about erasure, in the ledger. */
export interface ErasureStatement {
  readonly __typename?: "ErasureStatement";
  /** Its ledger entry. */
  readonly index: Long;
  /** The leaf's hash in hexadecimal. */
  readonly leafHash: string;
}

/** A pack of evidence: a zip that can be checked without this service (VERIFY.md in it says how). */
export interface EvidenceBundle {
  readonly __typename?: "EvidenceBundle";
  /** Where it is fetched, by who exported it, with the same key. */
  readonly url: string;
  /** Until when. */
  readonly expiresAt: DateTime;
  /** How large it is. */
  readonly sizeBytes: Long;
  /** Its hash, in hexadecimal. */
  readonly sha256: string;
  /** Which question it answers. */
  readonly query: NamedAuditQuery;
  /** How complete the answer is. */
  readonly status: CompletenessStatus;
  /** How many rows it has. */
  readonly rowCount: number;
  /** The checkpoint that it is pinned to: give it as `atSize` to export the same again. */
  readonly atSize: Long;
  /** The entry of the access log that this export is on record by. */
  readonly accessIndex: Long;
}

/** How an edge is known. */
export type EvidenceKind = "OBSERVED" | "DECLARED" | "STATED" | "INFERRED" | "ATTEMPTED";

/** What a person can vouch for. */
export type FactKind = "EDGE" | "OWNER" | "TAG" | "DESCRIPTION" | "DATASET_TYPE";

/** A fact was stated, or retracted. */
export interface FactPayload {
  readonly __typename?: "FactPayload";
  /** The entry's ledger index: of a statement, its name for a retraction. */
  readonly index: Long;
  /** The entry's leaf hash in hexadecimal. */
  readonly leafHash: string;
  /** The ledger index of the statement that this is about. */
  readonly stated: Long;
}

/** One feature against one deployment. */
export interface FeatureSkew {
  readonly __typename?: "FeatureSkew";
  /** The input column. */
  readonly feature: string;
  /** Who serves the version. */
  readonly deployment: Job;
  /** How the two ways compare. */
  readonly verdict: SkewVerdict;
  /** In words. */
  readonly because: string;
  /** How it was trained on. */
  readonly training: FeatureWay;
  /** How it is served; null: the deployment tells of no such input. */
  readonly serving: FeatureWay | null;
}

/** How a feature's values come to be. */
export interface FeatureWay {
  readonly __typename?: "FeatureWay";
  /** The column where the way ends. */
  readonly column: Node;
  /** Where it starts. */
  readonly sources: ReadonlyArray<Node>;
  /** What is done on the way, but for copying. */
  readonly transformations: ReadonlyArray<string>;
  /** Every edge on the way. */
  readonly edges: ReadonlyArray<LineageEdge>;
}

/** What flows along an edge. */
export type Flow = "VALUE" | "CONTROL";

/** How fine an answer is. */
export type Grain = "DATASET" | "COLUMN";

/** What breaks: the blast radius of a change, the certain and near first. */
export interface ImpactAnswer {
  readonly __typename?: "ImpactAnswer";
  /** One page of what is reached. */
  readonly items: ReadonlyArray<ImpactItem>;
  /** Counts over the whole walk, whatever the page. */
  readonly totals: ReadonlyArray<ImpactTotal>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How much of the truth the whole walk is. */
  readonly completeness: Completeness;
}

/** One thing that a change reaches. */
export interface ImpactItem {
  readonly __typename?: "ImpactItem";
  /** What is reached. */
  readonly node: LineageNode;
  /** Whether it is reached for certain. */
  readonly certainty: Certainty;
  /** Why it is only possible, in words. */
  readonly reasons: ReadonlyArray<string>;
  /** Hops from what changes. */
  readonly distance: number;
  /** One shortest way there, in the order of the flow. */
  readonly why: ReadonlyArray<LineageEdge>;
  /** Who answers for it. */
  readonly owners: ReadonlyArray<string>;
}

/** How many things of one kind a change reaches, over the whole walk. */
export interface ImpactTotal {
  readonly __typename?: "ImpactTotal";
  /** What they are. */
  readonly kind: NodeKind;
  /** Their dataset type. */
  readonly datasetType: string | null;
  /** Whether they are reached for certain. */
  readonly certainty: Certainty;
  /** How many. */
  readonly count: number;
}

/** Any JSON value. */
export type JSON = unknown;

/** What reads and writes datasets: a task, a model's build, an application. */
export interface Job {
  readonly __typename?: "Job";
  /** Its id, `hw:…`. The ids of all its raw names find it too. */
  readonly id: string;
  /** What it is. */
  readonly kind: NodeKind;
  /** The canonical namespace. */
  readonly namespace: string;
  /** The canonical name; of a column or version its dataset's, of a run its job's. */
  readonly name: string;
  /** Ledger entries that speak of it. */
  readonly entries: AuditConnection;
  /** Every raw name that is this job, as producers wrote it. */
  readonly names: ReadonlyArray<RawName>;
  /** What it is, in words. */
  readonly description: string | null;
  /** Who answers for it. */
  readonly owners: ReadonlyArray<Owner>;
  /** Tags on it. */
  readonly tags: ReadonlyArray<Tag>;
  /** Datasets that it reads. */
  readonly reads: ReadonlyArray<Dataset>;
  /** How many datasets `reads` has in all. */
  readonly readsCount: number;
  /** Datasets that it writes. */
  readonly writes: ReadonlyArray<Dataset>;
  /** How many datasets `writes` has in all. */
  readonly writesCount: number;
  /** Its newest runs, attempt by attempt, the newest first. */
  readonly runs: RunConnection;
  /** What else is told about it: its masked SQL, its code's version … */
  readonly properties: ReadonlyArray<Property>;
}

/** What `Job.entries` takes. */
export interface JobEntriesArguments {
  /** How many entries the page has at most. */
  first?: number | null;
  /** The cursor that the page follows. */
  after?: string | null;
}

/** What `Job.reads` takes. */
export interface JobReadsArguments {
  /** How many items the page has at most. Null: as many as its default says; without one, all that follow. */
  first?: number | null;
  /** The `id` of the last item of the page before, asked for at the same moment. */
  after?: string | null;
}

/** What `Job.writes` takes. */
export interface JobWritesArguments {
  /** How many items the page has at most. Null: as many as its default says; without one, all that follow. */
  first?: number | null;
  /** The `id` of the last item of the page before, asked for at the same moment. */
  after?: string | null;
}

/** What `Job.runs` takes. */
export interface JobRunsArguments {
  /** How many items the page has at most. Null: as many as its default says; without one, all that follow. */
  first?: number | null;
  /** The cursor that the page follows. */
  after?: string | null;
}

/** A job by any of its names. */
export interface JobRef {
  /** The job's namespace, often a scheduler's name. */
  namespace: string;
  /** The job's name in it. */
  name: string;
}

/** Whether a key opens anything. */
export type KeyState = "ACTIVE" | "EXPIRED" | "REVOKED";

/** Where the ledger stands, and how far the graph has followed it. */
export interface LedgerStatus {
  readonly __typename?: "LedgerStatus";
  /** How many entries it holds. */
  readonly size: Long;
  /** The Merkle root over all of them, in hexadecimal. */
  readonly root: string;
  /** How many of them the graph holds. */
  readonly graphIndex: Long;
  /** How long the oldest entry that the graph lacks has waited; 0 when it lacks none. */
  readonly lagSeconds: number;
  /** The log's name, as its checkpoints carry it. */
  readonly origin: string;
}

/** A legal hold in force: what it covers is not erased. */
export interface LegalHold {
  readonly __typename?: "LegalHold";
  /** Its ledger entry: its name for `liftLegalHold`. */
  readonly index: Long;
  /** When it was set. */
  readonly time: DateTime;
  /** Who set it. */
  readonly actor: string;
  /** The classes that it covers. */
  readonly classes: ReadonlyArray<RetentionClass>;
  /** The entries that it covers. With neither: everything. */
  readonly entries: ReadonlyArray<EntryRange>;
  /** Why. */
  readonly reason: string;
}

/** One page of a list that can grow. */
export interface LegalHoldConnection {
  readonly __typename?: "LegalHoldConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<LegalHoldEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<LegalHold>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface LegalHoldEdge {
  readonly __typename?: "LegalHoldEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: LegalHold;
}

/** What may not be erased, and why. With neither classes nor entries: everything. */
export interface LegalHoldInput {
  /** Why, such as the case's reference. */
  reason: string;
  /** Whole classes. */
  classes?: ReadonlyArray<RetentionClass>;
  /** Consecutive entries. */
  entries?: ReadonlyArray<EntryRangeInput>;
}

/** A part of the graph: everything that a walk from the roots met. */
export interface LineageAnswer {
  readonly __typename?: "LineageAnswer";
  /** The nodes asked about, each once. */
  readonly roots: ReadonlyArray<string>;
  /** The roots and both ends of every edge. */
  readonly nodes: ReadonlyArray<LineageNode>;
  /** One for each source, target and flow. */
  readonly edges: ReadonlyArray<LineageEdge>;
  /** How much of the truth this is. */
  readonly completeness: Completeness;
}

/** How the lineage of something differs between two moments. */
export interface LineageDiff {
  readonly __typename?: "LineageDiff";
  /** Nodes that only `to` has. */
  readonly addedNodes: ReadonlyArray<LineageNode>;
  /** Nodes that only `from` has. */
  readonly removedNodes: ReadonlyArray<LineageNode>;
  /** Edges that only `to` has. */
  readonly addedEdges: ReadonlyArray<LineageEdge>;
  /** Edges that only `from` has. */
  readonly removedEdges: ReadonlyArray<LineageEdge>;
  /** Edges of both that tell something else. */
  readonly changedEdges: ReadonlyArray<EdgeChange>;
  /** Schema changes between the two moments, of the nodes concerned. */
  readonly schemaChanges: ReadonlyArray<SchemaChange>;
  /** How much of the truth both walks are. */
  readonly completeness: Completeness;
}

/** All that is said about one source, one target and one flow. */
export interface LineageEdge {
  readonly __typename?: "LineageEdge";
  /** Where the data comes from. */
  readonly source: string;
  /** Where it goes. */
  readonly target: string;
  /** What flows. */
  readonly flow: Flow;
  /** OpenLineage's subtype: IDENTITY, TRANSFORMATION, AGGREGATION, FILTER, JOIN … */
  readonly transformation: string | null;
  /** Whether every job on this edge masks the value. */
  readonly masking: boolean;
  /** CERTAIN if any of the evidence is. */
  readonly certainty: Certainty;
  /** Declared against observed. */
  readonly verdict: Verdict;
  /** How it is known. */
  readonly evidence: ReadonlyArray<EvidenceKind>;
  /** The jobs that do it. */
  readonly jobs: ReadonlyArray<string>;
  /** When a run first said so; null where no run did. */
  readonly firstSeen: DateTime | null;
  /** When a run last said so. */
  readonly lastSeen: DateTime | null;
  /** Whether the job's latest run still said so. */
  readonly inLatestRun: boolean;
  /** How many runs said so. */
  readonly runCount: number;
  /** More to tell about how it is known. */
  readonly because: string | null;
  /** Whether each job's code changed since it was last seen to do this. */
  readonly codeChanged: boolean;
  /** At grain COLUMN: this hop is known between tables only. */
  readonly tableLevel: boolean;
  /** Ledger entries that say so: the first, the last, some between. */
  readonly entries: AuditConnection;
}

/** What `LineageEdge.entries` takes. */
export interface LineageEdgeEntriesArguments {
  /** How many entries the page has at most. */
  first?: number | null;
  /** The cursor that the page follows. */
  after?: string | null;
}

/** A node as a walk met it. */
export interface LineageNode {
  readonly __typename?: "LineageNode";
  /** Its id, for `node(id)` and NodeRef. */
  readonly id: string;
  /** What it is. */
  readonly kind: NodeKind;
  /** The canonical namespace. */
  readonly namespace: string;
  /** The canonical name; of a column, its dataset's. */
  readonly name: string;
  /** A column's name. */
  readonly column: string | null;
  /** A dataset version's version, or a run's id. */
  readonly version: string | null;
  /** A dataset's type: TABLE, TOPIC, MODEL, FEATURE_VIEW, DASHBOARD … */
  readonly datasetType: string | null;
  /** Hops from the nearest root. */
  readonly distance: number;
  /** How many neighbours, in the direction of the walk, are not in this answer. */
  readonly more: number;
  /** Ledger entries that speak of it, as known now. */
  readonly entries: AuditConnection;
}

/** What `LineageNode.entries` takes. */
export interface LineageNodeEntriesArguments {
  /** How many entries the page has at most. */
  first?: number | null;
  /** The cursor that the page follows. */
  after?: string | null;
}

/** One way from one node to another. */
export interface LineagePath {
  readonly __typename?: "LineagePath";
  /** The nodes in the order of the flow. */
  readonly nodes: ReadonlyArray<LineageNode>;
  /** The edges between them. */
  readonly edges: ReadonlyArray<LineageEdge>;
  /** CERTAIN if every edge is. */
  readonly certainty: Certainty;
}

/** A whole number of up to 64 bits, as text: a JavaScript number keeps 53. */
export type Long = string;

/** What is on record about the data of one version of a model, and what is not. */
export interface ModelDossier {
  readonly __typename?: "ModelDossier";
  /** The version. */
  readonly version: Dataset;
  /** The model. */
  readonly model: string;
  /** What its registry calls the version. */
  readonly label: string;
  /** Everything on record. */
  readonly sections: ReadonlyArray<DossierSection>;
  /** Everything that is not. */
  readonly gaps: ReadonlyArray<DossierGap>;
  /** How much of the truth the walks behind it are. */
  readonly completeness: Completeness;
  /** The whole dossier as one text. */
  readonly document: string;
}

/** What `ModelDossier.document` takes. */
export interface ModelDossierDocumentArguments {
  /** In which form. */
  format?: DossierFormat;
}

/** When it was true, and when we knew it. Left out: the latest state, with all that is known now. */
export interface MomentInput {
  /** What was true at this time (event time). Null: the latest state. */
  validAt?: DateTime | null;
  /** What the record held at this time. Not together with `knownIndex`. */
  knownAt?: DateTime | null;
  /** What the record held when it had this many entries (0 to n - 1). */
  knownIndex?: string | number | null;
}

/** What people tell the ledger: an entry of its own each, in force once the graph has it. */
export interface Mutation {
  /** Propose to erase parts. Another principal has to approve it. */
  readonly proposeErasure: ErasureProposal;
  /** Take a proposal back, or refuse it. */
  readonly withdrawErasure: ErasureStatement;
  /** Approve a proposal and erase: never by the one who proposed it. */
  readonly approveErasure: ErasurePayload;
  /** Stop all erasure of something. */
  readonly setLegalHold: ErasureStatement;
  /** End a legal hold. */
  readonly liftLegalHold: ErasureStatement;
  /** Say how long payloads are kept. It is applied within the hour, or by `applyRetention`. */
  readonly setRetention: Retention;
  /** Erase now what is older than the limits in force, in both logs. */
  readonly applyRetention: ErasurePayload;
  /** Make a pack of evidence. It is on record in the access log before it can be fetched. */
  readonly exportEvidence: EvidenceBundle;
  /** Make a key. Its text is in the answer, once. */
  readonly createKey: CreateKeyPayload;
  /** Revoke a key: from now on it opens nothing. */
  readonly revokeKey: RevokeKeyPayload;
  /** Let two names be one thing. A rule with the same `from` is replaced. */
  readonly addAlias: AliasPayload;
  /** Take an alias rule back: answers are as if it had never been. */
  readonly removeAlias: AliasPayload;
  /** State a fact that you vouch for: an edge, an owner, a tag, a description. */
  readonly stateFact: FactPayload;
  /** Take a stated fact back. */
  readonly retractFact: FactPayload;
  /** Read dead letters again, by code that may understand them now. */
  readonly replayDeadLetters: ReplayPayload;
  /** Set runs aside: they stay in the record and leave the answers. */
  readonly distrustRuns: DistrustPayload;
  /** Believe runs again that were set aside. */
  readonly trustRuns: DistrustPayload;
}

/** What `Mutation.proposeErasure` takes. */
export interface MutationProposeErasureArguments {
  /** What and why. */
  input: ProposeErasureInput;
}

/** What `Mutation.withdrawErasure` takes. */
export interface MutationWithdrawErasureArguments {
  /** Its index. */
  proposal: string | number;
  /** Why. */
  reason: string;
}

/** What `Mutation.approveErasure` takes. */
export interface MutationApproveErasureArguments {
  /** Its index. */
  proposal: string | number;
}

/** What `Mutation.setLegalHold` takes. */
export interface MutationSetLegalHoldArguments {
  /** What and why. */
  input: LegalHoldInput;
}

/** What `Mutation.liftLegalHold` takes. */
export interface MutationLiftLegalHoldArguments {
  /** Its index. */
  hold: string | number;
  /** Why. */
  reason: string;
}

/** What `Mutation.setRetention` takes. */
export interface MutationSetRetentionArguments {
  /** The limits. */
  input: RetentionInput;
}

/** What `Mutation.exportEvidence` takes. */
export interface MutationExportEvidenceArguments {
  /** Which question. */
  query: NamedAuditQuery;
  /** Its variables, as a JSON object: `auditQueries` tells which. */
  variables: JSON;
  /** As of the smallest kept checkpoint of at least so many entries, so that an answer can be had again; null: now. */
  atSize?: string | number | null;
  /** Received bytes too, beside the normalised ones. Needs `payload:read`. */
  withReceived?: boolean;
}

/** What `Mutation.createKey` takes. */
export interface MutationCreateKeyArguments {
  /** The key. */
  input: CreateKeyInput;
}

/** What `Mutation.revokeKey` takes. */
export interface MutationRevokeKeyArguments {
  /** Which key. */
  input: RevokeKeyInput;
}

/** What `Mutation.addAlias` takes. */
export interface MutationAddAliasArguments {
  /** The rule. */
  input: AddAliasInput;
}

/** What `Mutation.removeAlias` takes. */
export interface MutationRemoveAliasArguments {
  /** Which rule. */
  input: RemoveAliasInput;
}

/** What `Mutation.stateFact` takes. */
export interface MutationStateFactArguments {
  /** The fact. */
  input: StateFactInput;
}

/** What `Mutation.retractFact` takes. */
export interface MutationRetractFactArguments {
  /** Which fact. */
  input: RetractFactInput;
}

/** What `Mutation.replayDeadLetters` takes. */
export interface MutationReplayDeadLettersArguments {
  /** Which ones. */
  input: ReplayInput;
}

/** What `Mutation.distrustRuns` takes. */
export interface MutationDistrustRunsArguments {
  /** Which runs. */
  input: DistrustInput;
}

/** What `Mutation.trustRuns` takes. */
export interface MutationTrustRunsArguments {
  /** Which distrust. */
  input: TrustInput;
}

/** A question that law and auditors ask, by name. `auditQueries` tells the variables of each. */
export type NamedAuditQuery = "Q1_TRAINING_DATA" | "Q2_PREPARATION_STEPS" | "Q3_TRAINED_ON_TAGGED" | "Q4_EVENTS_OF_SYSTEM" | "Q5_MODEL_AS_DOCUMENTED" | "Q6_MODEL_INPUTS_CHANGED" | "Q7_PROCESSING_RECORD" | "Q8_SUBJECT_ACCESS" | "Q9_ERASURE_REACH" | "Q10_TAG_LEAKS" | "Q11_TRANSFERS_ABROAD" | "Q12_FIGURE_LINEAGE" | "Q13_CODE_CHANGES" | "Q14_RECREATE_FIGURE" | "Q15_WHO_SAW" | "Q16_MODEL_INVENTORY" | "Q17_ADMIN_AND_GAPS" | "Q18_ENTRY_UNALTERED" | "Q19_WHAT_WAS_SAID";

/** A place that names live in: a database, a bucket, a cluster, a scheduler. */
export interface Namespace {
  readonly __typename?: "Namespace";
  /** Its id, `hw:…`. The ids of all its raw names find it too. */
  readonly id: string;
  /** What it is. */
  readonly kind: NodeKind;
  /** The canonical namespace. */
  readonly namespace: string;
  /** The canonical name; of a column or version its dataset's, of a run its job's. */
  readonly name: string;
  /** Ledger entries that speak of it. */
  readonly entries: AuditConnection;
}

/** What `Namespace.entries` takes. */
export interface NamespaceEntriesArguments {
  /** How many entries the page has at most. */
  first?: number | null;
  /** The cursor that the page follows. */
  after?: string | null;
}

/** Anything with a name in the graph. */
export type Node = Column | Dataset | DatasetVersion | Job | Namespace | Run;

/** What a node is. Models, feature views, dashboards and topics are datasets, told apart by `datasetType`. */
export type NodeKind = "NAMESPACE" | "DATASET" | "COLUMN" | "JOB" | "RUN" | "DATASET_VERSION";

/** A node by its id or by a name: exactly one of the fields. */
export type NodeRef =
  | { id: string; dataset?: never; job?: never; datasetVersion?: never }
  | { id?: never; dataset: DatasetRef; job?: never; datasetVersion?: never }
  | { id?: never; dataset?: never; job: JobRef; datasetVersion?: never }
  | { id?: never; dataset?: never; job?: never; datasetVersion: DatasetVersionRef };

/** Something that could not be compared. */
export interface NotCompared {
  readonly __typename?: "NotCompared";
  /** What it is about. */
  readonly topic: Topic;
  /** What is not known. */
  readonly what: string;
  /** Who tells nothing of it. */
  readonly sides: ReadonlyArray<Dataset>;
}

/** Who answers for something. */
export interface Owner {
  readonly __typename?: "Owner";
  /** A person or team, as the producer or an operator named it. */
  readonly name: string;
  /** The role, such as MAINTAINER. */
  readonly type: string | null;
}

/** Where a page stands in its list. Cursors pin the moment: pages of one list never shift. */
export interface PageInfo {
  readonly __typename?: "PageInfo";
  /** Whether more follows. */
  readonly hasNextPage: boolean;
  /** Whether this page follows another. */
  readonly hasPreviousPage: boolean;
  /** The cursor of the first item; null for an empty page. */
  readonly startCursor: string | null;
  /** Give it as `after`, with the same arguments, for the next page. */
  readonly endCursor: string | null;
}

/** What there is of a part of an entry's payload. */
export type PartState = "PRESENT" | "ERASED" | "MISSING";

/** How data gets from one node to another. */
export interface PathsAnswer {
  readonly __typename?: "PathsAnswer";
  /** Distinct ways, the shortest first. */
  readonly paths: ReadonlyArray<LineagePath>;
  /** Nodes that every way goes through, the two ends left out. */
  readonly chokePoints: ReadonlyArray<LineageNode>;
  /** How much of the truth this is. */
  readonly completeness: Completeness;
}

/** Whom an actor of the record stands for. */
export interface Person {
  readonly __typename?: "Person";
  /** The opaque id. */
  readonly actor: string;
  /** The identity provider; null: it is a key. */
  readonly issuer: string | null;
  /** What the provider calls them; of a key its label. */
  readonly subject: string;
}

/** A dataset, a column or a job that a stated fact is about. */
export interface PlaceInput {
  /** A dataset or a job. */
  kind?: PlaceKind;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** A column of the dataset. */
  column?: string | null;
}

/** What a stated fact can be about. */
export type PlaceKind = "DATASET" | "JOB";

/** Something else that was told about a job or run. */
export interface Property {
  readonly __typename?: "Property";
  /** Which: `sql`, `sourceCodeVersion`, `errorMessage`, `nominalTime` … */
  readonly label: string;
  /** The value as JSON. */
  readonly value: string;
}

/** What is to be erased, and why. Entries, a text, or a text within entries. */
export interface ProposeErasureInput {
  /** The ground in law or policy, such as `GDPR Art. 17(1)(b)`. */
  basis: string;
  /** The reference of the case. No personal data: it stays. */
  request?: string;
  /** Ledger entries. */
  indexes?: ReadonlyArray<string | number>;
  /** Consecutive entries. */
  ranges?: ReadonlyArray<EntryRangeInput>;
  /** A text that payloads hold, such as a person's name. It is kept in no log. */
  personalText?: string;
  /** `raw`, `norm` …; none: all of the entries, or all that hold the text. */
  parts?: ReadonlyArray<string>;
}

/** Where something comes from. */
export interface ProvenanceAnswer {
  readonly __typename?: "ProvenanceAnswer";
  /** One page of the sources. */
  readonly sources: ReadonlyArray<ProvenanceSource>;
  /** Everything on the way. */
  readonly nodes: ReadonlyArray<LineageNode>;
  /** Every edge on the way. */
  readonly edges: ReadonlyArray<LineageEdge>;
  /** Where this page of sources stands. */
  readonly pageInfo: PageInfo;
  /** How much of the truth the whole walk is. */
  readonly completeness: Completeness;
}

/** A place where data comes from: nothing is known upstream of it. */
export interface ProvenanceSource {
  readonly __typename?: "ProvenanceSource";
  /** The source. */
  readonly node: LineageNode;
  /** Whether it is a source for certain. */
  readonly certainty: Certainty;
  /** Hops to the node asked about. */
  readonly distance: number;
  /** One shortest way from it, in the order of the flow. */
  readonly why: ReadonlyArray<LineageEdge>;
}

/** All questions. They take any spelling of a name, and most of them any moment. */
export interface Query {
  /** The node with this id, or with a raw name of this id. NOT_FOUND when there is none. */
  readonly node: Node | null;
  /** The node that a reference means: any spelling of a name, or an id. NOT_FOUND when there is none. */
  readonly find: Node | null;
  /** The nodes with these ids, in order; null and an error for each that is missing. */
  readonly nodes: ReadonlyArray<Node | null>;
  /** The dataset with this name. NOT_FOUND, with near names, when there is none. */
  readonly dataset: Dataset | null;
  /** The job with this name. NOT_FOUND, with near names, when there is none. */
  readonly job: Job | null;
  /** One run of a job. NOT_FOUND when there is none. */
  readonly run: Run | null;
  /** Nodes one of whose names contains every word of the query, whatever the case. */
  readonly search: SearchConnection;
  /** What is upstream or downstream, as nodes and edges. */
  readonly lineage: LineageAnswer;
  /** What breaks if this changes: columns, datasets and jobs, with the reason for each. */
  readonly impact: ImpactAnswer;
  /** Where something comes from: every source, and everything on the way. */
  readonly provenance: ProvenanceAnswer;
  /** How data gets from one node to another: distinct ways, the shortest first. */
  readonly paths: PathsAnswer;
  /** What differs between two moments: of the world, of the record, or of both. */
  readonly diff: LineageDiff;
  /** What changed in any schema, when, and in whose report. */
  readonly schemaChanges: SchemaChangeConnection;
  /** What was erased, in order. */
  readonly erasures: ErasureConnection;
  /** What is proposed and neither approved nor withdrawn. */
  readonly erasureProposals: ErasureProposalConnection;
  /** Legal holds in force. */
  readonly legalHolds: LegalHoldConnection;
  /** The retention limits in force. */
  readonly retention: Retention;
  /** Where the ledger stands, and how far the graph has followed it. */
  readonly ledger: LedgerStatus;
  /** What came and could not be understood, the newest first. It can be replayed. */
  readonly deadLetters: DeadLetterConnection;
  /** One dead letter. NOT_FOUND when the entry is none. */
  readonly deadLetter: DeadLetter | null;
  /** Alias rules that hold, in the order in which they were made. */
  readonly aliases: AliasConnection;
  /** Names that look like one thing, for `addAlias`. Nothing is merged because of it. */
  readonly aliasSuggestions: ReadonlyArray<AliasSuggestion>;
  /** Runs that are set aside now. */
  readonly distrusted: DistrustedConnection;
  /** Facts that people vouch for now, in the order in which they were stated. */
  readonly statedFacts: StatedConnection;
  /** A signed head of the log: the newest, or the smallest kept one of at least `size` entries. */
  readonly checkpoint: Checkpoint;
  /** That the log of `to` entries only added to the one of `from`. */
  readonly consistency: ConsistencyProof;
  /** One entry of the ledger. NOT_FOUND when there is none. */
  readonly entry: AuditEntry | null;
  /** Entries of the ledger in its order. A page may be short while more follows: go on with its cursor. */
  readonly auditEntries: AuditConnection;
  /** The questions that law and auditors ask, with their variables and columns. */
  readonly auditQueries: ReadonlyArray<AuditQuestion>;
  /** The answer to a named question. */
  readonly auditAnswer: AuditAnswer;
  /** Who asks, and what they may do and see. */
  readonly whoami: Caller;
  /** Keys that there ever were, the oldest first. */
  readonly keys: ApiKeyConnection;
  /** Whom actors of the record stand for; those that nobody knows are left out. */
  readonly people: ReadonlyArray<Person>;
  /** Who read or exported what, or was refused, the newest first. */
  readonly accessEntries: AccessConnection;
  /** Which run read which version of what, up or down: a model's version leads to the data it was trained on. */
  readonly runLineage: RunLineage;
  /** What differs between two versions: data, code, features, parameters, metrics; each as it was made. */
  readonly compareVersions: VersionComparison;
  /** Which features of a model's version are served otherwise than they were trained on, with both ways. */
  readonly featureSkew: SkewAnswer;
  /** Which version of a model served when, and by what: aliases, stages, deployments; by their beginning. */
  readonly servedVersions: ReadonlyArray<ServedVersion>;
  /** The dossier of a model's version: what law asks of its data, with what nobody told listed as unknown. */
  readonly modelDossier: ModelDossier;
}

/** What `Query.node` takes. */
export interface QueryNodeArguments {
  /** The id, `hw:…`. */
  id: string;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.find` takes. */
export interface QueryFindArguments {
  /** Which node. */
  of: NodeRef;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.nodes` takes. */
export interface QueryNodesArguments {
  /** Ids, at most 500. */
  ids: ReadonlyArray<string>;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.dataset` takes. */
export interface QueryDatasetArguments {
  /** The namespace: any spelling. */
  namespace: string;
  /** The name: any spelling. */
  name: string;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.job` takes. */
export interface QueryJobArguments {
  /** The namespace: any spelling. */
  namespace: string;
  /** The name: any spelling. */
  name: string;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.run` takes. */
export interface QueryRunArguments {
  /** The namespace: any spelling. */
  namespace: string;
  /** The job's name: any spelling. */
  job: string;
  /** The run's id as its producer wrote it. */
  runId: string;
  /** Which attempt, from 1; null: the last. */
  attempt?: number | null;
}

/** What `Query.search` takes. */
export interface QuerySearchArguments {
  /** Words or parts of names, such as `orders` or `shop customers email`. */
  query: string;
  /** Only these kinds; null: all. */
  kinds?: ReadonlyArray<NodeKind> | null;
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.lineage` takes. */
export interface QueryLineageArguments {
  /** What is asked about. Spellings of one node count once. */
  of: ReadonlyArray<NodeRef>;
  /** Which way to walk. */
  direction: Direction;
  /** How many hops; null: all the way. */
  depth?: number | null;
  /** Datasets, or columns. */
  grain?: Grain | null;
  /** Only these flows; null: both. */
  flows?: ReadonlyArray<Flow> | null;
  /** Only such edges; null: all but ATTEMPTED. */
  evidence?: ReadonlyArray<EvidenceKind> | null;
  /** Only edges that a run repeated since. */
  seenAfter?: DateTime | null;
  /** How many nodes at most; beyond: TRUNCATED by NODES. */
  limit?: number | null;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.impact` takes. */
export interface QueryImpactArguments {
  /** What is asked about. Spellings of one node count once. */
  of: ReadonlyArray<NodeRef>;
  /** What is about to change; null: anything. */
  change?: ChangeKind | null;
  /** Only these kinds; null: all. */
  kinds?: ReadonlyArray<NodeKind> | null;
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.provenance` takes. */
export interface QueryProvenanceArguments {
  /** What is asked about: a column, a dataset, a model's version. */
  of: NodeRef;
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.paths` takes. */
export interface QueryPathsArguments {
  /** Where it begins: upstream. */
  from: NodeRef;
  /** Where it ends: downstream. */
  to: NodeRef;
  /** How many items the page has at most. */
  first?: number | null;
  /** Datasets, or columns. */
  grain?: Grain | null;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.diff` takes. */
export interface QueryDiffArguments {
  /** What is asked about. Spellings of one node count once. */
  of: ReadonlyArray<NodeRef>;
  /** Which way to walk. */
  direction: Direction;
  /** The one moment. */
  from: MomentInput;
  /** The other. */
  to: MomentInput;
  /** Datasets, or columns. */
  grain?: Grain | null;
}

/** What `Query.schemaChanges` takes. */
export interface QuerySchemaChangesArguments {
  /** Changes from this time on (event time). */
  since: DateTime;
  /** Changes before this time; null: up to the newest. */
  until?: DateTime | null;
  /** Only these datasets or columns; null: all. */
  of?: ReadonlyArray<NodeRef> | null;
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
}

/** What `Query.erasures` takes. */
export interface QueryErasuresArguments {
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
}

/** What `Query.erasureProposals` takes. */
export interface QueryErasureProposalsArguments {
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
}

/** What `Query.legalHolds` takes. */
export interface QueryLegalHoldsArguments {
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
}

/** What `Query.deadLetters` takes. */
export interface QueryDeadLettersArguments {
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
  /** Only those that were not replayed yet. */
  openOnly?: boolean;
}

/** What `Query.deadLetter` takes. */
export interface QueryDeadLetterArguments {
  /** Its ledger index. */
  index: string | number;
}

/** What `Query.aliases` takes. */
export interface QueryAliasesArguments {
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
}

/** What `Query.aliasSuggestions` takes. */
export interface QueryAliasSuggestionsArguments {
  /** How many at most. */
  first?: number | null;
}

/** What `Query.distrusted` takes. */
export interface QueryDistrustedArguments {
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
}

/** What `Query.statedFacts` takes. */
export interface QueryStatedFactsArguments {
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
}

/** What `Query.checkpoint` takes. */
export interface QueryCheckpointArguments {
  /** At least so many entries; null: the newest. */
  size?: string | number | null;
}

/** What `Query.consistency` takes. */
export interface QueryConsistencyArguments {
  /** The smaller size. */
  from: string | number;
  /** The larger size. */
  to: string | number;
}

/** What `Query.entry` takes. */
export interface QueryEntryArguments {
  /** Its position, from 0. */
  index: string | number;
}

/** What `Query.auditEntries` takes. */
export interface QueryAuditEntriesArguments {
  /** Which entries; null: all. */
  filter?: AuditFilter | null;
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
}

/** What `Query.auditAnswer` takes. */
export interface QueryAuditAnswerArguments {
  /** Which question. */
  query: NamedAuditQuery;
  /** Its variables, as a JSON object: `auditQueries` tells which. */
  variables: JSON;
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
  /** As of the smallest kept checkpoint of at least so many entries, so that an answer can be had again; null: now. */
  atSize?: string | number | null;
}

/** What `Query.keys` takes. */
export interface QueryKeysArguments {
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
}

/** What `Query.people` takes. */
export interface QueryPeopleArguments {
  /** Opaque ids, at most 500. */
  actors: ReadonlyArray<string>;
}

/** What `Query.accessEntries` takes. */
export interface QueryAccessEntriesArguments {
  /** Which. */
  filter?: AccessFilter | null;
  /** How many items the page has at most. */
  first?: number | null;
  /** The `endCursor` of the page before, with the same arguments. */
  after?: string | null;
}

/** What `Query.runLineage` takes. */
export interface QueryRunLineageArguments {
  /** A dataset (its last write then), a version of one, or a run by its id. */
  of: NodeRef;
  /** Which way to walk. */
  direction: Direction;
  /** How many hops of runs; null: all the way. */
  depth?: number | null;
  /** How many versions at most, up to 2000. */
  limit?: number | null;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.compareVersions` takes. */
export interface QueryCompareVersionsArguments {
  /** The one: a model's version. */
  first: NodeRef;
  /** The other. */
  second: NodeRef;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.featureSkew` takes. */
export interface QueryFeatureSkewArguments {
  /** A model's version. */
  of: NodeRef;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.servedVersions` takes. */
export interface QueryServedVersionsArguments {
  /** The namespace: any spelling. */
  namespace: string;
  /** The name: any spelling. */
  name: string;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** What `Query.modelDossier` takes. */
export interface QueryModelDossierArguments {
  /** The namespace: any spelling. */
  namespace: string;
  /** The name: any spelling. */
  name: string;
  /** The version, as its registry calls it. */
  version: string;
  /** When: left out, the latest state with all that is known now. */
  at?: MomentInput | null;
}

/** A name as a producer wrote it. */
export interface RawName {
  readonly __typename?: "RawName";
  /** The namespace as written. */
  readonly namespace: string;
  /** The name as written. */
  readonly name: string;
}

/** How it is known which version a run read. */
export type ReadHow = "REPORTED" | "LAST_WRITE" | "NEVER_WRITTEN";

/** Why an answer is not complete, or what to know beside it. */
export type ReasonCode = "DEPTH" | "NODES" | "TIME" | "UNPARSED_SQL" | "TABLE_LEVEL_ONLY" | "ERASED" | "UNVERSIONED" | "ATTEMPTED" | "DISTRUSTED" | "LAG" | "SCOPE";

/** Which alias rule is taken back. */
export interface RemoveAliasInput {
  /** What the rule joined. */
  kind: AliasKind;
  /** The rule's `from`, as it was added. */
  from: string;
  /** Why it is taken back. */
  reason: string;
}

/** Which dead letters are read again, by code that may understand them now. */
export interface ReplayInput {
  /** Their ledger indexes. Null, with `all`: every one that was not replayed yet. */
  indexes?: ReadonlyArray<string | number> | null;
  /** Replay every dead letter that was not replayed yet. */
  all?: boolean;
}

/** Dead letters were read again. */
export interface ReplayPayload {
  readonly __typename?: "ReplayPayload";
  /** The ledger index of the last entry written; null when none was. */
  readonly index: Long | null;
  /** How many were understood. */
  readonly replayed: number;
  /** How many still were not. */
  readonly refused: number;
  /** Each of them. */
  readonly letters: ReadonlyArray<ReplayedLetter>;
}

/** What became of one dead letter that was read again. */
export interface ReplayedLetter {
  readonly __typename?: "ReplayedLetter";
  /** The dead letter. */
  readonly index: Long;
  /** The ledger index of the event that it became; null: still not understood. */
  readonly entry: Long | null;
  /** Why it is still not understood; programs may compare it. */
  readonly code: string | null;
  /** The same in words. */
  readonly reason: string | null;
}

/** The retention limits in force. A class without a limit is kept for ever. */
export interface Retention {
  readonly __typename?: "Retention";
  /** The entry that set them; null: nobody did. */
  readonly index: Long | null;
  /** The preset that they come from. */
  readonly preset: RetentionPreset;
  /** The limits. */
  readonly limits: ReadonlyArray<RetentionLimit>;
  /** Why. */
  readonly reason: string;
}

/** What kind of thing a payload is, and so how long it may be kept. */
export type RetentionClass = "RAW" | "NORM" | "DEAD_LETTER" | "ACCESS" | "RECORD";

/** How long payloads are kept from now on. */
export interface RetentionInput {
  /** Where to begin. */
  preset: RetentionPreset;
  /** Why: the policy's name, a decision. */
  reason: string;
  /** Limits of your own. */
  changes?: ReadonlyArray<RetentionLimitInput>;
}

/** How many days payloads of a class are kept. */
export interface RetentionLimit {
  readonly __typename?: "RetentionLimit";
  /** The class. */
  readonly payloadClass: RetentionClass;
  /** Days after which they are erased. */
  readonly days: number;
}

/** A limit other than the preset's. */
export interface RetentionLimitInput {
  /** The class. */
  payloadClass: RetentionClass;
  /** Days; null: kept for ever. */
  days?: number | null;
}

/** Retention limits that belong together, in days. */
export type RetentionPreset = "KEEP" | "MINIMAL" | "AI_ACT" | "HIPAA" | "SOX" | "TEN_YEARS";

/** Which stated fact is taken back. */
export interface RetractFactInput {
  /** The ledger index that `stateFact` answered. */
  index: string | number;
  /** Why it is taken back. */
  reason: string;
}

/** A key that is to open nothing any more. */
export interface RevokeKeyInput {
  /** Its id, `lk_…`. */
  id: string;
  /** Why, for those who read the record later. */
  reason?: string;
}

/** A key was revoked. */
export interface RevokeKeyPayload {
  readonly __typename?: "RevokeKeyPayload";
  /** The entry's ledger index. */
  readonly index: Long;
  /** The entry's leaf hash in hexadecimal. */
  readonly leafHash: string;
  /** The key. */
  readonly key: ApiKey;
}

/** One attempt of one run of a job. */
export interface Run {
  readonly __typename?: "Run";
  /** Its id, `hw:…`. The ids of all its raw names find it too. */
  readonly id: string;
  /** What it is. */
  readonly kind: NodeKind;
  /** The canonical namespace. */
  readonly namespace: string;
  /** The canonical name; of a column or version its dataset's, of a run its job's. */
  readonly name: string;
  /** Ledger entries that speak of it. */
  readonly entries: AuditConnection;
  /** The run's id as its producer wrote it. */
  readonly runId: string;
  /** The job that ran. */
  readonly job: Job;
  /** Which attempt of this run id, from 1. */
  readonly attempt: number;
  /** START, RUNNING, COMPLETE, FAIL or ABORT: the last that was told. */
  readonly state: string;
  /** When it started; null where no START came. */
  readonly startedAt: DateTime | null;
  /** When it ended; null: not yet. */
  readonly endedAt: DateTime | null;
  /** The id of the run that it belongs to. */
  readonly parent: string | null;
  /** What it read. */
  readonly inputs: ReadonlyArray<Dataset>;
  /** How many `inputs` it has in all. */
  readonly inputsCount: number;
  /** What it wrote. */
  readonly outputs: ReadonlyArray<Dataset>;
  /** How many `outputs` it has in all. */
  readonly outputsCount: number;
  /** What else is told about this run alone: its error message, nominal time … */
  readonly properties: ReadonlyArray<Property>;
}

/** What `Run.entries` takes. */
export interface RunEntriesArguments {
  /** How many entries the page has at most. */
  first?: number | null;
  /** The cursor that the page follows. */
  after?: string | null;
}

/** What `Run.inputs` takes. */
export interface RunInputsArguments {
  /** How many items the page has at most. Null: as many as its default says; without one, all that follow. */
  first?: number | null;
  /** The `id` of the last item of the page before, asked for at the same moment. */
  after?: string | null;
}

/** What `Run.outputs` takes. */
export interface RunOutputsArguments {
  /** How many items the page has at most. Null: as many as its default says; without one, all that follow. */
  first?: number | null;
  /** The `id` of the last item of the page before, asked for at the same moment. */
  after?: string | null;
}

/** One page of a list that can grow. */
export interface RunConnection {
  readonly __typename?: "RunConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<RunEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<Run>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface RunEdge {
  readonly __typename?: "RunEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: Run;
}

/** Which run read which version of what, as it was when it ran. */
export interface RunLineage {
  readonly __typename?: "RunLineage";
  /** The key of the version asked about; null when a run was. */
  readonly root: string | null;
  /** The versions, the nearest first. */
  readonly versions: ReadonlyArray<DataVersion>;
  /** The runs, by their beginning. */
  readonly runs: ReadonlyArray<RunStep>;
  /** What each run read. */
  readonly reads: ReadonlyArray<RunRead>;
  /** What each run wrote. */
  readonly writes: ReadonlyArray<RunWrite>;
  /** How much of the truth this is. */
  readonly completeness: Completeness;
}

/** One run read one version. */
export interface RunRead {
  readonly __typename?: "RunRead";
  /** The run. */
  readonly run: string;
  /** The version's key. */
  readonly version: string;
  /** How it is known that it was this one. */
  readonly how: ReadHow;
}

/** One run of a walk over runs. */
export interface RunStep {
  readonly __typename?: "RunStep";
  /** The run's node. */
  readonly id: string;
  /** The job that ran. */
  readonly job: Job;
  /** The run's id as its producer wrote it. */
  readonly runId: string;
  /** Which attempt of this run id, from 1. */
  readonly attempt: number;
  /** START, RUNNING, COMPLETE, FAIL or ABORT. */
  readonly state: string;
  /** When it started. */
  readonly startedAt: DateTime | null;
  /** When it ended; null: not yet. */
  readonly endedAt: DateTime | null;
}

/** One run wrote one version. */
export interface RunWrite {
  readonly __typename?: "RunWrite";
  /** The run. */
  readonly run: string;
  /** The version's key. */
  readonly version: string;
}

/** The runs that ended with one ledger entry. */
export interface RunsEnded {
  readonly __typename?: "RunsEnded";
  /** The entry: give it as `after` when you come back. */
  readonly index: Long;
  /** The runs, each with its state as of the entry. */
  readonly runs: ReadonlyArray<Run>;
}

/** How many things are equal on both sides. */
export interface SameCount {
  readonly __typename?: "SameCount";
  /** What they are about. */
  readonly topic: Topic;
  /** How many. */
  readonly count: number;
}

/** Over which entries a list is complete: whoever reads them again finds the same. */
export interface ScannedRange {
  readonly __typename?: "ScannedRange";
  /** The first of them. */
  readonly start: Long;
  /** Before this one. */
  readonly stop: Long;
  /** What was looked for. */
  readonly filter: string;
}

/** A change in what one reporter tells about a dataset's columns. */
export interface SchemaChange {
  readonly __typename?: "SchemaChange";
  /** Whose schema changed. */
  readonly dataset: Dataset;
  /** The column. */
  readonly column: string;
  /** The column's id. */
  readonly columnId: string;
  /** What changed. */
  readonly kind: SchemaChangeKind;
  /** What was told before: a type, a place, a name; null for a new column. */
  readonly before: string | null;
  /** What is told since; null for a column that is gone. */
  readonly after: string | null;
  /** When it changed: event time. */
  readonly at: DateTime;
  /** Whose report: `catalogue:…`, `writer:…` or `reader:…`. */
  readonly reporter: string;
  /** The ledger entry that told it. */
  readonly index: Long;
  /** What is downstream of the column; of a lost one, what was. */
  readonly impact: ImpactAnswer;
}

/** What `SchemaChange.impact` takes. */
export interface SchemaChangeImpactArguments {
  /** How many things the page has at most. */
  first?: number | null;
}

/** One page of schema changes, in the order in which they became known. */
export interface SchemaChangeConnection {
  readonly __typename?: "SchemaChangeConnection";
  /** The changes with their cursors. */
  readonly edges: ReadonlyArray<SchemaChangeEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
}

/** One schema change in a page of them. */
export interface SchemaChangeEdge {
  readonly __typename?: "SchemaChangeEdge";
  /** The change's place in the list: it follows the ledger, so late reports are not missed. */
  readonly cursor: string;
  /** The change. */
  readonly node: SchemaChange;
}

/** What changed in a schema, as one reporter sees it. */
export type SchemaChangeKind = "ADDED" | "REMOVED" | "TYPE_CHANGED" | "REORDERED" | "RENAMED";

/** The schemas that one ledger entry changed. */
export interface SchemasChanged {
  readonly __typename?: "SchemasChanged";
  /** The entry: give it as `after` when you come back. */
  readonly index: Long;
  /** What changed. `impact` of each tells who is affected, with owners. */
  readonly changes: ReadonlyArray<SchemaChange>;
}

/** What a key or token may be used for. None includes another. */
export type Scope = "INGEST" | "READ" | "WRITE" | "AUDIT_READ" | "AUDIT_EXPORT" | "PAYLOAD_READ" | "ERASE_PROPOSE" | "ERASE_APPROVE" | "ADMIN_KEYS" | "ADMIN_POLICY";

/** One page of what was found: exact names first, then beginnings, then the rest. */
export interface SearchConnection {
  readonly __typename?: "SearchConnection";
  /** What was found, with cursors. */
  readonly edges: ReadonlyArray<SearchEdge>;
  /** What was found. */
  readonly nodes: ReadonlyArray<Node>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
}

/** One thing that was found. */
export interface SearchEdge {
  readonly __typename?: "SearchEdge";
  /** Its place in the list. */
  readonly cursor: string;
  /** What was found. */
  readonly node: Node;
  /** The name that was found: it may be another than the canonical one. */
  readonly matched: string;
}

/** When a version of a model was served, and by what. */
export interface ServedVersion {
  readonly __typename?: "ServedVersion";
  /** ALIAS, STAGE or DEPLOYMENT. */
  readonly kind: string;
  /** The alias, the stage, or the deployment's job. */
  readonly name: string;
  /** Of a deployment's job. */
  readonly namespace: string | null;
  /** The version. */
  readonly version: string;
  /** Since when. */
  readonly from: DateTime;
  /** Until when; null: still. */
  readonly to: DateTime | null;
}

/** Which features of a version are served otherwise than they were trained on. */
export interface SkewAnswer {
  readonly __typename?: "SkewAnswer";
  /** The version. */
  readonly version: Dataset;
  /** Who serves it; none: no deployment is known. */
  readonly deployments: ReadonlyArray<Job>;
  /** Each feature with each deployment, those that differ first. */
  readonly features: ReadonlyArray<FeatureSkew>;
  /** How much of the truth the walks behind it are. */
  readonly completeness: Completeness;
}

/** How a feature is served, against how it was trained on. */
export type SkewVerdict = "SAME" | "OTHER_SOURCE" | "OTHER_TRANSFORMATION" | "UNKNOWN";

/** A fact that you vouch for, until it is retracted. */
export interface StateFactInput {
  /** What is stated. */
  kind: FactKind;
  /** What it is about; of an edge, where the data goes. */
  about: PlaceInput;
  /** EDGE: where the data comes from. */
  source?: PlaceInput | null;
  /** TAG: the tag's name. OWNER: the owner's role, if any. */
  key?: string;
  /** The owner, the tag's value, the description or the dataset type. */
  value?: string;
  /** EDGE: what flows. */
  flow?: Flow;
  /** EDGE: OpenLineage's subtype, such as `IDENTITY`. */
  transformation?: string;
  /** EDGE: whether the value is masked on the way. */
  masking?: boolean;
  /** True from this time on. Null: from now. */
  validFrom?: DateTime | null;
  /** True until this time. Null: for ever. */
  validTo?: DateTime | null;
  /** How you know. */
  reason: string;
}

/** A fact that a person vouches for. */
export interface Stated {
  readonly __typename?: "Stated";
  /** The ledger index of its entry: its name for a retraction. */
  readonly index: Long;
  /** Since when. */
  readonly time: DateTime;
  /** Who stated it. */
  readonly actor: string;
  /** What is stated. */
  readonly kind: FactKind;
  /** The statement in words. */
  readonly text: string;
  /** How they know. */
  readonly reason: string;
}

/** One page of a list that can grow. */
export interface StatedConnection {
  readonly __typename?: "StatedConnection";
  /** The items with their cursors. */
  readonly edges: ReadonlyArray<StatedEdge>;
  /** The items alone. */
  readonly nodes: ReadonlyArray<Stated>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** How many items the whole list has. */
  readonly totalCount: number;
}

/** One item of a page with its place in the list. */
export interface StatedEdge {
  readonly __typename?: "StatedEdge";
  /** The item's place in the list: give it as `after`. */
  readonly cursor: string;
  /** The item. */
  readonly node: Stated;
}

/** What can be waited for, over a WebSocket (graphql-transport-ws) or server-sent events. */
export interface Subscription {
  /**
   * What changed in any schema, as soon as the graph has it. Changes that only a statement re-tells (an alias) are
   * left out.
   */
  readonly schemaChanged: SchemasChanged;
  /** Which runs ended, well or not, as soon as the graph has it. */
  readonly runEnded: RunsEnded;
  /** Where ledger and graph stand, whenever one of them has grown: the latest state, not each step. */
  readonly ledgerGrew: LedgerStatus;
}

/** What `Subscription.schemaChanged` takes. */
export interface SubscriptionSchemaChangedArguments {
  /** Only of these namespaces, in any spelling; null: of all that you see. */
  namespaces?: ReadonlyArray<string> | null;
  /** The index of the last event that you have: those of later entries follow. -1: all; null: from now on. */
  after?: string | number | null;
}

/** What `Subscription.runEnded` takes. */
export interface SubscriptionRunEndedArguments {
  /** Only of these namespaces, in any spelling; null: of all that you see. */
  namespaces?: ReadonlyArray<string> | null;
  /** The index of the last event that you have: those of later entries follow. -1: all; null: from now on. */
  after?: string | number | null;
}

/** What `Subscription.ledgerGrew` takes. */
export interface SubscriptionLedgerGrewArguments {
  /** The size that you know: a larger one is told at once. */
  after?: string | number | null;
}

/** A tag. */
export interface Tag {
  readonly __typename?: "Tag";
  /** The tag's name. */
  readonly key: string;
  /** Its value, where it has one. */
  readonly value: string | null;
  /** The column that it is on; null: the whole. */
  readonly column: string | null;
}

/** That an entry is in the log: check it against a checkpoint that you trust. */
export interface TlogProof {
  readonly __typename?: "TlogProof";
  /** The proof as a file: C2SP tlog-proof@v1, checkpoint included. */
  readonly text: string;
  /** The entry's position. */
  readonly index: Long;
  /** How many entries the signed head covers. */
  readonly treeSize: Long;
  /** The head's root. */
  readonly rootHash: Base64;
  /** The way from the entry to the root, deepest first. */
  readonly hashes: ReadonlyArray<Base64>;
}

/** What a difference between two versions is about. */
export type Topic = "DATA" | "CODE" | "FEATURES" | "PARAMETERS" | "METRICS";

/** Which distrust is undone: the same pattern, producer and span as when it was made. */
export interface TrustInput {
  /** The pattern of the jobs. */
  job: string;
  /** The pattern of the producers. */
  producer?: string;
  /** The span's begin. */
  from?: DateTime | null;
  /** The span's end. */
  to?: DateTime | null;
  /** Why they are believed again. */
  reason: string;
}

/** What is declared held against what was observed. */
export type Verdict = "VERIFIED" | "UNDECLARED" | "PHANTOM" | "UNKNOWN";

/** Two versions of a model, each as it was made. */
export interface VersionComparison {
  readonly __typename?: "VersionComparison";
  /** The one. */
  readonly first: Dataset;
  /** The other. */
  readonly second: Dataset;
  /** Who made the one; null: no run is known. */
  readonly firstRun: RunStep | null;
  /** Who made the other. */
  readonly secondRun: RunStep | null;
  /** What differs, by topic and name. */
  readonly differences: ReadonlyArray<VersionDifference>;
  /** What could not be compared. */
  readonly unknown: ReadonlyArray<NotCompared>;
  /** What is equal, counted. */
  readonly same: ReadonlyArray<SameCount>;
  /** How much of the truth the walks behind it are. */
  readonly completeness: Completeness;
}

/** One thing in which two versions differ. */
export interface VersionDifference {
  readonly __typename?: "VersionDifference";
  /** What it is about. */
  readonly topic: Topic;
  /** A dataset, a job, a feature, a parameter or a metric. */
  readonly what: string;
  /** What the first has; null: it is not there. */
  readonly first: string | null;
  /** What the second has. */
  readonly second: string | null;
  /** The dataset, column or job. */
  readonly node: string | null;
}
