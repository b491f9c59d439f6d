"""Statements survive the ledger: encode and decode are inverse, and what is no statement is refused with its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.errors import InputError
from lineage.events import RawName
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
    Replay,
    Retraction,
    StatedFact,
    Statement,
    decode,
    encode,
)

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(str.strip)
namespaces = words.map(lambda text: "n" + text.replace(" ", "_"))
times = st.none() | st.integers(946_684_800_000_000, 1_900_000_000_000_000)
spans = st.tuples(times, times).map(
    lambda pair: pair if None in pair or pair[0] < pair[1] else (pair[1], pair[0] + 1)  # type: ignore[operator]
)
places = st.builds(Place, st.just(PlaceKind.DATASET), st.builds(RawName, namespaces, words), st.none() | words)


@st.composite
def rules(draw: st.DrawFn) -> AliasRule:
    kind = draw(st.sampled_from(AliasKind))
    first, second = draw(namespaces), draw(namespaces)
    if kind is AliasKind.NAMESPACE:
        return AliasRule.parse(kind, first, second + "x", draw(words)) if first != second + "x" else draw(rules())
    return AliasRule.parse(kind, f"{first} a{draw(words)}", f"{second} b{draw(words)}", draw(words))


@st.composite
def facts(draw: st.DrawFn) -> StatedFact:
    kind, about, reason, (start, end) = draw(st.sampled_from(FactKind)), draw(places), draw(words), draw(spans)
    if kind is FactKind.EDGE:
        source = draw(places.filter(lambda place: place != about))
        flow, masking, label = draw(st.sampled_from(Flow)), draw(st.booleans()), draw(words | st.just(""))
        return StatedFact(
            kind, about, reason, source, flow=flow, transformation=label, masking=masking, from_us=start, to_us=end
        )
    if kind is FactKind.DATASET_TYPE:
        about = Place(about.kind, about.name)
    return StatedFact(kind, about, reason, key=draw(words), value=draw(words), from_us=start, to_us=end)


statements: st.SearchStrategy[Statement] = st.one_of(
    st.builds(AliasStatement, st.sampled_from(Op), rules()),
    st.builds(
        lambda op, job, producer, span, reason: DistrustStatement(op, Distrust(job, producer, *span, reason)),
        st.sampled_from(Op), words, words, spans, words,
    ),
    st.builds(FactStatement, facts()),
    st.builds(Retraction, st.integers(0, 1 << 40), words),
    st.builds(Replay, st.integers(0, 1 << 40)),
)  # fmt: skip


@given(statements)
def test_a_statement_comes_back_from_the_ledger_as_it_was(statement: Statement) -> None:
    """decode(encode(s)) is s, and the bytes are canonical: encoding again gives the same."""
    kind, norm = encode(statement)
    assert decode(kind, norm) == statement
    assert encode(decode(kind, norm)) == (kind, norm)
    assert json.dumps(json.loads(norm), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == norm


@pytest.mark.parametrize(
    ("written", "to", "namespace", "becomes"),
    [
        ("postgres://a:5432", "postgres://b:5432", "postgres://a:5432", "postgres://b:5432"),
        ("postgres://a:5432", "postgres://b:5432", "postgres://a:5433", None),
        ("hosts:k1,k2", "kafka", "kafka://k2:9092", "kafka://kafka:9092"),
        ("hosts:k1,k2", "kafka", "kafka://k0:9092,K2:9092", "kafka://kafka:9092"),
        ("hosts:k1:9092", "kafka:9092", "kafka://k1:9092/x", "kafka://kafka:9092/x"),
        ("hosts:127.0.0.1", "localhost", "postgres://u@127.0.0.1:5599", "postgres://u@localhost:5599"),
        ("hosts:127.0.0.1", "localhost", "postgres://10.127.0.0.1:5599", None),
        (r"regex:s3[an]://(.*)", r"s3://\1", "s3a://lake", "s3://lake"),
        (r"regex:s3[an]://(.*)", r"s3://\1", "xs3a://lake", None),
    ],
)
def test_a_namespace_rule_rewrites_what_it_names_and_nothing_else(
    written: str, to: str, namespace: str, becomes: str | None
) -> None:
    """Exact, host list and pattern each speak about whole namespaces."""
    assert AliasRule.parse(AliasKind.NAMESPACE, written, to, "because").rewrite(namespace) == becomes


@pytest.mark.parametrize(
    ("kind", "body", "place"),
    [
        ("admin.alias", {"op": "add"}, "kind"),
        ("admin.alias", {"op": "add", "kind": "NAMESPACE", "from": "a", "to": "a", "reason": "r"}, "to"),
        ("admin.alias", {"op": "add", "kind": "NAMESPACE", "from": "regex:(", "to": "a", "reason": "r"}, "from"),
        ("admin.alias", {"op": "add", "kind": "NAMESPACE", "from": "regex:a", "to": r"\3", "reason": "r"}, "from"),
        ("admin.alias", {"op": "add", "kind": "DATASET", "from": "hosts:a", "to": "a b", "reason": "r"}, "from"),
        ("admin.alias", {"op": "add", "kind": "JOB", "from": "ab", "to": "a b", "reason": "r"}, "from"),
        ("admin.alias", {"op": "up", "kind": "JOB", "from": "a b", "to": "a c", "reason": "r"}, "op"),
        ("admin.alias", {"op": "add", "kind": "JOB", "from": "a b", "to": "a c", "reason": " "}, "reason"),
        ("admin.distrust", {"op": "add", "job": "*", "producer": "*", "from": "2026-11-22", "to": None}, "from"),
        ("annotate", {"op": "state", "kind": "EDGE", "about": {"kind": "DATASET"}}, "about.namespace"),
        ("annotate", {"op": "retract", "index": -1, "reason": "r"}, "index"),
        ("annotate", {"op": "retract", "index": True, "reason": "r"}, "index"),
        ("admin.replay", {}, "index"),
        ("admin.other", {}, "kind"),
    ],
)
def test_what_is_no_statement_is_refused_with_its_place(kind: str, body: dict[str, object], place: str) -> None:
    """An InputError names the field to correct."""
    with pytest.raises(InputError) as caught:
        decode(kind, json.dumps(body).encode())
    assert caught.value.place == place


def test_bytes_that_are_no_json_object_are_refused() -> None:
    """Neither truncated JSON nor a list is a statement."""
    for norm in (b"{", b"[]", b"\xff", b"[" * 100_000):
        with pytest.raises(InputError):
            decode("admin.alias", norm)


def test_distrust_covers_by_glob_producer_and_half_open_time_span() -> None:
    """The end of the span is outside; `*` covers every producer."""
    distrust = Distrust("airflow *_test", "*", 10, 20, "poison")
    job = RawName("airflow", "daily_test")
    assert [distrust.covers(job, "p", t) for t in (9, 10, 19, 20)] == [False, True, True, False]
    assert not distrust.covers(RawName("airflow", "daily"), "p", 15)
