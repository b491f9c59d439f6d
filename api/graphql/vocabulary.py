"""The enums and scalars of the schema: the core's own words, with a description for each value.

The one idea: the enums are those of lineage/facts.py themselves, so a resolver hands them through unchanged. Times are
integer microseconds everywhere inside; the scalar DateTime alone knows how they are written.
"""

from enum import Enum
from typing import Any, NewType, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.scalar import ScalarDefinition

from lineage.aliases import AliasKind
from lineage.body import parse_time
from lineage.errors import InputError
from lineage.facts import Certainty, Direction, EvidenceKind, Flow, Grain, NodeKind, Verdict
from lineage.moment import iso
from lineage.query.answers import ChangeKind, CompletenessStatus, ReasonCode, SchemaChangeKind
from lineage.statements import FactKind, PlaceKind

LONG_MAX = (1 << 63) - 1

Instant = NewType("Instant", int)
"""Microseconds since the epoch; `DateTime` in the schema."""

Long = NewType("Long", int)
"""A 64 bit number; a string in the schema's answers, for JavaScript keeps 53 bits only."""


def read_instant(value: Any) -> Instant:
    """A DateTime as a client wrote it."""
    if not isinstance(value, str):
        raise GraphQLError("A DateTime is text like 2026-11-22T02:34:00Z.", extensions={"code": "BAD_INPUT"})
    try:
        return Instant(parse_time(value))
    except (InputError, OverflowError) as error:
        raise GraphQLError(str(error), extensions={"code": "BAD_INPUT"}) from None


def read_long(value: Any) -> Long:
    """A Long as a client wrote it: text or a number."""
    written = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    digits = written.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 19 and int(digits) <= LONG_MAX):
        raise GraphQLError("A Long is a whole number of at most 64 bits, as text.", extensions={"code": "BAD_INPUT"})
    return Long(int(written))


SCALARS: dict[object, ScalarDefinition] = {
    Instant: strawberry.scalar(
        name="DateTime",
        description=(
            "An instant as ISO 8601, such as `2026-11-22T02:34:00.123456Z`: UTC, to the microsecond. Without a zone "
            "it is read as UTC; a date alone is refused."
        ),
        serialize=iso,
        parse_value=read_instant,
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
    ),
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of 64 bits. Answers write it as text; arguments may be text or a number.",
        serialize=str,
        parse_value=read_long,
    ),
}

Word = TypeVar("Word", bound=type[Enum])


def describe(words: Word, description: str, values: dict[str, str], name: str | None = None) -> Word:
    """Make `words` an enum of the schema, each value with its description (KeyError: one was forgotten)."""
    described = strawberry.enum(words, name=name, description=description)
    definition: StrawberryEnumDefinition = described.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return described


