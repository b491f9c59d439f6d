"""Histories of events in which everything collides: few names, few instants, every way to be late, double or contradictory.

The one idea: a history is a list of steps that is placed into a ledger in any order; a step knows nothing of its index, so the same
steps can be placed again in another order, and whatever differs then is a fault.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import strategies as st

from lineage.events import (
    ColumnClaim,
    Event,
    EventType,
    Lifecycle,
    Mention,
    ParentRun,
    RawName,
    Role,
    SchemaColumn,
)
from lineage.facts import Flow
from lineage.statements import (
    AliasKind,
    AliasRule,
    AliasStatement,
    Distrust,
    DistrustStatement,
    FactKind,
    FactStatement,
    Op,
    Place,
    PlaceKind,
    Retraction,
    StatedFact,
    Statement,
    encode,
)

T = TypeVar("T")
BASE_US = 1_700_000_000_000_000
SECOND_US = 1_000_000


def instant(seconds: float) -> int:
    return BASE_US + int(seconds * SECOND_US)


@dataclass(frozen=True, slots=True)
class Word:
    """A person's statement, at a ledger time. `retracts`: the position, among the statements, of the one that it takes back."""

    statement: Statement | None
    time_us: int
    retracts: int = 0


Step = Event | Word


@dataclass(frozen=True, slots=True)
class Entry:
    """A step in its place in a ledger."""

    index: int
    event: Event | None = None
    kind: str = ""
    norm: bytes = b""
    time_us: int = 0


def place(steps: Sequence[Step]) -> list[Entry]:
    """The steps as entries 0 …: retractions of what was not stated before are left out of the ledger."""
    entries: list[Entry] = []
    said: list[int] = []
    for step in steps:
        index = len(entries)
        if isinstance(step, Event):
            entries.append(Entry(index, event=replace(step, index=index)))
            continue
        statement = step.statement
        if statement is None:
            if not said:
                continue
            statement = Retraction(said[step.retracts % len(said)], "wrong")
        elif isinstance(statement, FactStatement):
            said.append(index)
        kind, norm = encode(statement)
        entries.append(Entry(index, None, kind, norm, step.time_us))
    return entries


def event(
    seconds: float,
    type: str,
    job: RawName | None = None,
    run: str | None = None,
    mentions: Sequence[Mention] = (),
    **more: object,
) -> Event:
    """An event whose digest is that of its content."""
    made = Event(0, b"", instant(seconds), "producer", EventType(type), job, run, mentions=tuple(mentions), **more)  # type: ignore[arg-type]
    return replace(made, digest=hashlib.sha256(repr(made).encode()).digest())


# The small world

DB = "postgres://db"
LAKE = "s3://lake"
TABLES = tuple(RawName(DB, f"shop.public.{name}") for name in "abcd")
OTHER_SPELLING = RawName("postgresql://DB:5432", '"shop"."public"."a"')
PATHS = tuple(
    RawName(LAKE, name)
    for name in ("in", "in/part-0.csv", "in/clicks", "in/clicks/_tmp/x", "model", "model/stages/0_x_0123456789ab/data")
)
DATASETS = (*TABLES, OTHER_SPELLING, *PATHS)
COLUMNS = ("x", "y", "z")

LOAD, LOAD_DAILY, CHECK = RawName("etl", "load"), RawName("etl", "load_2026-11-01"), RawName("etl", "check")
DAG, APP, APP_2 = RawName("air", "dag"), RawName("spark", "app"), RawName("spark", "other")
SQL, RDD = RawName("spark", "app.sql"), RawName("spark", "app.rdd")
RUNS = ("r1", "r2")
TIMES = (0, 1, 1.005, 2, 5, 30, 61, 62, 70, 130, 200)

