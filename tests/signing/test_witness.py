"""Witnesses: the protocol of C2SP tlog-witness on both sides, and a log that is not what it was."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.cli.witnessing import witness_key
from api.witness_door import witness_app
from lineage.errors import InputError, LedgerError, StoreError
from lineage.ledger import Draft, Ledger
from lineage.signing.checkpoints import Checkpoints
from lineage.signing.cosigning import Cosigning, cosign
from lineage.signing.private_keys import SeedKey, make_key
from lineage.signing.witness import REQUEST_BYTES_MAX, Answer, Witness
from lineage.verify.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint
from lineage.verify.keys import KeyKind
from lineage.verify.note import parse_signature_line
from lineage.verify.policy import Policy, PolicyKey, parse_policy
from lineage.verify.proof import ConsistencyProof
from tests.signing.making import ORIGIN, Clock, soon
from tests.verify.published import signed

LOG = make_key(ORIGIN, seed=b"l" * 32)
URL = "http://witness.example/prefix"
POLICY = parse_policy(f"log {LOG.verifier.text}\nquorum none\n")


@pytest.fixture(params=[KeyKind.COSIGNATURE_ED25519, KeyKind.ML_DSA_44], ids=["ed25519", "ml-dsa-44"])
def key(request: pytest.FixtureRequest) -> SeedKey:
    """A witness's key of either kind."""
    return make_key("audit.acme.example/w1", request.param, seed=b"w" * 32)


@pytest.fixture
def witness(tmp_path: Path, key: SeedKey) -> Iterator[Witness]:
    """A witness that knows the log."""
    with closing(Witness(tmp_path / "witness.sqlite", key, POLICY, Clock())) as made:
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """The log."""
    with Ledger.open(tmp_path / "ledger.sqlite", origin=ORIGIN) as made:
        made.append([Draft("heartbeat", {}) for _ in range(300)])
        yield made


def head(ledger: Ledger, size: int) -> SignedCheckpoint:
    return parse_checkpoint(signed(LOG, Checkpoint(ORIGIN, size, ledger.root(size))))


def ask(witness: Witness, ledger: Ledger, old: int, new: int) -> Answer:
    proof = tuple(ledger.consistency_proof(old, new)) if old <= new else ()
    return witness.add_checkpoint(ConsistencyProof(old, proof, head(ledger, new).encode()).encode().encode())


def test_growth_is_cosigned_and_remembered(witness: Witness, ledger: Ledger, key: SeedKey, tmp_path: Path) -> None:
    """From nothing, step by step, the same head again, and after a restart."""
    for old, new in ((0, 7), (7, 256), (256, 256), (256, 257)):
        answer = ask(witness, ledger, old, new)
        assert answer.status == 200
        line = parse_signature_line(answer.body.removesuffix("\n"))
        assert key.verifier.verify(head(ledger, new).note.text, line.signature) == Clock().now_s
    with closing(Witness(tmp_path / "witness.sqlite", key, POLICY)) as again:
        assert again.head(ORIGIN) == head(ledger, 257).checkpoint
        assert ask(again, ledger, 257, 300).status == 200
    assert witness.refused() == []


def test_a_size_that_it_has_not_seen_is_answered_with_the_one_it_has(witness: Witness, ledger: Ledger) -> None:
    """409, the size, and its media type."""
    ask(witness, ledger, 0, 7)
    answer = ask(witness, ledger, 3, 9)
    assert (answer.status, answer.body, answer.media_type) == (409, "7\n", "text/x.tlog.size")


def forged(ledger: Ledger, tmp_path: Path, size: int) -> SignedCheckpoint:
    """A head of another history, signed with the log's own key."""
    with Ledger.open(tmp_path / "forged.sqlite", origin=ORIGIN) as other:
        other.append([Draft("annotate", {}) for _ in range(size)])
        return head(other, size)


