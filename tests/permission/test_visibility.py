"""Which nodes exist for a principal: namespaces in any spelling, tags at any time, and what lives in what."""

from __future__ import annotations

import json

import pytest

from lineage import ids
from lineage.access.principal import Principal
from lineage.access.pseudonyms import Pseudonyms
from lineage.access.sources import scoped
from lineage.access.tags import HidingTags, outer_names
from lineage.errors import LimitExceeded, NotFound
from lineage.facts import Change, Fact, Interval, Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import FOREVER
from lineage.query import DatasetRef, JobRef, MomentInput, NodeRef, Questions, Sources
from lineage.query.answers import Tag
from lineage.store.memory import MemoryStore
from tests.query.graph import Clock, FixedSeen

ALWAYS = Interval(0, FOREVER)


def name(node: Node, own: NodeId | None = None, raw: tuple[str, str] | None = None) -> Fact:
    namespace, written = raw or (node.namespace, node.name)
    value = json.dumps({"name": written, "namespace": namespace}, sort_keys=True, separators=(",", ":"))
    return Fact(Relation.NAME, own or node.id, node.id, f"name|{own or node.id}", node.kind, value)


def table(namespace: str, written: str) -> Node:
    return Node(ids.dataset_id(namespace, written), NodeKind.DATASET, namespace, written)


def space(namespace: str) -> Node:
    return Node(ids.namespace_id(namespace), NodeKind.NAMESPACE, namespace, namespace)


def tag(node: Node, key: str, value: str | None = None, field: str | None = None) -> Fact:
    told = {"key": key} | ({"value": value} if value else {}) | ({"field": field} if field else {})
    return Fact(Relation.PROPERTY, node.id, "", f"property|{node.id}|tag", "tag", json.dumps([told]))


def questions(changes: list[Change], principal: Principal) -> Questions:
    store = MemoryStore()
    store.bind("test")
    store.apply(changes, len(changes))
    return Questions(scoped(Sources(store, FixedSeen(), Clock(len(changes))), principal, Pseudonyms()))


def opened(index: int, nodes: list[Node], *facts: Fact | tuple[Fact, Interval]) -> Change:
    versions = tuple(each if isinstance(each, tuple) else (each, ALWAYS) for each in facts)
    return Change(index, tuple(nodes), (), versions)


def there(asked: Questions, node: Node, at: MomentInput | None = None) -> bool:
    """By its name and by its id, which never differ."""
    ref = DatasetRef(node.namespace, node.name)
    by_name = NodeRef(job=JobRef(node.namespace, node.name)) if node.kind is NodeKind.JOB else NodeRef(dataset=ref)
    found = []
    for each in (by_name, NodeRef(id=node.id)):
        try:
            asked.find(each, at or MomentInput())
            found.append(True)
        except NotFound:
            found.append(False)
    assert found[0] == found[1]
    return found[0]


def test_a_namespace_is_seen_in_every_spelling_of_it() -> None:
    """A default port, and an operator's other name, are spellings of what a principal may see; a hidden namespace's
    name of a visible dataset is none."""
    shop = table("postgres://db:5432", "shop.public.orders")
    spaces = [space("postgres://db:5432"), space("elsewhere")]
    raws = [("postgres://DB", "shop.public.orders"), ("warehouse", "orders"), ("elsewhere", "orders")]
    facts = [name(shop, ids.dataset_id(*raw), raw) for raw in raws]
    facts += [name(shop), *(name(each) for each in spaces)]
    facts.append(name(spaces[0], ids.namespace_id("warehouse"), ("warehouse", "warehouse")))
    asked = questions([opened(0, [shop, *spaces], *facts)], Principal(namespaces=("postgres://db:5432",)))
    page = asked.dataset("postgres://DB", "shop.public.orders")
    assert {(each.namespace, each.name) for each in page.names} == {
        ("postgres://db:5432", "shop.public.orders"), *raws[:2]
    }  # fmt: skip
    assert asked.find(NodeRef(id=ids.dataset_id(*raws[1]))).id == shop.id
    with pytest.raises(NotFound):
        asked.find(NodeRef(id=ids.dataset_id(*raws[2])))
    with pytest.raises(NotFound):
        asked.dataset(*raws[2])
    assert asked.search("elsewhere").edges == ()


def test_a_beginning_of_namespaces_ends_in_a_star() -> None:
    """`team-*` is every namespace that begins so, and no other."""
    tables = [table(each, "t") for each in ("team-a", "team-b", "other", "team")]
    asked = questions([opened(0, tables, *map(name, tables))], Principal(namespaces=("team-*",)))
    assert [there(asked, each) for each in tables] == [True, True, False, False]
    assert [node.namespace for node in asked.browse(NodeKind.DATASET).nodes] == ["team-a", "team-b"]


def test_what_is_secret_now_was_never_public() -> None:
    """A tag of today hides the past; a tag of the past hides that past, and no more than it."""
    a, b = table("n", "a"), table("n", "b")
    today = (tag(a, "pii"), Interval(50, FOREVER))
    once = (tag(b, "pii"), Interval(20, 30))
    changes = [opened(0, [a, b], name(a), name(b)), opened(1, [], today, once)]
    asked = questions(changes, Principal(hidden_tags=frozenset({"pii"})))
    for at in (MomentInput(), MomentInput(valid_at_us=10), MomentInput(known_index=1), MomentInput(valid_at_us=60)):
        assert not there(asked, a, at)
    assert there(asked, b)
    assert there(asked, b, MomentInput(valid_at_us=35))
    assert not there(asked, b, MomentInput(valid_at_us=25))


