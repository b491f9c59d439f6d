"""The GraphQL documents of the commands, in one place: what the command line needs of the schema."""

NODE = "id kind namespace name column version datasetType distance more"
EDGE = (
    "source target flow transformation masking certainty verdict evidence jobs firstSeen lastSeen inLatestRun runCount "
    "because tableLevel"
)
COMPLETENESS = (
    "completeness { status reasons { code message count } hops nodesExplored validAt knownIndex graphIndex ledgerSize }"
)
PAGE = "pageInfo { hasNextPage endCursor }"

SEARCH = f"""query Search($query: String!, $kinds: [NodeKind!], $first: Int, $after: String, $at: MomentInput) {{
  search(query: $query, kinds: $kinds, first: $first, after: $after, at: $at) {{
    edges {{ matched node {{ id kind namespace name ... on Column {{ column }} ... on Dataset {{ datasetType }} }} }} {PAGE} }} }}"""

LINEAGE = f"""query Lineage($of: [NodeRef!]!, $direction: Direction!, $depth: Int, $grain: Grain, $flows: [Flow!],
    $evidence: [EvidenceKind!], $seenAfter: DateTime, $limit: Int, $at: MomentInput) {{
  lineage(of: $of, direction: $direction, depth: $depth, grain: $grain, flows: $flows, evidence: $evidence,
    seenAfter: $seenAfter, limit: $limit, at: $at) {{ roots nodes {{ {NODE} }} edges {{ {EDGE} }} {COMPLETENESS} }} }}"""

IMPACT = f"""query Impact($of: [NodeRef!]!, $change: ChangeKind, $kinds: [NodeKind!], $first: Int, $after: String, $at: MomentInput) {{
  impact(of: $of, change: $change, kinds: $kinds, first: $first, after: $after, at: $at) {{
    items {{ node {{ {NODE} }} certainty reasons distance why {{ {EDGE} }} owners }}
    totals {{ kind datasetType certainty count }} {PAGE} {COMPLETENESS} }} }}"""

PROVENANCE = f"""query Provenance($of: NodeRef!, $first: Int, $after: String, $at: MomentInput) {{
  provenance(of: $of, first: $first, after: $after, at: $at) {{
    sources {{ node {{ {NODE} }} certainty distance why {{ {EDGE} }} }}
    nodes {{ {NODE} }} edges {{ {EDGE} }} {PAGE} {COMPLETENESS} }} }}"""

PATHS = f"""query Paths($from: NodeRef!, $to: NodeRef!, $first: Int, $grain: Grain, $at: MomentInput) {{
  paths(from: $from, to: $to, first: $first, grain: $grain, at: $at) {{
    paths {{ nodes {{ {NODE} }} edges {{ {EDGE} }} certainty }} chokePoints {{ {NODE} }} {COMPLETENESS} }} }}"""

_CHANGE = "dataset { id namespace name } column kind before after at reporter index"

DIFF = f"""query Diff($of: [NodeRef!]!, $direction: Direction!, $grain: Grain, $from: MomentInput!, $to: MomentInput!) {{
  diff(of: $of, direction: $direction, grain: $grain, from: $from, to: $to) {{
    addedNodes {{ {NODE} }} removedNodes {{ {NODE} }} addedEdges {{ {EDGE} }} removedEdges {{ {EDGE} }}
    changedEdges {{ before {{ {EDGE} }} after {{ {EDGE} }} changes }} schemaChanges {{ {_CHANGE} }} {COMPLETENESS} }} }}"""

DRIFT = f"""query Drift($since: DateTime!, $until: DateTime, $of: [NodeRef!], $first: Int, $after: String) {{
  schemaChanges(since: $since, until: $until, of: $of, first: $first, after: $after) {{
    edges {{ node {{ {_CHANGE} impact(first: 3) {{
      totals {{ kind datasetType certainty count }} items {{ certainty node {{ {NODE} }} }} completeness {{ status }} }} }} }}
    {PAGE} }} }}"""

NAMES = """query Names($ids: [ID!]!) { nodes(ids: $ids) {
  id kind namespace name ... on Column { column } ... on Dataset { datasetType } } }"""

