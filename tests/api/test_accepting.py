"""One received body → entries: total, exact, and the same whether it comes alone or in an array."""

import json

from hypothesis import given
from hypothesis import strategies as st

from api.accepting import NORM, RAW, REASON, Sender, accept_body, accept_entry, reason_of
from api.bodies import Body

SENDER = Sender()
NOW_US = 1_793_000_000_000_000
NOISE = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(alphabet='[]{},:"\\ \n0123456789.eE+-truefalsn', max_size=100).map(str.encode),
)
CHARSETS = st.none() | st.sampled_from(
    ["utf-8", "latin-1", "utf-16", "utf-7", "idna", "klingon", "rot13", "undefined", "hex", ""]
)
EVENTS = st.fixed_dictionaries(
    {
        "eventTime": st.sampled_from(["2026-11-01T10:00:00Z", "2026-11-01T10:00", "2026-11-01", "never", None, 5]),
        "run": st.one_of(st.fixed_dictionaries({"runId": st.text(max_size=5)}), st.none(), st.integers()),
        "job": st.fixed_dictionaries({"namespace": st.text(max_size=5), "name": st.text(max_size=5)}),
    }
)


@given(NOISE, CHARSETS)
def test_any_bytes_are_kept_exactly(noise: bytes, charset: str | None) -> None:
    """Whatever comes, in whatever charset it claims: something is kept, nothing raises, nothing is changed."""
    letter = accept_body(Body(noise), charset, SENDER, NOW_US)
    for each in letter.accepted:
        assert (NORM in each.draft.parts) != (REASON in each.draft.parts)
        assert (each.reason is None) == (NORM in each.draft.parts)
    if not letter.many:
        assert letter.accepted[0].draft.parts[RAW] == noise


@given(st.lists(st.one_of(EVENTS, st.integers(), st.none()), max_size=6))
def test_an_array_is_its_elements(values: list[object]) -> None:
    """Each element becomes what it would have become alone."""
    written = [json.dumps(each).encode() for each in values]
    letter = accept_body(Body(b"[" + b" , ".join(written) + b"]"), None, SENDER, NOW_US)
    assert letter.many
    assert list(letter.accepted) == [accept_entry(each, SENDER, NOW_US) for each in written]


@given(st.text(max_size=50))
def test_a_reason_can_be_read_back(trouble: str) -> None:
    """Whatever the reason quotes, lone surrogates included, it is stored as JSON."""
    (accepted,) = accept_body(Body(b"x", trouble), None, SENDER, NOW_US).accepted
    assert accepted.reason is not None
    reason = reason_of(accepted.draft.parts[REASON])
    assert reason.code == accepted.reason.code == "UNDECODABLE_BODY"
    assert reason.message == accepted.reason.message.encode("utf-8", "replace").decode()
