"""Keys and people in the schema: who may come in, who did, and who asks now."""

import time
from typing import Annotated

import strawberry

from api.access.administration import create_key, revoke_key
from api.graphql.context import Info
from api.graphql.pages import Connection, connect
from api.graphql.queries import After, First, argument
from api.graphql.showing import about, given, mutates, resolves
from api.graphql.vocabulary import Instant, Long, describe
from lineage.access.keys import Key, KeyState, Rights
from lineage.access.principal import Scope
from lineage.errors import InputError, LimitExceeded
from lineage.query.moments import MomentInput

ACTORS_MAX = 500  # whom one request asks about
REASON_MAX = 500  # characters
_NOW = MomentInput(known_index=0)  # a list that only grows: cursors of it are about no moment

describe(
    Scope,
    "What a key or token may be used for. None includes another.",
    {
        "INGEST": "Send events.",
        "READ": "Ask questions.",
        "WRITE": "Add aliases, state facts, set runs aside, replay dead letters.",
        "AUDIT_READ": "Read entries, proofs, checkpoints, and who saw what.",
        "AUDIT_EXPORT": "Export evidence.",
        "PAYLOAD_READ": "Read received bytes.",
        "ERASE_PROPOSE": "Propose that payloads be erased.",
        "ERASE_APPROVE": "Approve what another proposed.",
        "ADMIN_KEYS": "Make, list and revoke keys.",
        "ADMIN_POLICY": "Set retention and the like.",
    },
)
describe(
    KeyState,
    "Whether a key opens anything.",
    {"ACTIVE": "It does.", "EXPIRED": "Its time is over.", "REVOKED": "Somebody took it back."},
)


@strawberry.type(description="A key: what it may do and see. Its text was shown when it was made, and is nowhere.")
class ApiKey:
    id: str = about("Its id, `lk_…`: how it stands in the record.")
    label: str = about("What it is for.")
    scopes: list[Scope] = about("What it may be used for.")
    namespaces: list[str] | None = about(
        "What exists for it; a name that ends in `*` means all that begin so. Null: all."
    )
    hidden_tags: list[str] = about("Nodes with one of these tags do not exist for it.")
    counts: bool = about("Whether its answers say how many nodes they left out.")
    state: KeyState = about("Whether it opens anything now.")
    created: Instant = about("When it was made.")
    created_by: str = about("Who made it.")
    owner: str | None = about("The person or service that it was made for; null: whoever made it.")
    expires: Instant | None = about("When it ends by itself.")
    revoked: Instant | None = about("When it was revoked.")
    last_used: Instant | None = about("When it was used last, to the minute.")


@strawberry.type(description="A key was made. This is the only time that its text is shown.")
class CreateKeyPayload:
    index: Long = about("The entry's ledger index.")
    leaf_hash: str = about("The entry's leaf hash in hexadecimal.")
    token: str = about("The key's text: send it as `Authorization: Bearer …`. It is kept nowhere.")
    key: ApiKey = about("The key.")


@strawberry.type(description="A key was revoked.")
class RevokeKeyPayload:
    index: Long = about("The entry's ledger index.")
    leaf_hash: str = about("The entry's leaf hash in hexadecimal.")
    key: ApiKey = about("The key.")


@strawberry.type(description="Who asks, as the service sees them.")
class Caller:
    actor: str = about("The opaque id under which they stand in the record.")
    auth: str = about("How they came in: `key:…`, `oidc:…`, `key` (the settings' own), `none` (the open loopback).")
    scopes: list[Scope] = about("What they may do.")
    namespaces: list[str] | None = about("What exists for them. Null: all.")
    hidden_tags: list[str] = about("Nodes with one of these tags do not exist for them.")


@strawberry.type(description="Whom an actor of the record stands for.")
class Person:
    actor: str = about("The opaque id.")
    issuer: str | None = about("The identity provider; null: it is a key.")
    subject: str = about("What the provider calls them; of a key its label.")


@strawberry.input(description="A new key. It gives no more than its maker has.")
class CreateKeyInput:
    label: str = strawberry.field(description="What it is for.")
    scopes: list[Scope] = strawberry.field(description="What it may be used for.")
    namespaces: list[str] | None = strawberry.field(
        default=None, description="What exists for it; end a name in `*` to mean all that begin so. Null: all."
    )
    hidden_tags: list[str] | None = strawberry.field(
        default=None, description="Tags (`key` or `key=value`) whose nodes do not exist for it."
    )
    counts: bool = strawberry.field(
        default=False, description="Whether its answers may say how many nodes they left out."
    )
    expires: Instant | None = strawberry.field(default=None, description="When it ends by itself. Null: never.")
    owner: str | None = strawberry.field(
        default=None,
        description="The person or service that it is for, who alone gets its text: two keys of one owner, or of whoever"
        " made one of them, are never two people. Null: whoever makes it.",
    )