@pytest.mark.parametrize(
    ("size", "status", "why"), [(9, 422, "does not extend"), (7, 409, "another root"), (6, 409, "rolled back")]
)
def test_another_history_is_refused_and_kept_as_proof(
    witness: Witness, ledger: Ledger, tmp_path: Path, size: int, status: int, why: str
) -> None:
    """Rewritten, forked, rolled back: no cosignature, and the signed request is evidence."""
    ask(witness, ledger, 0, 7)
    other = forged(ledger, tmp_path, size)
    old = min(7, size)
    body = ConsistencyProof(old, tuple(ledger.consistency_proof(old, size)), other.encode()).encode().encode()
    assert witness.add_checkpoint(body).status == status
    (kept,) = witness.refused()
    assert why in kept.why and kept.request == body
    assert ask(witness, ledger, 7, 9).status == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda body: b"", 400),
        (lambda body: body.replace(b"old 0", b"old 01"), 400),
        (lambda body: body.replace(b"old 0", b"old 8"), 400),
        (lambda body: body.replace(b"old 0\n", b"old 0\n" + 64 * (b"A" * 43 + b"=\n")), 400),
        (lambda body: body.replace(ORIGIN.encode(), b"other.example/ledger"), 404),
        (lambda body: body.replace(b"\n7\n", b"\n8\n"), 403),
    ],
    ids=["empty", "number", "larger old", "many hashes", "unknown log", "signature"],
)
def test_bad_requests_have_the_protocol_s_answers(
    witness: Witness, ledger: Ledger, change: object, status: int
) -> None:
    """Malformed 400, an unknown log 404, a signature that is not the log's 403; nothing is remembered."""
    assert callable(change)
    body = ConsistencyProof(0, (), head(ledger, 7).encode()).encode().encode()
    assert witness.add_checkpoint(change(body)).status == status
    assert witness.head(ORIGIN) is None


def test_two_requests_at_once_never_roll_it_back(witness: Witness, ledger: Ledger) -> None:
    """The race of the specification: check and memory are one step."""
    ask(witness, ledger, 0, 7)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda size=size: answers.append(ask(witness, ledger, 7, size).status))
        for size in range(8, 24)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(200) == 1
    assert set(answers) == {200, 409}


def test_the_door_is_the_protocol_over_http(witness: Witness, ledger: Ledger, key: SeedKey) -> None:
    """Bodies are bounded, the key is shown, nothing else is there."""
    client = TestClient(witness_app(witness, key.verifier.text))
    body = ConsistencyProof(0, (), head(ledger, 7).encode()).encode()
    assert client.post("/add-checkpoint", content=body).status_code == 200
    late = client.post("/add-checkpoint", content=body)
    assert (late.status_code, late.text, late.headers["content-type"]) == (409, "7\n", "text/x.tlog.size")
    assert client.post("/add-checkpoint", content=b"x" * (REQUEST_BYTES_MAX + 1)).status_code == 413
    assert client.get("/").text.strip() == key.verifier.text
    assert client.get("/add-checkpoint").status_code == 405


# The log's side


def known(key: SeedKey) -> PolicyKey:
    return PolicyKey("w1", key.verifier, URL)


def test_the_log_finds_out_how_far_a_witness_has_seen(witness: Witness, ledger: Ledger, key: SeedKey) -> None:
    """One that was asked by another publisher, or by one whose memory is gone: a 409 tells where to go on."""

    def post(url: str, body: bytes) -> tuple[int, str]:
        assert url == URL + "/add-checkpoint"
        answer = witness.add_checkpoint(body)
        return answer.status, answer.body

    ask(witness, ledger, 0, 256)
    for known_size in (0, 100, 300):
        lines = cosign(known(key), ledger, head(ledger, 300), known_size, post)
        assert [line.name for line in lines] == [key.verifier.name]


