"""What a document may ask for: depth, cost, and the work of reading it, all bounded before anything is answered."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from api.graphql import admission, cost
from api.graphql.admission import ERRORS_MAX, NESTED_MAX, VALUES_MAX, values_in
from api.graphql.cost import LIST_ASSUMED, LOOKED_UP, WALKED, comparisons, price
from api.graphql.documents import own
from api.graphql.schema import schema
from lineage.errors import LimitExceeded
from lineage.query.walk import LIMIT_MAX
from tests.graphql.service import Endpoint

ROOTS = '(of: [{id: "hw:a"}], direction: UPSTREAM'


def priced(query: str, operation: str | None = None, **variables: Any) -> tuple[int, int]:
    """Cost and depth of a document."""
    found = price(schema._schema, parse(query), operation, variables)
    return found.cost, found.depth


@pytest.mark.parametrize(
    ("query", "expected", "depth"),
    [
        ("{ __typename }", 1, 1),
        ("{ ledger { size root } }", LOOKED_UP + 2, 2),
        ("{ a: ledger { size } b: ledger { size } }", 2 * (LOOKED_UP + 1), 2),
        ('{ search(query: "a", first: 7) { nodes { id name } } }', WALKED + 1 + 7 * (1 + 2), 3),
        ('{ search(query: "a") { nodes { id name } pageInfo { endCursor } } }', WALKED + 1 + 20 * 3 + 2, 3),
        ('{ search(query: "a", first: 3) { ...P } } fragment P on SearchConnection { nodes { id } }', WALKED + 1 + 6, 3),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', LOOKED_UP + 3 * 2, 2),
        (f"{{ lineage{ROOTS}, limit: 100) {{ roots nodes {{ id }} edges {{ source target }} }} }}", WALKED + 3 + 200 + 300, 3),
        ('{ dataset(namespace: "n", name: "a") { columns { column } } }', 2 * LOOKED_UP + LIST_ASSUMED * 2, 3),
        ('{ dataset(namespace: "n", name: "a") { columns(first: 300) { column } } }', 2 * LOOKED_UP + 300 * 2, 3),
        ('{ dataset(namespace: "n", name: "a") { readBy(first: 3) { writes(first: null) { id } } } }',
         2 * LOOKED_UP + 3 * (1 + LOOKED_UP + LIST_ASSUMED * 2), 4),
        ('{ dataset(namespace: "n", name: "a") { columnsCount } }', 2 * LOOKED_UP, 2),
        ('{ search(query: "a", first: -5) { nodes { id } } }', WALKED + 1, 3),
        ("{ nobody { nothing } ledger { nobody } ...Missing }", LOOKED_UP, 1),
        ("query A { __typename } query B { ledger { size } }", 1, 1),
    ],
)  # fmt: skip
def test_cost_is_what_an_answer_may_hold(query: str, expected: int, depth: int) -> None:
    """One for a value at hand, more for one that is looked up, times the items that are asked for."""
    assert priced(query, "A" if "query A" in query else None) == (expected, depth)


def test_page_sizes_come_from_variables_too() -> None:
    """Given, by their default, or left to the schema's own."""
    query = 'query($n: Int = 3, $ids: [ID!]) { search(query: "a", first: $n) { nodes { id } } nodes(ids: $ids) { id } }'
    base = WALKED + LOOKED_UP + 1
    assert priced(query, n=5, ids=["a"])[0] == base + 5 * 2 + 2
    assert priced(query, ids=[])[0] == base + 3 * 2
    assert priced(query, n="nonsense", ids=[])[0] == base + LIST_ASSUMED * 2


