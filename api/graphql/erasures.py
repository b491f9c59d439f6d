"""Erasure in the schema: proposed by one, approved by another, stopped by holds, done by limits; and the record of it.

The one idea: nothing here decides. lineage/erasure holds the rules; the scopes are held at the root fields; and because
entries are spoken of by index, all of it is for those who see everything: for others there is nothing to be seen.
"""

from collections.abc import Iterable
from typing import Annotated

import strawberry

from api.access.reading import reading
from api.graphql.context import Info
from api.graphql.entry_pages import connect_entries
from api.graphql.pages import Connection
from api.graphql.queries import After, First, argument
from api.graphql.showing import about, given, mutates, resolves
from api.graphql.vocabulary import Instant, Long, describe
from lineage.access.principal import Principal, Scope
from lineage.erasure import Cause, Deed, Hold, Limits, Outcome, Preset, Proposal, Selection, Source
from lineage.erasure.retention import limits
from lineage.errors import Forbidden, InputError, LimitExceeded
from lineage.ledger import Receipt
from lineage.ledger.classes import RetentionClass
from lineage.ledger.erasure import Erasure as Range

INDEXES_MAX = 10_000  # of one proposal; more are ranges
RANGES_SHOWN = 1_000  # of one erasure; a search may have found as many places as there are entries
OPERATION = "proposeErasure: search"

describe(
    RetentionClass,
    "What kind of thing a payload is, and so how long it may be kept.",
    {
        "RAW": "Received bytes of events that were understood.",
        "NORM": "Their cleaned form, of which the graph is made.",
        "DEAD_LETTER": "Received bytes that were not understood; only those that were replayed ever expire.",
        "ACCESS": "What the access log says about reads.",
        "RECORD": "What people and the service itself said: kept as long as the ledger.",
    },
)
describe(
    Cause,
    "Why something was erased.",
    {"REQUEST": "Somebody proposed it, another approved.", "RETENTION": "It was older than the limits."},
    name="ErasureCause",
)
describe(
    Preset,
    "Retention limits that belong together, in days.",
    {
        "KEEP": "Everything is kept.",
        "MINIMAL": "Received bytes 30, access 400.",
        "AI_ACT": "Received bytes 183, access 400.",
        "HIPAA": "Received bytes 30, access 2,190.",
        "SOX": "Received bytes and access 2,555.",
        "TEN_YEARS": "Received bytes 30, all else 3,650.",
    },
    name="RetentionPreset",
)


@strawberry.type(description="Parts of one name in consecutive entries.")
class ErasedRange:
    part: str = about("`raw`, `norm`, or another part's name.")
    start: Long = about("The first entry.")
    stop: Long = about("The entry behind the last.")


@strawberry.type(description="What one wants erased, and another is to approve.")
class ErasureProposal:
    index: Long = about("Its ledger entry: its name for `approveErasure`.")
    time: Instant = about("When it was proposed.")
    actor: str = about("Who proposed it.")
    basis: str = about("The ground in law or policy.")
    request: str = about("The reference of the case.")
    part_count: Long = about("How many parts are meant.")
    ranges: list[ErasedRange] = about(f"Which, at most {RANGES_SHOWN} ranges.")


@strawberry.type(description="One `erase` entry: what was erased, when, why and by whom.")
class Erasure:
    index: Long = about("Its ledger entry.")
    time: Instant = about("When it was erased.")
    cause: Cause = about("Why.")
    basis: str = about("The ground in law or policy.")
    request: str = about("The reference of the case.")
    proposal: Long | None = about("The entry that proposed it; null for retention.")
    proposed_by: str = about("Who proposed it; empty for retention.")
    approved_by: str = about("Who approved it; empty for retention.")
    part_count: Long = about("How many parts were erased.")
    ranges: list[ErasedRange] = about(f"Which, at most {RANGES_SHOWN} ranges.")
    keys: list[str] = about("Keys that were destroyed: nothing that they wrapped can be opened again, in no backup.")


@strawberry.type(description="A legal hold in force: what it covers is not erased.")
class LegalHold:
    index: Long = about("Its ledger entry: its name for `liftLegalHold`.")
    time: Instant = about("When it was set.")
    actor: str = about("Who set it.")
    classes: list[RetentionClass] = about("The classes that it covers.")
    entries: list["EntryRange"] = about("The entries that it covers. With neither: everything.")
    reason: str = about("Why.")


