"""Lists that are put together at once are what graphql-core's own executor makes of them, errors and all."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, NewType

import pytest
import strawberry
from graphql.execution import Executor
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.graphql import compiled, compiled_lists
from api.graphql.compiled import CompilingExecutor
from api.graphql.compiled_source import Object
from api.graphql.showing import about, shows

Stamp = NewType("Stamp", int)


@strawberry.enum
class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@strawberry.enum
class Size(Enum):
    S = 1
    L = (2, 3)


@dataclass(frozen=True, slots=True)
class InnerData:
    name: object
    maybe: object


@dataclass(frozen=True, slots=True)
class ThingData:
    id: object
    word: object
    number: object
    real: object
    yes: object
    colour: object
    size: object
    stamp: object
    words: object
    grid: object
    inner: object
    maybe_inner: object
    inners: object


@shows(InnerData, "Inside.")
class Inner:
    name: str = about("Never null.")
    maybe: int | None = about("Sometimes null.")


@shows(ThingData, "With a bit of everything.")
class Thing:
    id: strawberry.ID = about("Id.")
    word: str | None = about("Text.")
    number: int | None = about("Whole.")
    real: float | None = about("Real.")
    yes: bool = about("Yes.")
    colour: Colour | None = about("Enum of text.")
    size: Size = about("Enum.")
    stamp: Stamp | None = about("A scalar of ours.", "when")
    words: list[str | None] | None = about("List.")
    grid: list[list[int]] = about("List of lists.")
    inner: Inner = about("Object.")
    maybe_inner: Inner | None = about("Maybe.")
    inners: list[Inner | None] = about("Objects.")

    @strawberry.field(description="Answered by a function.")
    def computed(self) -> str:
        return "computed"

    @strawberry.field(description="Answered later.")
    async def later(self) -> int:
        await asyncio.sleep(0)
        return 7


@strawberry.interface(description="One of two.")
class Being:
    name: str


@strawberry.type(description="A cat.")
class Cat(Being):
    lives: int


@strawberry.type(description="A dog.")
class Dog(Being):
    barks: bool | None


@strawberry.type
class Query:
    @strawberry.field
    def things(self, info: strawberry.Info) -> list[Thing]:
        return info.context["things"]  # type: ignore[no-any-return]

    @strawberry.field
    def maybe_things(self, info: strawberry.Info) -> list[Thing | None] | None:
        return info.context["things"]  # type: ignore[no-any-return]

    @strawberry.field
    def beings(self, info: strawberry.Info) -> list[Being | None]:
        return info.context["beings"]  # type: ignore[no-any-return]


def make(executor: type[Executor[Any]]) -> strawberry.Schema:
    return strawberry.Schema(
        Query,
        types=[Cat, Dog],
        execution_context_class=executor,
        config=StrawberryConfig(
            scalar_map={
                Stamp: strawberry.scalar(name="Stamp", serialize=lambda value: None if value == 13 else f"<{value}>")
            }
        ),
    )


PLAIN, COMPILING = make(StrawberryGraphQLCoreExecutionContext), make(CompilingExecutor)


async def _coroutine() -> int:
    return 1


# What an attribute may hold that it should not: another class, null, an error.
ODD = st.sampled_from(
    [None, "text", "", 3, 2**40, -1, 2.5, math.inf, True, Colour.RED, Size.L, (), ("x",), ValueError("no")]
)


def usually(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly what the schema says, sometimes not."""
    return st.integers(0, 15).flatmap(lambda die: ODD if die == 0 else usual)


