"""What each address and each question needs: two tables, and nothing is reachable that stands in neither.

The one idea: permission to use a door is looked up, never decided where the work is done. A route without a row is
not there for anybody but those who may do all, and a root field without a row fails when the schema is made; tests walk
both, so that a new one is seen at once. What a principal then *sees* is another matter (lineage/access).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from lineage.access.principal import Scope


class Known(Enum):
    """What an address needs that is no scope."""

    NOBODY = "open to all: probes, figures, the page's files, the API's description"
    ANYBODY = "any principal: what it asks there decides (GraphQL's root fields have rows of their own)"
    LATER = "no key with the request itself: it begins a conversation with one, is signed instead, or only shows a page"


Need = Scope | Known


@dataclass(frozen=True, slots=True)
class Address:
    """One row: a method (`*`: all) and a path in which `{…}` stands for one segment and `{…:path}` for any rest."""

    method: str
    path: str
    need: Need


ADDRESSES: Final = (
    Address("GET", "/healthz", Known.NOBODY),
    Address("GET", "/readyz", Known.NOBODY),
    Address("GET", "/metrics", Known.NOBODY),
    Address("GET", "/openapi.json", Known.NOBODY),
    Address("GET", "/", Known.NOBODY),
    Address("GET", "/static/{path:path}", Known.NOBODY),
    Address("POST", "/api/v1/lineage", Scope.INGEST),
    Address("POST", "/api/v1/lineage/", Scope.INGEST),
    Address("POST", "/api/v1/lineage/batch", Scope.INGEST),
    Address("POST", "/api/v1/lineage/batch/", Scope.INGEST),
    Address("POST", "/api/v1/mlflow/webhook", Known.LATER),
    Address("GET", "/api/v1/events/lineage", Scope.READ),
    Address("GET", "/api/v1/events/{index}", Scope.PAYLOAD_READ),
    Address("GET", "/api/v1/lineage", Scope.READ),
    Address("GET", "/api/v1/column-lineage", Scope.READ),
    Address("GET", "/api/v1/search", Scope.READ),
    Address("GET", "/api/v1/namespaces", Scope.READ),
    Address("GET", "/api/v1/namespaces/{rest:path}", Scope.READ),
    Address("GET", "/log/{rest:path}", Scope.AUDIT_READ),
    Address("GET", "/access-log/{rest:path}", Scope.AUDIT_READ),
    Address("GET", "/api/v1/audit/signing", Scope.AUDIT_READ),
    Address("POST", "/api/v1/audit/rotate-key", Scope.ADMIN_KEYS),
    Address("POST", "/api/v1/audit/graph-digest", Scope.ADMIN_POLICY),
    Address("GET", "/api/v1/evidence/{id}", Scope.AUDIT_EXPORT),
    Address("WEBSOCKET", "/graphql", Known.LATER),
    Address("GET", "/graphql/ide/{name}", Known.NOBODY),
    Address("*", "/graphql", Known.ANYBODY),
)
"""Every address. The first row that fits counts."""

FIELDS: Final[dict[str, Scope | Literal[Known.ANYBODY]]] = {
    "Query.whoami": Known.ANYBODY,
    "Query.keys": Scope.ADMIN_KEYS,
    "Query.people": Scope.AUDIT_READ,
    "Query.accessEntries": Scope.AUDIT_READ,
    "Mutation.createKey": Scope.ADMIN_KEYS,
    "Mutation.revokeKey": Scope.ADMIN_KEYS,
    "Query.node": Scope.READ,
    "Query.find": Scope.READ,
    "Query.nodes": Scope.READ,
    "Query.dataset": Scope.READ,
    "Query.job": Scope.READ,
    "Query.run": Scope.READ,
    "Query.search": Scope.READ,
    "Query.lineage": Scope.READ,
    "Query.impact": Scope.READ,
    "Query.provenance": Scope.READ,
    "Query.paths": Scope.READ,
    "Query.runLineage": Scope.READ,
    "Query.compareVersions": Scope.READ,
    "Query.featureSkew": Scope.READ,
    "Query.servedVersions": Scope.READ,
    "Query.modelDossier": Scope.READ,
    "Query.diff": Scope.READ,
    "Query.schemaChanges": Scope.READ,
    "Query.ledger": Scope.READ,
    "Query.deadLetters": Scope.READ,
    "Query.deadLetter": Scope.READ,
    "Query.aliases": Scope.READ,
    "Query.aliasSuggestions": Scope.READ,
    "Query.distrusted": Scope.READ,
    "Query.statedFacts": Scope.READ,
    "Query.checkpoint": Scope.AUDIT_READ,
    "Query.consistency": Scope.AUDIT_READ,
    "Query.entry": Scope.AUDIT_READ,
    "Query.auditEntries": Scope.AUDIT_READ,
    "Query.auditQueries": Scope.READ,
    "Query.auditAnswer": Scope.AUDIT_READ,
    "Query.erasures": Scope.AUDIT_READ,
    "Query.erasureProposals": Scope.AUDIT_READ,
    "Query.legalHolds": Scope.AUDIT_READ,
    "Query.retention": Scope.AUDIT_READ,
    "Mutation.proposeErasure": Scope.ERASE_PROPOSE,
    "Mutation.withdrawErasure": Scope.ERASE_PROPOSE,
    "Mutation.approveErasure": Scope.ERASE_APPROVE,
    "Mutation.setLegalHold": Scope.ADMIN_POLICY,
    "Mutation.liftLegalHold": Scope.ADMIN_POLICY,
    "Mutation.setRetention": Scope.ADMIN_POLICY,
    "Mutation.applyRetention": Scope.ADMIN_POLICY,
    "Subscription.schemaChanged": Scope.READ,
    "Subscription.runEnded": Scope.READ,
    "Subscription.ledgerGrew": Scope.READ,
    "Mutation.addAlias": Scope.WRITE,
    "Mutation.removeAlias": Scope.WRITE,
    "Mutation.stateFact": Scope.WRITE,
    "Mutation.retractFact": Scope.WRITE,
    "Mutation.replayDeadLetters": Scope.WRITE,
    "Mutation.distrustRuns": Scope.WRITE,
    "Mutation.trustRuns": Scope.WRITE,
    "Mutation.exportEvidence": Scope.AUDIT_EXPORT,
}
"""What each root field of the schema needs."""

_VARIABLE: Final = re.compile(r"\{[^{}:]*(:path)?\}")


def _pattern(path: str) -> re.Pattern[str]:
    pieces: list[str] = []
    begin = 0
    for found in _VARIABLE.finditer(path):
        pieces += (re.escape(path[begin : found.start()]), ".*" if found[1] else "[^/]+")
        begin = found.end()
    return re.compile("".join((*pieces, re.escape(path[begin:]))))


_EXACT: Final = {(each.method, each.path): each.need for each in ADDRESSES if "{" not in each.path}
_PATTERNS: Final = tuple((each.method, _pattern(each.path), each.need) for each in ADDRESSES if "{" in each.path)


def need_of(method: str, path: str) -> Need | None:
    """What a request to `path` needs; None: no row."""
    method = "GET" if method in ("HEAD", "OPTIONS") else method
    exact = _EXACT.get((method, path)) or _EXACT.get(("*", path))
    if exact is not None:
        return exact
    for each, pattern, need in _PATTERNS:
        if each in (method, "*") and pattern.fullmatch(path):
            return need
    return None
