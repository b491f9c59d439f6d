"""Entries of the ledger with all that proves them: leaf, payload parts and their keys, proofs, checkpoints.

The one idea: a client gets exactly the bytes that were hashed and signed, so that it can check them without us. That an
entry is there and when may be read by who may read what it speaks of; its proof needs `audit:read`, its received bytes
`payload:read`, and each disclosure is on record before it is answered.
"""

import json
from enum import Enum
from typing import Annotated

import strawberry
from strawberry.scalars import JSON, Base64

from api.access.reading import reading
from api.graphql.context import Info
from api.graphql.showing import about, resolves
from api.graphql.vocabulary import Instant, Long, describe
from lineage.access.principal import Scope
from lineage.errors import NotFound
from lineage.ledger.classes import NORM
from lineage.ledger.leaf import Leaf
from lineage.verify.checkpoint import SignedCheckpoint

DISCLOSE_OPERATION = "disclose"


class PartState(Enum):
    """What there is of a part."""

    PRESENT = "PRESENT"
    ERASED = "ERASED"
    MISSING = "MISSING"


describe(
    PartState,
    "What there is of a part of an entry's payload.",
    {
        "PRESENT": "Its bytes and its key are there.",
        "ERASED": "Bytes and key are gone under an `erase` entry. The commitment stays, so every proof still verifies.",
        "MISSING": "Bytes or key are gone, and no `erase` entry says so: somebody took them. Run `headwater audit fsck`.",
    },
)


@strawberry.type(description="A part's bytes with the key of its commitment: who has both can check the entry alone.")
class Disclosure:
    bytes: Base64 = about("The part's bytes.")
    key: Base64 = about("The key: HMAC-SHA-256 of the bytes under it is the commitment.")


@strawberry.type(description="One part of an entry's payload: `norm` (what the graph is made of), `raw` (as received).")
class AuditPart:
    leaf: strawberry.Private[Leaf]
    name: str = about("Which part.")
    media_type: str = about("What its bytes are.")
    size_bytes: Long = about("How many bytes it has.")
    commitment: Base64 = about("HMAC-SHA-256 of its bytes, under a key of its own.")

    @resolves("Whether it is still there.")
    async def state(self, info: Info) -> PartState:
        """What is absent was erased with right, or taken away."""

        def look() -> PartState:
            if info.context.app.ledger.disclosure(self.leaf.index, self.name) is not None:
                return PartState.PRESENT
            return PartState.MISSING if _erased_by(info, self.leaf.index, self.name) is None else PartState.ERASED

        return await info.context.desk.ask(look)

    @resolves(
        "Its bytes and key; null where it was erased. `norm` needs `audit:read`, all others `payload:read`. It is on record "
        "before it is answered."
    )
    async def disclose(self, info: Info) -> Disclosure | None:
        """NOT_FOUND where what the entry says is hidden."""
        context = info.context
        context.principal.require(Scope.AUDIT_READ if self.name == NORM else Scope.PAYLOAD_READ)
        await context.desk.ask(context.sight.entries.require, self.leaf.index)
        await context.service.access_log.record(
            reading(
                None if context.request is None else context.request.scope,
                DISCLOSE_OPERATION,
                objects=[f"entry:{self.leaf.index}"],
                variables={"index": str(self.leaf.index), "part": self.name},
            )
        )
        found = await context.desk.ask(context.app.ledger.disclosure, self.leaf.index, self.name)
        return None if found is None else Disclosure(bytes=Base64(found.payload), key=Base64(found.key))


@strawberry.type(description="That an entry is in the log: check it against a checkpoint that you trust.")
class TlogProof:
    text: str = about("The proof as a file: C2SP tlog-proof@v1, checkpoint included.")
    index: Long = about("The entry's position.")
    tree_size: Long = about("How many entries the signed head covers.")
    root_hash: Base64 = about("The head's root.")
    hashes: list[Base64] = about("The way from the entry to the root, deepest first.")


@strawberry.type(description="A signed head of the log: the only place from which a size and a root may be taken.")
class Checkpoint:
    origin: str = about("The log's name.")
    size: Long = about("How many entries it covers.")
    root_hash: Base64 = about("The Merkle root over them.")
    text: str = about("The signed note: C2SP tlog-checkpoint, cosignatures included.")
    status: list[str] = about("Who vouches for it, in words.")


@strawberry.type(description="That the log only grew between two sizes.")
class ConsistencyProof:
    old_size: Long = about("The smaller size.")
    new_size: Long = about("The larger size.")
    old_root_hash: Base64 = about("The root at the smaller size.")
    new_root_hash: Base64 = about("The root at the larger size.")
    hashes: list[Base64] = about("The proof (RFC 6962, 2.1.2).")