describe(
    NodeKind,
    "What a node is. Models, feature views, dashboards and topics are datasets, told apart by `datasetType`.",
    {
        "NAMESPACE": "A place that names live in: a database, a bucket, a cluster, a scheduler.",
        "DATASET": "A table, view, file, topic, stream, feature view, model or dashboard.",
        "COLUMN": "A column of a dataset; nested ones by path, like `after.id`.",
        "JOB": "What reads and writes datasets: a task, a model's build, an application.",
        "RUN": "One attempt of one run of a job.",
        "DATASET_VERSION": "One version of a dataset: a snapshot, a model's version.",
    },
)
describe(
    Direction,
    "Which way to walk.",
    {
        "UPSTREAM": "Against the data: where it came from.",
        "DOWNSTREAM": "With the data: what depends on it.",
        "BOTH": "Both ways, each for itself: no turning round on the way.",
    },
)
describe(
    Grain,
    "How fine an answer is.",
    {"DATASET": "Edges join datasets.", "COLUMN": "Edges join columns, or a column and a whole dataset."},
)
describe(
    Flow,
    "What flows along an edge.",
    {
        "VALUE": "The value itself.",
        "CONTROL": "A decision only: it filters, joins, groups or sorts (OpenLineage: INDIRECT).",
    },
)
describe(
    EvidenceKind,
    "How an edge is known.",
    {
        "OBSERVED": "A run that completed said so.",
        "DECLARED": "Code says so: a job event, a manifest.",
        "STATED": "A person vouches for it.",
        "INFERRED": "A run's inputs paired with its outputs, because nothing finer came.",
        "ATTEMPTED": "Only runs that failed, were aborted or have not ended say so.",
    },
)
describe(
    Certainty,
    "Whether an edge or effect is known or may be.",
    {
        "CERTAIN": "A column or lineage facet, parsed SQL, a person or a single pairing says so.",
        "POSSIBLE": "It may be: several inputs met several outputs, or a job told its tables only.",
    },
)
describe(
    Verdict,
    "What is declared held against what was observed.",
    {
        "VERIFIED": "Declared and observed.",
        "UNDECLARED": "Observed only, though the job has declarations.",
        "PHANTOM": "Declared, never observed.",
        "UNKNOWN": "There is no other side to compare with.",
    },
)
describe(
    CompletenessStatus,
    "How much of the whole an answer is.",
    {
        "COMPLETE": "All that the record holds. It may carry notes.",
        "TRUNCATED": "A limit cut it (DEPTH, NODES, TIME): ask again with a larger one.",
        "UNKNOWN": "There is more that the record cannot tell (UNPARSED_SQL, TABLE_LEVEL_ONLY, ERASED, UNVERSIONED).",
    },
)
describe(
    ReasonCode,
    "Why an answer is not complete, or what to know beside it.",
    {
        "DEPTH": "The depth asked for cut it.",
        "NODES": "The limit of nodes cut it.",
        "TIME": "The time allowed for a walk was up.",
        "UNPARSED_SQL": "A job on the way gave SQL that could not be read.",
        "TABLE_LEVEL_ONLY": "A job on the way told its tables, not its columns.",
        "ERASED": "A payload on the way was erased.",
        "UNVERSIONED": "A run did not tell which version it read: it is taken as the last write before it.",
        "ATTEMPTED": "A note: edges that only failed or unfinished runs tell were left out.",
        "DISTRUSTED": "A note: runs were set aside by an operator.",
        "LAG": "A note: the ledger holds entries that the graph does not yet.",
        "SCOPE": "A note: the answer holds what you may see.",
    },
)
describe(
    ChangeKind,
    "What somebody is about to do to a dataset or column.",
    {
        "REMOVE": "Drop it.",
        "RENAME": "Call it something else.",
        "TYPE_NARROW": "Give it a type that holds less.",
        "TYPE_WIDEN": "Give it a type that holds more.",
        "NULLABILITY": "Allow or forbid null.",
        "MEANING": "Let the same type mean something else: a unit, a code list.",
        "ROWS": "Let it have other rows: a filter, a retention.",
        "GRAIN": "Let a row stand for something else.",
    },
)
describe(
    SchemaChangeKind,
    "What changed in a schema, as one reporter sees it.",
    {
        "ADDED": "A column is new.",
        "REMOVED": "A column is gone.",
        "TYPE_CHANGED": "A column has another type.",
        "REORDERED": "A column stands elsewhere.",
        "RENAMED": "A column has another name.",
    },
)
describe(
    AliasKind,
    "What an alias rule joins.",
    {
        "NAMESPACE": "Namespaces: exact, a host list (`hosts:a,b,c`) or a pattern (`regex:…`).",
        "DATASET": "Two datasets, each written `NAMESPACE NAME`.",
        "JOB": "Two jobs, each written `NAMESPACE NAME`.",
    },
)
describe(
    FactKind,
    "What a person can vouch for.",
    {
        "EDGE": "Data flows from one dataset or column into another.",
        "OWNER": "Somebody answers for it.",
        "TAG": "It has this tag.",
        "DESCRIPTION": "This is what it is.",
        "DATASET_TYPE": "This is what kind of dataset it is.",
    },
    name="FactKind",
)
describe(
    PlaceKind,
    "What a stated fact can be about.",
    {"DATASET": "A dataset or one of its columns.", "JOB": "A job."},
    name="PlaceKind",
)
