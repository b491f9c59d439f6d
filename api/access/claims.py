"""What an OIDC provider's claims mean here: which scopes, which namespaces, which tags are hidden.

The one idea: a provider says *roles*; what a role may do is this installation's own, in one file (`oidc_roles`), in the
form in which keys have their rights. A role that is itself the name of a scope needs no file. Rights add up over roles;
a tag is hidden if every role hides it. The claim `headwater_namespaces`, where the provider sends it, narrows further.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import orjson

from lineage.access.keys import Rights, rights_of
from lineage.access.principal import Principal, Scope
from lineage.errors import HeadwaterError, SettingsError

NAMESPACES_CLAIM: Final = "headwater_namespaces"
ROLES_MAX: Final = 1_000  # of one token: a person in more groups than that gets the first ones
_SCOPES: Final = {str(scope): scope for scope in Scope}
_SETTING: Final = "HEADWATER_OIDC_ROLES"


@dataclass(frozen=True, slots=True)
class Roles:
    """What each role may do, and the claim (a path with dots) that lists somebody's roles."""

    claim: str
    rights: Mapping[str, Rights]

    @classmethod
    def read(cls, claim: str, path: Path | None) -> Roles:
        """The roles in the file `path`: `{"auditors": {"scopes": ["lineage:read"], "namespaces": ["db://*"]}}`.
        SettingsError with the role that cannot be."""
        if path is None:
            return cls(claim, {})
        try:
            told = orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise SettingsError(f"{_SETTING}: {path} cannot be read: {error}. Correct it.", place=_SETTING) from error
        if not isinstance(told, dict):
            raise SettingsError(f"{_SETTING}: {path} is no JSON object of roles. Correct it.", place=_SETTING)
        return cls(claim, {role: _parse(path, role, each) for role, each in told.items()})

    def principal(self, claims: Mapping[str, Any], actor: str, auth: str) -> Principal:
        """Who comes with these claims. One without any role of ours may do nothing."""
        roles = [*_texts(_at(claims, self.claim)), *_texts(claims.get("scope"))][:ROLES_MAX]
        found = [self.rights[role] for role in roles if role in self.rights]
        scopes = {_SCOPES[role] for role in roles if role in _SCOPES}
        if scopes:
            found.append(Rights(frozenset(scopes)))
        return _narrowed(_merged(found, actor, auth), claims)


def _parse(path: Path, role: str, told: object) -> Rights:
    try:
        if not isinstance(told, dict) or not told.keys() <= {"scopes", "namespaces", "hiddenTags", "counts"}:
            raise ValueError("it is no object of scopes, namespaces, hiddenTags and counts")
        for name in ("scopes", "namespaces", "hiddenTags"):
            value = told.get(name, [])
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise ValueError(f"{name} is no list of texts")
        if not isinstance(told.get("counts", False), bool):
            raise ValueError("counts is neither true nor false")
        return rights_of(told)
    except (KeyError, ValueError, HeadwaterError) as error:
        message = f"{_SETTING}: the role {role!r} in {path}: {error}. Correct it."
        raise SettingsError(message, place=_SETTING) from error


def _merged(found: Collection[Rights], actor: str, auth: str) -> Principal:
    if not found:
        return Principal(actor, auth, frozenset(), ())
    everywhere = any(each.namespaces is None for each in found)
    names = dict.fromkeys(name for each in found for name in each.namespaces or ())
    return Principal(
        actor,
        auth,
        frozenset().union(*(each.scopes for each in found)),
        None if everywhere else tuple(names),
        frozenset.intersection(*(each.hidden_tags for each in found)),
        any(each.counts for each in found),
    )


def _narrowed(principal: Principal, claims: Mapping[str, Any]) -> Principal:
    if NAMESPACES_CLAIM not in claims:
        return principal
    asked = tuple(_texts(claims[NAMESPACES_CLAIM]))
    return replace(principal, namespaces=tuple(each for each in asked if principal.covers(each)))


def _at(claims: Mapping[str, Any], path: str) -> object:
    """A claim by its own name, dots and all (some are URLs), else by the path that it spells."""
    if path in claims:
        return claims[path]
    value: object = claims
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _texts(claim: object) -> list[str]:
    """A claim as a list: providers send lists, and words with blanks between."""
    if isinstance(claim, str):
        return claim.split()
    return [each for each in claim if isinstance(each, str)] if isinstance(claim, list) else []