@strawberry.type(description="One entry of the ledger, as its leaf tells.")
class AuditEntry:
    leaf: strawberry.Private[Leaf]
    encoded: strawberry.Private[bytes]
    index: Long = about("Its position, from 0.")
    time: Instant = about("When it was appended.")
    kind: str = about("What it is: `ol.event`, `admin.alias`, `annotate` …")
    leaf_hash: str = about("The leaf's hash in hexadecimal: what proofs speak about.")

    @resolves("When it happened, as its producer says; null where it says no time.")
    def event_time(self) -> Instant | None:
        """Of an event."""
        return None if self.leaf.event_time_us is None else Instant(self.leaf.event_time_us)

    @resolves("Who sent it: an opaque id. Needs `audit:read`.")
    def actor(self, info: Info) -> str:
        """As the leaf has it."""
        info.context.principal.require(Scope.AUDIT_READ)
        return self.leaf.actor

    @resolves("The leaf, byte for byte as it was hashed. Needs `audit:read`.")
    def bytes(self, info: Info) -> Base64:
        """RFC 8785 JSON."""
        info.context.principal.require(Scope.AUDIT_READ)
        return Base64(self.encoded)

    @resolves("The same as JSON. Needs `audit:read`.")
    def decoded(self, info: Info) -> JSON:
        """For reading; `bytes` is what proofs speak about."""
        info.context.principal.require(Scope.AUDIT_READ)
        return JSON(json.loads(self.encoded))

    @resolves("What it commits to. Needs `audit:read`.")
    def parts(self, info: Info) -> list[AuditPart]:
        """In the order of the leaf."""
        info.context.principal.require(Scope.AUDIT_READ)
        return [
            AuditPart(
                leaf=self.leaf,
                name=part.name,
                media_type=part.media_type,
                size_bytes=Long(part.length),
                commitment=Base64(part.commitment),
            )
            for part in self.leaf.parts
        ]

    @resolves("The entry that erased part of it, the last where several did; null where none did. Needs `audit:read`.")
    async def erasure(self, info: Info) -> Annotated["AuditEntry", strawberry.lazy("api.graphql.proofs")] | None:
        """It says what, when and why, never what it was."""
        info.context.principal.require(Scope.AUDIT_READ)
        index = await info.context.desk.ask(_erased_by, info, self.leaf.index)
        return None if index is None else await audit_entry(info, index)

    @resolves("That it is in the log. Needs `audit:read`.")
    async def proof(
        self,
        info: Info,
        at_size: Annotated[
            Long | None,
            strawberry.argument(
                description="Up to the smallest kept checkpoint of at least so many entries; null: the newest."
            ),
        ] = None,
    ) -> TlogProof:
        """Bounded by the signed head; NOT_FOUND when the log was not so large."""
        info.context.principal.require(Scope.AUDIT_READ)
        if at_size is not None and at_size <= self.leaf.index:
            raise NotFound(f"A log of {at_size} entries does not hold entry {self.leaf.index}. Ask for a larger size.")
        proof = await info.context.prover.proofs.load((self.leaf.index, at_size))
        return TlogProof(
            text=proof.text,
            index=Long(proof.index),
            tree_size=Long(proof.head.checkpoint.size),
            root_hash=Base64(proof.head.checkpoint.root),
            hashes=[Base64(each) for each in proof.hashes],
        )


def _erased_by(info: Info, index: int, part: str | None = None) -> int | None:
    """The last entry that erased a part (any, if none is named) of an entry, if it is there for who asks."""
    deeds = info.context.service.erasing.ledger.record.standing().deeds
    found = [
        at
        for at, (_, deed) in deeds.items()
        if any(each.start <= index < each.stop and part in (None, each.name) for each in deed.erased)
    ]
    seen = info.context.sight.entries.listed(sorted(found))
    return seen[-1] if seen else None


async def audit_entry(info: Info, index: int) -> AuditEntry:
    """One entry, from the request's loader."""
    loaded = await info.context.leaves.load(index)
    return AuditEntry(
        leaf=loaded.leaf,
        encoded=loaded.encoded,
        index=Long(loaded.leaf.index),
        time=Instant(loaded.leaf.time_us),
        kind=loaded.leaf.kind,
        leaf_hash=loaded.digest.hex(),
    )


def checkpoint_of(info: Info, signed: SignedCheckpoint) -> Checkpoint:
    """A signed head as the schema shows it."""
    head = signed.checkpoint
    return Checkpoint(
        origin=head.origin,
        size=Long(head.size),
        root_hash=Base64(head.root),
        text=signed.encode(),
        status=list(info.context.app.vouching.words(info.context.app.signing, signed)),
    )
