"""What the access log says about one read: who asked what, of which things, why, and what was decided.

The one idea: the leaf holds opaque ids only (actor, key, request) and the commitments; what was asked and the ids of
what was shown stand in parts of their own, so that they can be erased while every proof still verifies. The ids are
sorted and each stands once, so the commitment to the part `objects` is one over the set.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson

from lineage.access.principal import Principal
from lineage.errors import InputError
from lineage.ledger.entries import Draft
from lineage.ledger.leaf import Leaf

NORM: Final = "norm"
OBJECTS: Final = "objects"
OBJECTS_MEDIA_TYPE: Final = "text/plain"
OBJECTS_MAX: Final = 200_000  # ids in one entry: 10 MB; no answer has more, and the count is always the whole
ALLOWED: Final = "allowed"


class ReadKind(StrEnum):
    """Kinds of entries of the access log."""

    READ = "read"
    EXPORT = "export"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Read:
    """One request, as it is to be recorded.

    `operation`: the GraphQL operation's name or the address; `document_hash`: SHA-256 of the GraphQL document in
    hexadecimal; `variables` as they came (the log redacts them); `objects`: ids (`hw:…`, or `entry:N`) of all that the
    answer was made of; `decision`: `allowed`, or the code of the refusal and what was lacking; `purpose`: what the
    caller gave in `X-Headwater-Purpose`; `request`: the caller's own id of the request; `parts`: more parts for the
    entry (an export's `ipe`), by name.
    """

    kind: ReadKind
    principal: Principal
    operation: str = ""
    document_hash: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    objects: Collection[str] = ()
    decision: str = ALLOWED
    purpose: str = ""
    request: str = ""
    parts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """An entry of the access log, read back. Time in microseconds since the epoch; `variables` is redacted JSON.
    What was asked is empty, and `object_count` None, when it was erased."""

    index: int
    time_us: int
    kind: str
    actor: str
    auth: str
    request: str
    operation: str = ""
    document_hash: str = ""
    variables: str = "{}"
    decision: str = ""
    purpose: str = ""
    object_count: int | None = None


def draft_of(read: Read, variables: str) -> Draft:
    """The entry of a read; `variables` is the redacted JSON of its variables. Errors as Draft's."""
    ids = sorted(set(read.objects))
    asked = {
        "operation": read.operation,
        "document": read.document_hash,
        "variables": variables,
        "decision": read.decision,
        "purpose": read.purpose,
        "objects": len(ids),
    }
    parts = {**read.parts, NORM: orjson.dumps({name: value for name, value in asked.items() if value})}
    media_types: dict[str, str] = {}
    if ids:
        parts[OBJECTS] = "\n".join(ids[:OBJECTS_MAX]).encode()
        media_types[OBJECTS] = OBJECTS_MEDIA_TYPE
    return Draft(
        kind=read.kind,
        parts=parts,
        actor=read.principal.actor,
        auth=read.principal.auth,
        request=read.request,
        media_types=media_types,
    )


def account_of(leaf: Leaf, norm: bytes | None) -> Account:
    """The entry read back; `norm` None: erased. InputError when it is none of ours."""
    head = (leaf.index, leaf.time_us, leaf.kind, leaf.actor, leaf.auth, leaf.request)
    if norm is None:
        return Account(*head)
    try:
        asked = orjson.loads(norm)
        return Account(
            *head,
            operation=asked.get("operation", ""),
            document_hash=asked.get("document", ""),
            variables=asked.get("variables", "{}"),
            decision=asked.get("decision", ""),
            purpose=asked.get("purpose", ""),
            object_count=asked.get("objects", 0),
        )
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise InputError(f"Entry {leaf.index} of the access log cannot be read: {error}. Run `audit fsck`.") from error


def objects_of(part: bytes | None) -> tuple[str, ...]:
    """The ids in the part `objects`; none when there is no such part, or it was erased."""
    return tuple(part.decode().split("\n")) if part else ()