datasets = st.sampled_from(DATASETS[:4]) | st.sampled_from(DATASETS)
times = st.sampled_from(TIMES)
columns = st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique=True).map(
    lambda names: tuple(SchemaColumn(n, "int" if n != "z" else "text", i) for i, n in enumerate(names, start=1))
)
claims = st.builds(
    ColumnClaim,
    target=st.sampled_from([*COLUMNS, "wrong", None]),
    source=datasets | st.just(RawName(DB, "cte")),
    column=st.sampled_from([*COLUMNS, None]),
    flow=st.sampled_from(Flow),
    label=st.sampled_from(["IDENTITY", "FILTER"]),
    masking=st.booleans(),
    typed=st.just(True),
)
some_claims = st.lists(claims, min_size=1, max_size=3).map(tuple)
rarely = st.sampled_from([False] * 4 + [True])


def maybe(strategy: st.SearchStrategy[T], chance: int = 2) -> st.SearchStrategy[T | None]:
    """None most of the time."""
    return st.one_of(*[st.none()] * chance, strategy)


def sometimes_one(strategy: st.SearchStrategy[T], chance: int) -> st.SearchStrategy[tuple[T, ...]]:
    """One, or (most of the time) none."""
    return st.one_of(*[st.just(())] * chance, st.tuples(strategy))


properties = st.lists(
    st.tuples(st.sampled_from(["owner", "datasetType"]), st.sampled_from(['"one"', '{"a":1}', None])), max_size=1
).map(tuple)


@st.composite
def outputs(draw: st.DrawFn) -> Mention:
    lifecycle = draw(maybe(st.sampled_from(Lifecycle), 3))
    return Mention(
        draw(datasets),
        Role.OUTPUT,
        columns=draw(maybe(columns)),
        claims=draw(maybe(some_claims, 1)),
        sources=draw(maybe(st.lists(datasets, max_size=2, unique=True).map(tuple), 5)),
        aliases=draw(sometimes_one(datasets, 8)),
        lifecycle=lifecycle,
        previous=draw(datasets) if lifecycle is Lifecycle.RENAME else None,
        version=draw(maybe(st.sampled_from(["1", "2"]), 6)),
        properties=draw(properties) if draw(rarely) else (),
        real=True,
    )


@st.composite
def inputs(draw: st.DrawFn) -> Mention:
    told = draw(maybe(columns, 3))
    return Mention(
        draw(datasets),
        Role.INPUT,
        columns=told,
        aliases=draw(sometimes_one(datasets, 12)),
        version=draw(maybe(st.just("1"), 8)),
        real=told is not None,
    )


@st.composite
def mentions(draw: st.DrawFn) -> tuple[Mention, ...]:
    return (*draw(st.lists(inputs(), max_size=2)), *draw(st.lists(outputs(), max_size=2)))


TYPES = st.sampled_from(["START", "RUNNING", "COMPLETE", "COMPLETE", "COMPLETE", "FAIL", "ABORT", "OTHER"])


@st.composite
def run_events(draw: st.DrawFn) -> Event:
    job, parents, flags = draw(
        st.sampled_from(
            [
                (LOAD, [DAG], {}),
                (LOAD_DAILY, [DAG], {}),
                (CHECK, [], {}),
                (APP, [DAG], {}),
                (APP_2, [], {}),
                (DAG, [], {"container": True}),
                (SQL, [APP, APP, APP, RDD, DAG], {"technical": True}),
                (SQL, [APP, APP_2], {"technical": True}),
                (RDD, [APP, APP, SQL], {"technical": True}),
            ]
        )
    )
    parent = draw(st.sampled_from([None, *parents, *parents])) if parents else None
    return event(
        draw(times),
        draw(TYPES),
        job,
        draw(st.sampled_from(RUNS)),
        draw(mentions()),
        parent=parent and ParentRun(parent, draw(st.sampled_from(RUNS))),
        streaming=draw(rarely) and draw(rarely),
        job_identity=RawName("etl", "identity") if draw(rarely) and job in (LOAD, CHECK) else None,
        job_properties=draw(properties) if draw(rarely) else (),
        run_properties=(("errorMessage", '"boom"'),) if draw(rarely) else (),
        **flags,
    )