def test_what_was_merged_into_something_hidden_is_hidden_before_it_too() -> None:
    """A name of one's own that is known as another's in the latest state does not exist at any moment."""
    mine, theirs = table("mine", "t"), table("theirs", "t")
    merged = Fact(Relation.NAME, mine.id, theirs.id, f"name|{mine.id}", NodeKind.DATASET, name(mine).value)
    changes = [
        opened(0, [mine, theirs], name(mine), name(theirs)),
        Change(1, (), ((name(mine), ALWAYS),), ((merged, ALWAYS),)),
    ]
    asked = questions(changes, Principal(namespaces=("mine",)))
    assert not there(asked, mine)
    assert not there(asked, mine, MomentInput(known_index=1))
    assert there(questions(changes, Principal(namespaces=("mine", "theirs"))), mine, MomentInput(known_index=1))


@pytest.mark.parametrize("where", ["dataset", "namespace", "job", "column", "struct", "model"])
def test_a_tag_hides_what_it_is_on_and_all_that_is_in_it(where: str) -> None:
    """On a dataset its columns, versions and parts; on a job its runs; on a namespace everything; on a column what is
    nested in it; nothing beside it."""
    model, version, beside = table("n", "m"), table("n", "m@2"), table("n", "k")
    columns = [Node(ids.column_id(model.id, c), NodeKind.COLUMN, "n", "m", column=c) for c in ("a", "a.b", "ab")]
    job = Node(ids.job_id("n", "j"), NodeKind.JOB, "n", "j")
    run = Node(ids.run_id(job.id, "r", 1), NodeKind.RUN, "n", "j", version="r")
    snapshot = Node(ids.version_id(model.id, "v"), NodeKind.DATASET_VERSION, "n", "m", version="v")
    nodes = [model, version, beside, *columns, job, run, snapshot, space("n")]
    facts = [name(each) for each in (model, version, beside, job, space("n"))]
    facts += [Fact(Relation.HAS, model.id, each.id, f"schema|{model.id}|catalogue:c") for each in columns]
    facts.append(Fact(Relation.RUN, run.id, job.id, f"run|{run.id}", "COMPLETE", '{"attempt":1}'))
    facts.append(Fact(Relation.VERSION, snapshot.id, model.id, "version|v", "v", "{}"))
    on = {
        "dataset": tag(model, "Secret"), "namespace": tag(space("n"), "secret"), "job": tag(job, "SECRET"),
        "column": tag(columns[0], "secret"), "struct": tag(model, "secret", field="A"), "model": tag(model, "k", "v"),
    }  # fmt: skip
    asked = questions([opened(0, nodes, *facts, on[where])], Principal(hidden_tags=frozenset({"secret", "k=V"})))
    seen = set(asked.sources.graph.nodes([node.id for node in nodes]))
    inside = {
        "dataset": {model, version, *columns, snapshot}, "model": {model, version, *columns, snapshot},
        "namespace": set(nodes), "job": {job, run}, "column": {columns[0]}, "struct": {columns[0], columns[1]},
    }  # fmt: skip
    assert seen == {node.id for node in set(nodes) - inside[where]}


def test_a_rule_on_tags_is_a_key_or_a_key_with_its_value() -> None:
    """In any letter case; another value, or another key, hides nothing."""
    rules = HidingTags.of(["pii", "class=Secret"])
    assert [rules.hides(Tag(*each)) for each in (("PII", None), ("pii", "no"), ("Class", "secret"))] == [True] * 3
    assert [rules.hides(Tag(*each)) for each in (("pi", None), ("class", "open"), ("class", None))] == [False] * 3


def test_parts_are_told_by_their_names() -> None:
    """A model's version, a table's snapshots, a directory in another."""
    assert outer_names("churn@2") == ["churn"]
    assert outer_names("models/churn/2") == ["models/churn"]
    assert outer_names("lake/t@snapshots") == ["lake/t", "lake"]
    assert outer_names("orders") == []


def test_a_search_that_matches_too_much_is_refused_and_a_look_up_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is hidden counts, so that nobody waits for it; a name that is not there is NOT_FOUND all the same."""
    monkeypatch.setattr("lineage.access.graph.CANDIDATES_MAX", 5)
    tables = [table("theirs", f"orders_{n}") for n in range(20)]
    asked = questions([opened(0, tables, *map(name, tables))], Principal(namespaces=("mine",)))
    with pytest.raises(LimitExceeded, match="longer part"):
        asked.search("orders")
    with pytest.raises(NotFound) as missing:
        asked.dataset("mine", "orders")
    assert missing.value.near == ()


def test_whoever_sees_everything_asks_the_graph_itself() -> None:
    """No filter, no note, no cost."""
    sources = Sources(MemoryStore(), FixedSeen(), Clock(0))
    assert scoped(sources, Principal(scopes=frozenset()), Pseudonyms()) is sources
