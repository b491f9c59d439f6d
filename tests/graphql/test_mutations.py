"""Mutations: each is one entry of the ledger, durable before the answer, and can be undone."""

import pytest

from lineage.aliases import AliasKind, AliasRule
from lineage.errors import Conflict
from lineage.events import RawName
from lineage.ledger import Draft
from lineage.statements import (
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
    decode,
)
from tests.graphql.service import Endpoint

ADD = "mutation($input: AddAliasInput!) { addAlias(input: $input) { index leafHash kind from to reason } }"
REMOVE = "mutation($input: RemoveAliasInput!) { removeAlias(input: $input) { index from to } }"
STATE = "mutation($input: StateFactInput!) { stateFact(input: $input) { index stated } }"
RETRACT = "mutation($input: RetractFactInput!) { retractFact(input: $input) { index stated } }"
DISTRUST = "mutation($input: DistrustInput!) { distrustRuns(input: $input) { index job from to } }"
TRUST = "mutation($input: TrustInput!) { trustRuns(input: $input) { index } }"
REPLAY = """mutation($input: ReplayInput!) { replayDeadLetters(input: $input) {
  index replayed refused letters { index entry code reason } } }"""


def last_statement(shop: Endpoint) -> object:
    """What the newest entry says, as the projector reads it."""
    index = shop.context.ledger.size() - 1
    norm = shop.context.ledger.part(index, "norm")
    assert norm is not None
    return decode(shop.context.ledger.leaf(index).kind, norm)


def test_an_alias_is_an_entry_listed_and_undone(shop: Endpoint) -> None:
    """addAlias, aliases, removeAlias: the record keeps both entries."""
    rule = {"kind": "NAMESPACE", "from": "hosts:a,b", "to": "c", "reason": "one cluster"}
    done = shop.ask(ADD, input=rule)["addAlias"]
    assert done["index"] == "10" and len(done["leafHash"]) == 64
    assert last_statement(shop) == AliasStatement(
        Op.ADD, AliasRule.parse(AliasKind.NAMESPACE, "hosts:a,b", "c", "one cluster")
    )
    assert shop.ask("{ aliases { nodes { kind from to reason index } } }")["aliases"]["nodes"] == [
        {**rule, "index": "10"}
    ]
    gone = shop.ask(REMOVE, input={"kind": "NAMESPACE", "from": "hosts:a,b", "reason": "was wrong"})["removeAlias"]
    assert (gone["index"], gone["to"]) == ("11", "c")
    assert shop.ask("{ aliases { nodes { from } } }")["aliases"]["nodes"] == []


def test_pages_of_what_people_told_miss_nothing_when_some_of_it_is_taken_back(shop: Endpoint) -> None:
    """Aliases, facts, distrust: the first of them goes while somebody reads on, and none that stays is skipped."""
    for number in range(5):
        shop.ask(ADD, input={"kind": "DATASET", "from": f"n x{number}", "to": "n y", "reason": "r"})
    for number in range(5):
        job = {"job": f"n job{number}", "reason": "r"}
        shop.ask(DISTRUST, input=job)
    page = "first: 2, after: $after) { totalCount nodes { index } pageInfo { hasNextPage endCursor } } }"
    for field, take_back in (
        ("aliases", (REMOVE, {"kind": "DATASET", "from": "n x0", "reason": "r"})),
        ("distrusted", (TRUST, {"job": "n job0", "reason": "r"})),
    ):
        document = f"query($after: String) {{ {field}({page}"
        first = shop.ask(document)[field]
        assert (first["totalCount"], len(first["nodes"])) == (5, 2)
        shop.ask(take_back[0], input=take_back[1])
        seen = [*first["nodes"]]
        while first["pageInfo"]["hasNextPage"]:
            first = shop.ask(document, after=first["pageInfo"]["endCursor"])[field]
            seen += first["nodes"]
        indexes = [int(each["index"]) for each in seen]
        assert indexes == list(range(indexes[0], indexes[0] + 5))
        assert shop.refused(document, after=first["pageInfo"]["endCursor"][:-2])["code"] == "BAD_CURSOR"
        assert shop.refused(f"{{ {field}(first: 2000000000) {{ totalCount }} }}")["code"] == "LIMIT"
    facts = shop.refused(
        "query($a: String) { statedFacts(after: $a) { totalCount } }", a=first["pageInfo"]["endCursor"]
    )
    assert facts["code"] == "BAD_CURSOR"


