"""Every mutation of the schema: one statement in the ledger each, durable before the answer.

The one idea: a mutation changes no graph. It appends what somebody said; the projector reads it like everything else,
so it can be replayed, dated and undone, and the answer carries its ledger index.
"""

from typing import Annotated

import strawberry

from api.admin import append_statement
from api.dead_letters import Replayed, replay
from api.graphql.context import Info
from api.graphql.erasures import ErasureMutation
from api.graphql.evidence import EvidenceMutation
from api.graphql.inputs import (
    AddAliasInput,
    DistrustInput,
    RemoveAliasInput,
    ReplayInput,
    RetractFactInput,
    StateFactInput,
    TrustInput,
)
from api.graphql.keys import KeyMutation
from api.graphql.payloads import AliasPayload, DistrustPayload, FactPayload, ReplayedLetter, ReplayPayload
from api.graphql.queries import argument
from api.graphql.showing import mutates
from api.graphql.vocabulary import Instant, Long
from lineage.aliases import AliasRule
from lineage.errors import Conflict, InputError, LimitExceeded, NotFound
from lineage.ledger import Receipt
from lineage.statements import (
    AliasStatement,
    Distrust,
    DistrustStatement,
    FactStatement,
    Op,
    Retraction,
    Statement,
)

REPLAYED_MAX = 10_000  # one request; they are written in transactions of some hundred, and the rest can follow


@strawberry.type(description="What people tell the ledger: an entry of its own each, in force once the graph has it.")
class Mutation(ErasureMutation, EvidenceMutation, KeyMutation):
    @mutates("Let two names be one thing. A rule with the same `from` is replaced.")
    async def add_alias(self, info: Info, input: Annotated[AddAliasInput, argument("The rule.")]) -> AliasPayload:
        """CONFLICT when it would turn names in a circle."""
        rule = AliasRule.parse(input.kind, input.from_, input.to, input.reason)
        if (seen := info.context.sight.statements) is not None:
            await info.context.desk.ask(seen.require_rule, rule)
        held = [each for _, each in await info.context.desk.ask(info.context.journal.aliases) if each.key != rule.key]
        require_no_circle(rule, held)
        return _alias(rule, await _append(info, AliasStatement(Op.ADD, rule)))

    @mutates("Take an alias rule back: answers are as if it had never been.")
    async def remove_alias(
        self, info: Info, input: Annotated[RemoveAliasInput, argument("Which rule.")]
    ) -> AliasPayload:
        """NOT_FOUND when no such rule holds."""
        rules = await info.context.desk.ask(info.context.sight.aliases, info.context.journal)
        held = {rule.key: rule for _, rule in rules}
        rule = held.get((input.kind, input.from_))
        if rule is None:
            near = tuple(written for kind, written in held if kind is input.kind)[:5]
            raise NotFound(f"No {input.kind} alias from `{input.from_}` holds. List them first.", near=near)
        undone = AliasRule(rule.kind, rule.match, rule.from_, rule.to, input.reason)
        return _alias(undone, await _append(info, AliasStatement(Op.REMOVE, undone)))

    @mutates("State a fact that you vouch for: an edge, an owner, a tag, a description.")
    async def state_fact(self, info: Info, input: Annotated[StateFactInput, argument("The fact.")]) -> FactPayload:
        """Its index is its name for a retraction."""
        fact = input.fact()
        if (seen := info.context.sight.statements) is not None:
            await info.context.desk.ask(seen.require_fact, fact)
        receipt = await _append(info, FactStatement(fact))
        return FactPayload(index=Long(receipt.index), leaf_hash=receipt.leaf_hash.hex(), stated=Long(receipt.index))

    @mutates("Take a stated fact back.")
    async def retract_fact(
        self, info: Info, input: Annotated[RetractFactInput, argument("Which fact.")]
    ) -> FactPayload:
        """NOT_FOUND when no such fact holds."""
        held = await info.context.desk.ask(info.context.sight.stated, info.context.journal)
        if input.index not in {origin.index for origin, _ in held}:
            raise NotFound(f"Entry {input.index} states no fact that holds. `statedFacts` lists them.")
        receipt = await _append(info, Retraction(input.index, input.reason))
        return FactPayload(index=Long(receipt.index), leaf_hash=receipt.leaf_hash.hex(), stated=input.index)

    @mutates("Read dead letters again, by code that may understand them now.")
    async def replay_dead_letters(
        self, info: Info, input: Annotated[ReplayInput, argument("Which ones.")]
    ) -> ReplayPayload:
        """One that was replayed before is answered with what it became."""
        app = info.context.service
        if input.all == (input.indexes is not None):
            raise InputError("Give `indexes`, or `all: true`.", place="indexes")
        indexes = input.indexes
        if indexes is None:
            indexes = [Long(each) for each in await info.context.desk.ask(info.context.sight.dead_letters.open_indexes)]
            indexes = indexes[:REPLAYED_MAX]
        if len(indexes) > REPLAYED_MAX:
            message = f"At most {REPLAYED_MAX} dead letters at once. Replay the rest in another request."
            raise LimitExceeded(message, limit=REPLAYED_MAX, asked=len(indexes))
        results = await replay(info.context.sight.dead_letters, app.ledger, app.commit, indexes, info.context.sender)
        written = [each.new_index for each in results if each.new_index is not None]
        return ReplayPayload(
            index=Long(max(written)) if written else None,
            replayed=len(written),
            refused=len(results) - len(written),
            letters=[_letter(each) for each in results],
        )

    @mutates("Set runs aside: they stay in the record and leave the answers.")
    async def distrust_runs(
        self, info: Info, input: Annotated[DistrustInput, argument("Which runs.")]
    ) -> DistrustPayload:
        """By job pattern, producer and time span."""
        distrust = Distrust(input.job, input.producer, input.from_, input.to, input.reason)
        if (seen := info.context.sight.statements) is not None:
            await info.context.desk.ask(seen.require_distrust, distrust)
        return _distrust(distrust, await _append(info, DistrustStatement(Op.ADD, distrust)))

    @mutates("Believe runs again that were set aside.")
    async def trust_runs(
        self, info: Info, input: Annotated[TrustInput, argument("Which distrust.")]
    ) -> DistrustPayload:
        """NOT_FOUND when there is no such distrust."""
        distrust = Distrust(input.job, input.producer, input.from_, input.to, input.reason)
        told = await info.context.desk.ask(info.context.sight.distrusts, info.context.journal)
        held = [each for _, each in told]
        if distrust.key not in {each.key for each in held}:
            near = tuple(each.job for each in held)[:5]
            raise NotFound("No such runs are set aside: pattern, producer and span have to be the same.", near=near)
        return _distrust(distrust, await _append(info, DistrustStatement(Op.REMOVE, distrust)))


