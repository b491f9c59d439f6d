"""C2SP tlog-policy: whom a verifier believes. The trust root, handed over outside the service.

A checkpoint counts if one of the policy's logs signed it and the quorum of witnesses cosigned it. A signature of a
known key that is not true condemns the whole checkpoint; signatures of unknown keys say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lineage.verify.checkpoint import SignedCheckpoint
from lineage.verify.keys import LOG_KINDS, WITNESS_KINDS, KeyKind, VerifierKey, parse_vkey, signatures_of
from lineage.verify.refusal import Malformed, Rejected

NAMES_MAX = 1000  # logs, witnesses and groups each; the format asks for 32 at least
NO_QUORUM = "none"
_BLANKS = re.compile(r"[ \t]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """A log or a witness of the policy; `name` is the policy's own for a witness, the origin for a log."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses a checkpoint if at least `threshold` of its members do."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What vouches for a checkpoint that the policy accepts. `signed_by` are vkey names with their key ids, `cosigned`
    the policy's names of witnesses with the time of each cosignature (seconds since the epoch)."""

    signed_by: tuple[str, ...]
    cosigned: Mapping[str, int]
    witnesses: int

    def words(self) -> tuple[str, ...]:
        """Plain statements: no green tick without a witness."""
        cosigned = f"cosigned by {len(self.cosigned)} of {self.witnesses} witnesses"
        return (
            f"signed by the operator ({', '.join(self.signed_by)})",
            cosigned if self.witnesses else "cosigned by nobody: the policy names no witness",
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed policy."""

    logs: tuple[PolicyKey, ...]
    witnesses: tuple[PolicyKey, ...]
    groups: Mapping[str, Group]
    quorum: str

    def keys_of(self, origin: str) -> tuple[VerifierKey, ...]:
        """The keys that may sign for the log."""
        return tuple(each.key for each in self.logs if each.key.name == origin)

    def met(self, cosigned: Mapping[str, int]) -> bool:
        """Whether these witnesses are a quorum."""

        def holds(name: str) -> bool:
            group = self.groups.get(name)
            return name in cosigned if group is None else sum(map(holds, group.members)) >= group.threshold

        return self.quorum == NO_QUORUM or holds(self.quorum)

    def check(self, signed: SignedCheckpoint) -> Standing:
        """Who vouches for the checkpoint. Rejected, naming what is missing, unless the policy accepts it."""
        origin = signed.checkpoint.origin
        keys = self.keys_of(origin)
        if not keys:
            raise Rejected(f"the policy names no log {origin}")
        signers = tuple(f"{key.name} {key.key_id.hex()}" for key in keys if signatures_of(key, signed))
        if not signers:
            raise Rejected(f"no key that the policy names for {origin} has signed size {signed.checkpoint.size}")
        cosigned = cosigners(self.witnesses, signed)
        if not self.met(cosigned):
            raise Rejected(
                f"size {signed.checkpoint.size} of {origin} is cosigned by {', '.join(sorted(cosigned)) or 'nobody'}: "
                f"not the quorum {self.quorum!r} of the policy"
            )
        return Standing(signers, cosigned, len(self.witnesses))


def cosigners(witnesses: tuple[PolicyKey, ...], signed: SignedCheckpoint) -> dict[str, int]:
    """Which witnesses cosigned, and when last. Rejected if a cosignature of one of them is not true."""
    times = {each.name: signatures_of(each.key, signed) for each in witnesses}
    return {name: max(time for time in found if time is not None) for name, found in times.items() if found}


def parse_policy(content: bytes | str) -> Policy:
    """The policy in `content`. Malformed with the line's number."""
    raw = content.decode("utf-8", "surrogateescape") if isinstance(content, bytes) else content
    reading = _Reading()
    for number, line in enumerate(raw.split("\n"), 1):
        try:
            if _FORBIDDEN.search(line):
                raise Malformed("a control character")
            words = [word for word in _BLANKS.split(line) if word]
            if words and not words[0].startswith("#"):
                reading.take(words)
        except Malformed as error:
            raise Malformed(f"line {number} of the policy: {error.message}") from error
    return reading.policy()


class _Reading:
    def __init__(self) -> None:
        self.logs: list[PolicyKey] = []
        self.witnesses: list[PolicyKey] = []
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self.members: set[str] = set()

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                key = self._key(vkey, self.logs, LOG_KINDS)
                self.logs.append(PolicyKey(key.name, key, "".join(url)))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._require_new(name)
                self.witnesses.append(PolicyKey(name, self._key(vkey, self.witnesses, WITNESS_KINDS), "".join(url)))
            case ["group", name, threshold, *members] if members:
                self._require_new(name)
                self.groups[name] = self._group(threshold, members)
            case ["quorum", name]:
                if self.quorum is not None:
                    raise Malformed("a second quorum")
                if name != NO_QUORUM:
                    self._require_known(name)
                self.quorum = name
            case _:
                raise Malformed(f"{' '.join(words)[:80]!r} is no log, witness, group or quorum")
        if max(len(self.logs), len(self.witnesses), len(self.groups)) > NAMES_MAX:
            raise Malformed(f"more than {NAMES_MAX} of a kind")

    def policy(self) -> Policy:
        if self.quorum is None:
            raise Malformed("the policy has no quorum line. Without witnesses it is `quorum none`")
        return Policy(tuple(self.logs), tuple(self.witnesses), self.groups, self.quorum)

    @staticmethod
    def _key(vkey: str, known: list[PolicyKey], kinds: frozenset[KeyKind]) -> VerifierKey:
        key = parse_vkey(vkey)
        if key.kind not in kinds:
            raise Malformed(f"the key of {key.name} is of the kind {key.kind.name}, which cannot stand here")
        if any(each.key.public == key.public for each in known):
            raise Malformed(f"the key of {key.name} stands here twice")
        return key

    def _names(self) -> set[str]:
        return {each.name for each in self.witnesses} | self.groups.keys()

    def _require_new(self, name: str) -> None:
        if name == NO_QUORUM or name in self._names():
            raise Malformed(f"the name {name[:80]!r} is taken")

    def _require_known(self, name: str) -> None:
        if name not in self._names():
            raise Malformed(f"{name[:80]!r} is no witness or group of a line above")

    def _group(self, threshold: str, members: list[str]) -> Group:
        for member in members:
            self._require_known(member)
            if member in self.members:
                raise Malformed(f"{member[:80]!r} is a member already")
            self.members.add(member)
        if threshold in ("all", "any"):
            return Group(len(members) if threshold == "all" else 1, tuple(members))
        if not (threshold.isascii() and threshold.isdecimal() and len(threshold) < 5):
            raise Malformed(f"{threshold[:40]!r} is neither all, any nor a number")
        if not 1 <= int(threshold) <= len(members):
            raise Malformed(f"{threshold} of {len(members)} cannot be")
        return Group(int(threshold), tuple(members))