def test_an_alias_that_cannot_be_is_refused_and_not_written(shop: Endpoint) -> None:
    """A bad pattern, a name without its namespace, a circle, a rule that is not there."""
    base = {"kind": "DATASET", "from": "n a", "to": "n b", "reason": "r"}
    for change, code in (
        ({"from": "a"}, "BAD_INPUT"),
        ({"reason": " "}, "BAD_INPUT"),
        ({"kind": "NAMESPACE", "from": "regex:("}, "BAD_INPUT"),
        ({"to": "n a"}, "BAD_INPUT"),
    ):
        refused = shop.refused(ADD, input=base | change)
        assert refused["code"] == code and refused["place"]
    missing = shop.refused(REMOVE, input={"kind": "JOB", "from": "x y", "reason": "r"})
    assert missing["code"] == "NOT_FOUND"
    assert shop.context.ledger.size() == 10
    shop.ask(ADD, input=base)
    assert shop.refused(ADD, input=base | {"from": "n b", "to": "n a"})["code"] == "CONFLICT"
    assert shop.context.ledger.size() == 11


def test_a_longer_circle_is_found() -> None:
    """a → b → c → a would leave no name to show."""
    from api.graphql.mutations import require_no_circle

    rules = [AliasRule.parse(AliasKind.NAMESPACE, *ends, "r") for ends in (("a", "b"), ("b", "c"))]
    require_no_circle(AliasRule.parse(AliasKind.NAMESPACE, "c", "d", "r"), rules)
    with pytest.raises(Conflict):
        require_no_circle(AliasRule.parse(AliasKind.NAMESPACE, "c", "a", "r"), rules)


def test_facts_are_stated_listed_and_retracted(shop: Endpoint) -> None:
    """An edge with its flow, an owner; the index is the name for the retraction."""
    edge = {
        "kind": "EDGE",
        "source": {"namespace": "n", "name": "sheet"},
        "about": {"namespace": "n", "name": "customers", "column": "email"},
        "reason": "typed in by hand",
        "validFrom": "2026-01-01T00:00:00Z",
    }
    assert shop.ask(STATE, input=edge)["stateFact"] == {"index": "10", "stated": "10"}
    statement = last_statement(shop)
    assert statement == FactStatement(
        StatedFact(
            FactKind.EDGE,
            Place(PlaceKind.DATASET, RawName("n", "customers"), "email"),
            "typed in by hand",
            Place(PlaceKind.DATASET, RawName("n", "sheet")),
            from_us=1_767_225_600_000_000,
        )
    )
    owner = {"kind": "OWNER", "about": {"namespace": "n", "name": "orders"}, "value": "sales", "reason": "asked"}
    shop.ask(STATE, input=owner)
    held = shop.ask("{ statedFacts { nodes { index kind text reason } } }")["statedFacts"]["nodes"]
    assert [fact["text"] for fact in held] == ["n sheet → n customers#email (VALUE)", "n orders: owner sales"]
    assert shop.ask(RETRACT, input={"index": "10", "reason": "no longer"})["retractFact"]["stated"] == "10"
    assert last_statement(shop) == Retraction(10, "no longer")
    assert shop.refused(RETRACT, input={"index": "10", "reason": "again"})["code"] == "NOT_FOUND"
    assert shop.refused(STATE, input=owner | {"value": ""})["place"] == "value"