_NAMED = "id kind namespace name"
SHOW = f"""query Show($of: NodeRef!, $at: MomentInput) {{ find(of: $of, at: $at) {{ __typename {_NAMED}
  ... on Dataset {{ names {{ namespace name }} datasetType typeEvidence description owners {{ name type }} tags {{ key value column }}
    droppedAt confirmed columns {{ id column type ordinal description reporter tags {{ key value }} }}
    readBy {{ {_NAMED} }} writtenBy {{ {_NAMED} }} versions(first: 10) {{ totalCount nodes {{ version time }} }} }}
  ... on Column {{ column type ordinal description reporter tags {{ key value }} dataset {{ {_NAMED} }} }}
  ... on Job {{ names {{ namespace name }} description owners {{ name type }} tags {{ key value }} reads {{ {_NAMED} }}
    writes {{ {_NAMED} }} properties {{ label value }}
    runs(first: 10) {{ totalCount nodes {{ runId attempt state startedAt endedAt }} }} }}
  ... on Run {{ runId attempt state startedAt endedAt job {{ {_NAMED} }} inputs {{ {_NAMED} }} outputs {{ {_NAMED} }}
    properties {{ label value }} }}
  ... on DatasetVersion {{ version time dataset {{ {_NAMED} }} madeBy: job {{ {_NAMED} }} }}
  entries(first: 10) {{ totalCount nodes {{ index time kind }} }} }} }}"""

ALIASES = f"""query Aliases($first: Int, $after: String) {{ aliases(first: $first, after: $after) {{
  nodes {{ index time actor kind from to reason }} {PAGE} }} }}"""
ADD_ALIAS = (
    "mutation AddAlias($input: AddAliasInput!) { addAlias(input: $input) { index leafHash kind from to reason } }"
)
REMOVE_ALIAS = (
    "mutation RemoveAlias($input: RemoveAliasInput!) { removeAlias(input: $input) { index leafHash kind from to reason } }"
)
SUGGESTIONS = "query Suggestions($first: Int) { aliasSuggestions(first: $first) { kind from to reason } }"
DISTRUSTED = f"""query Distrusted($first: Int, $after: String) {{ distrusted(first: $first, after: $after) {{
  nodes {{ index time actor job producer from to reason }} {PAGE} }} }}"""
DISTRUST = (
    "mutation Distrust($input: DistrustInput!) { distrustRuns(input: $input) { index leafHash job producer from to } }"
)
TRUST = "mutation Trust($input: TrustInput!) { trustRuns(input: $input) { index leafHash job producer from to } }"

_LETTER = "index time code reason place sizeBytes preview replayed"
DEAD_LETTERS = f"""query DeadLetters($first: Int, $after: String, $openOnly: Boolean!) {{
  deadLetters(first: $first, after: $after, openOnly: $openOnly) {{ nodes {{ {_LETTER} }} totalCount {PAGE} }} }}"""
DEAD_LETTER = f"query DeadLetter($index: Long!) {{ deadLetter(index: $index) {{ {_LETTER} }} }}"
REPLAY = """mutation Replay($input: ReplayInput!) {
  replayDeadLetters(input: $input) { index replayed refused letters { index entry code reason } } }"""
LEDGER = "query Ledger { ledger { size root graphIndex lagSeconds origin } }"

_KEY = "id label owner scopes namespaces hiddenTags counts state created createdBy expires revoked lastUsed"

KEYS = f"""query Keys($first: Int, $after: String) {{ keys(first: $first, after: $after) {{ nodes {{ {_KEY} }} totalCount {PAGE} }} }}"""

CREATE_KEY = f"""mutation CreateKey($input: CreateKeyInput!) {{ createKey(input: $input) {{ index leafHash token key {{ {_KEY} }} }} }}"""

REVOKE_KEY = f"""mutation RevokeKey($input: RevokeKeyInput!) {{ revokeKey(input: $input) {{ index leafHash key {{ {_KEY} }} }} }}"""

NAMED = "query Named($of: NodeRef!, $at: MomentInput) { find(of: $of, at: $at) { namespace name } }"

DOSSIER = """query Dossier($namespace: String!, $name: String!, $version: String!, $format: DossierFormat!, $at: MomentInput) {
  modelDossier(namespace: $namespace, name: $name, version: $version, at: $at) {
    model label document(format: $format) gaps { section } completeness { status } } }"""
