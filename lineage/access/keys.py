"""API keys: what one may do and see, and what is known of it.

The one idea: a key gives rights that its maker has, and no others; it is listed by its id and a label, and neither its
secret nor its hash is ever part of an answer. The file that holds them is lineage/access/key_file.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from lineage.access.principal import ANY_SUFFIX, Principal, Scope
from lineage.errors import InputError, LimitExceeded

TEXT_MAX: Final = 200  # characters of a label, a namespace, a tag
LISTED_MAX: Final = 1_000  # namespaces or tags of one key


class KeyState(StrEnum):
    """Whether a key opens anything."""

    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a key may do and see: the fields of a Principal. InputError or LimitExceeded for what cannot be."""

    scopes: frozenset[Scope]
    namespaces: tuple[str, ...] | None = None
    hidden_tags: frozenset[str] = frozenset()
    counts: bool = False

    def __post_init__(self) -> None:
        if not self.scopes:
            raise InputError("A key without a scope opens nothing. Name at least one.", place="scopes")
        if self.namespaces == ():
            raise InputError(
                "A key that sees no namespace sees nothing. Name some, or none for all.", place="namespaces"
            )
        for place, texts in (("namespaces", self.namespaces or ()), ("hiddenTags", self.hidden_tags)):
            if len(texts) > LISTED_MAX:
                raise LimitExceeded(
                    f"At most {LISTED_MAX} {place}. End one in `{ANY_SUFFIX}` to mean all that begin so.",
                    limit=LISTED_MAX,
                    asked=len(texts),
                )
            for text in texts:
                require_text(text, place)

    def within(self, principal: Principal) -> bool:
        """Whether `principal` has all of it, so that it may give it to another."""
        if not self.scopes <= principal.scopes or not self.hidden_tags >= principal.hidden_tags:
            return False
        if self.counts and not (principal.counts or principal.sees_everything):
            return False
        if principal.namespaces is None:
            return True
        return self.namespaces is not None and all(principal.covers(each) for each in self.namespaces)

    def encoded(self) -> dict[str, object]:
        """As the file and the ledger have it."""
        told: dict[str, object] = {"scopes": sorted(self.scopes)}
        if self.namespaces is not None:
            told["namespaces"] = list(self.namespaces)
        if self.hidden_tags:
            told["hiddenTags"] = sorted(self.hidden_tags)
        if self.counts:
            told["counts"] = True
        return told


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed: never its secret, never its hash. Times in microseconds since the epoch. `owner`: the person
    or service that it was made for; None: whoever made it."""

    id: str
    label: str
    rights: Rights
    created_us: int
    created_by: str
    expires_us: int | None = None
    revoked_us: int | None = None
    last_used_us: int | None = None
    owner: str | None = None

    def state(self, now_us: int) -> KeyState:
        """Whether it opens anything now."""
        if self.revoked_us is not None:
            return KeyState.REVOKED
        return KeyState.EXPIRED if self.expires_us is not None and self.expires_us <= now_us else KeyState.ACTIVE

    def visible_to(self, principal: Principal) -> bool:
        """Whether its names may be shown: an administrator of some namespaces sees no other's."""
        if principal.namespaces is None:
            return True
        return self.rights.namespaces is not None and all(principal.covers(each) for each in self.rights.namespaces)

    @property
    def principal(self) -> Principal:
        """Who comes with it."""
        rights = self.rights
        return Principal(self.id, f"key:{self.id}", rights.scopes, rights.namespaces, rights.hidden_tags, rights.counts)


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an actor of the record stands for: what an OIDC provider said."""

    actor: str
    issuer: str
    subject: str
    first_us: int


def require_text(text: str, place: str) -> None:
    """InputError unless it is printable text of at most TEXT_MAX characters."""
    if not text or len(text) > TEXT_MAX or not text.isprintable():
        raise InputError(f"{text!r:.60} is not printable text of 1 to {TEXT_MAX} characters. Correct it.", place=place)


def rights_of(told: dict[str, Any]) -> Rights:
    """The inverse of Rights.encoded."""
    namespaces = told.get("namespaces")
    return Rights(
        frozenset(Scope(each) for each in told["scopes"]),
        None if namespaces is None else tuple(namespaces),
        frozenset(told.get("hiddenTags", ())),
        told.get("counts", False),
    )
