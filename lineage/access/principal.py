"""Who asks, and what they may: the one value that every door makes and every answer obeys.

The one idea: permission is a value, not a service. A door (an API key, an OIDC token, the open loopback) makes one
frozen Principal; scopes say which doors it may use, namespaces and tags which nodes exist for it. What is not visible
is not there: it is asked about as NOT_FOUND, never as forbidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lineage.errors import Forbidden


class Scope(StrEnum):
    """What a key or a token may be used for. None includes another."""

    INGEST = "lineage:ingest"
    READ = "lineage:read"
    WRITE = "lineage:write"
    """Aliases, stated facts, distrust, replays: what people say, all of it on record."""
    AUDIT_READ = "audit:read"
    AUDIT_EXPORT = "audit:export"
    PAYLOAD_READ = "payload:read"
    ERASE_PROPOSE = "erase:propose"
    ERASE_APPROVE = "erase:approve"
    ADMIN_KEYS = "admin:keys"
    ADMIN_POLICY = "admin:policy"


ALL_SCOPES: Final = frozenset(Scope)
ANY_SUFFIX: Final = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """One who asks. The default is the open loopback: everything, as `anonymous`.

    `actor` and `auth` are opaque ids (no personal data: they stand in leaves for ever). `namespaces` None: all;
    else exact names, or beginnings that end in `*`. `hidden_tags`: nodes with one of these tags (`key` or
    `key=value`) do not exist for it. `counts`: whether an answer may say how many nodes it left out.
    """

    actor: str = "anonymous"
    auth: str = "none"
    scopes: frozenset[Scope] = ALL_SCOPES
    namespaces: tuple[str, ...] | None = None
    hidden_tags: frozenset[str] = frozenset()
    counts: bool = False

    @property
    def sees_everything(self) -> bool:
        """Whether no node is hidden from it, so that answers need no filter and no SCOPE note."""
        return self.namespaces is None and not self.hidden_tags

    def may(self, scope: Scope) -> bool:
        """Whether it has the scope."""
        return scope in self.scopes

    def require(self, *scopes: Scope) -> None:
        """Forbidden, naming the first scope that it lacks."""
        for scope in scopes:
            if scope not in self.scopes:
                raise Forbidden(f"This needs the scope {scope}. Use a key or a token that has it.", scope=scope)

    def sees_namespace(self, namespace: str) -> bool:
        """Whether nodes of the (canonical) namespace exist for it."""
        return self.namespaces is None or any(
            namespace.startswith(each[:-1]) if each.endswith(ANY_SUFFIX) else namespace == each
            for each in self.namespaces
        )

    def covers(self, namespace: str) -> bool:
        """Whether all that a namespace, or a beginning that ends in `*`, means exists for it."""
        if self.namespaces is None or not namespace.endswith(ANY_SUFFIX):
            return self.sees_namespace(namespace)
        beginnings = (each[:-1] for each in self.namespaces if each.endswith(ANY_SUFFIX))
        return any(namespace[:-1].startswith(each) for each in beginnings)


ANONYMOUS: Final = Principal()
"""The open loopback."""
