"""Lists that are at hand whole with what they belong to: each comes whole, or in pages after an item's id."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from graphql import GraphQLObjectType, get_named_type, get_nullable_type, is_list_type
from hypothesis import given
from hypothesis import strategies as st

from api.graphql import compiled
from api.graphql.pages import page_after
from api.graphql.schema import schema
from lineage.errors import BadCursor, HeadwaterError, InputError, LimitExceeded
from lineage.query.cursors import FIRST_MAX
from tests.graphql.service import Endpoint, endpoint

SIZE = 23
NUMBERS = [f"{n:02}" for n in range(SIZE)]
WORLD = "\n".join(
    [
        "hub has " + " ".join(f"c{n}:int" for n in NUMBERS) + " by catalogue:c",
        *(f"job:reader{n} reads hub" for n in NUMBERS),
        *(f"job:writer{n} writes hub" for n in NUMBERS),
        *(f"job:big reads in{n}" for n in NUMBERS),
        *(f"job:big writes out{n}" for n in NUMBERS),
        f"run:r of big inputs={','.join('in' + n for n in NUMBERS)} outputs={','.join('out' + n for n in NUMBERS)}",
    ]
)
NOW_AND_THEN = """
a has x:int y:int z:int by catalogue:c valid=0..5000
job:one reads a
job:two reads a until=9
a has w:int x:int z:int by catalogue:c valid=5000.. known=9
"""


class Listed(NamedTuple):
    """A list: the type that has it, and where one stands."""

    kind: str
    root: str
    field: str

    @property
    def length(self) -> str:
        """The field beside it that tells its length."""
        return f"{self.field}Count"


LISTS = [
    Listed("Dataset", 'dataset(namespace: "n", name: "hub"', "columns"),
    Listed("Dataset", 'dataset(namespace: "n", name: "hub"', "readBy"),
    Listed("Dataset", 'dataset(namespace: "n", name: "hub"', "writtenBy"),
    Listed("Job", 'job(namespace: "n", name: "big"', "reads"),
    Listed("Job", 'job(namespace: "n", name: "big"', "writes"),
    Listed("Run", 'run(namespace: "n", job: "big", runId: "r"', "inputs"),
    Listed("Run", 'run(namespace: "n", job: "big", runId: "r"', "outputs"),
]


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A dataset with many columns, readers and writers, and a job and a run that read and write many datasets."""
    with endpoint(tmp_path_factory.mktemp("wide"), WORLD) as made:
        yield made


def items(shop: Endpoint, listed: Listed, arguments: str = "", **variables: Any) -> Any:
    """What the list answers, and its count."""
    declared = ", ".join({"first": "$first: Int", "after": "$after: ID"}[name] for name in variables)
    operation = f"query({declared})" if declared else "query"
    document = f"{operation} {{ of: {listed.root}) {{ {listed.length} {listed.field}{arguments} {{ id name }} }} }}"
    found = shop.ask(document, **variables)["of"]
    return found[listed.field], found[listed.length]


@given(
    st.lists(st.text(max_size=3), unique=True, max_size=40),
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
)
def test_pages_of_any_size_are_the_whole_list(whole: list[str], sizes: list[int]) -> None:
    """In order, nothing twice, nothing left out; the last page is the one after which nothing follows."""
    found: list[str] = []
    after = None
    for size in itertools.cycle(sizes):
        page = page_after(whole, str, size, after)
        assert list(page) == whole[len(found) : len(found) + size]
        if not page:
            break
        found += page
        after = page[-1]
        assert [*found, *page_after(whole, str, None, after)] == whole
    assert found == whole


@given(st.lists(st.text(max_size=3), max_size=9), st.none() | st.integers(-2, FIRST_MAX + 2), st.text(max_size=3))
def test_what_is_no_page_is_refused(whole: list[str], first: int | None, after: str) -> None:
    """A size that no page has, and an id that is not in the list: an error with its place, never another page."""
    expected: type[HeadwaterError] | None = None
    if first is not None and first > FIRST_MAX:
        expected = LimitExceeded
    elif first is not None and first < 0:
        expected = InputError
    elif after not in whole:
        expected = BadCursor
    if expected is None:
        place = whole.index(after) + 1
        assert list(page_after(whole, str, first, after)) == whole[place:][:first]
    else:
        with pytest.raises(expected) as refused:
            page_after(whole, str, first, after)
        assert getattr(refused.value, "place", None) == {InputError: "first", BadCursor: "after"}.get(expected)


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.field)
@pytest.mark.parametrize("first", [1, 5, SIZE - 1, SIZE, SIZE + 1])
def test_every_such_list_has_pages_and_a_count(wide: Endpoint, listed: Listed, first: int) -> None:
    """Without arguments it is whole; the pages together are the same, each tells how much there is."""
    whole, count = items(wide, listed)
    assert count == len(whole) == SIZE
    assert items(wide, listed, "(first: null, after: null)") == (whole, SIZE)
    assert items(wide, listed, "(first: 0)") == ([], SIZE)
    found: list[Any] = []
    while page := items(
        wide, listed, "(first: $first, after: $after)", first=first, after=found[-1]["id"] if found else None
    )[0]:
        assert len(page) == min(first, SIZE - len(found))
        assert items(wide, listed, "(after: $after)", after=page[-1]["id"]) == (whole[len(found) + len(page) :], SIZE)
        found += page
    assert found == whole