@strawberry.input(description="A key that is to open nothing any more.")
class RevokeKeyInput:
    id: str = strawberry.field(description="Its id, `lk_…`.")
    reason: str = strawberry.field(default="", description="Why, for those who read the record later.")


@strawberry.type(description="Keys and people.")
class KeyQuery:
    @resolves("Who asks, and what they may do and see.")
    async def whoami(self, info: Info) -> Caller:
        """As the gate found out."""
        principal = info.context.principal
        return Caller(
            actor=principal.actor,
            auth=principal.auth,
            scopes=sorted(principal.scopes),
            namespaces=None if principal.namespaces is None else list(principal.namespaces),
            hidden_tags=sorted(principal.hidden_tags),
        )

    @resolves("Keys that there ever were, the oldest first.")
    async def keys(self, info: Info, first: First = 50, after: After = None) -> Connection[ApiKey]:
        """An administrator of some namespaces sees the keys of those."""
        principal, now_us = info.context.principal, time.time_ns() // 1000
        found = [_shown(key, now_us) for key in info.context.service.doors.keys.all() if key.visible_to(principal)]
        return connect(found, ("keys",), _NOW, given(first, 50), after)

    @resolves("Whom actors of the record stand for; those that nobody knows are left out.")
    async def people(
        self, info: Info, actors: Annotated[list[str], argument(f"Opaque ids, at most {ACTORS_MAX}.")]
    ) -> list[Person]:
        """Names of persons: asked for by name, and itself on record."""
        if len(actors) > ACTORS_MAX:
            message = f"At most {ACTORS_MAX} actors at once. Ask for the rest in another request."
            raise LimitExceeded(message, limit=ACTORS_MAX, asked=len(actors))
        keys, principal = info.context.service.doors.keys, info.context.principal
        labels = [
            Person(actor=key.id, issuer=None, subject=key.label)
            for key in keys.all()
            if key.id in actors and key.visible_to(principal)
        ]
        people = [each for each in keys.people(actors) if principal.sees_everything or each.actor == principal.actor]
        return [*labels, *(Person(actor=each.actor, issuer=each.issuer, subject=each.subject) for each in people)]


@strawberry.type(description="Keys.")
class KeyMutation:
    @mutates("Make a key. Its text is in the answer, once.")
    async def create_key(self, info: Info, input: Annotated[CreateKeyInput, argument("The key.")]) -> CreateKeyPayload:
        """FORBIDDEN when it would give more than its maker has."""
        rights = Rights(
            frozenset(input.scopes),
            None if input.namespaces is None else tuple(dict.fromkeys(input.namespaces)),
            frozenset(input.hidden_tags or ()),
            input.counts,
        )
        context = info.context
        key, token, receipt = await create_key(
            context.service.doors.keys, context.service.commit.append, context.principal, context.sender,
            input.label, rights, input.expires, input.owner,
        )  # fmt: skip
        shown = _shown(key, key.created_us)
        return CreateKeyPayload(index=Long(receipt.index), leaf_hash=receipt.leaf_hash.hex(), token=token, key=shown)

    @mutates("Revoke a key: from now on it opens nothing.")
    async def revoke_key(
        self, info: Info, input: Annotated[RevokeKeyInput, argument("Which key.")]
    ) -> RevokeKeyPayload:
        """NOT_FOUND when there is none; one that was revoked before stays as it was."""
        if len(input.reason) > REASON_MAX:
            raise InputError(f"A reason has at most {REASON_MAX} characters. Shorten it.", place="reason")
        context = info.context
        key, receipt = await revoke_key(
            context.service.doors.keys, context.service.commit.append, context.principal, context.sender,
            input.id, input.reason,
        )  # fmt: skip
        shown = _shown(key, time.time_ns() // 1000)
        return RevokeKeyPayload(index=Long(receipt.index), leaf_hash=receipt.leaf_hash.hex(), key=shown)


def _shown(key: Key, now_us: int) -> ApiKey:
    rights = key.rights
    return ApiKey(
        id=key.id,
        label=key.label,
        scopes=sorted(rights.scopes),
        namespaces=None if rights.namespaces is None else list(rights.namespaces),
        hidden_tags=sorted(rights.hidden_tags),
        counts=rights.counts,
        state=key.state(now_us),
        created=Instant(key.created_us),
        created_by=key.created_by,
        owner=key.owner,
        expires=None if key.expires_us is None else Instant(key.expires_us),
        revoked=None if key.revoked_us is None else Instant(key.revoked_us),
        last_used=None if key.last_used_us is None else Instant(key.last_used_us),
    )
