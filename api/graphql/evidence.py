"""The nineteen audit questions in GraphQL: which there are, what they answer, and packs that strangers can check."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated, cast

import strawberry
from strawberry.scalars import JSON

from api.access.reading import reading
from api.evidence import KEPT_S, PATH
from api.graphql.answers import Completeness
from api.graphql.context import Info, RequestContext
from api.graphql.evidence_record import record_of
from api.graphql.pages import Connection, connect
from api.graphql.queries import After, First, argument
from api.graphql.showing import about, given, mutates, resolves, shown
from api.graphql.vocabulary import Instant, Long, describe
from lineage.access.principal import Scope
from lineage.access.reads import ReadKind
from lineage.errors import InputError
from lineage.evidence import answer as data
from lineage.evidence.documents import as_json
from lineage.evidence.pack import IPE_PART, Prepared, finish, prepare
from lineage.evidence.questions import QUESTIONS, NamedAuditQuery, ask
from lineage.evidence.record import Record
from lineage.evidence.variables import described
from lineage.moment import microseconds
from lineage.query import cursors
from lineage.query.answers import CompletenessStatus
from lineage.query.moments import MomentInput

OPERATION = "exportEvidence"

describe(
    NamedAuditQuery,
    "A question that law and auditors ask, by name. `auditQueries` tells the variables of each.",
    {query.name: f"{question.asks} ({question.law})" for query, question in QUESTIONS.items()},
)

QueryOf = Annotated[NamedAuditQuery, argument("Which question.")]
VariablesOf = Annotated[JSON, argument("Its variables, as a JSON object: `auditQueries` tells which.")]
AtSize = Annotated[
    Long | None,
    argument(
        "As of the smallest kept checkpoint of at least so many entries, so that an answer can be had again; null: now."
    ),
]


@strawberry.type(description="One variable of a named question.")
class AuditVariable:
    name: str = about("Its name in `variables`.")
    type: str = about("node, time, text, number, true or false, list of texts.")
    required: bool = about("Whether it has to be given.")
    default: JSON | None = about("What it is when it is left out.")
    description: str = about("What it means.")


@strawberry.type(description="One column of an answer.")
class AuditColumn:
    name: str = about("Its name.")
    description: str = about("What stands in it.")


@strawberry.type(description="A named question: what it asks, what it takes, what it answers.")
class AuditQuestion:
    query: NamedAuditQuery = about("Its name.")
    asks: str = about("The question in words.")
    law: str = about("Where it is asked.")
    variables: list[AuditVariable] = about("What it takes.")
    columns: list[AuditColumn] = about("What it answers.")


@strawberry.type(description="One row of an answer.")
class AuditRow:
    values: list[JSON | None] = about("One for each column; null: it does not apply; UNKNOWN: nobody told.")
    entries: list[Long] = about("Positions of the ledger entries that say so.")


@strawberry.type(description="Something that an auditor asks and the record does not hold.")
class AuditUnknown:
    what: str = about("Which column or topic.")
    reason: str = about("Why, and who can tell it how.")
    count: int = about("How many things it is about.")
    nodes: list[strawberry.ID] = about("The nodes it is about; the first ones when they are many.")


@strawberry.type(description="Over which entries a list is complete: whoever reads them again finds the same.")
class ScannedRange:
    start: Long = about("The first of them.")
    stop: Long = about("Before this one.")
    filter: str = about("What was looked for.")


@strawberry.type(description="What a named question answers.")
class AuditAnswer:
    query: NamedAuditQuery = about("Which question.")
    status: CompletenessStatus = about("COMPLETE; UNKNOWN where something was not told; TRUNCATED where it was cut.")
    columns: list[AuditColumn] = about("What stands in the rows.")
    rows: Connection[AuditRow] = about("One page of the rows.")
    unknowns: list[AuditUnknown] = about("What nobody told.")
    completeness: Completeness = about("How much of the truth the walks behind it are.")
    scanned: ScannedRange | None = about("Over which entries the list is complete, where it is one of entries.")
    at_size: Long = about("The checkpoint that it is pinned to: give it as `atSize` to ask for the same again.")
    vouched_for_by: str = about("Who vouches for that checkpoint.")


@strawberry.type(
    description="A pack of evidence: a zip that can be checked without this service (VERIFY.md in it says how)."
)
class EvidenceBundle:
    url: str = about("Where it is fetched, by who exported it, with the same key.")
    expires_at: Instant = about("Until when.")
    size_bytes: Long = about("How large it is.")
    sha256: str = about("Its hash, in hexadecimal.")
    query: NamedAuditQuery = about("Which question it answers.")
    status: CompletenessStatus = about("How complete the answer is.")
    row_count: int = about("How many rows it has.")
    at_size: Long = about("The checkpoint that it is pinned to: give it as `atSize` to export the same again.")
    access_index: Long = about("The entry of the access log that this export is on record by.")


@strawberry.type(description="Named questions.")
class EvidenceQuery:
    @resolves("The questions that law and auditors ask, with their variables and columns.")
    def audit_queries(self) -> list[AuditQuestion]:
        """All nineteen."""
        return [
            AuditQuestion(
                query=query,
                asks=question.asks,
                law=question.law,
                variables=[
                    AuditVariable(
                        name=each.name,
                        type=each.type,
                        required=each.required,
                        default=cast("JSON | None", each.default),
                        description=each.description,
                    )
                    for each in described(question.variables)
                ],
                columns=[AuditColumn(name=each.name, description=each.description) for each in question.columns],
            )
            for query, question in QUESTIONS.items()
        ]

    @resolves("The answer to a named question.")
    async def audit_answer(
        self,
        info: Info,
        query: QueryOf,
        variables: VariablesOf,
        first: First = 100,
        after: After = None,
        at_size: AtSize = None,
    ) -> AuditAnswer:
        """Needs both what is asked about and the entries behind it."""
        info.context.principal.require(Scope.READ)
        given_variables = _object(variables)
        of = ("auditAnswer", str(query), as_json(given_variables).decode())
        if after is not None and at_size is None:  # the next page is of the answer whose first page was seen
            at_size = Long(cursors.decode(after, cursors.arguments_hash(*of)).known)

        def answered() -> tuple[Record, data.AuditAnswer]:
            record = record_of(info.context, at_size)
            return record, ask(record, query, given_variables)

        record, answer = await info.context.desk.ask(answered)
        rows = [
            AuditRow(
                values=[cast("JSON | None", value) for value in row.values], entries=[Long(e) for e in row.entries]
            )
            for row in answer.rows
        ]
        at = MomentInput(known_index=record.head.size)
        return AuditAnswer(
            query=query,
            status=answer.status,
            columns=[AuditColumn(name=each.name, description=each.description) for each in answer.columns],
            rows=connect(rows, of, at, given(first, 100), after),
            unknowns=[
                AuditUnknown(
                    what=each.what, reason=each.reason, count=each.count, nodes=[strawberry.ID(n) for n in each.nodes]
                )
                for each in answer.unknowns
            ],
            completeness=shown(Completeness, answer.completeness),
            scanned=None
            if answer.scanned is None
            else ScannedRange(
                start=Long(answer.scanned.start), stop=Long(answer.scanned.stop), filter=answer.scanned.filter
            ),
            at_size=Long(record.head.size),
            vouched_for_by=record.head.status,
        )


@strawberry.type(description="Exports.")
class EvidenceMutation:
    @mutates("Make a pack of evidence. It is on record in the access log before it can be fetched.")
    async def export_evidence(
        self,
        info: Info,
        query: QueryOf,
        variables: VariablesOf,
        at_size: AtSize = None,
        with_received: Annotated[
            bool, argument("Received bytes too, beside the normalised ones. Needs `payload:read`.")
        ] = False,
    ) -> EvidenceBundle:
        """Fails closed: what cannot be recorded is not exported."""
        context, app = info.context, info.context.service
        context.principal.require(Scope.READ, Scope.AUDIT_READ)
        if with_received:
            context.principal.require(Scope.PAYLOAD_READ)
        given_variables = _object(variables)
        with app.packs.making():
            record, prepared = await context.desk.ask(
                _prepared, context, query, given_variables, at_size, with_received
            )
            receipt = await app.access_log.record(
                reading(
                    None if context.request is None else context.request.scope,
                    OPERATION,
                    kind=ReadKind.EXPORT,
                    objects=prepared.objects,
                    variables={"query": str(query), "variables": given_variables},
                    parts={IPE_PART: prepared.ipe},
                )
            )
            return await context.desk.ask(_finished, context, query, record, prepared, receipt.index)


def _prepared(
    context: RequestContext, query: NamedAuditQuery, variables: dict[str, object], at_size: int | None, with_raw: bool
) -> tuple[Record, Prepared]:
    record = record_of(context, at_size)
    policy = context.service.signing.policy_text()
    return record, prepare(record, query, variables, policy=policy, with_raw=with_raw)


def _finished(
    context: RequestContext, query: NamedAuditQuery, record: Record, prepared: Prepared, index: int
) -> EvidenceBundle:
    """The pack, once its entry stands at `index` of the access log."""
    app = context.service
    access = app.access_log.ledger
    pack = finish(prepared, access, index, app.signing.cover(access.origin, index + 1))
    kept = app.packs.put(app.settings.data, pack, context.principal)
    return EvidenceBundle(
        url=f"{PATH}/{kept.id}",
        expires_at=Instant(microseconds(datetime.now(UTC) + timedelta(seconds=KEPT_S))),
        size_bytes=Long(kept.size_bytes),
        sha256=hashlib.sha256(pack).hexdigest(),
        query=query,
        status=prepared.answer.status,
        row_count=len(prepared.answer.rows),
        at_size=Long(record.head.size),
        access_index=Long(index),
    )


def _object(variables: object) -> dict[str, object]:
    if not isinstance(variables, dict):
        raise InputError("The variables are a JSON object, such as {}.", place="variables")
    return variables