def test_no_list_of_nodes_that_can_grow_is_without_pages() -> None:
    """Whatever type has a page of its own: its lists of other nodes take `first` and `after`, and have a count."""
    found = set()
    for kind in schema._schema.get_implementations(schema._schema.type_map["Node"]).objects:  # type: ignore[arg-type]
        for name, field in kind.fields.items():
            inner = get_named_type(field.type)
            is_node = isinstance(inner, GraphQLObjectType) and any(each.name == "Node" for each in inner.interfaces)
            if is_list_type(get_nullable_type(field.type)) and is_node:
                found.add(f"{kind.name}.{name}")
                assert set(field.args) == {"first", "after"}, f"{kind.name}.{name}"
                assert str(kind.fields[f"{name}Count"].type) == "Int!", f"{kind.name}.{name}"
    assert found == {f"{listed.kind}.{listed.field}" for listed in LISTS}


def test_a_wrong_place_or_size_says_so(wide: Endpoint) -> None:
    """By its code, the argument, and where in the document."""
    document = '{ dataset(namespace: "n", name: "hub") { columns(%s) { id } } }'
    answer = wide.answer(document % 'first: 2, after: "hw:nobody"')
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "BAD_CURSOR", "place": "after"}
    assert error["path"] == ["dataset", "columns"] and "knownIndex" in error["message"]
    assert wide.refused(document % "first: -1") == {"code": "BAD_INPUT", "place": "first"}
    assert wide.refused(document % f"first: {FIRST_MAX + 1}")["limit"] == FIRST_MAX
    other = items(wide, LISTS[1])[0][0]["id"]
    assert wide.refused(document % f'after: "{other}"')["code"] == "BAD_CURSOR"


def test_under_a_pinned_moment_nothing_moves(tmp_path: Path) -> None:
    """What comes and goes between two pages moves nothing at the same `knownIndex`; without it what is gone is no
    place any more, and says so."""
    document = """query($at: MomentInput, $column: ID, $job: ID) { dataset(namespace: "n", name: "a", at: $at) {
      columnsCount columns(first: 1, after: $column) { id column } readByCount readBy(first: 1, after: $job) { id name } } }"""
    with endpoint(tmp_path, NOW_AND_THEN) as shop:
        pinned = {"at": {"knownIndex": "5", "validAt": "1970-01-01T00:00:00.001Z"}}
        columns, jobs = [], []
        place: dict[str, Any] = {}
        for _ in range(2):
            page = shop.ask(document, **pinned, **place)["dataset"]
            assert (page["columnsCount"], page["readByCount"]) == (3, 2)
            columns += [each["column"] for each in page["columns"]]
            jobs += [each["name"] for each in page["readBy"]]
            place = {"column": page["columns"][-1]["id"], "job": page["readBy"][-1]["id"]}
        assert (columns, jobs) == (["x", "y"], ["one", "two"])
        assert shop.ask(document, **pinned, column=place["column"])["dataset"]["columns"][0]["column"] == "z"
        refused = [error["extensions"] for error in shop.answer(document, **place)["errors"]]
        assert {"code": "BAD_CURSOR", "place": "after"} in refused


def test_pages_are_compiled_as_they_are_resolved(wide: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """graphql-core's own way and ours answer the same, whether what is asked of the items is at hand or looked up."""
    document = """{ dataset(namespace: "n", name: "hub") { columnsCount
      columns(first: 9) { id column } rest: columns(after: "%s") { column type } readBy(first: 11) { name readsCount
        reads(first: 1) { name writtenByCount writtenBy(first: 12) { id __typename } } } } }"""
    asked = document % items(wide, LISTS[0], "(first: 9)")[0][-1]["id"]
    answers = []
    for least in (10_000, 0):
        monkeypatch.setattr(compiled, "ITEMS_MIN", least)
        answers.append(wide.answer(asked)["data"])
    assert answers[0] == answers[1]
    found = answers[0]["dataset"]
    assert (len(found["columns"]), len(found["rest"]), len(found["readBy"])) == (9, SIZE - 9, 11)
    assert [len(job["reads"][0]["writtenBy"]) for job in found["readBy"]] == [12] * 11