@st.composite
def declarations(draw: st.DrawFn) -> Event:
    if draw(st.booleans()):
        return event(draw(times), "OTHER", draw(st.sampled_from([LOAD, CHECK, APP])), None, draw(mentions()))
    output = draw(outputs())
    if output.lifecycle not in (None, Lifecycle.DROP, Lifecycle.RENAME, Lifecycle.TRUNCATE):
        output = replace(output, lifecycle=None)
    return event(draw(times), "OTHER", None, None, [replace(output, role=Role.SUBJECT, real=False)])


RULES = (
    AliasRule.parse(AliasKind.NAMESPACE, "s3://lake", "s3://pond", "moved"),
    AliasRule.parse(AliasKind.NAMESPACE, "hosts:db", "main", "moved"),
    AliasRule.parse(AliasKind.DATASET, f"{DB} shop.public.a", f"{LAKE} in", "same"),
    AliasRule.parse(AliasKind.DATASET, f"{DB} shop.public.b", f"{DB} shop.public.c", "same"),
    AliasRule.parse(AliasKind.DATASET, f"{DB} shop.public.c", f"{DB} never.seen", "same"),
    AliasRule.parse(AliasKind.JOB, "etl load", "spark app", "same"),
    AliasRule.parse(AliasKind.JOB, "etl check", "etl never_seen", "same"),
)
DISTRUSTS = (
    Distrust("etl *", "*", None, None, "poison"),
    Distrust("spark *", "prod*", instant(1), instant(62), "poison"),
    Distrust("*", "*", instant(61), None, "poison"),
)
PLACES = (
    Place(PlaceKind.DATASET, TABLES[0]),
    Place(PlaceKind.DATASET, TABLES[1], "x"),
    Place(PlaceKind.DATASET, RawName(DB, "stated.only")),
)
FACTS = (
    StatedFact(FactKind.EDGE, PLACES[0], "I know", PLACES[2]),
    StatedFact(FactKind.EDGE, PLACES[1], "I know", PLACES[0], from_us=instant(1), to_us=instant(62)),
    StatedFact(FactKind.OWNER, PLACES[2], "I know", value="Ann"),
    StatedFact(FactKind.TAG, Place(PlaceKind.JOB, LOAD), "I know", key="pii", value="yes"),
)


@st.composite
def words(draw: st.DrawFn) -> Word:
    time_us = instant(draw(times))
    match draw(st.sampled_from(["alias", "alias", "distrust", "distrust", "fact", "retract"])):
        case "alias":
            return Word(AliasStatement(draw(st.sampled_from(Op)), draw(st.sampled_from(RULES))), time_us)
        case "distrust":
            return Word(DistrustStatement(draw(st.sampled_from(Op)), draw(st.sampled_from(DISTRUSTS))), time_us)
        case "fact":
            return Word(FactStatement(draw(st.sampled_from(FACTS))), time_us)
        case _:
            return Word(None, time_us, draw(st.integers(0, 3)))


runs_only = st.lists(run_events(), min_size=1, max_size=10)
all_events = st.lists(st.one_of(run_events(), run_events(), run_events(), declarations()), min_size=1, max_size=10)
histories = st.lists(
    st.one_of(run_events(), run_events(), run_events(), run_events(), declarations(), words()), min_size=1, max_size=12
)


@st.composite
def rearranged(draw: st.DrawFn, steps: Sequence[Step]) -> list[Step]:
    """The same steps in another order, some of the events twice; what people said stays in its order (a later word undoes an
    earlier one)."""
    events = [s for s in steps if isinstance(s, Event)]
    again = draw(st.lists(st.sampled_from(events), max_size=2)) if events else []
    order = draw(st.permutations([*steps, *again]))
    said = iter([s for s in steps if isinstance(s, Word)])
    return [s if isinstance(s, Event) else next(said) for s in order]