@strawberry.type(description="Consecutive entries.")
class EntryRange:
    start: Long = about("The first entry.")
    stop: Long = about("The entry behind the last.")


@strawberry.type(description="How many days payloads of a class are kept.")
class RetentionLimit:
    payload_class: RetentionClass = about("The class.")
    days: int = about("Days after which they are erased.")


@strawberry.type(description="The retention limits in force. A class without a limit is kept for ever.")
class Retention:
    index: Long | None = about("The entry that set them; null: nobody did.")
    preset: Preset = about("The preset that they come from.")
    limits: list[RetentionLimit] = about("The limits.")
    reason: str = about("Why.")


@strawberry.type(description="What came of an erasure.")
class ErasurePayload:
    index: Long | None = about("The last `erase` entry; null: there was nothing to erase.")
    parts: Long = about("How many parts are gone.")
    keys: list[str] = about("Keys that were destroyed.")
    purged: bool = about("Whether the write-ahead log is empty of it; false: later entries overwrite it.")


@strawberry.type(description="A statement about erasure, in the ledger.")
class ErasureStatement:
    index: Long = about("Its ledger entry.")
    leaf_hash: str = about("The leaf's hash in hexadecimal.")


@strawberry.input(description="Consecutive entries.")
class EntryRangeInput:
    start: Long = strawberry.field(description="The first entry.")
    stop: Long = strawberry.field(description="The entry behind the last.")


@strawberry.input(description="What is to be erased, and why. Entries, a text, or a text within entries.")
class ProposeErasureInput:
    basis: str = strawberry.field(description="The ground in law or policy, such as `GDPR Art. 17(1)(b)`.")
    request: str = strawberry.field(default="", description="The reference of the case. No personal data: it stays.")
    indexes: list[Long] = strawberry.field(default_factory=list, description="Ledger entries.")
    ranges: list[EntryRangeInput] = strawberry.field(default_factory=list, description="Consecutive entries.")
    personal_text: str = strawberry.field(
        default="", description="A text that payloads hold, such as a person's name. It is kept in no log."
    )
    parts: list[str] = strawberry.field(
        default_factory=list, description="`raw`, `norm` …; none: all of the entries, or all that hold the text."
    )


@strawberry.input(description="What may not be erased, and why. With neither classes nor entries: everything.")
class LegalHoldInput:
    reason: str = strawberry.field(description="Why, such as the case's reference.")
    classes: list[RetentionClass] = strawberry.field(default_factory=list, description="Whole classes.")
    entries: list[EntryRangeInput] = strawberry.field(default_factory=list, description="Consecutive entries.")


@strawberry.input(description="A limit other than the preset's.")
class RetentionLimitInput:
    payload_class: RetentionClass = strawberry.field(description="The class.")
    days: int | None = strawberry.field(description="Days; null: kept for ever.")


@strawberry.input(description="How long payloads are kept from now on.")
class RetentionInput:
    preset: Preset = strawberry.field(description="Where to begin.")
    reason: str = strawberry.field(description="Why: the policy's name, a decision.")
    changes: list[RetentionLimitInput] = strawberry.field(default_factory=list, description="Limits of your own.")