def maybe(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | usual


SMALL = st.integers(-5, 20)
INNER = st.builds(InnerData, name=usually(st.text(max_size=3)), maybe=usually(maybe(SMALL)))
THING = st.builds(
    ThingData,
    id=usually(st.text(max_size=3) | st.integers(0, 9)),
    word=usually(maybe(st.text(max_size=3))),
    number=usually(maybe(SMALL)),
    real=usually(maybe(st.floats(allow_nan=False) | SMALL)),
    yes=usually(st.booleans()),
    colour=usually(maybe(st.sampled_from(Colour) | st.just("red"))),
    size=usually(st.sampled_from(Size)),
    stamp=usually(maybe(SMALL)),
    words=usually(maybe(st.lists(maybe(st.text(max_size=2)), max_size=3))),
    grid=usually(st.lists(st.lists(SMALL, max_size=2).map(tuple), max_size=2)),
    inner=usually(INNER),
    maybe_inner=usually(maybe(INNER)),
    inners=usually(st.lists(maybe(INNER), max_size=2)),
)
BEING = st.one_of(
    st.builds(Cat, name=usually(st.text(max_size=3)), lives=usually(SMALL)),
    st.builds(Dog, name=st.text(max_size=3), barks=usually(maybe(st.booleans()))),
    ODD,
)

LEAVES = ("id", "word", "number", "real", "yes", "colour", "size", "when", "words", "grid", "__typename")
CONDITIONS = ("", "", "", " @skip(if: $yes)", " @include(if: $yes)", " @skip(if: $no)", " @include(if: false)")


@st.composite
def inner_selection(draw: st.DrawFn) -> str:
    fields = draw(
        st.lists(st.sampled_from(["name", "maybe", "n: name", "__typename", "...OfInner"]), min_size=1, max_size=3)
    )
    return " ".join(each + draw(st.sampled_from(CONDITIONS)) for each in fields)


@st.composite
def selection(draw: st.DrawFn, depth: int = 0) -> str:
    """Fields of Thing, aliased, repeated, conditional, in fragments; now and then one that a function answers."""
    parts = []
    for _ in range(draw(st.integers(1, 5))):
        match draw(st.integers(0, 9)):
            case 0 | 1 | 2 | 3:
                field = draw(st.sampled_from(LEAVES))
            case 4:
                field = f"a{draw(st.sampled_from(LEAVES[:8]))}: " + draw(st.sampled_from(["id", "word"]))
            case 5 | 6:
                name = draw(st.sampled_from(["inner", "maybeInner", "inners", "x: inners"]))
                parts.append(f"{name}{draw(st.sampled_from(CONDITIONS))} {{ {draw(inner_selection())} }}")
                continue
            case 7 if depth < 2:
                on = draw(st.sampled_from(["... on Thing", "..."]))
                parts.append(f"{on}{draw(st.sampled_from(CONDITIONS))} {{ {draw(selection(depth + 1))} }}")
                continue
            case 8:
                field = draw(st.sampled_from(["...OfThing", "...OfThing", "computed", "later"]))
            case _:
                field = "id"
        parts.append(field + draw(st.sampled_from(CONDITIONS)))
    return " ".join(parts)


@st.composite
def documents(draw: st.DrawFn) -> str:
    root = draw(st.sampled_from(["things", "maybeThings", "beings"]))
    chosen = "name __typename ... on Cat { lives } ...OfDog" if root == "beings" else draw(selection())
    return (
        f"query($yes: Boolean!, $no: Boolean!) {{ {root} {{ {chosen} }} used: __typename @skip(if: $yes) @include(if: $no) "
        "never: beings @include(if: false) { ...OfDog } none: things @include(if: false) { ...OfThing inner { ...OfInner } } }"
        " fragment OfThing on Thing { id word inner { ...OfInner } }"
        " fragment OfInner on Inner { name maybe @skip(if: $no) } fragment OfDog on Dog { barks }"
    )


def told(schema: strawberry.Schema, document: str, context: dict[str, Any], yes: bool, no: bool) -> tuple[Any, Any]:
    """Data and errors, as they are sent."""
    result = asyncio.run(schema.execute(document, {"yes": yes, "no": no}, context_value=context))
    return result.data, [error.formatted for error in result.errors or []]


@pytest.fixture(autouse=True)
def small_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list is long, and slices are short."""
    monkeypatch.setattr(compiled, "ITEMS_MIN", 0)
    monkeypatch.setattr(compiled, "COMPILED_SLICE", 3)
    monkeypatch.setattr(compiled, "RESOLVED_SLICE", 2)


@given(
    documents(), st.lists(maybe(THING) | THING, max_size=6), st.lists(BEING, max_size=6), st.booleans(), st.booleans()
)
@settings(deadline=None)
def test_compiled_and_interpreted_are_the_same(
    document: str, things: list[Any], beings: list[Any], yes: bool, no: bool
) -> None:
    """Any selection over any data, right or wrong: the same data, the same errors at the same places."""
    context = {"things": things, "beings": beings}
    assert told(COMPILING, document, context, yes, no) == told(PLAIN, document, context, yes, no)


def thing(**other: Any) -> ThingData:
    """A thing as the schema says."""
    usual: dict[str, Any] = {
        "id": "i", "word": "w", "number": 1, "real": 1.5, "yes": True, "colour": Colour.RED, "size": Size.L, "stamp": 5,
        "words": ["a", None], "grid": [(1, 2)], "inner": InnerData("in", None), "maybe_inner": None, "inners": (InnerData("x", 1),),
    }  # fmt: skip
    return ThingData(**usual | other)


ALL = "id word number real yes colour size when words grid inner { name maybe } maybeInner { name } inners { name }"


def test_what_the_schema_says_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain data never reaches the slow way: if graphql-core moves what this leans on, this fails."""

    def interpreted(*_: Any) -> None:
        raise AssertionError("resolved one by one")

    monkeypatch.setattr(CompilingExecutor, "complete_list_item_value", interpreted)
    data, errors = told(COMPILING, f"{{ things {{ {ALL} }} }}", {"things": [thing() for _ in range(7)]}, True, True)
    assert not errors and len(data["things"]) == 7
    assert data["things"][0] == {
        "id": "i", "word": "w", "number": 1, "real": 1.5, "yes": True, "colour": "RED", "size": "L", "when": "<5>",
        "words": ["a", None], "grid": [[1, 2]], "inner": {"name": "in", "maybe": None}, "maybeInner": None,
        "inners": [{"name": "x"}],
    }  # fmt: skip
    beings = [Cat(name="c", lives=9), Dog(name="d", barks=None), None]
    data, errors = told(
        COMPILING, "{ beings { __typename name ... on Cat { lives } } }", {"beings": beings}, True, True
    )
    assert not errors and data["beings"] == [
        {"__typename": "Cat", "name": "c", "lives": 9}, {"__typename": "Dog", "name": "d"}, None,
    ]  # fmt: skip


def test_an_awaitable_where_an_attribute_should_be_is_awaited() -> None:
    """A value that comes later is no plain one: the executor's own way waits for it."""
    for schema in (PLAIN, COMPILING):
        data, errors = told(
            schema, "{ things { number when } }", {"things": [thing(), thing(number=_coroutine())]}, True, True
        )
        assert not errors and data["things"][1] == {"number": 1, "when": "<5>"}


def test_the_same_selection_is_made_once() -> None:
    """Functions are kept by what they show, and their number is bounded."""
    compiler = compiled_lists.Compiler.of(COMPILING._schema)
    context = {"things": [thing()]}
    for document in ("{ things { id word } }", "{ things { ...F } } fragment F on Thing { id word }"):
        told(COMPILING, document, context, True, True)
    of_things = [shape for shape in compiler._made if isinstance(shape, Object)]
    assert len([each for each in of_things if [field[0] for field in each.fields] == ["id", "word"]]) == 1
    for number in range(compiled_lists.SHAPES_MAX + 5):
        told(COMPILING, f"{{ things {{ a{number}: id }} }}", context, True, True)
    assert len(compiler._made) == compiled_lists.SHAPES_MAX


def test_a_selection_of_thousands_of_fields_is_not_compiled() -> None:
    """It would take longer to make than to do without."""
    fields = " ".join(f"a{number}: id" for number in range(compiled_lists.FIELDS_MAX + 1))
    data, errors = told(COMPILING, f"{{ things {{ {fields} }} }}", {"things": [thing()]}, True, True)
    assert not errors and len(data["things"][0]) == compiled_lists.FIELDS_MAX + 1


def test_a_missing_attribute_is_an_error_with_its_place() -> None:
    """Objects that are not what the schema shows: located errors, no traceback."""
    for schema in (PLAIN, COMPILING):
        data, errors = told(schema, "{ maybeThings { id } }", {"things": [thing(), object()]}, True, True)
        assert data["maybeThings"] == [{"id": "i"}, None]
        assert errors[0]["path"] == ["maybeThings", 1, "id"]


async def test_a_long_list_lets_others_go_on() -> None:
    """Between two slices the event loop runs what waits."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    for document in ("{ things { id } }", "{ things { computed } }"):
        before = turns
        result = await COMPILING.execute(document, context_value={"things": [thing() for _ in range(30)]})
        assert not result.errors and turns - before >= 10
    beside.cancel()
