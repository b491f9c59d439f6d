"""Questions over HTTP: what clients get, and how they are told what is wrong."""

from pathlib import Path

import pytest

from api.graphql import desk
from api.graphql.context import RequestContext
from lineage import ids
from lineage.errors import StoreError
from tests.graphql.service import Endpoint, endpoint

LINEAGE = """query($of: [NodeRef!]!, $direction: Direction!, $grain: Grain, $at: MomentInput, $depth: Int) {
  lineage(of: $of, direction: $direction, grain: $grain, at: $at, depth: $depth) {
    roots nodes { id kind name column datasetType distance more }
    edges { source target flow masking certainty evidence jobs runCount entries { totalCount nodes { index kind } } }
    completeness { status reasons { code } knownIndex graphIndex ledgerSize validAt } } }"""


def ref(name: str, column: str | None = None) -> dict[str, object]:
    return {"dataset": {"namespace": "n", "name": name, **({"column": column} if column else {})}}


def test_lineage_by_column_names_every_hop_and_what_it_does(shop: Endpoint) -> None:
    """Values flow on, a filter is an edge to the whole dataset, masking and evidence are told."""
    answer = shop.ask(LINEAGE, of=[ref("customers")], direction="DOWNSTREAM", grain="COLUMN")["lineage"]
    names = {n["id"]: f"{n['name']}#{n['column']}" if n["column"] else n["name"] for n in answer["nodes"]}
    edges = {(names[e["source"]], names[e["target"]]): e for e in answer["edges"]}
    assert edges["customers#email", "features#email_hash"]["masking"] is True
    assert edges["customers#id", "features"]["flow"] == "CONTROL"
    assert ("features#email_hash", "model#email_hash") in edges
    assert next(n for n in answer["nodes"] if n["name"] == "model")["datasetType"] == "MODEL"


def test_longs_are_text_and_times_are_iso(shop: Endpoint) -> None:
    """A Long survives JavaScript, a DateTime says its zone."""
    told = shop.ask(LINEAGE, of=[ref("orders")], direction="DOWNSTREAM")["lineage"]["completeness"]
    assert told["knownIndex"] == told["graphIndex"] == "10"
    assert told["validAt"].endswith("Z")


def test_a_moment_can_be_given_as_text_or_number(shop: Endpoint) -> None:
    """knownIndex as "4" and 4 are the same question; before its first entry a name is NOT_FOUND."""
    for known in ("3", 3):
        answer = shop.ask(LINEAGE, of=[ref("customers")], direction="DOWNSTREAM", at={"knownIndex": known})["lineage"]
        assert [n["name"] for n in answer["nodes"]] == ["customers", "features"]
    refused = shop.refused(LINEAGE, of=[ref("model")], direction="UPSTREAM", at={"knownIndex": 3})
    assert refused["code"] == "NOT_FOUND"


def test_what_is_not_there_is_an_error_with_near_names(shop: Endpoint) -> None:
    """NOT_FOUND, never an empty answer."""
    for document, variables in (
        (LINEAGE, {"of": [ref("customer")], "direction": "UPSTREAM"}),
        ('{ dataset(namespace: "n", name: "customer") { id } }', {}),
        ('{ find(of: {dataset: {namespace: "n", name: "customer"}}) { id } }', {}),
    ):
        refused = shop.refused(document, **variables)
        assert refused["code"] == "NOT_FOUND"
        assert any("customers" in near for near in refused["near"])


def test_one_missing_node_of_many_is_null_with_its_error(shop: Endpoint) -> None:
    """`nodes` keeps the order; each that is missing has an error at its place."""
    known, unknown = ids.dataset_id("n", "orders"), ids.dataset_id("n", "nobody")
    answer = shop.answer("query($ids: [ID!]!) { nodes(ids: $ids) { id name } }", ids=[unknown, known])
    assert [node and node["name"] for node in answer["data"]["nodes"]] == [None, "orders"]
    assert answer["errors"][0]["path"] == ["nodes", 0]
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_a_dataset_page_tells_schema_owners_and_users(shop: Endpoint) -> None:
    """Everything on the page comes with one question."""
    page = shop.ask("""{ dataset(namespace: "n", name: "features") { confirmed droppedAt
      names { namespace name } readBy { name kind } columns { column } versions { totalCount }
      entries(first: 1) { totalCount pageInfo { hasNextPage } nodes { index leafHash time } } } }""")["dataset"]
    assert page["confirmed"] is True and page["droppedAt"] is None
    assert page["names"] == [{"namespace": "n", "name": "features"}]
    assert page["readBy"] == [{"name": "check", "kind": "JOB"}]
    assert [c["column"] for c in page["columns"]] == ["email_hash"]
    assert page["entries"]["pageInfo"]["hasNextPage"] is True
    assert len(page["entries"]["nodes"][0]["leafHash"]) == 64
    owned = shop.ask("""{ dataset(namespace: "n", name: "customers") { owners { name }
      columns { column type ordinal reporter dataset { name } } } }""")["dataset"]
    assert owned["owners"] == [{"name": "crm-team"}]
    assert [(c["column"], c["type"], c["dataset"]["name"]) for c in owned["columns"]] == [
        ("id", "bigint", "customers"),
        ("email", "text", "customers"),
    ]