@strawberry.type(description="The record of erasure.")
class ErasureQuery:
    @resolves("What was erased, in order.")
    async def erasures(self, info: Info, first: First = 20, after: After = None) -> Connection[Erasure]:
        """Empty for one who may not see every entry."""
        standing = await info.context.desk.ask(info.context.service.erasing.ledger.record.standing)
        found = [_erasure(*each) for each in standing.deeds.values()] if _sees_all(info) else []
        return connect_entries(found, "erasures", given(first, 20), after)

    @resolves("What is proposed and neither approved nor withdrawn.")
    async def erasure_proposals(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[ErasureProposal]:
        """Empty for one who may not see every entry."""
        standing = await info.context.desk.ask(info.context.service.erasing.ledger.record.standing)
        found = [_proposal(*each) for each in standing.proposals.values()] if _sees_all(info) else []
        return connect_entries(found, "erasureProposals", given(first, 20), after)

    @resolves("Legal holds in force.")
    async def legal_holds(self, info: Info, first: First = 20, after: After = None) -> Connection[LegalHold]:
        """Empty for one who may not see every entry."""
        standing = await info.context.desk.ask(info.context.service.erasing.ledger.record.standing)
        found = [_hold(*each) for each in standing.holds.values()] if _sees_all(info) else []
        return connect_entries(found, "legalHolds", given(first, 20), after)

    @resolves("The retention limits in force.")
    async def retention(self, info: Info) -> Retention:
        """The preset KEEP, when nobody has set any."""
        standing = await info.context.desk.ask(info.context.service.erasing.ledger.record.standing)
        return (
            _retention(None, Limits(Preset.KEEP, {}, "")) if standing.limits is None else _retention(*standing.limits)
        )


@strawberry.type(description="Erasure by people: each step is an entry of the ledger.")
class ErasureMutation:
    @mutates("Propose to erase parts. Another principal has to approve it.")
    async def propose_erasure(
        self, info: Info, input: Annotated[ProposeErasureInput, argument("What and why.")]
    ) -> ErasureProposal:
        """A search reads every payload: it is on record before it begins."""
        principal = _principal(info, Scope.ERASE_PROPOSE)
        selection = Selection(_entries(input.indexes, input.ranges), input.personal_text, frozenset(input.parts))
        if input.personal_text:
            scope = None if info.context.request is None else info.context.request.scope
            await info.context.service.access_log.record(reading(scope, OPERATION, variables={"basis": input.basis}))
        erasing = info.context.service.erasing
        receipt, proposal = await erasing.ask(
            erasing.ledger.propose, selection, input.basis, input.request, principal, info.context.sender.request
        )
        erasing.wake()
        return _proposal(Source(receipt.index, receipt.time_us, principal.actor), proposal)

    @mutates("Take a proposal back, or refuse it.")
    async def withdraw_erasure(
        self,
        info: Info,
        proposal: Annotated[Long, argument("Its index.")],
        reason: Annotated[str, argument("Why.")],
    ) -> ErasureStatement:
        """NOT_FOUND when it is not open."""
        principal = _principal(info, Scope.ERASE_PROPOSE)
        done = info.context.service.erasing.ledger.withdraw
        return _said(
            info, await info.context.service.erasing.ask(done, proposal, reason, principal, info.context.sender.request)
        )

    @mutates("Approve a proposal and erase: never by the one who proposed it.")
    async def approve_erasure(self, info: Info, proposal: Annotated[Long, argument("Its index.")]) -> ErasurePayload:
        """CONFLICT under a legal hold."""
        principal = _principal(info, Scope.ERASE_APPROVE)
        approve = info.context.service.erasing.ledger.approve
        outcome = await info.context.service.erasing.ask(approve, proposal, principal, info.context.sender.request)
        info.context.service.erasing.wake()
        return _outcome([outcome])

    @mutates("Stop all erasure of something.")
    async def set_legal_hold(
        self, info: Info, input: Annotated[LegalHoldInput, argument("What and why.")]
    ) -> ErasureStatement:
        """In force when it is answered."""
        principal = _principal(info, Scope.ADMIN_POLICY)
        hold = Hold(tuple(input.classes), _entries((), input.entries), input.reason)
        done = info.context.service.erasing.ledger.hold
        return _said(info, await info.context.service.erasing.ask(done, hold, principal, info.context.sender.request))

    @mutates("End a legal hold.")
    async def lift_legal_hold(
        self, info: Info, hold: Annotated[Long, argument("Its index.")], reason: Annotated[str, argument("Why.")]
    ) -> ErasureStatement:
        """NOT_FOUND when it is not in force."""
        principal = _principal(info, Scope.ADMIN_POLICY)
        done = info.context.service.erasing.ledger.lift
        return _said(
            info, await info.context.service.erasing.ask(done, hold, reason, principal, info.context.sender.request)
        )

    @mutates("Say how long payloads are kept. It is applied within the hour, or by `applyRetention`.")
    async def set_retention(self, info: Info, input: Annotated[RetentionInput, argument("The limits.")]) -> Retention:
        """BAD_INPUT below a floor."""
        principal = _principal(info, Scope.ADMIN_POLICY)
        changes = {each.payload_class: each.days for each in input.changes}
        said = limits(input.preset, changes, input.reason)
        done = info.context.service.erasing.ledger.set_limits
        receipt = await info.context.service.erasing.ask(done, said, principal, info.context.sender.request)
        info.context.service.erasing.wake()
        return _retention(Source(receipt.index, receipt.time_us, principal.actor), said)

    @mutates("Erase now what is older than the limits in force, in both logs.")
    async def apply_retention(self, info: Info) -> ErasurePayload:
        """Nothing when there are no limits."""
        _principal(info, Scope.ADMIN_POLICY)
        done = await info.context.service.erasing.ask(info.context.service.erasing.apply_limits)
        return _outcome(done or ())


def _sees_all(info: Info) -> bool:
    return info.context.principal.sees_everything


def _principal(info: Info, scope: Scope) -> Principal:
    """Who asks. Forbidden for one who does not see every entry: what it cannot see it must not find by erasing."""
    principal = info.context.principal
    if not principal.sees_everything:
        raise Forbidden("Erasure speaks of all entries. Use a key that is limited to no namespaces.", scope=scope)
    return principal


def _entries(indexes: Iterable[int], ranges: Iterable[EntryRangeInput]) -> tuple[tuple[int, int], ...]:
    listed = [(int(index), int(index) + 1) for index in indexes]
    if len(listed) > INDEXES_MAX:
        message = f"At most {INDEXES_MAX} indexes at once. Give ranges."
        raise LimitExceeded(message, limit=INDEXES_MAX, asked=len(listed))
    found = (*listed, *((int(each.start), int(each.stop)) for each in ranges))
    if any(not 0 <= start < stop for start, stop in found):
        raise InputError("A range begins at an index and ends behind it. Correct it.", place="ranges")
    return found


def _ranges(ranges: Iterable[Range]) -> list[ErasedRange]:
    shown = [ErasedRange(part=r.name, start=Long(r.start), stop=Long(r.stop)) for r in ranges]
    return shown[:RANGES_SHOWN]


def _count(ranges: Iterable[Range]) -> Long:
    return Long(sum(each.stop - each.start for each in ranges))


def _proposal(source: Source, proposal: Proposal) -> ErasureProposal:
    return ErasureProposal(
        index=Long(source.index),
        time=Instant(source.time_us),
        actor=source.actor,
        basis=proposal.basis,
        request=proposal.request,
        part_count=_count(proposal.erased),
        ranges=_ranges(proposal.erased),
    )


def _erasure(source: Source, deed: Deed) -> Erasure:
    return Erasure(
        index=Long(source.index),
        time=Instant(source.time_us),
        cause=deed.cause,
        basis=deed.basis,
        request=deed.request,
        proposal=None if deed.proposal is None else Long(deed.proposal),
        proposed_by=deed.proposed_by,
        approved_by=deed.approved_by,
        part_count=_count(deed.erased),
        ranges=_ranges(deed.erased),
        keys=list(deed.keys),
    )


def _hold(source: Source, hold: Hold) -> LegalHold:
    return LegalHold(
        index=Long(source.index),
        time=Instant(source.time_us),
        actor=source.actor,
        classes=list(hold.classes),
        entries=[EntryRange(start=Long(start), stop=Long(stop)) for start, stop in hold.entries],
        reason=hold.reason,
    )


def _retention(source: Source | None, said: Limits) -> Retention:
    return Retention(
        index=None if source is None else Long(source.index),
        preset=Preset(said.preset),
        limits=[RetentionLimit(payload_class=each, days=days) for each, days in sorted(said.days.items())],
        reason=said.reason,
    )


def _outcome(outcomes: Iterable[Outcome]) -> ErasurePayload:
    done = list(outcomes)
    indexes = [receipt.index for each in done[:1] for receipt in each.receipts]
    return ErasurePayload(
        index=Long(indexes[-1]) if indexes else None,
        parts=Long(sum(each.parts for each in done)),
        keys=[key for each in done for key in each.keys],
        purged=all(each.purged for each in done),
    )


def _said(info: Info, receipt: Receipt) -> ErasureStatement:
    info.context.service.erasing.wake()
    return ErasureStatement(index=Long(receipt.index), leaf_hash=receipt.leaf_hash.hex())
