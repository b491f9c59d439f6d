"""Alias rules: an operator's word that two names are one thing.

The one idea: a rule is data, checked when it is made and applied when names are resolved, so that it can be changed or
taken back later without touching what was received. The entry that carries a rule is in lineage/statements.py.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from lineage.body import NAME_LENGTH_MAX, TEXT_LENGTH_MAX, require_text
from lineage.errors import InputError
from lineage.events import RawName

PATTERN_LENGTH_MAX = 500  # a rule runs over every namespace: it has to stay readable
HOSTS_MAX = 200  # brokers of one cluster


class AliasKind(StrEnum):
    """What an alias rule joins."""

    NAMESPACE = "NAMESPACE"
    DATASET = "DATASET"
    JOB = "JOB"


class AliasMatch(StrEnum):
    """How an alias rule's `from` is read."""

    EXACT = "exact"
    HOSTS = "hosts"
    """`hosts:a,b,c`: any namespace whose host is one of these; the host becomes `to`."""
    REGEX = "regex"
    """`regex:…`: a namespace that matches as a whole becomes `to`, with \\1, \\2 … from its groups."""


_AUTHORITY = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*://)?(?P<user>[^/@]*@)?(?P<hosts>[^/]+)(?P<path>/.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class AliasRule:
    """`from_` and `to` are one thing, and `to` is the name to show.

    NAMESPACE: namespaces, or `from_` is a host list or a pattern (without its prefix; see `match`). DATASET and JOB:
    `NAMESPACE NAME`, split at the first blank. Rules are equal when all but the reason is (`key`).
    """

    kind: AliasKind
    match: AliasMatch
    from_: str
    to: str
    reason: str

    def __post_init__(self) -> None:
        require_text(self.from_, "from", NAME_LENGTH_MAX)
        require_text(self.to, "to", NAME_LENGTH_MAX)
        require_text(self.reason, "reason", TEXT_LENGTH_MAX)
        if self.match is not AliasMatch.EXACT and self.kind is not AliasKind.NAMESPACE:
            raise InputError(
                f"`{self.match}:` joins namespaces only. Name one {self.kind.lower()} as `NAMESPACE NAME`.",
                place="from",
            )
        match self.match:
            case AliasMatch.EXACT:
                if self.from_ == self.to:
                    raise InputError("An alias joins two different names. Correct `from` or `to`.", place="to")
                if self.kind is not AliasKind.NAMESPACE:
                    split_name(self.from_, "from")
                    split_name(self.to, "to")
            case AliasMatch.HOSTS:
                if not self.hosts or len(self.hosts) > HOSTS_MAX:
                    raise InputError(f"A host list has 1 to {HOSTS_MAX} hosts. Write `hosts:a,b,c`.", place="from")
                if "/" in self.to or "/" in self.from_:
                    raise InputError("Hosts are written alone, without scheme or path. Shorten them.", place="from")
            case AliasMatch.REGEX:
                if len(self.from_) > PATTERN_LENGTH_MAX:
                    raise InputError(
                        f"A pattern has at most {PATTERN_LENGTH_MAX} characters. Shorten it.", place="from"
                    )
                try:
                    re.compile(self.from_)
                    re.sub(self.from_, self.to, "")
                except (re.error, OverflowError, RecursionError, IndexError) as error:
                    raise InputError(
                        f"`regex:{self.from_}` cannot be used: {error}. Correct it.", place="from"
                    ) from None

    @classmethod
    def parse(cls, kind: AliasKind, from_: str, to: str, reason: str) -> "AliasRule":
        """A rule as people write it: `from_` with the prefix `hosts:` or `regex:`, or exact. May raise InputError."""
        for match in (AliasMatch.HOSTS, AliasMatch.REGEX):
            if from_.startswith(f"{match}:"):
                return cls(kind, match, from_.removeprefix(f"{match}:"), to, reason)
        return cls(kind, AliasMatch.EXACT, from_, to, reason)

    @property
    def written(self) -> str:
        """`from_` as people write it."""
        return self.from_ if self.match is AliasMatch.EXACT else f"{self.match}:{self.from_}"

    @property
    def key(self) -> tuple[AliasKind, str]:
        """What a removal names: a second rule with the same key replaces the first."""
        return self.kind, self.written

    @property
    def hosts(self) -> tuple[str, ...]:
        """HOSTS: the hosts, lower case, in order; each `host` or `host:port`."""
        return tuple(host.strip().lower() for host in self.from_.split(",") if host.strip())

    @property
    def names(self) -> tuple[RawName, RawName]:
        """DATASET, JOB: (from, to) as raw names."""
        return split_name(self.from_, "from"), split_name(self.to, "to")

    def rewrite(self, namespace: str) -> str | None:
        """NAMESPACE: what this namespace becomes by the rule; None when the rule does not speak about it."""
        if self.kind is not AliasKind.NAMESPACE:
            return None
        match self.match:
            case AliasMatch.EXACT:
                return self.to if namespace == self.from_ else None
            case AliasMatch.REGEX:
                found = re.fullmatch(self.from_, namespace)
                return found.expand(self.to) if found else None
            case AliasMatch.HOSTS:
                return self._rewrite_host(namespace)

    def _rewrite_host(self, namespace: str) -> str | None:
        # A cluster's namespace may list several of its hosts (`kafka://a:9092,b:9092`): one known host is enough.
        parts = _AUTHORITY.fullmatch(namespace)
        if parts is None:
            return None
        listed = parts["hosts"].lower().split(",")
        for written in listed:
            host, colon, port = (
                written.rpartition(":") if written[-1:].isdigit() and ":" in written else (written, "", "")
            )
            if written in self.hosts or host in self.hosts:
                named = self.to if written in self.hosts else f"{self.to}{colon}{port}"
                return f"{parts['scheme'] or ''}{parts['user'] or ''}{named}{parts['path'] or ''}"
        return None


def split_name(written: str, place: str = "name") -> RawName:
    """`NAMESPACE NAME`, split at the first blank. InputError when one of them is missing."""
    namespace, _, name = written.partition(" ")
    if not namespace or not name.strip():
        raise InputError(f"`{written}` is not `NAMESPACE NAME`. Put a blank between the two.", place=place)
    return RawName(namespace, name)