def require_no_circle(rule: AliasRule, held: list[AliasRule]) -> None:
    """Conflict when exact rules lead from `rule.to` back to `rule.from_`: then no name would be the shown one."""
    step = {each.written: each.to for each in held if each.kind is rule.kind}
    name = rule.to
    for _ in range(len(step) + 1):
        if name == rule.written:
            raise Conflict(f"`{rule.to}` is an alias of `{rule.written}` already. Remove that rule first.")
        if name not in step:
            return
        name = step[name]


async def _append(info: Info, statement: Statement) -> Receipt:
    return await append_statement(info.context.service.commit, statement, info.context.sender)


def _alias(rule: AliasRule, receipt: Receipt) -> AliasPayload:
    return AliasPayload(
        index=Long(receipt.index),
        leaf_hash=receipt.leaf_hash.hex(),
        kind=rule.kind,
        from_=rule.written,
        to=rule.to,
        reason=rule.reason,
    )


def _distrust(distrust: Distrust, receipt: Receipt) -> DistrustPayload:
    return DistrustPayload(
        index=Long(receipt.index),
        leaf_hash=receipt.leaf_hash.hex(),
        job=distrust.job,
        producer=distrust.producer,
        from_=None if distrust.from_us is None else Instant(distrust.from_us),
        to=None if distrust.to_us is None else Instant(distrust.to_us),
        reason=distrust.reason,
    )


def _letter(each: Replayed) -> ReplayedLetter:
    return ReplayedLetter(
        index=Long(each.index),
        entry=None if each.new_index is None else Long(each.new_index),
        code=each.code or None,
        reason=each.message or None,
    )