def test_the_price_is_told_with_every_answer(shop: Endpoint) -> None:
    """Also when the answer is refused because of it."""
    told = shop.answer("{ ledger { size } }")["extensions"]["cost"]
    assert told == {"requested": LOOKED_UP + 1, "maximum": cost.COST_MAX, "depth": 2, "depthMaximum": cost.DEPTH_MAX}
    dear = shop.answer('{ search(query: "a", first: 2000000000) { nodes { id } } }')
    assert dear["errors"][0]["extensions"] == {"code": "LIMIT", "limit": cost.COST_MAX, "asked": 4_000_000_501}
    assert dear["extensions"]["cost"]["requested"] == 4_000_000_501
    nested = (
        "{"
        + 'search(query: "a", first: 2000000000) { nodes { ... on Dataset { versions(first: 2000000000) { nodes {' * 1
    )
    absurd = shop.answer(nested + " id }}}}}}")
    assert absurd["errors"][0]["extensions"]["asked"] <= cost.COST_TOLD_MAX


def test_too_deep_is_refused(shop: Endpoint) -> None:
    """Fields in one another, whether or not through fragments."""
    deep = "columns { dataset { " * 12 + "id" + " } }" * 12
    assert shop.refused(f'{{ dataset(namespace: "n", name: "a") {{ {deep} }} }}')["limit"] == cost.DEPTH_MAX
    chain = (
        " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(200))
        + " fragment F200 on Query { __typename }"
    )
    assert shop.refused(f"{{ ...F0 }} {chain}")["code"] == "LIMIT"


def test_what_we_ask_ourselves_is_bearable() -> None:
    """Every document of the commands at its largest, and the question of tools about the schema."""
    largest = {"first": 1000, "limit": LIMIT_MAX, "ids": ["hw:a"] * 500}
    for document in (*own(), get_introspection_query(input_value_deprecation=True, specified_by_url=True)):
        found = price(schema._schema, parse(document), None, largest)
        found.require_bearable()
        assert comparisons(parse(document)) <= cost.COMPARISONS_MAX / 4, document


def bomb(levels: int) -> str:
    """Each fragment spreads the next one twice: 2 ^ levels paths in a few hundred bytes."""
    links = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"{{ ...F0 }} {links} fragment F{levels} on Query {{ ledger {{ size }} }}"


def test_a_bomb_of_fragments_is_priced_once_for_each_fragment() -> None:
    """30 levels, a thousand million paths: as many looks as there are fields and spreads, not as there are paths."""
    looks = 0

    class Counting(cost._Pricing):
        def selection(self, *arguments: Any) -> Any:
            nonlocal looks
            looks += 1
            return super().selection(*arguments)

    document = parse(bomb(30))
    line = Counting(schema._schema, document, {}).selection(
        schema._schema.query_type,
        document.definitions[0].selection_set,
        0,  # type: ignore[attr-defined]
    )
    assert looks == 33 and line.fixed == 2**30 * (LOOKED_UP + 1)