@pytest.mark.parametrize("size", [200, 256, 290])
def test_a_witness_that_saw_another_history_is_an_alarm(
    witness: Witness, ledger: Ledger, key: SeedKey, tmp_path: Path, size: int
) -> None:
    """Our ledger was rewritten, or cut off: not retryable, and said."""
    ask(witness, ledger, 0, 256)
    with Ledger.open(tmp_path / "forged.sqlite", origin=ORIGIN) as other:
        other.append([Draft("annotate", {}) for _ in range(size)])

        def post(_url: str, body: bytes) -> tuple[int, str]:
            answer = witness.add_checkpoint(body)
            return answer.status, answer.body

        with pytest.raises(LedgerError, match="rolled back" if size < 256 else "rewritten") as raised:
            cosign(known(key), other, head(other, size), 0, post)
    assert not raised.value.retryable


@pytest.mark.parametrize(
    "answer",
    [(500, "down"), (200, "no line"), (200, ""), (409, "many"), (302, ""), (404, "unknown log\n"), (200, None)],
    ids=["down", "no line", "empty", "no size", "elsewhere", "unknown log", "another key"],
)
def test_a_witness_that_answers_nonsense_is_worth_another_try(
    ledger: Ledger, key: SeedKey, answer: tuple[int, str | None]
) -> None:
    """Also one that signs with another key, or something else: no cosignature is taken unchecked."""
    status, text = answer
    if text is None:
        text = signed(make_key(key.verifier.name, key.verifier.kind), head(ledger, 7).checkpoint).partition("\n\n")[2]
    with pytest.raises(StoreError) as raised:
        cosign(known(key), ledger, head(ledger, 7), 0, lambda _url, _body: (status, text))
    assert raised.value.retryable


def test_cosignatures_are_kept_and_a_slow_witness_holds_nobody_up(
    witness: Witness, ledger: Ledger, key: SeedKey, tmp_path: Path
) -> None:
    """Each witness has its own thread; the checkpoint grows by what comes; one that hangs is only that."""
    release = threading.Event()
    slow = make_key("slow.example/w", KeyKind.COSIGNATURE_ED25519)

    def post(url: str, body: bytes) -> tuple[int, str]:
        if "slow" in url:
            release.wait(30)
            raise StoreError("No witness answers.", retryable=True)
        answer = witness.add_checkpoint(body)
        return answer.status, answer.body

    witnesses = [known(key), PolicyKey("w2", slow.verifier, "http://slow.example")]
    policy: Policy = parse_policy(
        f"log {LOG.verifier.text}\nwitness w1 {key.verifier.text}\nwitness w2 {slow.verifier.text}\n"
        "group g any w1 w2\nquorum g\n"
    )
    kept_at = tmp_path / "checkpoints.sqlite"
    with closing(Checkpoints(kept_at)) as checkpoints, closing(Cosigning(witnesses, checkpoints, post)) as cosigning:
        for size in (7, 300):
            newest = head(ledger, size)
            checkpoints.add(newest, 0)
            cosigning.ask(ledger, newest)
            soon(lambda size=size: checkpoints.witnessed(ORIGIN, "w1") == size)  # type: ignore[misc]
        kept = checkpoints.latest(ORIGIN)
        assert kept is not None
        assert sorted(policy.check(kept).cosigned) == ["w1"]
        assert cosigning.states[0].cosigned_size == {ORIGIN: 300}
        release.set()
        soon(lambda: cosigning.states[1].trouble != "")
        assert (cosigning.states[1].alarm, cosigning.states[0].trouble) == ("", "")


def test_a_witness_that_lost_its_memory_is_retired(tmp_path: Path) -> None:
    """It would cosign anything: refused at the start. A new one needs a name."""
    with pytest.raises(InputError, match="--name"):
        witness_key(tmp_path / "w", None)
    made = witness_key(tmp_path / "w", "audit.example/w")
    with pytest.raises(LedgerError, match="Retire it"):
        witness_key(tmp_path / "w", None)
    closing(Witness(tmp_path / "w" / "witness.sqlite", made, POLICY)).thing.close()
    assert witness_key(tmp_path / "w", None) == made