def test_pages_of_entries_partition_the_list(shop: Endpoint) -> None:
    """Keyset cursors: every entry once, and another list's cursor is refused."""
    document = """query($name: String!, $after: String) { dataset(namespace: "n", name: $name) {
      entries(first: 2, after: $after) { totalCount nodes { index } pageInfo { hasNextPage endCursor } } } }"""
    seen: list[str] = []
    after = None
    while True:
        page = shop.ask(document, name="features", after=after)["dataset"]["entries"]
        seen += [node["index"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == page["totalCount"]
    assert shop.refused(document, name="orders", after=after)["code"] == "BAD_CURSOR"


def test_search_shows_nodes_of_every_kind(shop: Endpoint) -> None:
    """A node's own fields are at hand, and pages follow each other."""
    document = """query($after: String) { search(query: "email", first: 2, after: $after) {
      edges { matched node { __typename name ... on Column { column } } } pageInfo { hasNextPage endCursor } } }"""
    first = shop.ask(document)["search"]
    second = shop.ask(document, after=first["pageInfo"]["endCursor"])["search"]
    found = [(e["node"]["name"], e["node"]["column"]) for e in first["edges"] + second["edges"]]
    assert found == [("customers", "email"), ("features", "email_hash"), ("model", "email_hash")]
    assert not second["pageInfo"]["hasNextPage"]


def test_pages_of_many_nodes_are_one_trip_to_the_desk(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """No N+1: twenty nodes with details are one batch, not twenty."""
    batches: list[int] = []
    read = RequestContext._read_pages

    def counted(self: RequestContext, keys: list[object]) -> object:
        batches.append(len(keys))
        return read(self, keys)  # type: ignore[arg-type]

    monkeypatch.setattr(RequestContext, "_read_pages", counted)
    shop.ask("""{ search(query: "e", kinds: [DATASET]) { nodes { ... on Dataset { owners { name } datasetType
      columns { column } } } } }""")
    assert batches == [len(shop.ask('{ search(query: "e", kinds: [DATASET]) { nodes { id } } }')["search"]["nodes"])]


def test_impact_provenance_and_paths_answer(shop: Endpoint) -> None:
    """What breaks, where it comes from, and how it gets there agree about one column."""
    of = [ref("customers", "email")]
    impact = shop.ask(
        """query($of: [NodeRef!]!) { impact(of: $of, change: REMOVE) { items { node { name kind } certainty distance
        why { source target } owners } totals { count certainty } completeness { status } } }""",
        of=of,
    )["impact"]
    assert {"model", "features"} <= {item["node"]["name"] for item in impact["items"]}
    back = shop.ask(
        """query($of: NodeRef!) { provenance(of: $of) { sources { node { name column } distance why { source } }
        completeness { status } } }""",
        of=ref("model", "email_hash"),
    )["provenance"]
    assert {"name": "customers", "column": "email"} in [source["node"] for source in back["sources"]]
    paths = shop.ask(
        """query($a: NodeRef!, $b: NodeRef!) { paths(from: $a, to: $b) { paths { edges { source } certainty }
        chokePoints { name column } } }""",
        a=of[0],
        b=ref("model", "email_hash"),
    )["paths"]
    assert [len(path["edges"]) for path in paths["paths"]] == [2]
    assert paths["chokePoints"] == [{"name": "features", "column": "email_hash"}]


def test_drift_names_the_reporter_the_entry_and_what_is_downstream(shop: Endpoint) -> None:
    """A type that changed in one catalogue is one change, with the impact of its column."""
    changes = shop.ask("""{ schemaChanges(since: "1970-01-01T00:00:00Z") { edges { node { column kind before after
      reporter index at dataset { name owners { name } } impact { totals { count } } } } } }""")["schemaChanges"]
    [change] = [e["node"] for e in changes["edges"] if e["node"]["kind"] == "TYPE_CHANGED"]
    assert (change["column"], change["before"], change["after"], change["index"]) == ("id", "int", "bigint", "9")
    assert change["dataset"] == {"name": "customers", "owners": [{"name": "crm-team"}]}


def test_diff_between_two_sizes_of_the_record(shop: Endpoint) -> None:
    """What the record learned since is added."""
    diff = shop.ask(
        """query($of: [NodeRef!]!) { diff(of: $of, direction: DOWNSTREAM, from: {knownIndex: 3}, to: {}) {
        addedNodes { name } removedNodes { name } completeness { status } } }""",
        of=[ref("customers")],
    )["diff"]
    assert [node["name"] for node in diff["addedNodes"]] == ["model"]
    assert diff["removedNodes"] == []


def test_the_ledger_tells_where_it_stands(shop: Endpoint) -> None:
    """Size and root belong together; the graph has followed."""
    told = shop.ask("{ ledger { size root graphIndex lagSeconds origin } }")["ledger"]
    assert (told["size"], told["graphIndex"], told["lagSeconds"]) == ("10", "10", 0)
    assert told["root"] == shop.context.ledger.root(10).hex()


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ ledger { ", "BAD_QUERY"),
        ("{ nothing }", "BAD_QUERY"),
        ('{ dataset(namespace: "n") { id } }', "BAD_QUERY"),
        ('{ search(query: "a", first: -1) { nodes { id } } }', "BAD_INPUT"),
        ('{ search(query: "a", first: 100000) { nodes { id } } }', "LIMIT"),
        ('{ search(query: " ") { nodes { id } } }', "BAD_INPUT"),
        ('{ search(query: "a", after: "x") { nodes { id } } }', "BAD_CURSOR"),
        ('{ node(id: "orders") { id } }', "BAD_INPUT"),
        ('{ search(query: "a", at: {validAt: "2026-11-22"}) { nodes { id } } }', "BAD_INPUT"),
        ('{ search(query: "a", at: {knownIndex: "1e3"}) { nodes { id } } }', "BAD_INPUT"),
        ('{ search(query: "a", at: {knownIndex: 1, knownAt: "2026-11-22T00:00Z"}) { nodes { id } } }', "BAD_INPUT"),
        ("{ lineage(of: [], direction: UPSTREAM) { roots } }", "BAD_INPUT"),
        ("{ lineage(of: [{}], direction: UPSTREAM) { roots } }", "BAD_QUERY"),
        ("{ " + "a: ledger { size } " * 2_000 + "}", "LIMIT"),
    ],
)
def test_every_refusal_has_a_stable_code(shop: Endpoint, document: str, code: str) -> None:
    """Programs compare `extensions.code`."""
    assert shop.refused(document)["code"] == code


def test_null_means_the_default(shop: Endpoint) -> None:
    """Arguments with a default may be null, as the schema says."""
    answer = shop.ask("""{ search(query: "orders", first: null) { nodes { name } }
      lineage(of: [{dataset: {namespace: "n", name: "orders"}}], direction: DOWNSTREAM, grain: null, limit: null) {
        roots } }""")
    assert answer["search"]["nodes"] and answer["lineage"]["roots"]


def test_a_query_may_come_by_get_a_mutation_may_not(shop: Endpoint) -> None:
    """GET is safe: nothing is written by a link."""
    assert shop.client.get("/graphql", params={"query": "{ ledger { size } }"}).json()["data"]["ledger"]["size"] == "10"
    mutation = 'mutation { addAlias(input: {kind: NAMESPACE, from: "a", to: "b", reason: "r"}) { index } }'
    assert shop.client.get("/graphql", params={"query": mutation}).status_code >= 400
    assert shop.context.ledger.size() == 10


def test_a_fault_is_numbered_not_shown(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a traceback nor a message of the code's reaches the client."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(type(shop.context.ledger), "head", broken)
    answer = shop.answer("{ ledger { size root } }")
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(answer) and answer["errors"][0]["extensions"]["fault"] in answer["errors"][0]["message"]


def test_a_store_that_fails_says_whether_to_try_again(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """STORE_UNAVAILABLE, retryable."""

    def down(*_: object, **__: object) -> None:
        raise StoreError("The store is down. Try again.", retryable=True)

    monkeypatch.setattr(type(shop.graph.store), "applied", down)
    refused = shop.refused("{ ledger { size } }")
    assert (refused["code"], refused["retryable"]) == ("STORE_UNAVAILABLE", True)


def test_a_flood_is_refused_at_once(shop: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """OVERLOADED, with when to come back; nothing queues without end."""
    monkeypatch.setattr(desk, "WAITING_MAX", 0)
    refused = shop.refused("{ ledger { size } }")
    assert refused["code"] == "OVERLOADED" and refused["retryAfterSeconds"] > 0


def test_a_lagging_graph_says_so(tmp_path: Path) -> None:
    """The ledger is ahead: COMPLETE with the note LAG."""
    with endpoint(tmp_path, "a -> b by j", ledger_size=5) as made:
        told = made.ask(LINEAGE, of=[ref("b")], direction="UPSTREAM")["lineage"]["completeness"]
    assert "LAG" in [reason["code"] for reason in told["reasons"]]
    assert (told["graphIndex"], told["ledgerSize"]) == ("1", "5")