HOSTILE = {
    "ten thousand aliases": "{ ledger { " + " ".join(f"a{n}: size" for n in range(10_000)) + " } }",
    "one field again and again": "{ ledger { " + "size " * 1_900 + "} }",
    "one object again and again": "{ " + "ledger { size } " * 480 + "}",
    "the same in fragments": "{ " + "... { ledger { size } } " * 280 + "}",
    "two things under one name": "{ ledger { " + "a: size a: root " * 300 + "} }",
    "fragments in pairs": "{ " + " ".join(f"...F{n}" for n in range(130)) + " }"
    + " ".join(f"fragment F{n} on Query {{ ledger {{ size }} }}" for n in range(130)),
    "a bomb of fragments": bomb(30),
    "nested without end": "{ ledger " * 900 + "}" * 900,
    "a list in lists": "{ nodes(ids: " + "[" * 900 + "]" * 900 + ") { id } }",
    "directives": "{ ledger { size " + "@skip(if: false) " * 300 + "} }",
    "comments": "{ __typename #" + "x" * 500_000 + "\n}" + "#" * 400_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused_before_they_cost_anything(shop: Endpoint, name: str) -> None:
    """What reading a document costs is bounded before it is read; without bounds some of these took seconds."""
    answer = shop.answer(HOSTILE[name])
    assert answer["errors"][0]["extensions"]["code"] == "LIMIT" and "data" not in answer


def test_not_every_fault_of_a_document_is_told(shop: Endpoint) -> None:
    """To guess what each unknown name was meant for takes milliseconds."""
    answer = shop.answer("{ " + " ".join(f"...on Datase{n}{{ id }}" for n in range(60)) + " }")
    assert len(answer["errors"]) == ERRORS_MAX + 1 and "Datase" in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    "variables",
    [
        {"ids": ["hw:a"] * (VALUES_MAX + 1)},
        {"ids": [5.5] * 150_000},
        {"ids": [["a"] * 101] * 200},
        {"ids": [], "nobody": {"asks": {"for": list(range(VALUES_MAX))}}},
    ],
    ids=["many", "wrong", "nested", "unused"],
)
def test_variables_without_end_are_refused_before_they_are_checked(
    shop: Endpoint, variables: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Holding a megabyte of values against their types stood still for half a second, and nobody else was answered."""

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("checked")

    monkeypatch.setattr("graphql.execution.values.coerce_input_value", never)
    refused = shop.refused("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", **variables)
    assert (refused["code"], refused["limit"]) == ("LIMIT", VALUES_MAX)


def test_variables_in_one_another_are_bounded(shop: Endpoint) -> None:
    """Deeper than any input, and deep enough to stop whoever walks them by recursion."""
    nested: Any = "hw:a"
    for _ in range(5_000):
        nested = [nested]
    with pytest.raises(LimitExceeded):
        values_in({"ids": nested})
    deep: Any = "hw:a"
    for _ in range(200):  # as deep as JSON may be
        deep = {"a": deep}
    refused = shop.refused("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[], nobody=deep)
    assert (refused["code"], refused["limit"]) == ("LIMIT", NESTED_MAX)


def test_a_question_about_as_many_nodes_as_may_be_has_few_enough_values(shop: Endpoint) -> None:
    """The largest lists that a field takes."""
    of = [{"dataset": {"namespace": "n", "name": f"x{number}", "column": "c"}} for number in range(1_000)]
    refused = shop.refused("query($of: [NodeRef!]!) { lineage(of: $of, direction: BOTH) { roots } }", of=of)
    assert refused["code"] == "NOT_FOUND"


def test_comparisons_are_counted_over_the_whole_document() -> None:
    """Fields of one name, and fragments spread: each pair once."""
    assert comparisons(parse("{ a b c { a } } fragment F on Query { a: x ...G ...H }")) == 3 + 1
    assert comparisons(parse("query A { a } query B { ... { a } }")) == 1


@given(st.lists(st.sampled_from("ab"), min_size=1, max_size=12))
def test_sharing_fragments_changes_no_price(shape: list[str]) -> None:
    """A spread costs what its fragment's fields cost where it stands."""
    bodies = {"a": "nodes { id name }", "b": "pageInfo { endCursor } edges { cursor }"}
    fragments = " ".join(f"fragment {name} on SearchConnection {{ {body} }}" for name, body in bodies.items())
    spread = " ".join(f"...{each}" for each in shape)
    plain = " ".join(bodies[each] for each in shape)
    for page in (0, 1, 500):
        asked = f'search(query: "x", first: {page})'
        assert priced(f"{{ {asked} {{ {spread} }} }} {fragments}") == priced(f"{{ {asked} {{ {plain} }} }}")


def test_a_document_is_read_once_and_kept(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last ones, in bounded number; and what was found wrong is found again."""
    reader = admission.Reader()
    first = reader.read(schema._schema, "{ __typename }")
    assert reader.kept("{ __typename }") is first
    for number in range(admission.DOCUMENTS_KEPT):
        reader.read(schema._schema, f"{{ a{number}: __typename }}")
    assert reader.kept("{ __typename }") is None and len(reader._kept) == admission.DOCUMENTS_KEPT
    for _ in range(2):
        assert shop.refused("{ nobody }")["code"] == "BAD_QUERY"


def test_a_price_that_cannot_be_borne_says_so() -> None:
    """With the limit, what was asked, and what to do."""
    with pytest.raises(LimitExceeded, match="Ask for fewer"):
        cost.Price(cost.COST_MAX + 1, 1).require_bearable()
    cost.Price(cost.COST_MAX, cost.DEPTH_MAX).require_bearable()