def test_runs_are_distrusted_and_trusted_again(shop: Endpoint) -> None:
    """By the same pattern, producer and span."""
    runs = {"job": "airflow *_test", "from": "2026-11-01T00:00:00Z", "reason": "poison"}
    done = shop.ask(DISTRUST, input=runs)["distrustRuns"]
    assert done == {"index": "10", "job": "airflow *_test", "from": "2026-11-01T00:00:00Z", "to": None}
    assert last_statement(shop) == DistrustStatement(
        Op.ADD, Distrust("airflow *_test", "*", 1_793_491_200_000_000, None, "poison")
    )
    assert shop.refused(TRUST, input={"job": "airflow *_test", "reason": "r"})["code"] == "NOT_FOUND"
    assert len(shop.ask("{ distrusted { nodes { job } } }")["distrusted"]["nodes"]) == 1
    shop.ask(TRUST, input=runs | {"reason": "repaired"})
    assert shop.ask("{ distrusted { nodes { job } } }")["distrusted"]["nodes"] == []


def test_dead_letters_are_listed_and_replayed(shop: Endpoint) -> None:
    """What is understood now becomes an event that points back; what is not says why, again."""
    good = b"""{"eventTime": "2026-11-22T10:00:00Z", "producer": "https://example.org/t", "eventType": "COMPLETE",
      "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
      "run": {"runId": "00000000-0000-4000-8000-000000000001"}, "job": {"namespace": "n", "name": "j"}}"""
    reason = b'{"code":"NOT_JSON","message":"It is no JSON. Send JSON.","place":""}'
    for raw in (b"\x00rubbish", good):
        shop.context.ledger.append([Draft("ol.event", {"raw": raw, "reason": reason})])
    page = shop.ask("{ deadLetters { totalCount nodes { index code reason preview replayed sizeBytes } } }")
    letters = page["deadLetters"]
    assert [each["index"] for each in letters["nodes"]] == ["11", "10"]
    assert letters["nodes"][1]["preview"] == " rubbish" and letters["nodes"][1]["sizeBytes"] == "8"
    done = shop.ask(REPLAY, input={"all": True})["replayDeadLetters"]
    assert (done["replayed"], done["refused"]) == (1, 1)
    replayed = {each["index"]: each["entry"] for each in done["letters"]}
    assert replayed == {"10": None, "11": done["index"]}
    assert shop.ask("{ deadLetters(openOnly: true) { totalCount } }")["deadLetters"]["totalCount"] == 1
    assert shop.ask('{ deadLetter(index: "11") { replayed } }')["deadLetter"]["replayed"] == done["index"]
    assert shop.refused('{ deadLetter(index: "3") { code } }')["code"] == "NOT_FOUND"
    assert shop.refused(REPLAY, input={})["code"] == "BAD_INPUT"


def test_pages_of_dead_letters_follow_the_index(shop: Endpoint) -> None:
    """The newest first; a new one between two pages moves nothing."""
    reason = b'{"code":"NOT_JSON","message":"It is no JSON.","place":""}'

    def die() -> None:
        shop.context.ledger.append([Draft("ol.event", {"raw": b"x", "reason": reason})])

    for _ in range(3):
        die()
    document = """query($after: String) { deadLetters(first: 2, after: $after) { nodes { index }
      pageInfo { hasNextPage endCursor } } }"""
    first = shop.ask(document)["deadLetters"]
    die()
    second = shop.ask(document, after=first["pageInfo"]["endCursor"])["deadLetters"]
    assert [n["index"] for n in first["nodes"] + second["nodes"]] == ["12", "11", "10"]
    assert not second["pageInfo"]["hasNextPage"]


def test_suggestions_are_never_applied(shop: Endpoint) -> None:
    """Asking for names that look alike writes nothing."""
    assert shop.ask("{ aliasSuggestions { kind from to reason } }")["aliasSuggestions"] == []
    assert shop.context.ledger.size() == 10
